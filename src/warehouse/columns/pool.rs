//! The distinct values of a column, numbered from 1 in the order in which they came; 0 is null.
//!
//! Most cells of a table say what the cell above them says, or a cell of the same document, area or indicator: rows
//! that are numbers of values are small, are compared and sorted as numbers, and become the dictionaries of Parquet without
//! being looked at again.

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::cmp::Ordering;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;
use std::sync::LazyLock;

/// Texts come from outside: which of them collide must not be known there.
static SEED: LazyLock<usize> = LazyLock::new(|| RandomState::new().hash_one(0u8) as usize);

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::with_seed(*SEED);
    hasher.write(bytes);
    hasher.finish()
}

fn hash_of(number: i128) -> u64 {
    let mut hasher = FxHasher::with_seed(*SEED);
    hasher.write_i128(number);
    hasher.finish()
}

/// Numbers of values, found by the hashes of these. Of a hash half is kept: what is held of a value is what a batch needs
/// memory for.
#[derive(Clone, Debug, Default)]
struct Found(HashTable<(u32, u32)>);

impl Found {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    /// The number of a value, told by its hash, and by `is` among those with this hash.
    fn get(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let key = hash as u32;
        let found = self.0.find(spread(key), |(k, id)| *k == key && is(*id));
        found.map(|(_, id)| *id)
    }

    /// Adds a number that is not there yet.
    fn add(&mut self, hash: u64, id: u32) {
        let key = hash as u32;
        self.0
            .insert_unique(spread(key), (key, id), |(k, _)| spread(*k));
    }
}

/// Half a hash as a whole one, the upper bits of which a table looks at too.
fn spread(key: u32) -> u64 {
    u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Distinct values.
#[derive(Clone, Debug)]
pub(in crate::warehouse) enum Pool {
    /// Texts.
    Text(Texts),
    /// Everything else: integers, decimals, days, times, booleans, and the bits of floats.
    Number(Numbers),
}

impl Pool {
    /// Number of values.
    pub(in crate::warehouse) fn len(&self) -> usize {
        match self {
            Pool::Text(p) => p.ends.len(),
            Pool::Number(p) => p.values.len(),
        }
    }

    /// Forgets all values, and keeps their memory.
    pub(in crate::warehouse) fn clear(&mut self) {
        match self {
            Pool::Text(p) => {
                p.bytes.clear();
                p.ends.clear();
                p.found.clear();
                p.last = 0;
            }
            Pool::Number(p) => {
                p.values.clear();
                p.found.clear();
                p.small.clear();
                p.noted = 0;
                p.last = 0;
            }
        }
    }

    /// Bytes of memory, about.
    pub(in crate::warehouse) fn bytes(&self) -> usize {
        match self {
            Pool::Text(p) => p.bytes.len() + p.ends.len() * if p.repeats { 16 } else { 4 },
            Pool::Number(p) => p.values.len() * 16 + p.found.len() * 12 + p.small.len() * 4,
        }
    }

    pub(in crate::warehouse) fn text(&self, id: u32) -> Option<&str> {
        match self {
            Pool::Text(p) => p.get(id),
            Pool::Number(_) => None,
        }
    }

    pub(in crate::warehouse) fn number(&self, id: u32) -> Option<i128> {
        match self {
            Pool::Number(p) => p.get(id),
            Pool::Text(_) => None,
        }
    }

    /// Whether equal values have one number.
    pub(in crate::warehouse) fn repeats(&self) -> bool {
        match self {
            Pool::Text(p) => p.repeats,
            Pool::Number(_) => true,
        }
    }

    /// The number of a value of another pool of the same kind.
    pub(in crate::warehouse) fn adopt(&mut self, other: &Pool, id: u32) -> u32 {
        match (self, other) {
            (Pool::Text(own), Pool::Text(p)) => p.get(id).map_or(0, |t| own.intern(t)),
            (Pool::Number(own), Pool::Number(p)) => p.get(id).map_or(0, |n| own.intern(n)),
            _ => 0,
        }
    }

    /// Nulls come first.
    pub(in crate::warehouse) fn compare(&self, a: u32, other: &Pool, b: u32) -> Ordering {
        match (self, other) {
            (Pool::Text(p), Pool::Text(q)) => p.get(a).cmp(&q.get(b)),
            (Pool::Number(p), Pool::Number(q)) => p.get(a).cmp(&q.get(b)),
            _ => Ordering::Equal,
        }
    }

    /// The rank of each value among all, by its number; null (at 0) is the least.
    pub(in crate::warehouse) fn ranks(&self) -> Vec<u32> {
        let mut sorted: Vec<u32> = (1..=self.len() as u32).collect();
        match self {
            Pool::Text(p) => sorted.sort_unstable_by(|a, b| p.get(*a).cmp(&p.get(*b))),
            Pool::Number(p) => sorted.sort_unstable_by_key(|a| p.get(*a)),
        }
        let mut ranks = vec![0; sorted.len() + 1];
        for (rank, id) in (1..).zip(sorted) {
            if let Some(at) = ranks.get_mut(id as usize) {
                *at = rank;
            }
        }
        ranks
    }
}

/// Bytes of texts from which there may be many, and what these get room for at once: memory that is not used yet is none,
/// while to grow by doubling is to copy everything into new memory again and again.
const FEW: usize = 32 << 10;
const ROOMS: [usize; 2] = [1 << 20, 64 << 20];

/// Distinct texts.
#[derive(Clone, Debug)]
pub(in crate::warehouse) struct Texts {
    bytes: String,
    ends: Vec<u32>,
    /// Of the values that were there when one was looked for: who only reads needs none.
    found: Found,
    /// Whether equal texts are looked for.
    repeats: bool,
    /// The text asked for last.
    last: u32,
}

impl Texts {
    /// `repeats`: equal texts get one number. Ids of rows are not worth the search.
    pub(super) fn new(repeats: bool) -> Self {
        Texts {
            bytes: String::new(),
            ends: Vec::new(),
            found: Found::default(),
            repeats,
            last: 0,
        }
    }

    pub(super) fn get(&self, id: u32) -> Option<&str> {
        self.bytes.get(span(&self.ends, id)?)
    }

    /// So many texts, of so many bytes together, are about to be added, and then perhaps none.
    pub(super) fn reserve(&mut self, count: usize, bytes: usize) {
        self.ends.reserve_exact(count);
        self.bytes.reserve_exact(bytes);
    }

    /// Adds a text that is not there yet.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        let held = self.bytes.len();
        let needed = held + text.len();
        if held >= FEW
            && needed > self.bytes.capacity()
            && let Some(room) = ROOMS.into_iter().find(|room| needed <= *room)
        {
            self.bytes.reserve_exact(room - held);
        }
        self.bytes.push_str(text);
        self.ends
            .push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        self.ends.len() as u32
    }

    pub(super) fn intern(&mut self, text: &str) -> u32 {
        if !self.repeats {
            return self.add(text);
        }
        let (bytes, ends) = (self.bytes.as_bytes(), &self.ends);
        let is = |id: u32| {
            let there = span(ends, id).and_then(|span| bytes.get(span));
            there == Some(text.as_bytes())
        };
        if is(self.last) {
            return self.last;
        }
        for id in self.found.len() as u32 + 1..=ends.len() as u32 {
            let text = span(ends, id).and_then(|span| bytes.get(span));
            self.found.add(hash(text.unwrap_or_default()), id);
        }
        let key = hash(text.as_bytes());
        let there = self.found.get(key, is);
        self.last = there.unwrap_or_else(|| {
            let id = self.add(text);
            self.found.add(key, id);
            id
        });
        self.last
    }
}

