//! Writes the labels of a document: a line a block, a line a figure, so that a change is seen in a diff.

use crate::figures::Bureau;
use crate::template::{Block, Document};
use anyhow::Result;
use serde_json::{Value, json};
use std::fmt::Write;

/// The label file of a document. `sample` is its path under `samples/`.
pub fn write(bureau: &Bureau, document: &Document, sample: &str) -> Result<String> {
    let mut out = String::from("{\n");
    let title = document
        .blocks
        .iter()
        .find_map(|b| {
            if let Block::Title(t) = b {
                Some(t.as_str())
            } else {
                None
            }
        })
        .unwrap_or(&document.name);
    let head = [
        ("id", json!(document.id)),
        ("title", json!(title)),
        ("region_name", json!(bureau.area)),
        ("bureau", json!(bureau.bureau)),
        ("domain", json!(bureau.domain)),
        ("year", json!(document.year)),
        ("sample", json!(sample)),
        ("label_prefixes", json!(bureau.label_prefixes)),
        ("inconsistencies", json!(document.inconsistencies)),
        ("zeros", json!(document.zeros)),
    ];
    for (key, value) in head {
        let empty = matches!(&value, Value::Array(a) if a.is_empty()) || value == "";
        if !empty {
            writeln!(out, " {}: {},", json!(key), value)?;
        }
    }
    let blocks = document.blocks.iter().map(|block| match block {
        Block::Title(text) => Ok(json!({"type": "title", "text": text}).to_string()),
        Block::Heading(level, text) => {
            Ok(json!({"type": "heading", "level": level, "text": text}).to_string())
        }
        Block::Para(text) => Ok(json!({"type": "para", "text": text}).to_string()),
        Block::Table(name, rows) => {
            let rows: Vec<Vec<&str>> = rows
                .iter()
                .map(|r| r.iter().map(|c| c.text.as_str()).collect())
                .collect();
            Ok(if name.is_empty() {
                json!({"type": "table", "rows": rows})
            } else {
                json!({"type": "table", "name": name, "rows": rows})
            }
            .to_string())
        }
    });
    list(&mut out, "blocks", blocks)?;
    out.push_str(",\n");
    list(
        &mut out,
        "facts",
        document.facts.iter().map(serde_json::to_string),
    )?;
    out.push_str("\n}\n");
    Ok(out)
}

fn list(
    out: &mut String,
    key: &str,
    lines: impl Iterator<Item = serde_json::Result<String>>,
) -> Result<()> {
    write!(out, " {}: [", json!(key))?;
    for (i, line) in lines.enumerate() {
        write!(out, "{}\n  {}", if i == 0 { "" } else { "," }, line?)?;
    }
    out.push_str("\n ]");
    Ok(())
}
