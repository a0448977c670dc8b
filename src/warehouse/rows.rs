//! Rows of the tables of facts: what an [`Analysis`] says, spelled as the columns of `observations`, `quantities` and
//! `targets`.

use super::columns::Columns;
use super::document::Stored;
use super::frame::{Value, count, date, decimal, scaled, text};
use super::schema::Table;
use crate::analysis::{Analysis, Observation, Place, Target};
use crate::check::{Check, Outcome};
use crate::context::period;
use crate::quantity::Qualifier;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
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
/// text, scenario, transformation and the catalogue's version. Two observations that agree in all of these (which a
/// form may hold) are told apart by their order.
pub fn observation_ids(
    document_id: &str,
    catalogue_version: &str,
    observations: &[Observation],
) -> Vec<String> {
    let mut seen = HashSet::with_capacity(observations.len());
    let mut ids = Vec::with_capacity(observations.len());
    // The separator keeps fields apart: no field holds a control character.
    let put = |hash: &mut Sha256, field: &str| {
        hash.update(field.as_bytes());
        hash.update(b"\x1f");
    };
    let mut document = Sha256::new();
    put(&mut document, document_id);
    for o in observations {
        let mut hash = document.clone();
        let start = o.chars.start.to_string();
        let fields = [
            &o.indicator,
            &o.location,
            &start,
            o.scenario.name(),
            o.transformation.name(),
            catalogue_version,
        ];
        for field in fields {
            put(&mut hash, field);
        }
        let mut ordinal = 0u32;
        loop {
            let mut hash = hash.clone();
            if ordinal > 0 {
                hash.update(ordinal.to_le_bytes());
            }
            let digest = hash.finalize();
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

/// A row of which the cells are found one by one, by the names of their columns.
struct Row {
    table: &'static Table,
    ids: Vec<u32>,
}

impl Row {
    fn new(rows: &Columns) -> Self {
        let table = rows.table();
        Row {
            table,
            ids: vec![0; table.columns.len()],
        }
    }

    /// The positions of some columns.
    fn at<const N: usize>(&self, names: [&str; N]) -> [usize; N] {
        // A name that is not there is a mistake that the first test shows.
        names.map(|name| self.table.position(name).unwrap_or(usize::MAX))
    }

    fn put<const N: usize>(&mut self, rows: &mut Columns, cells: [(usize, Value<'_>); N]) {
        for (column, value) in cells {
            debug_assert!(column < self.ids.len(), "{}", self.table.name);
            if let Some(cell) = self.ids.get_mut(column) {
                *cell = rows.id(column, value);
            }
        }
    }

    /// Gives one cell the value of a number.
    fn put_id(&mut self, column: usize, id: u32) {
        if let Some(cell) = self.ids.get_mut(column) {
            *cell = id;
        }
    }
}

/// Appends the observations of a document. What its document, its area or its indicator says is looked up once and not in
/// every row.
pub(super) fn push_observations(
    rows: &mut Columns,
    document: &Stored,
    analysis: &Analysis,
    indicators: &Indicators,
    current: bool,
) {
    let flagged = flagged(analysis);
    let mut row = Row::new(rows);
    let [document_id, file_name, agency, agency_domain, is_current] = row.at([
        "document_id",
        "file_name",
        "agency",
        "agency_domain",
        "is_current",
    ]);
    row.put(
        rows,
        [
            (document_id, text(&document.row.document_id)),
            (file_name, text(&document.row.file_name)),
            (agency, text(&analysis.context.agency)),
            (agency_domain, text(&analysis.context.agency_domain)),
            (is_current, Value::Bool(current)),
        ],
    );
    let area = row.at(["ref_area", "area_name", "province", "prefecture", "county"]);
    let named = row.at(["indicator", "indicator_name", "domain"]);
    let period_of = row.at(["time_period", "period_start", "period_end", "year"]);
    let kinds = row.at(["scenario", "transformation", "qualifier", "obs_status"]);
    let value_of = row.at(["obs_value", "obs_value_max", "unit_measure", "value_text"]);
    let found_at = row.at(["evidence", "location", "char_start", "char_end"]);
    let how = row.at(["observation_id", "confidence", "rule"]);
    let [indicator_of, name_of, domain_of] = named;
    let mut place: Option<&Arc<Place>> = None;
    // By the number of an indicator's id, those of its name and domain.
    let mut names: HashMap<u32, [u32; 2]> = HashMap::new();
    let ids = document.observation_ids.iter().map(String::as_str);
    let ids = ids.chain(std::iter::repeat(""));
    for (i, (o, id)) in analysis.observations.iter().zip(ids).enumerate() {
        if !place.is_some_and(|p| Arc::ptr_eq(p, &o.place)) {
            place = Some(&o.place);
            let values = [
                text(&o.place.ref_area),
                text(&o.place.area_name),
                Value::Text(province(&o.place)),
                text(&o.place.prefecture),
                text(&o.place.county),
            ];
            row.put(rows, pairs(area, values));
        }
        let number = rows.id(indicator_of, text(&o.indicator));
        let [name, domain] = *names.entry(number).or_insert_with(|| {
            let indicator = indicators.get(&o.indicator);
            [
                rows.id(name_of, text(indicator.map_or("", |i| &i.name))),
                rows.id(domain_of, text(indicator.map_or("", |i| &i.domain))),
            ]
        });
        row.put_id(indicator_of, number);
        row.put_id(name_of, name);
        row.put_id(domain_of, domain);
        // A binder that leaves the period open has said only the text of it.
        let period = o.period.or_else(|| period::parse_iso(&o.time_period));
        let values = [
            text(&o.time_period),
            date(period.map(|p| p.start)),
            date(period.map(|p| p.end)),
            Value::Int32(known_year(o.year)),
        ];
        row.put(rows, pairs(period_of, values));
        let status = match o.qualifier {
            _ if flagged.contains(&i) => "F",
            Qualifier::Approx => "E",
            _ => "A",
        };
        let values = [
            o.scenario.name(),
            o.transformation.name(),
            o.qualifier.name(),
            status,
        ];
        row.put(rows, pairs(kinds, values.map(Value::Text)));
        let values = [
            decimal(Some(o.obs_value)),
            decimal(o.obs_value_max),
            Value::Text(&o.unit_measure),
            text(&o.value_text),
        ];
        row.put(rows, pairs(value_of, values));
        let values = [
            text(&o.evidence),
            text(&o.location),
            count(o.chars.start),
            count(o.chars.end),
        ];
        row.put(rows, pairs(found_at, values));
        let values = [text(id), Value::Float(o.confidence), text(&o.rule)];
        row.put(rows, pairs(how, values));
        rows.push_ids(&row.ids);
    }
}

fn pairs<'a, const N: usize>(
    columns: [usize; N],
    values: [Value<'a>; N],
) -> [(usize, Value<'a>); N] {
    let mut columns = columns.into_iter();
    values.map(|value| (columns.next().unwrap_or(usize::MAX), value))
}

/// Appends the figures of a document.
pub(super) fn push_quantities(
    rows: &mut Columns,
    document: &Stored,
    analysis: &Analysis,
    current: bool,
) {
    let mut row = Row::new(rows);
    let of_document = row.at(["document_id", "file_name", "province", "is_current"]);
    let values = [
        text(&document.row.document_id),
        text(&document.row.file_name),
        Value::Text(province(&analysis.context.place)),
        Value::Bool(current),
    ];
    row.put(rows, pairs(of_document, values));
    let columns = row.at([
        "location",
        "char_start",
        "char_end",
        "value_text",
        "value",
        "value_max",
        "unit",
        "qualifier",
        "measured",
        "time_period",
        "indicator",
        "year",
    ]);
    for q in &analysis.quantities {
        // A range of which one bound does not fit has no value at all: half of it would be another statement.
        let fits = scaled(q.value).is_some() && q.value_max.is_none_or(|m| scaled(m).is_some());
        let values = [
            text(&q.location),
            count(q.chars.start),
            count(q.chars.end),
            text(&q.value_text),
            decimal(fits.then_some(q.value)),
            decimal(q.value_max.filter(|_| fits)),
            Value::Text(&q.unit),
            Value::Text(q.qualifier.name()),
            text(&q.measured),
            text(&q.time_period),
            text(&q.indicator),
            Value::Int32(known_year(q.year)),
        ];
        row.put(rows, pairs(columns, values));
        rows.push_ids(&row.ids);
    }
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
