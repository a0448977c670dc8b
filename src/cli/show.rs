//! `zhibiao show`: a document with every figure marked, its indicator, and why.

use super::output::{Paint, complain, one_line};
use super::submission::{analyse, around, open_file};
use super::{Failure, Status, catalogue_to_read_with, why};
use crate::analysis::{Analysis, Figure, Observation};
use crate::context::{Hints, period};
use crate::message::{self, pick};
use crate::read::{Block, BlockKind, Limits, Table};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File
    file: PathBuf,
    /// Area of the file: six-digit code or name
    #[arg(long)]
    area: Option<String>,
    /// Year of the file
    #[arg(long, value_parser = clap::value_parser!(i32).range(1900..=2200))]
    year: Option<i32>,
    /// A folder of pipelines to add (a file of the same name replaces a built-in one)
    #[arg(long, value_name = "DIR")]
    pipelines: Option<PathBuf>,
    /// What was weighed for a figure: its text (684人), its place (p12) or both (p12:684人); all figures without one
    #[arg(long, value_name = "FIGURE", num_args = 0..=1, default_missing_value = "")]
    why: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let path = &arguments.file;
    let Some(file) = open_file(path)? else {
        return Ok(Status::Incomplete);
    };
    let catalogue = catalogue_to_read_with(arguments.pipelines.as_ref())?;
    let hints = Hints {
        area: arguments.area.clone(),
        year: arguments.year,
        folders: file.folders,
        ..Hints::default()
    };
    let analysis = match analyse(
        &file.bytes,
        &file.name,
        &hints,
        &around(path),
        &catalogue,
        &Limits::default(),
    ) {
        Ok(analysis) => analysis,
        Err(reject) => {
            complain(&message::error_line(&message::rejected(
                path,
                reject.reason,
                &reject.detail,
            )));
            return Ok(Status::Incomplete);
        }
    };
    let names = |id: &str| {
        catalogue
            .indicator(id)
            .map_or(String::new(), |i| i.name.clone())
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    if let Some(wish) = &arguments.why {
        let found = if arguments.json {
            let rows = why::as_json(&analysis, &catalogue, wish);
            serde_json::to_writer_pretty(&mut out, &rows).map_err(std::io::Error::from)?;
            writeln!(out)?;
            rows.as_array().is_some_and(|r| !r.is_empty())
        } else {
            why::write(&mut out, &analysis, &catalogue, wish, &Paint::of_stdout())?
        };
        out.flush()?;
        if !found {
            return Err(Failure::Usage(message::show::no_such_figure(wish)));
        }
    } else if arguments.json {
        serde_json::to_writer_pretty(&mut out, &as_json(&file.name, &analysis, &names))
            .map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        Page {
            analysis: &analysis,
            names: &names,
            paint: Paint::of_stdout(),
        }
        .write(&mut out)?;
    }
    out.flush()?;
    Ok(if analysis.problems.is_empty() {
        Status::Ok
    } else {
        Status::Incomplete
    })
}

/// A decimal as a person writes it.
fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}

fn range(value: Decimal, max: Option<Decimal>) -> String {
    match max {
        Some(max) => format!("{}—{}", plain(value), plain(max)),
        None => plain(value),
    }
}

struct Page<'a> {
    analysis: &'a Analysis,
    names: &'a dyn Fn(&str) -> String,
    paint: Paint,
}

