//! Rows of one file of a table, a row group at a time, and of its columns those that are wanted.
//!
//! polars' lazy scans are for queries. What has to answer at once, or must not have many rows in memory, reads here:
//!
//! * the footer is read once; a row group whose statistics exclude a value is not looked at ([`Pieces::may_have`]);
//! * columns that decide about a row are read first, the others only for the span of rows that are wanted
//!   ([`Pieces::select`]): pages outside of it are not even decompressed;
//! * every row group is read by itself. (A reader of polars that is given a whole file and a slice decodes the dictionaries of
//!   all row groups before it, which makes reading a file piece by piece quadratic.)
//!
//! A file is mapped only while a row group of it is decoded: one that stayed mapped could not be replaced on Windows, and
//! would count as memory.

use super::error::{Error, at, in_table};
use super::frame;
use super::schema::Table;
use polars::prelude::{
    BooleanChunked, DataFrame, NewChunkedArray, ParallelStrategy, ParquetReader, PolarsError,
    PolarsResult, SerReader,
};
use polars_parquet::read::FileMetadata;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows that are read though they are not wanted, rather than to read the page around them twice.
const GAP: usize = 4096;

/// A file, and what its footer says of each row group.
#[derive(Debug)]
pub struct Pieces {
    table: &'static Table,
    path: PathBuf,
    groups: Vec<Arc<FileMetadata>>,
}

impl Pieces {
    /// Reads the footer of a file.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn open(table: &'static Table, path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(at(path))?;
        let mut reader = ParquetReader::new(file);
        let whole = reader.get_metadata().map_err(in_table(path))?.clone();
        drop(reader);
        let mut whole = Arc::unwrap_or_clone(whole);
        let groups = std::mem::take(&mut whole.row_groups);
        Ok(Pieces {
            table,
            path: path.to_owned(),
            groups: groups
                .into_iter()
                .map(|group| {
                    let mut one = whole.clone();
                    one.num_rows = group.num_rows();
                    one.max_row_group_height = one.num_rows;
                    one.row_groups = vec![group];
                    Arc::new(one)
                })
                .collect(),
        })
    }

    /// For `map_err`: a failure while the rows of this file were looked at.
    pub fn failed(&self) -> impl FnOnce(PolarsError) -> Error + '_ {
        in_table(&self.path)
    }

    /// Number of row groups.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Rows of a row group.
    pub fn rows(&self, group: usize) -> usize {
        self.groups.get(group).map_or(0, |g| g.num_rows)
    }

    /// Whether a text column of a row group may have one of some values, as far as its statistics tell.
    pub fn may_have(&self, group: usize, column: &str, values: &[&str]) -> bool {
        let bounds = || {
            let group = self.groups.get(group)?;
            let mut columns = group.row_groups.first()?.columns_under_root_iter(column)?;
            let statistics = columns.next()?.statistics(&group.footer_buf)?.ok()?;
            let texts = statistics.as_binary()?;
            Some((texts.min_value.clone()?, texts.max_value.clone()?))
        };
        bounds().is_none_or(|(least, most)| {
            let within = |v: &&str| least.as_slice() <= v.as_bytes() && v.as_bytes() <= &*most;
            values.iter().any(within)
        })
    }

    /// Some columns of some rows of a row group, in the order in which they are named. A column that an older file does not
    /// have is null.
    ///
    /// # Errors
    /// Where the file cannot be read, or a column has another type than the table's.
    pub fn read(
        &self,
        group: usize,
        rows: Range<usize>,
        columns: &[&str],
    ) -> Result<DataFrame, Error> {
        let Some(metadata) = self.groups.get(group) else {
            return frame::select(self.table, columns, &frame::empty(self.table))
                .map_err(in_table(&self.path));
        };
        let there = |name: &&str| {
            let fields = metadata.schema_descr.fields();
            fields.iter().any(|f| f.name() == *name)
        };
        let named = columns.iter().copied().filter(there).map(str::to_owned);
        let mut reader = ParquetReader::new(File::open(&self.path).map_err(at(&self.path))?)
            .read_parallel(ParallelStrategy::None)
            .with_columns(Some(named.collect()))
            .with_slice(Some((rows.start, rows.len())));
        reader.set_metadata(metadata.clone());
        reader
            .finish()
            .and_then(|found| frame::select(self.table, columns, &found))
            .map_err(in_table(&self.path))
    }

    /// A whole row group, with the table's columns.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn read_all(&self, group: usize) -> Result<DataFrame, Error> {
        let columns: Vec<&str> = self.table.columns.iter().map(|c| c.name).collect();
        self.read(group, 0..self.rows(group), &columns)
    }

    /// Some columns of those of some rows of a row group that are wanted. What is wanted is told by the columns `by`, which
    /// are read first: a bool a row.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn select(
        &self,
        group: usize,
        rows: Range<usize>,
        by: &[&str],
        wanted: impl Fn(&DataFrame) -> PolarsResult<Vec<bool>>,
        columns: &[&str],
    ) -> Result<Vec<DataFrame>, Error> {
        let deciding = self.read(group, rows.clone(), by)?;
        let mask = wanted(&deciding).map_err(in_table(&self.path))?;
        let mut found = Vec::new();
        for span in spans(&mask) {
            let absolute = rows.start + span.start..rows.start + span.end;
            let part = self.read(group, absolute, columns)?;
            let keep = mask.get(span).unwrap_or_default();
            let part = if keep.iter().all(|k| *k) {
                part
            } else {
                // In this thread: what other threads allocate is given back late.
                part.filter_seq(&BooleanChunked::from_slice("".into(), keep))
                    .map_err(in_table(&self.path))?
            };
            found.push(part);
        }
        Ok(found)
    }
}

