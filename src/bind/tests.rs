//! Sentences of several bureaus: what each figure is bound to, and near misses.

use crate::analysis::Transformation;
use crate::read::{Block, BlockKind, Document, Format};
use crate::{Catalogue, Hints};

/// Indicator, value and whether it is a level, of each observation of a paragraph in a bureau's report.
fn read(bureau: &str, text: &str) -> Vec<(String, String, bool)> {
    let title = format!("罗城县{bureau}2023年工作总结");
    let block = |location: &str, kind| Block {
        location: location.to_string(),
        kind,
    };
    let document = Document::new(
        Format::Docx,
        vec![
            block(
                "p1",
                BlockKind::Heading {
                    level: 0,
                    text: title,
                },
            ),
            block(
                "p2",
                BlockKind::Paragraph {
                    text: text.to_string(),
                },
            ),
        ],
    );
    let analysis = crate::analyse_document(
        document,
        "报告.docx",
        &Hints::default(),
        Catalogue::builtin(),
    );
    analysis
        .observations
        .iter()
        .map(|o| {
            (
                o.indicator.to_string(),
                o.obs_value.normalize().to_string(),
                o.transformation == Transformation::Level,
            )
        })
        .collect()
}

fn has(rows: &[(String, String, bool)], indicator: &str, value: &str, level: bool) -> bool {
    rows.iter()
        .any(|(i, v, l)| i == indicator && v == value && *l == level)
}

#[test]
fn changes_go_to_the_figures_of_their_unit() {
    let rows = read(
        "应急管理局",
        "发生生产安全事故12起、死亡10人，同比减少3起、4人。",
    );
    assert!(
        has(&rows, "emergency.accidents.total", "-3", false),
        "{rows:?}"
    );
    assert!(
        has(&rows, "emergency.accidents.deaths", "-4", false),
        "{rows:?}"
    );
    assert!(
        !has(&rows, "emergency.accidents.deaths", "4", true),
        "{rows:?}"
    );
    let rows = read(
        "民政局",
        "农村低保5,123户、8,642人，比上年末减少35户、61人。",
    );
    assert!(
        has(&rows, "civil.dibao.households.rural", "-35", false),
        "{rows:?}"
    );
    assert!(
        has(&rows, "civil.dibao.persons.rural", "-61", false),
        "{rows:?}"
    );
    // Near miss: what follows with words of its own is no change.
    let rows = read(
        "民政局",
        "农村低保8,642人，比上年末减少61人、城市低保936人。",
    );
    assert!(
        has(&rows, "civil.dibao.persons.urban", "936", true),
        "{rows:?}"
    );
}

#[test]
fn changes_in_order_and_after_brackets() {
    let rows = read(
        "应急管理局",
        "发生生产安全事故26起、死亡18人，同比分别下降16.1%、14.3%。",
    );
    assert!(
        has(&rows, "emergency.accidents.total", "-16.1", false),
        "{rows:?}"
    );
    assert!(
        has(&rows, "emergency.accidents.deaths", "-14.3", false),
        "{rows:?}"
    );
    let rows = read(
        "民政局",
        "城市低保对象8,642人（5,123户），比上年末减少6.8%。",
    );
    assert!(
        has(&rows, "civil.dibao.persons.urban", "-6.8", false),
        "{rows:?}"
    );
}

#[test]
fn figures_that_say_which_things_are_counted() {
    let rows = read("应急管理局", "死亡2人的工矿商贸事故仍有4起。");
    assert!(rows.is_empty(), "{rows:?}");
    let rows = read(
        "商务局",
        "签约项目58个，其中过10亿元项目4个、过亿元项目37个。",
    );
    assert!(!rows.iter().any(|(_, v, _)| v != "58"), "{rows:?}");
    // Near miss: an amount that is merely large.
    let rows = read("商务局", "签约项目58个，签约金额超过10亿元。");
    assert!(
        has(
            &rows,
            "commerce.investment.contract_amount",
            "1000000000",
            true
        ),
        "{rows:?}"
    );
}

#[test]
fn counts_of_the_place_behind_them() {
    let rows = read("文化和旅游局", "应急广播终端覆盖186个村。");
    assert!(rows.is_empty(), "{rows:?}");
    let rows = read("文化和旅游局", "建成应急广播终端186个。");
    assert!(
        has(&rows, "culture.broadcast.emergency_terminals", "186", true),
        "{rows:?}"
    );
}

