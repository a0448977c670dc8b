//! An Office Open XML package in a compound file: the streams `EncryptionInfo` and `EncryptedPackage`
//! (\[MS-OFFCRYPTO\] 2.3.4.5 standard encryption, 2.3.4.10 agile encryption). Only AES is written by Office there.

use super::{Aes, BLOCK, hash, stretched};
use crate::read::{base64, xml};
use md5::Md5;
use quick_xml::events::Event;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384, Sha512};

/// Rounds of hashing that are made: Office writes 100,000.
const MOST_ROUNDS: u32 = 1_000_000;
/// Rounds of standard encryption.
const STANDARD_ROUNDS: u32 = 50_000;
/// Bytes of the package that are chained together.
const SEGMENT: usize = 4096;

/// The package inside, where it opens without a password.
pub(in crate::read) fn package(info: &[u8], mut encrypted: Vec<u8>) -> Option<Vec<u8>> {
    let (version, rest) = info.split_first_chunk::<8>()?;
    let &[major, _, minor, _, ..] = version;
    let (size, body) = encrypted.split_first_chunk_mut::<8>()?;
    let size = usize::try_from(u64::from_le_bytes(*size)).ok()?;
    match (major, minor) {
        (4, 4) => agile(rest, body)?,
        (2..=4, 2) => standard(rest, body)?,
        _ => return None,
    }
    encrypted.drain(..8);
    encrypted.truncate(size);
    Some(encrypted)
}

/// Standard encryption: a key from the password, blocks enciphered one by one.
fn standard(info: &[u8], body: &mut [u8]) -> Option<()> {
    let number = |bytes: &[u8], at: usize| {
        let found = bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(found.try_into().ok()?))
    };
    let size = usize::try_from(number(info, 0)?).ok()?;
    let (header, verifier) = info.get(4..)?.split_at_checked(size)?;
    // The bits of the key; 128 where none are stated.
    let bits = match number(header, 16)? {
        0 => 128,
        bits => usize::try_from(bits).ok()?,
    };
    let salt = verifier.get(4..20)?;
    let hashed = stretched::<Sha1>(salt, STANDARD_ROUNDS);
    let hashed = hash::<Sha1>(&[&hashed, &0u32.to_le_bytes()]);
    let half = |fill: u8| {
        let mut block = [fill; 64];
        for (b, h) in block.iter_mut().zip(&hashed) {
            *b ^= h;
        }
        hash::<Sha1>(&[&block])
    };
    let key = [half(0x36), half(0x5c)].concat();
    let cipher = Aes::new(key.get(..bits / 8)?)?;
    let mut check = verifier.get(20..36)?.to_vec();
    let mut expected = verifier.get(40..72)?.to_vec();
    cipher.decipher(&mut check, None);
    cipher.decipher(&mut expected, None);
    let check = hash::<Sha1>(&[&check]);
    if !expected.starts_with(&check) {
        return None;
    }
    cipher.decipher(body, None);
    Some(())
}

/// An algorithm that hashes, and the many rounds of it.
#[derive(Clone, Copy)]
struct Hashing {
    of: fn(&[&[u8]]) -> Vec<u8>,
    stretched: fn(&[u8], u32) -> Vec<u8>,
}

impl Hashing {
    fn by<D: Digest>() -> Self {
        Hashing {
            of: hash::<D>,
            stretched: stretched::<D>,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "SHA1" | "SHA-1" => Self::by::<Sha1>(),
            "SHA256" => Self::by::<Sha256>(),
            "SHA384" => Self::by::<Sha384>(),
            "SHA512" => Self::by::<Sha512>(),
            "MD5" => Self::by::<Md5>(),
            _ => return None,
        })
    }
}

/// What agile encryption says of a key.
#[derive(Default)]
struct Keyed {
    salt: Vec<u8>,
    bits: usize,
    hashing: Option<Hashing>,
    rounds: u32,
    verifier: Vec<u8>,
    verified: Vec<u8>,
    value: Vec<u8>,
}

