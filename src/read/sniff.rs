//! What a file is, by its bytes. The extension is never believed.

use super::package::Package;
use super::{Limits, Reject};

/// The kinds of content that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Empty,
    /// Zip container of an office format; which one is decided by [`package_kind`].
    Zip,
    /// Compound file: doc, xls, wps, et, encrypted OOXML …
    Compound,
    /// BIFF stream without a compound file around it (Excel 2–4, or a bare Book stream).
    BareBiff,
    Rtf,
    Pdf,
    Html,
    /// XML Spreadsheet 2003.
    SpreadsheetXml,
    /// Word 2003 XML or flat OPC.
    WordXml,
    /// Flat OpenDocument XML.
    FlatOdf,
    /// Other XML.
    Xml,
    Image,
    Rar,
    SevenZip,
    /// Other compressed data and archives (gzip, bzip2, xz, zstd, compress, tar, cab, arj, lzh, ace, iso).
    Compressed,
    /// Sound, video, programs and other binary data.
    Binary,
    Text,
}

/// How many bytes at the start are looked at for text formats.
const HEAD: usize = 4096;

/// The kind of a file.
pub(crate) fn kind(bytes: &[u8]) -> Kind {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if bytes.is_empty() {
        return Kind::Empty;
    }
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") || starts(b"PK\x07\x08PK") {
        return Kind::Zip;
    }
    if starts(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        return Kind::Compound;
    }
    if starts(b"Rar!\x1a\x07") {
        return Kind::Rar;
    }
    if starts(b"7z\xbc\xaf\x27\x1c") {
        return Kind::SevenZip;
    }
    if is_compressed(bytes) {
        return Kind::Compressed;
    }
    if is_image(bytes) {
        return Kind::Image;
    }
    if is_bare_biff(bytes) {
        return Kind::BareBiff;
    }
    let head = head_text(bytes);
    let trimmed =
        head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
    if trimmed.starts_with("{\\rtf") {
        return Kind::Rtf;
    }
    // Mail gateways put lines before the header of a PDF; readers search the first kilobyte.
    if bytes
        .get(..bytes.len().min(1024))
        .is_some_and(|h| h.windows(5).any(|w| w == b"%PDF-"))
    {
        return Kind::Pdf;
    }
    let lower = trimmed.to_ascii_lowercase();
    if lower.starts_with('<') {
        return markup(&lower);
    }
    if lower.starts_with("mime-version:") || lower.contains("content-type: multipart/related") {
        return Kind::Html;
    }
    if is_binary(bytes) {
        Kind::Binary
    } else {
        Kind::Text
    }
}

/// The first characters, whatever the encoding, good enough to find ASCII words.
fn head_text(bytes: &[u8]) -> String {
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    match encoding_rs::Encoding::for_bom(head) {
        Some((encoding, _)) => encoding.decode(head).0.into_owned(),
        None => head.iter().map(|&b| b as char).collect(),
    }
}

fn markup(lower: &str) -> Kind {
    let has = |word: &str| lower.contains(word);
    if has("urn:schemas-microsoft-com:office:spreadsheet") && has("workbook") && !has("<html") {
        return Kind::SpreadsheetXml;
    }
    if has("schemas.microsoft.com/office/word/2003/wordml") && has("worddocument")
        || has("schemas.microsoft.com/office/2006/xmlpackage")
    {
        return Kind::WordXml;
    }
    if has("urn:oasis:names:tc:opendocument:xmlns:office") {
        return Kind::FlatOdf;
    }
    let html = [
        "<html",
        "<!doctype html",
        "<table",
        "<body",
        "<head",
        "<meta",
        "<div",
        "<p>",
        "<p ",
        "<style",
        "<script",
        "<title",
        "<tr",
        "<!--",
    ];
    if html.iter().any(|tag| lower.starts_with(tag)) || has("<html") || has("<table") {
        return Kind::Html;
    }
    if lower.starts_with("<?xml") {
        Kind::Xml
    } else {
        Kind::Text
    }
}

/// Whether flat OpenDocument XML is a text document.
pub(crate) fn is_flat_text(bytes: &[u8]) -> bool {
    head_text(bytes).contains("opendocument.text")
}

/// An archive whose files are read one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArchiveKind {
    Zip,
    SevenZip,
}

