//! Where a document speaks from, and when.
pub mod period;
