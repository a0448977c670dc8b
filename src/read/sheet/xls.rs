//! Excel 97–2003 (xls, et), through calamine.
//!
//! calamine gives values and merged regions, not number formats; a value is therefore shown as it is stored. A BIFF8
//! workbook whose CodePage record says something else than 1200 comes out garbled (WPS writes such files), while BIFF5
//! needs the record: the code page is forced for BIFF8 only.

use super::grid::{Region, Workbook};
use super::guard;
use super::number_format::Shown;
use super::{Document, Format, LAST_COLUMN, LAST_ROW, Reject, finish};
use crate::read::{Limits, Reason, compound};
use calamine::{Data, Reader, Xls, XlsError, XlsOptions};
use std::io::Cursor;

/// Reads the workbook.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Reject> {
    match compound::open(bytes) {
        Ok(file) => {
            for name in ["Workbook", "Book"] {
                guard::check(&file.stream(name).unwrap_or_default())?;
            }
        }
        // The stream alone, without a compound file.
        Err(_) => guard::check(bytes)?,
    }
    // The BOF record of a BIFF8 globals stream: 09 08 10 00 00 06.
    let biff8 = bytes
        .windows(6)
        .any(|w| w == [0x09, 0x08, 0x10, 0x00, 0x00, 0x06]);
    let mut options = XlsOptions::default();
    if biff8 {
        options.force_codepage = Some(1200);
    }
    let mut book: Xls<_> =
        Xls::new_with_options(Cursor::new(bytes), options).map_err(|e| match e {
            XlsError::Password => {
                Reject::new(Reason::Encrypted, "", "工作簿有密码，请去掉密码后再发送。")
            }
            e => Reject::new(
                Reason::Corrupt,
                "",
                format!("读不出这个 Excel 文件（{e}），请用 Excel 打开后另存为 .xlsx 再发送。"),
            ),
        })?;
    let mut out = Workbook::new(limits);
    for name in book.sheet_names() {
        let Ok(range) = book.worksheet_range(&name) else {
            continue;
        };
        let mut sheet = out.sheet(&name, false);
        let (top, left) = range.start().unwrap_or((0, 0));
        for (row, column, value) in range.used_cells() {
            let (row, column) = (
                top.saturating_add(row as u32),
                left.saturating_add(column as u32),
            );
            if row > LAST_ROW || column > LAST_COLUMN {
                continue;
            }
            let numeric = matches!(value, Data::Int(_) | Data::Float(_));
            let shown = Shown {
                text: value.to_string(),
                numeric,
                exact: None,
            };
            out.put(&mut sheet, row, column, shown, false);
        }
        for r in book.merge_cells_by_sheet_name(&name).into_iter().flatten() {
            let region = Region {
                first_row: r.start.0,
                last_row: r.end.0,
                first_column: r.start.1,
                last_column: r.end.1,
            };
            sheet.merge(region, limits);
        }
        out.close(sheet);
    }
    finish(Format::Xls, out, Vec::new())
}
