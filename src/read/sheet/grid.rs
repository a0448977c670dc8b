//! The sheets of a workbook as they are assembled: sparse cells, merged regions, hidden rows and columns, and what is
//! drawn on them.

use super::drawing::{self, Drawn};
use super::number_format::Shown;
use crate::read::{Block, BlockKind, Cell, Limits, Table};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Everything that a workbook's sheets share.
pub(crate) struct Workbook<'a> {
    blocks: Vec<Block>,
    /// Paragraphs among the blocks.
    paragraphs: usize,
    cells: usize,
    bytes: usize,
    limits: &'a Limits,
    /// Formulas without a stored result: programs that do not calculate write them.
    pub unanswered: usize,
}

/// A merged region: first and last row and column, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub first_row: u32,
    pub last_row: u32,
    pub first_column: u32,
    pub last_column: u32,
}

/// A sheet under construction.
pub(crate) struct Sheet {
    name: String,
    hidden: bool,
    cells: Vec<Cell>,
    merges: Vec<Region>,
    hidden_columns: Vec<(u32, u32)>,
    drawn: Vec<Drawn>,
    sorted: bool,
}

impl<'a> Workbook<'a> {
    pub fn new(limits: &'a Limits) -> Self {
        Workbook {
            blocks: Vec::new(),
            paragraphs: 0,
            cells: 0,
            bytes: 0,
            limits,
            unanswered: 0,
        }
    }

    /// Whether another cell would be over the limits.
    pub fn full(&self) -> bool {
        self.cells >= self.limits.cells
            || self.bytes >= self.limits.text
            || (self.cells.is_multiple_of(1024) && self.limits.deadline.passed())
    }

    /// Begins a sheet.
    pub fn sheet(&self, name: &str, hidden: bool) -> Sheet {
        // A damaged workbook may have lost the name; a location is never empty.
        let name = match name {
            "" => format!("Sheet{}", self.blocks.len() + 1),
            name => name.to_owned(),
        };
        Sheet {
            name,
            hidden,
            cells: Vec::new(),
            merges: Vec::new(),
            hidden_columns: Vec::new(),
            drawn: Vec::new(),
            sorted: true,
        }
    }

    /// Puts a cell that shows something; one that shows nothing is not kept.
    pub fn put(&mut self, sheet: &mut Sheet, row: u32, column: u32, shown: Shown, hidden: bool) {
        if shown.text.trim().is_empty() || self.full() {
            return;
        }
        self.cells += 1;
        self.bytes += shown.text.len();
        if let Some(last) = sheet.cells.last() {
            sheet.sorted &= (last.row, last.column) < (row, column);
        }
        sheet.cells.push(Cell {
            row,
            column,
            row_span: 1,
            column_span: 1,
            text: shown.text,
            numeric: shown.numeric,
            exact: shown.exact,
            hidden,
        });
    }

    /// Ends a sheet: a table, unless it has no cells, then what is drawn on it.
    pub fn close(&mut self, mut sheet: Sheet) {
        let name = sheet.name.clone();
        let drawn = std::mem::take(&mut sheet.drawn);
        if let Some(table) = sheet.finish() {
            self.blocks.push(Block {
                location: name,
                kind: BlockKind::Table(table),
            });
        }
        if drawn.is_empty() {
            return;
        }
        for text in drawing::paragraphs(drawn) {
            if self.paragraphs >= self.limits.blocks || self.bytes >= self.limits.text {
                break;
            }
            self.paragraphs += 1;
            self.bytes += text.len();
            self.blocks.push(Block {
                location: format!("p{}", self.paragraphs),
                kind: BlockKind::Paragraph { text },
            });
        }
    }

    /// The blocks: the table of each sheet and the paragraphs drawn on it.
    pub fn finish(self) -> Vec<Block> {
        self.blocks
    }
}

impl Sheet {
    /// Adds a merged region.
    pub fn merge(&mut self, region: Region, limits: &Limits) {
        let several =
            region.first_row < region.last_row || region.first_column < region.last_column;
        let valid =
            region.first_row <= region.last_row && region.first_column <= region.last_column;
        if several && valid && self.merges.len() < limits.cells {
            self.merges.push(region);
        }
    }

    /// Adds what is drawn on the sheet or noted at its cells.
    pub fn draw(&mut self, drawn: impl IntoIterator<Item = Drawn>) {
        let room = drawing::MOST_DRAWN.saturating_sub(self.drawn.len());
        self.drawn.extend(drawn.into_iter().take(room));
    }

