use super::*;

fn shown(code: &str, value: f64) -> String {
    NumberFormat::parse(code).show(value, false).text
}

fn exact(code: &str, value: f64) -> Option<String> {
    NumberFormat::parse(code).show(value, false).exact
}

#[test]
fn numbers() {
    for (code, value, text) in [
        ("General", 684.0, "684"),
        ("0.00", 10746.24, "10746.24"),
        ("0.0%", 0.8739, "87.4%"),
        ("0.00%", 0.874, "87.40%"),
        ("#,##0.00", 1234567.891, "1,234,567.89"),
        ("#,##0", -1234.5, "-1,235"),
        ("#,##0.00_);(#,##0.00)", -1234.5, "(1,234.50)"),
        ("0!.0,", 123456.0, "12.3"),
        ("0!.0,\"万\"", 123456.0, "12.3万"),
        ("0!.0000", 123456.0, "12.3456"),
        ("0.00,", 123456.0, "123.46"),
        ("#,##0,,", 123456789.0, "123"),
        ("0\"人\"", 52.0, "52人"),
        ("General\"户\"", 1.5, "1.5户"),
        ("00000", 42.0, "00042"),
        ("#", 0.0, ""),
        ("0.##", 5.0, "5."),
        (".00", 0.5, ".50"),
        ("0;-0;;@", 0.0, ""),
        (
            "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
            0.0,
            "-",
        ),
        (
            "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
            -3.0,
            "-3.00",
        ),
        ("[>=10000]0!.0,\"万\";0", 123456.0, "12.3万"),
        ("[>=10000]0!.0,\"万\";0", 9999.0, "9999"),
        ("0.00E+00", 12345.0, "1.23E+04"),
        ("\"约\"0", 3.0, "约3"),
        ("¥#,##0.00", 12.0, "¥12.00"),
        ("[$¥-804]#,##0.00", 12.0, "¥12.00"),
        ("[DBNum2]General", 1203.0, "壹仟贰佰零叁"),
        ("0.0", 87.399_999_999_999_99, "87.4"),
        ("0_ ", 7.0, "7"),
        ("# ?/?", 1.5, "1 1/2"),
        ("# ?/?", 0.25, "1/4"),
        ("# ?/?", -12_345.678_9, "-12345 2/3"),
        ("# ??/??", 3.0, "3"),
        ("# ?/8", 2.99, "3"),
        ("?/?", 1.5, "3/2"),
        ("# ?/10\"份\"", 0.3, "3/10份"),
    ] {
        assert_eq!(shown(code, value), text, "{code} {value}");
    }
}

#[test]
fn forms_that_a_code_leaves_to_the_user() {
    let english = |code, value| {
        NumberFormat::parse_in(code, Language::English)
            .show(value, false)
            .text
    };
    let long_date = "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy";
    assert_eq!(shown(long_date, 45582.0), "2024年10月17日");
    assert_eq!(english(long_date, 45582.0), "Thursday, October 17, 2024");
    let time = "[$-F400]h:mm:ss\\ AM/PM";
    assert_eq!(shown(time, 0.75), "18:00:00");
    assert_eq!(english(time, 0.75), "6:00:00 PM");
    assert_eq!(shown("h:mm A/P", 0.75), "6:00 P");
    assert_eq!(shown("上午/下午h\"时\"", 0.75), "下午6时");
    // What is stated is shown.
    assert_eq!(english("yyyy/m/d", 45582.0), "2024/10/17");
    assert_eq!(shown("m/d/yyyy", 45582.0), "10/17/2024");
    for (language, dates) in [
        (Language::Chinese, ["2024/10/17", "2024/10/17 12:00"]),
        (Language::English, ["10/17/24", "10/17/24 12:00"]),
    ] {
        let mut formats = CellFormats::default();
        formats.style(14);
        assert!(formats.depend_on_language());
        formats.style(22);
        formats.speak(language);
        formats.settle();
        for (style, date) in dates.iter().enumerate() {
            assert_eq!(formats.show_number(style, 45582.5).text, *date);
        }
    }
}

#[test]
fn exact_values_in_the_unit_shown() {
    assert_eq!(exact("0.0%", 0.8739), Some("87.39".into()));
    assert_eq!(exact("0.00%", 0.874), None);
    assert_eq!(exact("0!.0,", 123456.0), Some("12.3456".into()));
    assert_eq!(exact("#,##0.00", 1234.5), None);
    assert_eq!(exact("0", 1234.5), Some("1234.5".into()));
    assert_eq!(
        exact("#,##0.00_);(#,##0.00)", -1234.5),
        Some("-1234.5".into())
    );
    assert_eq!(
        exact("General", 1.0 / 3.0),
        Some("0.333333333333333".into())
    );
}

#[test]
fn dates() {
    for (code, value, text) in [
        ("yyyy/m/d", 45582.0, "2024/10/17"),
        ("yyyy-mm-dd", 45582.0, "2024-10-17"),
        ("yyyy\"年\"m\"月\"d\"日\"", 45582.0, "2024年10月17日"),
        (
            "[DBNum1][$-804]yyyy\"年\"m\"月\"d\"日\"",
            45582.0,
            "二〇二四年十月十七日",
        ),
        ("h:mm", 0.75, "18:00"),
        ("h:mm AM/PM", 0.75, "6:00 PM"),
        ("[h]:mm:ss", 1.5, "36:00:00"),
        ("mm:ss.0", 0.000_5, "00:43.2"),
        ("yyyy/m/d h:mm", 45582.5, "2024/10/17 12:00"),
        ("e/m/d", 45582.0, "2024/10/17"),
        ("aaaa", 45582.0, "星期四"),
        ("mmm-yy", 45582.0, "Oct-24"),
        ("yyyy/m/d;@", 45582.0, "2024/10/17"),
        ("[$-F800]dddd, mmmm dd, yyyy", 45582.0, "2024年10月17日"),
        ("[$-F400]h:mm:ss AM/PM", 45582.75, "18:00:00"),
    ] {
        assert_eq!(shown(code, value), text, "{code}");
    }
}

#[test]
fn texts() {
    assert_eq!(NumberFormat::parse("@\"人\"").show_text("三"), "三人");
    assert_eq!(NumberFormat::parse("@").show_text("三"), "三");
    assert_eq!(NumberFormat::parse("0;-0;;@").show_text("三"), "三");
}

#[test]
fn odd_codes_do_not_panic() {
    for code in [
        "",
        ";",
        ";;;",
        "[",
        "\"",
        "\\",
        "_",
        "*",
        "[$",
        "e",
        "E+",
        "0E+",
        "[>]0",
        "yyyy[",
        "%%%%%%%%0,,,,,,,,",
        "上午/",
        "[h",
        "#/#",
        "@@@",
        ",",
        ",0",
        "0,.0",
    ] {
        for value in [0.0, -1.5, 1e300, -1e-300, 45582.3] {
            let _ = NumberFormat::parse(code).show(value, true);
        }
    }
}
