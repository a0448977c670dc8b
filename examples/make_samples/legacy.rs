//! Writes a workbook of Excel 97–2003 (BIFF8 in a compound file): what statistical forms still arrive as.
//!
//! After [MS-XLS] and [MS-CFB], only what a table needs. The CodePage record says 1200 (UTF-16), as BIFF8 demands; some
//! office programs write 936 there, and readers that believe it garble the text.

use crate::sheet::{number, regions};
use crate::template::{Block, Cell, Document};
use anyhow::{Result, ensure};

/// The bytes of an .xls.
pub fn write(document: &Document) -> Result<Vec<u8>> {
    let sheets: Vec<(&str, &Vec<Vec<Cell>>)> = document
        .blocks
        .iter()
        .filter_map(|b| {
            if let Block::Table(name, rows) = b {
                Some((name.as_str(), rows))
            } else {
                None
            }
        })
        .collect();
    let mut strings: Vec<String> = Vec::new();
    let mut bodies = Vec::new();
    for (_, rows) in &sheets {
        bodies.push(body(rows, &mut strings));
    }

    let mut globals = Records::default();
    globals.beginning(0x0005);
    globals.add(0x0042, &1200u16.to_le_bytes());
    globals.add(
        0x003D,
        &[
            0, 0, 0, 0, 0x60, 0x40, 0x30, 0x2A, 0x38, 0, 0, 0, 0, 0, 1, 0, 0x58, 2,
        ],
    );
    for _ in 0..4 {
        let mut font = vec![220, 0, 0, 0, 0xFF, 0x7F, 0x90, 0x01, 0, 0, 0, 0, 0x86, 0];
        font.extend(short_string("宋体"));
        globals.add(0x0031, &font);
    }
    // Number formats: 0, 2 (0.00), 4 (#,##0.00), 3 (#,##0), 10 (0.00%), 164 (0.0).
    let mut custom = 164u16.to_le_bytes().to_vec();
    custom.extend(long_string("0.0"));
    globals.add(0x041E, &custom);
    for _ in 0..15 {
        globals.add(
            0x00E0,
            &[
                0, 0, 0, 0, 0xF5, 0xFF, 0x20, 0, 0, 0xF4, 0, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0x20,
            ],
        );
    }
    for format in FORMATS {
        let [low, high] = format.0.to_le_bytes();
        globals.add(
            0x00E0,
            &[
                0, 0, low, high, 1, 0, 0x20, 0, 0, 0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0x20,
            ],
        );
    }
    globals.add(0x0293, &[0, 0x80, 0, 0xFF]);
    let mut places = Vec::new();
    for (name, _) in &sheets {
        let mut sheet = vec![0; 6];
        sheet.extend(short_string(if name.is_empty() { "Sheet1" } else { name }));
        places.push(globals.bytes.len() + 4);
        globals.add(0x0085, &sheet);
    }
    let mut table = (strings.len() as u32).to_le_bytes().repeat(2);
    for s in &strings {
        table.extend(long_string(s));
    }
    ensure!(
        table.len() <= 8224,
        "the shared strings need a Continue record"
    );
    globals.add(0x00FC, &table);
    globals.add(0x000A, &[]);
    let mut stream = globals.bytes;
    for (place, body) in places.into_iter().zip(bodies) {
        let start = (stream.len() as u32).to_le_bytes();
        stream[place..place + 4].copy_from_slice(&start);
        stream.extend(body);
    }
    compound_file(stream)
}

/// Built-in or own number format of each cell style, and the format string it stands for.
const FORMATS: [(u16, &str); 6] = [
    (0, "0"),
    (2, "0.00"),
    (4, "#,##0.00"),
    (3, "#,##0"),
    (10, "0.00%"),
    (164, "0.0"),
];

