//! `zhibiao text`: what the reader sees of a document.

use super::output::{complain, one_line};
use super::submission::open_file;
use super::{Failure, Status};
use crate::message;
use crate::read::{self, Block, BlockKind, Limits, Table};
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Most tabs between two cells of a row: a cell far to the right does not make lines of thousands of tabs.
const MOST_TABS: u32 = 256;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let path = &arguments.file;
    let Some(file) = open_file(path)? else {
        return Ok(Status::Incomplete);
    };
    let document = match read::read(&file.bytes, &file.name, &Limits::default()) {
        Ok(document) => document,
        Err(reject) => {
            complain(&message::error_line(&message::rejected(
                path,
                reject.reason,
                &reject.detail,
            )));
            return Ok(Status::Incomplete);
        }
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        let problems: Vec<_> = document
            .problems
            .iter()
            .map(|p| json!({"part": p.part, "reason": p.reason.name(), "detail": p.detail}))
            .collect();
        let all = json!({
            "file_name": file.name, "format": document.format.name(),
            "blocks": document.blocks.iter().map(super::show::block).collect::<Vec<_>>(), "problems": problems,
        });
        serde_json::to_writer_pretty(&mut out, &all).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        for block in &document.blocks {
            write_block(&mut out, block)?;
        }
    }
    out.flush()?;
    for p in &document.problems {
        complain(&message::rejected(
            path,
            p.reason,
            &format!("{}：{}", p.part, p.detail),
        ));
    }
    Ok(if document.problems.is_empty() {
        Status::Ok
    } else {
        Status::Incomplete
    })
}

/// A block a line; a table a row a line.
fn write_block(out: &mut impl Write, block: &Block) -> std::io::Result<()> {
    match &block.kind {
        BlockKind::Heading { text, .. } | BlockKind::Paragraph { text } => {
            writeln!(out, "{}", one_line(text))
        }
        BlockKind::Table(table) => lines(table).try_for_each(|line| writeln!(out, "{line}")),
    }
}

/// The rows of a table that have text, cells separated by tabs, nothing after the last cell with text.
pub fn lines(table: &Table) -> impl Iterator<Item = String> + '_ {
    table
        .cells
        .chunk_by(|a, b| a.row == b.row)
        .filter_map(|row| {
            let mut line = String::new();
            let mut column = 0;
            for cell in row.iter().filter(|c| !c.text.trim().is_empty()) {
                let gap = cell.column.saturating_sub(column).min(MOST_TABS);
                line.extend(std::iter::repeat_n('\t', gap as usize));
                column = cell.column;
                line.push_str(&one_line(&cell.text));
            }
            (!line.is_empty()).then_some(line)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Cell;

    #[test]
    fn cells_stand_in_their_columns() {
        let cell = |row, column, text: &str| Cell {
            row,
            column,
            row_span: 1,
            column_span: 1,
            text: text.into(),
            numeric: false,
            exact: None,
            hidden: false,
        };
        let table = Table {
            cells: vec![
                cell(0, 0, "项目"),
                cell(0, 1, "预算\n数"),
                cell(0, 3, "决算"),
                cell(1, 1, " "),
                cell(4, 2, "1"),
                cell(5, 16_383, "x"),
            ],
            rows: 6,
            columns: 16_384,
            ..Table::default()
        };
        let lines: Vec<String> = lines(&table).collect();
        assert_eq!(lines[..2], ["项目\t预算 数\t\t决算", "\t\t1"]);
        assert_eq!(lines[2].len(), MOST_TABS as usize + 1);
    }
}
