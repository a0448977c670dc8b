//! The walk over the XML of a body: one pass, no tree, no recursion.
//!
//! Elements are classified by namespace and local name when they open; the class is kept on a stack, so closing needs
//! no names, and a file that ends anywhere is closed in order with what was read. What a person does not see on the
//! page (deletions, hidden text, field instructions, the other branch of an `AlternateContent`) is skipped here; what
//! is left goes to [`Blocks`].

// An arm that does nothing must not fall through to the default arm, so conditions stay inside the arms.
#![allow(clippy::collapsible_match)]

use super::blocks::{Blocks, Merge};
use super::namespaces::{Namespaces, Space};
use super::numbering::Numbering;
use super::styles::{Styles, level_by_name};
use super::{attribute_u32, symbols};
use crate::read::{Block, Limits, Reason, xml};
use quick_xml::events::{BytesStart, Event};

/// What an open element means to the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Other,
    /// `body`, or a note of a notes part: text inside counts.
    Body,
    Note,
    Paragraph,
    ParagraphProperties,
    NumberProperties,
    MarkProperties,
    Run,
    RunProperties,
    Text,
    Instruction,
    Table,
    Row,
    RowProperties,
    Cell,
    CellProperties,
    TextBox,
    Alternate,
    /// The element and everything in it is skipped.
    Skip,
}

/// State of an open complex field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    /// Still in the instruction: nothing in it is seen.
    instruction: bool,
    /// A table of contents.
    contents: bool,
}

/// Properties of the current run.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    hidden: bool,
    superscript: bool,
    size: u32,
    vanish: Option<bool>,
    style: Option<u32>,
}

/// Fields nested deeper than this are not tracked.
const MAX_FIELDS: usize = 4096;

/// The walk and all of its state.
pub(crate) struct Walk<'a> {
    styles: &'a Styles,
    numbering: Numbering,
    blocks: Blocks<'a>,
    namespaces: Namespaces,
    stack: Vec<Element>,
    skip_from: Option<usize>,
    /// Depth of open `body` or note elements.
    active: u32,
    alternates: Vec<bool>,
    run: Run,
    /// Text of the paragraph's style is hidden.
    style_hidden: bool,
    fields: Vec<Field>,
    instructions: u32,
    saved: Vec<(Run, bool, Vec<Field>, u32)>,
    text_start: usize,
    preserve: bool,
    /// Number and style of the open paragraph, for its label.
    label_style: String,
    footnotes: bool,
    endnotes: bool,
    /// Element name of a note while a notes part is walked.
    note: &'static str,
    damage: Option<(Reason, String)>,
}

impl<'a> Walk<'a> {
    pub fn new(styles: &'a Styles, numbering: Numbering, limits: &'a Limits) -> Self {
        Walk {
            styles,
            numbering,
            blocks: Blocks::new(limits),
            namespaces: Namespaces::default(),
            stack: Vec::with_capacity(64),
            skip_from: None,
            active: 0,
            alternates: Vec::new(),
            run: Run::default(),
            style_hidden: false,
            fields: Vec::new(),
            instructions: 0,
            saved: Vec::new(),
            text_start: 0,
            preserve: false,
            label_style: String::new(),
            footnotes: false,
            endnotes: false,
            note: "",
            damage: None,
        }
    }

    /// Walks a main document part.
    pub fn document(&mut self, text: &str) {
        self.walk(text);
    }

    /// Walks a notes part; each paragraph gets `mark`.
    pub fn notes(&mut self, text: &str, kind: &str, mark: &'static str) {
        self.note = if kind == "footnotes" {
            "footnote"
        } else {
            "endnote"
        };
        self.blocks.mark = mark;
        let damage = self.damage.take();
        self.walk(text);
        self.damage = damage.or(self.damage.take());
        self.blocks.mark = "";
        self.note = "";
    }

    /// Whether the body refers to notes of this kind.
    pub fn has_notes(&self, kind: &str) -> bool {
        if kind == "footnotes" {
            self.footnotes
        } else {
            self.endnotes
        }
    }

    /// Forgets damage of the XML (its cause is reported otherwise).
    pub fn clear_damage(&mut self) {
        self.damage = None;
    }

    /// The blocks, and what was wrong with the XML.
    pub fn finish(self) -> (Vec<Block>, Option<(Reason, String)>) {
        (self.blocks.finish(), self.damage)
    }

