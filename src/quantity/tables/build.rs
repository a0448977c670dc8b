//! Making the tables: from the two files to the indexes, with what is wrong in an entry said by its name.

use super::{After, Alias, Per, ReaderError, Tables, UnitDef, flag};
use crate::quantity::numeral::{Sign, sign};
use crate::quantity::raw::{RawNot, RawUnits, RawWords};
use crate::quantity::text::fold;
use crate::quantity::trie::Trie;
use crate::quantity::{Kin, Qualifier};
use crate::text::char_flags::CharFlags;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

const UNITS: &str = "units.toml";
const NOT: &str = "not-figures.toml";

fn folded(word: &str) -> Vec<char> {
    word.chars().map(fold).collect()
}

fn backwards(word: &str) -> impl Iterator<Item = char> {
    word.chars().rev().map(fold)
}

fn entry(file: &'static str, entry: &str, problem: impl Into<String>) -> ReaderError {
    ReaderError::Entry {
        file,
        entry: entry.to_owned(),
        problem: problem.into(),
    }
}

fn factor(base: &str, word: &str, text: &str) -> Result<Decimal, ReaderError> {
    match Decimal::from_str_exact(text) {
        Ok(d) if d > Decimal::ZERO => Ok(d),
        _ => Err(entry(
            UNITS,
            base,
            format!("“{word}”的换算系数“{text}”应为正的十进制数，如 \"0.1\""),
        )),
    }
}

/// The units of each dimension with their sizes.
fn dimensions(
    raw: &[std::collections::BTreeMap<String, String>],
) -> Result<Vec<Vec<(String, Decimal)>>, ReaderError> {
    let size = |(unit, size): (&String, &String)| match size.parse::<Decimal>() {
        Ok(d) if d > Decimal::ZERO => Ok((unit.clone(), d)),
        _ => Err(entry(UNITS, unit, "dimension 里的折合数要是大于零的数")),
    };
    raw.iter().map(|d| d.iter().map(size).collect()).collect()
}

/// What each unit has in common with others.
fn kin(
    same: &[RawWords],
    dimensions: &[Vec<(String, Decimal)>],
) -> Result<FxHashMap<String, Kin>, ReaderError> {
    let mut all: FxHashMap<String, Kin> = FxHashMap::default();
    for (i, set) in same.iter().enumerate() {
        let bit = u32::try_from(i).ok().and_then(|i| 1u64.checked_shl(i));
        for unit in &set.words {
            let bit = bit.ok_or_else(|| entry(UNITS, unit, "same 最多64组"))?;
            all.entry(unit.clone()).or_default().sets |= bit;
        }
    }
    for (unit, _) in dimensions.iter().flatten() {
        all.entry(unit.clone()).or_default().has_dimension = true;
    }
    Ok(all)
}

impl Tables {
    /// Makes them of the two files, as read.
    pub(in crate::quantity) fn new(
        units: Result<RawUnits, toml::de::Error>,
        not_figures: Result<RawNot, toml::de::Error>,
    ) -> Result<Tables, ReaderError> {
        let syntax = |file| {
            move |e: toml::de::Error| ReaderError::Syntax {
                file,
                message: e.to_string(),
            }
        };
        let raw = units.map_err(syntax(UNITS))?;
        let not = not_figures.map_err(syntax(NOT))?;
        let mut t = Tables {
            units: Vec::new(),
            kin: FxHashMap::default(),
            dimensions: dimensions(&raw.dimension)?,
            percent: 0,
            times: 0,
            aliases: Trie::default(),
            not_units: Trie::default(),
            currency: Trie::default(),
            per: Vec::new(),
            per_words: Trie::default(),
            not_per: Trie::default(),
            before: Trie::default(),
            after: Trie::default(),
            bridge_back: Trie::default(),
            carry: Trie::default(),
            average: Trie::default(),
            index_back: Trie::default(),
            lead_back: Trie::default(),
            dimensionless: None,
            groups: Trie::default(),
            names: Trie::default(),
            tails: Trie::default(),
            near: Vec::new(),
            heads: Trie::default(),
            rhetoric: Trie::default(),
            flags: CharFlags::default(),
            examples: Vec::new(),
        };
        t.kin = kin(&raw.same, &t.dimensions)?;
        t.fill_units(raw)?;
        t.fill_not(not)?;
        t.fill_flags();
        Ok(t)
    }

    fn mark_first(&mut self, word: &str, bit: u8) {
        if let Some(c) = word.chars().map(fold).next() {
            self.flags.mark(c, bit);
        }
    }

    fn fill_flags(&mut self) {
        for c in (0..1u32 << 16).filter_map(char::from_u32) {
            if sign(c) != Sign::Other {
                self.flags.mark(c, flag::NUMERAL);
            }
        }
        for c in "负-几数半".chars() {
            self.flags.mark(c, flag::NUMERAL);
        }
        for c in "“‘\"《〈「『".chars() {
            self.flags.mark(c, flag::OPEN);
        }
        for c in "，。；！？;!?\n:()“”".chars() {
            self.flags.mark(c, flag::CLAUSE);
        }
        for c in "hwHWf".chars() {
            self.flags.mark(c, flag::LINK);
        }
    }

