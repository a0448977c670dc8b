//! Rows of files that are there already.

use super::{Columns, Key, ParquetFile, Pool, sorted};
use crate::warehouse::error::{Error, in_table};
use crate::warehouse::frame::data_type;
use crate::warehouse::merge::{Window, Windows};
use crate::warehouse::pieces::Pieces;
use crate::warehouse::schema::{Kind, Table};
use polars::prelude::{DataFrame, PolarsError, PolarsResult};
use std::path::PathBuf;

/// The rows of a frame that has the table's columns.
pub(super) fn from_frame(table: &'static Table, frame: &DataFrame) -> PolarsResult<Columns> {
    let mut rows = Columns::new(table);
    rows.height = frame.height();
    for (cells, column) in rows.columns.iter_mut().zip(table.columns) {
        let found = frame.column(column.name)?;
        if *found.dtype() != data_type(column.kind) {
            let what = format!("{}.{} is {}", table.name, column.name, found.dtype());
            return Err(PolarsError::SchemaMismatch(what.into()));
        }
        let ids = &mut cells.ids;
        let pool = match &mut cells.pool {
            Pool::Text(pool) => {
                let all = found.str()?.iter();
                all.for_each(|v| ids.push(v.map_or(0, |t| pool.intern(t))));
                continue;
            }
            Pool::Number(pool) => pool,
        };
        let mut put = |v: Option<i128>| ids.push(v.map_or(0, |n| pool.intern(n)));
        match column.kind {
            Kind::Text => {}
            Kind::Int32 => found.i32()?.iter().for_each(|v| put(v.map(i128::from))),
            Kind::Int64 => found.i64()?.iter().for_each(|v| put(v.map(i128::from))),
            Kind::Decimal => found.decimal()?.physical().iter().for_each(put),
            Kind::Float => {
                let bits = |v: f64| i128::from(v.to_bits());
                found.f64()?.iter().for_each(|v| put(v.map(bits)));
            }
            Kind::Bool => found.bool()?.iter().for_each(|v| put(v.map(i128::from))),
            Kind::Date => {
                let days = found.date()?.physical();
                days.iter().for_each(|v| put(v.map(i128::from)));
            }
            Kind::Time => {
                let times = found.datetime()?.physical();
                times.iter().for_each(|v| put(v.map(i128::from)));
            }
        }
    }
    Ok(rows)
}

/// A frame as the bytes of the file of a table, in the table's order.
pub(in crate::warehouse) fn to_parquet(
    table: &'static Table,
    frame: &DataFrame,
) -> PolarsResult<Vec<u8>> {
    let rows = from_frame(table, frame)?;
    let every: Vec<u32> = (0..rows.height() as u32).collect();
    let order = sorted(&rows, &Key::of(table), &every);
    let mut bytes = Vec::new();
    ParquetFile::new(table, &mut bytes).write_whole(&rows, &order)?;
    Ok(bytes)
}

/// The rows of some files of a table, a row group at a time.
pub(in crate::warehouse) fn files<'a>(table: &'static Table, paths: Vec<PathBuf>) -> Windows<'a> {
    let all = paths.into_iter().flat_map(move |path| -> Windows<'a> {
        let pieces = match Pieces::open(table, &path) {
            Ok(pieces) => pieces,
            Err(e) => return Box::new(std::iter::once(Err(e))),
        };
        let groups = 0..pieces.groups();
        Box::new(groups.map(move |group| -> Result<Window, Error> {
            let frame = pieces.read_all(group)?;
            let rows = from_frame(table, &frame).map_err(in_table(&path))?;
            Ok(Window::whole(rows))
        }))
    });
    Box::new(all)
}
