//! Rows as Parquet.
//!
//! polars-parquet writes headers and footers; the pages are made here, from the numbers of values that rows consist of. The
//! values that a row group uses become its dictionary in the order in which they are met, so that a file is a function
//! of its rows alone. A column most of whose values are there once is written plainly. Every page carries its bounds;
//! texts longer than what anybody filters by have none, which keeps footers small.

use super::rle;
use super::used::Used;
use super::{Cells, Columns};
use crate::warehouse::frame::{ROW_GROUP, schema};
use crate::warehouse::schema::{Kind, Table};
use polars::prelude::{CompatLevel, PolarsError, PolarsResult, SchemaExt};
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::FallibleStreamingIterator;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::encoding::Encoding;
use polars_parquet::parquet::metadata::Descriptor;
use polars_parquet::parquet::page::{
    CompressedDataPage, CompressedDictPage, CompressedPage, DataPageHeader, DataPageHeaderV1,
};
use polars_parquet::parquet::statistics::ParquetStatistics;
use polars_parquet::parquet::write::{
    DynIter, DynStreamingIterator, FileWriter, Version, WriteOptions,
};
use polars_parquet::write::{schema_to_metadata_key, to_parquet_schema};
use rayon::prelude::*;
use std::cell::RefCell;
use std::io::Write;

/// What files are written by. Readers look for a name and a version; the bytes of a file do not depend on ours.
const WRITTEN_BY: &str = "zhibiao version 1.0.0 (build 1)";
/// Compression level of ZSTD. What is left to compress (ids, numbers) gets no smaller by more work.
const LEVEL: i32 = 1;
/// Bytes of a page, about, where a column is written plainly.
const PAGE: usize = 1 << 20;
/// Longest text that is a bound.
const BOUND: usize = 64;

/// A Parquet file of a table, being written: row groups of a fixed number of rows.
pub(in crate::warehouse) struct ParquetFile<W: Write> {
    writer: FileWriter<W>,
    arrow: polars_parquet::parquet::metadata::KeyValue,
    waiting: Columns,
    any: bool,
}

impl<W: Write> ParquetFile<W> {
    pub(in crate::warehouse) fn new(table: &'static Table, to: W) -> PolarsResult<Self> {
        // In the Arrow schema that a file carries, polars' own type of texts is understood by few.
        let arrow = schema(table).to_arrow(CompatLevel::oldest());
        let options = WriteOptions {
            write_statistics: false,
            version: Version::V1,
        };
        let by = Some(WRITTEN_BY.to_owned());
        Ok(ParquetFile {
            writer: FileWriter::new(to, to_parquet_schema(&arrow)?, options, by),
            arrow: schema_to_metadata_key(&arrow),
            waiting: Columns::new(table),
            any: false,
        })
    }

    /// Appends rows.
    pub(in crate::warehouse) fn write(&mut self, all: &Columns, rows: &[u32]) -> PolarsResult<()> {
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
    ) -> PolarsResult<()> {
        for group in rows.chunks(ROW_GROUP) {
            self.group(all, group)?;
        }
        self.finish()
    }

    /// Writes what is waiting, and the footer.
    pub(in crate::warehouse) fn finish(mut self) -> PolarsResult<()> {
        if self.waiting.height() > 0 || !self.any {
            self.put_waiting()?;
        }
        self.writer.end(Some(vec![self.arrow]))?;
        Ok(())
    }

    fn put_waiting(&mut self) -> PolarsResult<()> {
        let none = Columns::new(self.waiting.table());
        let waiting = std::mem::replace(&mut self.waiting, none);
        let all: Vec<u32> = (0..waiting.height() as u32).collect();
        self.group(&waiting, &all)
    }

    fn group(&mut self, all: &Columns, rows: &[u32]) -> PolarsResult<()> {
        self.any = true;
        let descriptors = self.writer.schema().columns();
        let chunks = all
            .columns
            .par_iter()
            .zip(descriptors)
            .map(|(cells, d)| chunk(cells, rows, &d.descriptor))
            .collect::<std::io::Result<Vec<_>>>()?;
        let chunks = chunks.into_iter().map(|pages| {
            Ok::<_, PolarsError>(DynStreamingIterator::new(Pages {
                rest: pages.into_iter(),
                this: None,
            }))
        });
        let rows = rows.len() as u64;
        Ok(self.writer.write(rows, DynIter::new(chunks))?)
    }
}

/// The pages of a column, one after the other.
struct Pages {
    rest: std::vec::IntoIter<CompressedPage>,
    this: Option<CompressedPage>,
}

impl FallibleStreamingIterator for Pages {
    type Item = CompressedPage;
    type Error = PolarsError;

    fn advance(&mut self) -> Result<(), PolarsError> {
        self.this = self.rest.next();
        Ok(())
    }

