//! A new catalogue that cannot touch every document.

use super::*;
use crate::catalogue::Said;
use crate::warehouse::blocks::Collected;
use crate::warehouse::catalogues;
use serde_json::json;

#[test]
fn documents_that_a_change_cannot_touch_only_get_its_version() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("w");
    let recorded = |version: &str| indicators(version).recorded(json!({ "is": version }));
    let load_with = |version: &str, files: Vec<File>| {
        let mut writer = Writer::open(&root, recorded(version)).unwrap();
        load(&mut writer, files, &Options::default(), analyse, &()).unwrap();
    };
    load_with("1", many());
    load_with("1", vec![timed("/b/2.txt", "2023 430423 8 9", 2)]);
    let known = || {
        let all = catalogues::read(&root).into_iter();
        all.map(|(version, record)| format!("{version} {}", record["is"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(known(), ["1 \"1\""]);
    let before = bytes(&root);
    let touched: Vec<String> = documents(&root)
        .into_iter()
        .filter(|d| d.path.ends_with("2.txt"))
        .map(|d| d.document_id)
        .collect();
    // In force: 1 2.5; 3 4 5; -6.000001; and 8 9, which cannot be analysed.
    let go = |version: &str, dry_run: bool| {
        let mut writer = Writer::open(&root, recorded(version)).unwrap();
        let options = rebind::Options {
            dry_run,
            ..Default::default()
        };
        let touches = |read_with: &str, c: &Collected| {
            assert_eq!(read_with, "1");
            let mut said = Said::default();
            assert_eq!(c.said(&mut said).as_deref(), Some(""));
            touched.contains(&c.document_id)
        };
        rebind(&mut writer, &options, differently, touches, &()).unwrap()
    };
    let counts = |r: &rebind::Report| {
        let looked_at = (r.documents, r.untouched, r.failures, r.unchanged);
        (looked_at, (r.bound, r.unbound, r.rebound))
    };
    let told = go("2", true);
    assert_eq!(counts(&told), ((1, 2, 1, 0), (0, 0, 2)));
    assert_eq!(bytes(&root), before, "a dry run changes nothing");
    assert_eq!(counts(&go("2", false)), counts(&told));
    let mut versions: Vec<_> = documents(&root)
        .into_iter()
        .filter(|d| d.status != crate::warehouse::document::Status::Rejected)
        .map(|d| format!("{} {}", d.path, d.catalogue_version))
        .collect();
    versions.sort();
    let expected = [
        "/a/1.txt 2",
        "/a/2.txt 2",
        "/b/1.txt 2",
        "/b/2.txt 1",
        "/b/2.txt 1",
    ];
    assert_eq!(versions, expected);
    // What the other partitions hold is as it was.
    let changed: Vec<String> = bytes(&root)
        .into_iter()
        .filter(|(name, bytes)| before.get(name) != Some(bytes))
        .map(|(name, _)| name)
        .filter(|name| name.contains("year="))
        .collect();
    assert_eq!(changed, ["quantities/year=2023/province=43/part-0.parquet"]);
    assert_eq!(known(), ["1 \"1\"", "2 \"2\""]);
    let faults = || check(&Reader::open(&root).unwrap()).unwrap().faults;
    assert_eq!(faults(), []);
    // Versions that no document in force has are forgotten.
    load_with("2", vec![timed("/b/2.txt", "2023 430423 6", 3)]);
    assert_eq!(known(), ["2 \"2\""]);
    let path = root.join(OWN).join("catalogues.zst");
    std::fs::write(&path, b"damaged").unwrap();
    let fault = faults().pop().unwrap();
    assert_eq!(
        (fault.path.as_str(), fault.kind),
        (".zhibiao/catalogues.zst", FaultKind::Hash)
    );
    assert!(known().is_empty());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(faults().pop().unwrap().kind, FaultKind::Missing);
}
