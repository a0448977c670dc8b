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

use super::{Document, Format, Limits, Problem, Reason, Reject};

/// Reads the document.
///
/// # Errors
/// [`Reason::Empty`] where it has no text.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Reject> {
    let (blocks, damage) = walk::Walk::new(limits).read(bytes);
    let problems: Vec<Problem> = damage
        .into_iter()
        .map(|(reason, detail)| Problem {
            part: String::new(),
            reason,
            detail: detail.to_owned(),
        })
        .collect();
    if blocks.is_empty() {
        return Err(match problems.into_iter().next() {
            Some(problem) => problem.into(),
            None => Reject::new(
                Reason::Empty,
                "",
                "文档里没有文字和表格，请确认发送的是填写好的文件。",
            ),
        });
    }
    Ok(Document {
        format: Format::Rtf,
        blocks,
        problems,
        warnings: Vec::new(),
    })
}
