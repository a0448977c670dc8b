//! Observations as files for other programs: workbooks for Excel, CSV, Parquet.
//!
//! Two shapes. **Long**: a row an observation, with the columns of the table `observations`. **Wide**: a row an area,
//! agency and year, a column an indicator; where a year is stated several times, the value is the one that `trend` shows
//! ([`mod@crate::analyse::series`]).
//!
//! The warehouse is read a partition at a time, and CSV and Parquet are written as it is read, so that memory follows the
//! largest partition. A workbook has a sheet a theme (a group of indicators) and at most [`MOST_ROWS`] rows, because no
//! more can be used in Excel; its sheets are written through temporary files.
//!
//! Values stay exact. CSV and Parquet have decimals. Excel has binary numbers of 15 significant digits: a value of no
//! more digits is a number (Excel shows exactly those digits), a longer one is written as text.
//!
//! A file appears under its name when it is whole: it is written beside it and renamed.

mod cell;
pub mod csv;
mod parquet;
mod wide;
mod workbook;

pub use cell::{json, number, text};
pub use parquet::write_frame;

use crate::analyse::Filter;
use crate::analyse::find::{self, Indicator};
use crate::analyse::frame::{Cells, collect, failed};
use crate::analyse::series::any_of;
use crate::warehouse::read::Partition;
use crate::warehouse::schema::OBSERVATIONS;
use crate::warehouse::{Error, Reader};
use polars::prelude::{BooleanChunked, DataFrame, Expr, NewChunkedArray, PolarsError, col, lit};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Rows that a workbook has at most, over all its sheets.
pub const MOST_ROWS: usize = 1_000_000;
/// Rows of a workbook up to which every value has its sentence as a comment; beyond it the sentence is a column, because
/// Excel opens workbooks with many comments slowly.
pub const MOST_COMMENTS: usize = 20_000;

/// What goes wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The warehouse cannot be read.
    #[error(transparent)]
    Warehouse(#[from] Error),
    /// The file cannot be written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file cannot be put together.
    #[error("{0}")]
    Format(String),
    /// More rows than a workbook can have.
    #[error("{0} rows, a workbook has at most {MOST_ROWS}")]
    TooManyRows(usize),
}

impl From<PolarsError> for Failure {
    fn from(error: PolarsError) -> Self {
        Failure::Format(error.to_string())
    }
}

impl From<rust_xlsxwriter::XlsxError> for Failure {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        Failure::Format(error.to_string())
    }
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Workbook for Excel.
    Xlsx,
    /// Comma-separated, RFC 4180, UTF-8; a file begins with a byte order mark, by which Excel knows the encoding.
    Csv,
    /// Parquet.
    Parquet,
}

impl Format {
    /// By the extension of a file.
    pub fn of(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "xlsx" => Some(Format::Xlsx),
            "csv" => Some(Format::Csv),
            "parquet" => Some(Format::Parquet),
            _ => None,
        }
    }
}

/// Which observations. Those in force; of a scenario where the filter names one, of all otherwise.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Areas, agency, years, scenario (empty for all).
    pub filter: Filter,
    /// Ids of indicators; empty for all.
    pub indicators: Vec<String>,
    /// Domain of the indicators; empty for all.
    pub domain: String,
}

impl Selection {
    fn partitions(&self, reader: &Reader) -> Result<Vec<Partition>, Error> {
        let mut all = reader.partitions(&OBSERVATIONS)?;
        all.retain(|p| {
            let in_years = |(first, last)| (first..=last).contains(&p.year);
            self.filter.years.is_none_or(in_years) && self.filter.may_have(&p.province)
        });
        Ok(all)
    }

    fn expression(&self) -> Expr {
        let mut all = col("is_current");
        if let Some(areas) = self.filter.area_expression() {
            all = all.and(areas);
        }
        if !self.filter.scenario.is_empty() {
            all = all.and(col("scenario").eq(lit(self.filter.scenario.as_str())));
        }
        if !self.domain.is_empty() {
            all = all.and(col("domain").eq(lit(self.domain.as_str())));
        }
        if !self.indicators.is_empty() {
            let ids: Vec<&str> = self.indicators.iter().map(String::as_str).collect();
            all = all.and(any_of("indicator", &ids));
        }
        all
    }

