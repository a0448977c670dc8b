//! What jieba would say of the commonest words, known without its dictionary.
//!
//! Loading the dictionary takes as long as reading two hundred reports, and most of what is left over between two figures is
//! one short word (共, 电子, 改善). `common/content.txt` and `common/function.txt` have the words of one and of two Han characters
//! that jieba's dictionary counts fifty times or more and that jieba leaves whole, by whether they can narrow what is measured:
//! in each file those of one character, an empty line, those of two, both in the order of characters. The tests ask jieba
//! about every one of them; where another version says otherwise, they name the words to be moved or taken out.

use std::sync::OnceLock;

/// Bytes of a Han character of the blocks that the words are of.
const HAN: usize = 3;

/// Words of one kind, those of one character and those of two, each without what separates lines.
struct Words([String; 2]);

impl Words {
    fn of(file: &str) -> Words {
        // By lines, whose ends a checkout may have changed.
        let mut lines = file.lines();
        let one = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        Words([one, lines.collect()])
    }

    /// Whether a text is one of the words.
    fn has(&self, text: &str) -> bool {
        let [one, two] = &self.0;
        found::<HAN>(one, text) || found::<{ 2 * HAN }>(two, text)
    }
}

/// Whether a text is one of the words, of so many bytes each, that stand one after the other in order.
fn found<const SIZE: usize>(words: &str, text: &str) -> bool {
    let (words, _) = words.as_bytes().as_chunks::<SIZE>();
    let text = text.as_bytes().try_into();
    text.is_ok_and(|text| words.binary_search(text).is_ok())
}

fn words() -> &'static [Words; 2] {
    static WORDS: OnceLock<[Words; 2]> = OnceLock::new();
    WORDS.get_or_init(|| {
        [
            Words::of(include_str!("common/content.txt")),
            Words::of(include_str!("common/function.txt")),
        ]
    })
}

/// Whether a text that is a common word can narrow what is measured; `None` where it is none.
pub(super) fn narrows(text: &str) -> Option<bool> {
    let [content, function] = words();
    match content.has(text) {
        true => Some(true),
        false => function.has(text).then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jieba_says_the_same_of_every_word() {
        let files = [
            (include_str!("common/content.txt"), true),
            (include_str!("common/function.txt"), false),
        ];
        let mut wrong = Vec::new();
        let mut count = 0;
        for (file, content) in files {
            for (words, size) in Words::of(file).0.iter().zip([1, 2]) {
                let chars: Vec<char> = words.chars().collect();
                for word in chars.chunks(size) {
                    let word: String = word.iter().collect();
                    let mut said = Vec::new();
                    super::super::token::by_jieba(&word, |w| {
                        said.push(w);
                        true
                    });
                    let as_jieba = match content {
                        true => said == [word.as_str()],
                        false => said.is_empty(),
                    };
                    if !as_jieba || narrows(&word) != Some(content) {
                        wrong.push(word);
                    }
                    count += 1;
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join(" "));
        assert!(count > 30_000, "{count}");
        let [content, _] = files;
        let changed = Words::of(&content.0.replace('\n', "\r\n"));
        assert_eq!(changed.0, Words::of(content.0).0);
        assert_eq!(narrows("巩昌镇"), None);
        assert_eq!(narrows(""), None);
    }
}
