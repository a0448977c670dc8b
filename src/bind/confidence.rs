//! How sure a decision is: a table of what it stands on.
//!
//! The figures are rates of being right that were counted on labelled documents, set a little lower; `docs/accuracy.md`
//! says how. The aim is that of observations with 0.9 and more at least 99 % are right. What counts is the furthest word that the decision needs, and whether the figure says anything of it itself.

use super::decide::Level;

/// What a decision stands on.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// Where the furthest of its words stands.
    pub furthest: Level,
    /// One of them is the figure's own.
    pub own: bool,
    /// How many there are.
    pub terms: usize,
    /// The unit was completed from the indicator.
    pub inferred: bool,
}

/// From here on at least 99 % are right.
pub const SURE: f64 = 0.9;

/// Right by a statement of zero.
pub const ZERO: f64 = 0.88;

/// At most this where the context speaks of something else: the figure is part of a whole that no indicator knows, or
/// stands under a label that names another thing.
pub const DOUBTFUL: f64 = 0.86;

/// At most this for what a figure is by its own words alone, against what was told before.
pub const COMPLETE: f64 = 0.89;

/// The confidence of what stands on this ground.
pub fn of(g: &Ground) -> f64 {
    let percent: u32 = match (g.furthest, g.own, g.terms) {
        (Level::Own, _, 0 | 1) => 96,
        (Level::Own, ..) => 98,
        (Level::Chain, true, _) => 96,
        (Level::Chain, false, _) => 89,
        (Level::Ambient, true, _) => 93,
        (Level::Ambient, false, _) => 88,
        (Level::Paragraph | Level::Lead, true, _) => 88,
        (Level::Paragraph | Level::Lead, false, _) => 84,
        (Level::Heading, true, _) => 85,
        (Level::Heading, false, _) => 80,
        (Level::Title, true, _) => 82,
        (Level::Title, false, _) => 75,
    };
    f64::from(percent.saturating_sub(if g.inferred { 4 } else { 0 })) / 100.0
}

/// The confidence of a change of a figure with this one.
pub fn of_change(of: f64) -> f64 {
    ((of - 0.05).max(0.5) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_words_are_never_surer() {
        let levels = [
            Level::Own,
            Level::Chain,
            Level::Ambient,
            Level::Paragraph,
            Level::Lead,
            Level::Heading,
            Level::Title,
        ];
        for own in [true, false] {
            for terms in 1..4 {
                let all: Vec<f64> = levels
                    .iter()
                    .map(|&furthest| {
                        of(&Ground {
                            furthest,
                            own,
                            terms,
                            inferred: false,
                        })
                    })
                    .collect();
                assert!(all.windows(2).all(|w| w[0] >= w[1]), "{all:?}");
            }
        }
        assert!((of_change(0.96) - 0.91).abs() < 1e-9);
    }
}
