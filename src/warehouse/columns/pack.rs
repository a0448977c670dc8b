//! Rows as bytes that are read once more at most and then deleted: what the journal holds.
//!
//! The number of rows; then for each column of the table how many values came before (`u32`), the number of values, the
//! values, and the cells' numbers; all compressed by LZ4.
//!
//! * values of texts: the length of each as `u32`, then the bytes of all; of others 16 bytes each, little-endian
//! * numbers: a byte that says how many bytes each has (1, 2, 4), then these. Of a column whose values do not repeat, a byte a
//!   row that says whether there is one.
//!
//! A piece either stands for itself ([`Packer::piece`]), or goes on where the one before ended ([`Packer::continued`]).
//! Nothing in the bytes is trusted: what does not fit is an error, as of a damaged file.

use super::pool::Pool;
use super::used::Used;
use super::{Cells, Columns};

/// Most bytes of one piece before compression: what LZ4 takes. Ends of texts fit in 32 bits with room to spare.
const MOST: usize = 0x7e00_0000;

/// So many of some rows, and of their values.
#[derive(Clone, Debug, Default)]
pub(in crate::warehouse) struct Marks {
    height: usize,
    values: Vec<usize>,
}

impl Marks {
    /// Number of rows.
    pub(in crate::warehouse) fn height(&self) -> usize {
        self.height
    }

    /// All of them.
    pub(in crate::warehouse) fn of(all: &Columns) -> Self {
        Marks {
            height: all.height,
            values: all.columns.iter().map(|c| c.pool.len()).collect(),
        }
    }
}

/// Packs rows; what it needs for that is kept from piece to piece.
#[derive(Debug, Default)]
pub(in crate::warehouse) struct Packer {
    raw: Vec<u8>,
    ids: Vec<u32>,
    used: Used,
}

impl Packer {
    /// Some rows, in this order.
    pub(in crate::warehouse) fn piece(
        &mut self,
        all: &Columns,
        rows: &[u32],
    ) -> std::io::Result<Vec<u8>> {
        self.raw.clear();
        self.number(rows.len());
        for cells in &all.columns {
            self.ids.clear();
            cells.ids.gather(rows, &mut self.ids);
            if cells.pool.repeats() {
                self.used.number(&mut self.ids, cells.pool.len());
            } else {
                let present = self.ids.iter().copied().filter(|id| *id != 0);
                self.used.ids.clear();
                self.used.ids.extend(present);
            }
            self.number(0);
            put_values(&mut self.raw, &cells.pool, &self.used.ids);
            put_ids(&mut self.raw, cells, &self.ids, self.used.ids.len());
        }
        self.finish()
    }

    /// The rows, and the values, between two marks.
    pub(in crate::warehouse) fn continued(
        &mut self,
        all: &Columns,
        from: &Marks,
        to: &Marks,
    ) -> std::io::Result<Vec<u8>> {
        self.raw.clear();
        self.number(to.height - from.height);
        for (at, cells) in all.columns.iter().enumerate() {
            let values = |marks: &Marks| marks.values.get(at).copied().unwrap_or(0);
            let (before, most) = (values(from), values(to));
            self.used.ids.clear();
            self.used.ids.extend(before as u32 + 1..=most as u32);
            self.number(before);
            put_values(&mut self.raw, &cells.pool, &self.used.ids);
            if cells.pool.repeats() {
                // As they are: this is done for every row there is.
                self.raw.push(cells.ids.width() as u8);
                cells.ids.bytes(from.height..to.height, &mut self.raw);
            } else {
                self.raw.push(0);
                let ids = (from.height..to.height).map(|row| cells.id(row));
                self.raw.extend(ids.map(|id| u8::from(id != 0)));
            }
        }
        self.finish()
    }

    fn number(&mut self, n: usize) {
        self.raw.extend((n as u32).to_le_bytes());
    }

    fn finish(&mut self) -> std::io::Result<Vec<u8>> {
        if self.raw.len() > MOST {
            return Err(damaged("a piece is too large"));
        }
        lz4::block::compress(&self.raw, None, true)
    }
}

