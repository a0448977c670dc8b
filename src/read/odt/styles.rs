//! Styles and lists of an OpenDocument text.

use super::super::word::numbering::push_number;
use super::super::word::styles::{is_contents, level_by_name};
use super::super::xml;
use quick_xml::events::{BytesStart, Event};
use rustc_hash::FxHashMap;

/// Longest chain of parents that is followed.
const MOST_PARENTS: usize = 32;
/// Levels of a list.
pub(super) const LEVELS: usize = 10;

/// What a style says; what it does not say, its parent may.
#[derive(Clone, Debug, Default)]
pub(super) struct Style {
    parent: String,
    name: String,
    /// Heading level, 0 for a title.
    pub level: Option<u8>,
    pub contents: bool,
    pub hidden: Option<bool>,
    pub centred: Option<bool>,
    pub superscript: Option<bool>,
    /// Size in half-points.
    pub size: Option<u32>,
}

/// A level of a list.
#[derive(Clone, Debug)]
pub(super) struct Level {
    format: String,
    prefix: String,
    suffix: String,
    /// The label with places for numbers, `%1%.%2%`, where it is stated so.
    template: Option<String>,
    pub start: u32,
    shown: usize,
}

/// All styles of a document.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// By family and name.
    styles: FxHashMap<(String, String), Style>,
    lists: FxHashMap<String, [Option<Level>; LEVELS]>,
}

impl Sheet {
    /// Takes in the styles of a part, up to its body.
    pub fn read(&mut self, text: &str) {
        let mut reader = xml::reader(text);
        let mut style: Option<(String, Style)> = None;
        let mut list: Option<String> = None;
        while let Ok(event) = reader.read_event() {
            match event {
                Event::Start(e) => match e.local_name().as_ref() {
                    "body" => break,
                    "style" => style = Some(start(&e)),
                    "list-style" => list = named(&e),
                    "outline-style" => list = Some(OUTLINE.to_owned()),
                    _ => self.property(&e, &mut style, &list),
                },
                Event::Empty(e) => match e.local_name().as_ref() {
                    "style" => {
                        let (family, style) = start(&e);
                        self.put(family, style);
                    }
                    _ => self.property(&e, &mut style, &list),
                },
                Event::End(e) => match e.local_name().as_ref() {
                    "style" => {
                        if let Some((family, style)) = style.take() {
                            self.put(family, style);
                        }
                    }
                    "list-style" | "outline-style" => list = None,
                    _ => {}
                },
                Event::Eof => break,
                _ => {}
            }
        }
    }

    fn put(&mut self, family: String, style: Style) {
        self.styles.insert((family, style.name.clone()), style);
    }

    fn property(
        &mut self,
        e: &BytesStart<'_>,
        style: &mut Option<(String, Style)>,
        list: &Option<String>,
    ) {
        let local = e.local_name();
        match (local.as_ref(), style) {
            ("paragraph-properties", Some((_, style))) => {
                if let Some(align) = xml::attribute(e, "text-align") {
                    style.centred = Some(align == "center");
                }
            }
            ("text-properties", Some((_, style))) => {
                for a in e.attributes().with_checks(false).flatten() {
                    match a.key.local_name().as_ref() {
                        "display" => style.hidden = Some(a.value == "none"),
                        "font-size" => style.size = points(&a.value),
                        "text-position" => {
                            style.superscript =
                                Some(a.value.starts_with("super") || is_raised(&a.value));
                        }
                        _ => {}
                    }
                }
            }
            (
                "list-level-style-number"
                | "outline-level-style"
                | "list-level-style-bullet"
                | "list-level-style-image",
                _,
            ) => {
                let number = xml::attribute(e, "level").and_then(|l| l.parse::<usize>().ok());
                let (Some(list), Some(number)) = (list, number) else {
                    return;
                };
                let levels = self.lists.entry(list.clone()).or_default();
                if let Some(slot) = number.checked_sub(1).and_then(|i| levels.get_mut(i)) {
                    let numbered = !matches!(
                        local.as_ref(),
                        "list-level-style-bullet" | "list-level-style-image"
                    );
                    *slot = numbered.then(|| level(e));
                }
            }
            _ => {}
        }
    }

    /// A style of a family (`paragraph`, `text`) with what its parents say.
    pub fn resolved(&self, family: &str, name: &str) -> Style {
        let mut out = Style::default();
        let mut key = (family.to_owned(), name.to_owned());
        for _ in 0..MOST_PARENTS {
            // The name may say what the file does not define.
            let shown = key.1.replace("_20_", " ");
            out.level = out.level.or_else(|| level_by_name(&shown));
            out.contents |= is_contents(&shown) || shown.starts_with("Contents ");
            let Some(style) = self.styles.get(&key) else {
                break;
            };
            out.level = out.level.or(style.level);
            out.hidden = out.hidden.or(style.hidden);
            out.centred = out.centred.or(style.centred);
            out.superscript = out.superscript.or(style.superscript);
            out.size = out.size.or(style.size);
            if style.parent.is_empty() {
                break;
            }
            key.1.clone_from(&style.parent);
        }
        out
    }

