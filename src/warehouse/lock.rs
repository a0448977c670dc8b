//! One writer, any number of readers.
//!
//! The operating system holds the locks, so that a process that dies gives them up whatever the way it died. Two
//! files in the warehouse's own folder carry them: `lock` is held by a writer for as long as it runs; `readers` is held
//! shared by readers while they look at files, and by the writer for the instant in which it renames. Who holds the
//! writer's lock stands in `writer`, a third file, because a locked file cannot be read on Windows.

use super::error::{Error, at};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Who holds the writer's lock.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Name of the computer.
    pub host: String,
    /// Name of the user.
    pub user: String,
    /// Since when, local time, ISO 8601.
    pub since: String,
}

impl Holder {
    /// This process, now.
    pub fn this() -> Self {
        Holder {
            pid: std::process::id(),
            host: host(),
            user: user(),
            since: chrono::Local::now().format("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }
}

/// Name of this computer; empty where it cannot be told.
pub fn host() -> String {
    let named = ["COMPUTERNAME", "HOSTNAME"]
        .iter()
        .find_map(|v| std::env::var(v).ok().filter(|s| !s.is_empty()));
    named
        .or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok())
        .or_else(|| std::fs::read_to_string("/etc/hostname").ok())
        .map(|s| s.trim().to_owned())
        .unwrap_or_default()
}

/// Name of this user; empty where it cannot be told.
pub fn user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|v| std::env::var(v).ok().filter(|s| !s.is_empty()))
        .unwrap_or_default()
}

/// The writer's lock; given up when dropped.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
    holder: PathBuf,
}

impl WriterLock {
    /// Takes the lock of the folder `dir` (the warehouse's own), or says who has it.
    pub fn acquire(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("lock");
        let holder = dir.join("writer");
        let file = open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let who = std::fs::read(&holder)
                    .ok()
                    .and_then(|b| serde_json::from_slice(&b).ok());
                return Err(Error::Locked {
                    path: dir.parent().unwrap_or(dir).to_owned(),
                    holder: who,
                });
            }
            // A file system without locks (some network shares): there is nothing better to be had.
            Err(TryLockError::Error(e)) if e.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(Error::Io { path, source: e }),
        }
        if let Ok(text) = serde_json::to_vec(&Holder::this()) {
            std::fs::write(&holder, text).map_err(at(&holder))?;
        }
        Ok(WriterLock {
            _file: file,
            holder,
        })
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Only a courtesy: a stale name is never taken for a lock.
        let _ = std::fs::remove_file(&self.holder);
    }
}

/// Held while files are listed and read (shared), or renamed (exclusive).
#[derive(Debug)]
pub struct FilesLock {
    _file: Option<File>,
}

impl FilesLock {
    /// For a reader. On a medium that cannot be written to there is no lock, and no writer either.
    pub fn shared(dir: &Path) -> Self {
        let file = File::open(dir.join("readers"))
            .or_else(|_| open(&dir.join("readers")))
            .ok();
        FilesLock {
            _file: file.filter(|f| f.lock_shared().is_ok()),
        }
    }

    /// For a writer about to rename; waits for readers that are reading.
    pub fn exclusive(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("readers");
        let file = open(&path)?;
        match file.lock() {
            Ok(()) => Ok(FilesLock { _file: Some(file) }),
            Err(e) if e.kind() == std::io::ErrorKind::Unsupported => Ok(FilesLock { _file: None }),
            Err(e) => Err(Error::Io { path, source: e }),
        }
    }
}

fn open(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_who_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = WriterLock::acquire(dir.path()).unwrap();
        match WriterLock::acquire(dir.path()) {
            Err(Error::Locked {
                holder: Some(h), ..
            }) => assert_eq!(h.pid, std::process::id()),
            other => panic!("{other:?}"),
        }
        drop(first);
        assert!(WriterLock::acquire(dir.path()).is_ok());
    }

    #[test]
    fn a_name_left_by_a_crash_locks_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("writer"),
            serde_json::to_vec(&Holder::this()).unwrap(),
        )
        .unwrap();
        std::fs::write(dir.path().join("lock"), b"").unwrap();
        assert!(WriterLock::acquire(dir.path()).is_ok());
    }
}
