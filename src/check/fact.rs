//! The figures of a document as rules see them: exact values with their written precision and their neighbourhood.

use crate::analysis::{Analysis, Figure, Observation, Period, Place, Scenario, Transformation};
use crate::quantity::Qualifier;
use crate::read::Table;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use std::cell::{LazyCell, OnceCell};
use std::collections::hash_map::Entry;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An exact figure.
#[derive(Clone, Debug)]
pub struct Fact<'a> {
    /// Index into [`Analysis::observations`]; `None` for a figure without indicator.
    pub observation: Option<usize>,
    /// Catalogue id, or empty.
    pub indicator: &'a str,
    /// What is measured, for a figure without indicator.
    pub measured: &'a str,
    /// Index of the block.
    pub block: usize,
    /// Row in a table's address, else the sentence's number in the block.
    pub row: usize,
    /// Column in a table's address, from 1; 0 in text.
    pub column: usize,
    /// It stands in a table.
    pub in_table: bool,
    /// Position in reading order.
    pub order: usize,
    /// Value in the base unit.
    pub value: Decimal,
    /// Half a unit of the last digit written, in the base unit; 0 for counts of whole things.
    pub half: Decimal,
    /// Base units in one written unit: 10000 for 万元.
    pub factor: Decimal,
    /// Base unit.
    pub unit: &'a str,
    pub scenario: Scenario,
    pub transformation: Transformation,
    pub place: &'a Arc<Place>,
    pub time_period: &'a str,
    pub period: Option<Period>,
    pub year: i32,
}

/// What figures that can be compared have in common: indicator, area, period, scenario, transformation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    pub indicator: &'a str,
    pub ref_area: &'a str,
    pub area_name: &'a str,
    pub time_period: &'a str,
    pub scenario: Scenario,
    pub transformation: Transformation,
}

impl Hash for Scope<'_> {
    /// The name of an area follows from its code, but for a few.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.indicator.hash(state);
        self.ref_area.hash(state);
        self.time_period.hash(state);
        state.write_u8(self.scenario as u8 * 4 + self.transformation as u8);
    }
}

impl<'a> Fact<'a> {
    /// A figure without indicator.
    pub fn unbound(f: &'a Figure, analysis: &'a Analysis) -> Fact<'a> {
        let (half, factor) = written(&f.value_text, f.value, &f.unit);
        let (row, column) = cell(&f.location);
        Fact {
            observation: None,
            indicator: "",
            measured: &f.measured,
            block: f.block,
            row,
            column,
            in_table: f.location.contains('!'),
            order: f.chars.start,
            value: f.value,
            half,
            factor,
            unit: &f.unit,
            scenario: Scenario::Actual,
            transformation: Transformation::Level,
            place: &analysis.context.place,
            time_period: &f.time_period,
            period: None,
            year: f.year,
        }
    }

    /// Its scope.
    pub fn scope(&self) -> Scope<'a> {
        Scope {
            indicator: self.indicator,
            ref_area: &self.place.ref_area,
            area_name: &self.place.area_name,
            time_period: self.time_period,
            scenario: self.scenario,
            transformation: self.transformation,
        }
    }
}

/// The figures of one scope. Most scopes have one.
pub struct Line {
    first: usize,
    /// Positions in reading order, ascending, where there are several.
    all: Vec<usize>,
    /// They do not all have the same value.
    several: bool,
}

impl Line {
    fn of(first: &Fact) -> Line {
        Line {
            first: first.order,
            all: Vec::new(),
            several: false,
        }
    }

    fn push(&mut self, f: &Fact, all: &[Fact]) {
        if self.all.is_empty() {
            self.all.push(self.first);
        }
        let first = all.get(self.first);
        self.several |= first.is_some_and(|first| first.value != f.value);
        self.all.push(f.order);
    }

    /// Positions in reading order, ascending.
    fn orders(&self) -> &[usize] {
        match self.all.as_slice() {
            [] => std::slice::from_ref(&self.first),
            several => several,
        }
    }

    /// They all have the same value.
    pub fn single(&self) -> bool {
        !self.several
    }
}

/// Adds a figure to the line of a key.
fn add<K: Eq + Hash>(lines: &mut FxHashMap<K, Line>, key: K, f: &Fact, all: &[Fact]) {
    match lines.entry(key) {
        Entry::Occupied(mut line) => line.get_mut().push(f, all),
        Entry::Vacant(place) => {
            place.insert(Line::of(f));
        }
    }
}

/// All of them, in reading order.
///
/// A rule asks "the figure of this scope nearest to that one": the figures of a scope are listed in reading order, so
/// that the answer is one of two neighbours. Looking at all of them would be quadratic in the rows of a sheet.
pub struct Facts<'a> {
    pub all: Vec<Fact<'a>>,
    /// Positions of the figures of each indicator, ascending.
    by_indicator: FxHashMap<&'a str, Vec<usize>>,
    /// The indicators stated, sorted.
    pub indicators: Vec<&'a str>,
    lines: FxHashMap<Scope<'a>, Line>,
    /// The same by block and column of a table, once one is asked for.
    columns: OnceCell<Columns>,
}

