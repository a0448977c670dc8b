//! `export` and the files of `query`: what other programs read of them is what the warehouse holds.

mod common;

use calamine::{Data, Range, Reader, Xlsx, open_workbook};
use common::{ask, samples};
use polars::prelude::{AnyValue, DataType};
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

/// Exports into a file of that name; fails where that fails.
fn export(name: &str, arguments: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    let output = ["export", "--output", path.to_str().expect("UTF-8")];
    let (status, _, error) = ask(&[&output, arguments].concat());
    assert_eq!(status, 0, "{error}");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "nothing is left beside the file");
    (folder, path)
}

/// The first row of a sheet.
fn head(sheet: &Range<Data>) -> Vec<String> {
    let first = sheet.rows().next().expect("a head");
    first.iter().map(ToString::to_string).collect()
}

/// The fields of CSV without line breaks in them.
fn fields(line: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(String::new()),
            c => all.last_mut().expect("a field").push(c),
        }
    }
    all
}

#[test]
fn a_workbook_has_a_sheet_a_theme_typed_cells_and_the_sentences_as_comments() {
    let (_folder, path) = export("数据.xlsx", &["--in", "衡山县", "--years", "2024"]);
    let mut book: Xlsx<_> = open_workbook(&path).expect("a workbook");
    let names = book.sheet_names();
    assert_eq!(names[0], "说明");
    assert!(names.contains(&"民政-殡葬".to_owned()), "{names:?}");
    let sheet = book.worksheet_range("民政-殡葬").expect("a sheet");
    let head = head(&sheet);
    let at = |name: &str| head.iter().position(|h| h == name).expect(name);
    let row = sheet
        .rows()
        .find(|r| r[at("指标")] == "火化遗体数")
        .expect("a row");
    assert_eq!(row[at("数值")], Data::Float(499.0));
    assert!(
        matches!(row[at("起")], Data::DateTime(_)),
        "dates are dates"
    );
    assert_eq!(row[at("地区代码")], Data::String("430423".into()));

    let mut archive = zip::ZipArchive::new(fs::File::open(&path).expect("opens")).expect("zip");
    let mut all = String::new();
    for n in 0..archive.len() {
        let mut part = archive.by_index(n).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut text = String::new();
        if name.ends_with(".xml") {
            part.read_to_string(&mut text).expect("text");
        }
        if name.starts_with("xl/comments") {
            all.push_str(&text);
        }
        if name.starts_with("xl/worksheets/sheet") && name != "xl/worksheets/sheet1.xml" {
            assert!(text.contains("state=\"frozen\""), "{name}");
            assert!(text.contains("<autoFilter"), "{name}");
        }
    }
    assert!(all.contains("火化499具"), "the sentence is a comment");
}

#[test]
fn the_numbers_of_a_workbook_are_those_of_the_warehouse() {
    let (_folder, path) = export("a.xlsx", &[]);
    let mut book: Xlsx<_> = open_workbook(&path).expect("a workbook");
    let mut shown: Vec<String> = Vec::new();
    for name in book.sheet_names().into_iter().skip(1) {
        let sheet = book.worksheet_range(&name).expect("a sheet");
        let head = head(&sheet);
        let at = head.iter().position(|h| h == "数值").expect("values");
        // The shortest decimal of a binary number is what is written in the file.
        shown.extend(sheet.rows().skip(1).map(|r| r[at].to_string()));
    }
    let mut held: Vec<String> = common::current(samples(), "observations")
        .into_iter()
        .map(|r| common::plain(&r["obs_value"]))
        .collect();
    shown.sort();
    held.sort();
    assert_eq!(shown, held);
}

#[test]
fn csv_has_a_byte_order_mark_and_exact_decimals() {
    let (_folder, path) = export(
        "a.csv",
        &[
            "--indicator",
            "civil.disability.living_funds",
            "--in",
            "430423",
        ],
    );
    let text = fs::read_to_string(&path).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut lines = text.split("\r\n").filter(|l| !l.is_empty());
    let head = fields(lines.next().expect("a head"));
    let at = |name: &str| head.iter().position(|h| h == name).expect(name);
    let rows: Vec<Vec<String>> = lines.map(fields).collect();
    assert!(!rows.is_empty());
    let of_2024 = rows
        .iter()
        .find(|r| r[at("year")] == "2024")
        .expect("a row");
    assert_eq!(of_2024[at("obs_value")], "2317680");
    assert_eq!(of_2024[at("period_start")], "2024-01-01");
    assert!(rows.iter().all(|r| r[at("ref_area")] == "430423"));

    // Standard output is for programs: the same without the mark.
    let (status, out, _) = ask(&[
        "export",
        "--format",
        "csv",
        "--indicator",
        "civil.disability.living_funds",
        "--in",
        "430423",
    ]);
    assert_eq!(status, 0);
    assert_eq!(out, text);
}

#[test]
fn wide_is_a_row_an_area_agency_and_year_with_the_values_of_trend() {
    let (status, out, error) = ask(&[
        "export",
        "--format",
        "csv",
        "--wide",
        "--indicator",
        "火化遗体数",
        "--years",
        "2024",
    ]);
    assert_eq!(status, 0, "{error}");
    let lines: Vec<Vec<String>> = out.lines().map(fields).collect();
    assert_eq!(
        lines[0],
        [
            "ref_area",
            "area_name",
            "prefecture",
            "agency",
            "year",
            "火化遗体数（具）"
        ]
    );
    let values: Vec<(&str, &str)> = lines[1..]
        .iter()
        .map(|r| (r[1].as_str(), r[5].as_str()))
        .collect();
    assert_eq!(
        values,
        [
            ("霍邱县", "9611"),
            ("高青县", "2790"),
            ("衡山县", "499"),
            ("凤翔区", "1365")
        ]
    );
}

