//! Which namespace a prefix stands for, at the point of the document where it is used.
//!
//! The usual namespace reader of quick-xml resolves every name; a word processing body has one prefix for nearly all
//! of its elements, so the last answer is kept and a declaration only costs where one stands.

use crate::read::xml;
use quick_xml::events::BytesStart;

/// The namespaces that the walk tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// WordprocessingML, transitional, strict or Word 2003.
    Word,
    /// Markup compatibility (`AlternateContent`).
    Compatibility,
    /// Office Math.
    Math,
    /// Another one that Word 2010 and later understand: a `Choice` that requires it is taken.
    Understood,
    /// Any other.
    Other,
}

/// Declarations in scope.
#[derive(Debug, Default)]
pub(crate) struct Namespaces {
    bindings: Vec<Binding>,
    /// The last prefix that was asked for, and its answer.
    last: Option<(String, Space)>,
    /// How often declarations came into scope or went out of it.
    pub declared: usize,
}

#[derive(Debug)]
struct Binding {
    prefix: String,
    space: Space,
    depth: usize,
}

impl Namespaces {
    /// Takes in the declarations of an element at this depth.
    pub fn enter(&mut self, e: &BytesStart<'_>, depth: usize) {
        // Nearly no element has any; an `x` is rare among the attributes of a body, and looked for quickly.
        let raw = e.attributes_raw();
        if memchr::memchr(b'x', raw.as_bytes()).is_none() || !raw.contains("xmlns") {
            return;
        }
        for a in e.attributes().with_checks(false).flatten() {
            let key: &str = a.key.as_ref();
            let prefix = match key.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => rest.get(1..).unwrap_or_default(),
                _ => continue,
            };
            self.bindings.push(Binding {
                prefix: prefix.to_owned(),
                space: space(&xml::unescape(a.value)),
                depth,
            });
            self.changed();
        }
    }

    /// Forgets the declarations of the element at this depth.
    pub fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|b| b.depth >= depth) {
            self.bindings.pop();
            self.changed();
        }
    }

    fn changed(&mut self) {
        self.last = None;
        self.declared += 1;
    }

    /// The namespace of a prefix. A prefix that is not declared (damaged files) has its usual meaning.
    pub fn resolve(&mut self, prefix: &str) -> Space {
        if let Some((last, space)) = &self.last
            && last == prefix
        {
            return *space;
        }
        let space = match self.bindings.iter().rev().find(|b| b.prefix == prefix) {
            Some(b) => b.space,
            None => match prefix {
                "w" => Space::Word,
                "mc" => Space::Compatibility,
                "m" => Space::Math,
                "wps" | "wpg" | "wpc" | "w14" | "w15" | "wp14" => Space::Understood,
                _ => Space::Other,
            },
        };
        match &mut self.last {
            Some((last, known)) => {
                last.clear();
                last.push_str(prefix);
                *known = space;
            }
            None => self.last = Some((prefix.to_owned(), space)),
        }
        space
    }

    /// Whether every prefix in a `Requires` attribute is understood.
    pub fn understands(&mut self, requires: &str) -> bool {
        requires
            .split_ascii_whitespace()
            .all(|prefix| self.resolve(prefix) != Space::Other)
    }
}

fn space(uri: &str) -> Space {
    match uri {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        | "http://purl.oclc.org/ooxml/wordprocessingml/main"
        | "http://schemas.microsoft.com/office/word/2003/wordml" => Space::Word,
        "http://schemas.openxmlformats.org/markup-compatibility/2006" => Space::Compatibility,
        "http://schemas.openxmlformats.org/officeDocument/2006/math"
        | "http://purl.oclc.org/ooxml/officeDocument/math" => Space::Math,
        _ if uri.starts_with("http://schemas.microsoft.com/office/word/2")
            || uri.starts_with("http://schemas.microsoft.com/office/drawing/2")
            || uri.starts_with("http://schemas.openxmlformats.org/drawingml/2006/")
            || uri.starts_with("http://purl.oclc.org/ooxml/drawingml/") =>
        {
            Space::Understood
        }
        _ => Space::Other,
    }
}
