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

use super::choose::{Light, choose, distance, is_year};
use super::find::Indicator;
use super::frame::{Cells, IN_FORCE, Names, failed, in_force};
use crate::warehouse::frame::empty_of;
use crate::warehouse::pieces::Pieces;
use crate::warehouse::schema::{DOCUMENTS, OBSERVATIONS};
use crate::warehouse::{Error, Reader};
use polars::prelude::{DataFrame, Expr, PolarsResult, col, lit};
use rayon::prelude::*;
use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

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

impl Statement {
    /// A value without its texts.
    fn of_value(value: Decimal) -> Statement {
        let none = String::new;
        Statement {
            value,
            value_max: None,
            unit: none(),
            qualifier: none(),
            value_text: none(),
            time_period: none(),
            reported: 0,
            document_id: none(),
            file_name: none(),
            location: none(),
            evidence: none(),
            confidence: 0.0,
            obs_status: none(),
        }
    }
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
    /// How many more there are ([`Texts`]).
    pub more: usize,
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

/// Columns that a [`Statement`] and its place are read from; first those that decide which value is shown, whose and when.
pub(crate) const COLUMNS: [&str; 18] = [
    "indicator",
    "ref_area",
    "area_name",
    "prefecture",
    "agency",
    "year",
    "time_period",
    "obs_value",
    "document_id",
    "confidence",
    "obs_value_max",
    "unit_measure",
    "qualifier",
    "value_text",
    "obs_status",
    "file_name",
    "location",
    "evidence",
];

/// So many of [`COLUMNS`] decide.
const DECIDING: usize = 10;

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
    let all = several(reader, &[&indicator.id], filter, &Texts::All)?;
    Ok(all.into_values().next().unwrap_or_default())
}

/// How much of the statements of a point is read besides its value.
pub enum Texts<'t> {
    /// All statements with their sentences.
    All,
    /// Nothing.
    Values,
    /// Of the series that the function takes (indicator, area, agency), the value's sentence and so many other statements; of
    /// the rest, which are many, nothing.
    Of(usize, &'t (dyn Fn(&str, &str, &str) -> bool + Sync)),
}

impl Texts<'_> {
    /// Columns that are read.
    fn columns(&self) -> &'static [&'static str] {
        match self {
            Texts::Values => COLUMNS.split_at(DECIDING).0,
            _ => &COLUMNS,
        }
    }

    /// How many other statements are wanted; `None` for a series of which the values are enough.
    fn most(&self, indicator: &str, key: &Key) -> Option<usize> {
        match self {
            Texts::All => Some(usize::MAX),
            Texts::Values => None,
            Texts::Of(most, takes) => takes(indicator, &key.ref_area, &key.agency).then_some(*most),
        }
    }
}

