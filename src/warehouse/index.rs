//! What is loaded already: small enough to be kept in memory for the whole of a run (about 110 bytes a document
//! version), and enough to decide for each file whether it has to be opened, hashed or read.
//!
//! Paths are kept as digests; texts that repeat (versions of the catalogue) once; links between versions as positions.

use super::document::{DocumentRow, Status};
use super::slots::Slots;
use super::submission;
use hashbrown::HashTable;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// SHA-256 of a document.
pub type Id = [u8; 32];

/// Digest of a path.
type Key = [u8; 16];

/// A document that is in the warehouse.
#[derive(Clone, Debug)]
pub struct Known {
    path: Key,
    /// Bytes.
    pub size: i64,
    /// Time of last change of the file, microseconds.
    pub modified_at: Option<i64>,
    /// Start of the run that read it.
    pub ingested_at: i64,
    /// Ok, partial or rejected.
    pub status: Status,
    /// Catalogue it was read with.
    pub catalogue: Arc<str>,
    /// Area code.
    pub ref_area: Arc<str>,
    /// Year.
    pub year: i32,
    /// The document that replaces it.
    pub superseded_by: Option<Id>,
    /// The document that it replaces.
    pub supersedes: Option<Id>,
}

impl Known {
    /// Whether this is its path.
    pub fn is_at(&self, path: &str) -> bool {
        self.path == digest(path)
    }

    /// Whether both are of one path.
    pub fn is_beside(&self, other: &Known) -> bool {
        self.path == other.path
    }
}

/// No position.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Slot {
    id: Id,
    path: Key,
    submission: u64,
    size: i64,
    modified_at: Option<i64>,
    ingested_at: u32,
    catalogue: u32,
    ref_area: u32,
    superseded_by: u32,
    supersedes: u32,
    year: i16,
    status: Status,
}

/// All documents by identity, and the current ones by path and by submission.
#[derive(Debug, Default)]
pub struct Index {
    slots: Slots<Slot>,
    by_id: HashTable<u32>,
    by_path: HashTable<u32>,
    by_submission: HashTable<u32>,
    texts: Vec<Arc<str>>,
    interned: HashMap<Arc<str>, u32>,
    runs: Vec<i64>,
    last_run: i64,
}

impl Index {
    /// From the rows of `documents`, in any order.
    pub fn new<E>(rows: impl IntoIterator<Item = Result<DocumentRow, E>>) -> Result<Self, E> {
        let mut index = Index::default();
        let mut links = Vec::new();
        for row in rows {
            let row = row?;
            let Some(id) = parse_id(&row.document_id) else {
                continue;
            };
            let at = index.enter(id, &row, submission::key(&row));
            if let Some(older) = parse_id(&row.supersedes) {
                links.push((at, older));
            }
        }
        for (newer, older) in links {
            if let Some(older) = index.position(&older) {
                index.link(newer, older);
            }
        }
        for at in 0..index.slots.len() {
            index.set_current(at as u32, true);
        }
        Ok(index)
    }

    /// Number of document versions.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nothing is loaded.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Start of the latest run that read a document that is still there.
    pub fn last_run(&self) -> i64 {
        self.last_run
    }

    /// A document.
    pub fn get(&self, id: &Id) -> Option<Known> {
        self.known(self.position(id)?)
    }

