//! A frame as bytes that are read once more and then deleted: the rows of the journal.
//!
//! Every row of a load passes through the journal, and in a long load through its merges, so this is a plain layout rather
//! than Parquet, whose statistics, dictionaries and pages cost several times what they hold: the number of rows, then each
//! column of the table in order, the whole compressed by LZ4.
//!
//! * text: the length of each row plus one as `u32`, 0 where there is none; then the bytes of all rows
//! * others: a byte a row (1 where there is a value), then the values there are, little-endian, of the column's width
//!
//! Nothing in the bytes is trusted: what does not fit is an error, as of a damaged file.

use super::frame::{Rows, Value, data_type};
use super::schema::{Kind, Table};
use polars::prelude::{DataFrame, PolarsError, PolarsResult};

/// Most bytes of one frame before compression.
const MOST: usize = 1 << 30;

/// The bytes of a frame of this table.
pub(super) fn pack(table: &Table, frame: &DataFrame) -> PolarsResult<Vec<u8>> {
    let height = frame.height();
    let mut raw = Vec::with_capacity(height * 256 + 64);
    raw.extend((height as u32).to_le_bytes());
    for column in table.columns {
        let found = frame.column(column.name)?;
        if *found.dtype() != data_type(column.kind) {
            let (table, name) = (table.name, column.name);
            return Err(damaged(&format!("{table}.{name} is {}", found.dtype())));
        }
        match column.kind {
            Kind::Text => {
                let texts = found.str()?;
                for text in texts.iter() {
                    let length = text.map_or(0, |t| t.len() as u32 + 1);
                    raw.extend(length.to_le_bytes());
                }
                for text in texts.iter().flatten() {
                    raw.extend(text.as_bytes());
                }
            }
            Kind::Int32 => values(&mut raw, found.i32()?.iter(), i32::to_le_bytes),
            Kind::Int64 => values(&mut raw, found.i64()?.iter(), i64::to_le_bytes),
            Kind::Decimal => {
                let found = found.decimal()?;
                values(&mut raw, found.physical().iter(), i128::to_le_bytes);
            }
            Kind::Float => values(&mut raw, found.f64()?.iter(), f64::to_le_bytes),
            Kind::Bool => values(&mut raw, found.bool()?.iter(), |b| [u8::from(b)]),
            Kind::Date => {
                let found = found.date()?;
                values(&mut raw, found.physical().iter(), i32::to_le_bytes);
            }
            Kind::Time => {
                let found = found.datetime()?;
                values(&mut raw, found.physical().iter(), i64::to_le_bytes);
            }
        }
    }
    if raw.len() > MOST {
        return Err(damaged("a frame is too large"));
    }
    Ok(lz4::block::compress(&raw, None, true)?)
}

fn values<T, const N: usize>(
    raw: &mut Vec<u8>,
    column: impl Iterator<Item = Option<T>>,
    bytes: impl Fn(T) -> [u8; N],
) {
    let mut data = Vec::with_capacity(column.size_hint().0 * N);
    for value in column {
        raw.push(u8::from(value.is_some()));
        data.extend(value.map(&bytes).into_iter().flatten());
    }
    raw.extend(data);
}

