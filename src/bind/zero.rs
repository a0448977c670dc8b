//! Statements of zero: 本年度无会议费支出 is an observation of 0.
//!
//! Only for indicators that ask for it (`zero = true`), and only where a negation stands right before the indicator's
//! own words in a clause without a figure.

use super::decide::{self, Decision, Evidence, Level};
use super::phrase::{Phrase, Prepared};
use super::{At, Binder, Rows, aspect, confidence, list};
use crate::analysis::{Observation, Scenario, Transformation};
use crate::catalogue::{Indicator, role};
use crate::context::period;
use crate::quantity::{Qualifier, Quantity};
use crate::text::clause::{self, Mark};
use crate::text::scalars::Scalars;
use rust_decimal::Decimal;
use std::ops::Range;

/// Longest clause, in bytes, that is taken for one.
const LONGEST: usize = 240;

/// Adds an observation of 0 for each statement of zero.
pub fn statements(
    b: &Binder,
    (text, p): (&Scalars, &Prepared),
    quantities: &[Quantity],
    at: &At,
    rows: &mut Rows,
) {
    // Bytes and characters counted so far.
    let mut counted = (0, 0);
    for w in p
        .words
        .iter()
        .filter(|w| w.entry.roles & role::NEGATION != 0)
    {
        let before = p.marks.partition_point(|m| m.end <= w.start);
        let from = p
            .marks
            .iter()
            .take(before)
            .rfind(|m| m.mark != Mark::List)
            .map_or(0, |m| m.end);
        let after = p.marks.partition_point(|m| m.start < w.end);
        let end = p
            .marks
            .iter()
            .skip(after)
            .find(|m| !matches!(m.mark, Mark::List | Mark::Open | Mark::Close))
            .map_or(p.text.len(), |m| m.start);
        // A clause so long is no statement of zero.
        if w.start - from.min(w.start) > LONGEST || end.saturating_sub(w.end) > LONGEST {
            continue;
        }
        if super::meets_figure(quantities, &(from..end)) {
            continue;
        }
        // 为零 stands behind what it denies, the others before.
        let behind = p
            .text
            .get(w.start..w.end)
            .is_some_and(|s| s.starts_with('为') || s.starts_with('零'));
        // 均无支出: what is denied stands before it too, where nothing but spending follows.
        let behind = behind || spends_only(p, &(w.end..end));
        let span = if behind { from..w.start } else { w.end..end };
        let found = indicators(b, p, span);
        if found.is_empty() {
            continue;
        }
        let (first, last) = if behind {
            (
                from,
                if spends_only(p, &(w.end..end)) {
                    end
                } else {
                    w.end
                },
            )
        } else {
            (w.start, end)
        };
        let quote = p.text.get(first..last).unwrap_or("");
        let mut chars = |at: usize| {
            // Statements come in order, so that the text is counted once.
            if at < counted.0 {
                counted = (0, 0);
            }
            let more = p.text.get(counted.0..at).map_or(0, |s| s.chars().count());
            counted = (at, counted.1 + more);
            counted.1
        };
        let chars = chars(first)..chars(last);
        let scenario = aspect::scenario(p, &(from..end), b.section.aims())
            .filter(|s| *s == Scenario::Budget)
            .unwrap_or_default();
        let when = aspect::period_of(None, b.period(scenario), true, false);
        let row = |ind: &Indicator| Observation {
            indicator: ind.id.as_str().into(),
            place: b.context.place.clone(),
            time_period: when.map(|d| period::iso(&d)).unwrap_or_default().into(),
            period: when,
            year: when.map_or(0, |d| aspect::year_of(&d)),
            scenario,
            transformation: Transformation::Level,
            obs_value: Decimal::ZERO,
            obs_value_max: None,
            unit_measure: ind.unit.as_str().into(),
            qualifier: Qualifier::Exact,
            value_text: quote.into(),
            evidence: p
                .text
                .get(clause::sentence(text, &(first..last)))
                .unwrap_or("")
                .into(),
            location: at.location.clone(),
            chars: chars.clone(),
            confidence: confidence::ZERO,
            rule: format!("{}：零值陈述", ind.id),
            quantity: None,
        };
        let known = found
            .iter()
            .filter_map(|&i| b.catalogue.indicators().get(i));
        rows.observations.extend(known.map(row));
    }
}

/// Whether a stretch says nothing but that money is spent (无支出, 没有发生支出).
fn spends_only(p: &Prepared, at: &Range<usize>) -> bool {
    let words = p.words_in(at);
    let covered: usize = words.iter().map(|w| w.end - w.start).sum();
    !words.is_empty()
        && covered == at.len()
        && words.iter().all(|w| {
            w.entry.roles & (role::SPENT | role::NEGATION) != 0 && w.entry.roles & role::BUDGET == 0
        })
}

/// What a stretch of text denies: an indicator that asks for statements of zero, or several that it enumerates
/// (公务接待费和因公出国（境）费). Nothing where any of them is no such indicator.
fn indicators(b: &Binder, p: &Prepared, span: Range<usize>) -> Vec<usize> {
    // 没有完全打通, 无障碍通道: nothing in it, nor in what it enumerates, can be stated as none.
    let mut words = p.words_in(&span).iter();
    if !words.any(|w| w.entry.term.is_some_and(|t| b.lexicon.may_be_zero(t))) {
        return Vec::new();
    }
    if let Some(i) = indicator(b, &p.phrase(b.lexicon, span.clone(), true)) {
        return vec![i];
    }
    let members = list::enumerated(b.lexicon, p, span);
    if members.len() < 2 {
        return Vec::new();
    }
    let all: Option<Vec<usize>> = members.iter().map(|m| indicator(b, m)).collect();
    all.unwrap_or_default()
}

/// The indicator that a phrase names, where it asks for statements of zero.
fn indicator(b: &Binder, phrase: &Phrase) -> Option<usize> {
    let evidence: Vec<Evidence> = phrase
        .terms
        .iter()
        .map(|t| Evidence {
            term: t.term,
            level: Level::Own,
            must: true,
        })
        .collect();
    if evidence.is_empty() || !phrase.residue.is_empty() {
        return None;
    }
    let of = |unit| match decide::decide(b.catalogue, b.lexicon, &evidence, &[], unit) {
        Decision::Bound { indicator, .. } => Some(indicator),
        Decision::Open { .. } => None,
    };
    let asks = |i: &usize| b.lexicon.rules_for(*i).iter().any(|r| r.zero);
    ["元", "人次", "批次", "人", "个", "件", "天"]
        .into_iter()
        .filter_map(of)
        .find(asks)
}
