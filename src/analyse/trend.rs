//! How an indicator developed: its series with changes from year to year, never interpolated.

use super::series::{Point, Series};
use rust_decimal::Decimal;

/// Years from the first to the last that any series has.
pub fn years(all: &[Series]) -> Vec<i32> {
    let years = || all.iter().flat_map(|s| &s.points).map(|p| p.year);
    match (years().filter(|&y| y > 0).min(), years().max()) {
        // A misread year far away would make a table of centuries.
        (Some(first), Some(last)) if last - first <= 200 => (first..=last).collect(),
        _ => {
            let mut some: Vec<i32> = years().collect();
            some.sort_unstable();
            some.dedup();
            some
        }
    }
}

/// Growth in per cent from one value to another, to one place; `None` without a positive base, or where the units differ.
pub fn growth(before: &Point, after: &Point) -> Option<Decimal> {
    let (b, a) = (&before.value, &after.value);
    if b.unit != a.unit || b.value <= Decimal::ZERO {
        return None;
    }
    let change = a.value.checked_sub(b.value)?;
    let per_cent = change
        .checked_mul(Decimal::ONE_HUNDRED)?
        .checked_div(b.value)?;
    Some(per_cent.round_dp(1).normalize())
}

/// Growth over the last two years that follow one another.
pub fn last_growth(series: &Series) -> Option<Decimal> {
    match series.points.as_slice() {
        [.., before, after] if after.year == before.year + 1 => growth(before, after),
        _ => None,
    }
}

/// The series as one line of blocks, a gap as a space. Heights are for the eye; the numbers stand beside them.
pub fn sparkline(series: &Series, years: &[i32]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values: Vec<Option<Decimal>> = years
        .iter()
        .map(|&y| series.at(y).map(|p| p.value.value))
        .collect();
    let present = || values.iter().flatten().copied();
    let (Some(low), Some(high)) = (present().min(), present().max()) else {
        return String::new();
    };
    let block = |v: Decimal| {
        let span = high.checked_sub(low).filter(|s| !s.is_zero());
        let height = span
            .and_then(|s| {
                v.checked_sub(low)?
                    .checked_mul(Decimal::from(7))?
                    .checked_div(s)
            })
            .and_then(|h| usize::try_from(h.round()).ok());
        BLOCKS[height.unwrap_or(3).min(7)]
    };
    values.iter().map(|v| v.map_or(' ', block)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::series::tests::stated;
    use super::*;

    fn series(values: &[(i32, i64)]) -> Series {
        Series {
            ref_area: "430423".into(),
            area_name: "衡山县".into(),
            prefecture: "衡阳市".into(),
            agency: "衡山县民政局".into(),
            points: values
                .iter()
                .map(|&(year, v)| Point {
                    year,
                    value: stated(v, &year.to_string(), year),
                    others: Vec::new(),
                    more: 0,
                })
                .collect(),
        }
    }

    #[test]
    fn gaps_stay_gaps() {
        let s = series(&[(2020, 10), (2022, 30), (2023, 20)]);
        let years = years(std::slice::from_ref(&s));
        assert_eq!(years, [2020, 2021, 2022, 2023]);
        assert_eq!(sparkline(&s, &years), "▁ █▅");
        assert_eq!(last_growth(&s).unwrap().to_string(), "-33.3");
        assert_eq!(last_growth(&series(&[(2020, 10), (2022, 30)])), None);
    }

    #[test]
    fn a_constant_series_is_flat_and_zero_has_no_growth() {
        let s = series(&[(2020, 0), (2021, 0)]);
        assert_eq!(sparkline(&s, &[2020, 2021]), "▄▄");
        assert_eq!(last_growth(&s), None);
    }
}
