//! Archives as folders: lists what is in them, nested ones too, and unpacks one member at a time.
//!
//! Listing reads the directory of an archive once; every member then knows where it lies, so that reading it neither
//! opens the archive anew nor passes over the members before it. The blocks of a 7z archive, which can only be unpacked
//! from their beginning, and nested archives are unpacked as a whole into a temporary file ([`Blob`]) when one of their
//! members is first read; the last few are kept, and members are read in the order of their paths, which is archive by archive.
//!
//! What an archive may cost is fixed before anything is unpacked, by the sizes that it declares, and a member that holds
//! more than it declares is damaged. So the same archive gives the same rejects whatever the order and the threads. An
//! archive that exceeds the total is read up to there, and one reject says so.

use super::blob::{Blob, Reader, Spool, Stamp, changing, unreadable};
use super::names::{inside, system_file, system_folder};
use super::{File, From, Listing, sevenz, zipped};
use crate::read::{ArchiveKind, Deadline, Limits, Reason, Reject, archive_kind};
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;
use zip::read::OwnedZipFileEntry;

/// Unpacked blocks, nested archives and open files that are kept for the next member.
const KEPT: usize = 8;
/// Unpacked bytes below which the ratio of a member is not looked at.
const RATIO_FLOOR: u64 = 64 << 20;
/// Bytes at the start of a member that tell what it is.
const HEAD: u64 = 512;

/// The blobs used last.
#[derive(Default)]
pub(super) struct Recent(Mutex<VecDeque<Arc<Blob>>>);

impl Recent {
    fn keep(&self, blob: &Arc<Blob>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(blob.clone());
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }
}

/// Where the bytes of an archive, or of a block of one, come from.
pub(super) enum Origin {
    Disk(PathBuf, Stamp),
    Nested(Member),
    Block(sevenz::Block),
}

/// An archive, or a block of one: bytes that members are read from.
pub(super) struct Container {
    origin: Origin,
    blob: Mutex<Weak<Blob>>,
    recent: Arc<Recent>,
    limits: Arc<Limits>,
}

impl Container {
    pub fn new(origin: Origin, recent: &Arc<Recent>, limits: &Arc<Limits>) -> Arc<Container> {
        Arc::new(Container {
            origin,
            blob: Mutex::new(Weak::new()),
            recent: recent.clone(),
            limits: limits.clone(),
        })
    }

    /// Another one below this.
    pub fn derived(&self, origin: Origin) -> Arc<Container> {
        Container::new(origin, &self.recent, &self.limits)
    }

    /// Its bytes; unpacked where they are not at hand.
    pub fn blob(&self) -> Result<Arc<Blob>, Reject> {
        let mut slot = self.blob.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blob) = slot.upgrade() {
            return Ok(blob);
        }
        let blob = Arc::new(match &self.origin {
            Origin::Disk(path, stamp) => Blob::disk(path, *stamp)?,
            Origin::Nested(member) => {
                let mut spool = Spool::default();
                member.unpack(&mut spool, u64::MAX, &self.limits)?;
                spool.finish(None)
            }
            Origin::Block(block) => block.unpack(&self.limits)?,
        });
        *slot = Arc::downgrade(&blob);
        self.recent.keep(&blob);
        Ok(blob)
    }

    /// The file on disk below all of this.
    pub fn disk(&self) -> &Path {
        match &self.origin {
            Origin::Disk(path, _) => path,
            Origin::Nested(member) => member.of.disk(),
            Origin::Block(block) => block.of.disk(),
        }
    }

    /// Whether the file on disk below all of this is no longer what was listed.
    fn changed(&self) -> bool {
        match &self.origin {
            Origin::Disk(path, stamp) => {
                std::fs::metadata(path).is_ok_and(|m| Stamp::of(&m) != *stamp)
            }
            Origin::Nested(member) => member.of.changed(),
            Origin::Block(block) => block.of.changed(),
        }
    }
}

/// Where a member lies in its container.
pub(super) enum Place {
    Zip(Box<OwnedZipFileEntry>),
    /// From this byte of the unpacked block.
    Slice(u64),
    /// It has no bytes.
    Nothing,
    /// Known from the directory not to be readable.
    Refused(Reject),
}

/// A file in an archive.
pub(super) struct Member {
    pub of: Arc<Container>,
    pub place: Place,
    /// Bytes as declared.
    pub size: u64,
}

impl Member {
    /// Its bytes.
    pub fn bytes(&self, limits: &Limits) -> Result<Vec<u8>, Reject> {
        let mut bytes = Vec::new();
        if self.size > limits.file && !matches!(self.place, Place::Refused(_)) {
            return Err(too_large(self.size, limits.file));
        }
        match self.unpack(&mut bytes, u64::MAX, limits) {
            Ok(()) => Ok(bytes),
            Err(_) if self.of.changed() => Err(changing()),
            Err(reject) => Err(reject),
        }
    }

