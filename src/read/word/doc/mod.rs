//! Word 97–2003 documents (doc, dot, and the wps that WPS saves as a compound file), read by their published structures
//! (\[MS-DOC\]).
//!
//! The stream `WordDocument` begins with the information block (FIB), which says where in the table stream everything
//! else stands: the piece table ([`pieces`]), pages of character and paragraph properties ([`properties`]), styles,
//! lists and fonts ([`sheets`]). The text is one sequence of characters, body first; [`walk`] goes through it and puts
//! it together with the same assembler as the docx reader, so that both come out alike.
//!
//! Nothing declared is trusted: every field is looked up with bounds, text beyond the stream makes the document partial, and
//! nesting is counted, not followed blindly.

mod binary;
mod pieces;
mod properties;
mod sheets;
mod walk;

use super::super::compound::Compound;
use super::super::{Document, Format, Limits, Reason, Reject, damage};
use super::numbering::Numbering;
use super::styles::Styles;
use binary::{plc, slice, u16_at, u32_at};
use pieces::Text;
use properties::{Character, Paragraph, Runs};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// What the walk needs of a file.
struct Source {
    text: Text,
    characters: Runs<Character>,
    paragraphs: Runs<Paragraph>,
    styles: Styles,
    fonts: Vec<String>,
}

/// Ranges of positions of the parts of the text.
struct Parts {
    body: Range,
    footnotes: Range,
    endnotes: Range,
}

/// Where the information block has the lengths of the parts, and the places of the structures.
const LENGTHS: usize = 76;
const PLACES: usize = 154;

/// Reads the document of a compound file.
///
/// # Errors
/// Encrypted, damaged, without text, or of a version before Word 97.
pub(crate) fn read(file: &Compound<'_>, limits: &Limits) -> Result<Document, Reject> {
    let damaged = |what: &str| {
        Reject::new(
            Reason::Corrupt,
            "WordDocument",
            format!("文件不完整或已损坏（{what}），请用 Word 或 WPS 打开后另存为 .docx 再发送。"),
        )
    };
    let word = file.root_stream("WordDocument").unwrap_or_default();
    let (Some(magic), Some(version), Some(flags)) =
        (u16_at(&word, 0), u16_at(&word, 2), u16_at(&word, 10))
    else {
        return Err(damaged("文件头不全"));
    };
    if !matches!(magic, 0xa5ec | 0xa5dc | 0xa5db) {
        return Err(damaged("文件头不对"));
    }
    if version < 0xc0 {
        return Err(Reject::new(
            Reason::Unsupported,
            "",
            "这是 Word 6.0/95 的文件，不读取，请用 Word 或 WPS 打开后另存为 .docx 再发送。",
        ));
    }
    if flags & 0x0100 != 0 {
        return Err(Reject::new(
            Reason::Encrypted,
            "",
            "文件有密码，请去掉密码后再发送。",
        ));
    }
    let names = if flags & 0x0200 != 0 {
        ["1Table", "0Table"]
    } else {
        ["0Table", "1Table"]
    };
    let table = names
        .iter()
        .find_map(|n| file.root_stream(n))
        .ok_or_else(|| damaged("没有表流"))?;
    let data = file.root_stream("Data").unwrap_or_default();
    // Where a structure stands in the table stream: start and size.
    let place = |number: usize| {
        let at = PLACES + number * 8;
        let start = u32_at(&word, at).unwrap_or(0) as usize;
        let size = u32_at(&word, at + 4).unwrap_or(0) as usize;
        (start, size)
    };
    let structure = |number: usize| {
        let (start, size) = place(number);
        slice(&table, start, size)
    };
    // Four bytes a character at most; a piece table that repeats a run of the stream ends there.
    let most = limits.text.min(word.len().saturating_mul(4));
    let text = Text::read(&word, structure(33), most).ok_or_else(|| damaged("没有文字表"))?;
    let length = |n: usize| u32_at(&word, LENGTHS + n * 4).unwrap_or(0).min(0x7fff_ffff);
    let mut end = 0u32;
    let mut part = |n: usize| {
        let start = end;
        end = end.saturating_add(length(n));
        (start, end)
    };
    // Body, footnotes, headers, (macros), comments, endnotes, text boxes.
    let (body, footnotes, _, _, _, endnotes, box_text) = (
        part(0),
        part(1),
        part(2),
        part(3),
        part(4),
        part(5),
        part(6),
    );
    let parts = Parts {
        body,
        footnotes,
        endnotes,
    };
    let cut = text.cut || (text.units.len() as u32) < body.1;
    let source = Source {
        characters: properties::characters(&word, structure(12)),
        paragraphs: properties::paragraphs(&word, structure(13), &data),
        styles: sheets::styles(structure(1)),
        fonts: sheets::fonts(structure(15)),
        text,
    };
    let numbering = match place(73) {
        (_, 0) => Numbering::default(),
        lists => Numbering::of(Rc::new(sheets::numbering(&table, lists, place(74)))),
    };
    let boxes = boxes(structure(40), structure(56), box_text);
    let (blocks, full) = walk::Walk::new(&source, numbering, boxes, limits).document(&parts);
    let found = if full {
        Some(damage::too_large())
    } else {
        cut.then(damage::breaks_off)
    };
    let problems = found.map(|d| damage::problem("WordDocument", d));
    damage::document(Format::Doc, "", blocks, problems.into_iter().collect())
}

/// A range of positions.
type Range = (u32, u32);

/// Text boxes.
#[derive(Default)]
struct Boxes {
    /// By the position of the body that they are anchored at.
    anchored: FxHashMap<u32, Vec<Range>>,
    /// Those of groups of shapes, which have no anchor of their own.
    loose: Vec<Range>,
}

/// Where the text boxes belong: shapes name their anchor, boxes their shape. `text` is the range of all boxes.
fn boxes(shapes: &[u8], boxes: &[u8], text: Range) -> Boxes {
    let anchors: FxHashMap<u32, u32> = plc(shapes, 26)
        .filter_map(|(position, _, shape)| Some((u32_at(shape, 0)?, position)))
        .collect();
    let mut out = Boxes::default();
    for (start, end, record) in plc(boxes, 22).filter(|b| b.0 < b.1) {
        // The last one is a stopper that may reach beyond.
        let end = text.0.saturating_add(end).min(text.1);
        let range = (text.0.saturating_add(start).min(end), end);
        let shape = u32_at(record, 14).filter(|shape| *shape != 0);
        match shape.and_then(|shape| anchors.get(&shape)) {
            Some(position) => out.anchored.entry(*position).or_default().push(range),
            None => out.loose.push(range),
        }
    }
    out
}