/// The kind of archive that begins with these bytes (a few hundred suffice). A zip container whose first entry shows
/// that it is an office document is none; of the others [`is_document`] must be asked with all names.
pub(crate) fn archive_kind(head: &[u8]) -> Option<ArchiveKind> {
    match kind(head) {
        Kind::SevenZip => Some(ArchiveKind::SevenZip),
        Kind::Zip => {
            let first = head.get(26..28).and_then(|n| {
                let length = usize::from(u16::from_le_bytes(n.try_into().ok()?));
                head.get(30..30 + length)
            });
            let document = first.is_some_and(|name| {
                let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
                is(b"[Content_Types].xml")
                    || is(b"mimetype")
                    || is(b"_rels/.rels")
                    || is(b"OFD.xml")
            });
            (!document).then_some(ArchiveKind::Zip)
        }
        _ => None,
    }
}

/// Whether a zip container with entries of these names is a document (OOXML, OpenDocument, OFD) rather than an archive.
pub(crate) fn is_document(mut names: impl Iterator<Item = String>) -> bool {
    // Parts of a damaged or unusual package that a reader can still find its way by.
    const PARTS: [&str; 7] = [
        "[content_types].xml",
        "word/document.xml",
        "xl/workbook.xml",
        "xl/workbook.bin",
        "ppt/presentation.xml",
        "ofd.xml",
        "mimetype",
    ];
    names.any(|name| {
        let name = name.replace('\\', "/").to_lowercase();
        PARTS.contains(&name.trim_start_matches('/'))
    })
}

fn is_compressed(bytes: &[u8]) -> bool {
    let at = |from: usize, magic: &[u8]| bytes.get(from..).is_some_and(|b| b.starts_with(magic));
    at(0, &[0x1f, 0x8b])
        || at(0, &[0x1f, 0x9d])
        || at(0, &[0x1f, 0xa0])
        || at(0, b"BZh")
        || at(0, b"\xfd7zXZ\0")
        || at(0, &[0x28, 0xb5, 0x2f, 0xfd])
        || at(0, b"MSCF\0\0\0\0")
        || at(0, &[0x60, 0xea])
        || (at(2, b"-l") && at(6, b"-"))
        || at(7, b"**ACE**")
        || at(257, b"ustar")
        || at(32_769, b"CD001")
}

fn is_image(bytes: &[u8]) -> bool {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    starts(b"\x89PNG")
        || starts(&[0xff, 0xd8, 0xff])
        || starts(b"GIF8")
        || starts(b"II*\0")
        || starts(b"MM\0*")
        || (starts(b"BM") && bytes.get(6..10) == Some(&[0, 0, 0, 0]))
        || (starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
        || starts(&[0xd7, 0xcd, 0xc6, 0x9a])
        || (bytes.get(4..8) == Some(b"ftyp")
            && matches!(
                bytes.get(8..12),
                Some(b"heic" | b"heix" | b"mif1" | b"avif")
            ))
}

/// A BOF record of BIFF2–BIFF8 at the very start.
fn is_bare_biff(bytes: &[u8]) -> bool {
    matches!(
        bytes.get(..4),
        Some([0x09, 0x00 | 0x02 | 0x04 | 0x08, 4..=16, 0x00])
    )
}

/// Control characters that text does not hold, without a byte order mark that explains the zeros.
fn is_binary(bytes: &[u8]) -> bool {
    if encoding_rs::Encoding::for_bom(bytes).is_some() {
        return false;
    }
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    let odd = head
        .iter()
        .filter(|&&b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0x1a | 0x1b))
        .count();
    odd > 0 && !looks_utf16(head) && (odd * 100 > head.len() || head.contains(&0))
}

/// Text in UTF-16 without a byte order mark: every other byte is zero, or is a plausible high byte of Chinese.
pub(crate) fn looks_utf16(head: &[u8]) -> bool {
    utf16_without_bom(head).is_some()
}

/// Byte order of UTF-16 text that has no byte order mark; `None` if it is not that.
pub(crate) fn utf16_without_bom(head: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    if head.len() < 4 {
        return None;
    }
    let plausible = |high: u8, low: u8| match high {
        0 => low >= 0x20 || matches!(low, 9 | 10 | 13),
        0x20 | 0x30 | 0x4e..=0x9f | 0xff => true,
        _ => false,
    };
    let (mut little, mut big, mut ascii, mut pairs) = (0usize, 0usize, 0usize, 0usize);
    for pair in head.chunks_exact(2) {
        let &[a, b] = pair else { continue };
        pairs += 1;
        little += usize::from(plausible(b, a));
        big += usize::from(plausible(a, b));
        ascii += usize::from(a == 0 || b == 0);
    }
    // Without a single zero byte it may as well be GBK.
    if ascii * 20 < pairs {
        None
    } else if little * 100 >= pairs * 98 {
        Some(encoding_rs::UTF_16LE)
    } else if big * 100 >= pairs * 98 {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    }
}

