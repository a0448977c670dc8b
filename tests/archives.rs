//! Archives: what is in them is found whatever they and their members are called, and a hostile one costs a reject.
//!
//! The zip archives are made here, most of them byte by byte, since no well-behaved program writes them. The 7z archives
//! under `tests/data/archives` hold a report and an attachment (`局/自评报告.txt`, `局/附件/附件1.txt`) and an empty file.

mod common;

use common::{ingest, repository, rows};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use zhibiao::read::{Limits, Reason};
use zhibiao::source::{Listing, walk};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An archive written by hand: stored members, any name bytes, flags and extra fields.
#[derive(Default)]
struct Zip {
    body: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

struct Member<'a> {
    name: &'a [u8],
    flags: u16,
    extra: &'a [u8],
    bytes: &'a [u8],
    /// Size to declare instead of the true one.
    declared: Option<u32>,
}

impl<'a> Member<'a> {
    fn new(name: &'a [u8], bytes: &'a [u8]) -> Member<'a> {
        Member {
            name,
            flags: 0,
            extra: &[],
            bytes,
            declared: None,
        }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |mut crc, &byte| {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
        crc
    })
}

impl Zip {
    fn add(mut self, member: &Member<'_>) -> Zip {
        let mut common = Vec::new();
        common.extend(20u16.to_le_bytes());
        common.extend(member.flags.to_le_bytes());
        common.extend([0; 6]);
        common.extend(crc32(member.bytes).to_le_bytes());
        let size = member.bytes.len() as u32;
        common.extend(size.to_le_bytes());
        common.extend(member.declared.unwrap_or(size).to_le_bytes());
        common.extend((member.name.len() as u16).to_le_bytes());
        common.extend((member.extra.len() as u16).to_le_bytes());
        let offset = self.body.len() as u32;
        self.body.extend(b"PK\x03\x04");
        self.body.extend(&common);
        self.body.extend(member.name);
        self.body.extend(member.extra);
        self.body.extend(member.bytes);
        self.directory.extend(b"PK\x01\x02\x14\0");
        self.directory.extend(&common);
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(member.name);
        self.directory.extend(member.extra);
        self.entries += 1;
        self
    }

    fn with(self, name: &str, bytes: &[u8]) -> Zip {
        self.add(&Member::new(name.as_bytes(), bytes))
    }

    fn finish(self) -> Vec<u8> {
        let mut out = self.body;
        let start = out.len() as u32;
        out.extend(&self.directory);
        out.extend(b"PK\x05\x06\0\0\0\0");
        out.extend(self.entries.to_le_bytes());
        out.extend(self.entries.to_le_bytes());
        out.extend((self.directory.len() as u32).to_le_bytes());
        out.extend(start.to_le_bytes());
        out.extend([0, 0]);
        out
    }
}

