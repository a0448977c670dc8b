//! Readers of other crates, fenced in: some of them panic on damaged files (an index out of a table, a length of
//! zero). That is damage of the file, and costs the file only.
//!
//! Memory and loops without end cannot be caught here; files that would cause them are refused before
//! (see `compound` and [`Limits`](super::Limits)).

use super::{Reason, Reject};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static FENCED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread runs a reader whose panics are caught, so that a hook can keep silent.
pub(crate) fn fenced() -> bool {
    FENCED.get()
}

/// Runs a reader. A panic is a reject with reason `corrupt`.
///
/// # Errors
/// What the reader says, or damage where it panics.
#[allow(
    dead_code,
    reason = "for the readers of other crates; those of today are our own"
)]
pub(crate) fn contain<T>(reader: impl FnOnce() -> Result<T, Reject>) -> Result<T, Reject> {
    let before = FENCED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(reader));
    FENCED.set(before);
    result.unwrap_or_else(|_| {
        Err(Reject::new(
            Reason::Corrupt,
            "",
            "文件已损坏，读到一半无法继续；请用原软件打开后另存一份，或重新发送。",
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_damage() {
        assert_eq!(contain(|| Ok(1)), Ok(1));
        let empty: Vec<u8> = Vec::new();
        let reject = contain(|| Ok(empty[empty.len() + 1])).unwrap_err();
        assert_eq!(reject.reason, Reason::Corrupt);
        assert!(!fenced());
    }
}
