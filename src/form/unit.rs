//! The unit of a cell: from its own text, its head, its row, a unit column, the head of the labels, or the caption.

use super::evaluation::Role;
use super::general::Walk;
use super::grid::Content;
use super::label::Label;
use crate::bind::Binder;
use crate::quantity::{Qualifier, Quantity, Unit};
use crate::read::Cell;
use crate::text::blank::squeeze;
use rust_decimal::{Decimal, RoundingStrategy};
use std::borrow::Cow;

/// Decimals of a value in the warehouse.
const STORED_DECIMALS: u32 = 6;

/// Unit columns to either side that are asked.
const SIDE_BY_SIDE: usize = 8;

impl<'w> Walk<'w, '_> {
    /// The unit of a cell, by the nearest label that states one.
    pub(super) fn unit<'s>(
        &'s self,
        (r, column): (usize, u32),
        row_labels: &[&'s Label<'w>],
        heads: &[&'s Label<'w>],
        role: Option<Role>,
        (above, section): (&[usize], Option<&'s Unit>),
    ) -> Option<Cow<'s, Unit>> {
        let b = self.binder;
        if matches!(role, Some(Role::Weight | Role::Score)) {
            return b.reader.unit("分").map(Cow::Owned);
        }
        let own = |l: &&'s Label<'w>| l.unit.as_ref();
        let implied = |l: &&'s Label<'w>| l.implied.as_ref();
        let fixed = |u: &&Unit| matches!(u.base.as_str(), "分" | "%");
        let by_labels = heads
            .iter()
            .rev()
            .find_map(own)
            .or_else(|| heads.last().and_then(implied).filter(fixed))
            .or_else(|| row_labels.iter().rev().find_map(own));
        if let Some(u) = by_labels {
            return Some(Cow::Borrowed(u));
        }
        if let Some(u) = self.unit_column(r, column) {
            return Some(Cow::Owned(u));
        }
        let of_cell = |i: usize| self.label(i).and_then(|l| l.unit.as_ref());
        // The head of the label column: 项目（万元）.
        let corner = || {
            let heads = self.grid.header(r, self.grid.first_column());
            heads.into_iter().rev().find_map(of_cell)
        };
        let inward = heads.iter().rev().chain(row_labels.iter().rev());
        inward
            .clone()
            .find_map(implied)
            // The rows that this one breaks down: （一）车辆数合计（辆） → 1.领导用车.
            .or_else(|| above.iter().copied().find_map(of_cell))
            .or_else(corner)
            // The label that the row's block stands under: 预算执行情况（万元）.
            .or_else(|| self.grid.leading(r).and_then(of_cell))
            .or(section)
            .or_else(|| {
                // Of several units in the caption, the one that the labels speak of, else the first.
                let forms = b.catalogue.forms();
                let speaks = |u: &&Unit| inward.clone().any(|l| forms.speaks_of(&u.base, &l.text));
                let several = self.caption_units.len() > 1;
                let mut units = self.caption_units.iter();
                units
                    .find(|u| several && speaks(u))
                    .or(self.caption_units.first())
            })
            .map(Cow::Borrowed)
    }

    /// The unit that a unit column gives a cell: the nearest to its left, else the first to its right.
    fn unit_column(&self, r: usize, column: u32) -> Option<Unit> {
        let row = self.grid.rows.get(r)?;
        let unit = |&c: &u32| {
            let i = self.grid.at(row, c)?;
            if !matches!(self.grid.of(i), Content::Label | Content::Code) {
                return None;
            }
            let head = self.grid.header(r, c).into_iter().next_back()?;
            squeeze(&self.grid.cell(head)?.text)
                .ends_with("单位")
                .then(|| self.binder.reader.unit(&squeeze(&self.grid.cell(i)?.text)))?
        };
        let columns = &self.grid.unit_columns;
        let at = columns.partition_point(|c| *c < column);
        let (left, right) = columns.split_at_checked(at)?;
        left.iter()
            .rev()
            .take(SIDE_BY_SIDE)
            .find_map(unit)
            .or_else(|| right.iter().take(SIDE_BY_SIDE).find_map(unit))
    }

    /// A label that speaks of an average (人均公共绿地面积, 户均补助) adds its denominator to the unit.
    pub(super) fn averaged<'s>(&self, unit: Cow<'s, Unit>, labels: &[&Label<'w>]) -> Cow<'s, Unit> {
        if unit.base.contains('/') || matches!(unit.base.as_str(), "%" | "分" | "倍") {
            return unit;
        }
        let forms = self.binder.catalogue.forms();
        match labels.iter().find_map(|l| l.denominator(forms)) {
            Some(d) => Cow::Owned(Unit {
                base: format!("{}{d}", unit.base),
                factor: unit.factor,
            }),
            None => unit,
        }
    }

    /// The figure of a cell in the unit that its labels give; the exact stored value wins over the shown one.
    pub(super) fn with_unit(
        &self,
        cell: &Cell,
        q: &Quantity,
        unit: Option<&Unit>,
    ) -> Option<Quantity> {
        let reader = self.binder.reader;
        let mut q = match unit {
            Some(u) if q.unit.is_empty() => q.clone().in_unit(u, &cell.text)?,
            _ => q.clone(),
        };
        let fits = |value: &Decimal| {
            value.scale() <= STORED_DECIMALS || value.normalize().scale() <= STORED_DECIMALS
        };
        if let Some(exact) = &cell.exact
            && let Some(e) = reader.read_cell(exact, unit).into_iter().next()
            // What a formula computed (20.1 ÷ 23) has more decimals than the warehouse: then what the sheet shows is the figure.
            && (fits(&e.value) && e.value_max.as_ref().is_none_or(fits) || !fits(&q.value))
        {
            q.value = e.value;
            q.value_max = e.value_max;
        }
        if cell.numeric && !fits(&q.value) {
            // A sheet that shows all of them leaves no exact value that could be stored: it says so.
            q.value = stored(q.value);
            q.value_max = q.value_max.map(stored);
            q.qualifier = Qualifier::Approx;
        }
        Some(q)
    }
}

