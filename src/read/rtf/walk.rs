//! The walk over the pieces of an RTF file.

// An arm that does nothing must not fall through to the default arm, so conditions stay inside the arms.
#![allow(clippy::collapsible_match)]

use super::super::word::blocks::Blocks;
use super::super::word::rows::{self, Merged, Row};
use super::super::word::styles::{Raw, Styles};
use super::super::word::symbols;
use super::super::{Block, Limits, Reason};
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
    notes: Vec<(Kind, Vec<Para>)>,
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
    pub fn read(mut self, bytes: &[u8]) -> (Vec<Block>, Option<(Reason, &'static str)>) {
        let mut damage = None;
        for token in tokens(bytes) {
            if self.full {
                break;
            }
            match token {
                Token::Open => {
                    self.flush();
                    self.passing = 0;
                    if self.stack.len() >= MOST_GROUPS {
                        damage = Some((Reason::TooLarge, "文档嵌套层数过多，只读了前面的部分。"));
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
        if damage.is_none() && !self.full && !self.stack.is_empty() {
            damage = Some((
                Reason::Corrupt,
                "文件在中途结束，只读了前面的部分，请重新发送或用原软件打开后另存一份。",
            ));
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
            for (_, note) in self.notes.iter().filter(|n| n.0 == kind) {
                rows::level(&mut out, note, 0);
                out.blocks.flush_waiting();
            }
        }
        if self.full || out.blocks.full {
            damage = Some((
                Reason::TooLarge,
                "文档的段落、单元格或文字超过上限，只读了前面的部分。",
            ));
        }
        (out.blocks.finish(), damage)
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

    fn word(&mut self, name: &str, number: Option<i32>, starred: bool) {
        if self.passing > 0 {
            self.passing -= 1;
            return;
        }
        if self.state.destination == Destination::Skip {
            return;
        }
        if self.state.destination == Destination::Twice {
            if name == "ud" {
                self.state.destination = Destination::Text;
            }
            return;
        }
        // Bytes before a control word belong to the formatting before it.
        self.flush();
        let on = number != Some(0);
        let value = number.unwrap_or(0);
        match name {
            "u" => self.unicode(value),
            "uc" => self.state.fallback = u32::try_from(value).unwrap_or(0).min(256),
            "ansicpg" => self.page = charset::code_page(value).unwrap_or(self.page),
            "mac" | "pc" | "pca" => self.page = encoding_rs::WINDOWS_1252,
            _ if self.destination(name, starred) => {}
            _ if self.row_word(name, value) => {}
            _ => self.format(name, on, value),
        }
    }

    /// Words that say what a group is for.
    fn destination(&mut self, name: &str, starred: bool) -> bool {
        let destination = match name {
            "fonttbl" => Destination::Fonts,
            "stylesheet" => Destination::Styles,
            "fldinst" => {
                self.instruction.clear();
                Destination::Instruction
            }
            "listtext" | "pntext" => Destination::Label,
            "upr" => Destination::Twice,
            "shpinst" | "do" => Destination::Shape,
            "shptxt" | "dptxbxtext" => {
                self.begin_text(Kind::Box);
                return true;
            }
            "footnote" => {
                self.begin_text(Kind::Footnote);
                return true;
            }
            "ftnalt" => {
                if let Some(text) = self.texts.last_mut().filter(|t| t.kind == Kind::Footnote) {
                    text.kind = Kind::Endnote;
                }
                return true;
            }
            "nesttableprops" => {
                if self.outer_rows.len() < MOST_TEXTS {
                    self.outer_rows.push((self.stack.len(), self.row.clone()));
                }
                return true;
            }
            "shp" | "fldrslt" | "field" | "result" | "shpgrp" | "cs" => {
                return name != "cs";
            }
            "list" | "listlevel" | "listoverride" | "leveltext" | "levelnumbers" | "listname"
            | "colortbl" | "info" | "pict" | "objdata" | "objclass" | "objname" | "header"
            | "headerl" | "headerr" | "headerf" | "footer" | "footerl" | "footerr" | "footerf"
            | "ftnsep" | "ftnsepc" | "ftncn" | "aftnsep" | "aftnsepc" | "aftncn" | "annotation"
            | "xe" | "tc" | "tcn" | "rxe" | "txe" | "nonshppict" | "shprslt" | "sp" | "filetbl"
            | "listtable" | "listoverridetable" | "revtbl" | "rsidtbl" | "generator"
            | "bkmkstart" | "bkmkend" | "datafield" | "nonesttables" | "themedata" | "pnseclvl" => {
                Destination::Skip
            }
            _ if starred => Destination::Skip,
            _ => return false,
        };
        self.state.destination = destination;
        true
    }

    /// Words of tables.
    fn row_word(&mut self, name: &str, value: i32) -> bool {
        match name {
            "trowd" => {
                self.row = Rc::default();
                self.merged = Merged::default();
            }
            "trleft" => {
                if self.row.edges.is_empty() {
                    Rc::make_mut(&mut self.row).edges.push(value);
                }
            }
            "clmgf" => self.merged.first = true,
            "clmrg" => self.merged.with_left = true,
            "clvmgf" => self.merged.top = true,
            "clvmrg" => self.merged.with_above = true,
            "cellx" => {
                if self.row.cells.len() < MOST_CELLS {
                    let row = Rc::make_mut(&mut self.row);
                    if row.edges.is_empty() {
                        row.edges.push(0);
                    }
                    row.edges.push(value);
                    row.cells.push(self.merged);
                }
                self.merged = Merged::default();
            }
            "cell" | "nestcell" => self.end_paragraph(Ends::Cell, name == "nestcell"),
            "row" | "nestrow" => self.end_paragraph(Ends::Row, name == "nestrow"),
            _ => return false,
        }
        true
    }

    /// Words of formatting and of special characters.
    fn format(&mut self, name: &str, on: bool, value: i32) {
        match name {
            "par" | "sect" => self.end_paragraph(Ends::Paragraph, false),
            "line" | "page" | "column" => self.character('\n'),
            "tab" => self.character('\t'),
            "emdash" => self.character('—'),
            "endash" => self.character('–'),
            "bullet" => self.character('•'),
            "lquote" => self.character('‘'),
            "rquote" => self.character('’'),
            "ldblquote" => self.character('“'),
            "rdblquote" => self.character('”'),
            "emspace" => self.character('\u{2003}'),
            "enspace" => self.character('\u{2002}'),
            "pard" => self.state.plain_paragraph(),
            "plain" => self.state.plain(),
            "f" => {
                if self.state.destination == Destination::Fonts {
                    self.font = value;
                } else {
                    self.state.font = value;
                    self.state.double = false;
                }
            }
            "fcharset" if self.state.destination == Destination::Fonts => {
                self.fonts.entry(self.font).or_default().0 = charset::font(value);
            }
            "cpg" if self.state.destination == Destination::Fonts => {
                self.fonts.entry(self.font).or_default().0 = charset::code_page(value);
            }
            "af" => self.state.double_font = value,
            "dbch" => self.state.double = true,
            "loch" | "hich" => self.state.double = false,
            "v" => {
                self.state.hidden = on;
                self.style(|s| s.style.hidden = Some(on));
            }
            "deleted" => self.state.deleted = on,
            "super" => self.state.superscript = on,
            "nosupersub" | "sub" => self.state.superscript = false,
            "fs" => {
                let size = u32::try_from(value).unwrap_or(0).min(4000);
                self.state.size = size;
                self.style(|s| s.style.size = Some(size));
            }
            "s" | "cs" | "ds" | "ts" if self.state.destination == Destination::Styles => {
                if self.styles.len() < 65_536 {
                    // Only paragraph styles have ids that paragraphs name.
                    self.styles.push(Raw {
                        id: if name == "s" {
                            value.to_string()
                        } else {
                            String::new()
                        },
                        ..Raw::default()
                    });
                }
            }
            "s" => self.state.style = value,
            "sbasedon" => self.style(|s| s.based_on = value.to_string()),
            "qc" => {
                self.state.centred = true;
                self.style(|s| s.style.centred = Some(true));
            }
            "ql" | "qr" | "qj" | "qd" => {
                self.state.centred = false;
                self.style(|s| s.style.centred = Some(false));
            }
            "outlinelevel" => {
                let level = u8::try_from(value).ok().map(|l| l.min(9));
                self.state.outline = level;
                self.style(|s| s.outline = level);
            }
            "intbl" => self.state.in_table = on,
            "itap" => self.state.nested = u32::try_from(value).unwrap_or(0),
            _ => {}
        }
    }

    /// Changes the style that is being defined.
    fn style(&mut self, change: impl FnOnce(&mut Raw)) {
        if self.state.destination != Destination::Styles {
            return;
        }
        // The default style states no number.
        if self.styles.is_empty() {
            self.styles.push(Raw {
                id: "0".to_owned(),
                default_paragraph: true,
                ..Raw::default()
            });
        }
        if let Some(style) = self.styles.last_mut() {
            change(style);
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
            Kind::Footnote | Kind::Endnote => self.notes.push((text.kind, text.paragraphs)),
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
