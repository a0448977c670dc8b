//! Numbers in the digit places of a format: decimals, fractions, powers.

use super::super::decimal::Number;
use super::super::fraction;
use super::chinese::chinese_number;
use super::{Section, Token};

impl Section {
    /// The text of a number, and the power of ten between the stored value and the text.
    pub(super) fn show_number(&self, number: Number) -> (String, i32) {
        let places = |t: &&Token| matches!(t, Token::Place(_));
        let has_places = self.tokens.iter().any(|t| matches!(t, Token::Place(_)));
        if !has_places {
            return (self.show_plain(number), self.scale);
        }
        let value = number.scaled(self.scale);
        if let Some(text) = self.show_fraction(value) {
            return (text, self.scale);
        }
        if let Some(at) = self
            .tokens
            .iter()
            .position(|t| matches!(t, Token::Exponent { .. }))
        {
            return (self.show_scientific(value, at), self.scale);
        }
        let point = self
            .tokens
            .iter()
            .position(|t| *t == Token::Point)
            .unwrap_or(self.tokens.len());
        let whole_tokens = self.tokens.get(..point).unwrap_or_default();
        let fraction_tokens = self.tokens.get(point..).unwrap_or_default();
        let decimals = fraction_tokens.iter().filter(places).count();
        let rounded = value.rounded(decimals as i32);
        let (whole, fraction) = rounded.parts();
        let mut out = String::new();
        if number.negative {
            out.push('-');
        }
        self.place_whole(&mut out, whole_tokens, &whole);
        self.place_fraction(&mut out, fraction_tokens, &fraction);
        // A literal point among the digit places (0!.0,) divides by ten for each place after it.
        let literal_point = whole_tokens.iter().position(|t| *t == Token::Literal('.'));
        let divided = literal_point.map_or(0, |at| {
            whole_tokens.iter().skip(at).filter(places).count() as i32
        });
        (out, self.scale - divided)
    }

    /// A number as whole and fraction (`1 1/2`); `None` where the format has none, or the number is beyond it.
    fn show_fraction(&self, number: Number) -> Option<String> {
        let is_slash = |t: &Token| matches!(t, Token::Fraction { .. });
        let at = self.tokens.iter().position(is_slash)?;
        let Some(Token::Fraction { places, stated }) = self.tokens.get(at).cloned() else {
            return None;
        };
        let value: f64 = number.abs().plain().parse().ok()?;
        if value >= 1e15 {
            return None;
        }
        let above = self.tokens.get(..at)?;
        let after = self.tokens.get(at + 1..)?;
        let is_place = |t: &Token| matches!(t, Token::Place(_));
        // The places next to the slash are the numerator's; others before them are those of the whole.
        let numerator_from = above
            .iter()
            .rposition(|t| !is_place(t))
            .map_or(0, |i| i + 1);
        let before = above.get(..numerator_from)?;
        let mixed = before.iter().any(is_place);
        let mut whole = if mixed { value.trunc() as u64 } else { 0 };
        let (mut top, bottom) = fraction::nearest(value - whole as f64, places, stated);
        if mixed && top == bottom {
            (whole, top) = (whole + 1, 0);
        }
        let mut out = String::new();
        if number.negative {
            out.push('-');
        }
        let mut literals = before.iter();
        for token in literals.by_ref() {
            match token {
                Token::Literal(c) if !c.is_whitespace() => out.push(*c),
                t if is_place(t) => break,
                _ => {}
            }
        }
        let shows_whole = mixed && (whole > 0 || top == 0 || before.contains(&Token::Place('0')));
        if shows_whole {
            out.push_str(&whole.to_string());
        }
        if top > 0 || !mixed {
            // The space between whole and fraction is there without the whole too: - 1/2.
            if mixed && !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&format!("{top}/{bottom}"));
        }
        out.extend(after.iter().filter_map(|t| match t {
            Token::Literal(c) => Some(*c),
            _ => None,
        }));
        Some(out)
    }

    /// Formats without digit places: General with literals, or literals alone.
    fn show_plain(&self, number: Number) -> String {
        let mut out = String::new();
        for token in &self.tokens {
            match token {
                Token::General | Token::At => match self.chinese {
                    Some(kind) => out.push_str(&chinese_number(number, kind)),
                    None => out.push_str(&number.general()),
                },
                Token::Literal(c) => out.push(*c),
                Token::Point => out.push('.'),
                _ => {}
            }
        }
        // A section that shows only its DBNum marker formats the number itself.
        if self.tokens.is_empty()
            && let Some(kind) = self.chinese
        {
            return chinese_number(number, kind);
        }
        out
    }

    fn place_whole(&self, out: &mut String, tokens: &[Token], digits: &str) {
        let count = tokens
            .iter()
            .filter(|t| matches!(t, Token::Place(_)))
            .count();
        let length = digits.len();
        let bytes = digits.as_bytes();
        let push_digit = |out: &mut String, digit: u8, from_right: usize| {
            let c = digit as char;
            out.push(if self.chinese.is_some() {
                self.chinese_digit(c)
            } else {
                c
            });
            if self.thousands && from_right > 0 && from_right.is_multiple_of(3) {
                out.push(',');
            }
        };
        if count == 0 {
            // .00 shows 12.50 in full and 0.5 as .50.
            for (i, &b) in bytes.iter().enumerate() {
                push_digit(out, b, length - 1 - i);
            }
        }
        let mut place = 0;
        for token in tokens {
            match token {
                Token::Place(kind) => {
                    let from_right = count - 1 - place;
                    if place == 0 {
                        for (i, &b) in bytes.iter().take(length.saturating_sub(count)).enumerate() {
                            push_digit(out, b, length - 1 - i);
                        }
                    }
                    place += 1;
                    match length
                        .checked_sub(from_right + 1)
                        .and_then(|i| bytes.get(i))
                    {
                        Some(&b) => push_digit(out, b, from_right),
                        None if *kind == '0' => push_digit(out, b'0', from_right),
                        None => {}
                    }
                }
                Token::Literal(c) => out.push(*c),
                Token::General | Token::At => {}
                _ => {}
            }
        }
    }

    fn place_fraction(&self, out: &mut String, tokens: &[Token], digits: &str) {
        let bytes = digits.as_bytes();
        let mut place = 0;
        for token in tokens {
            match token {
                Token::Point => out.push('.'),
                Token::Place(kind) => {
                    match bytes.get(place) {
                        Some(&b) => out.push(if self.chinese.is_some() {
                            self.chinese_digit(b as char)
                        } else {
                            b as char
                        }),
                        None if *kind == '0' => out.push('0'),
                        None => {}
                    }
                    place += 1;
                }
                Token::Literal(c) => out.push(*c),
                _ => {}
            }
        }
    }

    fn show_scientific(&self, value: Number, at: usize) -> String {
        let mantissa = self.tokens.get(..at).unwrap_or_default();
        let point = mantissa
            .iter()
            .position(|t| *t == Token::Point)
            .unwrap_or(mantissa.len());
        let (whole, fraction) = mantissa.split_at(point);
        let places = |tokens: &[Token]| {
            tokens
                .iter()
                .filter(|t| matches!(t, Token::Place(_)))
                .count()
        };
        let least = fraction.iter().filter(|t| **t == Token::Place('0')).count();
        let width = places(self.tokens.get(at..).unwrap_or_default());
        let plus = matches!(self.tokens.get(at), Some(Token::Exponent { plus: true }));
        value.scientific([places(whole), places(fraction), least], width, plus)
    }
}
