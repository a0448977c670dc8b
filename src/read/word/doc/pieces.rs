//! The piece table: where in the file the characters of the text lie, and how they are coded.
//!
//! Characters are counted by position (CP) over the whole text, body first, then notes, headers, comments, text boxes.
//! A piece maps a range of positions to a range of the stream, in bytes of windows-1252 or in UTF-16. Properties of
//! characters and paragraphs are stored by place in the stream (FC), so the pieces are needed for those as well.

use super::binary::{plc, slice, u8_at, u16_at, u32_at};

/// A piece of text that lies in one run.
pub(super) struct Piece {
    /// First position, and the one after the last.
    pub start: u32,
    pub end: u32,
    /// Place of the first character in the stream.
    place: u32,
    /// Bytes a character: 1 or 2.
    width: u32,
    /// Property modifiers that apply to the whole piece (files saved in the fast way).
    pub modifiers: Vec<u8>,
}

impl Piece {
    /// The place in the stream of a position in this piece.
    pub fn place(&self, position: u32) -> u32 {
        let inside = position.saturating_sub(self.start);
        self.place.saturating_add(inside.saturating_mul(self.width))
    }

    /// The position that a place in the stream has in this piece, rounded up.
    pub fn position(&self, place: u32) -> u32 {
        let inside = place.saturating_sub(self.place).div_ceil(self.width);
        self.start.saturating_add(inside)
    }
}

/// The text of a document with its pieces.
pub(super) struct Text {
    /// UTF-16 units by position.
    pub units: Vec<u16>,
    pieces: Vec<Piece>,
    /// Text is missing at the end: the stream is shorter than the pieces say.
    pub cut: bool,
}

impl Text {
    /// Reads the piece table and the text it points to; `most` bounds the number of characters.
    /// `None` where there is no piece table.
    pub fn read(word: &[u8], clx: &[u8], most: usize) -> Option<Text> {
        let mut groups: Vec<&[u8]> = Vec::new();
        let mut at = 0;
        let table = loop {
            match u8_at(clx, at)? {
                1 => {
                    let size = usize::from(u16_at(clx, at + 1)?);
                    groups.push(slice(clx, at + 3, size));
                    at += 3 + size;
                }
                2 => {
                    let size = u32_at(clx, at + 1)? as usize;
                    break slice(clx, at + 5, size);
                }
                _ => return None,
            }
        };
        let mut text = Text {
            units: Vec::new(),
            pieces: Vec::new(),
            cut: false,
        };
        for (start, end, record) in plc(table, 8) {
            let (Some(place), Some(prm)) = (u32_at(record, 2), u16_at(record, 6)) else {
                break;
            };
            let (place, width) = match place & 0x4000_0000 {
                0 => (place & 0x3fff_ffff, 2),
                _ => ((place & 0x3fff_ffff) / 2, 1),
            };
            let length = end.saturating_sub(start);
            if start as usize != text.units.len() || length == 0 {
                if length == 0 {
                    continue;
                }
                // A gap between pieces cannot be: what follows has lost its place.
                text.cut = true;
                break;
            }
            let bytes = slice(word, place as usize, length as usize * width as usize);
            if text.units.len() + length as usize > most {
                text.cut = true;
                break;
            }
            if width == 1 {
                let (decoded, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
                text.units.extend(decoded.encode_utf16());
            } else {
                let pairs = bytes.chunks_exact(2);
                text.units
                    .extend(pairs.filter_map(|p| Some(u16::from_le_bytes(p.try_into().ok()?))));
            }
            let reached = text.units.len() as u32;
            text.pieces.push(Piece {
                start,
                end: reached,
                place,
                width,
                modifiers: modifiers(prm, &groups),
            });
            if reached != end {
                text.cut = true;
                break;
            }
        }
        Some(text)
    }

    /// The piece that a position lies in.
    pub fn piece(&self, position: u32) -> Option<&Piece> {
        let next = self.pieces.partition_point(|p| p.end <= position);
        self.pieces.get(next).filter(|p| p.start <= position)
    }
}

/// The modifiers of a piece: one in short form, or a group of the table.
fn modifiers(prm: u16, groups: &[&[u8]]) -> Vec<u8> {
    if prm & 1 == 1 {
        let group = groups.get(usize::from(prm >> 1));
        return group.map(|g| g.to_vec()).unwrap_or_default();
    }
    let [low, value] = prm.to_le_bytes();
    let code: u16 = match low >> 1 {
        0x18 => 0x2416,
        0x19 => 0x2417,
        0x41 => 0x0800,
        0x5c => 0x083c,
        _ => return Vec::new(),
    };
    let [a, b] = code.to_le_bytes();
    vec![a, b, value]
}
