//! The files of `pipelines/` as compiled into the program: their text, and the same packed by the build script.
//!
//! The TOML is the only source. Parsing it is most of what the program would do at start, so it is done once, when the
//! program is built; what is read then are the same types by the same rules of serde (`packed`). Wherever the packed form
//! fails, the TOML is read in its place: it has the lines that a message names.

#[cfg(test)]
mod pack;
mod packed;

use serde::de::DeserializeOwned;

/// A file of `pipelines/`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File {
    /// File name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Packed; empty for a text that is not TOML.
    packed: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

impl File {
    /// Its content.
    ///
    /// # Errors
    /// Those of the TOML.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, toml::de::Error> {
        self.read_without(&[])
    }

    /// Its content without the entries that have these keys, for types that can be without them. What is left out costs
    /// nothing.
    ///
    /// # Errors
    /// Those of the TOML.
    pub fn read_without<T: DeserializeOwned>(&self, keys: &[&str]) -> Result<T, toml::de::Error> {
        packed::read(self.packed, keys).or_else(|_| toml::from_str(self.text))
    }
}

/// Pipelines, in the order in which they are read.
pub(crate) fn pipelines() -> &'static [File] {
    PIPELINES
}

/// The other files: the language, forms, checks, units, what is no figure, agencies.
pub(crate) fn tables() -> &'static [File] {
    TABLES
}

/// One of [`tables`].
pub(crate) fn table(name: &str) -> File {
    let found = TABLES.iter().find(|f| f.name == name).copied();
    // The build fails where one is not there.
    found.unwrap_or(File {
        name: "",
        text: "",
        packed: "",
    })
}

/// What the version of a catalogue says of these files: `language.toml`, `forms.toml`, `checks.toml`, and the pipelines
/// with their names.
pub(crate) fn digest() -> &'static str {
    DIGEST
}

#[cfg(test)]
mod tests;
