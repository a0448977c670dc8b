//! The journal: batches that are committed and not yet part of the tables.
//!
//! A load of many files is many batches. Were each merged into the tables at once, every batch would rewrite most
//! partitions, and the cost would grow with the square of their number; were each a further file of its partitions, readers
//! would find partitions of hundreds of small files, and could meet them half merged. So a batch is committed to the
//! journal (`.zhibiao/journal`, where no reader of tables looks), which costs what the batch costs, and the tables are
//! rewritten once, when the run ends or is stopped, by one merge of the journal into the partitions that it touches
//! (`publish`). A run that is killed leaves its journal; the next one goes on with it.
//!
//! * `00000007.rows` has the rows of some batches up to the seventh: what they add to those of the batches before, which
//!   are in memory (`pending`). It is read again only where a run was killed.
//! * `00000007.json` says what these batches do besides adding rows: a manifest each. Its appearance, by rename, is their
//!   commit.
//! * `00000001-00000120.0/observations.rows` has the rows of batches 1 to 120, sorted, when they had become too many to be
//!   kept in memory. Many neighbours of one level are merged into one of the next, so that a merge has few sources
//!   however long the run was.
//!
//! A run that is over in less than the time that is allowed to be lost ([`super::load::Options::patience`]) is not written down twice: its
//! batches become part of the tables without having been in the folder.
//!
//! What is in the folder and not named by a manifest is left over from a kill, and goes when the journal is opened.

use super::columns::Columns;
use super::dimension::Seen;
use super::document::DocumentRow;
use super::effects::Effects;
use super::error::{Error, at};
use super::index::Id;
use super::merge::{Merge, RowsFile, Window, Windows, rows_file};
use super::pending::Pending;
use super::rows::Partition;
use super::schema::{BLOCKS, CHECKS, DOCUMENTS, OBSERVATIONS, QUANTITIES, TARGETS, Table};
use super::write::{Amendment, LoadRow};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Folder of the journal, below the warehouse's own.
const FOLDER: &str = "journal";
/// Runs of one level that become one of the next.
const FAN: usize = 64;

/// Bytes of rows that are held in memory until they are put away.
const HELD: usize = 64 << 20;

/// The tables whose rows go through the journal; the others are small, and follow from the manifests.
pub(super) const THROUGH: [&Table; 6] = [
    &DOCUMENTS,
    &OBSERVATIONS,
    &QUANTITIES,
    &TARGETS,
    &CHECKS,
    &BLOCKS,
];

/// A row of `rejects` in the journal: document id, path, file name, part, reason, detail, and the time.
pub(super) type RejectCells = ([String; 6], i64);

/// What a batch does to `rejects`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct RejectChange {
    /// Documents whose rows go.
    pub documents: BTreeSet<String>,
    /// Paths whose rows without a document go.
    pub paths: BTreeSet<String>,
    /// New rows.
    pub rows: Vec<RejectCells>,
}

/// What a batch does besides adding rows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// Format of the journal.
    pub(super) format: u32,
    /// Number of the batch.
    pub(super) seq: u64,
    /// Documents all of whose earlier rows go.
    pub dropped: Vec<String>,
    /// Those of them whose text stays.
    pub keeps_text: Vec<String>,
    /// Documents that become current or stop being so.
    pub current: Vec<(String, bool)>,
    /// Changes to rows of `documents`.
    pub amended: Vec<(String, Amendment)>,
    /// Changes to `rejects`.
    pub rejects: RejectChange,
    /// What the dimensions get.
    pub seen: Seen,
    /// The run so far.
    pub load: LoadRow,
    /// Partitions that get rows, by table.
    pub partitions: BTreeMap<String, BTreeSet<Partition>>,
}

const FORMAT: u32 = 4;

/// The rows of neighbouring batches, sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    first: u64,
    last: u64,
    /// How often its rows were merged.
    level: u32,
}

impl Run {
    fn folder(self, journal: &Path) -> PathBuf {
        let Run { first, last, level } = self;
        journal.join(format!("{first:08}-{last:08}.{level}"))
    }

    fn parse(name: &str) -> Option<Run> {
        let (span, level) = name.split_once('.')?;
        let (first, last) = span.split_once('-')?;
        Some(Run {
            first: first.parse().ok()?,
            last: last.parse().ok()?,
            level: level.parse().ok()?,
        })
    }
}

