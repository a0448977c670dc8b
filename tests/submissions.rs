//! A submission shares its context: an attachment that says neither area nor agency nor year gets them from the
//! narrative around it, in a folder or an archive, and says so; never from a submission beside it.

mod common;

use common::{Row, ingest, repository, rows};
use std::fs;
use std::io::Write;
use std::path::Path;

const REPORT: &str = "samples/衡山县民政局2024/2024年度衡山县民政局部门整体支出绩效自评报告.docx";
const OTHER: &str =
    "samples/霍邱县民政局2022年度/霍邱县民政局2022年度部门整体支出绩效自评报告.docx";
const OLDER: &str = "samples/衡山县民政局2023/2023年度衡山县民政局部门整体支出绩效自评报告.docx";
/// Says nothing of where it comes from.
const ATTACHMENT: &str = "全年火化遗体499具，新增低保对象684人。\n";

/// Loads files and gives the row of `附件.txt` in `documents`. A file is a path in the repository or a text.
fn attachment(files: &[(&str, &str)]) -> Row {
    let dir = tempfile::tempdir().expect("a folder");
    let input = dir.path().join("材料");
    for (path, content) in files {
        let bytes = bytes(content);
        let path = input.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }
    load(&input, dir.path())
}

fn bytes(content: &str) -> Vec<u8> {
    if content.starts_with("samples/") {
        fs::read(repository(content)).expect("the sample")
    } else {
        content.as_bytes().to_vec()
    }
}

fn load(input: &Path, scratch: &Path) -> Row {
    let warehouse = scratch.join("w");
    ingest(&[input], &warehouse, &[], 0);
    rows(&warehouse, "documents")
        .into_iter()
        .find(|r| r["file_name"] == "附件.txt")
        .expect("the attachment")
}

/// Area, agency and year; empty where unknown.
fn context(row: &Row) -> [&str; 3] {
    ["ref_area", "agency", "year"].map(|c| row.get(c).map_or("", String::as_str))
}

const HENGSHAN: [&str; 3] = ["430423", "衡山县民政局", "2024"];
const UNKNOWN: [&str; 3] = ["", "", "0"];

#[test]
fn an_attachment_beside_its_narrative_inherits_and_says_so() {
    let row = attachment(&[("报告.docx", REPORT), ("附件.txt", ATTACHMENT)]);
    assert_eq!(context(&row), HENGSHAN);
    for what in ["ref_area: 主报告", "agency: 主报告", "year: 主报告"] {
        assert!(row["warnings"].contains(what), "{row:#?}");
    }
}

#[test]
fn folders_of_one_submission_belong_together() {
    for layout in [
        &[("报告.docx", REPORT), ("附件/附件.txt", ATTACHMENT)][..],
        &[("报告.docx", REPORT), ("附件/1/附件.txt", ATTACHMENT)],
        &[("正文/报告.docx", REPORT), ("附件/附件.txt", ATTACHMENT)],
        &[("正文/报告.docx", REPORT), ("附件.txt", ATTACHMENT)],
    ] {
        assert_eq!(context(&attachment(layout)), HENGSHAN, "{layout:?}");
    }
}

#[test]
fn an_archive_is_a_folder() {
    let archive = |members: &[(&str, &str)]| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, content) in members {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(*name, options).expect("a member");
            zip.write_all(&bytes(content)).expect("its bytes");
        }
        zip.finish().expect("an archive").into_inner()
    };
    let whole = archive(&[("报告.docx", REPORT), ("附件/附件.txt", ATTACHMENT)]);
    let part = archive(&[("附件.txt", ATTACHMENT)]);
    for (name, bytes, beside) in [("材料.zip", whole, None), ("附件.zip", part, Some(REPORT))] {
        let dir = tempfile::tempdir().expect("a folder");
        let input = dir.path().join("材料");
        fs::create_dir(&input).expect("a folder");
        fs::write(input.join(name), bytes).expect("written");
        if let Some(report) = beside {
            fs::copy(repository(report), input.join("报告.docx")).expect("copied");
        }
        assert_eq!(context(&load(&input, dir.path())), HENGSHAN, "{name}");
    }
}

#[test]
fn a_submission_beside_it_lends_nothing() {
    // A folder that names another agency, or one of two submissions.
    let row = attachment(&[
        ("衡山县民政局/报告.docx", REPORT),
        ("霍邱县民政局/附件.txt", ATTACHMENT),
    ]);
    assert_eq!(row.get("agency").map(String::as_str), None, "{row:#?}");
    assert_eq!(row["ref_area"], "341522");
    let row = attachment(&[
        ("a/报告.docx", REPORT),
        ("b/报告.docx", OTHER),
        ("c/附件.txt", ATTACHMENT),
    ]);
    assert_eq!(context(&row), UNKNOWN);
    let row = attachment(&[
        ("报告1.docx", REPORT),
        ("报告2.docx", OTHER),
        ("附件.txt", ATTACHMENT),
    ]);
    assert_eq!(context(&row), UNKNOWN);
}

#[test]
fn of_two_years_none_is_taken() {
    let row = attachment(&[
        ("2024.docx", REPORT),
        ("2023.docx", OLDER),
        ("附件.txt", ATTACHMENT),
    ]);
    assert_eq!(context(&row), ["430423", "衡山县民政局", "0"]);
}

#[test]
fn what_the_attachment_says_itself_counts_first() {
    let own = "霍邱县民政局2022年度基础数据\n全年火化遗体499具。\n";
    let row = attachment(&[("报告.docx", REPORT), ("附件.txt", own)]);
    assert_eq!(context(&row), ["341522", "霍邱县民政局", "2022"]);
}
