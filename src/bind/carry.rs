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

mod asked;
mod members;

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
pub(super) struct Frame<'t> {
    pub(super) evidence: Vec<Evidence>,
    pub(super) residue: Vec<&'t str>,
    scenario: Option<Scenario>,
    pub(super) unit: String,
    /// Indicator it was bound to.
    bound: Option<usize>,
}

impl Frame<'_> {
    /// Indicator that the figure was bound to.
    pub(super) fn bound(&self) -> Option<usize> {
        self.bound
    }
}

/// Most topics of a sentence that are remembered.
pub(super) const TOPICS: usize = 64;

/// What distinguishes the members of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Part(u16),
    Topic,
    Act,
    Other,
}

pub(super) struct Head<'t> {
    pub(super) frame: Frame<'t>,
    /// The list that a bracket interrupts: it goes on behind it (孤儿38人（散居29人），事实无人抚养儿童95人).
    run: Option<Run<'t>>,
    bracket: bool,
    kind: Option<Kind>,
    /// How many members have been told.
    members: u8,
}

/// What separates a figure from the one before.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Separator {
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
    pub(super) frame: Frame<'t>,
    pub(super) heads: Vec<Head<'t>>,
    pub(super) ambient: Vec<Stated>,
    pub(super) separator: Separator,
    pub(super) listed: Option<Distribution<'t>>,
    /// The last figures of one kind in this sentence: what 分别为 without an enumeration refers to.
    pub(super) run: Run<'t>,
    /// Clauses without a figure since the figure before, within the sentence.
    pub(super) passed: Vec<Range<usize>>,
    /// The figure before belonged to an enumeration.
    pub(super) delisted: bool,
    old: bool,
    /// Time of an old value, for the figures beside it (由年初的A户B人增至…).
    pub old_time: Option<PeriodMention>,
    /// The section speaks of aims.
    aims: bool,
    /// Where the wording of the topic stands that the figure before was told with.
    pub(super) told: Option<Range<usize>>,
    /// What the figures before that one were understood to measure, the last few of the sentence.
    earlier: Vec<Frame<'t>>,
    /// Events and aspects of the sentence that were told outside of lists.
    pub(super) aspects: Vec<TermId>,
    /// Terms of a label before a colon: of all that it heads, to the end of the sentence.
    pub(super) label: Vec<Stated>,
    /// The figure at hand is counted in another unit than what the list in force breaks down.
    pub(super) other_unit: bool,
    /// Topics of earlier sentences of the paragraph, as far as they are read.
    pub paragraph: Vec<TermId>,
    /// Sentences since those that are not read: their topics would take the place of `paragraph`.
    pub(super) unheard: Vec<Range<usize>>,
    sentence: Vec<TermId>,
    /// Terms of the paragraph's opening label.
    pub lead: Vec<TermId>,
    /// Time stated in the sentence so far.
    pub time: Option<PeriodMention>,
    /// Figures since the last `；` or `。`, and the time that held before the first of them where a later one states its own:
    /// 客运量126万人次，2021年为158万人次；货运量… is not of 2021.
    pub since: usize,
    outer_time: Option<Option<PeriodMention>>,
    /// Where the words since the figure before begin, within the sentence.
    pub gap_start: usize,
    ambient_scenario: Option<Scenario>,
    /// What narrows the whole rest of the paragraph (该项目).
    pub scope: Option<&'t str>,
    /// What narrows the rest of the sentence (国庆期间), and the term that it is, if any.
    pub occasion: Option<(&'t str, Option<TermId>)>,
    /// What the paragraph's first figure is about: a topic, or the agency itself.
    pub first: Option<TermId>,
}

