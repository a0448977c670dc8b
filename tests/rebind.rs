//! A changed catalogue applied to what is there: what is left as it was is what reading everything anew would give.
//!
//! Single changes of many kinds are made to the built-in pipelines, as users make them. Whatever `Change` says cannot be
//! touched must be read in the same way with both catalogues; a warehouse after `rebind` must hold the same rows as after
//! `rebind --again`.

mod common;

use common::{content, document, ingest, labels, repository, zhibiao};
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use zhibiao::analysis::{Analysis, DocumentContext};
use zhibiao::catalogue::{Catalogue, Change, Said};
use zhibiao::read::{BlockKind, Document};
use zhibiao::{Hints, Knowledge, analyse_in, context};

/// A change of a file: what it is called, the file, and how.
type Edit = (&'static str, &'static str, fn(&mut Table));

fn text(s: &str) -> Value {
    Value::String(s.to_string())
}

fn list<'t>(table: &'t mut Table, key: &str) -> &'t mut Vec<Value> {
    let entry = table.entry(key.to_string());
    let value = entry.or_insert_with(|| Value::Array(Vec::new()));
    value.as_array_mut().expect("a list")
}

/// The entry of this name or id.
fn entry<'t>(file: &'t mut Table, kind: &str, name: &str) -> &'t mut Table {
    let named = |v: &&mut Value| {
        ["name", "id"]
            .iter()
            .any(|k| v.get(*k) == Some(&text(name)))
    };
    let mut all = list(file, kind).iter_mut();
    let found = all.find(named).and_then(Value::as_table_mut);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}

fn remove(file: &mut Table, kind: &str, name: &str) -> Value {
    let all = list(file, kind);
    let named = |v: &Value| {
        ["name", "id"]
            .iter()
            .any(|k| v.get(*k) == Some(&text(name)))
    };
    let at = all.iter().position(named).expect("the entry");
    all.remove(at)
}

fn add_to(file: &mut Table, kind: &str, name: &str, key: &str, word: &str) {
    list(entry(file, kind, name), key).push(text(word));
}

fn set(file: &mut Table, kind: &str, name: &str, key: &str, value: impl Into<Value>) {
    entry(file, kind, name).insert(key.to_string(), value.into());
}

fn drop_from(file: &mut Table, kind: &str, name: &str, key: &str) {
    list(entry(file, kind, name), key).pop().expect("a word");
}

fn parse(toml: &str) -> Value {
    Value::Table(toml::from_str(toml).expect("TOML"))
}

const CIVIL: &str = "civil-affairs.toml";
const COMMON: &str = "common.toml";
const TERMS: &str = "terms.toml";

