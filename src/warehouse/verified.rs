//! Files that were hashed again, and were what they had been.
//!
//! A file whose time of last change is not clearly earlier than the run that read it may have changed again within the
//! clock's tick, or may carry a time of the future: its time does not prove that it is the same, and it is hashed by the next
//! run. What that run finds is kept here, so that the run after it does not open the file. Nothing else depends on this file:
//! where it is lost, or not what it should be, files are hashed once more.

use super::error::{Error, at};
use super::index::Id;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Name of the file, in the warehouse's own folder: for each document its id and the time, 40 bytes.
const NAME: &str = "verified";
const ROW: usize = 40;

/// Documents and the times of last change of their files, as they were when the bytes were compared.
#[derive(Debug, Default)]
pub(super) struct Verified {
    path: PathBuf,
    times: HashMap<Id, i64>,
    changed: bool,
}

impl Verified {
    /// What earlier runs have found.
    pub(super) fn open(own: &Path) -> Self {
        let path = own.join(NAME);
        let bytes = std::fs::read(&path).unwrap_or_default();
        let rows = bytes.chunks_exact(ROW).filter_map(|row| {
            let (id, time) = row.split_first_chunk::<32>()?;
            Some((*id, i64::from_le_bytes(*time.first_chunk()?)))
        });
        Verified {
            times: rows.collect(),
            path,
            changed: false,
        }
    }

    /// Whether a document's file of this time of last change had the document's bytes.
    pub(super) fn is_same(&self, id: &Id, modified_at: i64) -> bool {
        self.times.get(id) == Some(&modified_at)
    }

    /// The file of this time of last change has the document's bytes.
    pub(super) fn note(&mut self, id: Id, modified_at: i64) {
        self.changed |= self.times.insert(id, modified_at) != Some(modified_at);
    }

    /// Writes what was found, of the documents that are still there.
    pub(super) fn save(&mut self, is_there: impl Fn(&Id) -> bool) -> Result<(), Error> {
        if !self.changed {
            return Ok(());
        }
        self.times.retain(|id, _| is_there(id));
        let mut rows: Vec<_> = self.times.iter().collect();
        rows.sort_unstable();
        let mut bytes = Vec::with_capacity(rows.len() * ROW);
        for (id, time) in rows {
            bytes.extend(id);
            bytes.extend(time.to_le_bytes());
        }
        let part = self.path.with_extension("part");
        std::fs::write(&part, bytes).map_err(at(&part))?;
        std::fs::rename(&part, &self.path).map_err(at(&self.path))?;
        self.changed = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_there_the_next_time_and_damage_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let mut verified = Verified::open(dir.path());
        for n in 0..3 {
            verified.note([n; 32], 5);
        }
        verified.note([1; 32], 7);
        verified.save(|id| id[0] != 2).unwrap();
        let again = Verified::open(dir.path());
        let is = |n, time| again.is_same(&[n; 32], time);
        assert!(is(0, 5) && is(1, 7));
        assert!(!is(1, 5) && !is(2, 5) && !is(3, 5));
        let path = dir.path().join(NAME);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..ROW + 3]).unwrap();
        let cut = Verified::open(dir.path());
        assert!(cut.is_same(&[0; 32], 5) && !cut.is_same(&[1; 32], 7));
    }
}
