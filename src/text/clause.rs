//! Where clauses and sentences end.
//!
//! Chinese reports separate what belongs together by rank: `、` between members of a list, `，` between clauses, `；`
//! between groups, `。` between sentences; a colon opens what it announces and brackets hold an aside. Figures inherit
//! what is not said again along these ranks, so the stages after this one ask for boundaries, not for sentences.

use super::scalars::{Scalars, Stretch};

/// The kinds of boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// 。！？ and line ends.
    Sentence,
    /// ；
    Group,
    /// ，
    Clause,
    /// ：
    Colon,
    /// 、
    List,
    /// （ 【 [
    Open,
    /// ） 】 ]
    Close,
}

/// A boundary: one character of the text.
#[derive(Clone, Copy, Debug)]
pub struct Boundary {
    /// Byte offset of the character.
    pub start: usize,
    /// Byte offset after it.
    pub end: usize,
    /// What it is.
    pub mark: Mark,
}

/// What boundary a character is.
#[inline]
pub fn mark(c: char) -> Option<Mark> {
    Some(match c {
        '。' | '！' | '？' | '!' | '?' | '\n' | '\r' => Mark::Sentence,
        '；' | ';' => Mark::Group,
        '，' | ',' => Mark::Clause,
        '：' | ':' => Mark::Colon,
        '、' => Mark::List,
        '（' | '(' | '【' | '[' | '〔' => Mark::Open,
        '）' | ')' | '】' | ']' | '〕' => Mark::Close,
        '—' | '｜' | '|' | '\t' => Mark::Clause,
        _ => return None,
    })
}

/// Whether a character ends a sentence for certain, whatever stands around it.
#[inline]
pub fn ends_sentence(c: char) -> bool {
    matches!(c, '。' | '！' | '\n')
}

/// Adds all boundaries of a stretch, in order, but for those that are covered by something else, which is asked of the byte of
/// each in order.
pub fn boundaries(
    text: &Scalars,
    stretch: &Stretch,
    mut covered: impl FnMut(usize) -> bool,
    out: &mut Vec<Boundary>,
) {
    let signs = text.signs_of(stretch);
    out.reserve(signs.len() / 2 + 1);
    for &place in signs {
        let Some(mark) = text.chars().get(place).and_then(|c| mark(*c)) else {
            continue;
        };
        let start = text.byte(place);
        if covered(start) {
            continue;
        }
        out.push(Boundary {
            start,
            end: text.byte(place + 1),
            mark,
        });
    }
}

/// Longest stretch, in characters, that [`sentence`] looks at on either side.
pub const REACH: usize = 400;

/// The sentence (up to 。！？ or a line end) that holds a byte range, without surrounding space. A text without ends of
/// sentences gives what stands around the range.
pub fn sentence(text: &str, at: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let stop = |c: char| matches!(c, '。' | '！' | '？' | '\n' | '\r');
    let mut start = at.start;
    for (i, c) in text
        .get(..at.start)
        .unwrap_or("")
        .char_indices()
        .rev()
        .take(REACH)
    {
        if stop(c) {
            break;
        }
        start = i;
    }
    let mut end = at.end;
    for (i, c) in text.get(at.end..).unwrap_or("").char_indices().take(REACH) {
        if matches!(c, '\n' | '\r') {
            break;
        }
        end = at.end + i + c.len_utf8();
        if stop(c) {
            break;
        }
    }
    let s = text.get(start..end).unwrap_or("");
    let lead = s.len() - s.trim_start().len();
    start + lead..start + lead + s.trim().len()
}
