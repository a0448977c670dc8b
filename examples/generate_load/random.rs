//! Pseudo-random numbers (SplitMix64): the same everywhere and for ever.

pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// One of a list.
    pub fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// Two of a list, not the same.
    pub fn two<T: Copy>(&mut self, list: &[T]) -> [T; 2] {
        let n = list.len() as u64;
        let one = self.below(n);
        let other = (one + 1 + self.below(n - 1)) % n;
        [list[one as usize], list[other as usize]]
    }
}
