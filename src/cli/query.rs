//! `zhibiao query`: SQL over the tables of a warehouse, for whoever has no other tool at hand.

use super::output::{Paint, cut, one_line, table};
use super::{Failure, Status};
use crate::message::{self, help};
use crate::warehouse::Reader;
use crate::warehouse::schema::{Kind, TABLES};
use clap::ValueEnum;
use polars::prelude::{AnyValue, DataFrame, DataType};
use polars::sql::SQLContext;
use serde_json::Value;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The SQL; without it, the tables and columns
    sql: Option<String>,
    /// Folder of the warehouse
    #[arg(long, value_name = "DIR", default_value = "warehouse")]
    warehouse: PathBuf,
    /// Form of the output
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned columns, long texts cut
    Table,
    /// Comma-separated, RFC 4180
    Csv,
    /// An array of objects; decimals are strings
    Json,
}

/// Most rows of a table on a terminal.
const MOST_ROWS: usize = 500;
/// Widest cell of one.
const MOST_WIDTH: usize = 48;

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let Some(sql) = &arguments.sql else {
        tables(&mut out)?;
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
    let frame = result.map_err(|e| Failure::Usage(message::query::failed(&e.to_string())))?;
    match arguments.format {
        Format::Table => aligned(&mut out, &frame)?,
        Format::Csv => csv(&mut out, &frame)?,
        Format::Json => json(&mut out, &frame)?,
    }
    out.flush()?;
    Ok(Status::Ok)
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
    writeln!(out, "{}", message::query::examples())?;
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

/// A cell as text; null is the empty text. Decimals without trailing zeros.
fn text(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(s) => (*s).to_owned(),
        AnyValue::StringOwned(s) => s.to_string(),
        AnyValue::Decimal(v, _, scale) => decimal(*v, *scale),
        other => other.str_value().into_owned(),
    }
}

/// An integer with so many decimal places, without trailing zeros.
fn decimal(value: i128, scale: usize) -> String {
    let digits = value.unsigned_abs().to_string();
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
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

fn aligned(out: &mut impl Write, frame: &DataFrame) -> std::io::Result<()> {
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
    writeln!(out, "{}", message::query::rows(frame.height(), shown))
}

fn csv(out: &mut impl Write, frame: &DataFrame) -> std::io::Result<()> {
    let quoted = |s: &str| {
        if s.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", s.replace('"', "\"\""))
        } else {
            s.to_owned()
        }
    };
    let line = |cells: Vec<String>| {
        cells
            .iter()
            .map(|c| quoted(c))
            .collect::<Vec<_>>()
            .join(",")
    };
    writeln!(out, "{}", line(names(frame)))?;
    for i in 0..frame.height() {
        writeln!(out, "{}", line(row(frame, i).iter().map(text).collect()))?;
    }
    Ok(())
}

fn json(out: &mut impl Write, frame: &DataFrame) -> std::io::Result<()> {
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

fn json_value(value: &AnyValue<'_>) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(b) => Value::Bool(*b),
        AnyValue::Int8(_) | AnyValue::Int16(_) | AnyValue::Int32(_) | AnyValue::Int64(_) => {
            value.extract::<i64>().map_or(Value::Null, Value::from)
        }
        AnyValue::UInt8(_) | AnyValue::UInt16(_) | AnyValue::UInt32(_) | AnyValue::UInt64(_) => {
            value.extract::<u64>().map_or(Value::Null, Value::from)
        }
        AnyValue::Float32(_) | AnyValue::Float64(_) => {
            value.extract::<f64>().map_or(Value::Null, Value::from)
        }
        other => Value::from(text(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_plain() {
        assert_eq!(decimal(107_462_400_000_000, 6), "107462400");
        assert_eq!(decimal(-8_700_000, 6), "-8.7");
        assert_eq!(decimal(-1, 6), "-0.000001");
        assert_eq!(decimal(0, 6), "0");
        assert_eq!(decimal(12, 0), "12");
    }
}
