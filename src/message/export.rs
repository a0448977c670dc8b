//! Messages of `export`, and the words in its workbooks.

use super::{pick, say, thousands};
use crate::export::{MOST_ROWS, Selection, Written};
use std::path::Path;

/// The head of a column, for people; columns of other files keep the names of the contract.
pub fn column(name: &str) -> &str {
    match name {
        "indicator_name" => pick("指标", "indicator"),
        "indicator" => pick("指标代码", "indicator id"),
        "area_name" => pick("地区", "area"),
        "ref_area" => pick("地区代码", "area code"),
        "prefecture" => pick("地市", "prefecture"),
        "agency" => pick("单位", "agency"),
        "year" => pick("年", "year"),
        "time_period" => pick("期间", "period"),
        "period_start" => pick("起", "from"),
        "period_end" => pick("止", "to"),
        "scenario" => pick("口径", "scenario"),
        "transformation" => pick("类型", "transformation"),
        "obs_value" => pick("数值", "value"),
        "obs_value_max" => pick("上限", "upper bound"),
        "unit_measure" => pick("计量单位", "unit"),
        "qualifier" => pick("精确度", "qualifier"),
        "obs_status" => pick("状态", "status"),
        "value_text" => pick("原文写法", "as written"),
        "file_name" => pick("文件", "file"),
        "location" => pick("位置", "place"),
        "confidence" => pick("可信度", "confidence"),
        "evidence" => pick("原文", "evidence"),
        other => other,
    }
}

/// Name of the first sheet.
pub fn about() -> &'static str {
    pick("说明", "About")
}

/// Its title.
pub fn about_title() -> &'static str {
    pick("部门指标数据", "Indicators of departments")
}

/// Heads of its list of sheets.
pub fn sheet() -> &'static str {
    pick("工作表", "sheet")
}

/// The same.
pub fn rows() -> &'static str {
    pick("行数", "rows")
}

/// What the first sheet says: name and text a line.
pub fn about_lines(
    selection: &Selection,
    wide: bool,
    comments: bool,
) -> Vec<(&'static str, String)> {
    let filter = &selection.filter;
    let all = || pick("全部", "all").to_owned();
    let or_all = |t: String| if t.is_empty() { all() } else { t };
    let years = match filter.years {
        None => all(),
        Some((i32::MIN, to)) => say!("至 {} 年", "to {}", to),
        Some((from, i32::MAX)) => say!("{} 年起", "from {}", from),
        Some((from, to)) if from == to => from.to_string(),
        Some((from, to)) => format!("{from}–{to}"),
    };
    let indicators = match selection.indicators.len() {
        0 => all(),
        n if n <= 20 => selection.indicators.join(" "),
        n => say!("{} 项", "{} indicators", n),
    };
    let shape = if wide {
        pick(
            "宽表：一行是一个地区、单位、年份，一列是一个指标；同一年有几个说法的，取 trend 所列的数",
            "wide: a row an area, agency and year, a column an indicator; where a year is stated several times, the value that trend shows",
        )
    } else {
        pick("长表：一行是一个数", "long: a row an observation")
    };
    let evidence = if comments {
        pick(
            "每个数的原文、文件和位置在单元格批注里",
            "the sentence, file and place of every value are the comment of its cell",
        )
    } else if wide {
        pick(
            "数据较多，没有加批注；原文见长表",
            "too many values for comments; the sentences are in the long shape",
        )
    } else {
        pick(
            "数据较多，原文列在最后一列",
            "too many values for comments; the sentences are the last column",
        )
    };
    vec![
        (pick("形式", "shape"), shape.to_owned()),
        (pick("地区", "areas"), or_all(filter.areas.join(" "))),
        (pick("单位", "agency"), or_all(filter.agency.clone())),
        (pick("年份", "years"), years),
        (pick("领域", "domain"), or_all(selection.domain.clone())),
        (pick("指标", "indicators"), indicators),
        (pick("口径", "scenario"), or_all(filter.scenario.clone())),
        (
            pick("数值", "values"),
            pick(
                "以基本单位精确记录（10746.24万元记为107462400元）；Excel 的数最多 15 位有效数字，超过的写成文本；红色的数在勾稽核对中不符",
                "exact, in the base unit; numbers of Excel have 15 significant digits, longer ones are texts; red values failed a check",
            )
            .to_owned(),
        ),
        (pick("依据", "evidence"), evidence.to_owned()),
    ]
}

/// Another statement of a value, in a comment.
pub fn also(text: &str, file: &str, place: &str) -> String {
    say!("\n另有 {}：《{}》{}", "\nalso {}: {} {}", text, file, place)
}

/// The file was written.
pub fn written(path: &Path, written: &Written) -> String {
    let rows = thousands(written.rows as u64);
    if written.sheets.is_empty() {
        return say!(
            "{} 行、{} 列，已存为 {}",
            "{} rows, {} columns, written to {}",
            rows,
            written.columns,
            path.display()
        );
    }
    say!(
        "{} 行、{} 张工作表，已存为 {}",
        "{} rows in {} sheets, written to {}",
        rows,
        written.sheets.len(),
        path.display()
    )
}

/// Nothing was selected.
pub fn nothing() -> String {
    pick(
        "仓库里没有符合条件的数；看看报了什么：zhibiao coverage",
        "the warehouse has no such values; see what was reported: zhibiao coverage",
    )
    .to_owned()
}

/// Too many rows for Excel.
pub fn too_many_rows(rows: usize) -> String {
    say!(
        "共 {} 行，一个 Excel 文件最多 {} 行；请用 --in、--years、--domain、--indicator 缩小范围，或导出 .csv、.parquet",
        "{} rows, a workbook has at most {}; narrow them with --in, --years, --domain or --indicator, or export .csv or .parquet",
        thousands(rows as u64),
        thousands(MOST_ROWS as u64)
    )
}

/// The format cannot be told.
pub fn which_format(path: &Path) -> String {
    say!(
        "{}：看不出格式；文件名应以 .xlsx、.csv 或 .parquet 结尾，或用 --format 指明",
        "{}: which format? the name should end in .xlsx, .csv or .parquet, or give --format",
        path.display()
    )
}

/// Only text goes to standard output.
pub fn needs_file() -> String {
    pick(
        "要有 --output 文件（.xlsx、.csv 或 .parquet）；只有 --format csv 可以输出到屏幕",
        "--output FILE (.xlsx, .csv or .parquet) is needed; only --format csv goes to standard output",
    )
    .to_owned()
}

/// No domain has this name.
pub fn no_such_domain(given: &str, all: &str) -> String {
    say!(
        "没有名为“{}”的领域。有：{}",
        "there is no domain “{}”. There are: {}",
        given,
        all
    )
}
