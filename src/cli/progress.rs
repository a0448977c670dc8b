//! Progress of a run: a bar on a terminal, plain lines elsewhere, or a JSON object a line for programs; and the wish to stop.

use super::output::complain;
use crate::message::load as said;
use crate::warehouse::load::Observer;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How a run tells what it does, on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

/// Exit status of a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;
/// Lines of plain progress: one every so many files.
const LINE_EVERY: u64 = 500;
/// Bytes that opening a file is taken to be worth.
const FILE: u64 = 4096;

/// What is to be done in all; it may still be being counted while the work has begun.
#[derive(Debug, Default)]
pub struct Total {
    /// Files.
    pub files: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
}

/// Observes a run.
pub struct Progress {
    total: Arc<Total>,
    done: AtomicU64,
    bytes: AtomicU64,
    rejected: AtomicU64,
    began: Instant,
    bar: Option<ProgressBar>,
    format: LogFormat,
    printed: Mutex<u64>,
    stop: Arc<AtomicBool>,
    said: AtomicBool,
}

impl Progress {
    /// Begins; `total` may grow.
    pub fn new(total: Arc<Total>, format: LogFormat) -> Progress {
        let wanted = format == LogFormat::Text && std::io::stderr().is_terminal();
        let bar = wanted.then(|| {
            let bar = ProgressBar::new(0);
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
            format,
            printed: Mutex::new(0),
            stop: Arc::default(),
            said: AtomicBool::new(false),
        }
    }

    /// Ctrl-C (and a wish to end the process) asks the run to stop after the batch at work; a second one ends the process
    /// at once, which loses nothing that is committed.
    pub fn stop_on_ctrl_c(&self) {
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first one finds the flag down, and raises it. Where a handler cannot be installed the
            // signal ends the process, as ever.
            let _ = flag::register_conditional_shutdown(signal, INTERRUPTED, self.stop.clone());
            let _ = flag::register(signal, self.stop.clone());
        }
    }

    /// Says once that the run is about to stop.
    fn say_stopping(&self) {
        if !self.said.swap(true, Ordering::Relaxed) {
            match &self.bar {
                Some(bar) => bar.println(said::stopping()),
                None if self.format == LogFormat::Text => complain(said::stopping()),
                None => self.event("stopping", json!({})),
            }
        }
    }

    /// The run is over.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// A line in JSON, where that is the format.
    pub fn event(&self, event: &str, mut more: Value) {
        if self.format == LogFormat::Json {
            if let Some(fields) = more.as_object_mut() {
                fields.insert("event".into(), event.into());
                fields.insert("seconds".into(), self.seconds().into());
            }
            complain(&more.to_string());
        }
    }

    fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn line(&self, done: u64) {
        let mut printed = self.printed.lock().unwrap_or_else(|e| e.into_inner());
        if done <= *printed {
            return;
        }
        *printed = done;
        let (bytes, rejected) = (
            self.bytes.load(Ordering::Relaxed),
            self.rejected.load(Ordering::Relaxed),
        );
        let total = self.total.files.load(Ordering::Relaxed).max(done);
        let seconds = self.seconds();
        match self.format {
            LogFormat::Text => {
                complain(&said::progress_line(done, total, rejected, bytes, seconds));
            }
            LogFormat::Json => {
                let left = (total - done) as f64 * seconds / done.max(1) as f64;
                self.event(
                    "progress",
                    json!({
                        "files": done, "total": total, "bytes": bytes, "rejected": rejected,
                        "files_per_second": done as f64 / seconds.max(1e-9), "seconds_left": left,
                    }),
                );
            }
        }
    }
}

impl Observer for Progress {
    fn file(&self, bytes: u64, rejected: bool) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let rejected = self
            .rejected
            .fetch_add(u64::from(rejected), Ordering::Relaxed)
            + u64::from(rejected);
        // Said at once, not only when the batch is done.
        self.stops();
        match &self.bar {
            Some(bar) => {
                // A file counts for some bytes besides its own, so that many small ones move the bar too.
                let files = self.total.files.load(Ordering::Relaxed).max(done);
                bar.set_length(self.total.bytes.load(Ordering::Relaxed) + files * FILE);
                bar.inc(bytes + FILE);
                bar.set_message(said::progress(done, files, rejected));
            }
            None if done.is_multiple_of(LINE_EVERY) => self.line(done),
            None => {}
        }
    }

    fn committed(&self) {
        let done = self.done.load(Ordering::Relaxed);
        self.event("committed", json!({"files": done}));
    }

    fn merging(&self) {
        self.event("merging", json!({}));
        if let Some(bar) = &self.bar {
            bar.set_message(said::merging());
        }
    }

    fn stops(&self) -> bool {
        let stops = self.stop.load(Ordering::Relaxed);
        if stops {
            self.say_stopping();
        }
        stops
    }
}
