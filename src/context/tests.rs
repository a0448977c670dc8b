//! Whole documents, in short: what is said where, and what it comes to.

use super::period::iso;
use super::*;
use crate::read::{Block, BlockKind, Cell, Document, Format, Table};
use proptest::prelude::*;

/// Paragraphs; one with tabs is a table, its rows separated by `/`; one that begins with `#` is the title.
fn document(parts: &[&str]) -> Document {
    let blocks = parts.iter().enumerate().map(|(i, part)| {
        let kind = if part.contains('\t') {
            let mut t = Table::default();
            for (r, row) in (0u32..).zip(part.split('/')) {
                for (c, text) in (0u32..).zip(row.split('\t')) {
                    t.columns = t.columns.max(c + 1);
                    if !text.is_empty() {
                        let text = text.to_string();
                        let (row_span, column_span) = (1, 1);
                        let (numeric, exact, hidden) = (false, None, false);
                        let cell = Cell {
                            row: r,
                            column: c,
                            row_span,
                            column_span,
                            text,
                            numeric,
                            exact,
                            hidden,
                        };
                        t.cells.push(cell);
                    }
                }
                t.rows = r + 1;
            }
            BlockKind::Table(t)
        } else if let Some(text) = part.strip_prefix('#') {
            BlockKind::Heading {
                level: 0,
                text: text.to_string(),
            }
        } else {
            BlockKind::Paragraph {
                text: (*part).to_string(),
            }
        };
        Block {
            location: format!("p{}", i + 1),
            kind,
        }
    });
    Document::new(Format::Docx, blocks.collect())
}

fn context(parts: &[&str], file: &str, hints: &Hints) -> DocumentContext {
    resolve(&document(parts), file, hints, Knowledge::builtin())
}

/// `code agency domain year period`, `-` for what is unknown.
fn summary(c: &DocumentContext) -> String {
    let or = |s: &str| {
        if s.is_empty() {
            "-".to_string()
        } else {
            s.to_string()
        }
    };
    format!(
        "{} {} {} {} {}",
        or(&c.place.ref_area),
        or(&c.agency),
        or(&c.agency_domain),
        c.year,
        or(&c.period.map(|p| iso(&p)).unwrap_or_default())
    )
}

fn of(parts: &[&str]) -> String {
    summary(&context(parts, "x.docx", &Hints::default()))
}

fn folders(names: &[&str]) -> Hints {
    Hints {
        folders: names.iter().map(|n| (*n).to_string()).collect(),
        ..Hints::default()
    }
}

#[test]
fn the_built_in_tables_are_whole() {
    assert!(
        Knowledge::from_parts(
            include_str!("../../pipelines/areas.csv"),
            include_str!("../../pipelines/agencies.toml")
        )
        .is_ok()
    );
    assert!(Knowledge::from_parts("x", "").is_err());
    assert!(Knowledge::from_parts("", "x").is_err());
}

#[test]
fn a_title_says_it_all() {
    for (title, want) in [
        (
            "#2024 年度衡山县民政局部门整体支出绩效自评报告",
            "430423 衡山县民政局 civil-affairs 2024 2024",
        ),
        (
            "#湖南省衡阳市衡山县残联２０２１年度工作总结",
            "430423 衡山县残疾人联合会 disabled 2021 2021",
        ),
        (
            "#黔西南州民政局2021年上半年工作情况",
            "522300 黔西南布依族苗族自治州民政局 civil-affairs 2021 2021-01/2021-06",
        ),
        ("#某省厅2021年总结", "- - - 2021 2021"),
        (
            "#湛江市委宣传部2017年决算",
            "440800 湛江市委宣传部 government-offices 2017 2017",
        ),
        (
            "#长春市朝阳区2022年民政工作总结",
            "220104 朝阳区民政局 civil-affairs 2022 2022",
        ),
        (
            "#石河子市民政局2022年总结",
            "659001 石河子市民政局 civil-affairs 2022 2022",
        ),
        (
            "#永年县民政局2024年工作总结",
            "130408 永年区民政局 civil-affairs 2024 2024",
        ),
        (
            "#宣武区民政局2009年工作总结",
            "110104 宣武区民政局 civil-affairs 2009 2009",
        ),
        (
            "#成都市高新区2022年社会救助情况",
            "510100 成都市民政局 civil-affairs 2022 2022",
        ),
        (
            "#隆回县桃洪镇人民政府2023年度自评报告",
            "430524 隆回县桃洪镇人民政府 - 2023 2023",
        ),
        (
            "#衡山县第二中学2023年度部门决算",
            "430423 衡山县第二中学 education 2023 2023",
        ),
        (
            "#关于印发《隆回县教育局2023年工作总结》的通知",
            "430524 隆回县教育局 education 2023 2023",
        ),
        (
            "#公安县2022年民政工作情况",
            "421022 公安县民政局 civil-affairs 2022 2022",
        ),
        ("#2020年全国慈善捐赠情况", "- - civil-affairs 2020 2020"),
        ("#财政部2023年部门预算", "- 财政部 finance 2023 2023"),
        (
            "#广元市昭化区、朝天区2021年供水情况",
            "510800 广元市水利局 water 2021 2021",
        ),
        (
            "#宁波市2012年上半年惠民殡葬情况",
            "330200 宁波市民政局 civil-affairs 2012 2012-01/2012-06",
        ),
        (
            "#饶平县2018年医疗服务概况",
            "445122 饶平县卫生和计划生育局 health 2018 2018",
        ),
        (
            "#衡 山 县 民 政 局2023年总结",
            "430423 衡山县民政局 civil-affairs 2023 2023",
        ),
    ] {
        assert_eq!(of(&[title]), want, "{title}");
    }
}

