//! The worked examples of known forms: a small table of each, and what it must give.

use super::known::TableExample;
use crate::analysis::DocumentContext;
use crate::catalogue::{Catalogue, Finding, Problem, near};
use crate::read::{Block, BlockKind, Document, Format, Table};

/// Year of the documents that examples stand in.
const YEAR: i32 = 2024;

/// Examples of forms that come out otherwise than stated, and indicators of cells that do not exist.
pub fn faults(c: &Catalogue) -> Vec<Finding> {
    let mut out = Vec::new();
    let ids = || c.indicators().iter().map(|i| i.id.as_str());
    for form in c.forms().form.iter() {
        let mut say = |problem| {
            out.push(Finding {
                file: "forms.toml".to_string(),
                line: form.line,
                entry: form.name.clone(),
                problem,
            });
        };
        for cell in &form.cell {
            if !cell.indicator.is_empty() && c.indicator(&cell.indicator).is_none() {
                say(Problem::UnknownIndicator {
                    id: cell.indicator.clone(),
                    near: near(&cell.indicator, ids()),
                });
            }
        }
        for (k, e) in form.examples.iter().enumerate() {
            let found = observations(c, e);
            if found != e.gives {
                say(Problem::OtherOutcome {
                    example: (k + 1).to_string(),
                    wanted: e.gives.join("；"),
                    got: found.join("；"),
                });
            }
        }
    }
    out
}

/// What an example gives: `B4 common.revenue.other 1314000 actual` an observation, in reading order.
fn observations(c: &Catalogue, e: &TableExample) -> Vec<String> {
    let table = Table::of(e.rows.iter().map(|line| line.split('|').map(str::trim)));
    let mut blocks: Vec<Block> = e
        .lines
        .iter()
        .zip(1..)
        .map(|(text, n)| Block {
            location: format!("p{n}"),
            kind: BlockKind::Paragraph { text: text.clone() },
        })
        .collect();
    blocks.push(Block {
        location: "t1".to_string(),
        kind: BlockKind::Table(table),
    });
    let document = Document::new(Format::Docx, blocks);
    let context = DocumentContext {
        year: YEAR,
        ..DocumentContext::default()
    };
    let a = crate::analyse_in(document, context, c);
    a.observations
        .iter()
        .filter_map(|o| {
            let cell = o.location.strip_prefix("t1!")?;
            let value = o.obs_value.normalize();
            Some(format!(
                "{cell} {} {value} {}",
                o.indicator,
                o.scenario.name()
            ))
        })
        .collect()
}