#[test]
fn parquet_keeps_types_long_and_wide() {
    let (_folder, path) = export("a.parquet", &[]);
    let long = common::read(&path);
    assert_eq!(
        long.column("obs_value").unwrap().dtype(),
        &DataType::Decimal(38, 6)
    );
    assert_eq!(
        long.column("period_start").unwrap().dtype(),
        &DataType::Date
    );
    let current = common::current(samples(), "observations").len();
    assert_eq!(long.height(), current);

    let (_folder, path) = export("w.parquet", &["--wide", "--domain", "民政"]);
    let wide = common::read(&path);
    let column = wide.column("civil.funeral.cremations").unwrap();
    assert_eq!(column.dtype(), &DataType::Decimal(38, 6));
    let values: BTreeSet<String> = (0..wide.height())
        .filter_map(|n| column.get(n).ok())
        .filter(|v| !matches!(v, AnyValue::Null))
        .map(|v| common::plain(&v.str_value()))
        .collect();
    assert!(values.contains("499"), "{values:?}");
    assert!(
        wide.column("common.sangong.total").is_err(),
        "another domain"
    );
}

#[test]
fn words_take_in_every_indicator_that_has_them_and_filters_add_up() {
    let (status, out, _) = ask(&[
        "export",
        "--format",
        "csv",
        "--indicator",
        "低保 对象",
        "--indicator",
        "火化遗体数",
        "--in",
        "湖南",
        "--scenario",
        "actual",
    ]);
    assert_eq!(status, 0);
    let lines: Vec<Vec<String>> = out.lines().map(fields).collect();
    let at = lines[0].iter().position(|h| h == "indicator_name").unwrap();
    let names: BTreeSet<&str> = lines[1..].iter().map(|r| r[at].as_str()).collect();
    assert!(names.len() > 2 && names.contains("火化遗体数"), "{names:?}");
    assert!(
        names
            .iter()
            .all(|n| *n == "火化遗体数" || n.contains("低保") && n.contains("对象")),
        "{names:?}"
    );
}

#[test]
fn what_cannot_be_exported_is_said() {
    for (arguments, words) in [
        (&["export"][..], "--output"),
        (&["export", "--output", "x.bmp"], ".xlsx"),
        (&["export", "--format", "xlsx"], "--output"),
        (&["export", "--output", "x.csv", "--domain", "没有"], "民政"),
        (
            &["export", "--output", "x.csv", "--indicator", "根本没有xyz"],
            "没有名为",
        ),
        (
            &["export", "--output", "x.csv", "--long", "--wide"],
            "不能与",
        ),
    ] {
        let (status, _, error) = ask(arguments);
        assert_eq!(status, 2, "{arguments:?}: {error}");
        assert!(error.contains(words), "{arguments:?}: {error}");
    }
    let (status, _, error) = ask(&["export", "--output", "/nonexistent/x.csv"]);
    assert_eq!(status, 3, "{error}");
}

#[test]
fn nothing_is_an_empty_file_with_its_columns() {
    for name in ["a.csv", "a.parquet", "a.xlsx"] {
        for shape in ["--long", "--wide"] {
            let (_folder, path) = export(name, &["--years", "1949", shape]);
            assert!(fs::metadata(&path).expect("a file").len() > 0);
        }
    }
}

#[test]
fn query_writes_files_of_every_format() {
    let sql = "SELECT indicator, obs_value, period_start FROM observations WHERE is_current AND indicator = 'civil.funeral.cremations' AND ref_area = '430423' AND year = 2024 LIMIT 1";
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| {
        let path = folder.path().join(name);
        let (status, out, error) = ask(&["query", sql, "--output", path.to_str().expect("UTF-8")]);
        assert_eq!((status, out.as_str()), (0, ""), "{error}");
        path
    };
    let frame = common::read(&file("q.parquet"));
    assert_eq!(
        frame.column("obs_value").unwrap().dtype(),
        &DataType::Decimal(38, 6)
    );
    assert_eq!(
        frame.column("period_start").unwrap().dtype(),
        &DataType::Date
    );
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(file("q.json")).expect("read")).expect("JSON");
    assert_eq!(json[0]["obs_value"], "499");
    let csv = fs::read_to_string(file("q.csv")).expect("UTF-8");
    assert!(csv.starts_with('\u{feff}') && csv.contains("civil.funeral.cremations,499,2024-01-01"));
}

#[test]
fn a_wrong_query_is_answered_with_the_name_that_was_meant() {
    for (sql, words) in [
        (
            "SELECT obs_valeu FROM observations",
            &["没有“obs_valeu”这一列", "是不是“obs_value”"][..],
        ),
        (
            "SELECT year FROM observation",
            &["没有“observation”这张表", "是不是“observations”"],
        ),
        (
            "SELECT definition FROM observations",
            &["dim_indicator", "JOIN"],
        ),
        (
            "SELECT year FROM observations WHERE indicator_name = \"火化遗体数\"",
            &["单引号"],
        ),
        ("SELEC year FROM observations", &["第 1 行第 1 列"]),
        ("SELECT median_of(year) FROM observations", &["不支持函数"]),
        (
            "SELECT year FROM observations WHERE year = '2024'",
            &["类型不同"],
        ),
    ] {
        let (status, out, error) = ask(&["query", sql]);
        assert_eq!((status, out.as_str()), (2, ""), "{sql}");
        for word in words {
            assert!(error.contains(word), "{sql}: {error}");
        }
    }
    let (_, _, english) = ask(&["query", "SELECT yaer FROM observations", "--lang", "en"]);
    assert!(english.contains("did you mean “year”"), "{english}");
}
