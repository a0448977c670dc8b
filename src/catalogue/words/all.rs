//! The words of an index, for whoever compares two vocabularies.

use super::{NONE, Node, Words};

impl Words {
    /// Every word with its place in the sorted list, in no particular order.
    pub(in crate::catalogue) fn all(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        // The first characters are the first nodes; the children of a node stand side by side.
        let roots = self.starts.iter().filter(|at| **at != NONE);
        let mut open: Vec<(u32, String)> = roots.map(|at| (*at, String::new())).collect();
        while let Some((at, before)) = open.pop() {
            let Some(&Node {
                c,
                first,
                count,
                word,
            }) = self.nodes.get(at as usize)
            else {
                continue;
            };
            let mut so_far = before;
            so_far.push(c);
            open.extend((first..first + count).map(|child| (child, so_far.clone())));
            if word != NONE {
                found.push((word as usize, so_far));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_are_given_back() {
        let words = ["(甲", "a", "低保", "低保对象", "农村", "农村低保", "𠀀"];
        let mut found = Words::new(words.iter().copied()).all();
        found.sort();
        let expected: Vec<_> = (0..).zip(words.map(str::to_string)).collect();
        assert_eq!(found, expected);
        assert!(Words::new([].into_iter()).all().is_empty());
    }
}
