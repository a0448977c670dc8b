//! The walk over one paragraph: each figure with its own words, what it inherits, and what it is decided to be.

use super::carry::{self, State};
use super::decide::{self, Decision, Evidence, Level};
use super::phrase::{self, Phrase, Prepared};
use super::{At, Binder, Rows, aspect, confidence, explain, list, unit};
use crate::analysis::Scenario;
use crate::catalogue::{Slot, TermId, role};
use crate::context::period;
use crate::quantity::Quantity;
use crate::text::clause;
use std::ops::Range;

/// The walk over one paragraph.
pub(super) struct Walk<'w, 'a, 't> {
    pub(super) binder: &'w Binder<'a>,
    pub(super) prepared: &'w Prepared<'t>,
    pub(super) times: &'w [period::PeriodMention],
    pub(super) state: State<'t>,
    /// The figure before, as bound: indicator and its row.
    pub(super) last: Option<Last>,
    pub(super) at: &'w At<'w>,
    pub(super) quantities: &'w [Quantity],
    /// Direction of the changes being listed (分别增长…).
    pub(super) listed_change: Option<aspect::Direction>,
    /// A budget was stated in this sentence (not one of revenue), and nothing yet of what was spent of it.
    pub(super) budgeted: bool,
    /// Up to where the words behind the figure before were taken as its own.
    pub(super) taken: usize,
    /// The sentence of the figure before.
    pub(super) sentence: Range<usize>,
}

/// Confidence of what is bound through an earlier figure of an enumeration.
const CHAINED: f64 = 0.96;

/// What a figure was bound to.
pub(super) struct Last {
    pub(super) indicator: Option<usize>,
    pub(super) confidence: f64,
}

impl<'t> Walk<'_, '_, 't> {
    /// The paragraph's opening words, when they are a label: 3.临时救助。 殡葬： （一）低保。
    pub(super) fn lead(&mut self) {
        let text = self.prepared.text;
        let first = self.prepared.marks.iter().find(|b| {
            matches!(
                b.mark,
                clause::Mark::Sentence
                    | clause::Mark::Colon
                    | clause::Mark::Clause
                    | clause::Mark::Group
            ) && text
                .get(..b.start)
                .is_some_and(|s| s.chars().any(char::is_alphanumeric))
        });
        let Some(end) = first.map(|b| b.start) else {
            return;
        };
        let limit = self
            .quantities
            .first()
            .map_or(usize::MAX, |q| q.bytes.start);
        if end <= limit
            && self
                .prepared
                .text
                .get(..end)
                .is_some_and(|s| s.chars().count() <= 40)
        {
            let phrase = self.prepared.phrase(self.binder.lexicon, 0..end, false);
            self.state.lead = phrase.terms.iter().map(|t| t.term).collect();
        }
    }

