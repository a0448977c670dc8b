//! The words around a figure that say what is counted: the noun behind it, its place, its examples, and figures that only
//! say which things the next one counts.

use super::Walk;
use crate::bind::carry;
use crate::bind::phrase::{self, Phrase, Stated};
use crate::catalogue::{Slot, role};
use crate::quantity::Quantity;
use crate::text::clause;
use std::ops::Range;

impl<'t> Walk<'_, '_, 't> {
    /// Whether a figure says which things the next one counts: 过10亿元项目4个, 死亡2人的工矿商贸事故4起.
    pub(super) fn names_group(&self, i: usize) -> bool {
        let (Some(q), Some(next)) = (self.quantities.get(i), self.quantities.get(i + 1)) else {
            return false;
        };
        let gap = q.bytes.end..next.bytes.start;
        let between = self.prepared.text.get(gap.clone()).unwrap_or("");
        if next.unit.is_empty()
            || next.unit == "%"
            || next.unit == q.unit
            || !self.prepared.marks_in(&gap).is_empty()
            || between.trim().is_empty()
        {
            return false;
        }
        if q.unit == "元" {
            let words = &self.prepared.words;
            let behind = words.partition_point(|w| w.start < q.bytes.end);
            let over = behind
                .checked_sub(1)
                .and_then(|i| words.get(i))
                .is_some_and(|w| w.end == q.bytes.start && w.entry.roles & role::OVER != 0);
            let limit = words
                .get(behind)
                .is_some_and(|w| w.start == q.bytes.end && w.entry.roles & role::LIMIT != 0);
            return !next.unit.starts_with('元') && (over || limit);
        }
        if matches!(q.unit.as_str(), "人" | "起" | "户" | "个") && between.starts_with('的') {
            let phrase = self.prepared.phrase(self.binder.lexicon, gap, true);
            return phrase.terms.first().is_some_and(|t| t.slot == Slot::Topic);
        }
        false
    }

