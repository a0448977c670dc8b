//! The Parquet as DuckDB, pandas and pyarrow read it: the blocks of `docs/bi.md`, run on the warehouse of the samples.
//!
//! The packages go into a virtual environment under `target`, made once. Where there is no Python, or the packages cannot
//! be had, the test says so and passes: nothing of the program depends on them.

mod common;

use common::{ingest, repository, zhibiao};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Python of a virtual environment with the packages, or why there is none.
fn python() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bi-python");
    let inside = if cfg!(windows) {
        folder.join("Scripts/python.exe")
    } else {
        folder.join("bin/python")
    };
    let has = |python: &Path| {
        Command::new(python)
            .args(["-c", "import duckdb, pandas, pyarrow"])
            .output()
            .is_ok_and(|o| o.status.success())
    };
    if has(&inside) {
        return Ok(inside);
    }
    let system = ["python3", "python"]
        .into_iter()
        .find(|p| {
            let version = Command::new(p).arg("--version").output();
            version.is_ok_and(|o| o.status.success())
        })
        .ok_or("there is no Python")?;
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        match output {
            Ok(o) if o.status.success() => Ok(()),
            Ok(o) => Err(String::from_utf8_lossy(&o.stderr).into_owned()),
            Err(e) => Err(e.to_string()),
        }
    };
    let place = folder.to_str().ok_or("the folder's name is not UTF-8")?;
    run(Path::new(system), &["-m", "venv", "--clear", place])?;
    run(
        &inside,
        &[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries",
            "1",
            "--timeout",
            "20",
            "duckdb",
            "pandas",
            "pyarrow",
            "pytz",
        ],
    )?;
    if has(&inside) {
        Ok(inside)
    } else {
        Err("the packages cannot be imported".to_owned())
    }
}

/// The blocks of a language in a section of a page.
fn blocks(page: &str, section: &str, language: &str) -> Vec<String> {
    let heading = format!("\n## {section}\n");
    let (_, rest) = page.split_once(&heading).expect("the section");
    let rest = rest.split("\n## ").next().unwrap_or(rest);
    let mut found = Vec::new();
    let mut current: Option<String> = None;
    for line in rest.lines() {
        match (&mut current, line.trim()) {
            (None, start) if start == format!("```{language}") => current = Some(String::new()),
            (Some(_), "```") => found.extend(current.take()),
            (Some(block), _) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, _) => {}
        }
    }
    found
}

const PROGRAM: &str = r#"
import datetime, decimal, json, sys
import duckdb, pandas as pd, pyarrow as pa, pyarrow.parquet as pq

spec = json.load(open(sys.argv[1], encoding="utf-8"))
con = duckdb.connect()
results = []
for block in spec["sql"]:
    results.append(con.execute(block).fetchall())

# Types and values, as DuckDB has them.
types = con.execute("SELECT typeof(obs_value), typeof(period_start), typeof(year), typeof(province), typeof(is_current) FROM observations LIMIT 1").fetchone()
assert types == ("DECIMAL(38,6)", "DATE", "INTEGER", "VARCHAR", "BOOLEAN"), types
living = con.execute("SELECT obs_value, period_start, period_end FROM facts WHERE indicator = 'civil.disability.living_funds' AND ref_area = '430423' AND year = 2024").fetchall()
assert living == [(decimal.Decimal("2317680"), datetime.date(2024, 1, 1), datetime.date(2024, 12, 31))], living

# The measure over the star, and the budget.
star = {(r[1], r[2]): r[5] for r in results[1]}
assert star[("衡山县", 2024)] == decimal.Decimal("2317680"), star
assert star[("霍邱县", 2024)] == decimal.Decimal("11988500"), star
spent = {(r[0], r[1]): r[4] for r in results[2]}
assert spent[("衡山县民政局", "2024")] == 109.5, spent

# No row is lost or doubled by the joins.
facts = con.execute("SELECT count(*) FROM facts").fetchone()[0]
joined = con.execute("""SELECT count(*) FROM facts f JOIN dim_indicator USING (indicator) LEFT JOIN dim_area a ON f.ref_area = a.ref_area
    LEFT JOIN dim_agency g ON f.agency = g.agency AND f.ref_area = g.ref_area JOIN dim_time USING (time_period) JOIN documents d USING (document_id)""").fetchone()[0]
