//! What a change of the catalogue can touch.
//!
//! A figure is read with the wordings that stand in its document, with what the catalogue says of the terms that these
//! state, and with the rules all of whose terms are stated. A document that holds none of the wordings by which two
//! catalogues differ reads the same with both, so whoever applies a new catalogue to many documents may leave it as it is.
//!
//! Two vocabularies of one domain are compared as the analysis asks them ([`Lexicon::parts`](super::Lexicon)), not as they are written: a
//! term moved to another file changes nothing, a common term that a domain takes over does. By what a difference can act on a document:
//!
//! | what differs | the document says |
//! | --- | --- |
//! | a wording: its term or its role | the wording |
//! | a term: its slot, group, relations … (also of what it is a kind of) | any wording of it |
//! | a part of a group whose whole is named (城乡 for 城市 and 农村) | also any wording of the whole |
//! | a rule or any fact of an indicator (unit, name, kind …) | for each required term a wording of it, or of a kind of it |
//! | an indicator that a form names by its id | anything in a table |
//! | the order in which terms or rules are tried | whatever: everything is touched |
//! | the files that govern all documents (language, forms, checks, units, figures that are none, agencies, areas), the program | likewise |
//!
//! How wordings are found where the analysis puts them together from several places, `watch` says.

mod said;
mod watch;

pub use said::Said;

use super::lexicon::{Description, Parts};
use super::{Catalogue, Indicator, Record};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use watch::Watch;

/// What makes a catalogue another than the one that documents were read with.
pub struct Change<'c> {
    new: &'c Catalogue,
    /// Nothing where the two cannot be compared.
    old: Option<Box<Catalogue>>,
    /// Whether it can touch tables, whatever they say.
    forms: bool,
    domains: Mutex<FxHashMap<String, Arc<Reach>>>,
}

/// What it can touch of the documents of one domain.
enum Reach {
    Everything,
    Nothing,
    Some(Box<Touch>),
}

/// Wordings of terms: any of them.
type Any = Vec<usize>;

/// What a document must say to be touched.
struct Touch {
    watch: Watch,
    /// Any of these …
    wordings: Any,
    /// … or, for any of these rules, one of each group.
    rules: Vec<Vec<Any>>,
}

impl<'c> Change<'c> {
    /// From the catalogue of a record to another one.
    pub fn new(record: &Record, new: &'c Catalogue) -> Change<'c> {
        let old = new.recorded(record).map(Box::new);
        let named: FxHashSet<&str> = new.forms().indicators().collect();
        let forms = old.as_ref().is_some_and(|old| {
            named.iter().any(|id| {
                old.indicator(id).map(Indicator::facts) != new.indicator(id).map(Indicator::facts)
            })
        });
        Change {
            new,
            old,
            forms,
            domains: Mutex::default(),
        }
    }

    /// Whether a document can be read otherwise than before; `domain` is that of its agency.
    pub fn touches(&self, domain: &str, said: &Said) -> bool {
        if self.forms && said.tables {
            return true;
        }
        match &*self.reach(domain) {
            Reach::Everything => true,
            Reach::Nothing => false,
            Reach::Some(touch) => touch.is_said(said),
        }
    }

    fn reach(&self, domain: &str) -> Arc<Reach> {
        let mut known = self.domains.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(reach) = known.get(domain) {
            return reach.clone();
        }
        let reach = match &self.old {
            Some(old) => between(old, self.new, domain),
            None => Reach::Everything,
        };
        let reach = Arc::new(reach);
        known.insert(domain.to_string(), reach.clone());
        reach
    }
}

impl Indicator {
    /// All that a row says of it, and what decides whether a figure is one: its definition is neither.
    fn facts(&self) -> ([&str; 7], &[String]) {
        let i = self;
        let texts = [
            &i.id, &i.name, &i.unit, &i.kind, &i.domain, &i.group, &i.parent,
        ];
        (texts.map(String::as_str), &i.units)
    }
}

impl Touch {
    fn is_said(&self, said: &Said) -> bool {
        let Some(mut found) = self.watch.look(said) else {
            return false;
        };
        self.wordings.iter().any(|&w| found.says(w))
            || self
                .rules
                .iter()
                .any(|groups| groups.iter().all(|any| any.iter().any(|&w| found.says(w))))
    }
}

/// Wordings, each once.
#[derive(Default)]
struct Wordings<'p> {
    all: Vec<&'p str>,
    numbers: FxHashMap<&'p str, usize>,
}

