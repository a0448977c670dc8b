//! The sentences that observations rest on.

use crate::analyse::Filter;
use crate::analyse::checks::Finding;
use crate::analyse::frame::Cells;
use crate::warehouse::pieces::Pieces;
use crate::warehouse::schema::OBSERVATIONS;
use crate::warehouse::{Error, Reader};
use polars::prelude::{DataFrame, PolarsResult};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};

/// Where a number stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quote {
    /// File.
    pub file_name: String,
    /// Place in it.
    pub location: String,
    /// The sentence or row.
    pub evidence: String,
    /// The figure as written.
    pub value_text: String,
}

/// Quotes by the id of the observation.
pub type Evidence = BTreeMap<String, Quote>;

/// The quotes of the observations that some findings rest on. Of the provinces that these are about, the ids of all
/// observations are read, and of the sentences only those that are wanted.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn quotes(reader: &Reader, findings: &[&Finding]) -> Result<Evidence, Error> {
    let wanted: FxHashSet<&str> = findings
        .iter()
        .flat_map(|f| f.observations.iter().map(String::as_str))
        .collect();
    if wanted.is_empty() {
        return Ok(Evidence::new());
    }
    // An area's observations lie in its province; those of an unknown area may lie anywhere.
    let mut areas: BTreeSet<&str> = findings.iter().map(|f| f.ref_area.as_str()).collect();
    if areas.contains("") {
        areas.clear();
    }
    let filter = Filter {
        areas: areas.into_iter().map(str::to_owned).collect(),
        ..Filter::default()
    };
    let mut partitions = reader.partitions(&OBSERVATIONS)?;
    partitions.retain(|p| filter.may_have(&p.province));
    let found = partitions
        .par_iter()
        .map(|p| of_partition(&reader.pieces(&OBSERVATIONS, p)?, &wanted))
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(found.into_iter().flatten().collect())
}

const COLUMNS: [&str; 5] = [
    "observation_id",
    "file_name",
    "location",
    "evidence",
    "value_text",
];

fn of_partition(pieces: &Pieces, wanted: &FxHashSet<&str>) -> Result<Vec<(String, Quote)>, Error> {
    let is_wanted = |frame: &DataFrame| {
        let ids = frame.column("observation_id")?.str()?;
        let is = |id: Option<&str>| id.is_some_and(|id| wanted.contains(id));
        Ok(ids.iter().map(is).collect())
    };
    let mut found = Vec::new();
    for group in 0..pieces.groups() {
        let rows = 0..pieces.rows(group);
        for frame in pieces.select(group, rows, &["observation_id"], is_wanted, &COLUMNS)? {
            let mut read = || -> PolarsResult<()> {
                let cells = |name| Cells::of(&frame, name);
                let (id, file, location) = (
                    cells("observation_id")?,
                    cells("file_name")?,
                    cells("location")?,
                );
                let (evidence, text) = (cells("evidence")?, cells("value_text")?);
                for n in 0..frame.height() {
                    let quote = Quote {
                        file_name: file.text(n),
                        location: location.text(n),
                        evidence: evidence.text(n),
                        value_text: text.text(n),
                    };
                    found.push((id.text(n), quote));
                }
                Ok(())
            };
            read().map_err(pieces.failed())?;
        }
    }
    Ok(found)
}
