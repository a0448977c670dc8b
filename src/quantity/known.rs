//! Which units there are, for whoever writes an indicator.

use super::raw::Class;
use super::{Reader, text::fold};

/// What sort of unit one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// 人, 户, 件: things counted one by one.
    Count,
    /// 元 and currencies.
    Money,
    /// 亩, 吨, 公里.
    Measure,
    /// %, ‰, 倍, or no unit at all.
    Ratio,
    /// 天, 小时.
    Time,
    /// With a denominator: 元/人/月, 立方米/日.
    Rate,
}

/// The unit of indices and coefficients, which have none.
const NONE: &str = "无量纲";

impl Reader {
    /// The base unit of a unit as an indicator may name it (of 万元: 元); `None` where `units.toml` does not know it.
    pub fn base_of(&self, unit: &str) -> Option<String> {
        if unit == NONE {
            return Some(unit.to_string());
        }
        // 1/10万, cases per so many inhabitants, is written without the 1.
        let written = unit.strip_prefix('1').filter(|u| u.starts_with('/'));
        self.unit(written.unwrap_or(unit)).map(|u| u.base)
    }

    /// What sort of unit it is; `None` for an unknown one.
    pub fn kind_of(&self, unit: &str) -> Option<UnitKind> {
        self.base_of(unit)?;
        if unit == NONE {
            return Some(UnitKind::Ratio);
        }
        if unit.contains('/') {
            return Some(UnitKind::Rate);
        }
        let chars: Vec<char> = unit.chars().map(fold).collect();
        let (alias, _) = self.tables.alias_at(&chars, 0)?;
        Some(
            match self.tables.units.get(usize::from(alias.unit))?.class {
                Class::Count => UnitKind::Count,
                Class::Money => UnitKind::Money,
                Class::Measure => UnitKind::Measure,
                Class::Ratio => UnitKind::Ratio,
                Class::Time => UnitKind::Time,
            },
        )
    }

    /// All base units without denominators.
    pub fn unit_names(&self) -> impl Iterator<Item = &str> {
        self.tables.units.iter().map(|u| u.base.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_a_base_and_a_kind() {
        let r = Reader::builtin();
        assert_eq!(r.base_of("万元").as_deref(), Some("元"));
        assert_eq!(r.base_of("元/人/月").as_deref(), Some("元/人/月"));
        assert_eq!(r.base_of("具体"), None);
        assert_eq!(r.base_of(""), None);
        let kinds =
            ["人", "元", "亩", "%", "天", "元/人/月", "1/10万", "无量纲"].map(|u| r.kind_of(u));
        use UnitKind::*;
        assert_eq!(
            kinds,
            [Count, Money, Measure, Ratio, Time, Rate, Rate, Ratio].map(Some)
        );
    }
}
