//! A short run of the fuzz targets on stable Rust: the kept samples are changed in a few thousand ways, the same on every
//! run, and read. No change may make a reader panic, take long or give offsets that do not slice the text.
//!
//! Longer runs: `fuzz/` (cargo-fuzz). What either has found is kept in `fuzz/seeds` and read here unchanged too.

mod common;

use common::repository;
use std::fs;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};
use zhibiao::analysis::DocumentContext;
use zhibiao::read::{self, BlockKind, Limits};
use zhibiao::source::walk;
use zhibiao::{Catalogue, quantity};

/// Time for one target; on a slow machine fewer changes are tried. `ZHIBIAO_FUZZ_SECONDS` gives more.
fn time() -> Duration {
    let asked = std::env::var("ZHIBIAO_FUZZ_SECONDS").ok();
    Duration::from_secs(asked.and_then(|s| s.parse().ok()).unwrap_or(2))
}

/// Longest that one input may take, on a slow machine too.
const SLOW: Duration = Duration::from_secs(5);

/// SplitMix64: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Changes bytes, numbers, runs and ends, a few at a time.
fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    const ODD: [u32; 8] = [
        0,
        1,
        0x7f,
        0xff,
        0xffff,
        0x7fff_ffff,
        0xffff_fffe,
        0xffff_ffff,
    ];
    for _ in 0..1 + random.below(4) {
        let at = random.below(bytes.len());
        let end = (at + 1 + random.below(64)).min(bytes.len());
        match random.below(8) {
            0 | 1 => bytes
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|b| *b ^= 1 << random.below(8)),
            2 => bytes
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|b| *b = random.next() as u8),
            3 => {
                let word = ODD[random.below(8)].to_le_bytes();
                bytes
                    .iter_mut()
                    .skip(at)
                    .zip(word)
                    .for_each(|(b, w)| *b = w);
            }
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(at..end)),
            6 => {
                let copy: Vec<u8> = bytes.get(at..end).unwrap_or_default().to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, copy);
            }
            _ => {
                let from = random.below(bytes.len());
                let copy: Vec<u8> = bytes.iter().skip(from).take(end - at).copied().collect();
                bytes
                    .iter_mut()
                    .skip(at)
                    .zip(copy)
                    .for_each(|(b, c)| *b = c);
            }
        }
    }
}

/// Runs a target on every seed, unchanged and then changed, within the time.
fn run(seeds: &[(String, Vec<u8>)], target: impl Fn(&str, &[u8]) + std::panic::RefUnwindSafe) {
    let mut random = Random(7);
    let begun = Instant::now();
    let mut tried = 0;
    let rounds = if time().as_secs() > 2 {
        usize::MAX
    } else {
        400
    };
    for round in 0..rounds {
        for (name, seed) in seeds {
            if round > 0 && begun.elapsed() > time() {
                assert!(tried > seeds.len(), "too slow to try anything");
                return;
            }
            let mut bytes = seed.clone();
            if round > 0 {
                change(&mut bytes, &mut random);
            }
            let one = Instant::now();
            let result = catch_unwind(|| target(name, &bytes));
            if result.is_err() || one.elapsed() > SLOW {
                let kept =
                    std::env::temp_dir().join(format!("found-{round}-{}", name.replace('/', "_")));
                fs::write(&kept, &bytes).expect("written");
                panic!(
                    "{name}, round {round}, {:?}: {}",
                    one.elapsed(),
                    kept.display()
                );
            }
            tried += 1;
        }
    }
}

/// Files of each of these extensions that the repository keeps, the smallest few of each and none of 200 kB or more.
fn seeds(extensions: &[&str]) -> Vec<(String, Vec<u8>)> {
    const EACH: usize = 8;
    let mut all = Vec::new();
    for folder in ["samples", "fuzz/seeds", "tests/data", "tests/files"] {
        for file in common::files(&repository(folder)) {
            let name = file
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            all.push((name, file));
        }
    }
    let mut chosen = Vec::new();
    for extension in extensions {
        let mut some: Vec<(String, Vec<u8>)> = all
            .iter()
            .filter(|(name, _)| name.rsplit('.').next() == Some(*extension))
            .map(|(name, file)| (name.clone(), fs::read(file).expect("read")))
            .filter(|(_, bytes)| bytes.len() < 200_000)
            .collect();
        // One of a size is enough.
        some.sort_by_key(|(name, bytes)| (bytes.len(), name.clone()));
        some.dedup_by_key(|(_, bytes)| bytes.len());
        some.truncate(EACH);
        assert!(!some.is_empty(), "nothing kept for {extension}");
        chosen.extend(some);
    }
    chosen
}

/// Reads and checks what holds for every document.
fn reads(name: &str, bytes: &[u8]) {
    let limits = Limits {
        time: Some(Duration::from_secs(2)),
        unpacked: 64 << 20,
        ..Limits::default()
    };
    let Ok(document) = read::read(bytes, name, &limits.started()) else {
        return;
    };
    for block in &document.blocks {
        assert!(!block.location.is_empty());
        if let BlockKind::Table(table) = &block.kind {
            for cell in &table.cells {
                assert!(
                    cell.row < table.rows && cell.column < table.columns,
                    "{cell:?}"
                );
                assert!(cell.row_span >= 1 && cell.column_span >= 1);
            }
        }
    }
}

#[test]
fn readers_of_word() {
    run(&seeds(&["docx", "doc", "rtf", "odt", "fodt"]), reads);
}

#[test]
fn readers_of_sheets() {
    run(&seeds(&["xlsx", "xls", "xlsb", "ods", "fods"]), reads);
}

