//! Control words: what a group is for, tables, formatting, special characters.

use super::super::super::word::rows::Merged;
use super::super::super::word::styles::Raw;
use super::super::charset;
use super::super::parts::{Destination, Ends, Kind};
use super::{MOST_CELLS, MOST_TEXTS, Walk};
use std::rc::Rc;

impl Walk<'_> {
    pub(super) fn word(&mut self, name: &str, number: Option<i32>, starred: bool) {
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
            "chftn" => {
                if let Some(text) = self.texts.last_mut() {
                    text.numbered = true;
                }
            }
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
}
