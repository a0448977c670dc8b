//! Where a document speaks from, and when: its area, agency, year and period.
//!
//! # Precedence
//!
//! Each of the four is taken from the first of these that names it:
//!
//! 1. the command line (`--area`, `--year`, agency);
//! 2. the title, and the lines under it;
//! 3. form headers (填报单位：…, 预算部门名称 | …, 年度：2020) and the signature (name and date at the end);
//! 4. the body: for an area how often it is named, for a year how often it is spoken of;
//! 5. the name of the file;
//! 6. the enclosing folders, the innermost first;
//! 7. the main document of the submission.
//!
//! What came from 1, 5, 6 or 7 — not from the document itself — is listed in [`DocumentContext::inherited`].
//!
//! # Area
//!
//! The area of an agency wins over areas that are merely mentioned (a delegation from 商丘市 does not make a report
//! 商丘's), a path (湖南省衡阳市衡山县) over a name, and what stands inside 《》 (the superior's notice) says nothing. A name that several areas
//! bear (鼓楼区, bare 衡阳) is settled by the other places that the document, its file and its folders name, then by how the text
//! speaks of itself (全县, 全市). Where two remain equally likely the area stays unknown: an unknown area can be given with
//! `--area`, a wrong one spoils a comparison unseen. A zone without a code (高新区) falls back to the city before it. A title that says
//! 全国, or names a ministry, speaks for no area of the table.
//!
//! # Agency
//!
//! The name of the area in the report's year and the department's full name (衡山县民政局 also where the title says 湖南省衡山民政局 or
//! 县民政局), so that one agency has one name. Where no department is named, the topic of the title says which one
//! reports on it, and what it was called in that year; that is noted in `inherited` too.
//!
//! # Year
//!
//! The year reported on, not the year of writing: of a title with several years the first (2020年总结和2021年打算), of a span the last
//! (2018—2020年). A document that only has a date of signature reports on the year before if it is an annual report signed in
//! the first nine months, else on the year of its date.

pub mod agency;
pub mod area;
mod evidence;
pub mod period;
mod resolve;
pub mod section;
mod weigh;
mod who;

use crate::analysis::DocumentContext;
use std::sync::OnceLock;

pub use resolve::resolve;

/// What is known about a document from outside of it.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// Code or name of the area, from the command line.
    pub area: Option<String>,
    /// Year, from the command line.
    pub year: Option<i32>,
    /// Name of the agency, from the command line.
    pub agency: Option<String>,
    /// Names of the enclosing folders, the outermost first.
    pub folders: Vec<String>,
    /// Context of the submission's main document.
    pub siblings: Option<DocumentContext>,
}

/// The tables of places and agencies. Built once, shared by threads.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// Areas as of any year.
    pub places: area::Gazetteer,
    /// Departments and their domains.
    pub agencies: agency::Agencies,
}

const AREAS: &str = include_str!("../../pipelines/areas.csv");

/// A fault in one of the tables.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// In `areas.csv`.
    #[error(transparent)]
    Area(#[from] area::AreaError),
    /// In `agencies.toml`.
    #[error(transparent)]
    Agency(#[from] agency::AgencyError),
}

impl Knowledge {
    /// The tables compiled into the program; read on first use, in a few milliseconds.
    pub fn builtin() -> &'static Knowledge {
        static BUILTIN: OnceLock<Knowledge> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            // The tests read both files; a fault cannot be shipped. Without them nothing is known, and nothing fails.
            Knowledge::extended(&[]).unwrap_or_default()
        })
    }

    /// The compiled-in tables with departments added.
    ///
    /// # Errors
    /// As for [`Knowledge::from_parts`].
    pub fn extended(departments: &[agency::Department]) -> Result<Self, KnowledgeError> {
        Ok(Knowledge {
            places: area::Gazetteer::parse(AREAS)?,
            agencies: agency::Agencies::builtin(departments)?,
        })
    }

    /// Tables from the texts of `areas.csv` and `agencies.toml`.
    ///
    /// # Errors
    /// The first fault of either file.
    pub fn from_parts(areas_csv: &str, agencies_toml: &str) -> Result<Self, KnowledgeError> {
        Ok(Knowledge {
            places: area::Gazetteer::parse(areas_csv)?,
            agencies: agency::Agencies::parse(agencies_toml)?,
        })
    }
}

#[cfg(test)]
mod tests;