    pub(super) fn figure(&mut self, i: usize, rows: &mut Rows) {
        let b = self.binder;
        let Some(q) = self.quantities.get(i) else {
            return;
        };
        let gap_start = if i == 0 {
            0
        } else {
            self.quantities.get(i - 1).map_or(0, |p| p.bytes.end)
        };
        let gap = gap_start.max(self.taken).min(q.bytes.start)..q.bytes.start;
        let own_at = self.state.advance(b.lexicon, self.prepared, gap, i == 0);
        let own_left = self.prepared.phrase(b.lexicon, own_at.clone(), true);
        let own_left_empty = own_left.is_empty();
        let right_at = self.right(i);
        let right = self.right_phrase(&own_left, right_at.clone());
        let ahead = if own_left.roles & role::DISTRIBUTE != 0 {
            self.ahead(i)
        } else {
            0
        };
        let upcoming = (self.quantities.len() - i, ahead);
        let own = self
            .state
            .own_words(b.lexicon, self.prepared, own_left, right, upcoming);
        if own.right {
            self.taken = right_at.end;
        }
        let change = aspect::direction(self.prepared, &own_at, q).or(
            // 分别增长3.87%、9.71%: the direction is said once.
            self.listed_change
                .filter(|_| self.state.is_listed() && own_left_empty),
        );
        self.listed_change = change.filter(|_| self.state.is_listed());
        if let (Some(_), Some(indicator)) = (change, self.state.member_bound()) {
            self.last = Some(Last {
                indicator,
                confidence: CHAINED,
            });
        }
        // Bare numbers in prose are figures only with 万/亿 (受益4.85万): others are indices and the like.
        let text = self.prepared.text.get(q.bytes.clone()).unwrap_or("");
        if q.unit.is_empty() && !text.contains(['万', '亿']) {
            return;
        }
        let unit = if q.unit.is_empty() {
            aspect::bare_unit(self.prepared, &own_at, &right_at)
                .map(str::to_string)
                .or_else(|| self.state.continued_unit(&own))
                .unwrap_or_default()
        } else {
            q.unit.clone()
        };
        let mut evidence = self.state.evidence(b.lexicon, &own, &unit);
        if i == 0 && own.phrase.is_bare(b.lexicon) && own_at.start > 0 {
            // （二）政府采购预算。安排643万元: the label is as good as its own words.
            let lead = std::mem::take(&mut self.state.lead);
            b.add_outer(&mut evidence, Level::Chain, &lead);
            self.state.lead = lead;
        }
        let mut residue = self.state.residue(&own, &evidence, b.lexicon);
        residue.retain(|w| {
            !b.lexicon.is_scrap(w)
                && !evidence
                    .iter()
                    .any(|e| e.level <= Level::Ambient && b.lexicon.absorbs(e.term, w))
                && !self.state.lead.iter().any(|&t| b.lexicon.absorbs(t, w))
        });
        // The document's own area and agency narrow nothing.
        let place = &b.context.place;
        let own_names = [
            &place.province,
            &place.prefecture,
            &place.county,
            &b.context.agency,
        ];
        residue.retain(|w| w.chars().count() < 2 || !own_names.iter().any(|n| n.contains(w)));
        let mut time = self.time(&own_at, change.is_some());
        self.state.since += 1;
        let scenario = self.scenario(&own_at, &own.phrase, &right_at, q, time.as_ref());
        // An aim is not of the day up to which was counted before it.
        let carried = |m: &period::PeriodMention| m.bytes.start < self.state.gap_start;
        if scenario == Scenario::Target
            && time
                .as_ref()
                .is_some_and(|m| carried(m) && aspect::is_cutoff(self.prepared, m))
        {
            time = None;
            self.state.time = None;
        }
        let mut wider = None;
        let mut decision = if let Some(direction) = change {
            self.change(direction, &own, q)
        } else {
            b.outer(&mut evidence, &self.state, &own.phrase, false);
            let d = decide::decide(b.catalogue, b.lexicon, &evidence, &residue, &unit);
            match d {
                Decision::Open { .. } if !own.phrase.terms.is_empty() => {
                    // A generic word of its own (慰问528人) may be meant under a wider heading.
                    let mut more = evidence.clone();
                    b.outer(&mut more, &self.state, &own.phrase, true);
                    match decide::decide(b.catalogue, b.lexicon, &more, &residue, &unit) {
                        bound @ Decision::Bound { .. } if self.uses_own(&bound, &own.phrase) => {
                            wider = Some(more);
                            bound
                        }
                        _ => d,
                    }
                }
                d => d,
            }
        };
        if let Decision::Open { .. } = &decision
            && change.is_none()
            && residue.is_empty()
            && evidence.iter().any(|e| e.level == Level::Paragraph)
        {
            // What the sentence before spoke of is not meant: then what the paragraph is headed by may be.
            let mut other: Vec<Evidence> = evidence.clone();
            other.retain(|e| e.level <= Level::Ambient);
            b.add_outer(&mut other, Level::Lead, &self.state.lead);
            let d = decide::decide(b.catalogue, b.lexicon, &other, &residue, &unit);
            if let Decision::Bound { .. } = d {
                decision = d;
                wider = Some(other);
            }
        }
        // 其中 without saying which part: not the whole again.
        if own.phrase.roles & role::SUBLIST != 0
            && own.phrase.is_bare(b.lexicon)
            && !own.right
            && !self.state.is_listed()
            && change.is_none()
        {
            decision = Decision::Open {
                why: "“其中”之后没有说明是哪一部分".to_string(),
            };
        }
        // 医疗卫生机构2642个，…编制13522人: whoever is spoken of is not the agency.
        if let Some(about) = self.other_topic(&decision, &own.phrase, &evidence) {
            decision = Decision::Open {
                why: format!("本段说的是“{about}”，不是本单位"),
            };
        }
        if b.is_of_area(&decision) {
            decision = Decision::Open {
                why: "全文说的是本地区，不是本单位".to_string(),
            };
        }
        // A share or ratio of something is not the thing.
        let compared = change.is_none() && aspect::compared(self.prepared, &own_at, self.times, q);
        if compared {
            decision = Decision::Open {
                why: "与另一数相比的值".to_string(),
            };
        }
        if self.is_doubtful(&evidence)
            && let Decision::Bound { confidence, .. } = &mut decision
        {
            *confidence = confidence.min(confidence::DOUBTFUL);
        }
        let quantity = rows.figures.len();
        let before = self.last.take();
        let before_scenario = self.state.scenario();
        self.push(
            q, &unit, &own_at, &own, &evidence, decision, change, scenario, time, rows,
        );
        if rows.figures.len() > quantity
            && let Some(explained) = &mut rows.explained
        {
            let weighed = wider.as_ref().unwrap_or(&evidence);
            let account =
                explain::account(b.catalogue, b.lexicon, quantity, weighed, &residue, &unit);
            explained.push(account);
        }
        // A comparison is an aside: what follows continues the figure compared.
        if (compared || change.is_some())
            && (!own.phrase.has(Slot::Topic) || self.state.is_listed())
        {
            if compared {
                self.last = before;
            }
            return;
        }
        // 比预算少, 为目标的…: what it is compared with is not what the sentence is about.
        let scenario = if aspect::is_comparison(self.prepared, &own_at) {
            before_scenario.unwrap_or(scenario)
        } else {
            scenario
        };
        let evidence = wider.unwrap_or(evidence);
        let bound = self.last.as_ref().and_then(|l| l.indicator);
        self.state
            .after(b.lexicon, &own, evidence, residue, scenario, (&unit, bound));
    }

