//! Drawings as PNG.
//!
//! zeno turns lines, discs and outlines of glyphs into masks, which are laid over a white picture one after the other. Texts
//! are the glyphs of a font of the system that has Chinese: one a character, without ligatures, which neither Chinese nor
//! digits need. A whole SVG renderer would lay out text better, and takes ten times as long to build. Where no font of
//! the system has Chinese there is no PNG, because a chart without names says nothing; SVG and HTML need no font here.

use super::drawing::{Anchor, Colour, Drawing, FONTS, Mark};
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use fontdb::{Database, ID, Style as Slant, Weight};
use std::io::Write;
use ttf_parser::{Face, GlyphId, OutlineBuilder};
use zeno::{Command, Mask, Stroke, Style, Transform, Vector};

/// Pixels a unit of the drawing: sharp on paper and on dense screens.
const SCALE: f32 = 2.0;
/// Pixels that a side has at most.
const MOST_PIXELS: f32 = 10_000.0;
/// A character that a font with Chinese has.
const PROBE: char = '县';
/// How far the handles of a curve lie from its ends, for four curves to make a circle.
const CIRCLE: f32 = 0.552_285;

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No font of the system has Chinese.
    #[error("no installed font has Chinese characters")]
    Font,
    /// The drawing is empty or too large.
    #[error("the drawing has no size that a picture can have")]
    Size,
}

/// A drawing as the bytes of a PNG file.
///
/// # Errors
/// Where no font of the system has Chinese, or the drawing is too large.
pub fn png(drawing: &Drawing) -> Result<Vec<u8>, Missing> {
    let mut picture = Picture::new(drawing.width, drawing.height)?;
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    let regular = font(&fonts, Weight::NORMAL).ok_or(Missing::Font)?;
    let bold = font(&fonts, Weight::BOLD).unwrap_or(regular);
    for mark in &drawing.marks {
        match mark {
            Mark::Text { bold: true, .. } => draw_text(&mut picture, &fonts, bold, mark),
            Mark::Text { .. } => draw_text(&mut picture, &fonts, regular, mark),
            other => draw(&mut picture, other),
        }
    }
    Ok(picture.encoded())
}

/// Pixels, three bytes each, row by row.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn new(width: f64, height: f64) -> Result<Picture, Missing> {
        let side = |length: f64| {
            let pixels = (length as f32 * SCALE).ceil();
            let fits = pixels.is_finite() && (1.0..=MOST_PIXELS).contains(&pixels);
            fits.then_some(pixels as usize).ok_or(Missing::Size)
        };
        let (width, height) = (side(width)?, side(height)?);
        Ok(Picture {
            width,
            height,
            pixels: vec![255; width * height * 3],
        })
    }

    /// Lays a colour over the picture where the path is.
    fn lay<'s>(
        &mut self,
        path: &[Command],
        style: impl Into<Style<'s>>,
        at: Transform,
        colour: Colour,
    ) {
        let (mask, place) = Mask::new(path).style(style).transform(Some(at)).render();
        let [_, r, g, b] = colour.to_be_bytes();
        let width = usize::try_from(place.width).unwrap_or(0);
        for (row, line) in (0i64..).zip(mask.chunks(width.max(1))) {
            let y = usize::try_from(i64::from(place.top) + row);
            let Some(y) = y.ok().filter(|y| *y < self.height) else {
                continue;
            };
            for (column, alpha) in (0i64..).zip(line) {
                let x = usize::try_from(i64::from(place.left) + column);
                let Some(x) = x.ok().filter(|x| *x < self.width) else {
                    continue;
                };
                let start = (y * self.width + x) * 3;
                let pixel = self.pixels.iter_mut().skip(start).take(3);
                for (channel, ink) in pixel.zip([r, g, b]) {
                    let (old, ink, alpha) =
                        (u32::from(*channel), u32::from(ink), u32::from(*alpha));
                    let mixed = (old * (255 - alpha) + ink * alpha + 127) / 255;
                    *channel = u8::try_from(mixed).unwrap_or(u8::MAX);
                }
            }
        }
    }

    /// The bytes of a PNG file: eight bits a channel, no filter, one stream.
    fn encoded(&self) -> Vec<u8> {
        let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
        let mut head = Vec::new();
        for side in [self.width, self.height] {
            head.extend(u32::try_from(side).unwrap_or(0).to_be_bytes());
        }
        head.extend([8, 2, 0, 0, 0]);
        chunk(&mut out, *b"IHDR", &head);
        let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
        for row in self.pixels.chunks(self.width * 3) {
            // Writing into memory cannot fail.
            let _ = stream.write_all(&[0]).and_then(|()| stream.write_all(row));
        }
        chunk(&mut out, *b"IDAT", &stream.finish().unwrap_or_default());
        chunk(&mut out, *b"IEND", &[]);
        out
    }
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(data);
    out.extend(kind);
    out.extend(data);
    out.extend(sum.sum().to_be_bytes());
}

