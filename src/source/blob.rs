//! Bytes that can be read at any place, by several threads, without being in memory: a file on disk, or what was
//! unpacked from an archive (in memory while it is small, else in a temporary file that has no name and goes away by
//! itself).

use crate::read::{Reason, Reject};
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// Unpacked bytes that are kept in memory; more go to a temporary file.
const IN_MEMORY: usize = 8 << 20;
/// Bytes read ahead.
const AHEAD: usize = 16 << 10;

/// What tells that a file is still the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub len: u64,
    pub modified: Option<SystemTime>,
}

impl Stamp {
    pub fn of(meta: &Metadata) -> Stamp {
        Stamp {
            len: meta.len(),
            modified: meta.modified().ok(),
        }
    }
}

/// Opens a regular file for reading. Never waits, as opening a FIFO would, and never opens a device.
pub(super) fn open(path: &Path) -> Result<(File, Stamp), Reject> {
    // What it is is asked before it is opened, since opening a device may already do something, and again after that.
    let before = std::fs::metadata(path).map_err(|e| unreadable(&e))?;
    if before.is_dir() {
        return Err(unreadable(&io::ErrorKind::IsADirectory.into()));
    }
    if !before.is_file() {
        return Err(special());
    }
    open_known(path)
}

/// Opens what has just been seen to be a regular file.
fn open_known(path: &Path) -> Result<(File, Stamp), Reject> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = options.open(path).map_err(|e| unreadable(&e))?;
    let meta = file.metadata().map_err(|e| unreadable(&e))?;
    if !meta.is_file() {
        return Err(special());
    }
    Ok((file, Stamp::of(&meta)))
}

/// All bytes of an open file; `None` where it is not any more what its stamp says.
pub(super) fn whole(file: &File, stamp: Stamp) -> io::Result<Option<Vec<u8>>> {
    let length = usize::try_from(stamp.len).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length)?;
    file.take(stamp.len).read_to_end(&mut bytes)?;
    // That there are no more is what its size says afterwards, but that of files that are made up as they are read.
    let over = length > 0 || (&mut &*file).read(&mut [0])? == 0;
    let same = bytes.len() == length && over && Stamp::of(&file.metadata()?) == stamp;
    Ok(same.then_some(bytes))
}

/// A FIFO, socket or device.
pub(super) fn special() -> Reject {
    Reject::new(
        Reason::Unsupported,
        "",
        "这是管道或设备，不是普通文件，没有打开；请把内容存成文件再读。",
    )
}

/// What the operating system said, as a reject that says what to do.
pub(super) fn unreadable(e: &io::Error) -> Reject {
    use io::ErrorKind;
    let detail = match e.kind() {
        ErrorKind::PermissionDenied => "没有权限读取，请检查文件和所在文件夹的权限。".to_owned(),
        ErrorKind::NotFound => {
            "文件已不在原处（或是指向不存在文件的链接），请检查后重新读取。".to_owned()
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "临时文件夹已满，压缩包展不开，请腾出磁盘空间后重试。".to_owned()
        }
        _ if is_link_loop(e) => "链接绕成了圈，请改为指向真正的文件。".to_owned(),
        _ => format!("操作系统读不出这个文件（{e}），请检查磁盘或重新复制一份。"),
    };
    Reject::new(Reason::Unreadable, "", detail)
}

fn is_link_loop(e: &io::Error) -> bool {
    #[cfg(unix)]
    {
        e.raw_os_error() == Some(libc::ELOOP)
    }
    #[cfg(not(unix))]
    {
        let _ = e;
        false
    }
}

/// A file whose size or time changed while it was read.
pub(super) fn changing() -> Reject {
    Reject::new(
        Reason::Unreadable,
        "",
        "读取时文件正在被改写，请等它保存或传输完毕后再读。",
    )
}

enum Data {
    File(File),
    Memory(Vec<u8>),
}

/// Bytes at rest.
pub(super) struct Blob {
    data: Data,
    len: u64,
    /// Why there are not more bytes, where unpacking broke off.
    pub failure: Option<Reject>,
}

impl Blob {
    /// A file on disk, which must still be what its stamp says.
    pub fn disk(path: &Path, stamp: Stamp) -> Result<Blob, Reject> {
        let (file, now) = open(path)?;
        if now != stamp {
            return Err(changing());
        }
        Ok(Blob {
            data: Data::File(file),
            len: stamp.len,
            failure: None,
        })
    }

    /// A file on disk, read whole, which must still be what its stamp, taken just before, says.
    pub fn memory(path: &Path, stamp: Stamp) -> Result<Blob, Reject> {
        let (file, now) = open_known(path)?;
        let bytes = match now == stamp {
            true => whole(&file, stamp).map_err(|e| unreadable(&e))?,
            false => None,
        };
        Ok(Blob {
            data: Data::Memory(bytes.ok_or_else(changing)?),
            len: stamp.len,
            failure: None,
        })
    }

    /// What is in memory.
    pub fn into_memory(self) -> Option<Vec<u8>> {
        match self.data {
            Data::Memory(bytes) => Some(bytes),
            Data::File(_) => None,
        }
    }