    fn walk(&mut self, text: &str) {
        let mut reader = xml::reader(text);
        self.namespaces = Namespaces::default();
        loop {
            match reader.read_event() {
                Ok(Event::Start(e)) => {
                    if self.stack.len() >= xml::MAX_DEPTH {
                        self.damage = Some((
                            Reason::TooLarge,
                            "正文嵌套层数过多，只读了前面的部分。".to_owned(),
                        ));
                        break;
                    }
                    let element = self.enter(&e);
                    self.stack.push(element);
                }
                Ok(Event::Empty(e)) => {
                    let element = self.enter(&e);
                    self.stack.push(element);
                    self.leave();
                }
                Ok(Event::End(_)) => self.leave(),
                Ok(Event::Text(t)) => match self.stack.last() {
                    Some(Element::Text) => self.text(&t),
                    Some(Element::Instruction) => self.instruction(&t),
                    _ => {}
                },
                Ok(Event::CData(t)) => {
                    if self.stack.last() == Some(&Element::Text) {
                        self.text(&t);
                    }
                }
                Ok(Event::GeneralRef(r)) => {
                    if self.stack.last() == Some(&Element::Text)
                        && let Some(c) = xml::resolve(&r)
                    {
                        self.text(c.encode_utf8(&mut [0; 4]));
                    }
                }
                Ok(Event::Eof) => {
                    if !self.stack.is_empty() {
                        self.damage = Some((
                            Reason::Corrupt,
                            "正文在中途结束，只读了前面的部分，请用原软件打开后另存一份。"
                                .to_owned(),
                        ));
                    }
                    break;
                }
                Ok(_) => {}
                Err(e) => {
                    if !self.stack.is_empty() {
                        let at = reader.error_position();
                        self.damage = Some((
                            Reason::Corrupt,
                            format!(
                                "正文的结构在第{at}字节处损坏（{e}），只读了前面的部分，请用原软件打开后另存一份。"
                            ),
                        ));
                    }
                    break;
                }
            }
            if self.blocks.full {
                self.damage = Some((
                    Reason::TooLarge,
                    "文档的段落、单元格或文字超过上限，只读了前面的部分。".to_owned(),
                ));
                break;
            }
        }
        while !self.stack.is_empty() {
            self.leave();
        }
        self.skip_from = None;
        self.fields.clear();
        self.instructions = 0;
    }

    fn enter(&mut self, e: &BytesStart<'_>) -> Element {
        if self.skip_from.is_some() {
            return Element::Skip;
        }
        let depth = self.stack.len();
        self.namespaces.enter(e, depth);
        let name = e.name();
        let (prefix, local) = xml::split_name(name.as_ref());
        let element = match self.namespaces.resolve(prefix) {
            Space::Word => self.enter_word(local, e),
            Space::Compatibility => self.enter_compatibility(local, e),
            Space::Math => self.enter_math(local),
            Space::Understood | Space::Other => self.enter_other(local, e),
        };
        if element == Element::Skip {
            self.skip_from = Some(depth);
        }
        element
    }

