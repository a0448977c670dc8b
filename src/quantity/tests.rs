//! Tests of the stage: the worked examples of both files, properties that hold for any text, and growth with size.

use super::scan::Scanner;
use super::{Qualifier, Reader, ReaderError, Unit};
use crate::text::scalars::Scalars;
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::str::FromStr;

fn dec(s: &str) -> Decimal {
    Decimal::from_str(s).unwrap_or_else(|e| panic!("{s}: {e}"))
}

fn cell(text: &str, header: &str) -> Option<(Decimal, String)> {
    let reader = Reader::builtin();
    let unit = reader.unit(header);
    match reader.read_cell(text, unit.as_ref()).as_slice() {
        [q] => Some((q.value, q.unit.clone())),
        [] => None,
        more => panic!("{text}: {more:?}"),
    }
}

#[test]
fn worked_examples_hold() {
    let failed = Reader::builtin().check_examples();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(Reader::builtin().tables.examples.len() > 100);
}

#[test]
fn units_of_headers() {
    let reader = Reader::builtin();
    let unit = |t: &str| {
        reader
            .unit(t)
            .map(|u| (u.base, u.factor.normalize().to_string()))
    };
    let is = |t: &str, base: &str, factor: &str| {
        assert_eq!(unit(t), Some((base.into(), factor.into())), "{t}")
    };
    is("万元", "元", "10000");
    is("亿元", "元", "100000000");
    is("㎡", "平方米", "1");
    is("元/人·月", "元/人/月", "1");
    is("元/人、月", "元/人/月", "1");
    is("元∕人、年", "元/人/年", "1");
    is("元/月/人", "元/人/月", "1");
    is("万人次", "人次", "10000");
    is("千公顷", "亩", "15000");
    is("％", "%", "1");
    is("万张", "张", "10000");
    is("名", "人", "1");
    is("（单位：万元）", "元", "10000");
    is("单位：万元", "元", "10000");
    is("张/千人", "张/千人", "1");
    is("立方米/万元", "立方米/万元", "1");
    is("1/10万", "1/10万", "1");
    is("元/（人·月）", "元/人/月", "1");
    is("万亩次", "亩次", "10000");
    is("公里/百平方公里", "公里/百平方公里", "1");
    for t in [
        "市",
        "镇",
        "万元/区",
        "项目",
        "金额",
        "",
        "万",
        "人数",
        "元以上",
        "2023年",
    ] {
        assert_eq!(unit(t), None, "{t}");
    }
}

#[test]
fn cells() {
    let some = |v: &str, u: &str| Some((dec(v), u.to_owned()));
    assert_eq!(cell("10746.24", "万元"), some("107462400", "元"));
    assert_eq!(cell(" 1,234 ", "人"), some("1234", "人"));
    assert_eq!(cell("≥45,000人", "个"), some("45000", "人"));
    assert_eq!(cell(">=21933人", ""), some("21933", "人"));
    assert_eq!(cell("-46.19%", "万元"), some("-46.19", "%"));
    assert_eq!(cell("640元", "元/人/月"), some("640", "元/人/月"));
    assert_eq!(cell("1.2万", "万元"), some("12000", "元"));
    assert_eq!(cell("3.5", ""), some("3.5", ""));
    assert_eq!(cell("9.45", "%"), some("9.45", "%"));
    // The mark of a note; a power of ten.
    assert_eq!(cell("1,562²", "万元"), some("15620000", "元"));
    assert_eq!(cell("42¹人", "户"), some("42", "人"));
    assert_eq!(cell("10²", "个"), None);
    assert_eq!(cell("36", "座（处）"), some("36", "座"));
    assert_eq!(cell("36", "场（次）"), some("36", "场次"));
    assert_eq!(cell("36", "万台（套）"), some("360000", "台"));
    for none in [
        "/",
        "—",
        "",
        "-",
        "2016年",
        "1—4月",
        "一",
        "十二",
        "13812345678",
        "2024-05",
        "2024.05",
        "0734-5812345",
        "第一批",
        "430424199001011234",
        "1、",
        "三级指标",
        "3/5",
    ] {
        assert_eq!(cell(none, ""), None, "{none}");
    }
    let prose = Reader::builtin().read_cell("集中1420元/人/月，分散1130元/人/月", None);
    assert_eq!(prose.len(), 2);
    assert!(
        Reader::builtin()
            .read_cell("目标1：按月发放；目标2：改造设施", None)
            .is_empty()
    );
}

