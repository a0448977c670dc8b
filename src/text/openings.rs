//! How the words of a list begin: most places of a text are told from their starts by two characters.
//!
//! A bit for each first character, for each word of one character, and for each pair that a word begins with, which other
//! pairs may share. These few kilobytes stay near the processor where the words themselves do not.

use super::char_set::CharSet;

/// The first two characters of words.
#[derive(Clone, Debug, Default)]
pub struct Openings {
    first: CharSet,
    alone: CharSet,
    pairs: Vec<u64>,
}

/// A number for a pair of characters, the upper bits of which are well mixed.
#[inline]
pub fn mix(c: char, next: char) -> u32 {
    u32::from(c).wrapping_mul(0x9e37_79b1) ^ u32::from(next).wrapping_mul(0x85eb_ca77)
}

/// Word and bit of a pair: 65,536 bits.
#[inline]
fn place(c: char, next: char) -> (usize, u32) {
    let mixed = mix(c, next);
    ((mixed >> 22) as usize, mixed >> 16 & 63)
}

impl Openings {
    /// Adds a word by its first characters.
    pub fn insert(&mut self, mut word: impl Iterator<Item = char>) {
        let Some(c) = word.next() else {
            return;
        };
        self.first.insert(c);
        let Some(next) = word.next() else {
            self.alone.insert(c);
            return;
        };
        self.pairs.resize(1024, 0);
        let (at, bit) = place(c, next);
        if let Some(bits) = self.pairs.get_mut(at) {
            *bits |= 1 << bit;
        }
    }

    /// Whether a word of this character alone may be in the list.
    #[inline]
    pub fn may_be(&self, c: char) -> bool {
        self.alone.may_hold(c)
    }

    /// Whether a word may begin with these two, or be the first of them alone; `false` is certain.
    #[inline]
    pub fn may_begin(&self, c: char, next: char) -> bool {
        self.first.may_hold(c) && (self.may_pair(c, next) || self.alone.may_hold(c))
    }

    #[inline]
    fn may_pair(&self, c: char, next: char) -> bool {
        let (at, bit) = place(c, next);
        self.pairs.get(at).is_some_and(|bits| bits >> bit & 1 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn where_it_says_no_there_is_no_word(
            words in prop::collection::vec("[甲乙a𠀀]{0,3}", 0..6),
            text in "[甲乙丙a𠀀]{1,4}",
        ) {
            let mut openings = Openings::default();
            words.iter().for_each(|w| openings.insert(w.chars()));
            let mut chars = text.chars();
            let (c, next) = (chars.next().unwrap(), chars.next());
            let begins = words.iter().any(|w| !w.is_empty() && text.starts_with(w.as_str()));
            let may = next.map_or(openings.may_be(c), |next| openings.may_begin(c, next));
            prop_assert!(may || !begins);
        }
    }
}