/// To the decimals that the warehouse has.
fn stored(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(STORED_DECIMALS, RoundingStrategy::MidpointAwayFromZero)
}

/// The units that a caption gives: 单位：万元, 金额单位为元, 单位：人、辆.
pub(super) fn caption_unit(b: &Binder, line: &str) -> Vec<Unit> {
    let mut rest = line;
    while let Some(at) = rest.find("单位") {
        let named = rest
            .get(..at)
            .is_some_and(|s| s.ends_with("填报") || s.ends_with("编制") || s.ends_with("预算"));
        rest = rest.get(at + "单位".len()..).unwrap_or("");
        let Some(body) = rest.strip_prefix(['：', ':', '为', '是']) else {
            continue;
        };
        if named {
            continue;
        }
        let text = squeeze_first(body);
        let whole: Vec<Unit> = b.reader.unit(&text).into_iter().collect();
        if !whole.is_empty() {
            return whole;
        }
        let parts: Vec<Unit> = text
            .split(['、', ',', '，', '/', '；'])
            .filter_map(|u| b.reader.unit(u))
            .collect();
        if !parts.is_empty() {
            return parts;
        }
    }
    // 部门“三公”经费情况（万元）
    let line = line.trim_end();
    line.ends_with(['）', ')'])
        .then(|| line.rfind(['（', '(']).and_then(|at| line.get(at..)))
        .flatten()
        .and_then(|inner| b.reader.unit(inner))
        .into_iter()
        .collect()
}

fn squeeze_first(s: &str) -> String {
    s.trim_start()
        .chars()
        .take_while(|c| !c.is_whitespace() && !matches!(c, '）' | ')' | '。' | '；' | '\u{3000}'))
        .collect()
}
