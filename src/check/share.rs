//! 占22.64%: a share after a figure, of a whole that stands nearby.
//!
//! What the whole is, the text says only by its order. So nothing is claimed that the text itself does not prove: a figure
//! is a whole where at least two other shares of the same paragraph are shares of it; and a share that is of no figure
//! around but nearly that of a proven whole is a finding. What agrees is not listed.

use super::arithmetic::{compare, quotient};
use super::compare::blank;
use super::fact::{Fact, Facts};
use super::rules::Rule;
use super::say::Named;
use super::{Check, Outcome};
use regex::Regex;
use rust_decimal::Decimal;

/// Wholes that are tried for a share: the figures before it, this far.
const REACH: usize = 40;
/// Other shares that prove a whole.
const PROOF: usize = 2;
/// A share further off, in percentage points, is one of something else.
const NEAR: Decimal = Decimal::ONE;

/// A percentage with the figure that it is the share of.
struct Share<'f, 'a> {
    rate: &'f Fact<'a>,
    part: &'f Fact<'a>,
    /// Orders of the figures that it is the share of.
    of: Vec<usize>,
}

/// The shares of all paragraphs.
pub fn shares(rule: &Rule, words: &Regex, facts: &Facts, say: &Named) -> Vec<Check> {
    let mut out = Vec::new();
    let mut found: Vec<Share> = Vec::new();
    for (n, rate) in facts.all.iter().enumerate() {
        if found.last().is_some_and(|s| s.rate.block != rate.block) {
            out.extend(paragraph(rule, facts, &found, say));
            found.clear();
        }
        let part = n.checked_sub(1).and_then(|n| facts.all.get(n));
        let Some(part) = part.filter(|p| p.block == rate.block) else {
            continue;
        };
        // The words 占 and 比重 stand right before the rate, so that they are the last of what it says.
        let says = rate.unit == "%" && !rate.in_table && words.is_match(rate.measured);
        if !says || part.unit == "%" || part.value <= Decimal::ZERO {
            continue;
        }
        let of = wholes(facts, n, part)
            .filter(|whole| agrees(rate, part, whole).is_some_and(|(o, ..)| o != Outcome::Fail))
            .map(|whole| whole.order)
            .collect();
        found.push(Share { rate, part, of });
    }
    out.extend(paragraph(rule, facts, &found, say));
    out
}

/// Figures before a share that its part may be a part of: of its unit, in this paragraph or the one before.
fn wholes<'f, 'a>(
    facts: &'f Facts<'a>,
    n: usize,
    part: &'f Fact<'a>,
) -> impl Iterator<Item = &'f Fact<'a>> {
    let before = facts
        .all
        .get(n.saturating_sub(REACH)..n)
        .unwrap_or_default();
    before.iter().rev().filter(move |f| {
        f.order != part.order
            && f.unit == part.unit
            && f.value >= part.value
            && part.block - f.block <= 1
    })
}

fn agrees(rate: &Fact, part: &Fact, whole: &Fact) -> Option<(Outcome, Decimal, Decimal, Decimal)> {
    let (expected, moved) = quotient(
        (part.value, part.half),
        (whole.value, whole.half),
        Decimal::ONE_HUNDRED,
    )?;
    let tolerance = rate.half.checked_add(moved)?;
    let (outcome, difference) = compare(rate.value, expected, tolerance)?;
    Some((outcome, expected, difference, tolerance))
}

fn paragraph(rule: &Rule, facts: &Facts, shares: &[Share], say: &Named) -> Vec<Check> {
    let mut proofs: Vec<usize> = shares.iter().flat_map(|s| s.of.iter().copied()).collect();
    proofs.sort_unstable();
    let proven = |order: usize| {
        let first = proofs.partition_point(|&p| p < order);
        let last = proofs.partition_point(|&p| p <= order);
        last - first >= PROOF
    };
    shares
        .iter()
        .filter(|s| s.of.is_empty())
        .filter_map(|s| {
            let whole = wholes(facts, s.rate.order, s.part).find(|w| proven(w.order))?;
            let (outcome, expected, difference, tolerance) = agrees(s.rate, s.part, whole)?;
            (difference.abs() <= NEAR).then(|| Check {
                expected: Some(expected),
                difference: Some(difference),
                tolerance: Some(tolerance),
                explanation: say.share((s.rate, s.part, whole), expected, outcome),
                ..blank(rule, s.rate, &[s.part, whole], outcome)
            })
        })
        .collect()
}
