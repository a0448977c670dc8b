//! The rows of the latest batches, in memory, until they are so many that they are sorted and put away.
//!
//! Batches are on the disk before they count (`00000007.rows` of the journal), yet only a run that was killed reads that
//! again: what they add is written as it stands here, the values that are new and the cells' numbers, and the files
//! read one after the other give the same rows with the same numbers.
//!
//! A file of rows has the number of batches, and of each the rows of each table, packed, with their length before them.

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
    /// The ends of the batches.
    ends: Vec<Marks>,
}

impl Held {
    /// Rows up to the end of each batch.
    fn heights(&self) -> impl Iterator<Item = usize> {
        self.ends.iter().map(Marks::height)
    }
}

/// Rows of the tables that go through the journal, and of which batches they are.
#[derive(Debug)]
pub(super) struct Pending {
    tables: Vec<Held>,
    batches: Vec<u64>,
    /// How many of them are on the disk.
    written: usize,
}

impl Default for Pending {
    fn default() -> Self {
        let held = |table: &&'static _| Held {
            rows: Columns::new(table),
            ends: Vec::new(),
        };
        Pending {
            tables: THROUGH.iter().map(held).collect(),
            batches: Vec::new(),
            written: 0,
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
        self.written = 0;
        for t in &mut self.tables {
            t.rows.clear();
            t.ends.clear();
        }
    }

    /// The tables in the order of [`THROUGH`], without rows: their memory.
    pub(super) fn into_tables(mut self) -> Vec<Columns> {
        self.clear();
        self.tables.into_iter().map(|t| t.rows).collect()
    }

    /// The tables, to have the rows of the next batch appended.
    pub(super) fn tables_mut(&mut self) -> impl IndexedParallelIterator<Item = &mut Columns> {
        self.tables.par_iter_mut().map(|t| &mut t.rows)
    }

    /// The rows of each table in the order of [`THROUGH`], and where those of the batch that is being appended begin.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&Columns, usize)> {
        let start = |t: &Held| t.heights().last().unwrap_or(0);
        self.tables.iter().map(move |t| (&t.rows, start(t)))
    }

    /// What was appended is batch `seq`.
    pub(super) fn ended(&mut self, seq: u64) {
        self.batches.push(seq);
        for t in &mut self.tables {
            t.ends.push(Marks::of(&t.rows));
        }
    }

    /// Writes the batches that are not on the disk yet, one after the other, and flushes them.
    pub(super) fn write(&mut self, path: &Path) -> Result<(), Error> {
        let count = self.batches.len() - self.written;
        let mut packers: Vec<Packer> = self.tables.iter().map(|_| Packer::default()).collect();
        let mut write = || -> std::io::Result<()> {
            let mut file = File::create(path)?;
            file.write_all(&(count as u32).to_le_bytes())?;
            for batch in self.written..self.batches.len() {
                let tables = self.tables.par_iter().zip(&mut packers);
                let packed = tables.map(|(t, packer)| {
                    let mark = |at: usize| t.ends.get(at).cloned().unwrap_or_default();
                    let from = batch.checked_sub(1).map(mark).unwrap_or_default();
                    packer.continued(&t.rows, &from, &mark(batch))
                });
                let mut all = Vec::new();
                for rows in packed.collect::<std::io::Result<Vec<_>>>()? {
                    all.extend((rows.len() as u32).to_le_bytes());
                    all.extend(rows);
                }
                file.write_all(&all)?;
            }
            file.sync_all()
        };
        write().map_err(at(path))?;
        self.written = self.batches.len();
        Ok(())
    }

    /// Reads what [`Pending::write`] wrote, after all batches before it. The last of these is batch `last`, the first has to
    /// be `first`.
    pub(super) fn read(&mut self, path: &Path, first: u64, last: u64) -> Result<(), Error> {
        let bytes = std::fs::read(path).map_err(at(path))?;
        let mut rest = bytes.as_slice();
        let count = number(&mut rest).map_err(at(path))?;
        if first + count as u64 != last + 1 {
            return Err(Error::Damaged {
                path: path.to_owned(),
                detail: format!("the rows of batch {first} are not there"),
            });
        }
        for _ in 0..count {
            for t in &mut self.tables {
                let mut read = || -> std::io::Result<()> {
                    let length = number(&mut rest)?;
                    let (packed, after) = rest.split_at_checked(length).ok_or_else(cut)?;
                    rest = after;
                    unpack(packed, &mut t.rows)
                };
                read().map_err(at(path))?;
                t.ends.push(Marks::of(&t.rows));
            }
        }
        self.batches.extend(first..=last);
        self.written = self.batches.len();
        Ok(())
    }

    /// The rows that stay of each table, in the order of its key; what changes in them is changed.
    pub(super) fn sorted(&mut self, effects: &Effects) -> Vec<Vec<u32>> {
        let batches = &self.batches;
        let tables = self.tables.par_iter_mut();
        let of = |t: &mut Held| {
            let mut stay = Vec::with_capacity(t.rows.height());
            let mut start = 0;
            for (end, seq) in t.ends.iter().map(Marks::height).zip(batches) {
                stay.extend(effects.apply(&mut t.rows, (start..end as u32).collect(), *seq));
                start = end as u32;
            }
            sorted(&t.rows, &Key::of(t.rows.table()), &stay)
        };
        tables.map(of).collect()
    }

    /// The rows of a table, and the batch of each.
    pub(super) fn rows_of(&self, table: &str) -> Option<(&Columns, Vec<u64>)> {
        let held = self.tables.iter().find(|t| t.rows.table().name == table)?;
        let mut of = Vec::with_capacity(held.rows.height());
        for (end, seq) in held.heights().zip(&self.batches) {
            of.resize(end, *seq);
        }
        Some((&held.rows, of))
    }
}

fn cut() -> std::io::Error {
    std::io::ErrorKind::UnexpectedEof.into()
}

fn number(rest: &mut &[u8]) -> std::io::Result<usize> {
    let (number, after) = rest.split_first_chunk().ok_or_else(cut)?;
    *rest = after;
    Ok(u32::from_le_bytes(*number) as usize)
}
