//! What a decision is held against: whether the context speaks of the indicator's thing at all, what else may be meant,
//! and what a change is a change of.

use super::{Last, Rows, Walk};
use crate::bind::decide::{self, Decision, Evidence, Level};
use crate::bind::phrase::{self, Phrase};
use crate::bind::{aspect, carry, confidence, list, unit};
use crate::catalogue::{Slot, TermId, Word, role};
use crate::quantity::Quantity;
use std::ops::Range;

/// Bytes of a wording that names the thing that it is a rate of: six characters.
const NAMED: usize = 18;

impl Walk<'_, '_, '_> {
    /// What a rate is by its own words alone, which leave nothing to be completed, after what was counted in another unit:
    /// 改造村卫生室20个，力争县域内就诊率达到92%. A part that was told before still holds. Amounts and numbers of persons are not so sure
    /// of themselves: 破获毒品案件36起，抓获41人.
    pub(super) fn complete(
        &self,
        own: &carry::Own,
        evidence: &[Evidence],
        unit: &str,
    ) -> Option<(Decision, Vec<Evidence>)> {
        let b = self.binder;
        let lexicon = b.lexicon;
        let state = &self.state;
        let carried = |e: &&Evidence| e.level == Level::Chain && e.must;
        let apart = matches!(
            state.separator,
            carry::Separator::Clause | carry::Separator::List | carry::Separator::None
        );
        if !apart
            || unit != "%"
            || own.phrase.residue.iter().any(|w| !lexicon.is_scrap(w))
            || state.occasion.is_some()
            || state.scope.is_some()
            || state.is_listed()
            || state.continues_unit(unit) && !state.other_unit
            || !state.heads.is_empty() && !state.other_unit
        {
            return None;
        }
        // 办结率 alone is of whatever was told before; 县域内就诊率 names its own thing.
        let words = self.prepared.words_in(&own.phrase.at).iter();
        let mut named = words.filter(|w| w.entry.term.is_some() && w.end - w.start >= NAMED);
        named.next()?;
        let part = |e: &Evidence| lexicon.term(e.term).slot == Slot::Part;
        let named: Vec<Evidence> = evidence
            .iter()
            .filter(|e| e.level == Level::Own || carried(e) && part(e))
            .copied()
            .collect();
        let d = decide::decide(b.catalogue, lexicon, &named, &[], unit);
        let Decision::Bound {
            indicator,
            confidence,
            unit,
            why,
        } = d
        else {
            return None;
        };
        Some((
            Decision::Bound {
                indicator,
                confidence: confidence.min(confidence::COMPLETE),
                unit,
                why,
            },
            named,
        ))
    }

    /// Why a figure is not what it was taken for, by a word of its own that no term tells: 支出 of what is named 收入.
    pub(super) fn says_otherwise(&self, d: &Decision, own: &carry::Own) -> Option<String> {
        let Decision::Bound { indicator, .. } = d else {
            return None;
        };
        let catalogue = self.binder.catalogue;
        let name = &catalogue.indicators().get(*indicator)?.name;
        let said = self.prepared.text.get(own.phrase.at.clone())?;
        // 当年计划63.27亿元，1—12月完成77.57亿元.
        if own.phrase.roles & role::DONE != 0 && catalogue.name_words().is_planned(said, name) {
            return Some("说的是完成的，不是计划的".to_string());
        }
        let (said, named) = catalogue.contradiction(*indicator, said)?;
        Some(format!("文中说的是“{said}”，不是“{named}”"))
    }

    /// Whether an amount is of several things that the catalogue knows apart: 拨付供养资金和照料护理补贴2318万元.
    pub(super) fn is_of_several(
        &self,
        d: &Decision,
        left: &Range<usize>,
        evidence: &[Evidence],
        unit: &str,
    ) -> bool {
        let Decision::Bound { indicator, .. } = d else {
            return false;
        };
        let text = self.prepared.text.get(left.clone()).unwrap_or("");
        if unit != "元" || self.state.is_listed() || !text.contains(['和', '及', '与', '、']) {
            return false;
        }
        let b = self.binder;
        let members = list::enumerated(b.lexicon, self.prepared, left.clone());
        let Some(first) = members
            .first()
            .filter(|m| members.len() > 1 && !m.terms.is_empty())
        else {
            return false;
        };
        let mut of_first: Vec<Evidence> = Vec::new();
        for t in &first.terms {
            carry::add(&mut of_first, t.term, Level::Own, true);
        }
        let carried = evidence.iter().filter(|e| e.level > Level::Own);
        for e in carried {
            carry::add(&mut of_first, e.term, e.level, e.must);
        }
        match decide::decide(b.catalogue, b.lexicon, &of_first, &first.residue, unit) {
            Decision::Bound { indicator: i, .. } => i != *indicator,
            Decision::Open { .. } => false,
        }
    }

    /// Whether a part of a whole that says something of itself, but nothing that is known, was taken for the whole: 总支出34507万元，其中：
    /// 人员类支出1688万元、运转类支出264万元.
    pub(super) fn is_whole_again(&self, d: &Decision, own: &carry::Own) -> bool {
        let Decision::Bound { indicator, .. } = d else {
            return false;
        };
        let head = self.state.heads.last();
        // 固定资产320万元，其中…车辆56万元: a general word for a thing that the indicator does not ask for.
        let lexicon = self.binder.lexicon;
        let general = |t: TermId| lexicon.term(t).weak && !lexicon.asks_for(*indicator, t);
        let said = self.prepared.text.get(own.phrase.at.clone()).unwrap_or("");
        head.is_some_and(|h| h.frame.bound() == Some(*indicator))
            && !self.state.is_listed()
            && own.phrase.roles & (role::TOTAL | role::BUDGET | role::ACTUAL | role::TARGET) == 0
            && own.phrase.terms.iter().all(|t| match t.slot {
                Slot::Topic => general(t.term),
                slot => slot != Slot::Part,
            })
            && said.chars().filter(|c| c.is_alphabetic()).count() > 1
    }

    /// Where a part (其中) is what its whole was taken for, the whole is something wider: 干部职工76人，其中在编70人，临聘6人.
    pub(super) fn doubt_whole(&self, d: &Decision, own: &Phrase, rows: &mut Rows) {
        let Decision::Bound { indicator, .. } = d else {
            return;
        };
        let whole = self.state.heads.last().and_then(|h| h.frame.bound());
        if whole != Some(*indicator) || !own.terms.iter().any(|t| t.slot == Slot::Topic) {
            return;
        }
        let Some(id) = self.binder.catalogue.indicators().get(*indicator) else {
            return;
        };
        let mut told = rows.observations.iter_mut().rev().take(16);
        if let Some(o) = told.find(|o| *o.indicator == *id.id && o.location == *self.at.location) {
            o.confidence = o.confidence.min(confidence::DOUBTFUL);
        }
    }

    /// Whether a stock was read from what was built, or from those that something was done for (为420名精神残疾人提供服药补贴): of
    /// neither can it be told whether they are all there are.
    pub(super) fn may_be_some(&self, d: &Decision, own: &carry::Own, q: &Quantity) -> bool {
        let Decision::Bound { indicator, .. } = d else {
            return false;
        };
        let indicators = self.binder.catalogue.indicators();
        let roles = own.phrase.roles;
        let built = roles & role::BUILT != 0
            && roles & (role::STOCK | role::SO_FAR | role::IN_ALL | role::TOTAL) == 0;
        let before = self.prepared.text.get(..q.bytes.start).unwrap_or("");
        let served = own.right && before.ends_with(['为', '向', '给', '对', '帮']);
        (built || served)
            && indicators
                .get(*indicator)
                .is_some_and(|i| i.kind == "stock")
    }

    /// Whether those that something is done for were taken for all there are of their kind: 服务80岁以上老人3200人, 资助孤儿36人.
    pub(super) fn is_served(
        &self,
        d: &Decision,
        left: &Range<usize>,
        own: &carry::Own,
        evidence: &[Evidence],
    ) -> bool {
        let Decision::Bound { indicator, .. } = d else {
            return false;
        };
        let b = self.binder;
        let words = self.prepared.words_in(left);
        let serves = |w: &Word| w.entry.roles & role::SERVES != 0;
        let Some(at) = words.iter().position(serves) else {
            return false;
        };
        let strong = |t: TermId| carry::is_strong(b.lexicon, t);
        let topic = |w: &Word| w.entry.term.is_some_and(strong);
        let carried = |e: &Evidence| e.level == Level::Chain && strong(e.term);
        let indicator = b.catalogue.indicators().get(*indicator);
        let behind = own.right || words.iter().skip(at).any(topic);
        behind
            && !words.iter().take(at).any(topic)
            && !evidence.iter().any(carried)
            && indicator.is_some_and(|i| i.kind == "stock" && matches!(&*i.unit, "人" | "户"))
    }

    /// Whether the context speaks of something else than what the figure was taken for: it is part of a whole that is
    /// bound to nothing, or the paragraph is labelled by a topic that has nothing to do with it.
    pub(super) fn is_doubtful(&self, evidence: &[Evidence]) -> bool {
        let lexicon = self.binder.lexicon;
        let mut labels = self
            .state
            .lead
            .iter()
            .filter(|&&t| carry::is_strong(lexicon, t));
        let near: Vec<TermId> = evidence
            .iter()
            .filter(|e| e.level <= Level::Lead && carry::is_strong(lexicon, e.term))
            .map(|e| e.term)
            .collect();
        let related = |&&label: &&TermId| {
            near.iter()
                .any(|&t| lexicon.is_a(t, label) || lexicon.is_a(label, t))
        };
        self.state.is_of_unknown()
            || !near.is_empty() && labels.clone().next().is_some() && !labels.any(|t| related(&t))
    }

    /// Topic of another domain that the paragraph is about, where a figure was taken for one of the whole agency.
    pub(super) fn other_topic(
        &self,
        d: &Decision,
        own: &Phrase,
        evidence: &[Evidence],
    ) -> Option<TermId> {
        let b = self.binder;
        let Decision::Bound { indicator, .. } = d else {
            return None;
        };
        let about = self.state.first?;
        let whole = |e: &Evidence| e.level <= Level::Chain && b.lexicon.term(e.term).agency;
        let common = |t: &phrase::Stated| b.lexicon.term(t.term).common;
        let of_agency = b.catalogue.indicators().get(*indicator)?.domain == "common"
            && evidence.iter().any(whole)
            && own.terms.iter().all(common);
        // 局机关编制36人 says itself whose they are.
        let named = own.roles & role::AGENCY != 0;
        (of_agency && !named && !b.lexicon.term(about).common).then_some(about)
    }

    /// Whether a figure without words of its own was taken for the indicator of the figure before it.
    pub(super) fn repeats(&self, d: &Decision, own: &Phrase) -> bool {
        let Decision::Bound { indicator, .. } = d else {
            return false;
        };
        let last = self.last.as_ref().and_then(|l| l.indicator);
        last == Some(*indicator) && own.is_bare(self.binder.lexicon)
    }

    /// What else an event or aspect may be of that nothing known is said of, where the figure before it is counted in
    /// another unit: the rate of an event told before (抽检3164批次，不合格78批次，合格率97.5%), or the paragraph's label (食品安全。…许可证1735件，监督检查9217家次).
    pub(super) fn elsewhere(&self, evidence: &[Evidence], unit: &str) -> Vec<Vec<Evidence>> {
        let b = self.binder;
        let slot = |e: &Evidence| b.lexicon.term(e.term).slot;
        let mut all = Vec::new();
        if unit == "%" {
            let mut other = evidence.to_vec();
            let carried = |e: &&mut Evidence| e.level > Level::Own && slot(e) == Slot::Act;
            other
                .iter_mut()
                .filter(carried)
                .for_each(|e| e.must = false);
            for &t in &self.state.aspects {
                if b.lexicon.term(t).slot == Slot::Act {
                    carry::add(&mut other, t, Level::Chain, false);
                }
            }
            all.push(other);
        }
        if !self.state.lead.is_empty() {
            let mut other: Vec<Evidence> = evidence.to_vec();
            other.retain(|e| e.level == Level::Own);
            b.add_outer(&mut other, Level::Lead, &self.state.lead);
            all.push(other);
        }
        all
    }

    /// A topic of the label before the colon, or of the heading right above, that is a kind of the figure's own and that the
    /// indicator forbids: 事故9起 under （一）道路交通 are not those of all kinds.
    pub(super) fn labelled_otherwise(&self, d: &Decision, evidence: &[Evidence]) -> Option<&str> {
        let Decision::Bound { indicator, .. } = d else {
            return None;
        };
        let b = self.binder;
        let heading = b.headings.last().map_or(&[][..], |(_, terms, _)| terms);
        let label = self.state.label.iter().map(|t| t.term);
        let rules = b.lexicon.rules_for(*indicator);
        let name = |t: TermId| b.lexicon.term(t).name.as_str();
        let narrower = |t: TermId| {
            // 工矿商贸事故 is a kind of 事故 by its name.
            let of = |e: &Evidence| {
                e.level <= Level::Chain
                    && b.lexicon.term(e.term).slot == Slot::Topic
                    && e.term != t
                    && (b.lexicon.is_a(t, e.term) || name(t).ends_with(name(e.term)))
            };
            carry::is_strong(b.lexicon, t)
                && evidence.iter().any(of)
                && rules.iter().all(|r| r.not.contains(&t))
        };
        label
            .chain(heading.iter().copied())
            .find(|&t| narrower(t))
            .map(name)
    }

    /// Whether a change speaks of something besides what it is compared with (同比).
    pub(super) fn leaves_over(&self, own: &Phrase) -> bool {
        let compares = |r: &str| {
            let words = self.prepared.words_in(&own.at);
            words.iter().any(|w| {
                w.entry.roles & role::BASE != 0 && self.prepared.text.get(w.start..w.end) == Some(r)
            })
        };
        own.residue.iter().any(|r| !compares(r))
    }

    /// Whether a clause since the figure before says that something did not happen (未发生因公出国费用).
    pub(super) fn denies(&self) -> bool {
        let topic = |w: &Word| {
            let term = w.entry.term;
            term.is_some_and(|t| self.binder.lexicon.term(t).slot == Slot::Topic)
        };
        self.state.passed.iter().any(|piece| {
            let words = self.prepared.words_in(piece);
            words.iter().any(|w| w.entry.roles & role::NEGATION != 0) && words.iter().any(topic)
        })
    }

    /// A change belongs to the indicator of the figure it follows: 收入总计18,236.54万元，较上年增加1,520.32万元.
    pub(super) fn change(
        &self,
        direction: aspect::Direction,
        own: &carry::Own,
        q: &Quantity,
    ) -> Decision {
        let open = |why: &str| Decision::Open {
            why: why.to_string(),
        };
        let listed = self.state.is_listed();
        if !listed && (self.leaves_over(&own.phrase) || own.phrase.has(Slot::Topic)) {
            return open("增减的是别的对象");
        }
        let Some(Last {
            indicator: Some(i),
            confidence,
        }) = &self.last
        else {
            return open("所比较的数没有对应指标");
        };
        let Some(ind) = self.binder.catalogue.indicators().get(*i) else {
            return open("所比较的数没有对应指标");
        };
        let rate = q.unit == "%" && (ind.unit != "%" || direction.relative);
        if rate
            || q.unit == "百分点" && ind.unit == "%"
            || unit::fit(&q.unit, ind, false) == unit::Fit::Yes
        {
            Decision::Bound {
                indicator: *i,
                confidence: confidence::of_change(*confidence),
                unit: None,
                why: "承前一数的增减".to_string(),
            }
        } else {
            open("增减的单位与前一数不符")
        }
    }
}
