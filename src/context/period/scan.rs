//! Finds every expression of time in a text, in order.
//!
//! A reader over characters rather than a set of patterns: expressions of time nest (2022年1月1日至12月31日,
//! 2018年1月…至2019年3月底, 3月30日、31日), and what is left out of one (the year of 12月, the month of 31日) stands in the one before.
//! Every step looks at a bounded number of characters, so the time is linear in the text.
//!
//! What is not an expression of time and is left alone: durations (3个月, 连续三年, 五年间), rates (每年, 每月25日前), numbers of
//! documents (〔2021〕12号), years in names (2020届), counting words (107起), words of budgets (年初预算, 上年结转).

use super::point::{
    BUDGET, Edge, Memory, Point, Text, Unit, chinese_digit, numeric_date, point, written_after,
};
use super::span::{range_tail, year_span};
use super::{YEARS, days, months, year};
use crate::analysis::Period;
use crate::text::char_set::CharSet;
use crate::text::scalars::{Scalars, Stretch};
use chrono::{Datelike, NaiveDate};
use std::ops::Range;
use std::sync::LazyLock;

/// What an expression of time does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A stretch of time: 2024年, 全年, 上年, 1—6月, 10月17日, 2020学年.
    Span,
    /// A point at which a stock stands: 年末, 截至9月底, 2011年末, 至12月27日. `period` is the point at the precision written,
    /// `through` the time over which a flow accrued to it.
    AsOf,
    /// The beginning of a year as a point: 年初, 2023年初.
    Opening,
    /// From a point onwards: 2018年以来, 3月起, 从1987年发行起算. `period` runs to the end of the report's year.
    Since,
    /// 同期: the same stretch as the text's, of another year where 上年 or 去年 stands before it.
    SamePeriod,
    /// A five-year plan: no period.
    Plan,
}

/// An expression of time in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodMention {
    /// Its bytes in the text, on character boundaries.
    pub bytes: Range<usize>,
    /// The time it names; `None` where it names none by itself (期末, 当月 without a month before it, “十四五”, 全年 where the
    /// report's year is unknown).
    pub period: Option<Period>,
    /// For [`Kind::AsOf`]: the time up to the point, from the beginning named earlier in the sentence (2018年1月…至2019年3月底),
    /// else from 1 January. The same as `period` for other kinds.
    pub through: Option<Period>,
    /// What it does.
    pub kind: Kind,
    /// The year is written in it, in figures: it does not depend on the report's year.
    pub explicit: bool,
    /// It is what something is compared with: 较上年, 比2019年, 与去年同期, 由2021年的…. The figure of the comparison
    /// (较2021年的97.15%) has this period; the difference that follows does not.
    pub compared: bool,
    /// A single quarter (二季度, 第三季度): in the title of a statistic it is cumulative.
    pub quarter: bool,
}

impl PeriodMention {
    /// Whether a figure that follows after `between` is of this time. A figure after a comparison is not, unless it is
    /// the figure compared with: of 较2021年的97.15%提高1.49个百分点 the first is 2021's, the second is not.
    pub fn governs(&self, between: &str) -> bool {
        if !self.compared {
            return true;
        }
        let Some(of) = between.find('的') else {
            return between.trim().is_empty();
        };
        let changes = "，。；、,;多少增减升降高低快慢长提缩扩上下回";
        // 清明前后的: a few words may stand before 的, a change or another clause may not.
        between.chars().count() <= 12 && !between.contains(|c| changes.contains(c)) && of <= 24
    }
}

const COMPARED: [&str; 17] = [
    "相较于",
    "相比",
    "高于",
    "低于",
    "少于",
    "多于",
    "优于",
    "恢复至",
    "恢复到",
    "超过",
    "对比",
    "较",
    "比",
    "与",
    "由",
    "超",
    "同",
];

fn is_compared(t: &Text, i: usize) -> bool {
    let mut i = i;
    while t.before(i) == ' ' {
        i -= 1;
    }
    // What the words end in: most expressions of time stand after something else.
    if !matches!(
        t.before(i),
        '于' | '比' | '至' | '到' | '过' | '较' | '与' | '由' | '超' | '同'
    ) {
        return false;
    }
    COMPARED.iter().any(|w| t.ends(i, w)) && !t.ends(i, "其中比")
}

