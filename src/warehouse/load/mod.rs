//! Files, in parallel, batch after batch, through an analysis into the warehouse.
//!
//! For each file, in the order of paths:
//!
//! 1. size and time of last change are what the warehouse has for the path: nothing to do, the file is not opened;
//! 2. else its bytes are read and hashed. A document that is there already and current is not read again; bytes under a
//!    second path are one document, with a remark that names the path;
//! 3. else it is analysed. Where the path had another document, that one is superseded.
//!
//! A document that corrects a submission made under another path supersedes that one too ([`super::submission`]).
//!
//! Steps 2 and 3 run in parallel over a batch that is bounded in bytes and files; the decisions between them are
//! taken one after the other in the order of paths, so that threads never change the result. Each batch is one entry of the
//! journal, made while the next batch is analysed, on the disk at once or with those after it ([`Options::patience`]); at
//! the end, or where the observer asks to stop, the journal becomes part of the tables.
//! A fault in the analysis of one file (also a panic) is a reject of that file.

pub(super) mod panics;
mod types;

pub use panics::quiet_panics;
pub use types::{Observer, Options, Rejected, Source, Summary};

use super::document::{Origin, RejectRow, Status, Stored};
use super::error::Error;
use super::index::{Id, Known, id_text};
use super::lock;
use super::write::{ALSO_AT, Batch, LoadRow, Writer};
use crate::analysis::Analysis;
use crate::read::{Problem, Reason};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Most kinds of rejects kept for the summary; the table has all.
const REJECTS_KEPT: usize = 20;
/// Beginning of the remark that names the submission that a document corrects.
pub const CORRECTS: &str = "取代了同一单位同一时期较早报送的文件：";
/// A file changed this short a time before it was read may have changed again within the clock's tick.
const RACY: i64 = 2_000_000;

/// Bytes of memory that what was read of a batch should not exceed by much.
const BATCH_HELD: u64 = 64 << 20;
/// How many times its bytes a file is taken to hold once it is read, before any has been.
const EXPECTED: u64 = 16;

/// Nested content is walked recursively here and there; a worker's stack is generous.
const STACK: usize = 16 << 20;

/// Microseconds since 1970.
pub fn microseconds(time: SystemTime) -> Option<i64> {
    match time.duration_since(UNIX_EPOCH) {
        Ok(d) => i64::try_from(d.as_micros()).ok(),
        Err(e) => i64::try_from(e.duration().as_micros()).ok().map(|n| -n),
    }
}

/// Worker threads; `jobs` is 0 for as many as there are cores.
pub(super) fn pool(jobs: usize, root: &Path) -> Result<rayon::ThreadPool, Error> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .stack_size(STACK)
        .thread_name(|i| format!("{}-{i}", panics::WORKER))
        .build()
        .map_err(|e| Error::Io {
            path: root.to_owned(),
            source: std::io::Error::other(e),
        })
}

/// Loads files, in the order in which they are given: that of their paths, each path once. They are asked for as they are
/// needed, so that a walk over folders goes on while files are read.
pub fn load<S, A>(
    writer: &mut Writer,
    inputs: impl IntoIterator<Item = S>,
    options: &Options,
    analyse: A,
    observer: &dyn Observer,
) -> Result<Summary, Error>
where
    S: Source,
    A: Fn(&[u8], &S) -> Result<Analysis, Problem> + Sync,
{
    let began = Instant::now();
    let pool = pool(options.jobs, writer.root())?;
    let now = writer.run_start();
    writer.set_patience(options.patience);
    let mut run = Run {
        now,
        options,
        summary: Summary::default(),
        indicators: Default::default(),
        elsewhere: HashSet::new(),
        grows: EXPECTED,
        analysed: None,
    };
    let mut pending = Vec::new();
    let mut bytes = 0;
    for input in inputs {
        if observer.stops() {
            run.summary.stopped = true;
            break;
        }
        run.summary.files += 1;
        if run.is_unchanged(writer, &input) {
            observer.file(input.size(), false);
            continue;
        }
        if !pending.is_empty()
            && (pending.len() >= options.batch_files || bytes + input.size() > run.batch_bytes())
        {
            run.batch(
                writer,
                std::mem::take(&mut pending),
                &pool,
                &analyse,
                observer,
            )?;
            bytes = 0;
        }
        bytes += input.size();
        pending.push(input);
    }
    if run.summary.stopped {
        // What is waiting has not been read; the next run reads it.
        run.summary.files -= pending.len() as u64;
    } else if !pending.is_empty() {
        run.batch(writer, pending, &pool, &analyse, observer)?;
    }
    if let Some(last) = run.analysed.take()
        && pool.install(|| writer.apply(last))?
    {
        observer.committed();
    }
    if writer.has_waiting() {
        observer.merging();
    }
    let mut load = run.load_row(writer);
    load.finished_at = microseconds(SystemTime::now()).map(|t| t.max(now));
    pool.install(|| writer.finish(&load))?;
    run.summary.elapsed = began.elapsed();
    Ok(run.summary)
}

