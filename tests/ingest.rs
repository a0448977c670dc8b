//! From the sample submissions to the warehouse: the program is run on real files, and what it wrote is read back.

mod common;

use common::{Row, current, files, ingest, label, repository, rows, samples, unit_class};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn of_file<'a>(rows: &'a [Row], file: &str) -> Vec<&'a Row> {
    rows.iter()
        .filter(|r| r.get("file_name").is_some_and(|f| f == file))
        .collect()
}

const HENGSHAN: &str = "2024年度衡山县民政局部门整体支出绩效自评报告.docx";

/// Value of the one level observation of an indicator in a file.
fn value(observations: &[&Row], indicator: &str, scenario: &str) -> String {
    let found: Vec<&&Row> = observations
        .iter()
        .filter(|r| {
            r["indicator"] == indicator
                && r["scenario"] == scenario
                && r["transformation"] == "level"
                && r["year"] == "2024"
        })
        .collect();
    match found[..] {
        [row] => format!("{} {}", row["obs_value"], row["unit_measure"]),
        _ => panic!("{indicator} {scenario}: {found:#?}"),
    }
}

#[test]
fn hengshan_2024_has_the_values_that_its_report_states() {
    let all = current(samples(), "observations");
    let report = of_file(&all, HENGSHAN);
    for (indicator, scenario, expected) in [
        ("common.org.internal_units", "actual", "9 个"),
        ("common.staff.quota.administrative", "actual", "12 人"),
        ("common.staff.employed", "actual", "34 人"),
        ("common.revenue.total", "budget", "107462400 元"),
        ("common.revenue.total", "actual", "106592600 元"),
        ("common.revenue.gov_fund", "actual", "2294900 元"),
        ("common.expenditure.total", "actual", "104753300 元"),
        ("common.expenditure.project", "budget", "102715500 元"),
        ("common.sangong.total", "budget", "40000 元"),
        ("common.sangong.total", "actual", "43800 元"),
        ("common.sangong.reception", "actual", "11000 元"),
        ("common.expense.training", "actual", "102300 元"),
        ("common.expense.meeting", "actual", "0 元"),
        ("civil.dibao.persons_added", "actual", "684 人"),
        ("civil.dibao.persons_exited", "actual", "523 人"),
        ("civil.tekun.persons_added.dispersed", "actual", "172 人"),
        ("civil.elderly.adaptation_households", "actual", "176 户"),
        ("civil.elderly.allowance_funds", "actual", "800000 元"),
        ("civil.child.orphan_funds.dispersed", "actual", "658950 元"),
        (
            "civil.child.unsupported_person_times",
            "actual",
            "2195 人次",
        ),
        ("civil.child.left_behind", "actual", "679 人"),
        ("civil.social_org.inspection_rate", "actual", "87.4 %"),
        ("civil.disability.living_funds", "actual", "2317680 元"),
        ("civil.vagrant.aided.street", "actual", "17 人次"),
        ("civil.marriage.registrations", "actual", "1242 对"),
        ("civil.divorce.applications", "actual", "782 对"),
        ("civil.funeral.cremations", "actual", "499 具"),
        ("civil.charity.raised", "actual", "2396000 元"),
    ] {
        assert_eq!(
            value(&report, indicator, scenario),
            expected,
            "{indicator} {scenario}"
        );
    }
}

#[test]
fn every_labelled_figure_of_hengshan_2024_is_in_the_warehouse() {
    let labelled = label("mz-hengshan-2024");
    let quantities = current(samples(), "quantities");
    let mut found: BTreeMap<(String, String), i32> = BTreeMap::new();
    for row in of_file(&quantities, HENGSHAN) {
        let unit = row.get("unit").map_or("", String::as_str);
        // Spans of time (两年时间) are left out of measurements on both sides.
        if unit == "年" {
            continue;
        }
        *found
            .entry((row["value"].clone(), unit_class(unit).to_string()))
            .or_default() += 1;
    }
    for fact in &labelled.facts {
        *found
            .entry((
                common::plain(&fact.value),
                unit_class(&fact.unit).to_string(),
            ))
            .or_default() -= 1;
    }
    found.retain(|_, n| *n != 0);
    assert!(found.is_empty(), "found (+) and missed (−): {found:?}");
}

