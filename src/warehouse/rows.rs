//! Rows of the tables of facts: what an [`Analysis`] says, spelled as the columns of `observations`, `quantities` and
//! `targets`.

use super::columns::Columns;
use super::document::Stored;
use super::frame::{Value, count, date, decimal, scaled, text};
use crate::analysis::{Analysis, Figure, Observation, Place, Target};
use crate::check::{Check, Outcome};
use crate::context::period;
use crate::quantity::Qualifier;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::iter::repeat;
use std::ops::Range;
use std::sync::Arc;

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
    /// The catalogue's version text.
    pub version: String,
    /// What the catalogue consists of, as [`super::catalogues`] keeps it.
    pub record: Option<serde_json::Value>,
    rows: BTreeMap<String, IndicatorRow>,
}

impl Indicators {
    /// From a version and the indicators.
    pub fn new(version: &str, rows: impl IntoIterator<Item = IndicatorRow>) -> Self {
        Indicators {
            version: version.to_owned(),
            record: None,
            rows: rows.into_iter().map(|r| (r.id.clone(), r)).collect(),
        }
    }

    /// The same, with what the catalogue consists of.
    pub fn recorded(self, record: serde_json::Value) -> Self {
        Indicators {
            record: Some(record),
            ..self
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

/// The partitions that some rows are of.
pub(super) fn partitions_of(rows: &Columns, of: Range<usize>) -> BTreeSet<Partition> {
    let column = |name| rows.table().position(name).unwrap_or(0);
    let (year, province) = (column("year"), column("province"));
    let mut found: Vec<(u32, u32)> = Vec::new();
    let mut at = BTreeSet::new();
    for row in of {
        let pair = (rows.id_at(year, row), rows.id_at(province, row));
        if found.last() == Some(&pair) || found.contains(&pair) {
            continue;
        }
        found.push(pair);
        at.insert(partition_of(rows, row));
    }
    at
}

/// The partition that a row is of.
pub(super) fn partition_of(rows: &Columns, row: usize) -> Partition {
    let column = |name| rows.table().position(name).unwrap_or(usize::MAX);
    let year = rows.number(column("year"), row).unwrap_or(0);
    Partition {
        year: i32::try_from(year).unwrap_or(0),
        province: rows
            .text(column("province"), row)
            .unwrap_or("00")
            .to_owned(),
    }
}

/// Stable ids of a document's observations, in their order: a hash of the document, the indicator, the place in the
/// text, scenario and transformation, so that what another catalogue reads in the same way keeps its id. Two observations that
/// agree in all of these (which a form may hold) are told apart by their order.
pub fn observation_ids(document_id: &str, observations: &[Observation]) -> Vec<String> {
    let mut seen = FxHashSet::with_capacity_and_hasher(observations.len(), Default::default());
    let mut ids = Vec::with_capacity(observations.len());
    // The separator keeps fields apart: no field holds a control character.
    let mut document = Sha256::new();
    document.update(document_id.as_bytes());
    document.update(b"\x1f");
    let mut fields = String::new();
    for o in observations {
        fields.clear();
        for field in [&*o.indicator, &*o.location] {
            fields.push_str(field);
            fields.push('\x1f');
        }
        push_decimal(&mut fields, o.chars.start);
        for field in ["", o.scenario.name(), o.transformation.name()] {
            fields.push_str(field);
            fields.push('\x1f');
        }
        let hash = document.clone().chain_update(&fields);
        let mut ordinal = 0u32;
        loop {
            let digest = match ordinal {
                0 => hash.clone().finalize(),
                _ => hash.clone().chain_update(ordinal.to_le_bytes()).finalize(),
            };
            let id: [u8; 16] = digest.first_chunk().copied().unwrap_or_default();
            if seen.insert(id) {
                ids.push(hexadecimal(&id));
                break;
            }
            ordinal += 1;
        }
    }
    ids
}

/// Appends a number's decimal digits.
fn push_decimal(text: &mut String, n: usize) {
    if n > 9 {
        push_decimal(text, n / 10);
    }
    text.push(char::from(b'0' + (n % 10) as u8));
}

/// Lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| DIGITS[usize::from(n & 15)];
    let mut digits = Vec::with_capacity(2 * bytes.len());
    for b in bytes {
        digits.extend([digit(b >> 4), digit(*b)]);
    }
    String::from_utf8(digits).unwrap_or_default()
}

/// Positions of the observations that a failed check rests on.
pub fn flagged(analysis: &Analysis) -> HashSet<usize> {
    let failed = |c: &&Check| c.outcome == Outcome::Fail;
    let failed = analysis.checks.iter().filter(failed);
    failed
        .flat_map(|c| c.observations.iter().copied())
        .collect()
}

/// Appends the observations of a document.
pub(super) fn push_observations(
    rows: &mut Columns,
    document: &Stored,
    analysis: &Analysis,
    indicators: &Indicators,
    current: bool,
) {
    let all = &analysis.observations;
    let n = all.len();
    let context = &analysis.context;
    let ids = document.observation_ids.iter().map(|id| text(id));
    rows.extend("observation_id", ids.chain(repeat(Value::Null)).take(n));
    rows.repeat("document_id", text(&document.row.document_id), n);
    rows.repeat("file_name", text(&document.row.file_name), n);
    rows.extend("indicator", all.iter().map(|o| text(&o.indicator)));
    let named =
        |of: fn(&IndicatorRow) -> &str| move |id: &str| text(indicators.get(id).map_or("", of));
    rows.derive("indicator_name", "indicator", n, named(|i| &i.name));
    rows.derive("domain", "indicator", n, named(|i| &i.domain));
    // Mostly the area of one is that of the one before, and so is the period.
    let places = all.chunk_by(|a, b| Arc::ptr_eq(&a.place, &b.place));
    let places: Vec<_> = places
        .filter_map(|few| Some((&few.first()?.place, few.len())))
        .collect();
    let mut put = |column, of: fn(&Place) -> &str| {
        for (place, n) in &places {
            rows.repeat(column, text(of(place)), *n);
        }
    };
    put("ref_area", |p| &p.ref_area);
    put("area_name", |p| &p.area_name);
    put("province", province);
    put("prefecture", |p| &p.prefecture);
    put("county", |p| &p.county);
    rows.repeat("agency", text(&context.agency), n);
    rows.repeat("agency_domain", text(&context.agency_domain), n);
    let same = |a: &Observation, b: &Observation| {
        a.year == b.year && a.period == b.period && a.time_period == b.time_period
    };
    for few in all.chunk_by(same) {
        let Some(o) = few.first() else { continue };
        // A binder that leaves the period open has said only the text of it.
        let period = o.period.or_else(|| period::parse_iso(&o.time_period));
        rows.repeat("time_period", text(&o.time_period), few.len());
        rows.repeat("period_start", date(period.map(|p| p.start)), few.len());
        rows.repeat("period_end", date(period.map(|p| p.end)), few.len());
        rows.repeat("year", Value::Int32(known_year(o.year)), few.len());
    }
    rows.extend(
        "scenario",
        all.iter().map(|o| Value::Text(o.scenario.name())),
    );
    let transformations = all.iter().map(|o| Value::Text(o.transformation.name()));
    rows.extend("transformation", transformations);
    rows.extend("obs_value", all.iter().map(|o| decimal(Some(o.obs_value))));
    rows.extend(
        "obs_value_max",
        all.iter().map(|o| decimal(o.obs_value_max)),
    );
    rows.extend(
        "unit_measure",
        all.iter().map(|o| Value::Text(&o.unit_measure)),
    );
    rows.extend(
        "qualifier",
        all.iter().map(|o| Value::Text(o.qualifier.name())),
    );
    let flagged = flagged(analysis);
    let status = |(i, o): (usize, &Observation)| match o.qualifier {
        _ if flagged.contains(&i) => Value::Text("F"),
        Qualifier::Approx => Value::Text("E"),
        _ => Value::Text("A"),
    };
    rows.extend("obs_status", all.iter().enumerate().map(status));
    rows.extend("value_text", all.iter().map(|o| text(&o.value_text)));
    rows.extend("evidence", all.iter().map(|o| text(&o.evidence)));
    rows.extend("location", all.iter().map(|o| text(&o.location)));
    rows.extend("char_start", all.iter().map(|o| count(o.chars.start)));
    rows.extend("char_end", all.iter().map(|o| count(o.chars.end)));
    rows.extend("confidence", all.iter().map(|o| Value::Float(o.confidence)));
    rows.extend("rule", all.iter().map(|o| text(&o.rule)));
    rows.repeat("is_current", Value::Bool(current), n);
    rows.grow(n);
}

/// Appends the figures of a document.
pub(super) fn push_quantities(
    rows: &mut Columns,
    document: &Stored,
    analysis: &Analysis,
    current: bool,
) {
    let all = &analysis.quantities;
    let n = all.len();
    rows.repeat("document_id", text(&document.row.document_id), n);
    rows.repeat("file_name", text(&document.row.file_name), n);
    rows.extend("location", all.iter().map(|q| text(&q.location)));
    rows.extend("char_start", all.iter().map(|q| count(q.chars.start)));
    rows.extend("char_end", all.iter().map(|q| count(q.chars.end)));
    rows.extend("value_text", all.iter().map(|q| text(&q.value_text)));
    // A range of which one bound does not fit has no value at all: half of it would be another statement.
    let fits =
        |q: &Figure| scaled(q.value).is_some() && q.value_max.is_none_or(|m| scaled(m).is_some());
    let values = all.iter().map(|q| decimal(fits(q).then_some(q.value)));
    rows.extend("value", values);
    let most = all.iter().map(|q| decimal(q.value_max.filter(|_| fits(q))));
    rows.extend("value_max", most);
    rows.extend("unit", all.iter().map(|q| Value::Text(&q.unit)));
    rows.extend(
        "qualifier",
        all.iter().map(|q| Value::Text(q.qualifier.name())),
    );
    rows.extend("measured", all.iter().map(|q| text(&q.measured)));
    for few in all.chunk_by(|a, b| a.year == b.year && a.time_period == b.time_period) {
        let Some(q) = few.first() else { continue };
        rows.repeat("time_period", text(&q.time_period), few.len());
        rows.repeat("year", Value::Int32(known_year(q.year)), few.len());
    }
    rows.extend("indicator", all.iter().map(|q| text(&q.indicator)));
    let province = province(&analysis.context.place);
    rows.repeat("province", Value::Text(province), n);
    rows.repeat("is_current", Value::Bool(current), n);
    rows.grow(n);
}

/// Appends a row of a self-evaluation table.
pub(super) fn push_target(
    rows: &mut Columns,
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

/// Appends the outcome of a check.
pub(super) fn push_check(
    rows: &mut Columns,
    document: &Stored,
    analysis: &Analysis,
    c: &Check,
    current: bool,
) {
    let context = &analysis.context;
    let on: Vec<&str> = c
        .observations
        .iter()
        .filter_map(|i| document.observation_ids.get(*i).map(String::as_str))
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
