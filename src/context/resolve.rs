//! Weighs the evidence: see the precedence in the parent module.

use super::agency::AgencyMention;
use super::area::{Form, Gazetteer, Level, Mention};
use super::evidence::Evidence;
use super::{Hints, Knowledge, period};
use crate::analysis::{DocumentContext, Place};
use crate::read::{BlockKind, Document};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Most characters of a body that are weighed: a title page and many chapters, not a yearbook.
const BODY_LIMIT: usize = 200_000;

/// Area, agency, year and period of a document, by the precedence stated in the module [`super`].
///
/// `file_name` is the name alone, without folders. Nothing is guessed where the evidence is equal: an unknown area is an
/// empty code, an unknown year 0.
pub fn resolve(doc: &Document, file_name: &str, hints: &Hints, k: &Knowledge) -> DocumentContext {
    let e = Evidence::collect(doc);
    let stem = file_name.rsplit_once('.').map_or(file_name, |(s, _)| s);
    let mut c = DocumentContext {
        title: if e.title.is_empty() {
            stem.to_string()
        } else {
            e.title.clone()
        },
        ..DocumentContext::default()
    };
    let body = body_texts(doc);
    c.year = year(&e, &body, stem, hints, &mut c.inherited);
    let under: Vec<&str> = e.under.iter().map(String::as_str).collect();
    c.period = period::document_period(&e.title, &under, stem, c.year);
    if let Some(s) = &hints.siblings {
        // A form without a period of its own belongs to the report that it was handed in with.
        if c.inherited.iter().any(|i| i.starts_with("year: 主报告")) {
            c.period = s.period;
        }
    }
    let w = Weigher {
        k,
        year: c.year,
        cues: Cues::count(&body),
        e: &e,
        body: &body,
        stem,
        hints,
    };
    let area = w.area(&mut c.inherited);
    if let Some(code) = area {
        c.place = k.places.place_of(code, c.year).unwrap_or_default();
    }
    w.agency(&mut c);
    c
}

/// All text of a document, in order, up to a limit.
fn body_texts(doc: &Document) -> Vec<&str> {
    let mut left = BODY_LIMIT;
    let mut out = Vec::new();
    let mut push = |text| {
        let text: &str = text;
        if left > 0 && !text.is_empty() {
            left = left.saturating_sub(text.len());
            out.push(text);
        }
    };
    for b in &doc.blocks {
        match &b.kind {
            BlockKind::Table(t) => t
                .cells
                .iter()
                .filter(|c| !c.numeric)
                .for_each(|c| push(&c.text)),
            _ => push(b.text()),
        }
    }
    out
}

fn year(
    e: &Evidence,
    body: &[&str],
    stem: &str,
    hints: &Hints,
    inherited: &mut Vec<String>,
) -> i32 {
    if let Some(y) = hints.year.filter(|y| period::YEARS.contains(y)) {
        inherited.push("year: 命令行".into());
        return y;
    }
    let stated = period::line_year(&e.title)
        .or_else(|| e.under.iter().find_map(|l| period::line_year(l)))
        .or(e.header_year)
        .or_else(|| body_year(e, body))
        .or_else(|| e.signed_year());
    if let Some(y) = stated {
        return y;
    }
    if let Some(y) = name_year(stem) {
        inherited.push("year: 文件名".into());
        return y;
    }
    if let Some(y) = hints.folders.iter().rev().find_map(|f| name_year(f)) {
        inherited.push("year: 文件夹名".into());
        return y;
    }
    if let Some(y) = hints.siblings.as_ref().map(|s| s.year).filter(|y| *y != 0) {
        inherited.push("year: 主报告".into());
        return y;
    }
    0
}

/// A year in the name of a file or folder: written with 年, else four figures that stand alone.
fn name_year(name: &str) -> Option<i32> {
    period::line_year(name).or_else(|| {
        name.split(|c: char| !c.is_ascii_digit())
            .filter(|d| d.len() == 4)
            .filter_map(|d| d.parse().ok())
            .find(|y| (1980..=2060).contains(y))
    })
}