#[test]
fn precision_and_vagueness() {
    let one = |t: &str| Reader::builtin().read(t).remove(0);
    assert_eq!(one("10746.24万元").precision, dec("50"));
    assert_eq!(one("684人").precision, dec("0.5"));
    assert_eq!(one("1.2亿元").precision, dec("5000000"));
    assert_eq!(one("87.4%").precision, dec("0.05"));
    assert!(one("两所中心敬老院").vague);
    assert!(!one("2所中心敬老院").vague);
    assert!(!one("七个股室").vague);
}

#[test]
fn mistakes_are_explained() {
    let bad = |units: &str, not: &str| match Reader::from_toml(units, not) {
        Err(e) => e.to_string(),
        Ok(_) => panic!("accepted"),
    };
    let base = "[[unit]]\nbase = \"%\"\nclass = \"ratio\"\naliases = [\"%\"]\n[[unit]]\nbase = \"倍\"\nclass = \"ratio\"\naliases = [\"倍\"]\n";
    assert!(Reader::from_toml(base, "").is_ok());
    assert!(bad("[[unit]", "").contains("units.toml"));
    assert!(bad(base, "[[nom]]\n").contains("not-figures.toml"));
    let twice = format!("{base}[[group]]\nclass = \"count\"\nwords = [\"家\", \"家\"]\n");
    assert!(bad(&twice, "").contains("家"));
    let factor = format!(
        "{base}[[unit]]\nbase = \"亩\"\nclass = \"measure\"\nscaled = {{ \"公顷\" = \"很多\" }}\n"
    );
    assert!(bad(&factor, "").contains("公顷"));
    let per = format!("{base}[[per]]\nwords = [\"户均\"]\nper = [\"户\"]\n");
    assert!(matches!(
        Reader::from_toml(&per, ""),
        Err(ReaderError::Entry { .. })
    ));
}

#[test]
fn a_failing_example_is_reported() {
    let units = "[[unit]]\nbase = \"%\"\nclass = \"ratio\"\naliases = [\"%\"]\nexamples = [{ text = \"5%\", want = [\"6 %\"] }]\n[[unit]]\nbase = \"倍\"\nclass = \"ratio\"\naliases = [\"倍\"]\n";
    let reader = Reader::from_toml(units, "").unwrap_or_else(|e| panic!("{e}"));
    let failed = reader.check_examples();
    assert_eq!(failed.len(), 1);
    assert!(
        failed
            .iter()
            .all(|f| f.starts_with("units.toml: 例 5%") && f.contains("5 %"))
    );
}

#[test]
fn too_large_is_no_number() {
    for t in [
        "9".repeat(60) + "元",
        "万".repeat(60) + "元",
        "1".repeat(25) + "万亿元",
        "一".repeat(80) + "元",
        format!("0.{}元", "1".repeat(40)),
    ] {
        assert!(
            Reader::builtin()
                .read(&t)
                .iter()
                .all(|q| q.value < Decimal::MAX),
            "{t}"
        );
    }
}

/// Steps taken on `unit` repeated to about `size` characters.
fn steps(unit: &str, size: usize) -> u64 {
    let text = unit.repeat(size / unit.chars().count().max(1));
    let text = Scalars::new(&text);
    let scanner = Scanner::new(&Reader::builtin().tables, &text);
    let _ = scanner.quantities(&text);
    scanner.steps.get()
}

#[test]
fn work_grows_with_the_text() {
    let units = [
        "7",
        "一",
        "万",
        "零",
        "(",
        "（一",
        ",",
        "1,",
        "1-",
        "1.",
        "1:",
        "1/",
        "1·",
        "1、",
        "1至",
        "1到",
        "1元",
        "1元/人/",
        "每",
        "每人",
        "每10万",
        "“",
        "“一",
        "《",
        "《1",
        "http://",
        "九百",
        "百分之",
        "一又",
        "数",
        "负",
        "-",
        "-1",
        "半",
        "几",
        "一千",
        "万亿",
        "点",
        "一点",
        "¥",
        "¥1",
        "$",
        "12、3元",
        "1元，人均",
        "人均，1元",
        "1元)",
        ")1元",
        "(1元",
        "1 ",
        " ",
        "约1",
        "1多",
        "第1、",
        "二〇",
        "1元1角",
        "A1",
        "1A",
        "1年",
        "1月",
        "七八",
        "1%，",
        "每人1元、2元、",
    ];
    for unit in units {
        let (small, large) = (steps(unit, 5_000), steps(unit, 50_000));
        assert!(
            large <= 12 * small.max(500),
            "{unit}: {small} steps for 5,000 characters, {large} for 50,000"
        );
        assert!(
            large <= 50_000 * 160,
            "{unit}: {large} steps for 50,000 characters"
        );
    }
}

