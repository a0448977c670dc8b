//! Office Open XML workbooks (xlsx, xlsm, zipped et).
//!
//! One streaming pass a sheet: values, style of each cell, hidden rows and columns and merged regions come from the
//! same walk, which a spreadsheet library would make twice (and calamine does not tell hidden rows). Shared strings
//! and number formats are read first. A missing or damaged optional part costs what it held, not the workbook; a sheet
//! that breaks off is kept up to there, with a problem.

use super::drawing;
use super::grid::{Region, Sheet};
use super::language::Language;
use super::number_format::{CellFormats, Shown};
use super::{Workbook, cell_reference, unescape_control};
use crate::read::damage::{self, Damage};
use crate::read::package::{self, Package, Relationship};
use crate::read::{Document, Format, Limits, Problem, Reason, Reject, xml};
use quick_xml::events::{BytesStart, Event};

/// What all sheets of a workbook share.
struct Shared {
    strings: Vec<Box<str>>,
    formats: CellFormats,
}

/// A sheet as the workbook lists it.
#[derive(Default)]
struct Listed {
    name: String,
    relation: String,
    hidden: bool,
}

/// Reads a workbook.
pub(crate) fn read(package: &mut Package<'_>, limits: &Limits) -> Result<Document, Reject> {
    let main = package::relationships(package, "")
        .into_iter()
        .find(|r| r.kind == "officeDocument")
        .map(|r| r.target)
        .filter(|n| package.has(n))
        .unwrap_or_else(|| "xl/workbook.xml".to_owned());
    let mut problems = Vec::new();
    let relations = package::relationships(package, &main);
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (mut listed, is_1904) = match package.part(&main) {
        Some(part) => {
            problems.extend(part.damage.map(|d| damage::problem(&main, d)));
            sheets(&xml::decode(part.bytes))
        }
        None => (Vec::new(), false),
    };
    let mut targets: Vec<String> = listed.iter().map(|s| target(s, &relations)).collect();
    if targets.iter().all(String::is_empty) {
        // Without a usable list, the sheets in the order of their part names.
        (listed, targets) = by_part_names(package);
    }
    let names: Vec<&str> = listed.iter().map(|s| s.name.as_str()).collect();
    let mut shared = Shared {
        strings: Vec::new(),
        formats: CellFormats::new(is_1904),
    };
    shared.load(package, &relations, folder, &names, &mut problems);
    let mut book = Workbook::new(limits);
    for (sheet, target) in listed.iter().zip(&targets) {
        let drawn = drawing::of_sheet(package, target);
        let kind = relations.iter().find(|r| r.id == sheet.relation);
        if kind.is_some_and(|r| r.kind != "worksheet") {
            // A chart that is a sheet has no cells, but its title.
            let mut chart = book.sheet(&sheet.name, sheet.hidden);
            chart.draw(drawn);
            book.close(chart);
            continue;
        }
        let Some(part) = package.part(target) else {
            problems.push(damage::problem(&sheet.name, super::missing(&sheet.name)));
            continue;
        };
        let mut open = book.sheet(&sheet.name, sheet.hidden);
        open.draw(drawn);
        let text = xml::decode(part.bytes);
        let found = read_sheet(&text, sheet, open, &shared, &mut book, limits);
        problems.extend(
            part.damage
                .or(found)
                .map(|d| damage::problem(&sheet.name, d)),
        );
    }
    super::finish(Format::Xlsx, book, problems)
}

