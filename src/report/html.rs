//! One HTML file for a browser: coverage, key indicators by area, rankings, a page an area, findings.
//!
//! Nothing is loaded from elsewhere, so that it opens from a USB stick. There is no script: what opens, opens with
//! `details`. Light or dark follows the reader's system; on paper everything is black on white and open evidence is printed.
//! Every number opens the sentence it stands in, with the figure marked.

use crate::analyse::checks::Finding;
use crate::analyse::coverage::Coverage;
use crate::analyse::series::Statement;
use crate::analyse::trend::{last_growth, sparkline, years};
use crate::analyse::{Indicator, Series};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Areas shown in a ranking.
const MOST_RANKED: usize = 30;
/// Findings listed.
const MOST_FINDINGS: usize = 500;

/// What the report is made of.
pub struct Content<'a> {
    /// Title.
    pub title: String,
    /// Who has reported what.
    pub coverage: &'a Coverage,
    /// Key indicators with their series, the most widespread first.
    pub indicators: &'a [(Indicator, Vec<Series>)],
    /// What does not add up.
    pub findings: &'a [Finding],
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

/// The sentence with the figure marked.
fn marked(evidence: &str, figure: &str) -> String {
    match evidence.split_once(figure).filter(|_| !figure.is_empty()) {
        Some((before, after)) => format!(
            "{}<mark>{}</mark>{}",
            escape(before),
            escape(figure),
            escape(after)
        ),
        None => escape(evidence),
    }
}

/// A number that opens its evidence.
fn number(s: &Statement, others: &[Statement]) -> String {
    let sign = match s.qualifier.as_str() {
        "approx" => "约",
        "at_least" => "≥",
        "at_most" => "≤",
        _ => "",
    };
    let star = if others.is_empty() { "" } else { "*" };
    let mut out = format!(
        "<details class=v><summary>{sign}{}{star}</summary><div>{}<p class=src>{} {}</p>",
        grouped(s.value),
        marked(&s.evidence, &s.value_text),
        escape(&s.file_name),
        escape(&s.location)
    );
    for o in others {
        let _ = write!(
            out,
            "<p class=src>另有 {}：{} {}</p>",
            escape(&o.value_text),
            escape(&o.file_name),
            escape(&o.location)
        );
    }
    out.push_str("</div></details>");
    out
}

const STYLE: &str = "
:root{--bg:#fff;--fg:#1d1d1f;--dim:#6b6b70;--line:#d9d9de;--mark:#ffe08a;--bar:#0072b2;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--bg:#17181a;--fg:#e8e8ea;--dim:#9a9aa0;--line:#3a3b3f;--mark:#7a5c00;--bar:#56b4e9;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1rem;background:var(--bg);color:var(--fg);font:16px/1.6 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif}
h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}h3{font-size:1.05rem;margin:1.5rem 0 .3rem}
a{color:var(--bar)}nav a{margin-right:1rem;white-space:nowrap}
.dim,.src{color:var(--dim);font-size:.85rem;margin:.2rem 0}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th:first-child,td:first-child{text-align:left;white-space:nowrap}
td.none{color:var(--dim)}
details.v summary{cursor:pointer;list-style:none}details.v summary::-webkit-details-marker{display:none}
details.v summary:hover{text-decoration:underline dotted}
details.v>div{text-align:left;min-width:14rem;max-width:26rem;padding:.4rem;border:1px solid var(--line);white-space:normal;font-size:.9rem}
mark{background:var(--mark);color:inherit}
.bar{display:inline-block;height:.7rem;background:var(--bar);vertical-align:middle}
.spark{letter-spacing:-1px;color:var(--bar);white-space:pre}
.bad{color:var(--bad)}li{margin:.4rem 0}
@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--line:#999}body{max-width:none;font-size:11px}nav{display:none}h2,h3{break-after:avoid}tr{break-inside:avoid}}
@media (max-width:40rem){body{padding:.6rem;font-size:15px}th,td{padding:.2rem .35rem}}
";

/// The report.
pub fn report(content: &Content<'_>) -> String {
    let mut out = String::new();
    let title = escape(&content.title);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n<nav><a href=\"#coverage\">报送情况</a>\
         <a href=\"#indicators\">主要指标</a><a href=\"#ranking\">排名</a><a href=\"#areas\">分地区</a><a href=\"#findings\">核对</a></nav>\n\
         <p class=dim>点数字可看它在哪份材料的哪一句；带 * 的另有不同的数。</p>\n"
    );
    coverage(&mut out, content.coverage);
    out.push_str("<h2 id=indicators>主要指标</h2>\n");
    for (indicator, all) in content.indicators {
        let _ = writeln!(
            out,
            "<h3>{}（{}）</h3>",
            escape(&indicator.name),
            escape(&indicator.unit)
        );
        let rows: Vec<(String, &Series)> = all.iter().map(|s| (label(s), s)).collect();
        table(&mut out, "地区", &rows, &years(all));
    }
    ranking(&mut out, content.indicators);
    areas(&mut out, content.indicators);
    findings(&mut out, content.findings);
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

