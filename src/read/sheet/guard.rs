//! What a binary workbook may not say, looked at before calamine reads it.
//!
//! calamine keeps a whole rectangle for each sheet, from its first to its last cell, and reserves what the sheet declares
//! (DIMENSIONS). Excel 97 has 256 columns and 65,536 rows; a damaged or hostile file that speaks of column 60,000 would
//! have it allocate a hundred gigabytes, which ends the process. Sheets that overlap would be read over and over.
//! \[MS-XLS\] 2.3 has the numbers of the records.

use crate::read::{Reason, Reject};

const COLUMNS: u64 = 256;
const ROWS: u64 = 65_536;

/// Records of a stream from a place on: number and data. Ends where the stream does.
fn records(stream: &[u8], mut at: usize) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let head = stream.get(at..at.checked_add(4)?)?;
        let &[a, b, c, d] = head else { return None };
        let start = at + 4;
        let end = start + usize::from(u16::from_le_bytes([c, d]));
        at = end;
        let data = stream.get(start..end.min(stream.len()))?;
        Some((u16::from_le_bytes([a, b]), data))
    })
}

fn u16_at(data: &[u8], at: usize) -> u64 {
    match data.get(at..at + 2) {
        Some(&[a, b]) => u64::from(u16::from_le_bytes([a, b])),
        _ => 0,
    }
}

fn u32_at(data: &[u8], at: usize) -> u64 {
    u16_at(data, at) | u16_at(data, at + 2) << 16
}

/// Looks at every sheet of a workbook stream.
///
/// # Errors
/// Damage where a cell or a declared size lies outside any sheet, or sheets overlap.
pub(super) fn check(stream: &[u8]) -> Result<(), Reject> {
    let mut starts: Vec<usize> = records(stream, 0)
        .filter(|(number, _)| *number == 0x0085)
        .map(|(_, data)| usize::try_from(u32_at(data, 0)).unwrap_or(usize::MAX))
        .collect();
    starts.push(0);
    // Sheets stand one after the other: all together they are as long as the stream.
    let mut left = 2 * stream.len() + (1 << 20);
    for start in starts {
        let mut depth = 0u32;
        for (number, data) in records(stream, start) {
            left = left.checked_sub(data.len() + 4).ok_or_else(damaged)?;
            let column = match number {
                0x0809 => {
                    depth += 1;
                    continue;
                }
                0x000a => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 && start > 0 {
                        break;
                    }
                    continue;
                }
                // DIMENSIONS of BIFF8 (rows of four bytes) and of BIFF3–5 (of two).
                0x0200 => {
                    let (first, last, left, right) = if data.len() >= 14 {
                        let (first, last) = (u32_at(data, 0), u32_at(data, 4));
                        (first, last, u16_at(data, 8), u16_at(data, 10))
                    } else {
                        let (first, last) = (u16_at(data, 0), u16_at(data, 2));
                        (first, last, u16_at(data, 4), u16_at(data, 6))
                    };
                    if last == 0 || right == 0 {
                        continue; // an empty sheet
                    }
                    // calamine takes an odd first column for 0, and an odd first row as it is.
                    let rows = last.checked_sub(first).ok_or_else(damaged)?;
                    let columns = if left > 0xff {
                        right
                    } else {
                        right.saturating_sub(left).max(1)
                    };
                    if rows.saturating_mul(columns) > ROWS * COLUMNS {
                        return Err(damaged());
                    }
                    continue;
                }
                0x0203 | 0x0204 | 0x0205 | 0x00d6 | 0x027e | 0x00fd | 0x0006 => u16_at(data, 2),
                0x00bd => u16_at(data, 2).max(u16_at(data, data.len().saturating_sub(2))),
                _ => continue,
            };
            if column >= COLUMNS {
                return Err(damaged());
            }
        }
    }
    Ok(())
}

fn damaged() -> Reject {
    Reject::new(
        Reason::Corrupt,
        "",
        "工作簿已损坏（单元格在工作表之外），请用 Excel 打开后另存为 .xlsx 再发送。",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u16, data: &[u8]) -> Vec<u8> {
        let mut out = number.to_le_bytes().to_vec();
        out.extend((data.len() as u16).to_le_bytes());
        out.extend(data);
        out
    }

    #[test]
    fn cells_lie_in_the_sheet() {
        let bof = record(0x0809, &[0, 6, 5, 0]);
        let cell = |column: u16| {
            let mut data = vec![1, 0];
            data.extend(column.to_le_bytes());
            data.extend([0; 10]);
            record(0x0203, &data)
        };
        let sheet = |column| [bof.clone(), cell(column), record(0x000a, &[])].concat();
        assert!(check(&sheet(255)).is_ok());
        assert!(check(&sheet(256)).is_err());
        let mut wide = vec![0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0];
        assert!(check(&[bof.clone(), record(0x0200, &wide)].concat()).is_err());
        wide[4..8].copy_from_slice(&[9, 0, 0, 0]);
        assert!(check(&[bof.clone(), record(0x0200, &wide)].concat()).is_ok());
        // A thousand sheets that are all the same one.
        let many: Vec<u8> = (0..10_000).flat_map(|_| record(0x0085, &[0; 8])).collect();
        assert!(check(&[bof, many].concat()).is_err());
        assert!(check(b"").is_ok() && check(&[9]).is_ok());
    }
}
