//! A decided figure as rows: the figure itself, and the observation where it is bound.

use super::carry;
use super::decide::{Decision, Evidence, Level};
use super::walk::{Last, Walk};
use super::{Rows, aspect};
use crate::analysis::{Figure, Observation, Scenario, Transformation};
use crate::catalogue::Slot;
use crate::context::period;
use crate::quantity::Quantity;
use crate::text::clause;
use rust_decimal::Decimal;
use std::ops::Range;
use std::sync::Arc;

impl Walk<'_, '_, '_> {
    /// Writes the rows of a figure.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn push(
        &mut self,
        q: &Quantity,
        unit: &str,
        own_at: &Range<usize>,
        own: &carry::Own,
        evidence: &[Evidence],
        decision: Decision,
        change: Option<aspect::Direction>,
        scenario: Scenario,
        time: Option<period::PeriodMention>,
        rows: &mut Rows,
    ) {
        let b = self.binder;
        let text = self.prepared.text;
        let value_text = text.get(q.bytes.clone()).unwrap_or("").into();
        let mut figure = Figure {
            location: self.at.location.clone(),
            block: self.at.block,
            chars: q.chars.clone(),
            value_text,
            value: q.value,
            value_max: q.value_max,
            unit: self.shared.unit(unit),
            qualifier: q.qualifier,
            measured: self.measured(own_at, own, evidence),
            time_period: Arc::default(),
            year: 0,
            indicator: Arc::default(),
            reason: String::new(),
        };
        let bound = match decision {
            Decision::Bound {
                indicator,
                confidence,
                unit,
                why,
            } => b
                .catalogue
                .indicators()
                .get(indicator)
                .map(|ind| (indicator, ind, confidence, unit, why)),
            Decision::Open { why } => {
                figure.reason = why;
                None
            }
        };
        let flow = bound
            .as_ref()
            .is_none_or(|(_, i, ..)| !matches!(i.kind.as_str(), "stock" | "standard" | "ratio"));
        let old = self.state.is_old_value();
        let when = aspect::period_of(time.as_ref(), b.period(scenario), flow, old);
        figure.time_period = self.shared.period(when);
        figure.year = when.map_or(0, |p| aspect::year_of(&p));
        if figure.unit.is_empty() && bound.is_none() {
            self.last = None;
            return;
        }
        self.last = Some(Last {
            indicator: bound.as_ref().map(|(i, ..)| *i),
            confidence: bound.as_ref().map_or(0.0, |(_, _, c, ..)| *c),
        });
        if let Some((indicator, ind, confidence, unit, why)) = bound {
            if let Some(u) = unit {
                figure.unit = self.shared.unit(&u);
            }
            figure.indicator = b.catalogue.shared_id(indicator);
            let (transformation, sign) = match change {
                None => (Transformation::Level, Decimal::ONE),
                Some(d) => (
                    if q.unit == "%" {
                        Transformation::GrowthRate
                    } else {
                        Transformation::Change
                    },
                    if d.down {
                        Decimal::NEGATIVE_ONE
                    } else {
                        Decimal::ONE
                    },
                ),
            };
            // Of a long sentence only what stands around the figure is quoted.
            let quoted = text.get(self.sentence.clone()).unwrap_or("");
            let long = || quoted.len() >= clause::REACH && quoted.chars().count() >= clause::REACH;
            if self.sentence.end < q.bytes.end || long() {
                self.sentence = clause::sentence(self.scalars, &q.bytes);
            }
            let (factor, unit) = if transformation == Transformation::GrowthRate {
                (Decimal::ONE, figure.unit.clone())
            } else {
                let converted = super::unit::converted(&figure.unit, ind);
                converted.map_or((Decimal::ONE, figure.unit.clone()), |(factor, unit)| {
                    (factor, unit.into())
                })
            };
            let scaled = |v: Decimal| v.checked_mul(factor * sign).unwrap_or(v);
            rows.observations.push(Observation {
                indicator: figure.indicator.clone(),
                place: b.context.place.clone(),
                time_period: figure.time_period.clone(),
                period: when,
                year: figure.year,
                scenario,
                transformation,
                obs_value: scaled(q.value),
                obs_value_max: q.value_max.map(scaled),
                unit_measure: unit,
                qualifier: q.qualifier,
                value_text: figure.value_text.clone(),
                evidence: self.evidence(),
                location: figure.location.clone(),
                chars: q.chars.clone(),
                confidence,
                rule: [ind.id.as_str(), "：", &why].concat(),
                quantity: Some(rows.figures.len()),
            });
            figure.reason = why;
        }
        rows.figures.push(figure);
    }

    /// The sentence of the figure at hand.
    fn evidence(&mut self) -> Arc<str> {
        match &self.evidence {
            Some((of, text)) if *of == self.sentence => text.clone(),
            _ => {
                let text = self.prepared.text.get(self.sentence.clone());
                let text: Arc<str> = text.unwrap_or("").into();
                self.evidence = Some((self.sentence.clone(), text.clone()));
                text
            }
        }
    }

    /// What is measured, ellipsis resolved: carried terms that the own words leave out, then the own words.
    fn measured(&self, own_at: &Range<usize>, own: &carry::Own, evidence: &[Evidence]) -> String {
        let lex = self.binder.lexicon;
        let mut out = String::with_capacity(120);
        let carried = |e: &&Evidence| e.level != Level::Own && e.level <= Level::Ambient;
        for slot in [Slot::Part, Slot::Topic] {
            for e in evidence.iter().filter(carried) {
                if lex.term(e.term).slot == slot && out.chars().count() < 24 {
                    out.push_str(&lex.term(e.term).name);
                }
            }
        }
        let mut from = own_at.start;
        let skip = &self.prepared.skip;
        let first = skip.partition_point(|r| r.start < own_at.start);
        for r in skip
            .get(first..)
            .unwrap_or(&[])
            .iter()
            .take_while(|r| r.end <= own_at.end)
        {
            out.push_str(self.prepared.text.get(from..r.start).unwrap_or(""));
            from = r.end;
        }
        out.push_str(self.prepared.text.get(from..own_at.end).unwrap_or(""));
        if own.right {
            out.push_str(self.prepared.text.get(own.phrase.at.clone()).unwrap_or(""));
        }
        let trimmed = out.trim_matches(|c: char| {
            !matches!(c, '\u{4e00}'..='\u{9fff}')
                && !c.is_alphanumeric()
                && c != '”'
                && c != '）'
                && c != '“'
                && c != '（'
        });
        let end = trimmed
            .char_indices()
            .nth(60)
            .map_or(trimmed.len(), |c| c.0);
        trimmed.get(..end).unwrap_or("").to_string()
    }
}
