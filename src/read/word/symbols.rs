//! Characters of symbol fonts, and superscript digits.
//!
//! Symbol fonts store glyph numbers; the few that carry meaning in a report (check marks, boxes, comparison signs) are
//! mapped to Unicode, the others are left out rather than shown as a wrong letter.

/// The character that a glyph of a symbol font shows; `None` where it has no meaning as text.
pub(crate) fn symbol(font: &str, code: u32) -> Option<char> {
    let font = font.to_ascii_lowercase();
    let glyph = code & 0xff;
    if font.starts_with("wingdings") {
        return Some(match (font.as_str(), glyph) {
            ("wingdings", 0xfc) | ("wingdings 2", 0x50) => '✓',
            ("wingdings", 0xfb) | ("wingdings 2", 0x4f) => '✗',
            ("wingdings", 0xfe) | ("wingdings 2", 0x52) => '☑',
            ("wingdings", 0xfd) | ("wingdings 2", 0x51 | 0x53 | 0x54) => '☒',
            ("wingdings", 0x6f | 0xa8) | ("wingdings 2", 0x2a | 0xa3) => '□',
            ("wingdings", 0x6c) => '●',
            ("wingdings", 0x6e) => '■',
            ("wingdings", 0xa1) => '○',
            ("wingdings", 0x81..=0x89) => char::from_u32('①' as u32 + glyph - 0x81)?,
            ("wingdings", 0x8c..=0x94) => char::from_u32('❶' as u32 + glyph - 0x8c)?,
            ("wingdings", 0xe0) => '→',
            _ => return None,
        });
    }
    if font == "symbol" {
        return Some(match glyph {
            0xa3 => '≤',
            0xb3 => '≥',
            0xb1 => '±',
            0xb4 => '×',
            0xb8 => '÷',
            0xb0 => '°',
            0xb7 => '•',
            0xbb => '≈',
            0xb9 => '≠',
            0xa5 => '∞',
            0xae => '→',
            0x2d => '−',
            0x6d => 'μ',
            0x25 | 0x28..=0x2c | 0x2e..=0x3e => char::from_u32(glyph)?,
            _ => return None,
        });
    }
    // Any other font: a Unicode code point, or a byte moved to the private use area.
    match code {
        0xf020..=0xf0ff => None,
        _ => char::from_u32(code).filter(|c| !c.is_control()),
    }
}

/// What is seen of a field that sets characters over each other (`EQ \\o(…,低)`: ruby, enclosed characters): the last of
/// its arguments, which is the text below. `None` for other fields.
pub(crate) fn overstruck(instruction: &str) -> Option<&str> {
    let arguments = instruction.trim_start().strip_prefix("EQ")?;
    let (_, arguments) = arguments.split_once("\\o")?;
    let inside = arguments.trim_end().strip_suffix(')')?;
    let (_, last) = inside.rsplit_once([',', '，', ';'])?;
    (!last.contains(['(', ')', '\\'])).then_some(last)
}

/// A digit set as superscript, so that a note mark or an exponent never joins the number before it.
pub(crate) fn superscript(c: char) -> char {
    match c {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4'..='9' => char::from_u32('⁴' as u32 + c as u32 - '4' as u32).unwrap_or(c),
        c if c < ' ' => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_below_is_seen() {
        let ruby = r" EQ \* jc2 \* hps10 \o\ad(\s\up 9(dī),低)";
        assert_eq!(overstruck(ruby), Some("低"));
        assert_eq!(overstruck(r"EQ \f(1,2)"), None);
        assert_eq!(overstruck(r"EQ \o("), None);
        assert_eq!(overstruck("PAGE"), None);
    }
}
