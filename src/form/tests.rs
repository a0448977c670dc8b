//! Tables of our own, each for one rule.

use crate::analysis::{Analysis, Observation, Scenario, Transformation};
use crate::catalogue::Catalogue;
use crate::context::Hints;
use crate::read::{Block, BlockKind, Document, Format, Table};

/// A document of a title, lines above a table, and the table: rows by line, cells by bar.
fn read(title: &str, lines: &[&str], sheet: &str, rows: &str) -> Analysis {
    let mut blocks = vec![Block {
        location: "p1".to_string(),
        kind: BlockKind::Heading {
            level: 0,
            text: title.to_string(),
        },
    }];
    blocks.extend(lines.iter().enumerate().map(|(k, l)| Block {
        location: format!("p{}", k + 2),
        kind: BlockKind::Paragraph {
            text: (*l).to_string(),
        },
    }));
    let lines = rows.trim().lines();
    let table = Table {
        name: sheet.to_string(),
        ..Table::of(lines.map(|line| line.split('|').map(str::trim)))
    };
    blocks.push(Block {
        location: "t1".to_string(),
        kind: BlockKind::Table(table),
    });
    let document = Document::new(Format::Docx, blocks);
    crate::analyse_document(document, "表.docx", &Hints::default(), Catalogue::builtin())
}

/// The observations as `cell indicator value`.
fn bound(a: &Analysis) -> Vec<String> {
    let line = |o: &Observation| {
        let at = o.location.rsplit('!').next().unwrap_or_default();
        format!("{at} {} {}", o.indicator, o.obs_value.normalize())
    };
    a.observations.iter().map(line).collect()
}

#[test]
fn income_and_expenditure_side_by_side_keep_apart() {
    let a = read(
        "临湘市民政局2022年度部门决算",
        &["收入支出决算总表", "单位：万元"],
        "",
        "收入|||支出||
         项目|行次|决算数|项目|行次|决算数
         栏次||1|栏次||2
         一、一般公共预算财政拨款收入|1|120.50|一、一般公共服务支出|10|3
         二、上级补助收入|2||二、其他支出|11|20.5
         本年收入合计|3|140|本年支出合计|12|138
         总计|4|150|总计|13|150",
    );
    assert_eq!(
        bound(&a),
        [
            "C4 common.revenue.general_budget 1205000",
            "C6 common.revenue.current 1400000",
            "F6 common.expenditure.total 1380000",
            "C7 common.revenue.total 1500000",
        ]
    );
    // The figure of 其他支出 is not labelled by the row's other group, whose own figure was left out.
    let other = a.quantities.iter().find(|q| &*q.location == "t1!F5");
    assert!(other.is_some_and(|q| !q.measured.contains("上级补助")));
}

#[test]
fn a_sum_under_a_head_is_the_head_and_codes_are_no_figures() {
    let a = read(
        "沅江市民政局2023年度部门决算",
        &["支出决算表", "单位：元"],
        "",
        "支出功能分类科目编码|||科目名称|本年支出||
         类|款|项|栏次|小计|基本支出|项目支出
         |||合计|500|200|300
         208|02|01|行政运行|100|100|",
    );
    let codes = a
        .quantities
        .iter()
        .filter(|q| matches!(&*q.value_text, "208" | "02"));
    assert_eq!(codes.count(), 0);
    assert!(bound(&a).contains(&"F3 common.expenditure.basic 200".to_string()));
}

#[test]
fn a_long_title_in_a_sheet_gives_its_unit() {
    let a = read(
        "安化县民政局2023年度部门决算",
        &[],
        "Sheet6",
        "一般公共预算财政拨款基本支出决算明细表　公开06表　部门：安化县民政局　金额单位：万元||
         科目编码|科目名称|决算数
         30201|办公费|36.84
         30217|公务接待费|6.32",
    );
    assert_eq!(
        bound(&a),
        [
            "C3 common.expense.office 368400",
            "C4 common.sangong.reception 63200"
        ]
    );
}

#[test]
fn columns_of_differences_and_growth_are_signed_and_no_levels() {
    let a = read(
        "汉寿县民政局2023年统计表",
        &["社会救助情况"],
        "",
        "指标|2023年|2022年|增减|同比增长（%）|比上年减少额
         城市低保人数（人）|95|100|-5|-5|5",
    );
    let got: Vec<_> = a
        .observations
        .iter()
        .map(|o| (o.year, o.transformation, o.obs_value.to_string()))
        .collect();
    assert_eq!(
        got,
        [
            (2023, Transformation::Level, "95".to_string()),
            (2022, Transformation::Level, "100".to_string()),
            (2023, Transformation::Change, "-5".to_string()),
            (2023, Transformation::GrowthRate, "-5".to_string()),
            (2023, Transformation::Change, "-5".to_string()),
        ]
    );
}

