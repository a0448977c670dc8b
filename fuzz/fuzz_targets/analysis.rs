//! The whole analysis of a text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhibiao::{Catalogue, Hints, analyse};

fuzz_target!(|text: &str| {
    let hints = Hints::default();
    let Ok(found) = analyse(text.as_bytes(), "a.txt", &hints, Catalogue::builtin()) else {
        return;
    };
    for q in &found.quantities {
        let block = &found.blocks[q.block];
        // The text may be a table: then the offsets are those of a cell.
        let text = block.text_at(&q.location).expect("its cell");
        let there: String = text
            .chars()
            .skip(q.chars.start)
            .take(q.chars.len())
            .collect();
        assert_eq!(there, q.value_text);
    }
});
