//! Spreadsheets as a bureau sends them: each format, by content and not by name, as seen on the sheet.
//!
//! The files are made here: with rust_xlsxwriter, or part by part.

#[path = "common/parts.rs"]
mod parts;

use parts::zip;
use rust_xlsxwriter::{Chart, ChartType, Format, Note, Shape, Workbook};
use std::io::Cursor;
use std::time::Instant;
use zhibiao::read::{self, Cell, Document, Limits, Reason, Table};

fn document(bytes: &[u8], name: &str) -> Document {
    read::read(bytes, name, &Limits::default()).expect("it is read")
}

/// The first table.
fn table(document: &Document) -> &Table {
    let mut tables = document.blocks.iter().filter_map(|b| b.table());
    tables.next().expect("a table")
}

fn texts(table: &Table) -> Vec<(String, &str)> {
    let cells = table.cells.iter();
    cells
        .map(|c| (Table::address(c.row, c.column), c.text.as_str()))
        .collect()
}

fn cell<'a>(table: &'a Table, address: &str) -> &'a Cell {
    let mut cells = table.cells.iter();
    cells
        .find(|c| Table::address(c.row, c.column) == address)
        .expect("a cell")
}

#[test]
fn two_cells_at_opposite_corners_are_quick_and_small() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, 684).expect("written");
    sheet.write(1_048_575, 16_383, 523).expect("written");
    let bytes = book.save_to_buffer().expect("saved");
    let begun = Instant::now();
    let document = document(&bytes, "对角.xlsx");
    assert!(begun.elapsed().as_secs() < 2);
    assert_eq!(
        texts(table(&document)),
        [("A1".into(), "684"), ("XFD1048576".into(), "523")]
    );
}

#[test]
fn content_decides_and_the_name_is_remarked() {
    let mut book = Workbook::new();
    let percent = Format::new().set_num_format("0.0%");
    let sheet = book.add_worksheet().set_name("自评表").expect("a name");
    sheet
        .write_with_format(0, 0, 0.8739, &percent)
        .expect("written");
    sheet.write(1, 0, "0012").expect("written");
    sheet.set_row_hidden(1).expect("hidden");
    sheet
        .merge_range(2, 0, 3, 1, "合计", &Format::new())
        .expect("merged");
    // Spans end where the sheet does.
    sheet.write(4, 2, 1).expect("written");
    book.add_worksheet()
        .set_name("底稿")
        .expect("a name")
        .set_hidden(true)
        .write(0, 0, 1)
        .expect("written");
    let bytes = book.save_to_buffer().expect("saved");
    for name in ["自评表.xlsx", "自评表.xls", "自评表.et", "自评表"] {
        let document = document(&bytes, name);
        let table = table(&document);
        let rate = cell(table, "A1");
        assert_eq!(
            (rate.text.as_str(), rate.exact.as_deref()),
            ("87.4%", Some("87.39"))
        );
        assert!(rate.numeric && !cell(table, "A2").numeric);
        assert!(cell(table, "A2").hidden && !rate.hidden);
        let sum = cell(table, "A3");
        assert_eq!((sum.row_span, sum.column_span), (2, 2));
        let hidden: Vec<bool> = document
            .blocks
            .iter()
            .filter_map(|b| Some(b.table()?.hidden))
            .collect();
        assert_eq!(hidden, [false, true]);
        // What is hidden is read, and remarked; so is a name that promises another format.
        let remarks = document.warnings.join("\n");
        assert!(
            remarks.contains("隐藏的工作表") && remarks.contains("底稿"),
            "{remarks}"
        );
        assert!(
            remarks.contains("隐藏的行或列") && remarks.contains("自评表"),
            "{remarks}"
        );
        assert_eq!(
            document.warnings.len(),
            2 + usize::from(name.ends_with(".xls")),
            "{name}"
        );
    }
    // Cut off: a reject or a part, never a panic.
    for end in (0..bytes.len()).step_by(97) {
        let _ = read::read(&bytes[..end], "断.xlsx", &Limits::default());
    }
}

const CONTENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="表"><table:table-row><table:table-cell office:value-type="percentage" office:value="0.8739"><text:p>87.4%</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#;

