//! What the whole-program tests share: running the program, reading Parquet back, labels.
//!
//! The Parquet is read with polars alone, not with the program's own reader, as an analyst would.

#![allow(dead_code, reason = "each test program uses a part of this")]

use assert_cmd::Command;
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;
use tempfile::TempDir;
use zhibiao::read::{Block, BlockKind, Document, Format, Table};

/// The program, in a temporary home and with messages in Chinese unless told otherwise.
pub fn zhibiao() -> Command {
    let mut command = Command::cargo_bin("zhibiao").expect("the program is built with the tests");
    command
        .env("LC_ALL", "zh_CN.UTF-8")
        .env("LANG", "zh_CN.UTF-8")
        .env_remove("ZHIBIAO_WAREHOUSE");
    command
}

/// A path in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs `ingest` and returns what it did; fails where its status is not `status`.
pub fn ingest(paths: &[&Path], warehouse: &Path, more: &[&str], status: i32) -> Output {
    let output = zhibiao()
        .arg("ingest")
        .args(paths)
        .arg("--warehouse")
        .arg(warehouse)
        .args(more)
        .output()
        .expect("it runs");
    assert_eq!(
        output.status.code(),
        Some(status),
        "stdout: {}\nstderr: {}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A warehouse of all samples, made once for the tests that only read it.
pub fn samples() -> &'static Path {
    static MADE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    &MADE
        .get_or_init(|| {
            let folder = tempfile::tempdir().expect("a folder");
            let warehouse = folder.path().join("warehouse");
            ingest(&[&repository("samples")], &warehouse, &[], 1);
            (folder, warehouse)
        })
        .1
}

/// Asks the warehouse of the samples: exit status, standard output and error.
pub fn ask(arguments: &[&str]) -> (i32, String, String) {
    let output = zhibiao()
        .args(arguments)
        .arg("--warehouse")
        .arg(samples())
        .output()
        .expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A row of a table: column name to value; null is absent, a decimal is without trailing zeros.
pub type Row = BTreeMap<String, String>;

/// All rows of a table, in the order of its files.
pub fn rows(warehouse: &Path, table: &str) -> Vec<Row> {
    parquet(&warehouse.join(table))
        .iter()
        .flat_map(|file| frame_rows(&read(file)))
        .collect()
}

/// What a run must not change: all tables but `loads`, without the times of loading.
pub fn content(warehouse: &Path) -> BTreeMap<String, Vec<Row>> {
    let tables = [
        "documents",
        "observations",
        "quantities",
        "targets",
        "checks",
        "blocks",
        "rejects",
        "dim_indicator",
        "dim_area",
        "dim_agency",
        "dim_time",
    ];
    tables
        .into_iter()
        .map(|table| {
            let mut all = rows(warehouse, table);
            for row in &mut all {
                row.remove("ingested_at");
                row.remove("at");
            }
            (table.to_string(), all)
        })
        .collect()
}

/// Rows in force of a table that has versions.
pub fn current(warehouse: &Path, table: &str) -> Vec<Row> {
    rows(warehouse, table)
        .into_iter()
        .filter(|r| r.get("is_current").is_none_or(|v| v == "true"))
        .collect()
}

/// Parquet files under a folder, sorted.
pub fn parquet(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = files(folder)
        .into_iter()
        .filter(|f| f.extension().is_some_and(|e| e == "parquet"))
        .collect();
    found.sort();
    found
}

/// All files under a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found.sort();
    found
}

/// One Parquet file.
pub fn read(file: &Path) -> DataFrame {
    let opened = fs::File::open(file).expect("the file opens");
    ParquetReader::new(opened)
        .finish()
        .unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn frame_rows(frame: &DataFrame) -> Vec<Row> {
    let names: Vec<String> = frame
        .get_column_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    (0..frame.height())
        .map(|i| {
            let mut row = Row::new();
            for name in &names {
                let value = frame.column(name).and_then(|c| c.get(i)).expect("a cell");
                if !value.is_null() {
                    row.insert(name.clone(), plain(&value.str_value()));
                }
            }
            row
        })
        .collect()
}

/// A decimal without trailing zeros; any other text as it is.
pub fn plain(text: &str) -> String {
    match text.parse::<Decimal>() {
        Ok(d) if text.contains('.') => d.normalize().to_string(),
        _ => text.to_string(),
    }
}

/// A labelled document of `tests/corpus`.
#[derive(Debug, Deserialize)]
pub struct Label {
    pub id: String,
    pub title: String,
    pub region_name: String,
    pub bureau: String,
    #[serde(default)]
    pub domain: String,
    pub year: i32,
    /// Path under `samples/`, for those that a sample was made from.
    #[serde(default)]
    pub sample: String,
    #[serde(default)]
    pub label_prefixes: Vec<String>,
    #[serde(default)]
    pub zeros: Vec<Zero>,
    pub blocks: Vec<LabelBlock>,
    pub facts: Vec<Fact>,
}

/// A block of a labelled document.
#[derive(Debug, Deserialize)]
pub struct LabelBlock {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub level: u8,
    #[serde(default)]
    pub text: String,
    /// Name of a sheet.
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub rows: Vec<Vec<String>>,
}

/// A labelled figure.
#[derive(Clone, Debug, Deserialize)]
pub struct Fact {
    pub block: usize,
    #[serde(default)]
    pub cell: Option<[usize; 2]>,
    pub quote: String,
    pub value: String,
    #[serde(default)]
    pub value_max: String,
    pub unit: String,
    pub concept: String,
    pub indicator: String,
    pub kind: String,
    pub qualifier: String,
    pub period: String,
    #[serde(default)]
    pub accept: Vec<String>,
}

/// A labelled statement of zero.
#[derive(Clone, Debug, Deserialize)]
pub struct Zero {
    pub indicator: String,
    pub scenario: String,
}

impl Fact {
    /// As in the column `scenario`.
    pub fn scenario(&self) -> &str {
        match self.kind.as_str() {
            kind @ ("budget" | "target") => kind,
            _ => "actual",
        }
    }

    /// Year of the period, empty where the label leaves it open.
    pub fn year(&self) -> &str {
        self.period.get(..4).unwrap_or("")
    }
}

/// Reads a label file by its id.
pub fn label(id: &str) -> Label {
    let path = repository(&format!("tests/corpus/{id}.json"));
    serde_json::from_slice(&fs::read(&path).expect("the label file"))
        .unwrap_or_else(|e| panic!("{id}: {e}"))
}

/// All label files, sorted by id.
pub fn labels() -> Vec<Label> {
    files(&repository("tests/corpus"))
        .iter()
        .filter_map(|f| f.file_name()?.to_str()?.strip_suffix(".json").map(label))
        .collect()
}

/// Units that count as one when figures are compared.
pub fn unit_class(unit: &str) -> &str {
    const CLASSES: [&[&str]; 9] = [
        &["个", "家", "所", "处", "座", "间", "支", "只", "项"],
        &["件", "起", "宗", "例"],
        &["人", "名", "位"],
        &["元/人/月", "元/月", "元/人·月", "元/人月"],
        &["元/人/年", "元/年", "元/人·年"],
        &["%", "％"],
        &["批次", "批"],
        &["场", "场次"],
        &["平方米", "㎡"],
    ];
    CLASSES
        .iter()
        .find(|class| class.contains(&unit))
        .map_or(unit, |class| class[0])
}

/// A labelled document as the readers give it.
pub fn document(label: &Label) -> Document {
    let (mut paragraphs, mut tables) = (0, 0);
    let blocks = label.blocks.iter().map(|block| {
        let paragraph = |n: &mut usize| {
            *n += 1;
            format!("p{n}")
        };
        match block.kind.as_str() {
            "table" => {
                tables += 1;
                let location = if block.name.is_empty() {
                    format!("t{tables}")
                } else {
                    block.name.clone()
                };
                Block {
                    location,
                    kind: BlockKind::Table(Table {
                        name: block.name.clone(),
                        ..Table::of(block.rows.iter().cloned())
                    }),
                }
            }
            "title" => Block {
                location: paragraph(&mut paragraphs),
                kind: BlockKind::Heading {
                    level: 0,
                    text: block.text.clone(),
                },
            },
            "heading" => Block {
                location: paragraph(&mut paragraphs),
                kind: BlockKind::Heading {
                    level: block.level.max(1),
                    text: block.text.clone(),
                },
            },
            _ => Block {
                location: paragraph(&mut paragraphs),
                kind: BlockKind::Paragraph {
                    text: block.text.clone(),
                },
            },
        }
    });
    Document::new(Format::Docx, blocks.collect())
}

/// Right, wrong and missed.
#[derive(Clone, Copy, Default)]
pub struct Score {
    pub right: i64,
    pub wrong: i64,
    pub missed: i64,
}

impl Score {
    pub fn precision(self) -> f64 {
        self.right as f64 / ((self.right + self.wrong) as f64).max(1.0)
    }

    pub fn recall(self) -> f64 {
        self.right as f64 / ((self.right + self.missed) as f64).max(1.0)
    }

    pub fn f1(self) -> f64 {
        2.0 * self.right as f64 / ((2 * self.right + self.wrong + self.missed) as f64).max(1.0)
    }

    pub fn add(&mut self, other: Score) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }
}
