//! Atomic change of many files without a database.
//!
//! 1. New files are written under `.zhibiao/stage`, where no reader of tables looks, and flushed to the disk.
//! 2. One commit record, `.zhibiao/commit.json`, lists what is to be done: which staged file replaces which file of a
//!    table, and which files go. Its appearance (by rename) is the commit.
//! 3. The steps are performed. Each is a rename over a whole file, so that a reader that globs sees every partition
//!    either as it was or as it will be.
//! 4. What the journal had of these rows is removed, then the record.
//!
//! `.zhibiao/files.json`, replaced in the same commit, has the digest of every file of a table as it was written.
//!
//! Whoever opens the warehouse next to write, or to read where it may, finishes a record that is there ([`recover`]) and
//! deletes staged files without one. A step that was done before is recognised by its staged file being gone, so
//! that finishing can itself be interrupted and repeated any number of times.

use super::error::{Error, at};
use super::flush::{all_at_once, sync_folder};
use super::lock::FilesLock;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Folder of the warehouse's own files; the leading dot keeps readers of data sets out.
pub const OWN: &str = ".zhibiao";
const STAGE: &str = "stage";
const RECORD: &str = "commit.json";
const RECORD_BEING_WRITTEN: &str = "commit.json.part";

/// Digests of all files of tables, as they were written.
const DIGESTS: &str = "files.json";

/// SHA-256, hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    super::rows::hexadecimal(&Sha256::digest(bytes))
}

/// The digests of the files of tables, by their paths; none where an older version wrote the warehouse.
pub(super) fn digests(root: &Path) -> Result<BTreeMap<String, String>, Error> {
    let path = root.join(OWN).join(DIGESTS);
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|e| Error::Damaged {
            path,
            detail: format!("not a list of digests: {e}"),
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(e) => Err(Error::Io { path, source: e }),
    }
}

/// What is to be done, as written in the commit record. Paths are relative to the warehouse, separated by `/`.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    /// Format of the record.
    format: u32,
    /// Steps in order.
    steps: Vec<Step>,
    /// The journal up to this batch is in the tables once the steps are done, and goes.
    #[serde(default)]
    journal: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// The staged file becomes the target.
    Replace { target: String, staged: String },
    /// The target goes.
    Remove { target: String },
}

impl Step {
    fn target(&self) -> &str {
        match self {
            Step::Replace { target, .. } | Step::Remove { target } => target,
        }
    }
}

/// What [`recover`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing to do.
    Clean,
    /// Staged files without a record: an interrupted run before its commit. They were deleted.
    RolledBack,
    /// A record: an interrupted run after its commit. It was finished.
    RolledForward,
    /// Batches of an interrupted run wait in the journal, whole: this run goes on from there.
    Resumed,
}

/// A change being prepared. Dropped without [`Staging::commit`], it leaves the warehouse as it was.
#[derive(Debug)]
pub struct Staging {
    root: PathBuf,
    next: AtomicUsize,
    steps: Mutex<Vec<Step>>,
    /// Of the files staged.
    digests: Mutex<BTreeMap<String, String>>,
}

impl Staging {
    /// Begins a change of the warehouse at `root`. The caller holds the writer's lock.
    pub fn begin(root: &Path) -> Result<Self, Error> {
        let dir = root.join(OWN).join(STAGE);
        std::fs::create_dir_all(&dir).map_err(at(&dir))?;
        Ok(Staging {
            root: root.to_owned(),
            next: AtomicUsize::new(0),
            steps: Mutex::new(Vec::new()),
            digests: Mutex::default(),
        })
    }

    /// Stages the new content of `target` (relative to the warehouse). Nothing is staged where the file already has
    /// this content. Returns whether it was staged. May be called from several threads.
    pub fn put(&self, target: &str, content: &[u8]) -> Result<bool, Error> {
        if same_content(&self.root.join(target), content) {
            return Ok(false);
        }
        let staged = format!("{}.staged", self.next.fetch_add(1, Ordering::Relaxed));
        let path = self.root.join(OWN).join(STAGE).join(&staged);
        let mut file = File::create(&path).map_err(at(&path))?;
        file.write_all(content).map_err(at(&path))?;
        self.note(target, digest(content));
        self.push(Step::Replace {
            target: target.to_owned(),
            staged,
        });
        Ok(true)
    }

