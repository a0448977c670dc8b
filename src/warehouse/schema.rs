//! The tables of a warehouse: names, order and types of their columns, and how each table is laid out.
//!
//! These are a contract: notebooks and BI models are written against them. A column is never renamed, retyped or
//! moved; new columns are added at the end. Everything that writes or reads Parquet takes names and types from
//! here, so that a file cannot disagree with the documentation.
//!
//! Conventions: an unknown text is null, never the empty string (`unit` is the exception: a bare number has the unit
//! `""`); an unknown year is 0 and an unknown province `00`, because both also name a partition folder; times are UTC.

/// Scale of every decimal column.
pub const DECIMAL_SCALE: usize = 6;
/// Precision of every decimal column.
pub const DECIMAL_PRECISION: usize = 38;

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// 32-bit integer.
    Int32,
    /// 64-bit integer.
    Int64,
    /// `decimal(38,6)`.
    Decimal,
    /// 64-bit floating point; only for confidences and durations, never for a value of a report.
    Float,
    /// Boolean.
    Bool,
    /// Calendar date.
    Date,
    /// Instant, UTC, microseconds.
    Time,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// What it holds, one English sentence.
    pub about: &'static str,
}

/// How the files of a table are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One file: `TABLE/part-0.parquet`.
    Single,
    /// One file a year and province: `TABLE/year=YYYY/province=PP/part-0.parquet`. Both are columns of the file too.
    ByYearAndProvince,
}

/// A table of the warehouse.
#[derive(Debug)]
pub struct Table {
    /// Name, which is also its folder's.
    pub name: &'static str,
    /// Columns in order.
    pub columns: &'static [Column],
    /// Layout of its files.
    pub layout: Layout,
    /// Columns that the rows of a file are ordered by, first to last. Rows that are equal in all of them keep the
    /// order in which their document gave them.
    pub order: &'static [&'static str],
    /// What a row is, one English sentence.
    pub about: &'static str,
}

impl Table {
    /// Position of a column.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }

    /// Whether the table has this column.
    pub fn has(&self, column: &str) -> bool {
        self.position(column).is_some()
    }
}

const fn column(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, about }
}

use Kind::{Bool, Date, Decimal, Float, Int32, Int64, Text, Time};

/// One row a document version.
pub static DOCUMENTS: Table = Table {
    name: "documents",
    layout: Layout::Single,
    order: &["path", "document_id"],
    about: "one row a document version",
    columns: &[
        column(
            "document_id",
            Text,
            "SHA-256 of the file's bytes, 64 hexadecimal digits",
        ),
        column(
            "path",
            Text,
            "absolute path it was read from; a member of an archive follows its archive's path",
        ),
        column("file_name", Text, "name of the file"),
        column(
            "format",
            Text,
            "docx, xlsx, xls, doc …, as found in the bytes; null where they were not recognised",
        ),
        column("title", Text, "title of the document"),
        column("agency", Text, "full name of the agency that submitted it"),
        column("ref_area", Text, "GB/T 2260 code of the area it reports on"),
        column("year", Int32, "year it reports on, 0 where unknown"),
        column("period", Text, "ISO 8601 period it reports on"),
        column("size_bytes", Int64, "size of the file"),
        column(
            "modified_at",
            Time,
            "time of last change, as the file system tells it",
        ),
        column("ingested_at", Time, "start of the run that read it"),
        column("blocks", Int32, "headings, paragraphs and tables"),
        column("tables", Int32, "tables"),
        column("quantities", Int32, "figures found"),
        column(
            "observations",
            Int32,
            "figures bound to the catalogue, and statements of zero",
        ),
        column("status", Text, "ok | partial | rejected"),
        column(
            "warnings",
            Text,
            "remarks, one a line; null where there are none",
        ),
        column("catalogue_version", Text, "the catalogue it was read with"),
        column(
            "supersedes",
            Text,
            "document_id of the version that this one replaces",
        ),
    ],
};

