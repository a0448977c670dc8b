//! `zhibiao rebind`: the present catalogue, applied to all that was loaded.

use super::ingest::indicators;
use super::output::{complain, one_line};
use super::progress::{LogFormat, Progress, Total};
use super::submission::problem;
use super::{Failure, Status, catalogue};
use crate::catalogue::{Catalogue, Change, Record, Said};
use crate::message::{self, load as said};
use crate::read::{Deadline, Limits};
use crate::warehouse::blocks::Collected;
use crate::warehouse::rebind::{Example, Options, rebind};
use crate::warehouse::{Writer, catalogues, read};
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Folder of the warehouse
    #[arg(long, value_name = "DIR", default_value = "warehouse")]
    warehouse: PathBuf,
    /// A folder of pipelines to add (a file of the same name replaces a built-in one)
    #[arg(long, value_name = "DIR")]
    pipelines: Option<PathBuf>,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Also documents that were read with this catalogue already
    #[arg(long)]
    again: bool,
    /// Threads (as many as there are cores by default)
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,
    /// Time for one document, in seconds (0 for as long as it takes)
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Progress on standard error: text, or json (an object a line)
    #[arg(long, value_enum, value_name = "text|json", default_value = "text")]
    log_format: LogFormat,
}

pub fn run(arguments: &Arguments, typed: &[OsString]) -> Result<Status, Failure> {
    read::check_is_warehouse(&arguments.warehouse)?;
    let catalogue = catalogue(arguments.pipelines.as_ref())?;
    let mut writer = Writer::open(&arguments.warehouse, indicators(&catalogue))?;
    let options = Options {
        jobs: arguments.jobs,
        again: arguments.again,
        dry_run: arguments.dry_run,
        arguments: said::typed(typed),
    };
    let limits = Limits {
        time: (arguments.timeout > 0).then(|| Duration::from_secs(arguments.timeout)),
        ..Limits::default()
    };
    let analysis = |document, context| {
        let deadline: Deadline = limits.started().deadline;
        crate::analyse_within(document, context, &catalogue, deadline).map_err(problem)
    };
    let total = Total::default();
    total
        .files
        .store(writer.index().len() as u64, Ordering::Relaxed);
    let progress = Progress::new(Arc::new(total), arguments.log_format);
    let changes = match arguments.again {
        true => Changes(BTreeMap::new()),
        false => Changes::new(&arguments.warehouse, &catalogue),
    };
    let touches = |version: &str, document: &Collected| changes.touch(version, document);
    let report = rebind(&mut writer, &options, analysis, touches, &progress);
    progress.end();
    let report = report?;
    drop(writer);
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        let example = |e: &Example| {
            json!({
                "path": e.path, "location": e.location, "value_text": e.value_text, "measured": e.measured,
                "before": e.before, "after": e.after,
            })
        };
        let indicators: serde_json::Map<_, _> = report
            .indicators
            .iter()
            .map(|(id, c)| {
                let examples: Vec<_> = c.examples.iter().map(example).collect();
                let all = json!({
                    "bound": c.bound, "unbound": c.unbound, "from_others": c.rebound_from_others,
                    "to_others": c.rebound_to_others, "examples": examples,
                });
                (id.clone(), all)
            })
            .collect();
        let all = json!({
            "dry_run": arguments.dry_run, "catalogue": catalogue.version(), "documents": report.documents,
            "unchanged": report.unchanged, "untouched": report.untouched, "without_text": report.without_text, "failed": report.failures,
            "figures": report.figures, "bound": report.bound, "unbound": report.unbound,
            "rebound": report.rebound, "observations": report.observations, "indicators": indicators,
            "seconds": report.elapsed.as_secs_f64(),
        });
        writeln!(out, "{all}")?;
    } else {
        for (id, change) in &report.indicators {
            let name = catalogue.indicator(id).map_or("", |i| i.name.as_str());
            writeln!(
                out,
                "{id} {name}  {}",
                message::care::indicator_changed(change)
            )?;
            for e in &change.examples {
                let line = message::care::rebound_example(e, &e.path);
                writeln!(out, "    {}", one_line(&line))?;
            }
        }
    }
    out.flush()?;
    for line in message::care::rebound(&report, arguments.dry_run) {
        complain(&line);
    }
    // What could not be done again, or has no text, is still to be read.
    Ok(if report.failures + report.without_text == 0 {
        Status::Ok
    } else {
        Status::Incomplete
    })
}

/// What the present catalogue can read otherwise than those that documents were read with, by their versions.
struct Changes<'c>(BTreeMap<String, Change<'c>>);

impl<'c> Changes<'c> {
    fn new(warehouse: &Path, catalogue: &'c Catalogue) -> Self {
        let others = catalogues::read(warehouse).into_iter();
        let others = others.filter(|(version, _)| version != catalogue.version());
        let change = |(version, record)| {
            let record: Record = serde_json::from_value(record).ok()?;
            Some((version, Change::new(&record, catalogue)))
        };
        Changes(others.filter_map(change).collect())
    }

    /// Whether a document that was read with a version can be read otherwise now. Of a version that is not known everything can.
    fn touch(&self, version: &str, document: &Collected) -> bool {
        thread_local! {
            /// The memory of one document's text is that of the next.
            static SAID: RefCell<Said> = RefCell::default();
        }
        self.0.get(version).is_none_or(|change| {
            SAID.with_borrow_mut(|said| match document.said(said) {
                Some(domain) => change.touches(&domain, said),
                None => true,
            })
        })
    }
}
