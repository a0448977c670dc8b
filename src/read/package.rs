//! A zip container of parts (OOXML, OpenDocument), opened with limits.
//!
//! Every part is unpacked by itself into memory that is bounded by [`Limits`]: its declared size is never trusted, the
//! bytes that come out are counted. A part that breaks off is given with what came out and the damage, so that the
//! reader of the format can keep it as a partial document.
//!
//! A sound part is unpacked in one go ([`Packed::whole`]): zip's own reader makes a window of 32 kB, and clears it, for each of the
//! small parts of a report. Whatever is not sound is left to that reader, which knows what is wrong.

use super::kept::Kept;
use super::{Limits, Reason, Reject};
use flate2::{Decompress, FlushDecompress, Status};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::io::{Cursor, Read};
use std::rc::Rc;
use std::thread::LocalKey;
use zip::{CompressionMethod, ZipArchive};

/// A part as unpacked.
pub(crate) struct Part {
    /// What could be unpacked.
    pub bytes: Vec<u8>,
    /// Why it is not all of it.
    pub damage: Option<(Reason, String)>,
}

/// A deflated part, and what the directory says will come out of it.
pub(crate) struct Packed<'a> {
    pub bytes: &'a [u8],
    /// Bytes when unpacked.
    pub size: u64,
    /// CRC-32 of those.
    pub sum: u32,
}

thread_local! {
    /// Used for one part after the other.
    static INFLATE: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

impl Packed<'_> {
    /// What comes out, where that is as the entry in the directory says: size, checksum, nothing beyond.
    fn whole(&self) -> Option<Vec<u8>> {
        let size = usize::try_from(self.size).ok()?;
        // A byte more, so that the end of the stream is seen.
        let mut bytes = Vec::with_capacity(size + 1);
        let state = INFLATE.with_borrow_mut(|inflate| {
            inflate.reset(false);
            inflate.decompress_vec(self.bytes, &mut bytes, FlushDecompress::Finish)
        });
        let sound = matches!(state, Ok(Status::StreamEnd))
            && bytes.len() == size
            && crc32fast::hash(&bytes) == self.sum;
        sound.then_some(bytes)
    }
}

/// An open container.
pub(crate) struct Package<'a> {
    bytes: &'a [u8],
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// Lower-case path with forward slashes to index in the archive.
    index: FxHashMap<String, usize>,
    /// Bytes that may still be unpacked from this file.
    budget: u64,
    ratio: u64,
}

/// Largest part, in unpacked bytes, that is unpacked in one go.
const WHOLE: u64 = 16 << 20;

/// How many bytes come out of a part before its compression ratio is looked at.
const RATIO_FLOOR: u64 = 64 << 20;

