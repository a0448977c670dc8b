//! The worked examples of the rules, run.

use super::across::{self, Book, Peer, Series, Stated};
use super::fact::written;
use super::rules::{Example, Rule, Rules, Test};
use super::{Outcome, check};
use crate::analysis::{Analysis, DocumentContext, Observation, Scenario, Transformation};
use crate::catalogue::{Catalogue, Finding, Problem, near};
use crate::quantity::Reader;
use crate::read::{Block, BlockKind, Document, Format, Table};
use crate::{Hints, analyse_document};
use std::collections::BTreeMap;

/// Year of the figures of an example that names none.
const YEAR: i32 = 2024;

impl Rules {
    /// Runs every example: those that come out otherwise, and indicators that the catalogue does not have.
    pub fn validate(&self, catalogue: &Catalogue) -> Vec<Finding> {
        let mut faults = Vec::new();
        for rule in &self.check {
            let mut say = |problem: Problem| {
                faults.push(Finding {
                    file: "checks.toml".to_string(),
                    line: rule.line,
                    entry: rule.id.clone(),
                    problem,
                });
            };
            for id in rule.indicators() {
                if catalogue.indicator(id).is_none() {
                    let ids = catalogue.indicators().iter().map(|i| i.id.as_str());
                    say(Problem::UnknownIndicator {
                        id: id.to_string(),
                        near: near(id, ids),
                    });
                }
            }
            for example in &rule.examples {
                let found = match outcomes(rule, example, self, catalogue) {
                    Ok(found) => found,
                    Err(message) => {
                        say(Problem::Load(message));
                        continue;
                    }
                };
                // Rules that say only what does not agree say nothing where all is well.
                let quiet = found.is_empty() && rule.test.is_quiet();
                let as_said =
                    found == [example.outcome] || quiet && example.outcome == Outcome::Pass;
                if !as_said {
                    let names: Vec<&str> = found.iter().map(|o| o.name()).collect();
                    say(Problem::OtherOutcome {
                        example: example.shown(),
                        wanted: example.outcome.name().to_string(),
                        got: names.join("、"),
                    });
                }
            }
        }
        faults
    }
}

/// How a rule comes out on an example.
fn outcomes(
    rule: &Rule,
    example: &Example,
    rules: &Rules,
    catalogue: &Catalogue,
) -> Result<Vec<Outcome>, String> {
    let given = [
        !example.figures.is_empty(),
        !example.table.is_empty(),
        !example.text.is_empty(),
    ];
    if given.into_iter().filter(|g| *g).count() != 1 {
        return Err("例要有 figures、table 或 text 之一".into());
    }
    match &rule.test {
        Test::Files | Test::Reports | Test::Years(_) | Test::Peers(_) => {
            across(rule, example, rules, catalogue)
        }
        _ => {
            let analysis = match example.figures.is_empty() {
                true => analyse_document(
                    document(example),
                    "某县民政局2024年度报告.docx",
                    &Hints::default(),
                    catalogue,
                ),
                false => analysis(example)?,
            };
            Ok(check(&analysis, rules, catalogue)
                .into_iter()
                .filter(|c| c.check == rule.id)
                .map(|c| c.outcome)
                .collect())
        }
    }
}

impl Example {
    /// For messages.
    fn shown(&self) -> String {
        match (self.table.is_empty(), self.text.is_empty()) {
            (false, _) => self.table.join("；"),
            (_, false) => self.text.clone(),
            _ => {
                let figures = self.figures.iter();
                let said = figures.map(|(indicator, text)| format!("{indicator} = {text}"));
                said.collect::<Vec<_>>().join("，")
            }
        }
    }
}

impl Test {
    /// It says only what does not agree.
    fn is_quiet(&self) -> bool {
        matches!(
            self,
            Test::Share(_)
                | Test::Rows(_)
                | Test::Files
                | Test::Reports
                | Test::Years(_)
                | Test::Peers(_)
        )
    }
}

/// A document that has the sentence or the table of an example.
fn document(example: &Example) -> Document {
    let kind = match example.table.is_empty() {
        true => BlockKind::Paragraph {
            text: example.text.clone(),
        },
        false => BlockKind::Table(Table::of(example.table.iter().map(|line| line.split('|')))),
    };
    Document::new(
        Format::Text,
        vec![Block {
            location: match &kind {
                BlockKind::Table(_) => "t1".to_string(),
                _ => "p1".to_string(),
            },
            kind,
        }],
    )
}

/// A figure of an example: `civil.dibao.persons@budget@2023#表#2024#乙县`.
struct Given<'e> {
    indicator: &'e str,
    scenario: Scenario,
    transformation: Transformation,
    year: i32,
    reported: i32,
    in_table: bool,
    area: &'e str,
    text: &'e str,
    figure: crate::quantity::Quantity,
}

