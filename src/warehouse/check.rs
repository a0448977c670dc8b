//! Verifying a warehouse: that every file is what was written, can be read, has the columns of the contract and the rows that it should.

use super::commit;
use super::document::DocumentRow;
use super::error::{Error, at};
use super::frame::data_type;
use super::journal;
use super::lock::WriterLock;
use super::read::Reader;
use super::schema::{
    BLOCKS, CHECKS, DIM_INDICATOR, DOCUMENTS, Layout, OBSERVATIONS, QUANTITIES, TABLES, TARGETS,
    Table,
};
use polars::prelude::{DataFrame, ParquetReader, PolarsResult, SerReader};
use std::collections::{HashMap, HashSet};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file or folder, relative to the warehouse.
    pub path: String,
    /// What is wrong.
    pub kind: FaultKind,
    /// How many rows or things are concerned.
    pub count: u64,
    /// An example: a column, an id, what the reader said.
    pub example: String,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// The file is no readable Parquet.
    Unreadable,
    /// A column is missing, of another type, or in another place.
    Schema,
    /// A row stands in the partition of another year or province.
    Partition,
    /// An id that has to be unique is there twice.
    Duplicate,
    /// A row of a document that `documents` does not have.
    Orphan,
    /// An indicator that `dim_indicator` does not have.
    Indicator,
    /// `documents` says another number of rows than there are.
    Count,
    /// `supersedes` names a document that is not there, or `is_current` contradicts it.
    Versions,
    /// A file that the warehouse does not know.
    Stranger,
    /// A commit was interrupted and has not been finished.
    Interrupted,
    /// The file is not what was written: the disk, or another program.
    Hash,
    /// The file was written and is no longer there.
    Missing,
}

impl FaultKind {
    /// For programs.
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Unreadable => "unreadable",
            FaultKind::Schema => "schema",
            FaultKind::Partition => "partition",
            FaultKind::Duplicate => "duplicate",
            FaultKind::Orphan => "orphan",
            FaultKind::Indicator => "indicator",
            FaultKind::Count => "count",
            FaultKind::Versions => "versions",
            FaultKind::Stranger => "stranger",
            FaultKind::Interrupted => "interrupted",
            FaultKind::Hash => "hash",
            FaultKind::Missing => "missing",
        }
    }
}

/// What was looked at, and what is wrong.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Files read.
    pub files: u64,
    /// Rows read.
    pub rows: u64,
    /// Faults, in the order of files.
    pub faults: Vec<Fault>,
}

/// Looks at everything. Memory depends on the number of documents and the largest file.
pub fn check(reader: &Reader) -> Result<Report, Error> {
    let root = reader.root();
    let mut report = Report::default();
    if commit::is_interrupted(root) {
        report.fault(
            ".zhibiao/commit.json",
            FaultKind::Interrupted,
            1,
            String::new(),
        );
    }
    // A journal is a fault only where nobody is at work on it.
    let own = root.join(commit::OWN);
    if journal::is_waiting(root) && !matches!(WriterLock::acquire(&own), Err(Error::Locked { .. }))
    {
        let path = ".zhibiao/journal";
        report.fault(path, FaultKind::Interrupted, 1, String::new());
    }
    let digests = commit::digests(root)?;
    for name in digests.keys().filter(|n| !root.join(n).exists()) {
        report.fault(name, FaultKind::Missing, 1, String::new());
    }
    // What the warehouse keeps beside its tables.
    let beside = digests.iter().filter(|(n, _)| n.starts_with(commit::OWN));
    for (name, written) in beside {
        if std::fs::read(root.join(name)).is_ok_and(|bytes| commit::digest(&bytes) != *written) {
            report.fault(name, FaultKind::Hash, 1, String::new());
        }
    }
    let mut documents: HashMap<String, Expected> = HashMap::new();
    let mut indicators: HashSet<String> = HashSet::new();
    for table in TABLES {
        strangers(root, table, &mut report)?;
    }
    // Documents and indicators first: the others refer to them.
    let mut order: Vec<&'static Table> = vec![&DOCUMENTS, &DIM_INDICATOR];
    order.extend(
        TABLES
            .iter()
            .filter(|t| t.name != DOCUMENTS.name && t.name != DIM_INDICATOR.name),
    );
    let mut ids: HashSet<u128> = HashSet::new();
    for table in order {
        for file in reader.files(table)? {
            let name = relative(root, &file);
            let bytes = std::fs::read(&file).map_err(at(&file))?;
            report.files += 1;
            if digests
                .get(&name)
                .is_some_and(|d| *d != commit::digest(&bytes))
            {
                report.fault(&name, FaultKind::Hash, 1, String::new());
            }
            let frame = match ParquetReader::new(Cursor::new(bytes)).finish() {
                Ok(frame) => frame,
                Err(e) => {
                    report.fault(&name, FaultKind::Unreadable, 1, e.to_string());
                    continue;
                }
            };
            report.rows += frame.height() as u64;
            if !conforms(table, &frame, &name, &mut report) {
                continue;
            }
            let looked = match table.name {
                "documents" => read_documents(&frame, &name, &mut documents, &mut report),
                "dim_indicator" => texts(&frame, "indicator").map(|all| indicators.extend(all)),
                _ => rows(
                    table,
                    &frame,
                    &name,
                    &mut documents,
                    &indicators,
                    &mut ids,
                    &mut report,
                ),
            };
            if let Err(e) = looked {
                report.fault(&name, FaultKind::Unreadable, 1, e.to_string());
            }
        }
    }
    versions(&documents, &mut report);
    Ok(report)
}

