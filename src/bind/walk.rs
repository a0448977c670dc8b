//! The walk over one paragraph: each figure with its own words, what it inherits, and what it is decided to be.

mod about;
mod kinds;
mod moment;
mod nouns;
mod unheard;
mod whole;

use super::carry::{self, State};
use super::change::Bases;
use super::decide::{self, Decision, Evidence, Level};
use super::phrase::{Phrase, Prepared};
use super::project::Project;
use super::sentences::Sentences;
use super::shared::Shared;
use super::{At, Binder, Rows, aspect, confidence, explain, list};
use crate::analysis::Scenario;
use crate::catalogue::{Indicator, Slot, TermId, role};
use crate::context::period;
use crate::quantity::Quantity;
use crate::text::clause;
use crate::text::scalars::Scalars;
use std::ops::Range;
use std::sync::Arc;

/// The walk over one paragraph.
pub(super) struct Walk<'w, 'a, 't> {
    pub(super) binder: &'w Binder<'a>,
    pub(super) scalars: &'w Scalars<'t>,
    pub(super) prepared: &'w Prepared<'t>,
    pub(super) times: &'w [period::PeriodMention],
    pub(super) state: State<'t>,
    /// Whether one project is spoken of.
    pub(super) project: Project,
    /// A unit of its own is the subject of the sentence so far.
    pub(super) unit: bool,
    /// Wholes that later figures may be parts of.
    pub(super) told: whole::Told,
    /// The sentence says nothing of the scenario of the figure at hand.
    pub(super) unsaid: bool,
    /// A count among the sums of a budget (预算：公车2辆，购置36万元): it is not one of the budget, and what follows is.
    pub(super) budget_goes_on: bool,
    /// What the figure before was told to be.
    pub(super) said: Option<kinds::Said>,
    /// The figure before, as bound: indicator and its row.
    pub(super) last: Option<Last>,
    pub(super) at: &'w At<'w>,
    pub(super) quantities: &'w [Quantity],
    /// Direction of the changes being listed (分别增长…).
    pub(super) listed_change: Option<aspect::Direction>,
    /// A budget was stated in this sentence (not one of revenue), and nothing yet of what was spent of it.
    pub(super) budgeted: bool,
    /// Figures of the sentence that a change may be one of.
    pub(super) bases: Bases,
    /// Up to where the words behind the figure before were taken as its own.
    pub(super) taken: usize,
    /// The figures of the list so far say no more than how many there are (辖9个镇、186个村).
    pub(super) plain: bool,
    /// The ages of those that the figure before counts, and what stands right beside it (80—89周岁高龄津贴3926人235.6万元).
    pub(super) band: Option<&'t str>,
    /// The sentence of the figure before.
    pub(super) sentence: Range<usize>,
    /// A sentence as evidence: most figures are of that of the one before.
    pub(super) evidence: Option<(Range<usize>, Arc<str>)>,
    pub(super) shared: Shared,
}

/// Longest label, in characters.
const LABEL: usize = 40;
/// Confidence of what is bound through an earlier figure of an enumeration.
const CHAINED: f64 = 0.96;

/// What a figure was bound to.
#[derive(Clone)]
pub(super) struct Last {
    pub(super) indicator: Option<usize>,
    pub(super) confidence: f64,
}

impl<'t> Walk<'_, '_, 't> {
    /// The paragraph's opening words, when they are a label: 3.临时救助。 殡葬： （一）低保。
    pub(super) fn lead(&mut self) {
        let limit = self.quantities.first();
        let limit = limit.map_or(usize::MAX, |q| q.bytes.start);
        self.state.lead = match &self.prepared.opening {
            None => self.label(self.prepared, limit),
            // Longer ones are no label.
            Some(opening) if opening.places.len() > LABEL + 1 => Vec::new(),
            Some(opening) => {
                let only = Sentences::only(opening.clone());
                let (_, prepared) = self.binder.prepare(self.scalars, &[], only);
                self.label(&prepared, limit)
            }
        };
    }

