//! Styles, lists and fonts of a binary document, brought into the form that the docx reader has them in.

use super::super::numbering::{Instance, Level, List, Lists};
use super::super::styles::{Raw, Styles, is_contents};
use super::binary::{slice, sprms, u8_at, u16_at, u32_at};
use super::properties::{Character, Paragraph};

/// Styles and fonts of a document that are looked at.
const MOST: usize = 8192;

/// UTF-16 text as far as it is there.
fn utf16(bytes: &[u8], at: usize, count: usize) -> String {
    let units: Vec<u16> = slice(bytes, at, count * 2)
        .chunks_exact(2)
        .filter_map(|u| Some(u16::from_le_bytes(u.try_into().ok()?)))
        .collect();
    String::from_utf16_lossy(&units)
}

/// The id that a style has among [`Styles`].
pub(super) fn style_id(number: u16) -> String {
    number.to_string()
}

/// Reads the style sheet; a damaged one gives the styles before the damage.
pub(super) fn styles(sheet: &[u8]) -> Styles {
    let header = usize::from(u16_at(sheet, 0).unwrap_or(0));
    let count = usize::from(u16_at(sheet, 2).unwrap_or(0)).min(MOST);
    let base = usize::from(u16_at(sheet, 4).unwrap_or(10)).max(10);
    let mut raws = Vec::new();
    let mut at = 2 + header;
    for number in 0..count {
        let Some(size) = u16_at(sheet, at) else { break };
        let size = usize::from(size);
        let style = slice(sheet, at + 2, size);
        at += 2 + size;
        // A number is put off by nothing: empty places count.
        raws.push(one(number as u16, style, base).unwrap_or_default());
    }
    Styles::resolved(raws)
}

fn one(number: u16, style: &[u8], base: usize) -> Option<Raw> {
    let built_in = u16_at(style, 0)? & 0x0fff;
    let kind = u16_at(style, 2)? & 0x000f;
    let parent = u16_at(style, 2)? >> 4;
    let length = usize::from(u16_at(style, base)?);
    let name = utf16(style, base + 2, length);
    // A name may hold further names after a comma.
    let name = name
        .split([',', '\0'])
        .next()
        .unwrap_or_default()
        .to_owned();
    let mut raw = Raw {
        id: style_id(number),
        based_on: if parent == 0x0fff {
            String::new()
        } else {
            style_id(parent)
        },
        default_paragraph: number == 0,
        ..Raw::default()
    };
    raw.name = match built_in {
        1..=9 => format!("heading {built_in}"),
        19..=27 => format!("toc {}", built_in - 18),
        62 => "title".to_owned(),
        74 => "subtitle".to_owned(),
        _ => name,
    };
    let mut at = base + 2 + length * 2 + 2;
    let mut upx = || -> Option<&[u8]> {
        at += at % 2;
        let size = usize::from(u16_at(style, at)?);
        let list = slice(style, at + 2, size);
        at += 2 + size;
        Some(list)
    };
    let mut characters = Character::default();
    if kind == 1
        && let Some(list) = upx()
    {
        let mut own = Paragraph::default();
        own.apply(slice(list, 2, usize::MAX), &[]);
        raw.outline = own.outline;
        raw.style.centred = own.centred;
        raw.style.number.id = own.list.map(list_id);
        raw.style.number.level = own.list_level;
    }
    if matches!(kind, 1 | 2)
        && let Some(list) = upx()
    {
        characters.apply(list);
    }
    raw.style.hidden = characters.vanish.map(|v| v & 1 == 1);
    raw.style.size = Some(u32::from(characters.size)).filter(|s| *s > 0);
    if is_contents(&raw.name) {
        raw.outline = None;
    }
    Some(raw)
}

/// The list of a paragraph as an instance id; 0 for none.
pub(super) fn list_id(list: u16) -> u32 {
    match list {
        0..=0x07fe => u32::from(list),
        // Stands in for a list whose number was changed by hand.
        0xf802..=0xffff => 0x1_0000 - u32::from(list),
        _ => 0,
    }
}

