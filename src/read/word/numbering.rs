//! Automatic numbering: the 一、（一）1. that Word shows but does not store as text.
//!
//! `numbering.xml` gives abstract lists with nine levels (start, format, text such as `%1.%2`) and numbered instances
//! of them. The counters run over the document in order, shared by all instances of one abstract list, as Word counts.
//! Bullets carry no information and give no text.

use super::{attribute_u32, styles::Styles};
use crate::read::xml;
use quick_xml::events::{BytesStart, Event};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// Levels that a list has.
const LEVELS: usize = 9;

/// What a paragraph or style says about numbering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NumberRef {
    /// Instance (`numId`); 0 switches numbering off.
    pub id: Option<u32>,
    /// Level from 0.
    pub level: Option<u8>,
}

/// One level of a list.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) start: u32,
    pub(super) format: String,
    pub(super) text: String,
    pub(super) legal: bool,
    /// 0: never restarts; otherwise restarts after a level above this one.
    pub(super) restart: Option<u8>,
    pub(super) style: String,
}

impl Default for Level {
    fn default() -> Self {
        Level {
            // What is not stated counts from nought.
            start: 0,
            format: "decimal".into(),
            text: String::new(),
            legal: false,
            restart: None,
            style: String::new(),
        }
    }
}

/// An abstract list.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    pub(super) levels: [Option<Level>; LEVELS],
    /// Style that holds the real list.
    pub(super) link: String,
}

/// A numbered instance of a list, with what it changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Instance {
    pub(super) list: u32,
    pub(super) starts: [Option<u32>; LEVELS],
    pub(super) levels: [Option<Level>; LEVELS],
}

/// The lists of a document.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(super) lists: FxHashMap<u32, List>,
    pub(super) instances: FxHashMap<u32, Instance>,
}

/// The lists of a document and their counters.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    of: Rc<Lists>,
    counters: FxHashMap<u32, [Option<u32>; LEVELS]>,
    used: FxHashSet<(u32, u8)>,
}

impl Lists {
    /// Reads the part; a damaged one gives the lists before the damage.
    pub fn parse(text: &str) -> Lists {
        let mut reader = xml::reader(text);
        let mut parser = Parser::default();
        while let Ok(event) = reader.read_event() {
            match event {
                Event::Start(e) => parser.open(&e),
                Event::Empty(e) => {
                    parser.open(&e);
                    parser.close(e.local_name().as_ref());
                }
                Event::End(e) => parser.close(e.local_name().as_ref()),
                Event::Eof => break,
                _ => {}
            }
        }
        parser.out
    }
}

impl Numbering {
    /// Nothing is counted yet.
    pub fn of(lists: Rc<Lists>) -> Numbering {
        Numbering {
            of: lists,
            ..Numbering::default()
        }
    }

    /// True where no list is defined: nothing will ever be numbered.
    pub fn is_empty(&self) -> bool {
        self.of.instances.is_empty()
    }

