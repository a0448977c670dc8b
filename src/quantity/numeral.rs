//! Numerals: one number as written, in ASCII digits, Chinese numerals or both, without unit.
//!
//! The grammar is that of spoken Chinese numbers with a digit string allowed wherever a numeral digit is: `1万2千`,
//! `200亿零四千230`, `3千万亿`. A numeral is read left to right, once; what cannot continue it ends it. Values are exact
//! decimals and every operation is checked: a number too long for 28 digits is no number. This module has the types, the
//! digit strings and the fractions; `grammar` has the numbers made of digits and magnitudes.

use rust_decimal::Decimal;

/// What a character is to the grammar of numerals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sign {
    /// 0–9 (full-width digits are folded before).
    Ascii(u8),
    /// 零 〇 一 … 九 两; `true` for the forms of cheques (壹 贰), which are also ordinary words (陆 伍).
    Digit(u8, bool),
    /// 十 百 千: the exponent.
    Small(u32),
    /// 万 亿 兆: the exponent.
    Big(u32),
    /// 廿 卅: twenty, thirty.
    Tens(u8),
    Other,
}

/// The role of one character.
pub(super) fn sign(c: char) -> Sign {
    use Sign::*;
    match c {
        '0'..='9' => Ascii(c as u8 - b'0'),
        '〇' | '零' | '○' => Digit(0, false),
        '一' => Digit(1, false),
        '二' | '两' | '兩' => Digit(2, false),
        '三' => Digit(3, false),
        '四' => Digit(4, false),
        '五' => Digit(5, false),
        '六' => Digit(6, false),
        '七' => Digit(7, false),
        '八' => Digit(8, false),
        '九' => Digit(9, false),
        '壹' => Digit(1, true),
        '贰' | '貳' => Digit(2, true),
        '叁' | '參' | '叄' => Digit(3, true),
        '肆' => Digit(4, true),
        '伍' => Digit(5, true),
        '陆' | '陸' => Digit(6, true),
        '柒' => Digit(7, true),
        '捌' => Digit(8, true),
        '玖' => Digit(9, true),
        '十' | '拾' => Small(1),
        '百' | '佰' => Small(2),
        '千' | '仟' => Small(3),
        '万' | '萬' => Big(4),
        '亿' | '億' => Big(8),
        '兆' => Big(12),
        '廿' => Tens(2),
        '卅' => Tens(3),
        _ => Other,
    }
}

/// 10^exponent for the exponents that occur.
pub(super) fn power(exponent: u32) -> Decimal {
    Decimal::from_i128_with_scale(10i128.pow(exponent.min(28)), 0)
}

/// Half of 10^exponent: what rounding to that place can hide. Zero where it is below what a decimal can hold.
pub(super) fn half(exponent: i32) -> Decimal {
    match u32::try_from(exponent) {
        Ok(e) => power(e) * Decimal::new(5, 1),
        Err(_) => {
            Decimal::try_from_i128_with_scale(5, exponent.unsigned_abs() + 1).unwrap_or_default()
        }
    }
}

/// How a numeral is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// Digits only: how many before the point, whether the first is a zero before others, thousands separators, decimals.
    Ascii {
        digits: usize,
        padded: bool,
        grouped: bool,
        scale: u32,
    },
    /// Chinese numerals only.
    Chinese,
    /// Several Chinese digits in a row without magnitudes (二〇二四, 一三三四五): a year, a code.
    Spelled { digits: usize },
    /// Digits and magnitudes (1.2万, 25万6千).
    Mixed,
    /// X分之Y, 3/5, X又Y分之Z.
    Fraction,
}

/// A number as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numeral {
    /// First character, the sign included.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    pub low: Decimal,
    /// Set where two digits stand for a range (七八十).
    pub high: Option<Decimal>,
    pub form: Form,
    /// 十几 数百 十多万: the value is the least it can be.
    pub approx: bool,
    /// One unit in the last place written, as an exponent of ten.
    pub step: i32,
    /// Number of characters that are numerals.
    pub length: usize,
    /// All its characters are forms of cheques (陆, 伍佰).
    pub cheque: bool,
    /// It begins with a magnitude that has no digit (百余场, 千户).
    pub bare: bool,
    /// The magnitudes at the end that everything before them multiplies, as exponents (0 for none), the longer chain first
    /// (3千万: 千万, 万; 一百五十万: 万): what a range or a list shares with the numbers before it (2至3千万).
    pub scales: [u32; 2],
    /// 百分之: the value is a percentage already.
    pub percent: bool,
    pub negative: bool,
}

impl Numeral {
    pub(super) fn new(start: usize, end: usize, low: Decimal, form: Form) -> Numeral {
        Numeral {
            start,
            end,
            low,
            high: None,
            form,
            approx: false,
            step: 0,
            length: end - start,
            cheque: false,
            bare: false,
            scales: [0, 0],
            percent: false,
            negative: false,
        }
    }
}