#[test]
fn ods_shows_what_calamine_does_not() {
    use calamine::{Data, Ods, Reader};
    let bytes = zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        (
            "META-INF/manifest.xml",
            b"<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>",
        ),
        ("content.xml", CONTENT.as_bytes()),
    ]);
    let document = document(&bytes, "表.ods");
    let rate = cell(table(&document), "A1");
    assert_eq!(
        (rate.text.as_str(), rate.exact.as_deref()),
        ("87.4%", Some("87.39"))
    );
    let mut other: Ods<_> = Ods::new(Cursor::new(bytes)).expect("calamine opens it");
    let range = other.worksheet_range("表").expect("a sheet");
    assert_eq!(range.get_value((0, 0)), Some(&Data::Float(0.8739)));
}

/// A record of a binary workbook.
fn record(number: u16, data: &[u8]) -> Vec<u8> {
    let mut out = vec![(number & 0x7f) as u8 | if number > 0x7f { 0x80 } else { 0 }];
    if number > 0x7f {
        out.push((number >> 7) as u8);
    }
    assert!(data.len() < 128);
    out.push(data.len() as u8);
    out.extend(data);
    out
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut out = (units.len() as u32).to_le_bytes().to_vec();
    out.extend(units.iter().flat_map(|u| u.to_le_bytes()));
    out
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn binary_workbook() -> Vec<u8> {
    let types = br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>"#;
    let relations = |list: &[(&str, &str, &str)]| {
        let list: String = list
            .iter()
            .map(|(id, kind, target)| format!(r#"<Relationship Id="{id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>"#))
            .collect();
        format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{list}</Relationships>"#
        )
    };
    let listed = |state: u32, id: u32, relation: &str, name: &str| {
        record(
            156,
            &[words(&[state, id]), wide(relation), wide(name)].concat(),
        )
    };
    let workbook = [
        record(131, &[]),
        record(143, &[]),
        listed(0, 1, "r1", "表"),
        listed(0, 2, "r2", "图"),
        record(144, &[]),
        record(132, &[]),
    ]
    .concat();
    let style = |id: u16| {
        record(
            47,
            &[vec![0, 0], id.to_le_bytes().to_vec(), vec![0; 12]].concat(),
        )
    };
    let styles = [
        record(278, &[]),
        record(44, &[164u16.to_le_bytes().to_vec(), wide("0.0%")].concat()),
        record(617, &words(&[2])),
        style(0),
        style(164),
        record(618, &[]),
        record(279, &[]),
    ]
    .concat();
    let row = |row: u32, hidden: bool| {
        let flags = if hidden { 0x10 } else { 0 };
        record(
            0,
            &[words(&[row, 0]), vec![0, 0, 0, flags, 0, 0, 0, 0, 0]].concat(),
        )
    };
    let sheet = [
        record(129, &[]),
        record(148, &words(&[0, 2, 0, 1])),
        record(145, &[]),
        row(0, false),
        record(
            5,
            &[words(&[0, 1]), 0.8739f64.to_le_bytes().to_vec()].concat(),
        ),
        record(7, &words(&[1, 0, 0])),
        row(2, true),
        record(2, &words(&[0, 0, (684 << 2) | 2])),
        record(3, &[words(&[1, 0]), vec![7]].concat()),
        record(146, &[]),
        record(176, &words(&[0, 1, 1, 2])),
        record(130, &[]),
    ]
    .concat();
    let strings = [
        record(159, &words(&[1, 1])),
        record(19, &[vec![0], wide("执行率")].concat()),
        record(160, &[]),
    ]
    .concat();
    zip(&[
        ("[Content_Types].xml", types),
        (
            "_rels/.rels",
            relations(&[("r", "officeDocument", "xl/workbook.bin")]).as_bytes(),
        ),
        ("xl/workbook.bin", &workbook),
        (
            "xl/_rels/workbook.bin.rels",
            relations(&[
                ("r1", "worksheet", "worksheets/sheet1.bin"),
                ("r2", "chartsheet", "chartsheets/sheet1.bin"),
                ("r3", "styles", "styles.bin"),
                ("r4", "sharedStrings", "sharedStrings.bin"),
            ])
            .as_bytes(),
        ),
        ("xl/worksheets/sheet1.bin", &sheet),
        ("xl/chartsheets/sheet1.bin", &record(129, &[])),
        ("xl/styles.bin", &styles),
        ("xl/sharedStrings.bin", &strings),
    ])
}

#[test]
fn xlsb_has_its_number_formats_and_may_hold_charts() {
    let bytes = binary_workbook();
    let found = document(&bytes, "表.xlsb");
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    let sheet = table(&found);
    assert_eq!(
        texts(sheet),
        [
            ("A1".into(), "87.4%"),
            ("B1".into(), "执行率"),
            ("A3".into(), "684"),
            ("B3".into(), "#DIV/0!")
        ]
    );
    assert_eq!(cell(sheet, "A1").exact.as_deref(), Some("87.39"));
    assert_eq!(
        (cell(sheet, "B1").row_span, cell(sheet, "B1").column_span),
        (2, 1)
    );
    assert!(cell(sheet, "A3").hidden && !cell(sheet, "A1").hidden);
    for end in (0..bytes.len()).step_by(53) {
        let _ = read::read(&bytes[..end], "断.xlsb", &Limits::default());
    }
}

#[test]
fn what_is_named_xls_and_is_none() {
    let html = encoding_rs::GB18030
        .encode("<html><head><meta charset=gb2312></head><table><tr><td rowspan=2>项目</td><td>决算</td></tr><tr><td>41.61</td></tr></table>")
        .0
        .into_owned();
    let xml = "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"表\"><Table><Row><Cell><Data ss:Type=\"String\">项目</Data></Cell><Cell><Data ss:Type=\"String\">决算</Data></Cell></Row><Row><Cell ss:Index=\"2\"><Data ss:Type=\"Number\">41.61</Data></Cell></Row></Table></Worksheet></Workbook>";
    let csv = encoding_rs::GB18030
        .encode("项目\t决算\r\n\t41.61\r\n")
        .0
        .into_owned();
    for bytes in [html.as_slice(), xml.as_bytes(), &csv] {
        let found = document(bytes, "决算.xls");
        assert_eq!(
            texts(table(&found)),
            [
                ("A1".into(), "项目"),
                ("B1".into(), "决算"),
                ("B2".into(), "41.61")
            ],
            "{:?}",
            found.format
        );
        assert_eq!(found.warnings.len(), 1, "{:?}", found.format);
    }
}

#[test]
fn delimited_text_in_any_encoding() {
    let text = "指标,单位,数量\r\n火化遗体数,具,\"1,499\"\r\n救助人次,人次,2341\r\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gb = encoding_rs::GB18030.encode(text).0.into_owned();
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let marked16 = [b"\xff\xfe", utf16.as_slice()].concat();
    for bytes in [text.as_bytes(), &gb, &marked, &marked16, &utf16] {
        for name in ["数据.csv", "数据.txt"] {
            let found = document(bytes, name);
            let table = table(&found);
            assert_eq!(cell(table, "A2").text, "火化遗体数", "{name}");
            assert_eq!(cell(table, "C2").text, "1,499", "{name}");
            assert!(cell(table, "C2").numeric && !cell(table, "A2").numeric);
        }
    }
}

#[test]
fn an_encrypted_or_empty_workbook_says_so() {
    let manifest = b"<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let bytes = zip(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", b"\x01\x02\x03"),
    ]);
    let reject = read::read(&bytes, "密.ods", &Limits::default()).expect_err("a reject");
    assert_eq!(reject.reason, Reason::Encrypted);
    let mut book = Workbook::new();
    book.add_worksheet();
    let bytes = book.save_to_buffer().expect("saved");
    let reject = read::read(&bytes, "空.xlsx", &Limits::default()).expect_err("a reject");
    assert_eq!(reject.reason, Reason::Empty);
}

