//! The language in which a workbook's own formats are shown.
//!
//! Some number formats name no form but the user's: the short date (built-in format 14), date and time (22), the long
//! date (`[$-F800]`), the time (`[$-F400]`), the currency. What a person sees then depends on the computer that the
//! workbook is opened on. Here that computer is Chinese (2024/3/1, 2024年3月1日, ¥), and so is every workbook that has
//! a single Chinese, Japanese or Korean character in its texts, names, formats or fonts, or of which no texts are
//! known. A workbook without such a character was not written in China; its forms are those of the United States, as
//! the published standard lists them (ECMA-376 Part 1, 18.8.30: two digits of the year, month first). A format that
//! states its form (`m/d/yyyy`, `yyyy-mm-dd`) is shown exactly so in any workbook.

/// Whose forms are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// Chinese (and what shares its dates).
    #[default]
    Chinese,
    /// American English.
    English,
}

impl Language {
    /// Whether a font of this character set says that a workbook is Chinese, Japanese or Korean.
    pub fn is_told_by_charset(charset: u8) -> bool {
        matches!(charset, 128..=130 | 134 | 136)
    }

    /// Of a workbook with these texts in its cells, and these names, formats and fonts.
    pub fn of<'a, 'b>(
        texts: impl IntoIterator<Item = &'a str>,
        names: impl IntoIterator<Item = &'b str>,
    ) -> Language {
        if names.into_iter().any(is_east_asian) {
            return Language::Chinese;
        }
        let mut written = false;
        for text in texts {
            if is_east_asian(text) {
                return Language::Chinese;
            }
            written = written || text.bytes().any(|b| b.is_ascii_alphabetic());
        }
        if written {
            Language::English
        } else {
            Language::Chinese
        }
    }
}

fn is_east_asian(text: &str) -> bool {
    // The first bytes of these characters in UTF-8 rule most texts out without decoding them.
    text.bytes().any(|b| b >= 0xe2) && text.chars().any(is_east_asian_char)
}

fn is_east_asian_char(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_character_decides() {
        let of = |texts: &[&str], names: &[&str]| {
            Language::of(texts.iter().copied(), names.iter().copied())
        };
        assert_eq!(of(&["Total", "2024"], &["Sheet1"]), Language::English);
        assert_eq!(of(&["Total", "万元"], &["Sheet1"]), Language::Chinese);
        assert_eq!(of(&["Total"], &["Sheet1", "宋体"]), Language::Chinese);
        assert_eq!(of(&["Größe — “x”"], &[]), Language::English);
        // No texts are known: it is opened here.
        assert_eq!(of(&[], &["Sheet1"]), Language::Chinese);
        assert_eq!(of(&["2024", "12.5"], &[]), Language::Chinese);
    }
}