    /// Unpacks it, or its first bytes.
    fn unpack(&self, to: &mut dyn Write, most: u64, limits: &Limits) -> Result<(), Reject> {
        let deadline = limits.timer();
        match &self.place {
            Place::Refused(reject) => Err(reject.clone()),
            Place::Nothing => Ok(()),
            Place::Zip(entry) => {
                let mut reader = Reader::new(self.of.blob()?);
                let options = zip::ZipReadOptions::new();
                let mut member = OwnedZipFileEntry::as_ref(entry)
                    .with_reader(&mut reader, options)
                    .map_err(|e| zipped::reject(&e))?;
                copy(&mut member.by_ref().take(most), to, deadline).map(|_| ())
            }
            Place::Slice(start) => {
                let blob = self.of.blob()?;
                let whole = start
                    .checked_add(self.size)
                    .is_some_and(|end| end <= blob.len());
                if !whole {
                    return Err(blob
                        .failure
                        .clone()
                        .unwrap_or_else(|| damaged("内容不完整")));
                }
                let mut reader = Reader::new(blob);
                reader
                    .seek(SeekFrom::Start(*start))
                    .map_err(|e| unreadable(&e))?;
                copy(&mut reader.take(self.size.min(most)), to, deadline).map(|_| ())
            }
        }
    }

    /// Its first bytes; none where it cannot be read.
    fn head(&self, limits: &Limits) -> Vec<u8> {
        let mut head = Vec::new();
        if !matches!(self.place, Place::Refused(_)) {
            // What is wrong is told when it is read.
            let _ = self.unpack(&mut head, HEAD, limits);
        }
        head
    }
}

/// Copies, with a look at the clock now and then. Faults of the reader are damage, those of the writer a full disk.
pub(super) fn copy(
    from: &mut dyn Read,
    to: &mut dyn Write,
    deadline: Deadline,
) -> Result<u64, Reject> {
    let mut buffer = vec![0u8; 64 << 10];
    let mut copied = 0;
    loop {
        let n = match from.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(damaged(&e)),
        };
        to.write_all(buffer.get(..n).unwrap_or_default())
            .map_err(|e| unreadable(&e))?;
        copied += n as u64;
        deadline.check()?;
    }
}

/// Over the limit of one file.
pub(super) fn too_large(size: u64, most: u64) -> Reject {
    Reject::new(
        Reason::TooLarge,
        "",
        format!(
            "文件有 {}MB，超过上限 {}MB；请拆分后发送，或用 --max-file-size 放宽上限。",
            size >> 20,
            most >> 20
        ),
    )
}

/// A damaged archive or member.
pub(super) fn damaged(what: impl std::fmt::Display) -> Reject {
    Reject::new(
        Reason::Corrupt,
        "",
        format!("压缩包已损坏（{what}），请重新打包发送；分卷压缩的请先合成一个。"),
    )
}

/// A member with a password.
pub(super) fn encrypted() -> Reject {
    Reject::new(
        Reason::Encrypted,
        "",
        "压缩包有密码，请解开后不加密码重新打包发送。",
    )
}

/// What a directory says about a member.
pub(super) struct Listed {
    pub name: String,
    pub size: u64,
    /// Packed bytes, or of its block.
    pub packed: u64,
    pub place: Place,
    pub of: Arc<Container>,
}

/// Lists one archive on disk, with all that is nested in it.
pub(super) struct Expander<'a> {
    /// Path of the archive on disk.
    pub path: &'a str,
    pub modified: Option<SystemTime>,
    pub limits: &'a Arc<Limits>,
    pub out: &'a mut Listing,
    /// Bytes and entries that may still come.
    unpacked: u64,
    entries: usize,
    /// Archives nested too deeply: the first, and how many.
    deep: Option<(String, u64)>,
    full: bool,
}

