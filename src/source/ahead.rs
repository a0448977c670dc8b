//! Files found by a thread of its own, so that folders are walked and small files read while others are analysed.

use super::{File, Files};
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread;

/// Files that are handed over together: that a thread waits for the other costs more than to look at a file that is known.
/// As many wait to be taken, and as many are being found; those that are in memory already are small.
const TOGETHER: usize = 32;

/// Gives `take` the files in their order; what `take` leaves is not looked for. Also returns how many were left out so far
/// ([`Files::ignored`]).
pub fn ahead<R>(
    mut files: Files,
    take: impl FnOnce(&mut dyn Iterator<Item = File>) -> R,
) -> (R, u64) {
    let (give, found) = sync_channel(1);
    thread::scope(|scope| {
        let look = move || {
            loop {
                let some: Vec<File> = files.by_ref().take(TOGETHER).collect();
                let last = some.len() < TOGETHER;
                if give.send(some).is_err() || last {
                    return files.ignored();
                }
            }
        };
        let looking = scope.spawn(look);
        let mut found = found.into_iter().flatten();
        let taken = take(&mut found);
        drop(found);
        // That nothing more came is the end of the files only where the search did not break off.
        let ignored = looking.join().unwrap_or_else(|fault| resume_unwind(fault));
        (taken, ignored)
    })
}