impl<'a> Package<'a> {
    /// Opens the container; its directory only.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Package<'a>, Reject> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|e| {
            Reject::new(
                Reason::Corrupt,
                "",
                format!("文件不完整或已损坏（压缩结构读不出：{e}），请重新发送或用原软件打开后另存一份。"),
            )
        })?;
        if zip.len() > limits.entries {
            return Err(Reject::new(
                Reason::TooLarge,
                "",
                format!(
                    "压缩结构里有{}个部件，超过上限{}个，请检查文件来源。",
                    zip.len(),
                    limits.entries
                ),
            ));
        }
        let mut index = FxHashMap::default();
        for (i, name) in zip.file_names_raw().enumerate() {
            let name = String::from_utf8_lossy(name)
                .replace('\\', "/")
                .to_lowercase();
            index
                .entry(name.trim_start_matches('/').to_owned())
                .or_insert(i);
        }
        Ok(Package {
            bytes,
            zip,
            index,
            budget: limits.unpacked,
            ratio: limits.ratio,
        })
    }

    /// Whether a part of this name exists (case-insensitive).
    pub fn has(&self, name: &str) -> bool {
        self.index.contains_key(&key(name))
    }

    /// Names of all parts, lower case, in no particular order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(String::as_str)
    }

    /// Unpacks a part; `None` where there is none of this name.
    pub fn part(&mut self, name: &str) -> Option<Part> {
        let index = *self.index.get(&key(name))?;
        Some(self.unpack(index))
    }

    /// Unpacks a part as text; damage is dropped: for parts that a document can do without.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.part(name).map(|part| super::xml::decode(part.bytes))
    }

    /// What is made of a part as text, or was made of the same part of an earlier document; damage is dropped.
    pub fn made<T>(
        &mut self,
        name: &str,
        kept: &'static LocalKey<RefCell<Kept<T>>>,
        make: impl FnOnce(&str) -> T,
    ) -> Option<Rc<T>> {
        let index = *self.index.get(&key(name))?;
        let packed = self.packed(index);
        if let Some(packed) = &packed
            && let Some(made) = kept.with_borrow_mut(|kept| kept.get(packed))
        {
            self.budget = self.budget.saturating_sub(packed.size);
            return Some(made);
        }
        let part = self.unpack_as(index, packed.as_ref());
        let sound = part.damage.is_none();
        let made = Rc::new(make(&super::xml::decode(part.bytes)));
        if let Some(packed) = packed.filter(|_| sound) {
            kept.with_borrow_mut(|kept| kept.put(&packed, &made));
        }
        Some(made)
    }

    /// A deflated part; `None` where it is not as plain as that, and where it is so large that the memory for it should not be
    /// taken on the word of its entry in the directory.
    fn packed(&mut self, index: usize) -> Option<Packed<'a>> {
        let file = self.zip.by_index_raw(index).ok()?;
        let (packed, size) = (file.compressed_size(), file.size());
        if file.compression() != CompressionMethod::Deflated
            || file.encrypted()
            || size > self.budget.min(WHOLE)
        {
            return None;
        }
        let start = usize::try_from(file.data_start()?).ok()?;
        let end = start.checked_add(usize::try_from(packed).ok()?)?;
        Some(Packed {
            bytes: self.bytes.get(start..end)?,
            size,
            sum: file.crc32(),
        })
    }

    fn unpack(&mut self, index: usize) -> Part {
        let packed = self.packed(index);
        self.unpack_as(index, packed.as_ref())
    }

    /// The same where it is known how the part is packed.
    fn unpack_as(&mut self, index: usize, packed: Option<&Packed<'_>>) -> Part {
        if let Some(bytes) = packed.and_then(Packed::whole) {
            self.budget = self.budget.saturating_sub(bytes.len() as u64);
            return Part {
                bytes,
                damage: None,
            };
        }
        let budget = self.budget;
        let ratio = self.ratio;
        let mut file = match self.zip.by_index(index) {
            Ok(file) => file,
            Err(e) => {
                let encrypted = matches!(
                    e,
                    zip::result::ZipError::UnsupportedArchive(
                        zip::result::ZipError::PASSWORD_REQUIRED
                    ) | zip::result::ZipError::InvalidPassword
                );
                let damage = if encrypted {
                    (
                        Reason::Encrypted,
                        "部件有密码保护，请取消密码后重新发送。".to_owned(),
                    )
                } else {
                    (
                        Reason::Corrupt,
                        format!("部件读不出（{e}），请用原软件打开后另存一份。"),
                    )
                };
                return Part {
                    bytes: Vec::new(),
                    damage: Some(damage),
                };
            }
        };
        let packed = file.compressed_size().max(1);
        let mut allowed = budget;
        let by_ratio = packed.saturating_mul(ratio).max(RATIO_FLOOR);
        allowed = allowed.min(by_ratio);
        // The declared size is a hint only; a lie costs a reallocation, not memory.
        let mut bytes = Vec::with_capacity(file.size().min(allowed).min(16 << 20) as usize + 1);
        let mut damage = None;
        match file.by_ref().take(allowed + 1).read_to_end(&mut bytes) {
            Ok(_) if bytes.len() as u64 > allowed => {
                bytes.truncate(allowed as usize);
                damage = Some((
                    Reason::TooLarge,
                    format!(
                        "解压后超过{}MB或压缩比异常，只读了前面的部分。",
                        allowed >> 20
                    ),
                ));
            }
            Ok(_) => {}
            Err(e) => {
                damage = Some((
                    Reason::Corrupt,
                    format!("部件中途损坏（{e}），只读了前面的部分。"),
                ))
            }
        }
        self.budget = budget.saturating_sub(bytes.len() as u64);
        Part { bytes, damage }
    }
}

fn key(name: &str) -> String {
    name.trim_start_matches('/')
        .replace('\\', "/")
        .to_lowercase()
}

/// One relationship of an OOXML part.
#[derive(Debug, Clone)]
pub(crate) struct Relationship {
    pub id: String,
    /// Last segment of the relationship type: `officeDocument`, `worksheet`, `styles` …
    pub kind: String,
    /// Path of the target in the package.
    pub target: String,
}

thread_local! {
    static RELATIONS: RefCell<Kept<Relations>> = const { RefCell::new(Kept::new()) };
}

/// Relationships with the path of the part that they are of: what a target is relative to.
struct Relations {
    part: String,
    list: Vec<Relationship>,
}

/// Relationships of a part (`""` for the package itself); empty where there are none or they are damaged.
pub(crate) fn relationships(package: &mut Package<'_>, part: &str) -> Vec<Relationship> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let path = if folder.is_empty() {
        format!("_rels/{file}.rels")
    } else {
        format!("{folder}/_rels/{file}.rels")
    };
    // A program gives all of its documents the same relationships, as long as they have no pictures.
    let made = package.made(&path, &RELATIONS, |text| Relations {
        part: part.to_owned(),
        list: parse(text, folder),
    });
    match made {
        Some(made) if made.part == part => made.list.clone(),
        Some(_) => package
            .text(&path)
            .map_or_else(Vec::new, |text| parse(&text, folder)),
        None => Vec::new(),
    }
}

