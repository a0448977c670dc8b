//! Series of a bureau over the years, and how a figure is written.
//!
//! A bureau's figures are kept as series (one value for each year), so that what must hold between years and between
//! figures holds: a stock is the stock of the year before plus additions less exits, a total is the sum of its parts, a
//! rate is the quotient of what it is the rate of. Whatever breaks these rules in a sample was put there on purpose.

use anyhow::{Context, Result, bail, ensure};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a series measures: a line of `data/terms.csv`, or of `[terms]` in a bureau's file.
#[derive(Clone, Debug, Deserialize)]
pub struct Term {
    /// Catalogue id; empty for what the catalogue does not know.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Base unit.
    pub unit: String,
    /// flow, stock, standard, ratio, budget/actual.
    pub kind: String,
}

#[derive(Deserialize)]
struct Stock {
    /// The stock before the first year.
    opening: Number,
    #[serde(default)]
    plus: Vec<String>,
    #[serde(default)]
    minus: Vec<String>,
}

#[derive(Deserialize)]
struct Ratio {
    of: [String; 2],
    digits: u32,
}

/// A bureau: who it is, and its series.
#[derive(Deserialize)]
pub struct Bureau {
    /// Start of the ids of its labelled documents.
    pub id: String,
    /// Full name of its area.
    pub area: String,
    /// 衡山县民政局.
    pub agency: String,
    /// 民政局.
    pub bureau: String,
    /// civil-affairs.
    pub domain: String,
    /// Folder of a submission, with `{Y}` for the year.
    pub folder: String,
    /// Starts of the catalogue ids that its labels cover.
    pub label_prefixes: Vec<String>,
    /// Years that it reports on; the series start one year before.
    pub years: Vec<i32>,
    values: BTreeMap<String, Vec<Number>>,
    #[serde(default)]
    stock: BTreeMap<String, Stock>,
    /// Parts of a sum; `-` before what is taken away.
    #[serde(default)]
    sum: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    ratio: BTreeMap<String, Ratio>,
    #[serde(default)]
    terms: BTreeMap<String, Term>,
    #[serde(skip)]
    catalogue: BTreeMap<String, Term>,
}

/// A number of a TOML file, exactly as written there.
#[derive(Clone, Copy)]
struct Number(Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(d)? {
            toml::Value::Integer(i) => i.to_string(),
            // The shortest decimal that is this float is what stands in the file.
            toml::Value::Float(f) => f.to_string(),
            other => return Err(serde::de::Error::custom(format!("not a number: {other}"))),
        };
        text.parse().map(Number).map_err(serde::de::Error::custom)
    }
}

impl Bureau {
    /// Reads a bureau's file, with the terms of the catalogue (`id,name,unit,kind` a line).
    pub fn parse(text: &str, terms: &str) -> Result<Self> {
        let mut bureau: Bureau = toml::from_str(text)?;
        for line in terms.lines().skip(1) {
            let [id, name, unit, kind] = line.split(',').collect::<Vec<_>>()[..] else {
                bail!("terms.csv: {line}")
            };
            let term = Term {
                id: id.into(),
                name: name.into(),
                unit: unit.into(),
                kind: kind.into(),
            };
            bureau.catalogue.insert(id.into(), term);
        }
        Ok(bureau)
    }

    /// The bureau of a text that stands by itself, without series: `id;area;agency;bureau;domain;prefix;year`.
    pub fn alone(line: &str, terms: &str) -> Result<Self> {
        let [id, area, agency, bureau, domain, prefix, year] =
            line.split(';').collect::<Vec<_>>()[..]
        else {
            bail!("{line}: seven fields")
        };
        // The year is part of the ids of documents.
        let id = id
            .strip_suffix(&format!("-{year}"))
            .with_context(|| format!("{line}: id ends in the year"))?;
        let head = format!(
            "id = '{id}'\narea = '{area}'\nagency = '{agency}'\nbureau = '{bureau}'\ndomain = '{domain}'\nfolder = ''\n\
             label_prefixes = ['common', '{prefix}']\nyears = [{year}]\nvalues = {{}}\n"
        );
        Self::parse(&head, terms)
    }

