//! Table cells, and the units of table headers.
//!
//! A cell is short and its place says most of what prose would say in words. A cell that holds a number and nothing else is
//! measured in its column's unit; codes, telephone numbers, dates and row numbers in Chinese numerals are left out, because
//! a header's unit would turn them into figures.

use super::marks::is_raised;
use super::numeral::{Sign, sign};
use super::scan::{Measure, Scanner};
use super::tables::{Row, flag};
use super::text::fold;
use super::types::{Qualifier, Quantity};
use super::{Reader, Unit};
use crate::text::scalars::Scalars;
use rust_decimal::Decimal;
use std::borrow::Cow;

/// Digits from which a number without separators and unit is a code (identity cards, accounts).
const CODE: usize = 15;

/// As many digits as a machine word surely holds.
const MACHINE_WORD: usize = 19;

impl Reader {
    /// The figures of a table cell. A cell that is a number and nothing else takes the unit of its header; a unit written in
    /// the cell wins; a cell that holds prose is read as prose, and its numbers without unit are left out. Offsets are into
    /// `text`.
    pub fn read_cell(&self, text: &str, unit: Option<&Unit>) -> Vec<Quantity> {
        let numeral = |c| self.tables.flags_of(fold(c)) & flag::NUMERAL != 0;
        let mut out = match self.digits(text) {
            Some(q) => vec![q],
            // Most cells are labels, without anything that a number could begin with.
            None if !text.chars().any(numeral) => return Vec::new(),
            None => self.read(text),
        };
        let [q] = out.as_mut_slice() else {
            out.retain(|q| !q.unit.is_empty());
            return out;
        };
        if !q.unit.is_empty() {
            if let Some(u) = unit
                && u.base
                    .strip_prefix(q.unit.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            {
                q.unit = u.base.clone();
            }
            return out;
        }
        if !self.only(text, q) || !is_plain(text, unit.is_some()) {
            return Vec::new();
        }
        match unit {
            Some(u) => {
                let of = |q: Quantity| q.in_unit(u, text);
                out.pop().and_then(of).into_iter().collect()
            }
            None => out,
        }
    }

    /// What [`Reader::read`] makes of a number in digits with nothing around it (1,234.50), as most figures of tables are
    /// written; `None` for all that is written otherwise.
    fn digits(&self, text: &str) -> Option<Quantity> {
        let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
        if !digit(text.as_bytes().first()) || !digit(text.as_bytes().last()) {
            return None;
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let mut groups = whole.split(',');
        let first = groups.next()?;
        let grouped = first.len() < whole.len();
        if text.len() > MACHINE_WORD
            || first.starts_with('0') && whole.len() > 1
            || grouped && (first.len() > 3 || groups.any(|g| g.len() != 3))
            || decimals.contains([',', '.'])
        {
            return None;
        }
        let mut value = 0;
        for b in text.bytes() {
            match b {
                b'0'..=b'9' => value = value * 10 + u64::from(b - b'0'),
                b',' | b'.' => {}
                _ => return None,
            }
        }
        // A name may begin with digits.
        if self.tables.names.longest(text.chars()).is_some() {
            return None;
        }
        let written = decimals.len() as u32;
        let mut scale = written;
        while scale > 0 && value % 10 == 0 {
            (value, scale) = (value / 10, scale - 1);
        }
        Some(Quantity {
            bytes: 0..text.len(),
            chars: 0..text.len(),
            value: Decimal::from_parts(value as u32, (value >> 32) as u32, 0, false, scale),
            value_max: None,
            unit: String::new(),
            qualifier: Qualifier::Exact,
            precision: Decimal::new(5, written + 1),
            vague: false,
        })
    }

    /// Whether the cell is the number and words that qualify it.
    fn only(&self, text: &str, q: &Quantity) -> bool {
        let (before, after) = (
            text.get(..q.bytes.start).unwrap_or_default().trim_start(),
            text.get(q.bytes.end..).unwrap_or_default().trim_end(),
        );
        if before.is_empty() && after.is_empty() {
            return true;
        }
        let chars: Vec<char> = bare(before).collect();
        let mut end = chars.len();
        while let Some((n, _)) = chars
            .get(..end)
            .and_then(|c| self.tables.before.longest_back(c))
        {
            end -= n;
        }
        let rest: Vec<char> = bare(after).collect();
        let left = match self.tables.after.longest(rest.iter().copied()) {
            Some((n, _)) => rest.get(n..).unwrap_or_default(),
            None => &rest,
        };
        let bracket = |c: &char| matches!(c, '(' | ')' | '+' | '*');
        // 42¹: the mark of a note
        let mark = |c: &char| bracket(c) || is_raised(*c);
        chars.get(..end).is_some_and(|c| c.iter().all(bracket)) && left.iter().all(mark)
    }

    /// A unit as written in a header, a caption or a unit column: 万元, 元/人·月, （万人次）, 单位：亿元. `None` where the text is not
    /// a unit and nothing else.
    pub fn unit(&self, text: &str) -> Option<Unit> {
        let all = folded(text);
        let mut text = &*all;
        for _ in 0..2 {
            for (open, close) in [('(', ')'), ('[', ']'), ('【', '】'), ('〔', '〕')] {
                if let Some(inner) = text.strip_prefix(open).and_then(|t| t.strip_suffix(close)) {
                    text = inner;
                }
            }
            for prefix in ["计量单位", "金额单位", "单位"] {
                if let Some(rest) = text.strip_prefix(prefix) {
                    text = rest.trim_start_matches(':');
                    break;
                }
            }
        }
        let scanner = Scanner::new(&self.tables, &Scalars::new(text));
        let chars = &scanner.chars;
        let mut factor = Decimal::ONE;
        let mut i = 0;
        let (alias, end) = loop {
            if let Some(found) = self.tables.alias_at(chars, i) {
                break found;
            }
            factor = factor.checked_mul(match chars.get(i)? {
                '十' => Decimal::TEN,
                '百' => Decimal::ONE_HUNDRED,
                '千' => Decimal::ONE_THOUSAND,
                '万' => Decimal::from(10_000),
                '亿' => Decimal::from(100_000_000),
                _ => return None,
            })?;
            i += 1;
        };
        // 市 at the head of a column says whose figures they are.
        if self.tables.units.get(usize::from(alias.unit))?.row == Some(Row::Only) {
            return None;
        }
        let (alias, end) = scanner.bracketed(i, alias, end);
        let mut m = Measure::plain(alias.unit, i);
        let end = scanner.denominators(&mut m, end);
        if end != chars.len() {
            return None;
        }
        Some(Unit {
            base: self.tables.name(m.unit, &mut m.segments),
            factor: factor.checked_mul(alias.factor)?,
        })
    }
}

impl Quantity {
    /// A number without unit as of a unit that stands elsewhere, at the head of its column. `text` is the cell that it was
    /// read from. `None` where the number would be too long.
    pub fn in_unit(mut self, unit: &Unit, text: &str) -> Option<Quantity> {
        // 1.2万 under 万元 is not ten thousand times as much
        let own = || text.contains(['万', '亿', '萬', '億']);
        if unit.factor != Decimal::ONE && !(unit.factor >= Decimal::from(1000) && own()) {
            self.value = self.value.checked_mul(unit.factor)?;
            self.precision = self.precision.checked_mul(unit.factor)?;
            self.value_max = self.value_max.and_then(|m| m.checked_mul(unit.factor));
        }
        self.unit = unit.base.clone();
        Some(self)
    }
}

/// A text folded, without blanks. Most numbers and units are written so.
fn folded(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    // Of these every one is folded already.
    if text.bytes().all(|b| b.is_ascii_graphic()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(bare(text).collect())
}

/// The characters of a text, folded, without blanks.
fn bare(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(fold).filter(|c| !c.is_whitespace())
}

/// Whether a cell without unit is a number rather than a date, a code or a row number.
fn is_plain(text: &str, has_header: bool) -> bool {
    let text = &*folded(text);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        // 一, 十二: rows; 三千, 两万 are numbers
        return text
            .chars()
            .any(|c| matches!(sign(c), Sign::Small(2..) | Sign::Big(_)));
    }
    if text.contains('/') {
        return false;
    }
    if has_header {
        return true;
    }
    let dated = |separator: char| {
        text.split_once(separator).is_some_and(|(year, month)| {
            year.len() == 4
                && (year.starts_with("19") || year.starts_with("20"))
                && month.parse::<u8>().is_ok_and(|m| (1..=12).contains(&m))
        })
    };
    let mobile = text.len() == 11 && digits == 11 && text.starts_with('1');
    let code = digits == text.len() && digits >= CODE;
    let parted = matches!(text.as_bytes().get(4), Some(b'.' | b'-'));
    !(parted && (dated('.') || dated('-')) || mobile || code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_in_digits_are_what_the_reader_makes_of_them(
            text in prop_oneof![
                "[0-9.,]{1,20}",
                "(0|[1-9][0-9]{0,2})(,[0-9]{3}){0,3}(\\.[0-9]{1,4}0{0,2})?",
                "[0-9]{3,19}(\\.[0-9]{1,3})?",
                "[1-9][0-9]{0,2}([.,][0-9]{1,4}){1,3}",
            ],
        ) {
            let reader = Reader::builtin();
            if let Some(q) = reader.digits(&text) {
                prop_assert_eq!(reader.read(&text), vec![q]);
            }
        }

        #[test]
        fn a_text_without_numerals_has_no_figures(text in "[甲乙人元个年的第，。、（）a%\\-一十万半3５½]{0,8}") {
            let reader = Reader::builtin();
            let mut read = reader.read(&text);
            if read.len() != 1 {
                read.retain(|q| !q.unit.is_empty());
                prop_assert_eq!(reader.read_cell(&text, None), read);
            }
        }
    }

    #[test]
    fn plain_numbers_take_the_short_way() {
        let reader = Reader::builtin();
        for text in ["0", "7", "2023", "0.50", "1,234.50", "999,999,999"] {
            assert!(reader.digits(text).is_some(), "{text}");
        }
        for text in [
            "", "05", "1.", ".5", "1,23", "1234,567", "1.2.3", "1.2,345", "3人",
        ] {
            assert!(reader.digits(text).is_none(), "{text}");
        }
    }
}
