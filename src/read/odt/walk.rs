//! The walk over the body of an OpenDocument text: one pass, no tree, no recursion.

use super::super::damage::{self, Damage};
use super::super::word::blocks::Blocks;
use super::super::word::numbering::push_number;
use super::super::word::symbols;
use super::super::{Block, Limits, xml};
use super::styles::{LEVELS, OUTLINE, Sheet};
use quick_xml::events::{BytesStart, Event};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// What an open element means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Other,
    Body,
    Paragraph,
    Span,
    List,
    Item,
    Table,
    Row,
    Cell,
    Box,
    Contents,
    Note,
    Skip,
}

type Counters = [Option<u32>; LEVELS];

/// Properties of text, which end with their element.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    hidden: bool,
    superscript: bool,
    size: u32,
}

/// What a text box sets aside.
#[derive(Debug, Default)]
struct Outer {
    run: Run,
    lists: Vec<String>,
    label: String,
    space: bool,
}

/// The walk and its state.
pub(super) struct Walk<'a> {
    sheet: &'a Sheet,
    blocks: Blocks<'a>,
    stack: Vec<(Element, Run)>,
    skip_from: Option<usize>,
    run: Run,
    active: u32,
    contents: u32,
    /// Styles of the open lists, outermost first.
    lists: Vec<String>,
    list_ids: Vec<String>,
    counters: Counters,
    kept: FxHashMap<String, Counters>,
    headings: Counters,
    label: String,
    columns: Vec<u32>,
    outer: Vec<Outer>,
    /// White space of the XML was passed.
    space: bool,
    /// Endnotes and footnotes: their places, and whether their marks are of their own.
    notes: Vec<(bool, Range<usize>, bool)>,
    note: Option<(bool, usize, bool)>,
    damage: Option<Damage>,
}

/// Lists whose counters are kept for lists that go on with them.
const MOST_KEPT: usize = 100_000;

impl<'a> Walk<'a> {
    pub fn new(sheet: &'a Sheet, limits: &'a Limits) -> Self {
        Walk {
            sheet,
            blocks: Blocks::new(limits),
            stack: Vec::new(),
            skip_from: None,
            run: Run::default(),
            active: 0,
            contents: 0,
            lists: Vec::new(),
            list_ids: Vec::new(),
            counters: Counters::default(),
            kept: FxHashMap::default(),
            headings: Counters::default(),
            label: String::new(),
            columns: Vec::new(),
            outer: Vec::new(),
            space: false,
            notes: Vec::new(),
            note: None,
            damage: None,
        }
    }

    /// The blocks of a part, and what was wrong with it.
    pub fn read(mut self, text: &str) -> (Vec<Block>, Option<Damage>) {
        self.walk(text);
        let notes = std::mem::take(&mut self.notes);
        for (end, mark) in [(false, "［脚注］"), (true, "［尾注］")] {
            self.blocks.mark = mark;
            let mut counted = 0;
            for (_, range, own) in notes.iter().filter(|n| n.0 == end) {
                self.blocks.number.clear();
                if !own {
                    counted += 1;
                    let form = if end { "lowerRoman" } else { "decimal" };
                    push_number(&mut self.blocks.number, counted, form);
                }
                let damage = self.damage.take();
                self.active = 1;
                self.walk(text.get(range.clone()).unwrap_or_default());
                self.active = 0;
                self.blocks.flush_waiting();
                self.damage = damage;
            }
        }
        (self.blocks.finish(), self.damage)
    }

