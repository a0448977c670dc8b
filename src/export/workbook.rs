//! Workbooks: a sheet a theme, typed cells, a frozen head, and the sentence of every value as a comment of its cell.
//!
//! The first sheet says what was asked for and lists the others. A theme is read, sorted and written at a time; sheets
//! are written through temporary files, so that a workbook is never in memory as a whole (its comments are, which is one
//! reason why they have a limit).
//!
//! Excel keeps 15 significant digits of a number. A value of no more is a number, with as many decimal places shown as it
//! has; a longer one is a text, to the right of its cell, and stays exact.

use super::wide::{self, Wide};
use super::{Failure, MOST_COMMENTS, MOST_ROWS, Plan, Selection, Written, cell, plan};
use crate::analyse::find::{Indicator, by_theme};
use crate::analyse::series::{Point, any_of};
use crate::message::export as said;
use crate::warehouse::Reader;
use chrono::{Datelike, NaiveDate, TimeDelta};
use polars::prelude::{AnyValue, DataFrame, SortMultipleOptions};
use rust_xlsxwriter::{
    Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Note, ObjectMovement, Url, Workbook,
    Worksheet, XlsxError,
};
use std::fs::File;
use std::io::BufWriter;

/// UTF-16 units that a cell or a comment has at most, with room for the ellipsis.
const MOST_UNITS: usize = 32_000;
/// UTF-16 units of a comment's sentence; a longer one is a table row that nobody reads in a comment.
const MOST_COMMENT: usize = 2_000;
/// Columns of a sheet in the long shape, with their widths. `evidence` comes last, where it is not a comment.
const COLUMNS: [(&str, f64); 20] = [
    ("indicator_name", 28.0),
    ("area_name", 12.0),
    ("prefecture", 12.0),
    ("agency", 24.0),
    ("time_period", 12.0),
    ("period_start", 11.0),
    ("period_end", 11.0),
    ("scenario", 9.0),
    ("transformation", 12.0),
    ("obs_value", 18.0),
    ("obs_value_max", 12.0),
    ("unit_measure", 10.0),
    ("qualifier", 10.0),
    ("obs_status", 6.0),
    ("value_text", 16.0),
    ("file_name", 40.0),
    ("location", 12.0),
    ("confidence", 8.0),
    ("indicator", 34.0),
    ("ref_area", 10.0),
];
const EVIDENCE: (&str, f64) = ("evidence", 80.0);
const SORTED: [&str; 6] = [
    "indicator",
    "ref_area",
    "agency",
    "time_period",
    "scenario",
    "transformation",
];

/// The formats of a workbook's cells.
struct Formats {
    title: Format,
    head: Format,
    date: Format,
    /// By number of decimal places.
    numbers: Vec<Format>,
    /// The same, of a value that a check has flagged.
    flagged: Vec<Format>,
    /// A number with too many digits.
    long: Format,
}

impl Formats {
    fn new() -> Formats {
        let number = |places: usize| {
            let fraction = "0".repeat(places);
            let point = if places > 0 { "." } else { "" };
            Format::new().set_num_format(format!("#,##0{point}{fraction}"))
        };
        Formats {
            title: Format::new().set_bold().set_font_size(14),
            head: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0x00E8_EEF4))
                .set_border_bottom(FormatBorder::Thin)
                .set_text_wrap()
                .set_align(FormatAlign::Top),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            numbers: (0..=6).map(number).collect(),
            flagged: (0..=6)
                .map(|n| number(n).set_font_color(Color::RGB(0x00B3_261E)))
                .collect(),
            long: Format::new().set_align(FormatAlign::Right),
        }
    }
}

