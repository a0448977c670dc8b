//! Rows of the tables of facts: what an [`Analysis`] says, spelled as the columns of `observations`, `quantities` and
//! `targets`.

use super::document::Stored;
use super::frame::{Rows, Value, count, date, decimal, scaled, text};
use crate::analysis::{Analysis, Figure, Observation, Place, Target};
use crate::check::{Check, Outcome};
use crate::context::period;
use crate::quantity::Qualifier;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};

/// A row of `dim_indicator`, and where the names in `observations` come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the columns are described in `schema`
pub struct IndicatorRow {
    pub id: String,
    pub name: String,
    pub unit: String,
    pub kind: String,
    pub domain: String,
    pub group: String,
    pub parent: String,
    pub definition: String,
}

/// What the warehouse takes from the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Indicators {
    /// The catalogue's version text, part of every observation's identity.
    pub version: String,
    rows: BTreeMap<String, IndicatorRow>,
}

impl Indicators {
    /// From a version and the indicators.
    pub fn new(version: &str, rows: impl IntoIterator<Item = IndicatorRow>) -> Self {
        Indicators {
            version: version.to_owned(),
            rows: rows.into_iter().map(|r| (r.id.clone(), r)).collect(),
        }
    }

    /// By id.
    pub fn get(&self, id: &str) -> Option<&IndicatorRow> {
        self.rows.get(id)
    }

    /// In the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &IndicatorRow> {
        self.rows.values()
    }
}

/// The partition of a row: its year and the two-digit code of its province.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Partition {
    /// Year, 0 where unknown.
    pub year: i32,
    /// Province, `00` where unknown.
    pub province: String,
}

impl Partition {
    /// Folder below the table's.
    pub fn folder(&self) -> String {
        format!("year={}/province={}", self.year, self.province)
    }
}

/// A year as the warehouse writes it: 0 where it is none.
pub(crate) fn known_year(year: i32) -> i32 {
    if (1..=9999).contains(&year) { year } else { 0 }
}

/// Two-digit code of the province as the warehouse writes it.
pub(crate) fn province(place: &Place) -> &str {
    let code = place.province_code();
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_digit()) {
        code
    } else {
        "00"
    }
}

/// Stable ids of a document's observations, in their order: a hash of the document, the indicator, the place in the
/// text, scenario, transformation and the catalogue's version. Two observations that agree in all of these (which a
/// form may hold) are told apart by their order.
pub fn observation_ids(
    document_id: &str,
    catalogue_version: &str,
    observations: &[Observation],
) -> Vec<String> {
    let mut seen = HashSet::with_capacity(observations.len());
    let mut ids = Vec::with_capacity(observations.len());
    for o in observations {
        let mut ordinal = 0u32;
        loop {
            let mut hash = Sha256::new();
            let start = o.chars.start.to_string();
            let fields = [
                document_id,
                &o.indicator,
                &o.location,
                &start,
                o.scenario.name(),
                o.transformation.name(),
                catalogue_version,
            ];
            for field in fields {
                // The separator keeps fields apart: no field holds a control character.
                hash.update(field.as_bytes());
                hash.update(b"\x1f");
            }
            if ordinal > 0 {
                hash.update(ordinal.to_le_bytes());
            }
            let id = hexadecimal(hash.finalize().get(..16).unwrap_or_default());
            if seen.insert(id.clone()) {
                ids.push(id);
                break;
            }
            ordinal += 1;
        }
    }
    ids
}

/// Lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n & 15)]);
    bytes
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(*b)])
        .collect()
}

/// Positions of the observations that a failed check rests on.
pub fn flagged(analysis: &Analysis) -> HashSet<usize> {
    let failed = |c: &&Check| c.outcome == Outcome::Fail;
    let failed = analysis.checks.iter().filter(failed);
    failed
        .flat_map(|c| c.observations.iter().copied())
        .collect()
}