    /// The term of a key: `civil.` and `common.` may be left out; `b:`, `f:` and `t:` (initial budget, final budget,
    /// target) come before.
    pub fn term(&self, key: &str) -> Result<Term> {
        let (scenario, name) = key.split_once(':').unwrap_or(("", key));
        let mut term = [
            format!("civil.{name}"),
            format!("common.{name}"),
            name.to_string(),
        ]
        .iter()
        .find_map(|id| self.catalogue.get(id))
        .or_else(|| self.terms.get(name))
        .cloned()
        .with_context(|| format!("{}: no term for {key}", self.id))?;
        term.kind = match (scenario, term.kind.as_str()) {
            ("t", _) => "target".into(),
            ("b" | "f", _) => "budget".into(),
            (_, "budget/actual") => "actual".into(),
            (_, kind) => kind.into(),
        };
        Ok(term)
    }

    /// Value of a series in a year, in the base unit. Money stands in the file in 万元.
    pub fn value(&self, key: &str, year: i32) -> Result<Decimal> {
        let first = self.years.first().context("no years")? - 1;
        let index = usize::try_from(year - first)
            .with_context(|| format!("{}: {key} before {first}", self.id))?;
        if let Some(values) = self.values.get(key) {
            let Number(value) = *values
                .get(index)
                .with_context(|| format!("{}: {key} has no {year}", self.id))?;
            let scale = if self.term(key)?.unit == "元" {
                Decimal::from(10_000)
            } else {
                Decimal::ONE
            };
            return Ok(value * scale);
        }
        if let Some(stock) = self.stock.get(key) {
            let mut value = if year == first {
                stock.opening.0
            } else {
                self.value(key, year - 1)?
            };
            if year > first {
                for k in &stock.plus {
                    value += self.value(k, year)?;
                }
                for k in &stock.minus {
                    value -= self.value(k, year)?;
                }
            }
            return Ok(value);
        }
        if let Some(parts) = self.sum.get(key) {
            return parts.iter().try_fold(Decimal::ZERO, |sum, part| {
                match part.strip_prefix('-') {
                    Some(key) => Ok(sum - self.value(key, year)?),
                    None => Ok(sum + self.value(part, year)?),
                }
            });
        }
        let ratio = self
            .ratio
            .get(key)
            .with_context(|| format!("{}: no series {key}", self.id))?;
        self.share(&ratio.of[0], &ratio.of[1], year, ratio.digits)
    }

    /// `part` in per cent of `whole`.
    pub fn share(&self, part: &str, whole: &str, year: i32, digits: u32) -> Result<Decimal> {
        let quotient = self.value(part, year)? * Decimal::ONE_HUNDRED / self.value(whole, year)?;
        Ok(round(quotient, digits))
    }
}

/// Rounds half up, as offices do.
pub fn round(value: Decimal, digits: u32) -> Decimal {
    value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// How a figure is written: flags, then the unit as it stands in the text.
///
/// `,` thousands separators · `F` full width · `C` Chinese numerals · `.2` decimals · `-` the unit stands elsewhere (a
/// header) · `≥` `≤` written before the number · `~` `+` `<` the words around say about, at least, at most.
pub struct Style<'a> {
    thousands: bool,
    full_width: bool,
    chinese: bool,
    digits: Option<u32>,
    bare: bool,
    prefix: &'static str,
    /// exact, approx, at_least, at_most.
    pub qualifier: &'static str,
    /// 万元, 余人次, 万余元 …
    pub unit: &'a str,
}

/// The number of a cell of a workbook: the value shown, its decimals, whether it is a percentage.
pub type CellNumber = (Decimal, u32, bool);

/// A figure as it stands in the text.
pub struct Written {
    /// Number and unit.
    pub quote: String,
    /// The value that the quote says, in the base unit.
    pub value: Decimal,
    /// Base unit of the written unit.
    pub unit: String,
    /// `None` where a cell with it is text.
    pub number: Option<CellNumber>,
}