impl<'p> Wordings<'p> {
    fn number(&mut self, word: &'p str) -> usize {
        *self.numbers.entry(word).or_insert_with(|| {
            self.all.push(word);
            self.all.len() - 1
        })
    }
}

/// What the vocabulary of one catalogue says with its words.
struct Sayings<'p> {
    parts: &'p Parts<'p>,
    /// Wordings by the term that they state.
    stating: FxHashMap<&'p str, Vec<&'p str>>,
    /// Terms by what they are a kind of.
    kinds: FxHashMap<&'p str, Vec<&'p str>>,
    /// Wholes by their group.
    wholes: FxHashMap<&'p str, Vec<&'p str>>,
    /// Indicators with their rules, in their order.
    rules: Vec<Rules<'p>>,
    /// Their places by id.
    places: FxHashMap<&'p str, usize>,
}

/// An indicator with its rules.
type Rules<'p> = (&'p Indicator, Vec<&'p Description<'p>>);

impl<'p> Sayings<'p> {
    /// Nothing where the rules of an indicator do not stand together.
    fn new(parts: &'p Parts<'p>, catalogue: &'p Catalogue) -> Option<Sayings<'p>> {
        let mut stating: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for (word, (term, _, opposed)) in &parts.words {
            let terms = term.iter().chain(opposed.iter().map(|(term, _)| term));
            for term in terms {
                stating.entry(term).or_default().push(word);
            }
        }
        for (word, term) in &parts.counted {
            stating.entry(term).or_default().push(word);
        }
        let mut kinds: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        let mut wholes: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for name in &parts.order {
            let Some(concept) = parts.terms.get(name) else {
                continue;
            };
            for (ancestor, _) in &concept.ancestors {
                kinds.entry(ancestor).or_default().push(name);
            }
            if concept.nature.whole {
                wholes.entry(concept.nature.group).or_default().push(name);
            }
        }
        let mut rules: Vec<Rules> = Vec::new();
        let mut met: FxHashSet<usize> = FxHashSet::default();
        let mut last = None;
        for (index, rule) in &parts.rules {
            if last != Some(index) {
                if !met.insert(*index) {
                    return None;
                }
                rules.push((catalogue.indicators().get(*index)?, Vec::new()));
                last = Some(index);
            }
            if let Some((_, all)) = rules.last_mut() {
                all.push(rule);
            }
        }
        let ids = rules.iter().map(|(i, _)| i.id.as_str());
        Some(Sayings {
            places: ids.zip(0..).collect(),
            parts,
            stating,
            kinds,
            wholes,
            rules,
        })
    }

    /// Ids of the indicators, in their order.
    fn ids(&self) -> impl Iterator<Item = &'p str> {
        self.rules.iter().map(|(i, _)| i.id.as_str())
    }

    /// An indicator with its rules.
    fn rules_of(&self, id: &str) -> Option<&Rules<'p>> {
        self.rules.get(*self.places.get(id)?)
    }

    /// What a document says that states a term, or is taken to by naming the whole of its group.
    fn of(&self, term: &str) -> impl Iterator<Item = &'p str> {
        let own = self.stating.get(term).into_iter().flatten();
        let nature = self.parts.terms.get(term).map(|c| c.nature);
        let part = nature.filter(|n| !n.whole && !n.group.is_empty());
        let wholes = part.and_then(|n| self.wholes.get(n.group));
        let others = wholes.into_iter().flatten();
        own.chain(others.filter_map(|w| self.stating.get(w)).flatten())
            .copied()
    }

    /// What a document says that states a term or a kind of it.
    fn of_kind(&self, term: &'p str) -> impl Iterator<Item = &'p str> {
        let kinds = self.kinds.get(term).into_iter().flatten().copied();
        std::iter::once(term).chain(kinds).flat_map(|t| self.of(t))
    }
}

