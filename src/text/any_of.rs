//! A list of wordings of which a text holds, begins or ends with any.
//!
//! Lists of words in `pipelines/*.toml` are asked for every line of every report. Most lines hold none, and a table of a bit
//! for each first and last character says so in one look; only where it does not are the words compared.

use super::char_set::CharSet;
use serde::{Deserialize, Deserializer};

/// The words, in the order of the list; an empty one is left out.
#[derive(Clone, Debug, Default)]
pub struct AnyOf {
    words: Vec<String>,
    first: CharSet,
    last: CharSet,
}

impl AnyOf {
    /// Of a list of words.
    pub fn new(words: Vec<String>) -> AnyOf {
        let mut words = words;
        words.retain(|w| !w.is_empty());
        AnyOf {
            first: words.iter().filter_map(|w| w.chars().next()).collect(),
            last: words.iter().filter_map(|w| w.chars().next_back()).collect(),
            words,
        }
    }

    /// Whether one of them stands anywhere in the text.
    pub fn is_in(&self, text: &str) -> bool {
        text.char_indices().any(|(at, c)| {
            self.first.may_hold(c) && text.get(at..).is_some_and(|rest| self.starts(rest))
        })
    }

    /// Whether the text begins with one.
    pub fn starts(&self, text: &str) -> bool {
        let first = text.chars().next();
        first.is_some_and(|c| self.first.may_hold(c))
            && self.words.iter().any(|w| text.starts_with(w.as_str()))
    }

    /// Whether the text ends with one.
    pub fn ends(&self, text: &str) -> bool {
        self.ending(text).is_some()
    }

    /// The first of the list that the text ends with.
    pub fn ending(&self, text: &str) -> Option<&str> {
        let last = text.chars().next_back()?;
        let mut words = self.words.iter().map(String::as_str);
        self.last
            .may_hold(last)
            .then(|| words.find(|w| text.ends_with(w)))
            .flatten()
    }

    /// What stands before each of the list that the text ends with.
    pub fn before<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let last = text.chars().next_back();
        let words = last.filter(|c| self.last.may_hold(*c)).map(|_| &self.words);
        let words = words.into_iter().flatten();
        words.filter_map(|w| text.strip_suffix(w.as_str()))
    }

    /// Whether the text is one of them.
    pub fn is(&self, text: &str) -> bool {
        self.place(text).is_some()
    }

    /// Which of the list the text is: the place of the first.
    pub fn place(&self, text: &str) -> Option<usize> {
        let first = text.chars().next()?;
        let mut words = self.words.iter();
        self.first
            .may_hold(first)
            .then(|| words.position(|w| w == text))
            .flatten()
    }

    /// The words.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

impl<'de> Deserialize<'de> for AnyOf {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<AnyOf, D::Error> {
        Vec::deserialize(from).map(AnyOf::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_says_what_the_standard_library_says(
            words in prop::collection::vec("[甲乙a𠀀]{0,3}", 0..6),
            text in "[甲乙丙a𠀀]{0,8}",
        ) {
            let any = AnyOf::new(words.clone());
            let said = |f: &dyn Fn(&str) -> bool| words.iter().filter(|w| !w.is_empty()).any(|w| f(w));
            prop_assert_eq!(any.is_in(&text), said(&|w| text.contains(w)));
            prop_assert_eq!(any.starts(&text), said(&|w| text.starts_with(w)));
            prop_assert_eq!(any.ends(&text), said(&|w| text.ends_with(w)));
            prop_assert_eq!(any.is(&text), said(&|w| text == w));
            let mut listed = words.iter().filter(|w| !w.is_empty());
            prop_assert_eq!(any.place(&text), listed.clone().position(|w| *w == text));
            prop_assert!(any.words().iter().eq(listed.clone()));
            let before = any.before(&text);
            prop_assert!(before.eq(listed.by_ref().filter_map(|w| text.strip_suffix(w.as_str()))));
        }
    }
}
