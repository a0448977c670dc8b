//! The command: arguments, printing, exit status. One file a command.
//!
//! Everything of substance is in the library; a command moves bytes and rows around it. Doc comments of arguments are
//! the English help; `message::help` has the Chinese.

mod analysts;
mod chart;
mod check_warehouse;
mod checks;
mod compare;
mod coverage;
mod export;
mod forget;
mod history;
mod indicators;
mod ingest;
mod output;
mod progress;
mod quantities;
mod query;
mod rebind;
mod report;
mod show;
mod sql_error;
mod submission;
mod suggest;
mod text;
mod trend;
mod validate;
mod why;

use crate::catalogue::{Catalogue, CatalogueError};
use crate::context::Knowledge;
use crate::message::{self, Lang, help};
use crate::quantity::Reader;
use crate::warehouse::Error;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// 指标: reads the reports that departments submit, and writes every figure as exact, traceable Parquet
#[derive(Parser, Debug)]
#[command(
    name = "zhibiao",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Language of messages: zh or en (that of the system by default)
    #[arg(long, global = true, value_name = "zh|en", value_parser = ["zh", "en"])]
    lang: Option<String>,
    /// Print help
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Read files, folders and archives into a warehouse (only what is new or changed)
    Ingest(ingest::Arguments),
    /// One document: its figures, the indicator of each, and why
    Show(show::Arguments),
    /// The text of a document: a block a line, cells separated by tabs
    Text(text::Arguments),
    /// Lines on standard input; for each, a JSON array of its figures on standard output
    Quantities(quantities::Arguments),
    /// Search the catalogue
    Indicators(indicators::Arguments),
    /// Check the pipelines and run every example written in them
    Validate(validate::Arguments),
    /// Query the tables of a warehouse with SQL
    Query(query::Arguments),
    /// An indicator over the years, by area
    Trend(trend::Arguments),
    /// Areas beside one another: rank, share, median, outliers
    Compare(compare::Arguments),
    /// Who has reported what, for which year, and what is missing
    Coverage(coverage::Arguments),
    /// What does not add up: sums, ratios, limits, text against forms, year against year
    Checks(checks::Arguments),
    /// Observations into a file: Excel, CSV or Parquet, long or wide
    Export(export::Arguments),
    /// A page for the browser, and letters to the bureaus about what does not add up
    Report(report::Arguments),
    /// Frequent figures that no indicator covers yet, as entries to paste
    Suggest(suggest::Arguments),
    /// Apply the present catalogue to all documents of a warehouse, without their files
    Rebind(rebind::Arguments),
    /// The versions of a document, and what changed between them
    History(history::Arguments),
    /// Withdraw documents from a warehouse
    Forget(forget::Arguments),
    /// Check a warehouse: files, columns, numbers of rows, references
    CheckWarehouse(check_warehouse::Arguments),
}

/// How a command ended, if it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// All is well.
    Ok,
    /// Finished, with something rejected, partial or to be mended.
    Incomplete,
}

/// Why a command did not run to its end.
#[derive(Debug)]
enum Failure {
    /// Wrong usage: the sentence to print.
    Usage(String),
    /// It could not run: the sentence to print.
    CannotRun(String),
    /// Standard output was closed or cannot be written.
    Output(std::io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::CannotRun(message::warehouse(&error))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::Output(error)
    }
}

