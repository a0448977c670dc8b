//! Several things that one indicator was found for.
//!
//! 乡镇综合文化站19个、村级文化中心201个, or 两项补贴标准分别为70元、100元: where two figures side by side would be two different values of one
//! indicator at one time, each is of something narrower, and of what nobody can tell. Neither is bound.

use super::{Rows, Walk};
use crate::analysis::{Observation, Transformation};
use crate::bind::carry::{self, Own, Separator};
use crate::catalogue::{Slot, TermId, Word, role};
use std::sync::Arc;

/// What the figure before was told to be.
pub(in crate::bind) struct Said {
    /// Its place among the figures.
    figure: usize,
    /// Topics of its own words.
    topics: Vec<TermId>,
    /// Those of them that a longer name ends in: 公墓 in 公益性公墓.
    qualified: Vec<TermId>,
    /// The indicator, where it was one of several things of it.
    several: Option<Arc<str>>,
}

impl Walk<'_, '_, '_> {
    /// Takes back what the figure at hand, and that before it, were bound to, where they are different things.
    pub(super) fn told_apart(&mut self, figure: usize, own: &Own, change: bool, rows: &mut Rows) {
        let topic = |t: &&crate::bind::phrase::Stated| t.slot == Slot::Topic;
        let topics = own.phrase.terms.iter().filter(topic);
        let topics: Vec<TermId> = topics.map(|t| t.term).collect();
        let qualified = self.qualified(own);
        let before = self.said.take();
        if let Some(before) = &before
            && !change
            && before.figure.checked_add(1) == Some(figure)
            && own.phrase.roles & role::SUBLIST == 0
            && self.state.separator == Separator::List
        {
            self.kinds(
                (before.figure, &before.qualified, &topics),
                (figure, &qualified, &before.topics),
                rows,
            );
        }
        let of = |n: usize| move |o: &Observation| o.quantity == Some(n);
        let part = own.phrase.roles & role::SUBLIST != 0;
        let mut several = None;
        let now = rows.observations.last().filter(|o| of(figure)(o));
        if let (Some(now), Some(before)) = (now, before)
            && !change
            && before.figure.checked_add(1) == Some(figure)
            && self.is_beside(own, &topics, &before)
        {
            let indicator = now.indicator.clone();
            let again = before.several.as_ref() == Some(&indicator);
            let mut recent = rows.observations.iter().rev().take(RECENT);
            let other = recent.find(|o| of(before.figure)(o) && differ(o, now));
            if again || other.is_some() {
                several = Some(indicator);
                // 总支出581万元，当中本年支出480万元: the whole is what it was told to be.
                let first = if part { figure } else { before.figure };
                take_back(&mut rows.observations, first, |_| true);
                for n in [first, figure] {
                    if let Some(f) = rows.figures.get_mut(n)
                        && !f.indicator.is_empty()
                    {
                        f.indicator = Arc::default();
                        f.reason = "与并列的数合于同一指标，各是其中的一种".to_string();
                    }
                }
                self.last = None;
                self.bases.clear();
            }
        }
        self.said = Some(Said {
            figure,
            topics,
            qualified,
            several,
        });
    }

    /// The topics that longer names of the own words end in.
    fn qualified(&self, own: &Own) -> Vec<TermId> {
        let b = self.binder;
        let words = self.prepared.words_in(&own.phrase.at).iter();
        let longer = |w: &Word| {
            let term = w.entry.term.filter(|t| carry::is_strong(b.lexicon, *t))?;
            let name = b.lexicon.term(term).name.as_str();
            let said = self.prepared.text.get(w.start..w.end)?;
            (said != name && said.ends_with(name)).then_some(term)
        };
        words.filter_map(longer).collect()
    }

    /// Takes back what two figures of a list were bound to, where the other is a kind of the same thing that the indicator
    /// forbids: 公益性公墓36个 beside 经营性公墓1个 are not all there are. Of each: its place, the things it is a kind of by its name, and
    /// the topics of the other.
    fn kinds(
        &mut self,
        one: (usize, &[TermId], &[TermId]),
        two: (usize, &[TermId], &[TermId]),
        rows: &mut Rows,
    ) {
        let b = self.binder;
        let name = |t: TermId| b.lexicon.term(t).name.as_str();
        let unit = |n: usize| rows.figures.get(n).map(|f| f.unit.clone());
        if unit(one.0) != unit(two.0) {
            return;
        }
        for (n, of, others) in [one, two] {
            let kind = |t: &&TermId| of.iter().any(|q| q != *t && name(**t).ends_with(name(*q)));
            let Some(other) = others.iter().find(kind) else {
                continue;
            };
            let Some(f) = rows.figures.get_mut(n) else {
                continue;
            };
            let Some(indicator) = b.catalogue.index_of(&f.indicator) else {
                continue;
            };
            let rules = b.lexicon.rules_for(indicator);
            if !rules.iter().all(|r| r.not.contains(other)) {
                continue;
            }
            f.indicator = Arc::default();
            f.reason = format!("与“{}”并列，只是其中的一种", name(*other));
            take_back(&mut rows.observations, n, |of| of == n);
            if n == two.0 {
                self.last = None;
                self.bases.clear();
            }
        }
    }

    /// Whether a figure stands beside that before it: in a list, or in a clause that names the same thing again.
    fn is_beside(&self, own: &Own, topics: &[TermId], before: &Said) -> bool {
        let text = self.prepared.text.get(own.phrase.at.clone()).unwrap_or("");
        let general = role::TOTAL | role::IN_ALL | role::STOCK | role::TO | role::FROM;
        if own.phrase.roles & general != 0 {
            return false;
        }
        match self.state.separator {
            Separator::List => true,
            Separator::None => text.starts_with(['和', '及', '与']),
            Separator::Clause => !topics.is_empty() && topics == before.topics,
            _ => false,
        }
    }
}

/// Most observations back from the last in which that of the figure before is looked for.
const RECENT: usize = 8;

/// Takes out the observations of those figures from `first` on that are to go. Observations stand in the order of their
/// figures, so that only the last few are looked at.
fn take_back(all: &mut Vec<Observation>, first: usize, gone: impl Fn(usize) -> bool) {
    let before = all.iter().rposition(|o| o.quantity < Some(first));
    let last = all.split_off(before.map_or(0, |at| at + 1));
    let kept = last.into_iter();
    all.extend(kept.filter(|o| !o.quantity.is_some_and(&gone)));
}

/// Whether two observations give one indicator two values at one time.
fn differ(a: &Observation, b: &Observation) -> bool {
    a.indicator == b.indicator
        && a.time_period == b.time_period
        && a.scenario == b.scenario
        && a.transformation == Transformation::Level
        && b.transformation == Transformation::Level
        && a.obs_value != b.obs_value
}
