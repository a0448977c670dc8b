//! Word processors' files as a person sees them on the page: what other readers lose, corrupt or break on, and the same
//! page in every format.
//!
//! Documents are written here, part by part; `files/page.doc` is a page of ours that LibreOffice saved as Word 97.

#[path = "common/parts.rs"]
mod parts;

use parts::zip;
use zhibiao::read::{BlockKind, Document, Format, Limits, Reason, Reject, read};

const SPACE: &str = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main""#;

const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;

fn package(document: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut parts = vec![
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("word/document.xml", document.as_bytes()),
    ];
    parts.extend(more.iter().map(|(n, t)| (*n, t.as_bytes())));
    zip(&parts)
}

fn body(inside: &str) -> String {
    format!(
        r#"<w:document {SPACE} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><w:body>{inside}</w:body></w:document>"#
    )
}

fn given(bytes: &[u8], name: &str) -> Result<Document, Reject> {
    read(bytes, name, &Limits::default())
}

/// Blocks as lines; cells are parted by `|`, rows by `/`, a merged cell has its spans.
fn lines(document: &Document) -> Vec<String> {
    let line = |block: &zhibiao::read::Block| match &block.kind {
        BlockKind::Heading { level, text } => format!("#{level} {text}"),
        BlockKind::Paragraph { text } => text.clone(),
        BlockKind::Table(table) => {
            let mut out = String::new();
            for (i, cell) in table.cells.iter().enumerate() {
                let new_row = i > 0 && table.cells[i - 1].row != cell.row;
                out.push_str(if i == 0 {
                    ""
                } else if new_row {
                    "/"
                } else {
                    "|"
                });
                out.push_str(&cell.text);
                if cell.row_span > 1 || cell.column_span > 1 {
                    out.push_str(&format!("({}x{})", cell.row_span, cell.column_span));
                }
            }
            out
        }
    };
    document.blocks.iter().map(line).collect()
}

fn shown(bytes: &[u8]) -> Vec<String> {
    lines(&given(bytes, "a.bin").unwrap())
}

/// Lines of a body in docx.
fn docx(inside: &str) -> Vec<String> {
    shown(&package(&body(inside), &[]))
}

fn p(inside: &str) -> String {
    format!("<w:p>{inside}</w:p>")
}

fn t(text: &str) -> String {
    format!(r#"<w:r><w:t xml:space="preserve">{text}</w:t></w:r>"#)
}

#[test]
fn any_namespace_prefix_is_read() {
    let document = r#"<ns0:document xmlns:ns0="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><ns0:body><ns0:p><ns0:r><ns0:t>低保684人</ns0:t></ns0:r></ns0:p></ns0:body></ns0:document>"#;
    assert_eq!(shown(&package(document, &[])), ["低保684人"]);
    let default = document.replace("ns0:", "").replace(":ns0", "");
    assert_eq!(shown(&package(&default, &[])), ["低保684人"]);
    let strict = document.replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    );
    assert_eq!(shown(&package(&strict, &[])), ["低保684人"]);
}

#[test]
fn text_boxes_count_once() {
    let vml = p(&format!(
        "{}<w:r><w:pict><v:shape><v:textbox><w:txbxContent>{}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>",
        t("框外"),
        p(&t("框内5户"))
    ));
    assert_eq!(docx(&vml), ["框外", "框内5户"]);
    let content = format!("<w:txbxContent>{}</w:txbxContent>", p(&t("框内5户")));
    let both = p(&format!(
        r#"<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{content}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{content}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"#
    ));
    assert_eq!(docx(&both), ["框内5户"]);
}

#[test]
fn alternate_content_in_a_paragraph_counts_once() {
    let inside = p(&format!(
        r#"{}<mc:AlternateContent><mc:Choice Requires="wps">{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent>{}"#,
        t("全年"),
        t("684"),
        t("684"),
        t("人")
    ));
    assert_eq!(docx(&inside), ["全年684人"]);
    let unknown = inside.replace("Requires=\"wps\"", "Requires=\"zz\"");
    assert_eq!(docx(&unknown), ["全年684人"]);
}

