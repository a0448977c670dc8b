//! A table as a grid: which cells are labels, which are figures, and what heads each of them.
//!
//! Works on the cells that are there (a sheet of a million rows is not allocated), and on any layout: header rows of
//! any depth, header rows again in the middle of a table, label columns to the left, and label–value groups side by
//! side in one row.

use super::known::plain;
use crate::quantity::{Qualifier, Quantity, Reader};
use crate::read::{Cell, Table};
use crate::text::any_of::AnyOf;
use crate::text::blank::squeeze;
use std::borrow::Cow;
use std::cell::OnceCell;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Nothing, or a dash or slash for nothing.
    Blank,
    /// One figure and nothing else of weight.
    Number(Box<Quantity>),
    /// A label.
    Label,
    /// Running text.
    Prose,
    /// A number of a row or a code of a classification: neither label nor figure.
    Code,
}

/// A row of the grid.
#[derive(Debug)]
pub struct Row {
    /// Row index in the table.
    pub row: u32,
    /// Column and index into the table's cells; a spanned cell stands in each column it covers.
    pub cells: Vec<(u32, usize)>,
    /// The kind of row.
    pub kind: RowKind,
    /// Columns that hold a label or running text, in order.
    stubs: Vec<u32>,
    /// Index of the nearest header row above, whatever stands between.
    pub head: Option<usize>,
}

/// The kinds of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Heads the columns below it.
    Header,
    /// A single label: a title, a section, or a note.
    Section,
    /// Fields of the form and what they are filled with (项目名称 … 实施单位 …): heads nothing.
    Field,
    /// Numbers the columns (栏次 1 2 3).
    Index,
    /// Holds figures, or labels that stand for values.
    Data,
}

/// The grid of a table.
pub struct Grid<'t> {
    /// The table.
    pub table: &'t Table,
    /// Content of each cell of the table.
    pub content: Vec<Content>,
    /// Cells as forms name them.
    names: Names<'t>,
    /// Rows that hold a cell, in order.
    pub rows: Vec<Row>,
    /// Columns that hold anything but blanks, in order.
    columns: Vec<u32>,
    /// Columns of units, in order.
    pub unit_columns: Vec<u32>,
    /// Columns that hold figures, in order.
    values: Vec<u32>,
    /// Heads of columns of codes, which label no row.
    code_heads: std::collections::BTreeSet<usize>,
}

/// Longest label; longer text is prose.
const LABEL: usize = 40;
/// Label columns that are looked at for one cell at most.
const DEPTH: usize = 64;
/// Columns that a spanned cell is entered in at most.
const SPAN: u32 = 512;

/// The cells of a table as forms name them, each put together once, when it is asked for.
struct Names<'t> {
    table: &'t Table,
    names: Vec<OnceCell<Cow<'t, str>>>,
}

impl<'t> Names<'t> {
    fn new(table: &'t Table) -> Names<'t> {
        Names {
            table,
            names: vec![OnceCell::new(); table.cells.len()],
        }
    }

    fn of(&self, i: usize) -> &str {
        let (Some(cell), Some(name)) = (self.table.cells.get(i), self.names.get(i)) else {
            return "";
        };
        name.get_or_init(|| plain(&cell.text))
    }
}

/// Whether a text has more characters than these.
pub fn longer(text: &str, than: usize) -> bool {
    text.len() > than && text.chars().count() > than
}

/// Columns that hold cells of a kind, in order.
fn columns(table: &Table, content: &[Content], kind: impl Fn(&Content) -> bool) -> Vec<u32> {
    let mut found = Vec::new();
    for (cell, _) in table.cells.iter().zip(content).filter(|(_, x)| kind(x)) {
        // Cells come row by row: a column that is new mostly lies behind all others.
        if let Err(at) = found.binary_search(&cell.column) {
            found.insert(at, cell.column);
        }
    }
    found
}

/// What a sign of comparison in a cell of its own says about the figure beside it. `text` has no blanks around it.
fn sign(text: &str) -> Option<Qualifier> {
    match text {
        "≥" | "＞" | ">" | ">=" | "≧" | "大于等于" | "不低于" | "不少于" => {
            Some(Qualifier::AtLeast)
        }
        "≤" | "＜" | "<" | "<=" | "≦" | "小于等于" | "不高于" | "不超过" => {
            Some(Qualifier::AtMost)
        }
        "=" | "＝" | "等于" => Some(Qualifier::Exact),
        _ => None,
    }
}

fn blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || matches!(
                c,
                '/' | '／' | '—' | '－' | '-' | '–' | '\\' | '…' | '*' | '＊' | '─' | '×'
            )
    })
}

