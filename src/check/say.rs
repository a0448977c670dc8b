//! Results as one Chinese sentence that a bureau could be sent: with the figures, the difference and what to do.

use super::Outcome;
use super::arithmetic::power_of_ten;
use super::fact::Fact;
use super::rules::Rule;
use super::seek::Found;
use crate::analysis::Scenario;
use crate::catalogue::Catalogue;
use rust_decimal::Decimal;

/// Names of indicators.
pub struct Named<'c> {
    pub catalogue: &'c Catalogue,
}

/// A sentence in the making: every document has a hundred of them, so that they are written piece by piece into one string.
struct Line(String);

impl Line {
    fn new() -> Line {
        Line(String::with_capacity(192))
    }

    fn text(mut self, text: &str) -> Line {
        self.0.push_str(text);
        self
    }

    /// A number without trailing zeros.
    fn number(mut self, value: Decimal) -> Line {
        let value = value.normalize();
        let scale = value.scale() as usize;
        let Ok(mut rest) = u64::try_from(value.mantissa().unsigned_abs()) else {
            self.0.push_str(&value.to_string());
            return self;
        };
        if value.is_sign_negative() && rest != 0 {
            self.0.push('-');
        }
        let mut digits = [b'0'; 48];
        let mut at = digits.len();
        while rest != 0 || digits.len() - at <= scale {
            at -= 1;
            if let Some(d) = digits.get_mut(at) {
                *d = b'0' + (rest % 10) as u8;
            }
            rest /= 10;
        }
        let written = digits.get(at..).unwrap_or_default();
        let (whole, fraction) = written.split_at(written.len() - scale);
        self.0.extend(whole.iter().map(|d| char::from(*d)));
        if scale > 0 {
            self.0.push('.');
            self.0.extend(fraction.iter().map(|d| char::from(*d)));
        }
        self
    }

    /// An amount as the report writes it: 4.38万元 where the figure was written in 万元.
    fn amount(self, value: Decimal, like: &Fact) -> Line {
        let word = match like.factor {
            f if f == Decimal::ONE => "",
            f if f == Decimal::from(10_000) => "万",
            f if f == Decimal::from(100_000_000) => "亿",
            _ => "",
        };
        let scaled = match word {
            "" => value,
            _ => value.checked_div(like.factor).unwrap_or(value),
        };
        self.number(scaled).text(word).text(like.unit)
    }

    /// A percentage for reading: two places.
    fn per_cent(self, value: Decimal) -> Line {
        self.number(value.round_dp(2)).text("%")
    }

    /// What a figure is called and its value: 在职人数41人.
    fn figure(self, say: &Named, f: &Fact) -> Line {
        self.text(say.name(f)).amount(f.value, f)
    }

    fn list(mut self, say: &Named, facts: &[&Fact]) -> Line {
        for (n, f) in facts.iter().enumerate() {
            self = self.text(if n > 0 { "、" } else { "" }).figure(say, f);
        }
        self
    }

    /// The same with its sum, where it has several members.
    fn listed(self, say: &Named, found: &Found) -> Line {
        let line = self.list(say, &found.facts);
        match found.facts.as_slice() {
            [_] | [] => line,
            [first, ..] => line.text("（合计").amount(found.value, first).text("）"),
        }
    }

    /// 2024年, or the period as it is.
    fn period(self, f: &Fact) -> Line {
        let year = if f.time_period.len() == 4 { "年" } else { "" };
        self.text(f.time_period).text(year)
    }

    /// Which year and which column: 2024年预算：
    fn scope(self, f: &Fact) -> Line {
        let scenario = match f.scenario {
            Scenario::Actual => "",
            Scenario::Budget => "预算",
            Scenario::Target => "目标",
        };
        let known = !matches!(f.time_period, "" | "0000");
        let line = if known { self.period(f) } else { self };
        if known || !scenario.is_empty() {
            line.text(scenario).text("：")
        } else {
            line
        }
    }

    /// The difference, where there is one.
    fn apart(self, difference: Decimal, like: &Fact) -> Line {
        if difference.is_zero() {
            self
        } else {
            self.text("，相差").amount(difference.abs(), like)
        }
    }

    fn end(self, outcome: Outcome) -> String {
        let end = match outcome {
            Outcome::Pass => "，相符。",
            Outcome::Rounding => "，在四舍五入误差之内。",
            Outcome::Fail => "，请核对。",
            Outcome::NotEvaluable => "。",
        };
        self.text(end).0
    }
}

/// What two values that are a power of ten apart look like.
pub fn slip(a: Decimal, b: Decimal, tolerance: Decimal) -> String {
    match power_of_ten(a, b, tolerance) {
        Some(power) => format!("（恰为{power}倍，疑为单位或小数点有误）"),
        None => String::new(),
    }
}

/// A location in words: p12 is 第12段, t3!B4 is 第3个表B4.
pub fn place(location: &str) -> String {
    if let Some((table, cell)) = location.split_once('!') {
        return match table.strip_prefix('t').filter(|n| n.parse::<u32>().is_ok()) {
            Some(n) => format!("第{n}个表{cell}"),
            None => format!("工作表“{table}”{cell}"),
        };
    }
    match location.strip_prefix('p') {
        Some(n) => format!("第{n}段"),
        None => location.to_owned(),
    }
}

