//! What is loaded already: small enough to be kept in memory for the whole of a run, and enough to decide for each file
//! whether it has to be opened, hashed or read.

use super::document::{DocumentRow, Status};
use std::collections::HashMap;
use std::sync::Arc;

/// SHA-256 of a document.
pub type Id = [u8; 32];

/// A document that is in the warehouse.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its path.
    pub path: Arc<str>,
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

/// All documents by identity, and the current ones by path.
#[derive(Debug, Default)]
pub struct Index {
    by_id: HashMap<Id, Known>,
    by_path: HashMap<Arc<str>, Id>,
    interned: HashMap<String, Arc<str>>,
    last_run: i64,
}

impl Index {
    /// From the rows of `documents`.
    pub fn new(rows: impl IntoIterator<Item = DocumentRow>) -> Self {
        let mut index = Index::default();
        let mut links = Vec::new();
        for row in rows {
            let Some(id) = parse_id(&row.document_id) else {
                continue;
            };
            if let Some(older) = parse_id(&row.supersedes) {
                links.push((id, older));
            }
            index.put(id, &row);
        }
        for (newer, older) in links {
            if let Some(known) = index.by_id.get_mut(&older) {
                known.superseded_by = Some(newer);
            }
        }
        index.by_path = index
            .by_id
            .iter()
            .filter(|(_, k)| k.superseded_by.is_none())
            .map(|(id, k)| (k.path.clone(), *id))
            .collect();
        index
    }

    /// Number of document versions.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether nothing is loaded.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Start of the latest run that read a document that is still there.
    pub fn last_run(&self) -> i64 {
        self.last_run
    }

    /// A document.
    pub fn get(&self, id: &Id) -> Option<&Known> {
        self.by_id.get(id)
    }

    /// Every document version, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&Id, &Known)> {
        self.by_id.iter()
    }

    /// The current document of a path.
    pub fn current_at(&self, path: &str) -> Option<(Id, &Known)> {
        let id = self.by_path.get(path)?;
        Some((*id, self.by_id.get(id)?))
    }

    /// Enters a stored document as the current one of its path. Its links are kept where it was known.
    pub fn put(&mut self, id: Id, row: &DocumentRow) {
        self.last_run = self.last_run.max(row.ingested_at);
        let path: Arc<str> = Arc::from(row.path.as_str());
        let old = self.by_id.get(&id);
        let known = Known {
            path: path.clone(),
            size: row.size_bytes,
            modified_at: row.modified_at,
            ingested_at: row.ingested_at,
            status: row.status,
            catalogue: intern(&mut self.interned, &row.catalogue_version),
            ref_area: intern(&mut self.interned, &row.ref_area),
            year: row.year,
            superseded_by: old.and_then(|o| o.superseded_by),
            supersedes: parse_id(&row.supersedes),
        };
        let current = known.superseded_by.is_none();
        let before = self.by_id.insert(id, known).map(|k| k.path);
        if let Some(before) = before.filter(|b| *b != path && self.by_path.get(b) == Some(&id)) {
            self.by_path.remove(&before);
        }
        if current {
            self.by_path.insert(path, id);
        }
    }

    /// Sets or clears what a document is superseded by.
    pub fn supersede(&mut self, older: &Id, newer: Option<Id>) {
        let Some(known) = self.by_id.get_mut(older) else {
            return;
        };
        known.superseded_by = newer;
        let path = known.path.clone();
        match newer {
            // The path may have another current document: then this one is about to be found under another path.
            None => {
                self.by_path.entry(path).or_insert(*older);
            }
            Some(_) => {
                if self.by_path.get(&path) == Some(older) {
                    self.by_path.remove(&path);
                }
            }
        }
    }
}

fn intern(table: &mut HashMap<String, Arc<str>>, text: &str) -> Arc<str> {
    if let Some(known) = table.get(text) {
        return known.clone();
    }
    let shared: Arc<str> = Arc::from(text);
    table.insert(text.to_owned(), shared.clone());
    shared
}

/// The bytes of a hexadecimal id.
pub fn parse_id(text: &str) -> Option<Id> {
    let mut id = Id::default();
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (i, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(id)
}

/// An id as written in the tables.
pub fn id_text(id: &Id) -> String {
    super::rows::hexadecimal(id)
}
