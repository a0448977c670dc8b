//! Messages of the commands for analysts.

use super::{pick, say};
use crate::analyse::{Indicator, Series};
use std::path::Path;

fn choices(all: &[Indicator]) -> String {
    all.iter()
        .take(12)
        .map(|i| format!("\n  {}  {}（{}）", i.id, i.name, i.unit))
        .collect()
}

/// No indicator has these words.
pub fn no_such_indicator(wanted: &str, near: &[Indicator]) -> String {
    if near.is_empty() {
        return say!(
            "没有名为“{}”的指标；查目录：zhibiao indicators 字词",
            "there is no indicator “{}”; search the catalogue: zhibiao indicators WORD",
            wanted
        );
    }
    say!(
        "没有名为“{}”的指标。相近的有：{}",
        "there is no indicator “{}”. Near ones are:{}",
        wanted,
        choices(near)
    )
}

/// Several have.
pub fn which_indicator(wanted: &str, found: &[Indicator]) -> String {
    say!(
        "“{}”对应 {} 个指标，请写全名或代码：{}",
        "“{}” may mean {} indicators, please give the full name or the id:{}",
        wanted,
        found.len(),
        choices(found)
    )
}

/// No area has this name.
pub fn no_such_area(given: &str) -> String {
    say!(
        "没有名为“{}”的地区；可写六位代码，如 430423",
        "there is no area “{}”; a six-digit code will do, like 430423",
        given
    )
}

/// Not a year.
pub fn no_such_year(given: &str) -> String {
    say!(
        "“{}”不是年份；可写 2024、2020-2024 或 2020-",
        "“{}” is not a year; write 2024, 2020-2024 or 2020-",
        given
    )
}

/// Nothing to show.
pub fn no_values(name: &str) -> String {
    say!(
        "仓库里没有“{}”符合条件的数；看看报了什么：zhibiao coverage",
        "the warehouse has no such value of {}; see what was reported: zhibiao coverage",
        name
    )
}

/// Nothing was loaded.
pub fn nothing_loaded() -> String {
    pick(
        "仓库里没有符合条件的文件",
        "the warehouse has no such documents",
    )
    .to_owned()
}

/// A chart was written.
pub fn drawn(path: &Path) -> String {
    say!("图已存为 {}", "chart written to {}", path.display())
}

/// Which charts there are.
pub fn which_chart(path: &Path) -> String {
    say!(
        "{}：图可以存为 .svg、.png 或 .html",
        "{}: charts are written as .svg, .png or .html",
        path.display()
    )
}

/// A picture needs a font.
pub fn no_font(path: &Path) -> String {
    say!(
        "{}：存为 .png 要用本机的中文字体，没有找到；请安装一种（如 Noto Sans CJK），或存为 .svg、.html",
        "{}: a .png needs an installed font with Chinese characters, and there is none; install one (Noto Sans CJK), or write .svg or .html",
        path.display()
    )
}

/// Lines that are left out.
pub fn not_drawn(count: usize) -> String {
    say!("另有 {} 条未画", "{} more not drawn", count)
}

/// Heading of a comparison.
pub fn compared(name: &str, unit: &str, year: i32) -> String {
    say!("{2} 年{0}（{1}）", "{0} ({1}), {2}", name, unit, year)
}

/// The median.
pub fn median(value: &str) -> String {
    say!("中位数 {}", "median {}", value)
}

/// Below a comparison.
pub fn middle(count: usize, median: &str, sum: Option<&str>, unit: &str) -> String {
    match sum {
        Some(sum) => say!(
            "{} 个，中位数 {3}{2}，合计 {1}{2}",
            "{} areas, median {3} {2}, sum {1} {2}",
            count,
            sum,
            unit,
            median
        ),
        None => say!(
            "{} 个，中位数 {}{}",
            "{} areas, median {} {}",
            count,
            median,
            unit
        ),
    }
}

/// A file without populations.
pub fn no_population(path: &Path) -> String {
    say!(
        "{} 里没有人口数：每行应为“六位代码,人数”",
        "{} has no populations: each line should be “six-digit code,inhabitants”",
        path.display()
    )
}

