//! The warehouse as a whole, on made-up documents of one line: `YEAR AREA VALUE VALUE …`.

use super::care::{find, forget};
use super::check::{FaultKind, check};
use super::commit::OWN;
use super::document::DocumentRow;
use super::history::history;
use super::load::{Options, Source, Summary, load};
use super::rebind::{self, rebind};
use super::rows::{IndicatorRow, Indicators};
use super::schema::{self, DOCUMENTS, OBSERVATIONS, QUANTITIES, REJECTS};
use super::write::ALSO_AT;
use super::{Reader, Writer};
use crate::analysis::{Analysis, DocumentContext, Figure, Observation, Place, Target};
use crate::quantity::Qualifier;
use crate::read::{Block, BlockKind, Format, Problem, Reason};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

mod bulk;
mod rebound;

fn indicators(version: &str) -> Indicators {
    Indicators::new(
        version,
        [("x.count", "数"), ("x.more", "大数")].map(|(id, name)| IndicatorRow {
            id: id.into(),
            name: name.into(),
            domain: "x".into(),
            ..Default::default()
        }),
    )
}

fn analyse(bytes: &[u8], file: &File) -> Result<Analysis, Problem> {
    let name = file.name();
    let text = String::from_utf8_lossy(bytes);
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or("");
    let fault = |reason| Problem {
        part: String::new(),
        reason,
        detail: "见测试".into(),
    };
    match first {
        "panic" => panic!("asked to"),
        "broken" => return Err(fault(Reason::Corrupt)),
        _ => {}
    }
    let year: i32 = first.parse().unwrap();
    let code = words.next().unwrap_or("");
    let place = std::sync::Arc::new(Place {
        ref_area: code.trim_matches('-').into(),
        area_name: format!("区{code}"),
        ..Place::default()
    });
    let values: Vec<_> = words.map(|w| Decimal::from_str(w).unwrap()).collect();
    let period = crate::context::period::parse_iso(first);
    let quantities = values.iter().enumerate().map(|(i, v)| Figure {
        location: format!("p{}", 12 - i).into(),
        block: 0,
        chars: i..i + 2,
        value_text: v.to_string().into(),
        value: *v,
        value_max: None,
        unit: "人".into(),
        qualifier: Qualifier::Approx,
        measured: String::new(),
        time_period: first.into(),
        year,
        indicator: "x.count".into(),
        reason: String::new(),
    });
    let observations = values.iter().enumerate().map(|(i, v)| Observation {
        indicator: "x.count".into(),
        place: place.clone(),
        time_period: first.into(),
        period,
        year,
        scenario: Default::default(),
        transformation: Default::default(),
        obs_value: *v,
        obs_value_max: None,
        unit_measure: "人".into(),
        qualifier: Qualifier::Approx,
        value_text: v.to_string().into(),
        evidence: (*text).into(),
        location: "p1".into(),
        chars: 0..2,
        confidence: 0.9,
        rule: "x".into(),
        quantity: Some(i),
    });
    Ok(Analysis {
        format: Format::Text,
        context: DocumentContext {
            title: name.into(),
            place: place.clone(),
            agency: format!("局{code}"),
            year,
            period,
            ..Default::default()
        },
        blocks: vec![Block {
            location: "p1".into(),
            kind: BlockKind::Paragraph {
                text: text.to_string(),
            },
        }],
        quantities: quantities.collect(),
        observations: observations.collect(),
        checks: Vec::new(),
        targets: vec![Target {
            level3: "数".into(),
            target_value: values.first().copied(),
            ..Default::default()
        }],
        problems: if values.len() == 3 {
            vec![fault(Reason::TooLarge)]
        } else {
            vec![]
        },
        warnings: vec![],
    })
}

struct File {
    path: String,
    text: &'static str,
    seconds: u64,
}

