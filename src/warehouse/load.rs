//! Files, in parallel, batch after batch, through an analysis into the warehouse.
//!
//! For each file, in the order of paths:
//!
//! 1. size and time of last change are what the warehouse has for the path: nothing to do, the file is not opened;
//! 2. else its bytes are read and hashed. A document that is there already and current is not read again; bytes under a
//!    second path are one document, with a remark that names the path;
//! 3. else it is analysed. Where the path had another document, that one is superseded.
//!
//! Steps 2 and 3 run in parallel over a batch that is bounded in bytes and files; the decisions between them are
//! taken one after the other in the order of paths, so that threads never change the result. Each batch is one commit.
//! A fault in the analysis of one file (also a panic) is a reject of that file.

use super::document::{Origin, RejectRow, Status, Stored};
use super::error::Error;
use super::index::{Id, Known, id_text};
use super::lock;
use super::write::{ALSO_AT, Batch, LoadRow, Writer};
use crate::analysis::Analysis;
use crate::read::{Problem, Reason};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A file to be loaded. `M` is what the analysis needs to know about it besides name and bytes.
pub struct Input<M> {
    /// Absolute path, as text; a member of an archive follows its archive's path. Unique within a run.
    pub path: String,
    /// Name of the file.
    pub name: String,
    /// Bytes, as far as known before reading.
    pub size: u64,
    /// Time of last change.
    pub modified: Option<SystemTime>,
    /// Handed to the analysis.
    pub hints: M,
    /// Reads the bytes.
    pub open: Box<dyn Fn() -> Result<Vec<u8>, Problem> + Send + Sync>,
}

/// How to load.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads; 0 for as many as there are cores.
    pub jobs: usize,
    /// Most files of a batch.
    pub batch_files: usize,
    /// Most bytes of a batch (a larger file is a batch of its own).
    pub batch_bytes: u64,
    /// Read documents again that are there and current.
    pub again: bool,
    /// Area that the caller prescribes: documents stored with another one are read again.
    pub area: Option<String>,
    /// Year that the caller prescribes.
    pub year: Option<i32>,
    /// Arguments of the command, for `loads.options`.
    pub arguments: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            jobs: 0,
            batch_files: 512,
            batch_bytes: 64 << 20,
            again: false,
            area: None,
            year: None,
            arguments: String::new(),
        }
    }
}

/// Told of progress, from several threads.
pub trait Observer: Sync {
    /// A file is done: its bytes, and whether it was rejected.
    fn file(&self, bytes: u64, rejected: bool);
    /// A batch has been committed.
    fn committed(&self) {}
}

/// Observes nothing.
impl Observer for () {
    fn file(&self, _: u64, _: bool) {}
}

/// A file or part that was not read, for the closing summary.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// Path of the file.
    pub path: String,
    /// Part of it; empty for the whole.
    pub part: String,
    /// Why.
    pub reason: Reason,
    /// What happened, and what to do.
    pub detail: String,
}

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Files seen.
    pub files: u64,
    /// Documents read and stored, those read again included.
    pub documents: u64,
    /// Of those, documents that were there before.
    pub again: u64,
    /// Files whose document was there already and current.
    pub unchanged: u64,
    /// Of those, the ones of which a part was not read when they were.
    pub unchanged_partial: u64,
    /// Files with the bytes of another file.
    pub duplicates: u64,
    /// Documents that a newer version has replaced.
    pub superseded: u64,
    /// Files not read.
    pub rejected: u64,
    /// Documents of which a part was not read.
    pub partial: u64,
    /// Figures found.
    pub quantities: u64,
    /// Figures bound to the catalogue.
    pub observations: u64,
    /// Different indicators among them.
    pub indicators: u64,
    /// Remarks on documents.
    pub warnings: u64,
    /// Bytes read.
    pub bytes: u64,
    /// A document that was read and has observations: something to look at.
    pub sample: Option<String>,
    /// The first rejects.
    pub rejects: Vec<Rejected>,
    /// Time taken.
    pub elapsed: Duration,
}

/// Most rejects kept for the summary; the table has all.
const REJECTS_KEPT: usize = 20;
/// A file changed this short a time before it was read may have changed again within the clock's tick.
const RACY: i64 = 2_000_000;

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics of worker threads off the terminal: their text goes into the reject. Called once by a program.
pub fn quiet_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current()
            .name()
            .is_some_and(|n| n.starts_with(WORKER))
        {
            PANIC.with(|p| *p.borrow_mut() = Some(info.to_string().replace('\n', " ")));
        } else {
            before(info);
        }
    }));
}

const WORKER: &str = "zhibiao-worker";
/// Nested content is walked recursively here and there; a worker's stack is generous.
const STACK: usize = 16 << 20;

