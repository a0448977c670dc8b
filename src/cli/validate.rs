//! `zhibiao validate`: everything that is wrong with the pipelines, and every example written in them, run.

use super::output::{Paint, complain, one_line, table};
use super::{Failure, Status};
use crate::catalogue::{self, Coverage, Report, SCHEMAS};
use crate::message::{self, pick, pipelines as said};
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// A folder of pipelines to add (a file of the same name replaces a built-in one)
    #[arg(long, value_name = "DIR")]
    pipelines: Option<PathBuf>,
    /// Show how well the examples cover the pipelines instead
    #[arg(long, conflicts_with = "schema")]
    coverage: bool,
    /// Write the JSON schemas of the files into a folder, for editors
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let folder = arguments.pipelines.as_deref();
    if let Some(folder) = folder.filter(|f| !f.is_dir()) {
        return Err(Failure::Usage(message::no_such_path(folder)));
    }
    if let Some(to) = &arguments.schema {
        return write_schemas(to);
    }
    if arguments.coverage {
        return coverage(arguments);
    }
    let report = catalogue::validate(folder)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &as_json(&report)).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        for f in &report.findings {
            writeln!(out, "{}", one_line(&said::finding(f)))?;
        }
        if report.findings.is_empty() {
            let said = message::all_valid(report.indicators, report.files);
            writeln!(out, "{said}")?;
        }
    }
    out.flush()?;
    if report.findings.is_empty() {
        return Ok(Status::Ok);
    }
    if !arguments.json {
        complain(&message::findings(report.findings.len()));
    }
    Ok(Status::Incomplete)
}

fn as_json(report: &Report) -> serde_json::Value {
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|f| {
            json!({
                "file": f.file, "line": f.line, "entry": f.entry, "problem": f.problem.code(),
                "message": said::problem(&f.problem),
            })
        })
        .collect();
    json!({
        "valid": findings.is_empty(), "files": report.files, "indicators": report.indicators, "findings": findings,
    })
}

/// Writes the schemas as `DIR/<name>.json`.
fn write_schemas(to: &Path) -> Result<Status, Failure> {
    let failed = |path: &Path, e: &std::io::Error| Failure::CannotRun(message::file(path, e));
    std::fs::create_dir_all(to).map_err(|e| failed(to, &e))?;
    for (name, text) in SCHEMAS {
        let path = to.join(format!("{name}.json"));
        std::fs::write(&path, text).map_err(|e| failed(&path, &e))?;
    }
    writeln!(
        std::io::stdout().lock(),
        "{}",
        said::schemas_written(to, SCHEMAS.len())
    )?;
    Ok(Status::Ok)
}

fn coverage(arguments: &Arguments) -> Result<Status, Failure> {
    let all = super::catalogue(arguments.pipelines.as_ref())?.coverage();
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &coverage_json(&all))
            .map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        print_coverage(&mut out, &all)?;
    }
    out.flush()?;
    Ok(Status::Ok)
}

fn coverage_json(all: &Coverage) -> serde_json::Value {
    let domains: Vec<_> = all
        .domains
        .iter()
        .map(|d| {
            json!({
                "domain": d.domain, "name": d.name, "indicators": d.indicators, "examples": d.examples,
                "near_misses": d.near_misses, "without_example": d.without, "with_one_example": d.few,
                "without_near_miss": d.without_near_miss, "terms": d.terms, "terms_unsaid": d.terms_unsaid,
                "words": d.words, "words_unsaid": d.words_unsaid,
            })
        })
        .collect();
    let indicators: Vec<_> = all
        .indicators
        .iter()
        .map(|i| {
            json!({
                "indicator": i.id, "indicator_name": i.name, "domain": i.domain, "file": i.place.0, "line": i.place.1,
                "examples": i.examples, "near_misses": i.near_misses,
            })
        })
        .collect();
    let terms: Vec<_> = all
        .terms
        .iter()
        .map(|t| json!({"term": t.name, "domain": t.domain, "words": t.words}))
        .collect();
    json!({"domains": domains, "indicators": indicators, "terms": terms})
}

fn print_coverage(out: &mut impl Write, all: &Coverage) -> std::io::Result<()> {
    let paint = Paint::of_stdout();
    let head = [
        pick("领域", "domain"),
        pick("指标", "indicators"),
        pick("例", "examples"),
        pick("反例", "near misses"),
        pick("无例", "no example"),
        pick("只一例", "one example"),
        pick("无反例", "no near miss"),
        pick("词条", "terms"),
        pick("例中未用", "unsaid"),
        pick("说法", "wordings"),
        pick("例中未用", "unsaid"),
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut sums = [0; 10];
    for d in &all.domains {
        let counts = [
            d.indicators,
            d.examples,
            d.near_misses,
            d.without,
            d.few,
            d.without_near_miss,
            d.terms,
            d.terms_unsaid,
            d.words,
            d.words_unsaid,
        ];
        for (sum, n) in sums.iter_mut().zip(counts) {
            *sum += n;
        }
        let mut row = vec![format!("{} {}", d.name, d.domain)];
        row.extend(counts.map(|n| n.to_string()));
        rows.push(row);
    }
    let mut row = vec![pick("合计", "total").to_owned()];
    row.extend(sums.map(|n| n.to_string()));
    rows.push(row);
    let numeric: Vec<bool> = (0..=sums.len()).map(|i| i > 0).collect();
    table(out, &rows, &numeric)?;
    if !all.indicators.is_empty() {
        writeln!(out, "\n{}", paint.strong(said::wanting_heading()))?;
        let rows: Vec<Vec<String>> = all
            .indicators
            .iter()
            .map(|i| {
                vec![
                    format!("{}:{}", i.place.0, i.place.1),
                    i.id.clone(),
                    i.name.clone(),
                    said::wanting(i.examples, i.near_misses),
                ]
            })
            .collect();
        table(out, &rows, &[])?;
    }
    if !all.terms.is_empty() {
        writeln!(out, "\n{}", paint.strong(said::unsaid_heading()))?;
        for d in &all.domains {
            let of = all.terms.iter().filter(|t| t.domain == d.domain);
            let names: Vec<String> = of.map(|t| one_line(&t.name)).collect();
            if !names.is_empty() {
                writeln!(
                    out,
                    "{} {}",
                    paint.dim(&d.domain),
                    names.join(pick("、", ", "))
                )?;
            }
        }
    }
    Ok(())
}
