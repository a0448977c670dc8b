//! Dates and times as a format shows them.

use super::super::dates;
use super::{Chinese, Field, Section, Token};
use crate::read::word::numbering::push_number;

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

impl Section {
    /// A date or time; `None` where the number is none.
    pub(super) fn show_date(&self, serial: f64, is_1904: bool) -> Option<String> {
        let decimals = self.tokens.iter().find_map(|t| match t {
            Token::Field(Field::Fraction(digits)) => Some(*digits),
            _ => None,
        });
        let m = dates::moment(serial, is_1904, decimals.unwrap_or(0))?;
        let twelve = self
            .tokens
            .iter()
            .any(|t| matches!(t, Token::Field(Field::HalfDay(_))));
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
                Field::HalfDay([morning, afternoon]) => {
                    out.push_str(if m.hour < 12 { morning } else { afternoon });
                }
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
}