/// Whether what stands around a figure in its cell is only a sign of comparison or the like.
fn only_figure(text: &str, q: &Quantity) -> bool {
    let rest = text
        .get(..q.bytes.start)
        .unwrap_or("")
        .chars()
        .chain(text.get(q.bytes.end..).unwrap_or("").chars());
    let mut letters = 0;
    for c in rest {
        match c {
            '≥' | '≤' | '＞' | '＜' | '>' | '<' | '=' | '＝' | '±' | '约' | '近' | '不' | '少'
            | '低' | '高' | '于' | '以' | '上' | '下' | '内' | '左' | '右' | '大' | '小' | '等'
            | '超' | '过' | '达' | '到' | '*' | '#' | '。' | '；' | ';' | '，' | ',' | '年'
            | '及' | '余' | '至' => {}
            c if c.is_whitespace() => {}
            _ => letters += 1,
        }
    }
    letters <= 1
}

impl<'t> Grid<'t> {
    /// Classifies the cells of a table and arranges them in rows.
    /// `index_columns` are the heads of columns of row numbers and codes.
    /// `fields` are the labels that the name of a project or an agency is filled in after.
    pub fn new(table: &'t Table, reader: &Reader, index_columns: &AnyOf, fields: &AnyOf) -> Self {
        let names = Names::new(table);
        let mut content: Vec<Content> = table.cells.iter().map(|c| classify(c, reader)).collect();
        let mut coded: std::collections::BTreeMap<u32, u32> = std::collections::BTreeMap::new();
        let mut units = coded.clone();
        let mut code_heads = std::collections::BTreeSet::new();
        for (i, c) in table.cells.iter().enumerate() {
            match content.get(i) {
                Some(Content::Label) if index_columns.is(names.of(i)) => {
                    coded.entry(c.column).or_insert(c.row);
                    code_heads.insert(i);
                }
                // 02 and 0101 under 款 and 项 are codes like 208 under 类.
                Some(Content::Label)
                    if coded.get(&c.column).is_some_and(|r| *r < c.row)
                        && c.text.trim().bytes().all(|b| b.is_ascii_digit()) =>
                {
                    if let Some(x) = content.get_mut(i) {
                        *x = Content::Code;
                    }
                }
                // A unit column says in what the row counts, not what.
                Some(Content::Label)
                    if c.column > 0
                        && c.text.trim_end().ends_with('位')
                        && squeeze(&c.text).ends_with("单位") =>
                {
                    units.entry(c.column).or_insert(c.row);
                }
                Some(Content::Label)
                    if units.get(&c.column).is_some_and(|r| *r < c.row)
                        && reader.unit(&squeeze(&c.text)).is_some() =>
                {
                    if let Some(x) = content.get_mut(i) {
                        *x = Content::Code;
                    }
                }
                Some(Content::Number(q))
                    if q.unit.is_empty() && coded.get(&c.column).is_some_and(|r| *r < c.row) =>
                {
                    if let Some(x) = content.get_mut(i) {
                        *x = Content::Code;
                    }
                }
                _ => {}
            }
        }
        let mut rows: std::collections::BTreeMap<u32, Vec<(u32, usize)>> =
            std::collections::BTreeMap::new();
        for (i, c) in table.cells.iter().enumerate() {
            for r in c.row..c.row.saturating_add(c.row_span.clamp(1, SPAN)) {
                let columns = c.column..c.column.saturating_add(c.column_span.clamp(1, SPAN));
                let row = rows.entry(r).or_default();
                row.extend(columns.map(|column| (column, i)));
            }
        }
        let values = columns(table, &content, |x| matches!(x, Content::Number(_)));
        let mut begun = false;
        let mut above: Option<usize> = None;
        let rows = rows
            .into_iter()
            .enumerate()
            .map(|(at, (row, mut cells))| {
                cells.sort_unstable();
                let mut kind = row_kind(table, &content, row, &cells);
                // Below the first figures, a row without a label over figures is one whose values were left out.
                let labelled = |(c, i): &(u32, usize)| {
                    values.binary_search(c).is_ok()
                        && matches!(content.get(*i), Some(Content::Label))
                };
                // A long title alone in its row, above all figures, is no running text.
                if !begun && kind == RowKind::Data && lone_title(table, &content, &cells) {
                    kind = RowKind::Section;
                }
                let field = |i: usize| fields.is(names.of(i));
                if kind == RowKind::Header && fields_only(&content, &cells, field, &values) {
                    kind = RowKind::Field;
                }
                if begun && kind == RowKind::Header && !cells.iter().any(labelled) {
                    kind = RowKind::Data;
                }
                begun |= kind == RowKind::Data
                    && cells
                        .iter()
                        .any(|(_, i)| matches!(content.get(*i), Some(Content::Number(_))));
                let head = above;
                if kind == RowKind::Header {
                    above = Some(at);
                }
                let stubs = cells
                    .iter()
                    .filter(|(_, i)| {
                        matches!(content.get(*i), Some(Content::Label | Content::Prose))
                            && !code_heads.contains(i)
                    })
                    .map(|(c, _)| *c)
                    .collect();
                Row {
                    row,
                    stubs,
                    cells,
                    kind,
                    head,
                }
            })
            .collect();
        Grid {
            columns: columns(table, &content, |x| !matches!(x, Content::Blank)),
            unit_columns: units.into_keys().collect(),
            table,
            content,
            names,
            rows,
            values,
            code_heads,
        }
    }

