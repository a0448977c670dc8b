//! Accuracy on the labelled documents of `tests/corpus`: figures found, and indicators bound.
//!
//! Each document is built from its labelled blocks, analysed, and compared as multisets: figures by value and unit,
//! observations by indicator and value, and in full by scenario and year too. The worst misses are printed (`cargo test
//! --test extraction -- --nocapture` shows all). Thresholds may be raised, never lowered.

mod common;

use common::{Label, Score, document, labels, plain, unit_class};
use std::collections::BTreeMap;
use zhibiao::analysis::{Analysis, Transformation};
use zhibiao::read::{Block, BlockKind, Document, Format};
use zhibiao::{Catalogue, Hints, analyse_document};

/// What is compared, with how often it occurs.
type Bag = BTreeMap<String, i64>;

fn add(bag: &mut Bag, key: String) {
    *bag.entry(key).or_default() += 1;
}

/// Compares two bags; what `forgiven` says is not counted as wrong.
fn compare(
    labelled: &Bag,
    found: &Bag,
    forgiven: &Bag,
    misses: &mut Vec<String>,
    id: &str,
) -> Score {
    let mut score = Score::default();
    for (key, n) in labelled {
        let right = (*n).min(found.get(key).copied().unwrap_or(0));
        score.right += right;
        if n > &right {
            score.missed += n - right;
            misses.push(format!("{id}: missed {key}"));
        }
    }
    for (key, n) in found {
        let extra = n
            - labelled.get(key).copied().unwrap_or(0).min(*n)
            - forgiven.get(key).copied().unwrap_or(0);
        if extra > 0 {
            score.wrong += extra;
            misses.push(format!("{id}: wrong {key}"));
        }
    }
    score
}

/// Spans of time are left out of measurements.
const SPANS: [&str; 12] = [
    "年",
    "天",
    "日",
    "个月",
    "月",
    "小时",
    "分钟",
    "周",
    "季度",
    "工作日",
    "个工作日",
    "学时",
];

fn figures(label: &Label, analysis: &Analysis, misses: &mut Vec<String>) -> Score {
    let key = |value: &str, unit: &str| format!("{} {}", plain(value), unit_class(unit));
    let (mut labelled, mut found, mut forgiven) = (Bag::new(), Bag::new(), Bag::new());
    for fact in label
        .facts
        .iter()
        .filter(|f| !SPANS.contains(&f.unit.as_str()))
    {
        add(&mut labelled, key(&fact.value, &fact.unit));
    }
    for figure in analysis
        .quantities
        .iter()
        .filter(|f| !SPANS.contains(&&*f.unit))
    {
        let k = key(&figure.value.to_string(), &figure.unit);
        // 一 and 两 before a measure word are often rhetoric: neither rewarded nor punished.
        if figure.value_text.starts_with(['一', '两', '几', '数'])
            && figure.value_text.chars().count() <= 4
        {
            add(&mut forgiven, k.clone());
        }
        add(&mut found, k);
    }
    compare(&labelled, &found, &forgiven, misses, &label.id)
}

/// `full`: with scenario and year.
fn observations(
    label: &Label,
    analysis: &Analysis,
    catalogue: &Catalogue,
    full: bool,
    misses: &mut Vec<String>,
) -> Score {
    let prefixes: Vec<String> = if label.label_prefixes.is_empty() {
        vec!["common.".into(), "civil.".into()]
    } else {
        label
            .label_prefixes
            .iter()
            .map(|p| format!("{p}."))
            .collect()
    };
    let (mut labelled, mut found, mut forgiven, mut any_year) =
        (Bag::new(), Bag::new(), Bag::new(), Bag::new());
    let key = |indicator: &str, value: &str, scenario: &str, year: &str| {
        if full {
            format!("{indicator} {} {scenario} {year}", plain(value))
        } else {
            format!("{indicator} {}", plain(value))
        }
    };
    for fact in label.facts.iter().filter(|f| f.kind != "change") {
        // What no pipeline describes yet cannot be bound.
        if catalogue.indicator(&fact.indicator).is_some() {
            if full && fact.year().is_empty() {
                add(
                    &mut any_year,
                    key(&fact.indicator, &fact.value, fact.scenario(), ""),
                );
            } else {
                add(
                    &mut labelled,
                    key(&fact.indicator, &fact.value, fact.scenario(), fact.year()),
                );
            }
        }
        for id in &fact.accept {
            add(
                &mut forgiven,
                key(id, &fact.value, fact.scenario(), fact.year()),
            );
        }
    }
    for zero in &label.zeros {
        add(
            &mut labelled,
            key(
                &zero.indicator,
                "0",
                &zero.scenario,
                &label.year.to_string(),
            ),
        );
    }
    for o in analysis
        .observations
        .iter()
        .filter(|o| o.transformation == Transformation::Level)
    {
        if prefixes.iter().any(|p| o.indicator.starts_with(p.as_str())) {
            let value = o.obs_value.to_string();
            let open = key(&o.indicator, &value, o.scenario.name(), "");
            let exact = key(&o.indicator, &value, o.scenario.name(), &o.year.to_string());
            let free = labelled.get(&exact).copied().unwrap_or(0)
                <= found.get(&exact).copied().unwrap_or(0);
            match any_year.get_mut(&open) {
                // A label without a year is met by any year.
                Some(n) if full && *n > 0 && free => {
                    *n -= 1;
                    add(&mut labelled, format!("{open}?"));
                    add(&mut found, format!("{open}?"));
                }
                _ => add(&mut found, exact),
            }
        }
    }
    for (open, n) in any_year.into_iter().filter(|(_, n)| *n > 0) {
        *labelled.entry(open).or_default() += n;
    }
    compare(&labelled, &found, &forgiven, misses, &label.id)
}