fn put_values(raw: &mut Vec<u8>, pool: &Pool, ids: &[u32]) {
    raw.extend((ids.len() as u32).to_le_bytes());
    match pool {
        Pool::Text(texts) => {
            for text in ids.iter().map(|id| texts.get(*id).unwrap_or("")) {
                raw.extend((text.len() as u32).to_le_bytes());
            }
            for text in ids.iter().map(|id| texts.get(*id).unwrap_or("")) {
                raw.extend(text.as_bytes());
            }
        }
        Pool::Number(numbers) => {
            for id in ids {
                raw.extend(numbers.get(*id).unwrap_or(0).to_le_bytes());
            }
        }
    }
}

fn put_ids(raw: &mut Vec<u8>, cells: &Cells, ids: &[u32], most: usize) {
    if !cells.pool.repeats() {
        raw.push(0);
        raw.extend(ids.iter().map(|id| u8::from(*id != 0)));
    } else if most <= usize::from(u8::MAX) {
        raw.push(1);
        raw.extend(ids.iter().map(|id| *id as u8));
    } else if most <= usize::from(u16::MAX) {
        raw.push(2);
        raw.extend(ids.iter().flat_map(|id| (*id as u16).to_le_bytes()));
    } else {
        raw.push(4);
        raw.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
    }
}

/// Appends packed rows: a piece to no rows, what goes on to the rows that it goes on from.
pub(in crate::warehouse) fn unpack(bytes: &[u8], into: &mut Columns) -> std::io::Result<()> {
    let size = bytes.first_chunk().map_or(0, |n| u32::from_le_bytes(*n));
    if size as usize > MOST {
        return Err(damaged("a piece is too large"));
    }
    let raw = lz4::block::decompress(bytes, None)?;
    let mut from = Bytes(&raw);
    let height = from.number()?;
    // A piece that stands for itself stays as it is: it gets the memory that it needs, and no more than what can follow.
    let alone = into.height == 0;
    for cells in &mut into.columns {
        if from.number()? != cells.pool.len() {
            return Err(damaged("a piece before it is missing"));
        }
        let first = cells.pool.len() as u32 + 1;
        let count = from.number()?;
        match &mut cells.pool {
            Pool::Text(texts) => {
                let lengths = from.take(count.saturating_mul(4))?.as_chunks().0;
                let length = |n: &[u8; 4]| u32::from_le_bytes(*n) as usize;
                let all = lengths.iter().map(length).fold(0, usize::saturating_add);
                if alone {
                    texts.reserve(count, all.min(from.0.len()));
                }
                for length in lengths {
                    let text = from.take(u32::from_le_bytes(*length) as usize)?;
                    let text = std::str::from_utf8(text);
                    texts.add(text.map_err(|_| damaged("a text is not UTF-8"))?);
                }
            }
            Pool::Number(numbers) => {
                let values = from.take(count.saturating_mul(16))?;
                if alone {
                    numbers.reserve(count);
                }
                for value in values.as_chunks::<16>().0 {
                    numbers.add(i128::from_le_bytes(*value));
                }
            }
        }
        let most = cells.pool.len() as u32;
        let ids = &mut cells.ids;
        if alone {
            ids.reserve(height.min(from.0.len()), most);
        }
        let mut put = |id: u32| {
            ids.push(id);
            id <= most
        };
        let fits = match from.take(1)? {
            [0] => {
                let mut next = first;
                from.take(height)?.iter().all(|present| {
                    let id = if *present == 0 { 0 } else { next };
                    next += u32::from(*present != 0);
                    put(id)
                })
            }
            [1] => from.take(height)?.iter().all(|id| put((*id).into())),
            [2] => {
                let all = from.take(height.saturating_mul(2))?.as_chunks().0;
                all.iter().all(|id| put(u16::from_le_bytes(*id).into()))
            }
            _ => {
                let all = from.take(height.saturating_mul(4))?.as_chunks().0;
                all.iter().all(|id| put(u32::from_le_bytes(*id)))
            }
        };
        if !fits {
            return Err(damaged("a cell of a value that is not there"));
        }
    }
    into.height += height;
    Ok(())
}

/// What is left to be read.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, n: usize) -> std::io::Result<&'b [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(n)
            .ok_or_else(|| damaged("a piece is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> std::io::Result<usize> {
        let four = self.take(4)?.first_chunk().copied().unwrap_or_default();
        Ok(u32::from_le_bytes(four) as usize)
    }
}

