//! Who: departments and the domains they belong to (`pipelines/agencies.toml`).
//!
//! Departments are merged, split and renamed at every reform, and counties merge them as they like (文体广电和旅游局, 经济商务和信息化局).
//! A list of names would never end, so a name is read as words joined by 和 or directly, and a suffix; the first word that
//! has a domain decides. Units that are whole names (救助站, 人民法院) and everyday forms (残联, 卫健委) are listed.
//!
//! A name is believed where a name can begin: at the start, after punctuation, after the name of a place or 省市县区…; so
//! 项目建设办公 is not an office of construction.

use crate::text::char_set::CharSet;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::ops::Range;

/// A fault in the list of agencies.
#[derive(Debug, thiserror::Error)]
#[error("agencies.toml 有误：{0}")]
pub struct AgencyError(#[from] toml::de::Error);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    suffixes: Vec<String>,
    unit_suffixes: Vec<String>,
    fillers: Vec<String>,
    without_domain: Vec<String>,
    department: Vec<Department>,
}

/// What the agencies of a domain are called, as in `agencies.toml`; `pipelines/schema/agencies.json` documents the keys.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    domain: String,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    short: FxHashMap<String, String>,
    #[serde(default)]
    bodies: Vec<String>,
    /// Kinds of unit that follow a name of their own: 第一|中学.
    #[serde(default)]
    units: Vec<String>,
    #[serde(default)]
    aliases: FxHashMap<String, String>,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    offices: Vec<Office>,
    #[serde(default)]
    examples: Vec<String>,
    #[serde(default)]
    not_examples: Vec<String>,
}

/// What a department was called in some years, by level.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Office {
    from: Option<i32>,
    until: Option<i32>,
    county: String,
    prefecture: Option<String>,
    province: Option<String>,
}

/// What stands for a run of characters: a word, a filler or a whole name.
#[derive(Debug, Clone)]
struct Token {
    text: Box<str>,
    /// Written out, where `text` is a short form.
    full: Option<Box<str>>,
    /// Index of the department; `None` for fillers and bodies without a domain.
    department: Option<usize>,
    kind: TokenKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    Word,
    Filler,
    Whole,
}

/// A department named in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgencyMention {
    /// Its bytes in the text, without the place before it.
    pub bytes: Range<usize>,
    /// Its name written out: 残疾人联合会 for 残联.
    pub name: String,
    /// Its domain; empty for a government or a body without one.
    pub domain: String,
    /// A bureau (局 委 办 …) rather than a unit under one (中心 站 …).
    pub bureau: bool,
}

/// The departments. Built once; shared by threads.
#[derive(Debug, Default)]
pub struct Agencies {
    departments: Vec<Department>,
    suffixes: Vec<String>,
    unit_suffixes: Vec<String>,
    tokens: Vec<Token>,
    /// Tokens by their first character, longest first.
    starts: FxHashMap<char, Vec<u32>>,
    /// These characters, which are asked for wherever a name may begin.
    first: CharSet,
    topics: FxHashMap<char, Vec<(String, usize)>>,
}

/// Characters after a suffix that make another word of it: 教育部门, 政府办学, 民政委托, 救助站点.
const NOT_AFTER: [(&str, &str); 9] = [
    ("部", "门署属分位件队"),
    ("办", "学理法公案事结件好会"),
    ("委", "员托派任"),
    ("局", "面势限域"),
    ("中心", "城镇小村校工任组"),
    ("站", "点台长"),
    ("处", "理置罚于分级"),
    ("馆", "藏"),
    ("会", "议计员"),
];

fn spoils(name: &str, after: Option<char>) -> bool {
    after.is_some_and(|c| {
        NOT_AFTER
            .iter()
            .any(|(s, next)| name.ends_with(s) && next.contains(c))
    })
}

