//! The parts that expressions of time are made of: numbers, years, parts of years, spans.

use super::scan::Base;
use super::{YEARS, days, last_day, months};
use crate::analysis::Period;
use crate::text::scalars::Scalars;
use chrono::NaiveDate;
use std::ops::Range;

/// A stretch of a text whose characters are folded to half width as they are looked at, which few are.
pub(super) struct Text<'a> {
    whole: &'a Scalars<'a>,
    from: usize,
    chars: &'a [char],
}

impl<'a> Text<'a> {
    /// The characters of a text from one place up to another.
    pub(super) fn new(whole: &'a Scalars<'a>, places: Range<usize>) -> Self {
        Text {
            whole,
            from: places.start,
            chars: whole.chars().get(places).unwrap_or_default(),
        }
    }
    /// The first place from `i` on whose character, as written, is wanted.
    pub(super) fn find(&self, i: usize, wanted: impl Fn(char) -> bool) -> Option<usize> {
        let rest = self.chars.get(i..)?;
        rest.iter().position(|c| wanted(*c)).map(|n| i + n)
    }
    #[inline]
    pub(super) fn at(&self, i: usize) -> char {
        self.chars.get(i).map_or('\0', |c| fold(*c))
    }
    pub(super) fn before(&self, i: usize) -> char {
        i.checked_sub(1).map_or('\0', |j| self.at(j))
    }
    /// The byte of a character in the whole text.
    pub(super) fn byte(&self, i: usize) -> usize {
        self.whole.byte(self.from + i.min(self.chars.len()))
    }
    pub(super) fn has(&self, i: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(k, c)| self.at(i + k) == c)
    }
    /// The first of the words that stands at `i`, and its length. Longer words must come first.
    pub(super) fn one_of<'w>(&self, i: usize, words: &[&'w str]) -> Option<(&'w str, usize)> {
        words
            .iter()
            .find(|w| self.has(i, w))
            .map(|w| (*w, w.chars().count()))
    }
    pub(super) fn ends(&self, i: usize, word: &str) -> bool {
        let n = word.chars().count();
        i >= n && self.has(i - n, word)
    }
    pub(super) fn skip_spaces(&self, mut i: usize) -> usize {
        // A few spaces are layout; a run of them separates.
        for _ in 0..3 {
            if self.at(i) == ' ' { i += 1 } else { break }
        }
        i
    }
}

#[inline]
fn fold(c: char) -> char {
    match c {
        // Nearly all of them; 零 (U+96F6) stands among them and is one of those below.
        '\u{4e00}'..='\u{96f5}' | '\u{96f7}'..='\u{9fff}' | '0'..='9' => c,
        '０'..='９' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' | '\t' => ' ',
        '－' | '–' | '—' | '―' | '‐' | '‑' | '−' | '~' | '～' | '〜' => '-',
        '○' | '零' | 'Ｏ' => '〇',
        '／' => '/',
        '．' => '.',
        _ => c,
    }
}

