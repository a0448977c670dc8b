//! The name that was probably meant: for a key, a term, an id or a unit that is not known.

/// Longer words are not compared: nobody mistypes them by a character or two.
const LONGEST: usize = 64;

/// The known name that is nearest to `word`, where one is near enough to be meant: a third of its characters differ at
/// most, or one contains the other.
pub(crate) fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let word: Vec<char> = word.chars().take(LONGEST + 1).collect();
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let least = (word.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        let other: Vec<char> = name.chars().take(LONGEST + 1).collect();
        if other.is_empty() || other.len() > LONGEST {
            continue;
        }
        let shares = other.iter().any(|c| word.contains(c));
        let apart = distance(&word, &other);
        let within = |a: &[char], b: &[char]| a.len() >= 2 && b.windows(a.len()).any(|w| w == a);
        // A name inside another is a poorer guess than one that was mistyped.
        let rank = if shares && apart <= least {
            apart
        } else if within(&word, &other) || within(&other, &word) {
            LONGEST + apart
        } else {
            continue;
        };
        if best.is_none_or(|(b, _)| rank < b) {
            best = Some((rank, name));
        }
    }
    best.map(|(_, name)| name.to_owned())
}

/// Insertions, deletions, replacements and swaps of neighbours that make one word the other.
pub(crate) fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut least = (at(&row, j) + usize::from(x != y))
                .min(at(&row, j + 1) + 1)
                .min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_names_are_found() {
        let of = |word: &str, known: &[&str]| near(word, known.iter().copied());
        assert_eq!(
            of("wrods", &["name", "words", "under"]).as_deref(),
            Some("words")
        );
        assert_eq!(of("低包", &["养老", "低保"]).as_deref(), Some("低保"));
        assert_eq!(
            of("床位", &["低保", "养老床位"]).as_deref(),
            Some("养老床位")
        );
        assert_eq!(of("火化", &["低保", "养老床位"]), None);
        assert_eq!(of("", &["低保"]), None);
        assert_eq!(
            of("examples", &["not_examples", "example"]).as_deref(),
            Some("example")
        );
    }

    #[test]
    fn distances_count_edits_and_swaps() {
        let characters = |s: &str| s.chars().collect::<Vec<_>>();
        let distance = |a, b| super::distance(&characters(a), &characters(b));
        assert_eq!(distance("year", "yaer"), 1);
        assert_eq!(distance("obs_value", "obs_values"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "xyz"), 3);
    }
}