    fn note(&self, target: &str, digest: String) {
        let mut digests = self.digests.lock().unwrap_or_else(|e| e.into_inner());
        digests.insert(target.to_owned(), digest);
    }

    /// The new content of `target`, to be written piece by piece. May be called from several threads.
    pub fn create(&self, target: &str) -> Result<StagedFile<'_>, Error> {
        let staged = format!("{}.staged", self.next.fetch_add(1, Ordering::Relaxed));
        let path = self.root.join(OWN).join(STAGE).join(&staged);
        let file = File::create(&path).map_err(at(&path))?;
        Ok(StagedFile {
            staging: self,
            target: target.to_owned(),
            staged,
            path,
            file: Shared(Arc::new(Mutex::new((file, Sha256::new())))),
        })
    }

    /// Stages the removal of `target`.
    pub fn remove(&self, target: &str) {
        self.push(Step::Remove {
            target: target.to_owned(),
        });
    }

    fn push(&self, step: Step) {
        // A thread that panicked while pushing has left the list whole.
        self.steps
            .lock()
            .unwrap_or_else(|e| e.into_inner())
            .push(step);
    }

    /// Makes the change. With it the journal up to a batch (0 for none) becomes part of the tables.
    pub fn commit(self, journal: u64) -> Result<(), Error> {
        self.stage_digests()?;
        match self.seal(journal)? {
            Some(record) => {
                let done = perform(&self.root, &record, usize::MAX)?;
                debug_assert!(done);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Flushes what was staged to the disk.
    fn sync(&self, steps: &[Step]) -> Result<(), Error> {
        let stage = self.root.join(OWN).join(STAGE);
        let staged: Vec<PathBuf> = steps
            .iter()
            .filter_map(|s| match s {
                Step::Replace { staged, .. } => Some(stage.join(staged)),
                Step::Remove { .. } => None,
            })
            .collect();
        all_at_once(&staged, |path| {
            // Windows flushes only what is open for writing.
            let file = OpenOptions::new().write(true).open(path);
            file.and_then(|f| f.sync_all()).map_err(at(path))
        })
    }

    /// The digests of all files change with the files, in the same commit.
    fn stage_digests(&self) -> Result<(), Error> {
        let mut all = digests(&self.root)?;
        let new = std::mem::take(&mut *self.digests.lock().unwrap_or_else(|e| e.into_inner()));
        let mut any = !new.is_empty();
        all.extend(new);
        let steps = self.steps.lock().unwrap_or_else(|e| e.into_inner()).clone();
        for step in &steps {
            if let Step::Remove { target } = step {
                any |= all.remove(target).is_some();
            }
        }
        if any {
            let text = serde_json::to_vec_pretty(&all).unwrap_or_default();
            self.put(&format!("{OWN}/{DIGESTS}"), &text)?;
        }
        Ok(())
    }

    /// Writes the commit record: from here on the change happens, whatever becomes of this process.
    fn seal(&self, journal: u64) -> Result<Option<Record>, Error> {
        let mut steps = std::mem::take(&mut *self.steps.lock().unwrap_or_else(|e| e.into_inner()));
        if steps.is_empty() && journal == 0 {
            return Ok(None);
        }
        self.sync(&steps)?;
        // Threads staged in any order; dimensions and documents need no order among themselves.
        steps.sort_by(|a, b| a.target().cmp(b.target()));
        let record = Record {
            format: 1,
            steps,
            journal,
        };
        let own = self.root.join(OWN);
        sync_folder(&own.join(STAGE))?;
        let part = own.join(RECORD_BEING_WRITTEN);
        let text = serde_json::to_vec_pretty(&record).map_err(|e| Error::Io {
            path: part.clone(),
            source: e.into(),
        })?;
        let mut file = File::create(&part).map_err(at(&part))?;
        file.write_all(&text)
            .and_then(|()| file.sync_all())
            .map_err(at(&part))?;
        drop(file);
        replace(&part, &own.join(RECORD))?;
        sync_folder(&own)?;
        Ok(Some(record))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Without a record the staged files are nobody's; with one they are needed.
        if !self.root.join(OWN).join(RECORD).exists() {
            let _ = clear(&self.root);
        }
    }
}

/// A file being staged.
#[derive(Debug)]
pub struct StagedFile<'a> {
    staging: &'a Staging,
    target: String,
    staged: String,
    path: PathBuf,
    file: Shared,
}

/// Something to write to that several hold, and the digest of what was written. What is written should be large pieces.
#[derive(Clone, Debug)]
pub struct Shared(Arc<Mutex<(File, Sha256)>>);

impl Shared {
    fn with<T>(&self, f: impl FnOnce(&mut (File, Sha256)) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(|e| e.into_inner()))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.with(|(file, hash)| {
            hash.update(bytes);
            file.write_all(bytes)
        })
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.with(|(file, _)| file.flush())
    }
}

