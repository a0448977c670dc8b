//! The area: which of the places that a document names it speaks for.

use super::agency::AgencyMention;
use super::area::{Form, Gazetteer, Mention};
use super::evidence::Evidence;
use super::resolve::{inside, quoted};
use super::{Hints, Knowledge};
use aho_corasick::packed;
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::sync::LazyLock;

/// How a text speaks of itself: 全县 14, 全市 2.
#[derive(Debug, Default)]
struct Cues(FxHashMap<char, u32>);

pub(super) const KINDS: &str = "省市县区州盟旗";

/// What stands before a kind of area where a text speaks of its own.
const OWN: &str = "全我本";

/// 全省, 全市 … 本旗, many bytes looked at together; where the machine cannot do that, one after the other.
static CUES: LazyLock<Option<packed::Searcher>> = LazyLock::new(|| packed::Searcher::new(cues()));

fn cues() -> impl Iterator<Item = String> {
    let of = |own: char| KINDS.chars().map(move |kind| format!("{own}{kind}"));
    OWN.chars().flat_map(of)
}

impl Cues {
    /// Counts a kind of area after 全, 我 or 本.
    fn count(body: &[&str]) -> Self {
        let mut counted = Cues::default();
        let mut count = |cue: Option<&str>| {
            if let Some(kind) = cue.and_then(|cue| cue.chars().next_back()) {
                counted.add(kind);
            }
        };
        for text in body {
            match &*CUES {
                Some(cues) => cues
                    .find_iter(text)
                    .for_each(|found| count(text.get(found.start()..found.end()))),
                None => cues().for_each(|cue| text.matches(&*cue).for_each(|cue| count(Some(cue)))),
            }
        }
        counted
    }

    fn add(&mut self, kind: char) {
        *self.0.entry(kind).or_default() += 1;
    }

    fn of(&self, name: &str) -> u32 {
        name.chars()
            .next_back()
            .and_then(|c| self.0.get(&c))
            .copied()
            .unwrap_or(0)
    }

    /// The kind said most often, where one is.
    fn most(&self) -> Option<char> {
        let best = *self.0.values().max()?;
        let mut kinds = self.0.iter().filter(|(_, n)| **n == best).map(|(c, _)| *c);
        let first = kinds.next()?;
        kinds.next().is_none().then_some(first)
    }
}

/// A department, and the index of the place that it belongs to with what stands between (委 of 市委宣传部).
pub(super) type Owned = (AgencyMention, Option<(usize, String)>);

/// A line with the places and departments in it.
pub(super) struct Reading {
    pub places: Vec<Mention>,
    pub agencies: Vec<Owned>,
}

impl Reading {
    fn attached(&self, place: usize) -> bool {
        self.agencies
            .iter()
            .any(|(_, owner)| owner.as_ref().is_some_and(|(o, _)| *o == place))
    }
}

/// The areas that a line can speak for.
struct Claim {
    codes: Vec<u32>,
    /// It is the area of a department.
    sure: bool,
    /// The codes are those of several places, not of one name that several areas bear.
    several: bool,
}

/// Everything that is weighed for one document.
pub(super) struct Weigher<'a> {
    pub k: &'a Knowledge,
    pub year: i32,
    pub e: &'a Evidence,
    pub body: &'a [&'a str],
    pub stem: &'a str,
    pub hints: &'a Hints,
    /// Kinds of areas that the body speaks of as its own, and readings of the body, made when first needed.
    cues: OnceCell<Cues>,
    readings: OnceCell<Vec<Reading>>,
    /// Places that the document names for certain, and places that its file and folders name.
    context: OnceCell<(Counts, Counts)>,
}

/// Codes and how often each is named, in the order of codes.
type Counts = Vec<(u32, u32)>;

fn sorted(counts: FxHashMap<u32, u32>) -> Counts {
    let mut counts: Counts = counts.into_iter().collect();
    counts.sort_unstable();
    counts
}

/// The one with the highest value above 0, where there is one.
fn unique(codes: &[u32], value: impl Fn(u32) -> u32) -> Option<u32> {
    let best = codes.iter().map(|&c| value(c)).max().filter(|b| *b > 0)?;
    let mut top = codes.iter().copied().filter(|&c| value(c) == best);
    let first = top.next()?;
    top.next().is_none().then_some(first)
}

