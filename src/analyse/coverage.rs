//! Who has reported what: documents and indicators by area, agency and year, and what is missing.

use super::frame::{Cells, Names, collect, distinct, failed};
use crate::warehouse::schema::{DIM_AREA, DOCUMENTS};
use crate::warehouse::{Error, Reader};
use polars::prelude::PolarsResult;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What an agency has reported for a year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// Documents in force.
    pub documents: usize,
    /// Different indicators with an actual value for that year.
    pub indicators: usize,
}

/// An agency of an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Code of the area; empty where unknown.
    pub ref_area: String,
    /// Its name.
    pub area_name: String,
    /// The agency; empty where unknown.
    pub agency: String,
    /// By year.
    pub years: BTreeMap<i32, Reported>,
}

/// The coverage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By area code, then agency.
    pub rows: Vec<Row>,
    /// Years that anybody reported for, ascending.
    pub years: Vec<i32>,
}

impl Coverage {
    /// What is missing: (area, agency, year) that others or the agency itself have reported for.
    pub fn gaps(&self) -> Vec<(&str, &str, i32)> {
        let gap = |r: &'_ Row, year: &i32| !r.years.contains_key(year) && *year > 0;
        self.rows
            .iter()
            .filter(|r| !r.agency.is_empty())
            .flat_map(|r| {
                let years = self.years.iter().filter(move |y| gap(r, y));
                years.map(move |y| (r.area_name.as_str(), r.agency.as_str(), *y))
            })
            .collect()
    }
}

/// The coverage of a warehouse; `areas` as in [`super::Filter::areas`].
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn coverage(reader: &Reader, filter: &super::Filter) -> Result<Coverage, Error> {
    let names = names(reader)?;
    let mut rows = documents(reader)?;
    // Different indicators of an area's agency, partition by partition.
    let columns = ["indicator", "ref_area", "agency"];
    let observed = distinct(reader, filter, columns, |partition| {
        let mut counted: FxHashMap<[u32; 2], usize> = FxHashMap::default();
        for &[_, area, agency] in &partition.all {
            *counted.entry([area, agency]).or_default() += 1;
        }
        (partition.year, partition.names, counted)
    })?;
    for (year, texts, counted) in observed {
        for ([area, agency], indicators) in counted {
            let key = (texts.name(area).to_owned(), texts.name(agency).to_owned());
            // Values of other years (last year's) do not make a report for them.
            if let Some(r) = rows.get_mut(&key).and_then(|years| years.get_mut(&year)) {
                r.indicators += indicators;
            }
        }
    }
    let mut all = Coverage::default();
    let mut years = BTreeSet::new();
    for ((ref_area, agency), by_year) in rows {
        if !filter.takes(&ref_area) || !agency.contains(&filter.agency) {
            continue;
        }
        years.extend(by_year.keys().copied());
        all.rows.push(Row {
            area_name: names.get(&ref_area).cloned().unwrap_or_default(),
            ref_area,
            agency,
            years: by_year,
        });
    }
    all.years = years.into_iter().collect();
    Ok(all)
}

/// What has been reported, by area and agency.
type Rows = BTreeMap<(String, String), BTreeMap<i32, Reported>>;

/// The documents in force, counted.
fn documents(reader: &Reader) -> Result<Rows, Error> {
    let superseded = superseded(reader)?;
    let mut columns = vec!["status", "ref_area", "agency", "year"];
    if !superseded.is_empty() {
        // Two thirds of what there is to read.
        columns.push("document_id");
    }
    let parts = reader.in_pieces(&DOCUMENTS, &columns)?;
    let mut names = Names::default();
    let mut counted: FxHashMap<(u32, u32, i32), usize> = FxHashMap::default();
    for frame in parts {
        let mut read = || -> PolarsResult<()> {
            let status = frame.column("status")?.str()?;
            let areas = names.of_column(frame.column("ref_area")?)?;
            let agencies = names.of_column(frame.column("agency")?)?;
            let year = frame.column("year")?.i32()?;
            let ids = frame.column("document_id").and_then(|c| c.str()).ok();
            for (n, (&area, &agency)) in areas.iter().zip(&agencies).enumerate() {
                let old = ids
                    .and_then(|ids| ids.get(n))
                    .is_some_and(|id| superseded.contains(id));
                if status.get(n) != Some("rejected") && !old {
                    let key = (area, agency, year.get(n).unwrap_or(0));
                    *counted.entry(key).or_default() += 1;
                }
            }
            Ok(())
        };
        read().map_err(|e| failed(reader, &DOCUMENTS, e))?;
    }
    let mut rows = Rows::new();
    for ((area, agency, year), documents) in counted {
        let key = (names.name(area).to_owned(), names.name(agency).to_owned());
        rows.entry(key).or_default().insert(
            year,
            Reported {
                documents,
                indicators: 0,
            },
        );
    }
    Ok(rows)
}

fn names(reader: &Reader) -> Result<HashMap<String, String>, Error> {
    let frame = collect(reader, &DIM_AREA, reader.scan(&DIM_AREA)?)?;
    let read = || -> PolarsResult<HashMap<String, String>> {
        let (code, name) = (
            Cells::of(&frame, "ref_area")?,
            Cells::of(&frame, "area_name")?,
        );
        Ok((0..frame.height())
            .map(|n| (code.text(n), name.text(n)))
            .collect())
    };
    read().map_err(|e| failed(reader, &DIM_AREA, e))
}

/// Documents that another one has replaced.
fn superseded(reader: &Reader) -> Result<FxHashSet<String>, Error> {
    let mut all = FxHashSet::default();
    for frame in reader.in_pieces(&DOCUMENTS, &["supersedes"])? {
        let older = frame.column("supersedes").and_then(|c| c.str());
        let older = older.map_err(|e| failed(reader, &DOCUMENTS, e))?;
        all.extend(older.iter().flatten().map(str::to_owned));
    }
    Ok(all)
}