impl StagedFile<'_> {
    /// Where to write.
    pub fn writer(&self) -> Shared {
        self.file.clone()
    }

    /// All has been written. Nothing is staged where the file already has this content. Returns whether it was staged.
    pub fn finish(self) -> Result<bool, Error> {
        if same_files(&self.staging.root.join(&self.target), &self.path) {
            std::fs::remove_file(&self.path).map_err(at(&self.path))?;
            return Ok(false);
        }
        let digest = self.file.with(|f| f.1.clone().finalize());
        let digest = super::rows::hexadecimal(&digest);
        self.staging.note(&self.target, digest);
        self.staging.push(Step::Replace {
            target: self.target,
            staged: self.staged,
        });
        Ok(true)
    }
}

/// Brings an interrupted change to its end, forward or back. The caller holds the writer's lock.
pub fn recover(root: &Path) -> Result<Recovery, Error> {
    let own = root.join(OWN);
    let path = own.join(RECORD);
    match std::fs::read(&path) {
        Ok(text) => {
            let record: Record = serde_json::from_slice(&text).map_err(|e| Error::Damaged {
                path: path.clone(),
                detail: format!("not a commit record: {e}"),
            })?;
            if record.format != 1 {
                return Err(Error::Damaged {
                    path,
                    detail: format!("a commit record of a newer version ({})", record.format),
                });
            }
            perform(root, &record, usize::MAX)?;
            clear(root)?;
            Ok(Recovery::RolledForward)
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(if clear(root)? {
            Recovery::RolledBack
        } else {
            Recovery::Clean
        }),
        Err(e) => Err(Error::Io { path, source: e }),
    }
}

/// Whether a commit was interrupted and awaits [`recover`].
pub fn is_interrupted(root: &Path) -> bool {
    root.join(OWN).join(RECORD).exists()
}

/// Performs at most `limit` steps, and removes the record when all are done. Returns whether they are.
fn perform(root: &Path, record: &Record, limit: usize) -> Result<bool, Error> {
    let own = root.join(OWN);
    let _readers = FilesLock::exclusive(&own)?;
    let mut folders: Vec<PathBuf> = Vec::new();
    for step in record.steps.iter().take(limit) {
        let target = inside(root, step.target())?;
        let folder = target.parent().unwrap_or(root).to_owned();
        match step {
            Step::Replace { staged, .. } => {
                let staged = inside(&own.join(STAGE), staged)?;
                std::fs::create_dir_all(&folder).map_err(at(&folder))?;
                match replace(&staged, &target) {
                    Err(Error::Io { source, .. })
                        if source.kind() == std::io::ErrorKind::NotFound =>
                    {
                        if !target.exists() {
                            let detail = format!(
                                "the commit record names it, and neither it nor {} is there",
                                staged.display()
                            );
                            return Err(Error::Damaged {
                                path: target,
                                detail,
                            });
                        }
                    }
                    done => done?,
                }
            }
            Step::Remove { .. } => match std::fs::remove_file(&target) {
                Ok(()) => prune(root, &folder),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => {
                    return Err(Error::Io {
                        path: target,
                        source: e,
                    });
                }
            },
        }
        // A new partition is an entry of its folder, which is an entry of its year's, which is an entry of the table's.
        let mut up = Some(folder.as_path());
        while let Some(f) = up.filter(|f| f.starts_with(root)) {
            folders.push(f.to_owned());
            up = f.parent();
        }
    }
    if limit < record.steps.len() {
        return Ok(false);
    }
    folders.sort();
    folders.dedup();
    all_at_once(&folders, |folder| match sync_folder(folder) {
        // One that has become empty is gone.
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done,
    })?;
    super::journal::clear(root, record.journal)?;
    let path = own.join(RECORD);
    match std::fs::remove_file(&path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::Io { path, source: e });
        }
        _ => {}
    }
    sync_folder(&own)?;
    Ok(true)
}

