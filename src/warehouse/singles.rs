//! The tables that have one file: targets, rejects, dimensions, runs. Each is rewritten where a batch touches it.

use super::change::{Changes, mask};
use super::commit::Staging;
use super::dimension::{self, Seen};
use super::document::RejectRow;
use super::error::{Error, in_table};
use super::frame::{Rows, Value, text, time};
use super::index::id_text;
use super::read;
use super::rows;
use super::schema::{
    DIM_AGENCY, DIM_AREA, DIM_INDICATOR, DIM_TIME, LOADS, REJECTS, TARGETS, Table,
};
use super::write::{Batch, LoadRow, Writer, part, put, single};
use polars::prelude::{DataFrame, PolarsResult};
use std::collections::{HashMap, HashSet};

impl Writer {
    pub(super) fn targets(
        &self,
        batch: &Batch,
        stored: &HashSet<String>,
        staging: &Staging,
    ) -> Result<(), Error> {
        let changes = Changes::new(batch, stored);
        let any = batch
            .documents
            .iter()
            .any(|d| d.analysis.as_ref().is_some_and(|a| !a.targets.is_empty()));
        if !any && changes.is_empty() {
            return Ok(());
        }
        let path = single(&self.root, &TARGETS);
        let present = changes
            .apply(read::read_file(&TARGETS, &path)?)
            .map_err(in_table(&path))?;
        let mut rows = Rows::new(&TARGETS, 0);
        for document in &batch.documents {
            let Some(analysis) = &document.analysis else {
                continue;
            };
            for t in &analysis.targets {
                rows::push_target(&mut rows, document, analysis, t, true);
            }
        }
        if present.height() == 0 && rows.is_empty() && !path.exists() {
            return Ok(());
        }
        put(staging, &TARGETS, &part(&TARGETS), present, rows)
    }

    pub(super) fn rejects(
        &self,
        batch: &Batch,
        stored: &HashSet<String>,
        staging: &Staging,
    ) -> Result<(), Error> {
        let path = single(&self.root, &REJECTS);
        let present = read::read_file(&REJECTS, &path)?;
        let gone: HashSet<String> = batch
            .current
            .iter()
            .filter(|(_, current)| !**current)
            .map(|(id, _)| id_text(id))
            .collect();
        let unreadable: HashSet<&str> = batch.unreadable.iter().map(|r| r.path.as_str()).collect();
        let over = |id: Option<&str>, path: Option<&str>| match id {
            Some(id) => stored.contains(id) || gone.contains(id),
            None => path.is_some_and(|p| batch.read_paths.contains(p) || unreadable.contains(p)),
        };
        // What is met again keeps the time at which it was met first.
        let mut first: HashMap<[String; 5], i64> = HashMap::new();
        let mut keep = Vec::with_capacity(present.height());
        {
            let mut read = || -> PolarsResult<()> {
                let column = |name: &str| present.column(name)?.str();
                let (ids, paths, parts, reasons, details) = (
                    column("document_id")?,
                    column("path")?,
                    column("part")?,
                    column("reason")?,
                    column("detail")?,
                );
                let times = present.column("at")?.datetime()?.physical();
                for i in 0..present.height() {
                    let stays = !over(ids.get(i), paths.get(i));
                    if !stays {
                        let own =
                            |c: &polars::prelude::StringChunked| c.get(i).unwrap_or("").to_owned();
                        first.insert(
                            [own(ids), own(paths), own(parts), own(reasons), own(details)],
                            times.get(i).unwrap_or(0),
                        );
                    }
                    keep.push(stays);
                }
                Ok(())
            };
            read().map_err(in_table(&path))?;
        }
        let all = batch
            .documents
            .iter()
            .flat_map(|d| &d.rejects)
            .chain(&batch.unreadable);
        let mut rows = Rows::new(&REJECTS, 0);
        for reject in all {
            let key = [
                &reject.document_id,
                &reject.path,
                &reject.part,
                &reject.reason.name().to_owned(),
                &reject.detail,
            ]
            .map(String::clone);
            let reject = RejectRow {
                at: first.get(&key).copied().unwrap_or(reject.at),
                ..reject.clone()
            };
            reject.push(|cells| rows.push(cells));
        }
        if rows.is_empty() && keep.iter().all(|k| *k) {
            return Ok(());
        }
        let present = present.filter(&mask(keep)).map_err(in_table(&path))?;
        put(staging, &REJECTS, &part(&REJECTS), present, rows)
    }

    pub(super) fn dimensions(&self, batch: &Batch, staging: &Staging) -> Result<(), Error> {
        let mut seen = Seen::default();
        batch.documents.iter().for_each(|d| seen.note(d));
        let one = |table: &'static Table,
                   make: &mut dyn FnMut(&DataFrame) -> PolarsResult<DataFrame>|
         -> Result<(), Error> {
            let path = single(&self.root, table);
            let present = read::read_file(table, &path)?;
            let frame = make(&present).map_err(in_table(&path))?;
            if frame.height() > 0 || path.exists() {
                put(staging, table, &part(table), frame, Rows::new(table, 0))?;
            }
            Ok(())
        };
        if !self.catalogue_written {
            one(&DIM_INDICATOR, &mut |_| {
                dimension::indicators(&self.indicators)
            })?;
        }
        if batch.documents.is_empty() {
            return Ok(());
        }
        one(&DIM_AREA, &mut |present| seen.areas(present))?;
        one(&DIM_AGENCY, &mut |present| seen.agencies(present))?;
        one(&DIM_TIME, &mut |present| seen.periods(present))
    }

    pub(super) fn load(&self, load: &LoadRow, staging: &Staging) -> Result<(), Error> {
        let path = single(&self.root, &LOADS);
        let present = read::read_file(&LOADS, &path)?;
        let others = || -> PolarsResult<DataFrame> {
            let started = present.column("started_at")?.datetime()?.physical().clone();
            present.filter(&mask(
                (0..present.height())
                    .map(|i| started.get(i) != Some(load.started_at))
                    .collect(),
            ))
        };
        let others = others().map_err(in_table(&path))?;
        let n = |v: u64| Value::Int64(i64::try_from(v).unwrap_or(i64::MAX));
        let mut rows = Rows::new(&LOADS, 1);
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
        put(staging, &LOADS, &part(&LOADS), others, rows)
    }
}
