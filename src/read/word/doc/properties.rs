//! Properties of characters and paragraphs, as far as they matter for what is seen: hidden and deleted text, styles,
//! numbering, tables.
//!
//! They are stored in pages of 512 bytes (FKP), each a list of runs by place in the stream with their property
//! modifiers. Pages are found through a table of their own.

use super::super::rows::{Merged, Row};
use super::binary::{plc, slice, sprms, u8_at, u16_at, u32_at};
use std::rc::Rc;

/// Properties of a run of characters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Character {
    /// Hidden: 0 and 1 decide, 0x80 is as the style says, 0x81 the opposite.
    pub vanish: Option<u8>,
    /// Deleted with changes tracked.
    pub deleted: bool,
    /// A control character has its special meaning.
    pub special: bool,
    /// Size in half-points.
    pub size: u16,
    pub superscript: bool,
    /// A character of a symbol font: number of the font, glyph.
    pub symbol: Option<(u16, u16)>,
    /// Character style.
    pub style: Option<u16>,
}

impl Character {
    /// Applies modifiers.
    pub fn apply(&mut self, list: &[u8]) {
        for (code, operand) in sprms(list) {
            let byte = u8_at(operand, 0).unwrap_or(0);
            match code {
                0x0800 => self.deleted = byte != 0,
                0x083c => self.vanish = Some(byte),
                0x0818 if byte != 0 => self.vanish = Some(1),
                0x0855 => self.special = byte != 0,
                0x4a30 => self.style = u16_at(operand, 0),
                0x4a43 => self.size = u16_at(operand, 0).unwrap_or(0),
                0x2a48 => self.superscript = byte == 1,
                0x6a09 => {
                    self.symbol = u16_at(operand, 0).zip(u16_at(operand, 2));
                    self.special = true;
                }
                _ => {}
            }
        }
    }
}

/// Properties of a paragraph.
#[derive(Clone, Debug, Default)]
pub(super) struct Paragraph {
    pub style: u16,
    /// In how many tables it lies.
    pub depth: u32,
    in_table: bool,
    /// Ends a row of the outermost table.
    pub row_end: bool,
    /// Ends a cell, or a row, of a table in a table.
    pub inner_cell: bool,
    pub inner_row: bool,
    /// Outline level from 0; 9 for body text.
    pub outline: Option<u8>,
    pub centred: Option<bool>,
    pub list: Option<u16>,
    pub list_level: Option<u8>,
    /// Of the paragraph that ends a row.
    pub row: Option<Rc<Row>>,
}

impl Paragraph {
    /// Applies modifiers; `data` is the stream that long lists lie in.
    pub fn apply(&mut self, list: &[u8], data: &[u8]) {
        self.apply_own(list, data, true);
        self.depth = self.depth.max(u32::from(self.in_table));
    }