/// By the first figure of a scope, block and column.
type Columns = FxHashMap<(usize, usize, usize), Line>;

impl<'a> Facts<'a> {
    /// The exact figures of an analysis: approximations, bounds and ranges are left out.
    pub fn of(analysis: &'a Analysis) -> Facts<'a> {
        // Figures of running text know their blocks.
        let blocks: LazyCell<FxHashMap<&str, usize>, _> = LazyCell::new(|| {
            let blocks = analysis.blocks.iter().enumerate();
            blocks.map(|(n, b)| (b.location.as_str(), n)).collect()
        });
        let mut all: Vec<Fact> = Vec::with_capacity(analysis.observations.len() + 16);
        for (index, o) in analysis.observations.iter().enumerate() {
            if o.qualifier != Qualifier::Exact || o.obs_value_max.is_some() {
                continue;
            }
            let (place, _) = o.location.split_once('!').unwrap_or((&o.location, ""));
            let figure = o.quantity.and_then(|q| analysis.quantities.get(q));
            let block = figure
                .map(|f| f.block)
                .or_else(|| blocks.get(place).copied())
                .unwrap_or(usize::MAX);
            all.push(observed(index, o, block));
        }
        for f in &analysis.quantities {
            if !f.indicator.is_empty() || f.qualifier != Qualifier::Exact || f.value_max.is_some() {
                continue;
            }
            all.push(Fact::unbound(f, analysis));
        }
        all.sort_by_key(|f| (f.block, f.row, f.order));
        for (n, f) in all.iter_mut().enumerate() {
            f.order = n;
        }
        let mut by_indicator: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        by_indicator.reserve(all.len());
        let mut lines: FxHashMap<Scope, Line> = FxHashMap::default();
        lines.reserve(analysis.observations.len());
        for f in &all {
            by_indicator.entry(f.indicator).or_default().push(f.order);
            if f.observation.is_some() {
                add(&mut lines, f.scope(), f, &all);
            }
        }
        let stated = by_indicator.keys().copied().filter(|id| !id.is_empty());
        let mut indicators: Vec<&str> = stated.collect();
        indicators.sort_unstable();
        Facts {
            all,
            by_indicator,
            indicators,
            lines,
            columns: OnceCell::new(),
        }
    }

    fn columns(&self) -> &Columns {
        self.columns.get_or_init(|| {
            let mut columns = Columns::default();
            let bound = self.all.iter().filter(|f| f.observation.is_some());
            for f in bound.filter(|f| f.in_table) {
                if let Some(line) = self.lines.get(&f.scope()) {
                    add(&mut columns, (line.first, f.block, f.column), f, &self.all);
                }
            }
            columns
        })
    }

    /// The figures of a scope.
    pub fn line<'s>(&'s self, scope: &Scope<'s>) -> Option<&'s Line>
    where
        'a: 's,
    {
        let lines: &'s FxHashMap<Scope<'s>, Line> = &self.lines;
        lines.get(scope)
    }

    /// Of a line, the figure nearest to a place in reading order, blocks first; the earlier of two. The figure at that
    /// place itself does not count.
    pub fn nearest(&self, line: &Line, near: &Fact) -> Option<&Fact<'a>> {
        let orders = line.orders();
        let after = orders.partition_point(|&n| n < near.order);
        let before = after.checked_sub(1).and_then(|n| orders.get(n));
        let after = match orders.get(after) {
            Some(&n) if n == near.order => orders.get(after + 1),
            other => other,
        };
        let distance = |f: &&Fact| (f.block.abs_diff(near.block), f.order.abs_diff(near.order));
        [before, after]
            .into_iter()
            .flatten()
            .filter_map(|&n| self.all.get(n))
            .min_by_key(distance)
    }

    /// Of a scope, the figure in the same row of a table as `near`, else the one nearest in its column.
    pub fn aligned<'s>(&'s self, scope: &Scope<'s>, near: &Fact) -> Option<&'s Fact<'a>>
    where
        'a: 's,
    {
        let line = self.line(scope)?;
        let orders = line.orders();
        let at = orders.partition_point(|&n| n < near.order);
        let beside = [
            at.checked_sub(1).and_then(|n| orders.get(n)),
            orders.get(at),
        ];
        let row = beside
            .into_iter()
            .flatten()
            .filter_map(|&n| self.all.get(n))
            .filter(|f| f.block == near.block && f.row == near.row && f.order != near.order)
            .min_by_key(|f| f.order.abs_diff(near.order));
        row.or_else(|| {
            let columns = self.columns();
            let column = columns.get(&(line.first, near.block, near.column))?;
            self.nearest(column, near)
        })
    }

    /// The figures that stand at most so many figures away, in the same block.
    pub fn around(&self, near: &Fact, reach: usize) -> impl Iterator<Item = &Fact<'a>> {
        let block = near.block;
        let first = near.order.saturating_sub(reach);
        self.all
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(move |f| f.order <= near.order + reach)
            .filter(move |f| f.block == block)
    }

    /// Those of an indicator (or, for the empty one, without), in reading order.
    pub fn of_indicator(&self, id: &str) -> impl DoubleEndedIterator<Item = &Fact<'a>> {
        let found = self.by_indicator.get(id).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|n| self.all.get(*n))
    }
}

