//! The sentences that observations rest on.

use crate::analyse::Filter;
use crate::analyse::checks::Finding;
use crate::analyse::frame::{Cells, collect, failed};
use crate::warehouse::schema::OBSERVATIONS;
use crate::warehouse::{Error, Reader};
use polars::prelude::{Column, IntoLazy, JoinArgs, JoinType, PolarsResult, col};
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

/// The quotes of the observations that some findings rest on.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn quotes(reader: &Reader, findings: &[&Finding]) -> Result<Evidence, Error> {
    let mut found = Evidence::new();
    let wanted: BTreeSet<&str> = findings
        .iter()
        .flat_map(|f| f.observations.iter().map(String::as_str))
        .collect();
    if wanted.is_empty() {
        return Ok(found);
    }
    // An area's observations lie in its province; those of an unknown area may lie anywhere.
    let mut areas: Vec<String> = findings.iter().map(|f| f.ref_area.clone()).collect();
    if areas.iter().any(String::is_empty) {
        areas.clear();
    }
    let filter = Filter {
        areas,
        ..Filter::default()
    };
    let ids: Vec<&str> = wanted.iter().copied().collect();
    let ids = Column::new("observation_id".into(), ids).into_frame();
    for province in reader.provinces(&OBSERVATIONS)? {
        if !filter.may_have(&province) {
            continue;
        }
        // Joined where it is read: of a province only the rows that are wanted are held.
        let lazy = reader
            .scan_partitions(&OBSERVATIONS, |_, p| p == province)?
            .select(
                [
                    "observation_id",
                    "file_name",
                    "location",
                    "evidence",
                    "value_text",
                ]
                .map(col),
            )
            .join(
                ids.clone().lazy(),
                [col("observation_id")],
                [col("observation_id")],
                JoinArgs::new(JoinType::Inner),
            );
        let frame = collect(reader, &OBSERVATIONS, lazy)?;
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
                found.insert(id.text(n), quote);
            }
            Ok(())
        };
        read().map_err(|e| failed(reader, &OBSERVATIONS, e))?;
    }
    Ok(found)
}