/// Changes that concern some words.
const EDITS: &[Edit] = &[
    ("a wording that nobody uses", CIVIL, |f| {
        add_to(f, "term", "低保", "words", "低保甲乙丙丁")
    }),
    ("a wording", CIVIL, |f| {
        add_to(f, "term", "低保", "words", "困难家庭")
    }),
    ("a wording that another term has", CIVIL, |f| {
        add_to(f, "term", "低保", "words", "特困人员")
    }),
    ("a wording put together from a list", CIVIL, |f| {
        add_to(f, "term", "低保", "words", "货物采购")
    }),
    ("a wording with blanks", CIVIL, |f| {
        add_to(f, "term", "低保", "words", "救 助")
    }),
    ("a wording less", CIVIL, |f| {
        drop_from(f, "term", "低保", "words")
    }),
    ("a common wording", COMMON, |f| {
        add_to(f, "term", "三公经费", "words", "接待费用")
    }),
    ("a shared wording less", TERMS, |f| {
        let first = list(f, "term").first().and_then(|t| t.get("name")).cloned();
        let name = first
            .and_then(|n| n.as_str().map(str::to_string))
            .expect("a name");
        list(entry(f, "term", &name), "words").clear();
    }),
    ("a term gone", CIVIL, |f| drop(remove(f, "term", "低保"))),
    ("a term renamed", CIVIL, |f| {
        set(f, "term", "低保", "name", "最低生活保障制度")
    }),
    ("a weak term", CIVIL, |f| {
        set(f, "term", "低保", "weak", true)
    }),
    ("a term that is unspoken", CIVIL, |f| {
        set(f, "term", "低保", "unspoken", true)
    }),
    ("a term of another kind", CIVIL, |f| {
        set(f, "term", "低保", "slot", "measure")
    }),
    ("a term under another", CIVIL, |f| {
        add_to(f, "term", "低保", "under", "特困")
    }),
    ("a word absorbed", CIVIL, |f| {
        add_to(f, "term", "低保", "absorbs", "补贴")
    }),
    ("a part more", COMMON, |f| {
        list(f, "term").push(parse(
            "name = '镇区'\nslot = 'part'\ngroup = '城乡'\nwords = ['镇区的']",
        ));
    }),
    ("a term of one's own", CIVIL, |f| {
        list(f, "term").push(parse("name = '助浴'\nslot = 'topic'\nwords = ['上门助浴']"));
        list(f, "indicator").push(parse(
            "id = 'civil.zz'\nname = '助浴'\nunit = '人次'\nis = ['助浴']",
        ));
    }),
    ("an indicator of known terms", CIVIL, |f| {
        list(f, "indicator").push(parse(
            "id = 'civil.zz'\nname = '低保'\nunit = '元'\nis = ['低保']",
        ));
    }),
    ("an indicator gone", CIVIL, |f| {
        drop(remove(f, "indicator", "civil.funeral.cremations"))
    }),
    ("an indicator renamed", CIVIL, |f| {
        set(f, "indicator", "civil.funeral.cremations", "name", "火化数")
    }),
    ("an indicator of another unit", CIVIL, |f| {
        set(f, "indicator", "civil.funeral.cremations", "unit", "元")
    }),
    ("a unit more", CIVIL, |f| {
        add_to(f, "indicator", "civil.funeral.cremations", "units", "个")
    }),
    ("an indicator of another kind", CIVIL, |f| {
        set(f, "indicator", "civil.funeral.cremations", "kind", "stock")
    }),
    ("an exclusion", CIVIL, |f| {
        add_to(f, "indicator", "civil.dibao.persons_added", "not", "城市")
    }),
    ("a term that may be said besides", CIVIL, |f| {
        add_to(f, "indicator", "civil.dibao.persons_added", "with", "农村");
    }),
    ("an indicator that needs its own words", CIVIL, |f| {
        set(f, "indicator", "civil.dibao.persons_added", "own", true);
    }),
    ("an indicator shared", CIVIL, |f| {
        let all = Value::Array(vec![text("*")]);
        set(f, "indicator", "civil.dibao.persons_added", "shared", all);
    }),
    ("a zero that binds no more", COMMON, |f| {
        set(f, "indicator", "common.expense.meeting", "zero", false)
    }),
    ("a form's indicator renamed", COMMON, |f| {
        set(f, "indicator", "common.expenditure.total", "name", "总支出")
    }),
    ("a harmless word", CIVIL, |f| {
        list(f, "harmless").push(text("困难"))
    }),
    ("a narrowing word", CIVIL, |f| {
        list(f, "narrowing").push(text("资金"))
    }),
    ("a harmless word less", CIVIL, |f| {
        drop(list(f, "harmless").pop())
    }),
    ("only a definition", CIVIL, |f| {
        set(
            f,
            "indicator",
            "civil.funeral.cremations",
            "definition",
            "别的说法",
        )
    }),
];

/// The built-in file, changed, in a folder of its own.
fn changed(folder: &Path, file: &str, edit: fn(&mut Table)) {
    let path = repository(&format!("pipelines/{file}"));
    let original = std::fs::read_to_string(path).expect("a pipeline");
    let mut table: Table = toml::from_str(&original).expect("TOML");
    edit(&mut table);
    let text = toml::to_string(&table).expect("TOML");
    std::fs::write(folder.join(file), text).expect("written");
}

fn with(file: &str, edit: fn(&mut Table)) -> Catalogue {
    let folder = tempfile::tempdir().expect("a folder");
    changed(folder.path(), file, edit);
    Catalogue::load(folder.path()).expect("a catalogue")
}