    fn walk(&mut self, text: &str) {
        let mut reader = xml::reader(text);
        loop {
            let before = reader.buffer_position() as usize;
            match reader.read_event() {
                Ok(Event::Start(e)) => {
                    if self.stack.len() >= xml::MAX_DEPTH {
                        self.damage = Some(damage::too_deep());
                        break;
                    }
                    let run = self.run;
                    let element = self.enter(&e, reader.buffer_position() as usize);
                    self.stack.push((element, run));
                }
                Ok(Event::Empty(e)) => {
                    let run = self.run;
                    let at = reader.buffer_position() as usize;
                    let element = self.enter(&e, at);
                    self.stack.push((element, run));
                    self.leave(at);
                }
                Ok(Event::End(_)) => self.leave(before),
                Ok(Event::Text(t)) => self.text(&t),
                Ok(Event::CData(t)) => self.text(&t),
                Ok(Event::GeneralRef(r)) => {
                    if let Some(c) = xml::resolve(&r) {
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
            self.leave(text.len());
        }
        self.skip_from = None;
    }

    fn enter(&mut self, e: &BytesStart<'_>, after: usize) -> Element {
        if self.skip_from.is_some() {
            return Element::Skip;
        }
        let local = e.local_name();
        let element = self.classify(local.as_ref(), e, after);
        if element == Element::Skip {
            self.skip_from = Some(self.stack.len());
        }
        element
    }

    fn classify(&mut self, local: &str, e: &BytesStart<'_>, after: usize) -> Element {
        match local {
            "text" | "body"
                if self.active == 0
                    && (local == "text" || e.name().as_ref().starts_with("office:")) =>
            {
                // `office:text` of the body; the same name elsewhere holds no paragraphs.
                self.active += u32::from(local == "text");
                return if local == "text" {
                    Element::Body
                } else {
                    Element::Other
                };
            }
            _ if self.active == 0 => return Element::Other,
            _ => {}
        }
        match local {
            "p" | "h" => self.open_paragraph(local == "h", e),
            "span" | "a" => {
                if let Some(name) = xml::attribute(e, "style-name").filter(|_| local == "span") {
                    let style = self.sheet.resolved("text", &name);
                    self.run.hidden = style.hidden.unwrap_or(self.run.hidden);
                    self.run.superscript = style.superscript.unwrap_or(self.run.superscript);
                    self.run.size = style.size.unwrap_or(self.run.size);
                }
                Element::Span
            }
            "s" => {
                let count = xml::attribute(e, "c")
                    .and_then(|c| c.parse().ok())
                    .unwrap_or(1usize);
                for _ in 0..count.min(4096) {
                    self.character(' ');
                }
                Element::Other
            }
            "tab" => self.put('\t'),
            "line-break" => self.put('\n'),
            "list" => self.open_list(e),
            "list-item" => {
                self.item(e);
                Element::Item
            }
            "table" => {
                self.blocks.open_table();
                self.columns.push(0);
                Element::Table
            }
            "table-row" => self.open_row(e),
            "table-cell" => self.open_cell(e),
            "covered-table-cell" => {
                self.advance(repeated(e, "number-columns-repeated"));
                Element::Skip
            }
            "text-box" | "custom-shape" | "rect" | "ellipse" | "circle" | "polygon" | "path"
            | "caption" => {
                self.outer.push(Outer {
                    run: std::mem::take(&mut self.run),
                    lists: std::mem::take(&mut self.lists),
                    label: std::mem::take(&mut self.label),
                    space: std::mem::take(&mut self.space),
                });
                self.blocks.open_box();
                Element::Box
            }
            "table-of-content" | "alphabetical-index" | "illustration-index" | "table-index" => {
                self.contents += 1;
                Element::Contents
            }
            "note" => {
                self.note = Some((
                    xml::attribute(e, "note-class").as_deref() == Some("endnote"),
                    0,
                    false,
                ));
                Element::Note
            }
            "note-citation" => {
                if let Some(note) = &mut self.note {
                    note.2 = xml::attribute(e, "label").is_some();
                }
                Element::Skip
            }
            "note-body" => {
                if let Some(note) = &mut self.note {
                    note.1 = after;
                }
                Element::Skip
            }
            "section" if matches!(xml::attribute(e, "display").as_deref(), Some("none")) => {
                Element::Skip
            }
            "hidden-text"
            | "hidden-paragraph"
            | "tracked-changes"
            | "annotation"
            | "annotation-end"
            | "ruby-text"
            | "forms"
            | "title"
            | "desc"
            | "object"
            | "object-ole"
            | "image"
            | "sequence-decls"
            | "variable-decls"
            | "user-field-decls"
            | "binary-data"
            | "script"
            | "list-header-style"
            | "table-of-content-source"
            | "named-expressions" => Element::Skip,
            _ => Element::Other,
        }
    }

    fn leave(&mut self, before: usize) {
        let Some((element, run)) = self.stack.pop() else {
            return;
        };
        let depth = self.stack.len();
        if let Some(from) = self.skip_from {
            if depth > from {
                return;
            }
            self.skip_from = None;
            if let Some((end, start, own)) = self.note.filter(|n| n.1 > 0) {
                self.notes.push((end, start..before, own));
                self.note = None;
            }
        }
        match element {
            Element::Paragraph => {
                let label = std::mem::take(&mut self.label);
                let lonely = self.blocks.at_top() && self.blocks.paragraph.text.trim().is_empty();
                self.space = false;
                self.blocks
                    .close_paragraph(if lonely { "" } else { &label });
            }
            Element::List => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.keep();
                }
            }
            Element::Item => self.label.clear(),
            Element::Table => {
                self.columns.pop();
                self.blocks.close_table();
            }
            Element::Row => self.blocks.close_row(),
            Element::Cell => self.blocks.close_cell(),
            Element::Box => {
                self.blocks.close_box();
                if let Some(outer) = self.outer.pop() {
                    self.run = outer.run;
                    self.lists = outer.lists;
                    self.label = outer.label;
                    self.space = outer.space;
                }
            }
            Element::Contents => self.contents = self.contents.saturating_sub(1),
            Element::Body => {
                self.active = self.active.saturating_sub(1);
                self.blocks.flush_waiting();
            }
            Element::Note => self.note = None,
            _ => {}
        }
        self.run = run;
    }

    fn open_paragraph(&mut self, heading: bool, e: &BytesStart<'_>) -> Element {
        self.blocks.open_paragraph();
        self.space = false;
        let name = xml::attribute(e, "style-name").unwrap_or_default();
        let style = self.sheet.resolved("paragraph", &name);
        let stated = xml::attribute(e, "outline-level")
            .and_then(|l| l.parse::<u8>().ok())
            .filter(|l| (1..=9).contains(l));
        let paragraph = &mut self.blocks.paragraph;
        paragraph.level = match (style.level, heading) {
            (Some(0), _) => Some(0),
            (level, true) => stated.or(level).or(Some(1)),
            (level, false) => level,
        };
        paragraph.contents = self.contents > 0 || style.contents;
        paragraph.centred = style.centred.unwrap_or(false);
        paragraph.style_size = style.size;
        self.run = Run {
            hidden: style.hidden.unwrap_or(false),
            superscript: false,
            size: style.size.unwrap_or(0),
        };
        if heading && self.lists.is_empty() {
            let level = usize::from(stated.unwrap_or(1)) - 1;
            count(
                &mut self.headings,
                level,
                self.sheet.level(OUTLINE, level).map_or(1, |l| l.start),
                None,
            );
            self.label = self.sheet.label(OUTLINE, level, &self.headings);
        }
        Element::Paragraph
    }

    fn open_list(&mut self, e: &BytesStart<'_>) -> Element {
        let style = xml::attribute(e, "style-name").map(|s| s.into_owned());
        let style = style
            .or_else(|| self.lists.last().cloned())
            .unwrap_or_default();
        if self.lists.is_empty() {
            let goes_on = xml::attribute(e, "continue-list").map(|id| id.into_owned());
            let same = xml::attribute(e, "continue-numbering").as_deref() == Some("true");
            let key = goes_on.or_else(|| same.then(|| style.clone()));
            self.counters = key
                .and_then(|key| self.kept.get(&key).copied())
                .unwrap_or_default();
            self.list_ids = vec![style.clone()];
            self.list_ids
                .extend(xml::attribute(e, "id").map(|id| id.into_owned()));
        }
        self.lists.push(style);
        Element::List
    }

    /// Keeps the counters of a list that ends, under its style and its id.
    fn keep(&mut self) {
        for key in std::mem::take(&mut self.list_ids) {
            if self.kept.len() < MOST_KEPT {
                self.kept.insert(key, self.counters);
            }
        }
    }

    fn item(&mut self, e: &BytesStart<'_>) {
        let Some(level) = self.lists.len().checked_sub(1).map(|l| l.min(LEVELS - 1)) else {
            return;
        };
        let list = self.lists.last().cloned().unwrap_or_default();
        let stated = xml::attribute(e, "start-value").and_then(|v| v.parse().ok());
        let start = self.sheet.level(&list, level).map_or(1, |l| l.start);
        count(&mut self.counters, level, start, stated);
        self.label = self.sheet.label(&list, level, &self.counters);
    }

    fn open_row(&mut self, e: &BytesStart<'_>) -> Element {
        if !self.blocks.open_row() {
            return Element::Other;
        }
        if let Some(column) = self.columns.last_mut() {
            *column = 0;
        }
        if matches!(
            xml::attribute(e, "visibility").as_deref(),
            Some("collapse" | "filter")
        ) {
            self.blocks.drop_row();
        }
        Element::Row
    }

    fn open_cell(&mut self, e: &BytesStart<'_>) -> Element {
        let column = self.columns.last().copied().unwrap_or(0);
        self.blocks.skip_columns(column);
        if !self.blocks.open_cell() {
            return Element::Other;
        }
        self.blocks.cell_span(repeated(e, "number-columns-spanned"));
        self.blocks.cell_rows(repeated(e, "number-rows-spanned"));
        self.advance(repeated(e, "number-columns-repeated"));
        Element::Cell
    }

    fn advance(&mut self, count: u32) {
        if let Some(column) = self.columns.last_mut() {
            *column = column.saturating_add(count);
        }
    }

    fn put(&mut self, c: char) -> Element {
        self.character(c);
        Element::Other
    }

    fn in_text(&self) -> bool {
        self.skip_from.is_none() && !self.run.hidden && self.blocks.paragraph_open
    }

    fn character(&mut self, c: char) {
        if !self.in_text() {
            return;
        }
        let paragraph = &mut self.blocks.paragraph;
        if std::mem::take(&mut self.space)
            && !paragraph.text.is_empty()
            && !paragraph.text.ends_with([' ', '\n'])
        {
            paragraph.text.push(' ');
        }
        // The non-breaking hyphen, as other formats give it.
        let c = if c == '\u{2011}' { '-' } else { c };
        let c = if self.run.superscript {
            symbols::superscript(c)
        } else {
            c
        };
        paragraph.text.push(c);
        paragraph.size = paragraph.size.max(self.run.size);
    }

    fn text(&mut self, text: &str) {
        if !self.in_text() {
            return;
        }
        for c in text.chars() {
            // White space of the XML is one space.
            if matches!(c, ' ' | '\t' | '\r' | '\n') {
                self.space = true;
            } else {
                self.character(c);
            }
        }
    }
}

/// Counts an item of a level.
fn count(counters: &mut Counters, level: usize, start: u32, stated: Option<u32>) {
    for (i, counter) in counters.iter_mut().enumerate() {
        if i == level {
            *counter = Some(match (stated, *counter) {
                (Some(number), _) => number,
                (None, Some(number)) => number.saturating_add(1),
                (None, None) => start,
            });
        } else if i > level {
            *counter = None;
        }
    }
}

/// A count that an attribute states; 1 without it.
fn repeated(e: &BytesStart<'_>, name: &str) -> u32 {
    xml::attribute(e, name)
        .and_then(|v| v.trim().parse().ok())
        .unwrap_or(1)
}
