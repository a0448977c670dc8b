//! Findings: what the checks of the documents found, and what only several documents together can show.
//!
//! A document is checked when it is read (`check`), and its results are in the table `checks`. Rules that need more than
//! one document (text and attachment, last year's report, other years, other areas, an opening value that only last
//! year's report states) are evaluated here, on the observations; what they compare is data like all rules
//! (`pipelines/checks.toml`), and the arithmetic is that of [`crate::check::across`].
//!
//! Each finding has a sentence that could be sent to the bureau, and the observations it rests on. Provinces are looked at in
//! parallel, each a few indicators at a time (`batches`), so that memory does not follow the number of documents; every step
//! is linear in the observations, up to sorting.

mod back;
mod batches;
mod groups;
mod tally;

pub use tally::Counts;

use super::Filter;
use super::frame::{Cells, failed};
use super::series::{Reported, reported};
use crate::catalogue::Catalogue;
use crate::check::across;
use crate::warehouse::pieces::Pieces;
use crate::warehouse::schema::{CHECKS, OBSERVATIONS};
use crate::warehouse::{Error, Reader};
use batches::Batches;
use groups::Groups;
use polars::prelude::{DataFrame, PolarsResult};
use rayon::prelude::*;
use rust_decimal::Decimal;
use rustc_hash::FxHashSet;
use tally::Tally;

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

/// Which results are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcomes {
    /// Also what agrees, what rounding explains and what cannot be evaluated.
    All,
    /// What does not add up.
    Failed,
}

impl Outcomes {
    fn take(self, outcome: &str) -> bool {
        self == Outcomes::All || outcome == "fail"
    }
}

/// The findings of a warehouse, by area, agency and year: those of the documents and those between documents.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn findings(
    reader: &Reader,
    filter: &Filter,
    outcomes: Outcomes,
    catalogue: &Catalogue,
) -> Result<Vec<Finding>, Error> {
    let found = found(reader, catalogue, &|| Found::new(filter, outcomes, None))?;
    Ok(merged(found.all))
}

/// The findings of a warehouse, and how many there are of every outcome, also of those that are not asked for.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn counted(
    reader: &Reader,
    filter: &Filter,
    outcomes: Outcomes,
    catalogue: &Catalogue,
) -> Result<(Vec<Finding>, Counts), Error> {
    let tally = || Some(Tally::default());
    let found = found(reader, catalogue, &|| Found::new(filter, outcomes, tally()))?;
    let counts = found.tally.map(|t| t.counts()).unwrap_or_default();
    Ok((merged(found.all), counts))
}

/// All there is, sorted.
fn found<'a>(
    reader: &Reader,
    catalogue: &Catalogue,
    none: &(dyn Fn() -> Found<'a> + Sync),
) -> Result<Found<'a>, Error> {
    let mut found = none();
    of_documents(reader, &mut found)?;
    let reported = reported(reader)?;
    let mut provinces = reader.provinces(&OBSERVATIONS)?;
    // Of another province nothing is shown, and it is nobody's peer here.
    provinces.retain(|p| found.filter.may_have(p));
    let of_provinces = provinces
        .par_iter()
        .map(|p| {
            let mut found = none();
            of_province(reader, p, &reported, catalogue, &mut found)?;
            Ok(found)
        })
        .collect::<Result<Vec<_>, Error>>()?;
    for more in of_provinces {
        found.all.extend(more.all);
        if let (Some(tally), Some(more)) = (&mut found.tally, more.tally) {
            tally.add(more);
        }
    }
    found.all.sort();
    Ok(found)
}

/// Findings as they are made: all are counted, where that is asked for, and those that are asked for are kept.
struct Found<'a> {
    filter: &'a Filter,
    outcomes: Outcomes,
    all: Vec<Finding>,
    tally: Option<Tally>,
}

impl<'a> Found<'a> {
    fn new(filter: &'a Filter, outcomes: Outcomes, tally: Option<Tally>) -> Self {
        Found {
            filter,
            outcomes,
            all: Vec::new(),
            tally,
        }
    }

    fn put(&mut self, f: Finding) {
        let filter = self.filter;
        let is_in = |(first, last): (i32, i32)| (first..=last).contains(&f.year);
        if filter.takes(&f.ref_area)
            && f.agency.contains(&filter.agency)
            && filter.years.is_none_or(is_in)
        {
            if let Some(tally) = &mut self.tally {
                tally.note(&f);
            }
            if self.outcomes.take(&f.outcome) {
                self.all.push(f);
            }
        }
    }
}

