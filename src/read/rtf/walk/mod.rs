//! The walk over the pieces of an RTF file.

// An arm that does nothing must not fall through to the default arm, so conditions stay inside the arms.
#![allow(clippy::collapsible_match)]

use super::super::word::blocks::Blocks;
use super::super::word::numbering::push_number;
use super::super::word::rows::{self, Merged, Row};
use super::super::word::styles::{Raw, Styles};
use super::super::word::symbols;
mod words;

use super::super::damage::{self, Damage};
use super::super::{Block, Limits};
use super::charset;
use super::parts::{Collected, Destination, Ends, Kind, Out, Para, State};
use super::token::{Token, tokens};
use encoding_rs::Encoding;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Groups in groups that are followed.
const MOST_GROUPS: usize = 100_000;
/// Texts in texts (boxes, notes) that are told apart.
const MOST_TEXTS: usize = 16;
/// Cells of a row.
const MOST_CELLS: usize = 1024;

/// The walk and its state.
pub(super) struct Walk<'a> {
    state: State,
    stack: Vec<State>,
    texts: Vec<Collected>,
    notes: Vec<(Kind, Vec<Para>, bool)>,
    page: &'static Encoding,
    fonts: FxHashMap<i32, (Option<&'static Encoding>, String)>,
    font: i32,
    styles: Vec<Raw>,
    resolved: Styles,
    /// Bytes that are not yet decoded, and their encoding.
    bytes: Vec<u8>,
    encoding: &'static Encoding,
    half: Option<u16>,
    passing: u32,
    /// The row definition that is being stated.
    row: Rc<Row>,
    merged: Merged,
    /// Definitions of outer rows while one of a table in a table is stated, with the depth of its group.
    outer_rows: Vec<(usize, Rc<Row>)>,
    starred: bool,
    /// The open fields are tables of contents, from this depth of groups on.
    contents: Option<usize>,
    instruction: String,
    count: usize,
    size: usize,
    limits: &'a Limits,
    full: bool,
}

impl<'a> Walk<'a> {
    pub fn new(limits: &'a Limits) -> Self {
        Walk {
            state: State {
                destination: Destination::Text,
                font: -1,
                double_font: -1,
                double: false,
                fallback: 1,
                hidden: false,
                deleted: false,
                superscript: false,
                size: 0,
                style: 0,
                centred: false,
                outline: None,
                in_table: false,
                nested: 0,
                text_ends: false,
            },
            stack: Vec::new(),
            texts: vec![Collected::new(Kind::Body)],
            notes: Vec::new(),
            // Files of Chinese offices that do not say.
            page: encoding_rs::GB18030,
            fonts: FxHashMap::default(),
            font: 0,
            styles: Vec::new(),
            resolved: Styles::default(),
            bytes: Vec::new(),
            encoding: encoding_rs::GB18030,
            half: None,
            passing: 0,
            row: Rc::default(),
            merged: Merged::default(),
            outer_rows: Vec::new(),
            starred: false,
            contents: None,
            instruction: String::new(),
            count: 0,
            size: 0,
            limits,
            full: false,
        }
    }

