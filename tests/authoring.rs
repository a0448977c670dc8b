//! Writing pipelines: what `validate` says of each mistake, the schemas for editors, the worked example of the guide.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use zhibiao::catalogue::schema::PipelineFile;
use zhibiao::catalogue::{Catalogue, Finding, Problem, SCHEMAS, schema_of, validate};
use zhibiao::check::Rules;
use zhibiao::context::agency::Agencies;
use zhibiao::form::Forms;
use zhibiao::quantity::Reader;

/// A pipeline that is in order; each test spoils it in one way.
const GOOD: &str = r#"
[pipeline]
domain = "meteorology"
name = "气象"

[[department]]
domain = "meteorology"
words = ["气象"]
examples = ["某县气象局"]

[[term]]
name = "观测站"
slot = "topic"
words = ["自动气象站"]

[[term]]
name = "山区"
slot = "part"
group = "地形"

[[indicator]]
id = "meteorology.stations"
name = "气象观测站数"
unit = "个"
kind = "stock"
is = ["观测站"]
with = ["山区"]
examples = [
    { text = "全县共有自动气象站36个。", value = "36" },
]
not_examples = [
    { text = "新购自动气象站配件12个。", value = "12" },
]
"#;

/// Findings of a folder with these files.
fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    validate(Some(folder.path())).unwrap().findings
}

/// The only finding of [`GOOD`] with one text put for another, which must stand on the line of the new text (or of
/// `line` where that is another).
fn spoilt(old: &str, new: &str, line: &str) -> Problem {
    assert!(GOOD.contains(old), "{old}");
    let text = GOOD.replacen(old, new, 1);
    let found = findings(&[("meteorology.toml", &text)]);
    // An entry that is wrong also fails its examples.
    let (consequences, causes): (Vec<_>, Vec<_>) = found
        .iter()
        .partition(|f| f.problem.code() == "example_missed");
    let told = if causes.is_empty() {
        consequences
    } else {
        causes
    };
    let [f] = told.as_slice() else {
        panic!("one finding of {new}, not {found:#?}");
    };
    let at = text.find(line).expect(line);
    let expected = text[..at].matches('\n').count() + 1;
    assert_eq!(
        (f.file.as_str(), f.line),
        ("meteorology.toml", expected),
        "{f:?}"
    );
    f.problem.clone()
}

fn near(p: &Problem) -> Option<&str> {
    match p {
        Problem::UnknownKey { near, .. }
        | Problem::NotAllowed { near, .. }
        | Problem::UnknownDomain { near, .. }
        | Problem::UnknownTerm { near, .. }
        | Problem::UnknownUnit { near, .. }
        | Problem::UnknownParent { near, .. }
        | Problem::UnknownIndicator { near, .. } => near.as_deref(),
        _ => None,
    }
}

#[test]
fn a_pipeline_that_is_in_order_has_no_findings() {
    assert_eq!(findings(&[("meteorology.toml", GOOD)]), []);
    let further = GOOD.replace("36个。", "36个，雷达2部。");
    assert_eq!(findings(&[("meteorology.toml", &further)]), []);
}

#[test]
fn keys_and_values() {
    let p = spoilt("words = [\"自动", "wrods = [\"自动", "wrods");
    assert_eq!((p.code(), near(&p)), ("unknown_key", Some("words")));
    let p = spoilt(
        "name = \"气象\"\n",
        "name = \"气象\"\nharmless = []\n",
        "harmless",
    );
    assert_eq!(p, Problem::Misplaced("harmless".into()));
    let p = spoilt("unit = \"个\"\n", "", "[[indicator]]");
    assert_eq!(p, Problem::MissingKey("unit".into()));
    let p = spoilt("is = [\"观测站\"]", "is = \"观测站\"", "is = ");
    assert_eq!(p.code(), "wrong_type");
    let p = spoilt("\"topic\"", "\"topics\"", "\"topics\"");
    assert_eq!((p.code(), near(&p)), ("not_allowed", Some("topic")));
    let p = spoilt("\"meteorology.stations\"", "\"观测站数\"", "\"观测站数\"");
    assert_eq!(p.code(), "bad_form");
    let p = spoilt("is = [\"观测站\"]", "is = []", "is = []");
    assert_eq!(p, Problem::Empty("is".into()));
    let p = spoilt("value = \"36\"", "value = \"36个\"", "\"36个\"");
    assert_eq!(p.code(), "bad_form");
    let p = spoilt("kind = \"stock\"\n", "", "[[indicator]]");
    assert_eq!(p, Problem::MissingKey("kind".into()));
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let two = GOOD.replace("slot", "slto");
    let found = findings(&[
        ("a.toml", &two),
        ("b.toml", "x = 1\n[pipeline\n"),
        ("forms.toml", "from = []"),
    ]);
    let codes: Vec<(&str, &str)> = found
        .iter()
        .map(|f| (f.file.as_str(), f.problem.code()))
        .collect();
    assert_eq!(
        codes
            .iter()
            .filter(|c| **c == ("a.toml", "unknown_key"))
            .count(),
        2
    );
    assert!(codes.contains(&("b.toml", "syntax")), "{found:#?}");
    assert!(codes.contains(&("forms.toml", "unknown_key")), "{found:#?}");
    assert!(found.iter().any(|f| f.file == "b.toml" && f.line == 2));
}

