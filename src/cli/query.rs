//! `zhibiao query`: SQL over the tables of a warehouse, for whoever has no other tool at hand.

use super::output::{Paint, complain, cut, one_line, table};
use super::sql_error::explain;
use super::{Failure, Status};
use crate::export::csv::Lines;
use crate::export::{self, json as json_value, text};
use crate::message::help;
use crate::message::query as said;
use crate::warehouse::Reader;
use crate::warehouse::schema::{Kind, TABLES};
use clap::ValueEnum;
use polars::prelude::{AnyValue, DataFrame, DataType};
use polars::sql::SQLContext;
use serde_json::Value;
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The SQL; without it, the tables and columns
    sql: Option<String>,
    /// Folder of the warehouse
    #[arg(long, value_name = "DIR", default_value = "warehouse")]
    warehouse: PathBuf,
    /// Form of the output (table on a terminal; what the name of the file says with --output)
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write into this file: .csv, .json or .parquet
    #[arg(long, short, value_name = "FILE", visible_alias = "out")]
    output: Option<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned columns, long texts cut
    Table,
    /// Comma-separated, RFC 4180
    Csv,
    /// An array of objects; decimals are strings
    Json,
    /// Parquet, into a file
    Parquet,
}

impl Format {
    fn of(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Format::Csv),
            "json" => Some(Format::Json),
            "parquet" => Some(Format::Parquet),
            "txt" => Some(Format::Table),
            _ => None,
        }
    }
}

/// Most rows of a table on a terminal.
const MOST_ROWS: usize = 500;
/// Widest cell of one.
const MOST_WIDTH: usize = 48;

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let format = match (arguments.json, arguments.format, &arguments.output) {
        (true, _, _) => Format::Json,
        (_, Some(format), _) => format,
        (_, None, Some(path)) => {
            Format::of(path).ok_or_else(|| Failure::Usage(said::which_format(path)))?
        }
        _ => Format::Table,
    };
    if format == Format::Parquet && arguments.output.is_none() {
        return Err(Failure::Usage(said::needs_file()));
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    let Some(sql) = &arguments.sql else {
        if format == Format::Json {
            serde_json::to_writer_pretty(&mut out, &described()).map_err(std::io::Error::from)?;
            writeln!(out)?;
            out.flush()?;
        } else {
            tables(&mut out)?;
        }
        return Ok(Status::Ok);
    };
    let reader = Reader::open(&arguments.warehouse)?;
    let mut context = SQLContext::new();
    for t in TABLES {
        context.register(t.name, reader.scan(t)?);
    }
    let result = context
        .execute(sql.trim().trim_end_matches(';'))
        .and_then(|lazy| lazy.collect());
    let frame = result.map_err(|e| Failure::Usage(explain(&e.to_string())))?;
    match &arguments.output {
        None => print(&mut out, &frame, format, false).map_err(super::export::failed)?,
        Some(path) => {
            export::whole(path, |file| print(file, &frame, format, true))
                .map_err(super::export::failed)?;
            complain(&said::written(frame.height(), path));
        }
    }
    out.flush()?;
    Ok(Status::Ok)
}

/// A result in a format; a file of CSV begins with a byte order mark, by which Excel knows the encoding.
fn print(
    out: &mut dyn Write,
    frame: &DataFrame,
    format: Format,
    file: bool,
) -> Result<(), export::Failure> {
    let written = match format {
        Format::Parquet => return export::write_frame(frame, out),
        Format::Table => aligned(out, frame),
        Format::Csv => csv(out, frame, file),
        Format::Json => json(out, frame),
    };
    written.map_err(|source| export::Failure::File {
        path: PathBuf::from("-"),
        source,
    })
}

/// The tables and columns as JSON.
fn described() -> Value {
    TABLES
        .iter()
        .map(|t| {
            let columns: Vec<_> = t
                .columns
                .iter()
                .map(|c| json!({"name": c.name, "type": kind(c.kind), "about": c.about}))
                .collect();
            json!({"table": t.name, "about": t.about, "columns": columns})
        })
        .collect()
}

fn tables(out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}\n", help::tables_heading())?;
    let paint = Paint::of_stdout();
    for t in TABLES {
        writeln!(out, "{}  {}", paint.strong(t.name), paint.dim(t.about))?;
        let rows: Vec<Vec<String>> = t
            .columns
            .iter()
            .map(|c| {
                vec![
                    format!("  {}", c.name),
                    kind(c.kind).to_owned(),
                    c.about.to_owned(),
                ]
            })
            .collect();
        table(out, &rows, &[])?;
        writeln!(out)?;
    }
    writeln!(out, "{}", said::examples())?;
    out.flush()
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int32 | Kind::Int64 => "int",
        Kind::Decimal => "decimal(38,6)",
        Kind::Float => "float",
        Kind::Bool => "bool",
        Kind::Date => "date",
        Kind::Time => "timestamp",
    }
}

fn names(frame: &DataFrame) -> Vec<String> {
    frame
        .get_column_names()
        .iter()
        .map(|n| n.to_string())
        .collect()
}

fn row(frame: &DataFrame, i: usize) -> Vec<AnyValue<'_>> {
    frame
        .columns()
        .iter()
        .map(|c| c.get(i).unwrap_or(AnyValue::Null))
        .collect()
}

fn aligned(out: &mut dyn Write, frame: &DataFrame) -> std::io::Result<()> {
    let shown = frame.height().min(MOST_ROWS);
    let mut rows = vec![names(frame)];
    rows.extend((0..shown).map(|i| {
        row(frame, i)
            .iter()
            .map(|v| cut(&one_line(&text(v)), MOST_WIDTH))
            .collect()
    }));
    let numeric: Vec<bool> = frame
        .columns()
        .iter()
        .map(|c| c.dtype().is_numeric() || matches!(c.dtype(), DataType::Decimal(..)))
        .collect();
    let mut lines = Vec::new();
    table(&mut lines, &rows, &numeric)?;
    let lines = String::from_utf8_lossy(&lines);
    let (head, rest) = lines.split_once('\n').unwrap_or((&lines, ""));
    writeln!(out, "{}", Paint::of_stdout().strong(head))?;
    out.write_all(rest.as_bytes())?;
    writeln!(out, "{}", said::rows(frame.height(), shown))
}

fn csv(out: &mut dyn Write, frame: &DataFrame, excel: bool) -> std::io::Result<()> {
    let mut lines = Lines::new(out, excel)?;
    lines.write(names(frame))?;
    lines.frame(frame)
}

fn json(out: &mut dyn Write, frame: &DataFrame) -> std::io::Result<()> {
    let names = names(frame);
    writeln!(out, "[")?;
    for i in 0..frame.height() {
        // Written by hand, so that the columns stand as they were asked for.
        let pairs: Vec<String> = names
            .iter()
            .zip(row(frame, i))
            .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), json_value(&value)))
            .collect();
        let comma = if i + 1 < frame.height() { "," } else { "" };
        writeln!(out, "{{{}}}{comma}", pairs.join(","))?;
    }
    writeln!(out, "]")
}
