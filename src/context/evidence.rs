//! The parts of a document that say where it comes from: title, lines under it, form headers, signature.

use super::period::{Kind, scan};
use crate::read::{Block, BlockKind, Document, Table};
use crate::text::blank::{self, has_blank};
use crate::text::signs::signs;
use chrono::{Datelike, NaiveDate};
use std::borrow::Cow;

/// What stands where a document says who made it.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// The title; empty where the document has none.
    pub title: String,
    /// Short lines directly under the title.
    pub under: Vec<String>,
    /// Values of form headers, those of the reporting unit before those of its superior.
    pub headers: Vec<String>,
    /// Year stated by a form header.
    pub header_year: Option<i32>,
    /// Lines of the signature.
    pub signature: Vec<String>,
    /// Date of the signature.
    pub signed: Option<NaiveDate>,
}

/// Labels of form headers that name who reports, the surest first.
const UNIT_LABELS: [&str; 22] = [
    "填报单位",
    "填表单位",
    "编报单位",
    "编制单位",
    "报送单位",
    "填报部门",
    "预算部门名称",
    "预算部门",
    "部门名称",
    "部门（单位）名称",
    "部门单位名称",
    "单位名称",
    "综合机关",
    "项目单位",
    "实施单位",
    "公开部门",
    "公开单位",
    "报告单位",
    "填报机关",
    "部门",
    "主管部门及代码",
    "主管部门",
];
const YEAR_LABELS: [&str; 8] = [
    "年度",
    "年份",
    "填报年度",
    "预算年度",
    "决算年度",
    "报告期",
    "统计年度",
    "会计年度",
];

/// The last characters of the labels above.
const LAST_OF_LABEL: [char; 8] = ['位', '门', '称', '关', '码', '度', '份', '期'];

/// Nouns in which the title of a report ends: a line with one of them is whole.
const REPORT_NOUNS: [&str; 24] = [
    "报告", "总结", "情况", "表", "说明", "公报", "通报", "统计", "数据", "预算", "决算", "公示",
    "公开", "自评", "汇报", "材料", "计划", "方案", "概况", "年报", "季报", "月报", "资料", "要点",
];

/// Single spaces for runs of them, and none between characters that are set wide apart (衡 山 县 民 政 局).
fn squeeze(text: &str) -> Cow<'_, str> {
    if !has_blank(text) {
        return Cow::Borrowed(text);
    }
    let lone = |w: &str| {
        let mut c = w.chars();
        matches!((c.next(), c.next()), (Some(c), None) if super::weigh::han(c))
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out = String::with_capacity(text.len());
    // Three in a row are a word set wide; 张 三 may be two cells of a line.
    let wide = |i: usize| {
        let at = |k: usize| words.get(k).copied().is_some_and(lone);
        at(i) && at(i + 1) && (at(i + 2) || i.checked_sub(1).is_some_and(at))
    };
    for (i, word) in words.iter().enumerate() {
        out.push_str(word);
        if i + 1 < words.len() && !wide(i) {
            out.push(' ');
        }
    }
    Cow::Owned(out)
}

/// Whether a mark may stand in a text, as ASCII or in the full width that it has between Han characters.
fn may_have(mark: u8, text: &str) -> bool {
    // Full-width marks begin with 0xef.
    text.bytes().any(|b| b == mark || b == 0xef)
}

/// How many characters a line has, as far as that matters: of 120 at most it is asked whether they are more.
fn chars(text: &str) -> usize {
    // Of 484 bytes or more there are 121 characters at least.
    match text.len() {
        484.. => 121,
        _ => text.chars().count(),
    }
}

/// A sentence rather than a line.
fn prose(line: &str) -> bool {
    // Of more than 240 bytes there are more than 60 characters.
    let long = || line.len() > 240 || chars(line) > 60;
    line.ends_with(['。', '；', ';', '，', ',']) || long() || line.contains('。')
}