impl Page<'_> {
    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let a = self.analysis;
        let mut of_block: BTreeMap<usize, Vec<&Figure>> = BTreeMap::new();
        for q in &a.quantities {
            of_block.entry(q.block).or_default().push(q);
        }
        let mut of_figure: HashMap<usize, Vec<&Observation>> = HashMap::new();
        let mut zeros: HashMap<&str, Vec<&Observation>> = HashMap::new();
        for o in &a.observations {
            match o.quantity.and_then(|i| a.quantities.get(i).map(|q| (i, q))) {
                Some((i, _)) => of_figure.entry(i).or_default().push(o),
                // A statement of zero stands in its paragraph or cell.
                None => zeros
                    .entry(o.location.split('!').next().unwrap_or(""))
                    .or_default()
                    .push(o),
            }
        }
        let index: HashMap<*const Figure, usize> = a
            .quantities
            .iter()
            .enumerate()
            .map(|(i, q)| (std::ptr::from_ref(q), i))
            .collect();
        self.header(out)?;
        for (number, block) in a.blocks.iter().enumerate() {
            let figures = of_block.get(&number).map(Vec::as_slice).unwrap_or_default();
            self.block(out, block, figures)?;
            for q in figures {
                let bound = index
                    .get(&std::ptr::from_ref(*q))
                    .and_then(|i| of_figure.get(i))
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                self.figure(out, q, bound)?;
            }
            for o in zeros
                .get(block.location.as_str())
                .map(Vec::as_slice)
                .unwrap_or_default()
            {
                writeln!(
                    out,
                    "      {} {}",
                    self.paint.bound(&one_line(&o.value_text)),
                    self.observation(o)
                )?;
            }
        }
        self.footer(out)
    }

    fn header(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let c = &self.analysis.context;
        let unknown = pick("不详", "unknown");
        let or = |s: &str| {
            if s.is_empty() {
                unknown.to_owned()
            } else {
                s.to_owned()
            }
        };
        writeln!(out, "{}", self.paint.strong(&one_line(&c.title)))?;
        let place = if c.place.ref_area.is_empty() {
            String::new()
        } else {
            format!("{} {}", c.place.area_name, c.place.ref_area)
        };
        let period = match &c.period {
            Some(p) => period::iso(p),
            None if c.year > 0 => c.year.to_string(),
            None => String::new(),
        };
        let line = format!(
            "{} {}  {} {}  {} {}  {}",
            pick("单位", "agency"),
            or(&c.agency),
            pick("地区", "area"),
            or(&place),
            pick("期间", "period"),
            or(&period),
            self.analysis.format.name()
        );
        writeln!(out, "{}\n", self.paint.dim(&line))
    }

    fn block(
        &self,
        out: &mut dyn Write,
        block: &Block,
        figures: &[&Figure],
    ) -> std::io::Result<()> {
        let place = self.paint.dim(&format!("{:<5}", block.location));
        match &block.kind {
            BlockKind::Heading { text, .. } => writeln!(
                out,
                "{place} {}",
                self.paint.strong(&self.marked(text, figures))
            ),
            BlockKind::Paragraph { text } => {
                writeln!(out, "{place} {}", self.marked(text, figures))
            }
            BlockKind::Table(table) => {
                let title = if table.name.is_empty() {
                    String::new()
                } else {
                    format!(" {}", table.name)
                };
                writeln!(out, "{place}{title}")?;
                self.table(out, block, table, figures)
            }
        }
    }

    fn table(
        &self,
        out: &mut dyn Write,
        block: &Block,
        table: &Table,
        figures: &[&Figure],
    ) -> std::io::Result<()> {
        let mut of_cell: HashMap<&str, Vec<&Figure>> = HashMap::new();
        for q in figures {
            of_cell.entry(&*q.location).or_default().push(q);
        }
        for row in table.cells.chunk_by(|a, b| a.row == b.row) {
            let cells: Vec<String> = row
                .iter()
                .filter(|c| !c.text.trim().is_empty())
                .map(|c| {
                    let address = format!("{}!{}", block.location, Table::address(c.row, c.column));
                    self.marked(
                        &c.text,
                        of_cell
                            .get(address.as_str())
                            .map(Vec::as_slice)
                            .unwrap_or_default(),
                    )
                })
                .collect();
            if !cells.is_empty() {
                writeln!(out, "      {}", cells.join(&self.paint.dim(" │ ")))?;
            }
        }
        Ok(())
    }

    /// The text with its figures in brackets, or in colour.
    fn marked(&self, text: &str, figures: &[&Figure]) -> String {
        let mut sorted: Vec<&&Figure> = figures.iter().collect();
        sorted.sort_by_key(|q| (q.chars.start, q.chars.end));
        let mut out = String::new();
        let mut chars = text.chars();
        let mut at = 0;
        for q in sorted {
            if q.chars.start < at || q.chars.is_empty() {
                continue;
            }
            out.push_str(&one_line(
                &chars.by_ref().take(q.chars.start - at).collect::<String>(),
            ));
            let figure = one_line(
                &chars
                    .by_ref()
                    .take(q.chars.end - q.chars.start)
                    .collect::<String>(),
            );
            at = q.chars.end;
            let painted = if q.indicator.is_empty() {
                self.paint.unbound(&figure)
            } else {
                self.paint.bound(&figure)
            };
            out.push_str(&if self.paint.is_on() {
                painted
            } else {
                format!("[{figure}]")
            });
        }
        out.push_str(&one_line(&chars.collect::<String>()));
        out
    }

    fn figure(
        &self,
        out: &mut dyn Write,
        q: &Figure,
        bound: &[&Observation],
    ) -> std::io::Result<()> {
        let cell = q
            .location
            .split_once('!')
            .map(|(_, cell)| format!("{cell} "))
            .unwrap_or_default();
        let head = format!(
            "      {}{}",
            self.paint.dim(&cell),
            if bound.is_empty() {
                self.paint.unbound(&one_line(&q.value_text))
            } else {
                self.paint.bound(&one_line(&q.value_text))
            }
        );
        if bound.is_empty() {
            let value = format!("{} {}", range(q.value, q.value_max), q.unit);
            let measured = if q.measured.is_empty() {
                String::new()
            } else {
                format!("{} = ", q.measured)
            };
            writeln!(
                out,
                "{head} {measured}{}  {}",
                value.trim_end(),
                self.paint.dim(&one_line(&q.reason))
            )?;
        }
        for o in bound {
            writeln!(
                out,
                "{head} {}  {}",
                self.observation(o),
                self.paint.dim(&one_line(&q.reason))
            )?;
        }
        Ok(())
    }

    fn observation(&self, o: &Observation) -> String {
        let mut tags = vec![o.time_period.to_string()];
        tags.push(message::show::scenario(o.scenario).to_owned());
        tags.push(message::show::transformation(o.transformation).to_owned());
        tags.push(message::show::qualifier(o.qualifier).to_owned());
        if o.place.ref_area != self.analysis.context.place.ref_area {
            tags.push(o.place.area_name.clone());
        }
        tags.retain(|t| !t.is_empty());
        format!(
            "→ {} {} = {} {}{}",
            (self.names)(&o.indicator),
            self.paint.dim(&o.indicator),
            range(o.obs_value, o.obs_value_max),
            o.unit_measure,
            self.paint.dim(&format!(" ({})", tags.join(" ")))
        )
    }

    fn footer(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let a = self.analysis;
        writeln!(out)?;
        for p in &a.problems {
            writeln!(
                out,
                "{}",
                self.paint.wrong(&format!(
                    "{} {} {}：{}",
                    pick("未读", "not read"),
                    p.part,
                    message::reason(p.reason),
                    p.detail
                ))
            )?;
        }
        for w in &a.warnings {
            writeln!(out, "{} {}", pick("提示", "note"), one_line(w))?;
        }
        let bound = a
            .quantities
            .iter()
            .filter(|q| !q.indicator.is_empty())
            .count();
        writeln!(
            out,
            "{}",
            message::show::counts(
                a.quantities.len(),
                bound,
                a.observations.len(),
                a.targets.len()
            )
        )
    }
}

