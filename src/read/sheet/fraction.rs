//! Numbers shown as fractions (`# ?/?`): one close to them whose denominator is small enough, or is the one stated.

/// The fraction that a format shows for a part of one: numerator and denominator.
pub(super) fn nearest(value: f64, places: u32, stated: Option<u32>) -> (u64, u64) {
    if let Some(stated) = stated.filter(|&d| d > 0) {
        return ((value * f64::from(stated)).round() as u64, stated.into());
    }
    let most = 10u64.pow(places.clamp(1, 7)) - 1;
    // Continued fraction: its steps, each closer than the one before, as far as the denominator allows. Excel takes
    // no fraction between two steps, even where it is closer.
    let (mut before, mut now) = ((0u64, 1u64), (1u64, 0u64));
    let mut rest = value;
    for _ in 0..64 {
        let whole = rest.floor();
        let step = whole as u64;
        let denominator = step.saturating_mul(now.1).saturating_add(before.1);
        if denominator > most {
            break;
        }
        let next = (
            step.saturating_mul(now.0).saturating_add(before.0),
            denominator,
        );
        (before, now) = (now, next);
        if rest - whole < 1e-9 {
            break;
        }
        rest = 1.0 / (rest - whole);
    }
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_fractions() {
        for (value, places, stated, expected) in [
            (0.5, 1, None, (1, 2)),
            (0.333, 1, None, (1, 3)),
            (0.678_999, 2, None, (55, 81)),
            (0.05, 1, None, (0, 1)),
            (0.999, 1, None, (1, 1)),
            (0.0, 2, None, (0, 1)),
            (0.3, 1, Some(16), (5, 16)),
            (12.5, 1, None, (25, 2)),
        ] {
            assert_eq!(nearest(value, places, stated), expected, "{value}");
        }
        let _ = nearest(1e-300, 7, None);
        let _ = nearest(0.123_456_789, 99, None);
    }
}
