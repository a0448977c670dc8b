//! What all sheets of a workbook share: strings, number formats, the date system, the list of sheets.

use super::super::language::Language;
use super::super::number_format::CellFormats;
use super::super::unescape_control;
use super::Biff;
use super::record::{Chunks, Record, Records, number};
use super::text;
use crate::read::{Reason, Reject};
use encoding_rs::Encoding;

/// Sheets at most; Excel has no limit, memory has.
const MOST_SHEETS: usize = 4096;

/// A sheet as the globals list it.
pub(super) struct Listed {
    pub name: String,
    pub hidden: bool,
    /// Where its records begin.
    pub offset: usize,
}

/// The globals.
pub(super) struct Globals {
    biff: Biff,
    encoding: &'static Encoding,
    pub strings: Vec<Box<str>>,
    pub sheets: Vec<Listed>,
    pub formats: CellFormats,
    /// A font is of a Chinese, Japanese or Korean character set.
    east_asian: bool,
}

impl Globals {
    /// Reads the globals of a stream.
    ///
    /// # Errors
    /// No workbook, an encrypted one, or one of a version before Excel 3.
    pub fn read(stream: &[u8]) -> Result<Globals, Reject> {
        let first = Records::at(stream, 0).next().ok_or_else(no_workbook)?;
        let (version, kind) = {
            let mut data = first.chunks();
            (data.u16().unwrap_or(0), data.u16().unwrap_or(0))
        };
        let biff = match first.number {
            number::BOF if version >= 0x0600 => Biff::Eight,
            number::BOF => Biff::Five,
            number::BOF_3 | number::BOF_4 => Biff::Early,
            number::BOF_2 => {
                return Err(Reject::new(
                    Reason::Unsupported,
                    "",
                    "这是 Excel 2.x 的文件，不读取，请用 Excel 打开后另存为 .xlsx 再发送。",
                ));
            }
            _ => return Err(no_workbook()),
        };
        let mut found = Globals {
            biff,
            // Workbooks without the record were written in China like all others here.
            encoding: encoding_rs::GBK,
            strings: Vec::new(),
            sheets: Vec::new(),
            formats: CellFormats::default(),
            east_asian: false,
        };
        for record in Records::at(stream, 0) {
            if record.number == number::EOF {
                break;
            }
            if record.number == number::FILEPASS {
                return Err(Reject::new(
                    Reason::Encrypted,
                    "",
                    "工作簿有密码，请去掉密码后再发送。",
                ));
            }
            found.record(&record);
        }
        if !found.east_asian && found.formats.depend_on_language() {
            let language = found.language();
            found.formats.speak(language);
        }
        found.formats.settle();
        // Without a list: one sheet, whose records these are (Excel 3 and 4 have nothing else).
        if found.sheets.is_empty() && (biff == Biff::Early || kind == 0x0010) {
            found.sheets.push(Listed {
                name: "Sheet1".to_owned(),
                hidden: false,
                offset: 0,
            });
        }
        Ok(found)
    }

    /// The generation of the format.
    pub fn biff(&self) -> Biff {
        self.biff
    }

    /// The language of the workbook. Before Excel 97 its texts stand in the sheets, in a code page that tells.
    fn language(&self) -> Language {
        let names = self.sheets.iter().map(|s| s.name.as_str());
        let names = names.chain(self.formats.codes());
        if self.biff == Biff::Eight {
            // All texts stand here: without any, names, formats and fonts decide.
            Language::of(self.strings.iter().map(|s| &**s).chain(["A"]), names)
        } else if self.encoding.is_single_byte() {
            Language::of(["x"], names)
        } else {
            Language::Chinese
        }
    }

    /// A record of the globals; one that is too short says nothing.
    fn record(&mut self, record: &Record<'_>) -> Option<()> {
        let mut data = record.chunks();
        match record.number {
            // BIFF8 strings are UTF-16 whatever this record says.
            number::CODEPAGE => self.encoding = text::code_page(data.u16()?),
            number::DATEMODE => self.formats.count_from_1904(data.u16()? == 1),
            number::BOUNDSHEET => {
                let offset = usize::try_from(data.u32()?).ok()?;
                let (state, kind) = (data.u8()?, data.u8()?);
                // Charts and modules have no cells.
                if kind <= 1 && self.sheets.len() < MOST_SHEETS {
                    let name = self.short_text(&mut data)?;
                    self.sheets.push(Listed {
                        name,
                        hidden: state & 3 != 0,
                        offset,
                    });
                }
            }
            number::SST => {
                data.skip(4);
                let count = data.u32()?;
                for _ in 0..count {
                    // Control characters stand escaped in files converted from xlsx only; line ends are made one.
                    let Some(string) = text::rich(&mut data) else {
                        break;
                    };
                    self.strings.push(unescape_control(&string).into());
                }
            }
            // Height, attributes, colour, weight, script, underline and family, then the character set.
            number::FONT if self.biff != Biff::Early => {
                data.skip(12);
                self.east_asian |= Language::is_told_by_charset(data.u8()?);
            }
            number::FORMAT => {
                let id = if self.biff == Biff::Early {
                    data.skip(2);
                    self.formats.defined()
                } else {
                    data.u16()?.into()
                };
                let code = match self.biff {
                    Biff::Eight => self.long_text(&mut data)?,
                    _ => self.short_text(&mut data)?,
                };
                self.formats.define(id, code);
            }
            number::FORMAT_3 => {
                let id = self.formats.defined();
                let code = self.short_text(&mut data)?;
                self.formats.define(id, code);
            }
            number::XF => {
                data.skip(2);
                self.formats.style(data.u16()?.into());
            }
            number::XF_3 | number::XF_4 => {
                data.skip(1);
                self.formats.style(data.u8()?.into());
            }
            _ => {}
        }
        Some(())
    }

    /// A string whose length is one byte.
    fn short_text(&self, data: &mut Chunks<'_>) -> Option<String> {
        let count = usize::from(data.u8()?);
        self.characters(data, count)
    }

    /// A string whose length is two bytes.
    pub fn long_text(&self, data: &mut Chunks<'_>) -> Option<String> {
        let count = usize::from(data.u16()?);
        self.characters(data, count)
    }

    fn characters(&self, data: &mut Chunks<'_>, count: usize) -> Option<String> {
        let string = if self.biff == Biff::Eight {
            let flags = data.u8()?;
            // Of cells (not of formats) a formatted string may stand here.
            if flags & 8 != 0 {
                data.skip(2);
            }
            if flags & 4 != 0 {
                data.skip(4);
            }
            text::wide(data, count, flags)?
        } else {
            let mut bytes = Vec::new();
            let mut left = count;
            while left > 0 {
                if data.turns_over() {
                    data.turn_over();
                }
                let some = data.take(left);
                if some.is_empty() {
                    break;
                }
                bytes.extend_from_slice(some);
                left -= some.len();
            }
            self.encoding
                .decode_without_bom_handling(&bytes)
                .0
                .into_owned()
        };
        Some(unescape_control(&string))
    }
}

fn no_workbook() -> Reject {
    Reject::new(
        Reason::Corrupt,
        "",
        "读不出这个 Excel 文件（没有工作簿的开头），请用 Excel 打开后另存为 .xlsx 再发送。",
    )
}