/// The head of an official letter: 某县民政局文件, 某民字〔2022〕12号, 签发人：….
fn letterhead(line: &str) -> bool {
    (line.ends_with("文件") && chars(line) <= 24)
        || (line.ends_with('号') && line.contains(['〔', '［', '[']) && chars(line) <= 28)
        || line.starts_with("签发人")
}

/// Whom a letter is sent to: 县财政局：.
fn addressee(line: &str) -> bool {
    line.ends_with(['：', ':']) && chars(line) <= 30
}

/// 附件1, 附表2： … a mark above the title.
fn attachment_mark(line: &str) -> bool {
    let marks = ["附件", "附表", "附 件", "附：", "表", "公开"];
    chars(line) <= 8
        && marks.iter().any(|m| line.starts_with(m))
        && (line.starts_with('附')
            || line.contains(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c)))
}

impl Evidence {
    pub(super) fn collect(doc: &Document) -> Self {
        let mut e = Evidence::default();
        let lines: Vec<Cow<str>> = doc.blocks.iter().map(|b| squeeze(b.text())).collect();
        let after_title = e.find_title(&doc.blocks, &lines);
        e.find_under(&doc.blocks, &lines, after_title);
        let mut headers: Vec<(usize, String)> = Vec::new();
        for (block, line) in doc.blocks.iter().zip(&lines) {
            match &block.kind {
                BlockKind::Table(t) => e.table_headers(t, &mut headers),
                _ if chars(line) <= 120 => e.line_headers(line, &mut headers),
                _ => {}
            }
        }
        headers.sort_by_key(|(rank, _)| *rank);
        e.headers = headers.into_iter().map(|(_, v)| v).collect();
        e.find_signature(&lines, after_title);
        e
    }

    /// The title: headings of level 0; else the first lines, as many as it takes to reach a noun that a title ends in;
    /// else, in a workbook, the first row of the first sheet if one cell is alone in it. Returns the block after it.
    fn find_title(&mut self, blocks: &[Block], lines: &[Cow<str>]) -> usize {
        let level0 = |b: &Block| matches!(&b.kind, BlockKind::Heading { level: 0, .. });
        if let Some(first) = blocks
            .iter()
            .position(|b| level0(b) && !b.text().trim().is_empty())
            && first <= 12
        {
            let mut end = first;
            let mut parts: Vec<&str> = Vec::new();
            while let (Some(b), Some(line)) = (blocks.get(end), lines.get(end)) {
                if !level0(b) || parts.len() >= 4 {
                    break;
                }
                if !line.is_empty() && !attachment_mark(line) {
                    parts.push(line);
                }
                end += 1;
            }
            if !parts.is_empty() {
                self.title = parts.concat();
                return end;
            }
        }
        let mut parts: Vec<&str> = Vec::new();
        for (i, (block, line)) in blocks.iter().zip(lines).enumerate().take(12) {
            if let Some(t) = block.table() {
                if parts.is_empty()
                    && let Some(title) = sheet_title(t)
                {
                    self.title = title;
                    return i;
                }
                return self.end_title(&parts, i);
            }
            if parts.is_empty() && letterhead(line) {
                self.under.push(line.to_string());
                continue;
            }
            if line.is_empty() || (parts.is_empty() && attachment_mark(line)) {
                continue;
            }
            let numbered = line.starts_with(['一', '（', '(', '1'])
                && (line.contains('、') || line.contains('）'))
                && !line.starts_with("一季");
            if prose(line)
                || addressee(line)
                || numbered
                || label_of(line).is_some()
                || parts.len() >= 4
            {
                return self.end_title(&parts, i);
            }
            // A date or a name after a whole title is a line under it.
            let whole = |p: &&str| {
                // …统计公报（节选）, （2023年）…情况.
                let base = match p.rfind(['（', '(']) {
                    Some(at) if p.ends_with(['）', ')']) && at > 0 => p.get(..at).unwrap_or(p),
                    _ => p,
                };
                REPORT_NOUNS
                    .iter()
                    .any(|n| base.trim_end_matches(['）', ')']).ends_with(n))
            };
            if parts.last().is_some_and(whole) {
                return self.end_title(&parts, i);
            }
            parts.push(line);
        }
        self.end_title(&parts, blocks.len().min(12))
    }

