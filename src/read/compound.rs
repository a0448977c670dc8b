//! The directory of a compound file (\[MS-CFB\]: doc, xls, wps, et, encrypted OOXML), and whether its chains end.
//!
//! The readers of these formats follow chains of sectors through a table in the file. A chain that runs in a circle
//! keeps them going until memory is exhausted, and one that leaves the table may panic. [`open`] looks at every chain once,
//! in time and memory proportional to the table, before any of them is let loose on the file. It also says which
//! streams stand at the top: a Word document may hold whole workbooks below.

use super::{Reason, Reject};
use rustc_hash::FxHashSet;

/// Sector numbers from here on are marks: free, end of chain, parts of the table itself.
const MARKS: u32 = 0xffff_fffa;
const END: u32 = 0xffff_fffe;
/// Streams below this size lie in the small sectors of the root's stream.
const SMALL: u64 = 4096;
/// Streams of the root that are looked at.
const MOST_STREAMS: usize = 4096;

/// What is in a compound file.
pub(crate) struct Compound<'a> {
    /// Streams and storages of the root, as entries; all streams where the tree of the root is broken.
    top: Vec<usize>,
    sectors: Sectors<'a>,
    entries: Vec<Entry>,
    /// First sector of the table of small sectors.
    small: u32,
}

impl Compound<'_> {
    /// Whether the root has a stream or storage of this name (case-insensitive).
    pub fn has(&self, name: &str) -> bool {
        let top = self.top.iter().filter_map(|i| self.entries.get(*i));
        top.into_iter().any(|e| e.name.eq_ignore_ascii_case(name))
    }

    /// The bytes of the first stream of this name, wherever it stands, as far as they are there.
    pub fn stream(&self, name: &str) -> Option<Vec<u8>> {
        let named = |e: &&Entry| e.name.eq_ignore_ascii_case(name);
        self.bytes(self.entries.iter().find(named)?)
    }

    /// The bytes of a stream of the root: one of an embedded document may have the same name. Where the tree of the
    /// root is broken, of the first stream of this name.
    pub fn root_stream(&self, name: &str) -> Option<Vec<u8>> {
        let named = |e: &&Entry| e.name.eq_ignore_ascii_case(name);
        let entry = self
            .top
            .iter()
            .filter_map(|i| self.entries.get(*i))
            .find(named);
        match entry {
            Some(entry) => self.bytes(entry),
            None => self.stream(name),
        }
    }

    fn bytes(&self, entry: &Entry) -> Option<Vec<u8>> {
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX);
        let whole = |start: u32| -> Vec<u8> {
            let sectors = self.sectors.chain(start);
            sectors
                .filter_map(|s| self.sectors.get(s))
                .flatten()
                .copied()
                .collect()
        };
        if entry.size >= SMALL {
            let mut bytes = whole(entry.start);
            bytes.truncate(size);
            return Some(bytes);
        }
        let table: Vec<u32> = words(&whole(self.small)).collect();
        let inside = whole(self.entries.first()?.start);
        let mut bytes = Vec::new();
        let mut at = entry.start;
        while at < MARKS && bytes.len() < size {
            let start = (at as usize).checked_mul(64)?;
            bytes.extend(inside.get(start..start.saturating_add(64).min(inside.len()))?);
            at = *table.get(at as usize)?;
        }
        bytes.truncate(size);
        Some(bytes)
    }
}

/// Where a chain that begins at a sector leads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Unknown,
    /// On the chain being followed.
    Open,
    Ends,
    /// Out of the table.
    Leaves,
    Circle,
}

/// An entry of the directory.
struct Entry {
    name: String,
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    size: u64,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let b = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(b.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let b = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(b.try_into().ok()?))
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes
        .chunks_exact(4)
        .filter_map(|w| Some(u32::from_le_bytes(w.try_into().ok()?)))
}

fn corrupt(what: &str) -> Reject {
    Reject::new(
        Reason::Corrupt,
        "",
        format!("文件不完整或已损坏（{what}），请重新发送或用原软件打开后另存一份。"),
    )
}

/// The table of sectors and the sectors themselves.
struct Sectors<'a> {
    bytes: &'a [u8],
    size: usize,
    table: Vec<u32>,
}