/// Every expression of time in `text`, in order; relative ones (上年, 年末, 1—6月) are read against `report_year`, 0 where it
/// is unknown. Ranges do not overlap and slice `text`.
pub fn scan(text: &str, report_year: i32) -> Vec<PeriodMention> {
    scan_at(text, &Base::of(report_year))
}

/// The years that expressions without a year of their own are read against; 0 where one is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// The report's: 明年 is the year after it.
    pub report: i32,
    /// The year that 今年 and 上年 start from: the report's, or that of a plan (2024年工作安排：今年…).
    pub this: i32,
    /// The year of 全年, 年底, 1—6月: the report's, or that of the section it stands in.
    pub bare: i32,
}

impl Base {
    /// All of them the report's year.
    pub fn of(report_year: i32) -> Base {
        let year = if YEARS.contains(&report_year) {
            report_year
        } else {
            0
        };
        Base {
            report: year,
            this: year,
            bare: year,
        }
    }
}

/// The same where the report's year is not what every expression is read against.
pub fn scan_at(text: &str, base: &Base) -> Vec<PeriodMention> {
    let marks = &*MARKS;
    if !text
        .chars()
        .any(|c| marks.may_hold(c) || c.is_ascii_digit())
    {
        return Vec::new();
    }
    scan_in(&Scalars::new(text), base)
}

/// The same of a text whose characters are at hand.
pub fn scan_in(text: &Scalars, base: &Base) -> Vec<PeriodMention> {
    scan_among(text, &[text.whole()], base)
}

/// What one of has to stand in a sentence so that it tells a date that others after it are read against: its month or its
/// year. 当月 and 31日 are of the month that was told last.
pub const DATES: [&str; 27] = [
    "月", "日", "一九", "〇", "○", "零", "Ｏ", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
    "０", "１", "２", "３", "４", "５", "６", "７", "８", "９",
];

/// The same of some stretches of it only, each of whole sentences. What is found in them is found in the whole text too, and
/// is of the same time where none of [`DATES`] stands between them.
pub fn scan_among(text: &Scalars, stretches: &[Stretch], base: &Base) -> Vec<PeriodMention> {
    let mut memory = Memory {
        shift: i32::from(written_after(text.text())),
        ..Memory::default()
    };
    let marks = &*MARKS;
    let mut out: Vec<PeriodMention> = Vec::new();
    for stretch in stretches {
        let chars = text.chars().get(..stretch.places.end).unwrap_or_default();
        let mut signs = text.signs_of(stretch);
        let mut from = stretch.places.start;
        while from < chars.len() {
            let (to, dated) = sentence(chars, &mut signs);
            let words = chars.get(from..to).unwrap_or_default();
            if dated || words.iter().any(|c| marks.may_hold(*c)) {
                expressions(&Text::new(text, from..to), base, &mut memory, &mut out);
            }
            memory.year = None;
            memory.since = None;
            from = to;
        }
    }
    out
}

/// The expressions of one sentence.
fn expressions(t: &Text, base: &Base, memory: &mut Memory, out: &mut Vec<PeriodMention>) {
    let mut i = 0;
    let begins = &*BEGINS;
    while let Some(at) = t.find(i, |c| begins.may_hold(c)) {
        i = match mention(t, at, base, memory) {
            Some((m, next)) if next > at => {
                out.push(m);
                next
            }
            _ => at + 1,
        };
    }
}

