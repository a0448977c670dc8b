//! 分别为: figures that belong, in order, to the things enumerated before.
//!
//! The enumeration stands before the word itself (城市、农村低保标准分别为735元、489元), or in a clause before it (社会散居孤儿、集中供养
//! 孤儿的…标准，今年分别提高到…), or it was made by figures of its own (集中41人、散居402人，标准分别为1510元、1180元). A new aspect of
//! an enumeration in force keeps its members (…分别为21350人、5870人，管理率分别达78.5%、77.9%).

use super::carry::{Kind, State, kind_of};
use super::decide::{Evidence, Level};
use super::phrase::{Phrase, Prepared, Stated};
use crate::catalogue::{Lexicon, Slot, TermId, role};
use crate::text::clause::Mark;
use std::ops::Range;

/// Terms and unexplained words of one member.
pub type Member<'t> = (Vec<Stated>, Vec<&'t str>);

/// Members of an enumeration before 分别为, and which of them the figure at hand belongs to.
pub struct Distribution<'t> {
    /// What each member states.
    pub members: Vec<Member<'t>>,
    /// Index of the figure's member.
    pub at: usize,
    /// Indicator that each member's figure was bound to, as far as they were.
    pub bound: Vec<Option<usize>>,
}

impl<'t> Distribution<'t> {
    /// The figure's member.
    pub fn member(&self) -> Option<&Member<'t>> {
        self.members.get(self.at)
    }
}

/// The last figures of one kind in a sentence, at most [`LONGEST`].
#[derive(Default)]
pub struct Run<'t> {
    kind: Option<Kind>,
    members: Vec<Member<'t>>,
    bound: Vec<Option<usize>>,
    /// Events and aspects that the last of them states itself.
    aspects: Vec<TermId>,
    /// They are members of one list: joined by 、, subdivisions of one group, or of one form (小学在校生…，初中在校生…).
    joined: bool,
    /// A `；` stands behind them: the next figure begins another run.
    ended: bool,
}

/// Longest enumeration that is followed.
pub const LONGEST: usize = 12;

impl<'t> Run<'t> {
    /// Forgets them.
    pub fn clear(&mut self) {
        self.kind = None;
        self.members.clear();
        self.bound.clear();
        self.joined = false;
        self.ended = false;
    }

    /// Whether its members differ in a subdivision of this group (农村低保…，城市低保…).
    pub fn varies(&self, lexicon: &Lexicon, group: u16) -> bool {
        let part = |m: &Member| {
            m.0.iter()
                .find(|t| t.slot == Slot::Part && lexicon.term(t.term).group == group)
                .map(|t| t.term)
        };
        self.members.windows(2).any(|w| match w {
            [a, b] => part(a) != part(b),
            _ => false,
        })
    }

    /// Whether a phrase names just a topic that is of one kind with the last member's: 孤儿56人，事实无人抚养儿童143人.
    pub fn has_sibling(&self, lexicon: &Lexicon, own: &Phrase) -> bool {
        let plain = |t: &Stated| matches!(t.slot, Slot::Topic | Slot::Part);
        let parents = |t: &Stated| {
            let term = lexicon.term(t.term);
            let kinds = if t.slot == Slot::Topic {
                &term.ancestors[..]
            } else {
                &[]
            };
            kinds.iter().copied().filter(|&a| !lexicon.term(a).weak)
        };
        let Some((last, _)) = self.members.last() else {
            return false;
        };
        !self.ended
            && own.terms.iter().all(plain)
            && own
                .terms
                .iter()
                .flat_map(parents)
                .any(|a| last.iter().flat_map(parents).any(|b| a == b))
    }

    /// Whether any of its members states this.
    pub fn has(&self, term: TermId) -> bool {
        let states = |m: &Member| m.0.iter().any(|s| s.term == term);
        self.members.iter().any(states)
    }

    /// What follows has been told from them.
    pub fn settle(&mut self) {
        self.joined = false;
    }

    /// `；`: they may still be referred to, but no further member follows.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// What all members of a list share, if the run is one.
    pub fn shared(&self) -> Option<impl Fn(&Lexicon, TermId) -> bool + use<'_, 't>> {
        (self.members.len() > 1 && self.joined).then_some(|lexicon: &Lexicon, t: TermId| {
            self.members
                .iter()
                .all(|(terms, _)| terms.iter().any(|s| lexicon.is_a(s.term, t)))
        })
    }

