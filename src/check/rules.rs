//! `pipelines/checks.toml`: the rules as data, each with its worked examples.

use super::Kind;
use crate::analysis::Scenario;
use crate::catalogue::CatalogueError;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The file.
#[derive(Debug, Default)]
pub struct Rules {
    /// Rules, in the order of the file.
    pub check: Vec<Rule>,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Id: the column `check`.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Kind of arithmetic.
    pub kind: Kind,
    /// The figure that is checked: a total, a rate, what must not exceed. Any figure for kinds that need none.
    pub left: Option<Term>,
    /// What it is compared with, in order of preference: the parts of a total (one set, or another that some count in),
    /// the whole of a rate, the limit.
    pub right: Vec<Sum>,
    /// Of a rate: what is divided.
    pub part: Vec<Sum>,
    /// Parts that no rule names may exist: a shortage is a finding only where it is slight.
    pub open: bool,
    /// The figures must stand in one row or one sentence.
    pub together: bool,
    /// Constant limit.
    pub limit: Option<rust_decimal::Decimal>,
    /// Indicators that a rule for all indicators leaves alone.
    pub except: Vec<String>,
    /// Worked examples.
    pub examples: Vec<Example>,
    /// Line in the file, from 1.
    pub line: usize,
}

/// Figures that are added up.
#[derive(Clone, Debug)]
pub struct Sum(pub Vec<Addend>);

/// One of them: the first of its alternatives that is there.
#[derive(Clone, Debug)]
pub struct Addend {
    /// Alternatives, each a sum of terms.
    pub alternatives: Vec<Vec<Term>>,
}

/// A figure that a rule asks for.
#[derive(Clone, Debug)]
pub struct Term {
    /// Which.
    pub figure: Wanted,
    /// Its scenario where it is not that of the figure checked.
    pub scenario: Option<Scenario>,
    /// Nothing said of it means that there is none.
    pub optional: bool,
}

/// How a figure is named.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// By its indicator.
    Indicator(String),
    /// A figure without indicator in the same block, by a pattern of what it measures: 工勤, 聘用人员.
    Measured(Regex),
}

/// A worked example: figures as written, and how the rule comes out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Indicator, with `@budget` or `@target` where it is not the actual value → the figure as written. Of two values of
    /// one indicator that in a table ends in `#表`.
    pub figures: BTreeMap<String, String>,
    /// Outcome.
    pub outcome: super::Outcome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    check: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    kind: Kind,
    #[serde(default)]
    figure: Option<String>,
    #[serde(default)]
    parts: Vec<String>,
    #[serde(default)]
    or_parts: Vec<String>,
    #[serde(default)]
    part: Vec<String>,
    #[serde(default)]
    whole: Vec<String>,
    #[serde(default)]
    at_most: Vec<String>,
    #[serde(default)]
    limit: Option<String>,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    together: bool,
    #[serde(default)]
    except: Vec<String>,
    examples: Vec<Example>,
}

impl Rules {
    /// Parses `checks.toml`.
    ///
    /// # Errors
    /// With the line of the fault.
    pub fn parse(name: &str, text: &str) -> Result<Rules, CatalogueError> {
        let fault = |line: usize, message: String| CatalogueError::Toml {
            file: name.to_string(),
            line,
            message,
        };
        let lines = crate::catalogue::Lines::of(text);
        let line_of = |at: usize| lines.at(at);
        let file: File = toml::from_str(text).map_err(|e| {
            fault(
                e.span().map_or(0, |s| line_of(s.start)),
                e.message().to_string(),
            )
        })?;
        let mut check: Vec<Rule> = Vec::with_capacity(file.check.len());
        for entry in file.check {
            let line = line_of(entry.span().start);
            let rule = entry
                .into_inner()
                .rule(line)
                .map_err(|message| fault(line, message))?;
            if check.iter().any(|r| r.id == rule.id) {
                return Err(fault(line, format!("勾稽关系 {} 重复", rule.id)));
            }
            check.push(rule);
        }
        Ok(Rules { check })
    }
}

