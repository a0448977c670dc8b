//! Where: the areas of China at county level and above, as of any year since 1981.
//!
//! The table (`pipelines/areas.csv`) has a row for each use of a GB/T 2260 code: its name, level, years and the codes
//! that replaced it. A name is read as of the report's year: 崇文区 is 110103 in 2009; in a report of 2024 it stands for what
//! replaced it. A name that was not, or no longer, in use in that year is followed along its successors (or back along
//! what it replaced) as long as one path is clearly the same place — the only successor, or the one with the same stem
//! (永年县 → 永年区, 大庸市 → 张家界市) — and stays as it is, the nearest in time, where it was divided.
//!
//! Names are found by their first two characters (a hash look-up a character), then by comparing the few names that begin
//! so, longest first. Besides full names there are two kinds of short form: an autonomous area without its peoples (红河州,
//! 新平县), and a bare name (昌宁, 广西), which is only believed at a boundary.
//!
//! Submodules: `names` (short forms), `find` (mentions in a text), `rows` (the area of a table's row).

mod find;
mod names;
mod rows;

pub use find::Mention;
pub use rows::RowArea;

use crate::analysis::Place;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// A fault in the table of areas.
#[derive(Debug, thiserror::Error)]
#[error("areas.csv 第 {line} 行有误：{what} (line {line}: {what})")]
pub struct AreaError {
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Level of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// 省 自治区 直辖市.
    Province,
    /// 地级市 地区 自治州 盟.
    Prefecture,
    /// 县 县级市 区 旗.
    County,
}

/// How a name was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// 昌宁县, 红河哈尼族彝族自治州.
    Full,
    /// 红河州, 新平县: the kind of area is said, the peoples are not.
    Short,
    /// 昌宁, 红河: only the name.
    Bare,
}

/// One use of a code.
#[derive(Debug)]
pub(crate) struct Row {
    pub code: u32,
    pub name: Box<str>,
    pub level: Level,
    /// First year of use.
    pub first: i32,
    /// First year no longer in use.
    pub last: i32,
    pub successors: Vec<u32>,
}

impl Row {
    fn in_use(&self, year: i32) -> bool {
        self.distance(year) == 0
    }

    /// Years between the use and a year; 0 in use.
    fn distance(&self, year: i32) -> i64 {
        if year < self.first {
            i64::from(self.first) - i64::from(year)
        } else if year >= self.last {
            i64::from(year) - i64::from(self.last) + 1
        } else {
            0
        }
    }
}

/// A name and the rows that go by it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub name: Box<str>,
    pub form: Form,
    pub rows: Vec<u32>,
}

/// The areas, indexed by code and by name. Built once; shared by threads.
#[derive(Debug, Default)]
pub struct Gazetteer {
    rows: Vec<Row>,
    by_code: FxHashMap<u32, Vec<u32>>,
    /// Rows that were replaced by a code.
    before: FxHashMap<u32, Vec<u32>>,
    entries: Vec<Entry>,
    /// Entries by the first two characters, longest first.
    starts: FxHashMap<(char, char), Vec<u32>>,
    /// The year that stands for "now": the last in which the table changed.
    latest: i32,
}

/// An area as of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Candidate {
    pub code: u32,
    /// The name was the area's own name in that year.
    pub current: bool,
}