#[test]
fn approximations_keep_their_qualifier_and_standards_their_denominator() {
    let all = current(samples(), "observations");
    let report = of_file(&all, HENGSHAN);
    let one = |indicator: &str| {
        *report
            .iter()
            .find(|r| r["indicator"] == indicator)
            .expect(indicator)
    };
    let allowance = one("civil.elderly.allowance_funds");
    assert_eq!(
        (
            allowance["qualifier"].as_str(),
            allowance["obs_status"].as_str()
        ),
        ("approx", "E")
    );
    assert_eq!(allowance["value_text"], "80万余元");
    assert_eq!(
        one("civil.child.education_aid_standard")["unit_measure"],
        "元/人/年"
    );
    let old_and_new: Vec<&str> = report
        .iter()
        .filter(|r| r["indicator"] == "civil.disability.subsidy_standard")
        .map(|r| r["obs_value"].as_str())
        .collect();
    assert!(old_and_new.contains(&"90"), "{old_and_new:?}");
}

#[test]
fn offsets_lead_back_to_the_text() {
    let text = common::zhibiao()
        .arg("text")
        .arg(repository("samples/衡山县民政局2024").join(HENGSHAN))
        .output()
        .expect("it runs")
        .stdout;
    let text = String::from_utf8(text).expect("UTF-8");
    // The report has no tables: its lines are its blocks, p1 the first.
    let lines: Vec<&str> = text.lines().collect();
    for table in ["observations", "quantities"] {
        for row in of_file(&current(samples(), table), HENGSHAN) {
            let number: usize = row["location"]
                .strip_prefix('p')
                .and_then(|n| n.parse().ok())
                .expect("a paragraph");
            let start: usize = row["char_start"].parse().expect("a number");
            let end: usize = row["char_end"].parse().expect("a number");
            let there: String = lines[number - 1]
                .chars()
                .skip(start)
                .take(end - start)
                .collect();
            assert_eq!(there, row["value_text"], "{table}: {row:#?}");
        }
    }
}

#[test]
fn area_agency_and_period_are_resolved_for_narratives_and_attachments() {
    let documents = rows(samples(), "documents");
    let expected = [
        ("衡山县民政局", "430423", 12),
        ("霍邱县民政局", "341522", 9),
        ("凤翔区民政局", "610305", 12),
        ("高青县民政局", "370322", 9),
        ("平昌县人力资源和社会保障局", "511923", 1),
        ("开化县教育局", "330824", 1),
    ];
    for (agency, area, count) in expected {
        let of_agency: Vec<&Row> = documents
            .iter()
            .filter(|r| r.get("agency").is_some_and(|a| a.ends_with(agency)))
            .collect();
        assert_eq!(of_agency.len(), count, "{agency}: {of_agency:#?}");
        for row in of_agency {
            assert_eq!(
                row.get("ref_area").map(String::as_str),
                Some(area),
                "{row:#?}"
            );
            assert!(
                ["2022", "2023", "2024"]
                    .iter()
                    .any(|y| row["year"] == *y && row["path"].contains(y)),
                "{row:#?}"
            );
            assert_eq!(row["status"], "ok", "{row:#?}");
        }
    }
    for row in current(samples(), "observations") {
        assert_eq!(row["province"], row["ref_area"][..2], "{row:#?}");
    }
}

#[test]
fn stocks_and_flows_of_three_years_fit_together() {
    let all = current(samples(), "observations");
    let series = |indicator: &str| -> BTreeMap<String, i64> {
        all.iter()
            .filter(|r| {
                r["indicator"] == indicator
                    && r["ref_area"] == "370322"
                    && r["transformation"] == "level"
                    && r["scenario"] == "actual"
                    && r["file_name"].ends_with(".docx")
            })
            .map(|r| {
                (
                    r["year"].clone(),
                    r["obs_value"].parse().expect("a whole number"),
                )
            })
            .collect()
    };
    let (stock, added, exited) = (
        series("civil.dibao.persons"),
        series("civil.dibao.persons_added"),
        series("civil.dibao.persons_exited"),
    );
    for (before, year) in [("2022", "2023"), ("2023", "2024")] {
        assert_eq!(
            stock[before] + added[year] - exited[year],
            stock[year],
            "{year}"
        );
    }
}

