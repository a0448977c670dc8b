//! Text without a format of its own, whose encoding must be found: byte order mark, UTF-16 without one, UTF-8, what the
//! text declares, else GB18030, in which Chinese text that is none of these is written.

use super::sniff;
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes at the start may declare an encoding.
const HEAD: usize = 4096;

/// Decodes text of unknown encoding. What does not fit becomes U+FFFD.
pub(crate) fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let bytes = bytes.get(length..).unwrap_or_default();
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    if let Some(encoding) = sniff::utf16_without_bom(head)
        && [UTF_16LE, UTF_16BE].contains(&encoding)
    {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    if is_utf8(bytes) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let declared = declared(head).filter(|e| *e != UTF_8 && e.is_ascii_compatible());
    let encoding = match declared {
        // Those who say gb2312 write everything that their system can.
        Some(e) if e != encoding_rs::GBK => e,
        _ => GB18030,
    };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// UTF-8, perhaps with a few damaged places or cut off in a character.
fn is_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|b| !b.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    bad == 0 || bad * 30 < good
}

/// The encoding that `charset=` or `encoding=` names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let lower = head.to_ascii_lowercase();
    for word in [&b"charset="[..], b"encoding="] {
        let Some(at) = lower.windows(word.len()).position(|w| w == word) else {
            continue;
        };
        let rest = lower.get(at + word.len()..).unwrap_or_default();
        let start = rest
            .iter()
            .position(|b| !matches!(b, b'"' | b'\'' | b' '))?;
        let label = rest.get(start..)?;
        let end = label
            .iter()
            .position(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_'))
            .unwrap_or(label.len());
        if let Some(encoding) = Encoding::for_label(label.get(..end)?) {
            return Some(encoding);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_found() {
        let text = "全年火化遗体499具，发放41.61万元。";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let gb = GB18030.encode(text).0.into_owned();
        let big5 = encoding_rs::BIG5
            .encode("<meta charset=big5>全年預算")
            .0
            .into_owned();
        assert_eq!(decode(text.as_bytes()), text);
        assert_eq!(decode(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), text);
        assert_eq!(decode(&[b"\xff\xfe", &utf16[..]].concat()), text);
        assert_eq!(decode(&gb), text);
        assert_eq!(
            decode(&[b"<meta charset=utf-8>", &gb[..]].concat()),
            format!("<meta charset=utf-8>{text}")
        );
        assert_eq!(
            decode(&[b"<meta charset=gb2312>", text.as_bytes()].concat()),
            format!("<meta charset=gb2312>{text}")
        );
        assert_eq!(decode(&big5), "<meta charset=big5>全年預算");
        // Cut off in the middle of a character.
        let cut = &text.as_bytes()[..text.len() - 1];
        assert!(decode(cut).starts_with("全年火化遗体499具，发放41.61万元"));
        assert_eq!(decode(b""), "");
    }
}
