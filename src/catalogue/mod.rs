//! The catalogue: indicators, their wordings and examples, loaded from `pipelines/*.toml`.
//!
//! The built-in pipelines are compiled into the program. A folder given with `--pipelines` adds files to them; a file
//! of the same name replaces the built-in one. [`Catalogue::lexicon`] gives the indexed vocabulary for the reports of
//! one domain. `docs/catalogue.md` teaches the format, `validate` runs the worked examples.

mod change;
mod coverage;
mod lexicon;
mod lines;
mod near;
mod record;
pub mod schema;
mod shape;
mod source;
mod validate;
mod words;

pub use change::{Change, Said};
pub use coverage::{Coverage, DomainCoverage, ENOUGH, Unsaid, Wanting};
pub use lexicon::{Entry, Lexicon, Rule, Term, TermId, Word, role};
pub(crate) use lines::Lines;
pub(crate) use near::{distance, near};
pub use record::Record;
pub use schema::Slot;
pub use shape::{SCHEMAS, schema_of};
pub use source::Source;
pub use validate::{Finding, Place, Problem, Report, Wanted, validate, validate_with};

use crate::builtin;
use crate::context::Knowledge;
use lexicon::{Builder, Language, role_bit};
use rustc_hash::FxHashMap;
use schema::IndicatorEntry;
use sha2::{Digest, Sha256};
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
    /// Number of its file, and the byte of it at which its entry begins; see [`Catalogue::place`].
    at: (usize, usize),
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

impl CatalogueError {
    /// What is wrong with a file's text.
    pub(crate) fn toml(file: &str, text: &str, e: &toml::de::Error) -> CatalogueError {
        CatalogueError::Toml {
            file: file.to_string(),
            line: e.span().map_or(0, |s| Lines::of(text).at(s.start)),
            message: e.message().to_string(),
        }
    }
}

/// Indicators, vocabulary and forms, ready for use by any number of threads.
pub struct Catalogue {
    sources: Vec<Source>,
    language: Language,
    indicators: Vec<Indicator>,
    /// Their ids, for the rows of figures.
    shared_ids: Vec<Arc<str>>,
    /// What their names exclude, each looked for on first use.
    sides: Vec<OnceLock<Box<[lexicon::Side]>>>,
    by_id: FxHashMap<String, usize>,
    version: String,
    forms: crate::form::Forms,
    checks: crate::check::Rules,
    lexicons: FxHashMap<String, OnceLock<Arc<Lexicon>>>,
    fallback: OnceLock<Arc<Lexicon>>,
    /// What every lexicon begins with.
    common: OnceLock<Builder>,
    /// Places and agencies, where a pipeline adds agencies.
    knowledge: Option<Box<Knowledge>>,
    /// Entries that could not be taken; `validate` reports them.
    faults: Vec<Finding>,
    /// Name and text of the files that were added or that replace built-in ones.
    extra: Vec<(String, String)>,
}

fn parse<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, CatalogueError> {
    toml::from_str(text).map_err(|e| CatalogueError::toml(name, text, &e))
}

/// Domain that a file describes; empty where it does not say.
fn domain_of(s: &Source) -> &str {
    s.brief()
        .pipeline
        .as_ref()
        .map_or("", |p| p.domain.as_str())
}

/// Whether every report knows what a domain's file says.
fn is_common(domain: &str) -> bool {
    matches!(domain, "shared" | "common")
}

/// All built-in files, for `validate`.
pub(crate) fn builtin_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = builtin::pipelines().iter().chain(builtin::tables());
    all.map(|f| (f.name, f.text))
}

