//! Blanks of a text: line breaks, spaces, the wide space between characters set apart.
//!
//! Labels are compared without them, and nearly none has any: a look at the first byte of each character says so, and the
//! label itself is what is compared.

use std::borrow::Cow;

/// Bytes of a text that is looked at as a whole first.
const LONG: usize = 64;

/// Whether a text has any blank.
pub fn has_blank(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() >= LONG && !may_have_blank(bytes) {
        return false;
    }
    let blank = |at| {
        text.get(at..)
            .is_some_and(|t| t.starts_with(char::is_whitespace))
    };
    let mut at = 0;
    while let Some(first) = bytes.get(at) {
        at += match first {
            // Nearly all characters: Han, of three bytes.
            0xe4..=0xef => 3,
            0xf0.. => 4,
            b'\t'..=b'\r' | b' ' => return true,
            // U+0085 and U+00A0, U+1680, U+2000 and on, U+3000 begin with these, and much else.
            0xc2 | 0xe1..=0xe3 if blank(at) => return true,
            _ => 1,
        }
    }
    false
}

/// Whether a blank may stand in a text: a look at many bytes at once, that no mark between Han characters disturbs but a
/// quotation.
fn may_have_blank(bytes: &[u8]) -> bool {
    let begins = |b: u8| (b <= b' ') | (b == 0xc2) | (b == 0xe1) | (b == 0xe2);
    // U+3000 ends in two bytes 0x80, which few characters do.
    let wide = |(a, b): (&u8, &u8)| (*a == 0x80) & (*b == 0x80);
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    let narrow = bytes.iter().fold(0, |may, b| may | u8::from(begins(*b)));
    pairs.fold(narrow, |may, pair| may | u8::from(wide(pair))) != 0
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
            let may = may_have_blank(c.encode_utf8(&mut [0; 4]).as_bytes());
            assert!(may || !c.is_whitespace(), "{c:?}");
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
