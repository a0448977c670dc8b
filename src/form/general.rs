//! Any table: each figure is measured by the labels of its row and the heads of its column.

use super::evaluation::{Plan, Role};
use super::grid::{Content, Grid, RowKind, longer};
use super::known::{AMOUNTS, Form, SCORE};
use super::label::{Label, RowPlace};
use super::measure::open;
use super::outline::Outline;
use super::unit::caption_unit;
use super::{Caption, address};
use crate::analysis::{Scenario, Transformation};
use crate::bind::decide::{Decision, Evidence, Level};
use crate::bind::shared::Shared;
use crate::bind::{At, Binder, Rows};
use crate::catalogue::{Slot, TermId, role};
use crate::context::period;
use crate::quantity::{Qualifier, Quantity, Unit};
use crate::read::{Block, Cell};
use crate::text::blank::squeeze;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::OnceCell;
use std::sync::Arc;

/// The walk over one table.
pub struct Walk<'w, 'a> {
    pub(super) binder: &'w Binder<'a>,
    pub(super) grid: &'w Grid<'w>,
    pub(super) block: &'w Block,
    pub(super) index: usize,
    /// The labels of cells, each read when it is first asked for.
    labels: Vec<OnceCell<Box<Label<'w>>>>,
    pub(super) caption_terms: Vec<TermId>,
    caption_scenario: Option<Scenario>,
    caption_time: Option<period::PeriodMention>,
    pub(super) caption_units: Vec<Unit>,
    form: Option<&'w Form>,
    /// The table is about a single project, not the department.
    project: bool,
    /// The caption says that its money is not the agency's own.
    not_own: bool,
    /// A row sums the others, so that a row of the agency's name is one part among them.
    sum_row: bool,
}

