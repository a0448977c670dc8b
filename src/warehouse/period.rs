//! What `dim_time` says of a period besides its spelling, which is [`crate::context::period::iso`]'s: one period has
//! one spelling, so the rows of `dim_time` are unique.

use crate::analysis::Period;
use crate::context::period::last_day;
use chrono::Datelike;

/// `dim_time.granularity`.
pub fn granularity(period: &Period) -> &'static str {
    let (start, end) = (period.start, period.end);
    if start == end {
        return "day";
    }
    let whole = start.day() == 1
        && start.year() == end.year()
        && last_day(end.year(), end.month()) == Some(end.day());
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
    use crate::context::period::{iso, parse_iso};

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
            let period = parse_iso(spelling).unwrap();
            assert_eq!(iso(&period), spelling);
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
            assert!(parse_iso(wrong).is_none(), "{wrong}");
        }
    }
}
