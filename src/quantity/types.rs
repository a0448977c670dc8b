//! The type of this stage: a figure as written.

use rust_decimal::Decimal;

/// How exact the writer says a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Qualifier {
    /// As written.
    #[default]
    Exact,
    /// 约 余 多 近 左右 上下 十几 数十.
    Approx,
    /// 不少于 至少 以上 超过 ≥.
    AtLeast,
    /// 不足 以内 不高于 至多 ≤.
    AtMost,
}

impl Qualifier {
    /// As written in the column `qualifier`.
    pub fn name(self) -> &'static str {
        match self {
            Qualifier::Exact => "exact",
            Qualifier::Approx => "approx",
            Qualifier::AtLeast => "at_least",
            Qualifier::AtMost => "at_most",
        }
    }
}

/// A figure as written: number, unit, qualifier, and its place in the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Byte offsets of number and unit in the text given to the reader (on character boundaries).
    pub bytes: std::ops::Range<usize>,
    /// The same as Unicode scalar offsets.
    pub chars: std::ops::Range<usize>,
    /// Exact value in the base unit (元 not 万元; a percentage as its number). The lower bound of a range.
    pub value: Decimal,
    /// Upper bound where a range is written.
    pub value_max: Option<Decimal>,
    /// Base unit: 元, 人, %, 元/人/月 …; empty for a bare number.
    pub unit: String,
    /// How exact.
    pub qualifier: Qualifier,
    /// Half a unit of the last digit written, in the base unit (10746.24万元 → 50): what rounding can explain.
    pub precision: Decimal,
    /// The number was written in Chinese numerals of one character (一 两 几 半 …) before a measure word: a figure
    /// only when the words around it say so (两所敬老院), often rhetoric (两个方面).
    pub vague: bool,
}
