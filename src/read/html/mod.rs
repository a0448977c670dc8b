//! HTML, whatever the extension says: pages saved by Word, WPS and Excel as .doc and .xls, exports of web systems, and
//! the single-file form (MHTML).
//!
//! Bytes become text ([`decode`], [`mhtml`]), text becomes tags and characters ([`token`]), and these go through the
//! assembler of the Word readers ([`walk`]): headings, paragraphs, and tables with their spans, in reading order. Scripts,
//! styles, the head, hidden elements and deleted text are not part of what a person sees.

mod mhtml;
mod token;
mod walk;

use super::{Document, Format, Limits, Reason, Reject, damage};
use encoding_rs::Encoding;

/// Bytes at the start that are searched for the name of the encoding.
const HEAD: usize = 8192;

/// Reads a page: headings, paragraphs and tables in reading order.
///
/// # Errors
/// [`Reason::Empty`] where no text is seen on it.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Reject> {
    let pages = match mhtml::pages(bytes, limits.unpacked) {
        Some(pages) => pages,
        None => vec![decode(bytes, None)],
    };
    let mut walk = walk::Walk::new(limits);
    for page in &pages {
        walk.page(page);
    }
    let (blocks, full) = walk.finish();
    if blocks.is_empty() {
        return Err(Reject::new(
            Reason::Empty,
            "",
            "网页里没有文字和表格，请确认发送的是填写好的文件。",
        ));
    }
    let problems = full.then(|| damage::problem("", damage::too_large()));
    damage::document(Format::Html, "", blocks, problems.into_iter().collect())
}

/// The text of a page: by its byte order mark, what it or its envelope (`label`) declares, else UTF-8 where that is
/// valid and GB18030 where it is not.
fn decode(bytes: &[u8], label: Option<&str>) -> String {
    if let Some((encoding, skip)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(skip..).unwrap_or_default();
        return encoding.decode_without_bom_handling(rest).0.into_owned();
    }
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    if let Some(encoding) = super::sniff::utf16_without_bom(head) {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    let declared = declared(head)
        .or_else(|| Encoding::for_label(label?.as_bytes()))
        .filter(|e| e.is_ascii_compatible());
    // Pages that were converted keep the declaration of what they were before.
    if let Ok(text) = std::str::from_utf8(bytes)
        && !bytes.is_ascii()
    {
        return text.to_owned();
    }
    let encoding = match declared {
        None => encoding_rs::GB18030,
        Some(e) if e == encoding_rs::UTF_8 => {
            // Declared as UTF-8 and broken: cut off, or GBK after all.
            let text = String::from_utf8_lossy(bytes);
            let broken = text.matches('\u{fffd}').count();
            if broken <= 3 {
                return text.into_owned();
            }
            encoding_rs::GB18030
        }
        Some(e) if e == encoding_rs::GBK => encoding_rs::GB18030,
        Some(e) => e,
    };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// The encoding that a page names in its head: `charset=gb2312`, `encoding="utf-8"`.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let text: String = head
        .iter()
        .map(|&b| char::from(b).to_ascii_lowercase())
        .collect();
    ["charset=", "encoding="].iter().find_map(|key| {
        let (_, after) = text.split_once(key)?;
        let after = after.trim_start_matches(['"', '\'', ' ']);
        let label: String = after
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
            .collect();
        Encoding::for_label(label.as_bytes())
    })
}
