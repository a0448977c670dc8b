//! The walk over the tokens of a page: what is seen goes to the assembler of the Word readers.
//!
//! Elements are kept on a stack only for what ends with them (hidden text, lists, notes); end tags that fit none are passed
//! over, and end tags that are missing are made up for, as browsers do. White space is one space, and none between Chinese
//! characters, where Word breaks its lines.

mod look;
mod tables;

use super::super::word::blocks::Blocks;
use super::super::word::numbering::push_number;
use super::super::word::symbols;
use super::super::{Block, Limits};
use super::token::{Token, attribute, push_text, tokens};
use tables::Table;

/// How far down the stack the start of an element is looked for.
const REACH: usize = 64;
/// Tables in tables that are told apart.
const MOST_NESTED: usize = 64;
/// What ends with an element.
struct Open {
    name: String,
    hidden: bool,
    superscript: bool,
    keep_space: bool,
    size: u32,
    /// A text of notes: the mark to go back to.
    mark: Option<&'static str>,
}

/// A list.
struct List {
    ordered: bool,
    format: &'static str,
    next: u32,
}

/// The walk and its state.
pub(super) struct Walk<'a> {
    blocks: Blocks<'a>,
    stack: Vec<Open>,
    tables: Vec<Table>,
    /// Tables that were too deep to be told apart.
    ignored_tables: u32,
    lists: Vec<List>,
    hidden: bool,
    superscript: bool,
    keep_space: bool,
    /// Font size in half-points; 0 where none is stated.
    size: u32,
    /// Label of the list item whose first paragraph is still to come.
    label: String,
    /// White space was passed that may become a space; with a line break.
    space: Option<bool>,
}

impl<'a> Walk<'a> {
    pub fn new(limits: &'a Limits) -> Self {
        Walk {
            blocks: Blocks::new(limits),
            stack: Vec::new(),
            tables: Vec::new(),
            ignored_tables: 0,
            lists: Vec::new(),
            hidden: false,
            superscript: false,
            keep_space: false,
            size: 0,
            label: String::new(),
            space: None,
        }
    }

    /// Walks a page.
    pub fn page(&mut self, page: &str) {
        let mut text = String::new();
        for token in tokens(page) {
            match token {
                Token::Text(raw) => {
                    if !self.hidden {
                        text.clear();
                        push_text(&mut text, raw);
                        self.text(&text);
                    }
                }
                Token::Start { name, attributes } => self.start(name, attributes),
                Token::End(name) => self.end(&name),
            }
            if self.blocks.full {
                break;
            }
        }
        self.close_paragraph();
        while !self.tables.is_empty() {
            self.close_table();
        }
        self.stack.clear();
        self.lists.clear();
        self.ignored_tables = 0;
        (self.hidden, self.superscript, self.keep_space) = (false, false, false);
        self.size = 0;
        self.blocks.mark = "";
    }

