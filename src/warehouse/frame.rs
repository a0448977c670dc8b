//! Rows to columns to Parquet, and back.
//!
//! Rows are pushed as borrowed [`Value`]s straight into polars builders, so that a text is copied once. How files of tables
//! are written is in `columns`.

use super::schema::{Column, DECIMAL_PRECISION, DECIMAL_SCALE, Kind, Table};
use chrono::NaiveDate;
use polars::io::parquet::write::{BatchedWriter, KeyValueMetadata};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{
    BooleanChunkedBuilder, ChunkedBuilder, CompatLevel, DataFrame, DataType, Field, Float64Type,
    Int32Type, Int64Type, Int128Type, IntoColumn, IntoSeries, ParallelStrategy, ParquetCompression,
    ParquetReader, ParquetWriter, PolarsError, PolarsResult, PrimitiveChunkedBuilder, Schema,
    SchemaExt, SerReader, StringChunkedBuilder, TimeUnit,
};
use polars_parquet::write::schema_to_metadata_key;
use rust_decimal::Decimal;
use std::io::Cursor;

/// Rows of a row group. Small enough that statistics let a reader skip most of a partition, and that a merge holds few
/// rows (an observation with its evidence takes about a kilobyte), large enough to compress.
pub const ROW_GROUP: usize = 8_192;

/// One cell of a row, borrowed from where it was found.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// UTF-8 text.
    Text(&'a str),
    /// 32-bit integer.
    Int32(i32),
    /// 64-bit integer.
    Int64(i64),
    /// A decimal times 10⁶.
    Decimal(i128),
    /// Floating point.
    Float(f64),
    /// Boolean.
    Bool(bool),
    /// Calendar date.
    Date(NaiveDate),
    /// Calendar date as days since 1970-01-01.
    Days(i32),
    /// Microseconds since 1970, UTC.
    Time(i64),
}

/// A text, or null where it is empty: the warehouse writes unknown as null.
pub fn text(s: &str) -> Value<'_> {
    if s.is_empty() {
        Value::Null
    } else {
        Value::Text(s)
    }
}

/// A count as a 32-bit column; saturates, which no document of readable size reaches.
pub fn count(n: usize) -> Value<'static> {
    Value::Int32(i32::try_from(n).unwrap_or(i32::MAX))
}

/// A date, or null.
pub fn date(d: Option<NaiveDate>) -> Value<'static> {
    d.map_or(Value::Null, Value::Date)
}

/// A time, or null.
pub fn time(t: Option<i64>) -> Value<'static> {
    t.map_or(Value::Null, Value::Time)
}

/// A decimal column's integer for a value: the value times 10⁶, exactly. `None` where the value has more than six
/// decimal places or more than 38 digits; it is never rounded.
pub fn scaled(value: Decimal) -> Option<i128> {
    const POWERS: [i128; DECIMAL_SCALE + 1] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
    const MOST: u128 = 10u128.pow(DECIMAL_PRECISION as u32);
    let scale = DECIMAL_SCALE as u32;
    // Trailing zeros are not digits that would be lost.
    let value = if value.scale() > scale {
        value.normalize()
    } else {
        value
    };
    let up = POWERS.get(scale.checked_sub(value.scale())? as usize)?;
    // A mantissa has 96 bits.
    let whole = value.mantissa() * up;
    (whole.unsigned_abs() < MOST).then_some(whole)
}

/// A decimal cell; null where there is none. Whether a value fits is to be asked before ([`scaled`]).
pub fn decimal(value: Option<Decimal>) -> Value<'static> {
    value.and_then(scaled).map_or(Value::Null, Value::Decimal)
}

/// Polars type of a column.
pub fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::String,
        Kind::Int32 => DataType::Int32,
        Kind::Int64 => DataType::Int64,
        Kind::Decimal => DataType::Decimal(DECIMAL_PRECISION, DECIMAL_SCALE),
        Kind::Float => DataType::Float64,
        Kind::Bool => DataType::Boolean,
        Kind::Date => DataType::Date,
        Kind::Time => DataType::Datetime(TimeUnit::Microseconds, None),
    }
}

/// Polars schema of a table.
pub fn schema(table: &Table) -> Schema {
    Schema::from_iter(
        table
            .columns
            .iter()
            .map(|c| Field::new(c.name.into(), data_type(c.kind))),
    )
}

