//! Blanks of a text: line breaks, spaces, the wide space between characters set apart.
//!
//! Labels are compared without them, and nearly none has any: one look at all bytes says so, and the label itself is what
//! is compared.

use std::borrow::Cow;

/// Whether a text has any blank.
pub fn has_blank(text: &str) -> bool {
    let may = text.bytes().fold(0, |may, b| may | u8::from(begins(b)));
    may != 0
        && text
            .bytes()
            .enumerate()
            .filter(|(_, b)| begins(*b))
            .any(|(at, _)| {
                text.get(at..)
                    .is_some_and(|t| t.starts_with(char::is_whitespace))
            })
}

/// Whether a blank may begin with this byte: one up to the space, or the first of U+0085 and U+00A0, U+1680, U+2000 and
/// on, U+3000. They are first bytes of no other place in a character.
fn begins(b: u8) -> bool {
    (b <= b' ') | (b == 0xc2) | ((0xe1..=0xe3).contains(&b))
}

/// A text without its blanks, as labels are compared.
pub fn squeeze(text: &str) -> Cow<'_, str> {
    if !has_blank(text) {
        return Cow::Borrowed(text);
    }
    let text = text.trim();
    if !has_blank(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_whitespace().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_blank_is_seen() {
        for c in '\0'..=char::MAX {
            assert_eq!(has_blank(c.encode_utf8(&mut [0; 4])), c.is_whitespace());
        }
    }

    proptest! {
        #[test]
        fn blanks_are_left_out(text in "[甲a、“·\u{3000}\u{2003}\u{a0}\u{85}\n ]{0,12}") {
            let kept: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            prop_assert_eq!(squeeze(&text), kept);
        }
    }
}
