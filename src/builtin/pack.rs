//! Writing the packed form of a TOML file; `packed` reads it. The build script compiles this file too, and no other of
//! the crate.
//!
//! The packed form is the tree of the file's values, each with its length before it, so that reading needs neither a
//! parser nor a look at what is left out. It is a text: what is compiled in as one is known to be UTF-8, and strings are
//! borrowed from it without a check. A value is a letter and what follows it:
//!
//! | letter | value | follows |
//! | --- | --- | --- |
//! | `s` | string | bytes, the string |
//! | `i` | integer | its zigzag form |
//! | `f` | float | its bits |
//! | `y`, `n` | true, false | |
//! | `a` | array | items, bytes, the items |
//! | `t` | table | first byte and byte after the last in the TOML, entries, bytes, the entries: bytes of the key, key, value |
//!
//! Numbers are written in groups of six bits, the lowest first, each an ASCII character: all but the last have bit six.
//! The byte range of a table is there for messages that name the line of an entry.

use toml::de::{DeTable, DeValue};

/// Files that are no pipelines, but tables of their own. The first three are part of the version of a catalogue.
pub const TABLES: [&str; 6] = [
    "language.toml",
    "forms.toml",
    "checks.toml",
    "units.toml",
    "not-figures.toml",
    "agencies.toml",
];

/// How many of [`TABLES`] are part of the version of a catalogue.
pub const TABLES_OF_VERSION: usize = 3;

/// Pipelines that are read before the others, which follow by name.
pub const FIRST: [&str; 3] = ["terms.toml", "common.toml", "civil-affairs.toml"];

/// Most bits of a number that stand in one character.
const GROUP: u32 = 6;

/// The packed form of a TOML file; `None` for one with a date or an integer of more than 64 bits, which it has no form for.
///
/// # Errors
/// Where the text is not TOML.
pub fn pack(text: &str) -> Result<Option<String>, toml::de::Error> {
    let root = DeTable::parse(text)?;
    let mut out = String::with_capacity(text.len());
    let whole = table(&mut out, root.get_ref(), root.span());
    Ok(whole.map(|()| out))
}

fn number(out: &mut String, mut n: u64) {
    let mask = (1 << GROUP) - 1;
    while n > mask {
        out.push(char::from((n & mask) as u8 | 1 << GROUP));
        n >>= GROUP;
    }
    out.push(char::from(n as u8));
}

fn size(out: &mut String, n: usize) {
    number(out, n as u64);
}

fn string(out: &mut String, s: &str) {
    size(out, s.len());
    out.push_str(s);
}

fn table(out: &mut String, table: &DeTable, span: std::ops::Range<usize>) -> Option<()> {
    let mut entries = String::new();
    for (key, item) in table {
        string(&mut entries, key.get_ref());
        value(&mut entries, item.get_ref(), item.span())?;
    }
    out.push('t');
    size(out, span.start);
    size(out, span.end);
    size(out, table.len());
    string(out, &entries);
    Some(())
}

fn value(out: &mut String, of: &DeValue, span: std::ops::Range<usize>) -> Option<()> {
    match of {
        DeValue::String(s) => {
            out.push('s');
            string(out, s);
        }
        DeValue::Integer(i) => {
            let i = i64::from_str_radix(i.as_str(), i.radix()).ok()?;
            out.push('i');
            number(out, ((i << 1) ^ (i >> 63)) as u64);
        }
        DeValue::Float(f) => {
            let f: f64 = f.as_str().parse().ok()?;
            out.push('f');
            number(out, f.to_bits());
        }
        DeValue::Boolean(b) => out.push(if *b { 'y' } else { 'n' }),
        DeValue::Datetime(_) => return None,
        DeValue::Array(array) => {
            let mut items = String::new();
            for item in array.iter() {
                value(&mut items, item.get_ref(), item.span())?;
            }
            out.push('a');
            size(out, array.len());
            string(out, &items);
        }
        DeValue::Table(of) => table(out, of, span)?,
    }
    Some(())
}
