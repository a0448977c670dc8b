//! What is wrong with a pipeline, and what to do about it: one sentence each.

use super::{pick, say};
use crate::catalogue::{CatalogueError, Finding, Place, Problem, Wanted};

/// A finding as compilers write it (`file:line: entry: sentence`), so that editors jump there.
pub fn finding(f: &Finding) -> String {
    let place = match (f.file.as_str(), f.line) {
        ("", _) => String::new(),
        (file, 0) => format!("{file}: "),
        (file, line) => format!("{file}:{line}: "),
    };
    let entry = if f.entry.is_empty() {
        String::new()
    } else {
        say!("{}：", "{}: ", f.entry)
    };
    format!("{place}{entry}{}", problem(&f.problem))
}

/// Why the catalogue cannot be loaded.
pub fn load_error(error: &CatalogueError) -> String {
    match error {
        CatalogueError::Io { path, source } => super::file(std::path::Path::new(path), source),
        CatalogueError::Toml {
            file,
            line,
            message,
        } => say!(
            "规则文件 {} 第 {} 行有误：{}。zhibiao validate 列出要改的每一处（同样给出 --pipelines）。",
            "line {1} of the pipeline {0} is wrong: {2}. zhibiao validate (with the same --pipelines) lists everything to mend.",
            file,
            line,
            message
        ),
        CatalogueError::Vocabulary(message) => message.clone(),
    }
}

/// Above indicators that want examples.
pub fn wanting_heading() -> &'static str {
    pick(
        "例子不够的指标（至少两个例、一个反例）",
        "Indicators that want examples (two at least, and a near miss)",
    )
}

/// How many examples an indicator has.
pub fn wanting(examples: usize, near_misses: usize) -> String {
    say!(
        "例 {}，反例 {}",
        "examples {}, near misses {}",
        examples,
        near_misses
    )
}

/// Above terms that no example says.
pub fn unsaid_heading() -> &'static str {
    pick("没有例子说到的词条", "Terms that no example says")
}

/// The schemas were written.
pub fn schemas_written(to: &std::path::Path, n: usize) -> String {
    say!(
        "已写入 {1} 个 JSON 模式到 {0}。在规则文件第一行写 #:schema {0}/pipeline.json，编辑器就会提示和检查。",
        "{1} JSON schemas written to {0}. With #:schema {0}/pipeline.json as the first line of a pipeline, editors complete and check it.",
        to.display(),
        n
    )
}

fn at(place: &Place) -> String {
    format!("{}:{}", place.0, place.1)
}

fn quoted(words: &[String]) -> String {
    let separator = pick("、", ", ");
    let all: Vec<String> = words.iter().map(|w| quote(w)).collect();
    all.join(separator)
}

fn quote(word: &str) -> String {
    say!("“{}”", "\"{}\"", word)
}

/// `，是不是“低保”？`, where there is a guess.
fn guess(near: &Option<String>) -> String {
    match near {
        Some(n) => say!("，是不是“{}”？", "; did you mean \"{}\"?", n),
        None => String::new(),
    }
}

fn wanted(w: Wanted) -> &'static str {
    match w {
        Wanted::Text => pick("字符串，如 \"低保\"", "a string, such as \"低保\""),
        Wanted::List => pick(
            "列表，如 [\"甲\", \"乙\"]",
            "a list, such as [\"甲\", \"乙\"]",
        ),
        Wanted::Table => pick(
            "表，如 { 键 = \"值\" }",
            "a table, such as { key = \"value\" }",
        ),
        Wanted::Bool => pick("true 或 false", "true or false"),
        Wanted::Integer => pick("整数，如 2018", "a whole number, such as 2018"),
    }
}

/// What a key asks for, where a value is not of its form.
fn form(key: &str) -> &'static str {
    match key {
        "id" => pick(
            "小写字母、数字和下划线，以点分开，如 civil.funeral.cremations",
            "lower-case letters, digits and underscores separated by dots, as in civil.funeral.cremations",
        ),
        "domain" => pick(
            "小写字母和连字符，如 civil-affairs",
            "lower-case letters and hyphens, as in civil-affairs",
        ),
        "value" | "limit" => pick(
            "折合基本单位的数，如 \"120000\"（文中写12万元）",
            "a number in the base unit, such as \"120000\" where the text says 12万元",
        ),
        _ => pick("见 pipelines/schema", "see pipelines/schema"),
    }
}

