//! A new catalogue, applied to all that was loaded, without the files.
//!
//! The documents in force are put together from `blocks` and analysed again; area, agency and period stay as they were
//! resolved. Figures, observations and targets are replaced, batch after batch; all become visible at the end. A document that
//! cannot be analysed any more (it takes too long, or its rows are damaged) stays as it is, and is reported.

use super::blocks::{Collected, collect};
use super::document::{DocumentRow, Origin, Status, Stored};
use super::error::{Error, in_table};
use super::index::{Id, parse_id};
use super::load::{Observer, panics};
use super::lock;
use super::pieces::{Pieces, frames};
use super::read;
use super::schema::{BLOCKS, QUANTITIES};
use super::write::{ALSO_AT, Batch, LoadRow, Writer};
use crate::analysis::{Analysis, DocumentContext, Figure};
use crate::read::{Document, Problem};
use polars::prelude::{DataFrame, PolarsResult};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// Most examples kept of what happened to one indicator.
const EXAMPLES: usize = 3;
/// Documents whose rows and figures are looked up together: for each lot the tables are read through.
const LOT: usize = 2048;
/// Documents that are analysed and committed together.
const BATCH: usize = 64;

/// How to bind anew.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Threads; 0 for as many as there are cores.
    pub jobs: usize,
    /// Also documents that were read with this very catalogue.
    pub again: bool,
    /// Change nothing.
    pub dry_run: bool,
    /// Arguments of the command, for `loads.options`.
    pub arguments: String,
}

/// A figure whose indicator has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Path of the document.
    pub path: String,
    /// Where in it.
    pub location: String,
    /// As written.
    pub value_text: String,
    /// What is measured.
    pub measured: String,
    /// The indicator before; empty where none.
    pub before: String,
    /// The indicator now; empty where none.
    pub after: String,
}

/// What happened to the figures of one indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Figures that no indicator had covered.
    pub bound: u64,
    /// Figures that no indicator covers any more.
    pub unbound: u64,
    /// Figures that came from another indicator.
    pub rebound_from_others: u64,
    /// Figures that went to another indicator.
    pub rebound_to_others: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// What a run did, or would do.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Documents in force that were analysed again.
    pub documents: u64,
    /// Documents that had been read with this catalogue already.
    pub unchanged: u64,
    /// Documents of which the warehouse has no text (they were loaded by an older version): ingest them again.
    pub without_text: u64,
    /// Documents that could not be analysed, with the reason; only the first.
    pub failed: Vec<(String, String)>,
    /// How many could not.
    pub failures: u64,
    /// Figures looked at.
    pub figures: u64,
    /// Figures newly bound.
    pub bound: u64,
    /// Figures bound no longer.
    pub unbound: u64,
    /// Figures bound to another indicator.
    pub rebound: u64,
    /// Observations now.
    pub observations: u64,
    /// By indicator, those with changes only.
    pub indicators: BTreeMap<String, Change>,
    /// Time taken.
    pub elapsed: Duration,
}

/// Analyses the documents in force again. `analyse` is given each with the context that it was read with.
pub fn rebind<A>(
    writer: &mut Writer,
    options: &Options,
    analyse: A,
    observer: &dyn Observer,
) -> Result<Report, Error>
where
    A: Fn(Document, DocumentContext) -> Result<Analysis, Problem> + Sync,
{
    let began = Instant::now();
    let pool = super::load::pool(options.jobs, writer.root())?;
    if writer.has_waiting() {
        // What an interrupted run has read is bound anew too.
        pool.install(|| writer.publish())?;
    }
    let now = writer.run_start();
    let version = writer.indicators().version.clone();
    let mut wanted: HashSet<String> = HashSet::new();
    let mut report = Report::default();
    for (id, known) in writer.index().iter() {
        if known.superseded_by.is_some() || known.status == Status::Rejected {
            continue;
        }
        if *known.catalogue == *version && !options.again {
            report.unchanged += 1;
        } else {
            wanted.insert(super::index::id_text(&id));
        }
    }
    let mut run = Run {
        now,
        version,
        options,
        report,
        warnings: 0,
    };
    for file in read::files(writer.root(), &BLOCKS)? {
        let mut open = None;
        let mut waiting: Vec<Collected> = Vec::new();
        for chunk in frames(&BLOCKS, &file) {
            let (done, last) =
                collect(&chunk?, open, |id| wanted.contains(id)).map_err(in_table(&file))?;
            open = last;
            waiting.extend(done);
            while waiting.len() >= LOT {
                let rest = waiting.split_off(LOT);
                let lot = std::mem::replace(&mut waiting, rest);
                run.lot(writer, &file, lot, &pool, &analyse, observer)?;
            }
        }
        waiting.extend(open);
        if !waiting.is_empty() {
            run.lot(writer, &file, waiting, &pool, &analyse, observer)?;
        }
    }
    let met = run.report.documents + run.report.failures;
    run.report.without_text = (wanted.len() as u64).saturating_sub(met);
    if !options.dry_run {
        let mut load = run.load_row();
        load.finished_at = super::load::microseconds(SystemTime::now()).map(|t| t.max(now));
        pool.install(|| writer.finish(&load))?;
    }
    run.report.elapsed = began.elapsed();
    Ok(run.report)
}

