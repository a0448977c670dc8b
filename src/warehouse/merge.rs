//! Merging sorted rows without having them all in memory.
//!
//! A source gives windows one after the other, sorted by the table's key; the merge gives windows of the union, sorted. Of
//! every source one window is in memory. The trick that spares a row-wise merge: the least of the last rows of the windows
//! at hand is a bound below which no further row can come, so everything up to it may be put together and sorted.

use super::columns::{Columns, Key, Packer, sorted, unpack};
use super::error::{Error, at};
use super::schema::Table;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Some rows of a piece, in order.
pub(super) struct Window {
    pub all: Columns,
    pub rows: Vec<u32>,
}

impl Window {
    /// All rows, as they are.
    pub(super) fn whole(all: Columns) -> Self {
        let rows = (0..all.height() as u32).collect();
        Window { all, rows }
    }
}

/// Windows, one after the other.
pub(super) type Windows<'a> = Box<dyn Iterator<Item = Result<Window, Error>> + Send + 'a>;

/// What a merge holds of each of its sources is a window of a file of rows: so many rows, and bytes of memory, about, where
/// there are many of each.
const WINDOW: usize = 256;
const WINDOW_BYTES: usize = 32 << 10;
/// Fewer rows are not worth being packed by themselves.
const FEWEST: usize = 64;

/// Rows of a window of rows like these.
fn window_of(all: &Columns) -> usize {
    let row = all.bytes() / all.height().max(1);
    (WINDOW_BYTES / row.max(1)).clamp(FEWEST, WINDOW)
}

/// A source, and how far it has been read.
struct Cursor<'a> {
    windows: Windows<'a>,
    window: Window,
    at: usize,
}

impl Cursor<'_> {
    fn last(&self) -> u32 {
        self.window.rows.last().copied().unwrap_or(0)
    }

    /// How many rows up to one of another window, that included.
    fn until(&self, key: &Key, bound: (&Columns, u32)) -> usize {
        let rest = self.window.rows.get(self.at..).unwrap_or_default();
        self.at + rest.partition_point(|row| key.compare((&self.window.all, *row), bound).is_le())
    }
}

/// The union of some sources.
pub(super) struct Merge<'a> {
    table: &'static Table,
    key: Key,
    waiting: Vec<Windows<'a>>,
    cursors: Vec<Cursor<'a>>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(table: &'static Table, sources: Vec<Windows<'a>>) -> Self {
        Merge {
            table,
            key: Key::of(table),
            waiting: sources,
            cursors: Vec::new(),
        }
    }

    fn step(&mut self) -> Result<Option<Window>, Error> {
        for mut windows in std::mem::take(&mut self.waiting) {
            // The next window of the source that has rows.
            while let Some(window) = windows.next() {
                let window = window?;
                if !window.rows.is_empty() {
                    self.cursors.push(Cursor {
                        windows,
                        window,
                        at: 0,
                    });
                    break;
                }
            }
        }
        // One source is sorted as it is.
        if self.cursors.len() == 1
            && let Some(mut cursor) = self.cursors.pop()
        {
            let rest = cursor.window.rows.split_off(cursor.at);
            cursor.window.rows = rest;
            self.waiting.push(cursor.windows);
            return Ok(Some(cursor.window));
        }
        let bounds = self.cursors.iter().map(|c| (&c.window.all, c.last()));
        let least = bounds
            .enumerate()
            .min_by(|(_, a), (_, b)| self.key.compare(*a, *b));
        let Some((least, bound)) = least else {
            return Ok(None);
        };
        let until: Vec<usize> = self
            .cursors
            .iter()
            .enumerate()
            .map(|(i, c)| match i == least {
                true => c.window.rows.len(),
                false => c.until(&self.key, bound),
            })
            .collect();
        let mut all = Columns::new(self.table);
        for (cursor, until) in self.cursors.iter_mut().zip(until) {
            let rows = cursor.window.rows.get(cursor.at..until);
            all.append(&cursor.window.all, rows.unwrap_or_default());
            cursor.at = until;
        }
        let (done, going): (Vec<_>, Vec<_>) = std::mem::take(&mut self.cursors)
            .into_iter()
            .partition(|c| c.at >= c.window.rows.len());
        self.cursors = going;
        self.waiting = done.into_iter().map(|c| c.windows).collect();
        let mut window = Window::whole(all);
        window.rows = sorted(&window.all, &self.key, &window.rows);
        Ok(Some(window))
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<Window, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

/// Writes a file of rows: windows of a few rows, each packed, with its length before it. A window can be read without the
/// rest. The file is flushed to the disk.
pub(super) struct RowsFile {
    path: PathBuf,
    file: BufWriter<File>,
    packer: Packer,
    waiting: Columns,
}

impl RowsFile {
    pub(super) fn create(table: &'static Table, path: &Path) -> Result<Self, Error> {
        Ok(RowsFile {
            path: path.to_owned(),
            file: BufWriter::new(File::create(path).map_err(at(path))?),
            packer: Packer::default(),
            waiting: Columns::new(table),
        })
    }

    /// Appends rows, in the order of the key.
    pub(super) fn write(&mut self, all: &Columns, rows: &[u32]) -> Result<(), Error> {
        let window = window_of(all);
        for rows in rows.chunks(window) {
            if self.waiting.height() == 0 && rows.len() == window {
                self.put(all, rows)?;
                continue;
            }
            self.waiting.append(all, rows);
            if self.waiting.height() >= window {
                self.put_waiting()?;
            }
        }
        Ok(())
    }

    fn put_waiting(&mut self) -> Result<(), Error> {
        let none = Columns::new(self.waiting.table());
        let mut waiting = Window::whole(std::mem::replace(&mut self.waiting, none));
        self.put(&waiting.all, &waiting.rows)?;
        // The next window needs as much memory.
        waiting.all.clear();
        self.waiting = waiting.all;
        Ok(())
    }

    fn put(&mut self, all: &Columns, rows: &[u32]) -> Result<(), Error> {
        let bytes = self.packer.piece(all, rows).map_err(at(&self.path))?;
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let length = self.file.write_all(&length.to_le_bytes());
        length
            .and_then(|()| self.file.write_all(&bytes))
            .map_err(at(&self.path))
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        if self.waiting.height() > 0 {
            self.put_waiting()?;
        }
        let flush = self
            .file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all());
        flush.map_err(at(&self.path))
    }
}

