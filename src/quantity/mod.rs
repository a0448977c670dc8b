//! The number reader: figures of a text with their exact value in base units, unit, qualifier and place.
//!
//! Recognising numbers in Chinese reports is mostly knowing what is *not* a figure (dates, ordinals, document numbers,
//! names, slogans) and what unit the writer means (万人次, 元/人/月 said as 每人每月…元). Both are data: `pipelines/units.toml`
//! and `pipelines/not-figures.toml`, with worked examples that are tests. The code knows the grammar of numerals
//! (`numeral`, `grammar`), how to walk a text once (`scan`), what may follow a number (`tail`, `marks`), the shapes of things that are no figures (`guard`), and how figures share
//! units (`assemble`) and denominators (`per`). Nothing is guessed from what the figures mean: that is the business of later stages.
//!
//! The time is linear in the text, whatever the text is: a numeral is read once, every look around it is bounded.

mod assemble;
mod cell;
mod examples;
mod grammar;
mod guard;
mod known;
mod marks;
mod numeral;
mod per;
mod raw;
mod scan;
mod tables;
mod tail;
#[cfg(test)]
mod tests;
mod text;
mod trie;
pub mod types;

pub use known::UnitKind;
pub use tables::ReaderError;
pub use types::{Qualifier, Quantity};

use crate::text::scalars::Scalars;
use rust_decimal::Decimal;
use std::sync::OnceLock;
use tables::Tables;

/// A unit as written: what one of it is in the base unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Base unit with its denominators: 元, 人, 元/人/月.
    pub base: String,
    /// Base units in one of it: 10000 for 万元.
    pub factor: Decimal,
}

/// What a base unit has in common with others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kin {
    /// A bit for each set of units that count the same things.
    sets: u64,
    has_dimension: bool,
}

impl Kin {
    /// Whether units of these kinds count the same things.
    pub fn counts_with(self, other: Kin) -> bool {
        self.sets & other.sets != 0
    }

    /// Whether it is of a dimension, so that it may be converted.
    pub fn has_dimension(self) -> bool {
        self.has_dimension
    }
}

/// Reads figures. Holds the tables, built once; shared between threads.
#[derive(Debug)]
pub struct Reader {
    tables: Tables,
}

impl Reader {
    /// A reader with the given tables: the texts of a `units.toml` and a `not-figures.toml`.
    ///
    /// # Errors
    /// Where a file is not TOML, has an unknown key, or an entry contradicts another; the message names the entry and says
    /// what to mend. The examples are not run (see [`Reader::check_examples`]).
    pub fn from_toml(units: &str, not_figures: &str) -> Result<Reader, ReaderError> {
        Ok(Reader {
            tables: Tables::new(toml::from_str(units), toml::from_str(not_figures))?,
        })
    }

    /// The reader with the tables that are compiled in.
    pub fn builtin() -> &'static Reader {
        static READER: OnceLock<Reader> = OnceLock::new();
        READER.get_or_init(|| {
            let [units, not] = ["units.toml", "not-figures.toml"].map(crate::builtin::table);
            match Tables::new(units.read(), not.read()) {
                Ok(tables) => Reader { tables },
                // the files are part of the program and its tests load them
                Err(e) => unreachable!("built-in tables: {e}"),
            }
        })
    }

    /// Whether two base units count the same things, the measure word being the writer's choice (个, 家, 所).
    pub fn interchangeable(&self, a: &str, b: &str) -> bool {
        a == b || self.kin(a).counts_with(self.kin(b))
    }

    /// What a base unit has in common with others.
    pub fn kin(&self, unit: &str) -> Kin {
        self.tables.kin.get(unit).copied().unwrap_or_default()
    }

    /// How many of base unit `to` one of base unit `from` is, where both are of one dimension (1 千克 is 1000 克).
    pub fn conversion(&self, from: &str, to: &str) -> Option<Decimal> {
        if !self.kin(from).has_dimension {
            return None;
        }
        let size = |list: &[(String, Decimal)], unit: &str| {
            list.iter().find(|(u, _)| u == unit).map(|(_, size)| *size)
        };
        self.tables.dimensions.iter().find_map(|list| {
            let (from, to) = (size(list, from)?, size(list, to)?);
            let factor = from.checked_div(to)?;
            // Exact or not at all.
            (factor.checked_mul(to)? == from).then_some(factor)
        })
    }

    /// The figures of a piece of prose, in order, not overlapping. Offsets are into `text`.
    pub fn read(&self, text: &str) -> Vec<Quantity> {
        self.read_in(&Scalars::new(text))
    }

    /// The same of a text whose characters are at hand.
    pub fn read_in(&self, text: &Scalars) -> Vec<Quantity> {
        scan::Scanner::new(&self.tables, text).quantities(text)
    }
}
