//! The warehouse: a folder of plain Parquet that analysts read with whatever they have.
//!
//! * [`schema`]: the tables and columns (the contract).
//! * [`frame`], [`rows`], [`document`], [`dimension`]: from an analysis to rows to Parquet bytes.
//! * [`commit`], `flush`, [`lock`]: atomic change of many files, one writer, any number of readers.
//! * `columns`: rows by columns, each cell the number of its value; how they are sorted, packed, and written as Parquet.
//! * [`index`], `verified`: what is loaded already, so that loading again is cheap.
//! * [`mod@write`], [`journal`], `pending`: a batch of documents, committed at once.
//! * `effects`, `merge`, `publish`: what the journal holds becomes part of the tables, in one commit.
//! * [`load`]: files in parallel, batch after batch, through an analysis into the warehouse.
//! * [`blocks`], [`catalogues`], [`rebind`]: the text of documents, what they were read with, and a new catalogue applied to them.
//! * [`read`], [`pieces`]: lazily scanned tables; rows of a file piece by piece.
//! * [`care`], [`check`], [`history`]: withdrawing documents, verifying, and what changed between versions.
//!
//! The unit of change is a batch of documents. A file of a table is a sorted, canonical function of its rows, one file a
//! partition, and is replaced by rename: whoever reads with a glob sees it as it was or as it will be. Rows are merged in
//! streams, so that memory is bounded by the batch, and the result does not depend on batches, threads or the order of files.

pub mod blocks;
pub mod care;
pub mod catalogues;
mod change;
pub mod check;
mod columns;
pub mod commit;
pub mod dimension;
pub mod document;
mod effects;
pub mod error;
mod flush;
pub mod frame;
pub mod history;
pub mod index;
pub mod journal;
pub mod load;
pub mod lock;
mod merge;
mod pending;
pub mod period;
pub mod pieces;
mod publish;
pub mod read;
pub mod rebind;
pub mod rows;
pub mod schema;
mod singles;
mod slots;
pub mod submission;
mod verified;
pub mod write;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use read::Reader;
pub use write::Writer;
