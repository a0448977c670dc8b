//! What is wrong with an SQL, for people: the name that was probably meant, in place of the engine's own words.

use crate::catalogue::distance;
use crate::message::query as said;
use crate::warehouse::schema::TABLES;

/// Longest name that is compared with others.
const MOST: usize = 64;

/// The sentence for an error of the engine.
pub fn explain(reason: &str) -> String {
    // Only the first part: polars adds its query plan.
    let reason = reason.split("\n\n").next().unwrap_or(reason).trim();
    if let Some(name) = between(reason, "unable to find column \"", "\"") {
        let list = between(reason, "valid columns: [", "]").unwrap_or_default();
        let columns: Vec<&str> = list
            .split(", ")
            .map(|c| c.trim_matches('"'))
            .filter(|c| !c.is_empty())
            .collect();
        return column(name, &columns);
    }
    if let Some(name) = between(reason, "no column named '", "'") {
        return column(name, &[]);
    }
    if let Some(name) = between(reason, "relation '", "' was not found") {
        let tables: Vec<&str> = TABLES.iter().map(|t| t.name).collect();
        return said::no_such_table(name, nearest(name, &tables), &tables.join("、"));
    }
    if let Some(name) = between(reason, "unsupported function '", "'") {
        return said::no_such_function(name);
    }
    if let Some(rest) = reason.split("sql parser error: ").nth(1) {
        let found = between(rest, "found: ", " at Line: ").unwrap_or_default();
        let place = between(rest, " at Line: ", ", Column: ")
            .zip(rest.split(", Column: ").nth(1).map(str::trim));
        if let Some((line, column)) = place {
            return said::syntax(found, line, column, rest);
        }
    }
    if reason.contains("cannot compare") {
        return said::types(reason);
    }
    said::failed(reason)
}

fn column(name: &str, columns: &[&str]) -> String {
    // A column of another table is a join that was forgotten; a Chinese name is a text in the wrong quotes.
    let chinese = name.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let elsewhere: Vec<&str> = TABLES
        .iter()
        .filter(|t| t.has(name))
        .map(|t| t.name)
        .collect();
    let known: Vec<&str>;
    let among = if columns.is_empty() {
        known = TABLES
            .iter()
            .flat_map(|t| t.columns.iter().map(|c| c.name))
            .collect();
        &known
    } else {
        columns
    };
    said::no_such_column(
        name,
        nearest(name, among),
        &elsewhere.join("、"),
        &columns.join("、"),
        chinese,
    )
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// The name nearest to what was written: a third of its characters may differ; or the only one that contains it.
pub fn nearest<'n>(wanted: &str, names: &[&'n str]) -> Option<&'n str> {
    let wanted = wanted.to_lowercase();
    let characters = |name: &str| name.chars().take(MOST + 1).collect::<Vec<_>>();
    let mistyped = characters(&wanted);
    let size = mistyped.len();
    if size == 0 || size > MOST {
        return None;
    }
    let near = names
        .iter()
        .map(|n| (distance(&mistyped, &characters(&n.to_lowercase())), *n))
        .min_by_key(|(d, n)| (*d, n.len()));
    if let Some((d, name)) = near
        && d <= (size / 3).max(1)
    {
        return Some(name);
    }
    let mut holding = names.iter().filter(|n| size >= 3 && n.contains(&wanted));
    let first = holding.next().copied();
    first.filter(|_| size >= 5 || holding.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant_is_found() {
        let names = ["observations", "documents", "dim_indicator", "dim_area"];
        assert_eq!(nearest("observation", &names), Some("observations"));
        assert_eq!(nearest("dim_indicatr", &names), Some("dim_indicator"));
        assert_eq!(nearest("DIM_AERA", &names), Some("dim_area"));
        assert_eq!(nearest("indicator", &names), Some("dim_indicator"));
        assert_eq!(nearest("xyz", &names), None);
        assert_eq!(nearest("", &names), None);
    }

    #[test]
    fn errors_of_the_engine_name_what_to_write() {
        let column =
            "not found: unable to find column \"yaer\"; valid columns: [\"year\", \"obs_value\"]";
        assert!(explain(column).contains("year"));
        assert!(explain("relation 'observation' was not found").contains("observations"));
        let syntax =
            "sql parser error: Expected: an SQL statement, found: SELEC at Line: 1, Column: 1";
        assert!(explain(syntax).contains("SELEC"));
        assert!(explain("something else").contains("something else"));
    }
}
