//! One document as the warehouse stores it: its row of `documents`, what was found in it, and what was not read.

use super::blocks::{self, BlockRow};
use super::columns::Columns;
use super::frame::{Value, scaled, text, time};
use super::rows::observation_ids;
use super::schema::DOCUMENTS;
use super::submission;
use crate::analysis::Analysis;
use crate::context::period;
use crate::read::{Problem, Reason};
use polars::prelude::{DataFrame, PolarsResult};

/// `documents.status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Read whole.
    Ok,
    /// Some part was not read; `rejects` says which.
    Partial,
    /// Not read; `rejects` says why.
    Rejected,
}

impl Status {
    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Partial => "partial",
            Status::Rejected => "rejected",
        }
    }

    fn parse(name: &str) -> Self {
        match name {
            "partial" => Status::Partial,
            "rejected" => Status::Rejected,
            _ => Status::Ok,
        }
    }
}

/// A row of `documents`. Empty texts are null in the table. Times are microseconds since 1970, UTC.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the columns are described in `schema`
pub struct DocumentRow {
    pub document_id: String,
    pub path: String,
    pub file_name: String,
    pub format: String,
    pub title: String,
    pub agency: String,
    pub ref_area: String,
    pub year: i32,
    pub period: String,
    pub size_bytes: i64,
    pub modified_at: Option<i64>,
    pub ingested_at: i64,
    pub blocks: i32,
    pub tables: i32,
    pub quantities: i32,
    pub observations: i32,
    pub status: Status,
    pub warnings: Vec<String>,
    pub catalogue_version: String,
    pub supersedes: String,
}

impl DocumentRow {
    /// The row's cells in the order of the table, handed to `push`.
    pub fn push(&self, push: impl FnOnce(&[Value<'_>])) {
        let warnings = self.warnings.join("\n");
        push(&[
            text(&self.document_id),
            text(&self.path),
            text(&self.file_name),
            text(&self.format),
            text(&self.title),
            text(&self.agency),
            text(&self.ref_area),
            Value::Int32(self.year),
            text(&self.period),
            Value::Int64(self.size_bytes),
            time(self.modified_at),
            Value::Time(self.ingested_at),
            Value::Int32(self.blocks),
            Value::Int32(self.tables),
            Value::Int32(self.quantities),
            Value::Int32(self.observations),
            Value::Text(self.status.name()),
            text(&warnings),
            text(&self.catalogue_version),
            text(&self.supersedes),
        ]);
    }

    /// The rows of a frame of `documents` for which `wanted` says so, given the document id.
    pub fn from_frame(
        frame: &DataFrame,
        wanted: impl Fn(&str) -> bool,
    ) -> PolarsResult<Vec<DocumentRow>> {
        let columns = Frame::new(frame)?;
        let rows = (0..frame.height()).filter(|&i| wanted(columns.text("document_id", i)));
        Ok(rows.map(|i| columns.document(i)).collect())
    }

    /// A row of `documents`.
    pub(super) fn from_columns(rows: &Columns, row: usize) -> DocumentRow {
        rows.document(row)
    }

    /// Adds a remark where it is not there yet.
    pub fn remark(&mut self, remark: String) -> bool {
        let new = !self.warnings.contains(&remark);
        if new {
            self.warnings.push(remark);
        }
        new
    }
}

/// Access to rows of `documents`, by name.
trait Cells {
    fn text(&self, name: &str, row: usize) -> &str;
    fn number(&self, name: &str, row: usize) -> Option<i64>;

    fn document(&self, i: usize) -> DocumentRow {
        let text = |name| self.text(name, i).to_owned();
        let int = |name| {
            let number = self.number(name, i).unwrap_or(0);
            i32::try_from(number).unwrap_or(0)
        };
        DocumentRow {
            document_id: text("document_id"),
            path: text("path"),
            file_name: text("file_name"),
            format: text("format"),
            title: text("title"),
            agency: text("agency"),
            ref_area: text("ref_area"),
            year: int("year"),
            period: text("period"),
            size_bytes: self.number("size_bytes", i).unwrap_or(0),
            modified_at: self.number("modified_at", i),
            ingested_at: self.number("ingested_at", i).unwrap_or(0),
            blocks: int("blocks"),
            tables: int("tables"),
            quantities: int("quantities"),
            observations: int("observations"),
            status: Status::parse(self.text("status", i)),
            warnings: self
                .text("warnings", i)
                .lines()
                .map(str::to_owned)
                .collect(),
            catalogue_version: text("catalogue_version"),
            supersedes: text("supersedes"),
        }
    }
}

impl Cells for Columns {
    fn text(&self, name: &str, row: usize) -> &str {
        let column = DOCUMENTS.position(name);
        column
            .and_then(|c| Columns::text(self, c, row))
            .unwrap_or("")
    }

    fn number(&self, name: &str, row: usize) -> Option<i64> {
        let column = DOCUMENTS.position(name)?;
        Columns::number(self, column, row).and_then(|n| i64::try_from(n).ok())
    }
}

/// A frame of `documents`.
struct Frame<'a> {
    texts: Vec<Option<&'a polars::prelude::StringChunked>>,
    ints: Vec<Option<&'a polars::prelude::Int32Chunked>>,
    longs: Vec<Option<polars::prelude::Int64Chunked>>,
}

impl<'a> Frame<'a> {
    fn new(frame: &'a DataFrame) -> PolarsResult<Self> {
        let mut it = Frame {
            texts: Vec::new(),
            ints: Vec::new(),
            longs: Vec::new(),
        };
        for column in DOCUMENTS.columns {
            let found = frame.column(column.name)?;
            it.texts.push(found.str().ok());
            it.ints.push(found.i32().ok());
            let long = found
                .i64()
                .ok()
                .cloned()
                .or_else(|| found.datetime().ok().map(|d| d.physical().clone()));
            it.longs.push(long);
        }
        Ok(it)
    }
}

impl Cells for Frame<'_> {
    fn text(&self, name: &str, row: usize) -> &str {
        let column = DOCUMENTS
            .position(name)
            .and_then(|p| self.texts.get(p).copied().flatten());
        column.and_then(|c| c.get(row)).unwrap_or("")
    }