/// Microseconds since 1970.
pub fn microseconds(time: SystemTime) -> Option<i64> {
    match time.duration_since(UNIX_EPOCH) {
        Ok(d) => i64::try_from(d.as_micros()).ok(),
        Err(e) => i64::try_from(e.duration().as_micros()).ok().map(|n| -n),
    }
}

/// Loads files. The order of `inputs` does not matter: they are loaded in the order of their paths.
pub fn load<M, A>(
    writer: &mut Writer,
    mut inputs: Vec<Input<M>>,
    options: &Options,
    analyse: A,
    observer: &dyn Observer,
) -> Result<Summary, Error>
where
    M: Send + Sync,
    A: Fn(&[u8], &str, &M) -> Result<Analysis, Problem> + Sync,
{
    let began = Instant::now();
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    inputs.dedup_by(|a, b| a.path == b.path);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs)
        .stack_size(STACK)
        .thread_name(|i| format!("{WORKER}-{i}"))
        .build()
        .map_err(|e| Error::Io {
            path: writer.root().to_owned(),
            source: std::io::Error::other(e),
        })?;
    // A clock that was set back must not make a new run older than the last.
    let now = microseconds(SystemTime::now())
        .unwrap_or(0)
        .max(writer.index().last_run() + 1);
    let mut run = Run {
        now,
        options,
        summary: Summary::default(),
        indicators: Default::default(),
        elsewhere: HashMap::new(),
    };
    run.summary.files = inputs.len() as u64;
    let mut pending = Vec::new();
    let mut bytes = 0;
    for input in inputs {
        if run.is_unchanged(writer, &input) {
            observer.file(input.size, false);
            continue;
        }
        if !pending.is_empty()
            && (pending.len() >= options.batch_files || bytes + input.size > options.batch_bytes)
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
        bytes += input.size;
        pending.push(input);
    }
    if !pending.is_empty() {
        run.batch(writer, pending, &pool, &analyse, observer)?;
    }
    let mut load = run.load_row(writer);
    load.finished_at = microseconds(SystemTime::now()).map(|t| t.max(now));
    pool.install(|| writer.finish(&load))?;
    run.summary.elapsed = began.elapsed();
    Ok(run.summary)
}

/// A file of a batch whose bytes were read.
struct Opened<M> {
    input: Input<M>,
    content: Result<(Id, Vec<u8>), Problem>,
}

/// A document to be analysed.
struct Planned<M> {
    id: Id,
    origin: Origin,
    bytes: Vec<u8>,
    hints: M,
    supersedes: Option<Id>,
    is_new: bool,
}

struct Run<'a> {
    now: i64,
    options: &'a Options,
    summary: Summary,
    indicators: std::collections::HashSet<String>,
    /// Further paths of documents, seen in this run.
    elsewhere: HashMap<Id, String>,
}

