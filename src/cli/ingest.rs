//! `zhibiao ingest`: files, folders and archives into a warehouse.

use super::output::{complain, left, right, width};
use super::progress::{LogFormat, Progress, Total};
use super::submission::{Surroundings, absolute, analyse_file, problem};
use super::{Failure, Status, catalogue_to_read_with};
use crate::catalogue::Catalogue;
use crate::context::{Hints, Knowledge};
use crate::message::{self, load as said};
use crate::read::{Limits, Problem};
use crate::source;
use crate::warehouse::index::stamp;
use crate::warehouse::load::{Options, Source, Summary, load, microseconds};
use crate::warehouse::rows::{IndicatorRow, Indicators};
use crate::warehouse::{Writer, lock};
use serde_json::json;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Files, folders or archives
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder of the warehouse
    #[arg(long, value_name = "DIR", default_value = "warehouse")]
    warehouse: PathBuf,
    /// Area of these files: six-digit code or name (takes precedence over what they say)
    #[arg(long)]
    area: Option<String>,
    /// Year of these files (takes precedence over what they say)
    #[arg(long, value_parser = clap::value_parser!(i32).range(1900..=2200))]
    year: Option<i32>,
    /// A folder of pipelines to add (a file of the same name replaces a built-in one)
    #[arg(long, value_name = "DIR")]
    pipelines: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitArguments,
    /// Threads (as many as there are cores by default)
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,
    /// Files that are committed together: what a killed run may have to read again (five seconds' work by default)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    batch_files: Option<u64>,
    /// Read files again that are in the warehouse already
    #[arg(long)]
    again: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
    /// Progress on standard error: text, or json (an object a line)
    #[arg(long, value_enum, value_name = "text|json", default_value = "text")]
    log_format: LogFormat,
}

/// What one file, or one archive, may cost.
#[derive(clap::Args, Debug)]
struct LimitArguments {
    /// Largest file or member of an archive that is read, in MB
    #[arg(long, value_name = "MB", default_value_t = 512, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    max_file_size: u64,
    /// What one archive, or one document, may unpack to in all, in MB
    #[arg(long, value_name = "MB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    max_unpacked: u64,
    /// Files in one archive, those of nested archives included
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    max_entries: u64,
    /// Archives in archives
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=32))]
    max_depth: u64,
    /// Cells of all tables and sheets of one file: bounds its memory
    #[arg(long, value_name = "N", default_value_t = 2_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    max_cells: u64,
    /// Time for one file, in seconds (0 for as long as it takes)
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
}

impl LimitArguments {
    fn limits(&self) -> Limits {
        let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Limits {
            file: self.max_file_size << 20,
            unpacked: self.max_unpacked << 20,
            entries: count(self.max_entries),
            nesting: count(self.max_depth),
            cells: count(self.max_cells),
            time: (self.timeout > 0).then(|| Duration::from_secs(self.timeout)),
            ..Limits::default()
        }
    }
}

/// What a killed run may have to read again, where the number of files is not said.
const PATIENCE: Duration = Duration::from_secs(5);

/// A file of the run.
struct Found {
    file: source::File,
}

impl Source for Found {
    fn path(&self) -> &str {
        &self.file.path
    }

    fn name(&self) -> &str {
        &self.file.name
    }

    fn size(&self) -> u64 {
        self.file.size
    }

    fn modified(&self) -> Option<SystemTime> {
        self.file.modified
    }

    fn read(&self) -> Result<Vec<u8>, Problem> {
        self.file.bytes().map_err(problem)
    }
}

