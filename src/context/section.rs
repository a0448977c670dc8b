//! What the headings above a block say of the figures below it: whether they are aims, and of what time.
//!
//! A report tells what was done and then what is planned (2023年工作总结及2024年工作计划). The sentences of both parts read alike
//! (新增养老床位200张): only the heading tells them apart. So each block stands in a [`Section`], made from the headings above it,
//! whatever their form: numbered (一、（一）1.), styled, run into a paragraph (三、下一步打算。一是…), or a bare line (2024年工作安排).
//! A section ends at the next heading of its level or a higher one. A bare line has no level; a numbered heading that begins
//! again at 一 stands below it, one that goes on counting (二、 after 一、) ends it.
//!
//! Which words make a heading speak of aims is data: `[sections]` of `pipelines/language.toml`. A heading that speaks of both
//! (存在的问题及下步打算) says neither: a wrong scenario is worse than the report's own.

use super::period::{self, Base, Kind};
use crate::analysis::{Period, Scenario};
use crate::read::heading::outline_marker;
use crate::text::any_of::AnyOf;
use chrono::Datelike;
use serde::Deserialize;

/// Longest heading that is looked at, in characters.
const HEAD: usize = 30;
/// Most headings that are in force at once.
const DEPTH: usize = 12;

/// Words by which headings speak of aims, or of what was done.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SectionWords {
    /// What a heading ends in that speaks of aims where it also speaks of a time to come: 计划, 打算.
    pub aims: AnyOf,
    /// What a heading ends in that speaks of aims by itself: 年度目标, 工作打算.
    pub plans: AnyOf,
    /// Times to come: 下一步, 明年.
    pub ahead: AnyOf,
    /// What a heading ends in that speaks of what was done, or of how things stand: 总结, 情况, 问题. One that holds such a word and
    /// a time to come speaks of both.
    pub done: AnyOf,
    /// Bare lines that end in one of these are headings of what was done: 工作回顾, 存在问题.
    pub past: AnyOf,
    /// Titles of reports on a whole area, whose money is not the agency's: 统计公报, 政府工作报告.
    pub area: AnyOf,
    /// Titles of reports on one project or fund, whose money and scores are not the agency's: 项目支出绩效, 资金绩效.
    pub programme: AnyOf,
    /// What tells that a title or clause speaks of the whole agency after all: 整体.
    pub whole: AnyOf,
    /// What the name of a project or fund ends in: 项目资金.
    pub funds: AnyOf,
    /// What the name of a unit of its own ends in, which is not the whole agency: 中心, 大队.
    pub units: AnyOf,
    /// What a heading may end in after those: 及措施.
    pub tails: AnyOf,
    /// Words by which a paragraph on a year to come tells that it speaks of aims: 将, 力争.
    pub will: AnyOf,
    /// By which a short paragraph on a time to come announces the paragraphs after it: 以下, 如下.
    pub announces: AnyOf,
}

impl SectionWords {
    /// Whether a report of this title speaks of the whole area rather than of the agency.
    pub fn of_area(&self, title: &str) -> bool {
        self.area.is_in(title)
    }

    /// Whether a report of this title speaks of one project or fund rather than of the whole agency.
    pub fn of_programme(&self, title: &str) -> bool {
        self.programme.is_in(title) && !self.whole.is_in(title)
    }
}

/// What holds for the figures of a block unless they say otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// `Target` where the figures are aims; `None` where the headings do not say.
    pub scenario: Option<Scenario>,
    /// Their time, where it is not the report's.
    pub period: Option<Period>,
    /// The year that 今年 and 全年 mean, where it is not the report's.
    pub year: Option<i32>,
    /// The heading names that year in figures, so that 今年 is that year too.
    pub explicit: bool,
}

impl Section {
    /// Whether its figures are aims.
    pub fn aims(&self) -> bool {
        self.scenario == Some(Scenario::Target)
    }

    /// What relative expressions of time are read against.
    pub fn base(&self, report: i32) -> Base {
        Base {
            report,
            this: self.year.filter(|_| self.explicit).unwrap_or(report),
            bare: self.year.unwrap_or(report),
        }
    }
}

struct Open {
    /// 0 for a bare line.
    level: u8,
    ordinal: Option<u32>,
    section: Section,
}

/// The headings in force, on the way through a document.
pub struct Sections<'w> {
    words: &'w SectionWords,
    title: &'w str,
    year: i32,
    report: Option<Period>,
    /// A sentence has been read: what follows is no line of the title.
    begun: bool,
    stack: Vec<Open>,
}

