//! Workbooks locked with the password that nobody has to type.
//!
//! Excel encrypts a workbook whose structure or sheets are protected (.xls), and one that is meant to be read only,
//! with a password of its own, `VelvetSweatshop`, and opens such files without asking. They look encrypted and are not
//! meant to be: people who sent them do not know of any password. So this password, and no other, is tried, by the
//! ways that are published in \[MS-OFFCRYPTO\]. What does not open with it ends as a reject that asks for the password to
//! be taken off.
//!
//! The ciphers and hashes are those of the RustCrypto project; what Office does with them, and RC4, is here.

mod package;
mod workbook;

pub(super) use package::package;
pub(super) use workbook::workbook;

use aes::cipher::{Block, BlockCipherDecrypt, KeyInit};
use sha1::Digest;

/// The password that Excel tries before it asks.
const PASSWORD: &str = "VelvetSweatshop";

/// The password as it is hashed.
fn password() -> Vec<u8> {
    PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Hash of the concatenation of these.
fn hash<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut digest = D::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().to_vec()
}

/// The password's hash, hashed again and again with a count: what makes guessing slow.
fn stretched<D: Digest>(salt: &[u8], count: u32) -> Vec<u8> {
    let mut hashed = hash::<D>(&[salt, &password()]);
    for i in 0..count {
        hashed = hash::<D>(&[&i.to_le_bytes(), &hashed]);
    }
    hashed
}

/// AES with a key of 16, 24 or 32 bytes.
enum Aes {
    Short(Box<aes::Aes128>),
    Middle(Box<aes::Aes192>),
    Long(Box<aes::Aes256>),
}

/// Bytes of a block.
const BLOCK: usize = 16;

impl Aes {
    fn new(key: &[u8]) -> Option<Aes> {
        Some(match key.len() {
            16 => Aes::Short(Box::new(aes::Aes128::new_from_slice(key).ok()?)),
            24 => Aes::Middle(Box::new(aes::Aes192::new_from_slice(key).ok()?)),
            32 => Aes::Long(Box::new(aes::Aes256::new_from_slice(key).ok()?)),
            _ => return None,
        })
    }

    fn block(&self, bytes: &mut [u8; BLOCK]) {
        fn decrypt<C: BlockCipherDecrypt>(cipher: &C, bytes: &mut [u8; BLOCK])
        where
            Block<C>: From<[u8; BLOCK]> + Into<[u8; BLOCK]>,
        {
            let mut block: Block<C> = (*bytes).into();
            cipher.decrypt_block(&mut block);
            *bytes = block.into();
        }
        match self {
            Aes::Short(cipher) => decrypt(&**cipher, bytes),
            Aes::Middle(cipher) => decrypt(&**cipher, bytes),
            Aes::Long(cipher) => decrypt(&**cipher, bytes),
        }
    }

    /// Deciphers whole blocks in place, each by itself or chained from a first value; a rest stays as it is.
    fn decipher(&self, bytes: &mut [u8], mut chain: Option<[u8; BLOCK]>) {
        for chunk in bytes.as_chunks_mut::<BLOCK>().0 {
            let before = *chunk;
            self.block(chunk);
            if let Some(last) = &mut chain {
                for (b, l) in chunk.iter_mut().zip(*last) {
                    *b ^= l;
                }
                *last = before;
            }
        }
    }
}

/// The RC4 stream cipher.
struct Rc4 {
    state: [u8; 256],
    i: u8,
    j: u8,
}

impl Rc4 {
    fn new(key: &[u8]) -> Rc4 {
        let mut state = [0u8; 256];
        for (slot, i) in state.iter_mut().zip(0u8..=u8::MAX) {
            *slot = i;
        }
        let mut j = 0u8;
        for (i, k) in (0..256usize).zip(key.iter().cycle()) {
            j = j
                .wrapping_add(state.get(i).copied().unwrap_or(0))
                .wrapping_add(*k);
            state.swap(i, usize::from(j));
        }
        Rc4 { state, i: 0, j: 0 }
    }

    fn at(&self, index: u8) -> u8 {
        // The state has a place for every byte.
        self.state.get(usize::from(index)).copied().unwrap_or(0)
    }

    /// The next byte of the key stream.
    fn step(&mut self) -> u8 {
        self.i = self.i.wrapping_add(1);
        self.j = self.j.wrapping_add(self.at(self.i));
        self.state.swap(usize::from(self.i), usize::from(self.j));
        self.at(self.at(self.i).wrapping_add(self.at(self.j)))
    }

    fn decipher(&mut self, bytes: &mut [u8]) {
        for b in bytes {
            *b ^= self.step();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        // RFC 6229 and the first vectors of the cipher: key "Key", text "Plaintext".
        let mut bytes = [0xbb, 0xf3, 0x16, 0xe8, 0xd9, 0x40, 0xaf, 0x0a, 0xd3];
        Rc4::new(b"Key").decipher(&mut bytes);
        assert_eq!(&bytes, b"Plaintext");
        // FIPS 197, C.1.
        let key: Vec<u8> = (0..16).collect();
        let mut block = [
            0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4,
            0xc5, 0x5a, 1, 2,
        ];
        Aes::new(&key).unwrap().decipher(&mut block, None);
        let plain: Vec<u8> = (0..16u8).map(|i| i * 0x11).collect();
        assert_eq!(block[..16], plain);
        assert_eq!(block[16..], [1, 2]);
        assert!(Aes::new(&key[1..]).is_none());
    }
}
