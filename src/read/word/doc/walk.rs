//! The walk over the text of a binary document: paragraphs, tables by their depth, text boxes at their anchors.

use super::super::blocks::Blocks;
use super::super::fields::Fields;
use super::super::numbering::{Numbering, push_number};
use super::super::rows::{self, Builder, Placed, Row};
use super::super::styles::Styles;
use super::super::symbols;
use super::properties::{Character, Paragraph};
use super::sheets::{list_id, style_id};
use super::{Boxes, Parts, Range, Source};
use crate::read::{Block, Limits};
use std::rc::Rc;

const CELL: u16 = 7;
const PAGE: u16 = 12;
const PARAGRAPH: u16 = 13;

/// A paragraph of the text.
pub(super) struct Para {
    start: u32,
    /// Position of its mark.
    mark: u32,
    /// The mark ends a cell or row of the outermost table.
    cell: bool,
    properties: Paragraph,
}

impl Placed for Para {
    fn depth(&self) -> u32 {
        self.properties.depth
    }

    fn ends_cell(&self) -> bool {
        match self.properties.depth {
            1 => self.cell,
            _ => self.properties.inner_cell,
        }
    }

    fn ends_row(&self) -> bool {
        match self.properties.depth {
            1 => self.properties.row_end,
            _ => self.properties.inner_row,
        }
    }

    fn row(&self) -> Option<&Rc<Row>> {
        self.properties.row.as_ref()
    }
}

impl<'a> Builder<'a> for Walk<'a> {
    type Paragraph = Para;

    fn blocks(&mut self) -> &mut Blocks<'a> {
        &mut self.blocks
    }

    fn paragraph(&mut self, paragraph: &Para) {
        self.put(paragraph);
    }
}

/// The walk and its state.
pub(super) struct Walk<'a> {
    source: &'a Source,
    numbering: Numbering,
    blocks: Blocks<'a>,
    /// Text boxes that are still to come.
    boxes: Boxes,
    fields: Fields,
    /// The instruction of the innermost field, as far as it is looked at.
    instruction: String,
    /// First half of a character beyond the basic plane.
    half: Option<u16>,
    /// Notes with automatic numbers so far, of the kind that is walked.
    notes: u32,
}

impl<'a> Walk<'a> {
    pub fn new(source: &'a Source, numbering: Numbering, boxes: Boxes, limits: &'a Limits) -> Self {
        Walk {
            source,
            numbering,
            blocks: Blocks::new(limits),
            boxes,
            fields: Fields::default(),
            instruction: String::new(),
            half: None,
            notes: 0,
        }
    }

    /// The whole document as blocks, and whether a limit was reached.
    pub fn document(mut self, parts: &Parts) -> (Vec<Block>, bool) {
        self.story(parts.body);
        for (part, mark) in [(parts.footnotes, "［脚注］"), (parts.endnotes, "［尾注］")] {
            self.blocks.mark = mark;
            self.notes = 0;
            self.story(part);
        }
        self.blocks.mark = "";
        // Boxes of groups of shapes, and of anchors that the text does not have, keep their order.
        let mut rest = std::mem::take(&mut self.boxes.loose);
        rest.extend(self.boxes.anchored.drain().flat_map(|(_, boxes)| boxes));
        rest.sort_unstable();
        for range in rest {
            self.story(range);
        }
        let full = self.blocks.full;
        (self.blocks.finish(), full)
    }

    /// A part of the text, or a text box.
    fn story(&mut self, range: Range) {
        self.fields = Fields::default();
        let paragraphs = self.paragraphs(range);
        rows::level(self, &paragraphs, 0);
        self.blocks.flush_waiting();
    }

