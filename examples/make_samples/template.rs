//! Turns a bureau's text into documents and their labels, from one source, so that they cannot disagree.
//!
//! A text file holds the documents of one submission. A line is a block:
//!
//! ```text
//! %% docx;;{Y}年度某县民政局自评报告        a document: format (`label` where no file is made); what is added to its
//!                                           label's id; its file's name
//! %% xlsx;base;附件1 基础数据表;base.txt    its lines stand in another file
//! = title     # heading     ## heading of the second level     a paragraph
//! | cell | cell |                           a row; `<` continues the cell to the left, `^` the one above
//! @sheet 名称                               a new sheet of a workbook
//! ! 收入合计与分项相差0.01万元              what does not add up in this document
//! [2024] … / [2022-2023] …                  the line stands in the documents of these years only
//! ```
//!
//! and `{…}` within a line is a figure, or a word that depends on one:
//!
//! ```text
//! {dibao.persons;,人}               the series this year, written as 12,345人 (see `figures::Style`)
//! {dibao.persons@2023;人}           of another year
//! {dibao.standard.urban@old;元}     the value before it was raised (由…)
//! {expense.travel@2024-01/2024-06;万元}   this year's, with a period of its own
//! {dibao.persons~;人}               the change on last year, unsigned
//! {dibao.persons%;.1%}              the same in per cent
//! {a/b;.1%;name}                    a share
//! {org.internal_units=9;个}         a value that is not in a series, written as it stands
//! {=2;C所;name;kind;i=id;u=unit;p=period;a=accepted,ids;m=upper bound;r=area}     a figure
//!                                   outside the series; with an upper bound it is written 2—3元
//! {?dibao.persons:增加|减少}        a word by the sign of the change
//! {zero common.expense.meeting;无会议费支出}                                 a statement of zero
//! {w10} {s9.5} {w10:name}           weight and score in a self-evaluation table, named by the third cell of the row
//! {Y} {Y-1} {Y+1} {A}               years and the agency, which are no figures
//! ```

use crate::figures::{Bureau, CellNumber, Style};
use anyhow::{Context, Result, bail, ensure};
use rust_decimal::Decimal;
use serde::Serialize;

/// A labelled figure, in the order of keys that label files have.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Fact {
    pub block: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<[usize; 2]>,
    pub quote: String,
    pub occurrence: usize,
    pub value: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value_max: String,
    pub unit: String,
    pub concept: String,
    pub indicator: String,
    pub kind: String,
    pub qualifier: String,
    pub period: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub area: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<&'static str>,
}

/// A statement of zero.
#[derive(Clone, Debug, Serialize)]
pub struct Zero {
    pub block: usize,
    pub quote: String,
    pub indicator: String,
    pub unit: String,
    pub scenario: &'static str,
}

/// A cell of a table: its text, and the number behind it (value, decimals, percent) where it is one.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub text: String,
    pub number: Option<CellNumber>,
    /// Continues the cell to the left, or the one above.
    pub merge: Option<Merge>,
}

/// Which cell a cell continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    Left,
    Above,
}

/// A block of a document.
#[derive(Clone, Debug)]
pub enum Block {
    Title(String),
    Heading(u8, String),
    Para(String),
    /// Name of the sheet (workbooks), rows.
    Table(String, Vec<Vec<Cell>>),
}

/// A document with its labels.
pub struct Document {
    /// docx, xlsx or xls.
    pub format: String,
    /// Id of the label file.
    pub id: String,
    /// Name of the file, without extension.
    pub name: String,
    pub year: i32,
    pub blocks: Vec<Block>,
    pub facts: Vec<Fact>,
    pub zeros: Vec<Zero>,
    pub inconsistencies: Vec<String>,
}

/// Text of a line or cell with the figures in it (block and cell are filled in by the caller).
struct Line {
    text: String,
    facts: Vec<Fact>,
    zeros: Vec<Zero>,
    number: Option<CellNumber>,
}

