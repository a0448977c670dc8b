//! What surrounds a file: its folders, and the other files of the same submission.
//!
//! An attachment often says neither who sends it nor for which year; its narrative does. The narratives around a file
//! are asked only when it leaves something open, once for all files of a folder, and are asked whether or not they are
//! loaded in this run: what an attachment inherits depends on what lies in the folders, not on batches, threads or what
//! is in the warehouse already. What is inherited is a warning of the document.
//!
//! Asked are, in this order, the narratives of
//!
//! 1. the file's own folder (an archive is a folder),
//! 2. the folders in it,
//! 3. the folder above, with the folders in that (正文 beside 附件), and then the folder above that one —
//!
//! but step 3 only as long as the folder left behind does not itself name an area or an agency: 衡山县民政局 beside
//! 霍邱县民政局 is a submission of its own. Each time they must agree on one agency; of two years none is taken.

use super::{Failure, output};
use crate::analysis::{Analysis, DocumentContext};
use crate::catalogue::Catalogue;
use crate::context::{self, Hints, Knowledge};
use crate::message;
use crate::read::{self, Limits, Problem, Reject};
use crate::source;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Reads the bytes of a file, or says why not.
pub type Open = Arc<dyn Fn() -> Result<Vec<u8>, Problem> + Send + Sync>;

/// Most files of a folder that still looks like one submission.
const MOST_FILES: usize = 64;
/// Most narratives of one.
const MOST_NARRATIVES: usize = 8;

/// Some files, among them perhaps narratives.
#[derive(Default)]
struct Group {
    files: usize,
    narratives: Vec<(String, Open)>,
    main: OnceLock<Option<DocumentContext>>,
}

impl Group {
    /// Adds a file, by name.
    fn add(&mut self, name: &str, open: &Open) {
        self.files += 1;
        // One more than is ever asked is enough to know that it is no submission.
        if is_narrative(name) && self.narratives.len() <= MOST_NARRATIVES {
            self.narratives.push((name.to_owned(), open.clone()));
        }
    }

    /// What its narratives agree on.
    fn main(
        &self,
        hints: &Hints,
        limits: &Limits,
        knowledge: &Knowledge,
    ) -> Option<&DocumentContext> {
        if self.files > MOST_FILES || self.narratives.len() > MOST_NARRATIVES {
            return None;
        }
        self.main
            .get_or_init(|| self.agreed(hints, limits, knowledge))
            .as_ref()
    }

