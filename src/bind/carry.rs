//! What a figure inherits: the rules of ellipsis.
//!
//! A report says once what several figures measure. The state kept here is the *frame*, what the figure before was
//! understood to measure, and a stack of *heads*, the frames that a list breaks down:
//!
//! - an empty clause (8,246户20,317人) inherits everything;
//! - an event (退出523人) replaces the event and keeps topic and part (农村低保);
//! - a part (农村7,119户) replaces the part of its group;
//! - a topic (特困1,102人) begins anew; within a list (其中…) it must agree with the head;
//! - 其中, 包括, a bracket or a colon after a figure push its frame as head; `；`, the closing bracket or a clause of
//!   another kind than the list's members pop it;
//! - `。` ends the frame; its topics remain as paragraph context;
//! - 分别为 gives each figure the words of its own member of the enumeration.

use super::decide::{Evidence, Level};
use super::phrase::{Phrase, Prepared, Stated, closing};
use crate::analysis::Scenario;
use crate::catalogue::{Lexicon, Slot, TermId, role};
use crate::context::period::PeriodMention;
use crate::quantity::Quantity;
use crate::text::clause::Mark;
use std::ops::Range;

/// What the figure before was understood to measure.
#[derive(Clone, Default)]
struct Frame<'t> {
    evidence: Vec<Evidence>,
    residue: Vec<&'t str>,
    scenario: Option<Scenario>,
}

/// What distinguishes the members of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Part(u16),
    Topic,
    Act,
    Other,
}

struct Head<'t> {
    frame: Frame<'t>,
    bracket: bool,
    kind: Option<Kind>,
}

/// What separates a figure from the one before.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Separator {
    #[default]
    None,
    List,
    Clause,
    Group,
    Sentence,
    Close,
    Open,
}

/// The words a figure is decided on.
pub struct Own<'t> {
    /// Its own words.
    pub phrase: Phrase<'t>,
    /// They stand behind the figure.
    pub right: bool,
}

/// Members of an enumeration before 分别为.
struct Distribution<'t> {
    members: Vec<(Vec<Stated>, Vec<&'t str>)>,
    at: usize,
}

/// State of the walk over one paragraph.
#[derive(Default)]
pub struct State<'t> {
    frame: Frame<'t>,
    heads: Vec<Head<'t>>,
    ambient: Vec<Stated>,
    separator: Separator,
    listed: Option<Distribution<'t>>,
    /// The figure before belonged to an enumeration.
    delisted: bool,
    old: bool,
    /// Topics of earlier sentences of the paragraph.
    pub paragraph: Vec<TermId>,
    sentence: Vec<TermId>,
    /// Terms of the paragraph's opening label.
    pub lead: Vec<TermId>,
    /// Time stated in the sentence so far.
    pub time: Option<PeriodMention>,
    /// Where the words since the figure before begin, within the sentence.
    pub gap_start: usize,
    ambient_scenario: Option<Scenario>,
    unit: String,
}

impl<'t> State<'t> {
    /// Moves over the words between two figures; returns the byte range of the clause the next figure stands in.
    pub fn advance(
        &mut self,
        lexicon: &Lexicon,
        p: &Prepared<'t>,
        gap: Range<usize>,
        first: bool,
    ) -> Range<usize> {
        self.ambient.clear();
        self.ambient_scenario = None;
        self.separator = Separator::None;
        self.gap_start = gap.start;
        let marks = p.marks_in(&gap);
        let mut from = gap.start;
        let mut i = 0;
        while let Some(b) = marks.get(i) {
            let piece = from..b.start;
            let empty = p
                .text
                .get(piece.clone())
                .is_none_or(|s| s.trim().is_empty());
            match b.mark {
                Mark::List if empty => {
                    self.raise(Separator::List);
                    from = b.end;
                }
                Mark::List => {}
                Mark::Clause => {
                    self.pass(lexicon, p, piece, first);
                    self.raise(Separator::Clause);
                    from = b.end;
                }
                Mark::Colon => {
                    if empty && !first && from == gap.start {
                        self.push(false);
                    } else {
                        self.pass(lexicon, p, piece, first);
                    }
                    from = b.end;
                }
                Mark::Group => {
                    self.pass(lexicon, p, piece, first);
                    self.end_group(lexicon);
                    self.gap_start = b.end;
                    from = b.end;
                }
                Mark::Sentence => {
                    self.pass(lexicon, p, piece, first);
                    self.end_sentence(lexicon);
                    self.gap_start = b.end;
                    from = b.end;
                }
                Mark::Open => {
                    if let Some(close) = closing(marks, i) {
                        // A whole aside before the figure says nothing about it, unless it is all there is.
                        i = close;
                        if empty && let Some(c) = marks.get(close) {
                            from = c.end;
                        }
                    } else {
                        if !first && (empty || from == gap.start) {
                            self.push(true);
                        } else {
                            self.pass(lexicon, p, piece, first);
                            self.push(true);
                        }
                        self.separator = Separator::Open;
                        from = b.end;
                    }
                }
                Mark::Close => {
                    self.pop_bracket();
                    self.ambient.clear();
                    self.raise(Separator::Close);
                    from = b.end;
                }
            }
            i += 1;
        }
        from..gap.end
    }