    fn end_title(&mut self, parts: &[&str], next: usize) -> usize {
        self.title = parts.concat();
        next
    }

    fn find_under(&mut self, blocks: &[Block], lines: &[Cow<str>], from: usize) {
        for (block, line) in blocks.iter().zip(lines).skip(from).take(4) {
            if block.table().is_some() || prose(line) || chars(line) > 40 {
                break;
            }
            if matches!(&block.kind, BlockKind::Heading { level, .. } if *level > 0) {
                break;
            }
            // ——2023年9月20日在县人大常委会会议上: where it was read out.
            if !line.is_empty() && !addressee(line) && !line.starts_with(['—', '-']) {
                self.under.push(line.to_string());
            }
        }
    }

    /// `label：value`, several of them in a line where spaces separate them.
    fn line_headers(&mut self, line: &str, out: &mut Vec<(usize, String)>) {
        if !may_have(b':', line) {
            return;
        }
        // No label is longer than the text before a colon.
        for (at, colon) in signs(line).filter(|(_, c)| matches!(c, '：' | ':')) {
            let after = line.get(at + colon.len_utf8()..);
            let (Some(before), Some(after)) = (line.get(..at), after) else {
                continue;
            };
            if !before.ends_with(LAST_OF_LABEL) {
                continue;
            }
            for (i, label) in UNIT_LABELS.iter().enumerate() {
                let Some(head) = before.strip_suffix(label) else {
                    continue;
                };
                // 主管部门： must not be read as 部门：.
                if i >= 19 && head.ends_with(super::weigh::han) {
                    continue;
                }
                let value = after.trim_start();
                let value = value.split([' ', '　']).next().unwrap_or_default();
                push_value(i, value, out);
            }
            if self.header_year.is_none() && YEAR_LABELS.iter().any(|l| before.ends_with(l)) {
                self.header_year = year_value(after);
            }
        }
    }

    /// Cells of the first and last rows: `label：value` in one cell, or a label and the next cell of its row.
    fn table_headers(&mut self, t: &Table, out: &mut Vec<(usize, String)>) {
        let near = |row: u32| row < 8 || row.saturating_add(4) >= t.rows;
        let mut previous: Option<(u32, Cow<str>)> = None;
        for cell in t.cells.iter().filter(|c| near(c.row)) {
            let text = squeeze(&cell.text);
            if text.is_empty() || text.len() > 120 && chars(&text) > 120 {
                continue;
            }
            self.line_headers(&text, out);
            if let Some((row, label)) = &previous
                && *row == cell.row
            {
                if let Some(i) = label_of(label) {
                    push_value(i, &text, out);
                } else if self.header_year.is_none() && is_year_label(label) {
                    self.header_year = year_value(&text);
                }
            }
            // （2020年度） or 2022年度 alone in a cell of the first rows.
            if self.header_year.is_none() && cell.row < 4 && chars(&text) <= 12 {
                let alone = text.trim_matches(['（', '）', '(', ')']);
                if alone.ends_with("年度") && chars(alone) <= 8 {
                    self.header_year = super::period::line_year(alone);
                }
            }
            previous = Some((cell.row, text));
        }
    }

    /// The lines at the end that hold a name, a date or both, with nothing else; attachments may follow.
    fn find_signature(&mut self, lines: &[Cow<str>], from: usize) {
        let signed = |(i, line): (usize, &Cow<str>)| {
            if line.is_empty() || chars(line) > 45 || prose(line) {
                return None;
            }
            let day = scan(line, 0).into_iter().rev().find(|m| {
                m.explicit && m.kind == Kind::Span && m.period.is_some_and(|p| p.start == p.end)
            })?;
            let rest = line
                .get(day.bytes.end..)
                .unwrap_or_default()
                .trim_matches(['）', ')', ' ', '　']);
            rest.is_empty().then_some((i, day.period?.start))
        };
        // The last of them.
        let after = lines.iter().enumerate().skip(from);
        let found = after.rev().find_map(signed);
        let Some((i, date)) = found else { return };
        self.signed = Some(date);
        // The line itself, and the lines before it that are as short.
        for line in lines
            .iter()
            .take(i + 1)
            .rev()
            .filter(|l| !l.is_empty())
            .take(3)
        {
            if chars(line) > 45 || prose(line) {
                break;
            }
            self.signature.push(line.to_string());
        }
        self.signature.reverse();
    }

