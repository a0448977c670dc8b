//! Questions of analysts to the warehouse of the samples, each with one command.

mod common;

use common::{ask, zhibiao};
use serde_json::Value;

fn json(arguments: &[&str]) -> Value {
    let (status, out, error) = ask(&[arguments, &["--json"]].concat());
    assert_eq!(status, 0, "{error}");
    serde_json::from_str(&out).expect("JSON")
}

/// The value of a year in the series of an area.
fn value<'a>(trend: &'a Value, area: &str, year: i64) -> Option<&'a str> {
    let series = trend.as_array()?.iter().find(|s| s["area_name"] == area)?;
    let point = series["points"]
        .as_array()?
        .iter()
        .find(|p| p["year"] == year)?;
    point["obs_value"].as_str()
}

#[test]
fn trend_gives_exact_values_by_area_and_year() {
    let trend = json(&["trend", "火化遗体数"]);
    assert_eq!(value(&trend, "衡山县", 2024), Some("499"));
    assert_eq!(value(&trend, "衡山县", 2022), Some("468"));
    assert_eq!(value(&trend, "霍邱县", 2024), Some("9611"));
    // A gap is a gap.
    assert_eq!(value(&trend, "衡山县", 2021), None);
}

#[test]
fn every_value_leads_back_to_its_sentence() {
    let trend = json(&[
        "trend",
        "civil.funeral.cremations",
        "--in",
        "衡山县",
        "--years",
        "2024",
    ]);
    let point = &trend[0]["points"][0];
    assert!(
        point["evidence"].as_str().unwrap().contains("火化499具"),
        "{point}"
    );
    assert!(point["location"].as_str().unwrap().starts_with('p'));
    assert!(
        point["file_name"]
            .as_str()
            .unwrap()
            .contains("2024年度衡山县民政局")
    );
}

#[test]
fn a_table_for_people_has_aligned_columns_and_a_sparkline() {
    let (status, out, _) = ask(&["trend", "火化遗体数", "--in", "340000", "--in", "衡山县"]);
    assert_eq!(status, 0);
    assert!(out.contains("火化遗体数（具）"), "{out}");
    assert!(out.contains("霍邱县  9,320  9,875  9,611  ▁█▅"), "{out}");
    assert!(!out.contains("高青县"), "{out}");
}

#[test]
fn an_unclear_wish_is_answered_with_what_to_choose_from() {
    let (status, _, error) = ask(&["trend", "低保"]);
    assert_eq!(status, 2);
    assert!(error.contains("civil.dibao.persons"), "{error}");
    let (status, _, error) = ask(&["trend", "根本没有的东西xyz"]);
    assert_eq!(status, 2);
    assert!(error.contains("没有名为"), "{error}");
    let (status, _, error) = ask(&["trend", "火化遗体数", "--in", "没有县"]);
    assert_eq!(status, 2);
    assert!(error.contains("没有县"), "{error}");
    let (status, _, _) = ask(&["trend", "火化遗体数", "--years", "去年"]);
    assert_eq!(status, 2);
}

#[test]
fn compare_ranks_areas_and_gives_share_median_and_rates_per_head() {
    let population = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(population.path(), "代码,人数\n430423,380000\n").unwrap();
    let c = json(&[
        "compare",
        "火化遗体数",
        "--year",
        "2024",
        "--population",
        population.path().to_str().unwrap(),
    ]);
    let rows = c["rows"].as_array().unwrap();
    let areas: Vec<&str> = rows
        .iter()
        .filter_map(|r| r["area_name"].as_str())
        .collect();
    assert_eq!(areas, ["霍邱县", "高青县", "凤翔区", "衡山县"]);
    assert_eq!(c["sum"], "14265");
    assert_eq!(c["median"], "2077.5");
    assert_eq!(rows[0]["share"], "67.37");
    assert_eq!(rows[3]["per_10k"], "13.13");
    assert_eq!(rows[0]["per_10k"], Value::Null);
}

#[test]
fn coverage_counts_documents_and_names_what_is_missing() {
    let c = json(&["coverage", "--in", "浙江省", "--in", "湖南省"]);
    assert_eq!(c["years"], serde_json::json!([2022, 2023, 2024]));
    let missing: Vec<i64> = c["missing"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|m| m["agency"] == "开化县教育局")
        .filter_map(|m| m["year"].as_i64())
        .collect();
    assert_eq!(missing, [2022, 2024]);
}

#[test]
fn charts_are_self_contained_drawings() {
    let folder = tempfile::tempdir().unwrap();
    for (name, arguments) in [
        ("a.svg", vec!["trend", "火化遗体数"]),
        ("b.html", vec!["compare", "火化遗体数", "--year", "2024"]),
    ] {
        let path = folder.path().join(name);
        let (status, _, error) =
            ask(&[&arguments[..], &["--chart", path.to_str().unwrap()]].concat());
        assert_eq!(status, 0, "{error}");
        let drawing = std::fs::read_to_string(&path).unwrap();
        assert!(drawing.contains("</svg>") && drawing.contains("霍邱县"));
        let outside = drawing.replace("http://www.w3.org/2000/svg", "");
        assert!(
            !outside.contains("http"),
            "nothing is loaded from elsewhere"
        );
    }
    let path = folder.path().join("c.png");
    let (status, _, error) = ask(&["trend", "火化遗体数", "--chart", path.to_str().unwrap()]);
    if status == 3 {
        // Pictures need a font of the system with Chinese.
        assert!(error.contains("中文字体"), "{error}");
    } else {
        assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
    }
    let (status, _, error) = ask(&["trend", "火化遗体数", "--chart", "x.bmp"]);
    assert_eq!(status, 2);
    assert!(error.contains(".svg"), "{error}");
}

