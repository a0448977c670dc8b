//! Findings: what the checks of the documents found, and what only several documents together can show.
//!
//! A document is checked when it is read (`check`), and its results are in the table `checks`. Here come those that need
//! more than one document:
//!
//! * **narrative_table.files**: a report's text and an attachment state the same indicator with different values;
//! * **revision**: what a report gives as last year's value is not what last year's report gave;
//! * **magnitude**: a value is a thousand times the agency's other years, or a thousandth: a slip of unit (元 for 万元) or of the
//!   decimal point.
//!
//! Each has a sentence that could be sent to the bureau, and the observations it rests on. The observations are read
//! province by province, so that memory follows the largest province.

use super::Filter;
use super::frame::{Cells, collect, failed};
use super::series::reported;
use crate::check::{Kind, Outcome, written};
use crate::warehouse::schema::{CHECKS, OBSERVATIONS};
use crate::warehouse::{Error, Reader};
use polars::prelude::{DataFrame, PolarsResult, col, lit};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};

/// Beyond this multiple of the other years, or its inverse, a value is a slip rather than a development.
const SLIP: Decimal = Decimal::ONE_THOUSAND;

/// A result as the analyst sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Code of the area.
    pub ref_area: String,
    /// Its name.
    pub area_name: String,
    /// The agency.
    pub agency: String,
    /// Year of the figures.
    pub year: i32,
    /// Id of the rule.
    pub check: String,
    /// Its Chinese name.
    pub name: String,
    /// sum, ratio, range, narrative_table, trend.
    pub kind: String,
    /// pass, rounding, fail, not_evaluable.
    pub outcome: String,
    /// The sentence.
    pub explanation: String,
    /// What the rule expects.
    pub expected: Option<Decimal>,
    /// What is written.
    pub actual: Option<Decimal>,
    /// Actual minus expected.
    pub difference: Option<Decimal>,
    /// What rounding explains.
    pub tolerance: Option<Decimal>,
    /// Files concerned.
    pub files: Vec<String>,
    /// Ids of the observations.
    pub observations: Vec<String>,
}

/// The findings of a warehouse, by area, agency and year: those of the documents and those between documents.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn findings(reader: &Reader, filter: &Filter) -> Result<Vec<Finding>, Error> {
    let mut all = of_documents(reader, filter)?;
    let reported = reported(reader)?;
    for province in reader.provinces(&OBSERVATIONS)? {
        let lazy = reader
            .scan_partitions(&OBSERVATIONS, |_, p| p == province)?
            .filter(
                col("is_current")
                    .and(col("transformation").eq(lit("level")))
                    .and(col("qualifier").eq(lit("exact")))
                    .and(col("obs_value_max").is_null())
                    .and(col("scenario").neq(lit("target"))),
            )
            .select(
                [
                    "observation_id",
                    "document_id",
                    "file_name",
                    "indicator",
                    "indicator_name",
                    "ref_area",
                    "area_name",
                    "agency",
                    "time_period",
                    "year",
                    "scenario",
                    "obs_value",
                    "unit_measure",
                    "value_text",
                    "location",
                ]
                .map(col),
            );
        let frame = collect(reader, &OBSERVATIONS, lazy)?;
        let groups =
            groups(&frame, filter, &reported).map_err(|e| failed(reader, &OBSERVATIONS, e))?;
        for group in groups.values() {
            all.extend(between_files(group));
            all.extend(revisions(group));
            all.extend(slips(group));
        }
    }
    if let Some((first, last)) = filter.years {
        all.retain(|f| (first..=last).contains(&f.year));
    }
    all.sort();
    Ok(all)
}