fn point(at: (f64, f64)) -> Vector {
    Vector::new(at.0 as f32, at.1 as f32)
}

fn polygon(points: &[(f64, f64)]) -> Vec<Command> {
    let mut path = Vec::with_capacity(points.len() + 1);
    for (n, at) in points.iter().enumerate() {
        path.push(match n {
            0 => Command::MoveTo(point(*at)),
            _ => Command::LineTo(point(*at)),
        });
    }
    path
}

fn circle(at: (f64, f64), radius: f64) -> Vec<Command> {
    let (c, r) = (point(at), radius as f32);
    let k = r * CIRCLE;
    let p = |x: f32, y: f32| Vector::new(c.x + x, c.y + y);
    vec![
        Command::MoveTo(p(r, 0.0)),
        Command::CurveTo(p(r, k), p(k, r), p(0.0, r)),
        Command::CurveTo(p(-k, r), p(-r, k), p(-r, 0.0)),
        Command::CurveTo(p(-r, -k), p(-k, -r), p(0.0, -r)),
        Command::CurveTo(p(k, -r), p(r, -k), p(r, 0.0)),
        Command::Close,
    ]
}

fn draw(picture: &mut Picture, mark: &Mark) {
    let scale = Transform::scale(SCALE, SCALE);
    match mark {
        Mark::Line {
            points,
            colour,
            width,
            dash,
        } => {
            let dashes = dash.map(|(on, off)| [on as f32, off as f32]);
            let mut stroke = Stroke::new(*width as f32);
            if let Some(dashes) = &dashes {
                stroke.dash(dashes, 0.0);
            }
            picture.lay(&polygon(points), stroke, scale, *colour);
        }
        Mark::Disc {
            at, radius, colour, ..
        } => picture.lay(&circle(*at, *radius), zeno::Fill::NonZero, scale, *colour),
        Mark::Bar {
            at: (x, y),
            size: (w, h),
            colour,
            ..
        } => {
            let corners = [(*x, *y), (x + w, *y), (x + w, y + h), (*x, y + h)];
            let mut path = polygon(&corners);
            path.push(Command::Close);
            picture.lay(&path, zeno::Fill::NonZero, scale, *colour);
        }
        Mark::Text { .. } => {}
    }
}

/// The installed face of a weight that has Chinese: one of [`FONTS`], else any.
fn font(fonts: &Database, weight: Weight) -> Option<ID> {
    let has_chinese = |id: ID| {
        let probe = |data: &[u8], index: u32| {
            let face = Face::parse(data, index).ok()?;
            face.glyph_index(PROBE)
        };
        fonts.with_face_data(id, probe).flatten().is_some()
    };
    let rank = |names: &[(String, fontdb::Language)]| {
        let known = |n: &String| FONTS.iter().position(|f| f == n);
        names.iter().filter_map(|(n, _)| known(n)).min()
    };
    let mut faces: Vec<_> = fonts
        .faces()
        .filter(|f| f.style == Slant::Normal)
        .map(|f| {
            let name = f.families.first().map_or("", |(n, _)| n.as_str());
            let far = f.weight.0.abs_diff(weight.0);
            (rank(&f.families).unwrap_or(FONTS.len()), far, name, f.id)
        })
        .collect();
    faces.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
    faces.into_iter().map(|f| f.3).find(|id| has_chinese(*id))
}

