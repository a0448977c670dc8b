//! A report as Word writes it: runs cut where figures and Chinese meet and where somebody edited, fonts in every run, marks of
//! revision, and the parts beside the text (styles, settings, fonts, a theme, a picture of the seal). One bureau, one template.

use super::Result;
use super::random::Random;
use super::report::{Kind, Report};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006";
const MAIN: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";
/// The namespaces that Word declares in every part of a document, wanted or not.
const NAMESPACES: &str = "xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" \
    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
    xmlns:m=\"http://schemas.openxmlformats.org/officeDocument/2006/math\" \
    xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" \
    xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
    xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
    xmlns:w14=\"http://schemas.microsoft.com/office/word/2010/wordml\" mc:Ignorable=\"w14\"";
/// Fonts of the text, of which each bureau has one.
const FONTS: [&str; 3] = ["仿宋_GB2312", "仿宋", "宋体"];
/// Parts beside the text; their contents and their relationships are of kinds with the same names.
const PARTS: [&str; 4] = ["styles", "settings", "fontTable", "webSettings"];

/// The font of a bureau's template.
fn font(bureau: u64) -> &'static str {
    FONTS[bureau as usize % FONTS.len()]
}

pub fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::default())
}

/// The bytes of report number `n` as a .docx.
pub fn docx(report: &Report, n: u64) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, text: &str| -> Result<()> {
        zip.start_file(name, options(CompressionMethod::Deflated))?;
        zip.write_all(HEAD.as_bytes())?;
        zip.write_all(text.as_bytes())?;
        Ok(())
    };
    part("[Content_Types].xml", &types())?;
    part("_rels/.rels", &package())?;
    part("word/document.xml", &body(report, n))?;
    part("word/_rels/document.xml.rels", &relationships())?;
    part("word/theme/theme1.xml", &theme())?;
    part("word/settings.xml", &settings(report.bureau))?;
    part("word/styles.xml", &styles(report.bureau))?;
    part("word/fontTable.xml", &fonts())?;
    part(
        "word/webSettings.xml",
        &format!("<w:webSettings {NAMESPACES}><w:optimizeForBrowser/></w:webSettings>"),
    )?;
    part("docProps/core.xml", &core(report, n))?;
    part(
        "docProps/app.xml",
        "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\"><Template>Normal.dotm</Template><Application>Microsoft Office Word</Application><Company></Company><AppVersion>16.0000</AppVersion></Properties>",
    )?;
    // The seal is scanned anew each time.
    let mut random = Random(n);
    let seal: Vec<u8> = (0..400).flat_map(|_| random.next().to_le_bytes()).collect();
    zip.start_file("word/media/image1.jpeg", options(CompressionMethod::Stored))?;
    zip.write_all(&seal)?;
    Ok(zip.finish()?.into_inner())
}

/// The text: word/document.xml.
fn body(report: &Report, n: u64) -> String {
    let mut random = Random(n ^ 0x5EA1);
    let font = font(report.bureau);
    let revision = random.next() as u32 >> 8;
    let fonts = format!(
        "<w:rFonts w:ascii=\"{font}\" w:eastAsia=\"{font}\" w:hAnsi=\"{font}\" w:cs=\"{font}\""
    );
    let size = "<w:sz w:val=\"32\"/><w:szCs w:val=\"32\"/>";
    let mut out = format!("<w:document {NAMESPACES}><w:body>");
    for (i, (kind, text)) in report.paragraphs.iter().enumerate() {
        let properties = match kind {
            Kind::Title => "<w:pStyle w:val=\"a3\"/><w:jc w:val=\"center\"/>",
            Kind::Heading => "<w:pStyle w:val=\"1\"/>",
            Kind::Text => {
                "<w:spacing w:line=\"560\" w:lineRule=\"exact\"/><w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/>"
            }
            Kind::End => "<w:spacing w:line=\"560\" w:lineRule=\"exact\"/><w:jc w:val=\"right\"/>",
        };
        let _ = write!(
            out,
            "<w:p w14:paraId=\"{:08X}\" w14:textId=\"77777777\" w:rsidR=\"00{revision:06X}\" w:rsidRDefault=\"00{revision:06X}\" w:rsidP=\"00{revision:06X}\"><w:pPr>{properties}<w:rPr>{fonts}/>{size}</w:rPr></w:pPr>",
            0x1000_0000 + (n << 8) + i as u64
        );
        for run in runs(text, &mut random) {
            let hint = match run.starts_with(|c: char| c.is_ascii()) {
                true => "",
                false => " w:hint=\"eastAsia\"",
            };
            let _ = write!(
                out,
                "<w:r w:rsidRPr=\"00{:06X}\"><w:rPr>{fonts}{hint}/>{size}</w:rPr><w:t>{run}</w:t></w:r>",
                revision ^ random.below(4) as u32
            );
        }
        out.push_str("</w:p>");
    }
    out.push_str("<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"2098\" w:right=\"1474\" w:bottom=\"1984\" w:left=\"1587\" w:header=\"851\" w:footer=\"992\" w:gutter=\"0\"/><w:cols w:space=\"425\"/><w:docGrid w:type=\"lines\" w:linePitch=\"312\"/></w:sectPr></w:body></w:document>");
    out
}