fn damaged(what: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::warehouse::frame::Value;
    use crate::warehouse::schema::{Kind, OBSERVATIONS};
    use proptest::prelude::*;

    /// Appends observations with every kind of value, present and not.
    pub(in crate::warehouse::columns) fn fill(rows: &mut Columns, texts: &[Option<String>]) {
        for (n, t) in texts.iter().enumerate() {
            let cells: Vec<Value<'_>> = OBSERVATIONS
                .columns
                .iter()
                .enumerate()
                .map(|(i, c)| match c.kind {
                    _ if (i + n).is_multiple_of(5) => Value::Null,
                    Kind::Text => t.as_deref().map_or(Value::Null, Value::Text),
                    Kind::Int32 => Value::Int32(-(n as i32 % 3)),
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
    }

    /// The cells of some rows, as text.
    pub(in crate::warehouse::columns) fn shown(all: &Columns, rows: &[u32]) -> Vec<String> {
        let cell = |row: u32, c: usize| {
            let (t, n) = (all.text(c, row as usize), all.number(c, row as usize));
            format!("{t:?}{n:?}")
        };
        let row = |row: &u32| (0..all.columns.len()).map(|c| cell(*row, c)).collect();
        rows.iter().map(row).collect()
    }

    fn every(all: &Columns) -> Vec<u32> {
        (0..all.height() as u32).collect()
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            first in prop::collection::vec(prop::option::of(".{0,3}"), 0..20),
            second in prop::collection::vec(prop::option::of(".{0,3}"), 0..20),
            some in prop::collection::vec(0u32..20, 0..20),
        ) {
            let mut rows = Columns::new(&OBSERVATIONS);
            let (mut marks, mut packer) = (vec![Marks::default()], Packer::default());
            let mut back = Columns::new(&OBSERVATIONS);
            for texts in [&first, &second] {
                fill(&mut rows, texts);
                marks.push(Marks::of(&rows));
            }
            // Also what has had rows after it since.
            for (from, to) in marks.iter().zip(marks.iter().skip(1)) {
                unpack(&packer.continued(&rows, from, to).unwrap(), &mut back).unwrap();
            }
            prop_assert_eq!(shown(&back, &every(&back)), shown(&rows, &every(&rows)));
            // The one and the other go on alike.
            fill(&mut rows, &second);
            fill(&mut back, &second);
            prop_assert_eq!(shown(&back, &every(&back)), shown(&rows, &every(&rows)));
            let some: Vec<u32> = some.into_iter().filter(|r| (*r as usize) < rows.height()).collect();
            let mut piece = Columns::new(&OBSERVATIONS);
            unpack(&packer.piece(&rows, &some).unwrap(), &mut piece).unwrap();
            prop_assert_eq!(shown(&piece, &every(&piece)), shown(&rows, &some));
            // Pieces are put together by value.
            let before = shown(&rows, &every(&rows));
            rows.append(&piece, &every(&piece));
            prop_assert_eq!(shown(&rows, &every(&rows)), [before, shown(&piece, &every(&piece))].concat());
        }

        #[test]
        fn damage_is_an_error(cut in 0usize..400, at in 0usize..400, byte: u8) {
            let mut rows = Columns::new(&OBSERVATIONS);
            fill(&mut rows, &[Some("衡山县".into()), None]);
            let mut packed = Packer::default().piece(&rows, &[1, 0]).unwrap();
            packed.truncate(packed.len().saturating_sub(cut));
            if let Some(b) = packed.get_mut(at) {
                *b = byte;
            }
            // An error or some rows, but no panic.
            let _ = unpack(&packed, &mut Columns::new(&OBSERVATIONS));
        }
    }

    #[test]
    fn a_piece_that_goes_on_from_another_is_an_error_without_it() {
        let mut rows = Columns::new(&OBSERVATIONS);
        fill(&mut rows, &[Some("a".into())]);
        let first = Marks::of(&rows);
        fill(&mut rows, &[Some("b".into())]);
        let second = Marks::of(&rows);
        let second = Packer::default().continued(&rows, &first, &second).unwrap();
        assert!(unpack(&second, &mut Columns::new(&OBSERVATIONS)).is_err());
    }
}
