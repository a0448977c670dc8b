//! Checks that need several reports: last year's, the agency's other years, other counties.

mod common;

use common::{ingest, zhibiao};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A folder of reports and a warehouse beside it.
struct Bureau(tempfile::TempDir);

impl Bureau {
    fn new() -> Bureau {
        Bureau(tempfile::tempdir().expect("a folder"))
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Writes a report and loads the folder.
    fn reports(&self, agency: &str, year: i32, text: &str) -> &Bureau {
        let folder = self.at("材料");
        fs::create_dir_all(&folder).expect("a folder");
        let name = format!("{agency}{year}年度工作总结");
        fs::write(
            folder.join(format!("{name}.txt")),
            format!("{name}\n{text}\n"),
        )
        .expect("written");
        self
    }

    fn load(&self) -> &Bureau {
        ingest(&[&self.at("材料")], &self.at("w"), &[], 0);
        self
    }

    fn checks(&self, more: &[&str]) -> Vec<Value> {
        let output = zhibiao()
            .args(["checks", "--json", "--warehouse"])
            .arg(self.at("w"))
            .args(more)
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(0));
        let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        all.as_array().expect("a list").clone()
    }

    /// Findings as `year check difference`.
    fn found(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .checks(&[])
            .iter()
            .map(|f| {
                let text = |key: &str| f[key].as_str().unwrap_or_default();
                format!("{} {} {}", f["year"], text("check"), text("difference"))
            })
            .collect();
        lines.sort();
        lines
    }
}

const HENGSHAN: &str = "衡山县民政局";

#[test]
fn opening_values_and_last_years_values_are_those_of_last_years_report() {
    let b = Bureau::new();
    b.reports(
        HENGSHAN,
        2023,
        "年末在册城乡低保对象5200人，当年新增低保对象310人，退出低保对象420人。全年火化遗体485具。",
    )
    .load();
    assert_eq!(b.found(), [""; 0], "one report has nothing to differ from");

    b.reports(
        HENGSHAN,
        2024,
        "年末在册城乡低保对象5150人，当年新增低保对象390人，退出低保对象340人。全年火化遗体499具，2023年火化遗体458具。",
    )
    .load();
    assert_eq!(
        b.found(),
        ["2023 revision -27", "2024 civil.dibao.flow -100"]
    );
    let flow = b
        .checks(&["--years", "2024"])
        .into_iter()
        .find(|f| f["check"] == "civil.dibao.flow")
        .expect("the flow");
    assert_eq!(flow["expected"], "5250");
    assert_eq!(flow["kind"], "trend");
    assert_eq!(flow["files"].as_array().map(Vec::len), Some(2), "{flow}");
    assert_eq!(flow["observation_ids"].as_array().map(Vec::len), Some(4));
    assert!(
        flow["explanation"]
            .as_str()
            .unwrap()
            .contains("应为5250人，相差100人"),
        "{flow}"
    );

    letters(
        &b,
        &[
            "应为5250人",
            "所写上年数为458具",
            "年末在册城乡低保对象5150人",
        ],
    );

    // The corrected report takes the place of the other.
    b.reports(
        HENGSHAN,
        2024,
        "年末在册城乡低保对象5250人，当年新增低保对象390人，退出低保对象340人。全年火化遗体499具，2023年火化遗体485具。",
    )
    .load();
    assert_eq!(b.found(), [""; 0]);
}

/// The one letter, with all of some words.
fn letters(b: &Bureau, words: &[&str]) {
    let folder = b.at("函");
    let output = zhibiao()
        .args(["report", "--letters"])
        .arg(&folder)
        .arg("--warehouse")
        .arg(b.at("w"))
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0));
    let files: Vec<_> = fs::read_dir(&folder)
        .expect("letters")
        .filter_map(|e| Some(e.ok()?.path()))
        .collect();
    assert_eq!(files.len(), 1);
    let text = text(&files[0]);
    for word in words {
        assert!(text.contains(word), "{word} in {text}");
    }
}

fn text(file: &Path) -> String {
    let output = zhibiao().arg("text").arg(file).output().expect("it runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn more_cannot_leave_than_were_there() {
    let b = Bureau::new();
    b.reports(HENGSHAN, 2023, "年末在册特困供养对象1110人。");
    b.reports(
        HENGSHAN,
        2024,
        "年末在册特困供养对象1102人，终止供养特困供养对象1171人。",
    );
    assert_eq!(b.load().found(), ["2024 civil.tekun.exited 61"]);
}

#[test]
fn a_slip_of_the_unit_shows_in_the_agencys_other_years() {
    let b = Bureau::new();
    for (year, amount) in [
        (2021, "2106.5万元"),
        (2022, "2098.2万元"),
        (2023, "2113.7元"),
        (2024, "2190万元"),
    ] {
        b.reports(HENGSHAN, year, &format!("全年发放城乡低保金{amount}。"));
    }
    assert_eq!(b.load().found().len(), 1);
    let found = b.checks(&[]);
    assert_eq!(found[0]["check"], "magnitude.years");
    assert_eq!(found[0]["year"], 2023);
    let said = found[0]["explanation"].as_str().unwrap();
    assert!(
        said.contains("相差约10000倍，疑为单位或小数点有误"),
        "{said}"
    );
}

#[test]
fn a_standard_far_from_the_neighbours_is_asked_about() {
    let b = Bureau::new();
    let standards = [
        ("衡山县", "650"),
        ("衡阳县", "640"),
        ("衡南县", "655"),
        ("衡东县", "65"),
        ("祁东县", "645"),
        ("耒阳市", "670"),
        ("常宁市", "660"),
    ];
    for (county, standard) in standards {
        let text = format!("城市低保标准为每人每月{standard}元。");
        b.reports(&format!("{county}民政局"), 2024, &text);
    }
    let found = b.load().checks(&[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["check"], "peers.standing");
    assert_eq!(found[0]["area_name"], "衡东县");
    // Asked about one county, its peers are still there; asked about another, nothing is wrong with it.
    assert_eq!(b.checks(&["--in", "衡东县"]).len(), 1);
    assert_eq!(b.checks(&["--in", "衡山县"]).len(), 0);
}

#[test]
fn a_rule_is_added_without_a_change_of_the_program() {
    let b = Bureau::new();
    b.reports(HENGSHAN, 2023, "全年火化遗体485具。");
    b.reports(HENGSHAN, 2024, "全年火化遗体1485具。");
    assert_eq!(b.load().found(), [""; 0]);
    let rules = b.at("rules");
    fs::create_dir_all(&rules).unwrap();
    fs::write(
        rules.join("checks.toml"),
        r#"
[[check]]
id = "cremations.last"
name = "火化遗体数不超过上年"
kind = "range"
figure = "civil.funeral.cremations"
at_most = ["civil.funeral.cremations@last"]
examples = [
    { outcome = "fail", figures = { "civil.funeral.cremations" = "9具", "civil.funeral.cremations@2023" = "8具" } },
]
"#,
    )
    .unwrap();
    let found = b.checks(&["--pipelines", rules.to_str().unwrap()]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["check"], "cremations.last");
    assert_eq!(found[0]["difference"], "1000");
}
