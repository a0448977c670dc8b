//! What the library gives back for one document: the rows that the warehouse stores, still without load times.

use crate::quantity::Qualifier;
use crate::read::{Block, Format, Problem};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::ops::Range;
use std::sync::Arc;

/// Whether a value is what happened, what was budgeted, or what was aimed at (SDMX dimension SCENARIO).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Scenario {
    /// 决算、执行、实际.
    #[default]
    Actual,
    /// 年初预算、调整预算.
    Budget,
    /// 目标、任务、计划.
    Target,
}

impl Scenario {
    /// As written in the column `scenario`.
    pub fn name(self) -> &'static str {
        match self {
            Scenario::Actual => "actual",
            Scenario::Budget => "budget",
            Scenario::Target => "target",
        }
    }
}

/// Whether a value is the quantity itself or how it changed (SDMX TRANSFORMATION).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Transformation {
    /// The value itself.
    #[default]
    Level,
    /// A difference in the indicator's unit (or in percentage points), signed.
    Change,
    /// A growth in per cent, signed (下降8.7% is −8.7).
    GrowthRate,
}

impl Transformation {
    /// As written in the column `transformation`.
    pub fn name(self) -> &'static str {
        match self {
            Transformation::Level => "level",
            Transformation::Change => "change",
            Transformation::GrowthRate => "growth_rate",
        }
    }
}

/// A period of time: a year, a month, a day, or a span of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    /// First day.
    pub start: NaiveDate,
    /// Last day, inclusive.
    pub end: NaiveDate,
}

/// Where a document speaks from: filled by the stage `context`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// GB/T 2260 code, six digits; empty where unknown.
    pub ref_area: String,
    /// Name of that area in the report's year.
    pub area_name: String,
    /// Name of the province level; empty where it does not apply or is unknown.
    pub province: String,
    /// Name of the prefecture level.
    pub prefecture: String,
    /// Name of the county level.
    pub county: String,
}

impl Place {
    /// Two-digit code of the province, `00` where unknown: the partition key.
    pub fn province_code(&self) -> &str {
        self.ref_area.get(..2).unwrap_or("00")
    }
}

/// Area, agency and period of a document.
#[derive(Clone, Debug, Default)]
pub struct DocumentContext {
    /// Title of the document (first title or heading, else the file's name).
    pub title: String,
    /// The area it reports on.
    pub place: Arc<Place>,
    /// Full name of the agency: 衡山县民政局; empty where unknown.
    pub agency: String,
    /// Domain of the agency: `civil-affairs`; empty where unknown.
    pub agency_domain: String,
    /// Year reported on; 0 where unknown.
    pub year: i32,
    /// Period reported on, where one can be told.
    pub period: Option<Period>,
    /// What was taken from siblings, the folder or the command line rather than from the document, and from where
    /// (`ref_area: 文件夹名`), for the document's warnings.
    pub inherited: Vec<String>,
}

/// One value of one indicator, with its evidence. Texts that the rows of a document have in common are shared, not copied.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Catalogue id.
    pub indicator: Arc<str>,
    /// The area it is about: the document's, or a table row's own.
    pub place: Arc<Place>,
    /// ISO 8601 period: `2024`, `2024-10`, `2024-11/2024-12`; empty where it cannot be told.
    pub time_period: Arc<str>,
    /// First and last day of the period.
    pub period: Option<Period>,
    /// Year of the period's end; 0 where unknown.
    pub year: i32,
    /// Budget, target or actual.
    pub scenario: Scenario,
    /// Level, change or growth rate.
    pub transformation: Transformation,
    /// Exact value in the indicator's base unit, signed.
    pub obs_value: Decimal,
    /// Upper bound of a range.
    pub obs_value_max: Option<Decimal>,
    /// Unit as measured: 元, 人, %, 元/人/月.
    pub unit_measure: Arc<str>,
    /// How exact.
    pub qualifier: Qualifier,
    /// As written.
    pub value_text: Arc<str>,
    /// The sentence, or the row of the table.
    pub evidence: Arc<str>,
    /// `p12`, `t3!B4`, `Sheet1!C7`.
    pub location: Arc<str>,
    /// Unicode scalar offsets of `value_text` in the block or cell.
    pub chars: Range<usize>,
    /// 0–1.
    pub confidence: f64,
    /// Which entry and rule decided.
    pub rule: String,
    /// Index into [`Analysis::quantities`]; `None` for a statement of zero.
    pub quantity: Option<usize>,
}

/// A figure of the document, catalogued or not.
#[derive(Clone, Debug)]
pub struct Figure {
    /// `p12`, `t3!B4`, `Sheet1!C7`.
    pub location: Arc<str>,
    /// Index of its block in [`Analysis::blocks`].
    pub block: usize,
    /// Unicode scalar offsets in the block or cell.
    pub chars: Range<usize>,
    /// As written.
    pub value_text: Arc<str>,
    /// Exact value in base units.
    pub value: Decimal,
    /// Upper bound of a range.
    pub value_max: Option<Decimal>,
    /// Base unit.
    pub unit: Arc<str>,
    /// How exact.
    pub qualifier: Qualifier,
    /// What is measured, ellipsis resolved: 退出城乡低保对象.
    pub measured: String,
    /// ISO 8601 period of the figure.
    pub time_period: Arc<str>,
    /// Year of the period's end; 0 where unknown.
    pub year: i32,
    /// Catalogue id; empty where none.
    pub indicator: Arc<str>,
    /// Why it was bound, or why not: one Chinese sentence for `show`.
    pub reason: String,
}

/// A row of a self-evaluation table (绩效自评表).
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// 项目名称; empty for the whole department.
    pub project: String,
    /// 一级指标.
    pub level1: String,
    /// 二级指标.
    pub level2: String,
    /// 三级指标.
    pub level3: String,
    /// 年度指标值 as written.
    pub target_text: String,
    /// 实际完成值 as written.
    pub actual_text: String,
    /// 年度指标值 as a number.
    pub target_value: Option<Decimal>,
    /// 实际完成值 as a number.
    pub actual_value: Option<Decimal>,
    /// Unit of the two.
    pub unit: String,
    /// 分值.
    pub weight: Option<Decimal>,
    /// 得分.
    pub score: Option<Decimal>,
    /// 偏差原因分析及改进措施.
    pub deviation_reason: String,
    /// Address of the row's first cell.
    pub location: String,
}

/// Everything found in one document.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Format of the bytes.
    pub format: Format,
    /// Area, agency, period.
    pub context: DocumentContext,
    /// Its text.
    pub blocks: Vec<Block>,
    /// Every figure, in reading order.
    pub quantities: Vec<Figure>,
    /// Those that the catalogue knows, and statements of zero.
    pub observations: Vec<Observation>,
    /// Rows of self-evaluation tables.
    pub targets: Vec<Target>,
    /// Cross-footing rules, evaluated.
    pub checks: Vec<crate::check::Check>,
    /// Parts that were not read.
    pub problems: Vec<Problem>,
    /// Remarks, one Chinese sentence each.
    pub warnings: Vec<String>,
}
