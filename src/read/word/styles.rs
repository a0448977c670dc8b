//! `styles.xml`: what a paragraph's or a run's style says about headings, hidden text, alignment and numbering.
//!
//! Only what the readers need is kept. A document uses few of the styles that it has, so a style is read, and its inheritance
//! (`basedOn`) resolved, when it is asked for; with a bound, so that a cycle ends.

use super::{attribute_u32, numbering::NumberRef};
use crate::read::xml;
use quick_xml::events::{BytesStart, Event};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::ops::Range;

/// Longest chain of `basedOn` that is followed.
const MAX_CHAIN: usize = 32;

/// A style, inheritance resolved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Style {
    /// Heading level: 0 for a title, 1–9 for an outline level.
    pub level: Option<u8>,
    /// Entry of a table of contents: never a heading, whatever it looks like.
    pub contents: bool,
    /// Text of this style is hidden.
    pub hidden: Option<bool>,
    /// Paragraphs are centred.
    pub centred: Option<bool>,
    /// Font size in half-points.
    pub size: Option<u32>,
    /// Automatic numbering.
    pub number: NumberRef,
}

/// The styles of a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Styles {
    /// The XML of the styles, one after the other.
    text: String,
    styles: Vec<Entry>,
    by_id: FxHashMap<String, u32>,
    /// The paragraph style of a paragraph that names none.
    pub default_paragraph: Option<u32>,
}

/// A style: where its XML stands, and what was read of it so far.
#[derive(Clone, Debug, Default)]
struct Entry {
    at: Range<usize>,
    stated: OnceCell<Raw>,
    resolved: OnceCell<Style>,
}

/// A style as it is stated, before inheritance.
#[derive(Clone, Debug, Default)]
pub(in crate::read) struct Raw {
    pub(in crate::read) id: String,
    pub(in crate::read) name: String,
    pub(in crate::read) based_on: String,
    /// Outline level from 0; 9 for body text.
    pub(in crate::read) outline: Option<u8>,
    pub(in crate::read) default_paragraph: bool,
    pub(in crate::read) style: Style,
}

impl Styles {
    /// Reads the part; a damaged one gives the styles before the damage.
    ///
    /// Most of the part is settings of table styles and names of styles that the document does not have. What lies
    /// between the styles of paragraphs and runs is passed over without being read as XML: this part would otherwise
    /// cost more than the text.
    pub fn parse(text: &str) -> Styles {
        let mut styles = Styles::default();
        let starts: Vec<usize> = style_tags(text).collect();
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        for (&start, end) in starts.iter().zip(ends) {
            let element = text.get(start..end).unwrap_or_default();
            let tag = memchr::memchr(b'>', element.as_bytes()).unwrap_or(element.len());
            if !element
                .get(..tag)
                .is_some_and(|tag| tag.contains("type=\"table\""))
            {
                styles.add(element);
            }
        }
        styles
    }

    /// Adds the style that a text begins with.
    fn add(&mut self, element: &str) {
        let Ok(Event::Start(e)) = xml::reader(element).read_event() else {
            return;
        };
        let head = start(&e);
        let from = self.text.len();
        self.text.push_str(up_to_end(element));
        let at = from..self.text.len();
        self.put(
            head.id,
            head.default_paragraph,
            Entry {
                at,
                ..Entry::default()
            },
        );
    }

    fn put(&mut self, id: String, default_paragraph: bool, entry: Entry) {
        let index = self.styles.len() as u32;
        self.by_id.entry(id).or_insert(index);
        if default_paragraph {
            self.default_paragraph = Some(index);
        }
        self.styles.push(entry);
    }

    /// Styles of another source.
    pub(in crate::read) fn resolved(raws: Vec<Raw>) -> Styles {
        let mut styles = Styles::default();
        for raw in raws {
            let (id, default_paragraph) = (raw.id.clone(), raw.default_paragraph);
            let stated = OnceCell::from(raw);
            styles.put(
                id,
                default_paragraph,
                Entry {
                    stated,
                    ..Entry::default()
                },
            );
        }
        styles
    }

