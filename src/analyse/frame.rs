//! Reading cells of a data frame.

use super::Filter;
use crate::warehouse::schema::{OBSERVATIONS, Table};
use crate::warehouse::{Error, Reader};
use polars::prelude::{
    AnyValue, Column, DataFrame, Expr, LazyFrame, PolarsError, PolarsResult, UniqueKeepStrategy,
    col, lit,
};
use rust_decimal::Decimal;
use std::path::PathBuf;

/// A table with the place to name in an error.
pub fn collect(
    reader: &Reader,
    table: &'static Table,
    lazy: LazyFrame,
) -> Result<DataFrame, Error> {
    lazy.collect().map_err(|e| failed(reader, table, e))
}

/// The different combinations of some columns (the indicator among them) of the actual values of a year in force.
///
/// Only provinces that the filter may have are read; its areas are for the caller to tell apart. A partition is sorted by indicator and area, so that the same combination stands in runs: of each run one row is kept
/// before rows are hashed, which takes a tenth of the time.
pub fn distinct(
    reader: &Reader,
    filter: &Filter,
    year: i32,
    columns: &[&str],
) -> Result<DataFrame, Error> {
    let begins = |c: &&str| col(*c).neq_missing(col(*c).shift(lit(1)));
    let first = columns.iter().map(begins).reduce(Expr::or);
    let names: Vec<Expr> = columns.iter().map(|c| col(*c)).collect();
    let mut lazy = reader
        .scan_partitions(&OBSERVATIONS, |y, province| {
            y == year && filter.may_have(province)
        })?
        .filter(
            col("is_current")
                .and(col("scenario").eq(lit("actual")))
                .and(col("transformation").eq(lit("level"))),
        )
        .select(names);
    if let Some(first) = first {
        // The row before the first is null, which no indicator is: the first row is kept.
        lazy = lazy.filter(first);
    }
    let lazy = lazy.unique(None, UniqueKeepStrategy::Any);
    collect(reader, &OBSERVATIONS, lazy)
}

/// A failure while reading a table.
pub fn failed(reader: &Reader, table: &'static Table, error: PolarsError) -> Error {
    let path: PathBuf = reader.root().join(table.name);
    crate::warehouse::error::in_table(&path)(error)
}

/// A column of a frame, read cell by cell.
pub struct Cells<'f>(&'f Column);

impl<'f> Cells<'f> {
    /// The column of that name.
    pub fn of(frame: &'f DataFrame, name: &str) -> PolarsResult<Cells<'f>> {
        frame.column(name).map(Cells)
    }

    /// Text; empty where null.
    pub fn text(&self, row: usize) -> String {
        match self.0.get(row) {
            Ok(AnyValue::String(s)) => s.to_owned(),
            Ok(AnyValue::StringOwned(s)) => s.to_string(),
            _ => String::new(),
        }
    }

    /// Text without a copy; empty where null.
    pub fn view(&self, row: usize) -> &'f str {
        match self.0.get(row) {
            Ok(AnyValue::String(s)) => s,
            _ => "",
        }
    }

    /// An integer; 0 where null.
    pub fn int(&self, row: usize) -> i64 {
        self.0
            .get(row)
            .ok()
            .and_then(|v| v.extract::<i64>())
            .unwrap_or(0)
    }

    /// A fraction; 0 where null.
    pub fn float(&self, row: usize) -> f64 {
        self.0
            .get(row)
            .ok()
            .and_then(|v| v.extract::<f64>())
            .unwrap_or(0.0)
    }

    /// A decimal; `None` where null, or beyond the 28 digits of [`Decimal`].
    pub fn decimal(&self, row: usize) -> Option<Decimal> {
        match self.0.get(row) {
            Ok(AnyValue::Decimal(v, _, scale)) => {
                let scale = u32::try_from(scale).ok()?;
                Decimal::try_from_i128_with_scale(v, scale)
                    .ok()
                    .map(|d| d.normalize())
            }
            _ => None,
        }
    }
}
