//! Which indicator a text would be that says just some terms: for `validate`, which looks for descriptions that no text
//! can tell apart.

use super::decide::{Evidence, Level, Score, candidates, needs_measure, refuse, satisfy, score};
use super::unit::{Fit, fit};
use crate::catalogue::{Catalogue, Lexicon, TermId};

/// What becomes of a figure whose own words say just these terms. Indicators are places in
/// [`Catalogue::indicators`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contest {
    /// It is bound.
    Won(usize),
    /// Two indicators fit equally well.
    Tied(usize, usize),
    /// None fits.
    Nothing,
}

/// Weighs the rules of a lexicon as for a figure in `unit` whose own words say `terms` and nothing else.
pub fn contest(catalogue: &Catalogue, lexicon: &Lexicon, terms: &[TermId], unit: &str) -> Contest {
    let evidence: Vec<Evidence> = terms
        .iter()
        .map(|&term| Evidence {
            term,
            level: Level::Own,
            must: true,
        })
        .collect();
    let mut best: Option<(usize, Score)> = None;
    let mut tied = None;
    for r in candidates(lexicon, &evidence) {
        let Some(rule) = lexicon.rules.get(r as usize) else {
            continue;
        };
        let (Some(indicator), Some(found)) = (
            catalogue.indicators().get(rule.indicator),
            satisfy(lexicon, rule, &evidence, &mut |_| {}),
        ) else {
            continue;
        };
        if fit(unit, indicator, needs_measure(lexicon, rule)) == Fit::No
            || refuse(lexicon, rule, &evidence).is_some()
        {
            continue;
        }
        let s = score(lexicon, rule, found, &evidence, indicator, unit);
        match best {
            Some((b, top)) if b == rule.indicator => {
                if s > top {
                    best = Some((b, s));
                }
            }
            Some((_, top)) if s == top => tied = Some(rule.indicator),
            Some((_, top)) if s < top => {}
            _ => {
                best = Some((rule.indicator, s));
                tied = None;
            }
        }
    }
    match (best, tied) {
        (Some((a, _)), Some(b)) => Contest::Tied(a, b),
        (Some((a, _)), None) => Contest::Won(a),
        (None, _) => Contest::Nothing,
    }
}