/// A row an observation.
pub(super) fn long(
    reader: &Reader,
    selection: &Selection,
    out: &mut BufWriter<File>,
    theme: &dyn Fn(&Indicator) -> String,
) -> Result<Written, Failure> {
    let plan = plan(reader, selection, None)?;
    let comments = check_size(&plan)?;
    let sheets = by_theme(plan.indicators.iter().map(|(i, _)| i), |i| theme(i));
    let mut book = Workbook::new();
    let formats = Formats::new();
    let rows_of = |of: &[&Indicator]| rows_of(&plan, of);
    let listed: Vec<(String, usize)> = names(&sheets)
        .into_iter()
        .zip(sheets.iter().map(|(_, of)| rows_of(of)))
        .collect();
    let first = book.add_worksheet();
    about(first, &formats, selection, false, &listed, comments)?;
    let mut columns = COLUMNS.to_vec();
    if !comments {
        columns.push(EVIDENCE);
    }
    let mut read: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    if comments {
        read.push(EVIDENCE.0);
    }
    for ((name, _), (_, of)) in listed.iter().zip(&sheets) {
        let ids: Vec<&str> = of.iter().map(|i| i.id.as_str()).collect();
        let mut whole: Option<DataFrame> = None;
        for partition in &plan.partitions {
            let frame =
                selection.read(reader, partition, &read, Some(any_of("indicator", &ids)))?;
            match &mut whole {
                Some(whole) => {
                    whole.vstack_mut(&frame)?;
                }
                None => whole = Some(frame),
            }
        }
        let Some(whole) = whole else { continue };
        let options = SortMultipleOptions::default().with_maintain_order(true);
        let frame = whole.sort(SORTED, options)?;
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        let heads: Vec<(String, f64)> = columns
            .iter()
            .map(|(name, width)| (said::column(name).to_owned(), *width))
            .collect();
        head(sheet, &formats, &heads, frame.height(), 1)?;
        fill(sheet, &formats, &frame, &columns, comments)?;
    }
    book.save_to_writer(out)?;
    Ok(Written {
        rows: plan.rows,
        columns: columns.len(),
        sheets: listed,
        comments,
    })
}

/// A row an area, agency and year.
pub(super) fn wide(
    reader: &Reader,
    selection: &Selection,
    out: &mut BufWriter<File>,
    theme: &dyn Fn(&Indicator) -> String,
) -> Result<Written, Failure> {
    let selection = &wide::levels(selection);
    let plan = plan(reader, selection, Some(&wide::condition()))?;
    let comments = check_size(&plan)?;
    let sheets = by_theme(plan.indicators.iter().map(|(i, _)| i), |i| theme(i));
    let names = names(&sheets);
    let mut book = Workbook::new();
    let formats = Formats::new();
    // Filled at the end: how many rows a sheet has is known when it is written.
    book.add_worksheet();
    let mut rows = vec![0usize; sheets.len()];
    for (name, (_, of)) in names.iter().zip(&sheets) {
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        let keys = wide::KEYS.iter().map(|k| {
            (
                said::column(k).to_owned(),
                if *k == "agency" { 24.0 } else { 11.0 },
            )
        });
        let heads: Vec<(String, f64)> = keys
            .chain(of.iter().map(|i| (wide::title(i), 16.0)))
            .collect();
        head(sheet, &formats, &heads, 0, to_column(wide::KEYS.len())?)?;
    }
    let source = Wide::new(reader)?;
    let mut widest = 0;
    for partition in &plan.partitions {
        for row in source.rows(reader, selection, partition)? {
            for (n, (_, of)) in sheets.iter().enumerate() {
                if !of.iter().any(|i| row.points.contains_key(&i.id)) {
                    continue;
                }
                let sheet = book.worksheet_from_index(n + 1)?;
                let Some(count) = rows.get_mut(n) else {
                    continue;
                };
                *count += 1;
                let at = to_row(*count)?;
                let [area, name, prefecture, agency, _] = row.keys();
                for (column, text) in (0u16..).zip([area, name, prefecture, agency]) {
                    sheet.write_string(at, column, clip(&text, MOST_UNITS))?;
                }
                sheet.write_number(at, 4, f64::from(row.year))?;
                for (column, i) in (5u16..).zip(of) {
                    let Some(point) = row.points.get(&i.id) else {
                        continue;
                    };
                    let flagged = point.value.obs_status == "F";
                    let value = point.value.value.normalize().to_string();
                    write_decimal(sheet, &formats, at, column, &value, flagged)?;
                    if comments {
                        sheet.insert_note(at, column, &note(&comment_of(point)))?;
                    }
                }
                widest = widest.max(wide::KEYS.len() + of.len());
            }
        }
    }
    let listed: Vec<(String, usize)> = names.into_iter().zip(rows).collect();
    for (n, (_, count)) in listed.iter().enumerate() {
        let of = sheets.get(n).map_or(0, |(_, of)| of.len());
        let last = to_column(wide::KEYS.len() + of)?.saturating_sub(1);
        book.worksheet_from_index(n + 1)?
            .autofilter(0, 0, to_row(*count)?, last)?;
    }
    let first = book.worksheet_from_index(0)?;
    about(first, &formats, selection, true, &listed, comments)?;
    book.save_to_writer(out)?;
    Ok(Written {
        rows: listed.iter().map(|(_, n)| n).sum(),
        columns: widest,
        sheets: listed,
        comments,
    })
}

fn check_size(plan: &Plan) -> Result<bool, Failure> {
    if plan.rows > MOST_ROWS {
        return Err(Failure::TooManyRows(plan.rows));
    }
    Ok(plan.rows <= MOST_COMMENTS)
}