/// The place after the sentence that the first of the signs stands in, and whether it holds figures joined as a date is
/// (2024-10-17). The signs of the sentence are taken off.
fn sentence(chars: &[char], signs: &mut &[usize]) -> (usize, bool) {
    // How many figures stand side by side, and the place after the last of them.
    let (mut figures, mut next) = (0, 0);
    let mut dated = false;
    while let Some((&place, rest)) = signs.split_first() {
        *signs = rest;
        let c = chars.get(place).copied().unwrap_or('\0');
        if c.is_ascii_digit() {
            figures = if place == next { figures + 1 } else { 1 };
            next = place + 1;
            continue;
        }
        if matches!(c, '。' | '；' | '！' | ';' | '\n') {
            return (place + 1, dated);
        }
        // The other dashes, strokes and dots after four figures are no Han characters.
        let joins = !c.is_ascii() || matches!(c, '-' | '/' | '.' | '~');
        dated |= joins && figures >= 4 && place == next;
        figures = 0;
    }
    (chars.len(), dated)
}

/// The characters one of which every expression of time has, but for dates in figures: the 五 is that of “十四五”, the zeros are those of a year in
/// characters.
static MARKS: LazyLock<CharSet> =
    LazyLock::new(|| "年季月期日五零〇○０１２３４５６７８９".chars().collect());

/// The characters that an expression of time can begin with, before they are folded: most characters of a text are none.
static BEGINS: LazyLock<CharSet> = LazyLock::new(|| {
    "0123456789０１２３４５６７８９〇○零Ｏ一二三四五六七八九十两年上下去今本当全前头首第明次来同期月季“"
        .chars()
        .collect()
});

/// Whether an expression of time can begin here: a look at a few characters that spares most figures of a text the whole
/// reading.
fn may_begin(t: &Text, i: usize) -> bool {
    let c = t.at(i);
    if c.is_ascii_digit() {
        if t.before(i).is_ascii_digit() {
            return false;
        }
        let digits = (0..5).take_while(|k| t.at(i + k).is_ascii_digit()).count();
        return match digits {
            1 | 2 | 4 => unit_follows(t, i + digits),
            _ => false,
        };
    }
    match c {
        // “十四五”.
        '十' if matches!(t.at(i + 1), '一' | '二' | '三' | '四' | '五') => true,
        '〇' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '两' =>
        {
            let numeral = |c: char| chinese_digit(c).is_some() || matches!(c, '十' | '两');
            let digits = (0..5).take_while(|k| numeral(t.at(i + k))).count();
            unit_follows(t, i + digits)
        }
        _ => follows(t, i, c),
    }
}

/// Whether what begins with a character that is no number can go on as an expression of time.
fn follows(t: &Text, i: usize, c: char) -> bool {
    let next = t.at(i + 1);
    let numeral =
        || next.is_ascii_digit() || chinese_digit(next).is_some() || matches!(next, '十' | '两');
    match c {
        '年' => matches!(next, '初' | '内' | '末' | '底' | '终'),
        '上' | '下' => matches!(next, '年' | '一' | '半'),
        '去' | '今' | '明' | '次' | '来' | '全' => next == '年',
        '本' | '当' => matches!(next, '年' | '月'),
        '前' => next == '年' || numeral(),
        '头' | '第' => numeral(),
        '首' => next == '季',
        '同' => next == '期',
        '期' => next == '末',
        '月' | '季' => matches!(next, '末' | '底'),
        '“' => next == '十',
        _ => true,
    }
}

/// Whether a unit of time, or a sign that joins two numbers of one, stands after a number.
fn unit_follows(t: &Text, i: usize) -> bool {
    matches!(
        t.at(t.skip_spaces(i)),
        '年' | '月' | '日' | '季' | '学' | '-' | '至' | '到' | '一' | '/' | '.'
    )
}