/// A file of a batch whose bytes were read.
struct Opened<S> {
    input: S,
    content: Result<(Id, Vec<u8>), Problem>,
}

/// A document to be analysed.
struct Planned<S> {
    id: Id,
    origin: Origin,
    bytes: Vec<u8>,
    input: S,
    supersedes: Option<Id>,
    is_new: bool,
}

struct Run<'a> {
    now: i64,
    options: &'a Options,
    summary: Summary,
    indicators: FxHashSet<String>,
    /// Documents with further paths, seen in this run.
    elsewhere: HashSet<Id>,
    /// How many times the bytes of its files a batch held, of late.
    grows: u64,
    /// The batch that was analysed last: it is handed over while the next one is analysed, or one thread would do the one
    /// and all wait for it.
    analysed: Option<Batch>,
}

impl Run<'_> {
    /// Most bytes of the next batch. A small spreadsheet may hold a hundred times its bytes; how much is not known before it is
    /// read, but those beside it are mostly of its kind.
    fn batch_bytes(&self) -> u64 {
        (BATCH_HELD / self.grows.max(1)).min(self.options.batch_bytes)
    }

    /// Whether what is stored is what would be stored now.
    fn is_fresh(&self, writer: &Writer, known: &Known) -> bool {
        !self.options.again
            && known.status != Status::Rejected
            && *known.catalogue == *writer.indicators().version
            && self
                .options
                .area
                .as_deref()
                .is_none_or(|a| a == &*known.ref_area)
            && self.options.year.is_none_or(|y| y == known.year)
    }

    /// Step 1: by size and time alone.
    fn is_unchanged<S: Source>(&mut self, writer: &Writer, input: &S) -> bool {
        let Some((id, known)) = writer.index().latest_at(input.path()) else {
            return false;
        };
        let modified = input.modified().and_then(microseconds);
        let proves = |m| is_over(m, known.ingested_at) || writer.verified.is_same(&id, m);
        let same = known.size == i64::try_from(input.size()).unwrap_or(i64::MAX)
            && modified.is_some_and(|m| known.modified_at == Some(m) && proves(m));
        let unchanged = same && self.is_fresh(writer, &known);
        if unchanged {
            self.summary.unchanged += 1;
            self.summary.unchanged_partial += u64::from(known.status == Status::Partial);
        }
        unchanged
    }

    fn batch<S, A>(
        &mut self,
        writer: &mut Writer,
        inputs: Vec<S>,
        pool: &rayon::ThreadPool,
        analyse: &A,
        observer: &dyn Observer,
    ) -> Result<(), Error>
    where
        S: Source,
        A: Fn(&[u8], &S) -> Result<Analysis, Problem> + Sync,
    {
        let opened: Vec<Opened<S>> = pool.install(|| inputs.into_par_iter().map(open).collect());
        let mut batch = Batch::default();
        let mut planned: Vec<Planned<S>> = Vec::new();
        let mut by_id: HashMap<Id, usize> = HashMap::new();
        for Opened { input, content } in opened {
            let origin = Origin {
                document_id: String::new(),
                path: input.path().to_owned(),
                file_name: input.name().to_owned(),
                size: input.size(),
                modified_at: input.modified().and_then(microseconds),
            };
            let (id, bytes) = match content {
                Ok(found) => found,
                Err(problem) => {
                    observer.file(input.size(), true);
                    self.reject(input.path(), &problem);
                    batch.unreadable.push(RejectRow {
                        document_id: String::new(),
                        path: input.path().to_owned(),
                        file_name: input.name().to_owned(),
                        part: problem.part,
                        reason: problem.reason,
                        detail: problem.detail,
                        at: self.now,
                    });
                    continue;
                }
            };
            self.summary.bytes += bytes.len() as u64;
            batch.read_paths.insert(input.path().to_owned());
            let origin = Origin {
                document_id: id_text(&id),
                size: bytes.len() as u64,
                ..origin
            };
            let size = input.size();
            let plan = self.decide(writer, &mut batch, &by_id, id, origin, bytes, input);
            match plan {
                Some(plan) => {
                    // The index is told at once, so that the next file of the batch sees it.
                    by_id.insert(id, planned.len());
                    planned.push(plan);
                }
                None => observer.file(size, false),
            }
        }
        let (now, version) = (self.now, writer.indicators().version.clone());
        let before = self.analysed.take();
        let hand_over = || before.map_or(Ok(false), |batch| writer.apply(batch));
        let analyse_all = || -> Vec<(Id, Stored)> {
            planned
                .into_par_iter()
                .map(|plan| {
                    let size = plan.origin.size;
                    let id = plan.id;
                    let stored = analyse_one(plan, analyse, &version, now);
                    observer.file(size, stored.analysis.is_none());
                    (id, stored)
                })
                .collect()
        };
        let (committed, mut documents) = pool.install(|| rayon::join(hand_over, analyse_all));
        if committed? {
            observer.committed();
        }
        let mut corrections = Vec::new();
        for (at, (id, stored)) in documents.iter_mut().enumerate() {
            if let Some(older) = self.correct(writer, &mut batch, *id, stored) {
                corrections.push((at, older));
            }
            writer.index_mut().put(*id, &stored.row, stored.submission);
        }
        self.name_corrections(writer, &mut documents, &corrections)?;
        let (mut read, mut held) = (0, 0);
        for (_, stored) in &documents {
            self.count(stored);
            read += u64::try_from(stored.row.size_bytes).unwrap_or(0);
            held += stored.bytes() as u64;
        }
        // A batch of another kind is not forgotten at once.
        self.grows = (held / (read + 1)).max(self.grows * 3 / 4);
        batch.documents = documents.into_iter().map(|(_, stored)| stored).collect();
        self.summary.indicators = self.indicators.len() as u64;
        if batch.documents.is_empty()
            && batch.amended.is_empty()
            && batch.current.is_empty()
            && batch.unreadable.is_empty()
        {
            return Ok(());
        }
        batch.load = self.load_row(writer);
        // Before the next batch decides on its own.
        batch.in_force = Some(writer.in_force(&batch.documents));
        self.analysed = Some(batch);
        Ok(())
    }

    /// Step 2: by identity. Returns what has to be analysed.
    #[allow(clippy::too_many_arguments)] // one call, and the batch's state is borrowed apart from the run's
    fn decide<S: Source>(
        &mut self,
        writer: &mut Writer,
        batch: &mut Batch,
        planned: &HashMap<Id, usize>,
        id: Id,
        origin: Origin,
        bytes: Vec<u8>,
        input: S,
    ) -> Option<Planned<S>> {
        let path = origin.path.clone();
        if planned.contains_key(&id) {
            self.also_at(batch, id, path);
            return None;
        }
        let known = writer.index().get(&id);
        if let Some(known) = &known {
            let fresh = self.is_fresh(writer, known);
            let here = known.is_at(&path);
            match known.superseded_by {
                None if fresh && here => {
                    // Only the time has changed, or it could not be trusted.
                    self.verify(writer, id, &origin);
                    if known.modified_at != origin.modified_at {
                        batch.amended.entry(id).or_default().modified_at = origin.modified_at;
                    }
                    self.summary.unchanged += 1;
                    self.summary.unchanged_partial += u64::from(known.status == Status::Partial);
                    return None;
                }
                None if fresh => {
                    self.also_at(batch, id, path);
                    return None;
                }
                None => {}
                Some(newer) if is_corrected(writer, &id, &newer) => {
                    // A corrected submission stays in force, wherever the earlier one lies.
                    if fresh && here {
                        self.verify(writer, id, &origin);
                        if known.modified_at != origin.modified_at {
                            batch.amended.entry(id).or_default().modified_at = origin.modified_at;
                        }
                        self.summary.unchanged += 1;
                        return None;
                    }
                    if fresh {
                        self.also_at(batch, id, path);
                        return None;
                    }
                    return Some(Planned {
                        id,
                        origin,
                        bytes,
                        input,
                        supersedes: known.supersedes,
                        is_new: false,
                    });
                }
                Some(newer) => {
                    // Back to an earlier version, or the earlier version turns up elsewhere: it is current again.
                    let replaced = self.replace_current(writer, batch, id, &path);
                    self.unlink(writer, batch, id, newer);
                    if fresh && here && known.status == Status::Ok {
                        let amendment = batch.amended.entry(id).or_default();
                        amendment.supersedes =
                            Some(replaced.map(|r| id_text(&r)).unwrap_or_default());
                        amendment.modified_at = origin.modified_at;
                        batch.current.insert(id, true);
                        self.summary.unchanged += 1;
                        return None;
                    }
                    return Some(Planned {
                        id,
                        origin,
                        bytes,
                        input,
                        supersedes: replaced,
                        is_new: false,
                    });
                }
            }
        }
        let replaced = self.replace_current(writer, batch, id, &path);
        let supersedes = replaced.or(known.as_ref().and_then(|k| k.supersedes));
        Some(Planned {
            id,
            origin,
            bytes,
            input,
            supersedes,
            is_new: known.is_none(),
        })
    }

    /// Bytes under a second path.
    fn also_at(&mut self, batch: &mut Batch, id: Id, path: String) {
        batch
            .amended
            .entry(id)
            .or_default()
            .remarks
            .push(format!("{ALSO_AT}{path}"));
        self.elsewhere.insert(id);
        self.summary.duplicates += 1;
    }

    /// The file has the document's bytes: its time of last change proves that from now on, if it is over.
    fn verify(&self, writer: &mut Writer, id: Id, origin: &Origin) {
        if let Some(m) = origin.modified_at.filter(|m| is_over(*m, self.now)) {
            writer.verified.note(id, m);
        }
    }

    /// The current document of a path gives way to `id`. Returns it.
    fn replace_current(
        &mut self,
        writer: &mut Writer,
        batch: &mut Batch,
        id: Id,
        path: &str,
    ) -> Option<Id> {
        let (older, known) = writer.index().latest_at(path)?;
        if older == id || known.superseded_by.is_some() || self.elsewhere.contains(&older) {
            // A document that still lies under another path is not replaced.
            return None;
        }
        writer.index_mut().supersede(&older, Some(id));
        batch.current.insert(older, false);
        self.summary.superseded += 1;
        Some(older)
    }

    /// A document that corrects a submission made under another path supersedes it: [`super::submission`]. Returns the
    /// document superseded.
    fn correct(
        &mut self,
        writer: &mut Writer,
        batch: &mut Batch,
        id: Id,
        stored: &mut Stored,
    ) -> Option<Id> {
        let row = &mut stored.row;
        if !stored.is_new || !row.supersedes.is_empty() {
            return None;
        }
        let (older, known) = writer.index().current_of(stored.submission?)?;
        let later = row.modified_at.zip(known.modified_at);
        // Wherever else the earlier one lies: whether that is known depends on what was read before.
        if older == id || known.is_at(&row.path) || later.is_none_or(|(new, old)| new <= old) {
            return None;
        }
        writer.index_mut().supersede(&older, Some(id));
        batch.current.insert(older, false);
        row.supersedes = id_text(&older);
        self.summary.superseded += 1;
        self.summary.corrected += 1;
        Some(older)
    }

    /// Each correction is a remark of the newer document, and is in the summary.
    fn name_corrections(
        &mut self,
        writer: &Writer,
        documents: &mut [(Id, Stored)],
        corrections: &[(usize, Id)],
    ) -> Result<(), Error> {
        let ids: HashSet<String> = corrections.iter().map(|(_, id)| id_text(id)).collect();
        let before = writer.rows_of(&ids)?;
        for (at, older) in corrections {
            let here = documents.iter().find(|(id, _)| id == older);
            let path = here
                .map(|(_, d)| d.row.path.clone())
                .or_else(|| before.get(&id_text(older)).map(|r| r.path.clone()))
                .unwrap_or_default();
            if let Some((_, newer)) = documents.get_mut(*at) {
                newer.row.remark(format!("{CORRECTS}{path}"));
                if self.summary.corrections.len() < REJECTS_KEPT {
                    let pair = (newer.row.path.clone(), path);
                    self.summary.corrections.push(pair);
                }
            }
        }
        Ok(())
    }

    /// `older` is no longer superseded by `newer`.
    fn unlink(&mut self, writer: &mut Writer, batch: &mut Batch, older: Id, newer: Id) {
        writer.index_mut().supersede(&older, None);
        batch.current.insert(older, true);
        batch.amended.entry(newer).or_default().supersedes = Some(String::new());
    }

    fn count(&mut self, stored: &Stored) {
        let summary = &mut self.summary;
        summary.warnings += stored.row.warnings.len() as u64;
        match &stored.analysis {
            Some(analysis) => {
                summary.documents += 1;
                if summary.sample.is_none() && !analysis.observations.is_empty() {
                    summary.sample = Some(stored.row.path.clone());
                }
                summary.again += u64::from(!stored.is_new);
                summary.partial += u64::from(stored.row.status == Status::Partial);
                summary.quantities += analysis.quantities.len() as u64;
                summary.observations += analysis.observations.len() as u64;
                for o in &analysis.observations {
                    if !self.indicators.contains(&*o.indicator) {
                        self.indicators.insert(o.indicator.to_string());
                    }
                }
            }
            None => summary.rejected += 1,
        }
        for r in &stored.rejects {
            self.keep_reject(&r.path, &r.part, r.reason, &r.detail);
        }
    }

    fn reject(&mut self, path: &str, problem: &Problem) {
        self.summary.rejected += 1;
        self.keep_reject(path, &problem.part, problem.reason, &problem.detail);
    }

    fn keep_reject(&mut self, path: &str, part: &str, reason: Reason, detail: &str) {
        let rejects = &mut self.summary.rejects;
        if let Some(same) = rejects
            .iter_mut()
            .find(|r| r.reason == reason && r.detail == detail)
        {
            same.count += 1;
        } else if rejects.len() < REJECTS_KEPT {
            rejects.push(Rejected {
                count: 1,
                path: path.to_owned(),
                part: part.to_owned(),
                reason,
                detail: detail.to_owned(),
            });
        }
    }

    fn load_row(&self, writer: &Writer) -> LoadRow {
        let s = &self.summary;
        LoadRow {
            started_at: self.now,
            finished_at: None,
            user_name: lock::user(),
            host: lock::host(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            catalogue_version: writer.indicators().version.clone(),
            options: self.options.arguments.clone(),
            files: s.files,
            documents: s.documents,
            unchanged: s.unchanged,
            superseded: s.superseded,
            rejected: s.rejected,
            partial: s.partial,
            quantities: s.quantities,
            observations: s.observations,
            warnings: s.warnings,
            bytes_read: s.bytes,
        }
    }
}

