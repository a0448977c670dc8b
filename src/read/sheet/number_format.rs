//! Number formats: what a stored number looks like in its cell.
//!
//! A format code has up to four sections (positive; negative; zero; text) of digit places, literals, scaling commas,
//! percent signs and date fields. The subset here is what office suites write; what it does not know it shows as the
//! format General. Beside the text it gives the power of ten by which the text differs from the stored value (percent
//! +2, a scaling comma −3, the 万 formats `0!.0,` −4), so that the exact value can be given in the unit that is shown.

use super::dates;
use super::decimal::Number;
use super::fraction;
use crate::read::word::numbering::push_number;

/// A number as a cell shows it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Shown {
    /// Text in the cell.
    pub text: String,
    /// It is a number (not a date).
    pub numeric: bool,
    /// The exact value in the unit shown, where the text is not already exact.
    pub exact: Option<String>,
}

/// A parsed format code.
#[derive(Clone, Debug, Default)]
pub(crate) struct NumberFormat {
    sections: Vec<Section>,
    text: Option<Section>,
    conditional: bool,
}

#[derive(Clone, Debug, Default)]
struct Section {
    tokens: Vec<Token>,
    condition: Option<(Comparison, f64)>,
    /// Power of ten applied before digits are placed.
    scale: i32,
    thousands: bool,
    date: bool,
    chinese: Option<Chinese>,
    /// Chinese names of months and weekdays.
    chinese_names: bool,
    unknown: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chinese {
    Plain,
    Legal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A digit place: `0`, `#` or `?`.
    Place(char),
    Point,
    Literal(char),
    General,
    At,
    Exponent {
        plus: bool,
    },
    /// The slash of a fraction and what stands below it: digit places, or the denominator.
    Fraction {
        places: u32,
        stated: Option<u32>,
    },
    Field(Field),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Year(usize),
    Month(usize),
    Day(usize),
    Weekday(usize),
    Hour(usize),
    Minute(usize),
    Second(usize),
    Fraction(usize),
    HalfDay { chinese: bool },
    ElapsedHours(usize),
    ElapsedMinutes(usize),
    ElapsedSeconds(usize),
}

impl NumberFormat {
    /// Parses a format code; never fails (what is unknown shows as General).
    pub fn parse(code: &str) -> NumberFormat {
        let mut sections: Vec<Section> = split_sections(code)
            .into_iter()
            .take(4)
            .map(parse_section)
            .collect();
        let mut text = None;
        if sections.len() == 4 {
            text = sections.pop();
        } else if let Some(last) = sections.last()
            && last.tokens.contains(&Token::At)
            && !last
                .tokens
                .iter()
                .any(|t| matches!(t, Token::Place(_) | Token::General | Token::Field(_)))
        {
            text = sections.pop();
        }
        let conditional = sections.iter().any(|s| s.condition.is_some());
        NumberFormat {
            sections,
            text,
            conditional,
        }
    }

    /// How a text looks under this format: unchanged, unless the format adds to it.
    pub fn show_text(&self, value: &str) -> String {
        let Some(section) = &self.text else {
            return value.to_owned();
        };
        if section.tokens.len() <= 1 || !section.tokens.contains(&Token::At) {
            return value.to_owned();
        }
        let mut out = String::new();
        for token in &section.tokens {
            match token {
                Token::At => out.push_str(value),
                Token::Literal(c) => out.push(*c),
                _ => {}
            }
        }
        out.trim().to_owned()
    }

    /// How a stored number looks.
    pub fn show(&self, value: f64, is_1904: bool) -> Shown {
        let Some(number) = Number::from_f64(value) else {
            return Shown {
                text: "#NUM!".into(),
                ..Shown::default()
            };
        };
        let Some((section, signed)) = self.choose(number, value) else {
            return general(number);
        };
        if section.unknown {
            return general(number);
        }
        if section.date {
            return match section.show_date(value, is_1904) {
                Some(text) => Shown {
                    text,
                    numeric: false,
                    exact: None,
                },
                None => general(number),
            };
        }
        let shown = if signed { number } else { number.abs() };
        let (text, scale) = section.show_number(shown);
        let text = text.trim().to_owned();
        let exact = number.scaled(scale);
        let exact = if Number::parse_shown(&text) == Some(exact) {
            None
        } else {
            Some(exact.plain())
        };
        Shown {
            text,
            numeric: true,
            exact,
        }
    }

