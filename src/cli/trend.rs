//! `zhibiao trend`: an indicator over the years.

use super::analysts::{Scope, indicator, statement, value, years};
use super::chart;
use super::output::{Paint, complain, cut, table};
use super::{Failure, Status};
use crate::analyse::trend::{last_growth, sparkline, years as span};
use crate::analyse::{Indicator, Series, series};
use crate::message::{analysts as said, pick};
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Id or Chinese name of an indicator, or words of the name
    indicator: String,
    #[command(flatten)]
    scope: Scope,
    /// Years: 2024, 2020-2024, 2020-
    #[arg(long, value_name = "YEARS", value_parser = years)]
    years: Option<(i32, i32)>,
    /// actual, budget or target
    #[arg(long, default_value = "actual", value_parser = ["actual", "budget", "target"])]
    scenario: String,
    /// Draw a chart into this file (.svg, .png or .html)
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

/// Most notes below the table.
const MOST_NOTES: usize = 30;

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let kind = arguments
        .chart
        .as_deref()
        .map(chart::Kind::of)
        .transpose()
        .map_err(Failure::Usage)?;
    let (reader, mut filter) = arguments.scope.open()?;
    let indicator = indicator(&reader, &arguments.indicator)?;
    filter.years = arguments.years;
    filter.scenario.clone_from(&arguments.scenario);
    let all = series(&reader, &indicator, &filter)?;
    if all.is_empty() {
        complain(&said::no_values(&indicator.name));
    }
    if let (Some(kind), Some(path)) = (kind, &arguments.chart) {
        let drawing = chart::lines(&indicator, &all, &span(&all));
        kind.write(&drawing, path)?;
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.scope.json {
        let rows: Vec<_> = all.iter().map(|s| as_json(&indicator, s)).collect();
        serde_json::to_writer_pretty(&mut out, &rows).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else if !all.is_empty() {
        print(&mut out, &indicator, &all)?;
    }
    out.flush()?;
    Ok(Status::Ok)
}

fn as_json(indicator: &Indicator, s: &Series) -> serde_json::Value {
    let points: Vec<_> = s
        .points
        .iter()
        .map(|p| {
            let mut point = statement(&p.value);
            point["year"] = json!(p.year);
            point["others"] = p.others.iter().map(statement).collect();
            point
        })
        .collect();
    json!({
        "indicator": indicator.id, "indicator_name": indicator.name, "unit": indicator.unit,
        "ref_area": s.ref_area, "area_name": s.area_name, "agency": s.agency, "points": points,
    })
}

fn print(out: &mut impl Write, indicator: &Indicator, all: &[Series]) -> std::io::Result<()> {
    let paint = Paint::of_stdout();
    writeln!(
        out,
        "{}  {}",
        paint.strong(&format!("{}（{}）", indicator.name, indicator.unit)),
        paint.dim(&indicator.id)
    )?;
    let years = span(all);
    // One agency an area is the rule; where there are several, their names tell the rows apart.
    let several = all
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.ref_area == b.ref_area));
    let mut head = vec![if several {
        pick("单位", "agency").to_owned()
    } else {
        pick("地区", "area").to_owned()
    }];
    head.extend(years.iter().map(i32::to_string));
    head.push(pick("走势", "trend").to_owned());
    head.push(pick("比上年", "growth").to_owned());
    let mut rows = vec![head];
    let mut notes = Vec::new();
    let mut more = 0;
    for s in all {
        let name = if several && !s.agency.is_empty() {
            &s.agency
        } else {
            &s.area_name
        };
        let name = if name.is_empty() {
            pick("（未写明）", "(unknown)")
        } else {
            name
        };
        let mut row = vec![cut(name, 28)];
        for &y in &years {
            row.push(match s.at(y) {
                None => "—".to_owned(),
                Some(p) => {
                    let mark = if p.others.is_empty() { "" } else { "*" };
                    format!("{}{mark}", value(p.value.value, &p.value.qualifier))
                }
            });
        }
        row.push(sparkline(s, &years));
        row.push(last_growth(s).map_or_else(String::new, |g| format!("{g:+}%")));
        rows.push(row);
        let (worded, all) = said::notes(name, &indicator.unit, s, MOST_NOTES - notes.len());
        more += all - worded.len();
        notes.extend(worded);
    }
    let mut numeric = vec![false];
    numeric.extend(years.iter().map(|_| true));
    numeric.extend([false, true]);
    let mut text = Vec::new();
    table(&mut text, &rows, &numeric)?;
    let text = String::from_utf8_lossy(&text);
    let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
    writeln!(out, "{}", paint.dim(head))?;
    out.write_all(rest.as_bytes())?;
    if !notes.is_empty() {
        writeln!(out)?;
        for note in &notes {
            writeln!(out, "{note}")?;
        }
        if more > 0 {
            writeln!(out, "{}", said::more_notes(more))?;
        }
    }
    Ok(())
}