/// A block as JSON, as `show` and `text` print it.
pub fn block(b: &Block) -> Value {
    match &b.kind {
        BlockKind::Heading { level, text } => {
            json!({"location": b.location, "kind": "heading", "level": level, "text": text})
        }
        BlockKind::Paragraph { text } => {
            json!({"location": b.location, "kind": "paragraph", "text": text})
        }
        BlockKind::Table(t) => json!({
            "location": b.location, "kind": "table", "name": t.name, "rows": t.rows, "columns": t.columns,
            "cells": t.cells.iter().map(|c| json!({
                "address": Table::address(c.row, c.column), "row_span": c.row_span, "column_span": c.column_span, "text": c.text,
            })).collect::<Vec<_>>(),
        }),
    }
}

fn as_json(name: &str, a: &Analysis, names: &dyn Fn(&str) -> String) -> Value {
    let c = &a.context;
    let text = |s: &str| {
        if s.is_empty() {
            Value::Null
        } else {
            Value::from(s)
        }
    };
    let value = |v: Option<Decimal>| v.map_or(Value::Null, |v| Value::from(plain(v)));
    let quantity = |q: &Figure| {
        json!({
            "location": q.location, "char_start": q.chars.start, "char_end": q.chars.end, "value_text": q.value_text,
            "value": plain(q.value), "value_max": value(q.value_max), "unit": q.unit, "qualifier": q.qualifier.name(),
            "measured": text(&q.measured), "time_period": text(&q.time_period), "year": q.year,
            "indicator": text(&q.indicator), "indicator_name": text(&names(&q.indicator)), "reason": q.reason,
        })
    };
    let observation = |o: &Observation| {
        json!({
            "indicator": o.indicator, "indicator_name": names(&o.indicator), "ref_area": text(&o.place.ref_area),
            "area_name": text(&o.place.area_name), "time_period": text(&o.time_period), "year": o.year,
            "scenario": o.scenario.name(), "transformation": o.transformation.name(), "obs_value": plain(o.obs_value),
            "obs_value_max": value(o.obs_value_max), "unit_measure": o.unit_measure, "qualifier": o.qualifier.name(),
            "value_text": o.value_text, "evidence": o.evidence, "location": o.location, "char_start": o.chars.start,
            "char_end": o.chars.end, "confidence": o.confidence, "rule": o.rule, "quantity": o.quantity,
        })
    };
    let targets: Vec<Value> = a
        .targets
        .iter()
        .map(|t| {
            json!({
                "project": text(&t.project), "level1": t.level1, "level2": t.level2, "level3": t.level3,
                "target_text": t.target_text, "actual_text": t.actual_text, "target_value": value(t.target_value),
                "actual_value": value(t.actual_value), "unit": t.unit, "weight": value(t.weight), "score": value(t.score),
                "deviation_reason": text(&t.deviation_reason), "location": t.location,
            })
        })
        .collect();
    let problems: Vec<Value> = a
        .problems
        .iter()
        .map(|p| json!({"part": p.part, "reason": p.reason.name(), "detail": p.detail}))
        .collect();
    json!({
        "file_name": name,
        "format": a.format.name(),
        "title": c.title,
        "agency": text(&c.agency),
        "agency_domain": text(&c.agency_domain),
        "ref_area": text(&c.place.ref_area),
        "area_name": text(&c.place.area_name),
        "province": text(&c.place.province),
        "prefecture": text(&c.place.prefecture),
        "county": text(&c.place.county),
        "year": c.year,
        "period": c.period.as_ref().map(period::iso),
        "inherited": c.inherited,
        "blocks": a.blocks.iter().map(block).collect::<Vec<_>>(),
        "quantities": a.quantities.iter().map(quantity).collect::<Vec<_>>(),
        "observations": a.observations.iter().map(observation).collect::<Vec<_>>(),
        "targets": targets,
        "problems": problems,
        "warnings": a.warnings,
    })
}
