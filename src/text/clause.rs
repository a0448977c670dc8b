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

/// The bytes of the sentence (up to 。！？ or a line end) that holds a byte range, without surrounding space. A text without
/// ends of sentences gives what stands around the range.
pub fn sentence(text: &Scalars, at: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let sign = |place: &usize| text.chars().get(*place).copied().unwrap_or('\0');
    let (first, last) = (text.place(at.start), text.place(at.end));
    let signs = text.signs();
    let before = signs.partition_point(|place| *place < first);
    let before = signs.get(..before).unwrap_or_default().iter().rev();
    let start = before
        .take_while(|place| **place + REACH >= first)
        .find(|place| matches!(sign(place), '。' | '！' | '？' | '\n' | '\r'))
        .map_or(first.saturating_sub(REACH), |place| place + 1);
    let after = signs.partition_point(|place| *place < last);
    let after = signs.get(after..).unwrap_or_default().iter();
    let end = after
        .take_while(|place| **place < last + REACH)
        .find_map(|place| match sign(place) {
            '\n' | '\r' => Some(*place),
            '。' | '！' | '？' => Some(place + 1),
            _ => None,
        })
        .unwrap_or(last + REACH);
    let start = text.byte(start);
    let s = text.text().get(start..text.byte(end)).unwrap_or("");
    let lead = s.len() - s.trim_start().len();
    start + lead..start + lead + s.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sentence_is_what_stands_between_its_ends(
            text in "[一a，。！？\n 　]{0,30}",
            long in 0usize..3,
            from in 0usize..40,
            length in 0usize..5,
        ) {
            let text = [text.as_str(), &"甲".repeat(long * (REACH - 2)), text.as_str()].concat();
            let scalars = Scalars::new(&text);
            let at = scalars.byte(from)..scalars.byte(from + length);
            // Character by character.
            let stop = |c: &char| "。！？\n\r".contains(*c);
            let before = text[..at.start].chars().rev().take(REACH).take_while(|c| !stop(c));
            let start = at.start - before.map(char::len_utf8).sum::<usize>();
            let mut end = at.end;
            for c in text[at.end..].chars().take(REACH) {
                end += if matches!(c, '\n' | '\r') { 0 } else { c.len_utf8() };
                if stop(&c) {
                    break;
                }
            }
            let found = sentence(&scalars, &at);
            prop_assert_eq!(&text[found], text[start..end].trim());
        }
    }
}
