//! The values of one indicator: for each area and agency, one value a year, with its source and what contradicts it.
//!
//! A year may be stated several times: by the year's own report in text and form, by the report of the next year as
//! last year's value, for a part of the year. The value shown is that of
//!
//! 1. the whole year before a part of it;
//! 2. the year's own report before a later or an earlier one;
//! 3. the value that most statements of these give, then the one with the higher confidence, then the first in reading
//!    order.
//!
//! Every other value stays beside it in [`Point::others`], with its file: a revision, a disagreement, a partial period.
//! A year without a statement is a gap.

use super::find::Indicator;
use super::frame::{Cells, collect, failed};
use crate::warehouse::schema::{DOCUMENTS, OBSERVATIONS};
use crate::warehouse::{Error, Reader};
use polars::prelude::{DataFrame, Expr, PolarsResult, col, lit};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};

/// Which values are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Codes of areas; a code of a province or prefecture takes in all below it. Empty: all.
    pub areas: Vec<String>,
    /// Words of the agency's name; empty: all.
    pub agency: String,
    /// First and last year.
    pub years: Option<(i32, i32)>,
    /// actual, budget or target.
    pub scenario: String,
}

impl Filter {
    /// Whether an area is asked for.
    pub fn takes(&self, ref_area: &str) -> bool {
        self.areas.is_empty() || self.areas.iter().any(|a| ref_area.starts_with(prefix(a)))
    }

    /// Whether an area that is asked for may lie in a province (its two-digit code).
    pub fn may_have(&self, province: &str) -> bool {
        let of = |a: &String| a.get(..2).is_none_or(|p| p == province);
        self.areas.is_empty() || self.areas.iter().any(of)
    }

    /// The same as [`Filter::takes`], of the column `ref_area`.
    pub(crate) fn area_expression(&self) -> Option<Expr> {
        let one = |a: &String| {
            // Codes are digits, and ':' is the character after '9'.
            let first = prefix(a);
            let below = col("ref_area").lt(lit(format!("{first}:")));
            col("ref_area").gt_eq(lit(first)).and(below)
        };
        self.areas.iter().map(one).reduce(Expr::or)
    }
}

/// The part of a code that all areas below it share: 43 of 430000, 4304 of 430400.
fn prefix(code: &str) -> &str {
    let short = code
        .strip_suffix("0000")
        .or_else(|| code.strip_suffix("00"));
    short.unwrap_or(code)
}

/// A statement of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Value, in the base unit.
    pub value: Decimal,
    /// Upper bound where a range is written.
    pub value_max: Option<Decimal>,
    /// Unit as measured.
    pub unit: String,
    /// exact, approx, at_least, at_most.
    pub qualifier: String,
    /// As written.
    pub value_text: String,
    /// ISO 8601 period.
    pub time_period: String,
    /// Year of the document that states it.
    pub reported: i32,
    /// Its document.
    pub document_id: String,
    /// Its file.
    pub file_name: String,
    /// Place in the file.
    pub location: String,
    /// The sentence or row.
    pub evidence: String,
    /// 0–1.
    pub confidence: f64,
    /// A, E or F.
    pub obs_status: String,
}

/// The value of a year.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Year.
    pub year: i32,
    /// The statement shown.
    pub value: Statement,
    /// Statements of other values, the nearest first.
    pub others: Vec<Statement>,
}

/// The values of an area's agency.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Code of the area.
    pub ref_area: String,
    /// Its name.
    pub area_name: String,
    /// Name of its prefecture and province, for areas of the same name.
    pub prefecture: String,
    /// Agency.
    pub agency: String,
    /// By year, ascending; years without a value are missing.
    pub points: Vec<Point>,
}

impl Series {
    /// The value of a year.
    pub fn at(&self, year: i32) -> Option<&Point> {
        self.points
            .binary_search_by_key(&year, |p| p.year)
            .ok()
            .and_then(|n| self.points.get(n))
    }
}

/// Columns that a [`Statement`] and its place are read from.
pub(crate) const COLUMNS: [&str; 18] = [
    "indicator",
    "ref_area",
    "area_name",
    "prefecture",
    "agency",
    "year",
    "time_period",
    "obs_value",
    "obs_value_max",
    "unit_measure",
    "qualifier",
    "value_text",
    "obs_status",
    "document_id",
    "file_name",
    "location",
    "evidence",
    "confidence",
];

/// Whose value it is, of which year.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub ref_area: String,
    pub agency: String,
    pub area_name: String,
    pub prefecture: String,
    pub year: i32,
}

