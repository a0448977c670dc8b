//! The documentation says what the program does: columns of the warehouse, commands of the README.

mod common;

use common::repository;
use std::fs;
use zhibiao::warehouse::schema::{Kind, Layout, TABLES, Table};

/// The section of a table as `docs/warehouse.md` must have it.
fn section(table: &Table) -> String {
    let folders = match table.layout {
        Layout::Single => "",
        Layout::ByYearAndProvince => "year=YYYY/province=PP/",
    };
    let order: Vec<String> = table.order.iter().map(|c| format!("`{c}`")).collect();
    let mut about = table.about.to_string();
    about[..1].make_ascii_uppercase();
    let mut out = format!(
        "## `{name}`\n\n{about}.\n\nFiles: `{name}/{folders}part-0.parquet`, sorted by {}.\n\n| column | type | |\n| --- | --- | --- |\n",
        order.join(", "),
        name = table.name,
    );
    for column in table.columns {
        let kind = match column.kind {
            Kind::Text => "string",
            Kind::Int32 => "int32",
            Kind::Int64 => "int64",
            Kind::Decimal => "decimal(38,6)",
            Kind::Float => "double",
            Kind::Bool => "bool",
            Kind::Date => "date",
            Kind::Time => "timestamp",
        };
        out.push_str(&format!(
            "| `{}` | {kind} | {} |\n",
            column.name,
            column.about.replace('|', "\\|")
        ));
    }
    out
}

/// `ZHIBIAO_BLESS=1 cargo test --test documentation` rewrites the tables of the document.
#[test]
fn the_warehouse_is_documented_as_it_is() {
    let path = repository("docs/warehouse.md");
    let text = fs::read_to_string(&path).expect("docs/warehouse.md");
    let (head, _) = text
        .split_once("\n## `documents`")
        .expect("the first table");
    let sections: Vec<String> = TABLES.iter().map(|t| section(t)).collect();
    let whole = format!("{head}\n{}", sections.join("\n"));
    if std::env::var_os("ZHIBIAO_BLESS").is_some() {
        fs::write(&path, &whole).expect("written");
    }
    assert!(
        text.trim_end() == whole.trim_end(),
        "docs/warehouse.md is out of date: run with ZHIBIAO_BLESS=1"
    );
}

#[test]
fn both_readmes_list_the_same_commands() {
    let commands = |file: &str| -> Vec<String> {
        let text = fs::read_to_string(repository(file)).expect(file);
        text.lines()
            .filter_map(|l| l.strip_prefix("| `zhibiao "))
            .filter_map(|l| l.split([' ', '`']).next().map(Into::into))
            .collect()
    };
    let english = commands("README.md");
    assert!(english.len() >= 6);
    assert_eq!(english, commands("README.zh-CN.md"));
    for command in english {
        common::zhibiao()
            .args([&command, "--help"])
            .assert()
            .success();
    }
}