    /// Texts of the first rows that head columns.
    pub fn heads(&self) -> impl Iterator<Item = &'t str> {
        let headers = self.rows.iter().filter(|r| r.kind == RowKind::Header);
        headers
            .take(4)
            .flat_map(|r| &r.cells)
            .filter_map(|(_, i)| self.table.cells.get(*i))
            .map(|c| c.text.as_str())
    }

    /// A cell by index.
    pub fn cell(&self, i: usize) -> Option<&'t Cell> {
        self.table.cells.get(i)
    }

    /// A cell as forms name it.
    pub fn name(&self, i: usize) -> &str {
        self.names.of(i)
    }

    /// A cell's content.
    pub fn of(&self, i: usize) -> &Content {
        self.content.get(i).unwrap_or(&Content::Blank)
    }

    /// The first label of a row.
    pub fn first_label(&self, row: &Row) -> Option<usize> {
        let mut cells = row.cells.iter().map(|(_, i)| *i);
        cells.find(|&i| matches!(self.of(i), Content::Label))
    }

    /// The cell that covers a column of a row.
    pub fn at(&self, row: &Row, column: u32) -> Option<usize> {
        let k = row.cells.binary_search_by_key(&column, |(c, _)| *c).ok()?;
        row.cells.get(k).map(|(_, i)| *i)
    }

    /// Texts that head a column above a row, outermost first.
    pub fn header(&self, r: usize, column: u32) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let Some(mut at) = self.rows.get(r).and_then(|row| row.head) else {
            return found;
        };
        let mut lowest = true;
        // The nearest header row and those directly above it.
        while let Some(row) = self.rows.get(at).filter(|x| x.kind == RowKind::Header) {
            let direct = self
                .at(row, column)
                .filter(|&i| !matches!(self.of(i), Content::Blank));
            let cell = direct.or_else(|| {
                // A blank under-header continues the one to its left in upper rows (merged, without saying so).
                if lowest {
                    return None;
                }
                row.cells
                    .iter()
                    .rev()
                    .filter(|(c, _)| *c < column)
                    .map(|(_, i)| *i)
                    .find(|&i| !matches!(self.of(i), Content::Blank))
            });
            if let Some(i) = cell
                && !found.contains(&i)
            {
                found.push(i);
            }
            lowest = false;
            if at == 0 {
                break;
            }
            at -= 1;
        }
        found.reverse();
        found
    }

    /// Labels of a row for a column: the nearest labels to its left, outermost first. Blank cells of an outer label
    /// column take the label above.
    pub fn labels(&self, r: usize, column: u32) -> Vec<usize> {
        let Some(row) = self.rows.get(r) else {
            return Vec::new();
        };
        let nearest = row.stubs.partition_point(|c| *c < column);
        let Some(&nearest) = nearest.checked_sub(1).and_then(|k| row.stubs.get(k)) else {
            // No label in the row at all: the block's label above the first column.
            return self
                .leading(r)
                .filter(|_| self.columns.first().is_some_and(|c| *c < column))
                .into_iter()
                .collect();
        };
        let mut found: Vec<usize> = Vec::new();
        let end = self.columns.partition_point(|c| *c <= nearest);
        // A cell that a sheet does not store is a blank one.
        for &c in self
            .columns
            .get(..end)
            .unwrap_or(&[])
            .iter()
            .rev()
            .take(DEPTH)
        {
            let at = self.at(row, c);
            match at.map_or(&Content::Blank, |i| self.of(i)) {
                _ if at.is_some_and(|i| self.code_heads.contains(&i)) => {}
                Content::Label | Content::Prose => {
                    found.extend(at.filter(|i| !found.contains(i)));
                }
                Content::Number(_) | Content::Code => break,
                // A figure left out: what stands to its left labels another group.
                Content::Blank if self.values.binary_search(&c).is_ok() => break,
                // An outer label that spans rows without saying so.
                Content::Blank => found.extend(self.above(r, c).filter(|i| !found.contains(i))),
            }
        }
        found.reverse();
        found
    }

    /// The label at the left that a row stands under where it spans rows: 年度预算申请 of 年度资金总额.
    pub fn leading(&self, r: usize) -> Option<usize> {
        let row = self.rows.get(r)?;
        let column = *self.columns.first()?;
        match self.at(row, column) {
            Some(i) if !matches!(self.of(i), Content::Blank) => None,
            _ => self.above(r, column),
        }
    }

    /// What a sign of comparison (指标性质 ≥) in the cell to the left says about a figure.
    pub fn sign_before(&self, r: usize, column: u32) -> Option<Qualifier> {
        let i = self.at(self.rows.get(r)?, column.checked_sub(1)?)?;
        sign(self.cell(i)?.text.trim())
    }

    /// The first column that holds anything.
    pub fn first_column(&self) -> u32 {
        self.columns.first().copied().unwrap_or(0)
    }

    /// The nearest label above a blank cell in its column, through blank cells only.
    fn above(&self, r: usize, column: u32) -> Option<usize> {
        for up in (0..r).rev().take(64) {
            let row = self.rows.get(up)?;
            let Some(i) = self.at(row, column) else {
                continue;
            };
            match self.of(i) {
                Content::Blank => {}
                Content::Label if self.code_heads.contains(&i) => return None,
                Content::Label => return Some(i),
                _ => return None,
            }
        }
        None
    }
}

