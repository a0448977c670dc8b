//! What a Parquet file says of itself: headers of pages, row groups, and the footer.
//!
//! A table of a province and a year is a small file of many columns, of which this is a good part: it is written straight
//! to bytes, and what is the same for every file of a table is made once.

use super::thrift::{self, BYTES, I32, STRUCTURE};
use crate::warehouse::frame::schema;
use crate::warehouse::schema::{Column, DECIMAL_PRECISION, DECIMAL_SCALE, Kind, Table};
use polars::prelude::{CompatLevel, SchemaExt};
use polars_parquet::write::schema_to_metadata_key;
use std::sync::{Arc, Mutex, PoisonError};

/// What files are written by. Readers look for a name and a version; the bytes of a file do not depend on ours.
const WRITTEN_BY: &str = "zhibiao version 1.0.0 (build 1)";
/// First and last bytes of a file.
pub(super) const MAGIC: &[u8; 4] = b"PAR1";

// Numbers of the format.
const DATA_PAGE: i32 = 0;
const DICTIONARY_PAGE: i32 = 2;
const PLAIN: i32 = 0;
const RLE: i32 = 3;
const RLE_DICTIONARY: i32 = 8;
const ZSTD: i32 = 6;
const OPTIONAL: i32 = 1;

/// A page: bytes before and after compression, number of values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub raw: usize,
    pub packed: usize,
    pub values: usize,
}

impl Page {
    fn header(&self, out: &mut Vec<u8>, kind: i32, rest: impl FnOnce(&mut thrift::Fields<'_>)) {
        thrift::structure(out, |s| {
            s.i32(1, kind);
            s.i32(2, self.raw as i32);
            s.i32(3, self.packed as i32);
            rest(s);
        });
    }

    /// Appends the header of a dictionary.
    pub(super) fn dictionary_header(&self, out: &mut Vec<u8>) {
        self.header(out, DICTIONARY_PAGE, |s| {
            s.structure(7, |s| {
                s.i32(1, self.values as i32);
                s.i32(2, PLAIN);
            });
        });
    }

    /// Appends the header of cells, written plainly or as numbers of a dictionary's values.
    pub(super) fn data_header(&self, out: &mut Vec<u8>, is_dictionary: bool) {
        self.header(out, DATA_PAGE, |s| {
            s.structure(5, |s| {
                s.i32(1, self.values as i32);
                s.i32(2, if is_dictionary { RLE_DICTIONARY } else { PLAIN });
                s.i32(3, RLE);
                s.i32(4, RLE);
            });
        });
    }
}

/// A column of a row group, as the footer describes it. Sizes are bytes of pages with their headers.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunk {
    /// Of the dictionary, 0 where there is none.
    pub dictionary: usize,
    pub raw: usize,
    pub packed: usize,
    pub values: usize,
    pub nulls: usize,
    /// The least and the greatest value.
    pub bounds: Option<(Vec<u8>, Vec<u8>)>,
}

impl Chunk {
    fn describe(&self, column: &Column, start: u64, s: &mut thrift::Fields<'_>) {
        let encodings: &[i32] = match self.dictionary {
            0 => &[PLAIN, RLE],
            _ => &[PLAIN, RLE, RLE_DICTIONARY],
        };
        s.i32(1, physical(column.kind));
        s.list(2, I32, encodings.len(), |out| {
            encodings
                .iter()
                .for_each(|e| thrift::number(out, (*e).into()));
        });
        s.list(3, BYTES, 1, |out| {
            thrift::bytes(out, column.name.as_bytes())
        });
        s.i32(4, ZSTD);
        s.i64(5, self.values as i64);
        s.i64(6, self.raw as i64);
        s.i64(7, self.packed as i64);
        s.i64(9, start as i64 + self.dictionary as i64);
        if self.dictionary > 0 {
            s.i64(11, start as i64);
        }
        s.structure(12, |s| {
            s.i64(3, self.nulls as i64);
            if let Some((least, most)) = &self.bounds {
                s.bytes(5, most);
                s.bytes(6, least);
                s.flag(7, true);
                s.flag(8, true);
            }
        });
    }
}

