//! The words of one clause: which terms they state, which roles they play, and what is left over.

use crate::catalogue::{Lexicon, Slot, TermId, Word, role};
use crate::text::clause::{Boundary, Mark};
use crate::text::token;
use std::ops::Range;

/// A paragraph, prepared once: everything that later steps look up by byte offset.
pub struct Prepared<'t> {
    /// The text.
    pub text: &'t str,
    /// Wordings outside figures and times, in order.
    pub words: Vec<Word>,
    /// Boundaries outside figures, times and wordings, in order.
    pub marks: Vec<Boundary>,
    /// Byte ranges that are not words: figures and expressions of time, in order.
    pub skip: Vec<Range<usize>>,
}

impl<'t> Prepared<'t> {
    /// Looks up the words of a text. `skip` are the figures and times in it, in order.
    pub fn new(text: &'t str, lexicon: &Lexicon, skip: Vec<Range<usize>>) -> Self {
        let mut next = 0;
        let words: Vec<Word> = lexicon
            .words(text)
            .filter(|w| {
                while skip.get(next).is_some_and(|r| r.end <= w.start) {
                    next += 1;
                }
                // A wording that holds an expression of time (年末结转, 较上年) wins over it.
                skip.get(next).is_none_or(|r| {
                    r.start >= w.end
                        || r.start >= w.start && r.end <= w.end && r.len() < w.end - w.start
                })
            })
            .collect();
        let mut covered: Vec<Range<usize>> = skip.clone();
        covered.extend(
            words
                .iter()
                .filter(|w| w.entry.roles & role::SUBLIST == 0)
                .map(|w| w.start..w.end),
        );
        covered.sort_unstable_by_key(|r| r.start);
        let marks = crate::text::clause::boundaries(text, &covered);
        Prepared {
            text,
            words,
            marks,
            skip,
        }
    }

    /// Boundaries within a byte range.
    pub fn marks_in(&self, at: &Range<usize>) -> &[Boundary] {
        let from = self.marks.partition_point(|b| b.start < at.start);
        let to = self.marks.partition_point(|b| b.start < at.end);
        self.marks.get(from..to).unwrap_or(&[])
    }

    /// Wordings that begin within a byte range.
    pub fn words_in(&self, at: &Range<usize>) -> &[Word] {
        let from = self.words.partition_point(|w| w.start < at.start);
        let to = self.words.partition_point(|w| w.start < at.end);
        self.words.get(from..to).unwrap_or(&[])
    }

    /// The phrase that stands in a byte range.
    pub fn phrase(&self, lexicon: &Lexicon, at: Range<usize>, with_residue: bool) -> Phrase<'t> {
        let mut p = Phrase {
            at: at.clone(),
            ..Phrase::default()
        };
        let mut quoted = 0;
        let mut from = at.start;
        for w in self.words_in(&at) {
            // Words in quotation marks name something: they state terms, but play no role in the clause.
            quoted += quotes(self.text.get(from..w.start));
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
            match w.entry.term {
                Some(t) => p.terms.push(Stated {
                    term: t,
                    slot: lexicon.term(t).slot,
                }),
                None if with_residue
                    && (roles & role::NARROWING != 0
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
        let mut from = at.start;
        let first = self.skip.partition_point(|r| r.end <= at.start);
        let cuts = self
            .skip
            .get(first..)
            .unwrap_or(&[])
            .iter()
            .take_while(|r| r.start < at.end);
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for r in cuts {
            pieces.push(from..r.start.max(from));
            from = r.end.max(from);
        }
        pieces.push(from..at.end.max(from));
        for piece in pieces {
            if let Some(s) = self.text.get(piece) {
                token::content_words(s, |w| {
                    out.push(w);
                    out.len() < 4
                });
            }
        }
    }
}

/// Opening minus closing quotation marks.
fn quotes(s: Option<&str>) -> i32 {
    s.unwrap_or("").chars().fold(0, |n, c| match c {
        '“' | '《' | '「' | '‘' => n + 1,
        '”' | '》' | '」' | '’' => n - 1,
        _ => n,
    })
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
    /// Union of the roles of its words.
    pub roles: u32,
    /// Roles and end of its last word.
    pub tail: (u32, usize),
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

    /// Whether a term of this slot is stated.
    pub fn has(&self, slot: Slot) -> bool {
        self.terms.iter().any(|t| t.slot == slot)
    }
}

/// Whether two boundaries form a balanced bracket within `marks`, from index `open`: index of its closing bracket.
pub fn closing(marks: &[Boundary], open: usize) -> Option<usize> {
    let mut depth = 0;
    for (i, b) in marks.iter().enumerate().skip(open) {
        match b.mark {
            Mark::Open => depth += 1,
            Mark::Close => {
                depth -= 1;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}
