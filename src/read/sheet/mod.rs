//! Spreadsheets, as seen on the sheet.
//!
//! Each format's reader streams its cells and gives them, with the number format of each, to [`Workbook`]; that applies
//! merged regions, hidden rows and columns, and never allocates by declared dimensions.

mod dates;
pub(crate) mod decimal;
pub(crate) mod delimited;
mod drawing;
mod fraction;
mod grid;
mod language;
pub(crate) mod number_format;
pub(crate) mod ods;
pub(crate) mod xls;
pub(crate) mod xlsb;
pub(crate) mod xlsx;
pub(crate) mod xml2003;

use super::damage::{self, Damage};
use super::{Block, Document, Format, Problem, Reason, Reject, Table};
use grid::Workbook;

/// Sheets that a remark names.
const MOST_NAMED: usize = 10;

/// Last row and column that a sheet can have, from 0.
const LAST_ROW: u32 = 1_048_575;
const LAST_COLUMN: u32 = 16_383;

/// The workbook as a document, or the reject if there is nothing in it.
fn finish(format: Format, book: Workbook<'_>, problems: Vec<Problem>) -> Result<Document, Reject> {
    let unanswered = book.unanswered;
    let blocks = book.finish();
    if blocks.is_empty() {
        return Err(match problems.into_iter().next() {
            Some(p) => p.into(),
            None => Reject::new(
                Reason::Empty,
                "",
                "工作簿里没有内容，请确认发送的是填写好的文件。",
            ),
        });
    }
    let mut warnings = hidden(&blocks);
    if unanswered > 0 {
        warnings.push(format!(
            "有{unanswered}个公式没有保存计算结果，其中的数读不到，请用 Excel 打开后保存再发送。"
        ));
    }
    Ok(Document {
        format,
        blocks,
        problems,
        warnings,
    })
}

/// Remarks on what is read although a person does not see it: hidden sheets, and hidden rows and columns of others.
fn hidden(blocks: &[Block]) -> Vec<String> {
    let tables = || blocks.iter().filter_map(Block::table);
    let names = |of: &dyn Fn(&Table) -> bool| {
        let names: Vec<&str> = tables()
            .filter(|t| of(t))
            .map(|t| t.name.as_str())
            .collect();
        match names.get(MOST_NAMED..) {
            Some([_, ..]) => format!(
                "{}等{}个",
                names.get(..MOST_NAMED).unwrap_or_default().join("、"),
                names.len()
            ),
            _ => names.join("、"),
        }
    };
    let sheets = names(&|t| t.hidden);
    let parts = names(&|t| !t.hidden && t.cells.iter().any(|c| c.hidden));
    let mut remarks = Vec::new();
    if !sheets.is_empty() {
        remarks.push(format!("有隐藏的工作表，其中的内容也已读取：{sheets}。"));
    }
    if !parts.is_empty() {
        remarks.push(format!("有隐藏的行或列，其中的内容也已读取：{parts}。"));
    }
    remarks
}

/// What is said of a sheet that was not read to its end because of its size.
fn too_large(sheet: &str) -> Damage {
    (
        Reason::TooLarge,
        format!("工作表“{sheet}”的单元格或文字超过上限，只读了前面的部分。"),
    )
}

/// What is said of a sheet that breaks off or is damaged from a place on.
fn breaks_off(sheet: &str) -> Damage {
    (
        Reason::Corrupt,
        format!(
            "工作表“{sheet}”在中途结束或损坏，只读了前面的部分，请用 Excel 打开后另存为 .xlsx 再发送。"
        ),
    )
}

/// What is said of a sheet that the workbook lists and the file does not hold.
fn missing(sheet: &str) -> Damage {
    (
        Reason::Corrupt,
        format!("工作表“{sheet}”的内容不在文件里，请用 Excel 打开后另存一份。"),
    )
}

/// Why a walk over the XML of all sheets did not reach the end of the workbook, where it did not.
fn walk_damage(sheet: &str, full: bool, broken: bool) -> Option<Problem> {
    let found = if full {
        Some(too_large(sheet))
    } else {
        broken.then(|| breaks_off(sheet))
    };
    found.map(|d| damage::problem(sheet, d))
}

/// Row and column, from 0, of a reference such as `B4` or `$B$4`.
fn cell_reference(reference: &str) -> Option<(u32, u32)> {
    let (mut column, mut row) = (0u32, 0u32);
    for b in reference.bytes() {
        match b {
            b'A'..=b'Z' if row == 0 => {
                column = column
                    .checked_mul(26)?
                    .checked_add(u32::from(b - b'A') + 1)?
            }
            b'a'..=b'z' if row == 0 => {
                column = column
                    .checked_mul(26)?
                    .checked_add(u32::from(b - b'a') + 1)?
            }
            b'0'..=b'9' => row = row.checked_mul(10)?.checked_add(u32::from(b - b'0'))?,
            b'$' => {}
            _ => return None,
        }
    }
    let (row, column) = (row.checked_sub(1)?, column.checked_sub(1)?);
    (row <= LAST_ROW && column <= LAST_COLUMN).then_some((row, column))
}

/// Resolves `_x000D_` escapes of OOXML strings and makes all line ends `\n`.
fn unescape_control(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Line ends of the file are made one before escapes are resolved: an escaped return stands before a whole one.
    let lines = if text.contains('\r') {
        line_ends(text.to_owned())
    } else {
        String::new()
    };
    let mut rest = if lines.is_empty() { text } else { &lines };
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let code = escape
            .get(2..6)
            .filter(|_| escape.as_bytes().get(6) == Some(&b'_'))
            .and_then(|hex| u16::from_str_radix(hex, 16).ok());
        match code.and_then(|code| char::from_u32(u32::from(code))) {
            Some(c) => {
                out.push(c);
                rest = escape.get(7..).unwrap_or_default();
            }
            None => {
                out.push_str("_x");
                rest = escape.get(2..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    line_ends(out)
}

/// Makes all line ends `\n`.
fn line_ends(text: String) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        assert_eq!(cell_reference("A1"), Some((0, 0)));
        assert_eq!(cell_reference("$AB$12"), Some((11, 27)));
        assert_eq!(cell_reference("XFD1048576"), Some((LAST_ROW, LAST_COLUMN)));
        for bad in [
            "",
            "A",
            "1",
            "A0",
            "XFE1",
            "A1048577",
            "1A",
            "A99999999999",
            "中1",
        ] {
            assert_eq!(cell_reference(bad), None, "{bad}");
        }
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape_control("a_x000D_\nb_x4E2D__xZZ_"), "a\nb中_xZZ_");
        assert_eq!(unescape_control("甲_x000D_\r\n乙\r丙"), "甲\n乙\n丙");
    }
}
