use super::super::period::iso;
use super::*;

fn words() -> &'static SectionWords {
    crate::Catalogue::builtin().sections()
}

/// What holds for the last line; lines that begin with # are styled headings of that level.
fn last(title: &str, year: i32, lines: &[&str]) -> String {
    let report = period::document_period(title, &[], "", year);
    let mut s = Sections::new(words(), title, year, report);
    let mut now = s.now();
    for line in lines {
        let level = line.chars().take_while(|c| *c == '#').count();
        now = match u8::try_from(level) {
            Ok(level) if level > 0 => s.heading(level, line.trim_start_matches('#')),
            _ => s.paragraph(line),
        };
    }
    let aims = if now.aims() { "aims" } else { "" };
    format!("{aims} {}", now.period.map(|p| iso(&p)).unwrap_or_default())
}

#[test]
fn headings_of_any_form_tell_of_aims() {
    let title = "某县民政局2023年工作总结及2024年工作计划";
    for (lines, want) in [
        (&["全年新增床位20张。"][..], " "),
        (&["#二、2024年工作计划", "新增床位200张。"], "aims 2024"),
        (
            &["二、2024年工作计划", "（一）养老服务", "1.新增床位。"],
            "aims 2024",
        ),
        (&["2024年工作安排", "新增床位200张。"], "aims 2024"),
        (&["三、下一步工作打算。一是新增床位200张。"], "aims 2024"),
        (&["三、明年重点工作", "新增床位。"], "aims 2024"),
        (&["下一步工作思路及措施：", "新增床位。"], "aims 2024"),
        (&["下一步，新增床位200张。"], "aims 2024"),
        (&["2024年，力争新增床位200张。"], "aims 2024"),
        (&["一、年度目标", "新增床位200张。"], "aims "),
        (
            &["下一步，重点抓好以下工作：", "新增床位200张。"],
            "aims 2024",
        ),
        (
            &[
                "下一步，我局将做好以下几项工作。",
                "一是新增床位。",
                "二是改造9户。",
            ],
            "aims 2024",
        ),
        // What ends it.
        (&["#二、2024年工作计划", "#三、存在问题", "只有3人。"], " "),
        (&["一、2024年工作计划", "二、保障情况", "共3人。"], " "),
        (&["下一步，新增床位200张。", "全县有床位9张。"], " "),
        (
            &["下一步打算", "一、养老", "二、救助", "新增9人。"],
            "aims 2024",
        ),
        (
            &["一、养老", "下一步打算", "新增9人。", "二、救助", "有9人。"],
            " ",
        ),
        (&["2024年工作安排", "存在问题", "只有9人。"], " "),
        // Near misses.
        (&["二、绩效目标完成情况", "新增9人。"], " "),
        (&["一、造林任务", "造林9亩。"], " "),
        (&["二、用地计划与报批", "批回9亩。"], " "),
        (&["四、存在的问题及下步打算", "只有9人。"], " "),
        (&["2024年1月，开展活动9场。"], " "),
        (&["1.收入支出预算安排情况", "安排9万元。"], " "),
    ] {
        assert_eq!(last(title, 2023, lines), want, "{lines:?}");
    }
}

#[test]
fn what_follows_a_part_of_a_year_is_the_rest_of_it() {
    let title = "某局2024年上半年工作总结和下半年工作打算";
    assert_eq!(
        last(title, 2024, &["二、下半年工作打算", "新增9人。"]),
        "aims 2024-07/2024-12"
    );
    assert_eq!(
        last(
            "某局2024年前三季度工作总结",
            2024,
            &["二、下步打算", "新增9人。"]
        ),
        "aims 2024-10/2024-12"
    );
    // A line that repeats a part of the title, below the first sentence, is a heading.
    assert_eq!(
        last(
            "某局2024年前三季度工作总结及第四季度工作安排",
            2024,
            &["今年稳中向好。", "第四季度工作安排", "1.新增9人。"]
        ),
        "aims 2024-10/2024-12"
    );
    // In the report of a whole year its second half is past.
    assert_eq!(
        last("某局2024年工作总结", 2024, &["二、下半年情况", "新增9人。"]),
        " 2024-07/2024-12"
    );
}

