//! What the program says to people, in Chinese or English.
//!
//! All sentences stand here and in the submodules, in pairs, so that a translation is never forgotten and never half
//! done. Data (names of indicators, reasons of rejects, remarks on documents) is not translated.
//!
//! The language is chosen once, at the start: `--lang`, else the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`, then what
//! the operating system says). Chinese where that tells nothing.

pub mod analysts;
pub mod care;
pub mod export;
pub mod help;
pub mod load;
pub mod pipelines;
pub mod query;
pub mod show;

use crate::read::Reason;
use crate::warehouse::Error;
use std::path::Path;
use std::sync::OnceLock;
use unicode_width::UnicodeWidthStr;

/// A language of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// `zh`, `en`, or a locale's name (`zh_CN.UTF-8`, `en-GB`). `None` for another language.
    pub fn parse(text: &str) -> Option<Lang> {
        let head = text.split(['_', '-', '.', '@']).next().unwrap_or("");
        match head.to_ascii_lowercase().as_str() {
            "zh" | "chinese" | "cmn" | "yue" => Some(Lang::Zh),
            "en" | "english" => Some(Lang::En),
            _ => None,
        }
    }

    /// The language that the environment asks for.
    pub fn of_environment() -> Lang {
        // POSIX: the first of these that is set decides, and C means no particular language.
        let variable = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|v| std::env::var(v).ok().filter(|s| !s.is_empty()));
        let neutral = |s: &str| matches!(s.split('.').next(), Some("C" | "POSIX"));
        let named = match variable {
            Some(v) if !neutral(&v) => Some(v),
            _ => sys_locale::get_locale().filter(|s| !neutral(s)),
        };
        match named {
            // Whoever has set another language reads English rather than Chinese.
            Some(name) => Lang::parse(&name).unwrap_or(Lang::En),
            None => Lang::Zh,
        }
    }
}

static LANG: OnceLock<Lang> = OnceLock::new();

/// Chooses the language; the first choice stays.
pub fn choose(lang: Lang) {
    let _ = LANG.set(lang);
}

/// The language chosen.
pub fn lang() -> Lang {
    *LANG.get_or_init(Lang::of_environment)
}

/// The text in the language chosen.
pub fn pick<'a>(zh: &'a str, en: &'a str) -> &'a str {
    match lang() {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// The formatted text in the language chosen: both are given as arguments of `format!`, only one is built.
macro_rules! say {
    ($zh:literal, $en:literal $(, $argument:expr)* $(,)?) => {
        match $crate::message::lang() {
            $crate::message::Lang::Zh => format!($zh $(, $argument)*),
            $crate::message::Lang::En => format!($en $(, $argument)*),
        }
    };
}
pub(crate) use say;

/// A decimal with separators: 2,317,680.5.
pub fn grouped(value: rust_decimal::Decimal) -> String {
    let text = value.normalize().to_string();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    match digits.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", separated(whole)),
        None => format!("{sign}{}", separated(digits)),
    }
}

/// `1234567` as `1,234,567`.
pub fn thousands(n: u64) -> String {
    separated(&n.to_string())
}

fn separated(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Bytes as MB with one decimal.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Seconds, minutes or hours.
pub fn duration(time: std::time::Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 {
        return say!("{:.1} 秒", "{:.1} s", seconds);
    }
    let whole = time.as_secs();
    let (h, m, s) = (whole / 3600, whole / 60 % 60, whole % 60);
    if h > 0 {
        say!("{} 小时 {} 分", "{} h {} min", h, m)
    } else {
        say!("{} 分 {} 秒", "{} min {} s", m, s)
    }
}

/// A reason in words.
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Empty => pick("空文件", "empty"),
        Reason::Corrupt => pick("损坏", "corrupt"),
        Reason::Encrypted => pick("有密码", "encrypted"),
        Reason::Unsupported => pick("格式不支持", "unsupported"),
        Reason::TooLarge => pick("过大", "too large"),
        Reason::Timeout => pick("超时", "timed out"),
        Reason::Unreadable => pick("打不开", "unreadable"),
        Reason::Internal => pick("内部错误", "internal error"),
    }
}

/// `错误：…`.
pub fn error_line(text: &str) -> String {
    say!("错误：{}", "error: {}", text)
}

/// A fault of the warehouse: where, what, and what to do.
pub fn warehouse(error: &Error) -> String {
    match error {
        Error::Missing { path } => say!(
            "{} 没有仓库。先读入文件：zhibiao ingest 文件夹 --warehouse {}",
            "there is no warehouse at {}. Load files first: zhibiao ingest FOLDER --warehouse {}",
            path.display(),
            path.display()
        ),
        Error::NotAFolder { path } => say!(
            "{} 是一个文件，仓库须是文件夹。请用 --warehouse 另指一个文件夹。",
            "{} is a file, and a warehouse is a folder. Name another with --warehouse.",
            path.display()
        ),
        Error::NotAWarehouse { path } => say!(
            "{} 里有别的文件，不是仓库。请用 --warehouse 指定一个空的或新的文件夹，如 {}",
            "{} holds other files and is no warehouse. Name an empty or new folder with --warehouse, such as {}",
            path.display(),
            path.join("warehouse").display()
        ),
        Error::Locked { path, holder } => match holder {
            Some(h) => say!(
                "仓库 {} 正由另一个程序写入：进程 {}，用户 {}，计算机 {}，自 {} 起。等它结束后再试。",
                "the warehouse {} is being written by another process: {} of {} on {}, since {}. Try again when it has ended.",
                path.display(),
                h.pid,
                h.user,
                h.host,
                h.since
            ),
            None => say!(
                "仓库 {} 正由另一个程序写入，等它结束后再试。",
                "the warehouse {} is being written by another process. Try again when it has ended.",
                path.display()
            ),
        },
        Error::Io { path, source } => file(path, source),
        Error::Table { path, source } => say!(
            "仓库文件 {} 有误：{}。可用 zhibiao check-warehouse 检查。",
            "the warehouse file {} is faulty: {}. zhibiao check-warehouse looks at all of them.",
            path.display(),
            source
        ),
        Error::Damaged { path, detail } => say!(
            "仓库已损坏，{}：{}。请从备份恢复，或换一个文件夹重新读入。",
            "the warehouse is damaged, {}: {}. Restore it from a copy, or load into another folder.",
            path.display(),
            detail
        ),
    }
}

