//! Which indicator a figure is: the rules of the lexicon against the evidence.
//!
//! A rule is a candidate when each of its required terms is found. It is refused when something stated in the figure's
//! own words (or plainly carried over by ellipsis) is not explained by it: then the text speaks of something narrower
//! or other than the rule knows. Of the rest, the one that explains most wins, then the one whose evidence is nearest;
//! a tie binds nothing, since a wrong number is worse than a missing one.

use super::unit::{Fit, fit};
use crate::catalogue::{Catalogue, Lexicon, TermId};

/// How far from the figure a term is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// In the figure's own clause.
    Own,
    /// With an earlier figure of the sentence (ellipsis).
    Chain,
    /// In a clause before it in the sentence.
    Ambient,
    /// In an earlier sentence of the paragraph.
    Paragraph,
    /// In the paragraph's opening words.
    Lead,
    /// In a heading, caption or header above.
    Heading,
    /// In the title.
    Title,
}

impl Level {
    fn weight(self) -> u32 {
        match self {
            Level::Own => 100,
            Level::Chain => 95,
            Level::Ambient => 85,
            Level::Paragraph => 70,
            Level::Lead => 70,
            Level::Heading => 65,
            Level::Title => 50,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Level::Own => "本句",
            Level::Chain => "承前",
            Level::Ambient => "前句",
            Level::Paragraph => "段内",
            Level::Lead => "段首",
            Level::Heading => "标题",
            Level::Title => "题名",
        }
    }
}

/// A term with the place it is stated in.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// The term.
    pub term: TermId,
    /// How far away.
    pub level: Level,
    /// Whether the indicator must explain it.
    pub must: bool,
}

/// What was decided, and why.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Bound to an indicator.
    Bound {
        /// Index into the catalogue's indicators.
        indicator: usize,
        /// 0–1.
        confidence: f64,
        /// Unit to report where the text leaves it out.
        unit: Option<String>,
        /// One Chinese sentence.
        why: String,
    },
    /// Not bound.
    Open {
        /// One Chinese sentence.
        why: String,
    },
}

/// Decides for one figure. `residue` are content words that nothing explains; `unit` the figure's unit.
pub fn decide(
    catalogue: &Catalogue,
    lexicon: &Lexicon,
    evidence: &[Evidence],
    residue: &[&str],
    unit: &str,
) -> Decision {
    if let Some(word) = residue.first() {
        return Decision::Open {
            why: format!("“{word}”限定了范围，目录中没有这样的指标"),
        };
    }
    let mut seen: Vec<u32> = Vec::new();
    for e in evidence {
        seen.extend(lexicon.rules_of(e.term));
        for &a in &lexicon.term(e.term).ancestors {
            seen.extend(lexicon.rules_of(a));
        }
    }
    seen.sort_unstable();
    seen.dedup();
    // Best and second best, by (terms, nearness).
    let mut best: Option<(Found, (usize, u32, u32))> = None;
    let mut tied = false;
    let mut near_miss: Option<String> = None;
    for r in seen {
        let Some(rule) = lexicon.rules.get(r as usize) else {
            continue;
        };
        let Some(indicator) = catalogue.indicators().get(rule.indicator) else {
            continue;
        };
        let Some(found) = satisfy(lexicon, rule, evidence) else {
            continue;
        };
        let needs_measure = rule
            .is
            .iter()
            .flatten()
            .any(|&t| lexicon.term(t).slot == crate::catalogue::Slot::Measure);
        let fits = fit(unit, indicator, needs_measure);
        // Last, the indicator counted in this very unit before one in a unit of its class.
        let score = (
            rule.is.len(),
            found.nearness,
            u32::from(indicator.unit == unit),
        );
        let refused = match &fits {
            Fit::No => Some(format!("单位“{unit}”与“{}”不符", indicator.unit)),
            _ => refuse(lexicon, rule, evidence),
        };
        if let Some(why) = refused {
            if !matches!(fits, Fit::No) {
                near_miss = Some(format!("与“{}”相近，但{why}", indicator.name));
            }
            continue;
        }
        let found = Found {
            indicator: rule.indicator,
            unit: match fits {
                Fit::Inferred(u) => Some(u),
                _ => None,
            },
            ..found
        };
        match &best {
            Some((b, s)) if b.indicator == found.indicator => {
                if score > *s {
                    best = Some((found, score));
                }
            }
            Some((_, s)) if score == *s => tied = true,
            Some((_, s)) if score < *s => {}
            _ => {
                best = Some((found, score));
                tied = false;
            }
        }
    }
    match best {
        Some(_) if tied => Decision::Open {
            why: "两个指标同样符合，不作判断".to_string(),
        },
        Some((f, _)) => {
            let terms: Vec<String> = f
                .used
                .iter()
                .map(|e| format!("{}“{}”", e.level.words(), lexicon.term(e.term).name))
                .collect();
            Decision::Bound {
                indicator: f.indicator,
                confidence: confidence(&f),
                unit: f.unit,
                why: format!("依据{}", terms.join("、")),
            }
        }
        None => Decision::Open {
            why: near_miss.unwrap_or_else(|| "目录中没有与之相符的指标".to_string()),
        },
    }
}

