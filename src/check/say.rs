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

/// An amount as the report writes it: 4.38万元 where the figure was written in 万元.
fn amount(value: Decimal, like: &Fact) -> String {
    let scaled = |name: &str| {
        let value = value.checked_div(like.factor).unwrap_or(value);
        format!("{}{name}{}", value.normalize(), like.unit)
    };
    match like.factor.to_string().as_str() {
        "10000" => scaled("万"),
        "100000000" => scaled("亿"),
        _ => format!("{}{}", value.normalize(), like.unit),
    }
}

/// A percentage for reading: two places.
fn per_cent(value: Decimal) -> String {
    format!("{}%", value.round_dp(2).normalize())
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

    /// 在职人数41人.
    fn figure(&self, f: &Fact) -> String {
        format!("{}{}", self.name(f), amount(f.value, f))
    }

    fn list(&self, facts: &[&Fact]) -> String {
        facts
            .iter()
            .map(|f| self.figure(f))
            .collect::<Vec<_>>()
            .join("、")
    }

    /// Which year and which column: 2024年预算：
    fn scope(f: &Fact) -> String {
        let period = match f.time_period {
            "" | "0000" => String::new(),
            p if p.len() == 4 => format!("{p}年"),
            p => p.to_string(),
        };
        let scenario = match f.scenario {
            Scenario::Actual => "",
            Scenario::Budget => "预算",
            Scenario::Target => "目标",
        };
        match (period.is_empty(), scenario.is_empty()) {
            (true, true) => String::new(),
            _ => format!("{period}{scenario}："),
        }
    }

    fn end(outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Pass => "，相符。",
            Outcome::Rounding => "，在四舍五入误差之内。",
            Outcome::Fail => "，请核对。",
            Outcome::NotEvaluable => "。",
        }
    }

    /// The difference, where there is one.
    fn apart(difference: Decimal, like: &Fact) -> String {
        if difference.is_zero() {
            String::new()
        } else {
            format!("，相差{}", amount(difference.abs(), like))
        }
    }

    pub fn sum(
        &self,
        total: &Fact,
        parts: &Found,
        difference: Decimal,
        outcome: Outcome,
    ) -> String {
        format!(
            "{}{}，{}，各项合计{}{}{}",
            Self::scope(total),
            self.figure(total),
            self.list(&parts.facts),
            amount(parts.value, total),
            Self::apart(difference, total),
            Self::end(outcome)
        )
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
        format!(
            "{}的合计数（{head}）为{}，各行相加为{}{}{}",
            place(location),
            amount(total.value, total),
            amount(sum, total),
            Self::apart(difference, total),
            Self::end(outcome)
        )
    }

    /// A figure, what share of which whole it is said to be, and what it is.
    pub fn share(
        &self,
        (rate, part, whole): (&Fact, &Fact, &Fact),
        expected: Decimal,
        outcome: Outcome,
    ) -> String {
        format!(
            "{}写为占{}，而{}为{}的{}{}",
            self.figure(part),
            per_cent(rate.value),
            amount(part.value, part),
            amount(whole.value, whole),
            per_cent(expected),
            Self::end(outcome)
        )
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
        format!(
            "{}期末{}，而期初{}（{}）加{}、减{}应为{}{}{}",
            Self::scope(closing),
            self.figure(closing),
            amount(opening.value, opening),
            opening.time_period,
            self.list(&plus.facts),
            self.list(&minus.facts),
            amount(expected, closing),
            Self::apart(difference, closing),
            Self::end(outcome)
        )
    }

    pub fn ratio(
        &self,
        rate: &Fact,
        part: &Found,
        whole: &Found,
        (expected, times): (Decimal, Decimal),
        outcome: Outcome,
    ) -> String {
        let listed = |f: &Found| match f.facts.as_slice() {
            [_] | [] => self.list(&f.facts),
            [first, ..] => format!("{}（合计{}）", self.list(&f.facts), amount(f.value, first)),
        };
        let (part, whole) = (listed(part), listed(whole));
        if times != Decimal::ONE_HUNDRED {
            return format!(
                "{}{}，而{part}除以{whole}为{}{}{}",
                Self::scope(rate),
                self.figure(rate),
                amount(expected.round_dp(2), rate),
                slip(rate.value, expected, rate.half),
                Self::end(outcome)
            );
        }
        format!(
            "{}{}，而{part}占{whole}的{}{}",
            Self::scope(rate),
            self.figure(rate),
            per_cent(expected),
            Self::end(outcome)
        )
    }

    pub fn at_most(
        &self,
        figure: &Fact,
        limit: &Found,
        difference: Decimal,
        outcome: Outcome,
    ) -> String {
        let over = match outcome {
            Outcome::Fail => format!("，超过{}", amount(difference, figure)),
            _ => String::new(),
        };
        let scenario = |f: &Fact| match f.scenario {
            Scenario::Actual => "实际",
            Scenario::Budget => "预算",
            Scenario::Target => "目标",
        };
        let limits = limit
            .facts
            .iter()
            .map(|f| format!("{}{}{}", self.name(f), scenario(f), amount(f.value, f)))
            .collect::<Vec<_>>()
            .join("、");
        let period = match figure.time_period {
            p if p.len() == 4 => format!("{p}年"),
            p => p.to_string(),
        };
        format!(
            "{period}{}{}{}，上限为{limits}{over}{}",
            self.name(figure),
            scenario(figure),
            amount(figure.value, figure),
            Self::end(outcome)
        )
    }

    pub fn limit(&self, figure: &Fact, limit: Decimal, outcome: Outcome) -> String {
        format!(
            "{}{}，上限为{}{}",
            Self::scope(figure),
            self.figure(figure),
            amount(limit, figure),
            Self::end(outcome)
        )
    }

    pub fn narrative(
        &self,
        prose: &Fact,
        cell: &Fact,
        difference: Decimal,
        outcome: Outcome,
    ) -> String {
        format!(
            "{}{}在正文中为{}，在表中为{}{}{}",
            Self::scope(prose),
            self.name(prose),
            amount(prose.value, prose),
            amount(cell.value, cell),
            Self::apart(difference, prose),
            format_args!(
                "{}{}",
                slip(
                    prose.value,
                    cell.value,
                    prose.half.saturating_add(cell.half)
                ),
                Self::end(outcome)
            )
        )
    }

    pub fn growth(
        &self,
        level: &Fact,
        change: &Fact,
        growth: &Fact,
        expected: Decimal,
        outcome: Outcome,
    ) -> String {
        format!(
            "{}{}，比上期增减{}，推算增幅为{}，文中为{}{}",
            Self::scope(level),
            self.figure(level),
            amount(change.value, change),
            per_cent(expected),
            per_cent(growth.value),
            Self::end(outcome)
        )
    }

    pub fn lacking(&self, rule: &Rule, near: &Fact) -> String {
        format!(
            "{}{}：{}，其他数据不全，无法核对。",
            Self::scope(near),
            rule.name,
            self.figure(near)
        )
    }
}
