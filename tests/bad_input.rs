//! What must not be: broken files, wrong paths, wrong usage. Each costs one reject or one clear message, never a crash.

mod common;

use common::{Row, ingest, repository, rows, zhibiao};
use std::fs;
use std::path::Path;

const REPORT: &str = "samples/衡山县民政局2024/2024年度衡山县民政局部门整体支出绩效自评报告.docx";

/// Loads one file with these bytes and gives its reject, if there is one, and the rows of `documents`.
fn load(name: &str, bytes: &[u8], status: i32) -> (Option<Row>, Vec<Row>) {
    let dir = tempfile::tempdir().expect("a folder");
    let (input, warehouse) = (dir.path().join("in"), dir.path().join("w"));
    fs::create_dir(&input).expect("a folder");
    fs::write(input.join(name), bytes).expect("written");
    ingest(&[&input], &warehouse, &[], status);
    let reject = rows(&warehouse, "rejects")
        .into_iter()
        .find(|r| r.get("file_name").is_some_and(|f| f == name));
    (reject, rows(&warehouse, "documents"))
}

fn reason(name: &str, bytes: &[u8]) -> String {
    let (reject, _) = load(name, bytes, 1);
    let reject = reject.unwrap_or_else(|| panic!("{name} is not a reject"));
    assert!(!reject["detail"].is_empty(), "{reject:#?}");
    reject["reason"].clone()
}

#[test]
fn an_empty_file_is_empty() {
    assert_eq!(reason("空.docx", b""), "empty");
}

#[test]
fn a_truncated_archive_is_corrupt_wherever_it_ends() {
    let whole = fs::read(repository(REPORT)).expect("the sample");
    for part in [4, 30, whole.len() / 3, whole.len() - 10] {
        assert_eq!(
            reason("截断.docx", &whole[..part]),
            "corrupt",
            "{part} bytes"
        );
    }
}

#[test]
fn a_damaged_workbook_is_corrupt() {
    let mut whole =
        fs::read(repository("samples/衡山县民政局2024/附件1 基础数据表.xlsx")).expect("the sample");
    let end = whole.len();
    for byte in &mut whole[end / 3..end / 2] {
        *byte ^= 0x5A;
    }
    assert_eq!(reason("损坏.xlsx", &whole), "corrupt");
}

#[test]
fn a_picture_is_not_supported_whatever_its_name() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";
    assert_eq!(reason("照片.docx", png), "unsupported");
}

#[test]
fn a_text_named_docx_is_judged_by_its_bytes() {
    let (reject, documents) = load("其实是文本.docx", "全年火化遗体499具。\n".as_bytes(), 0);
    assert!(reject.is_none(), "{reject:#?}");
    assert_eq!(documents[0]["format"], "txt");
    assert_eq!(documents[0]["quantities"], "1");
}

#[test]
fn a_workbook_named_doc_is_read_as_a_workbook() {
    let bytes =
        fs::read(repository("samples/衡山县民政局2024/附件1 基础数据表.xlsx")).expect("the sample");
    let (reject, documents) = load("附件1.doc", &bytes, 0);
    assert!(reject.is_none(), "{reject:#?}");
    assert_eq!(documents[0]["format"], "xlsx");
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let dir = tempfile::tempdir().expect("a folder");
    let (input, warehouse) = (dir.path().join("in"), dir.path().join("w"));
    fs::create_dir(&input).expect("a folder");
    fs::copy(repository(REPORT), input.join("b.docx")).expect("copied");
    fs::write(input.join("a.docx"), b"PK\x03\x04").expect("written");
    fs::write(input.join("c.xls"), b"").expect("written");
    ingest(&[&input], &warehouse, &[], 1);
    assert_eq!(rows(&warehouse, "rejects").len(), 2);
    assert!(rows(&warehouse, "observations").len() > 50);
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_a_reject() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let (input, warehouse) = (dir.path().join("in"), dir.path().join("w"));
    let closed = input.join("不许看");
    fs::create_dir_all(&closed).expect("a folder");
    fs::copy(repository(REPORT), input.join("b.docx")).expect("copied");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("closed");
    let enforced = fs::read_dir(&closed).is_err(); // not for root
    if enforced {
        ingest(&[&input], &warehouse, &[], 1);
        let rejects = rows(&warehouse, "rejects");
        assert!(
            rejects.iter().any(|r| r["reason"] == "unreadable"),
            "{rejects:#?}"
        );
        assert!(!rows(&warehouse, "observations").is_empty());
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).expect("opened again");
}

/// Exit status and everything printed.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = zhibiao().args(arguments).output().expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8(text).expect("UTF-8"),
    )
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_warehouse_path_that_is_a_file_cannot_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("w");
    fs::write(&file, b"x").expect("written");
    let input = repository("samples/衡山县民政局2024");
    let (status, text) = run(&["ingest", path(&input), "--warehouse", path(&file)]);
    assert_eq!(status, Some(3), "{text}");
    assert!(text.contains(path(&file)), "{text}");
    assert_eq!(fs::read(&file).expect("still there"), b"x");
}

#[test]
fn a_path_that_does_not_exist_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let missing = dir.path().join("没有");
    let (status, text) = run(&[
        "ingest",
        path(&missing),
        "--warehouse",
        path(&dir.path().join("w")),
    ]);
    assert!(matches!(status, Some(1..=3)), "{status:?} {text}");
    assert!(text.contains("没有"), "{text}");
    let (status, text) = run(&["show", path(&missing)]);
    assert!(matches!(status, Some(1..=3)), "{status:?} {text}");
    assert!(text.contains("没有"), "{text}");
}

#[test]
fn an_unknown_flag_or_command_is_wrong_usage() {
    for arguments in [
        &["ingest", "--frobnicate"][..],
        &["frobnicate"],
        &["ingest"],
        &["show"],
        &["indicators", "--jobs", "x"],
    ] {
        let (status, text) = run(arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

#[test]
fn nothing_panics_on_a_broken_file_given_to_show_or_text() {
    let broken = repository("samples/传输中断的文件/2024年度自评报告（未传完）.docx");
    for command in ["show", "text"] {
        let (status, text) = run(&[command, path(&broken)]);
        assert!(
            matches!(status, Some(1 | 3)),
            "{command}: {status:?} {text}"
        );
        assert!(
            !text.contains("panicked") && !text.trim().is_empty(),
            "{text}"
        );
    }
}
