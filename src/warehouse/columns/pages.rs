//! Rows as Parquet.
//!
//! The pages are made here, from the numbers of values that rows consist of; what stands around them is in [`super::parquet`].
//! The values that a row group uses become its dictionary in the order in which they are met, so that a file is a function
//! of its rows alone. A column most of whose values are there once is written plainly. Every column of a row group
//! carries its bounds; texts longer than what anybody filters by have none, which keeps footers small.
//!
//! A partition is a few hundred rows of which most columns say one thing: pages of a few bytes are not compressed (a frame
//! of ZSTD may hold bytes as they are), and a file is written as one piece.

use super::parquet::{Chunk, Groups, MAGIC, Page};
use super::rle;
use super::used::Used;
use super::{Cells, Columns};
use crate::warehouse::frame::ROW_GROUP;
use crate::warehouse::schema::{Kind, Table};
use rayon::prelude::*;
use std::cell::RefCell;
use std::io::Write;

/// Compression level of ZSTD. What is left to compress (ids, numbers) gets no smaller by more work.
const LEVEL: i32 = 1;
/// Bytes of a page up to which it is not worth compressing; they fit into a frame that says their number in a byte.
const SMALL: usize = 128;
/// Bytes of a page, about, where a column is written plainly.
const PAGE: usize = 1 << 20;
/// Longest text that is a bound.
const BOUND: usize = 64;
/// Rows of a row group from which its columns are made by several threads.
const MANY: usize = 4096;
/// Bytes that are collected before they are written.
const WRITTEN: usize = 1 << 20;

/// A Parquet file of a table, being written: row groups of a fixed number of rows.
pub(in crate::warehouse) struct ParquetFile<W: Write> {
    to: W,
    table: &'static Table,
    /// What is to be written next, and the place of its first byte.
    out: Vec<u8>,
    at: u64,
    groups: Groups,
    waiting: Option<Columns>,
}

impl<W: Write> ParquetFile<W> {
    pub(in crate::warehouse) fn new(table: &'static Table, to: W) -> Self {
        ParquetFile {
            to,
            table,
            out: MAGIC.to_vec(),
            at: 0,
            groups: Groups::default(),
            waiting: None,
        }
    }

    /// Appends rows.
    pub(in crate::warehouse) fn write(
        &mut self,
        all: &Columns,
        rows: &[u32],
    ) -> std::io::Result<()> {
        let mut rest = rows;
        while !rest.is_empty() {
            let waiting = self.waiting.as_ref().map_or(0, Columns::height);
            let (next, later) = rest.split_at((ROW_GROUP - waiting).min(rest.len()));
            rest = later;
            if waiting == 0 && next.len() == ROW_GROUP {
                self.group(all, next)?;
                continue;
            }
            let table = self.table;
            let collected = self.waiting.get_or_insert_with(|| Columns::new(table));
            collected.append(all, next);
            if collected.height() >= ROW_GROUP {
                self.put_waiting()?;
            }
        }
        Ok(())
    }

    /// Writes all the rows of a file, and the footer.
    pub(in crate::warehouse) fn write_whole(
        mut self,
        all: &Columns,
        rows: &[u32],
    ) -> std::io::Result<()> {
        for group in rows.chunks(ROW_GROUP) {
            self.group(all, group)?;
        }
        self.finish()
    }

    /// Writes what is waiting, and the footer.
    pub(in crate::warehouse) fn finish(mut self) -> std::io::Result<()> {
        self.put_waiting()?;
        if self.groups.is_empty() {
            self.group(&Columns::new(self.table), &[])?;
        }
        self.groups.footer(self.table, &mut self.out);
        self.to.write_all(&self.out)?;
        self.to.flush()
    }

    fn put_waiting(&mut self) -> std::io::Result<()> {
        match self.waiting.take() {
            Some(waiting) => {
                let all: Vec<u32> = (0..waiting.height() as u32).collect();
                self.group(&waiting, &all)
            }
            None => Ok(()),
        }
    }

