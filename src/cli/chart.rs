//! Charts as SVG, drawn by hand: no library, no network, fonts of whoever looks.
//!
//! Positions are floats, values never are: what is written beside a point is the exact value.

use super::analysts::value;
use crate::analyse::compare::Comparison;
use crate::analyse::{Indicator, Series};
use crate::message::analysts as said;
use crate::report::html::escape;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::fmt::Write;
use std::path::Path;

/// Colours that are told apart by most people, also in grey (after Okabe and Ito).
const COLOURS: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555",
];
/// Lines drawn at most; more are a tangle.
const MOST_LINES: usize = 14;
/// Bars drawn at most.
const MOST_BARS: usize = 60;

/// What kind of file a chart goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Svg,
    Html,
}

impl Kind {
    /// By the name of the file.
    pub fn of(path: &Path) -> Result<Kind, String> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("svg") => Ok(Kind::Svg),
            Some("html" | "htm") => Ok(Kind::Html),
            _ => Err(said::which_chart(path)),
        }
    }

    /// The drawing as a file of this kind.
    pub fn wrap(self, title: &str, svg: &str) -> String {
        match self {
            Kind::Svg => format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{svg}"),
            Kind::Html => format!(
                "<!doctype html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
                 content=\"width=device-width\"><title>{}</title><style>body{{margin:1rem;background:#fff}}svg{{max-width:100%;\
                 height:auto}}</style></head><body>\n{svg}</body></html>\n",
                escape(title)
            ),
        }
    }
}

/// A bar of block characters, for the terminal.
pub fn bar(value: Decimal, top: Decimal, width: u32) -> String {
    if top <= Decimal::ZERO || value <= Decimal::ZERO {
        return String::new();
    }
    let eighths = value
        .checked_mul(Decimal::from(width * 8))
        .and_then(|v| v.checked_div(top))
        .and_then(|v| v.round().to_u32())
        .unwrap_or(width * 8);
    let parts = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let mut bar = "█".repeat(usize::try_from(eighths / 8).unwrap_or(0));
    if let Some(rest) = (eighths % 8).checked_sub(1) {
        bar.extend(parts.get(usize::try_from(rest).unwrap_or(0)));
    }
    bar
}

fn number(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(0.0)
}

/// Round steps that cover the values: where lines of the grid stand.
fn steps(low: f64, high: f64) -> Vec<f64> {
    let low = low.min(0.0);
    let span = (high - low).max(1e-9);
    let rough = span / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|s| *s >= rough)
        .unwrap_or(10.0 * power);
    let first = (low / step).floor();
    let mut all: Vec<f64> = (0..12).map(|n| (first + f64::from(n)) * step).collect();
    let enough = all.iter().position(|s| *s >= high).unwrap_or(all.len() - 1);
    all.truncate(enough + 1);
    all
}

/// A number of the axis, short: 120万.
fn short(value: f64) -> String {
    let (scaled, unit) = match value.abs() {
        v if v >= 1e8 => (value / 1e8, "亿"),
        v if v >= 1e4 => (value / 1e4, "万"),
        _ => (value, ""),
    };
    let text = format!("{scaled:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}{unit}")
}

fn open(width: f64, height: f64, title: &str) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" font-family=\"'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif\" \
         font-size=\"12\">\n<title>{0}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        escape(title)
    );
    let _ = writeln!(
        svg,
        "<text x=\"16\" y=\"24\" font-size=\"16\" font-weight=\"bold\">{}</text>",
        escape(title)
    );
    svg
}