    /// The place word right behind a count that has a topic before it: 应急广播终端覆盖186个村 counts villages.
    pub(super) fn counted_place(&self, own: &carry::Own<'t>, q: &Quantity) -> Option<&'t str> {
        if own.right
            || !own.phrase.has(Slot::Topic)
            || !matches!(q.unit.as_str(), "个" | "家" | "所" | "座" | "处")
        {
            return None;
        }
        let words = self.prepared.words_in(&(q.bytes.end..q.bytes.end + 1));
        let w = words.first().filter(|w| w.entry.term.is_none())?;
        let word = self.prepared.text.get(w.start..w.end)?;
        // 内设7个科室.
        let lexicon = self.binder.lexicon;
        let same = |t: &Stated| lexicon.absorbs(t.term, word);
        (w.entry.roles & role::NARROWING != 0 && !own.phrase.terms.iter().any(same)).then_some(word)
    }

    /// 类 right before what is counted: 公益慈善类社会组织12家 are a kind of it.
    pub(super) fn kind_before(&self, own: &carry::Own<'t>) -> Option<&'t str> {
        let mut before = own.phrase.at.start;
        for w in self.prepared.words_in(&own.phrase.at) {
            let topic = |t| carry::is_strong(self.binder.lexicon, t);
            let gap = self.prepared.text.get(before..w.start).unwrap_or("");
            if gap.ends_with('类') && w.entry.term.is_some_and(topic) {
                return self.prepared.text.get(before..w.start);
            }
            before = w.end;
        }
        None
    }

    /// Where 等 stands that ends a list of examples: 办公室、救助股等7个股室.
    pub(super) fn examples_end(&self, left: &Phrase) -> Option<Range<usize>> {
        if left.roles & role::SUCH_AS == 0 {
            return None;
        }
        let words = self.prepared.words_in(&left.at);
        let w = words.iter().rfind(|w| w.entry.roles & role::SUCH_AS != 0)?;
        Some(w.start..w.end)
    }

    /// What is counted, where only its name stands behind the figure, and nothing before it but that there are so many: 辖9个镇、186个村, not
    /// 覆盖186个村.
    pub(super) fn counted_alone(&mut self, left: &Phrase, right: &Range<usize>) -> Option<Stated> {
        let words = self.prepared.words_in(&left.at);
        let covered: usize = words.iter().map(|w| w.end - w.start).sum();
        let text = self.prepared.text.get(left.at.clone())?;
        let has = words.iter().all(|w| w.entry.roles & role::HAS != 0);
        let plain = covered == text.len() && has;
        let list = matches!(
            self.state.separator,
            carry::Separator::List | carry::Separator::None
        ) || matches!(text, "和" | "及");
        self.plain =
            (plain || list && text.len() <= 3) && (self.plain || !list || self.state.since == 0);
        let noun = self.prepared.text.get(right.clone())?;
        let term = self.binder.lexicon.counted(noun.trim())?;
        let slot = self.binder.lexicon.term(term).slot;
        self.plain.then_some(Stated { term, slot })
    }

    /// The same where no 等 ends them: 下属福利中心、殡仪馆2个事业单位, where nothing but the class of things stands behind the figure.
    pub(super) fn enumerated_names(
        &self,
        left: &Phrase,
        right: &Range<usize>,
    ) -> Option<Range<usize>> {
        let list = |m: &clause::Boundary| m.mark == clause::Mark::List;
        if !self.prepared.marks_in(&left.at).iter().any(list) {
            return None;
        }
        let words = self.prepared.words_in(right);
        let first = words.first().filter(|w| w.start == right.start)?;
        let topic = first.entry.term.map(|t| self.binder.lexicon.term(t).slot) == Some(Slot::Topic);
        (topic && first.end == right.end).then_some(left.at.end..left.at.end)
    }

    /// The words of a clause without the examples that 等 ends, where what they are examples of stands behind it: they
    /// narrow nothing. What is done with them stays.
    pub(super) fn without_examples(
        &self,
        left: Phrase<'t>,
        such: Range<usize>,
        right: &Range<usize>,
    ) -> Phrase<'t> {
        let lexicon = self.binder.lexicon;
        let after = self.prepared.phrase(lexicon, such.end..left.at.end, true);
        let class = if after.is_empty() {
            self.prepared.phrase(lexicon, right.clone(), true)
        } else {
            after.clone()
        };
        // 因收入超标等原因退出405户: how it came about.
        if !class.has(Slot::Topic) && !class.has(Slot::Measure) && !after.has(Slot::Act) {
            return left;
        }
        // The first example may stand behind the verb (兑付社保补贴、…).
        let done = |t: &phrase::Stated| t.slot == Slot::Act;
        let before = self
            .prepared
            .phrase(lexicon, left.at.start..such.start, false);
        let named = after.is_empty().then(|| {
            let first = self.prepared.marks_in(&(left.at.start..such.start)).first();
            let end = first.map_or(such.start, |m| m.start);
            self.prepared
                .phrase(lexicon, left.at.start..end, false)
                .terms
        });
        let mut terms = named.unwrap_or_else(|| before.terms.into_iter().filter(done).collect());
        terms.extend(&after.terms);
        Phrase {
            terms,
            residue: after.residue,
            ..left
        }
    }

    /// The words after a figure up to the next boundary or figure. Figures that stand side by side share them
    /// (为8户15人发放…).
    pub(super) fn right(&self, i: usize) -> Range<usize> {
        let mut last = i;
        while let (Some(a), Some(b)) = (self.quantities.get(last), self.quantities.get(last + 1))
            && a.bytes.end == b.bytes.start
            && last < i + 3
        {
            last += 1;
        }
        self.right_end(last)
    }

    pub(super) fn right_end(&self, i: usize) -> Range<usize> {
        let Some(q) = self.quantities.get(i) else {
            return 0..0;
        };
        let next = self
            .quantities
            .get(i + 1)
            .map_or(self.prepared.text.len(), |n| n.bytes.start);
        let end = self
            .prepared
            .marks_in(&(q.bytes.end..next))
            .first()
            .map_or(next, |b| b.start);
        let at = q.bytes.end..end;
        match self.quantities.get(i + 1) {
            Some(n) if end == next && n.unit == "%" && q.unit != "%" => self.before_rate(at),
            _ => at,
        }
    }

    /// Of the words between a count and a rate those that name what is counted: in 19个考核断面优良比例100% the last ones are the
    /// rate's.
    pub(super) fn before_rate(&self, at: Range<usize>) -> Range<usize> {
        let lexicon = self.binder.lexicon;
        let words = self.prepared.words_in(&at);
        let topic = words.iter().position(|w| {
            w.entry
                .term
                .is_some_and(|t| lexicon.term(t).slot == Slot::Topic)
        });
        let Some(topic) = topic.and_then(|i| words.get(i)) else {
            return at;
        };
        let rest = self.prepared.text.get(topic.end..at.end).unwrap_or("");
        let named = self.prepared.text.get(topic.start..topic.end).unwrap_or("");
        let rate = |s: &str| {
            let s = s.trim_end_matches(['为', '达', '到', '均', '约', '近']);
            s.ends_with('率') || s.ends_with("比例") || s.ends_with("占比")
        };
        if rate(rest) && !rate(named) && !rest.starts_with('的') {
            at.start..topic.end
        } else {
            at
        }
    }

    /// The words after a figure, where they say what is counted: 为711人购买居家养老服务, 12个乡镇.
    pub(super) fn right_phrase(&self, own: &Phrase<'t>, at: Range<usize>) -> Option<Phrase<'t>> {
        let text = self.prepared.text.get(at.clone())?;
        if own.has(Slot::Topic)
            || text.trim().is_empty()
            || text.starts_with(['以', '左', '之']) && !text.starts_with("以上老")
        {
            return None;
        }
        // 高龄津贴按月发放，惠及5721名老人: persons who have it, not what is counted.
        if own.roles & role::BENEFIT != 0 && self.persons_only(&at) {
            return None;
        }
        let p = self.prepared.phrase(self.binder.lexicon, at, true);
        // 按1万元的标准实施…: 的 is followed by what the figure is; else by what it qualifies.
        if text.starts_with('的') && p.terms.first().is_none_or(|t| t.slot != Slot::Measure) {
            return None;
        }
        (!p.is_empty()).then_some(p)
    }

    /// Whether a stretch says no more than that persons are counted.
    pub(super) fn persons_only(&self, at: &Range<usize>) -> bool {
        let words = self.prepared.words_in(at);
        let covered: usize = words.iter().map(|w| w.end - w.start).sum();
        covered == at.len() && words.iter().all(|w| w.entry.roles & role::PERSONS != 0)
    }
}