fn mention(t: &Text, i: usize, base: &Base, memory: &mut Memory) -> Option<(PeriodMention, usize)> {
    let c = t.at(i);
    if !may_begin(t, i) {
        return None;
    }
    let done = |end: usize, period: Option<Period>, through: Option<Period>, kind, explicit| {
        let m = PeriodMention {
            bytes: t.byte(i)..t.byte(end),
            period,
            through,
            kind,
            explicit,
            compared: is_compared(t, i),
            quarter: false,
        };
        Some((m, end))
    };
    if (c.is_ascii_digit() || chinese_digit(c).is_some())
        && let Some((a, b, end, school)) = year_span(t, i)
    {
        let last = if school { a } else { b };
        let p = days((a, 1, 1), (last, 12, 31));
        memory.since = earliest(memory.since, p);
        return done(end, p, p, Kind::Span, true);
    }
    if let Some((n, kind)) = word(t, i) {
        let own = memory.year.or((base.bare != 0).then_some(base.bare));
        let (period, through) = match kind {
            Kind::AsOf if c == '年' => {
                (own.and_then(year), from_since(memory, own.and_then(year)))
            }
            Kind::Opening => {
                let day = own.and_then(|y| days((y, 1, 1), (y, 1, 1)));
                (day, day)
            }
            Kind::Span if matches!(t.at(i + 1), '月') => {
                let p = memory
                    .month
                    .and_then(|(y, m)| y.and_then(|y| months((y, m), (y, m))));
                (p, p)
            }
            Kind::Span => (own.and_then(year), own.and_then(year)),
            _ => (None, None),
        };
        return done(i + n, period, through, kind, false);
    }
    let first = numeric_date(t, i).or_else(|| point(t, i, base, memory))?;
    // 每月25日, 每年3月: recurring.
    let each = matches!(t.before(i), '月' | '年' | '逢') && t.before(i.saturating_sub(1)) == '每';
    if t.before(i) == '每' || each {
        return None;
    }
    let (second, end) = range_tail(t, &first, base, memory.shift);
    let mut p = first.period();
    if let (Some(a), Some(b)) = (p, second.as_ref().and_then(Point::period)) {
        p = (a.start <= b.end).then_some(Period {
            start: a.start,
            end: b.end,
        });
    }
    // A year out of step (10月至3月 across years): take the second as it stands.
    if first.year.is_some() && p.is_none() {
        return None;
    }
    let last = second.unwrap_or(first);
    let mut end = end;
    if (!matches!(last.unit, Unit::Year) || last.explicit)
        && let Some((_, n)) = t.one_of(end, &["期间"])
    {
        end += n;
    }
    let explicit = first.explicit || last.explicit;
    let mut kind = Kind::Span;
    let mut through = p;
    let until = second.is_none()
        && matches!(t.before(i), '至' | '止' | '到')
        && [
            "截至",
            "截止",
            "截止至",
            "截止到",
            "截至到",
            "至",
            "到",
            "止",
        ]
        .iter()
        .any(|w| t.ends(i, w))
        && ![
            "恢复至",
            "恢复到",
            "提高到",
            "增加到",
            "减少到",
            "上升到",
            "下降到",
        ]
        .iter()
        .any(|w| t.ends(i, w));
    let since = second.is_none()
        && ((["以来", "起算"].iter().any(|w| t.has(end, w)))
            || (t.at(end) == '起'
                && !matches!(
                    t.at(end + 1),
                    '诉' | '火' | '草' | '飞' | '步' | '点' | '源'
                ))
            || (matches!(t.before(i), '自' | '从')
                && (end..end + 10)
                    .any(|k| t.at(k) == '起' || t.has(k, "以来") || t.has(k, "开始"))));
    let same =
        !last.explicit && last.unit == Unit::Year && t.one_of(end, &["同期", "同月"]).is_some();
    if first.edge == Edge::Start && second.is_none() {
        // 年初 of a budget is not a time.
        if t.one_of(end, &BUDGET).is_some() {
            return None;
        }
        kind = Kind::Opening;
        p = first.period().and_then(|p| {
            days(
                (p.start.year(), p.start.month(), 1),
                (p.start.year(), p.start.month(), 1),
            )
        });
        through = p;
    } else if last.edge == Edge::End || until {
        kind = Kind::AsOf;
        if second.is_none() {
            // A quarter's end is its last month.
            if matches!(first.unit, Unit::Quarter | Unit::Part) {
                p = p.and_then(|q| {
                    months((q.end.year(), q.end.month()), (q.end.year(), q.end.month()))
                });
            }
            through = from_since(memory, p);
        } else {
            through = p;
        }
    } else if since {
        kind = Kind::Since;
        let n = t
            .one_of(end, &["以来", "起算", "开始", "起"])
            .map_or(0, |(_, n)| n);
        end += n;
        p = p.and_then(|q| {
            let y = if base.report >= q.start.year() {
                base.report
            } else {
                q.end.year()
            };
            NaiveDate::from_ymd_opt(y, 12, 31).map(|end| Period {
                start: q.start,
                end,
            })
        });
        through = p;
    } else if same {
        kind = Kind::SamePeriod;
        end += 2;
    }
    let compared = is_compared(t, i);
    if !compared {
        if explicit {
            memory.year = last.year.or(memory.year);
        }
        memory.since = earliest(memory.since, first.period());
    }
    memory.month = match last.unit {
        Unit::Month | Unit::Day => Some((last.year, last.until.0)),
        _ if last.edge == Edge::None && last.unit == Unit::Year => {
            None.or(memory.month.filter(|_| !last.explicit))
        }
        _ => memory.month,
    };
    let m = PeriodMention {
        bytes: t.byte(i)..t.byte(end),
        period: p,
        through,
        kind,
        explicit,
        compared,
        quarter: second.is_none() && first.unit == Unit::Quarter,
    };
    Some((m, end))
}