impl Run<'_> {
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
    fn is_unchanged<M>(&mut self, writer: &Writer, input: &Input<M>) -> bool {
        let Some((_, known)) = writer.index().current_at(&input.path) else {
            return false;
        };
        let modified = input.modified.and_then(microseconds);
        let same = known.size == i64::try_from(input.size).unwrap_or(i64::MAX)
            && modified
                .is_some_and(|m| known.modified_at == Some(m) && m + RACY < known.ingested_at);
        let unchanged = same && self.is_fresh(writer, known);
        if unchanged {
            self.summary.unchanged += 1;
            self.summary.unchanged_partial += u64::from(known.status == Status::Partial);
        }
        unchanged
    }

    fn batch<M, A>(
        &mut self,
        writer: &mut Writer,
        inputs: Vec<Input<M>>,
        pool: &rayon::ThreadPool,
        analyse: &A,
        observer: &dyn Observer,
    ) -> Result<(), Error>
    where
        M: Send + Sync,
        A: Fn(&[u8], &str, &M) -> Result<Analysis, Problem> + Sync,
    {
        let opened: Vec<Opened<M>> = pool.install(|| inputs.into_par_iter().map(open).collect());
        let mut batch = Batch::default();
        let mut planned: Vec<Planned<M>> = Vec::new();
        let mut by_id: HashMap<Id, usize> = HashMap::new();
        for Opened { input, content } in opened {
            let origin = Origin {
                document_id: String::new(),
                path: input.path.clone(),
                file_name: input.name.clone(),
                size: input.size,
                modified_at: input.modified.and_then(microseconds),
            };
            let (id, bytes) = match content {
                Ok(found) => found,
                Err(problem) => {
                    observer.file(input.size, true);
                    self.reject(&input.path, &problem);
                    batch.unreadable.push(RejectRow {
                        document_id: String::new(),
                        path: input.path,
                        file_name: input.name,
                        part: problem.part,
                        reason: problem.reason,
                        detail: problem.detail,
                        at: self.now,
                    });
                    continue;
                }
            };
            self.summary.bytes += bytes.len() as u64;
            batch.read_paths.insert(input.path.clone());
            let origin = Origin {
                document_id: id_text(&id),
                size: bytes.len() as u64,
                ..origin
            };
            let plan = self.decide(writer, &mut batch, &by_id, id, origin, bytes, input.hints);
            match plan {
                Some(plan) => {
                    // The index is told at once, so that the next file of the batch sees it.
                    by_id.insert(id, planned.len());
                    planned.push(plan);
                }
                None => observer.file(input.size, false),
            }
        }
        let (now, version) = (self.now, writer.indicators().version.clone());
        let documents: Vec<(Id, Stored)> = pool.install(|| {
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
        });
        for (id, stored) in &documents {
            self.count(stored);
            writer.index_mut().put(*id, &stored.row);
        }
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
        pool.install(|| writer.apply(batch))?;
        observer.committed();
        Ok(())
    }

    /// Step 2: by identity. Returns what has to be analysed.
    #[allow(clippy::too_many_arguments)] // one call, and the batch's state is borrowed apart from the run's
    fn decide<M>(
        &mut self,
        writer: &mut Writer,
        batch: &mut Batch,
        planned: &HashMap<Id, usize>,
        id: Id,
        origin: Origin,
        bytes: Vec<u8>,
        hints: M,
    ) -> Option<Planned<M>> {
        let path = origin.path.clone();
        if planned.contains_key(&id) {
            self.also_at(batch, id, path);
            return None;
        }
        let known = writer.index().get(&id).cloned();
        if let Some(known) = &known {
            let fresh = self.is_fresh(writer, known);
            let here = *known.path == *path;
            match known.superseded_by {
                None if fresh && here => {
                    // Only the time has changed, or it could not be trusted.
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
                        hints,
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
            hints,
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
        self.elsewhere.insert(id, path);
        self.summary.duplicates += 1;
    }

    /// The current document of a path gives way to `id`. Returns it.
    fn replace_current(
        &mut self,
        writer: &mut Writer,
        batch: &mut Batch,
        id: Id,
        path: &str,
    ) -> Option<Id> {
        let (older, _) = writer.index().current_at(path)?;
        if older == id || self.elsewhere.contains_key(&older) {
            // A document that still lies under another path is not replaced.
            return None;
        }
        writer.index_mut().supersede(&older, Some(id));
        batch.current.insert(older, false);
        self.summary.superseded += 1;
        Some(older)
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
                    if !self.indicators.contains(&o.indicator) {
                        self.indicators.insert(o.indicator.clone());
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
        if self.summary.rejects.len() < REJECTS_KEPT {
            self.summary.rejects.push(Rejected {
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

fn open<M>(input: Input<M>) -> Opened<M> {
    let read = catch_unwind(AssertUnwindSafe(|| (input.open)()));
    let content = match read {
        Ok(Ok(bytes)) => Ok((Sha256::digest(&bytes).into(), bytes)),
        Ok(Err(problem)) => Err(problem),
        Err(payload) => Err(panic_problem(payload)),
    };
    Opened { input, content }
}

fn analyse_one<M, A>(plan: Planned<M>, analyse: &A, version: &str, now: i64) -> Stored
where
    A: Fn(&[u8], &str, &M) -> Result<Analysis, Problem>,
{
    let Planned {
        origin,
        bytes,
        hints,
        supersedes,
        is_new,
        ..
    } = plan;
    let result = catch_unwind(AssertUnwindSafe(|| {
        analyse(&bytes, &origin.file_name, &hints)
    }));
    let mut stored = match result {
        Ok(Ok(analysis)) => Stored::read(origin, analysis, version, now),
        Ok(Err(problem)) => Stored::rejected(origin, &problem, version, now),
        Err(payload) => Stored::rejected(origin, &panic_problem(payload), version, now),
    };
    stored.row.supersedes = supersedes.map(|s| id_text(&s)).unwrap_or_default();
    stored.is_new = is_new;
    stored
}

/// A panic as the reject of its file.
fn panic_problem(payload: Box<dyn std::any::Any + Send>) -> Problem {
    let noted = PANIC.with(|p| p.borrow_mut().take());
    let said = noted.or_else(|| {
        let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
    });
    Problem {
        part: String::new(),
        reason: Reason::Internal,
        detail: format!(
            "程序内部错误，其他文件不受影响；请把文件和这句话报告给开发者：{}",
            said.unwrap_or_default()
        ),
    }
}
