//! What the batches of the journal do to rows that were there before them, in the tables and in earlier batches.

use super::columns::Columns;
use super::document::DocumentRow;
use super::frame::{Value, text, time};
use super::index::{Id, parse_id};
use super::journal::Manifest;
use super::schema::{BLOCKS, DOCUMENTS, Table};
use super::write::{Amendment, tidy};
use std::collections::{BTreeSet, HashMap};

/// Documents whose rows go or change.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// Documents whose rows of earlier batches (and of the tables) go, by the batch that says so.
    dropped: HashMap<Id, u64>,
    text_dropped: HashMap<Id, u64>,
    current: HashMap<Id, bool>,
    amended: HashMap<Id, Amendment>,
}

/// What happens to the rows of a document.
#[derive(Clone, Copy, Default)]
struct Verdict<'a> {
    dropped: Option<u64>,
    current: Option<bool>,
    amended: Option<&'a Amendment>,
}

impl Effects {
    /// Whether rows of the tables go or change, so that their files have to be searched.
    pub(super) fn touches_tables(&self) -> bool {
        !self.dropped.is_empty() || !self.current.is_empty()
    }

    /// Whether rows of a table may go or change.
    pub(super) fn changes(&self, table: &Table) -> bool {
        self.touches_tables() || table.name == DOCUMENTS.name && !self.amended.is_empty()
    }

    /// Whether a document's rows in the files of a table go or change.
    pub(super) fn touches(&self, table: &Table, id: &Id) -> bool {
        self.dropped_of(table).contains_key(id)
            || (table.has("is_current") && self.current.contains_key(id))
    }

    /// Takes note of the next batch.
    pub(super) fn absorb(&mut self, manifest: &mut Manifest) {
        let keeps: BTreeSet<&String> = manifest.keeps_text.iter().collect();
        for text in &manifest.dropped {
            let Some(id) = parse_id(text) else { continue };
            self.dropped.insert(id, manifest.seq);
            if !keeps.contains(text) {
                self.text_dropped.insert(id, manifest.seq);
            }
            self.current.remove(&id);
            self.amended.remove(&id);
        }
        for (text, current) in std::mem::take(&mut manifest.current) {
            if let Some(id) = parse_id(&text) {
                self.current.insert(id, current);
            }
        }
        for (text, amendment) in std::mem::take(&mut manifest.amended) {
            if let Some(id) = parse_id(&text) {
                self.amended.entry(id).or_default().add(amendment);
            }
        }
    }

    fn dropped_of(&self, table: &Table) -> &HashMap<Id, u64> {
        if table.name == BLOCKS.name {
            &self.text_dropped
        } else {
            &self.dropped
        }
    }

    /// A row of `documents`, written by batch `seq`, as it is after all; `None` where it goes.
    pub(super) fn document(&self, mut row: DocumentRow, seq: u64) -> Option<DocumentRow> {
        let id = parse_id(&row.document_id);
        if let Some(id) = id {
            if self.dropped.get(&id).is_some_and(|by| *by > seq) {
                return None;
            }
            if let Some(amendment) = self.amended.get(&id) {
                amendment.apply(&mut row);
            }
        }
        Some(row)
    }

    /// Those of some rows, written by batch `seq` (0: rows of the tables), that stay; what changes in them is changed.
    pub(super) fn apply(&self, rows: &mut Columns, of: Vec<u32>, seq: u64) -> Vec<u32> {
        let table = rows.table();
        let dropped = self.dropped_of(table);
        let flag = table
            .position("is_current")
            .filter(|_| !self.current.is_empty());
        let amends = table.name == DOCUMENTS.name && !self.amended.is_empty();
        let Some(column) = table.position("document_id") else {
            return of;
        };
        if dropped.is_empty() && flag.is_none() && !amends {
            return of;
        }
        // The rows of a document have one number of its id.
        let mut verdicts: Vec<Option<Verdict<'_>>> = vec![None; rows.values(column) + 1];
        let mut stay = Vec::with_capacity(of.len());
        for row in of {
            let number = rows.id_at(column, row as usize);
            let look = || {
                let id = rows.text_of(column, number).and_then(parse_id);
                id.map_or(Verdict::default(), |id| Verdict {
                    dropped: dropped.get(&id).copied(),
                    current: self.current.get(&id).copied(),
                    amended: self.amended.get(&id),
                })
            };
            let verdict = match verdicts.get_mut(number as usize) {
                Some(known) => *known.get_or_insert_with(look),
                None => look(),
            };
            if verdict.dropped.is_some_and(|by| by > seq) {
                continue;
            }
            if let (Some(flag), Some(current)) = (flag, verdict.current) {
                rows.set(flag, row as usize, Value::Bool(current));
            }
            if let Some(amendment) = verdict.amended.filter(|_| amends) {
                amendment.change(rows, row as usize);
            }
            stay.push(row);
        }
        stay
    }
}

impl Amendment {
    /// What is said later prevails.
    fn add(&mut self, later: Amendment) {
        self.modified_at = later.modified_at.or(self.modified_at);
        if later.supersedes.is_some() {
            self.supersedes = later.supersedes;
        }
        self.remarks.extend(later.remarks);
        if later.catalogue_version.is_some() {
            self.catalogue_version = later.catalogue_version;
        }
    }

    /// Changes a row.
    pub(super) fn apply(&self, row: &mut DocumentRow) {
        row.modified_at = self.modified_at.or(row.modified_at);
        if let Some(supersedes) = &self.supersedes {
            row.supersedes.clone_from(supersedes);
        }
        if let Some(version) = &self.catalogue_version {
            row.catalogue_version.clone_from(version);
        }
        row.warnings.extend(self.remarks.iter().cloned());
        tidy(row);
    }

    /// Changes a row of `documents`, as columns.
    fn change(&self, rows: &mut Columns, at: usize) {
        let mut row = DocumentRow::from_columns(rows, at);
        self.apply(&mut row);
        let warnings = row.warnings.join("\n");
        let cells = [
            ("modified_at", time(row.modified_at)),
            ("supersedes", text(&row.supersedes)),
            ("warnings", text(&warnings)),
            ("catalogue_version", text(&row.catalogue_version)),
        ];
        for (name, value) in cells {
            if let Some(column) = DOCUMENTS.position(name) {
                rows.set(column, at, value);
            }
        }
    }
}
