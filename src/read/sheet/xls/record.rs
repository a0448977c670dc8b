//! Records of a BIFF stream: a number, a length, data; what does not fit into one record goes on in CONTINUE records.

use std::iter::FusedIterator;

/// Numbers of the records that are read (\[MS-XLS\] 2.3).
pub(super) mod number {
    pub const FORMULA: u16 = 0x0006;
    pub const EOF: u16 = 0x000a;
    pub const NOTE: u16 = 0x001c;
    pub const DATEMODE: u16 = 0x0022;
    pub const FILEPASS: u16 = 0x002f;
    pub const FONT: u16 = 0x0031;
    pub const CONTINUE: u16 = 0x003c;
    pub const CODEPAGE: u16 = 0x0042;
    pub const OBJECT: u16 = 0x005d;
    pub const COLINFO: u16 = 0x007d;
    pub const BOUNDSHEET: u16 = 0x0085;
    pub const MULRK: u16 = 0x00bd;
    pub const RSTRING: u16 = 0x00d6;
    pub const XF: u16 = 0x00e0;
    pub const MERGEDCELLS: u16 = 0x00e5;
    pub const DRAWING: u16 = 0x00ec;
    pub const SST: u16 = 0x00fc;
    pub const LABELSST: u16 = 0x00fd;
    pub const TEXT_OBJECT: u16 = 0x01b6;
    pub const NUMBER: u16 = 0x0203;
    pub const LABEL: u16 = 0x0204;
    pub const BOOLERR: u16 = 0x0205;
    pub const FORMULA_3: u16 = 0x0206;
    pub const STRING: u16 = 0x0207;
    pub const ROW: u16 = 0x0208;
    pub const BOF_2: u16 = 0x0009;
    pub const BOF_3: u16 = 0x0209;
    pub const XF_3: u16 = 0x0243;
    pub const RK: u16 = 0x027e;
    pub const FORMULA_4: u16 = 0x0406;
    pub const BOF_4: u16 = 0x0409;
    pub const FORMAT: u16 = 0x041e;
    pub const FORMAT_3: u16 = 0x001e;
    pub const XF_4: u16 = 0x0443;
    pub const BOF: u16 = 0x0809;
    pub const CHART_TEXT: u16 = 0x100d;
    pub const CHART_BOX: u16 = 0x1025;
    pub const CHART_LINK: u16 = 0x1027;
    pub const CHART_SOURCE: u16 = 0x1051;
}

/// A record with the records that continue it.
pub(super) struct Record<'a> {
    pub number: u16,
    data: &'a [u8],
    continued: Vec<&'a [u8]>,
}

impl<'a> Record<'a> {
    /// Bytes in the stream.
    pub fn size(&self) -> usize {
        let continued = self.continued.iter().map(|c| c.len() + 4);
        self.data.len() + 4 + continued.sum::<usize>()
    }

    /// Its data, to be read from the front.
    pub fn chunks(&self) -> Chunks<'_> {
        Chunks {
            now: self.data,
            next: &self.continued,
        }
    }
}

/// The records of a stream from a place on; ends where the stream does or breaks off.
pub(super) struct Records<'a> {
    stream: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    pub fn at(stream: &'a [u8], at: usize) -> Records<'a> {
        Records { stream, at }
    }

    fn one(&mut self) -> Option<(u16, &'a [u8])> {
        let start = self.at.checked_add(4)?;
        let head = self.stream.get(self.at..start)?;
        let &[a, b, c, d] = head else { return None };
        let end = start.checked_add(u16::from_le_bytes([c, d]).into())?;
        let data = self.stream.get(start..end)?;
        self.at = end;
        Some((u16::from_le_bytes([a, b]), data))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (number, data) = self.one()?;
        let mut continued = Vec::new();
        loop {
            let before = self.at;
            match self.one() {
                Some((number::CONTINUE, data)) => continued.push(data),
                _ => {
                    self.at = before;
                    break;
                }
            }
        }
        Some(Record {
            number,
            data,
            continued,
        })
    }
}

impl FusedIterator for Records<'_> {}

/// The data of a record and of those that continue it.
pub(super) struct Chunks<'a> {
    now: &'a [u8],
    next: &'a [&'a [u8]],
}

impl<'a> Chunks<'a> {
    /// Goes on to the record that continues this one, where this one is used up. False at the end.
    fn refill(&mut self) -> bool {
        while self.now.is_empty() {
            let Some((first, rest)) = self.next.split_first() else {
                return false;
            };
            (self.now, self.next) = (first, rest);
        }
        true
    }

    pub fn u8(&mut self) -> Option<u8> {
        if !self.refill() {
            return None;
        }
        let (&first, rest) = self.now.split_first()?;
        self.now = rest;
        Some(first)
    }

    /// So many bytes, which may be spread over two records.
    pub fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        if let Some((first, rest)) = self.now.split_first_chunk::<N>() {
            self.now = rest;
            return Some(*first);
        }
        let mut out = [0; N];
        for b in &mut out {
            *b = self.u8()?;
        }
        Some(out)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.bytes().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub fn f64(&mut self) -> Option<f64> {
        self.bytes().map(f64::from_le_bytes)
    }

    pub fn skip(&mut self, mut count: usize) {
        while count > 0 && self.refill() {
            let some = count.min(self.now.len());
            self.now = self.now.get(some..).unwrap_or_default();
            count -= some;
        }
    }

    /// Bytes left in this record, not counting those that continue it.
    pub fn left(&self) -> usize {
        self.now.len()
    }

    /// Up to so many bytes of this record.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (some, rest) = self.now.split_at(count.min(self.now.len()));
        self.now = rest;
        some
    }

    /// Whether another record continues this one, which is used up.
    pub fn turns_over(&self) -> bool {
        self.now.is_empty() && !self.next.is_empty()
    }

    /// Goes on to the record that continues this one.
    pub fn turn_over(&mut self) {
        self.refill();
    }
}
