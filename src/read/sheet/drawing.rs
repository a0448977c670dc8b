//! What lies on a sheet beside its cells: text boxes and shapes, titles of charts, notes at cells (xlsx and xlsb).
//!
//! A unit (单位：万元) or a remark often stands in a text box drawn over the sheet. Such texts come after the cells of
//! their sheet, from top to bottom, each line a paragraph, once: the fallback of an alternative, hidden shapes and
//! shapes that show the text of a cell are passed over. Of a chart only its own title is text; its values are those
//! of cells. A note at a cell (批注) is marked as one, with the cell that it stands at.

use super::{cell_reference, unescape_control};
use crate::read::package::{self, Package};
use crate::read::{Table, xml};
use quick_xml::events::{BytesStart, Event};

/// Shapes, charts and notes of one sheet that are read.
pub(super) const MOST_DRAWN: usize = 10_000;

/// A text that lies on a sheet.
pub(crate) struct Drawn {
    /// A note at a cell, not a drawing.
    note: bool,
    row: u32,
    column: u32,
    text: String,
}

impl Drawn {
    /// The text of a shape whose upper left corner lies in this cell.
    pub fn shape(row: u32, column: u32, text: String) -> Drawn {
        Drawn {
            note: false,
            row,
            column,
            text,
        }
    }

    /// The text of a note at this cell.
    pub fn note(row: u32, column: u32, text: String) -> Drawn {
        Drawn {
            note: true,
            row,
            column,
            text,
        }
    }
}

/// The paragraphs of what lies on a sheet, in reading order.
pub(super) fn paragraphs(mut drawn: Vec<Drawn>) -> impl Iterator<Item = String> {
    drawn.sort_by_key(|d| (d.note, d.row, d.column));
    drawn.into_iter().flat_map(|d| {
        let lines = d.text.split(['\n', '\r', '\u{b}']);
        let lines = lines.map(str::trim).filter(|l| !l.is_empty());
        if d.note {
            let text = lines.collect::<Vec<_>>().join("\n");
            let mark = format!("［批注{}］", Table::address(d.row, d.column));
            vec![mark + &text]
        } else {
            lines.map(str::to_owned).collect()
        }
    })
}

