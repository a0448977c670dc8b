//! What the commands for analysts share: which indicator, which areas, which years.

use super::Failure;
use crate::analyse::{self, Filter, Indicator, NotFound};
use crate::catalogue::Catalogue;
use crate::context::Knowledge;
use crate::message::{self, analysts as said};
use crate::warehouse::Reader;
use rust_decimal::Decimal;
use std::path::PathBuf;

/// Arguments that every such command has.
#[derive(clap::Args, Debug)]
pub struct Scope {
    /// Folder of the warehouse
    #[arg(long, value_name = "DIR", default_value = "warehouse")]
    pub warehouse: PathBuf,
    /// Only these areas: six-digit codes or names, a prefecture or province takes in all below it (may be repeated)
    #[arg(long = "in", value_name = "AREA")]
    pub areas: Vec<String>,
    /// Only agencies whose name has these characters
    #[arg(long, value_name = "NAME", default_value = "")]
    pub agency: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

impl Scope {
    /// Opens the warehouse and resolves the areas.
    pub fn open(&self) -> Result<(Reader, Filter), Failure> {
        let reader = Reader::open(&self.warehouse)?;
        let areas = self
            .areas
            .iter()
            .map(|a| codes(a))
            .collect::<Result<Vec<_>, _>>()?;
        let filter = Filter {
            areas: areas.concat(),
            agency: self.agency.clone(),
            years: None,
            scenario: "actual".to_owned(),
        };
        Ok((reader, filter))
    }
}

/// The codes that a name may mean (there are 朝阳区 in several cities), or the code itself.
fn codes(given: &str) -> Result<Vec<String>, Failure> {
    let given = given.trim();
    if given.len() == 6 && given.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(vec![given.to_owned()]);
    }
    let found = Knowledge::builtin().places.find(given, 0);
    let codes: Vec<String> = found
        .into_iter()
        .find(|m| m.bytes == (0..given.len()))
        .map(|m| m.codes.iter().map(|c| format!("{c:06}")).collect())
        .unwrap_or_default();
    if codes.is_empty() {
        return Err(Failure::Usage(said::no_such_area(given)));
    }
    Ok(codes)
}

/// The indicator that is meant.
pub fn indicator(reader: &Reader, wanted: &str) -> Result<Indicator, Failure> {
    analyse::find(reader, wanted).map_err(|e| match e {
        NotFound::None(near) => Failure::Usage(said::no_such_indicator(wanted, &near)),
        NotFound::Several(found) => Failure::Usage(said::which_indicator(wanted, &found)),
        NotFound::Warehouse(e) => Failure::CannotRun(message::warehouse(&e)),
    })
}

/// All indicators that are meant: the one of that id or name, else every one whose name has all the words.
pub fn indicators(reader: &Reader, wanted: &str) -> Result<Vec<Indicator>, Failure> {
    match analyse::find(reader, wanted) {
        Ok(one) => Ok(vec![one]),
        Err(NotFound::Several(all)) => Ok(all),
        Err(NotFound::None(near)) => Err(Failure::Usage(said::no_such_indicator(wanted, &near))),
        Err(NotFound::Warehouse(e)) => Err(Failure::CannotRun(message::warehouse(&e))),
    }
}

/// The theme of an indicator, for sheets and headings: 民政-低保.
pub fn theme(indicator: &Indicator) -> String {
    let catalogue = Catalogue::builtin();
    let (domain, group) = (&indicator.domain, &indicator.group);
    let name = catalogue.domain_name(domain).unwrap_or(domain);
    match catalogue.group_name(domain, group).unwrap_or(group) {
        "" => name.to_owned(),
        group => format!("{name}-{group}"),
    }
}

/// First and last year: `2024`, `2020-2024`, `2020-`, `-2024`.
pub fn years(text: &str) -> Result<(i32, i32), String> {
    let year = |t: &str, open: i32| match t.trim() {
        "" => Ok(open),
        t => t.parse::<i32>().map_err(|_| said::no_such_year(t)),
    };
    match text.split_once(['-', '~', '—']) {
        Some((from, to)) => Ok((year(from, i32::MIN)?, year(to, i32::MAX)?)),
        None => {
            let only = year(text, 0)?;
            Ok((only, only))
        }
    }
}

/// A value with separators: 2,317,680.5; the mark of what is not exact before it.
pub fn value(value: Decimal, qualifier: &str) -> String {
    let mark = match qualifier {
        "approx" => "≈",
        "at_least" => "≥",
        "at_most" => "≤",
        _ => "",
    };
    format!("{mark}{}", message::grouped(value))
}

/// Statements as JSON: with everything that leads back to the text.
pub fn statement(s: &analyse::series::Statement) -> serde_json::Value {
    serde_json::json!({
        "obs_value": s.value.normalize().to_string(),
        "obs_value_max": s.value_max.map(|v| v.normalize().to_string()),
        "unit_measure": s.unit, "qualifier": s.qualifier, "value_text": s.value_text, "time_period": s.time_period,
        "reported_year": s.reported, "document_id": s.document_id, "file_name": s.file_name, "location": s.location,
        "evidence": s.evidence, "confidence": s.confidence, "obs_status": s.obs_status,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_one_or_a_span() {
        assert_eq!(years("2024"), Ok((2024, 2024)));
        assert_eq!(years("2020-2024"), Ok((2020, 2024)));
        assert_eq!(years("2020-"), Ok((2020, i32::MAX)));
        assert!(years("去年").is_err());
    }

    #[test]
    fn values_are_grouped_and_marked() {
        let of = |v: &str, q: &str| value(v.parse().unwrap(), q);
        assert_eq!(of("2317680.50", "exact"), "2,317,680.5");
        assert_eq!(of("-1234", "approx"), "≈-1,234");
        assert_eq!(of("87.4", ""), "87.4");
    }
}
