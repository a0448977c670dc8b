//! Figures of running text to observations.
//!
//! One pass over a paragraph. For each figure the words before it (and, where the counted thing stands behind it, after
//! it) are its *own words*; what they leave unsaid is inherited from the figures and clauses before it, by the rules of
//! `carry`; `decide` then asks the rules of the catalogue. Nothing here knows a sentence: terms, wordings and roles
//! come from `pipelines/*.toml`.

pub(crate) mod aspect;
mod carry;
pub(crate) mod confidence;
pub(crate) mod decide;
mod explain;
mod list;
pub(crate) mod phrase;
pub(crate) mod unit;
mod zero;

pub use decide::{Decision, Evidence, Level};
pub use explain::{Candidate, Explained};

use crate::analysis::{DocumentContext, Figure, Observation, Scenario, Transformation};
use crate::catalogue::{Catalogue, Lexicon, Slot, TermId, role};
use crate::context::period;
use crate::quantity::{Quantity, Reader};
use crate::text::clause;
use carry::State;
use phrase::{Phrase, Prepared};
use rust_decimal::Decimal;
use std::ops::Range;

/// What a document's text is bound with, and what its headings have said so far.
pub struct Binder<'a> {
    /// Catalogue.
    pub catalogue: &'a Catalogue,
    /// Vocabulary of the document's domain.
    pub lexicon: &'a Lexicon,
    /// Number reader.
    pub reader: &'a Reader,
    /// Area, agency, period of the document.
    pub context: &'a DocumentContext,
    /// Places and agencies.
    pub knowledge: &'a crate::context::Knowledge,
    /// Terms of the title.
    pub title: Vec<TermId>,
    /// Headings in force: level, terms, scenario.
    pub headings: Vec<(u8, Vec<TermId>, Option<Scenario>)>,
}

/// Where a block stands, for the rows made from it.
pub struct At<'b> {
    /// Index of the block.
    pub block: usize,
    /// `p12`.
    pub location: &'b str,
}

/// Rows made from a document so far.
#[derive(Default)]
pub struct Rows {
    /// Figures.
    pub figures: Vec<Figure>,
    /// Observations.
    pub observations: Vec<Observation>,
    /// What was weighed for each figure of running text, where that is asked for.
    pub explained: Option<Vec<Explained>>,
}

