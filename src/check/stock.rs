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
    for id in facts.indicators() {
        if !say.takes(rule, id) {
            continue;
        }
        let rates = facts.of_indicator(id).filter(|f| {
            f.transformation == Transformation::GrowthRate && f.scenario == Scenario::Actual
        });
        for growth in rates {
            let near = |transformation| {
                let scope = Scope {
                    transformation,
                    ..growth.scope()
                };
                let nearest = facts.nearest(facts.line(&scope)?, growth)?;
                let close = if growth.in_table {
                    nearest.row == growth.row
                } else {
                    growth.order.abs_diff(nearest.order) <= REACH
                };
                (close && nearest.block == growth.block).then_some(nearest)
            };
            let (Some(level), Some(change)) =
                (near(Transformation::Level), near(Transformation::Change))
            else {
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
