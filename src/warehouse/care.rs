//! Withdrawing documents.
//!
//! A path stands for all versions of its document, an id for that version alone. Where the version that was in force is
//! withdrawn, the one that it had replaced is in force again, if it stays. The run is a row of `loads`, which names the
//! documents.

use super::error::Error;
use super::index::{Id, Index, id_text};
use super::lock;
use super::write::{Batch, LoadRow, Writer};
use std::collections::HashSet;

/// Fewest digits of an id that name a document.
const SHORTEST_ID: usize = 8;

/// What was withdrawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Ids and paths of the documents.
    pub documents: Vec<(String, String)>,
    /// Paths of the older versions that are in force again.
    pub in_force_again: Vec<String>,
}

/// Documents that an absolute path, an id or the beginning of an id stands for, the oldest first.
pub fn find(index: &Index, given: &str, path: &str) -> Vec<Id> {
    let is_id = given.len() >= SHORTEST_ID
        && given.len() <= 64
        && given.bytes().all(|b| b.is_ascii_hexdigit());
    let digits = given.to_ascii_lowercase();
    let mut found: Vec<(i64, Id)> = index
        .iter()
        .filter(|(id, known)| known.is_at(path) || is_id && id_text(id).starts_with(&digits))
        .map(|(id, known)| (known.ingested_at, id))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, id)| id).collect()
}

/// Withdraws documents as one commit.
pub fn forget(writer: &mut Writer, ids: &HashSet<Id>, arguments: &str) -> Result<Forgotten, Error> {
    let mut result = Forgotten::default();
    let mut batch = Batch {
        forgotten: ids.clone(),
        ..Batch::default()
    };
    let index = writer.index();
    let mut again: HashSet<String> = HashSet::new();
    for id in ids {
        if index.get(id).is_none() {
            continue;
        }
        // The nearest older version that stays, and the nearest newer one, take the place of the link.
        let older = nearest(index, *id, ids, |k| k.supersedes);
        let newer = nearest(index, *id, ids, |k| k.superseded_by);
        match (newer, older) {
            (Some(newer), older) => {
                let link = older.map(|o| id_text(&o)).unwrap_or_default();
                batch.amended.entry(newer).or_default().supersedes = Some(link);
            }
            (None, Some(older)) => {
                batch.current.insert(older, true);
                again.insert(id_text(&older));
            }
            (None, None) => {}
        }
    }
    let gone: HashSet<String> = ids.iter().map(id_text).collect();
    let both = gone.union(&again).cloned().collect();
    for (id, row) in writer.rows_of(&both)? {
        if again.contains(&id) {
            result.in_force_again.push(row.path);
        } else {
            result.documents.push((id, row.path));
        }
    }
    result.documents.sort();
    result.in_force_again.sort();
    result.in_force_again.dedup();
    let named: Vec<&str> = result.documents.iter().map(|(id, _)| id.as_str()).collect();
    let now = writer.run_start();
    batch.load = LoadRow {
        started_at: now,
        finished_at: Some(now),
        user_name: lock::user(),
        host: lock::host(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        options: format!("{arguments} [{}]", named.join(" ")),
        ..LoadRow::default()
    };
    let load = batch.load.clone();
    writer.apply(batch)?;
    writer.finish(&load)?;
    Ok(result)
}

/// Follows links from a document to the first that is not among `ids`.
fn nearest(
    index: &Index,
    from: Id,
    ids: &HashSet<Id>,
    link: impl Fn(&super::index::Known) -> Option<Id>,
) -> Option<Id> {
    let mut at = from;
    // Links form no circle; a damaged table must not make this one run for ever.
    for _ in 0..=index.len() {
        at = link(&index.get(&at)?)?;
        if !ids.contains(&at) {
            return Some(at);
        }
    }
    None
}
