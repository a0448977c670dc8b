//! Labels: what a head, a row label or a caption says, read once a cell.

use super::grid::squeeze;
use crate::analysis::Scenario;
use crate::bind::phrase::Prepared;
use crate::bind::{Binder, aspect};
use crate::catalogue::{Slot, TermId};
use crate::context::period;
use crate::quantity::Unit;
use crate::text::scalars::Scalars;

/// What a label says, looked up once a cell.
#[derive(Clone, Default)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) terms: Vec<(TermId, Slot)>,
    pub(super) roles: u64,
    pub(super) residue: Option<String>,
    pub(super) unit: Option<Unit>,
    pub(super) scenario: Option<Scenario>,
    pub(super) time: Option<period::PeriodMention>,
    /// Ends in a word that implies a unit: 人数, 户数, 执行率.
    pub(super) implied: Option<Unit>,
}

impl Label {
    /// Reads a label.
    pub(super) fn read(b: &Binder, raw: &str) -> Label {
        let text = squeeze(raw);
        let mut unit = None;
        // Brackets at the end hold the unit, or an aside (按月平均).
        let mut body = text.trim_end_matches(['：', ':']).to_string();
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
        // 增长%, 占比%.
        if let Some(rest) = body.strip_suffix(['%', '％'])
            && !rest.is_empty()
            && unit.is_none()
        {
            unit = b.reader.unit("%");
            body.truncate(rest.trim_end_matches(['±', '+', '-', '、', '/']).len());
        }
        if let Some(other) = b.catalogue.forms().reword(&body) {
            body = other;
        }
        let scalars = Scalars::new(&body);
        let times = period::scan_in(&scalars, &b.years());
        let p = Prepared::new(
            &scalars,
            b.lexicon,
            times.iter().map(|t| t.bytes.clone()).collect(),
        );
        let start = body.len() - plain_start(&body).len();
        let phrase = p.phrase(b.lexicon, start..body.len(), true);
        let residue = phrase.residue.first().map(|s| s.to_string());
        let implied = b
            .catalogue
            .forms()
            .implied_unit(&body)
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
