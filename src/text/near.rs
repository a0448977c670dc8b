//! A binary search that begins where the last one ended.
//!
//! The words and boundaries of a paragraph are asked for by place, one figure after the other: what is wanted next stands
//! next to what was wanted last, and a step or two find it.

use std::cell::Cell;

/// Steps from the last place before a binary search is tried, so that no text makes it slow.
const STEPS: usize = 8;

/// The place that was found last in a sorted list.
#[derive(Debug, Default)]
pub struct Near(Cell<usize>);

impl Near {
    /// How many items stand before the first that is not `before`, as [`slice::partition_point`] has it.
    pub fn first<T>(&self, items: &[T], before: impl Fn(&T) -> bool) -> usize {
        let mut at = self.0.get();
        for _ in 0..STEPS {
            if at > 0 && items.get(at - 1).is_none_or(|last| !before(last)) {
                at -= 1;
            } else if items.get(at).is_some_and(&before) {
                at += 1;
            } else {
                self.0.set(at);
                return at;
            }
        }
        let at = items.partition_point(before);
        self.0.set(at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_a_binary_search_does(
            items in prop::collection::vec(0u32..60, 0..40),
            asked in prop::collection::vec((0u32..62, 0usize..41), 0..20),
        ) {
            let mut items = items;
            items.sort_unstable();
            let near = Near::default();
            for (bound, length) in asked {
                let some = &items[..length.min(items.len())];
                let found = near.first(some, |n| *n < bound);
                prop_assert_eq!(found, some.partition_point(|n| *n < bound));
            }
        }
    }
}