#[test]
fn a_part_keeps_what_stands_beside_it() {
    // 死亡7人 are those of the part, for which nothing is known; the whole has its own.
    let rows = read(
        "应急管理局",
        "全县共发生生产安全事故15起，死亡11人。其中，道路运输事故10起、死亡7人；工矿商贸事故5起、死亡4人。",
    );
    assert!(
        has(&rows, "emergency.accidents.deaths", "11", true),
        "{rows:?}"
    );
    assert!(
        !has(&rows, "emergency.accidents.deaths", "7", true),
        "{rows:?}"
    );
    assert!(
        !has(&rows, "emergency.accidents.deaths", "4", true),
        "{rows:?}"
    );
    // An aspect told of the whole and again after a part is the part's.
    let rows = read(
        "行政审批服务局",
        "完成公共资源交易事项348项，交易金额14.6亿元，其中工程建设项目交易217项，交易额12.9996亿元。",
    );
    assert!(
        has(&rows, "approval.trading.amount", "1460000000", true),
        "{rows:?}"
    );
    assert!(
        has(&rows, "approval.trading.amount.works", "1299960000", true),
        "{rows:?}"
    );
    // Near miss: one that has not been told is the whole's.
    let rows = read(
        "市场监督管理局",
        "在用特种设备2,163台，其中电梯1,208台，定检率99.4%。",
    );
    assert!(
        has(
            &rows,
            "market.special_equipment.inspection_rate",
            "99.4",
            true
        ),
        "{rows:?}"
    );
}

#[test]
fn parts_are_of_the_figure_in_their_unit() {
    let rows = read(
        "民政局",
        "全年支出14,206.1万元，预算执行率98.83%，其中基本支出1,135.8万元，项目支出13,070.3万元。",
    );
    assert!(
        has(&rows, "common.expenditure.basic", "11358000", true),
        "{rows:?}"
    );
    assert!(
        has(&rows, "common.expenditure.project", "130703000", true),
        "{rows:?}"
    );
    let rows = read(
        "市场监督管理局",
        "全县实有各类经营主体5.28万户，注册资本386.5亿元，其中企业9,763户、个体工商户4.13万户。",
    );
    assert!(
        has(&rows, "market.entities.total.enterprises", "9763", true),
        "{rows:?}"
    );
    // Near miss: of two in that unit, the one whose topic goes on.
    let rows = read(
        "农业农村局",
        "脱贫人口21,346户45,218人，监测对象1,562户3,847人，其中已消除风险1,018户2,536人。",
    );
    assert!(
        has(
            &rows,
            "agriculture.revitalisation.risk_eliminated_households",
            "1018",
            true
        ),
        "{rows:?}"
    );
}

#[test]
fn one_figure_for_each_of_several_things() {
    let rows = read("教育局", "小学适龄儿童入学率、九年义务教育巩固率均为100%。");
    assert!(
        has(&rows, "education.access.primary_net", "100", true),
        "{rows:?}"
    );
    assert!(
        has(&rows, "education.access.compulsory_retention", "100", true),
        "{rows:?}"
    );
    // Near miss: one thing.
    let rows = read("民政局", "2023年度支出总计为762.48万元，各乡镇均已公开。");
    assert_eq!(rows.len(), 1, "{rows:?}");
    let rows = read("民政局", "城乡低保标准分别为735元/月、489元/月。");
    assert!(
        has(&rows, "civil.dibao.standard.urban", "735", true),
        "{rows:?}"
    );
    assert!(
        has(&rows, "civil.dibao.standard.rural", "489", true),
        "{rows:?}"
    );
}

#[test]
fn nothing_spent_on_several_things() {
    let zero = |text: &str| -> Vec<String> {
        let rows = read("民政局", text);
        rows.into_iter()
            .filter(|(_, v, _)| v == "0")
            .map(|(i, ..)| i)
            .collect()
    };
    let both = ["common.sangong.reception", "common.sangong.overseas"];
    assert_eq!(zero("没有安排公务接待和因公出国（境）。"), both);
    assert_eq!(zero("公务接待费和因公出国（境）费均无支出。"), both);
    assert_eq!(zero("无公务接待费支出。"), ["common.sangong.reception"]);
    // Near misses: an event that did not happen, and money that did not grow.
    assert!(zero("公务接待费没有增加。").is_empty());
    assert!(zero("没有发生因公务接待引起的投诉。").is_empty());
}

#[test]
fn a_count_and_the_rate_behind_its_noun() {
    let rows = read("生态环境局", "4个国省考断面水质优良率100%。");
    assert!(
        has(&rows, "environment.water.sections", "4", true),
        "{rows:?}"
    );
    assert!(
        has(&rows, "environment.water.good_section_rate", "100", true),
        "{rows:?}"
    );
    // Near miss: the words belong to the count alone.
    let rows = read("生态环境局", "19个地表水考核断面，合格的占90%。");
    assert!(
        has(&rows, "environment.water.sections", "19", true),
        "{rows:?}"
    );
}