    fn number(&self, name: &str, row: usize) -> Option<i64> {
        let at = DOCUMENTS.position(name)?;
        match self.ints.get(at).copied().flatten() {
            Some(ints) => ints.get(row).map(i64::from),
            None => self.longs.get(at)?.as_ref()?.get(row),
        }
    }
}

/// A row of `rejects`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct RejectRow {
    pub document_id: String,
    pub path: String,
    pub file_name: String,
    pub part: String,
    pub reason: Reason,
    pub detail: String,
    pub at: i64,
}

impl RejectRow {
    /// Its texts in the order of the table, and its time: as the journal keeps it.
    pub fn cells(&self) -> ([String; 6], i64) {
        let texts = [
            &self.document_id,
            &self.path,
            &self.file_name,
            &self.part,
            &self.reason.name().to_owned(),
            &self.detail,
        ];
        (texts.map(String::clone), self.at)
    }
}

/// Where a document's bytes were found, before they are understood.
#[derive(Clone, Debug)]
pub struct Origin {
    /// SHA-256, hexadecimal.
    pub document_id: String,
    /// Absolute path, as text.
    pub path: String,
    /// Name of the file.
    pub file_name: String,
    /// Bytes.
    pub size: u64,
    /// Time of last change.
    pub modified_at: Option<i64>,
}

/// Bytes that a figure takes in memory, about.
const FIGURE: usize = 400;

/// A document ready to be stored.
#[derive(Debug)]
pub struct Stored {
    /// Its row.
    pub row: DocumentRow,
    /// What was found; without its blocks. `None` where it was rejected.
    pub analysis: Option<Analysis>,
    /// Ids of the observations, in their order.
    pub observation_ids: Vec<String>,
    /// Its text, as rows.
    pub blocks: Vec<BlockRow>,
    /// What was not read.
    pub rejects: Vec<RejectRow>,
    /// What it is a submission of, as [`submission::key`] tells it.
    pub submission: Option<u64>,
    /// The warehouse has no rows of this document yet.
    pub is_new: bool,
    /// Its text is in the warehouse already, and stays.
    pub keeps_text: bool,
}