pub(super) fn chinese_digit(c: char) -> Option<u32> {
    Some(match c {
        '〇' => 0,
        '一' => 1,
        '二' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// A number of one or two figures, or a Chinese numeral up to 39: value, position after it.
pub(super) fn small(t: &Text, i: usize) -> Option<(u32, usize)> {
    if let Some(a) = t.at(i).to_digit(10) {
        return match t.at(i + 1).to_digit(10) {
            None => Some((a, i + 1)),
            Some(b) if t.at(i + 2).is_ascii_digit() => {
                let _ = b;
                None
            }
            Some(b) => Some((a * 10 + b, i + 2)),
        };
    }
    if t.at(i) == '两' {
        return Some((2, i + 1));
    }
    let (tens, mut j) = match (chinese_digit(t.at(i)), t.at(i + 1)) {
        _ if t.at(i) == '十' => (1, i + 1),
        (Some(d @ 1..=3), '十') => (d, i + 2),
        (Some(d), _) => return Some((d, i + 1)),
        _ => return None,
    };
    let mut v = tens * 10;
    if let Some(d @ 1..=9) = chinese_digit(t.at(j)) {
        v += d;
        j += 1;
    }
    Some((v, j))
}

/// A year of four figures: value, position after it.
pub(super) fn four(t: &Text, i: usize) -> Option<(i32, usize)> {
    let digit = |c: char| c.to_digit(10);
    let read = |f: &dyn Fn(char) -> Option<u32>| -> Option<i32> {
        let mut v = 0i32;
        for k in 0..4 {
            v = v * 10 + i32::try_from(f(t.at(i + k))?).ok()?;
        }
        (f(t.at(i + 4)).is_none() && f(t.before(i)).is_none()).then_some(v)
    };
    let y = match t.at(i) {
        '0'..='9' => read(&digit)?,
        c if chinese_digit(c).is_some() => read(&chinese_digit)?,
        _ => return None,
    };
    (YEARS.contains(&y) && !matches!(t.before(i), '.' | ',')
        || (YEARS.contains(&y)
            && t.before(i) == ','
            && !t.before(i.saturating_sub(1)).is_ascii_digit()))
    .then_some((y, i + 4))
}

pub(super) const TO: [&str; 4] = ["-", "至", "到", "一直到"];

/// A separator of a span: position after it.
pub(super) fn to(t: &Text, i: usize) -> Option<usize> {
    let i = t.skip_spaces(i);
    if !matches!(t.at(i), '-' | '至' | '到' | '一') {
        return None;
    }
    let (_, n) = t.one_of(i, &TO)?;
    // Two dashes are one dash: ——.
    let n = if t.at(i) == '-' && t.at(i + 1) == '-' {
        2
    } else {
        n
    };
    Some(t.skip_spaces(i + n))
}

/// How precisely a point is named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    Year,
    Part,
    Quarter,
    Month,
    Day,
}

/// A stretch or a point of time, as far as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// The year, where the text or the report gives one.
    pub(super) year: Option<i32>,
    /// The year is written in figures.
    pub(super) explicit: bool,
    pub(super) unit: Unit,
    /// First month and day, last month and day, within the year.
    pub(super) from: (u32, u32),
    pub(super) until: (u32, u32),
    /// It ends in 底 or 末, or begins in 初.
    pub(super) edge: Edge,
    /// Position after it.
    pub(super) next: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Edge {
    None,
    End,
    Start,
}

impl Point {
    pub(super) fn period(&self) -> Option<Period> {
        let y = self.year?;
        match self.unit {
            Unit::Day => days(
                (y, self.from.0, self.from.1),
                (y, self.until.0, self.until.1),
            ),
            _ => months((y, self.from.0), (y, self.until.0)),
        }
    }
}

/// What has been read before, for what is left out.
#[derive(Default)]
pub(super) struct Memory {
    /// Year written earlier in this sentence.
    pub(super) year: Option<i32>,
    /// Month (with its year) last named in this text.
    pub(super) month: Option<(Option<i32>, u32)>,
    /// 1 in a text that begins with 去年, see `written_after`.
    pub(super) shift: i32,
    /// First day of the earliest stretch named in this sentence.
    pub(super) since: Option<NaiveDate>,
}

/// Words for a year relative to the report's, by their first character.
fn relative(first: char) -> &'static [(&'static str, i32)] {
    match first {
        '上' => &[
            ("上一年度", -1),
            ("上一年", -1),
            ("上年度", -1),
            ("上年", -1),
        ],
        '去' => &[("去年", -1)],
        '前' => &[("前一年", -1), ("前年", -2)],
        '下' => &[("下一年度", 1), ("下一年", 1), ("下年度", 1)],
        '明' => &[("明年", 1)],
        '次' => &[("次年", 1)],
        '来' => &[("来年", 1)],
        '本' => &[("本年度", 0), ("本年", 0)],
        '今' => &[("今年", 0)],
        '当' => &[("当年", 0)],
        _ => &[],
    }
}

/// Words after 年初 or 上年 that make it a term of the budget, not a time.
pub(super) const BUDGET: [&str; 12] = [
    "预算", "批复", "结转", "结余", "安排", "财政", "下达", "部署", "计划", "目标", "收支", "部门",
];

pub(super) fn year_part(
    t: &Text,
    i: usize,
    years: &Base,
    memory: &Memory,
) -> Option<(Point, bool)> {
    let point = |year: Option<i32>, explicit, next| Point {
        year,
        explicit,
        unit: Unit::Year,
        from: (1, 1),
        until: (12, 31),
        edge: Edge::None,
        next,
    };
    if let Some((y, j)) = four(t, i) {
        let j = t.skip_spaces(j);
        if t.at(j) == '年' {
            let j = if t.has(j, "年度") { j + 2 } else { j + 1 };
            return Some((point(Some(y), true, j), true));
        }
        if t.has(j, "学年") {
            let n = if t.has(j, "学年度") { 3 } else { 2 };
            return Some((point(Some(y), true, j + n), false));
        }
        return None;
    }
    let words = relative(t.at(i));
    if let Some((word, offset)) = words.iter().find(|(w, _)| t.has(i, w)) {
        let n = word.chars().count();
        // 以前年度 is not 前年; 上年结转 is a term.
        if (*word == "前年" && (t.before(i) == '以' || t.at(i + n) == '度'))
            || (*offset == -1 && t.one_of(i + n, &["结转", "结余"]).is_some())
        {
            return None;
        }
        let from = if *offset > 0 {
            years.report
        } else {
            years.this
        };
        let reported = (from != 0).then_some(from);
        let base = if matches!(*word, "当年" | "次年" | "前一年") {
            memory.year.or(reported)
        } else {
            reported
        };
        let shift = if matches!(*word, "去年" | "上年" | "今年") {
            memory.shift
        } else {
            0
        };
        return Some((point(base.map(|y| y + offset + shift), false, i + n), true));
    }
    None
}