impl Entry {
    fn rule(self, line: usize) -> Result<Rule, String> {
        let sums = |texts: &[String]| {
            texts
                .iter()
                .map(|t| sum(&[t]))
                .collect::<Result<Vec<_>, _>>()
        };
        let right = match self.kind {
            Kind::Sum if self.parts.len() < 2 => return Err("sum 要有两个以上 parts".into()),
            Kind::Sum => {
                let mut all = vec![sum(&self.parts.iter().collect::<Vec<_>>())?];
                if !self.or_parts.is_empty() {
                    all.push(sum(&self.or_parts.iter().collect::<Vec<_>>())?);
                }
                all
            }
            Kind::Ratio => sums(&self.whole)?,
            _ => sums(&self.at_most)?,
        };
        let part = sums(&self.part)?;
        let left = self.figure.as_deref().map(term).transpose()?;
        let limit = match &self.limit {
            Some(text) => Some(text.parse().map_err(|_| format!("limit“{text}”不是数"))?),
            None => None,
        };
        match self.kind {
            Kind::Sum | Kind::Ratio if left.is_none() => return Err("缺少 figure".into()),
            Kind::Ratio if right.is_empty() || part.is_empty() => {
                return Err("ratio 要有 part 和 whole".into());
            }
            Kind::Range if left.is_some() == right.is_empty() && limit.is_none() => {
                return Err("range 要有 figure 和 at_most，或 limit".into());
            }
            _ => {}
        }
        if self.examples.is_empty() {
            return Err("缺少 examples".into());
        }
        Ok(Rule {
            id: self.id,
            name: self.name,
            kind: self.kind,
            left,
            right,
            part,
            open: self.open,
            together: self.together,
            limit,
            except: self.except,
            examples: self.examples,
            line,
        })
    }
}

/// `a + b? | c` …: each text is one addend.
fn sum(texts: &[&String]) -> Result<Sum, String> {
    let addend = |text: &&String| {
        let alternatives = text
            .split('|')
            .map(|a| a.split('+').map(term).collect::<Result<Vec<_>, _>>())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Addend { alternatives })
    };
    Ok(Sum(texts
        .iter()
        .map(addend)
        .collect::<Result<_, String>>()?))
}

/// `common.staff.employed`, `common.sangong.total@budget`, `common.revenue.other?`, `工勤?` (a pattern of what is measured).
fn term(text: &str) -> Result<Term, String> {
    let text = text.trim();
    let (text, optional) = match text.strip_suffix('?') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (name, scenario) = match text.split_once('@') {
        None => (text, None),
        Some((name, scenario)) => {
            let all = [Scenario::Actual, Scenario::Budget, Scenario::Target];
            match all.into_iter().find(|s| s.name() == scenario) {
                Some(s) => (name, Some(s)),
                None => return Err(format!("“{text}”中 @ 后应为 actual、budget 或 target")),
            }
        }
    };
    if name.is_empty() {
        return Err("有空的指标名".into());
    }
    let figure = if name.is_ascii() {
        Wanted::Indicator(name.to_string())
    } else {
        let pattern = Regex::new(name).map_err(|_| format!("“{name}”不是有效的正则表达式"))?;
        Wanted::Measured(pattern)
    };
    Ok(Term {
        figure,
        scenario,
        optional,
    })
}

impl Rule {
    /// The indicators that it names, for `validate`.
    pub fn indicators(&self) -> impl Iterator<Item = &str> {
        let sums = self.right.iter().chain(&self.part);
        let terms = sums
            .flat_map(|s| &s.0)
            .flat_map(|a| &a.alternatives)
            .flatten()
            .chain(&self.left);
        terms
            .filter_map(|t| match &t.figure {
                Wanted::Indicator(id) => Some(id.as_str()),
                Wanted::Measured(_) => None,
            })
            .chain(self.except.iter().map(String::as_str))
    }
}