    /// Index of the style with this id.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// A style by its index, inheritance resolved.
    pub fn get(&self, index: Option<u32>) -> Option<&Style> {
        let entry = self.styles.get(index? as usize)?;
        Some(entry.resolved.get_or_init(|| self.resolve(entry)))
    }

    /// A style as it is stated.
    fn stated<'s>(&'s self, entry: &'s Entry) -> &'s Raw {
        let read = || self.text.get(entry.at.clone()).and_then(one);
        entry.stated.get_or_init(|| read().unwrap_or_default())
    }

    fn resolve(&self, entry: &Entry) -> Style {
        let raw = self.stated(entry);
        let mut style = raw.style.clone();
        let mut level = own_level(raw);
        style.contents = is_contents(&raw.name);
        let mut parent = &raw.based_on;
        for _ in 0..MAX_CHAIN {
            let Some(base) = self.find(parent).and_then(|i| self.styles.get(i as usize)) else {
                break;
            };
            let base = self.stated(base);
            level = level.or_else(|| own_level(base));
            style.hidden = style.hidden.or(base.style.hidden);
            style.centred = style.centred.or(base.style.centred);
            style.size = style.size.or(base.style.size);
            style.number.id = style.number.id.or(base.style.number.id);
            style.number.level = style.number.level.or(base.style.number.level);
            style.contents |= is_contents(&base.name);
            parent = &base.based_on;
        }
        style.level = level.filter(|&l| l <= 9 && !style.contents);
        style
    }
}

/// A style element without what stands after it.
fn up_to_end(element: &str) -> &str {
    const END: &str = "style>";
    let end = memchr::memmem::find_iter(element.as_bytes(), END)
        .find(|&at| {
            element
                .get(..at)
                .is_some_and(|before| without_prefix(before).ends_with("</"))
        })
        .map_or(element.len(), |at| at + END.len());
    element.get(..end).unwrap_or(element)
}

/// What stands before a local name, without the prefix of that name.
fn without_prefix(before: &str) -> &str {
    before.strip_suffix(':').map_or(before, |b| {
        b.trim_end_matches(|c: char| c.is_ascii_alphanumeric())
    })
}

/// Where the tags of style elements begin, whatever their prefix.
fn style_tags(text: &str) -> impl Iterator<Item = usize> {
    const WORD: &str = "style";
    // Not the search of the standard library, which looks at each byte of what may be half a megabyte.
    memchr::memmem::find_iter(text.as_bytes(), WORD).filter_map(move |at| {
        let after = text.as_bytes().get(at + WORD.len())?;
        let open = without_prefix(text.get(..at)?);
        (after.is_ascii_whitespace() && open.ends_with('<')).then(|| open.len() - 1)
    })
}

/// The style element that a text begins with.
fn one(text: &str) -> Option<Raw> {
    let mut reader = xml::reader(text);
    let mut current: Option<Raw> = None;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(e) if e.local_name().as_ref() == "style" => current = Some(start(&e)),
            Event::Start(e) | Event::Empty(e) => property(&mut current, &e),
            Event::End(e) if e.local_name().as_ref() == "style" => break,
            Event::Eof => break,
            _ => {}
        }
    }
    current
}

fn start(e: &BytesStart<'_>) -> Raw {
    let mut raw = Raw::default();
    let mut default = false;
    let mut paragraph = false;
    for a in e.attributes().with_checks(false).flatten() {
        match a.key.local_name().as_ref() {
            "styleId" => raw.id = xml::unescape(a.value).into_owned(),
            "default" => default = xml::on_off(Some(a.value)),
            "type" => paragraph = a.value == "paragraph",
            _ => {}
        }
    }
    raw.default_paragraph = default && paragraph;
    raw
}

