//! The number reader: no panic, and offsets slice the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhibiao::quantity::Reader;

fuzz_target!(|text: &str| {
    let scalars: Vec<char> = text.chars().collect();
    for q in Reader::builtin().read(text) {
        let there: String = scalars[q.chars.clone()].iter().collect();
        assert_eq!(&text[q.bytes.clone()], there);
    }
});
