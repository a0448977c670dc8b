//! Messages of `query`.

use super::{pick, say, thousands};

fn tables_and_columns() -> &'static str {
    pick(
        "各表和各列：zhibiao query",
        "tables and columns: zhibiao query",
    )
}

/// The SQL cannot be run, for a reason that only the engine's words tell.
pub fn failed(reason: &str) -> String {
    say!(
        "SQL 有误：{}\n{}",
        "the SQL cannot be run: {}\n{}",
        reason,
        tables_and_columns()
    )
}

fn meant(near: Option<&str>) -> String {
    near.map_or_else(String::new, |n| {
        say!("\n是不是“{}”？", "\ndid you mean “{}”?", n)
    })
}

/// A table that does not exist.
pub fn no_such_table(name: &str, near: Option<&str>, all: &str) -> String {
    say!(
        "没有“{}”这张表{}\n有这些表：{}",
        "there is no table “{}”{}\ntables: {}",
        name,
        meant(near),
        all
    )
}

/// A column that does not exist. `elsewhere` are tables that have it, `columns` those of the tables asked.
pub fn no_such_column(
    name: &str,
    near: Option<&str>,
    elsewhere: &str,
    columns: &str,
    chinese: bool,
) -> String {
    let mut text = say!(
        "没有“{}”这一列{}",
        "there is no column “{}”{}",
        name,
        meant(near)
    );
    if chinese {
        text.push_str(&say!(
            "\n文字要用单引号：'{}'",
            "\ntexts stand in single quotes: '{}'",
            name
        ));
    }
    if !elsewhere.is_empty() {
        text.push_str(&say!(
            "\n这一列在：{}（要用 JOIN 连接）",
            "\nit is a column of: {} (JOIN that table)",
            elsewhere
        ));
    }
    if columns.is_empty() {
        text.push_str(&format!("\n{}", tables_and_columns()));
    } else {
        text.push_str(&say!("\n有这些列：{}", "\ncolumns: {}", columns));
    }
    text
}

/// A function that the engine does not know.
pub fn no_such_function(name: &str) -> String {
    say!(
        "不支持函数“{}”；常用的有 COUNT、SUM、AVG、MIN、MAX、ROUND、ABS、COALESCE",
        "there is no function “{}”; among those there are: COUNT, SUM, AVG, MIN, MAX, ROUND, ABS, COALESCE",
        name
    )
}

/// A column is compared with something of another type.
pub fn types(reason: &str) -> String {
    say!(
        "比较的两边类型不同：数不加引号（year = 2024），文字加单引号（ref_area = '430423'），日期写作 DATE '2024-01-01'（{}）\n{}",
        "the two sides compared are of different types: numbers have no quotes (year = 2024), texts single quotes (ref_area = '430423'), dates are written DATE '2024-01-01' ({})\n{}",
        reason,
        tables_and_columns()
    )
}

/// The SQL cannot be parsed.
pub fn syntax(found: &str, line: &str, column: &str, reason: &str) -> String {
    say!(
        "SQL 语法有误：第 {1} 行第 {2} 列“{0}”处（{3}）",
        "syntax of the SQL: at line {1}, column {2}, “{0}” ({3})",
        found,
        line,
        column,
        reason
    )
}

/// The result was written.
pub fn written(rows: usize, path: &std::path::Path) -> String {
    say!(
        "{} 行，已存为 {}",
        "{} rows, written to {}",
        thousands(rows as u64),
        path.display()
    )
}

/// The format of a file cannot be told.
pub fn which_format(path: &std::path::Path) -> String {
    say!(
        "{}：看不出格式；文件名应以 .csv、.json 或 .parquet 结尾，或用 --format 指明",
        "{}: which format? the name should end in .csv, .json or .parquet, or give --format",
        path.display()
    )
}

/// Parquet does not go to standard output.
pub fn needs_file() -> String {
    pick(
        "Parquet 要存为文件：加 --output 文件",
        "Parquet goes into a file: add --output FILE",
    )
    .to_owned()
}

/// The number of rows, below a table.
pub fn rows(all: usize, shown: usize) -> String {
    if shown < all {
        say!(
            "（共 {} 行，显示 {} 行；全部可用 --format csv 或 --output 文件）",
            "({} rows, {} shown; --format csv or --output FILE gives all)",
            thousands(all as u64),
            thousands(shown as u64)
        )
    } else {
        match all {
            1 => pick("（1 行）", "(1 row)").to_owned(),
            _ => say!("（{} 行）", "({} rows)", thousands(all as u64)),
        }
    }
}

/// What to try.
pub fn examples() -> &'static str {
    pick(
        "例：zhibiao query \"SELECT year, obs_value FROM observations WHERE indicator_name = '火化遗体数' AND is_current ORDER BY year\"",
        "example: zhibiao query \"SELECT year, obs_value FROM observations WHERE indicator = 'civil.funeral.cremations' AND is_current ORDER BY year\"",
    )
}
