//! Rows of a table on their way from documents to Parquet: by columns, each cell the number of its value in a [`pool`].
//!
//! * [`ids`]: these numbers.
//! * [`order`]: sorted by a key, as numbers.
//! * [`pack`]: as bytes, for the journal.
//! * [`pages`], [`rle`]: as row groups of Parquet; [`parquet`], [`thrift`]: what a file says of itself.
//! * [`used`]: the values that a piece or a row group uses, by numbers of their own.
//! * [`frame`]: of a file that is there already.

mod frame;
mod ids;
mod order;
mod pack;
mod pages;
mod parquet;
mod pool;
mod rle;
mod thrift;
mod used;

pub(super) use frame::{files, to_parquet};
pub(super) use order::{Key, sorted};
pub(super) use pack::{Marks, Packer, unpack};
pub(super) use pages::ParquetFile;

use super::frame::Value;
use super::schema::{Kind, Table};
use ids::Ids;
use pool::{Numbers, Pool, Texts};

/// Columns hardly a value of which is there twice. (A document's ids of observations are a column of `checks`.)
const UNIQUE: [&str; 2] = ["observation_id", "observation_ids"];

/// A column: the numbers of its cells' values, and the values.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    kind: Kind,
    pool: Pool,
    ids: Ids,
    /// Of the values of another column, by their numbers, what follows from them here ([`Columns::derive`]).
    derived: Vec<u32>,
}

impl Cells {
    fn intern(&mut self, value: Value<'_>) -> u32 {
        let number = match (&mut self.pool, value) {
            (_, Value::Null) => return 0,
            (Pool::Text(pool), Value::Text(text)) => return pool.intern(text),
            (_, Value::Text(_)) => {
                debug_assert!(false, "a text in a column of {:?}", self.kind);
                return 0;
            }
            (_, Value::Int32(n) | Value::Days(n)) => i128::from(n),
            (_, Value::Int64(n) | Value::Time(n)) => i128::from(n),
            (_, Value::Decimal(n)) => n,
            (_, Value::Float(f)) => i128::from(f.to_bits()),
            (_, Value::Bool(b)) => i128::from(b),
            (_, Value::Date(d)) => i128::from(super::frame::days(d)),
        };
        match &mut self.pool {
            Pool::Number(pool) => pool.intern(number),
            Pool::Text(_) => {
                debug_assert!(false, "{value:?} in a column of texts");
                0
            }
        }
    }

    fn id(&self, row: usize) -> u32 {
        self.ids.get(row)
    }
}

/// Rows of a table.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    table: &'static Table,
    columns: Vec<Cells>,
    height: usize,
    /// Numbers on their way.
    ids: Vec<u32>,
}

impl Columns {
    /// No rows.
    pub(super) fn new(table: &'static Table) -> Self {
        let column = |c: &super::schema::Column| Cells {
            kind: c.kind,
            pool: match c.kind {
                Kind::Text => Pool::Text(Texts::new(!UNIQUE.contains(&c.name))),
                _ => Pool::Number(Numbers::default()),
            },
            ids: Ids::default(),
            derived: Vec::new(),
        };
        Columns {
            table,
            columns: table.columns.iter().map(column).collect(),
            height: 0,
            ids: Vec::new(),
        }
    }