assert facts == joined > 1000, (facts, joined)
lost = con.execute("SELECT count(*) FROM facts f LEFT JOIN dim_area a USING (ref_area) WHERE f.ref_area IS NOT NULL AND a.ref_area IS NULL").fetchone()[0]
assert lost == 0, lost

# Partitions are recognised: only files of the year and province are opened.
plain = con.execute("SELECT count(*) FROM observations WHERE year = 2024 AND province = '43' AND is_current").fetchone()[0]
assert results[3] == [(plain,)] and plain > 100, results[3]
plan = con.execute("EXPLAIN ANALYZE " + spec["sql"][3]).fetchall()
files = con.execute("SELECT count(*) FROM glob('warehouse/observations/*/*/*.parquet')").fetchone()[0]
text = "".join(c for r in plan for c in r)
assert f"/{files}" in text.replace(" ", "") or "FileFilters" in text.replace(" ", "") or "Scanning Files" in text, text

# The page's Python, and what it read.
scope = {}
exec(spec["python"], scope)
o = scope["observations"]
assert isinstance(o["obs_value"].iloc[0], decimal.Decimal), type(o["obs_value"].iloc[0])
assert isinstance(o["period_start"].dropna().iloc[0], datetime.date)
row = o[(o.indicator == "civil.disability.living_funds") & (o.ref_area == "430423") & (o.year == 2024) & o.is_current]
assert set(row["obs_value"]) == {decimal.Decimal("2317680")}, row
assert len(o) == con.execute("SELECT count(*) FROM observations").fetchone()[0]
hunan = scope["hunan"]
assert hunan.num_rows == plain, (hunan.num_rows, plain)
assert hunan.schema.field("obs_value").type == pa.decimal128(38, 6)

# Exported Parquet, long and wide.
long = pq.read_table("long.parquet")
assert long.schema.field("obs_value").type == pa.decimal128(38, 6) and long.schema.field("period_start").type == pa.date32()
assert long.num_rows == con.execute("SELECT count(*) FROM observations WHERE is_current").fetchone()[0]
wide = pd.read_parquet("wide.parquet")
value = wide[(wide.area_name == "衡山县") & (wide.year == 2024)]["civil.disability.living_funds"]
assert list(value.dropna()) == [decimal.Decimal("2317680")], value
sheet = pd.read_csv("long.csv", dtype=str, encoding="utf-8-sig")
assert len(sheet) == long.num_rows and "2317680" in set(sheet["obs_value"])
print("ok", facts)
"#;

#[test]
fn duckdb_pandas_and_pyarrow_read_what_the_page_says() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            eprintln!("skipped: {}", why.trim());
            return;
        }
    };
    let folder = tempfile::tempdir().expect("a folder");
    let warehouse = folder.path().join("warehouse");
    ingest(&[&repository("samples")], &warehouse, &[], 1);
    for (file, shape) in [
        ("long.parquet", "--long"),
        ("wide.parquet", "--wide"),
        ("long.csv", "--long"),
    ] {
        zhibiao()
            .current_dir(folder.path())
            .args(["export", "--output", file, shape])
            .assert()
            .success();
    }
    let page = fs::read_to_string(repository("docs/bi.md")).expect("docs/bi.md");
    let sql = blocks(&page, "DuckDB", "sql");
    let own = blocks(&page, "pandas and pyarrow", "python");
    assert_eq!((sql.len(), own.len()), (4, 1));
    let spec = serde_json::json!({"sql": sql, "python": own.concat()});
    fs::write(folder.path().join("spec.json"), spec.to_string()).expect("written");
    fs::write(folder.path().join("program.py"), PROGRAM).expect("written");
    let output = Command::new(python)
        .current_dir(folder.path())
        .env("PYTHONUTF8", "1")
        .args(["program.py", "spec.json"])
        .output()
        .expect("it runs");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
