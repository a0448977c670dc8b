//! The content words of a phrase, by jieba.
//!
//! The binder asks what is left of a figure's own words after the catalogue's terms and the harmless words are taken
//! out. jieba cuts that rest and tells the part of speech; function words do not narrow what is measured, content words
//! do. The dictionary takes about 150 ms to load, so it is loaded on first use only, and the commonest words (`common`)
//! are known without.

use super::common;
use jieba_rs::Jieba;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::OnceLock;

fn jieba() -> &'static Jieba {
    static JIEBA: OnceLock<Jieba> = OnceLock::new();
    JIEBA.get_or_init(Jieba::new)
}

/// Whether a part of speech of jieba's (ICTCLAS tags) cannot narrow what is measured: prepositions, conjunctions,
/// particles, adverbs, pronouns, position words, times, bare numerals and measure words, punctuation.
fn functional(tag: &str) -> bool {
    matches!(
        tag,
        "p" | "c"
            | "u"
            | "ud"
            | "ug"
            | "uj"
            | "ul"
            | "uv"
            | "uz"
            | "d"
            | "dg"
            | "df"
            | "f"
            | "r"
            | "rg"
            | "rr"
            | "rz"
            | "y"
            | "e"
            | "o"
            | "x"
            | "w"
            | "t"
            | "tg"
            | "m"
            | "mq"
            | "mg"
            | "q"
    )
}

/// Longest stretch, in bytes, whose content words are remembered.
const SHORT: usize = 24;
/// Most stretches that a thread remembers.
const REMEMBERED: usize = 8192;

/// First and last byte of each word of a stretch.
type Places = Box<[(u8, u8)]>;

thread_local! {
    /// Content words of short stretches (了, 达到, 同比): the same few stand between the figures of
    /// every report, and cutting one takes longer than looking it up.
    static SEEN: RefCell<FxHashMap<Box<str>, Places>> = RefCell::default();
}

/// Calls `keep` for every content word of `text`; stops when it returns false.
pub fn content_words<'t>(text: &'t str, mut keep: impl FnMut(&'t str) -> bool) {
    if !has_words(text) {
        return;
    }
    if text.len() > SHORT {
        return cut(text, keep);
    }
    SEEN.with_borrow_mut(|seen| {
        if !seen.contains_key(text) {
            if seen.len() >= REMEMBERED {
                seen.clear();
            }
            let mut words = Vec::new();
            cut(text, |w| {
                let start = w.as_ptr() as usize - text.as_ptr() as usize;
                words.push((start as u8, (start + w.len()) as u8));
                true
            });
            seen.insert(text.into(), words.into());
        }
        for &(start, end) in seen.get(text).into_iter().flatten() {
            let word = text.get(usize::from(start)..usize::from(end));
            if word.is_some_and(|w| !keep(w)) {
                return;
            }
        }
    });
}

/// The same, where it is not remembered.
fn cut<'t>(text: &'t str, mut keep: impl FnMut(&'t str) -> bool) {
    match common::narrows(text) {
        Some(true) => {
            keep(text);
        }
        Some(false) => {}
        None => by_jieba(text, keep),
    }
}

/// The same by jieba.
pub(super) fn by_jieba<'t>(text: &'t str, mut keep: impl FnMut(&'t str) -> bool) {
    for t in jieba().tag(text, false) {
        if has_words(t.word) && !functional(t.tag) && !keep(t.word) {
            return;
        }
    }
}

/// Whether a text has anything that can be a word.
pub fn has_words(text: &str) -> bool {
    text.chars().any(is_word)
}

/// Whether a character can be part of a word: Han or a letter. Digits, punctuation and symbols cannot.
fn is_word(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' | 'A'..='Z' | 'a'..='z' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ')
}