fn given<'e>((key, text): (&'e String, &'e String)) -> Result<Given<'e>, String> {
    let mut marks = key.split('#');
    let mut words = marks.next().unwrap_or_default().split('@');
    let indicator = words.next().unwrap_or_default();
    let (mut scenario, mut transformation) = (Scenario::Actual, Transformation::Level);
    let mut year = YEAR;
    for word in words {
        match word {
            "actual" => {}
            "budget" => scenario = Scenario::Budget,
            "target" => scenario = Scenario::Target,
            "change" => transformation = Transformation::Change,
            "growth_rate" => transformation = Transformation::GrowthRate,
            _ => match word.parse() {
                Ok(y) => year = y,
                Err(_) => return Err(format!("例的“{key}”中 @{word} 不认识")),
            },
        }
    }
    let (mut reported, mut in_table, mut area) = (year, false, "");
    for mark in marks {
        match (mark, mark.parse()) {
            ("表", _) => in_table = true,
            (_, Ok(y)) => reported = y,
            (name, _) => area = name,
        }
    }
    let read = Reader::builtin().read(text);
    let [figure] = read.as_slice() else {
        return Err(format!("例的“{text}”不是一个数"));
    };
    Ok(Given {
        indicator,
        scenario,
        transformation,
        year,
        reported,
        in_table,
        area,
        text,
        figure: figure.clone(),
    })
}

/// A document that states the figures of an example: in one sentence, or (`#表`) in a table.
fn analysis(example: &Example) -> Result<Analysis, String> {
    let block = |location: &str| Block {
        location: location.to_string(),
        kind: BlockKind::Paragraph {
            text: String::new(),
        },
    };
    let mut observations = Vec::new();
    for (n, figure) in example.figures.iter().enumerate() {
        let g = given(figure)?;
        observations.push(Observation {
            indicator: g.indicator.into(),
            place: std::sync::Arc::default(),
            time_period: format!("{:04}", g.year).into(),
            period: None,
            year: g.year,
            scenario: g.scenario,
            transformation: g.transformation,
            obs_value: g.figure.value,
            obs_value_max: g.figure.value_max,
            unit_measure: g.figure.unit.as_str().into(),
            qualifier: g.figure.qualifier,
            value_text: g.text.into(),
            evidence: std::sync::Arc::default(),
            location: match g.in_table {
                true => "t1!B2".into(),
                false => "p1".into(),
            },
            chars: n..n,
            confidence: 1.0,
            rule: String::new(),
            quantity: None,
        });
    }
    Ok(Analysis {
        format: Format::Text,
        context: DocumentContext::default(),
        blocks: vec![block("p1"), block("t1")],
        quantities: Vec::new(),
        observations,
        targets: Vec::new(),
        checks: Vec::new(),
        problems: Vec::new(),
        warnings: Vec::new(),
    })
}

/// The texts of an example's figures, by their number.
struct Texts<'e>(Vec<Given<'e>>, Vec<String>);

impl Book for Texts<'_> {
    fn said(&self, row: usize) -> String {
        self.0.get(row).map_or("", |g| g.text).to_string()
    }

    fn file(&self, _: usize) -> String {
        "报告.docx".to_string()
    }

    fn location(&self, row: usize) -> String {
        let in_table = self.0.get(row).is_some_and(|g| g.in_table);
        if in_table { "t1!B2" } else { "p1" }.to_string()
    }

    fn unit(&self, unit: usize) -> String {
        self.1.get(unit).cloned().unwrap_or_default()
    }
}

/// A rule about several documents: every report is a document, and every table.
fn across(
    rule: &Rule,
    example: &Example,
    rules: &Rules,
    catalogue: &Catalogue,
) -> Result<Vec<Outcome>, String> {
    let figures: Vec<Given> = example
        .figures
        .iter()
        .map(given)
        .collect::<Result<_, _>>()?;
    let mut units: Vec<String> = figures.iter().map(|g| g.figure.unit.clone()).collect();
    units.sort_unstable();
    units.dedup();
    let mut areas: BTreeMap<&str, Series> = BTreeMap::new();
    for (row, g) in figures.iter().enumerate() {
        let indicator = catalogue
            .indicator(g.indicator)
            .ok_or_else(|| format!("指标 {} 不存在", g.indicator))?;
        let (half, _) = written(g.text, g.figure.value, &g.figure.unit);
        let stated = Stated {
            row,
            document: usize::try_from(g.reported).unwrap_or(0) * 2 + usize::from(g.in_table),
            in_table: g.in_table,
            year: g.year,
            whole: true,
            reported: g.reported,
            value: g.figure.value,
            half,
            unit: units.iter().position(|u| *u == g.figure.unit).unwrap_or(0),
        };
        areas
            .entry(g.area)
            .or_insert_with(|| Series {
                indicator: indicator.id.clone(),
                name: indicator.name.clone(),
                kind: indicator.kind.clone(),
                scenario: g.scenario,
                stated: Vec::new(),
            })
            .stated
            .push(stated);
    }
    let ours: BTreeMap<String, &Series> = areas
        .values()
        .zip(0..)
        .map(|(s, n): (_, u32)| (format!("4304{n:02}"), s))
        .collect();
    let book = Texts(figures, units);
    let mut found: Vec<across::Apart> = Vec::new();
    for series in ours.values() {
        found.extend(across::series(rules, series, &book));
    }
    let listed: Vec<Peer> = ours
        .iter()
        .flat_map(|(code, s)| across::values(s, code))
        .collect();
    found.extend(
        across::peers(rules, &listed, &book)
            .into_iter()
            .map(|(_, a)| a),
    );
    let of_rule = found.into_iter().filter(|a| a.check == rule.id);
    Ok(of_rule.map(|a| a.outcome).collect())
}
