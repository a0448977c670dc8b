//! What a report says: a bureau, a year, sentences with figures between prose without.

use super::prose::{done, wanting};
use super::random::Random;

/// Province, county and code.
const COUNTIES: [(&str, &str, &str); 24] = [
    ("湖南省", "衡山县", "430423"),
    ("湖南省", "衡南县", "430422"),
    ("湖南省", "祁东县", "430426"),
    ("湖南省", "攸县", "430223"),
    ("安徽省", "霍邱县", "341522"),
    ("安徽省", "舒城县", "341523"),
    ("安徽省", "金寨县", "341524"),
    ("山东省", "高青县", "370322"),
    ("山东省", "沂源县", "370323"),
    ("浙江省", "开化县", "330824"),
    ("浙江省", "常山县", "330822"),
    ("四川省", "平昌县", "511923"),
    ("四川省", "南江县", "511922"),
    ("陕西省", "凤县", "610330"),
    ("陕西省", "眉县", "610326"),
    ("河北省", "正定县", "130123"),
    ("江西省", "万载县", "360922"),
    ("河南省", "兰考县", "410225"),
    ("湖北省", "罗田县", "421123"),
    ("广西壮族自治区", "灵川县", "450323"),
    ("贵州省", "开阳县", "520121"),
    ("云南省", "姚安县", "532325"),
    ("甘肃省", "榆中县", "620123"),
    ("福建省", "永泰县", "350125"),
];
const YEARS: [i32; 5] = [2020, 2021, 2022, 2023, 2024];

/// A sentence with a place for each figure, in the wordings that bureaus use, and what each figure is: indicator, unit,
/// scenario, and how it is written.
struct Sentence {
    texts: &'static [&'static str],
    figures: &'static [(&'static str, &'static str, &'static str, Written)],
}

#[derive(Clone, Copy)]
enum Written {
    /// A count.
    Count,
    /// 万元 with two decimal places.
    TenThousand,
}

use Written::{Count, TenThousand};

