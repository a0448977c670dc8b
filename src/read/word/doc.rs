//! Word 97–2003 documents (doc, dot, the OLE kind of wps), through rwml.
//!
//! rwml reads the binary structures (\[MS-DOC\]) and gives paragraphs, runs and tables; here they go through the same
//! assembler as those of docx, so that headings, titles, tables and locations come out alike. Page headers and comments are
//! left out, footnotes and endnotes marked. Its limits are ours: deleted text of tracked changes cannot be told from the
//! rest, and text boxes stand at the end, not at their anchors.

use super::blocks::{Blocks, Merge};
use super::styles::{is_contents, level_by_name};
use crate::read::{Document, Format, Limits, Problem, Reason, Reject};
use rwml::{Align, Block, DocModel, Error, Paragraph, Row, SourceRegionKind};
use std::collections::BTreeMap;

/// Tables in tables that are followed; deeper ones are left out.
const MOST_NESTED: u32 = 32;

/// Reads the document.
///
/// # Errors
/// Encrypted, damaged, without text, or of a version before Word 97.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Reject> {
    let model = rwml::Document::open(bytes).map_err(reject)?.model();
    let mut blocks = Blocks::new(limits);
    // Rows that follow one another are one table. rwml begins a new one where their columns differ.
    let mut rows: Vec<&Row> = Vec::new();
    for (n, block) in model.blocks.iter().enumerate() {
        let mark = match region(&model, n) {
            Some(SourceRegionKind::HeaderFooter | SourceRegionKind::Annotation) => continue,
            Some(SourceRegionKind::Footnote) => "［脚注］",
            Some(SourceRegionKind::Endnote) => "［尾注］",
            _ => "",
        };
        if let Block::Table(t) = block {
            rows.extend(&t.rows);
            continue;
        }
        table(&mut blocks, &std::mem::take(&mut rows), 0);
        blocks.mark = mark;
        put(&mut blocks, block, 0);
        blocks.mark = "";
        if blocks.full {
            break;
        }
    }
    table(&mut blocks, &rows, 0);
    let problems = if blocks.full {
        vec![Problem {
            part: String::new(),
            reason: Reason::TooLarge,
            detail: "文档超过上限，只读了前面的部分。".to_owned(),
        }]
    } else {
        Vec::new()
    };
    let blocks = blocks.finish();
    if blocks.is_empty() {
        return Err(reject(Error::NoText));
    }
    Ok(Document {
        format: Format::Doc,
        blocks,
        problems,
        warnings: Vec::new(),
    })
}

/// Which part of the document a block comes from.
fn region(model: &DocModel, block: usize) -> Option<SourceRegionKind> {
    model
        .regions
        .iter()
        .find(|r| (r.block_start..r.block_end).contains(&block))
        .map(|r| r.kind)
}

fn put(blocks: &mut Blocks<'_>, block: &Block, depth: u32) {
    match block {
        Block::Paragraph(p) => paragraph(blocks, p),
        Block::Table(t) if depth < MOST_NESTED => {
            table(blocks, &t.rows.iter().collect::<Vec<_>>(), depth);
        }
        _ => {}
    }
}

fn paragraph(blocks: &mut Blocks<'_>, p: &Paragraph) {
    blocks.open_paragraph();
    let out = &mut blocks.paragraph;
    for run in p.runs.iter().filter(|r| !r.props.hidden) {
        out.text.push_str(&run.text);
        if !run.text.trim().is_empty() {
            out.size = out.size.max(run.props.size_half_pt.unwrap_or(0).into());
        }
    }
    let style = p.props.style_name.as_deref().unwrap_or("");
    out.contents = is_contents(style);
    out.level = level_by_name(style)
        .or(p.props.heading_level)
        .or(p.props.outline_level.filter(|l| *l < 9).map(|l| l + 1))
        .filter(|_| !out.contents);
    out.centred = p.props.align == Align::Center;
    let label = match &p.props.list {
        Some(list) if list.ordered && !out.text.trim().is_empty() => list.label.trim_end(),
        _ => "",
    };
    blocks.close_paragraph(label);
}

/// A table. rwml gives a merged cell once with its spans, the assembler wants the cells that continue it too.
fn table(blocks: &mut Blocks<'_>, rows: &[&Row], depth: u32) {
    if rows.is_empty() {
        return;
    }
    blocks.open_table();
    // First column → rows still to come and width.
    let mut merged: BTreeMap<u32, (u16, u32)> = BTreeMap::new();
    for row in rows {
        blocks.open_row();
        let mut column = 0;
        for cell in &row.cells {
            column = continued(blocks, &mut merged, column);
            let width = u32::from(cell.col_span.max(1));
            if blocks.open_cell() {
                blocks.cell_span(width);
                if cell.row_span > 1 {
                    blocks.cell_vertical(Merge::Restart);
                    merged.insert(column, (cell.row_span - 1, width));
                }
                for block in &cell.blocks {
                    put(blocks, block, depth + 1);
                }
                blocks.close_cell();
            }
            column += width;
        }
        continued(blocks, &mut merged, column);
        blocks.close_row();
        if blocks.full {
            break;
        }
    }
    blocks.close_table();
}

/// Puts the cells that go on from the rows above at this column; gives the column after them.
fn continued(
    blocks: &mut Blocks<'_>,
    merged: &mut BTreeMap<u32, (u16, u32)>,
    mut column: u32,
) -> u32 {
    while let Some((rows, width)) = merged.get_mut(&column) {
        let width = *width;
        *rows -= 1;
        if *rows == 0 {
            merged.remove(&column);
        }
        if blocks.open_cell() {
            blocks.cell_span(width);
            blocks.cell_vertical(Merge::Continue);
            blocks.close_cell();
        }
        column += width;
    }
    column
}

fn reject(error: Error) -> Reject {
    let (reason, detail) = match error {
        Error::Encrypted { .. } => (
            Reason::Encrypted,
            "文件有密码，请去掉密码后再发送。".to_owned(),
        ),
        Error::UnsupportedVersion(_) => (
            Reason::Unsupported,
            "这是 Word 6.0/95 的文件，不读取，请用 Word 打开后另存为 .docx 再发送。".to_owned(),
        ),
        Error::NoText => (
            Reason::Empty,
            "文档里没有文字和表格，请确认发送的是填写好的文件。".to_owned(),
        ),
        e => (
            Reason::Corrupt,
            format!("读不出这个 Word 文件（{e}），请用 Word 打开后另存为 .docx 再发送。"),
        ),
    };
    Reject::new(reason, "", detail)
}