impl<'w> Sections<'w> {
    /// For a report of this title, year and period. A title of aims alone (2024年工作要点) makes all of it aims.
    pub fn new(words: &'w SectionWords, title: &'w str, year: i32, report: Option<Period>) -> Self {
        let mut s = Sections {
            words,
            title,
            year,
            report: report.or_else(|| period::year(year)),
            begun: false,
            stack: Vec::new(),
        };
        let of_title = s.plan(title).filter(Section::aims).map(|section| Section {
            period: None,
            year: None,
            ..section
        });
        if let Some(section) = of_title {
            s.push(0, None, section);
        }
        s
    }

    /// What the headings so far say.
    pub fn now(&self) -> Section {
        self.stack
            .last()
            .map_or_else(Section::default, |o| o.section)
    }

    /// Takes note of a heading; level 0 for a line that is none by its style or number. Returns what holds for it and below.
    pub fn heading(&mut self, level: u8, text: &str) -> Section {
        let (level, ordinal, rest) = match outline_marker(text) {
            Some((l, rest)) => (l, ordinal(text), rest),
            None => (level, None, text),
        };
        let said = self.plan(rest);
        // A line of the title says nothing that the title does not.
        if level == 0 && (said.is_none() || self.of_title(text)) {
            return self.now();
        }
        self.open(level, ordinal, said);
        self.now()
    }

    /// What holds for a paragraph; one that is a heading in fact, or begins with one, counts as such from there on.
    pub fn paragraph(&mut self, text: &str) -> Section {
        let text = text.trim_start();
        self.begun |= text.contains('。');
        if let Some((level, rest)) = outline_marker(text) {
            let lead = rest.split(['。', '：', ':', '；']).next().unwrap_or(rest);
            let said = self.plan(lead);
            self.open(level, ordinal(text), said);
            return self.now();
        }
        if text.chars().nth(HEAD).is_none() && !text.contains(['。', '，', '；', ',', ';']) {
            if self.of_title(text) {
                return self.now();
            }
            let line = self.plan(text);
            let past = || self.words.past.ends(self.bare(text));
            if line.is_some_and(|s| s.aims()) || past() {
                self.open(0, None, line.or(Some(Section::default())));
                return self.now();
            }
        }
        let Some(section) = self.begins(text) else {
            return self.now();
        };
        // 下一步，将重点做好以下工作：… the paragraphs after it are of it.
        let end = text.trim_end();
        let announces = end.ends_with(['：', ':'])
            || end
                .char_indices()
                .rev()
                .take(14)
                .last()
                .is_some_and(|(at, _)| {
                    let tail = end.get(at..).unwrap_or("");
                    self.words.announces.is_in(tail)
                });
        if announces && text.chars().nth(4 * HEAD).is_none() {
            self.open(0, None, Some(section));
        }
        section
    }

    /// A paragraph that begins with a time to come (下一步，…; 2024年，…将…) speaks of aims, though no heading says so.
    fn begins(&self, text: &str) -> Option<Section> {
        let stop = text.find(['，', '：', '。', ',', ':'])?;
        let lead = text.get(..stop)?;
        if lead.chars().count() > 12 {
            return None;
        }
        let word = self.words.ahead.starts(lead);
        let ahead = self.time(lead).filter(|p| self.is_ahead(p));
        let will = || self.words.will.is_in(text);
        if word || ahead.is_some() && will() {
            let now = self.now();
            return Some(if now.aims() { now } else { self.aim(ahead) });
        }
        None
    }

    /// Whether a line is one of the title's, which says nothing that the title does not.
    fn of_title(&self, line: &str) -> bool {
        !self.begun && self.title.contains(line.trim())
    }

    fn open(&mut self, level: u8, ordinal: Option<u32>, said: Option<Section>) {
        if level == 0 {
            // One bare line ends another, with all that stood below it.
            if let Some(at) = self.stack.iter().rposition(|o| o.level == 0) {
                self.stack.truncate(at);
            }
        } else {
            let bare = self.stack.iter().rposition(|o| o.level == 0);
            let below = bare.map_or(0, |at| at + 1);
            let within = self.stack.get(below..).unwrap_or(&[]);
            let begun = within.iter().any(|o| o.level <= level);
            let outer = self.stack.get(..below).unwrap_or(&[]);
            let goes_on = !begun
                && ordinal.is_some_and(|n| n > 1)
                && outer
                    .iter()
                    .rev()
                    .find(|o| o.level == level)
                    .is_some_and(|o| o.ordinal.zip(ordinal).is_some_and(|(a, b)| b == a + 1));
            let keep = if goes_on { 0 } else { below };
            while self.stack.len() > keep
                && self
                    .stack
                    .last()
                    .is_some_and(|o| o.level >= level || o.level == 0)
            {
                self.stack.pop();
            }
        }
        let section = said.unwrap_or_else(|| self.now());
        self.push(level, ordinal, section);
    }