const SENTENCES: [Sentence; 14] = [
    Sentence {
        texts: &[
            "核定行政编制{}人、事业编制{}人；年末实有在职人数{}人，退休人员{}人。",
            "经县委编办核定，行政编制{}名，事业编制{}名，年末在职人员{}人、退休人员{}人。",
        ],
        figures: &[
            ("common.staff.quota.administrative", "人", "actual", Count),
            ("common.staff.quota.institution", "人", "actual", Count),
            ("common.staff.employed", "人", "actual", Count),
            ("common.staff.retired", "人", "actual", Count),
        ],
    },
    Sentence {
        texts: &[
            "本年收入预算总计{}万元；本年支出预算总计{}万元，其中基本支出{}万元，项目支出{}万元。",
            "部门预算安排收入{}万元，支出{}万元，其中：基本支出{}万元、项目支出{}万元。",
        ],
        figures: &[
            ("common.revenue.total", "元", "budget", TenThousand),
            ("common.expenditure.total", "元", "budget", TenThousand),
            ("common.expenditure.basic", "元", "budget", TenThousand),
            ("common.expenditure.project", "元", "budget", TenThousand),
        ],
    },
    Sentence {
        texts: &[
            "本年“三公”经费预算为{}万元，其中公务接待费{}万元；全年实际支出{}万元。",
            "“三公”经费年初预算{}万元（其中公务接待费{}万元），实际支出{}万元。",
        ],
        figures: &[
            ("common.sangong.total", "元", "budget", TenThousand),
            ("common.sangong.reception", "元", "budget", TenThousand),
            ("common.sangong.total", "元", "actual", TenThousand),
        ],
    },
    Sentence {
        texts: &[
            "当年培训费支出为{}万元。",
            "全年培训费共支出{}万元。",
            "培训费支出{}万元。",
        ],
        figures: &[("common.expense.training", "元", "actual", TenThousand)],
    },
    Sentence {
        texts: &[
            "当年新增城乡低保对象{}人，退出{}人；新增分散特困供养对象{}人。",
            "动态管理中，新增城乡低保对象{}人、退出{}人，新增分散供养特困人员{}人。",
        ],
        figures: &[
            ("civil.dibao.persons_added", "人", "actual", Count),
            ("civil.dibao.persons_exited", "人", "actual", Count),
            ("civil.tekun.persons_added.dispersed", "人", "actual", Count),
        ],
    },
    Sentence {
        texts: &[
            "全年建成老年助餐服务点{}个；对特殊困难老年人家庭进行适老化改造，完成改造{}户。",
            "新建老年助餐点{}个，完成特殊困难老年人家庭适老化改造{}户。",
        ],
        figures: &[
            ("civil.elderly.meal_points_built", "个", "actual", Count),
            ("civil.elderly.adaptation_households", "户", "actual", Count),
        ],
    },
    Sentence {
        texts: &[
            "经逐人核查，向高龄老人发放津贴{}万元；为{}人购买居家养老服务。",
            "发放高龄津贴{}万元，为{}名老年人购买居家养老服务。",
        ],
        figures: &[
            ("civil.elderly.allowance_funds", "元", "actual", TenThousand),
            ("civil.elderly.home_care_persons", "人", "actual", Count),
        ],
    },
    Sentence {
        texts: &[
            "累计发放散居孤儿生活费{}人次、{}万元。",
            "发放散居孤儿基本生活费{}人次，资金{}万元。",
        ],
        figures: &[
            (
                "civil.child.orphan_person_times.dispersed",
                "人次",
                "actual",
                Count,
            ),
            (
                "civil.child.orphan_funds.dispersed",
                "元",
                "actual",
                TenThousand,
            ),
        ],
    },
    Sentence {
        texts: &[
            "发放事实无人抚养儿童生活费{}人次、{}万元。",
            "为事实无人抚养儿童发放基本生活费{}人次共{}万元。",
        ],
        figures: &[
            (
                "civil.child.unsupported_person_times",
                "人次",
                "actual",
                Count,
            ),
            ("civil.child.unsupported_funds", "元", "actual", TenThousand),
        ],
    },
    Sentence {
        texts: &[
            "全年办理结婚登记{}对，受理离婚登记申请{}对。",
            "婚姻登记处共办理结婚登记{}对，受理离婚申请{}对。",
        ],
        figures: &[
            ("civil.marriage.registrations", "对", "actual", Count),
            ("civil.divorce.applications", "对", "actual", Count),
        ],
    },
    Sentence {
        texts: &[
            "全年火化遗体{}具。",
            "县殡仪馆共火化遗体{}具。",
            "火化{}具。",
        ],
        figures: &[("civil.funeral.cremations", "具", "actual", Count)],
    },
    Sentence {
        texts: &[
            "摸排登记农村留守儿童{}人。",
            "全县共有农村留守儿童{}人，均已建档。",
        ],
        figures: &[("civil.child.left_behind", "人", "actual", Count)],
    },
    Sentence {
        texts: &[
            "发放困难残疾人生活补贴{}万元。",
            "困难残疾人生活补贴发放资金{}万元。",
        ],
        figures: &[("civil.disability.living_funds", "元", "actual", TenThousand)],
    },
    Sentence {
        texts: &["全年募集慈善款物{}万元。", "县慈善总会接收捐赠款物{}万元。"],
        figures: &[("civil.charity.raised", "元", "actual", TenThousand)],
    },
];

/// Headings, and how many of the sentences with figures have been said when the next one comes.
const SECTIONS: [(&str, usize); 3] = [
    ("一、部门基本情况", 1),
    ("二、预算执行情况", 4),
    ("三、主要工作成效", SENTENCES.len()),
];
/// Characters after which a report comes to what is wanting.
const DONE: usize = 4_000;
/// Characters after which it comes to its end.
const LENGTH: usize = 5_000;

