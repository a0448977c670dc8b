//! Sums, ratios and limits, evaluated; and which module evaluates the rest.

use super::arithmetic::{compare, quotient};
use super::fact::{Fact, Facts};
use super::rules::{Open, Rule, Sum, Term, Test, Wanted};
use super::say::Named;
use super::seek::{self, Found};
use super::{Check, Outcome, share, stock, tables, text_form};
use crate::analysis::{Analysis, Transformation};
use crate::catalogue::Catalogue;
use rust_decimal::Decimal;

/// Of a total whose parts need not all be named, a shortage up to this share is a slip and not a part left out: 5 ‰.
const SLIGHT: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// Every result of a rule on one document, in reading order. Rules about a warehouse have none here.
pub fn evaluate(rule: &Rule, facts: &Facts, analysis: &Analysis, c: &Catalogue) -> Vec<Check> {
    let say = Named { catalogue: c };
    match &rule.test {
        Test::Sum {
            total,
            parts,
            open,
            together,
        } => each(facts, total, |f| {
            sum(rule, facts, f, (parts, *open, *together), &say)
        }),
        Test::Ratio {
            rate,
            part,
            whole,
            times,
            together,
        } => each(facts, rate, |f| {
            ratio(rule, facts, f, (part, whole, *times, *together), &say)
        }),
        Test::Limit { figures, limit } => figures
            .iter()
            .flat_map(|t| each(facts, t, |f| Some(constant(rule, f, *limit, &say))))
            .collect(),
        Test::AtMost {
            figure,
            at_most,
            together,
        } => each(facts, figure, |f| {
            range(rule, facts, f, (at_most, *together), &say)
        }),
        Test::Flow {
            closing,
            opening,
            plus,
            minus,
        } => each(facts, closing, |f| {
            stock::flow(rule, facts, f, (opening, plus, minus), &say)
        }),
        Test::Rows(rows) => tables::totals(rule, rows, analysis, &say),
        Test::Share(words) => share::shares(rule, words, facts, &say),
        Test::NarrativeTable => text_form::narrative_table(rule, facts, &say),
        Test::Growth => stock::growth(rule, facts, &say),
        Test::Files | Test::Reports | Test::Years(_) | Test::Peers(_) => Vec::new(),
    }
}

/// The figures that a term names, one result each.
fn each(facts: &Facts, term: &Term, evaluate: impl Fn(&Fact) -> Option<Check>) -> Vec<Check> {
    let id = match &term.figure {
        Wanted::Indicator(id) => id,
        Wanted::Measured(_) => "",
    };
    let said = |f: &&Fact| match &term.figure {
        Wanted::Indicator(_) => true,
        Wanted::Measured(pattern) => pattern.is_match(f.measured),
    };
    facts
        .of_indicator(id)
        .filter(said)
        .filter(|f| f.transformation == Transformation::Level)
        .filter(|f| term.scenario.is_none_or(|s| s == f.scenario))
        .filter_map(evaluate)
        .collect()
}

/// A result with the scope of `near`, still without values.
pub fn blank(rule: &Rule, near: &Fact, with: &[&Fact], outcome: Outcome) -> Check {
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
fn sum(
    rule: &Rule,
    facts: &Facts,
    total: &Fact,
    (sets, open, together): (&[Sum], Open, bool),
    say: &Named,
) -> Option<Check> {
    let mut first = None;
    for parts in sets {
        let found = seek::sum(facts, parts, total, together)?;
        let check = sum_of(rule, facts, &found, (total, open), say);
        match check {
            Some(c) if matches!(c.outcome, Outcome::Pass | Outcome::Rounding) => return Some(c),
            other => first = first.or(other),
        }
    }
    first
}

fn sum_of(
    rule: &Rule,
    facts: &Facts,
    parts: &Found,
    (total, open): (&Fact, Open),
    say: &Named,
) -> Option<Check> {
    if parts.lacking || parts.facts.len() < 2 {
        return lacking(rule, total, parts, say);
    }
    let tolerance = total.half.checked_add(parts.half)?;
    let (mut outcome, difference) = compare(total.value, parts.value, tolerance)?;
    if outcome == Outcome::Fail && difference.is_sign_positive() && open == Open::Yes {
        outcome = Outcome::Pass;
    }
    if outcome == Outcome::Fail {
        // What is not named may be the rest of an open list, unless it is so small that it looks like a slip.
        let short =
            difference.is_sign_positive() && difference > total.value.abs().checked_mul(SLIGHT)?;
        if open == Open::Slightly && parts.omitted && short {
            return lacking(rule, total, parts, say);
        }
        if theirs(facts, total, parts) {
            return None;
        }
    }
    Some(Check {
        expected: Some(parts.value),
        difference: Some(difference),
        tolerance: Some(tolerance),
        explanation: say.sum(total, parts, difference, outcome),
        ..blank(rule, total, &parts.facts, outcome)
    })
}

/// Parts that stand elsewhere and add up to another figure there are the parts of that one.
fn theirs(facts: &Facts, total: &Fact, parts: &Found) -> bool {
    let Some(first) = parts.facts.iter().find(|p| p.block != total.block) else {
        return false;
    };
    facts.around(first, 12).any(|f| {
        f.unit == first.unit
            && !parts.facts.iter().any(|p| p.order == f.order)
            && f.value
                .checked_sub(parts.value)
                .is_some_and(|d| d.abs() <= f.half.saturating_add(parts.half))
    })
}

/// Nothing where none of the other figures is there.
pub fn lacking(rule: &Rule, near: &Fact, found: &Found, say: &Named) -> Option<Check> {
    (!found.facts.is_empty()).then(|| Check {
        explanation: say.lacking(rule, near),
        ..blank(rule, near, &found.facts, Outcome::NotEvaluable)
    })
}

/// The rate agrees with one of the pairs that it may be made of; the first pair speaks where it agrees with none.
fn ratio(
    rule: &Rule,
    facts: &Facts,
    rate: &Fact,
    (parts, wholes, times, together): (&[Sum], &[Sum], Decimal, bool),
    say: &Named,
) -> Option<Check> {
    let mut first = None;
    let mut partly = None;
    for part in parts {
        for whole in wholes {
            let part = seek::sum(facts, part, rate, together)?;
            let whole = seek::sum(facts, whole, rate, together)?;
            let absent = |f: &Found| f.lacking || f.facts.is_empty();
            if absent(&part) || absent(&whole) {
                partly = partly
                    .or_else(|| lacking(rule, rate, &part, say))
                    .or_else(|| lacking(rule, rate, &whole, say));
                continue;
            }
            let Some((expected, moved)) =
                quotient((part.value, part.half), (whole.value, whole.half), times)
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
                explanation: say.ratio(rate, &part, &whole, (expected, times), outcome),
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

fn constant(rule: &Rule, figure: &Fact, limit: Decimal, say: &Named) -> Check {
    let outcome = if figure.value <= limit {
        Outcome::Pass
    } else {
        Outcome::Fail
    };
    Check {
        expected: Some(limit),
        difference: figure.value.checked_sub(limit),
        tolerance: Some(Decimal::ZERO),
        explanation: say.limit(figure, limit, outcome),
        ..blank(rule, figure, &[], outcome)
    }
}

/// Limits are written exactly (a budget of 4万元 is 4.00), so that only the finer of the two precisions is slack.
fn range(
    rule: &Rule,
    facts: &Facts,
    figure: &Fact,
    (limits, together): (&[Sum], bool),
    say: &Named,
) -> Option<Check> {
    let found = limits.iter().find_map(|limit| {
        let found = seek::sum(facts, limit, figure, together)?;
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
