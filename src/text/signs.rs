//! The characters of a text that are no Han characters, with their bytes.
//!
//! Nine characters in ten of a report are Han characters, which stand in one block of three bytes each. What separates
//! clauses, opens quotations or is blank is none of them, so whoever looks for that may step over them without decoding.

/// Every character outside U+4000–U+9FFF, with its first byte.
pub fn signs(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let b = *bytes.get(at)?;
            if matches!(b, 0xe4..=0xe9) {
                at += 3;
                continue;
            }
            let start = at;
            if b < 0x80 {
                at += 1;
                return Some((start, char::from(b)));
            }
            let c = text.get(start..)?.chars().next()?;
            at += c.len_utf8();
            return Some((start, c));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_else_is_left_out(text in "[a，一鿿㏿䀀\u{4000}\u{a000}é𠀀。]{0,20}") {
            let all = text.char_indices().filter(|(_, c)| !('\u{4000}'..='\u{9fff}').contains(c));
            prop_assert_eq!(signs(&text).collect::<Vec<_>>(), all.collect::<Vec<_>>());
        }
    }
}