#[test]
fn a_name_that_several_areas_bear_needs_the_rest_of_the_document() {
    assert_eq!(
        of(&["#鼓楼区民政局2020年总结"]),
        "- 鼓楼区民政局 civil-affairs 2020 2020"
    );
    assert_eq!(
        of(&[
            "#鼓楼区民政局2020年总结",
            "根据《南京市民政局关于做好总结的通知》，报告如下。"
        ]),
        "320106 鼓楼区民政局 civil-affairs 2020 2020"
    );
    let c = context(
        &["#鼓楼区民政局2020年总结"],
        "x.docx",
        &folders(&["江苏省", "南京市"]),
    );
    assert_eq!(c.place.ref_area, "320106");
    assert_eq!(c.inherited, ["ref_area: 文件名或文件夹名"]);
    // 衡阳 is a city and a county: the text says which.
    assert_eq!(
        of(&["#衡阳民政2023年总结", "全市共有低保对象。"]),
        "430400 衡阳市民政局 civil-affairs 2023 2023"
    );
    assert_eq!(
        of(&["#衡阳民政2023年总结", "全县共有低保对象。"]),
        "430421 衡阳县民政局 civil-affairs 2023 2023"
    );
    assert_eq!(
        of(&["#衡阳民政2023年总结", "共有低保对象。"]),
        "- - civil-affairs 2023 2023"
    );
}

#[test]
fn a_letter_has_a_head_and_an_addressee() {
    let letter = [
        "昌宁县民政局文件",
        "昌民字〔2022〕12号",
        "关于报送2021年度部门整体支出绩效自评的报告",
        "昌宁县财政局：",
        "现将有关情况报告如下。",
    ];
    let c = context(&letter, "x.docx", &Hints::default());
    assert_eq!(c.title, "关于报送2021年度部门整体支出绩效自评的报告");
    assert_eq!(summary(&c), "530524 昌宁县民政局 civil-affairs 2021 2021");
}

#[test]
fn form_headers_and_signatures_name_who_reports() {
    assert_eq!(
        of(&[
            "附件1",
            "部门整体支出绩效自评表",
            "预算部门名称\t隆回县民政局\t年度\t2020/指标\t数\t/低保\t1\t"
        ]),
        "430524 隆回县民政局 civil-affairs 2020 2020"
    );
    assert_eq!(
        of(&[
            "#项目支出绩效自评表",
            "（2023年度）",
            "主管部门\t衡山县民政局\t实施单位\t衡山县某某服务中心/项目\t婚姻登记\t\t"
        ]),
        "430423 衡山县民政局 civil-affairs 2023 2023"
    );
    assert_eq!(
        of(&[
            "#湖南省2024年福彩公益金项目绩效自评报告",
            "填报单位：衡山县民政局"
        ]),
        "430423 衡山县民政局 civil-affairs 2024 2024"
    );
    assert_eq!(
        of(&[
            "#部门整体支出绩效自评报告",
            "我局完成了任务。",
            "昌宁县水务局",
            "二〇二二年四月十二日"
        ]),
        "530524 昌宁县水务局 water 2021 2021"
    );
    assert_eq!(
        of(&[
            "#工作总结",
            "全县工作顺利。",
            "填报单位：衡山县某某事务中心"
        ]),
        "430423 衡山县某某事务中心 - 0 -"
    );
}

#[test]
fn a_body_decides_only_where_it_is_clear() {
    let own = "永州市民政局完成了2023年任务，永州市低保对象100人。";
    assert_eq!(
        of(&["总结", "10月23日河南省商丘市委深改办一行来我市考察。", own]),
        "431100 永州市民政局 civil-affairs 2023 2023"
    );
    // Asked by the province, visited by a city: neither is the area.
    assert_eq!(
        of(&["总结", "根据湖南省民政厅要求，全县开展工作。"])
            .split(' ')
            .next(),
        Some("-")
    );
    assert_eq!(
        of(&["总结", "河南省商丘市委深改办一行来我县考察。"])
            .split(' ')
            .next(),
        Some("-")
    );
    // As often the one as the other.
    assert_eq!(
        of(&["总结", "甘肃省陇西县与陕西省西安市，陇西县与西安市。"])
            .split(' ')
            .next(),
        Some("-")
    );
}

