//! Chinese numerals, as the formats DBNum1 and DBNum2 show them.

use super::super::decimal::Number;
use super::{Chinese, Section};

impl Section {
    /// A digit in the numerals of the section.
    pub(super) fn chinese_digit(&self, c: char) -> char {
        let digits = if self.chinese == Some(Chinese::Legal) {
            "零壹贰叁肆伍陆柒捌玖"
        } else {
            "〇一二三四五六七八九"
        };
        c.to_digit(10)
            .and_then(|d| digits.chars().nth(d as usize))
            .unwrap_or(c)
    }
}

/// A number in Chinese numerals, as the formats DBNum1 (一百二十) and DBNum2 (壹佰贰拾) show it.
pub(super) fn chinese_number(number: Number, kind: Chinese) -> String {
    let (digits, units, point) = match kind {
        Chinese::Plain => ("〇一二三四五六七八九", ["", "十", "百", "千"], '.'),
        Chinese::Legal => ("零壹贰叁肆伍陆柒捌玖", ["", "拾", "佰", "仟"], '.'),
    };
    let digit = |b: u8| {
        digits
            .chars()
            .nth(usize::from(b.wrapping_sub(b'0')))
            .unwrap_or('〇')
    };
    let (whole, fraction) = number.parts();
    if whole.len() > 16 {
        return number.general();
    }
    let mut out = String::new();
    if number.negative {
        out.push('-');
    }
    let length = whole.len();
    let mut zero = false;
    let mut group_used = false;
    for (i, b) in whole.bytes().enumerate() {
        let position = length - 1 - i;
        if b == b'0' {
            zero = true;
        } else {
            if zero && !out.is_empty() {
                out.push(digit(b'0'));
            }
            zero = false;
            group_used = true;
            out.push(digit(b));
            out.push_str(units.get(position % 4).copied().unwrap_or_default());
        }
        if position.is_multiple_of(4) && position > 0 {
            if group_used {
                out.push_str(match position / 4 {
                    1 => "万",
                    2 => "亿",
                    _ => "万亿",
                });
            }
            group_used = false;
        }
    }
    if whole.is_empty() {
        out.push(digit(b'0'));
    }
    if !fraction.is_empty() {
        out.push(point);
        out.extend(fraction.bytes().map(digit));
    }
    out
}
