//! Word documents: Office Open XML (docx, docm, dotx, zipped wps) and the flat XML that Word 2003 and "Word XML" save.
//!
//! [`read`] finds the parts through the relationships (with the usual names as a fallback, so that a package with
//! missing or odd relationships is still read) and hands the XML of the body to the streaming walk of [`body`].

pub(crate) mod blocks;
mod body;
pub(crate) mod doc;
mod fields;
pub(crate) mod namespaces;
pub(crate) mod numbering;
pub(crate) mod rows;
pub(crate) mod styles;
pub(crate) mod symbols;

use super::kept::Kept;
use super::package::{self, Package};
use super::{Document, Format, Limits, Problem, Reason, Reject, damage, xml};
use numbering::{Lists, Numbering};
use quick_xml::events::BytesStart;
use std::cell::RefCell;
use std::rc::Rc;
use styles::Styles;

thread_local! {
    static STYLES: RefCell<Kept<Styles>> = const { RefCell::new(Kept::new()) };
    static LISTS: RefCell<Kept<Lists>> = const { RefCell::new(Kept::new()) };
}

/// An unsigned attribute; `None` where it is missing or not a number.
pub(crate) fn attribute_u32(e: &BytesStart<'_>, local: &str) -> Option<u32> {
    xml::attribute(e, local)?.trim().parse().ok()
}

/// Reads an OOXML word processing package.
pub(crate) fn read(package: &mut Package<'_>, limits: &Limits) -> Result<Document, Reject> {
    let main = main_part(package).ok_or_else(|| {
        Reject::new(
            Reason::Corrupt,
            "word/document.xml",
            "文件里没有正文部件，请用 Word 或 WPS 打开后另存为 .docx 再发送。",
        )
    })?;
    let relations = package::relationships(package, &main);
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    let related = |package: &Package<'_>, kind: &str| -> Option<String> {
        let named = relations
            .iter()
            .find(|r| r.kind == kind)
            .map(|r| r.target.clone());
        let usual = if folder.is_empty() {
            format!("{kind}.xml")
        } else {
            format!("{folder}/{kind}.xml")
        };
        named
            .into_iter()
            .chain([usual])
            .find(|name| package.has(name))
    };
    let styles = related(package, "styles")
        .and_then(|name| package.made(&name, &STYLES, Styles::parse))
        .unwrap_or_default();
    let numbering = related(package, "numbering")
        .and_then(|name| package.made(&name, &LISTS, Lists::parse))
        .map(Numbering::of)
        .unwrap_or_default();
    let mut walk = body::Walk::new(&styles, numbering, limits);
    let mut problems = Vec::new();
    let part = package.part(&main);
    let found = match part {
        Some(part) => {
            let text = xml::decode(part.bytes);
            walk.document(&text);
            for (kind, properties) in NOTES {
                if walk.has_notes(kind) {
                    let settings = related(package, "settings")
                        .and_then(|name| package.text(&name))
                        .unwrap_or_default();
                    if [&settings, &text]
                        .iter()
                        .any(|t| counts_otherwise(t, properties))
                    {
                        walk.forget_numbers(kind);
                    }
                }
            }
            part.damage
        }
        None => Some((
            Reason::Corrupt,
            "正文部件不存在，请用 Word 或 WPS 打开后另存为 .docx 再发送。".to_owned(),
        )),
    };
    // Damage of the zip stream is the cause; that the XML ends early is its effect.
    if let Some(found) = found {
        walk.clear_damage();
        problems.push(damage::problem(&main, found));
    }
    for (kind, mark) in [("footnotes", "［脚注］"), ("endnotes", "［尾注］")] {
        if walk.has_notes(kind)
            && let Some(name) = related(package, kind)
            && let Some(text) = package.text(&name)
        {
            walk.notes(&text, kind, mark);
        }
    }
    finish(walk, main, problems)
}

/// Reads a document that is one XML file: Word 2003 XML or a flat OPC package.
pub(crate) fn read_flat(text: &str, limits: &Limits) -> Result<Document, Reject> {
    let styles = Styles::parse(text);
    let numbering = Numbering::of(Rc::new(Lists::parse(text)));
    let mut walk = body::Walk::new(&styles, numbering, limits);
    walk.document(text);
    finish(walk, String::new(), Vec::new())
}

fn finish(
    walk: body::Walk<'_>,
    part: String,
    mut problems: Vec<Problem>,
) -> Result<Document, Reject> {
    let (blocks, found) = walk.finish();
    problems.extend(found.map(|d| damage::problem(&part, d)));
    damage::document(Format::Docx, &part, blocks, problems)
}

/// The parts of notes, and the properties that say how they are counted.
const NOTES: [(&str, &str); 2] = [("footnotes", "footnotePr"), ("endnotes", "endnotePr")];

/// Whether notes are counted in another form than the usual one, or again and again from the first.
fn counts_otherwise(text: &str, properties: &str) -> bool {
    let mut parts = text.split(properties).skip(1).step_by(2);
    parts.any(|inside| {
        let inside = inside.get(..inside.len().min(600)).unwrap_or(inside);
        ["numFmt", "numRestart", "numStart"]
            .iter()
            .any(|name| inside.contains(name))
    })
}

/// Path of the main part.
fn main_part(package: &mut Package<'_>) -> Option<String> {
    let named = package::relationships(package, "")
        .into_iter()
        .find(|r| r.kind == "officeDocument")
        .map(|r| r.target);
    if let Some(name) = named.filter(|n| package.has(n)) {
        return Some(name);
    }
    if package.has("word/document.xml") {
        return Some("word/document.xml".to_owned());
    }
    let mut candidates: Vec<&str> = package
        .names()
        .filter(|n| n.starts_with("word/document") && n.ends_with(".xml"))
        .collect();
    candidates.sort_unstable();
    candidates.first().map(|n| (*n).to_owned())
}
