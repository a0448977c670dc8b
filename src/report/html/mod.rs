//! One HTML file for a browser: who reported, key indicators with a small chart an area, rankings, a page an area, findings.
//!
//! Nothing is loaded from elsewhere, so that it opens from a USB stick. There is no script. Light or dark follows the
//! reader's system; on paper everything is black on white, an area begins on a new page, and evidence is left out unless it
//! is open. Every number leads to the sentence it stands in, with the figure marked (module `notes`).
//!
//! The page stays readable and of some megabytes whatever the size of the warehouse: so many areas are drawn, so many
//! listed, and what is left out is said, with the option that narrows the report.

mod charts;
mod choice;
mod notes;

use crate::analyse::checks::Finding;
use crate::analyse::coverage::Coverage;
use crate::analyse::trend::{last_growth, years};
use crate::analyse::{Indicator, Series};
use crate::report::Evidence;
pub use choice::Choice;
use notes::Notes;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Small charts of an indicator.
const MOST_CHARTS: usize = 24;
/// Areas in a table.
const MOST_LISTED: usize = 100;
/// Areas in a ranking.
const MOST_RANKED: usize = 30;
/// Areas with a page of their own.
const MOST_AREAS: usize = 100;
/// Findings listed.
const MOST_FINDINGS: usize = 500;
/// Statements of other values that are listed with a value.
pub const MOST_OTHERS: usize = 3;

const STYLE: &str = include_str!("style.css");

/// An indicator with its series.
pub type Shown = (Indicator, Vec<Series>);

/// What the report is made of.
pub struct Content<'a> {
    /// Title.
    pub title: String,
    /// Who has reported what.
    pub coverage: &'a Coverage,
    /// Key indicators with their series, the most widespread first.
    pub indicators: &'a [Shown],
    /// All indicators for the pages of the areas, by theme, where there are few areas; empty for the key indicators only.
    pub themes: &'a [(String, Vec<Shown>)],
    /// What does not add up.
    pub findings: &'a [Finding],
    /// The sentences of the findings' figures.
    pub quotes: &'a Evidence,
}

/// Text as HTML or XML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// 2,317,680.5, with the sign of minus that is as wide as a digit.
fn grouped(value: Decimal) -> String {
    crate::message::grouped(value).replace('-', "−")
}

/// The findings that the page lists, of all those that failed.
pub fn listed(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    let failed = findings.iter().filter(|f| f.outcome == "fail");
    failed.take(MOST_FINDINGS)
}

/// The report.
pub fn report(content: &Content<'_>) -> String {
    let mut out = String::new();
    let mut notes = Notes::default();
    let title = escape(&content.title);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\n<h1 id=top>{title}</h1>\n\
         <nav><a href=\"#coverage\">报送情况</a><a href=\"#indicators\">主要指标</a><a href=\"#ranking\">排名</a>\
         <a href=\"#areas\">分地区</a><a href=\"#findings\">核对</a></nav>\n"
    );
    facts(&mut out, content);
    out.push_str("<p class=dim>点数字可看它在哪份材料的哪一句；带 * 的另有不同的数，红色的在勾稽核对中不符。</p>\n");
    coverage(&mut out, content.coverage);
    indicators(&mut out, content.indicators, &mut notes);
    ranking(&mut out, content.indicators, &mut notes);
    areas(&mut out, content, &mut notes);
    findings(&mut out, content, &mut notes);
    out.push_str(&notes.into_html());
    out.push_str("</body></html>\n");
    out
}

fn label(s: &Series) -> String {
    match (s.area_name.is_empty(), s.agency.is_empty()) {
        (false, true) => s.area_name.clone(),
        (_, false) => s.agency.clone(),
        _ => "（未写明）".to_owned(),
    }
}

fn named(indicator: &Indicator) -> String {
    escape(&format!("{}（{}）", indicator.name, indicator.unit))
}

fn year_head(year: i32) -> String {
    match year {
        0 => "年份不明".to_owned(),
        y => y.to_string(),
    }
}