impl From<CatalogueError> for Failure {
    fn from(error: CatalogueError) -> Self {
        Failure::CannotRun(message::pipelines::load_error(&error))
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    message::choose(asked_for(&arguments).unwrap_or_else(Lang::of_environment));
    let command = help::localise(Arguments::command(), message::lang());
    let parsed = command
        .try_get_matches_from(&arguments)
        .and_then(|m| Arguments::from_arg_matches(&m));
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) if !error.use_stderr() => {
            // Help or version, to be printed on standard output; a closed pipe is no fault.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            output::complain(&help::usage_error(&error));
            return ExitCode::from(2);
        }
    };
    crate::warehouse::load::quiet_panics();
    let result = match parsed.command {
        None => introduce(),
        Some(Command::Ingest(a)) => ingest::run(&a, &arguments),
        Some(Command::Show(a)) => show::run(&a),
        Some(Command::Text(a)) => text::run(&a),
        Some(Command::Quantities(a)) => quantities::run(&a),
        Some(Command::Indicators(a)) => indicators::run(&a),
        Some(Command::Validate(a)) => validate::run(&a),
        Some(Command::Query(a)) => query::run(&a),
        Some(Command::Trend(a)) => trend::run(&a),
        Some(Command::Compare(a)) => compare::run(&a),
        Some(Command::Coverage(a)) => coverage::run(&a),
        Some(Command::Checks(a)) => checks::run(&a),
        Some(Command::Export(a)) => export::run(&a),
        Some(Command::Report(a)) => report::run(&a),
        Some(Command::Suggest(a)) => suggest::run(&a),
        Some(Command::Rebind(a)) => rebind::run(&a, &arguments),
        Some(Command::History(a)) => history::run(&a),
        Some(Command::Forget(a)) => forget::run(&a, &arguments),
        Some(Command::CheckWarehouse(a)) => check_warehouse::run(&a),
    };
    match result {
        Ok(Status::Ok) => ExitCode::SUCCESS,
        Ok(Status::Incomplete) => ExitCode::from(1),
        Err(Failure::Output(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(e)) => {
            output::complain(&message::error_line(&message::file(
                Path::new("stdout"),
                &e,
            )));
            ExitCode::from(3)
        }
        Err(Failure::Usage(text)) => {
            output::complain(&message::error_line(&text));
            ExitCode::from(2)
        }
        Err(Failure::CannotRun(text)) => {
            output::complain(&message::error_line(&text));
            ExitCode::from(3)
        }
    }
}

/// `--lang` before anything is parsed, so that the parser's own messages speak it.
fn asked_for(arguments: &[OsString]) -> Option<Lang> {
    let mut rest = arguments.iter().skip(1).filter_map(|a| a.to_str());
    while let Some(argument) = rest.next() {
        if argument == "--" {
            return None;
        }
        if argument == "--lang" {
            return rest.next().and_then(Lang::parse);
        }
        if let Some(value) = argument.strip_prefix("--lang=") {
            return Lang::parse(value);
        }
    }
    None
}

fn introduce() -> Result<Status, Failure> {
    use std::io::Write;
    writeln!(std::io::stdout().lock(), "{}", message::introduction())?;
    Ok(Status::Ok)
}

/// The catalogue for a command that reads documents: the tables of places, agencies and units, which the first document
/// needs, are made at the same time.
fn catalogue_to_read_with(folder: Option<&PathBuf>) -> Result<CatalogueInUse, Failure> {
    let with_folder = folder.is_some();
    // Where no thread can be had, they are made when they are needed.
    let _ = std::thread::Builder::new()
        .name("tables".to_string())
        .spawn(move || {
            Reader::builtin();
            if !with_folder {
                Knowledge::builtin();
            }
        });
    catalogue(folder)
}

/// The catalogue: the built-in one, or with a folder added.
enum CatalogueInUse {
    Builtin(&'static Catalogue),
    Loaded(Box<Catalogue>),
}

impl std::ops::Deref for CatalogueInUse {
    type Target = Catalogue;

    fn deref(&self) -> &Catalogue {
        match self {
            CatalogueInUse::Builtin(c) => c,
            CatalogueInUse::Loaded(c) => c,
        }
    }
}

fn catalogue(folder: Option<&PathBuf>) -> Result<CatalogueInUse, Failure> {
    match folder {
        None => Ok(CatalogueInUse::Builtin(Catalogue::builtin())),
        Some(folder) if !folder.is_dir() => Err(Failure::Usage(message::no_such_path(folder))),
        Some(folder) => Ok(CatalogueInUse::Loaded(Box::new(Catalogue::load(folder)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent_in_both_languages() {
        Arguments::command().debug_assert();
        help::localise(Arguments::command(), Lang::Zh).debug_assert();
    }

    #[test]
    fn every_text_of_the_help_is_chinese_in_chinese() {
        let mut command = help::localise(Arguments::command(), Lang::Zh);
        command.build();
        let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let mut all = vec![&command];
        all.extend(command.get_subcommands());
        for c in all {
            assert!(
                chinese(&c.get_about().unwrap().to_string()),
                "{}",
                c.get_name()
            );
            for a in c.get_arguments() {
                let help = a.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(chinese(&help), "{} {}: {help}", c.get_name(), a.get_id());
            }
        }
    }

    #[test]
    fn the_language_is_found_before_parsing() {
        let of = |a: &[&str]| asked_for(&a.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(of(&["zhibiao", "show", "--lang", "en"]), Some(Lang::En));
        assert_eq!(of(&["zhibiao", "--lang=zh"]), Some(Lang::Zh));
        assert_eq!(of(&["zhibiao", "show", "--", "--lang=en"]), None);
        assert_eq!(of(&["zhibiao", "--lang"]), None);
    }
}
