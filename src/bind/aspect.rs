//! What kind of statement a figure is: budget, target or actual; a level or a change; of which time.

use super::phrase::Prepared;
use crate::analysis::{Period, Scenario};
use crate::catalogue::{Word, role};
use crate::context::period::{self, PeriodMention};
use crate::quantity::Quantity;
use crate::text::signs::signs;
use chrono::Datelike;
use std::ops::Range;

/// The roles of words that state a scenario.
pub const SCENARIO: u64 = role::BUDGET | role::TARGET | role::ACTUAL | role::DONE;

/// Scenario stated in a stretch of text: the last word that states one. Among aims a 完成 or 执行 is
/// what is to be done, unless it says 已.
pub fn scenario(p: &Prepared, at: &Range<usize>, aims: bool) -> Option<Scenario> {
    let words = p.words_in(at);
    if !words.iter().any(|w| w.entry.roles & SCENARIO != 0) {
        return None;
    }
    let mut quoted = false;
    let mut from = at.start;
    let mut found = None;
    let mut done = false;
    let mut completed = false;
    for w in words {
        if let Some(gap) = p.text.get(from..w.start) {
            for (_, c) in signs(gap) {
                match c {
                    '“' | '《' => quoted = true,
                    '”' | '》' => quoted = false,
                    _ => {}
                }
            }
        }
        from = w.end;
        let word = p.text.get(w.start..w.end).unwrap_or("");
        done |= !quoted && w.entry.roles & role::DONE != 0;
        // 全年完成营造林任务3.2万亩 is what was done.
        let fulfilled = completed && word.ends_with("任务");
        completed |= !aims && found.is_none() && word.ends_with("完成");
        if quoted
            || w.entry.term.is_some()
                && w.entry.roles & (role::BUDGET | role::ACTUAL | role::TARGET) == 0
        {
            continue;
        }
        if w.entry.roles & role::BUDGET != 0 {
            found = Some(Scenario::Budget);
        } else if w.entry.roles & role::TARGET != 0 {
            found = Some(if fulfilled {
                Scenario::Actual
            } else {
                Scenario::Target
            });
        } else if w.entry.roles & role::ACTUAL != 0 && (!aims || w.entry.roles & role::SO_FAR != 0)
        {
            found = Some(Scenario::Actual);
        }
    }
    found.or((done && !aims).then_some(Scenario::Actual))
}

/// Whether a stretch of text says how things stand (已, 目前, 实有), also where aims are spoken of.
pub fn so_far(p: &Prepared, at: &Range<usize>) -> bool {
    // A longer wording (已划定, 已整改) may have taken the adverb in.
    let begins = |w: &Word| p.text.get(w.start..).is_some_and(|s| s.starts_with('已'));
    p.words_in(at)
        .iter()
        .any(|w| w.entry.roles & role::SO_FAR != 0 || begins(w))
}

/// Whether a time is one up to which something is counted (截至9月底), not one by which it is to be done (到2025年).
pub fn is_cutoff(p: &Prepared, m: &PeriodMention) -> bool {
    let before = p.text.get(..m.bytes.start).unwrap_or("").trim_end();
    let cut = ["截至", "截止", "截止到", "截至到", "截止至"];
    m.kind == period::Kind::AsOf && cut.iter().any(|w| before.ends_with(w))
}

/// A change as stated.
#[derive(Clone, Copy, Debug)]
pub struct Direction {
    /// Downwards.
    pub down: bool,
    /// Says by how many per cent (增长9.1%), not a new value.
    pub relative: bool,
}

/// Whether the words right before the figure say that it is a change: 增加, 下降, 同比少.
pub fn direction(p: &Prepared, own: &Range<usize>, q: &Quantity) -> Option<Direction> {
    let words = p.words_in(own);
    let mut end = q.bytes.start;
    for w in words.iter().rev() {
        let between = p.text.get(w.end..end).unwrap_or("");
        if between.chars().any(|c| {
            !matches!(
                c,
                ' ' | '　'
                    | '约'
                    | '近'
                    | '了'
                    | '为'
                    | '达'
                    | '至'
                    | '少'
                    | '多'
                    | '超'
                    | '过'
                    | '：'
                    | ':'
            )
        }) {
            return None;
        }
        let r = w.entry.roles;
        // 失业率低于4.5% is a bound; 低于全市平均水平3.6张 is a difference.
        if r & role::TO != 0 || r & role::THAN != 0 && w.end == q.bytes.start {
            return None;
        }
        if r & (role::UP | role::DOWN) != 0 {
            // 新增 and the like are events of the catalogue; a direction word that a term also claims is a change only
            // when something is compared.
            let compared = words.iter().any(|o| o.entry.roles & role::BASE != 0);
            if w.entry.term.is_some() && !compared {
                return None;
            }
            return Some(Direction {
                down: r & role::DOWN != 0,
                relative: q.unit == "%",
            });
        }
        if r & role::HARMLESS == 0 || w.entry.term.is_some() && r & role::WEAK == 0 {
            return None;
        }
        end = w.start;
        if q.bytes.start - end > 24 {
            return None;
        }
    }
    None
}

