//! Merging a batch of documents into the tables, as one commit.
//!
//! A [`Batch`] says what happens to documents: some are stored (new, or read again), some rows of `documents` are
//! amended, some documents become current or stop being so. [`Writer::apply`] finds the files that this touches,
//! rewrites each as present rows ∪ new rows in the table's order, stages those that differ and commits.

use super::blocks;
use super::change::{Changes, filter};
use super::commit::{self, OWN, Recovery, Staging};
use super::document::{DocumentRow, RejectRow, Stored};
use super::error::{Error, at, in_table};
use super::frame::{self, Rows};
use super::index::{Id, Index, id_text, parse_id};
use super::lock::WriterLock;
use super::read;
use super::rows::{self, Indicators, Partition};
use super::schema::{self, BLOCKS, DOCUMENTS, LOADS, OBSERVATIONS, QUANTITIES, Table};
use polars::prelude::{DataFrame, PolarsResult};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Beginning of the remark that names a further path of the same bytes.
pub const ALSO_AT: &str = "同样内容的文件还见于：";

/// Changes to a row of `documents` whose document is not read again.
#[derive(Clone, Debug, Default)]
pub struct Amendment {
    /// New time of last change of the file.
    pub modified_at: Option<i64>,
    /// New `supersedes` (empty: none).
    pub supersedes: Option<String>,
    /// Remarks to be added.
    pub remarks: Vec<String>,
}

/// A row of `loads`.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)] // the columns are described in `schema`
pub struct LoadRow {
    pub started_at: i64,
    pub finished_at: Option<i64>,
    pub user_name: String,
    pub host: String,
    pub version: String,
    pub catalogue_version: String,
    pub options: String,
    pub files: u64,
    pub documents: u64,
    pub unchanged: u64,
    pub superseded: u64,
    pub rejected: u64,
    pub partial: u64,
    pub quantities: u64,
    pub observations: u64,
    pub warnings: u64,
    pub bytes_read: u64,
}

/// What happens to documents in one commit.
#[derive(Debug, Default)]
pub struct Batch {
    /// Documents to be stored. Rows of a document that is there already are replaced.
    pub documents: Vec<Stored>,
    /// Changes to rows of documents that are not in `documents`.
    pub amended: BTreeMap<Id, Amendment>,
    /// Documents that become current (`true`) or are superseded (`false`).
    pub current: HashMap<Id, bool>,
    /// Documents that are withdrawn: all their rows go.
    pub forgotten: HashSet<Id>,
    /// Files whose bytes could not be had.
    pub unreadable: Vec<RejectRow>,
    /// Paths whose bytes could be had: an earlier failure to do so is over.
    pub read_paths: HashSet<String>,
    /// The run, so far.
    pub load: LoadRow,
}

/// A warehouse, open for writing.
#[derive(Debug)]
pub struct Writer {
    pub(super) root: PathBuf,
    index: Index,
    pub(super) indicators: Indicators,
    recovery: Recovery,
    pub(super) catalogue_written: bool,
    last_run: i64,
    _lock: WriterLock,
}

