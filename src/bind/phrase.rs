//! The words of one clause: which terms they state, which roles they play, and what is left over.

use super::sentences::Sentences;
use crate::catalogue::{Lexicon, Slot, TermId, Word, role};
use crate::context::period::PeriodMention;
use crate::text::clause::{Boundary, Mark, boundaries};
use crate::text::near::Near;
use crate::text::scalars::{Scalars, Stretch};
use crate::text::signs::signs;
use crate::text::token;
use std::ops::Range;

/// The sentences of a paragraph that are read, prepared once: everything that later steps look up by byte offset.
pub struct Prepared<'t> {
    /// The text.
    pub text: &'t str,
    /// Wordings outside figures and times, in order.
    pub words: Vec<Word>,
    /// Boundaries outside figures, times and wordings, in order.
    pub marks: Vec<Boundary>,
    /// Byte ranges that are not words: figures and expressions of time, in order.
    pub skip: Vec<Range<usize>>,
    /// For each opening bracket of `marks`, the index of its closing one.
    closes: Vec<Option<usize>>,
    /// Every bracket has another.
    balanced: bool,
    /// Sentences that are left out, and the opening words of the first, where it is.
    left_out: Vec<Range<usize>>,
    pub opening: Option<Stretch>,
    /// Where each 由 stands that a 提高到 answers in its sentence, in order.
    leading: Vec<usize>,
    /// The text has quotation marks, and ages; most have none.
    quotes: bool,
    pub ages: bool,
    /// Which of the words and marks were asked for last.
    word: Near,
    mark: Near,
}

impl<'t> Prepared<'t> {
    /// Looks up the words of the sentences that are read. `skip` are the figures and times in them, in order.
    pub fn new(
        text: &Scalars<'t>,
        lexicon: &Lexicon,
        skip: Vec<Range<usize>>,
        sentences: Sentences,
    ) -> Self {
        let Sentences {
            read,
            left_out,
            opening,
        } = sentences;
        let mut words = Vec::new();
        let (mut quotes, mut ages) = (false, false);
        for stretch in &read {
            let chars = text.chars_of(stretch).iter();
            ages |= chars.fold(false, |any, c| any | (*c == '岁'));
            lexicon.words_beside(text, stretch, &skip, &mut words);
            let mut signs = text.signs_of(stretch).iter();
            quotes |= signs.any(|n| text.chars().get(*n).is_some_and(|c| quote(*c) != 0));
        }
        let marks = marks(text, &read, &skip, &words);
        let (closes, balanced) = pairs(&marks);
        let leading = look_back(&mut words, &marks, lexicon);
        Prepared {
            quotes,
            ages,
            text: text.text(),
            words,
            marks,
            skip,
            closes,
            balanced,
            leading,
            left_out,
            opening,
            word: Near::default(),
            mark: Near::default(),
        }
    }

    /// A text that is read as a whole and has no figures.
    pub fn whole(text: &Scalars<'t>, lexicon: &Lexicon, times: &[PeriodMention]) -> Self {
        let skip = times.iter().map(|t| t.bytes.clone()).collect();
        Prepared::new(text, lexicon, skip, Sentences::all(text))
    }

    /// Whether sentences were left out and the brackets of the others are not those of one another: then what was left out
    /// is needed too.
    pub fn lacks(&self) -> bool {
        !self.balanced && !self.left_out.is_empty()
    }

    /// Whether what begins here was left out, up to the next boundary.
    pub fn leaves_out(&self, from: usize) -> bool {
        let found = self.left_out.binary_search_by_key(&from, |r| r.start);
        found.is_ok()
    }

    /// Whether a 由 in this range begins a from–to statement.
    pub fn leads(&self, at: &Range<usize>) -> bool {
        let next = self.leading.partition_point(|s| *s < at.start);
        self.leading.get(next).is_some_and(|s| *s < at.end)
    }

    /// Whether what begins in this range ends with 组成: 由基本支出5万元、项目支出8万元组成.
    pub fn composes(&self, at: &Range<usize>) -> bool {
        let next = self.mark.first(&self.marks, |b| b.start < at.end);
        let stop = self
            .marks
            .iter()
            .skip(next)
            .take(24)
            .find(|b| !matches!(b.mark, Mark::List | Mark::Open | Mark::Close))
            .map_or(self.text.len(), |b| b.start);
        let before = self.word.first(&self.words, |w| w.start < stop);
        before
            .checked_sub(1)
            .and_then(|i| self.words.get(i))
            .is_some_and(|w| w.start >= at.end && w.entry.roles & role::COMPOSED != 0)
    }

