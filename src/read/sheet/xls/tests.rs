use super::*;
use crate::read::Reason;

/// A record.
fn record(number: u16, data: &[u8]) -> Vec<u8> {
    let mut out = number.to_le_bytes().to_vec();
    out.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
    out.extend(data);
    out
}

fn bof(version: u16, kind: u16) -> Vec<u8> {
    let mut data = [version.to_le_bytes(), kind.to_le_bytes()].concat();
    data.extend([0; 12]);
    record(number::BOF, &data)
}

/// A cell's record: row, column, style, then its value.
fn cell(number: u16, row: u16, column: u16, style: u16, value: &[u8]) -> Vec<u8> {
    let mut data = [row, column, style].map(u16::to_le_bytes).concat();
    data.extend(value);
    record(number, &data)
}

/// A string in UTF-16 with a length of `size` bytes.
fn wide(text: &str, size: usize) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut out = units.len().to_le_bytes()[..size].to_vec();
    out.push(1);
    out.extend(units.iter().flat_map(|u| u.to_le_bytes()));
    out
}

/// A BIFF8 workbook of one sheet with these records in its globals and in the sheet.
fn workbook(globals: &[Vec<u8>], sheet: &[Vec<u8>]) -> Vec<u8> {
    let name = wide("绩效表", 1);
    let listed = |offset: usize| {
        let mut data = u32::try_from(offset).unwrap().to_le_bytes().to_vec();
        data.extend([0, 0]);
        data.extend(&name);
        record(number::BOUNDSHEET, &data)
    };
    let before = [bof(0x0600, 5), globals.concat()].concat();
    let offset = before.len() + listed(0).len() + 4;
    [
        before,
        listed(offset),
        record(number::EOF, &[]),
        bof(0x0600, 0x10),
        sheet.concat(),
        record(number::EOF, &[]),
    ]
    .concat()
}

/// The general style, percent with one decimal, and text.
fn styles() -> Vec<Vec<u8>> {
    let mut format = 164u16.to_le_bytes().to_vec();
    format.extend(wide("0.0%", 2));
    let xf = |id: u16| {
        let mut data = vec![0, 0];
        data.extend(id.to_le_bytes());
        data.extend([0; 16]);
        record(number::XF, &data)
    };
    vec![record(number::FORMAT, &format), xf(0), xf(164), xf(4)]
}

fn shown(stream: &[u8]) -> Vec<String> {
    let document = read(stream, &Limits::default()).unwrap();
    let table = document.blocks[0].table().unwrap();
    table
        .cells
        .iter()
        .map(|c| {
            let hidden = if c.hidden { " hidden" } else { "" };
            format!("{},{} {}{hidden}", c.row, c.column, c.text)
        })
        .collect()
}

#[test]
fn numbers_are_shown_in_their_formats() {
    let rk_int = |n: i32, hundredths: bool| {
        let bits = (n << 2).cast_unsigned() | 2 | u32::from(hundredths);
        bits.to_le_bytes()
    };
    let mut many = [0u16, 3].map(u16::to_le_bytes).concat();
    for (style, value) in [(0u16, rk_int(7, false)), (1, rk_int(250, true))] {
        many.extend(style.to_le_bytes());
        many.extend(value);
    }
    many.extend(4u16.to_le_bytes());
    let sheet = [
        cell(number::NUMBER, 0, 0, 1, &0.874f64.to_le_bytes()),
        cell(number::RK, 0, 1, 0, &rk_int(12345, true)),
        cell(number::NUMBER, 0, 2, 2, &1562f64.to_le_bytes()),
        record(number::MULRK, &many),
        cell(number::BOOLERR, 1, 0, 0, &[0x2a, 1]),
    ];
    assert_eq!(
        shown(&workbook(&styles(), &sheet)),
        [
            "0,0 87.4%",
            "0,1 123.45",
            "0,2 1,562.00",
            "0,3 7",
            "0,4 250.0%",
            "1,0 #N/A"
        ]
    );
}