    /// The section for a value, and whether the section still has to show its sign.
    fn choose(&self, number: Number, value: f64) -> Option<(&Section, bool)> {
        let sections = &self.sections;
        if self.conditional {
            for (i, section) in sections.iter().enumerate() {
                let matches = match section.condition {
                    Some((comparison, limit)) => compare(value, comparison, limit),
                    // [>=0]a;b: what is left.
                    None => {
                        i + 1 == sections.len() || (i == 1 && sections.len() == 3 && value < 0.0)
                    }
                };
                if matches {
                    let drops = section
                        .condition
                        .is_some_and(|(c, limit)| matches!(c, Comparison::Less) && limit <= 0.0);
                    return Some((section, !drops));
                }
            }
            return sections.last().map(|s| (s, true));
        }
        match (sections.len(), number.negative, number.is_zero()) {
            (0, ..) => None,
            (1, ..) => sections.first().map(|s| (s, true)),
            (_, true, false) => sections.get(1).map(|s| (s, false)),
            (3, _, true) => sections.get(2).map(|s| (s, false)),
            _ => sections.first().map(|s| (s, true)),
        }
    }
}

/// The format General.
pub(crate) fn general(number: Number) -> Shown {
    let text = number.general();
    let exact = if Number::parse_shown(&text) == Some(number) {
        None
    } else {
        Some(number.plain())
    };
    Shown {
        text,
        numeric: true,
        exact,
    }
}

fn compare(value: f64, comparison: Comparison, limit: f64) -> bool {
    match comparison {
        Comparison::Less => value < limit,
        Comparison::LessEqual => value <= limit,
        Comparison::Greater => value > limit,
        Comparison::GreaterEqual => value >= limit,
        Comparison::Equal => value == limit,
        Comparison::NotEqual => value != limit,
    }
}

/// Splits at semicolons that are not quoted, escaped or in brackets.
fn split_sections(code: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut quoted, mut bracket, mut escaped) = (0, false, false, false);
    for (i, c) in code.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '\\' | '!' | '_' | '*' => escaped = true,
            '[' => bracket = true,
            ']' => bracket = false,
            ';' if !bracket => {
                out.push(code.get(start..i).unwrap_or_default());
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(code.get(start..).unwrap_or_default());
    out
}

fn parse_section(code: &str) -> Section {
    let mut section = Section::default();
    let mut commas = 0;
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        // Commas after the last digit place scale; one between places separates thousands.
        if commas > 0 && c != ',' {
            if matches!(c, '0' | '#' | '?') {
                section.thousands = true;
                commas = 0;
            } else if c != '.' && !section.tokens.iter().any(|t| matches!(t, Token::Place(_))) {
                for _ in 0..commas {
                    section.tokens.push(Token::Literal(','));
                }
                commas = 0;
            }
        }
        rest = match c {
            '"' => {
                let end = after.find('"').unwrap_or(after.len());
                section.literal(after.get(..end).unwrap_or_default());
                after.get(end + 1..).unwrap_or_default()
            }
            '\\' | '!' => {
                let mut chars = after.chars();
                section.tokens.extend(chars.next().map(Token::Literal));
                chars.as_str()
            }
            '_' => {
                let mut chars = after.chars();
                chars.next();
                section.tokens.push(Token::Literal(' '));
                chars.as_str()
            }
            '*' => {
                let mut chars = after.chars();
                chars.next();
                chars.as_str()
            }
            '[' => {
                let end = after.find(']').unwrap_or(after.len());
                section.bracket(after.get(..end).unwrap_or_default());
                after.get(end + 1..).unwrap_or_default()
            }
            '0' | '#' | '?' => {
                section.tokens.push(Token::Place(c));
                after
            }
            '.' => {
                if matches!(
                    section.tokens.last(),
                    Some(Token::Field(Field::Second(_) | Field::ElapsedSeconds(_)))
                ) && after.starts_with('0')
                {
                    let digits = after.len() - after.trim_start_matches('0').len();
                    section.tokens.push(Token::Field(Field::Fraction(digits)));
                    after.get(digits..).unwrap_or_default()
                } else {
                    section
                        .tokens
                        .push(if section.tokens.contains(&Token::Point) {
                            Token::Literal('.')
                        } else {
                            Token::Point
                        });
                    after
                }
            }
            ',' => {
                commas += 1;
                after
            }
            '%' => {
                section.scale += 2;
                section.tokens.push(Token::Literal('%'));
                after
            }
            '‰' => {
                section.scale += 3;
                section.tokens.push(Token::Literal('‰'));
                after
            }
            '@' => {
                section.tokens.push(Token::At);
                after
            }
            '/' if section.tokens.iter().any(|t| matches!(t, Token::Place(_)))
                && after
                    .starts_with(['?', '#', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) =>
            {
                let end = after
                    .find(|c: char| !matches!(c, '?' | '#') && !c.is_ascii_digit())
                    .unwrap_or(after.len());
                let (below, left) = after.split_at(end);
                section.tokens.push(Token::Fraction {
                    places: u32::try_from(below.len()).unwrap_or(7),
                    stated: below.parse().ok().filter(|&d| d > 0),
                });
                left
            }
            _ => match section.word(rest) {
                Some(left) => left,
                None => {
                    section.tokens.push(Token::Literal(c));
                    after
                }
            },
        };
        if section.tokens.len() > 512 {
            section.unknown = true;
            break;
        }
    }
    if section.tokens.iter().any(|t| matches!(t, Token::Place(_))) {
        section.scale -= 3 * commas;
    }
    section.date = section.tokens.iter().any(|t| matches!(t, Token::Field(_)));
    section.settle_minutes();
    section
}

impl Section {
    fn literal(&mut self, text: &str) {
        self.tokens.extend(text.chars().map(Token::Literal));
    }