/// A text cut where ASCII and other characters meet, and after some sentences.
fn runs<'t>(text: &'t str, random: &mut Random) -> Vec<&'t str> {
    let (mut out, mut from, mut ascii) = (Vec::new(), 0, None);
    let mut edited = false;
    for (at, c) in text.char_indices() {
        if ascii.is_some_and(|a| a != c.is_ascii()) || edited {
            out.push(&text[from..at]);
            from = at;
        }
        ascii = Some(c.is_ascii());
        edited = c == '。' && random.below(3) == 0;
    }
    out.push(&text[from..]);
    out
}

fn types() -> String {
    let parts: String = PARTS
        .iter()
        .map(|name| {
            format!("<Override PartName=\"/word/{name}.xml\" ContentType=\"{MAIN}.{name}+xml\"/>")
        })
        .collect();
    format!(
        "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/><Override PartName=\"/word/document.xml\" ContentType=\"{MAIN}.document.main+xml\"/>{parts}<Override PartName=\"/word/theme/theme1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.theme+xml\"/><Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/><Override PartName=\"/docProps/app.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/></Types>"
    )
}

fn package() -> String {
    format!(
        "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/relationships/officeDocument\" Target=\"word/document.xml\"/><Relationship Id=\"rId2\" Type=\"{PACKAGE}/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/><Relationship Id=\"rId3\" Type=\"{OFFICE}/relationships/extended-properties\" Target=\"docProps/app.xml\"/></Relationships>"
    )
}

fn relationships() -> String {
    let parts = PARTS.map(|name| (format!("{name}.xml"), name));
    let more = [
        ("theme/theme1.xml", "theme"),
        ("media/image1.jpeg", "image"),
    ];
    let more = more.map(|(target, kind)| (target.to_string(), kind));
    let all = parts.into_iter().chain(more);
    let all: String = all
        .enumerate()
        .map(|(i, (target, kind))| {
            format!(
                "<Relationship Id=\"rId{}\" Type=\"{OFFICE}/relationships/{kind}\" Target=\"{target}\"/>",
                i + 1
            )
        })
        .collect();
    format!("<Relationships xmlns=\"{PACKAGE}/relationships\">{all}</Relationships>")
}

/// Styles: those used, and the list of all that Word knows.
fn styles(bureau: u64) -> String {
    let mut out = format!(
        "<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Times New Roman\" w:eastAsia=\"宋体\" w:hAnsi=\"Times New Roman\" w:cs=\"Times New Roman\"/><w:lang w:val=\"en-US\" w:eastAsia=\"zh-CN\" w:bidi=\"ar-SA\"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults><w:latentStyles w:defLockedState=\"0\" w:defUIPriority=\"99\" w:defSemiHidden=\"0\" w:defUnhideWhenUsed=\"0\" w:defQFormat=\"0\" w:count=\"376\">"
    );
    let mut latent = |name: &str, priority: usize| {
        let _ = write!(
            out,
            "<w:lsdException w:name=\"{name}\" w:semiHidden=\"1\" w:uiPriority=\"{priority}\" w:unhideWhenUsed=\"1\"/>"
        );
    };
    for level in 1..=9 {
        for name in ["heading", "index", "toc"] {
            latent(&format!("{name} {level}"), 9 + level);
        }
    }
    for name in ["List", "List Bullet", "List Number", "List Continue"] {
        for level in 2..=5 {
            latent(&format!("{name} {level}"), 99);
        }
    }
    let mut accents = |name: &str, priority: usize| {
        for accent in 1..=6 {
            latent(&format!("{name} Accent {accent}"), priority);
        }
    };
    let shapes = [
        "1 Light",
        "2",
        "3",
        "4",
        "5 Dark",
        "6 Colorful",
        "7 Colorful",
    ];
    for name in ["Grid Table", "List Table"] {
        for shape in shapes {
            accents(&format!("{name} {shape}"), 46);
        }
    }
    for name in [
        "Light Shading",
        "Light List",
        "Light Grid",
        "Medium Grid 1",
        "Colorful List",
    ] {
        accents(name, 60);
    }
    out.push_str("</w:latentStyles>");
    let font = font(bureau);
    let run = |size: u64| {
        format!(
            "<w:rPr><w:rFonts w:eastAsia=\"{font}\"/><w:b/><w:bCs/><w:kern w:val=\"44\"/><w:sz w:val=\"{size}\"/><w:szCs w:val=\"{size}\"/></w:rPr>"
        )
    };
    let title = run(44 - bureau % 4);
    let heading = run(36 - bureau % 5);
    let _ = write!(
        out,
        "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"a\"><w:name w:val=\"Normal\"/><w:qFormat/><w:pPr><w:widowControl w:val=\"0\"/><w:jc w:val=\"both\"/></w:pPr><w:rPr><w:kern w:val=\"2\"/><w:sz w:val=\"21\"/><w:szCs w:val=\"24\"/></w:rPr></w:style>\
         <w:style w:type=\"paragraph\" w:styleId=\"1\"><w:name w:val=\"heading 1\"/><w:basedOn w:val=\"a\"/><w:next w:val=\"a\"/><w:uiPriority w:val=\"9\"/><w:qFormat/><w:pPr><w:keepNext/><w:keepLines/><w:spacing w:before=\"340\" w:after=\"330\" w:line=\"578\" w:lineRule=\"auto\"/><w:outlineLvl w:val=\"0\"/></w:pPr>{heading}</w:style>\
         <w:style w:type=\"character\" w:default=\"1\" w:styleId=\"a0\"><w:name w:val=\"Default Paragraph Font\"/><w:uiPriority w:val=\"1\"/><w:semiHidden/></w:style>\
         <w:style w:type=\"table\" w:default=\"1\" w:styleId=\"a1\"><w:name w:val=\"Normal Table\"/><w:uiPriority w:val=\"99\"/><w:semiHidden/><w:tblPr><w:tblInd w:w=\"0\" w:type=\"dxa\"/><w:tblCellMar><w:top w:w=\"0\" w:type=\"dxa\"/><w:left w:w=\"108\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style>\
         <w:style w:type=\"paragraph\" w:styleId=\"a3\"><w:name w:val=\"Title\"/><w:basedOn w:val=\"a\"/><w:qFormat/><w:pPr><w:spacing w:before=\"240\" w:after=\"60\"/><w:jc w:val=\"center\"/></w:pPr>{title}</w:style></w:styles>"
    );
    out
}