/// Digits in ASCII: `1,234.5`.
#[derive(Clone, Copy)]
pub(super) struct Literal {
    pub value: Decimal,
    /// Digits before the point.
    pub digits: usize,
    /// Digits after it.
    pub scale: u32,
    /// With thousands separators.
    pub grouped: bool,
    pub end: usize,
}

/// Digits put together: in a machine word as long as they fit, which nearly all do.
#[derive(Default)]
struct Digits {
    low: u64,
    /// Set where they are more.
    long: Option<i128>,
    lost: bool,
}

impl Digits {
    fn push(&mut self, d: u8) {
        match (self.long, self.low.checked_mul(10)) {
            (None, Some(v)) if v <= u64::MAX - 9 => self.low = v + u64::from(d),
            (long, _) => {
                let before = long.unwrap_or(i128::from(self.low));
                self.long = before
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(i128::from(d)));
                self.lost |= self.long.is_none();
            }
        }
    }

    /// The number with so many decimals; `None` for one that no decimal holds.
    fn value(&self, scale: u32) -> Option<Decimal> {
        if self.lost || scale > 28 {
            return None;
        }
        match self.long {
            None => Some(Decimal::from_parts(
                self.low as u32,
                (self.low >> 32) as u32,
                0,
                false,
                scale,
            )),
            Some(value) => Decimal::try_from_i128_with_scale(value, scale).ok(),
        }
    }
}

/// Reads numerals from folded text.
pub(super) struct Lexer<'a> {
    pub chars: &'a [char],
    /// Whether a unit that begins with a magnitude stands at a place (千克, 千瓦时, 百分点).
    pub unit_at: &'a dyn Fn(usize) -> bool,
    /// Whether any unit stands behind a place.
    pub any_unit_at: &'a dyn Fn(usize) -> bool,
}

