//! What a figure's own words leave unsaid, taken from the state of the walk: terms, and words that narrow.

use super::carry::{Kind, Own, Separator, State, add, is_strong, kind_of};
use super::decide::{Evidence, Level};
use super::phrase::Phrase;
use crate::catalogue::{Lexicon, Slot, TermId, role};

impl<'t> State<'t> {
    /// Everything that speaks for what the figure measures, within the sentence.
    pub fn evidence(&self, lexicon: &Lexicon, own: &Own<'t>, unit: &str) -> Vec<Evidence> {
        let phrase = &own.phrase;
        let mut ev: Vec<Evidence> = Vec::with_capacity(8);
        for t in &phrase.terms {
            add(&mut ev, t.term, Level::Own, true);
        }
        let slot = |t: TermId| lexicon.term(t).slot;
        // Of what is carried both stay where both were stated: 城市低保和农村低保对象9300人，发放资金….
        let group_stated = |t: TermId| {
            phrase.terms.iter().any(|e| {
                e.slot == Slot::Part && lexicon.term(e.term).group == lexicon.term(t).group
            })
        };
        let has_act = phrase.has(Slot::Act);
        let has_measure = phrase.has(Slot::Measure);
        // 总数达34处 after 新建22处: what there is, not what was done.
        let has_act = has_act || phrase.roles & role::STOCK != 0;
        let head = self.heads.last().map(|h| &h.frame);
        // 适配辅助器具3218件，惠及残疾人2407人: those who have it, of whatever kind, continue what was told.
        let persons = phrase.roles & role::BENEFIT != 0
            && !phrase.terms.iter().any(|t| is_strong(lexicon, t.term));
        if phrase.has(Slot::Topic) && !persons {
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
                        Slot::Part if !group_stated(e.term) => {
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
                // 主要污染物减排：化学需氧量213吨，氨氮15吨: the event of the label is that of each.
                let acts = self.label.iter().filter(|t| t.slot == Slot::Act);
                for t in acts.filter(|_| !has_act) {
                    add(&mut ev, t.term, Level::Ambient, false);
                }
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
                        && !group_stated(e.term)
                        && !self.run.varies(lexicon, lexicon.term(e.term).group)
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
        let base = if phrase.is_bare(lexicon)
            || phrase.is_aspect()
            || self.tells_of_member(lexicon, phrase)
        {
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
                Slot::Part if !group_stated(e.term) => {
                    add(&mut ev, e.term, e.level.max(Level::Chain), e.must)
                }
                // A standard of 1万元 says nothing about the 61人次 after it.
                Slot::Measure
                    if comparable
                        // 当年计划63亿元，完成77亿元: what was done is not what was planned.
                        && !(phrase.roles & role::DONE != 0 && self.is_planned())
                        && (phrase.is_empty()
                            || !has_measure
                                // 床位1610张，其中新增90张.
                                && (!has_act || head.is_some() && unit == counted)) =>
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
            let base = if own.phrase.is_bare(lexicon)
                || own.phrase.is_aspect()
                || sibling
                || self.tells_of_member(lexicon, &own.phrase)
            {
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
        all.extend(self.occasion.filter(|(_, t)| t.is_none()).map(|(w, _)| w));
        all
    }
}
