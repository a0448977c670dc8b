//! One project or fund, which is not the agency.
//!
//! Reports on the agency's whole money tell of single projects in the same words: “智慧养老”项目年初预算120万元，实际支付67.4万元，执行率
//! 56.17%. Whatever is named right before 项目 (or another word that plays the role `project`) is spoken of from there on: in
//! its sentence, in the paragraph where that begins with it or is labelled by it, and below a heading that names it. What is
//! said then in words that fit any budget (预算, 执行率, 自评得分) is not the agency's. Indicators of a domain are not concerned:
//! what a project did is what the agency did.

use super::decide::{Decision, Evidence, Level};
use super::phrase::{Phrase, Prepared, Stated};
use super::walk::Walk;
use super::{Binder, carry};
use crate::catalogue::{Slot, Term, Word, role};
use crate::text::token;
use std::ops::Range;

/// How a project is spoken of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Project {
    /// It is not; the agency is.
    #[default]
    None,
    /// Projects are the subject, of no name (二、项目支出情况): their sum may be told.
    Some,
    /// A clause names one: to the end of its sentence.
    Sentence,
    /// The paragraph begins with one.
    Paragraph,
    /// A label or heading names one.
    Label,
}

/// Whether an amount in this unit may be said of any budget.
pub(super) fn is_of_any(unit: &str) -> bool {
    unit.starts_with('元') || matches!(unit, "%" | "分")
}

impl Binder<'_> {
    /// What a heading says of projects; nothing where it speaks of neither projects nor the whole agency.
    pub(super) fn project(&self, p: &Prepared) -> Option<Project> {
        let at = 0..p.text.len();
        let words = p.words_in(&at);
        let common = |w: &Word| w.entry.term.map(|t| self.lexicon.term(t).common);
        // 基本支出和项目支出情况.
        let other = |w: &Word| !is_project(w) && common(w) == Some(true);
        let some = words.iter().any(is_project) && !words.iter().any(other);
        let some = some.then_some(Project::Some);
        self.label_project(p, &at).or(some)
    }

    /// What the headings above say of projects.
    pub(super) fn project_above(&self) -> Project {
        self.projects.last().map(|(_, p)| *p).unwrap_or_default()
    }

    /// What a label says of projects: nothing more may be said of the one it names than that its affairs are told (养老服务中心建设项目,
    /// 福彩公益金项目资金使用情况, but not 个别项目受天气影响).
    pub(super) fn label_project(&self, p: &Prepared, at: &Range<usize>) -> Option<Project> {
        if self.says_whole(p, at) {
            return Some(Project::None);
        }
        let last = p.words_in(at).iter().rfind(|w| is_project(w))?;
        let tail = p.phrase(self.lexicon, last.end..at.end, true);
        let weak = |t: &Stated| self.lexicon.term(t.term).weak;
        let told = tail.residue.is_empty() && tail.terms.iter().all(weak);
        (told && self.names(p, at, false)).then_some(Project::Label)
    }

    /// Whether words say that the whole is meant, not one project: 整体支出.
    fn says_whole(&self, p: &Prepared, at: &Range<usize>) -> bool {
        let text = p.text.get(at.clone()).unwrap_or("");
        self.catalogue.sections().whole.is_in(text)
    }

    /// Whether the clause of a figure names a project: something else than general words stands right before 项目. 专项资金 always is
    /// some fund's.
    fn names_project(&self, p: &Prepared, at: &Range<usize>) -> bool {
        self.names(p, at, true)
    }

    fn names(&self, p: &Prepared, at: &Range<usize>, funds: bool) -> bool {
        let words = p.words_in(at);
        let named = |(i, w): (usize, &Word)| {
            let before = words.get(..i).unwrap_or_default();
            is_project(w)
                && (funds && w.entry.roles & role::NARROWING != 0
                    || self.is_named(p, at.start, before, w.start))
                || funds && self.is_fund(p, w)
        };
        words.iter().enumerate().any(named)
    }

    /// Whether a wording names a thing of the domain and the money for it: 基本公共卫生服务项目资金.
    fn is_fund(&self, p: &Prepared, w: &Word) -> bool {
        let text = p.text.get(w.start..w.end).unwrap_or("");
        let of_domain = |t| {
            let term = self.lexicon.term(t);
            !term.common && term.slot == Slot::Topic
        };
        let term = w.entry.term;
        term.is_some_and(|t| self.catalogue.sections().funds.ends(text) && of_domain(t))
    }

    /// Whether what stands between `start` and `to`, the last of it in `before`, ends in a name.
    fn is_named(&self, p: &Prepared, start: usize, before: &[Word], to: usize) -> bool {
        let mut to = to;
        for w in before.iter().rev().take(GENERAL) {
            if let Some(named) = ends_in_name(p, w.end..to) {
                return named;
            }
            if let Some(t) = w.entry.term.map(|t| self.lexicon.term(t))
                && (!t.common || t.agency || t.slot == Slot::Topic)
            {
                return !t.common;
            }
            // 低保、特困等项目.
            if w.entry.roles & role::SUCH_AS != 0 {
                return false;
            }
            to = w.start;
        }
        before.len() <= GENERAL && ends_in_name(p, start..to) == Some(true)
    }
}