    /// How many figures from this one on follow each other with nothing but 、 or 和 between them.
    fn ahead(&self, i: usize) -> usize {
        let pairs = self
            .quantities
            .iter()
            .skip(i)
            .zip(self.quantities.iter().skip(i + 1));
        let joined = |(a, b): &(&Quantity, &Quantity)| {
            let gap = a.bytes.end..b.bytes.start;
            let apart = |m: &clause::Boundary| m.mark != clause::Mark::List;
            let phrase = self.prepared.phrase(self.binder.lexicon, gap.clone(), true);
            phrase.is_empty()
                && phrase.roles & role::TO == 0
                && !self.prepared.marks_in(&gap).iter().any(apart)
        };
        1 + pairs.take(list::LONGEST).take_while(joined).count()
    }

    /// The words after a figure up to the next boundary or figure. Figures that stand side by side share them
    /// (为8户15人发放…).
    fn right(&self, i: usize) -> Range<usize> {
        let mut last = i;
        while let (Some(a), Some(b)) = (self.quantities.get(last), self.quantities.get(last + 1))
            && a.bytes.end == b.bytes.start
            && last < i + 3
        {
            last += 1;
        }
        self.right_end(last)
    }

    fn right_end(&self, i: usize) -> Range<usize> {
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
        q.bytes.end..end
    }