/// The XML inside a package, which changes of packed bytes rarely reach.
#[test]
fn readers_of_xml_parts() {
    use std::io::{Read, Write};
    let packages = seeds(&["docx", "xlsx", "xlsb", "odt", "ods"]);
    run(&packages, |name, bytes| {
        let mut random = Random(bytes.iter().fold(bytes.len() as u64, |n, b| {
            n.wrapping_mul(31).wrapping_add(u64::from(*b))
        }));
        // The seed is a package; what is changed here is one of its parts. Changed packages are read as they are.
        let Ok(mut zip) = zip::ZipArchive::new(std::io::Cursor::new(bytes)) else {
            return reads(name, bytes);
        };
        let chosen = random.below(zip.len());
        let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for i in 0..zip.len() {
            let Ok(mut part) = zip.by_index(i) else {
                return;
            };
            let mut text = Vec::new();
            if part.by_ref().take(4 << 20).read_to_end(&mut text).is_err() {
                return;
            }
            if i == chosen && !text.is_empty() {
                change(&mut text, &mut random);
            }
            let Ok(part_name) = part.name().map(|n| n.into_owned()) else {
                return;
            };
            let options = zip::write::SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::Stored);
            if out.start_file(part_name, options).is_err() || out.write_all(&text).is_err() {
                return;
            }
        }
        if let Ok(package) = out.finish() {
            reads(name, &package.into_inner());
        }
    });
}

#[test]
fn readers_of_text() {
    let mut seeds = seeds(&["csv", "html", "xml", "mht"]);
    let whole = "　　全年火化遗体499具，募集善款２３９．６万元，同比增长8.7%。\r\n";
    for (name, encoding) in [
        ("gbk.csv", encoding_rs::GB18030),
        ("big5.txt", encoding_rs::BIG5),
    ] {
        seeds.push((name.into(), encoding.encode(whole).0.into_owned()));
    }
    let wide = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
    seeds.push(("wide.txt".into(), wide));
    for start in [
        "{\\rtf1\\ansi ",
        "<html><table><tr><td>",
        "<?xml version=\"1.0\"?><Workbook>",
        "%PDF-1.4 ",
    ] {
        seeds.push((start.into(), format!("{start}{whole}").into_bytes()));
    }
    run(&seeds, reads);
}

/// Lists an archive and reads every member, from a file as the program does.
#[test]
fn archives() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("a.zip");
    let limits = Limits {
        unpacked: 16 << 20,
        entries: 1000,
        ..Limits::default()
    };
    run(&seeds(&["zip", "7z"]), |_, bytes| {
        fs::write(&path, bytes).expect("written");
        let listing = walk(std::slice::from_ref(&path), &limits, None);
        assert!(!listing.files.is_empty() || listing.ignored > 0);
        for file in listing.files {
            let _ = file.bytes();
        }
    });
}

/// Offsets slice the text that was given, whatever it is.
fn figures(text: &str) {
    let scalars: Vec<char> = text.chars().collect();
    for q in quantity::Reader::builtin().read(text) {
        let there: String = scalars
            .get(q.chars.clone())
            .expect("inside")
            .iter()
            .collect();
        assert_eq!(text.get(q.bytes.clone()), Some(there.as_str()));
    }
}

#[test]
fn the_number_reader() {
    let lines: Vec<(String, Vec<u8>)> = common::labels()
        .iter()
        .flat_map(|l| l.blocks.iter().map(|b| b.text.clone()))
        .filter(|t| !t.is_empty())
        .step_by(7)
        .map(|t| (t.chars().take(12).collect(), t.into_bytes()))
        .collect();
    run(&lines, |_, bytes| figures(&String::from_utf8_lossy(bytes)));
    // The alphabet of figures, in every order.
    const PIECES: [&str; 40] = [
        "一", "十", "百", "千", "万", "亿", "两", "零", "〇", "壹", "廿", "半", "点", "1", "９",
        "0.5", "1,234", ".", ",", "，", "%", "％", "‰", "元", "万元", "人次", "户", "多", "余",
        "近", "约", "以上", "至", "-", "—", "~", "年", "月", "第", "/",
    ];
    let mut random = Random(11);
    let begun = Instant::now();
    for _ in 0..20_000 {
        let text: String = (0..1 + random.below(12))
            .map(|_| PIECES[random.below(40)])
            .collect();
        figures(&text);
        if begun.elapsed() > time() {
            break;
        }
    }
    // Long runs take no longer than their length says.
    for piece in PIECES {
        let one = Instant::now();
        figures(&piece.repeat(20_000 / piece.len()));
        assert!(one.elapsed() < SLOW, "{piece}: {:?}", one.elapsed());
    }
}

/// The whole analysis of text that is nearly a report.
#[test]
fn the_whole_analysis() {
    let mut seeds: Vec<(String, Vec<u8>)> = common::labels()
        .iter()
        .step_by(9)
        .map(|l| {
            let text: Vec<&str> = l.blocks.iter().map(|b| b.text.as_str()).take(40).collect();
            (l.id.clone(), text.join("\n").into_bytes())
        })
        .collect();
    seeds.push(("table".into(), b"(;l\n2;".to_vec()));
    let catalogue = Catalogue::builtin();
    run(&seeds, |_, bytes| {
        let Ok(document) = read::read(bytes, "a.txt", &Limits::default()) else {
            return;
        };
        let blocks = document.blocks.clone();
        let analysis = zhibiao::analyse_in(document, DocumentContext::default(), catalogue);
        for q in &analysis.quantities {
            let block = blocks.get(q.block).expect("its block");
            // A changed text may be a table: then the offsets are those of a cell.
            let text = block.text_at(&q.location).expect("its cell");
            let there: String = text
                .chars()
                .skip(q.chars.start)
                .take(q.chars.len())
                .collect();
            assert_eq!(there, *q.value_text);
        }
    });
}