    /// The blocks, and whether a limit was reached.
    pub fn finish(self) -> (Vec<Block>, bool) {
        let full = self.blocks.full;
        (self.blocks.finish(), full)
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_ascii_whitespace() && !self.keep_space {
                let newline = c == '\n' || self.space == Some(true);
                self.space = Some(newline);
                continue;
            }
            self.character(c);
        }
    }

    fn character(&mut self, c: char) {
        if !self.blocks.paragraph_open {
            self.open_paragraph();
        }
        let paragraph = &mut self.blocks.paragraph;
        paragraph.size = paragraph.size.max(self.size);
        let text = &mut paragraph.text;
        if let Some(newline) = self.space.take() {
            let last = text.chars().next_back();
            let wide = newline && is_wide(c) && last.is_some_and(is_wide);
            if !wide && last.is_some_and(|l| !matches!(l, ' ' | '\n')) {
                text.push(' ');
            }
        }
        match c {
            '\u{ad}' | '\r' => {}
            // The non-breaking hyphen, as other formats give it.
            '\u{2011}' => text.push('-'),
            c if self.superscript => text.push(symbols::superscript(c)),
            c if c < ' ' && c != '\n' && c != '\t' => {}
            c => text.push(c),
        }
    }

    fn open_paragraph(&mut self) {
        self.blocks.open_paragraph();
        self.space = None;
    }

    fn close_paragraph(&mut self) {
        self.space = None;
        if self.blocks.paragraph_open {
            let seen = !self.blocks.paragraph.text.trim().is_empty();
            let label = if seen {
                std::mem::take(&mut self.label)
            } else {
                String::new()
            };
            self.blocks.close_paragraph(&label);
        }
    }

    fn start(&mut self, name: String, attributes: &str) {
        match name.as_str() {
            "br" => {
                if !self.hidden && self.blocks.paragraph_open {
                    self.space = None;
                    self.blocks.paragraph.text.push('\n');
                    self.space = None;
                }
                return;
            }
            "hr" => return self.close_paragraph(),
            "img" | "input" | "meta" | "link" | "col" | "wbr" | "area" | "base" | "embed"
            | "param" | "source" | "track" | "frame" | "html" | "body" | "tbody" | "thead"
            | "tfoot" | "colgroup" => return,
            "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "pre" | "dl"
            | "blockquote" => self.end_if_open("p"),
            "li" => self.end_if_open("li"),
            "dt" | "dd" => {
                self.end_if_open("dt");
                self.end_if_open("dd");
            }
            "option" => self.end_if_open("option"),
            "table" => {
                self.end_if_open("p");
                self.close_paragraph();
                if self.hidden || self.tables.len() >= MOST_NESTED {
                    self.ignored_tables += 1;
                } else {
                    self.blocks.open_table();
                    self.tables.push(Table::at(self.stack.len()));
                }
                return;
            }
            "tr" if self.in_table() => return self.open_row(attributes),
            "td" | "th" if self.in_table() => self.open_cell(attributes),
            _ => {}
        }
        let style = attribute(attributes, "style")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
        let hides = matches!(
            name.as_str(),
            "script"
                | "style"
                | "head"
                | "title"
                | "xml"
                | "noscript"
                | "template"
                | "noframes"
                | "textarea"
                | "datalist"
                | "object"
                | "svg"
                | "del"
                | "rt"
                | "rp"
        ) || style.contains("display:none")
            || style.contains("mso-hide:all")
            || style.contains("visibility:hidden")
            || style.contains("mso-element:comment")
            || style.contains("mso-element:header")
            || style.contains("mso-element:footer")
            || attribute(attributes, "hidden").is_some();
        if attributes.ends_with('/') && !is_block(&name) {
            return;
        }
        let note = if style.contains("mso-element:footnote;")
            || style.ends_with("mso-element:footnote")
        {
            Some("［脚注］")
        } else if style.contains("mso-element:endnote;") || style.ends_with("mso-element:endnote") {
            Some("［尾注］")
        } else {
            None
        };
        let block = is_block(&name);
        if block && !matches!(name.as_str(), "td" | "th") {
            self.close_paragraph();
        }
        self.stack.push(Open {
            hidden: self.hidden,
            superscript: self.superscript,
            keep_space: self.keep_space,
            size: self.size,
            mark: note.map(|_| self.blocks.mark),
            name,
        });
        if let Some(mark) = note {
            self.blocks.mark = mark;
        }
        self.hidden |= hides;
        let name = self.stack.last().map_or("", |o| o.name.as_str());
        match name {
            "sup" => self.superscript = true,
            "pre" => self.keep_space = true,
            "ol" | "ul" => {
                let list = list(name == "ol", attributes);
                self.lists.push(list);
            }
            "li" => self.item(attributes),
            _ => {}
        }
        if !self.hidden {
            self.look(attributes, &style, block);
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "br" => return self.start("br".to_owned(), ""),
            "table" => {
                if self.ignored_tables > 0 {
                    self.ignored_tables -= 1;
                    return self.close_paragraph();
                }
                return self.close_table();
            }
            "tr" if self.in_table() => return self.close_row(),
            "td" | "th" if self.in_table() => {
                self.close_cell();
                return;
            }
            "p" if self.position("p").is_none() => return self.close_paragraph(),
            _ => {}
        }
        if let Some(at) = self.position(name) {
            self.pop_to(at);
        }
    }

    /// Where the stack has the innermost element of this name, within the cell at hand.
    fn position(&self, name: &str) -> Option<usize> {
        let floor = self.tables.last().map_or(0, |t| t.depth);
        let from = self.stack.len().saturating_sub(REACH).max(floor);
        let top = self.stack.get(from..)?;
        top.iter().rposition(|o| o.name == name).map(|i| from + i)
    }

    fn end_if_open(&mut self, name: &str) {
        // An item of an outer list stays open.
        let limit = self.stack.len().saturating_sub(8);
        let top = self.stack.get(limit..).unwrap_or_default();
        let stops = |o: &Open| matches!(o.name.as_str(), "ul" | "ol" | "dl" | "td" | "th");
        let stop = top.iter().rposition(stops).map(|i| limit + i);
        if let Some(at) = self.position(name)
            && at >= limit
            && stop.is_none_or(|s| s < at)
        {
            self.pop_to(at);
        }
    }

    /// Closes the elements down to and with this one.
    fn pop_to(&mut self, at: usize) {
        while self.stack.len() > at {
            let Some(open) = self.stack.pop() else { return };
            if is_block(&open.name) && !matches!(open.name.as_str(), "td" | "th") {
                self.close_paragraph();
            }
            match open.name.as_str() {
                "ol" | "ul" => {
                    self.lists.pop();
                }
                "li" => self.label.clear(),
                _ => {}
            }
            self.hidden = open.hidden;
            self.superscript = open.superscript;
            self.keep_space = open.keep_space;
            self.size = open.size;
            if let Some(mark) = open.mark {
                self.blocks.mark = mark;
            }
        }
    }

    fn item(&mut self, attributes: &str) {
        let Some(list) = self.lists.last_mut().filter(|l| l.ordered) else {
            return;
        };
        let number = attribute(attributes, "value")
            .and_then(|v| v.trim().parse().ok())
            .unwrap_or(list.next);
        list.next = number.saturating_add(1);
        self.label.clear();
        push_number(&mut self.label, number, list.format);
        self.label.push('.');
    }
}

/// An ordered list's way of counting.
fn list(ordered: bool, attributes: &str) -> List {
    let format = match attribute(attributes, "type").as_deref() {
        Some("a") => "lowerLetter",
        Some("A") => "upperLetter",
        Some("i") => "lowerRoman",
        Some("I") => "upperRoman",
        _ => "decimal",
    };
    let next = attribute(attributes, "start").and_then(|s| s.trim().parse().ok());
    List {
        ordered,
        format,
        next: next.unwrap_or(1),
    }
}

/// Elements that begin and end a paragraph.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "td"
            | "th"
            | "caption"
            | "center"
            | "pre"
            | "blockquote"
            | "section"
            | "article"
            | "aside"
            | "nav"
            | "main"
            | "header"
            | "footer"
            | "form"
            | "fieldset"
            | "legend"
            | "figure"
            | "figcaption"
            | "address"
            | "option"
            | "select"
            | "tr"
    )
}

/// Characters between which a line break is no space.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}
