//! The unit of a cell: from its own text, its head, its row, a unit column, the head of the labels, or the caption.

use super::evaluation::Role;
use super::general::Walk;
use super::grid::{Content, squeeze};
use super::label::Label;
use crate::bind::Binder;
use crate::quantity::{Qualifier, Quantity, Unit};
use crate::read::Cell;
use rust_decimal::{Decimal, RoundingStrategy};
use rustc_hash::FxHashMap;

/// Decimals of a value in the warehouse.
const STORED_DECIMALS: u32 = 6;

/// Unit columns to either side that are asked.
const SIDE_BY_SIDE: usize = 8;

impl Walk<'_, '_> {
    /// The unit of a cell, by the nearest label that states one.
    pub(super) fn unit(
        &self,
        (r, column): (usize, u32),
        row_labels: &[Label],
        heads: &[Label],
        role: Option<Role>,
        (above, section): (&[usize], Option<&Unit>),
        labels: &mut FxHashMap<usize, Label>,
    ) -> Option<Unit> {
        let b = self.binder;
        if matches!(role, Some(Role::Weight | Role::Score)) {
            return b.reader.unit("分");
        }
        if let Some(u) = heads.iter().rev().find_map(|h| h.unit.clone()) {
            return Some(u);
        }
        let fixed = |l: &Label| {
            l.implied
                .clone()
                .filter(|u| matches!(u.base.as_str(), "分" | "%"))
        };
        if let Some(u) = heads.last().and_then(fixed) {
            return Some(u);
        }
        if let Some(u) = row_labels.iter().rev().find_map(|l| l.unit.clone()) {
            return Some(u);
        }
        if let Some(u) = self.unit_column(r, column) {
            return Some(u);
        }
        if let Some(u) = heads
            .iter()
            .rev()
            .chain(row_labels.iter().rev())
            .find_map(|l| l.implied.clone())
        {
            return Some(u);
        }
        // The rows that this one breaks down: （一）车辆数合计（辆） → 1.领导用车.
        for &i in above {
            if let Some(c) = self.grid.cell(i)
                && let Some(u) = self.label(i, c, labels).unit
            {
                return Some(u);
            }
        }
        // The head of the label column: 项目（万元）.
        for h in self
            .grid
            .header(r, self.grid.first_column())
            .into_iter()
            .rev()
        {
            if let Some(c) = self.grid.cell(h)
                && let Some(u) = self.label(h, c, labels).unit
            {
                return Some(u);
            }
        }
        // The label that the row's block stands under: 预算执行情况（万元）.
        if let Some(k) = self.grid.leading(r)
            && let Some(c) = self.grid.cell(k)
            && let Some(u) = self.label(k, c, labels).unit
        {
            return Some(u);
        }
        if let Some(u) = section {
            return Some(u.clone());
        }
        // Of several units in the caption, the one that the labels speak of, else the first.
        let speaks = |u: &&Unit| {
            let forms = b.catalogue.forms();
            row_labels
                .iter()
                .chain(heads)
                .any(|l| forms.speaks_of(&u.base, &l.text))
        };
        let several = self.caption_units.len() > 1;
        self.caption_units
            .iter()
            .find(|u| several && speaks(u))
            .or(self.caption_units.first())
            .cloned()
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
    pub(super) fn averaged(&self, unit: Unit, labels: &[Label]) -> Unit {
        if unit.base.contains('/') || matches!(unit.base.as_str(), "%" | "分" | "倍") {
            return unit;
        }
        let forms = self.binder.catalogue.forms();
        match labels.iter().find_map(|l| forms.denominator(&l.text)) {
            Some(d) => Unit {
                base: format!("{}{d}", unit.base),
                ..unit
            },
            None => unit,
        }
    }

    /// Reads the cell again with the unit that its labels give; the exact stored value wins over the shown one.
    pub(super) fn with_unit(
        &self,
        cell: &Cell,
        q: &Quantity,
        unit: Option<&Unit>,
    ) -> Option<Quantity> {
        let reader = self.binder.reader;
        let mut q = match unit {
            Some(u) if q.unit.is_empty() => {
                reader.read_cell(&cell.text, Some(u)).into_iter().next()?
            }
            _ => q.clone(),
        };
        let fits = |value: &Decimal| value.normalize().scale() <= STORED_DECIMALS;
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
