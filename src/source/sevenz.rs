//! Directory and blocks of a 7z archive.
//!
//! A block holds the files of a solid archive one after the other and is unpacked as a whole, once, without its members
//! being in memory; a member is then a slice of it. Memory for dictionaries is bounded by [`MEMORY`].

use super::archive::{Container, Listed, Origin, Place, copy, damaged, encrypted};
use super::blob::{Blob, Reader, Spool};
use super::zipped::Directory;
use crate::read::{Limits, Reason, Reject};
use sevenz_rust2::{Archive, BlockDecoder, Error, Password};
use std::sync::Arc;

/// Most memory for a directory or a dictionary, in KiB.
const MEMORY: usize = 256 << 10;

/// A block of a 7z archive.
pub(super) struct Block {
    pub of: Arc<Container>,
    archive: Arc<Archive>,
    index: usize,
}

impl Block {
    /// All its files, one after the other. A fault ends the blob after the last whole file.
    pub fn unpack(&self, limits: &Limits) -> Result<Blob, Reject> {
        let deadline = limits.timer();
        let mut reader = Reader::new(self.of.blob()?);
        let password = Password::empty();
        let decoder = BlockDecoder::new_with_memory_limit(
            1,
            MEMORY,
            self.index,
            &self.archive,
            &password,
            &mut reader,
        );
        let mut spool = Spool::default();
        let mut verified = 0;
        let mut stopped = None;
        let end = decoder.for_each_entries(&mut |_, from| {
            // The file before this one has been read to its end and its checksum compared.
            verified = spool.len();
            match copy(from, &mut spool, deadline) {
                Ok(_) => Ok(true),
                Err(reject) => {
                    stopped = Some(reject);
                    Err(Error::Other("stopped".into()))
                }
            }
        });
        let failure = stopped.or_else(|| end.err().map(|e| reject(&e)));
        if failure.is_none() {
            verified = spool.len();
        }
        Ok(spool.finish(failure).cut(verified))
    }
}

/// Reads the directory.
pub(super) fn list(
    container: &Arc<Container>,
    most: usize,
    limits: &Limits,
) -> Result<Directory, Reject> {
    let blob = container.blob()?;
    let packed = blob.len();
    let archive =
        Archive::read_with_memory_limit(&mut Reader::new(blob), &Password::empty(), MEMORY)
            .map_err(|e| reject(&e))?;
    let archive = Arc::new(archive);
    let blocks: Vec<Arc<Container>> = (0..archive.blocks.len())
        .map(|index| {
            container.derived(Origin::Block(Block {
                of: container.clone(),
                archive: archive.clone(),
                index,
            }))
        })
        .collect();
    // Where the next file of each block begins.
    let mut at = vec![0u64; blocks.len()];
    let mut members = Vec::new();
    for (i, entry) in archive.files.iter().enumerate().take(most) {
        let place = archive
            .stream_map
            .file_block_index
            .get(i)
            .copied()
            .flatten();
        let (of, place) = match place.and_then(|b| Some((b, blocks.get(b)?, at.get_mut(b)?))) {
            Some((b, of, at)) if entry.has_stream() => {
                let start = *at;
                *at = at.saturating_add(entry.size());
                let unpacked = archive.blocks.get(b).map_or(0, |b| b.get_unpack_size());
                let place = if archive.is_file_encrypted(i) {
                    Place::Refused(encrypted())
                } else if unpacked > limits.unpacked {
                    Place::Refused(Reject::new(
                        Reason::TooLarge,
                        "",
                        format!(
                            "所在的压缩块展开后有 {}MB，超过上限；请分开打包，或用 --max-unpacked 放宽。",
                            unpacked >> 20
                        ),
                    ))
                } else {
                    Place::Slice(start)
                };
                (of.clone(), place)
            }
            _ => (container.clone(), Place::Nothing),
        };
        if entry.is_directory() || entry.is_anti_item {
            continue;
        }
        members.push(Listed {
            name: entry.name().to_owned(),
            size: entry.size(),
            packed,
            place,
            of,
        });
    }
    let all = archive.files.len();
    let problem = (all > most).then(|| {
        Reject::new(
            Reason::TooLarge,
            "",
            format!("压缩包里有 {all} 个文件，超过上限（--max-entries）"),
        )
    });
    Ok((members, problem))
}

/// A fault of the 7z reader.
fn reject(e: &Error) -> Reject {
    match e {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => encrypted(),
        Error::UnsupportedCompressionMethod(method) if method.contains("AES") => encrypted(),
        Error::UnsupportedCompressionMethod(_)
        | Error::Unsupported(_)
        | Error::ExternalUnsupported
        | Error::UnsupportedVersion { .. } => Reject::new(
            Reason::Unsupported,
            "",
            format!("7z 压缩包用了少见的方式（{e}），请改用 zip 重新打包发送。"),
        ),
        Error::MaxMemLimited { actaul_kb, .. } => Reject::new(
            Reason::TooLarge,
            "",
            format!(
                "展开这个 7z 压缩包要 {}MB 内存，超过上限；请改用 zip 重新打包发送。",
                actaul_kb >> 10
            ),
        ),
        e => damaged(e),
    }
}