/// Words that name a time by themselves.
fn word(t: &Text, i: usize) -> Option<(usize, Kind)> {
    let boundary = !t.before(i).is_ascii_digit() && chinese_digit(t.before(i)).is_none();
    match t.at(i) {
        '年' if boundary => match t
            .one_of(i, &["年初至今", "年内", "年末", "年底", "年终", "年初"])
        {
            Some(("年内", n)) => Some((n, Kind::Span)),
            Some(("年初至今", n)) => Some((n, Kind::Span)),
            // 年终奖, 年终总结 are no points of time; 年初预算 is a term.
            Some(("年终", n)) => t
                .one_of(i + n, &["，", "在册", "共"])
                .map(|_| (n, Kind::AsOf)),
            Some(("年初", n)) if t.one_of(i + n, &BUDGET).is_none() => Some((n, Kind::Opening)),
            Some(("年末" | "年底", n)) => Some((n, Kind::AsOf)),
            _ => None,
        },
        '全' => t
            .one_of(i, &["全年度", "全年"])
            .map(|(_, n)| (n, Kind::Span)),
        '当' | '本' => t.one_of(i, &["当月", "本月"]).map(|(_, n)| (n, Kind::Span)),
        '期' => t
            .has(i, "期末")
            .then_some((2, Kind::AsOf))
            .filter(|_| !matches!(t.before(i), '学' | '中' | '长' | '近')),
        '月' | '季' => t
            .one_of(i, &["月末", "月底", "季末"])
            .map(|(_, n)| (n, Kind::AsOf))
            .filter(|_| boundary && t.before(i) != '每'),
        '同' => t.has(i, "同期").then_some((2, Kind::SamePeriod)),
        '“' | '十' => {
            let j = if t.at(i) == '“' { i + 1 } else { i };
            let (_, n) = t.one_of(
                j,
                &["十一五", "十二五", "十三五", "十四五", "十五五", "十五”"],
            )?;
            let n = if t.before(j + n) == '”' { n - 1 } else { n };
            let close = usize::from(t.at(i) == '“' && t.at(j + n) == '”');
            let mut end = j + n + close;
            for w in ["期间", "时期", "规划"] {
                if t.has(end, w) && w != "规划" {
                    end += 2;
                    break;
                }
            }
            Some((end - i, Kind::Plan))
        }
        _ => None,
    }
}

fn earliest(since: Option<NaiveDate>, p: Option<Period>) -> Option<NaiveDate> {
    match (since, p) {
        (Some(a), Some(b)) => Some(a.min(b.start)),
        (a, b) => a.or(b.map(|b| b.start)),
    }
}

/// The time up to a point: from what the sentence named first, else from 1 January of the point's year.
fn from_since(memory: &Memory, p: Option<Period>) -> Option<Period> {
    let p = p?;
    let start = memory
        .since
        .filter(|s| *s <= p.start)
        .or_else(|| NaiveDate::from_ymd_opt(p.end.year(), 1, 1))?;
    Some(Period { start, end: p.end })
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
