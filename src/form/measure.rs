//! What the labels of a cell say, as evidence for the binder, and what comes of it.

use super::general::Walk;
use super::label::Label;
use crate::bind::decide::{self, Decision, Evidence, Level};
use crate::catalogue::{Slot, TermId};

impl Walk<'_, '_> {
    /// What a row 其中：… takes from the row it breaks down: all that it does not state itself.
    pub(super) fn inherit(&self, parent: &Label<'_>, evidence: &mut Vec<Evidence>) {
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
    pub(super) fn named(&self, id: &str, confidence: f64, why: String) -> Option<Decision> {
        Some(Decision::Bound {
            indicator: self.binder.catalogue.index_of(id)?,
            confidence,
            unit: None,
            why,
        })
    }

    pub(super) fn bind_id(&self, id: &str) -> Decision {
        self.named(id, 0.97, "依据绩效自评表的栏目".to_string())
            .unwrap_or_else(|| open("目录中没有这个指标"))
    }

    pub(super) fn is_common(&self, d: &Decision) -> bool {
        matches!(d, Decision::Bound { indicator, .. } if self.binder.catalogue.indicators().get(*indicator).is_some_and(|i| i.domain == "common"))
    }

    /// Whether one indicator may be summed into another: the same, one below it, or one of its group.
    pub(super) fn is_part(&self, part: usize, whole: usize) -> bool {
        let all = self.binder.catalogue.indicators();
        let (Some(x), Some(y)) = (all.get(part), all.get(whole)) else {
            return false;
        };
        x.id == y.id || x.parent == y.id || x.group == y.group
    }

    /// Binds by the labels, then with the section row, the caption and the headings.
    pub(super) fn decide(
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
}

/// A figure that stays without an indicator, and why.
pub(super) fn open(why: &str) -> Decision {
    Decision::Open {
        why: why.to_string(),
    }
}
