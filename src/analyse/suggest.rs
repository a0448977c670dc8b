//! What the catalogue does not know yet: figures without an indicator, grouped by what they measure.
//!
//! Wordings of one thing differ in words that say nothing (全年共发放, 累计发放). So figures are grouped by the terms of the
//! catalogue that their phrase states and by the content words that are left, with the unit: what the binder itself
//! would look at. The order is that of how many documents state it, so that the first entries are the ones worth
//! writing.

use super::frame::{Cells, collect, failed};
use crate::catalogue::{
    Catalogue, CatalogueError, Indicator, Lexicon, Problem, role, validate_with,
};
use crate::quantity::UnitKind;
use crate::text::token;
use crate::warehouse::schema::{DIM_AGENCY, DOCUMENTS, QUANTITIES};
use crate::warehouse::{Error, Reader};
use polars::prelude::{DataFrame, PolarsResult, col};
use rustc_hash::FxHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

/// Words of a group at most; longer phrases are sentences that no entry would describe.
const MOST_WORDS: usize = 8;
/// Wordings kept of a group.
const MOST_WORDINGS: usize = 16;
/// Examples kept of a group.
const MOST_EXAMPLES: usize = 3;

/// Figures that measure the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Domain of the agencies that state it; empty where unknown.
    pub domain: String,
    /// Terms of the catalogue that it states.
    pub terms: Vec<String>,
    /// Words that the catalogue does not know.
    pub words: Vec<String>,
    /// Base unit.
    pub unit: String,
    /// Figures.
    pub count: usize,
    /// Documents.
    pub documents: usize,
    /// Codes of areas.
    pub areas: BTreeSet<String>,
    /// How it is said, with how often.
    pub wordings: BTreeMap<String, usize>,
    /// The first few.
    pub examples: Vec<Example>,
}

/// A figure of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// What is measured.
    pub measured: String,
    /// As written.
    pub value_text: String,
    /// Value in the base unit.
    pub value: String,
    /// File.
    pub file_name: String,
    /// Place in it.
    pub location: String,
}

impl Group {
    /// The most frequent wording, the shorter of equals.
    pub fn name(&self) -> &str {
        self.wordings
            .iter()
            .max_by_key(|(text, n)| (**n, std::cmp::Reverse(text.chars().count())))
            .map_or("", |(text, _)| text)
    }

    /// Terms and words in a row: what the entry asks for.
    fn asked(&self) -> impl Iterator<Item = &String> {
        self.terms.iter().chain(&self.words)
    }

    /// An id that nothing else has, to be replaced by a telling one.
    fn id(&self, catalogue: &Catalogue) -> String {
        let mine = |i: &&Indicator| i.domain == self.home();
        let first = catalogue.indicators().iter().find(mine);
        let prefix = first
            .and_then(|i| i.id.split('.').next())
            .map_or_else(|| self.home().replace('-', "_"), str::to_owned);
        let mut hash = FxHasher::default();
        for word in self.asked().chain([&self.unit]) {
            word.hash(&mut hash);
        }
        format!("{prefix}.new.n{:08x}", hash.finish() as u32)
    }

    /// Domain of the pipeline that the entry belongs to.
    pub fn home(&self) -> &str {
        if self.domain.is_empty() {
            "common"
        } else {
            &self.domain
        }
    }

