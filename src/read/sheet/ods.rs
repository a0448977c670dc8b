//! OpenDocument spreadsheets (ods, ots, flat fods), as seen on the sheet.
//!
//! The file holds for each cell both the value and the text that the office suite showed (`text:p`). The text is what
//! is seen and is taken as it is; the value gives what the number format rounded away. calamine gives the value
//! only, so that 0.874 shown as 87.4% comes out 0.874 (`tests/spreadsheets.rs` shows it); hence a walk of our own.
//!
//! Cells and rows that are alike are written once with a count, which may be a million: what is empty is passed over,
//! what is not counts against the limits.

use super::decimal::{Number, exact_behind};
use super::drawing::Drawn;
use super::grid::{Region, Sheet, Workbook};
use super::number_format::{self, Shown};
use super::{LAST_COLUMN, LAST_ROW, line_ends, walk_damage};
use crate::read::package::Package;
use crate::read::{Document, Format, Limits, Problem, Reason, Reject, damage, xml};
use quick_xml::events::{BytesStart, Event};
use rustc_hash::FxHashSet;

/// Most spaces that one element stands for.
const MOST_SPACES: usize = 256;

/// Reads a container.
///
/// # Errors
/// Encrypted, damaged beyond use, or without content.
pub(crate) fn read(package: &mut Package<'_>, limits: &Limits) -> Result<Document, Reject> {
    if package
        .text("META-INF/manifest.xml")
        .is_some_and(|manifest| manifest.contains("encryption-data"))
    {
        return Err(Reject::new(
            Reason::Encrypted,
            "",
            "工作簿有密码，请去掉密码后再发送。",
        ));
    }
    let part = package.part("content.xml").ok_or_else(|| {
        Reject::new(
            Reason::Corrupt,
            "content.xml",
            "文件里没有内容部件，请用原软件打开后另存为 .xlsx 再发送。",
        )
    })?;
    let problems = part.damage.map(|d| damage::problem("content.xml", d));
    walk(&xml::decode(part.bytes), problems, limits)
}

/// Whether a flat OpenDocument file is a spreadsheet.
pub(crate) fn is_flat(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1 << 16)).unwrap_or_default();
    String::from_utf8_lossy(head).contains("application/vnd.oasis.opendocument.spreadsheet")
}

/// Reads the flat form: one XML file.
///
/// # Errors
/// Damaged beyond use, or without content.
pub(crate) fn read_flat(text: &str, limits: &Limits) -> Result<Document, Reject> {
    walk(text, None, limits)
}

/// A cell as it is being read.
#[derive(Default)]
struct Open {
    repeat: u32,
    columns: u32,
    rows: u32,
    kind: String,
    value: Option<f64>,
    /// A date, time, truth value or text, for cells without the text that is shown.
    fallback: String,
    text: String,
    paragraphs: u32,
}

/// A cell of the current row that shows something.
struct Filled {
    column: u32,
    repeat: u32,
    shown: Shown,
}

/// The text of a drawing or a note that is being read.
struct Lines {
    note: bool,
    text: String,
    in_paragraph: bool,
    /// Depth inside an embedded object, whose text is not the drawing's.
    object: usize,
}

/// Where the walk is.
struct Walk<'l> {
    book: Workbook<'l>,
    limits: &'l Limits,
    /// The style that is being read, and those whose sheets are not displayed.
    style: String,
    hidden_styles: FxHashSet<String>,
    sheet: Option<(Sheet, String)>,
    row: u32,
    column: u32,
    row_repeat: u32,
    row_hidden: bool,
    filled: Vec<Filled>,
    cell: Option<Open>,
    in_paragraph: bool,
    drawn: Option<Lines>,
}