#[test]
fn rows_of_self_evaluation_tables_become_targets() {
    let targets = current(samples(), "targets");
    let row = targets
        .iter()
        .find(|r| {
            r["level3"] == "政府购买居家养老服务人数"
                && !r.contains_key("project")
                && r.get("ref_area").is_some_and(|a| a == "430423")
                && r["year"] == "2024"
        })
        .expect("the row");
    for (column, expected) in [
        ("target_text", "≥700人"),
        ("target_value", "700"),
        ("actual_text", "711人"),
        ("actual_value", "711"),
        ("unit", "人"),
        ("weight", "10"),
        ("score", "10"),
        ("level1", "产出指标（60分）"),
        ("level2", "数量指标"),
    ] {
        assert_eq!(row[column], expected, "{column}: {row:#?}");
    }
    let reason = targets
        .iter()
        .filter_map(|r| r.get("deviation_reason"))
        .any(|r| r.contains("逾期未报年检材料"));
    assert!(reason, "the reason for a deviation is kept");
}

#[test]
fn the_base_table_of_an_attachment_binds() {
    let all = current(samples(), "observations");
    let table: Vec<&Row> = all
        .iter()
        .filter(|r| {
            r["file_name"] == "附件1 基础数据表.xlsx"
                && r["ref_area"] == "430423"
                && r["year"] == "2024"
        })
        .collect();
    for (indicator, scenario, expected) in [
        ("common.staff.quota", "actual", "65 人"),
        ("common.staff.control_rate", "actual", "52.31 %"),
        ("common.sangong.total", "budget", "40000 元"),
        ("common.sangong.total", "actual", "43800 元"),
        ("common.expense.utilities_travel", "actual", "140800 元"),
        ("common.procurement.total", "budget", "3200000 元"),
    ] {
        assert_eq!(
            value(&table, indicator, scenario),
            expected,
            "{indicator} {scenario}"
        );
    }
}