/// Most general words between a name and 项目: 养老服务中心 建设 项目.
const GENERAL: usize = 3;

fn is_project(w: &Word) -> bool {
    w.entry.roles & role::PROJECT != 0
}

/// Whether a stretch without wordings ends in a name: in words that nothing knows, or a closing quotation mark. Nothing where it
/// says nothing.
fn ends_in_name(p: &Prepared, at: Range<usize>) -> Option<bool> {
    let mark = p.marks_in(&at).last().map(|m| m.end);
    let skip = p.skip.partition_point(|r| r.start < at.end);
    let skipped = skip.checked_sub(1).and_then(|i| p.skip.get(i));
    let from = mark.max(skipped.map(|r| r.end)).filter(|e| *e > at.start);
    let text = p.text.get(from.unwrap_or(at.start)..at.end).unwrap_or("");
    if token::has_words(text) || text.ends_with(['”', '》', '」', '’']) {
        return Some(true);
    }
    from.map(|_| false)
}

impl Walk<'_, '_, '_> {
    /// Takes note of a project that the clauses before a figure, or its own, name. `from` is where the figure before ends.
    pub(super) fn note_project(&mut self, from: usize, own: &Range<usize>) {
        let b = self.binder;
        if self.state.gap_start > from {
            self.unit = false;
            if self.project == Project::Sentence {
                self.project = b.project_above();
            }
        }
        if self.says_agency(own) {
            self.unit = false;
        } else if self.names_unit(own) {
            self.unit = true;
        }
        let sublist = |w: &Word| w.entry.roles & role::SUBLIST != 0;
        let sublist = self.prepared.words_in(own).iter().any(sublist);
        // 整体支出3200万元，其中养老项目支出600万元，执行率98%: parts of a whole are an aside.
        let head = self.state.heads.last();
        let part = sublist && self.last.as_ref().is_some_and(|l| l.indicator.is_some())
            || head.is_some_and(|h| h.frame.bound().is_some());
        let pieces = self.state.passed.iter();
        let pieces = pieces.filter(|at| at.start >= self.state.gap_start);
        for at in pieces.chain([own]) {
            // 由于养老服务中心项目建设滞后，预算执行率92%: a clause before must speak of nothing else.
            let said = || self.prepared.words_in(at).iter().any(is_project);
            let label = || b.label_project(self.prepared, at) == Some(Project::Label);
            let named = match at == own {
                true => b.names_project(self.prepared, at),
                false => said() && label(),
            };
            if named && part {
                continue;
            }
            if named {
                self.project = match self.project {
                    Project::Label | Project::Paragraph => self.project,
                    _ if from == 0 => Project::Paragraph,
                    _ => Project::Sentence,
                };
            } else if self.project != Project::None
                && (b.says_whole(self.prepared, at) || self.names_agency(at))
            {
                self.project = Project::None;
            }
        }
    }

    /// Whether a clause says that a unit of its own has staff or money: its name, or a thing of the domain, stands right before the
    /// first word that is said of a whole agency (殡仪馆编制12人，在职11人).
    fn names_unit(&self, at: &Range<usize>) -> bool {
        let b = self.binder;
        let words = self.prepared.words_in(at);
        let term = |w: &Word| w.entry.term.map(|t| b.lexicon.term(t));
        let of_agency = |w: &Word| term(w).is_some_and(|t| t.agency);
        let Some(i) = words.iter().position(of_agency) else {
            return false;
        };
        let last = i.checked_sub(1).and_then(|i| words.get(i));
        let to = words.get(i).map_or(at.end, |w| w.start);
        let from = last.map_or(at.start, |w| w.end);
        let gap = self.prepared.text.get(from..to).unwrap_or("").trim_end();
        let units = &b.catalogue.sections().units;
        if gap.is_empty() {
            let topic = |t: &Term| t.slot == Slot::Topic && !t.weak && !t.common;
            // 救助站 narrows nothing that the bureau does, but its staff is not the bureau's. 我中心, 全院 are the agency.
            let unit = |w: &Word| {
                let name = self.prepared.text.get(w.start..w.end).unwrap_or("");
                units.ends(name)
                    && name.chars().count() > 2
                    && !name.starts_with(['我', '本', '全', '该'])
            };
            return last.is_some_and(|w| term(w).map_or_else(|| unit(w), topic));
        }
        // The report of a centre calls it by its name.
        units.ends(gap) && !units.ends(&b.context.agency) && !gap.contains(['及', '和', '与', '、'])
    }

    /// Whether a clause names the agency, where no label names a project.
    fn names_agency(&self, at: &Range<usize>) -> bool {
        self.project != Project::Label && self.says_agency(at)
    }

    fn says_agency(&self, at: &Range<usize>) -> bool {
        let agency = |w: &Word| w.entry.roles & role::AGENCY != 0;
        self.prepared.words_in(at).iter().any(agency)
    }

    /// The topic that an earlier sentence of the paragraph is about, where general words (到位资金) were taken for the agency's money for no
    /// other reason than the title.
    pub(super) fn titled_only(&self, d: &Decision, wide: &[Evidence]) -> Option<&str> {
        let Decision::Bound { indicator, .. } = d else {
            return None;
        };
        let b = self.binder;
        let indicator = b.catalogue.indicators().get(*indicator)?;
        if indicator.domain != "common" || !indicator.unit.starts_with('元') {
            return None;
        }
        let term = |e: &Evidence| b.lexicon.term(e.term);
        let common = |e: &Evidence| term(e).common && (e.level < Level::Title);
        let general = |e: &Evidence| term(e).weak && term(e).slot != Slot::Topic;
        if !wide.iter().filter(|e| common(e)).all(general) {
            return None;
        }
        let about = |e: &&Evidence| {
            let near = matches!(e.level, Level::Paragraph | Level::Lead);
            near && !term(e).common && carry::is_strong(b.lexicon, e.term)
        };
        let about = wide.iter().find(about)?;
        Some(b.lexicon.term(about.term).name.as_str())
    }

    /// Why a figure that was taken for the agency's is of a project, if so.
    pub(super) fn is_of_project(
        &self,
        d: &Decision,
        own: &Phrase,
        evidence: &[Evidence],
    ) -> Option<&'static str> {
        let Decision::Bound { indicator, .. } = d else {
            return None;
        };
        let b = self.binder;
        let indicator = b.catalogue.indicators().get(*indicator)?;
        if indicator.domain != "common" {
            return None;
        }
        let whole = |e: &Evidence| e.level <= Level::Chain && b.lexicon.term(e.term).agency;
        if self.unit && evidence.iter().any(whole) {
            return Some("说的是一个单位，不是整个部门");
        }
        if !is_of_any(&indicator.unit) {
            return None;
        }
        // What the project itself is about says nothing of its budget.
        let common = |e: &&Evidence| e.level <= Level::Chain && b.lexicon.term(e.term).common;
        let said = || evidence.iter().filter(common);
        let weak = || said().all(|e| b.lexicon.term(e.term).weak);
        let agency = |e: &Evidence| b.lexicon.term(e.term).weak || b.lexicon.term(e.term).agency;
        let rate = !indicator.unit.starts_with('元');
        let of_it = match self.project {
            Project::None => false,
            Project::Label => rate || said().all(agency),
            _ => rate || weak(),
        };
        let here = || b.names_project(self.prepared, &own.at);
        (of_it || here()).then_some("说的是一个项目，不是本单位")
    }
}