    fn apply_own(&mut self, list: &[u8], data: &[u8], follow: bool) {
        for (code, operand) in sprms(list) {
            let byte = u8_at(operand, 0).unwrap_or(0);
            let word = u16_at(operand, 0).unwrap_or(0);
            match code {
                0x4600 => self.style = word,
                0x2416 => self.in_table = byte != 0,
                0x2417 => self.row_end = byte != 0,
                0x6649 => self.depth = u32_at(operand, 0).filter(|d| *d < 0x8000).unwrap_or(0),
                0x244b => self.inner_cell = byte != 0,
                0x244c => self.inner_row = byte != 0,
                0x2640 => self.outline = Some(byte),
                0x2403 | 0x2461 => self.centred = Some(byte == 1),
                0x260a => self.list_level = Some(byte.min(8)),
                0x460b => self.list = Some(word),
                // The list is too long for its page and lies in the data stream.
                0x6645 | 0x6646 | 0x646b if follow => {
                    let at = u32_at(operand, 0).unwrap_or(u32::MAX) as usize;
                    let size = usize::from(u16_at(data, at).unwrap_or(0));
                    self.apply_own(slice(data, at.saturating_add(2), size), data, false);
                }
                0xd608 => self.row = Some(Rc::new(row(operand))),
                0xd62b | 0x5624 => {
                    if let Some(row) = &mut self.row {
                        merge(Rc::make_mut(row), code, operand);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The definition of a row: number of cells, edges, a record for each cell.
fn row(operand: &[u8]) -> Row {
    let count = usize::from(u8_at(operand, 0).unwrap_or(0)).min(64);
    let edges = (0..=count)
        .map_while(|i| u16_at(operand, 1 + i * 2))
        .map(|e| i32::from(e as i16))
        .collect();
    let records = slice(operand, 1 + (count + 1) * 2, usize::MAX);
    let cells = (0..count)
        .map(|i| {
            let flags = u16_at(records, i * 20).unwrap_or(0);
            Merged {
                first: flags & 1 != 0,
                with_left: flags & 2 != 0,
                top: flags & 0x40 != 0,
                with_above: flags & 0x60 == 0x20,
            }
        })
        .collect();
    Row { edges, cells }
}

/// Merges that are stated after the definition.
fn merge(row: &mut Row, code: u16, operand: &[u8]) {
    let (Some(a), Some(b)) = (u8_at(operand, 0), u8_at(operand, 1)) else {
        return;
    };
    if code == 0xd62b {
        if let Some(cell) = row.cells.get_mut(usize::from(a)) {
            cell.top = b & 2 != 0;
            cell.with_above = b & 3 == 1;
        }
    } else {
        let merged = row
            .cells
            .iter_mut()
            .take(usize::from(b))
            .skip(usize::from(a));
        for (i, cell) in merged.enumerate() {
            cell.first = i == 0;
            cell.with_left = i > 0;
        }
    }
}

/// Properties by place in the stream.
pub(super) struct Runs<T> {
    runs: Vec<(u32, u32, T)>,
}

impl<T> Runs<T> {
    /// The properties at a place, and the place after the last one that has them.
    pub fn at(&self, place: u32) -> Option<(&T, u32)> {
        let next = self.runs.partition_point(|r| r.1 <= place);
        let (start, end, value) = self.runs.get(next)?;
        (*start <= place).then_some((value, *end))
    }

    /// Where the next run begins that is not before a place.
    pub fn next_start(&self, place: u32) -> Option<u32> {
        let next = self.runs.partition_point(|r| r.1 <= place);
        self.runs.get(next).map(|r| r.0)
    }

    fn sorted(mut runs: Vec<(u32, u32, T)>) -> Runs<T> {
        runs.retain(|r| r.0 < r.1);
        runs.sort_by_key(|r| (r.0, r.1));
        // Overlaps (damage) would break the search by end.
        let mut reached = 0;
        runs.retain_mut(|r| {
            r.0 = r.0.max(reached);
            reached = reached.max(r.1);
            r.0 < r.1
        });
        Runs { runs }
    }
}

/// The pages that a table of pages names, each once.
fn pages<'a>(word: &'a [u8], table: &[u8]) -> Vec<&'a [u8]> {
    let mut numbers: Vec<u32> = plc(table, 4)
        .filter_map(|(_, _, record)| u32_at(record, 0))
        .map(|n| n & 0x003f_ffff)
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
        .into_iter()
        .map(|n| slice(word, n as usize * 512, 512))
        .filter(|page| page.len() == 512)
        .collect()
}

/// Properties of all characters.
pub(super) fn characters(word: &[u8], table: &[u8]) -> Runs<Character> {
    let mut runs = Vec::new();
    for page in pages(word, table) {
        let count = usize::from(u8_at(page, 511).unwrap_or(0));
        for i in 0..count {
            let (Some(start), Some(end)) = (u32_at(page, i * 4), u32_at(page, i * 4 + 4)) else {
                break;
            };
            let mut properties = Character::default();
            let at = usize::from(u8_at(page, (count + 1) * 4 + i).unwrap_or(0)) * 2;
            if at > 0 {
                let size = usize::from(u8_at(page, at).unwrap_or(0));
                properties.apply(slice(page, at + 1, size));
            }
            runs.push((start, end, properties));
        }
    }
    Runs::sorted(runs)
}

/// Properties of all paragraphs.
pub(super) fn paragraphs(word: &[u8], table: &[u8], data: &[u8]) -> Runs<Paragraph> {
    let mut runs = Vec::new();
    for page in pages(word, table) {
        let count = usize::from(u8_at(page, 511).unwrap_or(0));
        for i in 0..count {
            let (Some(start), Some(end)) = (u32_at(page, i * 4), u32_at(page, i * 4 + 4)) else {
                break;
            };
            let mut properties = Paragraph::default();
            let at = usize::from(u8_at(page, (count + 1) * 4 + i * 13).unwrap_or(0)) * 2;
            if at > 0 {
                let list = match u8_at(page, at).unwrap_or(0) {
                    0 => {
                        let size = usize::from(u8_at(page, at + 1).unwrap_or(0)) * 2;
                        slice(page, at + 2, size)
                    }
                    n => slice(page, at + 1, usize::from(n) * 2 - 1),
                };
                properties.style = u16_at(list, 0).unwrap_or(0);
                properties.apply(slice(list, 2, usize::MAX), data);
            }
            runs.push((start, end, properties));
        }
    }
    Runs::sorted(runs)
}
