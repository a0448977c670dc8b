//! What surrounds a file: its folders, and the other files of the same submission.
//!
//! An attachment often says neither who sends it nor for which year; its narrative does. The narratives of a folder
//! are asked only when a file of the folder leaves something open, once for all its files, and are asked whether or
//! not they are loaded in this run: what an attachment inherits depends on what lies in the folder, not on batches, threads
//! or what is in the warehouse already.

use super::{Failure, output};
use crate::analysis::{Analysis, DocumentContext};
use crate::catalogue::Catalogue;
use crate::context::{self, Hints, Knowledge};
use crate::message;
use crate::read::{self, Limits, Problem, Reason, Reject};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Reads the bytes of a file, or says why not.
pub type Open = Arc<dyn Fn() -> Result<Vec<u8>, Problem> + Send + Sync>;

/// Most files of a folder that still looks like one submission.
const MOST_FILES: usize = 64;
/// Most narratives of one.
const MOST_NARRATIVES: usize = 8;

/// The files of one folder.
#[derive(Default)]
pub struct Submission {
    files: usize,
    narratives: Vec<(String, Open)>,
    main: OnceLock<Option<DocumentContext>>,
}

impl Submission {
    /// Adds a file, by name.
    pub fn add(&mut self, name: &str, open: Open) {
        self.files += 1;
        // One more than is ever asked is enough to know that it is no submission.
        if is_narrative(name) && self.narratives.len() <= MOST_NARRATIVES {
            self.narratives.push((name.to_owned(), open));
        }
    }

    /// What its narratives agree on.
    fn main(&self, hints: &Hints) -> Option<&DocumentContext> {
        if self.files > MOST_FILES || self.narratives.len() > MOST_NARRATIVES {
            return None;
        }
        self.main.get_or_init(|| self.agreed(hints)).as_ref()
    }

    fn agreed(&self, hints: &Hints) -> Option<DocumentContext> {
        let mut agreed: Option<DocumentContext> = None;
        for (name, open) in &self.narratives {
            let Ok(bytes) = open() else { continue };
            let Ok(document) = read::read(&bytes, name, &Limits::default()) else {
                continue;
            };
            let context = context::resolve(&document, name, hints, Knowledge::builtin());
            if context.agency.is_empty() || context.place.ref_area.is_empty() {
                continue;
            }
            match &mut agreed {
                None => agreed = Some(context),
                Some(a)
                    if a.agency == context.agency && a.place.ref_area == context.place.ref_area =>
                {
                    if a.year != context.year {
                        a.year = 0;
                        a.period = None;
                    }
                }
                // Two agencies in one folder: it is no submission.
                Some(_) => return None,
            }
        }
        agreed
    }
}

/// Word documents carry the narrative. Whether it is one, its bytes will say.
fn is_narrative(name: &str) -> bool {
    let extension = name
        .rsplit_once('.')
        .map(|(_, e)| e.to_ascii_lowercase())
        .unwrap_or_default();
    matches!(
        extension.as_str(),
        "docx" | "doc" | "wps" | "docm" | "rtf" | "odt"
    )
}

/// Reads and analyses a document, with what its submission knows where it leaves something open.
pub fn analyse(
    bytes: &[u8],
    name: &str,
    hints: &Hints,
    submission: Option<&Submission>,
    catalogue: &Catalogue,
) -> Result<Analysis, Reject> {
    let document = read::read(bytes, name, &Limits::default())?;
    let mut context = context::resolve(&document, name, hints, Knowledge::builtin());
    let open = context.agency.is_empty() || context.place.ref_area.is_empty() || context.year == 0;
    if open && let Some(main) = submission.and_then(|s| s.main(hints)) {
        let hints = Hints {
            siblings: Some(main.clone()),
            ..hints.clone()
        };
        context = context::resolve(&document, name, &hints, Knowledge::builtin());
    }
    Ok(crate::analyse_in(document, context, catalogue))
}

/// A reject as a problem of the whole file.
pub fn problem(reject: Reject) -> Problem {
    Problem {
        part: reject.part,
        reason: reject.reason,
        detail: reject.detail,
    }
}

/// A file that could not be read at all, as a problem.
pub fn unreadable(error: &std::io::Error) -> Problem {
    use std::io::ErrorKind;
    let detail = match error.kind() {
        ErrorKind::PermissionDenied => "没有权限读这个文件，请检查权限。".to_owned(),
        ErrorKind::NotFound => "文件已不在原处。".to_owned(),
        _ => format!("操作系统读不出这个文件：{error}"),
    };
    Problem {
        part: String::new(),
        reason: Reason::Unreadable,
        detail,
    }
}

/// The path as the warehouse keeps it: absolute, without `.` and `..`, symbolic links as they are.
pub fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut out = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// A single file given to a command.
pub struct OneFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its name.
    pub name: String,
    /// Its folders, the outermost first.
    pub folders: Vec<String>,
}

/// Reads a file named on the command line. `None` where it is there and cannot be read, which has been said.
pub fn open_file(path: &Path) -> Result<Option<OneFile>, Failure> {
    if !path.exists() {
        return Err(Failure::Usage(message::no_such_path(path)));
    }
    if path.is_dir() {
        return Err(Failure::Usage(message::file(
            path,
            &std::io::ErrorKind::IsADirectory.into(),
        )));
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) => {
            output::complain(&message::error_line(&message::file(path, &e)));
            return Ok(None);
        }
    };
    let whole = absolute(path);
    let name = whole
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(Some(OneFile {
        bytes,
        name,
        folders: folders(&whole),
    }))
}

/// Names of the folders of an absolute path, the outermost first.
pub fn folders(path: &Path) -> Vec<String> {
    let parts = path.parent().into_iter().flat_map(Path::components);
    parts
        .filter_map(|c| match c {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect()
}

/// The submission that a file lies in: the files of its folder, not of the folders below.
pub fn around(path: &Path) -> Submission {
    let mut submission = Submission::default();
    let whole = absolute(path);
    let Some(entries) = whole.parent().and_then(|p| std::fs::read_dir(p).ok()) else {
        return submission;
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|e| e.path())
        .filter(|p| p.is_file())
        .take(MOST_FILES + 1)
        .collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let open: Open = Arc::new(move || std::fs::read(&path).map_err(|e| unreadable(&e)));
        submission.add(&name, open);
    }
    submission
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_absolute_and_plain() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(absolute(Path::new("./a/../b")), here.join("b"));
        let path = Path::new(if cfg!(windows) {
            r"C:\湖南\衡山县\a.docx"
        } else {
            "/湖南/衡山县/a.docx"
        });
        assert_eq!(folders(path), ["湖南", "衡山县"]);
    }

    #[test]
    fn narratives_are_word_files() {
        assert!(is_narrative("自评报告.DOCX") && is_narrative("a.wps"));
        assert!(!is_narrative("附件1.xlsx") && !is_narrative("docx"));
    }
}
