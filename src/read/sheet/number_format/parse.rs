//! A format code taken apart: its sections, and the tokens of each.

use super::super::language::Language;
use super::{Chinese, Comparison, Field, Section, Token};

/// Splits at semicolons that are not quoted, escaped or in brackets.
pub(super) fn split_sections(code: &str) -> Vec<&str> {
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

/// The tokens of a section; what is unknown makes it one that shows as General.
pub(super) fn section(code: &str, language: Language) -> Section {
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
                section.bracket(after.get(..end).unwrap_or_default(), language);
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

    fn bracket(&mut self, inner: &str, language: Language) {
        let lower = inner.to_lowercase();
        if let Some(currency) = inner.strip_prefix('$') {
            let (symbol, locale) = currency.rsplit_once('-').unwrap_or((currency, ""));
            self.literal(symbol);
            let locale = locale.to_lowercase();
            self.chinese_names |=
                locale.ends_with("804") || locale.ends_with("404") || locale.starts_with("zh");
            match locale.as_str() {
                // The long date and the time of the system.
                "f800" if language == Language::English => {
                    for field in [Field::Weekday(4), Field::Month(4), Field::Day(1)] {
                        self.tokens.push(Token::Field(field));
                        self.literal(if field == Field::Month(4) { " " } else { ", " });
                    }
                    self.tokens.push(Token::Field(Field::Year(4)));
                    self.tokens.push(Token::At);
                }
                "f400" if language == Language::English => {
                    self.tokens.push(Token::Field(Field::Hour(1)));
                    self.literal(":");
                    self.tokens.push(Token::Field(Field::Minute(2)));
                    self.literal(":");
                    self.tokens.push(Token::Field(Field::Second(2)));
                    self.literal(" ");
                    self.tokens.push(Token::Field(Field::HalfDay(["AM", "PM"])));
                    self.tokens.push(Token::At);
                }
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
        for (mark, names) in [
            ("AM/PM", ["AM", "PM"]),
            ("am/pm", ["AM", "PM"]),
            ("A/P", ["A", "P"]),
            ("a/p", ["a", "p"]),
            ("上午/下午", ["上午", "下午"]),
        ] {
            if let Some(left) = rest.strip_prefix(mark) {
                self.tokens.push(Token::Field(Field::HalfDay(names)));
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
}