#[test]
fn what_the_paragraph_is_about_takes_the_place_of_the_agency() {
    let rows = read(
        "财政局",
        "一般公共预算收入9.73亿元。政府性基金收入1.92亿元；国有资本经营预算收入386万元。",
    );
    assert!(
        has(&rows, "finance.revenue.gov_fund", "192000000", true),
        "{rows:?}"
    );
    assert!(
        !rows.iter().any(|(i, ..)| i.starts_with("common.")),
        "{rows:?}"
    );
    // What says whose it is, is the agency's all the same.
    let rows = read("教育局", "全县各级各类学校186所。局机关行政编制23名。");
    assert!(
        has(&rows, "common.staff.quota.administrative", "23", true),
        "{rows:?}"
    );
    let rows = read("教育局", "全县各级各类学校186所。行政编制23名。");
    assert!(
        !has(&rows, "common.staff.quota.administrative", "23", true),
        "{rows:?}"
    );
}

#[test]
fn labels_and_headings_name_what_is_below_them() {
    let rows = read(
        "生态环境局",
        "主要污染物减排：化学需氧量213吨，氨氮15.4吨，氮氧化物87吨。",
    );
    assert!(
        has(
            &rows,
            "environment.reduction.ammonia_nitrogen",
            "15.4",
            true
        ),
        "{rows:?}"
    );
    assert!(
        !rows
            .iter()
            .any(|(i, ..)| i.starts_with("environment.emission.")),
        "{rows:?}"
    );
    // Near miss: the next sentence is no longer under the label.
    let rows = read(
        "生态环境局",
        "主要污染物减排：化学需氧量213吨。氨氮排放量312.4吨。",
    );
    assert!(
        has(
            &rows,
            "environment.emission.ammonia_nitrogen",
            "312.4",
            true
        ),
        "{rows:?}"
    );
    let rows = read("应急管理局", "工矿商贸：事故3起、死亡3人。");
    assert!(
        !has(&rows, "emergency.accidents.total", "3", true),
        "{rows:?}"
    );
}

#[test]
fn second_halves_and_examples() {
    let rows = read(
        "民政局",
        "政府采购326.4万元，其中货物58.1万元、服务268.3万元。",
    );
    assert!(
        has(&rows, "common.procurement.goods", "581000", true),
        "{rows:?}"
    );
    assert!(
        has(&rows, "common.procurement.services", "2683000", true),
        "{rows:?}"
    );
    let rows = read(
        "人力资源和社会保障局",
        "兑付社保补贴、岗位补贴等各类就业补助资金6,847.5万元。",
    );
    assert!(has(&rows, "hr.subsidy.funds", "68475000", true), "{rows:?}");
    // Near miss: nothing behind 等 says what they are examples of.
    let rows = read(
        "人力资源和社会保障局",
        "兑付社保补贴、岗位补贴等6,847.5万元。",
    );
    assert!(
        !has(&rows, "hr.subsidy.funds", "68475000", true),
        "{rows:?}"
    );
}

#[test]
fn bounds_are_no_differences() {
    let rows = read("人力资源和社会保障局", "城镇登记失业率低于4.5%。");
    assert!(
        has(
            &rows,
            "hr.employment.registered_unemployment_rate",
            "4.5",
            true
        ),
        "{rows:?}"
    );
    // Near miss: a difference from something named.
    let rows = read(
        "人力资源和社会保障局",
        "城镇登记失业率3.2%，低于全省平均水平0.4个百分点。",
    );
    assert!(
        !has(
            &rows,
            "hr.employment.registered_unemployment_rate",
            "0.4",
            true
        ),
        "{rows:?}"
    );
}

#[test]
fn all_there_is_after_what_was_added() {
    let rows = read("文化和旅游局", "省级文物保护单位新增11处，共42处。");
    assert!(
        has(
            &rows,
            "culture.heritage.protected_units.provincial",
            "42",
            true
        ),
        "{rows:?}"
    );
    // Near miss: in another unit, the same event.
    let rows = read("民政局", "城乡低保新增86户，共210人。");
    assert!(!has(&rows, "civil.dibao.persons", "210", true), "{rows:?}");
}