/// An archive of deflated members.
fn deflated(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in members {
        zip.start_file(*name, options).expect("a member");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

/// Path below the archive, and text or reason of each file found.
type Found = Vec<(String, Result<String, Reason>)>;

fn found(listing: &Listing, root: &Path) -> Found {
    let root = root.to_str().expect("UTF-8");
    listing
        .files
        .iter()
        .map(|f| {
            let path = f.path.strip_prefix(root).unwrap_or(&f.path);
            let bytes = f.bytes().map_err(|r| {
                assert!(r.detail.chars().count() > 10, "{r:?}");
                r.reason
            });
            let text = bytes.map(|b| String::from_utf8_lossy(&b).into_owned());
            (path.trim_start_matches('/').to_owned(), text)
        })
        .collect()
}

fn list_with(name: &str, bytes: &[u8], limits: &Limits) -> (Found, u64) {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join(name), bytes).expect("written");
    let listing = walk(&[dir.path().to_path_buf()], limits, None);
    (found(&listing, &dir.path().join(name)), listing.ignored)
}

fn list(name: &str, bytes: &[u8]) -> Found {
    list_with(name, bytes, &Limits::default()).0
}

fn ok(path: &str, text: &str) -> (String, Result<String, Reason>) {
    (path.to_owned(), Ok(text.to_owned()))
}

fn err(path: &str, reason: Reason) -> (String, Result<String, Reason>) {
    (path.to_owned(), Err(reason))
}

#[test]
fn an_archive_is_known_by_its_bytes() {
    let bytes = Zip::default()
        .with("局/a.txt", b"A")
        .with("b.txt", b"B")
        .finish();
    for name in ["材料.zip", "材料.dat", "材料.docx", "材料"] {
        assert_eq!(list(name, &bytes), [ok("b.txt", "B"), ok("局/a.txt", "A")]);
    }
    // The order in the archive says nothing, and what does not end is no archive.
    let part = &bytes[..bytes.len() - 30];
    assert_eq!(list("材料.zip", part).len(), 1);
}

#[test]
fn a_document_that_is_a_zip_container_is_a_file() {
    let report =
        repository("samples/衡山县民政局2024/2024年度衡山县民政局部门整体支出绩效自评报告.docx");
    let report = fs::read(report).expect("the sample");
    let listing = list("报告.zip", &report);
    assert_eq!(listing.len(), 1);
    assert_eq!(listing[0].0, "");
    // Also where its parts stand in another order, and inside an archive.
    let odd = Zip::default()
        .with("word/document.xml", b"<w/>")
        .with("[Content_Types].xml", b"<t/>")
        .finish();
    assert_eq!(list("报告.docx", &odd).len(), 1);
    let outer = Zip::default().with("报告.docx", &odd).finish();
    assert_eq!(
        list("a.zip", &outer),
        [ok("报告.docx", &String::from_utf8_lossy(&odd))]
    );
}

#[test]
fn names_in_gbk_utf8_and_the_unicode_path_field_are_read() {
    let gbk = |s: &str| encoding_rs::GB18030.encode(s).0.into_owned();
    let (a, b) = (gbk("衡山县民政局/附件1 基础数据表.xlsx"), gbk("说明.txt"));
    let bytes = Zip::default()
        .add(&Member::new(&a, b"1"))
        .add(&Member::new(&b, b"2"))
        .finish();
    assert_eq!(
        list("a.zip", &bytes),
        [
            ok("衡山县民政局/附件1 基础数据表.xlsx", "1"),
            ok("说明.txt", "2")
        ]
    );
    let flagged = Member {
        flags: 0x0800,
        ..Member::new("自评表.txt".as_bytes(), b"1")
    };
    assert_eq!(
        list("a.zip", &Zip::default().add(&flagged).finish()),
        [ok("自评表.txt", "1")]
    );
    // 0x7075: version, checksum of the name, name in UTF-8.
    let (shown, real) = (b"????.txt", "自评表二.txt");
    let field = |crc: u32| {
        let mut extra = 0x7075u16.to_le_bytes().to_vec();
        extra.extend((5 + real.len() as u16).to_le_bytes());
        extra.push(1);
        extra.extend(crc.to_le_bytes());
        extra.extend(real.as_bytes());
        extra
    };
    for (crc, name) in [(crc32(shown), real), (7, "????.txt")] {
        let extra = field(crc);
        let member = Member {
            extra: &extra,
            ..Member::new(shown, b"1")
        };
        assert_eq!(
            list("a.zip", &Zip::default().add(&member).finish()),
            [ok(name, "1")]
        );
    }
}

#[test]
fn names_cannot_leave_the_archive_and_are_never_lost() {
    let bytes = Zip::default()
        .with("../../etc/passwd", b"1")
        .with("/abs.txt", b"2")
        .with(r"C:\局\win.txt", b"3")
        .with("twice.txt", b"4")
        .with("twice.txt", b"5")
        .with("dir/", b"")
        .finish();
    assert_eq!(
        list("a.zip", &bytes),
        [
            ok("abs.txt", "2"),
            ok("etc/passwd", "1"),
            ok("twice.txt", "4"),
            ok("twice.txt#2", "5"),
            ok("局/win.txt", "3"),
        ]
    );
}

#[test]
fn files_of_programs_are_counted_not_read() {
    let bytes = Zip::default()
        .with("__MACOSX/._a.txt", b"x")
        .with(".DS_Store", b"x")
        .with("Thumbs.db", b"x")
        .with("~$a.docx", &[0; 162])
        .with("a.txt", b"A")
        .finish();
    let (found, ignored) = list_with("a.zip", &bytes, &Limits::default());
    assert_eq!((found, ignored), (vec![ok("a.txt", "A")], 4));
    let only = Zip::default().with("Thumbs.db", b"x").finish();
    assert_eq!(list("a.zip", &only), [err("", Reason::Empty)]);
    assert_eq!(
        list("a.zip", &Zip::default().finish()),
        [err("", Reason::Empty)]
    );
}

#[test]
fn archives_in_archives_are_folders_down_to_a_depth() {
    let mut bytes = Zip::default().with("a.txt", b"A").finish();
    for level in ["3.zip", "2", "1.dat"] {
        bytes = deflated(&[(level, &bytes), ("b.txt", b"B")]);
    }
    let found = list("0.zip", &bytes);
    assert_eq!(found[0], ok("1.dat/2/3.zip/a.txt", "A"));
    assert_eq!(found.len(), 4);
    bytes = deflated(&[("0.zip", &bytes), ("c.txt", b"C")]);
    let found = list("deep.zip", &bytes);
    assert_eq!(found[0], err("", Reason::TooLarge));
    assert_eq!(found.len(), 5, "{found:?}");
}

#[test]
fn a_member_that_is_damaged_costs_only_itself() {
    let mut bytes = Zip::default()
        .with("a.txt", b"AAAA")
        .with("b.txt", b"B")
        .finish();
    let at = bytes.windows(4).position(|w| w == b"AAAA").expect("there");
    bytes[at] = b'X';
    assert_eq!(
        list("a.zip", &bytes),
        [err("a.txt", Reason::Corrupt), ok("b.txt", "B")]
    );
    // A size that is a lie.
    let lie = Member {
        declared: Some(2),
        ..Member::new(b"a.txt", b"AAAA")
    };
    let bytes = Zip::default().add(&lie).with("b.txt", b"B").finish();
    assert_eq!(
        list("a.zip", &bytes),
        [err("a.txt", Reason::Corrupt), ok("b.txt", "B")]
    );
}

#[test]
fn encrypted_members_are_rejects_that_say_so() {
    let locked = Member {
        flags: 1,
        ..Member::new(b"a.txt", b"AAAAAAAAAAAAAAAA")
    };
    let bytes = Zip::default().add(&locked).with("b.txt", b"B").finish();
    assert_eq!(
        list("a.zip", &bytes),
        [err("a.txt", Reason::Encrypted), ok("b.txt", "B")]
    );
    for name in ["locked.zip", "locked.7z", "hidden.7z"] {
        let bytes = fs::read(repository("tests/data/archives").join(name)).expect("the archive");
        let found = list(name, &bytes);
        let wrong = |(path, result): &&(String, Result<String, Reason>)| {
            *result != Err(Reason::Encrypted) && !path.ends_with("空.txt")
        };
        assert!(!found.is_empty(), "{name}");
        assert_eq!(found.iter().find(wrong), None, "{name}");
    }
}

#[test]
fn seven_zip_is_read_solid_or_not() {
    for name in ["solid.7z", "ppmd.7z"] {
        let bytes = fs::read(repository("tests/data/archives").join(name)).expect("the archive");
        assert_eq!(
            list("材料.zip", &bytes),
            [
                ok("局/空.txt", ""),
                ok("局/自评报告.txt", "全年火化遗体499具。\n"),
                ok("局/附件/附件1.txt", "新增低保对象684人。\n"),
            ],
            "{name}"
        );
    }
    let nested = fs::read(repository("tests/data/archives/nested.7z")).expect("the archive");
    let report = ok("x.7z/in.zip/自评报告.txt", "全年火化遗体499具。\n");
    assert_eq!(list("a.zip", &deflated(&[("x.7z", &nested)])), [report]);
}

#[test]
fn a_7z_archive_cut_or_changed_anywhere_is_no_crash() {
    let whole = fs::read(repository("tests/data/archives/solid.7z")).expect("the archive");
    for cut in 0..whole.len() {
        list("a.7z", &whole[..cut]);
        let mut changed = whole.clone();
        changed[cut] ^= 0x55;
        assert!(!list("a.7z", &changed).is_empty());
    }
    // A dictionary of 4 GB is not allocated.
    let hungry = fs::read(repository("tests/data/archives/memory.7z")).expect("the archive");
    let found = list("a.7z", &hungry);
    assert!(
        found.iter().any(|f| f.1 == Err(Reason::TooLarge)),
        "{found:?}"
    );
}

#[test]
fn an_archive_that_changes_after_it_was_listed_is_not_misread() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("a.zip");
    fs::write(&path, Zip::default().with("a.txt", b"A").finish()).expect("written");
    let listing = walk(&[dir.path().to_path_buf()], &Limits::default(), None);
    let longer = Zip::default().with("b.txt", b"another").finish();
    fs::write(&path, longer).expect("written");
    assert_eq!(found(&listing, &path), [err("a.txt", Reason::Unreadable)]);
}

