use super::super::iso;
use super::*;
use proptest::prelude::*;

/// `expression=period` of every mention; `~` marks a point of time, `<` what is compared with, `>` from … on.
fn read(text: &str, year: i32) -> String {
    scan(text, year)
        .iter()
        .map(|m| {
            let mark = match m.kind {
                Kind::AsOf => "~",
                Kind::Since => ">",
                Kind::Opening => "^",
                Kind::SamePeriod => "=",
                Kind::Plan => "plan",
                Kind::Span => "",
            };
            let compared = if m.compared { "<" } else { "" };
            format!(
                "{}:{compared}{mark}{}",
                &text[m.bytes.clone()],
                m.period.map(|p| iso(&p)).unwrap_or_default()
            )
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn every_expression_of_time_is_found() {
    for (text, want) in [
        ("2024年投入5万元", "2024年:2024"),
        (
            "２０２１年度和二〇二二年度",
            "２０２１年度:2021 二〇二二年度:2022",
        ),
        ("2024 年度", "2024 年度:2024"),
        ("去年，全局受理投诉举报20件。", "去年:2024"),
        (
            "去年初至今年3月13日，全局受理投诉举报20件",
            "去年初至今年3月13日:2024-01-01/2025-03-13",
        ),
        ("上年", "上年:2023"),
        ("2023 年 1—9 月", "2023 年 1—9 月:2023-01/2023-09"),
        (
            "全年发放，年末在册，年内新增",
            "全年:2024 年末:~2024 年内:2024",
        ),
        ("较上年增加3人，比去年同期多", "上年:<2023 去年同期:<=2023"),
        ("今年前六个月", "今年前六个月:2024-01/2024-06"),
        ("1-12月和1—6月", "1-12月:2024 1—6月:2024-01/2024-06"),
        ("4至10月", "4至10月:2024-04/2024-10"),
        (
            "前三季度与三季度末",
            "前三季度:2024-01/2024-09 三季度末:<~2024-09",
        ),
        ("第三季度", "第三季度:2024-07/2024-09"),
        ("3月30日、31日两天", "3月30日、31日:2024-03-30/2024-03-31"),
        (
            "3月30日、31日共9人：30日4人",
            "3月30日、31日:2024-03-30/2024-03-31 30日:2024-03-30",
        ),
        ("2022年1月1日至12月31日", "2022年1月1日至12月31日:2022"),
        (
            "2022年3月15日至4月8日",
            "2022年3月15日至4月8日:2022-03-15/2022-04-08",
        ),
        (
            "2023年11月至2024年2月",
            "2023年11月至2024年2月:2023-11/2024-02",
        ),
        ("截至9月底", "9月底:~2024-09"),
        ("至12月27日", "12月27日:~2024-12-27"),
        ("2011年末", "2011年末:~2011"),
        (
            "2020学年，2024—2025学年",
            "2020学年:2020 2024—2025学年:2024",
        ),
        ("2018—2020年", "2018—2020年:2018/2020"),
        ("2019年截至3月13日", "2019年:2019 3月13日:~2019-03-13"),
        ("“十四五”期间新建", "“十四五”期间:plan"),
        ("2018年起累计", "2018年起:>2018/2024"),
        (
            "3月起铺开，至6月8日办理",
            "3月起:>2024-03/2024-12 6月8日:~2024-06-08",
        ),
        ("12月18日发生，当月调运", "12月18日:2024-12-18 当月:2024-12"),
        ("下一年计划", "下一年:2025"),
        ("较年初增加2个", "年初:<^2024-01-01"),
        (
            "2024-10-17印发，2024.10.18公布",
            "2024-10-17:2024-10-17 2024.10.18:2024-10-18",
        ),
        ("5月上旬", "5月上旬:2024-05-01/2024-05-10"),
        ("10月17—20日", "10月17—20日:2024-10-17/2024-10-20"),
        ("期末参加失业保险", "期末:~"),
        ("11月、12月", "11月、12月:2024-11/2024-12"),
        ("7月份当月", "7月份:2024-07 当月:2024-07"),
        ("2024年上半年", "2024年上半年:2024-01/2024-06"),
    ] {
        assert_eq!(read(text, 2024), want, "{text}");
    }
}

#[test]
fn what_only_looks_like_time_is_left_alone() {
    for text in [
        "为期3个月",
        "连续三年",
        "五年间建成",
        "每月25日前",
        "每年3月",
        "〔2021〕12号",
        "2020届毕业生",
        "事故107起",
        "年初预算22万元",
        "上年结转和结余",
        "12345热线",
        "2024人",
        "第3条",
        "一季稻",
        "以前年度",
        "初中3月龄",
        "13月",
        "2月30日",
        "120241年",
        "年终奖",
        "学期末",
        "二是加强",
        "3.5月",
    ] {
        assert_eq!(read(text, 2023), "", "{text}");
    }
}

#[test]
fn a_flow_up_to_a_point_begins_where_the_sentence_says() {
    let through = |text: &str| {
        scan(text, 2020)
            .last()
            .and_then(|m| m.through)
            .map(|p| iso(&p))
            .unwrap_or_default()
    };
    assert_eq!(through("到6月底开工129个"), "2020-01/2020-06");
    assert_eq!(
        through("站点2018年1月挂牌，至2019年3月底服务"),
        "2018-01/2019-03"
    );
    assert_eq!(
        through("从1987年发行起算，至2018年12月31日累计"),
        "1987/2018"
    );
    assert_eq!(through("3月起办理，至6月8日"), "2020-03-01/2020-06-08");
    // Another sentence begins anew.
    assert_eq!(through("2018年1月挂牌。到6月底服务"), "2020-01/2020-06");
}

#[test]
fn a_comparison_governs_only_the_figure_compared_with() {
    let governs = |text: &str, figure: &str| {
        let at = text.find(figure).unwrap_or(0);
        let m = scan(text, 2022).into_iter().rfind(|m| m.bytes.end <= at);
        m.is_some_and(|m| m.governs(&text[m.bytes.end..at]))
    };
    assert!(governs("较2021年的97.15%提高1.49个百分点", "97"));
    assert!(!governs("较2021年的97.15%提高1.49个百分点", "1.49"));
    assert!(!governs("比上年增加12万元", "12"));
    assert!(governs("与2018年清明前后的109700人次比", "1097"));
    assert!(governs("上年接待560万人次", "560"));
}

#[test]
fn without_a_report_year_only_what_is_written_counts() {
    assert_eq!(
        read("全年、上年、5月、2021年5月", 0),
        "全年: 上年: 5月: 2021年5月:2021-05"
    );
}

proptest! {
    #[test]
    fn never_panics_and_ranges_slice(text in ".{0,80}", year in -5i32..3000) {
        check(&text, year)?;
    }

    #[test]
    fn never_panics_on_pieces_of_time(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "2024", "年", "月", "日", "12", "3", "至", "—", "底", "末", "初", "上", "去年", "前", "季度", "、", "全", "十", "二", "〇", "截至", "起", "自", " ", "。",
            "学年", "第", "个", "“十四五”", "９", "-", "/", ".", "同期", "当月", "年初", "一", "半年",
        ]), 0..30),
        year in 2000i32..2030,
    ) {
        check(&pieces.concat(), year)?;
    }
}

fn check(text: &str, year: i32) -> Result<(), TestCaseError> {
    let mut end = 0;
    for m in scan(text, year) {
        prop_assert!(m.bytes.start >= end && m.bytes.start < m.bytes.end);
        prop_assert!(text.get(m.bytes.clone()).is_some());
        for p in [m.period, m.through].into_iter().flatten() {
            prop_assert!(p.start <= p.end);
            let written = iso(&p);
            prop_assert_eq!(super::super::parse_iso(&written), Some(p), "{}", written);
        }
        end = m.bytes.end;
    }
    Ok(())
}
