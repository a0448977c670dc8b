//! The agency: which of the departments that a document names it comes from.

use super::agency::AgencyMention;
use super::area::Level;
use super::weigh::{KINDS, Owned, Reading, Weigher, han};
use crate::analysis::{DocumentContext, Place};

/// Name and domain.
type Named = (String, String);

impl Weigher<'_> {
    /// Fills the agency and its domain, once the area is known.
    pub(super) fn agency(&self, c: &mut DocumentContext) {
        let area: Option<u32> = c.place.ref_area.parse().ok();
        let mut set = |(name, domain): Named, from: &str| {
            c.agency = name;
            c.agency_domain = domain;
            if !from.is_empty() {
                c.inherited.push(format!("agency: {from}"));
            }
        };
        if let Some(name) = self
            .hints
            .agency
            .as_deref()
            .map(str::trim)
            .filter(|n| !n.is_empty())
        {
            let domain = self.k.agencies.domain_of(name).to_string();
            return set((name.to_string(), domain), "命令行");
        }
        let e = self.e;
        let own = std::iter::once(&e.title)
            .chain(&e.under)
            .chain(&e.headers)
            .chain(&e.signature);
        let place = c.place.clone();
        if let Some(named) = own
            .into_iter()
            .find_map(|l| self.line_agency(l, area, &place))
        {
            return set(named, "");
        }
        if let Some(named) = self.unlisted(&place) {
            return set(named, "");
        }
        let topic = [&e.title, self.stem]
            .into_iter()
            .find_map(|t| self.k.agencies.topic(&self.without_places(t)));
        let domain = topic.map(|d| self.k.agencies.department_domain(d));
        if let Some(named) = self.body_agency(area, &place, domain) {
            return set(named, "");
        }
        let sibling = self
            .hints
            .siblings
            .as_ref()
            .filter(|s| !s.agency.is_empty());
        if let Some(s) = sibling.filter(|s| domain.is_none_or(|d| d == s.agency_domain)) {
            return set((s.agency.clone(), s.agency_domain.clone()), "主报告");
        }
        if let Some(named) = self.line_agency(self.stem, area, &place) {
            return set(named, "文件名");
        }
        let Some(d) = topic else { return };
        c.agency_domain = self.k.agencies.department_domain(d).to_string();
        let Some(code) = area else { return };
        let level = match self.k.places.level(code) {
            // A municipality's bureaus are called as a prefecture's.
            Level::Province if place.province.ends_with('市') => Level::Prefecture,
            level => level,
        };
        if let Some(office) = self.k.agencies.office(d, c.year, level) {
            c.agency = format!("{}{office}", place.area_name);
            c.inherited.push("agency: 标题主题".into());
        }
    }

    /// The first department of a line that can be the document's; else a unit whose kind is known (某县第一中学).
    fn line_agency(&self, line: &str, area: Option<u32>, place: &Place) -> Option<Named> {
        let r = self.read(line);
        let listed = r
            .agencies
            .iter()
            .find_map(|a| self.compose(line, &r, a, area, place));
        listed.or_else(|| {
            let m = r.places.first()?;
            if area.is_some_and(|code| !m.codes.contains(&code)) {
                return None;
            }
            let (end, domain) = self.k.agencies.unit_after(line, m.bytes.end)?;
            let head = if place.area_name.is_empty() {
                line.get(m.bytes.clone())?
            } else {
                &place.area_name
            };
            Some((
                format!("{head}{}", line.get(m.bytes.end..end)?),
                domain.to_string(),
            ))
        })
    }

    /// A line with its places blanked out: 公安县 is no police.
    fn without_places(&self, text: &str) -> String {
        let mut out = String::new();
        let mut at = 0;
        for m in self.k.places.find(text, self.year) {
            out.push_str(text.get(at..m.bytes.start).unwrap_or_default());
            out.push(' ');
            at = m.bytes.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }

    /// Full name and domain of a department named in a line, if it belongs to the document's area.
    fn compose(
        &self,
        line: &str,
        r: &Reading,
        (a, owner): &Owned,
        area: Option<u32>,
        place: &Place,
    ) -> Option<Named> {
        // 市财政局《关于…的通知》 is whose notice it is; 县财政局： whom it is sent to.
        let after = line.get(a.bytes.end..).unwrap_or_default();
        if after.starts_with('《') || matches!(after.trim(), "：" | ":") {
            return None;
        }
        let before = line.get(..a.bytes.start).unwrap_or_default();
        let head = match (owner, area) {
            (Some((i, gap)), Some(code)) => {
                r.places.get(*i).filter(|m| m.codes.contains(&code))?;
                format!("{}{gap}", place.area_name)
            }
            // The area is unknown because its name is ambiguous: as written.
            (Some((i, gap)), None) => {
                let m = r.places.get(*i)?;
                format!("{}{gap}", line.get(m.bytes.clone())?)
            }
            (None, Some(_)) => {
                if !fits(before, a, place) {
                    return None;
                }
                let gap = if before.ends_with('委') { "委" } else { "" };
                format!("{}{gap}", place.area_name)
            }
            (None, None) if before.ends_with("自治区") => "自治区".to_string(),
            (None, None) => before
                .chars()
                .next_back()
                .filter(|c| KINDS.contains(*c))
                .map(String::from)
                .unwrap_or_default(),
        };
        Some((format!("{head}{}", a.name), a.domain.clone()))
    }

    /// The unit of a form header that no list knows: 填报单位：某某服务中心.
    fn unlisted(&self, place: &Place) -> Option<Named> {
        const ENDS: &str = "局 中心 站 所 院 馆 校 队 办 办公室 委员会 处 会 社 团 园";
        self.e.headers.iter().find_map(|v| {
            let v = v.split(['（', '(']).next().unwrap_or_default().trim();
            let sized = (4..=30).contains(&v.chars().count());
            if !sized || !v.chars().all(han) || !ENDS.split(' ').any(|e| v.ends_with(e)) {
                return None;
            }
            let named = self.k.places.find(v, self.year);
            let name = match named.first().filter(|m| m.bytes.start == 0) {
                Some(m) if !place.area_name.is_empty() => {
                    format!("{}{}", place.area_name, v.get(m.bytes.end..)?)
                }
                Some(_) => v.to_string(),
                None => format!("{}{v}", place.area_name),
            };
            let topic = self.k.agencies.topic(&self.without_places(v));
            let domain = topic
                .map(|d| self.k.agencies.department_domain(d))
                .unwrap_or_default();
            Some((name, domain.to_string()))
        })
    }

    /// The bureau that the body names most, as the document's own.
    fn body_agency(&self, area: Option<u32>, place: &Place, topic: Option<&str>) -> Option<Named> {
        let mut votes: Vec<(Named, u32)> = Vec::new();
        for (text, r) in self.body.iter().zip(self.readings()) {
            for a in r
                .agencies
                .iter()
                .filter(|(a, _)| a.bureau && !a.domain.is_empty())
            {
                let after = text.get(a.0.bytes.end..).unwrap_or_default();
                // The area is unknown although this bureau's place is certain: the text speaks of it, not for it.
                let owner = a.1.as_ref().and_then(|(i, _)| r.places.get(*i));
                if area.is_none() && owner.is_some_and(|m| m.codes.len() == 1) {
                    continue;
                }
                let Some(named) = self.compose(text, r, a, area, place) else {
                    continue;
                };
                if after.starts_with("关于") {
                    continue;
                }
                // Named with its place it is surely one of the area's.
                let weight = if a.1.is_some() { 2 } else { 1 };
                let full = votes.len() >= 100;
                match votes.iter_mut().find(|v| v.0 == named) {
                    Some(v) => v.1 += weight,
                    // Made-up combinations without end must not be compared without end.
                    None if full => {}
                    None => votes.push((named, weight)),
                }
            }
        }
        // Of a topic only that topic's bureau can be the author; the others are partners.
        if let Some(topic) = topic {
            votes.retain(|v| v.0.1 == topic);
        }
        let best = votes.iter().map(|v| v.1).max()?;
        let mut top = votes.into_iter().filter(|v| v.1 == best);
        let first = top.next()?.0;
        (top.next().is_none() && (best >= 2 || topic.is_some())).then_some(first)
    }
}

/// Whether 县民政局 can be a bureau of the area: 省厅 is none of a county's, a ministry nobody's here.
fn fits(before: &str, a: &AgencyMention, place: &Place) -> bool {
    match before.chars().next_back() {
        Some(kind) if KINDS.contains(kind) => place.area_name.ends_with(kind),
        _ => !a.name.ends_with('部') || a.domain == "government-offices",
    }
}
