//! Descriptions that get in each other's way.
//!
//! For each description of an indicator the shortest text that fits it, the one that says just its terms, is put to
//! the rules of the domain as the binder would. Where another indicator fits equally well no text can tell the two
//! apart; where another wins although no alternative is left, the indicator can never be bound.

use super::super::{Catalogue, Lexicon, Rule, Slot, TermId};
use super::{Finding, Problem, Scope};
use crate::bind::{Contest, contest};
use rustc_hash::FxHashSet;

/// Ways of choosing among alternatives (甲|乙) that are tried of one description.
const MOST_CHOICES: usize = 256;

/// Looks at the descriptions of all domains.
pub(super) fn findings(c: &Catalogue, scope: &Scope) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut told = FxHashSet::default();
    let covered = |d: &&str| scope.covers(d);
    for domain in c.domains().into_iter().chain([""]).filter(covered) {
        let lexicon = c.lexicon(domain);
        for rule in &lexicon.rules {
            descriptions(c, &lexicon, rule, &mut told, &mut out);
        }
        parts(c, &lexicon, &mut told, &mut out);
    }
    out
}

fn descriptions(
    c: &Catalogue,
    lexicon: &Lexicon,
    rule: &Rule,
    told: &mut FxHashSet<(usize, usize)>,
    out: &mut Vec<Finding>,
) {
    let Some(indicator) = c.indicators().get(rule.indicator) else {
        return;
    };
    let names = |terms: &[TermId]| -> Vec<String> {
        terms
            .iter()
            .map(|&t| lexicon.term(t).name.clone())
            .collect()
    };
    let mut lost: Option<(usize, Vec<TermId>)> = None;
    let mut won = false;
    for terms in choices(rule) {
        match contest(c, lexicon, &terms, &indicator.unit) {
            Contest::Won(by) if by == rule.indicator => won = true,
            Contest::Won(by) => lost = lost.or(Some((by, terms))),
            Contest::Tied(a, b) => {
                won = true;
                let other = if a == rule.indicator { b } else { a };
                // Told at the entry that stands later: that is the one being written.
                let (first, second) = (other.min(rule.indicator), other.max(rule.indicator));
                if other != rule.indicator && told.insert((first, second)) {
                    say(c, second, first, out, |other, place| Problem::Tie {
                        other,
                        place,
                        terms: names(&terms),
                    });
                }
            }
            // Its own terms contradict each other (not): another choice may do.
            Contest::Nothing => {}
        }
    }
    if !won
        && let Some((by, terms)) = lost
        && told.insert((rule.indicator, by))
    {
        say(c, rule.indicator, by, out, |other, place| {
            Problem::Shadowed {
                other,
                place,
                terms: names(&terms),
            }
        });
    }
}

/// One term of each group, in every way.
fn choices(rule: &Rule) -> Vec<Vec<TermId>> {
    let mut all: Vec<Vec<TermId>> = vec![Vec::new()];
    for group in &rule.is {
        let several = all.len() * group.len() <= MOST_CHOICES;
        let take = if several { group.len() } else { 1 };
        all = all
            .into_iter()
            .flat_map(|chosen| {
                group.iter().take(take).map(move |&t| {
                    let mut more = chosen.clone();
                    more.push(t);
                    more
                })
            })
            .collect();
    }
    all
}

/// An indicator that is another narrowed by subdivisions only (农村, 集中) is a part of it, and must say so.
fn parts(
    c: &Catalogue,
    lexicon: &Lexicon,
    told: &mut FxHashSet<(usize, usize)>,
    out: &mut Vec<Finding>,
) {
    for narrow in &lexicon.rules {
        let Some(part) = c.indicators().get(narrow.indicator) else {
            continue;
        };
        for whole in &lexicon.rules {
            let fewer = whole.is.len() < narrow.is.len() && whole.indicator != narrow.indicator;
            if !fewer || !whole.is.iter().all(|g| narrow.is.contains(g)) {
                continue;
            }
            let more = narrow.is.iter().filter(|g| !whole.is.contains(g));
            let subdivides = more.flatten().all(|&t| lexicon.term(t).slot == Slot::Part);
            let Some(of) = c.indicators().get(whole.indicator) else {
                continue;
            };
            if subdivides
                && of.unit == part.unit
                && of.kind == part.kind
                && of.domain == part.domain
                && !related(c, whole.indicator, narrow.indicator)
                && told.insert((narrow.indicator, whole.indicator))
            {
                say(c, narrow.indicator, whole.indicator, out, |other, place| {
                    Problem::NoParent { other, place }
                });
            }
        }
    }
}

/// Whether one is a part of the other, or both of one indicator.
fn related(c: &Catalogue, a: usize, b: usize) -> bool {
    let line = |i: usize| {
        let first = c.indicators().get(i);
        // Cycles are told elsewhere; here they only have to end.
        std::iter::successors(first, |i| c.indicator(&i.parent))
            .take(16)
            .map(|i| i.id.as_str())
            .collect::<Vec<_>>()
    };
    let (a, b) = (line(a), line(b));
    a.iter().any(|id| b.contains(id))
}

fn say(
    c: &Catalogue,
    at: usize,
    other: usize,
    out: &mut Vec<Finding>,
    problem: impl FnOnce(String, super::Place) -> Problem,
) {
    if let (Some(i), Some(o)) = (c.indicators().get(at), c.indicators().get(other)) {
        let (file, line) = c.place(i);
        out.push(Finding {
            file,
            line,
            entry: i.id.clone(),
            problem: problem(o.id.clone(), c.place(o)),
        });
    }
}
