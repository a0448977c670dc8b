//! `zhibiao show FILE --why FIGURE`: what was weighed for a figure.

use super::output::{Paint, one_line};
use crate::analysis::{Analysis, Figure};
use crate::bind::Explained;
use crate::catalogue::Catalogue;
use crate::message::show as message;
use serde_json::{Value, json};
use std::io::Write;

/// The figures that are meant: by their text (684人), their location (p12) or both (p12:684人); an empty wish means all.
fn meant<'a>(analysis: &'a Analysis, wish: &str) -> Vec<(usize, &'a Figure)> {
    let (place, text) = match wish.split_once([':', '：']) {
        Some((place, text)) => (Some(place), text),
        None => (None, wish),
    };
    analysis
        .quantities
        .iter()
        .enumerate()
        .filter(|(_, q)| match place {
            Some(p) => *q.location == *p && *q.value_text == *text,
            None => text.is_empty() || *q.value_text == *text || *q.location == *text,
        })
        .collect()
}

/// Prints the account of each figure meant; whether there was any.
pub fn write(
    out: &mut dyn Write,
    analysis: &Analysis,
    catalogue: &Catalogue,
    wish: &str,
    paint: &Paint,
) -> std::io::Result<bool> {
    let explained = crate::explain(analysis, catalogue);
    let figures = meant(analysis, wish);
    for (i, q) in &figures {
        writeln!(
            out,
            "{} {}  {}",
            paint.dim(&q.location),
            paint.strong(&one_line(&q.value_text)),
            one_line(&q.measured)
        )?;
        writeln!(out, "  {}", one_line(&q.reason))?;
        match explained.iter().find(|e| e.quantity == *i) {
            Some(e) => account(out, e, catalogue, paint)?,
            None => writeln!(out, "  {}", paint.dim(message::from_table()))?,
        }
    }
    Ok(!figures.is_empty())
}

fn account(
    out: &mut dyn Write,
    e: &Explained,
    catalogue: &Catalogue,
    paint: &Paint,
) -> std::io::Result<()> {
    let stated: Vec<String> = e
        .evidence
        .iter()
        .map(|(term, place)| format!("{place}“{term}”"))
        .collect();
    if !stated.is_empty() {
        writeln!(out, "  {} {}", message::stated(), stated.join(" "))?;
    }
    if !e.residue.is_empty() {
        writeln!(out, "  {} {}", message::left_over(), e.residue.join(" "))?;
    }
    for c in &e.candidates {
        let name = catalogue.indicator(&c.indicator).map_or("", |i| &i.name);
        let terms: Vec<String> = c
            .terms
            .iter()
            .map(|(term, place)| match place {
                Some(place) => format!("{term}({place})"),
                None => format!("{term}(—)"),
            })
            .collect();
        let line = format!(
            "{:>4}  {name} {}  {}",
            c.score,
            c.indicator,
            terms.join(" ")
        );
        if c.against.is_empty() {
            writeln!(out, "  {}", paint.bound(&line))?;
        } else {
            writeln!(out, "  {line}  {}", paint.dim(&c.against))?;
        }
    }
    Ok(())
}

/// The same for programs.
pub fn as_json(analysis: &Analysis, catalogue: &Catalogue, wish: &str) -> Value {
    let explained = crate::explain(analysis, catalogue);
    let rows: Vec<Value> = meant(analysis, wish)
        .into_iter()
        .map(|(i, q)| {
            let account = explained.iter().find(|e| e.quantity == i);
            let candidates: Vec<Value> = account
                .iter()
                .flat_map(|e| &e.candidates)
                .map(|c| {
                    json!({
                        "indicator": c.indicator, "score": c.score, "against": c.against,
                        "terms": c.terms.iter().map(|(t, p)| json!({"term": t, "stated": p})).collect::<Vec<_>>(),
                    })
                })
                .collect();
            json!({
                "location": q.location, "char_start": q.chars.start, "value_text": q.value_text, "unit": q.unit,
                "measured": q.measured, "indicator": q.indicator, "reason": q.reason,
                "evidence": account.map(|e| e.evidence.iter().map(|(t, p)| json!({"term": t, "stated": p})).collect::<Vec<_>>()),
                "residue": account.map(|e| e.residue.clone()),
                "candidates": candidates,
            })
        })
        .collect();
    Value::from(rows)
}