    /// The blocks of a file, and what was wrong with it.
    pub fn read(mut self, bytes: &[u8]) -> (Vec<Block>, Option<Damage>) {
        let mut found = None;
        for token in tokens(bytes) {
            if self.full {
                break;
            }
            match token {
                Token::Open => {
                    self.flush();
                    self.passing = 0;
                    if self.stack.len() >= MOST_GROUPS {
                        found = Some(damage::too_deep());
                        break;
                    }
                    self.stack.push(self.state);
                    self.state.text_ends = false;
                    self.starred = false;
                }
                Token::Close => {
                    self.close_group();
                    // What follows the last group is no part of the document.
                    if self.stack.is_empty() {
                        break;
                    }
                }
                Token::Word(name, number) => {
                    let starred = std::mem::take(&mut self.starred);
                    self.word(name, number, starred);
                }
                Token::Symbol(symbol) => self.symbol(symbol),
                Token::Byte(byte) => {
                    if self.passing > 0 {
                        self.passing -= 1;
                    } else {
                        self.byte(byte);
                    }
                }
                Token::Text(text) => {
                    let pass = text.len().min(self.passing as usize);
                    self.passing -= pass as u32;
                    for byte in text.iter().skip(pass) {
                        self.byte(*byte);
                    }
                }
            }
        }
        self.flush();
        if found.is_none() && !self.full && !self.stack.is_empty() {
            found = Some(damage::breaks_off());
        }
        while self.texts.len() > 1 {
            self.end_text();
        }
        self.end_paragraph(Ends::Paragraph, false);
        self.resolve_styles();
        let body = self.texts.pop().map(|t| t.paragraphs).unwrap_or_default();
        let mut out = Out {
            blocks: Blocks::new(self.limits),
            styles: &self.resolved,
        };
        rows::level(&mut out, &body, 0);
        out.blocks.flush_waiting();
        for (kind, mark) in [(Kind::Footnote, "［脚注］"), (Kind::Endnote, "［尾注］")] {
            out.blocks.mark = mark;
            let mut counted = 0;
            for (_, note, numbered) in self.notes.iter().filter(|n| n.0 == kind) {
                out.blocks.number.clear();
                if *numbered {
                    counted += 1;
                    let form = if kind == Kind::Endnote {
                        "lowerRoman"
                    } else {
                        "decimal"
                    };
                    push_number(&mut out.blocks.number, counted, form);
                }
                rows::level(&mut out, note, 0);
                out.blocks.flush_waiting();
            }
        }
        if self.full || out.blocks.full {
            found = Some(damage::too_large());
        }
        (out.blocks.finish(), found)
    }

    fn close_group(&mut self) {
        self.flush();
        self.passing = 0;
        self.starred = false;
        let closed = self.state;
        if self
            .outer_rows
            .last()
            .is_some_and(|(depth, _)| *depth == self.stack.len())
            && let Some((_, row)) = self.outer_rows.pop()
        {
            self.row = row;
        }
        let Some(outer) = self.stack.pop() else {
            return;
        };
        match closed.destination {
            Destination::Styles if outer.destination == Destination::Styles => {
                if let Some(style) = self.styles.last_mut() {
                    let name = style.name.trim_end_matches(';').trim();
                    style.name = name.split(',').next().unwrap_or_default().to_owned();
                }
            }
            Destination::Styles => self.resolve_styles(),
            Destination::Instruction if outer.destination != Destination::Instruction => {
                if self.instruction.trim_start().starts_with("TOC") && self.contents.is_none() {
                    self.contents = Some(self.stack.len());
                }
            }
            _ => {}
        }
        if self.contents.is_some_and(|depth| self.stack.len() < depth) {
            self.contents = None;
        }
        if closed.text_ends {
            self.end_text();
        }
        self.state = outer;
    }

    fn resolve_styles(&mut self) {
        if !self.styles.is_empty() {
            self.resolved = Styles::resolved(std::mem::take(&mut self.styles));
        }
    }

