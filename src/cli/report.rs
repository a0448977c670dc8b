//! `zhibiao report`: a page for the browser, letters for the bureaus.

use super::analysts::{Scope, theme, years};
use super::output::complain;
use super::{Failure, Status};
use crate::analyse::series::{Texts, several};
use crate::analyse::{Filter, Indicator, Series, checks, coverage, find};
use crate::catalogue::Catalogue;
use crate::message::{self, analysts as said};
use crate::report::{html, letters, quotes};
use crate::warehouse::Reader;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    scope: Scope,
    /// Years: 2024, 2020-2024, 2020-
    #[arg(long, value_name = "YEARS", value_parser = years)]
    years: Option<(i32, i32)>,
    /// Write the page into this file (report.html where no letters are asked for)
    #[arg(long, value_name = "FILE", visible_alias = "output")]
    out: Option<PathBuf>,
    /// Write a Word letter for each agency with findings into this folder
    #[arg(long, value_name = "DIR")]
    letters: Option<PathBuf>,
    /// Indicators to show (id or name, may be repeated; the most widespread by default)
    #[arg(long = "indicator", value_name = "INDICATOR")]
    indicators: Vec<String>,
    /// How many of the most widespread
    #[arg(long, value_name = "N", default_value_t = 16)]
    most: usize,
}

/// Areas up to which their pages show every indicator; more of them would make a page of tens of megabytes.
const MOST_WHOLE: usize = 12;

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let (reader, mut filter) = arguments.scope.open()?;
    filter.years = arguments.years;
    let failed = checks::Outcomes::Failed;
    let findings = checks::findings(&reader, &filter, failed, Catalogue::builtin())?;
    let mut written = Vec::new();
    if let Some(folder) = &arguments.letters {
        std::fs::create_dir_all(folder).map_err(|e| cannot(folder, &e))?;
        for letter in letters::letters(&reader, &findings)? {
            let path = folder.join(&letter.file_name);
            std::fs::write(&path, &letter.bytes).map_err(|e| cannot(&path, &e))?;
            written.push(path);
        }
        complain(&said::letters(written.len(), folder));
    }
    let page = match (&arguments.out, &arguments.letters) {
        (Some(path), _) => Some(path.clone()),
        (None, None) => Some(PathBuf::from("report.html")),
        (None, Some(_)) => None,
    };
    if let Some(path) = page {
        let mut chosen = if arguments.indicators.is_empty() {
            find::widespread(&reader, &filter, arguments.most)?
        } else {
            let wanted = arguments.indicators.iter();
            wanted
                .map(|w| super::analysts::indicator(&reader, w))
                .collect::<Result<Vec<_>, _>>()?
        };
        // Named twice, it is shown once.
        let mut known = BTreeSet::new();
        chosen.retain(|i| known.insert(i.id.clone()));
        let coverage = coverage::coverage(&reader, &filter)?;
        let areas: BTreeSet<&str> = coverage.rows.iter().map(|r| r.ref_area.as_str()).collect();
        let mut themes = Vec::new();
        let shown = if areas.len() <= MOST_WHOLE {
            // Of few areas every indicator is shown; the warehouse is read once for all of them.
            let mut every = find::widespread(&reader, &filter, usize::MAX)?;
            let texts = Texts::Of(html::MOST_OTHERS, &|_, _, _| true);
            let all = series_of(&reader, chosen.iter().chain(&every), &filter, &texts)?;
            every.sort_by(|a, b| (&a.domain, &a.id).cmp(&(&b.domain, &b.id)));
            themes = find::by_theme(shown(every, all.clone()), |(i, _)| theme(i));
            shown(chosen, all)
        } else {
            // Of many, most are not shown: the values tell which, and of these alone the sentences are read.
            let all = series_of(&reader, &chosen, &filter, &Texts::Values)?;
            let choice = html::Choice::of(&shown(chosen.clone(), all));
            let has = |id: &str, area: &str, agency: &str| choice.has(id, area, agency);
            let texts = Texts::Of(html::MOST_OTHERS, &has);
            let all = series_of(&reader, &chosen, &filter, &texts)?;
            shown(chosen, all)
        };
        let listed: Vec<&checks::Finding> = html::listed(&findings).collect();
        let content = html::Content {
            title: said::report_title(&arguments.scope.areas),
            coverage: &coverage,
            indicators: &shown,
            themes: &themes,
            findings: &findings,
            quotes: &quotes(&reader, &listed)?,
        };
        std::fs::write(&path, html::report(&content)).map_err(|e| cannot(&path, &e))?;
        complain(&said::report_written(&path));
        written.insert(0, path);
    }
    if arguments.scope.json {
        let files: Vec<String> = written.iter().map(|p| p.display().to_string()).collect();
        let mut out = std::io::stdout().lock();
        let answer = json!({"files": files, "findings": findings.len()});
        writeln!(out, "{answer}")?;
    }
    Ok(Status::Ok)
}

/// Series by the id of their indicator.
type All = BTreeMap<String, Vec<Series>>;

fn series_of<'i>(
    reader: &Reader,
    indicators: impl IntoIterator<Item = &'i Indicator>,
    filter: &Filter,
    texts: &Texts<'_>,
) -> Result<All, Failure> {
    let ids: BTreeSet<&str> = indicators.into_iter().map(|i| i.id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    Ok(several(reader, &ids, filter, texts)?)
}

/// Indicators with their series.
fn shown(indicators: Vec<Indicator>, mut all: All) -> Vec<html::Shown> {
    let with = |i: Indicator| {
        let series = all.remove(&i.id).unwrap_or_default();
        (i, series)
    };
    indicators.into_iter().map(with).collect()
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::CannotRun(message::file(path, error))
}