impl Binder<'_> {
    /// Terms and scenario of a heading, caption or title.
    pub fn outline(&self, text: &str) -> (Vec<TermId>, Option<Scenario>) {
        let times = period::scan(text, self.context.year);
        let p = Prepared::new(
            text,
            self.lexicon,
            times.iter().map(|t| t.bytes.clone()).collect(),
        );
        let phrase = p.phrase(self.lexicon, 0..text.len(), false);
        (
            phrase.terms.iter().map(|t| t.term).collect(),
            aspect::scenario(&p, &(0..text.len())),
        )
    }

    /// Takes note of a heading.
    pub fn heading(&mut self, level: u8, text: &str) {
        self.headings.retain(|(l, _, _)| *l < level);
        let (terms, scenario) = self.outline(text);
        self.headings.push((level, terms, scenario));
    }

    /// Reads a paragraph or heading: its figures, and the indicators of those.
    pub fn paragraph(&self, text: &str, at: &At, rows: &mut Rows) {
        self.paragraph_about(text, at, Vec::new(), rows);
    }

    /// Reads a paragraph that stands under a label (a cell of a row): the label's terms count as its opening words.
    pub fn paragraph_about(&self, text: &str, at: &At, lead: Vec<TermId>, rows: &mut Rows) {
        let quantities = self.reader.read(text);
        if quantities.is_empty() && !self.may_state_zero(text) {
            return;
        }
        let times = period::scan(text, self.context.year);
        let mut skip: Vec<Range<usize>> = quantities.iter().map(|q| q.bytes.clone()).collect();
        skip.extend(
            times
                .iter()
                .map(|t| t.bytes.clone())
                .filter(|t| !meets_figure(&quantities, t)),
        );
        skip.sort_unstable_by_key(|r| r.start);
        let prepared = Prepared::new(text, self.lexicon, skip);
        let mut walk = Walk {
            binder: self,
            prepared: &prepared,
            times: &times,
            state: State::default(),
            last: None,
            listed_change: None,
            at,
            quantities: &quantities,
            taken: 0,
        };
        walk.lead();
        if walk.state.lead.is_empty() {
            walk.state.lead = lead;
        }
        for i in 0..quantities.len() {
            walk.figure(i, rows);
        }
        zero::statements(self, &prepared, &quantities, at, rows);
    }

    fn may_state_zero(&self, text: &str) -> bool {
        self.lexicon
            .words(text)
            .any(|w| w.entry.roles & role::NEGATION != 0)
    }

    /// Evidence from outside the sentence, nearest first, until a topic is found that is not too general.
    fn outer(&self, evidence: &mut Vec<Evidence>, state: &State, own: &Phrase, wide: bool) {
        let strong = |ev: &[Evidence]| {
            ev.iter().any(|e| {
                let t = self.lexicon.term(e.term);
                t.slot == Slot::Topic && !t.weak
            })
        };
        let agency = |t: TermId| self.lexicon.term(t).agency;
        // In a paragraph about the agency's money, a programme that an earlier sentence mentions is not what 支出决算 is of.
        let of_agency = state.first.is_some_and(agency) && own.terms.iter().any(|t| agency(t.term));
        let mut layers: Vec<(Level, &[TermId])> = Vec::new();
        if !of_agency {
            layers.push((Level::Paragraph, &state.paragraph));
        }
        layers.push((Level::Lead, &state.lead));
        for (_, terms, _) in self.headings.iter().rev() {
            layers.push((Level::Heading, terms));
        }
        layers.push((Level::Title, &self.title));
        for (level, terms) in layers {
            if !wide && strong(evidence) {
                // A narrower label or heading narrows: under 城市低保 the 低保 is 城市.
                if level >= Level::Lead && level != Level::Title && self.same_topic(evidence, terms)
                {
                    self.add_outer(evidence, level, terms);
                }
                continue;
            }
            self.add_outer(evidence, level, terms);
        }
    }

    /// Whether an outer layer speaks of nothing but the topics that the evidence already states.
    fn same_topic(&self, evidence: &[Evidence], terms: &[TermId]) -> bool {
        let topics = || terms.iter().filter(|&&t| carry::is_strong(self.lexicon, t));
        topics().next().is_some()
            && topics().all(|&t| {
                evidence.iter().any(|e| {
                    carry::is_strong(self.lexicon, e.term)
                        && (self.lexicon.is_a(e.term, t) || self.lexicon.is_a(t, e.term))
                })
            })
    }

    /// Topics of an outer layer, and its parts where it states just one of a group that nothing nearer states.
    pub fn add_outer(&self, evidence: &mut Vec<Evidence>, level: Level, terms: &[TermId]) {
        for &t in terms {
            let term = self.lexicon.term(t);
            let take = match term.slot {
                Slot::Topic => true,
                Slot::Part if level != Level::Paragraph && level != Level::Title => {
                    let same = |o: TermId| {
                        self.lexicon.term(o).slot == Slot::Part
                            && self.lexicon.term(o).group == term.group
                    };
                    !evidence.iter().any(|e| same(e.term))
                        && terms.iter().filter(|&&o| same(o)).all(|&o| o == t)
                }
                _ => false,
            };
            if take && !evidence.iter().any(|e| e.term == t) {
                evidence.push(Evidence {
                    term: t,
                    level,
                    must: false,
                });
            }
        }
    }

    /// Scenario that headings and title set, for money.
    pub fn outer_scenario(&self) -> Option<Scenario> {
        // 绩效目标完成情况 heads what was done, not what was aimed at.
        self.headings
            .iter()
            .rev()
            .find_map(|(_, _, s)| *s)
            .filter(|s| *s != Scenario::Target)
    }
}

