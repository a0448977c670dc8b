//! From numerals to quantities: ranges, numbers that share a unit, denominators said before or carried over, qualifiers.

use super::numeral::{Form, half, power};
use super::per::Lists;
use super::scan::{Kind, Measure, Scanner, Token};
use super::tables::{Class, Segment, flag};
use super::text::is_dash;
use super::types::{Qualifier, Quantity};
use crate::text::scalars::Scalars;
use rust_decimal::Decimal;

/// How far apart two figures may be that share a denominator.
const CARRY: usize = 48;

/// A quantity being put together.
struct Figure {
    start: usize,
    end: usize,
    low: Decimal,
    high: Option<Decimal>,
    measure: Option<Measure>,
    approx: bool,
    precision: Decimal,
    vague: bool,
    /// It begins with a magnitude that has no digit.
    bare: bool,
    /// Written with its own 万 or 亿 (figures of another order of size do not share a denominator).
    scaled: bool,
    /// A thing counted one by one with decimals: only an average can be meant.
    average: bool,
}

/// What stands between two numerals.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    /// — ~ 至 到.
    Range,
    /// 、 和 与 及.
    List,
    None,
}

impl Scanner<'_> {
    /// The quantities of the text, in order.
    pub(super) fn quantities(&self, text: &Scalars) -> Vec<Quantity> {
        let mut tokens = self.tokens();
        self.inherit(&mut tokens);
        let figures = self.figures(&tokens);
        self.finish(text, figures)
    }

    fn between(&self, a: &Token, b: &Token) -> Link {
        let gap = self.slice(a.end, b.start);
        let gap: &[char] = match gap {
            [' ', rest @ ..] => rest,
            g => g,
        };
        let gap = match gap {
            [rest @ .., ' '] => rest,
            g => g,
        };
        match gap {
            [c] if is_dash(*c) => Link::Range,
            [a, b] if is_dash(*a) && is_dash(*b) => Link::Range,
            ['至' | '到'] => Link::Range,
            ['、' | '和' | '与' | '及' | '或'] | ['以', '及'] => Link::List,
            _ => Link::None,
        }
    }

    /// Numbers that say what they are through the next one: 1—6月, 2018、2019年, 4125.49、4143.91万元, 3—4级; and through the
    /// one before: 第3、4季度.
    fn inherit(&self, tokens: &mut [Token]) {
        for k in (0..tokens.len().saturating_sub(1)).rev() {
            let (head, rest) = tokens.split_at_mut(k + 1);
            let (Some(a), Some(b)) = (head.last_mut(), rest.first()) else {
                continue;
            };
            if !matches!(a.kind, Kind::Bare) {
                continue;
            }
            let link = self.between(a, b);
            if link == Link::None || self.opens_list(a, link) {
                continue;
            }
            match &b.kind {
                Kind::Date => a.kind = Kind::Date,
                Kind::Name => a.kind = Kind::Name,
                Kind::Unit(m)
                    if link == Link::List
                        && matches!(a.numeral.form, Form::Ascii { .. } | Form::Mixed) =>
                {
                    let scale = self.shared_scale(a, b);
                    let mut shared = m.clone();
                    shared.extra = Decimal::ZERO;
                    if let Some(s) = scale
                        && let Some(f) = shared.factor.checked_mul(s)
                    {
                        shared.factor = f;
                    }
                    a.kind = Kind::Unit(shared);
                }
                _ => {}
            }
        }
        for k in 1..tokens.len() {
            // 10时30分: the minutes of a time of day
            let (head, rest) = tokens.split_at_mut(k);
            let (Some(a), Some(b)) = (head.last(), rest.first_mut()) else {
                continue;
            };
            // 综合指数分别为3.42和3.56
            if let (Kind::Unit(m), Kind::Bare) = (&a.kind, &b.kind)
                && Some(m.unit) == self.tables.dimensionless
                && self.between(a, b) == Link::List
            {
                b.kind = Kind::Unit(Measure::plain(m.unit, b.end));
            }
            if matches!(a.kind, Kind::Name)
                && matches!(b.kind, Kind::Bare)
                && self.between(a, b) != Link::None
            {
                b.kind = Kind::Name;
            }
        }
    }

    /// 1、2022年 at the start of a sentence: a marker, not a list.
    fn opens_list(&self, a: &Token, link: Link) -> bool {
        link == Link::List
            && self.at(a.end) == '、'
            && (a.start == 0
                || self.tables.flags_of(self.before(a.start)) & flag::CLAUSE != 0
                    && !matches!(self.before(a.start), '，' | '(' | '“'))
    }

    /// 万 of the second number where the first is written without (3至5万元): what to multiply the first by.
    fn shared_scale(&self, a: &Token, b: &Token) -> Option<Decimal> {
        // written downwards (20—10万元), or in a list (5143.91、4125.49万元), the first may be the larger one
        let slack = if a.numeral.scales == [0, 0] && !matches!(a.numeral.form, Form::Mixed) {
            if self.at(a.end) == '、' {
                Decimal::ONE_HUNDRED
            } else {
                Decimal::TEN
            }
        } else {
            Decimal::ONE
        };
        let digits = matches!(b.numeral.form, Form::Mixed);
        b.numeral
            .scales
            .iter()
            .filter(|e| **e > 0)
            .map(|e| power(*e))
            .find(|s| {
                let mantissa = b.numeral.low.checked_div(*s);
                mantissa.is_some_and(|m| a.numeral.low < m || digits && a.numeral.low < m * slack)
            })
    }

    fn figures(&self, tokens: &[Token]) -> Vec<Figure> {
        let mut out: Vec<Figure> = Vec::with_capacity(tokens.len());
        let mut k = 0;
        while let Some(a) = tokens.get(k) {
            k += 1;
            if matches!(a.kind, Kind::Name | Kind::Date) {
                continue;
            }
            if let Some(b) = tokens.get(k)
                && let Some(f) = self.range(a, b)
            {
                out.push(f);
                k += 1;
                continue;
            }
            if let Some(f) = self.figure(a) {
                out.push(f);
            }
        }
        out
    }

    /// One token as a figure.
    fn figure(&self, t: &Token) -> Option<Figure> {
        let n = &t.numeral;
        let measure = match &t.kind {
            Kind::Unit(m) => Some(m.clone()),
            Kind::Bare if self.stands_alone(t) => None,
            _ => return None,
        };
        let factor = measure.as_ref().map_or(Decimal::ONE, |m| m.factor);
        let extra = measure.as_ref().map_or(Decimal::ZERO, |m| m.extra);
        let scale = |v: Decimal| {
            v.checked_mul(factor)?
                .checked_add(if n.negative { -extra } else { extra })
        };
        let vague = n.form == Form::Chinese
            && n.length == 1
            && matches!(self.at(n.start), '一' | '二' | '两' | '半')
            && measure
                .as_ref()
                .is_none_or(|m| self.class(m.unit) == Class::Count);
        let start = if n.bare && self.before(t.start) == '上' {
            t.start - 1
        } else {
            t.start
        };
        Some(Figure {
            start,
            end: t.end,
            low: scale(n.low)?,
            high: match n.high {
                Some(h) => Some(scale(h)?),
                None => None,
            },
            approx: t.approx || start < t.start,
            precision: half(n.step).checked_mul(factor)?,
            vague,
            bare: n.bare,
            scaled: n.low >= Decimal::from(10_000) && !matches!(n.form, Form::Ascii { .. }),
            average: measure
                .as_ref()
                .is_some_and(|m| self.class(m.unit) == Class::Count)
                && matches!(n.form, Form::Ascii { scale: 1.., .. })
                && !self.averaged(t.start),
            measure,
        })
    }

    /// Two tokens that are the ends of one range.
    fn range(&self, a: &Token, b: &Token) -> Option<Figure> {
        let between = self.between(a, b);
        let named = between == Link::List
            && matches!(b.kind, Kind::Bare)
            && self.at(b.end) == '之'
            && self.at(b.end + 1) == '间';
        if between != Link::Range && !named {
            return None;
        }
        let word = matches!(self.at(a.end), '至' | '到');
        if word && self.before(a.start) == '由' {
            return None;
        }
        let high = match (&a.kind, &b.kind) {
            (Kind::Bare, Kind::Unit(_)) => b.clone(),
            (Kind::Unit(m), Kind::Unit(l)) if m.unit == l.unit => b.clone(),
            (Kind::Unit(m), Kind::Bare)
                if a.numeral.percent && word || a.start < a.numeral.start =>
            {
                Token {
                    kind: Kind::Unit(m.clone()),
                    ..b.clone()
                }
            }
            (Kind::Bare, Kind::Bare)
                if named || word || self.at(a.end) == '~' || self.alone(a.start, b.end) =>
            {
                b.clone()
            }
            _ => return None,
        };
        if a.numeral.high.is_some()
            || b.numeral.high.is_some()
            || a.numeral.negative && !b.numeral.negative && word
        {
            return None;
        }
        let mut low = a.clone();
        if let (Kind::Bare, Kind::Unit(m)) = (&a.kind, &high.kind) {
            let mut shared = m.clone();
            shared.extra = Decimal::ZERO;
            if let Some(s) = self.shared_scale(a, b) {
                shared.factor = shared.factor.checked_mul(s)?;
            }
            low.kind = Kind::Unit(shared);
        } else if matches!((&low.kind, &high.kind), (Kind::Bare, Kind::Bare)) {
            if !self.stands_alone(b) && !named {
                return None;
            }
            let s = self.shared_scale(a, b).unwrap_or(Decimal::ONE);
            let x = low.numeral.low.checked_mul(s)?;
            return Some(self.ends(a, b, x, b.numeral.low, None, half(b.numeral.step)));
        } else if let (Kind::Unit(m), Kind::Unit(h)) = (&mut low.kind, &high.kind)
            && m.segments.is_empty()
        {
            m.segments = h.segments.clone();
        }
        let l = self.figure(&low)?;
        let h = self.figure(&high)?;
        Some(self.ends(a, b, l.low, h.low, h.measure, Decimal::ZERO)).map(|mut f| {
            f.precision = h.precision;
            f.approx = l.approx || h.approx;
            f.scaled = h.scaled;
            f
        })
    }

    fn ends(
        &self,
        a: &Token,
        b: &Token,
        x: Decimal,
        y: Decimal,
        measure: Option<Measure>,
        precision: Decimal,
    ) -> Figure {
        Figure {
            start: a.start,
            end: b.end,
            low: x.min(y),
            high: Some(x.max(y)),
            measure,
            approx: a.approx || b.approx,
            precision,
            vague: false,
            bare: a.numeral.bare,
            scaled: false,
            average: false,
        }
    }

    /// Whether `start..end` is the whole text, blanks and a full stop aside.
    fn alone(&self, start: usize, end: usize) -> bool {
        let n = self.chars.len();
        let lead = start < 8 && self.slice(0, start).iter().all(|c| *c == ' ');
        lead && n - end < 8
            && self
                .slice(end, n)
                .iter()
                .all(|c| matches!(c, ' ' | '。' | '.' | '\r' | '\n'))
    }

    /// A number without unit is reported where it is the whole text, or where it stands for itself: digits (or digits with
    /// a magnitude) that no noun is glued to, Chinese numerals of several characters that end at a punctuation mark.
    fn stands_alone(&self, t: &Token) -> bool {
        let n = &t.numeral;
        if self.alone(t.start, t.end) {
            return self.at(n.start) != '半';
        }
        let next = self.at(t.end);
        let boundary = !matches!(next, '\u{4e00}'..='\u{9fff}')
            || matches!(
                next,
                '多' | '少'
                    | '大'
                    | '小'
                    | '高'
                    | '低'
                    | '等'
                    | '不'
                    | '超'
                    | '的'
                    | '且'
                    | '和'
                    | '与'
                    | '及'
                    | '或'
                    | '至'
                    | '到'
                    | '以'
                    | '左'
                    | '上'
                    | '之'
                    | '是'
                    | '为'
            )
            || self.tables.after.longest(self.rest(t.end)).is_some();
        match n.form {
            Form::Spelled { .. } => false,
            Form::Chinese => {
                n.length >= 2
                    && boundary
                    && (!n.bare
                        || self
                            .tables
                            .before
                            .longest_back(self.slice(t.start.saturating_sub(4), t.start))
                            .is_some())
            }
            Form::Fraction => boundary,
            Form::Mixed => true,
            Form::Ascii {
                digits,
                grouped,
                scale,
                ..
            } => {
                let year = digits == 4
                    && scale == 0
                    && !grouped
                    && n.low >= Decimal::from(1900)
                    && n.low < Decimal::from(2100);
                let before = self.before(t.start);
                boundary && !year && !matches!(before, '#' | '№' | '@' | '_' | '=' | '&' | '?')
            }
        }
    }

    /// Denominators, qualifiers and offsets.
    fn finish(&self, text: &Scalars, figures: Vec<Figure>) -> Vec<Quantity> {
        let mut out = Vec::with_capacity(figures.len());
        let mut previous: Option<(usize, u16, Vec<Segment>, bool)> = None;
        let mut floor = 0;
        let mut lists = Lists::default();
        for (k, f) in figures.iter().enumerate() {
            let mut unit = String::new();
            let mut single = f.average;
            if let Some(m) = &f.measure {
                let mut segments = m.segments.clone();
                let class = self.class(m.unit);
                if !matches!(class, Class::Ratio | Class::Time) {
                    let said = self.per_before(f.start, floor, m);
                    for s in said {
                        // 亩产560千克/公顷: what is written with the unit says it all.
                        let said = |own: &Segment| own.unit == s.unit || own.name == s.name;
                        if !segments.iter().any(said) {
                            segments.push(s);
                        }
                    }
                    let listed = self.joins(floor, f.start);
                    if !listed {
                        let raised = lists.len() > 1 && self.changes_to(floor, f.start);
                        // How many are listed after the change.
                        let more = figures.get(k..).unwrap_or_default().windows(2);
                        let count =
                            |w: &&[Figure]| matches!(w, [a, b] if self.joins(a.end, b.start));
                        lists.turn(
                            raised.then(|| 1 + more.take(Lists::MOST).take_while(count).count()),
                        );
                    }
                    if let Some(of) = lists.counterpart(m.unit, &segments) {
                        segments = of;
                    } else if let Some((end, u, carried, scaled)) = &previous
                        && *u == m.unit
                        && *scaled == f.scaled
                        && segments.len() < carried.len()
                        && segments.iter().all(|s| carried.contains(s))
                        && f.start - *end <= CARRY
                        && (single && !self.slice(*end, f.start).contains(&'。')
                            || self.continues(*end, f.start))
                    {
                        segments = carried.clone();
                    }
                    lists.push(m.unit, &segments);
                    single &= segments.is_empty();
                    previous = Some((f.end, m.unit, segments.clone(), f.scaled));
                } else {
                    lists.turn(None);
                }
                unit = self.tables.name(m.unit, &mut segments);
            } else {
                lists.turn(None);
            }
            floor = f.end;
            if single {
                // 2.3本项目: a section number, not 2.3 books
                continue;
            }
            out.push(Quantity {
                bytes: text.byte(f.start)..text.byte(f.end),
                chars: f.start..f.end,
                value: f.low.normalize(),
                value_max: f.high.filter(|h| *h != f.low).map(|h| h.normalize()),
                unit,
                qualifier: self.qualifier(f),
                precision: f.precision.normalize(),
                vague: f.vague,
            });
        }
        out
    }

    fn qualifier(&self, f: &Figure) -> Qualifier {
        let after = {
            let mut i = f.end;
            if self.at(i) == ' ' {
                i += 1;
            }
            self.tables.after.longest(self.rest(i)).map(|(_, q)| q)
        };
        let mut end = f.start;
        // 过亿元, but not 去过3次
        let mut before = (f.bare && self.before(f.start) == '过').then_some(Qualifier::AtLeast);
        for _ in 0..4 {
            let s = self.slice(end.saturating_sub(6), end);
            if let Some((_, q)) = self.tables.before.longest_back(s) {
                before = Some(q);
                break;
            }
            match self.tables.bridge_back.longest_back(s) {
                Some((n, ())) => end -= n,
                None => break,
            }
        }
        let strong = |q: &Qualifier| !matches!(q, Qualifier::Approx);
        match (before, after) {
            (Some(q), _) if strong(&q) => q,
            (_, Some(q)) if strong(&q) => q,
            (Some(q), _) | (_, Some(q)) => q,
            _ if f.approx => Qualifier::Approx,
            _ => Qualifier::Exact,
        }
    }
}