impl<'a> Sectors<'a> {
    fn get(&self, sector: u32) -> Option<&'a [u8]> {
        let start = (sector as usize).checked_add(1)?.checked_mul(self.size)?;
        let end = start.saturating_add(self.size).min(self.bytes.len());
        self.bytes.get(start..end)
    }

    /// The sectors of a chain that is known to end.
    fn chain(&self, start: u32) -> impl Iterator<Item = u32> + '_ {
        let next = |s: &u32| self.table.get(*s as usize).copied().filter(|n| *n < MARKS);
        std::iter::successors(Some(start).filter(|s| *s < MARKS), next).take(self.table.len())
    }

    /// Where the chain of each sector leads; every sector is passed once or twice.
    fn fates(&self) -> Vec<Fate> {
        let mut fates = vec![Fate::Unknown; self.table.len()];
        let mut path = Vec::new();
        for start in 0..self.table.len() {
            let mut at = start;
            let fate = loop {
                match fates.get_mut(at) {
                    None => break Fate::Leaves,
                    Some(fate @ Fate::Unknown) => {
                        *fate = Fate::Open;
                        path.push(at);
                    }
                    Some(Fate::Open) => break Fate::Circle,
                    Some(known) => break *known,
                }
                match self.table.get(at).copied() {
                    Some(END) => break Fate::Ends,
                    // Free sectors and sectors of the table are no part of a chain.
                    Some(mark) if mark >= MARKS => break Fate::Leaves,
                    Some(next) => at = next as usize,
                    None => break Fate::Leaves,
                }
            };
            for sector in path.drain(..) {
                if let Some(slot) = fates.get_mut(sector) {
                    *slot = fate;
                }
            }
        }
        fates
    }
}

/// Reads the directory and looks at the chains.
///
/// # Errors
/// Damage that a reader would stumble over.
pub(crate) fn open(bytes: &[u8]) -> Result<Compound<'_>, Reject> {
    let cut = || corrupt("文件头不全");
    let header = bytes.get(..512).ok_or_else(cut)?;
    let size = match u16_at(header, 30) {
        Some(9) => 512,
        Some(12) => 4096,
        _ => return Err(corrupt("扇区大小不对")),
    };
    let word = |at| u32_at(header, at).unwrap_or(END);
    let mut sectors = Sectors {
        bytes,
        size,
        table: Vec::new(),
    };
    let most = bytes.len() / size;
    // Which sectors hold the table: 109 in the header, more in a chain of their own.
    let mut parts: Vec<u32> = words(header.get(76..).unwrap_or_default())
        .filter(|s| *s < MARKS)
        .collect();
    let mut more = word(68);
    let mut passed = FxHashSet::default();
    while more < MARKS {
        if !passed.insert(more) {
            return Err(corrupt("扇区链绕成了圈"));
        }
        let list: Vec<u32> =
            words(sectors.get(more).ok_or_else(|| corrupt("扇区链越界"))?).collect();
        let (next, list) = list.split_last().ok_or_else(cut)?;
        parts.extend(list.iter().filter(|s| **s < MARKS));
        more = *next;
    }
    for part in parts.into_iter().take(most) {
        sectors
            .table
            .extend(words(sectors.get(part).unwrap_or_default()));
    }
    // Sectors behind the end of the file are free.
    sectors.table.truncate(most);
    let fates = sectors.fates();
    let fate = |start: u32| match start {
        END => Fate::Ends,
        s => fates.get(s as usize).copied().unwrap_or(Fate::Leaves),
    };
    let ends = |start: u32| match fate(start) {
        Fate::Ends => Ok(()),
        Fate::Circle => Err(corrupt("扇区链绕成了圈")),
        _ => Err(corrupt("扇区链越界，可能没有传完")),
    };
    let directory = word(48);
    ends(directory)?;
    let entries: Vec<Entry> = sectors
        .chain(directory)
        .filter_map(|s| sectors.get(s))
        .flat_map(|s| s.chunks_exact(128))
        .filter_map(|e| entry(e, size))
        .collect();
    let Some(root) = entries.first().filter(|e| e.kind == 5) else {
        return Err(corrupt("没有目录"));
    };
    if word(64) > 0 {
        ends(word(60))?;
        ends(root.start)?;
    }
    for e in entries.iter().filter(|e| e.kind == 2 && e.size >= SMALL) {
        let main = ["Workbook", "Book"]
            .iter()
            .any(|n| e.name.eq_ignore_ascii_case(n));
        if fate(e.start) == Fate::Circle || main {
            ends(e.start)?;
        }
    }
    Ok(Compound {
        top: top(&entries, root.child),
        small: word(60),
        sectors,
        entries,
    })
}

