//! Assembles paragraphs, tables and text boxes into blocks while the walk goes through the body.
//!
//! Containers (tables, cells, text boxes) lie on an explicit stack, so nesting costs heap and not call depth. A text
//! box puts its paragraphs after the paragraph that anchors it; a nested table becomes a table of its own after the
//! outer one (its text is not repeated in the outer cell: each figure is there once).

use super::numbering::NumberRef;
use crate::read::sheet::decimal::{Number, exact_behind};
use crate::read::{Block, BlockKind, Cell, Limits, Table, heading, text};
use std::collections::BTreeMap;

/// Columns that a table may have; spans beyond it are cut.
const MAX_COLUMNS: u32 = 16_384;
/// Paragraphs at the start among which a title is looked for.
const TITLE_WITHIN: usize = 8;
/// Smallest font size, in half-points, of a title that is not centred (二号 and larger; body text is 三号 at most).
const TITLE_HALF_POINTS: u32 = 36;

/// The paragraph under construction.
#[derive(Debug, Default)]
pub(crate) struct Paragraph {
    pub text: String,
    /// Level of its style or its own outline level.
    pub level: Option<u8>,
    /// Never a heading (table of contents).
    pub contents: bool,
    pub centred: bool,
    /// Largest font size of its runs, half-points.
    pub size: u32,
    /// Size that its style gives.
    pub style_size: Option<u32>,
    pub number: NumberRef,
    pub style: Option<u32>,
    /// The paragraph mark is deleted or hidden: the next paragraph continues this one.
    pub joins_next: bool,
    boxes: Vec<Item>,
}

impl Paragraph {
    fn clear(&mut self) {
        let text = std::mem::take(&mut self.text);
        *self = Paragraph {
            text,
            ..Paragraph::default()
        };
        self.text.clear();
    }
}

/// A finished paragraph or table on its way to the blocks.
#[derive(Debug)]
enum Item {
    Paragraph {
        text: String,
        level: Option<u8>,
        contents: bool,
        title: bool,
    },
    Table {
        sequence: u64,
        table: Table,
    },
}

/// How a cell takes part in a merged region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Merge {
    #[default]
    None,
    Restart,
    Continue,
}

#[derive(Debug, Default)]
struct TableFrame {
    sequence: u64,
    cells: Vec<Cell>,
    rows: u32,
    columns: u32,
    in_row: bool,
    row_start: usize,
    row_dropped: bool,
    column: u32,
    /// Column to the index of the cell whose vertical merge is open there.
    merges: BTreeMap<u32, usize>,
}

#[derive(Debug, Default)]
struct CellFrame {
    text: String,
    span: u32,
    /// Rows that it spans where that is stated at once (HTML, OpenDocument).
    rows: u32,
    vertical: Merge,
    horizontal: Merge,
    dropped: bool,
    /// The number behind what the cell shows, where the file has it (tables of spreadsheets in HTML).
    value: Option<Number>,
    /// It shows a number as it is stored.
    shows_number: bool,
}

#[derive(Debug, Default)]
struct BoxFrame {
    outer: Paragraph,
    outer_open: bool,
    items: Vec<Item>,
}

#[derive(Debug)]
enum Frame {
    Table(Box<TableFrame>),
    Cell(Box<CellFrame>),
    Box(Box<BoxFrame>),
}

/// The assembler.
pub(crate) struct Blocks<'a> {
    frames: Vec<Frame>,
    pub paragraph: Paragraph,
    pub paragraph_open: bool,
    out: Vec<Item>,
    /// Finished tables of the outermost table that is still open.
    pending: Vec<(u64, Table)>,
    sequence: u64,
    cells: usize,
    bytes: usize,
    /// Mark put before the text of each paragraph (notes).
    pub mark: &'static str,
    /// Number of the note that begins now: it stands in the mark of the note's first paragraph.
    pub number: String,
    limits: &'a Limits,
    /// A limit was reached.
    pub full: bool,
}

impl<'a> Blocks<'a> {
    pub fn new(limits: &'a Limits) -> Self {
        Blocks {
            frames: Vec::new(),
            paragraph: Paragraph::default(),
            paragraph_open: false,
            out: Vec::new(),
            pending: Vec::new(),
            sequence: 0,
            cells: 0,
            bytes: 0,
            mark: "",
            number: String::new(),
            limits,
            full: false,
        }
    }