#[test]
fn a_title_of_aims_makes_all_of_it_aims() {
    assert_eq!(
        last("某市2014年养老床位建设计划", 2014, &["新增9张。"]),
        "aims "
    );
    assert_eq!(last("某局2024年工作要点", 2024, &["新增9张。"]), "aims ");
    assert_eq!(
        last("某局2023年工作总结和2024年打算", 2023, &["新增9张。"]),
        " "
    );
    assert_eq!(
        last("某局2024年部门预算安排说明", 2024, &["安排9万元。"]),
        " "
    );
}

/// `figure=scenario period` of each figure that is bound, in a report of these lines.
fn bound(lines: &[&str]) -> String {
    use crate::read::{Block, BlockKind, Document, Format, heading};
    let blocks = lines.iter().enumerate().map(|(i, text)| {
        let text = text.to_string();
        let kind = match heading::unstyled_level(&text) {
            _ if i == 0 => BlockKind::Heading { level: 0, text },
            Some(level) => BlockKind::Heading { level, text },
            None => BlockKind::Paragraph { text },
        };
        Block {
            location: format!("p{}", i + 1),
            kind,
        }
    });
    let document = Document::new(Format::Docx, blocks.collect());
    let catalogue = crate::Catalogue::builtin();
    let found = crate::analyse_document(document, "a.docx", &crate::Hints::default(), catalogue);
    let rows = found
        .observations
        .iter()
        .map(|o| format!("{}={} {}", o.value_text, o.scenario.name(), o.time_period));
    rows.collect::<Vec<_>>().join(", ")
}

#[test]
fn figures_below_a_plan_are_aims_unless_they_say_otherwise() {
    let title = "衡山县民政局2023年工作总结及2024年工作计划";
    let below = |line: &str| bound(&[title, "二、2024年工作计划", line]);
    for (line, want) in [
        (
            "新增养老床位200张，完成适老化改造260户。",
            "200张=target 2024, 260户=target 2024",
        ),
        ("到2024年底，新增养老床位200张。", "200张=target 2024"),
        ("截至目前，已建成老年助餐点41个。", "41个=actual 2023"),
        (
            "2023年救助孤儿56人，2024年拟培训儿童主任180人。",
            "56人=actual 2023, 180人=target 2024",
        ),
        ("全年福利彩票销售2000万元。", "2000万元=target 2024"),
    ] {
        assert_eq!(below(line), want, "{line}");
    }
    // Without the heading the same words tell what was done.
    assert_eq!(
        bound(&[title, "一、2023年工作总结", "新增养老床位200张。"]),
        "200张=actual 2023"
    );
}

#[test]
fn a_task_and_what_was_done_of_it_are_told_apart() {
    let report = |line: &str| bound(&["衡山县民政局2023年工作总结", line]);
    for (line, want) in [
        (
            "适老化改造任务300户，已改造326户。",
            "300户=target 2023, 326户=actual 2023",
        ),
        (
            "新增养老床位任务300张，截至9月底新增210张。",
            "300张=target 2023, 210张=actual 2023-01/2023-09",
        ),
        ("全年完成适老化改造任务326户。", "326户=actual 2023"),
        ("完成适老化改造任务300户的108.7%。", "300户=target 2023"),
        (
            "适老化改造任务300户，截至9月底改造210户；新增养老床位任务90张，已新增95张。",
            "300户=target 2023, 210户=actual 2023-01/2023-09, 90张=target 2023, 95张=actual 2023",
        ),
        (
            "结婚登记126对，2021年为158对；离婚登记32对。",
            "126对=actual 2023, 158对=actual 2021, 32对=actual 2023",
        ),
        (
            "2021年结婚登记126对；离婚登记32对。",
            "126对=actual 2021, 32对=actual 2021",
        ),
        ("2024年新增养老床位200张。", "200张=target 2024"),
        ("2024年1月，新增养老床位20张。", "20张=actual 2024-01"),
        (
            "特困人员由年初的1312户1356人降至1330人。",
            "1356人=actual 2023-01-01, 1330人=actual 2023",
        ),
    ] {
        assert_eq!(report(line), want, "{line}");
    }
}