    /// An entry to paste into the pipeline of the domain; what only a person can know is left open. Examples whose text is
    /// among `without` are left out.
    fn toml(&self, catalogue: &Catalogue, without: &[&str]) -> String {
        let quoted = |s: &str| serde_json::Value::from(s).to_string();
        let list = |all: &mut dyn Iterator<Item = &String>| {
            all.map(|w| quoted(w)).collect::<Vec<_>>().join(", ")
        };
        let (unit, kind) = self.unit_and_kind();
        let mut out = String::new();
        // Writing into a string cannot fail.
        for word in &self.words {
            let _ = writeln!(out, "[[term]]\nname = {}\nslot = \"topic\"\n", quoted(word));
        }
        let _ = writeln!(out, "[[indicator]]\nid = \"{}\"", self.id(catalogue));
        let _ = writeln!(out, "name = {}", quoted(self.name()));
        let _ = writeln!(out, "unit = {}\nkind = \"{kind}\"", quoted(unit));
        let _ = writeln!(out, "definition = \"\"");
        let _ = writeln!(out, "is = [{}]", list(&mut self.asked()));
        let _ = writeln!(out, "examples = [");
        for e in &self.examples {
            let text = e.sentence();
            if !without.contains(&text.as_str()) {
                let (text, value) = (quoted(&text), quoted(&e.value));
                let _ = writeln!(out, "    {{ text = {text}, value = {value} }},");
            }
        }
        let _ = writeln!(out, "]\nnot_examples = []");
        out
    }

    /// Unit and kind that an entry begins with.
    fn unit_and_kind(&self) -> (&str, &'static str) {
        if self.unit.is_empty() {
            return ("无量纲", "ratio");
        }
        let kind = match crate::quantity::Reader::builtin().kind_of(&self.unit) {
            Some(UnitKind::Rate) if self.unit.starts_with('元') => "standard",
            Some(UnitKind::Rate | UnitKind::Ratio) => "ratio",
            _ => "flow",
        };
        (&self.unit, kind)
    }
}

impl Example {
    /// As a sentence of its own.
    fn sentence(&self) -> String {
        format!("{}{}。", self.measured, self.value_text)
    }
}

/// Entries for groups, ready to paste: they have been validated together, on top of the catalogue (with the pipelines of
/// `folder`). Examples that do not hold are left out; an entry that cannot stand is a comment.
///
/// # Errors
/// Where the folder cannot be read.
pub fn entries(
    groups: &[Group],
    catalogue: &Catalogue,
    folder: Option<&Path>,
) -> Result<Vec<String>, CatalogueError> {
    let file = |g: &Group| format!("suggested-{}.toml", g.home());
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for g in groups {
        let text = files
            .entry(file(g))
            .or_insert_with(|| header(g.home(), catalogue));
        text.push_str(&g.toml(catalogue, &[]));
    }
    let own: Vec<String> = files.keys().cloned().collect();
    let files: Vec<(String, String)> = files.into_iter().collect();
    let findings = validate_with(folder, &files)?.findings;
    // The built-in pipelines are in order by themselves.
    let before = match folder {
        Some(_) => validate_with(folder, &[])?.findings,
        None => Vec::new(),
    };
    let told = |g: &Group| {
        let id = g.id(catalogue);
        let mut missed: Vec<&str> = Vec::new();
        let mut stands = true;
        for f in &findings {
            let mine = f.file == file(g) && (f.entry == id || g.words.contains(&f.entry));
            match &f.problem {
                Problem::ExampleMissed { text, .. } | Problem::ValueAbsent { text, .. } if mine => {
                    missed.push(text);
                }
                // A word that is now a term may stand in the way of an example that held.
                Problem::ExampleMissed { text, .. } if !own.contains(&f.file) => {
                    let new =
                        !before.contains(f) && g.words.iter().any(|w| text.contains(w.as_str()));
                    stands &= !new;
                }
                _ => stands &= !mine,
            }
        }
        let entry = g.toml(catalogue, &missed);
        if stands && missed.len() < g.examples.len() {
            return entry;
        }
        entry.lines().map(|l| format!("# {l}\n")).collect()
    };
    Ok(groups.iter().map(told).collect())
}

/// How a file of a domain begins.
pub fn header(domain: &str, catalogue: &Catalogue) -> String {
    let name = catalogue.domain_name(domain).unwrap_or(domain);
    format!("[pipeline]\ndomain = \"{domain}\"\nname = \"{name}\"\n\n")
}

