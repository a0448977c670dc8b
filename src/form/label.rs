//! Labels: what a head or a row label says, read once a cell, however many figures it labels.

use super::known::Forms;
use crate::analysis::{Place, Scenario};
use crate::bind::phrase::Prepared;
use crate::bind::{Binder, aspect};
use crate::catalogue::{Slot, TermId};
use crate::context::area::RowArea;
use crate::context::period;
use crate::quantity::Unit;
use crate::text::blank::squeeze;
use crate::text::scalars::Scalars;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

/// What a label says, looked up once a cell.
pub(super) struct Label<'w> {
    /// Its text without blanks.
    pub(super) text: Cow<'w, str>,
    /// The same as forms name it.
    pub(super) name: &'w str,
    pub(super) terms: Vec<(TermId, Slot)>,
    pub(super) roles: u64,
    pub(super) residue: Option<String>,
    pub(super) unit: Option<Unit>,
    pub(super) scenario: Option<Scenario>,
    pub(super) time: Option<period::PeriodMention>,
    /// Ends in a word that implies a unit: 人数, 户数, 执行率.
    pub(super) implied: Option<Unit>,
    // What only some labels are asked.
    place: OnceCell<Option<RowPlace>>,
    compares: OnceCell<Option<i8>>,
    denominator: OnceCell<Option<&'w str>>,
}

/// Where the figures of a row or a column are from.
#[derive(Clone)]
pub(super) enum RowPlace {
    /// An area that its label names.
    Own(Arc<Place>),
    /// A place below county level.
    Below,
    /// The document's area.
    Document,
}

impl<'w> Label<'w> {
    /// The place that the label names.
    pub(super) fn place(&self, b: &Binder) -> Option<&RowPlace> {
        let place = self.place.get_or_init(|| {
            let places = &b.knowledge.places;
            match places.row_area(&self.text, &b.context.place, b.context.year) {
                RowArea::Area(p) => Some(RowPlace::Own(p.into())),
                RowArea::BelowCounty => Some(RowPlace::Below),
                RowArea::Total => Some(RowPlace::Document),
                RowArea::None => None,
            }
        });
        place.as_ref()
    }

    /// Whether it heads differences or growth, and their sign, as [`Forms::compares`] has it.
    pub(super) fn compares(&self, forms: &Forms) -> Option<i8> {
        *self.compares.get_or_init(|| forms.compares(self.name))
    }

    /// The denominator that an average it speaks of gives a unit.
    pub(super) fn denominator(&self, forms: &'w Forms) -> Option<&'w str> {
        *self
            .denominator
            .get_or_init(|| forms.denominator(&self.text))
    }

    /// Reads a label. `name` is the label as forms name it.
    pub(super) fn read(b: &Binder, raw: &'w str, name: &'w str) -> Label<'w> {
        let text = squeeze(raw);
        let mut unit = None;
        // Brackets at the end hold the unit, or an aside (按月平均).
        let mut body = text.trim_end_matches(['：', ':']);
        let mut guard = 0;
        while body.ends_with(['）', ')']) && guard < 3 {
            guard += 1;
            let Some((before, bracket)) = body
                .rfind(['（', '('])
                .and_then(|open| body.split_at_checked(open))
            else {
                break;
            };
            let inner = bracket.trim_matches(['（', '）', '(', ')']);
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
                body = before;
            } else if is_letter
                || !before.is_empty() && !inner.contains('境') && b.outline(inner).0.is_empty()
            {
                body = before;
            } else {
                break;
            }
        }
        // 增长%, 占比%.
        if let Some(rest) = body.strip_suffix(['%', '％'])
            && !rest.is_empty()
            && unit.is_none()
        {
            unit = b.reader.unit("%");
            body = rest.trim_end_matches(['±', '+', '-', '、', '/']);
        }
        let other = b.catalogue.forms().reword(body);
        let body = other.as_deref().unwrap_or(body);
        let scalars = Scalars::new(body);
        let times = period::scan_in(&scalars, &b.years());
        let p = Prepared::whole(&scalars, b.lexicon, &times);
        let start = body.len() - plain_start(body).len();
        let phrase = p.phrase(b.lexicon, start..body.len(), true);
        let residue = phrase.residue.first().map(|s| s.to_string());
        let implied = b
            .catalogue
            .forms()
            .implied_unit(body)
            .and_then(|u| b.reader.unit(u));
        // 接待批次（个） counts 批次, 接待人次（人） 人次.
        let turns = |u: &Unit| u.base.ends_with('次') && u.base.chars().count() > 1;
        if let (Some(u), Some(i)) = (&unit, &implied)
            && turns(i)
            && u.base.chars().count() == 1
            && u.base != "元"
        {
            unit = Some(i.clone());
        }
        Label {
            terms: phrase.terms.iter().map(|t| (t.term, t.slot)).collect(),
            roles: phrase.roles,
            residue,
            unit,
            scenario: aspect::scenario(&p, &(0..body.len()), false),
            time: times
                .into_iter()
                .rfind(|m| m.period.is_some() || m.through.is_some()),
            implied,
            place: OnceCell::new(),
            compares: OnceCell::new(),
            denominator: OnceCell::new(),
            name,
            text,
        }
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
