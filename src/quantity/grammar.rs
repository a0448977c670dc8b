//! The grammar of numbers made of digits and magnitudes: 一万零五十, 3千万亿, 25万6千, 七八十, 十多万, 两千三, 六点四二万.
//!
//! A number is a sum of sections, each closed by 万, 亿 or 兆; a section is a sum of digits times 十, 百, 千. The walk keeps the
//! sum so far, the digit that waits for its magnitude, and the last magnitude, and stops at the first character that
//! cannot follow. Each character is looked at once.

use super::numeral::{Form, Lexer, Literal, Numeral, Sign, is_liang, power};
use rust_decimal::Decimal;

/// One digit, two neighbouring digits that mean a range, or digits in ASCII, waiting for a magnitude.
#[derive(Clone, Copy)]
struct Current {
    low: Decimal,
    high: Option<Decimal>,
    /// Spoken: a digit that may stand for the next lower place (两千三).
    spoken: bool,
}

/// The parts of the sum, by what closed them.
#[derive(Clone, Copy, Default)]
struct Sum {
    high: Decimal,
    middle: Decimal,
    section: Decimal,
}

impl Sum {
    fn total(&self) -> Option<Decimal> {
        self.high
            .checked_add(self.middle)?
            .checked_add(self.section)
    }

    /// Closes the section with 万, 亿 or 兆. `None` where that makes no number (五亿三亿), or one too large.
    fn close(&mut self, exponent: u32) -> Option<()> {
        let m = power(exponent);
        if exponent == 4 {
            self.middle = if self.section.is_zero() {
                self.middle.checked_mul(m)?
            } else if self.middle.is_zero() {
                self.section.checked_mul(m)?
            } else {
                return None;
            };
        } else {
            let part = self.middle.checked_add(self.section)?;
            self.high = if part.is_zero() {
                self.high.checked_mul(m)?
            } else if self.high.is_zero() || exponent < 12 && self.high >= power(12) {
                self.high.checked_add(part.checked_mul(m)?)?
            } else {
                return None;
            };
            self.middle = Decimal::ZERO;
        }
        self.section = Decimal::ZERO;
        Some(())
    }
}

/// What to do after a character.
enum Next {
    /// Go on at this place.
    On(usize),
    /// The number ends here.
    End,
}

struct Walk<'a, 'b> {
    lexer: &'a Lexer<'b>,
    start: usize,
    sum: Sum,
    current: Option<Current>,
    /// Exponent of the last magnitude.
    last: Option<u32>,
    /// The same within the section.
    last_small: Option<u32>,
    /// 零 was read since the last magnitude.
    zero: bool,
    approx: bool,
    bare: bool,
    /// The digits it begins with.
    literal: Option<Literal>,
    chinese: bool,
    cheque: bool,
    magnitudes: usize,
    step: i32,
    /// High minus low, scaled along.
    range: Option<Decimal>,
    /// Digits in a row, of a number spelled digit by digit.
    spelled: usize,
    /// Exponent of the magnitudes that follow a single group of digits (千万 in 3千万).
    chain: Option<u32>,
}

impl Lexer<'_> {
    /// A number of digits and magnitudes at `start`.
    pub(super) fn plain(&self, start: usize) -> Option<Numeral> {
        let mut w = Walk {
            lexer: self,
            start,
            sum: Sum::default(),
            current: None,
            last: None,
            last_small: None,
            zero: false,
            approx: false,
            bare: false,
            literal: None,
            chinese: false,
            cheque: true,
            magnitudes: 0,
            step: 0,
            range: None,
            spelled: 0,
            chain: None,
        };
        let mut i = start;
        if matches!(self.at(i), '数' | '几')
            && matches!(self.sign_at(i + 1), Sign::Small(_) | Sign::Big(_))
        {
            w.current = Some(Current {
                low: Decimal::ONE,
                high: None,
                spoken: true,
            });
            (w.approx, w.chinese, w.cheque) = (true, true, false);
            i += 1;
        }
        loop {
            let next = match self.sign_at(i) {
                Sign::Ascii(_) => w.ascii(i)?,
                Sign::Digit(..) => w.digits(i)?,
                Sign::Tens(d) => w.tens(i, d)?,
                Sign::Small(e) => w.small(i, e)?,
                Sign::Big(e) => w.big(i, e)?,
                Sign::Other if self.at(i) == '点' && w.points(i) => return w.decimals(i),
                Sign::Other => w.other(i),
            };
            match next {
                Next::On(to) => i = to,
                Next::End => break,
            }
        }
        w.finish(i)
    }
}