/// Whether the name of a department can begin after this character.
fn boundary(before: Option<char>) -> bool {
    match before {
        None => true,
        Some(c) if !('\u{3400}'..='\u{9fff}').contains(&c) => true,
        Some(c) => "省市县区州旗盟乡镇村国家委府和与及对由经据向到的在于为年度月局厅办会院级属是某我本请报各".contains(c),
    }
}

impl Agencies {
    /// Reads the list.
    ///
    /// # Errors
    /// Where the text is not TOML of this shape.
    pub fn parse(text: &str) -> Result<Self, AgencyError> {
        Agencies::extended(text, &[])
    }

    /// The same with departments added.
    ///
    /// # Errors
    /// As for [`Agencies::parse`].
    pub fn extended(text: &str, more: &[Department]) -> Result<Self, AgencyError> {
        Ok(Agencies::of(toml::from_str(text)?, more))
    }

    /// The list that is compiled in, with departments added.
    ///
    /// # Errors
    /// As for [`Agencies::parse`].
    pub(super) fn builtin(more: &[Department]) -> Result<Self, AgencyError> {
        let file = crate::builtin::table("agencies.toml").read()?;
        Ok(Agencies::of(file, more))
    }

    fn of(mut file: File, more: &[Department]) -> Self {
        file.department.extend_from_slice(more);
        let mut a = Agencies {
            suffixes: file.suffixes,
            unit_suffixes: file.unit_suffixes,
            ..Agencies::default()
        };
        a.suffixes.sort_by_key(|s| std::cmp::Reverse(s.len()));
        a.unit_suffixes.sort_by_key(|s| std::cmp::Reverse(s.len()));
        let mut add = |text: &str, full: Option<&str>, department, kind| {
            a.tokens.push(Token {
                text: text.into(),
                full: full.map(Into::into),
                department,
                kind,
            });
        };
        for (i, d) in file.department.iter().enumerate() {
            for w in &d.words {
                add(w, None, Some(i), TokenKind::Word);
            }
            for (w, full) in &d.short {
                add(w, Some(full), Some(i), TokenKind::Word);
            }
            for b in &d.bodies {
                add(b, None, Some(i), TokenKind::Whole);
            }
            for (b, full) in &d.aliases {
                add(b, Some(full), Some(i), TokenKind::Whole);
            }
            for t in &d.topics {
                if let Some(c) = t.chars().next() {
                    a.topics.entry(c).or_default().push((t.clone(), i));
                }
            }
        }
        for f in &file.fillers {
            add(f, None, None, TokenKind::Filler);
        }
        for b in &file.without_domain {
            add(b, None, None, TokenKind::Whole);
        }
        // Longest first; of equals, whole names before words, short forms before plain words, and then as listed.
        a.tokens.sort_by(|x, y| {
            let rank = |t: &Token| {
                (
                    std::cmp::Reverse(t.text.len()),
                    t.kind != TokenKind::Whole,
                    t.full.is_none(),
                    t.kind == TokenKind::Filler,
                )
            };
            rank(x)
                .cmp(&rank(y))
                .then_with(|| x.department.cmp(&y.department))
                .then_with(|| x.text.cmp(&y.text))
        });
        for (i, t) in a.tokens.iter().enumerate() {
            if let (Some(c), Ok(i)) = (t.text.chars().next(), u32::try_from(i)) {
                a.starts.entry(c).or_default().push(i);
                a.first.insert(c);
            }
        }
        for list in a.topics.values_mut() {
            list.sort_by_key(|(t, i)| (std::cmp::Reverse(t.len()), *i));
        }
        a.departments = file.department;
        a
    }

