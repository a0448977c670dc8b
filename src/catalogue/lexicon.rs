//! The vocabulary of one domain, indexed: one tree over all wordings, terms with their relations, and the rules
//! that need them.
//!
//! A lexicon holds the words of the language of reports (`language.toml`), the shared terms (`terms.toml`), the common
//! indicators and those of one domain, so that a domain's words never disturb another's reports and loading further
//! domains costs nothing in speed. It is built once a domain, on first use.

mod parts;
pub mod role;

pub(super) use parts::{Description, Parts};
pub use role::role_bit;

use super::schema::Slot;
use super::words::Words;
use crate::context::period;
use crate::text::clause::{self, Mark};
use crate::text::scalars::{Scalars, Stretch};
use rustc_hash::FxHashMap;
use serde::Deserialize;

/// Index of a term in [`Lexicon::terms`].
pub type TermId = u16;

/// `language.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// Role name → words.
    pub roles: std::collections::BTreeMap<String, Vec<String>>,
    /// `harmless` and `narrowing`.
    pub words: std::collections::BTreeMap<String, Vec<String>>,
    /// What a figure's own words and the name of its indicator must not contradict each other in.
    #[serde(default)]
    pub names: NameWords,
    /// Words of headings.
    #[serde(default)]
    pub sections: crate::context::section::SectionWords,
}

/// Words of names of indicators.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NameWords {
    /// Pairs of words that exclude each other: 支出, 收入.
    pub contrary: Vec<[String; 2]>,
    /// By which a name tells that an aim is meant: 计划.
    pub planned: Vec<String>,
}

/// The word of a pair in [`NameWords::contrary`] that a name has.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Number of the pair.
    pair: usize,
    /// It is the first of the two.
    first: bool,
}

impl NameWords {
    /// Of which pairs a name has one word only, and whether it is the first.
    pub fn sides(&self, name: &str) -> Box<[Side]> {
        let side = |(pair, [a, b]): (usize, &[String; 2])| {
            let (first, second) = (name.contains(a.as_str()), name.contains(b.as_str()));
            (first != second).then_some(Side { pair, first })
        };
        self.contrary.iter().enumerate().filter_map(side).collect()
    }

    /// The word of a text that a name has the contrary of, and that contrary.
    pub fn contradiction(&self, text: &str, sides: &[Side]) -> Option<(&str, &str)> {
        sides.iter().find_map(|side| {
            let [a, b] = self.contrary.get(side.pair)?;
            let (named, said) = if side.first { (a, b) } else { (b, a) };
            let says = text.contains(said.as_str()) && !text.contains(named.as_str());
            says.then_some((said.as_str(), named.as_str()))
        })
    }

    /// Whether a name is of an aim and the text does not say so.
    pub fn is_planned(&self, text: &str, name: &str) -> bool {
        let mut planned = self.planned.iter();
        planned.any(|w| name.contains(w.as_str()) && !text.contains(w.as_str()))
    }
}

/// What one wording means.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry {
    /// The concept it states.
    pub term: Option<TermId>,
    /// What it does in a clause.
    pub roles: u64,
    /// The concept it states only where another one follows in the sentence, and that other one.
    pub opposed: Option<(TermId, TermId)>,
}

/// A concept, with its relations resolved.
#[derive(Clone, Debug)]
pub struct Term {
    /// Name as in the pipeline.
    pub name: String,
    /// Slot.
    pub slot: Slot,
    /// For parts: number of the exclusive group; 0 for none.
    pub group: u16,
    /// Whole of its group.
    pub whole: bool,
    /// Too general to stop the search further out.
    pub weak: bool,
    /// All terms it is a kind of, transitively.
    pub ancestors: Vec<TermId>,
    /// Words that say nothing new beside it (春节 beside 慰问).
    pub absorbs: Vec<String>,
    /// Means the whole agency.
    pub agency: bool,
    /// Belongs to the shared or common vocabulary, not to a domain.
    pub common: bool,
}

