//! Messages of `forget`, `history`, `check-warehouse` and `rebind`.

use super::{duration, pick, say, thousands};
use crate::warehouse::check::{Fault, FaultKind};
use crate::warehouse::document::Status;
use crate::warehouse::rebind::{Change, Example, Report};

/// Nothing in the warehouse by that name.
pub fn not_loaded(given: &str) -> String {
    say!(
        "仓库里没有“{}”。请给文件路径，或 documents 表中的 document_id（至少前 8 位）。",
        "the warehouse has no \"{}\". Give a path, or a document_id of the table documents (8 digits at least).",
        given
    )
}

/// A document was withdrawn.
pub fn forgotten(path: &str, id: &str) -> String {
    say!(
        "已撤回 {}（{}）",
        "withdrawn: {} ({})",
        path,
        id.get(..12).unwrap_or(id)
    )
}

/// An older version is in force again.
pub fn in_force_again(path: &str) -> String {
    say!(
        "较早的版本恢复为现行：{}",
        "an older version is in force again: {}",
        path
    )
}

/// What a version holds.
pub fn version(quantities: i32, observations: i32, status: Status) -> String {
    let state = match status {
        Status::Ok => "",
        Status::Partial => pick("，部分未读", ", partial"),
        Status::Rejected => pick("，未读", ", rejected"),
    };
    say!(
        "{} 个数，{} 条指标值{}",
        "{} figures, {} observations{}",
        quantities,
        observations,
        state
    )
}

/// How many values differ from the version before.
pub fn differences(n: usize) -> String {
    match n {
        0 => pick(
            "与上一版的指标值相同",
            "the same values as the version before",
        )
        .to_owned(),
        n => say!(
            "与上一版相比，{} 项不同：",
            "{} values differ from the version before:",
            n
        ),
    }
}

/// A fault that was found, and what to do.
pub fn fault(f: &Fault) -> String {
    let what = match f.kind {
        FaultKind::Unreadable => pick(
            "读不出，请从备份恢复",
            "cannot be read: restore it from a copy",
        ),
        FaultKind::Schema => pick("列与约定不符", "a column is not as agreed"),
        FaultKind::Partition => pick("行不属于这个分区", "rows of another partition"),
        FaultKind::Duplicate => pick("标识重复", "an id is there twice"),
        FaultKind::Orphan => pick(
            "documents 表中没有这些行的文档",
            "rows of documents that are not there",
        ),
        FaultKind::Indicator => pick(
            "dim_indicator 表中没有这个指标",
            "an indicator that dim_indicator does not have",
        ),
        FaultKind::Count => pick(
            "文档的行数与 documents 表所记不同",
            "documents with another number of rows than stated",
        ),
        FaultKind::Versions => pick("版本关系矛盾", "versions contradict each other"),
        FaultKind::Stranger => pick(
            "不是仓库的文件，请移走",
            "no file of the warehouse: move it away",
        ),
        FaultKind::Hash => pick(
            "内容与写入时不同（磁盘出错，或被别的程序改过），请从备份恢复",
            "not what was written (a fault of the disk, or another program): restore it from a copy",
        ),
        FaultKind::Missing => pick(
            "文件不见了，请从备份恢复",
            "the file is gone: restore it from a copy",
        ),
        FaultKind::Interrupted => pick(
            "上次写入中断；再运行一次 ingest 会补完",
            "a commit was interrupted; running ingest once more finishes it",
        ),
    };
    let mut text = say!("{}：{}", "{}: {}", f.path, what);
    if f.count > 1 {
        text.push_str(&say!("，{} 处", ", {} times", thousands(f.count)));
    }
    if !f.example.is_empty() {
        text.push_str(&say!("，如 {}", ", such as {}", f.example));
    }
    text
}

/// The closing line of the check.
pub fn checked(files: u64, rows: u64, faults: usize) -> String {
    let (files, rows) = (thousands(files), thousands(rows));
    match faults {
        0 => say!(
            "仓库完好：{} 个文件，{} 行。",
            "the warehouse is whole: {} files, {} rows.",
            files,
            rows
        ),
        n => say!(
            "检查了 {} 个文件，{} 行，发现 {} 个问题。",
            "{} files, {} rows, {} faults.",
            files,
            rows,
            n
        ),
    }
}

/// What `rebind` did, a line each.
pub fn rebound(r: &Report, dry_run: bool) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(say!(
        "重新对应 {} 份文件的 {} 个数，用时 {}：新对应 {}，不再对应 {}，改对应 {}。",
        "{} documents, {} figures in {}: {} newly bound, {} bound no longer, {} bound to another indicator.",
        thousands(r.documents),
        thousands(r.figures),
        duration(r.elapsed),
        thousands(r.bound),
        thousands(r.unbound),
        thousands(r.rebound)
    ));
    if dry_run {
        lines.push(
            pick(
                "只是试算，仓库没有改动。",
                "nothing was written (--dry-run).",
            )
            .to_owned(),
        );
    }
    if r.unchanged > 0 {
        lines.push(say!(
            "{} 份文件已是用这个目录读的，没有重做（--again 可重做）。",
            "{} documents had been read with this catalogue already (--again does them too).",
            thousands(r.unchanged)
        ));
    }
    if r.untouched > 0 {
        lines.push(say!(
            "{} 份文件没有新目录所改的词，结果不变，没有重做（--again 可重做）。",
            "{} documents say nothing that the new catalogue changed, so that their results stay (--again does them too).",
            thousands(r.untouched)
        ));
    }
    if r.without_text > 0 {
        lines.push(say!(
            "{} 份文件是旧版本读入的，仓库里没有它们的文字，请用 ingest --again 重读。",
            "of {} documents the warehouse has no text, since an older version loaded them: read them with ingest --again.",
            thousands(r.without_text)
        ));
    }
    if r.failures > 0 {
        lines.push(say!(
            "{} 份文件没有成功，保持原样：",
            "{} documents could not be done and stay as they were:",
            thousands(r.failures)
        ));
        for (path, detail) in &r.failed {
            lines.push(say!("  {}：{}", "  {}: {}", path, detail));
        }
    }
    lines
}

/// What happened to an indicator.
pub fn indicator_changed(c: &Change) -> String {
    let mut parts = Vec::new();
    let mut part = |n: u64, zh: &str, en: &str| {
        if n > 0 {
            parts.push(format!("{} {}", pick(zh, en), thousands(n)));
        }
    };
    part(c.bound, "新对应", "bound");
    part(c.unbound, "不再对应", "unbound");
    part(c.rebound_from_others, "来自别的指标", "from others");
    part(c.rebound_to_others, "转到别的指标", "to others");
    parts.join(pick("，", ", "))
}

/// One figure whose indicator has changed.
pub fn rebound_example(e: &Example, shown: &str) -> String {
    let none = pick("无", "none");
    let or_none = |s: &'_ str| {
        if s.is_empty() {
            none.to_owned()
        } else {
            s.to_owned()
        }
    };
    format!(
        "{shown} {}  {} {}  {} → {}",
        e.location,
        e.measured,
        e.value_text,
        or_none(&e.before),
        or_none(&e.after)
    )
}
