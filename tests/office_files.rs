//! What other readers lose, garble or break on, row by row, and every name that an office suite saves under.
//!
//! | what | where it is tested |
//! | --- | --- |
//! | text boxes in VML only; a text box in both branches of an AlternateContent once | `word_pages::text_boxes_count_once` |
//! | the same words in two text boxes are there twice | `repetition_that_is_meant_stays` |
//! | footnotes and endnotes | `word_pages::notes_are_marked_and_breaks_are_none_in_numbers` |
//! | runs in an AlternateContent inside a paragraph once | `word_pages::alternate_content_in_a_paragraph_counts_once` |
//! | `<w:vanish w:val="0"/>` is no hidden text | `word_pages::hidden_text_is_hidden_and_only_that` |
//! | `&amp;amp;`, ruby, non-breaking hyphens | `word_pages::characters_are_what_they_stand_for` |
//! | another namespace prefix than `w:` | `word_pages::any_namespace_prefix_is_read` |
//! | a missing part, a bookmark with an odd id | `word_pages::parts_that_are_missing_and_odd_ids_do_no_harm` |
//! | automatic numbers | `automatic_numbers_are_text`, `word_pages::a_binary_document_shows_what_the_page_shows` |
//! | a document.xml that ends inside a paragraph | `word_pages::a_body_that_breaks_off_is_partial`, `bad_input` |
//! | 5,000 nested tables | `word_pages::tables_in_tables_cost_heap_only`, `bad_input` |
//! | pictures are not decoded | `pictures_are_passed_over` |
//! | text in tables, merged cells that shift columns | `merged_cells_keep_their_columns` |
//! | a merged value stands once, with its region | `spreadsheets::content_decides_and_the_name_is_remarked` |
//! | number formats of xlsx, xls, xlsb, ods | `spreadsheets`, `read::sheet::xls` |
//! | hidden rows, columns and sheets | `spreadsheets::content_decides_and_the_name_is_remarked`, `read::sheet::xls` |
//! | formulas without a stored result | `formulas_without_results_are_remarked` |
//! | xlsx named .xls; HTML, XML and CSV named .xls | `spreadsheets::what_is_named_xls_and_is_none` and the one above |
//! | BIFF8 whose CodePage says 936 or 1252; BIFF5 in a code page | `read::sheet::xls` |
//! | a chart sheet in an xlsb | `spreadsheets::xlsb_has_its_number_formats_and_may_hold_charts` |
//! | A1 and XFD1048576 | `spreadsheets::two_cells_at_opposite_corners_are_quick_and_small` |
//! | a long sheet is not held as a grid | `a_long_sheet_costs_its_cells` |
//! | doc: encrypted, Word 6/95, damaged, without text | `word_pages::a_damaged_binary_document_is_partial_or_a_reject` |

#[path = "common/parts.rs"]
mod parts;

use parts::zip;
use rust_xlsxwriter::Workbook;
use std::time::Instant;
use zhibiao::read::{BlockKind, Document, Format, Limits, read};

fn given(bytes: &[u8], name: &str) -> Document {
    read(bytes, name, &Limits::default()).expect("it is read")
}

/// Paragraphs as they are, rows of tables with cells parted by `|`.
fn lines(document: &Document) -> Vec<String> {
    let mut out = Vec::new();
    for block in &document.blocks {
        match &block.kind {
            BlockKind::Heading { text, .. } | BlockKind::Paragraph { text } => {
                out.push(text.clone());
            }
            BlockKind::Table(table) => {
                for row in table.cells.chunk_by(|a, b| a.row == b.row) {
                    let cells: Vec<String> = row
                        .iter()
                        .map(|c| format!("{}={}", c.column, c.text))
                        .collect();
                    out.push(cells.join("|"));
                }
            }
        }
    }
    out
}

fn types(main: &str, kind: &str) -> String {
    format!(
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/{main}" ContentType="application/{kind}+xml"/></Types>"#
    )
}

fn body(inside: &str) -> String {
    format!(
        r#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>{inside}</w:body></w:document>"#
    )
}

fn word(kind: &str, inside: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let (types, body) = (types("word/document.xml", kind), body(inside));
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("word/document.xml", body.as_bytes()),
    ];
    parts.extend(more);
    zip(&parts)
}

const DOCX: &str = "vnd.openxmlformats-officedocument.wordprocessingml.document.main";

fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

/// A workbook of one sheet with these rows, and this type of its main part.
fn workbook(kind: &str, rows: &str) -> Vec<u8> {
    let types = types("xl/workbook.xml", kind);
    let sheet = format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    );
    zip(&[
        ("[Content_Types].xml", types.as_bytes()),
        (
            "xl/workbook.xml",
            br#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        (
            "xl/worksheets/sheet1.xml",
            sheet.as_bytes(),
        ),
        ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 not looked at"),
    ])
}

