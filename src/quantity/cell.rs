//! Table cells, and the units of table headers.
//!
//! A cell is short and its place says most of what prose would say in words. A cell that holds a number and nothing else is
//! measured in its column's unit; codes, telephone numbers, dates and row numbers in Chinese numerals are left out, because
//! a header's unit would turn them into figures.

use super::numeral::{Sign, sign};
use super::scan::{Measure, Scanner};
use super::text::fold;
use super::types::Quantity;
use super::{Reader, Unit};
use crate::text::scalars::Scalars;
use rust_decimal::Decimal;

/// Digits from which a number without separators and unit is a code (identity cards, accounts).
const CODE: usize = 15;

impl Reader {
    /// The figures of a table cell. A cell that is a number and nothing else takes the unit of its header; a unit written in
    /// the cell wins; a cell that holds prose is read as prose, and its numbers without unit are left out. Offsets are into
    /// `text`.
    pub fn read_cell(&self, text: &str, unit: Option<&Unit>) -> Vec<Quantity> {
        let mut out = self.read(text);
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
        if let Some(u) = unit {
            // 1.2万 under 万元 is not ten thousand times as much
            let own = text.contains(['万', '亿', '萬', '億']);
            let factor = if own && u.factor >= Decimal::from(1000) {
                Decimal::ONE
            } else {
                u.factor
            };
            let scaled = q
                .value
                .checked_mul(factor)
                .zip(q.precision.checked_mul(factor));
            let Some((value, precision)) = scaled else {
                return Vec::new();
            };
            q.value_max = q.value_max.and_then(|m| m.checked_mul(factor));
            q.unit = u.base.clone();
            q.value = value;
            q.precision = precision;
        }
        out
    }

    /// Whether the cell is the number and words that qualify it.
    fn only(&self, text: &str, q: &Quantity) -> bool {
        let (before, after) = (
            text.get(..q.bytes.start).unwrap_or_default(),
            text.get(q.bytes.end..).unwrap_or_default(),
        );
        let chars: Vec<char> = before
            .chars()
            .map(fold)
            .filter(|c| !c.is_whitespace())
            .collect();
        let mut end = chars.len();
        while let Some((n, _)) = chars
            .get(..end)
            .and_then(|c| self.tables.before.longest_back(c))
        {
            end -= n;
        }
        let rest: Vec<char> = after
            .chars()
            .map(fold)
            .filter(|c| !c.is_whitespace())
            .collect();
        let left = match self.tables.after.longest(rest.iter().copied()) {
            Some((n, _)) => rest.get(n..).unwrap_or_default(),
            None => &rest,
        };
        let bracket = |c: &char| matches!(c, '(' | ')' | '+' | '*');
        chars.get(..end).is_some_and(|c| c.iter().all(bracket)) && left.iter().all(bracket)
    }

    /// A unit as written in a header, a caption or a unit column: 万元, 元/人·月, （万人次）, 单位：亿元. `None` where the text is not
    /// a unit and nothing else.
    pub fn unit(&self, text: &str) -> Option<Unit> {
        let all: String = text
            .chars()
            .map(fold)
            .filter(|c| !c.is_whitespace())
            .collect();
        let mut text = all.as_str();
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

/// Whether a cell without unit is a number rather than a date, a code or a row number.
fn is_plain(text: &str, has_header: bool) -> bool {
    let chars: Vec<char> = text
        .chars()
        .map(fold)
        .filter(|c| !c.is_whitespace())
        .collect();
    let digits = chars.iter().filter(|c| c.is_ascii_digit()).count();
    if digits == 0 {
        // 一, 十二: rows; 三千, 两万 are numbers
        return chars
            .iter()
            .any(|c| matches!(sign(*c), Sign::Small(2..) | Sign::Big(_)));
    }
    if chars.contains(&'/') {
        return false;
    }
    if has_header {
        return true;
    }
    let text: String = chars.iter().collect();
    let dated = |separator: char| {
        text.split_once(separator).is_some_and(|(year, month)| {
            year.len() == 4
                && (year.starts_with("19") || year.starts_with("20"))
                && month.parse::<u8>().is_ok_and(|m| (1..=12).contains(&m))
        })
    };
    let mobile = chars.len() == 11 && digits == 11 && chars.first() == Some(&'1');
    let code = digits == chars.len() && digits >= CODE;
    !(dated('.') || dated('-') || mobile || code)
}
