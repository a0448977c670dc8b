//! `units.toml` and `not-figures.toml` as they are written.

use serde::Deserialize;
use std::collections::BTreeMap;

/// What kind of unit it is: decides about decimals and denominators.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Class {
    /// Things counted one by one: no decimals without 万 or an average.
    Count,
    /// 元 and currencies.
    Money,
    /// Lengths, areas, weights, energy …
    Measure,
    /// %, 百分点, 倍: never per anything.
    Ratio,
    /// 年, 天, 小时: never per anything, and a denominator themselves.
    Time,
}

/// Units that are said in a row without measure words: 3镇3乡186个村.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Row {
    /// A unit only in a row.
    Only,
    /// In a row and alone.
    Also,
}

/// A worked example: what is read from a text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    pub text: String,
    pub want: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawUnit {
    pub base: String,
    pub class: Class,
    #[serde(default)]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub scaled: BTreeMap<String, String>,
    #[serde(default)]
    pub parts: BTreeMap<String, String>,
    #[serde(default)]
    pub before: Vec<String>,
    #[serde(default)]
    pub not_before: Vec<String>,
    pub per: Option<String>,
    #[serde(default)]
    pub ordinal: bool,
    #[serde(default)]
    pub ge: bool,
    #[serde(default)]
    pub ascii_only: bool,
    #[serde(default)]
    pub header_only: bool,
    #[serde(default)]
    pub half: bool,
    #[serde(default)]
    pub weight: bool,
    #[serde(default)]
    pub ends: bool,
    pub max: Option<u32>,
    pub with_parts: Option<String>,
    #[serde(default)]
    pub examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGroup {
    pub class: Class,
    /// A unit each; after a blank other ways of writing it.
    pub words: Vec<String>,
    /// What must not follow any of the words.
    #[serde(default)]
    pub not_followed: Vec<String>,
    #[serde(default)]
    pub ordinal: bool,
    #[serde(default)]
    pub half: bool,
    #[serde(default)]
    pub ge: bool,
    #[serde(default)]
    pub ends: bool,
    pub row: Option<Row>,
    #[serde(default)]
    pub examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPer {
    pub words: Vec<String>,
    pub per: Vec<String>,
    #[serde(default)]
    pub class: Option<Class>,
    #[serde(default)]
    pub adjacent: bool,
    #[serde(default)]
    pub examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawQualifier {
    pub qualifier: String,
    #[serde(default)]
    pub before: Vec<String>,
    #[serde(default)]
    pub after: Vec<String>,
    #[serde(default)]
    pub examples: Vec<Example>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawWords {
    pub words: Vec<String>,
    pub examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawUnits {
    #[serde(default)]
    pub unit: Vec<RawUnit>,
    #[serde(default)]
    pub group: Vec<RawGroup>,
    #[serde(default)]
    pub same: Vec<RawWords>,
    #[serde(default)]
    pub dimension: Vec<BTreeMap<String, String>>,
    #[serde(default)]
    pub not_before: BTreeMap<String, String>,
    #[serde(default)]
    pub per: Vec<RawPer>,
    #[serde(default)]
    pub not_per: RawWords,
    #[serde(default)]
    pub qualifier: Vec<RawQualifier>,
    #[serde(default)]
    pub bridge: RawWords,
    #[serde(default)]
    pub carry: RawWords,
    #[serde(default)]
    pub average: RawWords,
    #[serde(default)]
    pub index: RawWords,
    #[serde(default)]
    pub lead: RawWords,
    #[serde(default)]
    pub number: RawWords,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawName {
    pub words: Vec<String>,
    #[serde(default)]
    pub examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAfter {
    pub words: Vec<String>,
    pub numerals: Numerals,
    #[serde(default)]
    pub unless_before: Vec<String>,
    #[serde(default)]
    pub only_after: Vec<String>,
    #[serde(default)]
    pub examples: Vec<Example>,
}

/// Which numerals a rule is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Numerals {
    /// Any.
    All,
    /// Chinese numerals only.
    Chinese,
    /// One Chinese numeral.
    Single,
    /// Numbers without a unit.
    Bare,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBefore {
    pub words: Vec<String>,
    pub numerals: Numerals,
    #[serde(default)]
    pub examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRhetoric {
    pub measures: Vec<String>,
    pub nouns: Vec<String>,
    pub numerals: Numerals,
    #[serde(default)]
    pub examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawShape {
    #[allow(dead_code)]
    pub name: String,
    pub examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNot {
    #[serde(default)]
    pub name: Vec<RawName>,
    #[serde(default)]
    pub after: Vec<RawAfter>,
    #[serde(default)]
    pub before: Vec<RawBefore>,
    #[serde(default)]
    pub rhetoric: Vec<RawRhetoric>,
    #[serde(default)]
    pub shape: Vec<RawShape>,
    #[serde(default)]
    pub threshold: RawWords,
}
