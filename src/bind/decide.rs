//! Which indicator a figure is: the rules of the lexicon against the evidence.
//!
//! A rule is a candidate when each of its required terms is found. It is refused when something stated in the figure's
//! own words (or plainly carried over by ellipsis) is not explained by it: then the text speaks of something narrower
//! or other than the rule knows. Of the rest, the one that explains most wins, then the one whose evidence is nearest;
//! a tie binds nothing, since a wrong number is worse than a missing one.

use super::confidence::{self, Ground};
use super::unit::{Fit, fit};
use crate::catalogue::{Catalogue, Indicator, Lexicon, Rule, Slot, TermId};

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

    pub(super) fn words(self) -> &'static str {
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
    decide_among(catalogue, lexicon, evidence, residue, unit, |_| true)
}

/// The same among some of the indicators.
pub(super) fn decide_among(
    catalogue: &Catalogue,
    lexicon: &Lexicon,
    evidence: &[Evidence],
    residue: &[&str],
    unit: &str,
    among: impl Fn(&Indicator) -> bool,
) -> Decision {
    if let Some(word) = residue.first() {
        return Decision::Open {
            why: format!("“{word}”限定了所说的范围，目录中没有这样的指标"),
        };
    }
    // Best, and whether another indicator is as good.
    let mut best: Option<(&Rule, Option<String>, Score)> = None;
    let mut tied: Option<usize> = None;
    let mut near_miss: Option<(&str, Refusal)> = None;
    for r in candidates(lexicon, evidence) {
        let Some(rule) = lexicon.rules.get(r as usize) else {
            continue;
        };
        let Some(indicator) = catalogue.indicators().get(rule.indicator) else {
            continue;
        };
        if !among(indicator) {
            continue;
        }
        let Some(nearness) = satisfy(lexicon, rule, evidence, &mut |_| {}) else {
            continue;
        };
        let fits = fit(unit, indicator, needs_measure(lexicon, rule));
        if matches!(fits, Fit::No) {
            continue;
        }
        if let Some(refusal) = refuse(lexicon, rule, evidence) {
            near_miss = Some((&indicator.name, refusal));
            continue;
        }
        let score = score(lexicon, rule, nearness, evidence, indicator, unit);
        let inferred = match fits {
            Fit::Inferred(u) => Some(u),
            _ => None,
        };
        match &best {
            Some((b, _, s)) if b.indicator == rule.indicator => {
                if score > *s {
                    best = Some((rule, inferred, score));
                }
            }
            Some((_, _, s)) if score == *s => tied = Some(rule.indicator),
            Some((_, _, s)) if score < *s => {}
            _ => {
                best = Some((rule, inferred, score));
                tied = None;
            }
        }
    }
    let name = |i: usize| catalogue.indicators().get(i).map_or("", |i| &i.name);
    match (best, tied) {
        (Some((rule, ..)), Some(other)) => Decision::Open {
            why: format!(
                "与“{}”“{}”两个指标同样相符，不作判断",
                name(rule.indicator),
                name(other)
            ),
        },
        (Some((rule, unit, _)), None) => {
            let mut used = Vec::with_capacity(rule.is.len());
            satisfy(lexicon, rule, evidence, &mut |e| used.push(e));
            let unit = unit.as_deref();
            Decision::Bound {
                indicator: rule.indicator,
                confidence: confidence::of(&ground(&used, unit.is_some())),
                why: reason(lexicon, &mut used, unit, name(rule.indicator)),
                unit: unit.map(str::to_string),
            }
        }
        (None, _) => Decision::Open {
            why: match near_miss {
                Some((near, refusal)) => {
                    format!("与指标“{near}”相近，但{}", refusal.sentence(lexicon))
                }
                None => nothing(lexicon, evidence, unit),
            },
        },
    }
}

/// How well a rule answers to what is stated; of two rules the one with the greater is meant, field by field in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Score {
    /// More is stated than something narrower that is carried over, and general words (公务接待费预算5万元，决算4.2万元: not of
    /// all 三公经费).
    whole: bool,
    /// Number of terms.
    terms: usize,
    /// Nearness of their evidence.
    nearness: u32,
    /// How much of what the sentence says the rule knows.
    known: usize,
    /// The indicator is counted in this very unit rather than in one of its class.
    same_unit: bool,
}

pub(super) fn score(
    lexicon: &Lexicon,
    rule: &Rule,
    nearness: u32,
    evidence: &[Evidence],
    indicator: &Indicator,
    unit: &str,
) -> Score {
    let known = |e: &&Evidence| {
        e.level <= Level::Ambient
            && (rule.with.contains(&e.term) || rule.is.iter().any(|g| g.contains(&e.term)))
    };
    // 预算, 支出: of the agency's money, whatever it is for.
    let general = |t: TermId| lexicon.term(t).weak && lexicon.term(t).agency;
    let says = |group: &Vec<TermId>, any: bool| {
        let of = |e: &Evidence| group.contains(&e.term) && (any || !general(e.term));
        evidence.iter().any(of)
    };
    let groups = || rule.is.iter();
    Score {
        whole: groups().all(|g| says(g, true)) || groups().any(|g| says(g, false)),
        terms: rule.is.len(),
        nearness,
        known: evidence.iter().filter(known).count(),
        same_unit: indicator.unit == unit,
    }
}