impl Walk<'_, '_> {
    fn ascii(&mut self, i: usize) -> Option<Next> {
        if self.current.is_some() {
            return Some(Next::End);
        }
        let Some(l) = self.lexer.literal(i) else {
            return if i == self.start {
                None
            } else {
                Some(Next::End)
            };
        };
        let mut spoken = false;
        if i > self.start {
            // 3万4000, 25万6千, 1千零20 go on; 10万8 is 108 thousand; 3万4家 ends before 4
            let next = self.lexer.at(l.end);
            let wide = self.last.is_some_and(|m| l.digits == m as usize);
            let more = matches!(self.lexer.sign_at(l.end), Sign::Small(e) | Sign::Big(e) if self.last.is_some_and(|m| e < m));
            spoken = l.digits == 1 && !(next.is_alphanumeric() || next == '%') && !self.zero;
            if l.scale > 0 || l.grouped || !(self.zero || wide || more || spoken) {
                return Some(Next::End);
            }
        } else {
            self.literal = Some(l);
            self.step = -(l.scale as i32);
        }
        self.cheque = false;
        self.current = Some(Current {
            low: l.value,
            high: None,
            spoken,
        });
        Some(Next::On(l.end))
    }

    fn digits(&mut self, i: usize) -> Option<Next> {
        if self.current.is_some() {
            return Some(Next::End);
        }
        let lexer = self.lexer;
        let end = lexer.digits_end(i);
        let mut from = i;
        if i > self.start {
            while from < end && lexer.digit_value(from) == 0 {
                from += 1;
            }
            self.zero |= from > i;
            if from == end {
                // 零 before ten or digits; otherwise it does not belong to the number
                return Some(match lexer.sign_at(end) {
                    Sign::Small(1) | Sign::Ascii(_) | Sign::Tens(_) => Next::On(end),
                    _ => Next::End,
                });
            }
        }
        let magnitude = matches!(lexer.sign_at(end), Sign::Small(_) | Sign::Big(_));
        if is_liang(lexer.at(from)) && i > self.start && end - from == 1 && !magnitude {
            // 三千两百两
            return Some(Next::End);
        }
        for k in i..end {
            self.cheque &= matches!(lexer.sign_at(k), Sign::Digit(_, true));
        }
        self.chinese = true;
        let digit = |k: usize| Decimal::from(lexer.digit_value(from + k));
        let pair = (lexer.digit_value(from), lexer.digit_value(from + 1));
        self.current = Some(match end - from {
            1 => Current {
                low: digit(0),
                high: None,
                spoken: true,
            },
            // 七八, 三五
            2 if pair.0 > 0 && pair.1 == pair.0 + 1 || pair == (3, 5) => Current {
                low: digit(0),
                high: Some(digit(1)),
                spoken: true,
            },
            n if from == self.start && n <= 26 && lexer.at(end) != '点' => {
                let mut v: i128 = 0;
                for k in from..end {
                    v = v
                        .checked_mul(10)?
                        .checked_add(i128::from(lexer.digit_value(k)))?;
                }
                self.spelled = n;
                Current {
                    low: Decimal::try_from_i128_with_scale(v, 0).ok()?,
                    high: None,
                    spoken: false,
                }
            }
            _ => return None,
        });
        Some(Next::On(end))
    }