/// All documents of a bureau for one year. `include` gives the text of a shared form.
pub fn documents(
    bureau: &Bureau,
    text: &str,
    year: i32,
    include: &dyn Fn(&str) -> Option<&'static str>,
) -> Result<Vec<Document>> {
    let mut out: Vec<Document> = Vec::new();
    for line in text.lines() {
        let Some(line) = for_year(line, year)? else {
            continue;
        };
        if let Some(head) = line.strip_prefix("%% ") {
            let parts: Vec<&str> = head.split(';').collect();
            let [format, suffix, name, ..] = parts[..] else {
                bail!("{head}: format;id;name")
            };
            let id = format!(
                "{}-{year}{}{suffix}",
                bureau.id,
                if suffix.is_empty() { "" } else { "-" }
            );
            out.push(Document {
                format: format.into(),
                id,
                name: render(bureau, name, year)?.text,
                year,
                blocks: Vec::new(),
                facts: Vec::new(),
                zeros: Vec::new(),
                inconsistencies: Vec::new(),
            });
            if let (Some(file), Some(document)) = (parts.get(3), out.last_mut()) {
                for line in include(file)
                    .with_context(|| format!("no form {file}"))?
                    .lines()
                {
                    if let Some(line) = for_year(line, year)? {
                        document
                            .add(bureau, line)
                            .with_context(|| format!("{file}: {line}"))?;
                    }
                }
            }
        } else if !line.trim().is_empty() {
            let document = out.last_mut().context("text before the first document")?;
            document
                .add(bureau, line)
                .with_context(|| line.to_string())?;
        } else if let Some(document) = out.last_mut() {
            document.end_table();
        }
    }
    Ok(out)
}

/// The line without its year mark, or nothing where it belongs to other years.
fn for_year(line: &str, year: i32) -> Result<Option<&str>> {
    let Some((years, rest)) = line.strip_prefix('[').and_then(|l| l.split_once("] ")) else {
        return Ok(Some(line));
    };
    let (from, to) = years.split_once('-').unwrap_or((years, years));
    let (from, to): (i32, i32) = (from.parse()?, to.parse()?);
    Ok((from..=to).contains(&year).then_some(rest))
}

impl Document {
    /// Blocks of text, not sheets.
    fn is_text(&self) -> bool {
        matches!(self.format.as_str(), "docx" | "label")
    }

    /// A blank line ends a table: marked by an empty paragraph that `add` removes.
    fn end_table(&mut self) {
        if matches!(self.blocks.last(), Some(Block::Table(..))) && self.is_text() {
            self.blocks.push(Block::Para(String::new()));
        }
    }

    fn add(&mut self, bureau: &Bureau, line: &str) -> Result<()> {
        if let Some(text) = line.strip_prefix("! ") {
            self.inconsistencies
                .push(render(bureau, text, self.year)?.text);
            return Ok(());
        }
        let sheet = !self.is_text();
        if let Some(name) = line.strip_prefix("@sheet ") {
            self.blocks.push(Block::Table(name.into(), Vec::new()));
            return Ok(());
        }
        if line.starts_with('|') {
            return self.row(bureau, line);
        }
        let (kind, text) = ["= ", "## ", "# "]
            .iter()
            .find_map(|mark| line.strip_prefix(mark).map(|rest| (*mark, rest)))
            .unwrap_or(("", line));
        if sheet {
            // A line above a table of a workbook is a row of one cell over its whole width.
            return self.row(bureau, &format!("| {text} |"));
        }
        if matches!(self.blocks.last(), Some(Block::Para(t)) if t.is_empty()) {
            self.blocks.pop();
        }
        let block = self.blocks.len();
        let rendered = render(bureau, text, self.year)?;
        self.take(&rendered, block, None);
        self.blocks.push(match kind {
            "= " => Block::Title(rendered.text),
            "# " => Block::Heading(1, rendered.text),
            "## " => Block::Heading(2, rendered.text),
            _ => Block::Para(rendered.text),
        });
        Ok(())
    }

