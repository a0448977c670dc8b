//! Charts of trends and comparisons, as marks ([`crate::report::drawing`]); drawn into SVG, HTML or PNG by the name of the file.

use super::Failure;
use super::analysts::value;
use super::output::complain;
use crate::analyse::compare::Comparison;
use crate::analyse::{Indicator, Series};
use crate::message::{self, analysts as said};
use crate::report::drawing::{Anchor, Colour, Drawing, Mark};
use crate::report::html::escape;
use crate::report::png;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::path::Path;

/// Colours that are told apart by most people, also in grey (after Okabe and Ito).
const COLOURS: [Colour; 7] = [
    0x00_72b2, 0xd5_5e00, 0x00_9e73, 0xcc_79a7, 0xe6_9f00, 0x56_b4e9, 0x55_5555,
];
/// The second of them, for what stands out.
const OUTLIER: Colour = 0xd5_5e00;
/// Texts.
const INK: Colour = 0x22_2222;
/// Texts of axes.
const DIM: Colour = 0x55_5555;
/// Lines of the grid.
const GRID: Colour = 0xdd_dddd;
/// Lines drawn at most; more are a tangle.
const MOST_LINES: usize = 14;
/// Bars drawn at most.
const MOST_BARS: usize = 60;

/// What kind of file a chart goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Svg,
    Html,
    Png,
}

impl Kind {
    /// By the name of the file.
    pub fn of(path: &Path) -> Result<Kind, String> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("svg") => Ok(Kind::Svg),
            Some("html" | "htm") => Ok(Kind::Html),
            Some("png") => Ok(Kind::Png),
            _ => Err(said::which_chart(path)),
        }
    }

    /// Writes the drawing into a file of this kind.
    pub fn write(self, drawing: &Drawing, path: &Path) -> Result<(), Failure> {
        let bytes = match self {
            Kind::Svg => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
                drawing.svg()
            )
            .into_bytes(),
            Kind::Html => format!(
                "<!doctype html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
                 content=\"width=device-width\"><title>{}</title><style>body{{margin:1rem;background:#fff}}svg{{max-width:100%;\
                 height:auto}}</style></head><body>\n{}</body></html>\n",
                escape(&drawing.title),
                drawing.svg()
            )
            .into_bytes(),
            Kind::Png => png::png(drawing).map_err(|e| match e {
                png::Missing::Font => Failure::CannotRun(said::no_font(path)),
                png::Missing::Size => Failure::CannotRun(e.to_string()),
            })?,
        };
        std::fs::write(path, bytes).map_err(|e| Failure::CannotRun(message::file(path, &e)))?;
        complain(&said::drawn(path));
        Ok(())
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

/// A drawing with its title.
fn open(width: f64, height: f64, title: String) -> Drawing {
    let heading = Mark::Text {
        at: (16.0, 24.0),
        text: title.clone(),
        size: 16.0,
        bold: true,
        anchor: Anchor::Start,
        colour: INK,
    };
    Drawing {
        title,
        width,
        height,
        marks: vec![heading],
    }
}

fn name(area: &str, agency: &str) -> String {
    match (area, agency) {
        ("", "") => said::unknown().to_owned(),
        ("", agency) => agency.to_owned(),
        (area, _) => area.to_owned(),
    }
}

