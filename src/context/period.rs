//! When a document, or a figure in it, speaks of.
//!
//! Three things live here: [`iso`], which writes a [`Period`] as the contract has it; [`document_period`], which reads
//! the period of a report off its title; and, in the submodules `scan` and `point`, the reader that finds every expression of time in
//! a text so that a figure can be bound to the right one.
//!
//! # Conventions (those of the field)
//!
//! - Statistics of departments cumulate within the year. A title that names a quarter (2季度统计数据, 第三季度公开) speaks of
//!   January to the end of that quarter; so does a quarterly report that names its last month (季报（2020年3月）). A monthly
//!   report (月报, 8月…情况) speaks of the month.
//! - In running text a quarter is the quarter (较二季度回升); 前三季度 is January to September.
//! - A stock stands at a point: 年末, 截至9月底. The mention then carries two periods: the point ([`PeriodMention::period`],
//!   at the precision written: a year, a month or a day) and the time over which a flow accrued to it
//!   ([`PeriodMention::through`]). Whoever binds a figure knows whether it is a stock or a flow and takes the one or the other.
//! - A school year (2020学年, 2024—2025学年) is filed under the year in which it begins.
//! - A five-year plan in a title (“十三五”) is its five years; in running text it has no period.

mod point;
mod scan;
mod span;

pub use scan::{Base, DATES, Kind, PeriodMention, scan, scan_among, scan_at, scan_in};

use crate::analysis::Period;
use chrono::{Datelike, NaiveDate};

/// Earliest and latest year that is read as a year.
pub(crate) const YEARS: std::ops::RangeInclusive<i32> = 1949..=2099;

/// A period from two days; `None` where the days do not exist or are in the wrong order.
pub(crate) fn days(start: (i32, u32, u32), end: (i32, u32, u32)) -> Option<Period> {
    let start = NaiveDate::from_ymd_opt(start.0, start.1, start.2)?;
    let end = NaiveDate::from_ymd_opt(end.0, end.1, end.2)?;
    (start <= end).then_some(Period { start, end })
}

/// The whole year; `None` outside the years that dates can have.
pub fn year(y: i32) -> Option<Period> {
    days((y, 1, 1), (y, 12, 31))
}

/// From the first day of one month to the last day of another.
pub fn months(from: (i32, u32), to: (i32, u32)) -> Option<Period> {
    days((from.0, from.1, 1), (to.0, to.1, last_day(to.0, to.1)?))
}

/// Number of days of a month.
pub(crate) fn last_day(y: i32, m: u32) -> Option<u32> {
    let next = if m == 12 {
        NaiveDate::from_ymd_opt(y + 1, 1, 1)
    } else {
        NaiveDate::from_ymd_opt(y, m + 1, 1)
    };
    next?.pred_opt().map(|d| d.day())
}

fn starts_year(d: NaiveDate) -> bool {
    d.month() == 1 && d.day() == 1
}

fn ends_year(d: NaiveDate) -> bool {
    d.month() == 12 && d.day() == 31
}

fn ends_month(d: NaiveDate) -> bool {
    last_day(d.year(), d.month()) == Some(d.day())
}

/// A period in ISO 8601, at the coarsest precision that says it exactly: `2024`, `2018/2020`, `2024-10`,
/// `2024-11/2024-12`, `2024-10-17`, `2019-03-30/2019-03-31`. Both ends of a span have the same precision, as the
/// standard asks, so that the time from 2018 to March 2019 is `2018-01/2019-03`.
pub fn iso(p: &Period) -> String {
    let (s, e) = (p.start, p.end);
    if starts_year(s) && ends_year(e) {
        return if s.year() == e.year() {
            format!("{:04}", s.year())
        } else {
            format!("{:04}/{:04}", s.year(), e.year())
        };
    }
    if s.day() == 1 && ends_month(e) {
        let m = |d: NaiveDate| format!("{:04}-{:02}", d.year(), d.month());
        return if m(s) == m(e) {
            m(s)
        } else {
            format!("{}/{}", m(s), m(e))
        };
    }
    let d = |d: NaiveDate| format!("{:04}-{:02}-{:02}", d.year(), d.month(), d.day());
    if s == e {
        d(s)
    } else {
        format!("{}/{}", d(s), d(e))
    }
}