impl Keyed {
    fn read(e: &quick_xml::events::BytesStart<'_>) -> Option<Keyed> {
        let mut keyed = Keyed::default();
        for a in e.attributes().with_checks(false).flatten() {
            let value = a.value.trim();
            match a.key.local_name().as_ref() {
                "saltValue" => keyed.salt = base64::decode(value.as_bytes()),
                "keyBits" => keyed.bits = value.parse().ok()?,
                "hashAlgorithm" => keyed.hashing = Hashing::named(value),
                "spinCount" => keyed.rounds = value.parse().ok()?,
                "encryptedVerifierHashInput" => keyed.verifier = base64::decode(value.as_bytes()),
                "encryptedVerifierHashValue" => keyed.verified = base64::decode(value.as_bytes()),
                "encryptedKeyValue" => keyed.value = base64::decode(value.as_bytes()),
                "cipherAlgorithm" if value != "AES" => return None,
                "cipherChaining" if value != "ChainingModeCBC" => return None,
                _ => {}
            }
        }
        Some(keyed)
    }
}

/// Agile encryption: a key of the package, enciphered with one from the password.
fn agile(info: &[u8], body: &mut [u8]) -> Option<()> {
    let text = String::from_utf8_lossy(info);
    let mut reader = xml::reader(&text);
    let (mut data, mut key) = (None, None);
    loop {
        match reader.read_event().ok()? {
            Event::Start(e) | Event::Empty(e) => match e.local_name().as_ref() {
                "keyData" => data = Some(Keyed::read(&e)?),
                "encryptedKey" if key.is_none() => key = Some(Keyed::read(&e)?),
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    let (data, key) = (data?, key?);
    if key.rounds > MOST_ROUNDS {
        return None;
    }
    let hashing = key.hashing?;
    let hashed = (hashing.stretched)(&key.salt, key.rounds);
    // One key for each use: the numbers are given in 2.3.4.13.
    let open = |purpose: [u8; 8], value: &[u8]| {
        let own = fitted((hashing.of)(&[&hashed, &purpose]), key.bits / 8);
        let mut value = value.to_vec();
        Aes::new(&own)?.decipher(&mut value, Some(first_value(key.salt.clone())?));
        Some(value)
    };
    let check = open(
        [0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79],
        &key.verifier,
    )?;
    let expected = open(
        [0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e],
        &key.verified,
    )?;
    let check = check.get(..key.salt.len().min(check.len()))?;
    if !expected.starts_with(&(hashing.of)(&[check])) {
        return None;
    }
    let own = open([0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6], &key.value)?;
    let cipher = Aes::new(own.get(..data.bits / 8)?)?;
    for (segment, number) in body.chunks_mut(SEGMENT).zip(0u32..) {
        let first = (data.hashing?.of)(&[&data.salt, &number.to_le_bytes()]);
        cipher.decipher(segment, Some(first_value(first)?));
    }
    Some(())
}

/// Cut or filled up to this length.
fn fitted(mut bytes: Vec<u8>, length: usize) -> Vec<u8> {
    bytes.resize(length.min(64), 0x36);
    bytes
}

fn first_value(bytes: Vec<u8>) -> Option<[u8; BLOCK]> {
    fitted(bytes, BLOCK).try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_encryption_opens_nothing() {
        assert_eq!(package(&[], Vec::new()), None);
        assert_eq!(
            package(&[4, 0, 4, 0, 0x40, 0, 0, 0, b'<'], vec![0; 64]),
            None
        );
        assert_eq!(
            package(
                &[3, 0, 2, 0, 0x24, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
                vec![0; 64]
            ),
            None
        );
        assert_eq!(
            package(&[3, 0, 2, 0, 0x24, 0, 0, 0, 40, 0, 0, 0], vec![0; 8]),
            None
        );
        let endless =
            b"\x04\0\x04\0\x40\0\0\0<e><keyData/><encryptedKey spinCount='4294967295'/></e>";
        assert_eq!(package(endless, vec![0; 64]), None);
    }
}
