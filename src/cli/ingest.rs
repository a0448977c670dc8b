//! `zhibiao ingest`: files, folders and archives into a warehouse.

use super::output::{complain, left, right, width};
use super::submission::{Open, Submission, Submissions, absolute, analyse, problem};
use super::{Failure, Status, catalogue};
use crate::catalogue::Catalogue;
use crate::context::{Hints, Knowledge};
use crate::message::{self, load as said};
use crate::read::{Limits, Problem};
use crate::source;
use crate::warehouse::commit::Recovery;
use crate::warehouse::load::{Observer, Options, Source, Summary, load};
use crate::warehouse::rows::{IndicatorRow, Indicators};
use crate::warehouse::{Writer, lock};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

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
    /// Read files again that are in the warehouse already
    #[arg(long)]
    again: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
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

/// A file with what surrounds it.
struct Found {
    file: Arc<source::File>,
    submission: Submission,
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
    let catalogue = catalogue(arguments.pipelines.as_ref())?;
    let area = arguments.area.as_deref().map(area_code).transpose()?;
    let limits = arguments.limits.limits();
    let (found, ignored) = find(arguments, &limits);
    if ignored > 0 {
        complain(&said::ignored(ignored));
    }
    if found.is_empty() {
        complain(&said::nothing_found());
        return Ok(Status::Ok);
    }
    let mut writer = Writer::open(&arguments.warehouse, indicators(&catalogue))?;
    match writer.recovery() {
        Recovery::Clean => {}
        Recovery::RolledBack => complain(said::recovered(false)),
        Recovery::RolledForward => complain(said::recovered(true)),
    }
    let options = Options {
        jobs: arguments.jobs,
        again: arguments.again,
        area,
        year: arguments.year,
        arguments: said::typed(typed),
        ..Options::default()
    };
    let progress = Progress::new(found.len() as u64, found.iter().map(Source::size).sum());
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
        analyse(
            bytes,
            &found.file.name,
            &hints,
            &found.submission,
            &catalogue,
            &limits,
        )
        .map_err(problem)
    };
    let summary = load(&mut writer, found, &options, analysis, &progress);
    progress.end();
    let summary = summary?;
    print(arguments, &summary)?;
    let incomplete = summary.rejected + summary.partial + summary.unchanged_partial > 0;
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
    Indicators::new(catalogue.version(), catalogue.indicators().iter().map(row))
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

/// Every file under the paths, but not those of the warehouse itself, and how many were left out.
fn find(arguments: &Arguments, limits: &Limits) -> (Vec<Found>, u64) {
    let own = absolute(&arguments.warehouse);
    let own = own.canonicalize().unwrap_or(own);
    let paths: Vec<PathBuf> = arguments.paths.iter().map(|p| absolute(p)).collect();
    let listing = source::walk(&paths, limits, Some(&own));
    let files: Vec<Arc<source::File>> = listing.files.into_iter().map(Arc::new).collect();
    let submissions = Submissions::of(files.iter().map(|file| {
        let opened = file.clone();
        let open: Open = Arc::new(move || opened.bytes().map_err(problem));
        (file.path.clone(), file.name.clone(), open)
    }));
    let found = files
        .into_iter()
        .map(|file| Found {
            submission: submissions.around(&file.path),
            file,
        })
        .collect();
    (found, listing.ignored)
}

/// Lines of plain progress: one every so many files.
const LINE_EVERY: u64 = 500;

/// A bar on a terminal, a line every [`LINE_EVERY`] files elsewhere.
struct Progress {
    total: u64,
    done: AtomicU64,
    bytes: AtomicU64,
    rejected: AtomicU64,
    began: Instant,
    bar: Option<ProgressBar>,
    printed: Mutex<u64>,
}

impl Progress {
    fn new(total: u64, bytes: u64) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            // A file counts for some bytes besides its own, so that many small ones move the bar too.
            let bar = ProgressBar::new(bytes + total * FILE);
            let template = format!(
                "{{bar:30}} {{msg}}  {{bytes}}  {{bytes_per_sec}}  {} {{eta}}",
                said::remaining()
            );
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        Progress {
            total,
            done: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            began: Instant::now(),
            bar,
            printed: Mutex::new(0),
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Bytes that opening a file is taken to be worth.
const FILE: u64 = 4096;

impl Observer for Progress {
    fn file(&self, bytes: u64, rejected: bool) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let all = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let rejected = self
            .rejected
            .fetch_add(u64::from(rejected), Ordering::Relaxed)
            + u64::from(rejected);
        match &self.bar {
            Some(bar) => {
                bar.inc(bytes + FILE);
                bar.set_message(said::progress(done, self.total, rejected));
            }
            None if done.is_multiple_of(LINE_EVERY) => {
                let mut printed = self.printed.lock().unwrap_or_else(|e| e.into_inner());
                if done > *printed {
                    *printed = done;
                    complain(&said::progress_line(
                        done,
                        self.total,
                        rejected,
                        all,
                        self.began.elapsed().as_secs_f64(),
                    ));
                }
            }
            None => {}
        }
    }
}

fn print(arguments: &Arguments, s: &Summary) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let rejects: Vec<_> = s
            .rejects
            .iter()
            .map(|r| json!({"count": r.count, "path": r.path, "part": r.part, "reason": r.reason.name(), "detail": r.detail}))
            .collect();
        let summary = json!({
            "warehouse": absolute(&arguments.warehouse).to_string_lossy(),
            "files": s.files, "documents": s.documents, "read_again": s.again, "unchanged": s.unchanged,
            "duplicates": s.duplicates, "superseded": s.superseded, "rejected": s.rejected, "partial": s.partial,
            "quantities": s.quantities, "observations": s.observations, "indicators": s.indicators,
            "warnings": s.warnings, "bytes": s.bytes, "seconds": s.elapsed.as_secs_f64(), "rejects": rejects,
            "user": lock::user(), "host": lock::host(),
        });
        writeln!(out, "{summary}")?;
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

/// The path as seen from here, where it lies below.
fn shorter(path: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    Path::new(path)
        .strip_prefix(&here)
        .map_or_else(|_| path.to_owned(), |p| p.display().to_string())
}
