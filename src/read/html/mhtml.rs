//! Single-file web pages (MHTML, RFC 2557): a mail message whose parts are the page and what belongs to it.

use std::borrow::Cow;

/// Parts of a message that are looked at.
const MOST_PARTS: usize = 4096;
/// Bytes of a header.
const HEADER: usize = 64 << 10;

/// The pages in a message, decoded; `None` where the bytes are no message. `most` bounds their size.
pub(super) fn pages(bytes: &[u8], most: u64) -> Option<Vec<String>> {
    let start = bytes.iter().position(|b| !b.is_ascii_whitespace())?;
    let bytes = bytes.get(start..)?;
    if bytes.first() == Some(&b'<') {
        return None;
    }
    let (header, body) = split(bytes)?;
    let kind = field(&header, "content-type")?;
    if !kind.to_ascii_lowercase().starts_with("multipart/") {
        return kind
            .to_ascii_lowercase()
            .contains("html")
            .then(|| vec![page(&header, body)]);
    }
    let boundary = format!("--{}", parameter(&kind, "boundary")?);
    let mut pages = Vec::new();
    let mut size = 0;
    for part in parts(body, boundary.as_bytes()).take(MOST_PARTS) {
        let Some((header, body)) = split(part) else {
            continue;
        };
        let kind = field(&header, "content-type")
            .unwrap_or_default()
            .to_ascii_lowercase();
        if !kind.contains("html") {
            continue;
        }
        // The tabs at the foot of a workbook are a page of their own.
        if field(&header, "content-location")
            .is_some_and(|l| l.to_ascii_lowercase().contains("tabstrip"))
        {
            continue;
        }
        let page = page(&header, body);
        size += page.len() as u64;
        pages.push(page);
        if size > most {
            break;
        }
    }
    Some(pages)
}

fn page(header: &str, body: &[u8]) -> String {
    let body: Cow<'_, [u8]> = match field(header, "content-transfer-encoding")
        .map(|e| e.trim().to_ascii_lowercase())
        .as_deref()
    {
        Some("quoted-printable") => quoted(body).into(),
        Some("base64") => crate::read::base64::decode(body).into(),
        _ => body.into(),
    };
    let charset = field(header, "content-type").and_then(|kind| parameter(&kind, "charset"));
    super::decode(&body, charset.as_deref())
}

/// Header (lines unfolded) and body, parted by an empty line.
fn split(bytes: &[u8]) -> Option<(String, &[u8])> {
    let head = bytes.get(..bytes.len().min(HEADER))?;
    let mut at = 0;
    let mut header = String::new();
    for line in head.split_inclusive(|b| *b == b'\n') {
        at += line.len();
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        if text.is_empty() {
            if header.is_empty() {
                continue;
            }
            return Some((header, bytes.get(at..)?));
        }
        if !text.starts_with([' ', '\t']) {
            header.push('\n');
        }
        header.push_str(text);
    }
    None
}

fn field(header: &str, name: &str) -> Option<String> {
    header.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|p| {
        let (key, value) = p.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (key.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then(|| value.to_owned())
    })
}

/// What stands between lines that begin with the boundary.
fn parts<'a>(body: &'a [u8], boundary: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut lines = body.split_inclusive(|b| *b == b'\n');
    let mut at = 0;
    let mut from = None;
    let mut done = false;
    std::iter::from_fn(move || {
        while !done {
            let Some(line) = lines.next() else {
                done = true;
                return from.and_then(|f: usize| body.get(f..));
            };
            let start = at;
            at += line.len();
            if line.starts_with(boundary) {
                let part = from.and_then(|f: usize| body.get(f..start));
                from = Some(at);
                if part.is_some() {
                    return part;
                }
            }
        }
        None
    })
}

/// Quoted-printable.
fn quoted(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'=' {
            out.push(first);
            continue;
        }
        match after {
            [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => rest = after,
            [a, b, after @ ..] => {
                let digit = |b: &u8| char::from(*b).to_digit(16);
                match digit(a).zip(digit(b)) {
                    Some((high, low)) => {
                        out.push((high * 16 + low) as u8);
                        rest = after;
                    }
                    None => out.push(first),
                }
            }
            _ => out.push(first),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_encodings() {
        assert_eq!(quoted(b"=E4=B8=AD=\r\na=3Db=x"), "中a=b=x".as_bytes());
    }

    #[test]
    fn a_message_of_parts() {
        let message = "MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n boundary=\"=_x\"\r\n\r\n\
            --=_x\r\nContent-Type: text/html; charset=\"gb2312\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            <p>=D6=D0</p>\r\n--=_x\r\nContent-Type: image/png\r\n\r\nxx\r\n--=_x--\r\n";
        let found = pages(message.as_bytes(), 1 << 20).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("<p>中</p>"));
        assert!(pages(b"<html>", 1).is_none());
    }
}
