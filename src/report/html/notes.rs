//! The evidence of the page's numbers: each sentence once, however many numbers lead to it.
//!
//! A number is a link to its note, which shows at the foot of the window while it is the target of the address. That
//! needs no script, works in browsers of ten years ago, and the browser's "back" closes it.

use super::{escape, grouped};
use crate::analyse::Point;
use crate::report::Quote;
use std::collections::HashMap;
use std::fmt::Write;

/// What a note is made of, by which equal ones are found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Note {
    file_name: String,
    location: String,
    evidence: String,
    value_text: String,
    /// What other statements say: figure, file and place.
    others: Vec<(String, String, String)>,
    /// How many more there are.
    more: usize,
}

/// The notes of a page.
#[derive(Debug, Default)]
pub struct Notes {
    known: HashMap<Note, usize>,
    html: String,
}

impl Notes {
    fn number(&mut self, note: Note) -> usize {
        if let Some(n) = self.known.get(&note) {
            return *n;
        }
        let n = self.known.len() + 1;
        let _ = write!(
            self.html,
            "<div class=evidence id=e{n}><a class=close href=\"#-\">关闭 ✕</a><p>{}</p><p class=src>《{}》{}</p>",
            marked(&note.evidence, &note.value_text),
            escape(&note.file_name),
            escape(&place(&note.location))
        );
        for (text, file, location) in &note.others {
            let _ = write!(
                self.html,
                "<p class=src>另有 {}：《{}》{}</p>",
                escape(text),
                escape(file),
                escape(&place(location))
            );
        }
        if note.more > 0 {
            let _ = write!(
                self.html,
                "<p class=src>还有 {} 处写的是别的数，trend --json 给出全部。</p>",
                note.more
            );
        }
        self.html.push_str("</div>\n");
        self.known.insert(note, n);
        n
    }

    /// The number of the note of a point's value.
    pub fn of(&mut self, p: &Point) -> usize {
        let s = &p.value;
        self.number(Note {
            file_name: s.file_name.clone(),
            location: s.location.clone(),
            evidence: s.evidence.clone(),
            value_text: s.value_text.clone(),
            others: p
                .others
                .iter()
                .map(|o| {
                    (
                        o.value_text.clone(),
                        o.file_name.clone(),
                        o.location.clone(),
                    )
                })
                .collect(),
            more: p.more,
        })
    }

    /// A value that leads to its note.
    pub fn value(&mut self, p: &Point) -> String {
        let s = &p.value;
        let sign = match s.qualifier.as_str() {
            "approx" => "约",
            "at_least" => "≥",
            "at_most" => "≤",
            _ => "",
        };
        let star = if p.others.is_empty() { "" } else { "*" };
        let flag = if s.obs_status == "F" {
            " class=bad"
        } else {
            ""
        };
        format!(
            "<a href=\"#e{}\"{flag}>{sign}{}{star}</a>",
            self.of(p),
            grouped(s.value)
        )
    }

    /// A figure of a finding, as it is written, that leads to its sentence; and where that stands.
    pub fn quote(&mut self, q: &Quote) -> (String, String) {
        let n = self.number(Note {
            file_name: q.file_name.clone(),
            location: q.location.clone(),
            evidence: q.evidence.clone(),
            value_text: q.value_text.clone(),
            others: Vec::new(),
            more: 0,
        });
        let figure = format!("<a class=v href=\"#e{n}\">{}</a>", escape(&q.value_text));
        let place = format!(
            "《{}》{}",
            escape(&q.file_name),
            escape(&place(&q.location))
        );
        (figure, place)
    }

    /// All notes.
    pub fn into_html(self) -> String {
        self.html
    }
}

/// A location in words, for people.
fn place(location: &str) -> String {
    crate::report::letters::place(location)
}

/// The sentence with the figure marked.
fn marked(evidence: &str, figure: &str) -> String {
    match evidence.split_once(figure).filter(|_| !figure.is_empty()) {
        Some((before, after)) => format!(
            "{}<mark>{}</mark>{}",
            escape(before),
            escape(figure),
            escape(after)
        ),
        None => escape(evidence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(evidence: &str, value_text: &str) -> Quote {
        Quote {
            file_name: "报告.docx".into(),
            location: "p12".into(),
            evidence: evidence.into(),
            value_text: value_text.into(),
        }
    }

    #[test]
    fn the_figure_is_marked_and_nothing_can_break_out() {
        assert_eq!(
            marked("火化499具，<b>", "499具"),
            "火化<mark>499具</mark>，&lt;b&gt;"
        );
        assert_eq!(marked("没有", "5人"), "没有");
    }

    #[test]
    fn a_sentence_is_there_once() {
        let mut notes = Notes::default();
        let first = notes.quote(&quote("火化499具。", "499具"));
        assert_eq!(notes.quote(&quote("火化499具。", "499具")), first);
        notes.quote(&quote("火化<485>具。", "485"));
        let html = notes.into_html();
        assert_eq!(html.matches("class=evidence").count(), 2);
        assert!(html.contains("第12段") && html.contains("&lt;<mark>485</mark>&gt;"));
    }
}
