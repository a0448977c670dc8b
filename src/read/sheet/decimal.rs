//! A stored number as exact decimal text.
//!
//! Spreadsheets store binary doubles and show at most 15 significant digits; the 16th and 17th are noise of binary
//! arithmetic (87.39999999999999 was computed, 87.4 is meant and shown). A double becomes a decimal of 15 digits once,
//! here, and is text or digits from then on: rounding for display is done on decimal digits, half away from zero, as
//! the programs do it.

/// A decimal number: `digits × 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub negative: bool,
    /// At most 15 significant digits, without trailing zeros.
    digits: u64,
    exponent: i32,
}

impl Number {
    /// The number that a stored double stands for; `None` for infinities and NaN.
    pub fn from_f64(x: f64) -> Option<Number> {
        if !x.is_finite() {
            return None;
        }
        // d.dddddddddddddde±x, correctly rounded to 15 digits.
        let text = format!("{x:.14e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let negative = mantissa.starts_with('-');
        let digits: u64 = mantissa
            .bytes()
            .filter(u8::is_ascii_digit)
            .fold(0, |n, b| n * 10 + u64::from(b - b'0'));
        let exponent: i32 = exponent.parse().ok()?;
        Some(
            Number {
                negative,
                digits,
                exponent: exponent - 14,
            }
            .trimmed(),
        )
    }

    fn trimmed(mut self) -> Number {
        if self.digits == 0 {
            return Number {
                negative: false,
                digits: 0,
                exponent: 0,
            };
        }
        while self.digits.is_multiple_of(10) {
            self.digits /= 10;
            self.exponent += 1;
        }
        self
    }

    /// True for zero.
    pub fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// Without its sign.
    pub fn abs(self) -> Number {
        Number {
            negative: false,
            ..self
        }
    }

    /// Times ten to the `power`.
    pub fn scaled(self, power: i32) -> Number {
        if self.is_zero() {
            self
        } else {
            Number {
                exponent: self.exponent.saturating_add(power),
                ..self
            }
        }
    }

    /// Power of ten of the first digit: 2 for 123.4, −2 for 0.012; 0 for zero.
    pub fn magnitude(self) -> i32 {
        if self.is_zero() {
            0
        } else {
            self.exponent + self.digits.ilog10() as i32
        }
    }

    /// Rounded to so many decimals, half away from zero.
    pub fn rounded(self, decimals: i32) -> Number {
        let drop = -self.exponent - decimals;
        if drop <= 0 {
            return self;
        }
        if drop > 18 {
            return Number {
                negative: self.negative,
                digits: 0,
                exponent: 0,
            };
        }
        let unit = 10u64.pow(drop as u32);
        let digits = (self.digits + unit / 2) / unit;
        let rounded = Number {
            digits,
            exponent: self.exponent + drop,
            ..self
        }
        .trimmed();
        // The sign of what was rounded to zero is still shown.
        Number {
            negative: self.negative,
            ..rounded
        }
    }

    /// Rounded down where the number lies in the middle between two of so many decimals: programs that round binary
    /// numbers do so (0.5175 is shown as 51.7%).
    fn cut_half(self, decimals: i32) -> Option<Number> {
        let half =
            self.exponent == decimals.saturating_neg().saturating_sub(1) && self.digits % 10 == 5;
        half.then(|| {
            Number {
                digits: self.digits / 10,
                exponent: self.exponent + 1,
                ..self
            }
            .trimmed()
        })
    }

    /// Digits before and after the decimal point, without sign; no leading zeros before it, none trailing after it.
    pub fn parts(self) -> (String, String) {
        if self.is_zero() {
            return (String::new(), String::new());
        }
        let digits = self.digits.to_string();
        if self.exponent >= 0 {
            return (digits + &"0".repeat(self.exponent as usize), String::new());
        }
        let decimals = self.exponent.unsigned_abs() as usize;
        if digits.len() > decimals {
            let (whole, fraction) = digits.split_at(digits.len() - decimals);
            (whole.to_owned(), fraction.to_owned())
        } else {
            (String::new(), "0".repeat(decimals - digits.len()) + &digits)
        }
    }

    /// Plain decimal text: `-1234.5`, `0.003`.
    pub fn plain(self) -> String {
        let (whole, fraction) = self.parts();
        let sign = if self.negative && !self.is_zero() {
            "-"
        } else {
            ""
        };
        let whole = if whole.is_empty() { "0" } else { &whole };
        if fraction.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction}")
        }
    }

    /// As the format General shows it: eleven characters, and powers of ten where that is too
    /// short for what is below 0.0001. A whole number is given in
    /// full as far as it is stored (15 digits), where Excel shows powers from twelve digits on (1.23457E+11): the figure
    /// is what counts, and the formula bar has it.
    pub fn general(self) -> String {
        let magnitude = self.magnitude();
        if (-9..-4).contains(&magnitude) {
            let plain = self.plain();
            if plain.trim_start_matches('-').len() <= 11 {
                return plain;
            }
        }
        if !(-4..15).contains(&magnitude) {
            return self.scientific([1, 5, 0], 2, true);
        }
        let whole_digits = magnitude.max(0) + 1;
        self.rounded((10 - whole_digits).max(0)).plain()
    }

    /// `d.ddE+xx`. `places`: digits before the point, of which the exponent is a multiple, decimals at most and at least.
    pub fn scientific(self, places: [usize; 3], exponent_digits: usize, plus: bool) -> String {
        let [whole, most, least] = places;
        let step = i32::try_from(whole.clamp(1, 15)).unwrap_or(1);
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let exponent = |number: Number| number.magnitude().div_euclid(step) * step;
        let mut magnitude = exponent(self);
        let mut mantissa = self.scaled(-magnitude).rounded(most);
        if mantissa.magnitude() >= step {
            magnitude += step;
            mantissa = self.scaled(-magnitude).rounded(most);
        }
        let (whole, mut fraction) = mantissa.parts();
        while fraction.len() < least {
            fraction.push('0');
        }
        let sign = if self.negative { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { &whole };
        let point = if fraction.is_empty() { "" } else { "." };
        let power_sign = if magnitude < 0 {
            "-"
        } else if plus {
            "+"
        } else {
            ""
        };
        format!(
            "{sign}{whole}{point}{fraction}E{power_sign}{:0exponent_digits$}",
            magnitude.unsigned_abs()
        )
    }

    /// The number written as plain decimal text, if it is that (with thousands separators or a percent sign allowed).
    pub fn parse_shown(text: &str) -> Option<Number> {
        let text = text.trim().trim_end_matches('%');
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut digits: u64 = 0;
        let mut exponent = 0;
        let mut seen_point = false;
        let mut any = false;
        for b in text.bytes() {
            match b {
                b'0'..=b'9' => {
                    digits = digits.checked_mul(10)?.checked_add(u64::from(b - b'0'))?;
                    exponent -= i32::from(seen_point);
                    any = true;
                }
                b'.' if !seen_point => seen_point = true,
                b',' if !seen_point => {}
                _ => return None,
            }
        }
        any.then(|| {
            Number {
                negative,
                digits,
                exponent,
            }
            .trimmed()
        })
    }
}

