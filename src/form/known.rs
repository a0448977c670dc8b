//! `pipelines/forms.toml`: known forms and the words of their columns.

use super::words::Worded;
use crate::catalogue::{CatalogueError, Finding, Lines, Problem};
use crate::text::any_of::AnyOf;
use crate::text::blank::squeeze;
use rustc_hash::FxHashSet;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forms {
    /// Columns of row numbers and codes.
    #[serde(default)]
    pub index_columns: AnyOf,
    /// Labels of fields that a name is filled in after.
    #[serde(default)]
    pub fields: AnyOf,
    /// Endings of labels that say no more than another does, with that other.
    #[serde(default)]
    pub endings: BTreeMap<String, String>,
    /// Words of lines that give the date of filling in, not that of the figures.
    #[serde(default)]
    pub filed: AnyOf,
    /// Labels of sums, which say nothing of their own about what is counted.
    #[serde(default)]
    pub sums: AnyOf,
    /// Heads that say only that figures stand below.
    #[serde(default)]
    pub neutral: AnyOf,
    /// Endings of labels that imply a unit, with the unit.
    #[serde(default)]
    pub implied: Worded,
    /// Words for averages, with the denominator that they give a unit.
    #[serde(default)]
    pub averages: Worded,
    /// Words that choose among the units of a caption (单位：万元、人), by base unit.
    #[serde(default)]
    pub speaks: BTreeMap<String, AnyOf>,
    /// Heads of columns that compare.
    #[serde(default)]
    pub comparison: Comparison,
    /// Captions of tables whose money is not the agency's own.
    #[serde(default)]
    pub not_own: AnyOf,
    /// Worked examples of the units of labels.
    #[serde(default)]
    pub example: Vec<LabelExample>,
    /// Roles of columns in self-evaluation tables.
    #[serde(default)]
    pub evaluation: Evaluation,
    /// Known forms.
    #[serde(default, deserialize_with = "with_places")]
    pub form: Vec<Form>,
    /// The titles of all forms: most captions hold none.
    #[serde(skip)]
    titles: AnyOf,
}

/// Forms, each with the byte that it begins at in place of its line.
fn with_places<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<Form>, D::Error> {
    let all = Vec::<toml::Spanned<Form>>::deserialize(d)?;
    let placed = all.into_iter().map(|spanned| {
        let line = spanned.span().start;
        Form {
            line,
            ..spanned.into_inner()
        }
    });
    Ok(placed.collect())
}

/// Heads of columns that hold a difference or a growth, by their endings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Comparison {
    /// What may stand before such an ending: what it is compared with.
    pub against: AnyOf,
    /// A difference or growth as signed in the cell.
    pub signed: AnyOf,
    /// A decrease: the cell holds its size.
    pub down: AnyOf,
}

/// A label and the unit that its figures are in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelExample {
    /// The label.
    pub label: String,
    /// The unit that it implies; empty: none.
    #[serde(default)]
    pub unit: String,
    /// The denominator that it adds; empty: none.
    #[serde(default)]
    pub denominator: String,
    /// Whether it heads a comparison.
    #[serde(default)]
    pub compares: bool,
}

/// Words that head the columns of a self-evaluation table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // the field names are the roles
pub struct Evaluation {
    pub level1: AnyOf,
    pub level2: AnyOf,
    pub level3: AnyOf,
    pub target: AnyOf,
    pub actual: AnyOf,
    pub weight: AnyOf,
    pub score: AnyOf,
    pub reason: AnyOf,
    pub total: AnyOf,
    pub project: AnyOf,
    pub amounts: AnyOf,
}

/// A known form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Its usual name.
    pub name: String,
    /// Parts of titles, any of which must be there.
    pub title: AnyOf,
    /// Parts that must not be there.
    #[serde(default)]
    pub unless: AnyOf,
    /// Labels that must all stand in the table.
    #[serde(default)]
    pub labels: Vec<String>,
    /// By what labels the form is known without its title: one of each group must stand in the table …
    #[serde(default)]
    pub signature: Vec<Vec<String>>,
    /// … and none of these.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Figures that no cell entry names stay open.
    #[serde(default)]
    pub only: bool,
    /// Cells.
    #[serde(default)]
    pub cell: Vec<FormCell>,
    /// Worked examples, run by `validate`.
    #[serde(default)]
    pub examples: Vec<TableExample>,
    /// Line in the file, from 1.
    #[serde(skip)]
    pub line: usize,
}

/// A small table of a form, and what it gives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableExample {
    /// Lines above the table: its title and unit.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Rows, cells parted by `|`.
    pub rows: Vec<String>,
    /// Observations in reading order, as `cell indicator value scenario`.
    pub gives: Vec<String>,
}