    pub(super) fn table(&self) -> &'static Table {
        self.table
    }

    /// Number of rows.
    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// Bytes of memory, about.
    pub(super) fn bytes(&self) -> usize {
        let of = |c: &Cells| c.ids.len() * c.ids.width() + c.pool.bytes();
        self.columns.iter().map(of).sum()
    }

    /// Appends a row: one value a column, in the table's order.
    pub(super) fn push(&mut self, row: &[Value<'_>]) {
        debug_assert_eq!(row.len(), self.columns.len(), "{}", self.table.name);
        for (i, column) in self.columns.iter_mut().enumerate() {
            let id = column.intern(row.get(i).copied().unwrap_or(Value::Null));
            column.ids.push(id);
        }
        self.height += 1;
    }

    /// Appends cells to a column. Columns that get cells one after the other are rows once all have as many
    /// ([`Columns::grow`]); a value is found sooner while its column is at hand.
    pub(super) fn extend<'v>(&mut self, column: &str, values: impl Iterator<Item = Value<'v>>) {
        let mut ids = std::mem::take(&mut self.ids);
        if let Some(cells) = self.cells(column) {
            ids.clear();
            ids.extend(values.map(|v| cells.intern(v)));
            cells.ids.extend(&ids);
        }
        self.ids = ids;
    }

    /// Appends one value so many times to a column.
    pub(super) fn repeat(&mut self, column: &str, value: Value<'_>, times: usize) {
        if let Some(cells) = self.cells(column).filter(|_| times > 0) {
            let id = cells.intern(value);
            cells.ids.repeat(id, times);
        }
    }

    /// Appends cells that follow from the last `n` of another column, of texts: a value of that has one value here.
    pub(super) fn derive<'v>(
        &mut self,
        column: &str,
        from: &str,
        n: usize,
        value: impl Fn(&str) -> Value<'v>,
    ) {
        let mut ids = std::mem::take(&mut self.ids);
        ids.clear();
        if let Some(cells) = self.cells(from) {
            let rows = cells.ids.len();
            let last: Vec<u32> = (rows.saturating_sub(n) as u32..rows as u32).collect();
            cells.ids.gather(&last, &mut ids);
        }
        let source = self.table.position(from);
        let target = self.table.position(column);
        debug_assert!(source.is_some() && target.is_some(), "{column}, {from}");
        if let (Some(source), Some(target)) = (source, target)
            && let Ok([source, target]) = self.columns.get_disjoint_mut([source, target])
        {
            for id in &mut ids {
                let at = *id as usize;
                if target.derived.len() <= at {
                    target.derived.resize(source.pool.len() + 1, 0);
                }
                let known = target.derived.get(at).copied().unwrap_or(0);
                *id = match known {
                    // The number and one: a value may be null.
                    0 => {
                        let value = source.pool.text(*id).map_or(Value::Null, &value);
                        let new = target.intern(value);
                        if let Some(known) = target.derived.get_mut(at) {
                            *known = new + 1;
                        }
                        new
                    }
                    known => known - 1,
                };
            }
            target.ids.extend(&ids);
        }
        self.ids = ids;
    }

    /// Every column got so many cells.
    pub(super) fn grow(&mut self, rows: usize) {
        self.height += rows;
        for (cells, column) in self.columns.iter().zip(self.table.columns) {
            debug_assert_eq!(cells.ids.len(), self.height, "{}", column.name);
        }
    }

    fn cells(&mut self, column: &str) -> Option<&mut Cells> {
        let at = self.table.position(column);
        debug_assert!(at.is_some(), "{}.{column}", self.table.name);
        self.columns.get_mut(at?)
    }

    /// Forgets all rows, and keeps their memory.
    pub(super) fn clear(&mut self) {
        for cells in &mut self.columns {
            cells.pool.clear();
            cells.ids.clear();
            cells.derived.clear();
        }
        self.height = 0;
    }

    /// Gives a cell another value.
    pub(super) fn set(&mut self, column: usize, row: usize, value: Value<'_>) {
        if let Some(column) = self.columns.get_mut(column) {
            let id = column.intern(value);
            column.ids.set(row, id);
        }
    }

    /// The number of a cell's value.
    pub(super) fn id_at(&self, column: usize, row: usize) -> u32 {
        self.columns.get(column).map_or(0, |c| c.id(row))
    }

    /// A text by its number.
    pub(super) fn text_of(&self, column: usize, id: u32) -> Option<&str> {
        self.columns.get(column).and_then(|c| c.pool.text(id))
    }

    /// Number of distinct values of a column.
    pub(super) fn values(&self, column: usize) -> usize {
        self.columns.get(column).map_or(0, |c| c.pool.len())
    }

    pub(super) fn text(&self, column: usize, row: usize) -> Option<&str> {
        self.text_of(column, self.id_at(column, row))
    }

    pub(super) fn number(&self, column: usize, row: usize) -> Option<i128> {
        let column = self.columns.get(column)?;
        column.pool.number(column.id(row))
    }

    /// Appends rows of another piece of the same table.
    pub(super) fn append(&mut self, other: &Columns, rows: &[u32]) {
        let (mut map, mut ids): (Vec<u32>, Vec<u32>) = Default::default();
        for (own, from) in self.columns.iter_mut().zip(&other.columns) {
            ids.clear();
            from.ids.gather(rows, &mut ids);
            if !from.pool.repeats() {
                for id in &mut ids {
                    *id = own.pool.adopt(&from.pool, *id);
                }
                own.ids.extend(&ids);
                continue;
            }
            map.clear();
            // Of a large piece mostly few rows are taken.
            map.resize(from.pool.len() + 1, 0);
            for id in &mut ids {
                *id = match map.get_mut(*id as usize) {
                    Some(known) if *known != 0 => *known,
                    Some(new) if *id != 0 => {
                        *new = own.pool.adopt(&from.pool, *id);
                        *new
                    }
                    _ => 0,
                };
            }
            own.ids.extend(&ids);
        }
        self.height += rows.len();
    }
}
