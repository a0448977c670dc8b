//! From paths to files: folders, links, and what is no file at all.
//!
//! Folders are visited in the order of their names; folders behind links after all others, so that a file goes by its
//! real path, and each folder once. A link that leads back into a folder above it is a reject (its content is there
//! under its real path).

use super::archive::{Container, Expander, Origin, Recent};
use super::blob::{Blob, Stamp, special, unreadable};
use super::names::{system_file, system_folder, text};
use super::{File, From, Listing, zipped};
use crate::read::{ArchiveKind, Limits, Reason, Reject, archive_kind};
use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Folders in folders. Deeper than any file system lets a path be written.
const DEEPEST: usize = 256;
/// Bytes at the start of a file that tell whether it is an archive.
const HEAD: usize = 512;

/// Bytes of a file up to which it is read whole when it is looked at, so that it is opened once.
const SMALL: u64 = 64 << 10;

/// A folder to visit.
struct Folder {
    path: PathBuf,
    /// Its path without links, where it is known.
    real: Option<PathBuf>,
    /// Names of the folders above it.
    above: Vec<String>,
    depth: usize,
}

/// A folder being visited.
struct Level {
    path: PathBuf,
    real: Arc<PathBuf>,
    /// What is still to be looked at.
    names: std::vec::IntoIter<OsString>,
    /// Names of the folders down to this one.
    above: Arc<Vec<String>>,
    depth: usize,
}

/// Whether a file of this path, size and time of last change is known to be no archive.
pub(super) type Known = Box<dyn Fn(&str, u64, Option<SystemTime>) -> bool + Send>;

/// A walk. [`Walk::step`] goes on by one file or folder, so that what has been found can be taken on the way.
pub(super) struct Walk {
    limits: Arc<Limits>,
    /// A folder that is not visited: the warehouse that is being written.
    except: Option<PathBuf>,
    recent: Arc<Recent>,
    given: VecDeque<PathBuf>,
    stack: Vec<Level>,
    /// Folders visited, by their real path.
    seen: BTreeSet<PathBuf>,
    /// Folders behind links.
    later: VecDeque<Folder>,
    /// Only the files of the folders given, not those of folders and archives in them.
    pub flat: bool,
    /// Small files are given with their bytes.
    pub with_bytes: bool,
    pub known: Option<Known>,
    pub out: Listing,
}

impl Walk {
    pub fn new(paths: &[PathBuf], limits: &Limits, except: Option<&Path>) -> Walk {
        let mut given: Vec<PathBuf> = paths
            .iter()
            .map(|p| std::path::absolute(p).unwrap_or_else(|_| p.clone()))
            .collect();
        given.sort();
        given.dedup();
        Walk {
            limits: Arc::new(limits.clone()),
            except: except.map(Path::to_path_buf),
            recent: Arc::default(),
            given: given.into(),
            stack: Vec::new(),
            seen: BTreeSet::new(),
            later: VecDeque::new(),
            flat: false,
            with_bytes: false,
            known: None,
            out: Listing::default(),
        }
    }

    pub fn run(mut self) -> Listing {
        while self.step() {}
        let mut files = self.out.files;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        distinct(&mut files);
        Listing {
            files,
            ignored: self.out.ignored,
        }
    }

    /// Goes on by one file or folder; false where there is none left.
    pub fn step(&mut self) -> bool {
        if let Some(level) = self.stack.last_mut() {
            match level.names.next() {
                Some(name) => {
                    let path = level.path.join(&name);
                    let (above, depth) = (level.above.clone(), level.depth);
                    let real = level.real.clone();
                    self.entry(path, &above, depth, || real.join(&name));
                }
                None => {
                    self.stack.pop();
                }
            }
        } else if let Some(path) = self.given.pop_front() {
            self.given(path);
        } else if let Some(folder) = self.later.pop_front() {
            self.folder(folder, true);
        } else {
            return false;
        }
        true
    }

    /// A path given by name is read whatever it is called.
    fn given(&mut self, path: PathBuf) {
        match std::fs::metadata(&path) {
            Err(e) => self.reject(&path, &[], unreadable(&e)),
            Ok(meta) if meta.is_dir() => {
                let folder = Folder {
                    path,
                    real: None,
                    above: Vec::new(),
                    depth: 0,
                };
                self.folder(folder, false);
            }
            Ok(meta) => self.file(&path, &[], &meta),
        }
    }

    fn reject(&mut self, path: &Path, above: &[String], reject: Reject) {
        self.out.files.push(File {
            path: text(path),
            name: name(path),
            folders: above.to_vec(),
            size: 0,
            modified: None,
            from: From::Nowhere(reject),
        });
    }

