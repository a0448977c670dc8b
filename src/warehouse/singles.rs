//! The small tables: rejects, dimensions, runs. They are in memory as a whole while they are rewritten.

use super::columns::to_parquet;
use super::commit::Staging;
use super::dimension::{self, Seen};
use super::error::{Error, in_table};
use super::frame::{Rows, Value, text, time};
use super::journal::RejectCells;
use super::read;
use super::schema::{DIM_AGENCY, DIM_AREA, DIM_INDICATOR, DIM_TIME, LOADS, REJECTS, Table};
use super::write::{LoadRow, Writer, part, single};
use polars::prelude::{DataFrame, PolarsResult};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

impl Writer {
    /// Replays what the batches of the journal did to `rejects`.
    pub(super) fn rejects(&self, staging: &Staging) -> Result<(), Error> {
        if self.journal.rejects.is_empty() {
            return Ok(());
        }
        let path = single(&self.root, &REJECTS);
        let present = read::read_file(&REJECTS, &path)?;
        let mut all = reject_cells(&present).map_err(in_table(&path))?;
        for change in &self.journal.rejects {
            // What is met again keeps the time at which it was met first.
            let mut first: HashMap<[String; 6], i64> = HashMap::new();
            all.retain(|(cells, at)| {
                let [id, path, ..] = cells;
                let over = if id.is_empty() {
                    change.paths.contains(path)
                } else {
                    change.documents.contains(id)
                };
                if over {
                    first.insert(cells.clone(), *at);
                }
                !over
            });
            let new = change.rows.iter().map(|(cells, at)| {
                let at = first.get(cells).unwrap_or(at);
                (cells.clone(), *at)
            });
            all.extend(new);
        }
        let mut rows = Rows::new(&REJECTS, all.len());
        for ([id, path, name, part, reason, detail], at) in &all {
            rows.push(&[
                text(id),
                text(path),
                text(name),
                text(part),
                text(reason),
                text(detail),
                Value::Time(*at),
            ]);
        }
        if rows.is_empty() && !path.exists() {
            return Ok(());
        }
        let frame = rows.finish().map_err(in_table(&path))?;
        put(staging, &REJECTS, &frame)
    }

    pub(super) fn dimensions(&mut self, staging: &Staging) -> Result<(), Error> {
        let root = self.root.clone();
        let one = |table: &'static Table,
                   make: &mut dyn FnMut(&DataFrame) -> PolarsResult<DataFrame>|
         -> Result<(), Error> {
            let path = single(&root, table);
            let present = read::read_file(table, &path)?;
            let frame = make(&present).map_err(in_table(&path))?;
            if frame.height() > 0 || path.exists() {
                put(staging, table, &frame)?;
            }
            Ok(())
        };
        if !self.catalogue_written {
            one(&DIM_INDICATOR, &mut |_| {
                dimension::indicators(&self.indicators)
            })?;
        }
        if self.journal.is_empty() {
            return Ok(());
        }
        let mut seen: Seen = std::mem::take(&mut self.journal.seen);
        one(&DIM_AREA, &mut |present| seen.areas(present))?;
        one(&DIM_AGENCY, &mut |present| seen.agencies(present))?;
        one(&DIM_TIME, &mut |present| seen.periods(present))?;
        // Should the commit fail, what was seen is still to be written.
        self.journal.seen = seen;
        Ok(())
    }

    pub(super) fn loads(&self, staging: &Staging) -> Result<(), Error> {
        let loads: &BTreeMap<i64, LoadRow> = &self.journal.loads;
        if loads.is_empty() {
            return Ok(());
        }
        let path = single(&self.root, &LOADS);
        let present = read::read_file(&LOADS, &path)?;
        let make = || -> PolarsResult<DataFrame> {
            let started = present.column("started_at")?.datetime()?.physical().clone();
            let others = (0..present.height())
                .map(|i| started.get(i).is_none_or(|at| !loads.contains_key(&at)))
                .collect();
            let mut all = present.filter_seq(&super::change::mask(others))?;
            let mut rows = Rows::new(&LOADS, loads.len());
            for load in loads.values() {
                push_load(&mut rows, load);
            }
            all.vstack_mut_owned(rows.finish()?)?;
            Ok(all)
        };
        let all = make().map_err(in_table(&path))?;
        put(staging, &LOADS, &all)
    }
}

fn push_load(rows: &mut Rows, load: &LoadRow) {
    let n = |v: u64| Value::Int64(i64::try_from(v).unwrap_or(i64::MAX));
    rows.push(&[
        Value::Time(load.started_at),
        time(load.finished_at),
        text(&load.user_name),
        text(&load.host),
        text(&load.version),
        text(&load.catalogue_version),
        text(&load.options),
        n(load.files),
        n(load.documents),
        n(load.unchanged),
        n(load.superseded),
        n(load.rejected),
        n(load.partial),
        n(load.quantities),
        n(load.observations),
        n(load.warnings),
        n(load.bytes_read),
    ]);
}

/// The rows of `rejects`.
fn reject_cells(frame: &DataFrame) -> PolarsResult<Vec<RejectCells>> {
    let column = |name: &str| frame.column(name)?.str();
    let texts = [
        column("document_id")?,
        column("path")?,
        column("file_name")?,
        column("part")?,
        column("reason")?,
        column("detail")?,
    ];
    let times = frame.column("at")?.datetime()?.physical();
    Ok((0..frame.height())
        .map(|i| {
            let cells = texts.map(|c| c.get(i).unwrap_or("").to_owned());
            (cells, times.get(i).unwrap_or(0))
        })
        .collect())
}

/// Stages the whole of a table that has one file.
fn put(staging: &Staging, table: &'static Table, whole: &DataFrame) -> Result<(), Error> {
    let target = part(table);
    let bytes = to_parquet(table, whole).map_err(in_table(Path::new(&target)))?;
    staging.put(&target, &bytes).map(|_| ())
}