    fn group(&mut self, all: &Columns, rows: &[u32]) -> std::io::Result<()> {
        let start = self.at + self.out.len() as u64;
        let chunks: Vec<Chunk> = if rows.len() < MANY {
            SCRATCH.with_borrow_mut(|s| {
                let chunk = |cells| s.chunk(cells, rows, &mut self.out);
                all.columns.iter().map(chunk).collect::<Result<_, _>>()
            })?
        } else {
            let made = |cells| {
                let mut out = Vec::new();
                let chunk = SCRATCH.with_borrow_mut(|s| s.chunk(cells, rows, &mut out));
                chunk.map(|chunk| (chunk, out))
            };
            let made = all.columns.par_iter().map(made);
            let made = made.collect::<std::io::Result<Vec<_>>>()?;
            let mut chunks = Vec::with_capacity(made.len());
            for (chunk, bytes) in made {
                self.out.extend_from_slice(&bytes);
                chunks.push(chunk);
            }
            chunks
        };
        self.groups.add(self.table, rows.len(), start, &chunks);
        if self.out.len() >= WRITTEN {
            self.to.write_all(&self.out)?;
            self.at += self.out.len() as u64;
            self.out.clear();
        }
        Ok(())
    }
}

/// What a thread needs to make pages, kept from page to page.
#[derive(Default)]
struct Scratch {
    ids: Vec<u32>,
    present: Vec<u32>,
    used: Used,
    raw: Vec<u8>,
    packed: Vec<u8>,
    zstd: Option<zstd::bulk::Compressor<'static>>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Scratch {
    /// Appends the pages of a column of a row group.
    fn chunk(&mut self, cells: &Cells, rows: &[u32], out: &mut Vec<u8>) -> std::io::Result<Chunk> {
        let mut ids = std::mem::take(&mut self.ids);
        ids.clear();
        cells.ids.gather(rows, &mut ids);
        let chunk = self.pages(cells, &mut ids, out);
        self.ids = ids;
        chunk
    }

    fn pages(
        &mut self,
        cells: &Cells,
        ids: &mut [u32],
        out: &mut Vec<u8>,
    ) -> std::io::Result<Chunk> {
        let nulls = ids.iter().filter(|id| **id == 0).count();
        let mut chunk = Chunk {
            values: ids.len(),
            nulls,
            ..Chunk::default()
        };
        if cells.kind != Kind::Bool && cells.pool.repeats() && nulls < ids.len() {
            self.used.number(ids, cells.pool.len());
            let count = self.used.ids.len();
            // Written out where most are there once.
            if count * 2 <= ids.len() - nulls {
                chunk.bounds = bounds(cells, self.used.ids.iter().copied());
                self.raw.clear();
                for id in &self.used.ids {
                    plain(&mut self.raw, cells, *id);
                }
                self.page(&mut chunk, out, |page, out| {
                    let page = Page {
                        values: count,
                        ..page
                    };
                    page.dictionary_header(out);
                })?;
                chunk.dictionary = chunk.packed;
                self.raw.clear();
                levels(&mut self.raw, ids, nulls);
                let width = rle::width(count as u32 - 1);
                self.raw.push(width as u8);
                // A dictionary of Parquet is numbered from 0.
                self.present.clear();
                let present = ids.iter().filter(|id| **id != 0);
                self.present.extend(present.map(|id| id - 1));
                rle::encode(&mut self.raw, &self.present, width);
                let values = ids.len();
                self.page(&mut chunk, out, |page, out| {
                    Page { values, ..page }.data_header(out, true);
                })?;
                return Ok(chunk);
            }
            for id in ids.iter_mut() {
                let own = (*id as usize).checked_sub(1);
                *id = own.and_then(|n| self.used.ids.get(n)).copied().unwrap_or(0);
            }
        }
        chunk.bounds = bounds(cells, ids.iter().copied());
        let size: usize = match cells.kind {
            Kind::Text => ids.iter().map(|id| text(cells, *id).len() + 4).sum(),
            _ => 0,
        };
        let rows = ids.len().div_ceil(size.div_ceil(PAGE).max(1)).max(1);
        let mut parts = ids.chunks(rows);
        // A row group without rows has a page too.
        let mut next = Some(parts.next().unwrap_or_default());
        while let Some(ids) = next {
            self.raw.clear();
            levels(
                &mut self.raw,
                ids,
                ids.iter().filter(|id| **id == 0).count(),
            );
            let present = ids.iter().copied().filter(|id| *id != 0);
            if cells.kind == Kind::Bool {
                self.present.clear();
                self.present.extend(present);
                bits(&mut self.raw, cells, &self.present);
            } else {
                present.for_each(|id| plain(&mut self.raw, cells, id));
            }
            let values = ids.len();
            self.page(&mut chunk, out, |page, out| {
                Page { values, ..page }.data_header(out, false);
            })?;
            next = parts.next();
        }
        Ok(chunk)
    }

