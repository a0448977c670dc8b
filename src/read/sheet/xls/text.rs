//! Strings of BIFF: UTF-16 with or without the upper bytes in BIFF8, a code page before.

use super::record::Chunks;
use encoding_rs::Encoding;

/// Characters of a string of BIFF8: `count` of them, two bytes each where the flag says so. Where a string goes on in
/// another record, that begins with the flag again, and may have changed it.
pub(super) fn wide(data: &mut Chunks<'_>, count: usize, flags: u8) -> Option<String> {
    let mut out = String::new();
    let (mut left, mut flags) = (count, flags);
    while left > 0 {
        if data.turns_over() {
            data.turn_over();
            flags = data.u8()?;
        }
        let bytes = if flags & 1 == 0 {
            left
        } else {
            left.saturating_mul(2)
        };
        let some = data.take(bytes);
        if some.is_empty() {
            // A record may hold the flag and no characters.
            if data.turns_over() {
                continue;
            }
            // The string is cut off: what there is of it is given.
            break;
        }
        if flags & 1 == 0 {
            out.extend(some.iter().map(|&b| char::from(b)));
            left -= some.len();
        } else {
            let units = some.chunks_exact(2).map(|p| match p {
                &[a, b] => u16::from_le_bytes([a, b]),
                _ => 0,
            });
            out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
            // A lone byte at the end of a record is damage; it must not keep this going.
            left -= some.len().div_ceil(2).min(left);
        }
    }
    Some(out)
}

/// A string of BIFF8 with what may follow it: formatting runs and phonetic text, which are not seen in the cell.
pub(super) fn rich(data: &mut Chunks<'_>) -> Option<String> {
    let count = usize::from(data.u16()?);
    let flags = data.u8()?;
    let runs = if flags & 8 == 0 { 0 } else { data.u16()? };
    let extension = if flags & 4 == 0 { 0 } else { data.u32()? };
    let text = wide(data, count, flags)?;
    data.skip(usize::from(runs) * 4);
    data.skip(usize::try_from(extension).ok()?);
    Some(text)
}

/// The encoding of a Windows or Macintosh code page.
pub(super) fn code_page(number: u16) -> &'static Encoding {
    match number {
        936 => encoding_rs::GBK,
        54936 => encoding_rs::GB18030,
        950 => encoding_rs::BIG5,
        932 => encoding_rs::SHIFT_JIS,
        949 | 1361 => encoding_rs::EUC_KR,
        874 => encoding_rs::WINDOWS_874,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        866 => encoding_rs::IBM866,
        10000 | 32768 => encoding_rs::MACINTOSH,
        10007 => encoding_rs::X_MAC_CYRILLIC,
        65001 => encoding_rs::UTF_8,
        _ => encoding_rs::WINDOWS_1252,
    }
}
