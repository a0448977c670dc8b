//! The whole analysis of a text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhibiao::read::Table;
use zhibiao::{Catalogue, Hints, analyse};

fuzz_target!(|text: &str| {
    let hints = Hints::default();
    let Ok(found) = analyse(text.as_bytes(), "a.txt", &hints, Catalogue::builtin()) else {
        return;
    };
    for q in &found.quantities {
        let block = &found.blocks[q.block];
        // The text may be a table: then the offsets are those of a cell.
        let text = match block.table() {
            None => block.text(),
            Some(table) => {
                let address = q.location.rsplit('!').next().unwrap_or_default();
                let cells = &table.cells;
                let cell = cells
                    .iter()
                    .find(|c| Table::address(c.row, c.column) == address);
                &cell.expect("its cell").text
            }
        };
        let there: String = text
            .chars()
            .skip(q.chars.start)
            .take(q.chars.len())
            .collect();
        assert_eq!(there, q.value_text);
    }
});