    /// Terms of the words up to the first boundary, where that stands before `limit`.
    fn label(&mut self, prepared: &Prepared, limit: usize) -> Vec<TermId> {
        let text = prepared.text;
        let ends = |b: &&clause::Boundary| {
            use clause::Mark;
            let clause = matches!(
                b.mark,
                Mark::Sentence | Mark::Colon | Mark::Clause | Mark::Group
            );
            clause
                && text
                    .get(..b.start)
                    .is_some_and(|s| s.chars().any(char::is_alphanumeric))
        };
        let mark = prepared.marks.iter().find(ends);
        let end = mark.map(|b| b.start);
        let short = |s: &str| s.chars().nth(LABEL).is_none();
        match end {
            Some(end) if end <= limit && text.get(..end).is_some_and(short) => {
                let phrase = prepared.phrase(self.binder.lexicon, 0..end, false);
                if mark.is_some_and(|b| b.mark != clause::Mark::Clause) {
                    let label = self.binder.label_project(prepared, &(0..end));
                    self.project = label.unwrap_or(self.project);
                }
                phrase.terms.iter().map(|t| t.term).collect()
            }
            _ => Vec::new(),
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
        self.note_project(gap_start, &own_at);
        let mut own_left = self.prepared.phrase(b.lexicon, own_at.clone(), true);
        let right_at = self.right(i);
        let examples = self
            .examples_end(&own_left)
            .or_else(|| self.enumerated_names(&own_left, &right_at));
        if let Some(w) = examples {
            own_left = self.without_examples(own_left, w, &right_at);
        }
        let counted = self.counted_alone(&own_left, &right_at);
        own_left.terms.extend(counted);
        let own_left_empty = own_left.is_empty();
        let right = self.right_phrase(&own_left, right_at.clone());
        let ahead = if own_left.roles & role::DISTRIBUTE != 0 {
            self.ahead(i)
        } else {
            0
        };
        let upcoming = (self.quantities.len() - i, ahead);
        self.state.other_unit = self.state.counts_other(&q.unit);
        let mut each = self
            .state
            .each(b.lexicon, self.prepared, &own_left)
            .into_iter();
        let mut own =
            self.state
                .own_words(b.lexicon, self.prepared, own_left, right, upcoming, &q.unit);
        if let Some((terms, residue)) = each.next() {
            own.phrase.terms = terms;
            own.phrase.residue = residue;
        }
        if own.right || counted.is_some() {
            self.taken = right_at.end;
        }
        if own.phrase.roles & role::SHARE != 0 && self.is_base_of_share(q) {
            // 占年度计划5亿元的112%: the share is the next figure's.
            let words = self.prepared.words_in(&own_at);
            let shares = words.iter().filter(|w| w.entry.roles & role::SHARE != 0);
            let terms: Vec<TermId> = shares.filter_map(|w| w.entry.term).collect();
            own.phrase.terms.retain(|t| !terms.contains(&t.term));
        }
        if own.phrase.roles & role::IN_ALL != 0 && self.state.is_sum(&own.phrase, &q.unit) {
            own.phrase.roles |= role::STOCK;
        }
        let stated = aspect::direction(self.prepared, &own_at, q).or(
            // 分别增长3.87%、9.71%: the direction is said once.
            self.listed_change
                .filter(|_| self.state.is_listed() && own_left_empty),
        );
        let beside = self.state.separator == carry::Separator::None && own_at.is_empty();
        let joined = own_left_empty && (beside || self.state.separator == carry::Separator::List);
        let change = self.bases.direction(stated, joined);
        self.listed_change = change.filter(|_| self.state.is_listed());
        if let (Some(_), Some(indicator)) = (change, self.state.member_bound()) {
            self.last = Some(Last {
                indicator,
                confidence: CHAINED,
            });
        }
        if matches!(
            self.state.separator,
            carry::Separator::Sentence | carry::Separator::Group
        ) {
            self.bases.clear();
        }
        let depth = self.state.brackets();
        if change.is_some()
            && let Some(base) = self.bases.of(
                self.quantities.get(i..i + ahead.max(1)),
                depth,
                stated.is_some(),
            )
        {
            self.last = Some(base);
        }
        if change.is_some() && self.denies() {
            // 其中公务接待费4.4万元，未发生因公出国费用，比上年减少1.8万元: of which, nobody can tell.
            self.last = None;
            self.bases.clear();
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
        if let Some((_, Some(occasion))) = self.state.occasion {
            carry::add(&mut evidence, occasion, Level::Chain, true);
        }
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
        if i > 0 && self.names_group(i - 1) {
            let group = self.quantities.get(i - 1).map(|p| p.bytes.clone());
            residue.extend(group.and_then(|g| self.prepared.text.get(g)));
        }
        if counted.is_none() {
            residue.extend(self.counted_place(&own, q));
        }
        residue.extend(self.kind_before(&own));
        if !beside {
            let ages = self.prepared.ages;
            self.band = ages
                .then(|| aspect::age_band(self.prepared.text, &own_at))
                .flatten();
        }
        let mut time = self.time(&own_at, change.is_some());
        self.state.since += 1;
        let mut scenario = self.scenario(&own_at, &own.phrase, &right_at, q, time.as_ref());
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
        let carried_on = residue.clone();
        residue.extend(self.band);
        let mut decision = if let Some(direction) = change {
            self.change(direction, &own, q)
        } else {
            self.hear(&evidence);
            b.outer(&mut evidence, &self.state, &own.phrase, false);
            let d = decide::decide(b.catalogue, b.lexicon, &evidence, &residue, &unit);
            match d {
                Decision::Open { .. } if !own.phrase.terms.is_empty() => {
                    // A generic word of its own (慰问528人) may be meant under a wider heading.
                    self.hear(&[]);
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
        if let Decision::Open { .. } = &decision
            && change.is_none()
            && residue.is_empty()
            && !own.phrase.has(Slot::Topic)
            && (own.phrase.has(Slot::Act) || own.phrase.has(Slot::Measure))
            && !self.state.continues_unit(&unit)
        {
            for other in self.elsewhere(&evidence, &unit) {
                let d = decide::decide(b.catalogue, b.lexicon, &other, &residue, &unit);
                if let Decision::Bound { .. } = d {
                    decision = d;
                    wider = Some(other);
                    break;
                }
            }
        }
        if let Decision::Open { .. } = &decision
            && change.is_none()
            && let Some((bound, named)) = self.complete(&own, &evidence, &unit)
        {
            decision = bound;
            wider = Some(named);
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
        if change.is_none() && self.is_whole_again(&decision, &own) {
            decision = Decision::Open {
                why: "是其中的一部分，没有说明是哪一部分".to_string(),
            };
        }
        // 医疗卫生机构2642个，…编制13522人: whoever is spoken of is not the agency.
        if let Some(about) = self.other_topic(&decision, &own.phrase, &evidence) {
            let mut of_it = evidence.clone();
            carry::add(&mut of_it, about, Level::Paragraph, false);
            // The sum of what was distributed is of no single one of them.
            let summed = own.phrase.roles & role::TOTAL != 0;
            let domain = |i: &Indicator| i.domain != "common" && !summed;
            let among =
                decide::decide_among(b.catalogue, b.lexicon, &of_it, &residue, &unit, domain);
            decision = match among {
                // 基金总收入…。总支出…: of the fund that the paragraph is about.
                bound @ Decision::Bound { .. } => {
                    wider = Some(of_it);
                    bound
                }
                Decision::Open { .. } => Decision::Open {
                    why: format!("本段说的是“{}”，不是本单位", b.lexicon.term(about).name),
                },
            };
        }
        if let Some(wide) = &wider
            && let Some(about) = self.titled_only(&decision, wide)
        {
            decision = Decision::Open {
                why: format!("本段说的是“{about}”，不是本单位"),
            };
        }
        if let Some(about) = self.labelled_otherwise(&decision, &evidence) {
            decision = Decision::Open {
                why: format!("本段在“{about}”之下，所指更窄或不同"),
            };
        }
        let other = b
            .is_of_other(&decision)
            .or_else(|| self.is_of_project(&decision, &own.phrase, &evidence));
        if let Some(why) = other.filter(|_| change.is_none()) {
            decision = Decision::Open {
                why: why.to_string(),
            };
        }
        let group = change.is_none() && self.names_group(i);
        if group {
            decision = Decision::Open {
                why: "说的是一组对象的界限".to_string(),
            };
        }
        // A share or ratio of something is not the thing.
        let compared = change.is_none() && aspect::compared(self.prepared, &own_at, self.times, q);
        // 比预算少, 为目标的…: what it is compared with is not what the sentence is about.
        let against = aspect::is_comparison(self.prepared, &own_at);
        if compared {
            decision = Decision::Open {
                why: "与另一数相比的值".to_string(),
            };
        }
        let listed = own.right || own.phrase.roles & role::SUCH_AS != 0;
        if change.is_none() && !listed && self.is_of_several(&decision, &own_at, &evidence, &unit) {
            decision = Decision::Open {
                why: "说的是几项之和".to_string(),
            };
        }
        if change.is_none() && self.is_served(&decision, &own_at, &own, &evidence) {
            decision = Decision::Open {
                why: "说的是服务的对象，不是全部".to_string(),
            };
        }
        if let Some(why) = self.says_otherwise(&decision, &own) {
            decision = Decision::Open { why };
        }
        if (self.is_doubtful(&evidence) || self.may_be_some(&decision, &own, q))
            && let Decision::Bound { confidence, .. } = &mut decision
        {
            *confidence = confidence.min(confidence::DOUBTFUL);
        }
        self.doubt_whole(&decision, &own.phrase, rows);
        if self.state.separator == carry::Separator::Sentence {
            self.told.turn();
        }
        if change.is_none() {
            let roles = own.phrase.roles;
            (scenario, time) = self.as_of_whole(&decision, q, roles, (scenario, time));
            // 比预算10万元减少2万元: what it is compared with has no parts here.
            if !against {
                self.note_whole(&decision, q, (scenario, time.clone()));
            }
        }
        // 登记失业率3.4%，控制在4%以内: after its value, the limit set for it.
        let limit = own.phrase.roles & role::THAN != 0
            && scenario == Scenario::Actual
            && self.repeats(&decision, &own.phrase);
        let scenario = if limit { Scenario::Target } else { scenario };
        let quantity = rows.figures.len();
        let before = self.last.take();
        let before_scenario = self.state.scenario();
        self.push(
            q,
            &unit,
            &own_at,
            &own,
            &evidence,
            decision,
            change,
            scenario,
            time.clone(),
            rows,
        );
        if rows.figures.len() > quantity {
            self.told_apart(quantity, &own, change.is_some(), rows);
        }
        if rows.figures.len() > quantity
            && let Some(explained) = &mut rows.explained
        {
            let weighed = wider.as_ref().unwrap_or(&evidence);
            let account =
                explain::account(b.catalogue, b.lexicon, quantity, weighed, &residue, &unit);
            explained.push(account);
        }
        if group {
            self.last = before;
            return;
        }
        if rows.figures.len() > quantity {
            self.others(each, &own, (q, &unit, &own_at), (scenario, time), rows);
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
        let said = (!self.unsaid).then_some(scenario);
        let beside = limit || against;
        let scenario = if beside && !self.state.frame.unit.is_empty() {
            before_scenario
        } else if self.budget_goes_on {
            Some(Scenario::Budget)
        } else {
            said
        };
        self.state.told = self
            .prepared
            .words_in(&own.phrase.at)
            .iter()
            .rfind(|w| w.entry.term.is_some())
            .map(|w| w.start..w.end)
            .or(self.state.told.take());
        let evidence = wider.unwrap_or(evidence);
        let bound = self.last.as_ref().and_then(|l| l.indicator);
        if let Some(last) = &self.last {
            self.bases.told(last, &unit, depth);
        }
        self.state.after(
            b.lexicon,
            &own,
            evidence,
            carried_on,
            scenario,
            (&unit, bound),
        );
    }

    /// Observations of the same figure for the other things that it is said of (均为).
    fn others(
        &mut self,
        members: impl Iterator<Item = list::Member<'t>>,
        own: &carry::Own<'t>,
        (q, unit, own_at): (&Quantity, &str, &Range<usize>),
        (scenario, time): (Scenario, Option<period::PeriodMention>),
        rows: &mut Rows,
    ) {
        let b = self.binder;
        for (terms, residue) in members {
            let own = carry::Own {
                phrase: Phrase {
                    terms,
                    residue,
                    ..own.phrase.clone()
                },
                right: own.right,
            };
            let mut evidence = self.state.evidence(b.lexicon, &own, unit);
            self.hear(&evidence);
            b.outer(&mut evidence, &self.state, &own.phrase, false);
            let residue = self.state.residue(&own, &evidence, b.lexicon);
            let decision = decide::decide(b.catalogue, b.lexicon, &evidence, &residue, unit);
            let refused = b.is_of_other(&decision).is_some()
                || self
                    .is_of_project(&decision, &own.phrase, &evidence)
                    .is_some()
                || self
                    .other_topic(&decision, &own.phrase, &evidence)
                    .is_some();
            if refused || matches!(decision, Decision::Open { .. }) {
                continue;
            }
            let last = self.last.take();
            let (figures, observations) = (rows.figures.len(), rows.observations.len());
            self.push(
                q,
                unit,
                own_at,
                &own,
                &evidence,
                decision,
                None,
                scenario,
                time.clone(),
                rows,
            );
            self.last = last;
            // The figure stands once in the text.
            let again = rows.figures.drain(figures..).next_back();
            let figure = figures.checked_sub(1);
            let known = |o: &crate::Observation, of: &crate::Observation| {
                o.quantity == figure && o.indicator == of.indicator
            };
            let added = rows.observations.drain(observations..).next_back();
            if let Some(mut o) = added
                && !rows.observations.iter().rev().take(8).any(|x| known(x, &o))
            {
                o.quantity = figure;
                rows.observations.push(o);
            }
            if let (Some(f), Some(again)) = (rows.figures.last_mut(), again)
                && f.indicator.is_empty()
            {
                f.indicator = again.indicator;
                f.reason = again.reason;
            }
        }
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

    fn uses_own(&self, d: &Decision, own: &Phrase) -> bool {
        let Decision::Bound { indicator, .. } = d else {
            return false;
        };
        let asked = |t: TermId| self.binder.lexicon.asks_for(*indicator, t);
        own.terms.iter().any(|t| asked(t.term))
    }
}
