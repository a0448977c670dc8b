//! From paths to files: walks folders, opens archives (zip, 7z, nested), and gives each file as bytes with its name and
//! its folders.
//!
//! * What is an archive, its bytes say, not its name: a report may be a zip container and an archive be called `.dat`.
//!   A folder in an archive is a folder, and the archive is one too.
//! * The order is that of the paths and does not depend on the file system.
//! * Nothing waits or runs on: FIFOs and devices are not opened, links are followed but never in a circle, sizes are
//!   bounded by [`Limits`], and of an archive one member at a time is in memory.
//! * What cannot be read is a file all the same, whose [`File::bytes`] say why, so that it becomes a reject.
//! * Files that programs keep for themselves are left out and counted ([`Listing::ignored`]): lock files of Office
//!   (`~$…`, up to 1 kB), `.~lock.…#`, `._…` and `__MACOSX` and `.DS_Store` of macOS, `Thumbs.db`, `desktop.ini`, hidden
//!   folders, and hidden files without the extension of a document. A path given by name is read whatever it is called.

mod ahead;
mod archive;
mod blob;
mod names;
mod sevenz;
mod walk;
mod zipped;

pub use ahead::ahead;

use crate::read::{Limits, Reject};
use archive::{Member, too_large};
use blob::{Stamp, changing, unreadable};
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// A file to read.
#[derive(Clone)]
pub struct File {
    /// Absolute path; `…/a.zip/inner/b.docx` for a member of an archive. Unique: where two files have one path as
    /// text, the second ends in `#2`.
    pub path: String,
    /// File name.
    pub name: String,
    /// Names of the enclosing folders and archives below the path that was given, outermost first.
    pub folders: Vec<String>,
    /// Size in bytes, as the file system or the archive says.
    pub size: u64,
    /// When it, or its archive, was last changed.
    pub modified: Option<SystemTime>,
    from: From,
}

#[derive(Clone)]
enum From {
    /// With its bytes, until they are asked for, where they were read already.
    Disk(PathBuf, Arc<Limits>, Option<Ahead>),
    Member(Arc<Member>, Arc<Limits>),
    Nowhere(Reject),
}

type Ahead = Arc<Mutex<Option<Vec<u8>>>>;

/// The files found.
#[derive(Default)]
pub struct Listing {
    /// In the order of their paths.
    pub files: Vec<File>,
    /// Number of files and folders that programs keep for themselves, which were left out.
    pub ignored: u64,
}

/// How often a file is read again that changed while it was read.
const ATTEMPTS: usize = 3;

impl File {
    fn disk(
        path: &Path,
        folders: Vec<String>,
        stamp: Stamp,
        limits: &Arc<Limits>,
        bytes: Option<Vec<u8>>,
    ) -> File {
        let ahead = bytes.map(|bytes| Arc::new(Mutex::new(Some(bytes))));
        File {
            path: names::text(path),
            name: walk::name(path),
            folders,
            size: stamp.len,
            modified: stamp.modified,
            from: From::Disk(path.to_path_buf(), limits.clone(), ahead),
        }
    }

    /// The file on disk: itself, or the archive that it is in. `None` where there is none that can be read.
    pub fn disk_path(&self) -> Option<&Path> {
        match &self.from {
            From::Nowhere(_) => None,
            From::Disk(path, ..) => Some(path),
            From::Member(member, _) => Some(member.of.disk()),
        }
    }

    /// Its bytes.
    ///
    /// # Errors
    /// Why they cannot be had.
    pub fn bytes(&self) -> Result<Vec<u8>, Reject> {
        match &self.from {
            From::Nowhere(reject) => Err(reject.clone()),
            From::Disk(path, limits, ahead) => {
                let taken = ahead.as_ref().and_then(|bytes| {
                    let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                    bytes.take()
                });
                taken.map_or_else(|| read(path, limits), Ok)
            }
            From::Member(member, limits) => member.bytes(limits),
        }
    }
}

/// The bytes of a file on disk.
///
/// A FIFO or device is not opened, a file over the limit not read, and one that changes while it is read is read again.
///
/// # Errors
/// Why they cannot be had.
pub fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, Reject> {
    for _ in 0..ATTEMPTS {
        let (file, before) = blob::open(path)?;
        if before.len > limits.file {
            return Err(too_large(before.len, limits.file));
        }
        if let Some(bytes) = blob::whole(&file, before).map_err(|e| unreadable(&e))? {
            return Ok(bytes);
        }
    }
    Err(changing())
}

/// A path as text, as [`File::path`] spells it.
pub fn path_text(path: &Path) -> String {
    names::text(path)
}

/// The files under some paths, in the order of their paths, archives opened. `except` is a folder that is not visited.
pub fn walk(paths: &[PathBuf], limits: &Limits, except: Option<&Path>) -> Listing {
    walk::Walk::new(paths, limits, except).run()
}

/// The files under some paths, found as they are asked for: memory does not grow with their number (but for eight bytes
/// each). Folder by folder in the order of their names, folders behind links last.
pub struct Files {
    walk: walk::Walk,
    found: std::vec::IntoIter<File>,
    /// Digests of the paths given so far; `None` where two that read the same need not be told apart.
    paths: Option<HashSet<u64>>,
}

/// Looks for files one after the other. `except` is a folder that is not visited.
pub fn files(paths: &[PathBuf], limits: &Limits, except: Option<&Path>) -> Files {
    Files {
        walk: walk::Walk::new(paths, limits, except),
        found: Vec::new().into_iter(),
        paths: Some(HashSet::new()),
    }
}

impl Files {
    /// Files of which this is true are documents, and are not opened to see whether they are archives. They are asked by
    /// path, size and time of last change.
    pub fn known(
        mut self,
        known: impl Fn(&str, u64, Option<SystemTime>) -> bool + Send + 'static,
    ) -> Files {
        self.walk.known = Some(Box::new(known));
        self
    }

    /// Small files are given with the bytes that were read to see whether they are archives: they are opened once.
    pub fn with_bytes(mut self) -> Files {
        self.walk.with_bytes = true;
        self
    }

    /// Only the files that lie in the folders themselves.
    pub fn flat(mut self) -> Files {
        self.walk.flat = true;
        self
    }

    /// Of two files whose paths read the same both have that path: for whoever only counts.
    pub fn alike(mut self) -> Files {
        self.paths = None;
        self
    }

    /// Number of files and folders left out so far, which programs keep for themselves.
    pub fn ignored(&self) -> u64 {
        self.walk.out.ignored
    }

    /// Two files whose paths read the same are two files.
    fn distinct(&mut self, path: &mut String) {
        let digest = |path: &str| {
            let mut hash = std::hash::DefaultHasher::new();
            path.hash(&mut hash);
            hash.finish()
        };
        let Some(paths) = &mut self.paths else {
            return;
        };
        if paths.insert(digest(path)) {
            return;
        }
        for n in 2u64.. {
            let other = format!("{path}#{n}");
            if paths.insert(digest(&other)) {
                *path = other;
                return;
            }
        }
    }
}

impl Iterator for Files {
    type Item = File;

    fn next(&mut self) -> Option<File> {
        loop {
            if let Some(mut file) = self.found.next() {
                self.distinct(&mut file.path);
                return Some(file);
            }
            if !self.walk.out.files.is_empty() {
                self.found = std::mem::take(&mut self.walk.out.files).into_iter();
            } else if !self.walk.step() {
                return None;
            }
        }
    }
}
