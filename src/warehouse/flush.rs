//! Files and folders on the disk, many at the same time: a file system writes them together, and what takes time is waiting
//! for the disk.
//!
//! It happens when all of a change is staged. Flushing each file as soon as it is whole, while others are still written, was tried: it
//! takes more time of the processor and no less of the clock.

use super::error::{Error, at};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Files that are flushed to the disk at the same time.
const AT_ONCE: usize = 16;
/// Files for which a thread of its own is worth while.
const FEWEST: usize = 4;

/// Does something with many files or folders that flushes each to the disk.
pub(super) fn all_at_once(
    paths: &[PathBuf],
    flush: impl Fn(&Path) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let share = paths.len().div_ceil(AT_ONCE).max(FEWEST);
    let (first, others) = paths.split_at(share.min(paths.len()));
    let each = |few: &[PathBuf]| few.iter().try_for_each(|path| flush(path));
    std::thread::scope(|scope| {
        let threads: Vec<_> = others
            .chunks(share)
            .map(|few| (few, scope.spawn(move || each(few))))
            .collect();
        each(first)?;
        threads.into_iter().try_for_each(|(few, thread)| {
            thread.join().unwrap_or_else(|_| {
                let which = few.first().map_or(Path::new(""), PathBuf::as_path);
                let fault = "a thread that flushes files panicked";
                Err(at(which)(std::io::Error::other(fault)))
            })
        })
    })
}

/// Makes the entries of a folder durable. Windows has no such call and needs none after a rename.
pub(super) fn sync_folder(folder: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|f| f.sync_all())
            .map_err(at(folder))
    } else {
        Ok(())
    }
}