#[test]
fn years_come_from_where_they_are_stated() {
    let year = |parts: &[&str], file: &str, hints: &Hints| context(parts, file, hints).year;
    let none = Hints::default();
    assert_eq!(
        year(
            &["#总结", "2023年完成5件，较2022年增加1件。2023年底在册3人。"],
            "x.docx",
            &none
        ),
        2023
    );
    assert_eq!(
        year(
            &["#总结", "站点2018年1月挂牌，至2019年3月底服务5人。"],
            "x.docx",
            &none
        ),
        2019
    );
    assert_eq!(year(&["#总结", "2011年以来共5件。"], "x.docx", &none), 0);
    assert_eq!(
        year(&["#2022年预算执行和2023年预算草案"], "x.docx", &none),
        2022
    );
    assert_eq!(
        year(
            &["#预算", "金额。", "某局", "2024年2月1日"],
            "x.docx",
            &none
        ),
        2024
    );
    assert_eq!(year(&["#情况", "共5件。"], "情况2021.xlsx", &none), 2021);
    assert_eq!(year(&["#情况", "共5件。"], "20210305.xlsx", &none), 0);
    assert_eq!(
        year(
            &["#情况", "共5件。"],
            "x.xlsx",
            &folders(&["2020年", "附件"])
        ),
        2020
    );
}

#[test]
fn what_comes_from_outside_is_noted() {
    let hints = Hints {
        area: Some("430423".into()),
        year: Some(2022),
        agency: Some("衡山县民政局".into()),
        ..Hints::default()
    };
    let c = context(&["#隆回县水利局2023年总结"], "x.docx", &hints);
    assert_eq!(summary(&c), "430423 衡山县民政局 civil-affairs 2022 2022");
    assert_eq!(
        c.inherited,
        ["year: 命令行", "ref_area: 命令行", "agency: 命令行"]
    );

    let main = context(
        &["#衡山县民政局2023年上半年总结"],
        "x.docx",
        &Hints::default(),
    );
    let hints = Hints {
        siblings: Some(main),
        ..Hints::default()
    };
    let c = context(&["名称\t数/甲\t1"], "附表.xlsx", &hints);
    assert_eq!(
        summary(&c),
        "430423 衡山县民政局 civil-affairs 2023 2023-01/2023-06"
    );
    assert_eq!(
        c.inherited,
        ["year: 主报告", "ref_area: 主报告", "agency: 主报告"]
    );

    let c = context(
        &["低保情况", "共5人。"],
        "衡山县2023年.docx",
        &Hints::default(),
    );
    assert_eq!(summary(&c), "430423 衡山县民政局 civil-affairs 2023 2023");
    assert_eq!(
        c.inherited,
        ["year: 文件名", "ref_area: 文件名", "agency: 标题主题"]
    );

    let c = context(
        &["#总结", "全县共5人。"],
        "x.docx",
        &folders(&["湖南省", "衡阳", "2024"]),
    );
    assert_eq!(summary(&c), "430421 - - 2024 2024");

    // A name that is no area is no override.
    let hints = Hints {
        area: Some("某地".into()),
        ..Hints::default()
    };
    assert_eq!(
        context(&["#隆回县水利局2023年总结"], "x.docx", &hints)
            .place
            .ref_area,
        "430524"
    );
}

#[test]
fn an_empty_document_is_known_by_its_file_at_most() {
    let c = context(&[], "衡山县民政局2024年总结.docx", &Hints::default());
    assert_eq!(summary(&c), "430423 衡山县民政局 civil-affairs 2024 2024");
    assert_eq!(c.title, "衡山县民政局2024年总结");
    assert_eq!(summary(&context(&[], "", &Hints::default())), "- - - 0 -");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn resolving_never_panics(
        parts in prop::collection::vec(
            prop::collection::vec(
                prop::sample::select(vec![
                    "#", "衡山县", "湖南省", "民政局", "2024年", "年度", "：", "填报单位", "《", "》", "\t", "/", "全县", "鼓楼区", " ", "12", "月", "日",
                    "委", "关于", "第一", "中学", "。", "附件", "低保", "南县", "市",
                ]),
                0..12,
            ),
            0..6,
        ),
        file in ".{0,12}",
    ) {
        let parts: Vec<String> = parts.into_iter().map(|p| p.concat()).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let c = context(&parts, &file, &folders(&[&file]));
        prop_assert!(c.place.ref_area.is_empty() || c.place.ref_area.len() == 6);
    }
}
