//! Base 64, as messages and keys of locked workbooks are written in.

/// The bytes that a text stands for; what is no digit is passed over, and `=` ends it.
pub(super) fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for b in text {
        let digit = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn digits_become_bytes() {
        assert_eq!(decode(b"5oyH5qCH"), "指标".as_bytes());
        assert_eq!(decode(b"5Lit\r\nYQ=="), "中a".as_bytes());
        assert_eq!(decode(b"TQ==TQ"), b"M");
        assert_eq!(decode(b""), b"");
    }
}