/// Row groups of a file, described.
#[derive(Debug, Default)]
pub(super) struct Groups {
    bytes: Vec<u8>,
    count: usize,
    rows: u64,
}

impl Groups {
    /// A row group whose first page begins at `start`.
    pub(super) fn add(&mut self, table: &Table, rows: usize, mut start: u64, chunks: &[Chunk]) {
        let sum = |of: fn(&Chunk) -> usize| chunks.iter().map(of).sum::<usize>() as i64;
        let ordinal = i16::try_from(self.count);
        let first = start as i64;
        thrift::structure(&mut self.bytes, |s| {
            s.list(1, STRUCTURE, chunks.len(), |out| {
                for (column, chunk) in table.columns.iter().zip(chunks) {
                    thrift::structure(out, |s| {
                        s.i64(2, 0);
                        s.structure(3, |s| chunk.describe(column, start, s));
                    });
                    start += chunk.packed as u64;
                }
            });
            s.i64(2, sum(|c| c.raw));
            s.i64(3, rows as i64);
            s.i64(5, first);
            s.i64(6, sum(|c| c.packed));
            if let Ok(ordinal) = ordinal {
                s.i16(7, ordinal);
            }
        });
        self.count += 1;
        self.rows += rows as u64;
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Appends the footer.
    pub(super) fn footer(&self, table: &'static Table, out: &mut Vec<u8>) {
        let start = out.len();
        let known = known(table);
        thrift::structure(out, |s| {
            s.i32(1, 1);
            s.list(2, STRUCTURE, table.columns.len() + 1, |out| {
                out.extend_from_slice(&known.schema);
            });
            s.i64(3, self.rows as i64);
            s.list(4, STRUCTURE, self.count, |out| {
                out.extend_from_slice(&self.bytes)
            });
            s.list(5, STRUCTURE, 1, |out| out.extend_from_slice(&known.arrow));
            s.bytes(6, WRITTEN_BY.as_bytes());
            // Every column is ordered as its type is.
            s.list(7, STRUCTURE, table.columns.len(), |out| {
                for _ in table.columns {
                    thrift::structure(out, |s| s.structure(1, |_| {}));
                }
            });
        });
        let length = (out.len() - start) as u32;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(MAGIC);
    }
}

/// What is the same in every file of a table.
#[derive(Debug)]
struct Known {
    schema: Vec<u8>,
    arrow: Vec<u8>,
}

fn known(table: &'static Table) -> Arc<Known> {
    static TABLES: Mutex<Vec<(usize, Arc<Known>)>> = Mutex::new(Vec::new());
    let key = std::ptr::from_ref(table).addr();
    let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, known)) = tables.iter().find(|(k, _)| *k == key) {
        return known.clone();
    }
    let mut new = Known {
        schema: Vec::new(),
        arrow: Vec::new(),
    };
    put_schema(table, &mut new.schema);
    // In the Arrow schema that a file carries, polars' own type of texts is understood by few.
    let arrow = schema_to_metadata_key(&schema(table).to_arrow(CompatLevel::oldest()));
    thrift::structure(&mut new.arrow, |s| {
        s.bytes(1, arrow.key.as_bytes());
        s.bytes(2, arrow.value.unwrap_or_default().as_bytes());
    });
    let new = Arc::new(new);
    tables.push((key, new.clone()));
    new
}

fn physical(kind: Kind) -> i32 {
    match kind {
        Kind::Bool => 0,
        Kind::Int32 | Kind::Date => 1,
        Kind::Int64 | Kind::Time => 2,
        Kind::Float => 5,
        Kind::Text => 6,
        Kind::Decimal => 7,
    }
}

