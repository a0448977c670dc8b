//! The ten questions of the README, asked as they stand there: each command is run on the warehouse of the samples, and
//! every line that the page shows of its answer must be in the answer.

mod common;

use common::{files, ingest, repository, zhibiao};
use std::fs;

/// A question: its command and the lines shown of the answer.
struct Question {
    arguments: Vec<String>,
    shown: Vec<String>,
}

/// The questions of a page: blocks of `console` that begin with `$ zhibiao`.
fn questions(page: &str) -> Vec<Question> {
    let text = fs::read_to_string(repository(page)).expect(page);
    let mut found = Vec::new();
    let mut block: Option<Vec<String>> = None;
    for line in text.lines() {
        match (&mut block, line.trim()) {
            (None, "```console") => block = Some(Vec::new()),
            (Some(_), "```") => {
                let lines = block.take().expect("a block");
                let (command, shown) = lines.split_first().expect("a command");
                let command = command.strip_prefix("$ zhibiao ").expect("$ zhibiao");
                found.push(Question {
                    arguments: words(command),
                    shown: shown.to_vec(),
                });
            }
            (Some(lines), line) => lines.push(line.to_owned()),
            (None, _) => {}
        }
    }
    found
}

/// The words of a command line; double quotes hold one together.
fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut any) = (false, false);
    for c in line.chars() {
        match c {
            '"' => (quoted, any) = (!quoted, true),
            ' ' if !quoted => {
                if any {
                    all.push(std::mem::take(&mut word));
                }
                any = false;
            }
            c => {
                word.push(c);
                any = true;
            }
        }
    }
    if any {
        all.push(word);
    }
    all
}

/// Spaces as one, so that a line is compared by what it says.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn ten_questions_are_answered_as_the_readme_says() {
    let folder = tempfile::tempdir().expect("a folder");
    ingest(
        &[&repository("samples")],
        &folder.path().join("warehouse"),
        &[],
        1,
    );
    let (english, chinese) = (questions("README.md"), questions("README.zh-CN.md"));
    assert_eq!(english.len(), 10);
    let commands = |all: &[Question]| -> Vec<Vec<String>> {
        all.iter().map(|q| q.arguments.clone()).collect()
    };
    assert_eq!(
        commands(&english),
        commands(&chinese),
        "the same questions on both pages"
    );
    for (language, all) in [("en_US.UTF-8", &english), ("zh_CN.UTF-8", &chinese)] {
        for q in all {
            let output = zhibiao()
                .current_dir(folder.path())
                .env("LC_ALL", language)
                .args(&q.arguments)
                .output()
                .expect("it runs");
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8(text).expect("UTF-8");
            assert!(output.status.success(), "{:?}: {text}", q.arguments);
            let answer: Vec<String> = text.lines().map(squeezed).collect();
            assert!(!q.shown.is_empty(), "{:?} has an answer", q.arguments);
            for line in q.shown.iter().filter(|l| *l != "…") {
                let line = squeezed(line);
                assert!(
                    answer.contains(&line),
                    "{:?}: “{line}” is not in the answer:\n{text}",
                    q.arguments
                );
            }
        }
    }
    // What the answers say was written is there.
    let written: Vec<String> = files(folder.path())
        .iter()
        .filter(|f| !f.starts_with(folder.path().join("warehouse")))
        .filter_map(|f| Some(f.file_name()?.to_str()?.to_owned()))
        .collect();
    for name in ["民政2024.xlsx", "核对函-衡山县民政局-430423.docx"] {
        assert!(written.iter().any(|w| w == name), "{written:?}");
    }
}

#[test]
fn command_lines_fall_into_words() {
    assert_eq!(
        words("query \"SELECT 'a b'\" --output x"),
        ["query", "SELECT 'a b'", "--output", "x"]
    );
}
