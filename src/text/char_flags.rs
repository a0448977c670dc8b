//! Flags of characters, looked for in a text eight characters at a time.
//!
//! A scanner stops at one character in ten. Looking for the next one character after another costs a decision for each; a
//! byte of flags for every character of the first plane needs none until one of eight is wanted.

/// Flags of each character of the first plane; those beyond it have none.
#[derive(Clone, Debug)]
pub struct CharFlags(Box<[u8; 1 << 16]>);

impl Default for CharFlags {
    fn default() -> Self {
        CharFlags(Box::new([0; 1 << 16]))
    }
}

impl CharFlags {
    /// Adds flags to a character; one beyond the first plane stays without.
    pub fn mark(&mut self, c: char, flags: u8) {
        if let Ok(at) = u16::try_from(u32::from(c))
            && let Some(f) = self.0.get_mut(usize::from(at))
        {
            *f |= flags;
        }
    }

    /// Flags of a character.
    #[inline]
    pub fn of(&self, c: char) -> u8 {
        self.0.get(c as usize).copied().unwrap_or(0)
    }

    /// Where the first character stands that has any of the wanted flags.
    #[inline]
    pub fn find(&self, chars: &[char], wanted: u8) -> Option<usize> {
        let (eights, rest) = chars.as_chunks::<8>();
        let has = |c: &char| self.of(*c) & wanted != 0;
        let mut passed = 0;
        for eight in eights {
            if eight.iter().fold(0, |any, c| any | self.of_any(*c)) & wanted != 0
                && let Some(n) = eight.iter().position(has)
            {
                return Some(passed + n);
            }
            passed += 8;
        }
        rest.iter().position(has).map(|n| passed + n)
    }

    /// Flags of a character of the first plane; of one beyond it those of another.
    #[inline]
    fn of_any(&self, c: char) -> u8 {
        let place = usize::from(u32::from(c) as u16);
        self.0.get(place).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_character_has_the_flags_that_it_was_given() {
        let mut flags = CharFlags::default();
        for c in "一。a龥\u{ffff}𠀀".chars() {
            flags.mark(c, 2);
        }
        flags.mark('a', 4);
        for c in '\0'..=char::MAX {
            let expected = match c {
                'a' => 6,
                '一' | '。' | '龥' | '\u{ffff}' => 2,
                _ => 0,
            };
            assert_eq!(flags.of(c), expected, "{c:?}");
            let found = flags.find(&[c, 'b'], 2);
            assert_eq!(found, (expected != 0).then_some(0), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn the_first_is_found(text in "[甲乙丙丁a\u{10001}\u{24e01}]{0,40}", wanted in 0u8..8) {
            let mut flags = CharFlags::default();
            for (c, flag) in [('甲', 1), ('乙', 2), ('一', 1), ('\u{1}', 2), ('\u{4e01}', 4), ('丁', 4)] {
                flags.mark(c, flag);
            }
            let chars: Vec<char> = text.chars().collect();
            let expected = chars.iter().position(|c| flags.of(*c) & wanted != 0);
            prop_assert_eq!(flags.find(&chars, wanted), expected);
        }
    }
}