#[test]
fn bombs_are_not_unpacked() {
    let start = Instant::now();
    let zeros = vec![0u8; 100 << 20];
    let bomb = deflated(&[("bomb.txt", &zeros), ("a.txt", b"A")]);
    assert!(bomb.len() < 1 << 20);
    drop(zeros);
    assert_eq!(
        list("ratio.zip", &bomb),
        [ok("a.txt", "A"), err("bomb.txt", Reason::TooLarge)]
    );
    // In total: what fits is read, then one reject.
    let limits = Limits {
        unpacked: 10 << 20,
        ratio: u64::MAX,
        ..Limits::default()
    };
    let megabytes = vec![b'x'; 3 << 20];
    let names: Vec<String> = (0..100).map(|i| format!("{i:02}.txt")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &megabytes[..])).collect();
    let (found, _) = list_with("total.zip", &deflated(&members), &limits);
    assert_eq!(found.len(), 4);
    assert_eq!(found[0], err("", Reason::TooLarge));
    // In number.
    let limits = Limits {
        entries: 10,
        ..Limits::default()
    };
    let names: Vec<String> = (0..1000).map(|i| format!("{i:03}.txt")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b"x"[..])).collect();
    let (found, _) = list_with("many.zip", &deflated(&members), &limits);
    assert_eq!(found.len(), 11);
    assert_eq!(found[0], err("", Reason::TooLarge));
    // One member.
    let limits = Limits {
        file: 1 << 20,
        ..Limits::default()
    };
    let (found, _) = list_with("one.zip", &deflated(&[("a.txt", &megabytes)]), &limits);
    assert_eq!(found, [err("a.txt", Reason::TooLarge)]);
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn archives_of_archives_without_end_stop() {
    // Sixteen of each in each, six deep.
    let mut bytes = deflated(&[("a.txt", b"A")]);
    for _ in 0..6 {
        let names: Vec<String> = (0..16).map(|i| format!("{i:02}.zip")).collect();
        let members: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &bytes[..])).collect();
        bytes = deflated(&members);
    }
    let start = Instant::now();
    let found = list("a.zip", &bytes);
    // Too deep, and too many.
    assert!(found.len() <= 2, "{found:?}");
    assert!(found.iter().all(|f| f.1 == Err(Reason::TooLarge)));
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn reading_many_members_is_not_quadratic() {
    let names: Vec<String> = (0..20_000).map(|i| format!("局/{i:05}.txt")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), n.as_bytes())).collect();
    let bytes = deflated(&members);
    let start = Instant::now();
    let found = list("a.zip", &bytes);
    assert_eq!(found.len(), 20_000);
    assert!(found.iter().all(|(path, text)| text.as_ref() == Ok(path)));
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn other_archives_and_formats_say_what_to_do() {
    let dir = tempfile::tempdir().expect("a folder");
    let input = dir.path().join("in");
    fs::create_dir(&input).expect("a folder");
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let files: [(&str, &[u8]); 9] = [
        ("a.rar", b"Rar!\x1a\x07\x01\0"),
        ("b.zip", b"\x1f\x8b\x08\0\0\0\0\0"),
        ("c.arj", b"\x60\xea\x2b\0\0\0"),
        ("d.lzh", b"\x20\x20-lh5-\0\0"),
        ("e.pdf", b"%PDF-1.4\n"),
        ("f.jpg", b"\xff\xd8\xff\xe0\0\0"),
        ("g.Z", b"\x1f\x9d\x90\0"),
        ("h.tar", &tar),
        ("i.cab", b"MSCF\0\0\0\0\0\0"),
    ];
    for (name, bytes) in files {
        fs::write(input.join(name), bytes).expect("written");
    }
    let ofd = Zip::default().with("OFD.xml", b"<ofd/>").finish();
    fs::write(input.join("j.ofd"), ofd).expect("written");
    let warehouse = dir.path().join("w");
    ingest(&[&input], &warehouse, &[], 1);
    let rejects = rows(&warehouse, "rejects");
    assert_eq!(rejects.len(), 10, "{rejects:#?}");
    for row in rejects {
        assert_eq!(row["reason"], "unsupported", "{row:#?}");
        assert!(row["detail"].contains('请'), "{row:#?}");
    }
}

