//! Any table: each figure is measured by the labels of its row and the heads of its column.

use super::evaluation::{Plan, Role};
use super::grid::{Content, Grid, RowKind, squeeze};
use super::known::{Form, plain};
use super::{Caption, address};
use crate::analysis::{Figure, Observation, Place, Scenario, Transformation};
use crate::bind::decide::{self, Decision, Evidence, Level};
use crate::bind::phrase::Prepared;
use crate::bind::{At, Binder, Rows, aspect};
use crate::catalogue::{Slot, TermId, role};
use crate::context::{area::RowArea, period};
use crate::quantity::{Quantity, Unit};
use crate::read::{Block, Cell};
use rustc_hash::FxHashMap;

/// What a label says, looked up once a cell.
#[derive(Clone, Default)]
struct Label {
    text: String,
    terms: Vec<(TermId, Slot)>,
    roles: u32,
    residue: Option<String>,
    unit: Option<Unit>,
    scenario: Option<Scenario>,
    time: Option<period::PeriodMention>,
    /// Ends in a word that implies a unit: 人数, 户数, 执行率.
    implied: Option<Unit>,
}

/// The walk over one table.
pub struct Walk<'w, 'a> {
    binder: &'w Binder<'a>,
    grid: &'w Grid<'w>,
    block: &'w Block,
    index: usize,
    caption_terms: Vec<TermId>,
    caption_scenario: Option<Scenario>,
    caption_time: Option<period::PeriodMention>,
    caption_units: Vec<Unit>,
    form: Option<&'w Form>,
    /// The table is about a single project, not the department.
    project: bool,
}

