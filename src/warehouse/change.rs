//! Rows of a frame by a flag.

use polars::prelude::{BooleanChunked, NewChunkedArray};

/// One flag a row.
pub(super) fn mask(keep: Vec<bool>) -> BooleanChunked {
    BooleanChunked::from_slice("keep".into(), &keep)
}