#[test]
fn computed_values_have_the_decimals_of_the_warehouse() {
    let mut book = Workbook::new();
    let percent = Format::new().set_num_format("0.00%");
    let sheet = book.add_worksheet();
    for (column, head) in ["项目", "执行率"].into_iter().enumerate() {
        sheet.write(0, column as u16, head).expect("written");
    }
    sheet.write(1, 0, "低保资金").expect("written");
    sheet
        .write_with_format(1, 1, 20.1 / 23.0, &percent)
        .expect("written");
    sheet.write(2, 0, "殡葬资金").expect("written");
    sheet.write(2, 1, 1.0 / 3.0).expect("written");
    let bytes = book.save_to_buffer().expect("saved");
    let hints = zhibiao::Hints::default();
    let found = zhibiao::analyse(&bytes, "执行率.xlsx", &hints, zhibiao::Catalogue::builtin())
        .expect("it is read");
    let seen: Vec<String> = found
        .quantities
        .iter()
        .map(|q| format!("{} {} {}", q.value_text, q.value, q.qualifier.name()))
        .collect();
    // The one is stored as the sheet shows it; of the other no exact value can be stored.
    assert_eq!(seen, ["87.39% 87.39 exact", "0.333333333 0.333333 approx"]);
}

/// The texts of paragraphs, after each sheet.
fn paragraphs(document: &Document) -> Vec<&str> {
    let blocks = document.blocks.iter().filter(|b| b.table().is_none());
    blocks.map(|b| b.text()).collect()
}

