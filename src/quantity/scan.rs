//! Finds the numerals of a text and says what the characters around each make of it: a quantity with its unit, a bare
//! number, a date, or part of a name.
//!
//! One walk from left to right. Only characters that can start a numeral, a listed name, a quotation or a web address
//! are looked at twice; every look backwards or forwards is bounded, and what was recognised is skipped, so the time is
//! linear in the text, whatever the text is.

use super::numeral::{Form, Lexer, Numeral, Sign, sign};
use super::tables::{Class, Segment, Tables, flag};
use super::text::{fold, is_dash};
use crate::text::scalars::Scalars;
use rust_decimal::Decimal;

/// Longest short quotation that is taken for a name.
const QUOTED: usize = 14;
/// How far a closing mark is looked for.
const TITLE: usize = 80;

/// What a numeral is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Part of a name, a code, an ordinal, a marker.
    Name,
    /// A date, a time of day, or part of one.
    Date,
    /// A number without unit.
    Bare,
    /// A number with a unit.
    Unit(Measure),
}

/// Unit of a numeral.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub unit: u16,
    pub factor: Decimal,
    /// What parts after the unit add, in the base unit (6角7分, 半).
    pub extra: Decimal,
    pub segments: Vec<Segment>,
    /// Where the unit is written.
    pub at: usize,
}

impl Measure {
    pub(super) fn plain(unit: u16, at: usize) -> Measure {
        Measure {
            unit,
            factor: Decimal::ONE,
            extra: Decimal::ZERO,
            segments: Vec::new(),
            at,
        }
    }
}

/// A numeral with its surroundings judged.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub numeral: Numeral,
    pub kind: Kind,
    pub approx: bool,
}

