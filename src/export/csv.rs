//! CSV: RFC 4180, UTF-8, lines end with CR LF.
//!
//! A file is for Excel: it begins with a byte order mark, because Excel takes a file without one for GBK, and a text that
//! Excel would run as a formula (it begins with `=`, `@`, a tab, or a sign that no digit follows) has an apostrophe before
//! it, because the texts come from files of strangers. What goes to standard output is for programs and has neither.

use super::wide::{self, Wide};
use super::{Failure, Selection, Written, cell, long_columns, output, plan};
use crate::warehouse::Reader;
use polars::prelude::{AnyValue, DataFrame};
use std::io::Write;

/// Writes lines of CSV.
pub struct Lines<'o> {
    out: &'o mut dyn Write,
    line: String,
    excel: bool,
}

impl<'o> Lines<'o> {
    /// Lines on `out`, for Excel or not.
    ///
    /// # Errors
    /// Where `out` cannot be written to.
    pub fn new(out: &'o mut dyn Write, excel: bool) -> std::io::Result<Self> {
        if excel {
            out.write_all("\u{feff}".as_bytes())?;
        }
        Ok(Lines {
            out,
            line: String::new(),
            excel,
        })
    }

    /// A line.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write<S: AsRef<str>>(
        &mut self,
        cells: impl IntoIterator<Item = S>,
    ) -> std::io::Result<()> {
        self.line.clear();
        for (n, cell) in cells.into_iter().enumerate() {
            if n > 0 {
                self.line.push(',');
            }
            quoted(&mut self.line, cell.as_ref());
        }
        self.line.push_str("\r\n");
        self.out.write_all(self.line.as_bytes())
    }

    /// The rows of a frame.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn frame(&mut self, frame: &DataFrame) -> std::io::Result<()> {
        let excel = self.excel;
        for n in 0..frame.height() {
            let cells = frame.columns().iter().map(|c| {
                let value = c.get(n).unwrap_or(AnyValue::Null);
                match value {
                    AnyValue::String(_) | AnyValue::StringOwned(_) if excel => {
                        harmless(cell::text(&value))
                    }
                    other => cell::text(&other),
                }
            });
            self.write(cells)?;
        }
        Ok(())
    }
}

fn quoted(line: &mut String, text: &str) {
    if text.contains([',', '"', '\n', '\r']) {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
}

/// A text that Excel does not run.
fn harmless(text: String) -> String {
    let mut characters = text.chars();
    let runs = match characters.next() {
        Some('=' | '@' | '\t' | '\r') => true,
        Some('+' | '-') => !characters.next().is_some_and(|c| c.is_ascii_digit()),
        _ => false,
    };
    // A lone hyphen stands for nothing in many tables.
    if runs && text.chars().count() > 1 {
        format!("'{text}")
    } else {
        text
    }
}

/// A row an observation.
pub(super) fn long(
    reader: &Reader,
    selection: &Selection,
    excel: bool,
    out: &mut dyn Write,
) -> Result<Written, Failure> {
    let columns = long_columns();
    let mut lines = Lines::new(out, excel).map_err(output)?;
    lines.write(&columns).map_err(output)?;
    let mut rows = 0;
    for partition in selection.partitions(reader)? {
        let frame = selection.read(reader, &partition, &columns, None)?;
        rows += frame.height();
        lines.frame(&frame).map_err(output)?;
    }
    Ok(Written {
        rows,
        columns: columns.len(),
        ..Written::default()
    })
}

/// A row an area, agency and year.
pub(super) fn wide(
    reader: &Reader,
    selection: &Selection,
    excel: bool,
    out: &mut dyn Write,
) -> Result<Written, Failure> {
    let selection = &wide::levels(selection);
    let plan = plan(reader, selection, Some(&wide::condition()))?;
    let mut lines = Lines::new(out, excel).map_err(output)?;
    let titles = plan.indicators.iter().map(|(i, _)| wide::title(i));
    let heads = wide::KEYS.iter().map(|k| (*k).to_owned()).chain(titles);
    lines.write(heads).map_err(output)?;
    let mut rows = 0;
    let source = Wide::new(reader)?;
    for partition in &plan.partitions {
        for row in source.rows(reader, selection, partition)? {
            let values = plan.indicators.iter().map(|(i, _)| {
                let point = row.points.get(&i.id);
                point.map_or_else(String::new, |p| p.value.value.normalize().to_string())
            });
            let keys = row.keys();
            let keys = keys
                .into_iter()
                .map(|k| if excel { harmless(k) } else { k });
            lines.write(keys.chain(values)).map_err(output)?;
            rows += 1;
        }
    }
    Ok(Written {
        rows,
        columns: wide::KEYS.len() + plan.indicators.len(),
        ..Written::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_needed_and_nothing_runs() {
        let mut out = Vec::new();
        let mut lines = Lines::new(&mut out, true).unwrap();
        lines.write(["a", "1,5", "他说“\"好\"”\n"]).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\u{feff}a,\"1,5\",\"他说“\"\"好\"\"”\n\"\r\n"
        );
        let of = |s: &str| harmless(s.to_owned());
        assert_eq!(of("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(of("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(of("+cmd"), "'+cmd");
        assert_eq!(of("-8.7%"), "-8.7%");
        assert_eq!(of("-"), "-");
        assert_eq!(of("衡山县"), "衡山县");
    }
}