impl Source for File {
    fn path(&self) -> &str {
        &self.path
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    fn size(&self) -> u64 {
        self.text.len() as u64
    }

    fn modified(&self) -> Option<SystemTime> {
        Some(UNIX_EPOCH + Duration::from_secs(self.seconds))
    }

    fn read(&self) -> Result<Vec<u8>, Problem> {
        if self.text == "unreadable" {
            return Err(Problem {
                part: String::new(),
                reason: Reason::Unreadable,
                detail: "没有权限".into(),
            });
        }
        Ok(self.text.as_bytes().to_vec())
    }
}

fn input(path: &str, text: &'static str) -> File {
    timed(path, text, 1)
}

fn timed(path: &str, text: &'static str, seconds: u64) -> File {
    File {
        path: path.into(),
        text,
        seconds,
    }
}

fn run_with(root: &Path, mut inputs: Vec<File>, options: &Options) -> Summary {
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    let mut writer = Writer::open(root, indicators("1")).unwrap();
    load(&mut writer, inputs, options, analyse, &()).unwrap()
}

fn run(root: &Path, inputs: Vec<File>) -> Summary {
    run_with(root, inputs, &Options::default())
}

/// Every file of the warehouse but its own and `loads`.
fn bytes(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for table in schema::TABLES.iter().filter(|t| t.name != "loads") {
        for file in super::read::files(root, table).unwrap() {
            found.insert(
                file.strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned(),
                std::fs::read(&file).unwrap(),
            );
        }
    }
    found
}

/// `file_name value current` of every row of a table.
fn values(root: &Path, table: &'static schema::Table, value: &str) -> Vec<String> {
    let frame = Reader::open(root)
        .unwrap()
        .scan(table)
        .unwrap()
        .collect()
        .unwrap();
    let names = frame.column("file_name").unwrap().str().unwrap().clone();
    let current = frame.column("is_current").unwrap().bool().unwrap().clone();
    let amounts = frame.column(value).unwrap().decimal().unwrap().clone();
    let mut rows: Vec<String> = (0..frame.height())
        .map(|i| {
            let amount = amounts
                .physical()
                .get(i)
                .map(|v| Decimal::from_i128_with_scale(v, 6).normalize().to_string());
            format!(
                "{} {} {}",
                names.get(i).unwrap(),
                amount.unwrap_or_default(),
                current.get(i).unwrap()
            )
        })
        .collect();
    rows.sort();
    rows
}

fn documents(root: &Path) -> Vec<DocumentRow> {
    let frame = Reader::open(root).unwrap().collect(&DOCUMENTS).unwrap();
    DocumentRow::from_frame(&frame, |_| true).unwrap()
}

const MANY: [(&str, &str); 7] = [
    ("/a/1.txt", "2024 430423 1 2.5"),
    ("/a/2.txt", "2023 430423 3 4 5"),
    ("/b/1.txt", "2024 530000 -6.000001"),
    ("/b/2.txt", "0 - 7"),
    ("/b/3.txt", "broken"),
    ("/b/4.txt", "panic"),
    ("/b/5.txt", "2024 430423 1 2.5"),
];

fn many() -> Vec<File> {
    MANY.iter().map(|(p, t)| input(p, t)).collect()
}

#[test]
fn the_same_twice_changes_no_byte() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    let first = run(&root, many());
    assert_eq!(
        (
            first.files,
            first.documents,
            first.duplicates,
            first.rejected,
            first.partial
        ),
        (7, 4, 1, 2, 1)
    );
    assert_eq!(
        (first.quantities, first.observations, first.indicators),
        (7, 7, 1)
    );
    let before = bytes(&root);
    assert!(before.contains_key("observations/year=0/province=00/part-0.parquet"));
    assert!(before.contains_key("quantities/year=2024/province=43/part-0.parquet"));
    let second = run(&root, many());
    assert_eq!(
        (
            second.unchanged,
            second.documents,
            second.rejected,
            second.unchanged_partial
        ),
        (4, 0, 2, 1)
    );
    assert!(bytes(&root) == before);
    // Also when everything is read again, or the file system's times are not to be relied on.
    let again = run_with(
        &root,
        many(),
        &Options {
            again: true,
            ..Options::default()
        },
    );
    assert_eq!((again.documents, again.again), (4, 4));
    assert!(bytes(&root) == before);
    let loads = Reader::open(&root)
        .unwrap()
        .collect(&schema::LOADS)
        .unwrap();
    assert_eq!(loads.height(), 3);
}

#[test]
fn threads_batches_and_order_do_not_matter() {
    let strip = |root: &Path| {
        let mut files = bytes(root);
        // Times of loading differ.
        files.retain(|name, _| !name.starts_with("documents") && !name.starts_with("rejects"));
        let rows: Vec<_> = documents(root)
            .into_iter()
            .map(|d| DocumentRow {
                ingested_at: 0,
                ..d
            })
            .collect();
        (files, rows)
    };
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    run_with(
        &whole,
        many(),
        &Options {
            jobs: 1,
            ..Options::default()
        },
    );
    let pieces = dir.path().join("pieces");
    let reversed = many().into_iter().rev().collect();
    run_with(
        &pieces,
        reversed,
        &Options {
            jobs: 4,
            batch_files: 1,
            ..Options::default()
        },
    );
    assert!(strip(&whole) == strip(&pieces));
    let later = dir.path().join("later");
    let (odd, even): (Vec<_>, Vec<_>) = many()
        .into_iter()
        .enumerate()
        .partition(|(i, _)| i % 2 == 1);
    run(&later, even.into_iter().map(|(_, f)| f).collect());
    run(&later, odd.into_iter().map(|(_, f)| f).collect());
    assert!(strip(&whole) == strip(&later));
}

