//! Which row a row breaks down: by 其中, by numbering (一、 → （一） → 1. → （1） → ①) and by indent.
//!
//! Each column of labels has its own outline, since two lists may stand side by side in one table.

use crate::text::blank::squeeze;
use std::collections::BTreeMap;

/// Depth of a row without number; the indent comes on top.
const PLAIN: u8 = 10;
/// Depth of a row 其中：…, below any other.
const SUBLIST: u8 = 40;

/// The labels above a row that it may belong to, by column.
#[derive(Default)]
pub(super) struct Outline {
    columns: BTreeMap<u32, Column>,
}

#[derive(Default)]
struct Column {
    /// Depth and cell of the labels in force.
    stack: Vec<(u8, usize)>,
    /// What a row 其中：… broke down, and how many rows have come since.
    sublist: Option<(usize, usize)>,
}

/// Rows after 其中：… that may go on breaking down the same.
const REACH: usize = 4;

impl Outline {
    /// Forgets all: a new head begins another list.
    pub(super) fn clear(&mut self) {
        self.columns.clear();
    }

    /// Takes note of a label, in reading order.
    pub(super) fn note(&mut self, column: u32, cell: usize, text: &str) {
        let depth = depth(text);
        let Column { stack, sublist } = self.columns.entry(column).or_default();
        // Deeper is always further up the stack, so that it never holds more than there are depths.
        while stack.last().is_some_and(|(d, _)| *d >= depth) {
            stack.pop();
        }
        *sublist = match *sublist {
            _ if depth == SUBLIST => stack.last().map(|(_, whole)| (*whole, 0)),
            Some((whole, rows)) if depth >= PLAIN && rows < REACH => Some((whole, rows + 1)),
            _ => None,
        };
        stack.push((depth, cell));
    }

    /// The labels that the latest label of a column stands under, nearest first; none for a row without number or
    /// indent.
    pub(super) fn above(&self, column: u32) -> impl Iterator<Item = usize> {
        let stack = self.stack(column);
        let inner = stack.last().is_some_and(|(d, _)| *d != PLAIN);
        let upper = stack
            .split_last()
            .filter(|_| inner)
            .map_or(&[][..], |s| s.1);
        upper.iter().rev().map(|(_, i)| *i)
    }

    /// What the latest label of a column may go on to break down, though nothing marks it but the row 其中：… before:
    /// 其中：集中供养, then 分散供养.
    pub(super) fn beside(&self, column: u32) -> Option<usize> {
        let plain = self.stack(column).last().is_some_and(|(d, _)| *d == PLAIN);
        let (whole, rows) = self.columns.get(&column)?.sublist?;
        (plain && rows > 0).then_some(whole)
    }

    fn stack(&self, column: u32) -> &[(u8, usize)] {
        self.columns
            .get(&column)
            .map_or(&[], |c| c.stack.as_slice())
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
    let chinese = |c| {
        matches!(
            c,
            '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十'
        )
    };
    let latin = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let (inside, bracketed) = match s.strip_prefix(['（', '(']) {
        Some(rest) => (rest, true),
        None => (&*s, false),
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

    #[test]
    fn rows_after_a_sublist_may_go_on_with_it() {
        let mut o = Outline::default();
        o.note(0, 0, "特困人员");
        o.note(0, 1, "其中：集中供养");
        assert_eq!(o.beside(0), None);
        o.note(0, 2, "分散供养");
        assert_eq!((o.beside(0), o.above(0).next()), (Some(0), None));
        o.note(0, 3, "二、养老");
        o.note(0, 4, "机构");
        assert_eq!(o.beside(0), None);
    }
}