    /// Index in `marks_in(at)` of the bracket that closes its `open`-th mark, if it is in the range too.
    pub fn closing(&self, at: &Range<usize>, open: usize) -> Option<usize> {
        let from = self.mark.first(&self.marks, |b| b.start < at.start);
        let close = self.closes.get(from + open).copied().flatten()?;
        let inside = self.marks.get(close).is_some_and(|b| b.start < at.end);
        inside.then(|| close - from)
    }

    /// Boundaries within a byte range.
    pub fn marks_in(&self, at: &Range<usize>) -> &[Boundary] {
        let from = self.mark.first(&self.marks, |b| b.start < at.start);
        let rest = self.marks.get(from..).unwrap_or(&[]);
        let far = rest.get(8).is_some_and(|b| b.start < at.end);
        let count = match far {
            true => rest.partition_point(|b| b.start < at.end),
            false => rest.iter().take_while(|b| b.start < at.end).count(),
        };
        rest.get(..count).unwrap_or(&[])
    }

    /// Wordings that begin within a byte range.
    pub fn words_in(&self, at: &Range<usize>) -> &[Word] {
        let from = self.word.first(&self.words, |w| w.start < at.start);
        let rest = self.words.get(from..).unwrap_or(&[]);
        // Few words stand in a clause, and whoever asks looks at all of them.
        let count = rest.iter().take_while(|w| w.start < at.end).count();
        rest.get(..count).unwrap_or(&[])
    }

    /// The phrase that stands in a byte range.
    pub fn phrase(&self, lexicon: &Lexicon, at: Range<usize>, with_residue: bool) -> Phrase<'t> {
        let mut p = Phrase {
            at: at.clone(),
            ..Phrase::default()
        };
        let mut quoted = 0;
        let mut from = at.start;
        let words = self.words_in(&at);
        if words.iter().any(|w| w.entry.term.is_some()) {
            p.terms.reserve(words.len());
        }
        for w in words {
            // Words in quotation marks name something: they state terms, but play no role in the clause.
            if self.quotes {
                quoted += quotes(self.text.get(from..w.start));
            }
            let roles = if quoted > 0 {
                w.entry.roles & (role::HARMLESS | role::NARROWING)
            } else {
                w.entry.roles
            };
            if with_residue {
                self.residue(from..w.start, &mut p.residue);
            }
            from = w.end;
            p.roles |= roles;
            p.says |= w.entry.roles;
            match w.entry.term {
                Some(t) => p.terms.push(Stated {
                    term: t,
                    slot: lexicon.term(t).slot,
                }),
                None if with_residue
                    && (roles & role::NARROWING != 0
                        || roles == role::HAS
                        || roles & (role::PROJECT | role::SERVES) != 0
                            && roles & role::HARMLESS == 0
                        || roles & (role::GENERIC | role::HARMLESS) == role::GENERIC) =>
                {
                    p.residue.extend(self.text.get(w.start..w.end));
                }
                None => {}
            }
            p.tail = (roles, w.end);
        }
        if with_residue && from < at.end {
            self.residue(from..at.end, &mut p.residue);
        }
        p
    }

    /// Content words of a stretch without wordings, figures and times; bracketed asides are left out.
    fn residue(&self, at: Range<usize>, out: &mut Vec<&'t str>) {
        if at.start >= at.end || out.len() >= 4 {
            return;
        }
        if !self.text.get(at.clone()).is_some_and(token::has_words) {
            return;
        }
        let mut words = |piece: Range<usize>| {
            if let Some(s) = self.text.get(piece) {
                token::content_words(s, |w| {
                    out.push(w);
                    out.len() < 4
                });
            }
        };
        let mut from = at.start;
        let first = self.skip.partition_point(|r| r.end <= at.start);
        let cuts = self.skip.get(first..).unwrap_or(&[]).iter();
        for r in cuts.take_while(|r| r.start < at.end) {
            words(from..r.start.max(from));
            from = r.end.max(from);
        }
        words(from..at.end.max(from));
    }
}

/// The boundaries outside of what is skipped, and of words; of what is left out before another sentence, its end.
fn marks(text: &Scalars, read: &[Stretch], skip: &[Range<usize>], words: &[Word]) -> Vec<Boundary> {
    let (mut skip, mut words) = (skip.iter().peekable(), words.iter().peekable());
    let mut covered = |at| {
        while skip.next_if(|r| r.end <= at).is_some() {}
        while words.next_if(|w| w.end <= at).is_some() {}
        // What ends in a colon (其中：) leads in a list.
        let word = words.peek().filter(|w| w.entry.roles & role::SUBLIST == 0);
        word.is_some_and(|w| w.start <= at) || skip.peek().is_some_and(|r| r.start <= at)
    };
    let mut out = Vec::new();
    for stretch in read {
        let start = stretch.places.start;
        if let Some(last) = start.checked_sub(1) {
            out.push(Boundary {
                start: text.byte(last),
                end: text.byte(start),
                mark: Mark::Sentence,
            });
        }
        boundaries(text, stretch, &mut covered, &mut out);
    }
    out
}