/// Appends an observation with its id; `flagged` where a check of it failed.
pub fn push_observation(
    rows: &mut Rows,
    document: &Stored,
    analysis: &Analysis,
    o: &Observation,
    (id, flagged): (&str, bool),
    indicators: &Indicators,
    current: bool,
) {
    let indicator = indicators.get(&o.indicator);
    // A binder that leaves the period open has said only the text of it.
    let period = o.period.or_else(|| period::parse_iso(&o.time_period));
    let status = match o.qualifier {
        _ if flagged => "F",
        Qualifier::Approx => "E",
        _ => "A",
    };
    rows.push(&[
        text(id),
        text(&document.row.document_id),
        text(&document.row.file_name),
        text(&o.indicator),
        text(indicator.map_or("", |i| &i.name)),
        text(indicator.map_or("", |i| &i.domain)),
        text(&o.place.ref_area),
        text(&o.place.area_name),
        Value::Text(province(&o.place)),
        text(&o.place.prefecture),
        text(&o.place.county),
        text(&analysis.context.agency),
        text(&analysis.context.agency_domain),
        text(&o.time_period),
        date(period.map(|p| p.start)),
        date(period.map(|p| p.end)),
        Value::Int32(known_year(o.year)),
        Value::Text(o.scenario.name()),
        Value::Text(o.transformation.name()),
        decimal(Some(o.obs_value)),
        decimal(o.obs_value_max),
        Value::Text(&o.unit_measure),
        Value::Text(o.qualifier.name()),
        Value::Text(status),
        text(&o.value_text),
        text(&o.evidence),
        text(&o.location),
        count(o.chars.start),
        count(o.chars.end),
        Value::Float(o.confidence),
        text(&o.rule),
        Value::Bool(current),
    ]);
}

/// Appends a figure.
pub fn push_quantity(rows: &mut Rows, document: &Stored, place: &Place, q: &Figure, current: bool) {
    // A range of which one bound does not fit has no value at all: half of it would be another statement.
    let fits = scaled(q.value).is_some() && q.value_max.is_none_or(|m| scaled(m).is_some());
    rows.push(&[
        text(&document.row.document_id),
        text(&document.row.file_name),
        text(&q.location),
        count(q.chars.start),
        count(q.chars.end),
        text(&q.value_text),
        if fits {
            decimal(Some(q.value))
        } else {
            Value::Null
        },
        if fits {
            decimal(q.value_max)
        } else {
            Value::Null
        },
        Value::Text(&q.unit),
        Value::Text(q.qualifier.name()),
        text(&q.measured),
        text(&q.time_period),
        text(&q.indicator),
        Value::Int32(known_year(q.year)),
        Value::Text(province(place)),
        Value::Bool(current),
    ]);
}

/// Appends a row of a self-evaluation table.
pub fn push_target(
    rows: &mut Rows,
    document: &Stored,
    analysis: &Analysis,
    t: &Target,
    current: bool,
) {
    let context = &analysis.context;
    let period = context.period.map(|p| period::iso(&p)).unwrap_or_default();
    rows.push(&[
        text(&document.row.document_id),
        text(&document.row.file_name),
        text(&t.project),
        text(&t.level1),
        text(&t.level2),
        text(&t.level3),
        text(&t.target_text),
        text(&t.actual_text),
        decimal(t.target_value),
        decimal(t.actual_value),
        text(&t.unit),
        decimal(t.weight),
        decimal(t.score),
        text(&t.deviation_reason),
        text(&t.location),
        text(&context.place.ref_area),
        text(&context.place.area_name),
        Value::Text(province(&context.place)),
        text(&context.place.prefecture),
        text(&context.place.county),
        text(&context.agency),
        text(&context.agency_domain),
        text(&period),
        date(context.period.map(|p| p.start)),
        date(context.period.map(|p| p.end)),
        Value::Int32(known_year(context.year)),
        Value::Bool(current),
    ]);
}

/// Appends the outcome of a check. `ids` are those of the document's observations.
pub fn push_check(
    rows: &mut Rows,
    document: &Stored,
    analysis: &Analysis,
    c: &Check,
    ids: &[String],
    current: bool,
) {
    let context = &analysis.context;
    let on: Vec<&str> = c
        .observations
        .iter()
        .filter_map(|i| ids.get(*i).map(String::as_str))
        .collect();
    let period = c.period.or_else(|| period::parse_iso(&c.time_period));
    rows.push(&[
        text(&c.check),
        text(&c.name),
        Value::Text(c.kind.name()),
        Value::Text(c.outcome.name()),
        decimal(c.expected),
        decimal(c.actual),
        decimal(c.difference),
        decimal(c.tolerance),
        text(&c.explanation),
        text(&on.join(" ")),
        text(&c.place.ref_area),
        text(&c.place.area_name),
        Value::Text(province(&c.place)),
        text(&c.place.prefecture),
        text(&c.place.county),
        text(&context.agency),
        text(&context.agency_domain),
        text(&c.time_period),
        date(period.map(|p| p.start)),
        date(period.map(|p| p.end)),
        Value::Int32(known_year(c.year)),
        text(&document.row.document_id),
        text(&document.row.file_name),
        Value::Bool(current),
    ]);
}