#[test]
fn suggestions_can_be_pasted() {
    let (status, out, error) = ask(&["suggest", "--limit", "5"]);
    assert_eq!(status, 0, "{error}");
    let parsed: toml::Value = toml::from_str(&out).expect("the output is TOML");
    let entries = parsed["indicator"].as_array().unwrap();
    assert!(!entries.is_empty() && entries.len() <= 5);
    assert!(
        entries
            .iter()
            .all(|e| e.get("name").is_some() && e.get("examples").is_some())
    );
    // Those of a domain are a file that is in order as it stands.
    let (_, out, _) = ask(&["suggest", "--domain", "civil-affairs", "--least", "1"]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("suggested.toml"), &out).unwrap();
    let report = zhibiao::catalogue::validate(Some(folder.path())).unwrap();
    assert_eq!(report.findings, [], "{out}");
    let written = out.lines().filter(|l| *l == "[[indicator]]").count();
    assert!(written > 3, "{out}");
    let all = json(&["suggest", "--limit", "1000", "--least", "1"]);
    let all = all.as_array().unwrap();
    // The most widespread first, and what an indicator covers is not among them.
    let documents: Vec<u64> = all.iter().filter_map(|g| g["documents"].as_u64()).collect();
    assert!(documents.windows(2).all(|w| w[0] >= w[1]));
    assert!(all.iter().all(|g| g["name"] != "火化"));
}

#[test]
fn a_folder_that_is_no_warehouse_is_said_to_be_none() {
    let empty = tempfile::tempdir().unwrap();
    for command in [&["trend", "火化"][..], &["coverage"], &["suggest"]] {
        let output = zhibiao()
            .args(command)
            .arg("--warehouse")
            .arg(empty.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{command:?}");
    }
}

#[test]
fn checks_find_what_does_not_add_up_and_nothing_else() {
    let found = json(&["checks"]);
    let mut lines: Vec<String> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            format!(
                "{} {} {}",
                f["agency"].as_str().unwrap(),
                f["year"],
                f["check"].as_str().unwrap()
            )
        })
        .collect();
    lines.sort();
    lines.dedup();
    assert_eq!(
        lines,
        [
            "衡山县民政局 2024 civil.social_org.inspection_rate",
            "衡山县民政局 2024 sangong.budget",
            "高青县民政局 2023 narrative_table.files",
            "高青县民政局 2023 sangong.parts",
        ]
    );
}

#[test]
fn what_rounding_explains_is_a_note_and_no_finding() {
    let all = json(&["checks", "--all", "--in", "衡山县", "--years", "2024"]);
    let report = "2024年度衡山县民政局部门整体支出绩效自评报告.docx";
    let rounding: Vec<(&str, &str)> = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["outcome"] == "rounding" && f["files"][0] == report)
        .filter_map(|f| Some((f["check"].as_str()?, f["difference"].as_str()?)))
        .collect();
    for expected in [
        ("revenue.parts", "100"),
        ("expenditure.parts", "100"),
        ("sangong.parts", "100"),
    ] {
        assert!(rounding.contains(&expected), "{expected:?} in {rounding:?}");
    }
}

#[test]
fn figures_of_a_failed_check_are_flagged() {
    let (status, out, error) = ask(&[
        "query",
        "SELECT DISTINCT indicator FROM observations WHERE obs_status = 'F' AND ref_area = '430423' ORDER BY indicator",
        "--format",
        "csv",
    ]);
    assert_eq!(status, 0, "{error}");
    let flagged: Vec<&str> = out.lines().skip(1).collect();
    assert_eq!(
        flagged,
        [
            "civil.social_org.inspection_basic",
            "civil.social_org.inspection_failed",
            "civil.social_org.inspection_passed",
            "civil.social_org.inspection_rate",
            "civil.social_org.total",
            "common.sangong.total",
        ]
    );
}

#[test]
fn a_report_is_one_page_in_which_every_number_opens_its_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("r.html");
    let (status, _, error) = ask(&[
        "report",
        "--out",
        page.to_str().unwrap(),
        "--indicator",
        "火化遗体数",
    ]);
    assert_eq!(status, 0, "{error}");
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(
        html.contains("火化<mark>499具</mark>"),
        "the figure is marked"
    );
    assert!(html.contains("prefers-color-scheme:dark") && html.contains("@media print"));
    assert!(
        !html.contains("http") && !html.contains("<script"),
        "nothing from elsewhere"
    );
}

#[test]
fn letters_go_to_the_bureaus_that_have_findings() {
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("letters");
    let (status, _, error) = ask(&["report", "--letters", letters.to_str().unwrap()]);
    assert_eq!(status, 0, "{error}");
    let mut names: Vec<String> = std::fs::read_dir(&letters)
        .unwrap()
        .filter_map(|e| Some(e.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "核对函-衡山县民政局-430423.docx",
            "核对函-高青县民政局-370322.docx",
        ]
    );
    let output = zhibiao()
        .arg("text")
        .arg(letters.join("核对函-衡山县民政局-430423.docx"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("衡山县民政局：") && text.contains("87.4%"),
        "{text}"
    );
    assert!(
        text.contains("“年检参检率87.4%，评定为合格的104家"),
        "the sentence is quoted: {text}"
    );
}
