//! The worked examples of indicators, run as reports of their domain.

use super::super::Catalogue;
use super::super::schema::Example;
use super::{Finding, Problem, Scope, domain_of, is_common, locator};
use crate::analysis::{Analysis, DocumentContext, Transformation};
use crate::read::{Block, BlockKind, Document, Format};
use rust_decimal::Decimal;
use std::str::FromStr;

/// Year of the documents that examples stand in.
const YEAR: i32 = 2024;

/// Runs every example.
pub(super) fn findings(c: &Catalogue, scope: &Scope) -> Vec<Finding> {
    let mut out = Vec::new();
    for s in c.sources().iter().filter(|s| scope.covers(domain_of(s))) {
        let at = locator(s);
        for spanned in &s.file().indicator {
            let i = spanned.as_ref();
            let good = i.examples.iter().map(|e| (e, true));
            for (e, wanted) in good.chain(i.not_examples.iter().map(|e| (e, false))) {
                if let Some(problem) = problem(c, domain_of(s), &i.id, e, wanted) {
                    out.push(Finding {
                        file: s.name.clone(),
                        line: at.line_in(spanned.span().start, "", &e.text),
                        entry: i.id.clone(),
                        problem,
                    });
                }
            }
        }
    }
    out
}

/// What is wrong with an example that must (or must not) give the indicator.
fn problem(c: &Catalogue, domain: &str, id: &str, e: &Example, wanted: bool) -> Option<Problem> {
    let Ok(value) = Decimal::from_str(&e.value) else {
        return Some(Problem::BadForm {
            key: "value".to_string(),
            value: e.value.clone(),
        });
    };
    let a = analyse(c, domain, e);
    let got: Vec<(String, String, String)> = a
        .observations
        .iter()
        .filter(|o| o.transformation == Transformation::Level)
        .map(|o| {
            let value = o.obs_value.normalize().to_string();
            (
                o.indicator.to_string(),
                value,
                o.scenario.name().to_string(),
            )
        })
        .collect();
    let hit = a.observations.iter().any(|o| {
        o.transformation == Transformation::Level
            && *o.indicator == *id
            && o.obs_value == value
            && e.scenario.as_deref().is_none_or(|w| w == o.scenario.name())
    });
    if hit && !wanted {
        return Some(Problem::NearMissBound {
            text: e.text.clone(),
            value: e.value.clone(),
        });
    }
    // A value that is not there misses nothing, however the words are understood.
    let figure = a
        .quantities
        .iter()
        .find(|q| q.value == value || q.value_max == Some(value));
    let stated = a.observations.iter().any(|o| o.obs_value == value);
    if !hit && figure.is_none() && !stated {
        return Some(Problem::ValueAbsent {
            text: e.text.clone(),
            value: e.value.clone(),
            found: a
                .quantities
                .iter()
                .map(|q| format!("{}{}", q.value.normalize(), q.unit))
                .collect(),
        });
    }
    (hit != wanted).then(|| Problem::ExampleMissed {
        text: e.text.clone(),
        value: e.value.clone(),
        scenario: e.scenario.clone().unwrap_or_default(),
        got,
        why: figure.map(|q| q.reason.clone()).unwrap_or_default(),
    })
}

/// The example as a report of an agency of the domain.
pub(crate) fn analyse(c: &Catalogue, domain: &str, e: &Example) -> Analysis {
    let mut blocks = Vec::new();
    let mut push = |kind| {
        blocks.push(Block {
            location: format!("p{}", blocks.len() + 1),
            kind,
        });
    };
    if let Some(h) = &e.heading {
        push(BlockKind::Heading {
            level: 1,
            text: h.clone(),
        });
    }
    push(BlockKind::Paragraph {
        text: e.text.clone(),
    });
    let document = Document::new(Format::Text, blocks);
    let context = DocumentContext {
        agency_domain: if is_common(domain) {
            String::new()
        } else {
            domain.to_string()
        },
        year: YEAR,
        ..DocumentContext::default()
    };
    crate::analyse_in(document, context, c)
}
