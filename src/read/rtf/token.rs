//! The pieces of RTF: groups, control words with their number, bytes of text.

/// A piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open,
    Close,
    /// A control word and its number.
    Word(&'a str, Option<i32>),
    /// A control symbol: `\~`, `\*` …
    Symbol(u8),
    /// A byte given in hexadecimal.
    Byte(u8),
    /// Bytes of plain text; line ends are none.
    Text(&'a [u8]),
}

/// Cuts RTF into pieces. Binary data is passed over.
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The pieces of a file.
pub(super) fn tokens(bytes: &[u8]) -> Tokens<'_> {
    Tokens { bytes, at: 0 }
}

impl<'a> Tokens<'a> {
    fn word(&mut self) -> Token<'a> {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let letters = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let name = rest
            .get(..letters)
            .and_then(|n| std::str::from_utf8(n).ok());
        let after = rest.get(letters..).unwrap_or_default();
        let sign = usize::from(after.first() == Some(&b'-'));
        let digits = after
            .iter()
            .skip(sign)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let mut length = letters;
        let mut number = None;
        if digits > 0 {
            length += sign + digits;
            let text = after
                .get(..sign + digits)
                .and_then(|d| std::str::from_utf8(d).ok());
            // A number out of range says nothing that can be followed.
            number = Some(text.and_then(|t| t.parse().ok()).unwrap_or(0));
        }
        if rest.get(length) == Some(&b' ') {
            length += 1;
        }
        self.at = start + length;
        let name = name.unwrap_or_default();
        if name == "bin" {
            let size = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
            self.at = self.at.saturating_add(size).min(self.bytes.len());
        }
        Token::Word(name, number)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let first = *self.bytes.get(self.at)?;
            match first {
                b'{' | b'}' => {
                    self.at += 1;
                    return Some(if first == b'{' {
                        Token::Open
                    } else {
                        Token::Close
                    });
                }
                b'\r' | b'\n' | 0 => self.at += 1,
                b'\\' => {
                    self.at += 1;
                    let next = *self.bytes.get(self.at)?;
                    if next.is_ascii_alphabetic() {
                        return Some(self.word());
                    }
                    self.at += 1;
                    if next != b'\'' {
                        return Some(Token::Symbol(next));
                    }
                    let digit = |at: usize| char::from(*self.bytes.get(at)?).to_digit(16);
                    if let Some((high, low)) = digit(self.at).zip(digit(self.at + 1)) {
                        self.at += 2;
                        return Some(Token::Byte((high * 16 + low) as u8));
                    }
                }
                _ => {
                    let rest = self.bytes.get(self.at..)?;
                    let plain = |b: &u8| !matches!(b, b'{' | b'}' | b'\\' | b'\r' | b'\n' | 0);
                    let length = rest.iter().take_while(|b| plain(b)).count();
                    self.at += length;
                    return rest.get(..length).map(Token::Text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        let found: Vec<Token<'_>> = tokens(b"{\\b0 a\\'d6\\u-12 ?\r\n\\~\\bin3 }}}\\*x}").collect();
        use Token::*;
        assert_eq!(
            found,
            [
                Open,
                Word("b", Some(0)),
                Text(b"a"),
                Byte(0xd6),
                Word("u", Some(-12)),
                Text(b"?"),
                Symbol(b'~'),
                Word("bin", Some(3)),
                Symbol(b'*'),
                Text(b"x"),
                Close
            ]
        );
        for broken in [
            &b"\\"[..],
            b"\\'",
            b"\\'a",
            b"\\bin99999999999999",
            b"\\u-",
            b"{",
        ] {
            let _ = tokens(broken).count();
        }
    }
}