    fn add_unit(&mut self, def: UnitDef) -> Result<u16, ReaderError> {
        let id =
            u16::try_from(self.units.len()).map_err(|_| entry(UNITS, &def.base, "单位过多"))?;
        if def.base.is_empty() {
            return Err(entry(UNITS, "base", "base 不能为空"));
        }
        self.units.push(def);
        Ok(id)
    }

    fn alias(&mut self, base: &str, word: &str, alias: Alias) -> Result<(), ReaderError> {
        if word.is_empty() || !self.aliases.insert(word.chars().map(fold), alias) {
            return Err(entry(
                UNITS,
                base,
                format!("写法“{word}”为空或已属于另一单位，请删去其一"),
            ));
        }
        self.mark_first(word, flag::UNIT);
        Ok(())
    }

    fn fill_units(&mut self, raw: RawUnits) -> Result<(), ReaderError> {
        let mut wholes = Vec::new();
        let mut others: Vec<String> = Vec::new();
        for u in raw.unit {
            let mut parts = Vec::new();
            for (word, f) in &u.parts {
                parts.push((folded(word), factor(&u.base, word, f)?));
            }
            let id = self.add_unit(UnitDef {
                base: u.base.clone(),
                class: u.class,
                per: u.per.unwrap_or_else(|| u.base.clone()),
                ordinal: u.ordinal,
                ge: u.ge,
                ascii_only: u.ascii_only,
                header_only: u.header_only,
                half: u.half,
                weight: u.weight,
                ends: u.ends,
                row: None,
                max: u.max,
                parts,
                with_parts: None,
            })?;
            others.extend(u.not_before);
            if let Some(whole) = u.with_parts {
                wholes.push((id, u.base.clone(), whole));
            }
            if u.aliases.is_empty() && u.scaled.is_empty() && u.before.is_empty() {
                return Err(entry(
                    UNITS,
                    &u.base,
                    "没有任何写法，请在 aliases 或 scaled 中列出",
                ));
            }
            for word in &u.aliases {
                self.alias(
                    &u.base,
                    word,
                    Alias {
                        unit: id,
                        factor: Decimal::ONE,
                    },
                )?;
            }
            for (word, f) in &u.scaled {
                let factor = factor(&u.base, word, f)?;
                self.alias(&u.base, word, Alias { unit: id, factor })?;
            }
            for word in &u.before {
                self.currency.insert(word.chars().map(fold), id);
                self.mark_first(word, flag::CURRENCY);
            }
            self.examples
                .extend(u.examples.into_iter().map(|e| (UNITS, e)));
        }
        for g in raw.group {
            for word in &g.words {
                let mut forms = word.split_whitespace();
                let base = forms.next().unwrap_or_default();
                let id = self.add_unit(UnitDef {
                    base: base.to_owned(),
                    class: g.class,
                    per: base.to_owned(),
                    ordinal: g.ordinal,
                    ge: g.ge,
                    ascii_only: false,
                    header_only: false,
                    half: g.half,
                    weight: false,
                    ends: g.ends,
                    row: g.row,
                    max: None,
                    parts: Vec::new(),
                    with_parts: None,
                })?;
                for form in std::iter::once(base).chain(forms) {
                    self.alias(
                        base,
                        form,
                        Alias {
                            unit: id,
                            factor: Decimal::ONE,
                        },
                    )?;
                }
                others.extend(g.not_followed.iter().map(|end| format!("{base}{end}")));
            }
            self.examples
                .extend(g.examples.into_iter().map(|e| (UNITS, e)));
        }
        for (measure, ends) in &raw.not_before {
            others.extend(ends.split_whitespace().map(|end| format!("{measure}{end}")));
        }
        for word in others {
            let chars = folded(&word);
            match self.aliases.longest(chars.iter().copied()) {
                Some((n, _)) if n < chars.len() => self.not_units.insert(chars, n),
                _ => {
                    return Err(entry(
                        UNITS,
                        &word,
                        "not_before 中的词应以本单位的写法开头，并且更长",
                    ));
                }
            };
        }
        for (id, base, whole) in wholes {
            let unit = self.unit_named(&whole).ok_or_else(|| {
                entry(
                    UNITS,
                    &base,
                    format!("with_parts 的“{whole}”不是已登记的单位"),
                )
            })?;
            if let Some(def) = self.units.get_mut(usize::from(id)) {
                def.with_parts = Some(unit);
            }
        }
        let need = |t: &Tables, base: &str| {
            t.unit_named(base)
                .ok_or_else(|| entry(UNITS, base, "缺少这个单位：比率和成数要用到它"))
        };
        self.percent = need(self, "%")?;
        self.times = need(self, "倍")?;
        self.dimensionless = self.unit_named("无量纲");
        for p in raw.per {
            let id = u16::try_from(self.per.len()).unwrap_or(u16::MAX);
            let mut segments = Vec::new();
            for s in &p.per {
                let chars = folded(s);
                match self.segment(&chars, 0) {
                    Some((segment, end)) if end == chars.len() => segments.push(segment),
                    _ => return Err(entry(UNITS, s, "per 中的分母不是已知单位，请先登记该单位")),
                }
            }
            self.per.push(Per {
                segments,
                class: p.class,
                adjacent: p.adjacent,
            });
            for word in &p.words {
                if !self.per_words.insert(word.chars().map(fold), id) {
                    return Err(entry(UNITS, word, "分母词重复"));
                }
                self.mark_first(word, flag::PER);
            }
            self.examples
                .extend(p.examples.into_iter().map(|e| (UNITS, e)));
        }
        for q in raw.qualifier {
            let value = match q.qualifier.as_str() {
                "approx" => Qualifier::Approx,
                "at_least" => Qualifier::AtLeast,
                "at_most" => Qualifier::AtMost,
                "exact" => Qualifier::Exact,
                other => {
                    return Err(entry(
                        UNITS,
                        other,
                        "qualifier 只能是 approx、at_least、at_most 或 exact",
                    ));
                }
            };
            for word in &q.before {
                self.before.insert(backwards(word), value);
            }
            for word in &q.after {
                self.after.insert(word.chars().map(fold), value);
            }
            self.examples
                .extend(q.examples.into_iter().map(|e| (UNITS, e)));
        }
        for word in raw.not_per.words.iter().map(String::as_str).chain(["每"]) {
            self.mark_first(word, flag::PER);
        }
        let lists = [
            (raw.bridge, true, &mut self.bridge_back),
            (raw.carry, false, &mut self.carry),
            (raw.average, false, &mut self.average),
            (raw.index, true, &mut self.index_back),
            (raw.lead, true, &mut self.lead_back),
            (raw.not_per, false, &mut self.not_per),
        ];
        for (list, back, trie) in lists {
            for word in &list.words {
                if back {
                    trie.insert(backwards(word), ());
                } else {
                    trie.insert(word.chars().map(fold), ());
                }
            }
            self.examples
                .extend(list.examples.into_iter().map(|e| (UNITS, e)));
        }
        self.examples
            .extend(raw.number.examples.into_iter().map(|e| (UNITS, e)));
        Ok(())
    }

