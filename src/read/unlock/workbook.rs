//! A binary workbook: the record `FILEPASS` in its globals says how the data of the records after it is enciphered
//! (\[MS-XLS\] 2.2.10, 2.4.117): RC4 with keys from MD5 or SHA-1, one for each 1,024 bytes of the stream, or bytes rotated and
//! combined with the password. Numbers and lengths of records, and some records, are plain.

use super::{PASSWORD, Rc4, hash, password};
use md5::Md5;
use sha1::Sha1;

/// Bytes of the stream for which one key holds.
const SPAN: usize = 1024;

/// Numbers of records.
const EOF: u16 = 0x000a;
const FILEPASS: u16 = 0x002f;
const BOUNDSHEET: u16 = 0x0085;
/// Records that stand as they are: beginnings of streams, what tells how to open them, who uses the file.
const PLAIN: [u16; 8] = [
    0x0809, FILEPASS, 0x0194, 0x0195, 0x00e1, 0x0138, 0x0196, 0x0009,
];
/// A number that no reader looks at, put in the place of FILEPASS.
const NOTHING: u16 = 0x00ff;

/// Makes the key of a span of the stream from what all keys are made from.
type MakeKey = fn(&[u8], u32) -> Vec<u8>;

/// How the data is enciphered.
enum Cipher {
    /// The hash from which the keys are made, and how.
    Rc4 { base: Vec<u8>, make: MakeKey },
    /// Bytes to combine with.
    Xor([u8; 16]),
}

/// The stream of a workbook in the clear: `None` where it is so already, `Some(None)` where it does not open without a
/// password.
pub(in crate::read) fn workbook(stream: &[u8]) -> Option<Option<Vec<u8>>> {
    let (at, data) = records(stream)
        .take_while(|(number, ..)| *number != EOF)
        .find_map(|(number, at, data)| (number == FILEPASS).then_some((at, data)))?;
    let Some(cipher) = Cipher::read(data) else {
        return Some(None);
    };
    let mut clear = stream.to_vec();
    let mut spans: Option<(usize, Vec<u8>)> = None;
    for (number, start, data) in records(stream) {
        let skip = match number {
            // Where the sheet begins is plain.
            BOUNDSHEET => 4,
            _ if PLAIN.contains(&number) || start <= at => continue,
            _ => 0,
        };
        let Some(bytes) = clear.get_mut(start..start + data.len()) else {
            break;
        };
        let length = bytes.len();
        for (i, b) in bytes.iter_mut().enumerate().skip(skip) {
            match &cipher {
                Cipher::Rc4 { base, make } => {
                    let place = start + i;
                    let span = place / SPAN;
                    if spans.as_ref().is_none_or(|(of, _)| *of != span) {
                        let block = u32::try_from(span).unwrap_or(u32::MAX);
                        let mut keys = vec![0; SPAN];
                        Rc4::new(&make(base, block)).decipher(&mut keys);
                        spans = Some((span, keys));
                    }
                    let key = spans.as_ref().and_then(|(_, keys)| keys.get(place % SPAN));
                    *b ^= key.copied().unwrap_or(0);
                }
                Cipher::Xor(keys) => {
                    let key = keys.get((start + length + i) % keys.len());
                    *b = b.rotate_left(3) ^ key.copied().unwrap_or(0);
                }
            }
        }
    }
    if let Some(number) = at.checked_sub(4).and_then(|n| clear.get_mut(n..n + 2)) {
        number.copy_from_slice(&NOTHING.to_le_bytes());
    }
    Some(Some(clear))
}

/// The records of a stream: number, place of the data, data.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, usize, &[u8])> {
    let mut at = 0usize;
    std::iter::from_fn(move || {
        let header: [u8; 4] = stream.get(at..at + 4)?.try_into().ok()?;
        let [a, b, c, d] = header;
        let start = at + 4;
        let length = usize::from(u16::from_le_bytes([c, d]));
        let data = stream.get(start..(start + length).min(stream.len()))?;
        at = start + length;
        Some((u16::from_le_bytes([a, b]), start, data))
    })
}

