//! Figures of running text to observations.
//!
//! One pass over a paragraph. For each figure the words before it (and, where the counted thing stands behind it, after
//! it) are its *own words*; what they leave unsaid is inherited from the figures and clauses before it, by the rules of
//! `carry`; `decide` then asks the rules of the catalogue. Nothing here knows a sentence: terms, wordings and roles
//! come from `pipelines/*.toml`.

pub(crate) mod agree;
pub(crate) mod aspect;
mod carry;
mod change;
pub(crate) mod confidence;
mod contest;
pub(crate) mod decide;
mod explain;
mod inherit;
mod list;
pub(crate) mod phrase;
mod project;
mod row;
mod sentences;
pub(crate) mod shared;
#[cfg(test)]
mod tests;
pub(crate) mod unit;
mod walk;
mod zero;

pub use contest::{Contest, contest};
pub use decide::{Decision, Evidence, Level};
pub use explain::{Candidate, Explained};
pub use project::Project;

use crate::analysis::{DocumentContext, Figure, Observation, Scenario};
use crate::catalogue::{Catalogue, Lexicon, Slot, TermId};
use crate::context::period::{self, PeriodMention};
use crate::context::section::Section;
use crate::quantity::{Quantity, Reader};
use crate::text::scalars::Scalars;
use carry::State;
use phrase::{Phrase, Prepared};
use sentences::Sentences;
use shared::Shared;
use std::ops::Range;
use std::sync::Arc;
use walk::Walk;

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
    /// The whole document speaks of the area (统计公报), not of the agency.
    pub of_area: bool,
    /// The whole document speaks of one project or fund.
    pub of_programme: bool,
    /// Terms of the title.
    pub title: Vec<TermId>,
    /// Headings in force: level, terms, scenario.
    pub headings: Vec<(u8, Vec<TermId>, Option<Scenario>)>,
    /// Which of them speak of projects: level, and how.
    pub projects: Vec<(u8, Project)>,
    /// What the headings say of the scenario and time of the figures below.
    pub section: Section,
}

