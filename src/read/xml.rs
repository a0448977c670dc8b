//! Small helpers around quick-xml that every XML reader shares.
//!
//! Parts are decoded to UTF-8 once (byte order mark, XML declaration, else UTF-8 with replacement), so that the
//! zero-copy slice reader can be used. Only the five predefined entities and character references are resolved: a
//! DTD is skipped, never expanded, so entity expansion cannot grow the text. Names are compared by local name and
//! namespace, never by prefix.

use quick_xml::events::{BytesRef, BytesStart};
use quick_xml::reader::Reader;
use std::borrow::Cow;
use std::io::BufRead;

/// Elements nested deeper than this are not XML that a person wrote: readers stop there.
pub(crate) const MAX_DEPTH: usize = 400_000;

/// Largest part in bytes that is copied when it is decoded.
const COPIED: usize = 1 << 20;

/// Decodes an XML part to a string: by byte order mark, then by its XML declaration, else as UTF-8.
/// Invalid sequences become U+FFFD rather than failing the part.
pub(crate) fn decode(bytes: Vec<u8>) -> String {
    if let Some((encoding, skip)) = encoding_rs::Encoding::for_bom(&bytes)
        && encoding != encoding_rs::UTF_8
    {
        return encoding
            .decode_without_bom_handling(bytes.get(skip..).unwrap_or_default())
            .0
            .into_owned();
    }
    // UTF-16 without its mark shows by the zero beside the first `<`.
    let unmarked = match bytes.get(..4) {
        Some([0, b'<', 0, _]) => Some(encoding_rs::UTF_16BE),
        Some([b'<', 0, _, 0]) => Some(encoding_rs::UTF_16LE),
        _ => None,
    };
    if let Some(encoding) = unmarked {
        return encoding.decode_without_bom_handling(&bytes).0.into_owned();
    }
    let head = bytes.get(..bytes.len().min(200)).unwrap_or_default();
    if let Some(label) = declared_encoding(head)
        && let Some(encoding) = encoding_rs::Encoding::for_label(label)
        && encoding != encoding_rs::UTF_8
        && encoding.is_ascii_compatible()
    {
        return encoding.decode_without_bom_handling(&bytes).0.into_owned();
    }
    // encoding_rs looks at 32 bytes at a time, but copies; a large part stays where it is.
    let mut text = if bytes.len() <= COPIED {
        let (text, _) = encoding_rs::UTF_8.decode_without_bom_handling(&bytes);
        text.into_owned()
    } else {
        match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
        }
    };
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    text
}

/// The label in `<?xml … encoding="label"?>`.
fn declared_encoding(head: &[u8]) -> Option<&[u8]> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if !head.starts_with(b"<?xml") {
        return None;
    }
    let end = head.windows(2).position(|w| w == b"?>")?;
    let declaration = head.get(..end)?;
    let at = declaration.windows(9).position(|w| w == b"encoding=")? + 9;
    let quote = *declaration.get(at)?;
    let rest = declaration.get(at + 1..)?;
    let length = rest.iter().position(|&b| b == quote)?;
    rest.get(..length)
}

/// A reader over decoded text that keeps white space and tolerates a lone `&`.
pub(crate) fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.trim_text_start = false;
    config.trim_text_end = false;
    reader
}

/// The text up to the next markup or reference, taken out of what the reader has still to read of `text`; empty where
/// none follows. The reader, which may have been given any bytes, looks again whether each text is UTF-8, and for Han text
/// that takes longer than all else that it does.
pub(crate) fn text_ahead<'t>(reader: &mut Reader<&[u8]>, text: &'t str) -> &'t str {
    let found = plain(ahead(reader, text)).unwrap_or_default();
    pass(reader, found.len());
    found
}

/// The beginning of a text, up to the markup or reference that follows it.
pub(crate) fn plain(text: &str) -> Option<&str> {
    let length = memchr::memchr2(b'<', b'&', text.as_bytes())?;
    text.get(..length)
}

/// What the reader has still to read of `text`.
pub(crate) fn ahead<'t>(reader: &mut Reader<&[u8]>, text: &'t str) -> &'t str {
    let left = reader.stream().fill_buf().map_or(0, <[u8]>::len);
    let at = text.len().checked_sub(left);
    at.and_then(|at| text.get(at..)).unwrap_or_default()
}

/// Passes over so many bytes.
pub(crate) fn pass(reader: &mut Reader<&[u8]>, bytes: usize) {
    reader.stream().consume(bytes);
}