impl Cipher {
    /// What FILEPASS says, if it opens without a password.
    fn read(data: &[u8]) -> Option<Cipher> {
        let number = |at: usize| {
            let bytes = data.get(at..at + 2)?;
            Some(u16::from_le_bytes(bytes.try_into().ok()?))
        };
        // Before Excel 97 there is no kind, only key and hash.
        let kind = if data.len() == 4 { 0 } else { number(0)? };
        let (base, make, check, expected): (_, MakeKey, _, _) = match kind {
            0 => {
                let at = data.len().checked_sub(4)?;
                return xor(number(at)?, number(at + 2)?);
            }
            1 if number(2)? == 1 => {
                let salt = data.get(6..22)?;
                let check = data.get(22..38)?.to_vec();
                (
                    by_md5(salt),
                    md5_key as _,
                    check,
                    data.get(38..54)?.to_vec(),
                )
            }
            1 => {
                let size = data.get(10..14)?;
                let size = usize::try_from(u32::from_le_bytes(size.try_into().ok()?)).ok()?;
                let (header, verifier) = data.get(14..)?.split_at_checked(size)?;
                let bits = header.get(16..20)?;
                let bits = u32::from_le_bytes(bits.try_into().ok()?);
                let salt = verifier.get(4..20)?;
                let mut base = hash::<Sha1>(&[salt, &password()]);
                // The length of the key goes along.
                base.push(u8::try_from(bits / 8).ok()?);
                let check = verifier.get(20..36)?.to_vec();
                (base, sha1_key as _, check, verifier.get(40..60)?.to_vec())
            }
            _ => return None,
        };
        let (mut check, mut expected) = (check, expected);
        let mut cipher = Rc4::new(&make(&base, 0));
        cipher.decipher(&mut check);
        cipher.decipher(&mut expected);
        let found = match expected.len() {
            16 => hash::<Md5>(&[&check]),
            _ => hash::<Sha1>(&[&check]),
        };
        (found == expected).then_some(Cipher::Rc4 { base, make })
    }
}

/// The base of the older RC4 keys: five bytes of the password's hash and the salt, sixteen times.
fn by_md5(salt: &[u8]) -> Vec<u8> {
    let hashed = hash::<Md5>(&[&password()]);
    let short = hashed.get(..5).unwrap_or_default();
    let mut base = hash::<Md5>(&[&[short, salt].concat().repeat(16)]);
    base.truncate(5);
    base
}

fn md5_key(base: &[u8], block: u32) -> Vec<u8> {
    hash::<Md5>(&[base, &block.to_le_bytes()])
}

fn sha1_key(base: &[u8], block: u32) -> Vec<u8> {
    let (length, base) = base.split_last().unwrap_or((&0, &[]));
    let mut key = hash::<Sha1>(&[base, &block.to_le_bytes()]);
    match length {
        // Forty bits are filled up with zeros.
        0 | 5 => {
            key.truncate(5);
            key.resize(16, 0);
        }
        n => key.truncate(usize::from(*n)),
    }
    key
}

