//! The worked examples of the rules, run.

use super::rules::{Example, Rules};
use super::{Outcome, check};
use crate::analysis::{Analysis, DocumentContext, Observation, Place, Scenario, Transformation};
use crate::catalogue::Catalogue;
use crate::quantity::Reader;
use crate::read::{Block, BlockKind, Format};

impl Rules {
    /// Runs every example. Gives line (from 1) and a Chinese sentence for each that comes out otherwise, and for each
    /// indicator that the catalogue does not have.
    pub fn validate(&self, catalogue: &Catalogue) -> Vec<(usize, String)> {
        let mut faults = Vec::new();
        for rule in &self.check {
            let mut say =
                |message: String| faults.push((rule.line, format!("{}：{message}", rule.id)));
            for id in rule.indicators() {
                if catalogue.indicator(id).is_none() {
                    say(format!("指标 {id} 不存在"));
                }
            }
            for example in &rule.examples {
                let analysis = match analysis(example) {
                    Ok(analysis) => analysis,
                    Err(message) => {
                        say(message);
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
                    say(format!(
                        "例 {:?} 应为 {}，实为：{}",
                        example.figures,
                        example.outcome.name(),
                        if names.is_empty() {
                            "没有结果".to_string()
                        } else {
                            names.join("、")
                        }
                    ));
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
