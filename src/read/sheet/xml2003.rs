//! XML Spreadsheet 2003 (mostly named .xls), as seen on the sheet.
//!
//! One XML file: styles with their number formats, then worksheets of rows and cells. A cell without an index stands
//! next to the one before, styles are inherited from row, column and table, merged cells name how far they reach.

use super::dates;
use super::drawing::Drawn;
use super::grid::{Region, Sheet, Workbook};
use super::language::Language;
use super::number_format::{NumberFormat, Shown};
use super::{LAST_COLUMN, LAST_ROW, finish, line_ends, walk_damage};
use crate::read::{Document, Format, Limits, Reject, xml};
use quick_xml::events::{BytesStart, Event};
use rustc_hash::FxHashMap;

/// Styles that are based on one another are followed so far.
const MOST_PARENTS: usize = 16;

/// Reads a workbook from its decoded text.
///
/// # Errors
/// Damaged beyond use, or without content.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Document, Reject> {
    let mut walk = Walk {
        book: Workbook::new(limits),
        limits,
        styles: Styles {
            language: Language::of([text], []),
            ..Styles::default()
        },
        sheet: None,
        table_style: None,
        column_styles: Vec::new(),
        row: 0,
        column: 0,
        next_row: 0,
        row_style: None,
        row_hidden: false,
        cell: None,
        reads: Reads::Nothing,
        word: String::new(),
        note: String::new(),
    };
    let mut reader = xml::reader(text);
    let (mut depth, mut aside) = (0usize, 0usize);
    let broken = loop {
        match reader.read_event() {
            Ok(Event::Start(e)) => {
                depth += 1;
                if aside > 0 || e.local_name().as_ref() == "Comment" {
                    aside += 1;
                    if aside == 1 {
                        walk.note.clear();
                    }
                } else {
                    walk.start(&e);
                }
            }
            Ok(Event::Empty(e)) if aside == 0 => {
                walk.start(&e);
                walk.end(e.local_name().as_ref());
            }
            Ok(Event::End(e)) => {
                depth = depth.saturating_sub(1);
                if aside > 0 {
                    aside -= 1;
                    if aside == 0 {
                        walk.close_note();
                    }
                    continue;
                }
                walk.end(e.local_name().as_ref());
                if walk.book.full() {
                    break false;
                }
                if e.local_name().as_ref() == "Row" {
                    limits.deadline.check()?;
                }
            }
            Ok(Event::Text(t)) if aside == 0 => walk.text(&t),
            Ok(Event::CData(t)) if aside == 0 => walk.text(&t),
            Ok(Event::GeneralRef(r)) if aside == 0 => {
                if let (Reads::Data, Some(cell)) = (&walk.reads, &mut walk.cell) {
                    xml::push_reference(&mut cell.value, &r);
                }
            }
            Ok(Event::Text(t)) => walk.note.push_str(&t),
            Ok(Event::CData(t)) => walk.note.push_str(&t),
            Ok(Event::GeneralRef(r)) if aside > 0 => xml::push_reference(&mut walk.note, &r),
            Ok(Event::Eof) => break depth > 0,
            Err(_) => break true,
            Ok(_) => {}
        }
    };
    let part = walk
        .sheet
        .as_ref()
        .map_or_else(|| "Workbook".to_owned(), |(_, name)| name.clone());
    let problems = walk_damage(&part, walk.book.full(), broken);
    walk.end("Worksheet");
    finish(
        Format::SpreadsheetMl,
        walk.book,
        problems.into_iter().collect(),
    )
}

/// Number formats by style.
#[derive(Default)]
struct Styles {
    /// Of each style: the one it is based on, and its own format code.
    declared: FxHashMap<String, (Option<String>, Option<String>)>,
    current: String,
    parsed: FxHashMap<String, NumberFormat>,
    language: Language,
}

impl Styles {
    fn code(&self, style: &str) -> &str {
        let mut style = style;
        for _ in 0..MOST_PARENTS {
            match self.declared.get(style) {
                Some((_, Some(code))) => return code,
                Some((Some(parent), None)) => style = parent,
                _ => break,
            }
        }
        match self.declared.get("Default") {
            Some((_, Some(code))) => code,
            _ => "General",
        }
    }

