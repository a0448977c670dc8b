//! Names: as text where they are bytes, as a safe path where an archive says them, and which are those of files that
//! no person sends.

use std::path::Path;

/// Largest file with the name of an Office lock file that is taken for one; they have 54 to 165 bytes.
pub(super) const LOCK_FILE: u64 = 1024;

/// A path as text. Names that are not UTF-8 were mostly written by a Chinese Windows and are read as GB18030; what is
/// not that either keeps its bytes as `\xE9`, so that two names never become one.
pub(super) fn text(path: &Path) -> String {
    if let Some(text) = path.to_str() {
        return text.to_owned();
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        // Folder by folder: an old name may lie in a folder with a new one.
        let parts = path.as_os_str().as_bytes().split(|&b| b == b'/');
        parts.map(legacy).collect::<Vec<_>>().join("/")
    }
    #[cfg(not(unix))]
    {
        path.to_string_lossy().into_owned()
    }
}

/// Bytes as UTF-8, else GB18030, else with escapes.
fn legacy(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => text.into_owned(),
        None => bytes.escape_ascii().to_string(),
    }
}

/// How the names of an archive that are not declared as UTF-8 are written: all in one way, because one program wrote
/// them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    Gb18030,
    Big5,
}

impl Charset {
    /// The first in which every name is valid.
    pub fn of<'a>(names: impl Iterator<Item = &'a [u8]> + Clone) -> Charset {
        if names.clone().all(|n| std::str::from_utf8(n).is_ok()) {
            return Charset::Utf8;
        }
        let whole = |encoding: &'static encoding_rs::Encoding, n: &[u8]| {
            encoding
                .decode_without_bom_handling_and_without_replacement(n)
                .is_some()
        };
        let all = |encoding| names.clone().all(|n| whole(encoding, n));
        if !all(encoding_rs::GB18030) && all(encoding_rs::BIG5) {
            Charset::Big5
        } else {
            Charset::Gb18030
        }
    }

    /// A name as text.
    pub fn decode(self, name: &[u8]) -> String {
        let decoded = match self {
            Charset::Utf8 => None,
            Charset::Gb18030 => Some(encoding_rs::GB18030),
            Charset::Big5 => Some(encoding_rs::BIG5),
        };
        decoded
            .and_then(|e| e.decode_without_bom_handling_and_without_replacement(name))
            .map_or_else(|| legacy(name), |text| text.into_owned())
    }
}

/// The name of a member as folders and file name: back slashes separate too; drives, leading slashes, `.` and `..` say
/// nothing, since a member lies inside its archive whatever its name claims. `None` where nothing is left.
pub(super) fn inside(name: &str) -> Option<(Vec<String>, String)> {
    let drive = |part: &str| {
        let mut c = part.chars();
        matches!((c.next(), c.next(), c.next()), (Some(l), Some(':'), None) if l.is_ascii_alphabetic())
    };
    let mut parts: Vec<String> = name
        .split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "." | "..") && !drive(part))
        .map(|part| part.replace('\0', "\\0"))
        .collect();
    let last = parts.pop()?;
    Some((parts, last))
}

/// Whether a folder is one that a program keeps for itself.
pub(super) fn system_folder(name: &str) -> bool {
    name.eq_ignore_ascii_case("__MACOSX") || name.starts_with('.') && name.len() > 1 && name != ".."
}

/// Whether a file is one that a program keeps for itself: lock files of Office and LibreOffice, what macOS and Windows
/// leave in folders, hidden files unless they have the extension of a document.
pub(super) fn system_file(name: &str, size: u64) -> bool {
    if name.starts_with("~$") {
        return size <= LOCK_FILE;
    }
    if name.eq_ignore_ascii_case("Thumbs.db") || name.eq_ignore_ascii_case("desktop.ini") {
        return true;
    }
    let Some(hidden) = name.strip_prefix('.') else {
        return false;
    };
    if hidden.starts_with("~lock.") || hidden.starts_with('_') {
        return true;
    }
    const DOCUMENTS: [&str; 20] = [
        "doc", "docx", "docm", "dotx", "wps", "rtf", "odt", "xls", "xlsx", "xlsm", "xlsb", "et",
        "ods", "csv", "tsv", "zip", "7z", "rar", "pdf", "ofd",
    ];
    let extension = hidden.rsplit_once('.').map_or("", |(_, e)| e);
    !DOCUMENTS.contains(&extension.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_an_archive_are_read_in_one_way() {
        let gbk = encoding_rs::GB18030
            .encode("附件1 基础数据表.xlsx")
            .0
            .into_owned();
        let big5 = encoding_rs::BIG5.encode("縣民政局報表.xls").0.into_owned();
        let utf8 = "自评表.xlsx".as_bytes();
        let one = |n: &[u8]| Charset::of([n, b"a.txt"].into_iter());
        assert_eq!(one(&gbk), Charset::Gb18030);
        assert_eq!(one(utf8), Charset::Utf8);
        assert_eq!(one(&gbk).decode(&gbk), "附件1 基础数据表.xlsx");
        assert_eq!(
            Charset::of([&gbk[..], &big5[..]].into_iter()),
            Charset::Gb18030
        );
        // Neither: the bytes stay visible.
        assert_eq!(Charset::Gb18030.decode(b"a\xff.doc"), "a\\xff.doc");
    }

    #[test]
    fn a_member_lies_inside_its_archive() {
        let of = |n| inside(n).map(|(f, n)| (f.join("/"), n));
        let is = |f: &str, n: &str| Some((f.to_owned(), n.to_owned()));
        assert_eq!(of("a/b.docx"), is("a", "b.docx"));
        assert_eq!(of(r"局\2024\b.docx"), is("局/2024", "b.docx"));
        assert_eq!(of("../../etc/passwd"), is("etc", "passwd"));
        assert_eq!(of(r"C:\temp\b.docx"), is("temp", "b.docx"));
        assert_eq!(of("/abs.docx"), is("", "abs.docx"));
        assert_eq!(of("x/./b"), is("x", "b"));
        assert_eq!(of("../"), None);
    }

    #[test]
    fn files_of_programs_are_told_from_those_of_people() {
        for (name, size) in [
            ("~$自评报告.docx", 162),
            (".~lock.报告.docx#", 90),
            (".DS_Store", 6148),
            ("Thumbs.db", 20_000),
            ("desktop.ini", 100),
            ("._报告.docx", 4096),
            (".gitignore", 10),
        ] {
            assert!(system_file(name, size), "{name}");
        }
        for (name, size) in [
            ("~$自评报告.docx", 20_000),
            (".报告.docx", 20_000),
            ("报告.docx", 0),
            ("thumbs.docx", 10),
        ] {
            assert!(!system_file(name, size), "{name}");
        }
        assert!(system_folder("__MACOSX") && system_folder(".git") && !system_folder("附件"));
    }

    #[cfg(unix)]
    #[test]
    fn names_in_old_encodings_are_legible() {
        use std::os::unix::ffi::OsStrExt;
        let gbk = encoding_rs::GB18030.encode("/报表/衡山.xls").0.into_owned();
        let path = Path::new(std::ffi::OsStr::from_bytes(&gbk));
        assert_eq!(text(path), "/报表/衡山.xls");
        let odd = Path::new(std::ffi::OsStr::from_bytes(b"/a/\xff"));
        assert_eq!(text(odd), "/a/\\xff");
    }
}
