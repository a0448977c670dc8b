//! Directory of a zip archive: all entries, also those of the same name, with the names that a person gave them.
//!
//! A name is UTF-8 where its flag says so, else what the Unicode path field (Info-ZIP 0x7075) says if it belongs to the
//! name, else in the charset that all names of the archive fit ([`Charset`]): Chinese Windows writes GBK without a word.

use super::archive::{Container, Listed, Place, damaged, encrypted};
use super::blob::{Blob, Reader};
use super::names::Charset;
use crate::read::{Reason, Reject, is_document};
use std::sync::Arc;
use zip::read::{Config, OwnedZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

/// Entries, and why there are no more of them.
pub(super) type Directory = (Vec<Listed>, Option<Reject>);

/// Reads the directory.
pub(super) fn list(container: &Arc<Container>, most: usize) -> Result<Directory, Reject> {
    let blob = container.blob()?;
    let mut archive = ZipIterable::try_new(Reader::new(blob.clone()), Config::default())
        .map_err(|e| reject(&e))?;
    let declared = archive.len();
    let mut problem = None;
    let mut entries: Vec<OwnedZipFileEntry> = Vec::new();
    for entry in archive.files().map_err(|e| reject(&e))?.take(most) {
        match entry {
            Ok(entry) => entries.push(entry.into()),
            Err(e) => {
                problem = Some(reject(&e));
                break;
            }
        }
    }
    if problem.is_none() && declared > entries.len() {
        problem = Some(Reject::new(
            Reason::TooLarge,
            "",
            format!("压缩包里有 {declared} 个文件，超过上限（--max-entries）"),
        ));
    }
    let unflagged = entries.iter().filter(|e| !utf8(e)).map(|e| e.name_raw());
    let charset = Charset::of(unflagged);
    let mut reader = Reader::new(blob);
    let mut members = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = if utf8(&entry) {
            Charset::Utf8.decode(entry.name_raw())
        } else {
            unicode_path(&entry, &mut reader).unwrap_or_else(|| charset.decode(entry.name_raw()))
        };
        if name.ends_with(['/', '\\']) {
            continue;
        }
        let (size, packed) = (entry.size(), entry.compressed_size());
        let place = if entry.encrypted() {
            Place::Refused(encrypted())
        } else if entry.is_symlink() {
            Place::Refused(Reject::new(
                Reason::Unsupported,
                "",
                "压缩包里的这一项是链接，不是文件；请把它指向的文件放进压缩包。",
            ))
        } else {
            Place::Zip(Box::new(entry))
        };
        members.push(Listed {
            name,
            size,
            packed,
            place,
            of: container.clone(),
        });
    }
    Ok((members, problem))
}

/// The language encoding flag.
fn utf8(entry: &OwnedZipFileEntry) -> bool {
    entry.flags().as_u16() & 0x0800 != 0
}

/// The name in the Unicode path field, if it was made for the name in the directory.
fn unicode_path(entry: &OwnedZipFileEntry, reader: &mut Reader) -> Option<String> {
    let raw = entry.name_raw();
    // Only names that lost something: not ASCII, or with `?` where a letter was.
    if raw.iter().all(|&b| b.is_ascii() && b != b'?' && b != b'_') {
        return None;
    }
    let options = zip::ZipReadOptions::new().ignore_encryption_flag(true);
    let file = entry.as_ref().with_reader(reader, options).ok()?;
    file.extra_data_fields().find_map(|field| match field {
        zip::ExtraField::UnicodePath(path) => {
            // Compares the checksum of the name.
            let content = path.clone().unwrap_valid(raw).ok()?;
            String::from_utf8(content.into_vec()).ok()
        }
        _ => None,
    })
}

/// Whether a zip container is an archive of files rather than a document; false where its directory cannot be read.
pub(super) fn is_archive(blob: Arc<Blob>) -> bool {
    let Ok(mut archive) = ZipIterable::try_new(Reader::new(blob), Config::default()) else {
        return false;
    };
    let Ok(files) = archive.files() else {
        return false;
    };
    let names = files
        .filter_map(Result::ok)
        .map(|e| String::from_utf8_lossy(e.name_raw()).into_owned());
    !is_document(names)
}

/// A fault of the zip reader.
pub(super) fn reject(e: &ZipError) -> Reject {
    match e {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            encrypted()
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            Reject::new(
                Reason::Unsupported,
                "",
                format!("压缩包用了少见的压缩方式（{e}），请用普通的 zip 方式重新打包发送。"),
            )
        }
        e => damaged(e),
    }
}
