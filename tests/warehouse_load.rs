//! Loads of generated submissions: what is written is what was generated, killed at any instant or not.
//!
//! `ZHIBIAO_KILLS` and `ZHIBIAO_KILL_FILES` make the last test larger: 200 kills of a load of 2,000 files are
//! `ZHIBIAO_KILLS=200 ZHIBIAO_KILL_FILES=2000 cargo test --release --test warehouse_load -- killed`.

mod common;
#[path = "../examples/generate_load/main.rs"]
mod generate_load;

use common::{content, current, files, ingest, rows, zhibiao};
use generate_load::generate;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Bytes of the files of tables that have no times.
fn bytes(warehouse: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = files(warehouse).into_iter();
    all.filter_map(|path| {
        let name = path
            .strip_prefix(warehouse)
            .ok()?
            .to_string_lossy()
            .into_owned();
        let timeless = [
            "observations",
            "quantities",
            "targets",
            "checks",
            "blocks",
            "dim_",
        ];
        let wanted = timeless.iter().any(|t| name.starts_with(t));
        wanted.then(|| fs::read(&path).map(|b| (name, b)).ok())?
    })
    .collect()
}

fn is_whole(warehouse: &Path) {
    zhibiao()
        .args(["check-warehouse", "--warehouse"])
        .arg(warehouse)
        .assert()
        .success();
}

#[test]
fn what_was_generated_is_in_the_warehouse() {
    let dir = tempfile::tempdir().expect("a folder");
    let (reports, warehouse) = (dir.path().join("reports"), dir.path().join("w"));
    let made = generate(&reports, 0, 40, true).expect("generated");
    ingest(&[&reports], &warehouse, &["--jobs", "2"], 0);
    is_whole(&warehouse);
    let documents = rows(&warehouse, "documents");
    assert_eq!(documents.len(), made.len());
    let observations = current(&warehouse, "observations");
    let mut of: BTreeMap<&str, BTreeSet<(String, String, String)>> = BTreeMap::new();
    for o in &observations {
        let spelled = (
            o["indicator"].clone(),
            o["scenario"].clone(),
            o["obs_value"].clone(),
        );
        of.entry(o["document_id"].as_str())
            .or_default()
            .insert(spelled);
    }
    let (mut right, mut all) = (0, 0);
    for m in &made {
        let path = reports.join(&m.file).to_string_lossy().into_owned();
        let document = documents
            .iter()
            .find(|d| d["path"] == path)
            .unwrap_or_else(|| panic!("{path}"));
        assert_eq!(document["year"], m.year.to_string(), "{path}");
        assert_eq!(document["ref_area"], m.area, "{path}");
        for (indicator, scenario, value, _) in &m.facts {
            all += 1;
            let spelled = (
                (*indicator).to_string(),
                (*scenario).to_string(),
                common::plain(value),
            );
            let found = of.get(document["document_id"].as_str());
            right += usize::from(found.is_some_and(|f| f.contains(&spelled)));
        }
    }
    // How well sentences bind is measured elsewhere; that figures arrive whole and in their place is what counts here.
    assert!(right * 10 >= all * 8, "{right} of {all}");
}

#[test]
fn batches_threads_and_runs_give_the_same_files() {
    let dir = tempfile::tempdir().expect("a folder");
    let reports = dir.path().join("reports");
    generate(&reports, 0, 30, true).expect("generated");
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    ingest(&[&reports], &one, &["--jobs", "1"], 0);
    // Folder by folder, each a run of its own.
    let mut folders: Vec<_> = fs::read_dir(&reports)
        .expect("listed")
        .map(|e| e.expect("an entry").path())
        .collect();
    folders.sort();
    folders.reverse();
    for folder in &folders {
        ingest(&[folder], &two, &["--jobs", "2"], 0);
    }
    assert!(bytes(&one) == bytes(&two));
    // Nothing new: nothing is written but the row of the run.
    let before = (bytes(&one), rows(&one, "documents"));
    ingest(&[&reports], &one, &[], 0);
    assert!(before == (bytes(&one), rows(&one, "documents")));
    assert_eq!(rows(&one, "loads").len(), 2);
}

