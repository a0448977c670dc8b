//! Loads of many batches: rows that are put away, runs that are killed, files that are read again.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

fn one_a_batch() -> Options {
    Options {
        batch_files: 1,
        jobs: 2,
        ..Options::default()
    }
}

fn text(n: usize) -> &'static str {
    Box::leak(format!("{} 430423 {n} {}", 2020 + n % 3, n + 1).into_boxed_str())
}

fn inputs(count: usize) -> Vec<File> {
    let all = (0..count).map(|n| input(&format!("/{n:03}.txt"), text(n)));
    all.chain([input("/x.txt", "broken")]).collect()
}

/// Every file but those with times of loading.
fn timeless(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = bytes(root);
    files.retain(|n, _| !n.starts_with("documents") && !n.starts_with("rejects"));
    files
}

/// A writer that holds no rows from batch to batch.
fn forgetful(root: &Path, version: &str) -> Writer {
    let mut writer = Writer::open(root, indicators(version)).unwrap();
    writer.journal.held = 0;
    writer
}

#[test]
fn rows_that_are_put_away_end_in_the_same_files() {
    let dir = tempfile::tempdir().unwrap();
    let (held, away) = (dir.path().join("held"), dir.path().join("away"));
    // So many batches that what was put away is merged on the way.
    for (version, count) in [("1", 70), ("1", 75), ("2", 20)] {
        let mut writer = Writer::open(&held, indicators(version)).unwrap();
        load(&mut writer, inputs(count), &one_a_batch(), analyse, &()).unwrap();
        drop(writer);
        let mut writer = forgetful(&away, version);
        load(&mut writer, inputs(count), &one_a_batch(), analyse, &()).unwrap();
        drop(writer);
        assert!(timeless(&held) == timeless(&away), "{version} {count}");
        let faults = check(&Reader::open(&away).unwrap()).unwrap().faults;
        assert_eq!(faults, []);
    }
}

#[test]
fn killed_with_rows_put_away_and_rows_held_a_run_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (root, whole) = (dir.path().join("w"), dir.path().join("whole"));
    run_with(&whole, inputs(12), &one_a_batch());
    // Of the files of a run that is killed the last is not of a batch yet, and the batch before it is not in the journal.
    for (away, killed_after) in [(4, 6), (6, 6), (3, 12)] {
        let _ = std::fs::remove_dir_all(&root);
        let killed = |mut writer: Writer, upto: usize| {
            let few = inputs(12).into_iter().take(upto);
            let all = few.chain(std::iter::from_fn(|| panic!("killed")));
            let stop = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                load(&mut writer, all, &one_a_batch(), analyse, &()).map(|_| ())
            }));
            assert!(stop.is_err());
        };
        killed(forgetful(&root, "1"), away);
        let writer = Writer::open(&root, indicators("1")).unwrap();
        // A kill between putting rows away and removing the files of their batches.
        let journal = root.join(OWN).join("journal");
        std::fs::write(journal.join("00000001.rows"), b"old").unwrap();
        killed(writer, killed_after);
        run_with(&root, inputs(12), &one_a_batch());
        assert!(timeless(&root) == timeless(&whole), "{away} {killed_after}");
        assert_eq!(std::fs::read_dir(&journal).unwrap().count(), 0);
    }
}