    fn enter_word(&mut self, local: &str, e: &BytesStart<'_>) -> Element {
        let parent = self.stack.last().copied().unwrap_or(Element::Other);
        match parent {
            Element::RunProperties => return self.run_property(local, e),
            Element::ParagraphProperties | Element::NumberProperties => {
                return self.paragraph_property(local, e);
            }
            Element::MarkProperties => {
                // A hidden or deleted paragraph mark lets the next paragraph go on in the same line.
                let joins = match local {
                    "del" | "moveFrom" => true,
                    "vanish" | "specVanish" => xml::on_off(xml::attribute(e, "val")),
                    _ => false,
                };
                if joins && self.blocks.paragraph_open {
                    self.blocks.paragraph.joins_next = true;
                }
                return Element::Skip;
            }
            Element::RowProperties => {
                match local {
                    "gridBefore" => self
                        .blocks
                        .skip_columns(attribute_u32(e, "val").unwrap_or(0)),
                    "del" => self.blocks.drop_row(),
                    "hidden" if xml::on_off(xml::attribute(e, "val")) => self.blocks.drop_row(),
                    _ => {}
                }
                return Element::Skip;
            }
            Element::CellProperties => {
                match local {
                    "gridSpan" => self.blocks.cell_span(attribute_u32(e, "val").unwrap_or(1)),
                    "vMerge" => self.blocks.cell_vertical(merge(e)),
                    "vmerge" => self.blocks.cell_vertical(merge(e)),
                    "hMerge" | "hmerge" => self.blocks.cell_horizontal(merge(e)),
                    "cellDel" => self.blocks.drop_cell(),
                    _ => {}
                }
                return Element::Skip;
            }
            _ => {}
        }
        match local {
            "t" if self.active > 0 => {
                self.text_start = self.blocks.paragraph.text.len();
                self.preserve = e.attributes_raw().contains("preserve");
                Element::Text
            }
            "r" => {
                self.run = Run {
                    hidden: self.style_hidden,
                    ..Run::default()
                };
                Element::Run
            }
            "rPr" if parent == Element::Run => Element::RunProperties,
            "p" if self.active > 0 => {
                self.blocks.open_paragraph();
                self.label_style.clear();
                self.apply_style(self.styles.default_paragraph);
                self.run = Run::default();
                Element::Paragraph
            }
            "pPr" if parent == Element::Paragraph => Element::ParagraphProperties,
            "tbl" if self.active > 0 => {
                self.blocks.open_table();
                Element::Table
            }
            "tr" => {
                if self.blocks.open_row() {
                    Element::Row
                } else {
                    Element::Other
                }
            }
            "trPr" if parent == Element::Row => Element::RowProperties,
            "tc" => {
                if self.blocks.open_cell() {
                    Element::Cell
                } else {
                    Element::Other
                }
            }
            "tcPr" if parent == Element::Cell => Element::CellProperties,
            "tab" | "ptab" if parent == Element::Run => {
                self.character('\t');
                Element::Other
            }
            "br" | "cr" if parent == Element::Run => {
                self.character('\n');
                Element::Other
            }
            "noBreakHyphen" => {
                self.character('-');
                Element::Other
            }
            "sym" => {
                self.symbol(e);
                Element::Other
            }
            "fldChar" => {
                self.field(e);
                Element::Other
            }
            "instrText" => Element::Instruction,
            "txbxContent" if self.active > 0 => {
                self.blocks.open_box();
                self.saved.push((
                    self.run,
                    self.style_hidden,
                    std::mem::take(&mut self.fields),
                    self.instructions,
                ));
                self.instructions = 0;
                Element::TextBox
            }
            "body" if self.note.is_empty() => {
                self.active += 1;
                Element::Body
            }
            "footnote" | "endnote" => {
                let separator = xml::attribute(e, "type").is_some_and(|t| t != "normal");
                if local == self.note && !separator && self.active == 0 {
                    self.active += 1;
                    Element::Note
                } else {
                    Element::Skip
                }
            }
            "footnoteReference" => {
                self.footnotes = true;
                Element::Other
            }
            "endnoteReference" => {
                self.endnotes = true;
                Element::Other
            }
            "del" | "moveFrom" | "delText" | "delInstrText" | "rt" | "rubyPr" | "rPr" | "pPr"
            | "tblPr" | "tblGrid" | "tblPrEx" | "trPr" | "tcPr" | "sdtPr" | "sdtEndPr"
            | "smartTagPr" | "customXmlPr" | "ffData" | "sectPr" | "docPr" | "hdr" | "ftr"
            | "binData" => Element::Skip,
            _ => Element::Other,
        }
    }

    fn enter_compatibility(&mut self, local: &str, e: &BytesStart<'_>) -> Element {
        match local {
            "AlternateContent" => {
                self.alternates.push(false);
                Element::Alternate
            }
            "Choice" | "Fallback" if self.stack.last() == Some(&Element::Alternate) => {
                let taken = self.alternates.last().copied().unwrap_or(false);
                let fits = local == "Fallback"
                    || xml::attribute(e, "Requires")
                        .is_none_or(|requires| self.namespaces.understands(&requires));
                if taken || !fits {
                    return Element::Skip;
                }
                if let Some(taken) = self.alternates.last_mut() {
                    *taken = true;
                }
                Element::Other
            }
            _ => Element::Other,
        }
    }

    fn enter_math(&mut self, local: &str) -> Element {
        match local {
            "t" if self.active > 0 => {
                self.text_start = self.blocks.paragraph.text.len();
                self.preserve = true;
                Element::Text
            }
            "r" => {
                self.run = Run {
                    hidden: self.style_hidden,
                    ..Run::default()
                };
                Element::Run
            }
            "den" => {
                self.character('/');
                Element::Other
            }
            "sup" => {
                self.character('^');
                Element::Other
            }
            _ if local.ends_with("Pr") => Element::Skip,
            _ => Element::Other,
        }
    }

