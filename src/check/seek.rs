//! Which figure a rule means, beside a given one: of the same area, period and scenario, and as near as can be.

use super::fact::{Fact, Facts};
use super::rules::{Addend, Sum, Term, Wanted};
use crate::analysis::Transformation;
use rust_decimal::Decimal;

/// How far apart figures of one sentence stand at most, in figures.
const TOGETHER: usize = 12;

/// Addends as found.
pub struct Found<'f, 'a> {
    /// The figures, in the order of the rule.
    pub facts: Vec<&'f Fact<'a>>,
    /// Their sum.
    pub value: Decimal,
    /// The sum of their half units.
    pub half: Decimal,
    /// An addend that had to be there was not.
    pub lacking: bool,
    /// An addend that may be left out was.
    pub omitted: bool,
}

/// Whether two figures speak of the same area and period.
pub fn same_scope(a: &Fact, b: &Fact) -> bool {
    a.time_period == b.time_period
        && a.place.ref_area == b.place.ref_area
        && a.place.area_name == b.place.area_name
}

/// The figures of a sum, as seen from `near`. `None` where the sum overflows.
pub fn sum<'f, 'a>(
    facts: &'f Facts<'a>,
    sum: &Sum,
    near: &Fact<'a>,
    together: bool,
) -> Option<Found<'f, 'a>> {
    let mut found = Found {
        facts: Vec::new(),
        value: Decimal::ZERO,
        half: Decimal::ZERO,
        lacking: false,
        omitted: false,
    };
    for addend in &sum.0 {
        match alternative(facts, addend, near, together) {
            Some((some, complete)) => {
                found.omitted |= !complete;
                for f in some {
                    found.value = found.value.checked_add(f.value)?;
                    found.half = found.half.checked_add(f.half)?;
                    found.facts.push(f);
                }
            }
            None if addend.alternatives.iter().flatten().all(|t| t.optional) => {
                found.omitted = true;
            }
            None => found.lacking = true,
        }
    }
    Some(found)
}

/// The first alternative whose terms are there, and whether all of them are; `None` for none.
fn alternative<'f, 'a>(
    facts: &'f Facts<'a>,
    addend: &Addend,
    near: &Fact<'a>,
    together: bool,
) -> Option<(Vec<&'f Fact<'a>>, bool)> {
    addend.alternatives.iter().find_map(|terms| {
        let mut some = Vec::with_capacity(terms.len());
        let mut complete = true;
        for t in terms {
            match find(facts, t, near, together) {
                Some(f) => some.push(f),
                None if t.optional => complete = false,
                None => return None,
            }
        }
        (!some.is_empty()).then_some((some, complete))
    })
}

/// The figure that a term means. One in another block only where the document states a single value of it.
pub fn find<'f, 'a>(
    facts: &'f Facts<'a>,
    term: &Term,
    near: &Fact<'a>,
    together: bool,
) -> Option<&'f Fact<'a>> {
    let scenario = term.scenario.unwrap_or(near.scenario);
    let fits = |f: &&Fact<'a>| match &term.figure {
        Wanted::Indicator(_) => {
            f.transformation == Transformation::Level
                && f.scenario == scenario
                && same_scope(f, near)
        }
        Wanted::Measured(pattern) => {
            f.block == near.block && f.unit == near.unit && pattern.is_match(f.measured)
        }
    };
    let id = match &term.figure {
        Wanted::Indicator(id) => id.as_str(),
        Wanted::Measured(_) => "",
    };
    let distance = |f: &&Fact<'a>| (f.block.abs_diff(near.block), f.order.abs_diff(near.order));
    let nearest = facts.of_indicator(id).filter(fits).min_by_key(distance)?;
    if nearest.block == near.block {
        let close = match nearest.in_table {
            true => nearest.row == near.row,
            false => nearest.order.abs_diff(near.order) <= TOGETHER,
        };
        if together && !close {
            return None;
        }
        // A figure stated nearer to another value of the same total belongs to that one.
        let claimed = facts.of_indicator(near.indicator).any(|other| {
            other.block == nearest.block
                && other.value != near.value
                && other.scenario == near.scenario
                && other.transformation == near.transformation
                && same_scope(other, near)
                && other.order.abs_diff(nearest.order) < near.order.abs_diff(nearest.order)
        });
        return (!claimed || near.indicator.is_empty()).then_some(nearest);
    }
    let mut values = facts.of_indicator(id).filter(fits).map(|f| f.value);
    let only = values.all(|v| v == nearest.value);
    (only && !together).then_some(nearest)
}