/// Where a text lies.
fn span(ends: &[u32], id: u32) -> Option<Range<usize>> {
    let at = (id as usize).checked_sub(1)?;
    let end = *ends.get(at)?;
    let start = match at.checked_sub(1) {
        None => 0,
        Some(before) => *ends.get(before)?,
    };
    Some(start as usize..end as usize)
}

/// Distinct numbers.
#[derive(Clone, Debug, Default)]
pub(in crate::warehouse) struct Numbers {
    values: Vec<i128>,
    /// Of small numbers (offsets, years, days) theirs, 0 for one not met: nothing is looked up faster.
    small: Vec<u32>,
    /// Of the others.
    found: Found,
    /// So many values are in these: who only reads needs none.
    noted: u32,
    last: u32,
}

/// Numbers below it are small.
const SMALL: i128 = 1 << 15;

impl Numbers {
    pub(super) fn get(&self, id: u32) -> Option<i128> {
        self.values.get((id as usize).checked_sub(1)?).copied()
    }

    /// So many numbers are about to be added, and then perhaps none.
    pub(super) fn reserve(&mut self, count: usize) {
        self.values.reserve_exact(count);
    }

    /// Adds a number that is not there yet.
    pub(super) fn add(&mut self, number: i128) -> u32 {
        self.values.push(number);
        self.values.len() as u32
    }

    pub(super) fn intern(&mut self, number: i128) -> u32 {
        if self.get(self.last) == Some(number) {
            return self.last;
        }
        while self.noted < self.values.len() as u32 {
            self.note(self.noted + 1);
        }
        let there = match small(number) {
            Some(n) => self.small.get(n).copied().filter(|id| *id != 0),
            None => {
                let is = |id| self.get(id) == Some(number);
                self.found.get(hash_of(number), is)
            }
        };
        self.last = there.unwrap_or_else(|| {
            let id = self.add(number);
            self.note(id);
            id
        });
        self.last
    }

    /// From now on the value with this number, the next one, is found.
    fn note(&mut self, id: u32) {
        self.noted = id;
        let number = self.get(id).unwrap_or(0);
        let Some(n) = small(number) else {
            return self.found.add(hash_of(number), id);
        };
        if self.small.len() <= n {
            self.small.resize((n + 1).next_power_of_two(), 0);
        }
        if let Some(at) = self.small.get_mut(n) {
            *at = id;
        }
    }
}

fn small(number: i128) -> Option<usize> {
    (0..SMALL).contains(&number).then_some(number as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_number_also_after_values_were_added_unsearched() {
        let mut texts = Texts::new(true);
        assert_eq!((texts.add("a"), texts.add("")), (1, 2));
        assert_eq!(texts.intern("b"), 3);
        for (text, id) in [("a", 1), ("", 2), ("b", 3), ("a", 1)] {
            assert_eq!((texts.intern(text), texts.get(id)), (id, Some(text)));
        }
        assert_eq!((texts.get(0), texts.get(4)), (None, None));
        let mut numbers = Numbers::default();
        assert_eq!((numbers.add(-7), numbers.intern(5)), (1, 2));
        assert_eq!((numbers.intern(-7), numbers.intern(5)), (1, 2));
        let mut ids = Texts::new(false);
        assert_eq!((ids.intern("x"), ids.intern("x")), (1, 2));
    }

    #[test]
    fn ranks_are_those_of_the_values() {
        let mut texts = Texts::new(true);
        for t in ["民", "b", "a", ""] {
            texts.intern(t);
        }
        assert_eq!(Pool::Text(texts).ranks(), [0, 4, 3, 2, 1]);
        let mut numbers = Numbers::default();
        for n in [i128::MAX, -1, 0] {
            numbers.intern(n);
        }
        assert_eq!(Pool::Number(numbers).ranks(), [0, 3, 1, 2]);
    }
}
