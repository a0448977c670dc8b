//! The rows of the latest batches, in memory, until they are so many that they are sorted and put away.
//!
//! Each batch is on the disk before it counts (`00000007.rows` of the journal), yet only a run that was killed reads that
//! again: what a batch adds is written as it stands here, the values that are new and the cells' numbers, and the files of the
//! batches read one after the other give the same rows with the same numbers.

use super::columns::{Columns, Key, Marks, Packer, sorted, unpack};
use super::effects::Effects;
use super::error::{Error, at};
use super::journal::THROUGH;
use rayon::prelude::*;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// The rows of a table.
#[derive(Debug)]
struct Held {
    rows: Columns,
    /// What is on the disk.
    marks: Marks,
    /// Rows up to the end of each batch.
    ends: Vec<usize>,
}

/// Rows of the tables that go through the journal, and of which batches they are.
#[derive(Debug)]
pub(super) struct Pending {
    tables: Vec<Held>,
    batches: Vec<u64>,
}

impl Default for Pending {
    fn default() -> Self {
        let held = |table: &&'static _| Held {
            rows: Columns::new(table),
            marks: Marks::default(),
            ends: Vec::new(),
        };
        Pending {
            tables: THROUGH.iter().map(held).collect(),
            batches: Vec::new(),
        }
    }
}

impl Pending {
    /// The first and the last batch.
    pub(super) fn span(&self) -> Option<(u64, u64)> {
        Some((*self.batches.first()?, *self.batches.last()?))
    }

    /// Bytes of memory that the rows take, about.
    pub(super) fn bytes(&self) -> usize {
        self.tables.iter().map(|t| t.rows.bytes()).sum()
    }

    /// Forgets all rows. Their memory is kept: the next ones need it, and what one thread frees is not at once another's.
    pub(super) fn clear(&mut self) {
        self.batches.clear();
        for t in &mut self.tables {
            t.rows.clear();
            t.marks = Marks::default();
            t.ends.clear();
        }
    }

    /// The tables, to have the rows of the next batch appended.
    pub(super) fn tables_mut(&mut self) -> impl IndexedParallelIterator<Item = &mut Columns> {
        self.tables.par_iter_mut().map(|t| &mut t.rows)
    }

    /// The rows of each table in the order of [`THROUGH`], and where those of the batch that is being appended begin.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&Columns, usize)> {
        let start = |t: &Held| t.ends.last().copied().unwrap_or(0);
        self.tables.iter().map(move |t| (&t.rows, start(t)))
    }

    /// Writes what was appended, flushed to the disk: it is batch `seq`.
    pub(super) fn write(&mut self, path: &Path, seq: u64) -> Result<(), Error> {
        let packed = self
            .tables
            .par_iter_mut()
            .map(|t| Packer::default().continued(&t.rows, &mut t.marks))
            .collect::<std::io::Result<Vec<_>>>()
            .map_err(at(path))?;
        let mut file = File::create(path).map_err(at(path))?;
        for bytes in packed {
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            file.write_all(&length.to_le_bytes())
                .and_then(|()| file.write_all(&bytes))
                .map_err(at(path))?;
        }
        file.sync_all().map_err(at(path))?;
        self.ended(seq);
        Ok(())
    }

    fn ended(&mut self, seq: u64) {
        self.batches.push(seq);
        for t in &mut self.tables {
            t.ends.push(t.rows.height());
        }
    }

    /// Reads what [`Pending::write`] wrote, after all batches before it.
    pub(super) fn read(&mut self, path: &Path, seq: u64) -> Result<(), Error> {
        let bytes = std::fs::read(path).map_err(at(path))?;
        let mut rest = bytes.as_slice();
        let mut next = || -> std::io::Result<&[u8]> {
            let cut = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
            let (length, after) = rest.split_first_chunk().ok_or_else(cut)?;
            let length = u32::from_le_bytes(*length) as usize;
            let (packed, after) = after.split_at_checked(length).ok_or_else(cut)?;
            rest = after;
            Ok(packed)
        };
        for t in &mut self.tables {
            next()
                .and_then(|packed| unpack(packed, &mut t.rows))
                .map_err(at(path))?;
            t.marks = Marks::of(&t.rows);
        }
        self.ended(seq);
        Ok(())
    }

    /// The rows that stay of each table, in the order of its key; what changes in them is changed.
    pub(super) fn sorted(&mut self, effects: &Effects) -> Vec<Vec<u32>> {
        let batches = &self.batches;
        let tables = self.tables.par_iter_mut();
        let of = |t: &mut Held| {
            let mut stay = Vec::with_capacity(t.rows.height());
            let mut start = 0;
            for (end, seq) in t.ends.iter().zip(batches) {
                stay.extend(effects.apply(&mut t.rows, (start..*end as u32).collect(), *seq));
                start = *end as u32;
            }
            sorted(&t.rows, &Key::of(t.rows.table()), &stay)
        };
        tables.map(of).collect()
    }

    /// The rows of a table, and the batch of each.
    pub(super) fn rows_of(&self, table: &str) -> Option<(&Columns, Vec<u64>)> {
        let held = self.tables.iter().find(|t| t.rows.table().name == table)?;
        let mut of = Vec::with_capacity(held.rows.height());
        for (end, seq) in held.ends.iter().zip(&self.batches) {
            of.resize(*end, *seq);
        }
        Some((&held.rows, of))
    }
}
