//! Writes a document as a Word file (docx-rs).
//!
//! Runs are split where Chinese and Western characters meet, each with its own font, as Word itself does: a reader
//! that takes runs for words sees 684 and 人 apart.

use crate::template::{Block, Cell, Document, Merge};
use anyhow::{Result, anyhow};
use docx_rs::{
    AlignmentType, Docx, LineSpacing, Paragraph, Run, RunFonts, Style, StyleType, Table, TableCell,
    TableRow, VMergeType,
};
use std::io::Cursor;

/// Every file says that it was made then, so that the same text gives the same bytes.
const MADE: &str = "2025-06-16T08:00:00Z";

/// The bytes of a .docx.
pub fn write(document: &Document) -> Result<Vec<u8>> {
    let heading = |id: &str, name: &str, size: usize, level: usize| {
        Style::new(id, StyleType::Paragraph)
            .name(name)
            .size(size)
            .bold()
            .outline_lvl(level)
    };
    let mut docx = Docx::new()
        .created_at(MADE)
        .updated_at(MADE)
        .default_fonts(RunFonts::new().east_asia("仿宋").ascii("Times New Roman"))
        .default_size(32)
        .add_style(
            Style::new("Title", StyleType::Paragraph)
                .name("Title")
                .size(44)
                .bold()
                .align(AlignmentType::Center),
        )
        .add_style(heading("Heading1", "heading 1", 32, 0))
        .add_style(heading("Heading2", "heading 2", 32, 1));
    for block in &document.blocks {
        docx = match block {
            Block::Title(text) => docx.add_paragraph(paragraph(text).style("Title")),
            Block::Heading(level, text) => {
                docx.add_paragraph(paragraph(text).style(&format!("Heading{level}")))
            }
            Block::Para(text) => {
                docx.add_paragraph(paragraph(text).line_spacing(LineSpacing::new().line(560)))
            }
            Block::Table(_, rows) => docx.add_table(table(rows)),
        };
    }
    let mut out = Cursor::new(Vec::new());
    docx.build()
        .pack(&mut out)
        .map_err(|e| anyhow!("{}: {e}", document.name))?;
    Ok(out.into_inner())
}

fn paragraph(text: &str) -> Paragraph {
    let mut paragraph = Paragraph::new();
    let mut piece = String::new();
    for c in text.chars() {
        if piece
            .chars()
            .last()
            .is_some_and(|last| last.is_ascii() != c.is_ascii())
        {
            paragraph = paragraph.add_run(run(&piece));
            piece.clear();
        }
        piece.push(c);
    }
    if !piece.is_empty() {
        paragraph = paragraph.add_run(run(&piece));
    }
    paragraph
}

fn run(text: &str) -> Run {
    let fonts = if text.is_ascii() {
        RunFonts::new().ascii("Times New Roman")
    } else {
        RunFonts::new().east_asia("仿宋")
    };
    Run::new().fonts(fonts).add_text(text)
}

fn table(rows: &[Vec<Cell>]) -> Table {
    let above = |row: usize, column: usize| {
        rows.get(row)
            .and_then(|r| r.get(column))
            .is_some_and(|c| c.merge == Some(Merge::Above))
    };
    Table::new(
        rows.iter()
            .enumerate()
            .map(|(i, row)| {
                let mut cells = Vec::new();
                for (j, cell) in row
                    .iter()
                    .enumerate()
                    .filter(|(_, c)| c.merge != Some(Merge::Left))
                {
                    let span = 1 + row[j + 1..]
                        .iter()
                        .take_while(|c| c.merge == Some(Merge::Left))
                        .count();
                    let mut out = TableCell::new().add_paragraph(paragraph(&cell.text));
                    if span > 1 {
                        out = out.grid_span(span);
                    }
                    if cell.merge == Some(Merge::Above) {
                        out = out.vertical_merge(VMergeType::Continue);
                    } else if above(i + 1, j) {
                        out = out.vertical_merge(VMergeType::Restart);
                    }
                    cells.push(out);
                }
                TableRow::new(cells)
            })
            .collect(),
    )
}
