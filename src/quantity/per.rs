//! Denominators that are said before the number (每人每月640元, 人均1336元, 每千名老年人拥有床位30.4张) and those that carry over from the
//! figure before (每人每月735元、489元).

use super::numeral::{Sign, sign};
use super::scan::{Measure, Scanner};
use super::tables::{Class, Segment, flag};

/// How far before a number its denominator is looked for.
const WINDOW: usize = 24;

/// A word that says per what is counted.
struct PerWord {
    start: usize,
    end: usize,
    segments: Vec<Segment>,
    /// Other words may not stand between it and the number.
    adjacent: bool,
}

/// Figures in a list, and those of the list before that it is a change of: 由每人每月728元、每人每年6,180元提高到760元、6,600元.
#[derive(Default)]
pub(super) struct Lists {
    list: Vec<(u16, Vec<Segment>)>,
    before: Vec<(u16, Vec<Segment>)>,
}

impl Lists {
    /// Longer lists are not compared.
    pub(super) const MOST: usize = 8;

    /// Figures in the list so far.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// A new list begins, a change of the last one where the number of its figures is given.
    pub(super) fn turn(&mut self, change: Option<usize>) {
        self.before.clear();
        if change == Some(self.list.len()) {
            std::mem::swap(&mut self.before, &mut self.list);
        }
        self.list.clear();
    }

    /// Denominators of the figure at the same place in the list that this is a change of, unless it has its own.
    pub(super) fn counterpart(&self, unit: u16, own: &[Segment]) -> Option<Vec<Segment>> {
        let (of, segments) = self.before.get(self.list.len())?;
        (*of == unit && own.is_empty() && !segments.is_empty()).then(|| segments.clone())
    }

    /// The next figure of the list.
    pub(super) fn push(&mut self, unit: u16, segments: &[Segment]) {
        if self.list.len() > Lists::MOST {
            self.before.clear();
        } else {
            self.list.push((unit, segments.to_vec()));
        }
    }
}