/// What the operating system said about a file, and what to do.
pub fn file(path: &Path, error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let shown = path.display();
    match error.kind() {
        ErrorKind::NotFound => say!(
            "没有这个文件或文件夹：{}",
            "no such file or folder: {}",
            shown
        ),
        ErrorKind::PermissionDenied => say!(
            "没有权限：{}。请检查文件和文件夹的权限。",
            "permission denied: {}. Look at the permissions of the file and its folder.",
            shown
        ),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => say!(
            "磁盘已满，写不下 {}。腾出空间后重新运行同一命令，会接着做。",
            "the disk is full: {} cannot be written. Make room and run the same command again; it goes on where it was.",
            shown
        ),
        ErrorKind::ReadOnlyFilesystem => {
            say!("磁盘是只读的：{}", "the disk is read-only: {}", shown)
        }
        ErrorKind::IsADirectory => say!(
            "{} 是文件夹，这里要一个文件。",
            "{} is a folder, and a file is wanted here.",
            shown
        ),
        _ => say!("{}：{}", "{}: {}", shown, error),
    }
}

/// No such path among the arguments.
pub fn no_such_path(path: &Path) -> String {
    say!(
        "没有这个文件或文件夹：{}",
        "no such file or folder: {}",
        path.display()
    )
}

/// A document that was not read.
pub fn rejected(path: &Path, reason: Reason, detail: &str) -> String {
    say!(
        "{} 没有读成（{}）：{}",
        "{} was not read ({}): {}",
        path.display(),
        self::reason(reason),
        detail
    )
}

/// Nothing found in the catalogue.
pub fn no_indicator(word: &str) -> String {
    say!(
        "目录里没有含“{}”的指标。不带参数的 zhibiao indicators 列出全部。",
        "no indicator contains \"{}\". zhibiao indicators without a word lists all.",
        word
    )
}

/// The examples hold.
pub fn all_valid(indicators: usize, files: usize) -> String {
    say!(
        "规则没有问题：{} 个文件，{} 个指标，所有例子都成立。",
        "the pipelines are in order: {} files, {} indicators, every example holds.",
        files,
        indicators
    )
}

/// So many findings.
pub fn findings(n: usize) -> String {
    say!(
        "共 {} 处要改。格式说明见 docs/catalogue.md。",
        "{} to mend. docs/catalogue.md explains the format.",
        n
    )
}

/// Without arguments: what it is, and what to try.
pub fn introduction() -> String {
    let (head, commands, all) = match lang() {
        Lang::Zh => (
            "zhibiao 指标：读各部门报送的 Word、Excel 材料，找出每个数，认出它是哪个指标，\n\
             写成准确、可追溯的 Parquet 表，供 DuckDB、Polars、pandas、Power BI 分析。\n\n先试三条命令：",
            [
                (
                    "zhibiao show 报告.docx",
                    "看一份报告：每个数、对应的指标和理由",
                ),
                (
                    "zhibiao ingest 材料文件夹 --warehouse warehouse",
                    "把整个文件夹读进仓库",
                ),
                ("zhibiao indicators 低保", "查指标目录"),
            ],
            "全部命令：zhibiao --help",
        ),
        Lang::En => (
            "zhibiao reads the Word and Excel reports of Chinese departments, finds every figure, says which\n\
             indicator it is, and writes exact, traceable Parquet for DuckDB, Polars, pandas and Power BI.\n\n\
             Three commands to try first:",
            [
                (
                    "zhibiao show REPORT.docx",
                    "one report: each figure, its indicator, and why",
                ),
                (
                    "zhibiao ingest FOLDER --warehouse warehouse",
                    "a whole folder into a warehouse",
                ),
                ("zhibiao indicators dibao", "search the catalogue"),
            ],
            "All commands: zhibiao --help",
        ),
    };
    let wide = commands.iter().map(|(c, _)| c.width()).max().unwrap_or(0);
    let mut text = format!("{head}\n\n");
    for (command, about) in commands {
        let gap = " ".repeat(wide - command.width() + 3);
        text.push_str(&format!("  {command}{gap}{about}\n"));
    }
    text.push('\n');
    text.push_str(all);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales() {
        for (text, lang) in [
            ("zh_CN.UTF-8", Some(Lang::Zh)),
            ("zh-Hans-CN", Some(Lang::Zh)),
            ("en_GB", Some(Lang::En)),
            ("en", Some(Lang::En)),
            ("de_DE", None),
            ("", None),
        ] {
            assert_eq!(Lang::parse(text), lang, "{text}");
        }
    }

    #[test]
    fn large_numbers() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
