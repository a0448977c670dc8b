//! 合计: the total of a table against the sum of its rows, whatever the table is about.
//!
//! Most tables of townships, projects or subjects have a row 合计 and are in no catalogue. Whether its rows are all that it
//! is made of, only the table itself can show, so that a table counts only where
//!
//! * there is one row with a total, the first or the last with figures;
//! * no row is a part of another (其中, 小计, numbering of several levels, indents), except by code: of 208, 20802 and
//!   2080201 the shortest are added up;
//! * the column is not one of rates, standards or averages, and every cell of it is an exact figure of one unit, or empty;
//! * another column of the table does add up, and no more columns fail than do. A table of one column counts where the
//!   difference is slight: a slip, rather than rows left out.

use super::arithmetic::compare;
use super::compare::blank;
use super::fact::Fact;
use super::rules::{Rows, Rule};
use super::say::Named;
use super::{Check, Outcome};
use crate::analysis::{Analysis, Figure};
use crate::quantity::Qualifier;
use crate::read::{Cell, Table};
use crate::text::blank::squeeze;
use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;

/// In a table of one column, a difference up to this share of the total is a slip: 1 %.
const SLIGHT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
/// Rows that a total of one column is made of, at least.
const ROWS: usize = 3;

/// What stands in a cell.
enum Content<'a> {
    /// Nothing, or a dash.
    Empty,
    /// One exact figure, with its index.
    Figure(usize, &'a Figure),
    /// Anything else.
    Other,
}

/// A row that has figures.
#[derive(Default)]
struct Line<'a> {
    label: Cow<'a, str>,
    code: &'a str,
    indented: bool,
    /// What stands in its columns, in order.
    cells: Vec<(u32, Content<'a>)>,
}

impl<'a> Line<'a> {
    fn cell(&self, column: u32) -> Option<&Content<'a>> {
        // Of several in a column the last counts.
        let after = self.cells.partition_point(|(c, _)| *c <= column);
        let (found, content) = self.cells.get(after.checked_sub(1)?)?;
        (*found == column).then_some(content)
    }
}

/// A column with its total.
struct Column<'a> {
    total: Fact<'a>,
    location: &'a str,
    head: String,
    sum: Decimal,
    outcome: Outcome,
    difference: Decimal,
    tolerance: Decimal,
    parts: usize,
}

/// Every total of every table.
pub fn totals(rule: &Rule, rows: &Rows, analysis: &Analysis, say: &Named) -> Vec<Check> {
    let mut figures: FxHashMap<usize, Vec<(usize, &Figure)>> = FxHashMap::default();
    for (n, f) in analysis.quantities.iter().enumerate() {
        if f.location.contains('!') {
            figures.entry(f.block).or_default().push((n, f));
        }
    }
    let mut bound: FxHashMap<usize, usize> = FxHashMap::default();
    if !figures.is_empty() {
        let of = |(n, o): (usize, &crate::Observation)| o.quantity.map(|q| (q, n));
        bound.extend(analysis.observations.iter().enumerate().filter_map(of));
    }
    let mut out = Vec::new();
    for (index, block) in analysis.blocks.iter().enumerate() {
        let (Some(table), Some(figures)) = (block.table(), figures.get(&index)) else {
            continue;
        };
        let columns = columns(table, figures, rows, analysis, &bound);
        let count = |fails: bool| {
            let counted =
                |c: &&Column| (c.outcome == Outcome::Fail) == fails && (fails || !c.sum.is_zero());
            columns.iter().filter(counted).count()
        };
        let (passed, failed) = (count(false), count(true));
        for c in &columns {
            let slight = || {
                c.parts >= ROWS
                    && c.total
                        .value
                        .abs()
                        .checked_mul(SLIGHT)
                        .is_some_and(|most| c.difference.abs() <= most)
            };
            let proven = if passed == 0 {
                failed == 1 && slight()
            } else {
                passed >= failed
            };
            if c.outcome == Outcome::Fail && !proven {
                continue;
            }
            out.push(Check {
                expected: Some(c.sum),
                difference: Some(c.difference),
                tolerance: Some(c.tolerance),
                explanation: say.total(
                    &c.total,
                    (c.location, &c.head),
                    c.sum,
                    c.difference,
                    c.outcome,
                ),
                ..blank(rule, &c.total, &[], c.outcome)
            });
        }
    }
    out
}