#[test]
fn strings_go_on_in_another_record_with_another_width() {
    // 低保 in the first record, then AB in one byte each, then 户 wide again: one string; a second one after it.
    let mut first = [2u32.to_le_bytes(), 2u32.to_le_bytes()].concat();
    first.extend(5u16.to_le_bytes());
    first.push(1);
    first.extend("低保".encode_utf16().flat_map(u16::to_le_bytes));
    let mut third = vec![1];
    third.extend("户".encode_utf16().flat_map(u16::to_le_bytes));
    third.extend(wide("合计", 2));
    // A code page that BIFF8 must not believe.
    for code_page in [936u16, 1252, 1200] {
        let globals = [
            record(number::SST, &first),
            record(number::CONTINUE, &[0, b'A', b'B']),
            record(number::CONTINUE, &[0]),
            record(number::CONTINUE, &third),
            record(number::CODEPAGE, &code_page.to_le_bytes()),
        ];
        let sheet = [
            cell(number::LABELSST, 0, 0, 0, &0u32.to_le_bytes()),
            cell(number::LABELSST, 0, 1, 0, &1u32.to_le_bytes()),
            cell(number::LABELSST, 0, 2, 0, &9u32.to_le_bytes()),
        ];
        assert_eq!(
            shown(&workbook(&globals, &sheet)),
            ["0,0 低保AB户", "0,1 合计"]
        );
    }
}

