//! `zhibiao quantities`: the number reader as a filter, for tests of conformance and for other programs.

use super::{Failure, Status};
use crate::quantity::{Quantity, Reader};
use serde::Serialize;
use std::io::{BufRead, BufReader, BufWriter, Write};

#[derive(clap::Args, Debug)]
pub struct Arguments {}

/// A figure as written on a line of output. Values are strings: JSON numbers are not exact.
#[derive(Serialize)]
struct Row<'a> {
    value_text: &'a str,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_max: Option<String>,
    unit: &'a str,
    qualifier: &'static str,
    char_start: usize,
    char_end: usize,
}

impl<'a> Row<'a> {
    fn new(line: &'a str, q: &'a Quantity) -> Self {
        Row {
            value_text: line.get(q.bytes.clone()).unwrap_or(""),
            value: q.value.normalize().to_string(),
            value_max: q.value_max.map(|v| v.normalize().to_string()),
            unit: &q.unit,
            qualifier: q.qualifier.name(),
            char_start: q.chars.start,
            char_end: q.chars.end,
        }
    }
}

pub fn run(_: &Arguments) -> Result<Status, Failure> {
    let reader = Reader::builtin();
    let mut input = BufReader::new(std::io::stdin().lock());
    let mut out = BufWriter::new(std::io::stdout().lock());
    filter(reader, &mut input, &mut out)?;
    Ok(Status::Ok)
}

/// A line of input, a line of output. What is not UTF-8 counts as one replacement character a sequence.
fn filter(
    reader: &Reader,
    input: &mut BufReader<impl std::io::Read>,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if input.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        let line = String::from_utf8_lossy(&bytes);
        let found = reader.read(&line);
        let rows: Vec<Row<'_>> = found.iter().map(|q| Row::new(&line, q)).collect();
        serde_json::to_writer(&mut *out, &rows)?;
        out.write_all(b"\n")?;
        // Whoever writes a line and waits for the answer gets it; a file is not flushed line by line.
        if input.buffer().is_empty() {
            out.flush()?;
        }
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_in_a_line_out() {
        let input = "发放80万余元\r\n\n\u{feff}低保5户"
            .as_bytes()
            .iter()
            .copied()
            .chain(*b"\n\xff\xfe3\xe4\xba\xba\xe5\n")
            .collect::<Vec<u8>>();
        let mut out = Vec::new();
        filter(Reader::builtin(), &mut BufReader::new(&input[..]), &mut out).unwrap();
        let lines: Vec<Vec<serde_json::Value>> = String::from_utf8(out)
            .unwrap()
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        assert_eq!(lines.len(), 4);
        assert_eq!((lines[0].len(), lines[1].len(), lines[2].len()), (1, 0, 1));
        assert_eq!(lines[0][0]["value"], "800000");
        assert_eq!(
            (&lines[0][0]["char_start"], &lines[0][0]["char_end"]),
            (&2.into(), &7.into())
        );
        assert!(lines[0][0].get("value_max").is_none());
    }
}
