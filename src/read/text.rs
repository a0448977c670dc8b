//! Small rules about text that several readers share: labels of automatic numbering, soft line breaks.

/// Puts the label of automatic numbering before a text. A label that ends in an ASCII character (`1.`) is set off by a
/// space, as on the page, so that `1.` before `5亿元` cannot become 1.5亿元.
pub(crate) fn prefix_label(text: &mut String, label: &str) {
    let spaced = label.ends_with(|c: char| c.is_ascii()) && !text.is_empty();
    text.insert_str(0, if spaced { " " } else { "" });
    text.insert_str(0, label);
}

/// Removes line breaks at both ends, and those that stand inside a written number (`10746.⏎24万元`).
///
/// A break between two plain runs of digits stays: stacked figures are two figures. Only a decimal point or a
/// thousands separator at the break says that the number goes on.
pub(crate) fn tidy_breaks(text: &mut String) {
    if !text.contains('\n') {
        return;
    }
    let start = text.len() - text.trim_start_matches('\n').len();
    text.drain(..start);
    text.truncate(text.trim_end_matches('\n').len());
    let breaks: Vec<usize> = text
        .match_indices('\n')
        .map(|(i, _)| i)
        .filter(|&i| is_inside_number(text, i))
        .collect();
    if breaks.is_empty() {
        return;
    }
    let mut position = 0;
    let mut next = breaks.iter().peekable();
    text.retain(|c| {
        let here = position;
        position += c.len_utf8();
        if next.peek() == Some(&&here) {
            next.next();
            return false;
        }
        true
    });
}

fn is_inside_number(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().as_bytes();
    let after = text.get(at + 1..).unwrap_or_default().as_bytes();
    let digits_after = after
        .iter()
        .take(4)
        .take_while(|b| b.is_ascii_digit())
        .count();
    match before.last() {
        Some(b'.') => {
            let digits = before
                .iter()
                .rev()
                .skip(1)
                .take_while(|b| b.is_ascii_digit())
                .count();
            let line_start = before.len() == digits + 1
                || before.get(before.len().wrapping_sub(digits + 2)) == Some(&b'\n');
            // "1." at the start of a line is a list marker.
            digits_after > 0 && digits > 0 && (digits > 2 || !line_start)
        }
        Some(b',') => {
            let digits = before
                .iter()
                .rev()
                .skip(1)
                .take_while(|b| b.is_ascii_digit())
                .count();
            digits_after == 3 && (1..=3).contains(&digits)
        }
        Some(b) if b.is_ascii_digit() => {
            after.first() == Some(&b'.') && after.get(1).is_some_and(u8::is_ascii_digit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(text: &str) -> String {
        let mut text = text.to_owned();
        tidy_breaks(&mut text);
        text
    }

    #[test]
    fn breaks_inside_numbers_go() {
        assert_eq!(tidied("\n总计10746.\n24万元\n"), "总计10746.24万元");
        assert_eq!(tidied("共1,\n234人"), "共1,234人");
        assert_eq!(tidied("10746\n.24"), "10746.24");
        assert_eq!(tidied("100\n200"), "100\n200");
        assert_eq!(tidied("1.\n2024年"), "1.\n2024年");
        assert_eq!(tidied("一\n二"), "一\n二");
    }

    #[test]
    fn labels() {
        let mut text = "5亿元".to_owned();
        prefix_label(&mut text, "1.");
        assert_eq!(text, "1. 5亿元");
        let mut text = "概况".to_owned();
        prefix_label(&mut text, "一、");
        assert_eq!(text, "一、概况");
    }
}
