//! Numerals: one number as written, in ASCII digits, Chinese numerals or both, without unit.
//!
//! The grammar is that of spoken Chinese numbers with a digit string allowed wherever a numeral digit is: `1万2千`,
//! `200亿零四千230`, `3千万亿`. A numeral is read left to right, once; what cannot continue it ends it. Values are exact
//! decimals and every operation is checked: a number too long for 28 digits is no number.

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
    Decimal::from(10u64.pow(exponent.min(18)))
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
    /// Value of one unit in the last place written.
    pub step: Decimal,
    /// Number of characters that are numerals.
    pub length: usize,
    /// All its characters are forms of cheques (陆, 伍佰).
    pub cheque: bool,
    /// It begins with a magnitude that has no digit (百余场, 千户).
    pub bare: bool,
    /// The magnitudes at the end that everything before them multiplies, the longer chain first (3千万: 千万, 万;
    /// 一百五十万: 万): what a range or a list shares with the numbers before it (2至3千万).
    pub scales: [Option<Decimal>; 2],
    /// 百分之: the value is a percentage already.
    pub percent: bool,
    pub negative: bool,
}

/// One digit, or two neighbouring digits that mean a range, or a digit string.
#[derive(Clone, Copy)]
struct Current {
    low: Decimal,
    high: Option<Decimal>,
    /// Digits of an ASCII literal; 0 for a Chinese digit.
    literal: usize,
}

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
    /// Closes the section with 万, 亿 or 兆.
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

/// Reads numerals from folded text.
pub(super) struct Lexer<'a> {
    pub chars: &'a [char],
    /// Whether a unit that begins with a magnitude stands at a place (千克, 千瓦时, 百分点).
    pub unit_at: &'a dyn Fn(usize) -> bool,
    /// Whether any unit stands at a place.
    pub any_unit_at: &'a dyn Fn(usize) -> bool,
}

