//! The text as this stage sees it: one folded character for each character written.
//!
//! Full-width letters, digits and signs become their half-width forms one for one, so that an index into the folded
//! characters is a Unicode scalar offset into the text. The full-width comma stays: between figures it ends a clause.

/// The folded form of one character.
#[inline]
pub(super) fn fold(c: char) -> char {
    match c {
        // almost every character is one of these
        '\u{3400}'..='\u{9fff}' | '!'..='~' => c,
        '，' => '，',
        '\u{3000}' | '\u{a0}' | '\u{2002}' | '\u{2003}' | '\u{2009}' | '\t' => ' ',
        '！' | '？' | '；' => c,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '∕' | '⁄' | '╱' => '/',
        '−' | '﹣' => '-',
        '﹪' => '%',
        '•' | '‧' | '・' | '⋅' | '∙' => '·',
        '≧' | '⩾' => '≥',
        '≦' | '⩽' => '≤',
        '￥' => '¥',
        _ => c,
    }
}

/// A separator of ranges. The long dash may be written twice.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '―' | '─' | '~' | '～' | '〜' | '∼')
}

/// A Chinese character.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}
