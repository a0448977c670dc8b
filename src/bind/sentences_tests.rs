//! What is left out of a paragraph changes nothing that is found in it.

use super::{ALL, Sentences};
use crate::Catalogue;
use crate::analysis::Analysis;
use crate::quantity::Reader;
use crate::read::{Block, BlockKind, Document, Format};
use crate::text::scalars::Scalars;
use proptest::prelude::*;

/// A document of a title and one paragraph.
fn analyse(text: &str, all: bool) -> Analysis {
    let block = |location: &str, kind| Block {
        location: location.to_string(),
        kind,
    };
    let title = "罗城县民政局2023年工作总结".to_string();
    let text = text.to_string();
    let blocks = vec![
        block(
            "p1",
            BlockKind::Heading {
                level: 0,
                text: title,
            },
        ),
        block("p2", BlockKind::Paragraph { text }),
    ];
    let document = Document::new(Format::Docx, blocks);
    ALL.set(all);
    let hints = crate::Hints::default();
    let analysis = crate::analyse_document(document, "报告.docx", &hints, Catalogue::builtin());
    ALL.set(false);
    analysis
}

/// Sentences that speak of something, narrow what follows, hold dates, brackets, lists and statements of zero; with figures and
/// without.
const SENTENCES: [&str; 30] = [
    "内部控制制度不断完善，采购、资产、合同和档案分别由专人管理。",
    "宣传工作注重实效，让政策走进村组、走进家庭。",
    "农村低保对象和特困人员的救助水平稳步提高。",
    "殡葬改革继续深化，火化设施全部更新。",
    "（一）低保。",
    "临时救助：",
    "做好社会救助（含低保、特困（分散供养））和养老服务。",
    "该项目已经完工。",
    "自3月起开展排查。",
    "3月30日前完成。",
    "31日召开会议。",
    "一九九八年建立制度。",
    "当月发放到位。",
    "全年无因公出国（境）支出。",
    "没有完全打通，效率有待提高！",
    "为什么要做？因为群众需要。",
    "“双随机，一公开”监管全面推行。",
    "一季度—三季度按期完成。",
    "纳入低保的全部公示；清退的逐户告知。",
    "左括号（没有右边。",
    "右括号）没有左边。",
    "年末在册684人，其中农村523人。",
    "新增城乡低保对象1126人，退出1408人；发放资金3283.31万元。",
    "发放2841.81万元。",
    "全年火化遗体414具，比上年增加9.1%。",
    "支出预算9869.01万元（其中基本支出3351.61万元、项目支出889.01万元）。",
    "标准分别为735元、489元。",
    "惠及1553人次。",
    "国庆期间救助12人。",
    "当月救助9人。\n",
];

proptest! {
    #[test]
    fn all_is_found_that_is_found_where_nothing_is_left_out(
        chosen in prop::collection::vec(0usize..SENTENCES.len(), 1..14),
    ) {
        let text: String = chosen.iter().map(|n| SENTENCES[*n]).collect();
        let rows = |a: &Analysis| format!("{:?}\n{:?}\n{:?}", a.quantities, a.observations, a.checks);
        let (some, all) = (analyse(&text, false), analyse(&text, true));
        prop_assert_eq!(rows(&some), rows(&all), "{}", text);
    }
}

#[test]
fn sentences_without_figures_are_left_out() {
    let plain = "宣传工作注重实效，让政策走进村组、走进家庭。";
    let text = [plain, plain, "全年火化遗体414具。", plain, plain].concat();
    let scalars = Scalars::new(&text);
    let quantities = Reader::builtin().read(&text);
    let catalogue = Catalogue::builtin();
    let lexicon = catalogue.lexicon("civil-affairs");
    let found = Sentences::of(&scalars, &quantities, &lexicon);
    let read: Vec<&str> = found
        .read
        .iter()
        .map(|s| &text[scalars.bytes_of(s)])
        .collect();
    assert_eq!(read, ["全年火化遗体414具。"]);
    let left_out: Vec<&str> = found.left_out.iter().map(|r| &text[r.clone()]).collect();
    assert_eq!(left_out, [plain.repeat(2), plain.repeat(2)]);
    let opening = found.opening.map(|s| &text[scalars.bytes_of(&s)]);
    assert_eq!(opening, Some("宣传工作注重实效，"));
}