fn coverage(out: &mut String, c: &Coverage) {
    out.push_str("<h2 id=coverage>报送情况</h2>\n<p class=dim>每格为 文件数/指标数</p>\n<div class=wide><table><tr><th>单位</th>");
    for y in &c.years {
        let _ = match y {
            0 => write!(out, "<th>年份不明</th>"),
            y => write!(out, "<th>{y}</th>"),
        };
    }
    out.push_str("</tr>\n");
    for r in &c.rows {
        let name = if r.agency.is_empty() {
            "（未写明）"
        } else {
            &r.agency
        };
        let _ = write!(out, "<tr><td>{}</td>", escape(name));
        for y in &c.years {
            let _ = match r.years.get(y) {
                Some(n) => write!(out, "<td>{}/{}</td>", n.documents, n.indicators),
                None => write!(out, "<td class=none>—</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></div>\n");
}

fn table(out: &mut String, first: &str, rows: &[(String, &Series)], years: &[i32]) {
    let _ = write!(out, "<div class=wide><table><tr><th>{first}</th>");
    for y in years {
        let _ = write!(out, "<th>{y}</th>");
    }
    out.push_str("<th>走势</th><th>比上年</th></tr>\n");
    for (name, s) in rows {
        let _ = write!(out, "<tr><td>{}</td>", escape(name));
        for &y in years {
            match s.at(y) {
                Some(p) => {
                    let _ = write!(out, "<td>{}</td>", number(&p.value, &p.others));
                }
                None => out.push_str("<td class=none>—</td>"),
            }
        }
        let growth = last_growth(s).map_or_else(String::new, |g| format!("{g:+}%"));
        let _ = writeln!(
            out,
            "<td class=spark>{}</td><td>{growth}</td></tr>",
            sparkline(s, years)
        );
    }
    out.push_str("</table></div>\n");
}

/// The latest year of each indicator, the largest first.
fn ranking(out: &mut String, indicators: &[(Indicator, Vec<Series>)]) {
    out.push_str("<h2 id=ranking>排名</h2>\n");
    for (indicator, all) in indicators {
        let Some(&year) = years(all).last() else {
            continue;
        };
        let mut rows: Vec<(&Series, Decimal)> = all
            .iter()
            .filter_map(|s| Some((s, s.at(year)?.value.value)))
            .collect();
        if rows.len() < 2 {
            continue;
        }
        rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.ref_area.cmp(&b.0.ref_area)));
        let top = rows.first().map(|r| r.1).unwrap_or_default();
        let _ = writeln!(
            out,
            "<h3>{}年{}（{}）</h3><div class=wide><table>",
            year,
            escape(&indicator.name),
            escape(&indicator.unit)
        );
        for (s, value) in rows.iter().take(MOST_RANKED) {
            let share = value
                .checked_mul(Decimal::ONE_HUNDRED)
                .and_then(|v| v.checked_div(top))
                .map_or(Decimal::ZERO, |p| p.round().max(Decimal::ZERO));
            let _ = writeln!(
                out,
                "<tr><td>{}</td><td>{}</td><td style=\"text-align:left;width:14rem\"><span class=bar style=\"width:{share}%\"></span></td></tr>",
                escape(&label(s)),
                grouped(*value)
            );
        }
        out.push_str("</table></div>\n");
    }
}

/// For each area all key indicators.
fn areas(out: &mut String, indicators: &[(Indicator, Vec<Series>)]) {
    let mut by_area: BTreeMap<(&str, &str), Vec<(String, &Series)>> = BTreeMap::new();
    for (indicator, all) in indicators {
        for s in all.iter().filter(|s| !s.ref_area.is_empty()) {
            by_area
                .entry((&s.ref_area, &s.area_name))
                .or_default()
                .push((format!("{}（{}）", indicator.name, indicator.unit), s));
        }
    }
    out.push_str("<h2 id=areas>分地区</h2>\n<p>");
    for (code, name) in by_area.keys() {
        let _ = write!(out, "<a href=\"#a{}\">{}</a> ", escape(code), escape(name));
    }
    out.push_str("</p>\n");
    for ((code, name), rows) in &by_area {
        let all: Vec<Series> = rows.iter().map(|(_, s)| (*s).clone()).collect();
        let _ = writeln!(out, "<h3 id=\"a{}\">{}</h3>", escape(code), escape(name));
        table(out, "指标", rows, &years(&all));
    }
}

fn findings(out: &mut String, all: &[Finding]) {
    let failed: Vec<&Finding> = all.iter().filter(|f| f.outcome == "fail").collect();
    let _ = writeln!(
        out,
        "<h2 id=findings>核对</h2>\n<p class=dim>不符 {} 处</p><ol>",
        failed.len()
    );
    for f in failed.iter().take(MOST_FINDINGS) {
        let _ = writeln!(
            out,
            "<li><b>{}</b> <span class=bad>{}</span><p class=src>{}</p></li>",
            escape(if f.agency.is_empty() {
                &f.area_name
            } else {
                &f.agency
            }),
            escape(&f.explanation),
            escape(&f.files.join("　"))
        );
    }
    out.push_str("</ol>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_is_marked_and_nothing_can_break_out() {
        assert_eq!(
            marked("火化499具，<b>", "499具"),
            "火化<mark>499具</mark>，&lt;b&gt;"
        );
        assert_eq!(marked("没有", "5人"), "没有");
        assert_eq!(grouped("-1234567.50".parse().unwrap()), "−1,234,567.5");
    }

    #[test]
    fn an_empty_warehouse_gives_a_whole_page() {
        let page = report(&Content {
            title: "报告".into(),
            coverage: &Coverage::default(),
            indicators: &[],
            findings: &[],
        });
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    }
}
