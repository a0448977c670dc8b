//! The observations of a province as the rules about several documents see them: by agency and indicator.

use super::Finding;
use crate::analyse::choose::is_year;
use crate::analyse::frame::{Cells, Names};
use crate::analyse::series::Reported;
use crate::analysis::Scenario;
use crate::catalogue::Catalogue;
use crate::check::across::{Apart, Book, Peer, Series, Stated, values};
use crate::check::written;
use polars::prelude::{DataFrame, PolarsResult};
use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Columns that are read.
pub const COLUMNS: [&str; 16] = [
    "observation_id",
    "document_id",
    "file_name",
    "indicator",
    "indicator_name",
    "ref_area",
    "area_name",
    "agency",
    "agency_domain",
    "time_period",
    "year",
    "scenario",
    "obs_value",
    "unit_measure",
    "value_text",
    "location",
];

/// What peers have in common: indicator, scenario, year, unit, domain of the agency, level of the area.
type Alike<'a> = (&'a str, Scenario, i32, usize, u32, u8);

/// An agency in an area.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Whose {
    pub area: u32,
    pub agency: u32,
    pub domain: u32,
}

/// All that an agency states of an indicator.
pub struct Group {
    pub whose: Whose,
    pub series: Series,
}

/// All groups of a province, and the texts behind them.
pub struct Groups<'f> {
    columns: Columns<'f>,
    groups: Vec<Group>,
    names: Names,
    /// What rules that look back need: rows by agency.
    back: BTreeMap<Whose, Vec<Row>>,
}

/// A row for the rules that look back to the year before.
#[derive(Clone, Copy)]
pub struct Row {
    pub row: usize,
    /// Year of its document.
    pub reported: i32,
    /// Number of its document.
    pub document: usize,
    pub year: i32,
    pub scenario: Scenario,
    pub value: Decimal,
}

/// The columns that texts are read from.
pub struct Columns<'f> {
    pub id: Cells<'f>,
    pub file: Cells<'f>,
    pub indicator: Cells<'f>,
    pub area: Cells<'f>,
    pub area_name: Cells<'f>,
    pub agency: Cells<'f>,
    pub period: Cells<'f>,
    pub value: Cells<'f>,
    pub unit: Cells<'f>,
    pub text: Cells<'f>,
    pub location: Cells<'f>,
}

