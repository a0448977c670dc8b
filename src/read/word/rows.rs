//! Tables of formats that mark the ends of cells and rows within a run of paragraphs (binary Word documents, RTF).
//!
//! A paragraph says in how many tables it lies; marks end a cell or a row, and the end of a row carries the edges of its
//! cells. Columns are the edges of all rows of a table together, so that a cell spans what it spans on the page.

use super::blocks::{Blocks, Merge};
use std::rc::Rc;

/// Tables in tables that are told apart; what lies deeper belongs to the innermost.
const MOST_NESTED: u32 = 24;
/// Edges of cells that are this close, in twips, are one.
const SAME_EDGE: i32 = 40;

/// The cells of a table row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// Left edges of the cells and the right edge of the last, in twips.
    pub edges: Vec<i32>,
    /// How each cell is merged.
    pub cells: Vec<Merged>,
}

/// How a cell is merged with its neighbours.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Merged {
    /// First of cells merged in a row.
    pub first: bool,
    pub with_left: bool,
    /// First of cells merged in a column.
    pub top: bool,
    pub with_above: bool,
}

/// A paragraph's place in tables.
pub(crate) trait Placed {
    /// In how many tables it lies.
    fn depth(&self) -> u32;
    /// It ends a cell of the innermost table.
    fn ends_cell(&self) -> bool;
    /// It ends a row of the innermost table, and is no text itself.
    fn ends_row(&self) -> bool;
    /// The cells of the row that it ends.
    fn row(&self) -> Option<&Rc<Row>>;
}

/// Who puts paragraphs into blocks.
pub(crate) trait Builder<'a> {
    /// A paragraph of the format.
    type Paragraph: Placed;
    /// Where blocks are built.
    fn blocks(&mut self) -> &mut Blocks<'a>;
    /// Puts the text of one paragraph.
    fn paragraph(&mut self, paragraph: &Self::Paragraph);
}

/// Paragraphs that lie in `depth` tables or more: those that lie deeper make tables.
pub(crate) fn level<'a, B: Builder<'a>>(builder: &mut B, paragraphs: &[B::Paragraph], depth: u32) {
    let mut rest = paragraphs;
    while let Some((first, after)) = rest.split_first() {
        if builder.blocks().full {
            return;
        }
        if first.depth() > depth && depth < MOST_NESTED {
            let count = rest.iter().take_while(|p| p.depth() > depth).count();
            let (inside, after) = rest.split_at(count);
            table(builder, inside, depth + 1);
            rest = after;
        } else {
            builder.paragraph(first);
            rest = after;
        }
    }
}

/// A table whose own paragraphs lie at `depth`.
fn table<'a, B: Builder<'a>>(builder: &mut B, paragraphs: &[B::Paragraph], depth: u32) {
    let ends_row = |p: &B::Paragraph| p.depth() == depth && p.ends_row();
    let ends_cell = |p: &B::Paragraph| p.depth() == depth && p.ends_cell();
    let ends = paragraphs.iter().filter(|p| ends_row(p));
    let columns = columns(ends.filter_map(|p| p.row().map(Rc::as_ref)));
    builder.blocks().open_table();
    for row in paragraphs.split_inclusive(ends_row) {
        if builder.blocks().full {
            break;
        }
        let (cells, definition) = match row.split_last() {
            Some((end, cells)) if ends_row(end) => (cells, end.row().cloned()),
            _ => (row, None),
        };
        let definition = definition.unwrap_or_default();
        let edge = |i: usize| {
            let edge = *definition.edges.get(i)?;
            Some(columns.partition_point(|c| c.saturating_add(SAME_EDGE) < edge) as u32)
        };
        let blocks = builder.blocks();
        blocks.open_row();
        if let Some(before) = edge(0).filter(|b| *b > 0) {
            blocks.skip_columns(before);
        }
        for (i, cell) in cells.split_inclusive(ends_cell).enumerate() {
            let blocks = builder.blocks();
            if !blocks.open_cell() {
                continue;
            }
            if let Some((left, right)) = edge(i).zip(edge(i + 1)) {
                blocks.cell_span(right.saturating_sub(left));
            }
            if let Some(merged) = definition.cells.get(i) {
                if merged.with_above {
                    blocks.cell_vertical(Merge::Continue);
                } else if merged.top {
                    blocks.cell_vertical(Merge::Restart);
                }
                if merged.with_left {
                    blocks.cell_horizontal(Merge::Continue);
                } else if merged.first {
                    blocks.cell_horizontal(Merge::Restart);
                }
            }
            level(builder, cell, depth);
            builder.blocks().close_cell();
        }
        builder.blocks().close_row();
    }
    builder.blocks().close_table();
}

/// The edges of all rows, each once: edges that are nearly the same are one.
fn columns<'r>(rows: impl Iterator<Item = &'r Row>) -> Vec<i32> {
    let mut edges: Vec<i32> = Vec::new();
    let mut sorted = 0;
    let mut before: Option<&Row> = None;
    for row in rows {
        // Rows often share a definition.
        if before.is_some_and(|b| std::ptr::eq(b, row)) {
            continue;
        }
        before = Some(row);
        edges.extend(&row.edges);
        // Rows repeat their edges: only what differs is kept.
        if edges.len() > 2 * sorted + 4096 {
            edges.sort_unstable();
            edges.dedup();
            sorted = edges.len();
        }
    }
    edges.sort_unstable();
    let mut last: Option<i32> = None;
    edges.retain(|e| {
        let new = last.is_none_or(|l| e.saturating_sub(l) > SAME_EDGE);
        if new {
            last = Some(*e);
        }
        new
    });
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_that_are_nearly_the_same_are_one() {
        let row = |edges: &[i32]| Row {
            edges: edges.to_vec(),
            cells: Vec::new(),
        };
        let rows = [row(&[-108, 1000, 3000]), row(&[-100, 2000, 3010])];
        assert_eq!(columns(rows.iter()), [-108, 1000, 2000, 3000]);
    }
}