fn walk(text: &str, damage: Option<Problem>, limits: &Limits) -> Result<Document, Reject> {
    let mut problems: Vec<Problem> = damage.into_iter().collect();
    let mut walk = Walk {
        book: Workbook::new(limits),
        limits,
        style: String::new(),
        hidden_styles: FxHashSet::default(),
        sheet: None,
        row: 0,
        column: 0,
        row_repeat: 1,
        row_hidden: false,
        filled: Vec::new(),
        cell: None,
        in_paragraph: false,
        drawn: None,
    };
    let mut reader = xml::reader(text);
    // Depth of elements, and of those whose text is not the cell's.
    let (mut depth, mut aside) = (0usize, 0usize);
    let broken = loop {
        match reader.read_event() {
            Ok(Event::Start(e)) => {
                depth += 1;
                if aside > 0 || walk.is_aside(&e) {
                    aside += 1;
                    walk.start_aside(e.local_name().as_ref(), aside == 1);
                } else {
                    walk.start(&e);
                }
            }
            Ok(Event::Empty(e)) if aside == 0 && !walk.is_aside(&e) => {
                walk.start(&e);
                walk.end(e.local_name().as_ref());
            }
            Ok(Event::End(e)) => {
                depth = depth.saturating_sub(1);
                if aside > 0 {
                    aside -= 1;
                    walk.end_aside(e.local_name().as_ref(), aside == 0);
                } else {
                    walk.end(e.local_name().as_ref());
                    if walk.book.full() {
                        break false;
                    }
                    if e.local_name().as_ref() == "table-row" {
                        limits.deadline.check()?;
                    }
                }
            }
            Ok(Event::Text(t)) if aside == 0 => walk.text(&t),
            Ok(Event::CData(t)) if aside == 0 => walk.text(&t),
            Ok(Event::GeneralRef(r)) if aside == 0 && walk.in_paragraph => {
                if let Some(cell) = &mut walk.cell {
                    xml::push_reference(&mut cell.text, &r);
                }
            }
            Ok(Event::Empty(e)) if aside > 0 && e.local_name().as_ref() == "line-break" => {
                walk.push_aside("\n");
            }
            Ok(Event::Text(t)) => walk.push_aside(&t),
            Ok(Event::CData(t)) => walk.push_aside(&t),
            Ok(Event::GeneralRef(r)) if aside > 0 => {
                let mut text = String::new();
                xml::push_reference(&mut text, &r);
                walk.push_aside(&text);
            }
            Ok(Event::Eof) => break depth > 0,
            Err(_) => break true,
            Ok(_) => {}
        }
    };
    let part = walk
        .sheet
        .as_ref()
        .map_or_else(|| "content.xml".to_owned(), |(_, name)| name.clone());
    // What was read of a row that breaks off.
    walk.end("table-row");
    if problems.is_empty() || walk.book.full() {
        problems.extend(walk_damage(&part, walk.book.full(), broken));
    }
    walk.end("table");
    super::finish(Format::Ods, walk.book, problems)
}

fn count(e: &BytesStart<'_>, name: &str) -> u32 {
    xml::attribute(e, name)
        .and_then(|v| v.trim().parse().ok())
        .unwrap_or(1)
        .max(1)
}

fn is_hidden(e: &BytesStart<'_>) -> bool {
    xml::attribute(e, "visibility").is_some_and(|v| v != "visible")
}