/// A few numbers about the whole.
fn facts(out: &mut String, content: &Content<'_>) {
    let c = content.coverage;
    let areas: BTreeSet<&str> = c
        .rows
        .iter()
        .map(|r| r.ref_area.as_str())
        .filter(|a| !a.is_empty())
        .collect();
    let agencies = c.rows.iter().filter(|r| !r.agency.is_empty()).count();
    let documents: usize = c
        .rows
        .iter()
        .flat_map(|r| r.years.values())
        .map(|n| n.documents)
        .sum();
    let failed = content
        .findings
        .iter()
        .filter(|f| f.outcome == "fail")
        .count();
    let known = || c.years.iter().filter(|y| **y > 0);
    let years = match (known().min(), known().max()) {
        (Some(a), Some(b)) if a < b => format!("{a}–{b}"),
        (Some(a), _) => a.to_string(),
        _ => "—".to_owned(),
    };
    out.push_str("<ul class=facts>");
    for (number, what) in [
        (years, "年份"),
        (crate::message::thousands(areas.len() as u64), "地区"),
        (crate::message::thousands(agencies as u64), "单位"),
        (crate::message::thousands(documents as u64), "文件"),
        (crate::message::thousands(c.gaps().len() as u64), "缺报"),
        (crate::message::thousands(failed as u64), "不符"),
    ] {
        let _ = write!(out, "<li><b>{number}</b>{what}</li>");
    }
    out.push_str("</ul>\n");
}

