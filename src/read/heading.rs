//! Which paragraphs are headings, where the file itself does not say.
//!
//! Exports of office suites and scanners of the administration lose styles; what stays are the outline markers of
//! Chinese official writing (一、 → （一） → 1. → （1）) and the look of the title. A marker alone is not enough: a numbered
//! paragraph that runs on for sentences is a paragraph.

/// Longest text, in characters, that an unstyled paragraph may have to be taken for a heading.
const HEADING_CHARS: usize = 40;
/// Longest text of a paragraph with a heading style that is still a heading when it holds whole sentences.
const STYLED_CHARS: usize = 60;
/// Longest text that may be a title.
const TITLE_CHARS: usize = 60;

/// Level of the heading that an unstyled paragraph is by its wording; `None` for a paragraph.
pub(crate) fn unstyled_level(text: &str) -> Option<u8> {
    let text = text.trim();
    if text.chars().nth(HEADING_CHARS).is_some()
        || text.contains(['。', '\n', '\t'])
        || text.ends_with(['；', ';', '，', ',', '、'])
    {
        return None;
    }
    let (level, rest) = outline_marker(text)?;
    // A marker that stands alone (a cell of numbers, a page number) heads nothing; 附件1 does.
    if rest.trim().is_empty() && !text.starts_with('附') && !text.starts_with('第') {
        return None;
    }
    Some(level)
}

/// Whether a paragraph with a heading style of any level is a heading: people set whole paragraphs in heading styles.
pub(crate) fn styled_is_heading(text: &str) -> bool {
    let text = text.trim();
    !(text.contains('。') && text.chars().nth(STYLED_CHARS).is_some())
}

/// Whether the look of a title (centred, large) can make this text one.
pub(crate) fn may_be_title(text: &str) -> bool {
    let text = text.trim();
    text.chars().nth(TITLE_CHARS).is_none()
        && text.chars().nth(2).is_some()
        && !text.contains('。')
        && !text.ends_with(['，', '；', '：', ':', '、', ',', ';'])
        && !text.starts_with(['（', '(', '—', '-', '附'])
        && outline_marker(text).is_none()
}

/// Splits the outline marker of official writing off a text: its level and what follows.
pub(crate) fn outline_marker(text: &str) -> Option<(u8, &str)> {
    let text = text.trim_start();
    let first = text.chars().next()?;
    match first {
        '第' => {
            let rest = text.strip_prefix('第')?;
            let after = rest.trim_start_matches(is_numeral);
            if after.len() == rest.len() {
                return None;
            }
            let unit = after.chars().next()?;
            let level = match unit {
                '章' | '篇' => 1,
                '部' => return after.strip_prefix("部分").map(|rest| (1, rest)),
                '节' => 2,
                _ => return None,
            };
            Some((level, after.get(unit.len_utf8()..)?))
        }
        '附' => {
            let rest = text
                .strip_prefix("附件")
                .or_else(|| text.strip_prefix("附表"))
                .or_else(|| text.strip_prefix("附录"))?;
            let after = rest.trim_start_matches(is_numeral);
            let after = after.trim_start_matches([':', '：', '、', '.', '．']);
            Some((1, after))
        }
        '（' | '(' => {
            let inner = text.get(first.len_utf8()..)?;
            let close = inner.find(['）', ')'])?;
            let number = inner.get(..close)?.trim();
            let rest = inner.get(close..)?;
            let rest = rest.get(rest.chars().next()?.len_utf8()..)?;
            let rest = rest.strip_prefix('、').unwrap_or(rest);
            if number.is_empty() || number.len() > 9 {
                None
            } else if number.chars().all(is_chinese_numeral) {
                Some((2, rest))
            } else if number.chars().all(is_digit) && number.chars().count() <= 2 {
                Some((4, rest))
            } else {
                None
            }
        }
        '①'..='⑳' => Some((5, text.get(first.len_utf8()..)?)),
        c if is_chinese_numeral(c) => {
            let after = text.trim_start_matches(is_chinese_numeral);
            let mark = after.chars().next()?;
            // 一、 is a marker, 一是 is not.
            if matches!(mark, '、' | '.' | '．') {
                Some((1, after.get(mark.len_utf8()..)?))
            } else {
                None
            }
        }
        c if is_digit(c) => {
            let after = text.trim_start_matches(is_digit);
            let digits = text.get(..text.len() - after.len())?;
            if digits.chars().count() > 2 {
                return None;
            }
            let mark = after.chars().next()?;
            let rest = after.get(mark.len_utf8()..)?;
            match mark {
                '、' => Some((3, rest)),
                // 1.5 is a number, 1. a marker; 1.1 before a word is a marker of the next level.
                '.' | '．' if !rest.starts_with(is_digit) => Some((3, rest)),
                ')' | '）' => Some((4, rest)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

fn is_chinese_numeral(c: char) -> bool {
    matches!(
        c,
        '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百' | '〇' | '零'
    )
}

fn is_numeral(c: char) -> bool {
    is_digit(c) || is_chinese_numeral(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_official_writing() {
        for (text, level) in [
            ("一、部门基本情况", Some(1)),
            ("（一）持续有力推进民生兜底保障", Some(2)),
            ("1.加强领导", Some(3)),
            ("1、收入支出预算安排情况", Some(3)),
            ("（1）养老", Some(4)),
            ("第一章 总则", Some(1)),
            ("第二部分　绩效情况", Some(1)),
            ("附件1", Some(1)),
            ("一是规范管理", None),
            ("1.5亿元用于救助", None),
            ("2024.10", None),
            ("一、全县共有低保对象684人。", None),
            ("第12次会议", None),
            ("3", None),
        ] {
            assert_eq!(unstyled_level(text), level, "{text}");
        }
    }
}
