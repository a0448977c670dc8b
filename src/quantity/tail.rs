//! What follows a numeral: 余 and 多, a unit with its smaller parts and denominators, or what makes it a date.

use super::numeral::{Form, Numeral, Sign, sign};
use super::scan::{Kind, Measure, Scanner, Token};
use super::tables::{Alias, Class, Numerals, Row, Segment, flag};
use super::text::is_han;
use rust_decimal::Decimal;

impl Scanner<'_> {
    /// Reads what follows the numeral: 余, a unit and its denominators, or what makes it a date or a name.
    pub(super) fn tail(&self, token: &mut Token, currency: Option<u16>) {
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
        // 七五折 is 75 %.
        if let (Form::Spelled { digits: 2 }, Some((m, end))) = (n.form, &direct)
            && self.at(i) == '折'
            && let Some(low) = n.low.checked_mul(Decimal::new(1, 1))
        {
            token.numeral.low = low;
            token.numeral.form = Form::Chinese;
            token.end = *end;
            token.kind = Kind::Unit(m.clone());
            return;
        }
        let (found, infix) = match self.at(i) {
            '多' | '余' | '几' | '来' if !spaced => match self.measure_after(i + 1) {
                Some(m) if direct.is_none() && (self.at(i) != '来' || self.round(&n)) => {
                    (Some(m), true)
                }
                _ => (direct, false),
            },
            _ => (direct, false),
        };
        let found = found.filter(|(m, end)| {
            let def = self.tables.units.get(usize::from(m.unit));
            def.is_some_and(|def| def.row != Some(Row::Only)) || self.in_row(&n, *end)
        });
        let tail = self.tables.tails.longest(self.rest(n.end));
        let unit_len = found.as_ref().map_or(0, |(_, end)| end - n.end);
        if let Some((len, after)) = tail
            && len >= unit_len
            && self.applies(after.numerals, &n, found.is_some())
            && !after
                .unless
                .is_some_and(|u| self.near(token.start, u, false))
            && after.only.is_none_or(|u| self.near(token.start, u, true))
        {
            token.kind = Kind::Name;
            token.end = n.end + len;
            return;
        }
        // 7 月 27 日 too, where a space stands before each.
        let day = |c: char| matches!(c, '年' | '月' | '日');
        if !infix && (!spaced || day(self.at(i))) && self.is_date(&n, i) {
            token.kind = Kind::Date;
            token.end = i + 1;
            return;
        }
        let Some((mut m, mut end)) = found else {
            if let Some(unit) = currency {
                token.kind = Kind::Unit(Measure::plain(unit, n.end));
            } else if let Some(unit) = self.tables.dimensionless
                && self.is_index(token.start, &n)
            {
                token.kind = Kind::Unit(Measure::plain(unit, n.end));
            }
            self.more(token);
            return;
        };
        token.approx |= infix;
        self.parts(&mut m, &mut end);
        // 摄氏36.5度: which degrees stands before them.
        if let Some(unit) = currency
            && self.class(unit) == Class::Measure
            && self.at(m.at) == '度'
        {
            m.unit = unit;
        }
        if self.class(m.unit) == Class::Money {
            if let Some(unit) = currency {
                m.unit = unit;
            }
            if let Some((len, unit)) = self.tables.currency.longest(self.rest(end)) {
                m.unit = unit;
                end += len;
            }
        }
        if self.at(m.at) == '个'
            && self.at(end) == '半'
            && let Some((inner, inner_end)) = self.tables.alias_at(&self.chars, end + 1)
            && self.class(inner.unit) == Class::Time
        {
            // 三个半小时
            m.extra = inner.factor * Decimal::new(5, 1);
            (m.unit, m.factor, end) = (inner.unit, inner.factor, inner_end);
        }
        let class = self.class(m.unit);
        if self.at(end) == '半'
            && self
                .tables
                .units
                .get(usize::from(m.unit))
                .is_some_and(|u| u.half)
            && !is_han(self.at(end + 1)) | matches!(self.at(end + 1), '的' | '以' | '左' | '多')
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

    /// Whether a number without unit is the value of an index or a coefficient: 综合指数为3.42, 利用系数提高到0.55.
    fn is_index(&self, start: usize, n: &Numeral) -> bool {
        let year = n.low >= Decimal::from(1900) && n.low < Decimal::from(2100);
        let plain = match n.form {
            Form::Ascii {
                padded: true,
                scale: 0,
                ..
            } => false,
            Form::Ascii { scale, .. } => scale > 0 || !year,
            Form::Chinese => n.length >= 3,
            _ => false,
        };
        let after = self.at(n.end);
        if !plain || after.is_ascii_alphanumeric() || matches!(after, '-' | '/' | ':' | '月' | '日')
        {
            return false;
        }
        let mut end = self.leads_back(start);
        if self.before(end) == ')'
            && let Some(open) = (end.saturating_sub(16)..end)
                .rev()
                .find(|k| self.at(*k) == '(')
        {
            end = self.leads_back(open);
        }
        self.tables
            .index_back
            .longest_back(self.slice(end.saturating_sub(6), end))
            .is_some()
    }

    /// Where the words that lead to a number begin: 为, 年累计达.
    fn leads_back(&self, mut end: usize) -> usize {
        for _ in 0..4 {
            let s = self.slice(end.saturating_sub(6), end);
            match self.tables.lead_back.longest_back(s) {
                Some((n, ())) => end -= n,
                None => break,
            }
        }
        end
    }

    /// 多 and 余 after the unit or after a bare number (15公里多, 四百多).
    fn more(&self, token: &mut Token) {
        if matches!(self.at(token.end), '多' | '余') && !is_han(self.at(token.end + 1)) {
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
        let (alias, end) = self.bracketed(i, alias, end);
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

    /// 3镇3乡3街道, 5镇、4乡: whether another number with a unit of a row stands right before the numeral or
    /// after its unit, which ends at `end`.
    fn in_row(&self, n: &Numeral, end: usize) -> bool {
        let row = |unit: u16| {
            let def = self.tables.units.get(usize::from(unit));
            def.is_some_and(|def| def.row.is_some())
        };
        let digits = |f: Form| matches!(f, Form::Ascii { scale: 0, .. });
        if !digits(n.form) {
            return false;
        }
        let skip = |i: usize| i + usize::from(self.at(i) == '、');
        let next = skip(end);
        if self.at(next).is_ascii_digit()
            && self.numeral(next, 0).is_some_and(|n| {
                let unit = self.tables.alias_at(&self.chars, n.end);
                digits(n.form) && unit.is_some_and(|(alias, _)| row(alias.unit))
            })
        {
            return true;
        }
        // No unit of a row has more than four characters.
        let end = n.start - usize::from(self.before(n.start) == '、');
        (end.saturating_sub(4)..end).any(|i| {
            self.before(i).is_ascii_digit()
                && self
                    .tables
                    .alias_at(&self.chars, i)
                    .is_some_and(|(alias, to)| to == end && row(alias.unit))
        })
    }

    /// The unit at `i..end` with a second measure word in brackets behind it. It makes a compound where there is such a unit
    /// (36场（次）, 5600台（辆）次); otherwise it only says that some of the things are counted so (36个（处）, 12起（件）).
    pub(super) fn bracketed(&self, i: usize, alias: Alias, end: usize) -> (Alias, usize) {
        let counts = |unit| self.class(unit) == Class::Count;
        if self.at(end) != '(' {
            return (alias, end);
        }
        let close = match self.tables.alias_at(&self.chars, end + 1) {
            Some((other, close)) if self.at(close) == ')' && counts(other.unit) => close,
            _ => return (alias, end),
        };
        // The longest unit that begins with the word before the bracket and goes on from `from`.
        let compound = |from: usize| {
            let word = self.slice(i, end).iter().copied();
            let (n, found) = self.tables.aliases.longest(word.chain(self.rest(from)))?;
            let more = n.checked_sub(end - i).filter(|more| *more > 0)?;
            matches!(self.class(found.unit), Class::Count | Class::Measure)
                .then_some((found, from + more))
        };
        match (compound(close + 1), compound(end + 1)) {
            (Some((found, to)), _) => (found, to),
            (None, Some((found, to))) if to == close => (found, close + 1),
            _ if counts(alias.unit) => (alias, close + 1),
            _ => (alias, end),
        }
    }

    /// The unit after 余: whatever it begins, it is the unit (5000余本科普读物).
    fn measure_after(&self, i: usize) -> Option<(Measure, usize)> {
        self.measure_at(i).or_else(|| {
            let (n, alias) = self.tables.aliases.longest(self.rest(i))?;
            let def = self.tables.units.get(usize::from(alias.unit))?;
            let measure = Measure {
                factor: alias.factor,
                ..Measure::plain(alias.unit, i)
            };
            (!def.header_only && is_han(self.at(i))).then_some((measure, i + n))
        })
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
                def.class == Class::Money && least < Decimal::ONE
                    || def.with_parts.is_some()
                    || def.base == "米",
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
        if is_han(next) || next.is_ascii_alphanumeric() || self.at(n.start) == '半' {
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
            if c == '/'
                && !joined
                && let Some((segments, next)) = self
                    .in_brackets(end + 1)
                    .or_else(|| self.of_inhabitants(end + 1))
                    .or_else(|| self.of_a_hundred(end + 1))
            {
                m.segments.extend(segments);
                end = next;
                continue;
            }
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
                        && !is_han(self.at(end + 1)) =>
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

    /// （人·月） after a slash.
    fn in_brackets(&self, open: usize) -> Option<(Vec<Segment>, usize)> {
        let mut at = open;
        let mut segments = Vec::new();
        while segments.len() < 3
            && (matches!(self.at(at), '·' | '*' | '×' | '.' | '、' | '/')
                || at == open && self.at(at) == '(')
        {
            let (segment, next) = self.tables.segment(&self.chars, at + 1)?;
            segments.push(segment);
            at = next;
        }
        (at > open && self.at(at) == ')').then_some((segments, at + 1))
    }

    /// 10万 after a slash, of so many inhabitants: 36例/10万.
    fn of_inhabitants(&self, at: usize) -> Option<(Vec<Segment>, usize)> {
        let many = ["10万", "十万"]
            .iter()
            .map(|w| w.chars())
            .find(|w| w.clone().eq(self.rest(at).take(w.clone().count())))?;
        let end = at + many.clone().count();
        if is_han(self.at(end)) || self.at(end).is_ascii_alphanumeric() {
            return None;
        }
        let of: Vec<char> = many.chain(['人']).collect();
        let (segment, _) = self.tables.segment(&of, 0)?;
        Some((vec![segment], end))
    }

    /// 100公里, 100毫升 after a slash: what fuel and concentrations are measured per. Of other things a second figure may
    /// stand there (360万元/100亩).
    fn of_a_hundred(&self, at: usize) -> Option<(Vec<Segment>, usize)> {
        if self.slice(at, at + 3) != ['1', '0', '0'] {
            return None;
        }
        let of: Vec<char> = std::iter::once('百')
            .chain(self.rest(at + 3).take(4))
            .collect();
        let (segment, to) = self.tables.segment(&of, 0)?;
        matches!(
            segment.name.as_str(),
            "百公里" | "百毫升" | "百克" | "百千克"
        )
        .then(|| (vec![segment], at + 2 + to))
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

    /// Whether one of the words of an entry stands shortly before, in the same clause if so wanted.
    fn near(&self, start: usize, entry: u16, clause: bool) -> bool {
        let mut window = self.slice(start.saturating_sub(16), start);
        if clause
            && let Some(stop) = window
                .iter()
                .rposition(|c| self.tables.flags_of(*c) & flag::CLAUSE != 0)
        {
            window = window.get(stop..).unwrap_or_default();
        }
        let words = self.tables.near.get(usize::from(entry));
        words.is_some_and(|words| {
            words
                .iter()
                .any(|w| window.windows(w.len().max(1)).any(|x| x == w.as_slice()))
        })
    }

    /// 2024年, 3月, 15日, 8时 after the numeral, at `at`.
    fn is_date(&self, n: &Numeral, at: usize) -> bool {
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
                return self.at(at) == '年';
            }
            _ => false,
        };
        let digits = match n.form {
            Form::Ascii { digits, .. } | Form::Spelled { digits } => digits,
            _ => 0,
        };
        let most = |m: i64| whole && n.low <= Decimal::from(m) && !n.bare;
        match self.at(at) {
            '年' => {
                whole
                    && (digits == 4 && n.low >= Decimal::from(1000) && n.low < Decimal::from(3000)
                        || matches!(n.form, Form::Spelled { digits: 2..=4 })
                        || digits == 2 && self.at(at + 1).is_ascii_digit())
            }
            '月' => true,
            '日' => most(31) && !matches!(self.at(at + 1), '均'),
            '时' | '点' => most(24) && self.at(at + 1) != '间',
            _ => false,
        }
    }
}
