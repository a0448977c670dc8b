//! Table cells and the units of table headers.

use super::scan::{Kind, Measure, Scanner, Token};
use super::tables::Tables;
use super::text::fold;
use super::types::Quantity;
use super::{Reader, Unit};
use rust_decimal::Decimal;

impl Reader {
    /// The figures of a table cell. A cell that is a number and nothing else takes the unit of its header; a unit written in
    /// the cell wins; a cell that holds prose is read as prose. Offsets are into `text`.
    pub fn read_cell(&self, text: &str, unit: Option<&Unit>) -> Vec<Quantity> {
        let mut out = self.read(text);
        if let (Some(u), [q]) = (unit, out.as_mut_slice())
            && q.unit.is_empty()
            && let (Some(v), Some(p)) = (
                q.value.checked_mul(u.factor),
                q.precision.checked_mul(u.factor),
            )
        {
            q.unit = u.base.clone();
            q.value = v;
            q.precision = p;
        }
        out
    }

    /// A unit as written in a header, a caption or a unit column. `None` where the text is not a unit and nothing else.
    pub fn unit(&self, text: &str) -> Option<Unit> {
        parse(&self.tables, text)
    }
}

fn parse(tables: &Tables, text: &str) -> Option<Unit> {
    let scanner = Scanner::new(tables, text);
    let chars: Vec<char> = text
        .chars()
        .map(fold)
        .filter(|c| !c.is_whitespace())
        .collect();
    let mut factor = Decimal::ONE;
    let mut i = 0;
    let (alias, end) = loop {
        if let Some(found) = tables.alias_at(&chars, i) {
            break found;
        }
        let m = match chars.get(i)? {
            '十' => 10,
            '百' => 100,
            '千' => 1_000,
            '万' => 10_000,
            '亿' => 100_000_000u64,
            _ => return None,
        };
        factor = factor.checked_mul(Decimal::from(m))?;
        i += 1;
    };
    let _ = (&scanner, Kind::Bare, None::<Token>);
    let mut m = Measure::plain(alias.unit, i);
    let inner = Scanner::new(tables, &chars.iter().collect::<String>());
    let end = inner.denominators(&mut m, end);
    if end != chars.len() {
        return None;
    }
    let def = tables.units.get(usize::from(alias.unit))?;
    let mut base = def.base.clone();
    m.segments.sort_by_key(|s| s.time);
    for s in &m.segments {
        base.push('/');
        base.push_str(&s.name);
    }
    Some(Unit {
        base,
        factor: factor.checked_mul(alias.factor)?,
    })
}
