//! Whether a figure's unit can be the unit of an indicator. Which units count the same things, `pipelines/units.toml` says.

use crate::catalogue::Indicator;
use crate::quantity::Reader;
use rust_decimal::Decimal;

/// How a unit fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It does not.
    No,
    /// It does.
    Yes,
    /// The text leaves a part of it out; this is the whole.
    Inferred(String),
}

fn same(a: &str, b: &str) -> bool {
    Reader::builtin().interchangeable(a, b)
}

/// Whether two figures can be values of one aspect: both rates of money, both per cent, or of one unit.
pub fn comparable(a: &str, b: &str) -> bool {
    let money = |u: &str| u.starts_with('元');
    same(a, b) || money(a) && money(b) || a.is_empty() || b.is_empty()
}

/// Whether a figure in `unit` can be a value of `indicator`. `standard`: the rule names a measure (标准, 补助水平), so
/// that an amount without its period is a rate.
pub fn fit(unit: &str, indicator: &Indicator, standard: bool) -> Fit {
    let reader = Reader::builtin();
    let kin = std::cell::LazyCell::new(|| reader.kin(unit));
    let wanted =
        std::iter::once(indicator.unit.as_str()).chain(indicator.units.iter().map(String::as_str));
    for w in wanted {
        let same = unit == w || kin.counts_with(reader.kin(w));
        if same && !(unit == "元/人" && w != "元/人") {
            return Fit::Yes;
        }
        // A standard stated by the year keeps its unit.
        if (w == "元/人/月" || w == "元/人/年")
            && matches!(unit, "元/人/月" | "元/人/年" | "元/月" | "元/年")
        {
            return Fit::Yes;
        }
        if w.starts_with("元/") && unit == "元/人" && standard {
            return Fit::Inferred(w.to_string());
        }
        if w.starts_with("元/") && unit == "元" && standard {
            return Fit::Inferred(w.to_string());
        }
        if unit.is_empty() && !w.contains('/') && w != "%" {
            return Fit::Inferred(w.to_string());
        }
    }
    if kin.has_dimension() && reader.conversion(unit, &indicator.unit).is_some() {
        return Fit::Yes;
    }
    Fit::No
}

/// The factor and unit by which a figure that is in no unit of the indicator becomes one: 1.26千克 is 1260 克.
pub fn converted<'i>(unit: &str, indicator: &'i Indicator) -> Option<(Decimal, &'i str)> {
    let own = || std::iter::once(&indicator.unit).chain(&indicator.units);
    if own().any(|w| same(unit, w)) {
        return None;
    }
    let factor = Reader::builtin().conversion(unit, &indicator.unit)?;
    Some((factor, &indicator.unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_one_dimension_become_the_indicator_s() {
        let reader = Reader::builtin();
        let of = |from, to| {
            reader
                .conversion(from, to)
                .map(|d| d.normalize().to_string())
        };
        assert_eq!(of("千克", "克").as_deref(), Some("1000"));
        assert_eq!(of("克", "吨").as_deref(), Some("0.000001"));
        assert_eq!(of("米", "公里").as_deref(), Some("0.001"));
        assert_eq!(of("平方公里", "亩").as_deref(), Some("1500"));
        // No dimension in common, and none that is exact.
        assert_eq!(of("千克", "公里"), None);
        assert_eq!(of("平方米", "亩"), None);
    }
}