/// What a reader of a trend must know: other values, other units, parts of years, figures of later reports. At most `most` are
/// worded; how many there are in all comes with them.
pub fn notes(name: &str, unit: &str, s: &Series, most: usize) -> (Vec<String>, usize) {
    let mut notes = Vec::new();
    let mut all = 0;
    let mut note = |wording: &dyn Fn() -> String| {
        if all < most {
            notes.push(wording());
        }
        all += 1;
    };
    for p in &s.points {
        let v = &p.value;
        let year = p.year;
        if v.time_period != format!("{year:04}") {
            note(&|| {
                say!(
                    "{} {}：期间为 {}",
                    "{} {}: for the period {}",
                    name,
                    year,
                    v.time_period
                )
            });
        }
        if v.reported != year && v.reported != 0 {
            note(&|| {
                say!(
                    "{} {}：取自 {} 年的材料（{}）",
                    "{} {}: taken from a report of {} ({})",
                    name,
                    year,
                    v.reported,
                    v.file_name
                )
            });
        }
        if v.unit != unit {
            note(&|| {
                say!(
                    "{} {}：单位是 {}，不是 {}",
                    "{} {}: the unit is {}, not {}",
                    name,
                    year,
                    v.unit,
                    unit
                )
            });
        }
        for o in &p.others {
            note(&|| {
                say!(
                    "{} {}：* 另有 {}（{} {}，{}）",
                    "{} {}: * also {} ({} {}, {})",
                    name,
                    year,
                    o.value_text,
                    o.file_name,
                    o.location,
                    o.time_period
                )
            });
        }
    }
    (notes, all)
}

/// Notes that are left out.
pub fn more_notes(count: usize) -> String {
    say!(
        "……另有 {} 条说明（--json 给出全部）",
        "… {} more notes (--json gives all)",
        count
    )
}

/// What the cells of the coverage are.
pub fn coverage_heading() -> &'static str {
    pick(
        "每格为 文件数/指标数，— 为未报",
        "documents/indicators; — is missing",
    )
}

/// How much is missing.
pub fn gaps(count: usize) -> String {
    if count == 0 {
        return pick("没有缺报。", "nothing is missing.").to_owned();
    }
    say!(
        "缺报 {} 处；只看缺报：zhibiao coverage --missing",
        "{} missing; only those: zhibiao coverage --missing",
        count
    )
}

/// Nothing to suggest.
pub fn nothing_to_suggest() -> String {
    pick(
        "没有反复出现而又没有指标的数",
        "no figure without an indicator occurs often enough",
    )
    .to_owned()
}

/// Above the suggestions; a comment of TOML.
pub fn suggest_heading() -> &'static str {
    pick(
        "# 反复出现而没有指标的数。把 id 改成有意义的，补上 definition 和一个反例，放进自己的文件夹，再运行 zhibiao validate --pipelines 文件夹（只要一个领域的：--domain）",
        "# Frequent figures without an indicator. Choose telling ids, add definition and a near miss, put them into a folder, run zhibiao validate --pipelines FOLDER (one domain only: --domain)",
    )
}

/// One suggestion.
pub fn suggested_group(
    name: &str,
    unit: &str,
    count: usize,
    documents: usize,
    areas: usize,
) -> String {
    say!(
        "# {}（{}）：{} 个数，{} 份文件，{} 个地区",
        "# {} ({}): {} figures, {} documents, {} areas",
        name,
        unit,
        count,
        documents,
        areas
    )
}

/// Below the suggestions.
pub fn suggested(all: usize, shown: usize) -> String {
    say!(
        "# 共 {} 组，显示 {} 组（--limit）",
        "# {} groups, {} shown (--limit)",
        all,
        shown.min(all)
    )
}

/// An agency that nobody knows.
pub fn unknown() -> &'static str {
    pick("（未写明单位）", "(unknown agency)")
}

/// Counts below the findings.
pub fn checked(fail: usize, rounding: usize, pass: usize, open: usize) -> String {
    say!(
        "不符 {} 处；四舍五入误差 {} 处，相符 {} 处，数据不全 {} 处（--all 全部列出）",
        "{} disagree; {} within rounding, {} agree, {} cannot be evaluated (--all lists them)",
        fail,
        rounding,
        pass,
        open
    )
}

/// Title of the page.
pub fn report_title(areas: &[String]) -> String {
    if areas.is_empty() {
        pick("部门指标报告", "Indicators of departments").to_owned()
    } else {
        say!(
            "{}部门指标报告",
            "Indicators of departments: {}",
            areas.join("、")
        )
    }
}

/// The page was written.
pub fn report_written(path: &Path) -> String {
    say!(
        "报告已存为 {}，用浏览器打开",
        "report written to {}, open it in a browser",
        path.display()
    )
}

/// Letters were written.
pub fn letters(count: usize, folder: &Path) -> String {
    say!(
        "核对函 {} 份，存在 {}",
        "{} letters written to {}",
        count,
        folder.display()
    )
}