impl Named<'_> {
    /// Whether a rule for all indicators is for this one.
    pub fn takes(&self, rule: &Rule, id: &str) -> bool {
        let kind = self.catalogue.indicator(id).map_or("", |i| i.kind.as_str());
        rule.takes(id, kind)
    }

    fn name<'a>(&'a self, f: &'a Fact) -> &'a str {
        match self.catalogue.indicator(f.indicator) {
            Some(i) => &i.name,
            None if f.indicator.is_empty() => f.measured,
            None => f.indicator,
        }
    }

    pub fn sum(
        &self,
        total: &Fact,
        parts: &Found,
        difference: Decimal,
        outcome: Outcome,
    ) -> String {
        Line::new()
            .scope(total)
            .figure(self, total)
            .text("，")
            .list(self, &parts.facts)
            .text("，各项合计")
            .amount(parts.value, total)
            .apart(difference, total)
            .end(outcome)
    }

    /// The total of a table: the column's head says what it is.
    pub fn total(
        &self,
        total: &Fact,
        (location, head): (&str, &str),
        sum: Decimal,
        difference: Decimal,
        outcome: Outcome,
    ) -> String {
        Line::new()
            .text(&place(location))
            .text("的合计数（")
            .text(head)
            .text("）为")
            .amount(total.value, total)
            .text("，各行相加为")
            .amount(sum, total)
            .apart(difference, total)
            .end(outcome)
    }

    /// A figure, what share of which whole it is said to be, and what it is.
    pub fn share(
        &self,
        (rate, part, whole): (&Fact, &Fact, &Fact),
        expected: Decimal,
        outcome: Outcome,
    ) -> String {
        Line::new()
            .figure(self, part)
            .text("写为占")
            .per_cent(rate.value)
            .text("，而")
            .amount(part.value, part)
            .text("为")
            .amount(whole.value, whole)
            .text("的")
            .per_cent(expected)
            .end(outcome)
    }

    /// Closing, opening, what came and what went.
    pub fn flow(
        &self,
        closing: &Fact,
        opening: &Fact,
        (plus, minus): (&Found, &Found),
        (expected, difference): (Decimal, Decimal),
        outcome: Outcome,
    ) -> String {
        Line::new()
            .scope(closing)
            .text("期末")
            .figure(self, closing)
            .text("，而期初")
            .amount(opening.value, opening)
            .text("（")
            .text(opening.time_period)
            .text("）加")
            .list(self, &plus.facts)
            .text("、减")
            .list(self, &minus.facts)
            .text("应为")
            .amount(expected, closing)
            .apart(difference, closing)
            .end(outcome)
    }

    pub fn ratio(
        &self,
        rate: &Fact,
        part: &Found,
        whole: &Found,
        (expected, times): (Decimal, Decimal),
        outcome: Outcome,
    ) -> String {
        let line = Line::new()
            .scope(rate)
            .figure(self, rate)
            .text("，而")
            .listed(self, part);
        if times != Decimal::ONE_HUNDRED {
            return line
                .text("除以")
                .listed(self, whole)
                .text("为")
                .amount(expected.round_dp(2), rate)
                .text(&slip(rate.value, expected, rate.half))
                .end(outcome);
        }
        line.text("占")
            .listed(self, whole)
            .text("的")
            .per_cent(expected)
            .end(outcome)
    }

    pub fn at_most(
        &self,
        figure: &Fact,
        limit: &Found,
        difference: Decimal,
        outcome: Outcome,
    ) -> String {
        let scenario = |f: &Fact| match f.scenario {
            Scenario::Actual => "实际",
            Scenario::Budget => "预算",
            Scenario::Target => "目标",
        };
        let told =
            |line: Line, f: &Fact| line.text(self.name(f)).text(scenario(f)).amount(f.value, f);
        let mut line = told(Line::new().period(figure), figure).text("，上限为");
        for (n, f) in limit.facts.iter().enumerate() {
            line = told(line.text(if n > 0 { "、" } else { "" }), f);
        }
        if outcome == Outcome::Fail {
            line = line.text("，超过").amount(difference, figure);
        }
        line.end(outcome)
    }

    pub fn limit(&self, figure: &Fact, limit: Decimal, outcome: Outcome) -> String {
        Line::new()
            .scope(figure)
            .figure(self, figure)
            .text("，上限为")
            .amount(limit, figure)
            .end(outcome)
    }

    pub fn narrative(
        &self,
        prose: &Fact,
        cell: &Fact,
        difference: Decimal,
        outcome: Outcome,
    ) -> String {
        let slack = prose.half.saturating_add(cell.half);
        Line::new()
            .scope(prose)
            .text(self.name(prose))
            .text("在正文中为")
            .amount(prose.value, prose)
            .text("，在表中为")
            .amount(cell.value, cell)
            .apart(difference, prose)
            .text(&slip(prose.value, cell.value, slack))
            .end(outcome)
    }

    pub fn growth(
        &self,
        level: &Fact,
        change: &Fact,
        growth: &Fact,
        expected: Decimal,
        outcome: Outcome,
    ) -> String {
        Line::new()
            .scope(level)
            .figure(self, level)
            .text("，比上期增减")
            .amount(change.value, change)
            .text("，推算增幅为")
            .per_cent(expected)
            .text("，文中为")
            .per_cent(growth.value)
            .end(outcome)
    }

    pub fn lacking(&self, rule: &Rule, near: &Fact) -> String {
        Line::new()
            .scope(near)
            .text(&rule.name)
            .text("：")
            .figure(self, near)
            .text("，其他数据不全，无法核对。")
            .0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_decimals_are() {
        for text in [
            "0",
            "7",
            "-7",
            "0.05",
            "-0.05",
            "100",
            "1.50",
            "123456789012345678901234567",
            "4.380",
            "-12345.678901",
            "0.000001",
            "79228162514264337593543950335",
        ] {
            let value: Decimal = text.parse().unwrap();
            assert_eq!(Line::new().number(value).0, value.normalize().to_string());
        }
    }
}
