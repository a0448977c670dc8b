//! Mentions of areas in a text.

use super::names;
use super::{Entry, Form, Gazetteer};
use std::ops::Range;

/// A place named in a text: one name, or a path of names (湖南省衡阳市衡山县) as one mention of its last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its bytes in the text, on character boundaries; of the whole path.
    pub bytes: Range<usize>,
    /// Bytes of its last name.
    pub name: Range<usize>,
    /// Codes that it can stand for in the report's year: one where it is unambiguous, never none.
    pub codes: Vec<u32>,
    /// How its last name is written.
    pub form: Form,
    /// The name is a common word too (老城区) and no city stands before it.
    pub generic: bool,
}

impl Mention {
    /// The six-digit code, where there is only one it can be.
    pub fn code(&self) -> Option<String> {
        match self.codes.as_slice() {
            [only] => Some(format!("{only:06}")),
            _ => None,
        }
    }
}

fn han(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

/// Whether a name may begin after this character: none, punctuation, or a word that ends before a name.
fn clean(before: Option<char>, strict: bool) -> bool {
    match before {
        None => true,
        Some(c) if !han(c) => true,
        Some('年' | '度' | '月') => true,
        Some(c) => !strict && "在于和与及对由至赴从经据是为向的".contains(c),
    }
}

impl Gazetteer {
    /// Every place named in `text`, in order, as of `year` (0: today). Ranges do not overlap and slice `text`. Linear in
    /// the length of the text.
    pub fn find(&self, text: &str, year: i32) -> Vec<Mention> {
        let mut out: Vec<Mention> = Vec::new();
        let mut before: Option<char> = None;
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            let mut chars = rest.chars();
            let Some(first) = chars.next() else { break };
            let found = chars.next().filter(|_| han(first)).and_then(|second| {
                let ids = self.starts.get(&(first, second))?;
                let entries = ids.iter().filter_map(|&i| self.entries.get(i as usize));
                entries
                    .filter(|e| rest.starts_with(&*e.name))
                    .find_map(|e| self.accept(text, at, before, e, out.last(), year))
            });
            match found {
                Some((mention, joined)) => {
                    at = mention.bytes.end;
                    before = text.get(..at).and_then(|t| t.chars().next_back());
                    if joined {
                        out.pop();
                    }
                    out.push(mention);
                }
                None => {
                    at += first.len_utf8();
                    before = Some(first);
                }
            }
        }
        out
    }

    /// The mention that an entry makes at a place in the text, and whether it continues the last one; `None` where the
    /// characters around it make it another word.
    fn accept(
        &self,
        text: &str,
        at: usize,
        before: Option<char>,
        entry: &Entry,
        last: Option<&Mention>,
        year: i32,
    ) -> Option<(Mention, bool)> {
        let end = at + entry.name.len();
        let after = text.get(end..)?.chars().next();
        let short = entry.name.chars().count() == 2 && entry.form != Form::Bare;
        match (entry.name.chars().next_back(), after) {
            // 市场 is a word, 区域 and 县级 too.
            (Some('市'), Some('场' | '值'))
            | (Some('区'), Some('域' | '划' | '分' | '别' | '间'))
            | (Some('县'), Some('级')) => return None,
            _ => {}
        }
        if entry.form == Form::Bare
            && after.is_some_and(|c| {
                "省市县州旗盟镇乡街路村庄河湖山江港湾桥寺庙屯岭岛沟站店大城门南北东西".contains(c)
            })
        {
            return None;
        }
        let all = self.candidates(&entry.rows, year);
        // 湖南省|衡阳市|衡山县: what goes on from the place before must lie in it.
        let mut codes: Vec<u32> = Vec::new();
        let mut bytes = at..end;
        let joined = last.filter(|l| {
            text.get(l.bytes.end..at)
                .is_some_and(|gap| gap.len() <= 3 && gap.trim_matches(['·', '　', ' ']).is_empty())
        });
        if let Some(l) = joined {
            codes = all
                .iter()
                .map(|c| c.code)
                .filter(|&c| l.codes.iter().any(|&p| c != p && Self::within(c, p)))
                .collect();
            // The path must settle a name as it stands in the year before one that only stood earlier.
            let current: Vec<u32> = all
                .iter()
                .filter(|c| c.current && codes.contains(&c.code))
                .map(|c| c.code)
                .collect();
            if !current.is_empty() {
                codes = current;
            }
            if !codes.is_empty() {
                bytes.start = l.bytes.start;
            }
        }
        let joins = !codes.is_empty();
        let generic = names::generic(&entry.name) && !joins;
        if !joins {
            let strict = short || generic;
            let alone = at == 0 && end == text.len();
            if entry.form == Form::Bare && !alone && names::common(&entry.name) {
                return None;
            }
            if (strict || entry.form == Form::Bare) && !clean(before, strict) {
                return None;
            }
            // 广西区 is usual, 和平区 is another name.
            if entry.form == Form::Bare
                && after == Some('区')
                && !all.iter().any(|c| c.code.is_multiple_of(10_000))
            {
                return None;
            }
            let current = all.iter().any(|c| c.current);
            codes = all
                .iter()
                .filter(|c| c.current || !current)
                .map(|c| c.code)
                .collect();
            // A bare 吉林 or 海南 is the province.
            if entry.form == Form::Bare
                && let Some(&p) = codes.iter().find(|c| c.is_multiple_of(10_000))
            {
                codes = vec![p];
            }
        }
        if codes.is_empty() {
            return None;
        }
        Some((
            Mention {
                bytes,
                name: at..end,
                codes,
                form: entry.form,
                generic,
            },
            joins,
        ))
    }
}
