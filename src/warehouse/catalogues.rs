//! What the catalogues that documents in force were read with consisted of, by version: `.zhibiao/catalogues.zst`.
//!
//! A new catalogue is compared with them, so that `rebind` need only analyse what the difference can touch. To the warehouse
//! each is a JSON value that [`crate::catalogue::Record`] understands. It is written in the commit that brings the first
//! document of its version, and goes with the last one. Where the file is not there (an older version wrote the
//! warehouse) or cannot be read, nothing is known, and everything is analysed.

use super::commit::{OWN, Staging};
use super::error::{Error, at};
use super::write::Writer;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the file.
const NAME: &str = "catalogues.zst";
/// Largest file, unpacked, that is read: no list of catalogues is so long.
const LARGEST: usize = 1 << 30;
/// Strength of compression: the texts of one's own pipelines come again in every version.
const LEVEL: i32 = 3;

/// Its path in the warehouse.
pub(super) fn name() -> String {
    format!("{OWN}/{NAME}")
}

/// The catalogues of a warehouse by their versions; none where they are not known.
pub fn read(root: &Path) -> BTreeMap<String, Value> {
    std::fs::read(root.join(OWN).join(NAME))
        .ok()
        .and_then(|packed| unpack(&packed))
        .unwrap_or_default()
}

/// What a file says; nothing where it is damaged.
pub(super) fn unpack(packed: &[u8]) -> Option<BTreeMap<String, Value>> {
    let mut reader = zstd::Decoder::new(packed).ok()?;
    let mut text = Vec::new();
    let mut limited = std::io::Read::take(&mut reader, LARGEST as u64);
    std::io::Read::read_to_end(&mut limited, &mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

impl Writer {
    /// Stages the catalogues of the documents in force.
    pub(super) fn catalogues(&self, staging: &Staging) -> Result<(), Error> {
        let mut all = read(&self.root);
        let indicators = self.indicators();
        if let Some(record) = &indicators.record {
            match all.get_mut(&indicators.version) {
                // Two that go by one version (programs built from different sources): which of them a document was read with is
                // not known.
                Some(known) if known != record => *known = Value::Null,
                Some(_) => {}
                None => {
                    all.insert(indicators.version.clone(), record.clone());
                }
            }
        }
        let used = self.index.versions();
        all.retain(|version, _| used.contains(version.as_str()));
        let target = name();
        let path = self.root.join(&target);
        if all.is_empty() {
            if path.exists() {
                staging.remove(&target);
            }
            return Ok(());
        }
        let text = serde_json::to_vec(&all).unwrap_or_default();
        let packed = zstd::encode_all(text.as_slice(), LEVEL).map_err(at(&path))?;
        staging.put(&target, &packed).map(|_| ())
    }
}
