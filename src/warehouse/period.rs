//! ISO 8601 periods as the warehouse writes them: `2024`, `2024-10`, `2024-10-17`, `2024-11/2024-12`.
//!
//! The shortest form that says exactly the first and last day is chosen, so that one period has one spelling and the
//! rows of `dim_time` are unique.

use crate::analysis::Period;
use chrono::{Datelike, NaiveDate};

/// The period as written in `documents.period` and `time_period`.
pub fn text(period: &Period) -> String {
    let (start, end) = (period.start, period.end);
    let whole_months = start.day() == 1 && end == last_day(end.year(), end.month());
    if whole_months && start.month() == 1 && end.month() == 12 {
        return if start.year() == end.year() {
            format!("{:04}", start.year())
        } else {
            format!("{:04}/{:04}", start.year(), end.year())
        };
    }
    if whole_months {
        let month = |d: NaiveDate| format!("{:04}-{:02}", d.year(), d.month());
        return if month(start) == month(end) {
            month(start)
        } else {
            format!("{}/{}", month(start), month(end))
        };
    }
    if start == end {
        start.to_string()
    } else {
        format!("{start}/{end}")
    }
}

/// First and last day of a period in one of those spellings; `None` for anything else.
pub fn parse(text: &str) -> Option<Period> {
    match text.split_once('/') {
        None => part(text),
        Some((from, to)) => {
            let (from, to) = (part(from)?, part(to)?);
            (from.start <= to.end).then_some(Period {
                start: from.start,
                end: to.end,
            })
        }
    }
}

fn part(text: &str) -> Option<Period> {
    let mut fields = text.split('-');
    let year: i32 = digits(fields.next()?, 4)?;
    let Some(month) = fields.next() else {
        return Some(Period {
            start: NaiveDate::from_ymd_opt(year, 1, 1)?,
            end: NaiveDate::from_ymd_opt(year, 12, 31)?,
        });
    };
    let month = digits(month, 2)? as u32;
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let period = match fields.next() {
        None => Period {
            start: first,
            end: last_day(year, month),
        },
        Some(day) => {
            let day = NaiveDate::from_ymd_opt(year, month, digits(day, 2)? as u32)?;
            Period {
                start: day,
                end: day,
            }
        }
    };
    fields.next().is_none().then_some(period)
}

fn digits(text: &str, width: usize) -> Option<i32> {
    (text.len() == width && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Last day of a month.
fn last_day(year: i32, month: u32) -> NaiveDate {
    let next = if month == 12 {
        NaiveDate::from_ymd_opt(year + 1, 1, 1)
    } else {
        NaiveDate::from_ymd_opt(year, month + 1, 1)
    };
    // Years of reports are four digits; the fallback is never reached.
    next.and_then(|d| d.pred_opt()).unwrap_or_default()
}

/// `dim_time.granularity`.
pub fn granularity(period: &Period) -> &'static str {
    let (start, end) = (period.start, period.end);
    if start == end {
        return "day";
    }
    let whole =
        start.day() == 1 && start.year() == end.year() && end == last_day(end.year(), end.month());
    if !whole {
        return "span";
    }
    match (start.month(), end.month()) {
        (1, 12) => "year",
        (1, 6) | (7, 12) => "half",
        (1, 3) | (4, 6) | (7, 9) | (10, 12) => "quarter",
        (a, b) if a == b => "month",
        _ => "span",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_round_trip() {
        let cases = [
            ("2024", "year"),
            ("2024-10", "month"),
            ("2024-02-29", "day"),
            ("2024-11/2024-12", "span"),
            ("2024-01/2024-06", "half"),
            ("2024-04/2024-06", "quarter"),
            ("2020/2023", "span"),
            ("2024-01-05/2024-03-31", "span"),
        ];
        for (spelling, kind) in cases {
            let period = parse(spelling).unwrap();
            assert_eq!(text(&period), spelling);
            assert_eq!(granularity(&period), kind, "{spelling}");
        }
        for wrong in [
            "",
            "24",
            "2024-13",
            "2024-2",
            "2023-02-29",
            "2024-10-17-1",
            "2024/2023",
            "２０２４",
            "2024-1a",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
