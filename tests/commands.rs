//! The commands that need no warehouse.

mod common;

use common::{repository, zhibiao};
use serde_json::Value;

const REPORT: &str = "samples/衡山县民政局2024/2024年度衡山县民政局部门整体支出绩效自评报告.docx";

fn stdout(command: &mut assert_cmd::Command) -> String {
    let output = command.output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// A number or a string, as text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), Into::into)
}

#[test]
fn quantities_gives_an_array_a_line() {
    let input = "全年接运遗体544具，惠民减免资金41.61万元。\n2024年10月17日，湘财绩〔2025〕3号\n\n发放津贴80万余元，救助２，３４１人次";
    let out = stdout(zhibiao().arg("quantities").write_stdin(input));
    let lines: Vec<Vec<Value>> = out
        .lines()
        .map(|l| serde_json::from_str(l).expect("an array"))
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!((lines[1].len(), lines[2].len()), (0, 0));
    let money = &lines[0][1];
    for (key, expected) in [
        ("value_text", "41.61万元"),
        ("value", "416100"),
        ("unit", "元"),
        ("qualifier", "exact"),
        ("char_start", "17"),
        ("char_end", "24"),
    ] {
        assert_eq!(text(&money[key]), expected, "{key}: {money}");
    }
    assert_eq!(
        (text(&lines[3][0]["value"]), text(&lines[3][0]["qualifier"])),
        ("800000".into(), "approx".into())
    );
    assert_eq!(
        (text(&lines[3][1]["value"]), text(&lines[3][1]["unit"])),
        ("2341".into(), "人次".into())
    );
}

#[test]
fn quantities_of_nothing_is_nothing() {
    assert_eq!(stdout(zhibiao().arg("quantities").write_stdin("")), "");
}

#[test]
fn text_gives_a_block_a_line_and_tabs_between_cells() {
    let out = stdout(zhibiao().arg("text").arg(repository(REPORT)));
    let labelled = common::label("mz-hengshan-2024");
    let blocks: Vec<&str> = labelled.blocks.iter().map(|b| b.text.as_str()).collect();
    assert_eq!(out.lines().collect::<Vec<_>>(), blocks);

    let with_table = repository(
        "samples/霍邱县民政局2024年度/霍邱县民政局2024年度部门整体支出绩效自评报告.docx",
    );
    let out = stdout(zhibiao().arg("text").arg(with_table));
    assert!(
        out.lines().any(|l| l == "3.公务接待费\t5.00\t3.62"),
        "{out}"
    );
}

#[test]
fn text_of_a_legacy_workbook_is_not_garbled() {
    let form = repository("samples/凤翔区民政局2024年绩效自评材料/民政事业统计年报.xls");
    let out = stdout(zhibiao().arg("text").arg(form));
    assert!(
        out.contains("城市居民最低生活保障人数\t2\t人\t1,562\t1,603"),
        "{out}"
    );
}

#[test]
fn show_tells_each_figure_its_indicator_and_why() {
    let out = stdout(zhibiao().arg("show").arg(repository(REPORT)).arg("--json"));
    let json: Value = serde_json::from_str(&out).expect("JSON");
    assert!(json.is_object());
    assert!(out.contains("civil.funeral.cremations") && out.contains("430423"));
    let human = stdout(zhibiao().arg("show").arg(repository(REPORT)));
    assert!(
        human.contains("火化遗体数") && human.contains("499具"),
        "{human}"
    );
    assert!(
        !human.contains('\u{1b}'),
        "no colour where the output is not a terminal"
    );
}

#[test]
fn indicators_are_found_by_word_and_listed() {
    let found = stdout(zhibiao().args(["indicators", "火化"]));
    assert!(
        found.contains("civil.funeral.cremations") && !found.contains("civil.dibao"),
        "{found}"
    );
    let all = stdout(zhibiao().arg("indicators"));
    assert!(all.lines().count() > 200);
}

#[test]
fn every_example_of_the_pipelines_holds() {
    stdout(zhibiao().arg("validate"));
}

#[test]
fn without_arguments_it_says_what_to_try() {
    let run = |lang: &str| {
        let output = zhibiao().args(["--lang", lang]).output().expect("it runs");
        String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8")
    };
    let (chinese, english) = (run("zh"), run("en"));
    for text in [&chinese, &english] {
        assert!(text.contains("ingest") && text.contains("show"), "{text}");
    }
    let chinese_characters = |t: &str| {
        t.chars()
            .filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c))
            .count()
    };
    assert!(chinese_characters(&chinese) > 10, "{chinese}");
    assert!(
        chinese_characters(&english) < chinese_characters(&chinese),
        "{english}"
    );
}
