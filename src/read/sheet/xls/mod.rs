//! Excel 97–2003 and 5.0/95 workbooks (xls, et), as seen on the sheet.
//!
//! The workbook is one stream of records (BIFF, published as \[MS-XLS\]; the older ones were described by the
//! OpenOffice project), in a compound file or bare. The globals come first: code page, date system, shared strings, number formats, the
//! list of sheets with the place of each. Then, sheet by sheet, the cells.
//!
//! calamine reads these files too, but gives values without their number formats: a rate stored as 0.874 and shown as
//! 87.4% comes out 0.874, a wrong number (`calamine_loses_the_number_format`). It also believes the CodePage record of BIFF8
//! workbooks, which WPS writes as 936 although their strings are UTF-16. So this module is our own, and shares with the
//! reader of xlsx what decides about what is seen: number formats, merged regions, hidden rows and columns.
//!
//! Nothing is allocated by what a file declares, and every record is looked at a bounded number of times: sheets that
//! overlap are cut off.

mod drawing;
mod globals;
mod record;
mod text;

use super::grid::{Region, Sheet, Workbook};
use super::number_format::Shown;
use super::{Document, Format, Reject, finish};
use crate::read::{Limits, damage, unlock};
use drawing::Drawing;
use globals::{Globals, Listed};
use record::{Chunks, Record, Records, number};
use rustc_hash::FxHashSet;

/// Which generation of the format a stream is written in: strings and some records differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Biff {
    /// Excel 3 and 4: one sheet, no globals.
    Early,
    /// Excel 5.0 and 95: strings in a code page.
    Five,
    /// Excel 97 and later: strings in UTF-16.
    Eight,
}

/// Reads a workbook stream.
///
/// # Errors
/// Encrypted, damaged beyond use, too old, or without content.
pub(crate) fn read(stream: &[u8], limits: &Limits) -> Result<Document, Reject> {
    let opened = unlock::workbook(stream).flatten();
    let stream = opened.as_deref().unwrap_or(stream);
    let globals = Globals::read(stream)?;
    let mut book = Workbook::new(limits);
    let mut problems = Vec::new();
    // All sheets together are as long as the stream; what goes far beyond that reads the same place again and again.
    let mut budget = stream.len().saturating_mul(2).saturating_add(1 << 16);
    for listed in &globals.sheets {
        let found = match sheet(stream, listed, &globals, &mut book, &mut budget, limits) {
            End::Whole => continue,
            End::Broken => super::breaks_off(&listed.name),
            End::TooLarge => super::too_large(&listed.name),
        };
        problems.push(damage::problem(&listed.name, found));
        if book.full() {
            break;
        }
    }
    finish(Format::Xls, book, problems)
}

/// How a sheet ended.
enum End {
    Whole,
    Broken,
    TooLarge,
}

/// The cells of one sheet.
struct Walk<'a, 'l> {
    globals: &'a Globals,
    book: &'a mut Workbook<'l>,
    sheet: Sheet,
    hidden_rows: FxHashSet<u16>,
    /// A formula whose result is a text: the text follows in a record of its own.
    awaiting: Option<(u16, u16, u16)>,
    drawing: Drawing,
}

fn sheet(
    stream: &[u8],
    listed: &Listed,
    globals: &Globals,
    book: &mut Workbook<'_>,
    budget: &mut usize,
    limits: &Limits,
) -> End {
    let mut walk = Walk {
        sheet: book.sheet(&listed.name, listed.hidden),
        globals,
        book,
        hidden_rows: FxHashSet::default(),
        awaiting: None,
        drawing: Drawing::default(),
    };
    // Charts and the like stand inside a sheet as streams of their own.
    let mut depth = 0u32;
    let mut end = End::Broken;
    for record in Records::at(stream, listed.offset) {
        let Some(left) = budget.checked_sub(record.size()) else {
            break;
        };
        *budget = left;
        match record.number {
            number::BOF_3 | number::BOF_4 | number::BOF => depth += 1,
            number::EOF => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end = End::Whole;
                    break;
                }
            }
            _ if depth > 1 => {
                walk.drawing.chart_record(&record);
            }
            _ => {
                walk.record(&record, limits);
                if walk.book.full() {
                    end = End::TooLarge;
                    break;
                }
            }
        }
    }
    let Walk {
        book,
        mut sheet,
        drawing,
        ..
    } = walk;
    sheet.draw(drawing.finish());
    book.close(sheet);
    end
}

