//! Cross-footing rules (勾稽关系): whether the figures of a report agree with one another.
//!
//! Which figures must agree is data, `pipelines/checks.toml`; this stage knows five kinds of arithmetic:
//!
//! * **sum**: a total and its parts (三公 = 出国 + 公车 + 接待); the row 合计 of any table and its rows;
//! * **ratio**: a percentage and the two figures it is made of (参检率 = 参检数 ÷ 应检数), an amount per head (人均), a share (占);
//! * **range**: one figure does not exceed another (三公决算 ≤ 预算, 退出 ≤ 期初), a percentage does not exceed 100; a value is like
//!   those of other years and other areas;
//! * **narrative_table**: the text and a form state the same indicator with different values;
//! * **trend**: a level, its change and its growth rate belong together; 期末 = 期初 + 新增 − 退出; last year's value is that of
//!   last year's report.
//!
//! Rules that need several documents are evaluated on a warehouse ([`across`], [`look_back`]): here is only their
//! arithmetic, so that `validate` can run their examples like all others.
//!
//! A written figure is exact to half a unit of its last digit: 10746.24万元 may be 50 yuan more or less. A difference
//! that the sum of these halves explains is `rounding`, a note and not a finding. Counts of whole things (684人) have
//! no such slack. Approximations (约 余 近) and ranges take no part: they cannot contradict anything.
//!
//! A rule that lacks a figure says nothing, or `not_evaluable` where some of its figures are there. Several wordings of
//! the same total are each compared with the parts nearest to them. What comes out depends only on the analysis.

pub mod across;
mod arithmetic;
mod compare;
mod example;
mod fact;
mod rules;
mod say;
mod seek;
mod share;
mod stock;
mod tables;
mod text_form;

pub(crate) use fact::written;
pub use rules::{Rule, Rules};
pub(crate) use say::place;

use crate::analysis::{Analysis, Period, Place};
use crate::catalogue::Catalogue;
use fact::Facts;
use rust_decimal::Decimal;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// What kind of arithmetic a rule is: the column `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A total and its parts.
    Sum,
    /// A percentage and the figures it is made of.
    Ratio,
    /// One figure does not exceed another.
    Range,
    /// Text and form state the same.
    NarrativeTable,
    /// Level, change and growth belong together.
    Trend,
}

impl Kind {
    /// As written in the column `kind`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Sum => "sum",
            Kind::Ratio => "ratio",
            Kind::Range => "range",
            Kind::NarrativeTable => "narrative_table",
            Kind::Trend => "trend",
        }
    }
}

/// How a rule came out: the column `outcome`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The figures agree exactly.
    #[default]
    Pass,
    /// They differ by no more than rounding of the written figures explains.
    Rounding,
    /// They disagree.
    Fail,
    /// Some figures are there, others are not.
    NotEvaluable,
}

impl Outcome {
    /// As written in the column `outcome`.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Rounding => "rounding",
            Outcome::Fail => "fail",
            Outcome::NotEvaluable => "not_evaluable",
        }
    }
}

/// A rule evaluated on figures of one document. Values are in the base unit (元, 人, %).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Id of the rule.
    pub check: String,
    /// Its Chinese name.
    pub name: String,
    /// Kind of arithmetic.
    pub kind: Kind,
    /// How it came out.
    pub outcome: Outcome,
    /// What the rule expects (the sum of the parts, the quotient, the limit).
    pub expected: Option<Decimal>,
    /// What the report says.
    pub actual: Option<Decimal>,
    /// Actual minus expected.
    pub difference: Option<Decimal>,
    /// What rounding of the written figures explains.
    pub tolerance: Option<Decimal>,
    /// One Chinese sentence that the bureau could be sent.
    pub explanation: String,
    /// Indices into [`Analysis::observations`], ascending.
    pub observations: Vec<usize>,
    /// The area that the figures are about.
    pub place: Arc<Place>,
    /// Their period, ISO 8601.
    pub time_period: String,
    /// First and last day of it.
    pub period: Option<Period>,
    /// Its year; 0 where unknown.
    pub year: i32,
}

