//! The area that a row of a table is about.

use super::{Form, Gazetteer};
use crate::analysis::Place;
use crate::text::any_of::AnyOf;
use crate::text::blank::squeeze;
use std::sync::LazyLock;

/// What the first cell of a row says about the row's area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowArea {
    /// A county, prefecture or province: 阆中市, 施甸. 市本级 is the area's own level, apart from its counties: the code of the
    /// whole with `市本级` as its name and county, so that (code, name) tells the two apart.
    Area(Place),
    /// Something below county level, or a zone without a code: 巩昌镇, 凤城街道, 其他乡镇, 高新区. Part of the document's area.
    BelowCounty,
    /// The whole: 合计, 全市, 总计, 小计.
    Total,
    /// The cell names no area.
    None,
}

/// The cell without what does not belong to a name: list numbers, notes in brackets, a colon. It has no blanks.
fn bare_cell(cell: &str) -> &str {
    let cell = cell.split(['（', '(']).next().unwrap_or_default();
    let mark = |c: char| matches!(c, '0'..='9' | '、' | '.' | '．' | '*' | '#' | '＃');
    let cell = cell.trim_start_matches(mark);
    let cell = cell.strip_prefix("其中").unwrap_or(cell);
    cell.trim_matches(['：', ':', '*'])
}

const TOTALS: [&str; 21] = [
    "合计",
    "总计",
    "小计",
    "共计",
    "总数",
    "累计",
    "全市",
    "全县",
    "全区",
    "全州",
    "全省",
    "全盟",
    "全旗",
    "全国",
    "全市合计",
    "全县合计",
    "全区合计",
    "全州合计",
    "全省合计",
    "市合计",
    "县合计",
];

const OWN: [&str; 10] = [
    "市本级",
    "县本级",
    "区本级",
    "州本级",
    "省本级",
    "本级",
    "市直",
    "县直",
    "区直",
    "州直",
];

/// Kinds of place below county level, and zones.
const BELOW: [&str; 26] = [
    "街道办事处",
    "街道办",
    "街道",
    "办事处",
    "民族乡",
    "苏木",
    "嘎查",
    "社区",
    "居委会",
    "村委会",
    "农场",
    "林场",
    "茶场",
    "牧场",
    "片区",
    "管理区",
    "开发区",
    "高新区",
    "经开区",
    "工业园区",
    "产业园区",
    "示范区",
    "园区",
    "镇",
    "乡",
    "村",
];

/// Words that end like a place but are indicators: 镇 (a number of towns), 农村, 行政村.
const NOT_PLACES: [&str; 35] = [
    "镇",
    "乡",
    "村",
    "街道",
    "社区",
    "民族乡",
    "农村",
    "城镇",
    "乡镇",
    "城乡",
    "建制镇",
    "行政村",
    "自然村",
    "建制村",
    "贫困村",
    "中心村",
    "示范村",
    "村社区",
    "乡村",
    "农场",
    "林场",
    "园区",
    "开发区",
    "示范区",
    "镇乡",
    "街镇",
    "镇街",
    "乡街",
    "返乡",
    "下乡",
    "中心镇",
    "特色小镇",
    "城市社区",
    "农村社区",
    "办事处",
];

/// Words that make a kind of place of it, not a place.
const WORDS: [&str; 17] = [
    "示范", "行政", "自然", "建制", "贫困", "美丽", "城市", "农村", "试点", "新增", "特色", "脱贫",
    "宜居", "智慧", "完整", "重点", "老旧",
];

/// What is done, with a place at the end of it.
const VERBS: [&str; 10] = [
    "返乡", "下乡", "还乡", "回乡", "离乡", "进村", "入村", "到村", "驻村", "每村",
];

/// Bare names that are common words in tables: 新建 is what was built, not 新建区.
const COMMON: [&str; 9] = [
    "新建", "安居", "公安", "解放", "民主", "振兴", "前进", "团结", "友好",
];

/// The lists above, as they are asked for every label.
struct Lists {
    totals: AnyOf,
    own: AnyOf,
    below: AnyOf,
    not_places: AnyOf,
    words: AnyOf,
    verbs: AnyOf,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let list = |words: &[&str]| AnyOf::new(words.iter().map(|w| w.to_string()).collect());
    Lists {
        totals: list(&TOTALS),
        own: list(&OWN),
        below: list(&BELOW),
        not_places: list(&NOT_PLACES),
        words: list(&WORDS),
        verbs: list(&VERBS),
    }
});