impl<'t> State<'t> {
    /// The state at the beginning of a paragraph; `aims` where its section speaks of aims.
    pub fn among(aims: bool) -> Self {
        State {
            aims,
            ..State::default()
        }
    }

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
            let empty = || {
                let words = p.text.get(from..b.start);
                words.is_none_or(|s| s.trim().is_empty())
            };
            match b.mark {
                Mark::List if empty() => {
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
                    if !first && from == gap.start && empty() {
                        self.push(false);
                    } else {
                        self.pass(lexicon, p, piece.clone(), first);
                        // 年度任务：… announces aims; a clause that merely mentions a 任务 does not.
                        if super::aspect::scenario(p, &piece, self.aims) == Some(Scenario::Target) {
                            self.ambient_scenario = Some(Scenario::Target);
                        }
                        self.label = p.phrase(lexicon, piece, false).terms;
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
                    if p.leaves_out(from) {
                        self.unheard.push(piece.start..b.end);
                    } else {
                        self.pass(lexicon, p, piece, first);
                    }
                    self.end_sentence(lexicon);
                    self.gap_start = b.end;
                    from = b.end;
                }
                Mark::Open => {
                    if let Some(close) = p.closing(&gap, i) {
                        // A whole aside before the figure says nothing about it, unless it is all there is.
                        i = close;
                        if empty()
                            && let Some(c) = marks.get(close)
                        {
                            from = c.end;
                        }
                    } else {
                        if !first && (from == gap.start || empty()) {
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
        self.note_topics(&phrase.terms);
        self.ambient.extend(&phrase.terms);
        self.passed.push(piece.clone());
        if phrase.says & super::aspect::SCENARIO != 0
            && let Some(s) = super::aspect::scenario(p, &piece, self.aims)
            && s != Scenario::Target
        {
            self.ambient_scenario = Some(s);
        }
        self.narrow(lexicon, p, &phrase);
    }

    /// Remembers the topics of the sentence, each once.
    fn note_topics(&mut self, terms: &[Stated]) {
        for t in terms.iter().filter(|t| t.slot == Slot::Topic) {
            if self.sentence.len() < TOPICS && !self.sentence.contains(&t.term) {
                self.sentence.push(t.term);
            }
        }
    }

    /// Takes note of words that narrow the rest of the paragraph, or of the sentence.
    fn narrow(&mut self, lexicon: &Lexicon, p: &Prepared<'t>, phrase: &Phrase) {
        let text = || p.text.get(phrase.at.clone()).unwrap_or("");
        if self.occasion.is_some() && text().contains("全年") {
            self.occasion = None;
        }
        if phrase.roles & role::OCCASION != 0 {
            let words = p.words_in(&phrase.at).iter();
            let mut words = words.filter(|w| w.entry.roles & role::OCCASION != 0);
            self.occasion = words
                .next_back()
                .and_then(|w| Some((p.text.get(w.start..w.end)?, w.entry.term)));
        }
        if let Some(among) = Self::told_among(lexicon, p, phrase) {
            self.occasion = Some(among);
        }
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
                run: bracket.then(|| std::mem::take(&mut self.run)),
                bracket,
                kind: None,
                members: 0,
            });
        }
    }

    fn pop_bracket(&mut self) {
        while let Some(h) = self.heads.pop() {
            self.frame = h.frame;
            if let Some(run) = h.run {
                self.run = run;
            }
            if h.bracket {
                break;
            }
        }
    }

    /// Takes note of the time that a figure states.
    pub fn set_time(&mut self, m: &PeriodMention) {
        if self.since > 0 && self.outer_time.is_none() {
            self.outer_time = Some(self.time.clone());
        }
        self.time = Some(m.clone());
    }

    /// How many brackets are open.
    pub(super) fn brackets(&self) -> usize {
        self.heads.iter().filter(|h| h.bracket).count()
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
        self.earlier.clear();
        self.occasion = None;
        self.listed = None;
        if let Some(time) = self.outer_time.take() {
            self.time = time;
        }
        self.since = 0;
        self.separator = Separator::Group;
        self.old = false;
    }

    /// `。`: only the paragraph's topics remain.
    fn end_sentence(&mut self, lexicon: &Lexicon) {
        // Within a list the whole remains, not the part that was told last.
        let whole = self.heads.first().map_or(&self.frame, |h| &h.frame);
        let chained = whole
            .evidence
            .iter()
            .filter(|e| e.level <= Level::Ambient && lexicon.term(e.term).slot == Slot::Topic)
            .map(|e| e.term);
        self.sentence.extend(chained);
        let told = !self.sentence.is_empty();
        if let Some(shared) = self.run.shared() {
            let run = &self.run;
            self.sentence.retain(|&t| !run.has(t) || shared(lexicon, t));
        }
        self.sentence.sort_unstable();
        self.sentence.dedup();
        if told {
            self.paragraph = std::mem::take(&mut self.sentence);
            self.unheard.clear();
        }
        self.frame = Frame::default();
        self.heads.clear();
        self.ambient.clear();
        self.passed.clear();
        self.run.clear();
        self.ambient_scenario = None;
        self.label.clear();
        self.earlier.clear();
        self.aspects.clear();
        self.told = None;
        self.occasion = None;
        self.listed = None;
        self.time = None;
        self.outer_time = None;
        self.since = 0;
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
        unit: &str,
    ) -> Own<'t> {
        let beside = self.old
            && self.separator == Separator::None
            && left.is_empty()
            && left.roles & role::TO == 0;
        self.old = beside || left.roles & role::FROM != 0 && p.leads(&left.at);
        self.narrow(lexicon, p, &left);
        let was = self.listed.is_some();
        let breaks = matches!(self.separator, Separator::Sentence | Separator::Group);
        let composed = left.roles & role::FROM != 0 && !self.old && p.composes(&left.at);
        if (left.roles & role::SUBLIST != 0 || composed) && !breaks {
            self.resume(lexicon, unit);
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
                    self.leave_distribution(lexicon, &d);
                }
            } else {
                self.leave_distribution(lexicon, &d);
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
            && !self.tells_of_member(lexicon, &left)
            && !self.spends(&left)
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
        if (self.separator == Separator::List || own.phrase.roles & role::SUBLIST != 0)
            && let Some(term) = self.second_half(lexicon, p, &own.phrase)
        {
            own.phrase.terms.push(term);
            own.phrase.residue.clear();
        }
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
                        says: own.phrase.says | r.says,
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

    /// Takes the figure as what the next one may continue. `scenario` where the sentence says it.
    pub fn after(
        &mut self,
        lexicon: &Lexicon,
        own: &Own<'t>,
        evidence: Vec<Evidence>,
        residue: Vec<&'t str>,
        scenario: Option<Scenario>,
        (unit, bound): (&str, Option<usize>),
    ) {
        let listed = self.separator == Separator::List
            || !self.heads.is_empty()
            || unit == self.frame.unit && self.run.has_sibling(lexicon, &own.phrase);
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
        // A part of a whole (其中医院11家) is not what the paragraph goes on about.
        if self.heads.is_empty() {
            self.note_topics(&own.phrase.terms);
            let aspect = |t: &&Stated| matches!(t.slot, Slot::Act | Slot::Measure);
            let told = own.phrase.terms.iter().filter(aspect).map(|t| t.term);
            self.aspects
                .extend(told.take(64 - self.aspects.len().min(64)));
        }
        let frame = Frame {
            evidence: evidence
                .into_iter()
                .map(|e| Evidence {
                    must: e.must && e.level <= Level::Chain,
                    level: e.level.max(Level::Chain),
                    ..e
                })
                .collect(),
            residue,
            scenario,
            unit: unit.to_string(),
            bound,
        };
        let before = std::mem::replace(&mut self.frame, frame);
        if self.heads.is_empty() && !before.unit.is_empty() {
            if self.earlier.len() >= 6 {
                self.earlier.remove(0);
            }
            self.earlier.push(before);
        }
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

pub(super) fn add(ev: &mut Vec<Evidence>, term: TermId, level: Level, must: bool) {
    match ev.iter_mut().find(|e| e.term == term) {
        Some(e) if e.level <= level => {}
        Some(e) => *e = Evidence { term, level, must },
        None => ev.push(Evidence { term, level, must }),
    }
}