/// A line an area; a gap is a gap.
pub fn lines(indicator: &Indicator, all: &[Series], years: &[i32]) -> Drawing {
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
    let mut drawing = open(width, height, title);
    for g in &grid {
        drawing.line((left, y(*g)), (width - right, y(*g)), GRID, 1.0);
        drawing.text((left - 8.0, y(*g) + 4.0), short(*g), Anchor::End, DIM);
    }
    for (n, year) in years.iter().enumerate() {
        let at = (x(n), height - bottom + 18.0);
        drawing.text(at, year.to_string(), Anchor::Middle, DIM);
    }
    for (k, s) in shown.iter().enumerate() {
        let colour = COLOURS.get(k % COLOURS.len()).copied().unwrap_or(INK);
        let dash = (k >= COLOURS.len()).then_some((5.0, 3.0));
        let name = name(&s.area_name, &s.agency);
        let mut run: Vec<(f64, f64)> = Vec::new();
        let mut runs = Vec::new();
        let mut discs = Vec::new();
        for (n, year) in years.iter().enumerate() {
            let Some(p) = s.at(*year) else {
                runs.push(std::mem::take(&mut run));
                continue;
            };
            let at = (x(n), y(number(p.value.value)));
            run.push(at);
            discs.push(Mark::Disc {
                at,
                radius: 3.5,
                colour,
                about: format!(
                    "{name} {year}：{}{}　{} {}",
                    value(p.value.value, &p.value.qualifier),
                    p.value.unit,
                    p.value.file_name,
                    p.value.location
                ),
            });
        }
        runs.push(run);
        let row = top + 18.0 * k as f64;
        runs.push(vec![
            (width - right + 20.0, row),
            (width - right + 44.0, row),
        ]);
        for points in runs.into_iter().filter(|r| r.len() > 1) {
            drawing.marks.push(Mark::Line {
                points,
                colour,
                width: 2.0,
                dash,
            });
        }
        drawing.marks.extend(discs);
        drawing.text((width - right + 52.0, row + 4.0), name, Anchor::Start, INK);
    }
    if all.len() > shown.len() {
        let at = (width - right + 20.0, top + 18.0 * shown.len() as f64 + 4.0);
        let text = said::not_drawn(all.len() - shown.len());
        drawing.text(at, text, Anchor::Start, DIM);
    }
    drawing
}

/// A bar an area, the largest first, with the median.
pub fn bars(indicator: &Indicator, year: i32, c: &Comparison) -> Drawing {
    let title = said::compared(&indicator.name, &indicator.unit, year);
    let shown = c.rows.get(..c.rows.len().min(MOST_BARS)).unwrap_or(&c.rows);
    let (width, left, right, top) = (860.0, 170.0, 130.0, 50.0);
    let height = top + 24.0 * shown.len() as f64 + 40.0;
    let high = shown
        .iter()
        .map(|r| number(r.value.value))
        .fold(f64::MIN_POSITIVE, f64::max);
    let x = |v: f64| left + v.max(0.0) / high * (width - left - right);
    let mut drawing = open(width, height, title);
    for (n, r) in shown.iter().enumerate() {
        let y = top + 24.0 * n as f64;
        let colour = if r.outlier { OUTLIER } else { 0x00_72b2 };
        let end = x(number(r.value.value));
        let name = name(&r.area_name, &r.agency);
        drawing.text((left - 8.0, y + 13.0), name, Anchor::End, INK);
        drawing.marks.push(Mark::Bar {
            at: (left, y),
            size: ((end - left).max(1.0), 16.0),
            colour,
            about: format!("{} {}", r.value.file_name, r.value.location),
        });
        let text = value(r.value.value, &r.value.qualifier);
        drawing.text((end + 6.0, y + 13.0), text, Anchor::Start, INK);
    }
    if c.rows.len() > shown.len() {
        let text = said::not_drawn(c.rows.len() - shown.len());
        drawing.text((left, height - 14.0), text, Anchor::Start, DIM);
    }
    if let Some(m) = c.median {
        let at = x(number(m));
        drawing.marks.push(Mark::Line {
            points: vec![(at, top - 6.0), (at, height - 30.0)],
            colour: INK,
            width: 1.0,
            dash: Some((4.0, 3.0)),
        });
        let text = said::median(&value(m, ""));
        drawing.text((at, height - 14.0), text, Anchor::Middle, INK);
    }
    drawing
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
    fn the_name_of_the_file_tells_its_kind() {
        assert_eq!(Kind::of(Path::new("a.PNG")), Ok(Kind::Png));
        assert_eq!(Kind::of(Path::new("图.svg")), Ok(Kind::Svg));
        assert!(Kind::of(Path::new("a.bmp")).is_err());
    }
}