/// One text being read.
pub(super) struct Scanner<'a> {
    pub tables: &'a Tables,
    pub chars: Vec<char>,
    #[cfg(test)]
    pub steps: std::cell::Cell<u64>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(tables: &'a Tables, text: &Scalars) -> Scanner<'a> {
        let mut chars = text.chars().to_vec();
        // Han characters stay as they are.
        for &place in text.signs() {
            if let Some(c) = chars.get_mut(place) {
                *c = fold(*c);
            }
        }
        Scanner {
            tables,
            chars,
            #[cfg(test)]
            steps: std::cell::Cell::new(0),
        }
    }

    #[cfg(test)]
    fn tick(&self, n: usize) {
        self.steps.set(self.steps.get() + n as u64);
    }
    #[cfg(not(test))]
    #[inline(always)]
    fn tick(&self, _: usize) {}

    pub(super) fn at(&self, i: usize) -> char {
        self.tick(1);
        self.chars.get(i).copied().unwrap_or('\0')
    }

    pub(super) fn before(&self, i: usize) -> char {
        i.checked_sub(1).map_or('\0', |i| self.at(i))
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &[char] {
        self.chars.get(from..to).unwrap_or_default()
    }

    pub(super) fn rest(&self, from: usize) -> impl Iterator<Item = char> + '_ {
        self.chars.get(from..).unwrap_or_default().iter().copied()
    }

    pub(super) fn class(&self, unit: u16) -> Class {
        self.tables
            .units
            .get(usize::from(unit))
            .map_or(Class::Count, |u| u.class)
    }

    /// All numerals in order.
    pub(super) fn tokens(&self) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::with_capacity(self.chars.len() / 12 + 2);
        let mut quoted = 0; // end of the short quotation we are in
        let mut i = 0;
        while i < self.chars.len() {
            self.tick(1);
            let rest = self.chars.get(i..).unwrap_or_default();
            let Some(passed) = self.tables.flags.find(rest, flag::STOP) else {
                self.tick(rest.len());
                break;
            };
            self.tick(passed);
            i += passed;
            let c = self.at(i);
            let f = self.tables.flags_of(c);
            if f & flag::OPEN != 0 {
                if c == '"' && i == quoted && i > 0 {
                    i += 1;
                    continue;
                }
                match self.closing(i) {
                    Some(end) if c == '《' || c == '〈' => {
                        i = end + 1;
                        continue;
                    }
                    Some(end) if end - i <= QUOTED => quoted = end,
                    _ => {}
                }
                i += 1;
                continue;
            }
            if f & flag::LINK != 0
                && let Some(end) = self.link(i)
            {
                i = end;
                continue;
            }
            if f & flag::NAME != 0
                && let Some((n, ())) = self.tables.names.longest(self.rest(i))
                && !(self.before(i + n).is_ascii_alphanumeric()
                    && self.at(i + n).is_ascii_alphanumeric())
            {
                self.tick(n);
                i += n;
                continue;
            }
            let mut at = i;
            let mut currency = None;
            if f & flag::CURRENCY != 0
                && let Some((n, unit)) = self.tables.currency.longest(self.rest(i))
            {
                let mut j = i + n;
                while self.at(j) == ' ' && j < i + n + 2 {
                    j += 1;
                }
                if self.tables.flags_of(self.at(j)) & flag::NUMERAL != 0 {
                    (at, currency) = (j, Some(unit));
                }
            }
            if self.tables.flags_of(self.at(at)) & flag::NUMERAL == 0 {
                i += 1;
                continue;
            }
            let last_end = tokens.last().map_or(0, |t| t.end);
            match self.numeral(at, last_end) {
                Some(n) => {
                    self.tick(n.length);
                    let (token, next) = self.judge(i, n, currency, i < quoted);
                    i = next.max(token.end).max(i + 1);
                    tokens.push(token);
                }
                None => {
                    let end = self.lexer(&|_| false, &|_| false).run_end(at);
                    self.tick(end - at);
                    i = end.max(i + 1);
                }
            }
        }
        tokens
    }

    fn lexer<'b>(
        &'b self,
        unit_at: &'b dyn Fn(usize) -> bool,
        any: &'b dyn Fn(usize) -> bool,
    ) -> Lexer<'b> {
        Lexer {
            chars: &self.chars,
            unit_at,
            any_unit_at: any,
        }
    }

    /// The numeral at `i`, if its sign is one.
    pub(super) fn numeral(&self, i: usize, last_end: usize) -> Option<Numeral> {
        match self.at(i) {
            '-' => {
                let p = self.before(i);
                let after_quantity = last_end == i && i > 0;
                if !self.at(i + 1).is_ascii_digit()
                    || after_quantity
                    || p.is_ascii_alphanumeric()
                    || is_dash(p)
                    || matches!(p, ')' | '%' | '.')
                {
                    return None;
                }
            }
            // 肩负3项任务, 正负5度
            '负' if matches!(
                self.before(i),
                '肩' | '担' | '背' | '抱' | '自' | '欠' | '辜' | '胜' | '正'
            ) =>
            {
                return None;
            }
            '负' if !matches!(
                sign(self.at(i + 1)),
                Sign::Ascii(_) | Sign::Digit(..) | Sign::Small(_)
            ) && self.at(i + 1) != '的' =>
            {
                return None;
            }
            _ => {}
        }
        let is_unit = |i: usize| match self.at(i) {
            '千' | '百' | '兆' | '十' | '万' | '亿' => {
                self.tables.alias_at(&self.chars, i).is_some()
            }
            _ => false,
        };
        let any_unit = |i: usize| self.tables.alias_at(&self.chars, i + 1).is_some();
        let lexer = self.lexer(&is_unit, &any_unit);
        let n = lexer.numeral(i);
        #[cfg(test)]
        self.tick(n.map_or_else(|| lexer.run_end(i) - i, |n| n.end - i));
        n
    }

    /// The mark that closes the one at `i`, near by.
    fn closing(&self, i: usize) -> Option<usize> {
        let close = match self.at(i) {
            '“' => '”',
            '《' => '》',
            '〈' => '〉',
            '‘' => '’',
            '"' => '"',
            '「' => '」',
            '『' => '』',
            _ => return None,
        };
        let open = self.at(i);
        for (k, &c) in self.chars.iter().enumerate().skip(i + 1).take(TITLE) {
            if c == close {
                return Some(k);
            }
            if c == open || c == '\n' || c == '。' {
                return None;
            }
        }
        None
    }

    /// End of the web address or e-mail address that starts at `i`.
    fn link(&self, i: usize) -> Option<usize> {
        let starts = |w: &str| {
            w.chars()
                .enumerate()
                .all(|(k, c)| self.at(i + k).to_ascii_lowercase() == c)
        };
        if !(starts("http://") || starts("https://") || starts("www.") || starts("ftp://")) {
            return None;
        }
        let mut j = i;
        while self.at(j).is_ascii_graphic() {
            j += 1;
        }
        self.tick(j - i);
        Some(j)
    }

    /// Says what the numeral is; also returns where to go on.
    fn judge(
        &self,
        start: usize,
        n: Numeral,
        currency: Option<u16>,
        quoted: bool,
    ) -> (Token, usize) {
        if let Some(end) = self.power(&n) {
            let token = Token {
                start,
                end,
                numeral: n,
                kind: Kind::Name,
                approx: false,
            };
            return (token, end);
        }
        let n = self.without_mark(&n).unwrap_or(n);
        let mut token = Token {
            start,
            end: n.end,
            numeral: n,
            kind: Kind::Bare,
            approx: n.approx,
        };
        if let Some(end) = self.code(&n) {
            token.kind = Kind::Name;
            token.end = end;
            return (token, end);
        }
        if let Some((to_one, end)) = self.proportion(&n) {
            token.end = end;
            token.kind = if to_one {
                Kind::Unit(Measure::plain(self.tables.times, n.end))
            } else {
                Kind::Name
            };
            return (token, end);
        }
        self.tail(&mut token, currency);
        if !self.keeps(&token, quoted) {
            token.kind = Kind::Name;
        }
        let end = token.end;
        (token, end)
    }

    /// 2024.03.15, 127.0.0.1, 0875-7123456, 2024-03-15, 2024/3/15, 1+3, 6·19: the end of a run of digits that is no number.
    fn code(&self, n: &Numeral) -> Option<usize> {
        let Form::Ascii {
            digits,
            padded,
            grouped,
            scale,
        } = n.form
        else {
            return None;
        };
        let mut i = n.end;
        let mut groups = 1;
        let mut odd = padded && (scale == 0 || n.negative);
        let mut longest = digits;
        let mut separator = '\0';
        while matches!(self.at(i), '.' | '-' | '/' | '·' | '+' | '_' | '~')
            && self.at(i + 1).is_ascii_digit()
        {
            let s = self.at(i);
            if separator != '\0' && s != separator {
                break;
            }
            separator = s;
            let from = i + 1;
            i = from;
            while self.at(i).is_ascii_digit() {
                i += 1;
            }
            groups += 1;
            odd |= self.at(from) == '0' && i - from > 1;
            longest = longest.max(i - from);
            if s == '-' && self.at(i) == '.' && self.at(i + 1).is_ascii_digit() {
                // 1.5-2.5 is a range
                return None;
            }
        }
        self.tick(i - n.start);
        if separator == '/' && groups == 2 && n.start == 0 && i == self.chars.len() {
            return None;
        }
        let is_code = match separator {
            '.' => true,
            '·' | '+' | '_' => true,
            '-' => {
                scale == 0 && !grouped && (groups > 2 || odd || longest > 6 && digits != longest)
            }
            '/' => groups > 2 || odd,
            _ => padded && scale == 0,
        };
        is_code.then_some(i)
    }

    /// 1.38:1 is 1.38 times; 78:96, 25.7:26.8:47.5 and 8:30 are nothing.
    fn proportion(&self, n: &Numeral) -> Option<(bool, usize)> {
        let Form::Ascii { .. } = n.form else {
            return None;
        };
        let mark = |i: usize| matches!(self.at(i), ':' | '∶') && self.at(i + 1).is_ascii_digit();
        if !mark(n.end) {
            return None;
        }
        let second = self.numeral(n.end + 1, 0)?;
        if mark(second.end) {
            let mut end = second.end;
            while mark(end)
                || self.at(end).is_ascii_digit()
                || self.at(end) == '.' && self.at(end + 1).is_ascii_digit()
            {
                end += 1;
            }
            self.tick(end - n.start);
            return Some((false, end));
        }
        if second.form
            != (Form::Ascii {
                digits: second.end - second.start,
                padded: false,
                grouped: false,
                scale: 0,
            })
            || self.tables.alias_at(&self.chars, second.end).is_some()
            || matches!(self.at(second.end), '年' | '月')
        {
            let both_short = matches!((n.form, second.form), (Form::Ascii { digits: a, scale: 0, .. }, Form::Ascii { digits: 2, scale: 0, .. }) if a <= 2);
            let decimals = matches!(second.form, Form::Ascii { scale: 1.., .. });
            if both_short && self.tables.alias_at(&self.chars, second.end).is_none()
                || decimals && self.tables.alias_at(&self.chars, second.end).is_none()
            {
                return Some((false, second.end));
            }
            return None;
        }
        Some((second.low == Decimal::ONE, second.end))
    }
}