    /// The selected rows of a partition, with some columns (the agency must be among them).
    fn read(
        &self,
        reader: &Reader,
        partition: &Partition,
        columns: &[&str],
        more: Option<Expr>,
    ) -> Result<DataFrame, Error> {
        let mut condition = self.expression();
        if let Some(more) = more {
            condition = condition.and(more);
        }
        let columns: Vec<Expr> = columns.iter().map(|c| col(*c)).collect();
        let lazy = reader.scan_partition(&OBSERVATIONS, partition)?;
        let frame = collect(
            reader,
            &OBSERVATIONS,
            lazy.filter(condition).select(columns),
        )?;
        if self.filter.agency.is_empty() {
            return Ok(frame);
        }
        let rest = || {
            let agency = Cells::of(&frame, "agency")?;
            let keep: Vec<bool> = (0..frame.height())
                .map(|n| agency.text(n).contains(&self.filter.agency))
                .collect();
            frame.filter(&BooleanChunked::from_slice("".into(), &keep))
        };
        rest().map_err(|e| failed(reader, &OBSERVATIONS, e))
    }
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows, over all sheets.
    pub rows: usize,
    /// Columns; of a workbook those of its widest sheet.
    pub columns: usize,
    /// Sheets of a workbook, with their rows.
    pub sheets: Vec<(String, usize)>,
    /// Whether every value has its sentence as a comment.
    pub comments: bool,
}

/// What a selection holds, found before anything is written.
struct Plan {
    partitions: Vec<Partition>,
    rows: usize,
    /// Indicators that have rows, by id.
    indicators: Vec<(Indicator, usize)>,
}

fn plan(reader: &Reader, selection: &Selection, more: Option<&Expr>) -> Result<Plan, Error> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    let mut partitions = Vec::new();
    for p in selection.partitions(reader)? {
        let frame = selection.read(reader, &p, &["indicator", "agency"], more.cloned())?;
        let id = Cells::of(&frame, "indicator").map_err(|e| failed(reader, &OBSERVATIONS, e))?;
        for row in 0..frame.height() {
            *counted.entry(id.text(row)).or_default() += 1;
        }
        if frame.height() > 0 {
            partitions.push(p);
        }
    }
    let rows = counted.values().sum();
    let mut known: BTreeMap<String, Indicator> = find::all(reader)?
        .into_iter()
        .map(|i| (i.id.clone(), i))
        .collect();
    let indicators = counted
        .into_iter()
        .map(|(id, rows)| {
            let indicator = known.remove(&id).unwrap_or_else(|| Indicator {
                name: id.clone(),
                id,
                ..Indicator::default()
            });
            (indicator, rows)
        })
        .collect();
    Ok(Plan {
        partitions,
        rows,
        indicators,
    })
}

/// Names of the contract's columns of a long export: all of `observations`.
fn long_columns() -> Vec<&'static str> {
    OBSERVATIONS.columns.iter().map(|c| c.name).collect()
}

/// Writes a selection into a file. `theme` gives the name of a sheet for a domain and a group of indicators.
///
/// # Errors
/// Where the warehouse cannot be read, the file cannot be written, or a workbook would have too many rows.
pub fn export(
    reader: &Reader,
    selection: &Selection,
    wide: bool,
    format: Format,
    path: &Path,
    theme: &dyn Fn(&Indicator) -> String,
) -> Result<Written, Failure> {
    whole(path, |file| match format {
        Format::Csv => csv(reader, selection, wide, true, file),
        Format::Parquet if wide => parquet::wide(reader, selection, file),
        Format::Parquet => parquet::long(reader, selection, file),
        Format::Xlsx if wide => workbook::wide(reader, selection, file, theme),
        Format::Xlsx => workbook::long(reader, selection, file, theme),
    })
}

/// Writes a selection as CSV; `excel` is whether it is for Excel, and begins with a byte order mark.
///
/// # Errors
/// Where the warehouse cannot be read or the output cannot be written.
pub fn csv(
    reader: &Reader,
    selection: &Selection,
    wide: bool,
    excel: bool,
    out: &mut dyn Write,
) -> Result<Written, Failure> {
    if wide {
        csv::wide(reader, selection, excel, out)
    } else {
        csv::long(reader, selection, excel, out)
    }
}

/// Writes a file that appears under its name when it is whole.
///
/// # Errors
/// What `write` gives, or where the file cannot be made.
pub fn whole<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let failed = |source| Failure::File {
        path: path.to_owned(),
        source,
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".part");
    #[cfg(unix)]
    {
        // As any new file: what the user's mask leaves.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let beside = builder.tempfile_in(folder).map_err(failed)?;
    let (file, name) = beside.into_parts();
    let mut file = BufWriter::new(file);
    let done = write(&mut file)?;
    file.flush().map_err(failed)?;
    drop(file);
    name.persist(path).map_err(|e| failed(e.error))?;
    Ok(done)
}

/// For `map_err`: an output that cannot be written, where the file has no name.
fn output(source: std::io::Error) -> Failure {
    Failure::File {
        path: PathBuf::from("-"),
        source,
    }
}
