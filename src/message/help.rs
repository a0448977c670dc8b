//! Texts of `--help`. The English ones are the doc comments of the arguments (`cli`); the Chinese ones replace them here,
//! and clap's own English words with them.

use super::{Lang, lang, pick};
use clap::Command;

/// Chinese texts: command (empty for all), argument (empty for the command itself), text.
const CHINESE: &[(&str, &str, &str)] = &[
    (
        "zhibiao",
        "",
        "指标：读各部门报送的材料，把每个数写成准确、可追溯的 Parquet 表",
    ),
    ("", "lang", "提示信息的语言：zh 或 en（默认随系统）"),
    ("", "help", "显示帮助"),
    ("zhibiao", "version", "显示版本"),
    (
        "ingest",
        "",
        "把文件、文件夹和压缩包读进仓库（只读新的和改过的）",
    ),
    ("ingest", "paths", "文件、文件夹或压缩包"),
    ("", "warehouse", "仓库文件夹（默认 ./warehouse）"),
    (
        "",
        "area",
        "这些文件所属的地区：六位代码或名称（优先于文中所写）",
    ),
    ("", "year", "这些文件所属的年份（优先于文中所写）"),
    ("", "pipelines", "另加一个规则文件夹（同名文件取代内置的）"),
    (
        "ingest",
        "max_file_size",
        "读取的单个文件（或压缩包里的单个文件）最大多少 MB（默认 512）",
    ),
    (
        "ingest",
        "max_unpacked",
        "一个压缩包或一份文件展开后合计最大多少 MB（默认 1024）",
    ),
    (
        "ingest",
        "max_entries",
        "一个压缩包（连同其中的压缩包）最多多少个文件（默认 50000）",
    ),
    ("ingest", "max_depth", "压缩包最多套几层（默认 4）"),
    (
        "ingest",
        "max_cells",
        "一份文件的表格最多多少个单元格，以限制内存（默认 2000000）",
    ),
    (
        "ingest",
        "timeout",
        "每份文件最多读多少秒，0 为不限（默认 60）",
    ),
    ("ingest", "jobs", "线程数（默认与处理器核数相同）"),
    (
        "ingest",
        "batch_files",
        "多少个文件一批写入；被强行中止后最多重读一批（默认为五秒内读过的）",
    ),
    ("ingest", "again", "已在仓库里的文件也重读"),
    (
        "",
        "log_format",
        "标准错误上的进度：text（默认）或 json（每行一个对象）",
    ),
    ("", "json", "输出 JSON，供程序读取"),
    ("show", "", "显示一份文件：每个数、对应的指标和理由"),
    ("", "file", "文件"),
    (
        "text",
        "",
        "显示一份文件的文字：每段一行，表格单元格用制表符隔开",
    ),
    (
        "quantities",
        "",
        "从标准输入逐行读文字，每行输出一个 JSON 数组：其中的数",
    ),
    ("indicators", "", "查指标目录"),
    (
        "indicators",
        "word",
        "指标名称、代码或说明中的字词；不给则列出全部",
    ),
    ("validate", "", "检查规则文件，运行里面的全部例子"),
    (
        "validate",
        "coverage",
        "改为显示例子覆盖了多少指标、词条和说法",
    ),
    (
        "validate",
        "schema",
        "把各种规则文件的 JSON 模式写到这个文件夹，供编辑器提示和检查",
    ),
    ("query", "", "用 SQL 查询仓库里的各张表"),
    ("query", "sql", "SQL 语句；不给则列出各表和各列"),
    (
        "query",
        "format",
        "输出格式：table（默认）、csv、json 或 parquet（存为文件）",
    ),
    ("query", "output", "存为这个文件：.csv、.json 或 .parquet"),
    ("trend", "", "一个指标历年的走势，按地区列出"),
    ("", "indicator", "指标的代码、名称，或名称里的字词"),
    (
        "",
        "areas",
        "只看这些地区：六位代码或名称，市、省包括其下各县（可重复）",
    ),
    ("", "agency", "只看名称里有这几个字的单位"),
    ("", "years", "年份：2024、2020-2024、2020-"),
    (
        "",
        "scenario",
        "actual（实际，默认）、budget（预算）或 target（目标）",
    ),
    ("", "chart", "把图存为这个文件（.svg、.png 或 .html）"),
    (
        "compare",
        "",
        "各地区同一年的比较：名次、占比、中位数、离群",
    ),
    ("compare", "year", "年份"),
    (
        "compare",
        "population",
        "人口数 CSV（每行“六位代码,人数”），用来算每万人的数",
    ),
    ("coverage", "", "谁报了什么、哪一年的，还缺什么"),
    ("coverage", "missing", "只列缺报"),
    (
        "checks",
        "",
        "勾稽关系：合计、比率、限额、正文与表、本年与上年不符之处",
    ),
    ("checks", "all", "四舍五入误差、相符和数据不全的也列出"),
    (
        "export",
        "",
        "把数据导出成文件：Excel、CSV 或 Parquet，长表或宽表",
    ),
    (
        "export",
        "output",
        "存为这个文件，按文件名决定格式：.xlsx、.csv 或 .parquet",
    ),
    (
        "export",
        "format",
        "格式：xlsx、csv 或 parquet（文件名看不出时用）",
    ),
    ("export", "long", "长表：一行一个数（默认）"),
    (
        "export",
        "wide",
        "宽表：一行是一个地区、单位、年份，一列一个指标",
    ),
    (
        "export",
        "indicators",
        "只要这些指标：代码、名称，或名称里的字词（可重复）",
    ),
    (
        "export",
        "domain",
        "只要这个领域的指标：民政（civil-affairs）、教育（education）……",
    ),
    (
        "export",
        "scenario",
        "actual（实际）、budget（预算）或 target（目标）；长表默认全部，宽表默认 actual",
    ),
    (
        "report",
        "",
        "一份可在浏览器里看的报告，和发给各单位的核对函",
    ),
    (
        "report",
        "out",
        "报告存为这个文件（不要核对函时默认 report.html）",
    ),
    (
        "report",
        "letters",
        "每个有不符之处的单位一份 Word 核对函，存在这个文件夹",
    ),
    (
        "report",
        "indicators",
        "要列的指标（代码或名称，可重复；默认取最普遍的）",
    ),
    ("report", "most", "取最普遍的多少个（默认 16）"),
    ("suggest", "", "反复出现而没有指标的数，给出可粘贴的条目"),
    ("suggest", "folder", "仓库文件夹（同 --warehouse）"),
    (
        "suggest",
        "domain",
        "只看这个领域单位的材料：civil-affairs、education……",
    ),
    ("suggest", "least", "至少出现在多少份文件里（默认 2）"),
    ("suggest", "limit", "显示多少组（默认 20）"),
    (
        "rebind",
        "",
        "用现在的指标目录重新对应仓库里的全部文件（不需要原文件）",
    ),
    ("rebind", "jobs", "线程数（默认与处理器核数相同）"),
    ("rebind", "again", "已用这个目录读过的文件也重新对应"),
    ("rebind", "dry_run", "只报告会有什么变化，不改仓库"),
    (
        "rebind",
        "timeout",
        "每份文件最多用多少秒，0 为不限（默认 60）",
    ),
    ("check-warehouse", "", "检查仓库：文件、列、行数和相互引用"),
    ("forget", "", "从仓库中撤回文件"),
    (
        "forget",
        "files",
        "文件路径（撤回它的所有版本），或 document_id 的前 8 位以上（只撤回那一版）",
    ),
    ("history", "file", "文件路径，或 document_id 的前 8 位以上"),
    ("history", "", "一份文件的各个版本和其间的变化"),
];

