//! What the journal holds becomes part of the tables, in one commit.
//!
//! For each table, the journal's rows and the files that they touch are merged as streams into new files; those that differ
//! are staged, and one commit record lists the renames and the end of the journal. Each partition has one file, which is a
//! function of its rows alone.

use super::columns::{Columns, ParquetFile, files};
use super::commit::{Shared, StagedFile, Staging};
use super::error::{Error, at, in_table};
use super::index::parse_id;
use super::journal::THROUGH;
use super::merge::{Merge, Window};
use super::pieces::ids_of;
use super::read;
use super::rows::{Partition, partition_of};
use super::schema::{Layout, Table};
use super::write::{LoadRow, Writer, part};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

impl Writer {
    /// Makes all that is committed part of the tables, with the row of the run.
    pub fn finish(&mut self, load: &LoadRow) -> Result<(), Error> {
        self.journal.loads.insert(load.started_at, load.clone());
        self.publish()?;
        self.verified.save(|id| self.index.get(id).is_some())
    }

    /// Makes all that is committed part of the tables.
    pub fn publish(&mut self) -> Result<(), Error> {
        self.journal.check()?;
        let staging = Staging::begin(&self.root)?;
        if !self.journal.is_empty() {
            self.facts(&staging)?;
            self.rejects(&staging)?;
        }
        self.dimensions(&staging)?;
        self.loads(&staging)?;
        self.catalogues(&staging)?;
        staging.commit(self.journal.last())?;
        self.journal.forget_all();
        self.catalogue_written = true;
        Ok(())
    }

    /// The tables that go through the journal.
    fn facts(&mut self, staging: &Staging) -> Result<(), Error> {
        let touched = THROUGH
            .iter()
            .map(|table| self.touched(table))
            .collect::<Result<Vec<_>, Error>>()?;
        let any = touched.iter().flat_map(Touched::values).any(|p| p.exists());
        if self.journal.is_in_memory() && !any {
            // Nothing to be merged with: the rows are written as they are held.
            let orders = self.journal.pending.sorted(&self.journal.effects);
            let tables = self.journal.pending.tables().map(|(rows, _)| rows);
            let all: Vec<_> = tables.zip(orders).collect();
            return all
                .par_iter()
                .try_for_each(|(rows, order)| write_all(rows, order, staging));
        }
        self.journal.spill()?;
        // Where rows were held, rows of the files are collected: memory that is freed is not at once another's.
        let spare = std::mem::take(&mut self.journal.pending).into_tables();
        let left = AtomicUsize::new(THROUGH.len());
        THROUGH
            .par_iter()
            .zip(touched)
            .zip(spare)
            .try_for_each(|((table, touched), spare)| {
                let merged = self.merge_table(table, touched, spare, staging, &left);
                left.fetch_sub(1, Ordering::Relaxed);
                merged
            })
    }

    /// Merges a table; `left` are those that are not merged yet.
    fn merge_table(
        &self,
        table: &'static Table,
        touched: Touched,
        spare: Columns,
        staging: &Staging,
        left: &AtomicUsize,
    ) -> Result<(), Error> {
        let mut sources = self.journal.sources(table);
        if sources.is_empty() && (!self.journal.effects.changes(table) || touched.is_empty()) {
            return Ok(());
        }
        let present: Vec<PathBuf> = touched.values().filter(|p| p.exists()).cloned().collect();
        if !present.is_empty() {
            // Partition after partition, each sorted: together they are sorted by the key across partitions.
            let rows = files(table, present);
            sources.insert(0, self.journal.effective(rows, 0));
        }
        let mut files = Files {
            table,
            staging,
            spare: Some(spare),
            open: None,
            written: BTreeSet::new(),
        };
        let mut merge = Merge::new(table, sources);
        let mut next = merge.next();
        while let Some(window) = next.transpose()? {
            // Tables have a thread each; the last ones would be the work of fewer than there are. (Before that, who waits for
            // the other half would begin with one more table, and hold the rows of both.)
            if rayon::current_num_threads() > left.load(Ordering::Relaxed) {
                let (after, put) = rayon::join(|| merge.next(), || files.put(&window));
                put?;
                next = after;
            } else {
                files.put(&window)?;
                next = merge.next();
            }
        }
        let written = files.finish()?;
        for (target, path) in touched {
            if written.contains(&target) || !path.exists() {
                continue;
            }
            match table.layout {
                // A table that has a file keeps it, also when it has no rows.
                Layout::Single => {
                    Out::create(staging, Columns::new(table), target)?.finish()?;
                }
                Layout::ByYearAndProvince => staging.remove(&target),
            }
        }
        Ok(())
    }

    /// The files of a table that get rows, lose rows, or have rows that change, in the order of the key: target and path.
    fn touched(&self, table: &'static Table) -> Result<Touched, Error> {
        let mut touched = Touched::default();
        if table.layout == Layout::Single {
            touched.add(None, part(table), &self.root);
            return Ok(touched);
        }
        for p in self
            .journal
            .partitions
            .get(table.name)
            .into_iter()
            .flatten()
        {
            touched.add(Some(p.clone()), target(table, p), &self.root);
        }
        if self.journal.effects.touches_tables() {
            // Where the old rows of a document are is not written down; the column of ids is cheap to read.
            let all = read::files(&self.root, table)?;
            let found = all
                .par_iter()
                .map(|file| {
                    let partition = partition(&self.root, table, file);
                    let Some(p) = partition.filter(|p| !touched.partitions.contains(p)) else {
                        return Ok(None);
                    };
                    Ok(self.has_rows_to_change(table, file)?.then_some(p))
                })
                .collect::<Result<Vec<_>, Error>>()?;
            for p in found.into_iter().flatten() {
                touched.add(Some(p.clone()), target(table, &p), &self.root);
            }
        }
        Ok(touched)
    }

