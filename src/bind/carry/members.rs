//! The members of lists: which whole they break down, what is told of them, and where a list ends.

use super::{Frame, Kind, Separator, State, add, kind_of};
use crate::analysis::Scenario;
use crate::bind::decide::{Evidence, Level};
use crate::bind::list::{Distribution, Member};
use crate::bind::phrase::{Phrase, Prepared, Stated};
use crate::bind::unit;
use crate::catalogue::{Lexicon, Slot, TermId, role};

/// Longest wording, in bytes, whose first half the members of a list may share.
const LONGEST: usize = 120;

impl<'t> State<'t> {
    /// The term of a list's member that gives only the second half of a wording whose first half the member before gives:
    /// 政府采购工程523万元、服务271万元.
    pub(super) fn second_half(
        &self,
        lexicon: &Lexicon,
        p: &Prepared<'t>,
        own: &Phrase<'t>,
    ) -> Option<Stated> {
        let words = p.words_in(&own.at);
        let list = words.iter().rfind(|w| w.entry.roles & role::SUBLIST != 0);
        let from = list.map_or(own.at.start, |w| w.end);
        let tail = p.text.get(from..own.at.end)?.trim();
        let left_over = own.residue.iter().any(|r| *r != tail);
        if !own.terms.is_empty() || left_over || tail.is_empty() || tail.chars().count() > 6 {
            return None;
        }
        let head = p.text.get(self.told.clone()?)?;
        // A wording is not longer, and every cut of it is looked up.
        if head.len() > LONGEST {
            return None;
        }
        let cuts = head.char_indices().map(|(i, _)| i).skip(2);
        cuts.chain([head.len()]).find_map(|i| {
            let whole = format!("{}{tail}", head.get(..i)?);
            let mut words = lexicon.words(&whole);
            let w = words
                .next()
                .filter(|w| w.start == 0 && w.end == whole.len())?;
            let term = w.entry.term?;
            Some(Stated {
                term,
                slot: lexicon.term(term).slot,
            })
        })
    }

    /// What 其中 breaks down is counted in the unit of its parts: in 经营主体5万户，注册资本386亿元，其中企业9763户, or in 支出86万元，执行率98%，其中基本支出26万元, not
    /// the figure right before it.
    pub(super) fn resume(&mut self, lexicon: &Lexicon, unit: &str) {
        let same = |f: &Frame| !f.unit.is_empty() && unit::comparable(&f.unit, unit);
        if self.frame.unit.is_empty() || same(&self.frame) || unit.is_empty() {
            return;
        }
        let carried = |f: &Frame, slots: &[Slot]| -> Vec<TermId> {
            let of = |e: &&Evidence| {
                e.level <= Level::Chain && slots.contains(&lexicon.term(e.term).slot)
            };
            let mut terms: Vec<TermId> = f.evidence.iter().filter(of).map(|e| e.term).collect();
            terms.sort_unstable();
            terms
        };
        // Beside it (新增100户200人，其中…20户); else of one topic, the first: what was done with it (立案562件，办结537件) has
        // no parts of its own.
        let all = [Slot::Topic, Slot::Part, Slot::Act];
        let now = carried(&self.frame, &all);
        let topics = carried(&self.frame, &[Slot::Topic]);
        let beside = |f: &&Frame| carried(f, &all) == now;
        let related = |f: &&Frame| {
            let theirs = carried(f, &[Slot::Topic]);
            theirs.iter().any(|t| topics.contains(t))
        };
        let candidates = || self.earlier.iter().filter(|f| same(f));
        let whole = candidates()
            .rfind(beside)
            .or_else(|| candidates().find(related))
            .or_else(|| candidates().next());
        if let Some(whole) = whole.cloned() {
            self.frame = whole;
        }
    }