impl Report {
    fn fault(&mut self, path: &str, kind: FaultKind, count: u64, example: String) {
        self.faults.push(Fault {
            path: path.to_owned(),
            kind,
            count,
            example,
        });
    }
}

/// What `documents` says, and what was found.
#[derive(Default)]
struct Expected {
    observations: i64,
    quantities: i64,
    blocks: i64,
    /// Rows of `blocks`.
    rows: i64,
    supersedes: String,
    superseded: bool,
}

fn relative(root: &Path, file: &Path) -> String {
    file.strip_prefix(root)
        .unwrap_or(file)
        .to_string_lossy()
        .replace('\\', "/")
}

fn texts(frame: &DataFrame, column: &str) -> PolarsResult<Vec<String>> {
    Ok(frame
        .column(column)?
        .str()?
        .iter()
        .flatten()
        .map(str::to_owned)
        .collect())
}

/// The columns of the contract first, in order; further ones may follow (a newer version's).
fn conforms(table: &Table, frame: &DataFrame, name: &str, report: &mut Report) -> bool {
    let found: Vec<_> = frame
        .columns()
        .iter()
        .map(|c| (c.name().as_str(), c.dtype()))
        .collect();
    let wrong = table.columns.iter().enumerate().find(|(i, c)| {
        found
            .get(*i)
            .is_none_or(|(n, t)| *n != c.name || **t != data_type(c.kind))
    });
    if let Some((i, c)) = wrong {
        let there = found
            .get(i)
            .map(|(n, t)| format!("{n} {t}"))
            .unwrap_or_default();
        report.fault(
            name,
            FaultKind::Schema,
            1,
            format!("{} {} ≠ {there}", c.name, data_type(c.kind)),
        );
    }
    wrong.is_none()
}

fn read_documents(
    frame: &DataFrame,
    name: &str,
    documents: &mut HashMap<String, Expected>,
    report: &mut Report,
) -> PolarsResult<()> {
    for row in DocumentRow::from_frame(frame, |_| true)? {
        let expected = Expected {
            observations: i64::from(row.observations),
            quantities: i64::from(row.quantities),
            blocks: i64::from(row.blocks),
            rows: 0,
            supersedes: row.supersedes,
            superseded: false,
        };
        if documents
            .insert(row.document_id.clone(), expected)
            .is_some()
        {
            report.fault(name, FaultKind::Duplicate, 1, row.document_id);
        }
    }
    let older: Vec<String> = documents
        .values()
        .map(|d| d.supersedes.clone())
        .filter(|s| !s.is_empty())
        .collect();
    for id in older {
        match documents.get_mut(&id) {
            Some(d) => d.superseded = true,
            None => report.fault(name, FaultKind::Versions, 1, id),
        }
    }
    Ok(())
}