    fn tokens_at<'a>(&'a self, rest: &'a str) -> impl Iterator<Item = &'a Token> + 'a {
        let list = rest.chars().next().and_then(|c| self.starts.get(&c));
        list.into_iter()
            .flatten()
            .filter_map(|&i| self.tokens.get(i as usize))
            .filter(move |t| rest.starts_with(&*t.text))
    }

    /// The longest name of a department at the start of `rest`. `placed`: the name of a place ends here, so that units
    /// with a common suffix (数据发展中心) are names too.
    fn name_at(&self, rest: &str, placed: bool) -> Option<AgencyMention> {
        let whole = self.tokens_at(rest).find(|t| {
            t.kind == TokenKind::Whole
                && !spoils(
                    &t.text,
                    rest.get(t.text.len()..).and_then(|r| r.chars().next()),
                )
        });
        let composed = self.composed(rest, placed);
        let whole = whole.map(|t| AgencyMention {
            bytes: 0..t.text.len(),
            name: t.full.as_deref().unwrap_or(&t.text).to_string(),
            domain: self.domain(t.department),
            bureau: t.department.is_none()
                || self.suffixes.iter().any(|s| t.text.ends_with(s.as_str()))
                || t.full.is_some()
                || ["联合会", "法院", "检察院", "协会", "总会", "政协"]
                    .iter()
                    .any(|s| t.text.ends_with(s)),
        });
        match (whole, composed) {
            (Some(w), Some(c)) if c.bytes.end > w.bytes.end => Some(c),
            (Some(w), _) => Some(w),
            (None, c) => c,
        }
    }

    /// Words, joined by 和 or directly, and a suffix.
    fn composed(&self, rest: &str, placed: bool) -> Option<AgencyMention> {
        let mut at = 0;
        let mut name = String::new();
        let mut department = None;
        let mut shortened = false;
        let mut best: Option<AgencyMention> = None;
        for _ in 0..8 {
            let here = rest.get(at..)?;
            let Some(token) = self.tokens_at(here).find(|t| t.kind != TokenKind::Whole) else {
                break;
            };
            // A filler does not begin a name; a word decides the domain if none before it did.
            if token.department.is_none() && at == 0 {
                break;
            }
            if department.is_none() {
                department = token.department;
            }
            shortened |= token.full.is_some();
            name.push_str(token.full.as_deref().unwrap_or(&token.text));
            at += token.text.len();
            let here = rest.get(at..)?;
            for (list, bureau) in [(&self.suffixes, true), (&self.unit_suffixes, false)] {
                if !bureau && !placed {
                    continue;
                }
                let Some(suffix) = list.iter().find(|s| here.starts_with(s.as_str())) else {
                    continue;
                };
                let end = at + suffix.len();
                if spoils(suffix, rest.get(end..).and_then(|r| r.chars().next())) {
                    continue;
                }
                let full = match suffix.as_str() {
                    "委" => "委员会",
                    "办" => "办公室",
                    // 退役军人局 apart, 医保局 is 医疗保障局.
                    s => s,
                };
                best = Some(AgencyMention {
                    bytes: 0..end,
                    name: if shortened || suffix == "委" || suffix == "办" {
                        format!("{name}{full}")
                    } else {
                        rest.get(..end)?.to_string()
                    },
                    domain: self.domain(department),
                    bureau,
                });
            }
            if let Some(joint) = ["和", "与", "及", "、"]
                .iter()
                .find(|j| here.starts_with(**j))
            {
                name.push_str(joint);
                at += joint.len();
            }
        }
        best.filter(|b| !b.domain.is_empty())
    }

    fn domain(&self, department: Option<usize>) -> String {
        department
            .and_then(|d| self.departments.get(d))
            .map(|d| d.domain.clone())
            .unwrap_or_default()
    }

    /// Every department named in `text`, in order. `places` are the bytes at which names of places end, in order: a
    /// department may begin there whatever the character before it (昌宁民政局).
    pub fn mentions(&self, text: &str, places: &[usize]) -> Vec<AgencyMention> {
        let mut out = Vec::new();
        let mut at = 0;
        let mut before = None;
        while let Some(rest) = text.get(at..) {
            let Some(c) = rest.chars().next() else { break };
            let found = self.first.may_hold(c).then(|| {
                let placed = places.binary_search(&at).is_ok();
                let begins = placed || boundary(before);
                begins.then(|| self.name_at(rest, placed)).flatten()
            });
            let found = found.flatten();
            match found {
                Some(mut m) => {
                    m.bytes = at..at + m.bytes.end;
                    at = m.bytes.end;
                    before = text.get(..at).and_then(|t| t.chars().next_back());
                    out.push(m);
                }
                None => {
                    at += c.len_utf8();
                    before = Some(c);
                }
            }
        }
        out
    }

    /// The first department named in `text`: its name as written, with the place before it (衡山县民政局), and its domain.
    pub fn find(&self, text: &str) -> Option<(String, String)> {
        let m = self.mentions(text, &[]).into_iter().next().or_else(|| {
            // A bare place before it (昌宁民政局): the department begins inside a run of characters.
            text.char_indices().find_map(|(i, _)| {
                let mut m = self
                    .name_at(text.get(i..)?, false)
                    .filter(|m| m.bureau && m.name.chars().count() >= 3)?;
                m.bytes = i..i + m.bytes.end;
                Some(m)
            })
        })?;
        let head = text.get(..m.bytes.start)?;
        let stop = |c: char| {
            !('\u{3400}'..='\u{9fff}').contains(&c)
                || "年度月的由对经据向到及在于为和与按照关".contains(c)
        };
        let start = head
            .char_indices()
            .rev()
            .take(24)
            .take_while(|(_, c)| !stop(*c))
            .last()
            .map_or(head.len(), |(i, _)| i);
        let place = head.get(start..)?;
        let kept = place.ends_with(['省', '市', '县', '区', '州', '旗', '盟', '委', '国', '家'])
            || place.chars().count() <= 4;
        let start = if kept { start } else { m.bytes.start };
        Some((text.get(start..m.bytes.end)?.to_string(), m.domain))
    }

    /// Domain of an agency's name; empty where it is not known.
    pub fn domain_of(&self, name: &str) -> &str {
        let found = self.find(name).map(|(_, d)| d).unwrap_or_default();
        self.departments
            .iter()
            .map(|d| d.domain.as_str())
            .find(|d| *d == found)
            .unwrap_or("")
    }

    /// A unit with a name of its own directly after a place: 第一中学 in 某县第一中学. Its end in `line`, and its domain.
    pub(crate) fn unit_after(&self, line: &str, at: usize) -> Option<(usize, &str)> {
        let rest = line.get(at..)?;
        for (i, (offset, c)) in rest.char_indices().enumerate().take(16) {
            if !('\u{3400}'..='\u{9fff}').contains(&c) {
                return None;
            }
            let here = rest.get(offset..)?;
            for d in &self.departments {
                let longest = d
                    .units
                    .iter()
                    .filter(|u| here.starts_with(u.as_str()))
                    .max_by_key(|u| u.len());
                if let Some(u) = longest.filter(|_| i > 0) {
                    let end = offset + u.len();
                    let after = rest.get(end..).and_then(|r| r.chars().next());
                    if !spoils(u, after) && !after.is_some_and(|c| "生数建".contains(c)) {
                        return Some((at + end, d.domain.as_str()));
                    }
                }
            }
        }
        None
    }

    /// The department whose topic a title names first, of two that begin at one place the longer; with its byte offset.
    pub(crate) fn topic(&self, title: &str) -> Option<usize> {
        title.char_indices().find_map(|(i, c)| {
            let rest = title.get(i..)?;
            self.topics
                .get(&c)?
                .iter()
                .find(|(t, _)| rest.starts_with(t.as_str()))
                .map(|(_, d)| *d)
        })
    }

    pub(crate) fn department_domain(&self, department: usize) -> &str {
        self.departments.get(department).map_or("", |d| &d.domain)
    }

    /// What a department was called in a year at a level.
    pub(crate) fn office(
        &self,
        department: usize,
        year: i32,
        level: super::area::Level,
    ) -> Option<&str> {
        let offices = &self.departments.get(department)?.offices;
        let year = if year == 0 { i32::MAX } else { year };
        let office = offices
            .iter()
            .find(|o| o.from.is_none_or(|f| f <= year) && o.until.is_none_or(|u| year <= u))?;
        Some(match level {
            super::area::Level::County => &office.county,
            super::area::Level::Prefecture => {
                office.prefecture.as_deref().unwrap_or(&office.county)
            }
            super::area::Level::Province => office.province.as_deref().unwrap_or(&office.county),
        })
    }

    /// The domains that departments belong to.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        let all = self.departments.iter().map(|d| d.domain.as_str());
        all.filter(|d| !d.is_empty())
    }

    /// Runs the examples written beside the names: one Chinese sentence for each that is not met.
    pub fn check_examples(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for d in &self.departments {
            for e in &d.examples {
                let got = self.find(e).map(|(_, domain)| domain).unwrap_or_default();
                let placed = self.mentions(
                    e,
                    &e.char_indices()
                        .map(|(i, _)| i)
                        .skip(1)
                        .take(3)
                        .collect::<Vec<_>>(),
                );
                if got != d.domain && placed.first().is_none_or(|m| m.domain != d.domain) {
                    faults.push(format!("“{e}”应属 {}，识别为“{got}”", d.domain));
                }
            }
            for e in &d.not_examples {
                if self.mentions(e, &[]).iter().any(|m| m.domain == d.domain) {
                    faults.push(format!("“{e}”不应识别为 {} 的部门", d.domain));
                }
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Knowledge;
    use proptest::prelude::*;

    fn a() -> &'static Agencies {
        &Knowledge::builtin().agencies
    }

    #[test]
    fn the_examples_beside_the_names_hold() {
        assert_eq!(a().check_examples(), Vec::<String>::new());
    }

    #[test]
    fn names_are_found_with_their_place() {
        let find = |t: &str| {
            a().find(t)
                .map(|(n, d)| format!("{n} {d}"))
                .unwrap_or_default()
        };
        assert_eq!(
            find("2024年度衡山县民政局部门整体支出绩效自评报告"),
            "衡山县民政局 civil-affairs"
        );
        assert_eq!(find("填报单位：隆回县民政局"), "隆回县民政局 civil-affairs");
        assert_eq!(find("根据财政部门要求"), "");
        assert_eq!(
            find("民乐县文体广电和旅游局"),
            "民乐县文体广电和旅游局 culture"
        );
        assert_eq!(find("昌宁民政局"), "昌宁民政局 civil-affairs");
        assert_eq!(find("某街道办事处"), "某街道办事处 ");
    }

    #[test]
    fn short_forms_are_written_out() {
        let name = |t: &str| {
            a().mentions(t, &[])
                .into_iter()
                .map(|m| m.name)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            name("市卫健委、市社保局、市医保局"),
            "卫生健康委员会 社会保险事业管理局 医疗保障局"
        );
        assert_eq!(name("县残联和县发改局"), "残疾人联合会 发展和改革局");
        assert_eq!(name("区政府办"), "政府办公室");
        assert_eq!(a().domain_of("某市残联"), "disabled");
        assert_eq!(a().domain_of("某公司"), "");
    }

    #[test]
    fn a_faulty_list_is_refused() {
        assert!(Agencies::parse("suffixes = 1").is_err());
        assert!(Agencies::parse("").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,60}") {
            for m in a().mentions(&text, &[]) {
                prop_assert!(text.get(m.bytes).is_some());
            }
            let _ = a().find(&text);
        }

        #[test]
        fn never_panics_on_pieces_of_names(
            pieces in prop::collection::vec(prop::sample::select(vec!["民政", "局", "和", "卫生", "县", "办", "公", "部", "门", "文体", "广电", "中心", "、", "政府", "委"]), 0..20),
        ) {
            let text = pieces.concat();
            for m in a().mentions(&text, &[3, 6]) {
                prop_assert!(text.get(m.bytes).is_some());
            }
            let _ = a().find(&text);
        }
    }
}
