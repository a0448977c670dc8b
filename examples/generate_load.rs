//! Makes a load: N synthetic submissions from templates and pseudo-random figures, with what is in them.
//!
//! ```text
//! cargo run --release --example generate_load -- FOLDER [N] [docx|mixed]
//! ```
//!
//! Each document is a county bureau's yearly report of about 5,000 characters (20 kB as .docx). `docx` makes Word files only;
//! `mixed` (the default) makes of every ten documents seven Word files, two workbooks and one archive that holds a Word
//! file. The same N gives the same bytes. `labels.jsonl`, written beside the folder, has a line a document: file, area, year
//! and the indicators with their values in base units, so that what was read can be compared with what was written.
//!
//! Counties, years and figures vary: a load of N documents touches as many partitions as one of a whole country does.

#![allow(dead_code, reason = "the tests use a part of this")]

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};
use std::error::Error;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

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
    ("云南省", "禄丰县", "532331"),
    ("甘肃省", "榆中县", "620123"),
    ("福建省", "永泰县", "350125"),
];
const YEARS: [i32; 5] = [2020, 2021, 2022, 2023, 2024];

/// A sentence with a place for each figure, and what each figure is: indicator, unit, scenario, and how it is written.
struct Sentence {
    text: &'static str,
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
        text: "核定行政编制{}人、事业编制{}人；年末实有在职人数{}人，退休人员{}人。",
        figures: &[
            ("common.staff.quota.administrative", "人", "actual", Count),
            ("common.staff.quota.institution", "人", "actual", Count),
            ("common.staff.employed", "人", "actual", Count),
            ("common.staff.retired", "人", "actual", Count),
        ],
    },
    Sentence {
        text: "本年收入预算总计{}万元；本年支出预算总计{}万元，其中基本支出{}万元，项目支出{}万元。",
        figures: &[
            ("common.revenue.total", "元", "budget", TenThousand),
            ("common.expenditure.total", "元", "budget", TenThousand),
            ("common.expenditure.basic", "元", "budget", TenThousand),
            ("common.expenditure.project", "元", "budget", TenThousand),
        ],
    },
    Sentence {
        text: "本年“三公”经费预算为{}万元，其中公务接待费{}万元；全年实际支出{}万元。",
        figures: &[
            ("common.sangong.total", "元", "budget", TenThousand),
            ("common.sangong.reception", "元", "budget", TenThousand),
            ("common.sangong.total", "元", "actual", TenThousand),
        ],
    },
    Sentence {
        text: "当年培训费支出为{}万元。",
        figures: &[("common.expense.training", "元", "actual", TenThousand)],
    },
    Sentence {
        text: "当年新增城乡低保对象{}人，退出{}人；新增分散特困供养对象{}人。",
        figures: &[
            ("civil.dibao.persons_added", "人", "actual", Count),
            ("civil.dibao.persons_exited", "人", "actual", Count),
            ("civil.tekun.persons_added.dispersed", "人", "actual", Count),
        ],
    },
    Sentence {
        text: "全年建成老年助餐服务点{}个；对特殊困难老年人家庭进行适老化改造，完成改造{}户。",
        figures: &[
            ("civil.elderly.meal_points_built", "个", "actual", Count),
            ("civil.elderly.adaptation_households", "户", "actual", Count),
        ],
    },
    Sentence {
        text: "经逐人核查，向高龄老人发放津贴{}万元；为{}人购买居家养老服务。",
        figures: &[
            ("civil.elderly.allowance_funds", "元", "actual", TenThousand),
            ("civil.elderly.home_care_persons", "人", "actual", Count),
        ],
    },
    Sentence {
        text: "累计发放散居孤儿生活费{}人次、{}万元。",
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
        text: "发放事实无人抚养儿童生活费{}人次、{}万元。",
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
        text: "全年办理结婚登记{}对，受理离婚登记申请{}对。",
        figures: &[
            ("civil.marriage.registrations", "对", "actual", Count),
            ("civil.divorce.applications", "对", "actual", Count),
        ],
    },
    Sentence {
        text: "全年火化遗体{}具。",
        figures: &[("civil.funeral.cremations", "具", "actual", Count)],
    },
    Sentence {
        text: "摸排登记农村留守儿童{}人。",
        figures: &[("civil.child.left_behind", "人", "actual", Count)],
    },
    Sentence {
        text: "发放困难残疾人生活补贴{}万元。",
        figures: &[("civil.disability.living_funds", "元", "actual", TenThousand)],
    },
    Sentence {
        text: "全年募集慈善款物{}万元。",
        figures: &[("civil.charity.raised", "元", "actual", TenThousand)],
    },
];

