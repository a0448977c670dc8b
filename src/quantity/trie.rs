//! A prefix tree over characters: the longest entry that starts at a place, in time of its length.
//!
//! The tables of this stage are short words looked up at single places (after a number, before a number), so a tree
//! walked from there is simpler than an automaton over the whole text and touches only the neighbourhood of numbers.

use crate::text::openings::Openings;
use rustc_hash::FxHashMap;

/// Words and what they stand for.
#[derive(Debug)]
pub(super) struct Trie<T> {
    /// How the words begin: most of what is looked up does not.
    openings: Openings,
    next: FxHashMap<u64, u32>,
    value: Vec<Option<T>>,
}

impl<T> Default for Trie<T> {
    fn default() -> Self {
        Trie {
            openings: Openings::default(),
            next: FxHashMap::default(),
            value: vec![None],
        }
    }
}

fn key(node: u32, c: char) -> u64 {
    u64::from(node) << 21 | u64::from(u32::from(c))
}

impl<T: Copy> Trie<T> {
    /// Adds a word; the first meaning given to a word stays. Tells whether it was new.
    pub(super) fn insert(&mut self, word: impl IntoIterator<Item = char>, value: T) -> bool {
        let mut node = 0;
        let mut opening = ['\0'; 2];
        let mut length = 0;
        for c in word {
            if let Some(slot) = opening.get_mut(length) {
                *slot = c;
            }
            length += 1;
            let fresh = self.value.len() as u32;
            node = *self.next.entry(key(node, c)).or_insert(fresh);
            if node == fresh {
                self.value.push(None);
            }
        }
        self.openings.insert(opening.into_iter().take(length));
        match self.value.get_mut(node as usize) {
            Some(slot @ None) => {
                *slot = Some(value);
                true
            }
            _ => false,
        }
    }

    /// Longest word at the start of `chars`: its length in characters and its meaning.
    #[inline]
    pub(super) fn longest(&self, chars: impl IntoIterator<Item = char>) -> Option<(usize, T)> {
        let mut chars = chars.into_iter();
        let first = chars.next()?;
        match chars.next() {
            Some(next) if self.openings.may_begin(first, next) => {
                self.walk([first, next].into_iter().chain(chars))
            }
            None if self.openings.may_be(first) => self.walk(std::iter::once(first)),
            _ => None,
        }
    }

    fn walk(&self, chars: impl Iterator<Item = char>) -> Option<(usize, T)> {
        let mut node = 0;
        let mut best = None;
        for (n, c) in chars.enumerate() {
            match self.next.get(&key(node, c)) {
                Some(&to) => node = to,
                None => break,
            }
            if let Some(Some(v)) = self.value.get(node as usize) {
                best = Some((n + 1, *v));
            }
        }
        best
    }

    /// Longest word that ends just before the end of `chars`, for trees whose words were inserted backwards.
    pub(super) fn longest_back(&self, chars: &[char]) -> Option<(usize, T)> {
        self.longest(chars.iter().rev().copied())
    }
}
