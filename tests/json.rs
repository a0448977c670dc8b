//! `--json` of every command is valid JSON, with the fields that `docs/commands.md` lists: no others, and all of them.

mod common;

use common::{ingest, repository, zhibiao};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const REPORT: &str = "samples/衡山县民政局2024/2024年度衡山县民政局部门整体支出绩效自评报告.docx";
const WORKBOOK: &str = "samples/凤翔区民政局2024年绩效自评材料/民政事业统计年报.xls";

/// Types by path: `[].points[].year`. The keys of a map by names that vary are `{}`.
type Fields = BTreeMap<String, BTreeSet<&'static str>>;

fn collect(value: &Value, path: &str, into: &mut Fields) {
    match value {
        Value::Object(all) => {
            for (key, value) in all {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                let map = key == "wordings" || key == "indicators";
                match value.as_object().filter(|_| map) {
                    Some(named) => named
                        .values()
                        .for_each(|v| collect(v, &format!("{path}{{}}"), into)),
                    None => collect(value, &path, into),
                }
            }
        }
        Value::Array(all) => all
            .iter()
            .for_each(|v| collect(v, &format!("{path}[]"), into)),
        scalar => {
            let kind = match scalar {
                Value::Null => "null",
                Value::Bool(_) => "bool",
                Value::String(_) => "string",
                Value::Number(n) if n.is_f64() => "number",
                _ => "int",
            };
            into.entry(path.to_owned()).or_default().insert(kind);
        }
    }
}

/// The fields of a command's section, with the types that are allowed.
fn documented(page: &str, command: &str) -> Fields {
    let heading = format!("\n## `{command}`\n");
    let (_, rest) = page.split_once(&heading).expect(command);
    let rest = rest.split("\n## ").next().unwrap_or(rest);
    let mut fields = Fields::new();
    for line in rest.lines().filter_map(|l| l.strip_prefix("| `")) {
        let mut cells = line.split(" | ");
        let path = cells.next().expect("a field").trim_end_matches('`');
        let types = cells.next().expect("a type");
        let of = |t: &str| -> &'static [&'static str] {
            match t {
                "string" => &["string"],
                "int" => &["int"],
                // A whole number is written without a point.
                "number" => &["number", "int"],
                "bool" => &["bool"],
                "null" => &["null"],
                "object" => &[],
                other => panic!("{command} {path}: {other}"),
            }
        };
        let types = types
            .split([',', ' '])
            .filter(|t| !t.is_empty() && *t != "or");
        fields.insert(
            path.to_owned(),
            types.flat_map(|t| of(t).iter().copied()).collect(),
        );
    }
    assert!(!fields.is_empty(), "{command} has fields");
    fields
}

fn run(folder: &Path, arguments: &[&str], input: &str) -> Vec<Value> {
    let output = zhibiao()
        .current_dir(folder)
        .args(arguments)
        .write_stdin(input)
        .output()
        .expect("it runs");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    let status = output.status.code();
    assert!(
        matches!(status, Some(0 | 1)),
        "{arguments:?}: {status:?} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines: Vec<&str> = if arguments == ["quantities"] {
        out.lines().collect()
    } else {
        vec![&out]
    };
    lines
        .iter()
        .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {l}")))
        .collect()
}

#[test]
fn every_command_answers_with_the_fields_that_are_documented() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let path = |p: &str| repository(p).to_str().expect("UTF-8").to_owned();
    let (samples, report, workbook) = (path("samples"), path(REPORT), path(WORKBOOK));
    let page = fs::read_to_string(repository("docs/commands.md")).expect("docs/commands.md");
    let form = common::files(&repository("samples"))
        .into_iter()
        .find(|f| f.to_string_lossy().contains("自评表"))
        .expect("a self-evaluation form");
    let form = form.to_str().expect("UTF-8");
    // In the order in which a warehouse lives.
    let commands: &[(&str, &[&str])] = &[
        ("ingest", &["ingest", &samples, "--json"]),
        ("show", &["show", &report, "--json"]),
        ("show", &["show", &workbook, "--json"]),
        ("show", &["show", form, "--json"]),
        ("show --why", &["show", &report, "--why", "--json"]),
        ("text", &["text", &report, "--json"]),
        ("text", &["text", &workbook, "--json"]),
        ("quantities", &["quantities"]),
        ("indicators", &["indicators", "火化", "--json"]),
        ("trend", &["trend", "火化遗体数", "--json"]),
        ("trend", &["trend", "“三公”经费", "--json"]),
        (
            "compare",
            &["compare", "火化遗体数", "--year", "2024", "--json"],
        ),
        ("coverage", &["coverage", "--json"]),
        ("checks", &["checks", "--all", "--json"]),
        ("query", &["query", "--json"]),
        ("export", &["export", "--output", "a.xlsx", "--json"]),
        ("report", &["report", "--out", "r.html", "--json"]),
        ("suggest", &["suggest", "--least", "1", "--json"]),
        ("rebind", &["rebind", "--again", "--dry-run", "--json"]),
        ("history", &["history", &report, "--json"]),
        ("check-warehouse", &["check-warehouse", "--json"]),
        ("forget", &["forget", &report, "--json"]),
        ("validate", &["validate", "--json"]),
    ];
    let mut found: BTreeMap<&str, Fields> = BTreeMap::new();
    for (command, arguments) in commands {
        let input = "全年接运遗体544具，惠民减免资金41.61万元，养护300至500人。\n";
        for value in run(here, arguments, input) {
            collect(&value, "", found.entry(command).or_default());
        }
    }
    for (command, fields) in &found {
        let listed = documented(&page, command);
        for (path, types) in fields {
            let allowed = listed
                .get(path)
                .unwrap_or_else(|| panic!("{command}: {path} is not documented"));
            assert!(
                types.is_subset(allowed),
                "{command}: {path} is {types:?}, documented {allowed:?}"
            );
        }
        // What an empty array would have held cannot be seen here.
        let seen = |path: &str| {
            let arrays = path.match_indices(['[', '{']).map(|(n, _)| &path[..n + 2]);
            let empty = arrays
                .into_iter()
                .any(|a| !fields.keys().any(|f| f.starts_with(a)));
            empty || fields.contains_key(path)
        };
        for path in listed.keys().filter(|p| !listed[*p].is_empty()) {
            assert!(seen(path), "{command}: {path} is documented and not there");
        }
    }
}

#[test]
fn any_query_is_valid_json() {
    let folder = tempfile::tempdir().expect("a folder");
    ingest(
        &[&repository("samples")],
        &folder.path().join("warehouse"),
        &[],
        1,
    );
    for table in zhibiao::warehouse::schema::TABLES {
        let sql = format!("SELECT * FROM {} LIMIT 50", table.name);
        let rows = run(folder.path(), &["query", &sql, "--json"], "");
        let rows = rows[0].as_array().expect("an array");
        for row in rows {
            let fields = row.as_object().expect("an object");
            assert_eq!(fields.len(), table.columns.len(), "{}", table.name);
        }
    }
}
