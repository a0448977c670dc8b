//! A decided cell as a figure and, where it is bound, an observation.

use super::address;
use super::general::Walk;
use super::grid::longer;
use super::label::Label;
use crate::analysis::{Figure, Observation, Place, Scenario, Transformation};
use crate::bind::decide::Decision;
use crate::bind::shared::Shared;
use crate::bind::{Rows, aspect};
use crate::context::period;
use crate::quantity::Quantity;
use crate::read::Cell;
use crate::text::blank::squeeze;
use rust_decimal::Decimal;
use std::cell::OnceCell;
use std::sync::Arc;

/// Characters of a row that are kept as evidence, and cells that are looked at for them.
const LINE: usize = 500;
/// Characters of labels that are kept as what is measured.
const MEASURED: usize = 120;

/// The first characters of some texts with a mark between them.
fn joined<T: AsRef<str>>(texts: impl Iterator<Item = T>, mark: &str, most: usize) -> String {
    let mut out = String::with_capacity(most);
    for (k, text) in texts.enumerate() {
        if k > 0 {
            out.push_str(mark);
        }
        out.push_str(text.as_ref());
        // A character has four bytes at most: there are enough.
        if out.len() > 4 * most {
            break;
        }
    }
    if longer(&out, most)
        && let Some((end, _)) = out.char_indices().nth(most)
    {
        out.truncate(end);
    }
    out
}

impl<'w> Walk<'w, '_> {
    #[allow(clippy::too_many_arguments)]
    /// Writes a figure, and its observation where it is bound.
    pub(super) fn push(
        &self,
        cell: &Cell,
        q: &Quantity,
        decision: Decision,
        scenario: Scenario,
        time: Option<&period::PeriodMention>,
        place: Arc<Place>,
        compared: Option<(Transformation, i8)>,
        row_labels: &[&Label<'w>],
        heads: &[&Label<'w>],
        line: &OnceCell<Arc<str>>,
        shared: &mut Shared,
        rows: &mut Rows,
    ) {
        let b = self.binder;
        let location = address(self.block, cell.row, cell.column);
        let value_text = cell.text.get(q.bytes.clone()).unwrap_or("");
        let path = row_labels.iter().chain(heads).map(|l| &l.text);
        let (bound, id, why) = match decision {
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
                b.catalogue.shared_id(indicator),
                why,
            ),
            Decision::Open { why } => (None, Arc::default(), why),
        };
        let flow = bound
            .as_ref()
            .is_none_or(|(i, ..)| !matches!(i.kind.as_str(), "stock" | "standard" | "ratio"));
        let when = aspect::period_of(time, b.period(scenario), flow, false);
        let time_period = shared.period(when);
        let (location, value_text): (Arc<str>, Arc<str>) = (location.into(), value_text.into());
        let year = when.map_or(0, |p| aspect::year_of(&p));
        let growth = matches!(compared, Some((Transformation::GrowthRate, _)));
        let unit = match &bound {
            Some((_, _, Some(u))) if !growth => u,
            _ => &q.unit,
        };
        let unit = shared.unit(unit);
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
            let evidence = line.get_or_init(|| self.line(cell.row).into());
            rows.observations.push(Observation {
                indicator: id.clone(),
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
                evidence: evidence.clone(),
                location: location.clone(),
                chars: q.chars.clone(),
                confidence: *confidence,
                rule: [&ind.id, "：", &why].concat(),
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
            measured: joined(path, " / ", MEASURED),
            time_period,
            year,
            indicator: id,
            reason: why,
        });
    }

    /// A row as it stands, for people to read.
    fn line(&self, row: u32) -> String {
        let rows = &self.grid.rows;
        let at = rows.binary_search_by_key(&row, |r| r.row).ok();
        let Some(row) = at.and_then(|at| rows.get(at)) else {
            return String::new();
        };
        let mut cells: Vec<usize> = row.cells.iter().map(|(_, i)| *i).take(LINE).collect();
        cells.dedup();
        let cells = cells.iter().filter_map(|&i| self.grid.cell(i));
        joined(cells.map(|c| squeeze(&c.text)), " | ", LINE)
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn texts_are_joined_up_to_a_length() {
        let join = |texts: &[&str], most| joined(texts.iter(), " | ", most);
        assert_eq!(join(&["一", "", "二"], 9), "一 |  | 二");
        assert_eq!(join(&["一二三", "四"], 4), "一二三 ");
        assert_eq!(join(&["𠀀𠀀", "三"], 2), "𠀀𠀀");
        assert_eq!(join(&[&"年".repeat(900)], 500), "年".repeat(500));
        assert_eq!(join(&[], 3), "");
    }
}
