//! Figures of tables to observations.
//!
//! Any table is read by its labels: what heads the column, what stands to the left in the row, the section row and the
//! caption above are the words that say what a cell measures, and the same rules bind them as in running text. Standard
//! forms (`known`) narrow that, self-evaluation tables (`evaluation`) also give targets.

mod evaluation;
mod example;
mod general;
mod grid;
mod known;
mod label;
mod measure;
mod outline;
#[cfg(test)]
mod tests;
mod unit;
mod words;
mod write;

pub use example::faults;
pub use known::Forms;

use crate::analysis::Target;
use crate::bind::{Binder, Rows};
use crate::read::{Block, BlockKind};
use grid::{Content, Grid, longer};

/// Lines of a caption, and characters of one.
const MOST_LINES: usize = 4;
const LONGEST_LINE: usize = 60;

/// Most figures of a table that room is made for before they are read.
const MANY: usize = 4096;

/// The words above a table: its caption and the unit it is in.
#[derive(Default, Debug)]
pub struct Caption {
    /// Paragraphs and headings right above, outermost first.
    pub lines: Vec<String>,
    /// A note right below that speaks of units.
    pub note: Option<String>,
}

impl Caption {
    /// The lines above block `index` of a document, up to the table before. A sheet has its caption in its own cells;
    /// what is drawn on it follows it, and says of it what unit its figures are in.
    pub fn above(blocks: &[Block], index: usize) -> Caption {
        let sheet = blocks.get(index).and_then(Block::table);
        if sheet.is_some_and(|t| !t.name.is_empty()) {
            return Caption::drawn(blocks.get(index + 1..).unwrap_or(&[]));
        }
        let mut lines = Vec::new();
        for b in blocks
            .get(..index)
            .unwrap_or(&[])
            .iter()
            .rev()
            .take(MOST_LINES)
        {
            match &b.kind {
                BlockKind::Table(_) => break,
                BlockKind::Heading { text, .. } => lines.push(text.clone()),
                // The note below the table before.
                BlockKind::Paragraph { text } if text.trim_start().starts_with('注') => break,
                // A date of its own signs what stands above it.
                BlockKind::Paragraph { text } if is_date(text) => break,
                BlockKind::Paragraph { text } if !longer(text, LONGEST_LINE) => {
                    lines.push(text.clone())
                }
                BlockKind::Paragraph { .. } => break,
            }
        }
        lines.reverse();
        // A note right below may give the unit.
        let note = blocks
            .get(index + 1)
            .map(Block::text)
            .filter(|t| t.trim_start().starts_with('注') && t.contains("单位"));
        Caption {
            lines,
            note: note.map(str::to_string),
        }
    }

    /// The lines among those drawn on a sheet, which begin these blocks, that speak of a unit.
    fn drawn(blocks: &[Block]) -> Caption {
        let drawn = blocks.iter().map_while(|b| match &b.kind {
            BlockKind::Paragraph { text } => Some(text),
            _ => None,
        });
        // A note at a cell is about that cell.
        let units = drawn
            .filter(|t| t.contains("单位") && !t.starts_with('［') && !longer(t, LONGEST_LINE));
        Caption {
            lines: units.take(MOST_LINES).cloned().collect(),
            note: None,
        }
    }
}

/// Whether a line is a date and nothing else: 2021年5月20日, 二〇二一年五月.
fn is_date(line: &str) -> bool {
    line.contains('年')
        && line.chars().all(|c| {
            c.is_whitespace() || c.is_ascii_digit() || "年月日〇○零一二三四五六七八九十".contains(c)
        })
        && line.contains('月')
}

/// Reads a table.
pub fn table(
    binder: &Binder,
    block: &Block,
    index: usize,
    caption: &Caption,
    rows: &mut Rows,
    targets: &mut Vec<Target>,
) {
    let Some(t) = block.table() else { return };
    let forms = binder.catalogue.forms();
    let grid = Grid::new(t, binder.reader, &forms.index_columns, &forms.fields);
    let sheet = !t.name.is_empty();
    let plan = evaluation::plan(forms, &grid);
    let project = evaluation::project(forms, &grid, caption);
    let before = rows.figures.len();
    // Rows are long: they are not moved for each few more.
    let numbers = grid
        .content
        .iter()
        .filter(|c| matches!(c, Content::Number(_)));
    let numbers = numbers.take(MANY).count();
    rows.figures.reserve(numbers);
    rows.observations.reserve(numbers);
    let single = project.is_some();
    general::Walk::new(binder, &grid, block, index, caption, sheet, single)
        .run(plan.as_ref(), rows);
    if let Some(plan) = &plan {
        let name = project.as_deref().unwrap_or_default();
        let figures = rows.figures.get(before..).unwrap_or(&[]);
        evaluation::targets(&grid, plan, name, block, figures, targets);
    }
}

/// Address of a cell: `t3!B4` in a text document, `Sheet1!C7` in a workbook.
pub fn address(block: &Block, row: u32, column: u32) -> String {
    let mut address = String::with_capacity(block.location.len() + 12);
    address.push_str(&block.location);
    address.push('!');
    crate::read::Table::push_address(&mut address, row, column);
    address
}
