//! `zhibiao export`: observations into a file for another program.

use super::analysts::{Scope, indicators, theme, years};
use super::output::complain;
use super::{Failure, Status};
use crate::catalogue::Catalogue;
use crate::export::{self, Selection, Written};
use crate::message::{self, export as said};
use clap::ValueEnum;
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Write into this file; its name tells the format: .xlsx, .csv or .parquet
    #[arg(long, short, value_name = "FILE", visible_alias = "out")]
    output: Option<PathBuf>,
    /// Format, where the name of the file does not tell it
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// A row an observation (the default)
    #[arg(long, conflicts_with = "wide")]
    long: bool,
    /// A row an area, agency and year; a column an indicator
    #[arg(long)]
    wide: bool,
    #[command(flatten)]
    scope: Scope,
    /// Only these indicators: id, name, or words of the name (may be repeated)
    #[arg(long = "indicator", value_name = "INDICATOR")]
    indicators: Vec<String>,
    /// Only indicators of this domain: civil-affairs or 民政, education or 教育 …
    #[arg(long, default_value = "")]
    domain: String,
    /// Years: 2024, 2020-2024, 2020-
    #[arg(long, value_name = "YEARS", value_parser = years)]
    years: Option<(i32, i32)>,
    /// actual, budget or target (all in the long shape, actual in the wide one)
    #[arg(long, value_parser = ["actual", "budget", "target"])]
    scenario: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Workbook for Excel: a sheet a theme, the sentences as comments
    Xlsx,
    /// Comma-separated, UTF-8 with a byte order mark for Excel
    Csv,
    /// Parquet
    Parquet,
}

impl From<Format> for export::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Xlsx => export::Format::Xlsx,
            Format::Csv => export::Format::Csv,
            Format::Parquet => export::Format::Parquet,
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let format = match (&arguments.format, &arguments.output) {
        (Some(format), _) => Some((*format).into()),
        (None, Some(path)) => match export::Format::of(path) {
            Some(format) => Some(format),
            None => return Err(Failure::Usage(said::which_format(path))),
        },
        (None, None) => None,
    };
    let domain = domain(&arguments.domain)?;
    let (reader, mut filter) = arguments.scope.open()?;
    filter.years = arguments.years;
    filter.scenario = arguments.scenario.clone().unwrap_or_default();
    let mut ids = Vec::new();
    for wanted in &arguments.indicators {
        ids.extend(indicators(&reader, wanted)?.into_iter().map(|i| i.id));
    }
    ids.sort_unstable();
    ids.dedup();
    let selection = Selection {
        filter,
        indicators: ids,
        domain,
    };
    let Some(path) = &arguments.output else {
        // Text can go to standard output; nothing else is said there.
        if format != Some(export::Format::Csv) || arguments.scope.json {
            return Err(Failure::Usage(said::needs_file()));
        }
        let mut out = BufWriter::new(std::io::stdout().lock());
        export::csv(&reader, &selection, arguments.wide, false, &mut out).map_err(failed)?;
        out.flush()?;
        return Ok(Status::Ok);
    };
    let format = format.ok_or_else(|| Failure::Usage(said::needs_file()))?;
    let written = export::export(&reader, &selection, arguments.wide, format, path, &theme)
        .map_err(failed)?;
    if written.rows == 0 {
        complain(&said::nothing());
    }
    if arguments.scope.json {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", as_json(arguments, format, &written))?;
    } else {
        complain(&said::written(path, &written));
    }
    Ok(Status::Ok)
}

fn as_json(arguments: &Arguments, format: export::Format, written: &Written) -> serde_json::Value {
    let format = match format {
        export::Format::Xlsx => "xlsx",
        export::Format::Csv => "csv",
        export::Format::Parquet => "parquet",
    };
    let sheets: Vec<_> = written
        .sheets
        .iter()
        .map(|(name, rows)| json!({"name": name, "rows": rows}))
        .collect();
    json!({
        "file": arguments.output.as_ref().map(|p| p.display().to_string()), "format": format,
        "shape": if arguments.wide { "wide" } else { "long" }, "rows": written.rows,
        "columns": written.columns, "sheets": sheets, "comments": written.comments,
    })
}

/// A failure of an export as one of a command.
pub fn failed(failure: export::Failure) -> Failure {
    match failure {
        export::Failure::Warehouse(e) => e.into(),
        // Standard output has no name.
        export::Failure::File { path, source } if path.as_os_str() == "-" => {
            Failure::Output(source)
        }
        export::Failure::File { path, source } => Failure::CannotRun(message::file(&path, &source)),
        export::Failure::TooManyRows(rows) => Failure::Usage(said::too_many_rows(rows)),
        export::Failure::Format(text) => Failure::CannotRun(text),
    }
}

/// The id of a domain: given by id or by its Chinese name, or a part of that where only one has it.
fn domain(given: &str) -> Result<String, Failure> {
    let given = given.trim();
    if given.is_empty() {
        return Ok(String::new());
    }
    let catalogue = Catalogue::builtin();
    let mut all: Vec<(&str, &str)> = catalogue
        .domains()
        .into_iter()
        .chain(["common"])
        .map(|d| (d, catalogue.domain_name(d).unwrap_or(d)))
        .collect();
    all.sort_unstable();
    if let Some((id, _)) = all.iter().find(|(id, name)| *id == given || *name == given) {
        return Ok((*id).to_owned());
    }
    let near: Vec<&(&str, &str)> = all.iter().filter(|(_, n)| n.contains(given)).collect();
    if let [(id, _)] = near.as_slice() {
        return Ok((*id).to_owned());
    }
    let names: Vec<String> = all.iter().map(|(id, n)| format!("{n}（{id}）")).collect();
    Err(Failure::Usage(said::no_such_domain(
        given,
        &names.join("、"),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_known_by_id_and_by_name() {
        let of = |given: &str| domain(given).ok();
        assert_eq!(of("民政").as_deref(), Some("civil-affairs"));
        assert_eq!(of("civil-affairs").as_deref(), Some("civil-affairs"));
        assert_eq!(of("卫生").as_deref(), Some("health"));
        assert_eq!(of("").as_deref(), Some(""));
        assert!(of("没有的领域").is_none());
    }

    #[test]
    fn every_group_of_the_catalogue_has_a_name() {
        let catalogue = Catalogue::builtin();
        for i in catalogue.indicators() {
            let named = catalogue.group_name(&i.domain, &i.group).is_some();
            assert!(named, "{} has no name in [pipeline.groups]", i.group);
        }
    }
}
