//! What the journal holds becomes part of the tables, in one commit.
//!
//! For each table, the journal's rows and the files that they touch are merged as streams into new files; those that differ
//! are staged, and one commit record lists the renames and the end of the journal. Each partition has one file, which is a
//! function of its rows alone.

use super::commit::{Shared, StagedFile, Staging};
use super::error::{Error, in_table};
use super::frame;
use super::index::parse_id;
use super::journal::THROUGH;
use super::merge::{Frames, Merge, files, ids_of};
use super::read;
use super::rows::Partition;
use super::schema::{Layout, Table};
use super::write::{LoadRow, Writer, part};
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{DataFrame, PolarsResult};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

impl Writer {
    /// Makes all that is committed part of the tables, with the row of the run.
    pub fn finish(&mut self, load: &LoadRow) -> Result<(), Error> {
        self.journal.loads.insert(load.started_at, load.clone());
        self.publish()
    }

    /// Makes all that is committed part of the tables.
    pub fn publish(&mut self) -> Result<(), Error> {
        let staging = Staging::begin(&self.root)?;
        if !self.journal.is_empty() {
            THROUGH
                .par_iter()
                .try_for_each(|table| self.publish_table(table, &staging))?;
            self.rejects(&staging)?;
        }
        self.dimensions(&staging)?;
        self.loads(&staging)?;
        staging.commit(self.journal.last())?;
        self.journal.forget_all();
        self.catalogue_written = true;
        Ok(())
    }

    fn publish_table(&self, table: &'static Table, staging: &Staging) -> Result<(), Error> {
        let touched = self.touched(table)?;
        let mut sources = self.journal.sources(table);
        let unchanged = !self.journal.touches_tables() && self.journal.amended.is_empty();
        if sources.is_empty() && (unchanged || touched.is_empty()) {
            return Ok(());
        }
        let present: Vec<PathBuf> = touched.values().filter(|p| p.exists()).cloned().collect();
        if !present.is_empty() {
            // Partition after partition, each sorted: together they are sorted by the key across partitions.
            let rows = files(table, present);
            sources.insert(0, self.journal.effective(table, rows, 0));
        }
        let merge: Frames<'_> = Box::new(Merge::new(table, sources));
        let mut out: Option<Out<'_>> = None;
        let mut written: BTreeSet<String> = BTreeSet::new();
        for frame in merge {
            let frame = frame?;
            for (target, piece) in split(table, frame).map_err(in_table(Path::new(table.name)))? {
                if out.as_ref().is_none_or(|o| o.target != target) {
                    if let Some(done) = out.take() {
                        done.finish()?;
                    }
                    written.insert(target.clone());
                    out = Some(Out::create(staging, target, &piece)?);
                }
                if let Some(out) = &mut out {
                    out.write(piece)?;
                }
            }
        }
        if let Some(done) = out {
            done.finish()?;
        }
        for (target, path) in touched {
            if written.contains(&target) || !path.exists() {
                continue;
            }
            match table.layout {
                // A table that has a file keeps it, also when it has no rows.
                Layout::Single => {
                    let empty = frame::empty(table);
                    Out::create(staging, target, &empty)?.finish()?;
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
        if self.journal.touches_tables() {
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

/// The pieces of a sorted frame, by the file that they belong to.
fn split(table: &'static Table, frame: DataFrame) -> PolarsResult<Vec<(String, DataFrame)>> {
    if table.layout == Layout::Single {
        return Ok(vec![(part(table), frame)]);
    }
    let mut pieces = Vec::new();
    let years = frame.column("year")?.i32()?;
    let provinces = frame.column("province")?.str()?;
    let of = |i: usize| (years.get(i).unwrap_or(0), provinces.get(i).unwrap_or("00"));
    let mut start = 0;
    while start < frame.height() {
        let this = of(start);
        // Mostly all rows are of one partition.
        let mut end = frame.height();
        if of(end - 1) != this {
            end = (start..end).find(|i| of(*i) != this).unwrap_or(end);
        }
        let partition = Partition {
            year: this.0,
            province: this.1.to_owned(),
        };
        let piece = frame.slice(start as i64, end - start);
        pieces.push((target(table, &partition), piece));
        start = end;
    }
    Ok(pieces)
}

/// A file of a table, being written: row groups of a fixed number of rows, so that its bytes depend on its rows only.
struct Out<'a> {
    target: String,
    staged: StagedFile<'a>,
    writer: BatchedWriter<Shared>,
    waiting: DataFrame,
    any: bool,
}

impl<'a> Out<'a> {
    fn create(staging: &'a Staging, target: String, like: &DataFrame) -> Result<Self, Error> {
        let staged = staging.create(&target)?;
        let writer =
            frame::writer(staged.writer(), like.schema()).map_err(in_table(Path::new(&target)))?;
        Ok(Out {
            target,
            staged,
            writer,
            waiting: like.clear(),
            any: false,
        })
    }

    fn write(&mut self, piece: DataFrame) -> Result<(), Error> {
        let put = || -> PolarsResult<()> {
            self.waiting.vstack_mut_owned(piece)?;
            while self.waiting.height() >= frame::ROW_GROUP {
                let mut group = self.waiting.slice(0, frame::ROW_GROUP);
                group.rechunk_mut();
                self.writer.write_batch(&group)?;
                self.any = true;
                let rest = self.waiting.slice(frame::ROW_GROUP as i64, usize::MAX >> 1);
                self.waiting = rest;
            }
            Ok(())
        };
        put().map_err(in_table(Path::new(&self.target)))
    }

    fn finish(mut self) -> Result<(), Error> {
        let mut put = || -> PolarsResult<()> {
            if self.waiting.height() > 0 || !self.any {
                self.waiting.rechunk_mut();
                self.writer.write_batch(&self.waiting)?;
            }
            self.writer.finish()?;
            Ok(())
        };
        put().map_err(in_table(Path::new(&self.target)))?;
        drop(self.writer);
        self.staged.finish().map(|_| ())
    }
}
