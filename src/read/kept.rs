//! What was made of parts that one document after the other has.
//!
//! Documents of one template have the same styles and numbering, byte for byte, and in a report that Word made these are
//! ten times the text. What was made of the last few such parts is kept by thread and found by the packed bytes: the next
//! document neither unpacks nor reads them.

use super::package::Packed;
use std::rc::Rc;

/// Parts of one kind that are kept.
const MOST: usize = 8;
/// Largest part that is kept: packed, and unpacked.
const LARGEST: (usize, u64) = (64 << 10, 1 << 20);

/// What was made of the last few parts of a kind, the last used at the end.
pub(crate) struct Kept<T>(Vec<(Key, Rc<T>)>);

/// A part as it is packed.
struct Key {
    bytes: Box<[u8]>,
    size: u64,
    sum: u32,
}

impl Key {
    fn is(&self, part: &Packed<'_>) -> bool {
        self.size == part.size && self.sum == part.sum && *self.bytes == *part.bytes
    }
}

impl<T> Kept<T> {
    /// Nothing yet.
    pub const fn new() -> Kept<T> {
        Kept(Vec::new())
    }

    /// What was made of this part.
    pub fn get(&mut self, part: &Packed<'_>) -> Option<Rc<T>> {
        let at = self.0.iter().rposition(|(key, _)| key.is(part))?;
        self.0.get_mut(at..)?.rotate_left(1);
        self.0.last().map(|(_, made)| made.clone())
    }

    /// Keeps what was made of a part, unless it is large, instead of what was not asked for longest.
    pub fn put(&mut self, part: &Packed<'_>, made: &Rc<T>) {
        if part.bytes.len() > LARGEST.0 || part.size > LARGEST.1 {
            return;
        }
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        let key = Key {
            bytes: part.bytes.into(),
            size: part.size,
            sum: part.sum,
        };
        self.0.push((key, made.clone()));
    }
}
