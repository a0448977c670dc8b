//! Turning a batch of documents into a commit of the journal.
//!
//! A [`Batch`] says what happens to documents: some are stored (new, or read again), some rows of `documents` are
//! amended, some documents become current or stop being so. [`Writer::apply`] makes rows and a manifest of it and appends
//! both to the [`super::journal`]; [`Writer::finish`] merges the journal into the tables (`publish`).

use super::blocks;
use super::columns::Columns;
use super::commit::{self, OWN, Recovery};
use super::dimension::Seen;
use super::document::{DocumentRow, RejectRow, Stored};
use super::error::{Error, at, in_table};
use super::index::{Id, Index, id_text, parse_id};
use super::journal::{Journal, Manifest, RejectChange};
use super::lock::WriterLock;
use super::merge::Window;
use super::pieces::Pieces;
use super::read;
use super::rows::{self, Indicators, Partition};
use super::schema::{DOCUMENTS, LOADS, Layout, REJECTS, Table};
use super::verified::Verified;
use polars::prelude::{DataFrame, PolarsResult};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Beginning of the remark that names a further path of the same bytes.
pub const ALSO_AT: &str = "同样内容的文件还见于：";

/// Changes to a row of `documents` whose document is not read again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Amendment {
    /// New time of last change of the file.
    pub modified_at: Option<i64>,
    /// New `supersedes` (empty: none).
    pub supersedes: Option<String>,
    /// Remarks to be added.
    pub remarks: Vec<String>,
    /// Version of a catalogue that the document would be read in the same way with.
    #[serde(default)]
    pub catalogue_version: Option<String>,
}

