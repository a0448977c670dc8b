//! Answers from a warehouse: trends, comparisons, coverage, and what the catalogue does not know yet.
//!
//! Everything here reads the warehouse only, and only the columns and partitions that an answer needs. Nothing is
//! interpolated and nothing averaged silently: where an area has no value it has a gap, where two reports disagree both
//! values are kept ([`mod@series`]).
//!
//! * [`mod@find`]: which indicator somebody means.
//! * [`mod@series`]: the value of an indicator for each area, agency and year, with its source and what contradicts it.
//! * [`trend`]: how it developed. [`compare`]: how areas stand beside one another. [`coverage`]: who has reported what.
//! * [`checks`]: what does not add up.
//! * [`suggest`]: frequent figures without an indicator.

pub mod checks;
mod choose;
pub mod compare;
pub mod coverage;
pub mod find;
pub(crate) mod frame;
pub mod series;
pub mod suggest;
pub mod trend;

pub use find::{Indicator, NotFound, find};
pub use series::{Filter, Point, Series, series};