    /// Counts a paragraph and gives the label that it shows; empty where it shows none.
    pub fn next(&mut self, paragraph: NumberRef, styles: &Styles, style_id: &str) -> String {
        let Some(id) = paragraph.id.filter(|&id| id != 0) else {
            return String::new();
        };
        let Some(instance) = self.of.instances.get(&id) else {
            return String::new();
        };
        let mut list_id = instance.list;
        if let Some(list) = self.of.lists.get(&list_id)
            && !list.link.is_empty()
            && let Some(linked) = styles
                .get(styles.find(&list.link))
                .and_then(|s| s.number.id)
            && let Some(target) = self.of.instances.get(&linked)
        {
            list_id = target.list;
        }
        let Some(list) = self.of.lists.get(&list_id) else {
            return String::new();
        };
        let level = match paragraph.level {
            Some(level) => usize::from(level).min(LEVELS - 1),
            None => list
                .levels
                .iter()
                .position(|l| {
                    l.as_ref()
                        .is_some_and(|l| !style_id.is_empty() && l.style == style_id)
                })
                .unwrap_or(0),
        };
        let counters = self.counters.entry(list_id).or_default();
        let level_of = |i: usize| -> Option<&Level> {
            instance
                .levels
                .get(i)
                .and_then(Option::as_ref)
                .or_else(|| list.levels.get(i).and_then(Option::as_ref))
        };
        let start_of = |i: usize| {
            instance
                .starts
                .get(i)
                .copied()
                .flatten()
                .or_else(|| level_of(i).map(|l| l.start))
                .unwrap_or(1)
        };
        let first_use = self.used.insert((id, level as u8));
        let overridden = instance.starts.get(level).copied().flatten();
        for (i, counter) in counters.iter_mut().enumerate() {
            if i < level {
                counter.get_or_insert(start_of(i));
            } else if i == level {
                *counter = Some(match (*counter, overridden) {
                    (_, Some(start)) if first_use => start,
                    (Some(n), _) => n.saturating_add(1),
                    (None, _) => start_of(i),
                });
            } else {
                let keep = match level_of(i).and_then(|l| l.restart) {
                    Some(0) => true,
                    Some(after) => level >= usize::from(after),
                    None => false,
                };
                if !keep {
                    *counter = None;
                }
            }
        }
        let Some(shown) = level_of(level) else {
            return String::new();
        };
        if shown.format == "bullet" {
            return String::new();
        }
        let mut label = String::new();
        let mut chars = shown.text.chars().peekable();
        while let Some(c) = chars.next() {
            let place = if c == '%' {
                chars.peek().and_then(|d| d.to_digit(10))
            } else {
                None
            };
            match place {
                Some(place @ 1..=9) => {
                    chars.next();
                    let i = place as usize - 1;
                    let value = counters
                        .get(i)
                        .copied()
                        .flatten()
                        .unwrap_or_else(|| start_of(i));
                    let format = match level_of(i) {
                        _ if shown.legal => "decimal",
                        Some(l) => l.format.as_str(),
                        None => "decimal",
                    };
                    push_number(&mut label, value, format);
                }
                _ => label.push(c),
            }
            // A label is a few characters; a hostile one is cut.
            if label.len() > 64 {
                break;
            }
        }
        // Private-use characters are symbols of a symbol font.
        if label
            .chars()
            .any(|c| ('\u{e000}'..='\u{f8ff}').contains(&c))
        {
            String::new()
        } else {
            label
        }
    }
}

#[derive(Default)]
struct Parser {
    out: Lists,
    list: Option<(u32, List)>,
    instance: Option<(u32, Instance)>,
    level: Option<(usize, Level)>,
    override_level: Option<usize>,
}

impl Parser {
    fn open(&mut self, e: &BytesStart<'_>) {
        let value = || xml::attribute(e, "val");
        match e.local_name().as_ref() {
            "abstractNum" => {
                self.list = attribute_u32(e, "abstractNumId").map(|id| (id, List::default()))
            }
            "num" => self.instance = attribute_u32(e, "numId").map(|id| (id, Instance::default())),
            "abstractNumId" => {
                if let (Some((_, instance)), Some(id)) =
                    (&mut self.instance, attribute_u32(e, "val"))
                {
                    instance.list = id;
                }
            }
            "lvlOverride" => self.override_level = attribute_u32(e, "ilvl").map(|i| i as usize),
            "startOverride" => {
                if let (Some((_, instance)), Some(i)) = (&mut self.instance, self.override_level)
                    && let Some(slot) = instance.starts.get_mut(i)
                {
                    *slot = attribute_u32(e, "val");
                }
            }
            "lvl" => self.level = attribute_u32(e, "ilvl").map(|i| (i as usize, Level::default())),
            "numStyleLink" => {
                if let Some((_, list)) = &mut self.list {
                    list.link = value().unwrap_or_default().into_owned();
                }
            }
            name => {
                let Some((_, level)) = &mut self.level else {
                    return;
                };
                match name {
                    "start" => level.start = attribute_u32(e, "val").unwrap_or(1),
                    "numFmt" => level.format = value().unwrap_or_default().into_owned(),
                    "lvlText" => level.text = value().unwrap_or_default().into_owned(),
                    "isLgl" => level.legal = xml::on_off(value()),
                    "lvlRestart" => level.restart = attribute_u32(e, "val").map(|r| r.min(9) as u8),
                    "pStyle" => level.style = value().unwrap_or_default().into_owned(),
                    _ => {}
                }
            }
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "lvl" => {
                let Some((i, level)) = self.level.take() else {
                    return;
                };
                let levels = match (&mut self.instance, &mut self.list) {
                    (Some((_, instance)), _) => &mut instance.levels,
                    (None, Some((_, list))) => &mut list.levels,
                    _ => return,
                };
                if let Some(slot) = levels.get_mut(i) {
                    *slot = Some(level);
                }
            }
            "abstractNum" => self.out.lists.extend(self.list.take()),
            "num" => self.out.instances.extend(self.instance.take()),
            "lvlOverride" => self.override_level = None,
            _ => {}
        }
    }
}