impl<'a> Expander<'a> {
    pub fn new(
        path: &'a str,
        modified: Option<SystemTime>,
        limits: &'a Arc<Limits>,
        out: &'a mut Listing,
    ) -> Expander<'a> {
        Expander {
            path,
            modified,
            limits,
            out,
            unpacked: limits.unpacked,
            entries: limits.entries,
            deep: None,
            full: false,
        }
    }

    /// Lists the archive, whose folders on disk are `folders` and whose own name is the last of them.
    pub fn run(mut self, container: Arc<Container>, kind: ArchiveKind, folders: &[String]) {
        let before = self.out.files.len();
        let ignored = self.out.ignored;
        self.list(&container, kind, self.path, folders, 1);
        if let Some((first, count)) = self.deep.take() {
            let part = self.part(&first);
            let detail = format!(
                "压缩包套压缩包超过 {} 层，有 {count} 个没有展开；请解开后重新打包，或用 --max-depth 放宽。",
                self.limits.nesting
            );
            self.reject(self.path, Reject::new(Reason::TooLarge, &part, detail));
        }
        if self.out.files.len() == before {
            let detail = if self.out.ignored > ignored {
                "压缩包里只有系统文件，没有材料，请重新打包发送。"
            } else {
                "压缩包是空的，里面没有文件，请重新打包发送。"
            };
            self.reject(self.path, Reject::new(Reason::Empty, "", detail));
        }
    }

    /// A path below the archive on disk, as the part of a reject.
    fn part(&self, path: &str) -> String {
        path.strip_prefix(self.path)
            .map_or(path, |p| p.trim_start_matches('/'))
            .to_owned()
    }

    fn reject(&mut self, path: &str, reject: Reject) {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        self.out.files.push(File {
            path: path.to_owned(),
            name,
            folders: Vec::new(),
            size: 0,
            modified: self.modified,
            from: From::Nowhere(reject),
        });
    }

    /// One reject for all that is left out because the archive exceeds a total.
    fn stop(&mut self, at: &str, what: String) {
        if !self.full {
            self.full = true;
            let part = self.part(at);
            let detail =
                format!("{what}，从“{part}”起没有读；请检查压缩包来源，分成几个发送，或放宽上限。");
            self.reject(self.path, Reject::new(Reason::TooLarge, &part, detail));
        }
    }

    fn list(
        &mut self,
        container: &Arc<Container>,
        kind: ArchiveKind,
        path: &str,
        folders: &[String],
        depth: usize,
    ) {
        let most = self.entries;
        let listed = match kind {
            ArchiveKind::Zip => zipped::list(container, most),
            ArchiveKind::SevenZip => sevenz::list(container, most, self.limits),
        };
        let (members, problem) = match listed {
            Ok(listed) => listed,
            Err(reject) => return self.reject(path, reject),
        };
        let mut names: HashMap<String, u32> = HashMap::new();
        for member in members {
            if self.full {
                return;
            }
            self.member(member, &mut names, path, folders, depth);
        }
        match problem {
            Some(reject) if reject.reason == Reason::TooLarge => self.stop(path, reject.detail),
            Some(reject) => self.reject(path, reject),
            None => {}
        }
    }

    fn member(
        &mut self,
        listed: Listed,
        names: &mut HashMap<String, u32>,
        path: &str,
        folders: &[String],
        depth: usize,
    ) {
        self.entries = self.entries.saturating_sub(1);
        let Some((inner, name)) = inside(&listed.name) else {
            return;
        };
        if inner.iter().any(|f| system_folder(f)) || system_file(&name, listed.size) {
            self.out.ignored += 1;
            return;
        }
        let mut own = format!(
            "{path}/{}{name}",
            inner.iter().fold(String::new(), |s, f| s + f + "/")
        );
        // Two members of one name are two files.
        let same = names.entry(own.clone()).or_default();
        *same += 1;
        if *same > 1 {
            own = format!("{own}#{same}");
        }
        let Listed {
            size,
            packed,
            mut place,
            of,
            ..
        } = listed;
        if !matches!(place, Place::Refused(_)) {
            if size > RATIO_FLOOR && size / packed.max(1) > self.limits.ratio {
                place = Place::Refused(Reject::new(
                    Reason::TooLarge,
                    "",
                    format!(
                        "展开后有 {}MB，是压缩时的 {} 倍，像是压缩炸弹，没有展开；请检查来源。",
                        size >> 20,
                        size / packed.max(1)
                    ),
                ));
            } else if size > self.unpacked {
                let total = self.limits.unpacked >> 20;
                return self.stop(
                    &own,
                    format!("压缩包展开后合计超过上限 {total}MB（--max-unpacked）"),
                );
            } else {
                self.unpacked -= size;
            }
        }
        let member = Member { of, place, size };
        let mut all = folders.to_vec();
        all.extend(inner);
        let head = member.head(self.limits);
        let Some(kind) = archive_kind(&head) else {
            return self.file(own, name, all, member);
        };
        let nested = member.of.clone();
        let container = nested.derived(Origin::Nested(member));
        let blob = match container.blob() {
            Ok(blob) => blob,
            Err(reject) => return self.reject(&own, reject),
        };
        if kind == ArchiveKind::Zip && !zipped::is_archive(blob) {
            // A document that is a zip container, or a damaged one: the reader of documents says which.
            let Origin::Nested(member) = recover(container) else {
                return;
            };
            return self.file(own, name, all, member);
        }
        if depth >= self.limits.nesting {
            let deep = self.deep.get_or_insert((own, 0));
            deep.1 += 1;
            return;
        }
        all.push(name);
        self.list(&container, kind, &own, &all, depth + 1);
    }

    fn file(&mut self, path: String, name: String, folders: Vec<String>, member: Member) {
        self.out.files.push(File {
            path,
            name,
            folders,
            size: member.size,
            modified: self.modified,
            from: From::Member(Arc::new(member), self.limits.clone()),
        });
    }
}

/// The member of a container that turned out to be no archive. Nobody else has the container yet.
fn recover(container: Arc<Container>) -> Origin {
    match Arc::try_unwrap(container) {
        Ok(container) => container.origin,
        Err(shared) => Origin::Nested(Member {
            of: shared.clone(),
            place: Place::Slice(0),
            size: shared.blob().map_or(0, |b| b.len()),
        }),
    }
}
