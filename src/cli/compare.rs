//! `zhibiao compare`: areas beside one another in one year.

use super::analysts::{Scope, indicator, statement, value};
use super::chart;
use super::output::{Paint, complain, cut, table};
use super::{Failure, Status};
use crate::analyse::compare::{Comparison, compare};
use crate::analyse::{Indicator, series};
use crate::message::{self, analysts as said, pick};
use rust_decimal::Decimal;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Id or Chinese name of an indicator, or words of the name
    indicator: String,
    /// Year
    #[arg(long)]
    year: i32,
    #[command(flatten)]
    scope: Scope,
    /// actual, budget or target
    #[arg(long, default_value = "actual", value_parser = ["actual", "budget", "target"])]
    scenario: String,
    /// A CSV file of area codes and inhabitants, for values per ten thousand inhabitants
    #[arg(long, value_name = "FILE")]
    population: Option<PathBuf>,
    /// Draw a chart into this file (.svg, .png or .html)
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let kind = arguments
        .chart
        .as_deref()
        .map(chart::Kind::of)
        .transpose()
        .map_err(Failure::Usage)?;
    let population = match &arguments.population {
        Some(path) => read_population(path)?,
        None => BTreeMap::new(),
    };
    let (reader, mut filter) = arguments.scope.open()?;
    let indicator = indicator(&reader, &arguments.indicator)?;
    filter.years = Some((arguments.year, arguments.year));
    filter.scenario.clone_from(&arguments.scenario);
    let all = series(&reader, &indicator, &filter)?;
    let comparison = compare(&indicator, &all, arguments.year, &population);
    if comparison.rows.is_empty() {
        complain(&said::no_values(&indicator.name));
    }
    if let (Some(kind), Some(path)) = (kind, &arguments.chart) {
        let drawing = chart::bars(&indicator, arguments.year, &comparison);
        kind.write(&drawing, path)?;
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.scope.json {
        serde_json::to_writer_pretty(&mut out, &as_json(&indicator, arguments.year, &comparison))
            .map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else if !comparison.rows.is_empty() {
        print(&mut out, &indicator, arguments.year, &comparison)?;
    }
    out.flush()?;
    Ok(Status::Ok)
}

/// `430423,381200` a line; a heading and further columns are passed over.
fn read_population(path: &Path) -> Result<BTreeMap<String, Decimal>, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|e| Failure::CannotRun(message::file(path, &e)))?;
    let mut all = BTreeMap::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let mut cells = line.split([',', '\t']).map(|c| c.trim().trim_matches('"'));
        let (Some(code), Some(people)) = (cells.next(), cells.next()) else {
            continue;
        };
        if code.len() == 6
            && let Ok(people) = people.parse::<Decimal>()
            && people > Decimal::ZERO
        {
            all.insert(code.to_owned(), people);
        }
    }
    if all.is_empty() {
        return Err(Failure::Usage(said::no_population(path)));
    }
    Ok(all)
}

fn as_json(indicator: &Indicator, year: i32, c: &Comparison) -> serde_json::Value {
    let text = |d: Option<Decimal>| d.map(|d| d.normalize().to_string());
    let rows: Vec<_> = c
        .rows
        .iter()
        .map(|r| {
            let mut row = statement(&r.value);
            row["rank"] = json!(r.rank);
            row["ref_area"] = json!(r.ref_area);
            row["area_name"] = json!(r.area_name);
            row["agency"] = json!(r.agency);
            row["share"] = json!(text(r.share));
            row["per_10k"] = json!(text(r.per_10k));
            row["outlier"] = json!(r.outlier);
            row["others"] = r.others.iter().map(statement).collect();
            row
        })
        .collect();
    json!({
        "indicator": indicator.id, "indicator_name": indicator.name, "unit": indicator.unit, "year": year,
        "median": text(c.median), "sum": text(c.sum), "rows": rows,
    })
}

fn print(
    out: &mut impl Write,
    indicator: &Indicator,
    year: i32,
    c: &Comparison,
) -> std::io::Result<()> {
    let paint = Paint::of_stdout();
    writeln!(
        out,
        "{}  {}",
        paint.strong(&said::compared(&indicator.name, &indicator.unit, year)),
        paint.dim(&indicator.id)
    )?;
    let heads = c.rows.iter().any(|r| r.per_10k.is_some());
    let areas: BTreeSet<&str> = c.rows.iter().map(|r| r.ref_area.as_str()).collect();
    let several = areas.len() < c.rows.len();
    let mut head = vec![
        pick("名次", "rank").to_owned(),
        pick("地区", "area").to_owned(),
        indicator.unit.clone(),
    ];
    if c.sum.is_some() {
        head.push(pick("占比", "share").to_owned());
    }
    if heads {
        head.push(pick("每万人", "per 10,000").to_owned());
    }
    head.extend([String::new(), pick("出处", "source").to_owned()]);
    let top = c
        .rows
        .iter()
        .map(|r| r.value.value)
        .max()
        .unwrap_or_default();
    let mut rows = vec![head];
    for r in &c.rows {
        let name = if several && !r.agency.is_empty() {
            &r.agency
        } else {
            &r.area_name
        };
        let mark = if r.others.is_empty() { "" } else { "*" };
        let mut row = vec![
            r.rank.to_string(),
            cut(name, 28),
            format!("{}{mark}", value(r.value.value, &r.value.qualifier)),
        ];
        if c.sum.is_some() {
            row.push(r.share.map_or_else(String::new, |s| format!("{s}%")));
        }
        if heads {
            row.push(r.per_10k.map_or_else(|| "—".to_owned(), |v| value(v, "")));
        }
        let bar = chart::bar(r.value.value, top, 16);
        row.push(if r.outlier {
            format!("{bar} {}", pick("← 离群", "← outlier"))
        } else {
            bar
        });
        row.push(cut(
            &format!("{} {}", r.value.file_name, r.value.location),
            44,
        ));
        rows.push(row);
    }
    let mut numeric = vec![true, false, true];
    numeric.extend([c.sum.is_some(), heads].iter().filter(|b| **b));
    let mut text = Vec::new();
    table(&mut text, &rows, &numeric)?;
    let text = String::from_utf8_lossy(&text);
    let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
    writeln!(out, "{}", paint.dim(head))?;
    out.write_all(rest.as_bytes())?;
    writeln!(
        out,
        "\n{}",
        said::middle(
            c.rows.len(),
            &c.median.map_or_else(String::new, |m| value(m, "")),
            c.sum.map(|s| value(s, "")).as_deref(),
            &indicator.unit,
        )
    )
}
