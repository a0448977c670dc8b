//! The catalogue: indicators, their wordings and examples, loaded from `pipelines/*.toml`.
//!
//! The built-in pipelines are compiled into the program. A folder given with `--pipelines` adds files to them; a file
//! of the same name replaces the built-in one. [`Catalogue::lexicon`] gives the indexed vocabulary for the reports of
//! one domain. `docs/catalogue.md` teaches the format, `validate` runs the worked examples.

mod coverage;
mod lexicon;
mod lines;
mod near;
pub mod schema;
mod shape;
mod validate;
mod words;

pub use coverage::{Coverage, DomainCoverage, ENOUGH, Unsaid, Wanting};
pub use lexicon::{Entry, Lexicon, Rule, Term, TermId, Word, role};
pub(crate) use lines::Lines;
pub(crate) use near::{distance, near};
pub use schema::Slot;
pub use shape::{SCHEMAS, schema_of};
pub use validate::{Finding, Place, Problem, Report, Wanted, validate, validate_with};

use crate::context::Knowledge;
use lexicon::{Builder, Language, role_bit};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use schema::{IndicatorEntry, PipelineFile};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// An indicator of the catalogue.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Fixed id: `civil.funeral.cremations`.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Base unit.
    pub unit: String,
    /// Further units texts use for it.
    pub units: Vec<String>,
    /// flow, stock, standard, ratio …
    pub kind: String,
    /// Domain id.
    pub domain: String,
    /// Group within the domain.
    pub group: String,
    /// Parent id, or empty.
    pub parent: String,
    /// What it counts.
    pub definition: String,
    /// File and line of its entry.
    pub place: (String, usize),
}

/// A pipeline file as loaded.
#[derive(Debug)]
pub struct Source {
    /// File name.
    pub name: String,
    /// Its text, for line numbers.
    pub text: Cow<'static, str>,
    /// Parsed.
    pub file: PipelineFile,
}

/// What cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A folder or file cannot be read.
    #[error("读不到规则文件 {path}：{source}")]
    Io {
        /// Path.
        path: String,
        /// Cause.
        source: std::io::Error,
    },
    /// Not valid TOML, or an unknown field.
    #[error("规则文件 {file} 第 {line} 行有误：{message}")]
    Toml {
        /// File name.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The vocabulary cannot be indexed.
    #[error("{0}")]
    Vocabulary(String),
}

/// Indicators, vocabulary and forms, ready for use by any number of threads.
pub struct Catalogue {
    sources: Vec<Source>,
    language: Language,
    indicators: Vec<Indicator>,
    by_id: FxHashMap<String, usize>,
    version: String,
    forms: crate::form::Forms,
    checks: crate::check::Rules,
    lexicons: FxHashMap<String, OnceLock<Arc<Lexicon>>>,
    fallback: OnceLock<Arc<Lexicon>>,
    /// Places and agencies, where a pipeline adds agencies.
    knowledge: Option<Box<Knowledge>>,
    /// Entries that could not be taken; `validate` reports them.
    faults: Vec<Finding>,
}

macro_rules! builtin {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../pipelines/", $name)))),*]
    };
}

/// Built-in pipelines, in the order in which they are read.
const BUILTIN: &[(&str, &str)] = builtin![
    "terms.toml",
    "common.toml",
    "civil-affairs.toml",
    "administrative-approval.toml",
    "agriculture.toml",
    "audit.toml",
    "commerce.toml",
    "culture.toml",
    "development.toml",
    "disabled.toml",
    "education.toml",
    "emergency.toml",
    "environment.toml",
    "finance.toml",
    "forestry.toml",
    "government-offices.toml",
    "health.toml",
    "housing.toml",
    "human-resources.toml",
    "justice.toml",
    "market.toml",
    "medical-insurance.toml",
    "natural-resources.toml",
    "petitions.toml",
    "public-security.toml",
    "rural-revitalisation.toml",
    "science-industry.toml",
    "statistics.toml",
    "transport.toml",
    "urban-management.toml",
    "veterans.toml",
    "water.toml",
];
const LANGUAGE: &str = include_str!("../../pipelines/language.toml");
const FORMS: &str = include_str!("../../pipelines/forms.toml");
const CHECKS: &str = include_str!("../../pipelines/checks.toml");

