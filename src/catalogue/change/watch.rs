//! Wordings that are looked for in documents, and whether a document may say one.
//!
//! Most documents say none. One pass over the text tells which halves of wordings it holds; only where it holds one is the
//! wording itself looked for. A wording is also *put together* from two places by the analysis, in two cases, so both are
//! looked for:
//!
//! * of 货物、工程、服务采购 the first member is taken for 货物采购: its first part stands before 、 or a conjunction, the rest anywhere;
//! * of 政府采购工程523万元、服务271万元 the second is taken for 政府采购服务: the rest, a few characters, begins a member of a list.
//!
//! And the end of a label may be reworded (数量 for 数): then the wording as the table has it is looked for too.

use super::said::{Said, bare};
use aho_corasick::AhoCorasick;
use std::collections::BTreeMap;

/// What a first part stands before.
const JOINS: [char; 5] = ['、', '和', '与', '及', '以'];
/// What the rest of a wording begins a member of a list after, 其中 and the like aside.
const OPENS: [char; 8] = ['、', '：', ':', '）', ')', ']', '】', '〕'];
/// Longest rest, in characters, that begins a member.
const SHORT: usize = 6;

/// A wording without blanks.
struct Wording {
    text: String,
    /// It had blanks.
    blanks: bool,
}

/// What a place of the automaton tells of a wording.
#[derive(Clone, Copy)]
enum Tells {
    /// It is there.
    Whole(usize),
    /// One of its halves is.
    Half(usize),
}

/// Wordings, ready to be looked for.
pub(super) struct Watch {
    automaton: AhoCorasick,
    /// What each pattern tells.
    told: Vec<Vec<Tells>>,
    wordings: Vec<Wording>,
    /// Last characters of 其中 and the like.
    lists: Vec<char>,
}

/// What of the wordings a document holds.
pub(super) struct Found<'w, 's> {
    watch: &'w Watch,
    said: &'s Said,
    /// Whether it is there, where that is known already.
    known: Vec<Option<bool>>,
}

impl Watch {
    /// Of some wordings; `sublists` are the words that begin a list, `endings` those of labels with what is read for them.
    /// Nothing where a wording is in every text.
    pub(super) fn new(
        wordings: &[&str],
        sublists: &[String],
        endings: &BTreeMap<String, String>,
    ) -> Option<Watch> {
        let wordings: Vec<Wording> = wordings
            .iter()
            .map(|w| {
                let text = bare(w);
                let blanks = text != **w;
                Wording { text, blanks }
            })
            .collect();
        let mut patterns: BTreeMap<String, Vec<Tells>> = BTreeMap::new();
        let mut add = |pattern: &str, tells| {
            patterns.entry(pattern.to_string()).or_default().push(tells);
        };
        for (n, w) in wordings.iter().enumerate() {
            let length = w.text.chars().count();
            if length == 0 {
                return None;
            }
            add(&w.text, Tells::Whole(n));
            if length > 1 {
                // Of two parts one has at least half of the characters.
                let at = |chars: usize| w.text.char_indices().nth(chars).map_or(0, |(i, _)| i);
                let (first, last) = (at(length.div_ceil(2)), at(length / 2));
                add(w.text.get(..first).unwrap_or(""), Tells::Half(n));
                add(w.text.get(last..).unwrap_or(""), Tells::Half(n));
            }
            for (written, read) in endings.iter().map(|(w, r)| (bare(w), bare(r))) {
                for stem in stems(&w.text, &read) {
                    add(&format!("{stem}{written}"), Tells::Whole(n));
                }
            }
        }
        let (patterns, told): (Vec<String>, _) = patterns.into_iter().unzip();
        let lists = sublists.iter().filter_map(|w| bare(w).chars().next_back());
        Some(Watch {
            automaton: AhoCorasick::new(patterns).ok()?,
            told,
            wordings,
            lists: lists.collect(),
        })
    }