    fn enter_other(&mut self, local: &str, e: &BytesStart<'_>) -> Element {
        match local {
            "textpath" if self.visible() => {
                if let Some(line) = xml::attribute(e, "string") {
                    self.blocks.line_box(&line);
                }
                Element::Other
            }
            // Tracked changes and comments of Word 2003 XML.
            "annotation" => match xml::attribute(e, "type").as_deref() {
                Some("Word.Deletion" | "Word.Comment") => Element::Skip,
                _ => Element::Other,
            },
            _ => Element::Other,
        }
    }

    fn leave(&mut self) {
        let Some(element) = self.stack.pop() else {
            return;
        };
        let depth = self.stack.len();
        if let Some(from) = self.skip_from {
            if depth > from {
                return;
            }
            self.skip_from = None;
        }
        self.namespaces.leave(depth);
        match element {
            Element::Text => {
                if !self.preserve {
                    trim_from(&mut self.blocks.paragraph.text, self.text_start);
                }
            }
            Element::RunProperties => {
                let by_style = self
                    .styles
                    .get(self.run.style)
                    .and_then(|s| s.hidden)
                    .unwrap_or(false);
                // A toggle property: paragraph and character style cancel each other out, direct formatting decides.
                self.run.hidden = self.run.vanish.unwrap_or(self.style_hidden ^ by_style);
            }
            Element::Run => {
                self.run = Run {
                    hidden: self.style_hidden,
                    ..Run::default()
                }
            }
            Element::Paragraph => self.close_paragraph(),
            Element::Cell => self.blocks.close_cell(),
            Element::Row => self.blocks.close_row(),
            Element::Table => self.blocks.close_table(),
            Element::TextBox => {
                self.blocks.close_box();
                if let Some((run, hidden, fields, instructions)) = self.saved.pop() {
                    self.run = run;
                    self.style_hidden = hidden;
                    self.fields = fields;
                    self.instructions = instructions;
                }
            }
            Element::Alternate => {
                self.alternates.pop();
            }
            Element::Body | Element::Note => {
                self.active = self.active.saturating_sub(1);
                if self.blocks.paragraph_open {
                    self.close_paragraph();
                }
                self.blocks.flush_waiting();
            }
            _ => {}
        }
    }

    fn close_paragraph(&mut self) {
        if self.fields.iter().any(|f| f.contents) {
            self.blocks.paragraph.contents = true;
        }
        if self.instructions > 0 {
            // A field without a separator by the end of its paragraph would hide the rest of the document.
            self.fields.retain(|f| !f.instruction);
            self.instructions = 0;
        }
        let number = self.blocks.paragraph.number;
        let counts = self.blocks.paragraph_open && !self.blocks.paragraph.joins_next;
        let label = if self.numbering.is_empty() || number.id.is_none_or(|id| id == 0) || !counts {
            String::new()
        } else {
            self.numbering.next(number, self.styles, &self.label_style)
        };
        // An empty numbered paragraph of the body shows a lonely number; in a cell it is a running number.
        let label = if self.blocks.at_top() && self.blocks.paragraph.text.trim().is_empty() {
            ""
        } else {
            label.as_str()
        };
        self.blocks.close_paragraph(label);
    }

    fn apply_style(&mut self, index: Option<u32>) {
        let paragraph = &mut self.blocks.paragraph;
        let Some(style) = self.styles.get(index) else {
            self.style_hidden = false;
            return;
        };
        paragraph.style = index;
        paragraph.level = style.level;
        paragraph.contents = style.contents;
        paragraph.centred = style.centred.unwrap_or(false);
        paragraph.style_size = style.size;
        paragraph.number = style.number;
        self.style_hidden = style.hidden.unwrap_or(false);
    }

