//! The versions of a document, and what changed between them, figure by figure.

use super::document::DocumentRow;
use super::error::{Error, in_table};
use super::read::Reader;
use super::schema::{DOCUMENTS, OBSERVATIONS, QUANTITIES};
use polars::prelude::{DataFrame, PolarsResult};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a value is about, as far as versions are compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Indicator.
    pub indicator: String,
    /// Its Chinese name.
    pub indicator_name: String,
    /// Area.
    pub area_name: String,
    /// Period.
    pub time_period: String,
    /// Scenario.
    pub scenario: String,
    /// Transformation.
    pub transformation: String,
}

/// A difference between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub key: Key,
    /// Values of the older version, with units; empty where it has none.
    pub before: Vec<String>,
    /// Values of the newer version.
    pub after: Vec<String>,
}

/// A version, and how it differs from the one before it.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its row of `documents`.
    pub row: DocumentRow,
    /// Whether it is in force.
    pub is_current: bool,
    /// What is different from the version that it superseded; empty for the first.
    pub differences: Vec<Difference>,
}

type Values = BTreeMap<Key, Vec<String>>;

/// The versions that are linked with a document, or lie at the same path, the oldest first. `wanted` says which document is
/// meant.
pub fn history(
    reader: &Reader,
    wanted: impl Fn(&DocumentRow) -> bool,
) -> Result<Vec<Version>, Error> {
    let path = reader.root().join(DOCUMENTS.name);
    let all =
        DocumentRow::from_frame(&reader.collect(&DOCUMENTS)?, |_| true).map_err(in_table(&path))?;
    let by_id: HashMap<&str, &DocumentRow> =
        all.iter().map(|d| (d.document_id.as_str(), d)).collect();
    let superseded: HashMap<&str, &str> = all
        .iter()
        .filter(|d| !d.supersedes.is_empty())
        .map(|d| (d.supersedes.as_str(), d.document_id.as_str()))
        .collect();
    // Along the links in both directions, from all that is meant.
    let mut chain: BTreeMap<(i64, &str), &DocumentRow> = BTreeMap::new();
    let mut open: Vec<&DocumentRow> = all.iter().filter(|d| wanted(d)).collect();
    while let Some(d) = open.pop() {
        if chain.insert((d.ingested_at, &d.document_id), d).is_none() {
            let next = [
                Some(d.supersedes.as_str()),
                superseded.get(d.document_id.as_str()).copied(),
            ];
            open.extend(next.into_iter().flatten().filter_map(|id| by_id.get(id)));
        }
    }
    let ids: HashSet<&str> = chain.values().map(|d| d.document_id.as_str()).collect();
    let values = figures(reader, |id| ids.contains(id))?;
    let mut versions = Vec::new();
    for d in chain.values() {
        let differences = match values.get(&d.supersedes) {
            _ if d.supersedes.is_empty() => Vec::new(),
            before => {
                let none = Values::new();
                compare(
                    before.unwrap_or(&none),
                    values.get(&d.document_id).unwrap_or(&none),
                )
            }
        };
        versions.push(Version {
            row: (*d).clone(),
            is_current: !superseded.contains_key(d.document_id.as_str()),
            differences,
        });
    }
    Ok(versions)
}

/// Values of documents, by document: observations, and the figures that no indicator covers, by what they measure.
fn figures(
    reader: &Reader,
    wanted: impl Fn(&str) -> bool,
) -> Result<HashMap<String, Values>, Error> {
    let mut found: HashMap<String, Values> = HashMap::new();
    for table in [&OBSERVATIONS, &QUANTITIES] {
        for file in reader.files(table)? {
            for frame in super::pieces::frames(table, &file) {
                let frame = frame?;
                if table.name == OBSERVATIONS.name {
                    collect(&frame, &wanted, &mut found)
                } else {
                    collect_uncovered(&frame, &wanted, &mut found)
                }
                .map_err(in_table(&file))?;
            }
        }
    }
    for values in found.values_mut().flat_map(BTreeMap::values_mut) {
        values.sort();
        values.dedup();
    }
    Ok(found)
}

fn collect_uncovered(
    frame: &DataFrame,
    wanted: &impl Fn(&str) -> bool,
    found: &mut HashMap<String, Values>,
) -> PolarsResult<()> {
    let text = |name: &str| frame.column(name)?.str();
    let (ids, indicators) = (text("document_id")?, text("indicator")?);
    let (measured, periods, units, written) = (
        text("measured")?,
        text("time_period")?,
        text("unit")?,
        text("value_text")?,
    );
    let values = frame.column("value")?.decimal()?;
    for (i, id) in ids.iter().enumerate() {
        let Some(id) = id.filter(|id| indicators.get(i).is_none() && wanted(id)) else {
            continue;
        };
        let own = |c: &polars::prelude::StringChunked| c.get(i).unwrap_or("").to_owned();
        let key = Key {
            indicator: String::new(),
            indicator_name: own(measured),
            area_name: String::new(),
            time_period: own(periods),
            scenario: String::new(),
            transformation: String::new(),
        };
        let value = match values.physical().get(i).map(plain) {
            Some(value) => format!("{value} {}", own(units)).trim_end().to_owned(),
            // It does not fit the column.
            None => own(written),
        };
        found
            .entry(id.to_owned())
            .or_default()
            .entry(key)
            .or_default()
            .push(value);
    }
    Ok(())
}

/// A decimal of a table as it is written.
fn plain(v: i128) -> String {
    Decimal::try_from_i128_with_scale(v, 6)
        .map_or_else(|_| v.to_string(), |d| d.normalize().to_string())
}

fn collect(
    frame: &DataFrame,
    wanted: &impl Fn(&str) -> bool,
    found: &mut HashMap<String, Values>,
) -> PolarsResult<()> {
    let text = |name: &str| frame.column(name)?.str();
    let (ids, indicators, names, areas) = (
        text("document_id")?,
        text("indicator")?,
        text("indicator_name")?,
        text("area_name")?,
    );
    let (periods, scenarios, transformations, units) = (
        text("time_period")?,
        text("scenario")?,
        text("transformation")?,
        text("unit_measure")?,
    );
    let (values, most) = (
        frame.column("obs_value")?.decimal()?,
        frame.column("obs_value_max")?.decimal()?,
    );
    for (i, id) in ids.iter().enumerate() {
        let Some(id) = id.filter(|id| wanted(id)) else {
            continue;
        };
        let own = |c: &polars::prelude::StringChunked| c.get(i).unwrap_or("").to_owned();
        let key = Key {
            indicator: own(indicators),
            indicator_name: own(names),
            area_name: own(areas),
            time_period: own(periods),
            scenario: own(scenarios),
            transformation: own(transformations),
        };
        let mut value = values.physical().get(i).map(plain).unwrap_or_default();
        if let Some(max) = most.physical().get(i) {
            value = format!("{value}—{}", plain(max));
        }
        let value = format!("{value} {}", own(units)).trim_end().to_owned();
        found
            .entry(id.to_owned())
            .or_default()
            .entry(key)
            .or_default()
            .push(value);
    }
    Ok(())
}

fn compare(before: &Values, after: &Values) -> Vec<Difference> {
    let mut keys: Vec<&Key> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    let of = |values: &Values, key: &Key| values.get(key).cloned().unwrap_or_default();
    keys.into_iter()
        .map(|key| Difference {
            key: key.clone(),
            before: of(before, key),
            after: of(after, key),
        })
        .filter(|d| d.before != d.after)
        .collect()
}
