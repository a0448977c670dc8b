//! `zhibiao history`: the versions of a document and what changed.

use super::output::{Paint, one_line};
use super::submission::absolute;
use super::{Failure, Status};
use crate::message::{self, pick};
use crate::warehouse::Reader;
use crate::warehouse::history::{Version, history};
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// A path, or a document id or the first 8 digits of one
    #[arg(value_name = "FILE|ID")]
    file: String,
    /// Folder of the warehouse
    #[arg(long, value_name = "DIR", default_value = "warehouse")]
    warehouse: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let reader = Reader::open(&arguments.warehouse)?;
    let path = absolute(Path::new(&arguments.file))
        .to_string_lossy()
        .into_owned();
    let given = arguments.file.to_ascii_lowercase();
    let is_id = (8..=64).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_hexdigit());
    let versions = history(&reader, |d| {
        d.path == path || is_id && d.document_id.starts_with(&given)
    })?;
    if versions.is_empty() {
        return Err(Failure::Usage(message::care::not_loaded(&arguments.file)));
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        let all: Vec<_> = versions.iter().map(as_json).collect();
        serde_json::to_writer_pretty(&mut out, &all).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        for v in &versions {
            print(&mut out, v)?;
        }
    }
    out.flush()?;
    Ok(Status::Ok)
}

/// Microseconds since 1970 as local time.
fn local(time: i64) -> String {
    chrono::DateTime::from_timestamp_micros(time)
        .map(|t| {
            t.with_timezone(&chrono::Local)
                .format("%Y-%m-%d %H:%M:%S")
                .to_string()
        })
        .unwrap_or_default()
}

fn print(out: &mut impl Write, v: &Version) -> std::io::Result<()> {
    let paint = Paint::of_stdout();
    let row = &v.row;
    let state = if v.is_current {
        pick("现行", "in force")
    } else {
        pick("已被取代", "superseded")
    };
    let short = row.document_id.get(..12).unwrap_or(&row.document_id);
    writeln!(
        out,
        "{}  {short}  {state}",
        paint.strong(&local(row.ingested_at))
    )?;
    writeln!(out, "  {}", row.path)?;
    writeln!(
        out,
        "  {}",
        message::care::version(row.quantities, row.observations, row.status)
    )?;
    if !row.supersedes.is_empty() {
        writeln!(out, "  {}", message::care::differences(v.differences.len()))?;
    }
    for d in &v.differences {
        let k = &d.key;
        let about = [&k.area_name, &k.time_period, &k.scenario, &k.transformation];
        let about: Vec<&str> = about
            .iter()
            .map(|s| s.as_str())
            .filter(|s| !s.is_empty() && !matches!(*s, "actual" | "level"))
            .collect();
        let side = |values: &[String]| {
            if values.is_empty() {
                pick("无", "none").to_owned()
            } else {
                values.join("、")
            }
        };
        let name = if k.indicator_name.is_empty() {
            &k.indicator
        } else {
            &k.indicator_name
        };
        let about = match about.join(" ") {
            none if none.is_empty() => none,
            some => format!("（{some}）"),
        };
        let line = format!("{name}{about}：{} → {}", side(&d.before), side(&d.after));
        writeln!(out, "    {}", one_line(&line))?;
    }
    writeln!(out)
}

fn as_json(v: &Version) -> serde_json::Value {
    let row = &v.row;
    let differences: Vec<_> = v
        .differences
        .iter()
        .map(|d| {
            json!({
                "indicator": d.key.indicator, "indicator_name": d.key.indicator_name, "area_name": d.key.area_name,
                "time_period": d.key.time_period, "scenario": d.key.scenario,
                "transformation": d.key.transformation, "before": d.before, "after": d.after,
            })
        })
        .collect();
    json!({
        "document_id": row.document_id, "path": row.path, "ingested_at": local(row.ingested_at),
        "status": row.status.name(), "is_current": v.is_current, "supersedes": row.supersedes,
        "quantities": row.quantities, "observations": row.observations, "differences": differences,
    })
}
