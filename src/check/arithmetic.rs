//! Comparing two values within what rounding explains.

use super::Outcome;
use rust_decimal::Decimal;

/// Decimal places of the warehouse: a quotient is kept to these.
const PLACES: u32 = 6;

/// How `actual` and `expected` compare, and their difference. `None` on overflow.
pub fn compare(
    actual: Decimal,
    expected: Decimal,
    tolerance: Decimal,
) -> Option<(Outcome, Decimal)> {
    let difference = actual.checked_sub(expected)?;
    let outcome = if difference.is_zero() {
        Outcome::Pass
    } else if difference.abs() <= tolerance {
        Outcome::Rounding
    } else {
        Outcome::Fail
    };
    Some((outcome, difference))
}

/// `times × part ÷ whole` (100 for a percentage), and how far the halves of the two can move it. A quotient need not be finite: it is kept to the
/// places of the warehouse, and what that cuts off is added to the slack.
pub fn quotient(
    (part, part_half): (Decimal, Decimal),
    (whole, whole_half): (Decimal, Decimal),
    times: Decimal,
) -> Option<(Decimal, Decimal)> {
    if whole <= Decimal::ZERO {
        return None;
    }
    let quotient = part.checked_mul(times)?.checked_div(whole)?;
    let moved = part_half
        .checked_mul(times)?
        .checked_div(whole)?
        .checked_add(quotient.abs().checked_mul(whole_half)?.checked_div(whole)?)?;
    let kept = quotient.round_dp(PLACES);
    let cut = if kept == quotient {
        Decimal::ZERO
    } else {
        Decimal::new(1, PLACES)
    };
    Some((
        kept.normalize(),
        moved.checked_add(cut)?.round_dp(PLACES).normalize(),
    ))
}

/// The power of ten (10, 100 … 10 000 and 100 000 000) by which two values are apart, within tolerance: a slip of the
/// unit (万元 for 元) or of the decimal point.
pub fn power_of_ten(a: Decimal, b: Decimal, tolerance: Decimal) -> Option<Decimal> {
    let (small, large) = (a.abs().min(b.abs()), a.abs().max(b.abs()));
    if small.is_zero() {
        return None;
    }
    [10, 100, 1000, 10_000, 100_000_000]
        .into_iter()
        .map(Decimal::from)
        .find(|power| {
            let off = small
                .checked_mul(*power)
                .and_then(|scaled| scaled.checked_sub(large));
            off.is_some_and(|off| off.abs() <= tolerance)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_moves_with_the_halves_of_its_parts() {
        let of = |part: i64, whole: i64| {
            quotient(
                (part.into(), Decimal::ZERO),
                (whole.into(), Decimal::ZERO),
                Decimal::ONE_HUNDRED,
            )
        };
        assert_eq!(of(1, 4), Some((Decimal::from(25), Decimal::ZERO)));
        let (third, moved) = of(1, 3).unwrap();
        assert_eq!(third.to_string(), "33.333333");
        assert_eq!(moved.to_string(), "0.000001");
        assert_eq!(of(1, 0), None);
        let loose = quotient(
            (Decimal::from(50), Decimal::ONE),
            (Decimal::from(100), Decimal::ZERO),
            Decimal::ONE_HUNDRED,
        );
        assert_eq!(loose, Some((Decimal::from(50), Decimal::ONE)));
    }

    #[test]
    fn slips_of_the_unit_are_powers_of_ten() {
        let of = |a: &str, b: &str, t: &str| {
            power_of_ten(a.parse().unwrap(), b.parse().unwrap(), t.parse().unwrap())
        };
        assert_eq!(of("43800", "4.38", "0"), Some(Decimal::from(10_000)));
        assert_eq!(of("43800", "4.4", "500"), Some(Decimal::from(10_000)));
        assert_eq!(of("43800", "4.4", "50"), None);
        assert_eq!(of("0", "0", "0"), None);
        assert_eq!(of("5", "5", "0"), None);
    }
}