pub fn run(arguments: &Arguments, typed: &[OsString]) -> Result<Status, Failure> {
    for path in &arguments.paths {
        if path.symlink_metadata().is_err() {
            return Err(Failure::Usage(message::no_such_path(path)));
        }
    }
    let catalogue = catalogue_to_read_with(arguments.pipelines.as_ref())?;
    let area = arguments.area.as_deref().map(area_code).transpose()?;
    let limits = arguments.limits.limits();
    let own = absolute(&arguments.warehouse);
    let own = own.canonicalize().unwrap_or(own);
    let paths: Vec<PathBuf> = arguments.paths.iter().map(|p| absolute(p)).collect();
    let mut files = source::files(&paths, &limits, Some(&own)).with_bytes();
    let Some(first) = files.next() else {
        if files.ignored() > 0 {
            complain(&said::ignored(files.ignored()));
        }
        complain(&said::nothing_found());
        return Ok(Status::Ok);
    };
    let mut writer = Writer::open(&arguments.warehouse, indicators(&catalogue))?;
    if let Some(text) = said::recovered(writer.recovery()) {
        complain(text);
    }
    let defaults = Options::default();
    let options = Options {
        jobs: arguments.jobs,
        again: arguments.again,
        batch_files: arguments.batch_files.map_or(defaults.batch_files, |n| {
            usize::try_from(n).unwrap_or(usize::MAX)
        }),
        patience: match arguments.batch_files {
            Some(_) => defaults.patience,
            None => PATIENCE,
        },
        area,
        year: arguments.year,
        arguments: said::typed(typed),
        ..defaults
    };
    // What is loaded already need not be opened to see whether it is an archive.
    let stamps = writer.index().stamps();
    let files = files.known(move |path, size, modified| {
        !stamps.is_empty() && stamps.contains(&stamp(path, size, modified.and_then(microseconds)))
    });
    let progress = Progress::new(counted(&paths, &limits, &own), arguments.log_format);
    progress.stop_on_ctrl_c();
    let surroundings = Surroundings::of(&paths, &limits, Some(&own));
    let given = Hints {
        area: arguments.area.clone(),
        year: arguments.year,
        ..Hints::default()
    };
    let analysis = |bytes: &[u8], found: &Found| {
        let hints = Hints {
            folders: found.file.folders.clone(),
            ..given.clone()
        };
        let file = &found.file;
        analyse_file(bytes, file, &hints, &surroundings, &catalogue, &limits).map_err(problem)
    };
    let (summary, ignored) = source::ahead(files, |files| {
        let found = std::iter::once(first)
            .chain(files)
            .map(|file| Found { file });
        load(&mut writer, found, &options, analysis, &progress)
    });
    progress.end();
    let summary = summary?;
    if ignored > 0 {
        complain(&said::ignored(ignored));
    }
    progress.event("summary", as_json(arguments, &summary));
    print(arguments, &summary)?;
    if summary.stopped {
        complain(&said::stopped(&options.arguments));
    }
    let incomplete =
        u64::from(summary.stopped) + summary.rejected + summary.partial + summary.unchanged_partial
            > 0;
    Ok(if incomplete {
        Status::Incomplete
    } else {
        Status::Ok
    })
}

/// What the warehouse takes from the catalogue.
pub fn indicators(catalogue: &Catalogue) -> Indicators {
    let row = |i: &crate::catalogue::Indicator| IndicatorRow {
        id: i.id.clone(),
        name: i.name.clone(),
        unit: i.unit.clone(),
        kind: i.kind.clone(),
        domain: i.domain.clone(),
        group: i.group.clone(),
        parent: i.parent.clone(),
        definition: i.definition.clone(),
    };
    let indicators = Indicators::new(catalogue.version(), catalogue.indicators().iter().map(row));
    // A record is made of texts only, which cannot fail to be written.
    match serde_json::to_value(catalogue.record()) {
        Ok(record) => indicators.recorded(record),
        Err(_) => indicators,
    }
}

