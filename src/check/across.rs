//! Rules that need several documents: text and attachment, last year's report, the agency's other years, other areas.
//!
//! Whoever has the documents (a warehouse, a worked example) gives the values that an agency states of an indicator as a
//! [`Series`], and the texts behind them as a [`Book`]. Only what does not agree comes out.
//!
//! What is usual is told by robust statistics, by ratios and not by differences, since counts and amounts are skewed: the
//! median of the other values, and the median of their ratios to it. A slip of the unit (万元 for 元) or of the decimal
//! point is a value that is a power of ten away from all others and among them once it is taken back; the others must lie
//! closer together than the slip is wide. A value that its own agency states year by year is not judged by its peers.

use super::rules::{Rule, Rules, Test, Usual};
use super::say::{place, slip};
use super::{Kind, Outcome};
use crate::analysis::Scenario;
use rust_decimal::Decimal;

/// How far a value that is taken back may lie beyond the others: half as much again.
const BEYOND: Decimal = Decimal::from_parts(15, 0, 0, false, 1);
/// A value this near to two other years of its agency is how things are there.
const SETTLED: Decimal = Decimal::from_parts(3, 0, 0, false, 0);

/// A value that a document states, exact and for an area as a whole.
#[derive(Clone, Debug)]
pub struct Stated {
    /// By which the texts are found in the [`Book`].
    pub row: usize,
    /// Number of the document.
    pub document: usize,
    /// It stands in a table.
    pub in_table: bool,
    /// Year of the value; 0 where unknown.
    pub year: i32,
    /// It is that of the whole year.
    pub whole: bool,
    /// Year of the document; 0 where unknown.
    pub reported: i32,
    /// Value, in the base unit.
    pub value: Decimal,
    /// Half a unit of the last digit written.
    pub half: Decimal,
    /// Number of its unit.
    pub unit: usize,
}

/// All that an agency states of an indicator.
#[derive(Clone, Debug)]
pub struct Series {
    /// Catalogue id.
    pub indicator: String,
    /// Chinese name.
    pub name: String,
    /// stock, flow, standard, ratio …
    pub kind: String,
    /// Actual or budget.
    pub scenario: Scenario,
    /// In any order.
    pub stated: Vec<Stated>,
}

/// The texts behind the values.
pub trait Book {
    /// The figure as a person says it, with its unit.
    fn said(&self, row: usize) -> String;
    /// Its file.
    fn file(&self, row: usize) -> String;
    /// Its place in the file.
    fn location(&self, row: usize) -> String;
    /// Name of a unit.
    fn unit(&self, unit: usize) -> String;
}

/// What does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// Id of the rule.
    pub check: String,
    /// Its Chinese name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Rounding or fail.
    pub outcome: Outcome,
    /// Year of the value.
    pub year: i32,
    /// What is expected: another statement, or the median.
    pub expected: Decimal,
    /// What is stated.
    pub actual: Decimal,
    /// What rounding explains.
    pub tolerance: Decimal,
    /// One Chinese sentence.
    pub explanation: String,
    /// Rows of the values concerned, the one in question first.
    pub rows: Vec<usize>,
}

impl Series {
    /// The only value of some statements; `None` for none or several.
    fn only(&self, wanted: impl Fn(&Stated) -> bool) -> Option<&Stated> {
        let mut fitting = self.stated.iter().filter(|s| wanted(s));
        let first = fitting.next()?;
        fitting
            .all(|s| s.value == first.value && s.unit == first.unit)
            .then_some(first)
    }

    /// Years that somebody states a whole year's value for, ascending.
    fn years(&self) -> Vec<i32> {
        let mut years: Vec<i32> = self
            .stated
            .iter()
            .filter(|s| s.whole)
            .map(|s| s.year)
            .collect();
        years.sort_unstable();
        years.dedup();
        years
    }

    /// The value of each year by the year's own reports, where it is a single one above zero; by year.
    pub fn own(&self) -> Vec<&Stated> {
        self.years()
            .into_iter()
            .filter_map(|y| self.only(|s| s.whole && s.year == y && s.reported == y))
            .filter(|s| s.value > Decimal::ZERO)
            .collect()
    }