fn observed(index: usize, o: &Observation, block: usize) -> Fact<'_> {
    let (half, factor) = written(&o.value_text, o.obs_value, &o.unit_measure);
    let (row, column) = cell(&o.location);
    Fact {
        observation: Some(index),
        indicator: &o.indicator,
        measured: "",
        block,
        row,
        column,
        in_table: o.location.contains('!'),
        order: o.chars.start,
        value: o.obs_value,
        half,
        factor,
        unit: &o.unit_measure,
        scenario: o.scenario,
        transformation: o.transformation,
        place: &o.place,
        time_period: &o.time_period,
        period: o.period,
        year: o.year,
    }
}

/// Row and column of a location, from 1: 4 and 2 of `t3!B4`; 0 and 0 in text.
fn cell(location: &str) -> (usize, usize) {
    // The place of a paragraph has no sign in it, and is short.
    if !location.bytes().any(|b| b == b'!') {
        return (0, 0);
    }
    Table::place(location).map_or((0, 0), |(row, column)| {
        (row as usize + 1, column as usize + 1)
    })
}

/// Half a unit of the last digit written and the base units in one written unit, from the text of the figure and its
/// value: (50, 10000) for 10746.24万元, (0, 1) for 684人. A cell says only 8.95, its column 万元: the value tells.
pub fn written(text: &str, value: Decimal, unit: &str) -> (Decimal, Decimal) {
    let nothing = (Decimal::ZERO, Decimal::ONE);
    let Some(number) = number(text) else {
        return nothing;
    };
    if number.is_zero() || value.is_zero() {
        // 0.00万元 beside a value of 0: the factor cannot be told, and zero is rarely rounded.
        return nothing;
    }
    let value = value.abs();
    let factor = if value == number {
        Decimal::ONE
    } else {
        match value.checked_div(number) {
            Some(factor) => factor.normalize(),
            None => return nothing,
        }
    };
    let measured = unit.starts_with('元') || unit.starts_with('%') || unit.ends_with("元");
    if number.scale() == 0 && factor <= Decimal::ONE && !measured {
        return (Decimal::ZERO, factor);
    }
    let half = Decimal::new(5, number.scale() + 1)
        .checked_mul(factor)
        .unwrap_or_default();
    (half.normalize(), factor)
}

/// The first number written in Arabic digits; `None` where there is none (五十二名).
fn number(text: &str) -> Option<Decimal> {
    let (mut value, mut scale, mut digits, mut point) = (0u64, 0, 0, false);
    let mut long = String::new();
    for c in text.chars() {
        let digit = match c {
            '0'..='9' => c as u32 - '0' as u32,
            '\u{ff10}'..='\u{ff19}' => c as u32 - '\u{ff10}' as u32,
            '.' | '．' if digits > 0 && !point => {
                point = true;
                continue;
            }
            '.' | '．' if digits > 0 => return None,
            ',' | '，' | ' ' | '\u{a0}' | '\n' if digits > 0 => continue,
            _ if digits == 0 => continue,
            _ => break,
        };
        digits += 1;
        scale += u32::from(point);
        match value
            .checked_mul(10)
            .and_then(|v| v.checked_add(u64::from(digit)))
        {
            Some(v) if long.is_empty() => value = v,
            // More digits than a machine word holds.
            _ => {
                if long.is_empty() {
                    long = value.to_string();
                }
                long.push(char::from_digit(digit, 10)?);
            }
        }
    }
    if digits == 0 || scale > 28 {
        return None;
    }
    if !long.is_empty() {
        let mut whole: Decimal = long.parse().ok()?;
        whole.set_scale(scale).ok()?;
        return Some(whole);
    }
    Decimal::try_from_i128_with_scale(i128::from(value), scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_that_of_the_last_digit_written() {
        let of = |text: &str, value: &str, unit: &str| {
            let (half, factor) = written(text, value.parse().unwrap(), unit);
            (half.to_string(), factor.to_string())
        };
        let is = |half: &str, factor: &str| (half.to_string(), factor.to_string());
        assert_eq!(of("10746.24万元", "107462400", "元"), is("50", "10000"));
        assert_eq!(of("8.95", "89500", "元"), is("50", "10000"));
        assert_eq!(of("684人", "684", "人"), is("0", "1"));
        assert_eq!(of("５３人", "53", "人"), is("0", "1"));
        assert_eq!(of("5.62万人", "56200", "人"), is("50", "10000"));
        assert_eq!(of("87.4%", "87.4", "%"), is("0.05", "1"));
        assert_eq!(of("-46.19%", "-46.19", "%"), is("0.005", "1"));
        assert_eq!(of("0.00", "0", "元"), is("0", "1"));
        assert_eq!(of("五十二名", "52", "人"), is("0", "1"));
    }
}
