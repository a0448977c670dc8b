//! A set of characters that is asked for every character of a text: a bit each, so that the answer is one look.

/// Characters of the first plane; whether one beyond it is in the set is not known.
#[derive(Clone, Debug, Default)]
pub struct CharSet(Vec<u64>);

impl CharSet {
    /// Adds a character.
    pub fn insert(&mut self, c: char) {
        let at = c as usize >> 6;
        if at >= 1024 {
            return;
        }
        if self.0.len() <= at {
            // In large steps, since the characters of a list come in no order.
            self.0.resize(at / 128 * 128 + 128, 0);
        }
        if let Some(bits) = self.0.get_mut(at) {
            *bits |= 1 << (c as usize & 63);
        }
    }

    /// Whether a character may be in the set: `false` is certain, `true` is for those beyond the first plane too.
    #[inline]
    pub fn may_hold(&self, c: char) -> bool {
        let c = u32::from(c);
        match self.0.get(c as usize >> 6) {
            Some(bits) => bits >> (c & 63) & 1 != 0,
            None => c >> 16 != 0,
        }
    }
}

impl FromIterator<char> for CharSet {
    fn from_iter<I: IntoIterator<Item = char>>(chars: I) -> CharSet {
        let mut set = CharSet::default();
        chars.into_iter().for_each(|c| set.insert(c));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_was_put_in() {
        let set: CharSet = "一。a龥".chars().collect();
        let mut chars = '\0'..='\u{ffff}';
        assert!(chars.all(|c| "一。a龥".contains(c) == set.may_hold(c)));
        assert!(set.may_hold('𠀀'));
    }
}
