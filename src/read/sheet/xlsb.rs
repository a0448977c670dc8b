//! Binary Office Open XML workbooks (xlsb), as seen on the sheet.
//!
//! The container and the parts are those of xlsx; the parts hold records (published as \[MS-XLSB\]): a number in one or
//! two bytes, a length in one to four bytes of seven bits, data. Values, the style of each cell, hidden rows and columns
//! and merged regions come from one pass a sheet.
//!
//! calamine reads these files too, but gives a value without its number format (0.874 shown as 87.4% comes out 0.874,
//! `tests/spreadsheets.rs` shows it) and fails on workbooks that hold a chart sheet.

use super::drawing::{self, Drawn};
use super::grid::{Region, Sheet, Workbook};
use super::language::Language;
use super::number_format::{CellFormats, Shown};
use super::xls::{logical, rk};
use super::{LAST_COLUMN, LAST_ROW, unescape_control};
use crate::read::damage::{self, Damage};
use crate::read::package::{self, Package};
use crate::read::{Document, Format, Limits, Reject};

/// Numbers of the records that are read (\[MS-XLSB\] 2.3.2).
mod number {
    pub const ROW: u16 = 0;
    pub const CELL_BLANK: u16 = 1;
    pub const CELL_RK: u16 = 2;
    pub const CELL_ERROR: u16 = 3;
    pub const CELL_BOOL: u16 = 4;
    pub const CELL_REAL: u16 = 5;
    pub const CELL_STRING: u16 = 6;
    pub const CELL_SHARED: u16 = 7;
    pub const FORMULA_STRING: u16 = 8;
    pub const FORMULA_NUMBER: u16 = 9;
    pub const FORMULA_BOOL: u16 = 10;
    pub const FORMULA_ERROR: u16 = 11;
    pub const SHORT_BLANK: u16 = 12;
    pub const SHORT_RK: u16 = 13;
    pub const SHORT_ERROR: u16 = 14;
    pub const SHORT_BOOL: u16 = 15;
    pub const SHORT_REAL: u16 = 16;
    pub const SHORT_STRING: u16 = 17;
    pub const SHORT_SHARED: u16 = 18;
    pub const STRING_ITEM: u16 = 19;
    pub const FONT: u16 = 43;
    pub const FORMAT: u16 = 44;
    pub const STYLE: u16 = 47;
    pub const COLUMN: u16 = 60;
    pub const CELL_RICH: u16 = 62;
    pub const END_SHEET: u16 = 130;
    pub const WORKBOOK_PROPERTIES: u16 = 153;
    pub const SHEET: u16 = 156;
    pub const MERGED: u16 = 176;
    pub const BEGIN_COMMENT: u16 = 635;
    pub const COMMENT_TEXT: u16 = 637;
    pub const BEGIN_CELL_STYLES: u16 = 617;
    pub const END_CELL_STYLES: u16 = 618;
}

/// The data of a record, read from the front.
struct Data<'a>(&'a [u8]);

impl<'a> Data<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (some, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(some)
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (some, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*some)
    }

    fn u8(&mut self) -> Option<u8> {
        self.bytes::<1>().map(|[b]| b)
    }

    fn u16(&mut self) -> Option<u16> {
        self.bytes().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn f64(&mut self) -> Option<f64> {
        self.bytes().map(f64::from_le_bytes)
    }

    /// A string: its length in characters, then UTF-16. A length of 2³²−1 is no string.
    fn string(&mut self) -> Option<String> {
        let count = self.u32()?;
        if count == u32::MAX {
            return Some(String::new());
        }
        let bytes = self.take(usize::try_from(count).ok()?.checked_mul(2)?)?;
        let units = bytes.chunks_exact(2).map(|p| match p {
            &[a, b] => u16::from_le_bytes([a, b]),
            _ => 0,
        });
        Some(
            char::decode_utf16(units)
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
        )
    }
}

/// The records of a part.
struct Records<'a>(Data<'a>);

impl<'a> Iterator for Records<'a> {
    type Item = (u16, Data<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let data = &mut self.0;
        let mut kind = u16::from(data.u8()?);
        if kind & 0x80 != 0 {
            kind = (kind & 0x7f) | (u16::from(data.u8()? & 0x7f) << 7);
        }
        let mut length = 0usize;
        for shift in [0, 7, 14, 21] {
            let b = data.u8()?;
            length |= usize::from(b & 0x7f) << shift;
            if b & 0x80 == 0 {
                break;
            }
        }
        Some((kind, Data(data.take(length)?)))
    }
}

/// What all sheets of a workbook share.
struct Shared {
    strings: Vec<Box<str>>,
    formats: CellFormats,
}

/// A sheet as the workbook lists it.
struct Listed {
    name: String,
    relation: String,
    hidden: bool,
}