/// The reverse of [`iso`]: `None` for anything that `iso` does not write (ends of a span may differ in precision).
pub fn parse_iso(text: &str) -> Option<Period> {
    fn end(text: &str) -> Option<Period> {
        let mut parts = text.split('-');
        let digits = |s: &str, width: usize| -> Option<u32> {
            (s.len() == width && s.bytes().all(|b| b.is_ascii_digit()))
                .then(|| s.parse().ok())
                .flatten()
        };
        let number = |s: &str| digits(s, 2);
        let y = i32::try_from(digits(parts.next()?, 4)?).ok()?;
        let (m, d) = (parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        match (m, d) {
            (None, _) => year(y),
            (Some(m), None) => months((y, number(m)?), (y, number(m)?)),
            (Some(m), Some(d)) => {
                let day = (y, number(m)?, number(d)?);
                days(day, day)
            }
        }
    }
    match text.split_once('/') {
        None => end(text),
        Some((a, b)) => {
            let (a, b) = (end(a)?, end(b)?);
            (a.start <= b.end).then_some(Period {
                start: a.start,
                end: b.end,
            })
        }
    }
}

/// The calendar year up to the end of `p`: what a cumulated flow covers when a text only says 截至9月底.
pub fn year_to(p: &Period) -> Period {
    match NaiveDate::from_ymd_opt(p.end.year(), 1, 1) {
        Some(start) => Period { start, end: p.end },
        None => *p,
    }
}

/// The years of a five-year plan, by its ordinal: the thirteenth is 2016 to 2020.
fn plan_years(ordinal: i32) -> Option<Period> {
    if !(6..=20).contains(&ordinal) {
        return None;
    }
    let first = 1981 + (ordinal - 6) * 5;
    days((first, 1, 1), (first + 4, 12, 31))
}

/// The ordinal of the five-year plan that a text names (“十三五” → 13).
pub(crate) fn plan(text: &str) -> Option<Period> {
    const ORDINALS: [(&str, i32); 6] = [
        ("十五五", 15),
        ("十四五", 14),
        ("十三五", 13),
        ("十二五", 12),
        ("十一五", 11),
        ("“十五”", 10),
    ];
    let mut found = ORDINALS.iter().filter(|(w, _)| text.contains(w));
    let (_, n) = found.next()?;
    // Two plans in one title (“十三五”总结及“十四五”规划): no single period.
    if found.next().is_some() {
        None
    } else {
        plan_years(*n)
    }
}

/// The period that one line — a title, the line under it, a file name — says that the report is about.
fn line_period(line: &str, report_year: i32) -> Option<Period> {
    let quarterly = line.contains("季报") || line.contains("季度报");
    let mut best: Option<Period> = None;
    for m in scan(line, report_year) {
        let Some(mut p) = m.period else { continue };
        // A day is the day of writing, not what is reported on.
        if m.compared || p.start == p.end || matches!(m.kind, Kind::Since | Kind::Opening) {
            continue;
        }
        let one_year = p.start.year() == p.end.year();
        let whole_year = one_year && starts_year(p.start) && ends_year(p.end);
        let ends_quarter = p.end.month().is_multiple_of(3) && ends_month(p.end) && !whole_year;
        if (one_year && m.quarter) || (quarterly && ends_quarter) {
            p = year_to(&p);
        }
        match best {
            // Of several the first. After a year a part of it may still be named (2021年民生工程上半年进展); a part with a year of
            // its own is a date (2023年度总结（2023年12月）).
            None if whole_year => best = Some(p),
            None => return Some(p),
            Some(_) if !whole_year && !m.explicit => return Some(p),
            Some(_) => {}
        }
    }
    best
}

/// The period that a report covers, read off its title, then the lines under it, then its file name: the first that
/// names a part of a year, or several years. Without one it is the report's year; `None` where that is unknown too.
pub fn document_period(
    title: &str,
    headings: &[&str],
    file_name: &str,
    report_year: i32,
) -> Option<Period> {
    let whole = year(report_year).filter(|_| YEARS.contains(&report_year));
    for line in std::iter::once(title)
        .chain(headings.iter().copied())
        .chain(std::iter::once(file_name))
    {
        let Some(p) = line_period(line, report_year).or_else(|| plan(line)) else {
            continue;
        };
        if report_year == 0 || (p.start.year() <= report_year && report_year <= p.end.year()) {
            return Some(p);
        }
    }
    whole
}

/// The year that a line names as the one reported on: the first year in it; the last where years are listed
/// (2018年、2020年) or spanned (2018—2020年); the year in which a school year begins; the last of a five-year plan where
/// no year is written. `None` where the line names none.
pub fn line_year(line: &str) -> Option<i32> {
    let mentions = scan(line, 0);
    let mut found: Option<(i32, usize)> = None;
    for m in mentions.iter().filter(|m| m.explicit && !m.compared) {
        // A day is the day of writing.
        let Some(p) = m.period.filter(|p| p.start != p.end) else {
            continue;
        };
        let y = if m.kind == Kind::Since {
            p.start.year()
        } else {
            p.end.year()
        };
        match found {
            None => found = Some((y, m.bytes.end)),
            Some((_, end)) => {
                // Only a list: 2018年、2020年.
                if line.get(end..m.bytes.start).map(str::trim) == Some("、") {
                    found = Some((y, m.bytes.end));
                } else {
                    break;
                }
            }
        }
    }
    found
        .map(|(y, _)| y)
        .or_else(|| plan(line).map(|p| p.end.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso_of(start: (i32, u32, u32), end: (i32, u32, u32)) -> String {
        days(start, end).map(|p| iso(&p)).unwrap_or_default()
    }

    #[test]
    fn a_period_is_written_at_the_coarsest_exact_precision() {
        assert_eq!(iso_of((2024, 1, 1), (2024, 12, 31)), "2024");
        assert_eq!(iso_of((2018, 1, 1), (2020, 12, 31)), "2018/2020");
        assert_eq!(iso_of((2024, 2, 1), (2024, 2, 29)), "2024-02");
        assert_eq!(iso_of((2021, 1, 1), (2021, 6, 30)), "2021-01/2021-06");
        assert_eq!(iso_of((2024, 11, 1), (2024, 12, 31)), "2024-11/2024-12");
        assert_eq!(iso_of((2024, 10, 17), (2024, 10, 17)), "2024-10-17");
        assert_eq!(
            iso_of((2019, 3, 30), (2019, 3, 31)),
            "2019-03-30/2019-03-31"
        );
        assert_eq!(iso_of((2018, 1, 1), (2019, 3, 31)), "2018-01/2019-03");
        assert_eq!(iso_of((2018, 1, 1), (2019, 3, 13)), "2018-01-01/2019-03-13");
    }

    #[test]
    fn what_is_written_can_be_read_back() {
        for text in [
            "2024",
            "2018/2020",
            "2024-02",
            "2021-01/2021-06",
            "2024-10-17",
            "2019-03-30/2019-03-31",
            "2018-01/2019-03",
        ] {
            assert_eq!(parse_iso(text).map(|p| iso(&p)).as_deref(), Some(text));
        }
        for text in [
            "",
            "2024-13",
            "2024-02-30",
            "2024/2023",
            "2024-1-1-1",
            "x",
            "2024-",
            "+2024",
            "99999999999",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    fn of_title(title: &str, year: i32) -> String {
        document_period(title, &[], "", year)
            .map(|p| iso(&p))
            .unwrap_or_default()
    }

    #[test]
    fn titles_name_the_period_of_a_report() {
        assert_eq!(
            of_title("甲县民政局2024年度部门整体支出绩效自评报告", 2024),
            "2024"
        );
        assert_eq!(
            of_title("某区2016年8月流浪乞讨人员救助月报", 2016),
            "2016-08"
        );
        assert_eq!(
            of_title("某省民政统计季报（2020年3月）", 2020),
            "2020-01/2020-03"
        );
        assert_eq!(
            of_title("2021年2季度某省民政统计数据", 2021),
            "2021-01/2021-06"
        );
        assert_eq!(
            of_title("2017年第三季度社会救助公开", 2017),
            "2017-01/2017-09"
        );
        assert_eq!(
            of_title("某市2021年上半年重点工作", 2021),
            "2021-01/2021-06"
        );
        assert_eq!(of_title("某市上半年优抚资金", 2013), "2013-01/2013-06");
        assert_eq!(
            of_title("某市2021年1—10月民生工程", 2021),
            "2021-01/2021-10"
        );
        assert_eq!(of_title("某市2018—2020年公路建设", 2020), "2018/2020");
        assert_eq!(of_title("2020学年某县教育统计", 2020), "2020");
        assert_eq!(of_title("某市“十三五”文化发展情况", 2020), "2016/2020");
        assert_eq!(
            of_title("某市2021年民生工程上半年进展", 2021),
            "2021-01/2021-06"
        );
        assert_eq!(of_title("某局2023年度工作总结（2023年12月）", 2023), "2023");
        assert_eq!(
            of_title("关于2022年度自评的报告（2023年4月）", 2022),
            "2022"
        );
        assert_eq!(of_title("工作总结", 2022), "2022");
        assert_eq!(of_title("工作总结", 0), "");
    }

    #[test]
    fn titles_name_the_year_of_a_report() {
        assert_eq!(line_year("甲县民政局２０２１年度绩效自评报告"), Some(2021));
        assert_eq!(line_year("二〇二四年度工作总结"), Some(2024));
        assert_eq!(line_year("某会2020年工作总结和2021年工作打算"), Some(2020));
        assert_eq!(line_year("资金安排与支出（2018年、2020年）"), Some(2020));
        assert_eq!(line_year("某市2018—2020年公路建设"), Some(2020));
        assert_eq!(line_year("某市2024—2025学年基础教育"), Some(2024));
        assert_eq!(line_year("某市2025年部门预算"), Some(2025));
        assert_eq!(line_year("关于某文〔2023〕3号的说明"), None);
        assert_eq!(line_year("某市“十三五”发展情况"), Some(2020));
    }
}
