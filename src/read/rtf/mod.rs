//! Rich text format (RTF 1.9.1), as WordPad, Word, WPS and reporting systems write it, often under the name .doc.
//!
//! The file is a tree of groups with control words ([`token`]); formatting holds to the end of its group, destinations say
//! what a group is for. [`walk`] keeps a stack of group states, bounded in depth, and collects paragraphs; tables are put
//! together from the marks of cells and rows by the same code as those of binary Word documents. Text is bytes in the code
//! page of its font, two to a Chinese character, or Unicode with a fallback that is passed over. Automatic numbers are in
//! the file as text.

mod charset;
mod parts;
mod token;
mod walk;

use super::{Document, Format, Limits, Reject, damage};

/// Reads the document.
///
/// # Errors
/// [`Reason::Empty`] where it has no text.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Reject> {
    let (blocks, found) = walk::Walk::new(limits).read(bytes);
    let problems = found.map(|d| damage::problem("", d));
    damage::document(Format::Rtf, "", blocks, problems.into_iter().collect())
}
