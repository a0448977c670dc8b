//! `pipelines/checks.toml`: the rules as data, each with its worked examples.

use super::Kind;
use crate::analysis::Scenario;
use crate::catalogue::CatalogueError;
use regex::Regex;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The file.
#[derive(Debug, Default)]
pub struct Rules {
    /// Rules, in the order of the file.
    pub check: Vec<Rule>,
    /// Numbers of the rules that check a figure, by its indicator.
    of: FxHashMap<String, Vec<usize>>,
    /// Numbers of those that look through a document for what they check.
    of_any: Vec<usize>,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Id: the column `check`.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Kind of arithmetic: the column `kind`.
    pub kind: Kind,
    /// What is compared.
    pub test: Test,
    /// Indicators that a rule for all indicators leaves alone.
    pub except: Vec<String>,
    /// Kinds of indicators (stock, flow, standard, ratio …) that a rule for all indicators is for; empty: all.
    pub of: Vec<String>,
    /// Worked examples.
    pub examples: Vec<Example>,
    /// Line in the file, from 1.
    pub line: usize,
}

/// What a rule compares.
#[derive(Debug)]
pub enum Test {
    /// A total and its parts.
    Sum {
        /// The total.
        total: Term,
        /// Sets of parts; one that adds up will do.
        parts: Vec<Sum>,
        /// How complete the parts are.
        open: Open,
        /// The figures must stand in one row or one sentence.
        together: bool,
    },
    /// The row 合计 of any table and the rows that it is made of.
    Rows(Rows),
    /// A rate and what it is made of.
    Ratio {
        /// The rate.
        rate: Term,
        /// What is divided.
        part: Vec<Sum>,
        /// By what.
        whole: Vec<Sum>,
        /// Times this: 100 for percentages, 1 for amounts per head.
        times: Decimal,
        /// The figures must stand in one row or one sentence.
        together: bool,
    },
    /// 占22.64% after any figure of which a nearby figure is the whole; the words that say so.
    Share(Regex),
    /// Figures and a constant limit.
    Limit {
        /// The figures, each by itself.
        figures: Vec<Term>,
        /// The limit.
        limit: Decimal,
    },
    /// A figure and what it does not exceed.
    AtMost {
        /// The figure.
        figure: Term,
        /// The limit, in order of preference.
        at_most: Vec<Sum>,
        /// The figures must stand in one row or one sentence.
        together: bool,
    },
    /// Text and form of a document state the same.
    NarrativeTable,
    /// Level, change and growth rate of an indicator belong together.
    Growth,
    /// Stock and flow: closing = opening + added − removed. Where the report does not state the opening value, that of
    /// last year's report is taken from the warehouse.
    Flow {
        /// The stock at the end.
        closing: Term,
        /// The stock at the beginning.
        opening: Term,
        /// What came.
        plus: Sum,
        /// What went.
        minus: Sum,
    },
    /// In a warehouse: the text of a report and the table of an attachment state the same.
    Files,
    /// In a warehouse: last year's value is that of last year's report.
    Reports,
    /// In a warehouse: a value is like those of the agency's other years.
    Years(Usual),
    /// In a warehouse: a value is like those of the same year in other areas of the prefecture, or of the province.
    Peers(Usual),
}

/// How complete the parts of a total are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Open {
    /// They are all that there is.
    #[default]
    No,
    /// Where one that may be left out is left out, there may be others: a shortage is then a finding only if it is slight.
    Slightly,
    /// There are others: only an excess is a finding.
    Yes,
}

/// Which rows and columns of a table are added up.
#[derive(Debug)]
pub struct Rows {
    /// Label of the row that has the total.
    pub total: Regex,
    /// Labels of rows that are no parts (其中…), or that make a table too intricate to add up.
    pub not_rows: Regex,
    /// Heads of columns that are not added up: rates, standards, averages, ranks.
    pub not_columns: Regex,
}

