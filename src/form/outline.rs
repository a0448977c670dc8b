//! Which row a row breaks down: by 其中, by numbering (一、 → （一） → 1. → （1） → ①) and by indent.
//!
//! Each column of labels has its own outline, since two lists may stand side by side in one table.

use super::grid::squeeze;
use std::collections::BTreeMap;

/// Depth of a row without number; the indent comes on top.
const PLAIN: u8 = 10;
/// Depth of a row 其中：…, below any other.
const SUBLIST: u8 = 40;

/// The labels above a row that it may belong to, by column.
#[derive(Default)]
pub(super) struct Outline {
    columns: BTreeMap<u32, Vec<(u8, usize)>>,
}

impl Outline {
    /// Forgets all: a new head begins another list.
    pub(super) fn clear(&mut self) {
        self.columns.clear();
    }

    /// Takes note of a label, in reading order.
    pub(super) fn note(&mut self, column: u32, cell: usize, text: &str) {
        let depth = depth(text);
        let stack = self.columns.entry(column).or_default();
        // Deeper is always further up the stack, so that it never holds more than there are depths.
        while stack.last().is_some_and(|(d, _)| *d >= depth) {
            stack.pop();
        }
        stack.push((depth, cell));
    }

    /// The labels that the latest label of a column stands under, nearest first; none for a row without number or
    /// indent.
    pub(super) fn above(&self, column: u32) -> impl Iterator<Item = usize> {
        let stack = self.columns.get(&column).map_or(&[][..], Vec::as_slice);
        let inner = stack.last().is_some_and(|(d, _)| *d != PLAIN);
        let upper = stack
            .split_last()
            .filter(|_| inner)
            .map_or(&[][..], |s| s.1);
        upper.iter().rev().map(|(_, i)| *i)
    }
}

/// How deep a label stands.
fn depth(text: &str) -> u8 {
    let indent = text
        .chars()
        .take(10)
        .take_while(|c| c.is_whitespace())
        .map(|c| if c == '\u{3000}' { 2 } else { 1 })
        .sum::<u8>();
    let s = squeeze(text.get(..text.floor_char_boundary(64)).unwrap_or(text));
    if s.starts_with("其中") {
        return SUBLIST;
    }
    let chinese = |c: char| "一二三四五六七八九十".contains(c);
    let latin = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let (inside, bracketed) = match s.strip_prefix(['（', '(']) {
        Some(rest) => (rest, true),
        None => (s.as_str(), false),
    };
    let after = |kind: &dyn Fn(char) -> bool| {
        let rest = inside.trim_start_matches(kind);
        (rest.len() < inside.len()).then_some(rest)
    };
    let closes = |rest: &str| {
        if bracketed {
            rest.starts_with(['）', ')'])
        } else {
            // 1.基金; not 3.5元.
            rest.strip_prefix(['、', '.', '．', '，'])
                .is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_digit()))
        }
    };
    if s.starts_with(|c| ('①'..='⑳').contains(&c)) {
        5
    } else if after(&chinese).is_some_and(closes) {
        if bracketed { 2 } else { 1 }
    } else if after(&latin).is_some_and(closes) {
        if bracketed { 4 } else { 3 }
    } else {
        PLAIN + indent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn under(labels: &[&str]) -> Vec<usize> {
        let mut o = Outline::default();
        for (i, l) in labels.iter().enumerate() {
            o.note(0, i, l);
        }
        o.above(0).collect()
    }

    #[test]
    fn numbers_indents_and_sublists_make_an_outline() {
        assert_eq!(under(&["一、收入", "（一）财政拨款", "1.基金"]), [1, 0]);
        assert_eq!(under(&["一、收入", "1.基金", "二、支出"]), [0; 0]);
        assert_eq!(under(&["孤儿人数", "其中：集中供养"]), [0]);
        assert_eq!(under(&["孤儿人数", "其中：集中供养", "其中：散居"]), [0]);
        assert_eq!(under(&["低保对象", "　　城市", "　　农村"]), [0]);
        assert_eq!(under(&["一、救助", "孤儿", "养老机构"]), [0; 0]);
        assert_eq!(under(&["3.5元档", "2023年"]), [0; 0]);
        assert_eq!(under(&["（1）合同", "①货物"]), [0]);
    }
}
