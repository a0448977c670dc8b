//! What the elements of a page say about the look of their paragraphs.

use super::super::token::attribute;
use super::Walk;

impl Walk<'_> {
    /// What an element says about the look of its paragraph.
    pub(super) fn look(&mut self, attributes: &str, style: &str, block: bool) {
        let name = self.stack.last().map_or("", |o| o.name.as_str());
        let level = match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => name.as_bytes().get(1).map(|b| b - b'0'),
            "p" if attribute(attributes, "class").is_some_and(|c| c.starts_with("MsoTitle")) => {
                Some(0)
            }
            "p" => style
                .split_once("mso-outline-level:")
                .and_then(|(_, level)| level.bytes().next())
                .filter(u8::is_ascii_digit)
                .map(|b| b - b'0')
                .filter(|l| *l > 0),
            _ => None,
        };
        let contents =
            name == "p" && attribute(attributes, "class").is_some_and(|c| c.starts_with("MsoToc"));
        let centred = name == "center"
            || style.contains("text-align:center")
            || block
                && attribute(attributes, "align").is_some_and(|a| a.eq_ignore_ascii_case("center"));
        match font_size(style) {
            0 => {}
            size => self.size = size,
        }
        if level.is_none() && !centred && !contents {
            return;
        }
        if block
            && !self.blocks.paragraph_open
            && matches!(
                name,
                "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "div" | "center"
            )
        {
            self.open_paragraph();
        }
        if self.blocks.paragraph_open {
            let paragraph = &mut self.blocks.paragraph;
            paragraph.level = level.or(paragraph.level);
            paragraph.contents |= contents;
            paragraph.centred |= centred && block;
        }
    }
}

/// The size of `font-size:22.0pt` in half-points; 0 where none is stated so.
fn font_size(style: &str) -> u32 {
    let Some((_, size)) = style.split_once("font-size:") else {
        return 0;
    };
    let number: String = size
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    let unit = size.get(number.len()..).unwrap_or_default();
    let whole: u32 = number
        .split('.')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    let whole = whole.min(1000);
    if unit.starts_with("pt") {
        whole * 2
    } else if unit.starts_with("px") {
        whole * 3 / 2
    } else {
        0
    }
}
