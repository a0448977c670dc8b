//! Self-evaluation tables (绩效自评表): which columns hold the target, the value reached, weight and score, and the rows
//! of `targets`.

use super::grid::{Content, Grid, RowKind, squeeze};
use super::known::Forms;
use super::{Caption, address};
use crate::analysis::Target;
use crate::read::Block;
use rust_decimal::Decimal;

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
pub struct Plan {
    /// Index (into the grid's rows) of the row that names the columns.
    pub header: usize,
    /// Column and role.
    pub columns: Vec<(u32, Role)>,
}

impl Plan {
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
pub fn plan(forms: &Forms, grid: &Grid) -> Option<Plan> {
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
    for (at, row) in grid
        .rows
        .iter()
        .enumerate()
        .filter(|(_, r)| r.kind == RowKind::Header)
    {
        let mut columns = Vec::new();
        for &(c, i) in &row.cells {
            let Some(cell) = grid.cell(i) else { continue };
            let s = super::known::plain(&cell.text);
            for (role, words) in &roles {
                if words.contains(&s) && !columns.iter().any(|(_, r)| r == role) {
                    columns.push((c, *role));
                    break;
                }
            }
        }
        let has = |r: Role| columns.iter().any(|(_, x)| *x == r);
        if has(Role::Level3) && has(Role::Target)
            || has(Role::Level2) && has(Role::Target) && has(Role::Actual)
        {
            return Some(Plan {
                header: at,
                columns,
            });
        }
    }
    None
}

/// Name of the project that a table is about; an empty name where it is one but is not named.
pub fn project(forms: &Forms, grid: &Grid, caption: &Caption) -> Option<String> {
    let words = &forms.evaluation.project;
    for row in grid.rows.iter().take(6) {
        for (k, &(_, i)) in row.cells.iter().enumerate() {
            let Some(cell) = grid.cell(i) else { continue };
            if words.contains(&super::known::plain(&cell.text)) {
                let next = row
                    .cells
                    .get(k + 1..)
                    .unwrap_or(&[])
                    .iter()
                    .map(|&(_, j)| j)
                    .find(|&j| j != i);
                return Some(
                    next.and_then(|j| grid.cell(j))
                        .map_or(String::new(), |c| squeeze(&c.text)),
                );
            }
        }
    }
    let titled = |s: &String| {
        let s = squeeze(s);
        words.iter().any(|w| s.contains(w.as_str()))
    };
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

/// The rows of `targets`.
pub fn targets(grid: &Grid, plan: &Plan, project: &str, block: &Block, out: &mut Vec<Target>) {
    let mut level1 = String::new();
    let mut level2 = String::new();
    for row in grid.rows.iter().skip(plan.header + 1) {
        let text = |role: Role| {
            plan.column(role)
                .and_then(|c| grid.at(row, c))
                .and_then(|i| grid.cell(i))
                .map_or(String::new(), |c| squeeze(&c.text))
        };
        let number = |role: Role| -> Option<Decimal> {
            let i = grid.at(row, plan.column(role)?)?;
            match grid.of(i) {
                Content::Number(q) => Some(q.value),
                _ => None,
            }
        };
        let (a, b) = (text(Role::Level1), text(Role::Level2));
        if !a.is_empty() {
            level1 = a;
        }
        if !b.is_empty() {
            level2 = b;
        }
        let level3 = text(Role::Level3);
        let (target_text, actual_text) = (text(Role::Target), text(Role::Actual));
        if level3.is_empty() && plan.column(Role::Level3).is_some()
            || target_text.is_empty() && actual_text.is_empty()
        {
            continue;
        }
        let unit = [Role::Target, Role::Actual]
            .into_iter()
            .filter_map(|r| grid.at(row, plan.column(r)?))
            .find_map(|i| match grid.of(i) {
                Content::Number(q) if !q.unit.is_empty() => Some(q.unit.clone()),
                _ => None,
            });
        out.push(Target {
            project: project.to_string(),
            level1: level1.clone(),
            level2: level2.clone(),
            level3,
            target_text,
            actual_text,
            target_value: number(Role::Target),
            actual_value: number(Role::Actual),
            unit: unit.unwrap_or_default(),
            weight: number(Role::Weight),
            score: number(Role::Score),
            deviation_reason: text(Role::Reason),
            location: row
                .cells
                .first()
                .map_or(String::new(), |&(c, _)| address(block, row.row, c)),
        });
    }
}