/// A cell (or a row of cells) of a known form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormCell {
    /// Label of the row, `*` for any.
    pub row: Vec<String>,
    /// Head of the column, `*` for any.
    #[serde(default)]
    pub column: Vec<String>,
    /// Heads of which the innermost must be one; empty: any.
    #[serde(default)]
    pub innermost: Vec<String>,
    /// Only above the first row with one of these labels.
    #[serde(default)]
    pub before: Vec<String>,
    /// Indicator; empty: none.
    pub indicator: String,
}

/// The indicator of the score of a whole self-evaluation table …
pub(super) const SCORE: &str = "common.performance.score";
/// … and that of its amounts.
pub(super) const AMOUNTS: &str = "common.expenditure.total";

impl Forms {
    /// Ids of all indicators that tables are bound to by their form.
    pub fn indicators(&self) -> impl Iterator<Item = &str> {
        let cells = self.form.iter().flat_map(|f| &f.cell);
        let named = cells
            .map(|c| c.indicator.as_str())
            .filter(|id| !id.is_empty());
        named.chain([SCORE, AMOUNTS])
    }

    /// Parses `forms.toml`.
    ///
    /// # Errors
    /// With the line of the fault.
    pub fn parse(name: &str, text: &str) -> Result<Forms, CatalogueError> {
        Forms::of(name, text, toml::from_str(text))
    }

    /// The file with this name and text, as read.
    pub(crate) fn of(
        name: &str,
        text: &str,
        read: Result<Forms, toml::de::Error>,
    ) -> Result<Forms, CatalogueError> {
        let mut forms = read.map_err(|e| CatalogueError::toml(name, text, &e))?;
        let lines = Lines::of(text);
        for form in &mut forms.form {
            form.line = lines.at(form.line);
        }
        let titles = forms.form.iter().flat_map(|f| f.title.words());
        forms.titles = AnyOf::new(titles.cloned().collect());
        Ok(forms)
    }

    /// The unit that a label's ending implies: the longest that fits.
    pub fn implied_unit(&self, label: &str) -> Option<&str> {
        self.implied.at_end(label)
    }

    /// A label with its ending as another word for it: 养老机构数量 is 养老机构数.
    pub fn reword(&self, label: &str) -> Option<String> {
        self.endings
            .iter()
            .filter_map(|(s, r)| Some((label.strip_suffix(s.as_str())?, r)))
            .min_by_key(|(stem, _)| stem.len())
            .filter(|(stem, _)| !stem.is_empty())
            .map(|(stem, r)| format!("{stem}{r}"))
    }

    /// The denominator of an average that a label speaks of: that of the longest word.
    pub fn denominator(&self, label: &str) -> Option<&str> {
        self.averages.inside(label)
    }

    /// Whether a label speaks of what is counted in a unit.
    pub fn speaks_of(&self, unit: &str, label: &str) -> bool {
        self.speaks
            .get(unit)
            .is_some_and(|words| words.is_in(label))
    }

    /// Whether a head stands over differences or growth, and its sign: −1 where the cells hold the size of a decrease.
    /// `head` is as `plain` gives it.
    pub fn compares(&self, head: &str) -> Option<i8> {
        // 增减（%）, 同比±%: what is in brackets or a mark at the end says only in what.
        let head = head.split(['（', '(']).next().unwrap_or(head);
        let head = head.trim_end_matches(['±', '%', '％', '+', '-', '、', '/']);
        // 自然增长率 measures on its own; 比上年增长率 and 增长率 compare.
        let against = &self.comparison.against;
        let ends = |words: &AnyOf| {
            words
                .before(head)
                .any(|before| before.is_empty() || against.is_in(before))
        };
        if ends(&self.comparison.down) {
            Some(-1)
        } else if ends(&self.comparison.signed) {
            Some(1)
        } else {
            None
        }
    }

    /// Whether a caption names a table whose money is not the agency's own.
    pub fn is_not_own(&self, caption: &str) -> bool {
        self.not_own.is_in(caption)
    }

    /// Examples of labels that come out otherwise than stated.
    pub fn faults(&self) -> Vec<Finding> {
        let mut out = Vec::new();
        for e in &self.example {
            let unit = self.implied_unit(&e.label).unwrap_or_default();
            let per = self.denominator(&e.label).unwrap_or_default();
            let compares = self.compares(&plain(&e.label)).is_some();
            if unit != e.unit || per != e.denominator || compares != e.compares {
                let shown = |unit: &str, per: &str, compares: bool| {
                    let mark = if compares { " ±" } else { "" };
                    format!("{unit} / {per}{mark}")
                };
                out.push(Finding {
                    file: "forms.toml".to_string(),
                    line: 0,
                    entry: String::new(),
                    problem: Problem::OtherOutcome {
                        example: e.label.clone(),
                        wanted: shown(&e.unit, &e.denominator, e.compares),
                        got: shown(unit, per, compares),
                    },
                });
            }
        }
        out
    }