/// Whether a change at this time was over when a run began.
fn is_over(modified_at: i64, run: i64) -> bool {
    modified_at.saturating_add(RACY) < run
}

/// Whether `newer` supersedes `older` as a corrected submission, under another path.
fn is_corrected(writer: &Writer, older: &Id, newer: &Id) -> bool {
    let index = writer.index();
    let at = |id| index.get(id);
    at(older)
        .zip(at(newer))
        .is_some_and(|(o, n)| !o.is_beside(&n))
}

fn open<S: Source>(input: S) -> Opened<S> {
    let read = catch_unwind(AssertUnwindSafe(|| input.read()));
    let content = match read {
        Ok(Ok(bytes)) => Ok((Sha256::digest(&bytes).into(), bytes)),
        Ok(Err(problem)) => Err(problem),
        Err(payload) => Err(panics::problem(payload)),
    };
    Opened { input, content }
}

fn analyse_one<S, A>(plan: Planned<S>, analyse: &A, version: &str, now: i64) -> Stored
where
    A: Fn(&[u8], &S) -> Result<Analysis, Problem>,
{
    let Planned {
        origin,
        bytes,
        input,
        supersedes,
        is_new,
        ..
    } = plan;
    let result = catch_unwind(AssertUnwindSafe(|| analyse(&bytes, &input)));
    let mut stored = match result {
        Ok(Ok(analysis)) => Stored::read(origin, analysis, version, now),
        Ok(Err(problem)) => Stored::rejected(origin, &problem, version, now),
        Err(payload) => Stored::rejected(origin, &panics::problem(payload), version, now),
    };
    stored.row.supersedes = supersedes.map(|s| id_text(&s)).unwrap_or_default();
    stored.is_new = is_new;
    stored
}
