//! Small charts in the page, in the page's colours: each series by itself, from zero, a gap a gap.

use super::notes::Notes;
use super::{escape, grouped};
use crate::analyse::Series;
use rust_decimal::prelude::ToPrimitive;
use std::fmt::Write;

const WIDTH: f64 = 180.0;
const HEIGHT: f64 = 78.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 16.0;
const SIDE: f64 = 8.0;

fn number(s: &Series, year: i32) -> Option<f64> {
    s.at(year).and_then(|p| p.value.value.to_f64())
}

/// Lowest and highest value, zero among them.
fn range(s: &Series) -> (f64, f64) {
    let values = || s.points.iter().filter_map(|p| p.value.value.to_f64());
    let low = values().fold(0.0, f64::min);
    let high = values().fold(low, f64::max);
    (low, if high > low { high } else { low + 1.0 })
}

/// A line over the years, with the latest value, the first and last year, and every point a link to its sentence.
pub fn multiple(s: &Series, years: &[i32], notes: &mut Notes) -> String {
    let (low, high) = range(s);
    let step = (WIDTH - 2.0 * SIDE) / (years.len().max(2) - 1) as f64;
    let x = |n: usize| SIDE + step * n as f64;
    let y = |v: f64| TOP + (high - v) / (high - low) * (HEIGHT - TOP - BOTTOM);
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=img><line class=x x1=0 x2={WIDTH} y1={0:.1} y2={0:.1} />",
        y(0.0)
    );
    let mut points = String::new();
    let mut run: Vec<(f64, f64)> = Vec::new();
    let close = |run: &mut Vec<(f64, f64)>, out: &mut String| {
        if let (Some(first), Some(last)) = (run.first().copied(), run.last().copied())
            && run.len() > 1
        {
            let line: Vec<String> = run.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let line = line.join(" ");
            let _ = write!(
                out,
                "<polygon class=a points=\"{:.1},{z:.1} {line} {:.1},{z:.1}\"/><polyline class=l points=\"{line}\"/>",
                first.0,
                last.0,
                z = y(0.0)
            );
        }
        run.clear();
    };
    let mut latest = None;
    for (n, &year) in years.iter().enumerate() {
        let Some((p, v)) = s.at(year).zip(number(s, year)) else {
            close(&mut run, &mut out);
            continue;
        };
        let at = (x(n), y(v));
        run.push(at);
        let _ = write!(
            points,
            "<a href=\"#e{}\"><circle class=p cx={:.1} cy={:.1} r=3.5><title>{year}：{}{}</title></circle></a>",
            notes.of(p),
            at.0,
            at.1,
            grouped(p.value.value),
            escape(&p.value.unit)
        );
        latest = Some(p);
    }
    close(&mut run, &mut out);
    out.push_str(&points);
    if let (Some(first), Some(last)) = (years.first(), years.last()) {
        let base = HEIGHT - 3.0;
        let _ = write!(out, "<text x={SIDE} y={base}>{first}</text>");
        if last != first {
            let right = WIDTH - SIDE;
            let _ = write!(
                out,
                "<text x={right} y={base} text-anchor=end>{last}</text>"
            );
        }
    }
    if let Some(p) = latest {
        let _ = write!(
            out,
            "<text x={} y=10 text-anchor=end>{}</text>",
            WIDTH - SIDE,
            grouped(p.value.value)
        );
    }
    out.push_str("</svg>");
    out
}

/// The same without words, for a cell of a table.
pub fn spark(s: &Series, years: &[i32]) -> String {
    let (low, high) = range(s);
    let (width, height) = (80.0, 22.0);
    let step = (width - 6.0) / (years.len().max(2) - 1) as f64;
    let mut out = format!("<svg viewBox=\"0 0 {width} {height}\" aria-hidden=true>");
    let mut run: Vec<String> = Vec::new();
    let mut last = None;
    let close = |run: &mut Vec<String>, out: &mut String| {
        if run.len() > 1 {
            let _ = write!(out, "<polyline class=l points=\"{}\"/>", run.join(" "));
        }
        run.clear();
    };
    for (n, &year) in years.iter().enumerate() {
        let Some(v) = number(s, year) else {
            close(&mut run, &mut out);
            continue;
        };
        let at = (
            3.0 + step * n as f64,
            3.0 + (high - v) / (high - low) * (height - 6.0),
        );
        run.push(format!("{:.1},{:.1}", at.0, at.1));
        last = Some(at);
    }
    close(&mut run, &mut out);
    if let Some((x, y)) = last {
        let _ = write!(out, "<circle class=p cx={x:.1} cy={y:.1} r=2.5 />");
    }
    out.push_str("</svg>");
    out
}