#[test]
fn what_is_drawn_on_a_sheet_is_read_after_its_cells() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("决算表").expect("a name");
    sheet.write(0, 0, "项目").expect("written");
    sheet.write(0, 1, "金额").expect("written");
    sheet.write(1, 0, "本年收入合计").expect("written");
    sheet.write(1, 1, 1562.5).expect("written");
    let unit = Shape::textbox().set_text("单位：万元");
    sheet.insert_shape(0, 3, &unit).expect("drawn");
    let note = Note::new("含上年结转3.2万元").add_author_prefix(false);
    sheet.insert_note(1, 1, &note).expect("noted");
    let mut chart = Chart::new(ChartType::Column);
    chart.add_series().set_values("决算表!$B$2:$B$2");
    chart.title().set_name("收支情况");
    sheet.insert_chart(5, 0, &chart).expect("drawn");
    book.add_worksheet().write(0, 0, "甲").expect("written");
    let document = document(&book.save_to_buffer().expect("saved"), "决算.xlsx");
    let order: Vec<&str> = document
        .blocks
        .iter()
        .map(|b| b.location.as_str())
        .collect();
    assert_eq!(order, ["决算表", "p1", "p2", "p3", "Sheet2"]);
    assert_eq!(
        paragraphs(&document),
        ["单位：万元", "收支情况", "［批注B2］含上年结转3.2万元"]
    );
    // The unit is that of the sheet's figures.
    let catalogue = zhibiao::Catalogue::builtin();
    let hints = zhibiao::context::Hints::default();
    let analysis = zhibiao::analyse_document(document, "决算.xlsx", &hints, catalogue);
    let figure = analysis
        .quantities
        .iter()
        .find(|q| &*q.location == "决算表!B2");
    assert_eq!(
        figure.map(|q| q.value.normalize().to_string()).as_deref(),
        Some("15625000")
    );
}

/// Excel locks workbooks whose structure is protected with a password that nobody types.
#[test]
fn workbooks_locked_by_default_open() {
    let path = "tests/files/locked.xlsx";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut bytes = std::fs::read(path).expect("it is there");
    let locked = document(&bytes, "决算.xlsx");
    assert_eq!(cell(table(&locked), "B2").text, "1562.5");
    assert!(locked.problems.is_empty());
    // Another number of rounds gives another key: that is another password.
    let rounds = b"spinCount=\"100000\"";
    let at = bytes
        .windows(rounds.len())
        .position(|w| w == rounds)
        .expect("it is there");
    bytes[at + rounds.len() - 2] = b'1';
    let reject = read::read(&bytes, "决算.xlsx", &Limits::default()).expect_err("locked");
    assert_eq!(reject.reason, Reason::Encrypted);
}

/// Dates without a form of their own are shown as where the workbook comes from.
#[test]
fn forms_follow_the_language_of_the_workbook() {
    let date = Format::new().set_num_format_index(14);
    for (text, shown) in [
        ("日期", "2024/10/17"),
        ("Date", "10/17/24"),
        ("", "2024/10/17"),
    ] {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, text).expect("written");
        sheet
            .write_with_format(0, 1, 45582, &date)
            .expect("written");
        let document = document(&book.save_to_buffer().expect("saved"), "日期.xlsx");
        assert_eq!(cell(table(&document), "B1").text, shown, "{text}");
    }
}
