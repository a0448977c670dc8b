//! From bytes to a [`Document`]: one module a format, chosen by content.
//!
//! [`read`] looks at the bytes, never at the extension, and hands them to the reader of the format. Every reader
//! gives text exactly as a person sees it on the page or sheet. A file that cannot be read is one [`Reject`] with a
//! reason from a fixed list and a sentence that says what to do; a file of which a part could not be read is a
//! document with problems. No input may panic, recurse without bound or allocate by what it declares.

mod base64;
mod charset;
mod compound;
mod contain;
mod damage;
mod deadline;
mod document;
pub(crate) mod heading;
mod html;
mod kept;
mod odt;
pub(crate) mod package;
mod rtf;
mod sheet;
mod sniff;
mod text;
mod unlock;
mod word;
mod xml;

pub(crate) use contain::fenced;
pub use deadline::Deadline;
pub use document::*;
pub(crate) use sniff::{ArchiveKind, Kind, PackageKind, archive_kind, is_document};

use std::time::Duration;

/// Limits that one file may not exceed. All are per file; what is over a limit is a reject or a problem with reason
/// [`Reason::TooLarge`], never a crash.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest file that is loaded, bytes.
    pub file: u64,
    /// Bytes that all parts of a file, or all entries of an archive, may unpack to together.
    pub unpacked: u64,
    /// Unpacked to packed bytes of one part or entry, looked at once it has given 64 MB.
    pub ratio: u64,
    /// Entries of an archive, parts of a container.
    pub entries: usize,
    /// Archives in archives.
    pub nesting: usize,
    /// Cells of all tables and sheets.
    pub cells: usize,
    /// Headings, paragraphs and tables.
    pub blocks: usize,
    /// Bytes of text.
    pub text: usize,
    /// Time for one file; `None` for as long as it takes.
    pub time: Option<Duration>,
    /// When reading the file at hand must end: set by [`Limits::started`].
    pub deadline: Deadline,
}

impl Limits {
    /// The same limits for one file, whose time begins now.
    pub fn started(&self) -> Limits {
        Limits {
            deadline: self.timer(),
            ..self.clone()
        }
    }

    /// The end of what begins now.
    pub fn timer(&self) -> Deadline {
        self.time.map(Deadline::after).unwrap_or_default()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file: 512 << 20,
            unpacked: 1 << 30,
            ratio: 300,
            entries: 50_000,
            nesting: 4,
            cells: 2_000_000,
            blocks: 500_000,
            text: 256 << 20,
            time: None,
            deadline: Deadline::default(),
        }
    }
}

/// Why a file, or an entry of an archive, was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// From the fixed list of `rejects.reason`.
    pub reason: Reason,
    /// The part of the file that failed; empty for the file as a whole.
    pub part: String,
    /// One Chinese sentence: what is wrong and what to do.
    pub detail: String,
}

impl Reject {
    /// A reject with these fields.
    pub fn new(reason: Reason, part: &str, detail: impl Into<String>) -> Reject {
        Reject {
            reason,
            part: part.to_owned(),
            detail: detail.into(),
        }
    }
}

impl From<Problem> for Reject {
    /// The part that could not be read was all there was.
    fn from(p: Problem) -> Reject {
        Reject {
            reason: p.reason,
            part: p.part,
            detail: p.detail,
        }
    }
}

impl std::fmt::Display for Reject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.reason.name(), self.detail)
    }
}

impl std::error::Error for Reject {}