#[test]
fn labelled_documents() {
    let catalogue = Catalogue::builtin();
    let mut total = [Score::default(); 3];
    let mut misses: [Vec<String>; 3] = Default::default();
    let labels = labels();
    let unknown =
        |f: &&common::Fact| !f.indicator.is_empty() && catalogue.indicator(&f.indicator).is_none();
    let skipped: usize = labels
        .iter()
        .map(|l| l.facts.iter().filter(unknown).count())
        .sum();
    println!("{skipped} labels are of indicators that no pipeline describes yet");
    assert!(labels.len() > 40, "{} label files", labels.len());
    for label in &labels {
        let name = format!("{}.docx", label.id);
        let analysis = analyse_document(document(label), &name, &Hints::default(), catalogue);
        let scores = [
            figures(label, &analysis, &mut misses[0]),
            observations(label, &analysis, catalogue, false, &mut misses[1]),
            observations(label, &analysis, catalogue, true, &mut misses[2]),
        ];
        println!(
            "{:28} figures {:.3}  observations P {:.3} R {:.3}  in full P {:.3} R {:.3}",
            label.id,
            scores[0].f1(),
            scores[1].precision(),
            scores[1].recall(),
            scores[2].precision(),
            scores[2].recall()
        );
        for (sum, score) in total.iter_mut().zip(scores) {
            sum.add(score);
        }
    }
    for (what, (list, score)) in ["figures", "observations", "in full"]
        .iter()
        .zip(misses.iter().zip(total))
    {
        println!(
            "{what}: P {:.4} R {:.4} F1 {:.4}",
            score.precision(),
            score.recall(),
            score.f1()
        );
        list.iter().take(60).for_each(|miss| println!("    {miss}"));
    }
    let [figures, observations, full] = total;
    assert!(figures.f1() >= FIGURES, "figures F1 {:.4}", figures.f1());
    assert!(
        observations.precision() >= PRECISION,
        "precision {:.4}",
        observations.precision()
    );
    assert!(
        observations.recall() >= RECALL,
        "recall {:.4}",
        observations.recall()
    );
    assert!(full.f1() >= FULL, "in full F1 {:.4}", full.f1());
}

const FIGURES: f64 = 0.98;
const PRECISION: f64 = 0.985;
const RECALL: f64 = 0.92;
const FULL: f64 = 0.95;

/// Level observations of a document with their confidence, and whether its labels have them.
fn judged(label: &Label, catalogue: &Catalogue) -> Vec<(f64, bool, String)> {
    let name = format!("{}.docx", label.id);
    let analysis = analyse_document(document(label), &name, &Hints::default(), catalogue);
    let prefixes: Vec<String> = if label.label_prefixes.is_empty() {
        vec!["common.".into(), "civil.".into()]
    } else {
        let dotted = label.label_prefixes.iter().map(|p| format!("{p}."));
        dotted.collect()
    };
    let mut labelled = Bag::new();
    for fact in label.facts.iter().filter(|f| f.kind != "change") {
        for id in std::iter::once(&fact.indicator).chain(&fact.accept) {
            add(&mut labelled, format!("{id} {}", plain(&fact.value)));
        }
    }
    for zero in &label.zeros {
        add(&mut labelled, format!("{} 0", zero.indicator));
    }
    let level = |o: &&zhibiao::Observation| {
        o.transformation == Transformation::Level
            && prefixes.iter().any(|p| o.indicator.starts_with(p.as_str()))
    };
    analysis
        .observations
        .iter()
        .filter(level)
        .map(|o| {
            let key = format!("{} {}", o.indicator, plain(&o.obs_value.to_string()));
            let left = labelled.entry(key.clone()).or_default();
            *left -= 1;
            (o.confidence, *left >= 0, key)
        })
        .collect()
}

/// Observations of many documents with their confidence, and how many of those in a range are right.
struct Judged(Vec<(f64, bool, String)>);