/// Text and content of a built-in table, or of what replaces it.
fn table<'t, T: serde::de::DeserializeOwned>(
    name: &str,
    replaced: Option<&'t str>,
) -> (&'t str, Result<T, toml::de::Error>) {
    let built_in = builtin::table(name);
    match replaced {
        Some(text) => (text, toml::from_str(text)),
        None => (built_in.text, built_in.read()),
    }
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

/// What the version says of a catalogue's files. For the built-in ones alone the build script has made it.
fn digest(tables: [&str; 3], pipelines: &[Source]) -> String {
    let mut digest = Sha256::new();
    tables.iter().for_each(|text| digest.update(text));
    for s in pipelines {
        digest.update(&s.name);
        digest.update(s.text.as_ref());
    }
    let bytes = digest.finalize();
    bytes.iter().take(6).map(|b| format!("{b:02x}")).collect()
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
        let (language_text, language) = table("language.toml", replaced("language.toml"));
        let language: Language =
            language.map_err(|e| CatalogueError::toml("language.toml", language_text, &e))?;
        let (forms_text, forms) = table("forms.toml", replaced("forms.toml"));
        let forms = crate::form::Forms::of("forms.toml", forms_text, forms)?;
        let (checks_text, checks) = table("checks.toml", replaced("checks.toml"));
        let checks = crate::check::Rules::of("checks.toml", checks_text, checks)?;
        let mut sources: Vec<Source> = Vec::new();
        for file in builtin::pipelines() {
            sources.push(match replaced(file.name) {
                Some(text) => Source::of(file.name, text)?,
                None => Source::builtin(*file)?,
            });
        }
        // While one writes a pipeline, a mistake should be told before it matters.
        if cfg!(debug_assertions) {
            sources.iter().try_for_each(Source::check)?;
        }
        for (name, text) in extra {
            if !builtin_files().any(|(n, _)| n == name) {
                sources.push(Source::of(name, text)?);
            }
        }
        let digest = match extra.is_empty() {
            true => builtin::digest().to_string(),
            false => digest([language_text, forms_text, checks_text], &sources),
        };
        let mut c = Catalogue {
            sources,
            language,
            indicators: Vec::new(),
            shared_ids: Vec::new(),
            sides: Vec::new(),
            by_id: FxHashMap::default(),
            version: String::new(),
            forms,
            checks,
            lexicons: FxHashMap::default(),
            fallback: OnceLock::new(),
            common: OnceLock::new(),
            knowledge: None,
            faults: Vec::new(),
            extra: extra.to_vec(),
        };
        let departments: Vec<_> = c
            .sources
            .iter()
            .flat_map(|s| s.brief().department.iter().cloned())
            .collect();
        if !departments.is_empty() {
            let extended = Knowledge::extended(&departments)
                .map_err(|e| CatalogueError::Vocabulary(e.to_string()))?;
            c.knowledge = Some(Box::new(extended));
        }
        c.version = format!("{}+{digest}", env!("CARGO_PKG_VERSION"));
        c.index();
        Ok(c)
    }

    /// The same, once all of every file has been read: nothing of them is wrong.
    pub(crate) fn checked(self) -> Result<Catalogue, CatalogueError> {
        self.sources.iter().try_for_each(Source::check)?;
        Ok(self)
    }

    fn index(&mut self) {
        for (number, s) in self.sources.iter().enumerate() {
            let file = s.brief();
            let domain = domain_of(s);
            for spanned in &file.indicator {
                let i = spanned.as_ref();
                let at = (number, spanned.span().start);
                if let Some(&other) = self.by_id.get(&i.id) {
                    let first = self.indicators.get(other).map(|o| self.place(o));
                    let (file, line) = self.place_of(at);
                    self.faults.push(Finding {
                        file,
                        line,
                        entry: i.id.clone(),
                        problem: Problem::TwiceDefined(first.unwrap_or_default()),
                    });
                    continue;
                }
                self.by_id.insert(i.id.clone(), self.indicators.len());
                self.shared_ids.push(i.id.as_str().into());
                self.sides.push(OnceLock::new());
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
                    at,
                });
            }
            if !domain.is_empty() && !is_common(domain) {
                self.lexicons.entry(domain.to_string()).or_default();
            }
        }
    }

    /// File and line (from 1) of an indicator's entry. Looks through the text of the file.
    pub fn place(&self, indicator: &Indicator) -> (String, usize) {
        self.place_of(indicator.at)
    }

    fn place_of(&self, (source, byte): (usize, usize)) -> (String, usize) {
        let place = |s: &Source| (s.name.clone(), Lines::of(&s.text).at(byte));
        self.sources.get(source).map(place).unwrap_or_default()
    }

    /// Words of names of indicators.
    pub(crate) fn name_words(&self) -> &lexicon::NameWords {
        &self.language.names
    }

    /// The word of a text that excludes an indicator, since its name has the contrary, and that contrary.
    pub(crate) fn contradiction(&self, indicator: usize, text: &str) -> Option<(&str, &str)> {
        let names = self.name_words();
        let name = &self.indicators.get(indicator)?.name;
        let sides = self.sides.get(indicator)?.get_or_init(|| names.sides(name));
        names.contradiction(text, sides)
    }

    /// Words by which headings speak of aims.
    pub(crate) fn sections(&self) -> &crate::context::section::SectionWords {
        &self.language.sections
    }

    /// The words that the reports of every domain share: those of the language, and of the pipelines that come first.
    fn common_words(&self) -> Builder {
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
        for s in self.sources.iter().take(self.leading()) {
            Catalogue::add_words(&mut b, s, true);
        }
        b
    }

    /// How many pipelines at the beginning are for every domain.
    fn leading(&self) -> usize {
        let of_all = |s: &&Source| is_common(domain_of(s));
        self.sources.iter().take_while(of_all).count()
    }

    fn add_words(b: &mut Builder, s: &Source, common: bool) {
        let own = s.vocabulary();
        own.term.iter().for_each(|t| b.term(t.as_ref(), common));
        own.harmless.iter().for_each(|w| b.role(w, role::HARMLESS));
        let narrowing = own.narrowing.iter();
        narrowing.for_each(|w| b.role(w, role::NARROWING));
    }

    fn builder(&self, domain: &str) -> Builder {
        let mut b = self.common.get_or_init(|| self.common_words()).clone();
        let mine = |d: &str| is_common(d) || d == domain;
        let is_shared = |i: &IndicatorEntry| i.shared.iter().any(|s| s == "*" || s == domain);
        // Terms of a domain that shares an indicator with this one come too, as far as its shared indicators name them.
        for s in self.sources.iter().skip(self.leading()) {
            let d = domain_of(s);
            if mine(d) {
                Catalogue::add_words(&mut b, s, is_common(d));
                continue;
            }
            let indicators = s.brief().indicator.iter().map(|i| i.as_ref());
            let shared = indicators.filter(|i| is_shared(i));
            let groups = shared.flat_map(|i| {
                let required = i.is.iter().chain(i.or.iter().flatten());
                required.chain(&i.with).chain(&i.not)
            });
            let named: Vec<&str> = groups.flat_map(|g| g.split('|')).collect();
            if named.is_empty() {
                continue;
            }
            for t in s.vocabulary().term.iter().map(|t| t.as_ref()) {
                if named.contains(&t.name.as_str()) {
                    b.term(t, false);
                }
            }
        }
        for s in &self.sources {
            let d = domain_of(s);
            for i in s.brief().indicator.iter().map(|i| i.as_ref()) {
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

    /// The id of an indicator, as rows share it; empty for an index that is none.
    pub fn shared_id(&self, index: usize) -> Arc<str> {
        self.shared_ids.get(index).cloned().unwrap_or_default()
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

    /// Whether an indicator breaks another down, or a part of it; both by their places.
    pub(crate) fn is_part(&self, part: usize, whole: usize) -> bool {
        let parent = |at: &usize| {
            let indicator = self.indicators.get(*at)?;
            self.index_of(&indicator.parent)
        };
        // None leads in a circle (`validate`), and none is so deep.
        let mut above = std::iter::successors(parent(&part), parent).take(8);
        above.any(|at| at == whole)
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
        let mut headers = self
            .sources
            .iter()
            .filter_map(|s| s.brief().pipeline.as_ref());
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

#[cfg(test)]
mod tests;