/// One complete description of an indicator.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Index into the catalogue's indicators.
    pub indicator: usize,
    /// Each group is satisfied by any of its terms.
    pub is: Vec<Vec<TermId>>,
    /// May be stated besides.
    pub with: Vec<TermId>,
    /// Must not be stated.
    pub not: Vec<TermId>,
    /// Needs a term of its own.
    pub own: bool,
    /// Binds a statement of zero.
    pub zero: bool,
}

/// A wording found in a text.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Byte offset of its start.
    pub start: usize,
    /// Byte offset of its end.
    pub end: usize,
    /// What it means.
    pub entry: Entry,
}

/// The indexed vocabulary of one domain.
pub struct Lexicon {
    index: Words,
    entries: Vec<Entry>,
    /// Terms, by id.
    pub terms: Vec<Term>,
    /// Rules of the common indicators and of the domain's, in the order of the indicators.
    pub rules: Vec<Rule>,
    by_term: Vec<Vec<u32>>,
    /// Of each term: the rules whose rarest group it satisfies.
    led_by: Vec<Vec<u32>>,
    /// Of each term: a bit for it and for each that it is a kind of, see [`bit`].
    bits: Vec<u64>,
    /// Of each rule: the bits of its first groups, one of which must be stated; all where it has fewer.
    needs: Vec<[u64; 3]>,
    names: FxHashMap<String, TermId>,
    generic: rustc_hash::FxHashSet<String>,
    leftover: rustc_hash::FxHashSet<String>,
    /// Words that state a term where they stand alone behind a figure.
    counted: FxHashMap<String, TermId>,
    /// Terms that are the opposite of one.
    opposites: Vec<TermId>,
    /// Wordings that deny: most paragraphs hold none.
    denials: Words,
    /// What makes itself felt beyond its sentence, where that has no figure: see [`Lexicon::reaches_out`].
    reaching: Words,
    /// A wording reaches over the end of a sentence, or has one bracket without the other.
    crossing: bool,
    /// The ends of clauses that stand within wordings (双随机，一公开), each with the characters beside it; a zero for none.
    spanned: Vec<[char; 3]>,
    /// Numbers of the exclusive groups of parts, by name.
    groups: FxHashMap<String, u16>,
}

/// Collects words, terms and rules; [`Builder::build`] makes the index.
#[derive(Clone, Default)]
pub struct Builder {
    words: std::collections::BTreeMap<String, Entry>,
    terms: Vec<Term>,
    under: Vec<Vec<String>>,
    names: FxHashMap<String, TermId>,
    groups: FxHashMap<String, u16>,
    rules: Vec<Rule>,
    leftover: rustc_hash::FxHashSet<String>,
    /// Words that state a term where they stand alone behind a figure.
    counted: FxHashMap<String, TermId>,
    funds: Vec<String>,
    /// Words that state a term only where the term of that name follows.
    opposed: Vec<(String, TermId, String)>,
}

/// Spellings of one wording that differ only in the form of brackets and quotation marks.
pub fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![word.to_string()];
    // Few words have any: the first bytes of these signs begin no Han character.
    if !word.bytes().any(|b| matches!(b, 0xe2 | 0xef)) {
        return all;
    }
    if word.contains('（') || word.contains('）') {
        all.push(word.replace('（', "(").replace('）', ")"));
    }
    if word.contains('“') {
        let more: Vec<String> = all
            .iter()
            .flat_map(|w| [w.replace(['“', '”'], "\""), w.replace(['“', '”'], "")])
            .collect();
        all.extend(more);
    }
    all
}

impl Builder {
    /// Adds a word with a role.
    pub fn role(&mut self, word: &str, bits: u64) {
        for w in spellings(word) {
            // An empty word would be everywhere.
            if !w.is_empty() {
                self.words.entry(w).or_default().roles |= bits;
            }
        }
    }

    /// Adds a name of a fund that holds 预算 but speaks of no scenario (一般公共预算支出).
    pub fn fund(&mut self, word: &str) {
        self.funds.push(word.to_string());
    }

