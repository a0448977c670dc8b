//! What the walk over RTF keeps: the state of a group, paragraphs on their way, and how they become blocks.

use super::super::word::blocks::Blocks;
use super::super::word::rows::{self, Builder, Placed, Row};
use super::super::word::styles::{Style, Styles};
use std::rc::Rc;

/// What the text of a group is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    Text,
    /// Not seen.
    Skip,
    /// Holds the same text twice; the Unicode one is taken.
    Twice,
    Fonts,
    Styles,
    /// The automatic number of a paragraph.
    Label,
    /// The instruction of a field.
    Instruction,
    /// Properties of a shape: only the text in it counts.
    Shape,
}

/// Formatting, which ends with its group.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) destination: Destination,
    pub(super) font: i32,
    /// Font of double-byte text, where the text says that it is such.
    pub(super) double_font: i32,
    pub(super) double: bool,
    /// Pieces to pass over after a Unicode character.
    pub(super) fallback: u32,
    pub(super) hidden: bool,
    pub(super) deleted: bool,
    pub(super) superscript: bool,
    pub(super) size: u32,
    pub(super) style: i32,
    pub(super) centred: bool,
    pub(super) outline: Option<u8>,
    pub(super) in_table: bool,
    pub(super) nested: u32,
    /// The group is a text of its own.
    pub(super) text_ends: bool,
}

impl State {
    pub(super) fn plain_paragraph(&mut self) {
        self.style = 0;
        self.centred = false;
        self.outline = None;
        self.in_table = false;
        self.nested = 0;
    }

    pub(super) fn plain(&mut self) {
        self.hidden = false;
        self.deleted = false;
        self.superscript = false;
        self.size = 0;
    }
}

/// What ends with a paragraph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ends {
    #[default]
    Paragraph,
    Cell,
    Row,
}

/// A paragraph, or the end of a row.
#[derive(Debug, Default)]
pub(super) struct Para {
    pub(super) text: String,
    pub(super) label: String,
    pub(super) style: i32,
    pub(super) outline: Option<u8>,
    pub(super) centred: bool,
    pub(super) size: u32,
    pub(super) contents: bool,
    pub(super) joins: bool,
    pub(super) depth: u32,
    pub(super) ends: Ends,
    pub(super) row: Option<Rc<Row>>,
    pub(super) boxes: Vec<Vec<Para>>,
}

impl Placed for Para {
    fn depth(&self) -> u32 {
        self.depth
    }

    fn ends_cell(&self) -> bool {
        self.ends == Ends::Cell
    }

    fn ends_row(&self) -> bool {
        self.ends == Ends::Row
    }

    fn row(&self) -> Option<&Rc<Row>> {
        self.row.as_ref()
    }
}

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Body,
    Box,
    Footnote,
    Endnote,
}

/// A text under construction.
pub(super) struct Collected {
    pub(super) kind: Kind,
    pub(super) paragraphs: Vec<Para>,
    pub(super) open: Para,
    /// Something belongs to the open paragraph.
    pub(super) begun: bool,
    /// A note with an automatic number.
    pub(super) numbered: bool,
}

impl Collected {
    pub(super) fn new(kind: Kind) -> Collected {
        Collected {
            kind,
            paragraphs: Vec::new(),
            open: Para::default(),
            begun: false,
            numbered: false,
        }
    }
}

/// Puts collected paragraphs into blocks.
pub(super) struct Out<'a, 's> {
    pub(super) blocks: Blocks<'a>,
    pub(super) styles: &'s Styles,
}

impl<'a> Builder<'a> for Out<'a, '_> {
    type Paragraph = Para;

    fn blocks(&mut self) -> &mut Blocks<'a> {
        &mut self.blocks
    }

    fn paragraph(&mut self, para: &Para) {
        self.blocks.open_paragraph();
        let default = Style::default();
        let style = self
            .styles
            .get(self.styles.find(&para.style.to_string()))
            .unwrap_or(&default);
        let paragraph = &mut self.blocks.paragraph;
        paragraph.text.push_str(&para.text);
        paragraph.level = match para.outline {
            Some(outline) => (outline < 9).then_some(outline + 1),
            None => style.level,
        };
        // A title's level is its style's: files state outline levels for headings only.
        if style.level == Some(0) {
            paragraph.level = Some(0);
        }
        paragraph.contents = para.contents || style.contents;
        paragraph.centred = para.centred;
        paragraph.size = para.size;
        paragraph.joins_next = para.joins;
        for inside in &para.boxes {
            self.blocks.open_box();
            rows::level(self, inside, 0);
            self.blocks.close_box();
        }
        let label = para
            .label
            .trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
        // Bullets carry no information.
        let counts = label
            .chars()
            .any(|c| c.is_alphanumeric() || ('①'..='⒛').contains(&c));
        let lonely = self.blocks.at_top() && para.text.trim().is_empty();
        self.blocks
            .close_paragraph(if counts && !lonely { label } else { "" });
    }
}
