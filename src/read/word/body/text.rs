//! Text as it goes into the open paragraph: what is seen, superscripts, symbols, white space of the XML.

use super::super::namespaces::Space;
use super::super::symbols;
use super::Walk;
use crate::read::xml;
use quick_xml::events::BytesStart;
use quick_xml::reader::Reader;

/// How nearly every text of a run begins, and whether white space at its ends is kept.
const BEGINS: [(&str, bool); 2] = [("<w:t>", false), ("<w:t xml:space=\"preserve\">", true)];
const ENDS: &str = "</w:t>";

impl Walk<'_> {
    /// Whether text at this point is seen on the page.
    pub(super) fn visible(&self) -> bool {
        self.active > 0 && !self.run.hidden && !self.fields.hide()
    }

    pub(super) fn character(&mut self, c: char) {
        if self.visible() {
            self.ensure_paragraph();
            self.blocks.paragraph.text.push(c);
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if !self.visible() || text.is_empty() {
            return;
        }
        self.ensure_paragraph();
        let paragraph = &mut self.blocks.paragraph;
        if self.run.superscript {
            paragraph
                .text
                .extend(text.chars().map(symbols::superscript));
        } else if has_controls(text) {
            // Line ends and tabs in the XML are not breaks of the page.
            paragraph
                .text
                .extend(text.chars().map(|c| if c < ' ' { ' ' } else { c }));
        } else {
            paragraph.text.push_str(text);
        }
        paragraph.size = paragraph.size.max(self.run.size);
    }

    /// Takes the text of a run in one piece, from its start tag to its end tag, where it is the next thing in the run and has
    /// no references: the usual case, for which the reader need not be asked three times.
    pub(super) fn plain_text(&mut self, reader: &mut Reader<&[u8]>, text: &str) {
        let rest = xml::ahead(reader, text);
        let begins = |(tag, preserve): &(&str, bool)| Some((rest.strip_prefix(tag)?, *preserve));
        let Some((after, preserve)) = BEGINS.iter().find_map(begins) else {
            return;
        };
        let content = xml::plain(after);
        let ended = content.and_then(|c| after.get(c.len()..)?.strip_prefix(ENDS));
        let (Some(content), Some(left)) = (content, ended) else {
            return;
        };
        if self.active == 0 || self.namespaces.resolve("w") != Space::Word {
            return;
        }
        self.enter_text(preserve);
        self.text(content);
        self.leave_text();
        xml::pass(reader, rest.len() - left.len());
    }

    /// After the last of a text.
    pub(super) fn leave_text(&mut self) {
        if !self.preserve {
            trim_from(&mut self.blocks.paragraph.text, self.text_start);
        }
    }

    pub(super) fn ensure_paragraph(&mut self) {
        if !self.blocks.paragraph_open {
            self.blocks.open_paragraph();
        }
    }

    pub(super) fn symbol(&mut self, e: &BytesStart<'_>) {
        let code = xml::attribute(e, "char").and_then(|c| u32::from_str_radix(&c, 16).ok());
        let font = xml::attribute(e, "font").unwrap_or_default();
        if let Some(c) = code.and_then(|code| symbols::symbol(&font, code)) {
            self.character(c);
        }
    }
}

/// Whether a text has line ends or tabs. All bytes are looked at, many at a time: hardly any text has one.
fn has_controls(text: &str) -> bool {
    text.bytes().fold(false, |any, b| any | (b < b' '))
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
