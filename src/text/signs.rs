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

/// The number of the character at a byte of a text, and its length in bytes. Characters of two and four bytes, of which hardly
/// any is looked for, are 0. Which character comes next no processor can guess: this takes few branches.
#[inline]
pub fn scalar_at(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let first = *bytes.get(at)?;
    Some(match bytes.get(at..at + 3) {
        Some([a @ 0xe0..=0xef, b, c]) => {
            let bits = |b: u8| u32::from(b & 0x3f);
            (u32::from(a & 0x0f) << 12 | bits(*b) << 6 | bits(*c), 3)
        }
        _ if first < 0x80 => (u32::from(first), 1),
        _ => (0, if first < 0xe0 { 2 } else { 4 }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn characters_of_three_bytes_are_told(text in "[a，一é𠀀。]{0,20}") {
            let mut at = 0;
            for c in text.chars() {
                let told = if matches!(c.len_utf8(), 1 | 3) { c as u32 } else { 0 };
                prop_assert_eq!(scalar_at(text.as_bytes(), at), Some((told, c.len_utf8())));
                at += c.len_utf8();
            }
            prop_assert_eq!(scalar_at(text.as_bytes(), at), None);
        }

        #[test]
        fn nothing_else_is_left_out(text in "[a，一鿿㏿䀀\u{4000}\u{a000}é𠀀。]{0,20}") {
            let all = text.char_indices().filter(|(_, c)| !('\u{4000}'..='\u{9fff}').contains(c));
            prop_assert_eq!(signs(&text).collect::<Vec<_>>(), all.collect::<Vec<_>>());
        }
    }
}