/// Frames of files, one after the other.
pub(super) type Frames<'a> = Box<dyn Iterator<Item = Result<DataFrame, Error>> + Send + 'a>;

/// The rows of a file of a table, a row group at a time.
pub(super) fn frames(table: &'static Table, path: &Path) -> Frames<'static> {
    groups(table, path, |pieces, group| pieces.read_all(group))
}

/// Some columns of the rows of a file of a table, a row group at a time.
pub(super) fn columns_of(
    table: &'static Table,
    path: &Path,
    columns: &'static [&'static str],
) -> Frames<'static> {
    groups(table, path, |pieces, group| {
        pieces.read(group, 0..pieces.rows(group), columns)
    })
}

/// The ids of the documents that the rows of a file are of.
pub(super) fn ids_of(table: &'static Table, path: &Path) -> Frames<'static> {
    columns_of(table, path, &["document_id"])
}

fn groups<'a>(
    table: &'static Table,
    path: &Path,
    read: impl Fn(&Pieces, usize) -> Result<DataFrame, Error> + Send + 'a,
) -> Frames<'a> {
    match Pieces::open(table, path) {
        Ok(pieces) => Box::new((0..pieces.groups()).map(move |group| read(&pieces, group))),
        Err(e) => Box::new(std::iter::once(Err(e))),
    }
}

/// Spans of rows that have all those wanted, without long stretches of others.
fn spans(mask: &[bool]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (n, _) in mask.iter().enumerate().filter(|(_, wanted)| **wanted) {
        match spans.last_mut() {
            Some(last) if n - last.end < GAP => last.end = n + 1,
            _ => spans.push(n..n + 1),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::columns::to_parquet;
    use crate::warehouse::frame::{ROW_GROUP, Rows, Value, text};
    use crate::warehouse::schema::DIM_AGENCY;

    #[test]
    fn rows_are_found_by_statistics_and_read_by_spans() {
        let mut rows = Rows::new(&DIM_AGENCY, 0);
        let name = |n: usize| format!("{n:05}局");
        let rest = ROW_GROUP / 2;
        for n in 0..2 * ROW_GROUP + rest {
            rows.push(&[text(&name(n)), Value::Null, text("430423"), text("衡山县")]);
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("part-0.parquet");
        let bytes = to_parquet(&DIM_AGENCY, &rows.finish().unwrap());
        std::fs::write(&path, bytes.unwrap()).unwrap();
        let pieces = Pieces::open(&DIM_AGENCY, &path).unwrap();
        assert_eq!(pieces.groups(), 3);
        assert_eq!(pieces.rows(2), rest);
        // Both in the second group, further apart than what is read in one go.
        let (near, far) = (name(ROW_GROUP + 1_000), name(2 * ROW_GROUP - 1));
        let may = |group: usize, v: &str| pieces.may_have(group, "agency", &[v]);
        assert!(!may(0, &near) && may(1, &near) && !may(2, &near));
        assert!(pieces.may_have(0, "agency_domain", &["x"]), "all null");
        let wanted = |f: &DataFrame| {
            let names = f.column("agency")?.str()?;
            let is = |n: Option<&str>| n.is_some_and(|n| n == near || n == far);
            Ok(names.iter().map(is).collect())
        };
        let found = pieces
            .select(
                1,
                0..pieces.rows(1),
                &["agency"],
                wanted,
                &["ref_area", "agency"],
            )
            .unwrap();
        assert_eq!(found.len(), 2);
        let last = &found[1];
        assert_eq!(last.get_column_names(), ["ref_area", "agency"]);
        assert_eq!(
            last.column("agency").unwrap().str().unwrap().get(0),
            Some(far.as_str())
        );
        assert_eq!(pieces.read_all(2).unwrap().height(), pieces.rows(2));
    }

    #[test]
    fn spans_hold_what_is_wanted() {
        let mut mask = vec![false; 20_000];
        for n in [3, 5, 4000, 19_999] {
            mask[n] = true;
        }
        assert_eq!(spans(&mask), [3..4001, 19_999..20_000]);
        assert!(spans(&[false]).is_empty());
    }
}