/// Opening minus closing quotation marks.
fn quotes(s: Option<&str>) -> i32 {
    signs(s.unwrap_or("")).fold(0, |n, (_, c)| n + quote(c))
}

/// 1 for an opening quotation mark, −1 for a closing one.
fn quote(c: char) -> i32 {
    match c {
        '“' | '《' | '「' | '‘' => 1,
        '”' | '》' | '」' | '’' => -1,
        _ => 0,
    }
}

/// A term stated in a phrase.
#[derive(Clone, Copy, Debug)]
pub struct Stated {
    /// The term.
    pub term: TermId,
    /// Its slot.
    pub slot: Slot,
}

/// What a stretch of text says.
#[derive(Clone, Debug, Default)]
pub struct Phrase<'t> {
    /// Its byte range.
    pub at: Range<usize>,
    /// Terms, in order.
    pub terms: Vec<Stated>,
    /// Union of the roles that its words play.
    pub roles: u64,
    /// Union of the roles of its words, those in quotation marks too.
    pub says: u64,
    /// Roles and end of its last word.
    pub tail: (u64, usize),
    /// Content words that are neither terms nor harmless (the first few).
    pub residue: Vec<&'t str>,
}

impl Phrase<'_> {
    /// Nothing stated and nothing left over.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.residue.is_empty()
    }

    /// Nothing stated but general words (支出决算为), so that the figure continues the one before.
    pub fn is_bare(&self, lexicon: &Lexicon) -> bool {
        self.residue.is_empty()
            && self
                .terms
                .iter()
                .all(|t| lexicon.term(t.term).weak && t.slot != Slot::Topic)
    }

    /// Nothing stated but an aspect of the figure before (护理型床位905张，占47.5%).
    pub fn is_aspect(&self) -> bool {
        self.residue.is_empty()
            && !self.terms.is_empty()
            && self.terms.iter().all(|t| t.slot == Slot::Measure)
    }

    /// Whether a term of this slot is stated.
    pub fn has(&self, slot: Slot) -> bool {
        self.terms.iter().any(|t| t.slot == slot)
    }
}

/// For each opening bracket the index of its closing one; and whether every bracket has another.
fn pairs(marks: &[Boundary]) -> (Vec<Option<usize>>, bool) {
    let mut out = vec![None; marks.len()];
    let mut open = Vec::new();
    let mut balanced = true;
    for (i, b) in marks.iter().enumerate() {
        match b.mark {
            Mark::Open => open.push(i),
            Mark::Close => {
                let slot = open.pop().and_then(|o| out.get_mut(o));
                balanced &= slot.is_some();
                if let Some(slot) = slot {
                    *slot = Some(i);
                }
            }
            _ => {}
        }
    }
    (out, balanced && open.is_empty())
}

/// What words say because of words that follow in their sentence.
///
/// Some state a term only where its opposite follows: in 纳入低保1025人，清退1310人 the first is 新增, while 纳入低保16531人 alone may
/// as well be all there are. And a 由 leads where 提高到 answers it before another 由 (or, after several, 分别提高到): returned is where
/// those stand.
fn look_back(words: &mut [Word], marks: &[Boundary], lexicon: &Lexicon) -> Vec<usize> {
    let mut leading = Vec::new();
    let mut marks = marks.iter().rev().peekable();
    let mut seen: Vec<TermId> = Vec::new();
    // Read backwards: what the nearest word to the right says, within the sentence.
    let (mut to, mut shared) = (false, false);
    for w in words.iter_mut().rev() {
        while let Some(b) = marks.next_if(|b| b.start >= w.end) {
            if matches!(b.mark, Mark::Sentence | Mark::Group) {
                (to, shared) = (false, false);
            }
            if b.mark == Mark::Sentence {
                seen.clear();
            }
        }
        match (w.entry.term, w.entry.opposed) {
            (Some(t), _) if lexicon.is_opposite(t) && !seen.contains(&t) => seen.push(t),
            (None, Some((term, opposite))) if seen.contains(&opposite) => {
                w.entry.term = Some(term);
            }
            _ => {}
        }
        let r = w.entry.roles;
        if r & role::TO != 0 {
            to = true;
            shared |= r & role::DISTRIBUTE != 0;
        } else if r & role::DISTRIBUTE != 0 {
            shared |= to;
        } else if r & role::FROM != 0 {
            if to || shared {
                leading.push(w.start);
            }
            to = false;
        }
    }
    leading.reverse();
    leading
}