/// Everything of an analysis that a warehouse stores.
fn stored(analysis: &Analysis, catalogue: &Catalogue) -> String {
    let mut figures = analysis.quantities.clone();
    figures.iter_mut().for_each(|f| f.reason.clear());
    let named = |id: &str| {
        catalogue
            .indicator(id)
            .map(|i| (i.name.clone(), i.domain.clone()))
    };
    let names: Vec<_> = analysis
        .observations
        .iter()
        .map(|o| named(&o.indicator))
        .collect();
    let a = analysis;
    format!(
        "{figures:?}{:?}{names:?}{:?}{:?}{:?}",
        a.observations, a.targets, a.checks, a.warnings
    )
}

fn said(document: &Document, context: &DocumentContext) -> Said {
    let mut said = Said::default();
    said.text(&context.title);
    for block in &document.blocks {
        match &block.kind {
            BlockKind::Heading { text, .. } | BlockKind::Paragraph { text } => said.text(text),
            BlockKind::Table(table) => {
                let cells: Vec<&str> = table.cells.iter().map(|c| c.text.as_str()).collect();
                said.table(&serde_json::to_string(&cells).expect("JSON"));
            }
        }
    }
    said
}

fn documents() -> Vec<(Document, DocumentContext)> {
    let of = |label: &common::Label| {
        let document = document(label);
        let name = format!("{}.docx", label.title);
        let context = context::resolve(&document, &name, &Hints::default(), Knowledge::builtin());
        (document, context)
    };
    labels().iter().step_by(5).map(of).collect()
}

#[test]
fn what_a_change_cannot_touch_is_read_in_the_same_way() {
    let base = Catalogue::builtin();
    let documents = documents();
    let saids: Vec<Said> = documents.iter().map(|(d, c)| said(d, c)).collect();
    let read = |catalogue: &Catalogue, n: usize| {
        let (document, context) = documents[n].clone();
        stored(&analyse_in(document, context, catalogue), catalogue)
    };
    let before: Vec<String> = (0..documents.len()).map(|n| read(base, n)).collect();
    let mut all = 0;
    for (name, file, edit) in EDITS {
        let other = with(file, *edit);
        assert_ne!(base.version(), other.version(), "{name}");
        let changes = [
            Change::new(&base.record(), &other),
            Change::new(&other.record(), base),
        ];
        let mut touched = 0;
        for (n, (_, context)) in documents.iter().enumerate() {
            let touches = changes
                .each_ref()
                .map(|c| c.touches(&context.agency_domain, &saids[n]));
            if touches.contains(&false) {
                assert_eq!(before[n], read(&other, n), "{name}: {}", context.title);
            }
            touched += usize::from(touches.contains(&true));
        }
        println!("{touched:4} {name}");
        all += touched;
    }
    // Not by touching everything.
    assert!(all < documents.len() * EDITS.len() / 4, "{all}");
}

#[test]
fn what_governs_every_document_touches_every_document() {
    let base = Catalogue::builtin();
    let all: [Edit; 4] = [
        ("a word of the language", "language.toml", |f| {
            let roles = f
                .get_mut("roles")
                .and_then(Value::as_table_mut)
                .expect("roles");
            list(roles, "up").push(text("猛涨"));
        }),
        ("a form", "forms.toml", |f| {
            list(f, "sums").push(text("全部合计"))
        }),
        ("the order of terms", CIVIL, |f| {
            let term = remove(f, "term", "低保");
            list(f, "term").push(term);
        }),
        ("an agency", CIVIL, |f| {
            list(f, "department").push(parse("domain = 'civil-affairs'\nwords = ['民政事务']"));
        }),
    ];
    let said = Said::default();
    for (name, file, edit) in all {
        let other = with(file, edit);
        assert!(
            Change::new(&base.record(), &other).touches("civil-affairs", &said),
            "{name}"
        );
    }
    let nothing = Change::new(&base.record(), base);
    assert!(!nothing.touches("civil-affairs", &said));
}