/// A whole number in Chinese numerals, ordinary or as on cheques.
fn chinese(n: u64, cheque: bool) -> String {
    let digits: Vec<char> = if cheque {
        "零壹贰叁肆伍陆柒捌玖"
    } else {
        "零一二三四五六七八九"
    }
    .chars()
    .collect();
    let small: [&str; 4] = if cheque {
        ["", "拾", "佰", "仟"]
    } else {
        ["", "十", "百", "千"]
    };
    if n == 0 {
        return "零".to_owned();
    }
    let mut groups = Vec::new();
    let mut rest = n;
    while rest > 0 {
        groups.push(rest % 10_000);
        rest /= 10_000;
    }
    let mut out = String::new();
    let mut gap = false;
    for (k, &group) in groups.iter().enumerate().rev() {
        if group == 0 {
            gap = !out.is_empty();
            continue;
        }
        let mut started = false;
        for place in (0..4).rev() {
            let d = group / 10u64.pow(place) % 10;
            if d == 0 {
                gap |= !out.is_empty() && (started || place == 3);
                continue;
            }
            if gap {
                out.push('零');
                gap = false;
            }
            out.push(digits[d as usize]);
            out.push_str(small[place as usize]);
            started = true;
        }
        gap = false;
        out.push_str(["", "万", "亿", "万亿"][k]);
    }
    out
}

fn reads_as(text: &str, value: Decimal) {
    let got = Reader::builtin().read(text);
    assert_eq!(got.len(), 1, "{text}: {got:?}");
    assert_eq!(got[0].value, value, "{text}");
    assert_eq!(got[0].qualifier, Qualifier::Exact, "{text}");
}

/// Pieces that reports are made of, and pieces that break parsers.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,12}",
        "[0-9]{1,3}(,[0-9]{3}){0,3}(\\.[0-9]{1,3})?",
        "[一二三四五六七八九十百千万亿零两半几多余]{1,6}",
        "[壹贰叁拾佰仟万元角分整]{1,6}",
        "(约|近|超过|不低于|每人每月|人均|每千名|第|电话|上|负|零下|百分之|人民币|¥)",
        "(元|万元|人次|户|个百分点|%|公里|平方米|元/人/月|/人|/月|年|月|日|号|级|岁|左右|以上|之间)",
        "[，。、；：（）“”《》—~至到和\\-+/.:·’ \\n]{1,3}",
        "\\PC{0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn offsets_slice_the_text(pieces in prop::collection::vec(piece(), 0..16)) {
        let text = pieces.concat();
        let chars: Vec<char> = text.chars().collect();
        let header = Unit { base: "元".into(), factor: dec("10000") };
        for got in [Reader::builtin().read(&text), Reader::builtin().read_cell(&text, Some(&header)), Reader::builtin().read_cell(&text, None)] {
            let mut end = 0;
            for q in got {
                prop_assert!(q.chars.start >= end && q.chars.start < q.chars.end, "{text}: {q:?}");
                end = q.chars.end;
                let by_chars: String = chars[q.chars.clone()].iter().collect();
                prop_assert_eq!(&text[q.bytes.clone()], by_chars.as_str());
                prop_assert!(q.value_max.is_none_or(|m| m > q.value), "{text}: {q:?}");
                prop_assert!(q.precision >= Decimal::ZERO);
            }
        }
        let _ = Reader::builtin().unit(&text);
    }

    #[test]
    fn chinese_numerals_come_back(n in 0u64..2_000_000_000_000, cheque: bool) {
        reads_as(&chinese(n, cheque), n.into());
    }

    #[test]
    fn small_chinese_numerals_come_back(n in 0u64..200_000, cheque: bool) {
        reads_as(&format!("支出{}元。", chinese(n, cheque)), n.into());
    }

    #[test]
    fn digits_come_back(n in 0u64..1_000_000_000_000, cents in 0u32..100, wide: bool) {
        let mut text = format!("{n}.{cents:02}万元");
        if wide {
            text = text.chars().map(|c| if c.is_ascii_digit() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c }).collect();
        }
        let value = (Decimal::from(n) + Decimal::new(cents.into(), 2)) * dec("10000");
        reads_as(&text, value);
    }
}
