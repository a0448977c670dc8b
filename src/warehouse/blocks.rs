//! The text of each document, so that a better catalogue can be applied without the files, and every figure be looked up
//! in its context.
//!
//! A document is a few rows of `blocks`, in the order of `seq`. Row 0 (kind `document`) holds what was known of the whole:
//! format, area, agency and period as they were resolved, remarks and parts not read. The others are headings, paragraphs
//! and tables. Together they give back the very [`Document`] that was analysed: [`rows`] and [`Collected::finish`] are
//! inverse to each other, except that remarks added by the analysis are not part of a document.
//!
//! Whether a change of the catalogue can touch a document is asked of its rows as they are ([`Collected::said`]): unpacking tables takes
//! longer than looking through them.

use super::columns::Columns;
use super::frame::{Value, count, text};
use super::rows::{known_year, province};
use crate::analysis::{Analysis, DocumentContext, Period, Place};
use crate::catalogue::Said;
use crate::read::{Block, BlockKind, Cell, Document, Format, Problem, Reason, Table};
use polars::prelude::{DataFrame, PolarsResult};
use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// Beginning of the remarks that say what a document did not say itself; they are made anew from the context.
const INHERITED: &str = "文中没有写明，取自他处：";

const DOCUMENT: &str = "document";
const HEADING: &str = "heading";
const PARAGRAPH: &str = "paragraph";
const TABLE: &str = "table";

/// What row 0 says, as JSON.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Whole {
    format: String,
    title: String,
    ref_area: String,
    area_name: String,
    province: String,
    prefecture: String,
    county: String,
    agency: String,
    agency_domain: String,
    year: i32,
    start: Option<String>,
    end: Option<String>,
    inherited: Vec<String>,
    problems: Vec<[String; 3]>,
    warnings: Vec<String>,
}

/// A table as JSON.
#[derive(Serialize, Deserialize)]
struct Sheet {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    name: String,
    rows: u32,
    columns: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
    cells: Vec<Packed>,
}

/// A cell as an array: row, column, text, and where they are not 1, 1, false, false, null: row span, column span,
/// numeric, hidden, exact value.
struct Packed(Cell);

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let c = &self.0;
        let plain =
            c.row_span == 1 && c.column_span == 1 && !c.numeric && !c.hidden && c.exact.is_none();
        let mut seq = to.serialize_seq(Some(if plain { 3 } else { 8 }))?;
        seq.serialize_element(&c.row)?;
        seq.serialize_element(&c.column)?;
        seq.serialize_element(&c.text)?;
        if !plain {
            seq.serialize_element(&c.row_span)?;
            seq.serialize_element(&c.column_span)?;
            seq.serialize_element(&c.numeric)?;
            seq.serialize_element(&c.hidden)?;
            seq.serialize_element(&c.exact)?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = Packed;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a cell")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Packed, A::Error> {
                Ok(Packed(Cell {
                    row: seq.next_element()?.unwrap_or(0),
                    column: seq.next_element()?.unwrap_or(0),
                    text: seq.next_element()?.unwrap_or_default(),
                    row_span: seq.next_element()?.unwrap_or(1),
                    column_span: seq.next_element()?.unwrap_or(1),
                    numeric: seq.next_element()?.unwrap_or(false),
                    hidden: seq.next_element()?.unwrap_or(false),
                    exact: seq.next_element()?.unwrap_or(None),
                }))
            }
        }
        from.deserialize_seq(Elements)
    }
}

/// A row of `blocks`, without the document that it belongs to.
#[derive(Debug)]
pub struct BlockRow {
    kind: &'static str,
    location: String,
    level: Option<u8>,
    text: String,
    data: String,
}

impl BlockRow {
    /// Bytes of memory, about.
    pub(super) fn bytes(&self) -> usize {
        size_of::<BlockRow>() + self.location.len() + self.text.len() + self.data.len()
    }
}