impl Lexer<'_> {
    pub(super) fn at(&self, i: usize) -> char {
        self.chars.get(i).copied().unwrap_or('\0')
    }

    pub(super) fn sign_at(&self, i: usize) -> Sign {
        sign(self.at(i))
    }

    /// End of the run of characters that could belong to a numeral: where to go on after something that is none.
    pub(super) fn run_end(&self, mut i: usize) -> usize {
        while sign(self.at(i)) != Sign::Other {
            i += 1;
        }
        i
    }

    pub(super) fn literal(&self, start: usize) -> Option<Literal> {
        let mut i = start;
        let mut digits = Digits::default();
        let digit = |i: usize| match self.at(i) {
            c @ '0'..='9' => Some(c as u8 - b'0'),
            _ => None,
        };
        while let Some(d) = digit(i) {
            digits.push(d);
            i += 1;
        }
        let mut whole = i - start;
        let mut grouped = false;
        if whole <= 3 && self.at(start) != '0' {
            while matches!(self.at(i), ',' | '，')
                && (1..=3).all(|k| digit(i + k).is_some())
                && digit(i + 4).is_none()
            {
                for k in 1..=3 {
                    digits.push(digit(i + k).unwrap_or(0));
                }
                i += 4;
                whole += 3;
                grouped = true;
            }
        }
        let mut scale = 0;
        if self.at(i) == '.' && digit(i + 1).is_some() {
            i += 1;
            while let Some(d) = digit(i) {
                digits.push(d);
                scale += 1;
                i += 1;
            }
        }
        Some(Literal {
            value: digits.value(scale)?,
            digits: whole,
            scale,
            grouped,
            end: i,
        })
    }

    /// Run of Chinese digits from `start`, as far as it can be one: its end.
    pub(super) fn digits_end(&self, start: usize) -> usize {
        let mut i = start;
        while matches!(self.sign_at(i), Sign::Digit(..)) || self.letter_zero(start, i) {
            // 两 is a weight as well: it is a digit at the start, and before a magnitude or a measure word
            let magnitude = matches!(self.sign_at(i + 1), Sign::Small(_) | Sign::Big(_));
            let one_or_two = i == start + 1 && self.at(start) == '一' && (self.any_unit_at)(i + 1);
            if is_liang(self.at(i)) && i > start && !magnitude && !one_or_two {
                break;
            }
            i += 1;
        }
        i
    }

    /// 二O二三年, 二0一0年: a letter or a figure in the place of 〇.
    fn letter_zero(&self, start: usize, i: usize) -> bool {
        let next = matches!(self.sign_at(i + 1), Sign::Digit(..)) || self.at(i + 1) == '年';
        i > start && next && matches!(self.at(i), 'O' | 'o' | '0')
    }

    pub(super) fn digit_value(&self, i: usize) -> u8 {
        match self.sign_at(i) {
            Sign::Digit(d, _) | Sign::Ascii(d) => d,
            _ => 0,
        }
    }

    /// The numeral that starts at `start` (at its sign, where it has one). `None` where none does.
    pub(super) fn numeral(&self, start: usize) -> Option<Numeral> {
        if let Some(n) = self.digits_only(start) {
            return Some(n);
        }
        let (i, negative) = match self.at(start) {
            '零' if self.at(start + 1) == '下' => (start + 2, true),
            '负' if self.chars.get(start + 1..start + 4) == Some(&['的', '百', '分']) => {
                (start + 2, true)
            }
            '负' | '-' => (start + 1, true),
            _ => (start, false),
        };
        let mut n = self.fraction(i)?;
        n.start = start;
        if negative {
            n.negative = true;
            (n.low, n.high) = match n.high {
                Some(h) => (-h, Some(-n.low)),
                None => (-n.low, None),
            };
        }
        Some(n)
    }

    /// The common case: digits that nothing of the grammar follows.
    fn digits_only(&self, start: usize) -> Option<Numeral> {
        if !self.at(start).is_ascii_digit() {
            return None;
        }
        let l = self.literal(start)?;
        let next = self.at(l.end);
        if sign(next) != Sign::Other || matches!(next, '分' | '又' | '/' | '多' | '余' | '个' | ' ')
        {
            return None;
        }
        let form = Form::Ascii {
            digits: l.digits,
            padded: l.digits > 1 && self.at(start) == '0',
            grouped: l.grouped,
            scale: l.scale,
        };
        Some(Numeral {
            step: -(l.scale as i32),
            ..Numeral::new(start, l.end, l.value, form)
        })
    }

    /// A plain numeral, or one with 又 and 分之.
    fn fraction(&self, start: usize) -> Option<Numeral> {
        if self.at(start) == '半' {
            return Some(Numeral {
                step: -1,
                ..Numeral::new(start, start + 1, Decimal::new(5, 1), Form::Chinese)
            });
        }
        let first = self.plain(start)?;
        let i = first.end;
        // 3/5 and nothing else
        if start <= 1
            && self.at(i) == '/'
            && let Some((low, end)) = self.slash(&first)
            && end == self.chars.len()
        {
            return Some(Numeral::new(start, end, low, Form::Fraction));
        }
        if self.at(i) == '又' && sign(self.at(i + 1)) != Sign::Other {
            // 三又二分之一, 3又1/2
            let below = self.plain(i + 1)?;
            let part = self.slash(&below).or_else(|| self.over(&below));
            let Some((part, end)) = part else {
                return Some(first);
            };
            return Some(Numeral::new(
                start,
                end,
                first.low.checked_add(part)?,
                Form::Fraction,
            ));
        }
        let Some((low, end)) = self.over(&first) else {
            return Some(first);
        };
        let n = Numeral::new(start, end, low, Form::Fraction);
        // 百分之, 千分之, 万分之: the number is one of per cent
        let exponent = match self.sign_at(start) {
            Sign::Small(2) if i - start == 1 => 0,
            Sign::Small(3) if i - start == 1 => 1,
            Sign::Big(4) if i - start == 1 => 2,
            _ => return Some(n),
        };
        let above = self.above(i + 2)?;
        let scaled = |v: Decimal| v.checked_mul(Decimal::new(1, exponent));
        Some(Numeral {
            low: scaled(above.low)?,
            high: above.high.and_then(scaled),
            step: above.step - exponent as i32,
            percent: true,
            approx: above.approx,
            ..n
        })
    }

    /// What stands above the line of a fraction.
    fn above(&self, i: usize) -> Option<Numeral> {
        if self.at(i) == '负' {
            let n = self.plain(i + 1)?;
            return Some(Numeral {
                low: -n.low,
                high: None,
                ..n
            });
        }
        self.plain(i)
    }

    /// `below`分之Y: the quotient and its end.
    fn over(&self, below: &Numeral) -> Option<(Decimal, usize)> {
        if self.at(below.end) != '分' || self.at(below.end + 1) != '之' {
            return None;
        }
        let above = self.above(below.end + 2)?;
        Some((above.low.checked_div(below.low)?, above.end))
    }

    /// `above`/Y of whole digits: the quotient and its end.
    fn slash(&self, above: &Numeral) -> Option<(Decimal, usize)> {
        let whole = |n: &Numeral| matches!(n.form, Form::Ascii { scale: 0, .. });
        if self.at(above.end) != '/' || !whole(above) {
            return None;
        }
        let below = self.plain(above.end + 1).filter(whole)?;
        Some((above.low.checked_div(below.low)?, below.end))
    }
}

/// 两, which is a digit and a weight.
pub(super) fn is_liang(c: char) -> bool {
    matches!(c, '两' | '兩')
}