/// Catalogued values.
pub static OBSERVATIONS: Table = Table {
    name: "observations",
    layout: Layout::ByYearAndProvince,
    order: &[
        "indicator",
        "ref_area",
        "time_period",
        "scenario",
        "transformation",
        "file_name",
        "document_id",
        "location",
        "char_start",
        "observation_id",
    ],
    about: "one value of one indicator for an area, agency, period and scenario, with its evidence",
    columns: &[
        column(
            "observation_id",
            Text,
            "stable: the same document and catalogue give the same id, and another catalogue that reads the figure in the same way",
        ),
        column("document_id", Text, "the document it was read from"),
        column("file_name", Text, "name of that file"),
        column("indicator", Text, "id in the catalogue"),
        column("indicator_name", Text, "Chinese name of the indicator"),
        column("domain", Text, "domain of the indicator"),
        column(
            "ref_area",
            Text,
            "SDMX REF_AREA: GB/T 2260 code, six digits",
        ),
        column("area_name", Text, "name of that area in the report's year"),
        column(
            "province",
            Text,
            "two-digit code of the province, 00 where unknown; names the partition",
        ),
        column("prefecture", Text, "name of the prefecture level"),
        column("county", Text, "name of the county level"),
        column("agency", Text, "full name of the agency"),
        column("agency_domain", Text, "domain of the agency"),
        column(
            "time_period",
            Text,
            "SDMX TIME_PERIOD: 2024, 2024-10, 2024-10-17, 2024-11/2024-12",
        ),
        column("period_start", Date, "first day of the period"),
        column("period_end", Date, "last day of the period"),
        column(
            "year",
            Int32,
            "year of the period's end, 0 where unknown; names the partition",
        ),
        column("scenario", Text, "actual | budget | target"),
        column("transformation", Text, "level | change | growth_rate"),
        column(
            "obs_value",
            Decimal,
            "SDMX OBS_VALUE: exact, in the base unit",
        ),
        column(
            "obs_value_max",
            Decimal,
            "upper bound where a range is written",
        ),
        column(
            "unit_measure",
            Text,
            "SDMX UNIT_MEASURE: 元, 人, 户, %, 元/人/月 …",
        ),
        column("qualifier", Text, "exact | approx | at_least | at_most"),
        column(
            "obs_status",
            Text,
            "SDMX OBS_STATUS: A normal, E estimated (approx), F flagged by a failed check",
        ),
        column("value_text", Text, "as written"),
        column("evidence", Text, "the sentence, or the row of the table"),
        column("location", Text, "p12, t3!B4, Sheet1!C7"),
        column(
            "char_start",
            Int32,
            "Unicode scalar offset of value_text in its block or cell",
        ),
        column("char_end", Int32, "offset after its last character"),
        column("confidence", Float, "0 to 1"),
        column("rule", Text, "the catalogue entry and pattern that decided"),
        column(
            "is_current",
            Bool,
            "false where a corrected document has replaced it",
        ),
    ],
};

/// Every figure found, catalogued or not.
pub static QUANTITIES: Table = Table {
    name: "quantities",
    layout: Layout::ByYearAndProvince,
    order: &["file_name", "document_id"],
    about: "every figure found, catalogued or not, in reading order",
    columns: &[
        column("document_id", Text, "the document it was read from"),
        column("file_name", Text, "name of that file"),
        column("location", Text, "p12, t3!B4, Sheet1!C7"),
        column(
            "char_start",
            Int32,
            "Unicode scalar offset of value_text in its block or cell",
        ),
        column("char_end", Int32, "offset after its last character"),
        column("value_text", Text, "as written"),
        column(
            "value",
            Decimal,
            "exact, in the base unit; null where it does not fit decimal(38,6)",
        ),
        column("value_max", Decimal, "upper bound where a range is written"),
        column("unit", Text, "base unit; empty for a bare number"),
        column("qualifier", Text, "exact | approx | at_least | at_most"),
        column("measured", Text, "what is measured, ellipsis resolved"),
        column("time_period", Text, "ISO 8601 period of the figure"),
        column("indicator", Text, "id in the catalogue; null where none"),
        column(
            "year",
            Int32,
            "year of the period's end, 0 where unknown; names the partition",
        ),
        column(
            "province",
            Text,
            "two-digit code of the province, 00 where unknown; names the partition",
        ),
        column(
            "is_current",
            Bool,
            "false where a corrected document has replaced it",
        ),
    ],
};

/// Rows of self-evaluation tables.
pub static TARGETS: Table = Table {
    name: "targets",
    layout: Layout::Single,
    order: &["ref_area", "year", "file_name", "document_id"],
    about: "a row of a self-evaluation table (绩效自评表)",
    columns: &[
        column("document_id", Text, "the document it was read from"),
        column("file_name", Text, "name of that file"),
        column("project", Text, "项目名称; null for the whole department"),
        column("level1", Text, "一级指标"),
        column("level2", Text, "二级指标"),
        column("level3", Text, "三级指标"),
        column("target_text", Text, "年度指标值 as written"),
        column("actual_text", Text, "实际完成值 as written"),
        column("target_value", Decimal, "年度指标值 as a number"),
        column("actual_value", Decimal, "实际完成值 as a number"),
        column("unit", Text, "unit of both"),
        column("weight", Decimal, "分值"),
        column("score", Decimal, "得分"),
        column("deviation_reason", Text, "偏差原因分析及改进措施"),
        column("location", Text, "address of the row's first cell"),
        column("ref_area", Text, "GB/T 2260 code, six digits"),
        column("area_name", Text, "name of that area"),
        column(
            "province",
            Text,
            "two-digit code of the province, 00 where unknown",
        ),
        column("prefecture", Text, "name of the prefecture level"),
        column("county", Text, "name of the county level"),
        column("agency", Text, "full name of the agency"),
        column("agency_domain", Text, "domain of the agency"),
        column("time_period", Text, "ISO 8601 period of the document"),
        column("period_start", Date, "first day of the period"),
        column("period_end", Date, "last day of the period"),
        column("year", Int32, "year of the document, 0 where unknown"),
        column(
            "is_current",
            Bool,
            "false where a corrected document has replaced it",
        ),
    ],
};