fn parse<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, CatalogueError> {
    toml::from_str(text).map_err(|e| CatalogueError::Toml {
        file: name.to_string(),
        line: e.span().map_or(0, |s| Lines::of(text).at(s.start)),
        message: e.message().to_string(),
    })
}

/// Files of a folder that replace one of the built-in files other than pipelines, or that no folder can replace.
const SPECIAL: [&str; 6] = [
    "language.toml",
    "forms.toml",
    "units.toml",
    "not-figures.toml",
    "agencies.toml",
    "checks.toml",
];

/// All built-in files, for `validate`.
pub(crate) fn builtin_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILTIN.iter().copied().chain([
        ("language.toml", LANGUAGE),
        ("forms.toml", FORMS),
        ("checks.toml", CHECKS),
        ("units.toml", include_str!("../../pipelines/units.toml")),
        (
            "not-figures.toml",
            include_str!("../../pipelines/not-figures.toml"),
        ),
        (
            "agencies.toml",
            include_str!("../../pipelines/agencies.toml"),
        ),
    ])
}

/// Name and text of the `.toml` files of a folder, by name.
///
/// # Errors
/// Where the folder or a file cannot be read, or is not UTF-8.
fn folder_files(folder: &Path) -> Result<Vec<(String, String)>, CatalogueError> {
    let io = |source| CatalogueError::Io {
        path: folder.display().to_string(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|e| e == "toml") && path.is_file() {
            let text = std::fs::read_to_string(&path).map_err(|source| CatalogueError::Io {
                path: path.display().to_string(),
                source,
            })?;
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            files.push((name.unwrap_or_default(), text));
        }
    }
    files.sort();
    Ok(files)
}