impl<'f> Groups<'f> {
    /// Groups the rows of a frame with [`COLUMNS`]; `reported` gives the year of each document, `looked_at` the indicators
    /// of rules that look back.
    pub fn of(
        frame: &'f DataFrame,
        reported: &Reported,
        looked_at: &FxHashSet<&str>,
        catalogue: &Catalogue,
    ) -> PolarsResult<Groups<'f>> {
        let cells = |name| Cells::of(frame, name);
        let columns = Columns {
            id: cells("observation_id")?,
            file: cells("file_name")?,
            indicator: cells("indicator")?,
            area: cells("ref_area")?,
            area_name: cells("area_name")?,
            agency: cells("agency")?,
            period: cells("time_period")?,
            value: cells("obs_value")?,
            unit: cells("unit_measure")?,
            text: cells("value_text")?,
            location: cells("location")?,
        };
        let mut names = Names::default();
        let mut numbers = |name| names.of_column(frame.column(name)?);
        let (indicators, areas) = (numbers("indicator")?, numbers("ref_area")?);
        let (agencies, domains) = (numbers("agency")?, numbers("agency_domain")?);
        let (units, documents) = (numbers("unit_measure")?, numbers("document_id")?);
        let (name, year, scenario) = (cells("indicator_name")?, cells("year")?, cells("scenario")?);
        let at = |column: &[u32], row: usize| column.get(row).copied().unwrap_or(0);
        let mut of: FxHashMap<(Whose, u32, bool), usize> = FxHashMap::default();
        let mut all: Vec<Group> = Vec::new();
        let mut back: BTreeMap<Whose, Vec<Row>> = BTreeMap::new();
        for row in 0..frame.height() {
            let whose = Whose {
                area: at(&areas, row),
                agency: at(&agencies, row),
                domain: at(&domains, row),
            };
            // Without area or agency nobody knows whether two documents speak of the same.
            if names.name(whose.area).is_empty() || names.name(whose.agency).is_empty() {
                continue;
            }
            let Some(value) = columns.value.decimal(row) else {
                continue;
            };
            let (unit, indicator) = (at(&units, row), at(&indicators, row));
            let id = names.name(indicator);
            let (half, _) = written(columns.text.view(row), value, names.name(unit));
            let year = i32::try_from(year.int(row)).unwrap_or(0);
            let scenario = match scenario.view(row) {
                "budget" => Scenario::Budget,
                _ => Scenario::Actual,
            };
            let document = at(&documents, row);
            let stated = Stated {
                row,
                document: document as usize,
                in_table: columns.location.view(row).contains('!'),
                year,
                whole: is_year(columns.period.view(row), year),
                reported: reported.get(names.name(document)).copied().unwrap_or(0),
                value,
                half,
                unit: unit as usize,
            };
            if looked_at.contains(id) {
                back.entry(whose).or_default().push(Row {
                    row,
                    reported: stated.reported,
                    document: stated.document,
                    year,
                    scenario,
                    value,
                });
            }
            let at = *of
                .entry((whose, indicator, scenario == Scenario::Budget))
                .or_insert_with(|| {
                    let kind = catalogue.indicator(id);
                    all.push(Group {
                        whose,
                        series: Series {
                            indicator: id.to_owned(),
                            name: name.text(row),
                            kind: kind.map_or_else(String::new, |i| i.kind.clone()),
                            scenario,
                            stated: Vec::new(),
                        },
                    });
                    all.len() - 1
                });
            if let Some(group) = all.get_mut(at) {
                group.series.stated.push(stated);
            }
        }
        Ok(Groups {
            columns,
            groups: all,
            names,
            back,
        })
    }

    /// All of them.
    pub fn all(&self) -> &[Group] {
        &self.groups
    }

    /// The texts.
    pub fn columns(&self) -> &Columns<'f> {
        &self.columns
    }

    /// What rules that look back need, by agency.
    pub fn back(&self) -> &BTreeMap<Whose, Vec<Row>> {
        &self.back
    }

    /// Values to be put beside one another: of one indicator, scenario, year and unit, by agencies of one domain in areas of
    /// one level, in order. An area where several agencies state one has none: which is the like of the others?
    pub fn peers(&self) -> Vec<Vec<Peer<'_>>> {
        let mut lists: BTreeMap<Alike, Vec<Peer>> = BTreeMap::new();
        for g in &self.groups {
            let area = self.names.name(g.whose.area);
            let level = match (area.ends_with("0000"), area.ends_with("00")) {
                (true, _) => 0,
                (_, true) => 1,
                _ => 2,
            };
            for peer in values(&g.series, area) {
                let key = (
                    g.series.indicator.as_str(),
                    g.series.scenario,
                    peer.stated.year,
                    peer.stated.unit,
                    g.whose.domain,
                    level,
                );
                lists.entry(key).or_default().push(peer);
            }
        }
        lists
            .into_values()
            .map(|mut list| {
                list.sort_by_key(|p| p.ref_area);
                list.chunk_by(|a, b| a.ref_area == b.ref_area)
                    .filter_map(|same| match same {
                        [one] => Some(*one),
                        _ => None,
                    })
                    .collect()
            })
            .collect()
    }

    /// The agency of a row.
    fn agency(&self, row: usize) -> (String, String, String) {
        let c = &self.columns;
        (c.area.text(row), c.area_name.text(row), c.agency.text(row))
    }

    /// The files of some rows, each once.
    pub fn files(&self, rows: &[usize]) -> Vec<String> {
        let mut files: Vec<String> = Vec::new();
        for row in rows {
            let file = self.columns.file.text(*row);
            if !files.contains(&file) {
                files.push(file);
            }
        }
        files
    }

    /// What a rule found, with its agency and files.
    pub fn finding(&self, a: Apart) -> Finding {
        let first = a.rows.first().copied().unwrap_or(usize::MAX);
        let (ref_area, area_name, agency) = self.agency(first);
        Finding {
            ref_area,
            area_name,
            agency,
            year: a.year,
            check: a.check,
            name: a.name,
            kind: a.kind.name().to_owned(),
            outcome: a.outcome.name().to_owned(),
            explanation: a.explanation,
            expected: Some(a.expected),
            actual: Some(a.actual),
            difference: a.actual.checked_sub(a.expected),
            tolerance: Some(a.tolerance),
            files: self.files(&a.rows),
            observations: a.rows.iter().map(|r| self.columns.id.text(*r)).collect(),
        }
    }
}

impl Book for Groups<'_> {
    /// As written, or with its unit where a cell has the number alone.
    fn said(&self, row: usize) -> String {
        let c = &self.columns;
        let text = c.text.view(row);
        match c.value.decimal(row) {
            Some(value) if text.ends_with(|c: char| c.is_ascii_digit()) => {
                let unit = c.unit.view(row);
                // A column of 万元.
                let (_, factor) = written(text, value, unit);
                match factor == Decimal::from(10_000) {
                    true => format!("{text}万{unit}"),
                    false => format!("{}{unit}", value.normalize()),
                }
            }
            _ => text.to_owned(),
        }
    }

    fn file(&self, row: usize) -> String {
        self.columns.file.text(row)
    }

    fn location(&self, row: usize) -> String {
        self.columns.location.text(row)
    }

    fn unit(&self, unit: usize) -> String {
        u32::try_from(unit).map_or_else(|_| String::new(), |n| self.names.name(n).to_owned())
    }
}