/// When a value is out of the usual.
#[derive(Debug)]
pub struct Usual {
    /// Other values that are needed, from 2.
    pub least: usize,
    /// Slips: factors by which the value is divided or multiplied to see whether it then is among the others. Empty: the
    /// rule is about plain distance.
    pub slip: Vec<Decimal>,
    /// Distance: a value is out of the usual beyond this power of the typical ratio of the others to their median …
    pub spread: u32,
    /// … and beyond this many times the median, or its inverse.
    pub factor: Decimal,
    /// The larger of value and median is at least this: small counts vary by chance.
    pub floor: Decimal,
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
    /// The value of the year before.
    pub last: bool,
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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Indicator → the figure as written. After the indicator may stand `@budget` or `@target`, `@change` or
    /// `@growth_rate`, the year of the value (`@2023`, otherwise 2024), `#表` (in a table), `#2024` (the year of the report
    /// that states it, otherwise that of the value) and `#乙县` (the area).
    #[serde(default)]
    pub figures: BTreeMap<String, String>,
    /// Rows of a table, cells separated by `|`.
    #[serde(default)]
    pub table: Vec<String>,
    /// A sentence.
    #[serde(default)]
    pub text: String,
    /// Outcome. Rules about a warehouse and about any table or sentence say only what does not agree: nothing is `pass`.
    #[serde(default)]
    pub outcome: super::Outcome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
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
    figures: Vec<String>,
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
    times: Option<String>,
    #[serde(default)]
    plus: Vec<String>,
    #[serde(default)]
    minus: Vec<String>,
    #[serde(default)]
    total: Option<String>,
    #[serde(default)]
    not_rows: Option<String>,
    #[serde(default)]
    not_columns: Option<String>,
    #[serde(default)]
    share: Option<String>,
    #[serde(default)]
    among: Among,
    #[serde(default)]
    least: usize,
    #[serde(default)]
    slip: Vec<String>,
    #[serde(default)]
    spread: u32,
    #[serde(default)]
    factor: Option<String>,
    #[serde(default)]
    floor: Option<String>,
    #[serde(default)]
    of: Vec<String>,
    #[serde(default)]
    open: Open,
    #[serde(default)]
    together: bool,
    #[serde(default)]
    except: Vec<String>,
    examples: Vec<Example>,
}

/// Where the figures that are compared come from.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Among {
    /// One document.
    #[default]
    Document,
    /// Documents of one year.
    Files,
    /// The reports of two years.
    Reports,
    /// The agency's years.
    Years,
    /// The areas of a prefecture or province.
    Peers,
}

impl Rules {
    /// Parses `checks.toml`.
    ///
    /// # Errors
    /// With the line of the fault.
    pub fn parse(name: &str, text: &str) -> Result<Rules, CatalogueError> {
        Rules::of(name, text, toml::from_str(text))
    }

    /// The file with this name and text, as read.
    pub(crate) fn of(
        name: &str,
        text: &str,
        read: Result<File, toml::de::Error>,
    ) -> Result<Rules, CatalogueError> {
        let fault = |line: usize, message: String| CatalogueError::Toml {
            file: name.to_string(),
            line,
            message,
        };
        let read = read.map_err(|e| CatalogueError::toml(name, text, &e))?;
        let lines = crate::catalogue::Lines::of(text);
        let line_of = |at: usize| lines.at(at);
        let mut check: Vec<Rule> = Vec::with_capacity(read.check.len());
        for entry in read.check {
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
        Ok(Rules::index(check))
    }

    fn index(check: Vec<Rule>) -> Rules {
        let mut rules = Rules::default();
        for (n, rule) in check.iter().enumerate() {
            let checked: &[Term] = match &rule.test {
                Test::Sum { total: figure, .. }
                | Test::Ratio { rate: figure, .. }
                | Test::AtMost { figure, .. }
                | Test::Flow {
                    closing: figure, ..
                } => std::slice::from_ref(figure),
                Test::Limit { figures, .. } => figures,
                Test::Rows(_) | Test::Share(_) | Test::NarrativeTable | Test::Growth => {
                    rules.of_any.push(n);
                    continue;
                }
                // Of a warehouse.
                Test::Files | Test::Reports | Test::Years(_) | Test::Peers(_) => continue,
            };
            for term in checked {
                match &term.figure {
                    Wanted::Indicator(id) => rules.of.entry(id.clone()).or_default().push(n),
                    Wanted::Measured(_) => rules.of_any.push(n),
                }
            }
        }
        rules.check = check;
        rules
    }

    /// The rules that may have a result where these indicators are stated, each with its number, in the order of the file.
    pub fn among<'r>(&'r self, indicators: &[&str]) -> impl Iterator<Item = (usize, &'r Rule)> {
        let stated = indicators.iter().filter_map(|id| self.of.get(*id));
        let mut numbers: Vec<usize> = stated.flatten().copied().collect();
        numbers.extend(&self.of_any);
        numbers.sort_unstable();
        numbers.dedup();
        let rule = |n: usize| self.check.get(n).map(|rule| (n, rule));
        numbers.into_iter().filter_map(rule)
    }
}

