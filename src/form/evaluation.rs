//! Self-evaluation tables (绩效自评表): which columns hold the target, the value reached, weight and score, and the rows
//! of `targets`.

use super::grid::{Grid, Row, RowKind};
use super::known::{Forms, plain};
use super::{Caption, address};
use crate::analysis::{Figure, Target};
use crate::read::Block;
use crate::text::any_of::AnyOf;
use crate::text::blank::squeeze;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// What a column of a self-evaluation table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// 一级指标.
    Level1,
    /// 二级指标.
    Level2,
    /// 三级指标.
    Level3,
    /// 年度指标值.
    Target,
    /// 实际完成值.
    Actual,
    /// 分值.
    Weight,
    /// 得分.
    Score,
    /// 偏差原因.
    Reason,
}

/// The layout of a self-evaluation table.
#[derive(Debug)]
pub struct Plan<'f> {
    /// Index (into the grid's rows) of the row that names the columns.
    pub header: usize,
    /// Column and role.
    pub columns: Vec<(u32, Role)>,
    /// Labels of the row that sums up.
    totals: &'f AnyOf,
}

impl Plan<'_> {
    /// Role of a column below the header.
    pub fn role(&self, row: usize, column: u32) -> Option<Role> {
        (row > self.header).then(|| {
            self.columns
                .iter()
                .find(|(c, _)| *c == column)
                .map(|(_, r)| *r)
        })?
    }

    /// Column of a role.
    pub fn column(&self, role: Role) -> Option<u32> {
        self.columns
            .iter()
            .find(|(_, r)| *r == role)
            .map(|(c, _)| *c)
    }
}

/// Recognises a self-evaluation table by the names of its columns.
pub fn plan<'f>(forms: &'f Forms, grid: &Grid) -> Option<Plan<'f>> {
    let e = &forms.evaluation;
    let roles = [
        (Role::Level1, &e.level1),
        (Role::Level2, &e.level2),
        (Role::Level3, &e.level3),
        (Role::Target, &e.target),
        (Role::Actual, &e.actual),
        (Role::Weight, &e.weight),
        (Role::Score, &e.score),
        (Role::Reason, &e.reason),
    ];
    for (at, row) in headers(grid) {
        let mut found = candidates(grid, row, &roles);
        let mut header = at;
        // Names of columns in two rows: 绩效目标 over 指标值 and 完成值.
        if let Some(below) = grid.rows.get(at + 1).filter(|r| r.kind == RowKind::Header) {
            let more = candidates(grid, below, &roles);
            header += usize::from(!found.is_empty() && !more.is_empty());
            found.extend(more);
        }
        let columns = assign(found, &roles);
        let has = |r: Role| columns.iter().any(|(_, x)| *x == r);
        if has(Role::Level3) && has(Role::Target)
            || has(Role::Level2) && has(Role::Target) && has(Role::Actual)
        {
            return Some(Plan {
                header,
                columns,
                totals: &e.total,
            });
        }
    }
    None
}

fn headers<'g>(grid: &'g Grid) -> impl Iterator<Item = (usize, &'g Row)> {
    let rows = grid.rows.iter().enumerate();
    rows.filter(|(_, r)| r.kind == RowKind::Header)
}

/// A head that may give its column a role: place of the word in the role's list, index of the role, column.
type Candidate = (usize, usize, u32);

/// What the heads of a row may mean.
fn candidates(grid: &Grid, row: &Row, roles: &[(Role, &AnyOf)]) -> Vec<Candidate> {
    let mut found = Vec::new();
    for &(c, i) in &row.cells {
        let s = role_name(grid.name(i));
        // 绩效指标值 is 指标值, and 绩效目标值 目标值, unless a list has them as they are.
        let bare = s.strip_prefix("绩效");
        for (k, (_, words)) in roles.iter().enumerate() {
            let rank = words.place(s);
            let rank = rank.or_else(|| Some(words.words().len() + words.place(bare?)?));
            found.extend(rank.map(|rank| (rank, k, c)));
        }
    }
    found
}

/// One column a role and one role a column: of several heads for a role, the one that its list names first (三级指标
/// before 绩效指标, which may stand over all three levels).
fn assign(mut found: Vec<Candidate>, roles: &[(Role, &AnyOf)]) -> Vec<(u32, Role)> {
    found.sort_unstable();
    let mut columns: Vec<(u32, Role)> = Vec::new();
    for (_, k, c) in found {
        if let Some((role, _)) = roles.get(k)
            && !columns.iter().any(|(x, r)| *x == c || r == role)
        {
            columns.push((c, *role));
        }
    }
    columns
}

