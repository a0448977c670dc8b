//! `zhibiao check-warehouse`: whether a warehouse is whole.

use super::{Failure, Status, output};
use crate::message;
use crate::warehouse::Reader;
use crate::warehouse::check::check;
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Folder of the warehouse
    #[arg(long, value_name = "DIR", default_value = "warehouse")]
    warehouse: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let reader = Reader::open(&arguments.warehouse)?;
    let report = check(&reader)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        let faults: Vec<_> = report
            .faults
            .iter()
            .map(|f| json!({"path": f.path, "kind": f.kind.name(), "count": f.count, "example": f.example}))
            .collect();
        let all = json!({"files": report.files, "rows": report.rows, "faults": faults});
        writeln!(out, "{all}")?;
    } else {
        for f in &report.faults {
            writeln!(out, "{}", message::care::fault(f))?;
        }
    }
    out.flush()?;
    output::complain(&message::care::checked(
        report.files,
        report.rows,
        report.faults.len(),
    ));
    Ok(if report.faults.is_empty() {
        Status::Ok
    } else {
        Status::Incomplete
    })
}
