//! What the pipeline costs, beside what it cannot do without.
//!
//! ```text
//! cargo bench                                    # 1,000 documents
//! ZHIBIAO_BENCH_DOCUMENTS=5000 cargo bench
//! ```
//!
//! Machines differ and are noisy, so nothing here is a time alone: every figure stands beside a baseline measured in the
//! same run, on the same files, on one thread, and what counts is the ratio. A machine that slows down does so for what is
//! measured next to it, too: of the pipeline and its floor, the median of the rounds' ratios is given.
//!
//! * **floor**: what any program must do that looks at these words: unzip each file, scan its XML, cut its text with jieba
//!   (whose dictionary it loads too).
//! * **pipeline**: `zhibiao ingest --jobs 1` of the same files, from the start of the process to the committed Parquet.
//! * **text to observations**: documents that were read before, against jieba's cut of the same text.
//! * **formats**: one report and one workbook in every format that is read (`tests/files`), in MB of their text a second,
//!   beside the report as docx.
//!
//! All are measured on three kinds of documents of about 5,000 characters, no two with the same bytes: **reports**, those of
//! the load generator (`examples/generate_load`), in which much prose stands around few figures; **extracts**, made of
//! the narratives under `samples/`, in which one figure follows another; and **mixtures**, a fifth of an extract in a report,
//! which have as many figures as a whole yearly report of a bureau (the real one at hand has 90 in 5,000 characters). How
//! many there are is printed.
//!
//! Where the system tells the processor time of a process (Linux), that is taken, so that other work on the machine and
//! threads of libraries cannot flatter either side; elsewhere it is the wall clock.

use jieba_rs::Jieba;
use quick_xml::events::Event;
use std::error::Error;
use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use zhibiao::read::{BlockKind, Document, Limits};
use zhibiao::{Catalogue, Hints, analyse_document};

/// The program's own, since half of an analysis is making strings.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[path = "../examples/generate_load/main.rs"]
mod generate_load;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Characters of an extract.
const CHARACTERS: usize = 5_000;
/// Each thing is measured so often, in turn; the median counts.
const ROUNDS: usize = 7;

fn main() -> Result<()> {
    let count = std::env::var("ZHIBIAO_BENCH_DOCUMENTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000);
    let folder = tempfile::tempdir()?;
    let reports = folder.path().join("reports");
    let made = generate_load::generate(&reports, 0, count as u64, false)?;
    let files: Vec<PathBuf> = made.iter().map(|m| reports.join(&m.file)).collect();
    measure("reports", &reports, &files)?;

    let mut dense = Vec::new();
    narratives(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"),
        &mut dense,
    )?;
    if dense.is_empty() {
        return Err("no narrative under samples/".into());
    }
    let extract = |n: usize, characters| take(&dense[n % dense.len()], characters);
    let mixtures = folder.path().join("mixtures");
    let made = write(&mixtures, count, |n| {
        let mut text = extract(n, CHARACTERS / 5);
        text.extend(take(&paragraphs(&files[n])?, CHARACTERS - CHARACTERS / 5));
        Ok(text)
    })?;
    measure("mixtures", &mixtures, &made)?;
    let extracts = folder.path().join("extracts");
    let made = write(&extracts, count, |n| Ok(extract(n, CHARACTERS)))?;
    measure("extracts", &extracts, &made)?;
    formats()
}

/// All rows of one kind of documents.
fn measure(kind: &str, folder: &Path, files: &[PathBuf]) -> Result<()> {
    let bytes: u64 = files
        .iter()
        .filter_map(|f| f.metadata().ok())
        .map(|m| m.len())
        .sum();
    println!(
        "{kind}: {} documents, {:.1} MB, one thread, median of {} rounds of {}",
        files.len(),
        bytes as f64 / 1e6,
        ROUNDS,
        if clock().is_some() {
            "processor time"
        } else {
            "wall-clock time"
        }
    );
    let (mut floors, mut pipelines) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        floors.push(timed(|| floor(files))?);
        let warehouse = folder.with_extension(format!("warehouse{round}"));
        // Each round writes a warehouse of its own, and they go at the end: a file system that has just deleted a thousand files
        // takes longer to make new ones.
        pipelines.push(timed(|| ingest(folder, &warehouse))?);
    }
    row(
        "floor: unzip + XML scan + jieba's cut",
        &floors,
        files.len(),
    );
    row("pipeline: files to Parquet", &pipelines, files.len());
    let ratios: Vec<f64> = pipelines.iter().zip(&floors).map(|(p, f)| p / f).collect();
    println!("pipeline / floor: {:.2}", median(&ratios));
    text(files)?;
    println!();
    Ok(())
}