fn entry(bytes: &[u8], sector: usize) -> Option<Entry> {
    let length = usize::from(u16_at(bytes, 64)?).saturating_sub(2).min(62);
    let units: Vec<u16> = bytes
        .get(..length)?
        .chunks_exact(2)
        .filter_map(|u| Some(u16::from_le_bytes(u.try_into().ok()?)))
        .collect();
    let low = u64::from(u32_at(bytes, 120)?);
    let high = u64::from(u32_at(bytes, 124)?);
    Some(Entry {
        name: String::from_utf16_lossy(&units)
            .trim_end_matches('\0')
            .to_owned(),
        kind: *bytes.get(66)?,
        left: u32_at(bytes, 68)?,
        right: u32_at(bytes, 72)?,
        child: u32_at(bytes, 76)?,
        start: u32_at(bytes, 116)?,
        // The upper half is not set in files with small sectors, and often holds rubbish.
        size: if sector == 512 { low } else { low | high << 32 },
    })
}

/// The root's children: its tree, walked without recursion.
fn top(entries: &[Entry], child: u32) -> Vec<usize> {
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    let mut open = vec![child];
    while let Some(i) = open.pop() {
        let Some(e) = entries.get(i as usize).filter(|e| matches!(e.kind, 1 | 2)) else {
            continue;
        };
        if found.len() < MOST_STREAMS && seen.insert(i) {
            found.push(i as usize);
            open.extend([e.left, e.right]);
        }
    }
    if found.is_empty() {
        let streams = entries.iter().enumerate().filter(|(_, e)| e.kind == 2);
        found = streams.take(MOST_STREAMS).map(|(i, _)| i).collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one sector of table (sector 0), one of directory (sector 1) and more.
    fn file(chains: &[(usize, u32)], streams: &[(&str, u32, u32)]) -> Vec<u8> {
        let mut table = [0xffff_ffffu32; 128];
        table[0] = 0xffff_fffd;
        table[1] = END;
        for (at, next) in chains {
            table[*at] = *next;
        }
        let mut out = vec![0u8; 512];
        out[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
        out[30] = 9;
        out[48] = 1;
        for at in [60, 68] {
            out[at..at + 4].copy_from_slice(&END.to_le_bytes());
        }
        for at in (80..512).step_by(4) {
            out[at..at + 4].copy_from_slice(&[0xff; 4]);
        }
        out.extend(table.iter().flat_map(|w| w.to_le_bytes()));
        let mut put = |name: &str, kind: u8, next: u32, child: u32, start: u32, size: u32| {
            let at = out.len();
            out.resize(at + 128, 0);
            for (i, unit) in name.encode_utf16().enumerate() {
                out[at + i * 2..at + i * 2 + 2].copy_from_slice(&unit.to_le_bytes());
            }
            out[at + 64] = name.len() as u8 * 2 + 2;
            out[at + 66] = kind;
            let fields = [
                (68, u32::MAX),
                (72, next),
                (76, child),
                (116, start),
                (120, size),
            ];
            for (offset, word) in fields {
                out[at + offset..at + offset + 4].copy_from_slice(&word.to_le_bytes());
            }
        };
        put("Root Entry", 5, u32::MAX, 1, END, 0);
        for (i, (name, start, size)) in streams.iter().enumerate() {
            put(name, 2, i as u32 + 2, u32::MAX, *start, *size);
        }
        out.resize(512 * 20, 0);
        out
    }

    #[test]
    fn streams_of_the_root_are_named() {
        let chain = [(2, 3), (3, END)];
        let bytes = file(&chain, &[("Workbook", 2, 5000), ("b", 2, 10)]);
        let found = open(&bytes).ok().unwrap();
        assert!(found.has("workbook") && found.has("b") && !found.has("Book"));
        assert_eq!(found.stream("Workbook").unwrap().len(), 1024); // two sectors are all there is
    }

    #[test]
    fn circles_and_loose_ends_are_damage() {
        for chain in [
            &[(2, 3), (3, 2)][..],
            &[(2, 2)],
            &[(2, 99)],
            &[(2, u32::MAX)],
        ] {
            let bytes = file(chain, &[("Workbook", 2, 5000)]);
            assert_eq!(
                open(&bytes).err().unwrap().reason,
                Reason::Corrupt,
                "{chain:?}"
            );
        }
        // The directory's own chain.
        let bytes = file(&[(1, 1)], &[("Workbook", 2, 10)]);
        assert_eq!(open(&bytes).err().unwrap().reason, Reason::Corrupt);
        // A circle that no stream is on does no harm.
        assert!(open(&file(&[(2, END), (7, 8), (8, 7)], &[("Workbook", 2, 5000)])).is_ok());
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let whole = file(&[(2, 3), (3, END)], &[("Workbook", 2, 5000)]);
        for cut in 0..whole.len() / 4 {
            let _ = open(&whole[..cut * 4]);
        }
        for at in 0..2048 {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = open(&changed);
            }
        }
    }
}