impl Scanner<'_> {
    /// Whether a figure at `start` stands in a list with the one that ended at `end`.
    pub(super) fn joins(&self, end: usize, start: usize) -> bool {
        start.saturating_sub(end) <= WINDOW && matches!(self.at(end), '、' | '和' | '与' | '及')
    }

    /// 提高到, 分别调整为: what stands between says that the figures before became those that follow.
    pub(super) fn changes_to(&self, end: usize, start: usize) -> bool {
        start.saturating_sub(end) <= WINDOW
            && self
                .slice(end, start)
                .iter()
                .any(|c| matches!(c, '到' | '至' | '为'))
            && self.continues(end, start)
    }

    /// 每人每月, 人均, 每千名老年人拥有床位 before the number, in its clause and after the figure before it; or in a clause of its
    /// own before it (月人均补助，散居1274元).
    pub(super) fn per_before(&self, start: usize, floor: usize, m: &Measure) -> Vec<Segment> {
        let class = self.class(m.unit);
        let least = start.saturating_sub(WINDOW).max(floor);
        let from = self.clause_start(start, least);
        let mut found = self.per_words_in(from, start, class);
        let mut next = start;
        if found.is_empty()
            && from > least
            && matches!(self.before(from), '，' | ':')
            && self.continues(from, start)
        {
            let end = from - 1;
            found = self.per_words_in(
                self.clause_start(end, end.saturating_sub(WINDOW).max(floor)),
                end,
                class,
            );
            found.retain(|w| !w.adjacent);
            next = end;
        }
        let ends: Vec<usize> = found.iter().map(|w| w.end).collect();
        // words of time must touch the number or another such word
        let mut out = Vec::new();
        for word in found.into_iter().rev() {
            let gap = next.saturating_sub(word.end);
            let touches = ends.contains(&word.start);
            if word.adjacent
                && !touches
                && !(gap <= 6 && (class == Class::Money || gap == 0 || self.hedge(word.end, next)))
            {
                continue;
            }
            next = word.start;
            out.extend(word.segments.into_iter().rev());
        }
        out.reverse();
        let mut unique: Vec<Segment> = Vec::new();
        for s in out {
            if !unique.contains(&s) {
                unique.push(s);
            }
        }
        unique
    }

    /// Start of the clause that ends at `end`, not before `least`.
    fn clause_start(&self, end: usize, least: usize) -> usize {
        let mut from = end;
        while from > least {
            let c = self.before(from);
            if c == ')' {
                // 每千人口执业（助理）医师2.86人: a remark in brackets is part of the clause
                match (least..from).rev().find(|k| self.at(*k) == '(') {
                    Some(open) => from = open,
                    None => break,
                }
            } else if c == '、' || self.tables.flags_of(c) & flag::CLAUSE != 0 {
                break;
            } else {
                from -= 1;
            }
        }
        from
    }

    /// Words in `from..to` that say per what is counted.
    fn per_words_in(&self, from: usize, to: usize, class: Class) -> Vec<PerWord> {
        let mut found = Vec::new();
        let mut i = from;
        while i < to {
            if self.tables.flags_of(self.at(i)) & flag::PER == 0 {
                i += 1;
            } else if let Some((n, ())) = self.tables.not_per.longest(self.rest(i)) {
                i += n;
            } else if let Some((n, id)) = self.tables.per_words.longest(self.rest(i))
                && i + n <= to
                && !self.counted(i)
                && let Some(per) = self.tables.per.get(usize::from(id))
            {
                if per.class.is_none_or(|c| c == class) {
                    found.push(PerWord {
                        start: i,
                        end: i + n,
                        segments: per.segments.clone(),
                        adjacent: per.adjacent,
                    });
                }
                i += n;
            } else if self.at(i) == '每'
                && let Some((segment, end)) = self.tables.segment(&self.chars, i + 1)
                && end <= to
                && segment.name != "个"
            {
                found.push(PerWord {
                    start: i,
                    end,
                    adjacent: segment.time,
                    segments: vec![segment],
                });
                i = end;
            } else {
                i += 1;
            }
        }
        found
    }

    /// Whether the magnitude that a word at `i` begins with belongs to a number (百万人口 in front of 万人口).
    fn counted(&self, i: usize) -> bool {
        matches!(sign(self.at(i)), Sign::Small(_) | Sign::Big(_))
            && (sign(self.before(i)) != Sign::Other
                || matches!(self.before(i), '几' | '数' | '上' | '近' | '余' | '多'))
    }

    /// Only words that qualify stand in `from..to`.
    fn hedge(&self, from: usize, to: usize) -> bool {
        let mut end = to;
        while end > from {
            let s = self.slice(from, end);
            match self
                .tables
                .before
                .longest_back(s)
                .map(|(n, _)| n)
                .or_else(|| self.tables.bridge_back.longest_back(s).map(|(n, ())| n))
            {
                Some(n) => end -= n,
                None => return false,
            }
        }
        true
    }

    /// Whether what stands between two figures only continues the list or the comparison.
    pub(super) fn continues(&self, from: usize, to: usize) -> bool {
        let mut i = from;
        while i < to {
            if self.at(i) == '(' {
                match (i..to).find(|k| self.at(*k) == ')') {
                    Some(k) => i = k + 1,
                    None => return false,
                }
                continue;
            }
            if let Some((n, ())) = self.tables.carry.longest(self.rest(i)) {
                i += n;
                continue;
            }
            if let Some((n, _)) = self.tables.per_words.longest(self.rest(i)) {
                i += n;
                continue;
            }
            if self.at(i) == '每'
                && let Some((_, end)) = self.tables.segment(&self.chars, i + 1)
            {
                i = end;
                continue;
            }
            // figures of another kind in between: 增5.8%；城镇…
            if self.at(i).is_ascii_digit()
                && let Some(n) = self.numeral(i, 0)
                && let Some((m, end)) = self.measure_at(n.end)
                && (self.class(m.unit) == Class::Ratio || self.at(n.end) == '年')
            {
                i = end;
                continue;
            }
            return false;
        }
        i == to
    }
}