#[test]
fn files_that_no_folder_can_replace() {
    for name in ["units.toml", "not-figures.toml", "agencies.toml"] {
        let found = findings(&[(name, "")]);
        assert!(
            found.iter().any(|f| f.problem == Problem::NotReplaceable),
            "{name}"
        );
    }
}

#[test]
fn domains_and_headers() {
    let p = spoilt(
        "domain = \"meteorology\"\nname",
        "domain = \"meteorolgy\"\nname",
        "\n[pipeline]",
    );
    assert_eq!(
        (p.code(), near(&p)),
        ("unknown_domain", Some("meteorology"))
    );
    let headless = GOOD.replace(
        "[pipeline]\ndomain = \"meteorology\"\nname = \"气象\"\n",
        "",
    );
    assert!(
        findings(&[("a.toml", &headless)])
            .iter()
            .any(|f| f.problem == Problem::NoHeader)
    );
    let p = spoilt(
        "kind = \"stock\"",
        "kind = \"stock\"\nshared = [\"civil-affair\"]",
        "shared",
    );
    assert_eq!(
        (p.code(), near(&p)),
        ("unknown_domain", Some("civil-affairs"))
    );
}

#[test]
fn ids_that_are_taken() {
    let p = spoilt(
        "\"meteorology.stations\"",
        "\"civil.funeral.cremations\"",
        "[[indicator]]",
    );
    let Problem::TwiceDefined((file, line)) = p else {
        panic!("{p:?}");
    };
    assert!(file == "civil-affairs.toml" && line > 1);
}

