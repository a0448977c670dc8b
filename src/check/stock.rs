//! Developments: stock and flow, and a growth rate beside the level and its change.

use super::arithmetic::{compare, quotient};
use super::compare::blank;
use super::fact::{Fact, Facts, Scope};
use super::rules::{Rule, Sum, Term};
use super::say::Named;
use super::seek;
use super::{Check, Outcome};
use crate::analysis::{Scenario, Transformation};
use rust_decimal::Decimal;

/// How far a growth rate stands from the level and the change that it belongs to, in figures.
const REACH: usize = 2;
/// Figures of a row that are looked at on either side of a rate.
const ROW: usize = 24;

/// 期末 = 期初 + 新增 − 退出, where all four are stated in the same unit.
pub fn flow(
    rule: &Rule,
    facts: &Facts,
    closing: &Fact,
    (opening, plus, minus): (&Term, &Sum, &Sum),
    say: &Named,
) -> Option<Check> {
    let opening = seek::find(facts, opening, closing, false)?;
    let plus = seek::sum(facts, plus, closing, false)?;
    let minus = seek::sum(facts, minus, closing, false)?;
    let flows = || plus.facts.iter().chain(&minus.facts);
    if plus.lacking || minus.lacking || plus.facts.is_empty() || minus.facts.is_empty() {
        return None;
    }
    if opening.unit != closing.unit || flows().any(|f| f.unit != closing.unit) {
        return None;
    }
    let expected = opening
        .value
        .checked_add(plus.value)?
        .checked_sub(minus.value)?;
    let tolerance = [opening.half, plus.half, minus.half]
        .into_iter()
        .try_fold(closing.half, Decimal::checked_add)?;
    let (outcome, difference) = compare(closing.value, expected, tolerance)?;
    let mut all: Vec<&Fact> = vec![opening];
    all.extend(flows().copied());
    Some(Check {
        expected: Some(expected),
        difference: Some(difference),
        tolerance: Some(tolerance),
        explanation: say.flow(
            closing,
            opening,
            (&plus, &minus),
            (expected, difference),
            outcome,
        ),
        ..blank(rule, closing, &all, outcome)
    })
}

/// A growth rate against the level and its change that stand beside it.
pub fn growth(rule: &Rule, facts: &Facts, say: &Named) -> Vec<Check> {
    let mut out = Vec::new();
    let grows = |f: &&Fact| {
        f.transformation == Transformation::GrowthRate && f.scenario == Scenario::Actual
    };
    let mut indicators: Vec<&str> = facts
        .all
        .iter()
        .filter(grows)
        .map(|f| f.indicator)
        .collect();
    indicators.sort_unstable();
    indicators.dedup();
    for id in indicators {
        if id.is_empty() || !say.takes(rule, id) {
            continue;
        }
        let rates = facts.of_indicator(id).filter(grows);
        for growth in rates {
            let found = match growth.in_table {
                true => in_row(facts, growth),
                false => in_sentence(facts, growth),
            };
            let Some((level, change)) = found else {
                continue;
            };
            if level.unit != change.unit || level.unit.starts_with('%') {
                continue;
            }
            out.extend(grown(rule, (level, change, growth), say));
        }
    }
    out
}

/// Level and change right beside a rate.
fn in_sentence<'f, 'a>(
    facts: &'f Facts<'a>,
    growth: &Fact<'a>,
) -> Option<(&'f Fact<'a>, &'f Fact<'a>)> {
    let near = |transformation| {
        let scope = Scope {
            transformation,
            ..growth.scope()
        };
        let nearest = facts.nearest(facts.line(&scope)?, growth)?;
        let close = growth.order.abs_diff(nearest.order) <= REACH;
        (close && nearest.block == growth.block).then_some(nearest)
    };
    Some((near(Transformation::Level)?, near(Transformation::Change)?))
}

/// Level and change in the row of a rate. A row has many columns (本月、累计、上年同期、预算): the level is the one that the
/// change leads to from another level of the row, and a rate that is the growth between any two of them is right.
fn in_row<'f, 'a>(facts: &'f Facts<'a>, growth: &Fact<'a>) -> Option<(&'f Fact<'a>, &'f Fact<'a>)> {
    let row = || {
        facts.around(growth, ROW).filter(|f| {
            f.row == growth.row
                && f.indicator == growth.indicator
                && f.place == growth.place
                && f.order != growth.order
        })
    };
    let levels = || row().filter(|f| f.transformation == Transformation::Level);
    let change = row()
        .filter(|f| f.transformation == Transformation::Change)
        .min_by_key(|f| f.order.abs_diff(growth.order))?;
    let mut found = None;
    for level in levels() {
        for other in levels().filter(|o| o.order != level.order && o.unit == level.unit) {
            let moved = level.value.checked_sub(other.value)?;
            let half = level.half.checked_add(other.half)?;
            let is_it = |(rate, slack): (Decimal, Decimal)| {
                let off = rate.checked_sub(growth.value)?.abs();
                Some(off <= slack.checked_add(growth.half)?)
            };
            let right = quotient(
                (moved, half),
                (other.value, other.half),
                Decimal::ONE_HUNDRED,
            )
            .and_then(is_it);
            let of_change = moved == change.value;
            if right == Some(true) {
                return of_change.then_some((level, change));
            }
            if of_change {
                found = found.or(Some((level, change)));
            }
        }
    }
    found
}

fn grown(
    rule: &Rule,
    (level, change, growth): (&Fact, &Fact, &Fact),
    say: &Named,
) -> Option<Check> {
    let base = level.value.checked_sub(change.value)?;
    let base_half = level.half.checked_add(change.half)?;
    let (expected, moved) = quotient(
        (change.value, change.half),
        (base, base_half),
        Decimal::ONE_HUNDRED,
    )?;
    let tolerance = growth.half.checked_add(moved)?;
    let (outcome, difference): (Outcome, Decimal) = compare(growth.value, expected, tolerance)?;
    Some(Check {
        expected: Some(expected),
        difference: Some(difference),
        tolerance: Some(tolerance),
        explanation: say.growth(level, change, growth, expected, outcome),
        ..blank(rule, growth, &[level, change], outcome)
    })
}