/// A part of a year at `i`: half, quarter, months, days.
pub(super) fn part(t: &Text, i: usize, memory: &Memory, after_year: bool) -> Option<Point> {
    let make = |unit, from: (u32, u32), until: (u32, u32), next| {
        Some(Point {
            year: None,
            explicit: false,
            unit,
            from,
            until,
            edge: Edge::None,
            next,
        })
    };
    let halves = if matches!(t.at(i), '上' | '下' | '首') {
        5
    } else {
        0
    };
    for (word, from, until) in [
        ("上半年度", 1, 6),
        ("上半年", 1, 6),
        ("下半年", 7, 12),
        ("首季度", 1, 3),
        ("首季", 1, 3),
    ]
    .into_iter()
    .take(halves)
    {
        if t.has(i, word) {
            let unit = if word.starts_with('首') {
                Unit::Quarter
            } else {
                Unit::Part
            };
            return make(unit, (from, 1), (until, 31), i + word.chars().count());
        }
    }
    if after_year && (t.has(i, "半年度") || t.has(i, "半年报")) {
        return make(Unit::Part, (1, 1), (6, 30), i + 2);
    }
    // 前三季度, 前10个月, 头两个月.
    if matches!(t.at(i), '前' | '头') {
        let (n, j) = small(t, i + 1)?;
        let j = if t.at(j) == '个' { j + 1 } else { j };
        if t.has(j, "季度") && (1..=4).contains(&n) {
            return make(Unit::Part, (1, 1), (n * 3, 31), j + 2);
        }
        let counted = t.before(j) == '个';
        if t.at(j) == '月' && counted && (1..=12).contains(&n) {
            return make(Unit::Part, (1, 1), (n, 31), j + 1);
        }
        return None;
    }
    let start = if t.at(i) == '第' { i + 1 } else { i };
    if !after_year
        && (t.before(i).is_ascii_digit()
            || chinese_digit(t.before(i)).is_some()
            || matches!(t.before(i), '.' | '第' | '十' | '百' | '/'))
    {
        return None;
    }
    let (n, j) = small(t, start)?;
    let j = t.skip_spaces(j);
    if t.has(j, "季度") && (1..=4).contains(&n) {
        return make(Unit::Quarter, (n * 3 - 2, 1), (n * 3, 31), j + 2);
    }
    // 1-3季度, 一至三季度.
    if let Some(k) = to(t, j)
        && let Some((m, k)) = small(t, k)
    {
        if t.has(k, "季度") && (1..=4).contains(&n) && n < m && m <= 4 {
            return make(Unit::Part, (n * 3 - 2, 1), (m * 3, 31), k + 2);
        }
        // 1-12月, 4至10月; not 1-3个月.
        let k = t.skip_spaces(k);
        if t.at(k) == '月' && (1..=12).contains(&n) && n < m && m <= 12 {
            let k = k + 1;
            let next = if t.at(k) == '份' { k + 1 } else { k };
            return match small(t, t.skip_spaces(next)) {
                // 3-5月12日 is not understood.
                Some((_, d)) if matches!(t.at(d), '日' | '号') => None,
                _ => make(Unit::Month, (n, 1), (m, 31), next),
            };
        }
    }
    if t.at(i) == '第' {
        return None;
    }
    if t.at(j) == '月' && (1..=12).contains(&n) {
        // 每月, 1月/人 and 3月龄 are no months of a year.
        if matches!(t.at(j + 1), '龄' | '/' | '均') {
            return None;
        }
        let mut k = j + 1;
        if t.at(k) == '份' {
            return make(Unit::Month, (n, 1), (n, 31), k + 1);
        }
        k = t.skip_spaces(k);
        if let Some((d, e)) = small(t, k) {
            let e = t.skip_spaces(e);
            if matches!(t.at(e), '日' | '号') && (1..=31).contains(&d) {
                return make(Unit::Day, (n, d), (n, d), e + 1);
            }
            // 10月17-20日.
            if let Some((last, f)) = to(t, e).and_then(|f| small(t, f))
                && matches!(t.at(f), '日' | '号')
                && d < last
                && last <= 31
            {
                return make(Unit::Day, (n, d), (n, last), f + 1);
            }
        }
        if let Some((word, len)) = t.one_of(j + 1, &["上旬", "中旬", "下旬"]) {
            let (a, b) = match word {
                "上旬" => (1, 10),
                "中旬" => (11, 20),
                _ => (21, 31),
            };
            return make(Unit::Day, (n, a), (n, b), j + 1 + len);
        }
        return make(Unit::Month, (n, 1), (n, 31), j + 1);
    }
    // 31日 after 3月30日.
    if matches!(t.at(j), '日') && !after_year && (1..=31).contains(&n) {
        let (y, m) = memory.month?;
        let mut p = make(Unit::Day, (m, n), (m, n), j + 1)?;
        p.year = y;
        return Some(p);
    }
    None
}