/// Appends the elements of a table's schema: the root, then a column each.
fn put_schema(table: &Table, out: &mut Vec<u8>) {
    thrift::structure(out, |s| {
        s.bytes(4, b"root");
        s.i32(5, table.columns.len() as i32);
    });
    for column in table.columns {
        thrift::structure(out, |s| {
            s.i32(1, physical(column.kind));
            if column.kind == Kind::Decimal {
                s.i32(2, 16);
            }
            s.i32(3, OPTIONAL);
            s.bytes(4, column.name.as_bytes());
            // What the type means, in the old spelling and in the new.
            match column.kind {
                Kind::Text => {
                    s.i32(6, 0);
                    s.structure(10, |s| s.structure(1, |_| {}));
                }
                Kind::Decimal => {
                    s.i32(6, 5);
                    s.i32(7, DECIMAL_SCALE as i32);
                    s.i32(8, DECIMAL_PRECISION as i32);
                    s.structure(10, |s| {
                        s.structure(5, |s| {
                            s.i32(1, DECIMAL_SCALE as i32);
                            s.i32(2, DECIMAL_PRECISION as i32);
                        });
                    });
                }
                Kind::Date => {
                    s.i32(6, 6);
                    s.structure(10, |s| s.structure(6, |_| {}));
                }
                // Microseconds; of no time zone, which the old spelling does not have.
                Kind::Time => s.structure(10, |s| {
                    s.structure(8, |s| {
                        s.flag(1, false);
                        s.structure(2, |s| s.structure(2, |_| {}));
                    });
                }),
                Kind::Int32 | Kind::Int64 | Kind::Float | Kind::Bool => {}
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::schema::{OBSERVATIONS, TABLES};
    use polars_parquet::parquet::metadata::SchemaDescriptor;
    use polars_parquet::parquet::read::read_metadata;
    use polars_parquet::write::to_parquet_schema;
    use std::io::Cursor;

    #[test]
    fn polars_reads_the_schema_that_it_would_write() {
        for table in TABLES {
            let mut bytes = MAGIC.to_vec();
            Groups::default().footer(table, &mut bytes);
            let found = read_metadata(&mut Cursor::new(bytes)).unwrap();
            let arrow = schema(table).to_arrow(CompatLevel::oldest());
            let expected = to_parquet_schema(&arrow).unwrap();
            let shown = |s: &SchemaDescriptor| format!("{:?}{:?}", s.fields(), s.columns());
            assert_eq!(shown(found.schema()), shown(&expected));
            assert_eq!(found.created_by.as_deref(), Some(WRITTEN_BY));
            let key = schema_to_metadata_key(&arrow);
            assert_eq!(
                format!("{:?}", found.key_value_metadata()),
                format!("{:?}", Some(vec![key]))
            );
        }
    }

    #[test]
    fn polars_reads_what_is_said_of_row_groups() {
        let chunks: Vec<Chunk> = OBSERVATIONS
            .columns
            .iter()
            .enumerate()
            .map(|(n, c)| Chunk {
                dictionary: (n % 2) * 40,
                raw: 100 + n,
                packed: 60 + n,
                values: 7,
                nulls: n % 3,
                bounds: (c.kind == Kind::Text).then(|| (b"a".to_vec(), "民".as_bytes().to_vec())),
            })
            .collect();
        let mut groups = Groups::default();
        groups.add(&OBSERVATIONS, 7, 4, &chunks);
        groups.add(&OBSERVATIONS, 7, 4000, &chunks);
        let mut bytes = MAGIC.to_vec();
        groups.footer(&OBSERVATIONS, &mut bytes);
        let found = read_metadata(&mut Cursor::new(bytes)).unwrap();
        assert_eq!((found.num_rows, found.row_groups.len()), (14, 2));
        let mut start = 4000;
        let columns = found.row_groups.last().unwrap().parquet_columns();
        for (c, chunk) in columns.iter().zip(&chunks) {
            let dictionary = (chunk.dictionary > 0).then_some(start);
            assert_eq!(c.dictionary_page_offset(), dictionary);
            assert_eq!(c.data_page_offset(), start + chunk.dictionary as i64);
            assert_eq!(c.compressed_size(), chunk.packed as i64);
            assert_eq!(c.uncompressed_size(), chunk.raw as i64);
            let statistics = c.statistics(&found.footer_buf).unwrap().unwrap();
            assert_eq!(statistics.null_count(), Some(chunk.nulls as i64));
            start += chunk.packed as i64;
        }
    }
}
