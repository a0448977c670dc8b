//! Properties of paragraphs, runs, rows and cells, and complex fields, as the walk meets them.

use super::super::attribute_u32;
use super::super::blocks::Merge;
use super::super::styles::level_by_name;
use super::{Element, Walk};
use crate::read::xml;
use quick_xml::events::BytesStart;

impl Walk<'_> {
    pub(super) fn apply_style(&mut self, index: Option<u32>) {
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

    pub(super) fn paragraph_property(&mut self, local: &str, e: &BytesStart<'_>) -> Element {
        if !self.blocks.paragraph_open {
            return Element::Skip;
        }
        match local {
            "jc" => {
                let centred = xml::attribute(e, "val").as_deref() == Some("center");
                self.blocks.paragraph.centred = centred;
                self.told.centred = Some(centred);
                return Element::Skip;
            }
            "rPr" => return Element::MarkProperties,
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
            "numPr" | "listPr" => {
                self.told.more = true;
                return Element::NumberProperties;
            }
            "numId" | "ilfo" => self.blocks.paragraph.number.id = attribute_u32(e, "val"),
            "ilvl" => {
                self.blocks.paragraph.number.level = attribute_u32(e, "val").map(|l| l.min(8) as u8)
            }
            _ => return Element::Skip,
        }
        self.told.more = true;
        Element::Skip
    }

    pub(super) fn run_property(&mut self, local: &str, e: &BytesStart<'_>) -> Element {
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

    /// A property of a paragraph mark.
    pub(super) fn mark_property(&mut self, local: &str, e: &BytesStart<'_>) -> Element {
        // A hidden or deleted paragraph mark lets the next paragraph go on in the same line.
        let joins = match local {
            "del" | "moveFrom" => true,
            "vanish" | "specVanish" => xml::on_off(xml::attribute(e, "val")),
            _ => false,
        };
        if joins && self.blocks.paragraph_open {
            self.blocks.paragraph.joins_next = true;
            self.told.more = true;
        }
        Element::Skip
    }

    /// A property of a row.
    pub(super) fn row_property(&mut self, local: &str, e: &BytesStart<'_>) -> Element {
        match local {
            "gridBefore" => self
                .blocks
                .skip_columns(attribute_u32(e, "val").unwrap_or(0)),
            "del" => self.blocks.drop_row(),
            "hidden" if xml::on_off(xml::attribute(e, "val")) => self.blocks.drop_row(),
            _ => return Element::Skip,
        }
        self.told.more = true;
        Element::Skip
    }

    /// A property of a cell.
    pub(super) fn cell_property(&mut self, local: &str, e: &BytesStart<'_>) -> Element {
        match local {
            "gridSpan" => self.blocks.cell_span(attribute_u32(e, "val").unwrap_or(1)),
            "vMerge" => self.blocks.cell_vertical(merge(e)),
            "vmerge" => self.blocks.cell_vertical(merge(e)),
            "hMerge" | "hmerge" => self.blocks.cell_horizontal(merge(e)),
            "cellDel" => self.blocks.drop_cell(),
            _ => return Element::Skip,
        }
        self.told.more = true;
        Element::Skip
    }

    pub(super) fn field(&mut self, e: &BytesStart<'_>) {
        match xml::attribute(e, "fldCharType").as_deref() {
            Some("begin") => {
                self.fields.begin();
            }
            Some("separate") => {
                self.fields.separate();
            }
            Some("end") => {
                self.fields.end();
            }
            _ => {}
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
