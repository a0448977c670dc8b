use super::*;
use crate::context::Knowledge;
use proptest::prelude::*;

fn g() -> &'static Gazetteer {
    &Knowledge::builtin().places
}

fn code(text: &str, year: i32) -> String {
    let m = g().find(text, year);
    m.iter()
        .map(|m| m.code().unwrap_or_else(|| format!("?{}", m.codes.len())))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn names_are_read_as_of_the_year() {
    assert_eq!(code("北京市崇文区", 2009), "110103");
    assert_eq!(code("北京市崇文区", 2024), "110101");
    assert_eq!(code("永年县", 2010), "130429");
    assert_eq!(code("永年县", 2024), "130408");
    assert_eq!(code("永年区", 2010), "130429");
    assert_eq!(code("长乐区", 2016), "350182");
    assert_eq!(code("大庸市", 1990), "430800");
    assert_eq!(code("大庸市", 2024), "430800");
    assert_eq!(g().name(430_800, 2024), "张家界市");
    assert_eq!(code("元坝区", 2020), "510811");
    assert_eq!(code("昭化区", 0), "510811");
    assert_eq!(code("仙桃市", 1990), "422401");
    assert_eq!(code("仙桃市", 2020), "429004");
}

#[test]
fn short_forms_resolve() {
    for (text, want) in [
        ("黔西南州", "522300"),
        ("红河州", "532500"),
        ("恩施州来凤县", "422827"),
        ("湘西州", "433100"),
        ("新平县", "530427"),
        ("酉阳县", "500242"),
        ("内蒙古包头市", "150200"),
        ("广西", "450000"),
        ("云南昌宁", "530524"),
        ("福田区", "440304"),
        ("海南", "460000"),
        ("克州", "653000"),
    ] {
        assert_eq!(code(text, 2021), want, "{text}");
    }
}

#[test]
fn a_path_settles_an_ambiguous_name() {
    assert_eq!(code("鼓楼区", 2020), "?4");
    assert_eq!(code("南京市鼓楼区", 2020), "320106");
    assert_eq!(code("湖南省衡阳市衡阳县", 2020), "430421");
    assert_eq!(code("阳泉市城区", 2020), "140302");
    assert_eq!(code("湖南省益阳市南县", 2020), "430921");
}

#[test]
fn words_that_hold_a_name_are_no_places() {
    for text in [
        "中心城区",
        "示范县",
        "省市和县两级",
        "公开县级预算",
        "主城区",
        "和平区域合作",
        "完成县定任务",
        "珠江西岸",
        "朝阳市场",
    ] {
        assert_eq!(code(text, 2020), "", "{text}");
    }
}

#[test]
fn a_place_has_the_names_of_its_levels() {
    let p = g().place("430423", 2024).unwrap_or_default();
    assert_eq!(
        (&*p.province, &*p.prefecture, &*p.county),
        ("湖南省", "衡阳市", "衡山县")
    );
    let p = g().place("460028", 1995).unwrap_or_default();
    assert_eq!(
        (&*p.province, &*p.prefecture, &*p.county),
        ("海南省", "", "临高县")
    );
    let p = g().place("500115", 2021).unwrap_or_default();
    assert_eq!(
        (&*p.province, &*p.prefecture, &*p.county),
        ("重庆市", "", "长寿区")
    );
    let p = g().place("510700", 2021).unwrap_or_default();
    assert_eq!(
        (&*p.area_name, &*p.prefecture, &*p.county),
        ("绵阳市", "绵阳市", "")
    );
    assert_eq!(g().place("999999", 2021), None);
    assert_eq!(g().place("十", 2021), None);
}

#[test]
fn rows_of_tables_name_areas() {
    let city = g().place("511300", 2023).unwrap_or_default();
    let area = |cell: &str| match g().row_area(cell, &city, 2023) {
        RowArea::Area(p) => format!("{} {}", p.ref_area, p.area_name),
        other => format!("{other:?}"),
    };
    for (cell, want) in [
        ("阆中市", "511381 阆中市"),
        ("阆中", "511381 阆中市"),
        ("1. 南部县", "511321 南部县"),
        ("南 部 县", "511321 南部县"),
        ("南充市", "511300 南充市"),
        ("市本级", "511300 市本级"),
        ("合 计", "Total"),
        ("全市", "Total"),
        ("高新区", "BelowCounty"),
        ("某某镇", "BelowCounty"),
        ("凤城街道", "BelowCounty"),
        ("其他乡镇", "BelowCounty"),
        ("镇", "None"),
        ("1.乡", "None"),
        ("农村", "None"),
        ("行政村", "None"),
        ("农村低保", "None"),
        ("", "None"),
        ("2023", "None"),
    ] {
        assert_eq!(area(cell), want, "{cell}");
    }
}

#[test]
fn a_faulty_table_is_refused_with_its_line() {
    let fault = |csv: &str| Gazetteer::parse(csv).map(|_| ()).map_err(|e| e.line);
    assert_eq!(fault("# x\n110000,北京市,1,1981,,\n"), Ok(()));
    assert_eq!(fault("110000,北京市,1,1981,"), Err(1));
    assert_eq!(fault("\n11000,北京市,1,1981,,"), Err(2));
    assert_eq!(fault("110000,北京市,4,1981,,"), Err(1));
    assert_eq!(fault("110000,,1,1981,,"), Err(1));
    assert_eq!(fault("110000,北京市,1,x,,"), Err(1));
}

proptest! {
    #[test]
    fn finding_never_panics_and_ranges_slice(text in ".{0,60}", year in -1i32..3000) {
        check(&text, year)?;
    }

    #[test]
    fn finding_never_panics_on_pieces_of_names(
        pieces in prop::collection::vec(prop::sample::select(vec!["湖南省", "衡阳", "市", "县", "区", "南县", "城区", "北京市", "鼓楼区", " ", "·", "广西", "a", "自治州", "红河"]), 0..20),
        year in 1975i32..2030,
    ) {
        check(&pieces.concat(), year)?;
    }
}

fn check(text: &str, year: i32) -> Result<(), TestCaseError> {
    let mut end = 0;
    for m in g().find(text, year) {
        prop_assert!(m.bytes.start >= end && m.bytes.start < m.bytes.end && !m.codes.is_empty());
        prop_assert!(text.get(m.bytes.clone()).is_some() && text.get(m.name.clone()).is_some());
        end = m.bytes.end;
    }
    let _ = g().row_area(text, &Place::default(), year);
    Ok(())
}
