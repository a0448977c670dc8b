//! Tags and text of HTML as browsers take it: nothing is an error.

/// A piece of a page.
#[derive(Debug)]
pub(super) enum Token<'a> {
    /// Text, entities not yet resolved.
    Text(&'a str),
    /// A start tag; its name in lower case.
    Start {
        name: String,
        attributes: &'a str,
    },
    End(String),
}

/// The tokens of a page.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// The element whose content is no markup, until its end tag.
    raw: Option<String>,
}

/// Cuts a page into tokens.
pub(super) fn tokens(page: &str) -> Tokens<'_> {
    Tokens {
        rest: page,
        raw: None,
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            self.rest = after_raw(self.rest, &name);
            return Some(Token::End(name));
        }
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let Some(open) = self.rest.find('<') else {
                let text = std::mem::take(&mut self.rest);
                return Some(Token::Text(text));
            };
            if open > 0 {
                let (text, rest) = self.rest.split_at(open);
                self.rest = rest;
                return Some(Token::Text(text));
            }
            let inside = self.rest.get(1..).unwrap_or_default();
            if let Some(comment) = inside.strip_prefix("!--") {
                // `<!-->` is an empty comment; one that is never closed hides the rest.
                self.rest = match comment.strip_prefix('>') {
                    Some(rest) => rest,
                    None => comment.split_once("-->").map_or("", |(_, rest)| rest),
                };
                continue;
            }
            if let Some(data) = inside.strip_prefix("![CDATA[") {
                let (text, rest) = data.split_once("]]>").unwrap_or((data, ""));
                self.rest = rest;
                return Some(Token::Text(text));
            }
            if inside.starts_with(['!', '?']) {
                self.rest = inside.split_once('>').map_or("", |(_, rest)| rest);
                continue;
            }
            let close = inside.starts_with('/');
            let name_at = usize::from(close);
            let named = inside.get(name_at..).unwrap_or_default();
            if !named.starts_with(|c: char| c.is_ascii_alphabetic()) {
                // A lone `<` is text.
                let (text, rest) = self.rest.split_at(1);
                self.rest = rest;
                return Some(Token::Text(text));
            }
            let length = named
                .find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<'))
                .unwrap_or(named.len());
            let (name, after) = named.split_at(length);
            let name = name.to_ascii_lowercase();
            let end = tag_end(after);
            let (attributes, rest) = after.split_at(end);
            self.rest = rest.strip_prefix('>').unwrap_or(rest);
            if close {
                return Some(Token::End(name));
            }
            if matches!(
                name.as_str(),
                "script" | "style" | "title" | "textarea" | "noframes"
            ) && !attributes.ends_with('/')
            {
                self.raw = Some(name.clone());
            }
            return Some(Token::Start { name, attributes });
        }
    }
}

/// Where a tag ends: at a `>` that is not in quotes. A quote that is never closed is none.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    let mut plain = None;
    for (at, b) in text.bytes().enumerate() {
        match (b, quote) {
            (b'>', None) => return at,
            (b'>', Some(_)) => {
                plain.get_or_insert(at);
            }
            (b'"' | b'\'', None) if text.get(..at).is_some_and(|t| t.ends_with('=')) => {
                quote = Some(b)
            }
            (b, Some(q)) if b == q => {
                quote = None;
                plain = None;
            }
            _ => {}
        }
        // Longer than any tag that is meant.
        if at > 1 << 16 {
            break;
        }
    }
    plain.or_else(|| text.find('>')).unwrap_or(text.len())
}

/// What follows the end tag of an element of raw text.
fn after_raw<'a>(text: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|t| t.find("</")) {
        let tag = from + at + 2;
        let end = tag + name.len();
        if text
            .get(tag..end)
            .is_some_and(|n| n.eq_ignore_ascii_case(name))
        {
            let rest = text.get(end..).unwrap_or_default();
            return rest.split_once('>').map_or("", |(_, rest)| rest);
        }
        from = tag;
    }
    ""
}