impl Judged {
    /// Of all labelled documents whose id fits.
    fn of(fits: impl Fn(&str) -> bool) -> Judged {
        let catalogue = Catalogue::builtin();
        let chosen = labels().into_iter().filter(|l| fits(&l.id));
        Judged(chosen.flat_map(|l| judged(&l, catalogue)).collect())
    }

    /// Right ones, and all, with a confidence in this range.
    fn within(&self, range: std::ops::Range<f64>) -> (usize, usize) {
        let of: Vec<bool> = self
            .0
            .iter()
            .filter(|(c, ..)| range.contains(c))
            .map(|(_, right, _)| *right)
            .collect();
        (of.iter().filter(|r| **r).count(), of.len())
    }

    /// Share of right ones among those with 0.9 and more; the others are printed.
    fn sure(&self) -> (f64, usize) {
        for (c, _, key) in self.0.iter().filter(|(c, right, _)| !right && *c >= 0.9) {
            println!("wrong with {c}: {key}");
        }
        let (right, all) = self.within(0.9..1.01);
        println!("sure: {right} of {all}");
        (right as f64 / all.max(1) as f64, all)
    }
}

/// Of observations with a confidence of 0.9 and more, 99 % are right. docs/accuracy.md tells how the numbers were found.
#[test]
fn confidence_keeps_its_promise() {
    let (share, many) = Judged::of(|_| true).sure();
    assert!(many > 1500, "{many} to judge by");
    assert!(share >= 0.99, "{share:.4} of the sure ones are right");
}

/// The same of the documents that no rule was made from (tests/corpus/README.md).
#[test]
fn confidence_keeps_its_promise_on_documents_held_back() {
    let (share, many) = Judged::of(|id| id.starts_with("unseen-")).sure();
    assert!(many >= 250, "{many} to judge by");
    assert!(share >= 0.99, "{share:.4} of the sure ones are right");
}

/// What is surer is right more often, on all documents and on those held back, as far as there are enough to tell.
#[test]
fn what_is_surer_is_right_more_often() {
    for (what, few) in [("", 100), ("unseen-", 60)] {
        let judged = Judged::of(|id| id.starts_with(what));
        let bands = [0.0..0.85, 0.85..0.9, 0.9..0.96, 0.96..1.01];
        let shares: Vec<f64> = bands
            .into_iter()
            .map(|band| judged.within(band))
            .inspect(|(right, all)| println!("{what} {right} of {all}"))
            .filter(|(_, all)| *all >= few)
            .map(|(right, all)| right as f64 / all as f64)
            .collect();
        assert!(shares.len() >= 2, "{what}: {shares:?}");
        assert!(
            shares.windows(2).all(|w| w[0] <= w[1]),
            "{what}: {shares:?}"
        );
    }
}

/// A paragraph of one thing said over and over, as hostile or broken files have it.
fn repeated(unit: &str, characters: usize) -> Document {
    Document::new(
        Format::Docx,
        vec![Block {
            location: "p1".to_string(),
            kind: BlockKind::Paragraph {
                text: unit.chars().cycle().take(characters).collect(),
            },
        }],
    )
}

/// What a document makes is no more than in proportion to its size: figures, observations, and the text they quote.
#[test]
fn hostile_paragraphs_make_no_more_than_their_size() {
    let catalogue = Catalogue::builtin();
    for unit in [
        "1",
        "1,",
        "一",
        "十",
        "（",
        "）",
        "，",
        "、",
        "由",
        "其中",
        "分别为",
        "无",
        "《",
        "“",
        "5人",
        "5人（",
        "由1元、",
        "由5人提高到",
        "低保5人、",
        "低保5人，",
        "孤儿5人分别为",
        "未发生会议费，",
        "2023年5人，",
        "10%的",
    ] {
        let size = |n: usize| {
            let a = analyse_document(
                repeated(unit, n),
                "某县民政局2023.docx",
                &Hints::default(),
                catalogue,
            );
            let quoted: usize = a
                .observations
                .iter()
                .map(|o| o.evidence.len() + o.rule.len())
                .sum();
            let figures: usize = a
                .quantities
                .iter()
                .map(|q| q.measured.len() + q.reason.len() + q.value_text.len())
                .sum();
            for q in &a.quantities {
                assert!(
                    q.chars.start < q.chars.end && q.chars.end <= n,
                    "{unit}: {:?}",
                    q.chars
                );
            }
            (a.quantities.len() + a.observations.len(), quoted + figures)
        };
        let (rows, bytes) = size(25_000);
        let (more_rows, more_bytes) = size(100_000);
        assert!(
            more_rows <= 4 * rows + 8,
            "{unit}: {rows} rows, then {more_rows}"
        );
        assert!(
            more_bytes <= 5 * bytes + 40_000,
            "{unit}: {bytes} bytes, then {more_bytes}"
        );
    }
}