impl Gazetteer {
    /// Reads the table: `code,names,level,first,last,successors`, lines that begin with `#` and the header left out.
    ///
    /// # Errors
    /// The first line that does not have these columns, with its number.
    pub fn parse<'a>(csv: &'a str) -> Result<Self, AreaError> {
        let mut g = Gazetteer::default();
        let mut by_name: FxHashMap<(Cow<'a, str>, Form), Vec<u32>> = FxHashMap::default();
        by_name.reserve(12_000);
        for (i, line) in csv.lines().enumerate() {
            let line = line.trim_start_matches('\u{feff}').trim_end();
            if line.is_empty() || line.starts_with('#') || line.starts_with("code,") {
                continue;
            }
            let fault = |what| AreaError { line: i + 1, what };
            let mut f = line.split(',');
            let mut next = || f.next().ok_or_else(|| fault("columns are missing"));
            let code = next()?;
            let (names, level, first, last, successors) =
                (next()?, next()?, next()?, next()?, next()?);
            let code = Self::code(code).ok_or_else(|| fault("not a code of six digits"))?;
            let level = match level {
                "1" => Level::Province,
                "2" => Level::Prefecture,
                "3" => Level::County,
                _ => return Err(fault("level is not 1, 2 or 3")),
            };
            let first: i32 = first.parse().map_err(|_| fault("first is not a year"))?;
            let last: i32 = if last.is_empty() {
                i32::MAX
            } else {
                last.parse().map_err(|_| fault("last is not a year"))?
            };
            let successors: Vec<u32> = successors
                .split(';')
                .filter(|s| !s.is_empty())
                .map(|s| {
                    Self::code(s).ok_or_else(|| fault("a successor is not a code of six digits"))
                })
                .collect::<Result<_, _>>()?;
            let mut names = names.split('|');
            let name = names
                .next()
                .filter(|n| n.chars().count() >= 2)
                .ok_or_else(|| fault("no name"))?;
            let row = u32::try_from(g.rows.len()).map_err(|_| fault("too many rows"))?;
            let mut add = |name: Cow<'a, str>, form| {
                let rows = by_name.entry((name, form)).or_default();
                if rows.last() != Some(&row) {
                    rows.push(row);
                }
            };
            add(name.into(), Form::Full);
            let short = names::short(name, level).map(Cow::from);
            for short in names.map(Cow::from).chain(short) {
                let form = if names::has_kind(&short) {
                    Form::Short
                } else {
                    Form::Bare
                };
                add(short, form);
            }
            if let Some(bare) = names::bare(name, level) {
                add(bare.into(), Form::Bare);
            }
            for &s in &successors {
                g.before.entry(s).or_default().push(row);
            }
            g.by_code.entry(code).or_default().push(row);
            g.latest = g
                .latest
                .max(first)
                .max(if last == i32::MAX { 0 } else { last });
            g.rows.push(Row {
                code,
                name: name.into(),
                level,
                first,
                last,
                successors,
            });
        }
        for ((name, form), rows) in by_name {
            let mut c = name.chars();
            let (Some(a), Some(b)) = (c.next(), c.next()) else {
                continue;
            };
            let id = u32::try_from(g.entries.len()).map_err(|_| AreaError {
                line: 0,
                what: "too many names",
            })?;
            g.starts.entry((a, b)).or_default().push(id);
            g.entries.push(Entry {
                name: name.into(),
                form,
                rows,
            });
        }
        let entries = &g.entries;
        for ids in g.starts.values_mut().filter(|ids| ids.len() > 1) {
            ids.sort_unstable_by_key(|&id| {
                let entry = entries.get(id as usize);
                entry.map(|e| (std::cmp::Reverse(e.name.len()), &e.name, e.form))
            });
        }
        Ok(g)
    }

    fn code(text: &str) -> Option<u32> {
        (text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse().ok())
            .flatten()
    }

    pub(crate) fn row(&self, id: u32) -> Option<&Row> {
        self.rows.get(id as usize)
    }

    fn year_or_latest(&self, year: i32) -> i32 {
        if year == 0 { self.latest } else { year }
    }

    /// The row of a code in a year, else the one nearest in time.
    pub(crate) fn row_of(&self, code: u32, year: i32) -> Option<&Row> {
        let year = self.year_or_latest(year);
        self.by_code
            .get(&code)?
            .iter()
            .filter_map(|&r| self.row(r))
            .min_by_key(|r| r.distance(year))
    }

    /// What a row stands for in a year.
    fn as_of(&self, row: &Row, year: i32) -> Candidate {
        if row.in_use(year) {
            return Candidate {
                code: row.code,
                current: true,
            };
        }
        let mut here = row;
        // A chain of reforms is short; the bound keeps a table with a circle harmless.
        for _ in 0..8 {
            let next = if year >= here.last {
                self.later(here, year)
            } else {
                self.earlier(here, year)
            };
            match next {
                Some(r) if r.in_use(year) => {
                    return Candidate {
                        code: r.code,
                        current: false,
                    };
                }
                Some(r) => here = r,
                None => break,
            }
        }
        Candidate {
            code: row.code,
            current: false,
        }
    }

    fn later(&self, row: &Row, year: i32) -> Option<&Row> {
        // Renamed under the same code.
        let renamed = self
            .by_code
            .get(&row.code)
            .into_iter()
            .flatten()
            .filter_map(|&r| self.row(r));
        if row.successors.is_empty() || row.successors == [row.code] {
            return renamed
                .filter(|r| r.first >= row.last)
                .min_by_key(|r| r.first);
        }
        let mut next = row.successors.iter().filter_map(|c| {
            let rows = self.by_code.get(c)?.iter().filter_map(|&r| self.row(r));
            // The use that begins where this one ends, else the one in use in the year.
            rows.filter(|r| r.last > row.last)
                .min_by_key(|r| ((r.first > row.last), !r.in_use(year), r.first))
        });
        let first = next.next()?;
        let rest: Vec<&Row> = next.collect();
        if rest.is_empty() {
            return Some(first);
        }
        let stem = names::stem(&row.name);
        std::iter::once(first)
            .chain(rest)
            .find(|r| names::stem(&r.name) == stem)
    }

    fn earlier(&self, row: &Row, year: i32) -> Option<&Row> {
        let stem = names::stem(&row.name);
        let renamed = self
            .by_code
            .get(&row.code)
            .into_iter()
            .flatten()
            .filter_map(|&r| self.row(r));
        let replaced = self
            .before
            .get(&row.code)
            .into_iter()
            .flatten()
            .filter_map(|&r| self.row(r));
        let own = renamed
            .filter(|r| r.last <= row.first)
            .max_by_key(|r| r.last);
        let mut before: Vec<&Row> = replaced
            .filter(|r| r.last <= row.first && r.last > 0)
            .collect();
        before.sort_by_key(|r| (!r.in_use(year), r.level != row.level, -i64::from(r.last)));
        let same = before
            .iter()
            .find(|r| names::stem(&r.name) == stem)
            .copied();
        same.or(own).or(match before.as_slice() {
            [only] => Some(only),
            _ => None,
        })
    }

    /// The areas that rows stand for in a year, those that bore the name in that year first; without repetition.
    pub(crate) fn candidates(&self, rows: &[u32], year: i32) -> Vec<Candidate> {
        let year = self.year_or_latest(year);
        let mut out: Vec<Candidate> = Vec::new();
        // Where nobody bears the name in the year, whoever bore it nearest to it is meant.
        let nearest = rows
            .iter()
            .filter_map(|&r| self.row(r))
            .map(|r| r.distance(year))
            .min();
        for row in rows.iter().filter_map(|&r| self.row(r)) {
            if nearest > Some(0) && Some(row.distance(year)) > nearest {
                continue;
            }
            let c = self.as_of(row, year);
            match out.iter_mut().find(|o| o.code == c.code) {
                Some(o) => o.current |= c.current,
                None => out.push(c),
            }
        }
        out.sort_by_key(|c| (!c.current, c.code));
        out
    }

    /// Whether one area lies in another (or is it).
    pub(crate) fn within(child: u32, parent: u32) -> bool {
        child == parent
            || (parent.is_multiple_of(10_000) && child / 10_000 == parent / 10_000)
            || (parent.is_multiple_of(100) && child / 100 == parent / 100)
    }

    pub(crate) fn level(&self, code: u32) -> Level {
        match self
            .by_code
            .get(&code)
            .and_then(|r| r.first())
            .and_then(|&r| self.row(r))
        {
            Some(r) => r.level,
            None if code.is_multiple_of(10_000) => Level::Province,
            None if code.is_multiple_of(100) => Level::Prefecture,
            None => Level::County,
        }
    }

    /// Name of a code in a year (0: today's).
    pub(crate) fn name(&self, code: u32, year: i32) -> &str {
        self.row_of(code, year).map_or("", |r| &r.name)
    }

    /// The entries that go by exactly this name.
    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Entry> + 'a {
        let mut c = name.chars();
        let ids = match (c.next(), c.next()) {
            (Some(a), Some(b)) => self.starts.get(&(a, b)),
            _ => None,
        };
        ids.into_iter()
            .flatten()
            .filter_map(|&i| self.entries.get(i as usize))
            .filter(move |e| &*e.name == name)
    }

    /// The area of a code in a year (0: today), with the names of its levels. The levels that do not apply are empty:
    /// county for a prefecture, prefecture too for a province, prefecture for a county that a province governs directly.
    /// `None` where the table does not have the code.
    pub fn place(&self, code: &str, year: i32) -> Option<Place> {
        self.place_of(Self::code(code)?, year)
    }

    pub(crate) fn place_of(&self, code: u32, year: i32) -> Option<Place> {
        let row = self.row_of(code, year)?;
        let mut place = Place {
            ref_area: format!("{code:06}"),
            area_name: row.name.to_string(),
            province: self.name(code / 10_000 * 10_000, year).to_string(),
            ..Place::default()
        };
        match row.level {
            Level::Province => {}
            Level::Prefecture => place.prefecture = row.name.to_string(),
            Level::County => {
                // 重庆's districts and 海南's counties have no prefecture: the table has no row for theirs.
                let above = code / 100 * 100;
                if !above.is_multiple_of(10_000) {
                    place.prefecture = self.name(above, year).to_string();
                }
                place.county = row.name.to_string();
            }
        }
        Some(place)
    }
}

#[cfg(test)]
#[path = "area/tests.rs"]
mod tests;