fn columns<'a>(
    table: &'a Table,
    figures: &[(usize, &'a Figure)],
    rows: &Rows,
    analysis: &'a Analysis,
    bound: &FxHashMap<usize, usize>,
) -> Vec<Column<'a>> {
    let lines = lines(table, figures);
    let Some((total, parts)) = parts(&lines, rows) else {
        return Vec::new();
    };
    let first = lines.first().map_or(0, |(row, _)| *row);
    let mut keys: Vec<u32> = total.cells.iter().map(|(column, _)| *column).collect();
    keys.dedup();
    let mut out = Vec::new();
    for column in keys {
        let Some(Content::Figure(n, figure)) = total.cell(column) else {
            continue;
        };
        let unit = &*figure.unit;
        let head = head(table, first, column);
        if unit.contains(['%', '‰', '/']) || rows.not_columns.is_match(&head) {
            continue;
        }
        let mut fact = Fact::unbound(figure, analysis);
        fact.observation = bound.get(n).copied();
        let added = || {
            let (mut sum, mut tolerance, mut count) = (Decimal::ZERO, fact.half, 0);
            for line in &parts {
                match line.cell(column) {
                    None | Some(Content::Empty) => {}
                    Some(Content::Figure(_, f)) if *f.unit == *unit => {
                        let (half, _) = super::fact::written(&f.value_text, f.value, &f.unit);
                        sum = sum.checked_add(f.value)?;
                        tolerance = tolerance.checked_add(half)?;
                        count += 1;
                    }
                    Some(_) => return None,
                }
            }
            let (outcome, difference) = compare(fact.value, sum, tolerance)?;
            (count >= 2).then_some((sum, tolerance, count, outcome, difference))
        };
        if let Some((sum, tolerance, parts, outcome, difference)) = added() {
            out.push(Column {
                location: &figure.location,
                head,
                sum,
                outcome,
                difference,
                tolerance,
                parts,
                total: fact,
            });
        }
    }
    out
}

/// What stands in a cell, with its place.
type Placed<'a> = ((u32, u32), Option<Content<'a>>);

/// What `at`, in the order of places, has of a cell. `near` is where to look: behind the cell asked for before.
fn at_cell<'s, 'a>(
    at: &'s mut [Placed<'a>],
    near: &mut usize,
    cell: &Cell,
) -> Option<&'s mut Placed<'a>> {
    let place = (cell.row, cell.column);
    let before = near.checked_sub(1).and_then(|k| at.get(k));
    let behind = at.get(*near);
    // Cells come in that order too, as a rule.
    if before.is_some_and(|(p, _)| *p >= place) || behind.is_some_and(|(p, _)| *p < place) {
        *near = at.partition_point(|(p, _)| *p < place);
    }
    let found = at.get_mut(*near).filter(|(p, _)| *p == place)?;
    *near += 1;
    Some(found)
}