fn coverage(out: &mut String, c: &Coverage) {
    out.push_str(
        "<h2 id=coverage>报送情况</h2>\n<p class=dim>每格为文件数，括号里是有数的指标数；“缺”是本单位或别的单位报过而这一年没有报。</p>\n\
         <div class=wide><table><thead><tr><th>单位</th>",
    );
    for y in &c.years {
        let _ = write!(out, "<th>{}</th>", year_head(*y));
    }
    out.push_str("</tr></thead>\n<tbody>");
    for r in c.rows.iter().take(MOST_LISTED) {
        let name = if r.agency.is_empty() {
            "（未写明）"
        } else {
            &r.agency
        };
        let _ = write!(out, "<tr><th>{}</th>", escape(name));
        for y in &c.years {
            let _ = match r.years.get(y) {
                Some(n) => write!(out, "<td>{}（{}）</td>", n.documents, n.indicators),
                None if r.agency.is_empty() || *y == 0 => write!(out, "<td class=none>—</td>"),
                None => write!(out, "<td class=gap>缺</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    left_out(out, c.rows.len(), MOST_LISTED, "个单位");
}

fn left_out(out: &mut String, all: usize, shown: usize, what: &str) {
    if all > shown {
        let _ = writeln!(
            out,
            "<p class=dim>另有 {} {what}未列出；用 --in 地区 缩小范围。</p>",
            all - shown
        );
    }
}

fn indicators(out: &mut String, indicators: &[Shown], notes: &mut Notes) {
    out.push_str(
        "<h2 id=indicators>主要指标</h2>\n<p class=dim>小图各自从零画起，右上角是最近一年的数；没有报的年份断开，不作推算。</p>\n",
    );
    for (indicator, all) in indicators {
        let years = years(all);
        let _ = writeln!(out, "<h3>{}</h3>", named(indicator));
        if !indicator.definition.is_empty() {
            let _ = writeln!(out, "<p class=dim>{}</p>", escape(&indicator.definition));
        }
        if years.len() > 1 {
            out.push_str("<ul class=multiples>");
            for s in choice::drawn(all) {
                let chart = charts::multiple(s, &years, notes);
                let _ = writeln!(out, "<li><b>{}</b>{chart}</li>", escape(&label(s)));
            }
            out.push_str("</ul>\n");
        }
        let rows: Vec<(String, &Series)> = all
            .iter()
            .take(MOST_LISTED)
            .map(|s| (escape(&label(s)), s))
            .collect();
        table(out, "单位", &rows, &years, false, notes);
        left_out(out, all.len(), MOST_LISTED, "个单位");
    }
}

/// A row a series, a column a year. Heads of rows are HTML.
fn table(
    out: &mut String,
    first: &str,
    rows: &[(String, &Series)],
    years: &[i32],
    spark: bool,
    notes: &mut Notes,
) {
    let _ = write!(out, "<div class=wide><table><thead><tr><th>{first}</th>");
    for y in years {
        let _ = write!(out, "<th>{}</th>", year_head(*y));
    }
    if spark {
        out.push_str("<th>走势</th>");
    }
    out.push_str("<th>比上年</th></tr></thead>\n<tbody>");
    for (name, s) in rows {
        let _ = write!(out, "<tr><th>{name}</th>");
        for &y in years {
            match s.at(y) {
                Some(p) => {
                    let _ = write!(out, "<td>{}</td>", notes.value(p));
                }
                None => out.push_str("<td class=none>—</td>"),
            }
        }
        if spark {
            let drawn = if s.points.len() > 1 {
                charts::spark(s, years)
            } else {
                String::new()
            };
            let _ = write!(out, "<td>{drawn}</td>");
        }
        let growth = last_growth(s).map_or_else(
            || "<td></td>".to_owned(),
            |g| {
                let class = match g.cmp(&Decimal::ZERO) {
                    std::cmp::Ordering::Greater => "up",
                    std::cmp::Ordering::Less => "down",
                    std::cmp::Ordering::Equal => "same",
                };
                format!("<td><span class={class}>{}%</span></td>", g.abs())
            },
        );
        let _ = writeln!(out, "{growth}</tr>");
    }
    out.push_str("</tbody></table></div>\n");
}

/// The latest year of each indicator that several have reported, the largest first.
fn ranking(out: &mut String, indicators: &[Shown], notes: &mut Notes) {
    out.push_str("<h2 id=ranking>排名</h2>\n");
    for (indicator, all) in indicators {
        let Some((year, rows)) = choice::ranked(all).filter(|(_, rows)| rows.len() > 1) else {
            continue;
        };
        let top = rows.first().map(|r| r.1).unwrap_or_default();
        let _ = writeln!(
            out,
            "<h3>{} 年{}</h3><div class=wide><table class=rank><tbody>",
            year,
            named(indicator)
        );
        for (n, (s, value)) in rows.iter().take(MOST_RANKED).enumerate() {
            let share = value
                .checked_mul(Decimal::ONE_HUNDRED)
                .and_then(|v| v.checked_div(top))
                .map_or(Decimal::ZERO, |p| p.round().max(Decimal::ZERO));
            let shown = s.at(year).map_or_else(String::new, |p| notes.value(p));
            let _ = writeln!(
                out,
                "<tr><th>{}. {}</th><td>{shown}</td><td><span class=bar style=\"width:{share}%\"></span></td></tr>",
                n + 1,
                escape(&label(s)),
            );
        }
        out.push_str("</tbody></table></div>\n");
        left_out(out, rows.len(), MOST_RANKED, "个单位");
    }
}

/// The rows of an area's page under one heading: a theme, or all key indicators without one.
type Part<'a> = (&'a str, Vec<(String, &'a Series)>);

/// A page an area: its indicators and its findings.
fn areas(out: &mut String, content: &Content<'_>, notes: &mut Notes) {
    let mut by_area: BTreeMap<(&str, &str), Vec<Part<'_>>> = BTreeMap::new();
    let key = content.indicators.iter().map(|(i, all)| ("", i, all));
    let themes = content
        .themes
        .iter()
        .flat_map(|(theme, of)| of.iter().map(move |(i, all)| (theme.as_str(), i, all)));
    let shown: Vec<(&str, &Indicator, &Vec<Series>)> = if content.themes.is_empty() {
        key.collect()
    } else {
        themes.collect()
    };
    for (theme, indicator, all) in shown {
        for s in all.iter().filter(|s| !s.ref_area.is_empty()) {
            let parts = by_area.entry((&s.ref_area, &s.area_name)).or_default();
            let row = (named(indicator), s);
            match parts.last_mut() {
                Some((same, rows)) if *same == theme => rows.push(row),
                _ => parts.push((theme, vec![row])),
            }
        }
    }
    out.push_str("<h2 id=areas>分地区</h2>\n<ul class=areas>");
    for (code, name) in by_area.keys().take(MOST_AREAS) {
        let _ = write!(
            out,
            "<li><a href=\"#a{}\">{}</a></li>",
            escape(code),
            escape(name)
        );
    }
    out.push_str("</ul>\n");
    left_out(out, by_area.len(), MOST_AREAS, "个地区");
    let mut failed: BTreeMap<&str, usize> = BTreeMap::new();
    for f in content.findings.iter().filter(|f| f.outcome == "fail") {
        *failed.entry(&f.ref_area).or_default() += 1;
    }
    for ((code, name), parts) in by_area.iter().take(MOST_AREAS) {
        let _ = writeln!(
            out,
            "<section class=area><h3 id=\"a{}\">{}</h3>",
            escape(code),
            escape(name)
        );
        if let Some(failed) = failed.get(code) {
            let _ = writeln!(
                out,
                "<p class=bad>勾稽核对不符 {failed} 处，见<a href=\"#findings\">核对</a>。</p>"
            );
        }
        for (theme, rows) in parts {
            if !theme.is_empty() {
                let _ = writeln!(out, "<h4>{}</h4>", escape(theme));
            }
            // Several agencies of an area: whose it is.
            let agencies: BTreeSet<&str> = rows.iter().map(|(_, s)| s.agency.as_str()).collect();
            let rows: Vec<(String, &Series)> = rows
                .iter()
                .map(|(name, s)| match agencies.len() {
                    0 | 1 => (name.clone(), *s),
                    _ => (format!("{name} · {}", escape(&s.agency)), *s),
                })
                .collect();
            let own: Vec<Series> = rows.iter().map(|(_, s)| (*s).clone()).collect();
            table(out, "指标", &rows, &years(&own), true, notes);
        }
        out.push_str("<p class=top><a href=\"#areas\">↑ 分地区</a></p></section>\n");
    }
}

fn findings(out: &mut String, content: &Content<'_>, notes: &mut Notes) {
    let failed = content
        .findings
        .iter()
        .filter(|f| f.outcome == "fail")
        .count();
    let _ = writeln!(
        out,
        "<h2 id=findings>核对</h2>\n<p class=dim>勾稽关系不符 {failed} 处。每处列出有关的数，点开可看原句。</p>"
    );
    let mut whose = None;
    for f in listed(content.findings) {
        let name = if f.agency.is_empty() {
            &f.area_name
        } else {
            &f.agency
        };
        if whose != Some((&f.ref_area, name)) {
            let end = if whose.is_some() { "</ol>\n" } else { "" };
            let _ = writeln!(out, "{end}<h3>{}</h3><ol class=found>", escape(name));
            whose = Some((&f.ref_area, name));
        }
        // Figures of one place stand together.
        let mut places: Vec<(String, Vec<String>)> = Vec::new();
        for quote in f
            .observations
            .iter()
            .filter_map(|id| content.quotes.get(id))
        {
            let (figure, place) = notes.quote(quote);
            match places.iter_mut().find(|(p, _)| *p == place) {
                Some((_, same)) if same.contains(&figure) => {}
                Some((_, same)) => same.push(figure),
                None => places.push((place, vec![figure])),
            }
        }
        let mut figures: Vec<String> = places
            .iter()
            .map(|(place, all)| format!("{} {place}", all.join("、")))
            .collect();
        if figures.is_empty() {
            figures = f.files.iter().map(|n| escape(n)).collect();
        }
        let _ = writeln!(
            out,
            "<li><p class=bad>{}</p><p class=src>{}</p></li>",
            escape(&f.explanation),
            figures.join("　 ")
        );
    }
    if whose.is_some() {
        out.push_str("</ol>\n");
    }
    left_out(out, failed, MOST_FINDINGS, "处");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_text_is_escaped() {
        assert_eq!(grouped("-1234567.50".parse().unwrap()), "−1,234,567.5");
        assert_eq!(escape("<b>&\"县"), "&lt;b&gt;&amp;&quot;县");
    }

    #[test]
    fn an_empty_warehouse_gives_a_whole_page() {
        let page = report(&Content {
            title: "报告".into(),
            coverage: &Coverage::default(),
            indicators: &[],
            themes: &[],
            findings: &[],
            quotes: &Evidence::new(),
        });
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
        assert!(!page.contains("<script") && !page.contains("http"));
    }
}
