//! How well the worked examples cover the pipelines: indicators that have too few, terms and wordings that none says.
//!
//! An example shows that a wording does what it was written for; what no example says is only believed to.

use super::{Catalogue, Place};
use super::{domain_of, is_common};
use rustc_hash::{FxHashMap, FxHashSet};

/// Examples that an indicator should have at least.
pub const ENOUGH: usize = 2;

/// Everything that `validate --coverage` tells.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Counts, a domain each, in the order of the files.
    pub domains: Vec<DomainCoverage>,
    /// Indicators with fewer than [`ENOUGH`] examples or without a near miss.
    pub indicators: Vec<Wanting>,
    /// Terms that no example says.
    pub terms: Vec<Unsaid>,
}

/// Counts of one domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainCoverage {
    /// Id.
    pub domain: String,
    /// Chinese name.
    pub name: String,
    /// Indicators.
    pub indicators: usize,
    /// Examples of them.
    pub examples: usize,
    /// Near misses.
    pub near_misses: usize,
    /// Indicators without an example.
    pub without: usize,
    /// Indicators with some, but fewer than [`ENOUGH`].
    pub few: usize,
    /// Indicators without a near miss.
    pub without_near_miss: usize,
    /// Terms.
    pub terms: usize,
    /// Terms that no example says.
    pub terms_unsaid: usize,
    /// Wordings.
    pub words: usize,
    /// Wordings that no example uses.
    pub words_unsaid: usize,
}

/// An indicator that wants examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanting {
    /// Its id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Domain.
    pub domain: String,
    /// Where it stands.
    pub place: Place,
    /// Examples that it has.
    pub examples: usize,
    /// Near misses that it has.
    pub near_misses: usize,
}

/// A term that no example says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaid {
    /// Its name.
    pub name: String,
    /// Domain.
    pub domain: String,
    /// Number of its wordings.
    pub words: usize,
}

/// Counts examples, and what they say.
pub(super) fn coverage(c: &Catalogue) -> Coverage {
    let mut out = Coverage::default();
    let said = said(c);
    let everywhere: FxHashSet<&str> = said.values().flatten().map(String::as_str).collect();
    for s in c.sources() {
        let domain = domain_of(s);
        let at = match out.domains.iter().position(|d| d.domain == domain) {
            Some(at) => at,
            None => {
                let name = s.file().pipeline.as_ref().map_or("", |p| p.name.as_str());
                out.domains.push(DomainCoverage {
                    domain: domain.to_string(),
                    name: name.to_string(),
                    ..DomainCoverage::default()
                });
                out.domains.len() - 1
            }
        };
        let Some(counts) = out.domains.get_mut(at) else {
            continue;
        };
        for i in s.file().indicator.iter().map(|i| i.as_ref()) {
            let (examples, near_misses) = (i.examples.len(), i.not_examples.len());
            counts.indicators += 1;
            counts.examples += examples;
            counts.near_misses += near_misses;
            counts.without += usize::from(examples == 0);
            counts.few += usize::from((1..ENOUGH).contains(&examples));
            counts.without_near_miss += usize::from(near_misses == 0);
            if examples < ENOUGH || near_misses == 0 {
                out.indicators.push(Wanting {
                    id: i.id.clone(),
                    name: i.name.clone(),
                    domain: domain.to_string(),
                    place: c.indicator(&i.id).map(|i| c.place(i)).unwrap_or_default(),
                    examples,
                    near_misses,
                });
            }
        }
        let mine = said.get(domain);
        let is_said = |word: &str| {
            if is_common(domain) {
                everywhere.contains(word)
            } else {
                mine.is_some_and(|all| all.contains(word))
            }
        };
        for t in s.file().term.iter().map(|t| t.as_ref()) {
            let own = (!t.unspoken).then_some(&t.name);
            let words = || own.into_iter().chain(&t.words);
            let all = words().count();
            let unsaid = words().filter(|w| !is_said(w)).count();
            counts.terms += 1;
            counts.words += all;
            counts.words_unsaid += unsaid;
            if unsaid == all {
                counts.terms_unsaid += 1;
                out.terms.push(Unsaid {
                    name: t.name.clone(),
                    domain: domain.to_string(),
                    words: all,
                });
            }
        }
    }
    out
}

/// Wordings that the examples of each domain use, as its reports are read.
fn said(c: &Catalogue) -> FxHashMap<&str, FxHashSet<String>> {
    let mut all: FxHashMap<&str, FxHashSet<String>> = FxHashMap::default();
    for s in c.sources() {
        let domain = domain_of(s);
        let lexicon = c.lexicon(if is_common(domain) { "" } else { domain });
        let said = all.entry(domain).or_default();
        let indicators = s.file().indicator.iter().map(|i| i.as_ref());
        for e in indicators.flat_map(|i| i.examples.iter().chain(&i.not_examples)) {
            for text in e.heading.iter().chain([&e.text]) {
                for w in lexicon.words(text) {
                    let word = text.get(w.start..w.end).filter(|_| w.entry.term.is_some());
                    said.extend(word.map(str::to_owned));
                }
            }
        }
    }
    all
}
