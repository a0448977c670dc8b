//! Tables of a page: rows and cells, their spans, and end tags that are missing.

use super::super::token::attribute;
use super::Walk;
use crate::read::sheet::decimal::Number;
use std::collections::BTreeMap;

/// Rows that a cell may span.
const MOST_ROWS: u32 = 65_534;

/// Columns of a table that cells from above may hold at a time.
const MOST_TAKEN: usize = 256;

/// An open table.
#[derive(Default)]
pub(super) struct Table {
    pub(super) in_row: bool,
    pub(super) in_cell: bool,
    row: u32,
    column: u32,
    /// First column of a cell that goes on in rows below: the row after its last, and its width.
    taken: BTreeMap<u32, (u32, u32)>,
    /// Depth of the stack where it began.
    pub(super) depth: usize,
}

impl Table {
    /// A table that begins at this depth of the stack.
    pub(super) fn at(depth: usize) -> Table {
        Table {
            depth,
            ..Table::default()
        }
    }
}

impl Walk<'_> {
    pub(super) fn in_table(&self) -> bool {
        !self.tables.is_empty() && self.ignored_tables == 0
    }

    pub(super) fn open_row(&mut self, attributes: &str) {
        self.close_row();
        self.close_paragraph();
        let Some(table) = self.tables.last_mut() else {
            return;
        };
        self.blocks.open_row();
        table.in_row = true;
        table.column = 0;
        let hidden = attribute(attributes, "style").is_some_and(|s| {
            s.to_ascii_lowercase()
                .replace(' ', "")
                .contains("display:none")
        });
        let depth = table.depth;
        if hidden {
            self.blocks.drop_row();
        }
        // Elements that the row before left open end here.
        self.pop_to(depth);
    }

    pub(super) fn close_row(&mut self) {
        self.close_cell();
        let Some(table) = self.tables.last_mut().filter(|t| t.in_row) else {
            return;
        };
        table.in_row = false;
        table.row += 1;
        self.blocks.close_row();
    }

    pub(super) fn open_cell(&mut self, attributes: &str) {
        self.close_cell();
        if self.tables.last().is_some_and(|t| !t.in_row) {
            self.open_row("");
        }
        let Some(table) = self.tables.last_mut() else {
            return;
        };
        let span = |name: &str| {
            attribute(attributes, name)
                .and_then(|v| v.trim().parse::<u32>().ok())
                .unwrap_or(1)
        };
        let width = span("colspan").clamp(1, 1000);
        let height = match span("rowspan") {
            // To the end of the table.
            0 => MOST_ROWS,
            n => n.min(MOST_ROWS),
        };
        while let Some((until, w)) = table.taken.get(&table.column).copied() {
            if until <= table.row {
                table.taken.remove(&table.column);
                break;
            }
            table.column += w;
        }
        self.blocks.skip_columns(table.column);
        if !self.blocks.open_cell() {
            return;
        }
        table.in_cell = true;
        self.blocks.cell_span(width);
        self.blocks.cell_rows(height);
        // A spreadsheet saved as a page says what a cell holds beside what it shows.
        if let Some(value) = attribute(attributes, "x:num") {
            match value.trim().parse().ok().and_then(Number::from_f64) {
                Some(value) => self.blocks.cell_value(value),
                None => self.blocks.cell_shows_number(),
            }
        }
        if height > 1 && table.taken.len() < MOST_TAKEN {
            table
                .taken
                .insert(table.column, (table.row.saturating_add(height), width));
        }
        table.column += width;
    }

    pub(super) fn close_cell(&mut self) {
        let Some((true, depth)) = self.tables.last().map(|t| (t.in_cell, t.depth)) else {
            return;
        };
        self.pop_to(depth);
        self.close_paragraph();
        self.label.clear();
        if let Some(table) = self.tables.last_mut() {
            table.in_cell = false;
        }
        self.blocks.close_cell();
    }

    pub(super) fn close_table(&mut self) {
        self.close_row();
        self.close_paragraph();
        if let Some(table) = self.tables.pop() {
            self.pop_to(table.depth);
            self.blocks.close_table();
        }
    }
}