/// The rows that have figures, by row from 0.
fn lines<'a>(table: &'a Table, figures: &[(usize, &'a Figure)]) -> Vec<(u32, Line<'a>)> {
    let mut at: Vec<Placed> = Vec::with_capacity(figures.len());
    for &(n, f) in figures {
        let Some(place) = Table::place(&f.location) else {
            continue;
        };
        let exact = f.qualifier == Qualifier::Exact && f.value_max.is_none();
        let content = match exact {
            true => Content::Figure(n, f),
            false => Content::Other,
        };
        at.push((place, Some(content)));
    }
    // They come so.
    at.sort_by_key(|(place, _)| *place);
    at.dedup_by(|next, first| {
        // Several figures in a cell are none that can be added up.
        let same = next.0 == first.0;
        if same {
            first.1 = Some(Content::Other);
        }
        same
    });
    // A cell that says more than its figure is a sentence.
    let mut near = 0;
    for cell in &table.cells {
        if let Some((_, content)) = at_cell(&mut at, &mut near, cell)
            && let Some(Content::Figure(_, f)) = content
            && cell.text.len() > f.value_text.len() + 2
            && cell.text.trim().chars().count() > f.value_text.chars().count() + 2
        {
            *content = Some(Content::Other);
        }
    }
    let figures = at
        .iter()
        .filter(|(_, c)| matches!(c, Some(Content::Figure(..))));
    let mut rows: Vec<u32> = figures.map(|((row, _), _)| *row).collect();
    rows.dedup();
    let mut lines: Vec<(u32, Line)> = Vec::new();
    let mut near = 0;
    for cell in &table.cells {
        if lines.last().is_none_or(|(row, _)| *row != cell.row) {
            if rows.binary_search(&cell.row).is_err() {
                continue;
            }
            lines.push((cell.row, Line::default()));
        }
        let Some((_, line)) = lines.last_mut() else {
            continue;
        };
        let text = cell.text.trim();
        // Taken: another cell of the same place is none with a figure.
        let found = at_cell(&mut at, &mut near, cell);
        let content = found.and_then(|(_, content)| content.take());
        if content.is_none() && line.cells.is_empty() {
            // Left of the figures stand a code or a number, and the name.
            let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
            if digits && line.code.is_empty() && line.label.is_empty() {
                line.code = text;
            } else if line.label.is_empty() && !text.is_empty() {
                line.label = squeeze(text);
                line.indented = cell.text.starts_with(char::is_whitespace);
            }
            continue;
        }
        let content = content.unwrap_or(match text {
            "" | "-" | "—" | "——" | "/" | "\\" | "－" => Content::Empty,
            _ => Content::Other,
        });
        line.cells.push((cell.column, content));
    }
    for (_, line) in &mut lines {
        line.cells.sort_by_key(|(column, _)| *column);
    }
    lines
}

/// The row with the total, and the rows that it is made of; `None` where the table is not so simple.
fn parts<'l, 'a>(
    lines: &'l [(u32, Line<'a>)],
    rows: &Rows,
) -> Option<(&'l Line<'a>, Vec<&'l Line<'a>>)> {
    let is_total = |l: &Line| rows.total.is_match(&l.label);
    let mut totals = lines.iter().enumerate().filter(|(_, (_, l))| is_total(l));
    let (at, (_, total)) = totals.next()?;
    if totals.next().is_some() || (at != 0 && at + 1 != lines.len()) {
        return None;
    }
    let others: Vec<&Line> = lines
        .iter()
        .enumerate()
        .filter(|(n, _)| *n != at)
        .map(|(_, (_, l))| l)
        .collect();
    let intricate = |l: &&Line| l.label.is_empty() || rows.not_rows.is_match(&l.label);
    if others.iter().any(intricate) {
        return None;
    }
    let long = |l: &&Line| l.code.len() >= 3;
    if others.iter().any(&long) {
        // Subjects by code: those that are below no other one.
        if !others.iter().all(long) {
            return None;
        }
        let codes: FxHashSet<&str> = others.iter().map(|l| l.code).collect();
        let below =
            |code: &str| (1..code.len()).any(|n| code.get(..n).is_some_and(|c| codes.contains(c)));
        let top = others.into_iter().filter(|l| !below(l.code)).collect();
        return Some((total, top));
    }
    let level = |l: &&Line| (numbering(&l.label), l.indented);
    let same = others.first().map(level)?;
    others
        .iter()
        .all(|l| level(l) == same)
        .then_some((total, others))
}

/// How a label is numbered: 一、 1. （一） (1) or not.
fn numbering(label: &str) -> u8 {
    let mut chars = label.chars();
    let (first, second) = (chars.next(), chars.next());
    let number = |c: Option<char>| {
        c.is_some_and(|c| c.is_ascii_digit() || "一二三四五六七八九十".contains(c))
    };
    match first {
        Some('(' | '（') if number(second) => 3,
        Some(c) if c.is_ascii_digit() => 2,
        Some(_) if number(first) && matches!(second, Some('、' | '.' | '．')) => 1,
        _ => 0,
    }
}

/// The words above a column: those of the cells over it in the rows before the first with figures.
fn head(table: &Table, first: u32, column: u32) -> String {
    let mut words: Vec<Cow<str>> = Vec::new();
    let over = table
        .cells
        .iter()
        .take_while(|c| c.row < first)
        .filter(|c| (c.column..c.column.saturating_add(c.column_span)).contains(&column));
    for cell in over {
        let text = squeeze(&cell.text);
        if !text.is_empty() && words.last() != Some(&text) {
            words.push(text);
        }
    }
    // A title over the whole table says nothing of the column.
    let start = words.len().saturating_sub(2);
    words.split_off(start).join("·")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_find_their_figures_in_any_order() {
        let table = Table::of([["1", "2", "3"], ["4", "5", "6"]]);
        let places = [(0, 1), (0, 2), (1, 1)];
        let mut at: Vec<Placed> = places.map(|p| (p, Some(Content::Empty))).into();
        let mut near = 0;
        let twice = table.cells.iter().chain(table.cells.iter().rev());
        for cell in twice {
            let place = (cell.row, cell.column);
            let found = at_cell(&mut at, &mut near, cell).map(|(p, _)| *p);
            assert_eq!(found, places.contains(&place).then_some(place));
        }
    }

    #[test]
    fn numbering_tells_levels_apart() {
        assert_eq!(numbering("一、社会救助"), numbering("十、其他"));
        assert_ne!(numbering("一、社会救助"), numbering("（一）低保"));
        assert_ne!(numbering("1.低保"), numbering("（1）低保"));
        assert_eq!(numbering("巩昌镇"), 0);
        assert_eq!(numbering("三河镇"), 0);
    }
}