    /// Takes a figure that was decided on these words.
    pub fn add(
        &mut self,
        lexicon: &Lexicon,
        own: &Phrase<'t>,
        evidence: &[Evidence],
        residue: &[&'t str],
        (listed, bound): (bool, Option<usize>),
    ) {
        let kind = kind_of(lexicon, own);
        if !matches!(kind, Kind::Topic | Kind::Part(_)) {
            return;
        }
        let aspects: Vec<TermId> = own
            .terms
            .iter()
            .filter(|t| matches!(t.slot, Slot::Act | Slot::Measure))
            .map(|t| t.term)
            .collect();
        let alike = !aspects.is_empty() && aspects == self.aspects;
        self.aspects = aspects;
        if self.ended || self.kind != Some(kind) || self.members.len() >= LONGEST {
            self.clear();
        } else {
            self.joined |= listed || alike || matches!(kind, Kind::Part(_));
        }
        self.kind = Some(kind);
        let terms = evidence
            .iter()
            .filter(|e| e.level <= Level::Chain)
            .map(|e| Stated {
                term: e.term,
                slot: lexicon.term(e.term).slot,
            })
            .filter(|t| matches!(t.slot, Slot::Topic | Slot::Part))
            .collect();
        self.members.push((terms, residue.to_vec()));
        self.bound.push(bound);
    }
}

impl<'t> State<'t> {
    /// The enumeration that 分别为 in `left` refers to. Of the `upcoming` figures of the paragraph, `ahead` follow with
    /// nothing but 、 or 和 between them.
    pub(super) fn distribute(
        &self,
        lexicon: &Lexicon,
        p: &Prepared<'t>,
        left: &Phrase<'t>,
        (upcoming, ahead): (usize, usize),
    ) -> Option<Distribution<'t>> {
        let w = p
            .words_in(&left.at)
            .iter()
            .find(|w| w.entry.roles & role::DISTRIBUTE != 0)?;
        let before = left.at.start..w.start;
        let after = p.phrase(lexicon, w.end..left.at.end, true);
        let mut members = enumerated(lexicon, p, before.clone());
        let mut aspect: Vec<Stated> = Vec::new();
        let mut left_over = after.residue.clone();
        if members.len() < 2 {
            let here = p.phrase(lexicon, before, true);
            aspect = here.terms;
            left_over.extend(here.residue);
            // The enumeration stands in a clause before.
            for piece in self.passed.iter().rev() {
                members = enumerated(lexicon, p, piece.clone());
                if members.len() > 1 {
                    break;
                }
            }
        }
        if members.len() < 2
            && let Some(parts) = whole_parts(lexicon, &aspect, ahead)
        {
            // 城乡低保标准分别为735元、489元.
            aspect.retain(|t| !lexicon.term(t.term).whole);
            aspect.extend(&after.terms);
            let all = parts.into_iter().map(|part| {
                let terms = std::iter::once(part).chain(aspect.iter().copied());
                (terms.collect(), left_over.clone())
            });
            return Some(Distribution {
                members: all.collect(),
                at: 0,
                bound: Vec::new(),
            });
        }
        let mut bound = Vec::new();
        let mut all = if members.len() > 1 {
            share(lexicon, &members, &after)
        } else {
            let (before, indicators) = match &self.listed {
                Some(d) => (&d.members, &d.bound),
                None => (&self.run.members, &self.run.bound),
            };
            bound.clone_from(indicators);
            if before.len() < 2 || before.len() != ahead {
                return None;
            }
            aspect.extend(&after.terms);
            before
                .iter()
                .map(|(terms, residue)| {
                    let kept = terms
                        .iter()
                        .filter(|t| matches!(t.slot, Slot::Topic | Slot::Part));
                    (kept.copied().collect(), residue.clone())
                })
                .collect()
        };
        if all.len() < 2 || all.len() > upcoming {
            return None;
        }
        for (terms, residue) in &mut all {
            terms.extend(&aspect);
            residue.extend(&left_over);
        }
        Some(Distribution {
            members: all,
            at: 0,
            bound,
        })
    }
}

impl<'t> State<'t> {
    /// The things of which a figure is that of each: 收入总计、支出总计均为762万元.
    pub(super) fn each(
        &self,
        lexicon: &Lexicon,
        p: &Prepared<'t>,
        left: &Phrase<'t>,
    ) -> Vec<Member<'t>> {
        if left.roles & role::EACH == 0 {
            return Vec::new();
        }
        let words = p.words_in(&left.at);
        let Some(w) = words.iter().rfind(|w| w.entry.roles & role::EACH != 0) else {
            return Vec::new();
        };
        let after = p.phrase(lexicon, w.end..left.at.end, true);
        let before = left.at.start..w.start;
        let mut members = enumerated(lexicon, p, before.clone());
        let mut aspect = Vec::new();
        let mut left_over = after.residue.clone();
        if members.len() < 2 {
            // 社会散居孤儿、事实无人抚养儿童，基本生活费标准均为1000元.
            let here = p.phrase(lexicon, before, true);
            aspect = here.terms;
            left_over.extend(here.residue);
            let last = self.passed.last();
            members = last.map_or_else(Vec::new, |at| enumerated(lexicon, p, at.clone()));
        }
        if members.len() < 2 {
            return Vec::new();
        }
        let mut all = share(lexicon, &members, &after);
        for (terms, residue) in &mut all {
            terms.extend(&aspect);
            residue.extend(&left_over);
        }
        all
    }
}