/// What the change can touch of the documents of a domain.
fn between(old: &Catalogue, new: &Catalogue, domain: &str) -> Reach {
    let (before, now) = (old.lexicon(domain), new.lexicon(domain));
    let (before, now) = (before.parts(), now.parts());
    let sayings = (Sayings::new(&before, old), Sayings::new(&now, new));
    let (Some(was), Some(is)) = sayings else {
        return Reach::Everything;
    };
    let mut words: BTreeSet<&str> = BTreeSet::new();
    words.extend(other_keys(&before.words, &now.words).map(String::as_str));
    words.extend(other_keys(&before.counted, &now.counted).copied());
    // Terms.
    let names = before.order.iter().chain(&now.order);
    let other: FxHashSet<&str> = names
        .copied()
        .filter(|name| before.terms.get(name) != now.terms.get(name))
        .collect();
    for name in &other {
        words.extend(was.of(name).chain(is.of(name)));
    }
    let same = |name: &&&str| !other.contains(**name);
    if !before
        .order
        .iter()
        .filter(same)
        .eq(now.order.iter().filter(same))
    {
        return Reach::Everything;
    }
    // Indicators.
    let differs = |id: &&str| match (was.rules_of(id), is.rules_of(id)) {
        (Some((i, rules)), Some((j, others))) => {
            let mut needed = rules.iter().flat_map(|r| r.is.iter().flatten());
            i.facts() != j.facts() || rules != others || needed.any(|t| other.contains(t))
        }
        _ => true,
    };
    let changed: FxHashSet<&str> = was.ids().chain(is.ids()).filter(differs).collect();
    let same = |id: &&str| !changed.contains(id);
    if !was.ids().filter(same).eq(is.ids().filter(same)) {
        return Reach::Everything;
    }
    let mut wordings = Wordings::default();
    let direct: Any = words.into_iter().map(|w| wordings.number(w)).collect();
    let mut rules: Vec<Vec<Any>> = Vec::new();
    for sayings in [&was, &is] {
        for (indicator, all) in &sayings.rules {
            if !changed.contains(indicator.id.as_str()) {
                continue;
            }
            for rule in all {
                let mut groups: Vec<Any> = Vec::with_capacity(rule.is.len());
                for group in &rule.is {
                    let said = group.iter().flat_map(|t| sayings.of_kind(t));
                    let said: BTreeSet<&str> = said.collect();
                    groups.push(said.into_iter().map(|w| wordings.number(w)).collect());
                }
                rules.push(groups);
            }
        }
    }
    if direct.is_empty() && rules.is_empty() {
        return Reach::Nothing;
    }
    let sublists: Vec<String> = before
        .sublists
        .iter()
        .chain(&now.sublists)
        .cloned()
        .collect();
    match Watch::new(&wordings.all, &sublists, &new.forms().endings) {
        Some(watch) => Reach::Some(Box::new(Touch {
            watch,
            wordings: direct,
            rules,
        })),
        None => Reach::Everything,
    }
}

/// Keys whose values differ.
fn other_keys<'m, K: Ord, V: PartialEq>(
    one: &'m std::collections::BTreeMap<K, V>,
    other: &'m std::collections::BTreeMap<K, V>,
) -> impl Iterator<Item = &'m K> {
    let gone = one.iter().filter(|(k, v)| other.get(*k) != Some(*v));
    let new = other.keys().filter(|k| !one.contains_key(*k));
    gone.map(|(k, _)| k).chain(new)
}