/// What lies on the sheet in this part. Damage costs what it hit.
pub(super) fn of_sheet(package: &mut Package<'_>, part: &str) -> Vec<Drawn> {
    let relations = package::relationships(package, part);
    let mut found = Vec::new();
    let mut threads = false;
    for r in relations.iter().filter(|r| r.kind == "threadedComment") {
        if let Some(text) = package.text(&r.target) {
            notes(&text, "threadedComment", &mut found);
            threads = !found.is_empty();
        }
    }
    for r in &relations {
        match r.kind.as_str() {
            "drawing" => {
                let charts = package::relationships(package, &r.target);
                let Some(text) = package.text(&r.target) else {
                    continue;
                };
                for (place, relation) in shapes(&text, &mut found) {
                    let chart = charts
                        .iter()
                        .find(|c| c.id == relation && c.kind == "chart");
                    let title = chart.and_then(|c| package.text(&c.target));
                    if let Some(title) = title.and_then(|text| chart_title(&text)) {
                        found.push(Drawn::shape(place.0, place.1, title));
                    }
                }
            }
            // Of a conversation the older part holds a copy for programs that know none.
            "comments" if !threads => {
                if r.target.ends_with(".bin") {
                    if let Some(part) = package.part(&r.target) {
                        found.extend(super::xlsb::notes(&part.bytes).take(MOST_DRAWN));
                    }
                } else if let Some(text) = package.text(&r.target) {
                    notes(&text, "comment", &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

/// Collects the texts of shapes; gives places and relations of charts.
fn shapes(text: &str, found: &mut Vec<Drawn>) -> Vec<((u32, u32), String)> {
    let mut reader = xml::reader(text);
    let mut charts = Vec::new();
    let mut place = (0, 0);
    // Inside `from`: the element whose number is read.
    let (mut from, mut axis) = (false, String::new());
    // Depth inside what is passed over.
    let mut aside = 0usize;
    let mut shape = Lines::default();
    let mut hidden = false;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(e) if aside > 0 || is_aside(&e) => aside += 1,
            Event::Empty(e) if e.local_name().as_ref() == "t" => {}
            Event::Start(e) | Event::Empty(e) if aside == 0 => match e.local_name().as_ref() {
                "twoCellAnchor" | "oneCellAnchor" | "absoluteAnchor" => place = (0, 0),
                "from" => from = true,
                "col" | "row" if from => axis = e.local_name().as_ref().to_owned(),
                "sp" => {
                    shape = Lines::default();
                    hidden = false;
                }
                "cNvPr" => hidden |= xml::attribute(&e, "hidden").is_some_and(|v| v == "1"),
                "chart" if charts.len() < MOST_DRAWN => {
                    if let Some(id) = xml::attribute(&e, "id") {
                        charts.push((place, id.into_owned()));
                    }
                }
                name => shape.start(name),
            },
            Event::End(_) if aside > 0 => aside -= 1,
            Event::End(e) => match e.local_name().as_ref() {
                "from" => from = false,
                "col" | "row" => axis.clear(),
                "sp" => {
                    let lines = std::mem::take(&mut shape).text;
                    if !hidden && !lines.trim().is_empty() && found.len() < MOST_DRAWN {
                        found.push(Drawn::shape(place.0, place.1, lines));
                    }
                }
                name => shape.end(name),
            },
            Event::Text(t) if aside == 0 && !axis.is_empty() => {
                let at = t.trim().parse().unwrap_or(0);
                *(if axis == "row" {
                    &mut place.0
                } else {
                    &mut place.1
                }) = at;
            }
            Event::Text(t) if aside == 0 => shape.push(&t),
            Event::CData(t) if aside == 0 => shape.push(&t),
            Event::GeneralRef(r) if aside == 0 && shape.open => {
                xml::push_reference(&mut shape.text, &r);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    charts
}

/// Shapes whose text is not their own, and what programs show that do not know the alternative.
fn is_aside(e: &BytesStart<'_>) -> bool {
    match e.local_name().as_ref() {
        "Fallback" => true,
        "sp" => xml::attribute(e, "textlink").is_some_and(|link| !link.trim().is_empty()),
        _ => false,
    }
}

/// Paragraphs of DrawingML text.
#[derive(Default)]
struct Lines {
    text: String,
    open: bool,
}

impl Lines {
    fn start(&mut self, name: &str) {
        match name {
            "t" => self.open = true,
            "br" => self.text.push('\n'),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "t" => self.open = false,
            "p" => self.text.push('\n'),
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        if self.open {
            self.text.push_str(text);
        }
    }
}

/// The title that stands on a chart, where it is not that of a cell.
fn chart_title(text: &str) -> Option<String> {
    let mut reader = xml::reader(text);
    let mut title = Lines::default();
    let mut inside = false;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Empty(e) if e.local_name().as_ref() == "t" => {}
            Event::Start(e) | Event::Empty(e) => match e.local_name().as_ref() {
                "plotArea" | "strRef" => break,
                "title" => inside = true,
                name if inside => title.start(name),
                _ => {}
            },
            Event::End(e) => match e.local_name().as_ref() {
                "title" => break,
                name if inside => title.end(name),
                _ => {}
            },
            Event::Text(t) => title.push(&t),
            Event::CData(t) => title.push(&t),
            Event::GeneralRef(r) if title.open => xml::push_reference(&mut title.text, &r),
            Event::Eof => break,
            _ => {}
        }
    }
    Some(title.text).filter(|t| !t.trim().is_empty())
}

/// Collects the notes of a part whose elements of this name each hold one.
fn notes(text: &str, element: &str, found: &mut Vec<Drawn>) {
    let mut reader = xml::reader(text);
    let mut at = None;
    let mut note = String::new();
    let (mut open, mut phonetic) = (false, false);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(e) => match e.local_name().as_ref() {
                name if name == element => {
                    at = xml::attribute(&e, "ref").and_then(|r| cell_reference(&r));
                    note.clear();
                }
                "rPh" => phonetic = true,
                // A note holds runs of `t`, a conversation one `text`.
                "t" => open = !phonetic,
                "text" if element != "comment" => open = true,
                _ => {}
            },
            Event::End(e) => match e.local_name().as_ref() {
                name if name == element => {
                    let text = unescape_control(&note);
                    if let Some((row, column)) = at.take()
                        && !text.trim().is_empty()
                        && found.len() < MOST_DRAWN
                    {
                        found.push(Drawn::note(row, column, text));
                    }
                }
                "rPh" => phonetic = false,
                "t" | "text" => open = false,
                _ => {}
            },
            Event::Text(t) if open => note.push_str(&t),
            Event::CData(t) if open => note.push_str(&t),
            Event::GeneralRef(r) if open => xml::push_reference(&mut note, &r),
            Event::Eof => break,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_shapes_are_read_once_from_top_to_bottom() {
        let anchor = |row: u32, inside: &str| {
            format!(
                "<xdr:twoCellAnchor><xdr:from><xdr:col>3</xdr:col><xdr:row>{row}</xdr:row></xdr:from>\
                 <xdr:to><xdr:col>9</xdr:col><xdr:row>9</xdr:row></xdr:to>{inside}</xdr:twoCellAnchor>"
            )
        };
        let shape = |attributes: &str, hidden: &str, text: &str| {
            format!(
                "<xdr:sp textlink=\"{attributes}\"><xdr:nvSpPr><xdr:cNvPr id=\"2\" {hidden}/></xdr:nvSpPr>\
                 <xdr:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></xdr:txBody></xdr:sp>"
            )
        };
        let text = [
            "<xdr:wsDr>",
            &anchor(7, &shape("", "", "注：2023年&amp;2024年</a:t></a:r></a:p><a:p><a:r><a:t>第二行")),
            &anchor(0, &shape("", "", "单位：</a:t></a:r><a:r><a:t>万元")),
            &anchor(1, &shape("Sheet1!$A$1", "", "同单元格")),
            &anchor(1, &shape("", "hidden=\"1\"", "看不见")),
            &anchor(
                2,
                &format!(
                    "<mc:AlternateContent><mc:Choice>{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent>",
                    shape("", "", "一次"),
                    shape("", "", "两次")
                ),
            ),
            &anchor(4, "<xdr:graphicFrame><a:graphicData><c:chart r:id=\"rId2\"/></a:graphicData></xdr:graphicFrame>"),
            "</xdr:wsDr>",
        ]
        .concat();
        let mut found = Vec::new();
        let charts = shapes(&text, &mut found);
        assert_eq!(charts, [((4, 3), "rId2".to_owned())]);
        let lines: Vec<String> = paragraphs(found).collect();
        assert_eq!(lines, ["单位：万元", "一次", "注：2023年&2024年", "第二行"]);
    }

    #[test]
    fn titles_of_charts() {
        let chart = |title: &str| {
            format!(
                "<c:chart><c:title><c:tx>{title}</c:tx></c:title><c:plotArea><c:title><a:t>轴</a:t></c:title>\
                 </c:plotArea></c:chart>"
            )
        };
        let rich =
            "<c:rich><a:p><a:r><a:t>收入</a:t></a:r><a:r><a:t>（万元）</a:t></a:r></a:p></c:rich>";
        assert_eq!(chart_title(&chart(rich)).as_deref(), Some("收入（万元）\n"));
        let cell = "<c:strRef><c:strCache><c:pt><c:v>表头</c:v></c:pt></c:strCache></c:strRef>";
        assert_eq!(chart_title(&chart(cell)), None);
    }

    #[test]
    fn notes_are_marked_with_their_cells() {
        let mut found = Vec::new();
        notes(
            "<comments><commentList><comment ref=\"B4\"><text><r><t>张三:</t></r><r><t>\n含上年结转3.2万元</t></r>\
             <rPh><t>x</t></rPh></text></comment><comment ref=\"A2\"><text><t>前</t></text></comment>\
             <comment ref=\"?\"><text><t>无处</t></text></comment></commentList></comments>",
            "comment",
            &mut found,
        );
        let lines: Vec<String> = paragraphs(found).collect();
        assert_eq!(
            lines,
            ["［批注A2］前", "［批注B4］张三:\n含上年结转3.2万元"]
        );
    }
}
