//! The TOML of a pipeline, as serde reads it. Every field is documented in `docs/catalogue.md` and, for editors, in
//! `pipelines/schema/pipeline.json`.

use crate::context::agency::Department;
use serde::Deserialize;
use toml::Spanned;

/// One file of `pipelines/`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineFile {
    /// Which domain the file describes.
    pub pipeline: Option<Header>,
    /// Concepts and their wordings.
    #[serde(default)]
    pub term: Vec<Spanned<TermEntry>>,
    /// Indicators.
    #[serde(default)]
    pub indicator: Vec<Spanned<IndicatorEntry>>,
    /// What agencies of the domain are called, where it is not one of `agencies.toml`.
    #[serde(default)]
    pub department: Vec<Department>,
    /// Words of a domain that never narrow what is measured.
    #[serde(default)]
    pub harmless: Vec<String>,
    /// Words of a domain that always narrow it (工作经费, 工作人员).
    #[serde(default)]
    pub narrowing: Vec<String>,
}

/// `[pipeline]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Domain id, as in `pipelines/agencies.toml`: `civil-affairs`; `common` for every bureau.
    pub domain: String,
    /// Chinese name of the domain.
    pub name: String,
    /// Chinese names of the groups that its indicators name.
    #[serde(default)]
    pub groups: std::collections::BTreeMap<String, String>,
}

/// Which part of a phrase a term fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    /// The thing or programme spoken of: 低保, 养老床位, 公务接待费.
    Topic,
    /// What happened to it: 新增, 退出, 培训.
    Act,
    /// A subdivision, within a group whose members exclude each other: 城市/农村, 集中/分散.
    Part,
    /// Which aspect is measured: 标准, 人均补助, 占比.
    Measure,
}

/// A concept with the words that state it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermEntry {
    /// Name, unique in the domain (a domain may add words to a shared term by repeating its name and slot).
    pub name: String,
    /// Slot.
    pub slot: Slot,
    /// Wordings. The name itself is a wording unless `bare = false`.
    #[serde(default)]
    pub words: Vec<String>,
    /// More general terms that this one is a kind of.
    #[serde(default)]
    pub under: Vec<String>,
    /// For parts: the group whose members exclude each other.
    #[serde(default)]
    pub group: String,
    /// For parts: the whole of its group (城乡): states that no member is meant.
    #[serde(default)]
    pub whole: bool,
    /// For topics: too general to stop the search for a topic further out (困难群众, 老年人).
    #[serde(default)]
    pub weak: bool,
    /// The name is not itself a wording.
    #[serde(default)]
    pub unspoken: bool,
    /// Words that say nothing new beside this term and so do not block it: 春节 beside 慰问.
    #[serde(default)]
    pub absorbs: Vec<String>,
    /// Words that state it only where they stand alone behind a figure: 辖9个镇、186个村 (but not 覆盖186个村).
    #[serde(default)]
    pub counted: Vec<String>,
    /// Means the whole agency (编制, 支出总计): says nothing about it in a paragraph about another domain's topic.
    #[serde(default)]
    pub agency: bool,
    /// The term that says the opposite: 退出 of 新增.
    #[serde(default)]
    pub opposite: String,
    /// Words that state this term only where its opposite follows in the sentence: 纳入低保1025人，清退1310人.
    #[serde(default)]
    pub opposed: Vec<String>,
}

/// An indicator.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndicatorEntry {
    /// Fixed id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Base unit.
    pub unit: String,
    /// flow | stock | standard | ratio | budget/actual …
    #[serde(default)]
    pub kind: String,
    /// Group within the domain.
    #[serde(default)]
    pub group: String,
    /// Parent id.
    #[serde(default)]
    pub parent: String,
    /// What it counts, and by which source.
    #[serde(default)]
    pub definition: String,
    /// Required terms; `A|B` is satisfied by either.
    pub is: Vec<String>,
    /// Further complete descriptions, each like `is`.
    #[serde(default)]
    pub or: Vec<Vec<String>>,
    /// Terms that may be stated besides without narrowing it.
    #[serde(default)]
    pub with: Vec<String>,
    /// Terms that must not be near.
    #[serde(default)]
    pub not: Vec<String>,
    /// Further units that a text may use.
    #[serde(default)]
    pub units: Vec<String>,
    /// At least one required term must stand in the figure's own words (not only in a heading or an earlier sentence).
    #[serde(default)]
    pub own: bool,
    /// Bind a statement of zero (无…支出, 未发生…).
    #[serde(default)]
    pub zero: bool,
    /// Domains, besides its own, in whose reports it binds; `*` for all.
    #[serde(default)]
    pub shared: Vec<String>,
    /// Worked examples: they are its tests.
    #[serde(default)]
    pub examples: Vec<Example>,
    /// Near misses: figures that must not bind to it.
    #[serde(default)]
    pub not_examples: Vec<Example>,
}

/// A worked example.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A paragraph in the domain's usual wording.
    pub text: String,
    /// The value in base units (the observation that must be there, or must not).
    pub value: String,
    /// Expected scenario, where it is not `actual`.
    #[serde(default)]
    pub scenario: Option<String>,
    /// A heading above the paragraph.
    #[serde(default)]
    pub heading: Option<String>,
}
