//! Wordings of `forms.toml` that stand for something, and what each stands for.

use crate::text::any_of::AnyOf;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// Wordings with what they stand for.
#[derive(Debug, Default)]
pub struct Worded {
    meanings: BTreeMap<String, String>,
    /// The wordings: most labels hold none, and this says so at once.
    any: AnyOf,
}

impl Worded {
    /// What the longest of those that the text ends with stands for.
    pub fn at_end(&self, text: &str) -> Option<&str> {
        let ends = self.any.ends(text);
        ends.then(|| self.longest(|w| text.ends_with(w))).flatten()
    }

    /// What the longest of those that the text holds stands for.
    pub fn inside(&self, text: &str) -> Option<&str> {
        let holds = self.any.is_in(text);
        holds.then(|| self.longest(|w| text.contains(w))).flatten()
    }

    fn longest(&self, fits: impl Fn(&str) -> bool) -> Option<&str> {
        self.meanings
            .iter()
            .filter(|(w, _)| fits(w))
            .max_by_key(|(w, _)| w.len())
            .map(|(_, meaning)| meaning.as_str())
    }
}

impl From<BTreeMap<String, String>> for Worded {
    fn from(meanings: BTreeMap<String, String>) -> Worded {
        Worded {
            any: AnyOf::new(meanings.keys().cloned().collect()),
            meanings,
        }
    }
}

impl<'de> Deserialize<'de> for Worded {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Worded, D::Error> {
        BTreeMap::deserialize(from).map(Worded::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wording_counts() {
        let words = [
            ("人次", "人次"),
            ("率", "%"),
            ("批次", "批次"),
            ("次", "次"),
        ];
        let worded = Worded::from(BTreeMap::from(
            words.map(|(w, m)| (w.to_string(), m.to_string())),
        ));
        assert_eq!(worded.at_end("救助人次"), Some("人次"));
        assert_eq!(worded.at_end("救助人次数"), None);
        assert_eq!(worded.at_end(""), None);
        assert_eq!(worded.inside("人次的增长率"), Some("人次"));
        assert_eq!(worded.inside("增长率"), Some("%"));
        assert_eq!(worded.inside("户数"), None);
    }
}