#[test]
fn a_corrected_submission_supersedes_the_earlier_one_wherever_else_that_lies() {
    let dir = tempfile::tempdir().expect("a folder");
    let reports = dir.path().join("reports");
    let text = |persons: u32| {
        format!(
            "2024年度衡山县民政局工作总结\n\n年末实有在职人数{persons}人。\n\n衡山县民政局\n2025年3月1日\n"
        )
    };
    // Read in this order.
    let files = [
        ("1/衡山县民政局工作总结.txt", 34, 1),
        ("2/衡山县民政局工作总结（修改稿）.txt", 36, 2),
        ("3/衡山县民政局工作总结.txt", 34, 1),
    ];
    for (path, persons, days) in files {
        let path = reports.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, text(persons)).expect("written");
        let time =
            std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * (20_000 + days));
        let file = fs::File::options().write(true).open(&path);
        file.and_then(|f| f.set_modified(time)).expect("dated");
    }
    for (n, options) in [&[][..], &["--batch-files", "1"][..]].iter().enumerate() {
        let warehouse = dir.path().join(format!("w{n}"));
        ingest(&[&reports], &warehouse, options, 0);
        let mut found: Vec<String> = rows(&warehouse, "observations")
            .iter()
            .filter(|o| o["indicator"] == "common.staff.employed")
            .map(|o| format!("{} {}", o["obs_value"], o["is_current"]))
            .collect();
        found.sort();
        assert_eq!(found, ["34 false", "36 true"], "{options:?}");
    }
}

#[test]
fn a_corrected_submission_supersedes_the_earlier_one_for_good() {
    let dir = tempfile::tempdir().expect("a folder");
    let (reports, warehouse) = (dir.path().join("reports"), dir.path().join("w"));
    let text = |persons: u32| {
        format!(
            "2024年度衡山县民政局部门整体支出绩效自评报告\n\n一、部门基本情况\n年末实有在职人数{persons}人。\n\n衡山县民政局\n2025年3月1日\n"
        )
    };
    let older = reports.join("三月/衡山县民政局自评报告.txt");
    let newer = reports.join("四月/衡山县民政局自评报告（修改稿）.txt");
    let other = reports.join("四月/衡山县民政局工作总结.txt");
    let times = [(&older, 34, 1), (&newer, 36, 2), (&other, 40, 3)];
    for (path, persons, days) in times {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text(persons)).expect("written");
        let time =
            std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * (20_000 + days));
        fs::File::options()
            .write(true)
            .open(path)
            .and_then(|f| f.set_modified(time))
            .expect("dated");
    }
    let state = || -> Vec<String> {
        let observations = rows(&warehouse, "observations");
        let mut all: Vec<String> = observations
            .iter()
            .filter(|o| o["indicator"] == "common.staff.employed")
            .map(|o| format!("{} {}", o["obs_value"], o["is_current"]))
            .collect();
        all.sort();
        all
    };
    let output = ingest(&[&reports], &warehouse, &[], 0);
    let expected = ["34 false", "36 true", "40 true"];
    assert_eq!(state(), expected);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("更正报送"), "{said}");
    let newer_row = rows(&warehouse, "documents");
    let row = newer_row
        .iter()
        .find(|d| d["file_name"].contains("修改稿"))
        .expect("it is there");
    assert!(row["warnings"].contains("三月"), "{row:?}");
    // Both files still lie there, and it stays so.
    for more in [&[][..], &["--again"][..], &[][..]] {
        ingest(&[&reports], &warehouse, more, 0);
        assert_eq!(state(), expected);
    }
    is_whole(&warehouse);
    // Withdrawn, the earlier one is in force again.
    zhibiao()
        .arg("forget")
        .arg(&newer)
        .arg("--warehouse")
        .arg(&warehouse)
        .assert()
        .success();
    assert_eq!(state(), ["34 true", "40 true"]);
    is_whole(&warehouse);
}

#[test]
fn rebind_with_the_same_catalogue_changes_no_byte_but_the_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let (reports, warehouse) = (dir.path().join("reports"), dir.path().join("w"));
    generate(&reports, 0, 20, true).expect("generated");
    ingest(&[&reports], &warehouse, &[], 0);
    ingest(&[&common::repository("samples")], &warehouse, &[], 1);
    let before = content(&warehouse);
    let output = zhibiao()
        .args(["rebind", "--again", "--json", "--warehouse"])
        .arg(&warehouse)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&report["bound"], &report["unbound"], &report["rebound"]),
        (&0.into(), &0.into(), &0.into())
    );
    for (table, rows) in content(&warehouse) {
        assert!(before[&table] == rows, "{table}");
    }
    is_whole(&warehouse);
}