impl Entry {
    fn rule(self, line: usize) -> Result<Rule, String> {
        if self.examples.is_empty() {
            return Err("缺少 examples".into());
        }
        let test = self.test()?;
        Ok(Rule {
            id: self.id,
            name: self.name,
            kind: self.kind,
            test,
            except: self.except,
            of: self.of,
            examples: self.examples,
            line,
        })
    }

    fn test(&self) -> Result<Test, String> {
        match (self.kind, self.among) {
            (Kind::Sum, Among::Document) if self.total.is_some() => Ok(Test::Rows(Rows {
                total: pattern(self.total.as_deref())?,
                not_rows: pattern(self.not_rows.as_deref())?,
                not_columns: pattern(self.not_columns.as_deref())?,
            })),
            (Kind::Sum, Among::Document) => {
                if self.parts.len() < 2 {
                    return Err("sum 要有两个以上 parts".into());
                }
                let mut parts = vec![sum(&self.parts)?];
                if !self.or_parts.is_empty() {
                    parts.push(sum(&self.or_parts)?);
                }
                Ok(Test::Sum {
                    total: self.figure()?,
                    parts,
                    open: self.open,
                    together: self.together,
                })
            }
            (Kind::Ratio, Among::Document) if self.share.is_some() => {
                Ok(Test::Share(pattern(self.share.as_deref())?))
            }
            (Kind::Ratio, Among::Document) => {
                if self.part.is_empty() || self.whole.is_empty() {
                    return Err("ratio 要有 part 和 whole".into());
                }
                Ok(Test::Ratio {
                    rate: self.figure()?,
                    part: sums(&self.part)?,
                    whole: sums(&self.whole)?,
                    times: number("times", self.times.as_deref(), Decimal::ONE_HUNDRED)?,
                    together: self.together,
                })
            }
            (Kind::Range, Among::Document) => match (&self.limit, self.at_most.is_empty()) {
                (Some(_), true) => Ok(Test::Limit {
                    figures: match self.figures.is_empty() {
                        true => vec![self.figure()?],
                        false => self
                            .figures
                            .iter()
                            .map(|t| term(t))
                            .collect::<Result<_, _>>()?,
                    },
                    limit: number("limit", self.limit.as_deref(), Decimal::ZERO)?,
                }),
                (None, false) => Ok(Test::AtMost {
                    figure: self.figure()?,
                    at_most: sums(&self.at_most)?,
                    together: self.together,
                }),
                _ => Err("range 要有 at_most 或 limit".into()),
            },
            (Kind::Range, Among::Years) => Ok(Test::Years(self.usual()?)),
            (Kind::Range, Among::Peers) => Ok(Test::Peers(self.usual()?)),
            (Kind::NarrativeTable, Among::Document) => Ok(Test::NarrativeTable),
            (Kind::NarrativeTable, Among::Files) => Ok(Test::Files),
            (Kind::Trend, Among::Document) if self.figure.is_none() => Ok(Test::Growth),
            (Kind::Trend, Among::Document) => {
                if self.plus.is_empty() || self.minus.is_empty() {
                    return Err("期初、期末与增减要有 plus 和 minus".into());
                }
                let closing = self.figure()?;
                let opening = Term {
                    last: true,
                    ..closing.clone()
                };
                Ok(Test::Flow {
                    closing,
                    opening,
                    plus: sum(&self.plus)?,
                    minus: sum(&self.minus)?,
                })
            }
            (Kind::Trend, Among::Reports) => Ok(Test::Reports),
            _ => Err(format!("{} 不能用这个 among", self.kind.name())),
        }
    }

    /// The figure that is checked: an indicator; of a ratio also what is measured, for amounts per head.
    fn figure(&self) -> Result<Term, String> {
        let term = term(self.figure.as_deref().ok_or("缺少 figure")?)?;
        match term.figure {
            Wanted::Measured(_) if self.kind != Kind::Ratio => Err("figure 要写指标".into()),
            _ => Ok(term),
        }
    }

    fn usual(&self) -> Result<Usual, String> {
        if self.least < 2 {
            return Err("least 至少是 2".into());
        }
        let slip = self
            .slip
            .iter()
            .map(|t| number("slip", Some(t), Decimal::ONE))
            .collect::<Result<Vec<_>, _>>()?;
        let factor = number("factor", self.factor.as_deref(), Decimal::ZERO)?;
        let plain = self.spread >= 1 && factor > Decimal::ONE;
        if slip.iter().any(|s| *s <= Decimal::ONE) || slip.is_empty() != plain {
            return Err("要有 slip（大于1），或者 spread 和 factor（大于1）".into());
        }
        Ok(Usual {
            least: self.least,
            slip,
            spread: self.spread,
            factor,
            floor: number("floor", self.floor.as_deref(), Decimal::ZERO)?,
        })
    }
}

