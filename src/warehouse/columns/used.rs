//! Values by the order in which they are met: what a piece of rows uses of a column becomes its own list, numbered from 1.

/// Memory for it, used again from column to column.
#[derive(Debug, Default)]
pub(super) struct Used {
    /// The numbers of the values met, in order.
    pub(super) ids: Vec<u32>,
    /// Of each value its new number; 0 for one not met.
    map: Vec<u32>,
}

impl Used {
    /// Replaces the numbers of values (0 for none) among so many by numbers in the order in which they are met.
    pub(super) fn number(&mut self, cells: &mut [u32], values: usize) {
        self.ids.clear();
        if self.map.len() <= values {
            self.map.resize(values + 1, 0);
        }
        for id in cells.iter_mut().filter(|id| **id != 0) {
            let Some(new) = self.map.get_mut(*id as usize) else {
                continue;
            };
            if *new == 0 {
                self.ids.push(*id);
                *new = self.ids.len() as u32;
            }
            *id = *new;
        }
        for id in &self.ids {
            if let Some(new) = self.map.get_mut(*id as usize) {
                *new = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_as_they_are_met() {
        let mut used = Used::default();
        let mut cells = [7, 0, 3, 7, 9];
        used.number(&mut cells, 9);
        assert_eq!(
            (cells, used.ids.as_slice()),
            ([1, 0, 2, 1, 3], &[7, 3, 9][..])
        );
        let mut cells = [3, 3];
        used.number(&mut cells, 9);
        assert_eq!((cells, used.ids.as_slice()), ([1, 1], &[3][..]));
    }
}
