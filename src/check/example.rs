//! The worked examples of the rules, run.

use super::rules::{Example, Rules};
use super::{Outcome, check};
use crate::analysis::{Analysis, DocumentContext, Observation, Place, Scenario, Transformation};
use crate::catalogue::{Catalogue, Finding, Problem, near};
use crate::quantity::Reader;
use crate::read::{Block, BlockKind, Format};

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
                let analysis = match analysis(example) {
                    Ok(analysis) => analysis,
                    Err(message) => {
                        say(Problem::Load(message));
                        continue;
                    }
                };
                let found: Vec<Outcome> = check(&analysis, self, catalogue)
                    .into_iter()
                    .filter(|c| c.check == rule.id)
                    .map(|c| c.outcome)
                    .collect();
                if found != [example.outcome] {
                    let names: Vec<&str> = found.iter().map(|o| o.name()).collect();
                    let figures: Vec<String> = example
                        .figures
                        .iter()
                        .map(|(indicator, text)| format!("{indicator} = {text}"))
                        .collect();
                    say(Problem::OtherOutcome {
                        example: figures.join("，"),
                        wanted: example.outcome.name().to_string(),
                        got: names.join("、"),
                    });
                }
            }
        }
        faults
    }
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
    for (n, (key, text)) in example.figures.iter().enumerate() {
        let (key, in_table) = match key.strip_suffix("#表") {
            Some(key) => (key, true),
            None => (key.as_str(), false),
        };
        let mut parts = key.split('@');
        let indicator = parts.next().unwrap_or_default().to_string();
        let (mut scenario, mut transformation) = (Scenario::Actual, Transformation::Level);
        for word in parts {
            match word {
                "actual" => {}
                "budget" => scenario = Scenario::Budget,
                "target" => scenario = Scenario::Target,
                "change" => transformation = Transformation::Change,
                "growth_rate" => transformation = Transformation::GrowthRate,
                _ => return Err(format!("例的“{key}”中 @{word} 不认识")),
            }
        }
        let read = Reader::builtin().read(text);
        let [figure] = read.as_slice() else {
            return Err(format!("例的“{text}”不是一个数"));
        };
        observations.push(Observation {
            indicator,
            place: Place::default(),
            time_period: "2024".to_string(),
            period: None,
            year: 2024,
            scenario,
            transformation,
            obs_value: figure.value,
            obs_value_max: figure.value_max,
            unit_measure: figure.unit.clone(),
            qualifier: figure.qualifier,
            value_text: text.clone(),
            evidence: String::new(),
            location: if in_table {
                "t1!B2".to_string()
            } else {
                "p1".to_string()
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
