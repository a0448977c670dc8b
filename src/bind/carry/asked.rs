//! What the state of the walk answers: whether the figure at hand is part of a list, of something unknown, of an aim.

use super::{Own, State, is_strong};
use crate::analysis::Scenario;
use crate::bind::phrase::{Phrase, Prepared};
use crate::catalogue::{Lexicon, TermId};

impl State<'_> {
    /// The figure is part of a whole (其中) that was bound to nothing.
    pub fn is_of_unknown(&self) -> bool {
        self.heads.last().is_some_and(|h| h.frame.bound.is_none())
    }

    /// The figure belongs to an enumeration (分别为).
    pub fn is_listed(&self) -> bool {
        self.listed.is_some()
    }

    /// In an enumeration: what its member's figure before was bound to (…分别为5万元、6万元，分别增长3%、4%).
    pub fn member_bound(&self) -> Option<Option<usize>> {
        let d = self.listed.as_ref()?;
        d.bound.get(d.at).copied()
    }

    /// The figure before is an aim.
    pub(in crate::bind) fn is_planned(&self) -> bool {
        self.frame.scenario == Some(Scenario::Target)
    }

    /// Scenario of the sentence so far.
    pub fn scenario(&self) -> Option<Scenario> {
        self.ambient_scenario.or(self.frame.scenario)
    }

    /// Unit of the figure before, where this one says nothing of its own.
    pub fn continued_unit(&self, own: &Own) -> Option<String> {
        (own.phrase.is_empty() && !self.frame.unit.is_empty()).then(|| self.frame.unit.clone())
    }

    /// Those of whom the rest of the sentence tells: 低保对象中重度残疾人1206人，60岁以上老人3120人.
    pub(super) fn told_among<'p>(
        lexicon: &Lexicon,
        p: &Prepared<'p>,
        phrase: &Phrase,
    ) -> Option<(&'p str, Option<TermId>)> {
        let words = p.words_in(&phrase.at);
        let among = words.iter().enumerate().find(|(i, w)| {
            let end = w.end + '中'.len_utf8();
            let next = words.get(i + 1).map_or(phrase.at.end, |n| n.start);
            // Not 中心, 中小学.
            let rest = || p.text.get(w.end..).and_then(|s| s.strip_prefix('中'));
            next == end
                && rest().is_some_and(|s| !s.starts_with(['心', '学', '小']))
                && w.entry.term.is_some_and(|t| is_strong(lexicon, t))
        });
        let (_, w) = among?;
        Some((p.text.get(w.start..w.end)?, w.entry.term))
    }

    /// The figure is the old value of a from–to statement.
    pub fn is_old_value(&self) -> bool {
        self.old
    }
}