    fn row(&mut self, bureau: &Bureau, line: &str) -> Result<()> {
        if matches!(self.blocks.last(), Some(Block::Para(t)) if t.is_empty()) {
            self.blocks.pop();
        }
        if !matches!(self.blocks.last(), Some(Block::Table(..))) {
            self.blocks.push(Block::Table(String::new(), Vec::new()));
        }
        let block = self.blocks.len() - 1;
        let row = match &self.blocks[block] {
            Block::Table(_, rows) => rows.len(),
            _ => 0,
        };
        let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
        let sources: Vec<&str> = inner.split('|').map(str::trim).collect();
        let named = sources.get(2).copied().unwrap_or("");
        let mut cells = Vec::new();
        for (column, source) in sources.iter().enumerate() {
            let source = score(source, named).unwrap_or_else(|| (*source).into());
            let merge = match source.as_str() {
                "<" => Some(Merge::Left),
                "^" => Some(Merge::Above),
                _ => None,
            };
            let rendered = render(
                bureau,
                if merge.is_some() { "" } else { &source },
                self.year,
            )?;
            self.take(&rendered, block, Some([row, column]));
            cells.push(Cell {
                text: rendered.text,
                number: rendered.number,
                merge,
            });
        }
        if let Some(Block::Table(_, rows)) = self.blocks.last_mut() {
            rows.push(cells);
        }
        Ok(())
    }

    fn take(&mut self, line: &Line, block: usize, cell: Option<[usize; 2]>) {
        self.facts.extend(
            line.facts
                .iter()
                .cloned()
                .map(|f| Fact { block, cell, ..f }),
        );
        self.zeros
            .extend(line.zeros.iter().cloned().map(|z| Zero { block, ..z }));
    }

    /// Drops marks of the building and makes every row of a table as wide as its widest.
    pub fn finish(&mut self) {
        for block in &mut self.blocks {
            if let Block::Table(_, rows) = block {
                let width = rows.iter().map(Vec::len).max().unwrap_or(0);
                for row in rows {
                    // A row of one cell is a line over the whole width.
                    let merge = (row.len() == 1).then_some(Merge::Left);
                    row.resize(
                        width,
                        Cell {
                            merge,
                            ..Cell::default()
                        },
                    );
                }
            }
        }
    }
}

/// The long form of `{w10}` and `{s9.5}`.
fn score(source: &str, named: &str) -> Option<String> {
    let inner = source.strip_prefix('{')?.strip_suffix('}')?;
    let (number, name) = inner
        .get(1..)?
        .split_once(':')
        .unwrap_or((&inner[1..], named));
    number.parse::<Decimal>().ok()?;
    match inner.chars().next()? {
        'w' => Some(format!("{{={number};-分;{name} 分值;standard}}")),
        's' => Some(format!("{{={number};-分;{name} 得分;actual}}")),
        _ => None,
    }
}

fn render(bureau: &Bureau, source: &str, year: i32) -> Result<Line> {
    let mut line = Line {
        text: String::new(),
        facts: Vec::new(),
        zeros: Vec::new(),
        number: None,
    };
    let mut rest = source;
    while let Some((before, after)) = rest.split_once('{') {
        line.text.push_str(before);
        let (inner, after) = after
            .split_once('}')
            .with_context(|| format!("{source}: no }}"))?;
        rest = after;
        match inner {
            "Y" => line.text.push_str(&year.to_string()),
            "Y-1" => line.text.push_str(&(year - 1).to_string()),
            "A" => line.text.push_str(&bureau.agency),
            "Y+1" => line.text.push_str(&(year + 1).to_string()),
            _ if inner.starts_with('?') => {
                let (key, words) = inner[1..].split_once(':').context("{?key:up|down}")?;
                let (up, down) = words.split_once('|').context("{?key:up|down}")?;
                let rising = bureau.value(key, year)? >= bureau.value(key, year - 1)?;
                line.text.push_str(if rising { up } else { down });
            }
            _ if inner.starts_with("zero ") => {
                let (id, quote) = inner[5..].split_once(';').context("{zero id;quote}")?;
                let unit = bureau.term(id)?.unit;
                line.text.push_str(quote);
                line.zeros.push(Zero {
                    block: 0,
                    quote: quote.into(),
                    indicator: id.into(),
                    unit,
                    scenario: "actual",
                });
            }
            _ => {
                let alone = before.is_empty() && line.text.is_empty() && rest.is_empty();
                let (mut fact, number) =
                    figure(bureau, inner, year).with_context(|| inner.to_string())?;
                let start = line.text.len();
                line.text.push_str(&fact.quote);
                // Which one it is can be told only when the rest of the text stands too; text before it suffices.
                fact.occurrence = occurrences(&line.text, &fact.quote, start);
                line.facts.push(fact);
                line.number = number.filter(|_| alone);
            }
        }
    }
    line.text.push_str(rest);
    Ok(line)
}

