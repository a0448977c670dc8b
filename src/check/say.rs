//! Results as one Chinese sentence that a bureau could be sent: with the figures, the difference and what to do.

use super::Outcome;
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

impl Named<'_> {
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
            "" => String::new(),
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

    pub fn ratio(
        &self,
        rate: &Fact,
        part: &Found,
        whole: &Found,
        expected: Decimal,
        outcome: Outcome,
    ) -> String {
        let total = |f: &Found| match f.facts.as_slice() {
            [_] | [] => String::new(),
            [first, ..] => format!("（合计{}）", amount(f.value, first)),
        };
        format!(
            "{}{}，而{}{}占{}{}的{}{}",
            Self::scope(rate),
            self.figure(rate),
            self.list(&part.facts),
            total(part),
            self.list(&whole.facts),
            total(whole),
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
            Self::end(outcome)
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