/// A frame of the table without rows.
pub fn empty(table: &'static Table) -> DataFrame {
    // Columns that were built, not polars' columns of nulls: the first of those to be looked at takes 8 MB of zeros, a tenth
    // of the memory that a short run touches.
    let built = Rows::new(table, 0).finish();
    built.unwrap_or_else(|_| DataFrame::empty_with_schema(&schema(table)))
}

/// A frame of some columns of the table without rows.
pub fn empty_of(table: &Table, columns: &[&str]) -> DataFrame {
    let of = |name: &&str| table.position(name).and_then(|n| table.columns.get(n));
    let fields = columns.iter().filter_map(of);
    let fields = fields.map(|c| Field::new(c.name.into(), data_type(c.kind)));
    DataFrame::empty_with_schema(&Schema::from_iter(fields))
}

enum Builder {
    Text(StringChunkedBuilder),
    Int32(PrimitiveChunkedBuilder<Int32Type>),
    Int64(PrimitiveChunkedBuilder<Int64Type>),
    Decimal(PrimitiveChunkedBuilder<Int128Type>),
    Float(PrimitiveChunkedBuilder<Float64Type>),
    Bool(BooleanChunkedBuilder),
    Date(PrimitiveChunkedBuilder<Int32Type>),
    Time(PrimitiveChunkedBuilder<Int64Type>),
}

impl Builder {
    fn new(column: &Column, capacity: usize) -> Self {
        let name = column.name.into();
        match column.kind {
            Kind::Text => Builder::Text(StringChunkedBuilder::new(name, capacity)),
            Kind::Int32 => Builder::Int32(PrimitiveChunkedBuilder::new(name, capacity)),
            Kind::Int64 => Builder::Int64(PrimitiveChunkedBuilder::new(name, capacity)),
            Kind::Decimal => Builder::Decimal(PrimitiveChunkedBuilder::new(name, capacity)),
            Kind::Float => Builder::Float(PrimitiveChunkedBuilder::new(name, capacity)),
            Kind::Bool => Builder::Bool(BooleanChunkedBuilder::new(name, capacity)),
            Kind::Date => Builder::Date(PrimitiveChunkedBuilder::new(name, capacity)),
            Kind::Time => Builder::Time(PrimitiveChunkedBuilder::new(name, capacity)),
        }
    }

    /// Appends a value; one of another type than the column's becomes null (and fails a test).
    fn push(&mut self, value: Value<'_>) {
        match (self, value) {
            (Builder::Text(b), Value::Text(v)) => b.append_value(v),
            (Builder::Int32(b), Value::Int32(v)) => b.append_value(v),
            (Builder::Int64(b), Value::Int64(v)) => b.append_value(v),
            (Builder::Decimal(b), Value::Decimal(v)) => b.append_value(v),
            (Builder::Float(b), Value::Float(v)) => b.append_value(v),
            (Builder::Bool(b), Value::Bool(v)) => b.append_value(v),
            (Builder::Date(b), Value::Date(v)) => b.append_value(days(v)),
            (Builder::Date(b), Value::Days(v)) => b.append_value(v),
            (Builder::Time(b), Value::Time(v)) => b.append_value(v),
            (builder, other) => {
                debug_assert!(
                    matches!(other, Value::Null),
                    "a value of another type than its column's: {other:?}"
                );
                match builder {
                    Builder::Text(b) => b.append_null(),
                    Builder::Int32(b) | Builder::Date(b) => b.append_null(),
                    Builder::Int64(b) | Builder::Time(b) => b.append_null(),
                    Builder::Decimal(b) => b.append_null(),
                    Builder::Float(b) => b.append_null(),
                    Builder::Bool(b) => b.append_null(),
                }
            }
        }
    }