/// The rows of a document, row 0 first. The blocks are taken out of the analysis; remarks must still be in it.
pub fn rows(analysis: &mut Analysis) -> Vec<BlockRow> {
    let mut rows = Vec::with_capacity(analysis.blocks.len() + 1);
    rows.push(BlockRow {
        kind: DOCUMENT,
        location: String::new(),
        level: None,
        text: analysis.context.title.clone(),
        data: json(&whole(analysis)),
    });
    for block in std::mem::take(&mut analysis.blocks) {
        let row = |kind, level, text, data| BlockRow {
            kind,
            location: block.location.clone(),
            level,
            text,
            data,
        };
        rows.push(match block.kind {
            BlockKind::Heading { level, text } => row(HEADING, Some(level), text, String::new()),
            BlockKind::Paragraph { text } => row(PARAGRAPH, None, text, String::new()),
            BlockKind::Table(t) => {
                let sheet = Sheet {
                    name: t.name,
                    rows: t.rows,
                    columns: t.columns,
                    hidden: t.hidden,
                    cells: t.cells.into_iter().map(Packed).collect(),
                };
                row(TABLE, None, String::new(), json(&sheet))
            }
        });
    }
    rows
}

/// JSON of values that cannot fail to be written: no maps with odd keys, no floats.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn whole(analysis: &Analysis) -> Whole {
    let c = &analysis.context;
    let p = &c.place;
    Whole {
        format: analysis.format.name().to_owned(),
        title: c.title.clone(),
        ref_area: p.ref_area.clone(),
        area_name: p.area_name.clone(),
        province: p.province.clone(),
        prefecture: p.prefecture.clone(),
        county: p.county.clone(),
        agency: c.agency.clone(),
        agency_domain: c.agency_domain.clone(),
        year: c.year,
        start: c.period.map(|p| p.start.to_string()),
        end: c.period.map(|p| p.end.to_string()),
        inherited: c.inherited.clone(),
        problems: analysis
            .problems
            .iter()
            .map(|p| [p.part.clone(), p.reason.name().to_owned(), p.detail.clone()])
            .collect(),
        warnings: analysis
            .warnings
            .iter()
            .filter(|w| !w.starts_with(INHERITED))
            .cloned()
            .collect(),
    }
}

/// Appends the rows of a document.
pub(super) fn push(
    rows: &mut Columns,
    document_id: &str,
    context: &DocumentContext,
    blocks: &[BlockRow],
) {
    let n = blocks.len();
    rows.repeat("document_id", Value::Text(document_id), n);
    rows.extend("seq", (0..n).map(count));
    rows.extend("location", blocks.iter().map(|b| text(&b.location)));
    rows.extend("kind", blocks.iter().map(|b| Value::Text(b.kind)));
    let level = |b: &BlockRow| b.level.map_or(Value::Null, |l| Value::Int32(i32::from(l)));
    rows.extend("level", blocks.iter().map(level));
    rows.extend("text", blocks.iter().map(|b| text(&b.text)));
    rows.extend("data", blocks.iter().map(|b| text(&b.data)));
    rows.repeat("year", Value::Int32(known_year(context.year)), n);
    rows.repeat("province", Value::Text(province(&context.place)), n);
    rows.grow(n);
}

type Known = (DocumentContext, Format, Vec<Problem>, Vec<String>);

/// The rows of a document, put together only when they are asked for: whoever looks through many needs few as a whole.
#[derive(Debug)]
pub struct Collected {
    /// Its id.
    pub document_id: String,
    /// Location, text and data of all rows, one after the other.
    texts: String,
    rows: Vec<Row>,
}

/// A row of [`Collected`].
#[derive(Debug)]
struct Row {
    kind: Kind,
    level: Option<i32>,
    /// Where its location, its text and its data end.
    ends: [usize; 3],
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Document,
    Heading,
    Paragraph,
    Table,
    /// Nothing that this program writes.
    Unknown,
}