fn settings(bureau: u64) -> String {
    let mut random = Random(bureau);
    let revisions: String = (0..24)
        .map(|_| format!("<w:rsid w:val=\"00{:06X}\"/>", random.next() >> 40))
        .collect();
    format!(
        "<w:settings {NAMESPACES}><w:zoom w:percent=\"100\"/><w:bordersDoNotSurroundHeader/><w:bordersDoNotSurroundFooter/><w:defaultTabStop w:val=\"420\"/><w:drawingGridVerticalSpacing w:val=\"156\"/><w:characterSpacingControl w:val=\"compressPunctuation\"/><w:compat><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/><w:ulTrailSpace/><w:useFELayout/></w:compat><w:rsids>{revisions}</w:rsids><w:themeFontLang w:val=\"en-US\" w:eastAsia=\"zh-CN\"/></w:settings>"
    )
}

fn fonts() -> String {
    let all: String = ["Times New Roman", "宋体", "仿宋_GB2312", "仿宋", "黑体"]
        .iter()
        .map(|name| {
            format!(
                "<w:font w:name=\"{name}\"><w:panose1 w:val=\"02010600030101010101\"/><w:charset w:val=\"86\"/><w:family w:val=\"auto\"/><w:pitch w:val=\"variable\"/></w:font>"
            )
        })
        .collect();
    format!("<w:fonts {NAMESPACES}>{all}</w:fonts>")
}

fn theme() -> String {
    let colours: String = [
        "dk1", "lt1", "dk2", "lt2", "accent1", "accent2", "hlink", "folHlink",
    ]
    .iter()
    .enumerate()
    .map(|(i, name)| {
        format!(
            "<a:{name}><a:srgbClr val=\"{:06X}\"/></a:{name}>",
            i * 0x1F_3A5B % 0xFF_FFFF
        )
    })
    .collect();
    format!(
        "<a:theme xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" name=\"Office\"><a:themeElements><a:clrScheme name=\"Office\">{colours}</a:clrScheme><a:fontScheme name=\"Office\"><a:majorFont><a:latin typeface=\"Cambria\"/><a:ea typeface=\"\"/><a:cs typeface=\"\"/></a:majorFont><a:minorFont><a:latin typeface=\"Calibri\"/><a:ea typeface=\"\"/><a:cs typeface=\"\"/></a:minorFont></a:fontScheme></a:themeElements></a:theme>"
    )
}

fn core(report: &Report, n: u64) -> String {
    let made = format!(
        "{}-04-{:02}T08:{:02}:00Z",
        report.made.year + 1,
        1 + n % 28,
        n % 60
    );
    format!(
        "<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title></dc:title><dc:creator>民政局办公室</dc:creator><cp:lastModifiedBy>民政局办公室</cp:lastModifiedBy><cp:revision>{}</cp:revision><dcterms:created xsi:type=\"dcterms:W3CDTF\">{made}</dcterms:created><dcterms:modified xsi:type=\"dcterms:W3CDTF\">{made}</dcterms:modified></cp:coreProperties>",
        2 + n % 9
    )
}