fn of_documents(reader: &Reader, filter: &Filter) -> Result<Vec<Finding>, Error> {
    let lazy = reader.scan(&CHECKS)?.filter(col("is_current"));
    let frame = collect(reader, &CHECKS, lazy)?;
    let read = || -> PolarsResult<Vec<Finding>> {
        let cells = |name| Cells::of(&frame, name);
        let (area, name, agency) = (cells("ref_area")?, cells("area_name")?, cells("agency")?);
        let (year, check, title) = (cells("year")?, cells("check")?, cells("name")?);
        let (kind, outcome, text) = (cells("kind")?, cells("outcome")?, cells("explanation")?);
        let (expected, actual) = (cells("expected")?, cells("actual")?);
        let (difference, tolerance) = (cells("difference")?, cells("tolerance")?);
        let (file, ids) = (cells("file_name")?, cells("observation_ids")?);
        Ok((0..frame.height())
            .map(|n| Finding {
                ref_area: area.text(n),
                area_name: name.text(n),
                agency: agency.text(n),
                year: i32::try_from(year.int(n)).unwrap_or(0),
                check: check.text(n),
                name: title.text(n),
                kind: kind.text(n),
                outcome: outcome.text(n),
                explanation: text.text(n),
                expected: expected.decimal(n),
                actual: actual.decimal(n),
                difference: difference.decimal(n),
                tolerance: tolerance.decimal(n),
                files: vec![file.text(n)],
                observations: ids.text(n).split_whitespace().map(str::to_owned).collect(),
            })
            .filter(|f| filter.takes(&f.ref_area) && f.agency.contains(&filter.agency))
            .collect())
    };
    read().map_err(|e| failed(reader, &CHECKS, e))
}

/// A value that a document states.
#[derive(Clone, Debug)]
struct Stated {
    id: String,
    document: String,
    file: String,
    in_table: bool,
    location: String,
    year: i32,
    period: String,
    /// Year of the document.
    reported: i32,
    value: Decimal,
    half: Decimal,
    unit: String,
    text: String,
}

/// All that an agency states of an indicator.
struct Group {
    ref_area: String,
    area_name: String,
    agency: String,
    indicator_name: String,
    scenario: String,
    stated: Vec<Stated>,
}

type Key = (String, String, String, String);

fn groups(
    frame: &DataFrame,
    filter: &Filter,
    reported: &HashMap<String, i32>,
) -> PolarsResult<BTreeMap<Key, Group>> {
    let cells = |name| Cells::of(frame, name);
    let (id, document, file) = (
        cells("observation_id")?,
        cells("document_id")?,
        cells("file_name")?,
    );
    let (indicator, name) = (cells("indicator")?, cells("indicator_name")?);
    let (area, area_name, agency) = (cells("ref_area")?, cells("area_name")?, cells("agency")?);
    let (period, year, scenario) = (cells("time_period")?, cells("year")?, cells("scenario")?);
    let (value, unit, text) = (
        cells("obs_value")?,
        cells("unit_measure")?,
        cells("value_text")?,
    );
    let location = cells("location")?;
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    for n in 0..frame.height() {
        let (ref_area, by) = (area.text(n), agency.text(n));
        // Without area or agency nobody knows whether two documents speak of the same.
        if ref_area.is_empty()
            || by.is_empty()
            || !filter.takes(&ref_area)
            || !by.contains(&filter.agency)
        {
            continue;
        }
        let Some(number) = value.decimal(n) else {
            continue;
        };
        let (unit, text, document) = (unit.text(n), text.text(n), document.text(n));
        let (half, _) = written(&text, number, &unit);
        let place = location.text(n);
        let stated = Stated {
            id: id.text(n),
            reported: reported.get(&document).copied().unwrap_or(0),
            document,
            file: file.text(n),
            in_table: place.contains('!'),
            location: place,
            year: i32::try_from(year.int(n)).unwrap_or(0),
            period: period.text(n),
            value: number,
            half,
            unit,
            text,
        };
        let key = (
            ref_area.clone(),
            by.clone(),
            indicator.text(n),
            scenario.text(n),
        );
        groups
            .entry(key)
            .or_insert_with(|| Group {
                ref_area,
                area_name: area_name.text(n),
                agency: by,
                indicator_name: name.text(n),
                scenario: scenario.text(n),
                stated: Vec::new(),
            })
            .stated
            .push(stated);
    }
    Ok(groups)
}

impl Group {
    /// The only value of some statements; `None` for none or several.
    fn only(&self, wanted: impl Fn(&Stated) -> bool) -> Option<&Stated> {
        let mut fitting = self.stated.iter().filter(|s| wanted(s));
        let first = fitting.next()?;
        fitting
            .all(|s| s.value == first.value && s.unit == first.unit)
            .then_some(first)
    }

