//! A vocabulary taken apart, so that two of them can be compared.
//!
//! Everything that the analysis asks a [`Lexicon`] for is here by name: numbers of terms, groups and rules differ from one catalogue to the
//! next though nothing else does. What follows from lists of the language alone (scraps, words of classes of things, words that
//! deny) is left out, since two vocabularies are only compared where the language is the same.

use super::{Lexicon, TermId, role};
use crate::catalogue::Slot;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// What a wording says: its term, its roles, and the term that it states before an opposite one.
pub(in crate::catalogue) type Meaning<'l> = (Option<&'l str>, u64, Option<(&'l str, &'l str)>);

/// What a term is, its relations aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::catalogue) struct Nature<'l> {
    slot: Slot,
    pub group: &'l str,
    pub whole: bool,
    weak: bool,
    agency: bool,
    common: bool,
}

/// A term with its relations.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::catalogue) struct Concept<'l> {
    pub nature: Nature<'l>,
    absorbs: &'l [String],
    /// All terms that it is a kind of; what they are matters where only this one is stated.
    pub ancestors: BTreeSet<(&'l str, Nature<'l>)>,
}

/// A rule by the names of its terms.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::catalogue) struct Description<'l> {
    pub is: Vec<Vec<&'l str>>,
    with: Vec<&'l str>,
    not: Vec<&'l str>,
    own: bool,
    zero: bool,
}

/// A vocabulary by names.
pub(in crate::catalogue) struct Parts<'l> {
    /// Wordings.
    pub words: BTreeMap<String, Meaning<'l>>,
    /// Words that state a term where they stand alone behind a figure.
    pub counted: BTreeMap<&'l str, &'l str>,
    /// Names of the terms, in their order.
    pub order: Vec<&'l str>,
    /// Terms by name.
    pub terms: FxHashMap<&'l str, Concept<'l>>,
    /// Rules in their order, each with its indicator's place in the catalogue.
    pub rules: Vec<(usize, Description<'l>)>,
    /// Wordings that begin a list (其中).
    pub sublists: Vec<String>,
}

impl Lexicon {
    /// The vocabulary by names.
    pub(in crate::catalogue) fn parts(&self) -> Parts<'_> {
        let groups: FxHashMap<u16, &str> = self
            .groups
            .iter()
            .map(|(name, number)| (*number, name.as_str()))
            .collect();
        let name = |id: TermId| self.term(id).name.as_str();
        let nature = |id: TermId| {
            let t = self.term(id);
            Nature {
                slot: t.slot,
                group: groups.get(&t.group).copied().unwrap_or(""),
                whole: t.whole,
                weak: t.weak,
                agency: t.agency,
                common: t.common,
            }
        };
        let mut words = BTreeMap::new();
        let mut sublists = Vec::new();
        for (at, word) in self.index.all() {
            let entry = self.entries.get(at).copied().unwrap_or_default();
            if entry.roles & role::SUBLIST != 0 {
                sublists.push(word.clone());
            }
            let opposed = entry.opposed.map(|(term, other)| (name(term), name(other)));
            words.insert(word, (entry.term.map(name), entry.roles, opposed));
        }
        let concept = |id: TermId| Concept {
            nature: nature(id),
            absorbs: &self.term(id).absorbs,
            ancestors: self
                .term(id)
                .ancestors
                .iter()
                .map(|&a| (name(a), nature(a)))
                .collect(),
        };
        let ids = || (0..).take(self.terms.len());
        let all = |ids: &[TermId]| ids.iter().map(|&t| name(t)).collect::<Vec<_>>();
        Parts {
            words,
            counted: self
                .counted
                .iter()
                .map(|(word, term)| (word.as_str(), name(*term)))
                .collect(),
            order: ids().map(name).collect(),
            terms: ids().map(|id| (name(id), concept(id))).collect(),
            rules: self
                .rules
                .iter()
                .map(|r| {
                    let description = Description {
                        is: r.is.iter().map(|g| all(g)).collect(),
                        with: all(&r.with),
                        not: all(&r.not),
                        own: r.own,
                        zero: r.zero,
                    };
                    (r.indicator, description)
                })
                .collect(),
            sublists,
        }
    }
}