/// A point at `i`, with year and part as far as they are written.
pub(super) fn point(t: &Text, i: usize, years: &Base, memory: &Memory) -> Option<Point> {
    let mut found = match year_part(t, i, years, memory) {
        Some((mut y, calendar)) => {
            let mut j = t.skip_spaces(y.next);
            if t.at(j) == '的' || t.at(j) == '全' {
                j += 1;
            }
            // A school year has no parts here.
            match part(t, j, memory, true).filter(|_| calendar) {
                Some(p) => Point {
                    year: y.year,
                    explicit: y.explicit,
                    ..p
                },
                None => {
                    if let Some((_, n)) = t
                        .one_of(y.next, &["内", "全年", "年度"])
                        .filter(|(w, _)| *w != "内" || !y.explicit)
                    {
                        y.next += n;
                    }
                    y
                }
            }
        }
        None => {
            let mut p = part(t, i, memory, false)?;
            p.year = p
                .year
                .or(memory.year)
                .or((years.bare != 0).then_some(years.bare));
            p
        }
    };
    // The days of a month are not all 31.
    if let (Some(y), true) = (
        found.year,
        found.unit == Unit::Day && found.from.1 != found.until.1,
    ) {
        found.until.1 = found.until.1.min(last_day(y, found.until.0)?);
    }
    if matches!(t.at(found.next), '年' | '底' | '末' | '初')
        && let Some((word, n)) = t.one_of(found.next, &["年末", "年底", "底", "末", "年终", "初"])
    {
        // 初 must not begin 初中, 初步, 初级; 末 and 底 not 末端, 底数.
        let after = t.at(found.next + n);
        let other = match word {
            "初" => matches!(
                after,
                '中' | '步'
                    | '级'
                    | '等'
                    | '次'
                    | '婚'
                    | '诊'
                    | '始'
                    | '预'
                    | '升'
                    | '任'
                    | '筛'
                    | '审'
            ),
            "底" | "末" => matches!(after, '数' | '线' | '端' | '位' | '梢'),
            _ => false,
        };
        if !other && found.unit != Unit::Day {
            found.edge = if word == "初" {
                Edge::Start
            } else {
                Edge::End
            };
            found.next += n;
        }
    }
    Some(found)
}

/// A paragraph that begins with 去年 (去年，全局受理投诉…件) is written in the year after the report's and speaks of the report's
/// year; what a paragraph compares with does not stand at its head. A cell (上年) and a term (上年结转) are no such paragraph.
pub(super) fn written_after(text: &str) -> bool {
    let rest = text.strip_prefix("去年").or(text.strip_prefix("上年"));
    rest.is_some_and(|rest| {
        rest.chars().nth(10).is_some() && !rest.starts_with(['末', '底', '同', '度', '结'])
    })
}

/// A date written with figures only: 2024-10-17, 2024/10/17, 2024.10.17.
pub(super) fn numeric_date(t: &Text, i: usize) -> Option<Point> {
    let (y, j) = four(t, i)?;
    let sep = t.at(j);
    if !matches!(sep, '-' | '/' | '.') {
        return None;
    }
    let (m, j) = small(t, j + 1)?;
    if t.at(j) != sep {
        return None;
    }
    let (d, j) = small(t, j + 1)?;
    if t.at(j).is_ascii_digit() || t.at(j) == sep {
        return None;
    }
    NaiveDate::from_ymd_opt(y, m, d)?;
    Some(Point {
        year: Some(y),
        explicit: true,
        unit: Unit::Day,
        from: (m, d),
        until: (m, d),
        edge: Edge::None,
        next: j,
    })
}
