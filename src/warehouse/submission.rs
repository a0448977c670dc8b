//! Which files are the same submission, corrected.
//!
//! A bureau that sends a corrected report does not always send it under the old path: 报告.docx of March becomes
//! 报告（修改稿）.docx in April's folder. Such a file supersedes the earlier one where all of this holds:
//!
//! * both say the same agency, area, year and period (all of them known);
//! * both are of one kind: texts (docx, doc, odt, rtf, html, txt) or workbooks (xlsx, xls, xlsb, ods, csv …);
//! * their names are the same but for marks of a version: `（修改稿）`, `(1)`, `-副本`, 更正, 终稿, v2 …;
//! * the later one was changed later, and was loaded later.
//!
//! Where one of these is missing both stay in force: a figure counted twice is seen in the tables, a figure that
//! disappeared is not.

use super::document::{DocumentRow, Status};
use sha2::{Digest, Sha256};

/// Marks of a version, as they stand at the end of a name or in brackets.
const MARKS: [&str; 26] = [
    "修改稿",
    "修改版",
    "修改后",
    "修改",
    "修订稿",
    "修订版",
    "修订",
    "更正稿",
    "更正版",
    "更正后",
    "更正",
    "订正",
    "重报",
    "重新报送",
    "报送稿",
    "上报稿",
    "定稿",
    "终稿",
    "最终版",
    "最终稿",
    "正式稿",
    "正式版",
    "最新版",
    "最新",
    "副本",
    "新版",
];

/// Digest of what a corrected submission has in common with the one that it corrects; `None` where that cannot be told.
pub fn key(row: &DocumentRow) -> Option<u64> {
    let known = row.status != Status::Rejected
        && !row.agency.is_empty()
        && !row.ref_area.is_empty()
        && row.year > 0;
    let kind = kind(&row.format)?;
    let name = plain_name(&row.file_name);
    if !known || name.is_empty() {
        return None;
    }
    let mut hash = Sha256::new();
    for field in [
        row.agency.as_str(),
        &row.ref_area,
        &row.year.to_string(),
        &row.period,
        kind,
        &name,
    ] {
        hash.update(field.as_bytes());
        hash.update(b"\x1f");
    }
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    // 0 stands for none.
    Some(u64::from_le_bytes(bytes).max(1))
}

fn kind(format: &str) -> Option<&'static str> {
    match format {
        "docx" | "doc" | "odt" | "rtf" | "html" | "txt" => Some("text"),
        "xlsx" | "xls" | "xlsb" | "ods" | "csv" | "xml-spreadsheet" => Some("workbook"),
        _ => None,
    }
}

/// A file's name without its extension, blanks and marks of a version.
pub fn plain_name(file_name: &str) -> String {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(s, _)| s);
    let mut name: String = stem
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            '（' | '【' | '［' | '[' => '(',
            '）' | '】' | '］' | ']' => ')',
            '—' | '－' | '_' => '-',
            c => c,
        })
        .collect();
    while let Some(shorter) = without_mark(&name) {
        name = shorter.to_owned();
    }
    name
}

/// The name without the mark at its end, if there is one.
fn without_mark(name: &str) -> Option<&str> {
    let bare = name.trim_end_matches('-');
    if let Some(inner) = bare.strip_suffix(')') {
        let (before, inside) = inner.rsplit_once('(')?;
        return (is_mark(inside) && !before.is_empty()).then_some(before);
    }
    let mark = MARKS.iter().find_map(|m| bare.strip_suffix(m));
    let numbered = || {
        let (before, last) = bare.rsplit_once('-')?;
        is_version(last).then_some(before)
    };
    let before = mark.or_else(numbered)?.trim_end_matches('-');
    // A name that is nothing but a mark is a name.
    (!before.is_empty()).then_some(before)
}

/// What may stand in brackets: a mark, `1`, `v2`.
fn is_mark(text: &str) -> bool {
    MARKS.contains(&text) || is_version(text) || is_counter(text)
}

fn is_counter(text: &str) -> bool {
    (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|n| is_counter(n) || n.split('.').all(is_counter))
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn versions_of_a_name_are_the_same_name() {
        for name in [
            "自评报告.docx",
            "自评报告（修改稿）.docx",
            "自评报告 (1).docx",
            "自评报告-副本.doc",
            "自评报告_终稿.docx",
            "自评报告-V2.docx",
            "自评报告【更正】（2）.docx",
            "自评报告修订版.docx",
        ] {
            assert_eq!(plain_name(name), "自评报告", "{name}");
        }
    }

    #[test]
    fn other_names_stay_apart() {
        for (name, plain) in [
            ("附件1.xlsx", "附件1"),
            ("附件2.xlsx", "附件2"),
            ("2024-12.docx", "2024-12"),
            ("报告（2024）.docx", "报告(2024)"),
            ("(1).docx", "(1)"),
            ("修改.docx", "修改"),
            ("报告（公开）.docx", "报告(公开)"),
        ] {
            assert_eq!(plain_name(name), plain, "{name}");
        }
    }
}