fn sheets(text: &str) -> (Vec<Listed>, bool) {
    let mut reader = xml::reader(text);
    let mut found = Vec::new();
    let mut is_1904 = false;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(e) | Event::Empty(e) => match e.local_name().as_ref() {
                "sheet" => {
                    let mut sheet = Listed::default();
                    for a in e.attributes().with_checks(false).flatten() {
                        let value = xml::unescape(a.value);
                        match a.key.local_name().as_ref() {
                            "name" => sheet.name = value.into_owned(),
                            "id" => sheet.relation = value.into_owned(),
                            "state" => sheet.hidden = value != "visible",
                            _ => {}
                        }
                    }
                    found.push(sheet);
                }
                "workbookPr" => {
                    is_1904 = xml::attribute(&e, "date1904").is_some_and(|v| xml::on_off(Some(v)))
                }
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    (found, is_1904)
}

fn target(sheet: &Listed, relations: &[Relationship]) -> String {
    relations
        .iter()
        .find(|r| r.id == sheet.relation)
        .map(|r| r.target.clone())
        .unwrap_or_default()
}

fn by_part_names(package: &Package<'_>) -> (Vec<Listed>, Vec<String>) {
    let mut names: Vec<String> = package
        .names()
        .filter(|n| n.starts_with("xl/worksheets/") && n.ends_with(".xml"))
        .map(str::to_owned)
        .collect();
    names.sort_by_key(|n| (n.len(), n.clone()));
    let listed = names
        .iter()
        .map(|n| {
            let name = n
                .rsplit('/')
                .next()
                .and_then(|f| f.strip_suffix(".xml"))
                .unwrap_or_default();
            Listed {
                name: name.to_owned(),
                ..Listed::default()
            }
        })
        .collect();
    (listed, names)
}

impl Shared {
    /// Reads the strings and styles of a workbook whose sheets have these names.
    fn load(
        &mut self,
        package: &mut Package<'_>,
        relations: &[Relationship],
        folder: &str,
        names: &[&str],
        problems: &mut Vec<Problem>,
    ) {
        let path = |kind: &str| {
            let usual = if folder.is_empty() {
                format!("{kind}.xml")
            } else {
                format!("{folder}/{kind}.xml")
            };
            relations
                .iter()
                .find(|r| r.kind == kind)
                .map(|r| r.target.clone())
                .unwrap_or(usual)
        };
        let strings = path("sharedStrings");
        if let Some(part) = package.part(&strings) {
            let complete = self.read_strings(&xml::decode(part.bytes));
            let found = part.damage.or_else(|| {
                let detail =
                    "文字表在中途损坏，部分单元格的文字读不出，请用 Excel 打开后另存一份。";
                (!complete).then(|| (Reason::Corrupt, detail.to_owned()))
            });
            problems.extend(found.map(|d| damage::problem(&strings, d)));
        }
        if let Some(text) = package.text(&path("styles")) {
            self.read_styles(&text, names);
        }
    }

    /// Reads the shared strings; `false` where they break off.
    fn read_strings(&mut self, text: &str) -> bool {
        let mut reader = xml::reader(text);
        let mut current = String::new();
        let (mut in_text, mut phonetic, mut depth) = (false, 0u32, 0u32);
        loop {
            match reader.read_event() {
                Ok(Event::Start(e)) => {
                    depth += 1;
                    match e.local_name().as_ref() {
                        "si" => current.clear(),
                        "rPh" => phonetic += 1,
                        "t" => in_text = phonetic == 0,
                        _ => {}
                    }
                }
                Ok(Event::Empty(e)) if e.local_name().as_ref() == "si" => {
                    self.strings.push("".into())
                }
                Ok(Event::End(e)) => {
                    depth = depth.saturating_sub(1);
                    match e.local_name().as_ref() {
                        "si" => self.strings.push(unescape_control(&current).into()),
                        "rPh" => phonetic = phonetic.saturating_sub(1),
                        "t" => in_text = false,
                        _ => {}
                    }
                }
                Ok(Event::Text(t)) if in_text => current.push_str(&t),
                Ok(Event::CData(t)) if in_text => current.push_str(&t),
                Ok(Event::GeneralRef(r)) if in_text => xml::push_reference(&mut current, &r),
                Ok(Event::Eof) => return depth == 0,
                Err(_) => return false,
                Ok(_) => {}
            }
        }
    }

    fn read_styles(&mut self, text: &str, names: &[&str]) {
        let mut reader = xml::reader(text);
        let id = |e: &BytesStart<'_>| {
            let id = xml::attribute(e, "numFmtId")?;
            id.trim().parse().ok()
        };
        let (mut cell_styles, mut east_asian) = (false, false);
        while let Ok(event) = reader.read_event() {
            match event {
                Event::Start(e) | Event::Empty(e) => match e.local_name().as_ref() {
                    "numFmt" => {
                        if let (Some(id), Some(code)) = (id(&e), xml::attribute(&e, "formatCode")) {
                            self.formats.define(id, code.into_owned());
                        }
                    }
                    "charset" => {
                        let charset = xml::attribute(&e, "val").and_then(|v| v.parse().ok());
                        east_asian |= charset.is_some_and(Language::is_told_by_charset);
                    }
                    "cellXfs" => cell_styles = true,
                    "xf" if cell_styles => self.formats.style(id(&e).unwrap_or(0)),
                    _ => {}
                },
                Event::End(e) if e.local_name().as_ref() == "cellXfs" => break,
                Event::Eof => break,
                _ => {}
            }
        }
        if !east_asian && self.formats.depend_on_language() {
            let strings = self.strings.iter().map(|s| &**s);
            let names = names.iter().copied().chain([text]);
            self.formats.speak(Language::of(strings, names));
        }
        self.formats.settle();
    }

    fn show(&self, kind: CellKind, style: Option<usize>, value: &str) -> Shown {
        let style = style.unwrap_or(0);
        let text = |value: &str| self.formats.show_text(style, value);
        match kind {
            CellKind::Shared => {
                let string = value
                    .trim()
                    .parse::<usize>()
                    .ok()
                    .and_then(|i| self.strings.get(i));
                text(string.map_or("", |s| s))
            }
            CellKind::Text => text(&unescape_control(value)),
            CellKind::Bool => Shown {
                text: if value.trim() == "0" { "FALSE" } else { "TRUE" }.into(),
                ..Shown::default()
            },
            CellKind::Error => Shown {
                text: value.to_owned(),
                ..Shown::default()
            },
            CellKind::Date => {
                let shown = super::dates::serial(value.trim()).map(|serial| {
                    self.formats
                        .show_number(style, self.formats.own_serial(serial))
                });
                // Without a date format the moment is clearer than its serial number.
                shown.filter(|s| !s.numeric).unwrap_or_else(|| Shown {
                    text: value
                        .replace('T', " ")
                        .trim_end_matches("00:00:00")
                        .trim()
                        .to_owned(),
                    ..Shown::default()
                })
            }
            CellKind::Number => match value.trim().parse::<f64>() {
                Ok(number) => self.formats.show_number(style, number),
                Err(_) => text(value),
            },
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CellKind {
    Number,
    Shared,
    Text,
    Bool,
    Error,
    Date,
}

/// The cell that the walk is in.
struct Open {
    row: u32,
    column: u32,
    kind: CellKind,
    style: Option<usize>,
    /// It is a formula, and has a stored result.
    formula: bool,
    result: bool,
}

/// Walks a sheet; gives what was wrong with it.
fn read_sheet(
    text: &str,
    listed: &Listed,
    mut sheet: Sheet,
    shared: &Shared,
    book: &mut Workbook<'_>,
    limits: &Limits,
) -> Option<Damage> {
    let mut reader = xml::reader(text);
    let mut value = String::new();
    let mut open: Option<Open> = None;
    let (mut next_row, mut row, mut column) = (0u32, 0u32, 0u32);
    let mut row_hidden = false;
    let (mut in_value, mut phonetic) = (false, false);
    let mut depth = 0usize;
    let mut damage = None;
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(_) => {
                damage = Some(super::breaks_off(&listed.name));
                break;
            }
        };
        let (e, empty) = match event {
            Event::Start(e) => {
                depth += 1;
                (e, false)
            }
            Event::Empty(e) => (e, true),
            Event::End(e) => {
                depth = depth.saturating_sub(1);
                match e.local_name().as_ref() {
                    "v" | "t" => in_value = false,
                    "rPh" => phonetic = false,
                    "c" => {
                        let Some(cell) = open.take() else {
                            continue;
                        };
                        if cell.formula && !cell.result {
                            book.unanswered += 1;
                        }
                        if !value.is_empty() {
                            let shown = shared.show(cell.kind, cell.style, &value);
                            book.put(&mut sheet, cell.row, cell.column, shown, row_hidden);
                            if book.full() {
                                damage = Some(super::too_large(&listed.name));
                                break;
                            }
                        }
                    }
                    _ => {}
                }
                continue;
            }
            Event::Text(t) => {
                if in_value {
                    value.push_str(&t);
                }
                continue;
            }
            Event::CData(t) => {
                if in_value {
                    value.push_str(&t);
                }
                continue;
            }
            Event::GeneralRef(r) => {
                if in_value {
                    xml::push_reference(&mut value, &r);
                }
                continue;
            }
            Event::Eof => {
                if depth > 0 {
                    damage = Some(super::breaks_off(&listed.name));
                }
                break;
            }
            _ => continue,
        };
        match e.local_name().as_ref() {
            "c" => {
                value.clear();
                let cell = cell(&e, row, column);
                (row, column) = (cell.row, cell.column.saturating_add(1));
                if !empty {
                    open = Some(cell);
                }
            }
            "f" => {
                if let Some(cell) = &mut open {
                    cell.formula = true;
                }
            }
            "v" | "t" => {
                if let Some(cell) = &mut open {
                    cell.result = true;
                    in_value = !phonetic && !empty;
                }
            }
            "rPh" => phonetic = !empty,
            "row" => {
                row = xml::attribute(&e, "r")
                    .and_then(|r| r.parse::<u32>().ok())
                    .and_then(|r| r.checked_sub(1))
                    .unwrap_or(next_row);
                next_row = row.saturating_add(1);
                column = 0;
                row_hidden = xml::attribute(&e, "hidden").is_some_and(|v| xml::on_off(Some(v)));
            }
            "col" => hide_column(&e, &mut sheet),
            "mergeCell" => {
                if let Some(region) = xml::attribute(&e, "ref").and_then(|r| region(&r)) {
                    sheet.merge(region, limits);
                }
            }
            _ => {}
        }
    }
    book.close(sheet);
    damage
}

fn cell(e: &BytesStart<'_>, row: u32, column: u32) -> Open {
    let mut open = Open {
        row,
        column,
        kind: CellKind::Number,
        style: None,
        formula: false,
        result: false,
    };
    for a in e.attributes().with_checks(false).flatten() {
        match a.key.as_ref() {
            "r" => {
                if let Some((row, column)) = cell_reference(&a.value) {
                    open.row = row;
                    open.column = column;
                }
            }
            "s" => open.style = a.value.parse().ok(),
            "t" => {
                open.kind = match a.value.as_ref() {
                    "s" => CellKind::Shared,
                    "str" | "inlineStr" => CellKind::Text,
                    "b" => CellKind::Bool,
                    "e" => CellKind::Error,
                    "d" => CellKind::Date,
                    _ => CellKind::Number,
                }
            }
            _ => {}
        }
    }
    open
}

fn hide_column(e: &BytesStart<'_>, sheet: &mut Sheet) {
    if !xml::attribute(e, "hidden").is_some_and(|v| xml::on_off(Some(v))) {
        return;
    }
    let bound = |name| {
        xml::attribute(e, name)
            .and_then(|v| v.parse::<u32>().ok())
            .and_then(|v| v.checked_sub(1))
    };
    if let (Some(first), Some(last)) = (bound("min"), bound("max")) {
        sheet.hide_columns(first, last);
    }
}

fn region(reference: &str) -> Option<Region> {
    let (from, to) = reference.split_once(':').unwrap_or((reference, reference));
    let (first_row, first_column) = cell_reference(from)?;
    let (last_row, last_column) = cell_reference(to)?;
    Some(Region {
        first_row,
        last_row,
        first_column,
        last_column,
    })
}
