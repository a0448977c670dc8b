//! The scenario and the time of a figure: its own, carried from the sentence, or set by headings and title.

use super::Walk;
use crate::analysis::Scenario;
use crate::bind::aspect;
use crate::bind::phrase::Phrase;
use crate::catalogue::{Slot, role};
use crate::context::period;
use crate::quantity::Quantity;
use std::ops::Range;

impl Walk<'_, '_, '_> {
    pub(super) fn scenario(
        &mut self,
        own: &Range<usize>,
        phrase: &Phrase,
        right: &Range<usize>,
        q: &Quantity,
        time: Option<&period::PeriodMention>,
    ) -> Scenario {
        let money = q.unit.starts_with('元');
        let b = self.binder;
        let aims = b.section.aims();
        let mut stated = aspect::scenario(self.prepared, own, aims);
        // 完成年度任务5500人的114.2%: the task, not what was done of it.
        if stated == Some(Scenario::Actual)
            && phrase.roles & role::TARGET != 0
            && self.is_base_of_share(q)
        {
            stated = Some(Scenario::Target);
        }
        // 全年预算收入8426万元，支出8391万元 in a report on what was done is the money that came in.
        if stated == Some(Scenario::Budget)
            && !b.context.title.contains("预算")
            && self
                .prepared
                .text
                .get(own.clone())
                .is_some_and(|s| s.contains("预算收入") && !s.contains("初预算收入"))
        {
            stated = Some(Scenario::Actual);
        }
        // 预算8万元，支出7.2万元: the budget has been said, what is spent is not it. Under 收入预算 the other side follows.
        if stated.is_none()
            && self.budgeted
            && phrase.roles & role::SPENT != 0
            && !phrase.has(Slot::Topic)
        {
            stated = Some(Scenario::Actual);
        }
        if let Some(s) = stated {
            let text = self.prepared.text.get(own.clone()).unwrap_or("");
            self.budgeted = s == Scenario::Budget && !text.contains('收');
        }
        // 年初预算…，追加…，全年收入…: the year's figures are no longer those of its beginning.
        let anew = stated.is_none()
            && phrase.has(Slot::Topic)
            && time.is_some_and(|m| m.kind == period::Kind::Span && m.bytes.start >= own.start);
        let carried = self
            .state
            .scenario()
            .filter(|s| !(anew && *s == Scenario::Budget));
        let ahead =
            |m: &period::PeriodMention| self.is_ahead(m) && !aspect::is_cutoff(self.prepared, m);
        // 2024年新增床位200张 in a report on 2023 is an aim, whatever the words beside it.
        let to_come = time
            .is_some_and(ahead)
            .then_some(Scenario::Target)
            .filter(|_| stated.is_none() || stated == Some(Scenario::Actual));
        // 任务656万亩，截至2016年底实有687.69万亩; 2023年救助56人 among the aims of 2024.
        let within = self.state.gap_start..own.end;
        let so_far = (aims || carried == Some(Scenario::Target))
            && (aspect::so_far(self.prepared, &within) || time.is_some_and(|m| self.is_past(m)));
        let said = to_come
            .or(stated)
            .or_else(|| so_far.then_some(Scenario::Actual))
            .or_else(|| {
                aspect::scenario(self.prepared, right, aims).filter(|s| *s == Scenario::Target)
            })
            .or(carried);
        self.unsaid = said.is_none();
        self.budget_goes_on = !money && said == Some(Scenario::Budget);
        said.or_else(|| b.outer_scenario())
            .filter(|s| money || *s != Scenario::Budget)
            .unwrap_or_default()
    }

    /// Whether a share of the figure follows: 5500人的114.2%.
    pub(super) fn is_base_of_share(&self, q: &Quantity) -> bool {
        let next = self
            .quantities
            .partition_point(|o| o.bytes.start < q.bytes.end);
        let share = self.quantities.get(next).filter(|o| o.unit == "%");
        share
            .and_then(|o| self.prepared.text.get(q.bytes.end..o.bytes.start))
            .is_some_and(|between| between.trim() == "的")
    }

    /// Whether a mention is a stretch of half a year or more that begins after the report's period, or a point after it.
    pub(super) fn is_ahead(&self, m: &period::PeriodMention) -> bool {
        let context = self.binder.context;
        let Some(report) = context.period.or_else(|| period::year(context.year)) else {
            return false;
        };
        m.period.is_some_and(|p| match m.kind {
            period::Kind::Span => p.start > report.end && (p.end - p.start).num_days() > 150,
            period::Kind::AsOf => p.start > report.end && (p.end - p.start).num_days() > 300,
            _ => false,
        })
    }

    /// Whether a mention is what was counted up to, or lies before the time that the section's aims are for.
    pub(super) fn is_past(&self, m: &period::PeriodMention) -> bool {
        let aims = self.binder.section.period;
        aspect::is_cutoff(self.prepared, m)
            || self.binder.section.aims()
                && m.kind == period::Kind::Span
                && m.period.zip(aims).is_some_and(|(p, a)| p.end < a.start)
    }

    /// The figure's time: its own, else that of the sentence so far, else the document's.
    pub(super) fn time(
        &mut self,
        own: &Range<usize>,
        change: bool,
    ) -> Option<period::PeriodMention> {
        let gap = self.state.gap_start..own.end;
        let within = |r: &Range<usize>, m: &&period::PeriodMention| {
            r.start <= m.bytes.start && m.bytes.end <= r.end
        };
        let first = self.times.partition_point(|m| m.bytes.start < gap.start);
        let own_time = self
            .times
            .get(first..)
            .unwrap_or(&[])
            .iter()
            .take_while(|m| m.bytes.start < gap.end)
            .filter(|m| within(&gap, m) && m.period.is_some())
            .collect::<Vec<_>>()
            .into_iter()
            .rfind(|m| !(aspect::is_base(self.prepared, m) && (change || !within(own, m))));
        if let Some(m) = own_time {
            let base = aspect::is_base(self.prepared, m);
            self.state.old_time = self.state.is_old_value().then(|| m.clone());
            // The year of an old value (由2011年的1000元提高到…) is that value's alone.
            if !base && !self.state.is_old_value() {
                self.state.set_time(m);
            }
            return Some(m.clone());
        }
        if self.state.is_old_value() && self.state.old_time.is_some() {
            return self.state.old_time.clone();
        }
        self.state.time.clone()
    }
}