#[test]
fn a_corrected_file_supersedes_and_both_stay() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    run(
        &root,
        vec![
            input("/a.txt", "2024 430423 1"),
            input("/b.txt", "2024 430423 9"),
        ],
    );
    let second = run(&root, vec![timed("/a.txt", "2023 430423 2", 2)]);
    assert_eq!(second.superseded, 1);
    let expected = ["a.txt 1 false", "a.txt 2 true", "b.txt 9 true"];
    assert_eq!(values(&root, &OBSERVATIONS, "obs_value"), expected);
    assert_eq!(values(&root, &QUANTITIES, "value"), expected);
    let docs = documents(&root);
    let newer = docs.iter().find(|d| d.year == 2023).unwrap();
    let older = docs
        .iter()
        .find(|d| d.year == 2024 && d.path == "/a.txt")
        .unwrap();
    assert_eq!(newer.supersedes, older.document_id);
    // And back.
    run(&root, vec![timed("/a.txt", "2024 430423 1", 3)]);
    assert_eq!(
        values(&root, &OBSERVATIONS, "obs_value"),
        ["a.txt 1 true", "a.txt 2 false", "b.txt 9 true"]
    );
    let docs = documents(&root);
    let superseded: Vec<_> = docs
        .iter()
        .filter(|d| !d.supersedes.is_empty())
        .map(|d| (d.year, d.supersedes.as_str()))
        .collect();
    assert_eq!(superseded, [(2024, newer.document_id.as_str())]);
    // Touched only.
    let touched = run(&root, vec![timed("/a.txt", "2024 430423 1", 4)]);
    assert_eq!(touched.unchanged, 1);
    assert_eq!(
        documents(&root)
            .iter()
            .find(|d| d.year == 2024 && d.path == "/a.txt")
            .unwrap()
            .modified_at,
        Some(4_000_000)
    );
}

#[test]
fn the_same_bytes_under_two_names_are_one_document() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    run(
        &root,
        vec![
            input("/z.txt", "2024 430423 1"),
            input("/c.txt", "2024 430423 1"),
            input("/m.txt", "2024 430423 1"),
        ],
    );
    let docs = documents(&root);
    assert_eq!(docs.len(), 1);
    assert_eq!(docs[0].path, "/c.txt");
    assert_eq!(
        docs[0].warnings,
        [format!("{ALSO_AT}/m.txt"), format!("{ALSO_AT}/z.txt")]
    );
    assert_eq!(values(&root, &OBSERVATIONS, "obs_value"), ["c.txt 1 true"]);
    let before = bytes(&root);
    run(&root, vec![input("/z.txt", "2024 430423 1")]);
    assert!(bytes(&root) == before);
    // One of the names gets other content: the other still says the old.
    run(
        &root,
        vec![
            timed("/c.txt", "2024 430423 2", 2),
            input("/m.txt", "2024 430423 1"),
        ],
    );
    assert_eq!(
        values(&root, &OBSERVATIONS, "obs_value"),
        ["c.txt 2 true", "m.txt 1 true"]
    );
}

#[test]
fn read_again_with_another_catalogue_rows_are_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    run(&root, many());
    let ids = |root: &Path| {
        let frame = Reader::open(root).unwrap().collect(&OBSERVATIONS).unwrap();
        let ids: Vec<_> = frame
            .column("observation_id")
            .unwrap()
            .str()
            .unwrap()
            .iter()
            .map(|s| s.unwrap().to_owned())
            .collect();
        ids
    };
    let before = ids(&root);
    let distinct: std::collections::HashSet<_> = before.iter().collect();
    assert_eq!(
        distinct.len(),
        before.len(),
        "observations that agree in everything still have ids of their own"
    );
    let mut writer = Writer::open(&root, indicators("2")).unwrap();
    let summary = load(&mut writer, many(), &Options::default(), analyse, &()).unwrap();
    drop(writer);
    assert_eq!(summary.again, 4);
    let after = ids(&root);
    assert_eq!(after, before, "what is read in the same way keeps its id");
}