fn parse(text: &str, folder: &str) -> Vec<Relationship> {
    let mut reader = super::xml::reader(text);
    let mut found = Vec::new();
    use quick_xml::events::Event;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(e) | Event::Empty(e) if e.local_name().as_ref() == "Relationship" => {
                let mut r = Relationship {
                    id: String::new(),
                    kind: String::new(),
                    target: String::new(),
                };
                let mut external = false;
                for a in e.attributes().with_checks(false).flatten() {
                    let value = super::xml::unescape(a.value);
                    match a.key.local_name().as_ref() {
                        "Id" => r.id = value.into_owned(),
                        "Type" => r.kind = value.rsplit('/').next().unwrap_or_default().to_owned(),
                        "Target" => r.target = resolve_target(folder, &value),
                        "TargetMode" => external = value == "External",
                        _ => {}
                    }
                }
                if !external {
                    found.push(r);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    found
}

/// Resolves a relationship's target against the folder of its source.
fn resolve_target(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut segments: Vec<&str> = Vec::new();
    if !target.starts_with('/') {
        segments.extend(folder.split('/').filter(|s| !s.is_empty()));
    }
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            s => segments.push(s),
        }
    }
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A container with one deflated part.
    fn container(text: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file("a.xml", options).unwrap();
        zip.write_all(text).unwrap();
        zip.finish().unwrap().into_inner()
    }

    /// The part as unpacked, and whether in one go.
    fn unpacked(bytes: &[u8]) -> (Part, bool) {
        let mut package = Package::open(bytes, &Limits::default()).unwrap();
        let whole = package.packed(0).is_some_and(|p| p.whole().is_some());
        (package.part("a.xml").unwrap(), whole)
    }

    #[test]
    fn only_a_sound_part_is_unpacked_in_one_go() {
        let text = "指标".repeat(20_000).into_bytes();
        let sound = container(&text);
        let (part, whole) = unpacked(&sound);
        assert!(whole && part.damage.is_none() && part.bytes == text);

        // The directory's entry: checksum at 16, packed size at 20, size at 24.
        let entry = sound.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
        let (mut sum, mut short, mut long) = (sound.clone(), sound.clone(), sound.clone());
        sum[entry + 16] ^= 1;
        short[entry + 24] -= 1;
        long[entry + 24] += 1;
        let (part, whole) = unpacked(&sum);
        assert!(!whole && part.damage.is_some());
        for wrong in [short, long] {
            let (part, whole) = unpacked(&wrong);
            assert!(!whole, "{:?}", part.damage);
            assert!(
                part.bytes == text || part.damage.is_some(),
                "{} {:?}",
                part.bytes.len(),
                part.damage
            );
        }

        let mut broken = sound.clone();
        let data = 30 + "a.xml".len();
        broken[data + 20] ^= 0x55;
        let (part, whole) = unpacked(&broken);
        assert!(!whole && part.damage.is_some());
    }

    thread_local! {
        static KEPT: RefCell<Kept<String>> = const { RefCell::new(Kept::new()) };
    }

    /// What is made of the part, whether it was made now, and the bytes that may still be unpacked.
    fn made(bytes: &[u8]) -> (String, bool, u64) {
        let mut package = Package::open(bytes, &Limits::default()).unwrap();
        let mut now = false;
        let made = package.made("a.xml", &KEPT, |text| {
            now = true;
            text.to_owned()
        });
        (made.unwrap().to_string(), now, package.budget)
    }

    #[test]
    fn what_was_made_of_a_part_is_kept_for_the_same_part_only() {
        let texts = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(|n| format!("标题{n}").repeat(50));
        let parts = texts.each_ref().map(|t| container(t.as_bytes()));
        let (first, now, left) = made(&parts[0]);
        assert!(now && first == texts[0]);
        assert_eq!(made(&parts[0]), (first, false, left));
        for (part, text) in parts.iter().zip(&texts).skip(1) {
            assert_eq!(made(part).0, *text);
        }
        assert!(made(&parts[0]).1, "the last eight are kept");
        assert!(!made(&parts[8]).1);

        // Another checksum in the directory: the part is damaged, and is read as such each time.
        let mut damaged = parts[8].clone();
        let entry = damaged
            .windows(4)
            .rposition(|w| w == b"PK\x01\x02")
            .unwrap();
        damaged[entry + 16] ^= 1;
        assert!(made(&damaged).1 && made(&damaged).1);
        let large = container("大".repeat(400_000).as_bytes());
        assert!(made(&large).1 && made(&large).1);
    }

    #[test]
    fn targets_resolve() {
        assert_eq!(resolve_target("word", "styles.xml"), "word/styles.xml");
        assert_eq!(
            resolve_target("word", "/word/document.xml"),
            "word/document.xml"
        );
        assert_eq!(
            resolve_target("xl/worksheets", "../sharedStrings.xml"),
            "xl/sharedStrings.xml"
        );
        assert_eq!(
            resolve_target("", "word\\document.xml"),
            "word/document.xml"
        );
    }
}
