//! Which series the page shows, so that the sentences of the others need not be read.

use super::{MOST_AREAS, MOST_CHARTS, MOST_LISTED, MOST_RANKED, Shown};
use crate::analyse::Series;
use crate::analyse::trend::years;
use rust_decimal::Decimal;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// Series with the largest latest value first, of those that a line can be drawn of: a chart of one point says nothing that
/// the table does not.
pub(super) fn drawn(all: &[Series]) -> Vec<&Series> {
    let mut sorted: Vec<&Series> = all.iter().filter(|s| s.points.len() > 1).collect();
    let latest = |s: &Series| s.points.last().map(|p| p.value.value);
    sorted.sort_by(|a, b| {
        latest(b)
            .cmp(&latest(a))
            .then_with(|| (&a.ref_area, &a.agency).cmp(&(&b.ref_area, &b.agency)))
    });
    sorted.truncate(MOST_CHARTS);
    sorted
}

/// The values of the latest year, the largest first.
pub(super) fn ranked(all: &[Series]) -> Option<(i32, Vec<(&Series, Decimal)>)> {
    let year = *years(all).last()?;
    let mut rows: Vec<(&Series, Decimal)> = all
        .iter()
        .filter_map(|s| Some((s, s.at(year)?.value.value)))
        .collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.ref_area.cmp(&b.0.ref_area)));
    Some((year, rows))
}

/// The series that are shown of some indicators.
#[derive(Debug, Default)]
pub struct Choice {
    /// By indicator, area and agency.
    series: FxHashSet<(String, String, String)>,
    areas: FxHashSet<String>,
}

impl Choice {
    /// What a page of these series shows, by their values alone.
    pub fn of(indicators: &[Shown]) -> Choice {
        let mut choice = Choice::default();
        let mut areas: BTreeSet<(&str, &str)> = BTreeSet::new();
        for (indicator, all) in indicators {
            let ranked = ranked(all).into_iter().flat_map(|(_, rows)| rows);
            let ranked = ranked.take(MOST_RANKED).map(|(s, _)| s);
            let listed = all.iter().take(MOST_LISTED);
            for s in listed.chain(drawn(all)).chain(ranked) {
                let key = (indicator.id.clone(), s.ref_area.clone(), s.agency.clone());
                choice.series.insert(key);
            }
            let known = all.iter().filter(|s| !s.ref_area.is_empty());
            areas.extend(known.map(|s| (s.ref_area.as_str(), s.area_name.as_str())));
        }
        let first = areas.into_iter().take(MOST_AREAS);
        choice.areas = first.map(|(code, _)| code.to_owned()).collect();
        choice
    }

    /// Whether a series is among them.
    pub fn has(&self, indicator: &str, ref_area: &str, agency: &str) -> bool {
        self.areas.contains(ref_area)
            || self
                .series
                .contains(&(indicator.to_owned(), ref_area.to_owned(), agency.to_owned()))
    }
}