/// Rules that need any of the terms stated, or a more general one; each once, in order.
pub(super) fn touched(lexicon: &Lexicon, evidence: &[Evidence]) -> Vec<u32> {
    let mut seen: Vec<u32> = Vec::new();
    for e in evidence {
        seen.extend(lexicon.rules_of(e.term));
        for &a in &lexicon.term(e.term).ancestors {
            seen.extend(lexicon.rules_of(a));
        }
    }
    seen.sort_unstable();
    seen.dedup();
    seen
}

/// Of the rules that are touched, those all of whose terms may be there; each once, in order.
pub(super) fn candidates(lexicon: &Lexicon, evidence: &[Evidence]) -> Vec<u32> {
    let stated = evidence.iter().fold(0, |all, e| all | lexicon.bits(e.term));
    let mut seen: Vec<u32> = Vec::with_capacity(32);
    for e in evidence {
        let led = lexicon.rules_led_by(e.term).iter();
        seen.extend(led.filter(|r| lexicon.may_hold(**r, stated)));
    }
    seen.sort_unstable();
    seen.dedup();
    seen
}

/// Whether the rule names an aspect (标准), so that an amount without its period is a rate.
pub(super) fn needs_measure(lexicon: &Lexicon, rule: &Rule) -> bool {
    rule.is
        .iter()
        .flatten()
        .any(|&t| lexicon.term(t).slot == Slot::Measure)
}

/// Why a figure is bound: one sentence. `used` is the evidence of each required term, `unit` the unit where it was
/// inferred.
fn reason(lexicon: &Lexicon, used: &mut Vec<Evidence>, unit: Option<&str>, name: &str) -> String {
    let mut out = String::with_capacity(128);
    used.sort_by_key(|e| e.level);
    used.dedup_by_key(|e| e.term);
    for (i, layer) in used.chunk_by(|a, b| a.level == b.level).enumerate() {
        if i > 0 {
            out.push('、');
        }
        if let Some(first) = layer.first() {
            out.push_str(first.level.words());
        }
        for e in layer {
            quote(&mut out, &lexicon.term(e.term).name);
        }
    }
    out.push_str("，合于指标");
    quote(&mut out, name);
    if let Some(unit) = unit {
        out.push_str("，单位按指标补为");
        quote(&mut out, unit);
    }
    out
}

fn quote(out: &mut String, word: &str) {
    out.push('“');
    out.push_str(word);
    out.push('”');
}

/// Why nothing is even near.
fn nothing(lexicon: &Lexicon, evidence: &[Evidence], unit: &str) -> String {
    let near: Vec<&Evidence> = evidence
        .iter()
        .filter(|e| e.level <= Level::Ambient)
        .collect();
    let names: String = near
        .iter()
        .take(4)
        .map(|e| format!("“{}”", lexicon.term(e.term).name))
        .collect();
    let unit = if unit.is_empty() {
        String::new()
    } else {
        format!("、单位为“{unit}”")
    };
    if near.is_empty() {
        "文中没有目录所知的词，看不出说的是什么".to_string()
    } else {
        format!("目录中没有说到{names}{unit}的指标")
    }
}

/// Why a rule whose terms are all there is not what the text says.
pub(super) enum Refusal {
    /// A term that the rule forbids.
    Forbidden(TermId),
    /// A term that it does not explain.
    Unexplained(TermId),
}

impl Refusal {
    pub(super) fn sentence(&self, lexicon: &Lexicon) -> String {
        match self {
            Refusal::Forbidden(t) => format!("文中有“{}”，指标不含", lexicon.term(*t).name),
            Refusal::Unexplained(t) => {
                format!("文中还说到“{}”，所指更窄或不同", lexicon.term(*t).name)
            }
        }
    }
}

/// How near the evidence of a rule's required terms is, all together; nothing where one is not stated. `used` is told the
/// nearest evidence of each.
pub(super) fn satisfy(
    lexicon: &Lexicon,
    rule: &Rule,
    evidence: &[Evidence],
    used: &mut impl FnMut(Evidence),
) -> Option<u32> {
    let mut nearness = 0;
    let mut own = false;
    for group in &rule.is {
        let mut best: Option<(u32, Evidence)> = None;
        for e in evidence {
            let weight = e.level.weight();
            for &t in group {
                let w = if e.term == t {
                    weight
                } else if lexicon.is_a(e.term, t) {
                    // A narrower term stands for the wider one only where it is carried over.
                    weight.saturating_sub(10)
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
        own |= e.level <= Level::Chain;
        used(e);
    }
    (own || !rule.own).then_some(nearness)
}

/// Why a rule whose terms are all there is not what the text says, if so.
pub(super) fn refuse(lexicon: &Lexicon, rule: &Rule, evidence: &[Evidence]) -> Option<Refusal> {
    let required = || rule.is.iter().flatten().copied();
    for e in evidence {
        let term = lexicon.term(e.term);
        if e.level <= Level::Ambient && rule.not.contains(&e.term) {
            return Some(Refusal::Forbidden(e.term));
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
        return Some(Refusal::Unexplained(e.term));
    }
    None
}

/// What a decision on this evidence stands on.
fn ground(used: &[Evidence], inferred: bool) -> Ground {
    Ground {
        furthest: used.iter().map(|e| e.level).max().unwrap_or(Level::Title),
        own: used.iter().any(|e| e.level == Level::Own),
        terms: used.len(),
        inferred,
    }
}