/// Groups that at least `least` documents state, the most widespread first; of one domain where it is not empty.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn suggest(
    reader: &Reader,
    catalogue: &Catalogue,
    domain: &str,
    least: usize,
) -> Result<Vec<Group>, Error> {
    let origins = origins(reader)?;
    let mut gather = Gather {
        catalogue,
        origins,
        domain,
        lexicons: HashMap::new(),
        groups: BTreeMap::new(),
    };
    // A year at a time, so that memory is bounded by a partition and by how many different things are measured.
    for year in reader.years(&QUANTITIES)? {
        let lazy = reader
            .scan_years(&QUANTITIES, |y| y == year)?
            .filter(col("indicator").is_null().and(col("is_current")))
            .select(
                [
                    "document_id",
                    "file_name",
                    "location",
                    "measured",
                    "unit",
                    "value_text",
                    "value",
                ]
                .map(col),
            );
        let frame = collect(reader, &QUANTITIES, lazy)?;
        gather
            .take(&frame)
            .map_err(|e| failed(reader, &QUANTITIES, e))?;
    }
    let mut groups: Vec<Group> = gather
        .groups
        .into_values()
        .map(|(group, _)| group)
        .filter(|g| g.documents >= least)
        .collect();
    groups.sort_by(|a, b| {
        (b.documents, b.count)
            .cmp(&(a.documents, a.count))
            .then_with(|| (&a.domain, &a.terms, &a.words).cmp(&(&b.domain, &b.terms, &b.words)))
    });
    Ok(groups)
}

type Key = (String, Vec<String>, Vec<String>, String);

struct Gather<'c> {
    catalogue: &'c Catalogue,
    /// Domain and area of each document.
    origins: HashMap<String, (String, String)>,
    domain: &'c str,
    lexicons: HashMap<String, Arc<Lexicon>>,
    /// With the document that was counted last: the rows of a document follow one another.
    groups: BTreeMap<Key, (Group, String)>,
}

impl Gather<'_> {
    fn take(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let cells = |name| Cells::of(frame, name);
        let (document, file, location) = (
            cells("document_id")?,
            cells("file_name")?,
            cells("location")?,
        );
        let (measured, unit) = (cells("measured")?, cells("unit")?);
        let (text, value) = (cells("value_text")?, cells("value")?);
        for n in 0..frame.height() {
            let id = document.text(n);
            let (domain, area) = self.origins.get(&id).cloned().unwrap_or_default();
            if !self.domain.is_empty() && self.domain != domain {
                continue;
            }
            let phrase = measured.text(n);
            let lexicon = self
                .lexicons
                .entry(domain.clone())
                .or_insert_with(|| self.catalogue.lexicon(&domain));
            let (terms, words) = meaning(lexicon, &phrase);
            let unit = unit.text(n);
            // Points of a self-evaluation (分值, 得分) are in every such table and are no indicators.
            if terms.is_empty() && words.is_empty()
                || terms.len() + words.len() > MOST_WORDS
                || unit == "分"
            {
                continue;
            }
            let key = (domain.clone(), terms.clone(), words.clone(), unit.clone());
            let (group, last) = self.groups.entry(key).or_insert_with(|| {
                let group = Group {
                    domain,
                    terms,
                    words,
                    unit,
                    ..Group::default()
                };
                (group, String::new())
            });
            group.count += 1;
            if *last != id {
                group.documents += 1;
                *last = id;
            }
            group.areas.insert(area);
            if let Some(count) = group.wordings.get_mut(&phrase) {
                *count += 1;
            } else if group.wordings.len() < MOST_WORDINGS {
                group.wordings.insert(phrase.clone(), 1);
            }
            if group.examples.len() < MOST_EXAMPLES {
                group.examples.push(Example {
                    measured: phrase,
                    value_text: text.text(n),
                    value: value
                        .decimal(n)
                        .map(|d| d.normalize().to_string())
                        .unwrap_or_default(),
                    file_name: file.text(n),
                    location: location.text(n),
                });
            }
        }
        Ok(())
    }
}

