//! The wordings of a vocabulary, found in a text: the leftmost, of those the longest, not overlapping.
//!
//! A tree over characters, its nodes in one array, the children of a node side by side and in order. It is made from
//! the sorted list in one pass, which takes milliseconds where an automaton over bytes takes a hundred; looking up costs
//! as many steps as the wording at that place has characters, and most characters begin none.

mod all;

use crate::text::openings::{Openings, mix};
use crate::text::scalars::{Scalars, Stretch};
use std::ops::Range;

/// A node: its character, where its children are, and which wording ends here.
#[derive(Clone, Copy, Debug)]
struct Node {
    c: char,
    /// Index of the first child.
    first: u32,
    /// Number of children.
    count: u32,
    /// Place of the wording in the list; [`NONE`] where none ends here.
    word: u32,
}

const NONE: u32 = u32::MAX;

/// An index over a sorted list of words.
#[derive(Debug, Default)]
pub(super) struct Words {
    nodes: Vec<Node>,
    /// Node of each first character, from `base` on.
    starts: Vec<u32>,
    base: u32,
    /// Most pairs of characters of a text begin no word.
    openings: Openings,
    /// Node of each second character, by its pair: a table with gaps, where those of one place follow each other.
    seconds: Vec<(char, u32)>,
}

/// Where a pair is looked for first in a table of so many places, a power of two.
fn slot(size: usize, c: char, next: char) -> usize {
    ((u64::from(mix(c, next)) * size as u64) >> 32) as usize
}