/// Where a block stands, for the rows made from it.
pub struct At<'b> {
    /// Index of the block.
    pub block: usize,
    /// `p12`.
    pub location: &'b Arc<str>,
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
        self.whole(text, |p| self.outline_of(p))
    }

    fn outline_of(&self, p: &Prepared) -> (Vec<TermId>, Option<Scenario>) {
        let at = 0..p.text.len();
        let phrase = p.phrase(self.lexicon, at.clone(), false);
        let terms = phrase.terms.iter().map(|t| t.term).collect();
        (terms, aspect::scenario(p, &at, false))
    }

    /// Something asked of a short text, prepared as a whole.
    fn whole<T>(&self, text: &str, ask: impl FnOnce(&Prepared) -> T) -> T {
        let scalars = Scalars::new(text);
        let times = period::scan_in(&scalars, &self.years());
        ask(&Prepared::whole(&scalars, self.lexicon, &times))
    }

    /// What expressions of time are read against.
    pub fn years(&self) -> period::Base {
        self.section.base(self.context.year)
    }

    /// The time of figures that state none: the section's, else the report's. What was done so far, among aims for a time to
    /// come, is of the report's time.
    pub fn period(&self, scenario: Scenario) -> Option<crate::analysis::Period> {
        self.section
            .period
            .filter(|_| !self.section.aims() || scenario == Scenario::Target)
            .or(self.context.period)
            .or_else(|| period::year(self.context.year))
    }

    /// Why a figure was taken for the agency's where the whole document speaks of something else, if so.
    pub fn is_of_other(&self, d: &Decision) -> Option<&'static str> {
        let Decision::Bound { indicator, .. } = d else {
            return None;
        };
        let indicator = self.catalogue.indicators().get(*indicator);
        let indicator = indicator.filter(|i| i.domain == "common")?;
        if self.of_area && indicator.unit.starts_with('元') {
            return Some("全文说的是本地区，不是本单位");
        }
        let of_any = project::is_of_any(&indicator.unit);
        (self.of_programme && of_any).then_some("全文说的是一个项目，不是本单位")
    }

    /// Takes note of a heading.
    pub fn heading(&mut self, level: u8, text: &str) {
        self.headings.retain(|(l, _, _)| *l < level);
        let ((terms, scenario), project) =
            self.whole(text, |p| (self.outline_of(p), self.project(p)));
        self.headings.push((level, terms, scenario));
        self.projects.retain(|(l, _)| *l < level);
        self.projects.extend(project.map(|p| (level, p)));
    }

    /// Reads a paragraph or heading: its figures, and the indicators of those.
    pub fn paragraph(&self, text: &str, at: &At, rows: &mut Rows) {
        self.paragraph_about(text, at, Vec::new(), rows);
    }

    /// Reads a paragraph that stands under a label (a cell of a row): the label's terms count as its opening words.
    pub fn paragraph_about(&self, text: &str, at: &At, lead: Vec<TermId>, rows: &mut Rows) {
        let scalars = Scalars::new(text);
        let quantities = self.reader.read_in(&scalars);
        if quantities.is_empty() && !sentences::denies(&scalars, self.lexicon) {
            return;
        }
        let mut sentences = Sentences::of(&scalars, &quantities, self.lexicon);
        let (times, prepared) = loop {
            let found = self.prepare(&scalars, &quantities, sentences);
            if !found.1.lacks() {
                break found;
            }
            sentences = Sentences::all(&scalars);
        };
        let mut walk = Walk {
            binder: self,
            scalars: &scalars,
            prepared: &prepared,
            times: &times,
            state: State::among(self.section.aims()),
            project: self.project_above(),
            unit: false,
            told: Default::default(),
            unsaid: false,
            budget_goes_on: false,
            said: None,
            last: None,
            listed_change: None,
            budgeted: false,
            at,
            quantities: &quantities,
            bases: change::Bases::default(),
            taken: 0,
            plain: false,
            band: None,
            sentence: 0..0,
            evidence: None,
            shared: Shared::default(),
        };
        walk.lead();
        if walk.state.lead.is_empty() {
            walk.state.lead = lead;
        }
        for i in 0..quantities.len() {
            walk.figure(i, rows);
        }
        zero::statements(self, (&scalars, &prepared), &quantities, at, rows);
    }

    /// The expressions of time and the words of the sentences that are read.
    fn prepare<'t>(
        &self,
        text: &Scalars<'t>,
        quantities: &[Quantity],
        sentences: Sentences,
    ) -> (Vec<PeriodMention>, Prepared<'t>) {
        let times = period::scan_among(text, &sentences.read, &self.years());
        let mut skip: Vec<Range<usize>> = quantities.iter().map(|q| q.bytes.clone()).collect();
        skip.extend(
            times
                .iter()
                .map(|t| t.bytes.clone())
                .filter(|t| !meets_figure(quantities, t)),
        );
        skip.sort_unstable_by_key(|r| r.start);
        let prepared = Prepared::new(text, self.lexicon, skip, sentences);
        (times, prepared)
    }

    /// Whether the evidence states a topic that is not too general, so that nothing is looked for further out.
    fn is_told(&self, evidence: &[Evidence]) -> bool {
        evidence
            .iter()
            .any(|e| carry::is_strong(self.lexicon, e.term))
    }

    /// Evidence from outside the sentence, nearest first, until a topic is found that is not too general.
    fn outer(&self, evidence: &mut Vec<Evidence>, state: &State, own: &Phrase, wide: bool) {
        let agency = |t: TermId| self.lexicon.term(t).agency;
        // In a paragraph about the agency's money, a programme that an earlier sentence mentions is not what 支出决算 is of.
        let of_agency = state.first.is_some_and(agency) && own.terms.iter().any(|t| agency(t.term));
        let paragraph = (!of_agency).then_some((Level::Paragraph, state.paragraph.as_slice()));
        let headings = self.headings.iter().rev();
        let layers = paragraph
            .into_iter()
            .chain([(Level::Lead, state.lead.as_slice())])
            .chain(headings.map(|(_, terms, _)| (Level::Heading, terms.as_slice())))
            .chain([(Level::Title, self.title.as_slice())]);
        for (level, terms) in layers {
            if !wide && self.is_told(evidence) {
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

    /// Scenario that headings and title set.
    pub fn outer_scenario(&self) -> Option<Scenario> {
        // 绩效目标完成情况 heads what was done, not what was aimed at.
        self.headings
            .iter()
            .rev()
            .find_map(|(_, _, s)| *s)
            .filter(|s| *s != Scenario::Target)
            .or(self.section.scenario)
    }
}

/// Whether a byte range overlaps a figure; figures are in order and do not overlap.
fn meets_figure(quantities: &[Quantity], at: &Range<usize>) -> bool {
    let next = quantities.partition_point(|q| q.bytes.end <= at.start);
    quantities.get(next).is_some_and(|q| q.bytes.start < at.end)
}