/// Terms that a phrase states, and content words that it has besides; both in order, each once.
fn meaning(lexicon: &Lexicon, phrase: &str) -> (Vec<String>, Vec<String>) {
    let (mut terms, mut words): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let push = |all: &mut Vec<String>, word: &str| {
        if !all.iter().any(|w| w == word) {
            all.push(word.to_owned());
        }
    };
    let rest = |text: Option<&str>, words: &mut Vec<String>| {
        token::content_words(text.unwrap_or(""), |w| {
            push(words, w);
            true
        });
    };
    let mut from = 0;
    for w in lexicon.words(phrase) {
        rest(phrase.get(from..w.start), &mut words);
        from = w.end;
        match w.entry.term {
            Some(t) => {
                let name = &lexicon.term(t).name;
                if !terms.iter().any(|w| w == name) {
                    terms.push(name.clone());
                }
            }
            None if w.entry.roles & role::NARROWING != 0 => {
                rest(phrase.get(w.start..w.end), &mut words);
            }
            None => {}
        }
    }
    rest(phrase.get(from..), &mut words);
    (terms, words)
}

/// Domain and area of each document.
fn origins(reader: &Reader) -> Result<HashMap<String, (String, String)>, Error> {
    let agencies = collect(reader, &DIM_AGENCY, reader.scan(&DIM_AGENCY)?)?;
    let domains = || -> PolarsResult<HashMap<String, String>> {
        let (name, domain) = (
            Cells::of(&agencies, "agency")?,
            Cells::of(&agencies, "agency_domain")?,
        );
        Ok((0..agencies.height())
            .map(|n| (name.text(n), domain.text(n)))
            .collect())
    };
    let domains = domains().map_err(|e| failed(reader, &DIM_AGENCY, e))?;
    let lazy =
        reader
            .scan(&DOCUMENTS)?
            .select([col("document_id"), col("agency"), col("ref_area")]);
    let documents = collect(reader, &DOCUMENTS, lazy)?;
    let read = || -> PolarsResult<HashMap<String, (String, String)>> {
        let id = Cells::of(&documents, "document_id")?;
        let (agency, area) = (
            Cells::of(&documents, "agency")?,
            Cells::of(&documents, "ref_area")?,
        );
        Ok((0..documents.height())
            .map(|n| {
                let domain = domains.get(&agency.text(n)).cloned().unwrap_or_default();
                (id.text(n), (domain, area.text(n)))
            })
            .collect())
    };
    read().map_err(|e| failed(reader, &DOCUMENTS, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wordings_of_one_thing_have_one_meaning() {
        let lexicon = Catalogue::builtin().lexicon("civil-affairs");
        let of = |phrase: &str| meaning(&lexicon, phrase);
        assert_eq!(of("全年共发放农村低保金"), of("累计发放农村低保资金"));
        assert_ne!(of("农村低保对象"), of("城市低保对象"));
        assert_eq!(of("智慧养老服务").1, ["智慧"]);
    }

    #[test]
    fn an_entry_to_paste_is_toml() {
        let group = Group {
            domain: "civil-affairs".into(),
            terms: vec!["低保".into()],
            words: vec!["复核".into()],
            unit: "户".into(),
            wordings: BTreeMap::from([
                ("低保复核".to_string(), 2),
                ("全年低保复核".to_string(), 1),
            ]),
            examples: vec![Example {
                measured: "低保复核".into(),
                value_text: "12户".into(),
                value: "12".into(),
                ..Example::default()
            }],
            ..Group::default()
        };
        let groups = [group];
        let entries = entries(&groups, Catalogue::builtin(), None).unwrap();
        let text = format!(
            "{}{}",
            header("civil-affairs", Catalogue::builtin()),
            entries[0]
        );
        let parsed: toml::Value = toml::from_str(&text).unwrap();
        let entry = &parsed["indicator"][0];
        assert_eq!(entry["name"].as_str(), Some("低保复核"));
        assert!(entry["id"].as_str().unwrap().starts_with("civil.new.n"));
        assert_eq!(entry["examples"][0]["value"].as_str(), Some("12"));
        let file = ("suggested.toml".to_string(), text);
        assert_eq!(validate_with(None, &[file]).unwrap().findings, []);
    }
}