    /// Every document version, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (Id, Known)> {
        let all = self.slots.iter().enumerate();
        all.filter_map(|(i, s)| Some((s.id, self.known(i as u32)?)))
    }

    /// The latest document of a path. It is current, or one of another path has superseded it.
    pub fn latest_at(&self, path: &str) -> Option<(Id, Known)> {
        let key = digest(path);
        let at = self.by_path.find(hash(&key), |&at| {
            self.slot(at).is_some_and(|s| s.path == key)
        });
        let at = *at?;
        Some((self.slot(at)?.id, self.known(at)?))
    }

    /// The current document of a submission, as [`submission::key`] tells it.
    pub fn current_of(&self, submission: u64) -> Option<(Id, Known)> {
        let at = self.by_submission.find(submission, |&at| {
            self.slot(at).is_some_and(|s| s.submission == submission)
        });
        let at = *at?;
        Some((self.slot(at)?.id, self.known(at)?))
    }

    /// Enters a stored document, of a submission as [`submission::key`] tells it, as the current one of its path. What
    /// supersedes it stays.
    pub fn put(&mut self, id: Id, row: &DocumentRow, submission: Option<u64>) {
        if let Some(at) = self.position(&id) {
            self.unset_current(at);
        }
        let at = self.enter(id, row, submission);
        if let Some(older) = parse_id(&row.supersedes).and_then(|o| self.position(&o))
            && let Some(slot) = self.slots.get_mut(at as usize)
        {
            slot.supersedes = older;
        }
        self.set_current(at, true);
    }

    /// Sets or clears what a document is superseded by.
    pub fn supersede(&mut self, older: &Id, newer: Option<Id>) {
        let Some(at) = self.position(older) else {
            return;
        };
        let path = self.slot(at).map(|s| s.path).unwrap_or_default();
        let newer_at = newer.map(|n| {
            // One that is still to be entered lies at the same path, until it says otherwise.
            self.position(&n).unwrap_or_else(|| self.blank(n, path))
        });
        self.unset_current(at);
        if let Some(slot) = self.slots.get_mut(at as usize) {
            slot.superseded_by = newer_at.unwrap_or(NONE);
        }
        // The path may have another current document: then this one is about to be found under another path.
        self.set_current(at, false);
    }

    /// A document would be read in the same way with this catalogue.
    pub fn restamp(&mut self, id: &Id, version: &str) {
        let catalogue = self.intern(version);
        let at = self.position(id);
        if let Some(slot) = at.and_then(|at| self.slots.get_mut(at as usize)) {
            slot.catalogue = catalogue;
        }
    }

    /// Versions of the catalogues that documents in force were read with.
    pub fn versions(&self) -> HashSet<Arc<str>> {
        let in_force = |s: &&Slot| s.superseded_by == NONE && s.status != Status::Rejected;
        let numbers: HashSet<u32> = self
            .slots
            .iter()
            .filter(in_force)
            .map(|s| s.catalogue)
            .collect();
        let text = |n: u32| self.texts.get(n as usize).cloned();
        numbers.into_iter().filter_map(text).collect()
    }

    /// What tells a file that is loaded and has not changed since: [`stamp`] of the latest document of each path.
    pub fn stamps(&self) -> HashSet<u64> {
        let latest = self.by_path.iter().filter_map(|at| self.slot(*at));
        latest
            .map(|s| fold(&s.path, s.size, s.modified_at))
            .collect()
    }

    fn slot(&self, at: u32) -> Option<&Slot> {
        self.slots.get(at as usize)
    }

    fn position(&self, id: &Id) -> Option<u32> {
        let found = self
            .by_id
            .find(hash(id), |&at| self.slot(at).is_some_and(|s| s.id == *id));
        found.copied()
    }

    fn known(&self, at: u32) -> Option<Known> {
        let s = self.slot(at)?;
        let text = |n: u32| self.texts.get(n as usize).cloned().unwrap_or_default();
        Some(Known {
            path: s.path,
            size: s.size,
            modified_at: s.modified_at,
            ingested_at: self.runs.get(s.ingested_at as usize).copied().unwrap_or(0),
            status: s.status,
            catalogue: text(s.catalogue),
            ref_area: text(s.ref_area),
            year: i32::from(s.year),
            superseded_by: self.slot(s.superseded_by).map(|s| s.id),
            supersedes: self.slot(s.supersedes).map(|s| s.id),
        })
    }

    /// A place for a document that is about to be stored.
    fn blank(&mut self, id: Id, path: Key) -> u32 {
        let at = u32::try_from(self.slots.len()).unwrap_or(NONE);
        self.slots.push(Slot {
            id,
            path,
            submission: 0,
            size: -1,
            modified_at: None,
            ingested_at: NONE,
            catalogue: NONE,
            ref_area: NONE,
            superseded_by: NONE,
            supersedes: NONE,
            year: 0,
            status: Status::Rejected,
        });
        let slots = &self.slots;
        self.by_id.insert_unique(hash(&id), at, |&at| {
            slots.get(at as usize).map_or(0, |s| hash(&s.id))
        });
        at
    }

    /// Writes a row into its place.
    fn enter(&mut self, id: Id, row: &DocumentRow, submission: Option<u64>) -> u32 {
        self.last_run = self.last_run.max(row.ingested_at);
        let at = self
            .position(&id)
            .unwrap_or_else(|| self.blank(id, Key::default()));
        let catalogue = self.intern(&row.catalogue_version);
        let ref_area = self.intern(&row.ref_area);
        let ingested_at = self.run(row.ingested_at);
        if let Some(slot) = self.slots.get_mut(at as usize) {
            *slot = Slot {
                path: digest(&row.path),
                submission: submission.unwrap_or(0),
                size: row.size_bytes,
                modified_at: row.modified_at,
                ingested_at,
                catalogue,
                ref_area,
                supersedes: NONE,
                year: i16::try_from(row.year).unwrap_or(0),
                status: row.status,
                ..*slot
            };
        }
        at
    }

    fn link(&mut self, newer: u32, older: u32) {
        if let Some(slot) = self.slots.get_mut(older as usize) {
            slot.superseded_by = newer;
        }
        if let Some(slot) = self.slots.get_mut(newer as usize) {
            slot.supersedes = older;
        }
    }

    /// Where a document is the latest of its path, it is found by that; where it is in force, by its submission. A document
    /// that one of another path has superseded (a corrected submission) is still the latest of its own. `prevails` over
    /// another document in force at the path.
    fn set_current(&mut self, at: u32, prevails: bool) {
        let slots = &self.slots;
        let of = |at: u32| slots.get(at as usize);
        let Some(slot) = of(at) else { return };
        let in_force = slot.superseded_by == NONE;
        let path = slot.path;
        if !in_force && of(slot.superseded_by).is_some_and(|newer| newer.path == path) {
            return;
        }
        let entry = self.by_path.entry(
            hash(&path),
            |&o| of(o).is_some_and(|o| o.path == path),
            |&o| of(o).map_or(0, |o| hash(&o.path)),
        );
        let yields = |o: u32| of(o).is_none_or(|o| o.superseded_by != NONE);
        entry
            .and_modify(|o| {
                if in_force && (prevails || yields(*o)) {
                    *o = at;
                }
            })
            .or_insert(at);
        let submission = slot.submission;
        if in_force && submission != 0 {
            let entry = self.by_submission.entry(
                submission,
                |&o| of(o).is_some_and(|o| o.submission == submission),
                |&o| of(o).map_or(0, |o| o.submission),
            );
            entry.and_modify(|o| *o = at).or_insert(at);
        }
    }

    fn unset_current(&mut self, at: u32) {
        let Some(slot) = self.slots.get(at as usize) else {
            return;
        };
        if let Ok(entry) = self.by_path.find_entry(hash(&slot.path), |&o| o == at) {
            entry.remove();
        }
        if let Ok(entry) = self.by_submission.find_entry(slot.submission, |&o| o == at) {
            entry.remove();
        }
    }

    fn run(&mut self, start: i64) -> u32 {
        // The latest run is asked for most.
        let found = self.runs.iter().rposition(|r| *r == start);
        let at = found.unwrap_or_else(|| {
            self.runs.push(start);
            self.runs.len() - 1
        });
        u32::try_from(at).unwrap_or(NONE)
    }

    fn intern(&mut self, text: &str) -> u32 {
        if let Some(known) = self.interned.get(text) {
            return *known;
        }
        let shared: Arc<str> = Arc::from(text);
        let at = u32::try_from(self.texts.len()).unwrap_or(NONE);
        self.texts.push(shared.clone());
        self.interned.insert(shared, at);
        at
    }
}