/// The sample submission as an archive, loaded by the program.
#[test]
fn an_archive_is_loaded_like_the_folder_it_holds() {
    let folder = repository("samples/衡山县民政局2024");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the sample")
        .map(|e| e.expect("an entry").path())
        .collect();
    files.sort();
    let contents: Vec<(String, Vec<u8>)> = files
        .iter()
        .map(|f| {
            let name = f
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read(f).expect("read"))
        })
        .collect();
    let members: Vec<(&str, &[u8])> = contents.iter().map(|(n, b)| (n.as_str(), &b[..])).collect();
    let dir = tempfile::tempdir().expect("a folder");
    let archive = dir.path().join("衡山县民政局2024.zip");
    fs::write(&archive, deflated(&members)).expect("written");
    let load = |input: &Path, name: &str| {
        let warehouse = dir.path().join(name);
        ingest(&[input], &warehouse, &[], 0);
        let mut all: Vec<String> = rows(&warehouse, "observations")
            .into_iter()
            .map(|r| {
                format!(
                    "{} {} {} {}",
                    r["file_name"], r["indicator"], r["obs_value"], r["location"]
                )
            })
            .collect();
        all.sort();
        all
    };
    let (a, b) = (load(&folder, "a"), load(&archive, "b"));
    assert!(a.len() > 100);
    assert_eq!(a, b);
}