/// A row of `loads`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
    /// Of those, the rows as they were, by the documents' ids; what is not given is looked up.
    pub known: HashMap<String, DocumentRow>,
    /// Which of the documents are in force; as [`Writer::in_force`] says when they are stored, where it was not said before.
    pub in_force: Option<Vec<bool>>,
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
    pub(super) index: Index,
    pub(super) journal: Journal,
    pub(super) indicators: Indicators,
    recovery: Recovery,
    pub(super) catalogue_written: bool,
    last_run: i64,
    /// Files that were hashed again since they were read.
    pub(super) verified: Verified,
    /// Paths whose bytes could not be had when they were last tried.
    unreadable: HashSet<String>,
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
        let journal = Journal::open(root)?;
        let index = Index::new(document_rows(root, &journal, |_| true))?;
        let path = single(root, &LOADS);
        let loads = read::read_file(&LOADS, &path)?;
        let started = || -> PolarsResult<Option<i64>> {
            let times = loads.column("started_at")?.datetime()?.physical();
            Ok(times.iter().flatten().max())
        };
        let started = started().map_err(in_table(&path))?.unwrap_or(0);
        let waiting = journal.loads.keys().last().copied().unwrap_or(0);
        let recovery = match recovery {
            Recovery::Clean | Recovery::RolledBack if !journal.is_empty() => Recovery::Resumed,
            other => other,
        };
        Ok(Writer {
            root: root.to_owned(),
            last_run: index.last_run().max(started).max(waiting),
            unreadable: unreadable(root, &journal)?,
            verified: Verified::open(&own),
            index,
            journal,
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

    /// Whether batches are committed and not yet part of the tables.
    pub fn has_waiting(&self) -> bool {
        !self.journal.is_empty()
    }

    /// The rows of some documents, as they are now.
    pub fn rows_of(&self, ids: &HashSet<String>) -> Result<HashMap<String, DocumentRow>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        document_rows(&self.root, &self.journal, |id| ids.contains(id))
            .map(|row| row.map(|r| (r.document_id.clone(), r)))
            .collect()
    }

    /// How long a batch may wait for others before it is on the disk; not at all unless this is said. It is what a kill may
    /// lose, and what spares short runs the journal.
    pub fn set_patience(&mut self, patience: Duration) {
        self.journal.patience = patience;
    }

    /// Which of some documents are not superseded, by what is known now.
    pub fn in_force(&self, documents: &[Stored]) -> Vec<bool> {
        let in_force = |d: &Stored| {
            let known = parse_id(&d.row.document_id).and_then(|id| self.index.get(&id));
            known.is_none_or(|k| k.superseded_by.is_none())
        };
        documents.iter().map(in_force).collect()
    }

    /// Commits a batch to the journal. Returns whether it, and all before it, is on the disk.
    pub fn apply(&mut self, mut batch: Batch) -> Result<bool, Error> {
        self.settle(&mut batch)?;
        let stored: HashSet<String> = batch
            .documents
            .iter()
            .map(|d| d.row.document_id.clone())
            .chain(batch.forgotten.iter().map(id_text))
            .collect();
        let in_force = batch.in_force.take();
        let in_force = in_force.unwrap_or_else(|| self.in_force(&batch.documents));
        let indicators = &self.indicators;
        self.journal
            .pending
            .tables_mut()
            .for_each(|rows| fill(rows, &batch.documents, &in_force, indicators));
        let mut partitions: BTreeMap<String, BTreeSet<Partition>> = BTreeMap::new();
        for (rows, start) in self.journal.pending.tables() {
            let table = rows.table();
            if table.layout == Layout::ByYearAndProvince {
                let found = rows::partitions_of(rows, start..rows.height());
                partitions.insert(table.name.to_owned(), found);
            }
        }
        let manifest = self.manifest(batch, &stored, partitions);
        self.journal.commit(manifest)
    }

    /// What the rows of stored documents take over from what is there.
    fn settle(&self, batch: &mut Batch) -> Result<(), Error> {
        let again: HashSet<String> = batch
            .documents
            .iter()
            .filter(|d| !d.is_new && !batch.known.contains_key(&d.row.document_id))
            .map(|d| d.row.document_id.clone())
            .collect();
        let mut old = self.rows_of(&again)?;
        old.extend(std::mem::take(&mut batch.known));
        for document in &mut batch.documents {
            let id = parse_id(&document.row.document_id);
            if let Some(amendment) = id.and_then(|id| batch.amended.remove(&id)) {
                amendment.apply(&mut document.row);
            }
            if let Some(before) = old.remove(&document.row.document_id) {
                let also = before.warnings.iter().filter(|w| w.starts_with(ALSO_AT));
                document.row.warnings.extend(also.cloned());
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
        }
        Ok(())
    }

    fn manifest(
        &mut self,
        batch: Batch,
        stored: &HashSet<String>,
        partitions: BTreeMap<String, BTreeSet<Partition>>,
    ) -> Manifest {
        let mut seen = Seen::default();
        batch.documents.iter().for_each(|d| seen.note(d));
        let known = |is: &dyn Fn(&Stored) -> bool| -> Vec<String> {
            let found = batch.documents.iter().filter(|d| is(d));
            found.map(|d| d.row.document_id.clone()).collect()
        };
        // Documents seen for the first time have no rows yet; looking for them would read every partition.
        let mut dropped = known(&|d| !d.is_new);
        dropped.extend(batch.forgotten.iter().map(id_text));
        let gone = batch.current.iter().filter(|(_, current)| !**current);
        let rows: Vec<_> = batch
            .documents
            .iter()
            .flat_map(|d| &d.rejects)
            .chain(&batch.unreadable)
            .map(RejectRow::cells)
            .collect();
        let mut paths: BTreeSet<String> = batch
            .read_paths
            .iter()
            .filter(|p| self.unreadable.remove(*p))
            .cloned()
            .collect();
        for r in &batch.unreadable {
            paths.insert(r.path.clone());
            self.unreadable.insert(r.path.clone());
        }
        // Rows of a document seen for the first time cannot be there.
        let documents: BTreeSet<String> = dropped
            .iter()
            .cloned()
            .chain(gone.map(|(id, _)| id_text(id)))
            .collect();
        let mut current: Vec<(String, bool)> = batch
            .current
            .iter()
            .map(|(id, c)| (id_text(id), *c))
            .filter(|(id, _)| !stored.contains(id))
            .collect();
        current.sort();
        let amended = batch
            .amended
            .iter()
            .filter(|(id, _)| !batch.forgotten.contains(*id));
        Manifest {
            keeps_text: known(&|d| d.keeps_text),
            dropped,
            current,
            amended: amended.map(|(id, a)| (id_text(id), a.clone())).collect(),
            rejects: RejectChange {
                documents,
                paths,
                rows,
            },
            seen,
            load: batch.load,
            partitions,
            ..Manifest::default()
        }
    }
}

/// Appends the rows of documents to a table; some are in force.
fn fill(rows: &mut Columns, documents: &[Stored], in_force: &[bool], indicators: &Indicators) {
    for (d, current) in documents.iter().zip(in_force.iter().copied()) {
        let Some(analysis) = &d.analysis else {
            if rows.table().name == DOCUMENTS.name {
                d.row.push(|cells| rows.push(cells));
            }
            continue;
        };
        match rows.table().name {
            "documents" => d.row.push(|cells| rows.push(cells)),
            "observations" => rows::push_observations(rows, d, analysis, indicators, current),
            "quantities" => rows::push_quantities(rows, d, analysis, current),
            "targets" => {
                for t in &analysis.targets {
                    rows::push_target(rows, d, analysis, t, current);
                }
            }
            "checks" => {
                for c in &analysis.checks {
                    rows::push_check(rows, d, analysis, c, current);
                }
            }
            "blocks" => blocks::push(rows, &d.row.document_id, &analysis.context, &d.blocks),
            _ => {}
        }
    }
}

/// The rows of `documents` that `wanted` asks for, as they are after all that the journal says.
fn document_rows<'a>(
    root: &Path,
    journal: &'a Journal,
    wanted: impl Fn(&str) -> bool + Copy + 'a,
) -> impl Iterator<Item = Result<DocumentRow, Error>> + 'a {
    let path = single(root, &DOCUMENTS);
    let found = match path.exists() {
        true => documents_of(&path, wanted),
        false => Ok(Vec::new()),
    };
    let rows = match found {
        Ok(rows) => rows.into_iter().map(Ok).collect(),
        Err(e) => vec![Err(e)],
    };
    let stay = rows
        .into_iter()
        .filter_map(|row: Result<DocumentRow, Error>| match row {
            Ok(row) => journal.effects.document(row, 0).map(Ok),
            Err(e) => Some(Err(e)),
        });
    let column = DOCUMENTS.position("document_id").unwrap_or(0);
    let windows = journal.sources(&DOCUMENTS).into_iter().flatten();
    let put_away = windows.flat_map(move |window| {
        let rows = |Window { all, rows }: Window| {
            let rows = rows.into_iter().map(|row| row as usize);
            rows.filter(|row| wanted(all.text(column, *row).unwrap_or("")))
                .map(|row| Ok(DocumentRow::from_columns(&all, row)))
                .collect::<Vec<_>>()
        };
        window.map_or_else(|e| vec![Err(e)], rows)
    });
    let pending = journal.pending_documents(wanted).into_iter().map(Ok);
    stay.chain(put_away).chain(pending)
}