fn property(current: &mut Option<Raw>, e: &BytesStart<'_>) {
    let Some(raw) = current else { return };
    let value = || xml::attribute(e, "val");
    match e.local_name().as_ref() {
        "name" => raw.name = value().unwrap_or_default().into_owned(),
        "basedOn" => raw.based_on = value().unwrap_or_default().into_owned(),
        "outlineLvl" => raw.outline = value().and_then(|v| v.parse().ok()),
        "jc" => raw.style.centred = Some(value().as_deref() == Some("center")),
        "vanish" => raw.style.hidden = Some(xml::on_off(value())),
        "sz" => raw.style.size = attribute_u32(e, "val"),
        "numId" => raw.style.number.id = attribute_u32(e, "val"),
        "ilvl" => raw.style.number.level = attribute_u32(e, "val").map(|l| l.min(8) as u8),
        _ => {}
    }
}

/// Level that the style itself states; 10 where it states body text, so that it is not inherited.
fn own_level(raw: &Raw) -> Option<u8> {
    raw.outline
        .map(|o| o.min(9) + 1)
        .or_else(|| level_by_name(&raw.name))
        .or_else(|| {
            // Exports without names still have the usual ids.
            if raw.name.is_empty() {
                level_by_name(&raw.id)
            } else {
                None
            }
        })
}

/// Level of a style by its name or, where styles are missing, by its id.
pub(crate) fn level_by_name(name: &str) -> Option<u8> {
    let name = name.trim();
    let lower = name.to_lowercase();
    if matches!(
        lower.as_str(),
        "title" | "标题" | "文档标题" | "公文标题" | "subtitle" | "副标题"
    ) {
        return Some(0);
    }
    let rest = lower
        .strip_prefix("heading")
        .or_else(|| lower.strip_prefix("标题"))?;
    let number = rest.trim_start();
    let mut chars = number.chars();
    let level = chars.next()?.to_digit(10)? as u8;
    // "标题 1 Char" is the character style that goes with the paragraph style; it makes no heading.
    if chars.next().is_some() || level == 0 {
        None
    } else {
        Some(level)
    }
}

pub(crate) fn is_contents(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    lower == "目录"
        || lower
            .strip_prefix("toc")
            .or_else(|| lower.strip_prefix("目录"))
            .is_some_and(|r| r.trim().parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inheritance_and_cycles() {
        let styles = Styles::parse(
            r#"<w:styles><w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="2"/></w:style>
            <w:style w:styleId="2"><w:name w:val="x"/><w:basedOn w:val="1"/><w:rPr><w:vanish/></w:rPr></w:style>
            <w:style w:styleId="3"><w:name w:val="my"/><w:basedOn w:val="1"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
            <w:style w:styleId="T"><w:name w:val="toc 1"/><w:basedOn w:val="1"/></w:style></w:styles>"#,
        );
        let get = |id| styles.get(styles.find(id)).cloned().unwrap_or_default();
        assert_eq!(get("1").level, Some(1));
        assert_eq!(get("1").hidden, Some(true));
        assert_eq!(get("2").level, Some(1));
        assert_eq!(get("3").level, None);
        assert_eq!(get("T").level, None);
        assert!(get("T").contents);
    }

    #[test]
    fn a_style_is_read_up_to_its_own_end() {
        let styles = Styles::parse(
            r#"<x:styles><x:style x:type="table" x:styleId="1"><x:name x:val="t"/></x:style>
            <x:style x:type="paragraph" x:default="1" x:styleId="a"><x:name x:val="Normal"/></x:style><x:outlineLvl x:val="3"/>
            <x:style x:styleId="b"/><x:style x:styleId="c"><x:name x:val="heading 2"/></x:style ><x:vanish/>"#,
        );
        assert_eq!(styles.find("1"), None);
        assert_eq!(styles.find("b"), None);
        let of = |id| styles.get(styles.find(id)).map(|s| (s.level, s.hidden));
        assert_eq!(of("a"), Some((None, None)));
        assert_eq!(styles.default_paragraph, styles.find("a"));
        assert_eq!(of("c"), Some((Some(2), None)));
        assert!(styles.get(Some(7)).is_none());
    }
}