/// Appends a number in one of the formats of `ST_NumberFormat`; unknown formats count in decimals.
pub(crate) fn push_number(out: &mut String, n: u32, format: &str) {
    use std::fmt::Write;
    match format {
        "none" | "bullet" => {}
        "chineseCounting"
        | "chineseCountingThousand"
        | "japaneseCounting"
        | "taiwaneseCounting"
        | "taiwaneseCountingThousand"
        | "koreanCounting"
        | "ideographZodiacTraditional" => push_chinese(out, n),
        "ideographDigital" | "japaneseDigitalTenThousand" | "taiwaneseDigital" => {
            for d in n.to_string().bytes() {
                out.push(CHINESE.get(usize::from(d - b'0')).copied().unwrap_or('〇'));
            }
        }
        "chineseLegalSimplified" | "ideographLegalTraditional" => {
            let mut plain = String::new();
            push_chinese_full(&mut plain, n);
            out.extend(plain.chars().map(|c| match c {
                '一' => '壹',
                '二' => '贰',
                '三' => '叁',
                '四' => '肆',
                '五' => '伍',
                '六' => '陆',
                '七' => '柒',
                '八' => '捌',
                '九' => '玖',
                '十' => '拾',
                '百' => '佰',
                '千' => '仟',
                c => c,
            }));
        }
        "ideographTraditional" => out.push(pick(n, "甲乙丙丁戊己庚辛壬癸")),
        "ideographZodiac" => out.push(pick(n, "子丑寅卯辰巳午未申酉戌亥")),
        "ordinal" => {
            let ending = match (n % 10, n % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            };
            let _ = write!(out, "{n}{ending}");
        }
        "decimalZero" => {
            let _ = write!(out, "{n:02}");
        }
        "decimalFullWidth" | "decimalFullWidth2" => {
            out.extend(
                n.to_string()
                    .chars()
                    .filter_map(|c| char::from_u32(c as u32 - '0' as u32 + '０' as u32)),
            );
        }
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" => push_enclosed(out, n, '①', 20),
        "decimalEnclosedParen" => push_enclosed(out, n, '⑴', 20),
        "decimalEnclosedFullstop" => push_enclosed(out, n, '⒈', 20),
        "ideographEnclosedCircle" => push_enclosed(out, n, '㊀', 10),
        "upperLetter" => push_letters(out, n, b'A'),
        "lowerLetter" => push_letters(out, n, b'a'),
        "upperRoman" => push_roman(out, n, false),
        "lowerRoman" => push_roman(out, n, true),
        _ => {
            let _ = write!(out, "{n}");
        }
    }
}

const CHINESE: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// 一 … 十 十一 … 二十 … 一百零一 as lists count.
fn push_chinese(out: &mut String, n: u32) {
    let mut full = String::new();
    push_chinese_full(&mut full, n);
    out.push_str(if (10..20).contains(&n) {
        full.strip_prefix('一').unwrap_or(&full)
    } else {
        &full
    });
}