impl<'a> Weigher<'a> {
    pub(super) fn new(
        k: &'a Knowledge,
        year: i32,
        e: &'a Evidence,
        body: &'a [&'a str],
        stem: &'a str,
        hints: &'a Hints,
    ) -> Self {
        let (readings, context) = (OnceCell::new(), OnceCell::new());
        Weigher {
            k,
            year,
            e,
            body,
            stem,
            hints,
            cues: OnceCell::new(),
            readings,
            context,
        }
    }

    fn cues(&self) -> &Cues {
        self.cues.get_or_init(|| Cues::count(self.body))
    }

    /// Places and departments of a line; those inside 《》 left out.
    pub(super) fn read(&self, text: &str) -> Reading {
        self.read_all(text, &quoted(text))
    }

    fn read_all(&self, text: &str, quoted: &[std::ops::Range<usize>]) -> Reading {
        let mut places = self.k.places.find(text, self.year);
        places.retain(|m| {
            // Help given to, or a visit to, another place.
            let before = text.get(..m.bytes.start).unwrap_or_default();
            let other = ["援助", "支援", "帮扶", "结对", "援", "赴"];
            !inside(quoted, &m.bytes) && !other.iter().any(|w| before.ends_with(w))
        });
        let mut ends: Vec<usize> = Vec::with_capacity(places.len());
        for m in &places {
            ends.push(m.bytes.end);
            if let Some(gap) = gap_after(text, m.bytes.end) {
                ends.push(m.bytes.end + gap.len());
            }
        }
        let agencies = self.k.agencies.mentions(text, &ends);
        let agencies = agencies
            .into_iter()
            .filter(|a| !inside(quoted, &a.bytes))
            .map(|a| {
                let i = places.partition_point(|m| m.bytes.end <= a.bytes.start);
                let owner = i.checked_sub(1).and_then(|i| {
                    let end = places.get(i)?.bytes.end;
                    let gap = text.get(end..a.bytes.start)?;
                    let joins = gap.is_empty()
                        || gap_after(text, end) == Some(gap)
                        // 桃洪 of 隆回县桃洪镇人民政府.
                        || (a.domain.is_empty() && gap.chars().count() <= 4 && gap.chars().all(han));
                    joins.then(|| (i, gap.to_string()))
                });
                (a, owner)
            })
            .collect();
        Reading { places, agencies }
    }

    pub(super) fn readings(&self) -> &[Reading] {
        self.readings
            .get_or_init(|| self.body.iter().map(|t| self.read(t)).collect())
    }

    /// The areas that a line can speak for, and whether a department makes it sure: that of its first department with a
    /// place; else the first place named, or the smallest named inside it. Two places apart from each other (a
    /// partnership) are both possible.
    fn speaks_for(&self, text: &str) -> Option<Claim> {
        let mut r = self.read(text);
        if r.places.is_empty() {
            // 关于印发《…》的通知: its own document, if nothing else is named.
            r = self.read_all(text, &[]);
        }
        if let Some((i, _)) = r.agencies.iter().find_map(|(_, owner)| owner.as_ref()) {
            return r.places.get(*i).map(|m| Claim {
                codes: m.codes.clone(),
                sure: true,
                several: false,
            });
        }
        // A bare name is believed at the head of a line only.
        let head = |m: &Mention| {
            let before = text.get(..m.bytes.start).unwrap_or_default();
            !before
                .trim_start_matches("关于")
                .contains(|c| han(c) && !"年度月".contains(c))
        };
        let mut usable = r
            .places
            .iter()
            .filter(|m| !m.generic && (m.form != Form::Bare || head(m)));
        let mut codes = usable.next()?.codes.clone();
        let mut apart: Vec<u32> = Vec::new();
        for m in usable {
            let related = |c: u32| codes.iter().any(|&p| Gazetteer::within(c, p));
            let deeper: Vec<u32> = m.codes.iter().copied().filter(|&c| related(c)).collect();
            if !deeper.is_empty() {
                codes = deeper;
            } else if !m
                .codes
                .iter()
                .any(|&c| codes.iter().any(|&p| Gazetteer::within(p, c)))
            {
                apart.extend(&m.codes);
            }
        }
        let several = !apart.is_empty();
        codes.extend(apart);
        Some(Claim {
            codes,
            sure: false,
            several,
        })
    }

    pub(super) fn area(&self, inherited: &mut Vec<String>) -> Option<u32> {
        if let Some(code) = self.hints.area.as_deref().and_then(|text| self.given(text)) {
            inherited.push("ref_area: 命令行".into());
            return Some(code);
        }
        // The first line that names a place decides; where it can be several areas, the rest of the evidence does.
        let mut titles = std::iter::once(&self.e.title).chain(&self.e.under);
        if let Some(claim) = titles.find_map(|l| self.speaks_for(l)) {
            let signed = if claim.sure {
                None
            } else {
                self.signed_inside(&claim.codes)
            };
            let all = || holds_all(&claim.codes).filter(|_| claim.several);
            return signed
                .or_else(|| self.settle(&claim.codes, inherited))
                .or_else(all);
        }
        if self.national() {
            return None;
        }
        let mut own = self.e.headers.iter().chain(&self.e.signature);
        if let Some(claim) = own.find_map(|l| self.speaks_for(l)) {
            return self.settle(&claim.codes, inherited);
        }
        if let Some(code) = self.body_area() {
            return Some(code);
        }
        let named = |text: &str| self.settle(&self.speaks_for(text)?.codes, &mut Vec::new());
        if let Some(code) = named(self.stem) {
            inherited.push("ref_area: 文件名".into());
            return Some(code);
        }
        let folder = |f: &String| self.given(f).or_else(|| named(f));
        if let Some(code) = self.hints.folders.iter().rev().find_map(folder) {
            inherited.push("ref_area: 文件夹名".into());
            return Some(code);
        }
        let sibling = self.sibling();
        if sibling.is_some() {
            inherited.push("ref_area: 主报告".into());
        }
        sibling
    }

    fn sibling(&self) -> Option<u32> {
        self.hints
            .siblings
            .as_ref()
            .and_then(|s| s.place.ref_area.parse().ok())
    }

    /// A title that only names a province or city may be that of its programme (湖南省2024年福彩公益金项目): the bureau of a
    /// form header or the signature, if it lies inside, says who reports.
    fn signed_inside(&self, codes: &[u32]) -> Option<u32> {
        self.e
            .headers
            .iter()
            .chain(&self.e.signature)
            .find_map(|line| {
                let claim = self.speaks_for(line)?;
                let inner = |c: &u32| codes.iter().any(|&p| p != *c && Gazetteer::within(*c, p));
                let own: Vec<u32> = claim.codes.into_iter().filter(inner).collect();
                if claim.sure && !own.is_empty() {
                    self.settle(&own, &mut Vec::new())
                } else {
                    None
                }
            })
    }

    /// A title that speaks for the whole country.
    fn national(&self) -> bool {
        let title = &self.e.title;
        title.contains("全国")
            || title.starts_with("国家")
            || self.read(title).agencies.iter().any(|(a, owner)| {
                owner.is_none() && a.name.ends_with('部') && a.bytes.start == 0 && a.bureau
            })
    }

    /// A code or a name given on the command line or as the name of a folder.
    fn given(&self, text: &str) -> Option<u32> {
        let text = text.trim();
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        if digits.len() == 6
            && let Some(place) = self.k.places.place(&digits, self.year)
        {
            return place.ref_area.parse().ok();
        }
        let found = self.k.places.find(text, self.year);
        let whole = found.into_iter().find(|m| m.bytes == (0..text.len()))?;
        self.settle(&whole.codes, &mut Vec::new())
    }

    /// One of several areas: the one that the other places of the document agree with, then those of its file and
    /// folders, then how the text speaks of itself. `None` where two are equal.
    fn settle(&self, codes: &[u32], inherited: &mut Vec<String>) -> Option<u32> {
        match codes {
            [] => return None,
            [only] => return Some(*only),
            _ => {}
        }
        let (document, outside) = self.context();
        let score = |counts: &Counts, c: u32| -> u32 {
            let one = |&(m, n): &(u32, u32)| {
                let n = n.min(3);
                if m == c {
                    n * 8
                } else if Gazetteer::within(c, m) {
                    n * if m.is_multiple_of(10_000) { 2 } else { 4 }
                } else if Gazetteer::within(m, c) {
                    n * 3
                } else if !c.is_multiple_of(100) && m / 100 == c / 100 {
                    n
                } else {
                    0
                }
            };
            counts.iter().map(one).sum()
        };
        if let Some(code) = unique(codes, |c| score(document, c)) {
            return Some(code);
        }
        let both = unique(codes, |c| score(document, c) + score(outside, c));
        if both.is_some() {
            inherited.push("ref_area: 文件名或文件夹名".into());
            return both;
        }
        unique(codes, |c| self.cues().of(self.k.places.name(c, self.year))).or_else(|| {
            let mut bureaus = Cues::default();
            for (text, r) in self.body.iter().zip(self.readings()) {
                for (a, _) in r.agencies.iter().filter(|(_, owner)| owner.is_none()) {
                    let before = text
                        .get(..a.bytes.start)
                        .and_then(|b| b.chars().next_back());
                    if let Some(kind) = before.filter(|c| KINDS.contains(*c)) {
                        bureaus.add(kind);
                    }
                }
            }
            unique(codes, |c| bureaus.of(self.k.places.name(c, self.year)))
        })
    }

    /// Places named for certain: in the document (also inside 《》: a notice of the superior names the province), and
    /// in the names of its file and folders and by its main document.
    fn context(&self) -> &(Counts, Counts) {
        self.context.get_or_init(|| {
            let of = |texts: &mut dyn Iterator<Item = &str>| {
                let mut counts: FxHashMap<u32, u32> = FxHashMap::default();
                for text in texts {
                    for m in self.k.places.find(text, self.year) {
                        if let ([only], false) = (m.codes.as_slice(), m.generic) {
                            *counts.entry(*only).or_default() += 1;
                        }
                    }
                }
                sorted(counts)
            };
            let e = self.e;
            let own = e
                .headers
                .iter()
                .chain(&e.signature)
                .chain(&e.under)
                .map(String::as_str);
            let document = of(&mut self.body.iter().copied().chain(own));
            let folders = self.hints.folders.iter().map(String::as_str);
            let mut outside = of(&mut std::iter::once(self.stem).chain(folders));
            if let Some(code) = self.sibling() {
                outside.push((code, 2));
            }
            (document, outside)
        })
    }

    /// The area that the body speaks of most, if it clearly does: named several times or as a bureau's, and of the kind
    /// that the text calls itself (全县). Superiors that ask (根据…民政厅) and visitors do not count.
    fn body_area(&self) -> Option<u32> {
        let mut weights: FxHashMap<u32, u32> = FxHashMap::default();
        // What an ambiguous name stands for is the same throughout.
        let mut settled: FxHashMap<&[u32], Option<u32>> = FxHashMap::default();
        for (text, r) in self.body.iter().zip(self.readings()) {
            for (i, m) in r.places.iter().enumerate() {
                if m.generic || m.form == Form::Bare || passing(text, m) {
                    continue;
                }
                let code = match m.codes.as_slice() {
                    [only] => Some(*only),
                    many => {
                        let settle = || self.settle(many, &mut Vec::new());
                        *settled.entry(many).or_insert_with(settle)
                    }
                };
                if let Some(code) = code {
                    *weights.entry(code).or_default() += if r.attached(i) { 3 } else { 1 };
                }
            }
        }
        let weights = sorted(weights);
        let best = weights.iter().map(|v| v.1).max()?;
        let mut top = weights.iter().filter(|v| v.1 == best).map(|v| v.0);
        let mut code = top.next()?;
        // 衡阳市 and 衡阳市衡山县 equally often: the smaller.
        for other in top {
            if Gazetteer::within(other, code) {
                code = other;
            } else if !Gazetteer::within(code, other) {
                return None;
            }
        }
        let kind = self.cues().most();
        let agrees = kind.is_none_or(|c| self.k.places.name(code, self.year).ends_with(c));
        (agrees && (best >= 4 || (best >= 2 && kind.is_some()))).then_some(code)
    }
}