    /// Looks through a document; nothing where it holds no wording.
    pub(super) fn look<'w, 's>(&'w self, said: &'s Said) -> Option<Found<'w, 's>> {
        let mut known: Vec<Option<bool>> = Vec::new();
        for m in self.automaton.find_overlapping_iter(&said.text) {
            if known.is_empty() {
                known.resize(self.wordings.len(), Some(false));
            }
            for tells in self.told.get(m.pattern().as_usize()).into_iter().flatten() {
                let (n, is) = match *tells {
                    Tells::Whole(n) => (n, Some(true)),
                    Tells::Half(n) => (n, None),
                };
                if let Some(slot) = known.get_mut(n).filter(|k| **k != Some(true)) {
                    *slot = is;
                }
            }
        }
        (!known.is_empty()).then_some(Found {
            watch: self,
            said,
            known,
        })
    }
}

/// What stands before `read` or a beginning of it where a wording reaches into it; empty where it lies within.
fn stems<'w>(wording: &'w str, read: &str) -> Vec<&'w str> {
    let mut stems: Vec<&str> = wording
        .char_indices()
        .filter(|(at, _)| {
            wording
                .get(*at..)
                .is_some_and(|rest| read.starts_with(rest))
        })
        .filter_map(|(at, _)| wording.get(..at))
        .collect();
    if read.contains(wording) {
        stems.push("");
    }
    stems
}

impl Found<'_, '_> {
    /// Whether the document may say a wording.
    pub(super) fn says(&mut self, n: usize) -> bool {
        match self.known.get(n).copied().flatten() {
            Some(is) => is,
            None => {
                let is = self.is_put_together(n);
                if let Some(slot) = self.known.get_mut(n) {
                    *slot = Some(is);
                }
                is
            }
        }
    }

    fn is_put_together(&self, n: usize) -> bool {
        let Some(w) = self.watch.wordings.get(n) else {
            return false;
        };
        let text = self.said.text.as_str();
        let before = |part: &str| {
            let mut found = text.match_indices(part);
            found.any(|(at, _)| {
                text.get(at + part.len()..)
                    .is_some_and(|rest| rest.starts_with(JOINS))
            })
        };
        let opens = |c: char| OPENS.contains(&c) || self.watch.lists.contains(&c);
        let after = |part: &str| {
            let mut found = text.match_indices(part);
            found.any(|(at, _)| text.get(..at).is_some_and(|before| before.ends_with(opens)))
        };
        w.text.char_indices().skip(1).any(|(at, _)| {
            let (first, rest) = w.text.split_at(at);
            let member = (w.blanks || first.chars().count() > 1) && rest.chars().count() <= SHORT;
            before(first) && text.contains(rest) || member && text.contains(first) && after(rest)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(wording: &str, text: &str) -> bool {
        let endings = BTreeMap::from([("数量".to_string(), "数".to_string())]);
        let watch = Watch::new(&["无", wording], &["其中".to_string()], &endings).unwrap();
        let mut said = Said::default();
        said.text(text);
        watch.look(&said).is_some_and(|mut found| found.says(1))
    }

    #[test]
    fn a_wording_is_found_whole_and_put_together() {
        for (wording, text) in [
            ("上门助浴", "全年上门助浴5次"),
            ("上门助浴", "全年上门\n 助浴5次"),
            ("货物采购", "货物、工程、服务采购500万元"),
            ("货物采购", "货物和服务采购500万元"),
            ("政府采购服务", "政府采购工程523万元、服务271万元"),
            ("政府采购服务", "政府采购工程523万元，其中服务271万元"),
            ("养老机构数", "养老机构数量"),
            ("机构数", "机构数量"),
            ("数", "数量"),
        ] {
            assert!(says(wording, text), "{wording} {text}");
        }
        for (wording, text) in [
            ("上门助浴", "上门服务5次，助浴3次"),
            ("货物采购", "货物，工程，服务采购500万元"),
            ("政府采购服务", "政府采购工程523万元，服务271万元"),
            ("养老机构数", "养老机构的数量"),
        ] {
            assert!(!says(wording, text), "{wording} {text}");
        }
    }

    #[test]
    fn a_wording_of_blanks_is_everywhere() {
        assert!(Watch::new(&[" "], &[], &BTreeMap::new()).is_none());
    }
}