impl Collected {
    /// The document and its context.
    ///
    /// # Errors
    /// What is wrong with its rows, in English: the warehouse has been changed by another program.
    pub fn finish(self) -> Result<(Document, DocumentContext), String> {
        let mut whole: Option<Known> = None;
        let mut blocks = Vec::with_capacity(self.rows.len());
        for (row, [location, text, data]) in self.rows() {
            let kind = match row.kind {
                Kind::Document => {
                    whole = Some(parse_whole(data)?);
                    continue;
                }
                Kind::Heading => BlockKind::Heading {
                    level: row.level.and_then(|l| u8::try_from(l).ok()).unwrap_or(0),
                    text: text.to_owned(),
                },
                Kind::Paragraph => BlockKind::Paragraph {
                    text: text.to_owned(),
                },
                Kind::Table => {
                    let sheet: Sheet = serde_json::from_str(data).map_err(|e| e.to_string())?;
                    BlockKind::Table(Table {
                        name: sheet.name,
                        cells: sheet.cells.into_iter().map(|c| c.0).collect(),
                        rows: sheet.rows,
                        columns: sheet.columns,
                        hidden: sheet.hidden,
                    })
                }
                Kind::Unknown => return Err(format!("a row of an unknown kind at {location:?}")),
            };
            blocks.push(Block {
                location: location.to_owned(),
                kind,
            });
        }
        let (context, format, problems, warnings) = whole.ok_or("no row of kind document")?;
        let document = Document {
            format,
            blocks,
            problems,
            warnings,
        };
        Ok((document, context))
    }

    /// What the document says, for whoever asks whether a change of the catalogue can touch it, and the domain of its
    /// agency. `None` where its rows cannot be understood.
    pub fn said(&self, said: &mut Said) -> Option<String> {
        /// What is asked of row 0.
        #[derive(Deserialize)]
        struct Agency {
            #[serde(default)]
            agency_domain: String,
        }
        said.clear();
        let mut domain = None;
        for (row, [_, text, data]) in self.rows() {
            match row.kind {
                Kind::Document => {
                    said.text(text);
                    let agency: Agency = serde_json::from_str(data).ok()?;
                    domain = Some(agency.agency_domain);
                }
                Kind::Heading | Kind::Paragraph => said.text(text),
                Kind::Table => said.table(data),
                Kind::Unknown => return None,
            }
        }
        domain
    }

    /// Rows with location, text and data.
    fn rows(&self) -> impl Iterator<Item = (&Row, [&str; 3])> {
        let mut from = 0;
        self.rows.iter().map(move |row| {
            let cells = row.ends.map(|end| {
                let cell = self.texts.get(from..end).unwrap_or("");
                from = end;
                cell
            });
            (row, cells)
        })
    }

    fn add(&mut self, kind: &str, level: Option<i32>, cells: [&str; 3]) {
        let ends = cells.map(|cell| {
            self.texts.push_str(cell);
            self.texts.len()
        });
        let kind = match kind {
            DOCUMENT => Kind::Document,
            HEADING => Kind::Heading,
            PARAGRAPH => Kind::Paragraph,
            TABLE => Kind::Table,
            _ => Kind::Unknown,
        };
        self.rows.push(Row { kind, level, ends });
    }
}

