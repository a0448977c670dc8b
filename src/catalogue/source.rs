//! A pipeline file as loaded: read in parts, as they are needed.

use super::schema::PipelineFile;
use super::{CatalogueError, parse};
use crate::builtin;
use std::borrow::Cow;
use std::sync::OnceLock;

/// A pipeline file as loaded. Of a built-in one only the indicators are read at once: the words of its terms are needed
/// where a report of its domain is, and its worked examples where they are run.
#[derive(Debug)]
pub struct Source {
    /// File name.
    pub name: String,
    /// Its text, for line numbers.
    pub text: Cow<'static, str>,
    built_in: Option<(builtin::File, PipelineFile)>,
    vocabulary: OnceLock<PipelineFile>,
    whole: OnceLock<PipelineFile>,
}

/// Keys of worked examples, which are most of a pipeline.
const EXAMPLES: [&str; 2] = ["examples", "not_examples"];
/// Keys of what is read of a pipeline where its words are needed.
const VOCABULARY: [&str; 3] = ["term", "harmless", "narrowing"];

impl Source {
    /// A file by its text.
    pub(super) fn of(name: &str, text: &str) -> Result<Source, CatalogueError> {
        let read: PipelineFile = parse(name, text)?;
        Ok(Source {
            name: name.to_string(),
            whole: OnceLock::from(read),
            text: Cow::Owned(text.to_string()),
            built_in: None,
            vocabulary: OnceLock::new(),
        })
    }

    /// One that is compiled in.
    pub(super) fn builtin(file: builtin::File) -> Result<Source, CatalogueError> {
        let [a, b] = EXAMPLES;
        let [c, d, e] = VOCABULARY;
        let brief = Source::part(file, &[a, b, c, d, e])?;
        Ok(Source {
            name: file.name.to_string(),
            text: Cow::Borrowed(file.text),
            built_in: Some((file, brief)),
            vocabulary: OnceLock::new(),
            whole: OnceLock::new(),
        })
    }

    /// What a built-in file says, without the entries with these keys.
    fn part(file: builtin::File, leave: &[&str]) -> Result<PipelineFile, CatalogueError> {
        let read = file.read_without(leave);
        read.map_err(|e| CatalogueError::toml(file.name, file.text, &e))
    }

    /// Reads all of it.
    pub(super) fn check(&self) -> Result<(), CatalogueError> {
        if let Some((file, _)) = self.built_in {
            // Where it is there already, it was right.
            let _ = self.whole.set(Source::part(file, &[])?);
        }
        Ok(())
    }

    /// All that it says.
    ///
    /// # Panics
    /// Never for a released program: its own tests read every built-in file.
    pub fn file(&self) -> &PipelineFile {
        self.read(&self.whole, &[])
    }

    /// The same without the vocabulary; worked examples may be left out.
    pub(super) fn brief(&self) -> &PipelineFile {
        match &self.built_in {
            Some((_, brief)) => brief,
            None => self.file(),
        }
    }

    /// Terms and words; indicators may be left out.
    pub(super) fn vocabulary(&self) -> &PipelineFile {
        match self.whole.get() {
            Some(all) => all,
            None => self.read(&self.vocabulary, &["indicator"]),
        }
    }

    fn read<'s>(&self, into: &'s OnceLock<PipelineFile>, leave: &[&str]) -> &'s PipelineFile {
        into.get_or_init(|| match self.built_in {
            Some((file, _)) => match Source::part(file, leave) {
                Ok(read) => read,
                Err(e) => panic!("{e}"),
            },
            None => PipelineFile::default(),
        })
    }
}
