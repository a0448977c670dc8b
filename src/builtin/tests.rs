//! The packed files say what the TOML says.

use super::pack::{FIRST, TABLES as NAMES, TABLES_OF_VERSION, pack};
use super::*;
use crate::catalogue::schema::PipelineFile;
use crate::check::Rules;
use crate::form::Forms;
use proptest::prelude::*;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use toml::{Spanned, Value};

fn all() -> impl Iterator<Item = &'static File> {
    pipelines().iter().chain(tables())
}

#[test]
fn every_file_is_there_and_packed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines");
    let mut there: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.ends_with(".toml"))
        .collect();
    let mut here: Vec<&str> = all().map(|f| f.name).collect();
    here.sort_unstable();
    there.sort_unstable();
    assert_eq!(here, there);
    let order: Vec<&str> = pipelines().iter().map(|f| f.name).collect();
    assert_eq!(order[..FIRST.len()], FIRST);
    assert!(order[FIRST.len()..].is_sorted());
    assert!(tables().iter().map(|f| f.name).eq(NAMES));
    for f in all() {
        assert_eq!(pack(f.text).unwrap().unwrap(), f.packed, "{}", f.name);
    }
}

#[test]
fn the_digest_is_that_of_the_files() {
    let mut digest = Sha256::new();
    for f in &tables()[..TABLES_OF_VERSION] {
        digest.update(f.text);
    }
    for f in pipelines() {
        digest.update(f.name);
        digest.update(f.text);
    }
    let hex: String = digest.finalize()[..6]
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(hex, super::digest());
}

#[test]
fn packed_files_are_the_parsed_ones() {
    for f in all() {
        let packed: Value = packed::read(f.packed, &[]).unwrap();
        let parsed: Value = toml::from_str(f.text).unwrap();
        assert!(packed == parsed, "{}", f.name);
    }
    // With the places of their entries.
    for f in pipelines() {
        let packed: PipelineFile = packed::read(f.packed, &[]).unwrap();
        let parsed: PipelineFile = toml::from_str(f.text).unwrap();
        assert!(format!("{packed:?}") == format!("{parsed:?}"), "{}", f.name);
    }
    let f = table("forms.toml");
    let packed = Forms::of(f.name, f.text, Ok(packed::read(f.packed, &[]).unwrap()));
    let parsed = Forms::parse(f.name, f.text);
    assert!(format!("{:?}", packed.unwrap()) == format!("{:?}", parsed.unwrap()));
    let f = table("checks.toml");
    let packed = Rules::of(f.name, f.text, Ok(packed::read(f.packed, &[]).unwrap()));
    let parsed = Rules::parse(f.name, f.text);
    assert!(format!("{:?}", packed.unwrap()) == format!("{:?}", parsed.unwrap()));
}

#[test]
fn what_is_left_out_is_all_that_is_missing() {
    for f in pipelines() {
        let brief: PipelineFile = f
            .read_without(&["examples", "not_examples", "term"])
            .unwrap();
        let whole: PipelineFile = f.read().unwrap();
        let without = PipelineFile {
            term: Vec::new(),
            indicator: whole
                .indicator
                .into_iter()
                .map(|i| {
                    let span = i.span();
                    let mut i = i.into_inner();
                    i.examples.clear();
                    i.not_examples.clear();
                    Spanned::new(span, i)
                })
                .collect(),
            ..whole
        };
        assert!(format!("{brief:?}") == format!("{without:?}"), "{}", f.name);
    }
}

#[test]
fn other_files_are_read_as_toml() {
    assert!(pack("a = 1\nb = \n").is_err());
    assert_eq!(pack("day = 2024-05-06").unwrap(), None);
    let day = File {
        name: "day.toml",
        text: "day = 2024-05-06",
        packed: "",
    };
    assert!(day.read::<Value>().unwrap()["day"].is_datetime());
    // A key that is not known: the message is that of the TOML, with its place.
    let text = "harmless = []\nhamless = []\n";
    let packed = Box::leak(pack(text).unwrap().unwrap().into_boxed_str());
    let wrong = File {
        name: "wrong.toml",
        text,
        packed,
    };
    let error = wrong.read::<PipelineFile>().unwrap_err();
    assert_eq!(error.span(), Some(14..21));
}

#[derive(Debug, PartialEq, Deserialize)]
enum Kind {
    Plain,
    Of(i64),
    With { a: String },
}

#[derive(Debug, PartialEq, Deserialize)]
struct Id(String);

#[derive(Debug, PartialEq, Deserialize)]
struct Odd {
    kinds: Vec<Kind>,
    id: Id,
    pair: (i8, f32),
    letter: char,
    maybe: Option<Spanned<BTreeMap<String, bool>>>,
    never: Option<u8>,
}

#[test]
fn types_of_all_shapes_are_read() {
    let text = "kinds = ['Plain', { Of = -5 }, { With = { a = '甲' } }]\nid = '乙'\npair = [-128, 0.5]\nletter = '丙'\n\
                other = [[1, { x = 2.0 }]]\nmaybe = { yes = true, no = false }\n";
    let packed = pack(text).unwrap().unwrap();
    let parsed: Odd = toml::from_str(text).unwrap();
    assert_eq!(packed::read::<Odd>(&packed, &["other"]).unwrap(), parsed);
    assert_eq!(packed::read::<Odd>(&packed, &[]).unwrap(), parsed);
}

#[test]
fn broken_texts_are_errors() {
    let packed = pack("a = ['甲乙', 1, 2.5, true]\nb = { c = '丙' }")
        .unwrap()
        .unwrap();
    for (at, _) in packed.char_indices() {
        assert!(packed::read::<Value>(&packed[..at], &[]).is_err());
        // Whatever it gives, it gives something.
        let _ = packed::read::<Value>(&packed[at..], &[]);
        let _ = packed::read::<Odd>(&packed[at..], &["b"]);
    }
    assert!(
        packed::read::<Value>(
            "s\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}",
            &[]
        )
        .is_err()
    );
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 8.0)),
        "[a甲\"\\n𠀀]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let keys = "[a-c甲 ]{0,3}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(keys, inner, 0..6).prop_map(Value::from),
        ]
    })
}

proptest! {
    #[test]
    fn any_file_is_read_as_it_was_written(table in prop::collection::btree_map("[a-e]{1,2}", values(), 0..8)) {
        let table = Value::from(table);
        let text = toml::to_string(&table).unwrap();
        let packed = pack(&text).unwrap().unwrap();
        prop_assert_eq!(&packed::read::<Value>(&packed, &[]).unwrap(), &table);
        let kept: BTreeMap<String, Value> = packed::read(&packed, &["a"]).unwrap();
        prop_assert!(!kept.contains_key("a"));
    }
}
