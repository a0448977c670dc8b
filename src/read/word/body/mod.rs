//! The walk over the XML of a body: one pass, no tree, no recursion.
//!
//! Elements are classified by namespace and local name when they open; the class is kept on a stack, so closing needs
//! no names, and a file that ends anywhere is closed in order with what was read. What a person does not see on the
//! page (deletions, hidden text, field instructions, the other branch of an `AlternateContent`) is skipped here; what
//! is left goes to [`Blocks`].

// An arm that does nothing must not fall through to the default arm, so conditions stay inside the arms.
#![allow(clippy::collapsible_match)]

mod known;
mod properties;
mod text;

use super::blocks::Blocks;
use super::fields::Fields;
use super::namespaces::{Namespaces, Space};
use super::numbering::{Numbering, push_number};
use super::styles::Styles;
use crate::read::damage::{self, Damage};
use crate::read::{Block, Limits, xml};
use known::Known;
use quick_xml::events::{BytesStart, Event};
use rustc_hash::FxHashMap;

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

/// Properties of the current run.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    hidden: bool,
    superscript: bool,
    size: u32,
    vanish: Option<bool>,
    style: Option<u32>,
}

impl Run {
    /// Whether nothing was said of it yet.
    fn is_fresh(&self) -> bool {
        !self.superscript && self.size == 0 && self.vanish.is_none() && self.style.is_none()
    }
}

/// Notes of one kind that the body refers to.
#[derive(Default)]
struct Noted {
    any: bool,
    /// The automatic number of each, by its id.
    numbers: FxHashMap<String, u32>,
}

