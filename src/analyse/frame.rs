//! Reading cells of a data frame; what rows of a partition have in common.

use super::Filter;
use crate::warehouse::pieces::Pieces;
use crate::warehouse::schema::{OBSERVATIONS, Table};
use crate::warehouse::{Error, Reader};
use polars::prelude::{AnyValue, Column, DataFrame, LazyFrame, PolarsError, PolarsResult};
use rayon::prelude::*;
use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::PathBuf;

/// A table with the place to name in an error.
pub fn collect(
    reader: &Reader,
    table: &'static Table,
    lazy: LazyFrame,
) -> Result<DataFrame, Error> {
    lazy.collect().map_err(|e| failed(reader, table, e))
}

/// Texts that occur often, each kept once, with a number.
#[derive(Debug, Default)]
pub struct Names {
    numbers: FxHashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    /// The number of a text; a new one where it has none yet.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(&n) = self.numbers.get(name) {
            return n;
        }
        let n = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), n);
        n
    }

    /// The numbers of the texts of a column; null is the empty text. In a sorted column a text stands in runs, so that it is
    /// compared with the one before it first.
    pub fn of_column(&mut self, column: &Column) -> PolarsResult<Vec<u32>> {
        let texts = column.str()?;
        let mut numbers = Vec::with_capacity(texts.len());
        let mut last: Option<(&str, u32)> = None;
        for text in texts.iter() {
            let text = text.unwrap_or_default();
            let n = match last {
                Some((before, n)) if before == text => n,
                _ => self.number(text),
            };
            last = Some((text, n));
            numbers.push(n);
        }
        Ok(numbers)
    }

    /// The text of a number.
    pub fn name(&self, n: u32) -> &str {
        self.names.get(n as usize).map_or("", String::as_str)
    }
}

/// Columns by which it is told whether a row is an actual value in force.
pub const IN_FORCE: [&str; 3] = ["is_current", "scenario", "transformation"];

/// Whether the rows of a frame are values in force of a scenario, by the columns [`IN_FORCE`].
pub fn in_force(frame: &DataFrame, scenario: &str) -> PolarsResult<Vec<bool>> {
    let current = frame.column("is_current")?.bool()?;
    let (scenarios, levels) = (
        frame.column("scenario")?.str()?,
        frame.column("transformation")?.str()?,
    );
    Ok(current
        .iter()
        .zip(scenarios.iter())
        .zip(levels.iter())
        .map(|((c, s), t)| c == Some(true) && s == Some(scenario) && t == Some("level"))
        .collect())
}

/// The different combinations of the texts of `N` columns of a partition, as numbers.
#[derive(Debug, Default)]
pub struct Distinct<const N: usize> {
    /// Year of the partition.
    pub year: i32,
    /// The texts; one that is null is empty.
    pub names: Names,
    /// The combinations.
    pub all: FxHashSet<[u32; N]>,
}

/// The different combinations of `N` columns of the actual values in force, made into something for each partition. All values
/// of an area and year lie in one partition.
///
/// Only provinces that the filter may have are read; its areas are for the caller to tell apart. Of the columns nothing but
/// numbers is kept, and a partition is sorted by indicator and area, so that most rows are told from the one before them.
pub fn distinct<const N: usize, T: Send>(
    reader: &Reader,
    filter: &Filter,
    columns: [&'static str; N],
    made: impl Fn(Distinct<N>) -> T + Sync,
) -> Result<Vec<T>, Error> {
    let mut partitions = reader.partitions(&OBSERVATIONS)?;
    partitions.retain(|p| filter.may_have(&p.province));
    partitions
        .par_iter()
        .map(|p| {
            let mut found = of_partition(&reader.pieces(&OBSERVATIONS, p)?, &columns)?;
            found.year = p.year;
            Ok(made(found))
        })
        .collect()
}

fn of_partition<const N: usize>(
    pieces: &Pieces,
    columns: &[&'static str; N],
) -> Result<Distinct<N>, Error> {
    let mut found = Distinct::default();
    let wanted: Vec<&str> = columns.iter().chain(&IN_FORCE).copied().collect();
    for group in 0..pieces.groups() {
        let frame = pieces.read(group, 0..pieces.rows(group), &wanted)?;
        let mut read = || -> PolarsResult<()> {
            let mut numbers: [Vec<u32>; N] = std::array::from_fn(|_| Vec::new());
            for (numbers, column) in numbers.iter_mut().zip(columns) {
                *numbers = found.names.of_column(frame.column(column)?)?;
            }
            let mut last = None;
            for (n, in_force) in in_force(&frame, "actual")?.into_iter().enumerate() {
                let this = std::array::from_fn(|c| {
                    numbers.get(c).and_then(|v| v.get(n)).copied().unwrap_or(0)
                });
                if in_force && last != Some(this) {
                    found.all.insert(this);
                    last = Some(this);
                }
            }
            Ok(())
        };
        read().map_err(pieces.failed())?;
    }
    Ok(found)
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