    /// Appends what is in `raw` as a page.
    fn page(
        &mut self,
        chunk: &mut Chunk,
        out: &mut Vec<u8>,
        header: impl FnOnce(Page, &mut Vec<u8>),
    ) -> std::io::Result<()> {
        self.compress()?;
        let page = Page {
            raw: self.raw.len(),
            packed: self.packed.len(),
            values: 0,
        };
        let start = out.len();
        header(page, out);
        chunk.raw += out.len() - start + page.raw;
        chunk.packed += out.len() - start + page.packed;
        out.extend_from_slice(&self.packed);
        Ok(())
    }

    /// Compresses `raw`. A context takes longer to set up than most pages to compress, and is kept.
    fn compress(&mut self) -> std::io::Result<()> {
        self.packed.clear();
        if self.raw.len() <= SMALL {
            put_as_it_is(&mut self.packed, &self.raw);
            return Ok(());
        }
        let zstd = match &mut self.zstd {
            Some(zstd) => zstd,
            none => none.insert(zstd::bulk::Compressor::new(LEVEL)?),
        };
        let bound = zstd::zstd_safe::compress_bound(self.raw.len());
        self.packed.reserve(bound);
        zstd.compress_to_buffer(&self.raw, &mut self.packed)?;
        Ok(())
    }
}

/// Appends a frame of ZSTD (RFC 8878) with up to 255 bytes as they are: the magic number, a descriptor that says that the
/// size follows in a byte, and a last block of kind 0.
fn put_as_it_is(out: &mut Vec<u8>, bytes: &[u8]) {
    let size = bytes.len() as u32;
    out.extend_from_slice(&[0x28, 0xb5, 0x2f, 0xfd, 0x20, size as u8]);
    out.extend((size << 3 | 1).to_le_bytes().into_iter().take(3));
    out.extend_from_slice(bytes);
}

/// Appends which cells have a value, with the length of that before.
fn levels(raw: &mut Vec<u8>, ids: &[u32], nulls: usize) {
    let start = raw.len();
    raw.extend([0; 4]);
    if nulls == 0 || nulls == ids.len() {
        rle::same(raw, u32::from(nulls == 0 && !ids.is_empty()), ids.len(), 1);
    } else {
        let flags: Vec<u32> = ids.iter().map(|id| u32::from(*id != 0)).collect();
        rle::encode(raw, &flags, 1);
    }
    let length = (raw.len() - start - 4) as u32;
    if let Some(at) = raw.get_mut(start..start + 4) {
        at.copy_from_slice(&length.to_le_bytes());
    }
}

fn text(cells: &Cells, id: u32) -> &str {
    cells.pool.text(id).unwrap_or("")
}

/// Appends a value as it stands in a dictionary, or in a page without one.
fn plain(raw: &mut Vec<u8>, cells: &Cells, id: u32) {
    let number = || cells.pool.number(id).unwrap_or(0);
    match cells.kind {
        Kind::Text => {
            let text = text(cells, id);
            raw.extend((text.len() as u32).to_le_bytes());
            raw.extend(text.as_bytes());
        }
        Kind::Int32 | Kind::Date => raw.extend((number() as i32).to_le_bytes()),
        Kind::Int64 | Kind::Time => raw.extend((number() as i64).to_le_bytes()),
        Kind::Float => raw.extend((number() as u64).to_le_bytes()),
        Kind::Decimal => raw.extend(number().to_be_bytes()),
        Kind::Bool => raw.push(u8::from(number() != 0)),
    }
}

/// Appends booleans, a bit each.
fn bits(raw: &mut Vec<u8>, cells: &Cells, ids: &[u32]) {
    for eight in ids.chunks(8) {
        let flags = eight
            .iter()
            .rev()
            .map(|id| cells.pool.number(*id) == Some(1));
        raw.push(flags.fold(0, |bits, flag| bits << 1 | u8::from(flag)));
    }
}