impl Noted {
    fn refer(&mut self, e: &BytesStart<'_>) {
        self.any = true;
        // A mark of one's own is not counted.
        if xml::attribute(e, "customMarkFollows").is_some_and(|v| xml::on_off(Some(v))) {
            return;
        }
        let next = u32::try_from(self.numbers.len()).map_or(u32::MAX, |n| n.saturating_add(1));
        if let Some(id) = xml::attribute(e, "id") {
            self.numbers.entry(id.into_owned()).or_insert(next);
        }
    }
}

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
    fields: Fields,
    saved: Vec<(Run, bool, Fields)>,
    text_start: usize,
    preserve: bool,
    /// Number and style of the open paragraph, for its label.
    label_style: String,
    /// Notes that the body refers to, by their ids, in the order of their automatic numbers.
    footnotes: Noted,
    endnotes: Noted,
    /// Element name of a note while a notes part is walked.
    note: &'static str,
    damage: Option<Damage>,
    /// What the properties said that are being read.
    told: known::Told,
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
            fields: Fields::default(),
            saved: Vec::new(),
            text_start: 0,
            preserve: false,
            label_style: String::new(),
            footnotes: Noted::default(),
            endnotes: Noted::default(),
            note: "",
            damage: None,
            told: known::Told::default(),
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
            self.footnotes.any
        } else {
            self.endnotes.any
        }
    }

    /// The notes of this kind are not counted from one to the last: their numbers are not given.
    pub fn forget_numbers(&mut self, kind: &str) {
        let noted = if kind == "footnotes" {
            &mut self.footnotes
        } else {
            &mut self.endnotes
        };
        noted.numbers.clear();
    }

    /// Forgets damage of the XML (its cause is reported otherwise).
    pub fn clear_damage(&mut self) {
        self.damage = None;
    }

    /// The blocks, and what was wrong with the XML.
    pub fn finish(self) -> (Vec<Block>, Option<Damage>) {
        (self.blocks.finish(), self.damage)
    }

    fn walk(&mut self, text: &str) {
        let mut reader = xml::reader(text);
        let mut known = Known::default();
        self.namespaces = Namespaces::default();
        loop {
            match reader.read_event() {
                Ok(Event::Start(e)) => {
                    if self.stack.len() >= xml::MAX_DEPTH {
                        self.damage = Some(damage::too_deep());
                        break;
                    }
                    let element = self.enter(&e);
                    // With its brackets.
                    let tag = e.len() + 2;
                    self.stack.push(element);
                    match element {
                        Element::Text => self.text(xml::text_ahead(&mut reader, text)),
                        Element::Run => {
                            known.pass(element, self, &mut reader, text);
                            self.plain_text(&mut reader, text);
                        }
                        Element::Paragraph | Element::Row | Element::Cell => {
                            known.pass(element, self, &mut reader, text);
                        }
                        Element::RunProperties
                        | Element::ParagraphProperties
                        | Element::RowProperties
                        | Element::CellProperties => {
                            known.enter(element, tag, self, &mut reader, text)
                        }
                        _ => {}
                    }
                }
                Ok(Event::Empty(e)) => {
                    let element = self.enter(&e);
                    self.stack.push(element);
                    self.leave();
                }
                Ok(Event::End(_)) => {
                    known.leave(self, &mut reader, text);
                    self.leave();
                }
                Ok(Event::Text(t)) => match self.stack.last() {
                    Some(Element::Text) => self.text(&t),
                    Some(Element::Instruction) => self.fields.instructed(&t),
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
                        self.damage = Some(damage::breaks_off());
                    }
                    break;
                }
                Ok(_) => {}
                Err(e) => {
                    if !self.stack.is_empty() {
                        self.damage = Some(damage::malformed(reader.error_position(), &e));
                    }
                    break;
                }
            }
            if self.blocks.full {
                self.damage = Some(damage::too_large());
                break;
            }
        }
        while !self.stack.is_empty() {
            self.leave();
        }
        self.skip_from = None;
        self.fields = Fields::default();
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
            Element::MarkProperties => return self.mark_property(local, e),
            Element::RowProperties => return self.row_property(local, e),
            Element::CellProperties => return self.cell_property(local, e),
            _ => {}
        }
        match local {
            "t" if self.active > 0 => self.enter_text(e.attributes_raw().contains("preserve")),
            "r" => self.enter_run(),
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
                ));
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
                    let (noted, form) = match local {
                        "footnote" => (&self.footnotes, "decimal"),
                        _ => (&self.endnotes, "lowerRoman"),
                    };
                    self.blocks.number.clear();
                    let id = xml::attribute(e, "id");
                    if let Some(n) = id.and_then(|id| noted.numbers.get(id.as_ref())) {
                        push_number(&mut self.blocks.number, *n, form);
                    }
                    Element::Note
                } else {
                    Element::Skip
                }
            }
            "footnoteReference" => {
                self.footnotes.refer(e);
                Element::Other
            }
            "endnoteReference" => {
                self.endnotes.refer(e);
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

    fn enter_text(&mut self, preserve: bool) -> Element {
        self.text_start = self.blocks.paragraph.text.len();
        self.preserve = preserve;
        Element::Text
    }

    fn enter_run(&mut self) -> Element {
        self.run = Run {
            hidden: self.style_hidden,
            ..Run::default()
        };
        Element::Run
    }

    fn enter_math(&mut self, local: &str) -> Element {
        match local {
            "t" if self.active > 0 => self.enter_text(true),
            "r" => self.enter_run(),
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
            Element::Text => self.leave_text(),
            Element::RunProperties => self.end_run_properties(),
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
                if let Some((run, hidden, fields)) = self.saved.pop() {
                    self.run = run;
                    self.style_hidden = hidden;
                    self.fields = fields;
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

    /// What follows when all properties of a run are read.
    fn end_run_properties(&mut self) {
        let style = self.styles.get(self.run.style);
        let by_style = style.and_then(|s| s.hidden).unwrap_or(false);
        // A toggle property: paragraph and character style cancel each other out, direct formatting decides.
        self.run.hidden = self.run.vanish.unwrap_or(self.style_hidden ^ by_style);
    }

    fn close_paragraph(&mut self) {
        self.blocks.paragraph.contents |= self.fields.end_paragraph();
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
}