fn parse_whole(data: &str) -> Result<Known, String> {
    const FORMATS: [Format; 12] = [
        Format::Docx,
        Format::Doc,
        Format::Xlsx,
        Format::Xlsb,
        Format::Xls,
        Format::Ods,
        Format::Odt,
        Format::Rtf,
        Format::Html,
        Format::SpreadsheetMl,
        Format::Csv,
        Format::Text,
    ];
    const REASONS: [Reason; 8] = [
        Reason::Empty,
        Reason::Corrupt,
        Reason::Encrypted,
        Reason::Unsupported,
        Reason::TooLarge,
        Reason::Timeout,
        Reason::Unreadable,
        Reason::Internal,
    ];
    let w: Whole = serde_json::from_str(data).map_err(|e| e.to_string())?;
    let format = FORMATS.into_iter().find(|f| f.name() == w.format);
    let format = format.ok_or_else(|| format!("format {:?}", w.format))?;
    let day = |text: &Option<String>| text.as_deref().and_then(|t| t.parse().ok());
    let period = match (day(&w.start), day(&w.end)) {
        (Some(start), Some(end)) => Some(Period { start, end }),
        _ => None,
    };
    let problem = |[part, reason, detail]: [String; 3]| Problem {
        reason: REASONS
            .into_iter()
            .find(|r| r.name() == reason)
            .unwrap_or(Reason::Corrupt),
        part,
        detail,
    };
    let context = DocumentContext {
        title: w.title,
        place: Arc::new(Place {
            ref_area: w.ref_area,
            area_name: w.area_name,
            province: w.province,
            prefecture: w.prefecture,
            county: w.county,
        }),
        agency: w.agency,
        agency_domain: w.agency_domain,
        year: w.year,
        period,
        inherited: w.inherited,
    };
    let problems = w.problems.into_iter().map(problem).collect();
    Ok((context, format, problems, w.warnings))
}

/// The columns that [`collect`] asks for.
pub const COLUMNS: [&str; 6] = ["document_id", "location", "kind", "level", "text", "data"];

