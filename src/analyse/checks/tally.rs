//! How many results there are of each outcome, without keeping them: of a hundred thousand documents most agree, and who
//! asks for what does not add up wants of the others only their number.

use super::Finding;
use crate::check::Outcome;
use rustc_hash::{FxHashSet, FxHasher};
use std::hash::{Hash, Hasher};

/// Outcomes, in the order of [`Counts`].
const OUTCOMES: [Outcome; 4] = [
    Outcome::Fail,
    Outcome::Rounding,
    Outcome::Pass,
    Outcome::NotEvaluable,
];

/// Results by outcome. What several files say alike is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// What does not add up.
    pub fail: usize,
    /// Differences that rounding explains.
    pub rounding: usize,
    /// What agrees.
    pub pass: usize,
    /// What lacks a figure.
    pub not_evaluable: usize,
}

/// Results, being counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// What may be said by another file too: outcome, and a digest of who says what.
    said: FxHashSet<(u8, u64)>,
    others: [usize; 4],
}

impl Tally {
    pub(super) fn note(&mut self, f: &Finding) {
        let Some(outcome) = OUTCOMES.iter().position(|o| o.name() == f.outcome) else {
            return;
        };
        if f.agency.is_empty() {
            if let Some(count) = self.others.get_mut(outcome) {
                *count += 1;
            }
            return;
        }
        let mut digest = FxHasher::default();
        (&f.explanation, &f.check, f.year, &f.agency, &f.ref_area).hash(&mut digest);
        if f.observations.is_empty() {
            f.files.hash(&mut digest);
        }
        self.said.insert((outcome as u8, digest.finish()));
    }

    pub(super) fn add(&mut self, other: Tally) {
        self.said.extend(other.said);
        for (count, more) in self.others.iter_mut().zip(other.others) {
            *count += more;
        }
    }

    pub(super) fn counts(&self) -> Counts {
        let mut counts = self.others;
        for (outcome, _) in &self.said {
            if let Some(count) = counts.get_mut(usize::from(*outcome)) {
                *count += 1;
            }
        }
        let [fail, rounding, pass, not_evaluable] = counts;
        Counts {
            fail,
            rounding,
            pass,
            not_evaluable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(outcome: &str, agency: &str, explanation: &str, file: &str, id: &str) -> Finding {
        Finding {
            ref_area: "430423".into(),
            area_name: "衡山县".into(),
            agency: agency.into(),
            year: 2024,
            check: "x".into(),
            name: String::new(),
            kind: "sum".into(),
            outcome: outcome.into(),
            explanation: explanation.into(),
            expected: None,
            actual: None,
            difference: None,
            tolerance: None,
            files: vec![file.into()],
            observations: Some(id)
                .filter(|i| !i.is_empty())
                .map(str::to_owned)
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn as_many_are_counted_as_are_left_when_they_are_put_together() {
        let mut all = Vec::new();
        for outcome in ["fail", "pass", "rounding", "not_evaluable"] {
            for agency in ["", "民政局"] {
                for said in ["甲", "乙"] {
                    for (file, id) in [("a", "1"), ("b", "2")] {
                        all.push(finding(outcome, agency, said, file, id));
                    }
                }
                for file in ["a", "a", "b"] {
                    all.push(finding(outcome, agency, "丙", file, ""));
                }
            }
        }
        let (mut first, mut second) = (Tally::default(), Tally::default());
        for (n, f) in all.iter().enumerate() {
            if n % 3 == 0 { &mut first } else { &mut second }.note(f);
        }
        first.add(second);
        all.sort();
        let merged = super::super::merged(all);
        let of = |outcome: &str| merged.iter().filter(|f| f.outcome == outcome).count();
        let counts = Counts {
            fail: of("fail"),
            rounding: of("rounding"),
            pass: of("pass"),
            not_evaluable: of("not_evaluable"),
        };
        assert_eq!(first.counts(), counts);
        assert_eq!(counts.fail, 7 + 4);
    }
}
