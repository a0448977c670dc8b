//! What lies on a sheet of a binary workbook: text boxes and shapes, notes at cells, titles of charts.
//!
//! A shape is spread over several records (\[MS-XLS\] 2.4.181, 2.4.329, 2.4.179): its place in the drawing layer, an
//! object with its kind and number, its text in records that continue a `TXO`. A note names the object whose text is
//! its own. A chart is a stream inside the sheet's; its title is the text that is linked to the chart as a whole. What
//! is linked to a cell is there already. Workbooks before Excel 97 keep the text of a note with it, and give no others.

use super::super::drawing::{Drawn, MOST_DRAWN};
use super::globals::Globals;
use super::record::{Record, number};
use super::{Biff, text};
use rustc_hash::FxHashMap;

/// Kind of object: the box of a note.
const NOTE_BOX: u16 = 0x19;
/// Type of a drawing record: where a shape is anchored. The containers around it are of the types below.
const ANCHOR: u16 = 0xf010;
const CONTAINERS: std::ops::RangeInclusive<u16> = 0xf002..=0xf004;

/// Collects what lies on one sheet.
#[derive(Default)]
pub(super) struct Drawing {
    /// Row and column of the shape that is described now.
    place: (u32, u32),
    /// Kind and number of the object that is described now.
    object: (u16, u16),
    /// The texts of boxes of notes, by the numbers of the objects.
    boxes: FxHashMap<u16, String>,
    /// Row, column and object of each note.
    notes: Vec<(u32, u32, u16)>,
    found: Vec<Drawn>,
    /// In a chart: the text described now is its own, and what it is.
    own: bool,
    title: Option<String>,
}

impl Drawing {
    /// A record of the sheet; one that is too short says nothing.
    pub fn record(&mut self, record: &Record<'_>, globals: &Globals) -> Option<()> {
        let mut data = record.chunks();
        match record.number {
            number::DRAWING => {
                while let (Some(_), Some(kind), Some(length)) = (data.u16(), data.u16(), data.u32())
                {
                    if kind == ANCHOR {
                        data.skip(2);
                        let column = data.u16()?;
                        data.skip(2);
                        self.place = (data.u16()?.into(), column.into());
                        data.skip(usize::try_from(length).ok()?.checked_sub(8)?);
                    } else if !CONTAINERS.contains(&kind) {
                        data.skip(usize::try_from(length).ok()?);
                    }
                }
            }
            number::OBJECT => {
                data.skip(4);
                self.object = (data.u16()?, data.u16()?);
            }
            number::TEXT_OBJECT => {
                data.skip(10);
                let count = usize::from(data.u16()?);
                data.skip(data.left());
                let flags = data.u8()?;
                let shape = text::wide(&mut data, count, flags)?;
                let (kind, id) = self.object;
                if shape.trim().is_empty() || self.found.len() + self.boxes.len() >= MOST_DRAWN {
                } else if kind == NOTE_BOX {
                    self.boxes.insert(id, shape);
                } else {
                    self.found
                        .push(Drawn::shape(self.place.0, self.place.1, shape));
                }
            }
            number::NOTE if globals.biff() == Biff::Eight => {
                let (row, column) = (data.u16()?, data.u16()?);
                data.skip(2);
                if self.notes.len() < MOST_DRAWN {
                    self.notes.push((row.into(), column.into(), data.u16()?));
                }
            }
            number::NOTE => {
                let (row, column) = (data.u16()?, data.u16()?);
                let note = globals.long_text(&mut data)?;
                // A long note goes on in records that stand at no cell.
                if row != u16::MAX && !note.trim().is_empty() && self.found.len() < MOST_DRAWN {
                    self.found
                        .push(Drawn::note(row.into(), column.into(), note));
                }
            }
            _ => {}
        }
        Some(())
    }

    /// A record of a chart on the sheet.
    pub fn chart_record(&mut self, record: &Record<'_>) -> Option<()> {
        let mut data = record.chunks();
        match record.number {
            number::CHART_BOX => self.title = None,
            number::CHART_SOURCE => {
                data.skip(1);
                self.own = data.u8()? == 1;
            }
            number::CHART_TEXT => {
                data.skip(2);
                let (count, flags) = (data.u8()?, data.u8()?);
                self.title = text::wide(&mut data, count.into(), flags).filter(|_| self.own);
            }
            number::CHART_LINK => {
                let is_title = data.u16()? == 1;
                let title = self.title.take().filter(|t| !t.trim().is_empty())?;
                if is_title && self.found.len() < MOST_DRAWN {
                    self.found
                        .push(Drawn::shape(self.place.0, self.place.1, title));
                }
            }
            _ => {}
        }
        Some(())
    }

    /// What was found.
    pub fn finish(mut self) -> Vec<Drawn> {
        for (row, column, id) in std::mem::take(&mut self.notes) {
            if let Some(text) = self.boxes.remove(&id) {
                self.found.push(Drawn::note(row, column, text));
            }
        }
        self.found
    }
}
