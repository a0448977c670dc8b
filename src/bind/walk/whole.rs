//! Parts that are told in a sentence after that of their whole.
//!
//! 2024年“三公”经费预算35万元。公务接待费30万元，…: where a sentence says nothing of it, parts are of the scenario and the time that the
//! whole was told with, whatever the document speaks of otherwise. What is a part of what the catalogue says (`parent`).

use super::Walk;
use crate::analysis::Scenario;
use crate::bind::decide::Decision;
use crate::catalogue::role;
use crate::context::period::PeriodMention;
use crate::quantity::Quantity;
use rust_decimal::Decimal;

/// Most figures of a sentence that are remembered.
const MOST: usize = 4;

/// A figure that others may be parts of.
struct Whole {
    indicator: usize,
    scenario: Scenario,
    time: Option<PeriodMention>,
    value: Decimal,
}

/// What the sentence at hand has told, and the last one before it that told anything but parts.
#[derive(Default)]
pub(in crate::bind) struct Told {
    now: Vec<Whole>,
    before: Vec<Whole>,
    /// The sentence at hand tells parts of what the one before told.
    parts: bool,
}

impl Told {
    /// Another sentence begins.
    pub(super) fn turn(&mut self) {
        let parts = std::mem::take(&mut self.parts);
        let told = std::mem::take(&mut self.now);
        if !parts && !told.is_empty() {
            self.before = told;
        }
    }
}

impl Walk<'_, '_, '_> {
    /// Scenario and time of a figure, where its sentence says nothing of them and it is a part of what was told before.
    pub(super) fn as_of_whole(
        &mut self,
        d: &Decision,
        q: &Quantity,
        roles: u64,
        said: (Scenario, Option<PeriodMention>),
    ) -> (Scenario, Option<PeriodMention>) {
        let Decision::Bound { indicator, .. } = *d else {
            return said;
        };
        if !self.unsaid || roles & role::SPENT != 0 {
            return said;
        }
        let is_part = |w: &&Whole| {
            self.binder.catalogue.is_part(indicator, w.indicator) && q.value <= w.value
        };
        let Some(whole) = self.told.before.iter().rev().find(is_part) else {
            return said;
        };
        self.told.parts = true;
        self.unsaid = false;
        (whole.scenario, said.1.or_else(|| whole.time.clone()))
    }

    /// Takes note of a figure that later ones may be parts of.
    pub(super) fn note_whole(
        &mut self,
        d: &Decision,
        q: &Quantity,
        (scenario, time): (Scenario, Option<PeriodMention>),
    ) {
        if let Decision::Bound { indicator, .. } = *d
            && self.told.now.len() < MOST
        {
            self.told.now.push(Whole {
                indicator,
                scenario,
                time,
                value: q.value,
            });
        }
    }
}