    fn raise(&mut self, s: Separator) {
        if self.separator == Separator::None
            || self.separator == Separator::List
            || s == Separator::Close
        {
            self.separator = s;
        }
    }

    /// A clause without a figure, on the way.
    fn pass(&mut self, lexicon: &Lexicon, p: &Prepared<'t>, piece: Range<usize>, first: bool) {
        let phrase = p.phrase(lexicon, piece.clone(), false);
        if phrase.roles & role::SUBLIST != 0 && phrase.terms.is_empty() && !first {
            self.push(false);
        }
        if phrase.has(Slot::Topic) {
            self.ambient.clear();
        }
        self.sentence.extend(
            phrase
                .terms
                .iter()
                .filter(|t| t.slot == Slot::Topic)
                .map(|t| t.term),
        );
        self.ambient.extend(&phrase.terms);
        if let Some(s) = super::aspect::scenario(p, &piece) {
            self.ambient_scenario = Some(s);
        }
    }

    fn push(&mut self, bracket: bool) {
        if self.heads.len() < 16 {
            self.heads.push(Head {
                frame: self.frame.clone(),
                bracket,
                kind: None,
            });
        }
    }

    fn pop_bracket(&mut self) {
        while let Some(h) = self.heads.pop() {
            self.frame = h.frame;
            if h.bracket {
                break;
            }
        }
    }

    /// `；`: lists end; the topic stays as something that may, but need not, be meant.
    fn end_group(&mut self, lexicon: &Lexicon) {
        if let Some(h) = self.heads.drain(..).next() {
            self.frame = h.frame;
        }
        self.frame.residue.clear();
        self.frame
            .evidence
            .retain(|e| lexicon.term(e.term).slot == Slot::Topic);
        self.frame.evidence.iter_mut().for_each(|e| e.must = false);
        self.listed = None;
        self.separator = Separator::Group;
        self.old = false;
    }

    /// `。`: only the paragraph's topics remain.
    fn end_sentence(&mut self, lexicon: &Lexicon) {
        let chained = self
            .frame
            .evidence
            .iter()
            .chain(self.heads.iter().flat_map(|h| &h.frame.evidence))
            .filter(|e| e.level <= Level::Ambient && lexicon.term(e.term).slot == Slot::Topic)
            .map(|e| e.term);
        self.sentence.extend(chained);
        self.sentence.sort_unstable();
        self.sentence.dedup();
        if !self.sentence.is_empty() {
            self.paragraph = std::mem::take(&mut self.sentence);
        }
        self.frame = Frame::default();
        self.unit.clear();
        self.heads.clear();
        self.ambient.clear();
        self.ambient_scenario = None;
        self.listed = None;
        self.time = None;
        self.separator = Separator::Sentence;
        self.old = false;
    }

