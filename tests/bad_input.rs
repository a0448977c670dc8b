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

/// Loads a folder made by `make` and gives the rejects: name and reason, and the number of documents read.
#[cfg(unix)]
fn rejects_of(make: impl Fn(&Path), options: &[&str]) -> (Vec<(String, String)>, usize) {
    let dir = tempfile::tempdir().expect("a folder");
    let (input, warehouse) = (dir.path().join("in"), dir.path().join("w"));
    fs::create_dir(&input).expect("a folder");
    fs::write(input.join("好.txt"), "全年火化遗体499具。").expect("written");
    make(&input);
    let begun = std::time::Instant::now();
    ingest(&[&input], &warehouse, options, 1);
    assert!(begun.elapsed().as_secs() < 60);
    let rejects = rows(&warehouse, "rejects")
        .into_iter()
        .map(|r| {
            assert!(r["detail"].chars().count() > 8, "{r:#?}");
            (r["file_name"].clone(), r["reason"].clone())
        })
        .collect();
    let read = rows(&warehouse, "documents")
        .into_iter()
        .filter(|r| r["status"] != "rejected")
        .count();
    (rejects, read)
}

#[cfg(unix)]
fn pair(name: &str, reason: &str) -> (String, String) {
    (name.to_owned(), reason.to_owned())
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_sockets_are_not_opened() {
    let (rejects, read) = rejects_of(
        |input| {
            let fifo = input.join("管道.docx");
            let made = std::process::Command::new("mkfifo").arg(fifo).status();
            assert!(made.expect("mkfifo").success());
            std::os::unix::fs::symlink("/dev/zero", input.join("设备.docx")).expect("a link");
            std::os::unix::net::UnixListener::bind(input.join("插座.doc")).expect("a socket");
        },
        &[],
    );
    assert_eq!(
        rejects,
        [
            pair("插座.doc", "unsupported"),
            pair("管道.docx", "unsupported"),
            pair("设备.docx", "unsupported"),
        ]
    );
    assert_eq!(read, 1);
}

#[cfg(unix)]
#[test]
fn show_and_text_do_not_wait_for_a_pipe() {
    let dir = tempfile::tempdir().expect("a folder");
    let fifo = dir.path().join("管道.docx");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.expect("mkfifo").success());
    for command in ["show", "text"] {
        let output = zhibiao()
            .args([command, path(&fifo)])
            .timeout(std::time::Duration::from_secs(20))
            .output()
            .expect("it ends");
        assert!(matches!(output.status.code(), Some(1..=3)), "{output:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn links_in_circles_end() {
    use std::os::unix::fs::symlink;
    let (rejects, read) = rejects_of(
        |input| {
            symlink("自己.docx", input.join("自己.docx")).expect("a link");
            symlink("没有的.docx", input.join("断.docx")).expect("a link");
            symlink("..", input.join("上级")).expect("a link");
            fs::create_dir(input.join("内")).expect("a folder");
            fs::write(input.join("内/另.txt"), "结婚登记1242对。").expect("written");
            symlink("../内", input.join("内/圈")).expect("a link");
            // Beside: the real path is the one that counts, and once is enough.
            symlink("内", input.join("A")).expect("a link");
        },
        &[],
    );
    assert_eq!(
        rejects,
        [
            pair("圈", "unsupported"),
            pair("断.docx", "unreadable"),
            pair("自己.docx", "unreadable"),
        ],
        "the link to the folder above leads to files that are not below it: {read}"
    );
}

#[cfg(unix)]
#[test]
fn odd_names_are_kept_apart() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().expect("a folder");
    let input = dir.path().join("in");
    fs::create_dir(&input).expect("a folder");
    let gbk = encoding_rs::GB18030.encode("衡山.txt").0.into_owned();
    let names: [&[u8]; 7] = [
        &gbk,
        b"\xff.txt",
        b"\xfe.txt",
        b"a\nb.txt",
        "全角　空格.txt".as_bytes(),
        b"-rf.txt",
        b".docx",
    ];
    for (i, name) in names.iter().enumerate() {
        let text = format!("全年火化遗体{}具。", i + 1);
        fs::write(input.join(OsStr::from_bytes(name)), text).expect("written");
    }
    let warehouse = dir.path().join("w");
    ingest(&[&input], &warehouse, &[], 0);
    let names: Vec<String> = rows(&warehouse, "documents")
        .into_iter()
        .map(|r| r["file_name"].clone())
        .collect();
    assert_eq!(names.len(), 6, "{names:?}"); // .docx is a hidden file without an extension
    for name in ["衡山.txt", "\\xff.txt", "\\xfe.txt", "a\nb.txt", "-rf.txt"] {
        assert!(names.iter().any(|n| n == name), "{name:?}: {names:?}");
    }
}

#[cfg(unix)]
#[test]
fn limits_are_options() {
    let (rejects, read) = rejects_of(
        |input| fs::write(input.join("大.txt"), vec![b'x'; 3 << 20]).expect("written"),
        &["--max-file-size", "2"],
    );
    assert_eq!((rejects, read), (vec![pair("大.txt", "too_large")], 1));
    let (status, text) = run(&["ingest", "--help", "--lang", "zh"]);
    assert_eq!(status, Some(0));
    for option in [
        "--max-file-size",
        "--max-unpacked",
        "--max-entries",
        "--max-depth",
        "--max-cells",
        "--timeout",
    ] {
        assert!(text.contains(option), "{text}");
    }
}

/// A compound file: header, one FAT sector, one directory sector, and sectors whose chain the caller writes.
fn compound(chain: impl Fn(&mut [u32]), entries: &[(&str, u8, u32, u64)]) -> Vec<u8> {
    const FREE: u32 = 0xffff_ffff;
    let mut fat = [FREE; 128];
    fat[0] = 0xffff_fffd; // the FAT itself
    fat[1] = 0xffff_fffe; // the directory
    chain(&mut fat);
    let mut file = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    file.resize(24, 0);
    file.extend([0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0, 0, 0, 0, 0, 0, 0]);
    for word in [0u32, 1, 1, 0, 4096, 0xffff_fffe, 0, 0xffff_fffe, 0, 0] {
        file.extend(word.to_le_bytes());
    }
    file.resize(80, 0xff);
    file.resize(512, 0xff);
    for word in fat {
        file.extend(word.to_le_bytes());
    }
    let mut directory = Vec::new();
    for (i, (name, kind, start, size)) in entries.iter().enumerate() {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(64, 0);
        entry.extend(((name.encode_utf16().count() * 2 + 2) as u16).to_le_bytes());
        entry.extend([*kind, 1]);
        // Siblings in a row; the root's child is the first.
        let next = if i > 0 && i + 1 < entries.len() {
            i as u32 + 1
        } else {
            FREE
        };
        let child = if i == 0 { 1 } else { FREE };
        for word in [FREE, next, child] {
            entry.extend(word.to_le_bytes());
        }
        entry.resize(116, 0);
        entry.extend(start.to_le_bytes());
        entry.extend(size.to_le_bytes());
        directory.extend(entry);
    }
    directory.resize(512, 0);
    file.extend(directory);
    file.resize(512 * 130, 0x20);
    file
}

#[test]
fn a_compound_file_whose_chain_is_a_circle_ends() {
    for name in ["Workbook", "Book", "WordDocument"] {
        for (start, ring) in [(2, 3u32), (2, 2), (1, 1)] {
            let bytes = compound(
                |fat| {
                    fat[2] = ring;
                    fat[3] = 2;
                    if ring == 1 {
                        fat[1] = 1; // the directory's own chain
                    }
                },
                &[("Root Entry", 5, 0xffff_fffe, 0), (name, 2, start, 1 << 30)],
            );
            let reason = reason("圈.xls", &bytes);
            assert!(
                ["corrupt", "unsupported", "empty"].contains(&reason.as_str()),
                "{name}: {reason}"
            );
        }
    }
}

#[test]
fn an_encrypted_office_file_says_so() {
    let bytes = compound(
        |fat| fat[2] = 0xffff_fffe,
        &[
            ("Root Entry", 5, 0xffff_fffe, 0),
            ("EncryptedPackage", 2, 2, 5000),
            ("EncryptionInfo", 2, 2, 200),
        ],
    );
    for name in ["报告.docx", "报表.xlsx"] {
        assert_eq!(reason(name, &bytes), "encrypted");
    }
}

/// A document of Word whose body is this.
fn word(body: &str) -> Vec<u8> {
    use std::io::Write;
    let types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
    let relations = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", types),
        ("_rels/.rels", relations),
        ("word/document.xml", body),
    ] {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated);
        zip.start_file(name, options).expect("a part");
        zip.write_all(text.as_bytes()).expect("its text");
    }
    zip.finish().expect("a container").into_inner()
}