    /// The words after a figure, where they say what is counted: 为711人购买居家养老服务, 12个乡镇.
    fn right_phrase(&self, own: &Phrase<'t>, at: Range<usize>) -> Option<Phrase<'t>> {
        let text = self.prepared.text.get(at.clone())?;
        if own.has(Slot::Topic)
            || text.trim().is_empty()
            || text.starts_with(['以', '左', '之']) && !text.starts_with("以上老")
        {
            return None;
        }
        let p = self.prepared.phrase(self.binder.lexicon, at, true);
        // 按1万元的标准实施…: 的 is followed by what the figure is; else by what it qualifies.
        if text.starts_with('的') && p.terms.first().is_none_or(|t| t.slot != Slot::Measure) {
            return None;
        }
        (!p.is_empty()).then_some(p)
    }

    fn uses_own(&self, d: &Decision, own: &Phrase) -> bool {
        let Decision::Bound { indicator, .. } = d else {
            return false;
        };
        self.binder
            .lexicon
            .rules
            .iter()
            .filter(|r| r.indicator == *indicator)
            .any(|r| {
                own.terms
                    .iter()
                    .any(|t| r.is.iter().flatten().any(|&x| x == t.term))
            })
    }

    /// Whether the context speaks of something else than what the figure was taken for: it is part of a whole that is
    /// bound to nothing, or the paragraph is labelled by a topic that has nothing to do with it.
    fn is_doubtful(&self, evidence: &[Evidence]) -> bool {
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
    fn other_topic(&self, d: &Decision, own: &Phrase, evidence: &[Evidence]) -> Option<&str> {
        let b = self.binder;
        let Decision::Bound { indicator, .. } = d else {
            return None;
        };
        let first = b.lexicon.term(self.state.first?);
        let whole = |e: &Evidence| e.level <= Level::Chain && b.lexicon.term(e.term).agency;
        let common = |t: &phrase::Stated| b.lexicon.term(t.term).common;
        let of_agency = b.catalogue.indicators().get(*indicator)?.domain == "common"
            && evidence.iter().any(whole)
            && own.terms.iter().all(common);
        (of_agency && !first.common).then_some(first.name.as_str())
    }

    /// Whether a change speaks of something besides what it is compared with (同比).
    fn leaves_over(&self, own: &Phrase) -> bool {
        let compares = |r: &str| {
            let words = self.prepared.words_in(&own.at);
            words.iter().any(|w| {
                w.entry.roles & role::BASE != 0 && self.prepared.text.get(w.start..w.end) == Some(r)
            })
        };
        own.residue.iter().any(|r| !compares(r))
    }

    /// A change belongs to the indicator of the figure it follows: 收入总计18,236.54万元，较上年增加1,520.32万元.
    fn change(&self, direction: aspect::Direction, own: &carry::Own, q: &Quantity) -> Decision {
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

    fn scenario(
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
                .is_some_and(|s| s.contains("预算收入"))
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
        let carried = self.state.scenario();
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
        to_come
            .or(stated)
            .or_else(|| so_far.then_some(Scenario::Actual))
            .or_else(|| {
                aspect::scenario(self.prepared, right, aims).filter(|s| *s == Scenario::Target)
            })
            .or(carried)
            .or_else(|| b.outer_scenario())
            .filter(|s| money || *s != Scenario::Budget)
            .unwrap_or_default()
    }

    /// Whether a share of the figure follows: 5500人的114.2%.
    fn is_base_of_share(&self, q: &Quantity) -> bool {
        let next = self
            .quantities
            .partition_point(|o| o.bytes.start < q.bytes.end);
        let share = self.quantities.get(next).filter(|o| o.unit == "%");
        share
            .and_then(|o| self.prepared.text.get(q.bytes.end..o.bytes.start))
            .is_some_and(|between| between.trim() == "的")
    }

    /// Whether a mention is a stretch of half a year or more that begins after the report's period, or a point after it.
    fn is_ahead(&self, m: &period::PeriodMention) -> bool {
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
    fn is_past(&self, m: &period::PeriodMention) -> bool {
        let aims = self.binder.section.period;
        aspect::is_cutoff(self.prepared, m)
            || self.binder.section.aims()
                && m.kind == period::Kind::Span
                && m.period.zip(aims).is_some_and(|(p, a)| p.end < a.start)
    }

    /// The figure's time: its own, else that of the sentence so far, else the document's.
    fn time(&mut self, own: &Range<usize>, change: bool) -> Option<period::PeriodMention> {
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