/// Whether a byte range overlaps a figure; figures are in order and do not overlap.
fn meets_figure(quantities: &[Quantity], at: &Range<usize>) -> bool {
    let next = quantities.partition_point(|q| q.bytes.end <= at.start);
    quantities.get(next).is_some_and(|q| q.bytes.start < at.end)
}

/// The walk over one paragraph.
struct Walk<'w, 'a, 't> {
    binder: &'w Binder<'a>,
    prepared: &'w Prepared<'t>,
    times: &'w [period::PeriodMention],
    state: State<'t>,
    /// The figure before, as bound: indicator and its row.
    last: Option<Last>,
    at: &'w At<'w>,
    quantities: &'w [Quantity],
    /// Direction of the changes being listed (分别增长…).
    listed_change: Option<aspect::Direction>,
    /// Up to where the words behind the figure before were taken as its own.
    taken: usize,
}

/// Confidence of what is bound through an earlier figure of an enumeration.
const CHAINED: f64 = 0.96;

struct Last {
    indicator: Option<usize>,
    confidence: f64,
}

impl<'t> Walk<'_, '_, 't> {
    /// The paragraph's opening words, when they are a label: 3.临时救助。 殡葬： （一）低保。
    fn lead(&mut self) {
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

    fn figure(&mut self, i: usize, rows: &mut Rows) {
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
        let scenario = self.scenario(&own_at, &right_at, q);
        let time = self.time(&own_at, change.is_some());
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
        1 + pairs.take_while(joined).count()
    }

    /// The words after a figure up to the next boundary or figure. Figures that stand side by side share them
    /// (为8户15人发放…).
    fn right(&self, i: usize) -> Range<usize> {
        let mut last = i;
        while let (Some(a), Some(b)) = (self.quantities.get(last), self.quantities.get(last + 1))
            && a.bytes.end == b.bytes.start
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

    fn scenario(&self, own: &Range<usize>, right: &Range<usize>, q: &Quantity) -> Scenario {
        let money = q.unit.starts_with('元');
        aspect::scenario(self.prepared, own)
            .or_else(|| aspect::scenario(self.prepared, right).filter(|s| *s == Scenario::Target))
            .or(self.state.scenario())
            .or_else(|| self.binder.outer_scenario())
            .filter(|s| money || *s != Scenario::Budget)
            .unwrap_or_default()
    }

    /// The figure's time: its own, else that of the sentence so far, else the document's.
    fn time(&mut self, own: &Range<usize>, change: bool) -> Option<period::PeriodMention> {
        let gap = self.state.gap_start..own.end;
        let within = |r: &Range<usize>, m: &&period::PeriodMention| {
            r.start <= m.bytes.start && m.bytes.end <= r.end
        };
        let own_time = self
            .times
            .iter()
            .filter(|m| within(&gap, m) && m.period.is_some())
            .rfind(|m| !(aspect::is_base(self.prepared, m) && (change || !within(own, m))));
        if let Some(m) = own_time {
            let base = aspect::is_base(self.prepared, m);
            // The year of an old value (由2011年的1000元提高到…) is that value's alone.
            if !base && !self.state.is_old_value() {
                self.state.time = Some(m.clone());
            }
            return Some(m.clone());
        }
        self.state.time.clone()
    }

    #[allow(clippy::too_many_arguments)]
    fn push(
        &mut self,
        q: &Quantity,
        unit: &str,
        own_at: &Range<usize>,
        own: &carry::Own,
        evidence: &[Evidence],
        decision: Decision,
        change: Option<aspect::Direction>,
        scenario: Scenario,
        time: Option<period::PeriodMention>,
        rows: &mut Rows,
    ) {
        let b = self.binder;
        let text = self.prepared.text;
        let value_text = text.get(q.bytes.clone()).unwrap_or("").to_string();
        let mut figure = Figure {
            location: self.at.location.to_string(),
            block: self.at.block,
            chars: q.chars.clone(),
            value_text,
            value: q.value,
            value_max: q.value_max,
            unit: unit.to_string(),
            qualifier: q.qualifier,
            measured: self.measured(own_at, own, evidence),
            time_period: String::new(),
            year: 0,
            indicator: String::new(),
            reason: String::new(),
        };
        let bound = match decision {
            Decision::Bound {
                indicator,
                confidence,
                unit,
                why,
            } => b
                .catalogue
                .indicators()
                .get(indicator)
                .map(|ind| (indicator, ind, confidence, unit, why)),
            Decision::Open { why } => {
                figure.reason = why;
                None
            }
        };
        let flow = bound
            .as_ref()
            .is_none_or(|(_, i, ..)| !matches!(i.kind.as_str(), "stock" | "standard" | "ratio"));
        let old = self.state.is_old_value();
        let when = aspect::period_of(time.as_ref(), b.context, flow, old);
        figure.time_period = when.map(|p| period::iso(&p)).unwrap_or_default();
        figure.year = when.map_or(0, |p| aspect::year_of(&p));
        if figure.unit.is_empty() && bound.is_none() {
            self.last = None;
            return;
        }
        self.last = Some(Last {
            indicator: bound.as_ref().map(|(i, ..)| *i),
            confidence: bound.as_ref().map_or(0.0, |(_, _, c, ..)| *c),
        });
        if let Some((_, ind, confidence, unit, why)) = bound {
            if let Some(u) = unit {
                figure.unit = u;
            }
            figure.indicator = ind.id.clone();
            figure.reason = why.clone();
            let (transformation, sign) = match change {
                None => (Transformation::Level, Decimal::ONE),
                Some(d) => (
                    if q.unit == "%" {
                        Transformation::GrowthRate
                    } else {
                        Transformation::Change
                    },
                    if d.down {
                        Decimal::NEGATIVE_ONE
                    } else {
                        Decimal::ONE
                    },
                ),
            };
            let sentence = clause::sentence(text, &q.bytes);
            rows.observations.push(Observation {
                indicator: ind.id.clone(),
                place: b.context.place.clone(),
                time_period: figure.time_period.clone(),
                period: when,
                year: figure.year,
                scenario,
                transformation,
                obs_value: q.value * sign,
                obs_value_max: q.value_max.map(|v| v * sign),
                unit_measure: figure.unit.clone(),
                qualifier: q.qualifier,
                value_text: figure.value_text.clone(),
                evidence: text.get(sentence).unwrap_or("").to_string(),
                location: figure.location.clone(),
                chars: q.chars.clone(),
                confidence,
                rule: format!("{}：{why}", ind.id),
                quantity: Some(rows.figures.len()),
            });
        }
        rows.figures.push(figure);
    }

    /// What is measured, ellipsis resolved: carried terms that the own words leave out, then the own words.
    fn measured(&self, own_at: &Range<usize>, own: &carry::Own, evidence: &[Evidence]) -> String {
        let lex = self.binder.lexicon;
        let mut out = String::new();
        for slot in [Slot::Part, Slot::Topic] {
            for e in evidence
                .iter()
                .filter(|e| e.level != Level::Own && e.level <= Level::Ambient)
            {
                if lex.term(e.term).slot == slot && out.chars().count() < 24 {
                    out.push_str(&lex.term(e.term).name);
                }
            }
        }
        let mut from = own_at.start;
        for r in self
            .prepared
            .skip
            .iter()
            .filter(|r| r.start >= own_at.start && r.end <= own_at.end)
        {
            out.push_str(self.prepared.text.get(from..r.start).unwrap_or(""));
            from = r.end;
        }
        out.push_str(self.prepared.text.get(from..own_at.end).unwrap_or(""));
        if own.right {
            out.push_str(self.prepared.text.get(own.phrase.at.clone()).unwrap_or(""));
        }
        let trimmed = out.trim_matches(|c: char| {
            !c.is_alphanumeric() && c != '”' && c != '）' && c != '“' && c != '（'
        });
        trimmed.chars().take(60).collect()
    }
}
