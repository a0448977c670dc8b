//! Text against form: each states an indicator for the same area, period and scenario.

use super::Check;
use super::arithmetic::compare;
use super::compare::blank;
use super::fact::{Fact, Facts, Scope};
use super::rules::Rule;
use super::say::Named;
use crate::analysis::Transformation;
use rustc_hash::FxHashMap;

/// What text and tables state of one scope.
#[derive(Default)]
struct Sides<'f, 'a> {
    prose: Option<&'f Fact<'a>>,
    cell: Option<&'f Fact<'a>>,
    /// A side states several values: of parts, of old and new, of other periods.
    several: bool,
}

/// Where text and tables each state a single value, whether it is the same.
pub fn narrative_table(rule: &Rule, facts: &Facts, say: &Named) -> Vec<Check> {
    if !facts.all.iter().any(|f| f.in_table) {
        return Vec::new();
    }
    let mut sides: Vec<Sides> = Vec::new();
    let mut of: FxHashMap<Scope, usize> = FxHashMap::default();
    for &id in &facts.indicators {
        if !say.takes(rule, id) {
            continue;
        }
        let levels = facts
            .of_indicator(id)
            .filter(|f| f.transformation == Transformation::Level && !f.time_period.is_empty());
        for f in levels {
            let n = *of.entry(f.scope()).or_insert_with(|| {
                sides.push(Sides::default());
                sides.len() - 1
            });
            let Some(s) = sides.get_mut(n) else {
                continue;
            };
            let side = if f.in_table {
                &mut s.cell
            } else {
                &mut s.prose
            };
            match side {
                None => *side = Some(f),
                Some(first) => s.several |= first.value != f.value || first.unit != f.unit,
            }
        }
    }
    let mut out = Vec::new();
    for s in sides {
        let (Some(prose), Some(cell), false) = (s.prose, s.cell, s.several) else {
            continue;
        };
        if prose.unit != cell.unit {
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
    out
}
