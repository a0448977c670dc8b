//! What a batch does to rows that are in the warehouse already.

use super::error::{Error, at, in_table};
use super::frame;
use super::index::id_text;
use super::write::Batch;
use polars::prelude::{BooleanChunked, DataFrame, IntoColumn, NewChunkedArray, PolarsResult};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

/// What happens to rows that are there: those of documents read again go, those of others change `is_current`.
pub(super) struct Changes {
    dropped: HashSet<String>,
    current: HashMap<String, bool>,
}

impl Changes {
    pub(super) fn new(batch: &Batch, stored: &HashSet<String>) -> Self {
        let mut dropped = stored.clone();
        // Documents seen for the first time have no rows yet; looking for them would read every partition.
        batch.documents.iter().filter(|d| d.is_new).for_each(|d| {
            dropped.remove(&d.row.document_id);
        });
        let current = batch
            .current
            .iter()
            .map(|(id, c)| (id_text(id), *c))
            .filter(|(id, _)| !stored.contains(id))
            .collect();
        Changes { dropped, current }
    }

    /// The same for the text of documents, which does not say what is current.
    pub(super) fn of_text(batch: &Batch, stored: &HashSet<String>) -> Self {
        let mut dropped = Changes::new(batch, stored).dropped;
        batch
            .documents
            .iter()
            .filter(|d| d.keeps_text)
            .for_each(|d| {
                dropped.remove(&d.row.document_id);
            });
        Changes {
            dropped,
            current: HashMap::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.current.is_empty()
    }

    /// Whether the file has rows of these documents.
    pub(super) fn touch(&self, file: &Path) -> Result<bool, Error> {
        let bytes = std::fs::read(file).map_err(at(file))?;
        let look = || -> PolarsResult<bool> {
            let frame = frame::columns_from_parquet(bytes, &["document_id"])?;
            let ids: BTreeSet<&str> = frame
                .column("document_id")?
                .str()?
                .iter()
                .flatten()
                .collect();
            Ok(ids
                .iter()
                .any(|id| self.dropped.contains(*id) || self.current.contains_key(*id)))
        };
        look().map_err(in_table(file))
    }

    pub(super) fn apply(&self, present: DataFrame) -> PolarsResult<DataFrame> {
        if self.is_empty() || present.height() == 0 {
            return Ok(present);
        }
        let mut kept = filter(&present, "document_id", |id| {
            !id.is_some_and(|id| self.dropped.contains(id))
        })?;
        if !self.current.is_empty() {
            let ids = kept.column("document_id")?.str()?;
            let flags = kept.column("is_current")?.bool()?;
            let changed = ids
                .iter()
                .zip(flags.iter())
                .map(|(id, flag)| id.and_then(|id| self.current.get(id).copied()).or(flag));
            let changed: Vec<Option<bool>> = changed.collect();
            kept.with_column(
                BooleanChunked::from_slice_options("is_current".into(), &changed).into_column(),
            )?;
        }
        Ok(kept)
    }
}

/// One flag a row.
pub(super) fn mask(keep: Vec<bool>) -> BooleanChunked {
    BooleanChunked::from_slice("keep".into(), &keep)
}

/// The rows for which `keep` says so of a text column.
pub(super) fn filter(
    frame: &DataFrame,
    column: &str,
    keep: impl Fn(Option<&str>) -> bool,
) -> PolarsResult<DataFrame> {
    let keep: Vec<bool> = frame.column(column)?.str()?.iter().map(keep).collect();
    if keep.iter().all(|k| *k) {
        Ok(frame.clone())
    } else {
        frame.filter(&mask(keep))
    }
}
