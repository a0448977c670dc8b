//! The observations of a province, some indicators at a time.
//!
//! Rules about several documents compare statements of one indicator, over all years and areas of a province. Each partition is
//! sorted by indicator, so that the rows of an indicator are read from all years of the province without reading others: as
//! many indicators together as make up some ten thousand rows. Memory follows these, not the number of documents.

use super::groups;
use crate::warehouse::pieces::Pieces;
use crate::warehouse::schema::OBSERVATIONS;
use crate::warehouse::{Error, Reader};
use polars::prelude::{DataFrame, PolarsResult};
use std::collections::BTreeMap;
use std::ops::Range;

/// Rows from which a batch is full: about a quarter of a kilobyte each.
const ENOUGH: usize = 120_000;

/// Columns by which it is told whether a row takes part: exact values in force, of no target.
const BY: [&str; 5] = [
    "is_current",
    "transformation",
    "qualifier",
    "obs_value_max",
    "scenario",
];

/// Rows of a row group of a file.
type Span = (usize, usize, Range<usize>);

/// Where the rows of each indicator of a province are.
pub struct Batches {
    files: Vec<Pieces>,
    /// By indicator, spans in the order of the files.
    spans: BTreeMap<String, Vec<Span>>,
}

impl Batches {
    /// Looks through the partitions of a province.
    pub fn of(reader: &Reader, province: &str) -> Result<Batches, Error> {
        let mut batches = Batches {
            files: Vec::new(),
            spans: BTreeMap::new(),
        };
        for partition in reader.partitions(&OBSERVATIONS)? {
            if partition.province != province {
                continue;
            }
            let pieces = reader.pieces(&OBSERVATIONS, &partition)?;
            let file = batches.files.len();
            for group in 0..pieces.groups() {
                let rows = 0..pieces.rows(group);
                let frame = pieces.read(group, rows, &["indicator"])?;
                batches.add(file, group, &frame).map_err(pieces.failed())?;
            }
            batches.files.push(pieces);
        }
        Ok(batches)
    }

    fn add(&mut self, file: usize, group: usize, frame: &DataFrame) -> PolarsResult<()> {
        let ids = frame.column("indicator")?.str()?;
        let mut last: Option<(&str, usize)> = None;
        for (n, id) in ids.iter().enumerate() {
            let id = id.unwrap_or_default();
            match last {
                Some((before, _)) if before == id => {}
                Some((before, start)) => {
                    self.put(before, (file, group, start..n));
                    last = Some((id, n));
                }
                None => last = Some((id, n)),
            }
        }
        if let Some((id, start)) = last {
            self.put(id, (file, group, start..frame.height()));
        }
        Ok(())
    }

    fn put(&mut self, id: &str, span: Span) {
        match self.spans.get_mut(id) {
            Some(spans) => spans.push(span),
            None => {
                self.spans.insert(id.to_owned(), vec![span]);
            }
        }
    }

    /// The indicators, put together to batches.
    pub fn all(&self) -> Vec<Vec<&str>> {
        let mut batches: Vec<Vec<&str>> = Vec::new();
        let mut rows = ENOUGH;
        for (id, spans) in &self.spans {
            if rows >= ENOUGH {
                batches.push(Vec::new());
                rows = 0;
            }
            rows += spans.iter().map(|(_, _, r)| r.len()).sum::<usize>();
            if let Some(batch) = batches.last_mut() {
                batch.push(id);
            }
        }
        batches
    }

    /// The rows of some indicators that take part, year by year, with the columns of [`groups::COLUMNS`].
    pub fn read(&self, indicators: &[&str]) -> Result<DataFrame, Error> {
        let mut spans: Vec<Span> = indicators
            .iter()
            .filter_map(|id| self.spans.get(*id))
            .flatten()
            .cloned()
            .collect();
        spans.sort_by_key(|(file, group, rows)| (*file, *group, rows.start));
        // Indicators that follow one another are read together.
        let mut together: Vec<Span> = Vec::new();
        for (file, group, rows) in spans {
            match together.last_mut() {
                Some((f, g, last)) if (*f, *g) == (file, group) && last.end == rows.start => {
                    last.end = rows.end;
                }
                _ => together.push((file, group, rows)),
            }
        }
        let mut all = crate::warehouse::frame::empty_of(&OBSERVATIONS, &groups::COLUMNS);
        for (file, group, rows) in together {
            let Some(pieces) = self.files.get(file) else {
                continue;
            };
            for part in pieces.select(group, rows, &BY, takes_part, &groups::COLUMNS)? {
                all.vstack_mut_owned(part).map_err(pieces.failed())?;
            }
        }
        // A cell of a column in many pieces is looked for piece by piece.
        all.rechunk_mut();
        Ok(all)
    }
}

fn takes_part(frame: &DataFrame) -> PolarsResult<Vec<bool>> {
    let current = frame.column("is_current")?.bool()?;
    let (transformations, qualifiers) = (
        frame.column("transformation")?.str()?,
        frame.column("qualifier")?.str()?,
    );
    let scenarios = frame.column("scenario")?.str()?;
    let ranges = frame.column("obs_value_max")?.is_not_null();
    Ok(current
        .iter()
        .zip(transformations.iter())
        .zip(qualifiers.iter())
        .zip(scenarios.iter())
        .zip(ranges.iter())
        .map(|((((current, t), q), s), range)| {
            current == Some(true)
                && t == Some("level")
                && q == Some("exact")
                && s.is_some_and(|s| s != "target")
                && range == Some(false)
        })
        .collect())
}
