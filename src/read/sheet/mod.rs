//! Spreadsheets, as seen on the sheet.
//!
//! Each format's reader streams its cells and gives them, with the number format of each, to [`Workbook`]; that applies
//! merged regions, hidden rows and columns, and never allocates by declared dimensions.

mod dates;
pub(crate) mod decimal;
pub(crate) mod delimited;
mod fraction;
mod grid;
pub(crate) mod number_format;
pub(crate) mod ods;
pub(crate) mod xls;
pub(crate) mod xlsb;
pub(crate) mod xlsx;
pub(crate) mod xml2003;

use super::{Document, Format, Problem, Reason, Reject};
use grid::Workbook;

/// Last row and column that a sheet can have, from 0.
const LAST_ROW: u32 = 1_048_575;
const LAST_COLUMN: u32 = 16_383;

/// The workbook as a document, or the reject if there is nothing in it.
fn finish(format: Format, book: Workbook<'_>, problems: Vec<Problem>) -> Result<Document, Reject> {
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
    Ok(Document {
        format,
        blocks,
        problems,
        warnings: Vec::new(),
    })
}

/// What is said of a sheet that was not read to its end because of its size.
fn too_large(sheet: &str) -> (Reason, String) {
    (
        Reason::TooLarge,
        format!("工作表“{sheet}”的单元格或文字超过上限，只读了前面的部分。"),
    )
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
    let mut rest = text;
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
    }
}