/// Suffixes of labels that imply a unit, longest first.
const IMPLIED: &[(&str, &str)] = &[
    ("人次数", "人次"),
    ("户次数", "户次"),
    ("批次数", "批次"),
    ("团组数", "个"),
    ("床位数", "张"),
    ("人次", "人次"),
    ("户次", "户次"),
    ("批次", "批次"),
    ("人数", "人"),
    ("户数", "户"),
    ("对数", "对"),
    ("辆数", "辆"),
    ("件数", "件"),
    ("编制", "人"),
    ("编制数", "人"),
    ("率", "%"),
    ("比重", "%"),
    ("占比", "%"),
    ("比例", "%"),
    ("满意度", "%"),
    ("分值", "分"),
    ("得分", "分"),
    ("权重", "分"),
];

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
            time = period::scan(l, binder.context.year)
                .into_iter()
                .rfind(|m| m.period.is_some() || m.through.is_some())
                .or(time);
            let found = caption_unit(binder, l);
            if !found.is_empty() {
                units = found;
            }
        }
        let title = lines.join("\n");
        let has_label = |label: &str| {
            grid.table
                .cells
                .iter()
                .take(400)
                .any(|c| c.text.chars().count() <= 40 && plain(&c.text) == label)
        };
        let form = binder.catalogue.forms().find(&title, has_label);
        Walk {
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
        let mut labels: FxHashMap<usize, Label> = FxHashMap::default();
        let mut section: Vec<TermId> = Vec::new();
        let mut parent: Option<usize> = None;
        let mut passed: Vec<String> = Vec::new();
        for (r, row) in self.grid.rows.iter().enumerate() {
            match row.kind {
                RowKind::Index => continue,
                RowKind::Section if r > 0 => {
                    if let Some(c) = row.cells.first().and_then(|&(_, i)| self.grid.cell(i)) {
                        section = self.binder.outline(&c.text).0;
                    }
                }
                _ => {}
            }
            // A row 其中：… breaks down the nearest row above that is none.
            let first = row
                .cells
                .iter()
                .map(|(_, i)| *i)
                .find(|&i| matches!(self.grid.of(i), Content::Label));
            if let Some(c) = first.and_then(|i| self.grid.cell(i)) {
                if row.kind == RowKind::Data && !squeeze(&c.text).starts_with("其中") {
                    parent = first;
                }
                let name = plain(&c.text);
                if passed.last() != Some(&name) {
                    passed.push(name);
                }
            }
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
                            parent,
                            passed: &passed,
                        };
                        self.figure(r, column, i, q, plan, &around, &mut labels, rows);
                    }
                    Content::Prose => self.prose(r, column, cell, &mut labels, rows),
                    Content::Label
                        if column > 0
                            && row.kind == RowKind::Data
                            && cell.text.chars().count() > 8 =>
                    {
                        self.prose(r, column, cell, &mut labels, rows);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Running text in a cell, about what its row is about.
    fn prose(
        &self,
        r: usize,
        column: u32,
        cell: &Cell,
        labels: &mut FxHashMap<usize, Label>,
        rows: &mut Rows,
    ) {
        let mut lead = Vec::new();
        for i in self.grid.labels(r, column) {
            if let Some(c) = self.grid.cell(i).filter(|c| c.text.chars().count() <= 40) {
                lead.extend(self.label(i, c, labels).terms.iter().map(|t| t.0));
            }
        }
        let location = address(self.block, cell.row, cell.column);
        let at = At {
            block: self.index,
            location: &location,
        };
        self.binder.paragraph_about(&cell.text, &at, lead, rows);
    }

    fn label(&self, i: usize, c: &Cell, labels: &mut FxHashMap<usize, Label>) -> Label {
        if let Some(l) = labels.get(&i) {
            return l.clone();
        }
        let l = self.read_label(&c.text);
        labels.insert(i, l.clone());
        l
    }

    fn read_label(&self, raw: &str) -> Label {
        let text = squeeze(raw);
        let b = self.binder;
        let mut unit = None;
        // Brackets at the end hold the unit, or an aside (按月平均).
        let mut body = text.clone();
        let mut guard = 0;
        while body.ends_with(['）', ')']) && guard < 3 {
            guard += 1;
            let Some(open) = body.rfind(['（', '(']) else {
                break;
            };
            let inner = body
                .get(open..)
                .unwrap_or("")
                .trim_matches(|c| matches!(c, '（' | '）' | '(' | ')'))
                .to_string();
            let found = b.reader.unit(
                inner
                    .trim_start_matches("单位：")
                    .trim_start_matches("单位:"),
            );
            // (A), (B/A) name columns in formulas.
            let is_letter = inner.chars().all(|c| {
                c.is_ascii_alphabetic() || matches!(c, '/' | '÷' | '=' | '+' | '-' | '*' | '×')
            });
            if found.is_some()
                && !(is_letter && inner.len() == 1 && inner.chars().all(|c| c.is_ascii_uppercase()))
            {
                unit = unit.or(found);
                body.truncate(open);
            } else if is_letter
                || b.outline(&inner).0.is_empty() && open > 0 && !inner.contains('境')
            {
                body.truncate(open);
            } else {
                break;
            }
        }
        let times = period::scan(&body, b.context.year);
        let p = Prepared::new(
            &body,
            b.lexicon,
            times.iter().map(|t| t.bytes.clone()).collect(),
        );
        let start = body.len() - plain_start(&body).len();
        let phrase = p.phrase(b.lexicon, start..body.len(), true);
        let residue = phrase.residue.first().map(|s| s.to_string());
        let implied = IMPLIED
            .iter()
            .filter(|(s, _)| body.ends_with(s))
            .max_by_key(|(s, _)| s.len())
            .and_then(|(_, u)| b.reader.unit(u));
        Label {
            terms: phrase.terms.iter().map(|t| (t.term, t.slot)).collect(),
            roles: phrase.roles,
            residue,
            unit,
            scenario: aspect::scenario(&p, &(0..body.len())),
            time: times
                .into_iter()
                .rfind(|m| m.period.is_some() || m.through.is_some()),
            implied,
            text,
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn figure(
        &self,
        r: usize,
        column: u32,
        i: usize,
        q: &Quantity,
        plan: Option<&Plan>,
        around: &Around,
        labels: &mut FxHashMap<usize, Label>,
        rows: &mut Rows,
    ) {
        let b = self.binder;
        let passed = around.passed;
        let Some(cell) = self.grid.cell(i) else {
            return;
        };
        let get = |ids: Vec<usize>, labels: &mut FxHashMap<usize, Label>| -> Vec<Label> {
            ids.into_iter()
                .filter_map(|k| {
                    self.grid
                        .cell(k)
                        .filter(|c| c.text.chars().count() <= 60)
                        .map(|c| self.label(k, c, labels))
                })
                .collect()
        };
        let row_labels = get(self.grid.labels(r, column), labels);
        let heads = get(self.grid.header(r, column), labels);
        // A number without any label is no figure.
        if heads.is_empty() && row_labels.is_empty() {
            return;
        }
        let role = plan.and_then(|p| p.role(r, column));
        let unit = self
            .unit(r, &row_labels, &heads, role, labels)
            .map(|u| self.averaged(u, &row_labels));
        let Some(q) = self.with_unit(cell, q, unit.as_ref()) else {
            return;
        };
        let scenario = self.cell_scenario(&heads, &row_labels, role, &q);
        let mut evidence: Vec<Evidence> = Vec::new();
        let mut residue: Vec<&str> = Vec::new();
        let all: Vec<&Label> = match role {
            // 三级指标 names what target and actual measure; the upper levels only class it.
            Some(_) => row_labels.last().into_iter().collect(),
            None => row_labels.iter().chain(&heads).collect(),
        };
        let last_row = row_labels.last();
        for l in &all {
            // Of several row labels, the outer ones class the inner: they may be meant.
            let outer = row_labels.len() > 1
                && row_labels.iter().any(|x| std::ptr::eq(x, *l))
                && !last_row.is_some_and(|x| std::ptr::eq(x, *l));
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
            let sums = b.catalogue.forms().sums.contains(&plain(&l.text));
            if !outer
                && !sums
                && let Some(w) = &l.residue
            {
                residue.push(w);
            }
        }
        let place = self.place(&row_labels, &mut residue);
        let breaks_down = last_row.is_some_and(|l| l.roles & role::SUBLIST != 0);
        let parent = around
            .parent
            .filter(|_| breaks_down)
            .and_then(|k| self.grid.cell(k).map(|c| self.label(k, c, labels)));
        if let Some(p) = &parent {
            self.inherit(p, &mut evidence);
        }
        let change = all
            .iter()
            .any(|l| l.roles & (role::UP | role::DOWN) != 0 && l.roles & role::BASE != 0)
            || heads.last().is_some_and(|h| {
                h.roles & role::BASE != 0 || h.roles & (role::UP | role::DOWN) != 0 && q.unit == "%"
            });
        let mut decision = self.decide(&mut evidence, &residue, around.section, &q.unit);
        let row_name = last_row.map(|l| plain(&l.text)).unwrap_or_default();
        let head_names: Vec<String> = heads.iter().map(|h| plain(&h.text)).collect();
        if let Some(form) = self.form {
            match form.entry(&row_name, &head_names, passed) {
                Some(e) if e.indicator.is_empty() => decision = open("表式规定此栏不对应目录指标"),
                Some(e) => {
                    let why = format!("依据表式“{}”", form.name);
                    decision = self.named(&e.indicator, 0.98, why).unwrap_or(decision);
                }
                None if form.only => decision = open("表式规定此栏不对应目录指标"),
                None => {}
            }
        }
        let words = &b.catalogue.forms().evaluation;
        let is_total = words.total.contains(&row_name);
        match role {
            Some(Role::Weight) => decision = open("分值是评分的权重"),
            Some(Role::Score) if is_total && !self.project => {
                decision = self.bind_id("common.performance.score")
            }
            Some(Role::Score) => decision = open("单项指标的得分"),
            _ if q.unit == "分" => decision = open("评分"),
            _ => {}
        }
        if role.is_none()
            && plan.is_some()
            && !self.project
            && words.amounts.contains(&row_name)
            && q.unit == "元"
        {
            decision = self.bind_id("common.expenditure.total");
        }
        if self.project && self.is_common(&decision) {
            decision = open("单个项目的数，不是部门整体");
        }
        if change {
            decision = open("增减或与另一数相比的值");
        }
        let place = match place {
            RowPlace::Own(p) => p,
            RowPlace::Below => {
                decision = open("县级以下地方的数");
                b.context.place.clone()
            }
            RowPlace::Document => b.context.place.clone(),
        };
        let time = heads
            .iter()
            .rev()
            .chain(row_labels.iter().rev())
            .find_map(|l| l.time.clone())
            .or_else(|| self.caption_time.clone());
        self.push(
            cell,
            &q,
            decision,
            scenario,
            time,
            place,
            &row_labels,
            &heads,
            rows,
        );
    }

    /// What a row 其中：… takes from the row it breaks down: all that it does not state itself.
    fn inherit(&self, parent: &Label, evidence: &mut Vec<Evidence>) {
        let lex = self.binder.lexicon;
        let own_topic = evidence
            .iter()
            .any(|e| lex.term(e.term).slot == Slot::Topic);
        for &(t, slot) in &parent.terms {
            let stated = match slot {
                Slot::Topic => own_topic,
                Slot::Part => evidence.iter().any(|e| {
                    lex.term(e.term).slot == Slot::Part
                        && lex.term(e.term).group == lex.term(t).group
                }),
                s => evidence.iter().any(|e| lex.term(e.term).slot == s),
            };
            if !stated {
                evidence.push(Evidence {
                    term: t,
                    level: Level::Chain,
                    must: !own_topic,
                });
            }
        }
    }

    /// The indicator with this id, as a decision.
    fn named(&self, id: &str, confidence: f64, why: String) -> Option<Decision> {
        Some(Decision::Bound {
            indicator: self.binder.catalogue.index_of(id)?,
            confidence,
            unit: None,
            why,
        })
    }

    fn bind_id(&self, id: &str) -> Decision {
        self.named(id, 0.97, "依据绩效自评表的栏目".to_string())
            .unwrap_or_else(|| open("目录中没有这个指标"))
    }

    fn is_common(&self, d: &Decision) -> bool {
        matches!(d, Decision::Bound { indicator, .. } if self.binder.catalogue.indicators().get(*indicator).is_some_and(|i| i.domain == "common"))
    }

    /// Binds by the labels, then with the section row, the caption and the headings.
    fn decide(
        &self,
        evidence: &mut Vec<Evidence>,
        residue: &[&str],
        section: &[TermId],
        unit: &str,
    ) -> Decision {
        let b = self.binder;
        let strong = |ev: &[Evidence]| {
            ev.iter().any(|e| {
                let t = b.lexicon.term(e.term);
                t.slot == Slot::Topic && !t.weak && e.level == Level::Own
            })
        };
        if !strong(evidence) {
            b.add_outer(evidence, Level::Lead, section);
            b.add_outer(evidence, Level::Heading, &self.caption_terms);
            let state_less = evidence.iter().any(|e| {
                b.lexicon.term(e.term).slot == Slot::Topic && !b.lexicon.term(e.term).weak
            });
            if !state_less {
                for (_, terms, _) in b.headings.iter().rev() {
                    b.add_outer(evidence, Level::Heading, terms);
                }
                b.add_outer(evidence, Level::Title, &b.title);
            }
        } else {
            // Parts that the section or caption states still hold (城市 … 户数).
            let parts: Vec<TermId> = section
                .iter()
                .copied()
                .filter(|&t| b.lexicon.term(t).slot == Slot::Part)
                .collect();
            b.add_outer(evidence, Level::Lead, &parts);
        }
        decide::decide(b.catalogue, b.lexicon, evidence, residue, unit)
    }

    /// The unit of a cell, by the nearest label that states one.
    fn unit(
        &self,
        r: usize,
        row_labels: &[Label],
        heads: &[Label],
        role: Option<Role>,
        labels: &mut FxHashMap<usize, Label>,
    ) -> Option<Unit> {
        let b = self.binder;
        if matches!(role, Some(Role::Weight | Role::Score)) {
            return b.reader.unit("分");
        }
        if let Some(u) = heads.iter().rev().find_map(|h| h.unit.clone()) {
            return Some(u);
        }
        let fixed = |l: &Label| {
            l.implied
                .clone()
                .filter(|u| matches!(u.base.as_str(), "分" | "%"))
        };
        if let Some(u) = heads.last().and_then(fixed) {
            return Some(u);
        }
        if let Some(u) = row_labels.iter().rev().find_map(|l| l.unit.clone()) {
            return Some(u);
        }
        // A unit column.
        if let Some(row) = self.grid.rows.get(r) {
            for &(c, i) in &row.cells {
                let Some(cell) = self.grid.cell(i) else {
                    continue;
                };
                if !matches!(self.grid.of(i), Content::Label | Content::Code) {
                    continue;
                }
                let headed = self
                    .grid
                    .header(r, c)
                    .last()
                    .and_then(|&h| self.grid.cell(h))
                    .is_some_and(|h| squeeze(&h.text).ends_with("单位"));
                if headed && let Some(u) = b.reader.unit(&squeeze(&cell.text)) {
                    return Some(u);
                }
            }
        }
        if let Some(u) = heads
            .iter()
            .rev()
            .chain(row_labels.iter().rev())
            .find_map(|l| l.implied.clone())
        {
            return Some(u);
        }
        // The head of the label column: 项目（万元）.
        if let Some(row) = self.grid.rows.get(r)
            && let Some(&(first, _)) = row.cells.first()
        {
            for h in self.grid.header(r, first).into_iter().rev() {
                if let Some(c) = self.grid.cell(h)
                    && let Some(u) = self.label(h, c, labels).unit
                {
                    return Some(u);
                }
            }
        }
        // Of several units in the caption, the one that the labels speak of, else the first.
        let speaks = |u: &&Unit| {
            let words: &[&str] = match u.base.as_str() {
                "元" => &["资金", "金额", "经费", "支出", "收入", "拨款", "投资"],
                "辆" => &["车"],
                "户" => &["户"],
                "个" => &["个数", "机构", "单位数"],
                "人次" => &["人次"],
                "张" => &["床"],
                "平方米" => &["面积"],
                _ => &[],
            };
            row_labels
                .iter()
                .chain(heads)
                .any(|l| words.iter().any(|w| l.text.contains(w)))
        };
        let several = self.caption_units.len() > 1;
        self.caption_units
            .iter()
            .find(|u| several && speaks(u))
            .or(self.caption_units.first())
            .cloned()
    }

    /// A label that speaks of an average (人均公共绿地面积, 户均补助) adds its denominator to the unit.
    fn averaged(&self, unit: Unit, labels: &[Label]) -> Unit {
        if unit.base.contains('/') || matches!(unit.base.as_str(), "%" | "分" | "倍") {
            return unit;
        }
        const AVERAGES: &[(&str, &str)] = &[
            ("月人均", "/人/月"),
            ("人均月", "/人/月"),
            ("年人均", "/人/年"),
            ("人均年", "/人/年"),
            ("人均", "/人"),
            ("户均", "/户"),
            ("校均", "/所"),
            ("亩均", "/亩"),
        ];
        let found = AVERAGES
            .iter()
            .find(|(w, _)| labels.iter().any(|l| l.text.contains(w)));
        match found {
            Some((_, d)) => Unit {
                base: format!("{}{d}", unit.base),
                ..unit
            },
            None => unit,
        }
    }

    /// Reads the cell again with the unit that its labels give; the exact stored value wins over the shown one.
    fn with_unit(&self, cell: &Cell, q: &Quantity, unit: Option<&Unit>) -> Option<Quantity> {
        let reader = self.binder.reader;
        let mut q = match unit {
            Some(u) if q.unit.is_empty() => {
                reader.read_cell(&cell.text, Some(u)).into_iter().next()?
            }
            _ => q.clone(),
        };
        if let Some(exact) = &cell.exact
            && let Some(e) = reader.read_cell(exact, unit).into_iter().next()
        {
            q.value = e.value;
            q.value_max = e.value_max;
        }
        Some(q)
    }

    fn cell_scenario(
        &self,
        heads: &[Label],
        row_labels: &[Label],
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

    /// The area a row is about.
    fn place(&self, row_labels: &[Label], residue: &mut Vec<&str>) -> RowPlace {
        let b = self.binder;
        let places = &b.knowledge.places;
        for l in row_labels.iter().rev() {
            match places.row_area(&l.text, &b.context.place, b.context.year) {
                RowArea::Area(p) => {
                    residue.retain(|w| !l.text.contains(w));
                    return RowPlace::Own(p);
                }
                RowArea::BelowCounty => {
                    residue.retain(|w| !l.text.contains(w));
                    return RowPlace::Below;
                }
                RowArea::Total => {
                    residue.retain(|w| !l.text.contains(w));
                    return RowPlace::Document;
                }
                RowArea::None => {}
            }
        }
        RowPlace::Document
    }

    #[allow(clippy::too_many_arguments)]
    fn push(
        &self,
        cell: &Cell,
        q: &Quantity,
        decision: Decision,
        scenario: Scenario,
        time: Option<period::PeriodMention>,
        place: Place,
        row_labels: &[Label],
        heads: &[Label],
        rows: &mut Rows,
    ) {
        let b = self.binder;
        let location = address(self.block, cell.row, cell.column);
        let value_text = cell.text.get(q.bytes.clone()).unwrap_or("").to_string();
        let path: Vec<&str> = row_labels
            .iter()
            .chain(heads)
            .map(|l| l.text.as_str())
            .collect();
        let (bound, why) = match decision {
            Decision::Bound {
                indicator,
                confidence,
                unit,
                why,
            } => (
                b.catalogue
                    .indicators()
                    .get(indicator)
                    .map(|i| (i, confidence, unit)),
                why,
            ),
            Decision::Open { why } => (None, why),
        };
        let flow = bound
            .as_ref()
            .is_none_or(|(i, ..)| !matches!(i.kind.as_str(), "stock" | "standard" | "ratio"));
        let when = aspect::period_of(time.as_ref(), b.context, flow, false);
        let time_period = when.map(|p| period::iso(&p)).unwrap_or_default();
        let year = when.map_or(0, |p| aspect::year_of(&p));
        let unit = match &bound {
            Some((_, _, Some(u))) => u.clone(),
            _ => q.unit.clone(),
        };
        if let Some((ind, confidence, _)) = &bound {
            let scenario = if ind.kind == "budget" {
                Scenario::Budget
            } else {
                scenario
            };
            let line: Vec<String> = self
                .grid
                .rows
                .binary_search_by_key(&cell.row, |r| r.row)
                .ok()
                .and_then(|at| self.grid.rows.get(at))
                .map(|r| {
                    let mut cells: Vec<usize> = r.cells.iter().map(|(_, i)| *i).collect();
                    cells.dedup();
                    cells
                        .iter()
                        .filter_map(|&i| self.grid.cell(i))
                        .map(|c| squeeze(&c.text))
                        .collect()
                })
                .unwrap_or_default();
            rows.observations.push(Observation {
                indicator: ind.id.clone(),
                place,
                time_period: time_period.clone(),
                period: when,
                year,
                scenario,
                transformation: Transformation::Level,
                obs_value: q.value,
                obs_value_max: q.value_max,
                unit_measure: unit.clone(),
                qualifier: q.qualifier,
                value_text: value_text.clone(),
                evidence: line.join(" | ").chars().take(500).collect(),
                location: location.clone(),
                chars: q.chars.clone(),
                confidence: *confidence,
                rule: format!("{}：{why}", ind.id),
                quantity: Some(rows.figures.len()),
            });
        }
        rows.figures.push(Figure {
            location,
            block: self.index,
            chars: q.chars.clone(),
            value_text,
            value: q.value,
            value_max: q.value_max,
            unit,
            qualifier: q.qualifier,
            measured: path.join(" / ").chars().take(120).collect(),
            time_period,
            year,
            indicator: bound.map_or(String::new(), |(i, ..)| i.id.clone()),
            reason: why,
        });
    }
}

/// What stands above a row.
struct Around<'x> {
    section: &'x [TermId],
    parent: Option<usize>,
    passed: &'x [String],
}

enum RowPlace {
    Own(Place),
    Below,
    Document,
}

fn open(why: &str) -> Decision {
    Decision::Open {
        why: why.to_string(),
    }
}

/// A label without its numbering.
fn plain_start(body: &str) -> &str {
    let s = body.trim_start_matches(['#', '*', '：', ':']);
    let n: usize = s
        .chars()
        .take_while(|c| {
            c.is_ascii_digit()
                || matches!(
                    c,
                    '一' | '二'
                        | '三'
                        | '四'
                        | '五'
                        | '六'
                        | '七'
                        | '八'
                        | '九'
                        | '十'
                        | '（'
                        | '）'
                        | '('
                        | ')'
                        | '①'..='⑳'
                )
        })
        .map(char::len_utf8)
        .sum();
    match s.get(n..) {
        Some(rest) if n > 0 && rest.starts_with(['、', '.', '．', '，']) => {
            rest.trim_start_matches(['、', '.', '．', '，'])
        }
        Some(rest) if n > 0 && s.get(..n).is_some_and(|m| m.ends_with(['）', ')'])) => rest,
        _ => s,
    }
}

/// The units that a caption gives: 单位：万元, 金额单位为元, 单位：人、辆.
fn caption_unit(b: &Binder, line: &str) -> Vec<Unit> {
    let mut rest = line;
    while let Some(at) = rest.find("单位") {
        let named = rest
            .get(..at)
            .is_some_and(|s| s.ends_with("填报") || s.ends_with("编制") || s.ends_with("预算"));
        rest = rest.get(at + "单位".len()..).unwrap_or("");
        let Some(body) = rest.strip_prefix(['：', ':', '为', '是']) else {
            continue;
        };
        if named {
            continue;
        }
        let text = squeeze_first(body);
        let whole: Vec<Unit> = b.reader.unit(&text).into_iter().collect();
        if !whole.is_empty() {
            return whole;
        }
        let parts: Vec<Unit> = text
            .split(['、', ',', '，', '/', '；'])
            .filter_map(|u| b.reader.unit(u))
            .collect();
        if !parts.is_empty() {
            return parts;
        }
    }
    Vec::new()
}

fn squeeze_first(s: &str) -> String {
    s.trim_start()
        .chars()
        .take_while(|c| !c.is_whitespace() && !matches!(c, '）' | ')' | '。' | '；' | '\u{3000}'))
        .collect()
}