    /// Years that somebody states a whole year's value for.
    fn years(&self) -> Vec<i32> {
        let whole = |s: &&Stated| s.period == format!("{:04}", s.year);
        let mut years: Vec<i32> = self.stated.iter().filter(whole).map(|s| s.year).collect();
        years.sort_unstable();
        years.dedup();
        years
    }

    fn scenario(&self) -> &'static str {
        match self.scenario.as_str() {
            "budget" => "预算",
            _ => "",
        }
    }

    fn finding(
        &self,
        (check, name, kind): (&str, &str, Kind),
        (actual, expected): (&Stated, &Stated),
        outcome: Outcome,
        explanation: String,
    ) -> Finding {
        let mut files = vec![actual.file.clone(), expected.file.clone()];
        files.dedup();
        Finding {
            ref_area: self.ref_area.clone(),
            area_name: self.area_name.clone(),
            agency: self.agency.clone(),
            year: actual.year,
            check: check.to_owned(),
            name: name.to_owned(),
            kind: kind.name().to_owned(),
            outcome: outcome.name().to_owned(),
            explanation,
            expected: Some(expected.value),
            actual: Some(actual.value),
            difference: actual.value.checked_sub(expected.value),
            tolerance: actual.half.checked_add(expected.half),
            files,
            observations: vec![actual.id.clone(), expected.id.clone()],
        }
    }
}

/// How two statements of the same value compare; `None` where they agree.
fn apart(a: &Stated, b: &Stated) -> Option<Outcome> {
    if a.value == b.value || a.unit != b.unit {
        return None;
    }
    let tolerance = a.half.checked_add(b.half)?;
    let difference = a.value.checked_sub(b.value)?.abs();
    Some(if difference <= tolerance {
        Outcome::Rounding
    } else {
        Outcome::Fail
    })
}

/// As written, or with its unit where a cell has the number alone.
fn said(s: &Stated) -> String {
    let bare = s.text.ends_with(|c: char| c.is_ascii_digit());
    if bare {
        format!("{}{}", s.value.normalize(), s.unit)
    } else {
        s.text.clone()
    }
}

fn end(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Rounding => "，在四舍五入误差之内。",
        _ => "，不一致，请核对。",
    }
}

/// The text of one file against a table of another, for the same year.
fn between_files(g: &Group) -> Vec<Finding> {
    let mut found = Vec::new();
    for year in g.years() {
        let whole = |s: &Stated| s.year == year && s.reported == year && s.period.len() == 4;
        let (Some(prose), Some(cell)) = (
            g.only(|s| whole(s) && !s.in_table),
            g.only(|s| whole(s) && s.in_table),
        ) else {
            continue;
        };
        if prose.document == cell.document {
            continue; // the document's own check says it
        }
        if let Some(outcome) = apart(prose, cell) {
            let text = format!(
                "{year}年{}{}在“{}”正文中为{}，在“{}”{}中为{}{}",
                g.indicator_name,
                g.scenario(),
                prose.file,
                said(prose),
                cell.file,
                cell.location,
                said(cell),
                end(outcome)
            );
            let rule = (
                "narrative_table.files",
                "正文与附件中的数一致",
                Kind::NarrativeTable,
            );
            found.push(g.finding(rule, (prose, cell), outcome, text));
        }
    }
    found
}

/// What the next year's report gives as last year's value, against the year's own report.
fn revisions(g: &Group) -> Vec<Finding> {
    let mut found = Vec::new();
    for year in g.years() {
        let whole = |s: &Stated| s.year == year && s.period.len() == 4;
        let (Some(own), Some(later)) = (
            g.only(|s| whole(s) && s.reported == year),
            g.only(|s| whole(s) && s.reported == year + 1),
        ) else {
            continue;
        };
        if let Some(outcome) = apart(later, own) {
            let text = format!(
                "{year}年{}{}，{year}年材料（{}）为{}，{}年材料（{}）所写上年数为{}{}",
                g.indicator_name,
                g.scenario(),
                own.file,
                said(own),
                year + 1,
                later.file,
                said(later),
                end(outcome)
            );
            let rule = ("revision", "上年数与上年材料一致", Kind::Trend);
            found.push(g.finding(rule, (later, own), outcome, text));
        }
    }
    found
}