fn digest(path: &str) -> Key {
    let mut key = Key::default();
    for (to, from) in key.iter_mut().zip(Sha256::digest(path.as_bytes())) {
        *to = from;
    }
    key
}

/// A digest of path, size and time of last change (microseconds).
pub fn stamp(path: &str, size: u64, modified_at: Option<i64>) -> u64 {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    fold(&digest(path), size, modified_at)
}

fn fold(path: &Key, size: i64, modified_at: Option<i64>) -> u64 {
    let mix = |n: i64, by: u64| (n as u64).wrapping_mul(by).rotate_left(29);
    hash(path)
        ^ mix(size, 0x9E37_79B9_7F4A_7C15)
        ^ mix(modified_at.unwrap_or(i64::MIN), 0xC2B2_AE3D_27D4_EB4F)
}

/// Digests are random already.
fn hash(digest: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = *from;
    }
    u64::from_le_bytes(bytes)
}

/// The bytes of a hexadecimal id.
pub fn parse_id(text: &str) -> Option<Id> {
    let mut id = Id::default();
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != id.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in id.iter_mut().zip(pairs) {
        let digit = |c: &u8| char::from(*c).to_digit(16);
        *byte = (digit(high)? << 4 | digit(low)?) as u8;
    }
    Some(id)
}