#[test]
fn a_value_that_would_be_rounded_is_kept_as_text_only() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    run(
        &root,
        vec![input("/a.txt", "2024 430423 0.1234567 0.123456")],
    );
    assert_eq!(
        values(&root, &OBSERVATIONS, "obs_value"),
        ["a.txt 0.123456 true"]
    );
    assert_eq!(
        values(&root, &QUANTITIES, "value"),
        ["a.txt  true", "a.txt 0.123456 true"]
    );
    let docs = documents(&root);
    assert_eq!((docs[0].quantities, docs[0].observations), (2, 1));
    assert!(docs[0].warnings.iter().any(|w| w.contains("0.1234567")));
}

#[test]
fn rejects_say_what_is_unread_now() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    let reasons = || {
        let frame = Reader::open(&root).unwrap().collect(&REJECTS).unwrap();
        let column = |n: &str| frame.column(n).unwrap().str().unwrap().clone();
        let (names, reasons) = (column("file_name"), column("reason"));
        let found: Vec<_> = names
            .iter()
            .zip(reasons.iter())
            .map(|(n, r)| format!("{} {}", n.unwrap(), r.unwrap()))
            .collect();
        found
    };
    run(
        &root,
        vec![
            input("/a.txt", "unreadable"),
            input("/b.txt", "broken"),
            input("/c.txt", "panic"),
        ],
    );
    assert_eq!(
        reasons(),
        ["a.txt unreadable", "b.txt corrupt", "c.txt internal"]
    );
    assert_eq!(documents(&root).len(), 2);
    let before = bytes(&root);
    run(
        &root,
        vec![
            input("/a.txt", "unreadable"),
            input("/b.txt", "broken"),
            input("/c.txt", "panic"),
        ],
    );
    assert!(bytes(&root) == before);
    run(
        &root,
        vec![
            timed("/a.txt", "2024 430423 1", 2),
            timed("/b.txt", "2024 430423 2", 2),
        ],
    );
    assert_eq!(reasons(), ["c.txt internal"]);
}

#[test]
fn a_full_warehouse_is_where_it_should_be() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("mine.txt"), b"x").unwrap();
    assert!(matches!(
        Writer::open(dir.path(), indicators("1")),
        Err(super::Error::NotAWarehouse { .. })
    ));
    assert!(!dir.path().join(OWN).exists());
    let file = dir.path().join("mine.txt");
    assert!(matches!(
        Writer::open(&file, indicators("1")),
        Err(super::Error::NotAFolder { .. })
    ));
    assert!(matches!(
        Writer::open(&file.join("w"), indicators("1")),
        Err(super::Error::NotAFolder { .. })
    ));
}

#[test]
fn a_sound_warehouse_is_found_sound_and_faults_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    run(&root, many());
    run(&root, vec![timed("/a/1.txt", "2023 430423 8", 2)]);
    let report = check(&Reader::open(&root).unwrap()).unwrap();
    assert_eq!(report.faults, []);
    assert!(report.files > 5 && report.rows > 20);
    let kinds = || {
        let mut kinds: Vec<_> = check(&Reader::open(&root).unwrap())
            .unwrap()
            .faults
            .into_iter()
            .map(|f| f.kind)
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    };
    let partition = root.join("observations/year=2024/province=43/part-0.parquet");
    let copy = root.join("observations/year=2022/province=43/part-0.parquet");
    std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
    std::fs::copy(&partition, &copy).unwrap();
    assert_eq!(
        kinds(),
        [FaultKind::Partition, FaultKind::Duplicate, FaultKind::Count]
    );
    std::fs::write(&copy, b"PAR1 and not more").unwrap();
    assert_eq!(kinds(), [FaultKind::Unreadable]);
    std::fs::rename(&copy, copy.with_file_name("part-9.parquet")).unwrap();
    assert_eq!(kinds(), [FaultKind::Unreadable, FaultKind::Stranger]);
    std::fs::remove_dir_all(copy.parent().unwrap()).unwrap();
    let whole = std::fs::read(&partition).unwrap();
    std::fs::remove_file(&partition).unwrap();
    assert_eq!(kinds(), [FaultKind::Count, FaultKind::Missing]);
    // Another program has written the same rows, not the same bytes.
    let frame = super::read::read_file(&OBSERVATIONS, &partition).unwrap();
    assert_eq!(frame.height(), 0);
    let mut frame = super::frame::from_parquet(&OBSERVATIONS, whole).unwrap();
    let mut other = Vec::new();
    polars::prelude::ParquetWriter::new(&mut other)
        .finish(&mut frame)
        .unwrap();
    std::fs::write(&partition, other).unwrap();
    assert_eq!(kinds(), [FaultKind::Hash]);
}

