//! Writes a ZIP archive as Chinese desktop archivers do: names in GBK, and no flag that says so.

use anyhow::{Result, ensure};

/// The bytes of the archive; its entries are stored as they are.
pub fn write(entries: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, data) in entries {
        let (name, _, lost) = encoding_rs::GBK.encode(name);
        ensure!(!lost, "a name is not in GBK");
        // Version, flags, method, time, date (16 June 2025, 08:00), checksum, sizes, length of the name.
        let mut common = Vec::new();
        for n in [20u16, 0, 0, 8 << 11, 45 << 9 | 6 << 5 | 16] {
            common.extend(n.to_le_bytes());
        }
        for n in [checksum(data), data.len() as u32, data.len() as u32] {
            common.extend(n.to_le_bytes());
        }
        common.extend((name.len() as u16).to_le_bytes());
        let offset = out.len() as u32;
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend([0, 0]);
        out.extend(name.iter());
        out.extend(data);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 12]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.iter());
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((entries.len() as u16).to_le_bytes().repeat(2));
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    Ok(out)
}

/// CRC-32 as ZIP uses it.
fn checksum(data: &[u8]) -> u32 {
    !data.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| {
            if c & 1 == 1 {
                c >> 1 ^ 0xEDB8_8320
            } else {
                c >> 1
            }
        })
    })
}