    /// Adds a scrap that says nothing when it is all that is left of a word (市 of 市医保局, 者 of 出院者).
    pub fn leftover(&mut self, word: &str) {
        self.leftover.insert(word.to_string());
    }

    /// Adds a term, or words to one that is there; `common` where it belongs to no single domain.
    pub fn term(&mut self, t: &super::schema::TermEntry, common: bool) {
        let id = match self.names.get(&t.name) {
            Some(&id) => id,
            None => {
                let Ok(id) = TermId::try_from(self.terms.len()) else {
                    return;
                };
                self.names.insert(t.name.clone(), id);
                self.terms.push(Term {
                    name: t.name.clone(),
                    slot: t.slot,
                    group: 0,
                    whole: false,
                    weak: false,
                    ancestors: Vec::new(),
                    absorbs: Vec::new(),
                    agency: false,
                    common: false,
                });
                self.under.push(Vec::new());
                id
            }
        };
        let next = self.groups.len() as u16 + 1;
        let group = if t.group.is_empty() {
            0
        } else {
            *self.groups.entry(t.group.clone()).or_insert(next)
        };
        if let Some(term) = self.terms.get_mut(id as usize) {
            if group != 0 {
                term.group = group;
            }
            term.whole |= t.whole;
            term.weak |= t.weak;
            term.agency |= t.agency;
            term.common |= common;
            term.absorbs.extend(t.absorbs.iter().cloned());
        }
        if let Some(u) = self.under.get_mut(id as usize) {
            u.extend(t.under.iter().cloned());
        }
        for word in t.counted.iter().flat_map(|w| spellings(w)) {
            self.counted.insert(word, id);
        }
        for word in t.opposed.iter().flat_map(|w| spellings(w)) {
            self.opposed.push((word, id, t.opposite.clone()));
        }
        let own = (!t.unspoken).then_some(&t.name);
        for word in own.into_iter().chain(&t.words) {
            for w in spellings(word).into_iter().filter(|w| !w.is_empty()) {
                let e = self.words.entry(w).or_default();
                e.term = Some(id);
                if t.weak {
                    e.roles |= role::WEAK;
                }
            }
        }
    }

    /// Resolves `A|B` to term ids. A term that is not there satisfies nothing; `validate` tells it.
    fn group(&self, names: &str) -> Vec<TermId> {
        let known = names.split('|').map(|n| self.names.get(n).copied());
        known.flatten().collect()
    }

    /// Adds the rules of an indicator; terms must have been added.
    pub fn indicator(&mut self, index: usize, i: &super::schema::IndicatorEntry) {
        for is in std::iter::once(&i.is).chain(&i.or) {
            let groups = is.iter().map(|g| self.group(g)).collect::<Vec<_>>();
            let with = i.with.iter().flat_map(|g| self.group(g)).collect();
            let not = i.not.iter().flat_map(|g| self.group(g)).collect();
            if groups.is_empty() || groups.iter().any(Vec::is_empty) {
                continue;
            }
            self.rules.push(Rule {
                indicator: index,
                is: groups,
                with,
                not,
                own: i.own,
                zero: i.zero,
            });
        }
    }

