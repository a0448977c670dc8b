//! Writes the tables of a document as a workbook (rust_xlsxwriter): titles over merged cells, figures as numbers with
//! the number format that shows what the label says, and some, as in what bureaus send, as text.

use crate::template::{Block, Cell, Document, Merge};
use anyhow::Result;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook};

/// A merged region: first row and column, last row and column.
pub type Region = (usize, usize, usize, usize);

/// The bytes of an .xlsx.
pub fn write(document: &Document) -> Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(2025, 6, 16)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let plain = Format::new()
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap();
    let title = Format::new()
        .set_bold()
        .set_font_size(16)
        .set_align(FormatAlign::Center);
    for block in &document.blocks {
        let Block::Table(name, rows) = block else {
            continue;
        };
        let sheet = workbook.add_worksheet();
        sheet.set_name(if name.is_empty() { "Sheet1" } else { name })?;
        for (column, width) in widths(rows).into_iter().enumerate() {
            sheet.set_column_width(column as u16, width)?;
        }
        for (r1, c1, r2, c2) in regions(rows) {
            let text = &rows[r1][c1].text;
            let format = if r1 == 0 { &title } else { &plain };
            sheet.merge_range(r1 as u32, c1 as u16, r2 as u32, c2 as u16, text, format)?;
        }
        for (r, row) in rows.iter().enumerate() {
            for (c, cell) in row
                .iter()
                .enumerate()
                .filter(|(_, cell)| cell.merge.is_none())
            {
                let (row, column) = (r as u32, c as u16);
                match number(cell, r, c) {
                    Some((value, format)) => {
                        sheet.write_number_with_format(
                            row,
                            column,
                            value,
                            &plain.clone().set_num_format(format),
                        )?;
                    }
                    None if cell.text.is_empty() => {
                        sheet.write_blank(row, column, &plain)?;
                    }
                    None => {
                        sheet.write_string_with_format(row, column, &cell.text, &plain)?;
                    }
                }
            }
        }
    }
    Ok(workbook.save_to_buffer()?)
}

/// Width of each column, in characters of a Western font, for its longest cell that stands in it alone.
fn widths(rows: &[Vec<Cell>]) -> Vec<f64> {
    let mut out = vec![0usize; rows.iter().map(Vec::len).max().unwrap_or(0)];
    for row in rows {
        for (c, cell) in row
            .iter()
            .enumerate()
            .filter(|(c, _)| row.get(c + 1).is_none_or(|n| n.merge != Some(Merge::Left)))
        {
            if cell.merge.is_none() {
                out[c] = out[c].max(
                    cell.text
                        .chars()
                        .map(|c| if c.is_ascii() { 1 } else { 2 })
                        .sum(),
                );
            }
        }
    }
    out.into_iter()
        .map(|n| n.clamp(8, 26) as f64 + 2.0)
        .collect()
}

/// The number that a cell stores and the format that shows it; `None` where it is stored as text. Every seventh
/// figure is text, wherever it stands.
pub fn number(cell: &Cell, row: usize, column: usize) -> Option<(f64, String)> {
    let (value, digits, percent) = cell
        .number
        .filter(|_| !(row * 5 + column).is_multiple_of(7))?;
    let decimals = if digits > 0 {
        format!(".{}", "0".repeat(digits as usize))
    } else {
        String::new()
    };
    let value: f64 = value.to_string().parse().ok()?;
    Some(match percent {
        // Divided as a spreadsheet divides: what is stored need not be the shortest decimal.
        true => (value / 100.0, format!("0{decimals}%")),
        false if cell.text.contains(',') => (value, format!("#,##0{decimals}")),
        false => (value, format!("0{decimals}")),
    })
}

/// Merged regions of a table, each at its first cell.
pub fn regions(rows: &[Vec<Cell>]) -> Vec<Region> {
    let merge = |r: usize, c: usize| {
        rows.get(r)
            .and_then(|row| row.get(c))
            .and_then(|cell| cell.merge)
    };
    let mut out = Vec::new();
    for (r, row) in rows.iter().enumerate() {
        for (c, _) in row
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell.merge.is_none())
        {
            let right = (c + 1..row.len())
                .take_while(|&k| merge(r, k) == Some(Merge::Left))
                .count();
            let down = (r + 1..rows.len())
                .take_while(|&k| merge(k, c) == Some(Merge::Above))
                .count();
            if right + down > 0 {
                out.push((r, c, r + down, c + right));
            }
        }
    }
    out
}
