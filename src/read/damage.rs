//! What is said where a document breaks off or is cut, and how the readers of text documents end.

use super::{Block, Document, Format, Problem, Reason, Reject};

/// Why, and the sentence for the sender.
pub(crate) type Damage = (Reason, String);

/// Elements nested beyond what is followed.
pub(crate) fn too_deep() -> Damage {
    (
        Reason::TooLarge,
        "文档嵌套层数过多，只读了前面的部分。".to_owned(),
    )
}

/// Over a limit of blocks, cells or text.
pub(crate) fn too_large() -> Damage {
    (
        Reason::TooLarge,
        "文档的段落、单元格或文字超过上限，只读了前面的部分。".to_owned(),
    )
}

/// The text ends before its structure does.
pub(crate) fn breaks_off() -> Damage {
    (
        Reason::Corrupt,
        "文件不完整，在中途结束，只读了前面的部分，请重新发送或用原软件打开后另存一份。".to_owned(),
    )
}

/// The XML of a body is not well-formed from this byte on.
pub(crate) fn malformed(at: u64, error: &quick_xml::Error) -> Damage {
    (
        Reason::Corrupt,
        format!(
            "正文的结构在第{at}字节处损坏（{error}），只读了前面的部分，请用原软件打开后另存一份。"
        ),
    )
}

/// The problem of a part.
pub(crate) fn problem(part: &str, (reason, detail): Damage) -> Problem {
    Problem {
        part: part.to_owned(),
        reason,
        detail,
    }
}

/// A text document; without blocks, a reject of its first problem or as empty.
///
/// # Errors
/// Nothing was read.
pub(crate) fn document(
    format: Format,
    part: &str,
    blocks: Vec<Block>,
    problems: Vec<Problem>,
) -> Result<Document, Reject> {
    if blocks.is_empty() {
        return Err(match problems.into_iter().next() {
            Some(problem) => problem.into(),
            None => Reject::new(
                Reason::Empty,
                part,
                "文档里没有文字和表格，请确认发送的是填写好的文件。",
            ),
        });
    }
    Ok(Document {
        format,
        blocks,
        problems,
        warnings: Vec::new(),
    })
}