/// What the unit of a kind is.
fn unit_of(kind: &str) -> &'static str {
    match kind {
        "ratio" => pick(
            "%、‰、倍，或带分母的单位，如 张/千人",
            "%, ‰, 倍 or a unit with a denominator, such as 张/千人",
        ),
        "standard" => pick(
            "写明按什么计的单位，如 元/人/月",
            "one that says per what it is counted, such as 元/人/月",
        ),
        _ => pick(
            "个数、金额或量度；百分比的 kind 是 ratio",
            "a count, an amount or a measure; per cent are of the kind ratio",
        ),
    }
}

/// What is wrong, and what to do: one sentence.
pub fn problem(p: &Problem) -> String {
    match p {
        Problem::Syntax(message) => say!(
            "不是有效的 TOML（{}）：看看这一行和上一行的引号、括号、逗号",
            "not valid TOML ({}): look at the quotes, brackets and commas of this line and the one before",
            message
        ),
        Problem::UnknownKey {
            key,
            near: Some(near),
            ..
        } => say!(
            "没有“{}”这个键，是不是“{}”？",
            "there is no key \"{}\"; did you mean \"{}\"?",
            key,
            near
        ),
        Problem::UnknownKey { key, known, .. } => say!(
            "没有“{}”这个键，这里可以写：{}",
            "there is no key \"{}\"; here may stand: {}",
            key,
            known.join(pick("、", ", "))
        ),
        Problem::Misplaced(key) => say!(
            "{} 属于整个文件，应写在第一个方括号行（[pipeline]、[[term]]）之前",
            "{} belongs to the whole file: write it before the first line in square brackets",
            key
        ),
        Problem::MissingKey(key) => say!("缺少 {}，请补上", "{} is missing: add it", key),
        Problem::WrongType { key, wanted: w } => {
            say!("{} 应为{}", "{} should be {}", key, wanted(*w))
        }
        Problem::NotAllowed {
            key,
            value,
            near,
            allowed,
        } => say!(
            "{} 不能是“{}”，应为 {} 之一{}",
            "{} cannot be \"{}\": it is one of {}{}",
            key,
            value,
            allowed.join(pick("、", ", ")),
            guess(near)
        ),
        Problem::BadForm { key, value } => say!(
            "{} 不能是“{}”，应为{}",
            "{} cannot be \"{}\": it is {}",
            key,
            value,
            form(key)
        ),
        Problem::Empty(key) => say!("{} 不能为空", "{} must not be empty", key),
        Problem::NotReplaceable => say!(
            "这个文件只有内置的有效，放在 --pipelines 文件夹里不起作用，请移走；单位名称写在本领域文件的 [[department]] 里",
            "only the built-in file of this name is used, so remove it from the folder; names of agencies stand as [[department]] in the file of their domain"
        ),
        Problem::NoHeader => say!(
            "缺少 [pipeline]：在文件开头写 domain 和 name",
            "[pipeline] is missing: begin the file with domain and name"
        ),
        Problem::UnknownDomain { domain, near } => say!(
            "没有单位属于领域“{}”，这样写永远用不上{}新的领域请在本文件写 [[department]]，说明它的单位叫什么",
            "no agency belongs to the domain \"{}\", so this would never be used{} For a new domain, add [[department]] to this file with what its agencies are called",
            domain,
            match near {
                Some(_) => guess(near),
                None => pick("。", ".").to_string(),
            }
        ),
        Problem::TwiceDefined(place) => say!(
            "这个代码已在 {} 用了：改用别的代码，或在同名文件里修改（同名文件取代内置文件）",
            "the id is taken at {}: choose another, or change the entry in a file of the same name, which replaces the built-in one",
            at(place)
        ),
        Problem::OtherSlot(place) => say!(
            "{} 的同名词条 slot 不同：两处写成一样，或换个名称",
            "the term of this name at {} has another slot: write the same, or choose another name",
            at(place)
        ),
        Problem::WordTwice { word, other, place } => say!(
            "说法“{}”也属于词条“{}”（{}），一种说法只能属于一个词条：删去其一",
            "the wording \"{}\" also belongs to the term \"{}\" ({}), and a wording has one meaning: remove one of the two",
            word,
            other,
            at(place)
        ),
        Problem::WordRepeated(word) => {
            say!(
                "说法“{}”写了两次：删去其一",
                "the wording \"{}\" stands twice: remove one",
                word
            )
        }
        Problem::UnknownTerm { key, term, near } => say!(
            "{} 里的“{}”不是已有的词条{}",
            "\"{1}\" in {0} is no term{2}",
            key,
            term,
            match near {
                Some(_) => guess(near),
                None => pick("：先写一个 [[term]]", ": add a [[term]] of that name").to_string(),
            }
        ),
        Problem::TermCycle(terms) => say!(
            "under 成了一圈（{}）：去掉其中一处",
            "under leads in a circle ({}): take one away",
            terms.join(" → ")
        ),
        Problem::Tie {
            other,
            place,
            terms,
        } => say!(
            "文中只说{}时，与 {}（{}）同样相符，两个都不会识别：给其中一个加上词条，或用 not 排除",
            "where a text says just {}, {} ({}) fits equally well and neither is bound: ask for a further term in one of them, or exclude with not",
            quoted(terms),
            other,
            at(place)
        ),
        Problem::Shadowed {
            other,
            place,
            terms,
        } => say!(
            "文中说{}时总是识别为 {}（{}），这个指标永远不会被识别：改 is，或在另一个里用 not 排除",
            "a text that says {} always gives {} ({}), so this indicator is never bound: change its is, or exclude with not in the other",
            quoted(terms),
            other,
            at(place)
        ),
        Problem::NoParent { other, place } => say!(
            "比 {}（{}）只多说了哪一部分，应写明 parent = \"{}\"",
            "this is {} ({}) with a subdivision: write parent = \"{}\"",
            other,
            at(place),
            other
        ),
        Problem::UnknownUnit { unit, near } => say!(
            "units.toml 里没有单位“{}”{}",
            "units.toml has no unit \"{}\"{}",
            unit,
            guess(near)
        ),
        Problem::NotBaseUnit { unit, base } => say!(
            "“{}”不是基本单位，应写“{}”：文中用哪种写法都会折合",
            "\"{}\" is not the base unit: write \"{}\", texts may use either",
            unit,
            base
        ),
        Problem::UnitOfKind { kind, unit } => say!(
            "kind 为 {} 的指标，单位不能是“{}”，应为{}",
            "an indicator of the kind {} cannot be in \"{}\": the unit is {}",
            kind,
            unit,
            unit_of(kind)
        ),
        Problem::UnknownParent { parent, near } => say!(
            "上级指标“{}”不存在{}",
            "the parent \"{}\" does not exist{}",
            parent,
            guess(near)
        ),
        Problem::ParentCycle(ids) => say!(
            "parent 成了一圈（{}）：去掉其中一处",
            "parents lead in a circle ({}): take one away",
            ids.join(" → ")
        ),
        Problem::ValueAbsent { text, value, found } => say!(
            "例“{}”里没有 {} 这个数{}：value 要折合基本单位",
            "the example \"{}\" does not hold the figure {}{}: value is in the base unit",
            text,
            value,
            if found.is_empty() {
                String::new()
            } else {
                say!("（有 {}）", " (but {})", found.join(pick("、", ", ")))
            }
        ),
        Problem::ExampleMissed {
            text,
            value,
            scenario,
            got,
            why,
        } => {
            let all: Vec<String> = got
                .iter()
                .map(|(id, value, scenario)| format!("{id} = {value} ({scenario})"))
                .collect();
            let wanted = if scenario.is_empty() {
                value.clone()
            } else {
                format!("{value} ({scenario})")
            };
            let why = if why.is_empty() {
                String::new()
            } else {
                say!("。这个数：{}", ". Of the figure: {}", why)
            };
            say!(
                "例“{}”应得 {}，实得：{}{}",
                "the example \"{}\" should give {} and gives {}{}",
                text,
                wanted,
                if all.is_empty() {
                    pick("没有识别出指标", "no indicator").to_string()
                } else {
                    all.join(pick("；", "; "))
                },
                why
            )
        }
        Problem::NearMissBound { text, value } => say!(
            "反例“{}”的 {} 被识别成了这个指标：要求更多的词条，或用 not 排除",
            "the near miss \"{}\" binds {} to this indicator: ask for a further term, or exclude with not",
            text,
            value
        ),
        Problem::UnknownIndicator { id, near } => say!(
            "指标“{}”不存在{}",
            "the indicator \"{}\" does not exist{}",
            id,
            guess(near)
        ),
        Problem::OtherOutcome {
            example,
            wanted,
            got,
        } => say!(
            "例 {} 应为 {}，实为：{}",
            "the example {} should give {} and gives {}",
            example,
            wanted,
            if got.is_empty() {
                pick("没有结果", "nothing")
            } else {
                got
            }
        ),
        Problem::Load(message) => message.clone(),
    }
}