    /// Settles which words are the figure's own, and enters or leaves lists by what they say.
    pub fn own_words(
        &mut self,
        lexicon: &Lexicon,
        p: &Prepared<'t>,
        left: Phrase<'t>,
        right: Option<Phrase<'t>>,
        upcoming: usize,
    ) -> Own<'t> {
        self.old = left.roles & role::FROM != 0 && leads_to(p, &left);
        self.delisted = self.listed.is_some();
        if left.roles & role::SUBLIST != 0
            && self.separator != Separator::Sentence
            && self.separator != Separator::Group
        {
            self.push(false);
        }
        if left.roles & role::DISTRIBUTE != 0 {
            self.distribute(lexicon, p, &left, upcoming);
        } else if let Some(d) = &mut self.listed {
            if left.is_empty()
                && matches!(
                    self.separator,
                    Separator::List | Separator::Clause | Separator::None
                )
            {
                let gap = p.text.get(left.at.clone()).unwrap_or("");
                if self.separator != Separator::None || !gap.trim().is_empty() {
                    d.at += 1;
                }
            } else {
                self.listed = None;
            }
        }
        if let Some(d) = &self.listed {
            let (terms, residue) = d
                .members
                .get(d.at)
                .cloned()
                .unwrap_or((Vec::new(), vec!["分别"]));
            let phrase = Phrase {
                terms,
                residue,
                ..left
            };
            return Own {
                phrase,
                right: false,
            };
        }
        let mut own = Own {
            phrase: left,
            right: false,
        };
        if let Some(r) = right {
            let here = r.terms.first().is_some_and(|t| t.slot == Slot::Topic);
            if r.has(Slot::Topic) || own.phrase.terms.is_empty() {
                let mut terms = own.phrase.terms.clone();
                terms.extend(&r.terms);
                let mut residue = r.residue.clone();
                if !here {
                    residue.extend(&own.phrase.residue);
                }
                own = Own {
                    phrase: Phrase {
                        terms,
                        residue,
                        roles: own.phrase.roles | (r.roles & (role::TARGET | role::BUDGET)),
                        at: r.at.clone(),
                        tail: own.phrase.tail,
                    },
                    right: true,
                };
            }
        }
        self.leave_list(lexicon, &own.phrase);
        own
    }

    /// Leaves a list when a clause is of another kind than its members.
    fn leave_list(&mut self, lexicon: &Lexicon, own: &Phrase) {
        let kind = kind_of(lexicon, own);
        let Some(h) = self.heads.last_mut() else {
            return;
        };
        if own.is_bare(lexicon) {
            return;
        }
        match h.kind {
            None => h.kind = Some(kind),
            Some(k) if h.bracket || k == kind || kind == Kind::Other => {}
            Some(k) => {
                let belongs = match k {
                    Kind::Part(g) => own
                        .terms
                        .iter()
                        .any(|t| lexicon.term(t.term).group == g && g != 0),
                    Kind::Topic => own.has(Slot::Topic),
                    Kind::Act => own.has(Slot::Act),
                    Kind::Other => true,
                };
                if !belongs && let Some(h) = self.heads.pop() {
                    self.frame = h.frame;
                }
            }
        }
    }

    /// Reads the enumeration before 分别为.
    fn distribute(
        &mut self,
        lexicon: &Lexicon,
        p: &Prepared<'t>,
        left: &Phrase<'t>,
        upcoming: usize,
    ) {
        let Some(w) = p
            .words_in(&left.at)
            .iter()
            .find(|w| w.entry.roles & role::DISTRIBUTE != 0)
        else {
            return;
        };
        let before = left.at.start..w.start;
        let mut cuts: Vec<Range<usize>> = p
            .marks_in(&before)
            .iter()
            .filter(|b| b.mark == Mark::List)
            .map(|b| b.start..b.end)
            .collect();
        for sep in ["和", "与", "及", "以及"] {
            if let Some(s) = p.text.get(before.clone()) {
                cuts.extend(
                    s.match_indices(sep)
                        .map(|(i, m)| before.start + i..before.start + i + m.len()),
                );
            }
        }
        cuts.sort_unstable_by_key(|r| (r.start, r.end));
        let after = p.phrase(lexicon, w.end..left.at.end, true);
        let mut members: Vec<Phrase> = Vec::new();
        let mut from = before.start;
        for c in cuts {
            // A conjunction within a wording (结转和结余) is no separator.
            if c.start < from
                || p.words_in(&(before.start..c.start))
                    .iter()
                    .any(|w| w.start < c.start && w.end > c.start)
            {
                continue;
            }
            let piece = p.phrase(lexicon, from..c.start, true);
            from = c.end;
            if !piece.is_empty() {
                members.push(piece);
            }
        }
        members.push(p.phrase(lexicon, from..before.end, true));
        if members.len() < 2 || members.len() > upcoming {
            match self.listed.as_mut() {
                // 孤儿、事实无人抚养儿童分别为…，发放基本生活费分别为…
                Some(d) if members.len() == 1 => {
                    let more: Vec<Stated> = left.terms.clone();
                    for (terms, residue) in &mut d.members {
                        terms.extend(&more);
                        residue.extend(&left.residue);
                    }
                    d.at = 0;
                }
                _ => self.listed = None,
            }
            return;
        }
        let key = |t: &Stated| (t.slot, lexicon.term(t.term).group);
        let varying: Vec<(Slot, u16)> = {
            let mut keys: Vec<(Slot, u16)> = members
                .iter()
                .flat_map(|m| {
                    let mut k: Vec<_> = m.terms.iter().map(key).collect();
                    k.sort_unstable();
                    k.dedup();
                    k
                })
                .collect();
            keys.sort_unstable();
            let mut twice: Vec<(Slot, u16)> = keys
                .windows(2)
                .filter(|w| w.first() == w.last())
                .filter_map(|w| w.first().copied())
                .collect();
            twice.dedup();
            twice
        };
        let shared: Vec<Stated> = members
            .first()
            .into_iter()
            .chain(members.last())
            .flat_map(|m| &m.terms)
            .chain(&after.terms)
            .filter(|t| !varying.contains(&key(t)))
            .copied()
            .collect();
        let all = members
            .iter()
            .map(|m| {
                let mut terms: Vec<Stated> = m
                    .terms
                    .iter()
                    .filter(|t| varying.contains(&key(t)))
                    .copied()
                    .collect();
                terms.extend(&shared);
                (terms, m.residue.clone())
            })
            .collect();
        self.listed = Some(Distribution {
            members: all,
            at: 0,
        });
    }

    /// Everything that speaks for what the figure measures, within the sentence.
    pub fn evidence(&self, lexicon: &Lexicon, own: &Own<'t>) -> Vec<Evidence> {
        let phrase = &own.phrase;
        let mut ev: Vec<Evidence> = Vec::new();
        for t in &phrase.terms {
            add(&mut ev, t.term, Level::Own, true);
        }
        let slot = |t: TermId| lexicon.term(t).slot;
        let group_stated = |ev: &[Evidence], t: TermId| {
            ev.iter().any(|e| {
                slot(e.term) == Slot::Part && lexicon.term(e.term).group == lexicon.term(t).group
            })
        };
        let has_act = phrase.has(Slot::Act);
        let has_measure = phrase.has(Slot::Measure);
        let head = self.heads.last().map(|h| &h.frame);
        if phrase.has(Slot::Topic) {
            if let Some(h) = head {
                for e in &h.evidence {
                    let related = phrase
                        .terms
                        .iter()
                        .any(|t| lexicon.is_a(t.term, e.term) || lexicon.is_a(e.term, t.term));
                    let weak = lexicon.term(e.term).weak;
                    match slot(e.term) {
                        Slot::Topic if related || weak => {}
                        Slot::Topic => add(&mut ev, e.term, Level::Chain, e.must),
                        Slot::Act if !has_act => add(&mut ev, e.term, Level::Chain, e.must),
                        Slot::Part if !group_stated(&ev, e.term) => {
                            add(&mut ev, e.term, Level::Chain, e.must)
                        }
                        _ => {}
                    }
                }
            } else if self.separator == Separator::List && !has_act {
                for e in &self.frame.evidence {
                    if slot(e.term) == Slot::Act {
                        add(&mut ev, e.term, Level::Chain, e.must);
                    }
                }
            } else {
                self.add_ambient(lexicon, &mut ev, has_act, false);
            }
            // The same topic again, without its part: the part still holds (农村低保…人，发放低保金…).
            let again = phrase.terms.iter().any(|t| {
                t.slot == Slot::Topic
                    && !lexicon.term(t.term).weak
                    && self
                        .frame
                        .evidence
                        .iter()
                        .any(|e| e.term == t.term && e.level <= Level::Chain)
            });
            if head.is_none()
                && again
                && !self.delisted
                && matches!(self.separator, Separator::List | Separator::Clause)
            {
                for e in &self.frame.evidence {
                    if slot(e.term) == Slot::Part
                        && e.level <= Level::Chain
                        && !group_stated(&ev, e.term)
                    {
                        add(&mut ev, e.term, Level::Chain, e.must);
                    }
                }
            }
            return ev;
        }
        if self.ambient.iter().any(|t| t.slot == Slot::Topic) {
            self.add_ambient(lexicon, &mut ev, has_act, true);
            return ev;
        }
        let base = if phrase.is_bare(lexicon) {
            Some(&self.frame)
        } else {
            head.or(Some(&self.frame))
        };
        for e in base.into_iter().flat_map(|f| &f.evidence) {
            match slot(e.term) {
                Slot::Topic => add(&mut ev, e.term, e.level.max(Level::Chain), e.must),
                Slot::Act if !has_act => add(&mut ev, e.term, e.level.max(Level::Chain), e.must),
                Slot::Part if !group_stated(&ev, e.term) => {
                    add(&mut ev, e.term, e.level.max(Level::Chain), e.must)
                }
                Slot::Measure if phrase.is_empty() || !has_act && !has_measure => {
                    add(
                        &mut ev,
                        e.term,
                        e.level.max(Level::Chain),
                        e.must && phrase.is_empty(),
                    );
                }
                _ => {}
            }
        }
        self.add_ambient(lexicon, &mut ev, has_act, false);
        ev
    }

    /// Words of the clauses before, since the figure before: they may be meant.
    fn add_ambient(&self, lexicon: &Lexicon, ev: &mut Vec<Evidence>, has_act: bool, topics: bool) {
        for t in &self.ambient {
            let take = match t.slot {
                Slot::Topic => topics,
                Slot::Act => !has_act,
                Slot::Part => !ev.iter().any(|e| {
                    lexicon.term(e.term).slot == Slot::Part
                        && lexicon.term(e.term).group == lexicon.term(t.term).group
                }),
                Slot::Measure => false,
            };
            if take {
                add(ev, t.term, Level::Ambient, false);
            }
        }
    }

    /// Content words that nothing explains: the figure's own, and those of the figure it continues.
    pub fn residue(&self, own: &Own<'t>, evidence: &[Evidence], lexicon: &Lexicon) -> Vec<&'t str> {
        let mut all = own.phrase.residue.clone();
        let begins_anew = own.phrase.has(Slot::Topic)
            || evidence
                .iter()
                .any(|e| e.level == Level::Ambient && lexicon.term(e.term).slot == Slot::Topic);
        if !begins_anew && self.listed.is_none() {
            let base = if own.phrase.is_bare(lexicon) {
                &self.frame
            } else {
                self.heads.last().map_or(&self.frame, |h| &h.frame)
            };
            all.extend(&base.residue);
        } else if let Some(h) = self.heads.last() {
            all.extend(&h.frame.residue);
        }
        all
    }

    /// The figure belongs to an enumeration (分别为).
    pub fn is_listed(&self) -> bool {
        self.listed.is_some()
    }

    /// Scenario of the sentence so far.
    pub fn scenario(&self) -> Option<Scenario> {
        self.ambient_scenario.or(self.frame.scenario)
    }

    /// Unit of the figure before, where this one says nothing of its own.
    pub fn continued_unit(&self, own: &Own) -> Option<String> {
        (own.phrase.is_empty() && !self.unit.is_empty()).then(|| self.unit.clone())
    }

    /// The figure is the old value of a from–to statement.
    pub fn is_old_value(&self) -> bool {
        self.old
    }

    /// Takes the figure as what the next one may continue.
    pub fn after(
        &mut self,
        own: &Own<'t>,
        evidence: Vec<Evidence>,
        residue: Vec<&'t str>,
        scenario: Scenario,
        q: &Quantity,
    ) {
        self.unit.clone_from(&q.unit);
        self.sentence.extend(
            own.phrase
                .terms
                .iter()
                .filter(|t| t.slot == Slot::Topic)
                .map(|t| t.term),
        );
        self.frame = Frame {
            evidence: evidence
                .into_iter()
                .map(|e| Evidence {
                    must: e.must && e.level <= Level::Chain,
                    level: e.level.max(Level::Chain),
                    ..e
                })
                .collect(),
            residue,
            scenario: Some(scenario),
        };
    }
}