/// Deletes what is staged. Returns whether there was anything.
fn clear(root: &Path) -> Result<bool, Error> {
    let own = root.join(OWN);
    let mut any = std::fs::remove_file(own.join(RECORD_BEING_WRITTEN)).is_ok();
    let stage = own.join(STAGE);
    let entries = match std::fs::read_dir(&stage) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(any),
        Err(e) => {
            return Err(Error::Io {
                path: stage,
                source: e,
            });
        }
    };
    for entry in entries {
        let path = entry.map_err(at(&stage))?.path();
        std::fs::remove_file(&path).map_err(at(&path))?;
        any = true;
    }
    Ok(any)
}

/// A path of the record under `root`. The record is ours, yet a damaged one must not write elsewhere.
fn inside(root: &Path, relative: &str) -> Result<PathBuf, Error> {
    let path = Path::new(relative);
    if path.components().all(|c| matches!(c, Component::Normal(_))) && !relative.is_empty() {
        Ok(root.join(path))
    } else {
        Err(Error::Damaged {
            path: root.to_owned(),
            detail: format!("a commit record names {relative:?}"),
        })
    }
}

/// Renames over an existing file. On Windows a reader that has the target open makes this fail for as long as it does.
fn replace(from: &Path, to: &Path) -> Result<(), Error> {
    let mut wait = std::time::Duration::from_millis(5);
    loop {
        match std::fs::rename(from, to) {
            Ok(()) => return Ok(()),
            Err(e)
                if cfg!(windows)
                    && e.kind() == std::io::ErrorKind::PermissionDenied
                    && wait.as_secs() < 3 =>
            {
                std::thread::sleep(wait);
                wait *= 2;
            }
            Err(e) => {
                return Err(Error::Io {
                    path: to.to_owned(),
                    source: e,
                });
            }
        }
    }
}

/// Removes folders that have become empty, up to the table's.
fn prune(root: &Path, folder: &Path) {
    let mut up = Some(folder);
    while let Some(f) = up.filter(|f| *f != root && f.starts_with(root)) {
        if std::fs::remove_dir(f).is_err() {
            break;
        }
        up = f.parent();
    }
}

fn same_content(path: &Path, content: &[u8]) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() == content.len() as u64)
        && std::fs::read(path).is_ok_and(|present| present == content)
}

