//! From paths to files: folders, links, and what is no file at all.
//!
//! Folders are visited in the order of their names; folders behind links after all others, so that a file goes by its
//! real path, and each folder once. A link that leads back into a folder above it is a reject (its content is there
//! under its real path).

use super::archive::{Container, Expander, Origin, Recent};
use super::blob::{Blob, Reader, Stamp, special, unreadable};
use super::names::{system_file, system_folder, text};
use super::{File, From, Listing, zipped};
use crate::read::{ArchiveKind, Limits, Reason, Reject, archive_kind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders in folders. Deeper than any file system lets a path be written.
const DEEPEST: usize = 256;
/// Bytes at the start of a file that tell whether it is an archive.
const HEAD: u64 = 512;

/// A folder to visit.
struct Folder {
    path: PathBuf,
    /// Names of the folders above it.
    above: Vec<String>,
    depth: usize,
}

pub(super) struct Walk<'a> {
    limits: Arc<Limits>,
    /// A folder that is not visited: the warehouse that is being written.
    except: Option<&'a Path>,
    recent: Arc<Recent>,
    /// Folders visited, by their real path.
    seen: BTreeSet<PathBuf>,
    /// Folders behind links.
    later: VecDeque<Folder>,
    out: Listing,
}

impl<'a> Walk<'a> {
    pub fn new(limits: &Limits, except: Option<&'a Path>) -> Walk<'a> {
        Walk {
            limits: Arc::new(limits.clone()),
            except,
            recent: Arc::default(),
            seen: BTreeSet::new(),
            later: VecDeque::new(),
            out: Listing::default(),
        }
    }

    pub fn run(mut self, paths: &[PathBuf]) -> Listing {
        let mut given: BTreeMap<PathBuf, ()> = BTreeMap::new();
        for path in paths {
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            given.insert(absolute, ());
        }
        for path in given.into_keys() {
            self.given(path);
        }
        while let Some(folder) = self.later.pop_front() {
            self.folder(folder, true);
        }
        let mut files = self.out.files;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        distinct(&mut files);
        Listing {
            files,
            ignored: self.out.ignored,
        }
    }

    /// A path given by name is read whatever it is called.
    fn given(&mut self, path: PathBuf) {
        match std::fs::metadata(&path) {
            Err(e) => self.reject(&path, &[], unreadable(&e)),
            Ok(meta) if meta.is_dir() => {
                let folder = Folder {
                    path,
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
        let Folder { path, above, depth } = folder;
        if depth > DEEPEST {
            let detail = format!("文件夹套了 {DEEPEST} 层以上，没有再往里读，请减少层数。");
            return self.reject(&path, &above, Reject::new(Reason::TooLarge, "", detail));
        }
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(e) => return self.reject(&path, &above, unreadable(&e)),
        };
        if self.except == Some(&real) || self.except == Some(&path) {
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
                Ok(entry) => inner.push(entry.path()),
                Err(e) => self.reject(&path, &above, unreadable(&e)),
            }
        }
        inner.sort();
        let mut all = above;
        all.push(name(&path));
        for path in inner {
            self.entry(path, &all, depth);
        }
    }

    fn entry(&mut self, path: PathBuf, above: &[String], depth: usize) {
        let own = name(&path);
        let link = path.symlink_metadata().is_ok_and(|m| m.is_symlink());
        let meta = match std::fs::metadata(&path) {
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
            let folder = Folder {
                path,
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
        if let Some(kind) = self.archive(path, stamp) {
            let mut folders = above.to_vec();
            folders.push(name(path));
            let origin = Origin::Disk(path.to_path_buf(), stamp);
            let container = Container::new(origin, &self.recent, &self.limits);
            let shown = text(path);
            let expander = Expander::new(&shown, stamp.modified, &self.limits, &mut self.out);
            return expander.run(container, kind, &folders);
        }
        self.out
            .files
            .push(File::disk(path, above.to_vec(), stamp, &self.limits));
    }

    /// Whether a file is an archive. One that cannot be opened is none: reading it will say why.
    fn archive(&self, path: &Path, stamp: Stamp) -> Option<ArchiveKind> {
        let blob = Arc::new(Blob::disk(path, stamp).ok()?);
        let mut head = Vec::new();
        Reader::new(blob.clone())
            .take(HEAD)
            .read_to_end(&mut head)
            .ok()?;
        let kind = archive_kind(&head)?;
        (kind == ArchiveKind::SevenZip || zipped::is_archive(blob)).then_some(kind)
    }
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