/// Rows of facts.
fn rows(
    table: &Table,
    frame: &DataFrame,
    name: &str,
    documents: &mut HashMap<String, Expected>,
    indicators: &HashSet<String>,
    ids: &mut HashSet<u128>,
    report: &mut Report,
) -> PolarsResult<()> {
    if table.layout == Layout::ByYearAndProvince {
        let (years, provinces) = (
            frame.column("year")?.i32()?,
            frame.column("province")?.str()?,
        );
        let wrong = years.iter().zip(provinces.iter()).filter(|(y, p)| {
            let folder = format!(
                "{}/year={}/province={}/",
                table.name,
                y.unwrap_or(-1),
                p.unwrap_or("?")
            );
            !name.starts_with(&folder)
        });
        let wrong = wrong.count() as u64;
        if wrong > 0 {
            report.fault(name, FaultKind::Partition, wrong, String::new());
        }
    }
    let facts = [&OBSERVATIONS, &QUANTITIES, &TARGETS, &CHECKS, &BLOCKS];
    if !facts.iter().any(|t| t.name == table.name) {
        return Ok(());
    }
    let document = frame.column("document_id")?.str()?;
    let current: Vec<Option<bool>> = if table.has("is_current") {
        frame.column("is_current")?.bool()?.iter().collect()
    } else {
        vec![None; frame.height()]
    };
    let mut orphans = Tally::default();
    let mut contradictions = Tally::default();
    for (id, current) in document.iter().zip(current) {
        let Some(d) = documents.get_mut(id.unwrap_or("")) else {
            orphans.add(id.unwrap_or("null"));
            continue;
        };
        match table.name {
            "observations" => d.observations -= 1,
            "quantities" => d.quantities -= 1,
            "blocks" => d.rows += 1,
            _ => {}
        }
        if current == Some(d.superseded) {
            contradictions.add(id.unwrap_or(""));
        }
    }
    orphans.report(name, FaultKind::Orphan, report);
    contradictions.report(name, FaultKind::Versions, report);
    if table.has("observation_id") {
        let mut twice = Tally::default();
        for id in frame.column("observation_id")?.str()?.iter().flatten() {
            // Ids are 128 bits; as numbers, millions of them fit into memory.
            let number = u128::from_str_radix(id, 16).unwrap_or_default();
            if !ids.insert(number) {
                twice.add(id);
            }
        }
        twice.report(name, FaultKind::Duplicate, report);
    }
    if table.has("indicator") && !indicators.is_empty() {
        let mut unknown = Tally::default();
        for id in frame
            .column("indicator")?
            .str()?
            .iter()
            .flatten()
            .filter(|i| !indicators.contains(*i))
        {
            unknown.add(id);
        }
        unknown.report(name, FaultKind::Indicator, report);
    }
    Ok(())
}

/// Counts, with the first example.
#[derive(Default)]
struct Tally {
    count: u64,
    example: String,
}

impl Tally {
    fn add(&mut self, example: &str) {
        if self.count == 0 {
            self.example = example.to_owned();
        }
        self.count += 1;
    }

    fn report(self, name: &str, kind: FaultKind, report: &mut Report) {
        if self.count > 0 {
            report.fault(name, kind, self.count, self.example);
        }
    }
}

/// After all tables: numbers of rows.
fn versions(documents: &HashMap<String, Expected>, report: &mut Report) {
    let mut wrong: Vec<&String> = documents
        .iter()
        .filter(|(_, d)| {
            // A row is about the whole document; a document loaded by an older version has none.
            let text = d.rows == 0 || d.rows == d.blocks + 1;
            d.observations != 0 || d.quantities != 0 || !text
        })
        .map(|(id, _)| id)
        .collect();
    wrong.sort();
    if let Some(first) = wrong.first() {
        report.fault(
            DOCUMENTS.name,
            FaultKind::Count,
            wrong.len() as u64,
            (*first).clone(),
        );
    }
}

/// Parquet files in the folder of a table that do not stand where its files stand.
fn strangers(root: &Path, table: &Table, report: &mut Report) -> Result<(), Error> {
    let own: HashSet<PathBuf> = super::read::files(root, table)?.into_iter().collect();
    let mut folders = vec![root.join(table.name)];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => {
                return Err(Error::Io {
                    path: folder,
                    source: e,
                });
            }
        };
        for entry in entries {
            let path = entry.map_err(at(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !own.contains(&path) || path.file_name().is_none_or(|n| n != "part-0.parquet")
            {
                report.fault(
                    &relative(root, &path),
                    FaultKind::Stranger,
                    1,
                    String::new(),
                );
            }
        }
    }
    Ok(())
}
