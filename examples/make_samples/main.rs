//! Makes the sample submissions under `samples/` and their labels under `tests/corpus/`:
//!
//! ```text
//! cargo run --example make_samples
//! ```
//!
//! The texts are invented reports of real bureaus; their sentences stand in `data/*.txt`, their figures in
//! `data/*.toml` (see `template` and `figures`). The same text gives the same bytes, so that running it again changes
//! nothing.

mod archive;
mod figures;
mod labels;
mod legacy;
mod sheet;
mod template;
mod word;

use anyhow::{Context, Result, bail};
use figures::Bureau;
use std::fs;
use std::path::Path;

/// A bureau's figures, its texts, and whether its submissions are sent as one archive.
const BUREAUS: [(&str, &str, bool); 6] = [
    (
        include_str!("data/hengshan.toml"),
        include_str!("data/hengshan.txt"),
        false,
    ),
    (
        include_str!("data/huoqiu.toml"),
        include_str!("data/huoqiu.txt"),
        false,
    ),
    (
        include_str!("data/fengxiang.toml"),
        include_str!("data/fengxiang.txt"),
        false,
    ),
    (
        include_str!("data/gaoqing.toml"),
        include_str!("data/gaoqing.txt"),
        false,
    ),
    (
        include_str!("data/pingchang.toml"),
        include_str!("data/pingchang.txt"),
        false,
    ),
    (
        include_str!("data/kaihua.toml"),
        include_str!("data/kaihua.txt"),
        true,
    ),
];

const TERMS: &str = include_str!("data/terms.csv");

/// Forms that several bureaus fill in.
fn form(name: &str) -> Option<&'static str> {
    Some(match name {
        "base.txt" => include_str!("data/base.txt"),
        _ => return None,
    })
}

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (samples, corpus) = (root.join("samples"), root.join("tests/corpus"));
    let mut broken = None;
    for (data, text, archived) in BUREAUS {
        let bureau = Bureau::parse(data, TERMS)?;
        for &year in &bureau.years {
            let folder = bureau.folder.replace("{Y}", &year.to_string());
            let mut entries = Vec::new();
            for mut document in template::documents(&bureau, text, year, &form)? {
                document.finish();
                let bytes = match document.format.as_str() {
                    "docx" => word::write(&document),
                    "xlsx" => sheet::write(&document),
                    "xls" => legacy::write(&document),
                    other => bail!("{}: no format {other}", document.id),
                }
                .with_context(|| document.id.clone())?;
                let name = format!("{}.{}", document.name, document.format);
                let inside = if archived {
                    format!("{folder}.zip/{folder}/{name}")
                } else {
                    format!("{folder}/{name}")
                };
                save(
                    &corpus.join(format!("{}.json", document.id)),
                    labels::write(&bureau, &document, &inside)?.as_bytes(),
                )?;
                if document.format == "docx" {
                    broken = Some(bytes.clone());
                }
                if archived {
                    entries.push((format!("{folder}/{name}"), bytes));
                } else {
                    save(&samples.join(inside), &bytes)?;
                }
            }
            if archived {
                save(
                    &samples.join(format!("{folder}.zip")),
                    &archive::write(&entries)?,
                )?;
            }
        }
    }
    // Reports of further bureaus, for the test of extraction only.
    for passage in include_str!("data/passages.txt").split("%%% ").skip(1) {
        let (head, text) = passage
            .split_once('\n')
            .context("a passage has a head and a text")?;
        let bureau = Bureau::alone(head, TERMS)?;
        let year = *bureau.years.first().context("no year")?;
        for mut document in
            template::documents(&bureau, &format!("%% label;;\n{text}"), year, &form)?
        {
            document.finish();
            let labels = labels::write(&bureau, &document, "")?;
            save(
                &corpus.join(format!("{}.json", document.id)),
                labels.as_bytes(),
            )?;
        }
    }
    // A transfer that broke off: the end of the archive, with its directory, is missing.
    let whole = broken.context("no Word file")?;
    save(
        &samples.join("传输中断的文件/2024年度自评报告（未传完）.docx"),
        &whole[..whole.len() * 3 / 5],
    )?;
    save(&samples.join("说明.txt"), include_bytes!("data/remark.txt"))?;
    Ok(())
}

/// Writes a file where its bytes are not already those.
fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().context("no folder")?)?;
    fs::write(path, bytes).with_context(|| path.display().to_string())?;
    println!("{}", path.display());
    Ok(())
}