    /// Resolves `under` and indexes the words.
    pub fn build(mut self) -> Lexicon {
        // Transitive closure of `under`; a cycle ends because each term is added once.
        let direct: Vec<Vec<TermId>> = self
            .under
            .iter()
            .map(|u| {
                u.iter()
                    .filter_map(|n| self.names.get(n).copied())
                    .collect()
            })
            .collect();
        for id in 0..self.terms.len() {
            let mut all: Vec<TermId> = Vec::new();
            let mut queue = direct.get(id).cloned().unwrap_or_default();
            while let Some(t) = queue.pop() {
                if t as usize != id && !all.contains(&t) {
                    all.push(t);
                    queue.extend(direct.get(t as usize).into_iter().flatten());
                }
            }
            all.sort_unstable();
            if let Some(t) = self.terms.get_mut(id) {
                t.ancestors = all;
            }
        }
        // A word that ends in one that speaks of money or persons does so too (高龄老人, 项目支出).
        // The same for budget and final account, but not from 预算 alone, which also ends names of funds (一般公共预算).
        for bit in [role::MONEY, role::PERSONS, role::BUDGET, role::ACTUAL] {
            let least = if bit == role::BUDGET { 9 } else { 0 };
            let ends: Vec<String> = self
                .words
                .iter()
                .filter(|(w, e)| e.roles & bit != 0 && w.len() >= least)
                .map(|(w, _)| w.clone())
                .collect();
            // By their last character, since few words end as any of them does.
            let mut by_last: FxHashMap<char, Vec<&str>> = FxHashMap::default();
            for end in &ends {
                if let Some(c) = end.chars().next_back() {
                    by_last.entry(c).or_default().push(end);
                }
            }
            let funds = &self.funds;
            for (word, e) in &mut self.words {
                let last = word.chars().next_back().and_then(|c| by_last.get(&c));
                if !last.is_some_and(|ends| ends.iter().any(|s| word.ends_with(s))) {
                    continue;
                }
                if bit != role::BUDGET || !funds.iter().any(|f| word.contains(f.as_str())) {
                    e.roles |= bit;
                }
            }
        }
        let mut opposites = Vec::new();
        for (word, term, opposite) in std::mem::take(&mut self.opposed) {
            if let Some(&opposite) = self.names.get(&opposite) {
                self.words.entry(word).or_default().opposed = Some((term, opposite));
                opposites.push(opposite);
            }
        }
        let index = Words::new(self.words.keys().map(String::as_str));
        let playing = |bits: u64| {
            let words = self.words.iter().filter(move |(_, e)| e.roles & bits != 0);
            words.map(|(w, _)| w.as_str())
        };
        let denials = Words::new(playing(role::NEGATION));
        let dates = period::DATES.iter().copied();
        let mut reaching: Vec<&str> = dates.chain(playing(role::NEGATION | role::SCOPE)).collect();
        reaching.sort_unstable();
        reaching.dedup();
        let reaching = Words::new(reaching.into_iter());
        let crossing = self.words.keys().any(|w| crosses(w));
        let mut spanned: Vec<[char; 3]> = Vec::new();
        self.words
            .iter()
            .for_each(|(w, e)| spans(w, e, &mut spanned));
        spanned.sort_unstable();
        spanned.dedup();
        let entries = self.words.values().copied().collect();
        let generic = self
            .words
            .iter()
            .filter(|(_, e)| e.roles & role::GENERIC != 0)
            .map(|(w, _)| w.clone())
            .collect();
        let mut by_term = vec![Vec::new(); self.terms.len()];
        self.rules.sort_by_key(|r| r.indicator);
        for (r, rule) in self.rules.iter().enumerate() {
            for &t in rule.is.iter().flatten() {
                if let Some(list) = by_term.get_mut(t as usize) {
                    list.push(r as u32);
                }
            }
        }
        let led_by = led_by(&self.terms, &self.rules, &by_term);
        let bits = self.terms.iter().enumerate().map(|(id, term)| {
            let kinds = term.ancestors.iter().map(|a| bit(*a));
            kinds.fold(bit(id as TermId), |all, of| all | of)
        });
        let needs = self.rules.iter().map(|rule| {
            let mut groups = rule.is.iter();
            let mut group = || {
                groups
                    .next()
                    .map_or(u64::MAX, |g| g.iter().fold(0, |all, t| all | bit(*t)))
            };
            [group(), group(), group()]
        });
        Lexicon {
            bits: bits.collect(),
            needs: needs.collect(),
            index,
            entries,
            terms: self.terms,
            rules: self.rules,
            by_term,
            led_by,
            names: self.names,
            generic,
            leftover: self.leftover,
            counted: self.counted,
            opposites,
            denials,
            reaching,
            crossing,
            spanned,
            groups: self.groups,
        }
    }
}

/// A bit for a term, which it shares with others: what has none of the bits of a group states no term of it.
fn bit(term: TermId) -> u64 {
    1 << (term & 63)
}