fn body(rows: &[Vec<Cell>], strings: &mut Vec<String>) -> Vec<u8> {
    let mut out = Records::default();
    out.beginning(0x0010);
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut dimensions = 0u32.to_le_bytes().to_vec();
    dimensions.extend((rows.len() as u32).to_le_bytes());
    dimensions.extend([0, 0]);
    dimensions.extend((width as u16).to_le_bytes());
    dimensions.extend([0, 0]);
    out.add(0x0200, &dimensions);
    for (r, row) in rows.iter().enumerate() {
        for (c, cell) in row
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.text.is_empty())
        {
            let known = number(cell, r, c).and_then(|(value, format)| {
                FORMATS
                    .iter()
                    .position(|f| f.1 == format)
                    .map(|style| (value, style))
            });
            let mut record = (r as u16).to_le_bytes().to_vec();
            record.extend((c as u16).to_le_bytes());
            record.extend((15 + known.map_or(0, |(_, style)| style as u16)).to_le_bytes());
            if let Some((value, _)) = known {
                record.extend(value.to_le_bytes());
                out.add(0x0203, &record);
            } else {
                let index = strings
                    .iter()
                    .position(|s| *s == cell.text)
                    .unwrap_or_else(|| {
                        strings.push(cell.text.clone());
                        strings.len() - 1
                    });
                record.extend((index as u32).to_le_bytes());
                out.add(0x00FD, &record);
            }
        }
    }
    out.add(
        0x023E,
        &[
            0xB6, 0x06, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
    );
    let merged = regions(rows);
    let mut record = (merged.len() as u16).to_le_bytes().to_vec();
    for (r1, c1, r2, c2) in merged {
        for n in [r1, r2, c1, c2] {
            record.extend((n as u16).to_le_bytes());
        }
    }
    out.add(0x00E5, &record);
    out.add(0x000A, &[]);
    out.bytes
}

#[derive(Default)]
struct Records {
    bytes: Vec<u8>,
}

impl Records {
    fn add(&mut self, kind: u16, data: &[u8]) {
        self.bytes.extend(kind.to_le_bytes());
        self.bytes.extend((data.len() as u16).to_le_bytes());
        self.bytes.extend(data);
    }

    /// BOF: BIFF8, written by a program of 1997.
    fn beginning(&mut self, kind: u16) {
        let [low, high] = kind.to_le_bytes();
        self.add(
            0x0809,
            &[
                0, 6, low, high, 0xBB, 0x0D, 0xCC, 0x07, 0, 0, 0, 0, 6, 0, 0, 0,
            ],
        );
    }
}

/// A string whose length is one byte, in UTF-16.
fn short_string(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut out = vec![units.len() as u8, 1];
    out.extend(units.iter().flat_map(|u| u.to_le_bytes()));
    out
}

/// A string whose length is two bytes, in UTF-16.
fn long_string(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut out = (units.len() as u16).to_le_bytes().to_vec();
    out.push(1);
    out.extend(units.iter().flat_map(|u| u.to_le_bytes()));
    out
}

/// A compound file with one stream, `Workbook`: header, one sector of allocation table, one of directory, the stream.
fn compound_file(mut stream: Vec<u8>) -> Result<Vec<u8>> {
    const SECTOR: usize = 512;
    const END: u32 = 0xFFFF_FFFE;
    const FREE: u32 = 0xFFFF_FFFF;
    const TABLE: u32 = 0xFFFF_FFFD;
    // Streams under 4096 bytes would have to stand in the small-block stream: this one is made longer instead.
    stream.resize(stream.len().max(4096).next_multiple_of(SECTOR), 0);
    let sectors = stream.len() / SECTOR;
    ensure!(
        sectors + 2 <= SECTOR / 4,
        "more than one sector of allocation table"
    );

    let mut out = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    out.extend([0; 16]);
    for n in [0x003Eu16, 3, 0xFFFE, 9, 6, 0, 0, 0] {
        out.extend(n.to_le_bytes());
    }
    // Directory sectors, table sectors, first directory sector, transaction, small-stream limit, small table, more table.
    for n in [0u32, 1, 1, 0, 4096, END, 0, END, 0] {
        out.extend(n.to_le_bytes());
    }
    out.extend(0u32.to_le_bytes());
    out.resize(SECTOR, 0xFF);

    let mut table: Vec<u32> = vec![TABLE, END];
    table.extend((3..sectors as u32 + 2).chain([END]));
    table.resize(SECTOR / 4, FREE);
    out.extend(table.iter().flat_map(|n| n.to_le_bytes()));

    let length = stream.len() as u32;
    for (name, kind, child, start, size) in [
        ("Root Entry", 5u8, 1u32, END, 0u32),
        ("Workbook", 2, FREE, 2, length),
        ("", 0, FREE, 0, 0),
        ("", 0, FREE, 0, 0),
    ] {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let size_of_name = if name.is_empty() {
            0
        } else {
            entry.len() as u16 + 2
        };
        entry.resize(64, 0);
        entry.extend(size_of_name.to_le_bytes());
        entry.extend([kind, 1]);
        for n in [FREE, FREE, child] {
            entry.extend(n.to_le_bytes());
        }
        entry.resize(116, 0);
        entry.extend(start.to_le_bytes());
        entry.extend(u64::from(size).to_le_bytes());
        out.extend(entry);
    }
    out.extend(stream);
    Ok(out)
}
