//! Every reader of documents: the bytes choose it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::Duration;
use zhibiao::read::{Limits, read};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        unpacked: 64 << 20,
        time: Some(Duration::from_secs(5)),
        ..Limits::default()
    };
    let _ = read(bytes, "a.docx", &limits.started());
});