    fn format(&mut self, style: &str) -> &NumberFormat {
        if !self.parsed.contains_key(style) {
            let format =
                NumberFormat::parse_in(named(self.code(style), self.language), self.language);
            self.parsed.insert(style.to_owned(), format);
        }
        // Just put there.
        self.parsed.entry(style.to_owned()).or_default()
    }
}

/// The code of a format that is given by name.
fn named(code: &str, language: Language) -> &str {
    if language == Language::English {
        match code {
            "General Date" => return "m/d/yy h:mm",
            "Long Date" => return "[$-F800]",
            "Short Date" => return "m/d/yy",
            "Long Time" => return "[$-F400]",
            "Short Time" => return "hh:mm",
            "Currency" => return "$#,##0.00_);[Red]($#,##0.00)",
            _ => {}
        }
    }
    match code {
        "" | "General Number" => "General",
        "General Date" => "yyyy/m/d h:mm",
        "Long Date" => "yyyy\"年\"m\"月\"d\"日\"",
        "Medium Date" => "d-mmm-yy",
        "Short Date" => "yyyy/m/d",
        "Long Time" => "h:mm:ss",
        "Medium Time" => "h:mm AM/PM",
        "Short Time" => "h:mm",
        "Currency" => "¥#,##0.00",
        "Euro Currency" => "€#,##0.00",
        "Fixed" => "0.00",
        "Standard" => "#,##0.00",
        "Percent" => "0.00%",
        "Scientific" => "0.00E+00",
        "Yes/No" => "\"Yes\";\"Yes\";\"No\"",
        "True/False" => "\"True\";\"True\";\"False\"",
        "On/Off" => "\"On\";\"On\";\"Off\"",
        code => code,
    }
}

/// Which text is wanted.
enum Reads {
    Nothing,
    Data,
    Visible,
}

/// A cell as it is being read.
#[derive(Default)]
struct Open {
    column: u32,
    style: Option<String>,
    kind: String,
    value: String,
}

struct Walk<'l> {
    book: Workbook<'l>,
    limits: &'l Limits,
    styles: Styles,
    sheet: Option<(Sheet, String)>,
    table_style: Option<String>,
    /// First and last column, style.
    column_styles: Vec<(u32, u32, String)>,
    row: u32,
    column: u32,
    next_row: u32,
    row_style: Option<String>,
    row_hidden: bool,
    cell: Option<Open>,
    reads: Reads,
    word: String,
    /// Text of the note at a cell.
    note: String,
}

fn number(e: &BytesStart<'_>, name: &str) -> Option<u32> {
    xml::attribute(e, name)?.trim().parse().ok()
}

fn hidden(e: &BytesStart<'_>) -> bool {
    xml::attribute(e, "Hidden").is_some_and(|v| v == "1" || v == "true")
}

fn style(e: &BytesStart<'_>) -> Option<String> {
    xml::attribute(e, "StyleID").map(|s| s.into_owned())
}