/// Reads a workbook.
///
/// # Errors
/// Damaged beyond use, or without content.
pub(crate) fn read(package: &mut Package<'_>, limits: &Limits) -> Result<Document, Reject> {
    let main = package::relationships(package, "")
        .into_iter()
        .find(|r| r.kind == "officeDocument")
        .map(|r| r.target)
        .filter(|n| package.has(n))
        .unwrap_or_else(|| "xl/workbook.bin".to_owned());
    let mut problems = Vec::new();
    let mut part = |package: &mut Package<'_>, name: &str| -> Option<Vec<u8>> {
        let part = package.part(name)?;
        problems.extend(part.damage.map(|d| damage::problem(name, d)));
        Some(part.bytes)
    };
    let relations = package::relationships(package, &main);
    let (listed, is_1904) = sheets(&part(package, &main).unwrap_or_default());
    let related = |kind: &str| {
        relations
            .iter()
            .find(|r| r.kind == kind)
            .map_or_else(|| format!("xl/{kind}.bin"), |r| r.target.clone())
    };
    let mut shared = Shared {
        strings: strings(&part(package, &related("sharedStrings")).unwrap_or_default()),
        formats: CellFormats::new(is_1904),
    };
    let names: Vec<&str> = listed.iter().map(|s| s.name.as_str()).collect();
    shared.read_styles(
        &part(package, &related("styles")).unwrap_or_default(),
        &names,
    );
    let mut book = Workbook::new(limits);
    for sheet in &listed {
        let Some(relation) = relations.iter().find(|r| r.id == sheet.relation) else {
            continue;
        };
        let mut open = book.sheet(&sheet.name, sheet.hidden);
        open.draw(drawing::of_sheet(package, &relation.target));
        // Charts and macros have no cells.
        if relation.kind != "worksheet" {
            book.close(open);
            continue;
        }
        let found = match package.part(&relation.target) {
            Some(part) => {
                let found = walk(&part.bytes, sheet, open, &shared, &mut book, limits);
                part.damage.or(found)
            }
            None => Some(super::missing(&sheet.name)),
        };
        problems.extend(found.map(|d| damage::problem(&sheet.name, d)));
        limits.deadline.check()?;
    }
    super::finish(Format::Xlsb, book, problems)
}

fn sheets(bytes: &[u8]) -> (Vec<Listed>, bool) {
    let (mut found, mut is_1904) = (Vec::new(), false);
    for (kind, mut data) in Records(Data(bytes)) {
        match kind {
            number::WORKBOOK_PROPERTIES => is_1904 = data.u32().is_some_and(|flags| flags & 1 != 0),
            number::SHEET => {
                let (Some(state), Some(_)) = (data.u32(), data.u32()) else {
                    continue;
                };
                if let (Some(relation), Some(name)) = (data.string(), data.string()) {
                    found.push(Listed {
                        name,
                        relation,
                        hidden: state != 0,
                    });
                }
            }
            _ => {}
        }
    }
    (found, is_1904)
}

fn strings(bytes: &[u8]) -> Vec<Box<str>> {
    Records(Data(bytes))
        .filter(|(kind, _)| *kind == number::STRING_ITEM)
        .map(|(_, mut data)| {
            data.u8();
            unescape_control(&data.string().unwrap_or_default()).into()
        })
        .collect()
}

/// The notes of a part of comments: the cell of each, then its text.
pub(super) fn notes(bytes: &[u8]) -> impl Iterator<Item = Drawn> {
    let mut at = None;
    Records(Data(bytes)).filter_map(move |(kind, mut data)| match kind {
        number::BEGIN_COMMENT => {
            // The author, then first and last row, first and last column.
            data.u32()?;
            let row = data.u32()?;
            data.u32()?;
            at = Some((row, data.u32()?)).filter(|(r, c)| *r <= LAST_ROW && *c <= LAST_COLUMN);
            None
        }
        number::COMMENT_TEXT => {
            data.u8()?;
            let text = unescape_control(&data.string()?);
            let (row, column) = at.take()?;
            (!text.trim().is_empty()).then(|| Drawn::note(row, column, text))
        }
        _ => None,
    })
}

impl Shared {
    fn read_styles(&mut self, bytes: &[u8], names: &[&str]) {
        let (mut inside, mut east_asian) = (false, false);
        let mut fonts = Vec::new();
        for (kind, mut data) in Records(Data(bytes)) {
            match kind {
                number::FORMAT => {
                    if let (Some(id), Some(code)) = (data.u16(), data.string()) {
                        self.formats.define(id.into(), code);
                    }
                }
                // Size, attributes, weight, script and underline, family, then the character set; colour and theme.
                number::FONT => {
                    data.take(10);
                    east_asian |= data.u8().is_some_and(Language::is_told_by_charset);
                    data.take(10);
                    fonts.extend(data.string());
                }
                number::BEGIN_CELL_STYLES => inside = true,
                number::END_CELL_STYLES => break,
                number::STYLE if inside => {
                    data.u16();
                    self.formats.style(data.u16().unwrap_or(0).into());
                }
                _ => {}
            }
        }
        if !east_asian && self.formats.depend_on_language() {
            // All texts stand here: without any, names, formats and fonts decide.
            let strings = self.strings.iter().map(|s| &**s).chain(["A"]);
            let fonts = fonts.iter().map(String::as_str);
            let names = names
                .iter()
                .copied()
                .chain(self.formats.codes())
                .chain(fonts);
            let language = Language::of(strings, names);
            self.formats.speak(language);
        }
        self.formats.settle();
    }

