//! The program. Everything is in the library; see `cli`.

use std::ffi::{c_int, c_long};
use std::process::ExitCode;

/// Analysis makes many small strings on several threads: the whole is a fifth faster than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

unsafe extern "C" {
    /// Sets an option of the allocator (mimalloc.h).
    fn mi_option_set(option: c_int, value: c_long);
}

/// `mi_option_purge_delay` of mimalloc.h: milliseconds until freed memory is given back to the system.
const PURGE_DELAY: c_int = 15;

fn main() -> ExitCode {
    // Batch after batch needs the same memory again. Given back after 10 ms, as is the default, the system has to clear
    // it anew each time, which is a fifth of a load; held for some seconds, it is still there.
    // SAFETY: the allocator that is linked has this function; it sets a number that is read atomically.
    unsafe { mi_option_set(PURGE_DELAY, 5000) };
    // Pages of 2 MB have to be cleared whole though little of most is used: a third more memory, and start-up takes twice
    // the time of the kernel.
    // SAFETY: a call without pointers. Where the system does not know it, nothing happens.
    #[cfg(target_os = "linux")]
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0);
    }
    zhibiao::cli::main()
}
