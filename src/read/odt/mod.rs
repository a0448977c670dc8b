//! OpenDocument text (odt, ott, and the flat form), as LibreOffice and other free suites save it.
//!
//! [`styles`] reads what styles say about headings, hidden text and lists; [`walk`] goes through the body once and
//! puts it together with the assembler of the Word readers. Deleted text of tracked changes stands apart from the body and
//! is left out, as are comments; notes are read after the body, marked.

mod styles;
mod walk;

use super::damage::{self, Damage};
use super::package::Package;
use super::{Document, Format, Limits, Reason, Reject, xml};

/// Reads a package.
///
/// # Errors
/// Encrypted, damaged or empty.
pub(crate) fn read(package: &mut Package<'_>, limits: &Limits) -> Result<Document, Reject> {
    let encrypted = package
        .text("META-INF/manifest.xml")
        .is_some_and(|manifest| manifest.contains("encryption-data"));
    if encrypted {
        return Err(Reject::new(
            Reason::Encrypted,
            "",
            "文件有密码，请去掉密码后再发送。",
        ));
    }
    let common = package.text("styles.xml").unwrap_or_default();
    let Some(part) = package.part("content.xml") else {
        return Err(Reject::new(
            Reason::Corrupt,
            "content.xml",
            "正文部件不存在，请用原软件打开后另存为 .docx 再发送。",
        ));
    };
    let content = xml::decode(part.bytes);
    document(&common, &content, part.damage, limits)
}

/// Reads a document that is one XML file.
///
/// # Errors
/// Damaged or empty.
pub(crate) fn read_flat(text: &str, limits: &Limits) -> Result<Document, Reject> {
    document("", text, None, limits)
}

fn document(
    common: &str,
    content: &str,
    damage: Option<Damage>,
    limits: &Limits,
) -> Result<Document, Reject> {
    let mut sheet = styles::Sheet::default();
    sheet.read(common);
    sheet.read(content);
    let (blocks, found) = walk::Walk::new(&sheet, limits).read(content);
    // Damage of the zip stream is the cause; that the XML ends early is its effect.
    let problems = damage.or(found).map(|d| damage::problem("content.xml", d));
    damage::document(Format::Odt, "", blocks, problems.into_iter().collect())
}