    fn text(&self, style: u32, value: &str) -> Shown {
        self.formats.show_text(style_index(style), value)
    }

    fn number(&self, style: u32, value: f64) -> Shown {
        self.formats.show_number(style_index(style), value)
    }

    /// What a cell's record shows; the data begins after its place and style.
    fn shown(&self, kind: u16, style: u32, data: &mut Data<'_>) -> Option<Shown> {
        Some(match kind {
            number::CELL_RK | number::SHORT_RK => self.number(style, rk(data.u32()?)),
            number::CELL_REAL | number::SHORT_REAL | number::FORMULA_NUMBER => {
                self.number(style, data.f64()?)
            }
            number::CELL_ERROR | number::SHORT_ERROR | number::FORMULA_ERROR => {
                logical(data.u8()?, true)
            }
            number::CELL_BOOL | number::SHORT_BOOL | number::FORMULA_BOOL => {
                logical(data.u8()?, false)
            }
            number::CELL_STRING | number::SHORT_STRING | number::FORMULA_STRING => {
                self.text(style, &unescape_control(&data.string()?))
            }
            number::CELL_RICH => {
                data.u8()?;
                self.text(style, &unescape_control(&data.string()?))
            }
            number::CELL_SHARED | number::SHORT_SHARED => {
                let index = usize::try_from(data.u32()?).ok()?;
                self.text(style, self.strings.get(index)?)
            }
            _ => return None,
        })
    }
}

fn style_index(style: u32) -> usize {
    usize::try_from(style).unwrap_or(usize::MAX)
}

/// Walks a sheet; gives what was wrong with it.
fn walk(
    bytes: &[u8],
    listed: &Listed,
    mut sheet: Sheet,
    shared: &Shared,
    book: &mut Workbook<'_>,
    limits: &Limits,
) -> Option<Damage> {
    let (mut row, mut hidden, mut column) = (0, false, None::<u32>);
    let mut damage = Some(super::breaks_off(&listed.name));
    for (kind, mut data) in Records(Data(bytes)) {
        match kind {
            number::ROW => {
                row = data.u32().unwrap_or(u32::MAX);
                // Style, height and a byte of flags stand before the one that is looked at.
                hidden = data.take(7).is_some() && data.u8().is_some_and(|flags| flags & 0x10 != 0);
                column = None;
            }
            number::CELL_BLANK..=number::SHORT_SHARED | number::CELL_RICH => {
                // The short records stand in the column after the one before.
                let place = if (number::SHORT_BLANK..=number::SHORT_SHARED).contains(&kind) {
                    Some(column.map_or(0, |c: u32| c.saturating_add(1)))
                } else {
                    data.u32()
                };
                let (Some(place), Some(style)) = (place, data.u32()) else {
                    continue;
                };
                column = Some(place);
                if row > LAST_ROW || place > LAST_COLUMN {
                    continue;
                }
                // The upper byte is a flag.
                if let Some(shown) = shared.shown(kind, style & 0x00ff_ffff, &mut data) {
                    book.put(&mut sheet, row, place, shown, hidden);
                    if book.full() {
                        damage = Some(super::too_large(&listed.name));
                        break;
                    }
                }
            }
            number::COLUMN => {
                let (first, last) = (data.u32(), data.u32());
                let flags = data.take(8).and_then(|_| data.u16());
                if let (Some(first), Some(last), Some(flags)) = (first, last, flags)
                    && flags & 1 != 0
                {
                    sheet.hide_columns(first, last);
                }
            }
            number::MERGED => {
                let mut next = || data.u32();
                if let (Some(first_row), Some(last_row), Some(first_column), Some(last_column)) =
                    (next(), next(), next(), next())
                {
                    let region = Region {
                        first_row,
                        last_row,
                        first_column,
                        last_column,
                    };
                    sheet.merge(region, limits);
                }
            }
            number::END_SHEET => {
                damage = None;
                break;
            }
            _ => {}
        }
    }
    book.close(sheet);
    damage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_numbers_and_lengths_of_their_own_size() {
        let bytes = [
            0x00, 0x02, 1, 2, // record 0 of two bytes
            0x9c, 0x01, 0x81, 0x00, 7, // record 156, a length in two bytes
            0x05, 0x7f, // breaks off
        ];
        let found: Vec<(u16, Vec<u8>)> = Records(Data(&bytes))
            .map(|(kind, data)| (kind, data.0.to_vec()))
            .collect();
        assert_eq!(found, [(0, vec![1, 2]), (156, vec![7])]);
    }

    #[test]
    fn strings_do_not_allocate_by_their_length() {
        assert_eq!(Data(&[0xfe, 0xff, 0xff, 0xff, 1]).string(), None);
        assert_eq!(
            Data(&[0xff, 0xff, 0xff, 0xff]).string().as_deref(),
            Some("")
        );
        assert_eq!(
            Data(&[1, 0, 0, 0, 0x2d, 0x4e]).string().as_deref(),
            Some("中")
        );
    }
}