/// Reads a file of any supported format. `name` (a file name, not a path) is used for messages and as a hint whether
/// text is delimited; what the file is, its bytes say.
///
/// # Errors
///
/// [`Reject`] when nothing of the file can be read. When a part can, the document says so in
/// [`Document::problems`].
pub fn read(bytes: &[u8], name: &str, limits: &Limits) -> Result<Document, Reject> {
    if bytes.len() as u64 > limits.file {
        return Err(Reject::new(
            Reason::TooLarge,
            "",
            format!(
                "文件有{}MB，超过上限{}MB，请拆分后发送或调高上限。",
                bytes.len() >> 20,
                limits.file >> 20
            ),
        ));
    }
    let mut document = match sniff::kind(bytes) {
        Kind::Empty => {
            return Err(Reject::new(
                Reason::Empty,
                "",
                "文件是空的（0字节），请重新发送。",
            ));
        }
        Kind::Zip => container(bytes, limits)?,
        Kind::WordXml => word::read_flat(&xml::decode(bytes.to_vec()), limits)?,
        Kind::Pdf => {
            return unsupported("这是 PDF，请用原始的 Word 或 Excel 文件发送（或另存为 Word）。");
        }
        Kind::Image => return unsupported("这是图片，请用原始的 Word 或 Excel 文件发送。"),
        Kind::Rar => return unsupported("这是 RAR 压缩包，请解压后发送，或改用 zip 压缩。"),
        Kind::SevenZip => return unsupported("这是 7z 压缩包，请解压后发送，或改用 zip 压缩。"),
        Kind::Compressed => {
            return unsupported("这种压缩格式不读取，请解压后发送，或改用 zip 压缩。");
        }
        Kind::Binary => {
            return unsupported("认不出这种文件，请用 Word 或 Excel 打开后另存一份再发送。");
        }
        Kind::FlatOdf if sniff::is_flat_text(bytes) => {
            odt::read_flat(&xml::decode(bytes.to_vec()), limits)?
        }
        Kind::FlatOdf if sheet::ods::is_flat(bytes) => {
            sheet::ods::read_flat(&xml::decode(bytes.to_vec()), limits)?
        }
        Kind::Xml | Kind::FlatOdf => {
            return unsupported("这种 XML 文件不读取，请用 Word 或 Excel 打开后另存一份再发送。");
        }
        Kind::Compound => compound(bytes, limits)?,
        Kind::BareBiff => sheet::xls::read(bytes, limits)?,
        Kind::Html => html::read(bytes, limits)?,
        Kind::Rtf => rtf::read(bytes, limits)?,
        Kind::Text => {
            let text = charset::decode(bytes);
            match sheet::delimited::read(&text, name, limits) {
                Some(table) => table?,
                None => plain(&text),
            }
        }
        Kind::SpreadsheetXml => sheet::xml2003::read(&xml::decode(bytes.to_vec()), limits)?,
    };
    // Readers stop when the time is over, wherever they are.
    limits.deadline.check()?;
    warn_about_name(&mut document, name);
    Ok(document)
}

/// The reject of a kind of file that is not read.
fn unsupported(detail: &str) -> Result<Document, Reject> {
    Err(Reject::new(Reason::Unsupported, "", detail))
}

/// A zip container: a document of one kind or another.
fn container(bytes: &[u8], limits: &Limits) -> Result<Document, Reject> {
    let (mut package, kind) = sniff::package_kind(bytes, limits)?;
    match kind {
        PackageKind::Word => word::read(&mut package, limits),
        PackageKind::Sheet => sheet::xlsx::read(&mut package, limits),
        PackageKind::OpenText => odt::read(&mut package, limits),
        PackageKind::BinarySheet => sheet::xlsb::read(&mut package, limits),
        PackageKind::OpenSheet => sheet::ods::read(&mut package, limits),
        PackageKind::Presentation => {
            unsupported("这是演示文稿，请把其中的文字和表格另存为 Word 或 Excel 再发送。")
        }
        PackageKind::OpenOther => {
            unsupported("这种 OpenDocument 文件不读取，请另存为 .docx 或 .xlsx 再发送。")
        }
        PackageKind::Ofd => unsupported("这是 OFD 版式文件，请用原始的 Word 或 Excel 文件发送。"),
        PackageKind::Archive => {
            unsupported("这是压缩包而不是单个文档，请用 ingest 读取，或解压后发送。")
        }
    }
}

