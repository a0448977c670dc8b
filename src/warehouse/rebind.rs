//! A new catalogue, applied to all that was loaded, without the files.
//!
//! The documents in force are looked through in `blocks`. One that cannot be read otherwise with the new catalogue than with the one it
//! was read with ([`crate::catalogue::Change`]) only gets the version of the new one; its rows are what they would be. The others are put together and
//! analysed again; area, agency and period stay as they were resolved. Figures, observations and targets are replaced, batch
//! after batch; all become visible at the end. A document that cannot be analysed any more (it takes too long, or its rows are
//! damaged) stays as it is, and is reported.

use super::blocks::{self, Collected, collect};
use super::document::{DocumentRow, Origin, Status, Stored};
use super::error::{Error, in_table};
use super::index::{Id, id_text, parse_id};
use super::load::{Observer, panics};
use super::lock;
use super::pieces::{Pieces, columns_of};
use super::read;
use super::schema::{BLOCKS, QUANTITIES};
use super::write::{ALSO_AT, Amendment, Batch, LoadRow, Writer};
use crate::analysis::{Analysis, DocumentContext, Figure};
use crate::read::{Document, Problem};
use polars::prelude::{DataFrame, PolarsResult};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Most examples kept of what happened to one indicator.
const EXAMPLES: usize = 3;
/// Documents whose rows and figures are looked up together: for each lot the tables are read through.
const LOT: usize = 2048;
/// Documents that are analysed and committed together.
const BATCH: usize = 64;
/// Documents that are looked through together.
const LOOK: usize = 256;

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
    /// Documents that the change of the catalogue cannot touch.
    pub untouched: u64,
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

/// Analyses the documents in force again, as far as their rows may change. `analyse` is given each with the context that it
/// was read with; `touches` says of a document that was read with a version of the catalogue whether the present one can
/// read it otherwise.
pub fn rebind<A, T>(
    writer: &mut Writer,
    options: &Options,
    analyse: A,
    touches: T,
    observer: &dyn Observer,
) -> Result<Report, Error>
where
    A: Fn(Document, DocumentContext) -> Result<Analysis, Problem> + Sync,
    T: Fn(&str, &Collected) -> bool + Sync,
{
    let began = Instant::now();
    let pool = super::load::pool(options.jobs, writer.root())?;
    if writer.has_waiting() {
        // What an interrupted run has read is bound anew too.
        pool.install(|| writer.publish())?;
    }
    let now = writer.run_start();
    let version = writer.indicators().version.clone();
    let mut wanted: HashMap<String, Arc<str>> = HashMap::new();
    let mut report = Report::default();
    for (id, known) in writer.index().iter() {
        if known.superseded_by.is_some() || known.status == Status::Rejected {
            continue;
        }
        if *known.catalogue == *version && !options.again {
            report.unchanged += 1;
        } else {
            wanted.insert(id_text(&id), known.catalogue);
        }
    }
    let mut run = Run {
        now,
        version,
        options,
        report,
        warnings: 0,
        touched: Vec::new(),
        untouched: Vec::new(),
        analysed: None,
    };
    let mut files = read::files(writer.root(), &BLOCKS)?;
    files.sort_by_key(|file| (province(file), file.clone()));
    let may_change = |c: &Collected| {
        let read_with = wanted.get(&c.document_id);
        options.again || read_with.is_none_or(|version| touches(version, c))
    };
    let mut last: Option<PathBuf> = None;
    for file in files {
        if wanted.is_empty() {
            break;
        }
        // What figures were bound to is looked up in the partitions of a province.
        if let Some(last) = last.filter(|last| province(last) != province(&file)) {
            run.lots(writer, &last, 1, &pool, &analyse, observer)?;
        }
        let mut open = None;
        let mut waiting: Vec<Collected> = Vec::new();
        for chunk in columns_of(&BLOCKS, &file, &blocks::COLUMNS) {
            let (done, rest) =
                collect(&chunk?, open, |id| wanted.contains_key(id)).map_err(in_table(&file))?;
            open = rest;
            waiting.extend(done);
            if waiting.len() >= LOOK {
                run.look(std::mem::take(&mut waiting), &pool, &may_change, observer);
                run.stamp(writer, LOT, &pool)?;
                run.lots(writer, &file, LOT, &pool, &analyse, observer)?;
            }
        }
        waiting.extend(open);
        run.look(waiting, &pool, &may_change, observer);
        run.lots(writer, &file, LOT, &pool, &analyse, observer)?;
        last = Some(file);
    }
    if let Some(last) = last {
        run.lots(writer, &last, 1, &pool, &analyse, observer)?;
    }
    if let Some(last) = run.analysed.take()
        && pool.install(|| writer.apply(last))?
    {
        observer.committed();
    }
    run.stamp(writer, 1, &pool)?;
    let met = run.report.documents + run.report.failures + run.report.untouched;
    run.report.without_text = (wanted.len() as u64).saturating_sub(met);
    if !options.dry_run {
        let mut load = run.load_row();
        load.finished_at = super::load::microseconds(SystemTime::now()).map(|t| t.max(now));
        pool.install(|| writer.finish(&load))?;
    }
    run.report.elapsed = began.elapsed();
    Ok(run.report)
}

