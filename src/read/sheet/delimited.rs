//! Tables as delimited text (csv, tsv, txt), told from running text by their content.
//!
//! A text is a table where its lines fall into the same number of fields. Tab, comma, semicolon and bar are tried. A name
//! that promises a table (`.csv`) is believed sooner; without it, a comma that only separates thousands, and fields that
//! are sentences, speak for running text.

use super::decimal::Number;
use super::finish;
use super::grid::Workbook;
use super::number_format::Shown;
use crate::read::{Document, Format, Limits, Problem, Reason, Reject};

/// Records that are looked at to find the delimiter.
const LOOKED_AT: usize = 200;
/// Longest field, in bytes, of a table whose name does not promise one.
const LONG_FIELD: usize = 120;

/// Reads a text as a table; `None` where it is none.
pub(crate) fn read(text: &str, name: &str, limits: &Limits) -> Option<Result<Document, Reject>> {
    let extension = name
        .rsplit_once('.')
        .map_or(String::new(), |(_, e)| e.to_lowercase());
    let promised = matches!(
        extension.as_str(),
        "csv" | "tsv" | "tab" | "xls" | "xlsx" | "et"
    );
    let (text, stated) = stated_delimiter(text);
    let delimiter = match stated {
        Some(stated) => stated,
        None => delimiter(text, promised)?,
    };
    Some(table(text, delimiter, limits))
}

/// The delimiter that a first line `sep=;` names, and the text after it.
fn stated_delimiter(text: &str) -> (&str, Option<char>) {
    let stated = text.strip_prefix("sep=").and_then(|rest| {
        let mut chars = rest.chars();
        let delimiter = chars.next()?;
        let rest = chars.as_str();
        let rest = rest.strip_prefix('\r').unwrap_or(rest);
        Some((rest.strip_prefix('\n')?, Some(delimiter)))
    });
    stated.unwrap_or((text, None))
}

/// The delimiter under which the lines fall into the same number of fields.
fn delimiter(text: &str, promised: bool) -> Option<char> {
    let mut best: Option<(f64, usize, char)> = None;
    for delimiter in ['\t', ',', ';', '|'] {
        let Some((share, fields)) = consistency(text, delimiter, promised) else {
            continue;
        };
        if best.is_none_or(|(s, f, _)| (share, fields) > (s, f)) {
            best = Some((share, fields, delimiter));
        }
    }
    best.map(|(_, _, delimiter)| delimiter)
}

/// Which share of the records has the commonest number of fields, and that number; `None` where this is no table.
fn consistency(text: &str, delimiter: char, promised: bool) -> Option<(f64, usize)> {
    let mut counts: Vec<usize> = Vec::new();
    let (mut sentences, mut thousands) = (0usize, 0usize);
    for record in Records::new(text, delimiter).take(LOOKED_AT) {
        if record.iter().all(|f| f.trim().is_empty()) {
            continue;
        }
        counts.push(record.len());
        if record.len() > 1 {
            let long = |f: &String| f.len() > LONG_FIELD || f.contains('。');
            sentences += usize::from(record.iter().any(long));
            thousands += usize::from(delimiter == ',' && record.windows(2).all(only_thousands));
        }
    }
    let several = counts.iter().filter(|&&n| n > 1).count();
    if several == 0 {
        return None;
    }
    let mut sorted = counts.clone();
    sorted.sort_unstable();
    let (most, fields) = sorted
        .chunk_by(|a, b| a == b)
        .filter_map(|run| Some((run.len(), *run.first()?)))
        .filter(|&(_, n)| n > 1)
        .max()?;
    let share = most as f64 / counts.len() as f64;
    if promised {
        return (several * 2 >= counts.len()).then_some((share, fields));
    }
    let enough = match counts.len() {
        0 | 1 => false,
        2..=9 => most + usize::from(counts.len() > 3) >= counts.len(),
        n => most * 10 >= n * 8,
    };
    (enough && sentences * 10 <= several && thousands * 2 < several).then_some((share, fields))
}

/// Whether the comma between two fields stands inside a number (1,234).
fn only_thousands(pair: &[String]) -> bool {
    let [before, after] = pair else { return false };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    before.ends_with(|c: char| c.is_ascii_digit()) && digits == 3
}

fn table(text: &str, delimiter: char, limits: &Limits) -> Result<Document, Reject> {
    let mut book = Workbook::new(limits);
    let mut sheet = book.sheet("", false);
    let mut problems = Vec::new();
    for (row, record) in (0u32..).zip(Records::new(text, delimiter)) {
        for (column, field) in (0u32..).zip(record) {
            book.put(&mut sheet, row, column, shown(&field), false);
        }
        if book.full() {
            problems.push(Problem {
                part: String::new(),
                reason: Reason::TooLarge,
                detail: "表格的单元格或文字超过上限，只读了前面的部分。".to_owned(),
            });
            break;
        }
        if row % 1024 == 0 {
            limits.deadline.check()?;
        }
    }
    book.close(sheet);
    finish(Format::Csv, book, problems)
}