/// Reads a file of rows.
pub(super) fn rows_file<'a>(table: &'static Table, path: PathBuf) -> Windows<'a> {
    let mut file = match File::open(&path).map_err(at(&path)) {
        Ok(file) => BufReader::new(file),
        Err(e) => return Box::new(std::iter::once(Err(e))),
    };
    let mut over = false;
    Box::new(std::iter::from_fn(move || {
        if over {
            return None;
        }
        let mut read = || -> std::io::Result<Option<Window>> {
            let mut length = [0; 4];
            match file.read_exact(&mut length) {
                Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
                other => other?,
            }
            let length = u64::from(u32::from_le_bytes(length));
            let mut bytes = Vec::new();
            (&mut file).take(length).read_to_end(&mut bytes)?;
            let mut all = Columns::new(table);
            unpack(&bytes, &mut all)?;
            Ok(Some(Window::whole(all)))
        };
        let next = read().map_err(at(&path)).transpose();
        over = !matches!(next, Some(Ok(_)));
        next
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::frame::{Value, text};
    use crate::warehouse::schema::TARGETS;

    fn rows(of: &[(&str, i32)]) -> Columns {
        let mut all = Columns::new(&TARGETS);
        for (id, year) in of {
            let mut cells = vec![Value::Null; TARGETS.columns.len()];
            for (c, cell) in TARGETS.columns.iter().zip(&mut cells) {
                match c.name {
                    "document_id" => *cell = text(id),
                    "year" => *cell = Value::Int32(*year),
                    _ => {}
                }
            }
            all.push(&cells);
        }
        all
    }

    fn ids(windows: impl Iterator<Item = Result<Window, Error>>) -> Vec<(String, i128)> {
        let year = TARGETS.position("year").unwrap();
        let of = |w: Window| {
            let row = |r: &u32| {
                let id = w.all.text(0, *r as usize).unwrap_or("").to_owned();
                (id, w.all.number(year, *r as usize).unwrap_or(-1))
            };
            w.rows.iter().map(row).collect::<Vec<_>>()
        };
        windows.flat_map(|w| of(w.unwrap())).collect()
    }

    #[test]
    fn sources_are_merged_and_come_back_from_files_of_rows() {
        let dir = tempfile::tempdir().unwrap();
        let mut all = Vec::new();
        let sources: Vec<Windows<'_>> = (0..5)
            .map(|s| {
                let names: Vec<String> =
                    (0..1500).map(|n| format!("{:05}", n * 7 + s * 3)).collect();
                let of: Vec<(&str, i32)> =
                    names.iter().map(|n| (n.as_str(), 2020 + s % 2)).collect();
                all.extend(of.iter().map(|(n, y)| (n.to_string(), i128::from(*y))));
                let path = dir.path().join(format!("{s}.rows"));
                let mut file = RowsFile::create(&TARGETS, &path).unwrap();
                let (a, b) = of.split_at(s as usize * 300);
                for part in [a, b] {
                    let part = Window::whole(rows(part));
                    file.write(&part.all, &part.rows).unwrap();
                }
                file.finish().unwrap();
                rows_file(&TARGETS, path)
            })
            .collect();
        all.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        assert_eq!(ids(Merge::new(&TARGETS, sources)), all);
        assert_eq!(ids(Merge::new(&TARGETS, Vec::new())), []);
    }

    #[test]
    fn a_damaged_file_of_rows_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.rows");
        let mut file = RowsFile::create(&TARGETS, &path).unwrap();
        file.write(&rows(&[("a", 1), ("b", 2)]), &[0, 1]).unwrap();
        file.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(rows_file(&TARGETS, path).any(|w| w.is_err()));
    }
}
