//! Where clauses and sentences end.
//!
//! Chinese reports separate what belongs together by rank: `、` between members of a list, `，` between clauses, `；`
//! between groups, `。` between sentences; a colon opens what it announces and brackets hold an aside. Figures inherit
//! what is not said again along these ranks, so the stages after this one ask for boundaries, not for sentences.

use super::scalars::Scalars;

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

/// All boundaries, in order, but for those that are covered by something else, which is asked of the byte of each in order.
pub fn boundaries(text: &Scalars, mut covered: impl FnMut(usize) -> bool) -> Vec<Boundary> {
    let mut out = Vec::with_capacity(text.signs().len() / 2);
    for &place in text.signs() {
        let mark = match text.chars().get(place) {
            Some('。' | '！' | '？' | '!' | '?' | '\n' | '\r') => Mark::Sentence,
            Some('；' | ';') => Mark::Group,
            Some('，' | ',') => Mark::Clause,
            Some('：' | ':') => Mark::Colon,
            Some('、') => Mark::List,
            Some('（' | '(' | '【' | '[' | '〔') => Mark::Open,
            Some('）' | ')' | '】' | ']' | '〕') => Mark::Close,
            Some('—' | '｜' | '|' | '\t') => Mark::Clause,
            _ => continue,
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
    out
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