    fn get(&self) -> Option<&CompressedPage> {
        self.this.as_ref()
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

/// The pages of a column of a row group.
fn chunk(
    cells: &Cells,
    rows: &[u32],
    descriptor: &Descriptor,
) -> std::io::Result<Vec<CompressedPage>> {
    SCRATCH.with_borrow_mut(|s| {
        s.ids.clear();
        let mut ids = std::mem::take(&mut s.ids);
        cells.ids.gather(rows, &mut ids);
        let pages = s.chunk(cells, &ids, descriptor);
        s.ids = ids;
        pages
    })
}

impl Scratch {
    fn chunk(
        &mut self,
        cells: &Cells,
        ids: &[u32],
        descriptor: &Descriptor,
    ) -> std::io::Result<Vec<CompressedPage>> {
        let mut pages = Vec::with_capacity(2);
        self.present.clear();
        self.present.extend(ids.iter().filter(|id| **id != 0));
        let is_dictionary = cells.kind != Kind::Bool && cells.pool.repeats() && {
            self.used.number(&mut self.present, cells.pool.len());
            // Written out where most are there once.
            self.used.ids.len() * 2 <= self.present.len()
        };
        if is_dictionary && !self.present.is_empty() {
            self.raw.clear();
            for id in &self.used.ids {
                plain(&mut self.raw, cells, *id);
            }
            let (count, size) = (self.used.ids.len(), self.raw.len());
            let bytes = CowBuffer::Owned(self.compress()?);
            let page = CompressedDictPage::new(bytes, Compression::Zstd, size, count, false);
            pages.push(CompressedPage::Dict(page));
            self.raw.clear();
            self.levels(ids);
            let width = rle::width(count as u32 - 1);
            self.raw.push(width as u8);
            // A dictionary of Parquet is numbered from 0.
            for id in &mut self.present {
                *id = id.saturating_sub(1);
            }
            rle::encode(&mut self.raw, &self.present, width);
            let bounds = bounds(cells, &self.used.ids);
            let encoding = Encoding::RleDictionary;
            pages.push(self.page(ids, encoding, bounds, descriptor)?);
            return Ok(pages);
        }
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
            self.levels(ids);
            let present = ids.iter().copied().filter(|id| *id != 0);
            if cells.kind == Kind::Bool {
                self.present.clear();
                self.present.extend(present);
                bits(&mut self.raw, cells, &self.present);
            } else {
                present.for_each(|id| plain(&mut self.raw, cells, id));
            }
            let bounds = bounds(cells, ids);
            pages.push(self.page(ids, Encoding::Plain, bounds, descriptor)?);
            next = parts.next();
        }
        Ok(pages)
    }

    /// Which cells have a value, with their length before them.
    fn levels(&mut self, ids: &[u32]) {
        let start = self.raw.len();
        self.raw.extend([0; 4]);
        let present = ids.iter().filter(|id| **id != 0).count();
        if present == ids.len() || present == 0 {
            rle::same(&mut self.raw, u32::from(present > 0), ids.len(), 1);
        } else {
            let flags: Vec<u32> = ids.iter().map(|id| u32::from(*id != 0)).collect();
            rle::encode(&mut self.raw, &flags, 1);
        }
        let length = (self.raw.len() - start - 4) as u32;
        let bytes = length.to_le_bytes();
        if let Some(at) = self.raw.get_mut(start..start + 4) {
            at.copy_from_slice(&bytes);
        }
    }

    fn page(
        &mut self,
        ids: &[u32],
        encoding: Encoding,
        (least, most): (Option<Vec<u8>>, Option<Vec<u8>>),
        descriptor: &Descriptor,
    ) -> std::io::Result<CompressedPage> {
        let nulls = ids.iter().filter(|id| **id == 0).count();
        let exact = least.is_some().then_some(true);
        let header = DataPageHeader::V1(DataPageHeaderV1 {
            num_values: ids.len() as i32,
            encoding: encoding.into(),
            definition_level_encoding: Encoding::Rle.into(),
            repetition_level_encoding: Encoding::Rle.into(),
            statistics: Some(ParquetStatistics {
                max: None,
                min: None,
                null_count: Some(nulls as i64),
                distinct_count: None,
                max_value: most,
                min_value: least,
                is_max_value_exact: exact,
                is_min_value_exact: exact,
            }),
        });
        let size = self.raw.len();
        let bytes = CowBuffer::Owned(self.compress()?);
        let page = CompressedDataPage::new(
            header,
            bytes,
            Compression::Zstd,
            size,
            descriptor.clone(),
            ids.len(),
        );
        Ok(CompressedPage::Data(page))
    }

    /// Compresses `raw`. A context takes longer to set up than most pages to compress, and is kept.
    fn compress(&mut self) -> std::io::Result<Vec<u8>> {
        let zstd = match &mut self.zstd {
            Some(zstd) => zstd,
            none => none.insert(zstd::bulk::Compressor::new(LEVEL)?),
        };
        self.packed.clear();
        let bound = zstd::zstd_safe::compress_bound(self.raw.len());
        self.packed.reserve(bound);
        zstd.compress_to_buffer(&self.raw, &mut self.packed)?;
        Ok(self.packed.clone())
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
fn bounds(cells: &Cells, ids: &[u32]) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    if !cells.pool.repeats() {
        return (None, None);
    }
    let all = ids.iter().copied().filter(|id| *id != 0);
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
    ends.map(|(a, b)| (value(a), value(b))).unzip()
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
        let mut file = ParquetFile::new(&OBSERVATIONS, &mut bytes).unwrap();
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
        let file = ParquetFile::new(&OBSERVATIONS, &mut bytes).unwrap();
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