/// The rows of the file of `documents` that `wanted` asks for; of the others, only the ids are read.
fn documents_of(
    path: &Path,
    wanted: impl Fn(&str) -> bool + Copy,
) -> Result<Vec<DocumentRow>, Error> {
    let pieces = Pieces::open(&DOCUMENTS, path)?;
    let columns: Vec<&str> = DOCUMENTS.columns.iter().map(|c| c.name).collect();
    let by_id = |frame: &DataFrame| {
        let ids = frame.column("document_id")?.str()?;
        Ok(ids.iter().map(|id| wanted(id.unwrap_or(""))).collect())
    };
    let mut found = Vec::new();
    for group in 0..pieces.groups() {
        let rows = 0..pieces.rows(group);
        for frame in pieces.select(group, rows, &["document_id"], by_id, &columns)? {
            let rows = DocumentRow::from_frame(&frame, |_| true);
            found.extend(rows.map_err(in_table(path))?);
        }
    }
    Ok(found)
}

/// Paths of `rejects` that have no document.
fn unreadable(root: &Path, journal: &Journal) -> Result<HashSet<String>, Error> {
    let path = single(root, &REJECTS);
    let present = read::read_file(&REJECTS, &path)?;
    let find = || -> PolarsResult<HashSet<String>> {
        let ids = present.column("document_id")?.str()?;
        let paths = present.column("path")?.str()?;
        let all = ids.iter().zip(paths.iter());
        Ok(all
            .filter(|(id, _)| id.is_none())
            .filter_map(|(_, p)| p.map(str::to_owned))
            .collect())
    };
    let mut found = find().map_err(in_table(&path))?;
    for change in &journal.rejects {
        found.retain(|p| !change.paths.contains(p));
        let new = change.rows.iter().filter(|([id, ..], _)| id.is_empty());
        found.extend(new.map(|([_, path, ..], _)| path.clone()));
    }
    Ok(found)
}

/// The file of a table that has one.
pub(super) fn part(table: &Table) -> String {
    format!("{}/part-0.parquet", table.name)
}

/// Its path.
pub(super) fn single(root: &Path, table: &Table) -> PathBuf {
    root.join(part(table))
}

/// Remarks about further paths come last, sorted, each once, and not about the document's own path.
pub(super) fn tidy(row: &mut DocumentRow) {
    let warnings = std::mem::take(&mut row.warnings);
    let (mut also, mut others): (Vec<String>, Vec<String>) =
        warnings.into_iter().partition(|w| w.starts_with(ALSO_AT));
    also.retain(|w| w.strip_prefix(ALSO_AT) != Some(row.path.as_str()));
    also.sort();
    also.dedup();
    others.append(&mut also);
    row.warnings = others;
}
