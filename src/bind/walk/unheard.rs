//! What the sentences were about that are not read (see `sentences`), for a figure that does not say it itself.

use super::Walk;
use crate::bind::carry::{self, State};
use crate::bind::decide::Evidence;
use crate::bind::phrase::Prepared;
use crate::bind::sentences::{self, Sentences};
use crate::catalogue::{Slot, TermId};
use crate::context::period;
use crate::text::clause::{self, Mark};
use crate::text::scalars::Stretch;
use std::ops::Range;

impl Walk<'_, '_, '_> {
    /// Settles what the paragraph is about, where the evidence so far does not tell. Of what was left out, each sentence
    /// is read once at most, since one that tells nothing now will not later.
    pub(super) fn hear(&mut self, evidence: &[Evidence]) {
        if self.state.unheard.is_empty() || self.binder.is_told(evidence) {
            return;
        }
        let unheard = std::mem::take(&mut self.state.unheard);
        for bytes in unheard.into_iter().rev() {
            if let Some(topics) = self.last_topics(&bytes) {
                self.state.paragraph = topics;
                return;
            }
        }
    }

    /// Topics of the last of these sentences that has any.
    fn last_topics(&self, bytes: &Range<usize>) -> Option<Vec<TermId>> {
        let text = self.scalars;
        let signs = text.signs();
        let places = text.place(bytes.start)..text.place(bytes.end);
        let at = |place: usize| signs.partition_point(|s| *s < place);
        let whole = Stretch {
            signs: at(places.start)..at(places.end),
            places,
        };
        let mut found = Vec::new();
        sentences::split(text, &whole, &[], |stretch| found.push(stretch));
        let mut topics = found.into_iter().rev().map(|stretch| self.topics(stretch));
        topics.find(|topics| !topics.is_empty())
    }

    /// Topics of a sentence, sorted.
    fn topics(&self, sentence: Stretch) -> Vec<TermId> {
        let (b, text) = (self.binder, self.scalars);
        let read = [sentence];
        let times = period::scan_among(text, &read, &b.years());
        let skip: Vec<Range<usize>> = times.into_iter().map(|t| t.bytes).collect();
        let [sentence] = read;
        let mut words = Vec::new();
        b.lexicon.words_beside(text, &sentence, &skip, &mut words);
        let parts = |place: &usize| {
            let mark = text.chars().get(*place).and_then(|c| clause::mark(*c));
            matches!(mark, Some(Mark::Open | Mark::Close | Mark::Sentence))
        };
        let signs = text.signs_of(&sentence).split_last();
        // Asides do not count, nor what is said before a question; and some words say what they say because of others. Then
        // the sentence is walked over.
        let plain = words.iter().all(|w| w.entry.opposed.is_none())
            && signs.is_some_and(|(_, signs)| !signs.iter().any(parts));
        let topic = |t: &TermId| b.lexicon.term(*t).slot == Slot::Topic;
        let mut topics: Vec<TermId> = Vec::new();
        if plain {
            topics.extend(words.iter().filter_map(|w| w.entry.term).filter(topic));
            topics.sort_unstable();
            topics.dedup();
            if topics.len() <= carry::TOPICS {
                return topics;
            }
        }
        let bytes = text.bytes_of(&sentence);
        let prepared = Prepared::new(text, b.lexicon, skip, Sentences::only(sentence));
        let mut state = State::default();
        // It ends with a mark, since another follows.
        state.advance(b.lexicon, &prepared, bytes, false);
        state.paragraph
    }
}
