//! What can be wrong with a pipeline. The sentences that tell people so are in `message::pipelines`.

use super::super::Lines;

/// File and line of an entry.
pub type Place = (String, usize);

/// Something to mend in a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// File.
    pub file: String,
    /// Line, from 1; 0 where it concerns the whole file.
    pub line: usize,
    /// Id of the indicator or check, name of the term or form; empty where it concerns none.
    pub entry: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What a key should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// A string.
    Text,
    /// A list.
    List,
    /// A table.
    Table,
    /// true or false.
    Bool,
    /// A whole number.
    Integer,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// Not TOML.
    Syntax(String),
    /// A key that means nothing here, the one probably meant, and those that there are.
    UnknownKey {
        /// As written.
        key: String,
        /// Probably meant.
        near: Option<String>,
        /// All keys that may stand here.
        known: Vec<String>,
    },
    /// A key of the whole file that stands in a table of it.
    Misplaced(String),
    /// A key that must be there.
    MissingKey(String),
    /// Another kind of value.
    WrongType {
        /// Key.
        key: String,
        /// What it should hold.
        wanted: Wanted,
    },
    /// None of the values that the key allows.
    NotAllowed {
        /// Key.
        key: String,
        /// As written.
        value: String,
        /// Probably meant.
        near: Option<String>,
        /// What is allowed.
        allowed: Vec<String>,
    },
    /// Not of the form that the key asks for.
    BadForm {
        /// Key.
        key: String,
        /// As written.
        value: String,
    },
    /// An empty string or list.
    Empty(String),
    /// A built-in table that a folder cannot replace.
    NotReplaceable,
    /// A file with indicators or terms without `[pipeline]`.
    NoHeader,
    /// A domain that no agency belongs to.
    UnknownDomain {
        /// As written.
        domain: String,
        /// Probably meant.
        near: Option<String>,
    },
    /// An id that another entry has.
    TwiceDefined(Place),
    /// A term that is there already with another slot.
    OtherSlot(Place),
    /// A wording that belongs to another term too.
    WordTwice {
        /// The wording.
        word: String,
        /// The other term.
        other: String,
        /// Where that is.
        place: Place,
    },
    /// A wording that the term lists twice.
    WordRepeated(String),
    /// A term that is not defined.
    UnknownTerm {
        /// Key that names it: is, or, with, not, under.
        key: &'static str,
        /// As written.
        term: String,
        /// Probably meant.
        near: Option<String>,
    },
    /// Terms that are kinds of each other.
    TermCycle(Vec<String>),
    /// A text that says just these terms fits two indicators equally well.
    Tie {
        /// The other indicator.
        other: String,
        /// Where that is.
        place: Place,
        /// The terms.
        terms: Vec<String>,
    },
    /// Whatever a text says, another indicator wins.
    Shadowed {
        /// The other indicator.
        other: String,
        /// Where that is.
        place: Place,
        /// Terms of the description.
        terms: Vec<String>,
    },
    /// It says the same as another and a subdivision, but is not a part of it.
    NoParent {
        /// The indicator that would be its parent.
        other: String,
        /// Where that is.
        place: Place,
    },
    /// A unit that `units.toml` does not know.
    UnknownUnit {
        /// As written.
        unit: String,
        /// Probably meant.
        near: Option<String>,
    },
    /// A unit that is a multiple of another or another's alias.
    NotBaseUnit {
        /// As written.
        unit: String,
        /// Its base unit.
        base: String,
    },
    /// A unit that no indicator of the kind has.
    UnitOfKind {
        /// Kind.
        kind: String,
        /// Unit.
        unit: String,
    },
    /// A parent that does not exist.
    UnknownParent {
        /// As written.
        parent: String,
        /// Probably meant.
        near: Option<String>,
    },
    /// Indicators that are parts of each other.
    ParentCycle(Vec<String>),
    /// An example whose value its text does not hold.
    ValueAbsent {
        /// The text.
        text: String,
        /// The value.
        value: String,
        /// Values that the text holds, in base units.
        found: Vec<String>,
    },
    /// An example that does not give the indicator.
    ExampleMissed {
        /// The text.
        text: String,
        /// Value wanted.
        value: String,
        /// Scenario wanted; empty for any.
        scenario: String,
        /// What it gives: indicator, value, scenario.
        got: Vec<(String, String, String)>,
        /// Why the figure is not bound, as the analysis says.
        why: String,
    },
    /// A near miss that binds.
    NearMissBound {
        /// The text.
        text: String,
        /// The value.
        value: String,
    },
    /// An indicator that does not exist, named by a check, a form or an example.
    UnknownIndicator {
        /// As written.
        id: String,
        /// Probably meant.
        near: Option<String>,
    },
    /// An example of a check, form or table that comes out otherwise.
    OtherOutcome {
        /// The example.
        example: String,
        /// What it should give.
        wanted: String,
        /// What it gives.
        got: String,
    },
    /// The catalogue cannot be loaded; what the loader says.
    Load(String),
}