impl Walk<'_, '_> {
    /// A record of a sheet; one that is too short says nothing.
    fn record(&mut self, record: &Record<'_>, limits: &Limits) -> Option<()> {
        let mut data = record.chunks();
        match record.number {
            number::ROW => {
                let row = data.u16()?;
                data.skip(10);
                if data.u16()? & 0x20 != 0 {
                    self.hidden_rows.insert(row);
                }
            }
            number::COLINFO => {
                let (first, last) = (data.u16()?, data.u16()?);
                data.skip(4);
                if data.u16()? & 1 != 0 {
                    self.sheet.hide_columns(first.into(), last.into());
                }
            }
            number::MERGEDCELLS => {
                for _ in 0..data.u16()? {
                    let region = Region {
                        first_row: data.u16()?.into(),
                        last_row: data.u16()?.into(),
                        first_column: data.u16()?.into(),
                        last_column: data.u16()?.into(),
                    };
                    self.sheet.merge(region, limits);
                }
            }
            number::LABELSST => {
                let at = place(&mut data)?;
                let index = usize::try_from(data.u32()?).ok()?;
                let text = self.globals.strings.get(index)?;
                self.text(at, text);
            }
            number::LABEL | number::RSTRING => {
                let at = place(&mut data)?;
                let text = self.globals.long_text(&mut data)?;
                self.text(at, &text);
            }
            number::NUMBER => {
                let at = place(&mut data)?;
                self.number(at, data.f64()?);
            }
            number::RK => {
                let at = place(&mut data)?;
                self.number(at, rk(data.u32()?));
            }
            number::MULRK => {
                let (row, first) = (data.u16()?, data.u16()?);
                // Then for each cell its style and value, and the last column again.
                for column in first.. {
                    if data.left() < 6 {
                        break;
                    }
                    let style = data.u16()?;
                    let value = rk(data.u32()?);
                    self.number((row, column, style), value);
                }
            }
            number::BOOLERR => {
                let at = place(&mut data)?;
                let (value, error) = (data.u8()?, data.u8()? != 0);
                self.put(at, logical(value, error));
            }
            number::FORMULA | number::FORMULA_3 | number::FORMULA_4 => {
                let at = place(&mut data)?;
                let result = data.bytes::<8>()?;
                self.awaiting = None;
                match result {
                    // Not a number: byte 0 says what instead.
                    [0, .., 0xff, 0xff] => self.awaiting = Some(at),
                    [1, _, value, .., 0xff, 0xff] => self.put(at, logical(value, false)),
                    [2, _, value, .., 0xff, 0xff] => self.put(at, logical(value, true)),
                    [_, .., 0xff, 0xff] => {}
                    bytes => self.number(at, f64::from_le_bytes(bytes)),
                }
            }
            number::STRING => {
                let at = self.awaiting.take()?;
                let text = self.globals.long_text(&mut data)?;
                self.text(at, &text);
            }
            _ => return self.drawing.record(record, self.globals),
        }
        Some(())
    }

    fn text(&mut self, at: (u16, u16, u16), value: &str) {
        let shown = self.globals.formats.show_text(at.2.into(), value);
        self.put(at, shown);
    }

    fn number(&mut self, at: (u16, u16, u16), value: f64) {
        let shown = self.globals.formats.show_number(at.2.into(), value);
        self.put(at, shown);
    }

    fn put(&mut self, (row, column, _): (u16, u16, u16), shown: Shown) {
        let hidden = self.hidden_rows.contains(&row);
        self.book
            .put(&mut self.sheet, row.into(), column.into(), shown, hidden);
    }
}

/// Row, column and style that a cell's record begins with.
fn place(data: &mut Chunks<'_>) -> Option<(u16, u16, u16)> {
    Some((data.u16()?, data.u16()?, data.u16()?))
}

/// A number in four bytes: the upper 30 bits of a double or an integer, perhaps in hundredths.
pub(super) fn rk(bits: u32) -> f64 {
    let value = if bits & 2 == 0 {
        f64::from_bits(u64::from(bits & !3) << 32)
    } else {
        f64::from(bits.cast_signed() >> 2)
    };
    if bits & 1 == 0 { value } else { value / 100.0 }
}

/// A truth value or an error as the cell shows it.
pub(super) fn logical(value: u8, error: bool) -> Shown {
    let text = match (error, value) {
        (false, 0) => "FALSE",
        (false, _) => "TRUE",
        (true, 0x00) => "#NULL!",
        (true, 0x07) => "#DIV/0!",
        (true, 0x0f) => "#VALUE!",
        (true, 0x17) => "#REF!",
        (true, 0x1d) => "#NAME?",
        (true, 0x24) => "#NUM!",
        (true, _) => "#N/A",
    };
    Shown {
        text: text.to_owned(),
        ..Shown::default()
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
