//! The journal: batches that are committed and not yet part of the tables.
//!
//! A load of many files is many batches. Were each merged into the tables at once, every batch would rewrite most
//! partitions, and the cost would grow with the square of their number; were each a further file of its partitions, readers
//! would find partitions of hundreds of small files, and could meet them half merged. So a batch is committed to the
//! journal (`.zhibiao/journal`, where no reader of tables looks), which costs what the batch costs, and the tables are
//! rewritten once, when the run ends or is stopped, by one merge of the journal into the partitions that it touches
//! (`publish`). A run that is killed leaves its journal; the next one goes on with it.
//!
//! * `00000007.json` says what the seventh batch does besides adding rows: the manifest. Its appearance, by rename, is the
//!   commit of the batch.
//! * `00000001-00000016/observations.rows` has the rows of batches 1 to 16, sorted. Sixteen neighbours of one size are
//!   merged into one, so that a merge has few sources however long the run was.
//!
//! What is in the folder and not named by a manifest is left over from a kill, and goes when the journal is opened.

use super::dimension::Seen;
use super::document::DocumentRow;
use super::error::{Error, at, in_table};
use super::frame::Rows;
use super::index::{Id, id_text, parse_id};
use super::merge::{Frames, Merge, RowsFile, rows_file, sort};
use super::rows::Partition;
use super::schema::{BLOCKS, CHECKS, DOCUMENTS, OBSERVATIONS, QUANTITIES, TARGETS, Table};
use super::write::{Amendment, LoadRow, tidy};
use polars::prelude::{BooleanChunked, DataFrame, IntoColumn, NewChunkedArray, PolarsResult};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Folder of the journal, below the warehouse's own.
const FOLDER: &str = "journal";
/// Runs of the same size that become one.
const FAN: usize = 16;

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

const FORMAT: u32 = 2;

/// The rows of neighbouring batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    first: u64,
    last: u64,
}

impl Run {
    fn folder(self, journal: &Path) -> PathBuf {
        journal.join(format!("{:08}-{:08}", self.first, self.last))
    }

    fn parse(name: &str) -> Option<Run> {
        let (first, last) = name.split_once('-')?;
        Some(Run {
            first: first.parse().ok()?,
            last: last.parse().ok()?,
        })
    }

    fn width(self) -> u64 {
        self.last - self.first + 1
    }
}