#[test]
fn areas_may_head_columns() {
    let a = read(
        "常德市2023年养老服务分县情况",
        &["填报单位：常德市民政局"],
        "",
        "指标|单位|全市|武陵区|澧县
         养老床位|张|300|100|200",
    );
    let got: Vec<_> = a
        .observations
        .iter()
        .map(|o| (o.place.area_name.as_str(), o.obs_value.to_string()))
        .collect();
    assert_eq!(
        got,
        [
            ("常德市", "300".to_string()),
            ("武陵区", "100".to_string()),
            ("澧县", "200".to_string()),
        ]
    );
}

#[test]
fn a_row_of_fields_heads_nothing_and_the_block_gives_the_unit() {
    let a = read(
        "桃源县民政局2023年度部门整体支出绩效自评报告",
        &["部门整体支出绩效自评表"],
        "",
        "部门名称|桃源县民政局||||
         预算执行情况（万元）||年初预算数|全年执行数|分值|执行率|得分
         |年度资金总额|5210|5900.12|10|97.84%|9.78
         |其中：基本支出|1320|1300||98.48%|
         一级指标|二级指标|三级指标|年度指标值|实际完成值|分值|得分
         产出指标|数量指标|农村特困供养人数|达到3200人|3150人|10|9
         满意度指标|满意度|群众满意度|90%以上|95%|10|10",
    );
    let b = bound(&a);
    for want in [
        "C3 common.expenditure.total 52100000",
        "D3 common.expenditure.total 59001200",
        "F3 common.budget.execution_rate 97.84",
        "D4 common.expenditure.basic 13000000",
    ] {
        assert!(b.contains(&want.to_string()), "{want} not in {b:?}");
    }
    assert!(
        a.observations
            .iter()
            .any(|o| &*o.location == "t1!C3" && o.scenario == Scenario::Budget)
    );
    let t: Vec<_> = a
        .targets
        .iter()
        .map(|t| (t.target_value, t.actual_value, t.weight, t.score))
        .collect();
    let d = |v: i64| Some(rust_decimal::Decimal::from(v));
    assert_eq!(
        t,
        [
            (d(3200), d(3150), d(10), d(9)),
            (d(90), d(95), d(10), d(10))
        ]
    );
}

#[test]
fn a_part_is_not_its_whole_and_money_without_a_unit_stays_open() {
    let a = read(
        "沅江市民政局2023年度决算",
        &["“三公”经费支出决算表"],
        "",
        "项目（万元）|决算数
         公务接待费|3.1
         其中：国内接待费|2.1",
    );
    assert_eq!(bound(&a), ["B2 common.sangong.reception 31000"]);
    let a = read(
        "沅江市民政局2023年度决算",
        &["“三公”经费支出决算表"],
        "",
        "项目|决算数
         公务接待费|3.1",
    );
    assert_eq!(bound(&a), Vec::<String>::new());
}

#[test]
fn the_income_of_a_fund_is_not_the_agencys() {
    let a = read(
        "洞口县医疗保障局2023年决算",
        &["城乡居民基本医疗保险基金收支情况表", "单位：万元"],
        "",
        "项目|本年执行
         本年收入合计|61020.35
         本年支出合计|59310.27",
    );
    assert!(
        a.observations
            .iter()
            .all(|o| !o.indicator.starts_with("common."))
    );
}

#[test]
fn a_row_of_figures_only_is_labelled_by_its_heads() {
    let a = read(
        "南县民政局2024年部门预算",
        &["“三公”经费支出预算表", "单位：万元"],
        "",
        "“三公”经费合计|因公出国（境）费|公务用车购置及运行费|公务接待费
         12|0|7|5",
    );
    assert_eq!(
        bound(&a),
        [
            "A2 common.sangong.total 120000",
            "B2 common.sangong.overseas 0",
            "C2 common.sangong.vehicle 70000",
            "D2 common.sangong.reception 50000",
        ]
    );
}

#[test]
fn a_head_that_says_only_number_narrows_nothing() {
    let a = read(
        "南县民政局2024年统计表",
        &["民政工作基本情况"],
        "",
        "序号|指标|单位|数值
         1|城市低保对象|人|2,310
         2|城市低保户数|户|1,420",
    );
    assert_eq!(
        bound(&a),
        [
            "D2 civil.dibao.persons.urban 2310",
            "D3 civil.dibao.households.urban 1420",
        ]
    );
}

#[test]
fn a_sum_of_different_things_is_not_what_the_caption_names() {
    let a = read(
        "蓝山县民政局2023年报告",
        &["特困供养支出", "单位：万元"],
        "",
        "项目|支出
         城市低保支出|620
         特困供养支出|210.5
         小计|830.5",
    );
    assert_eq!(
        bound(&a),
        [
            "B2 civil.dibao.funds.urban 6200000",
            "B3 civil.tekun.funds 2105000"
        ]
    );
}