fn pattern(text: Option<&str>) -> Result<Regex, String> {
    // Without a pattern nothing is meant: an empty class matches nothing.
    let text = text.unwrap_or("[a&&b]");
    Regex::new(text).map_err(|_| format!("“{text}”不是有效的正则表达式"))
}

fn number(field: &str, text: Option<&str>, without: Decimal) -> Result<Decimal, String> {
    match text {
        Some(text) => text.parse().map_err(|_| format!("{field}“{text}”不是数")),
        None => Ok(without),
    }
}

/// Each text is a sum of its own.
fn sums(texts: &[String]) -> Result<Vec<Sum>, String> {
    texts.iter().map(|t| sum(std::slice::from_ref(t))).collect()
}

/// `a + b? | c` …: each text is one addend.
fn sum(texts: &[String]) -> Result<Sum, String> {
    let addend = |text: &String| {
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

/// `common.staff.employed`, `common.sangong.total@budget`, `civil.dibao.persons@last`, `common.revenue.other?`, `工勤?` (a
/// pattern of what is measured).
fn term(text: &str) -> Result<Term, String> {
    let text = text.trim();
    let (text, optional) = match text.strip_suffix('?') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let mut parts = text.split('@');
    let name = parts.next().unwrap_or_default();
    let (mut scenario, mut last) = (None, false);
    for word in parts {
        let all = [Scenario::Actual, Scenario::Budget, Scenario::Target];
        match all.into_iter().find(|s| s.name() == word) {
            Some(s) => scenario = Some(s),
            None if word == "last" => last = true,
            None => {
                return Err(format!(
                    "“{text}”中 @ 后应为 actual、budget、target 或 last"
                ));
            }
        }
    }
    if name.is_empty() {
        return Err("有空的指标名".into());
    }
    let figure = if name.is_ascii() {
        Wanted::Indicator(name.to_string())
    } else {
        Wanted::Measured(pattern(Some(name))?)
    };
    Ok(Term {
        figure,
        scenario,
        last,
        optional,
    })
}

impl Rule {
    /// The indicators that it names, for `validate`.
    pub fn indicators(&self) -> Vec<&str> {
        let mut terms: Vec<&Term> = Vec::new();
        match &self.test {
            Test::Sum { total, parts, .. } => {
                terms.push(total);
                terms.extend(parts.iter().flat_map(Sum::terms));
            }
            Test::Ratio {
                rate, part, whole, ..
            } => {
                terms.push(rate);
                terms.extend(part.iter().chain(whole).flat_map(Sum::terms));
            }
            Test::Limit { figures, .. } => terms.extend(figures),
            Test::AtMost {
                figure, at_most, ..
            } => {
                terms.push(figure);
                terms.extend(at_most.iter().flat_map(Sum::terms));
            }
            Test::Flow {
                closing,
                plus,
                minus,
                ..
            } => {
                terms.push(closing);
                terms.extend(plus.terms().chain(minus.terms()));
            }
            Test::Rows(_)
            | Test::Share(_)
            | Test::NarrativeTable
            | Test::Growth
            | Test::Files
            | Test::Reports
            | Test::Years(_)
            | Test::Peers(_) => {}
        }
        terms
            .into_iter()
            .filter_map(|t| match &t.figure {
                Wanted::Indicator(id) => Some(id.as_str()),
                Wanted::Measured(_) => None,
            })
            .chain(
                self.except
                    .iter()
                    .map(String::as_str)
                    .filter(|e| !e.ends_with('*')),
            )
            .collect()
    }

    /// It compares with the year before, which may be in another document.
    pub fn looks_back(&self) -> bool {
        match &self.test {
            Test::Flow { .. } => true,
            Test::AtMost { at_most, .. } => at_most.iter().flat_map(Sum::terms).any(|t| t.last),
            _ => false,
        }
    }

    /// Of a rule for all indicators: whether it is for that one.
    pub fn takes(&self, indicator: &str, kind: &str) -> bool {
        let ours = |e: &String| match e.strip_suffix('*') {
            Some(start) => indicator.starts_with(start),
            None => e == indicator,
        };
        !self.except.iter().any(ours) && (self.of.is_empty() || self.of.iter().any(|k| k == kind))
    }
}

impl Sum {
    /// Every term that it may add up.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.0.iter().flat_map(|a| &a.alternatives).flatten()
    }
}