/// The code of an area given by code or name.
fn area_code(given: &str) -> Result<String, Failure> {
    let places = &Knowledge::builtin().places;
    let given = given.trim();
    if let Some(place) = places.place(given, 0) {
        return Ok(place.ref_area);
    }
    let found = places
        .find(given, 0)
        .into_iter()
        .find(|m| m.bytes == (0..given.len()));
    let codes: Vec<String> = found
        .map(|m| m.codes.iter().map(|c| format!("{c:06}")).collect())
        .unwrap_or_default();
    match codes.as_slice() {
        [one] => Ok(one.clone()),
        several => {
            let named = several
                .iter()
                .filter_map(|c| places.place(c, 0))
                .map(|p| format!("{} {}{}{}", p.ref_area, p.province, p.prefecture, p.county));
            Err(Failure::Usage(said::which_area(
                given,
                &named.collect::<Vec<_>>(),
            )))
        }
    }
}

/// Counts files in the background, without opening any, for the progress; an archive counts as one file here.
fn counted(paths: &[PathBuf], limits: &Limits, own: &Path) -> Arc<Total> {
    let total = Arc::new(Total::default());
    let counting = total.clone();
    let files = source::files(paths, limits, Some(own)).alike();
    let files = files.known(|_, _, _| true);
    std::thread::spawn(move || {
        for file in files {
            counting.files.fetch_add(1, Ordering::Relaxed);
            counting.bytes.fetch_add(file.size, Ordering::Relaxed);
        }
    });
    total
}

fn print(arguments: &Arguments, s: &Summary) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", as_json(arguments, s))?;
        return Ok(());
    }
    let (head, lines) = said::summary(s);
    writeln!(out, "{head}")?;
    let label = lines.iter().map(|(l, _, _)| width(l)).max().unwrap_or(0);
    let number = lines.iter().map(|(_, n, _)| width(n)).max().unwrap_or(0);
    for (l, n, note) in &lines {
        writeln!(
            out,
            "{}",
            format!("  {}  {}  {note}", left(l, label), right(n, number)).trim_end()
        )?;
    }
    if !s.corrections.is_empty() {
        writeln!(out, "\n{}", said::corrections_heading(s.corrected))?;
        for (newer, older) in &s.corrections {
            writeln!(out, "  {} ← {}", shorter(newer), shorter(older))?;
        }
    }
    if !s.rejects.is_empty() {
        writeln!(
            out,
            "\n{}",
            said::rejects_heading(s.rejects.iter().map(|r| r.count).sum(), s.rejected)
        )?;
        for r in &s.rejects {
            writeln!(out, "  {}", said::reject(r, &shorter(&r.path)))?;
        }
    }
    writeln!(out)?;
    for line in said::next(
        &arguments.warehouse,
        s.sample.as_deref().map(shorter).as_deref(),
    ) {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(())
}

/// The summary for programs.
fn as_json(arguments: &Arguments, s: &Summary) -> serde_json::Value {
    let rejects: Vec<_> = s
        .rejects
        .iter()
        .map(|r| json!({"count": r.count, "path": r.path, "part": r.part, "reason": r.reason.name(), "detail": r.detail}))
        .collect();
    let corrections: Vec<_> = s
        .corrections
        .iter()
        .map(|(newer, older)| json!({"newer": newer, "older": older}))
        .collect();
    json!({
        "warehouse": absolute(&arguments.warehouse).to_string_lossy(),
        "files": s.files, "documents": s.documents, "read_again": s.again, "unchanged": s.unchanged,
        "duplicates": s.duplicates, "superseded": s.superseded, "corrected": s.corrected,
        "corrections": corrections, "rejected": s.rejected, "partial": s.partial,
        "quantities": s.quantities, "observations": s.observations, "indicators": s.indicators,
        "warnings": s.warnings, "bytes": s.bytes, "seconds": s.elapsed.as_secs_f64(), "rejects": rejects,
        "stopped": s.stopped, "user": lock::user(), "host": lock::host(),
    })
}

/// The path as seen from here, where it lies below.
fn shorter(path: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    Path::new(path)
        .strip_prefix(&here)
        .map_or_else(|_| path.to_owned(), |p| p.display().to_string())
}