fn draw_text(picture: &mut Picture, fonts: &Database, font: ID, mark: &Mark) {
    let Mark::Text {
        at,
        text,
        size,
        anchor,
        colour,
        ..
    } = mark
    else {
        return;
    };
    fonts.with_face_data(font, |data, index| {
        let Ok(face) = Face::parse(data, index) else {
            return;
        };
        let em = f32::from(face.units_per_em()).max(1.0);
        let scale = *size as f32 / em;
        let glyphs: Vec<(GlyphId, f32)> = text
            .chars()
            .map(|c| {
                let glyph = face.glyph_index(c).unwrap_or(GlyphId(0));
                let advance = face.glyph_hor_advance(glyph).map_or(em, f32::from);
                (glyph, advance * scale)
            })
            .collect();
        let width: f32 = glyphs.iter().map(|(_, w)| w).sum();
        let mut x = at.0 as f32
            - match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => width / 2.0,
                Anchor::End => width,
            };
        for (glyph, advance) in glyphs {
            let mut outline = Outline(Vec::new());
            face.outline_glyph(glyph, &mut outline);
            // Fonts count upwards.
            let place = Transform::scale(scale, -scale)
                .then_translate(x, at.1 as f32)
                .then_scale(SCALE, SCALE);
            picture.lay(&outline.0, zeno::Fill::NonZero, place, *colour);
            x += advance;
        }
    });
}

/// The outline of a glyph as a path.
struct Outline(Vec<Command>);

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.push(Command::MoveTo(Vector::new(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.push(Command::LineTo(Vector::new(x, y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0
            .push(Command::QuadTo(Vector::new(x1, y1), Vector::new(x, y)));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (a, b) = (Vector::new(x1, y1), Vector::new(x2, y2));
        self.0.push(Command::CurveTo(a, b, Vector::new(x, y)));
    }

    fn close(&mut self) {
        self.0.push(Command::Close);
    }
}

#[cfg(test)]
mod tests {
    use super::super::drawing::tests::sample;
    use super::*;

    #[test]
    fn marks_have_their_colours_where_they_stand() {
        let mut picture = Picture::new(200.0, 100.0).unwrap();
        for mark in &sample().marks {
            draw(&mut picture, mark);
        }
        let at = |x: usize, y: usize| &picture.pixels[(2 * y * picture.width + 2 * x) * 3..][..3];
        assert_eq!(at(30, 20), [0x00, 0x72, 0xb2]);
        assert_eq!(at(100, 50), [0xd5, 0x5e, 0x00]);
        assert_eq!(at(190, 10), [255, 255, 255]);
        // Dashes of five units, gaps of three.
        assert_eq!(
            (at(2, 90), at(6, 90)),
            (&[0, 0, 0][..], &[255, 255, 255][..])
        );
    }

    #[test]
    fn texts_leave_ink_where_a_font_is_installed() {
        let mut drawing = sample();
        drawing.marks.retain(|m| matches!(m, Mark::Text { .. }));
        match png(&drawing) {
            Err(Missing::Font) => eprintln!("skipped: no installed font has Chinese characters"),
            Err(e) => panic!("{e}"),
            Ok(bytes) => {
                drawing.marks.clear();
                let blank = png(&drawing).unwrap();
                assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > blank.len() + 500);
            }
        }
    }

    #[test]
    fn a_drawing_without_size_is_no_picture() {
        let mut drawing = sample();
        drawing.width = f64::NAN;
        assert!(png(&drawing).is_err());
        drawing.width = 1e9;
        assert!(png(&drawing).is_err());
    }
}