    fn tens(&mut self, i: usize, d: u8) -> Option<Next> {
        if self.current.is_some() || self.last_small.is_some_and(|m| m <= 1) {
            return Some(Next::End);
        }
        self.sum.section = self
            .sum
            .section
            .checked_add(Decimal::from(u32::from(d) * 10))?;
        (self.last, self.last_small, self.zero) = (Some(1), Some(1), false);
        (self.chinese, self.cheque) = (true, false);
        self.magnitudes += 1;
        Some(Next::On(i + 1))
    }

    fn small(&mut self, i: usize, e: u32) -> Option<Next> {
        if self.spelled > 0 || (self.lexer.unit_at)(i) || self.last_small.is_some_and(|m| e >= m) {
            return Some(Next::End);
        }
        let m = power(e);
        let one = Current {
            low: Decimal::ONE,
            high: None,
            spoken: true,
        };
        let c = match self.current.take() {
            Some(c) => c,
            None if e == 1 => one,
            None if i == self.start => {
                self.bare = true;
                one
            }
            None => return Some(Next::End),
        };
        if let Some(h) = c.high {
            self.range = Some(h.checked_sub(c.low)?.checked_mul(m)?);
        }
        self.chain = (self.magnitudes == 0).then_some(e);
        self.sum.section = self.sum.section.checked_add(c.low.checked_mul(m)?)?;
        self.cheque &= matches!(self.lexer.at(i), '拾' | '佰' | '仟');
        (self.last, self.last_small) = (Some(e), Some(e));
        (self.zero, self.chinese) = (false, true);
        self.magnitudes += 1;
        self.step = if self.literal.is_some() && self.magnitudes == 1 {
            self.step + e as i32
        } else {
            0
        };
        let mut i = i + 1;
        if self.lexer.at(i) == '几' {
            // 十几, 一百几十
            match self.lexer.sign_at(i + 1) {
                Sign::Small(lower) if lower < e => i += 2,
                _ if e == 1 => i += 1,
                _ => return Some(Next::On(i)),
            }
            self.approx = true;
        }
        if matches!(self.lexer.at(i), '多' | '余' | '来')
            && matches!(self.lexer.sign_at(i + 1), Sign::Big(_))
        {
            self.approx = true;
            i += 1;
        }
        Some(Next::On(i))
    }

    fn big(&mut self, i: usize, e: u32) -> Option<Next> {
        if self.spelled > 0 || (self.lexer.unit_at)(i) {
            return Some(Next::End);
        }
        let c = self.current.take();
        self.chain = match self.chain {
            Some(p) if c.is_none() => Some(p + e),
            None if self.magnitudes == 0 => Some(e),
            _ => None,
        };
        if i == self.start {
            self.bare = true;
            self.sum.section = Decimal::ONE;
        }
        if let Some(c) = c {
            if let Some(h) = c.high {
                self.range = Some(h.checked_sub(c.low)?);
            }
            let part = match self.last_small {
                Some(s) if c.spoken && !self.zero && s > 1 => c.low.checked_mul(power(s - 1))?,
                _ => c.low,
            };
            self.sum.section = self.sum.section.checked_add(part)?;
        }
        self.sum.close(e)?;
        if let Some(r) = self.range {
            self.range = Some(r.checked_mul(power(e))?);
        }
        self.cheque = false;
        (self.last, self.last_small) = (Some(e), None);
        (self.zero, self.chinese) = (false, true);
        self.magnitudes += 1;
        self.step = if self.literal.is_some() && self.chain.is_some() {
            self.step + e as i32
        } else {
            e as i32
        };
        let i = i + 1;
        if matches!(self.lexer.at(i), '多' | '余')
            && matches!(self.lexer.sign_at(i + 1), Sign::Big(_))
        {
            self.approx = true;
            return Some(Next::On(i + 1));
        }
        Some(Next::On(i))
    }

