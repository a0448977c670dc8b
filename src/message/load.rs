//! Messages of `ingest`.

use super::{duration, megabytes, pick, reason, say, thousands};
use crate::warehouse::commit::Recovery;
use crate::warehouse::load::{Rejected, Summary};
use std::path::Path;

/// Looking for files.
pub fn nothing_found() -> String {
    pick(
        "没有找到文件：给出的文件夹是空的。",
        "no files: the folders given are empty.",
    )
    .to_owned()
}

/// Files of programs that were left out.
pub fn ignored(n: u64) -> String {
    say!(
        "略过 {} 个系统文件（~$ 锁文件、.DS_Store、Thumbs.db 之类），它们不是材料。",
        "{} files of programs left out (~$ lock files, .DS_Store, Thumbs.db and the like); they are no documents.",
        thousands(n)
    )
}

/// An area given on the command line that is none, or may be several.
pub fn which_area(given: &str, several: &[String]) -> String {
    if several.is_empty() {
        say!(
            "不认识地区“{}”。请给六位代码（如 430423），或全名（如 湖南省衡阳市衡山县）。",
            "no area \"{}\". Give a six-digit code (430423) or a full name (湖南省衡阳市衡山县).",
            given
        )
    } else {
        say!(
            "“{}”可以是几个地区：{}。请给六位代码，或带上级的全名。",
            "\"{}\" may be several areas: {}. Give the six-digit code or the full name.",
            given,
            several.join(pick("；", "; "))
        )
    }
}

/// What an interrupted run had left.
pub fn recovered(what: Recovery) -> Option<&'static str> {
    match what {
        Recovery::Clean => None,
        Recovery::RolledBack => Some(pick(
            "上次运行中断，未写完的部分已清除，接着读。",
            "the last run was interrupted; what it had not finished was removed. Going on.",
        )),
        Recovery::RolledForward => Some(pick(
            "上次运行在写入时中断，已补完。",
            "the last run was interrupted while writing; its writing has been finished.",
        )),
        Recovery::Resumed => Some(pick(
            "上次运行中断，已读的部分都在，接着读。",
            "the last run was interrupted; what it had read is kept. Going on.",
        )),
    }
}

/// Ctrl-C was pressed.
pub fn stopping() -> &'static str {
    pick(
        "正在停止：写完手头这一批就结束（再按一次 Ctrl-C 立即退出，已写入的不会丢）。",
        "stopping after the batch at work (Ctrl-C again ends at once; what is committed is kept).",
    )
}

/// The run was stopped: how to go on.
pub fn stopped(arguments: &str) -> String {
    say!(
        "已停止，读过的都在仓库里。接着读其余的，再运行一次同样的命令：\n  zhibiao {}",
        "stopped; all that was read is in the warehouse. To read the rest, run the same command again:\n  zhibiao {}",
        arguments
    )
}

/// What was read is being merged into the tables.
pub fn merging() -> &'static str {
    pick("正在写入各表", "writing the tables")
}

/// Heading of the list of corrected submissions.
pub fn corrections_heading(n: u64) -> String {
    say!(
        "更正报送：{} 份文件取代了同一单位同一时期较早报送的文件（新 ← 旧）：",
        "corrected submissions: {} files replace earlier ones of the same agency and period (new ← old):",
        thousands(n)
    )
}

/// `files` of a progress bar: done, total, rejects.
pub fn progress(done: u64, total: u64, rejected: u64) -> String {
    match rejected {
        0 => say!("{}/{} 份", "{}/{} files", thousands(done), thousands(total)),
        n => say!(
            "{}/{} 份，未读 {}",
            "{}/{} files, {} rejected",
            thousands(done),
            thousands(total),
            thousands(n)
        ),
    }
}

/// Remaining time of a progress bar.
pub fn remaining() -> &'static str {
    pick("还需", "left")
}

/// A line of progress where there is no terminal.
pub fn progress_line(done: u64, total: u64, rejected: u64, bytes: u64, seconds: f64) -> String {
    let rate = if seconds > 0.0 {
        done as f64 / seconds
    } else {
        0.0
    };
    say!(
        "已处理 {}/{} 份，{}，{:.0} 份/秒，未读 {}",
        "{}/{} files, {}, {:.0} files/s, {} rejected",
        thousands(done),
        thousands(total),
        megabytes(bytes),
        rate,
        thousands(rejected)
    )
}