/// The value of an attribute, entities resolved; its name in lower case.
pub(super) fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        // An equals sign without a name before it is passed over.
        let name_from = rest.chars().next()?.len_utf8();
        let length = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '/'))
            .unwrap_or(rest.len())
            .max(name_from);
        let (key, after) = rest.split_at(length);
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=') {
            None => ("", after),
            Some(value) => {
                let value = value.trim_start();
                match value.chars().next().filter(|q| matches!(q, '"' | '\'')) {
                    Some(quote) => {
                        let value = value.get(1..).unwrap_or_default();
                        value.split_once(quote).unwrap_or((value, ""))
                    }
                    None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
                }
            }
        };
        if key.eq_ignore_ascii_case(name) {
            let mut out = String::new();
            push_text(&mut out, value);
            return Some(out);
        }
        rest = after;
    }
}

/// Appends text with its entities resolved; unknown ones stay as they are.
pub(super) fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let name = after.get(1..).unwrap_or_default();
        let length = name
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '#'))
            .unwrap_or(name.len());
        let (name, after_name) = name.split_at(length.min(10));
        match entity(name) {
            Some(c) => {
                out.push(c);
                rest = after_name.strip_prefix(';').unwrap_or(after_name);
            }
            None => {
                out.push('&');
                rest = after.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        // Numbers of windows-1252 that Unicode gives to control characters.
        if (0x80..0xa0).contains(&code) {
            let byte = [code as u8];
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
            return text.chars().next();
        }
        return char::from_u32(code).filter(|c| *c != '\0');
    }
    Some(match name {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "ensp" => '\u{2002}',
        "emsp" => '\u{2003}',
        "thinsp" => '\u{2009}',
        "zwnj" => '\u{200c}',
        "zwj" => '\u{200d}',
        "shy" => '\u{ad}',
        "middot" => '·',
        "bull" => '•',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "lsaquo" => '‹',
        "rsaquo" => '›',
        "laquo" => '«',
        "raquo" => '»',
        "times" => '×',
        "divide" => '÷',
        "plusmn" => '±',
        "minus" => '−',
        "deg" => '°',
        "permil" => '‰',
        "le" => '≤',
        "ge" => '≥',
        "ne" => '≠',
        "asymp" => '≈',
        "infin" => '∞',
        "radic" => '√',
        "sup1" => '¹',
        "sup2" => '²',
        "sup3" => '³',
        "frac14" => '¼',
        "frac12" => '½',
        "frac34" => '¾',
        "yen" => '¥',
        "euro" => '€',
        "pound" => '£',
        "cent" => '¢',
        "sect" => '§',
        "para" => '¶',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "rarr" => '→',
        "larr" => '←',
        "uarr" => '↑',
        "darr" => '↓',
        "alpha" => 'α',
        "beta" => 'β',
        "micro" => 'µ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_of_any_kind() {
        let text = r#" width=3 x:num="0.5" nowrap COLSPAN='2' style="a:&quot;b>c&quot;" é=1 /"#;
        assert_eq!(attribute(text, "colspan").as_deref(), Some("2"));
        assert_eq!(attribute(text, "nowrap").as_deref(), Some(""));
        assert_eq!(attribute(text, "style").as_deref(), Some("a:\"b>c\""));
        assert_eq!(attribute(text, "é").as_deref(), Some("1"));
        assert_eq!(attribute(text, "height"), None);
        assert_eq!(attribute("= =", "a"), None);
    }

    #[test]
    fn entities() {
        let mut out = String::new();
        push_text(&mut out, "1&nbsp;2&amp;amp;&#x4e00;&#150;&bogus;&");
        assert_eq!(out, "1\u{a0}2&amp;一–&bogus;&");
    }

    #[test]
    fn any_markup_ends() {
        let found: Vec<String> =
            tokens("a<!-- x --><b class=\"x>y\">c</B><script>if(a<b)</script>d< e<![if !x]>f")
                .map(|t| match t {
                    Token::Text(t) => t.to_owned(),
                    Token::Start { name, .. } => format!("<{name}>"),
                    Token::End(name) => format!("</{name}>"),
                })
                .collect();
        assert_eq!(found.concat(), "a<b>c</b><script></script>d< ef");
        for broken in [
            "<",
            "<a",
            "<a b=\"",
            "<!--",
            "<![CDATA[",
            "</",
            "<script>",
            "<!",
        ] {
            let _ = tokens(broken).count();
        }
    }
}