    /// Whether blocks of the body, rather than of a container, are built now.
    pub fn at_top(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether the look of the paragraph still matters (for the title).
    pub fn wants_look(&self) -> bool {
        self.frames.is_empty() && self.out.len() < TITLE_WITHIN
    }

    /// Begins a paragraph; one that is open is finished first.
    pub fn open_paragraph(&mut self) {
        if self.paragraph_open {
            self.close_paragraph("");
        }
        // The paragraph that the two make has the properties of the last one.
        let joined = self.paragraph.joins_next;
        let boxes = std::mem::take(&mut self.paragraph.boxes);
        let text = std::mem::take(&mut self.paragraph.text);
        self.paragraph.clear();
        if joined {
            self.paragraph.text = text;
            self.paragraph.boxes = boxes;
        } else {
            self.paragraph.text = text;
            self.paragraph.text.clear();
        }
        self.paragraph_open = true;
    }

    /// Ends the paragraph; `label` is its automatic number.
    pub fn close_paragraph(&mut self, label: &str) {
        if !self.paragraph_open {
            return;
        }
        self.paragraph_open = false;
        if !label.is_empty() {
            text::prefix_label(&mut self.paragraph.text, label);
        }
        if self.paragraph.joins_next {
            return;
        }
        self.flush_paragraph();
    }

    /// Gives a paragraph that waited for a next one which does not come.
    pub fn flush_waiting(&mut self) {
        if self.paragraph_open {
            self.close_paragraph("");
        }
        if self.paragraph.joins_next {
            self.paragraph.joins_next = false;
            self.flush_paragraph();
        }
    }

    fn flush_paragraph(&mut self) {
        let paragraph = &mut self.paragraph;
        text::tidy_breaks(&mut paragraph.text);
        let boxes = std::mem::take(&mut paragraph.boxes);
        let empty = paragraph.text.trim().is_empty();
        self.bytes += paragraph.text.len();
        match self.frames.last_mut() {
            Some(Frame::Cell(cell)) => {
                if !empty {
                    push_line(&mut cell.text, &paragraph.text);
                }
            }
            frame => {
                let top = frame.is_none();
                if !empty {
                    // A copy is as long as it has to be, and the room stays for the next paragraph.
                    let mut text = paragraph.text.clone();
                    if let Some(mark) = self.mark.strip_suffix('］') {
                        let number = std::mem::take(&mut self.number);
                        text = format!("{mark}{number}］{}", text.trim_start());
                    }
                    let large =
                        paragraph.size.max(paragraph.style_size.unwrap_or(0)) >= TITLE_HALF_POINTS;
                    let title = top && (paragraph.centred || large) && heading::may_be_title(&text);
                    let item = Item::Paragraph {
                        text,
                        level: paragraph.level,
                        contents: paragraph.contents,
                        title,
                    };
                    match frame {
                        Some(Frame::Box(frame)) => frame.items.push(item),
                        _ => self.out.push(item),
                    }
                }
            }
        }
        self.paragraph.clear();
        for item in boxes {
            self.emit(item);
        }
        let over = self.out.len() > self.limits.blocks || self.bytes > self.limits.text;
        if over || self.limits.deadline.passed() {
            self.full = true;
        }
    }

    /// Puts an item where the innermost container collects.
    fn emit(&mut self, item: Item) {
        match (self.frames.last_mut(), item) {
            (Some(Frame::Cell(cell)), Item::Paragraph { text, .. }) => {
                push_line(&mut cell.text, &text)
            }
            (Some(Frame::Cell(_)), Item::Table { sequence, table }) => {
                self.pending.push((sequence, table))
            }
            (Some(Frame::Box(frame)), item) => frame.items.push(item),
            // A paragraph between the rows of a table (damaged files) goes before the table.
            (_, item) => self.out.push(item),
        }
    }

    /// Begins a text box inside the open paragraph.
    pub fn open_box(&mut self) {
        let outer = std::mem::take(&mut self.paragraph);
        self.frames.push(Frame::Box(Box::new(BoxFrame {
            outer,
            outer_open: self.paragraph_open,
            items: Vec::new(),
        })));
        self.paragraph_open = false;
    }

    /// Ends the text box: its blocks wait for the end of the anchoring paragraph.
    pub fn close_box(&mut self) {
        self.flush_waiting();
        if !matches!(self.frames.last(), Some(Frame::Box(_))) {
            return;
        }
        let Some(Frame::Box(mut frame)) = self.frames.pop() else {
            return;
        };
        self.paragraph = std::mem::take(&mut frame.outer);
        self.paragraph_open = frame.outer_open;
        if self.paragraph_open {
            self.paragraph.boxes.append(&mut frame.items);
        } else {
            for item in frame.items {
                self.emit(item);
            }
        }
    }

    /// A text box that is only a line of text (WordArt).
    pub fn line_box(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        self.paragraph.boxes.push(Item::Paragraph {
            text: text.trim().to_owned(),
            level: None,
            contents: false,
            title: false,
        });
    }

    /// Begins a table.
    pub fn open_table(&mut self) {
        self.flush_waiting();
        self.sequence += 1;
        self.frames.push(Frame::Table(Box::new(TableFrame {
            sequence: self.sequence,
            ..TableFrame::default()
        })));
    }

    /// Ends the table. Nested tables come out after the outermost one, in document order.
    pub fn close_table(&mut self) {
        self.flush_waiting();
        if !matches!(self.frames.last(), Some(Frame::Table(_))) {
            return;
        }
        let Some(Frame::Table(mut frame)) = self.frames.pop() else {
            return;
        };
        for cell in &mut frame.cells {
            cell.row_span = cell
                .row_span
                .min(frame.rows.saturating_sub(cell.row))
                .max(1);
        }
        let table = Table {
            name: String::new(),
            cells: frame.cells,
            rows: frame.rows,
            columns: frame.columns,
            hidden: false,
        };
        self.pending.push((frame.sequence, table));
        if !matches!(self.frames.last(), Some(Frame::Cell(_) | Frame::Table(_))) {
            let first = self
                .pending
                .iter()
                .position(|(s, _)| *s >= frame.sequence)
                .unwrap_or(0);
            // Tables that were started before this one belong to a container further out.
            let mut ready = self.pending.split_off(first);
            let (mut own, others): (Vec<_>, Vec<_>) =
                ready.drain(..).partition(|(s, _)| *s >= frame.sequence);
            self.pending.extend(others);
            own.sort_by_key(|(s, _)| *s);
            for (sequence, table) in own {
                self.emit(Item::Table { sequence, table });
            }
        }
    }

    /// Begins a row; `false` where no table is open.
    pub fn open_row(&mut self) -> bool {
        let Some(Frame::Table(table)) = self.frames.last_mut() else {
            return false;
        };
        if table.in_row {
            return false;
        }
        table.in_row = true;
        table.row_start = table.cells.len();
        table.row_dropped = false;
        table.column = 0;
        true
    }

    /// Columns left out at the start of the row.
    pub fn skip_columns(&mut self, count: u32) {
        if let Some(Frame::Table(table)) = self.frames.last_mut() {
            table.column = count.min(MAX_COLUMNS);
        }
    }

    /// The row is deleted or hidden.
    pub fn drop_row(&mut self) {
        if let Some(Frame::Table(table)) = self.frames.last_mut() {
            table.row_dropped = true;
        }
    }

    /// Ends the row.
    pub fn close_row(&mut self) {
        let Some(Frame::Table(table)) = self.frames.last_mut() else {
            return;
        };
        table.in_row = false;
        if table.row_dropped {
            table.cells.truncate(table.row_start);
            let kept = table.cells.len();
            table.merges.retain(|_, i| *i < kept);
        } else {
            table.rows += 1;
        }
    }

    /// Begins a cell; `false` where no row is open.
    pub fn open_cell(&mut self) -> bool {
        match self.frames.last() {
            Some(Frame::Table(table)) if table.in_row => {}
            _ => return false,
        }
        self.flush_waiting();
        self.frames.push(Frame::Cell(Box::new(CellFrame {
            span: 1,
            ..CellFrame::default()
        })));
        true
    }

    /// Columns that the cell spans.
    pub fn cell_span(&mut self, span: u32) {
        if let Some(Frame::Cell(cell)) = self.frames.last_mut() {
            cell.span = span.clamp(1, MAX_COLUMNS);
        }
    }

    /// Rows that the cell spans; cut at the end of the table.
    pub fn cell_rows(&mut self, rows: u32) {
        if let Some(Frame::Cell(cell)) = self.frames.last_mut() {
            cell.rows = rows;
        }
    }

    /// The number behind what the cell shows.
    pub fn cell_value(&mut self, value: Number) {
        if let Some(Frame::Cell(cell)) = self.frames.last_mut() {
            cell.value = Some(value);
        }
    }

    /// The cell shows a number as it is stored.
    pub fn cell_shows_number(&mut self) {
        if let Some(Frame::Cell(cell)) = self.frames.last_mut() {
            cell.shows_number = true;
        }
    }

    /// Vertical merge of the cell.
    pub fn cell_vertical(&mut self, merge: Merge) {
        if let Some(Frame::Cell(cell)) = self.frames.last_mut() {
            cell.vertical = merge;
        }
    }

    /// Horizontal merge of the cell in the old way.
    pub fn cell_horizontal(&mut self, merge: Merge) {
        if let Some(Frame::Cell(cell)) = self.frames.last_mut() {
            cell.horizontal = merge;
        }
    }

    /// The cell is deleted.
    pub fn drop_cell(&mut self) {
        if let Some(Frame::Cell(cell)) = self.frames.last_mut() {
            cell.dropped = true;
        }
    }

    /// Ends the cell.
    pub fn close_cell(&mut self) {
        self.flush_waiting();
        if !matches!(self.frames.last(), Some(Frame::Cell(_))) {
            return;
        }
        let Some(Frame::Cell(cell)) = self.frames.pop() else {
            return;
        };
        let Some(Frame::Table(table)) = self.frames.last_mut() else {
            return;
        };
        if cell.dropped || table.column >= MAX_COLUMNS {
            return;
        }
        let column = table.column;
        let span = cell.span.min(MAX_COLUMNS - column);
        table.column += span;
        if !table.row_dropped {
            table.columns = table.columns.max(table.column);
        }
        if cell.horizontal == Merge::Continue
            && table.cells.len() > table.row_start
            && let Some(last) = table.cells.last_mut()
        {
            last.column_span += span;
            return;
        }
        if cell.vertical == Merge::Continue
            && let Some(first) = table
                .merges
                .get(&column)
                .and_then(|&i| table.cells.get_mut(i))
        {
            first.row_span = (table.rows + 1).saturating_sub(first.row).max(1);
            return;
        }
        if !table.merges.is_empty() {
            table.merges.remove(&column);
        }
        if cell.vertical != Merge::None {
            table.merges.insert(column, table.cells.len());
        }
        let exact = cell
            .value
            .and_then(|value| exact_behind(&cell.text, value, cell.text.contains('%')));
        let numeric =
            cell.value.is_some() || cell.shows_number && Number::parse_shown(&cell.text).is_some();
        table.cells.push(Cell {
            row: table.rows,
            column,
            row_span: cell.rows.max(1),
            column_span: span,
            text: cell.text,
            numeric,
            exact,
            hidden: false,
        });
        self.cells += 1;
        if self.cells > self.limits.cells {
            self.full = true;
        }
    }

    /// Everything as blocks, with locations and the headings decided.
    pub fn finish(mut self) -> Vec<Block> {
        self.flush_waiting();
        let tables = std::mem::take(&mut self.pending);
        self.out.extend(
            tables
                .into_iter()
                .map(|(sequence, table)| Item::Table { sequence, table }),
        );
        let stated = self
            .out
            .iter()
            .any(|i| matches!(i, Item::Paragraph { level: Some(0), .. }));
        let title = if stated {
            None
        } else {
            self.out.iter().take(TITLE_WITHIN).position(|i| {
                matches!(
                    i,
                    Item::Paragraph {
                        title: true,
                        level: None,
                        ..
                    }
                )
            })
        };
        let mut numberer = Numberer::default();
        let mut blocks = Vec::with_capacity(self.out.len());
        for (i, item) in self.out.into_iter().enumerate() {
            blocks.push(match item {
                Item::Table { table, .. } => numberer.table(table),
                Item::Paragraph {
                    text,
                    level,
                    contents,
                    ..
                } => {
                    let level = match level {
                        Some(level) if heading::styled_is_heading(&text) => Some(level),
                        Some(_) => None,
                        None if contents => None,
                        None if title == Some(i) => Some(0),
                        None => heading::unstyled_level(&text),
                    };
                    numberer.paragraph(level, text)
                }
            });
        }
        blocks
    }
}

/// Gives locations: `p1…` over headings and paragraphs, `t1…` over tables.
#[derive(Debug, Default)]
pub(crate) struct Numberer {
    paragraphs: u32,
    tables: u32,
}

impl Numberer {
    /// A heading or paragraph as a block.
    pub fn paragraph(&mut self, level: Option<u8>, text: String) -> Block {
        self.paragraphs += 1;
        let kind = match level {
            Some(level) => BlockKind::Heading { level, text },
            None => BlockKind::Paragraph { text },
        };
        Block {
            location: format!("p{}", self.paragraphs),
            kind,
        }
    }

    /// A table of a text document as a block.
    pub fn table(&mut self, table: Table) -> Block {
        self.tables += 1;
        Block {
            location: format!("t{}", self.tables),
            kind: BlockKind::Table(table),
        }
    }
}

fn push_line(out: &mut String, line: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(line);
}