#[test]
fn what_is_forgotten_is_gone_and_the_older_version_is_in_force_again() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    let files = [
        ("2024 430423 1", 1),
        ("2023 430423 2 5", 2),
        ("2024 430423 3", 3),
    ];
    for (text, seconds) in files {
        run(
            &root,
            vec![
                timed("/a.txt", text, seconds),
                input("/b.txt", "2024 430423 9"),
            ],
        );
    }
    let versions = history(&Reader::open(&root).unwrap(), |d| d.path == "/a.txt").unwrap();
    let seen: Vec<_> = versions
        .iter()
        .map(|v| (v.row.year, v.is_current, v.differences.len()))
        .collect();
    assert_eq!(seen, [(2024, false, 0), (2023, false, 2), (2024, true, 2)]);
    assert_eq!(versions[1].differences[0].after, ["2 人", "5 人"]);
    let withdraw = |given: &str, path: &str| {
        let mut writer = Writer::open_existing(&root).unwrap();
        let ids = find(writer.index(), given, path).into_iter().collect();
        forget(&mut writer, &ids, "forget").unwrap()
    };
    // The version in the middle: its neighbours are linked.
    let middle = versions[1].row.document_id.clone();
    assert_eq!(
        withdraw(&middle[..12], "").in_force_again,
        Vec::<String>::new()
    );
    assert_eq!(
        values(&root, &QUANTITIES, "value"),
        ["a.txt 1 false", "a.txt 3 true", "b.txt 9 true"]
    );
    // The one in force.
    assert_eq!(
        withdraw(&versions[2].row.document_id, "").in_force_again,
        ["/a.txt"]
    );
    assert_eq!(
        values(&root, &OBSERVATIONS, "obs_value"),
        ["a.txt 1 true", "b.txt 9 true"]
    );
    // All of a path.
    assert_eq!(withdraw("/a.txt", "/a.txt").documents.len(), 1);
    assert_eq!(values(&root, &OBSERVATIONS, "obs_value"), ["b.txt 9 true"]);
    assert_eq!(documents(&root).len(), 1);
    assert_eq!(check(&Reader::open(&root).unwrap()).unwrap().faults, []);
    assert_eq!(
        Reader::open(&root)
            .unwrap()
            .collect(&schema::LOADS)
            .unwrap()
            .height(),
        6
    );
    // And it can be loaded again.
    assert_eq!(
        run(&root, vec![input("/a.txt", "2024 430423 1")]).documents,
        1
    );
}

/// Binds values over 3 to another indicator, and those below 0 to none.
fn differently(
    document: crate::read::Document,
    context: DocumentContext,
) -> Result<Analysis, Problem> {
    let text = document.blocks[0].text().to_owned();
    let path = format!("/{}", context.title);
    let file = File {
        path,
        text: "",
        seconds: 0,
    };
    let mut analysis = analyse(text.as_bytes(), &file)?;
    if text.contains(" 9") {
        return Err(Problem {
            part: String::new(),
            reason: Reason::Timeout,
            detail: "超时".into(),
        });
    }
    for q in &mut analysis.quantities {
        if q.value > Decimal::from(3) {
            q.indicator = "x.more".into();
        } else if q.value < Decimal::ZERO {
            q.indicator = Default::default();
        }
    }
    analysis
        .observations
        .retain(|o| o.obs_value >= Decimal::ZERO);
    Ok(analysis)
}

