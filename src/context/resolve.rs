//! Puts a document's context together: see the precedence in the parent module. The year is settled first, since names of
//! areas are read as of it; then the area (`weigh`), then the agency (`who`).

use super::evidence::Evidence;
use super::period::{self, Kind};
use super::weigh::Weigher;
use super::{Hints, Knowledge};
use crate::analysis::DocumentContext;
use crate::read::{BlockKind, Document};
use crate::text::signs::signs;
use chrono::Datelike;
use std::ops::Range;

/// Most bytes of a body that are weighed: a title page and many chapters, not a yearbook.
const BODY_LIMIT: usize = 600_000;

/// Area, agency, year and period of a document, by the precedence stated in the module [`super`].
///
/// `file_name` is the name alone, without folders. Nothing is guessed where the evidence is equal: an unknown area is an
/// empty code, an unknown year 0.
pub fn resolve(doc: &Document, file_name: &str, hints: &Hints, k: &Knowledge) -> DocumentContext {
    let e = Evidence::collect(doc);
    let stem = file_name.rsplit_once('.').map_or(file_name, |(s, _)| s);
    let mut c = DocumentContext {
        title: if e.title.is_empty() {
            stem.to_string()
        } else {
            e.title.clone()
        },
        ..DocumentContext::default()
    };
    let body = body_texts(doc);
    c.year = year(&e, &body, stem, hints, &mut c.inherited);
    let under: Vec<&str> = e.under.iter().map(String::as_str).collect();
    c.period = period::document_period(&e.title, &under, stem, c.year);
    if let Some(s) = &hints.siblings {
        // A form without a year of its own belongs to the report that it was handed in with.
        if c.inherited.iter().any(|i| i.starts_with("year: 主报告")) {
            c.period = s.period;
        }
    }
    let w = Weigher::new(k, c.year, &e, &body, stem, hints);
    if let Some(code) = w.area(&mut c.inherited) {
        c.place = k.places.place_of(code, c.year).unwrap_or_default().into();
    }
    w.agency(&mut c);
    c
}

/// All text of a document, in order, up to a limit.
fn body_texts(doc: &Document) -> Vec<&str> {
    let mut left = BODY_LIMIT;
    let mut out: Vec<&str> = Vec::new();
    for b in &doc.blocks {
        let cells = b.table().map(|t| t.cells.as_slice()).unwrap_or_default();
        let texts = cells.iter().filter(|c| !c.numeric).map(|c| c.text.as_str());
        let own = match &b.kind {
            BlockKind::Table(_) => None,
            _ => Some(b.text()),
        };
        for text in own.into_iter().chain(texts).filter(|t| !t.is_empty()) {
            if left == 0 {
                return out;
            }
            left = left.saturating_sub(text.len());
            out.push(text);
        }
    }
    out
}

fn year(
    e: &Evidence,
    body: &[&str],
    stem: &str,
    hints: &Hints,
    inherited: &mut Vec<String>,
) -> i32 {
    if let Some(y) = hints.year.filter(|y| period::YEARS.contains(y)) {
        inherited.push("year: 命令行".into());
        return y;
    }
    let stated = period::line_year(&e.title)
        .or_else(|| e.under.iter().find_map(|l| period::line_year(l)))
        .or(e.header_year)
        .or_else(|| body_year(e, body))
        .or_else(|| e.signed_year());
    if let Some(y) = stated {
        return y;
    }
    if let Some(y) = name_year(stem) {
        inherited.push("year: 文件名".into());
        return y;
    }
    if let Some(y) = hints.folders.iter().rev().find_map(|f| name_year(f)) {
        inherited.push("year: 文件夹名".into());
        return y;
    }
    if let Some(y) = hints.siblings.as_ref().map(|s| s.year).filter(|y| *y != 0) {
        inherited.push("year: 主报告".into());
        return y;
    }
    0
}

/// A year in the name of a file or folder: written with 年, else four figures that stand alone.
fn name_year(name: &str) -> Option<i32> {
    period::line_year(name).or_else(|| {
        name.split(|c: char| !c.is_ascii_digit())
            .filter(|d| d.len() == 4)
            .filter_map(|d| d.parse().ok())
            .find(|y| (1980..=2060).contains(y))
    })
}

/// The year that the body speaks of most; of equals the one as of which it states figures (截至2019年3月底), then the first.
/// Left out: dates to the day, comparisons, beginnings (2011年以来), years after the signature (plans), and what stands in 《》.
fn body_year(e: &Evidence, body: &[&str]) -> Option<i32> {
    // Year, mentions, mentions as a point in time.
    let mut votes: Vec<(i32, u32, u32)> = Vec::new();
    for text in body {
        let quoted = quoted(text);
        for m in period::scan(text, 0) {
            let skipped = !m.explicit || m.compared || m.kind == Kind::Since;
            if skipped || inside(&quoted, &m.bytes) {
                continue;
            }
            let point = m.kind == Kind::AsOf;
            let Some(p) = m.period.filter(|p| p.start != p.end || point) else {
                continue;
            };
            let y = p.end.year();
            match votes.iter_mut().find(|v| v.0 == y) {
                Some(v) => {
                    v.1 += 1;
                    v.2 += u32::from(point);
                }
                None => votes.push((y, 1, u32::from(point))),
            }
        }
    }
    if let Some(d) = e.signed {
        votes.retain(|v| v.0 <= d.year());
    }
    let best = votes.iter().map(|v| (v.1, v.2)).max()?;
    votes.iter().find(|v| (v.1, v.2) == best).map(|v| v.0)
}

/// What stands inside 《》: titles of other documents.
pub(super) fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut open = None;
    for (i, c) in signs(text) {
        match c {
            '《' => open = open.or(Some(i)),
            '》' => {
                if let Some(s) = open.take() {
                    out.push(s..i);
                }
            }
            _ => {}
        }
    }
    out
}

/// Whether `r` lies in one of `ranges`, which are in order and apart.
pub(super) fn inside(ranges: &[Range<usize>], r: &Range<usize>) -> bool {
    let i = ranges.partition_point(|q| q.end < r.end);
    ranges.get(i).is_some_and(|q| q.start <= r.start)
}
