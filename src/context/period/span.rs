//! Expressions of time with two ends: 2018-2020年, 1月1日至12月31日, 3月30日、31日.

use super::point::{Edge, Memory, Point, Text, Unit, four, numeric_date, part, point, to};
use super::scan::Base;

/// 2018-2020年, 2024-2025学年: years of which only the last carries its word.
pub(super) fn year_span(t: &Text, i: usize) -> Option<(i32, i32, usize, bool)> {
    let (a, j) = four(t, i)?;
    let j = to(t, j)?;
    let (b, j) = four(t, j)?;
    let j = t.skip_spaces(j);
    if a >= b {
        return None;
    }
    if let Some((_, n)) = t.one_of(j, &["学年度", "学年"]) {
        return Some((a, b, j + n, true));
    }
    (t.at(j) == '年').then(|| (a, b, j + if t.has(j, "年度") { 2 } else { 1 }, false))
}
/// The second end of a span (至12月31日, 、31日), and the position after the whole.
pub(super) fn range_tail(
    t: &Text,
    first: &Point,
    years: &Base,
    shift: i32,
) -> (Option<Point>, usize) {
    let inherit = Memory {
        year: first.year,
        month: Some((first.year, first.until.0)),
        since: None,
        shift,
    };
    // A missing year is that of the first end, or the next one: 10月至次年3月 names it, 11月至2月 does not and is not understood.
    if let Some(j) = to(t, first.next) {
        let second = numeric_date(t, j).or_else(|| point(t, j, years, &inherit));
        if let Some(second) = second.filter(|s| {
            s.year == first.year
                || (s.explicit && first.year.is_some())
                || (s.year > first.year && first.year.is_some())
        }) {
            let finer = !(second.unit == Unit::Day && first.unit == Unit::Year)
                || first.edge == Edge::Start
                || second.year != first.year;
            if finer
                && second
                    .period()
                    .zip(first.period())
                    .is_none_or(|(b, a)| a.start <= b.end)
            {
                return (Some(second), second.next);
            }
        }
    }
    // 3月30日、31日; 9月、10月: one span where they follow one another.
    let mut last: Option<Point> = None;
    let mut end = first.next;
    let mut before = *first;
    while matches!(before.unit, Unit::Day | Unit::Month)
        && before.edge == Edge::None
        && matches!(t.at(end), '、')
    {
        let Some(next) = part(t, end + 1, &inherit, false) else {
            break;
        };
        let follows = next.unit == before.unit
            && match next.unit {
                Unit::Day => next.from.0 == before.until.0 && next.from.1 == before.until.1 + 1,
                _ => next.from.0 == before.until.0 + 1,
            };
        if !follows {
            break;
        }
        before = Point {
            year: first.year,
            explicit: first.explicit,
            ..next
        };
        end = next.next;
        last = Some(before);
    }
    (last, end)
}