/// The bytes to combine with, if the hash is that of the password.
fn xor(key: u16, expected: u16) -> Option<Cipher> {
    let bytes = PASSWORD.as_bytes();
    let mut hashed = 0xce4b ^ u16::try_from(bytes.len()).ok()?;
    for (b, turn) in bytes.iter().zip(1u32..) {
        // Turned within fifteen bits.
        let wide = u32::from(*b) << (turn % 15);
        hashed ^= ((wide | wide >> 15) & 0x7fff) as u16;
    }
    if hashed != expected {
        return None;
    }
    let fill = [0xbb, 0xff, 0xff, 0xba];
    let mut keys = [0u8; 16];
    let halves = key.to_le_bytes().into_iter().cycle();
    let given = bytes.iter().chain(fill.iter()).zip(halves);
    for (slot, (b, half)) in keys.iter_mut().zip(given) {
        *slot = (b ^ half).rotate_left(2);
    }
    Some(Cipher::Xor(keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&number.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    }

    /// A stream that says so of itself, with its data enciphered.
    fn locked(filepass: &[u8], encipher: &mut dyn FnMut(usize, &mut [u8])) -> (Vec<u8>, Vec<u8>) {
        let sheet: Vec<u8> = (0..=255u8).cycle().take(3000).collect();
        let listed = [&[9, 9, 9, 9][..], &sheet[..40]].concat();
        let mut clear = record(0x0809, &[0, 6, 5, 0]);
        clear.extend(record(FILEPASS, filepass));
        clear.extend(record(BOUNDSHEET, &listed));
        clear.extend(record(0x00fc, &sheet));
        clear.extend(record(EOF, &[]));
        let mut stream = clear.clone();
        for (number, at, data) in records(&clear) {
            let skip = if number == BOUNDSHEET { 4 } else { 0 };
            if !PLAIN.contains(&number) {
                encipher(at + skip, &mut stream[at + skip..at + data.len()]);
            }
        }
        // FILEPASS is no more.
        clear[8..10].copy_from_slice(&NOTHING.to_le_bytes());
        (stream, clear)
    }

    /// The byte of the key stream for each place.
    fn keys(base: &[u8], make: MakeKey) -> Vec<u8> {
        let mut keys = vec![0; 4 * SPAN];
        for (span, number) in keys.chunks_mut(SPAN).zip(0u32..) {
            Rc4::new(&make(base, number)).decipher(span);
        }
        keys
    }

    fn check(base: &[u8], make: MakeKey, hash: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut both = [&[7; 16][..], &hash(&[7; 16])].concat();
        Rc4::new(&make(base, 0)).decipher(&mut both);
        both
    }

    #[test]
    fn streams_open_with_the_default_password() {
        let salt = [5u8; 16];
        let base = by_md5(&salt);
        let check_1 = check(&base, md5_key, |b| hash::<Md5>(&[b]));
        let filepass = [&[1, 0, 1, 0, 1, 0][..], &salt, &check_1].concat();
        let stream_keys = keys(&base, md5_key);
        let (stream, clear) = locked(&filepass, &mut |at, bytes| {
            for (b, k) in bytes.iter_mut().zip(&stream_keys[at..]) {
                *b ^= k;
            }
        });
        assert_eq!(workbook(&stream), Some(Some(clear)));
        for bits in [40u32, 128] {
            let mut base = hash::<Sha1>(&[&salt, &password()]);
            base.push(u8::try_from(bits / 8).unwrap());
            let check_2 = check(&base, sha1_key, |b| hash::<Sha1>(&[b]));
            let mut header = vec![0; 16];
            header.extend(bits.to_le_bytes());
            header.extend([0; 12]);
            let size = u32::try_from(header.len()).unwrap().to_le_bytes();
            let mut filepass = [1, 0, 2, 0, 2, 0, 4, 0, 0, 0].to_vec();
            filepass.extend([&size[..], &header, &[16, 0, 0, 0], &salt].concat());
            filepass.extend([&check_2[..16], &[20, 0, 0, 0], &check_2[16..]].concat());
            let stream_keys = keys(&base, sha1_key);
            let (stream, clear) = locked(&filepass, &mut |at, bytes| {
                for (b, k) in bytes.iter_mut().zip(&stream_keys[at..]) {
                    *b ^= k;
                }
            });
            assert_eq!(workbook(&stream), Some(Some(clear)), "{bits}");
        }
        // Key and hash as Excel 95 writes them.
        let Some(Cipher::Xor(keys)) = xor(0xb359, 0x9a0a) else {
            panic!("the hash is that of the password");
        };
        let filepass = [0x59, 0xb3, 0x0a, 0x9a];
        let (stream, clear) = locked(&filepass, &mut |at, bytes| {
            // The places of a record begin where it ends.
            let skip = if bytes.len() == 40 { 4 } else { 0 };
            let start = at - skip + bytes.len() + skip;
            for (i, b) in bytes.iter_mut().enumerate() {
                *b = (*b ^ keys[(start + skip + i) % 16]).rotate_right(3);
            }
        });
        assert_eq!(workbook(&stream), Some(Some(clear)));
    }

    #[test]
    fn others_do_not() {
        let (mut stream, _) = locked(&[1, 0, 1, 0, 1, 0], &mut |_, _| {});
        assert_eq!(workbook(&stream), Some(None));
        for cut in 0..60 {
            let _ = workbook(&stream[..cut]);
        }
        stream[8] = 0xff;
        assert_eq!(workbook(&stream), None);
    }
}
