//! Which of several statements of a year's value is shown ([`mod@super::series`] says by what rules).

use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};

/// Whether a period is that whole year.
pub(crate) fn is_year(period: &str, year: i32) -> bool {
    period.len() == 4 && period.parse() == Ok(year)
}

/// How far a report is from a year: its own first, then the next, which states it as last year's.
pub(super) fn distance(year: i32, reported: Option<i32>) -> i64 {
    let year = i64::from(year);
    match reported.map(i64::from) {
        None | Some(0) => i64::MAX,
        Some(r) if r >= year => 2 * (r - year),
        Some(r) => 2 * (year - r) + 1,
    }
}

/// Of a statement, what decides whether it is shown.
#[derive(Clone, Debug)]
pub(super) struct Light {
    /// By which its texts are found.
    pub row: usize,
    pub value: Decimal,
    /// Number of its period.
    pub period: u32,
    /// It is about a part of the year.
    pub partial: bool,
    /// See [`distance`].
    pub distance: i64,
    pub confidence: f64,
}

/// The value of a year among its statements (in reading order), and those that say something else, each once, the nearest
/// first. Linear but for sorting: a thousand files may state the same.
pub(super) fn choose(mut statements: Vec<Light>) -> Option<(Light, Vec<Light>)> {
    let class = |s: &Light| (s.partial, s.distance);
    statements.sort_by(|a, b| {
        class(a)
            .cmp(&class(b))
            .then(b.confidence.total_cmp(&a.confidence))
    });
    let best = class(statements.first()?);
    let nearest = || statements.iter().take_while(|s| class(s) == best);
    let mut counted: FxHashMap<Decimal, usize> = FxHashMap::default();
    for s in nearest() {
        *counted.entry(s.value).or_default() += 1;
    }
    let (mut chosen, mut most) = (0, 0);
    for (n, s) in nearest().enumerate() {
        let count = counted.get(&s.value).copied().unwrap_or(0);
        if count > most {
            (chosen, most) = (n, count);
        }
    }
    let value = statements.remove(chosen);
    let mut known = FxHashSet::default();
    statements.retain(|s| s.value != value.value && known.insert((s.value, s.period)));
    Some((value, statements))
}

#[cfg(test)]
mod tests {
    use super::super::frame::Names;
    use super::*;

    /// The value of 2023 and how many others there are, of statements by value, period and year of the report.
    fn chosen(stated: &[(i64, &str, i32)]) -> (Decimal, Vec<usize>) {
        let mut names = Names::default();
        let light = |(row, &(value, period, reported)): (usize, &(i64, &str, i32))| Light {
            row,
            value: Decimal::from(value),
            period: names.number(period),
            partial: !is_year(period, 2023),
            distance: distance(2023, Some(reported)),
            confidence: 0.95,
        };
        let (value, others) = choose(stated.iter().enumerate().map(light).collect()).unwrap();
        (value.value, others.iter().map(|o| o.row).collect())
    }

    #[test]
    fn the_years_own_report_speaks_and_the_later_one_stays_beside_it() {
        let (value, others) = chosen(&[(99, "2023", 2024), (100, "2023", 2023)]);
        assert_eq!((value, others), (100.into(), vec![0]));
    }

    #[test]
    fn a_whole_year_goes_before_a_part_of_it() {
        let (value, _) = chosen(&[(50, "2023-01/2023-06", 2023), (100, "2023", 2024)]);
        assert_eq!(value, 100.into());
    }

    #[test]
    fn what_text_and_form_both_say_is_shown_once() {
        let (_, others) = chosen(&[(7, "2023", 2023), (7, "2023", 2023)]);
        assert!(others.is_empty());
    }

    #[test]
    fn what_most_say_is_shown_and_every_other_value_once() {
        let (value, others) = chosen(&[
            (5, "2023", 2023),
            (7, "2023", 2023),
            (7, "2023", 2023),
            (5, "2023", 2024),
            (9, "2023", 2022),
        ]);
        assert_eq!((value, others), (7.into(), vec![0, 4]));
    }

    #[test]
    fn the_time_is_linear_in_the_statements() {
        let many: Vec<_> = (0..200_000).map(|n| (n, "2023", 2023)).collect();
        let start = std::time::Instant::now();
        assert_eq!(chosen(&many).1.len(), 199_999);
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
