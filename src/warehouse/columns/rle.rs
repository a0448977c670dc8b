//! Small numbers as Parquet packs them: runs of one value, and between them stretches of so many bits a value.

/// Bits that a number up to `most` takes; at least one, which every reader understands.
pub(super) fn width(most: u32) -> u32 {
    (u32::BITS - most.leading_zeros()).max(1)
}

/// Appends numbers of at most `width` bits.
pub(super) fn encode(out: &mut Vec<u8>, values: &[u32], width: u32) {
    // What has not been written yet begins at `from`. A stretch has to have a multiple of eight values; only the last is
    // filled up.
    let (mut from, mut at) = (0, 0);
    while let Some(&value) = values.get(at) {
        let run = run(values, at, value);
        let missing = (8 - (at - from) % 8) % 8;
        if run >= missing + 8 {
            at += missing;
            stretch(out, values.get(from..at).unwrap_or_default(), width);
            same(out, value, run - missing, width);
            at += run - missing;
            from = at;
        } else {
            at += run;
        }
    }
    stretch(out, values.get(from..).unwrap_or_default(), width);
}

/// Appends one number so many times.
pub(super) fn same(out: &mut Vec<u8>, value: u32, times: usize, width: u32) {
    varint(out, (times as u64) << 1);
    let bytes = width.div_ceil(8) as usize;
    out.extend(value.to_le_bytes().into_iter().take(bytes));
}

fn run(values: &[u32], at: usize, value: u32) -> usize {
    let rest = values.get(at..).unwrap_or_default();
    rest.iter().position(|v| *v != value).unwrap_or(rest.len())
}

fn stretch(out: &mut Vec<u8>, values: &[u32], width: u32) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(8);
    varint(out, (groups as u64) << 1 | 1);
    out.reserve(groups * width as usize);
    for eight in values.chunks(8) {
        let (mut bits, mut have) = (0u64, 0);
        let missing = std::iter::repeat_n(0, 8 - eight.len());
        for value in eight.iter().copied().chain(missing) {
            bits |= u64::from(value) << have;
            have += width;
            if have >= 32 {
                out.extend((bits as u32).to_le_bytes());
                bits >>= 32;
                have -= 32;
            }
        }
        // Eight values are a whole number of bytes.
        let rest = (have / 8) as usize;
        out.extend(bits.to_le_bytes().into_iter().take(rest));
    }
}

/// Appends a number seven bits a byte, the lowest first.
pub(super) fn varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads what [`encode`] wrote.
    fn decode(mut bytes: &[u8], width: u32) -> Vec<u32> {
        let mut values = Vec::new();
        while !bytes.is_empty() {
            let (mut header, mut shift) = (0u64, 0);
            loop {
                let b = bytes[0];
                bytes = &bytes[1..];
                header |= u64::from(b & 0x7f) << shift;
                shift += 7;
                if b < 0x80 {
                    break;
                }
            }
            let count = (header >> 1) as usize;
            if header & 1 == 0 {
                let n = width.div_ceil(8) as usize;
                let mut value = [0; 4];
                value[..n].copy_from_slice(&bytes[..n]);
                bytes = &bytes[n..];
                values.extend(std::iter::repeat_n(u32::from_le_bytes(value), count));
            } else {
                for i in 0..count * 8 {
                    let bit = |b: usize| u32::from(bytes[b / 8] >> (b % 8) & 1);
                    let first = i * width as usize;
                    values.push((0..width as usize).map(|b| bit(first + b) << b).sum());
                }
                bytes = &bytes[count * width as usize..];
            }
        }
        values
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(width in 1u32..=32, runs in prop::collection::vec((any::<u32>(), 1usize..40), 0..40)) {
            let mask = u32::MAX >> (32 - width);
            let values: Vec<u32> = runs.iter().flat_map(|(v, n)| std::iter::repeat_n(v & mask, *n)).collect();
            let mut out = Vec::new();
            encode(&mut out, &values, width);
            let mut read = decode(&out, width);
            prop_assert!(read.len() >= values.len() && read.len() < values.len() + 8);
            read.truncate(values.len());
            prop_assert_eq!(read, values);
        }
    }

    #[test]
    fn as_the_specification_has_it() {
        let mut out = Vec::new();
        encode(&mut out, &[0, 1, 2, 3, 4, 5, 6, 7], 3);
        assert_eq!(out, [3, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
        out.clear();
        encode(&mut out, &[4; 300], 3);
        assert_eq!(out, [0xd8, 0x04, 4]);
        assert_eq!((width(0), width(1), width(255), width(256)), (1, 1, 8, 9));
    }
}