/// The series of several indicators by id, each as [`series`] gives it; the warehouse is read once. One without values is not
/// there.
///
/// A partition has all statements of its areas about its year. Partitions are looked at in parallel, and what is not shown is
/// let go of at once: memory follows the number of points, not that of documents.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn several(
    reader: &Reader,
    indicators: &[&str],
    filter: &Filter,
    texts: &Texts<'_>,
) -> Result<BTreeMap<String, Vec<Series>>, Error> {
    let years = filter.years.unwrap_or((i32::MIN, i32::MAX));
    let mut partitions = reader.partitions(&OBSERVATIONS)?;
    partitions.retain(|p| (years.0..=years.1).contains(&p.year) && filter.may_have(&p.province));
    let reported = reported(reader)?;
    let ids: FxHashSet<&str> = indicators.iter().copied().collect();
    let found = partitions
        .par_iter()
        .map(|p| {
            let pieces = reader.pieces(&OBSERVATIONS, p)?;
            let frame = stated(&pieces, &ids, filter, texts.columns())?;
            points(&frame, filter, &reported, texts).map_err(pieces.failed())
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let mut points: Vec<_> = found.into_iter().flatten().collect();
    points.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
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

/// The rows of a partition that state values of some indicators.
fn stated(
    pieces: &Pieces,
    indicators: &FxHashSet<&str>,
    filter: &Filter,
    columns: &[&str],
) -> Result<DataFrame, Error> {
    let ids: Vec<&str> = indicators.iter().copied().collect();
    let by: Vec<&str> = ["indicator", "ref_area"]
        .iter()
        .chain(&IN_FORCE)
        .copied()
        .collect();
    let wanted = |frame: &DataFrame| {
        let mut rows = in_force(frame, &filter.scenario)?;
        let (id, area) = (
            frame.column("indicator")?.str()?,
            frame.column("ref_area")?.str()?,
        );
        // Indicators and areas stand in runs.
        let (mut last_id, mut last_area) = (("", false), ("", filter.takes("")));
        for (row, (id, area)) in rows.iter_mut().zip(id.iter().zip(area.iter())) {
            let (id, area) = (id.unwrap_or_default(), area.unwrap_or_default());
            if id != last_id.0 {
                last_id = (id, indicators.contains(id));
            }
            if area != last_area.0 {
                last_area = (area, filter.takes(area));
            }
            *row = *row && last_id.1 && last_area.1;
        }
        Ok(rows)
    };
    let mut all = empty_of(&OBSERVATIONS, columns);
    for group in (0..pieces.groups()).filter(|g| pieces.may_have(*g, "indicator", &ids)) {
        let rows = 0..pieces.rows(group);
        for part in pieces.select(group, rows, &by, wanted, columns)? {
            all.vstack_mut_owned(part).map_err(pieces.failed())?;
        }
    }
    // A cell of a column in many pieces is looked for piece by piece.
    all.rechunk_mut();
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

/// Years by document.
pub(crate) type Reported = FxHashMap<String, i32>;

/// The year of each document.
pub(crate) fn reported(reader: &Reader) -> Result<Reported, Error> {
    let mut all = Reported::default();
    for frame in reader.in_pieces(&DOCUMENTS, &["document_id", "year"])? {
        let mut read = || -> PolarsResult<()> {
            let ids = frame.column("document_id")?.str()?;
            let years = frame.column("year")?.i32()?;
            all.reserve(frame.height());
            let both = ids.iter().zip(years.iter());
            all.extend(both.filter_map(|(id, y)| Some((id?.to_owned(), y.unwrap_or(0)))));
            Ok(())
        };
        read().map_err(|e| failed(reader, &DOCUMENTS, e))?;
    }
    Ok(all)
}

/// The values of a frame of observations (with the columns [`COLUMNS`]), by indicator, area, agency and year.
pub(crate) fn points(
    frame: &DataFrame,
    filter: &Filter,
    reported: &Reported,
    texts: &Texts<'_>,
) -> PolarsResult<Vec<(String, Key, Point)>> {
    let cells = |name| Cells::of(frame, name);
    let mut names = Names::default();
    let mut numbers = |name| names.of_column(frame.column(name)?);
    let (indicator, area, name) = (
        numbers("indicator")?,
        numbers("ref_area")?,
        numbers("area_name")?,
    );
    let (prefecture, agency) = (numbers("prefecture")?, numbers("agency")?);
    let period = numbers("time_period")?;
    let (year, value, document) = (cells("year")?, cells("obs_value")?, cells("document_id")?);
    let confidence = cells("confidence")?;
    let mut groups: FxHashMap<[u32; 6], Vec<Light>> = FxHashMap::default();
    let at = |column: &[u32], n: usize| column.get(n).copied().unwrap_or(0);
    for n in 0..frame.height() {
        let of_year = i32::try_from(year.int(n)).unwrap_or(0);
        if !filter.takes(names.name(at(&area, n)))
            || !names.name(at(&agency, n)).contains(&filter.agency)
            || filter
                .years
                .is_some_and(|(first, last)| of_year < first || of_year > last)
        {
            continue;
        }
        let Some(value) = value.decimal(n) else {
            continue;
        };
        let period = at(&period, n);
        let key = [
            at(&indicator, n),
            at(&area, n),
            at(&agency, n),
            at(&name, n),
            at(&prefecture, n),
            of_year.cast_unsigned(),
        ];
        groups.entry(key).or_default().push(Light {
            row: n,
            value,
            period,
            partial: !is_year(names.name(period), of_year),
            distance: distance(of_year, reported.get(document.view(n)).copied()),
            confidence: confidence.float(n),
        });
    }
    let statements = match texts {
        Texts::Values => None,
        _ => Some(Statements::of(frame, reported)?),
    };
    let mut found: Vec<(String, Key, Point)> = groups
        .into_iter()
        .filter_map(|(key, stated)| {
            let [indicator, area, agency, name, prefecture, year] = key;
            let (value, others) = choose(stated)?;
            let indicator = names.name(indicator).to_owned();
            let key = Key {
                ref_area: names.name(area).to_owned(),
                agency: names.name(agency).to_owned(),
                area_name: names.name(name).to_owned(),
                prefecture: names.name(prefecture).to_owned(),
                year: year.cast_signed(),
            };
            let most = texts.most(&indicator, &key);
            let point = match statements.as_ref().zip(most) {
                None => Point {
                    year: key.year,
                    value: Statement::of_value(value.value),
                    others: Vec::new(),
                    more: others.len(),
                },
                Some((cells, most)) => Point {
                    year: key.year,
                    value: cells.whole(&value),
                    others: others.iter().take(most).map(|o| cells.whole(o)).collect(),
                    more: others.len().saturating_sub(most),
                },
            };
            Some((indicator, key, point))
        })
        .collect();
    found.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    Ok(found)
}

/// The cells of statements.
struct Statements<'f> {
    reported: &'f Reported,
    most: Cells<'f>,
    unit: Cells<'f>,
    qualifier: Cells<'f>,
    text: Cells<'f>,
    period: Cells<'f>,
    status: Cells<'f>,
    document: Cells<'f>,
    file: Cells<'f>,
    location: Cells<'f>,
    evidence: Cells<'f>,
}

impl<'f> Statements<'f> {
    fn of(frame: &'f DataFrame, reported: &'f Reported) -> PolarsResult<Statements<'f>> {
        let cells = |name| Cells::of(frame, name);
        Ok(Statements {
            reported,
            most: cells("obs_value_max")?,
            unit: cells("unit_measure")?,
            qualifier: cells("qualifier")?,
            text: cells("value_text")?,
            period: cells("time_period")?,
            status: cells("obs_status")?,
            document: cells("document_id")?,
            file: cells("file_name")?,
            location: cells("location")?,
            evidence: cells("evidence")?,
        })
    }

    fn whole(&self, light: &Light) -> Statement {
        let n = light.row;
        let document_id = self.document.text(n);
        Statement {
            value: light.value,
            value_max: self.most.decimal(n),
            unit: self.unit.text(n),
            qualifier: self.qualifier.text(n),
            value_text: self.text.text(n),
            time_period: self.period.text(n),
            reported: self.reported.get(&document_id).copied().unwrap_or(0),
            document_id,
            file_name: self.file.text(n),
            location: self.location.text(n),
            evidence: self.evidence.text(n),
            confidence: light.confidence,
            obs_status: self.status.text(n),
        }
    }
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