/// The journal, open for writing, with what its manifests come to.
#[derive(Debug, Default)]
pub(super) struct Journal {
    folder: PathBuf,
    runs: Vec<Run>,
    /// Of the batches after the last run.
    pub pending: Pending,
    /// Bytes of pending rows above which they are put away.
    pub held: usize,
    /// How long a batch may wait for others before it is on the disk: what a kill may lose.
    pub patience: Duration,
    last: u64,
    /// Manifests of batches that are not on the disk yet, as JSON, and since when the first of them is not.
    unwritten: Vec<Vec<u8>>,
    since: Option<Instant>,
    /// A batch could not be written: what is in memory is not what is on the disk.
    failed: bool,
    pub effects: Effects,
    pub rejects: Vec<RejectChange>,
    pub seen: Seen,
    pub loads: BTreeMap<i64, LoadRow>,
    pub partitions: BTreeMap<String, BTreeSet<Partition>>,
}

impl Journal {
    /// Opens the journal of a warehouse, and clears away what a kill has left in it.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let folder = root.join(super::commit::OWN).join(FOLDER);
        let mut journal = Journal {
            folder: folder.clone(),
            held: HELD,
            ..Journal::default()
        };
        let mut manifests = Vec::new();
        let mut runs = Vec::new();
        let mut batches = BTreeMap::new();
        let mut left_over = Vec::new();
        for (name, path) in entries(&folder)? {
            if let Some(n) = number(&name, ".json") {
                manifests.push((n, path));
            } else if let Some(n) = number(&name, ".rows") {
                batches.insert(n, path);
            } else if let Some(run) = Run::parse(&name) {
                runs.push(run);
            } else {
                left_over.push(path);
            }
        }
        manifests.sort();
        for (n, path) in manifests {
            let text = std::fs::read(&path).map_err(at(&path))?;
            let all: Vec<Manifest> = serde_json::from_slice(&text).map_err(|e| Error::Damaged {
                path: path.clone(),
                detail: format!("not a list of manifests: {e}"),
            })?;
            for manifest in all {
                if manifest.format != FORMAT || manifest.seq != journal.last + 1 {
                    let detail = format!("a manifest of format {}", manifest.format);
                    return Err(Error::Damaged { path, detail });
                }
                journal.absorb(manifest);
            }
            if journal.last != n {
                let detail = format!("it ends with batch {}", journal.last);
                return Err(Error::Damaged { path, detail });
            }
        }
        // The widest first: a merged run makes those it was merged from superfluous, and the files of its batches.
        runs.sort_by_key(|r| (r.first, std::cmp::Reverse(r.last)));
        for run in runs {
            let covered = journal.runs.last().is_some_and(|r| r.last >= run.last);
            if covered || run.last > journal.last {
                left_over.push(run.folder(&folder));
            } else {
                journal.runs.push(run);
            }
        }
        let mut next = 1;
        for run in &journal.runs {
            if run.first != next {
                break;
            }
            next = run.last + 1;
        }
        for (n, path) in batches {
            if n < next || n > journal.last {
                left_over.push(path);
            } else {
                journal.pending.read(&path, next, n)?;
                next = n + 1;
            }
        }
        if next != journal.last + 1 {
            return Err(Error::Damaged {
                path: folder,
                detail: format!("the rows of batch {next} are not there"),
            });
        }
        for path in left_over {
            remove(&path)?;
        }
        Ok(journal)
    }

    /// Whether nothing waits to become part of the tables.
    pub fn is_empty(&self) -> bool {
        self.last == 0
    }

    /// Number of the latest batch.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Whether a document's rows in the files of a table go or change.
    pub fn touches(&self, table: &Table, id: &Id) -> bool {
        self.effects.touches(table, id)
    }

    /// All that was in the journal is in the tables.
    pub fn forget_all(&mut self) {
        *self = Journal {
            folder: std::mem::take(&mut self.folder),
            held: self.held,
            patience: self.patience,
            ..Journal::default()
        };
    }

    /// Commits a batch: the rows that were appended to those pending, and its manifest. Returns whether all batches are on
    /// the disk.
    pub fn commit(&mut self, mut manifest: Manifest) -> Result<bool, Error> {
        self.check()?;
        manifest.format = FORMAT;
        manifest.seq = self.last + 1;
        let text = serde_json::to_vec(&manifest).map_err(|e| Error::Io {
            path: self.folder.clone(),
            source: e.into(),
        });
        self.failed = text.is_err();
        self.unwritten.push(text?);
        self.pending.ended(manifest.seq);
        self.absorb(manifest);
        let since = *self.since.get_or_insert_with(Instant::now);
        if self.pending.bytes() > self.held {
            self.spill()?;
        } else if since.elapsed() >= self.patience {
            self.flush()?;
        }
        Ok(self.unwritten.is_empty())
    }

    /// Writes the batches that are not on the disk yet.
    fn flush(&mut self) -> Result<(), Error> {
        let path = self.folder.join(format!("{:08}.rows", self.last));
        let written = std::fs::create_dir_all(&self.folder)
            .map_err(at(&self.folder))
            .and_then(|()| self.pending.write(&path))
            .and_then(|()| self.write_manifests());
        self.failed |= written.is_err();
        written
    }

    /// Fails where a batch could not be written: the journal has to be opened again.
    pub fn check(&self) -> Result<(), Error> {
        if self.failed {
            let source = std::io::Error::other("a batch before could not be written");
            return Err(at(&self.folder)(source));
        }
        Ok(())
    }

    /// Writes the manifests of the batches whose rows are on the disk: from here on they count.
    fn write_manifests(&mut self) -> Result<(), Error> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let path = self.folder.join(format!("{:08}.json", self.last));
        let part = path.with_extension("json.part");
        let text = [b"[", self.unwritten.join(&b',').as_slice(), b"]"].concat();
        let mut file = File::create(&part).map_err(at(&part))?;
        file.write_all(&text)
            .and_then(|()| file.sync_all())
            .map_err(at(&part))?;
        drop(file);
        std::fs::rename(&part, &path).map_err(at(&path))?;
        super::flush::sync_folder(&self.folder)?;
        self.unwritten.clear();
        self.since = None;
        Ok(())
    }

    /// Puts the pending rows away, sorted.
    pub fn spill(&mut self) -> Result<(), Error> {
        let done = self.put_away();
        self.failed |= done.is_err();
        done
    }

    fn put_away(&mut self) -> Result<(), Error> {
        let Some((first, last)) = self.pending.span() else {
            return Ok(());
        };
        let run = Run {
            first,
            last,
            level: 0,
        };
        let mut pending = std::mem::take(&mut self.pending);
        let orders = pending.sorted(&self.effects);
        let all: Vec<(&Columns, Vec<u32>)> =
            pending.tables().map(|(rows, _)| rows).zip(orders).collect();
        self.write_run(run, |table, path| {
            let found = all.iter().find(|(rows, _)| rows.table().name == table.name);
            if let Some((rows, order)) = found.filter(|(_, order)| !order.is_empty()) {
                let mut file = RowsFile::create(table, path)?;
                file.write(rows, order)?;
                file.finish()?;
            }
            Ok(())
        })?;
        drop(all);
        pending.clear();
        self.pending = pending;
        self.runs.push(run);
        // Before other runs are merged with this one: what they are replaced by has to count.
        self.write_manifests()?;
        for n in first..=last {
            remove(&self.folder.join(format!("{n:08}.rows")))?;
        }
        self.compact()
    }

    /// Writes the folder of a run.
    fn write_run(
        &self,
        run: Run,
        write: impl Fn(&'static Table, &Path) -> Result<(), Error> + Sync,
    ) -> Result<(), Error> {
        let folder = run.folder(&self.folder);
        let part = folder.with_extension("part");
        remove(&part)?;
        remove(&folder)?;
        std::fs::create_dir_all(&part).map_err(at(&part))?;
        THROUGH
            .par_iter()
            .try_for_each(|table| write(table, &part.join(rows_name(table))))?;
        super::flush::sync_folder(&part)?;
        std::fs::rename(&part, &folder).map_err(at(&folder))?;
        super::flush::sync_folder(&self.folder)
    }

    /// Neighbours of one level become one of the next.
    fn compact(&mut self) -> Result<(), Error> {
        while let Some(start) = self.runs.len().checked_sub(FAN) {
            let few = self.runs.get(start..).unwrap_or_default().to_vec();
            let (Some(first), Some(last)) = (few.first(), few.last()) else {
                return Ok(());
            };
            if few.iter().any(|r| r.level != first.level) {
                return Ok(());
            }
            let merged = Run {
                first: first.first,
                last: last.last,
                level: first.level + 1,
            };
            self.write_run(merged, |table, path| {
                let sources = few.iter().filter_map(|r| self.source(table, *r));
                let mut file: Option<RowsFile> = None;
                for window in Merge::new(table, sources.collect()) {
                    let window = window?;
                    let file = match &mut file {
                        Some(file) => file,
                        none => none.insert(RowsFile::create(table, path)?),
                    };
                    file.write(&window.all, &window.rows)?;
                }
                file.map_or(Ok(()), RowsFile::finish)
            })?;
            self.runs.truncate(start);
            self.runs.push(merged);
            for run in few {
                remove(&run.folder(&self.folder))?;
            }
        }
        Ok(())
    }

    /// Whether all rows are in memory.
    pub fn is_in_memory(&self) -> bool {
        self.runs.is_empty()
    }

    /// The rows of a table that were put away, a source a run, as they are after all that the journal says.
    pub fn sources(&self, table: &'static Table) -> Vec<Windows<'_>> {
        let sources = self.runs.iter().filter_map(|r| self.source(table, *r));
        sources.collect()
    }

    fn source(&self, table: &'static Table, run: Run) -> Option<Windows<'_>> {
        let path = run.folder(&self.folder).join(rows_name(table));
        let rows = path.exists().then(|| rows_file(table, path))?;
        Some(self.effective(rows, run.last))
    }

    /// Rows of the tables (`seq` 0) or of a run, as they are after all that the journal says.
    pub fn effective<'a>(&'a self, rows: Windows<'a>, seq: u64) -> Windows<'a> {
        Box::new(rows.map(move |window| {
            let Window { mut all, rows } = window?;
            let rows = self.effects.apply(&mut all, rows, seq);
            Ok(Window { all, rows })
        }))
    }

    /// The rows of `documents` that are pending and that `wanted` asks for, as they are after all that the journal says.
    pub fn pending_documents(&self, wanted: impl Fn(&str) -> bool) -> Vec<DocumentRow> {
        let Some((rows, batches)) = self.pending.rows_of(DOCUMENTS.name) else {
            return Vec::new();
        };
        let column = DOCUMENTS.position("document_id").unwrap_or(0);
        let all = batches.into_iter().enumerate();
        all.filter(|(row, _)| wanted(rows.text(column, *row).unwrap_or("")))
            .filter_map(|(row, seq)| {
                self.effects
                    .document(DocumentRow::from_columns(rows, row), seq)
            })
            .collect()
    }

    fn absorb(&mut self, mut manifest: Manifest) {
        self.last = self.last.max(manifest.seq);
        self.effects.absorb(&mut manifest);
        if !(manifest.rejects.documents.is_empty()
            && manifest.rejects.paths.is_empty()
            && manifest.rejects.rows.is_empty())
        {
            self.rejects.push(manifest.rejects);
        }
        self.seen.merge(manifest.seen);
        self.loads.insert(manifest.load.started_at, manifest.load);
        for (table, partitions) in manifest.partitions {
            self.partitions.entry(table).or_default().extend(partitions);
        }
    }
}

/// The number of a file of this kind.
fn number(name: &str, extension: &str) -> Option<u64> {
    name.strip_suffix(extension)?.parse().ok()
}

fn rows_name(table: &Table) -> String {
    format!("{}.rows", table.name)
}

fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => {
            return Err(Error::Io {
                path: folder.to_owned(),
                source: e,
            });
        }
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(at(folder))?;
        found.push((
            entry.file_name().to_string_lossy().into_owned(),
            entry.path(),
        ));
    }
    found.sort();
    Ok(found)
}

/// Removes a file or a folder of files, if it is there.
fn remove(path: &Path) -> Result<(), Error> {
    let result = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    match result {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::Io {
            path: path.to_owned(),
            source: e,
        }),
        _ => Ok(()),
    }
}

/// Whether batches wait to become part of the tables: a run was killed, or is at work.
pub fn is_waiting(root: &Path) -> bool {
    let folder = root.join(super::commit::OWN).join(FOLDER);
    entries(&folder).is_ok_and(|all| all.iter().any(|(name, _)| name.ends_with(".json")))
}

/// Removes the journal up to a batch. Rows go last: manifests without rows would be a loss, rows without
/// manifests are cleared away.
pub(super) fn clear(root: &Path, upto: u64) -> Result<(), Error> {
    let folder = root.join(super::commit::OWN).join(FOLDER);
    let all = entries(&folder)?;
    for (name, path) in &all {
        if number(name, ".json").is_some_and(|n| n <= upto) {
            remove(path)?;
        }
    }
    for (name, path) in &all {
        let rows = number(name, ".rows").or_else(|| Run::parse(name).map(|r| r.last));
        if rows.is_some_and(|n| n <= upto) {
            remove(path)?;
        }
    }
    Ok(())
}