    fn paragraph_property(&mut self, local: &str, e: &BytesStart<'_>) -> Element {
        if !self.blocks.paragraph_open {
            return Element::Skip;
        }
        match local {
            "pStyle" => {
                if let Some(id) = xml::attribute(e, "val") {
                    match self.styles.find(&id) {
                        Some(index) => self.apply_style(Some(index)),
                        None => self.blocks.paragraph.level = level_by_name(&id),
                    }
                    self.label_style.clear();
                    self.label_style.push_str(&id);
                }
            }
            "outlineLvl" => {
                if let Some(level) = attribute_u32(e, "val") {
                    self.blocks.paragraph.level = if level < 9 {
                        Some(level as u8 + 1)
                    } else {
                        None
                    };
                }
            }
            "jc" => {
                self.blocks.paragraph.centred =
                    xml::attribute(e, "val").as_deref() == Some("center")
            }
            "numPr" | "listPr" => return Element::NumberProperties,
            "numId" | "ilfo" => self.blocks.paragraph.number.id = attribute_u32(e, "val"),
            "ilvl" => {
                self.blocks.paragraph.number.level = attribute_u32(e, "val").map(|l| l.min(8) as u8)
            }
            "rPr" => return Element::MarkProperties,
            _ => {}
        }
        Element::Skip
    }

    fn run_property(&mut self, local: &str, e: &BytesStart<'_>) -> Element {
        match local {
            "vanish" => self.run.vanish = Some(xml::on_off(xml::attribute(e, "val"))),
            "rStyle" => {
                self.run.style = xml::attribute(e, "val").and_then(|id| self.styles.find(&id))
            }
            "vertAlign" => {
                self.run.superscript = xml::attribute(e, "val").as_deref() == Some("superscript")
            }
            "sz" if self.blocks.wants_look() => {
                self.run.size = attribute_u32(e, "val").unwrap_or(0)
            }
            _ => {}
        }
        Element::Skip
    }

    /// Whether text at this point is seen on the page.
    fn visible(&self) -> bool {
        self.active > 0 && !self.run.hidden && self.instructions == 0
    }

    fn character(&mut self, c: char) {
        if self.visible() {
            self.ensure_paragraph();
            self.blocks.paragraph.text.push(c);
        }
    }

    fn text(&mut self, text: &str) {
        if !self.visible() || text.is_empty() {
            return;
        }
        self.ensure_paragraph();
        let paragraph = &mut self.blocks.paragraph;
        if self.run.superscript {
            paragraph
                .text
                .extend(text.chars().map(symbols::superscript));
        } else if text.bytes().any(|b| b < b' ') {
            // Line ends and tabs in the XML are not breaks of the page.
            paragraph
                .text
                .extend(text.chars().map(|c| if c < ' ' { ' ' } else { c }));
        } else {
            paragraph.text.push_str(text);
        }
        paragraph.size = paragraph.size.max(self.run.size);
    }

    fn ensure_paragraph(&mut self) {
        if !self.blocks.paragraph_open {
            self.blocks.open_paragraph();
        }
    }

    fn symbol(&mut self, e: &BytesStart<'_>) {
        let code = xml::attribute(e, "char").and_then(|c| u32::from_str_radix(&c, 16).ok());
        let font = xml::attribute(e, "font").unwrap_or_default();
        if let Some(c) = code.and_then(|code| symbols::symbol(&font, code)) {
            self.character(c);
        }
    }

    fn field(&mut self, e: &BytesStart<'_>) {
        match xml::attribute(e, "fldCharType").as_deref() {
            Some("begin") if self.fields.len() < MAX_FIELDS => {
                self.fields.push(Field {
                    instruction: true,
                    contents: false,
                });
                self.instructions += 1;
            }
            Some("separate") => {
                if let Some(field) = self.fields.last_mut()
                    && field.instruction
                {
                    field.instruction = false;
                    self.instructions = self.instructions.saturating_sub(1);
                }
            }
            Some("end") => {
                if self.fields.pop().is_some_and(|field| field.instruction) {
                    self.instructions = self.instructions.saturating_sub(1);
                }
            }
            _ => {}
        }
    }

    fn instruction(&mut self, text: &str) {
        if let Some(field) = self.fields.last_mut()
            && text.trim_start().starts_with("TOC")
        {
            field.contents = true;
        }
    }
}

fn merge(e: &BytesStart<'_>) -> Merge {
    if xml::attribute(e, "val").as_deref() == Some("restart") {
        Merge::Restart
    } else {
        Merge::Continue
    }
}

/// Takes XML white space off both ends of what was appended from `start` on.
fn trim_from(text: &mut String, start: usize) {
    let Some(added) = text.get(start..) else {
        return;
    };
    let white = [' ', '\t', '\r', '\n'];
    let kept = added.trim_end_matches(white).len();
    let lead = added.len() - added.trim_start_matches(white).len();
    text.truncate(start + kept);
    if lead > 0 {
        text.drain(start..start + lead.min(kept));
    }
}
