//! `zhibiao suggest`: figures that no indicator covers yet, as entries to paste into a pipeline.

use super::output::{Paint, complain};
use super::{Failure, Status, catalogue_to_read_with};
use crate::analyse::suggest::{Group, entries, header, suggest};
use crate::message::analysts as said;
use crate::warehouse::Reader;
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Folder of the warehouse (the same as --warehouse)
    #[arg(value_name = "WAREHOUSE", conflicts_with = "warehouse")]
    folder: Option<PathBuf>,
    /// Folder of the warehouse
    #[arg(long, value_name = "DIR", default_value = "warehouse")]
    warehouse: PathBuf,
    /// Only reports of agencies of this domain: civil-affairs, education …
    #[arg(long, default_value = "")]
    domain: String,
    /// Only what at least so many documents state
    #[arg(long, value_name = "N", default_value_t = 2)]
    least: usize,
    /// How many to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// A folder of pipelines to add (a file of the same name replaces a built-in one)
    #[arg(long, value_name = "DIR")]
    pipelines: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let folder = arguments.folder.as_ref().unwrap_or(&arguments.warehouse);
    let reader = Reader::open(folder)?;
    let catalogue = catalogue_to_read_with(arguments.pipelines.as_ref())?;
    let groups = suggest(&reader, &catalogue, &arguments.domain, arguments.least)?;
    let all = groups.len();
    let shown = groups.get(..arguments.limit.min(all)).unwrap_or(&groups);
    let tomls = entries(shown, &catalogue, arguments.pipelines.as_deref())?;
    let shown = shown.iter().zip(&tomls);
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        let rows: Vec<_> = shown
            .map(|(g, toml)| {
                let examples: Vec<_> = g
                    .examples
                    .iter()
                    .map(|e| {
                        json!({
                            "measured": e.measured, "value_text": e.value_text, "value": e.value,
                            "file_name": e.file_name, "location": e.location,
                        })
                    })
                    .collect();
                json!({
                    "name": g.name(), "unit": g.unit, "domain": g.domain, "count": g.count, "documents": g.documents,
                    "areas": g.areas.len(), "terms": g.terms, "words": g.words, "wordings": g.wordings,
                    "examples": examples, "toml": toml,
                })
            })
            .collect();
        serde_json::to_writer_pretty(&mut out, &rows).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else if groups.is_empty() {
        complain(&said::nothing_to_suggest());
    } else {
        let paint = Paint::of_stdout();
        writeln!(out, "{}", paint.dim(said::suggest_heading()))?;
        // Entries of one domain make a whole file.
        let mut homes = shown.clone().map(|(g, _)| g.home());
        let first = homes.next().unwrap_or("");
        if homes.all(|h| h == first) {
            write!(out, "{}", header(first, &catalogue))?;
        }
        for (g, toml) in shown {
            entry(&mut out, paint, g, toml)?;
        }
        writeln!(
            out,
            "{}",
            paint.dim(&said::suggested(groups.len(), arguments.limit))
        )?;
    }
    out.flush()?;
    Ok(Status::Ok)
}

/// Everything but the entry is a comment, so that the whole output can be pasted.
fn entry(out: &mut impl Write, paint: Paint, g: &Group, toml: &str) -> std::io::Result<()> {
    writeln!(
        out,
        "\n{}",
        paint.strong(&said::suggested_group(
            g.name(),
            &g.unit,
            g.count,
            g.documents,
            g.areas.len()
        ))
    )?;
    for e in &g.examples {
        writeln!(
            out,
            "{}",
            paint.dim(&format!(
                "#   {}{}　{} {}",
                e.measured, e.value_text, e.file_name, e.location
            ))
        )?;
    }
    write!(out, "{toml}")
}