    /// The encoding of text at this point.
    fn encoding_now(&self) -> &'static Encoding {
        let of = |font: i32| self.fonts.get(&font).and_then(|f| f.0);
        if self.state.double
            && let Some(double) = of(self.state.double_font).filter(|e| charset::is_double(e))
        {
            return double;
        }
        of(self.state.font).unwrap_or(self.page)
    }

    fn byte(&mut self, byte: u8) {
        match self.state.destination {
            Destination::Skip | Destination::Twice | Destination::Shape => return,
            _ => {}
        }
        let encoding = self.encoding_now();
        if encoding != self.encoding {
            self.flush();
            self.encoding = encoding;
        }
        self.bytes.push(byte);
    }

    /// Decodes the bytes that wait.
    fn flush(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let text = self.encoding.decode_without_bom_handling(&bytes).0;
        self.text(&text);
        self.bytes = bytes;
        self.bytes.clear();
    }

    fn text(&mut self, text: &str) {
        match self.state.destination {
            Destination::Skip | Destination::Twice | Destination::Shape => {}
            Destination::Fonts => {
                let name = &mut self.fonts.entry(self.font).or_default().1;
                name.push_str(text.split(';').next().unwrap_or_default());
            }
            Destination::Styles => {
                if let Some(style) = self.styles.last_mut() {
                    style.name.push_str(text);
                }
            }
            Destination::Instruction => {
                if self.instruction.len() < 16 {
                    self.instruction.push_str(text);
                }
            }
            Destination::Label => {
                let shown = !self.state.hidden && !self.state.deleted;
                if let Some(collected) = self.texts.last_mut().filter(|_| shown) {
                    collected.open.label.push_str(text);
                    collected.begun = true;
                }
            }
            Destination::Text => {
                if self.state.hidden || self.state.deleted {
                    return;
                }
                let size = self.state.size;
                let superscript = self.state.superscript;
                let contents = self.contents.is_some();
                let Some(collected) = self.texts.last_mut() else {
                    return;
                };
                collected.begun = true;
                let open = &mut collected.open;
                open.size = open.size.max(size);
                open.contents |= contents;
                let seen = |c: &char| !c.is_control() || matches!(c, '\t' | '\n');
                if superscript {
                    open.text.extend(text.chars().map(symbols::superscript));
                } else {
                    open.text.extend(text.chars().filter(seen));
                }
                self.size += text.len();
                if self.size > self.limits.text {
                    self.full = true;
                }
            }
        }
    }

    fn character(&mut self, c: char) {
        self.flush();
        self.text(c.encode_utf8(&mut [0; 4]));
    }

    fn unicode(&mut self, number: i32) {
        self.flush();
        let unit = (number & 0xffff) as u16;
        let c = match unit {
            0xd800..=0xdbff => {
                self.half = Some(unit);
                None
            }
            0xdc00..=0xdfff => {
                let pair = self.half.take().map(|half| [half, unit]);
                pair.and_then(|pair| char::decode_utf16(pair).next()?.ok())
            }
            // Glyphs of symbol fonts.
            0xf020..=0xf0ff => {
                let name = self
                    .fonts
                    .get(&self.state.font)
                    .map_or("", |f| f.1.as_str());
                symbols::symbol(name, u32::from(unit))
            }
            unit => char::from_u32(u32::from(unit)).filter(|c| !c.is_control()),
        };
        if let Some(c) = c {
            self.text(c.encode_utf8(&mut [0; 4]));
        }
        self.passing = self.state.fallback;
    }

    fn symbol(&mut self, symbol: u8) {
        if self.passing > 0 {
            self.passing -= 1;
            return;
        }
        match symbol {
            b'*' => {
                self.starred = true;
            }
            b'\\' | b'{' | b'}' => self.byte(symbol),
            b'~' => self.character('\u{a0}'),
            b'_' => self.character('-'),
            b'\r' | b'\n' => self.end_paragraph(Ends::Paragraph, false),
            b'\t' => self.character('\t'),
            _ => {}
        }
    }

    fn begin_text(&mut self, kind: Kind) {
        self.state.destination = Destination::Text;
        if self.texts.len() < MOST_TEXTS {
            self.texts.push(Collected::new(kind));
            self.state.text_ends = true;
            self.state.plain_paragraph();
            self.state.plain();
        }
    }

    fn end_text(&mut self) {
        if self.texts.len() < 2 {
            return;
        }
        if self.texts.last().is_some_and(|t| t.begun) {
            self.end_paragraph(Ends::Paragraph, false);
        }
        let Some(text) = self.texts.pop() else { return };
        match text.kind {
            Kind::Footnote | Kind::Endnote => {
                self.notes.push((text.kind, text.paragraphs, text.numbered));
            }
            Kind::Box | Kind::Body => {
                if let Some(outer) = self.texts.last_mut() {
                    outer.open.boxes.push(text.paragraphs);
                    outer.begun = true;
                }
            }
        }
    }

    fn end_paragraph(&mut self, ends: Ends, nested: bool) {
        self.flush();
        self.half = None;
        let state = self.state;
        if !matches!(state.destination, Destination::Text | Destination::Label) {
            return;
        }
        let Some(collected) = self.texts.last_mut() else {
            return;
        };
        let mut para = std::mem::take(&mut collected.open);
        collected.begun = false;
        para.ends = ends;
        para.style = state.style;
        para.outline = state.outline;
        para.centred = state.centred;
        para.joins = ends == Ends::Paragraph && (state.hidden || state.deleted);
        para.depth = match (ends, nested) {
            (Ends::Paragraph, _) if !state.in_table => 0,
            (_, true) => state.nested.max(2),
            (Ends::Paragraph, _) => state.nested.max(1),
            _ => 1,
        };
        if ends == Ends::Row {
            para.row = Some(self.row.clone());
            para.text.clear();
        }
        collected.paragraphs.push(para);
        self.count += 1;
        if self.count > self.limits.blocks.saturating_add(self.limits.cells)
            || self.count.is_multiple_of(4096) && self.limits.deadline.passed()
        {
            self.full = true;
        }
    }
}
