//! What is wrong with pipelines: everything at once, each with its file and line.
//!
//! First the files as such (`shape`): TOML, keys, values. Where that is in order the catalogue is loaded, and its
//! entries (`entries`), descriptions (`overlap`) and worked examples (`examples`) are looked at together with those of
//! the built-in pipelines that they extend.

mod entries;
mod examples;
mod overlap;
mod problem;

pub(crate) use problem::Locator;
pub use problem::{Finding, Place, Problem, Wanted};

use super::{
    Catalogue, CatalogueError, Source, builtin_files, domain_of, folder_files, is_common, shape,
};
use rustc_hash::FxHashSet;
use std::path::Path;

/// What came out.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Pipelines looked at.
    pub files: usize,
    /// Indicators that they have.
    pub indicators: usize,
    /// What is to be mended, by file and line.
    pub findings: Vec<Finding>,
}

/// Files whose built-in text is the only one there is.
const NOT_REPLACEABLE: [&str; 3] = ["units.toml", "not-figures.toml", "agencies.toml"];

/// Looks at the built-in pipelines or, where a folder is given, at its files and at what they make of the whole.
///
/// # Errors
/// Where the folder or one of its files cannot be read.
pub fn validate(folder: Option<&Path>) -> Result<Report, CatalogueError> {
    validate_with(folder, &[])
}

/// The same with further files, by name and text, that stand on no disk.
///
/// # Errors
/// As for [`validate`].
pub fn validate_with(
    folder: Option<&Path>,
    more: &[(String, String)],
) -> Result<Report, CatalogueError> {
    let mut files = folder.map_or(Ok(Vec::new()), folder_files)?;
    files.extend_from_slice(more);
    let added = folder.is_some() || !more.is_empty();
    let mut report = Report::default();
    let mut look = |name: &str, text: &str| {
        report.files += 1;
        report.findings.extend(shape::check(name, text));
    };
    match added {
        true => files.iter().for_each(|(name, text)| look(name, text)),
        false => builtin_files().for_each(|(name, text)| look(name, text)),
    }
    for (name, _) in &files {
        if NOT_REPLACEABLE.contains(&name.as_str()) {
            report.findings.push(Finding {
                file: name.clone(),
                line: 0,
                entry: String::new(),
                problem: Problem::NotReplaceable,
            });
        }
    }
    // What cannot be loaded cannot be looked at further.
    if report.findings.is_empty() {
        match Catalogue::with(&files).and_then(Catalogue::checked) {
            Ok(c) => {
                report.files = c.sources().len();
                report.indicators = c.indicators().len();
                let names = files.iter().map(|(name, _)| name.as_str());
                let scope = match added {
                    true => Scope::of(&c, names),
                    false => Scope::all(),
                };
                report.findings = run(&c, &scope);
            }
            Err(CatalogueError::Toml {
                file,
                line,
                message,
            }) => report.findings.push(Finding {
                file,
                line,
                entry: String::new(),
                problem: Problem::Load(message),
            }),
            Err(e) => return Err(e),
        }
    }
    report.findings.sort();
    report.findings.dedup();
    Ok(report)
}

/// The domains whose reports a folder's files can change: what is said of the others stands as it was.
pub(crate) struct Scope(Option<FxHashSet<String>>);

impl Scope {
    /// Every domain.
    pub(crate) fn all() -> Scope {
        Scope(None)
    }

    /// What these files describe and share. Files that every report knows, or that replace others, change everything.
    fn of<'n>(c: &Catalogue, names: impl Iterator<Item = &'n str>) -> Scope {
        let mut domains = FxHashSet::default();
        for name in names {
            let source = c.sources().iter().find(|s| s.name == name);
            let Some(s) = source.filter(|_| builtin_files().all(|(n, _)| n != name)) else {
                return Scope::all();
            };
            let shared = s.file().indicator.iter().flat_map(|i| &i.as_ref().shared);
            for d in shared.map(String::as_str).chain([domain_of(s)]) {
                if is_common(d) || d == "*" {
                    return Scope::all();
                }
                domains.insert(d.to_owned());
            }
        }
        Scope(Some(domains))
    }

    /// Whether a domain is looked at.
    fn covers(&self, domain: &str) -> bool {
        self.0.as_ref().is_none_or(|all| all.contains(domain))
    }

    fn is_all(&self) -> bool {
        self.0.is_none()
    }
}

/// Checks the entries of a catalogue and runs the examples.
pub(crate) fn run(c: &Catalogue, scope: &Scope) -> Vec<Finding> {
    let mut out = c.faults.clone();
    out.extend(entries::findings(c, scope));
    out.extend(overlap::findings(c, scope));
    out.extend(examples::findings(c, scope));
    if scope.is_all() {
        out.extend(of_tables(c));
    }
    out.sort();
    out.dedup();
    out
}

/// Forms, checks, and the tables of units and agencies.
fn of_tables(c: &Catalogue) -> Vec<Finding> {
    let mut out = c.forms().faults();
    out.extend(crate::form::faults(c));
    out.extend(c.checks().validate(c));
    let tables = [
        (
            "units.toml",
            crate::quantity::Reader::builtin().check_examples(),
        ),
        ("agencies.toml", c.knowledge().agencies.check_examples()),
    ];
    for (file, faults) in tables {
        out.extend(faults.into_iter().map(|sentence| Finding {
            file: file.to_string(),
            line: 0,
            entry: String::new(),
            problem: Problem::Load(sentence),
        }));
    }
    out
}

/// Where the entries of a file are.
fn locator(s: &Source) -> Locator<'_> {
    let terms = s.file().term.iter().map(|t| t.span().start);
    let indicators = s.file().indicator.iter().map(|i| i.span().start);
    Locator::new(&s.text, terms.chain(indicators))
}
