//! Drawings as lists of marks, and as SVG. [`super::png`] makes pixels of the same marks, so that the kinds of file cannot
//! differ.
//!
//! Positions are floats, values never are: what is written beside a point is the exact value as text.

use super::html::escape;
use std::fmt::Write;

/// A colour as 0xRRGGBB.
pub type Colour = u32;

/// Where a text stands relative to its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// A mark. Coordinates are in pixels of a screen, from the top left.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A line through points; what is not joined is another line.
    Line {
        /// Points.
        points: Vec<(f64, f64)>,
        /// Colour.
        colour: Colour,
        /// Width.
        width: f64,
        /// Lengths of dashes and gaps.
        dash: Option<(f64, f64)>,
    },
    /// A disc, with a text that shows where the pointer is over it.
    Disc {
        /// Centre.
        at: (f64, f64),
        /// Radius.
        radius: f64,
        /// Colour.
        colour: Colour,
        /// The text.
        about: String,
    },
    /// A filled rectangle, with a text that shows where the pointer is over it.
    Bar {
        /// Top left corner.
        at: (f64, f64),
        /// Width and height.
        size: (f64, f64),
        /// Colour.
        colour: Colour,
        /// The text.
        about: String,
    },
    /// A text on one line.
    Text {
        /// Position, on the base line.
        at: (f64, f64),
        /// The text.
        text: String,
        /// Size of the font.
        size: f64,
        /// Bold.
        bold: bool,
        /// Where it stands.
        anchor: Anchor,
        /// Colour.
        colour: Colour,
    },
}

/// A drawing on white.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Marks, the later ones over the earlier.
    pub marks: Vec<Mark>,
}

/// Fonts by name, for whoever looks: those that have Chinese on each system.
pub const FONTS: [&str; 10] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "SimSun",
];

impl Drawing {
    /// A text of the usual size.
    pub fn text(
        &mut self,
        at: (f64, f64),
        text: impl Into<String>,
        anchor: Anchor,
        colour: Colour,
    ) {
        self.marks.push(Mark::Text {
            at,
            text: text.into(),
            size: 12.0,
            bold: false,
            anchor,
            colour,
        });
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: Colour, width: f64) {
        self.marks.push(Mark::Line {
            points: vec![from, to],
            colour,
            width,
            dash: None,
        });
    }

    /// The drawing as SVG.
    pub fn svg(&self) -> String {
        let families = FONTS.map(|f| format!("'{f}'")).join(",");
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w:.0} {h:.0}\" width=\"{w:.0}\" height=\"{h:.0}\" role=\"img\" \
             font-family=\"{families},sans-serif\">\n<title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            w = self.width,
            h = self.height,
            title = escape(&self.title)
        );
        for mark in &self.marks {
            write(&mut out, mark);
        }
        out.push_str("</svg>\n");
        out
    }
}

fn write(out: &mut String, mark: &Mark) {
    let _ = match mark {
        Mark::Line {
            points,
            colour,
            width,
            dash,
        } => {
            let points: Vec<String> = points
                .iter()
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            let dash = dash.map_or_else(String::new, |(on, off)| {
                format!(" stroke-dasharray=\"{on} {off}\"")
            });
            writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"#{colour:06x}\" stroke-width=\"{width}\"{dash}/>",
                points.join(" ")
            )
        }
        Mark::Disc {
            at,
            radius,
            colour,
            about,
        } => writeln!(
            out,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius}\" fill=\"#{colour:06x}\"><title>{}</title></circle>",
            at.0,
            at.1,
            escape(about)
        ),
        Mark::Bar {
            at,
            size,
            colour,
            about,
        } => writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#{colour:06x}\"><title>{}</title></rect>",
            at.0,
            at.1,
            size.0,
            size.1,
            escape(about)
        ),
        Mark::Text {
            at,
            text,
            size,
            bold,
            anchor,
            colour,
        } => {
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            let bold = if *bold { " font-weight=\"bold\"" } else { "" };
            writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\"{bold}{anchor} fill=\"#{colour:06x}\">{}</text>",
                at.0,
                at.1,
                escape(text)
            )
        }
    };
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One of each mark.
    pub fn sample() -> Drawing {
        let mut drawing = Drawing {
            title: "火化遗体数<具>".into(),
            width: 200.0,
            height: 100.0,
            marks: vec![
                Mark::Bar {
                    at: (10.0, 10.0),
                    size: (50.0, 20.0),
                    colour: 0x00_72b2,
                    about: "a \"b\"".into(),
                },
                Mark::Disc {
                    at: (100.0, 50.0),
                    radius: 10.0,
                    colour: 0xd5_5e00,
                    about: String::new(),
                },
                Mark::Line {
                    points: vec![(0.0, 90.0), (100.0, 90.0), (200.0, 80.0)],
                    colour: 0x00_0000,
                    width: 2.0,
                    dash: Some((5.0, 3.0)),
                },
            ],
        };
        drawing.text((10.0, 60.0), "衡山县 499", Anchor::Start, 0x33_3333);
        drawing
    }

    #[test]
    fn a_drawing_is_one_element_and_nothing_breaks_out() {
        let svg = sample().svg();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("火化遗体数&lt;具&gt;") && svg.contains("a &quot;b&quot;"));
        assert!(svg.contains("fill=\"#0072b2\"") && svg.contains("stroke-dasharray=\"5 3\""));
    }
}