/// A field as the cell that it becomes.
fn shown(field: &str) -> Shown {
    let field = field.trim();
    // ="0012" keeps a spreadsheet from taking the text for a number.
    if let Some(text) = field.strip_prefix("=\"").and_then(|f| f.strip_suffix('"')) {
        return Shown {
            text: text.to_owned(),
            ..Shown::default()
        };
    }
    Shown {
        text: field.to_owned(),
        numeric: looks_numeric(field),
        exact: None,
    }
}

/// Whether a spreadsheet takes a text for a number: not one that begins with an idle zero (a code) or is longer than
/// the numbers it can hold.
pub(super) fn looks_numeric(text: &str) -> bool {
    let digits = text.trim_start_matches('-');
    let code = digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    !code && text.len() < 20 && Number::parse_shown(text).is_some()
}

/// The records of a text: fields may be quoted, and then hold delimiters and line ends.
struct Records<'a> {
    rest: &'a str,
    delimiter: char,
    /// No quote of the text is without its end.
    quotes: bool,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, delimiter: char) -> Records<'a> {
        // A quote that is never closed would swallow what follows: then quotes are characters like others.
        let quotes = text
            .bytes()
            .filter(|&b| b == b'"')
            .count()
            .is_multiple_of(2);
        Records {
            rest: text,
            delimiter,
            quotes,
        }
    }

    /// A field, and whether it is the last of its record.
    fn field(&mut self) -> (String, bool) {
        let mut out = String::new();
        if self.quotes
            && let Some(mut rest) = self.rest.strip_prefix('"')
        {
            loop {
                let (inside, after) = rest.split_once('"').unwrap_or((rest, ""));
                out.push_str(inside);
                match after.strip_prefix('"') {
                    Some(more) => {
                        out.push('"');
                        rest = more;
                    }
                    None => {
                        self.rest = after;
                        break;
                    }
                }
            }
            out = out.replace("\r\n", "\n");
        }
        let ends = [self.delimiter, '\n', '\r'];
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        out.push_str(field);
        let last = match rest.strip_prefix(self.delimiter) {
            Some(rest) => {
                self.rest = rest;
                false
            }
            None => {
                let rest = rest.strip_prefix('\r').unwrap_or(rest);
                self.rest = rest.strip_prefix('\n').unwrap_or(rest);
                true
            }
        };
        (out, last)
    }
}

impl Iterator for Records<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut record = Vec::new();
        loop {
            let (field, last) = self.field();
            record.push(field);
            if last {
                return Some(record);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, name: &str) -> Option<Vec<String>> {
        let document = read(text, name, &Limits::default())?.unwrap();
        let table = document.blocks[0].table().unwrap();
        let rows = table.cells.chunk_by(|a, b| a.row == b.row);
        Some(
            rows.map(|row| {
                let cells: Vec<_> = row.iter().map(|c| c.text.as_str()).collect();
                cells.join("/")
            })
            .collect(),
        )
    }

    #[test]
    fn tables_by_their_content() {
        assert_eq!(
            rows(
                "指标,单位,数量\r\n火化,具,\"1,234\"\r\n说明,\"甲\"\"乙\n丙\",\r\n",
                "a.txt"
            )
            .unwrap(),
            ["指标/单位/数量", "火化/具/1,234", "说明/甲\"乙\n丙"]
        );
        assert_eq!(rows("a\tb\n1\t2\n", "x").unwrap(), ["a/b", "1/2"]);
        assert_eq!(rows("sep=;\na;b\n", "x").unwrap(), ["a/b"]);
        assert_eq!(
            rows("标题\na;b\n1;2\n", "x.csv").unwrap(),
            ["标题", "a/b", "1/2"]
        );
        assert_eq!(
            rows("a,\"b\n1,2\n3,4\n", "x").unwrap(),
            ["a/\"b", "1/2", "3/4"]
        );
    }

    #[test]
    fn running_text_is_none() {
        for text in [
            "一、基本情况\n全年火化遗体499具。\n",
            "收入1,234万元\n支出5,678万元\n结余2,000万元\n",
            "全县共有低保对象684人,比上年减少。全年发放低保金。\n救助临时困难群众,共计120人次。全年支出。\n",
            "只有一行,没有别的\n",
            "",
        ] {
            assert_eq!(rows(text, "a.txt"), None, "{text}");
        }
    }

    #[test]
    fn codes_are_no_numbers() {
        for (text, numeric) in [
            ("1,234.5", true),
            ("-0.5", true),
            ("87.4%", true),
            ("0", true),
            ("0012", false),
            ("430423198001010011", true),
            ("4304231980010100112345", false),
            ("2024年", false),
            ("", false),
        ] {
            assert_eq!(looks_numeric(text), numeric, "{text}");
        }
        assert_eq!(shown("=\"0012\"").text, "0012");
    }
}
