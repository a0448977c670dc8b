//! The numbers of cells' values, as narrow as they are: most columns have fewer than 256 values in a batch.

use std::ops::Range;

/// Numbers, each with 1, 2 or 4 bytes.
#[derive(Clone, Debug)]
pub(super) enum Ids {
    Byte(Vec<u8>),
    Short(Vec<u16>),
    Wide(Vec<u32>),
}

impl Default for Ids {
    fn default() -> Self {
        Ids::Byte(Vec::new())
    }
}

impl Ids {
    pub(super) fn len(&self) -> usize {
        match self {
            Ids::Byte(all) => all.len(),
            Ids::Short(all) => all.len(),
            Ids::Wide(all) => all.len(),
        }
    }

    pub(super) fn clear(&mut self) {
        match self {
            Ids::Byte(all) => all.clear(),
            Ids::Short(all) => all.clear(),
            Ids::Wide(all) => all.clear(),
        }
    }

    /// So many numbers up to `most` are about to be added, and then perhaps none.
    pub(super) fn reserve(&mut self, count: usize, most: u32) {
        self.fit(most);
        match self {
            Ids::Byte(all) => all.reserve_exact(count),
            Ids::Short(all) => all.reserve_exact(count),
            Ids::Wide(all) => all.reserve_exact(count),
        }
    }

    /// Bytes of one number.
    pub(super) fn width(&self) -> usize {
        match self {
            Ids::Byte(_) => 1,
            Ids::Short(_) => 2,
            Ids::Wide(_) => 4,
        }
    }

    /// The number of a row; 0 for one that is not there.
    pub(super) fn get(&self, row: usize) -> u32 {
        match self {
            Ids::Byte(all) => all.get(row).copied().map(u32::from),
            Ids::Short(all) => all.get(row).copied().map(u32::from),
            Ids::Wide(all) => all.get(row).copied(),
        }
        .unwrap_or(0)
    }

    pub(super) fn push(&mut self, id: u32) {
        self.fit(id);
        match self {
            Ids::Byte(all) => all.push(id as u8),
            Ids::Short(all) => all.push(id as u16),
            Ids::Wide(all) => all.push(id),
        }
    }

    pub(super) fn extend(&mut self, ids: &[u32]) {
        self.fit(ids.iter().copied().max().unwrap_or(0));
        match self {
            Ids::Byte(all) => all.extend(ids.iter().map(|id| *id as u8)),
            Ids::Short(all) => all.extend(ids.iter().map(|id| *id as u16)),
            Ids::Wide(all) => all.extend(ids),
        }
    }

    pub(super) fn repeat(&mut self, id: u32, times: usize) {
        self.fit(id);
        match self {
            Ids::Byte(all) => all.resize(all.len() + times, id as u8),
            Ids::Short(all) => all.resize(all.len() + times, id as u16),
            Ids::Wide(all) => all.resize(all.len() + times, id),
        }
    }

    pub(super) fn set(&mut self, row: usize, id: u32) {
        self.fit(id);
        match self {
            Ids::Byte(all) => put(all, row, id as u8),
            Ids::Short(all) => put(all, row, id as u16),
            Ids::Wide(all) => put(all, row, id),
        }
    }

    /// Appends the numbers of some rows to `out`.
    pub(super) fn gather(&self, rows: &[u32], out: &mut Vec<u32>) {
        match self {
            Ids::Byte(all) => pick(all, rows, out),
            Ids::Short(all) => pick(all, rows, out),
            Ids::Wide(all) => pick(all, rows, out),
        }
    }

    /// Appends the numbers of some rows as bytes, little-endian.
    pub(super) fn bytes(&self, rows: Range<usize>, out: &mut Vec<u8>) {
        match self {
            Ids::Byte(all) => out.extend(all.get(rows).unwrap_or_default()),
            Ids::Short(all) => {
                let all = all.get(rows).unwrap_or_default();
                out.extend(all.iter().flat_map(|id| id.to_le_bytes()));
            }
            Ids::Wide(all) => {
                let all = all.get(rows).unwrap_or_default();
                out.extend(all.iter().flat_map(|id| id.to_le_bytes()));
            }
        }
    }

    /// Makes the numbers wide enough for one.
    fn fit(&mut self, id: u32) {
        let wide = id > u32::from(u16::MAX);
        match self {
            Ids::Byte(all) if wide => *self = Ids::Wide(all.iter().map(|n| (*n).into()).collect()),
            Ids::Short(all) if wide => *self = Ids::Wide(all.iter().map(|n| (*n).into()).collect()),
            Ids::Byte(all) if id > u32::from(u8::MAX) => {
                *self = Ids::Short(all.iter().map(|n| (*n).into()).collect());
            }
            _ => {}
        }
    }
}

fn put<T>(all: &mut [T], row: usize, id: T) {
    if let Some(cell) = all.get_mut(row) {
        *cell = id;
    }
}

fn pick<T: Copy + Into<u32>>(all: &[T], rows: &[u32], out: &mut Vec<u32>) {
    let of = |row: &u32| all.get(*row as usize).map_or(0, |id| (*id).into());
    out.extend(rows.iter().map(of));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_however_wide_they_become() {
        for most in [200, 60_000, 100_000] {
            let mut ids = Ids::default();
            let all: Vec<u32> = (0..=most).step_by(7).chain([most, 0, 3]).collect();
            let (some, others) = all.split_at(all.len() / 2);
            some.iter().for_each(|id| ids.push(*id));
            ids.extend(others);
            let rows: Vec<u32> = (0..all.len() as u32).collect();
            let mut back = Vec::new();
            ids.gather(&rows, &mut back);
            assert_eq!((back, ids.len()), (all.clone(), all.len()));
            let width = [1, 2, 4].into_iter().find(|w| most >> (8 * w - 1) <= 1);
            assert_eq!(Some(ids.width()), width);
            let mut bytes = Vec::new();
            ids.bytes(all.len() - 2..all.len(), &mut bytes);
            assert_eq!(bytes.len(), 2 * ids.width());
            ids.repeat(5, 2);
            assert_eq!((ids.get(all.len() + 1), ids.len()), (5, all.len() + 2));
            ids.set(0, 99_999);
            assert_eq!(
                (ids.get(0), ids.get(1), ids.get(all.len() + 2)),
                (99_999, 7, 0)
            );
        }
    }
}