/// Prose without figures, put together at random.
const FILLER: [&str; 16] = [
    "一年来，全局上下围绕中心任务，把群众的急难愁盼作为工作的着力点，各项工作有序推进。",
    "对照年初确定的绩效目标，逐项核对台账和凭证，绩效自评的过程公开、结果可查。",
    "资金使用严格执行财务制度，先审批后支付，重大支出由局党组会议集体研究决定。",
    "个别项目受天气和征地影响，前期工作用时较长，下半年经过调度，已经赶上计划进度。",
    "通过入户走访、电话回访和座谈会等方式，听取服务对象的意见，并逐条答复。",
    "内部控制制度不断完善，采购、资产、合同和档案分别由专人管理，相互牵制。",
    "业务股室和财务股按季会商，发现执行偏慢的项目，及时分析原因并提出措施。",
    "基层工作力量仍然不足，部分乡镇经办人员兼职较多，业务培训需要进一步加强。",
    "信息系统之间的数据还没有完全打通，有的情况仍要靠人工核对，效率有待提高。",
    "社会力量参与的渠道继续拓宽，志愿服务队伍逐步壮大，活动形式更加贴近群众。",
    "安全生产的责任落实到岗到人，定期排查隐患，发现问题当场整改，做到闭环管理。",
    "宣传工作注重实效，通过广播、公示栏和网络平台，让政策走进村组、走进家庭。",
    "绩效目标的设置还不够细化，个别指标不便衡量，下一步将结合实际修改完善。",
    "今后将加强预算编制的前瞻性，把绩效评价的结果与资金安排更紧密地结合起来。",
    "与有关部门建立联席会议制度，信息共享、难题共商，形成了齐抓共管的合力。",
    "档案资料按年度整理归卷，纸质和电子两套并存，查阅利用更加方便。",
];

/// Pseudo-random numbers (SplitMix64): the same everywhere and for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

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

struct Report {
    title: String,
    paragraphs: Vec<String>,
    rows: Vec<(String, String, &'static str)>,
    made: Made,
}

fn report(n: u64) -> Report {
    let mut random = Random(n.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 7);
    let (province, county, area) = COUNTIES[random.below(COUNTIES.len() as u64) as usize];
    let year = YEARS[random.below(YEARS.len() as u64) as usize];
    let title = format!("{year}年度{county}民政局部门整体支出绩效自评报告");
    let mut report = Report {
        paragraphs: vec![title.clone(), "一、部门基本情况".into()],
        rows: Vec::new(),
        made: Made {
            file: format!("{province}/{county}/{year}/{title}（{n:06}）"),
            area,
            year,
            facts: Vec::new(),
        },
        title,
    };
    let mut length = 0;
    let mut at = 0;
    while length < 5_000 {
        let mut paragraph = String::new();
        for _ in 0..4 + random.below(4) {
            paragraph.push_str(FILLER[random.below(FILLER.len() as u64) as usize]);
        }
        if let Some(sentence) = SENTENCES.get(at) {
            // Each sentence once a document, so that its value is the only one.
            paragraph.push_str(&filled(sentence, &mut random, &mut report));
            at += 1;
        }
        length += paragraph.chars().count();
        report.paragraphs.push(paragraph);
    }
    report
}

fn filled(sentence: &Sentence, random: &mut Random, report: &mut Report) -> String {
    let mut text = String::new();
    let mut pieces = sentence.text.split("{}");
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
            sentence.text.replace("{}", "＿"),
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

fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::default())
}