impl Writer {
    /// Opens or creates the warehouse at `root`, takes its lock, and finishes or undoes what an interrupted run left.
    pub fn open(root: &Path, indicators: Indicators) -> Result<Self, Error> {
        match std::fs::metadata(root) {
            Ok(m) if !m.is_dir() => {
                return Err(Error::NotAFolder {
                    path: root.to_owned(),
                });
            }
            Ok(_) => {
                let mut entries = std::fs::read_dir(root).map_err(at(root))?;
                if !read::looks_like_one(root) && entries.next().is_some() {
                    return Err(Error::NotAWarehouse {
                        path: root.to_owned(),
                    });
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => {
                return Err(Error::NotAFolder {
                    path: root.to_owned(),
                });
            }
            Err(e) => {
                return Err(Error::Io {
                    path: root.to_owned(),
                    source: e,
                });
            }
        }
        let own = root.join(OWN);
        std::fs::create_dir_all(&own).map_err(at(&own))?;
        let lock = WriterLock::acquire(&own)?;
        let recovery = commit::recover(root)?;
        let path = single(root, &DOCUMENTS);
        let documents = read::read_file(&DOCUMENTS, &path)?;
        let rows = DocumentRow::from_frame(&documents, |_| true).map_err(in_table(&path))?;
        let index = Index::new(rows);
        let path = single(root, &LOADS);
        let loads = read::read_file(&LOADS, &path)?;
        let started = || -> PolarsResult<Option<i64>> {
            let times = loads.column("started_at")?.datetime()?.physical();
            Ok(times.iter().flatten().max())
        };
        let started = started().map_err(in_table(&path))?.unwrap_or(0);
        Ok(Writer {
            root: root.to_owned(),
            last_run: index.last_run().max(started),
            index,
            indicators,
            recovery,
            catalogue_written: false,
            _lock: lock,
        })
    }

    /// Opens a warehouse that is there, to take care of it rather than to load: the catalogue's table stays as it is.
    pub fn open_existing(root: &Path) -> Result<Self, Error> {
        read::check_is_warehouse(root)?;
        let writer = Writer::open(root, Indicators::default())?;
        Ok(Writer {
            catalogue_written: true,
            ..writer
        })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What an interrupted run had left.
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// The start of a run that begins now: later than that of every run before, also where the clock was set back.
    pub fn run_start(&self) -> i64 {
        let now = super::load::microseconds(std::time::SystemTime::now()).unwrap_or(0);
        now.max(self.last_run + 1)
    }

    /// What is loaded.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// What is loaded, to be kept in step with what [`Writer::apply`] is given.
    pub fn index_mut(&mut self) -> &mut Index {
        &mut self.index
    }

    /// The catalogue's rows.
    pub fn indicators(&self) -> &Indicators {
        &self.indicators
    }

    /// Applies a batch as one commit. A batch that changes nothing touches no file but `loads`.
    pub fn apply(&mut self, mut batch: Batch) -> Result<(), Error> {
        let staging = Staging::begin(&self.root)?;
        self.documents(&mut batch, &staging)?;
        let known: HashSet<String> = batch
            .documents
            .iter()
            .map(|d| d.row.document_id.clone())
            .chain(batch.forgotten.iter().map(id_text))
            .collect();
        self.facts(&batch, &known, &staging)?;
        self.targets(&batch, &known, &staging)?;
        self.rejects(&batch, &known, &staging)?;
        self.dimensions(&batch, &staging)?;
        self.load(&batch.load, &staging)?;
        staging.commit()?;
        self.catalogue_written = true;
        Ok(())
    }

    /// Writes only the row of the run: its end.
    pub fn finish(&self, load: &LoadRow) -> Result<(), Error> {
        let staging = Staging::begin(&self.root)?;
        self.dimensions(&Batch::default(), &staging)?;
        self.load(load, &staging)?;
        staging.commit()
    }

    fn documents(&self, batch: &mut Batch, staging: &Staging) -> Result<(), Error> {
        if batch.documents.is_empty() && batch.amended.is_empty() && batch.forgotten.is_empty() {
            return Ok(());
        }
        let forgotten: HashSet<String> = batch.forgotten.iter().map(id_text).collect();
        let path = single(&self.root, &DOCUMENTS);
        let present = read::read_file(&DOCUMENTS, &path)?;
        let stored: HashSet<&str> = batch
            .documents
            .iter()
            .map(|d| d.row.document_id.as_str())
            .collect();
        let amended: HashMap<String, &Amendment> = batch
            .amended
            .iter()
            .map(|(id, a)| (id_text(id), a))
            .collect();
        let touched = |id: &str| stored.contains(id) || amended.contains_key(id);
        let old = DocumentRow::from_frame(&present, touched).map_err(in_table(&path))?;
        let gone = |id: &str| touched(id) || forgotten.contains(id);
        let kept =
            filter(&present, "document_id", |id| !id.is_some_and(gone)).map_err(in_table(&path))?;
        let mut fresh = Rows::new(&DOCUMENTS, batch.documents.len() + batch.amended.len());
        for row in &old {
            if let Some(amendment) = amended
                .get(&row.document_id)
                .filter(|_| !stored.contains(row.document_id.as_str()))
            {
                let mut row = row.clone();
                row.modified_at = amendment.modified_at.or(row.modified_at);
                if let Some(supersedes) = &amendment.supersedes {
                    row.supersedes.clone_from(supersedes);
                }
                row.warnings.extend(amendment.remarks.iter().cloned());
                tidy(&mut row);
                row.push(|cells| fresh.push(cells));
            }
        }
        drop(stored);
        let mut old: HashMap<String, DocumentRow> = old
            .into_iter()
            .map(|r| (r.document_id.clone(), r))
            .collect();
        for document in &mut batch.documents {
            if let Some(amendment) = amended.get(&document.row.document_id) {
                document
                    .row
                    .warnings
                    .extend(amendment.remarks.iter().cloned());
            }
            if let Some(before) = old.remove(&document.row.document_id) {
                document.row.warnings.extend(
                    before
                        .warnings
                        .iter()
                        .filter(|w| w.starts_with(ALSO_AT))
                        .cloned(),
                );
                tidy(&mut document.row);
                // Read again with the same result: nothing has happened.
                let same = DocumentRow {
                    ingested_at: before.ingested_at,
                    ..document.row.clone()
                };
                if same == before {
                    document.row = before;
                }
            }
            tidy(&mut document.row);
            document.row.push(|cells| fresh.push(cells));
        }
        put(staging, &DOCUMENTS, &part(&DOCUMENTS), kept, fresh)
    }

    /// Observations and quantities.
    fn facts(
        &self,
        batch: &Batch,
        stored: &HashSet<String>,
        staging: &Staging,
    ) -> Result<(), Error> {
        let is_current = |d: &Stored| {
            parse_id(&d.row.document_id).is_none_or(|id| {
                self.index
                    .get(&id)
                    .is_none_or(|k| k.superseded_by.is_none())
            })
        };
        let mut observations: BTreeMap<Partition, Vec<(usize, usize)>> = BTreeMap::new();
        let mut quantities: BTreeMap<Partition, Vec<(usize, usize)>> = BTreeMap::new();
        for (d, document) in batch.documents.iter().enumerate() {
            let Some(analysis) = &document.analysis else {
                continue;
            };
            for (i, o) in analysis.observations.iter().enumerate() {
                observations
                    .entry(Partition::of(o.year, &o.place))
                    .or_default()
                    .push((d, i));
            }
            for (i, q) in analysis.quantities.iter().enumerate() {
                quantities
                    .entry(Partition::of(q.year, &analysis.context.place))
                    .or_default()
                    .push((d, i));
            }
        }
        let ids: Vec<Vec<String>> = batch
            .documents
            .par_iter()
            .map(|d| {
                let found = d
                    .analysis
                    .as_ref()
                    .map(|a| a.observations.as_slice())
                    .unwrap_or_default();
                rows::observation_ids(&d.row.document_id, &self.indicators.version, found)
            })
            .collect();
        let changes = Changes::new(batch, stored);
        self.text(batch, stored, staging)?;
        self.merge(
            &OBSERVATIONS,
            &observations,
            &changes,
            staging,
            |rows, (d, i)| {
                let document = batch.documents.get(d)?;
                let analysis = document.analysis.as_ref()?;
                let id = ids.get(d)?.get(i)?;
                rows::push_observation(
                    rows,
                    document,
                    analysis,
                    analysis.observations.get(i)?,
                    id,
                    &self.indicators,
                    is_current(document),
                );
                Some(())
            },
        )?;
        self.merge(
            &QUANTITIES,
            &quantities,
            &changes,
            staging,
            |rows, (d, i)| {
                let document = batch.documents.get(d)?;
                let analysis = document.analysis.as_ref()?;
                rows::push_quantity(
                    rows,
                    document,
                    &analysis.context.place,
                    analysis.quantities.get(i)?,
                    is_current(document),
                );
                Some(())
            },
        )
    }

    /// The text of documents. Documents that were bound anew keep it.
    fn text(
        &self,
        batch: &Batch,
        stored: &HashSet<String>,
        staging: &Staging,
    ) -> Result<(), Error> {
        let mut partitions: BTreeMap<Partition, Vec<(usize, usize)>> = BTreeMap::new();
        for (d, document) in batch.documents.iter().enumerate() {
            if let Some(analysis) = &document.analysis {
                let of = Partition::of(analysis.context.year, &analysis.context.place);
                let rows = (0..document.blocks.len()).map(|i| (d, i));
                if !document.blocks.is_empty() {
                    partitions.entry(of).or_default().extend(rows);
                }
            }
        }
        let changes = Changes::of_text(batch, stored);
        self.merge(&BLOCKS, &partitions, &changes, staging, |rows, (d, i)| {
            let document = batch.documents.get(d)?;
            let context = &document.analysis.as_ref()?.context;
            let block = document.blocks.get(i)?;
            blocks::push(rows, &document.row.document_id, context, i, block);
            Some(())
        })
    }

    /// Rewrites the partitions of a table that get rows, lose rows, or have rows that change.
    fn merge(
        &self,
        table: &'static Table,
        new: &BTreeMap<Partition, Vec<(usize, usize)>>,
        changes: &Changes,
        staging: &Staging,
        push: impl Fn(&mut Rows, (usize, usize)) -> Option<()> + Sync,
    ) -> Result<(), Error> {
        let mut targets: BTreeMap<String, &[(usize, usize)]> = new
            .iter()
            .map(|(p, rows)| {
                (
                    format!("{}/{}/part-0.parquet", table.name, p.folder()),
                    rows.as_slice(),
                )
            })
            .collect();
        if !changes.is_empty() {
            // Where the old rows of a document are is not written down; the column of ids is cheap to read.
            let files = read::files(&self.root, table)?;
            let touched = files
                .par_iter()
                .map(|f| Ok(changes.touch(f)?.then_some(f)))
                .collect::<Result<Vec<_>, Error>>()?;
            for file in touched.into_iter().flatten() {
                if let Ok(relative) = file.strip_prefix(&self.root) {
                    targets
                        .entry(relative.to_string_lossy().replace('\\', "/"))
                        .or_default();
                }
            }
        }
        targets.into_par_iter().try_for_each(|(target, new)| {
            let path = self.root.join(&target);
            let present = changes
                .apply(read::read_file(table, &path)?)
                .map_err(in_table(&path))?;
            let mut rows = Rows::new(table, new.len());
            for &at in new {
                let pushed = push(&mut rows, at);
                debug_assert!(pushed.is_some(), "an index out of range");
            }
            put(staging, table, &target, present, rows)
        })
    }
}

/// The file of a table that has one.
pub(super) fn part(table: &Table) -> String {
    format!("{}/part-0.parquet", table.name)
}

/// Its path.
pub(super) fn single(root: &Path, table: &Table) -> PathBuf {
    root.join(part(table))
}

/// Stages present and new rows as the file's content; a partition without rows goes.
pub(super) fn put(
    staging: &Staging,
    table: &'static Table,
    target: &str,
    mut present: DataFrame,
    rows: Rows,
) -> Result<(), Error> {
    let path = Path::new(target);
    let make = || -> PolarsResult<Option<Vec<u8>>> {
        if !rows.is_empty() {
            present.vstack_mut_owned(rows.finish()?)?;
        }
        if present.height() == 0 && table.layout == schema::Layout::ByYearAndProvince {
            return Ok(None);
        }
        frame::to_parquet(&frame::sort(table, &present)?).map(Some)
    };
    match make().map_err(in_table(path))? {
        Some(bytes) => staging.put(target, &bytes).map(|_| ()),
        None => {
            staging.remove(target);
            Ok(())
        }
    }
}

/// Remarks about further paths come last, sorted, each once, and not about the document's own path.
fn tidy(row: &mut DocumentRow) {
    let warnings = std::mem::take(&mut row.warnings);
    let (mut also, mut others): (Vec<String>, Vec<String>) =
        warnings.into_iter().partition(|w| w.starts_with(ALSO_AT));
    also.retain(|w| w.strip_prefix(ALSO_AT) != Some(row.path.as_str()));
    also.sort();
    also.dedup();
    others.append(&mut also);
    row.warnings = others;
}
