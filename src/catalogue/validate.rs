//! Runs the worked examples of the pipelines, and checks their entries.

use super::{Catalogue, line_of};
use crate::analysis::DocumentContext;
use crate::catalogue::schema::Example;
use crate::read::{Block, BlockKind, Document, Format};
use rust_decimal::Decimal;
use std::str::FromStr;

/// Something to mend in a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// File.
    pub file: String,
    /// Line, from 1; 0 where it concerns the whole file.
    pub line: usize,
    /// What is wrong and what to do, in Chinese.
    pub message: String,
}

/// Checks every entry and runs every example.
pub fn run(c: &Catalogue) -> Vec<Finding> {
    let mut out: Vec<Finding> = c
        .faults
        .iter()
        .cloned()
        .chain(c.vocabulary_faults())
        .map(|message| (String::new(), message))
        .chain(
            c.forms()
                .faults()
                .into_iter()
                .chain(crate::form::faults(c))
                .map(|m| ("forms.toml".to_string(), m)),
        )
        .map(|(file, message)| Finding {
            file,
            line: 0,
            message,
        })
        .collect();
    for s in c.sources() {
        let domain = s.file.pipeline.as_ref().map_or("", |p| p.domain.as_str());
        for spanned in &s.file.indicator {
            let i = spanned.as_ref();
            let line = line_of(&s.text, spanned.span().start);
            let mut say = |message: String| {
                out.push(Finding {
                    file: s.name.clone(),
                    line,
                    message: format!("{}：{message}", i.id),
                });
            };
            if i.unit.is_empty() || i.name.is_empty() {
                say("缺少 name 或 unit".to_string());
            }
            if !i.parent.is_empty() && c.indicator(&i.parent).is_none() {
                say(format!("上级指标 {} 不存在", i.parent));
            }
            for (e, wanted) in i
                .examples
                .iter()
                .map(|e| (e, true))
                .chain(i.not_examples.iter().map(|e| (e, false)))
            {
                match example(c, domain, e) {
                    Err(m) => say(m),
                    Ok(found) => {
                        let hit = found.iter().any(|(id, v, s)| {
                            *id == i.id
                                && *v == e.value
                                && e.scenario.as_ref().is_none_or(|w| w == s)
                        });
                        if hit != wanted {
                            let got: Vec<String> = found
                                .iter()
                                .map(|(id, v, s)| format!("{id} = {v} ({s})"))
                                .collect();
                            let got = if got.is_empty() {
                                "没有识别出指标".to_string()
                            } else {
                                got.join("；")
                            };
                            say(if wanted {
                                format!("例“{}”应得 {}，实得：{got}", e.text, e.value)
                            } else {
                                format!("反例“{}”不应得 {}", e.text, e.value)
                            });
                        }
                    }
                }
            }
        }
    }
    out.extend(
        c.checks()
            .validate(c)
            .into_iter()
            .map(|(line, message)| Finding {
                file: "checks.toml".to_string(),
                line,
                message,
            }),
    );
    out.sort();
    out
}

/// Observations of an example: id, value, scenario.
fn example(
    c: &Catalogue,
    domain: &str,
    e: &Example,
) -> Result<Vec<(String, String, String)>, String> {
    if Decimal::from_str(&e.value).is_err() {
        return Err(format!("例的 value“{}”不是数", e.value));
    }
    let mut blocks = Vec::new();
    let mut push = |kind| {
        blocks.push(Block {
            location: format!("p{}", blocks.len() + 1),
            kind,
        });
    };
    if let Some(h) = &e.heading {
        push(BlockKind::Heading {
            level: 1,
            text: h.clone(),
        });
    }
    push(BlockKind::Paragraph {
        text: e.text.clone(),
    });
    let document = Document {
        format: Format::Text,
        blocks,
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    let context = DocumentContext {
        agency_domain: if matches!(domain, "common" | "shared") {
            String::new()
        } else {
            domain.to_string()
        },
        year: 2024,
        ..DocumentContext::default()
    };
    let a = crate::analyse_in(document, context, c);
    Ok(a.observations
        .into_iter()
        .filter(|o| o.transformation == crate::analysis::Transformation::Level)
        .map(|o| {
            (
                o.indicator,
                o.obs_value.normalize().to_string(),
                o.scenario.name().to_string(),
            )
        })
        .collect())
}
