//! The text of a document as a change of the catalogue looks at it.
//!
//! The analysis looks up wordings in paragraphs as they are and in labels of tables without their blanks. Here all blanks are
//! left out, of texts and of wordings alike: a wording that the analysis finds is found, and the few more that are cost a document analysed
//! for nothing.

use crate::text::signs::signs;

/// What a document says, without blanks.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub(super) text: String,
    pub(super) tables: bool,
}

/// Whether a character is left out: blanks, characters that control, and those by which JSON marks texts, so that cells
/// need not be unpacked.
fn is_left_out(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\')
}

/// A text without what is left out.
pub(super) fn bare(text: &str) -> String {
    text.chars().filter(|c| !is_left_out(*c)).collect()
}

/// Between texts: no wording holds it.
const APART: char = '\u{1}';

impl Said {
    /// Adds a title, heading or paragraph.
    pub fn text(&mut self, text: &str) {
        self.add(text, false);
    }

    /// Adds a table: JSON that has the texts of its cells, characters beyond ASCII as they are.
    pub fn table(&mut self, json: &str) {
        self.tables = true;
        self.add(json, true);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.text.clear();
        self.tables = false;
    }

    fn add(&mut self, text: &str, escaped: bool) {
        self.text.push(APART);
        let mut rest = text;
        // Long stretches are copied whole: no Han character is left out.
        while let Some((at, c)) = signs(rest).find(|(_, c)| is_left_out(*c)) {
            self.text.push_str(rest.get(..at).unwrap_or(""));
            let mut after = at + c.len_utf8();
            if escaped && c == '\\' {
                // \n, \u000b: what it stands for is left out too.
                let code = rest.get(after..).unwrap_or("");
                let long = if code.starts_with('u') { 5 } else { 1 };
                after += code.chars().take(long).map(char::len_utf8).sum::<usize>();
            }
            rest = rest.get(after..).unwrap_or("");
        }
        self.text.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cells_are_found_in_their_json(cells in prop::collection::vec("[甲乙“”\"\\\\\n\t\r\u{8}\u{b}\u{3000} a1(（]{0,8}", 0..5)) {
            let mut said = Said::default();
            said.table(&serde_json::to_string(&cells).unwrap());
            let expected: Vec<String> = cells.iter().map(|c| bare(c)).collect();
            let found = said.text.trim_start_matches(APART);
            prop_assert_eq!(found, format!("[{}]", expected.join(",")));
        }
    }
}