/// The value of the attribute with this local name, entities resolved.
pub(crate) fn attribute<'a>(e: &'a BytesStart<'_>, local: &str) -> Option<Cow<'a, str>> {
    for a in e.attributes().with_checks(false).flatten() {
        if a.key.local_name().as_ref() == local {
            return Some(unescape(a.value));
        }
    }
    None
}

/// Resolves predefined entities and character references of an attribute value; unknown ones stay as they are.
pub(crate) fn unescape(value: Cow<'_, str>) -> Cow<'_, str> {
    if !value.contains('&') {
        return value;
    }
    let mut out = String::with_capacity(value.len());
    let mut rest: &str = &value;
    while let Some(at) = rest.find('&') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let name_end = after.find(';').filter(|&end| end <= 12);
        match name_end.and_then(|end| Some((resolve(after.get(1..end)?)?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = after.get(end + 1..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = after.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of a predefined entity or character reference, given without `&` and `;`.
pub(crate) fn resolve(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code).filter(|&c| c != '\0')
        }
    }
}

/// Appends what a reference in text stands for; a reference that only a DTD could define is left out.
pub(crate) fn push_reference(out: &mut String, reference: &BytesRef<'_>) {
    if let Some(c) = resolve(reference) {
        out.push(c);
    }
}

/// True for `1`, `true`, `on` and for an absent value, as an on/off property of OOXML is read.
pub(crate) fn on_off(value: Option<Cow<'_, str>>) -> bool {
    !matches!(value.as_deref(), Some("0" | "false" | "off" | "none"))
}

/// Splits `prefix:local`.
pub(crate) fn split_name(name: &str) -> (&str, &str) {
    // Names are short: byte by byte is the quickest.
    match name.bytes().position(|b| b == b':') {
        Some(at) => (
            name.get(..at).unwrap_or_default(),
            name.get(at + 1..).unwrap_or_default(),
        ),
        None => ("", name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_values_are_unescaped_once() {
        assert_eq!(
            unescape(Cow::Borrowed("a&amp;amp;b&#x4e00;&nbsp;&")),
            "a&amp;b一&nbsp;&"
        );
    }

    #[test]
    fn text_that_is_taken_ahead_is_what_the_reader_would_give() {
        use quick_xml::events::Event;
        for text in [
            "<a>火化499具</a>",
            "<a></a><b>中&amp;国 & 1</b>2",
            "\u{feff}<a>&#x4e00;二</a>三",
            "<a>没有结束",
        ] {
            let read = |ahead: bool| {
                let mut reader = reader(text);
                let mut out = Vec::new();
                loop {
                    match reader.read_event() {
                        Ok(Event::Eof) | Err(_) => break,
                        Ok(Event::Text(t)) => out.push(t.to_string()),
                        Ok(other) => {
                            let start = matches!(other, Event::Start(_));
                            out.push(format!("{other:?}"));
                            let found = match ahead && start {
                                true => text_ahead(&mut reader, text),
                                false => "",
                            };
                            out.extend((!found.is_empty()).then(|| found.to_owned()));
                        }
                    }
                }
                (out, reader.buffer_position())
            };
            assert_eq!(read(true), read(false), "{text}");
        }
    }

    #[test]
    fn declared_gbk_is_decoded() {
        let mut bytes = b"<?xml version=\"1.0\" encoding=\"GB2312\"?><a>".to_vec();
        bytes.extend([0xd6, 0xd0]);
        assert!(decode(bytes).ends_with("<a>中"));
    }

    #[test]
    fn what_is_not_utf_8_is_replaced_in_small_parts_as_in_large_ones() {
        for wrong in [
            &b"\xff"[..],
            b"\xe4\xb8",
            b"\xe4\xb8\xe4\xb8\xad",
            b"\xf0\x9f\x98",
            b"\xc0\x80",
            b"\xed\xa0\x80",
        ] {
            let small = [b"<a>", wrong, b"</a>"].concat();
            let spaces = vec![b' '; COPIED];
            let large = decode([&small[..], &spaces].concat());
            assert_eq!(decode(small.clone()), large.trim_end());
            assert_eq!(large.trim_end(), String::from_utf8_lossy(&small));
        }
    }

    #[test]
    fn utf_16_without_its_mark_is_decoded() {
        let text = "<a>中</a>";
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(big), text);
        assert_eq!(decode(little), text);
    }
}
