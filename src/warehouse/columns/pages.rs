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
    /// Rows of the next group.
    waiting: Columns,
}

impl<W: Write> ParquetFile<W> {
    pub(in crate::warehouse) fn new(table: &'static Table, to: W) -> Self {
        ParquetFile::with(table, to, Columns::new(table))
    }

    /// A file that collects its rows in `spare`, which has none: memory that was used before.
    pub(in crate::warehouse) fn with(table: &'static Table, to: W, spare: Columns) -> Self {
        ParquetFile {
            to,
            table,
            out: MAGIC.to_vec(),
            at: 0,
            groups: Groups::default(),
            waiting: spare,
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
            let waiting = self.waiting.height();
            let (next, later) = rest.split_at((ROW_GROUP - waiting).min(rest.len()));
            rest = later;
            if waiting == 0 && next.len() == ROW_GROUP {
                self.group(all, next)?;
                continue;
            }
            self.waiting.append(all, next);
            if self.waiting.height() >= ROW_GROUP {
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
        self.finish().map(|_| ())
    }

    /// Writes what is waiting, and the footer. Returns the memory for the rows of the next file.
    pub(in crate::warehouse) fn finish(mut self) -> std::io::Result<Columns> {
        self.put_waiting()?;
        if self.groups.is_empty() {
            self.group(&Columns::new(self.table), &[])?;
        }
        self.groups.footer(self.table, &mut self.out);
        self.to.write_all(&self.out)?;
        self.to.flush()?;
        Ok(self.waiting)
    }

    fn put_waiting(&mut self) -> std::io::Result<()> {
        if self.waiting.height() == 0 {
            return Ok(());
        }
        let mut waiting = std::mem::replace(&mut self.waiting, Columns::new(self.table));
        let all: Vec<u32> = (0..waiting.height() as u32).collect();
        self.group(&waiting, &all)?;
        // The next group needs as much memory.
        waiting.clear();
        self.waiting = waiting;
        Ok(())
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
                self.raw.clear();
                let mut bounds = Bounds::new(cells);
                for id in &self.used.ids {
                    plain(&mut self.raw, cells, *id, &mut bounds);
                }
                chunk.bounds = bounds.finish();
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
        let mut bounds = Bounds::new(cells);
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
                bits(&mut self.raw, cells, &self.present, &mut bounds);
            } else {
                present.for_each(|id| plain(&mut self.raw, cells, id, &mut bounds));
            }
            let values = ids.len();
            self.page(&mut chunk, out, |page, out| {
                Page { values, ..page }.data_header(out, false);
            })?;
            next = parts.next();
        }
        chunk.bounds = bounds.finish();
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

/// Appends a value as it stands in a dictionary, or in a page without one, and takes note of it for the bounds.
fn plain<'c>(raw: &mut Vec<u8>, cells: &'c Cells, id: u32, bounds: &mut Bounds<'c>) {
    if cells.kind == Kind::Text {
        let text = text(cells, id);
        raw.extend((text.len() as u32).to_le_bytes());
        raw.extend(text.as_bytes());
        bounds.text(text);
    } else {
        let number = cells.pool.number(id).unwrap_or(0);
        put_number(raw, cells.kind, number);
        bounds.number(number);
    }
}

fn put_number(raw: &mut Vec<u8>, kind: Kind, number: i128) {
    match kind {
        Kind::Text => {}
        Kind::Int32 | Kind::Date => raw.extend((number as i32).to_le_bytes()),
        Kind::Int64 | Kind::Time => raw.extend((number as i64).to_le_bytes()),
        Kind::Float => raw.extend((number as u64).to_le_bytes()),
        Kind::Decimal => raw.extend(number.to_be_bytes()),
        Kind::Bool => raw.push(u8::from(number != 0)),
    }
}

/// Appends booleans, a bit each.
fn bits(raw: &mut Vec<u8>, cells: &Cells, ids: &[u32], bounds: &mut Bounds<'_>) {
    for eight in ids.chunks(8) {
        let mut byte = 0;
        for (at, id) in eight.iter().enumerate() {
            let number = cells.pool.number(*id).unwrap_or(0);
            bounds.number(number);
            byte |= u8::from(number == 1) << at;
        }
        raw.push(byte);
    }
}

/// The least and the greatest of the values written so far, as statistics have them. Ids of rows have none: they are digests,
/// and anywhere between any two.
struct Bounds<'c> {
    kind: Kind,
    /// Whether there are to be any.
    wanted: bool,
    texts: Option<[Text<'c>; 2]>,
    numbers: Option<[i128; 2]>,
}

/// A text with its first bytes as a number: two that differ in these need not be looked at.
type Text<'c> = (u64, &'c str);

impl<'c> Bounds<'c> {
    fn new(cells: &Cells) -> Self {
        Bounds {
            kind: cells.kind,
            wanted: cells.pool.repeats(),
            texts: None,
            numbers: None,
        }
    }

    fn text(&mut self, text: &'c str) {
        if self.wanted {
            let text = (beginning(text), text);
            widen(&mut self.texts, text);
        }
    }

    fn number(&mut self, number: i128) {
        let key = self.ordered(number);
        widen(&mut self.numbers, key);
    }

    /// Floats go by their own order, not by that of their bits (there are none that are no numbers): of negative ones the bits
    /// are turned round, which done twice is nothing.
    fn ordered(&self, number: i128) -> i128 {
        match self.kind {
            Kind::Float => {
                let bits = number as i64;
                i128::from(bits ^ ((bits >> 63) as u64 >> 1) as i64)
            }
            _ => number,
        }
    }

    fn finish(self) -> Option<(Vec<u8>, Vec<u8>)> {
        if let Some([(_, least), (_, most)]) = self.texts {
            let short = least.len() <= BOUND && most.len() <= BOUND;
            return short.then(|| (least.into(), most.into()));
        }
        let [least, most] = self.numbers?.map(|number| {
            let mut raw = Vec::with_capacity(16);
            put_number(&mut raw, self.kind, self.ordered(number));
            raw
        });
        Some((least, most))
    }
}

/// The first eight bytes, the first one the most significant.
fn beginning(text: &str) -> u64 {
    let bytes = text.as_bytes();
    match bytes.first_chunk() {
        Some(eight) => u64::from_be_bytes(*eight),
        None => (0..8).fold(0, |n, at| {
            n << 8 | u64::from(bytes.get(at).copied().unwrap_or(0))
        }),
    }
}

fn widen<T: Ord + Copy>(ends: &mut Option<[T; 2]>, value: T) {
    match ends {
        Some([least, _]) if value < *least => *least = value,
        Some([_, most]) if value > *most => *most = value,
        Some(_) => {}
        None => *ends = Some([value; 2]),
    }
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
