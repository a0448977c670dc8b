//! 核对函: one Word letter an agency, which lists what does not add up, with the sentences it stands in.
//!
//! The letter can be sent as it is; place, date and sender are left to be filled in. The same warehouse gives the same
//! letters.

use super::evidence::{self, Quote};
use crate::analyse::checks::Finding;
pub(super) use crate::check::place;
use crate::warehouse::{Error, Reader};
use docx_rs::{AlignmentType, Docx, Paragraph, Run, RunFonts};
use std::collections::BTreeMap;

/// A letter.
#[derive(Debug)]
pub struct Letter {
    /// Name of its file: agency and area, without what no file name may have.
    pub file_name: String,
    /// To whom.
    pub agency: String,
    /// Findings in it.
    pub findings: usize,
    /// The document.
    pub bytes: Vec<u8>,
}

/// One letter for every agency that has a finding, by area and agency. Findings without an agency have no addressee.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn letters(reader: &Reader, findings: &[Finding]) -> Result<Vec<Letter>, Error> {
    let mut by_agency: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for f in findings
        .iter()
        .filter(|f| f.outcome == "fail" && !f.agency.is_empty())
    {
        by_agency
            .entry((&f.ref_area, &f.agency))
            .or_default()
            .push(f);
    }
    // The sentences are read a province at a time, and held no longer.
    let province = |area: &str| area.get(..2).unwrap_or_default().to_owned();
    let by_agency: Vec<_> = by_agency.into_iter().collect();
    let mut letters = Vec::new();
    for near in by_agency.chunk_by(|a, b| province(a.0.0) == province(b.0.0)) {
        let all: Vec<&Finding> = near.iter().flat_map(|(_, f)| f).copied().collect();
        let quotes = evidence::quotes(reader, &all)?;
        for ((ref_area, agency), findings) in near {
            letters.push(Letter {
                file_name: file_name(agency, ref_area),
                agency: (*agency).to_owned(),
                findings: findings.len(),
                bytes: letter(agency, findings, &quotes),
            });
        }
    }
    Ok(letters)
}

fn file_name(agency: &str, ref_area: &str) -> String {
    let safe: String = agency
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_control() => '_',
            c => c,
        })
        .take(60)
        .collect();
    format!("核对函-{safe}-{ref_area}.docx")
}

fn run(text: &str) -> Run {
    let fonts = RunFonts::new().east_asia("仿宋").ascii("Times New Roman");
    Run::new().add_text(text).size(32).fonts(fonts)
}

fn paragraph(text: &str) -> Paragraph {
    // Two characters in, as official letters are.
    Paragraph::new().add_run(run(&format!("　　{text}")))
}

/// A line below a finding.
fn quotation(text: &str) -> Paragraph {
    let run = Run::new()
        .add_text(text)
        .size(24)
        .fonts(RunFonts::new().east_asia("楷体"));
    Paragraph::new().add_run(run)
}

fn letter(agency: &str, findings: &[&Finding], quotes: &BTreeMap<String, Quote>) -> Vec<u8> {
    let title = Run::new()
        .add_text("关于核对有关数据的函")
        .size(44)
        .fonts(RunFonts::new().east_asia("宋体"));
    let mut document = Docx::new()
        .add_paragraph(Paragraph::new().add_run(title).align(AlignmentType::Center))
        .add_paragraph(Paragraph::new().add_run(run(&format!("{agency}："))))
        .add_paragraph(paragraph(&format!(
            "你单位报送的材料中，有{}处数据前后不符，现列出如下，请逐项核对；确有错误的，请更正后重新报送。",
            findings.len()
        )));
    for (n, f) in findings.iter().enumerate() {
        document = document.add_paragraph(paragraph(&format!("{}．{}", n + 1, f.explanation)));
        let mut shown: Vec<&str> = Vec::new();
        for quote in f.observations.iter().filter_map(|id| quotes.get(id)) {
            // Several figures of one sentence: it is quoted once.
            if shown.contains(&quote.evidence.as_str()) {
                continue;
            }
            shown.push(&quote.evidence);
            document = document.add_paragraph(quotation(&format!(
                "　　　　《{}》{}：“{}”",
                quote.file_name,
                place(&quote.location),
                quote.evidence.replace('\n', " ")
            )));
        }
        if shown.is_empty() {
            // Figures that no indicator knows: the sentence says their place, here is the file.
            let files = f.files.iter().map(|name| format!("《{name}》"));
            let text = format!("　　　　{}", files.collect::<String>());
            document = document.add_paragraph(quotation(&text));
        }
    }
    document = document
        .add_paragraph(paragraph("联系人：　　　　　　　　联系电话："))
        .add_paragraph(
            Paragraph::new()
                .add_run(run("　　年　　月　　日"))
                .align(AlignmentType::Right),
        );
    let mut bytes = Vec::new();
    // Writing into memory cannot fail.
    let _ = document.build().pack(std::io::Cursor::new(&mut bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{BlockKind, Limits};

    #[test]
    fn a_letter_names_the_finding_the_sentence_and_the_place() {
        let finding = Finding {
            ref_area: "430423".into(),
            area_name: "衡山县".into(),
            agency: "衡山县民政局".into(),
            year: 2024,
            check: "x".into(),
            name: "x".into(),
            kind: "sum".into(),
            outcome: "fail".into(),
            explanation: "合计与各项之和相差1个，请核对。".into(),
            expected: None,
            actual: None,
            difference: None,
            tolerance: None,
            files: vec!["报告.docx".into()],
            observations: vec!["a".into(), "b".into()],
        };
        let quote = Quote {
            file_name: "报告.docx".into(),
            location: "p31".into(),
            evidence: "登记在册的社会组织共169家。".into(),
            value_text: "169家".into(),
        };
        let quotes = BTreeMap::from([("a".into(), quote.clone()), ("b".into(), quote)]);
        let bytes = letter("衡山县民政局", &[&finding], &quotes);
        let document = crate::read::read(&bytes, "函.docx", &Limits::default()).unwrap();
        let text: Vec<String> = document
            .blocks
            .iter()
            .filter_map(|b| match &b.kind {
                BlockKind::Heading { text, .. } | BlockKind::Paragraph { text } => {
                    Some(text.clone())
                }
                BlockKind::Table(_) => None,
            })
            .collect();
        let all = text.join("\n");
        assert!(
            all.contains("关于核对有关数据的函") && all.contains("衡山县民政局："),
            "{all}"
        );
        assert!(all.contains("1．合计与各项之和相差1个"), "{all}");
        assert_eq!(all.matches("《报告.docx》第31段").count(), 1, "{all}");
    }

    #[test]
    fn names_of_files_are_safe_everywhere() {
        assert_eq!(
            file_name("某县/局:*", "430423"),
            "核对函-某县_局__-430423.docx"
        );
        assert_eq!(place("t3!B4"), "第3个表B4");
        assert_eq!(place("整体支出!C7"), "工作表“整体支出”C7");
    }
}