/// Results of cross-footing rules.
pub static CHECKS: Table = Table {
    name: "checks",
    layout: Layout::Single,
    order: &[
        "check",
        "ref_area",
        "year",
        "agency",
        "file_name",
        "document_id",
    ],
    about: "a cross-footing rule (勾稽关系) evaluated on observations",
    columns: &[
        column("check", Text, "id of the rule"),
        column("name", Text, "Chinese name of the rule"),
        column(
            "kind",
            Text,
            "sum | ratio | range | narrative_table | trend",
        ),
        column("outcome", Text, "pass | rounding | fail | not_evaluable"),
        column("expected", Decimal, "what the rule expects"),
        column("actual", Decimal, "what the report says"),
        column("difference", Decimal, "actual minus expected"),
        column(
            "tolerance",
            Decimal,
            "what rounding of the written figures explains",
        ),
        column(
            "explanation",
            Text,
            "one Chinese sentence that a bureau could be sent",
        ),
        column(
            "observation_ids",
            Text,
            "the observations it was evaluated on, separated by a space",
        ),
        column("ref_area", Text, "GB/T 2260 code, six digits"),
        column("area_name", Text, "name of that area"),
        column(
            "province",
            Text,
            "two-digit code of the province, 00 where unknown",
        ),
        column("prefecture", Text, "name of the prefecture level"),
        column("county", Text, "name of the county level"),
        column("agency", Text, "full name of the agency"),
        column("agency_domain", Text, "domain of the agency"),
        column("time_period", Text, "ISO 8601 period"),
        column("period_start", Date, "first day of the period"),
        column("period_end", Date, "last day of the period"),
        column("year", Int32, "year, 0 where unknown"),
        column("document_id", Text, "the document whose figures they are"),
        column("file_name", Text, "name of that file"),
        column(
            "is_current",
            Bool,
            "false where a corrected document has replaced it",
        ),
    ],
};

/// The text of each document.
pub static BLOCKS: Table = Table {
    name: "blocks",
    layout: Layout::ByYearAndProvince,
    order: &["document_id", "seq"],
    about: "the text of each document: a heading, paragraph or table in reading order; row 0 is about the whole",
    columns: &[
        column("document_id", Text, "the document"),
        column(
            "seq",
            Int32,
            "position in reading order, from 1; 0 is the row about the whole document",
        ),
        column(
            "location",
            Text,
            "p12, t3, or the name of a sheet; null in row 0",
        ),
        column("kind", Text, "document | heading | paragraph | table"),
        column(
            "level",
            Int32,
            "outline level of a heading, 0 for the title",
        ),
        column(
            "text",
            Text,
            "text of a heading or paragraph; the title in row 0",
        ),
        column(
            "data",
            Text,
            "JSON: of a table its cells (row, column, text and what else is not usual); in row 0 format, area, agency and period",
        ),
        column(
            "year",
            Int32,
            "year of the document, 0 where unknown; names the partition",
        ),
        column(
            "province",
            Text,
            "two-digit code of the province of the document, 00 where unknown; names the partition",
        ),
    ],
};

/// What was not read, and why.
pub static REJECTS: Table = Table {
    name: "rejects",
    layout: Layout::Single,
    order: &["path", "document_id", "part", "reason", "detail"],
    about: "a file, or part of one, that was not read, with the reason",
    columns: &[
        column(
            "document_id",
            Text,
            "SHA-256 of the file's bytes; null where they could not be read",
        ),
        column("path", Text, "absolute path of the file"),
        column("file_name", Text, "name of the file"),
        column(
            "part",
            Text,
            "the part that was not read; null for the whole file",
        ),
        column(
            "reason",
            Text,
            "encrypted | corrupt | unsupported | too_large | empty | timeout | unreadable | internal",
        ),
        column("detail", Text, "what happened, and what to do"),
        column("at", Time, "start of the run that met it first"),
    ],
};