/// The same with 一十 for 10.
fn push_chinese_full(out: &mut String, n: u32) {
    if n == 0 || n >= 10_000 {
        out.push_str(&if n == 0 {
            "〇".to_owned()
        } else {
            n.to_string()
        });
        return;
    }
    let mut zero = false;
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let d = n / unit % 10;
        if d == 0 {
            zero = !out.is_empty();
        } else {
            if zero {
                out.push('零');
            }
            zero = false;
            out.push(CHINESE.get(d as usize).copied().unwrap_or('〇'));
            out.push_str(name);
        }
    }
}

fn pick(n: u32, names: &str) -> char {
    let names: Vec<char> = names.chars().collect();
    let i = (n.max(1) as usize - 1) % names.len().max(1);
    names.get(i).copied().unwrap_or('?')
}

fn push_enclosed(out: &mut String, n: u32, first: char, count: u32) {
    match char::from_u32(first as u32 + n.wrapping_sub(1)) {
        Some(c) if (1..=count).contains(&n) => out.push(c),
        _ => out.push_str(&n.to_string()),
    }
}

/// A … Z AA BB … as Word counts.
fn push_letters(out: &mut String, n: u32, first: u8) {
    let n = n.max(1) - 1;
    let letter = (first + (n % 26) as u8) as char;
    for _ in 0..(n / 26 + 1).min(8) {
        out.push(letter);
    }
}

fn push_roman(out: &mut String, n: u32, lower: bool) {
    if n == 0 || n > 3999 {
        out.push_str(&n.to_string());
        return;
    }
    let mut rest = n;
    for (value, text) in [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ] {
        while rest >= value {
            rest -= value;
            if lower {
                out.push_str(&text.to_lowercase())
            } else {
                out.push_str(text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(n: u32, format: &str) -> String {
        let mut out = String::new();
        push_number(&mut out, n, format);
        out
    }

    #[test]
    fn formats() {
        assert_eq!(shown(10, "chineseCounting"), "十");
        assert_eq!(shown(12, "chineseCountingThousand"), "十二");
        assert_eq!(shown(20, "chineseCounting"), "二十");
        assert_eq!(shown(101, "chineseCountingThousand"), "一百零一");
        assert_eq!(shown(10, "chineseLegalSimplified"), "壹拾");
        assert_eq!(shown(3, "decimalEnclosedCircle"), "③");
        assert_eq!(shown(27, "upperLetter"), "AA");
        assert_eq!(shown(4, "lowerRoman"), "iv");
        assert_eq!(shown(5, "decimalFullWidth"), "５");
        assert_eq!(
            [1, 2, 3, 4, 11, 21, 112].map(|n| shown(n, "ordinal")),
            ["1st", "2nd", "3rd", "4th", "11th", "21st", "112th"]
        );
        assert_eq!(shown(7, "bullet"), "");
    }

    fn parsed(text: &str) -> Numbering {
        Numbering::of(Rc::new(Lists::parse(text)))
    }

    #[test]
    fn a_start_that_is_not_stated_is_nought() {
        let mut numbering = parsed(
            r#"<w:numbering><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="decimalZero"/><w:lvlText w:val="%1"/></w:lvl></w:abstractNum><w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num></w:numbering>"#,
        );
        let paragraph = NumberRef {
            id: Some(5),
            level: Some(0),
        };
        let styles = Styles::default();
        assert_eq!(numbering.next(paragraph, &styles, ""), "00");
        assert_eq!(numbering.next(paragraph, &styles, ""), "01");
    }

    #[test]
    fn counters_restart_below() {
        let mut numbering = parsed(
            r#"<w:numbering><w:abstractNum w:abstractNumId="0">
            <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
            <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>
            <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:isLgl/><w:lvlText w:val="%1.%2.%3"/></w:lvl>
            </w:abstractNum><w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num></w:numbering>"#,
        );
        let styles = Styles::default();
        let mut at = |level| {
            numbering.next(
                NumberRef {
                    id: Some(5),
                    level: Some(level),
                },
                &styles,
                "",
            )
        };
        assert_eq!(at(0), "一、");
        assert_eq!(at(1), "（一）");
        assert_eq!(at(1), "（二）");
        assert_eq!(at(2), "1.2.1");
        assert_eq!(at(0), "二、");
        assert_eq!(at(1), "（一）");
    }
}
