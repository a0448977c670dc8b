//! Printing: widths of Chinese text, tables, colour.

use std::io::{IsTerminal, Write};
use unicode_width::UnicodeWidthStr;

/// A line on standard error; nothing can be done where that is closed.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Columns that a text takes on a terminal (a Chinese character takes two).
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, filled with spaces to a width.
pub fn left(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// The text, filled with spaces before it to a width.
pub fn right(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

/// The text cut to a width, with an ellipsis where something was cut.
pub fn cut(text: &str, to: usize) -> String {
    if width(text) <= to {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if used + w + 1 > to {
            break;
        }
        used += w;
        out.push(c);
    }
    out.push('…');
    out
}

/// One line: control characters, which would disturb a table or a terminal, become spaces.
pub fn one_line(text: &str) -> String {
    if text.contains(|c: char| c.is_control()) {
        text.replace(|c: char| c.is_control(), " ")
    } else {
        text.to_owned()
    }
}

/// Rows of cells with aligned columns; `numeric` columns are aligned to the right.
pub fn table(out: &mut dyn Write, rows: &[Vec<String>], numeric: &[bool]) -> std::io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths = vec![0; columns];
    for row in rows {
        for (w, cell) in widths.iter_mut().zip(row) {
            *w = (*w).max(width(cell));
        }
    }
    for row in rows {
        let mut line = String::new();
        for (i, (cell, &w)) in row.iter().zip(&widths).enumerate() {
            if i > 0 {
                line.push_str("  ");
            }
            let to_right = numeric.get(i).copied().unwrap_or(false);
            line.push_str(&if to_right {
                right(cell, w)
            } else {
                left(cell, w)
            });
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Colours, or none where the output is not a terminal or `NO_COLOR` is set.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// For standard output.
    pub fn of_stdout() -> Paint {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Paint {
            on: wanted && std::io::stdout().is_terminal(),
        }
    }

    /// Whether there are colours.
    pub fn is_on(self) -> bool {
        self.on
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.on {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// A figure that is bound.
    pub fn bound(self, text: &str) -> String {
        self.wrap("1;32", text)
    }

    /// A figure that is not.
    pub fn unbound(self, text: &str) -> String {
        self.wrap("33", text)
    }

    /// A heading.
    pub fn strong(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// What is less important.
    pub fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// Something wrong.
    pub fn wrong(self, text: &str) -> String {
        self.wrap("31", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(left("低保", 6), "低保  ");
        assert_eq!(right("低保", 5), " 低保");
        assert_eq!(cut("城乡低保对象", 7), "城乡低…");
        assert_eq!(cut("低保", 4), "低保");
        let mut out = Vec::new();
        let rows = [
            vec!["指标".to_owned(), "值".to_owned()],
            vec!["a".to_owned(), "12".to_owned()],
        ];
        table(&mut out, &rows, &[false, true]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "指标  值\na     12\n");
    }
}