#[test]
fn a_legacy_workbook_and_an_archive_with_chinese_names_are_read() {
    let all = current(samples(), "observations");
    let form = |indicator: &str, year: &str| {
        all.iter()
            .filter(|r| {
                r["file_name"] == "民政事业统计年报.xls"
                    && r["indicator"] == indicator
                    && r["year"] == year
            })
            .map(|r| r["obs_value"].clone())
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert!(form("civil.funeral.cremations", "2024").contains("1365"));
    assert!(form("civil.dibao.persons.rural", "2024").contains("12179"));
    let zipped = rows(samples(), "documents")
        .into_iter()
        .find(|r| r["file_name"] == "开化县教育局2023年度部门整体绩效自评报告.docx")
        .expect("the report in the archive");
    assert!(
        zipped["path"].contains("开化县教育局2023.zip"),
        "{zipped:#?}"
    );
}

#[test]
fn the_broken_file_is_a_reject_with_a_reason() {
    let rejects = rows(samples(), "rejects");
    let row = rejects
        .iter()
        .find(|r| {
            r.get("file_name")
                .is_some_and(|f| f == "2024年度自评报告（未传完）.docx")
        })
        .unwrap_or_else(|| panic!("{rejects:#?}"));
    assert_eq!(row["reason"], "corrupt");
    assert!(!row["detail"].is_empty());
    let others: Vec<&Row> = rejects
        .iter()
        .filter(|r| !r["path"].contains("传输中断") && !r["path"].ends_with("说明.txt"))
        .collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn dimensions_name_what_is_loaded() {
    let warehouse = samples();
    let area = rows(warehouse, "dim_area")
        .into_iter()
        .find(|r| r["ref_area"] == "430423")
        .expect("衡山县");
    assert_eq!(
        (area["area_name"].as_str(), area["prefecture"].as_str()),
        ("衡山县", "衡阳市")
    );
    assert!(
        rows(warehouse, "dim_indicator")
            .iter()
            .any(|r| r["indicator"] == "civil.funeral.cremations" && r["unit"] == "具")
    );
    assert!(
        rows(warehouse, "dim_agency")
            .iter()
            .any(|r| r["agency"] == "衡山县民政局" && r["agency_domain"] == "civil-affairs")
    );
    assert!(
        rows(warehouse, "dim_time")
            .iter()
            .any(|r| r["time_period"] == "2024" && r["granularity"] == "year")
    );
}

/// Bytes of every Parquet file, without the record of runs.
fn contents(warehouse: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(warehouse)
        .into_iter()
        .filter(|f| {
            f.extension().is_some_and(|e| e == "parquet") && !f.starts_with(warehouse.join("loads"))
        })
        .map(|f| {
            (
                f.strip_prefix(warehouse).expect("inside").to_path_buf(),
                fs::read(&f).expect("read"),
            )
        })
        .collect()
}

#[test]
fn loading_again_changes_no_byte() {
    let dir = tempfile::tempdir().expect("a folder");
    let warehouse = dir.path().join("w");
    let input = repository("samples/高青县民政局2023年度整体绩效自评");
    ingest(&[&input], &warehouse, &[], 0);
    let before = contents(&warehouse);
    assert!(!before.is_empty());
    ingest(&[&input], &warehouse, &[], 0);
    assert!(
        contents(&warehouse) == before,
        "a second load changed files"
    );
}

#[test]
fn order_and_threads_do_not_matter() {
    let dir = tempfile::tempdir().expect("a folder");
    let (one, four) = (dir.path().join("one"), dir.path().join("four"));
    let inputs = [
        "samples/衡山县民政局2024",
        "samples/霍邱县民政局2022年度",
        "samples/凤翔区民政局2023年绩效自评材料",
    ]
    .map(repository);
    let forward: Vec<&Path> = inputs.iter().map(PathBuf::as_path).collect();
    let backward: Vec<&Path> = forward.iter().rev().copied().collect();
    ingest(&forward, &one, &["--jobs", "1"], 0);
    ingest(&backward, &four, &["--jobs", "4"], 0);
    let (a, b) = (contents(&one), contents(&four));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in &a {
        // When it was read is the one thing that may differ.
        if !name.starts_with("documents") {
            assert!(*bytes == b[name], "{}", name.display());
        }
    }
    let without_times = |warehouse: &Path| {
        let mut all = rows(warehouse, "documents");
        all.iter_mut().for_each(|r| drop(r.remove("ingested_at")));
        all
    };
    assert_eq!(without_times(&one), without_times(&four));
}

#[test]
fn a_corrected_file_supersedes_the_earlier_one_and_both_stay() {
    let dir = tempfile::tempdir().expect("a folder");
    let (input, warehouse) = (dir.path().join("in"), dir.path().join("w"));
    let report = input.join("衡山县民政局2024年度自评报告.docx");
    fs::create_dir(&input).expect("a folder");
    let write = |cremations: u32| {
        let paragraph =
            |t: &str| docx_rs::Paragraph::new().add_run(docx_rs::Run::new().add_text(t));
        let file = fs::File::create(&report).expect("a file");
        docx_rs::Docx::new()
            .add_paragraph(paragraph("衡山县民政局2024年度部门整体支出绩效自评报告"))
            .add_paragraph(paragraph(&format!("全年火化遗体{cremations}具。")))
            .build()
            .pack(file)
            .expect("written");
    };
    write(499);
    ingest(&[&input], &warehouse, &[], 0);
    write(501);
    ingest(&[&input], &warehouse, &[], 0);
    let all = rows(&warehouse, "observations");
    let state = |v: &str| {
        all.iter()
            .find(|r| r["obs_value"] == v)
            .map(|r| r["is_current"].clone())
    };
    assert_eq!(
        (state("499").as_deref(), state("501").as_deref()),
        (Some("false"), Some("true")),
        "{all:#?}"
    );
    assert_eq!(
        rows(&warehouse, "documents")
            .iter()
            .filter(|r| r.contains_key("supersedes"))
            .count(),
        1
    );
}

#[test]
fn area_and_year_can_be_given_for_a_folder() {
    let dir = tempfile::tempdir().expect("a folder");
    let (input, warehouse) = (dir.path().join("材料"), dir.path().join("w"));
    fs::create_dir(&input).expect("a folder");
    fs::write(input.join("情况.txt"), "全年火化遗体37具。").expect("written");
    ingest(
        &[&input],
        &warehouse,
        &["--area", "430423", "--year", "2021"],
        0,
    );
    let all = current(&warehouse, "quantities");
    let row = all
        .iter()
        .find(|r| r["value"] == "37")
        .unwrap_or_else(|| panic!("{all:#?}"));
    assert_eq!(
        (row["year"].as_str(), row["province"].as_str()),
        ("2021", "43")
    );
}