/// The closing summary: the headline, then label, number and remark of each line.
pub fn summary(s: &Summary) -> (String, Vec<(String, String, String)>) {
    let seconds = s.elapsed.as_secs_f64().max(0.001);
    let head = say!(
        "读完 {} 份文件，用时 {}（{:.0} 份/秒，{}）。",
        "{} files in {} ({:.0} files/s, {}).",
        thousands(s.files),
        duration(s.elapsed),
        s.files as f64 / seconds,
        megabytes(s.bytes)
    );
    let mut lines = Vec::new();
    let mut line = |zh: &str, en: &str, n: u64, note: String| {
        lines.push((pick(zh, en).to_owned(), thousands(n), note));
    };
    let mut notes = Vec::new();
    if s.again > 0 {
        notes.push(say!("其中重读 {}", "{} of them again", thousands(s.again)));
    }
    if s.unchanged > 0 {
        notes.push(say!(
            "另有 {} 份未变",
            "{} more unchanged",
            thousands(s.unchanged)
        ));
    }
    if s.duplicates > 0 {
        notes.push(say!(
            "{} 份与别的文件内容相同",
            "{} with the content of another",
            thousands(s.duplicates)
        ));
    }
    if s.superseded > 0 {
        notes.push(say!(
            "{} 份旧版被取代",
            "{} older versions superseded",
            thousands(s.superseded)
        ));
    }
    line(
        "入库文档",
        "documents",
        s.documents,
        notes.join(pick("，", ", ")),
    );
    line("数据", "figures", s.quantities, String::new());
    let kinds = say!(
        "{} 种指标",
        "{} different indicators",
        thousands(s.indicators)
    );
    line(
        "对应指标",
        "observations",
        s.observations,
        if s.observations > 0 {
            kinds
        } else {
            String::new()
        },
    );
    line("未读文件", "rejects", s.rejected, String::new());
    if s.partial + s.unchanged_partial > 0 {
        let note = match s.unchanged_partial {
            0 => String::new(),
            n => say!("另有 {} 份以前读入的", "and {} read before", thousands(n)),
        };
        line("部分未读", "partial", s.partial, note);
    }
    line("提示", "warnings", s.warnings, String::new());
    (head, lines)
}

/// Heading of the list of rejects.
pub fn rejects_heading(listed: u64, all: u64) -> String {
    if listed < all {
        pick(
            "未读的文件和部分（部分列出，全部在 rejects 表）：",
            "not read (not all are listed; the table rejects has them):",
        )
    } else {
        pick("未读的文件和部分：", "not read:")
    }
    .to_owned()
}

/// One reject.
pub fn reject(r: &Rejected, shown: &str) -> String {
    let part = if r.part.is_empty() {
        String::new()
    } else {
        say!("（{}）", " ({})", r.part)
    };
    let more = match r.count.saturating_sub(1) {
        0 => String::new(),
        n => say!(
            "（另有 {} 个同样的）",
            " (and {} more like it)",
            thousands(n)
        ),
    };
    say!(
        "{}{}　{}：{}{}",
        "{}{}  {}: {}{}",
        shown,
        part,
        reason(r.reason),
        r.detail,
        more
    )
}

/// What to type next.
pub fn next(warehouse: &Path, an_input: Option<&str>) -> Vec<String> {
    let shown = quoted(&warehouse.display().to_string());
    let mut lines = vec![pick("接着可以：", "next:").to_owned()];
    let sql = "SELECT area_name, year, indicator_name, obs_value, unit_measure FROM observations WHERE is_current LIMIT 20";
    lines.push(format!("  zhibiao query \"{sql}\" --warehouse {shown}"));
    if let Some(file) = an_input {
        lines.push(format!("  zhibiao show {}", quoted(file)));
    }
    lines
}

/// The command line, without the program's name.
pub fn typed(arguments: &[std::ffi::OsString]) -> String {
    let quoted: Vec<String> = arguments
        .iter()
        .skip(1)
        .map(|a| quoted(&a.to_string_lossy()))
        .collect();
    quoted.join(" ")
}

/// An argument as it is typed in a shell.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:\\".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}