impl Lexer<'_> {
    fn at(&self, i: usize) -> char {
        self.chars.get(i).copied().unwrap_or('\0')
    }

    fn sign_at(&self, i: usize) -> Sign {
        sign(self.at(i))
    }

    /// End of the run of characters that could belong to a numeral: where to go on after something that is none.
    pub(super) fn run_end(&self, mut i: usize) -> usize {
        while sign(self.at(i)) != Sign::Other {
            i += 1;
        }
        i
    }

    /// ASCII literal `1,234.5`: value, digits before the point, decimals, grouped, end.
    fn literal(&self, start: usize) -> Option<(Decimal, usize, u32, bool, usize)> {
        let mut i = start;
        let mut value: i128 = 0;
        let mut fits = true;
        let digit = |i: usize| match self.at(i) {
            c @ '0'..='9' => Some(i128::from(c as u8 - b'0')),
            _ => None,
        };
        let mut push = |d: i128| match value.checked_mul(10).and_then(|v| v.checked_add(d)) {
            Some(v) => value = v,
            None => fits = false,
        };
        while let Some(d) = digit(i) {
            push(d);
            i += 1;
        }
        let mut digits = i - start;
        let mut grouped = false;
        if digits <= 3 && self.at(start) != '0' {
            while matches!(self.at(i), ',' | '，')
                && (1..=3).all(|k| digit(i + k).is_some())
                && digit(i + 4).is_none()
            {
                for k in 1..=3 {
                    push(digit(i + k).unwrap_or(0));
                }
                i += 4;
                digits += 3;
                grouped = true;
            }
        }
        let mut scale = 0;
        if self.at(i) == '.' && digit(i + 1).is_some() {
            i += 1;
            while let Some(d) = digit(i) {
                push(d);
                scale += 1;
                i += 1;
            }
        }
        if !fits || scale > 28 {
            return None;
        }
        let value = Decimal::try_from_i128_with_scale(value, scale).ok()?;
        Some((value, digits, scale, grouped, i))
    }

    /// Run of Chinese digits from `i`, at most as far as it can be one: its end.
    fn digits_end(&self, start: usize) -> usize {
        let mut i = start;
        while let Sign::Digit(_, _) = self.sign_at(i) {
            // 两 is a weight as well: it is a digit at the start, and before a magnitude or a measure word
            if matches!(self.at(i), '两' | '兩')
                && i > start
                && !(matches!(self.sign_at(i + 1), Sign::Small(_) | Sign::Big(_))
                    || (i == start + 1 && self.at(start) == '一' && (self.any_unit_at)(i + 1)))
            {
                break;
            }
            i += 1;
        }
        i
    }

    fn digit_value(&self, i: usize) -> u8 {
        match self.sign_at(i) {
            Sign::Digit(d, _) | Sign::Ascii(d) => d,
            _ => 0,
        }
    }

    /// The numeral that starts at `start` (at its sign, where it has one). `None` where none does.
    pub(super) fn numeral(&self, start: usize) -> Option<Numeral> {
        let mut i = start;
        let negative = match self.at(i) {
            '零' if self.at(i + 1) == '下' => {
                i += 2;
                true
            }
            '负' | '-' => {
                i += 1;
                if self.at(i) == '的' && self.at(i + 1) == '百' && self.at(i + 2) == '分' {
                    i += 1;
                }
                true
            }
            _ => false,
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

    /// A plain numeral, or one with 又 and 分之.
    fn fraction(&self, start: usize) -> Option<Numeral> {
        if self.at(start) == '半' {
            return Some(Numeral {
                start,
                end: start + 1,
                low: Decimal::new(5, 1),
                high: None,
                form: Form::Chinese,
                approx: false,
                step: Decimal::new(1, 1),
                length: 1,
                cheque: false,
                bare: false,
                scales: [None, None],
                percent: false,
                negative: false,
            });
        }
        let first = self.plain(start)?;
        let mut i = first.end;
        // 3/5 and nothing else
        if start <= 1
            && self.at(i) == '/'
            && let Some(below) = self.plain(i + 1)
            && below.end == self.chars.len()
            && matches!(
                (first.form, below.form),
                (Form::Ascii { scale: 0, .. }, Form::Ascii { scale: 0, .. })
            )
        {
            return Some(Numeral {
                end: below.end,
                low: first.low.checked_div(below.low)?,
                form: Form::Fraction,
                ..first
            });
        }
        if self.at(i) == '又' && sign(self.at(i + 1)) != Sign::Other {
            let below = self.plain(i + 1)?;
            // 三又二分之一, 3又1/2
            let slash = self.at(below.end) == '/' && self.at(below.end + 1).is_ascii_digit();
            let part = if slash {
                self.plain(below.end + 1).and_then(|over| {
                    let low = below.low.checked_div(over.low)?;
                    Some((Numeral { low, ..over }, over.end))
                })
            } else {
                self.over(&below)
            };
            if let Some((part, end)) = part {
                return Some(Numeral {
                    end,
                    low: first.low.checked_add(part.low)?,
                    high: None,
                    form: Form::Fraction,
                    scales: [None, None],
                    length: end - start,
                    step: part.step,
                    ..first
                });
            }
            return Some(first);
        }
        let Some((mut part, end)) = self.over(&first) else {
            return Some(first);
        };
        let whole = i - start == 1;
        let scale = match sign(self.at(start)) {
            Sign::Small(2) if whole => Some(Decimal::ONE),
            Sign::Small(3) if whole => Some(Decimal::new(1, 1)),
            Sign::Big(4) if whole => Some(Decimal::new(1, 2)),
            _ => None,
        };
        if let Some(scale) = scale {
            // the number below the line is the number of per cent
            let above = self.above(i + 2)?;
            part.low = above.low.checked_mul(scale)?;
            part.high = above.high.and_then(|h| h.checked_mul(scale));
            part.step = above.step.checked_mul(scale)?;
            part.percent = true;
            part.approx = above.approx;
        }
        i = end;
        Some(Numeral {
            start,
            end: i,
            form: Form::Fraction,
            scales: [None, None],
            bare: false,
            cheque: false,
            length: i - start,
            ..part
        })
    }

    /// What stands above the line of a fraction: 百 alone is a hundred there.
    fn above(&self, i: usize) -> Option<Numeral> {
        if self.at(i) == '负' {
            let mut n = self.plain(i + 1)?;
            (n.low, n.high) = (-n.low, None);
            n.start = i;
            return Some(n);
        }
        self.plain(i)
    }

    /// `below`分之Y: the quotient and its end.
    fn over(&self, below: &Numeral) -> Option<(Numeral, usize)> {
        let i = below.end;
        if self.at(i) != '分' || self.at(i + 1) != '之' {
            return None;
        }
        let above = self.above(i + 2)?;
        let low = above.low.checked_div(below.low)?;
        Some((
            Numeral {
                low,
                high: None,
                form: Form::Fraction,
                ..above
            },
            above.end,
        ))
    }

    fn plain(&self, start: usize) -> Option<Numeral> {
        let mut sum = Sum::default();
        let mut current: Option<Current> = None;
        let mut i = start;
        let mut last: Option<u32> = None; // exponent of the last magnitude
        let mut last_small: Option<u32> = None; // within the section
        let mut zero = false;
        let mut approx = false;
        let mut bare = false;
        let mut ascii: Option<(usize, bool, bool, u32)> = None;
        let mut chinese = false;
        let mut cheque = true;
        let mut magnitudes = 0;
        let mut step = Decimal::ONE;
        let mut range: Option<Decimal> = None; // high − low, scaled along
        let mut spelled = 0;
        let mut chain: Option<Decimal> = None; // 千万 in 3千万: only digits before it
        if matches!(self.at(i), '数' | '几')
            && matches!(self.sign_at(i + 1), Sign::Small(_) | Sign::Big(_))
        {
            current = Some(Current {
                low: Decimal::ONE,
                high: None,
                literal: 0,
            });
            approx = true;
            chinese = true;
            cheque = false;
            i += 1;
        }
        loop {
            let s = self.sign_at(i);
            match s {
                Sign::Ascii(_) => {
                    if current.is_some() {
                        break;
                    }
                    let Some((value, digits, scale, grouped, end)) = self.literal(i) else {
                        if i == start {
                            return None;
                        }
                        break;
                    };
                    let mut digits = digits;
                    if i > start {
                        // 3万4000, 25万6千, 1千零20 go on; 3万 4 does not
                        let wide = last.is_some_and(|m| digits == m as usize);
                        let more = matches!(self.sign_at(end), Sign::Small(e) | Sign::Big(e) if last.is_some_and(|m| e < m));
                        // 10万8 is 108 thousand
                        let next = self.at(end);
                        let spoken = digits == 1 && !(next.is_alphanumeric() || next == '%');
                        if scale > 0 || grouped || !(zero || wide || more || spoken) {
                            break;
                        }
                        if spoken && !zero {
                            digits = 0;
                        }
                    } else {
                        ascii = Some((digits, digits > 1 && self.at(i) == '0', grouped, scale));
                        step = Decimal::try_from_i128_with_scale(1, scale).ok()?;
                    }
                    cheque = false;
                    current = Some(Current {
                        low: value,
                        high: None,
                        literal: digits,
                    });
                    i = end;
                }
                Sign::Digit(..) => {
                    if current.is_some() {
                        break;
                    }
                    let end = self.digits_end(i);
                    let mut from = i;
                    while from < end && self.digit_value(from) == 0 {
                        from += 1;
                    }
                    if from > i && i > start {
                        zero = true;
                        if from == end {
                            // 零 before ten, before digits, or nothing that belongs to the number
                            match self.sign_at(end) {
                                Sign::Small(1) | Sign::Ascii(_) | Sign::Tens(_) => {
                                    i = end;
                                    chinese = true;
                                    continue;
                                }
                                _ => break,
                            }
                        }
                    } else {
                        from = i;
                    }
                    for k in i..end {
                        cheque &= matches!(self.sign_at(k), Sign::Digit(_, true));
                    }
                    let n = end - from;
                    if matches!(self.at(from), '两' | '兩')
                        && i > start
                        && n == 1
                        && !matches!(self.sign_at(end), Sign::Small(_) | Sign::Big(_))
                    {
                        break;
                    }
                    chinese = true;
                    let d = |k: usize| Decimal::from(self.digit_value(from + k));
                    current = Some(match n {
                        1 => Current {
                            low: d(0),
                            high: None,
                            literal: 0,
                        },
                        2 if self.digit_value(from + 1) == self.digit_value(from) + 1
                            && self.digit_value(from) > 0
                            || (self.digit_value(from), self.digit_value(from + 1)) == (3, 5) =>
                        {
                            Current {
                                low: d(0),
                                high: Some(d(1)),
                                literal: 0,
                            }
                        }
                        _ if from == start && magnitudes == 0 => {
                            if self.at(end) == '点' && n > 1 || n > 26 {
                                return None;
                            }
                            let mut v: i128 = 0;
                            for k in from..end {
                                v = v
                                    .checked_mul(10)?
                                    .checked_add(i128::from(self.digit_value(k)))?;
                            }
                            spelled = n;
                            Current {
                                low: Decimal::try_from_i128_with_scale(v, 0).ok()?,
                                high: None,
                                literal: n,
                            }
                        }
                        _ => return None,
                    });
                    i = end;
                    if spelled > 0 {
                        break;
                    }
                }
                Sign::Tens(d) => {
                    if current.is_some() || last_small.is_some_and(|m| m <= 1) {
                        break;
                    }
                    sum.section = sum.section.checked_add(Decimal::from(u32::from(d) * 10))?;
                    (last, last_small, zero) = (Some(1), Some(1), false);
                    (chinese, cheque) = (true, false);
                    magnitudes += 1;
                    i += 1;
                }
                Sign::Small(e) => {
                    if (self.unit_at)(i) || last_small.is_some_and(|m| e >= m) {
                        break;
                    }
                    let m = power(e);
                    let c = match current.take() {
                        Some(c) => c,
                        None if e == 1 => Current {
                            low: Decimal::ONE,
                            high: None,
                            literal: 0,
                        },
                        None if i == start => {
                            bare = true;
                            Current {
                                low: Decimal::ONE,
                                high: None,
                                literal: 0,
                            }
                        }
                        None => break,
                    };
                    if let Some(h) = c.high {
                        range = Some(h.checked_sub(c.low)?.checked_mul(m)?);
                    }
                    chain = (magnitudes == 0).then_some(m);
                    sum.section = sum.section.checked_add(c.low.checked_mul(m)?)?;
                    cheque &= matches!(self.at(i), '拾' | '佰' | '仟');
                    (last, last_small, zero, chinese) = (Some(e), Some(e), false, true);
                    magnitudes += 1;
                    i += 1;
                    step = if ascii.is_some() && magnitudes == 1 {
                        step.checked_mul(m)?
                    } else {
                        Decimal::ONE
                    };
                    if self.at(i) == '几' && e == 1 {
                        approx = true;
                        i += 1;
                    }
                    if matches!(self.at(i), '多' | '余' | '来')
                        && matches!(self.sign_at(i + 1), Sign::Big(_))
                    {
                        approx = true;
                        i += 1;
                    }
                }
                Sign::Big(e) => {
                    if (self.unit_at)(i) {
                        break;
                    }
                    let m = power(e);
                    let c = current.take();
                    chain = match chain {
                        Some(p) if c.is_none() => p.checked_mul(m),
                        None if magnitudes == 0 => Some(m),
                        _ => None,
                    };
                    if i == start {
                        bare = true;
                        sum.section = Decimal::ONE;
                    }
                    if let Some(c) = c {
                        if let Some(h) = c.high {
                            range = Some(h.checked_sub(c.low)?);
                        }
                        let trailing = c.literal == 0 && !zero && last_small.is_some_and(|s| s > 1);
                        let part = if trailing {
                            c.low.checked_mul(power(last_small? - 1))?
                        } else {
                            c.low
                        };
                        sum.section = sum.section.checked_add(part)?;
                    }
                    sum.close(e)?;
                    if let Some(r) = range {
                        range = Some(r.checked_mul(m)?);
                    }
                    cheque = false;
                    (last, last_small, zero, chinese) = (Some(e), None, false, true);
                    magnitudes += 1;
                    step = if ascii.is_some() && i > start && magnitudes == 1 {
                        step.checked_mul(m)?
                    } else {
                        m
                    };
                    i += 1;
                    if matches!(self.at(i), '多' | '余')
                        && matches!(self.sign_at(i + 1), Sign::Big(_))
                    {
                        approx = true;
                        i += 1;
                    }
                }
                Sign::Other => {
                    let c = self.at(i);
                    if c == '点'
                        && chinese
                        && ascii.is_none()
                        && spelled == 0
                        && matches!(self.sign_at(i + 1), Sign::Digit(..))
                    {
                        return self.decimals(start, i, &sum, current, approx);
                    }
                    // 1000 万, 500余万, 两个亿
                    let space = c == ' ' && ascii.is_some() && magnitudes == 0 && current.is_some();
                    let infix = matches!(c, '多' | '余') && current.is_some();
                    if (space || infix)
                        && matches!(self.sign_at(i + 1), Sign::Big(_))
                        && !(self.unit_at)(i + 1)
                    {
                        approx |= infix;
                        i += 1;
                        continue;
                    }
                    if c == '个' && current.is_some() && matches!(self.sign_at(i + 1), Sign::Big(8))
                    {
                        i += 1;
                        continue;
                    }
                    break;
                }
            }
        }
        if i == start {
            return None;
        }
        let mut low = sum.total()?;
        let mut scales = [None, None];
        match current {
            Some(c) => {
                let m = match last {
                    Some(e) if c.literal == 0 && !zero && e > 1 => power(e - 1),
                    _ => Decimal::ONE,
                };
                if let Some(h) = c.high {
                    range = Some(h.checked_sub(c.low)?.checked_mul(m)?);
                }
                low = low.checked_add(c.low.checked_mul(m)?)?;
                if magnitudes > 0 {
                    step = m;
                }
            }
            None => {
                if magnitudes <= 2
                    || sum.section.is_zero() && (sum.high.is_zero() || sum.middle.is_zero())
                {
                    scales = [
                        chain.filter(|_| magnitudes <= 2),
                        last.filter(|_| magnitudes == 1 || sum.section.is_zero())
                            .map(power),
                    ];
                }
            }
        }
        let form = match ascii {
            Some((digits, padded, grouped, scale)) if !chinese => Form::Ascii {
                digits,
                padded,
                grouped,
                scale,
            },
            Some(_) => Form::Mixed,
            None if spelled > 0 => Form::Spelled { digits: spelled },
            None if !chinese => return None,
            None => Form::Chinese,
        };
        Some(Numeral {
            start,
            end: i,
            low,
            high: range.and_then(|r| low.checked_add(r)),
            form,
            approx,
            step,
            length: i - start,
            cheque,
            bare,
            scales,
            percent: false,
            negative: false,
        })
    }

    /// 三点五, 六点四二万: the decimals that follow 点 at `point`, and the magnitudes after them.
    fn decimals(
        &self,
        start: usize,
        point: usize,
        sum: &Sum,
        current: Option<Current>,
        approx: bool,
    ) -> Option<Numeral> {
        let mut value = sum.total()?;
        if let Some(c) = current {
            value = value.checked_add(c.low)?;
        }
        let mut i = point + 1;
        let mut step = Decimal::ONE;
        while let Sign::Digit(d, _) = self.sign_at(i) {
            if matches!(self.at(i), '两' | '兩') || step.scale() >= 27 {
                break;
            }
            step = step.checked_div(Decimal::TEN)?;
            value = value.checked_add(step.checked_mul(Decimal::from(d))?)?;
            i += 1;
        }
        // 八点三十分 is a time of day
        if self.sign_at(i) == Sign::Small(1) || i == point + 1 {
            return None;
        }
        let mut scaled_by = None;
        while let Sign::Small(e) | Sign::Big(e) = self.sign_at(i) {
            if (self.unit_at)(i) {
                break;
            }
            value = value.checked_mul(power(e))?;
            step = step.checked_mul(power(e))?;
            scaled_by = Some(scaled_by.unwrap_or(Decimal::ONE).checked_mul(power(e))?);
            i += 1;
        }
        Some(Numeral {
            start,
            end: i,
            low: value,
            high: None,
            form: Form::Chinese,
            approx,
            step,
            length: i - start,
            cheque: false,
            bare: false,
            scales: [scaled_by, None],
            percent: false,
            negative: false,
        })
    }
}