/// What distinguishes a clause in a list.
fn kind_of(lexicon: &Lexicon, own: &Phrase) -> Kind {
    if own.has(Slot::Topic) {
        return Kind::Topic;
    }
    if let Some(t) = own.terms.iter().find(|t| t.slot == Slot::Part) {
        return Kind::Part(lexicon.term(t.term).group);
    }
    if own.has(Slot::Act) {
        return Kind::Act;
    }
    Kind::Other
}

fn add(ev: &mut Vec<Evidence>, term: TermId, level: Level, must: bool) {
    match ev.iter_mut().find(|e| e.term == term) {
        Some(e) if e.level <= level => {}
        Some(e) => *e = Evidence { term, level, must },
        None => ev.push(Evidence { term, level, must }),
    }
}

/// Whether 提高到 and the like follow within the sentence before another 由.
fn leads_to(p: &Prepared, left: &Phrase) -> bool {
    let rest = left.at.end..p.text.len();
    let stop = p
        .marks_in(&rest)
        .iter()
        .find(|b| matches!(b.mark, Mark::Sentence | Mark::Group))
        .map_or(p.text.len(), |b| b.start);
    p.words_in(&(left.at.end..stop))
        .iter()
        .find(|w| w.entry.roles & (role::TO | role::FROM) != 0)
        .is_some_and(|w| w.entry.roles & role::TO != 0)
}