fn rows_of(plan: &Plan, of: &[&Indicator]) -> usize {
    let rows = plan.indicators.iter();
    rows.filter(|(i, _)| of.iter().any(|o| o.id == i.id))
        .map(|(_, n)| n)
        .sum()
}

fn to_row(n: usize) -> Result<u32, Failure> {
    u32::try_from(n).map_err(|_| Failure::TooManyRows(n))
}

fn to_column(n: usize) -> Result<u16, XlsxError> {
    u16::try_from(n).map_err(|_| XlsxError::RowColumnLimitError)
}

/// Names of sheets that Excel accepts: of 31 characters, without some of them, all different.
fn names(sheets: &[(String, Vec<&Indicator>)]) -> Vec<String> {
    let mut all: Vec<String> = vec![said::about().to_owned()];
    for (name, _) in sheets {
        let safe: String = name
            .chars()
            .map(|c| match c {
                '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'' => ' ',
                c if c.is_control() => ' ',
                c => c,
            })
            .take(26)
            .collect();
        let safe = match safe.trim() {
            "" => "-",
            "History" | "history" => "History-",
            safe => safe,
        };
        let taken = |name: &String| all.iter().any(|n| n.to_lowercase() == name.to_lowercase());
        let mut chosen = safe.to_owned();
        let mut n = 2;
        while taken(&chosen) {
            chosen = format!("{safe} {n}");
            n += 1;
        }
        all.push(chosen);
    }
    all.split_off(1)
}

/// The first sheet: what was asked for, how values are written, and the other sheets.
fn about(
    sheet: &mut Worksheet,
    formats: &Formats,
    selection: &Selection,
    wide: bool,
    listed: &[(String, usize)],
    comments: bool,
) -> Result<(), Failure> {
    sheet.set_name(said::about())?;
    sheet.set_column_width(0, 24)?;
    sheet.set_column_width(1, 90)?;
    sheet.write_string_with_format(0, 0, said::about_title(), &formats.title)?;
    let mut at = 1;
    for (name, text) in said::about_lines(selection, wide, comments) {
        sheet.write_string(at, 0, name)?;
        sheet.write_string(at, 1, clip(&text, MOST_UNITS))?;
        at += 1;
    }
    at += 1;
    sheet.write_string_with_format(at, 0, said::sheet(), &formats.head)?;
    sheet.write_string_with_format(at, 1, said::rows(), &formats.head)?;
    for (name, rows) in listed {
        at += 1;
        let link = Url::new(format!("internal:'{name}'!A1")).set_text(name);
        sheet.write_url(at, 0, link)?;
        sheet.write_number_with_format(
            at,
            1,
            *rows as f64,
            &Format::new().set_align(FormatAlign::Left),
        )?;
    }
    Ok(())
}

/// The first row, which stays where it is when the sheet is scrolled.
fn head(
    sheet: &mut Worksheet,
    formats: &Formats,
    heads: &[(String, f64)],
    rows: usize,
    frozen: u16,
) -> Result<(), Failure> {
    for (column, (text, width)) in (0u16..).zip(heads) {
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(0, column, clip(text, MOST_UNITS), &formats.head)?;
    }
    sheet.set_freeze_panes(1, frozen)?;
    sheet.set_repeat_rows(0, 0)?;
    if rows > 0 {
        let last = to_column(heads.len())?.saturating_sub(1);
        sheet.autofilter(0, 0, to_row(rows)?, last)?;
    }
    Ok(())
}

fn fill(
    sheet: &mut Worksheet,
    formats: &Formats,
    frame: &DataFrame,
    columns: &[(&str, f64)],
    comments: bool,
) -> Result<(), Failure> {
    let text_of = |name: &str, n: usize| -> String {
        let value = frame.column(name).and_then(|c| c.get(n));
        value.map_or_else(|_| String::new(), |v| cell::text(&v))
    };
    for n in 0..frame.height() {
        let at = to_row(n + 1)?;
        let flagged = text_of("obs_status", n) == "F";
        for (column, (name, _)) in (0u16..).zip(columns) {
            let value = frame.column(name)?.get(n)?;
            match &value {
                AnyValue::Null => {}
                AnyValue::Decimal(..) => {
                    let text = cell::text(&value);
                    let flagged = flagged && *name == "obs_value";
                    write_decimal(sheet, formats, at, column, &text, flagged)?;
                }
                AnyValue::Date(days) => match date(*days) {
                    Some(date) => {
                        sheet.write_datetime_with_format(at, column, &date, &formats.date)?;
                    }
                    None => {
                        sheet.write_string(at, column, cell::text(&value))?;
                    }
                },
                AnyValue::Float64(x) => {
                    sheet.write_number(at, column, *x)?;
                }
                other => {
                    sheet.write_string(at, column, clip(&cell::text(other), MOST_UNITS))?;
                }
            }
            if comments && *name == "obs_value" {
                let text = comment(
                    &text_of("evidence", n),
                    &text_of("file_name", n),
                    &text_of("location", n),
                );
                sheet.insert_note(at, column, &note(&text))?;
            }
        }
    }
    Ok(())
}

