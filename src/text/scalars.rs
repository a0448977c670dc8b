//! The characters of a text, decoded once for all that look at each of them.
//!
//! The number reader, the expressions of time, the vocabulary and the boundaries of clauses each walk over every character
//! of a paragraph. What a character is and where it begins is the same for all of them.

use std::ops::Range;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its characters.
    pub places: Range<usize>,
    /// Which of the text's signs stand in it.
    pub signs: Range<usize>,
}

/// A text, its characters (Unicode scalars) and where each begins.
#[derive(Debug)]
pub struct Scalars<'t> {
    text: &'t str,
    chars: Vec<char>,
    /// First byte of each character, and the length of the text.
    starts: Vec<usize>,
    /// Places among the characters of those that are no Han characters of the block U+4000–U+9FFF.
    signs: Vec<usize>,
}

impl<'t> Scalars<'t> {
    /// Decodes a text.
    pub fn new(text: &'t str) -> Scalars<'t> {
        let bytes = text.as_bytes();
        // Most characters have three bytes.
        let about = bytes.len() / 2 + 8;
        let mut chars = Vec::with_capacity(about);
        let mut starts = Vec::with_capacity(about + 1);
        let mut signs = Vec::with_capacity(about / 2);
        let mut at = 0;
        while let Some(rest) = bytes.get(at..)
            && let Some(&first) = rest.first()
        {
            let place = chars.len();
            if is_long(first) {
                // A run of characters that have three bytes each.
                let triples = rest.as_chunks::<3>().0;
                let mut run = 0;
                for [first, ..] in triples {
                    if !is_han(*first) {
                        if !is_long(*first) {
                            break;
                        }
                        signs.push(place + run);
                    }
                    run += 1;
                }
                let triples = triples.get(..run).unwrap_or_default();
                chars.extend(triples.iter().map(|&t| long(t)));
                starts.extend((0..run).map(|n| at + 3 * n));
                at += 3 * run;
                continue;
            }
            if first.is_ascii() {
                let run = rest.iter().take_while(|b| b.is_ascii()).count();
                let run = rest.get(..run).unwrap_or_default();
                chars.extend(run.iter().map(|&b| char::from(b)));
                starts.extend(at..at + run.len());
                signs.extend(place..place + run.len());
                at += run.len();
                continue;
            }
            let c = text.get(at..).and_then(|t| t.chars().next());
            let c = c.unwrap_or('\0');
            signs.push(place);
            chars.push(c);
            starts.push(at);
            at += c.len_utf8();
        }
        starts.push(text.len());
        Scalars {
            text,
            chars,
            starts,
            signs,
        }
    }

    /// The text.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Its characters.
    pub fn chars(&self) -> &[char] {
        &self.chars
    }

    /// First byte of a character; the length of the text for the place after the last and beyond.
    #[inline]
    pub fn byte(&self, place: usize) -> usize {
        self.starts.get(place).copied().unwrap_or(self.text.len())
    }

    /// The place of the first character that begins at this byte or after it.
    pub fn place(&self, byte: usize) -> usize {
        self.starts
            .partition_point(|s| *s < byte)
            .min(self.chars.len())
    }

    /// Places of the characters outside U+4000–U+9FFF, in order: marks, figures, letters, blanks.
    pub fn signs(&self) -> &[usize] {
        &self.signs
    }

    /// The whole text as a stretch of it.
    pub fn whole(&self) -> Stretch {
        Stretch {
            places: 0..self.chars.len(),
            signs: 0..self.signs.len(),
        }
    }

    /// The characters of a stretch.
    pub fn chars_of(&self, stretch: &Stretch) -> &[char] {
        self.chars.get(stretch.places.clone()).unwrap_or_default()
    }

    /// Places in the text of the signs of a stretch.
    pub fn signs_of(&self, stretch: &Stretch) -> &[usize] {
        self.signs.get(stretch.signs.clone()).unwrap_or_default()
    }

    /// The bytes of a stretch.
    pub fn bytes_of(&self, stretch: &Stretch) -> Range<usize> {
        self.byte(stretch.places.start)..self.byte(stretch.places.end)
    }
}

/// Whether a byte begins a Han character of the block U+4000–U+9FFF.
#[inline]
fn is_han(byte: u8) -> bool {
    matches!(byte, 0xe4..=0xe9)
}

/// Whether a byte begins a character of three bytes.
#[inline]
fn is_long(byte: u8) -> bool {
    byte & 0xf0 == 0xe0
}

/// The character of three bytes, the first of which is as [`is_long`] wants it.
#[inline]
fn long([a, b, c]: [u8; 3]) -> char {
    let low = |byte: u8| u32::from(byte & 0x3f);
    let scalar = u32::from(a & 0xf) << 12 | low(b) << 6 | low(c);
    // No text has surrogates.
    char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_decodes_as_the_standard_library_does(text in "[a1，一鿿㏿䀀\u{4000}\u{a000}\u{800}\u{ffff}é𠀀。 ]{0,40}") {
            let scalars = Scalars::new(&text);
            prop_assert_eq!(scalars.text(), text.as_str());
            prop_assert_eq!(scalars.chars(), text.chars().collect::<Vec<_>>());
            let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            for (place, byte) in bytes.iter().enumerate() {
                prop_assert_eq!(scalars.byte(place), *byte);
                prop_assert_eq!(scalars.place(*byte), place);
            }
            prop_assert_eq!(scalars.byte(bytes.len()), text.len());
            prop_assert_eq!(scalars.byte(bytes.len() + 5), text.len());
            prop_assert_eq!(scalars.place(text.len()), bytes.len());
            let han = |c: char| ('\u{4000}'..='\u{9fff}').contains(&c);
            let signs: Vec<usize> = (0..bytes.len()).filter(|n| !han(scalars.chars()[*n])).collect();
            prop_assert_eq!(scalars.signs(), signs);
        }
    }
}