#[test]
fn batches_that_wait_are_lost_by_a_kill_or_are_there_together() {
    let dir = tempfile::tempdir().unwrap();
    let (root, whole) = (dir.path().join("w"), dir.path().join("whole"));
    run_with(&whole, inputs(12), &one_a_batch());
    let journal = root.join(OWN).join("journal");
    for (held, expected) in [
        (
            usize::MAX,
            "00000005.json 00000005.rows 00000006.json 00000006.rows 00000007.json 00000007.rows",
        ),
        (
            0,
            "00000001-00000005.0 00000005.json 00000006-00000006.0 00000006.json 00000007-00000007.0 00000007.json",
        ),
    ] {
        let _ = std::fs::remove_dir_all(&root);
        let mut writer = Writer::open(&root, indicators("1")).unwrap();
        let mut killed = |upto: usize, patience: Duration, held: usize| {
            writer.journal.held = held;
            let options = Options {
                patience,
                ..one_a_batch()
            };
            let few = inputs(12).into_iter().take(upto);
            let all = few.chain(std::iter::from_fn(|| panic!("killed")));
            let stop = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                load(&mut writer, all, &options, analyse, &()).map(|_| ())
            }));
            assert!(stop.is_err());
        };
        // The last of these files is not of a batch yet when the run is killed, and the batch before it is not in the journal.
        killed(6, Duration::MAX, usize::MAX);
        assert!(!journal.exists());
        killed(10, Duration::ZERO, held);
        drop(writer);
        let names = std::fs::read_dir(&journal).unwrap();
        let names = names.map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names.join(" "), expected);
        run_with(&root, inputs(12), &one_a_batch());
        assert!(timeless(&root) == timeless(&whole), "{held}");
    }
}

#[test]
fn a_batch_whose_rows_are_gone_or_cut_off_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    let mut writer = Writer::open(&root, indicators("1")).unwrap();
    let all = inputs(5).into_iter().take(5);
    let all = all.chain(std::iter::from_fn(|| panic!("killed")));
    let stop = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        load(&mut writer, all, &one_a_batch(), analyse, &()).map(|_| ())
    }));
    assert!(stop.is_err());
    drop(writer);
    let rows = root.join(OWN).join("journal/00000002.rows");
    let whole = std::fs::read(&rows).unwrap();
    std::fs::write(&rows, &whole[..whole.len() / 2]).unwrap();
    assert!(Writer::open(&root, indicators("1")).is_err());
    std::fs::remove_file(&rows).unwrap();
    assert!(Writer::open(&root, indicators("1")).is_err());
    std::fs::write(&rows, &whole).unwrap();
    assert!(Writer::open(&root, indicators("1")).is_ok());
}

/// A file that counts how often it is read.
struct Counted<'a>(File, &'a AtomicUsize);

impl Source for Counted<'_> {
    fn path(&self) -> &str {
        self.0.path()
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn size(&self) -> u64 {
        self.0.size()
    }

    fn modified(&self) -> Option<SystemTime> {
        self.0.modified()
    }

    fn read(&self) -> Result<Vec<u8>, Problem> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.read()
    }
}

#[test]
fn a_file_whose_time_proves_nothing_is_hashed_once_more_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    let reads = AtomicUsize::new(0);
    let run = |modified: SystemTime, text: &'static str| {
        let mut writer = Writer::open(&root, indicators("1")).unwrap();
        let seconds = modified.duration_since(UNIX_EPOCH).unwrap().as_secs();
        let files = [Counted(timed("/a.txt", text, seconds), &reads)];
        let analyse = |bytes: &[u8], file: &Counted<'_>| analyse(bytes, &file.0);
        load(&mut writer, files, &Options::default(), analyse, &()).unwrap();
        reads.swap(0, Ordering::Relaxed)
    };
    let now = SystemTime::now();
    let hour = Duration::from_secs(3600);
    run(now - 2 * hour, "2024 430423 1");
    assert_eq!(run(now - 2 * hour, "2024 430423 1"), 0);
    // Touched after that run began: its bytes say once that it is the same. (Times are whole seconds here: this one is two
    // to three seconds from proving anything, and has been passed by as many after the pause.)
    let touched = SystemTime::now() + Duration::from_secs(1);
    assert_eq!(run(touched, "2024 430423 1"), 1);
    std::thread::sleep(Duration::from_millis(3200));
    assert_eq!(run(touched, "2024 430423 1"), 1);
    assert_eq!(run(touched, "2024 430423 1"), 0);
    // Of the future: it may change without a change of its time.
    for _ in 0..2 {
        assert_eq!(run(now + hour, "2024 430423 1"), 1);
    }
    // Another time, other bytes.
    assert_eq!(run(touched - hour, "2024 430423 2"), 1);
    assert_eq!(values(&root, &OBSERVATIONS, "obs_value").len(), 2);
}