struct Run<'a> {
    now: i64,
    version: String,
    options: &'a Options,
    report: Report,
    warnings: u64,
}

/// What says where a figure stands, and its indicator.
const SPOTS: [&str; 5] = [
    "document_id",
    "location",
    "indicator",
    "char_start",
    "char_end",
];

/// Where a figure stands.
type Spot = (String, i32, i32);

impl Run<'_> {
    fn lot<A>(
        &mut self,
        writer: &mut Writer,
        file: &Path,
        lot: Vec<Collected>,
        pool: &rayon::ThreadPool,
        analyse: &A,
        observer: &dyn Observer,
    ) -> Result<(), Error>
    where
        A: Fn(Document, DocumentContext) -> Result<Analysis, Problem> + Sync,
    {
        let ids: HashSet<String> = lot.iter().map(|c| c.document_id.clone()).collect();
        let mut rows = writer.rows_of(&ids)?;
        let mut before = pool.install(|| bindings(writer.root(), file, &ids))?;
        let mut planned = lot
            .into_iter()
            .filter_map(|c| rows.remove(&c.document_id).map(|row| (c, row)))
            .peekable();
        while planned.peek().is_some() {
            let few = planned.by_ref().take(BATCH).collect();
            self.batch(writer, few, &mut before, pool, analyse, observer)?;
        }
        Ok(())
    }

    fn batch<A>(
        &mut self,
        writer: &mut Writer,
        planned: Vec<(Collected, DocumentRow)>,
        before: &mut HashMap<String, HashMap<Spot, String>>,
        pool: &rayon::ThreadPool,
        analyse: &A,
        observer: &dyn Observer,
    ) -> Result<(), Error>
    where
        A: Fn(Document, DocumentContext) -> Result<Analysis, Problem> + Sync,
    {
        let analysed: Vec<(DocumentRow, Result<Analysis, Problem>)> = pool.install(|| {
            planned
                .into_par_iter()
                .map(|(collected, row)| {
                    let result = one(collected, analyse);
                    observer.file(u64::try_from(row.size_bytes).unwrap_or(0), result.is_err());
                    (row, result)
                })
                .collect()
        });
        let mut out = Batch::default();
        for (row, result) in analysed {
            match result {
                Ok(analysis) => {
                    let old = before.remove(&row.document_id).unwrap_or_default();
                    self.compare(&row.path, old, &analysis.quantities);
                    self.report.documents += 1;
                    self.report.figures += analysis.quantities.len() as u64;
                    self.report.observations += analysis.observations.len() as u64;
                    out.documents.push(self.stored(row, analysis));
                }
                Err(problem) => {
                    self.report.failures += 1;
                    if self.report.failed.len() < EXAMPLES {
                        self.report.failed.push((row.path, problem.detail));
                    }
                }
            }
        }
        if self.options.dry_run || out.documents.is_empty() {
            return Ok(());
        }
        for d in &out.documents {
            self.warnings += d.row.warnings.len() as u64;
            if let Some(id) = id(&d.row) {
                writer.index_mut().put(id, &d.row);
            }
        }
        out.load = self.load_row();
        pool.install(|| writer.apply(out))?;
        observer.committed();
        Ok(())
    }

    /// The document as it is to be stored: what is known of the file stays.
    fn stored(&self, row: DocumentRow, analysis: Analysis) -> Stored {
        let origin = Origin {
            document_id: row.document_id.clone(),
            path: row.path.clone(),
            file_name: row.file_name.clone(),
            size: u64::try_from(row.size_bytes).unwrap_or(0),
            modified_at: row.modified_at,
        };
        let mut stored = Stored::read(origin, analysis, &self.version, row.ingested_at);
        let also = row.warnings.into_iter().filter(|w| w.starts_with(ALSO_AT));
        stored.row.warnings.extend(also);
        stored.row.supersedes = row.supersedes;
        stored.is_new = false;
        stored.keeps_text = true;
        stored.blocks = Vec::new();
        stored
    }

    fn compare(&mut self, path: &str, mut before: HashMap<Spot, String>, figures: &[Figure]) {
        for f in figures {
            let spot = (f.location.clone(), int(f.chars.start), int(f.chars.end));
            let was = before.remove(&spot).unwrap_or_default();
            self.changed(
                path,
                &f.location,
                &f.value_text,
                &f.measured,
                was,
                &f.indicator,
            );
        }
        // Figures that are seen as none now.
        let mut rest: Vec<_> = before.into_iter().filter(|(_, i)| !i.is_empty()).collect();
        rest.sort();
        for ((location, _, _), was) in rest {
            self.changed(path, &location, "", "", was, "");
        }
    }

    fn changed(
        &mut self,
        path: &str,
        location: &str,
        value_text: &str,
        measured: &str,
        before: String,
        after: &str,
    ) {
        if before == after {
            return;
        }
        let report = &mut self.report;
        let mut note = |indicator: &str, count: &dyn Fn(&mut Change)| {
            let change = report.indicators.entry(indicator.to_owned()).or_default();
            count(change);
            if change.examples.len() < EXAMPLES {
                change.examples.push(Example {
                    path: path.to_owned(),
                    location: location.to_owned(),
                    value_text: value_text.to_owned(),
                    measured: measured.to_owned(),
                    before: before.clone(),
                    after: after.to_owned(),
                });
            }
        };
        match (before.is_empty(), after.is_empty()) {
            (true, _) => {
                note(after, &|c| c.bound += 1);
                report.bound += 1;
            }
            (false, true) => {
                note(&before, &|c| c.unbound += 1);
                report.unbound += 1;
            }
            (false, false) => {
                note(&before, &|c| c.rebound_to_others += 1);
                note(after, &|c| c.rebound_from_others += 1);
                report.rebound += 1;
            }
        }
    }

    fn load_row(&self) -> LoadRow {
        LoadRow {
            started_at: self.now,
            user_name: lock::user(),
            host: lock::host(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            catalogue_version: self.version.clone(),
            options: self.options.arguments.clone(),
            documents: self.report.documents,
            unchanged: self.report.unchanged,
            quantities: self.report.figures,
            observations: self.report.observations,
            warnings: self.warnings,
            ..LoadRow::default()
        }
    }
}

