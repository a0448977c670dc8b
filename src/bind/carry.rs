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
use super::list::{Distribution, Run};
use super::phrase::{Phrase, Prepared, Stated};
use crate::analysis::Scenario;
use crate::catalogue::{Lexicon, Slot, TermId, role};
use crate::context::period::PeriodMention;
use crate::text::clause::Mark;
use std::ops::Range;

/// What the figure before was understood to measure.
#[derive(Clone, Default)]
struct Frame<'t> {
    evidence: Vec<Evidence>,
    residue: Vec<&'t str>,
    scenario: Option<Scenario>,
    unit: String,
    /// Indicator it was bound to.
    bound: Option<usize>,
}

/// What distinguishes the members of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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

/// State of the walk over one paragraph.
#[derive(Default)]
pub struct State<'t> {
    frame: Frame<'t>,
    heads: Vec<Head<'t>>,
    ambient: Vec<Stated>,
    separator: Separator,
    pub(super) listed: Option<Distribution<'t>>,
    /// The last figures of one kind in this sentence: what 分别为 without an enumeration refers to.
    pub(super) run: Run<'t>,
    /// Clauses without a figure since the figure before, within the sentence.
    pub(super) passed: Vec<Range<usize>>,
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
    /// What narrows the whole rest of the paragraph (该项目).
    pub scope: Option<&'t str>,
    /// What the paragraph's first figure is about: a topic, or the agency itself.
    pub first: Option<TermId>,
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
        self.passed.clear();
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
                        self.pass(lexicon, p, piece.clone(), first);
                        // 年度任务：… announces aims; a clause that merely mentions a 任务 does not.
                        if super::aspect::scenario(p, &piece) == Some(Scenario::Target) {
                            self.ambient_scenario = Some(Scenario::Target);
                        }
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
                    if let Some(close) = p.closing(&gap, i) {
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
        self.passed.push(piece.clone());
        if let Some(s) = super::aspect::scenario(p, &piece).filter(|s| *s != Scenario::Target) {
            self.ambient_scenario = Some(s);
        }
        self.narrow(p, &phrase);
    }

    /// Takes note of words that narrow the rest of the paragraph.
    fn narrow(&mut self, p: &Prepared<'t>, phrase: &Phrase) {
        if phrase.roles & role::SCOPE != 0 {
            self.scope = p
                .words_in(&phrase.at)
                .iter()
                .rfind(|w| w.entry.roles & role::SCOPE != 0)
                .and_then(|w| p.text.get(w.start..w.end));
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
        self.contrast(lexicon);
        self.run.end();
        if let Some(h) = self.heads.drain(..).next() {
            self.frame = h.frame;
        }
        self.frame.residue.clear();
        self.frame
            .evidence
            .retain(|e| lexicon.term(e.term).slot == Slot::Topic);
        self.frame.evidence.iter_mut().for_each(|e| e.must = false);
        self.frame.scenario = self.frame.scenario.filter(|s| *s != Scenario::Target);
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
        self.heads.clear();
        self.ambient.clear();
        self.passed.clear();
        self.run.clear();
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
        upcoming: (usize, usize),
    ) -> Own<'t> {
        self.old = left.roles & role::FROM != 0 && p.leads(&left.at);
        self.narrow(p, &left);
        let was = self.listed.is_some();
        let breaks = matches!(self.separator, Separator::Sentence | Separator::Group);
        let composed = left.roles & role::FROM != 0 && !self.old && p.composes(&left.at);
        if (left.roles & role::SUBLIST != 0 || composed) && !breaks {
            self.push(false);
        }
        if left.roles & role::DISTRIBUTE != 0 {
            self.listed = self.distribute(lexicon, p, &left, upcoming);
            if self.listed.is_none() && !breaks && !left.terms.is_empty() {
                // 分别为社会团体53家、…: what follows are parts of the figure before.
                self.push(false);
            }
        } else if let Some(mut d) = self.listed.take() {
            let gap = p.text.get(left.at.clone()).unwrap_or("");
            let joined = matches!(
                self.separator,
                Separator::List | Separator::Clause | Separator::None
            );
            if left.roles & role::TOTAL == 0 && left.is_empty() && joined {
                if left.roles & role::TO != 0 {
                    // 分别由645元、620元提高到672元、655元: the new values begin again.
                    d.at = 0;
                } else if self.separator != Separator::None || !gap.trim().is_empty() {
                    d.at += 1;
                }
                if d.at < d.members.len() {
                    self.listed = Some(d);
                } else {
                    self.leave_distribution(&d);
                }
            } else {
                self.leave_distribution(&d);
            }
        }
        self.delisted = was && self.listed.is_none();
        // 集中181名，分散1002名，支出1408万元: of both.
        if self.separator == Separator::Clause
            && self.listed.is_none()
            && left.roles & (role::SUBLIST | role::SHARE) == 0
            && right.is_none()
            && left.residue.is_empty()
            && kind_of(lexicon, &left) != Kind::Topic
            && !matches!(kind_of(lexicon, &left), Kind::Part(_))
            && (!left.terms.is_empty() || left.roles & role::MONEY != 0)
        {
            self.contrast(lexicon);
            self.heads.retain(|h| h.bracket);
        }
        if let Some((terms, residue)) = self.listed.as_ref().and_then(Distribution::member) {
            let phrase = Phrase {
                terms: terms.clone(),
                residue: residue.clone(),
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

    /// After the members of a list (企业2.36万户、个体工商户7.42万户) what is said next is not said of the last one alone:
    /// only what all share still holds, or what was stated before as the whole of them.
    fn contrast(&mut self, lexicon: &Lexicon) {
        let run = std::mem::take(&mut self.run);
        let Some(shared) = run.shared() else {
            self.run = run;
            return;
        };
        self.frame.evidence.retain(|e| {
            !matches!(lexicon.term(e.term).slot, Slot::Topic | Slot::Part)
                || shared(lexicon, e.term)
        });
        let mut wholes: Vec<TermId> = self
            .sentence
            .iter()
            .copied()
            .filter(|&t| shared(lexicon, t))
            .collect();
        wholes.dedup();
        for t in wholes {
            add(&mut self.frame.evidence, t, Level::Chain, false);
        }
        drop(shared);
        // They may still be referred to (三项依次为…).
        self.run = run;
        self.run.settle();
    }

    /// After an enumeration only what all its members share still holds.
    fn leave_distribution(&mut self, d: &Distribution<'t>) {
        let shared = |t: TermId| {
            d.members
                .iter()
                .all(|(terms, _)| terms.iter().any(|s| s.term == t))
        };
        self.frame.evidence.retain(|e| shared(e.term));
        self.frame.residue.clear();
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

    /// Everything that speaks for what the figure measures, within the sentence.
    pub fn evidence(&self, lexicon: &Lexicon, own: &Own<'t>, unit: &str) -> Vec<Evidence> {
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
        // 总数达34处 after 新建22处: what there is, not what was done.
        let has_act = has_act || phrase.roles & role::STOCK != 0;
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
            self.add_ambient_measure(&mut ev, phrase, unit);
            let topics = self.ambient.iter().filter(|t| t.slot == Slot::Topic);
            if phrase.is_bare(lexicon) && topics.count() == 1 {
                // 全部是经费拨款，为9312万元: the clause before is its subject.
                for e in ev.iter_mut().filter(|e| e.level == Level::Ambient) {
                    e.level = Level::Chain;
                }
            }
            return ev;
        }
        let base = if phrase.is_bare(lexicon) || phrase.is_aspect() {
            Some(&self.frame)
        } else {
            head.or(Some(&self.frame))
        };
        let counted = base.map_or("", |f| f.unit.as_str());
        let comparable = base.is_some_and(|f| super::unit::comparable(&f.unit, unit));
        for e in base.into_iter().flat_map(|f| &f.evidence) {
            match slot(e.term) {
                Slot::Topic => add(&mut ev, e.term, e.level.max(Level::Chain), e.must),
                Slot::Act if !has_act => add(
                    &mut ev,
                    e.term,
                    e.level.max(Level::Chain),
                    // 注销8个，年检参检率93.8%: an aspect in another unit need not be one of the event.
                    e.must && (comparable || !has_measure),
                ),
                Slot::Part if !group_stated(&ev, e.term) => {
                    add(&mut ev, e.term, e.level.max(Level::Chain), e.must)
                }
                // A standard of 1万元 says nothing about the 61人次 after it.
                Slot::Measure
                    if comparable
                        && (phrase.is_empty()
                            || !has_act && !has_measure
                            // 床位1610张，其中新增90张.
                            || head.is_some() && has_act && !has_measure && unit == counted) =>
                {
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
        self.add_ambient_measure(&mut ev, phrase, unit);
        ev
    }

    /// 月供养标准，分散由100元调至150元: the aspect stands in the clause before the parts.
    fn add_ambient_measure(&self, ev: &mut Vec<Evidence>, own: &Phrase, unit: &str) {
        let rate = unit.contains('/') || own.roles & (role::FROM | role::TO) != 0;
        if rate && !own.terms.iter().any(|t| t.slot != Slot::Part) {
            for t in self.ambient.iter().filter(|t| t.slot == Slot::Measure) {
                add(ev, t.term, Level::Ambient, false);
            }
        }
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
            // 其中市财政按集中3500元、分散2300元: the words before the first part hold for the second.
            let sibling = self.separator == Separator::List
                && matches!(kind_of(lexicon, &own.phrase), Kind::Part(_));
            let base = if own.phrase.is_bare(lexicon) || own.phrase.is_aspect() || sibling {
                &self.frame
            } else {
                self.heads.last().map_or(&self.frame, |h| &h.frame)
            };
            all.extend(&base.residue);
        } else if let Some(h) = self.heads.last() {
            let generic = |w: &&&str| !lexicon.is_generic(w);
            all.extend(h.frame.residue.iter().filter(generic));
        }
        all.extend(self.scope);
        all
    }

    /// The figure is part of a whole (其中) that was bound to nothing.
    pub fn is_of_unknown(&self) -> bool {
        self.heads.last().is_some_and(|h| h.frame.bound.is_none())
    }

    /// The figure belongs to an enumeration (分别为).
    pub fn is_listed(&self) -> bool {
        self.listed.is_some()
    }

    /// In an enumeration: what its member's figure before was bound to (…分别为5万元、6万元，分别增长3%、4%).
    pub fn member_bound(&self) -> Option<Option<usize>> {
        let d = self.listed.as_ref()?;
        d.bound.get(d.at).copied()
    }

    /// Scenario of the sentence so far.
    pub fn scenario(&self) -> Option<Scenario> {
        self.ambient_scenario.or(self.frame.scenario)
    }

    /// Unit of the figure before, where this one says nothing of its own.
    pub fn continued_unit(&self, own: &Own) -> Option<String> {
        (own.phrase.is_empty() && !self.frame.unit.is_empty()).then(|| self.frame.unit.clone())
    }

    /// The figure is the old value of a from–to statement.
    pub fn is_old_value(&self) -> bool {
        self.old
    }

    /// Takes the figure as what the next one may continue.
    pub fn after(
        &mut self,
        lexicon: &Lexicon,
        own: &Own<'t>,
        evidence: Vec<Evidence>,
        residue: Vec<&'t str>,
        scenario: Scenario,
        (unit, bound): (&str, Option<usize>),
    ) {
        let listed = self.separator == Separator::List || !self.heads.is_empty();
        self.run
            .add(lexicon, &own.phrase, &evidence, &residue, (listed, bound));
        if let Some(d) = &mut self.listed {
            d.bound.resize(d.members.len(), None);
            if let Some(slot) = d.bound.get_mut(d.at) {
                *slot = bound;
            }
        }
        if self.first.is_none() {
            let topic = |e: &&Evidence| {
                e.level <= Level::Chain
                    && (is_strong(lexicon, e.term) || lexicon.term(e.term).agency)
            };
            self.first = evidence.iter().find(topic).map(|e| e.term);
        }
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
            unit: unit.to_string(),
            bound,
        };
    }
}

/// A topic that is not too general.
pub(super) fn is_strong(lexicon: &Lexicon, term: TermId) -> bool {
    let t = lexicon.term(term);
    t.slot == Slot::Topic && !t.weak
}

/// What distinguishes a clause in a list.
pub(super) fn kind_of(lexicon: &Lexicon, own: &Phrase) -> Kind {
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