    /// After the members of a list (企业2.36万户、个体工商户7.42万户) what is said next is not said of the last one alone:
    /// only what all share still holds, or what was stated before as the whole of them.
    pub(super) fn contrast(&mut self, lexicon: &Lexicon) {
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

    /// After an enumeration only what all its members share still holds, and the topic that was stated before it (医院60家，
    /// 编制与实有床位依次为10955张、13333张，在岗职工14733人).
    pub(super) fn leave_distribution(&mut self, lexicon: &Lexicon, d: &Distribution<'t>) {
        let states = |t: TermId| move |(terms, _): &Member| terms.iter().any(|s| s.term == t);
        let topic =
            |t: TermId| lexicon.term(t).slot == Slot::Topic && !d.members.iter().any(states(t));
        let shared = |t: TermId| d.members.iter().all(states(t));
        let evidence = &mut self.frame.evidence;
        evidence.retain(|e| shared(e.term) || topic(e.term));
        self.frame.residue.clear();
    }

    /// Whether words without a topic tell more of the member of a list that was told last, which is a thing of its own: what
    /// stands right beside it (其中：道路运输事故10起、死亡7人), or an aspect that has been told of the whole (交易348项，金额14.6亿元，其中工程交易217项，金额
    /// 12.9亿元).
    pub(in crate::bind) fn tells_of_member(&self, lexicon: &Lexicon, own: &Phrase) -> bool {
        matches!(kind_of(lexicon, own), Kind::Act | Kind::Other)
            && !own.is_bare(lexicon)
            && own.roles & (role::SUBLIST | role::TOTAL) == 0
            && self.heads.last().is_some_and(|h| {
                h.kind == Some(Kind::Topic)
                    && match self.separator {
                        Separator::List => h.members > 0,
                        Separator::Clause => {
                            h.members == 1
                                && own.terms.iter().all(|t| self.aspects.contains(&t.term))
                        }
                        _ => false,
                    }
            })
    }

    /// Whether words say no more than that something was spent of the budget told right before: 其中公务接待费预算6万元，实际支出2.8万元.
    pub(super) fn spends(&self, own: &Phrase) -> bool {
        own.residue.is_empty()
            && own.roles & (role::SPENT | role::ACTUAL) != 0
            && self.frame.scenario == Some(Scenario::Budget)
    }

    /// Whether a figure in this unit can be one more value of what the figure before measures.
    pub(in crate::bind) fn continues_unit(&self, unit: &str) -> bool {
        unit::comparable(&self.frame.unit, unit)
    }

    /// Whether a figure in this unit counts something else than what the list in force breaks down.
    pub(in crate::bind) fn counts_other(&self, unit: &str) -> bool {
        let head = self.heads.last();
        // 人 and 人次 count one class of things, but 6820人次 are not among 126人.
        let times = |u: &str| u.ends_with('次');
        head.is_some_and(|h| {
            !unit::comparable(&h.frame.unit, unit) || times(&h.frame.unit) != times(unit)
        })
    }

    /// Whether a bare 共 gives all there is of what the figure before added to (新增11处，共42处).
    pub(in crate::bind) fn is_sum(&self, own: &Phrase, unit: &str) -> bool {
        own.is_empty()
            && self.separator == Separator::Clause
            && self.since == 1
            && self.frame.unit == unit
    }

    /// Leaves a list when a clause is of another kind than its members.
    pub(super) fn leave_list(&mut self, lexicon: &Lexicon, own: &Phrase) {
        let kind = kind_of(lexicon, own);
        if self.tells_of_member(lexicon, own) {
            return;
        }
        let Some(h) = self.heads.last_mut() else {
            return;
        };
        if own.is_bare(lexicon) {
            return;
        }
        let event = |t: &Stated| t.slot == Slot::Act && !lexicon.term(t.term).weak;
        let other = self.other_unit
            && self.separator == Separator::Clause
            && h.members > 0
            && kind == Kind::Topic
            && own.terms.iter().any(event);
        if h.kind.is_none_or(|k| k == kind) {
            h.members = h.members.saturating_add(1);
        }
        match h.kind {
            None => h.kind = Some(kind),
            Some(k) if h.bracket || k == kind && !other || kind == Kind::Other => {}
            Some(k) => {
                let belongs = match k {
                    Kind::Part(g) => own
                        .terms
                        .iter()
                        .any(|t| lexicon.term(t.term).group == g && g != 0),
                    // 其中特岗教师40名，培训教师6820人次: another event, counted otherwise, is no member.
                    Kind::Topic => own.has(Slot::Topic) && !other,
                    Kind::Act => own.has(Slot::Act),
                    Kind::Other => true,
                };
                if !belongs && let Some(h) = self.heads.pop() {
                    self.frame = h.frame;
                }
            }
        }
    }
}