/// Reads the lists (`lists`, with their levels behind the table: `after`) and what paragraphs use of them.
pub(super) fn numbering(table: &[u8], lists: (usize, usize), uses: (usize, usize)) -> Lists {
    let mut out = Lists::default();
    let head = slice(table, lists.0, lists.1);
    let count = usize::from(u16_at(head, 0).unwrap_or(0)).min(MOST);
    let mut at = lists.0 + 2 + count * 28;
    for i in 0..count {
        let record = slice(head, 2 + i * 28, 28);
        let (Some(id), Some(flags)) = (u32_at(record, 0), u8_at(record, 26)) else {
            break;
        };
        let mut list = List::default();
        let levels = if flags & 1 == 1 { 1 } else { list.levels.len() };
        for slot in list.levels.iter_mut().take(levels) {
            let Some((level, size)) = level(slice(table, at, 4096)) else {
                break;
            };
            at += size;
            *slot = Some(level);
        }
        out.lists.insert(id, list);
    }
    let count = (u32_at(table, uses.0).unwrap_or(0) as usize).min(uses.1 / 16);
    let mut at = uses.0 + 4 + count * 16;
    for i in 0..count {
        let record = slice(table, uses.0 + 4 + i * 16, 16);
        let (Some(list), Some(changed)) = (u32_at(record, 0), u8_at(record, 12)) else {
            break;
        };
        let mut instance = Instance {
            list,
            ..Instance::default()
        };
        at += 4;
        for _ in 0..changed {
            let (Some(start), Some(flags)) = (u32_at(table, at), u32_at(table, at + 4)) else {
                break;
            };
            at += 8;
            let place = (flags & 0x0f) as usize;
            if flags & 0x20 != 0 {
                let Some((level, size)) = level(slice(table, at, 4096)) else {
                    break;
                };
                at += size;
                if let Some(slot) = instance.starts.get_mut(place).filter(|_| flags & 0x10 != 0) {
                    *slot = Some(level.start);
                }
                if let Some(slot) = instance.levels.get_mut(place) {
                    *slot = Some(level);
                }
            } else if let Some(slot) = instance.starts.get_mut(place).filter(|_| flags & 0x10 != 0)
            {
                *slot = Some(start);
            }
        }
        out.instances.insert(i as u32 + 1, instance);
    }
    out
}

/// A level of a list, and how many bytes it takes.
fn level(bytes: &[u8]) -> Option<(Level, usize)> {
    let start = u32_at(bytes, 0)?;
    let format = u8_at(bytes, 4)?;
    let flags = u8_at(bytes, 5)?;
    let characters = usize::from(u8_at(bytes, 24)?);
    let paragraph = usize::from(u8_at(bytes, 25)?);
    let after = u8_at(bytes, 26)?;
    let at = 28 + paragraph + characters;
    let length = usize::from(u16_at(bytes, at)?);
    let mut text = String::new();
    for c in utf16(bytes, at + 2, length).chars() {
        match c {
            '\0'..='\u{8}' => {
                text.push('%');
                text.push(char::from_digit(c as u32 + 1, 10)?);
            }
            c => text.push(c),
        }
    }
    let hidden = sprms(slice(bytes, 28 + paragraph, characters))
        .any(|(code, o)| code == 0x083c && u8_at(o, 0) == Some(1));
    if hidden {
        text.clear();
    }
    let level = Level {
        start,
        format: number_format(format).to_owned(),
        text,
        legal: flags & 0x04 != 0,
        restart: (flags & 0x08 != 0).then_some(after.min(9)),
        style: String::new(),
    };
    Some((level, at + 2 + length * 2))
}

/// The name that OOXML gives to a number format.
pub(super) fn number_format(code: u8) -> &'static str {
    match code {
        1 => "upperRoman",
        2 => "lowerRoman",
        3 => "upperLetter",
        4 => "lowerLetter",
        10 => "ideographDigital",
        11 => "japaneseCounting",
        5 => "ordinal",
        14 => "decimalFullWidth",
        16 => "chineseLegalSimplified",
        17 => "japaneseDigitalTenThousand",
        18 => "decimalEnclosedCircle",
        19 => "decimalFullWidth2",
        22 => "decimalZero",
        23 => "bullet",
        26 => "decimalEnclosedFullstop",
        27 => "decimalEnclosedParen",
        28 => "decimalEnclosedCircleChinese",
        29 => "ideographEnclosedCircle",
        30 => "ideographTraditional",
        31 => "ideographZodiac",
        32 => "ideographZodiacTraditional",
        33 => "taiwaneseCounting",
        34 => "ideographLegalTraditional",
        35 => "taiwaneseCountingThousand",
        36 => "taiwaneseDigital",
        37 => "chineseCounting",
        38 => "chineseLegalSimplified",
        39 => "chineseCountingThousand",
        255 => "none",
        _ => "decimal",
    }
}

/// Names of the fonts, by number.
pub(super) fn fonts(table: &[u8]) -> Vec<String> {
    let count = usize::from(u16_at(table, 0).unwrap_or(0)).min(MOST);
    let mut at = 4;
    let mut names = Vec::new();
    for _ in 0..count {
        let Some(size) = u8_at(table, at) else { break };
        let record = slice(table, at + 1, usize::from(size));
        let name = utf16(record, 39, record.len().saturating_sub(39) / 2);
        names.push(name.split('\0').next().unwrap_or_default().to_owned());
        at += 1 + usize::from(size);
    }
    names
}