/// The year that the body speaks of most; of equals the one as of which it states figures (截至2019年3月底), then the first.
/// Dates to the day, comparisons and what stands in 《》 are left out.
fn body_year(e: &Evidence, body: &[&str]) -> Option<i32> {
    let mut votes: Vec<(i32, u32, u32)> = Vec::new();
    for text in body {
        let quoted = quoted(text);
        for m in period::scan(text, 0) {
            if !m.explicit || m.compared || inside(&quoted, &m.bytes) {
                continue;
            }
            let Some(p) = m
                .period
                .filter(|p| p.start != p.end || m.kind == period::Kind::AsOf)
            else {
                continue;
            };
            let y = chrono::Datelike::year(&p.end);
            let point = u32::from(m.kind == period::Kind::AsOf);
            match votes.iter_mut().find(|v| v.0 == y) {
                Some(v) => {
                    v.1 += 1;
                    v.2 += point;
                }
                None => votes.push((y, 1, point)),
            }
        }
    }
    // A year after the signature is a plan.
    if let Some(d) = e.signed {
        votes.retain(|v| v.0 <= chrono::Datelike::year(&d));
    }
    let best = votes.iter().map(|v| (v.1, v.2)).max()?;
    votes.iter().find(|v| (v.1, v.2) == best).map(|v| v.0)
}

/// What stands inside 《》.
fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut open = None;
    for (i, c) in text.char_indices() {
        match c {
            '《' => open = open.or(Some(i)),
            '》' => {
                if let Some(s) = open.take() {
                    out.push(s..i);
                }
            }
            _ => {}
        }
    }
    out
}

fn inside(ranges: &[Range<usize>], r: &Range<usize>) -> bool {
    ranges.iter().any(|q| q.start <= r.start && r.end <= q.end)
}

/// How a text speaks of itself: 全县 14, 全市 2.
#[derive(Debug, Default)]
struct Cues(FxHashMap<char, u32>);

impl Cues {
    fn count(body: &[&str]) -> Self {
        let mut cues = Cues::default();
        for text in body {
            let mut before = '\0';
            for c in text.chars() {
                if matches!(c, '省' | '市' | '县' | '区' | '州' | '盟' | '旗')
                    && matches!(before, '全' | '我' | '本')
                {
                    *cues.0.entry(c).or_default() += 1;
                }
                before = c;
            }
        }
        cues
    }

    fn of(&self, name: &str) -> u32 {
        // 自治区 calls itself 全区, as a district does.
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

/// A line with the places and departments in it.
struct Reading {
    places: Vec<Mention>,
    /// The department, and the index of the place that it belongs to with what stands between (委 of 市委宣传部).
    agencies: Vec<(AgencyMention, Option<(usize, String)>)>,
}

struct Weigher<'a> {
    k: &'a Knowledge,
    year: i32,
    cues: Cues,
    e: &'a Evidence,
    body: &'a [&'a str],
    stem: &'a str,
    hints: &'a Hints,
}