fn id(row: &DocumentRow) -> Option<Id> {
    parse_id(&row.document_id)
}

fn int(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Puts one document together and analyses it.
fn one<A>(collected: Collected, analyse: &A) -> Result<Analysis, Problem>
where
    A: Fn(Document, DocumentContext) -> Result<Analysis, Problem>,
{
    let (document, context) = collected.finish().map_err(|detail| Problem {
        part: String::new(),
        reason: crate::read::Reason::Corrupt,
        detail: format!("blocks 表中的行有误：{detail}。请用 ingest --again 重读这份文件。"),
    })?;
    match catch_unwind(AssertUnwindSafe(|| analyse(document, context))) {
        Ok(result) => result.map(|mut analysis| {
            // What the reader said is said again by the analysis only where it adds to it.
            let mut seen = HashSet::new();
            analysis.warnings.retain(|w| seen.insert(w.clone()));
            analysis
        }),
        Err(payload) => Err(panics::problem(payload)),
    }
}

/// The indicators of the figures of some documents, whose text is in `blocks`: all their figures are in the
/// partitions of the same province.
fn bindings(
    root: &Path,
    blocks: &Path,
    ids: &HashSet<String>,
) -> Result<HashMap<String, HashMap<Spot, String>>, Error> {
    let province = blocks.parent().and_then(Path::file_name);
    let files = read::files(root, &QUANTITIES)?;
    let files = files
        .par_iter()
        .filter(|file| file.parent().and_then(Path::file_name) == province);
    let found = files.map(|file| {
        let pieces = Pieces::open(&QUANTITIES, file)?;
        let mut found = HashMap::new();
        for group in 0..pieces.groups() {
            let frame = pieces.read(group, 0..pieces.rows(group), &SPOTS)?;
            note(&frame, ids, &mut found).map_err(in_table(file))?;
        }
        Ok(found)
    });
    let mut all: HashMap<String, HashMap<Spot, String>> = HashMap::new();
    for found in found.collect::<Result<Vec<_>, Error>>()? {
        for (id, spots) in found {
            all.entry(id).or_default().extend(spots);
        }
    }
    Ok(all)
}

fn note(
    frame: &DataFrame,
    wanted: &HashSet<String>,
    found: &mut HashMap<String, HashMap<Spot, String>>,
) -> PolarsResult<()> {
    let texts = |name: &str| frame.column(name)?.str();
    let (ids, locations, indicators) = (
        texts("document_id")?,
        texts("location")?,
        texts("indicator")?,
    );
    let starts = frame.column("char_start")?.i32()?;
    let ends = frame.column("char_end")?.i32()?;
    for (i, id) in ids.iter().enumerate() {
        let (Some(id), Some(indicator)) = (id.filter(|id| wanted.contains(*id)), indicators.get(i))
        else {
            continue;
        };
        let spot = (
            locations.get(i).unwrap_or("").to_owned(),
            starts.get(i).unwrap_or(0),
            ends.get(i).unwrap_or(0),
        );
        match found.get_mut(id) {
            Some(spots) => {
                spots.insert(spot, indicator.to_owned());
            }
            None => {
                found.insert(id.to_owned(), HashMap::from([(spot, indicator.to_owned())]));
            }
        }
    }
    Ok(())
}