fn write_decimal(
    sheet: &mut Worksheet,
    formats: &Formats,
    row: u32,
    column: u16,
    value: &str,
    flagged: bool,
) -> Result<(), Failure> {
    let places = value.split_once('.').map_or(0, |(_, f)| f.len());
    let all = if flagged {
        &formats.flagged
    } else {
        &formats.numbers
    };
    match cell::number(value).zip(all.get(places)) {
        Some((number, format)) => sheet.write_number_with_format(row, column, number, format)?,
        None => sheet.write_string_with_format(row, column, value, &formats.long)?,
    };
    Ok(())
}

/// A day since 1970 as Excel knows days: from 1900 on.
fn date(days: i32) -> Option<ExcelDateTime> {
    let date = NaiveDate::default().checked_add_signed(TimeDelta::days(i64::from(days)))?;
    let year = u16::try_from(date.year()).ok()?;
    let (month, day) = (
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    );
    ExcelDateTime::from_ymd(year, month, day).ok()
}

/// A text of at most so many UTF-16 units, with an ellipsis where something was cut.
fn clip(text: &str, most: usize) -> String {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > most {
            return format!("{}…", text.get(..at).unwrap_or_default());
        }
    }
    text.to_owned()
}

fn comment(evidence: &str, file: &str, location: &str) -> String {
    format!("{}\n《{file}》{location}", clip(evidence, MOST_COMMENT))
}

/// The sentence of a value, and what other statements say.
fn comment_of(point: &Point) -> String {
    let v = &point.value;
    let mut text = comment(&v.evidence, &v.file_name, &v.location);
    if v.time_period != format!("{:04}", point.year) {
        text.push_str(&format!("\n{}", v.time_period));
    }
    for o in point.others.iter().take(5) {
        text.push_str(&said::also(&o.value_text, &o.file_name, &o.location));
    }
    clip(&text, MOST_UNITS)
}

/// A comment as large as its text.
fn note(text: &str) -> Note {
    // About 26 Chinese characters fit a line of this width.
    let lines: usize = text
        .lines()
        .map(|l| l.chars().count() / 26 + 1)
        .sum::<usize>()
        .clamp(3, 18);
    Note::new(text)
        .add_author_prefix(false)
        .set_width(380)
        .set_height(u32::try_from(lines * 18 + 8).unwrap_or(200))
        .set_object_movement(ObjectMovement::MoveButDontSizeWithCells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sheets_are_what_excel_accepts() {
        let of = |all: &[&str]| {
            let sheets: Vec<(String, Vec<&Indicator>)> =
                all.iter().map(|n| ((*n).to_owned(), Vec::new())).collect();
            names(&sheets)
        };
        assert_eq!(of(&["民政-低保", "a/b:c"]), ["民政-低保", "a b c"]);
        assert_eq!(of(&["X", "x", "X"]), ["X", "x 2", "X 3"]);
        assert_eq!(of(&["", "History"]), ["-", "History-"]);
        assert!(of(&[&"长".repeat(50)])[0].chars().count() <= 31);
    }

    #[test]
    fn texts_are_cut_to_what_a_cell_holds() {
        assert_eq!(clip("低保", 2), "低保");
        assert_eq!(clip("低保对象", 2), "低保…");
        assert_eq!(clip("𠀀𠀁", 3), "𠀀…");
    }

    #[test]
    fn a_value_that_excel_would_round_is_a_text() {
        use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let formats = Formats::new();
        let values = ["107462400", "-8.7", "123456789.123456", "1234567890.123456"];
        for (row, value) in (0u32..).zip(values) {
            write_decimal(sheet, &formats, row, 0, value, false).unwrap();
        }
        let bytes = book.save_to_buffer().unwrap();
        let mut read: Xlsx<_> = open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        let range = read.worksheet_range("Sheet1").unwrap();
        let cells: Vec<Data> = range.cells().map(|(_, _, d)| d.clone()).collect();
        assert_eq!(
            cells,
            [
                Data::Float(107_462_400.0),
                Data::Float(-8.7),
                Data::Float(123_456_789.123_456),
                Data::String("1234567890.123456".into()),
            ]
        );
    }

    #[test]
    fn days_of_excel_begin_in_1900() {
        assert!(date(0).is_some());
        assert!(date(-40_000).is_none());
        assert!(date(i32::MAX).is_none());
    }
}
