//! What the sentences were about that are not read (see `sentences`), for a figure that does not say it itself.

use super::Walk;
use crate::bind::carry::State;
use crate::bind::decide::Evidence;
use crate::bind::sentences::{self, Sentences};
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
    fn last_topics(&self, bytes: &Range<usize>) -> Option<Vec<crate::catalogue::TermId>> {
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
        found.into_iter().rev().find_map(|stretch| {
            let bytes = text.bytes_of(&stretch);
            let (_, prepared) = self.binder.prepare(text, &[], Sentences::only(stretch));
            let mut state = State::default();
            state.advance(self.binder.lexicon, &prepared, bytes, false);
            // The sentence ends with a mark, since another follows.
            Some(state.paragraph).filter(|topics| !topics.is_empty())
        })
    }
}