fn copy(from: &Path, to: &Path) {
    for file in common::files(from) {
        let target = to.join(file.strip_prefix(from).expect("inside"));
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("made");
        std::fs::copy(&file, target).expect("copied");
    }
}

fn rebind(warehouse: &Path, pipelines: &Path, more: &[&str]) -> serde_json::Value {
    let output = zhibiao()
        .args(["rebind", "--json", "--warehouse"])
        .arg(warehouse)
        .arg("--pipelines")
        .arg(pipelines)
        .args(more)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let mut report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    report.as_object_mut().expect("an object").remove("seconds");
    report
}

/// What changed, by indicator.
fn changes(report: &serde_json::Value) -> Vec<&serde_json::Value> {
    ["bound", "unbound", "rebound", "indicators"]
        .map(|key| &report[key])
        .to_vec()
}

#[test]
fn a_warehouse_ends_as_if_all_had_been_analysed() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| -> PathBuf { folder.path().join(name) };
    ingest(&[&repository("samples")], &at("loaded"), &[], 1);
    let kept = at("loaded").join(".zhibiao/catalogues.zst");
    assert!(kept.exists());
    let tried = [
        "a wording that nobody uses",
        "an indicator renamed",
        "a term gone",
        "a common wording",
    ];
    for (n, name) in tried.iter().enumerate() {
        let (_, file, edit) = EDITS.iter().find(|(of, ..)| of == name).expect("an edit");
        let (ours, some, all) = (
            at(&format!("p{n}")),
            at(&format!("s{n}")),
            at(&format!("a{n}")),
        );
        std::fs::create_dir_all(&ours).expect("made");
        changed(&ours, file, *edit);
        copy(&at("loaded"), &some);
        copy(&at("loaded"), &all);
        let told = rebind(&some, &ours, &["--dry-run"]);
        assert!(
            content(&some) == content(&at("loaded")),
            "{name}: a dry run"
        );
        let mut done = rebind(&some, &ours, &[]);
        let complete = rebind(&all, &ours, &["--again"]);
        assert_eq!(changes(&done), changes(&complete), "{name}");
        done["dry_run"] = true.into();
        assert_eq!(told, done, "{name}");
        let count = |report: &serde_json::Value, key: &str| report[key].as_u64().expect("a number");
        let looked_at = count(&done, "documents") + count(&done, "untouched");
        assert_eq!(looked_at, count(&complete, "documents"), "{name}");
        assert_ne!(count(&done, "untouched"), 0, "{name}");
        for (table, rows) in content(&all) {
            assert!(content(&some)[&table] == rows, "{name}: {table}");
        }
        // Back again, from what was kept of the user's own files.
        let empty = at("empty");
        std::fs::create_dir_all(&empty).expect("made");
        let back = rebind(&some, &empty, &[]);
        assert_eq!(back["untouched"], done["untouched"], "{name}");
        for (table, rows) in content(&at("loaded")) {
            // Areas and periods that are no longer spoken of stay in the dimensions.
            assert!(
                table.starts_with("dim_") || content(&some)[&table] == rows,
                "{name} back: {table}"
            );
        }
        let checked = zhibiao()
            .args(["check-warehouse", "--warehouse"])
            .arg(&some)
            .output()
            .expect("it runs");
        assert!(checked.status.success(), "{checked:?}");
    }
    // Of a warehouse that does not say what its documents were read with, all is analysed.
    for damage in [None, Some(b"no list of catalogues".as_slice())] {
        let (old, ours) = (at("old"), at("p0"));
        copy(&at("loaded"), &old);
        let kept = old.join(".zhibiao/catalogues.zst");
        match damage {
            None => std::fs::remove_file(&kept).expect("removed"),
            Some(bytes) => std::fs::write(&kept, bytes).expect("written"),
        }
        let done = rebind(&old, &ours, &[]);
        assert_eq!(done["untouched"], 0);
        assert_ne!(done["documents"], 0);
        assert!(content(&old) == content(&at("a0")));
        // From now on it says so.
        let more = rebind(&old, &at("empty"), &[]);
        assert_ne!(more["untouched"], 0);
        std::fs::remove_dir_all(&old).expect("removed");
    }
}
