//! The tables of this stage, made from `units.toml` and `not-figures.toml`.
//!
//! Both files are data that a domain expert edits: measure words and their conversions, words that qualify a number,
//! words that say per what it is counted, and what looks like a number and is none. Everything is folded (full width to
//! half width) as the text is, and indexed once.

mod build;

use super::Kin;
pub(super) use super::raw::{Class, Example, Numerals, Row};
use super::text::is_han;
use super::trie::Trie;
use super::types::Qualifier;
use crate::text::char_flags::CharFlags;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

/// What is wrong with one of the two files.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// Not TOML, or a key that is not known.
    #[error("{file} 无法解析：{message}（请按提示修改该行；{file} cannot be parsed）")]
    Syntax { file: &'static str, message: String },
    /// An entry that contradicts itself or another.
    #[error("{file} 的条目“{entry}”有误：{problem}（entry “{entry}”: mend it）")]
    Entry {
        file: &'static str,
        entry: String,
        problem: String,
    },
}

/// A base unit.
#[derive(Debug)]
pub(super) struct UnitDef {
    pub base: String,
    pub class: Class,
    /// Its name as a denominator (吨/日, not 吨/天).
    pub per: String,
    pub ordinal: bool,
    pub ge: bool,
    pub ascii_only: bool,
    pub header_only: bool,
    pub half: bool,
    /// Alone in brackets it is the weight of an indicator.
    pub weight: bool,
    /// A unit only where no Chinese character follows (3车, not 3车间).
    pub ends: bool,
    /// Said in a row, next to another such number and unit: 3镇3乡3街道.
    pub row: Option<Row>,
    pub max: Option<u32>,
    /// Smaller parts that may follow: 12元3角4分.
    pub parts: Vec<(Vec<char>, Decimal)>,
    /// The unit it is once a part follows (三块 is three pieces, 三块五角 money).
    pub with_parts: Option<u16>,
}

/// A way of writing a unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alias {
    pub unit: u16,
    pub factor: Decimal,
}

/// What a number is counted per, said before it.
#[derive(Debug)]
pub(super) struct Per {
    pub segments: Vec<Segment>,
    pub class: Option<Class>,
    pub adjacent: bool,
}

/// One denominator: its name, and whether it is a time (times come last: 元/人/月).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Segment {
    pub name: String,
    pub time: bool,
    /// The unit it is made of.
    pub unit: u16,
}

/// What a word after a number makes of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct After {
    pub numerals: Numerals,
    /// Index into [`Tables::near`]: not where one of these words stands shortly before.
    pub unless: Option<u16>,
    /// The same: only where one of them does.
    pub only: Option<u16>,
}

/// Bits of [`Tables::flags`].
pub(super) mod flag {
    /// Could start a numeral, or is its sign.
    pub const NUMERAL: u8 = 1;
    /// Starts a name of `not-figures.toml`.
    pub const NAME: u8 = 2;
    /// Opens a quotation or a title.
    pub const OPEN: u8 = 4;
    /// Ends a clause.
    pub const CLAUSE: u8 = 8;
    /// Could start a web address.
    pub const LINK: u8 = 16;
    /// A currency sign that stands before the number.
    pub const CURRENCY: u8 = 32;
    /// Starts a word that says per what is counted, or that does not although it looks like one.
    pub const PER: u8 = 64;
    /// Starts a unit.
    pub const UNIT: u8 = 128;
    /// What makes the walk over the text stop.
    pub const STOP: u8 = NUMERAL | NAME | OPEN | LINK | CURRENCY;
}

/// Everything that is looked up.
#[derive(Debug)]
pub(super) struct Tables {
    pub units: Vec<UnitDef>,
    /// Of each unit that has any: what it has in common with others.
    pub kin: FxHashMap<String, Kin>,
    /// Base units of one dimension, each with how many of the smallest it is.
    pub dimensions: Vec<Vec<(String, Decimal)>>,
    /// The unit %, of 百分之.
    pub percent: u16,
    /// The unit 倍, of ratios.
    pub times: u16,
    pub aliases: Trie<Alias>,
    /// Words that begin like a unit and are none (成立, 家庭): how much of each looks like it.
    pub not_units: Trie<usize>,
    pub currency: Trie<u16>,
    pub per: Vec<Per>,
    pub per_words: Trie<u16>,
    pub not_per: Trie<()>,
    pub before: Trie<Qualifier>,
    pub after: Trie<Qualifier>,
    pub bridge_back: Trie<()>,
    pub carry: Trie<()>,
    pub average: Trie<()>,
    /// Words that a number without unit is the value of: 指数, 系数.
    pub index_back: Trie<()>,
    /// What may stand between them and the number: 为, 提高到.
    pub lead_back: Trie<()>,
    /// The unit of such a number, where one is listed.
    pub dimensionless: Option<u16>,
    /// Groups that a threshold names: 5000万元以上项目.
    pub groups: Trie<()>,
    pub names: Trie<()>,
    pub tails: Trie<After>,
    pub near: Vec<Vec<Vec<char>>>,
    pub heads: Trie<Numerals>,
    pub rhetoric: Trie<Numerals>,
    /// Flags of each character.
    pub flags: CharFlags,
    pub examples: Vec<(&'static str, Example)>,
}

impl Tables {
    /// Flags of a folded character.
    pub(super) fn flags_of(&self, c: char) -> u8 {
        self.flags.of(c)
    }