impl Problem {
    /// A short fixed name, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Problem::Syntax(_) => "syntax",
            Problem::UnknownKey { .. } => "unknown_key",
            Problem::Misplaced(_) => "misplaced",
            Problem::MissingKey(_) => "missing_key",
            Problem::WrongType { .. } => "wrong_type",
            Problem::NotAllowed { .. } => "not_allowed",
            Problem::BadForm { .. } => "bad_form",
            Problem::Empty(_) => "empty",
            Problem::NotReplaceable => "not_replaceable",
            Problem::NoHeader => "no_header",
            Problem::UnknownDomain { .. } => "unknown_domain",
            Problem::TwiceDefined(_) => "twice_defined",
            Problem::OtherSlot(_) => "other_slot",
            Problem::WordTwice { .. } => "word_twice",
            Problem::WordRepeated(_) => "word_repeated",
            Problem::UnknownTerm { .. } => "unknown_term",
            Problem::TermCycle(_) => "term_cycle",
            Problem::Tie { .. } => "tie",
            Problem::Shadowed { .. } => "shadowed",
            Problem::NoParent { .. } => "no_parent",
            Problem::UnknownUnit { .. } => "unknown_unit",
            Problem::NotBaseUnit { .. } => "not_base_unit",
            Problem::UnitOfKind { .. } => "unit_of_kind",
            Problem::UnknownParent { .. } => "unknown_parent",
            Problem::ParentCycle(_) => "parent_cycle",
            Problem::ValueAbsent { .. } => "value_absent",
            Problem::ExampleMissed { .. } => "example_missed",
            Problem::NearMissBound { .. } => "near_miss_bound",
            Problem::UnknownIndicator { .. } => "unknown_indicator",
            Problem::OtherOutcome { .. } => "other_outcome",
            Problem::Load(_) => "load",
        }
    }
}

/// Finds the lines of what stands in the entries of a file.
pub(crate) struct Locator<'t> {
    text: &'t str,
    lines: Lines,
    /// Where entries begin, ascending.
    starts: Vec<usize>,
}

impl<'t> Locator<'t> {
    /// For a text whose entries begin at these bytes.
    pub(crate) fn new(text: &'t str, starts: impl Iterator<Item = usize>) -> Self {
        let mut starts: Vec<usize> = starts.collect();
        starts.sort_unstable();
        Locator {
            text,
            lines: Lines::of(text),
            starts,
        }
    }

    /// Line of an offset.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.lines.at(at)
    }

    /// Line where the entry that begins at `start` has this string, quoted; after `key` where one is given. The entry's
    /// own line where it cannot be seen (written with escapes).
    pub(crate) fn line_in(&self, start: usize, key: &str, quoted: &str) -> usize {
        let end = self
            .starts
            .get(self.starts.partition_point(|&s| s <= start))
            .copied()
            .unwrap_or(self.text.len());
        let entry = self.text.get(start..end).unwrap_or("");
        let from = if key.is_empty() {
            0
        } else {
            entry
                .match_indices(key)
                .map(|(at, _)| at)
                .find(|&at| {
                    let after = entry.get(at + key.len()..).unwrap_or("").trim_start();
                    let before = entry.get(..at).unwrap_or("").chars().next_back();
                    after.starts_with('=')
                        && before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
                })
                .unwrap_or(0)
        };
        let rest = entry.get(from..).unwrap_or("");
        // A needle may stand in a list of alternatives (甲|乙), so the end quote is not asked for.
        let at = rest
            .find(&format!("\"{quoted}\""))
            .or_else(|| rest.find(&format!("\"{quoted}")))
            .or_else(|| rest.find(quoted))
            .filter(|_| !quoted.is_empty());
        self.line(start + from + at.unwrap_or(0))
    }
}