/// Whether the figure is a measure of comparison itself (为预算的71.2%, 是2021年的2.3倍). An earlier value of the same thing
/// (较2021年的97.15%提高…, 由上年的41.6%提高到…) is none.
pub fn compared(p: &Prepared, own: &Range<usize>, times: &[PeriodMention], q: &Quantity) -> bool {
    if !matches!(q.unit.as_str(), "%" | "倍") {
        return false;
    }
    let Some(before) = p
        .text
        .get(own.clone())
        .and_then(|s| s.trim_end().strip_suffix('的'))
    else {
        return false;
    };
    let end = own.start + before.len();
    let first = times.partition_point(|m| m.bytes.start < own.start);
    let of_a_time = times
        .get(first..)
        .unwrap_or(&[])
        .iter()
        .take_while(|m| m.bytes.end <= end)
        .any(|m| m.bytes.end == end);
    let earlier = p
        .words_in(own)
        .iter()
        .any(|w| w.entry.roles & (role::FROM | role::BASE) != 0);
    !(of_a_time && earlier && q.unit == "%")
}

/// Whether the clause compares with a budget or target: 比预算（5.5万元）, 低于预算的5万元.
pub fn is_comparison(p: &Prepared, own: &Range<usize>) -> bool {
    p.words_in(own)
        .iter()
        .any(|w| w.entry.roles & role::BASE != 0)
}

/// Whether a mention of time is what a value is compared with: 较2021年, 与上年相比.
pub fn is_base(p: &Prepared, m: &PeriodMention) -> bool {
    let before = p.text.get(..m.bytes.start).unwrap_or("").trim_end();
    let inside = p.text.get(m.bytes.clone()).unwrap_or("");
    let after = p.text.get(m.bytes.end..).unwrap_or("");
    before.ends_with(['较', '比', '于', '与', '同'])
        && !before.ends_with("对于")
        && !before.ends_with("用于")
        || inside.starts_with(['较', '比'])
        || inside.starts_with("同比")
        || after.starts_with("相比")
        || after.starts_with('比')
}

/// Period of a figure: of a mention of time (a stock at its point, a flow over the time through it), else the
/// document's. An old value (由80元提高到) without a year of its own has none.
pub fn period_of(
    time: Option<&PeriodMention>,
    default: Option<Period>,
    flow: bool,
    old: bool,
) -> Option<Period> {
    match time {
        Some(m) => {
            if flow {
                m.through.or(m.period)
            } else {
                m.period.or(m.through)
            }
        }
        None if old => None,
        None => default,
    }
}

/// The year a period is filed under: that of its end.
pub fn year_of(p: &Period) -> i32 {
    p.end.year()
}

/// Unit of a bare number with 万 or 亿, from the words before it, or what is counted right after it.
pub fn bare_unit(p: &Prepared, own: &Range<usize>, right: &Range<usize>) -> Option<&'static str> {
    let last = |at: &Range<usize>, bit: u64| {
        p.words_in(at)
            .iter()
            .rev()
            .find(|w| w.entry.roles & bit != 0)
            .map(|w| w.start)
    };
    let after = p.words_in(right).first();
    if after.is_some_and(|w| w.entry.roles & role::PERSONS != 0) {
        return Some("人");
    }
    match (last(own, role::MONEY), last(own, role::PERSONS)) {
        (Some(m), Some(n)) if n > m => Some("人"),
        (Some(_), _) => Some("元"),
        (None, Some(_)) => Some("人"),
        (None, None) => None,
    }
}

/// A band of ages of adults, stated in a clause, that narrows what is spoken of: 80—89周岁高龄津贴. Those of children (0—6岁) define
/// a programme.
pub fn age_band<'t>(text: &'t str, at: &Range<usize>) -> Option<&'t str> {
    let end = at.start + text.get(at.clone())?.rfind('岁')?;
    let mut begin = end.saturating_sub(24);
    while !text.is_char_boundary(begin) {
        begin += 1;
    }
    let digit = |c: char| c.is_ascii_digit();
    let years = |s: &'t str| s.trim_end_matches(['岁', '周']);
    let high = years(text.get(begin..end)?);
    let band = high.trim_end_matches(digit);
    let low = band.trim_end_matches(['—', '-', '－', '～', '~', '–', '至', '到']);
    let first = years(low).trim_end_matches(digit);
    let from = years(low).get(first.len()..)?;
    let adult = from.parse::<u32>().is_ok_and(|n| (18..150).contains(&n));
    (band.len() < high.len() && low.len() < band.len() && adult)
        .then(|| text.get(begin + first.len()..end + '岁'.len_utf8()))
        .flatten()
}