#[test]
fn a_new_catalogue_is_applied_without_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    run(&root, many());
    run(&root, vec![timed("/b/2.txt", "2023 430423 8 9", 2)]);
    let text = |root: &Path| -> Vec<_> {
        let files = bytes(root).into_iter();
        files.filter(|(n, _)| n.starts_with("blocks")).collect()
    };
    let (before, rows) = (bytes(&root), text(&root));
    assert!(!rows.is_empty());
    let go = |version: &str, dry_run: bool| {
        let mut writer = Writer::open(&root, indicators(version)).unwrap();
        let options = rebind::Options {
            dry_run,
            jobs: 2,
            ..Default::default()
        };
        rebind(&mut writer, &options, differently, |_, _| true, &()).unwrap()
    };
    // In force: 1 (1 2.5), 2 (3 4 5), 3 (-6.000001), and the newer 2 of b (8 9), which cannot be analysed.
    let report = go("2", true);
    assert_eq!(bytes(&root), before, "a dry run changes nothing");
    let counts = |r: &rebind::Report| (r.documents, r.failures, r.bound, r.unbound, r.rebound);
    assert_eq!(counts(&report), (3, 1, 0, 1, 2));
    let report = go("2", false);
    assert_eq!(counts(&report), (3, 1, 0, 1, 2));
    assert_eq!(report.indicators["x.count"].rebound_to_others, 2);
    assert_eq!(report.indicators["x.count"].unbound, 1);
    assert_eq!(report.indicators["x.more"].rebound_from_others, 2);
    let example = &report.indicators["x.more"].examples[0];
    assert_eq!(
        (example.path.as_str(), example.value_text.as_str()),
        ("/a/2.txt", "4")
    );
    assert_eq!(text(&root), rows, "the text stays");
    let versions: Vec<_> = documents(&root)
        .into_iter()
        .map(|d| format!("{} {} {}", d.path, d.catalogue_version, d.observations))
        .collect();
    let expected = [
        "/a/1.txt 2 2",
        "/a/2.txt 2 3",
        "/b/1.txt 2 0",
        "/b/2.txt 1 1",
        "/b/2.txt 1 2",
        "/b/3.txt 1 0",
        "/b/4.txt 1 0",
    ];
    let mut sorted = versions.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
    assert_eq!(check(&Reader::open(&root).unwrap()).unwrap().faults, []);
    // Once more: only what could not be done.
    let report = go("2", false);
    assert_eq!(
        (report.documents, report.unchanged, report.failures),
        (0, 3, 1)
    );
}

#[test]
fn a_run_that_was_killed_goes_on_from_its_journal() {
    let dir = tempfile::tempdir().unwrap();
    let (root, whole) = (dir.path().join("w"), dir.path().join("whole"));
    let text = |n: usize| -> &'static str {
        Box::leak(format!("{} 430423 {n} {}", 2020 + n % 3, n + 1).into_boxed_str())
    };
    let inputs = || -> Vec<File> {
        (0..40)
            .map(|n| input(&format!("/{n:02}.txt"), text(n)))
            .chain([input("/x.txt", "broken"), input("/y.txt", "unreadable")])
            .collect()
    };
    let small = Options {
        batch_files: 2,
        jobs: 2,
        ..Options::default()
    };
    run_with(&whole, inputs(), &small);
    // After so many files the process is gone: nothing is published, and nothing cleaned up.
    for killed_after in [1, 2, 5, 17, 18, 36, 42] {
        let _ = std::fs::remove_dir_all(&root);
        let mut writer = Writer::open(&root, indicators("1")).unwrap();
        let mut given = 0;
        let few = inputs().into_iter().take_while(|_| {
            given += 1;
            assert!(given <= killed_after + 1);
            given <= killed_after
        });
        let stop = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let all = few.chain(std::iter::from_fn(|| panic!("killed")));
            load(&mut writer, all, &small, analyse, &()).map(|_| ())
        }));
        assert!(stop.is_err());
        drop(writer);
        assert!(
            !root.join("observations").exists(),
            "readers see the state before"
        );
        // What a kill may leave besides.
        let journal = root.join(OWN).join("journal");
        if journal.exists() {
            std::fs::create_dir_all(journal.join("00000099-00000099.part")).unwrap();
            std::fs::create_dir_all(journal.join("00000098-00000098")).unwrap();
            std::fs::write(journal.join("00000098.json.part"), b"{").unwrap();
        }
        let again = run_with(&root, inputs(), &small);
        assert_eq!(again.files, 42);
        // The last batch was analysed and not handed over yet.
        let batches = ((killed_after.min(40) - 1) / 2usize).saturating_sub(1);
        assert!(again.unchanged as usize >= batches * 2);
        let timeless = |root: &Path| {
            let mut files = bytes(root);
            files.retain(|n, _| !n.starts_with("documents") && !n.starts_with("rejects"));
            files
        };
        assert!(timeless(&root) == timeless(&whole), "{killed_after}");
        assert_eq!(check(&Reader::open(&root).unwrap()).unwrap().faults, []);
        assert_eq!(std::fs::read_dir(&journal).unwrap().count(), 0);
    }
}
