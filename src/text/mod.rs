//! Text as the later stages see it: boundaries of clauses, and the content words of a phrase.

pub mod any_of;
pub mod blank;
pub mod char_flags;
pub mod char_set;
pub mod clause;
mod common;
pub mod near;
pub mod openings;
pub mod scalars;
pub mod signs;
pub mod token;
