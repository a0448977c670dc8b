//! A list that grows by pieces. A `Vec` that has no room for one more takes three times its size for a moment, and up to
//! twice its size from then on; the index of a province's reports is most of what a long run holds.

/// Items of a piece.
const PIECE: usize = 4096;

/// Items that keep their places.
#[derive(Debug)]
pub(super) struct Slots<T>(Vec<Vec<T>>);

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots(Vec::new())
    }
}

impl<T> Slots<T> {
    pub(super) fn len(&self) -> usize {
        match self.0.split_last() {
            Some((last, full)) => full.len() * PIECE + last.len(),
            None => 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at / PIECE)?.get(at % PIECE)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.0.get_mut(at / PIECE)?.get_mut(at % PIECE)
    }

    pub(super) fn push(&mut self, item: T) {
        match self.0.last_mut() {
            Some(last) if last.len() < PIECE => last.push(item),
            // The first piece is as large as need be: most warehouses are small.
            None => self.0.push(vec![item]),
            Some(_) => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(item);
                self.0.push(piece);
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_found_at_its_place() {
        let mut slots = Slots::default();
        assert!(slots.is_empty() && slots.get(0).is_none());
        for n in 0..3 * PIECE + 5 {
            assert_eq!(slots.len(), n);
            slots.push(n);
        }
        assert!(slots.iter().enumerate().all(|(at, n)| at == *n));
        for at in [0, PIECE - 1, PIECE, 3 * PIECE + 4] {
            assert_eq!(slots.get(at), Some(&at));
            *slots.get_mut(at).unwrap() += 1;
            assert_eq!(slots.get(at), Some(&(at + 1)));
        }
        assert!(slots.get(3 * PIECE + 5).is_none());
    }
}