/// A compound file: an Excel workbook, a Word document, or an encrypted package.
fn compound(bytes: &[u8], limits: &Limits) -> Result<Document, Reject> {
    let found = compound::open(bytes)?;
    if found.has("EncryptedPackage") {
        let info = found.stream("EncryptionInfo");
        let opened = info
            .zip(found.stream("EncryptedPackage"))
            .and_then(|(info, package)| unlock::package(&info, package));
        if let Some(package) = opened {
            return container(&package, limits);
        }
        return Err(Reject::new(
            Reason::Encrypted,
            "",
            "文件有密码，请去掉密码后再发送。",
        ));
    }
    // A file saved for both generations has both streams: the newer one is named Workbook.
    for name in ["Workbook", "Book"] {
        if found.has(name)
            && let Some(stream) = found.stream(name)
        {
            return sheet::xls::read(&stream, limits);
        }
    }
    if found.has("WordDocument") {
        return word::doc::read(&found, limits);
    }
    Err(Reject::new(
        Reason::Unsupported,
        "",
        "这种 OLE 文件里没有 Word 文档或 Excel 工作簿，不读取，请另存为 .docx 或 .xlsx 再发送。",
    ))
}

/// Plain text: a paragraph a line. Headings are told by their wording, as in a Word file without styles.
fn plain(text: &str) -> Document {
    let mut numberer = word::blocks::Numberer::default();
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    let blocks = lines
        .enumerate()
        .map(|(i, line)| {
            let level = match i {
                0 if heading::may_be_title(line) => Some(0),
                _ => heading::unstyled_level(line),
            };
            numberer.paragraph(level, line.to_string())
        })
        .collect();
    Document::new(Format::Text, blocks)
}

/// Adds a warning where the extension says something else than the bytes.
fn warn_about_name(document: &mut Document, name: &str) {
    let Some((_, extension)) = name.rsplit_once('.') else {
        return;
    };
    let extension = extension.to_lowercase();
    let fits = match document.format {
        Format::Docx => matches!(
            extension.as_str(),
            "docx" | "docm" | "dotx" | "dotm" | "wps" | "xml"
        ),
        Format::Doc => matches!(extension.as_str(), "doc" | "dot" | "wps" | "wpt"),
        Format::Xlsx => matches!(
            extension.as_str(),
            "xlsx" | "xlsm" | "xltx" | "xltm" | "xlam" | "et"
        ),
        Format::Xlsb => extension == "xlsb",
        Format::Xls => matches!(extension.as_str(), "xls" | "xlt" | "et" | "ett"),
        Format::Ods => matches!(extension.as_str(), "ods" | "ots" | "fods"),
        Format::Odt => matches!(extension.as_str(), "odt" | "ott" | "fodt"),
        Format::Rtf => matches!(extension.as_str(), "rtf"),
        Format::Html => matches!(
            extension.as_str(),
            "html" | "htm" | "mht" | "mhtml" | "xhtml"
        ),
        Format::SpreadsheetMl => extension == "xml",
        Format::Csv | Format::Text => {
            matches!(
                extension.as_str(),
                "csv" | "tsv" | "txt" | "tab" | "text" | "md" | "prn" | "log"
            )
        }
    };
    // Only extensions that promise a document of another kind are worth a word.
    let promises = matches!(
        extension.as_str(),
        "doc"
            | "docx"
            | "docm"
            | "dotx"
            | "wps"
            | "rtf"
            | "odt"
            | "xls"
            | "xlsx"
            | "xlsm"
            | "xlsb"
            | "et"
            | "ods"
            | "csv"
            | "txt"
            | "html"
            | "htm"
            | "pdf"
    );
    if !fits && promises {
        document.warnings.push(format!(
            "扩展名是 .{extension}，内容其实是 {}，已按内容读取。",
            document.format.name()
        ));
    }
}
