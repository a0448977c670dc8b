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

/// `100 × part ÷ whole`, and how far the halves of the two can move it. A quotient need not be finite: it is kept to the
/// places of the warehouse, and what that cuts off is added to the slack.
pub fn percentage(
    (part, part_half): (Decimal, Decimal),
    (whole, whole_half): (Decimal, Decimal),
) -> Option<(Decimal, Decimal)> {
    if whole <= Decimal::ZERO {
        return None;
    }
    let hundred = Decimal::ONE_HUNDRED;
    let quotient = part.checked_mul(hundred)?.checked_div(whole)?;
    let moved = part_half
        .checked_mul(hundred)?
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