    /// Number of bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Only its first bytes count.
    pub fn cut(mut self, len: u64) -> Blob {
        self.len = self.len.min(len);
        self
    }

    /// Its first bytes, at most so many.
    pub fn head(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut head = vec![0; most];
        let mut have = 0;
        while let Some(rest) = head.get_mut(have..).filter(|rest| !rest.is_empty()) {
            match self.read_at(rest, have as u64) {
                Ok(0) => break,
                Ok(n) => have += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        head.truncate(have);
        Ok(head)
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        match &self.data {
            Data::Memory(bytes) => {
                let from = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                let mut rest = bytes.get(from..).unwrap_or_default();
                rest.read(buffer)
            }
            Data::File(file) => {
                #[cfg(unix)]
                {
                    use std::os::unix::fs::FileExt;
                    file.read_at(buffer, at)
                }
                #[cfg(windows)]
                {
                    use std::os::windows::fs::FileExt;
                    file.seek_read(buffer, at)
                }
                #[cfg(not(any(unix, windows)))]
                {
                    let mut file = file;
                    file.seek(SeekFrom::Start(at))?;
                    file.read(buffer)
                }
            }
        }
    }
}

/// Reads a blob from one place on; each thread has its own.
pub(super) struct Reader {
    blob: Arc<Blob>,
    /// Place of the next byte given.
    at: u64,
    /// Bytes read ahead, and where the first of them stands.
    ahead: Vec<u8>,
    ahead_at: u64,
}

impl Reader {
    pub fn new(blob: Arc<Blob>) -> Reader {
        Reader {
            blob,
            at: 0,
            ahead: Vec::new(),
            ahead_at: 0,
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.len() >= AHEAD {
            let n = self.blob.read_at(buffer, self.at)?;
            self.at += n as u64;
            return Ok(n);
        }
        let known = |r: &Reader| {
            let offset = r.at.checked_sub(r.ahead_at)?;
            let rest = r.ahead.get(usize::try_from(offset).ok()?..)?;
            (!rest.is_empty()).then_some(offset as usize)
        };
        if known(self).is_none() {
            self.ahead.resize(AHEAD, 0);
            self.ahead_at = self.at;
            let got = self.blob.read_at(&mut self.ahead, self.at);
            self.ahead.truncate(*got.as_ref().unwrap_or(&0));
            got?;
        }
        let Some(offset) = known(self) else {
            return Ok(0);
        };
        let mut rest = self.ahead.get(offset..).unwrap_or_default();
        let n = rest.read(buffer)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.blob.len, by),
            SeekFrom::Current(by) => (self.at, by),
        };
        self.at = base
            .checked_add_signed(by)
            .ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Takes what is unpacked and becomes a [`Blob`].
#[derive(Default)]
pub(super) struct Spool {
    memory: Vec<u8>,
    file: Option<File>,
    len: u64,
}

impl Spool {
    /// The bytes, and why they are not all.
    pub fn finish(self, failure: Option<Reject>) -> Blob {
        Blob {
            data: match self.file {
                Some(file) => Data::File(file),
                None => Data::Memory(self.memory),
            },
            len: self.len,
            failure,
        }
    }

    /// Bytes taken so far.
    pub fn len(&self) -> u64 {
        self.len
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = match &mut self.file {
            Some(file) => file.write(bytes)?,
            None if self.memory.len() + bytes.len() <= IN_MEMORY => {
                self.memory.extend_from_slice(bytes);
                bytes.len()
            }
            None => {
                let mut file = tempfile::tempfile()?;
                file.write_all(&self.memory)?;
                self.memory = Vec::new();
                let n = file.write(bytes)?;
                self.file = Some(file);
                n
            }
        };
        self.len += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spool_gives_back_what_it_took_small_and_large() {
        for size in [0, 1, AHEAD, IN_MEMORY + 5] {
            let bytes: Vec<u8> = (0..size).map(|i| (i * 7 % 251) as u8).collect();
            let mut spool = Spool::default();
            spool.write_all(&bytes).unwrap();
            let blob = Arc::new(spool.finish(None));
            assert_eq!(blob.len(), size as u64);
            let mut reader = Reader::new(blob.clone());
            let mut back = Vec::new();
            reader.read_to_end(&mut back).unwrap();
            assert!(back == bytes);
            let half = size as u64 / 2;
            reader.seek(SeekFrom::Start(half)).unwrap();
            let mut three = [0u8; 3];
            let n = reader.read(&mut three).unwrap();
            assert_eq!(three.get(..n), bytes.get(size / 2..size / 2 + n));
            // Before what was read ahead, and past the end.
            reader.seek(SeekFrom::Start(0)).unwrap();
            assert_eq!(reader.read(&mut three).unwrap(), size.min(3));
            reader.seek(SeekFrom::End(9)).unwrap();
            assert_eq!(reader.read(&mut three).unwrap(), 0);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_opened() {
        let reject = open(Path::new("/dev/zero")).err().unwrap();
        assert_eq!(reject.reason, Reason::Unsupported);
    }
}