const WORD: &str = r#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>"#;

#[test]
fn entities_are_not_expanded() {
    let mut entities = String::from(r#"<!ENTITY e0 "哈">"#);
    for i in 1..40 {
        let before = format!("&e{};", i - 1).repeat(10);
        entities.push_str(&format!("<!ENTITY e{i} \"{before}\">"));
    }
    let body = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [{entities}]>{WORD}<w:p><w:r><w:t>&e39;全年火化遗体499具。</w:t></w:r></w:p></w:body></w:document>"
    );
    let begun = std::time::Instant::now();
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("实体.docx"), word(&body)).expect("written");
    let (status, text) = run(&["text", path(&dir.path().join("实体.docx"))]);
    assert!(matches!(status, Some(0 | 1)), "{text}");
    assert!(text.len() < 10_000 && begun.elapsed().as_secs() < 20);
}

#[test]
fn tables_in_tables_without_end_are_no_overflow() {
    let open = "<w:tbl><w:tr><w:tc>".repeat(5_000);
    let close = "<w:p/></w:tc></w:tr></w:tbl>".repeat(5_000);
    let body = format!(
        "{WORD}<w:p><w:r><w:t>全年火化遗体499具。</w:t></w:r></w:p>{open}{close}</w:body></w:document>"
    );
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("表.docx"), word(&body)).expect("written");
    let (status, text) = run(&["text", path(&dir.path().join("表.docx"))]);
    assert!(matches!(status, Some(0 | 1)), "{status:?}");
    assert!(text.contains("499"), "{text}");
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