fn docx(report: &Report, n: u64) -> Result<Vec<u8>> {
    let mut body = String::new();
    for (i, p) in report.paragraphs.iter().enumerate() {
        let style = match i {
            0 => "<w:pPr><w:pStyle w:val=\"Title\"/></w:pPr>",
            1 => "<w:pPr><w:pStyle w:val=\"1\"/></w:pPr>",
            _ => {
                "<w:pPr><w:spacing w:line=\"560\" w:lineRule=\"exact\"/><w:ind w:firstLine=\"640\"/></w:pPr>"
            }
        };
        body.push_str(&format!(
            "<w:p w:rsidR=\"{:08X}\">{style}<w:r><w:rPr><w:rFonts w:eastAsia=\"仿宋\" w:hint=\"eastAsia\"/><w:sz w:val=\"32\"/></w:rPr><w:t xml:space=\"preserve\">{p}</w:t></w:r></w:p>",
            n * 64 + i as u64
        ));
    }
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}<w:sectPr/></w:body></w:document>"
    );
    let styles = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><w:styles xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:style w:type=\"paragraph\" w:styleId=\"Title\"><w:name w:val=\"Title\"/></w:style><w:style w:type=\"paragraph\" w:styleId=\"1\"><w:name w:val=\"heading 1\"/><w:pPr><w:outlineLvl w:val=\"0\"/></w:pPr></w:style></w:styles>";
    let types = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/><Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/></Types>";
    let rels = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>";
    let own = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/></Relationships>";
    // What Word keeps besides the text: a picture of the first page.
    let mut random = Random(n);
    let thumbnail: Vec<u8> = (0..1_600)
        .flat_map(|_| random.next().to_le_bytes())
        .collect();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let texts = [
        ("[Content_Types].xml", types),
        ("_rels/.rels", rels),
        ("word/_rels/document.xml.rels", own),
        ("word/document.xml", &document),
        ("word/styles.xml", styles),
    ];
    for (name, text) in texts {
        zip.start_file(name, options(CompressionMethod::Deflated))?;
        zip.write_all(text.as_bytes())?;
    }
    zip.start_file(
        "docProps/thumbnail.jpeg",
        options(CompressionMethod::Stored),
    )?;
    zip.write_all(&thumbnail)?;
    Ok(zip.finish()?.into_inner())
}

/// The figures of a report as a table: what, number, unit.
fn xlsx(report: &Report) -> Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(2025, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, &report.title)?;
    for (column, head) in ["项目", "数量", "单位"].into_iter().enumerate() {
        sheet.write_string(1, column as u16, head)?;
    }
    for (i, (what, number, unit)) in report.rows.iter().enumerate() {
        let row = i as u32 + 2;
        sheet.write_string(row, 0, what)?;
        sheet.write_number(row, 1, number.parse::<f64>()?)?;
        sheet.write_string(row, 2, *unit)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn archive(name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, options(CompressionMethod::Stored))?;
    zip.write_all(bytes)?;
    Ok(zip.finish()?.into_inner())
}

/// Writes documents number `from` to `to` below a folder.
///
/// # Errors
/// Where a file cannot be written.
pub fn generate(folder: &Path, from: u64, to: u64, mixed: bool) -> Result<Vec<Made>> {
    let mut all = Vec::new();
    for n in from..to {
        let mut report = report(n);
        let base = report.made.file.clone();
        let (file, bytes) = match n % 10 {
            3 | 7 if mixed => {
                // Not every row of the table is something that the catalogue knows by these words.
                report.made.facts.clear();
                (format!("{base}.xlsx"), xlsx(&report)?)
            }
            9 if mixed => {
                let member = format!("{}.docx", report.title);
                let bytes = archive(&member, &docx(&report, n)?)?;
                report.made.file = format!("{base}.zip/{member}");
                (format!("{base}.zip"), bytes)
            }
            _ => (format!("{base}.docx"), docx(&report, n)?),
        };
        if !file.ends_with(".zip") {
            report.made.file.clone_from(&file);
        }
        let path = folder.join(&file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
        all.push(report.made);
    }
    Ok(all)
}

/// A line of `labels.jsonl`.
pub fn label(made: &Made) -> String {
    let facts: Vec<_> = made
        .facts
        .iter()
        .map(|(indicator, scenario, value, unit)| {
            serde_json::json!({"indicator": indicator, "scenario": scenario, "value": value, "unit": unit})
        })
        .collect();
    serde_json::json!({"file": made.file, "area": made.area, "year": made.year, "facts": facts})
        .to_string()
}

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(
        arguments
            .next()
            .ok_or("usage: generate_load FOLDER [N] [docx|mixed]")?,
    );
    let count: u64 = match arguments.next() {
        Some(n) => n.to_string_lossy().parse()?,
        None => 1_000,
    };
    let mixed = arguments.next().is_none_or(|k| k != "docx");
    let beside = folder.with_extension("labels.jsonl");
    fs::create_dir_all(&folder)?;
    let mut labels = std::io::BufWriter::new(fs::File::create(&beside)?);
    let mut from = 0;
    while from < count {
        let to = (from + 1_000).min(count);
        for made in generate(&folder, from, to, mixed)? {
            writeln!(labels, "{}", label(&made))?;
        }
        from = to;
    }
    labels.flush()?;
    println!(
        "{count} documents in {}, labels in {}",
        folder.display(),
        beside.display()
    );
    Ok(())
}