impl<'a> Style<'a> {
    /// Reads a style.
    pub fn parse(text: &'a str) -> Style<'a> {
        let mut style = Style {
            thousands: false,
            full_width: false,
            chinese: false,
            digits: None,
            bare: false,
            prefix: "",
            qualifier: "exact",
            unit: "",
        };
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            match c {
                ',' => style.thousands = true,
                'F' => style.full_width = true,
                'C' => style.chinese = true,
                '-' => style.bare = true,
                '≥' => (style.prefix, style.qualifier) = ("≥", "at_least"),
                '≤' => (style.prefix, style.qualifier) = ("≤", "at_most"),
                '~' => style.qualifier = "approx",
                '+' => style.qualifier = "at_least",
                '<' => style.qualifier = "at_most",
                '.' => {
                    rest = &rest[1..];
                    style.digits = rest.chars().next().and_then(|d| d.to_digit(10));
                }
                _ => break,
            }
            rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
        }
        if rest.contains('余') {
            style.qualifier = "approx";
        }
        style.unit = rest;
        style
    }

    /// Decimals asked for.
    pub fn digits(&self) -> Option<u32> {
        self.digits
    }

    /// Writes a value given in the base unit, or (`scaled`) in the unit of the style.
    pub fn write(&self, value: Decimal, scaled: bool) -> Result<Written> {
        let plain = self.unit.replace('余', "");
        let (scale, base) = match plain.chars().next() {
            Some('亿') => (Decimal::from(100_000_000), &plain['亿'.len_utf8()..]),
            Some('万') => (Decimal::from(10_000), &plain['万'.len_utf8()..]),
            Some('千') => (Decimal::from(1_000), &plain['千'.len_utf8()..]),
            _ => (Decimal::ONE, plain.as_str()),
        };
        let mut shown = if scaled { value } else { value / scale };
        match self.digits {
            Some(d) => {
                shown = round(shown, d);
                shown.rescale(d);
            }
            None => shown = shown.normalize(),
        }
        let mut number = if self.chinese {
            ensure!(shown.is_integer(), "{shown} in Chinese numerals");
            let n: u64 = shown.normalize().to_string().parse()?;
            if n == 2 { "两".into() } else { chinese(n) }
        } else {
            shown.to_string()
        };
        if self.thousands {
            number = with_separators(&number);
        }
        if self.full_width {
            number = number
                .chars()
                .map(|c| match c {
                    '0'..='9' | '.' | ',' | '-' => char::from_u32(c as u32 + 0xFEE0).unwrap_or(c),
                    c => c,
                })
                .collect();
        }
        let unit = if self.full_width && self.unit == "%" {
            "％"
        } else {
            self.unit
        };
        let quote = format!(
            "{}{number}{}",
            self.prefix,
            if self.bare { "" } else { unit }
        );
        let percent = self.unit == "%" && !self.bare;
        let number =
            ((self.bare || percent) && self.prefix.is_empty() && !self.chinese && !self.full_width)
                .then_some((shown, shown.scale(), percent));
        let base = match base {
            "名" | "位" => "人",
            "成" => "%",
            "个百分点" => "百分点",
            "元/月" => "元/人/月",
            base => base,
        };
        let factor = if self.unit == "成" {
            Decimal::TEN
        } else {
            scale
        };
        Ok(Written {
            quote,
            value: (shown * factor).normalize(),
            unit: base.into(),
            number,
        })
    }
}

/// 1234567.8 as 1,234,567.8.
fn with_separators(number: &str) -> String {
    let (whole, fraction) = number
        .split_once('.')
        .map_or((number, None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    if let Some(f) = fraction {
        out.push('.');
        out.push_str(f);
    }
    out
}

/// A whole number below 10^8 as it is written in Chinese: 106 is 一百零六, 12 is 十二.
fn chinese(n: u64) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    if n >= 10_000 {
        let low = n % 10_000;
        let gap = if low == 0 || low >= 1_000 { "" } else { "零" };
        return format!(
            "{}万{gap}{}",
            chinese(n / 10_000),
            if low == 0 {
                String::new()
            } else {
                chinese(low)
            }
        );
    }
    if n < 10 {
        return DIGITS[n as usize].into();
    }
    let mut out = String::new();
    let mut zero = false;
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = n / unit % 10;
        if digit == 0 {
            zero = !out.is_empty();
            continue;
        }
        if zero {
            out.push('零');
            zero = false;
        }
        if !(unit == 10 && digit == 1 && n < 20) {
            out.push_str(DIGITS[digit as usize]);
        }
        out.push_str(name);
    }
    out
}