fn same_files(one: &Path, other: &Path) -> bool {
    let read = || -> std::io::Result<bool> {
        let (a, b) = (File::open(one)?, File::open(other)?);
        if a.metadata()?.len() != b.metadata()?.len() {
            return Ok(false);
        }
        let (mut a, mut b) = (BufReader::new(a), BufReader::new(b));
        loop {
            let (x, y) = (a.fill_buf()?, b.fill_buf()?);
            let n = x.len().min(y.len());
            if x.get(..n) != y.get(..n) || (n == 0 && x.len() != y.len()) {
                return Ok(false);
            }
            if n == 0 {
                return Ok(true);
            }
            a.consume(n);
            b.consume(n);
        }
    };
    read().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of tables, with their content.
    fn state(root: &Path) -> BTreeMap<String, String> {
        fn walk(root: &Path, dir: &Path, found: &mut BTreeMap<String, String>) {
            for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if entry.file_name() == OWN {
                    continue;
                } else if path.is_dir() {
                    walk(root, &path, found);
                } else {
                    let name = path
                        .strip_prefix(root)
                        .unwrap()
                        .to_string_lossy()
                        .replace('\\', "/");
                    found.insert(name, std::fs::read_to_string(&path).unwrap());
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(root, root, &mut found);
        found
    }

    fn before(root: &Path) {
        let first = Staging::begin(root).unwrap();
        first.put("a/part-0.parquet", b"a1").unwrap();
        first
            .put("b/year=2024/province=43/part-0.parquet", b"b1")
            .unwrap();
        first
            .put("c/year=2023/province=43/part-0.parquet", b"c1")
            .unwrap();
        first.commit(0).unwrap();
    }

    fn stage(root: &Path) -> Staging {
        let next = Staging::begin(root).unwrap();
        assert!(next.put("a/part-0.parquet", b"a2").unwrap());
        assert!(
            !next
                .put("b/year=2024/province=43/part-0.parquet", b"b1")
                .unwrap()
        );
        assert!(
            next.put("d/year=0/province=00/part-0.parquet", b"d2")
                .unwrap()
        );
        next.remove("c/year=2023/province=43/part-0.parquet");
        next
    }

    fn after() -> BTreeMap<String, String> {
        [
            ("a/part-0.parquet", "a2"),
            ("b/year=2024/province=43/part-0.parquet", "b1"),
            ("d/year=0/province=00/part-0.parquet", "d2"),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into()
    }

    #[test]
    fn a_commit_replaces_adds_and_removes() {
        let dir = tempfile::tempdir().unwrap();
        before(dir.path());
        stage(dir.path()).commit(0).unwrap();
        assert_eq!(state(dir.path()), after());
        assert!(!dir.path().join("c").exists(), "empty folders go too");
        assert_eq!(recover(dir.path()).unwrap(), Recovery::Clean);
    }

    #[test]
    fn dropped_before_its_record_it_never_was() {
        let dir = tempfile::tempdir().unwrap();
        before(dir.path());
        let was = state(dir.path());
        drop(stage(dir.path()));
        assert_eq!(state(dir.path()), was);
        // Killed, it leaves its files; also a half-written record.
        std::mem::forget(stage(dir.path()));
        std::fs::write(
            dir.path().join(OWN).join(RECORD_BEING_WRITTEN),
            b"{\"format\":1,",
        )
        .unwrap();
        assert_eq!(state(dir.path()), was);
        assert_eq!(recover(dir.path()).unwrap(), Recovery::RolledBack);
        assert_eq!(state(dir.path()), was);
        assert_eq!(recover(dir.path()).unwrap(), Recovery::Clean);
    }

    #[test]
    fn killed_at_any_step_it_is_finished() {
        for first in 0..=3 {
            for second in 0..=3 {
                let dir = tempfile::tempdir().unwrap();
                before(dir.path());
                let next = stage(dir.path());
                let record = next.seal(0).unwrap().unwrap();
                std::mem::forget(next);
                // Two interruptions, the second while finishing the first.
                perform(dir.path(), &record, first.min(2)).unwrap();
                perform(dir.path(), &record, second.min(2)).unwrap();
                assert!(is_interrupted(dir.path()));
                assert_eq!(recover(dir.path()).unwrap(), Recovery::RolledForward);
                assert_eq!(
                    state(dir.path()),
                    after(),
                    "after {first} and {second} steps"
                );
                assert_eq!(recover(dir.path()).unwrap(), Recovery::Clean);
            }
        }
    }

    #[test]
    fn a_damaged_record_is_reported_and_writes_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        before(dir.path());
        let record = dir.path().join(OWN).join(RECORD);
        for text in [
            "{",
            r#"{"format":2,"steps":[]}"#,
            r#"{"format":1,"steps":[{"remove":{"target":"../x"}}]}"#,
            r#"{"format":1,"steps":[{"replace":{"target":"a/b","staged":"9.staged"}}]}"#,
        ] {
            std::fs::write(&record, text).unwrap();
            assert!(
                matches!(recover(dir.path()), Err(Error::Damaged { .. })),
                "{text}"
            );
        }
    }
}