struct Found {
    indicator: usize,
    nearness: u32,
    used: Vec<Evidence>,
    unit: Option<String>,
}

/// Each required term with its nearest evidence, or nothing.
fn satisfy(
    lexicon: &Lexicon,
    rule: &crate::catalogue::Rule,
    evidence: &[Evidence],
) -> Option<Found> {
    let mut used = Vec::with_capacity(rule.is.len());
    let mut nearness = 0;
    for group in &rule.is {
        let mut best: Option<(u32, Evidence)> = None;
        for e in evidence {
            for &t in group {
                let w = if e.term == t {
                    e.level.weight()
                } else if lexicon.is_a(e.term, t) {
                    // A narrower term stands for the wider one only where it is carried over.
                    e.level.weight().saturating_sub(10)
                } else {
                    continue;
                };
                if best.as_ref().is_none_or(|(b, _)| w > *b) {
                    best = Some((w, *e));
                }
            }
        }
        let (w, e) = best?;
        nearness += w;
        used.push(e);
    }
    if rule.own && !used.iter().any(|e| e.level <= Level::Chain) {
        return None;
    }
    Some(Found {
        indicator: rule.indicator,
        nearness,
        used,
        unit: None,
    })
}

/// Why a rule whose terms are all there is not what the text says.
fn refuse(
    lexicon: &Lexicon,
    rule: &crate::catalogue::Rule,
    evidence: &[Evidence],
) -> Option<String> {
    let required = || rule.is.iter().flatten().copied();
    for e in evidence {
        let term = lexicon.term(e.term);
        if e.level <= Level::Ambient && rule.not.contains(&e.term) {
            return Some(format!("文中有“{}”", term.name));
        }
        if !e.must
            || term.whole
            || term.weak
            || required().any(|t| t == e.term)
            || rule.with.contains(&e.term)
        {
            continue;
        }
        // Something more general than a required term says nothing new.
        if required().any(|t| lexicon.is_a(t, e.term)) {
            continue;
        }
        // A carried narrower topic may be left for its wider one.
        if e.level >= Level::Chain && required().any(|t| lexicon.is_a(e.term, t)) {
            continue;
        }
        return Some(format!("文中还说到“{}”", term.name));
    }
    None
}

/// From the weakest link of the evidence; calibrated on held-back documents (see docs/confidence in the manual).
fn confidence(f: &Found) -> f64 {
    let weakest = f.used.iter().map(|e| e.level).max().unwrap_or(Level::Title);
    let base: f64 = match weakest {
        Level::Own => 0.98,
        Level::Chain => 0.96,
        Level::Ambient => 0.92,
        Level::Paragraph | Level::Lead => 0.88,
        Level::Heading => 0.85,
        Level::Title => 0.75,
    };
    if f.unit.is_some() { base - 0.05 } else { base }
}
