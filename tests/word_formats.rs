//! Word processors' formats through the real command: what is read is what a person sees on the page.
//!
//! `files/summary.doc` was saved by LibreOffice: a centred title, a heading, a paragraph, a table with cells merged both
//! ways, and a paragraph with hidden text in its middle.

mod common;

use common::zhibiao;

fn stdout(command: &mut assert_cmd::Command) -> String {
    let output = command.assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

#[test]
fn a_binary_word_document_reads_like_the_page() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/summary.doc");
    let out = stdout(zhibiao().arg("text").arg(file));
    let expected = "宜丰县民政局2023年工作总结\n一、社会救助\n\
        全年新增城乡低保对象315人，退出208人，发放低保金2,046.5万元。\n\
        项目\t2023年\n\t预算数（万元）\t决算数（万元）\n公务接待费\t3.00\t2.41\n合计\t3.00\t2.41\n\
        注：以上为决算口径。\n";
    assert_eq!(out, expected);
}

#[test]
fn its_figures_are_bound_with_the_labels_of_merged_cells() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/summary.doc");
    let out = stdout(zhibiao().args(["show", "--json"]).arg(file));
    let shown: serde_json::Value = serde_json::from_str(&out).unwrap();
    let text = shown.to_string();
    for expected in [
        "civil.dibao.persons_added",
        "civil.dibao.persons_exited",
        "civil.dibao.funds",
        "common.sangong.reception",
    ] {
        assert!(text.contains(expected), "{expected} in {out}");
    }
}