/// What only the documents of a province together show.
fn of_province(
    reader: &Reader,
    province: &str,
    reported: &Reported,
    catalogue: &Catalogue,
    found: &mut Found<'_>,
) -> Result<(), Error> {
    let batches = Batches::of(reader, province)?;
    let looked_at: FxHashSet<&str> = catalogue
        .checks()
        .check
        .iter()
        .filter(|r| r.looks_back())
        .flat_map(|r| r.indicators())
        .collect();
    let none = FxHashSet::default();
    for batch in batches.all() {
        let frame = batches.read(&batch)?;
        let groups = Groups::of(&frame, reported, &none, catalogue)
            .map_err(|e| failed(reader, &OBSERVATIONS, e))?;
        let between = between(&groups, catalogue).into_iter();
        between.for_each(|f| found.put(f));
    }
    // Rules that look back are about several indicators: all of theirs together.
    let theirs: Vec<&str> = looked_at.iter().copied().collect();
    let frame = batches.read(&theirs)?;
    let groups = Groups::of(&frame, reported, &looked_at, catalogue)
        .map_err(|e| failed(reader, &OBSERVATIONS, e))?;
    let back = back::findings(&groups, catalogue).into_iter();
    back.for_each(|f| found.put(f));
    Ok(())
}

/// What several files of a submission say alike (the report and its attachment) is one finding, with all of them.
fn merged(all: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::with_capacity(all.len());
    for f in all {
        match merged.last_mut() {
            Some(last) if last.says_what(&f) => {
                for file in f.files {
                    if !last.files.contains(&file) {
                        last.files.push(file);
                    }
                }
                for id in f.observations {
                    if !last.observations.contains(&id) {
                        last.observations.push(id);
                    }
                }
            }
            _ => merged.push(f),
        }
    }
    merged
}

impl Finding {
    /// The same sentence about the same agency.
    fn says_what(&self, other: &Finding) -> bool {
        self.explanation == other.explanation
            && self.check == other.check
            && self.outcome == other.outcome
            && self.year == other.year
            && self.agency == other.agency
            && self.ref_area == other.ref_area
            && !self.agency.is_empty()
            // The place in a table is one of a file.
            && (self.files == other.files || !self.observations.is_empty())
    }
}

/// What rules about files, reports, years and peers find.
fn between(groups: &Groups, catalogue: &Catalogue) -> Vec<Finding> {
    let rules = catalogue.checks();
    let mut found = Vec::new();
    // One value has one finding about its size: that of its own years.
    let mut sizes: std::collections::HashSet<usize> = std::collections::HashSet::new();
    for group in groups.all() {
        for apart in across::series(rules, &group.series, groups) {
            if apart.rows.len() == 1 {
                sizes.extend(apart.rows.iter().copied());
            }
            found.push(groups.finding(apart));
        }
    }
    for peers in groups.peers() {
        for (_, apart) in across::peers(rules, &peers, groups) {
            if !apart.rows.iter().any(|r| sizes.contains(r)) {
                found.push(groups.finding(apart));
            }
        }
    }
    found
}

fn of_documents(reader: &Reader, found: &mut Found<'_>) -> Result<(), Error> {
    let columns: Vec<&str> = CHECKS.columns.iter().map(|c| c.name).collect();
    // What is not kept need not be read where it is not counted either.
    let (counts, outcomes) = (found.tally.is_some(), found.outcomes);
    let wanted = |frame: &DataFrame| {
        let current = frame.column("is_current")?.bool()?;
        let outcome = frame.column("outcome")?.str()?;
        let both = current.iter().zip(outcome.iter());
        Ok(both
            .map(|(c, o)| c == Some(true) && (counts || outcomes.take(o.unwrap_or_default())))
            .collect())
    };
    let by = ["is_current", "outcome"];
    for file in reader.files(&CHECKS)? {
        let pieces = Pieces::open(&CHECKS, &file)?;
        for group in 0..pieces.groups() {
            let rows = 0..pieces.rows(group);
            for frame in pieces.select(group, rows, &by, wanted, &columns)? {
                let rows = rows_of(&frame).map_err(pieces.failed())?;
                rows.into_iter().for_each(|f| found.put(f));
            }
        }
    }
    Ok(())
}

fn rows_of(frame: &DataFrame) -> PolarsResult<Vec<Finding>> {
    let cells = |name| Cells::of(frame, name);
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
        .collect())
}
