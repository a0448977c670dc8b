//! Finds the numerals of a text and says what the characters around each make of it: a quantity with its unit, a bare
//! number, a date, or part of a name.
//!
//! One walk from left to right. Only characters that can start a numeral, a listed name, a quotation or a web address
//! are looked at twice; every look backwards or forwards is bounded, and what was recognised is skipped, so the time is
//! linear in the text, whatever the text is.

use super::numeral::{Form, Lexer, Numeral, Sign, sign};
use super::tables::{Class, Numerals, Segment, Tables, flag};
use super::text::{fold, is_dash};
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
    pub(super) fn new(tables: &'a Tables, text: &str) -> Scanner<'a> {
        let mut chars = Vec::with_capacity(text.len() / 2);
        chars.extend(text.chars().map(fold));
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
        let mut tokens: Vec<Token> = Vec::new();
        let mut quoted = 0; // end of the short quotation we are in
        let mut i = 0;
        while i < self.chars.len() {
            self.tick(1);
            let c = self.at(i);
            let f = self.tables.flags_of(c);
            if f & !flag::CLAUSE == 0 {
                i += 1;
                continue;
            }
            if f & flag::OPEN != 0 {
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
        self.lexer(&is_unit, &any_unit).numeral(i)
    }

    /// The mark that closes the one at `i`, near by.
    fn closing(&self, i: usize) -> Option<usize> {
        let close = match self.at(i) {
            '“' => '”',
            '《' => '》',
            '〈' => '〉',
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

    fn is_han(c: char) -> bool {
        matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
    }

    /// Says what the numeral is; also returns where to go on.
    fn judge(
        &self,
        start: usize,
        n: Numeral,
        currency: Option<u16>,
        quoted: bool,
    ) -> (Token, usize) {
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
        if let Some((factor, end)) = self.proportion(&n) {
            token.end = end;
            token.kind = match factor {
                Some(()) => Kind::Unit(Measure::plain(self.tables.times, n.end)),
                None => Kind::Name,
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
        let mut odd = padded && scale == 0 || n.negative && padded;
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
    fn proportion(&self, n: &Numeral) -> Option<(Option<()>, usize)> {
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
            return Some((None, end));
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
                return Some((None, second.end));
            }
            return None;
        }
        Some(((second.low == Decimal::ONE).then_some(()), second.end))
    }

    /// Reads what follows the numeral: 余, a unit and its denominators, or what makes it a date or a name.
    fn tail(&self, token: &mut Token, currency: Option<u16>) {
        let n = token.numeral;
        if n.percent {
            token.kind = Kind::Unit(Measure::plain(self.tables.percent, n.end));
            self.more(token);
            return;
        }
        let mut i = n.end;
        let ascii = !matches!(n.form, Form::Chinese | Form::Spelled { .. });
        // after a space only a unit may follow
        while ascii && self.at(i) == ' ' && i < n.end + 2 {
            i += 1;
        }
        let spaced = i > n.end;
        let direct = self.measure_at(i);
        let (found, infix) = match self.at(i) {
            '多' | '余' | '几' | '来' if !spaced => match self.measure_at(i + 1) {
                Some(m) if direct.is_none() && (self.at(i) != '来' || self.round(&n)) => {
                    (Some(m), true)
                }
                _ => (direct, false),
            },
            _ => (direct, false),
        };
        let tail = self.tables.tails.longest(self.rest(n.end));
        let unit_len = found.as_ref().map_or(0, |(_, end)| end - n.end);
        if let Some((len, after)) = tail
            && len >= unit_len
            && self.applies(after.numerals, &n, found.is_some())
            && !after
                .unless
                .and_then(|u| self.tables.unless.get(usize::from(u)))
                .is_some_and(|words| self.seen_before(token.start, words))
        {
            token.kind = Kind::Name;
            token.end = n.end + len;
            return;
        }
        if !infix && !spaced && self.is_date(&n) {
            token.kind = Kind::Date;
            token.end = n.end + 1;
            return;
        }
        let Some((mut m, mut end)) = found else {
            if let Some(unit) = currency {
                token.kind = Kind::Unit(Measure::plain(unit, n.end));
            }
            self.more(token);
            return;
        };
        token.approx |= infix;
        self.parts(&mut m, &mut end);
        if self.class(m.unit) == Class::Money {
            if let Some(unit) = currency {
                m.unit = unit;
            }
            if let Some((len, unit)) = self.tables.currency.longest(self.rest(end)) {
                m.unit = unit;
                end += len;
            }
        }
        let class = self.class(m.unit);
        if self.at(end) == '半'
            && self
                .tables
                .units
                .get(usize::from(m.unit))
                .is_some_and(|u| u.half)
            && !Self::is_han(self.at(end + 1))
                | matches!(self.at(end + 1), '的' | '以' | '左' | '多')
        {
            m.extra = m.factor * Decimal::new(5, 1);
            end += 1;
        }
        if !matches!(class, Class::Ratio | Class::Time) {
            end = self.denominators(&mut m, end);
        }
        token.end = end;
        token.kind = Kind::Unit(m);
        self.more(token);
    }

    /// 多 and 余 after the unit or after a bare number (15公里多, 四百多).
    fn more(&self, token: &mut Token) {
        if matches!(self.at(token.end), '多' | '余') && !Self::is_han(self.at(token.end + 1)) {
            token.end += 1;
            token.approx = true;
        }
    }

    fn round(&self, n: &Numeral) -> bool {
        matches!(self.at(n.end - 1), '0' | '十' | '百' | '千' | '万')
    }

    /// The unit at `i`, 个 before a unit of a thing that is counted in 个 passed over (个百分点).
    pub(super) fn measure_at(&self, i: usize) -> Option<(Measure, usize)> {
        let (mut alias, mut end) = self.tables.alias_at(&self.chars, i)?;
        if self.at(i) == '个'
            && end == i + 1
            && let Some((inner, inner_end)) = self.tables.alias_at(&self.chars, end)
            && self
                .tables
                .units
                .get(usize::from(inner.unit))
                .is_some_and(|u| u.ge)
        {
            (alias, end) = (inner, inner_end);
        }
        let def = self.tables.units.get(usize::from(alias.unit))?;
        if def.header_only {
            return None;
        }
        Some((
            Measure {
                unit: alias.unit,
                factor: alias.factor,
                extra: Decimal::ZERO,
                segments: Vec::new(),
                at: i,
            },
            end,
        ))
    }

    /// 12元3角4分, 六斤八两, 三块五.
    fn parts(&self, m: &mut Measure, end: &mut usize) {
        let Some(def) = self.tables.units.get(usize::from(m.unit)) else {
            return;
        };
        let mut least = m.factor;
        for _ in 0..3 {
            let Some(n) = self
                .numeral(*end, 0)
                .filter(|n| !n.negative && n.high.is_none() && n.low < Decimal::ONE_HUNDRED)
            else {
                return;
            };
            let rest = self.chars.get(n.end..).unwrap_or_default();
            if let Some((word, f)) = def
                .parts
                .iter()
                .find(|(w, f)| *f < least && n.low < Decimal::TEN && rest.starts_with(w))
            {
                m.extra += n.low * *f;
                least = *f;
                *end = n.end + word.len();
            } else if let Some(tenths) = self.tenths(
                &n,
                def.half || !def.parts.is_empty(),
                def.class == Class::Money && least < Decimal::ONE || def.with_parts.is_some(),
            ) {
                m.extra += tenths * least;
                *end = n.end;
                m.unit = def.with_parts.unwrap_or(m.unit);
                return;
            } else {
                return;
            }
            m.unit = def.with_parts.unwrap_or(m.unit);
        }
    }

    /// 三块五, 3毛5, 一米七五: decimals of what was said last, at the end of a phrase.
    fn tenths(&self, n: &Numeral, spoken: bool, digits: bool) -> Option<Decimal> {
        let next = self.at(n.end);
        if Self::is_han(next) || next.is_ascii_alphanumeric() || self.at(n.start) == '半' {
            return None;
        }
        match n.form {
            Form::Chinese if spoken && n.length == 1 && n.low < Decimal::TEN => {
                n.low.checked_mul(Decimal::new(1, 1))
            }
            Form::Spelled { digits: 2 } if spoken => n.low.checked_mul(Decimal::new(1, 2)),
            Form::Ascii {
                digits: 1,
                scale: 0,
                ..
            } if digits => n.low.checked_mul(Decimal::new(1, 1)),
            _ => None,
        }
    }

    /// /月, /人/年, /人·月, ∕人、月, 每立方米 after a unit: the end.
    pub(super) fn denominators(&self, m: &mut Measure, start: usize) -> usize {
        let mut end = start;
        let base = m.segments.len();
        loop {
            let c = self.at(end);
            let joined = m.segments.len() > base;
            let at = match c {
                '/' | '每' => end + 1,
                '·' | '*' | '×' | '.' if joined => end + 1,
                '、' if joined
                    && matches!(self.at(end + 1), '月' | '年' | '日' | '天')
                    && !matches!(self.at(end + 2), '均' | '度' | '末' | '初') =>
                {
                    end + 1
                }
                '月' | '年' | '天' | '日'
                    if joined
                        && m.segments.last().is_some_and(|s| !s.time)
                        && !Self::is_han(self.at(end + 1)) =>
                {
                    end
                }
                _ => break,
            };
            let Some((segment, next)) = self.tables.segment(&self.chars, at) else {
                break;
            };
            if m.segments.len() - base >= 3 || c == '每' && segment.name == "个" {
                break;
            }
            m.segments.push(segment);
            end = next;
        }
        if end > start && self.at(start) == '每' && sign(self.at(end)) != Sign::Other {
            // 发放500元，… 每人80元: the words belong to the next number
            m.segments.truncate(base);
            return start;
        }
        end
    }

    fn applies(&self, which: Numerals, n: &Numeral, has_unit: bool) -> bool {
        let chinese = matches!(n.form, Form::Chinese | Form::Spelled { .. });
        match which {
            Numerals::All => true,
            Numerals::Chinese => chinese,
            Numerals::Single => chinese && n.length == 1,
            Numerals::Bare => !has_unit,
        }
    }

    fn seen_before(&self, start: usize, words: &[Vec<char>]) -> bool {
        let window = self.slice(start.saturating_sub(16), start);
        words
            .iter()
            .any(|w| window.windows(w.len().max(1)).any(|x| x == w.as_slice()))
    }

    /// 2024年, 3月, 15日, 8时 directly after the numeral.
    fn is_date(&self, n: &Numeral) -> bool {
        let whole = match n.form {
            Form::Ascii {
                scale: 0,
                grouped: false,
                ..
            }
            | Form::Chinese
            | Form::Spelled { .. } => true,
            Form::Ascii {
                digits: 1 | 2,
                scale: 4,
                ..
            } => {
                // 1.2022年: a marker and a year
                return self.at(n.end) == '年';
            }
            _ => false,
        };
        let digits = match n.form {
            Form::Ascii { digits, .. } | Form::Spelled { digits } => digits,
            _ => 0,
        };
        let most = |m: i64| whole && n.low <= Decimal::from(m) && !n.bare;
        match self.at(n.end) {
            '年' => {
                whole
                    && (digits == 4 && n.low >= Decimal::from(1000) && n.low < Decimal::from(3000)
                        || matches!(n.form, Form::Spelled { digits: 2..=4 })
                        || digits == 2 && self.at(n.end + 1).is_ascii_digit())
            }
            '月' => true,
            '日' => most(31) && !matches!(self.at(n.end + 1), '均'),
            '时' | '点' => most(24) && self.at(n.end + 1) != '间',
            _ => false,
        }
    }
}