/// The documents of a frame of `blocks`, with these columns at least, in the table's order. A document may go on in the next frame: `before` is the
/// last one of the frame before, and the last one of this is given back apart.
pub fn collect(
    frame: &DataFrame,
    before: Option<Collected>,
    wanted: impl Fn(&str) -> bool,
) -> PolarsResult<(Vec<Collected>, Option<Collected>)> {
    let texts = |name: &str| frame.column(name)?.str();
    let (ids, locations, kinds, contents, data) = (
        texts("document_id")?,
        texts("location")?,
        texts("kind")?,
        texts("text")?,
        texts("data")?,
    );
    let levels = frame.column("level")?.i32()?;
    let mut done = Vec::new();
    let mut open = before;
    for (i, id) in ids.iter().enumerate() {
        let Some(id) = id.filter(|id| wanted(id)) else {
            continue;
        };
        if open.as_ref().is_none_or(|o| o.document_id != id) {
            done.extend(open.take());
        }
        let document = open.get_or_insert_with(|| Collected {
            document_id: id.to_owned(),
            texts: String::new(),
            rows: Vec::new(),
        });
        document.add(
            kinds.get(i).unwrap_or(""),
            levels.get(i),
            [locations, contents, data].map(|c| c.get(i).unwrap_or("")),
        );
    }
    Ok((done, open))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::columns::ParquetFile;
    use crate::warehouse::frame::from_parquet;
    use crate::warehouse::schema::BLOCKS;

    /// Rows as a reader sees them.
    fn frame(rows: &Columns) -> DataFrame {
        let mut bytes = Vec::new();
        let mut file = ParquetFile::new(&BLOCKS, &mut bytes);
        let all: Vec<u32> = (0..rows.height() as u32).collect();
        file.write(rows, &all).unwrap();
        file.finish().unwrap();
        from_parquet(&BLOCKS, bytes).unwrap()
    }

    fn cell(row: u32, column: u32, text: &str) -> Cell {
        Cell {
            row,
            column,
            row_span: 1,
            column_span: 1,
            text: text.into(),
            numeric: false,
            exact: None,
            hidden: false,
        }
    }

    fn analysis() -> Analysis {
        let table = Table {
            name: "表一".into(),
            cells: vec![
                cell(0, 0, "项目\n名称"),
                Cell {
                    row_span: 2,
                    numeric: true,
                    exact: Some("87.39%".into()),
                    ..cell(1, 3, "87.4%")
                },
                Cell {
                    hidden: true,
                    column_span: 3,
                    ..cell(2, 0, "")
                },
            ],
            rows: 3,
            columns: 4,
            hidden: true,
        };
        let block = |location: &str, kind| Block {
            location: location.into(),
            kind,
        };
        let day = chrono::NaiveDate::from_ymd_opt;
        Analysis {
            format: Format::SpreadsheetMl,
            context: DocumentContext {
                title: "报告".into(),
                place: Arc::new(Place {
                    ref_area: "430423".into(),
                    county: "衡山县".into(),
                    ..Place::default()
                }),
                agency: "衡山县民政局".into(),
                agency_domain: "civil-affairs".into(),
                year: 2024,
                period: day(2024, 1, 1)
                    .zip(day(2024, 12, 31))
                    .map(|(start, end)| Period { start, end }),
                inherited: vec!["year: 文件夹名".into()],
            },
            blocks: vec![
                block(
                    "p1",
                    BlockKind::Heading {
                        level: 0,
                        text: "“报告”\u{1f600}".into(),
                    },
                ),
                block("p2", BlockKind::Paragraph { text: "".into() }),
                block("表一", BlockKind::Table(table)),
                block("t2", BlockKind::Table(Table::default())),
            ],
            quantities: Vec::new(),
            observations: Vec::new(),
            targets: Vec::new(),
            checks: Vec::new(),
            problems: vec![Problem {
                part: "Sheet2".into(),
                reason: Reason::TooLarge,
                detail: "过大".into(),
            }],
            warnings: vec!["有修订".into(), format!("{INHERITED}year: 文件夹名")],
        }
    }

    #[test]
    fn a_document_comes_back_as_it_was_also_across_frames() {
        let mut first = analysis();
        let all = rows(&mut first);
        let mut all_rows = Columns::new(&BLOCKS);
        for id in ["a", "b", "c"] {
            push(&mut all_rows, id, &first.context, &all);
        }
        let frame = frame(&all_rows);
        for cut in 0..=frame.height() {
            let mut found = Vec::new();
            let mut open = None;
            for (at, length) in [(0, cut), (cut, frame.height() - cut)] {
                let part = frame.slice(at as i64, length);
                let (done, last) = collect(&part, open, |id| id != "b").unwrap();
                found.extend(done);
                open = last;
            }
            found.extend(open);
            let ids: Vec<_> = found.iter().map(|f| f.document_id.as_str()).collect();
            assert_eq!(ids, ["a", "c"]);
            let was = analysis();
            for f in found {
                let (document, context) = f.finish().unwrap();
                let shown = |b: &[Block], p: &[Problem]| format!("{b:?}{p:?}");
                assert_eq!(
                    shown(&document.blocks, &document.problems),
                    shown(&was.blocks, &was.problems)
                );
                assert_eq!(format!("{context:?}"), format!("{:?}", was.context));
                assert_eq!(document.warnings, ["有修订"]);
                assert_eq!(document.format, was.format);
            }
        }
    }

    #[test]
    fn rows_that_say_nothing_sensible_are_an_error_and_no_panic() {
        let context = DocumentContext::default();
        for (kind, data) in [
            (TABLE, "{"),
            (TABLE, "{\"rows\":1,\"columns\":1,\"cells\":[[\"x\"]]}"),
            (DOCUMENT, "{\"format\":\"no such\"}"),
            (PARAGRAPH, ""),
        ] {
            let mut rows = Columns::new(&BLOCKS);
            let row = BlockRow {
                kind,
                location: "t1".into(),
                level: None,
                text: String::new(),
                data: data.into(),
            };
            push(&mut rows, "a", &context, &[row]);
            let (_, last) = collect(&frame(&rows), None, |_| true).unwrap();
            assert!(last.unwrap().finish().is_err());
        }
    }
}
