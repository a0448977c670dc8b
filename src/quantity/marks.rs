//! Small raised digits after a number: the mark of a note (42¹人, 1,562²万元) or an exponent (3×10⁷吨).
//!
//! Word processors keep both as superscript digits. Behind a number that a unit follows such a digit is the mark of a
//! note: bureaus do not write powers of other numbers than ten before a unit. A power of ten is no figure here. The
//! raised digits of units (m², 米³) follow a letter or a Chinese character and are part of the unit.

use super::numeral::{Form, Numeral, Sign, power, sign};
use super::scan::Scanner;
use rust_decimal::Decimal;

/// Marks have so many digits at most.
const MARK: usize = 2;

/// A raised digit.
pub(super) fn is_raised(c: char) -> bool {
    matches!(c, '¹' | '²' | '³' | '⁰' | '⁴'..='⁹')
}

impl Scanner<'_> {
    /// End of a power of ten that begins with the numeral: 10⁷, 3×10⁷, 10⁻³.
    pub(super) fn power(&self, n: &Numeral) -> Option<usize> {
        let Form::Ascii { digits, scale, .. } = n.form else {
            return None;
        };
        let ten = |i: usize| self.at(i) == '1' && self.at(i + 1) == '0';
        let mut end = if matches!(self.at(n.end), '×' | 'x' | '*' | '·') && ten(n.end + 1) {
            n.end + 3
        } else if digits == 2 && scale == 0 && n.low == Decimal::TEN {
            n.end
        } else {
            return None;
        };
        if matches!(self.at(end), '⁻' | '⁺') {
            end += 1;
        }
        let digits = (0..=MARK)
            .take_while(|k| is_raised(self.at(end + k)))
            .count();
        (1..=MARK).contains(&digits).then_some(end + digits)
    }

    /// The number with the mark of a note between its digits and its unit, the mark left out of the value: 42 of 42¹人,
    /// 15620000 of 1,562²万元 with 万. `None` where there is no mark, or no unit after it.
    pub(super) fn without_mark(&self, n: &Numeral) -> Option<Numeral> {
        if !is_raised(self.at(n.end)) || !matches!(n.form, Form::Ascii { .. } | Form::Mixed) {
            return None;
        }
        let digits = (0..=MARK)
            .take_while(|k| is_raised(self.at(n.end + k)))
            .count();
        let times = matches!(self.before(n.start), '×' | '*' | '·' | '^');
        if digits > MARK || self.at(n.end) == '⁰' || times || n.high.is_some() {
            return None;
        }
        let mut out = *n;
        out.end = n.end + digits;
        let mut exponent = 0;
        if n.form != Form::Mixed {
            // No unit is written with more than two magnitudes before it (万亿).
            for _ in 0..2 {
                match sign(self.at(out.end)) {
                    Sign::Small(e) | Sign::Big(e)
                        if self.tables.alias_at(&self.chars, out.end).is_none() =>
                    {
                        out.low = out.low.checked_mul(power(e))?;
                        exponent += e;
                        out.end += 1;
                    }
                    _ => break,
                }
            }
        }
        if exponent > 0 {
            out.form = Form::Mixed;
            out.step += exponent as i32;
            out.scales = [exponent, 0];
        }
        self.measure_at(out.end).map(|_| out)
    }
}
