//! The five kinds of rules, evaluated.

use super::arithmetic::{compare, percentage};
use super::fact::{Fact, Facts};
use super::rules::Rule;
use super::say::Named;
use super::seek::{self, Found, same_scope};
use super::{Check, Kind, Outcome};
use crate::analysis::{Scenario, Transformation};
use crate::catalogue::Catalogue;
use rust_decimal::Decimal;

/// Of a total whose parts need not all be named, a shortage up to this share is a slip and not a part left out: 5 ‰.
const SLIGHT: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// Every result of a rule, in reading order.
pub fn evaluate(rule: &Rule, facts: &Facts, catalogue: &Catalogue) -> Vec<Check> {
    let say = Named { catalogue };
    match rule.kind {
        Kind::NarrativeTable => narrative_table(rule, facts, &say),
        Kind::Trend => trend(rule, facts, &say),
        Kind::Sum | Kind::Ratio | Kind::Range => {
            let Some(left) = &rule.left else {
                return Vec::new();
            };
            let super::rules::Wanted::Indicator(id) = &left.figure else {
                return Vec::new();
            };
            facts
                .of_indicator(id)
                .filter(|f| f.transformation == Transformation::Level)
                .filter(|f| left.scenario.is_none_or(|s| s == f.scenario))
                .filter_map(|f| match rule.kind {
                    Kind::Sum => sum(rule, facts, f, &say),
                    Kind::Ratio => ratio(rule, facts, f, &say),
                    _ => range(rule, facts, f, &say),
                })
                .collect()
        }
    }
}

/// A result with the scope of `near`, still without values.
fn blank(rule: &Rule, near: &Fact, with: &[&Fact], outcome: Outcome) -> Check {
    let mut observations: Vec<usize> = with
        .iter()
        .chain(&[near])
        .filter_map(|f| f.observation)
        .collect();
    observations.sort_unstable();
    observations.dedup();
    Check {
        check: rule.id.clone(),
        name: rule.name.clone(),
        kind: rule.kind,
        outcome,
        expected: None,
        actual: Some(near.value),
        difference: None,
        tolerance: None,
        explanation: String::new(),
        observations,
        place: near.place.clone(),
        time_period: near.time_period.to_string(),
        period: near.period,
        year: near.year,
    }
}

/// The total agrees with one set of parts; the first set speaks where it agrees with none.
fn sum(rule: &Rule, facts: &Facts, total: &Fact, say: &Named) -> Option<Check> {
    let mut first = None;
    for parts in &rule.right {
        let check = sum_of(
            rule,
            &seek::sum(facts, parts, total, rule.together)?,
            total,
            say,
        );
        match check {
            Some(c) if matches!(c.outcome, Outcome::Pass | Outcome::Rounding) => return Some(c),
            other => first = first.or(other),
        }
    }
    first
}

fn sum_of(rule: &Rule, parts: &Found, total: &Fact, say: &Named) -> Option<Check> {
    if parts.lacking || parts.facts.len() < 2 {
        return lacking(rule, total, parts, say);
    }
    let tolerance = total.half.checked_add(parts.half)?;
    let (outcome, difference) = compare(total.value, parts.value, tolerance)?;
    // What is not named may be the rest of an open list, unless it is so small that it looks like a slip.
    if rule.open
        && outcome == Outcome::Fail
        && parts.omitted
        && difference.is_sign_positive()
        && difference > total.value.checked_mul(SLIGHT)?
    {
        return lacking(rule, total, parts, say);
    }
    Some(Check {
        expected: Some(parts.value),
        difference: Some(difference),
        tolerance: Some(tolerance),
        explanation: say.sum(total, parts, difference, outcome),
        ..blank(rule, total, &parts.facts, outcome)
    })
}

/// Nothing where none of the other figures is there.
fn lacking(rule: &Rule, near: &Fact, found: &Found, say: &Named) -> Option<Check> {
    (!found.facts.is_empty()).then(|| Check {
        explanation: say.lacking(rule, near),
        ..blank(rule, near, &found.facts, Outcome::NotEvaluable)
    })
}

/// The rate agrees with one of the pairs that it may be made of; the first pair speaks where it agrees with none.
fn ratio(rule: &Rule, facts: &Facts, rate: &Fact, say: &Named) -> Option<Check> {
    let mut first = None;
    let mut partly = None;
    for part in &rule.part {
        for whole in &rule.right {
            let part = seek::sum(facts, part, rate, rule.together)?;
            let whole = seek::sum(facts, whole, rate, rule.together)?;
            let absent = |f: &Found| f.lacking || f.facts.is_empty();
            if absent(&part) || absent(&whole) {
                partly = partly
                    .or_else(|| lacking(rule, rate, &part, say))
                    .or_else(|| lacking(rule, rate, &whole, say));
                continue;
            }
            let Some((expected, moved)) =
                percentage((part.value, part.half), (whole.value, whole.half))
            else {
                continue;
            };
            let tolerance = rate.half.checked_add(moved)?;
            let (outcome, difference) = compare(rate.value, expected, tolerance)?;
            let all: Vec<&Fact> = part.facts.iter().chain(&whole.facts).copied().collect();
            let check = Check {
                expected: Some(expected),
                difference: Some(difference),
                tolerance: Some(tolerance),
                explanation: say.ratio(rate, &part, &whole, expected, outcome),
                ..blank(rule, rate, &all, outcome)
            };
            if outcome != Outcome::Fail {
                return Some(check);
            }
            first = first.or(Some(check));
        }
    }
    first.or(partly)
}