impl Catalogue {
    /// The built-in catalogue.
    ///
    /// # Panics
    /// Never for a released program: its own tests load it.
    pub fn builtin() -> &'static Catalogue {
        static BUILT: OnceLock<Catalogue> = OnceLock::new();
        BUILT.get_or_init(|| match Catalogue::with(&[]) {
            Ok(c) => c,
            Err(e) => panic!("{e}"),
        })
    }

    /// The built-in pipelines, with the `.toml` files of a folder added; a file of a built-in's name replaces it.
    ///
    /// # Errors
    /// The folder or a file cannot be read, or a file has an error (with its line).
    pub fn load(folder: &Path) -> Result<Catalogue, CatalogueError> {
        Catalogue::with(&folder_files(folder)?)
    }

    fn with(extra: &[(String, String)]) -> Result<Catalogue, CatalogueError> {
        let replaced = |name: &str| {
            extra
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, t)| t.as_str())
        };
        let mut digest = Sha256::new();
        let language_text = replaced("language.toml").unwrap_or(LANGUAGE);
        let forms_text = replaced("forms.toml").unwrap_or(FORMS);
        digest.update(language_text);
        digest.update(forms_text);
        let checks_text = replaced("checks.toml").unwrap_or(CHECKS);
        digest.update(checks_text);
        let language: Language = parse("language.toml", language_text)?;
        let forms = crate::form::Forms::parse("forms.toml", forms_text)?;
        let checks = crate::check::Rules::parse("checks.toml", checks_text)?;
        type Text = Cow<'static, str>;
        let builtin = BUILTIN.iter().map(|&(name, text)| {
            let text = replaced(name).map_or(Text::Borrowed(text), |t| Text::Owned(t.to_string()));
            (name.to_string(), text)
        });
        let more = extra.iter().filter(|(n, _)| {
            !SPECIAL.contains(&n.as_str()) && !BUILTIN.iter().any(|(b, _)| b == n)
        });
        let all: Vec<(String, Text)> = builtin
            .chain(more.map(|(n, t)| (n.clone(), Text::Owned(t.clone()))))
            .collect();
        for (name, text) in &all {
            digest.update(name);
            digest.update(text.as_ref());
        }
        // Parsing is most of the time that the program takes to start.
        let parsed: Vec<Result<PipelineFile, CatalogueError>> = all
            .par_iter()
            .map(|(name, text)| parse(name, text))
            .collect();
        let mut sources: Vec<Source> = Vec::with_capacity(all.len());
        for ((name, text), file) in all.into_iter().zip(parsed) {
            let file = file?;
            sources.push(Source { name, text, file });
        }
        let mut c = Catalogue {
            sources,
            language,
            indicators: Vec::new(),
            by_id: FxHashMap::default(),
            version: String::new(),
            forms,
            checks,
            lexicons: FxHashMap::default(),
            fallback: OnceLock::new(),
            knowledge: None,
            faults: Vec::new(),
        };
        let departments: Vec<_> = c
            .sources
            .iter()
            .flat_map(|s| s.file.department.iter().cloned())
            .collect();
        if !departments.is_empty() {
            let extended = Knowledge::extended(&departments)
                .map_err(|e| CatalogueError::Vocabulary(e.to_string()))?;
            c.knowledge = Some(Box::new(extended));
        }
        let hex: String = digest
            .finalize()
            .iter()
            .take(6)
            .map(|b| format!("{b:02x}"))
            .collect();
        c.version = format!("{}+{hex}", env!("CARGO_PKG_VERSION"));
        c.index();
        Ok(c)
    }

    fn index(&mut self) {
        for s in &self.sources {
            let domain = s.file.pipeline.as_ref().map_or("", |p| p.domain.as_str());
            let lines = Lines::of(&s.text);
            for spanned in &s.file.indicator {
                let i = spanned.as_ref();
                let place = (s.name.clone(), lines.at(spanned.span().start));
                if let Some(&other) = self.by_id.get(&i.id) {
                    let first = self
                        .indicators
                        .get(other)
                        .map(|o| o.place.clone())
                        .unwrap_or_default();
                    self.faults.push(Finding {
                        file: place.0,
                        line: place.1,
                        entry: i.id.clone(),
                        problem: Problem::TwiceDefined(first),
                    });
                    continue;
                }
                self.by_id.insert(i.id.clone(), self.indicators.len());
                self.indicators.push(Indicator {
                    id: i.id.clone(),
                    name: i.name.clone(),
                    unit: i.unit.clone(),
                    units: i.units.clone(),
                    kind: i.kind.clone(),
                    domain: domain.to_string(),
                    group: i.group.clone(),
                    parent: i.parent.clone(),
                    definition: i.definition.clone(),
                    place,
                });
            }
            if !matches!(domain, "" | "shared" | "common") {
                self.lexicons.entry(domain.to_string()).or_default();
            }
        }
    }

    /// Words of names of indicators.
    pub(crate) fn name_words(&self) -> &lexicon::NameWords {
        &self.language.names
    }

    /// Words by which headings speak of aims.
    pub(crate) fn sections(&self) -> &crate::context::section::SectionWords {
        &self.language.sections
    }

    fn builder(&self, domain: &str) -> Builder {
        let mut b = Builder::default();
        for (name, words) in self.language.roles.iter().chain(&self.language.words) {
            match name.as_str() {
                "leftover" => words.iter().for_each(|w| b.leftover(w)),
                "funds" => words.iter().for_each(|w| b.fund(w)),
                _ => {}
            }
            if matches!(name.as_str(), "leftover" | "funds") {
                continue;
            }
            // A name that means nothing is told by `validate`: the schema lists them all.
            if let Some(bit) = role_bit(name) {
                words.iter().for_each(|w| b.role(w, bit));
            }
        }
        let mine = |d: &str| matches!(d, "shared" | "common") || d == domain;
        let is_shared = |i: &IndicatorEntry| i.shared.iter().any(|s| s == "*" || s == domain);
        // Terms of a domain that shares an indicator with this one come too, as far as its shared indicators name them.
        for s in &self.sources {
            let d = s.file.pipeline.as_ref().map_or("", |p| p.domain.as_str());
            if mine(d) {
                let common = matches!(d, "shared" | "common");
                s.file.term.iter().for_each(|t| b.term(t.as_ref(), common));
                s.file
                    .harmless
                    .iter()
                    .for_each(|w| b.role(w, role::HARMLESS));
                s.file
                    .narrowing
                    .iter()
                    .for_each(|w| b.role(w, role::NARROWING));
            } else {
                let named: Vec<&str> = s
                    .file
                    .indicator
                    .iter()
                    .map(|i| i.as_ref())
                    .filter(|i| is_shared(i))
                    .flat_map(|i| {
                        i.is.iter()
                            .chain(i.or.iter().flatten())
                            .chain(&i.with)
                            .chain(&i.not)
                    })
                    .flat_map(|g| g.split('|'))
                    .collect();
                for t in s.file.term.iter().map(|t| t.as_ref()) {
                    if named.contains(&t.name.as_str()) {
                        b.term(t, false);
                    }
                }
            }
        }
        for s in &self.sources {
            let d = s.file.pipeline.as_ref().map_or("", |p| p.domain.as_str());
            for i in s.file.indicator.iter().map(|i| i.as_ref()) {
                if (mine(d) || is_shared(i))
                    && let Some(&index) = self.by_id.get(&i.id)
                {
                    b.indicator(index, i);
                }
            }
        }
        b
    }

    /// The vocabulary for reports of a domain; for an unknown one, the common indicators only.
    pub fn lexicon(&self, domain: &str) -> Arc<Lexicon> {
        let (cell, domain) = match self.lexicons.get(domain) {
            Some(cell) => (cell, domain),
            None => (&self.fallback, ""),
        };
        cell.get_or_init(|| Arc::new(self.builder(domain).build()))
            .clone()
    }

    /// Places and agencies: the built-in ones, with the agencies that pipelines add.
    pub fn knowledge(&self) -> &Knowledge {
        self.knowledge
            .as_deref()
            .unwrap_or_else(|| Knowledge::builtin())
    }

    /// Version text: the program's version and a digest of all pipelines.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// All indicators, in the order of the files.
    pub fn indicators(&self) -> &[Indicator] {
        &self.indicators
    }

    /// Place of an indicator in [`Catalogue::indicators`].
    pub fn index_of(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// An indicator by id.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.index_of(id).and_then(|i| self.indicators.get(i))
    }

    /// Indicators whose id, name, definition or group contains the word; all for an empty one.
    pub fn search(&self, word: &str) -> Vec<&Indicator> {
        let w = word.trim().to_lowercase();
        self.indicators
            .iter()
            .filter(|i| {
                [&i.id, &i.name, &i.definition, &i.group, &i.domain]
                    .iter()
                    .any(|s| s.to_lowercase().contains(&w))
            })
            .collect()
    }

    /// Known forms.
    pub fn forms(&self) -> &crate::form::Forms {
        &self.forms
    }

    /// Cross-footing rules.
    pub fn checks(&self) -> &crate::check::Rules {
        &self.checks
    }

    /// The files as loaded.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Domains that have indicators of their own.
    pub fn domains(&self) -> Vec<&str> {
        let mut d: Vec<&str> = self.lexicons.keys().map(String::as_str).collect();
        d.sort_unstable();
        d
    }

    fn header(&self, domain: &str) -> Option<&schema::Header> {
        let mut headers = self.sources.iter().filter_map(|s| s.file.pipeline.as_ref());
        headers.find(|h| h.domain == domain)
    }

    /// Chinese name of a domain; `None` for an unknown one.
    pub fn domain_name(&self, domain: &str) -> Option<&str> {
        self.header(domain).map(|h| h.name.as_str())
    }

    /// Chinese name of a group of a domain's indicators; `None` where the pipeline gives none.
    pub fn group_name(&self, domain: &str, group: &str) -> Option<&str> {
        let name = self.header(domain)?.groups.get(group)?;
        Some(name.as_str())
    }

    /// Counts worked examples, and what they say.
    pub fn coverage(&self) -> Coverage {
        coverage::coverage(self)
    }

    /// Runs every worked example and checks the entries. [`validate`] does so for files that may not even load.
    pub fn validate(&self) -> Vec<Finding> {
        validate::run(self, &validate::Scope::all())
    }
}
