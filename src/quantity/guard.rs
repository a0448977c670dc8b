//! What is not a figure although it is written with a numeral: ordinals, markers, codes, ages, slogans, names.
//!
//! The words come from `not-figures.toml`; what is here are the shapes that no list can hold: a number glued to Latin
//! letters, a number in brackets, one Chinese numeral that is part of a saying, a decimal before a thing that is counted
//! one by one (a section number).

use super::numeral::{Form, Sign, sign};
use super::scan::{Kind, Scanner, Token};
use super::tables::{Class, Numerals};
use super::text::is_dash;
use rust_decimal::Decimal;

impl Scanner<'_> {
    /// Whether the numeral may be a figure; what it is followed by has been read.
    pub(super) fn keeps(&self, token: &Token, quoted: bool) -> bool {
        let measure = match &token.kind {
            Kind::Name => return false,
            Kind::Date => return true,
            Kind::Bare => None,
            Kind::Unit(m) => Some(m),
        };
        let n = &token.numeral;
        if self.headed(token, measure.is_some())
            || !self.letters(token, measure.is_some())
            || self.marker(token, measure.is_some())
        {
            return false;
        }
        let Some(m) = measure else {
            return !quoted;
        };
        let Some(def) = self.tables.units.get(usize::from(m.unit)) else {
            return false;
        };
        let single = n.length == 1 && matches!(n.form, Form::Chinese);
        if quoted
            && (matches!(n.form, Form::Chinese | Form::Spelled { .. }) || def.class == Class::Count)
        {
            return false;
        }
        if n.percent {
            return true;
        }
        if self.threshold(token.end) || self.minutes(token.start, token.end) {
            return false;
        }
        if self.at(n.start) == '半' && !(def.half && def.class == Class::Measure) {
            return false;
        }
        match n.form {
            Form::Spelled { .. } => return false,
            Form::Ascii {
                padded: true,
                scale: 0,
                ..
            } => return false,
            _ => {}
        }
        let year = matches!(
            n.form,
            Form::Ascii {
                digits: 4,
                scale: 0,
                grouped: false,
                ..
            }
        ) && n.low >= Decimal::from(1900)
            && n.low < Decimal::from(2100);
        if year && def.ordinal || single && n.low.is_zero() && def.class == Class::Count {
            return false;
        }
        if single && (def.ordinal || n.cheque && def.class != Class::Money && n.start != 0) {
            return false;
        }
        if def.ascii_only && matches!(n.form, Form::Chinese) {
            return false;
        }
        if def.max.is_some_and(|max| n.low > max.into()) {
            return false;
        }
        if def.weight && self.before(token.start) == '(' && self.at(token.end) == ')' {
            return false;
        }
        if n.bare && !self.introduced(token) {
            return false;
        }
        if let Some((_, which)) = self.tables.rhetoric.longest(self.rest(m.at)) {
            let hit = match which {
                Numerals::All | Numerals::Bare => true,
                Numerals::Chinese => n.form == Form::Chinese,
                Numerals::Single => single,
            };
            if hit {
                return false;
            }
        }
        !(single
            && matches!(def.class, Class::Count | Class::Money)
            && m.extra.is_zero()
            && self.saying(token, m.at))
    }

    /// 第, 电话, 附件 … before the number, a colon or a space between.
    fn headed(&self, token: &Token, has_unit: bool) -> bool {
        let mut end = token.start;
        if matches!(self.before(end), '〔' | '[' | '【') {
            return !has_unit;
        }
        let direct = self
            .tables
            .heads
            .longest_back(self.slice(end.saturating_sub(8), end));
        if let Some((_, which)) = direct {
            return match which {
                Numerals::All => true,
                Numerals::Bare => !has_unit,
                Numerals::Chinese => token.numeral.form == Form::Chinese,
                Numerals::Single => {
                    token.numeral.form == Form::Chinese && token.numeral.length == 1
                }
            };
        }
        while end + 3 > token.start && matches!(self.before(end), ':' | ' ' | '为' | '是') {
            end -= 1;
        }
        end < token.start
            && !has_unit
            && matches!(
                self.tables
                    .heads
                    .longest_back(self.slice(end.saturating_sub(8), end)),
                Some((_, Numerals::Bare))
            )
    }

    /// PM2.5, COVID-19, 5G, A4 are names; KTV3家 and 25kg are not.
    fn letters(&self, token: &Token, has_unit: bool) -> bool {
        let after = self.at(token.end);
        if !has_unit && after.is_ascii_alphabetic() {
            return false;
        }
        if !has_unit && matches!(after, '·' | '+')
            || after == '+' && self.at(token.end + 1).is_ascii_alphanumeric()
        {
            return false;
        }
        let mut i = token.numeral.start;
        let before = self.before(i);
        if before == '+' && i > 1 && self.at(i - 2).is_ascii_alphanumeric()
            || before == '·' && self.before(i - 1).is_ascii_digit()
        {
            return false;
        }
        if (is_dash(before) || before == '/')
            && i > 1
            && self.at(i - 2).is_ascii_alphabetic()
            && !has_unit
        {
            return false;
        }
        if before == ' ' && !has_unit && self.before(i - 1).is_ascii_alphabetic() {
            return false;
        }
        if before == '^' || after == '^' {
            return false;
        }
        let mut letters = 0;
        while self.before(i).is_ascii_alphabetic() && letters < 12 {
            i -= 1;
            letters += 1;
        }
        if letters == 0 || token.start < token.numeral.start {
            return true;
        }
        // ≥2 capitals name a thing that is counted (KTV3家)
        has_unit
            && letters >= 2
            && self
                .slice(i, token.numeral.start)
                .iter()
                .all(char::is_ascii_uppercase)
    }

    /// 1、 2. （3） at the start of a sentence, （一） anywhere, 2.1 at the start of a paragraph.
    fn marker(&self, token: &Token, has_unit: bool) -> bool {
        let n = &token.numeral;
        let before = self.before(token.start);
        let after = self.at(n.end);
        let small = n.low < Decimal::from(1000)
            && matches!(
                n.form,
                Form::Ascii { scale: 0, .. } | Form::Chinese | Form::Spelled { .. }
            );
        if !has_unit && small && before == '(' && after == ')' && n.end - n.start <= 2 {
            return true;
        }
        let mut i = token.start;
        while i > 0 && self.at(i - 1) == ' ' && token.start - i < 8 {
            i -= 1;
        }
        let starts = i == 0
            || matches!(
                self.at(i - 1),
                '\n' | '。' | ';' | '；' | ':' | '!' | '！' | '？' | '?'
            );
        if !starts {
            return false;
        }
        if small
            && !has_unit
            && (matches!(after, '、' | ')') || after == '.' && !self.at(n.end + 1).is_ascii_digit())
        {
            return true;
        }
        // 2.1 总体情况
        i == 0
            && !has_unit
            && matches!(
                n.form,
                Form::Ascii {
                    scale: 1 | 2,
                    digits: 1 | 2,
                    ..
                }
            )
            && n.end < self.chars.len()
            && after != '%'
            // 3.2至3.5亿元
            && !is_dash(after)
            && !matches!(after, '至' | '到' | '、')
    }

    /// 八点三十分, 14时5分: minutes of a time of day.
    fn minutes(&self, start: usize, end: usize) -> bool {
        self.before(end) == '分'
            && matches!(self.before(start), '点' | '时')
            && start > 1
            && sign(self.at(start - 2)) != Sign::Other
    }

    /// 5000万元以上项目, 10人以下的企业: what ends at `end` is part of the name of a group.
    fn threshold(&self, end: usize) -> bool {
        const SIDES: [&str; 7] = [
            "(含)以上",
            "及以上",
            "以上",
            "(含)以下",
            "及以下",
            "以下",
            "以内",
        ];
        let starts = |i: usize, w: &str| w.chars().enumerate().all(|(k, c)| self.at(i + k) == c);
        let Some(side) = SIDES.iter().find(|w| starts(end, w)) else {
            return false;
        };
        let mut i = end + side.chars().count();
        if starts(i, "(含)") {
            i += 3;
        }
        if self.at(i) == '的' {
            i += 1;
        }
        self.tables.groups.longest(self.rest(i)).is_some()
    }

    /// Words of averaging shortly before: decimals of people are meant.
    pub(super) fn averaged(&self, start: usize) -> bool {
        let from = start.saturating_sub(14);
        (from..start).any(|i| {
            self.tables
                .average
                .longest(self.rest(i))
                .is_some_and(|(n, ())| i + n <= start)
        })
    }

    /// A magnitude without a digit is a number where a word leads to it (近千户, 上百场, 逾百万) or 余 follows (百余场).
    fn introduced(&self, token: &Token) -> bool {
        let n = &token.numeral;
        token.approx
            || n.length >= 2
                && matches!(token.kind, Kind::Unit(_))
                && !matches!(self.before(token.start), '每' | '/')
            || matches!(self.before(token.start), '上' | '过')
            || self
                .tables
                .before
                .longest_back(self.slice(token.start.saturating_sub(4), token.start))
                .is_some()
    }

    /// 一户一策, 三重一大, 两不愁三保障: numeral and noun, twice.
    fn saying(&self, token: &Token, unit_at: usize) -> bool {
        let one = |i: usize| {
            matches!(sign(self.at(i)), Sign::Digit(_, false) | Sign::Small(1))
                && sign(self.at(i + 1)) == Sign::Other
        };
        let han = |i: usize| {
            matches!(self.at(i), '\u{4e00}'..='\u{9fff}')
                && !matches!(self.at(i), '到' | '至' | '和' | '与' | '或' | '比' | '的')
        };
        let s = token.start;
        if unit_at != s + 1 {
            return false;
        }
        // forwards: N H N H, backwards the second half
        let forward = han(s + 1) && one(s + 2) && han(s + 3);
        let backward =
            s >= 2 && one(s - 2) && han(s - 1) && (s < 3 || sign(self.at(s - 3)) == Sign::Other);
        forward || backward
    }
}
