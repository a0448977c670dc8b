//! Whether a figure's unit can be the unit of an indicator.

use crate::catalogue::Indicator;

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

/// Units that count the same things: the measure word is the writer's choice.
const CLASSES: &[&[&str]] = &[
    &[
        "个", "家", "所", "处", "座", "间", "项", "支", "只", "栋", "幢", "座次",
    ],
    &["件", "起", "宗", "例", "件次", "单"],
    &["人", "名", "位"],
    &["元/月", "元/人/月", "元/人"],
    &["元/年", "元/人/年"],
    &["批次", "批", "批/次"],
    &["场", "场次", "次", "期"],
    &["条", "个"],
    &["块", "个", "处"],
    &["对", "件"],
    &["具", "例"],
];

fn same(a: &str, b: &str) -> bool {
    a == b || CLASSES.iter().any(|c| c.contains(&a) && c.contains(&b))
}

/// Whether two figures can be values of one aspect: both rates of money, both per cent, or of one unit.
pub fn comparable(a: &str, b: &str) -> bool {
    let money = |u: &str| u.starts_with('元');
    same(a, b) || money(a) && money(b) || a.is_empty() || b.is_empty()
}

/// Whether a figure in `unit` can be a value of `indicator`. `standard`: the rule names a measure (标准, 补助水平), so
/// that an amount without its period is a rate.
pub fn fit(unit: &str, indicator: &Indicator, standard: bool) -> Fit {
    let wanted =
        std::iter::once(indicator.unit.as_str()).chain(indicator.units.iter().map(String::as_str));
    for w in wanted {
        if same(unit, w) && !(unit == "元/人" && w != "元/人") {
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
    Fit::No
}