/// Rule, outcome, the two sides, time and place: what makes two results the same statement.
type Statement = (usize, Outcome, [Option<Decimal>; 2], String, Arc<Place>);

/// Evaluates every rule on the figures of one document. The result is in the order of the rules, then of the text.
pub fn check(analysis: &Analysis, rules: &Rules, catalogue: &Catalogue) -> Vec<Check> {
    let facts = Facts::of(analysis);
    // The same arithmetic stated twice (in the text and in a form) is one result.
    let mut seen: FxHashSet<Statement> = FxHashSet::default();
    let mut found: Vec<Check> = Vec::new();
    for (n, rule) in rules.among(&facts.indicators) {
        for c in compare::evaluate(rule, &facts, analysis, catalogue) {
            let key = (
                n,
                c.outcome,
                [c.expected, c.actual],
                c.time_period.clone(),
                c.place.clone(),
            );
            if seen.insert(key) {
                found.push(c);
            }
        }
    }
    found
}

/// What the rules that look back to the year before find in the figures of two years, each with its place (a number for
/// the document and block that it stands in): for a warehouse, where the opening value is in last year's report.
pub fn look_back(analysis: &Analysis, rules: &Rules, catalogue: &Catalogue) -> Vec<Check> {
    let facts = Facts::of(analysis);
    rules
        .check
        .iter()
        .filter(|r| r.looks_back())
        .flat_map(|r| compare::evaluate(r, &facts, analysis, catalogue))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Block, BlockKind, Document, Format};
    use crate::{Hints, analyse_document};

    /// Checks of a report of one paragraph that did not pass, as `id outcome difference`.
    fn not_passed(paragraphs: &[&str]) -> Vec<String> {
        let block = |(n, text): (usize, &&str)| Block {
            location: format!("p{}", n + 1),
            kind: BlockKind::Paragraph {
                text: (*text).to_string(),
            },
        };
        let document = Document::new(
            Format::Text,
            paragraphs.iter().enumerate().map(block).collect(),
        );
        let name = "衡山县民政局2024年度部门整体支出绩效自评报告.docx";
        let analysis = analyse_document(document, name, &Hints::default(), Catalogue::builtin());
        let line = |c: Check| {
            let difference = c.difference.map(|d| d.normalize().to_string());
            format!(
                "{} {} {}",
                c.check,
                c.outcome.name(),
                difference.unwrap_or_default()
            )
        };
        analysis
            .checks
            .into_iter()
            .filter(|c| c.outcome != Outcome::Pass)
            .map(line)
            .collect()
    }

    #[test]
    fn the_rules_examples_come_out_as_written() {
        let catalogue = Catalogue::builtin();
        assert_eq!(catalogue.checks().validate(catalogue), []);
    }

    #[test]
    fn a_difference_that_rounding_explains_is_a_note() {
        assert_eq!(
            not_passed(&[
                "2024年“三公”经费支出5.27万元，其中：公务用车购置及运行维护费3.16万元，公务接待费2.1万元。"
            ]),
            ["sangong.parts rounding 100"]
        );
        assert_eq!(
            not_passed(&[
                "2024年“三公”经费支出5.47万元，其中：公务用车购置及运行维护费3.16万元，公务接待费2.1万元。"
            ]),
            ["sangong.parts fail 2100"]
        );
    }

    #[test]
    fn counts_have_no_slack() {
        assert_eq!(
            not_passed(&["登记在册社会组织205家，其中社会团体88家、民办非企业单位116家。"]),
            ["civil.social_org.parts fail 1"]
        );
    }

    #[test]
    fn approximations_contradict_nothing() {
        let text = "登记在册社会组织200余家，其中社会团体88家、民办非企业单位116家。";
        assert_eq!(not_passed(&[text]), Vec::<String>::new());
    }

    /// A sheet of so many rows, each with a total and its two parts.
    fn sheet(rows: usize) -> Analysis {
        use crate::analysis::{DocumentContext, Observation, Scenario, Transformation};
        let ids = [
            "civil.social_org.total",
            "civil.social_org.associations",
            "civil.social_org.services",
        ];
        let cell = |n: usize| {
            let (row, column) = (n / 3, n % 3);
            let value = [2 * row + 10, row + 3, row + 7][column];
            Observation {
                indicator: ids[column].into(),
                place: std::sync::Arc::default(),
                time_period: "2024".into(),
                period: None,
                year: 2024,
                scenario: Scenario::Actual,
                transformation: Transformation::Level,
                obs_value: Decimal::from(value),
                obs_value_max: None,
                unit_measure: "家".into(),
                qualifier: crate::quantity::Qualifier::Exact,
                value_text: value.to_string().into(),
                evidence: Arc::default(),
                location: format!("t1!{}{}", ["A", "B", "C"][column], row + 1).into(),
                chars: 0..1,
                confidence: 1.0,
                rule: String::new(),
                quantity: None,
            }
        };
        Analysis {
            format: Format::Text,
            context: DocumentContext::default(),
            blocks: vec![Block {
                location: "t1".into(),
                kind: BlockKind::Table(crate::read::Table::default()),
            }],
            quantities: Vec::new(),
            observations: (0..3 * rows).map(cell).collect(),
            targets: Vec::new(),
            checks: Vec::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn the_time_is_linear_in_the_rows_of_a_sheet() {
        let catalogue = Catalogue::builtin();
        let time = |rows: usize| {
            let analysis = sheet(rows);
            let start = std::time::Instant::now();
            let found = check(&analysis, catalogue.checks(), catalogue);
            let passed = found.iter().filter(|c| c.outcome == Outcome::Pass).count();
            assert!(passed >= rows, "{passed} of {rows}");
            start.elapsed()
        };
        // Looking at every other row for each would take minutes here.
        let long = time(40_000);
        assert!(long.as_secs() < 20, "{long:?}");
    }

    #[test]
    fn budgets_of_two_columns_are_not_mixed() {
        use crate::analysis::Scenario;
        let mut analysis = sheet(3);
        // 年初 and 调整 in columns: total, first part, second part below one another.
        for (n, o) in analysis.observations.iter_mut().enumerate() {
            let (column, row) = (n / 3, n % 3);
            o.scenario = Scenario::Budget;
            o.location = format!("t1!{}{}", ["C", "D", "E"][column], row + 1).into();
        }
        let found = check(
            &analysis,
            Catalogue::builtin().checks(),
            Catalogue::builtin(),
        );
        let sums: Vec<_> = found
            .iter()
            .filter(|c| c.check == "civil.social_org.parts")
            .map(|c| c.outcome)
            .collect();
        assert_eq!(sums, [Outcome::Pass; 3]);
    }

    #[test]
    fn a_share_of_a_whole_that_others_prove_is_checked() {
        let text = |share: &str| {
            let text = format!(
                "全年排放化学需氧量2000吨。其中工业500吨，占25%；农业600吨，占30%；生活860吨，占{share}；其他40吨，占2%。"
            );
            not_passed(&[&text])
        };
        assert_eq!(text("43%"), [""; 0]);
        assert_eq!(text("42.3%"), ["share fail -0.7"]);
        // Of what, nobody knows.
        assert_eq!(text("61%"), [""; 0]);
    }

    #[test]
    fn parts_in_another_paragraph_may_be_those_of_another_total() {
        let found = not_passed(&[
            "本年收入合计3765.66万元，其中一般公共预算财政拨款1008.64万元、政府性基金预算财政拨款605.99万元、事业收入2148.69万元、其他收入2.34万元。",
            "财政拨款收入总计1614.63万元。",
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn stock_and_flow_of_one_report() {
        let text = |closing: &str| {
            let text = format!(
                "年末在册城乡低保对象{closing}人，当年新增低保对象1126人，退出低保对象1408人。2023年城乡低保对象16045人。"
            );
            not_passed(&["衡山县民政局2024年度工作总结", &text])
        };
        assert_eq!(text("15763"), [""; 0]);
        assert_eq!(text("15736"), ["civil.dibao.flow fail -27"]);
    }
}
