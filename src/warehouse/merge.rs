//! Merging sorted rows without having them all in memory.
//!
//! A source gives frames one after the other, sorted by the table's key; the merge gives frames of the union, sorted. Of
//! every source one frame is in memory. The trick that spares a row-wise merge: the smallest of the last rows of the
//! frames at hand is a bound below which no further row can come, so everything up to it may be put together and sorted
//! by polars.

use super::error::{Error, in_table};
use super::packed;
use super::pieces::Pieces;
use super::schema::{Kind, Layout, Table};
use polars::prelude::{
    DataFrame, Int32Chunked, PolarsError, PolarsResult, SortMultipleOptions, StringChunked,
};
use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// Frames, one after the other.
pub(super) type Frames<'a> = Box<dyn Iterator<Item = Result<DataFrame, Error>> + Send + 'a>;

/// Rows of a frame of a file of rows; what a merge holds of each of its sources.
pub(super) const RUN_ROWS: usize = 1024;

/// What rows are sorted by across the files of a table.
pub(super) fn key(table: &Table) -> Vec<&'static str> {
    let partition: &[&'static str] = match table.layout {
        Layout::Single => &[],
        Layout::ByYearAndProvince => &["year", "province"],
    };
    partition.iter().chain(table.order).copied().collect()
}

/// Puts rows into the order of the key; rows that it does not tell apart stay as they are.
pub(super) fn sort(key: &[&'static str], frame: &DataFrame) -> PolarsResult<DataFrame> {
    if frame.height() < 2 {
        return Ok(frame.clone());
    }
    let options = SortMultipleOptions::default()
        .with_maintain_order(true)
        .with_multithreaded(false);
    frame.sort(key.iter().copied(), options)
}

/// A column of the key.
enum KeyColumn {
    Text(StringChunked),
    Int(Int32Chunked),
}

impl KeyColumn {
    /// Nulls come first, as polars sorts them.
    fn compare(&self, i: usize, other: &KeyColumn, j: usize) -> Ordering {
        match (self, other) {
            (KeyColumn::Text(a), KeyColumn::Text(b)) => a.get(i).cmp(&b.get(j)),
            (KeyColumn::Int(a), KeyColumn::Int(b)) => a.get(i).cmp(&b.get(j)),
            _ => Ordering::Equal,
        }
    }
}

/// The key columns of a frame, for comparing rows.
pub(super) struct Keys(Vec<KeyColumn>);

impl Keys {
    pub(super) fn new(
        table: &Table,
        key: &[&'static str],
        frame: &DataFrame,
    ) -> PolarsResult<Self> {
        let column = |name: &&'static str| {
            let column = frame.column(name)?;
            let kind = table
                .position(name)
                .and_then(|p| table.columns.get(p))
                .map(|c| c.kind);
            match kind {
                Some(Kind::Text) => Ok(KeyColumn::Text(column.str()?.clone())),
                Some(Kind::Int32) => Ok(KeyColumn::Int(column.i32()?.clone())),
                _ => Err(PolarsError::ComputeError(
                    format!("{}.{name} is no column to merge by", table.name).into(),
                )),
            }
        };
        key.iter()
            .map(column)
            .collect::<PolarsResult<_>>()
            .map(Keys)
    }

    pub(super) fn compare(&self, i: usize, other: &Keys, j: usize) -> Ordering {
        let columns = self.0.iter().zip(&other.0);
        columns
            .map(|(a, b)| a.compare(i, b, j))
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// First row of `from..to` that is greater than row `j` of another frame.
    fn after(&self, from: usize, to: usize, other: &Keys, j: usize) -> usize {
        let (mut low, mut high) = (from, to);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.compare(middle, other, j).is_gt() {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }
}

/// A source, and how far it has been read.
struct Cursor<'a> {
    frames: Frames<'a>,
    frame: DataFrame,
    keys: Keys,
    at: usize,
}

/// The union of some sources.
pub(super) struct Merge<'a> {
    table: &'static Table,
    key: Vec<&'static str>,
    waiting: Vec<Frames<'a>>,
    cursors: Vec<Cursor<'a>>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(table: &'static Table, sources: Vec<Frames<'a>>) -> Self {
        Merge {
            table,
            key: key(table),
            waiting: sources,
            cursors: Vec::new(),
        }
    }

    /// The next frame of a source that has rows.
    fn fill(&self, mut frames: Frames<'a>) -> Result<Option<Cursor<'a>>, Error> {
        while let Some(frame) = frames.next() {
            let mut frame = frame?;
            if frame.height() == 0 {
                continue;
            }
            frame.rechunk_mut();
            let keys = Keys::new(self.table, &self.key, &frame)
                .map_err(in_table(Path::new(self.table.name)))?;
            return Ok(Some(Cursor {
                frames,
                frame,
                keys,
                at: 0,
            }));
        }
        Ok(None)
    }

    fn step(&mut self) -> Result<Option<DataFrame>, Error> {
        for frames in std::mem::take(&mut self.waiting) {
            let cursor = self.fill(frames)?;
            self.cursors.extend(cursor);
        }
        let last = |c: &Cursor| c.frame.height().saturating_sub(1);
        let least = self
            .cursors
            .iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| a.keys.compare(last(a), &b.keys, last(b)));
        let Some((least, bound)) = least else {
            return Ok(None);
        };
        let until: Vec<usize> = self
            .cursors
            .iter()
            .enumerate()
            .map(|(i, c)| {
                if i == least {
                    c.frame.height()
                } else {
                    c.keys
                        .after(c.at, c.frame.height(), &bound.keys, last(bound))
                }
            })
            .collect();
        let mut out: Option<DataFrame> = None;
        let mut sources = 0;
        for (cursor, until) in self.cursors.iter_mut().zip(until) {
            if until == cursor.at {
                continue;
            }
            sources += 1;
            let piece = cursor.frame.slice(cursor.at as i64, until - cursor.at);
            cursor.at = until;
            match &mut out {
                None => out = Some(piece),
                Some(all) => {
                    all.vstack_mut_owned(piece)
                        .map_err(in_table(Path::new(self.table.name)))?;
                }
            }
        }
        let (done, going): (Vec<_>, Vec<_>) = std::mem::take(&mut self.cursors)
            .into_iter()
            .partition(|c| c.at >= c.frame.height());
        self.cursors = going;
        self.waiting = done.into_iter().map(|c| c.frames).collect();
        match out {
            Some(mut all) if sources > 1 => {
                all.rechunk_mut();
                sort(&self.key, &all)
                    .map(Some)
                    .map_err(in_table(Path::new(self.table.name)))
            }
            out => Ok(out),
        }
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<DataFrame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

/// The rows of some files of a table, a row group at a time.
pub(super) fn files<'a>(table: &'static Table, paths: Vec<PathBuf>) -> Frames<'a> {
    let all = paths.into_iter().flat_map(move |path| {
        let read = |pieces: &Pieces, group| pieces.read_all(group);
        groups(table, &path, read)
    });
    Box::new(all)
}

