//! Which indicator somebody means: by id, by name, or by words of the name.

use super::Filter;
use super::frame::{Cells, Names, collect, distinct, failed};
use crate::warehouse::schema::DIM_INDICATOR;
use crate::warehouse::{Error, Reader};
use polars::prelude::PolarsResult;
use rustc_hash::FxHashMap;

/// An indicator as the warehouse knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indicator {
    /// Id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Base unit.
    pub unit: String,
    /// flow, stock, ratio, standard …
    pub kind: String,
    /// Domain.
    pub domain: String,
    /// Group within the domain.
    pub group: String,
    /// What is counted.
    pub definition: String,
}

impl Indicator {
    /// Whether values of different areas may be added: not rates and standards.
    pub fn is_additive(&self) -> bool {
        !matches!(self.kind.as_str(), "ratio" | "standard")
            && !self.unit.starts_with('%')
            && !self.unit.contains('/')
    }
}

/// Things under the names of their themes, which stand in the order of their first things.
pub fn by_theme<T>(
    all: impl IntoIterator<Item = T>,
    theme: impl Fn(&T) -> String,
) -> Vec<(String, Vec<T>)> {
    let mut themes: Vec<(String, Vec<T>)> = Vec::new();
    for one in all {
        let name = theme(&one);
        match themes.iter_mut().find(|(n, _)| *n == name) {
            Some((_, same)) => same.push(one),
            None => themes.push((name, vec![one])),
        }
    }
    themes
}

/// Why no single indicator was found.
#[derive(Debug)]
pub enum NotFound {
    /// None has these words; some that come near.
    None(Vec<Indicator>),
    /// Several have them.
    Several(Vec<Indicator>),
    /// The warehouse cannot be read.
    Warehouse(Error),
}

impl From<Error> for NotFound {
    fn from(error: Error) -> Self {
        NotFound::Warehouse(error)
    }
}

/// All indicators of the warehouse's catalogue.
///
/// # Errors
/// Where the table cannot be read.
pub fn all(reader: &Reader) -> Result<Vec<Indicator>, Error> {
    let frame = collect(reader, &DIM_INDICATOR, reader.scan(&DIM_INDICATOR)?)?;
    let read = || -> PolarsResult<Vec<Indicator>> {
        let cells = |name| Cells::of(&frame, name);
        let (id, name, unit) = (
            cells("indicator")?,
            cells("indicator_name")?,
            cells("unit")?,
        );
        let (kind, domain, definition) = (cells("kind")?, cells("domain")?, cells("definition")?);
        let group = cells("group")?;
        Ok((0..frame.height())
            .map(|n| Indicator {
                id: id.text(n),
                name: name.text(n),
                unit: unit.text(n),
                kind: kind.text(n),
                domain: domain.text(n),
                group: group.text(n),
                definition: definition.text(n),
            })
            .collect())
    };
    read().map_err(|e| failed(reader, &DIM_INDICATOR, e))
}

/// The indicators that the most areas have actual values for, the most widespread first.
///
/// # Errors
/// Where the warehouse cannot be read.
pub fn widespread(reader: &Reader, filter: &Filter, most: usize) -> Result<Vec<Indicator>, Error> {
    let columns = ["indicator", "ref_area"];
    let partitions = distinct(reader, filter, columns, |partition| partition)?;
    let mut areas = Names::default();
    // Of each indicator, which areas have values, and how many there are.
    let mut counted: FxHashMap<&str, (Vec<bool>, usize)> = FxHashMap::default();
    for p in &partitions {
        let mut numbers: FxHashMap<u32, Option<usize>> = FxHashMap::default();
        for &[id, area] in &p.all {
            let number = *numbers.entry(area).or_insert_with(|| {
                let name = p.names.name(area);
                filter.takes(name).then(|| areas.number(name) as usize)
            });
            let Some(number) = number else {
                continue;
            };
            let (have, values) = counted.entry(p.names.name(id)).or_default();
            if have.len() <= number {
                have.resize(number + 1, false);
            }
            if let Some(has) = have.get_mut(number) {
                *has = true;
            }
            *values += 1;
        }
    }
    let counted: FxHashMap<&str, (usize, usize)> = counted
        .into_iter()
        .map(|(id, (have, values))| (id, (have.iter().filter(|h| **h).count(), values)))
        .collect();
    let count = |i: &Indicator| counted.get(i.id.as_str()).copied().unwrap_or_default();
    let mut found = all(reader)?;
    found.retain(|i| count(i).0 > 0);
    found.sort_by(|a, b| count(b).cmp(&count(a)).then_with(|| a.id.cmp(&b.id)));
    found.truncate(most);
    Ok(found)
}

/// The indicator of that id or name; else the only one whose name contains every word given.
///
/// # Errors
/// Where there is none, or several; both with what to choose from.
pub fn find(reader: &Reader, wanted: &str) -> Result<Indicator, NotFound> {
    let all = all(reader)?;
    pick(all, wanted)
}

fn pick(all: Vec<Indicator>, wanted: &str) -> Result<Indicator, NotFound> {
    let wanted = wanted.trim();
    if let Some(exact) = all.iter().find(|i| i.id == wanted || i.name == wanted) {
        return Ok(exact.clone());
    }
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let mut found: Vec<Indicator> = all
        .iter()
        .filter(|i| {
            !words.is_empty() && words.iter().all(|w| i.name.contains(w) || i.id.contains(w))
        })
        .cloned()
        .collect();
    match found.len() {
        0 => {
            // Those that share the most characters, for a wording of one's own: 低保人数 for 城乡低保对象人数.
            let share = |i: &Indicator| wanted.chars().filter(|c| i.name.contains(*c)).count();
            let mut near: Vec<Indicator> = all.into_iter().filter(|i| share(i) >= 2).collect();
            near.sort_by_key(|i| (std::cmp::Reverse(share(i)), i.name.chars().count()));
            near.truncate(8);
            Err(NotFound::None(near))
        }
        1 => Ok(found.remove(0)),
        _ => {
            found.sort_by_key(|i| i.name.chars().count());
            Err(NotFound::Several(found))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indicators() -> Vec<Indicator> {
        [
            ("a.persons", "城乡低保对象人数"),
            ("a.persons.urban", "城市低保对象人数"),
            ("b.cremations", "火化遗体数"),
        ]
        .map(|(id, name)| Indicator {
            id: id.into(),
            name: name.into(),
            unit: "人".into(),
            kind: "stock".into(),
            ..Indicator::default()
        })
        .to_vec()
    }

    #[test]
    fn an_indicator_is_found_by_id_name_and_words() {
        let id = |wanted: &str| pick(indicators(), wanted).ok().map(|i| i.id);
        assert_eq!(id("b.cremations").as_deref(), Some("b.cremations"));
        assert_eq!(id("城市低保对象人数").as_deref(), Some("a.persons.urban"));
        assert_eq!(id("火化").as_deref(), Some("b.cremations"));
        assert_eq!(id("城市 低保").as_deref(), Some("a.persons.urban"));
    }

    #[test]
    fn several_and_none_name_what_to_choose_from() {
        match pick(indicators(), "低保") {
            Err(NotFound::Several(found)) => assert_eq!(found.len(), 2),
            other => panic!("{other:?}"),
        }
        match pick(indicators(), "低保人数") {
            Err(NotFound::None(near)) => assert_eq!(near.len(), 2),
            other => panic!("{other:?}"),
        }
        assert!(matches!(pick(indicators(), ""), Err(NotFound::None(_))));
    }
}