/// The series of an indicator, by area code, then agency.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn series(
    reader: &Reader,
    indicator: &Indicator,
    filter: &Filter,
) -> Result<Vec<Series>, Error> {
    let all = several(reader, &[&indicator.id], filter)?;
    Ok(all.into_values().next().unwrap_or_default())
}

/// The series of several indicators by id, each as [`series`] gives it; the warehouse is read once. One without values is
/// not there.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn several(
    reader: &Reader,
    indicators: &[&str],
    filter: &Filter,
) -> Result<BTreeMap<String, Vec<Series>>, Error> {
    let years = filter.years.unwrap_or((i32::MIN, i32::MAX));
    let scan = reader.scan_partitions(&OBSERVATIONS, |year, province| {
        (years.0..=years.1).contains(&year) && filter.may_have(province)
    })?;
    let lazy = scan
        .filter(
            any_of("indicator", indicators)
                .and(col("is_current"))
                .and(col("transformation").eq(lit("level")))
                .and(col("scenario").eq(lit(filter.scenario.as_str()))),
        )
        .select(COLUMNS.map(col));
    let frame = collect(reader, &OBSERVATIONS, lazy)?;
    let reported = reported(reader)?;
    let points = points(&frame, filter, &reported).map_err(|e| failed(reader, &OBSERVATIONS, e))?;
    let mut all: BTreeMap<String, Vec<Series>> = BTreeMap::new();
    for (indicator, key, point) in points {
        append(all.entry(indicator).or_default(), key, point);
    }
    for s in all.values_mut().flatten() {
        s.points.sort_by_key(|p| p.year);
        s.points.dedup_by_key(|p| p.year);
    }
    Ok(all)
}

/// Whether a column has one of these values. As a balanced tree: a long chain would be deep.
pub(crate) fn any_of(column: &str, values: &[&str]) -> Expr {
    match values {
        [] => lit(false),
        [one] => col(column).eq(lit(*one)),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            any_of(column, left).or(any_of(column, right))
        }
    }
}

/// The year of each document.
pub(crate) fn reported(reader: &Reader) -> Result<HashMap<String, i32>, Error> {
    let lazy = reader
        .scan(&DOCUMENTS)?
        .select([col("document_id"), col("year")]);
    let frame = collect(reader, &DOCUMENTS, lazy)?;
    let read = || -> PolarsResult<HashMap<String, i32>> {
        let (id, year) = (
            Cells::of(&frame, "document_id")?,
            Cells::of(&frame, "year")?,
        );
        Ok((0..frame.height())
            .map(|n| (id.text(n), i32::try_from(year.int(n)).unwrap_or(0)))
            .collect())
    };
    read().map_err(|e| failed(reader, &DOCUMENTS, e))
}

/// The values of a frame of observations (with the columns [`COLUMNS`]), by indicator, area, agency and year.
pub(crate) fn points(
    frame: &DataFrame,
    filter: &Filter,
    reported: &HashMap<String, i32>,
) -> PolarsResult<Vec<(String, Key, Point)>> {
    let cells = |name| Cells::of(frame, name);
    let (indicator, area, name) = (cells("indicator")?, cells("ref_area")?, cells("area_name")?);
    let (prefecture, agency) = (cells("prefecture")?, cells("agency")?);
    let (year, period) = (cells("year")?, cells("time_period")?);
    let (value, most, unit) = (
        cells("obs_value")?,
        cells("obs_value_max")?,
        cells("unit_measure")?,
    );
    let (qualifier, text, status) = (
        cells("qualifier")?,
        cells("value_text")?,
        cells("obs_status")?,
    );
    let (document, file, location) = (
        cells("document_id")?,
        cells("file_name")?,
        cells("location")?,
    );
    let (evidence, confidence) = (cells("evidence")?, cells("confidence")?);
    let mut groups: BTreeMap<(String, Key), Vec<Statement>> = BTreeMap::new();
    for n in 0..frame.height() {
        let ref_area = area.text(n);
        let agency = agency.text(n);
        let year = i32::try_from(year.int(n)).unwrap_or(0);
        if !filter.takes(&ref_area)
            || !agency.contains(&filter.agency)
            || filter
                .years
                .is_some_and(|(first, last)| year < first || year > last)
        {
            continue;
        }
        let Some(number) = value.decimal(n) else {
            continue;
        };
        let document_id = document.text(n);
        let statement = Statement {
            value: number,
            value_max: most.decimal(n),
            unit: unit.text(n),
            qualifier: qualifier.text(n),
            value_text: text.text(n),
            time_period: period.text(n),
            reported: reported.get(&document_id).copied().unwrap_or(0),
            document_id,
            file_name: file.text(n),
            location: location.text(n),
            evidence: evidence.text(n),
            confidence: confidence.float(n),
            obs_status: status.text(n),
        };
        let key = Key {
            ref_area,
            agency,
            area_name: name.text(n),
            prefecture: prefecture.text(n),
            year,
        };
        groups
            .entry((indicator.text(n), key))
            .or_default()
            .push(statement);
    }
    Ok(groups
        .into_iter()
        .filter_map(|((id, key), statements)| {
            let point = choose(key.year, statements)?;
            Some((id, key, point))
        })
        .collect())
}