/// The frame of this table that [`pack`] made bytes of.
pub(super) fn unpack(table: &'static Table, bytes: &[u8]) -> PolarsResult<DataFrame> {
    let size = bytes.first_chunk().map_or(0, |n| u32::from_le_bytes(*n));
    if size as usize > MOST {
        return Err(damaged("a frame is too large"));
    }
    let raw = lz4::block::decompress(bytes, None)?;
    let mut from = Bytes(&raw);
    let height = u32::from_le_bytes(from.array()?) as usize;
    // A row takes a byte a column at least.
    if height > raw.len() {
        return Err(damaged("more rows than bytes"));
    }
    let mut rows = Rows::new(table, height);
    for (i, column) in table.columns.iter().enumerate() {
        if column.kind == Kind::Text {
            let lengths = from.take(height.saturating_mul(4))?;
            for length in lengths.as_chunks::<4>().0 {
                let value = match u32::from_le_bytes(*length).checked_sub(1) {
                    None => Value::Null,
                    Some(n) => {
                        let text = std::str::from_utf8(from.take(n as usize)?);
                        Value::Text(text.map_err(|_| damaged("a text is not UTF-8"))?)
                    }
                };
                rows.put(i, value);
            }
            continue;
        }
        for &present in from.take(height)? {
            let value = match column.kind {
                _ if present == 0 => Value::Null,
                Kind::Text => Value::Null,
                Kind::Int32 => Value::Int32(i32::from_le_bytes(from.array()?)),
                Kind::Int64 => Value::Int64(i64::from_le_bytes(from.array()?)),
                Kind::Decimal => Value::Decimal(i128::from_le_bytes(from.array()?)),
                Kind::Float => Value::Float(f64::from_le_bytes(from.array()?)),
                Kind::Bool => Value::Bool(from.array::<1>()? != [0]),
                Kind::Date => Value::Days(i32::from_le_bytes(from.array()?)),
                Kind::Time => Value::Time(i64::from_le_bytes(from.array()?)),
            };
            rows.put(i, value);
        }
    }
    rows.finish_columns(height)
}

/// What is left to be read.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, n: usize) -> PolarsResult<&'b [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(n)
            .ok_or_else(|| damaged("a frame is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> PolarsResult<[u8; N]> {
        let (taken, rest) = self
            .0
            .split_first_chunk()
            .ok_or_else(|| damaged("a frame is cut off"))?;
        self.0 = rest;
        Ok(*taken)
    }
}

fn damaged(what: &str) -> PolarsError {
    PolarsError::ComputeError(what.to_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::frame::schema;
    use crate::warehouse::schema::OBSERVATIONS;
    use proptest::prelude::*;

    /// A frame of observations with every kind of value, present and not.
    fn frame(texts: &[Option<String>]) -> DataFrame {
        let mut rows = Rows::new(&OBSERVATIONS, texts.len());
        for (n, t) in texts.iter().enumerate() {
            let cells: Vec<Value> = OBSERVATIONS
                .columns
                .iter()
                .enumerate()
                .map(|(i, c)| match c.kind {
                    _ if (i + n).is_multiple_of(5) => Value::Null,
                    Kind::Text => t.as_deref().map_or(Value::Null, Value::Text),
                    Kind::Int32 => Value::Int32(-(n as i32)),
                    Kind::Int64 => Value::Int64(i64::MAX - n as i64),
                    Kind::Decimal => Value::Decimal(-10i128.pow(37) + n as i128),
                    Kind::Float => Value::Float(n as f64 / 3.0),
                    Kind::Bool => Value::Bool(n.is_multiple_of(2)),
                    Kind::Date => Value::Days(20_000 - n as i32),
                    Kind::Time => Value::Time(-5),
                })
                .collect();
            rows.push(&cells);
        }
        rows.finish().unwrap()
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(texts in prop::collection::vec(prop::option::of(".{0,12}"), 0..20)) {
            let frame = frame(&texts);
            let packed = pack(&OBSERVATIONS, &frame).unwrap();
            let back = unpack(&OBSERVATIONS, &packed).unwrap();
            prop_assert!(back.equals_missing(&frame));
            prop_assert_eq!(back.schema(), &std::sync::Arc::new(schema(&OBSERVATIONS)));
        }

        #[test]
        fn damage_is_an_error(cut in 0usize..400, at in 0usize..400, byte: u8) {
            let mut packed = pack(&OBSERVATIONS, &frame(&[Some("衡山县".into()), None])).unwrap();
            packed.truncate(packed.len().saturating_sub(cut));
            if let Some(b) = packed.get_mut(at) {
                *b = byte;
            }
            // An error or some frame, but no panic.
            let _ = unpack(&OBSERVATIONS, &packed);
        }
    }
}