/// Names under which the report and the workbook of `tests/files` are read, and the files.
const FORMATS: [(&str, &str); 12] = [
    ("docx", "report.docx"),
    ("doc", "report.doc"),
    ("wps", "report.doc"),
    ("rtf", "report.rtf"),
    ("odt", "report.odt"),
    ("html", "report.html"),
    ("xlsx", "table.xlsx"),
    ("xls", "table.xls"),
    ("et", "table.xls"),
    ("xlsb", "table.xlsb"),
    ("ods", "table.ods"),
    ("csv", "table.csv"),
];
/// Bytes of text that a format is read for in each round.
const FORMAT_BYTES: usize = 8_000_000;

/// A row a format: MB of text (UTF-8) that its reader gives a second.
fn formats() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let limits = Limits::default();
    let mut samples = Vec::new();
    for (extension, file) in FORMATS {
        let bytes = std::fs::read(folder.join(file))?;
        let name = format!("报告.{extension}");
        let document =
            zhibiao::read::read(&bytes, &name, &limits).map_err(|r| format!("{file}: {r}"))?;
        samples.push((name, bytes, text_bytes(&document), Vec::new()));
    }
    for _ in 0..ROUNDS {
        for (name, bytes, size, speeds) in &mut samples {
            let times = FORMAT_BYTES.div_ceil(*size);
            let seconds = timed(|| {
                for _ in 0..times {
                    black_box(zhibiao::read::read(bytes, name, &limits).is_ok());
                }
                Ok(())
            })?;
            speeds.push(*size as f64 * times as f64 / 1e6 / seconds.max(1e-9));
        }
    }
    let docx = samples.first().map_or(1.0, |s| median(&s.3));
    for ((extension, _), (_, bytes, size, speeds)) in FORMATS.iter().zip(&samples) {
        println!(
            "{extension:>5}: {:>7.1} MB of text/s, {:>5.2} × docx ({} kB of file, {} kB of text)",
            median(speeds),
            median(speeds) / docx,
            bytes.len() / 1000,
            size / 1000
        );
    }
    Ok(())
}

/// Bytes of all text of a document.
fn text_bytes(document: &Document) -> usize {
    let of = |kind: &BlockKind| match kind {
        BlockKind::Heading { text, .. } | BlockKind::Paragraph { text } => text.len(),
        BlockKind::Table(table) => table.cells.iter().map(|c| c.text.len()).sum(),
    };
    document.blocks.iter().map(|b| of(&b.kind)).sum()
}

/// Text to observations against jieba's cut of the same text, in MB of UTF-8 a second.
fn text(files: &[PathBuf]) -> Result<()> {
    let documents: Vec<Document> = files
        .iter()
        .map(|f| {
            zhibiao::read::read(&std::fs::read(f)?, "报告.docx", &Limits::default())
                .map_err(|r| format!("{r:?}").into())
        })
        .collect::<Result<_>>()?;
    let texts: Vec<&str> = documents
        .iter()
        .flat_map(|d| &d.blocks)
        .filter_map(|b| match &b.kind {
            BlockKind::Heading { text, .. } | BlockKind::Paragraph { text } => Some(text.as_str()),
            BlockKind::Table(_) => None,
        })
        .collect();
    let size = texts.iter().map(|t| t.len()).sum::<usize>() as f64 / 1e6;
    let (jieba, catalogue, hints) = (Jieba::new(), Catalogue::builtin(), Hints::default());
    // Once unmeasured: dictionaries and automata are built on first use.
    let mut figures = 0;
    for document in &documents {
        let analysis = analyse_document(document.clone(), "报告.docx", &hints, catalogue);
        figures += analysis.quantities.len();
    }
    let (mut cuts, mut analyses) = (Vec::new(), Vec::new());
    let characters: usize = texts.iter().map(|t| t.chars().count()).sum();
    for _ in 0..ROUNDS {
        cuts.push(timed(|| {
            for text in &texts {
                black_box(jieba.cut(text, true));
            }
            Ok(())
        })?);
        let copies = documents.clone();
        analyses.push(timed(|| {
            for document in copies {
                black_box(analyse_document(document, "报告.docx", &hints, catalogue));
            }
            Ok(())
        })?);
    }
    println!(
        "text: {} figures in 5,000 characters",
        5_000 * figures / characters.max(1)
    );
    println!("jieba's cut of the text: {:.1} MB/s", size / median(&cuts));
    println!("text to observations: {:.1} MB/s", size / median(&analyses));
    println!("analysis / jieba: {:.2}", median(&analyses) / median(&cuts));
    Ok(())
}

