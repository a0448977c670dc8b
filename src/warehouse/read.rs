//! Reading a warehouse.
//!
//! A [`Reader`] holds the files' shared lock: while it lives, a writer may read, analyse and stage, and waits only with
//! renaming. What a reader sees is therefore the state before or after a commit, across all tables.

use super::commit::{self, OWN};
use super::error::{Error, at, in_table};
use super::frame;
use super::lock::{FilesLock, WriterLock};
use super::pieces::Pieces;
use super::schema::{self, Layout, Table};
use polars::prelude::{
    DataFrame, HiveOptions, IntoLazy, LazyFrame, PlRefPath, ScanArgsParquet, SchemaRef,
};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A partition of a table: one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Year, 0 where unknown.
    pub year: i32,
    /// Two-digit code of the province, 00 where unknown.
    pub province: String,
    file: PathBuf,
}

/// A warehouse, open for reading.
#[derive(Debug)]
pub struct Reader {
    root: PathBuf,
    _files: FilesLock,
}

impl Reader {
    /// Opens the warehouse at `root`. A commit that was interrupted is finished first, where that can be done.
    pub fn open(root: &Path) -> Result<Self, Error> {
        check_is_warehouse(root)?;
        let own = root.join(OWN);
        if commit::is_interrupted(root) {
            match WriterLock::acquire(&own) {
                Ok(_lock) => {
                    commit::recover(root)?;
                }
                // A writer is at work and finishes it itself; the shared lock below waits for that.
                Err(Error::Locked { .. }) => {}
                // A medium that cannot be written to: every file is whole, though not all of one commit.
                Err(Error::Io { .. }) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(Reader {
            root: root.to_owned(),
            _files: FilesLock::shared(&own),
        })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Files of a table, sorted.
    pub fn files(&self, table: &Table) -> Result<Vec<PathBuf>, Error> {
        files(&self.root, table)
    }

    /// A table, lazily.
    pub fn scan(&self, table: &'static Table) -> Result<LazyFrame, Error> {
        self.scan_files(table, self.files(table)?)
    }

    /// The partitions of a table whose year is wanted, lazily; the whole table where it has no partitions.
    pub fn scan_years(
        &self,
        table: &'static Table,
        wanted: impl Fn(i32) -> bool,
    ) -> Result<LazyFrame, Error> {
        let mut files = self.files(table)?;
        files.retain(|f| year_of(f).is_none_or(&wanted));
        self.scan_files(table, files)
    }

    /// The partitions whose year and province code are wanted, lazily.
    pub fn scan_partitions(
        &self,
        table: &'static Table,
        wanted: impl Fn(i32, &str) -> bool,
    ) -> Result<LazyFrame, Error> {
        let mut files = self.files(table)?;
        files.retain(|f| {
            year_of(f)
                .zip(province_of(f))
                .is_none_or(|(year, province)| wanted(year, province))
        });
        self.scan_files(table, files)
    }

    /// The partitions of a table, by year, then province.
    pub fn partitions(&self, table: &Table) -> Result<Vec<Partition>, Error> {
        let mut all: Vec<Partition> = self
            .files(table)?
            .into_iter()
            .filter_map(|file| {
                let year = year_of(&file)?;
                let province = province_of(&file)?.to_owned();
                Some(Partition {
                    year,
                    province,
                    file,
                })
            })
            .collect();
        all.sort_by(|a, b| (a.year, &a.province).cmp(&(b.year, &b.province)));
        Ok(all)
    }

    /// One partition of a table, lazily.
    pub fn scan_partition(
        &self,
        table: &'static Table,
        partition: &Partition,
    ) -> Result<LazyFrame, Error> {
        self.scan_files(table, vec![partition.file.clone()])
    }

    /// One partition of a table, piece by piece.
    pub fn pieces(&self, table: &'static Table, partition: &Partition) -> Result<Pieces, Error> {
        Pieces::open(table, &partition.file)
    }

    /// Some columns of a whole table: a frame a row group, in order.
    pub fn in_pieces(
        &self,
        table: &'static Table,
        columns: &[&str],
    ) -> Result<Vec<DataFrame>, Error> {
        let mut frames = Vec::new();
        for file in self.files(table)? {
            let pieces = Pieces::open(table, &file)?;
            let groups = (0..pieces.groups()).into_par_iter();
            let read = |group| pieces.read(group, 0..pieces.rows(group), columns);
            frames.extend(groups.map(read).collect::<Result<Vec<_>, Error>>()?);
        }
        Ok(frames)
    }

    /// Province codes of a table's partitions, ascending.
    pub fn provinces(&self, table: &Table) -> Result<Vec<String>, Error> {
        let files = self.files(table)?;
        let mut codes: Vec<String> = files
            .iter()
            .filter_map(|f| province_of(f))
            .map(str::to_owned)
            .collect();
        codes.sort_unstable();
        codes.dedup();
        Ok(codes)
    }

    /// Years of a table's partitions, ascending.
    pub fn years(&self, table: &Table) -> Result<Vec<i32>, Error> {
        let files = self.files(table)?;
        let mut years: Vec<i32> = files.iter().filter_map(|f| year_of(f)).collect();
        years.sort_unstable();
        years.dedup();
        Ok(years)
    }

    fn scan_files(&self, table: &'static Table, files: Vec<PathBuf>) -> Result<LazyFrame, Error> {
        if files.is_empty() {
            return Ok(frame::empty(table).lazy());
        }
        let folder = self.root.join(table.name);
        let paths = files
            .iter()
            .map(|f| PlRefPath::try_from_path(f))
            .collect::<Result<Vec<_>, _>>()
            .map_err(in_table(&folder))?;
        let arguments = ScanArgsParquet {
            // The partition's columns are in the files, with their types.
            hive_options: HiveOptions::new_disabled(),
            schema: Some(SchemaRef::new(frame::schema(table))),
            allow_missing_columns: true,
            glob: false,
            ..ScanArgsParquet::default()
        };
        LazyFrame::scan_parquet_files(paths.into(), arguments).map_err(in_table(&folder))
    }

    /// A whole table.
    pub fn collect(&self, table: &'static Table) -> Result<DataFrame, Error> {
        let mut whole = frame::empty(table);
        for file in self.files(table)? {
            let part = read_file(table, &file)?;
            whole.vstack_mut_owned(part).map_err(in_table(&file))?;
        }
        whole.rechunk_mut();
        Ok(whole)
    }
}

/// The year that a partition's folder names: 2024 of `year=2024/province=43/part-0.parquet`.
fn year_of(file: &Path) -> Option<i32> {
    file.iter()
        .filter_map(|part| part.to_str()?.strip_prefix("year=")?.parse().ok())
        .next_back()
}

/// The province that a partition's folder names: 43.
fn province_of(file: &Path) -> Option<&str> {
    file.iter()
        .filter_map(|part| part.to_str()?.strip_prefix("province="))
        .next_back()
}

/// Fails unless there is a warehouse at `root`.
pub fn check_is_warehouse(root: &Path) -> Result<(), Error> {
    match std::fs::metadata(root) {
        Ok(m) if !m.is_dir() => Err(Error::NotAFolder {
            path: root.to_owned(),
        }),
        Ok(_) if looks_like_one(root) => Ok(()),
        Ok(_) => Err(Error::Missing {
            path: root.to_owned(),
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::Missing {
            path: root.to_owned(),
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => Err(Error::NotAFolder {
            path: root.to_owned(),
        }),
        Err(e) => Err(Error::Io {
            path: root.to_owned(),
            source: e,
        }),
    }
}

/// Whether the folder is a warehouse: it has our folder, or (copied without it) the table of documents.
pub fn looks_like_one(root: &Path) -> bool {
    root.join(OWN).is_dir()
        || root
            .join(schema::DOCUMENTS.name)
            .join("part-0.parquet")
            .is_file()
}

/// Files of a table, sorted by path.
pub(crate) fn files(root: &Path, table: &Table) -> Result<Vec<PathBuf>, Error> {
    let depth = match table.layout {
        Layout::Single => 0,
        Layout::ByYearAndProvince => 2,
    };
    let mut found = Vec::new();
    list(&root.join(table.name), depth, &mut found)?;
    found.sort();
    Ok(found)
}

fn list(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => {
            return Err(Error::Io {
                path: folder.to_owned(),
                source: e,
            });
        }
    };
    for entry in entries {
        let path = entry.map_err(at(folder))?.path();
        if depth > 0 && path.is_dir() {
            list(&path, depth - 1, found)?;
        } else if depth == 0 && path.extension().is_some_and(|e| e == "parquet") {
            found.push(path);
        }
    }
    Ok(())
}

/// A file of a table. It is read into memory and not mapped: a mapped file could not be replaced on Windows.
pub(crate) fn read_file(table: &'static Table, path: &Path) -> Result<DataFrame, Error> {
    match std::fs::read(path) {
        Ok(bytes) => frame::from_parquet(table, bytes).map_err(in_table(path)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(frame::empty(table)),
        Err(e) => Err(Error::Io {
            path: path.to_owned(),
            source: e,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_file_and_an_empty_folder_are_not_warehouses() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(
            Reader::open(&dir.path().join("none")),
            Err(Error::Missing { .. })
        ));
        assert!(matches!(
            Reader::open(dir.path()),
            Err(Error::Missing { .. })
        ));
        let file = dir.path().join("file");
        std::fs::write(&file, b"x").unwrap();
        assert!(matches!(Reader::open(&file), Err(Error::NotAFolder { .. })));
    }
}