impl Gazetteer {
    /// What area a row is about, from the cell that names it, in a table of a document that speaks for `within`.
    pub fn row_area(&self, cell: &str, within: &Place, year: i32) -> RowArea {
        // A name and a note; anything longer is prose.
        if cell.len() > 40 && cell.chars().take(41).count() > 40 {
            return RowArea::None;
        }
        let cell = squeeze(cell);
        let name = bare_cell(&cell);
        let lists = &*LISTS;
        if lists.totals.is(name) {
            return RowArea::Total;
        }
        if name.is_empty() || name.bytes().any(|b| b.is_ascii_digit()) {
            return RowArea::None;
        }
        if lists.own.is(name) {
            if within.ref_area.is_empty() {
                return RowArea::BelowCounty;
            }
            return RowArea::Area(Place {
                area_name: name.to_string(),
                county: name.to_string(),
                ..within.clone()
            });
        }
        if let Some(code) = self.row_code(name, within, year) {
            return match self.place_of(code, year) {
                Some(place) => RowArea::Area(place),
                None => RowArea::None,
            };
        }
        if let Some(stem) = name
            .strip_suffix("合计")
            .or_else(|| name.strip_suffix("小计"))
        {
            return if stem == within.area_name {
                RowArea::Total
            } else {
                RowArea::None
            };
        }
        let other = ["其他", "其它", "其余", "各"]
            .iter()
            .find_map(|o| name.strip_prefix(o));
        if let Some(rest) = other {
            return if lists.below.is(rest) || matches!(rest, "乡镇" | "镇街" | "街镇" | "镇村")
            {
                RowArea::BelowCounty
            } else {
                RowArea::None
            };
        }
        if name.chars().count() <= 12 && !lists.not_places.is(name) {
            if let Some(kind) = lists.below.ending(name) {
                let stem = name.strip_suffix(kind).unwrap_or_default();
                // 城关镇; not 示范社区, 美丽乡村, 护送返乡.
                let word =
                    lists.words.starts(stem) || lists.words.ends(stem) || lists.verbs.ends(name);
                if !word && !stem.is_empty() {
                    return RowArea::BelowCounty;
                }
            }
            if matches!(name, "高新区" | "经开区" | "开发区" | "工业园区" | "示范区")
            {
                return RowArea::BelowCounty;
            }
        }
        RowArea::None
    }

    /// The code of an area named by a whole cell: in `within` where one is known, else anywhere if only one has the name.
    fn row_code(&self, name: &str, within: &Place, year: i32) -> Option<u32> {
        let mut chars = name.chars();
        let begins = (chars.next()?, chars.next()?);
        // Few labels begin like the name of an area.
        if !self.starts.contains_key(&begins) {
            return None;
        }
        let parent = Self::code(&within.ref_area);
        // A path (四川省阆中市) or a full name.
        let mentions = self.find(name, year);
        let whole = mentions
            .iter()
            .find(|m| m.bytes.start == 0 && m.bytes.end == name.len());
        let mut codes: Vec<u32> = whole.map(|m| m.codes.clone()).unwrap_or_default();
        if codes.is_empty() {
            for entry in self.named(name) {
                // A bare word (和平, 朝阳) is a place only inside a known larger one.
                if entry.form == Form::Bare && parent.is_none() {
                    continue;
                }
                codes.extend(self.candidates(&entry.rows, year).iter().map(|c| c.code));
            }
        }
        if whole.is_none_or(|m| m.form == Form::Bare)
            && (parent.is_none() || COMMON.contains(&name))
        {
            return None;
        }
        codes.sort_unstable();
        codes.dedup();
        let inside: Vec<u32> = match parent {
            Some(p) => codes
                .iter()
                .copied()
                .filter(|&c| Self::within(c, p))
                .collect(),
            None => codes.clone(),
        };
        let inside = if inside.len() > 1 {
            // 衡阳 in 衡阳市's own table is the county, in the province's it is the city.
            let parent_level = parent.map(|p| self.level(p));
            let mut level = inside.clone();
            level.retain(|&c| parent_level.is_none_or(|l| self.level(c) > l));
            let top = level.iter().map(|&c| self.level(c)).min();
            level.retain(|&c| Some(self.level(c)) == top);
            level
        } else {
            inside
        };
        match inside.as_slice() {
            [only] => Some(*only),
            // Outside: a row of a comparison with another area, if the name is a full one and only one has it.
            [] => match (codes.as_slice(), whole) {
                ([only], Some(m)) if m.form != Form::Bare => Some(*only),
                _ => None,
            },
            _ => None,
        }
    }
}
