//! Parquet: the types of the warehouse, ZSTD, row groups of the warehouse's size.

use super::wide::{self, Wide};
use super::{Failure, Selection, Written, long_columns, plan};
use crate::warehouse::frame::{ROW_GROUP, scaled, writer};
use crate::warehouse::schema::{DECIMAL_PRECISION, DECIMAL_SCALE, OBSERVATIONS};
use crate::warehouse::{Reader, frame};
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    ChunkedBuilder, Column, DataFrame, Int128Type, IntoColumn, NamedFrom, PrimitiveChunkedBuilder,
    Schema, Series,
};
use std::io::Write;

/// Row groups of the warehouse's size, whatever the size of the frames that come.
struct Groups<W: Write> {
    writer: BatchedWriter<W>,
    pending: DataFrame,
    rows: usize,
}

impl<W: Write> Groups<W> {
    fn new(out: W, schema: &Schema) -> Result<Self, Failure> {
        Ok(Groups {
            writer: writer(out, schema)?,
            pending: DataFrame::empty_with_schema(schema),
            rows: 0,
        })
    }

    fn push(&mut self, frame: &DataFrame) -> Result<(), Failure> {
        self.rows += frame.height();
        self.pending.vstack_mut(frame)?;
        let mut start = 0;
        while self.pending.height() - start >= ROW_GROUP {
            self.write(start, ROW_GROUP)?;
            start += ROW_GROUP;
        }
        if start > 0 {
            self.pending = self
                .pending
                .slice(start as i64, self.pending.height() - start);
        }
        Ok(())
    }

    fn write(&mut self, start: usize, rows: usize) -> Result<(), Failure> {
        let mut slice = self.pending.slice(start as i64, rows);
        slice.rechunk_mut();
        self.writer.write_batch(&slice)?;
        Ok(())
    }

    /// Writes what is left; gives the number of rows.
    fn finish(mut self) -> Result<usize, Failure> {
        if self.pending.height() > 0 || self.rows == 0 {
            self.write(0, self.pending.height())?;
        }
        self.writer.finish()?;
        Ok(self.rows)
    }
}

/// A frame as a Parquet file.
///
/// # Errors
/// Where it cannot be written, or has a type that Parquet does not.
pub fn write_frame(frame: &DataFrame, out: &mut dyn Write) -> Result<(), Failure> {
    let mut groups = Groups::new(out, frame.schema())?;
    groups.push(frame)?;
    groups.finish()?;
    Ok(())
}

/// A row an observation.
pub(super) fn long(
    reader: &Reader,
    selection: &Selection,
    out: &mut dyn Write,
) -> Result<Written, Failure> {
    let columns = long_columns();
    let mut groups = Groups::new(out, &frame::schema(&OBSERVATIONS))?;
    for partition in selection.partitions(reader)? {
        groups.push(&selection.read(reader, &partition, &columns, None)?)?;
    }
    Ok(Written {
        rows: groups.finish()?,
        columns: columns.len(),
        ..Written::default()
    })
}

/// A row an area, agency and year. Columns of indicators are named by their ids.
pub(super) fn wide(
    reader: &Reader,
    selection: &Selection,
    out: &mut dyn Write,
) -> Result<Written, Failure> {
    let selection = &wide::levels(selection);
    let plan = plan(reader, selection, Some(&wide::condition()))?;
    let source = Wide::new(reader)?;
    let ids: Vec<&str> = plan.indicators.iter().map(|(i, _)| i.id.as_str()).collect();
    let mut groups = Groups::new(out, frame_of(&[], &ids)?.schema())?;
    for partition in &plan.partitions {
        let rows = source.rows(reader, selection, partition)?;
        groups.push(&frame_of(&rows, &ids)?)?;
    }
    Ok(Written {
        rows: groups.finish()?,
        columns: wide::KEYS.len() + ids.len(),
        ..Written::default()
    })
}

fn frame_of(rows: &[wide::Row], ids: &[&str]) -> Result<DataFrame, Failure> {
    // An unknown text is null, as in the warehouse.
    let texts = |of: fn(&wide::Row) -> &String| -> Vec<Option<&str>> {
        let some = |r| Some(String::as_str(of(r))).filter(|t| !t.is_empty());
        rows.iter().map(some).collect()
    };
    let text = |name: &str, values: Vec<Option<&str>>| -> Column {
        Series::new(name.into(), values).into_column()
    };
    let years: Vec<i32> = rows.iter().map(|r| r.year).collect();
    let [area, name, prefecture, agency, year] = wide::KEYS;
    let mut columns = vec![
        text(area, texts(|r| &r.ref_area)),
        text(name, texts(|r| &r.area_name)),
        text(prefecture, texts(|r| &r.prefecture)),
        text(agency, texts(|r| &r.agency)),
        Series::new(year.into(), years).into_column(),
    ];
    for id in ids {
        let mut values = PrimitiveChunkedBuilder::<Int128Type>::new((*id).into(), rows.len());
        for r in rows {
            let value = r.points.get(*id).and_then(|p| scaled(p.value.value));
            values.append_option(value);
        }
        let column = values
            .finish()
            .into_decimal(DECIMAL_PRECISION, DECIMAL_SCALE)?;
        columns.push(column.into_column());
    }
    Ok(DataFrame::new(rows.len(), columns)?)
}
