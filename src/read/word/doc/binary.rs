//! Little-endian fields and lists of property modifiers (sprms), read without trust in what they declare.

/// An unsigned byte.
pub(super) fn u8_at(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).copied()
}

/// An unsigned 16-bit field.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let b = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(b.try_into().ok()?))
}

/// An unsigned 32-bit field.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let b = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(b.try_into().ok()?))
}

/// As many bytes as there are of a range.
pub(super) fn slice(bytes: &[u8], start: usize, length: usize) -> &[u8] {
    let end = start.saturating_add(length).min(bytes.len());
    bytes.get(start..end).unwrap_or_default()
}

/// A PLC: n + 1 positions, then n records of a fixed size. Gives (start, end, record).
pub(super) fn plc(
    bytes: &[u8],
    record: usize,
) -> impl Iterator<Item = (u32, u32, &[u8])> + use<'_> {
    let count = bytes.len().saturating_sub(4) / (record + 4);
    let records = slice(bytes, (count + 1) * 4, usize::MAX);
    (0..count).filter_map(move |i| {
        Some((
            u32_at(bytes, i * 4)?,
            u32_at(bytes, i * 4 + 4)?,
            slice(records, i * record, record),
        ))
    })
}

/// The modifiers of a list: their code and operand. What does not fit any more ends the list.
pub(super) fn sprms(list: &[u8]) -> Sprms<'_> {
    Sprms { rest: list }
}

/// See [`sprms`].
pub(super) struct Sprms<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Sprms<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let code = u16_at(self.rest, 0)?;
        let rest = self.rest.get(2..)?;
        // The upper three bits tell the size of the operand.
        let (skip, size) = match code >> 13 {
            0 | 1 => (0, 1),
            2 | 4 | 5 => (0, 2),
            3 => (0, 4),
            7 => (0, 3),
            _ => match code {
                // The definition of a table row counts in 16 bits, itself included but for one.
                0xd608 | 0xd606 => (2, usize::from(u16_at(rest, 0)?).checked_sub(1)?),
                // Tab stops may be more than a byte can count.
                0xc615 if rest.first() == Some(&255) => {
                    let deleted = usize::from(u8_at(rest, 1)?);
                    let added = usize::from(u8_at(rest, 2 + deleted * 4)?);
                    (1, 2 + deleted * 4 + added * 3)
                }
                _ => (1, usize::from(u8_at(rest, 0)?)),
            },
        };
        let operand = rest.get(skip..skip + size)?;
        self.rest = rest.get(skip + size..)?;
        Some((code, operand))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_have_their_sizes() {
        let list = [
            0x3c, 0x08, 1, // one byte
            0x43, 0x4a, 24, 0, // two
            0x08, 0xd6, 3, 0, 9, 9, // a table row of two bytes
            0x49, 0x66, 1, 0, 0, 0,    // four
            0x3c, // cut off
        ];
        let found: Vec<(u16, usize)> = sprms(&list).map(|(c, o)| (c, o.len())).collect();
        assert_eq!(found, [(0x083c, 1), (0x4a43, 2), (0xd608, 2), (0x6649, 4)]);
    }

    #[test]
    fn plc_counts_by_its_length() {
        let bytes: Vec<u8> = [0u32, 5, 9]
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .chain([1, 2, 3, 4])
            .collect();
        let found: Vec<_> = plc(&bytes, 2).collect();
        assert_eq!(found, [(0, 5, &[1u8, 2][..]), (5, 9, &[3, 4])]);
        assert_eq!(plc(&[], 2).count(), 0);
    }
}
