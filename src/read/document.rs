//! What every reader produces: a document as blocks with locations.
//!
//! Offsets of the rest of the program are Unicode scalar offsets into [`Block::text`] of a heading or paragraph, or
//! into [`Cell::text`] of a table cell. Readers therefore give text exactly as a person sees it on the page, and never
//! change it afterwards.

/// File formats that are recognised by their bytes (never by the extension).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Office Open XML word processing (docx, docm, dotx, zipped wps).
    Docx,
    /// Word 97–2003 binary (doc, OLE wps).
    Doc,
    /// Office Open XML spreadsheet (xlsx, xlsm).
    Xlsx,
    /// Binary Office Open XML spreadsheet.
    Xlsb,
    /// Excel 97–2003 binary (xls, et).
    Xls,
    /// OpenDocument spreadsheet.
    Ods,
    /// OpenDocument text.
    Odt,
    /// Rich text format.
    Rtf,
    /// HTML, whatever the extension says.
    Html,
    /// XML Spreadsheet 2003.
    SpreadsheetMl,
    /// Delimited text.
    Csv,
    /// Plain text.
    Text,
}

impl Format {
    /// Short name, as written in `documents.format`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Docx => "docx",
            Format::Doc => "doc",
            Format::Xlsx => "xlsx",
            Format::Xlsb => "xlsb",
            Format::Xls => "xls",
            Format::Ods => "ods",
            Format::Odt => "odt",
            Format::Rtf => "rtf",
            Format::Html => "html",
            Format::SpreadsheetMl => "xml-spreadsheet",
            Format::Csv => "csv",
            Format::Text => "txt",
        }
    }
}

/// A document as it is read: blocks in reading order.
#[derive(Clone, Debug)]
pub struct Document {
    /// Format found in the bytes.
    pub format: Format,
    /// Headings, paragraphs and tables in reading order.
    pub blocks: Vec<Block>,
    /// Parts that could not be read (the document is then `partial`).
    pub problems: Vec<Problem>,
    /// Remarks that do not make the document partial (Chinese, one sentence each).
    pub warnings: Vec<String>,
}

impl Document {
    /// A document that was read without problems.
    pub fn new(format: Format, blocks: Vec<Block>) -> Document {
        Document {
            format,
            blocks,
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// A part of a document that could not be read.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Which part: `word/document.xml`, `Sheet2` …
    pub part: String,
    /// Why.
    pub reason: Reason,
    /// What happened, and what to do.
    pub detail: String,
}

/// Why a file or a part of one was not read: the fixed list of `rejects.reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Zero bytes, or no text and no table in it.
    Empty,
    /// Truncated or damaged.
    Corrupt,
    /// Protected by a password.
    Encrypted,
    /// A kind of file that is not read.
    Unsupported,
    /// Over a limit of size, ratio, entries or nesting.
    TooLarge,
    /// Took too long.
    Timeout,
    /// The operating system did not let us read it.
    Unreadable,
    /// A fault in this program, contained to the file.
    Internal,
}

impl Reason {
    /// As written in `rejects.reason`.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Empty => "empty",
            Reason::Corrupt => "corrupt",
            Reason::Encrypted => "encrypted",
            Reason::Unsupported => "unsupported",
            Reason::TooLarge => "too_large",
            Reason::Timeout => "timeout",
            Reason::Unreadable => "unreadable",
            Reason::Internal => "internal",
        }
    }
}

/// A heading, paragraph or table.
#[derive(Clone, Debug)]
pub struct Block {
    /// `p12`: the twelfth heading or paragraph, from 1; `t3`: the third table; a sheet's name for its table.
    pub location: String,
    /// What it is.
    pub kind: BlockKind,
}

/// The kinds of block.
#[derive(Clone, Debug)]
pub enum BlockKind {
    /// A heading; level 0 is the document's title, 1–9 as in the outline.
    Heading {
        /// Outline level, 0 for a title.
        level: u8,
        /// The heading's text.
        text: String,
    },
    /// A paragraph that is not a heading.
    Paragraph {
        /// The paragraph's text.
        text: String,
    },
    /// A table or a sheet.
    Table(Table),
}

impl Block {
    /// The text of a heading or paragraph; empty for a table.
    pub fn text(&self) -> &str {
        match &self.kind {
            BlockKind::Heading { text, .. } | BlockKind::Paragraph { text } => text,
            BlockKind::Table(_) => "",
        }
    }

    /// The table, if it is one.
    pub fn table(&self) -> Option<&Table> {
        match &self.kind {
            BlockKind::Table(t) => Some(t),
            _ => None,
        }
    }