/// The province of a file of `blocks`.
fn province(file: &Path) -> Option<std::ffi::OsString> {
    Some(file.parent()?.file_name()?.to_owned())
}

struct Run<'a> {
    now: i64,
    version: String,
    options: &'a Options,
    report: Report,
    warnings: u64,
    /// Documents to be analysed again, of one province.
    touched: Vec<Collected>,
    /// Documents that get the version of the catalogue, and nothing else.
    untouched: Vec<String>,
    /// The batch that was analysed last: it is handed over while the next one is analysed.
    analysed: Option<Batch>,
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
    /// Tells documents that are to be analysed again from those that are not.
    fn look(
        &mut self,
        few: Vec<Collected>,
        pool: &rayon::ThreadPool,
        may_change: &(impl Fn(&Collected) -> bool + Sync),
        observer: &dyn Observer,
    ) {
        let (touched, untouched): (Vec<Collected>, Vec<Collected>) =
            pool.install(|| few.into_par_iter().partition(may_change));
        self.touched.extend(touched);
        self.report.untouched += untouched.len() as u64;
        for c in untouched {
            observer.file(0, false);
            self.untouched.push(c.document_id);
        }
    }

    /// Gives untouched documents the version of the catalogue, where there are so many.
    fn stamp(
        &mut self,
        writer: &mut Writer,
        least: usize,
        pool: &rayon::ThreadPool,
    ) -> Result<(), Error> {
        if self.untouched.len() < least {
            return Ok(());
        }
        let few = std::mem::take(&mut self.untouched);
        if self.options.dry_run {
            return Ok(());
        }
        let mut out = Batch {
            load: self.load_row(),
            ..Batch::default()
        };
        for id in few.iter().filter_map(|id| parse_id(id)) {
            writer.index_mut().restamp(&id, &self.version);
            let amendment = Amendment {
                catalogue_version: Some(self.version.clone()),
                ..Amendment::default()
            };
            out.amended.insert(id, amendment);
        }
        pool.install(|| writer.apply(out)).map(|_| ())
    }

    /// Analyses the documents that wait for it, where there are so many.
    fn lots<A>(
        &mut self,
        writer: &mut Writer,
        file: &Path,
        least: usize,
        pool: &rayon::ThreadPool,
        analyse: &A,
        observer: &dyn Observer,
    ) -> Result<(), Error>
    where
        A: Fn(Document, DocumentContext) -> Result<Analysis, Problem> + Sync,
    {
        while self.touched.len() >= least {
            let rest = self.touched.split_off(self.touched.len().min(LOT));
            let lot = std::mem::replace(&mut self.touched, rest);
            self.lot(writer, file, lot, pool, analyse, observer)?;
        }
        Ok(())
    }

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
        let before_this = self.analysed.take();
        let hand_over = || before_this.map_or(Ok(false), |batch| writer.apply(batch));
        let analyse_all = || -> Vec<(DocumentRow, Result<Analysis, Problem>)> {
            planned
                .into_par_iter()
                .map(|(collected, row)| {
                    let result = one(collected, analyse);
                    observer.file(u64::try_from(row.size_bytes).unwrap_or(0), result.is_err());
                    (row, result)
                })
                .collect()
        };
        let (committed, analysed) = pool.install(|| rayon::join(hand_over, analyse_all));
        if committed? {
            observer.committed();
        }
        let mut out = Batch::default();
        for (row, result) in analysed {
            match result {
                Ok(analysis) => {
                    let old = before.remove(&row.document_id).unwrap_or_default();
                    self.compare(&row.path, old, &analysis.quantities);
                    self.report.documents += 1;
                    self.report.figures += analysis.quantities.len() as u64;
                    self.report.observations += analysis.observations.len() as u64;
                    if !self.options.dry_run {
                        out.known.insert(row.document_id.clone(), row.clone());
                        out.documents.push(self.stored(row, analysis));
                    }
                }
                Err(problem) => {
                    self.report.failures += 1;
                    if self.report.failed.len() < EXAMPLES {
                        self.report.failed.push((row.path, problem.detail));
                    }
                }
            }
        }
        if out.documents.is_empty() {
            return Ok(());
        }
        for d in &out.documents {
            self.warnings += d.row.warnings.len() as u64;
            if let Some(id) = id(&d.row) {
                writer.index_mut().put(id, &d.row, d.submission);
            }
        }
        out.load = self.load_row();
        out.in_force = Some(writer.in_force(&out.documents));
        self.analysed = Some(out);
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
            let spot = (f.location.to_string(), int(f.chars.start), int(f.chars.end));
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
            unchanged: self.report.unchanged + self.report.untouched,
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