    /// The form with this title, else the first whose labels all stand in the table. `labels` are as `plain` gives them.
    pub fn find(&self, title: &str, labels: &FxHashSet<&str>) -> Option<&Form> {
        let title = squeeze(title);
        let has = |l: &String| labels.contains(l.as_str());
        let titled = |f: &&Form| f.title.is_in(&title) && !f.unless.is_in(&title);
        let fits = |f: &&Form| titled(f) && f.labels.iter().all(has);
        let known = self.titles.is_in(&title);
        known
            .then(|| self.form.iter().find(fits))
            .flatten()
            .or_else(|| {
                self.form.iter().find(|f| {
                    !f.signature.is_empty()
                        && f.signature.iter().all(|any| any.iter().any(has))
                        && !f.absent.iter().any(has)
                })
            })
    }
}

impl Form {
    /// The entry for a cell: the first whose row and column fit.
    pub fn entry(&self, row: &str, heads: &[&str], passed: &FxHashSet<&str>) -> Option<&FormCell> {
        // `*` is any, `*决算数` anything that ends so.
        let is = |w: &String, name: &str| match w.strip_prefix('*') {
            Some(end) => name.ends_with(end),
            None => w == name,
        };
        let any = |words: &[String], name: &str| words.iter().any(|w| is(w, name));
        self.cell.iter().find(|c| {
            !c.before.iter().any(|b| passed.contains(b.as_str()))
                && any(&c.row, row)
                && (c.innermost.is_empty() || heads.last().is_some_and(|h| any(&c.innermost, h)))
                && (c.column.is_empty()
                    || c.column.iter().any(|w| w == "*")
                    || heads.iter().any(|h| any(&c.column, h)))
        })
    }
}

/// A label as forms name it: without spaces, numbering, 其中, and what stands in the last bracket if it is a unit.
pub fn plain(label: &str) -> Cow<'_, str> {
    match squeeze(label) {
        Cow::Borrowed(s) => bare(s),
        Cow::Owned(s) => Cow::Owned(bare(&s).into_owned()),
    }
}

/// The same of a label without spaces.
fn bare(label: &str) -> Cow<'_, str> {
    let mut out = unnumbered(label).trim_end_matches(['：', ':']);
    if out.ends_with(['）', ')'])
        && let Some((before, bracket)) = out
            .rfind(['（', '('])
            .and_then(|at| out.split_at_checked(at))
    {
        let brackets = ['（', '）', '(', ')'];
        let inner: Cow<str> = match bracket.trim_matches(brackets) {
            several if several.contains(brackets) => several.replace(brackets, "").into(),
            inner => inner.into(),
        };
        if crate::quantity::Reader::builtin().unit(&inner).is_some() {
            out = before;
        }
    }
    let quotes = ['“', '”', '"'];
    match out.contains(quotes) {
        true => out.replace(quotes, "").into(),
        false => out.into(),
    }
}

/// A label without spaces, from where its numbering, 其中 and marks at its beginning end.
fn unnumbered(label: &str) -> &str {
    let mut s = label;
    while s.starts_with(begins) {
        let before = s;
        s = s.trim_start_matches(mark);
        if s.starts_with(['其', '减', '加']) {
            for lead in ["其中：", "其中:", "其中", "减：", "加："] {
                s = s.strip_prefix(lead).unwrap_or(s);
            }
        }
        // 一、 （一） 1. 1、 (1) ①
        if let Some(open) = s.strip_prefix(['（', '(']) {
            if let Some(end) = open.find(['）', ')'])
                && open
                    .get(..end)
                    .is_some_and(|n| !n.is_empty() && n.chars().all(ordinal))
            {
                s = open
                    .get(end..)
                    .unwrap_or("")
                    .trim_start_matches(['）', ')']);
            }
        } else {
            let rest = s.trim_start_matches(ordinal);
            if rest.len() < s.len() && rest.starts_with(['、', '.', '．', '，']) {
                s = rest;
            }
        }
        if s.len() == before.len() {
            break;
        }
    }
    s
}

/// Whether numbering, 其中 or a mark that is left out may begin with this.
fn begins(c: char) -> bool {
    mark(c) || ordinal(c) || matches!(c, '其' | '减' | '加' | '（' | '(')
}

fn mark(c: char) -> bool {
    matches!(
        c,
        '#' | '*' | '：' | ':' | '、' | '.' | '．' | '，' | '“' | '”' | '"'
    )
}

fn ordinal(c: char) -> bool {
    c.is_ascii_digit()
        || matches!(c, '０'..='９' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '①'..='⑳')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lose_their_numbering_marks_and_unit() {
        for (label, name) in [
            ("本年收入合计", "本年收入合计"),
            (" 一、财政\n拨款（万元）：", "财政拨款"),
            ("（一）1.“三公”经费", "三公经费"),
            ("其中：减：①、结余(元)", "结余"),
            ("（境内）", "（境内）"),
            ("因公出国（境）费", "因公出国（境）费"),
            ("补助(（元)）", "补助("),
            ("12.5", "5"),
            ("其他", "其他"),
            ("十四五", "十四五"),
            ("", ""),
        ] {
            assert_eq!(plain(label), name, "{label}");
        }
    }
}