impl Weigher<'_> {
    fn read(&self, text: &str) -> Reading {
        let quoted = quoted(text);
        let mut places = self.k.places.find(text, self.year);
        places.retain(|m| {
            let before = text.get(..m.bytes.start).unwrap_or_default();
            // Help given to, or by, another place.
            let helped = ["援助", "支援", "帮扶", "结对", "援", "赴"]
                .iter()
                .any(|w| before.ends_with(w));
            !inside(&quoted, &m.bytes) && !helped
        });
        let mut ends: Vec<usize> = places.iter().map(|m| m.bytes.end).collect();
        for m in &places {
            if let Some(gap) = gap_after(text, m.bytes.end) {
                ends.push(m.bytes.end + gap.len());
            }
        }
        let agencies = self
            .k
            .agencies
            .mentions(text, &ends)
            .into_iter()
            .filter(|a| !inside(&quoted, &a.bytes))
            .map(|a| {
                let owner = places.iter().enumerate().rev().find_map(|(i, m)| {
                    let gap = text.get(m.bytes.end..a.bytes.start)?;
                    let joins = gap.is_empty()
                        || gap_after(text, m.bytes.end).is_some_and(|g| g == gap)
                        // 桃洪 of 隆回县桃洪镇人民政府.
                        || (a.domain.is_empty() && gap.chars().count() <= 4 && gap.chars().all(|c| ('\u{3400}'..='\u{9fff}').contains(&c)));
                    joins.then(|| (i, gap.to_string()))
                });
                (a, owner)
            })
            .collect();
        Reading { places, agencies }
    }

    /// The places of a line that it may speak for, the likeliest first place only: that of its first department, else
    /// the first named, or the smallest inside it.
    fn speaks_for(&self, text: &str, bare: bool) -> Option<Vec<u32>> {
        let r = self.read(text);
        if let Some((i, _)) = r.agencies.iter().find_map(|(_, owner)| owner.as_ref()) {
            return r.places.get(*i).map(|m| m.codes.clone());
        }
        let mut usable = r
            .places
            .iter()
            .filter(|m| !m.generic && (bare || m.form != Form::Bare));
        let mut codes = usable.next()?.codes.clone();
        for m in usable {
            let deeper: Vec<u32> = m
                .codes
                .iter()
                .copied()
                .filter(|&c| codes.iter().any(|&p| p != c && Gazetteer::within(c, p)))
                .collect();
            if !deeper.is_empty() {
                codes = deeper;
            }
        }
        Some(codes)
    }

    fn area(&self, inherited: &mut Vec<String>) -> Option<u32> {
        if let Some(text) = &self.hints.area {
            if let Some(code) = self.given(text) {
                inherited.push("ref_area: 命令行".into());
                return Some(code);
            }
        }
        // The first line that names a place decides; if it names several areas, the rest of the evidence does.
        for line in std::iter::once(&self.e.title).chain(&self.e.under) {
            if let Some(codes) = self.speaks_for(line, true) {
                return self.settle(&codes);
            }
        }
        if self.national() {
            return None;
        }
        for line in self.e.headers.iter().chain(&self.e.signature) {
            if let Some(codes) = self.speaks_for(line, true) {
                return self.settle(&codes);
            }
        }
        if let Some(code) = self.body_area() {
            return Some(code);
        }
        if let Some(code) = self
            .speaks_for(self.stem, true)
            .and_then(|c| self.settle(&c))
        {
            inherited.push("ref_area: 文件名".into());
            return Some(code);
        }
        for folder in self.hints.folders.iter().rev() {
            if let Some(code) = self
                .given(folder)
                .or_else(|| self.speaks_for(folder, true).and_then(|c| self.settle(&c)))
            {
                inherited.push("ref_area: 文件夹名".into());
                return Some(code);
            }
        }
        let sibling = self
            .hints
            .siblings
            .as_ref()
            .and_then(|s| s.place.ref_area.parse().ok());
        if sibling.is_some() {
            inherited.push("ref_area: 主报告".into());
        }
        sibling
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
        if digits.len() == 6 {
            if let Some(place) = self.k.places.place(&digits, self.year) {
                return place.ref_area.parse().ok();
            }
        }
        let whole = self
            .k
            .places
            .find(text, self.year)
            .into_iter()
            .find(|m| m.bytes == (0..text.len()))?;
        self.settle(&whole.codes)
    }

    /// One of several areas that a name can stand for: the one that the rest of the evidence agrees with; `None` where
    /// two do equally.
    fn settle(&self, codes: &[u32]) -> Option<u32> {
        match codes {
            [] => return None,
            [only] => return Some(*only),
            _ => {}
        }
        let context = self.context();
        let score = |c: u32| -> u32 {
            context
                .iter()
                .map(|&(m, n)| {
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
                })
                .sum()
        };
        let unique = |f: &dyn Fn(u32) -> u32| -> Option<u32> {
            let best = codes.iter().map(|&c| f(c)).max().filter(|b| *b > 0)?;
            let mut top = codes.iter().copied().filter(|&c| f(c) == best);
            let first = top.next()?;
            top.next().is_none().then_some(first)
        };
        unique(&score).or_else(|| unique(&|c| self.cues.of(self.k.places.name(c, self.year))))
    }

    /// Every place that the document, its file name and its folders name for certain, with how often.
    fn context(&self) -> Vec<(u32, u32)> {
        let mut counts: Vec<(u32, u32)> = Vec::new();
        let own = self
            .e
            .headers
            .iter()
            .chain(&self.e.signature)
            .chain(&self.e.under)
            .map(String::as_str);
        let outside =
            std::iter::once(self.stem).chain(self.hints.folders.iter().map(String::as_str));
        let mut add = |code: u32, n: u32| match counts.iter_mut().find(|(c, _)| *c == code) {
            Some(v) => v.1 += n,
            None => counts.push((code, n)),
        };
        for text in self.body.iter().copied().chain(own).chain(outside) {
            // A notice of the superior names the province: inside 《》 counts here.
            for m in self.k.places.find(text, self.year) {
                if let ([only], false) = (m.codes.as_slice(), m.generic) {
                    add(*only, 1);
                }
            }
        }
        if let Some(code) = self
            .hints
            .siblings
            .as_ref()
            .and_then(|s| s.place.ref_area.parse().ok())
        {
            add(code, 2);
        }
        counts
    }

    /// The area that the body speaks of most, if it clearly does.
    fn body_area(&self) -> Option<u32> {
        let mut counts: Vec<(u32, u32, u32)> = Vec::new();
        for text in self.body {
            let r = self.read(text);
            for (i, m) in r.places.iter().enumerate() {
                if m.generic || m.form == Form::Bare {
                    continue;
                }
                let Some(code) = (match m.codes.as_slice() {
                    [only] => Some(*only),
                    many => self.settle(many),
                }) else {
                    continue;
                };
                let attached = r
                    .agencies
                    .iter()
                    .any(|(_, owner)| owner.as_ref().is_some_and(|(o, _)| *o == i));
                match counts.iter_mut().find(|(c, _, _)| *c == code) {
                    Some(v) => {
                        v.1 += 1;
                        v.2 += u32::from(attached);
                    }
                    None => counts.push((code, 1, u32::from(attached))),
                }
            }
        }
        let weight = |v: &(u32, u32, u32)| v.1 + 2 * v.2;
        let best = counts.iter().map(weight).max()?;
        let mut top = counts.iter().filter(|v| weight(v) == best);
        let first = top.next()?;
        let mut code = first.0;
        // 衡阳市 and 衡阳市衡山县 equally often: the smaller.
        for other in top {
            if Gazetteer::within(other.0, code) {
                code = other.0;
            } else if !Gazetteer::within(code, other.0) {
                return None;
            }
        }
        // A city whose only county is spoken of as often as itself is the county's superior.
        let name = self.k.places.name(code, self.year);
        let kind = self.cues.most();
        let agrees = kind.is_none_or(|c| name.ends_with(c));
        (agrees && (best >= 3 || (best >= 2 && kind.is_some()))).then_some(code)
    }

    fn agency(&self, c: &mut DocumentContext) {
        if let Some(name) = self
            .hints
            .agency
            .as_deref()
            .map(str::trim)
            .filter(|n| !n.is_empty())
        {
            c.agency = name.to_string();
            c.agency_domain = self.k.agencies.domain_of(name).to_string();
            c.inherited.push("agency: 命令行".into());
            return;
        }
        let area: Option<u32> = c.place.ref_area.parse().ok();
        let own = std::iter::once(&self.e.title)
            .chain(&self.e.under)
            .chain(&self.e.headers)
            .chain(&self.e.signature);
        for line in own {
            let r = self.read(line);
            if let Some((name, domain)) = r
                .agencies
                .iter()
                .find_map(|a| self.compose(line, &r, a, area, &c.place))
            {
                c.agency = name;
                c.agency_domain = domain;
                return;
            }
        }
        if let Some((name, domain)) = self.unknown_unit(&c.place) {
            c.agency = name;
            c.agency_domain = domain;
            return;
        }
        let topic = self
            .k
            .agencies
            .topic(&self.without_places(&self.e.title))
            .or_else(|| self.k.agencies.topic(&self.without_places(self.stem)));
        let topic_domain = topic.map(|d| self.k.agencies.department_domain(d));
        if let Some((name, domain)) = self.body_agency(area, &c.place, topic_domain) {
            c.agency = name;
            c.agency_domain = domain;
            return;
        }
        if let Some(s) = self.hints.siblings.as_ref().filter(|s| {
            !s.agency.is_empty()
                && (topic_domain.is_none() || topic_domain == Some(&s.agency_domain))
        }) {
            c.agency = s.agency.clone();
            c.agency_domain = s.agency_domain.clone();
            c.inherited.push("agency: 主报告".into());
            return;
        }
        let from_name = self.read(self.stem);
        if let Some((name, domain)) = from_name
            .agencies
            .iter()
            .find_map(|a| self.compose(self.stem, &from_name, a, area, &c.place))
        {
            c.agency = name;
            c.agency_domain = domain;
            c.inherited.push("agency: 文件名".into());
            return;
        }
        if let Some(d) = topic {
            c.agency_domain = self.k.agencies.department_domain(d).to_string();
            if let Some(code) = area {
                let level = self.k.places.level(code);
                // A municipality's bureaus are called as a prefecture's.
                let level = if level == Level::Province && c.place.province.ends_with('市') {
                    Level::Prefecture
                } else {
                    level
                };
                if let Some(office) = self.k.agencies.office(d, c.year, level) {
                    c.agency = format!("{}{office}", c.place.area_name);
                    c.inherited.push("agency: 标题主题".into());
                }
            }
        }
    }

    /// The title with its places blanked out: 公安县 is no police.
    fn without_places(&self, text: &str) -> String {
        let mut out = String::new();
        let mut at = 0;
        for m in self.k.places.find(text, self.year) {
            out.push_str(text.get(at..m.bytes.start).unwrap_or_default());
            out.push(' ');
            at = m.bytes.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }

    /// Full name and domain of a department named in a line, if it belongs to the document's area.
    fn compose(
        &self,
        line: &str,
        r: &Reading,
        found: &(AgencyMention, Option<(usize, String)>),
        area: Option<u32>,
        place: &Place,
    ) -> Option<(String, String)> {
        let (a, owner) = found;
        // 市财政局《关于…的通知》 is whose notice it is.
        if line
            .get(a.bytes.end..)
            .is_some_and(|rest| rest.starts_with('《') || rest.starts_with("关于"))
        {
            return None;
        }
        match (owner, area) {
            (Some((i, gap)), Some(code)) => {
                let m = r.places.get(*i)?;
                m.codes.contains(&code).then(|| {
                    (
                        format!("{}{gap}{}", place.area_name, a.name),
                        a.domain.clone(),
                    )
                })
            }
            // The area is unknown because the name is ambiguous: as written.
            (Some((i, gap)), None) => {
                let m = r.places.get(*i)?;
                Some((
                    format!("{}{gap}{}", line.get(m.bytes.clone())?, a.name),
                    a.domain.clone(),
                ))
            }
            (None, Some(_)) => {
                if !self.fits(line, a, place) {
                    return None;
                }
                let gap = if line.get(..a.bytes.start).is_some_and(|b| b.ends_with("委")) {
                    "委"
                } else {
                    ""
                };
                Some((
                    format!("{}{gap}{}", place.area_name, a.name),
                    a.domain.clone(),
                ))
            }
            (None, None) => {
                let kind = line
                    .get(..a.bytes.start)
                    .and_then(|b| b.chars().next_back())
                    .filter(|c| "省市县区州旗盟".contains(*c));
                let kind = match kind {
                    Some('区')
                        if line
                            .get(..a.bytes.start)
                            .is_some_and(|b| b.ends_with("自治区")) =>
                    {
                        "自治区".to_string()
                    }
                    Some(k) => k.to_string(),
                    None => String::new(),
                };
                Some((format!("{kind}{}", a.name), a.domain.clone()))
            }
        }
    }

    /// Whether 县民政局 can be a bureau of the document's area: 省厅 is none of a county's.
    fn fits(&self, line: &str, a: &AgencyMention, place: &Place) -> bool {
        let before = line.get(..a.bytes.start).unwrap_or_default();
        let kind = match before.chars().next_back() {
            Some(c @ ('省' | '市' | '县' | '区' | '州' | '旗' | '盟')) => c,
            // A ministry is nobody's bureau here; 省's 厅 neither, except the province's own.
            _ if a.name.ends_with('部') && !a.name.contains("宣传") && !a.name.contains("组织") =>
            {
                return false;
            }
            _ => return true,
        };
        place.area_name.ends_with(kind)
    }

    /// The unit of a form header that no list knows: 填报单位：某某服务中心.
    fn unknown_unit(&self, place: &Place) -> Option<(String, String)> {
        const ENDS: [&str; 17] = [
            "局",
            "中心",
            "站",
            "所",
            "院",
            "馆",
            "校",
            "学校",
            "队",
            "办",
            "办公室",
            "委员会",
            "处",
            "会",
            "社",
            "团",
            "幼儿园",
        ];
        self.e.headers.iter().find_map(|v| {
            let v = v.split(['（', '(']).next().unwrap_or_default().trim();
            let n = v.chars().count();
            let han = v.chars().all(|c| ('\u{3400}'..='\u{9fff}').contains(&c));
            if !(4..=30).contains(&n) || !han || !ENDS.iter().any(|e| v.ends_with(e)) {
                return None;
            }
            let named = self.k.places.find(v, self.year);
            let name = match named.first().filter(|m| m.bytes.start == 0) {
                Some(m) if !place.area_name.is_empty() => {
                    format!("{}{}", place.area_name, v.get(m.bytes.end..)?)
                }
                Some(_) => v.to_string(),
                None => format!("{}{v}", place.area_name),
            };
            let domain = self
                .k
                .agencies
                .topic(&self.without_places(v))
                .map(|d| self.k.agencies.department_domain(d).to_string());
            Some((name, domain.unwrap_or_default()))
        })
    }

    /// The bureau that the body names most, as the document's own.
    fn body_agency(
        &self,
        area: Option<u32>,
        place: &Place,
        topic: Option<&str>,
    ) -> Option<(String, String)> {
        let mut votes: Vec<(String, String, u32)> = Vec::new();
        for text in self.body {
            let r = self.read(text);
            for a in r
                .agencies
                .iter()
                .filter(|(a, _)| a.bureau && !a.domain.is_empty())
            {
                let Some((name, domain)) = self.compose(text, &r, a, area, place) else {
                    continue;
                };
                match votes.iter_mut().find(|v| v.0 == name) {
                    Some(v) => v.2 += 1,
                    None => votes.push((name, domain, 1)),
                }
            }
        }
        // Of a topic only that topic's bureau can be the author; others are partners.
        if let Some(topic) = topic {
            votes.retain(|v| v.1 == topic);
        }
        let best = votes.iter().map(|v| v.2).max()?;
        let mut top = votes.into_iter().filter(|v| v.2 == best);
        let first = top.next()?;
        (top.next().is_none() && (best >= 2 || topic.is_some())).then_some((first.0, first.1))
    }
}

/// What may stand between a place and its department: 湛江市|委|宣传部, 衡山县|人民政府|办公室.
fn gap_after(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    ["委"]
        .into_iter()
        .find(|g| rest.starts_with(g))
        .and_then(|g| rest.get(..g.len()))
}
