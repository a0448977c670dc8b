//! `zhibiao checks`: what does not add up, in sentences that a bureau could be sent.

use super::analysts::{Scope, years};
use super::output::{Paint, complain};
use super::{Failure, Status, catalogue};
use crate::analyse::checks::{Finding, Outcomes, counted};
use crate::message::analysts as said;
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    scope: Scope,
    /// Years: 2024, 2020-2024, 2020-
    #[arg(long, value_name = "YEARS", value_parser = years)]
    years: Option<(i32, i32)>,
    /// Also what rounding explains, what agrees and what cannot be evaluated
    #[arg(long)]
    all: bool,
    /// A folder of pipelines to add (a file of the same name replaces a built-in one)
    #[arg(long, value_name = "DIR")]
    pipelines: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let (reader, mut filter) = arguments.scope.open()?;
    filter.years = arguments.years;
    let catalogue = catalogue(arguments.pipelines.as_ref())?;
    let outcomes = match arguments.all {
        true => Outcomes::All,
        false => Outcomes::Failed,
    };
    let (shown, counts) = counted(&reader, &filter, outcomes, &catalogue)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.scope.json {
        let rows: Vec<_> = shown.iter().map(as_json).collect();
        serde_json::to_writer_pretty(&mut out, &rows).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        print(&mut out, &shown)?;
        complain(&said::checked(
            counts.fail,
            counts.rounding,
            counts.pass,
            counts.not_evaluable,
        ));
    }
    out.flush()?;
    Ok(Status::Ok)
}

/// The columns of the table `checks`, with the files.
fn as_json(f: &Finding) -> serde_json::Value {
    let text = |d: Option<rust_decimal::Decimal>| d.map(|d| d.normalize().to_string());
    json!({
        "check": f.check, "name": f.name, "kind": f.kind, "outcome": f.outcome, "expected": text(f.expected),
        "actual": text(f.actual), "difference": text(f.difference), "tolerance": text(f.tolerance),
        "explanation": f.explanation, "observation_ids": f.observations, "ref_area": f.ref_area,
        "area_name": f.area_name, "agency": f.agency, "year": f.year, "files": f.files,
    })
}

fn print(out: &mut impl Write, shown: &[Finding]) -> std::io::Result<()> {
    let paint = Paint::of_stdout();
    let mut of: Option<(&str, &str)> = None;
    for f in shown {
        let whose = (f.ref_area.as_str(), f.agency.as_str());
        if of != Some(whose) {
            if of.is_some() {
                writeln!(out)?;
            }
            of = Some(whose);
            let agency = if f.agency.is_empty() {
                said::unknown()
            } else {
                &f.agency
            };
            writeln!(out, "{}  {}", paint.strong(agency), paint.dim(&f.area_name))?;
        }
        let (mark, text) = match f.outcome.as_str() {
            "fail" => ("✗", paint.wrong(&f.explanation)),
            "rounding" => ("≈", f.explanation.clone()),
            "pass" => ("✓", paint.dim(&f.explanation)),
            _ => ("?", paint.dim(&f.explanation)),
        };
        writeln!(out, "  {mark} {text}")?;
        writeln!(out, "    {}", paint.dim(&f.files.join("  ")))?;
    }
    Ok(())
}
