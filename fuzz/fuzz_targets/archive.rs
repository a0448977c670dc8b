//! Listing an archive and reading its members.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhibiao::read::Limits;
use zhibiao::source::walk;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        unpacked: 16 << 20,
        entries: 1000,
        ..Limits::default()
    };
    let Ok(dir) = tempfile::tempdir() else { return };
    let path = dir.path().join("a.zip");
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    let listing = walk(&[path], &limits, None);
    assert!(!listing.files.is_empty() || listing.ignored > 0);
    for file in listing.files {
        let _ = file.bytes();
    }
});