    fn fill_not(&mut self, not: RawNot) -> Result<(), ReaderError> {
        for word in &not.threshold.words {
            self.groups.insert(word.chars().map(fold), ());
        }
        self.examples
            .extend(not.threshold.examples.into_iter().map(|e| (NOT, e)));
        for n in not.name {
            for word in &n.words {
                let chars = folded(word);
                let Some(&first) = chars.first() else {
                    return Err(entry(NOT, "name", "words 中有空字符串"));
                };
                self.flags.mark(first, flag::NAME);
                self.names.insert(chars, ());
            }
            self.examples
                .extend(n.examples.into_iter().map(|e| (NOT, e)));
        }
        for a in not.after {
            let mut near = |words: &[String]| {
                if words.is_empty() {
                    return None;
                }
                self.near.push(words.iter().map(|w| folded(w)).collect());
                u16::try_from(self.near.len() - 1).ok()
            };
            let (unless, only) = (near(&a.unless_before), near(&a.only_after));
            for word in &a.words {
                if !self.tails.insert(
                    word.chars().map(fold),
                    After {
                        numerals: a.numerals,
                        unless,
                        only,
                    },
                ) {
                    return Err(entry(NOT, word, "after 中重复，请只留一处"));
                }
            }
            self.examples
                .extend(a.examples.into_iter().map(|e| (NOT, e)));
        }
        for b in not.before {
            for word in &b.words {
                if !self.heads.insert(backwards(word), b.numerals) {
                    return Err(entry(NOT, word, "before 中重复，请只留一处"));
                }
            }
            self.examples
                .extend(b.examples.into_iter().map(|e| (NOT, e)));
        }
        for r in not.rhetoric {
            for m in &r.measures {
                for n in &r.nouns {
                    let word = format!("{m}{n}");
                    self.rhetoric.insert(word.chars().map(fold), r.numerals);
                }
            }
            self.examples
                .extend(r.examples.into_iter().map(|e| (NOT, e)));
        }
        for s in not.shape {
            self.examples
                .extend(s.examples.into_iter().map(|e| (NOT, e)));
        }
        Ok(())
    }

    fn unit_named(&self, base: &str) -> Option<u16> {
        let word = folded(base);
        self.aliases
            .longest(word.iter().copied())
            .filter(|(n, _)| *n == word.len())
            .map(|(_, a)| a.unit)
    }
}
