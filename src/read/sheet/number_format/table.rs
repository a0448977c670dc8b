//! The built-in formats, and the formats of a workbook's cell styles.

use super::super::dates;
use super::super::decimal::Number;
use super::super::language::Language;
use super::{NumberFormat, Shown, general};
use rustc_hash::FxHashMap;

/// The number formats of a workbook's cell styles: a style names a format by its id, a format that is not built in is
/// defined by its code. Definitions and styles may come in any order; [`CellFormats::settle`] ends them.
#[derive(Debug, Default)]
pub(crate) struct CellFormats {
    codes: FxHashMap<u32, String>,
    /// Of each style: the id of its format, until that is settled.
    ids: Vec<u32>,
    /// Of each style: its format, as an index.
    styles: Vec<usize>,
    formats: Vec<NumberFormat>,
    is_1904: bool,
    language: Language,
}

impl CellFormats {
    /// The styles of a workbook with this date system.
    pub fn new(is_1904: bool) -> CellFormats {
        CellFormats {
            is_1904,
            ..CellFormats::default()
        }
    }

    /// Dates count from 1904.
    pub fn count_from_1904(&mut self, is_1904: bool) {
        self.is_1904 = is_1904;
    }

    /// Whether a style has a format whose form depends on the language: only then is it worth finding out.
    pub fn depend_on_language(&self) -> bool {
        self.ids.iter().any(|id| match self.codes.get(id) {
            Some(code) => code.contains("[$-F") || code.contains("[$-f"),
            None => built_in(*id, Language::Chinese) != built_in(*id, Language::English),
        })
    }

    /// The language of the workbook: Chinese where it is not told.
    pub fn speak(&mut self, language: Language) {
        self.language = language;
    }

    /// The codes of the formats that the workbook defines.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.codes.values().map(String::as_str)
    }

    /// A serial date of the 1900 system in the workbook's own.
    pub fn own_serial(&self, serial: f64) -> f64 {
        if self.is_1904 {
            serial - f64::from(dates::SYSTEM_1904)
        } else {
            serial
        }
    }

    /// A format's code by its id.
    pub fn define(&mut self, id: u32, code: String) {
        self.codes.insert(id, code);
    }

    /// Formats defined so far: old workbooks give them no ids, but count them.
    pub fn defined(&self) -> u32 {
        u32::try_from(self.codes.len()).unwrap_or(u32::MAX)
    }

    /// The next cell style, by the id of its format.
    pub fn style(&mut self, id: u32) {
        self.ids.push(id);
    }

    /// Parses the formats that the styles name, each once.
    pub fn settle(&mut self) {
        let mut by_id: FxHashMap<u32, usize> = FxHashMap::default();
        for id in std::mem::take(&mut self.ids) {
            let formats = &mut self.formats;
            let (codes, language) = (&self.codes, self.language);
            let index = *by_id.entry(id).or_insert_with(|| {
                let code = codes
                    .get(&id)
                    .map(String::as_str)
                    .or_else(|| built_in(id, language))
                    .unwrap_or("General");
                formats.push(NumberFormat::parse_in(code, language));
                formats.len() - 1
            });
            self.styles.push(index);
        }
    }

    fn of(&self, style: usize) -> Option<&NumberFormat> {
        self.formats.get(*self.styles.get(style)?)
    }

    /// A text in a cell of this style.
    pub fn show_text(&self, style: usize, value: &str) -> Shown {
        Shown {
            text: match self.of(style) {
                Some(format) => format.show_text(value),
                None => value.to_owned(),
            },
            ..Shown::default()
        }
    }

    /// A number in a cell of this style.
    pub fn show_number(&self, style: usize, value: f64) -> Shown {
        match self.of(style) {
            Some(format) => format.show(value, self.is_1904),
            None => Number::from_f64(value).map(general).unwrap_or_default(),
        }
    }
}

/// The code of a built-in format, as an office suite of that language shows it; `None` for an id that is not built in.
/// Of the dates, 14 and 22 have no form of their own (see [`Language`]).
fn built_in(id: u32, language: Language) -> Option<&'static str> {
    if language == Language::English {
        match id {
            14 => return Some("m/d/yy"),
            22 => return Some("m/d/yy h:mm"),
            41 => return Some("_(* #,##0_);_(* (#,##0);_(* \"-\"_);_(@_)"),
            42 => return Some("_($* #,##0_);_($* (#,##0);_($* \"-\"_);_(@_)"),
            43 => return Some("_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"??_);_(@_)"),
            44 => return Some("_($* #,##0.00_);_($* (#,##0.00);_($* \"-\"??_);_(@_)"),
            _ => {}
        }
    }
    Some(match id {
        0 => "General",
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5 | 37 => "#,##0_);(#,##0)",
        6 | 38 => "#,##0_);[Red](#,##0)",
        7 | 39 => "#,##0.00_);(#,##0.00)",
        8 | 40 => "#,##0.00_);[Red](#,##0.00)",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        12 => "# ?/?",
        13 => "# ??/??",
        14 => "yyyy/m/d",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "yyyy/m/d h:mm",
        27 | 36 | 50 | 52 | 57 => "yyyy\"年\"m\"月\"",
        28 | 29 | 51 | 53 | 54 | 58 => "m\"月\"d\"日\"",
        30 => "m/d/yy",
        31 => "yyyy\"年\"m\"月\"d\"日\"",
        32 => "h\"时\"mm\"分\"",
        33 => "h\"时\"mm\"分\"ss\"秒\"",
        34 | 55 => "上午/下午h\"时\"mm\"分\"",
        35 | 56 => "上午/下午h\"时\"mm\"分\"ss\"秒\"",
        41 => "_ * #,##0_ ;_ * -#,##0_ ;_ * \"-\"_ ;_ @_ ",
        42 => "_ ¥* #,##0_ ;_ ¥* -#,##0_ ;_ ¥* \"-\"_ ;_ @_ ",
        43 => "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
        44 => "_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* \"-\"??_ ;_ @_ ",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss.0",
        48 => "##0.0E+0",
        49 => "@",
        _ => return None,
    })
}