    fn called(&self) -> String {
        let budget = match self.scenario {
            Scenario::Budget => "预算",
            _ => "",
        };
        format!("{}{budget}", self.name)
    }
}

/// What the rules about files, reports and years find in a series.
pub fn series(rules: &Rules, series: &Series, book: &dyn Book) -> Vec<Apart> {
    let mut found = Vec::new();
    let mut slipped: Vec<i32> = Vec::new();
    let takes = |r: &&Rule| r.takes(&series.indicator, &series.kind);
    for rule in rules.check.iter().filter(takes) {
        match &rule.test {
            Test::Files => found.extend(files(rule, series, book)),
            Test::Reports => found.extend(reports(rule, series, book)),
            Test::Years(usual) => {
                let own = series.own();
                for &s in &own {
                    let others: Vec<&Stated> = own
                        .iter()
                        .filter(|o| o.year != s.year && o.unit == s.unit)
                        .copied()
                        .collect();
                    // A year has one finding: the narrower rules stand first.
                    if slipped.contains(&s.year) || others.len() < usual.least {
                        continue;
                    }
                    let values = others.iter().map(|o| o.value).collect();
                    let whose = format!("本单位其他{}年", others.len());
                    let group = Group::of(values);
                    if let Some(a) = out_of(rule, usual, (series, s), (&group, &whose), book) {
                        slipped.push(s.year);
                        found.push(a);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The value of an area in a year, beside others.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'s> {
    /// Code of the area.
    pub ref_area: &'s str,
    /// What its agency states.
    pub series: &'s Series,
    /// The value.
    pub stated: &'s Stated,
    /// Two other years of the agency are like it.
    pub settled: bool,
}

/// The values of an agency to put beside those of its peers.
pub fn values<'s>(series: &'s Series, ref_area: &'s str) -> Vec<Peer<'s>> {
    let own = series.own();
    let near = |a: &Stated, b: &Stated| {
        ratio(a.value, b.value).is_some_and(|r| r <= SETTLED) && a.unit == b.unit
    };
    own.iter()
        .map(|&stated| Peer {
            ref_area,
            series,
            stated,
            settled: own
                .iter()
                .filter(|o| o.year != stated.year && near(o, stated))
                .count()
                >= 2,
        })
        .collect()
}

/// What the rules about peers find among the values of one indicator, scenario, year and unit in areas of one level of a
/// province. Each is compared within its prefecture where that has enough areas, else within the province.
pub fn peers<'s>(rules: &Rules, all: &[Peer<'s>], book: &dyn Book) -> Vec<(&'s str, Apart)> {
    let Some(first) = all.first() else {
        return Vec::new();
    };
    let prefecture = |p: &Peer<'s>| p.ref_area.get(..4).unwrap_or(p.ref_area);
    let mut sorted: Vec<&Peer> = all.iter().collect();
    sorted.sort_by_key(|p| p.ref_area);
    let whole = Group::of(all.iter().map(|p| p.stated.value).collect());
    let takes = |r: &&Rule| r.takes(&first.series.indicator, &first.series.kind);
    let mut found: Vec<(&str, Apart)> = Vec::new();
    for near in sorted.chunk_by(|a, b| prefecture(a) == prefecture(b)) {
        let here = Group::of(near.iter().map(|p| p.stated.value).collect());
        for p in near.iter().filter(|p| !p.settled) {
            let out = rules.check.iter().filter(takes).find_map(|rule| {
                let Test::Peers(usual) = &rule.test else {
                    return None;
                };
                let (group, whose) = if here.values.len() > usual.least {
                    (&here, "同市")
                } else if whole.values.len() > usual.least {
                    (&whole, "同省")
                } else {
                    return None;
                };
                let group = group.without(p.stated.value);
                let whose = format!("{whose}其他{}个同级地区", group.values.len());
                out_of(rule, usual, (p.series, p.stated), (&group, &whose), book)
            });
            found.extend(out.map(|a| (p.ref_area, a)));
        }
    }
    found
}

/// Values, ascending.
struct Group {
    values: Vec<Decimal>,
}

impl Group {
    fn of(mut values: Vec<Decimal>) -> Group {
        values.sort_unstable();
        Group { values }
    }

    /// The others.
    fn without(&self, value: Decimal) -> Group {
        let mut values = self.values.clone();
        if let Ok(n) = values.binary_search(&value) {
            values.remove(n);
        }
        Group { values }
    }

    fn median(&self) -> Option<Decimal> {
        let n = self.values.len();
        let upper = *self.values.get(n / 2)?;
        if n % 2 == 1 {
            return Some(upper);
        }
        let lower = *self.values.get((n / 2).checked_sub(1)?)?;
        lower.checked_add(upper)?.checked_div(Decimal::TWO)
    }

    /// Least and largest value, of ten and more without the outer tenths.
    fn span(&self) -> Option<(Decimal, Decimal)> {
        let cut = self.values.len() / 10;
        let last = self.values.len().checked_sub(1 + cut)?;
        Some((*self.values.get(cut)?, *self.values.get(last)?))
    }
}

/// The larger by the smaller; `None` where one is not positive.
fn ratio(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (small, large) = (a.min(b), a.max(b));
    (small > Decimal::ZERO)
        .then(|| large.checked_div(small))
        .flatten()
}

/// Whether a value is out of the usual, and what to say.
fn out_of(
    rule: &Rule,
    usual: &Usual,
    (series, s): (&Series, &Stated),
    (others, whose): (&Group, &str),
    book: &dyn Book,
) -> Option<Apart> {
    let median = others.median()?;
    if s.value.max(median) < usual.floor {
        return None;
    }
    let unit = book.unit(s.unit);
    let what = format!(
        "{}年{}为{}（{} {}）",
        s.year,
        series.called(),
        book.said(s.row),
        book.file(s.row),
        place(&book.location(s.row)),
    );
    let text = if usual.slip.is_empty() {
        let typical = others
            .values
            .iter()
            .map(|v| ratio(*v, median))
            .collect::<Option<Vec<_>>>()?;
        let typical = Group::of(typical).median()?;
        let mut limit = Decimal::ONE;
        for _ in 0..usual.spread {
            // Too large for a number is further than any value.
            limit = limit.checked_mul(typical)?;
        }
        let far = ratio(s.value, median)?;
        if far <= limit.max(usual.factor) {
            return None;
        }
        format!(
            "{what}，{whose}的中位数为{}，相差{}倍，偏离明显，请核对。",
            plain(median, &unit),
            far.round_dp(1).normalize()
        )
    } else {
        let (low, high) = others.span()?;
        let width = ratio(low, high)?;
        let room = width.checked_mul(width)?.checked_mul(Decimal::TWO)?;
        let among = |v: Decimal| {
            low.checked_div(BEYOND).is_some_and(|l| l <= v)
                && high.checked_mul(BEYOND).is_some_and(|h| v <= h)
        };
        let factor = usual.slip.iter().filter(|f| room <= **f).find(|f| {
            s.value.checked_div(**f).is_some_and(among)
                || s.value.checked_mul(**f).is_some_and(among)
        })?;
        format!(
            "{what}，{whose}为{}至{}，相差约{factor}倍，疑为单位或小数点有误，请核对。",
            plain(low, &unit),
            plain(high, &unit),
        )
    };
    Some(Apart {
        check: rule.id.clone(),
        name: rule.name.clone(),
        kind: rule.kind,
        outcome: Outcome::Fail,
        year: s.year,
        expected: median,
        actual: s.value,
        tolerance: s.half,
        explanation: text,
        rows: vec![s.row],
    })
}

/// 1234.5万元 of 12345000, 元.
fn plain(value: Decimal, unit: &str) -> String {
    let wan = Decimal::from(10_000);
    match value.checked_div(wan) {
        Some(scaled) if unit == "元" && value.abs() >= wan => {
            format!("{}万元", scaled.round_dp(2).normalize())
        }
        _ => format!("{}{unit}", value.round_dp(2).normalize()),
    }
}

/// How two statements of the same value compare; `None` where they agree.
fn apart(rule: &Rule, a: &Stated, b: &Stated) -> Option<Apart> {
    if a.value == b.value || a.unit != b.unit {
        return None;
    }
    let tolerance = a.half.checked_add(b.half)?;
    let outcome = match a.value.checked_sub(b.value)?.abs() <= tolerance {
        true => Outcome::Rounding,
        false => Outcome::Fail,
    };
    Some(Apart {
        check: rule.id.clone(),
        name: rule.name.clone(),
        kind: rule.kind,
        outcome,
        year: a.year,
        expected: b.value,
        actual: a.value,
        tolerance,
        explanation: String::new(),
        rows: vec![a.row, b.row],
    })
}

fn end(a: &Apart) -> String {
    match a.outcome {
        Outcome::Rounding => "，在四舍五入误差之内。".to_owned(),
        _ => {
            let slip = slip(a.actual, a.expected, a.tolerance);
            format!("{slip}，不一致，请核对。")
        }
    }
}

/// The text of one file against a table of another, for the same year.
fn files(rule: &Rule, g: &Series, book: &dyn Book) -> Vec<Apart> {
    let mut found = Vec::new();
    for year in g.years() {
        let own = |s: &Stated| s.whole && s.year == year && s.reported == year;
        let (Some(prose), Some(cell)) = (
            g.only(|s| own(s) && !s.in_table),
            g.only(|s| own(s) && s.in_table),
        ) else {
            continue;
        };
        if prose.document == cell.document {
            continue; // the document's own check says it
        }
        if let Some(mut a) = apart(rule, prose, cell) {
            a.explanation = format!(
                "{year}年{}在“{}”正文中为{}，在“{}”{}中为{}{}",
                g.called(),
                book.file(prose.row),
                book.said(prose.row),
                book.file(cell.row),
                place(&book.location(cell.row)),
                book.said(cell.row),
                end(&a)
            );
            found.push(a);
        }
    }
    found
}

/// What the next year's report gives as last year's value, against the year's own report.
fn reports(rule: &Rule, g: &Series, book: &dyn Book) -> Vec<Apart> {
    let mut found = Vec::new();
    for year in g.years() {
        let whole = |s: &Stated| s.whole && s.year == year;
        let (Some(own), Some(later)) = (
            g.only(|s| whole(s) && s.reported == year),
            g.only(|s| whole(s) && s.reported == year + 1),
        ) else {
            continue;
        };
        if let Some(mut a) = apart(rule, later, own) {
            a.explanation = format!(
                "{year}年{}，{year}年材料（{}）为{}，{}年材料（{}）所写上年数为{}{}",
                g.called(),
                book.file(own.row),
                book.said(own.row),
                year.saturating_add(1),
                book.file(later.row),
                book.said(later.row),
                end(&a)
            );
            found.push(a);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain;

    impl Book for Plain {
        fn said(&self, row: usize) -> String {
            format!("第{row}数")
        }
        fn file(&self, _: usize) -> String {
            "报告.docx".into()
        }
        fn location(&self, _: usize) -> String {
            "p1".into()
        }
        fn unit(&self, _: usize) -> String {
            "具".into()
        }
    }

    fn rules() -> &'static Rules {
        crate::Catalogue::builtin().checks()
    }

    fn stated(row: usize, (year, reported, value, in_table): (i32, i32, &str, bool)) -> Stated {
        Stated {
            row,
            document: usize::try_from(reported).unwrap() * 2 + usize::from(in_table),
            in_table,
            year,
            whole: true,
            reported,
            value: value.parse().unwrap(),
            half: Decimal::ZERO,
            unit: 0,
        }
    }

    fn of(stated_by: &[(i32, i32, &str, bool)]) -> Series {
        Series {
            indicator: "civil.funeral.cremations".into(),
            name: "火化遗体数".into(),
            kind: "flow".into(),
            scenario: Scenario::Actual,
            stated: stated_by
                .iter()
                .enumerate()
                .map(|(n, &s)| stated(n, s))
                .collect(),
        }
    }

    fn ids(found: &[Apart]) -> Vec<&str> {
        found.iter().map(|a| a.check.as_str()).collect()
    }

    #[test]
    fn last_years_value_must_be_that_of_last_years_report() {
        let g = of(&[(2023, 2023, "485", false), (2023, 2024, "458", false)]);
        let found = series(rules(), &g, &Plain);
        assert_eq!(ids(&found), ["revision"]);
        assert_eq!(
            (found[0].actual, found[0].expected),
            (458.into(), 485.into())
        );
        assert!(found[0].explanation.contains("所写上年数为第1数"));
        let same = of(&[(2023, 2023, "485", false), (2023, 2024, "485", false)]);
        assert!(series(rules(), &same, &Plain).is_empty());
    }

    #[test]
    fn text_and_attachment_must_agree() {
        let g = of(&[(2023, 2023, "485", false), (2023, 2023, "486", true)]);
        assert_eq!(ids(&series(rules(), &g, &Plain)), ["narrative_table.files"]);
        // Two values in the tables are two things.
        let g = of(&[
            (2023, 2023, "485", false),
            (2023, 2023, "486", true),
            (2023, 2023, "485", true),
        ]);
        assert!(series(rules(), &g, &Plain).is_empty());
    }

    fn years(values: &[&'static str]) -> Vec<String> {
        let rows: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(n, v)| {
                let year = 2010 + i32::try_from(n).unwrap();
                (year, year, *v, false)
            })
            .collect();
        let found = series(rules(), &of(&rows), &Plain);
        found
            .iter()
            .map(|a| format!("{} {}", a.check, a.year))
            .collect()
    }

    #[test]
    fn a_slip_of_the_unit_is_found_and_a_development_is_not() {
        assert_eq!(
            years(&["4000", "4100", "41000000", "4200"]),
            ["magnitude.years 2012"]
        );
        assert_eq!(years(&["4000", "9000", "30000", "90000"]), [""; 0]);
        assert_eq!(years(&["1", "100000", "1", "100000"]), [""; 0]);
        assert_eq!(years(&["4000", "41000000"]), [""; 0], "which of the two?");
    }

    #[test]
    fn a_value_far_from_a_steady_history_is_asked_about() {
        let steady = ["500", "510", "490", "505", "520", "3900"];
        assert_eq!(years(&steady), ["history 2015"]);
        // What varies much may vary on.
        let varied = ["500", "1500", "250", "2200", "700", "5200"];
        assert_eq!(years(&varied), [""; 0]);
    }

    #[test]
    fn a_value_far_from_its_peers_is_asked_about_unless_it_is_so_every_year() {
        let all: Vec<(String, Series)> = ["310", "520", "440", "610", "380", "4500000"]
            .iter()
            .enumerate()
            .map(|(n, v)| (format!("43042{n}"), of(&[(2024, 2024, *v, false)])))
            .collect();
        let listed: Vec<Peer> = all.iter().flat_map(|(a, s)| values(s, a)).collect();
        let found = peers(rules(), &listed, &Plain);
        let short: Vec<_> = found.iter().map(|(a, f)| (*a, f.check.as_str())).collect();
        assert_eq!(short, [("430425", "magnitude.peers")]);
        assert!(found[0].1.explanation.contains("同市其他5个同级地区"));

        let large = of(&[
            (2022, 2022, "4400000", false),
            (2023, 2023, "4600000", false),
            (2024, 2024, "4500000", false),
        ]);
        let mut listed: Vec<Peer> = all.iter().take(5).flat_map(|(a, s)| values(s, a)).collect();
        listed.extend(
            values(&large, "430425")
                .into_iter()
                .filter(|p| p.stated.year == 2024),
        );
        assert!(peers(rules(), &listed, &Plain).is_empty());
    }

    #[test]
    fn the_time_is_linear_in_the_documents() {
        // Many documents of one agency state the same, each for its year and the year before.
        let rows: Vec<(i32, i32, &str, bool)> = (0..200_000)
            .map(|n| {
                (
                    2000 + n / 2 % 24,
                    2000 + n / 2 % 24 + n % 2,
                    "485",
                    n % 3 == 0,
                )
            })
            .collect();
        let start = std::time::Instant::now();
        assert!(series(rules(), &of(&rows), &Plain).is_empty());
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
