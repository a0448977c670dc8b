//! Files found by a thread of its own, so that folders are walked and small files read while others are analysed.

use super::{File, Files};
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread;

/// Most files that are found before they are asked for: a batch of them. Those that are in memory already are small.
const IN_HAND: usize = 64;

/// Gives `take` the files in their order; what `take` leaves is not looked for. Also returns how many were left out so far
/// ([`Files::ignored`]).
pub fn ahead<R>(
    mut files: Files,
    take: impl FnOnce(&mut dyn Iterator<Item = File>) -> R,
) -> (R, u64) {
    let (give, found) = sync_channel(IN_HAND);
    thread::scope(|scope| {
        let files = &mut files;
        let look = move || {
            for file in files.by_ref() {
                if give.send(file).is_err() {
                    break;
                }
            }
            files.ignored()
        };
        let looking = scope.spawn(look);
        let mut found = found.into_iter();
        let taken = take(&mut found);
        drop(found);
        // That nothing more came is the end of the files only where the search did not break off.
        let ignored = looking.join().unwrap_or_else(|fault| resume_unwind(fault));
        (taken, ignored)
    })
}