/// A value far from all the agency's other years.
fn slips(g: &Group) -> Vec<Finding> {
    let own: Vec<&Stated> = g
        .years()
        .into_iter()
        .filter_map(|y| g.only(|s| s.year == y && s.reported == y && s.period.len() == 4))
        .filter(|s| s.value > Decimal::ZERO)
        .collect();
    let mut found = Vec::new();
    if own.len() < 3 {
        return found;
    }
    for &s in &own {
        let others: Vec<&Stated> = own.iter().filter(|o| o.year != s.year).copied().collect();
        let far = |o: &&Stated| {
            let (small, large) = (o.value.min(s.value), o.value.max(s.value));
            small.checked_mul(SLIP).is_some_and(|m| m <= large)
        };
        // Far from all others, and those near one another: else the others are what is wrong.
        let close = others.iter().all(|o| {
            others.iter().all(|p| {
                o.value
                    .checked_mul(Decimal::TEN)
                    .is_some_and(|m| m >= p.value)
            })
        });
        if close
            && others.iter().all(far)
            && let Some(nearest) = others.iter().max_by_key(|o| o.year)
        {
            let text = format!(
                "{}年{}{}为{}（{} {}），{}年为{}，相差千倍以上，疑为单位或小数点有误，请核对。",
                s.year,
                g.indicator_name,
                g.scenario(),
                said(s),
                s.file,
                s.location,
                nearest.year,
                said(nearest)
            );
            let rule = ("magnitude", "与本单位其他年份相比数量级相当", Kind::Range);
            found.push(g.finding(rule, (s, nearest), Outcome::Fail, text));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(stated: &[(i32, i32, &str, bool)]) -> Group {
        Group {
            ref_area: "430423".into(),
            area_name: "衡山县".into(),
            agency: "衡山县民政局".into(),
            indicator_name: "火化遗体数".into(),
            scenario: "actual".into(),
            stated: stated
                .iter()
                .enumerate()
                .map(|(n, &(year, reported, value, in_table))| Stated {
                    id: n.to_string(),
                    document: format!("{reported}{in_table}"),
                    file: format!("{reported}.docx"),
                    in_table,
                    location: "p1".into(),
                    year,
                    period: year.to_string(),
                    reported,
                    value: value.parse().unwrap(),
                    half: Decimal::ZERO,
                    unit: "具".into(),
                    text: format!("{value}具"),
                })
                .collect(),
        }
    }

    #[test]
    fn last_years_value_must_be_that_of_last_years_report() {
        let g = group(&[(2023, 2023, "485", false), (2023, 2024, "458", false)]);
        let found = revisions(&g);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].difference, Some(Decimal::from(-27)));
        assert!(found[0].explanation.contains("所写上年数为458具"));
        let same = group(&[(2023, 2023, "485", false), (2023, 2024, "485", false)]);
        assert!(revisions(&same).is_empty());
    }

    #[test]
    fn text_and_attachment_must_agree() {
        let g = group(&[(2023, 2023, "485", false), (2023, 2023, "486", true)]);
        assert_eq!(between_files(&g).len(), 1);
        // Two values in the tables are two things.
        let g = group(&[
            (2023, 2023, "485", false),
            (2023, 2023, "486", true),
            (2023, 2023, "485", true),
        ]);
        assert!(between_files(&g).is_empty());
    }

    #[test]
    fn a_slip_of_the_unit_is_found_and_a_development_is_not() {
        let years = |v: [&'static str; 4]| {
            let rows: Vec<_> = v
                .into_iter()
                .enumerate()
                .map(|(n, v)| (2020 + n as i32, 2020 + n as i32, v, false))
                .collect();
            slips(&group(&rows)).len()
        };
        assert_eq!(years(["4000", "4100", "41000000", "4200"]), 1);
        assert_eq!(years(["4000", "9000", "30000", "90000"]), 0);
        assert_eq!(years(["1", "100000", "1", "100000"]), 0);
    }
}
