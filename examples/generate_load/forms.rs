//! What bureaus send beside Word files: a workbook, a page of Word's saved as `.doc`, rich text saved as `.doc`, an archive.

use super::Result;
use super::report::{Kind, Report};
use super::word::options;
use encoding_rs::GB18030;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::{CompressionMethod, ZipWriter};

/// The figures of a report as a table: what, number, unit.
pub fn xlsx(report: &Report) -> Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(2025, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, &report.title)?;
    for (column, head) in ["项目", "数量", "单位"].into_iter().enumerate() {
        sheet.write_string(1, column as u16, head)?;
    }
    for (i, (what, number, unit)) in report.rows.iter().enumerate() {
        let row = i as u32 + 2;
        sheet.write_string(row, 0, what)?;
        sheet.write_number(row, 1, number.parse::<f64>()?)?;
        sheet.write_string(row, 2, *unit)?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// Rich text in code page 936, named `.doc` as many an office program does.
pub fn rich_text(report: &Report) -> Vec<u8> {
    let mut out = String::from(
        "{\\rtf1\\ansi\\ansicpg936\\deff0{\\fonttbl{\\f0\\fnil\\fcharset134 SimSun;}}\\viewkind4\\uc1\r\n",
    );
    for (kind, text) in &report.paragraphs {
        out.push_str(match kind {
            Kind::Title => "\\pard\\qc\\b\\f0\\fs44 ",
            Kind::Heading => "\\pard\\outlinelevel0\\b\\f0\\fs32 ",
            Kind::Text => "\\pard\\fi640\\b0\\f0\\fs32 ",
            Kind::End => "\\pard\\qr\\b0\\f0\\fs32 ",
        });
        for byte in GB18030.encode(text).0.iter() {
            match byte {
                b'{' | b'}' | b'\\' => {
                    let _ = write!(out, "\\{}", char::from(*byte));
                }
                0x20..0x7F => out.push(char::from(*byte)),
                _ => {
                    let _ = write!(out, "\\'{byte:02x}");
                }
            }
        }
        out.push_str("\\par\r\n");
    }
    out.push('}');
    out.into_bytes()
}

/// A page in GBK as Word saves it, named `.doc`.
pub fn page(report: &Report) -> Vec<u8> {
    let mut out = format!(
        "<html xmlns:o=\"urn:schemas-microsoft-com:office:office\" xmlns:w=\"urn:schemas-microsoft-com:office:word\">\r\n<head>\r\n<meta http-equiv=Content-Type content=\"text/html; charset=gb2312\">\r\n<meta name=Generator content=\"Microsoft Word 15\">\r\n<title>{}</title>\r\n</head>\r\n<body lang=ZH-CN>\r\n<div class=WordSection1>\r\n",
        report.title
    );
    for (kind, text) in &report.paragraphs {
        let (tag, class) = match kind {
            Kind::Title => ("p", "MsoTitle"),
            Kind::Heading => ("h1", "MsoNormal"),
            Kind::Text | Kind::End => ("p", "MsoNormal"),
        };
        let _ = write!(
            out,
            "<{tag} class={class} style='text-indent:32.0pt;line-height:28.0pt'><span style='font-size:16.0pt;font-family:仿宋'>{text}<o:p></o:p></span></{tag}>\r\n"
        );
    }
    out.push_str("</div>\r\n</body>\r\n</html>\r\n");
    GB18030.encode(&out).0.into_owned()
}

/// An archive with one file.
pub fn archive(name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, options(CompressionMethod::Stored))?;
    zip.write_all(bytes)?;
    Ok(zip.finish()?.into_inner())
}