    fn finish(self) -> PolarsResult<polars::prelude::Column> {
        Ok(match self {
            Builder::Text(b) => b.finish().into_column(),
            Builder::Int32(b) => b.finish().into_column(),
            Builder::Int64(b) => b.finish().into_column(),
            Builder::Decimal(b) => b
                .finish()
                .into_decimal(DECIMAL_PRECISION, DECIMAL_SCALE)?
                .into_column(),
            Builder::Float(b) => b.finish().into_column(),
            Builder::Bool(b) => b.finish().into_column(),
            Builder::Date(b) => b.finish().into_date().into_series().into_column(),
            Builder::Time(b) => b
                .finish()
                .into_datetime(TimeUnit::Microseconds, None)
                .into_series()
                .into_column(),
        })
    }
}

/// Days since 1970-01-01.
pub(super) fn days(date: NaiveDate) -> i32 {
    date.signed_duration_since(NaiveDate::default()).num_days() as i32
}

/// Rows of one table, being collected.
pub struct Rows {
    table: &'static Table,
    builders: Vec<Builder>,
    height: usize,
}

impl Rows {
    /// No rows yet; `capacity` is how many are expected.
    pub fn new(table: &'static Table, capacity: usize) -> Self {
        Rows {
            table,
            builders: table
                .columns
                .iter()
                .map(|c| Builder::new(c, capacity))
                .collect(),
            height: 0,
        }
    }