#[test]
fn word_documents_with_macros_and_templates() {
    for (name, kind) in [
        ("总结.docx", DOCX),
        (
            "模板.dotx",
            "vnd.openxmlformats-officedocument.wordprocessingml.template.main",
        ),
        ("宏.docm", "vnd.ms-word.document.macroEnabled.main"),
        (
            "宏模板.dotm",
            "vnd.ms-word.template.macroEnabledTemplate.main",
        ),
        // WPS saves its own name over the same container.
        ("总结.wps", DOCX),
        (
            "模板.wpt",
            "vnd.openxmlformats-officedocument.wordprocessingml.template.main",
        ),
    ] {
        let macros: (&str, &[u8]) = ("word/vbaProject.bin", b"\xd0\xcf\x11\xe0 not looked at");
        let found = given(&word(kind, &p("低保684人"), &[macros]), name);
        assert_eq!(found.format, Format::Docx, "{name}");
        assert_eq!(lines(&found), ["低保684人"], "{name}");
        assert!(found.problems.is_empty(), "{name}");
        assert!(found.warnings.is_empty(), "{name}: {:?}", found.warnings);
    }
}

#[test]
fn workbooks_with_macros_and_templates() {
    for (name, kind) in [
        (
            "表.xlsx",
            "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main",
        ),
        (
            "模板.xltx",
            "vnd.openxmlformats-officedocument.spreadsheetml.template.main",
        ),
        ("宏.xlsm", "vnd.ms-excel.sheet.macroEnabled.main"),
        ("宏模板.xltm", "vnd.ms-excel.template.macroEnabled.main"),
        ("加载项.xlam", "vnd.ms-excel.addin.macroEnabled.main"),
        // WPS.
        (
            "表.et",
            "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main",
        ),
        (
            "模板.ett",
            "vnd.openxmlformats-officedocument.spreadsheetml.template.main",
        ),
    ] {
        let found = given(
            &workbook(kind, r#"<row r="1"><c r="B1"><v>684</v></c></row>"#),
            name,
        );
        assert_eq!(found.format, Format::Xlsx, "{name}");
        assert_eq!(lines(&found), ["1=684"], "{name}");
        assert!(found.problems.is_empty(), "{name}");
        assert!(found.warnings.is_empty(), "{name}: {:?}", found.warnings);
    }
}

#[test]
fn repetition_that_is_meant_stays() {
    let shape = |text: &str| {
        format!(
            "<w:p><w:r><w:pict><v:shape><v:textbox><w:txbxContent>{}</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>",
            p(text)
        )
    };
    let inside = [
        p("低保684人"),
        p("低保684人"),
        shape("框5户"),
        shape("框5户"),
    ]
    .concat();
    assert_eq!(
        lines(&given(&word(DOCX, &inside, &[]), "a.docx")),
        ["低保684人", "低保684人", "框5户", "框5户"]
    );
}

#[test]
fn automatic_numbers_are_text() {
    let numbering = r#"<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl><w:lvl w:ilvl="2"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%3."/></w:lvl></w:abstractNum><w:num w:numId="2"><w:abstractNumId w:val="7"/></w:num></w:numbering>"#;
    let numbered = |level: u32, text: &str| {
        format!(
            r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="2"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#
        )
    };
    let inside = [
        numbered(0, "救助"),
        numbered(1, "低保"),
        numbered(2, "发放41.61万元"),
        numbered(2, "救助51人"),
        numbered(1, "特困"),
        numbered(0, "养老"),
        numbered(1, "床位10张"),
    ]
    .concat();
    let bytes = word(
        DOCX,
        &inside,
        &[("word/numbering.xml", numbering.as_bytes())],
    );
    let shown: Vec<String> = lines(&given(&bytes, "a.docx"))
        .iter()
        .map(|l| l.replace(' ', ""))
        .collect();
    assert_eq!(
        shown,
        [
            "一、救助",
            "（一）低保",
            "3.发放41.61万元",
            "4.救助51人",
            "（二）特困",
            "二、养老",
            "（一）床位10张"
        ]
    );
}

#[test]
fn pictures_are_passed_over() {
    // Not a picture at all, which whoever decodes it finds out.
    let picture = vec![0xff, 0xd8, 0xff, 0xe0, 0, 16, 0xff, 0xff];
    let inside = format!(
        r#"{}<w:p><w:r><w:drawing><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:embed="rId9"/></w:drawing></w:r></w:p>"#,
        p("低保684人")
    );
    let bytes = word(
        DOCX,
        &inside,
        &[("word/media/image1.jpeg", picture.as_slice())],
    );
    let found = given(&bytes, "a.docx");
    assert_eq!(lines(&found), ["低保684人"]);
    assert!(found.problems.is_empty());
}

#[test]
fn merged_cells_keep_their_columns() {
    let cell = |properties: &str, text: &str| {
        format!("<w:tc><w:tcPr>{properties}</w:tcPr>{}</w:tc>", p(text))
    };
    let rows = [
        format!(
            "<w:tr>{}{}</w:tr>",
            cell(r#"<w:vMerge w:val="restart"/>"#, "项目"),
            cell(r#"<w:gridSpan w:val="2"/>"#, "2023年")
        ),
        format!(
            "<w:tr>{}{}{}</w:tr>",
            cell("<w:vMerge/>", ""),
            cell("", "预算"),
            cell("", "决算")
        ),
        format!(
            r#"<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{}{}</w:tr>"#,
            cell("", "3.00"),
            cell("", "2.41")
        ),
    ];
    let bytes = word(DOCX, &format!("<w:tbl>{}</w:tbl>", rows.concat()), &[]);
    assert_eq!(
        lines(&given(&bytes, "a.docx")),
        ["0=项目|1=2023年", "1=预算|2=决算", "1=3.00|2=2.41"]
    );
}

#[test]
fn formulas_without_results_are_remarked() {
    let sheet = |rows: &str| {
        workbook(
            "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main",
            rows,
        )
    };
    let found = given(
        &sheet(
            r#"<row r="1"><c r="A1"><v>684</v></c><c r="B1"><f>SUM(A1)</f><v>684</v></c><c r="C1" t="str"><f>IF(A1,"")</f><v></v></c></row>"#,
        ),
        "汇总.xlsx",
    );
    assert_eq!(lines(&found), ["0=684|1=684"]);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    // What programs write that do not calculate.
    let found = given(
        &sheet(
            r#"<row r="1"><c r="A1"><v>684</v></c><c r="B1"><f>SUM(A1)</f></c><c r="C1"><f t="shared" si="0"/></c></row>"#,
        ),
        "汇总.xlsx",
    );
    assert_eq!(lines(&found), ["0=684"]);
    assert!(
        found.warnings[0].contains("2个公式"),
        "{:?}",
        found.warnings
    );
}

#[test]
fn a_spreadsheet_saved_as_a_page_has_its_exact_values() {
    let page = r#"<html xmlns:x="urn:schemas-microsoft-com:office:excel"><body><table><tr><td>执行率</td><td x:num="0.8739" style='mso-number-format:"0.0%"'>87.4%</td><td x:num>684</td><td x:num="10746.239999999998">10746.24</td><td x:str>0012</td></tr></table></body></html>"#;
    let found = given(page.as_bytes(), "a.xls");
    let table = found.blocks[0].table().expect("a table");
    let seen: Vec<(&str, bool, Option<&str>)> = table
        .cells
        .iter()
        .map(|c| (c.text.as_str(), c.numeric, c.exact.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("执行率", false, None),
            ("87.4%", true, Some("87.39")),
            ("684", true, None),
            ("10746.24", true, None),
            ("0012", false, None)
        ]
    );
}

/// A report and a workbook of ours, saved by office suites in every format (`tests/files`).
fn kept(name: &str) -> Document {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    given(&std::fs::read(folder.join(name)).expect("kept"), name)
}

#[test]
fn one_report_in_every_format() {
    let expected = lines(&kept("report.docx"));
    assert_eq!(expected.len(), 109);
    for name in ["report.doc", "report.rtf", "report.odt", "report.html"] {
        assert_eq!(lines(&kept(name)), expected, "{name}");
    }
}

#[test]
fn one_workbook_in_every_format() {
    let expected = lines(&kept("table.xlsx"));
    assert_eq!(expected.len(), 401);
    for name in ["table.xls", "table.xlsb", "table.ods", "table.csv"] {
        assert_eq!(lines(&kept(name)), expected, "{name}");
    }
}

#[test]
fn a_long_sheet_costs_its_cells() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..20_000u32 {
        for column in 0..5u16 {
            sheet.write(row, column, row).expect("written");
        }
    }
    let bytes = book.save_to_buffer().expect("saved");
    let begun = Instant::now();
    let whole = given(&bytes, "长.xlsx");
    assert_eq!(
        whole.blocks[0].table().map(|t| t.cells.len()),
        Some(100_000)
    );
    assert!(begun.elapsed().as_secs() < 20);
    let limits = Limits {
        cells: 1_000,
        ..Limits::default()
    };
    let cut = read(&bytes, "长.xlsx", &limits).expect("a part");
    assert_eq!(cut.blocks[0].table().map(|t| t.cells.len()), Some(1_000));
    assert_eq!(cut.problems.len(), 1);
}
