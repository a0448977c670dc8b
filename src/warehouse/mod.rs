//! The warehouse: a folder of plain Parquet that analysts read with whatever they have.
//!
//! * [`schema`]: the tables and columns (the contract).
//! * [`frame`], [`rows`], [`document`], [`dimension`]: from an analysis to rows to Parquet bytes.
//! * [`commit`], [`lock`]: atomic change of many files, one writer, any number of readers.
//! * [`index`]: what is loaded already, so that loading again is cheap.
//! * [`mod@write`]: merging a batch of documents into the tables, as one commit.
//! * [`load`]: files in parallel, batch after batch, through an analysis into the warehouse.
//! * [`blocks`], [`rebind`]: the text of documents, and a new catalogue applied to it.
//! * [`read`]: lazily scanned tables.
//! * [`care`], [`check`], [`history`]: withdrawing documents, verifying, and what changed between versions.
//!
//! The unit of change is a batch of documents. A file of a table is a sorted, canonical function of its rows, and a
//! merge rewrites the files that the batch touches: memory is bounded by the batch and the largest partition, and the
//! result does not depend on batches, threads or the order of files.

pub mod blocks;
pub mod care;
mod change;
pub mod check;
pub mod commit;
pub mod dimension;
pub mod document;
pub mod error;
pub mod frame;
pub mod history;
pub mod index;
pub mod load;
pub mod lock;
pub mod period;
pub mod read;
pub mod rebind;
pub mod rows;
pub mod schema;
mod singles;
pub mod write;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use read::Reader;
pub use write::Writer;
