//! Dimension tables, for the star schemas of BI tools: one row an indicator, area, agency and period.
//!
//! `dim_indicator` is the catalogue. The others grow with what is loaded; each merge is a set union whose result does
//! not depend on the order of loading (where an area has had several names, that of the latest report year is shown).

use super::document::Stored;
use super::frame::{Rows, Value, date, text};
use super::period;
use super::rows::{Indicators, known_year, province};
use super::schema::{DIM_AGENCY, DIM_AREA, DIM_INDICATOR, DIM_TIME};
use crate::analysis::{Period, Place};
use crate::context::period::parse_iso;
use chrono::{Datelike, NaiveDate};
use polars::prelude::{DataFrame, PolarsResult};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the documents of a batch add to the dimensions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    areas: BTreeMap<String, Area>,
    agencies: BTreeSet<[String; 4]>,
    /// First and last day, as days since 1970-01-01.
    periods: BTreeMap<String, [i64; 2]>,
}

/// Ordered so that the greater one is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Area {
    year: i32,
    name: String,
    level: String,
    province_code: String,
    province: String,
    prefecture: String,
    county: String,
}

impl Seen {
    /// Takes note of a document's area, agency and periods, and of those of its observations.
    pub fn note(&mut self, document: &Stored) {
        let Some(analysis) = &document.analysis else {
            return;
        };
        let context = &analysis.context;
        self.area(&context.place, context.year);
        if !context.agency.is_empty() {
            let place = &context.place;
            let key = [
                &context.agency,
                &place.ref_area,
                &context.agency_domain,
                &place.area_name,
            ];
            self.agencies.insert(key.map(String::clone));
        }
        let mut last = (&context.place, context.year);
        for o in &analysis.observations {
            // Mostly the document's own, or that of the observation before.
            if !(Arc::ptr_eq(last.0, &o.place) && last.1 == o.year) {
                self.area(&o.place, o.year);
                last = (&o.place, o.year);
            }
            if !o.time_period.is_empty()
                && !self.periods.contains_key(&*o.time_period)
                && let Some(p) = o.period.or_else(|| parse_iso(&o.time_period))
            {
                self.periods.insert(o.time_period.to_string(), packed(&p));
            }
        }
    }

    /// Takes note of what another has seen.
    pub fn merge(&mut self, other: Seen) {
        for (code, area) in other.areas {
            self.keep_area(code, area);
        }
        self.agencies.extend(other.agencies);
        self.periods.extend(other.periods);
    }

    fn area(&mut self, place: &Place, year: i32) {
        if place.ref_area.is_empty() {
            return;
        }
        let level = match place.ref_area.as_bytes() {
            [_, _, b'0', b'0', b'0', b'0'] => "province",
            [_, _, _, _, b'0', b'0'] => "prefecture",
            _ => "county",
        };
        let area = Area {
            year: known_year(year),
            name: place.area_name.clone(),
            level: level.to_owned(),
            province_code: province(place).to_owned(),
            province: place.province.clone(),
            prefecture: place.prefecture.clone(),
            county: place.county.clone(),
        };
        self.keep_area(place.ref_area.clone(), area);
    }

    fn keep_area(&mut self, code: String, area: Area) {
        match self.areas.entry(code) {
            std::collections::btree_map::Entry::Vacant(e) => {
                e.insert(area);
            }
            std::collections::btree_map::Entry::Occupied(mut e) => {
                if area > *e.get() {
                    e.insert(area);
                }
            }
        }
    }

    /// `dim_area` with what was there before.
    pub fn areas(&mut self, present: &DataFrame) -> PolarsResult<DataFrame> {
        let years = present.column("name_year")?.i32()?.clone();
        for i in 0..present.height() {
            let at = |name: &str| cell(present, name, i);
            let area = Area {
                year: years.get(i).unwrap_or(0),
                name: at("area_name")?,
                level: at("level")?,
                province_code: at("province")?,
                province: at("province_name")?,
                prefecture: at("prefecture")?,
                county: at("county")?,
            };
            self.keep_area(at("ref_area")?, area);
        }
        let mut rows = Rows::new(&DIM_AREA, self.areas.len());
        for (code, a) in &self.areas {
            rows.push(&[
                text(code),
                text(&a.name),
                text(&a.level),
                text(&a.province_code),
                text(&a.province),
                text(&a.prefecture),
                text(&a.county),
                Value::Int32(a.year),
            ]);
        }
        rows.finish()
    }

    /// `dim_agency` with what was there before.
    pub fn agencies(&mut self, present: &DataFrame) -> PolarsResult<DataFrame> {
        for i in 0..present.height() {
            let at = |name: &str| cell(present, name, i);
            self.agencies.insert([
                at("agency")?,
                at("ref_area")?,
                at("agency_domain")?,
                at("area_name")?,
            ]);
        }
        let mut rows = Rows::new(&DIM_AGENCY, self.agencies.len());
        for [agency, ref_area, domain, area] in &self.agencies {
            rows.push(&[text(agency), text(domain), text(ref_area), text(area)]);
        }
        rows.finish()
    }

    /// `dim_time` with what was there before.
    pub fn periods(&mut self, present: &DataFrame) -> PolarsResult<DataFrame> {
        for i in 0..present.height() {
            let spelling = cell(present, "time_period", i)?;
            if let Some(p) = parse_iso(&spelling) {
                self.periods.insert(spelling, packed(&p));
            }
        }
        let mut rows = Rows::new(&DIM_TIME, self.periods.len());
        for (spelling, days) in &self.periods {
            let Some(p) = unpacked(*days) else { continue };
            let days = i32::try_from((p.end - p.start).num_days() + 1).unwrap_or(0);
            rows.push(&[
                text(spelling),
                date(Some(p.start)),
                date(Some(p.end)),
                Value::Int32(p.end.year()),
                Value::Text(period::granularity(&p)),
                Value::Int32(days),
            ]);
        }
        rows.finish()
    }
}

fn packed(p: &Period) -> [i64; 2] {
    let days = |d: NaiveDate| d.signed_duration_since(NaiveDate::default()).num_days();
    [days(p.start), days(p.end)]
}

fn unpacked([start, end]: [i64; 2]) -> Option<Period> {
    let date = |n: i64| NaiveDate::default().checked_add_signed(chrono::TimeDelta::try_days(n)?);
    Some(Period {
        start: date(start)?,
        end: date(end)?,
    })
}

fn cell(frame: &DataFrame, name: &str, row: usize) -> PolarsResult<String> {
    Ok(frame.column(name)?.str()?.get(row).unwrap_or("").to_owned())
}

/// `dim_indicator`.
pub fn indicators(indicators: &Indicators) -> PolarsResult<DataFrame> {
    let mut rows = Rows::new(&DIM_INDICATOR, 0);
    for i in indicators.iter() {
        rows.push(&[
            text(&i.id),
            text(&i.name),
            text(&i.unit),
            text(&i.kind),
            text(&i.domain),
            text(&i.group),
            text(&i.parent),
            text(&i.definition),
        ]);
    }
    rows.finish()
}