    /// The unit written at `i`: longest alias whose next characters do not make it part of another word. A compound whose
    /// last character begins another word leaves the shorter unit before it (36条次干道: 条, not 条次).
    pub(super) fn alias_at(&self, chars: &[char], i: usize) -> Option<(Alias, usize)> {
        if self.flags_of(*chars.get(i)?) & flag::UNIT == 0 {
            return None;
        }
        let from = chars.get(i..)?;
        let (mut n, mut alias) = self.aliases.longest(from.iter().copied())?;
        let mut not = self.not_units.longest(from.iter().copied());
        // Every step is one to a shorter alias.
        loop {
            match not {
                Some((m, of)) if m > n && of < n => return None,
                Some((m, of)) if m > n && of == n => {
                    not = self.not_units.longest(from.iter().copied().take(m - 1));
                }
                _ => {
                    let def = self.units.get(usize::from(alias.unit))?;
                    if !(def.ends && from.get(n).is_some_and(|c| is_han(*c))) {
                        break;
                    }
                }
            }
            (n, alias) = self.aliases.longest(from.iter().copied().take(n - 1))?;
        }
        let end = i + n;
        let rest = chars.get(end..).unwrap_or_default();
        // kg must not be the start of a longer Latin word
        if chars.get(end - 1).is_some_and(char::is_ascii_alphabetic)
            && rest.first().is_some_and(|c| c.is_ascii_alphanumeric())
        {
            return None;
        }
        Some((alias, end))
    }

    /// One denominator at `i` (月, 千人, 百平方公里, 万元): its name and end.
    pub(super) fn segment(&self, chars: &[char], i: usize) -> Option<(Segment, usize)> {
        let mut j = i;
        while chars.get(j).is_some_and(char::is_ascii_digit) && j < i + 4 {
            j += 1;
        }
        if j > i && !matches!(chars.get(j), Some('百' | '千' | '万')) {
            return None;
        }
        while matches!(chars.get(j), Some('十' | '百' | '千' | '万' | '亿')) {
            if let Some((alias, end)) = self.alias_at(chars, j) {
                return self.named(chars, i, j, alias, end);
            }
            j += 1;
        }
        let (alias, end) = self.alias_at(chars, j)?;
        self.named(chars, i, j, alias, end)
    }

    /// Name of a unit with its denominators in canonical order: times last. A unit is never per itself.
    pub(super) fn name(&self, unit: u16, segments: &mut [Segment]) -> String {
        segments.sort_by_key(|s| s.time);
        let base = self
            .units
            .get(usize::from(unit))
            .map_or("", |u| u.base.as_str());
        let mut name = base.to_owned();
        for s in segments.iter().filter(|s| s.name != base) {
            name.push('/');
            name.push_str(&s.name);
        }
        name
    }

    fn named(
        &self,
        chars: &[char],
        i: usize,
        j: usize,
        alias: Alias,
        end: usize,
    ) -> Option<(Segment, usize)> {
        let def = self.units.get(usize::from(alias.unit))?;
        if def.class == Class::Ratio || def.row == Some(Row::Only) {
            return None;
        }
        let mut name: String = chars.get(i..j)?.iter().collect();
        // 每十万人 is per 10万人.
        if name.starts_with('十') {
            name = name.replacen('十', "10", 1);
        }
        if alias.factor == Decimal::ONE {
            name.push_str(&def.per);
        } else {
            name.extend(chars.get(j..end)?);
        }
        Some((
            Segment {
                name,
                time: def.class == Class::Time,
                unit: alias.unit,
            },
            end,
        ))
    }
}