impl Walk<'_> {
    fn start(&mut self, e: &BytesStart<'_>) {
        match e.local_name().as_ref() {
            "Style" => {
                self.styles.current = xml::attribute(e, "ID").unwrap_or_default().into_owned();
                let parent = xml::attribute(e, "Parent").map(|p| p.into_owned());
                self.styles
                    .declared
                    .insert(self.styles.current.clone(), (parent, None));
            }
            "NumberFormat" => {
                if let (Some(code), Some((_, own))) = (
                    xml::attribute(e, "Format"),
                    self.styles.declared.get_mut(&self.styles.current),
                ) {
                    *own = Some(code.into_owned());
                }
            }
            "Worksheet" => {
                self.end("Worksheet");
                let name = xml::attribute(e, "Name").unwrap_or_default().into_owned();
                self.sheet = Some((self.book.sheet(&name, false), name));
            }
            "Table" => {
                self.table_style = style(e);
                self.column_styles.clear();
                (self.row, self.next_row, self.column) = (0, 0, 0);
            }
            "Column" => self.columns(e),
            "Row" => {
                self.row = number(e, "Index").map_or(self.next_row, |i| i.saturating_sub(1));
                let more = number(e, "Span").unwrap_or(0);
                self.next_row = self.row.saturating_add(1).saturating_add(more);
                self.column = 0;
                self.row_style = style(e);
                self.row_hidden = hidden(e);
            }
            "Cell" => self.open(e),
            "Data" => {
                if let Some(cell) = &mut self.cell {
                    cell.kind = xml::attribute(e, "Type").unwrap_or_default().into_owned();
                    self.reads = Reads::Data;
                }
            }
            "Visible" => {
                self.word.clear();
                self.reads = Reads::Visible;
            }
            _ => {}
        }
    }

    fn columns(&mut self, e: &BytesStart<'_>) {
        let first = number(e, "Index").map_or(self.column, |i| i.saturating_sub(1));
        let last = first.saturating_add(number(e, "Span").unwrap_or(0));
        self.column = last.saturating_add(1);
        if hidden(e)
            && let Some((sheet, _)) = &mut self.sheet
        {
            sheet.hide_columns(first, last);
        }
        if let Some(style) = style(e)
            && self.column_styles.len() <= LAST_COLUMN as usize
            && self
                .column_styles
                .last()
                .is_none_or(|&(_, end, _)| end < first)
        {
            self.column_styles.push((first, last, style));
        }
    }

    fn open(&mut self, e: &BytesStart<'_>) {
        if let Some(index) = number(e, "Index") {
            self.column = index.saturating_sub(1);
        }
        let (across, down) = (
            number(e, "MergeAcross").unwrap_or(0),
            number(e, "MergeDown").unwrap_or(0),
        );
        if (across > 0 || down > 0)
            && self.row <= LAST_ROW
            && self.column <= LAST_COLUMN
            && let Some((sheet, _)) = &mut self.sheet
        {
            let region = Region {
                first_row: self.row,
                last_row: self.row.saturating_add(down).min(LAST_ROW),
                first_column: self.column,
                last_column: self.column.saturating_add(across).min(LAST_COLUMN),
            };
            sheet.merge(region, self.limits);
        }
        let of_column = || {
            let at = self
                .column_styles
                .partition_point(|&(_, last, _)| last < self.column);
            let (first, _, style) = self.column_styles.get(at)?;
            (*first <= self.column).then(|| style.clone())
        };
        let style = style(e)
            .or_else(|| self.row_style.clone())
            .or_else(of_column)
            .or_else(|| self.table_style.clone());
        self.cell = Some(Open {
            column: self.column,
            style,
            ..Open::default()
        });
        self.column = self.column.saturating_add(across).saturating_add(1);
    }

    fn text(&mut self, text: &str) {
        match (&self.reads, &mut self.cell) {
            (Reads::Data, Some(cell)) => cell.value.push_str(text),
            (Reads::Visible, _) => self.word.push_str(text),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "Data" => self.reads = Reads::Nothing,
            "Cell" => self.close_cell(),
            "Visible" => {
                self.reads = Reads::Nothing;
                if self.word.trim() != "SheetVisible"
                    && let Some((sheet, _)) = &mut self.sheet
                {
                    sheet.hide();
                }
            }
            "Worksheet" => {
                if let Some((sheet, _)) = self.sheet.take() {
                    self.book.close(sheet);
                }
            }
            _ => {}
        }
    }

    fn close_note(&mut self) {
        if let (Some(cell), Some((sheet, _))) = (&self.cell, &mut self.sheet)
            && cell.column <= LAST_COLUMN
            && self.row <= LAST_ROW
            && !self.note.trim().is_empty()
        {
            let note = std::mem::take(&mut self.note);
            sheet.draw([Drawn::note(self.row, cell.column, note)]);
        }
    }

    fn close_cell(&mut self) {
        self.reads = Reads::Nothing;
        let Some(cell) = self.cell.take() else {
            return;
        };
        if cell.value.is_empty() || cell.column > LAST_COLUMN || self.row > LAST_ROW {
            return;
        }
        let format = self
            .styles
            .format(cell.style.as_deref().unwrap_or("Default"));
        let plain = |text: String| Shown {
            text,
            ..Shown::default()
        };
        let value = cell.value.trim();
        let shown = match cell.kind.as_str() {
            "Number" => match value.parse::<f64>() {
                Ok(number) => format.show(number, false),
                Err(_) => plain(cell.value),
            },
            "DateTime" => match dates::serial(value) {
                Some(serial) => format.show(serial, false),
                None => plain(cell.value),
            },
            "Boolean" => plain(if value == "0" { "FALSE" } else { "TRUE" }.to_owned()),
            "Error" => plain(value.to_owned()),
            _ => plain(format.show_text(&line_ends(cell.value))),
        };
        if let Some((sheet, _)) = &mut self.sheet {
            self.book
                .put(sheet, self.row, cell.column, shown, self.row_hidden);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Reason, Table};

    fn table(styles: &str, inside: &str) -> Table {
        let text = format!(
            "<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet' xmlns:ss='urn:schemas-microsoft-com:office:spreadsheet'>\
             <Styles><Style ss:ID='Default'><NumberFormat/></Style>{styles}</Styles><Worksheet ss:Name='表'>{inside}</Worksheet></Workbook>"
        );
        let document = read(&text, &Limits::default()).unwrap();
        assert!(document.problems.is_empty(), "{:?}", document.problems);
        document.blocks[0].table().unwrap().clone()
    }

    #[test]
    fn formats_are_named_written_and_inherited() {
        let table = table(
            "<Style ss:ID='p'><NumberFormat ss:Format='0.0%'/></Style><Style ss:ID='q' ss:Parent='p'/>\
             <Style ss:ID='d'><NumberFormat ss:Format='Short Date'/></Style><Style ss:ID='s'><NumberFormat ss:Format='Standard'/></Style>",
            "<Table><Column ss:Index='2' ss:StyleID='q' ss:Hidden='1'/><Row><Cell ss:StyleID='p'><Data ss:Type='Number'>0.8739</Data></Cell>\
             <Cell><Data ss:Type='Number'>0.874</Data></Cell><Cell ss:StyleID='d'><Data ss:Type='DateTime'>2024-10-17T00:00:00.000</Data></Cell></Row>\
             <Row ss:Index='5' ss:StyleID='s' ss:Hidden='1'><Cell ss:Index='3'><Data ss:Type='Number'>1234.5</Data></Cell>\
             <Cell><Data ss:Type='String'>甲&#10;乙&amp;</Data><Comment><Data>注</Data></Comment></Cell></Row></Table>",
        );
        let seen: Vec<_> = table
            .cells
            .iter()
            .map(|c| {
                (
                    c.row,
                    c.column,
                    c.text.as_str(),
                    c.exact.as_deref(),
                    c.hidden,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (0, 0, "87.4%", Some("87.39"), false),
                (0, 1, "87.4%", None, true),
                (0, 2, "2024/10/17", None, false),
                (4, 2, "1,234.50", None, true),
                (4, 3, "甲\n乙&", None, true),
            ]
        );
    }

    #[test]
    fn merged_cells_and_hidden_sheets() {
        let table = table(
            "",
            "<Table><Row><Cell ss:MergeAcross='1' ss:MergeDown='1'><Data ss:Type='String'>甲</Data></Cell><Cell><Data ss:Type='Number'>1</Data></Cell></Row>\
             <Row><Cell ss:Index='3'><Data ss:Type='Number'>2</Data></Cell></Row></Table>\
             <WorksheetOptions xmlns='urn:schemas-microsoft-com:office:excel'><Visible>SheetHidden</Visible></WorksheetOptions>",
        );
        assert!(table.hidden);
        assert_eq!(
            (table.cells[0].row_span, table.cells[0].column_span),
            (2, 2)
        );
        assert_eq!((table.cells[1].row, table.cells[1].column), (0, 2));
        assert_eq!((table.cells[2].row, table.cells[2].column), (1, 2));
    }

    #[test]
    fn hostile_numbers_and_ends() {
        let open = "<Workbook><Worksheet ss:Name='表'><Table><Row ss:Index='4294967295' ss:Span='4294967295'><Cell ss:Index='4294967295' ss:MergeAcross='4294967295'><Data ss:Type='Number'>1</Data></Cell></Row><Row ss:Index='0'><Cell ss:Index='0'><Data ss:Type='Number'>2</Data></Cell>";
        let document = read(open, &Limits::default()).unwrap();
        assert_eq!(document.problems[0].reason, Reason::Corrupt);
        assert_eq!(document.blocks[0].table().unwrap().cells.len(), 1);
        assert!(read("<Workbook", &Limits::default()).is_err());
    }
}