/// The ids of the documents that the rows of a file are of.
pub(super) fn ids_of(table: &'static Table, path: &Path) -> Frames<'static> {
    groups(table, path, |pieces, group| {
        pieces.read(group, 0..pieces.rows(group), &["document_id"])
    })
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

/// Writes a file of rows: frames of a few rows, each packed, with its length before it. A frame can be read without the
/// rest. The file is flushed to the disk.
pub(super) struct RowsFile {
    table: &'static Table,
    path: PathBuf,
    file: File,
    waiting: Option<DataFrame>,
}

impl RowsFile {
    pub(super) fn create(table: &'static Table, path: &Path) -> Result<Self, Error> {
        Ok(RowsFile {
            table,
            path: path.to_owned(),
            file: File::create(path).map_err(super::error::at(path))?,
            waiting: None,
        })
    }

    /// Appends rows, in the order of the key.
    pub(super) fn write(&mut self, frame: DataFrame) -> Result<(), Error> {
        let mut all = match self.waiting.take() {
            None => frame,
            Some(mut before) => {
                before
                    .vstack_mut_owned(frame)
                    .map_err(in_table(&self.path))?;
                before
            }
        };
        while all.height() >= RUN_ROWS {
            self.put(&all.slice(0, RUN_ROWS))?;
            all = all.slice(RUN_ROWS as i64, all.height());
        }
        if all.height() > 0 {
            all.rechunk_mut();
            self.waiting = Some(all);
        }
        Ok(())
    }

    fn put(&mut self, frame: &DataFrame) -> Result<(), Error> {
        let bytes = packed::pack(self.table, frame).map_err(in_table(&self.path))?;
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.file
            .write_all(&length.to_le_bytes())
            .and_then(|()| self.file.write_all(&bytes))
            .map_err(super::error::at(&self.path))
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        if let Some(rest) = self.waiting.take() {
            self.put(&rest)?;
        }
        self.file.sync_all().map_err(super::error::at(&self.path))
    }
}

/// Reads a file of rows.
pub(super) fn rows_file<'a>(table: &'static Table, path: PathBuf) -> Frames<'a> {
    let mut file = match File::open(&path).map_err(super::error::at(&path)) {
        Ok(file) => BufReader::new(file),
        Err(e) => return Box::new(std::iter::once(Err(e))),
    };
    let mut over = false;
    Box::new(std::iter::from_fn(move || {
        if over {
            return None;
        }
        let mut read = || -> Result<Option<DataFrame>, Error> {
            let mut length = [0; 4];
            match file.read_exact(&mut length) {
                Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
                other => other.map_err(super::error::at(&path))?,
            }
            let length = u64::from(u32::from_le_bytes(length));
            let mut bytes = Vec::new();
            (&mut file)
                .take(length)
                .read_to_end(&mut bytes)
                .map_err(super::error::at(&path))?;
            packed::unpack(table, &bytes)
                .map(Some)
                .map_err(in_table(&path))
        };
        let next = read().transpose();
        over = !matches!(next, Some(Ok(_)));
        next
    }))
}

/// One frame as a source.
pub(super) fn whole<'a>(frame: DataFrame) -> Frames<'a> {
    Box::new(std::iter::once(Ok(frame)))
}