#[test]
fn wordings_that_belong_to_two_terms() {
    let p = spoilt(
        "group = \"地形\"",
        "group = \"地形\"\nwords = [\"自动气象站\"]",
        "words = [\"自动气象站\"]\n\n[[ind",
    );
    let Problem::WordTwice { word, other, place } = p else {
        panic!("{p:?}");
    };
    assert_eq!(
        (word.as_str(), other.as_str(), place.0.as_str()),
        ("自动气象站", "观测站", "meteorology.toml")
    );
    let p = spoilt(
        "[\"自动气象站\"]",
        "[\"自动气象站\", \"自动气象站\"]",
        "words = [\"自动",
    );
    assert_eq!(p, Problem::WordRepeated("自动气象站".into()));
    let text = GOOD
        .replace("山区", "农村")
        .replace("slot = \"part\"", "slot = \"act\"");
    let found = findings(&[("meteorology.toml", &text)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(matches!(&found[0].problem, Problem::OtherSlot(place) if place.0 == "terms.toml"));
}

#[test]
fn terms_that_are_not_there() {
    let p = spoilt("is = [\"观测站\"]", "is = [\"观测点\"]", "观测点");
    assert_eq!((p.code(), near(&p)), ("unknown_term", Some("观测站")));
    // A wording is no term: the term that it belongs to is meant.
    let p = spoilt("is = [\"观测站\"]", "is = [\"自动气象站\"]", "is = [\"自动");
    assert_eq!(near(&p), Some("观测站"));
    let p = spoilt("with = [\"山区\"]", "not = [\"山地\"]", "not = ");
    assert_eq!(p.code(), "unknown_term");
    let p = spoilt("group = \"地形\"", "under = [\"地貌\"]", "under");
    assert_eq!(p.code(), "unknown_term");
    let p = spoilt("group = \"地形\"", "under = [\"山区\"]", "under");
    assert_eq!(p.code(), "term_cycle");
}

/// A second indicator after the good one.
fn with_second(is: &str, more: &str) -> String {
    format!(
        "{GOOD}\n[[indicator]]\nid = \"meteorology.other\"\nname = \"另一指标\"\nunit = \"个\"\nkind = \"stock\"\nis = {is}\n{more}\n"
    )
}

#[test]
fn indicators_that_no_text_can_tell_apart() {
    let text = with_second("[\"观测站|山区\"]", "");
    let found = findings(&[("meteorology.toml", &text)]);
    // The example of the first does not bind any more, and the entry that was added says why.
    let tie = found
        .iter()
        .find(|f| f.entry == "meteorology.other")
        .expect("a tie");
    let Problem::Tie { other, terms, .. } = &tie.problem else {
        panic!("{found:#?}");
    };
    assert_eq!(
        (other.as_str(), terms.as_slice()),
        ("meteorology.stations", ["观测站".to_string()].as_slice())
    );
    assert!(found.iter().any(|f| f.problem.code() == "example_missed"));
    // Another unit tells them apart.
    let text = text.replace("另一指标\"\nunit = \"个\"", "另一指标\"\nunit = \"人\"");
    assert_eq!(findings(&[("meteorology.toml", &text)]), []);
}

#[test]
fn indicators_that_another_always_wins_over() {
    // Whatever says 山区观测站 also says what it is a kind of, and the other asks for both.
    let text = with_second("[\"山区观测站\"]", "parent = \"meteorology.stations\"").replace(
        "[[indicator]]\nid = \"meteorology.stations\"",
        "[[term]]\nname = \"山区观测站\"\nslot = \"topic\"\nunder = [\"观测站\"]\n\n[[indicator]]\nid = \"meteorology.stations\"",
    )
    + "\n[[indicator]]\nid = \"meteorology.third\"\nname = \"第三个\"\nunit = \"个\"\nkind = \"stock\"\nis = [\"观测站\", \"山区观测站\"]\n";
    let found = findings(&[("meteorology.toml", &text)]);
    let shadowed: Vec<&Finding> = found
        .iter()
        .filter(|f| f.problem.code() == "shadowed")
        .collect();
    assert_eq!(shadowed.len(), 1, "{found:#?}");
    assert_eq!(shadowed[0].entry, "meteorology.other");
}

#[test]
fn parts_say_what_they_are_part_of() {
    let text = with_second("[\"观测站\", \"山区\"]", "");
    let found = findings(&[("meteorology.toml", &text)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].problem.code(), "no_parent");
    let text = with_second(
        "[\"观测站\", \"山区\"]",
        "parent = \"meteorology.stations\"",
    );
    assert_eq!(findings(&[("meteorology.toml", &text)]), []);
}

#[test]
fn units() {
    let p = spoilt("unit = \"个\"", "unit = \"具体\"", "具体");
    assert_eq!(p.code(), "unknown_unit");
    let found = findings(&[(
        "meteorology.toml",
        &GOOD.replace("unit = \"个\"", "unit = \"万元\""),
    )]);
    assert!(found.iter().any(|f| f.problem
        == Problem::NotBaseUnit {
            unit: "万元".into(),
            base: "元".into()
        }));
    let found = findings(&[(
        "meteorology.toml",
        &GOOD.replace("unit = \"个\"", "unit = \"%\""),
    )]);
    assert!(
        found.iter().any(|f| f.problem.code() == "unit_of_kind"),
        "{found:#?}"
    );
    let p = spoilt("\"stock\"", "\"ratio\"", "unit = \"个\"");
    assert_eq!(p.code(), "unit_of_kind");
    let p = spoilt("\"stock\"", "\"standard\"", "unit = \"个\"");
    assert_eq!(p.code(), "unit_of_kind");
}

#[test]
fn parents() {
    let p = spoilt(
        "kind = \"stock\"",
        "kind = \"stock\"\nparent = \"meteorology.station\"",
        "parent",
    );
    assert_eq!(p.code(), "unknown_parent");
    let p = spoilt(
        "kind = \"stock\"",
        "kind = \"stock\"\nparent = \"civil.funeral.cremation\"",
        "parent",
    );
    assert_eq!(near(&p), Some("civil.funeral.cremations"));
    let text = with_second(
        "[\"观测站\", \"山区\"]",
        "parent = \"meteorology.stations\"",
    )
    .replacen(
        "kind = \"stock\"",
        "kind = \"stock\"\nparent = \"meteorology.other\"",
        1,
    );
    let found = findings(&[("meteorology.toml", &text)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    let cycle = [
        "meteorology.other",
        "meteorology.stations",
        "meteorology.other",
    ]
    .map(String::from);
    assert_eq!(found[0].problem, Problem::ParentCycle(cycle.to_vec()));
}

#[test]
fn examples_that_do_not_hold() {
    let p = spoilt("value = \"36\"", "value = \"37\"", "全县共有");
    let Problem::ValueAbsent { found, .. } = &p else {
        panic!("{p:?}");
    };
    assert_eq!(found, &["36个"]);
    let p = spoilt(
        "text = \"全县共有自动气象站36个。\"",
        "text = \"全县共有广播站36个。\"",
        "广播站",
    );
    let Problem::ExampleMissed { got, why, .. } = &p else {
        panic!("{p:?}");
    };
    assert!(got.is_empty() && !why.is_empty(), "{p:?}");
    let p = spoilt(
        "text = \"全县共有自动气象站36个。\"",
        "text = \"全县有农村特困人员36人。\"",
        "特困",
    );
    assert_eq!(p.code(), "example_missed");
    let p = spoilt(
        "新购自动气象站配件12个",
        "自动气象站12个",
        "\"自动气象站12个",
    );
    assert_eq!(p.code(), "near_miss_bound");
    let p = spoilt("value = \"12\"", "value = \"13\"", "新购");
    assert_eq!(p.code(), "value_absent");
    let p = spoilt(
        "value = \"36\"",
        "value = \"36\", scenario = \"budget\"",
        "全县共有",
    );
    assert_eq!(p.code(), "example_missed");
}

#[test]
fn checks_and_forms() {
    let check = "[[check]]\nid = \"x\"\nname = \"甲\"\nkind = \"range\"\nfigure = \"common.sangong.totl@actual\"\nat_most = [\"common.sangong.total@budget\"]\nexamples = [{ outcome = \"fail\", figures = { \"common.sangong.total\" = \"1元\" } }]\n";
    let found = findings(&[("checks.toml", check)]);
    assert!(
        found.iter().any(|f| f.line == 1
            && f.entry == "x"
            && near(&f.problem) == Some("common.sangong.total")),
        "{found:#?}"
    );
    assert!(found.iter().any(|f| f.problem.code() == "other_outcome"));
    let form = "[[form]]\nname = \"表\"\ntitle = [\"表\"]\n\n[[form]]\nname = \"另一表\"\ntitle = [\"另一表\"]\ncell = [{ row = [\"*\"], indicator = \"common.sangong.totl\" }]\n";
    let found = findings(&[("forms.toml", form)]);
    assert!(
        found.iter().any(|f| f.line == 5
            && f.entry == "另一表"
            && near(&f.problem) == Some("common.sangong.total")),
        "{found:#?}"
    );
}

#[test]
fn a_folder_may_add_words_to_what_is_there() {
    let more = "[pipeline]\ndomain = \"civil-affairs\"\nname = \"民政\"\n\n[[term]]\nname = \"火化\"\nslot = \"topic\"\nwords = [\"本县新说法的火化\"]\n";
    assert_eq!(findings(&[("words.toml", more)]), []);
}

/// What serde says of a file with a key `zzz` somewhere: it names the keys that there are.
fn complaint(file: &str, text: &str) -> String {
    let error = match file {
        "pipeline" => toml::from_str::<PipelineFile>(text)
            .map(drop)
            .map_err(|e| e.to_string()),
        "agencies" => Agencies::parse(text).map(drop).map_err(|e| e.to_string()),
        "forms" => Forms::parse(file, text)
            .map(drop)
            .map_err(|e| e.to_string()),
        "checks" => Rules::parse(file, text)
            .map(drop)
            .map_err(|e| e.to_string()),
        "units" => Reader::from_toml(text, "")
            .map(drop)
            .map_err(|e| e.to_string()),
        "not-figures" => {
            let units = include_str!("../pipelines/units.toml");
            Reader::from_toml(units, text)
                .map(drop)
                .map_err(|e| e.to_string())
        }
        _ => {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(format!("{file}.toml")), text).unwrap();
            Catalogue::load(folder.path())
                .map(drop)
                .map_err(|e| e.to_string())
        }
    };
    error.unwrap_err()
}

/// The keys that stand in backquotes after `expected`.
fn expected(complaint: &str) -> BTreeSet<String> {
    let (_, all) = complaint.split_once("`zzz`, expected").expect(complaint);
    let all = all.lines().next().unwrap();
    all.split('`').skip(1).step_by(2).map(Into::into).collect()
}

/// The keys that a schema allows at a path of keys and list items.
fn allowed(schema: &Value, path: &str) -> BTreeSet<String> {
    let resolve = |v: &Value| -> Value {
        match v.get("$ref").and_then(Value::as_str) {
            Some(r) => schema
                .pointer(r.strip_prefix('#').unwrap())
                .expect(r)
                .clone(),
            None => v.clone(),
        }
    };
    let mut at = schema.clone();
    for key in path.split('.').filter(|k| !k.is_empty()) {
        at = resolve(&at["properties"][key]);
        if at["type"] == "array" {
            at = resolve(&at["items"]);
        }
    }
    assert_eq!(at["additionalProperties"], Value::Bool(false), "{path}");
    at["properties"]
        .as_object()
        .expect(path)
        .keys()
        .cloned()
        .collect()
}

#[test]
fn the_schemas_have_the_keys_that_the_program_reads() {
    let places = [
        ("pipeline", "", "zzz = 1"),
        ("pipeline", "pipeline", "[pipeline]\nzzz = 1"),
        ("pipeline", "term", "[[term]]\nzzz = 1"),
        ("pipeline", "indicator", "[[indicator]]\nzzz = 1"),
        (
            "pipeline",
            "indicator.examples",
            "[[indicator]]\nexamples = [{ zzz = 1 }]",
        ),
        (
            "pipeline",
            "indicator.not_examples",
            "[[indicator]]\nnot_examples = [{ zzz = 1 }]",
        ),
        ("pipeline", "department", "[[department]]\nzzz = 1"),
        (
            "pipeline",
            "department.offices",
            "[[department]]\noffices = [{ zzz = 1 }]",
        ),
        ("agencies", "", "zzz = 1"),
        ("agencies", "department", "[[department]]\nzzz = 1"),
        (
            "agencies",
            "department.offices",
            "[[department]]\noffices = [{ zzz = 1 }]",
        ),
        ("forms", "", "zzz = 1"),
        ("forms", "comparison", "[comparison]\nzzz = 1"),
        ("forms", "evaluation", "[evaluation]\nzzz = 1"),
        ("forms", "example", "[[example]]\nzzz = 1"),
        ("forms", "form", "[[form]]\nzzz = 1"),
        ("forms", "form.cell", "[[form]]\ncell = [{ zzz = 1 }]"),
        (
            "forms",
            "form.examples",
            "[[form]]\nexamples = [{ zzz = 1 }]",
        ),
        ("checks", "", "zzz = 1"),
        ("checks", "check", "[[check]]\nzzz = 1"),
        (
            "checks",
            "check.examples",
            "[[check]]\nexamples = [{ zzz = 1 }]",
        ),
        ("units", "", "zzz = 1"),
        ("units", "unit", "[[unit]]\nzzz = 1"),
        (
            "units",
            "unit.examples",
            "[[unit]]\nexamples = [{ zzz = 1 }]",
        ),
        ("units", "group", "[[group]]\nzzz = 1"),
        ("units", "same", "[[same]]\nzzz = 1"),
        ("units", "per", "[[per]]\nzzz = 1"),
        ("units", "qualifier", "[[qualifier]]\nzzz = 1"),
        ("units", "carry", "[carry]\nzzz = 1"),
        ("not-figures", "", "zzz = 1"),
        ("not-figures", "name", "[[name]]\nzzz = 1"),
        ("not-figures", "after", "[[after]]\nzzz = 1"),
        ("not-figures", "before", "[[before]]\nzzz = 1"),
        ("not-figures", "rhetoric", "[[rhetoric]]\nzzz = 1"),
        ("not-figures", "shape", "[[shape]]\nzzz = 1"),
        ("language", "", "zzz = 1"),
    ];
    for (name, path, text) in places {
        let (_, schema) = SCHEMAS.iter().find(|(n, _)| *n == name).expect(name);
        let schema = serde_json::from_str(schema).expect(name);
        let read = expected(&complaint(name, text));
        assert_eq!(allowed(&schema, path), read, "{name}.json, {path}");
    }
    for (name, _) in SCHEMAS {
        assert!(places.iter().any(|(n, ..)| n == name), "{name}");
    }
}

#[test]
fn every_file_has_its_schema() {
    assert_eq!(schema_of("units.toml"), "units");
    assert_eq!(schema_of("civil-affairs.toml"), "pipeline");
    assert_eq!(schema_of("my own file.toml"), "pipeline");
}

#[test]
fn coverage_tells_what_examples_leave_out() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("meteorology.toml"), GOOD).unwrap();
    let all = Catalogue::load(folder.path()).unwrap().coverage();
    let mine = all
        .domains
        .iter()
        .find(|d| d.domain == "meteorology")
        .expect("the domain");
    let counts = (
        mine.indicators,
        mine.examples,
        mine.near_misses,
        mine.without,
        mine.few,
        mine.without_near_miss,
    );
    assert_eq!(counts, (1, 1, 1, 0, 1, 0));
    // 观测站, its other wording, and 山区; the examples say 自动气象站 only.
    assert_eq!(
        (mine.terms, mine.terms_unsaid, mine.words, mine.words_unsaid),
        (2, 1, 3, 2)
    );
    assert!(
        all.terms
            .iter()
            .any(|t| t.domain == "meteorology" && t.name == "山区")
    );
    let wanting: Vec<&str> = all.indicators.iter().map(|i| i.id.as_str()).collect();
    assert!(wanting.contains(&"meteorology.stations"));
}

/// The files that the guide shows, as `folder/name` and text.
fn shown() -> Vec<(String, String)> {
    let guide = include_str!("../docs/catalogue.md");
    let blocks = guide.split("<!-- file: ").skip(1).map(|rest| {
        let (name, rest) = rest.split_once(" -->").expect("the end of the comment");
        let (_, rest) = rest.split_once("```toml\n").expect("a block");
        let (text, _) = rest.split_once("```").expect("its end");
        (name.to_string(), text.to_string())
    });
    blocks.collect()
}

#[test]
fn what_the_guide_shows_is_in_order() {
    let files = shown();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["ten-minutes/our-words.toml", "day/meteorology.toml"]
    );
    for (name, text) in &files {
        let (_, name) = name.split_once('/').unwrap();
        assert_eq!(findings(&[(name, text)]), [], "{name}");
    }
}

