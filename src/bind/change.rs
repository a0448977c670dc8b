//! Which figure a change is one of.
//!
//! A change follows what it changes, but not always at once: 事故12起、死亡10人，同比减少3起、4人 tells two changes after two
//! figures, each in the unit of its own; 分别下降16.1%、14.3% tells them in order; and after an aside in brackets
//! (8642人（5123户），减少6.8%) the figure before the bracket is meant.

use super::aspect::Direction;
use super::unit;
use super::walk::Last;
use crate::quantity::Quantity;

/// Most figures that are remembered.
const LONGEST: usize = 12;

/// The figures of a sentence that a change may be one of.
#[derive(Default)]
pub(super) struct Bases {
    told: Vec<(Last, String, usize)>,
    /// Direction of the change before.
    direction: Option<Direction>,
    /// Place of the base of the next change, where changes are told in order.
    next: Option<usize>,
}

impl Bases {
    /// The sentence is over.
    pub(super) fn clear(&mut self) {
        self.told.clear();
        self.next = None;
    }

    /// Remembers a figure, told within so many brackets.
    pub(super) fn told(&mut self, last: &Last, unit: &str, depth: usize) {
        if self.told.len() >= LONGEST {
            self.told.remove(0);
        }
        self.told.push((last.clone(), unit.to_string(), depth));
        self.next = None;
    }

    /// Direction of a figure: its own, or the one said of the change that it is `joined` to by 、 alone.
    pub(super) fn direction(
        &mut self,
        stated: Option<Direction>,
        joined: bool,
    ) -> Option<Direction> {
        self.direction = stated.or(self.direction.filter(|_| joined));
        self.direction
    }

    /// What the first of these changes is one of, if that is not simply the figure before. `first`: it states its
    /// direction itself.
    pub(super) fn of(
        &mut self,
        changes: Option<&[Quantity]>,
        depth: usize,
        first: bool,
    ) -> Option<Last> {
        let changes = changes?;
        let q = changes.first()?;
        let relative = |q: &Quantity| matches!(q.unit.as_str(), "%" | "百分点" | "倍");
        if first {
            self.next = None;
            if changes.len() > 1 {
                let from = self.told.len().checked_sub(changes.len())?;
                let fits = self
                    .told
                    .get(from..)?
                    .iter()
                    .zip(changes)
                    .all(|((_, unit, _), c)| relative(c) || unit::comparable(unit, &c.unit));
                self.next = fits.then_some(from);
            }
        }
        if let Some(at) = self.next {
            self.next = Some(at + 1);
            return self.told.get(at).map(|(last, ..)| last.clone());
        }
        let inner = self.told.last().is_some_and(|(_, _, d)| *d > depth);
        let mut outer = self.told.iter().rev().filter(|(_, _, d)| *d <= depth);
        if relative(q) {
            return inner
                .then(|| outer.next())
                .flatten()
                .map(|(l, ..)| l.clone());
        }
        outer
            .find(|(_, unit, _)| unit::comparable(unit, &q.unit))
            .map(|(last, ..)| last.clone())
    }
}
