//! A decided cell as a figure and, where it is bound, an observation.

use super::address;
use super::general::Walk;
use super::grid::squeeze;
use super::label::Label;
use crate::analysis::{Figure, Observation, Place, Scenario, Transformation};
use crate::bind::decide::Decision;
use crate::bind::{Rows, aspect};
use crate::context::period;
use crate::quantity::Quantity;
use crate::read::Cell;
use rust_decimal::Decimal;
use std::sync::Arc;

impl Walk<'_, '_> {
    #[allow(clippy::too_many_arguments)]
    /// Writes a figure, and its observation where it is bound.
    pub(super) fn push(
        &self,
        cell: &Cell,
        q: &Quantity,
        decision: Decision,
        scenario: Scenario,
        time: Option<period::PeriodMention>,
        place: Arc<Place>,
        compared: Option<(Transformation, i8)>,
        row_labels: &[Label],
        heads: &[Label],
        rows: &mut Rows,
    ) {
        let b = self.binder;
        let location = address(self.block, cell.row, cell.column);
        let value_text = cell.text.get(q.bytes.clone()).unwrap_or("").to_string();
        let path: Vec<&str> = row_labels
            .iter()
            .chain(heads)
            .map(|l| l.text.as_str())
            .collect();
        let (bound, why) = match decision {
            Decision::Bound {
                indicator,
                confidence,
                unit,
                why,
            } => (
                b.catalogue
                    .indicators()
                    .get(indicator)
                    .map(|i| (i, confidence, unit)),
                why,
            ),
            Decision::Open { why } => (None, why),
        };
        let flow = bound
            .as_ref()
            .is_none_or(|(i, ..)| !matches!(i.kind.as_str(), "stock" | "standard" | "ratio"));
        let when = aspect::period_of(time.as_ref(), b.period(scenario), flow, false);
        let time_period: Arc<str> = when.map(|p| period::iso(&p)).unwrap_or_default().into();
        let (location, value_text): (Arc<str>, Arc<str>) = (location.into(), value_text.into());
        let year = when.map_or(0, |p| aspect::year_of(&p));
        let growth = matches!(compared, Some((Transformation::GrowthRate, _)));
        let unit = match &bound {
            Some((_, _, Some(u))) if !growth => u,
            _ => &q.unit,
        };
        let unit: Arc<str> = unit.as_str().into();
        // A decrease is written as its size: 减少额 12 is −12.
        let signed = |v: Decimal| match compared {
            Some((_, -1)) if v.is_sign_positive() => -v,
            _ => v,
        };
        if let Some((ind, confidence, _)) = &bound {
            let scenario = if ind.kind == "budget" {
                Scenario::Budget
            } else {
                scenario
            };
            let (factor, measured_in) = crate::bind::unit::converted(&unit, ind)
                .filter(|_| !growth)
                .map_or((Decimal::ONE, unit.clone()), |(factor, unit)| {
                    (factor, unit.into())
                });
            let scaled = |v: Decimal| signed(v).checked_mul(factor).unwrap_or(v);
            let line: Vec<String> = self
                .grid
                .rows
                .binary_search_by_key(&cell.row, |r| r.row)
                .ok()
                .and_then(|at| self.grid.rows.get(at))
                .map(|r| {
                    let mut cells: Vec<usize> = r.cells.iter().map(|(_, i)| *i).take(500).collect();
                    cells.dedup();
                    cells
                        .iter()
                        .filter_map(|&i| self.grid.cell(i))
                        .map(|c| squeeze(&c.text))
                        .collect()
                })
                .unwrap_or_default();
            rows.observations.push(Observation {
                indicator: ind.id.as_str().into(),
                place,
                time_period: time_period.clone(),
                period: when,
                year,
                scenario,
                transformation: compared.map_or(Transformation::Level, |(t, _)| t),
                obs_value: scaled(q.value),
                obs_value_max: q.value_max.map(scaled),
                unit_measure: measured_in,
                qualifier: q.qualifier,
                value_text: value_text.clone(),
                evidence: line
                    .join(" | ")
                    .chars()
                    .take(500)
                    .collect::<String>()
                    .into(),
                location: location.clone(),
                chars: q.chars.clone(),
                confidence: *confidence,
                rule: format!("{}：{why}", ind.id),
                quantity: Some(rows.figures.len()),
            });
        }
        rows.figures.push(Figure {
            location,
            block: self.index,
            chars: q.chars.clone(),
            value_text,
            value: q.value,
            value_max: q.value_max,
            unit,
            qualifier: q.qualifier,
            measured: path.join(" / ").chars().take(120).collect(),
            time_period,
            year,
            indicator: bound.map_or(Arc::default(), |(i, ..)| i.id.as_str().into()),
            reason: why,
        });
    }
}