#[test]
fn a_form_without_its_title_is_known_by_its_labels() {
    let a = read(
        "附件",
        &["单位：元"],
        "",
        "收入||支出|
         项目|决算数|项目|决算数
         一、财政拨款收入|900|一、教育支出|700
         二、事业收入|100|二、社会保障和就业支出|250
         本年收入合计|1000|本年支出合计|950
         年初结转和结余|20|年末结转和结余|70
         总计|1020|总计|1020",
    );
    assert_eq!(
        bound(&a),
        [
            "B4 common.revenue.institution 100",
            "B5 common.revenue.current 1000",
            "D5 common.expenditure.total 950",
            "B6 common.revenue.carryover 20",
            "D6 common.expenditure.carryover 70",
            "B7 common.revenue.total 1020",
        ]
    );
}

#[test]
fn cells_that_a_sheet_does_not_store_are_blank() {
    let text = "部门整体支出资金（万元）||年初预算数|全年执行数|执行率
         |资金总额|120|118|98.33%
         |其中：基本支出|20|20|
         一级指标|二级指标|三级指标|年度指标值（A）|实际完成值（B）
         产出|数量指标|结婚登记对数|≥300|312";
    let stored = read(
        "某县民政局部门整体支出绩效自评表（2023年）",
        &[],
        "自评表",
        text,
    );
    let mut sparse = stored.blocks.clone();
    for b in &mut sparse {
        if let BlockKind::Table(t) = &mut b.kind {
            t.cells.retain(|c| !c.text.is_empty());
        }
    }
    let document = Document::new(Format::Xlsx, sparse);
    let sparse =
        crate::analyse_document(document, "表.xlsx", &Hints::default(), Catalogue::builtin());
    assert_eq!(bound(&stored), bound(&sparse));
    assert!(bound(&sparse).contains(&"C2 common.expenditure.total 1200000".to_string()));
    assert!(bound(&sparse).contains(&"C3 common.expenditure.basic 200000".to_string()));
    assert!(bound(&sparse).contains(&"E5 civil.marriage.registrations 312".to_string()));
}

#[test]
fn targets_have_the_values_units_and_levels_of_their_rows() {
    let a = read(
        "某县民政局项目支出绩效自评表（2023年）",
        &[],
        "",
        "绩效指标||||||自评|
         一级指标|二级指标|三级指标|指标性质|绩效指标值|度量单位|实际完成值|分值|得分|偏差原因
         产出指标|数量指标|新增养老床位数量|≥|200|张|186|20|18.6|用地滞后
         ||验收合格率|≥|98|%|100|20|20|
         效益指标|社会效益指标|困难群众生活|定性|改善||改善|30|28|
         合计|||||||100|96.6|",
    );
    let rows: Vec<String> = a
        .targets
        .iter()
        .map(|t| {
            format!(
                "{}/{}/{} {:?} {:?} {} {:?} {:?} {}",
                t.level1,
                t.level2,
                t.level3,
                t.target_value.map(|v| v.to_string()),
                t.actual_value.map(|v| v.to_string()),
                t.unit,
                t.weight.map(|v| v.to_string()),
                t.score.map(|v| v.to_string()),
                t.deviation_reason
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "产出指标/数量指标/新增养老床位数量 Some(\"200\") Some(\"186\") 张 Some(\"20\") Some(\"18.6\") 用地滞后",
            "产出指标/数量指标/验收合格率 Some(\"98\") Some(\"100\") % Some(\"20\") Some(\"20\") ",
            "效益指标/社会效益指标/困难群众生活 None None  Some(\"30\") Some(\"28\") ",
        ]
    );
    let target = a.observations.iter().find(|o| o.location.ends_with("E3"));
    assert_eq!(
        target.map(|o| (&*o.indicator, o.scenario, o.qualifier)),
        Some((
            "civil.elderly.beds_added",
            Scenario::Target,
            crate::quantity::Qualifier::AtLeast
        ))
    );
}

#[test]
fn lists_side_by_side_have_units_and_wholes_of_their_own() {
    let a = read(
        "某县民政局2021年基本情况表",
        &["填报日期：2022年1月10日"],
        "",
        "指标|单位|数量|指标|单位|数量
         社会组织总数|个|412|孤儿|人|64
         其中：社会团体|个|160|其中：散居|人|49
         社区居委会|个|51|福利彩票销售额|万元|12.5",
    );
    assert_eq!(
        bound(&a),
        [
            "C2 civil.social_org.total 412",
            "F2 civil.child.orphans 64",
            "C3 civil.social_org.associations 160",
            "F3 civil.child.orphans.dispersed 49",
            "C4 civil.grassroots.communities 51",
            "F4 civil.lottery.sales 125000",
        ]
    );
    assert!(a.observations.iter().all(|o| o.year == 2021));
}