    fn has_rows_to_change(&self, table: &'static Table, file: &Path) -> Result<bool, Error> {
        for frame in ids_of(table, file) {
            let frame = frame?;
            let ids = frame
                .column("document_id")
                .and_then(|c| c.str())
                .map_err(in_table(file))?;
            let mut last = "";
            for id in ids.iter().flatten() {
                if id != last && parse_id(id).is_some_and(|id| self.journal.touches(table, &id)) {
                    return Ok(true);
                }
                last = id;
            }
        }
        Ok(false)
    }
}

/// Files of a table in the order of the key.
#[derive(Default)]
struct Touched {
    partitions: BTreeSet<Partition>,
    files: BTreeMap<Option<Partition>, (String, PathBuf)>,
}

impl Touched {
    fn add(&mut self, partition: Option<Partition>, target: String, root: &Path) {
        self.partitions.extend(partition.clone());
        let path = root.join(&target);
        self.files.insert(partition, (target, path));
    }

    fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn values(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.values().map(|(_, path)| path)
    }
}

impl IntoIterator for Touched {
    type Item = (String, PathBuf);
    type IntoIter = std::collections::btree_map::IntoValues<Option<Partition>, (String, PathBuf)>;

    fn into_iter(self) -> Self::IntoIter {
        self.files.into_values()
    }
}

fn target(table: &Table, p: &Partition) -> String {
    format!("{}/{}/part-0.parquet", table.name, p.folder())
}

/// The partition of a file, by its path; `None` for a file that is not ours.
fn partition(root: &Path, table: &Table, file: &Path) -> Option<Partition> {
    let relative = file.strip_prefix(root.join(table.name)).ok()?;
    let mut parts = relative.iter().map(|p| p.to_string_lossy());
    let year = parts.next()?.strip_prefix("year=")?.parse().ok()?;
    let province = parts.next()?.strip_prefix("province=")?.to_owned();
    let p = Partition { year, province };
    (root.join(target(table, &p)) == file).then_some(p)
}

/// Writes the files of a table of which there are none yet.
fn write_all(all: &Columns, rows: &[u32], staging: &Staging) -> Result<(), Error> {
    split(all, rows)
        .into_par_iter()
        .try_for_each(|(target, rows)| {
            let out = Out::create(staging, Columns::new(all.table()), target)?;
            let written = out.file.write_whole(all, rows);
            written.map_err(at(Path::new(&out.target)))?;
            out.staged.finish().map(|_| ())
        })
}

/// Sorted rows by the file that they belong to.
fn split<'a>(all: &Columns, rows: &'a [u32]) -> Vec<(String, &'a [u32])> {
    let table = all.table();
    if rows.is_empty() {
        return Vec::new();
    }
    if table.layout == Layout::Single {
        return vec![(part(table), rows)];
    }
    let column = |name| table.position(name).unwrap_or(usize::MAX);
    let (year, province) = (column("year"), column("province"));
    let of = |row: u32| {
        let row = row as usize;
        (all.id_at(year, row), all.id_at(province, row))
    };
    let files = rows.chunk_by(|a, b| of(*a) == of(*b)).filter_map(|rows| {
        let first = *rows.first()? as usize;
        Some((target(table, &partition_of(all, first)), rows))
    });
    files.collect()
}

/// The files of a table, written one after the other.
struct Files<'a> {
    table: &'static Table,
    staging: &'a Staging,
    /// Memory for the rows of a file.
    spare: Option<Columns>,
    open: Option<Out<'a>>,
    written: BTreeSet<String>,
}

impl Files<'_> {
    /// Writes rows that follow those written so far.
    fn put(&mut self, window: &Window) -> Result<(), Error> {
        for (target, rows) in split(&window.all, &window.rows) {
            if self.open.as_ref().is_none_or(|o| o.target != target) {
                if let Some(done) = self.open.take() {
                    self.spare = Some(done.finish()?);
                }
                self.written.insert(target.clone());
                let spare = self.spare.take();
                let spare = spare.unwrap_or_else(|| Columns::new(self.table));
                self.open = Some(Out::create(self.staging, spare, target)?);
            }
            if let Some(out) = &mut self.open {
                out.write(&window.all, rows)?;
            }
        }
        Ok(())
    }

    /// Which files were written.
    fn finish(self) -> Result<BTreeSet<String>, Error> {
        if let Some(done) = self.open {
            done.finish()?;
        }
        Ok(self.written)
    }
}

/// A file of a table, being written.
struct Out<'a> {
    target: String,
    staged: StagedFile<'a>,
    file: ParquetFile<Shared>,
}

impl<'a> Out<'a> {
    /// A file of the table that `spare` is of, which has no rows: memory for them.
    fn create(staging: &'a Staging, spare: Columns, target: String) -> Result<Self, Error> {
        let staged = staging.create(&target)?;
        let file = ParquetFile::with(spare.table(), staged.writer(), spare);
        Ok(Out {
            target,
            staged,
            file,
        })
    }

    fn write(&mut self, all: &Columns, rows: &[u32]) -> Result<(), Error> {
        let written = self.file.write(all, rows);
        written.map_err(at(Path::new(&self.target)))
    }

    /// Returns the memory for the rows of the next file.
    fn finish(self) -> Result<Columns, Error> {
        let finished = self.file.finish();
        let spare = finished.map_err(at(Path::new(&self.target)))?;
        self.staged.finish().map(|_| spare)
    }
}
