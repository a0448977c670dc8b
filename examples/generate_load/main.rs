//! Makes a load: N synthetic submissions from templates and pseudo-random figures, with what is in them.
//!
//! ```text
//! cargo run --release --example generate_load -- FOLDER [N] [docx|mixed]
//! ```
//!
//! Each document is a county bureau's yearly report of about 5,000 characters (16 kB as .docx). `docx` makes Word files only;
//! `mixed` (the default) makes of every ten documents six Word files, two workbooks, one archive that holds a Word file, and
//! one `.doc` that is rich text or a saved page, as what is called `.doc` often is. The same N gives the same bytes.
//! `labels.jsonl`, written beside the folder, has a line a document: file, area, year and the indicators with their values in
//! base units, so that what was read can be compared with what was written.
//!
//! Counties, years and figures vary: a load of N documents touches as many partitions as one of a whole country does. So do
//! the sentences around the figures (`prose`), and each bureau has a template of its own (`word`).

#![allow(dead_code, reason = "the tests and benchmarks use a part of this")]

mod forms;
mod prose;
mod random;
mod report;
mod word;

use forms::{archive, page, rich_text, xlsx};
pub use report::Made;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Writes documents number `from` to `to` below a folder.
///
/// # Errors
/// Where a file cannot be written.
pub fn generate(folder: &Path, from: u64, to: u64, mixed: bool) -> Result<Vec<Made>> {
    let mut all = Vec::new();
    for n in from..to {
        let mut report = report::report(n);
        let base = report.made.file.clone();
        let (file, bytes) = match n % 10 {
            3 | 7 if mixed => {
                // Not every row of the table is something that the catalogue knows by these words.
                report.made.facts.clear();
                (format!("{base}.xlsx"), xlsx(&report)?)
            }
            5 if mixed && n % 20 == 5 => (format!("{base}.doc"), rich_text(&report)),
            5 if mixed => (format!("{base}.doc"), page(&report)),
            9 if mixed => {
                let member = format!("{}.docx", report.title);
                let bytes = archive(&member, &word::docx(&report, n)?)?;
                report.made.file = format!("{base}.zip/{member}");
                (format!("{base}.zip"), bytes)
            }
            _ => (format!("{base}.docx"), word::docx(&report, n)?),
        };
        if !file.ends_with(".zip") {
            report.made.file.clone_from(&file);
        }
        let path = folder.join(&file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
        all.push(report.made);
    }
    Ok(all)
}

/// A line of `labels.jsonl`.
pub fn label(made: &Made) -> String {
    let facts: Vec<_> = made
        .facts
        .iter()
        .map(|(indicator, scenario, value, unit)| {
            serde_json::json!({"indicator": indicator, "scenario": scenario, "value": value, "unit": unit})
        })
        .collect();
    serde_json::json!({"file": made.file, "area": made.area, "year": made.year, "facts": facts})
        .to_string()
}

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(
        arguments
            .next()
            .ok_or("usage: generate_load FOLDER [N] [docx|mixed]")?,
    );
    let count: u64 = match arguments.next() {
        Some(n) => n.to_string_lossy().parse()?,
        None => 1_000,
    };
    let mixed = arguments.next().is_none_or(|k| k != "docx");
    let beside = folder.with_extension("labels.jsonl");
    fs::create_dir_all(&folder)?;
    let mut labels = std::io::BufWriter::new(fs::File::create(&beside)?);
    let mut from = 0;
    while from < count {
        let to = (from + 1_000).min(count);
        for made in generate(&folder, from, to, mixed)? {
            writeln!(labels, "{}", label(&made))?;
        }
        from = to;
    }
    labels.flush()?;
    println!(
        "{count} documents in {}, labels in {}",
        folder.display(),
        beside.display()
    );
    Ok(())
}