/// Name of the project that a table is about; an empty name where it is one but is not named.
pub fn project(forms: &Forms, grid: &Grid, caption: &Caption) -> Option<String> {
    let words = &forms.evaluation.project;
    for row in grid.rows.iter().take(6) {
        for (k, &(_, i)) in row.cells.iter().enumerate() {
            if words.is(grid.name(i)) {
                let next = row
                    .cells
                    .get(k + 1..)
                    .unwrap_or(&[])
                    .iter()
                    .map(|&(_, j)| j)
                    .find(|&j| j != i);
                return Some(
                    next.and_then(|j| grid.cell(j))
                        .map_or(String::new(), |c| squeeze(&c.text).into_owned()),
                );
            }
        }
    }
    let titled = |s: &String| words.is_in(&squeeze(s));
    let sheet_title = grid
        .rows
        .iter()
        .take(2)
        .filter(|r| r.kind == RowKind::Section)
        .flat_map(|r| &r.cells)
        .filter_map(|&(_, i)| grid.cell(i))
        .any(|c| titled(&c.text));
    (caption.lines.iter().rev().take(2).any(titled) || sheet_title).then(String::new)
}

/// What a head says without the letter that a formula knows its column by: 年度指标值（A） is 年度指标值.
fn role_name(head: &str) -> &str {
    let letter = |bracket: &str| {
        bracket
            .chars()
            .all(|c| c.is_ascii() && !c.is_ascii_digit() || matches!(c, '（' | '）' | '×' | '÷'))
    };
    match head
        .rfind(['（', '('])
        .and_then(|at| head.split_at_checked(at))
    {
        Some((name, bracket)) if !name.is_empty() && letter(bracket) => name,
        _ => head,
    }
}

/// The rows of `targets`. `figures` are those of the table, so that targets have the values and units found there.
pub fn targets(
    grid: &Grid,
    plan: &Plan,
    project: &str,
    block: &Block,
    figures: &[Figure],
    out: &mut Vec<Target>,
) {
    let mut by_cell: FxHashMap<&str, Option<&Figure>> = FxHashMap::default();
    for f in figures {
        // Several figures in one cell: none of them is the value.
        by_cell
            .entry(&f.location)
            .and_modify(|x| *x = None)
            .or_insert(Some(f));
    }
    let mut level1 = String::new();
    let mut level2 = String::new();
    for row in grid.rows.iter().skip(plan.header + 1) {
        let text = |role: Role| {
            plan.column(role)
                .and_then(|c| grid.at(row, c))
                .and_then(|i| grid.cell(i))
                .map_or(Cow::default(), |c| squeeze(&c.text))
        };
        let figure = |role: Role| -> Option<&Figure> {
            let cell = grid.cell(grid.at(row, plan.column(role)?)?)?;
            let at = address(block, cell.row, cell.column);
            by_cell.get(at.as_str()).copied().flatten()
        };
        let value = |role: Role| figure(role).map(|f| f.value);
        let (a, b) = (text(Role::Level1), text(Role::Level2));
        if !a.is_empty() && a != level1 {
            level1 = a.into_owned();
            // Another part begins; its lower level is its own.
            level2.clear();
        }
        if !b.is_empty() {
            level2 = b.into_owned();
        }
        let level3 = text(Role::Level3);
        let (target_text, actual_text) = (text(Role::Target), text(Role::Actual));
        let is_total = [level1.as_str(), &level3]
            .iter()
            .any(|l| plan.totals.is(&plain(l)));
        if level3.is_empty() && plan.column(Role::Level3).is_some()
            || target_text.is_empty() && actual_text.is_empty()
            || is_total
        {
            continue;
        }
        let unit = [Role::Target, Role::Actual]
            .into_iter()
            .filter_map(figure)
            .map(|f| f.unit.clone())
            .find(|u| !u.is_empty());
        out.push(Target {
            project: project.to_string(),
            level1: level1.clone(),
            level2: level2.clone(),
            level3: level3.into_owned(),
            target_text: target_text.into_owned(),
            actual_text: actual_text.into_owned(),
            target_value: value(Role::Target),
            actual_value: value(Role::Actual),
            unit: unit.unwrap_or_default().to_string(),
            weight: value(Role::Weight),
            score: value(Role::Score),
            deviation_reason: text(Role::Reason).into_owned(),
            location: row
                .cells
                .first()
                .map_or(String::new(), |&(c, _)| address(block, row.row, c)),
        });
    }
}