/// One row a run.
pub static LOADS: Table = Table {
    name: "loads",
    layout: Layout::Single,
    order: &["started_at"],
    about: "one row a run that changed or looked for changes: ingest, rebind, forget",
    columns: &[
        column(
            "started_at",
            Time,
            "start of the run: documents.ingested_at of what it read",
        ),
        column(
            "finished_at",
            Time,
            "end of the run; null where it was interrupted",
        ),
        column("user_name", Text, "who ran it"),
        column("host", Text, "on which computer"),
        column("version", Text, "version of zhibiao"),
        column("catalogue_version", Text, "the catalogue it read with"),
        column("options", Text, "arguments of the command"),
        column("files", Int64, "files seen"),
        column("documents", Int64, "documents read and stored"),
        column(
            "unchanged",
            Int64,
            "files that were in the warehouse already",
        ),
        column(
            "superseded",
            Int64,
            "documents that a newer version replaced",
        ),
        column("rejected", Int64, "files not read"),
        column("partial", Int64, "documents of which a part was not read"),
        column("quantities", Int64, "figures found"),
        column("observations", Int64, "figures bound to the catalogue"),
        column("warnings", Int64, "remarks on documents"),
        column("bytes_read", Int64, "bytes of the files that were read"),
    ],
};

/// The whole catalogue.
pub static DIM_INDICATOR: Table = Table {
    name: "dim_indicator",
    layout: Layout::Single,
    order: &["indicator"],
    about: "the catalogue: one row an indicator",
    columns: &[
        column("indicator", Text, "id"),
        column("indicator_name", Text, "Chinese name"),
        column("unit", Text, "base unit"),
        column(
            "kind",
            Text,
            "flow | stock | standard | ratio | budget | actual | target",
        ),
        column("domain", Text, "domain"),
        column("group", Text, "group within the domain"),
        column("parent", Text, "id of the indicator that it breaks down"),
        column("definition", Text, "what is counted"),
    ],
};

/// Areas that observations or documents speak of.
pub static DIM_AREA: Table = Table {
    name: "dim_area",
    layout: Layout::Single,
    order: &["ref_area"],
    about: "areas that documents and observations speak of",
    columns: &[
        column("ref_area", Text, "GB/T 2260 code, six digits"),
        column("area_name", Text, "name, as of name_year"),
        column("level", Text, "province | prefecture | county"),
        column("province", Text, "two-digit code of the province"),
        column("province_name", Text, "name of the province level"),
        column("prefecture", Text, "name of the prefecture level"),
        column("county", Text, "name of the county level"),
        column(
            "name_year",
            Int32,
            "latest year of a report that these names are taken from",
        ),
    ],
};

/// Agencies that submitted documents.
pub static DIM_AGENCY: Table = Table {
    name: "dim_agency",
    layout: Layout::Single,
    order: &["agency", "ref_area", "agency_domain"],
    about: "agencies that submitted documents",
    columns: &[
        column("agency", Text, "full name"),
        column("agency_domain", Text, "domain"),
        column("ref_area", Text, "GB/T 2260 code of its area"),
        column("area_name", Text, "name of its area"),
    ],
};

/// Periods that observations are about.
pub static DIM_TIME: Table = Table {
    name: "dim_time",
    layout: Layout::Single,
    order: &["time_period"],
    about: "periods that observations are about",
    columns: &[
        column("time_period", Text, "ISO 8601 period"),
        column("period_start", Date, "first day"),
        column("period_end", Date, "last day"),
        column("year", Int32, "year of the last day"),
        column(
            "granularity",
            Text,
            "year | half | quarter | month | day | span",
        ),
        column("days", Int32, "number of days"),
    ],
};

/// Every table, in the order in which they are described.
pub static TABLES: &[&Table] = &[
    &DOCUMENTS,
    &OBSERVATIONS,
    &QUANTITIES,
    &TARGETS,
    &CHECKS,
    &BLOCKS,
    &REJECTS,
    &LOADS,
    &DIM_INDICATOR,
    &DIM_AREA,
    &DIM_AGENCY,
    &DIM_TIME,
];

/// The table of that name.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().copied().find(|t| t.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_orders_name_columns() {
        for t in TABLES {
            let mut names: Vec<_> = t.columns.iter().map(|c| c.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), t.columns.len(), "{}", t.name);
            assert!(t.order.iter().all(|o| t.has(o)), "{}", t.name);
            if t.layout == Layout::ByYearAndProvince {
                assert!(t.has("year") && t.has("province"), "{}", t.name);
            }
        }
    }
}
