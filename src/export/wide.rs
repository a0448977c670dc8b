//! The wide shape: a row an area, agency and year, with the value of each indicator.
//!
//! A partition holds whole rows (it is of one year and one province), so that they are put together a partition at a time.

use super::{Failure, Selection};
use crate::analyse::find::Indicator;
use crate::analyse::frame::failed;
use crate::analyse::series::{COLUMNS, Point, Reported, Texts, points, reported};
use crate::warehouse::read::Partition;
use crate::warehouse::schema::OBSERVATIONS;
use crate::warehouse::{Error, Reader};
use polars::prelude::{Expr, col, lit};
use std::collections::BTreeMap;

/// Columns before those of the indicators.
pub(super) const KEYS: [&str; 5] = ["ref_area", "area_name", "prefecture", "agency", "year"];

/// A row.
pub(super) struct Row {
    pub ref_area: String,
    pub area_name: String,
    pub prefecture: String,
    pub agency: String,
    pub year: i32,
    /// Values by id of the indicator.
    pub points: BTreeMap<String, Point>,
}

impl Row {
    /// The cells of [`KEYS`].
    pub fn keys(&self) -> [String; 5] {
        [
            self.ref_area.clone(),
            self.area_name.clone(),
            self.prefecture.clone(),
            self.agency.clone(),
            self.year.to_string(),
        ]
    }
}

/// The selection of a wide export: one scenario, the actual one unless another is asked for.
pub(super) fn levels(selection: &Selection) -> Selection {
    let mut selection = selection.clone();
    if selection.filter.scenario.is_empty() {
        "actual".clone_into(&mut selection.filter.scenario);
    }
    selection
}

/// Only values: no changes and growth rates.
pub(super) fn condition() -> Expr {
    col("transformation").eq(lit("level"))
}

/// The head of an indicator's column, for people: 火化遗体数（具）.
pub(super) fn title(indicator: &Indicator) -> String {
    if indicator.unit.is_empty() {
        indicator.name.clone()
    } else {
        format!("{}（{}）", indicator.name, indicator.unit)
    }
}

/// What is needed of the whole warehouse to choose values.
pub(super) struct Wide {
    reported: Reported,
}

impl Wide {
    pub fn new(reader: &Reader) -> Result<Wide, Error> {
        Ok(Wide {
            reported: reported(reader)?,
        })
    }

    /// The rows of a partition, by area, agency and year.
    pub fn rows(
        &self,
        reader: &Reader,
        selection: &Selection,
        partition: &Partition,
    ) -> Result<Vec<Row>, Failure> {
        let frame = selection.read(reader, partition, &COLUMNS, Some(condition()))?;
        let points = points(&frame, &selection.filter, &self.reported, &Texts::All)
            .map_err(|e| failed(reader, &OBSERVATIONS, e))?;
        let mut rows: BTreeMap<(String, String, i32), Row> = BTreeMap::new();
        for (indicator, key, point) in points {
            rows.entry((key.ref_area.clone(), key.agency.clone(), key.year))
                .or_insert_with(|| Row {
                    ref_area: key.ref_area,
                    area_name: key.area_name,
                    prefecture: key.prefecture,
                    agency: key.agency,
                    year: key.year,
                    points: BTreeMap::new(),
                })
                .points
                .entry(indicator)
                .or_insert(point);
        }
        Ok(rows.into_values().collect())
    }
}