/// What a document says.
pub struct Made {
    /// Path below the folder; of a member, its archive's path and its name.
    pub file: String,
    /// Area code.
    pub area: &'static str,
    /// Year.
    pub year: i32,
    /// Indicator, scenario, value in the base unit, unit.
    pub facts: Vec<(&'static str, &'static str, String, &'static str)>,
}

/// What stands in a paragraph.
pub enum Kind {
    Title,
    Heading,
    Text,
    /// The signature and its date.
    End,
}

/// A report: its paragraphs, its figures as rows of a table (what, number, unit), and what it says.
pub struct Report {
    pub title: String,
    /// Number of the bureau: the same bureau writes in the same template.
    pub bureau: u64,
    pub paragraphs: Vec<(Kind, String)>,
    pub rows: Vec<(String, String, &'static str)>,
    pub made: Made,
}

/// The report of this number, always the same.
pub fn report(n: u64) -> Report {
    let mut random = Random(n.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 7);
    let bureau = random.below(COUNTIES.len() as u64);
    let (province, county, area) = COUNTIES[bureau as usize];
    let year = random.of(&YEARS);
    let title = format!("{year}年度{county}民政局部门整体支出绩效自评报告");
    let mut report = Report {
        bureau,
        paragraphs: vec![(Kind::Title, title.clone())],
        rows: Vec::new(),
        made: Made {
            file: format!("{province}/{county}/{year}/{title}（{n:06}）"),
            area,
            year,
            facts: Vec::new(),
        },
        title,
    };
    let (mut length, mut said) = (0, 0);
    for (heading, until) in SECTIONS {
        report.paragraphs.push((Kind::Heading, heading.into()));
        while said < until || (until == SENTENCES.len() && length < DONE) {
            let mut paragraph = String::new();
            for _ in 0..4 + random.below(4) {
                paragraph.push_str(&done(&mut random));
            }
            // Each of these once a document, so that its value is the only one.
            if let Some(sentence) = SENTENCES.get(said) {
                paragraph.push_str(&filled(sentence, &mut random, &mut report));
                said += 1;
            }
            length += paragraph.chars().count();
            report.paragraphs.push((Kind::Text, paragraph));
        }
    }
    let wants = "四、存在的问题和下一步打算".into();
    report.paragraphs.push((Kind::Heading, wants));
    while length < LENGTH {
        let paragraph: String = (0..3).map(|_| wanting(&mut random)).collect();
        length += paragraph.chars().count();
        report.paragraphs.push((Kind::Text, paragraph));
    }
    let date = (1 + random.below(6), 1 + random.below(28));
    let end = [
        format!("{county}民政局"),
        format!("{}年{}月{}日", year + 1, date.0, date.1),
    ];
    report.paragraphs.extend(end.map(|text| (Kind::End, text)));
    report
}

fn filled(sentence: &Sentence, random: &mut Random, report: &mut Report) -> String {
    let mut text = String::new();
    let wording = random.of(sentence.texts);
    let mut pieces = wording.split("{}");
    text.push_str(pieces.next().unwrap_or(""));
    for ((indicator, unit, scenario, written), after) in sentence.figures.iter().zip(pieces) {
        let (shown, value) = match written {
            Count => {
                let n = 3 + random.below(9_000);
                (n.to_string(), n.to_string())
            }
            TenThousand => {
                // Hundredths of 万元 are hundreds of 元; the last digit is not 0, so that it is written.
                let n = 101 + 10 * random.below(100_000);
                (format!("{}.{:02}", n / 100, n % 100), format!("{}00", n))
            }
        };
        text.push_str(&shown);
        text.push_str(after);
        report.rows.push((
            wording.replace("{}", "＿"),
            shown,
            match written {
                Count => unit,
                TenThousand => "万元",
            },
        ));
        report.made.facts.push((indicator, scenario, value, unit));
    }
    text
}