    /// 1000 万, 500余万, 两个亿: what may stand before 万 and 亿.
    fn other(&mut self, i: usize) -> Next {
        let c = self.lexer.at(i);
        let waiting = self.current.is_some() && self.spelled == 0;
        let Sign::Big(e) = self.lexer.sign_at(i + 1) else {
            return Next::End;
        };
        let space = c == ' ' && self.literal.is_some() && self.magnitudes == 0;
        let infix = matches!(c, '多' | '余');
        if waiting && (space || infix) && !(self.lexer.unit_at)(i + 1) {
            self.approx |= infix;
            return Next::On(i + 1);
        }
        if waiting && c == '个' && e == 8 {
            return Next::On(i + 1);
        }
        Next::End
    }

    /// Whether 点 at `i` begins decimals.
    fn points(&self, i: usize) -> bool {
        self.chinese
            && self.literal.is_none()
            && self.spelled == 0
            && matches!(self.lexer.sign_at(i + 1), Sign::Digit(..))
    }

    /// 三点五, 六点四二万: the decimals that follow 点 at `point`, and the magnitudes after them.
    fn decimals(&self, point: usize) -> Option<Numeral> {
        let mut value = self.sum.total()?;
        if let Some(c) = self.current {
            value = value.checked_add(c.low)?;
        }
        let mut i = point + 1;
        let mut places = 0;
        while let Sign::Digit(d, _) = self.lexer.sign_at(i) {
            if is_liang(self.lexer.at(i)) || places >= 27 {
                break;
            }
            places += 1;
            value = value.checked_add(Decimal::try_from_i128_with_scale(d.into(), places).ok()?)?;
            i += 1;
        }
        // 八点三十分 is a time of day
        if self.lexer.sign_at(i) == Sign::Small(1) || places == 0 {
            return None;
        }
        let mut exponent = 0;
        while let Sign::Small(e) | Sign::Big(e) = self.lexer.sign_at(i) {
            if (self.lexer.unit_at)(i) {
                break;
            }
            value = value.checked_mul(power(e))?;
            exponent += e;
            i += 1;
        }
        Some(Numeral {
            approx: self.approx,
            step: exponent as i32 - places as i32,
            scales: [exponent, 0],
            ..Numeral::new(self.start, i, value, Form::Chinese)
        })
    }

    fn finish(self, end: usize) -> Option<Numeral> {
        if end == self.start {
            return None;
        }
        let mut low = self.sum.total()?;
        let mut scales = [0, 0];
        let (mut range, mut step) = (self.range, self.step);
        match self.current {
            Some(c) => {
                // 两千三: the digit stands for the next lower place
                let place = match self.last {
                    Some(e) if c.spoken && !self.zero && e > 1 => e - 1,
                    _ => 0,
                };
                if let Some(h) = c.high {
                    range = Some(h.checked_sub(c.low)?.checked_mul(power(place))?);
                }
                low = low.checked_add(c.low.checked_mul(power(place))?)?;
                if self.magnitudes > 0 {
                    step = place as i32;
                }
            }
            None => {
                let closed = self.sum.section.is_zero();
                let once = self.sum.high.is_zero() || self.sum.middle.is_zero();
                let last = self.last.filter(|_| self.magnitudes == 1 || closed && once);
                scales = [self.chain.unwrap_or(0), last.unwrap_or(0)];
            }
        }
        let form = match self.literal {
            Some(l) if !self.chinese => Form::Ascii {
                digits: l.digits,
                padded: l.digits > 1 && self.lexer.at(self.start) == '0',
                grouped: l.grouped,
                scale: l.scale,
            },
            Some(_) => Form::Mixed,
            None if self.spelled > 0 => Form::Spelled {
                digits: self.spelled,
            },
            None if !self.chinese => return None,
            None => Form::Chinese,
        };
        Some(Numeral {
            high: range.and_then(|r| low.checked_add(r)),
            approx: self.approx,
            step,
            cheque: self.cheque,
            bare: self.bare,
            scales,
            ..Numeral::new(self.start, end, low, form)
        })
    }
}