impl Walk<'_> {
    /// Elements whose text is not that of the cell: comments, drawings, readings, deleted cells, tables in cells.
    fn is_aside(&self, e: &BytesStart<'_>) -> bool {
        match e.local_name().as_ref() {
            "annotation" | "tracked-changes" | "shapes" | "forms" | "dde-links" | "ruby-text"
            | "note" | "sub-table" => true,
            "frame" | "custom-shape" | "g" | "rect" | "line" | "polyline" | "polygon" | "path"
            | "circle" | "ellipse" | "connector" | "caption" | "measure" | "control" => true,
            "table" => self.cell.is_some(),
            _ => false,
        }
    }

    /// An element of what stands aside; the outermost one says what that is.
    fn start_aside(&mut self, name: &str, outermost: bool) {
        if outermost {
            let silent = matches!(
                name,
                "tracked-changes"
                    | "forms"
                    | "dde-links"
                    | "ruby-text"
                    | "note"
                    | "sub-table"
                    | "control"
                    | "table"
            );
            self.drawn = (!silent).then(|| Lines {
                note: name == "annotation",
                text: String::new(),
                in_paragraph: false,
                object: 0,
            });
        }
        if let Some(drawn) = &mut self.drawn {
            if drawn.object > 0 || name == "object" {
                drawn.object += 1;
            }
            drawn.in_paragraph |= name == "p" && drawn.object == 0;
        }
    }

    fn end_aside(&mut self, name: &str, outermost: bool) {
        if let Some(drawn) = &mut self.drawn {
            drawn.object = drawn.object.saturating_sub(1);
            if name == "p" && drawn.in_paragraph {
                drawn.in_paragraph = false;
                drawn.text.push('\n');
            }
        }
        if outermost
            && let Some(drawn) = self.drawn.take()
            && !drawn.text.trim().is_empty()
            && let Some((sheet, _)) = &mut self.sheet
        {
            let (row, column) = (self.row.min(LAST_ROW), self.column.min(LAST_COLUMN));
            sheet.draw([if drawn.note {
                Drawn::note(row, column, drawn.text)
            } else {
                Drawn::shape(row, column, drawn.text)
            }]);
        }
    }

    fn push_aside(&mut self, text: &str) {
        if let Some(drawn) = self.drawn.as_mut().filter(|d| d.in_paragraph) {
            drawn.text.push_str(text);
        }
    }

    fn start(&mut self, e: &BytesStart<'_>) {
        match e.local_name().as_ref() {
            "style" => {
                self.style = xml::attribute(e, "name").unwrap_or_default().into_owned();
            }
            "table-properties" if xml::attribute(e, "display").is_some_and(|v| v == "false") => {
                self.hidden_styles.insert(self.style.clone());
            }
            "table" => {
                self.end("table");
                let name = xml::attribute(e, "name").unwrap_or_default().into_owned();
                let hidden = xml::attribute(e, "style-name")
                    .is_some_and(|style| self.hidden_styles.contains(style.as_ref()));
                self.sheet = Some((self.book.sheet(&name, hidden), name));
                (self.row, self.column) = (0, 0);
            }
            "table-column" => {
                let last = self
                    .column
                    .saturating_add(count(e, "number-columns-repeated"));
                if is_hidden(e)
                    && let Some((sheet, _)) = &mut self.sheet
                {
                    sheet.hide_columns(self.column, last - 1);
                }
                self.column = last;
            }
            "table-row" => {
                self.column = 0;
                self.row_repeat = count(e, "number-rows-repeated");
                self.row_hidden = is_hidden(e);
                self.filled.clear();
            }
            "table-cell" | "covered-table-cell" => self.open(e),
            "p" => {
                if let Some(cell) = &mut self.cell {
                    if cell.paragraphs > 0 {
                        cell.text.push('\n');
                    }
                    cell.paragraphs += 1;
                    self.in_paragraph = true;
                }
            }
            "s" => {
                let spaces = usize::try_from(count(e, "c")).unwrap_or(1);
                self.push(&" ".repeat(spaces.min(MOST_SPACES)));
            }
            "tab" => self.push("\t"),
            "line-break" => self.push("\n"),
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        if self.in_paragraph
            && let Some(cell) = &mut self.cell
        {
            cell.text.push_str(text);
        }
    }

    /// Text of a paragraph: white space of the file is one space, none at the start.
    fn text(&mut self, text: &str) {
        if !self.in_paragraph {
            return;
        }
        let Some(cell) = &mut self.cell else {
            return;
        };
        for c in text.chars() {
            if !matches!(c, ' ' | '\t' | '\r' | '\n') {
                cell.text.push(c);
            } else if !cell.text.is_empty() && !cell.text.ends_with([' ', '\n']) {
                cell.text.push(' ');
            }
        }
    }

    fn open(&mut self, e: &BytesStart<'_>) {
        let mut cell = Open {
            repeat: 1,
            columns: 1,
            rows: 1,
            ..Open::default()
        };
        for a in e.attributes().with_checks(false).flatten() {
            let number = || a.value.trim().parse::<u32>().unwrap_or(1).max(1);
            match a.key.local_name().as_ref() {
                "number-columns-repeated" => cell.repeat = number(),
                "number-columns-spanned" => cell.columns = number(),
                "number-rows-spanned" => cell.rows = number(),
                "value" => cell.value = a.value.trim().parse().ok(),
                // An extension says `error` where the standard one says `string` or `float`.
                "value-type" if cell.kind != "error" => {
                    cell.kind = xml::unescape(a.value).into_owned();
                }
                "date-value" | "time-value" | "boolean-value" | "string-value" => {
                    cell.fallback = xml::unescape(a.value).into_owned();
                }
                _ => {}
            }
        }
        self.cell = Some(cell);
    }

    fn end(&mut self, name: &str) {
        match name {
            "p" => self.in_paragraph = false,
            "table-cell" | "covered-table-cell" => self.close_cell(),
            "table-row" => self.close_row(),
            "table" => {
                if let Some((sheet, _)) = self.sheet.take() {
                    self.book.close(sheet);
                }
            }
            _ => {}
        }
    }

    fn close_cell(&mut self) {
        self.in_paragraph = false;
        let Some(cell) = self.cell.take() else {
            return;
        };
        let column = self.column;
        self.column = column.saturating_add(cell.repeat);
        if column > LAST_COLUMN || self.row > LAST_ROW {
            return;
        }
        if (cell.columns > 1 || cell.rows > 1)
            && let Some((sheet, _)) = &mut self.sheet
        {
            let region = Region {
                first_row: self.row,
                last_row: self.row.saturating_add(cell.rows - 1).min(LAST_ROW),
                first_column: column,
                last_column: column.saturating_add(cell.columns - 1).min(LAST_COLUMN),
            };
            sheet.merge(region, self.limits);
        }
        let repeat = cell.repeat.min(LAST_COLUMN + 1 - column);
        let shown = cell.shown();
        if !shown.text.trim().is_empty() {
            self.filled.push(Filled {
                column,
                repeat,
                shown,
            });
        }
    }

    fn close_row(&mut self) {
        let first = self.row;
        self.row = first.saturating_add(self.row_repeat);
        let last = self.row.min(LAST_ROW + 1);
        self.row_repeat = 1;
        let filled = std::mem::take(&mut self.filled);
        let Some((sheet, _)) = self.sheet.as_mut().filter(|_| !filled.is_empty()) else {
            return;
        };
        for row in first..last {
            for cell in &filled {
                for column in cell.column..cell.column + cell.repeat {
                    if self.book.full() {
                        return;
                    }
                    let shown = cell.shown.clone();
                    self.book.put(sheet, row, column, shown, self.row_hidden);
                }
            }
        }
    }
}

