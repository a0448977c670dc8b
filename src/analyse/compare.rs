//! How areas stand beside one another in one year: rank, share, per head, median and outliers.
//!
//! An outlier is a value whose distance from the median is more than 5.19 times the median of all such distances
//! (the robust z-score of Iglewicz and Hoaglin with its usual limit of 3.5). It says "look here", not "wrong".

use super::find::Indicator;
use super::series::{Series, Statement};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// 3.5 ÷ 0.6745: median absolute deviations beyond which a value stands out.
const FAR: Decimal = Decimal::from_parts(519, 0, 0, false, 2);
/// Fewer areas have no outliers.
const ENOUGH: usize = 5;

/// An area in the comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Rank, from 1; equal values share it.
    pub rank: usize,
    /// Code of the area.
    pub ref_area: String,
    /// Name.
    pub area_name: String,
    /// Prefecture.
    pub prefecture: String,
    /// Agency.
    pub agency: String,
    /// The value with its source.
    pub value: Statement,
    /// Statements of other values.
    pub others: Vec<Statement>,
    /// Share of the sum, in per cent to two places; `None` for rates and standards.
    pub share: Option<Decimal>,
    /// Value per ten thousand inhabitants, to two places, where a population is given.
    pub per_10k: Option<Decimal>,
    /// It stands out among the others.
    pub outlier: bool,
}

/// The comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Areas, the largest value first.
    pub rows: Vec<Row>,
    /// Median.
    pub median: Option<Decimal>,
    /// Sum; `None` for rates and standards.
    pub sum: Option<Decimal>,
}

/// Compares the values of a year. `population` gives inhabitants by area code.
pub fn compare(
    indicator: &Indicator,
    all: &[Series],
    year: i32,
    population: &BTreeMap<String, Decimal>,
) -> Comparison {
    let mut rows: Vec<Row> = all
        .iter()
        .filter_map(|s| {
            let point = s.at(year)?;
            let per_10k = population.get(&s.ref_area).and_then(|p| {
                let scaled = point.value.value.checked_mul(Decimal::from(10_000))?;
                Some(scaled.checked_div(*p)?.round_dp(2).normalize())
            });
            Some(Row {
                rank: 0,
                ref_area: s.ref_area.clone(),
                area_name: s.area_name.clone(),
                prefecture: s.prefecture.clone(),
                agency: s.agency.clone(),
                value: point.value.clone(),
                others: point.others.clone(),
                share: None,
                per_10k: per_10k.filter(|_| indicator.is_additive()),
                outlier: false,
            })
        })
        .collect();
    rows.sort_by(|a, b| {
        b.value
            .value
            .cmp(&a.value.value)
            .then_with(|| a.ref_area.cmp(&b.ref_area))
            .then_with(|| a.agency.cmp(&b.agency))
    });
    let values: Vec<Decimal> = rows.iter().map(|r| r.value.value).collect();
    let middle = median(values.clone());
    let sum = if indicator.is_additive() {
        values
            .iter()
            .try_fold(Decimal::ZERO, |s, v| s.checked_add(*v))
    } else {
        None
    };
    let spread = middle.and_then(|m| {
        let far: Option<Vec<Decimal>> = values
            .iter()
            .map(|v| v.checked_sub(m).map(|d| d.abs()))
            .collect();
        median(far?)
    });
    let (mut rank, mut last) = (0, None);
    for (n, r) in rows.iter_mut().enumerate() {
        if last != Some(r.value.value) {
            (rank, last) = (n + 1, Some(r.value.value));
        }
        r.rank = rank;
        r.share = sum.filter(|s| *s > Decimal::ZERO).and_then(|s| {
            let part = r.value.value.checked_mul(Decimal::ONE_HUNDRED)?;
            Some(part.checked_div(s)?.round_dp(2).normalize())
        });
        r.outlier = values.len() >= ENOUGH
            && spread
                .zip(middle)
                .filter(|(s, _)| !s.is_zero())
                .and_then(|(s, m)| {
                    let far = r.value.value.checked_sub(m)?.abs();
                    Some(far > s.checked_mul(FAR)?)
                })
                .unwrap_or(false);
    }
    Comparison {
        rows,
        median: middle,
        sum,
    }
}

/// The middle value, or the mean of the two in the middle.
pub fn median(mut values: Vec<Decimal>) -> Option<Decimal> {
    values.sort_unstable();
    let half = values.len() / 2;
    let high = *values.get(half)?;
    if values.len() % 2 == 1 {
        return Some(high.normalize());
    }
    let low = *values.get(half.checked_sub(1)?)?;
    low.checked_add(high)?
        .checked_div(Decimal::TWO)
        .map(|m| m.normalize())
}

#[cfg(test)]
mod tests {
    use super::super::series::Point;
    use super::super::series::tests::stated;
    use super::*;

    fn of(values: &[i64]) -> Comparison {
        let all: Vec<Series> = values
            .iter()
            .enumerate()
            .map(|(n, &v)| Series {
                ref_area: format!("{}", 430_421 + n),
                area_name: format!("县{n}"),
                prefecture: "衡阳市".into(),
                agency: String::new(),
                points: vec![Point {
                    year: 2024,
                    value: stated(v, "2024", 2024),
                    others: Vec::new(),
                    more: 0,
                }],
            })
            .collect();
        let indicator = Indicator {
            id: "x".into(),
            name: "x".into(),
            unit: "人".into(),
            kind: "stock".into(),
            ..Indicator::default()
        };
        let population = BTreeMap::from([("430421".to_string(), Decimal::from(20_000))]);
        compare(&indicator, &all, 2024, &population)
    }

    #[test]
    fn equal_values_share_a_rank_and_shares_are_of_the_sum() {
        let c = of(&[10, 30, 30, 30]);
        let ranks: Vec<usize> = c.rows.iter().map(|r| r.rank).collect();
        assert_eq!(ranks, [1, 1, 1, 4]);
        assert_eq!(c.rows[3].share.unwrap().to_string(), "10");
        assert_eq!(c.rows[3].per_10k.unwrap().to_string(), "5");
        assert_eq!(c.sum, Some(Decimal::from(100)));
        assert_eq!(c.median, Some(Decimal::from(30)));
    }

    #[test]
    fn a_slip_of_the_decimal_point_stands_out() {
        let c = of(&[101, 98, 105, 97, 110, 1_000_000]);
        let out: Vec<&str> = c
            .rows
            .iter()
            .filter(|r| r.outlier)
            .map(|r| r.area_name.as_str())
            .collect();
        assert_eq!(out, ["县5"]);
        assert!(of(&[1, 2, 1000]).rows.iter().all(|r| !r.outlier));
    }
}
