//! Structures as Parquet writes them: the compact protocol of Thrift, as much of it as files of tables need.

use super::rle::varint;

/// Kinds of what a list has.
pub(super) const I32: u8 = 5;
/// The same.
pub(super) const BYTES: u8 = 8;
/// The same.
pub(super) const STRUCTURE: u8 = 12;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const I16: u8 = 4;
const I64: u8 = 6;
const LIST: u8 = 9;

/// Appends a structure; its fields in ascending order.
pub(super) fn structure(out: &mut Vec<u8>, fields: impl FnOnce(&mut Fields<'_>)) {
    fields(&mut Fields { out, last: 0 });
    out.push(0);
}

/// Appends what stands before the elements of a list that stands for itself.
pub(super) fn list(out: &mut Vec<u8>, kind: u8, count: usize) {
    match count {
        0..15 => out.push((count as u8) << 4 | kind),
        _ => {
            out.push(0xf0 | kind);
            varint(out, count as u64);
        }
    }
}

/// Appends bytes, with their number before them.
pub(super) fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a number as an element of a list.
pub(super) fn number(out: &mut Vec<u8>, n: i64) {
    varint(out, (n << 1 ^ n >> 63) as u64);
}

/// The fields of a structure.
pub(super) struct Fields<'a> {
    out: &'a mut Vec<u8>,
    last: u8,
}

impl Fields<'_> {
    fn begin(&mut self, field: u8, kind: u8) {
        debug_assert!(field > self.last && field - self.last < 16);
        self.out.push((field - self.last) << 4 | kind);
        self.last = field;
    }

    pub(super) fn i16(&mut self, field: u8, n: i16) {
        self.begin(field, I16);
        number(self.out, n.into());
    }

    pub(super) fn i32(&mut self, field: u8, n: i32) {
        self.begin(field, I32);
        number(self.out, n.into());
    }

    pub(super) fn i64(&mut self, field: u8, n: i64) {
        self.begin(field, I64);
        number(self.out, n);
    }

    pub(super) fn flag(&mut self, field: u8, flag: bool) {
        self.begin(field, if flag { TRUE } else { FALSE });
    }

    pub(super) fn bytes(&mut self, field: u8, content: &[u8]) {
        self.begin(field, BYTES);
        bytes(self.out, content);
    }

    pub(super) fn structure(&mut self, field: u8, fields: impl FnOnce(&mut Fields<'_>)) {
        self.begin(field, STRUCTURE);
        structure(self.out, fields);
    }

    /// A list; `elements` appends so many of this kind.
    pub(super) fn list(
        &mut self,
        field: u8,
        kind: u8,
        count: usize,
        elements: impl FnOnce(&mut Vec<u8>),
    ) {
        self.begin(field, LIST);
        list(self.out, kind, count);
        elements(self.out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_protocol_has_it() {
        let mut out = Vec::new();
        structure(&mut out, |s| {
            s.i32(1, -1);
            s.i64(3, 64);
            s.flag(4, false);
            s.bytes(8, b"ab");
            s.structure(9, |s| s.flag(2, true));
            s.list(10, I32, 2, |out| {
                [0, 3].iter().for_each(|n| number(out, *n))
            });
            s.i16(11, 1);
        });
        let expected = [
            0x15, 1, 0x26, 0x80, 1, 0x12, 0x48, 2, b'a', b'b', 0x1c, 0x21, 0, 0x19, 0x25, 0, 6,
            0x14, 2, 0,
        ];
        assert_eq!(out, expected);
        out.clear();
        list(&mut out, BYTES, 300);
        assert_eq!(out, [0xf8, 0xac, 2]);
    }
}