impl Open {
    /// What the cell shows.
    fn shown(self) -> Shown {
        let numeric = matches!(self.kind.as_str(), "float" | "percentage" | "currency");
        let number = self.value.filter(|_| numeric).and_then(Number::from_f64);
        let percent = self.kind == "percentage";
        if self.paragraphs > 0 {
            let exact = number.and_then(|number| exact_behind(&self.text, number, percent));
            return Shown {
                text: line_ends(self.text),
                numeric: number.is_some(),
                exact,
            };
        }
        match number {
            Some(number) if percent => Shown {
                text: number.scaled(2).plain() + "%",
                numeric: true,
                exact: None,
            },
            Some(number) => number_format::general(number),
            None => Shown {
                text: match self.fallback.as_str() {
                    "true" => "TRUE".to_owned(),
                    "false" => "FALSE".to_owned(),
                    _ => self.fallback,
                },
                ..Shown::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Cell;

    fn cells(rows: &str) -> Vec<Cell> {
        let text = format!(
            "<office:document><style:style style:name='h'><style:table-properties table:display='false'/></style:style>\
             <office:spreadsheet><table:table table:name='表'>{rows}</table:table></office:spreadsheet></office:document>"
        );
        let document = read_flat(&text, &Limits::default()).unwrap();
        assert!(document.problems.is_empty(), "{:?}", document.problems);
        document.blocks[0].table().unwrap().cells.clone()
    }

    fn texts(cells: &[Cell]) -> Vec<(u32, u32, &str)> {
        cells
            .iter()
            .map(|c| (c.row, c.column, c.text.as_str()))
            .collect()
    }

    #[test]
    fn the_shown_text_with_its_exact_value() {
        let seen = |attributes: &str, text: &str| {
            let cells = cells(&format!(
                "<table:table-row><table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell></table:table-row>"
            ));
            (
                cells[0].text.clone(),
                cells[0].exact.clone(),
                cells[0].numeric,
            )
        };
        let percent = "office:value-type='percentage' office:value='0.8739'";
        assert_eq!(
            seen(percent, "87.4%"),
            ("87.4%".into(), Some("87.39".into()), true)
        );
        let float = "office:value-type='float' office:value='123456'";
        assert_eq!(
            seen(float, "12.3"),
            ("12.3".into(), Some("12.3456".into()), true)
        );
        assert_eq!(seen(float, "123,456"), ("123,456".into(), None, true));
        assert_eq!(
            seen(float, "12.3万"),
            ("12.3万".into(), Some("12.3456".into()), true)
        );
        let error = "office:value-type='string' calcext:value-type='error'";
        assert_eq!(seen(error, "#DIV/0!"), ("#DIV/0!".into(), None, false));
        let date = "office:value-type='date' office:date-value='2024-10-17'";
        assert_eq!(
            seen(date, "2024年10月17日"),
            ("2024年10月17日".into(), None, false)
        );
    }

    #[test]
    fn counts_spans_and_what_is_hidden() {
        let cells = cells(
            "<table:table-column/><table:table-column table:visibility='collapse'/>\
             <table:table-row><table:table-cell table:number-columns-spanned='2' table:number-rows-spanned='2'><text:p>甲<text:s text:c='2'/>乙</text:p><text:p>丙</text:p></table:table-cell><table:covered-table-cell/></table:table-row>\
             <table:table-row table:number-rows-repeated='1048570'><table:table-cell table:number-columns-repeated='16384'/></table:table-row>\
             <table:table-row table:visibility='filter'><table:table-cell table:number-columns-repeated='2'><text:p> 1 <office:annotation><text:p>注</text:p></office:annotation></text:p></table:table-cell></table:table-row>",
        );
        assert_eq!(
            texts(&cells),
            [
                (0, 0, "甲  乙\n丙"),
                (1_048_571, 0, "1 "),
                (1_048_571, 1, "1 ")
            ]
        );
        assert_eq!(
            cells.iter().map(|c| c.hidden).collect::<Vec<_>>(),
            [false, true, true]
        );
        assert_eq!((cells[0].row_span, cells[0].column_span), (2, 2));
    }

    #[test]
    fn a_cell_repeated_without_end_is_too_large() {
        let text = "<a><table:table table:name='表'><table:table-row table:number-rows-repeated='4000000000'>\
                    <table:table-cell table:number-columns-repeated='4000000000'><text:p>1</text:p></table:table-cell>";
        let limits = Limits {
            cells: 1000,
            ..Limits::default()
        };
        let document = read_flat(text, &limits).unwrap();
        assert_eq!(document.blocks[0].table().unwrap().cells.len(), 1000);
        assert_eq!(document.problems[0].reason, Reason::TooLarge);
    }

    #[test]
    fn what_breaks_off_is_kept() {
        let text = "<a><table:table table:name='表'><table:table-row><table:table-cell><text:p>1</text:p></table:table-cell><table:table-cell><text:p>23";
        let document = read_flat(text, &Limits::default()).unwrap();
        assert_eq!(document.blocks.len(), 1);
        assert_eq!(document.problems[0].reason, Reason::Corrupt);
        assert!(read_flat("", &Limits::default()).is_err());
    }
}
