//! From paths to files: walks folders, opens zip archives, and gives each file as bytes with its name and folders.
//!
//! The order is sorted and does not depend on the file system. Symbolic links are followed once (a loop ends), anything
//! that is not a regular file or folder (FIFO, device) is given with a reason instead of being opened. Left out without
//! a word are files that no person sends: lock files of Office (`~$…`), hidden dot files, `Thumbs.db`, `desktop.ini`.

use crate::read::{Reason, Reject};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Largest file that is loaded, and largest member of an archive.
const LARGEST: u64 = 256 << 20;
/// Most members of one archive.
const MEMBERS: usize = 20_000;
/// How often unpacked bytes may exceed packed ones.
const RATIO: u64 = 200;

/// A file to read.
#[derive(Clone)]
pub struct File {
    /// Absolute path; `…/a.zip/inner/b.docx` for a member of an archive.
    pub path: String,
    /// File name.
    pub name: String,
    /// Names of the enclosing folders, outermost first.
    pub folders: Vec<String>,
    /// Size in bytes, as the file system or the archive says.
    pub size: u64,
    /// When it was last changed.
    pub modified: Option<SystemTime>,
    from: From,
}

#[derive(Clone)]
enum From {
    Disk(PathBuf),
    Archive(Arc<PathBuf>, usize),
    Nowhere(Reject),
}

impl File {
    /// Its bytes.
    ///
    /// # Errors
    /// Why they cannot be had.
    pub fn bytes(&self) -> Result<Vec<u8>, Reject> {
        match &self.from {
            From::Nowhere(r) => Err(r.clone()),
            From::Disk(p) => {
                if self.size > LARGEST {
                    return Err(too_large());
                }
                std::fs::read(p).map_err(|e| unreadable(&e))
            }
            From::Archive(p, index) => {
                let file = std::fs::File::open(p.as_path()).map_err(|e| unreadable(&e))?;
                let mut zip =
                    zip::ZipArchive::new(std::io::BufReader::new(file)).map_err(|e| damaged(&e))?;
                let member = zip.by_index(*index).map_err(|e| damaged(&e))?;
                if member.encrypted() {
                    return Err(Reject::new(
                        Reason::Encrypted,
                        "",
                        "压缩包有密码，请去掉密码后再发送。",
                    ));
                }
                let most = member
                    .compressed_size()
                    .saturating_mul(RATIO)
                    .clamp(1 << 20, LARGEST);
                let mut bytes = Vec::new();
                member
                    .take(most + 1)
                    .read_to_end(&mut bytes)
                    .map_err(|e| damaged(&e))?;
                if bytes.len() as u64 > most {
                    return Err(too_large());
                }
                Ok(bytes)
            }
        }
    }
}

fn too_large() -> Reject {
    Reject::new(Reason::TooLarge, "", "文件展开后过大，请拆分后再发送。")
}

fn unreadable(e: &std::io::Error) -> Reject {
    Reject::new(
        Reason::Unreadable,
        "",
        format!("读不到这个文件（{e}），请检查权限后重试。"),
    )
}

fn damaged(e: &dyn std::fmt::Display) -> Reject {
    Reject::new(
        Reason::Corrupt,
        "",
        format!("压缩包已损坏（{e}），请重新打包发送。"),
    )
}

/// The files under some paths, in sorted order, archives opened.
pub fn walk(paths: &[PathBuf]) -> Vec<File> {
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for p in paths {
        let absolute = std::path::absolute(p).unwrap_or_else(|_| p.clone());
        visit(&absolute, &mut Vec::new(), &mut seen, &mut out, 0);
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out.dedup_by(|a, b| a.path == b.path);
    out
}

/// Whether a person would not call it a file of theirs.
fn skipped(name: &str) -> bool {
    name.starts_with("~$")
        || name.starts_with('.')
        || matches!(
            name.to_lowercase().as_str(),
            "thumbs.db" | "desktop.ini" | "__macosx"
        )
}

fn visit(
    path: &Path,
    folders: &mut Vec<String>,
    seen: &mut BTreeSet<PathBuf>,
    out: &mut Vec<File>,
    depth: usize,
) {
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let give = |reason: Reject, size: u64| File {
        path: path.to_string_lossy().into_owned(),
        name: name.clone(),
        folders: folders.clone(),
        size,
        modified: None,
        from: From::Nowhere(reason),
    };
    let meta = match std::fs::metadata(path) {
        Ok(m) => m,
        Err(e) => {
            out.push(give(unreadable(&e), 0));
            return;
        }
    };
    if meta.is_dir() {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        // A loop of links, or a folder given twice.
        if depth > 64 || !seen.insert(real) {
            return;
        }
        let entries = match std::fs::read_dir(path) {
            Ok(e) => e,
            Err(e) => {
                out.push(give(unreadable(&e), 0));
                return;
            }
        };
        let mut inner: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
        inner.sort();
        folders.push(name);
        for p in inner {
            if !p.file_name().is_some_and(|n| skipped(&n.to_string_lossy())) {
                visit(&p, folders, seen, out, depth + 1);
            }
        }
        folders.pop();
        return;
    }
    if !meta.is_file() {
        out.push(give(
            Reject::new(
                Reason::Unsupported,
                "",
                "这不是普通文件（管道或设备），没有打开。",
            ),
            0,
        ));
        return;
    }
    if name.to_lowercase().ends_with(".zip") && archive(path, &name, folders, &meta, out) {
        return;
    }
    out.push(File {
        path: path.to_string_lossy().into_owned(),
        name,
        folders: folders.clone(),
        size: meta.len(),
        modified: meta.modified().ok(),
        from: From::Disk(path.to_path_buf()),
    });
}

/// The members of an archive, names in GBK where the archive does not say UTF-8; false where it is none.
fn archive(
    path: &Path,
    name: &str,
    folders: &[String],
    meta: &std::fs::Metadata,
    out: &mut Vec<File>,
) -> bool {
    let Ok(file) = std::fs::File::open(path) else {
        return false;
    };
    let Ok(mut zip) = zip::ZipArchive::new(std::io::BufReader::new(file)) else {
        return false;
    };
    if zip.index_for_name("[Content_Types].xml").is_some()
        || zip.index_for_name("mimetype").is_some()
    {
        return false;
    }
    let shared = Arc::new(path.to_path_buf());
    let mut outer = folders.to_vec();
    outer.push(name.to_string());
    for index in 0..zip.len().min(MEMBERS) {
        let Ok(member) = zip.by_index_raw(index) else {
            continue;
        };
        let raw = member.name_raw();
        let decoded = match std::str::from_utf8(raw) {
            Ok(s) => s.to_string(),
            Err(_) => encoding_rs::GB18030.decode(raw).0.into_owned(),
        };
        let inner = decoded.replace('\\', "/");
        if inner.ends_with('/') || inner.split('/').any(|part| part == ".." || skipped(part)) {
            continue;
        }
        let mut parts: Vec<String> = inner
            .split('/')
            .filter(|s| !s.is_empty())
            .map(str::to_string)
            .collect();
        let Some(last) = parts.pop() else { continue };
        let mut all = outer.clone();
        all.extend(parts);
        out.push(File {
            path: format!("{}/{inner}", path.to_string_lossy()),
            name: last,
            folders: all,
            size: member.size(),
            modified: meta.modified().ok(),
            from: From::Archive(shared.clone(), index),
        });
    }
    true
}