    /// Appends a row: one value a column, in the table's order.
    pub fn push(&mut self, row: &[Value<'_>]) {
        debug_assert_eq!(row.len(), self.builders.len(), "{}", self.table.name);
        for (i, builder) in self.builders.iter_mut().enumerate() {
            builder.push(row.get(i).copied().unwrap_or(Value::Null));
        }
        self.height += 1;
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.height
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.height == 0
    }

    /// The frame.
    pub fn finish(self) -> PolarsResult<DataFrame> {
        let columns = self
            .builders
            .into_iter()
            .map(Builder::finish)
            .collect::<PolarsResult<Vec<_>>>()?;
        DataFrame::new(self.height, columns)
    }
}

/// How a frame that is no table of the warehouse is written.
///
/// The Arrow schema that a file carries beside its Parquet one says what a reader of Arrow makes of a column. polars writes
/// its own there, in which texts are views; pyarrow reads those, and cannot compare them. The older type is understood
/// everywhere.
pub(crate) fn writer<W: std::io::Write>(to: W, schema: &Schema) -> PolarsResult<BatchedWriter<W>> {
    let compression = ParquetCompression::Zstd(Some(ZstdLevel::try_new(3)?));
    let arrow = schema_to_metadata_key(&schema.to_arrow(CompatLevel::oldest()));
    let metadata = vec![(arrow.key, arrow.value.unwrap_or_default())];
    ParquetWriter::new(to)
        .with_compression(compression)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .set_parallel(false)
        .batched(schema)
}

/// The frame of a Parquet file of this table, with the table's columns in order (a column that an older file does not
/// have is null). Fails where a column has another type.
pub fn from_parquet(table: &'static Table, bytes: Vec<u8>) -> PolarsResult<DataFrame> {
    let frame = ParquetReader::new(Cursor::new(bytes))
        .read_parallel(ParallelStrategy::None)
        .set_rechunk(true)
        .finish()?;
    of_columns(table, table.columns.iter(), &frame)
}

/// Some columns of a table, in the order in which they are named; one that is not there is null. Fails where a column has
/// another type.
pub(super) fn select(
    table: &'static Table,
    names: &[&str],
    frame: &DataFrame,
) -> PolarsResult<DataFrame> {
    let of = |name: &&str| table.position(name).and_then(|n| table.columns.get(n));
    of_columns(table, names.iter().filter_map(of), frame)
}

fn of_columns(
    table: &'static Table,
    wanted: impl Iterator<Item = &'static Column>,
    frame: &DataFrame,
) -> PolarsResult<DataFrame> {
    let height = frame.height();
    let mut columns = Vec::new();
    for c in wanted {
        let wanted = data_type(c.kind);
        columns.push(match frame.column(c.name) {
            Ok(found) if *found.dtype() == wanted => found.clone(),
            Ok(found) => {
                return Err(PolarsError::SchemaMismatch(
                    format!(
                        "{}.{} is {} and should be {}",
                        table.name,
                        c.name,
                        found.dtype(),
                        wanted
                    )
                    .into(),
                ));
            }
            Err(_) => polars::prelude::Column::full_null(c.name.into(), height, &wanted),
        });
    }
    DataFrame::new(height, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::columns::to_parquet;
    use crate::warehouse::schema::{self, Layout};
    use std::str::FromStr;

    static EACH: Table = Table {
        name: "each",
        layout: Layout::Single,
        order: &["t"],
        about: "",
        columns: &[
            Column {
                name: "t",
                kind: Kind::Text,
                about: "",
            },
            Column {
                name: "i",
                kind: Kind::Int32,
                about: "",
            },
            Column {
                name: "l",
                kind: Kind::Int64,
                about: "",
            },
            Column {
                name: "d",
                kind: Kind::Decimal,
                about: "",
            },
            Column {
                name: "f",
                kind: Kind::Float,
                about: "",
            },
            Column {
                name: "b",
                kind: Kind::Bool,
                about: "",
            },
            Column {
                name: "day",
                kind: Kind::Date,
                about: "",
            },
            Column {
                name: "at",
                kind: Kind::Time,
                about: "",
            },
        ],
    };

    #[test]
    fn every_type_survives_parquet() {
        let day = NaiveDate::from_ymd_opt(1949, 10, 1);
        let big = Decimal::from_str("79228162514264337593543950335").unwrap();
        let mut rows = Rows::new(&EACH, 2);
        rows.push(&[Value::Null; 8]);
        rows.push(&[
            text("衡山县"),
            Value::Int32(-1),
            Value::Int64(1 << 40),
            decimal(Some(big)),
            Value::Float(0.5),
            Value::Bool(true),
            date(day),
            Value::Time(1_700_000_000_123_456),
        ]);
        let frame = rows.finish().unwrap();
        let back = from_parquet(&EACH, to_parquet(&EACH, &frame).unwrap()).unwrap();
        assert!(back.equals_missing(&frame));
        let decimals = back.column("d").unwrap().decimal().unwrap();
        assert_eq!(back.column("d").unwrap().dtype(), &DataType::Decimal(38, 6));
        assert_eq!(
            decimals.physical().get(1),
            Some(79_228_162_514_264_337_593_543_950_335_000_000)
        );
        let dates = back.column("day").unwrap().date().unwrap();
        assert_eq!(dates.physical().get(1), Some(days(day.unwrap())));
    }

    #[test]
    fn a_decimal_is_exact_or_not_there() {
        let s = |t: &str| scaled(Decimal::from_str(t).unwrap());
        assert_eq!(s("107462400"), Some(107_462_400_000_000));
        assert_eq!(s("-8.7"), Some(-8_700_000));
        assert_eq!(s("0.000001"), Some(1));
        assert_eq!(s("1.2300000000"), Some(1_230_000));
        assert_eq!(s("0.0000001"), None);
        assert_eq!(s("0"), Some(0));
    }

    #[test]
    fn bytes_depend_on_rows_only() {
        let row = |rows: &mut Rows, i: usize| {
            let name = format!("{:06}", i % 1000);
            rows.push(&[
                text(&name),
                count(i),
                Value::Int64(i as i64),
                Value::Decimal(i as i128),
                Value::Float(0.0),
                Value::Bool(i.is_multiple_of(2)),
                Value::Null,
                Value::Null,
            ]);
        };
        let mut whole = Rows::new(&EACH, 0);
        (0..70_000).for_each(|i| row(&mut whole, i));
        let whole = whole.finish().unwrap();
        let mut parts = Rows::new(&EACH, 0);
        (0..33_333).for_each(|i| row(&mut parts, i));
        let mut parts = parts.finish().unwrap();
        let mut rest = Rows::new(&EACH, 0);
        (33_333..70_000).for_each(|i| row(&mut rest, i));
        parts.vstack_mut(&rest.finish().unwrap()).unwrap();
        let bytes = |frame| to_parquet(&EACH, frame).unwrap();
        assert!(bytes(&whole) == bytes(&parts));
    }

    #[test]
    fn an_empty_frame_is_a_file_too() {
        let back = from_parquet(
            &schema::OBSERVATIONS,
            to_parquet(&schema::OBSERVATIONS, &empty(&schema::OBSERVATIONS)).unwrap(),
        )
        .unwrap();
        assert_eq!(
            (back.height(), back.width()),
            (0, schema::OBSERVATIONS.columns.len())
        );
    }
}