/// The exact value in the unit of the text that shows it: a percentage, thousands, 万 …; `None` where the text is exact
/// already, or shows something else than the value.
pub(crate) fn exact_behind(text: &str, number: Number, percent: bool) -> Option<String> {
    let is_digit = |c: char| c.is_ascii_digit();
    let start = text.find(is_digit)?;
    let written = text.get(start..)?;
    let end = written
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
        .unwrap_or(written.len());
    let written = written.get(..end)?.trim_end_matches([',', '.']);
    let decimals = written.find('.').map_or(0, |at| written.len() - at - 1);
    let shown = Number::parse_shown(written)?;
    let powers = if percent {
        [2, 0, -3, -4, -6, -8]
    } else {
        [0, 2, -3, -4, -6, -8]
    };
    let power = powers.into_iter().find(|&power| {
        let value = number.abs().scaled(power);
        let decimals = i32::try_from(decimals).unwrap_or(i32::MAX);
        let seen = value.rounded(decimals) == shown || value.cut_half(decimals) == Some(shown);
        seen && (!shown.is_zero() || power == powers[0])
    })?;
    let value = number.scaled(power);
    (Number::parse_shown(text) != Some(value)).then(|| value.plain())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(x: f64) -> Number {
        Number::from_f64(x).unwrap_or(Number {
            negative: false,
            digits: 0,
            exponent: 0,
        })
    }

    #[test]
    fn noise_of_binary_arithmetic_is_dropped() {
        assert_eq!(n(87.399_999_999_999_99).plain(), "87.4");
        assert_eq!(n(0.1 + 0.2).plain(), "0.3");
        assert_eq!(n(10746.24).plain(), "10746.24");
        assert_eq!(n(-0.0).plain(), "0");
        assert_eq!(n(1e20).plain(), "100000000000000000000");
        assert_eq!(n(0.00012).plain(), "0.00012");
        assert_eq!(n(123_456_789_012_345.0).plain(), "123456789012345");
    }

    #[test]
    fn values_behind_what_is_shown() {
        let behind = |text, value, percent| exact_behind(text, n(value), percent);
        assert_eq!(behind("51.8%", 0.5175, true).as_deref(), Some("51.75"));
        assert_eq!(behind("51.7%", 0.5175, true).as_deref(), Some("51.75"));
        assert_eq!(behind("51.6%", 0.5175, true), None);
        assert_eq!(behind("1.2万", 12_345.0, false).as_deref(), Some("1.2345"));
        assert_eq!(behind("12", 12.0, false), None);
    }

    #[test]
    fn rounding_is_decimal() {
        assert_eq!(n(1.005).rounded(2).plain(), "1.01");
        assert_eq!(n(2.5).rounded(0).plain(), "3");
        assert_eq!(n(-2.5).rounded(0).plain(), "-3");
        assert_eq!(n(0.004).rounded(2).parts(), (String::new(), String::new()));
        assert_eq!(n(999.996).rounded(2).plain(), "1000");
    }

    #[test]
    fn general() {
        assert_eq!(n(7.333_333_333_333_333).general(), "7.333333333");
        assert_eq!(n(1234567.891234).general(), "1234567.891");
        assert_eq!(n(0.5).general(), "0.5");
        assert_eq!(n(123_456_789_012.0).general(), "123456789012");
        assert_eq!(n(430423198001010011.0).general(), "4.30423E+17");
        assert_eq!(n(1.5e-12).general(), "1.5E-12");
        assert_eq!(n(0.000_123_456_789).general(), "0.000123457");
        assert_eq!(n(0.000_046_654).general(), "0.000046654");
        assert_eq!(n(0.000_046_654_12).general(), "4.66541E-05");
        assert_eq!(n(0.000_01).general(), "0.00001");
    }
}