    fn push(&mut self, level: u8, ordinal: Option<u32>, section: Section) {
        if self.stack.len() >= DEPTH {
            self.stack.remove(0);
        }
        self.stack.push(Open {
            level,
            ordinal,
            section,
        });
    }

    /// A heading without what it ends in besides: brackets, a colon, 及措施.
    fn bare<'t>(&self, text: &'t str) -> &'t str {
        let mut t = text.trim().trim_end_matches(['：', ':', '。']);
        if t.ends_with(['）', ')'])
            && let Some(at) = t.rfind(['（', '('])
            && at > 0
        {
            t = t.get(..at).unwrap_or(t);
        }
        for _ in 0..4 {
            let Some(rest) = self
                .words
                .tails
                .ending(t)
                .and_then(|tail| t.strip_suffix(tail))
            else {
                break;
            };
            t = rest;
        }
        t
    }

    /// What a heading says; nothing where it speaks of neither aims nor what was done.
    fn plan(&self, text: &str) -> Option<Section> {
        if text.chars().nth(2 * HEAD).is_some() {
            return None;
        }
        let t = self.bare(text);
        let words = self.words;
        let done = words.done.is_in(t);
        let word = words.ahead.is_in(t);
        let (aims, plans) = (words.aims.ends(t), words.plans.ends(t));
        let alone = || words.ahead.is(t);
        // Most lines are no heading of either kind.
        if !done && !aims && !plans && !alone() {
            return None;
        }
        let time = self.time(t);
        let ahead = time.filter(|p| self.is_ahead(p));
        if done {
            let only = ahead.is_none() && !word && words.done.ends(t);
            return only.then(|| Section {
                period: time.filter(|p| Some(*p) != self.report),
                ..Section::default()
            });
        }
        if (ahead.is_some() || word) && (aims || plans || alone()) {
            return Some(self.aim(ahead));
        }
        if plans {
            // Aims are those of the whole year, also where the report is of a part of it.
            let of_year = period::year(self.year).filter(|p| Some(*p) != self.report);
            return Some(Section {
                scenario: Some(Scenario::Target),
                period: time.or(of_year),
                ..Section::default()
            });
        }
        None
    }

    fn aim(&self, stated: Option<Period>) -> Section {
        let next = stated.or_else(|| self.next());
        Section {
            scenario: Some(Scenario::Target),
            period: next,
            year: next.map(|p| p.end.year()).filter(|y| *y != self.year),
            explicit: stated.is_some(),
        }
    }

    /// The time after the report's: the next year, or the rest of its year.
    fn next(&self) -> Option<Period> {
        let end = self.report?.end;
        let first = end.succ_opt()?;
        if end.month() == 12 {
            period::year(first.year())
        } else {
            period::months((first.year(), first.month()), (first.year(), 12))
        }
    }

    /// The stretch of time that a heading names.
    fn time(&self, text: &str) -> Option<Period> {
        period::scan(text, self.year)
            .into_iter()
            .find(|m| {
                m.kind == Kind::Span && !m.compared && m.period.is_some_and(|p| p.start != p.end)
            })
            .and_then(|m| m.period)
    }

    fn is_ahead(&self, p: &Period) -> bool {
        self.report.is_some_and(|r| p.start > r.end)
    }
}

/// The number of a heading: 二、 and （二） are 2.
fn ordinal(text: &str) -> Option<u32> {
    let mut value: u32 = 0;
    let mut seen = false;
    for c in text
        .trim_start()
        .trim_start_matches(['（', '(', '第'])
        .chars()
        .take(4)
    {
        let digit = match c {
            '0'..='9' => Some(c as u32 - '0' as u32),
            '０'..='９' => Some(c as u32 - '０' as u32),
            '①'..='⑳' => return Some(c as u32 - '①' as u32 + 1),
            _ => "〇一二三四五六七八九"
                .chars()
                .position(|d| d == c)
                .map(|p| p as u32),
        };
        match digit {
            Some(d) if c.is_ascii_digit() || ('０'..='９').contains(&c) => value = value * 10 + d,
            Some(d) => value += d,
            None if c == '十' => value = if value == 0 { 10 } else { value * 10 },
            None => break,
        }
        seen = true;
    }
    seen.then_some(value)
}

#[cfg(test)]
#[path = "section_tests.rs"]
mod tests;
