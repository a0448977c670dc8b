//! Who has reported what: documents and indicators by area, agency and year, and what is missing.

use super::frame::{Cells, collect, distinct, failed};
use crate::warehouse::schema::{DIM_AREA, DOCUMENTS, OBSERVATIONS};
use crate::warehouse::{Error, Reader};
use polars::prelude::{DataFrame, PolarsResult, col, lit};
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
    let superseded = superseded(reader)?;
    let lazy = reader
        .scan(&DOCUMENTS)?
        .filter(col("status").neq(lit("rejected")))
        .select([
            col("document_id"),
            col("ref_area"),
            col("agency"),
            col("year"),
        ]);
    let documents = collect(reader, &DOCUMENTS, lazy)?;
    let mut rows: BTreeMap<(String, String), BTreeMap<i32, Reported>> = BTreeMap::new();
    count(&documents, |id, area, agency, year| {
        if !superseded.contains(id) {
            let at = rows.entry((area, agency)).or_default();
            at.entry(year).or_default().documents += 1;
        }
    })
    .map_err(|e| failed(reader, &DOCUMENTS, e))?;
    for year in reader.years(&OBSERVATIONS)? {
        // A year after the other: of ten million observations a tenth is in memory.
        let observed = distinct(reader, filter, year, &["indicator", "ref_area", "agency"])?;
        let mut read = || -> PolarsResult<()> {
            let area = Cells::of(&observed, "ref_area")?;
            let agency = Cells::of(&observed, "agency")?;
            for n in 0..observed.height() {
                // Values of other years (last year's) do not make a report for them.
                if let Some(r) = rows
                    .get_mut(&(area.text(n), agency.text(n)))
                    .and_then(|years| years.get_mut(&year))
                {
                    r.indicators += 1;
                }
            }
            Ok(())
        };
        read().map_err(|e| failed(reader, &OBSERVATIONS, e))?;
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

fn count(frame: &DataFrame, mut each: impl FnMut(&str, String, String, i32)) -> PolarsResult<()> {
    let id = Cells::of(frame, "document_id").ok();
    let (area, agency) = (Cells::of(frame, "ref_area")?, Cells::of(frame, "agency")?);
    let year = Cells::of(frame, "year")?;
    for n in 0..frame.height() {
        let id = id.as_ref().map(|c| c.text(n)).unwrap_or_default();
        let year = i32::try_from(year.int(n)).unwrap_or(0);
        each(&id, area.text(n), agency.text(n), year);
    }
    Ok(())
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
fn superseded(reader: &Reader) -> Result<std::collections::HashSet<String>, Error> {
    let lazy = reader
        .scan(&DOCUMENTS)?
        .filter(col("supersedes").is_not_null())
        .select([col("supersedes")]);
    let frame = collect(reader, &DOCUMENTS, lazy)?;
    let read = || -> PolarsResult<std::collections::HashSet<String>> {
        let older = Cells::of(&frame, "supersedes")?;
        Ok((0..frame.height()).map(|n| older.text(n)).collect())
    };
    read().map_err(|e| failed(reader, &DOCUMENTS, e))
}
