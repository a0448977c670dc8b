//! Number formats: what a stored number looks like in its cell.
//!
//! A format code has up to four sections (positive; negative; zero; text) of digit places, literals, scaling commas,
//! percent signs and date fields. The subset here is what office suites write; what it does not know it shows as the
//! format General. Beside the text it gives the power of ten by which the text differs from the stored value (percent
//! +2, a scaling comma −3, the 万 formats `0!.0,` −4), so that the exact value can be given in the unit that is shown.
//!
//! `parse` takes a code apart; `digits`, `calendar` and `chinese` show numbers, dates and Chinese numerals; `table` has
//! the built-in formats and the styles of a workbook.

mod calendar;
mod chinese;
mod digits;
mod parse;
mod table;
#[cfg(test)]
mod tests;

use super::decimal::Number;
use super::language::Language;
pub(crate) use table::CellFormats;

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
    /// Before and after noon, by these names.
    HalfDay([&'static str; 2]),
    ElapsedHours(usize),
    ElapsedMinutes(usize),
    ElapsedSeconds(usize),
}

impl NumberFormat {
    /// Parses a format code of a Chinese workbook; never fails (what is unknown shows as General).
    #[cfg(test)]
    pub fn parse(code: &str) -> NumberFormat {
        NumberFormat::parse_in(code, Language::Chinese)
    }

    /// Parses a format code; never fails (what is unknown shows as General). The language is that of the forms which
    /// the code leaves to the user.
    pub fn parse_in(code: &str, language: Language) -> NumberFormat {
        let code = if code.trim().is_empty() {
            "General"
        } else {
            code
        };
        let mut sections: Vec<Section> = parse::split_sections(code)
            .into_iter()
            .take(4)
            .map(|code| parse::section(code, language))
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
                    // A section for negative numbers only does not show their sign.
                    let drops = section.condition.is_some_and(|(c, limit)| match c {
                        Comparison::Less => limit <= 0.0,
                        Comparison::LessEqual => limit < 0.0,
                        _ => false,
                    });
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