    fn bracket(&mut self, inner: &str) {
        let lower = inner.to_lowercase();
        if let Some(currency) = inner.strip_prefix('$') {
            let (symbol, locale) = currency.rsplit_once('-').unwrap_or((currency, ""));
            self.literal(symbol);
            let locale = locale.to_lowercase();
            self.chinese_names |=
                locale.ends_with("804") || locale.ends_with("404") || locale.starts_with("zh");
            match locale.as_str() {
                // The long date and the time of the system.
                "f800" => {
                    self.chinese_names = true;
                    self.tokens.push(Token::Field(Field::Year(4)));
                    self.literal("年");
                    self.tokens.push(Token::Field(Field::Month(1)));
                    self.literal("月");
                    self.tokens.push(Token::Field(Field::Day(1)));
                    self.literal("日");
                    self.tokens.push(Token::At);
                }
                "f400" => {
                    self.tokens.push(Token::Field(Field::Hour(1)));
                    self.literal(":");
                    self.tokens.push(Token::Field(Field::Minute(2)));
                    self.literal(":");
                    self.tokens.push(Token::Field(Field::Second(2)));
                    self.tokens.push(Token::At);
                }
                _ => {}
            }
            return;
        }
        for (prefix, comparison) in [
            ("<=", Comparison::LessEqual),
            (">=", Comparison::GreaterEqual),
            ("<>", Comparison::NotEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=", Comparison::Equal),
        ] {
            if let Some(limit) = lower.strip_prefix(prefix) {
                self.condition = limit.trim().parse().ok().map(|limit| (comparison, limit));
                return;
            }
        }
        let same = |c: char| !lower.is_empty() && lower.chars().all(|x| x == c);
        if lower == "dbnum1" {
            self.chinese = Some(Chinese::Plain);
        } else if lower == "dbnum2" {
            self.chinese = Some(Chinese::Legal);
        } else if same('h') {
            self.tokens
                .push(Token::Field(Field::ElapsedHours(lower.len())));
        } else if same('m') {
            self.tokens
                .push(Token::Field(Field::ElapsedMinutes(lower.len())));
        } else if same('s') {
            self.tokens
                .push(Token::Field(Field::ElapsedSeconds(lower.len())));
        }
    }

    /// Takes a word of the format language off the front; gives what is left.
    fn word<'c>(&mut self, rest: &'c str) -> Option<&'c str> {
        // Everything after the system's own date format is its English fallback.
        if self.tokens.last() == Some(&Token::At)
            && self.tokens.len() > 1
            && self.tokens.iter().any(|t| matches!(t, Token::Field(_)))
        {
            return Some("");
        }
        for general in ["General", "G/通用格式", "GENERAL", "general", "Standard"] {
            if let Some(left) = rest.strip_prefix(general) {
                self.tokens.push(Token::General);
                return Some(left);
            }
        }
        for (mark, chinese) in [
            ("AM/PM", false),
            ("am/pm", false),
            ("A/P", false),
            ("a/p", false),
            ("上午/下午", true),
        ] {
            if let Some(left) = rest.strip_prefix(mark) {
                self.tokens.push(Token::Field(Field::HalfDay { chinese }));
                return Some(left);
            }
        }
        let first = rest.chars().next()?;
        let lower = first.to_ascii_lowercase();
        let count = rest
            .chars()
            .take_while(|c| c.to_ascii_lowercase() == lower)
            .count();
        let left = rest.get(count * first.len_utf8()..).unwrap_or_default();
        if lower == 'e' {
            if self.tokens.iter().any(|t| matches!(t, Token::Place(_))) {
                let plus = left.starts_with('+');
                if plus || left.starts_with('-') {
                    self.tokens.push(Token::Exponent { plus });
                    return left.get(1..);
                }
            }
            self.tokens.push(Token::Field(Field::Year(4)));
            return Some(left);
        }
        let field = match lower {
            'y' => Field::Year(if count > 2 { 4 } else { 2 }),
            'm' => Field::Month(count),
            'd' if count > 2 => Field::Weekday(count),
            'd' => Field::Day(count),
            'h' => Field::Hour(count),
            's' => Field::Second(count),
            'a' if count >= 3 => {
                self.chinese_names = true;
                Field::Weekday(count)
            }
            // Eras are not written for the years of these reports.
            'g' => return Some(left),
            _ => return None,
        };
        self.tokens.push(Token::Field(field));
        Some(left)
    }