fn chinese(command: &str, argument: &str) -> Option<&'static str> {
    let find = |c: &str| CHINESE.iter().find(|(of, a, _)| *of == c && *a == argument);
    find(command)
        .or_else(|| if argument.is_empty() { None } else { find("") })
        .map(|(_, _, text)| *text)
}

/// The command with texts in a language.
pub fn localise(command: Command, lang: Lang) -> Command {
    if lang == Lang::En {
        return command;
    }
    let mut command = one(command);
    let names: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(name, one);
    }
    command
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
}

fn one(mut command: Command) -> Command {
    let name = command.get_name().to_owned();
    if let Some(about) = chinese(&name, "") {
        command = command.about(about).long_about(None::<&str>);
    }
    let arguments: Vec<(String, bool)> = command
        .get_arguments()
        .map(|a| (a.get_id().to_string(), a.is_positional()))
        .collect();
    for (id, positional) in arguments {
        let text = chinese(&name, &id);
        let heading = if positional { "参数" } else { "选项" };
        command = command.mut_arg(id, |a| {
            let takes_values = a.get_action().takes_values();
            let a = a
                .help_heading(heading)
                .hide_default_value(takes_values)
                .hide_possible_values(takes_values);
            match text {
                Some(text) => a.help(text).long_help(None::<&str>),
                None => a,
            }
        });
    }
    let template = if command.has_subcommands() {
        "{about}\n\n用法：{usage}\n\n{all-args}\n"
    } else {
        "{about}\n\n用法：{usage}\n\n{all-args}{after-help}\n"
    };
    // Clap's placeholder for options has no other way to be translated.
    let usage = command
        .render_usage()
        .to_string()
        .replace("[OPTIONS]", "[选项]");
    let usage = usage.trim_start_matches("Usage: ");
    let program = if name == "zhibiao" { "" } else { "zhibiao " };
    let usage = format!("{program}{usage}");
    command.override_usage(usage).help_template(template)
}

