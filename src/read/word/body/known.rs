//! Properties that stood before: a word processing body says the same of every run, paragraph and cell, with the same bytes.
//!
//! Half of the elements of a body are such properties. What the walk made of a few of them is kept with their bytes; where the
//! same bytes follow a start tag again, they are passed over and the same is done. Kept is only what does not depend on
//! anything else: what a run looks like, whether a paragraph is centred, and that nothing else follows from the element.

use super::{Element, Run, Walk};
use crate::read::xml;
use quick_xml::reader::Reader;

/// Longest properties that are kept, in bytes.
const LONGEST: usize = 2_048;
/// So many are kept, the oldest going first.
const MOST: usize = 16;

/// Properties of one part, by their bytes.
#[derive(Default)]
pub(super) struct Known<'t> {
    all: Vec<Properties<'t>>,
    /// The next one to go.
    next: usize,
    /// The declarations of namespaces for which these hold.
    declared: usize,
    open: Option<Open>,
}

struct Properties<'t> {
    of: Element,
    /// The element with its tags.
    whole: &'t str,
    says: Says,
}

/// What properties say.
#[derive(Clone, Copy)]
enum Says {
    /// Of a run: what it is after them. Sizes are only read where somebody wants to know.
    Run { run: Run, look: bool },
    /// Of a paragraph, a row or a cell: at most whether it is centred.
    Centred(Option<bool>),
}

/// Properties that are being read.
struct Open {
    of: Element,
    depth: usize,
    from: usize,
    look: bool,
}

/// What the walk notes of properties while it reads them.
#[derive(Clone, Copy, Default)]
pub(super) struct Told {
    pub centred: Option<bool>,
    /// More follows from them than is kept here.
    pub more: bool,
}

impl<'t> Known<'t> {
    /// After the start tag of a run, a paragraph, a row or a cell: its properties, where they are known, are done.
    pub fn pass(
        &mut self,
        parent: Element,
        walk: &mut Walk<'_>,
        reader: &mut Reader<&[u8]>,
        text: &str,
    ) {
        if self.declared != walk.namespaces.declared {
            *self = Known {
                declared: walk.namespaces.declared,
                ..Known::default()
            };
        }
        if self.all.is_empty() {
            return;
        }
        let of = match parent {
            Element::Run => Element::RunProperties,
            Element::Paragraph => Element::ParagraphProperties,
            Element::Row => Element::RowProperties,
            _ => Element::CellProperties,
        };
        let rest = xml::ahead(reader, text);
        let wants = walk.blocks.wants_look();
        let same = self.all.iter().find(|p| {
            let fits = match p.says {
                Says::Run { look, .. } => look == wants,
                Says::Centred(_) => true,
            };
            p.of == of && fits && rest.starts_with(p.whole)
        });
        let Some(same) = same else { return };
        match same.says {
            Says::Run { run, .. } => {
                walk.run = run;
                walk.end_run_properties();
            }
            Says::Centred(Some(centred)) => walk.blocks.paragraph.centred = centred,
            Says::Centred(None) => {}
        }
        xml::pass(reader, same.whole.len());
    }

    /// After the start tag of properties, which has so many bytes and is on the stack of the walk.
    pub fn enter(
        &mut self,
        of: Element,
        tag: usize,
        walk: &mut Walk<'_>,
        reader: &mut Reader<&[u8]>,
        text: &str,
    ) {
        walk.told = Told::default();
        // What is said of a run that something was said of already, or of no paragraph, is not all that follows.
        let whole = match of {
            Element::RunProperties => walk.run.is_fresh(),
            Element::ParagraphProperties => walk.blocks.paragraph_open,
            _ => true,
        };
        let at = text.len() - xml::ahead(reader, text).len();
        self.open = whole.then(|| Open {
            of,
            depth: walk.stack.len(),
            from: at.saturating_sub(tag),
            look: walk.blocks.wants_look(),
        });
    }