/// A point in the order of [`Key`], to its series.
fn append(all: &mut Vec<Series>, key: Key, point: Point) {
    let Key {
        ref_area,
        agency,
        area_name,
        prefecture,
        ..
    } = key;
    match all.last_mut() {
        // An area that was renamed is one area: its code tells.
        Some(s) if s.ref_area == ref_area && s.agency == agency && !ref_area.is_empty() => {
            s.points.push(point);
            s.area_name = area_name;
        }
        Some(s) if s.area_name == area_name && s.ref_area == ref_area && s.agency == agency => {
            s.points.push(point);
        }
        _ => all.push(Series {
            ref_area,
            area_name,
            prefecture,
            agency,
            points: vec![point],
        }),
    }
}

/// The value of a year among its statements.
fn choose(year: i32, mut statements: Vec<Statement>) -> Option<Point> {
    let partial = |s: &Statement| s.time_period != format!("{year:04}");
    // How far the report is from the year: its own first, then the next, which states it as last year's.
    let distance = |s: &Statement| match s.reported {
        0 => i32::MAX,
        r if r >= year => 2 * (r - year),
        r => 2 * (year - r) + 1,
    };
    let class = |s: &Statement| (partial(s), distance(s));
    statements.sort_by(|a, b| {
        class(a)
            .cmp(&class(b))
            .then(b.confidence.total_cmp(&a.confidence))
    });
    let best = class(statements.first()?);
    let count = |value: &Statement| {
        statements
            .iter()
            .filter(|s| class(s) == best && s.value == value.value)
            .count()
    };
    let mut chosen = 0;
    let mut most = 0;
    for (n, s) in statements.iter().enumerate() {
        if class(s) == best && count(s) > most {
            (chosen, most) = (n, count(s));
        }
    }
    let value = statements.remove(chosen);
    let mut others: Vec<Statement> = Vec::new();
    for s in statements {
        let known = |o: &Statement| o.value == s.value && o.time_period == s.time_period;
        if s.value != value.value && !others.iter().any(known) {
            others.push(s);
        }
    }
    Some(Point {
        year,
        value,
        others,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A statement of a value by a report of a year.
    pub fn stated(value: i64, period: &str, reported: i32) -> Statement {
        Statement {
            value: Decimal::from(value),
            value_max: None,
            unit: "人".into(),
            qualifier: "exact".into(),
            value_text: format!("{value}人"),
            time_period: period.into(),
            reported,
            document_id: format!("d{reported}"),
            file_name: format!("{reported}.docx"),
            location: "p1".into(),
            evidence: String::new(),
            confidence: 0.95,
            obs_status: "A".into(),
        }
    }

    #[test]
    fn the_years_own_report_speaks_and_the_later_one_stays_beside_it() {
        let p = choose(
            2023,
            vec![stated(99, "2023", 2024), stated(100, "2023", 2023)],
        )
        .unwrap();
        assert_eq!(p.value.value, Decimal::from(100));
        assert_eq!(p.others.len(), 1);
        assert_eq!(p.others[0].reported, 2024);
    }

    #[test]
    fn a_whole_year_goes_before_a_part_of_it() {
        let p = choose(
            2023,
            vec![
                stated(50, "2023-01/2023-06", 2023),
                stated(100, "2023", 2024),
            ],
        )
        .unwrap();
        assert_eq!(p.value.value, Decimal::from(100));
    }

    #[test]
    fn what_text_and_form_both_say_is_shown_once() {
        let p = choose(2023, vec![stated(7, "2023", 2023), stated(7, "2023", 2023)]).unwrap();
        assert!(p.others.is_empty());
    }

    #[test]
    fn an_area_takes_in_what_lies_below_it() {
        let of = |area: &str, code: &str| {
            let f = Filter {
                areas: vec![area.into()],
                ..Filter::default()
            };
            f.takes(code)
        };
        assert!(of("430000", "430423") && of("430400", "430423") && of("430423", "430423"));
        assert!(!of("430400", "430500") && !of("430423", "430424"));
    }
}
