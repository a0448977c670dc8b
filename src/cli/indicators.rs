//! `zhibiao indicators`: the catalogue, searched.

use super::output::{Paint, one_line, table};
use super::{Failure, Status, catalogue, output};
use crate::message::{self, pick};
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// A word of the name, id, domain or definition; all without it
    word: Option<String>,
    /// A folder of pipelines to add (a file of the same name replaces a built-in one)
    #[arg(long, value_name = "DIR")]
    pipelines: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let catalogue = catalogue(arguments.pipelines.as_ref())?;
    let word = arguments.word.as_deref().unwrap_or("");
    let found = catalogue.search(word);
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        let rows: Vec<_> = found
            .iter()
            .map(|i| {
                json!({
                    "indicator": i.id, "indicator_name": i.name, "unit": i.unit, "kind": i.kind, "domain": i.domain,
                    "group": i.group, "parent": i.parent, "definition": i.definition,
                })
            })
            .collect();
        serde_json::to_writer_pretty(&mut out, &rows).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else if found.is_empty() {
        output::complain(&message::no_indicator(word));
    } else {
        let paint = Paint::of_stdout();
        let head = [
            pick("指标", "indicator"),
            pick("代码", "id"),
            pick("单位", "unit"),
            pick("说明", "definition"),
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(found.iter().map(|i| {
            vec![
                i.name.clone(),
                i.id.clone(),
                i.unit.clone(),
                one_line(&i.definition),
            ]
        }));
        let mut text = Vec::new();
        table(&mut text, &rows, &[])?;
        let text = String::from_utf8_lossy(&text);
        let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
        writeln!(out, "{}", paint.dim(head))?;
        out.write_all(rest.as_bytes())?;
    }
    out.flush()?;
    Ok(Status::Ok)
}