    /// Marks the whole sheet as hidden.
    pub fn hide(&mut self) {
        self.hidden = true;
    }

    /// Hides columns, from and to inclusive.
    pub fn hide_columns(&mut self, first: u32, last: u32) {
        // More than one range a column is not written by any program.
        if self.hidden_columns.len() < 16_384 {
            self.hidden_columns.push((first, last));
        }
    }

    fn finish(mut self) -> Option<Table> {
        if !self.sorted {
            self.cells.sort_by_key(|c| (c.row, c.column));
            self.cells.dedup_by_key(|c| (c.row, c.column));
        }
        if !self.merges.is_empty() {
            self.apply_merges();
        }
        let rows = self.cells.iter().map(|c| c.row).max()?.saturating_add(1);
        let columns = self.cells.iter().map(|c| c.column).max()?.saturating_add(1);
        for cell in &mut self.cells {
            // A title merged over the whole width of the sheet covers the columns that are used.
            cell.row_span = cell.row_span.min(rows - cell.row);
            cell.column_span = cell.column_span.min(columns - cell.column);
        }
        if !self.hidden_columns.is_empty() {
            self.apply_hidden_columns();
        }
        Some(Table {
            name: self.name,
            cells: self.cells,
            rows,
            columns,
            hidden: self.hidden,
        })
    }

    /// One cell a region: the top-left one with its spans; what is stored under the others is not seen.
    fn apply_merges(&mut self) {
        self.merges.sort_by_key(|m| (m.first_row, m.first_column));
        let spans: FxHashMap<(u32, u32), Region> = self
            .merges
            .iter()
            .map(|m| ((m.first_row, m.first_column), *m))
            .collect();
        let mut upcoming = self.merges.iter().peekable();
        // Regions that reach the current row, by first column; regions do not overlap in a valid file.
        let mut active: BTreeMap<u32, Region> = BTreeMap::new();
        self.cells.retain_mut(|cell| {
            while let Some(region) = upcoming.next_if(|r| r.first_row <= cell.row) {
                if region.last_row >= cell.row {
                    active.insert(region.first_column, *region);
                }
            }
            while let Some((&start, region)) = active.range(..=cell.column).next_back() {
                if region.last_row < cell.row {
                    active.remove(&start);
                    continue;
                }
                if region.last_column >= cell.column
                    && (region.first_row, region.first_column) != (cell.row, cell.column)
                {
                    return false;
                }
                break;
            }
            if let Some(region) = spans.get(&(cell.row, cell.column)) {
                cell.row_span = region.last_row - region.first_row + 1;
                cell.column_span = region.last_column - region.first_column + 1;
            }
            true
        });
    }

    fn apply_hidden_columns(&mut self) {
        self.hidden_columns.sort_unstable();
        let mut ranges: Vec<(u32, u32)> = Vec::with_capacity(self.hidden_columns.len());
        for &(first, last) in &self.hidden_columns {
            match ranges.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = (*end).max(last),
                _ => ranges.push((first, last)),
            }
        }
        for cell in &mut self.cells {
            let at = ranges.partition_point(|&(_, last)| last < cell.column);
            if ranges
                .get(at)
                .is_some_and(|&(first, _)| first <= cell.column)
            {
                cell.hidden = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Shown {
        Shown {
            text: text.into(),
            ..Shown::default()
        }
    }

    #[test]
    fn merged_regions() {
        let limits = Limits::default();
        let mut book = Workbook::new(&limits);
        let mut sheet = book.sheet("s", false);
        for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2)] {
            book.put(
                &mut sheet,
                row,
                column,
                text(&format!("{row}{column}")),
                false,
            );
        }
        sheet.merge(
            Region {
                first_row: 0,
                last_row: 0,
                first_column: 0,
                last_column: 16_383,
            },
            &limits,
        );
        sheet.merge(
            Region {
                first_row: 1,
                last_row: 2,
                first_column: 1,
                last_column: 2,
            },
            &limits,
        );
        sheet.hide_columns(2, 5);
        book.close(sheet);
        let blocks = book.finish();
        let table = blocks
            .first()
            .and_then(Block::table)
            .cloned()
            .unwrap_or_default();
        let seen: Vec<_> = table
            .cells
            .iter()
            .map(|c| (c.text.as_str(), c.row_span, c.column_span, c.hidden))
            .collect();
        assert_eq!(
            seen,
            [
                ("00", 1, 2, false),
                ("10", 1, 1, false),
                ("11", 1, 1, false)
            ]
        );
    }
}