/// The parts of a group whose whole is named (城乡: 城市, 农村), in their order, where there are so many as figures follow.
fn whole_parts(lexicon: &Lexicon, named: &[Stated], ahead: usize) -> Option<Vec<Stated>> {
    let whole = named
        .iter()
        .map(|t| lexicon.term(t.term))
        .find(|t| t.whole && t.group != 0)?;
    let parts: Vec<Stated> = (0..)
        .zip(&lexicon.terms)
        .filter(|(_, t)| t.group == whole.group && !t.whole)
        .map(|(term, t)| Stated { term, slot: t.slot })
        .collect();
    (parts.len() == ahead && ahead > 1).then_some(parts)
}

/// The pieces of an enumeration: split at 、 and conjunctions that are no part of a wording.
pub(super) fn enumerated<'t>(
    lexicon: &Lexicon,
    p: &Prepared<'t>,
    at: Range<usize>,
) -> Vec<Phrase<'t>> {
    let text = p.text.get(at.clone()).unwrap_or("");
    let mut cuts: Vec<Range<usize>> = p
        .marks_in(&at)
        .iter()
        .filter(|b| b.mark == Mark::List)
        .map(|b| b.start..b.end)
        .collect();
    for sep in ["和", "与", "及", "以及"] {
        cuts.extend(
            text.match_indices(sep)
                .map(|(i, m)| at.start + i..at.start + i + m.len()),
        );
    }
    cuts.sort_unstable_by_key(|r| (r.start, r.end));
    let mut members: Vec<Phrase> = Vec::new();
    let mut from = at.start;
    let words = p.words_in(&at);
    let mut next = 0;
    for c in cuts.into_iter().take(LONGEST * 2) {
        while words.get(next).is_some_and(|w| w.end <= c.start) {
            next += 1;
        }
        // A conjunction within a wording (结转和结余) is no separator.
        let inside = words
            .get(next)
            .is_some_and(|w| w.start <= c.start && w.end > c.end || w.start < c.start);
        if c.start < from || inside {
            continue;
        }
        let piece = p.phrase(lexicon, from..c.start, true);
        from = c.end;
        if !piece.is_empty() {
            members.push(piece);
        }
    }
    let last = p.phrase(lexicon, from..at.end, true);
    if !members.is_empty() {
        let tail = p.text.get(last.at.clone()).unwrap_or("");
        for m in &mut members {
            complete(lexicon, p, m, tail);
        }
    }
    members.push(last);
    members
}

/// A member that is the first half of a wording whose second half the last one states: 货物、工程、服务采购.
fn complete(lexicon: &Lexicon, p: &Prepared, member: &mut Phrase, tail: &str) {
    let Some(head) = p.text.get(member.at.clone()) else {
        return;
    };
    if head.is_empty() || head.len() > 60 {
        return;
    }
    let from = tail.len()
        - tail
            .char_indices()
            .rev()
            .take(16)
            .last()
            .map_or(0, |(i, _)| tail.len() - i);
    for (i, _) in tail.get(from..).unwrap_or("").char_indices().skip(1) {
        let Some(rest) = tail.get(from + i..) else {
            continue;
        };
        let whole = format!("{head}{rest}");
        let crossing = lexicon
            .words(&whole)
            .find(|w| w.start < head.len() && w.end > head.len())
            .filter(|w| w.entry.term.is_some());
        if crossing.is_some() {
            member.terms = lexicon
                .words(&whole)
                .filter_map(|w| w.entry.term)
                .map(|term| Stated {
                    term,
                    slot: lexicon.term(term).slot,
                })
                .collect();
            member.residue.clear();
            return;
        }
    }
}

/// Gives each member what all share: what the first states before it, and the last (or the words after 分别为) behind it.
fn share<'t>(lexicon: &Lexicon, members: &[Phrase<'t>], after: &Phrase<'t>) -> Vec<Member<'t>> {
    let key = |t: &Stated| (t.slot, lexicon.term(t.term).group);
    let mut keys: Vec<(Slot, u16)> = Vec::new();
    for m in members {
        let mut k: Vec<_> = m.terms.iter().map(key).collect();
        k.sort_unstable();
        k.dedup();
        keys.extend(k);
    }
    keys.sort_unstable();
    let varying = |t: &Stated| keys.iter().filter(|k| **k == key(t)).count() > 1;
    let shared: Vec<Stated> = members
        .first()
        .into_iter()
        .chain(members.last())
        .flat_map(|m| &m.terms)
        .chain(&after.terms)
        .filter(|t| !varying(t))
        .copied()
        .collect();
    members
        .iter()
        .map(|m| {
            let mut terms: Vec<Stated> = m.terms.iter().filter(|t| varying(t)).copied().collect();
            terms.extend(&shared);
            (terms, m.residue.clone())
        })
        .collect()
}
