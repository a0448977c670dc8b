//! Messages of `show`.

use super::{pick, say};
use crate::analysis::{Scenario, Transformation};
use crate::quantity::Qualifier;

/// A scenario, where it is not the usual one.
pub fn scenario(s: Scenario) -> &'static str {
    match s {
        Scenario::Actual => "",
        Scenario::Budget => pick("预算", "budget"),
        Scenario::Target => pick("目标", "target"),
    }
}

/// A transformation, where there is one.
pub fn transformation(t: Transformation) -> &'static str {
    match t {
        Transformation::Level => "",
        Transformation::Change => pick("增减", "change"),
        Transformation::GrowthRate => pick("增长率", "growth rate"),
    }
}

/// A qualifier, where it is not exact.
pub fn qualifier(q: Qualifier) -> &'static str {
    match q {
        Qualifier::Exact => "",
        Qualifier::Approx => pick("约", "about"),
        Qualifier::AtLeast => pick("不少于", "at least"),
        Qualifier::AtMost => pick("不超过", "at most"),
    }
}

/// Before the terms in force.
pub fn stated() -> &'static str {
    pick("文中的词", "stated")
}

/// Before the words that nothing explains.
pub fn left_over() -> &'static str {
    pick("无从解释的词", "unexplained")
}

/// A figure of a table has no account of its own.
pub fn from_table() -> &'static str {
    pick(
        "表格中的数，由表头和行名决定",
        "a figure of a table: decided by its headers and row",
    )
}

/// `--why` names a figure that is not there.
pub fn no_such_figure(wish: &str) -> String {
    if wish.is_empty() {
        say!("文件里没有数", "the document has no figures")
    } else {
        say!(
            "文件里没有这个数：{}（写数的原文如 684人，或位置如 p12）",
            "no such figure: {} (give its text, such as 684人, or its place, such as p12)",
            wish
        )
    }
}

/// The closing line.
pub fn counts(figures: usize, bound: usize, observations: usize, targets: usize) -> String {
    let mut text = say!(
        "{} 个数，{} 个对应指标，{} 条指标值",
        "{} figures, {} bound, {} observations",
        figures,
        bound,
        observations
    );
    if targets > 0 {
        text.push_str(&say!("，{} 行绩效目标", ", {} rows of targets", targets));
    }
    text
}
