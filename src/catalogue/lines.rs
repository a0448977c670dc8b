//! Lines of a file by byte offset.

/// Where the lines of a text begin.
#[derive(Debug, Default)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    /// Looks at the text once.
    pub(crate) fn of(text: &str) -> Lines {
        Lines(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// Line (from 1) of a byte offset.
    pub(crate) fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|&end| end < offset) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_from_one() {
        let lines = Lines::of("甲\n\n乙");
        assert_eq!([0, 3, 4, 5, 99].map(|at| lines.at(at)), [1, 1, 2, 3, 3]);
    }
}