#[test]
fn two_parts_of_one_figure_are_carried_together() {
    let rows = read(
        "民政局",
        "城市低保和农村低保对象9,300人，发放资金5,200万元。",
    );
    assert!(
        !has(&rows, "civil.dibao.funds.urban", "52000000", true),
        "{rows:?}"
    );
    assert!(
        !has(&rows, "civil.dibao.funds.rural", "52000000", true),
        "{rows:?}"
    );
    // Near miss: one part.
    let rows = read("民政局", "农村低保对象9,300人，发放资金5,200万元。");
    assert!(
        has(&rows, "civil.dibao.funds.rural", "52000000", true),
        "{rows:?}"
    );
}

#[test]
fn a_word_that_its_opposite_decides() {
    let text = "累计纳入低保1,025户1,934人，清退1,310人。";
    let rows = read("民政局", text);
    assert!(
        has(&rows, "civil.dibao.persons_added", "1934", true),
        "{rows:?}"
    );
    assert!(
        has(&rows, "civil.dibao.persons_exited", "1310", true),
        "{rows:?}"
    );
    // Near miss: nobody left, so that it may be all there are.
    let rows = read("民政局", "全县纳入低保16,531人。清退1,310人。");
    assert!(
        !has(&rows, "civil.dibao.persons_added", "16531", true),
        "{rows:?}"
    );
}

#[test]
fn a_change_after_a_denial_is_of_nobody_knows_what() {
    let text = "“三公”经费12.6万元，其中公务接待费4.4万元，未发生因公出国（境）费用，比上年减少1.8万元，下降12.5%。";
    let rows = read("民政局", text);
    assert!(rows.iter().all(|(_, _, level)| *level), "{rows:?}");
    // Near miss: right after the figure.
    let text =
        "“三公”经费12.6万元，其中公务接待费4.4万元，比上年减少1.8万元，未发生因公出国（境）费用。";
    let rows = read("民政局", text);
    assert!(
        has(&rows, "common.sangong.reception", "-18000", false),
        "{rows:?}"
    );
}

#[test]
fn an_occasion_holds_for_its_sentence() {
    let rows = read(
        "文化和旅游局",
        "国庆期间接待游客36万人次，实现旅游综合收入2.8亿元。",
    );
    assert!(rows.is_empty(), "{rows:?}");
    let rows = read(
        "文化和旅游局",
        "全年接待游客126万人次，国庆期间举办活动26场。",
    );
    assert!(
        has(&rows, "culture.tourism.visitors", "1260000", true),
        "{rows:?}"
    );
}

#[test]
fn amounts_of_several_things_stay_open() {
    for text in [
        "拨付供养资金和照料护理补贴2318.4万元。",
        "孤儿38人（集中供养9人、散居29人），事实无人抚养儿童95人，全年发放基本生活费168.9万元。",
    ] {
        let rows = read("民政局", text);
        assert!(!rows.iter().any(|r| r.0.contains("funds")), "{rows:?}");
    }
}

#[test]
fn what_stands_alone_behind_a_figure_is_counted() {
    let rows = read("民政局", "全县辖9个镇、186个村、12个社区。");
    assert!(
        has(&rows, "civil.grassroots.villages", "186", true),
        "{rows:?}"
    );
    assert!(
        has(&rows, "civil.grassroots.communities", "12", true),
        "{rows:?}"
    );
    let rows = read("民政局", "养老服务覆盖186个村、12个社区。");
    assert!(rows.is_empty(), "{rows:?}");
}

#[test]
fn what_was_spent_is_of_the_member_whose_budget_was_told() {
    let rows = read(
        "民政局",
        "三公经费预算数18万元，其中公务接待费预算6万元，实际支出2.83万元，公务用车运行维护费预算12万元，实际支出7.43万元。",
    );
    assert!(
        has(&rows, "common.sangong.reception", "28300", true),
        "{rows:?}"
    );
    assert!(
        has(&rows, "common.sangong.vehicle.operation", "74300", true),
        "{rows:?}"
    );
    assert!(
        !has(&rows, "common.sangong.total", "28300", true),
        "{rows:?}"
    );
}

#[test]
fn ages_narrow_what_stands_beside_them() {
    let rows = read("民政局", "80—89周岁高龄津贴3,926人235.6万元。");
    assert!(rows.is_empty(), "{rows:?}");
    let rows = read("民政局", "80周岁以上老人高龄津贴3,926人、235.6万元。");
    assert!(
        has(&rows, "civil.elderly.allowance_persons", "3926", true),
        "{rows:?}"
    );
}

#[test]
fn rates_may_be_complete_by_their_own_words() {
    let rows = read(
        "卫生健康局",
        "改造提升村卫生室20个，力争县域内就诊率达到92%。",
    );
    assert!(
        has(&rows, "health.services.county_visit_rate", "92", true),
        "{rows:?}"
    );
}
