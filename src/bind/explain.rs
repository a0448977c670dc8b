//! What the binder weighed for one figure: each rule that the words touch, and what became of it.
//!
//! The reason that a figure carries says only what decided. This is the whole account, for `show --why`: made on demand,
//! since it costs more than the decision itself.

use super::decide::{Evidence, needs_measure, refuse, satisfy, touched};
use super::unit::{Fit, fit};
use crate::catalogue::{Catalogue, Lexicon};

/// One indicator that was weighed.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Catalogue id.
    pub indicator: String,
    /// Its terms, each with where it is stated, or that it is missing.
    pub terms: Vec<(String, Option<&'static str>)>,
    /// Nearness of its terms, 0 where some are missing: 100 for each of the figure's own words, less further away.
    pub score: u32,
    /// Why it is out, one Chinese sentence; empty where it stands.
    pub against: String,
}

/// The account of one figure.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Index into [`crate::Analysis::quantities`].
    pub quantity: usize,
    /// Terms in force, each with where it is stated.
    pub evidence: Vec<(String, &'static str)>,
    /// Content words that nothing explains.
    pub residue: Vec<String>,
    /// Indicators weighed, the best first.
    pub candidates: Vec<Candidate>,
}

/// At most this many candidates of a figure are told.
const MOST: usize = 12;

/// Weighs every rule that the evidence touches.
pub fn account(
    catalogue: &Catalogue,
    lexicon: &Lexicon,
    quantity: usize,
    evidence: &[Evidence],
    residue: &[&str],
    unit: &str,
) -> Explained {
    let mut all: Vec<(bool, usize, u32, Candidate)> = Vec::new();
    for r in touched(lexicon, evidence) {
        let Some(rule) = lexicon.rules.get(r as usize) else {
            continue;
        };
        let Some(indicator) = catalogue.indicators().get(rule.indicator) else {
            continue;
        };
        let terms: Vec<(String, Option<&'static str>)> = rule
            .is
            .iter()
            .map(|group| {
                let stated = evidence
                    .iter()
                    .filter(|e| group.iter().any(|&t| lexicon.is_a(e.term, t)))
                    .min_by_key(|e| e.level);
                let names: Vec<&str> = group
                    .iter()
                    .map(|&t| lexicon.term(t).name.as_str())
                    .collect();
                (names.join("/"), stated.map(|e| e.level.words()))
            })
            .collect();
        let missing: Vec<&str> = terms
            .iter()
            .filter(|(_, at)| at.is_none())
            .map(|(name, _)| name.as_str())
            .collect();
        let fits = fit(unit, indicator, needs_measure(lexicon, rule));
        let found = satisfy(lexicon, rule, evidence, &mut |_| {});
        let weight = found.unwrap_or(0);
        let against = if !missing.is_empty() {
            format!("没有说到“{}”", missing.join("”“"))
        } else if found.is_none() {
            "所需的词只在标题或前文，不在本句".to_string()
        } else if fits == Fit::No {
            format!("单位“{unit}”与“{}”不符", indicator.unit)
        } else if let Some(refusal) = refuse(lexicon, rule, evidence) {
            refusal.sentence(lexicon)
        } else if let Some(word) = residue.first() {
            format!("“{word}”限定了所说的范围")
        } else {
            String::new()
        };
        let stated = terms.len() - missing.len();
        all.push((
            against.is_empty(),
            stated,
            weight,
            Candidate {
                indicator: indicator.id.clone(),
                terms,
                score: weight,
                against,
            },
        ));
    }
    all.sort_by_key(|c| std::cmp::Reverse((c.0, c.2 > 0, c.1, c.2)));
    let mut candidates: Vec<Candidate> = Vec::new();
    for (.., c) in all {
        if candidates.len() < MOST && !candidates.iter().any(|o| o.indicator == c.indicator) {
            candidates.push(c);
        }
    }
    Explained {
        quantity,
        evidence: evidence
            .iter()
            .map(|e| (lexicon.term(e.term).name.clone(), e.level.words()))
            .collect(),
        residue: residue.iter().map(|s| s.to_string()).collect(),
        candidates,
    }
}