/// The least and the greatest of some values, as statistics have them. Ids of rows have none: they are digests, and
/// anywhere between any two.
fn bounds(cells: &Cells, ids: impl Iterator<Item = u32> + Clone) -> Option<(Vec<u8>, Vec<u8>)> {
    if !cells.pool.repeats() {
        return None;
    }
    let all = ids.filter(|id| *id != 0);
    let ends = match cells.kind {
        Kind::Text => {
            let all = all.map(|id| (text(cells, id), id));
            min_max(all)
                .filter(|(a, b)| a.0.len() <= BOUND && b.0.len() <= BOUND)
                .map(|(a, b)| (a.1, b.1))
        }
        Kind::Float => {
            // By the order of floats, not of their bits; there are none that are no numbers.
            let value = |id: u32| f64::from_bits(cells.pool.number(id).unwrap_or(0) as u64);
            let least = all.clone().min_by(|a, b| value(*a).total_cmp(&value(*b)));
            least.zip(all.max_by(|a, b| value(*a).total_cmp(&value(*b))))
        }
        _ => min_max(all.map(|id| (cells.pool.number(id), id))).map(|(a, b)| (a.1, b.1)),
    };
    let value = |id: u32| {
        let mut raw = Vec::new();
        match cells.kind {
            Kind::Text => raw.extend(text(cells, id).as_bytes()),
            _ => plain(&mut raw, cells, id),
        }
        raw
    };
    ends.map(|(a, b)| (value(a), value(b)))
}

fn min_max<T: Ord + Copy>(all: impl Iterator<Item = T>) -> Option<(T, T)> {
    all.fold(None, |ends, v| match ends {
        None => Some((v, v)),
        Some((least, most)) => Some((least.min(v), most.max(v))),
    })
}

#[cfg(test)]
mod tests {
    use super::super::frame::from_frame;
    use super::super::pack::tests::{fill, shown};
    use super::*;
    use crate::warehouse::frame::from_parquet;
    use crate::warehouse::schema::OBSERVATIONS;

    /// The rows of a file that polars reads.
    fn read(bytes: Vec<u8>) -> Vec<String> {
        let frame = from_parquet(&OBSERVATIONS, bytes).unwrap();
        let back = from_frame(&OBSERVATIONS, &frame).unwrap();
        let every: Vec<u32> = (0..back.height() as u32).collect();
        shown(&back, &every)
    }

    fn written(pieces: &[(&Columns, &[u32])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut file = ParquetFile::new(&OBSERVATIONS, &mut bytes);
        for (all, rows) in pieces {
            file.write(all, rows).unwrap();
        }
        file.finish().unwrap();
        bytes
    }

    #[test]
    fn what_is_written_is_read_and_the_bytes_depend_on_the_rows_only() {
        let mut all = Columns::new(&OBSERVATIONS);
        let texts: Vec<Option<String>> = (0..40_000)
            .map(|n| (n % 7 > 0).then(|| format!("第{}句", n % 20_011)))
            .collect();
        fill(&mut all, &texts);
        let rows: Vec<u32> = (0..40_000).rev().collect();
        let whole = written(&[(&all, &rows)]);
        assert_eq!(read(whole.clone()), shown(&all, &rows));
        let (a, b) = rows.split_at(12_345);
        let mut second = Columns::new(&OBSERVATIONS);
        second.append(&all, b);
        let every: Vec<u32> = (0..second.height() as u32).collect();
        assert!(written(&[(&all, a), (&second, &every)]) == whole);
        let mut bytes = Vec::new();
        let file = ParquetFile::new(&OBSERVATIONS, &mut bytes);
        file.write_whole(&all, &rows).unwrap();
        assert!(bytes == whole);
    }

    #[test]
    fn few_rows_and_none_are_files_too() {
        let mut all = Columns::new(&OBSERVATIONS);
        fill(
            &mut all,
            &[Some("".into()), None, Some("x".repeat(3_000_000))],
        );
        for rows in [[].as_slice(), &[1], &[2, 2, 0]] {
            assert_eq!(read(written(&[(&all, rows)])), shown(&all, rows));
        }
    }
}
