//! Sorting rows by the numbers that stand for their values.

use super::{Cells, Columns};
use crate::warehouse::schema::{Layout, Table};
use std::cmp::Ordering;

/// What rows are sorted by across the files of a table: positions of columns.
#[derive(Clone, Debug)]
pub(in crate::warehouse) struct Key(Vec<usize>);

impl Key {
    pub(in crate::warehouse) fn of(table: &Table) -> Self {
        let partition: &[&str] = match table.layout {
            Layout::Single => &[],
            Layout::ByYearAndProvince => &["year", "province"],
        };
        let names = partition.iter().chain(table.order);
        Key(names.filter_map(|name| table.position(name)).collect())
    }

    /// Rows of two pieces of a table.
    pub(in crate::warehouse) fn compare(
        &self,
        (a, i): (&Columns, u32),
        (b, j): (&Columns, u32),
    ) -> Ordering {
        let one = |c: &usize| match (a.columns.get(*c), b.columns.get(*c)) {
            (Some(x), Some(y)) => x.pool.compare(x.id(i as usize), &y.pool, y.id(j as usize)),
            _ => Ordering::Equal,
        };
        self.0
            .iter()
            .map(one)
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

/// The rows in the order of the key; those that it does not tell apart stay as they are. `rows` ascend.
pub(in crate::warehouse) fn sorted(all: &Columns, key: &Key, rows: &[u32]) -> Vec<u32> {
    let columns: Vec<&Cells> = key.0.iter().filter_map(|c| all.columns.get(*c)).collect();
    // Values that are mostly distinct have no ranks worth making: they are compared where all before them are equal.
    let (ranked, rest) = match columns.iter().position(|c| !c.pool.repeats()) {
        Some(at) => columns.split_at(at),
        None => (columns.as_slice(), [].as_slice()),
    };
    let ranked: Vec<Ranked<'_>> = ranked
        .iter()
        .map(|c| Ranked {
            cells: c,
            ranks: c.pool.ranks(),
            bits: usize::BITS - c.pool.len().leading_zeros(),
        })
        .filter(|r| r.bits > 0)
        .collect();
    let width: u32 = ranked.iter().map(|r| r.bits).sum();
    let rank = |r: &Ranked<'_>, row: u32| {
        let id = r.cells.id(row as usize);
        r.ranks.get(id as usize).copied().unwrap_or(0)
    };
    // The ranks of a row, one after the other as the bits of one number, compare as its key does.
    if width <= 64 {
        let put = |row: u32, key: u64, r: &Ranked<'_>| {
            // A shift by all bits of a number is none.
            key.checked_shl(r.bits).unwrap_or(0) | u64::from(rank(r, row))
        };
        by_key(
            rows,
            |row| ranked.iter().fold(0, |key, r| put(row, key, r)),
            rest,
        )
    } else if width <= 128 {
        let put = |row: u32, key: u128, r: &Ranked<'_>| key << r.bits | u128::from(rank(r, row));
        by_key(
            rows,
            |row| ranked.iter().fold(0, |key, r| put(row, key, r)),
            rest,
        )
    } else {
        let all = |row: u32| ranked.iter().map(|r| rank(r, row)).collect::<Vec<u32>>();
        by_key(rows, all, rest)
    }
}

/// A column of the key.
struct Ranked<'a> {
    cells: &'a Cells,
    ranks: Vec<u32>,
    bits: u32,
}

fn by_key<K: Ord>(rows: &[u32], packed: impl Fn(u32) -> K, rest: &[&Cells]) -> Vec<u32> {
    let mut keyed: Vec<(K, u32)> = rows.iter().map(|row| (packed(*row), *row)).collect();
    keyed.sort_unstable();
    if !rest.is_empty() {
        let compare = |i: u32, j: u32| {
            let one = |c: &&Cells| c.pool.compare(c.id(i as usize), &c.pool, c.id(j as usize));
            let found = rest.iter().map(one).find(|o| o.is_ne());
            found.unwrap_or_else(|| i.cmp(&j))
        };
        for same in keyed.chunk_by_mut(|a, b| a.0 == b.0) {
            if same.len() > 1 {
                same.sort_unstable_by(|a, b| compare(a.1, b.1));
            }
        }
    }
    keyed.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::frame::{Value, text};
    use crate::warehouse::schema::{BLOCKS, OBSERVATIONS};

    #[test]
    fn rows_are_sorted_by_all_columns_of_the_key_and_stay_where_it_is_equal() {
        let mut rows = Columns::new(&BLOCKS);
        let all = [
            ("b", 2, 2024),
            ("b", 10, 2024),
            ("a", 1, 2024),
            ("b", 1, 2023),
            ("", 5, 2024),
            ("b", 2, 2024),
        ];
        for (id, seq, year) in all {
            let mut cells = [Value::Null; 9];
            cells[0] = text(id);
            cells[1] = Value::Int32(seq);
            cells[7] = Value::Int32(year);
            rows.push(&cells);
        }
        let order = sorted(&rows, &Key::of(&BLOCKS), &[0, 1, 2, 3, 4, 5]);
        assert_eq!(order, [3, 4, 2, 0, 5, 1]);
        let key = Key::of(&BLOCKS);
        assert!(key.compare((&rows, 0), (&rows, 5)).is_eq());
        assert!(key.compare((&rows, 4), (&rows, 2)).is_lt());
    }

    #[test]
    fn what_is_equal_but_for_its_id_is_sorted_by_it_however_wide_the_key_is() {
        for distinct in [1, 300, 9000] {
            let mut rows = Columns::new(&OBSERVATIONS);
            for n in 0..distinct {
                for id in ["c", "a", "b"] {
                    let word = format!("{:05}", n * 7919 % distinct);
                    let cells: Vec<Value<'_>> = OBSERVATIONS
                        .columns
                        .iter()
                        .map(|c| match c.name {
                            "observation_id" => Value::Text(id),
                            "year" => Value::Int32(2024),
                            "char_start" => Value::Int32(n),
                            name if OBSERVATIONS.order.contains(&name) => Value::Text(&word),
                            _ => Value::Null,
                        })
                        .collect();
                    rows.push(&cells);
                }
            }
            let all: Vec<u32> = (0..rows.height() as u32).collect();
            let key = Key::of(&OBSERVATIONS);
            let order = sorted(&rows, &key, &all);
            assert!(order.is_sorted_by(|a, b| key.compare((&rows, *a), (&rows, *b)).is_lt()));
        }
    }
}