/// Which office format a zip container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PackageKind {
    Word,
    Sheet,
    BinarySheet,
    Presentation,
    OpenText,
    OpenSheet,
    OpenOther,
    Ofd,
    /// Just an archive.
    Archive,
}

/// Opens a zip container and tells which office format it is.
pub(crate) fn package_kind<'a>(
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<(Package<'a>, PackageKind), Reject> {
    let mut package = Package::open(bytes, limits)?;
    let kind = kind_of(&mut package);
    Ok((package, kind))
}

fn kind_of(package: &mut Package<'_>) -> PackageKind {
    if package.has("[content_types].xml")
        && let Some(types) = package.text("[content_types].xml")
    {
        // The main part's type decides; embedded workbooks have types of their own, with other names.
        for (needle, kind) in [
            ("wordprocessingml.document.main", PackageKind::Word),
            ("wordprocessingml.template.main", PackageKind::Word),
            ("ms-word.document.macroEnabled.main", PackageKind::Word),
            (
                "ms-word.template.macroEnabledTemplate.main",
                PackageKind::Word,
            ),
            ("spreadsheetml.sheet.main", PackageKind::Sheet),
            ("spreadsheetml.template.main", PackageKind::Sheet),
            ("ms-excel.sheet.macroEnabled.main", PackageKind::Sheet),
            ("ms-excel.template.macroEnabled.main", PackageKind::Sheet),
            ("ms-excel.addin.macroEnabled.main", PackageKind::Sheet),
            (
                "ms-excel.sheet.binary.macroEnabled.main",
                PackageKind::BinarySheet,
            ),
            ("presentationml", PackageKind::Presentation),
        ] {
            if types.contains(needle) {
                return kind;
            }
        }
    }
    if package.has("mimetype") && package.has("content.xml") {
        let mime = package.text("mimetype").unwrap_or_default();
        return if mime.contains("opendocument.text") {
            PackageKind::OpenText
        } else if mime.contains("opendocument.spreadsheet") {
            PackageKind::OpenSheet
        } else {
            PackageKind::OpenOther
        };
    }
    if package.has("ofd.xml") {
        return PackageKind::Ofd;
    }
    if package.has("word/document.xml") {
        PackageKind::Word
    } else if package.has("xl/workbook.xml") {
        PackageKind::Sheet
    } else if package.has("xl/workbook.bin") {
        PackageKind::BinarySheet
    } else if package.has("ppt/presentation.xml") {
        PackageKind::Presentation
    } else {
        PackageKind::Archive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        for (bytes, expected) in [
            (&b""[..], Kind::Empty),
            (b"PK\x03\x04rest", Kind::Zip),
            (b"{\\rtf1 x}", Kind::Rtf),
            (b"%PDF-1.7", Kind::Pdf),
            (b"\r\n<html><body>", Kind::Html),
            (b"<table border=1>", Kind::Html),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">", Kind::SpreadsheetXml),
            ("一、基本情况".as_bytes(), Kind::Text),
            (b"\xff\xfeN\x00\x01\x02", Kind::Text),
            (b"\x89PNG\r\n", Kind::Image),
            (b"\x00\x01\x02\x03\x04", Kind::Binary),
            (b"a\x00b\x00,\x001\x002\x00", Kind::Text),
            (b"Rar!\x1a\x07\x01\0", Kind::Rar),
            (b"\x1f\x9d\x90", Kind::Compressed),
            (b"!!-lh5-rest", Kind::Compressed),
            (b"7z\xbc\xaf\x27\x1c\0\x04", Kind::SevenZip),
        ] {
            assert_eq!(kind(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn documents_are_no_archives() {
        let zip = |name: &str| {
            let mut head = b"PK\x03\x04".to_vec();
            head.resize(26, 0);
            head.extend((name.len() as u16).to_le_bytes());
            head.extend([0, 0]);
            head.extend(name.as_bytes());
            head
        };
        assert_eq!(archive_kind(&zip("[Content_Types].xml")), None);
        assert_eq!(archive_kind(&zip("mimetype")), None);
        assert_eq!(archive_kind(&zip("a.docx")), Some(ArchiveKind::Zip));
        // Other office suites begin with another part.
        assert_eq!(
            archive_kind(&zip("word/document.xml")),
            Some(ArchiveKind::Zip)
        );
        let names = |n: &[&str]| is_document(n.iter().map(ToString::to_string));
        assert!(names(&["docProps/app.xml", "word\\document.xml"]));
        assert!(!names(&["局/word/document.docx", "a.docx"]));
        assert_eq!(archive_kind(b"PK"), None);
    }
}