/// Whether a label says something about the table (填报单位：…, 金额单位：万元) rather than about figures.
fn is_note(text: &str) -> bool {
    let s = squeeze(text);
    let Some(at) = s.find(['：', ':']) else {
        return false;
    };
    let before = s.get(..at).unwrap_or("");
    [
        "单位",
        "部门",
        "年度",
        "日期",
        "编制",
        "填报",
        "填表",
        "时间",
        "负责人",
        "联系",
        "审核",
        "制表",
        "电话",
        "注",
        "备注",
    ]
    .iter()
    .any(|w| before.ends_with(w))
        || s.starts_with('注')
}

/// Whether a row holds fields and what they are filled with: its first label names a field, what follows stands over no
/// figures, and there is no more than one text a field.
fn fields_only(
    content: &[Content],
    cells: &[(u32, usize)],
    is_field: impl Fn(usize) -> bool,
    values: &[u32],
) -> bool {
    let mut texts: Vec<(u32, usize)> = cells
        .iter()
        .copied()
        .filter(|(_, i)| !matches!(content.get(*i), None | Some(Content::Blank)))
        .collect();
    texts.dedup_by_key(|(_, i)| *i);
    let named = texts.iter().filter(|(_, i)| is_field(*i)).count();
    matches!(texts.as_slice(), [(_, a), (c, _), ..] if is_field(*a) && values.binary_search(c).is_err())
        && texts.len() <= 2 * named
}