/// Kills at instants that are spread evenly over the time of a load, the process as it is (SIGKILL on Unix).
#[test]
fn killed_at_any_instant_it_ends_the_same() {
    let number = |name: &str, default: u64| -> u64 {
        std::env::var(name)
            .ok()
            .and_then(|n| n.parse().ok())
            .unwrap_or(default)
    };
    let (kills, count) = (number("ZHIBIAO_KILLS", 6), number("ZHIBIAO_KILL_FILES", 40));
    let dir = tempfile::tempdir().expect("a folder");
    let reports = dir.path().join("reports");
    generate(&reports, 0, count, true).expect("generated");
    let start = |warehouse: &Path| {
        Command::new(env!("CARGO_BIN_EXE_zhibiao"))
            .args([
                "ingest",
                "--jobs",
                "2",
                "--log-format",
                "json",
                "--warehouse",
            ])
            .arg(warehouse)
            .arg(&reports)
            // Small batches, so that there is much to interrupt.
            .args(["--batch-files", "8"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts")
    };
    let whole = dir.path().join("whole");
    let began = std::time::Instant::now();
    assert!(start(&whole).wait().expect("it ends").success());
    let time = began.elapsed();
    let (expected, expected_bytes) = (content(&whole), bytes(&whole));
    let warehouse = dir.path().join("killed");
    let mut fresh = true;
    for k in 0..kills {
        if fresh {
            let _ = fs::remove_dir_all(&warehouse);
        }
        let mut child = start(&warehouse);
        // A golden-ratio sequence: any number of kills is spread over the whole of the run.
        let part = (k as f64 * 0.618_033_988_75 + 0.5).fract();
        std::thread::sleep(time.mul_f64(part));
        let _ = child.kill();
        child.wait().expect("it ends");
        if warehouse.join(".zhibiao").exists() && warehouse.join("documents").exists() {
            // Whatever a reader sees is whole: no row twice, none without its document.
            let output = zhibiao()
                .args(["check-warehouse", "--json", "--warehouse"])
                .arg(&warehouse)
                .output()
                .expect("it runs");
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            let faults = report["faults"].as_array().expect("a list").iter();
            let real: Vec<_> = faults.filter(|f| f["kind"] != "interrupted").collect();
            assert!(real.is_empty(), "kill {k} at {part}: {real:?}");
        }
        // Every other load is killed once more before it may end.
        fresh = k % 2 == 1;
        if fresh {
            assert!(start(&warehouse).wait().expect("it ends").success());
            is_whole(&warehouse);
            assert!(bytes(&warehouse) == expected_bytes, "kill {k} at {part}");
            for (table, rows) in content(&warehouse) {
                assert!(expected[&table] == rows, "kill {k} at {part}: {table}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn asked_to_stop_it_finishes_the_batch_and_says_how_to_go_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let (reports, warehouse) = (dir.path().join("reports"), dir.path().join("w"));
    generate(&reports, 0, 60, false).expect("generated");
    let child = Command::new(env!("CARGO_BIN_EXE_zhibiao"))
        .args([
            "ingest",
            "--jobs",
            "1",
            "--lang",
            "en",
            "--log-format",
            "json",
            "--warehouse",
        ])
        .arg(&warehouse)
        .arg(&reports)
        .args(["--batch-files", "2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // As soon as it has committed something.
    let journal = warehouse.join(".zhibiao/journal/00000001.json");
    for _ in 0..6_000 {
        if journal.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(killed.success());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("\"stopping\"") && said.contains("run the same command again"),
        "{said}"
    );
    is_whole(&warehouse);
    let read = rows(&warehouse, "documents").len();
    assert!((1..60).contains(&read), "{read}");
    ingest(&[&reports], &warehouse, &[], 0);
    assert_eq!(rows(&warehouse, "documents").len(), 60);
    is_whole(&warehouse);
}