    /// `m` next to hours or seconds means minutes.
    fn settle_minutes(&mut self) {
        if !self.date {
            return;
        }
        let fields: Vec<(usize, Field)> = self
            .tokens
            .iter()
            .enumerate()
            .filter_map(|(i, t)| {
                if let Token::Field(f) = t {
                    Some((i, *f))
                } else {
                    None
                }
            })
            .collect();
        for (at, (i, field)) in fields.iter().enumerate() {
            let Field::Month(n @ 1..=2) = *field else {
                continue;
            };
            let before = at
                .checked_sub(1)
                .and_then(|b| fields.get(b))
                .map(|(_, f)| *f);
            let after = fields.get(at + 1).map(|(_, f)| *f);
            let minutes = matches!(before, Some(Field::Hour(_) | Field::ElapsedHours(_)))
                || matches!(after, Some(Field::Second(_) | Field::ElapsedSeconds(_)));
            if minutes && let Some(token) = self.tokens.get_mut(*i) {
                *token = Token::Field(Field::Minute(n));
            }
        }
    }

    fn show_date(&self, serial: f64, is_1904: bool) -> Option<String> {
        let fraction = self
            .tokens
            .iter()
            .any(|t| matches!(t, Token::Field(Field::Fraction(_))));
        let m = dates::moment(serial, is_1904, !fraction)?;
        let twelve = self
            .tokens
            .iter()
            .any(|t| matches!(t, Token::Field(Field::HalfDay { .. })));
        let mut out = String::new();
        for token in &self.tokens {
            let field = match token {
                Token::Field(field) => field,
                Token::Literal(c) => {
                    out.push(*c);
                    continue;
                }
                Token::Point => {
                    out.push('.');
                    continue;
                }
                _ => continue,
            };
            match *field {
                Field::Year(4) if self.chinese.is_some() => {
                    out.extend(m.year.to_string().chars().map(|c| self.chinese_digit(c)))
                }
                Field::Year(4) => out.push_str(&format!("{:04}", m.year)),
                Field::Year(_) => out.push_str(&format!("{:02}", m.year.rem_euclid(100))),
                Field::Month(n) => match n {
                    1 | 2 => self.push_field(&mut out, m.month, n),
                    _ if self.chinese_names => {
                        push_number(&mut out, m.month, "chineseCounting");
                        out.push('月');
                    }
                    3 => out.push_str(
                        MONTHS
                            .get(m.month as usize - 1)
                            .and_then(|s| s.get(..3))
                            .unwrap_or_default(),
                    ),
                    5 => out.push_str(
                        MONTHS
                            .get(m.month as usize - 1)
                            .and_then(|s| s.get(..1))
                            .unwrap_or_default(),
                    ),
                    _ => out.push_str(
                        MONTHS
                            .get(m.month as usize - 1)
                            .copied()
                            .unwrap_or_default(),
                    ),
                },
                Field::Day(n) => self.push_field(&mut out, m.day, n),
                Field::Weekday(n) if self.chinese_names => {
                    if n != 3 {
                        out.push_str("星期");
                    }
                    out.push(
                        "日一二三四五六"
                            .chars()
                            .nth(m.weekday as usize)
                            .unwrap_or('日'),
                    );
                }
                Field::Weekday(n) => {
                    let name = WEEKDAYS
                        .get(m.weekday as usize)
                        .copied()
                        .unwrap_or_default();
                    out.push_str(if n == 3 {
                        name.get(..3).unwrap_or(name)
                    } else {
                        name
                    });
                }
                Field::Hour(n) => {
                    let hour = if twelve {
                        (m.hour + 11) % 12 + 1
                    } else {
                        m.hour
                    };
                    self.push_field(&mut out, hour, n);
                }
                Field::Minute(n) => self.push_field(&mut out, m.minute, n),
                Field::Second(n) => self.push_field(&mut out, m.second, n),
                Field::Fraction(n) => {
                    let digits = format!("{:03}", m.millis);
                    out.push('.');
                    out.push_str(digits.get(..n.min(3)).unwrap_or_default());
                }
                Field::HalfDay { chinese } => out.push_str(match (chinese, m.hour < 12) {
                    (true, true) => "上午",
                    (true, false) => "下午",
                    (false, true) => "AM",
                    (false, false) => "PM",
                }),
                Field::ElapsedHours(n) => out.push_str(&format!("{:0n$}", m.elapsed / 3600)),
                Field::ElapsedMinutes(n) => out.push_str(&format!("{:0n$}", m.elapsed / 60)),
                Field::ElapsedSeconds(n) => out.push_str(&format!("{:0n$}", m.elapsed)),
            }
        }
        Some(out.trim().to_owned())
    }