#[test]
fn hidden_text_is_hidden_and_only_that() {
    let run = |property: &str, text: &str| {
        format!("<w:r><w:rPr>{property}</w:rPr><w:t>{text}</w:t></w:r>")
    };
    let inside = p(&[
        run(r#"<w:vanish w:val="0"/>"#, "甲1"),
        run("<w:vanish/>", "乙2"),
        run(r#"<w:vanish w:val="false"/>"#, "丙3"),
        run(r#"<w:vanish w:val="true"/>"#, "丁4"),
    ]
    .concat());
    assert_eq!(docx(&inside), ["甲1丙3"]);
}

#[test]
fn characters_are_what_they_stand_for() {
    assert_eq!(docx(&p(&t("a&amp;amp;b"))), ["a&amp;b"]);
    let hyphen = format!("{}<w:r><w:noBreakHyphen/></w:r>{}", t("2024"), t("17"));
    assert_eq!(docx(&p(&hyphen)), ["2024-17"]);
    let ruby = format!(
        "<w:r><w:ruby><w:rubyPr/><w:rt>{}</w:rt><w:rubyBase>{}</w:rubyBase></w:ruby></w:r>{}",
        t("di"),
        t("低"),
        t("保")
    );
    assert_eq!(docx(&p(&ruby)), ["低保"]);
    assert_eq!(docx(&p(&t("　　全年６８４人"))), ["　　全年６８４人"]);
}

#[test]
fn parts_that_are_missing_and_odd_ids_do_no_harm() {
    let relations = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="gone.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" Target="also/gone.xml"/></Relationships>"#;
    let document = body(&p(&format!(
        r#"<w:bookmarkStart w:id="99999999999999999999" w:name="x"/><w:bookmarkStart w:id="abc"/>{}<w:bookmarkEnd w:id=""/>"#,
        t("低保684人")
    )));
    let bytes = package(&document, &[("word/_rels/document.xml.rels", relations)]);
    assert_eq!(shown(&bytes), ["低保684人"]);
}

#[test]
fn a_body_that_breaks_off_is_partial() {
    let whole = body(&(p(&t("甲684人")) + &p(&t("乙523人"))));
    let cut = &whole[..whole.find("乙523人").unwrap() + "乙523人".len()];
    let document = given(&package(cut, &[]), "a.docx").unwrap();
    assert_eq!(lines(&document), ["甲684人", "乙523人"]);
    assert_eq!(document.problems[0].reason, Reason::Corrupt);
}

#[test]
fn tables_in_tables_cost_heap_only() {
    let open = "<w:tbl><w:tr><w:tc><w:p/>".repeat(5_000);
    let close = "</w:tc></w:tr></w:tbl>".repeat(5_000);
    let document = body(&format!(
        "{open}{}{close}{}",
        p(&t("内6人")),
        p(&t("外7人"))
    ));
    let found = shown(&package(&document, &[]));
    assert!(found.contains(&"内6人".to_owned()) && found.contains(&"外7人".to_owned()));
}

#[test]
fn changes_fields_tags_and_controls() {
    let inside = [
        p(&format!(
            r#"{}<w:del><w:r><w:delText>18所</w:delText></w:r></w:del><w:ins>{}</w:ins><w:moveFrom>{}</w:moveFrom>"#,
            t("敬老院"),
            t("3所"),
            t("移走9所")
        )),
        p(&format!(
            r#"{}<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> = 30+12 </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>{}<w:r><w:fldChar w:fldCharType="end"/></w:r>{}"#,
            t("共"),
            t("42"),
            t("个村")
        )),
        p(&format!(
            r#"<w:smartTag w:element="place">{}</w:smartTag><w:sdt><w:sdtPr/><w:sdtContent>{}</w:sdtContent></w:sdt><w:hyperlink>{}</w:hyperlink><w:fldSimple w:instr="PAGE">{}</w:fldSimple>"#,
            t("某县"),
            t("684"),
            t("人"),
            t("。")
        )),
    ]
    .concat();
    assert_eq!(docx(&inside), ["敬老院3所", "共42个村", "某县684人。"]);
}

#[test]
fn notes_are_marked_and_breaks_are_none_in_numbers() {
    let note = |kind: &str, text: &str| {
        format!(
            r#"<w:{kind}s {SPACE}><w:{kind} w:type="separator" w:id="0">{}</w:{kind}><w:{kind} w:id="2">{}</w:{kind}></w:{kind}s>"#,
            p(&t("——9")),
            p(&t(text))
        )
    };
    let document = body(&p(&format!(
        r#"{}<w:r><w:footnoteReference w:id="2"/><w:endnoteReference w:id="2"/></w:r><w:r><w:br/></w:r>{}<w:r><w:br w:type="column"/></w:r>{}"#,
        t("投入10746."),
        t("24万元，"),
        t("另行安排。")
    )));
    let bytes = package(
        &document,
        &[
            ("word/footnotes.xml", &note("footnote", "不含结转12万元。")),
            ("word/endnotes.xml", &note("endnote", "数据截至12月。")),
        ],
    );
    let found = shown(&bytes);
    let expected = [
        "投入10746.24万元，\n另行安排。",
        "［脚注1］不含结转12万元。",
        "［尾注i］数据截至12月。",
    ];
    assert_eq!(found, expected);
    // Where the notes of each page are counted from the first again, no number is made up; a mark of one's own is none.
    let restarted = document.replace(
        "</w:body>",
        r#"<w:sectPr><w:footnotePr><w:numRestart w:val="eachPage"/></w:footnotePr></w:sectPr></w:body>"#,
    );
    let own = document.replace(
        r#"<w:footnoteReference "#,
        r#"<w:footnoteReference w:customMarkFollows="1" "#,
    );
    for changed in [restarted, own] {
        assert_ne!(changed, document);
        let parts = [("word/footnotes.xml", &*note("footnote", "不含结转12万元。"))];
        assert_eq!(
            shown(&package(&changed, &parts))[1],
            "［脚注］不含结转12万元。"
        );
    }
    let figures = zhibiao::quantity::Reader::builtin().read(&found[0]);
    assert_eq!(figures.len(), 1);
    assert_eq!(figures[0].value.to_string(), "107462400");
}

/// The page that `files/page.doc` shows.
const PAGE: [&str; 15] = [
    "#0 靖安县民政局2023年工作报告",
    "#1 一、社会救助",
    "#2 （一）低保",
    "1. 发放低保金2,046.5万元。",
    "2. 发放临时救助金51万元。",
    "#1 二、养老服务",
    "新建敬老院3所，床位10\n张，投入10746.24万元。",
    "共42个村，非断-字符",
    "框前",
    "框内文字5户",
    // A row definition too long for its page of properties.
    "列1|列2|列3|列4|列5|列6|列7|列8|列9|列10|列11|列12|列13|列14|列15|列16|列17|列18|列19|列20|列21|列22/\
     1|4|7|10|13|16|19|22|25|28|31|34|37|40|43|46|49|52|55|58|61|64",
    "下表有合并与嵌套。",
    "项目(2x1)|2023年(1x2)/预算|决算/合计|3.00|内表",
    "甲|2.41",
    "结尾。",
];

#[test]
fn a_binary_document_shows_what_the_page_shows() {
    let bytes = include_bytes!("files/page.doc");
    let document = given(bytes, "page.wps").unwrap();
    assert_eq!(document.format, Format::Doc);
    assert_eq!(lines(&document), PAGE);
    assert!(document.problems.is_empty() && document.warnings.is_empty());
}

#[test]
fn a_damaged_binary_document_is_partial_or_a_reject() {
    let whole = include_bytes!("files/page.doc");
    let mut reasons = Vec::new();
    for cut in (0..whole.len()).step_by(997) {
        match given(&whole[..cut], "a.doc") {
            Ok(document) => assert!(!document.blocks.is_empty()),
            Err(reject) => reasons.push(reject.reason),
        }
    }
    assert!(reasons.contains(&Reason::Empty) && reasons.contains(&Reason::Corrupt));
    // The information block: marks of encryption and of an older version.
    let at = whole.windows(2).position(|w| w == [0xec, 0xa5]).unwrap();
    let mut encrypted = whole.to_vec();
    encrypted[at + 11] |= 1;
    assert_eq!(
        given(&encrypted, "a.doc").unwrap_err().reason,
        Reason::Encrypted
    );
    let mut older = whole.to_vec();
    older[at + 2] = 0x65;
    older[at + 3] = 0;
    assert_eq!(
        given(&older, "a.doc").unwrap_err().reason,
        Reason::Unsupported
    );
}

#[test]
fn rich_text_in_code_pages_and_unicode() {
    let gbk = |text: &str| -> String {
        let bytes = encoding_rs::GB18030.encode(text).0.into_owned();
        bytes.iter().map(|b| format!("\\'{b:02x}")).collect()
    };
    let file = format!(
        r"{{\rtf1\ansi\ansicpg936\deff0{{\fonttbl{{\f0\fnil\fcharset134 {song};}}{{\f1\fcharset0 Arial;}}}}{{\colortbl;\red9\green9\blue9;}}{{\stylesheet{{\s1\outlinelevel0 heading 1;}}{{\s2 Title;}}}}{{\info{{\title 88}}}}{{\header 99\par}}
\pard\s2\f0 {title}\par\pard\s1 {heading}\par
\pard\f1\uc1 {one}\u20154?{{\v 77}}{{\deleted 18}} \bin4 }}{{\\{{\'7b}}\line x\par
{{\pntext 2.\tab}}\pard {two}{{\footnote\chftn {note}}}\par
{{\field{{\*\fldinst PAGE}}{{\fldrslt 42}}}}{{\*\unknown 66}}{{\shp{{\*\shpinst{{\sp{{\sn a}}{{\sv 3}}}}{{\shptxt {boxed}\par}}}}{{\shprslt 4}}}}\par
\trowd\clvmgf\cellx1000\clmgf\cellx2000\clmrg\cellx3000 \pard\intbl A\cell B\cell\cell\row
\trowd\clvmrg\cellx1005\cellx2000\cellx3000 \pard\intbl\cell C\par D\cell E\cell\row
\pard {last}\par}}",
        song = gbk("宋体"),
        title = gbk("某县民政局工作总结"),
        heading = gbk("一、概况"),
        one = gbk("低保684"),
        two = gbk("发放51万元"),
        note = gbk("不含结转"),
        boxed = gbk("框内5户"),
        last = gbk("完"),
    );
    let document = given(file.as_bytes(), "a.doc").unwrap();
    assert_eq!(document.format, Format::Rtf);
    let expected = [
        "#0 某县民政局工作总结",
        "#1 一、概况",
        "低保684人 {\nx",
        "#3 2. 发放51万元",
        "42",
        "框内5户",
        "A(2x1)|B(1x2)/C\nD|E",
        "完",
        "［脚注1］不含结转",
    ];
    assert_eq!(lines(&document), expected);
    assert_eq!(document.warnings.len(), 1); // named .doc
    let cut = given(&file.as_bytes()[..file.len() - 40], "a.rtf").unwrap();
    assert_eq!(cut.problems[0].reason, Reason::Corrupt);
    let deep = "{\\rtf1 5人".to_owned() + &"{".repeat(300_000);
    assert_eq!(
        given(deep.as_bytes(), "a.rtf").unwrap().problems[0].reason,
        Reason::TooLarge
    );
}

#[test]
fn open_document_text() {
    let spaces = r#"xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0""#;
    let content = format!(
        r#"<office:document-content {spaces}><office:automatic-styles>
        <style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
        <style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style>
        <text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="一, 二, 三, ..." style:num-suffix="、"/><text:list-level-style-number text:level="2" style:num-prefix="（" style:num-format="一, 二, 三, ..." style:num-suffix="）"/></text:list-style>
        </office:automatic-styles><office:body><office:text>
        <text:tracked-changes><text:changed-region><text:deletion><text:p>删去18所</text:p></text:deletion></text:changed-region></text:tracked-changes>
        <text:p text:style-name="P1">某县民政局工作总结</text:p>
        <text:list text:style-name="L1"><text:list-item><text:h text:outline-level="1">概况</text:h><text:list><text:list-item><text:p>低保<text:span text:style-name="T1">隐77人</text:span>684人<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>不含<text:s text:c="2"/>结转</text:p></text:note-body></text:note>。</text:p></text:list-item></text:list></text:list-item></text:list>
        <text:p>甲<text:line-break/>乙<text:tab/>丙<office:annotation><text:p>批注9</text:p></office:annotation></text:p>
        <text:list text:style-name="L1" text:continue-numbering="true"><text:list-item><text:p>养老
          服务</text:p></text:list-item></text:list>
        <table:table><table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>项目</text:p></table:table-cell><table:table-cell table:number-columns-spanned="2"><text:p>2023年</text:p></table:table-cell><table:covered-table-cell/></table:table-row>
        <table:table-row><table:covered-table-cell/><table:table-cell><text:p>3.00</text:p></table:table-cell><table:table-cell><text:p>2.41</text:p></table:table-cell></table:table-row></table:table>
        <text:p>框外<draw:frame><draw:text-box><text:p>框内5户</text:p></draw:text-box></draw:frame></text:p>
        </office:text></office:body></office:document-content>"#
    );
    let bytes = zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", content.as_bytes()),
    ]);
    let document = given(&bytes, "a.odt").unwrap();
    let expected = [
        "#0 某县民政局工作总结",
        "#1 一、概况",
        "（一）低保684人。",
        "甲\n乙\t丙",
        "#1 二、养老 服务",
        "项目(2x1)|2023年(1x2)/3.00|2.41",
        "框外",
        "框内5户",
        "［脚注1］不含  结转",
    ];
    assert_eq!(lines(&document), expected);
    let flat = content.replace(
        "<office:document-content",
        "<office:document office:mimetype=\"application/vnd.oasis.opendocument.text\"",
    );
    let flat = flat.replace("</office:document-content>", "</office:document>");
    assert_eq!(shown(flat.as_bytes()), expected);
    let cut = &flat[..flat.find("3.00").unwrap() + 4];
    assert_eq!(
        given(cut.as_bytes(), "a.fodt").unwrap().problems[0].reason,
        Reason::Corrupt
    );
}

#[test]
fn pages_saved_as_word_documents() {
    let page = "<html><head><meta http-equiv=Content-Type content=\"text/html; charset=gb2312\"><title>1</title><style>p 9</style></head><body>
        <p class=MsoTitle>某县民政局工作\n总结</p><h1>一、概况</h1><p>低保&nbsp;684人<br>新增<del>18</del><ins>3</ins>所&amp;amp;
        <p style='display: none'>隐77人</p><script>document.write('5人')</script>
        <ol><li>甲<li>乙</ol>
        <table><tr><td rowspan=2>项目<th colspan=2>2023年<tr><td>3.00</td><td>2.41<p>续</p></td></tr></table></body></html>";
    let expected = [
        "#0 某县民政局工作总结",
        "#1 一、概况",
        "低保\u{a0}684人\n新增3所&amp;",
        "#3 1. 甲",
        "#3 2. 乙",
        "项目(2x1)|2023年(1x2)/3.00|2.41\n续",
    ];
    let gbk = encoding_rs::GB18030.encode(page).0.into_owned();
    let document = given(&gbk, "a.doc").unwrap();
    assert_eq!(
        (document.format, lines(&document)),
        (Format::Html, expected.map(str::to_owned).to_vec())
    );
    let utf8 = page.replace("gb2312", "utf-8");
    assert_eq!(shown(utf8.as_bytes()), expected);
    let quoted: String = gbk
        .iter()
        .map(|b| match b {
            b'=' | 0x80.. => format!("={b:02X}"),
            b => char::from(*b).to_string(),
        })
        .collect();
    let message = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"----=_x\"\r\n\r\n------=_x\r\nContent-Type: text/html; charset=\"gb2312\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{quoted}\r\n------=_x--\r\n"
    );
    assert_eq!(shown(message.as_bytes()), expected);
    let nothing = given(b"<html><body><p></p></body></html>", "a.html");
    assert_eq!(nothing.unwrap_err().reason, Reason::Empty);
}