    /// After any end tag, before the walk leaves its element.
    pub fn leave(&mut self, walk: &Walk<'_>, reader: &mut Reader<&[u8]>, text: &'t str) {
        let Some(open) = self.open.take_if(|o| o.depth == walk.stack.len()) else {
            return;
        };
        let says = match open.of {
            Element::RunProperties => Says::Run {
                run: walk.run,
                look: open.look,
            },
            _ if walk.told.more => return,
            _ => Says::Centred(walk.told.centred),
        };
        let to = text.len() - xml::ahead(reader, text).len();
        let whole = text.get(open.from..to).unwrap_or_default();
        if whole.len() > LONGEST
            || !whole.starts_with('<')
            || self.declared != walk.namespaces.declared
        {
            return;
        }
        let new = Properties {
            of: open.of,
            whole,
            says,
        };
        match self.all.get_mut(self.next) {
            Some(old) => *old = new,
            None => self.all.push(new),
        }
        self.next = (self.next + 1) % MOST;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::numbering::Numbering;
    use super::super::super::styles::Styles;
    use super::Walk;
    use crate::read::Limits;
    use proptest::prelude::*;

    /// Pieces of a body (the first title that is centred or large is its heading); `#` and `~` are where
    /// something may stand that says nothing.
    const PIECES: [&str; 26] = [
        "<w:p><w:pPr#><w:jc w:val=\"center\"/></w:pPr><w:r><w:t~>（草稿）</w:t></w:r></w:p>",
        "<w:p><w:pPr#><w:jc w:val=\"center\"/></w:pPr><w:r><w:t~>2024年度衡山县民政局工作总结</w:t></w:r></w:p>",
        "<w:p><w:r><w:rPr#><w:sz w:val=\"44\"/></w:rPr><w:t~>（草稿）</w:t></w:r></w:p>",
        "<w:p><w:r><w:rPr#><w:sz w:val=\"44\"/></w:rPr><w:t~>2024年度衡山县民政局工作报告</w:t></w:r></w:p>",
        "<w:p><w:pPr#><w:jc w:val=\"left\"/><w:rPr><w:b/></w:rPr></w:pPr><w:r><w:t~>正文</w:t></w:r></w:p>",
        "<w:p><w:pPr#><w:rPr><w:vanish/></w:rPr></w:pPr><w:r><w:t~>接下段</w:t></w:r></w:p>",
        "<w:p><w:pPr#><w:outlineLvl w:val=\"0\"/></w:pPr><w:r><w:t~>一级</w:t></w:r></w:p>",
        "<w:p><w:pPr#><w:spacing w:line=\"560\"/></w:pPr>",
        "<w:p>",
        "<w:r><w:rPr#><w:b/><w:sz w:val=\"32\"/></w:rPr><w:t~>新增684人</w:t></w:r>",
        "<w:r><w:rPr#><w:b/><w:sz w:val=\"32\"/></w:rPr ><w:t~>退出523人</w:t></w:r>",
        "<w:r><w:rPr#><w:vanish/></w:rPr><w:t~>不见</w:t></w:r>",
        "<w:r><w:rPr#><w:vanish w:val=\"0\"/></w:rPr><w:rPr#><w:vertAlign w:val=\"superscript\"/></w:rPr><w:t~>2</w:t></w:r>",
        "<w:r><w:rPr#><w:vertAlign w:val=\"superscript\"/></w:rPr><w:t~>1</w:t></w:r>",
        "<w:r><w:t~> m </w:t></w:r>",
        "<w:r><w:t xml:space=\"preserve\"~> m </w:t><w:t~>&lt;3</w:t></w:r>",
        "<w:r><w:t~>\n二<!-- 三 --></w:t></w:r>",
        "<w:r><w:rPr#><w:b/></w:rPr><w:t~>四",
        "<w:r><w:pict xmlns:w=\"urn:another\"><w:rPr#><w:vanish/></w:rPr></w:pict><w:t~>后</w:t></w:r>",
        "<w:txbxContent><w:p><w:r><w:rPr#><w:b/><w:sz w:val=\"32\"/></w:rPr><w:t~>框</w:t></w:r></w:p></w:txbxContent>",
        "</w:p>",
        "<w:tbl><w:tr><w:trPr#><w:cantSplit/></w:trPr><w:tc><w:tcPr#><w:tcW w:w=\"9\"/></w:tcPr>",
        "<w:tc><w:tcPr#><w:gridSpan w:val=\"2\"/></w:tcPr>",
        "</w:tc><w:tc><w:tcPr#><w:tcW w:w=\"9\"/></w:tcPr><w:p><w:r><w:t~>格</w:t></w:r></w:p></w:tc></w:tr>",
        "<w:tr><w:trPr#><w:hidden/></w:trPr><w:tc><w:p><w:r><w:t~>隐</w:t></w:r></w:p></w:tc></w:tr>",
        "</w:tbl>",
    ];

    fn read(pieces: &[usize], alike: bool) -> String {
        let mut body = String::from("<w:document><w:body>");
        for (i, &piece) in pieces.iter().enumerate() {
            // Otherwise no two properties have the same bytes, and no text begins as usual.
            let (element, attribute) = match alike {
                true => (String::new(), ""),
                false => (format!("><w:x w:n=\"{i}\"/"), " w:n=\"1\""),
            };
            let piece = PIECES[piece].replace('#', &element);
            body.push_str(&piece.replace('~', attribute));
        }
        body.push_str("</w:body></w:document>");
        let (styles, limits) = (Styles::default(), Limits::default());
        let mut walk = Walk::new(&styles, Numbering::default(), &limits);
        walk.document(&body);
        let (blocks, damage) = walk.finish();
        format!("{blocks:?} {}", damage.is_some())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        #[test]
        fn short_ways_read_the_same(pieces in prop::collection::vec(0..PIECES.len(), 0..30)) {
            prop_assert_eq!(read(&pieces, true), read(&pieces, false));
        }
    }
}