/// The journal, open for writing, with what its manifests come to.
#[derive(Debug, Default)]
pub(super) struct Journal {
    folder: PathBuf,
    runs: Vec<Run>,
    last: u64,
    /// Documents whose rows of earlier batches (and of the tables) go, by the batch that says so.
    dropped: HashMap<Id, u64>,
    text_dropped: HashMap<Id, u64>,
    pub current: HashMap<Id, bool>,
    pub amended: HashMap<Id, Amendment>,
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
            ..Journal::default()
        };
        let mut manifests = Vec::new();
        let mut runs = Vec::new();
        let mut left_over = Vec::new();
        for (name, path) in entries(&folder)? {
            if let Some(n) = name
                .strip_suffix(".json")
                .and_then(|n| n.parse::<u64>().ok())
            {
                manifests.push((n, path));
            } else if let Some(run) = Run::parse(&name) {
                runs.push(run);
            } else {
                left_over.push(path);
            }
        }
        manifests.sort();
        for (n, path) in manifests {
            let text = std::fs::read(&path).map_err(at(&path))?;
            let manifest: Manifest = serde_json::from_slice(&text).map_err(|e| Error::Damaged {
                path: path.clone(),
                detail: format!("not a manifest: {e}"),
            })?;
            if manifest.format != FORMAT || manifest.seq != n {
                let detail = format!("a manifest of format {}", manifest.format);
                return Err(Error::Damaged { path, detail });
            }
            journal.absorb(manifest);
        }
        // The widest first: a merged run makes those it was merged from superfluous.
        runs.sort_by_key(|r| (r.first, std::cmp::Reverse(r.last)));
        for run in runs {
            let covered = journal.runs.last().is_some_and(|r| r.last >= run.last);
            if covered || run.last > journal.last {
                left_over.push(run.folder(&folder));
            } else {
                journal.runs.push(run);
            }
        }
        for path in left_over {
            remove(&path)?;
        }
        let mut next = 1;
        for run in &journal.runs {
            if run.first != next {
                break;
            }
            next = run.last + 1;
        }
        if next != journal.last + 1 {
            return Err(Error::Damaged {
                path: folder,
                detail: format!("the rows of batch {next} are not there"),
            });
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

    /// Whether rows of the tables go or change, so that their files have to be searched.
    pub fn touches_tables(&self) -> bool {
        !self.dropped.is_empty() || !self.current.is_empty()
    }

    /// Whether a document's rows in the files of a table go or change.
    pub fn touches(&self, table: &Table, id: &Id) -> bool {
        self.dropped_of(table).contains_key(id)
            || (table.has("is_current") && self.current.contains_key(id))
    }

    /// All that was in the journal is in the tables.
    pub fn forget_all(&mut self) {
        *self = Journal {
            folder: std::mem::take(&mut self.folder),
            ..Journal::default()
        };
    }

    fn dropped_of(&self, table: &Table) -> &HashMap<Id, u64> {
        if table.name == BLOCKS.name {
            &self.text_dropped
        } else {
            &self.dropped
        }
    }

    /// Commits a batch: its rows by table, in any order, and its manifest.
    pub fn append(
        &mut self,
        frames: Vec<(&'static Table, DataFrame)>,
        mut manifest: Manifest,
    ) -> Result<(), Error> {
        let seq = self.last + 1;
        manifest.format = FORMAT;
        manifest.seq = seq;
        std::fs::create_dir_all(&self.folder).map_err(at(&self.folder))?;
        let run = Run {
            first: seq,
            last: seq,
        };
        self.write_run(run, |table| {
            let frame = frames.iter().find(|(t, _)| t.name == table.name);
            let Some((_, frame)) = frame.filter(|(_, f)| f.height() > 0) else {
                return Ok(None);
            };
            let sorted =
                sort(&super::merge::key(table), frame).map_err(in_table(Path::new(table.name)))?;
            Ok(Some(super::merge::whole(sorted)))
        })?;
        let path = self.folder.join(format!("{seq:08}.json"));
        let part = path.with_extension("json.part");
        let text = serde_json::to_vec(&manifest).map_err(|e| Error::Io {
            path: part.clone(),
            source: e.into(),
        })?;
        let mut file = File::create(&part).map_err(at(&part))?;
        file.write_all(&text)
            .and_then(|()| file.sync_all())
            .map_err(at(&part))?;
        drop(file);
        std::fs::rename(&part, &path).map_err(at(&path))?;
        super::commit::sync_folder(&self.folder)?;
        self.absorb(manifest);
        self.runs.push(run);
        self.compact()
    }

    /// Writes the folder of a run.
    fn write_run<'a>(
        &self,
        run: Run,
        rows: impl Fn(&'static Table) -> Result<Option<Frames<'a>>, Error> + Sync,
    ) -> Result<(), Error> {
        let folder = run.folder(&self.folder);
        let part = folder.with_extension("part");
        remove(&part)?;
        remove(&folder)?;
        std::fs::create_dir(&part).map_err(at(&part))?;
        THROUGH.par_iter().try_for_each(|table| {
            if let Some(frames) = rows(table)? {
                let mut file = RowsFile::create(table, &part.join(rows_name(table)))?;
                for frame in frames {
                    file.write(frame?)?;
                }
                file.finish()?;
            }
            Ok(())
        })?;
        super::commit::sync_folder(&part)?;
        std::fs::rename(&part, &folder).map_err(at(&folder))?;
        super::commit::sync_folder(&self.folder)
    }

    /// Neighbours of one size become one.
    fn compact(&mut self) -> Result<(), Error> {
        while let Some(start) = self.runs.len().checked_sub(FAN) {
            let few = self.runs.get(start..).unwrap_or_default().to_vec();
            let (Some(first), Some(last)) = (few.first(), few.last()) else {
                return Ok(());
            };
            if few.iter().any(|r| r.width() != first.width()) {
                return Ok(());
            }
            let merged = Run {
                first: first.first,
                last: last.last,
            };
            self.write_run(merged, |table| {
                let sources = few
                    .iter()
                    .filter_map(|r| self.source(table, *r))
                    .collect::<Vec<_>>();
                Ok((!sources.is_empty())
                    .then(|| Box::new(Merge::new(table, sources)) as Frames<'_>))
            })?;
            self.runs.truncate(start);
            self.runs.push(merged);
            for run in few {
                remove(&run.folder(&self.folder))?;
            }
        }
        Ok(())
    }

    /// The rows of a table, a source a run, as they are after all that the journal says.
    pub fn sources(&self, table: &'static Table) -> Vec<Frames<'_>> {
        self.runs
            .iter()
            .filter_map(|r| self.source(table, *r))
            .collect()
    }

    fn source(&self, table: &'static Table, run: Run) -> Option<Frames<'_>> {
        let path = run.folder(&self.folder).join(rows_name(table));
        let rows = path.exists().then(|| rows_file(table, path))?;
        Some(self.effective(table, rows, run.last))
    }

    /// Rows of the tables (`seq` 0) or of a run, as they are after all that the journal says.
    pub fn effective<'a>(
        &'a self,
        table: &'static Table,
        rows: Frames<'a>,
        seq: u64,
    ) -> Frames<'a> {
        let plain = self.dropped_of(table).is_empty()
            && (self.current.is_empty() || !table.has("is_current"))
            && (self.amended.is_empty() || table.name != DOCUMENTS.name);
        if plain {
            return rows;
        }
        Box::new(rows.map(move |frame| {
            self.change(table, frame?, seq)
                .map_err(in_table(Path::new(table.name)))
        }))
    }

    fn change(&self, table: &'static Table, frame: DataFrame, seq: u64) -> PolarsResult<DataFrame> {
        let ids = parsed(&frame)?;
        let dropped = self.dropped_of(table);
        let stays = |id: &Option<Id>| {
            id.as_ref()
                .and_then(|id| dropped.get(id))
                .is_none_or(|by| *by <= seq)
        };
        let keep: Vec<bool> = ids.iter().map(stays).collect();
        if table.name == DOCUMENTS.name {
            return self.amend(frame, &ids, keep);
        }
        let mut frame = frame;
        if table.has("is_current") && !self.current.is_empty() {
            let flags = frame.column("is_current")?.bool()?;
            let changed: Vec<Option<bool>> = ids
                .iter()
                .zip(flags.iter())
                .map(|(id, flag)| {
                    id.as_ref()
                        .and_then(|id| self.current.get(id).copied())
                        .or(flag)
                })
                .collect();
            frame.with_column(
                BooleanChunked::from_slice_options("is_current".into(), &changed).into_column(),
            )?;
        }
        filter(frame, keep)
    }

    fn amend(
        &self,
        frame: DataFrame,
        ids: &[Option<Id>],
        mut keep: Vec<bool>,
    ) -> PolarsResult<DataFrame> {
        let mut rows = Rows::new(&DOCUMENTS, 0);
        let mut of: HashMap<String, &Amendment> = HashMap::new();
        for (id, keep) in ids.iter().zip(&mut keep) {
            if let (Some(id), true) = (id, *keep)
                && let Some(amendment) = self.amended.get(id)
            {
                of.insert(id_text(id), amendment);
                *keep = false;
            }
        }
        if of.is_empty() {
            return filter(frame, keep);
        }
        for mut row in DocumentRow::from_frame(&frame, |id| of.contains_key(id))? {
            if let Some(amendment) = of.get(&row.document_id) {
                amendment.apply(&mut row);
                row.push(|cells| rows.push(cells));
            }
        }
        let mut kept = filter(frame, keep)?;
        kept.vstack_mut_owned(rows.finish()?)?;
        kept.rechunk_mut();
        sort(&super::merge::key(&DOCUMENTS), &kept)
    }

    fn absorb(&mut self, manifest: Manifest) {
        let seq = manifest.seq;
        self.last = self.last.max(seq);
        let keeps: BTreeSet<&String> = manifest.keeps_text.iter().collect();
        for text in &manifest.dropped {
            let Some(id) = parse_id(text) else { continue };
            self.dropped.insert(id, seq);
            if !keeps.contains(text) {
                self.text_dropped.insert(id, seq);
            }
            self.current.remove(&id);
            self.amended.remove(&id);
        }
        for (text, current) in manifest.current {
            if let Some(id) = parse_id(&text) {
                self.current.insert(id, current);
            }
        }
        for (text, amendment) in manifest.amended {
            if let Some(id) = parse_id(&text) {
                self.amended.entry(id).or_default().add(amendment);
            }
        }
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

impl Amendment {
    /// What is said later prevails.
    fn add(&mut self, later: Amendment) {
        self.modified_at = later.modified_at.or(self.modified_at);
        if later.supersedes.is_some() {
            self.supersedes = later.supersedes;
        }
        self.remarks.extend(later.remarks);
    }

    /// Changes a row.
    pub(super) fn apply(&self, row: &mut DocumentRow) {
        row.modified_at = self.modified_at.or(row.modified_at);
        if let Some(supersedes) = &self.supersedes {
            row.supersedes.clone_from(supersedes);
        }
        row.warnings.extend(self.remarks.iter().cloned());
        tidy(row);
    }
}

/// The ids of the rows; neighbours mostly have the same.
fn parsed(frame: &DataFrame) -> PolarsResult<Vec<Option<Id>>> {
    let mut last: (&str, Option<Id>) = ("", None);
    let mut ids = Vec::with_capacity(frame.height());
    for text in frame.column("document_id")?.str()?.iter() {
        let text = text.unwrap_or("");
        if text != last.0 {
            last = (text, parse_id(text));
        }
        ids.push(last.1);
    }
    Ok(ids)
}

fn filter(frame: DataFrame, keep: Vec<bool>) -> PolarsResult<DataFrame> {
    if keep.iter().all(|k| *k) {
        Ok(frame)
    } else {
        frame.filter_seq(&super::change::mask(keep))
    }
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
        let n = name
            .strip_suffix(".json")
            .and_then(|n| n.parse::<u64>().ok());
        if n.is_some_and(|n| n <= upto) {
            remove(path)?;
        }
    }
    for (name, path) in &all {
        if Run::parse(name).is_some_and(|r| r.last <= upto) {
            remove(path)?;
        }
    }
    Ok(())
}
