//! Rules that look back to the year before, where only last year's report states the value.
//!
//! The figures of a year's own reports, and of the reports of the year before those indicators that the year's own do not
//! give a value for, are put together as if they stood in one document, each file with its blocks; then the rules are the
//! same as for a document. What rests on the year's own reports alone was found when they were read.

use super::Finding;
use super::groups::{Groups, Row};
use crate::analysis::{Analysis, DocumentContext, Observation, Place, Transformation};
use crate::catalogue::Catalogue;
use crate::check::look_back;
use crate::quantity::Qualifier;
use crate::read::{Block, BlockKind, Format};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// What they find, for every agency and year.
pub fn findings(groups: &Groups, catalogue: &Catalogue) -> Vec<Finding> {
    let mut found = Vec::new();
    for rows in groups.back().values() {
        let mut by_report: BTreeMap<i32, Vec<&Row>> = BTreeMap::new();
        for row in rows.iter().filter(|r| r.reported != 0) {
            by_report.entry(row.reported).or_default().push(row);
        }
        for (&year, own) in &by_report {
            let last = year.saturating_sub(1);
            let Some(before) = by_report.get(&last) else {
                continue;
            };
            let indicator = |r: &Row| groups.columns().indicator.view(r.row);
            let stated: HashSet<(&str, _)> = own
                .iter()
                .filter(|r| r.year == last)
                .map(|r| (indicator(r), r.scenario))
                .collect();
            let taken = before
                .iter()
                .filter(|r| r.year == last && !stated.contains(&(indicator(r), r.scenario)));
            let together: Vec<&Row> = own
                .iter()
                .filter(|r| r.year == year || r.year == last)
                .chain(taken)
                .copied()
                .collect();
            found.extend(of_year(groups, &together, year, catalogue));
        }
    }
    found
}

fn of_year(groups: &Groups, rows: &[&Row], year: i32, catalogue: &Catalogue) -> Vec<Finding> {
    let analysis = analysis(groups, rows);
    let checks = look_back(&analysis, catalogue.checks(), catalogue);
    let finding = |c: crate::check::Check| {
        let used: Vec<&Row> = c
            .observations
            .iter()
            .filter_map(|n| rows.get(*n).copied())
            .collect();
        // The year's own reports alone: found when they were read.
        if c.year != year || !used.iter().any(|r| r.reported < year) {
            return None;
        }
        let numbers: Vec<usize> = used.iter().map(|r| r.row).collect();
        let first = numbers.first().copied()?;
        let columns = groups.columns();
        Some(Finding {
            ref_area: columns.area.text(first),
            area_name: columns.area_name.text(first),
            agency: columns.agency.text(first),
            year: c.year,
            check: c.check,
            name: c.name,
            kind: c.kind.name().to_owned(),
            outcome: c.outcome.name().to_owned(),
            explanation: c.explanation,
            expected: c.expected,
            actual: c.actual,
            difference: c.difference,
            tolerance: c.tolerance,
            files: groups.files(&numbers),
            observations: numbers.iter().map(|r| columns.id.text(*r)).collect(),
        })
    };
    checks.into_iter().filter_map(finding).collect()
}

/// The rows as a document: a block of a file is a block, the files one after another.
fn analysis(groups: &Groups, rows: &[&Row]) -> Analysis {
    let columns = groups.columns();
    let mut blocks: Vec<Block> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut observations = Vec::with_capacity(rows.len());
    for (n, r) in rows.iter().enumerate() {
        let location = format!("{}·{}", r.document, columns.location.text(r.row));
        let block = location.split('!').next().unwrap_or_default();
        if seen.insert(block.to_owned()) {
            blocks.push(Block {
                location: block.to_owned(),
                kind: BlockKind::Paragraph {
                    text: String::new(),
                },
            });
        }
        observations.push(Observation {
            indicator: columns.indicator.text(r.row).into(),
            place: Arc::new(Place {
                ref_area: columns.area.text(r.row),
                ..Place::default()
            }),
            time_period: columns.period.text(r.row).into(),
            period: None,
            year: r.year,
            scenario: r.scenario,
            transformation: Transformation::Level,
            obs_value: r.value,
            obs_value_max: None,
            unit_measure: columns.unit.text(r.row).into(),
            qualifier: Qualifier::Exact,
            value_text: columns.text.text(r.row).into(),
            evidence: Arc::default(),
            location: location.into(),
            chars: n..n,
            confidence: 1.0,
            rule: String::new(),
            quantity: None,
        });
    }
    Analysis {
        format: Format::Text,
        context: DocumentContext::default(),
        blocks,
        quantities: Vec::new(),
        observations,
        targets: Vec::new(),
        checks: Vec::new(),
        problems: Vec::new(),
        warnings: Vec::new(),
    }
}
