//! What can go wrong with a warehouse. The command turns each into a sentence in the user's language that says what
//! to do; `Display` is the plain English for logs and for callers of the library.

use super::lock::Holder;
use polars::prelude::PolarsError;
use std::path::{Path, PathBuf};

/// A fault of the warehouse as a whole (a fault of one document is a reject, not an error).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no warehouse there.
    #[error("{}: no warehouse there", .path.display())]
    Missing {
        /// The folder asked for.
        path: PathBuf,
    },
    /// The path is a file.
    #[error("{}: is a file, a warehouse is a folder", .path.display())]
    NotAFolder {
        /// The path asked for.
        path: PathBuf,
    },
    /// The folder holds something else.
    #[error("{}: the folder is not empty and holds no warehouse", .path.display())]
    NotAWarehouse {
        /// The folder asked for.
        path: PathBuf,
    },
    /// Another process writes.
    #[error("{}: in use by another process{}", .path.display(), .holder.as_ref().map(|h| format!(" (process {} of {} on {}, since {})", h.pid, h.user, h.host, h.since)).unwrap_or_default())]
    Locked {
        /// The warehouse.
        path: PathBuf,
        /// Who has it, where that can be told.
        holder: Option<Holder>,
    },
    /// The operating system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// A Parquet file of the warehouse cannot be read or written.
    #[error("{}: {source}", .path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What polars said.
        source: PolarsError,
    },
    /// The warehouse contradicts itself.
    #[error("{}: {detail}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
}

/// For `map_err`: an error of the operating system about that path.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    move |source| Error::Io {
        path: path.to_owned(),
        source,
    }
}

/// For `map_err`: an error of polars about that path.
pub(crate) fn in_table(path: &Path) -> impl FnOnce(PolarsError) -> Error + '_ {
    move |source| Error::Table {
        path: path.to_owned(),
        source,
    }
}
