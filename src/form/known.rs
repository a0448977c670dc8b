//! `pipelines/forms.toml`: known forms and the words of their columns.

use super::grid::squeeze;
use crate::catalogue::CatalogueError;
use serde::Deserialize;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forms {
    /// Columns of row numbers and codes.
    #[serde(default)]
    pub index_columns: Vec<String>,
    /// Labels of sums, which say nothing of their own about what is counted.
    #[serde(default)]
    pub sums: Vec<String>,
    /// Roles of columns in self-evaluation tables.
    #[serde(default)]
    pub evaluation: Evaluation,
    /// Known forms.
    #[serde(default)]
    pub form: Vec<Form>,
}

/// Words that head the columns of a self-evaluation table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // the field names are the roles
pub struct Evaluation {
    pub level1: Vec<String>,
    pub level2: Vec<String>,
    pub level3: Vec<String>,
    pub target: Vec<String>,
    pub actual: Vec<String>,
    pub weight: Vec<String>,
    pub score: Vec<String>,
    pub reason: Vec<String>,
    pub total: Vec<String>,
    pub project: Vec<String>,
    pub amounts: Vec<String>,
}

/// A known form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Its usual name.
    pub name: String,
    /// Parts of titles, any of which must be there.
    pub title: Vec<String>,
    /// Parts that must not be there.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Labels that must all stand in the table.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Figures that no cell entry names stay open.
    #[serde(default)]
    pub only: bool,
    /// Cells.
    #[serde(default)]
    pub cell: Vec<FormCell>,
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
    /// Only above the first row with one of these labels.
    #[serde(default)]
    pub before: Vec<String>,
    /// Indicator; empty: none.
    pub indicator: String,
}

impl Forms {
    /// Parses `forms.toml`.
    ///
    /// # Errors
    /// With the line of the fault.
    pub fn parse(name: &str, text: &str) -> Result<Forms, CatalogueError> {
        toml::from_str(text).map_err(|e| CatalogueError::Toml {
            file: name.to_string(),
            line: e
                .span()
                .map_or(0, |s| crate::catalogue::line_of(text, s.start)),
            message: e.message().to_string(),
        })
    }

    /// The form with this title and these labels.
    pub fn find(&self, title: &str, has_label: impl Fn(&str) -> bool) -> Option<&Form> {
        let title = squeeze(title);
        self.form.iter().find(|f| {
            f.title.iter().any(|t| title.contains(t.as_str()))
                && !f.unless.iter().any(|t| title.contains(t.as_str()))
                && f.labels.iter().all(|l| has_label(l))
        })
    }
}

impl Form {
    /// The entry for a cell: the first whose row and column fit.
    pub fn entry(&self, row: &str, heads: &[String], passed: &[String]) -> Option<&FormCell> {
        self.cell.iter().find(|c| {
            !c.before.iter().any(|b| passed.contains(b))
                && c.row.iter().any(|w| w == "*" || w == row)
                && (c.column.is_empty()
                    || c.column
                        .iter()
                        .any(|w| w == "*" || heads.iter().any(|h| h == w)))
        })
    }
}

/// A label as forms name it: without spaces, numbering, 其中, and what stands in the last bracket if it is a unit.
pub fn plain(label: &str) -> String {
    let s = squeeze(label);
    let mut s = s.as_str();
    loop {
        let before = s;
        s = s.trim_start_matches(['#', '*', '：', ':', '、', '.', '．', '，', '“', '”', '"']);
        for lead in ["其中：", "其中:", "其中", "减：", "加："] {
            s = s.strip_prefix(lead).unwrap_or(s);
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
            let n = s
                .chars()
                .take_while(|c| ordinal(*c))
                .map(char::len_utf8)
                .sum::<usize>();
            if n > 0
                && let Some(rest) = s.get(n..)
                && rest.starts_with(['、', '.', '．', '，'])
            {
                s = rest;
            }
        }
        if s == before {
            break;
        }
    }
    let mut out = s.to_string();
    if let Some(open) = out.rfind(['（', '('])
        && out.ends_with(['）', ')'])
        && out.get(open..).is_some_and(|b| {
            let inner: String = b
                .chars()
                .filter(|c| !matches!(c, '（' | '）' | '(' | ')'))
                .collect();
            crate::quantity::Reader::builtin().unit(&inner).is_some()
        })
    {
        out.truncate(open);
    }
    out.retain(|c| !matches!(c, '“' | '”' | '"'));
    out
}

fn ordinal(c: char) -> bool {
    c.is_ascii_digit()
        || matches!(c, '０'..='９' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '①'..='⑳')
}