/// Whether a wording reaches over the end of a sentence, or has one bracket without the other.
fn crosses(word: &str) -> bool {
    let mut open = 0;
    for c in word.chars() {
        match clause::mark(c) {
            Some(Mark::Open) => open += 1,
            Some(Mark::Close) if open == 0 => return true,
            Some(Mark::Close) => open -= 1,
            _ if clause::ends_sentence(c) => return true,
            _ => {}
        }
    }
    open != 0
}

/// Adds the ends of clauses within a wording, with what stands beside them. What leads in a list (其中：) may end in a colon.
fn spans(word: &str, entry: &Entry, out: &mut Vec<[char; 3]>) {
    let mut before = '\0';
    let mut rest = word.chars();
    while let Some(c) = rest.next() {
        let after = rest.clone().next();
        let leads = entry.roles & role::SUBLIST != 0 && after.is_none();
        match clause::mark(c) {
            None | Some(Mark::List | Mark::Open | Mark::Close) => {}
            Some(Mark::Colon) if leads => {}
            Some(_) => out.push([before, c, after.unwrap_or('\0')]),
        }
        before = c;
    }
}

/// Of each term: the rules that it, or what it is a kind of, leads to. A rule needs a term of each of its groups, so it
/// is enough to look for it where a term of one of them is stated: the one that the fewest rules need.
fn led_by(terms: &[Term], rules: &[Rule], by_term: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let needed = |t: &TermId| by_term.get(*t as usize).map_or(0, Vec::len);
    let mut leads = vec![Vec::new(); terms.len()];
    for (r, rule) in rules.iter().enumerate() {
        let rarest = rule
            .is
            .iter()
            .min_by_key(|group| group.iter().map(needed).sum::<usize>());
        for &t in rarest.into_iter().flatten() {
            if let Some(list) = leads.get_mut(t as usize) {
                list.push(r as u32);
            }
        }
    }
    let of = |(id, term): (usize, &Term)| {
        let own = leads.get(id).into_iter().flatten();
        let wider = term.ancestors.iter().filter_map(|a| leads.get(*a as usize));
        let mut all: Vec<u32> = own.chain(wider.flatten()).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    terms.iter().enumerate().map(of).collect()
}

impl Lexicon {
    /// Wordings in `text`, left to right, longest first, not overlapping.
    pub fn words(&self, text: &str) -> impl Iterator<Item = Word> + use<> {
        let text = Scalars::new(text);
        let mut words = Vec::new();
        self.words_beside(&text, &text.whole(), &[], &mut words);
        words.into_iter()
    }

    /// Wordings of a stretch beside the ranges of `skip` (in order, not overlapping), which are figures and expressions of
    /// time.
    pub fn words_beside(
        &self,
        text: &Scalars,
        stretch: &Stretch,
        skip: &[std::ops::Range<usize>],
        out: &mut Vec<Word>,
    ) {
        out.reserve(stretch.places.len() / 4 + 4);
        self.index.find(text, stretch, skip, |word, start, end| {
            let entry = self.entries.get(word).copied().unwrap_or_default();
            out.push(Word { start, end, entry });
        });
    }

    /// Whether a stretch has a wording that denies (无, 未发生).
    pub fn denies(&self, text: &Scalars, stretch: &Stretch) -> bool {
        self.denials.is_in(text.chars_of(stretch)) && {
            let mut words = Vec::new();
            self.words_beside(text, stretch, &[], &mut words);
            words.iter().any(|w| w.entry.roles & role::NEGATION != 0)
        }
    }

    /// Whether a sentence without a figure may say more than what it is about: that something did not happen (无支出), what the rest
    /// of the paragraph is of (该项目), or a date that later ones are read against (3月30日、31日).
    pub fn reaches_out(&self, sentence: &[char]) -> bool {
        self.reaching.is_in(sentence)
    }

    /// Whether each sentence can be looked up by itself: no wording reaches over the end of one, or has one bracket without the
    /// other.
    pub fn keeps_to_sentences(&self) -> bool {
        !self.crossing
    }

    /// Whether the end of a clause at this place may be within a wording.
    pub fn may_span(&self, chars: &[char], place: usize) -> bool {
        let at = |n: Option<usize>| n.and_then(|n| chars.get(n)).copied().unwrap_or('\0');
        let (before, after) = (at(place.checked_sub(1)), at(place.checked_add(1)));
        let mark = at(Some(place));
        let here = |[a, m, b]: &[char; 3]| {
            *m == mark
                && [(*a, before), (*b, after)]
                    .iter()
                    .all(|(w, c)| *w == '\0' || w == c)
        };
        self.spanned.iter().any(here)
    }

    /// Whether a term is the opposite of one that other words state where it follows.
    pub fn is_opposite(&self, term: TermId) -> bool {
        self.opposites.contains(&term)
    }

    /// A term by id.
    pub fn term(&self, id: TermId) -> &Term {
        // Ids are made by the builder, so they are in range.
        &self.terms[id as usize]
    }

    /// Whether a word names a class of things (机构), which narrows only its own figure.
    pub fn is_generic(&self, word: &str) -> bool {
        self.generic.contains(word)
    }

    /// Whether a word left over by jieba is a scrap that says nothing.
    pub fn is_scrap(&self, word: &str) -> bool {
        self.leftover.contains(word)
    }

    /// Whether a word says nothing new beside one of these terms.
    pub fn absorbs(&self, term: TermId, word: &str) -> bool {
        self.term(term).absorbs.iter().any(|w| w == word)
    }

    /// The term that a word states where it stands alone behind a figure.
    pub fn counted(&self, word: &str) -> Option<TermId> {
        self.counted.get(word).copied()
    }

    /// A term by name.
    pub fn named(&self, name: &str) -> Option<TermId> {
        self.names.get(name).copied()
    }

    /// The rules of an indicator, by its place in the catalogue.
    pub fn rules_for(&self, indicator: usize) -> &[Rule] {
        let start = self.rules.partition_point(|r| r.indicator < indicator);
        let end = self.rules.partition_point(|r| r.indicator <= indicator);
        self.rules.get(start..end).unwrap_or_default()
    }

    /// Whether a rule of an indicator, by its place in the catalogue, asks for this very term.
    pub fn asks_for(&self, indicator: usize, term: TermId) -> bool {
        let rules = self.rules_for(indicator).iter();
        rules
            .flat_map(|r| r.is.iter().flatten())
            .any(|t| *t == term)
    }

    /// Whether a rule that binds statements of zero asks for this term, or for one that it is a kind of.
    pub fn may_be_zero(&self, term: TermId) -> bool {
        let zero = |r: &u32| self.rules.get(*r as usize).is_some_and(|r| r.zero);
        let of = |t: &TermId| self.rules_of(*t).iter().any(zero);
        of(&term) || self.term(term).ancestors.iter().any(of)
    }

    /// Rules that need this term.
    pub fn rules_of(&self, id: TermId) -> &[u32] {
        self.by_term.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// Rules that a statement of this term may satisfy; see [`Lexicon::rules_of`] for all that need it.
    pub fn rules_led_by(&self, id: TermId) -> &[u32] {
        self.led_by.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// The bits of a term and of all that it is a kind of, for [`Lexicon::may_hold`].
    pub fn bits(&self, id: TermId) -> u64 {
        self.bits.get(id as usize).copied().unwrap_or(u64::MAX)
    }

    /// Whether terms with these bits may be all that a rule needs; where not, it is certain that one is lacking.
    pub fn may_hold(&self, rule: u32, stated: u64) -> bool {
        let needs = self.needs.get(rule as usize);
        needs.is_none_or(|needs| needs.iter().all(|group| group & stated != 0))
    }

    /// Whether `term` is `of` or a kind of it.
    pub fn is_a(&self, term: TermId, of: TermId) -> bool {
        term == of || self.term(term).ancestors.binary_search(&of).is_ok()
    }
}