    fn agreed(
        &self,
        hints: &Hints,
        limits: &Limits,
        knowledge: &Knowledge,
    ) -> Option<DocumentContext> {
        let mut agreed: Option<DocumentContext> = None;
        for (name, open) in &self.narratives {
            let Ok(bytes) = open() else { continue };
            let Ok(document) = read::read(&bytes, name, &limits.started()) else {
                continue;
            };
            let context = context::resolve(&document, name, hints, knowledge);
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

/// A folder: the files that lie in it, and those with the files below it.
#[derive(Default)]
struct Folder {
    direct: Arc<Group>,
    whole: Arc<Group>,
}

/// Where a file may inherit from, the nearest first.
#[derive(Clone, Default)]
pub struct Submission(Vec<Arc<Group>>);

impl Submission {
    fn main(
        &self,
        hints: &Hints,
        limits: &Limits,
        knowledge: &Knowledge,
    ) -> Option<&DocumentContext> {
        self.0.iter().find_map(|g| g.main(hints, limits, knowledge))
    }
}

/// The folders of all files of a run.
#[derive(Default)]
pub struct Submissions(HashMap<String, Folder>);

/// How many folders up a narrative may lie.
const UP: usize = 2;

impl Submissions {
    /// Folders with files: path, name and how to read each.
    pub fn of(files: impl Iterator<Item = (String, String, Open)>) -> Submissions {
        let mut groups: HashMap<String, (Group, Group)> = HashMap::new();
        for (path, name, open) in files {
            for (i, folder) in upwards(&path).take(UP + 1).enumerate() {
                let (direct, whole) = groups.entry(folder.to_owned()).or_default();
                if i == 0 {
                    direct.add(&name, &open);
                }
                whole.add(&name, &open);
            }
        }
        let shared = |(path, (direct, whole)): (String, (Group, Group))| {
            let folder = Folder {
                direct: Arc::new(direct),
                whole: Arc::new(whole),
            };
            (path, folder)
        };
        Submissions(groups.into_iter().map(shared).collect())
    }

    /// What surrounds the file of a path.
    pub fn around(&self, path: &str) -> Submission {
        let mut groups = Vec::new();
        for (i, path) in upwards(path).take(UP + 1).enumerate() {
            if let Some(folder) = self.0.get(path) {
                groups.push(folder.direct.clone());
                if i < UP {
                    groups.push(folder.whole.clone());
                }
            }
            if names_someone(path.rsplit(['/', '\\']).next().unwrap_or(path)) {
                break;
            }
        }
        Submission(groups)
    }
}

/// Folders kept in memory with what their narratives say.
const KEPT: usize = 256;

/// The folders of a run, looked at when a file of them leaves something open: memory does not grow with their number.
pub struct Surroundings {
    /// Folders given: nothing above them is looked at.
    roots: Vec<PathBuf>,
    /// Files given by name.
    given: Submissions,
    except: Option<PathBuf>,
    limits: Limits,
    kept: Mutex<HashMap<String, Arc<Folder>>>,
}

impl Surroundings {
    /// Of the paths of a run; `except` is a folder that is not looked at.
    pub fn of(paths: &[PathBuf], limits: &Limits, except: Option<&Path>) -> Surroundings {
        let (roots, named): (Vec<PathBuf>, Vec<PathBuf>) =
            paths.iter().cloned().partition(|p| p.is_dir());
        let named = source::walk(&named, limits, except).files.into_iter();
        Surroundings {
            roots,
            given: Submissions::of(named.map(openable)),
            except: except.map(Path::to_path_buf),
            limits: limits.clone(),
            kept: Mutex::default(),
        }
    }

    /// What the narratives around a file agree on, the nearest first.
    fn main(
        &self,
        file: &source::File,
        hints: &Hints,
        limits: &Limits,
        knowledge: &Knowledge,
    ) -> Option<DocumentContext> {
        let disk = file.disk_path()?;
        let archive = source::path_text(disk);
        let mut outside = 0;
        for (i, path) in upwards(&file.path).take(UP + 1).enumerate() {
            let folder = if path.len() >= archive.len() && path.starts_with(&archive) {
                self.in_archive(disk, path)
            } else {
                outside += 1;
                self.on_disk(disk.ancestors().nth(outside)?, path)
            };
            if let Some(folder) = folder {
                let groups = [Some(&folder.direct), (i < UP).then_some(&folder.whole)];
                let mut found = groups.into_iter().flatten();
                if let Some(main) = found.find_map(|g| g.main(hints, limits, knowledge)) {
                    return Some(main.clone());
                }
            }
            if names_someone(path.rsplit(['/', '\\']).next().unwrap_or(path)) {
                break;
            }
        }
        None
    }

    /// The folder, as it was looked at before.
    fn kept(&self, path: &str) -> Option<Arc<Folder>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(path).cloned()
    }

    fn keep(&self, path: &str, folder: Folder) -> Arc<Folder> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        // Another thread may have been faster; what it found stays, with what it has asked.
        kept.entry(path.to_owned())
            .or_insert_with(|| Arc::new(folder))
            .clone()
    }

    fn on_disk(&self, folder: &Path, path: &str) -> Option<Arc<Folder>> {
        if !self.roots.iter().any(|r| folder.starts_with(r)) {
            let given = self.given.0.get(path)?;
            return Some(Arc::new(Folder {
                direct: given.direct.clone(),
                whole: given.whole.clone(),
            }));
        }
        self.kept(path).or_else(|| {
            let paths = [folder.to_path_buf()];
            let all = || source::files(&paths, &self.limits, self.except.as_deref());
            let group = |files: source::Files| {
                let mut group = Group::default();
                // One more than is ever asked is enough to know that it is no submission.
                for file in files.take(MOST_FILES + 1) {
                    let (_, name, open) = openable(file);
                    group.add(&name, &open);
                }
                Arc::new(group)
            };
            let looked_at = Folder {
                direct: group(all().flat()),
                whole: group(all()),
            };
            Some(self.keep(path, looked_at))
        })
    }

    fn in_archive(&self, archive: &Path, path: &str) -> Option<Arc<Folder>> {
        self.kept(path).or_else(|| {
            let members = source::walk(&[archive.to_path_buf()], &self.limits, None).files;
            let all = Submissions::of(members.into_iter().map(openable));
            let mut wanted = None;
            for (folder, found) in all.0 {
                if folder == path {
                    wanted = Some(self.keep(&folder, found));
                }
            }
            wanted
        })
    }
}

/// A file's path, name, and how to read it.
fn openable(file: source::File) -> (String, String, Open) {
    let (path, name) = (file.path.clone(), file.name.clone());
    (path, name, Arc::new(move || file.bytes().map_err(problem)))
}

/// The folders of a path, also of a member of an archive, the innermost first.
fn upwards(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |p| p.rsplit_once(['/', '\\']).map(|(f, _)| f)).skip(1)
}