/// A line an area; a gap is a gap.
pub fn lines(indicator: &Indicator, all: &[Series], years: &[i32]) -> String {
    let title = format!("{}（{}）", indicator.name, indicator.unit);
    let shown = all.get(..all.len().min(MOST_LINES)).unwrap_or(all);
    let height = 420.0_f64.max(90.0 + 18.0 * shown.len() as f64);
    let (width, left, right, top, bottom) = (860.0, 70.0, 210.0, 44.0, 40.0);
    let values = || {
        shown
            .iter()
            .flat_map(|s| &s.points)
            .map(|p| number(p.value.value))
    };
    let grid = steps(
        values().fold(0.0, f64::min),
        values().fold(f64::MIN_POSITIVE, f64::max),
    );
    let (low, high) = (
        grid.first().copied().unwrap_or(0.0),
        grid.last().copied().unwrap_or(1.0),
    );
    let y = |v: f64| top + (high - v) / (high - low).max(1e-9) * (height - top - bottom);
    let step = (width - left - right) / (years.len().max(2) - 1) as f64;
    let x = |n: usize| left + step * n as f64;
    let mut svg = open(width, height, &title);
    for g in &grid {
        let _ = writeln!(
            svg,
            "<line x1=\"{left}\" x2=\"{:.1}\" y1=\"{1:.1}\" y2=\"{1:.1}\" stroke=\"#ddd\"/><text x=\"{2}\" y=\"{3:.1}\" \
             text-anchor=\"end\" fill=\"#555\">{4}</text>",
            width - right,
            y(*g),
            left - 8.0,
            y(*g) + 4.0,
            short(*g)
        );
    }
    for (n, year) in years.iter().enumerate() {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{year}</text>",
            x(n),
            height - bottom + 18.0
        );
    }
    for (k, s) in shown.iter().enumerate() {
        let colour = COLOURS[k % COLOURS.len()];
        let dash = if k < COLOURS.len() {
            ""
        } else {
            " stroke-dasharray=\"5 3\""
        };
        let mut path = String::new();
        let mut pen = false;
        for (n, year) in years.iter().enumerate() {
            let Some(p) = s.at(*year) else {
                pen = false;
                continue;
            };
            let _ = write!(
                path,
                "{}{:.1} {:.1}",
                if pen { "L" } else { "M" },
                x(n),
                y(number(p.value.value))
            );
            pen = true;
            let _ = writeln!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"{colour}\"><title>{} {year}：{}{}　{} {}</title></circle>",
                x(n),
                y(number(p.value.value)),
                escape(&s.area_name),
                value(p.value.value, &p.value.qualifier),
                escape(&p.value.unit),
                escape(&p.value.file_name),
                escape(&p.value.location)
            );
        }
        let _ = writeln!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>"
        );
        let row = top + 18.0 * k as f64;
        let name = if s.area_name.is_empty() {
            &s.agency
        } else {
            &s.area_name
        };
        let _ = writeln!(
            svg,
            "<line x1=\"{0:.1}\" x2=\"{1:.1}\" y1=\"{row:.1}\" y2=\"{row:.1}\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>\
             <text x=\"{2:.1}\" y=\"{3:.1}\">{4}</text>",
            width - right + 20.0,
            width - right + 44.0,
            width - right + 52.0,
            row + 4.0,
            escape(name)
        );
    }
    if all.len() > shown.len() {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"#555\">{}</text>",
            width - right + 20.0,
            top + 18.0 * shown.len() as f64 + 4.0,
            escape(&said::not_drawn(all.len() - shown.len()))
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// A bar an area, the largest first, with the median.
pub fn bars(indicator: &Indicator, year: i32, c: &Comparison) -> String {
    let title = said::compared(&indicator.name, &indicator.unit, year);
    let shown = c.rows.get(..c.rows.len().min(MOST_BARS)).unwrap_or(&c.rows);
    let (width, left, right, top) = (860.0, 170.0, 130.0, 50.0);
    let height = top + 24.0 * shown.len() as f64 + 40.0;
    let high = shown
        .iter()
        .map(|r| number(r.value.value))
        .fold(f64::MIN_POSITIVE, f64::max);
    let x = |v: f64| left + v.max(0.0) / high * (width - left - right);
    let mut svg = open(width, height, &title);
    for (n, r) in shown.iter().enumerate() {
        let y = top + 24.0 * n as f64;
        let name = if r.area_name.is_empty() {
            &r.agency
        } else {
            &r.area_name
        };
        let colour = if r.outlier { COLOURS[1] } else { COLOURS[0] };
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{1:.1}\" text-anchor=\"end\">{2}</text><rect x=\"{left}\" y=\"{3:.1}\" width=\"{4:.1}\" \
             height=\"16\" fill=\"{colour}\"><title>{5} {6}</title></rect><text x=\"{7:.1}\" y=\"{1:.1}\" fill=\"#333\">{8}</text>",
            left - 8.0,
            y + 13.0,
            escape(name),
            y,
            (x(number(r.value.value)) - left).max(1.0),
            escape(&r.value.file_name),
            escape(&r.value.location),
            x(number(r.value.value)) + 6.0,
            value(r.value.value, &r.value.qualifier)
        );
    }
    if let Some(m) = c.median {
        let at = x(number(m));
        let _ = writeln!(
            svg,
            "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.1}\" y2=\"{:.1}\" stroke=\"#333\" stroke-dasharray=\"4 3\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#333\">{}</text>",
            top - 6.0,
            height - 30.0,
            height - 14.0,
            escape(&said::median(&value(m, "")))
        );
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_covers_the_values_in_round_steps() {
        assert_eq!(steps(0.0, 97.0), [0.0, 50.0, 100.0]);
        assert_eq!(steps(-3.0, 8.0), [-5.0, 0.0, 5.0, 10.0]);
        assert!(steps(0.0, 0.0).len() <= 12);
        assert_eq!(short(2_317_680.0), "231.77万");
        assert_eq!(short(120.0), "120");
    }

    #[test]
    fn bars_of_blocks_have_eighths() {
        let d = |n: i64| Decimal::from(n);
        assert_eq!(bar(d(10), d(10), 2), "██");
        assert_eq!(bar(d(5), d(10), 1), "▌");
        assert_eq!(bar(d(0), d(10), 2), "");
        assert_eq!(bar(d(-5), d(0), 2), "");
    }

    #[test]
    fn names_cannot_break_the_drawing() {
        assert_eq!(escape("<b>&\"县"), "&lt;b&gt;&amp;&quot;县");
    }
}