/// Whether a row holds one text and nothing else, of a title's length and without a sentence's end.
fn lone_title(table: &Table, content: &[Content], cells: &[(u32, usize)]) -> bool {
    let mut texts: Vec<usize> = cells
        .iter()
        .map(|(_, i)| *i)
        .filter(|i| !matches!(content.get(*i), None | Some(Content::Blank)))
        .collect();
    texts.dedup();
    let [one] = texts.as_slice() else {
        return false;
    };
    matches!(content.get(*one), Some(Content::Prose))
        && table
            .cells
            .get(*one)
            .is_some_and(|c| !longer(&c.text, 2 * LABEL) && !c.text.contains(['。', '；']))
}

fn classify(c: &Cell, reader: &Reader) -> Content {
    let text = c.text.as_str();
    let trimmed = text.trim();
    if blank(trimmed) || sign(trimmed).is_some() {
        return Content::Blank;
    }
    // 05, 0564: a code, whatever stands above it.
    if trimmed.len() > 1 && trimmed.starts_with('0') && trimmed.bytes().all(|b| b.is_ascii_digit())
    {
        return Content::Code;
    }
    let mut found = reader.read_cell(text, None);
    if found.is_empty() && trimmed.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        // 1975.9 may be a month; among figures it is a number.
        found = reader.read_cell(text, reader.unit("个").as_ref());
        found.iter_mut().for_each(|q| q.unit.clear());
    }
    let several = found.len() > 1;
    if !several && let Some(q) = found.pop().filter(|q| only_figure(text, q)) {
        return Content::Number(Box::new(q));
    }
    if several || longer(text, LABEL) || text.contains('。') {
        Content::Prose
    } else {
        Content::Label
    }
}

fn row_kind(table: &Table, content: &[Content], row: u32, cells: &[(u32, usize)]) -> RowKind {
    let mut labels: Vec<usize> = Vec::new();
    let mut numbers = 0;
    let mut years = 0;
    let mut prose = 0;
    // 栏次 1 2 3; but 项目 行次 金额 names columns, one of which counts rows.
    let mut index = false;
    let mut named = 0;
    // 1 2 3 … under the heads numbers the columns.
    let mut counted = 0;
    let mut counting = true;
    let mut previous: Option<rust_decimal::Decimal> = None;
    let mut seen = None;
    for &(_, i) in cells {
        if seen == Some(i) {
            continue;
        }
        seen = Some(i);
        match content.get(i) {
            Some(Content::Label) => {
                if let Some(c) = table.cells.get(i) {
                    let s = squeeze(&c.text);
                    let counts = matches!(&*s, "栏次" | "行次" | "栏目" | "甲" | "乙");
                    index |= counts;
                    named += usize::from(!counts);
                    // A label that spans rows heads only the first of them.
                    if c.row == row || c.row_span > 1 {
                        labels.push(i);
                    }
                }
            }
            Some(Content::Number(q)) => {
                numbers += 1;
                counted += 1;
                counting &= q.unit.is_empty()
                    && (counted == 1
                        || previous.is_some_and(|p| q.value == p + rust_decimal::Decimal::ONE));
                counting &= counted > 1
                    || q.value <= rust_decimal::Decimal::TWO
                        && q.value > rust_decimal::Decimal::ZERO;
                counting &= table.cells.get(i).is_some_and(|c| !c.text.contains('.'));
                previous = Some(q.value);
                if q.unit.is_empty()
                    && q.value.is_integer()
                    && q.value >= rust_decimal::Decimal::from(1990)
                    && q.value <= rust_decimal::Decimal::from(2099)
                {
                    years += 1;
                }
            }
            Some(Content::Prose) => prose += 1,
            _ => {}
        }
    }
    labels.dedup();
    if index && (named <= 1 || counting && counted >= 2)
        || counting && counted >= 3 && labels.len() <= 1
    {
        return RowKind::Index;
    }
    // 填报单位：…　年度：2023 says where the table is from; it heads no column.
    let note = |i: &usize| table.cells.get(*i).is_some_and(|c| is_note(&c.text));
    if numbers == 0 && labels.iter().any(note) {
        return RowKind::Section;
    }
    if numbers > 0 && !(numbers >= 2 && years == numbers) {
        return RowKind::Data;
    }
    match labels.len() {
        0 if years > 0 => RowKind::Header,
        0 | 1 if years == 0 && prose == 0 => RowKind::Section,
        _ if prose > 0 && labels.len() < 2 => RowKind::Data,
        _ => RowKind::Header,
    }
}