    /// Cuts a range of the text into paragraphs.
    fn paragraphs(&self, (start, end): Range) -> Vec<Para> {
        let units = &self.source.text.units;
        let end = end.min(units.len() as u32);
        let mut found = Vec::new();
        let mut from = start;
        for at in start..end {
            let unit = units.get(at as usize).copied().unwrap_or(0);
            let last = at + 1 == end;
            if !last && !matches!(unit, CELL | PAGE | PARAGRAPH) {
                continue;
            }
            let piece = self.source.text.piece(at);
            let place = piece.map_or(u32::MAX, |p| p.place(at));
            let known = self.source.paragraphs.at(place);
            // A page break within a paragraph, unlike the end of a section, is no mark.
            if unit == PAGE && !last && known.is_some_and(|(_, end)| end > place + 2) {
                continue;
            }
            let mut properties = known.map(|(p, _)| p.clone()).unwrap_or_default();
            if let Some(piece) = piece.filter(|p| !p.modifiers.is_empty()) {
                properties.apply(&piece.modifiers, &[]);
            }
            found.push(Para {
                start: from,
                mark: if matches!(unit, CELL | PAGE | PARAGRAPH) {
                    at
                } else {
                    at + 1
                },
                cell: unit == CELL,
                properties,
            });
            from = at + 1;
        }
        found
    }

    fn put(&mut self, para: &Para) {
        self.blocks.open_paragraph();
        let properties = &para.properties;
        let styles = &self.source.styles;
        let style = styles.get(styles.find(&style_id(properties.style)));
        let mut style_hidden = false;
        if let Some(style) = style {
            let paragraph = &mut self.blocks.paragraph;
            paragraph.level = style.level;
            paragraph.contents = style.contents;
            paragraph.centred = style.centred.unwrap_or(false);
            paragraph.style_size = style.size;
            paragraph.number = style.number;
            style_hidden = style.hidden.unwrap_or(false);
        }
        let paragraph = &mut self.blocks.paragraph;
        if let Some(outline) = properties.outline {
            paragraph.level = (outline < 9).then_some(outline + 1);
        }
        if let Some(centred) = properties.centred {
            paragraph.centred = centred;
        }
        if let Some(list) = properties.list {
            paragraph.number.id = Some(list_id(list));
        }
        if let Some(level) = properties.list_level {
            paragraph.number.level = Some(level);
        }
        self.text(para.start, para.mark, style_hidden);
        // A hidden or deleted mark lets the next paragraph go on in the same line.
        let mark = self.character_properties(para.mark).0;
        if !para.cell && (mark.deleted || hidden(&mark, false, styles)) {
            self.blocks.paragraph.joins_next = true;
        }
        self.close();
    }

    fn close(&mut self) {
        self.blocks.paragraph.contents |= self.fields.end_paragraph();
        let number = self.blocks.paragraph.number;
        let label = if number.id.is_none_or(|id| id == 0) || self.blocks.paragraph.joins_next {
            String::new()
        } else {
            self.numbering.next(number, &Styles::default(), "")
        };
        // An empty numbered paragraph of the body shows a lonely number; in a cell it is a running number.
        let lonely = self.blocks.at_top() && self.blocks.paragraph.text.trim().is_empty();
        self.blocks
            .close_paragraph(if lonely { "" } else { &label });
    }

    /// Properties of the character at a position, and the position up to which they hold.
    fn character_properties(&self, position: u32) -> (Character, u32) {
        let Some(piece) = self.source.text.piece(position) else {
            return (Character::default(), u32::MAX);
        };
        let place = piece.place(position);
        let characters = &self.source.characters;
        let (mut properties, end) = match characters.at(place) {
            Some((properties, end)) => (*properties, end),
            None => (
                Character::default(),
                characters.next_start(place).unwrap_or(u32::MAX),
            ),
        };
        if !piece.modifiers.is_empty() {
            properties.apply(&piece.modifiers);
        }
        (
            properties,
            piece.position(end).min(piece.end).max(position + 1),
        )
    }