/// Unzips each file, scans the XML of its body and cuts the text.
fn floor(files: &[PathBuf]) -> Result<()> {
    let jieba = Jieba::new();
    let (mut xml, mut text) = (Vec::new(), String::new());
    for file in files {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(std::fs::read(file)?))?;
        xml.clear();
        archive
            .by_name("word/document.xml")?
            .read_to_end(&mut xml)?;
        let mut reader = quick_xml::Reader::from_reader(xml.as_slice());
        text.clear();
        loop {
            match reader.read_event()? {
                Event::Text(t) => text.push_str(&t),
                Event::End(e) if e.local_name().as_ref() == "p" => text.push('\n'),
                Event::Eof => break,
                _ => {}
            }
        }
        black_box(jieba.cut(&text, true));
    }
    Ok(())
}

fn ingest(reports: &Path, warehouse: &Path) -> Result<()> {
    let output = Command::new(env!("CARGO_BIN_EXE_zhibiao"))
        .arg("ingest")
        .arg(reports)
        .arg("--warehouse")
        .arg(warehouse)
        .args(["--jobs", "1"])
        .env("POLARS_MAX_THREADS", "1")
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

/// So many characters of a text, paragraph by paragraph, over again where it has fewer.
fn take(text: &[String], characters: usize) -> Vec<String> {
    let mut left = characters;
    let mut out = Vec::new();
    for paragraph in text.iter().cycle() {
        if left == 0 {
            break;
        }
        left = left.saturating_sub(paragraph.chars().count().max(1));
        out.push(paragraph.clone());
    }
    out
}

/// `count` Word files with these paragraphs.
fn write(
    folder: &Path,
    count: usize,
    text: impl Fn(usize) -> Result<Vec<String>>,
) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let mut files = Vec::with_capacity(count);
    for n in 0..count {
        let mut document = docx_rs::Docx::new();
        // A line that no other document has: the same bytes twice are one document.
        for text in std::iter::once(format!("报送编号{n:06}")).chain(text(n)?) {
            let run = docx_rs::Run::new().add_text(text);
            document = document.add_paragraph(docx_rs::Paragraph::new().add_run(run));
        }
        let file = folder.join(format!("{n:06}.docx"));
        document.build().pack(std::fs::File::create(&file)?)?;
        files.push(file);
    }
    Ok(files)
}

/// The paragraphs of a Word file that have text.
fn paragraphs(file: &Path) -> Result<Vec<String>> {
    let document = zhibiao::read::read(&std::fs::read(file)?, "", &Limits::default())
        .map_err(|r| format!("{}: {r}", file.display()))?;
    let text = document.blocks.into_iter().filter_map(|b| match b.kind {
        BlockKind::Heading { text, .. } | BlockKind::Paragraph { text } => Some(text),
        BlockKind::Table(_) => None,
    });
    Ok(text.filter(|t| !t.is_empty()).collect())
}

/// The paragraphs of every Word file under a folder that can be read, in the order of their names.
fn narratives(folder: &Path, into: &mut Vec<Vec<String>>) -> Result<()> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|e| e.ok().map(|e| e.path()))
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            narratives(&path, into)?;
        } else if path.extension().is_some_and(|e| e == "docx")
            && let Ok(text) = paragraphs(&path)
        {
            into.push(text);
        }
    }
    into.retain(|paragraphs| !paragraphs.is_empty());
    Ok(())
}

/// Seconds that `work` takes.
fn timed(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let (began, before) = (Instant::now(), clock());
    work()?;
    Ok(match (before, clock()) {
        (Some(before), Some(after)) => after - before,
        _ => began.elapsed().as_secs_f64(),
    })
}

/// Processor seconds of this process and of the processes it waited for, where the system tells them.
fn clock() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets: utime, stime, cutime and cstime are the 12th to 15th field, in hundredths of a second.
    let fields = stat.rsplit_once(')')?.1.split_whitespace();
    let ticks = fields.skip(11).take(4).map(|f| f.parse::<u64>().ok());
    Some(ticks.sum::<Option<u64>>()? as f64 / 100.0)
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2].max(1e-9)
}

fn row(name: &str, seconds: &[f64], documents: usize) {
    let median = median(seconds);
    println!(
        "{name}: {median:.2} s, {:.0} documents/s (rounds: {})",
        documents as f64 / median,
        seconds
            .iter()
            .map(|s| format!("{s:.2}"))
            .collect::<Vec<_>>()
            .join(" ")
    );
}