/// A wrong command line, said in the language chosen.
pub fn usage_error(error: &clap::Error) -> String {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    if lang() == Lang::En {
        return error.to_string();
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(s)) => s.clone(),
        Some(ContextValue::Strings(all)) => all.join("、"),
        Some(ContextValue::StyledStr(s)) => s.to_string(),
        Some(ContextValue::Number(n)) => n.to_string(),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    let value = context(ContextKind::InvalidValue);
    let what = match error.kind() {
        ErrorKind::UnknownArgument => format!("不认识的参数“{argument}”"),
        ErrorKind::InvalidSubcommand => {
            format!("没有“{}”这个命令", context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("缺少参数：{argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 后面要有一个值"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let allowed = context(ContextKind::ValidValue);
            let allowed = if allowed.is_empty() {
                String::new()
            } else {
                format!("，可以是 {allowed}")
            };
            format!("{argument} 的值“{value}”不对{allowed}")
        }
        ErrorKind::ArgumentConflict => format!(
            "{argument} 不能与 {} 同用，或给了两次",
            context(ContextKind::PriorArg)
        ),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{argument} 的值的个数不对")
        }
        ErrorKind::InvalidUtf8 => "参数不是有效的 UTF-8".to_owned(),
        _ => return error.to_string(),
    };
    let mut text = format!("错误：{what}");
    let suggested = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ]
    .into_iter()
    .map(context)
    .find(|s| !s.is_empty());
    if let Some(s) = suggested {
        text.push_str(&format!("\n是不是“{s}”？"));
    }
    text.push_str("\n用法见：zhibiao --help，或 zhibiao 命令 --help");
    text
}

/// Heading of the list of tables in `query` without SQL.
pub fn tables_heading() -> &'static str {
    pick(
        "各表和各列（observations、quantities、targets 中 is_current 为真的是现行值）：",
        "tables and columns (rows of observations, quantities and targets in force have is_current = true):",
    )
}
