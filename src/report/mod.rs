//! What leaves the warehouse for people: letters to bureaus in Word, a report to look at in a browser.
//!
//! Both are built from the answers of [`mod@crate::analyse`] and show with every number where it stands in which file.

pub mod drawing;
mod evidence;
pub mod html;
pub mod letters;
pub mod png;

pub use evidence::{Evidence, Quote, quotes};