/// An id as written in the tables.
pub fn id_text(id: &Id) -> String {
    super::rows::hexadecimal(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u8, path: &str, supersedes: Option<u8>) -> DocumentRow {
        DocumentRow {
            document_id: id_text(&[id; 32]),
            path: path.into(),
            file_name: String::new(),
            format: String::new(),
            title: String::new(),
            agency: String::new(),
            ref_area: "430423".into(),
            year: 2024,
            period: String::new(),
            size_bytes: i64::from(id),
            modified_at: None,
            ingested_at: 7,
            blocks: 0,
            tables: 0,
            quantities: 0,
            observations: 0,
            status: Status::Ok,
            warnings: Vec::new(),
            catalogue_version: "1".into(),
            supersedes: supersedes.map(|s| id_text(&[s; 32])).unwrap_or_default(),
        }
    }

    fn at(index: &Index, path: &str) -> Option<u8> {
        index.latest_at(path).map(|(id, _)| id[0])
    }

    #[test]
    fn versions_are_linked_in_any_order() {
        let rows = [
            row(2, "/a", Some(1)),
            row(1, "/a", None),
            row(3, "/b", None),
        ];
        for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0]] {
            let rows = order.map(|i| Ok::<_, ()>(rows[i].clone()));
            let mut index = Index::new(rows).unwrap();
            assert_eq!((at(&index, "/a"), at(&index, "/b")), (Some(2), Some(3)));
            let known = index.get(&[1; 32]).unwrap();
            assert_eq!(known.superseded_by, Some([2; 32]));
            assert!(known.is_at("/a") && !known.is_at("/b"));
            assert_eq!((known.ingested_at, &*known.catalogue), (7, "1"));
            // A third version, and back.
            index.supersede(&[2; 32], Some([4; 32]));
            assert_eq!(at(&index, "/a"), None);
            index.put([4; 32], &row(4, "/a", Some(2)), None);
            assert_eq!(at(&index, "/a"), Some(4));
            assert_eq!(index.get(&[4; 32]).unwrap().supersedes, Some([2; 32]));
            index.supersede(&[2; 32], None);
            assert_eq!(at(&index, "/a"), Some(4), "the path is taken");
            // It turns up elsewhere.
            index.put([2; 32], &row(2, "/c", Some(1)), None);
            assert_eq!((at(&index, "/a"), at(&index, "/c")), (Some(4), Some(2)));
            index.put([2; 32], &row(2, "/d", Some(1)), None);
            assert_eq!((at(&index, "/c"), at(&index, "/d")), (None, Some(2)));
            assert_eq!(index.len(), 4);
        }
    }
}
