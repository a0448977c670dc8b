//! What a run is given and what it tells.

use crate::read::{Problem, Reason};
use std::time::{Duration, SystemTime};

/// A file to be loaded, as the walk over folders and archives finds it.
pub trait Source: Send + Sync {
    /// Absolute path, as text; a member of an archive follows its archive's path. Unique within a run.
    fn path(&self) -> &str;
    /// Name of the file.
    fn name(&self) -> &str;
    /// Bytes, as far as known before reading.
    fn size(&self) -> u64;
    /// Time of last change.
    fn modified(&self) -> Option<SystemTime>;
    /// Reads the bytes.
    fn read(&self) -> Result<Vec<u8>, Problem>;
}

/// How to load.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads; 0 for as many as there are cores.
    pub jobs: usize,
    /// Most files of a batch.
    pub batch_files: usize,
    /// Most bytes of a batch (a larger file is a batch of its own).
    pub batch_bytes: u64,
    /// How long a batch may wait for others before it is on the disk: what a kill may lose.
    pub patience: Duration,
    /// Read documents again that are there and current.
    pub again: bool,
    /// Area that the caller prescribes: documents stored with another one are read again.
    pub area: Option<String>,
    /// Year that the caller prescribes.
    pub year: Option<i32>,
    /// Arguments of the command, for `loads.options`.
    pub arguments: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            jobs: 0,
            batch_files: 64,
            batch_bytes: 64 << 20,
            patience: Duration::ZERO,
            again: false,
            area: None,
            year: None,
            arguments: String::new(),
        }
    }
}

/// Told of progress, from several threads.
pub trait Observer: Sync {
    /// A file is done: its bytes, and whether it was rejected.
    fn file(&self, bytes: u64, rejected: bool);
    /// What has been read so far is on the disk.
    fn committed(&self) {}
    /// What was committed is being merged into the tables.
    fn merging(&self) {}
    /// Asked before each file: whether to stop. The batch at work is finished and committed first.
    fn stops(&self) -> bool {
        false
    }
}

/// Observes nothing.
impl Observer for () {
    fn file(&self, _: u64, _: bool) {}
}

/// Files or parts that were not read for the same reason, for the closing summary.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// How many.
    pub count: u64,
    /// Path of the first.
    pub path: String,
    /// Part of it; empty for the whole.
    pub part: String,
    /// Why.
    pub reason: Reason,
    /// What happened, and what to do.
    pub detail: String,
}

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Files seen.
    pub files: u64,
    /// Documents read and stored, those read again included.
    pub documents: u64,
    /// Of those, documents that were there before.
    pub again: u64,
    /// Files whose document was there already and current.
    pub unchanged: u64,
    /// Of those, the ones of which a part was not read when they were.
    pub unchanged_partial: u64,
    /// Files with the bytes of another file.
    pub duplicates: u64,
    /// Documents that a newer version has replaced.
    pub superseded: u64,
    /// Of those, the ones that a corrected submission of another path has replaced.
    pub corrected: u64,
    /// Those corrections, the newer path before the older; only the first.
    pub corrections: Vec<(String, String)>,
    /// The run was asked to stop; what it had not begun is left to the next.
    pub stopped: bool,
    /// Files not read.
    pub rejected: u64,
    /// Documents of which a part was not read.
    pub partial: u64,
    /// Figures found.
    pub quantities: u64,
    /// Figures bound to the catalogue.
    pub observations: u64,
    /// Different indicators among them.
    pub indicators: u64,
    /// Remarks on documents.
    pub warnings: u64,
    /// Bytes read.
    pub bytes: u64,
    /// A document that was read and has observations: something to look at.
    pub sample: Option<String>,
    /// Rejects, the same reason and detail taken together; only the first kinds.
    pub rejects: Vec<Rejected>,
    /// Time taken.
    pub elapsed: Duration,
}