    /// The level of a list, from 0; `None` where it shows no number.
    pub fn level(&self, list: &str, level: usize) -> Option<&Level> {
        self.lists.get(list)?.get(level)?.as_ref()
    }

    /// The label that a level shows for these counters.
    pub fn label(&self, list: &str, level: usize, counters: &[Option<u32>; LEVELS]) -> String {
        let Some(shown) = self.level(list, level) else {
            return String::new();
        };
        let mut out = String::new();
        let push = |out: &mut String, at: usize| {
            let Some(format) = self
                .level(list, at)
                .map(|l| l.format.as_str())
                .filter(|f| !f.is_empty())
            else {
                return false;
            };
            let number = counters.get(at).copied().flatten().unwrap_or(1);
            push_number(out, number, number_format(format));
            true
        };
        if let Some(template) = &shown.template {
            let mut rest = template.as_str();
            while let Some((before, after)) = rest.split_once('%') {
                out.push_str(before);
                match after
                    .split_once('%')
                    .and_then(|(n, rest)| Some((n.parse::<usize>().ok()?, rest)))
                {
                    Some((number, after)) => {
                        push(&mut out, number.wrapping_sub(1));
                        rest = after;
                    }
                    None => {
                        out.push('%');
                        rest = after;
                    }
                }
                if out.len() > 64 {
                    break;
                }
            }
            out.push_str(rest);
        } else {
            if shown.format.is_empty() {
                return String::new();
            }
            out.push_str(&shown.prefix);
            let first = (level + 1).saturating_sub(shown.shown.max(1));
            let mut any = false;
            for at in first..=level {
                if any {
                    out.push('.');
                }
                any = push(&mut out, at);
            }
            out.push_str(&shown.suffix);
        }
        // A label is a few characters; a hostile one is none.
        if out.len() > 256 { String::new() } else { out }
    }
}

/// The list of headings.
pub(super) const OUTLINE: &str = "\0outline";

fn named(e: &BytesStart<'_>) -> Option<String> {
    xml::attribute(e, "name").map(|n| n.into_owned())
}

fn start(e: &BytesStart<'_>) -> (String, Style) {
    let mut style = Style::default();
    let mut family = String::new();
    for a in e.attributes().with_checks(false).flatten() {
        let value = xml::unescape(a.value);
        match a.key.local_name().as_ref() {
            "name" => style.name = value.into_owned(),
            "display-name" => style.level = level_by_name(&value),
            "family" => family = value.into_owned(),
            "parent-style-name" => style.parent = value.into_owned(),
            "default-outline-level" => {
                style.level = value
                    .parse()
                    .ok()
                    .filter(|l| (1..=9).contains(l))
                    .or(style.level);
            }
            _ => {}
        }
    }
    (family, style)
}

fn level(e: &BytesStart<'_>) -> Level {
    let mut level = Level {
        format: String::new(),
        prefix: String::new(),
        suffix: String::new(),
        template: None,
        start: 1,
        shown: 1,
    };
    for a in e.attributes().with_checks(false).flatten() {
        let value = xml::unescape(a.value);
        match a.key.local_name().as_ref() {
            "num-format" => level.format = value.into_owned(),
            "num-prefix" => level.prefix = value.into_owned(),
            "num-suffix" => level.suffix = value.into_owned(),
            "num-list-format" => level.template = Some(value.into_owned()),
            "start-value" => level.start = value.parse().unwrap_or(1),
            "display-levels" => level.shown = value.parse().unwrap_or(1),
            _ => {}
        }
    }
    level
}

/// The name that OOXML gives to a number format; formats of other scripts are written as their first numbers.
fn number_format(format: &str) -> &'static str {
    match format.chars().next() {
        Some('a') => "lowerLetter",
        Some('A') => "upperLetter",
        Some('i') => "lowerRoman",
        Some('I') => "upperRoman",
        Some('一') => "chineseCounting",
        Some('壹') => "chineseLegalSimplified",
        Some('①') => "decimalEnclosedCircle",
        Some('⑴') => "decimalEnclosedParen",
        Some('⒈') => "decimalEnclosedFullstop",
        Some('１') => "decimalFullWidth",
        Some('甲') => "ideographTraditional",
        Some('子') => "ideographZodiac",
        Some('〇') => "ideographDigital",
        _ => "decimal",
    }
}

/// `22pt` in half-points.
fn points(size: &str) -> Option<u32> {
    let number = size.trim().strip_suffix("pt")?;
    let whole: u32 = number.split('.').next()?.parse().ok()?;
    Some(whole.min(1000) * 2)
}

/// `33% 58%`: raised by a third, and smaller.
fn is_raised(position: &str) -> bool {
    let mut parts = position.split_whitespace();
    let raised = parts
        .next()
        .and_then(|p| p.strip_suffix('%')?.parse::<i32>().ok());
    let smaller = parts.next().is_some_and(|s| s != "100%");
    raised.is_some_and(|r| r > 0) && smaller
}