#[test]
fn formulas_show_their_results() {
    let result = |bytes: [u8; 8]| [&bytes[..], &[0; 6]].concat();
    let sheet = [
        cell(number::FORMULA, 0, 0, 1, &result(0.5f64.to_le_bytes())),
        cell(
            number::FORMULA,
            0,
            1,
            0,
            &result([0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        ),
        record(number::STRING, &wide("完成", 2)),
        cell(
            number::FORMULA,
            0,
            2,
            0,
            &result([2, 0, 7, 0, 0, 0, 0xff, 0xff]),
        ),
        cell(
            number::FORMULA,
            0,
            3,
            0,
            &result([3, 0, 0, 0, 0, 0, 0xff, 0xff]),
        ),
    ];
    assert_eq!(
        shown(&workbook(&styles(), &sheet)),
        ["0,0 50.0%", "0,1 完成", "0,2 #DIV/0!"]
    );
}

#[test]
fn hidden_rows_and_columns_are_marked_and_regions_merged() {
    let mut row = 1u16.to_le_bytes().to_vec();
    row.extend([0; 10]);
    row.extend([0x20, 0, 0, 0]);
    let column = [2u16, 2, 0, 0, 1].map(u16::to_le_bytes).concat();
    let merged = [1u16, 0, 0, 0, 1].map(u16::to_le_bytes).concat();
    let sheet = [
        record(number::COLINFO, &column),
        record(number::ROW, &row),
        cell(number::LABEL, 0, 0, 0, &wide("表头", 2)),
        cell(number::LABEL, 0, 1, 0, &wide("不见", 2)),
        cell(number::LABEL, 0, 2, 0, &wide("隐列", 2)),
        cell(number::LABEL, 1, 0, 0, &wide("隐行", 2)),
        record(number::MERGEDCELLS, &merged),
    ];
    assert_eq!(
        shown(&workbook(&[], &sheet)),
        ["0,0 表头", "0,2 隐列 hidden", "1,0 隐行 hidden"]
    );
}

#[test]
fn biff5_strings_are_in_the_code_page() {
    let gbk = encoding_rs::GBK.encode("民政局").0.into_owned();
    let mut label = u16::try_from(gbk.len()).unwrap().to_le_bytes().to_vec();
    label.extend(&gbk);
    let mut listed = vec![0, 0, 0, 0, 1, 0, 2];
    listed.extend(encoding_rs::GBK.encode("表").0.iter());
    let before = [
        bof(0x0500, 5),
        record(number::CODEPAGE, &936u16.to_le_bytes()),
    ]
    .concat();
    let offset = before.len() + record(number::BOUNDSHEET, &listed).len() + 4;
    listed[..4].copy_from_slice(&u32::try_from(offset).unwrap().to_le_bytes());
    let stream = [
        before,
        record(number::BOUNDSHEET, &listed),
        record(number::EOF, &[]),
        bof(0x0500, 0x10),
        cell(number::LABEL, 0, 0, 0, &label),
        record(number::EOF, &[]),
    ]
    .concat();
    let document = read(&stream, &Limits::default()).unwrap();
    let table = document.blocks[0].table().unwrap();
    assert_eq!((table.name.as_str(), table.hidden), ("表", true));
    assert_eq!(table.cells[0].text, "民政局");
}

#[test]
fn damage_costs_what_it_hit() {
    let whole = workbook(
        &styles(),
        &[
            cell(number::LABEL, 0, 0, 0, &wide("前", 2)),
            cell(number::LABEL, 1, 0, 0, &wide("后", 2)),
        ],
    );
    for cut in 0..whole.len() {
        let Ok(document) = read(&whole[..cut], &Limits::default()) else {
            continue;
        };
        assert_eq!(document.problems.len(), 1, "{cut}");
        assert_eq!(document.problems[0].reason, Reason::Corrupt);
    }
    let locked = workbook(&[record(number::FILEPASS, &[0; 6])], &[]);
    assert_eq!(
        read(&locked, &Limits::default()).unwrap_err().reason,
        Reason::Encrypted
    );
}

#[test]
fn sheets_that_overlap_are_read_within_bounds() {
    let one = workbook(&[], &vec![cell(number::NUMBER, 0, 0, 0, &[0; 8]); 500]);
    // Four thousand entries for the same sheet.
    let mut listed = 0u32.to_le_bytes().to_vec();
    listed.extend([0, 0]);
    listed.extend(wide("表", 1));
    let entry = record(number::BOUNDSHEET, &listed);
    let globals: Vec<Vec<u8>> = vec![entry; 4000];
    let stream = [
        bof(0x0600, 5),
        globals.concat(),
        record(number::EOF, &[]),
        one,
    ]
    .concat();
    // Whatever comes out, it must come out soon; the sheets begin at the globals and hold no cells.
    assert!(read(&stream, &Limits::default()).is_err());
}

/// Why the module exists: the value of a cell without its format is not what stands on the sheet.
#[test]
fn calamine_loses_the_number_format() {
    use calamine::{Data, Reader, Xls};
    let path = "samples/凤翔区民政局2024年绩效自评材料/民政事业统计年报.xls";
    let bytes = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let mut book: Xls<_> = Xls::new(std::io::Cursor::new(bytes.as_slice())).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    let stored = |row: u32, column: u32| range.get_value((row, column)).cloned();
    let document = crate::read::read(&bytes, "年报.xls", &Limits::default()).unwrap();
    let table = document.blocks[0].table().unwrap();
    let cell = table.cells.iter().find(|c| c.text == "1,562").unwrap();
    assert_eq!(stored(cell.row, cell.column), Some(Data::Float(1562.0)));
}

#[test]
fn what_is_drawn_on_a_sheet_comes_after_its_cells() {
    let anchor = |row: u16| {
        // A container, then where the shape is.
        let mut data = [0x0f, 0, 0x04, 0xf0].to_vec();
        data.extend(26u32.to_le_bytes());
        data.extend([0, 0, 0x10, 0xf0]);
        data.extend(18u32.to_le_bytes());
        data.extend(
            [0u16, 3, 0, row, 0, 5, 0, row + 1, 0]
                .map(u16::to_le_bytes)
                .concat(),
        );
        record(number::DRAWING, &data)
    };
    let object = |kind: u16, id: u16| {
        let mut data = [0x15u16, 0x12, kind, id].map(u16::to_le_bytes).concat();
        data.extend([0; 14]);
        record(number::OBJECT, &data)
    };
    let text = |text: &str| {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut data = vec![0; 10];
        data.extend(u16::try_from(units.len()).unwrap().to_le_bytes());
        data.extend([16, 0, 0, 0, 0, 0]);
        let mut letters = vec![1];
        letters.extend(units.iter().flat_map(|u| u.to_le_bytes()));
        [
            record(number::TEXT_OBJECT, &data),
            record(number::CONTINUE, &letters),
            record(number::CONTINUE, &[0; 16]),
        ]
        .concat()
    };
    let note = [4u16, 1, 0, 7].map(u16::to_le_bytes).concat();
    let chart = |own: u8, title: &str, link: u16| {
        let source = [1, own, 0, 0, 0, 0, 0, 0];
        let title = [&[0, 0][..], &wide(title, 1)].concat();
        [
            record(number::CHART_BOX, &[0; 32]),
            record(number::CHART_SOURCE, &source),
            record(number::CHART_TEXT, &title),
            record(number::CHART_LINK, &[link.to_le_bytes(), [0, 0]].concat()),
        ]
        .concat()
    };
    let sheet = [
        cell(number::NUMBER, 0, 0, 0, &684f64.to_le_bytes()),
        anchor(9),
        object(6, 1),
        text("注：另有说明"),
        anchor(4),
        object(0x19, 7),
        text("含上年结转"),
        anchor(0),
        object(6, 2),
        text("单位：万元"),
        anchor(12),
        object(5, 3),
        bof(0x0600, 0x20),
        chart(1, "收支", 1),
        chart(1, "轴", 2),
        chart(2, "同单元格", 1),
        record(number::EOF, &[]),
        record(number::NOTE, &note),
    ];
    let stream = workbook(&styles(), &sheet);
    let document = read(&stream, &Limits::default()).unwrap();
    let texts: Vec<&str> = document.blocks.iter().skip(1).map(|b| b.text()).collect();
    assert_eq!(
        texts,
        ["单位：万元", "注：另有说明", "收支", "［批注B5］含上年结转"]
    );
    for cut in 0..stream.len() {
        let _ = read(&stream[..cut], &Limits::default());
    }
}