    fn folder(&mut self, folder: Folder, linked: bool) {
        let Folder {
            path,
            real,
            above,
            depth,
        } = folder;
        if depth > DEEPEST {
            let detail = format!("文件夹套了 {DEEPEST} 层以上，没有再往里读，请减少层数。");
            return self.reject(&path, &above, Reject::new(Reason::TooLarge, "", detail));
        }
        let real = match real.map_or_else(|| path.canonicalize(), Ok) {
            Ok(real) => real,
            Err(e) => return self.reject(&path, &above, unreadable(&e)),
        };
        if self
            .except
            .as_ref()
            .is_some_and(|e| *e == real || *e == path)
        {
            return;
        }
        if !self.seen.insert(real.clone()) {
            let inside = path.parent().and_then(|p| p.canonicalize().ok());
            if linked && inside.is_some_and(|p| p.starts_with(&real)) {
                let detail = "这个链接指回上级文件夹，没有再进去；其中的文件已按原来的路径读取。";
                self.reject(&path, &above, Reject::new(Reason::Unsupported, "", detail));
            }
            return;
        }
        let mut inner = Vec::new();
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(e) => return self.reject(&path, &above, unreadable(&e)),
        };
        for entry in entries {
            match entry {
                Ok(entry) => inner.push(entry.file_name()),
                Err(e) => self.reject(&path, &above, unreadable(&e)),
            }
        }
        inner.sort();
        let mut all = above;
        all.push(name(&path));
        self.stack.push(Level {
            path,
            real: Arc::new(real),
            names: inner.into_iter(),
            above: Arc::new(all),
            depth,
        });
    }

    fn entry(
        &mut self,
        path: PathBuf,
        above: &[String],
        depth: usize,
        real: impl FnOnce() -> PathBuf,
    ) {
        let own = name(&path);
        let (link, meta) = match path.symlink_metadata() {
            Ok(meta) if meta.is_symlink() => (true, std::fs::metadata(&path)),
            meta => (false, meta),
        };
        let meta = match meta {
            Ok(meta) => meta,
            Err(_) if system_file(&own, 0) => {
                self.out.ignored += 1;
                return;
            }
            Err(e) => return self.reject(&path, above, unreadable(&e)),
        };
        if meta.is_dir() {
            if system_folder(&own) {
                self.out.ignored += 1;
                return;
            }
            if self.flat {
                return;
            }
            let folder = Folder {
                path,
                real: (!link).then(real),
                above: above.to_vec(),
                depth: depth + 1,
            };
            if link {
                self.later.push_back(folder);
            } else {
                self.folder(folder, false);
            }
        } else if system_file(&own, meta.len()) {
            self.out.ignored += 1;
        } else {
            self.file(&path, above, &meta);
        }
    }

    fn file(&mut self, path: &Path, above: &[String], meta: &Metadata) {
        if !meta.is_file() {
            return self.reject(path, above, special());
        }
        let stamp = Stamp::of(meta);
        let shown = text(path);
        let known = self.known.as_ref();
        let is_document = known.is_some_and(|known| known(&shown, stamp.len, stamp.modified));
        let mut ahead = None;
        if !is_document && let Some(blob) = self.look_at(path, stamp) {
            if let Some(kind) = archive(&blob) {
                drop(blob);
                if self.flat {
                    return;
                }
                let mut folders = above.to_vec();
                folders.push(name(path));
                let origin = Origin::Disk(path.to_path_buf(), stamp);
                let container = Container::new(origin, &self.recent, &self.limits);
                let expander = Expander::new(&shown, stamp.modified, &self.limits, &mut self.out);
                return expander.run(container, kind, &folders);
            }
            ahead = Arc::into_inner(blob).and_then(Blob::into_memory);
        }
        let file = File::disk(path, above.to_vec(), stamp, &self.limits, ahead);
        self.out.files.push(file);
    }

    /// The bytes of a file. One that cannot be opened is no archive: reading it will say why.
    fn look_at(&self, path: &Path, stamp: Stamp) -> Option<Arc<Blob>> {
        let blob = match self.with_bytes && stamp.len <= SMALL.min(self.limits.file) {
            true => Blob::memory(path, stamp),
            false => Blob::disk(path, stamp),
        };
        blob.ok().map(Arc::new)
    }
}

/// Whether bytes are an archive.
fn archive(blob: &Arc<Blob>) -> Option<ArchiveKind> {
    let kind = archive_kind(&blob.head(HEAD).ok()?)?;
    (kind == ArchiveKind::SevenZip || zipped::is_archive(blob.clone())).then_some(kind)
}

/// The name of a file or folder, as text.
pub(super) fn name(path: &Path) -> String {
    path.file_name()
        .map(|n| text(Path::new(n)))
        .unwrap_or_default()
}

/// Two files whose paths read the same are two files; a path given twice is one.
fn distinct(files: &mut [File]) {
    let mut same = 1;
    for i in 1..files.len() {
        let (before, after) = files.split_at_mut(i);
        let (Some(last), Some(file)) = (before.last(), after.first_mut()) else {
            continue;
        };
        let original = last
            .path
            .strip_suffix(&format!("#{same}"))
            .unwrap_or(&last.path);
        if file.path == original {
            same += 1;
            file.path = format!("{}#{same}", file.path);
        } else {
            same = 1;
        }
    }
}