    fn push_field(&self, out: &mut String, n: u32, width: usize) {
        match self.chinese {
            Some(Chinese::Plain) => push_number(out, n, "chineseCounting"),
            Some(Chinese::Legal) => push_number(out, n, "chineseLegalSimplified"),
            None => out.push_str(&format!("{n:0width$}")),
        }
    }

    fn chinese_digit(&self, c: char) -> char {
        let digits = if self.chinese == Some(Chinese::Legal) {
            "零壹贰叁肆伍陆柒捌玖"
        } else {
            "〇一二三四五六七八九"
        };
        c.to_digit(10)
            .and_then(|d| digits.chars().nth(d as usize))
            .unwrap_or(c)
    }

    /// The text of a number, and the power of ten between the stored value and the text.
    fn show_number(&self, number: Number) -> (String, i32) {
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
            if shows_whole {
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
        let fraction = mantissa.get(point..).unwrap_or_default();
        let most = fraction
            .iter()
            .filter(|t| matches!(t, Token::Place(_)))
            .count();
        let least = fraction.iter().filter(|t| **t == Token::Place('0')).count();
        let width = self
            .tokens
            .iter()
            .skip(at)
            .filter(|t| matches!(t, Token::Place(_)))
            .count();
        let plus = matches!(self.tokens.get(at), Some(Token::Exponent { plus: true }));
        value.scientific(most, least, width, plus)
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// A number in Chinese numerals, as the formats DBNum1 (一百二十) and DBNum2 (壹佰贰拾) show it.
fn chinese_number(number: Number, kind: Chinese) -> String {
    let (digits, units, point) = match kind {
        Chinese::Plain => ("〇一二三四五六七八九", ["", "十", "百", "千"], '.'),
        Chinese::Legal => ("零壹贰叁肆伍陆柒捌玖", ["", "拾", "佰", "仟"], '.'),
    };
    let digit = |b: u8| {
        digits
            .chars()
            .nth(usize::from(b.wrapping_sub(b'0')))
            .unwrap_or('〇')
    };
    let (whole, fraction) = number.parts();
    if whole.len() > 16 {
        return number.general();
    }
    let mut out = String::new();
    if number.negative {
        out.push('-');
    }
    let length = whole.len();
    let mut zero = false;
    let mut group_used = false;
    for (i, b) in whole.bytes().enumerate() {
        let position = length - 1 - i;
        if b == b'0' {
            zero = true;
        } else {
            if zero && !out.is_empty() {
                out.push(digit(b'0'));
            }
            zero = false;
            group_used = true;
            out.push(digit(b));
            out.push_str(units.get(position % 4).copied().unwrap_or_default());
        }
        if position.is_multiple_of(4) && position > 0 {
            if group_used {
                out.push_str(match position / 4 {
                    1 => "万",
                    2 => "亿",
                    _ => "万亿",
                });
            }
            group_used = false;
        }
    }
    if whole.is_empty() {
        out.push(digit(b'0'));
    }
    if !fraction.is_empty() {
        out.push(point);
        out.extend(fraction.bytes().map(digit));
    }
    out
}

/// The code of a built-in format, as a Chinese office suite shows it; `None` for an id that is not built in.
pub(crate) fn built_in(id: u32) -> Option<&'static str> {
    Some(match id {
        0 => "General",
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5 | 37 => "#,##0_);(#,##0)",
        6 | 38 => "#,##0_);[Red](#,##0)",
        7 | 39 => "#,##0.00_);(#,##0.00)",
        8 | 40 => "#,##0.00_);[Red](#,##0.00)",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        12 => "# ?/?",
        13 => "# ??/??",
        14 => "yyyy/m/d",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "yyyy/m/d h:mm",
        27 | 36 | 50 | 52 | 57 => "yyyy\"年\"m\"月\"",
        28 | 29 | 51 | 53 | 54 | 58 => "m\"月\"d\"日\"",
        30 => "m/d/yy",
        31 => "yyyy\"年\"m\"月\"d\"日\"",
        32 => "h\"时\"mm\"分\"",
        33 => "h\"时\"mm\"分\"ss\"秒\"",
        34 | 55 => "上午/下午h\"时\"mm\"分\"",
        35 | 56 => "上午/下午h\"时\"mm\"分\"ss\"秒\"",
        41 => "_ * #,##0_ ;_ * -#,##0_ ;_ * \"-\"_ ;_ @_ ",
        42 => "_ ¥* #,##0_ ;_ ¥* -#,##0_ ;_ ¥* \"-\"_ ;_ @_ ",
        43 => "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
        44 => "_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* \"-\"??_ ;_ @_ ",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss.0",
        48 => "##0.0E+0",
        49 => "@",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: &str, value: f64) -> String {
        NumberFormat::parse(code).show(value, false).text
    }

    fn exact(code: &str, value: f64) -> Option<String> {
        NumberFormat::parse(code).show(value, false).exact
    }

    #[test]
    fn numbers() {
        for (code, value, text) in [
            ("General", 684.0, "684"),
            ("0.00", 10746.24, "10746.24"),
            ("0.0%", 0.8739, "87.4%"),
            ("0.00%", 0.874, "87.40%"),
            ("#,##0.00", 1234567.891, "1,234,567.89"),
            ("#,##0", -1234.5, "-1,235"),
            ("#,##0.00_);(#,##0.00)", -1234.5, "(1,234.50)"),
            ("0!.0,", 123456.0, "12.3"),
            ("0!.0,\"万\"", 123456.0, "12.3万"),
            ("0!.0000", 123456.0, "12.3456"),
            ("0.00,", 123456.0, "123.46"),
            ("#,##0,,", 123456789.0, "123"),
            ("0\"人\"", 52.0, "52人"),
            ("General\"户\"", 1.5, "1.5户"),
            ("00000", 42.0, "00042"),
            ("#", 0.0, ""),
            ("0.##", 5.0, "5."),
            (".00", 0.5, ".50"),
            ("0;-0;;@", 0.0, ""),
            (
                "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
                0.0,
                "-",
            ),
            (
                "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
                -3.0,
                "-3.00",
            ),
            ("[>=10000]0!.0,\"万\";0", 123456.0, "12.3万"),
            ("[>=10000]0!.0,\"万\";0", 9999.0, "9999"),
            ("0.00E+00", 12345.0, "1.23E+04"),
            ("\"约\"0", 3.0, "约3"),
            ("¥#,##0.00", 12.0, "¥12.00"),
            ("[$¥-804]#,##0.00", 12.0, "¥12.00"),
            ("[DBNum2]General", 1203.0, "壹仟贰佰零叁"),
            ("0.0", 87.399_999_999_999_99, "87.4"),
            ("0_ ", 7.0, "7"),
            ("# ?/?", 1.5, "1 1/2"),
            ("# ?/?", 0.25, "1/4"),
            ("# ?/?", -12_345.678_9, "-12345 2/3"),
            ("# ??/??", 3.0, "3"),
            ("# ?/8", 2.99, "3"),
            ("?/?", 1.5, "3/2"),
            ("# ?/10\"份\"", 0.3, "3/10份"),
        ] {
            assert_eq!(shown(code, value), text, "{code} {value}");
        }
    }

    #[test]
    fn exact_values_in_the_unit_shown() {
        assert_eq!(exact("0.0%", 0.8739), Some("87.39".into()));
        assert_eq!(exact("0.00%", 0.874), None);
        assert_eq!(exact("0!.0,", 123456.0), Some("12.3456".into()));
        assert_eq!(exact("#,##0.00", 1234.5), None);
        assert_eq!(exact("0", 1234.5), Some("1234.5".into()));
        assert_eq!(
            exact("#,##0.00_);(#,##0.00)", -1234.5),
            Some("-1234.5".into())
        );
        assert_eq!(
            exact("General", 1.0 / 3.0),
            Some("0.333333333333333".into())
        );
    }

    #[test]
    fn dates() {
        for (code, value, text) in [
            ("yyyy/m/d", 45582.0, "2024/10/17"),
            ("yyyy-mm-dd", 45582.0, "2024-10-17"),
            ("yyyy\"年\"m\"月\"d\"日\"", 45582.0, "2024年10月17日"),
            (
                "[DBNum1][$-804]yyyy\"年\"m\"月\"d\"日\"",
                45582.0,
                "二〇二四年十月十七日",
            ),
            ("h:mm", 0.75, "18:00"),
            ("h:mm AM/PM", 0.75, "6:00 PM"),
            ("[h]:mm:ss", 1.5, "36:00:00"),
            ("mm:ss.0", 0.000_5, "00:43.2"),
            ("yyyy/m/d h:mm", 45582.5, "2024/10/17 12:00"),
            ("e/m/d", 45582.0, "2024/10/17"),
            ("aaaa", 45582.0, "星期四"),
            ("mmm-yy", 45582.0, "Oct-24"),
            ("yyyy/m/d;@", 45582.0, "2024/10/17"),
            ("[$-F800]dddd, mmmm dd, yyyy", 45582.0, "2024年10月17日"),
            ("[$-F400]h:mm:ss AM/PM", 45582.75, "18:00:00"),
        ] {
            assert_eq!(shown(code, value), text, "{code}");
        }
    }

    #[test]
    fn texts() {
        assert_eq!(NumberFormat::parse("@\"人\"").show_text("三"), "三人");
        assert_eq!(NumberFormat::parse("@").show_text("三"), "三");
        assert_eq!(NumberFormat::parse("0;-0;;@").show_text("三"), "三");
    }

    #[test]
    fn odd_codes_do_not_panic() {
        for code in [
            "",
            ";",
            ";;;",
            "[",
            "\"",
            "\\",
            "_",
            "*",
            "[$",
            "e",
            "E+",
            "0E+",
            "[>]0",
            "yyyy[",
            "%%%%%%%%0,,,,,,,,",
            "上午/",
            "[h",
            "#/#",
            "@@@",
            ",",
            ",0",
            "0,.0",
        ] {
            for value in [0.0, -1.5, 1e300, -1e-300, 45582.3] {
                let _ = NumberFormat::parse(code).show(value, true);
            }
        }
    }
}
