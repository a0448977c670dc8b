//! What observations of one document say of one another: an indicator has one value for an area, a time and a scenario.
//!
//! Where running text gives several, only one can be the indicator; the others are of a part that no word of the catalogue
//! tells (公办机构6所，床位810张 after 床位3862张), of a project, or of another way of counting. Which one is right is not known for
//! certain, so nothing is taken back: the first keeps its confidence if no later one is surer, and the others are doubtful.
//! From–to statements (由645元提高到672元) do not contradict themselves, since the old value has another time.

use super::confidence::{DOUBTFUL, SURE};
use crate::analysis::{Observation, Transformation};
use rust_decimal::Decimal;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// Lowers the confidence of values of running text that another value of the same indicator contradicts.
pub fn settle(observations: &mut [Observation]) {
    let prose = |o: &Observation| {
        o.transformation == Transformation::Level
            && o.quantity.is_some()
            && !o.location.contains('!')
    };
    let key_of = |i: &usize| observations.get(*i).map(key);
    let all = observations.iter().enumerate().filter(|(_, o)| prose(o));
    let hash = |o: &Observation| FxBuildHasher.hash_one(&*o.indicator);
    let mut all: Vec<(u64, usize)> = all.map(|(i, o)| (hash(o), i)).collect();
    // Any order will do that brings the same keys together.
    all.sort_by(|(m, a), (n, b)| m.cmp(n).then_with(|| key_of(a).cmp(&key_of(b))));
    let all: Vec<usize> = all.into_iter().map(|(_, i)| i).collect();
    let groups = all.chunk_by(|a, b| key_of(a) == key_of(b));
    let value = |i: &usize| observations.get(*i).map(|o| o.obs_value);
    let several = |g: &&[usize]| g.iter().any(|i| value(i) != g.first().and_then(value));
    let groups: Vec<Vec<usize>> = groups.filter(several).map(<[usize]>::to_vec).collect();
    for group in groups {
        let first = group.first().and_then(|&i| observations.get(i));
        let Some((value, sure)) = first.map(|o| (o.obs_value, o.confidence)) else {
            continue;
        };
        let others = || group.iter().filter_map(|&i| observations.get(i));
        // Whether the first is the whole is not known where a later one is stated more fully.
        let best = sure >= SURE || others().all(|o| o.confidence <= sure);
        for i in group {
            if let Some(o) = observations.get_mut(i)
                && !(best && alike(o.obs_value, value))
            {
                o.confidence = o.confidence.min(DOUBTFUL);
            }
        }
    }
}

/// Indicator, scenario, period, unit and area: what has one value.
type Key<'o> = (&'o str, &'static str, &'o str, &'o str, &'o str);

fn key(o: &Observation) -> Key<'_> {
    (
        &o.indicator,
        o.scenario.name(),
        &o.time_period,
        &o.unit_measure,
        &o.place.ref_area,
    )
}

/// Whether two values may be one, rounded differently (12,486.7万元, 1.25亿元): they are less than one per cent apart.
fn alike(a: Decimal, b: Decimal) -> bool {
    let apart = a.checked_sub(b).map(|d| d.abs());
    let limit = b.abs().checked_div(Decimal::ONE_HUNDRED);
    a == b || matches!((apart, limit), (Some(d), Some(l)) if d < l)
}