impl<'w, 'a> Walk<'w, 'a> {
    /// Prepares a table.
    pub fn new(
        binder: &'w Binder<'a>,
        grid: &'w Grid<'w>,
        block: &'w Block,
        index: usize,
        caption: &Caption,
        sheet: bool,
        project: bool,
    ) -> Self {
        let mut lines = caption.lines.clone();
        // A sheet carries its caption in its first rows.
        for row in grid.rows.iter().take(6) {
            if row.kind == RowKind::Section {
                for &(_, i) in &row.cells {
                    if let Some(c) = grid.cell(i)
                        && c.row == row.row
                        && !lines.contains(&c.text)
                    {
                        lines.push(c.text.clone());
                    }
                }
            } else if row.kind == RowKind::Data {
                break;
            }
        }
        if sheet && let Some(t) = block.table() {
            lines.push(t.name.clone());
        }
        let mut terms = Vec::new();
        let mut scenario = None;
        let mut time = None;
        let mut units = Vec::new();
        for l in lines.iter().chain(&caption.note) {
            let (t, s) = binder.outline(l);
            terms.extend(t);
            scenario = s.or(scenario);
            let filed = binder.catalogue.forms().filed.is_in(&squeeze(l));
            let dated = if filed { "" } else { l };
            time = period::scan_at(dated, &binder.years())
                .into_iter()
                // 2023年…与上年对比: the first is what the table is about.
                .find(|m| m.period.is_some() || m.through.is_some())
                .or(time);
            let found = caption_unit(binder, l);
            if !found.is_empty() {
                units = found;
            }
        }
        let title = lines.join("\n");
        let mut labels: FxHashSet<&str> = FxHashSet::default();
        for (i, c) in grid.table.cells.iter().enumerate().take(800) {
            // No label of a form is a number.
            let number = c
                .text
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'.' | b','));
            if !number && !longer(&c.text, 40) {
                labels.insert(grid.name(i));
            }
        }
        let forms = binder.catalogue.forms();
        let form = forms.find(&title, &labels);
        let sum_row = grid
            .rows
            .iter()
            .filter(|r| r.kind == RowKind::Data)
            .filter_map(|r| grid.first_label(r))
            .any(|i| forms.sums.is(grid.name(i)));
        Walk {
            not_own: lines.iter().any(|l| forms.is_not_own(l))
                || form.is_none() && grid.heads().any(|l| forms.is_not_own(l)),
            sum_row,
            labels: grid.table.cells.iter().map(|_| OnceCell::new()).collect(),
            binder,
            grid,
            block,
            index,
            caption_terms: terms,
            caption_scenario: scenario,
            caption_time: time,
            caption_units: units,
            form,
            project,
        }
    }

    /// Reads every cell.
    pub fn run(&self, plan: Option<&Plan>, rows: &mut Rows) {
        let mut section: Vec<TermId> = Vec::new();
        let mut section_unit: Option<Unit> = None;
        let mut outline = Outline::default();
        let mut passed: FxHashSet<&str> = FxHashSet::default();
        let mut taken: Taken = Taken::default();
        for (r, row) in self.grid.rows.iter().enumerate() {
            match row.kind {
                RowKind::Index => continue,
                RowKind::Section if r > 0 => {
                    let first = row.cells.first().map(|&(_, i)| i);
                    if let Some(i) = first
                        && let Some(c) = self.grid.cell(i)
                    {
                        section = self.binder.outline(&c.text).0;
                        let unit = self.label(i).and_then(|l| l.unit.clone());
                        section_unit =
                            unit.or_else(|| caption_unit(self.binder, &c.text).into_iter().next());
                    }
                }
                _ => {}
            }
            if row.kind == RowKind::Header {
                outline.clear();
            }
            for &(column, i) in &row.cells {
                if let (Content::Label, Some(c)) = (self.grid.of(i), self.grid.cell(i))
                    && row.kind != RowKind::Header
                    && (c.row, c.column) == (row.row, column)
                {
                    outline.note(column, i, &c.text);
                }
            }
            passed.extend(self.grid.first_label(row).map(|i| self.grid.name(i)));
            let line = OnceCell::new();
            for &(column, i) in &row.cells {
                let Some(cell) = self.grid.cell(i) else {
                    continue;
                };
                if cell.row != row.row || cell.column != column {
                    continue;
                }
                match self.grid.of(i) {
                    Content::Number(q) if row.kind == RowKind::Data => {
                        let around = Around {
                            section: &section,
                            section_unit: section_unit.as_ref(),
                            outline: &outline,
                            passed: &passed,
                            line: &line,
                        };
                        self.figure((r, column), cell, q, plan, &around, &mut taken, rows);
                    }
                    Content::Prose => self.prose(r, column, cell, rows),
                    Content::Label
                        if column > 0 && row.kind == RowKind::Data && longer(&cell.text, 8) =>
                    {
                        self.prose(r, column, cell, rows);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Running text in a cell, about what its row is about.
    fn prose(&self, r: usize, column: u32, cell: &Cell, rows: &mut Rows) {
        let labels = self.labels_of(self.grid.labels(r, column), 40);
        let lead = labels.iter().flat_map(|l| &l.terms).map(|t| t.0).collect();
        let location = address(self.block, cell.row, cell.column).into();
        let at = At {
            block: self.index,
            location: &location,
        };
        self.binder.paragraph_about(&cell.text, &at, lead, rows);
    }

    /// What a cell says as a label.
    pub(super) fn label(&self, i: usize) -> Option<&Label<'w>> {
        let cell = self.grid.cell(i)?;
        let read = || Label::read(self.binder, &cell.text, self.grid.name(i)).into();
        self.labels.get(i).map(|l| &**l.get_or_init(read))
    }

    /// What those cells say that are no longer than a label.
    fn labels_of(&self, cells: Vec<usize>, longest: usize) -> Vec<&Label<'w>> {
        let short = |i: &usize| {
            self.grid
                .cell(*i)
                .is_some_and(|c| !longer(&c.text, longest))
        };
        let cells = cells.into_iter().filter(short);
        cells.filter_map(|i| self.label(i)).collect()
    }

    #[allow(clippy::too_many_arguments)]
    fn figure(
        &self,
        (r, column): (usize, u32),
        cell: &Cell,
        q: &Quantity,
        plan: Option<&Plan>,
        around: &Around,
        taken: &mut Taken,
        rows: &mut Rows,
    ) {
        let b = self.binder;
        let forms = b.catalogue.forms();
        let stubs = self.grid.labels(r, column);
        let stub = stubs.last().copied();
        let above: Vec<usize> = stub
            .and_then(|k| self.grid.cell(k))
            .map_or(Vec::new(), |c| around.outline.above(c.column).collect());
        let mut row_labels = self.labels_of(stubs, LONGEST);
        // A row of the agency's name is about all of it, as the document is, unless another row sums it with others.
        if !self.sum_row && !b.context.agency.is_empty() {
            row_labels.retain(|l| l.text != b.context.agency);
        }
        let heads = self.labels_of(self.grid.header(r, column), LONGEST);
        // A number without any label is no figure.
        if heads.is_empty() && row_labels.is_empty() {
            return;
        }
        let role = plan.and_then(|p| p.role(r, column));
        let unit = self
            .unit(
                (r, column),
                &row_labels,
                &heads,
                role,
                (&above, around.section_unit),
            )
            .map(|u| self.averaged(u, &row_labels));
        let Some(q) = self.with_unit(cell, q, unit.as_deref()) else {
            return;
        };
        let mut q = q;
        if role == Some(Role::Target)
            && q.qualifier == Qualifier::Exact
            && let Some(sign) = self.grid.sign_before(r, column)
        {
            q.qualifier = sign;
        }
        let scenario = self.cell_scenario(&heads, &row_labels, role, &q);
        let mut evidence: Vec<Evidence> = Vec::with_capacity(16);
        let mut residue: Vec<&str> = Vec::new();
        // Differences and growth: their head says nothing of what is measured.
        let compared = heads
            .iter()
            .enumerate()
            .find_map(|(k, h)| h.compares(forms).map(|sign| (k, sign)))
            .filter(|_| role.is_none());
        let naming = heads
            .get(..compared.map_or(heads.len(), |(k, _)| k))
            .unwrap_or(&[]);
        let all: Vec<&Label> = match role {
            // 三级指标 names what target and actual measure; the upper levels only class it.
            Some(_) => row_labels.last().copied().into_iter().collect(),
            None => row_labels.iter().chain(naming).copied().collect(),
        };
        let last_row = row_labels.last().copied();
        for (k, l) in all.iter().enumerate() {
            // Of several row labels, which come first, the outer ones class the inner: they may be meant.
            let outer = role.is_none() && k + 1 < row_labels.len();
            for &(t, _) in &l.terms {
                if !evidence.iter().any(|e| e.term == t) {
                    let level = if outer { Level::Ambient } else { Level::Own };
                    evidence.push(Evidence {
                        term: t,
                        level,
                        must: !outer,
                    });
                }
            }
            // 小计 and 合计 under a head mean what the head says.
            if !outer
                && let Some(w) = &l.residue
                && !(forms.sums.is(l.name) || forms.neutral.is(l.name))
            {
                residue.push(w);
            }
        }
        let place = self.place(&row_labels, naming, &mut residue);
        // 其中：… takes what it leaves unsaid from the row that it breaks down; so does a numbered or indented row that
        // says something of its own (1.城市 under 一、低保对象), and a row after 其中：… that names a part only.
        let says = last_row.is_some_and(|l| !l.terms.is_empty() && l.residue.is_none());
        let sublist = last_row.is_some_and(|l| l.roles & role::SUBLIST != 0);
        let only_part = last_row.is_some_and(|l| l.terms.iter().all(|t| t.1 == Slot::Part));
        let beside = stub
            .and_then(|k| self.grid.cell(k))
            .and_then(|c| around.outline.beside(c.column))
            .filter(|_| says && only_part);
        let parent = above
            .first()
            .copied()
            .filter(|_| sublist || says)
            .or(beside);
        if let Some(whole) = parent.and_then(|k| self.label(k)) {
            self.inherit(whole, &mut evidence);
        }
        let change = all
            .iter()
            .any(|l| l.roles & (role::UP | role::DOWN) != 0 && l.roles & role::BASE != 0)
            || heads.last().is_some_and(|h| {
                h.roles & role::BASE != 0 || h.roles & (role::UP | role::DOWN) != 0 && q.unit == "%"
            });
        // A growth in per cent is that of an indicator in the unit of its row.
        let compared = compared.map(|(_, sign)| {
            let of = self
                .unit(
                    (r, column),
                    &row_labels,
                    naming,
                    role,
                    (&above, around.section_unit),
                )
                .map_or(String::new(), |u| u.into_owned().base);
            if q.unit == "%" && of != "%" {
                (Transformation::GrowthRate, sign, of)
            } else {
                (Transformation::Change, sign, q.unit.clone())
            }
        });
        let unit = compared.as_ref().map_or(&q.unit, |(_, _, of)| of);
        let mut decision = self.decide(&mut evidence, &residue, around.section, unit);
        let row_name = last_row.map_or("", |l| l.name);
        if let Some(form) = self.form {
            // 其中：教育收费 under 事业收入 is not what stands above it.
            let inner = match heads.last() {
                Some(h) if h.text.starts_with("其中") => heads.len() - 1,
                _ => 0,
            };
            let head_names: Vec<&str> = naming.iter().skip(inner).map(|h| h.name).collect();
            match form.entry(row_name, &head_names, around.passed) {
                Some(e) if e.indicator.is_empty() => decision = open("表式规定此栏不对应目录指标"),
                Some(e) => {
                    let why = format!("依据表式“{}”", form.name);
                    decision = self.named(&e.indicator, 0.98, why).unwrap_or(decision);
                }
                None if form.only => decision = open("表式规定此栏不对应目录指标"),
                None => {}
            }
        }
        let words = &forms.evaluation;
        let is_total = words.total.is(row_name);
        match role {
            Some(Role::Weight) => decision = open("分值是评分的权重"),
            Some(Role::Score) if is_total && !self.project => decision = self.bind_id(SCORE),
            Some(Role::Score) => decision = open("单项指标的得分"),
            _ if q.unit == "分" => decision = open("评分"),
            _ => {}
        }
        if role.is_none()
            && plan.is_some()
            && !self.project
            && words.amounts.is(row_name)
            && q.unit == "元"
        {
            decision = self.bind_id(AMOUNTS);
        }
        if self.project && self.is_common(&decision) {
            decision = open("单个项目的数，不是部门整体");
        }
        if b.is_of_other(&decision).is_some() || self.not_own && self.is_common(&decision) {
            decision = open("基金或本地区的收支，不是部门自身的");
        }
        if change && compared.is_none() {
            decision = open("增减或与另一数相比的值");
        }
        if let Decision::Bound { indicator, .. } = &decision {
            let money = |i: &usize| {
                b.catalogue
                    .indicators()
                    .get(*i)
                    .is_some_and(|i| i.unit.starts_with('元'))
            };
            if unit.is_empty() && !q.value.is_zero() && money(indicator) {
                decision = open("金额的单位不明：元还是万元，表内外都没有写");
            } else if parent.is_some_and(|p| taken.wholes.get(&(p, column)) == Some(indicator)) {
                decision = open("其中项是上一行的一部分，不是它的全部");
            } else if forms.sums.is(row_name)
                && !evidence.iter().any(|e| {
                    let t = b.lexicon.term(e.term);
                    e.level == Level::Own && t.slot == Slot::Topic && !t.weak
                })
                && taken
                    .parts
                    .get(&column)
                    .is_some_and(|p| p.iter().any(|&y| !self.is_part(y, *indicator)))
            {
                decision = open("合计的是几类不同的数，不是标题所说的一类");
            } else {
                if let Some(p) = stub {
                    taken.wholes.insert((p, column), *indicator);
                }
                let parts = taken.parts.entry(column).or_default();
                if !parts.contains(indicator) {
                    parts.push(*indicator);
                }
            }
        }
        let place = match place {
            RowPlace::Own(p) => p,
            RowPlace::Below => {
                decision = open("县级以下地方的数");
                b.context.place.clone()
            }
            RowPlace::Document => b.context.place.clone(),
        };
        let time = naming
            .iter()
            .rev()
            .chain(row_labels.iter().rev())
            .find_map(|l| l.time.as_ref())
            .or(self.caption_time.as_ref());
        self.push(
            cell,
            &q,
            decision,
            scenario,
            time,
            place,
            compared.map(|(t, sign, _)| (t, sign)),
            &row_labels,
            &heads,
            around.line,
            &mut taken.shared,
            rows,
        );
    }

    fn cell_scenario(
        &self,
        heads: &[&Label<'w>],
        row_labels: &[&Label<'w>],
        role: Option<Role>,
        q: &Quantity,
    ) -> Scenario {
        match role {
            Some(Role::Target) => return Scenario::Target,
            Some(Role::Actual) => return Scenario::Actual,
            _ => {}
        }
        let money = q.unit.starts_with('元');
        heads
            .iter()
            .rev()
            .chain(row_labels.iter().rev())
            .find_map(|l| l.scenario)
            .or(self.caption_scenario)
            .or_else(|| self.binder.outer_scenario())
            .filter(|s| money || *s != Scenario::Budget)
            .unwrap_or_default()
    }

    /// The area a row is about, or that its column is about. What a label says of the area is no residue.
    fn place<'s>(
        &self,
        row_labels: &[&'s Label<'w>],
        heads: &[&'s Label<'w>],
        residue: &mut Vec<&str>,
    ) -> RowPlace {
        // 社区居委会 is what is counted, not a place.
        let counted =
            |l: &Label<'w>| l.residue.is_none() && l.terms.iter().any(|t| t.1 == Slot::Topic);
        let of_row = row_labels
            .iter()
            .rev()
            .filter(|l| !counted(l))
            .find_map(|l| Some((l, l.place(self.binder)?)));
        let of_head = || {
            let mut heads = heads.iter().rev();
            heads.find_map(|l| match l.place(self.binder) {
                Some(own @ RowPlace::Own(_)) => Some((l, own)),
                _ => None,
            })
        };
        match of_row.or_else(of_head) {
            Some((label, place)) => {
                residue.retain(|w| !label.text.contains(w));
                place.clone()
            }
            None => RowPlace::Document,
        }
    }
}

/// Characters of a label at most.
const LONGEST: usize = 60;

/// What has been bound in the rows above.
#[derive(Default)]
struct Taken {
    /// Indicator of a row that others break down, by its label's cell and the column.
    wholes: FxHashMap<(usize, u32), usize>,
    /// Indicators of a column's rows.
    parts: FxHashMap<u32, Vec<usize>>,
    /// Texts of the rows of the figure before.
    shared: Shared,
}

/// What stands above a row.
struct Around<'x> {
    section: &'x [TermId],
    /// The unit that the section states: 二、收支情况（万元）.
    section_unit: Option<&'x Unit>,
    outline: &'x Outline,
    /// Labels that rows have begun with, this one's included.
    passed: &'x FxHashSet<&'x str>,
    /// The row as it stands, put together for the first observation in it.
    line: &'x OnceCell<Arc<str>>,
}