    /// Whether the title says that it is a report on a whole past year.
    pub(super) fn annual(&self) -> bool {
        [
            "自评",
            "决算",
            "总结",
            "绩效",
            "年报",
            "公报",
            "评价",
            "工作报告",
            "工作情况",
        ]
        .iter()
        .any(|w| self.title.contains(w))
    }

    /// The year that the date of signature suggests.
    pub(super) fn signed_year(&self) -> Option<i32> {
        let d = self.signed?;
        Some(if self.annual() && d.month() <= 9 {
            d.year() - 1
        } else {
            d.year()
        })
    }
}

fn push_value(rank: usize, value: &str, out: &mut Vec<(usize, String)>) {
    let value = value.trim_matches([' ', '　', '（', '）', '：', ':']);
    let n = chars(value);
    if (3..=40).contains(&n)
        && !value.contains("万元")
        && !out.iter().any(|(_, v)| v == value)
        && out.len() < 64
    {
        out.push((rank, value.to_string()));
    }
}

/// Rank of a label of a unit: 填报单位（盖章） is 填报单位.
fn label_of(text: &str) -> Option<usize> {
    let text = blank::squeeze(text);
    let text = text.trim_end_matches(['：', ':']);
    let rank = |label: &str| {
        label
            .ends_with(LAST_OF_LABEL)
            .then(|| UNIT_LABELS.iter().position(|l| *l == label))
            .flatten()
    };
    if !may_have(b':', text) && !may_have(b'(', text) {
        return rank(text);
    }
    let base = |label: &str| rank(label.split(['（', '(']).next().unwrap_or_default());
    rank(text)
        .or_else(|| base(text))
        .or_else(|| base(text.split_once(['：', ':'])?.0))
}

/// Whether a cell says that the next one holds a year.
fn is_year_label(text: &str) -> bool {
    let text = blank::squeeze(text);
    let label = text.trim_end_matches(['：', ':']);
    label.ends_with(LAST_OF_LABEL) && YEAR_LABELS.contains(&label)
}

/// A year at the start of a value: 2020, 2020年, ２０２０年度.
fn year_value(text: &str) -> Option<i32> {
    let text = text.trim_start();
    let mut value = 0i32;
    let mut n = 0;
    for c in text.chars() {
        let d = match c {
            '0'..='9' => c as i32 - '0' as i32,
            '０'..='９' => c as i32 - '０' as i32,
            _ => break,
        };
        n += 1;
        if n > 4 {
            return None;
        }
        value = value * 10 + d;
    }
    if n == 4 && super::period::YEARS.contains(&value) {
        Some(value)
    } else {
        super::period::line_year(text)
    }
}

/// The text of the first row that has one cell only, if it reads like a title.
fn sheet_title(t: &Table) -> Option<String> {
    let mut rows: Vec<(u32, usize, String)> = Vec::new();
    for cell in t.cells.iter().take_while(|c| c.row < 6) {
        let text = squeeze(&cell.text);
        if text.is_empty() {
            continue;
        }
        match rows.last_mut() {
            Some(last) if last.0 == cell.row => last.1 += 1,
            _ => rows.push((cell.row, 1, text.into_owned())),
        }
    }
    // 单位：元 stands alone in its row too.
    let title = |(_, n, text): &(u32, usize, String)| {
        *n == 1
            && (4..=80).contains(&chars(text))
            && !attachment_mark(text)
            && !text.starts_with("单位")
            && label_of(text).is_none()
            && !text.contains('。')
    };
    rows.into_iter().find(title).map(|(_, _, text)| text)
}
