//! The content words of a phrase, by jieba.
//!
//! The binder asks what is left of a figure's own words after the catalogue's terms and the harmless words are taken
//! out. jieba cuts that rest and tells the part of speech; function words do not narrow what is measured, content words
//! do. The dictionary takes about 150 ms to load, so it is loaded on first use only.

use jieba_rs::Jieba;
use std::sync::OnceLock;

fn jieba() -> &'static Jieba {
    static JIEBA: OnceLock<Jieba> = OnceLock::new();
    JIEBA.get_or_init(Jieba::new)
}

/// Loads the dictionary in a thread of its own, for a program that will need it in a moment and has other things to load.
pub fn prepare() {
    // Where no thread can be had, it is loaded on first use.
    let _ = std::thread::Builder::new()
        .name("jieba".to_string())
        .spawn(|| {
            jieba();
        });
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

/// Calls `keep` for every content word of `text`; stops when it returns false.
pub fn content_words<'t>(text: &'t str, mut keep: impl FnMut(&'t str) -> bool) {
    if text.chars().all(|c| !is_word(c)) {
        return;
    }
    for t in jieba().tag(text, false) {
        if t.word.chars().any(is_word) && !functional(t.tag) && !keep(t.word) {
            return;
        }
    }
}

/// Whether a character can be part of a word: Han or a letter. Digits, punctuation and symbols cannot.
fn is_word(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' | 'A'..='Z' | 'a'..='z' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ')
}
