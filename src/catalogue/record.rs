//! What a catalogue consisted of, as a warehouse keeps it beside the documents that were read with it.
//!
//! The program's own files are named by their digest: the program still has them, or it is another one and everything is
//! read anew. Files of the user's own are kept as they were, since the user may have changed them since.

use super::{Catalogue, domain_of};
use crate::builtin;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A catalogue by its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the program.
    program: String,
    /// Digest of its pipelines, language, forms and checks.
    pipelines: String,
    /// Digest of what else of it says how a report is read: units, figures that are none, agencies, areas.
    others: String,
    /// Name and text of the user's files.
    files: Vec<(String, String)>,
}

/// The user's files that say how every report is read.
const GOVERNING: [&str; 3] = ["language.toml", "forms.toml", "checks.toml"];

impl Record {
    /// Of the program with some files of the user's.
    fn new(files: &[(String, String)]) -> Record {
        let mut others = Sha256::new();
        for table in builtin::tables() {
            others.update(table.name);
            others.update(table.text);
        }
        others.update(include_str!("../../pipelines/areas.csv"));
        let others = others.finalize();
        Record {
            program: env!("CARGO_PKG_VERSION").to_string(),
            pipelines: builtin::digest().to_string(),
            others: others.iter().map(|b| format!("{b:02x}")).collect(),
            files: files.to_vec(),
        }
    }

    /// Whether the same program reads every report in the same way with both, their pipelines aside.
    fn governs_like(&self, other: &Record) -> bool {
        let own = |r: &Record| (r.program.clone(), r.pipelines.clone(), r.others.clone());
        let governing = |r: &Record| {
            let files = r.files.iter();
            let governing = files.filter(|(name, _)| GOVERNING.contains(&name.as_str()));
            governing.cloned().collect::<Vec<_>>()
        };
        own(self) == own(other) && governing(self) == governing(other)
    }
}

impl Catalogue {
    /// What this catalogue consists of.
    pub fn record(&self) -> Record {
        Record::new(&self.extra)
    }

    /// The catalogue of a record; nothing where it cannot be had any more, or where more than its vocabulary and indicators
    /// differs from this one.
    pub(super) fn recorded(&self, record: &Record) -> Option<Catalogue> {
        if !self.record().governs_like(record) {
            return None;
        }
        let old = Catalogue::with(&record.files).ok()?;
        (old.agencies() == self.agencies()).then_some(old)
    }

    /// What the pipelines say of agencies.
    fn agencies(&self) -> String {
        let all = self
            .sources
            .iter()
            .filter(|s| !s.brief().department.is_empty());
        all.map(|s| format!("{} {:?}\n", domain_of(s), s.brief().department))
            .collect()
    }
}