impl Words {
    /// Indexes words that are sorted and different, none of them empty.
    pub(super) fn new<'w>(sorted: impl Iterator<Item = &'w str>) -> Words {
        let mut text: Vec<char> = Vec::new();
        let mut end_of = |w: &str| {
            text.extend(w.chars());
            text.len()
        };
        let ends: Vec<usize> = sorted.map(&mut end_of).collect();
        let starts = std::iter::once(&0).chain(&ends);
        let word = |(start, end): (&usize, &usize)| text.get(*start..*end).unwrap_or(&[]);
        let words: Vec<&[char]> = starts.zip(&ends).map(word).collect();
        let mut out = Words::default();
        for w in &words {
            out.openings.insert(w.iter().copied());
        }
        // Ranges of words that share a beginning, breadth first, so that children stand side by side.
        let mut level: Vec<(usize, std::ops::Range<usize>)> = vec![(usize::MAX, 0..words.len())];
        let mut depth = 0;
        while !level.is_empty() {
            let mut next = Vec::new();
            for (parent, range) in level {
                let first = out.nodes.len();
                let mut at = range.start;
                while at < range.end {
                    let Some(&c) = words.get(at).and_then(|w| w.get(depth)) else {
                        // The word that ends at the parent itself.
                        at += 1;
                        continue;
                    };
                    let rest = words.get(at..range.end).unwrap_or(&[]);
                    let end = at + rest.partition_point(|w| w.get(depth) == Some(&c));
                    let ends = words.get(at).is_some_and(|w| w.len() == depth + 1);
                    next.push((out.nodes.len(), at..end));
                    out.nodes.push(Node {
                        c,
                        first: 0,
                        count: 0,
                        word: if ends { at as u32 } else { NONE },
                    });
                    at = end;
                }
                let count = (out.nodes.len() - first) as u32;
                if let Some(node) = out.nodes.get_mut(parent) {
                    node.first = first as u32;
                    node.count = count;
                } else {
                    out.start(count as usize);
                }
            }
            level = next;
            depth += 1;
        }
        out.pair_up();
        out
    }

    /// The table of second characters.
    fn pair_up(&mut self) {
        let children = |first: &Node| {
            let first = first.first as usize..(first.first + first.count) as usize;
            first.filter_map(|n| self.nodes.get(n).map(|node| (n as u32, node.c)))
        };
        let roots = self
            .starts
            .iter()
            .filter_map(|n| self.nodes.get(*n as usize));
        let pairs: Vec<(char, char, u32)> = roots
            .flat_map(|root| children(root).map(|(n, next)| (root.c, next, n)))
            .collect();
        // A third of it are gaps, at least.
        let size = (pairs.len() * 3 / 2 + 2).next_power_of_two();
        let mut seconds = vec![('\0', NONE); size];
        for (c, next, node) in pairs {
            let mut at = slot(size, c, next);
            while seconds.get(at).is_some_and(|(_, taken)| *taken != NONE) {
                at = (at + 1) & (size - 1);
            }
            if let Some(place) = seconds.get_mut(at) {
                *place = (c, node);
            }
        }
        self.seconds = seconds;
    }

    /// The table of first characters, which are the first nodes.
    fn start(&mut self, count: usize) {
        let roots = self.nodes.get(..count).unwrap_or(&[]);
        let (Some(low), Some(high)) = (roots.first(), roots.last()) else {
            return;
        };
        self.base = u32::from(low.c);
        let span = u32::from(high.c).saturating_sub(self.base);
        self.starts = vec![NONE; span as usize + 1];
        for (i, root) in roots.iter().enumerate() {
            let at = u32::from(root.c).saturating_sub(self.base);
            if let Some(slot) = self.starts.get_mut(at as usize) {
                *slot = i as u32;
            }
        }
    }

    /// The first place from `at` on where a word may begin.
    fn next_start(&self, chars: &[char], at: usize) -> Option<usize> {
        let rest = chars.get(at..)?;
        let begins = |two: &[char]| match two {
            [c, next] => self.openings.may_begin(*c, *next),
            _ => false,
        };
        let last = || rest.last().filter(|c| self.openings.may_be(**c));
        let found = rest.windows(2).position(begins);
        let found = found.or_else(|| last().map(|_| rest.len() - 1))?;
        Some(at + found)
    }

    /// The node of a first character.
    fn root(&self, c: char) -> Option<&Node> {
        let at = u32::from(c).checked_sub(self.base)?;
        let node = *self.starts.get(at as usize)?;
        self.nodes.get(node as usize)
    }

    fn child(&self, of: &Node, c: char) -> Option<&Node> {
        let first = of.first as usize;
        let children = self.nodes.get(first..first + of.count as usize)?;
        // Most nodes have a child or two.
        if let [only] = children {
            return (only.c == c).then_some(only);
        }
        if children.len() <= 4 {
            return children.iter().find(|n| n.c == c);
        }
        let at = children.binary_search_by_key(&c, |n| n.c).ok()?;
        children.get(at)
    }

    /// The node of a second character.
    fn second(&self, c: char, next: char) -> Option<&Node> {
        let size = self.seconds.len();
        let mut at = slot(size, c, next);
        loop {
            let (first, node) = self.seconds.get(at)?;
            // A gap has no node.
            let node = self.nodes.get(*node as usize)?;
            if *first == c && node.c == next {
                return Some(node);
            }
            at = (at + 1) & (size - 1);
        }
    }

    /// The longest word at the start of `chars`: its place in the list and its length in characters.
    fn longest(&self, chars: &[char]) -> Option<(usize, usize)> {
        let (first, rest) = chars.split_first()?;
        let mut best = None;
        if self.openings.may_be(*first)
            && let Some(node) = self.root(*first)
            && node.word != NONE
        {
            best = Some((node.word as usize, 1));
        }
        let Some((next, rest)) = rest.split_first() else {
            return best;
        };
        let Some(mut node) = self.second(*first, *next) else {
            return best;
        };
        let mut length = 2;
        for c in rest {
            if node.word != NONE {
                best = Some((node.word as usize, length));
            }
            let Some(next) = self.child(node, *c) else {
                return best;
            };
            node = next;
            length += 1;
        }
        if node.word != NONE {
            best = Some((node.word as usize, length));
        }
        best
    }

    /// Whether any word stands in these characters.
    pub(super) fn is_in(&self, chars: &[char]) -> bool {
        let mut at = 0;
        while let Some(place) = self.next_start(chars, at) {
            if chars.get(place..).and_then(|c| self.longest(c)).is_some() {
                return true;
            }
            at = place + 1;
        }
        false
    }

    /// Hands over the words of a stretch of `text`, in order: place in the list, first byte, byte after the last; beside the byte ranges of
    /// `skip` (in order, not overlapping). A word that reaches into one of them is no word there: what is left of it beside the
    /// range is looked up anew, so that 2023年全年 leaves the 预算数 of 全年预算数. One that holds a range whole and more (年末结转 holds
    /// 年末) stays.
    pub(super) fn find(
        &self,
        text: &Scalars,
        Stretch { places, .. }: &Stretch,
        skip: &[Range<usize>],
        mut take: impl FnMut(usize, usize, usize),
    ) {
        let chars = text.chars().get(..places.end).unwrap_or_default();
        let first = text.byte(places.start);
        let mut next = skip.partition_point(|r| r.end <= first);
        let mut at = places.start;
        while let Some(place) = self.next_start(chars, at)
            && let Some(rest) = chars.get(place..)
        {
            at = place;
            let start = text.byte(at);
            while skip.get(next).is_some_and(|r| r.end <= start) {
                next += 1;
            }
            let mut found = self.longest(rest);
            if let Some(r) = skip.get(next)
                && let Some((_, length)) = found
                && let end = text.byte(at + length)
                && r.start < end
                && (r.start < start || end < r.end || r.len() == end - start)
            {
                if start >= r.start {
                    at = text.place(r.end);
                    continue;
                }
                let before = chars.get(at..text.place(r.start));
                found = before.and_then(|chars| self.longest(chars));
            }
            match found {
                Some((word, length)) => {
                    at += length;
                    take(word, start, text.byte(at));
                }
                None => at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(
        index: &Words,
        text: &str,
        skip: &[std::ops::Range<usize>],
    ) -> Vec<(usize, usize, usize)> {
        let mut out = Vec::new();
        let text = Scalars::new(text);
        index.find(&text, &text.whole(), skip, |word, start, end| {
            out.push((word, start, end));
        });
        out
    }

    #[test]
    fn a_word_gives_way_to_what_is_skipped() {
        let words = [
            "全年预算数",
            "预算数",
            "年末结转",
            "年末在册",
            "在册",
            "共有",
        ];
        let index = Words::new({
            let mut sorted = words;
            sorted.sort_unstable();
            sorted.into_iter()
        });
        let of = |text: &str, skip: &str| -> Vec<String> {
            let at = text.find(skip).unwrap();
            let skipped: Vec<_> = std::iter::once(at..at + skip.len()).collect();
            let found = found(&index, text, &skipped);
            found
                .iter()
                .map(|(_, a, b)| text[*a..*b].to_string())
                .collect()
        };
        assert_eq!(of("2023年全年预算数", "2023年全年"), ["预算数"]);
        assert_eq!(of("2023年末在册", "2023年末"), ["在册"]);
        assert_eq!(of("年末结转5元", "年末"), ["年末结转"]);
        assert_eq!(of("年末在册5元", "5元"), ["年末在册"]);
        assert_eq!(of("共有5预算数", "有5"), ["预算数"]);
        assert_eq!(of("全年预算数的", "数的"), Vec::<&str>::new());
    }
    use aho_corasick::{AhoCorasick, MatchKind};
    use proptest::prelude::*;

    #[test]
    fn the_leftmost_longest_is_found() {
        let words = ["a", "低保", "低保对象", "农村", "农村低保", "对象"];
        let index = Words::new(words.iter().copied());
        let of = |t| -> Vec<&str> {
            found(&index, t, &[])
                .iter()
                .map(|(w, ..)| words[*w])
                .collect()
        };
        assert_eq!(of("新增农村低保对象a"), ["农村低保", "对象", "a"]);
        assert_eq!(of("低保对"), ["低保"]);
        assert_eq!(of(""), Vec::<&str>::new());
        let none = Words::new([].into_iter());
        assert!(found(&none, "低保", &[]).is_empty());
    }

    proptest! {
        #[test]
        fn an_automaton_finds_the_same(
            words in prop::collection::btree_set("[甲乙丙a(]{1,5}", 0..30),
            text in "[甲乙丙丁a(]{0,60}",
        ) {
            let words: Vec<String> = words.into_iter().collect();
            let index = Words::new(words.iter().map(String::as_str));
            let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&words).unwrap();
            let expected: Vec<_> = automaton.find_iter(&text).map(|m| (m.pattern().as_usize(), m.start(), m.end())).collect();
            prop_assert_eq!(found(&index, &text, &[]), expected);
        }
    }
}
