//! Built-in files and those that replace them.

use super::*;

fn with(files: &[(&str, &str)]) -> Catalogue {
    let owned: Vec<_> = files
        .iter()
        .map(|(name, text)| (name.to_string(), text.to_string()))
        .collect();
    Catalogue::with(&owned).unwrap()
}

/// What a catalogue says of its pipelines, part by part.
fn said(c: &Catalogue) -> Vec<String> {
    let sources = c.sources.iter().flat_map(|s| {
        let brief = (&s.brief().pipeline, s.brief().indicator.len());
        let words = s.vocabulary();
        let words = (&words.term, &words.harmless, &words.narrowing);
        [
            format!("{brief:?}"),
            format!("{words:?}"),
            format!("{:?}", s.file()),
        ]
    });
    let indicators = c.indicators.iter().map(|i| format!("{i:?}"));
    let tables = [
        format!("{:?}", c.language),
        format!("{:?}", c.forms),
        format!("{:?}", c.checks),
    ];
    sources.chain(indicators).chain(tables).collect()
}

#[test]
fn texts_of_the_built_in_files_make_the_same_catalogue() {
    let texts: Vec<_> = builtin_files().collect();
    let (packed, parsed) = (with(&[]), with(&texts));
    assert_eq!(packed.version(), parsed.version());
    assert!(said(&packed) == said(&parsed));
    let words = |c: &Catalogue| c.lexicon("education").words("全县小学在校生3万人").count();
    assert!(words(&packed) > 0);
    assert_eq!(words(&packed), words(&parsed));
}

#[test]
fn a_file_of_a_built_in_name_replaces_it() {
    let text = "# 校外\n[pipeline]\ndomain = 'education'\nname = '教育'\n\n[[term]]\nname = '乒乓球台'\nslot = 'topic'\n\n\
                [[indicator]]\nid = 'edu.tables'\nname = '乒乓球台数'\nunit = '张'\nis = ['乒乓球台']\n";
    let (own, c) = (with(&[]), with(&[("education.toml", text)]));
    assert_eq!(c.sources().len(), own.sources().len());
    assert_ne!(c.version(), own.version());
    let mine: Vec<&str> = c
        .indicators()
        .iter()
        .filter(|i| i.domain == "education")
        .map(|i| i.id.as_str())
        .collect();
    assert_eq!(mine, ["edu.tables"]);
    let place = c.indicator("edu.tables").map(|i| c.place(i));
    assert_eq!(place, Some(("education.toml".to_string(), 10)));
    let said = |c: &Catalogue| c.lexicon("education").named("乒乓球台").is_some();
    assert!(said(&c) && !said(&own));
    // The others are as they were, and a table is replaced too.
    let water = |c: &Catalogue| c.lexicon("water").terms.len();
    assert_eq!(water(&c), water(&own));
    assert!(with(&[("checks.toml", "")]).checks().check.is_empty());
}

#[test]
fn places_are_those_of_the_entries() {
    let c = Catalogue::builtin();
    for i in c.indicators() {
        let (file, line) = c.place(i);
        let (_, text) = builtin_files().find(|(name, _)| *name == file).unwrap();
        let entry: Vec<&str> = text.lines().skip(line - 1).take(3).collect();
        assert!(entry.concat().contains(&i.id), "{file}:{line} {}", i.id);
    }
}