/// The prefecture of several districts that one title names (昭化区、朝天区…情况).
fn holds_all(codes: &[u32]) -> Option<u32> {
    let prefecture = codes.first()? / 100 * 100;
    let inside = |&c: &u32| c / 100 * 100 == prefecture && !c.is_multiple_of(100);
    (codes.iter().all(inside) && !prefecture.is_multiple_of(10_000)).then_some(prefecture)
}

/// A place that only asks or visits: 根据…, …一行来考察.
fn passing(text: &str, m: &Mention) -> bool {
    let before = text.get(..m.bytes.start).unwrap_or_default();
    let asks = [
        "根据", "按照", "依据", "按", "经", "受", "获", "获得", "向", "报", "被", "来自",
    ];
    let after: String = text
        .get(m.bytes.end..)
        .unwrap_or_default()
        .chars()
        .take(16)
        .collect();
    let visits = ["一行", "考察", "调研", "参观", "来访", "交流学习"];
    asks.iter().any(|w| before.ends_with(w)) || visits.iter().any(|w| after.contains(w))
}

pub(super) fn han(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

/// What may stand between a place and its department: 湛江市|委|宣传部.
fn gap_after(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    rest.starts_with('委')
        .then(|| rest.get(..'委'.len_utf8()))
        .flatten()
}
