//! Which sentences of a paragraph are read.
//!
//! Of a report's sentences few have a figure. What the others say matters to the figures after them in two ways only: by
//! what they are about, for a figure that does not say it itself, and by a few words that reach beyond their sentence
//! (该项目; a date that later ones are read against; a statement of zero). The latter are looked for by their characters; what
//! a sentence is about is asked for only where a figure needs it (see `walk::unheard`). All the other sentences are left out:
//! their words, times and boundaries are not looked up at all.

use crate::catalogue::Lexicon;
use crate::quantity::Quantity;
use crate::text::clause::{self, Mark};
use crate::text::scalars::{Scalars, Stretch};
use std::ops::Range;

/// Characters of a paragraph that is read sooner than divided.
const SHORT: usize = 80;

/// The sentences of a paragraph that are read, and those that are left out.
#[derive(Debug)]
pub struct Sentences {
    /// What is read: whole sentences, in order; side by side they are one stretch.
    pub read: Vec<Stretch>,
    /// The bytes of what is left out before, between and behind them.
    pub left_out: Vec<Range<usize>>,
    /// Where the first sentence is left out: its opening words, which may be a label.
    pub opening: Option<Stretch>,
}

impl Sentences {
    /// All of them.
    pub fn all(text: &Scalars) -> Sentences {
        Sentences::only(text.whole())
    }

    /// One stretch, as if there were nothing else.
    pub fn only(stretch: Stretch) -> Sentences {
        Sentences {
            read: vec![stretch],
            left_out: Vec::new(),
            opening: None,
        }
    }

    /// Those that have a figure or reach out of themselves. All of them where brackets reach over the end of a sentence.
    pub fn of(text: &Scalars, quantities: &[Quantity], lexicon: &Lexicon) -> Sentences {
        #[cfg(test)]
        if ALL.get() {
            return Sentences::all(text);
        }
        if text.chars().len() < SHORT || !lexicon.keeps_to_sentences() {
            return Sentences::all(text);
        }
        let mut out = Sentences {
            read: Vec::new(),
            left_out: Vec::new(),
            opening: None,
        };
        let mut figures = quantities;
        let balanced = split(text, &text.whole(), quantities, |stretch| {
            let bytes = text.bytes_of(&stretch);
            let before = figures.partition_point(|q| q.bytes.start < bytes.end);
            figures = figures.get(before..).unwrap_or_default();
            if before > 0 || lexicon.reaches_out(text.chars_of(&stretch)) {
                out.read(stretch);
                return;
            }
            if stretch.places.start == 0 {
                out.opening = opening(text, &stretch, lexicon);
                if out.opening.is_none() {
                    out.read(stretch);
                    return;
                }
            }
            out.leave_out(bytes);
        });
        if balanced { out } else { Sentences::all(text) }
    }

    fn read(&mut self, stretch: Stretch) {
        match self.read.last_mut() {
            Some(last) if last.places.end == stretch.places.start => {
                last.places.end = stretch.places.end;
                last.signs.end = stretch.signs.end;
            }
            _ => self.read.push(stretch),
        }
    }

    fn leave_out(&mut self, bytes: Range<usize>) {
        match self.left_out.last_mut() {
            Some(last) if last.end == bytes.start => last.end = bytes.end,
            _ => self.left_out.push(bytes),
        }
    }
}

/// The opening words of a sentence up to the first boundary behind them that ends a clause, with it; `None` where it is not
/// certain where that is, since a dash may stand within an expression of time, and any sign within a wording.
fn opening(text: &Scalars, sentence: &Stretch, lexicon: &Lexicon) -> Option<Stretch> {
    let mut spoken = sentence.places.start;
    for (n, &place) in (sentence.signs.start..).zip(text.signs_of(sentence)) {
        let &c = text.chars().get(place)?;
        let before = text.chars().get(spoken..place).unwrap_or_default();
        match clause::mark(c) {
            Some(Mark::List | Mark::Open | Mark::Close) | None => continue,
            // Nothing is said yet.
            Some(_) if !before.iter().any(|c| c.is_alphanumeric()) => spoken = place,
            Some(_) if c == '—' || lexicon.may_span(text.chars(), place) => return None,
            Some(_) => {
                return Some(Stretch {
                    places: sentence.places.start..place + 1,
                    signs: sentence.signs.start..n + 1,
                });
            }
        }
    }
    None
}

/// Whether a text says anywhere that something did not happen.
pub fn denies(text: &Scalars, lexicon: &Lexicon) -> bool {
    let whole = text.whole();
    if !lexicon.keeps_to_sentences() {
        return lexicon.denies(text, &whole);
    }
    let mut found = false;
    let mut place = 0;
    split(text, &whole, &[], |stretch| {
        place = stretch.places.end;
        found = found || lexicon.denies(text, &stretch);
    });
    // Where brackets reach over sentences, not all were handed over.
    found || place < whole.places.end && lexicon.denies(text, &whole)
}

/// Hands over the sentences of a stretch that has no figures but these. Returns whether every bracket is closed in the
/// sentence that it is opened in.
pub fn split(
    text: &Scalars,
    whole: &Stretch,
    quantities: &[Quantity],
    mut take: impl FnMut(Stretch),
) -> bool {
    let mut figures = quantities.iter().peekable();
    let (mut place, mut sign) = (whole.places.start, whole.signs.start);
    let mut open = 0;
    for (n, &at) in (whole.signs.start..).zip(text.signs_of(whole)) {
        let Some(&c) = text.chars().get(at) else {
            continue;
        };
        if clause::ends_sentence(c) {
            let byte = text.byte(at);
            while figures.next_if(|q| q.bytes.end <= byte).is_some() {}
            if figures.peek().is_some_and(|q| q.bytes.start <= byte) {
                continue;
            }
            if open != 0 {
                return false;
            }
            take(Stretch {
                places: place..at + 1,
                signs: sign..n + 1,
            });
            (place, sign) = (at + 1, n + 1);
            continue;
        }
        match clause::mark(c) {
            Some(Mark::Open) => open += 1,
            Some(Mark::Close) if open == 0 => return false,
            Some(Mark::Close) => open -= 1,
            _ => {}
        }
    }
    if place < whole.places.end {
        take(Stretch {
            places: place..whole.places.end,
            signs: sign..whole.signs.end,
        });
    }
    open == 0
}

#[cfg(test)]
thread_local! {
    /// For the tests: nothing is left out.
    static ALL: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(test)]
#[path = "sentences_tests.rs"]
mod tests;