/// How many places where `quote` stands start at or before byte `at`.
fn occurrences(text: &str, quote: &str, at: usize) -> usize {
    text.char_indices()
        .take_while(|(i, _)| *i <= at)
        .filter(|(i, _)| text[*i..].starts_with(quote))
        .count()
}

/// One `{…}` that is a figure.
fn figure(bureau: &Bureau, source: &str, year: i32) -> Result<(Fact, Option<CellNumber>)> {
    let fields: Vec<&str> = source.split(';').collect();
    let expression = fields[0];
    let style = Style::parse(fields.get(1).copied().unwrap_or(""));
    let mut fact = Fact {
        period: year.to_string(),
        qualifier: style.qualifier.into(),
        ..Fact::default()
    };
    let mut scaled = false;
    let value = if let Some(literal) = expression.strip_prefix('=') {
        scaled = true;
        fact.kind = "flow".into();
        literal.parse()?
    } else if let Some((key, literal)) = expression.split_once('=') {
        let term = bureau.term(key)?;
        (fact.indicator, fact.concept, fact.unit, fact.kind) =
            (term.id, term.name, term.unit, term.kind);
        scaled = true;
        literal.parse()?
    } else if let Some((part, whole)) = expression
        .split_once('/')
        .filter(|_| !expression.contains('@'))
    {
        fact.kind = "ratio".into();
        bureau.share(part, whole, year, style.digits().unwrap_or(1))?
    } else if let Some(key) = expression.strip_suffix(['~', '%']) {
        let term = bureau.term(key)?;
        let (now, before) = (bureau.value(key, year)?, bureau.value(key, year - 1)?);
        let up = now >= before;
        let what = if expression.ends_with('~') {
            if up { "增加数" } else { "减少数" }
        } else if up {
            "增长率"
        } else {
            "下降率"
        };
        fact.concept = format!("{}较上年{what}", term.name);
        fact.kind = "change".into();
        fact.direction = Some(if up { "up" } else { "down" });
        if expression.ends_with('~') {
            fact.unit = if term.unit == "%" {
                "百分点".into()
            } else {
                term.unit
            };
            (now - before).abs()
        } else {
            crate::figures::round(
                (now - before).abs() * Decimal::ONE_HUNDRED / before,
                style.digits().unwrap_or(1),
            )
        }
    } else {
        let (key, at) = expression.split_once('@').unwrap_or((expression, ""));
        let term = bureau.term(key)?;
        (fact.indicator, fact.concept, fact.unit, fact.kind) =
            (term.id, term.name, term.unit, term.kind);
        let of = match at {
            "" => year,
            "old" => {
                fact.period = String::new();
                fact.concept.push_str("（调整前）");
                year - 1
            }
            "-1" => {
                fact.period = (year - 1).to_string();
                year - 1
            }
            at => {
                fact.period = at.into();
                at.parse().unwrap_or(year)
            }
        };
        bureau.value(key, of)?
    };
    let mut position = 2;
    for field in fields.iter().skip(2) {
        match field.split_once('=') {
            Some(("i", v)) => fact.indicator = v.into(),
            Some(("u", v)) => fact.unit = v.into(),
            Some(("p", v)) => fact.period = v.into(),
            Some(("a", v)) => fact.accept = v.split(',').map(Into::into).collect(),
            Some(("m", v)) => fact.value_max = v.into(),
            Some(("r", v)) => fact.area = v.into(),
            _ => {
                if !field.is_empty() {
                    *(if position == 2 {
                        &mut fact.concept
                    } else {
                        &mut fact.kind
                    }) = (*field).into();
                }
                position += 1;
            }
        }
    }
    let mut written = style.write(value, scaled)?;
    if !fact.value_max.is_empty() {
        let upper = style.write(fact.value_max.parse()?, true)?;
        let lower = written.quote.trim_end_matches(style.unit);
        (written.quote, written.number) = (format!("{lower}—{}", upper.quote), None);
        fact.value_max = upper.value.to_string();
    }
    if fact.unit.is_empty() {
        fact.unit = written.unit;
    }
    ensure!(!fact.concept.is_empty(), "no concept");
    fact.value = written.value.to_string();
    fact.quote = written.quote;
    Ok((fact, written.number))
}