/// Limits are written exactly (a budget of 4万元 is 4.00), so that only the finer of the two precisions is slack.
fn range(rule: &Rule, facts: &Facts, figure: &Fact, say: &Named) -> Option<Check> {
    if let Some(limit) = rule.limit {
        let outcome = if figure.value <= limit {
            Outcome::Pass
        } else {
            Outcome::Fail
        };
        return Some(Check {
            expected: Some(limit),
            difference: figure.value.checked_sub(limit),
            tolerance: Some(Decimal::ZERO),
            explanation: say.limit(figure, limit, outcome),
            ..blank(rule, figure, &[], outcome)
        });
    }
    let found = rule.right.iter().find_map(|limit| {
        let found = seek::sum(facts, limit, figure, rule.together)?;
        (!found.lacking && !found.facts.is_empty()).then_some(found)
    })?;
    let slack = figure.half.min(found.half).checked_mul(Decimal::TWO)?;
    let (outcome, difference) = compare(figure.value, found.value, slack)?;
    let outcome = if difference.is_sign_negative() {
        Outcome::Pass
    } else {
        outcome
    };
    Some(Check {
        expected: Some(found.value),
        difference: Some(difference),
        tolerance: Some(slack),
        explanation: say.at_most(figure, &found, difference, outcome),
        ..blank(rule, figure, &found.facts, outcome)
    })
}

/// Text against form: where each states one value of an indicator for the same area, period and scenario.
fn narrative_table(rule: &Rule, facts: &Facts, say: &Named) -> Vec<Check> {
    let mut out = Vec::new();
    for id in facts.indicators() {
        if rule.except.iter().any(|e| e == id) {
            continue;
        }
        let levels = || {
            facts
                .of_indicator(id)
                .filter(|f| f.transformation == Transformation::Level && !f.time_period.is_empty())
        };
        let mut done: Vec<&Fact> = Vec::new();
        for prose in levels().filter(|f| !f.in_table) {
            let same = |f: &&Fact| f.scenario == prose.scenario && same_scope(f, prose);
            if done.iter().any(same) {
                continue;
            }
            done.push(prose);
            let mut others = levels().filter(same);
            let Some(cell) = levels().filter(same).find(|f| f.in_table) else {
                continue;
            };
            // Several values on one side are several things: old and new, of parts, of other periods.
            if !others.all(|f| {
                f.value == if f.in_table { cell.value } else { prose.value } && f.unit == cell.unit
            }) {
                continue;
            }
            let check = || {
                let tolerance = prose.half.checked_add(cell.half)?;
                let (outcome, difference) = compare(prose.value, cell.value, tolerance)?;
                Some(Check {
                    expected: Some(cell.value),
                    difference: Some(difference),
                    tolerance: Some(tolerance),
                    explanation: say.narrative(prose, cell, difference, outcome),
                    ..blank(rule, prose, &[cell], outcome)
                })
            };
            out.extend(check());
        }
    }
    out
}

/// A growth rate against the level and its change, or against the level of the year before.
fn trend(rule: &Rule, facts: &Facts, say: &Named) -> Vec<Check> {
    let mut out = Vec::new();
    for id in facts.indicators() {
        if rule.except.iter().any(|e| e == id) {
            continue;
        }
        let with = |t: Transformation| {
            facts
                .of_indicator(id)
                .filter(move |f| f.transformation == t && f.scenario == Scenario::Actual)
        };
        for growth in with(Transformation::GrowthRate) {
            let near = |t: Transformation| {
                let here = with(t).filter(|f| f.block == growth.block && same_scope(f, growth));
                let distance = |f: &&Fact| f.order.abs_diff(growth.order);
                let nearest = here.min_by_key(distance)?;
                let close = if growth.in_table {
                    nearest.row == growth.row
                } else {
                    growth.order.abs_diff(nearest.order) <= 2
                };
                close.then_some(nearest)
            };
            let (Some(level), Some(change)) =
                (near(Transformation::Level), near(Transformation::Change))
            else {
                continue;
            };
            if level.unit != change.unit || level.unit.starts_with('%') {
                continue;
            }
            let check = || {
                let base = level.value.checked_sub(change.value)?;
                let base_half = level.half.checked_add(change.half)?;
                let (expected, moved) = percentage((change.value, change.half), (base, base_half))?;
                let tolerance = growth.half.checked_add(moved)?;
                let (outcome, difference) = compare(growth.value, expected, tolerance)?;
                Some(Check {
                    expected: Some(expected),
                    difference: Some(difference),
                    tolerance: Some(tolerance),
                    explanation: say.growth(level, change, growth, expected, outcome),
                    ..blank(rule, growth, &[level, change], outcome)
                })
            };
            out.extend(check());
        }
    }
    out
}