impl Stored {
    /// A document that was read. Values that do not fit `decimal(38,6)` are taken out of the observations here, with a
    /// remark; they stay as figures without a value.
    pub fn read(origin: Origin, mut analysis: Analysis, catalogue_version: &str, now: i64) -> Self {
        let count = analysis.blocks.len();
        let tables = analysis
            .blocks
            .iter()
            .filter(|b| b.table().is_some())
            .count();
        let text = blocks::rows(&mut analysis);
        let mut warnings = std::mem::take(&mut analysis.warnings);
        drop_misfits(&mut analysis, &mut warnings);
        for w in &mut warnings {
            // One remark a line.
            if w.contains(['\n', '\r']) {
                *w = w.replace(['\n', '\r'], " ");
            }
        }
        let rejects = analysis
            .problems
            .iter()
            .map(|p| reject(&origin, p, now))
            .collect::<Vec<_>>();
        let context = &analysis.context;
        let int = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let row = DocumentRow {
            title: context.title.clone(),
            agency: context.agency.clone(),
            ref_area: context.place.ref_area.clone(),
            year: context.year,
            period: context.period.as_ref().map(period::iso).unwrap_or_default(),
            format: analysis.format.name().to_owned(),
            blocks: int(count),
            tables: int(tables),
            quantities: int(analysis.quantities.len()),
            observations: int(analysis.observations.len()),
            status: if rejects.is_empty() {
                Status::Ok
            } else {
                Status::Partial
            },
            warnings,
            ..blank(origin, catalogue_version, now)
        };
        let ids = observation_ids(&row.document_id, &analysis.observations);
        Stored {
            submission: submission::key(&row),
            row,
            observation_ids: ids,
            analysis: Some(analysis),
            blocks: text,
            rejects,
            is_new: true,
            keeps_text: false,
        }
    }

    /// Bytes of memory that it holds, about.
    pub fn bytes(&self) -> usize {
        let figures = self.analysis.as_ref().map_or(0, |a| {
            a.quantities.len() + 2 * (a.observations.len() + a.targets.len() + a.checks.len())
        });
        figures * FIGURE + self.blocks.iter().map(BlockRow::bytes).sum::<usize>()
    }

    /// A document that was not read.
    pub fn rejected(origin: Origin, problem: &Problem, catalogue_version: &str, now: i64) -> Self {
        let rejects = vec![reject(&origin, problem, now)];
        let row = DocumentRow {
            status: Status::Rejected,
            ..blank(origin, catalogue_version, now)
        };
        Stored {
            row,
            analysis: None,
            observation_ids: Vec::new(),
            blocks: Vec::new(),
            rejects,
            submission: None,
            is_new: true,
            keeps_text: false,
        }
    }
}

fn reject(origin: &Origin, problem: &Problem, now: i64) -> RejectRow {
    RejectRow {
        document_id: origin.document_id.clone(),
        path: origin.path.clone(),
        file_name: origin.file_name.clone(),
        part: problem.part.clone(),
        reason: problem.reason,
        detail: problem.detail.clone(),
        at: now,
    }
}

fn blank(origin: Origin, catalogue_version: &str, now: i64) -> DocumentRow {
    DocumentRow {
        document_id: origin.document_id,
        path: origin.path,
        file_name: origin.file_name,
        format: String::new(),
        title: String::new(),
        agency: String::new(),
        ref_area: String::new(),
        year: 0,
        period: String::new(),
        size_bytes: i64::try_from(origin.size).unwrap_or(i64::MAX),
        modified_at: origin.modified_at,
        ingested_at: now,
        blocks: 0,
        tables: 0,
        quantities: 0,
        observations: 0,
        status: Status::Ok,
        warnings: Vec::new(),
        catalogue_version: catalogue_version.to_owned(),
        supersedes: String::new(),
    }
}

/// Takes out observations whose value would have to be rounded, and says so once a figure.
fn drop_misfits(analysis: &mut Analysis, warnings: &mut Vec<String>) {
    let fits =
        |value, max: Option<_>| scaled(value).is_some() && max.is_none_or(|m| scaled(m).is_some());
    let kept: Vec<bool> = analysis
        .observations
        .iter()
        .map(|o| fits(o.obs_value, o.obs_value_max))
        .collect();
    if kept.contains(&false) {
        // Checks name observations by position.
        let mut position = 0;
        let places: Vec<Option<usize>> = kept
            .iter()
            .map(|k| {
                let at = position;
                position += usize::from(*k);
                k.then_some(at)
            })
            .collect();
        for c in &mut analysis.checks {
            let moved = c.observations.iter();
            c.observations = moved
                .filter_map(|i| places.get(*i).copied().flatten())
                .collect();
        }
        let mut flags = kept.into_iter();
        analysis
            .observations
            .retain(|_| flags.next().unwrap_or(true));
    }
    for q in analysis
        .quantities
        .iter()
        .filter(|q| !fits(q.value, q.value_max))
    {
        warnings.push(format!(
            "{} 的“{}”小数位数超过6位或数值过大，未存入数值",
            q.location, q.value_text
        ));
    }
    for t in &analysis.targets {
        let values = [
            (&t.target_text, t.target_value),
            (&t.actual_text, t.actual_value),
        ];
        for (written, _) in values
            .iter()
            .filter(|(_, v)| v.is_some_and(|v| scaled(v).is_none()))
        {
            warnings.push(format!(
                "{} 的“{written}”小数位数超过6位或数值过大，未存入数值",
                t.location
            ));
        }
    }
}