#[test]
fn a_bureau_of_ones_own_is_recognised_and_bound() {
    let folder = tempfile::tempdir().unwrap();
    let (_, text) = shown()
        .into_iter()
        .find(|(n, _)| n.ends_with("meteorology.toml"))
        .unwrap();
    fs::write(folder.path().join("meteorology.toml"), text).unwrap();
    let report = "衡山县气象局2024年工作总结\n\n一、监测站网\n全县现有区域自动气象站36个，其中山洪沟9个。\n\n二、经费\n全年支出合计412.6万元。\n";
    let catalogue = Catalogue::load(folder.path()).unwrap();
    let of = |catalogue: &Catalogue| {
        let a = zhibiao::analyse(
            report.as_bytes(),
            "总结.txt",
            &zhibiao::Hints::default(),
            catalogue,
        )
        .unwrap();
        let ids: Vec<String> = a
            .observations
            .iter()
            .map(|o| o.indicator.to_string())
            .collect();
        (a.context.agency_domain, ids)
    };
    let (domain, ids) = of(&catalogue);
    assert_eq!(domain, "meteorology");
    assert!(
        ids.iter()
            .any(|i| i == "meteorology.network.stations.flash_flood"),
        "{ids:?}"
    );
    // Without it, the same report gives the common indicators only.
    let (domain, without) = of(Catalogue::builtin());
    assert_eq!(domain, "");
    assert!(
        without.iter().all(|i| i.starts_with("common.")),
        "{without:?}"
    );
}