    /// The text that offsets at a location (`p12`, `t3!B4`) count in: that of the block, or of a cell of its table.
    pub fn text_at(&self, location: &str) -> Option<&str> {
        let Some(table) = self.table() else {
            return Some(self.text());
        };
        let (row, column) = Table::place(location)?;
        let mut cells = table.cells.iter();
        let cell = cells.find(|c| (c.row, c.column) == (row, column))?;
        Some(&cell.text)
    }
}

/// A table of a text document, or a sheet: only the cells that are there, in row-major order.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Name of the sheet; empty for a table of a text document.
    pub name: String,
    /// Cells in row-major order. A merged region is one cell with its spans.
    pub cells: Vec<Cell>,
    /// Number of rows (largest row index + 1).
    pub rows: u32,
    /// Number of columns (largest column index + 1).
    pub columns: u32,
    /// The sheet is hidden.
    pub hidden: bool,
}

/// A cell as it is seen.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Row, from 0.
    pub row: u32,
    /// Column, from 0 (in the grid, spans counted).
    pub column: u32,
    /// Rows that it covers, at least 1.
    pub row_span: u32,
    /// Columns that it covers, at least 1.
    pub column_span: u32,
    /// The text as shown, number format applied (`87.4%`, `1,234.50`); several paragraphs are joined with `\n`.
    pub text: String,
    /// The cell is numeric in a spreadsheet (not a text that looks like a number, not a date).
    pub numeric: bool,
    /// For a numeric cell: its exact stored value as the shortest decimal (not rounded by the number format), with the
    /// percent format applied (0.8739 stored under `0.0%` is `87.39%` here and `87.4%` in `text`). `None` where `text`
    /// already is the exact value.
    pub exact: Option<String>,
    /// Row or column hidden.
    pub hidden: bool,
}

impl Table {
    /// A table of texts: rows of cells, none of them merged.
    pub fn of<R, C>(rows: R) -> Table
    where
        R: IntoIterator<Item = C>,
        C: IntoIterator<Item: Into<String>>,
    {
        let mut table = Table::default();
        for (row, cells) in (0..).zip(rows) {
            table.rows = row + 1;
            for (column, text) in (0..).zip(cells) {
                table.columns = table.columns.max(column + 1);
                table.cells.push(Cell {
                    row,
                    column,
                    row_span: 1,
                    column_span: 1,
                    text: text.into(),
                    numeric: false,
                    exact: None,
                    hidden: false,
                });
            }
        }
        table
    }

    /// Row and column, from 0, of a location `t3!B4`: what [`Table::address`] wrote.
    pub fn place(location: &str) -> Option<(u32, u32)> {
        let (_, cell) = location.rsplit_once('!')?;
        let letters = cell.trim_end_matches(|c: char| c.is_ascii_digit());
        let row: u32 = cell.get(letters.len()..)?.parse().ok()?;
        let mut column: u32 = 0;
        for c in letters.bytes() {
            let digit = u32::from(c.checked_sub(b'A')?) + 1;
            column = column.checked_mul(26)?.checked_add(digit)?;
        }
        Some((row.checked_sub(1)?, column.checked_sub(1)?))
    }

    /// `B4`-style address of a cell.
    pub fn address(row: u32, column: u32) -> String {
        let mut address = String::with_capacity(16);
        Table::push_address(&mut address, row, column);
        address
    }

    /// The same, at the end of a text.
    pub fn push_address(out: &mut String, row: u32, column: u32) {
        // Letters and digits are found from the last to the first.
        let letters = out.len();
        let mut rest = u64::from(column) + 1;
        while rest > 0 {
            out.insert(letters, char::from(b'A' + ((rest - 1) % 26) as u8));
            rest = (rest - 1) / 26;
        }
        let digits = out.len();
        let mut rest = u64::from(row) + 1;
        while rest > 0 {
            out.insert(digits, char::from(b'0' + (rest % 10) as u8));
            rest /= 10;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_back() {
        for (row, column) in [
            (0, 0),
            (3, 1),
            (99, 25),
            (0, 26),
            (12, 701),
            (1_048_575, 16_383),
        ] {
            let text = format!("表!{}", Table::address(row, column));
            assert_eq!(Table::place(&text), Some((row, column)));
        }
        assert_eq!(Table::place("p12"), None);
        assert_eq!(Table::place("t1!4"), None);
        assert_eq!(Table::place("t1!B0"), None);
    }
}