/// Whether the name of a folder says an area or an agency, so that it is a submission of its own.
fn names_someone(folder: &str) -> bool {
    let k = Knowledge::builtin();
    let places = k.places.find(folder, 0);
    let ends: Vec<usize> = places.iter().map(|m| m.bytes.end).collect();
    places.iter().any(|m| !m.generic)
        || k.agencies
            .mentions(folder, &ends)
            .iter()
            .any(|a| !a.domain.is_empty())
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
///
/// # Errors
/// Why it was not read; reason `timeout` where it took longer than the limits allow.
pub fn analyse(
    bytes: &[u8],
    name: &str,
    hints: &Hints,
    submission: &Submission,
    catalogue: &Catalogue,
    limits: &Limits,
) -> Result<Analysis, Reject> {
    let around = |limits: &Limits| {
        submission
            .main(hints, limits, catalogue.knowledge())
            .cloned()
    };
    analyse_with(bytes, name, hints, around, catalogue, limits)
}

/// The same for a file of a run.
///
/// # Errors
/// The same.
pub fn analyse_file(
    bytes: &[u8],
    file: &source::File,
    hints: &Hints,
    surroundings: &Surroundings,
    catalogue: &Catalogue,
    limits: &Limits,
) -> Result<Analysis, Reject> {
    let around = |limits: &Limits| surroundings.main(file, hints, limits, catalogue.knowledge());
    analyse_with(bytes, &file.name, hints, around, catalogue, limits)
}

fn analyse_with(
    bytes: &[u8],
    name: &str,
    hints: &Hints,
    around: impl FnOnce(&Limits) -> Option<DocumentContext>,
    catalogue: &Catalogue,
    limits: &Limits,
) -> Result<Analysis, Reject> {
    let limits = limits.started();
    let document = read::read(bytes, name, &limits)?;
    let knowledge = catalogue.knowledge();
    let mut context = context::resolve(&document, name, hints, knowledge);
    let open = context.agency.is_empty() || context.place.ref_area.is_empty() || context.year == 0;
    if open && let Some(main) = around(&limits) {
        let hints = Hints {
            siblings: Some(main),
            ..hints.clone()
        };
        context = context::resolve(&document, name, &hints, knowledge);
    }
    crate::analyse_within(document, context, catalogue, limits.deadline)
}

/// A reject as a problem of the whole file.
pub fn problem(reject: Reject) -> Problem {
    Problem {
        part: reject.part,
        reason: reject.reason,
        detail: reject.detail,
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
    let bytes = match source::read(path, &Limits::default()) {
        Ok(bytes) => bytes,
        Err(r) => {
            let said = message::rejected(path, r.reason, &r.detail);
            output::complain(&message::error_line(&said));
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

/// The submission that a file on disk lies in: the files of its folder and of the folder above.
pub fn around(path: &Path) -> Submission {
    let whole = absolute(path);
    let mut files = Vec::new();
    for folder in whole.ancestors().skip(1).take(2) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            break;
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
            let shown = path.to_string_lossy().into_owned();
            let open: Open =
                Arc::new(move || source::read(&path, &Limits::default()).map_err(problem));
            files.push((shown, name, open));
        }
    }
    Submissions::of(files.into_iter()).around(&whole.to_string_lossy())
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
