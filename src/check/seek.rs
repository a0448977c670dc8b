//! Which figure a rule means, beside a given one: of the same area, period and scenario, and as near as can be.

use super::fact::{Fact, Facts, Line, Scope};
use super::rules::{Addend, Sum, Term, Wanted};
use crate::analysis::Transformation;
use rust_decimal::Decimal;

/// How far apart figures of one sentence stand at most, in figures.
const TOGETHER: usize = 12;
/// How far a figure without indicator is looked for, in figures.
const AROUND: usize = 60;

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

/// The figure that a term means. One in another block only where the document states a single value of it, and a single
/// one of the figure it is compared with.
pub fn find<'f, 'a>(
    facts: &'f Facts<'a>,
    term: &Term,
    near: &Fact<'a>,
    together: bool,
) -> Option<&'f Fact<'a>> {
    let Wanted::Indicator(id) = &term.figure else {
        return unnamed(facts, term, near, together);
    };
    let scope = Scope {
        indicator: id,
        scenario: term.scenario.unwrap_or(near.scenario),
        transformation: Transformation::Level,
        ..near.scope()
    };
    if term.last {
        return before(facts, scope, near);
    }
    let line = facts.line(&scope)?;
    let nearest = facts.nearest(line, near)?;
    let single = || line.single() && facts.line(&near.scope()).is_some_and(Line::single);
    if nearest.block != near.block {
        return (single() && !together).then_some(nearest);
    }
    if near.in_table && !single() {
        // Several columns of one scope (年初预算、全年预算): figures that belong together share a row or a column.
        let all = &facts.all;
        let aligned = facts.aligned(&scope, near).map(|f| f.order);
        return aligned
            .and_then(|n| all.get(n))
            .filter(|f| !together || close(f, near));
    }
    if together && !close(nearest, near) {
        return None;
    }
    // A figure stated nearer to another value of the same total belongs to that one.
    let claimed = facts.line(&near.scope()).is_some_and(|totals| {
        facts.nearest(totals, nearest).is_some_and(|other| {
            other.block == nearest.block
                && other.value != near.value
                && other.order.abs_diff(nearest.order) < near.order.abs_diff(nearest.order)
        })
    });
    (!claimed).then_some(nearest)
}

/// One sentence or row.
fn close(a: &Fact, b: &Fact) -> bool {
    match a.in_table {
        true => a.row == b.row,
        false => a.order.abs_diff(b.order) <= TOGETHER,
    }
}

/// A figure without indicator in the same block, by what it measures.
fn unnamed<'f, 'a>(
    facts: &'f Facts<'a>,
    term: &Term,
    near: &Fact<'a>,
    together: bool,
) -> Option<&'f Fact<'a>> {
    let Wanted::Measured(pattern) = &term.figure else {
        return None;
    };
    facts
        .around(near, AROUND)
        .filter(|f| {
            f.indicator.is_empty()
                && f.unit == near.unit
                && (!together || close(f, near))
                && pattern.is_match(f.measured)
        })
        .min_by_key(|f| f.order.abs_diff(near.order))
}

/// The value at the end of the year before that of `near`: stated for that year, its last month or day, or for the first
/// day of the year. Several values are several things.
fn before<'f, 'a>(facts: &'f Facts<'a>, scope: Scope, near: &Fact<'a>) -> Option<&'f Fact<'a>> {
    if near.time_period != format!("{:04}", near.year) {
        return None;
    }
    let last = near.year.checked_sub(1)?;
    let periods = [
        format!("{last:04}"),
        format!("{last:04}-12-31"),
        format!("{last:04}-12"),
        format!("{:04}-01-01", near.year),
    ];
    periods.iter().find_map(|time_period| {
        let line = facts.line(&Scope {
            time_period,
            ..scope
        })?;
        line.single().then(|| facts.nearest(line, near)).flatten()
    })
}