    fn text(&mut self, start: u32, end: u32, style_hidden: bool) {
        let source = self.source;
        let mut at = start;
        while at < end {
            let (properties, until) = self.character_properties(at);
            let until = until.min(end);
            let units = source
                .text
                .units
                .get(at as usize..until as usize)
                .unwrap_or_default();
            let hidden = properties.deleted || hidden(&properties, style_hidden, &source.styles);
            for (position, unit) in (at..).zip(units) {
                self.unit(*unit, position, &properties, hidden);
            }
            at = until;
        }
        self.half = None;
    }

    fn unit(&mut self, unit: u16, position: u32, properties: &Character, hidden: bool) {
        match unit {
            0x13 if self.fields.begin() => {
                self.instruction.clear();
                return;
            }
            0x14 => {
                if self.fields.separate() {
                    self.fields.instructed(&self.instruction);
                }
                return;
            }
            0x15 => {
                if self.fields.end() {
                    let instruction = std::mem::take(&mut self.instruction);
                    let shown = symbols::overstruck(&instruction);
                    if let Some(shown) = shown.filter(|_| !hidden && !self.fields.hide()) {
                        self.blocks.paragraph.text.push_str(shown);
                    }
                }
                return;
            }
            _ => {}
        }
        if self.fields.hide() {
            if self.instruction.len() < 256 {
                self.instruction.extend(char::from_u32(u32::from(unit)));
            }
            return;
        }
        // The automatic number of a note, at its beginning.
        if unit == 2 && properties.special && !self.blocks.mark.is_empty() {
            self.notes = self.notes.saturating_add(1);
            let form = if self.blocks.mark == "［脚注］" {
                "decimal"
            } else {
                "lowerRoman"
            };
            self.blocks.number.clear();
            push_number(&mut self.blocks.number, self.notes, form);
            return;
        }
        if unit == 8 && properties.special {
            // The text of a shape is there even where the run of its anchor is not.
            for range in self.boxes.anchored.remove(&position).unwrap_or_default() {
                self.text_box(range);
            }
            return;
        }
        if hidden {
            return;
        }
        let c = match unit {
            0x28 if properties.special && properties.symbol.is_some() => {
                let (font, glyph) = properties.symbol.unwrap_or_default();
                let name = self
                    .source
                    .fonts
                    .get(usize::from(font))
                    .map_or("", String::as_str);
                symbols::symbol(name, u32::from(glyph))
            }
            9 => Some('\t'),
            11 | 12 | 14 => Some('\n'),
            0x1e => Some('-'),
            // Pictures, marks of notes and comments, optional hyphens.
            0..=0x1f => None,
            0xd800..=0xdbff => {
                self.half = Some(unit);
                None
            }
            0xdc00..=0xdfff => {
                let pair = self.half.take().map(|half| [half, unit]);
                pair.and_then(|pair| char::decode_utf16(pair).next()?.ok())
            }
            unit => char::from_u32(u32::from(unit)),
        };
        if let Some(c) = c {
            let c = if properties.superscript {
                symbols::superscript(c)
            } else {
                c
            };
            let paragraph = &mut self.blocks.paragraph;
            paragraph.text.push(c);
            paragraph.size = paragraph.size.max(properties.size.into());
        }
    }

    fn text_box(&mut self, range: Range) {
        self.blocks.open_box();
        let fields = std::mem::take(&mut self.fields);
        self.story(range);
        self.fields = fields;
        self.blocks.close_box();
    }
}

/// Whether characters are hidden, by themselves or by their style.
fn hidden(properties: &Character, style_hidden: bool, styles: &Styles) -> bool {
    let by_style = || {
        let id = properties.style.map(style_id);
        let style = id.and_then(|id| styles.get(styles.find(&id)));
        style_hidden ^ style.and_then(|s| s.hidden).unwrap_or(false)
    };
    match properties.vanish {
        Some(0) => false,
        Some(0x80) => by_style(),
        Some(0x81) => !by_style(),
        Some(_) => true,
        None => by_style(),
    }
}
