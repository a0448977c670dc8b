//! `zhibiao validate`: every example written in the pipelines, run.

use super::{Failure, Status, catalogue, output};
use crate::message;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// A folder of pipelines to add (a file of the same name replaces a built-in one)
    #[arg(long, value_name = "DIR")]
    pipelines: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let catalogue = catalogue(arguments.pipelines.as_ref())?;
    let findings = catalogue.validate();
    let mut out = BufWriter::new(std::io::stdout().lock());
    for f in &findings {
        match (f.file.as_str(), f.line) {
            ("", _) => writeln!(out, "{}", f.message)?,
            (file, 0) => writeln!(out, "{file}: {}", f.message)?,
            // As compilers write it, so that editors jump there.
            (file, line) => writeln!(out, "{file}:{line}: {}", f.message)?,
        }
    }
    if findings.is_empty() {
        writeln!(
            out,
            "{}",
            message::all_valid(catalogue.indicators().len(), catalogue.sources().len())
        )?;
        out.flush()?;
        return Ok(Status::Ok);
    }
    out.flush()?;
    output::complain(&message::findings(findings.len()));
    Ok(Status::Incomplete)
}
