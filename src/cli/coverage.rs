//! `zhibiao coverage`: who has reported what, and what is missing.

use super::analysts::Scope;
use super::output::{Paint, complain, cut, table};
use super::{Failure, Status};
use crate::analyse::coverage::{Coverage, coverage};
use crate::message::{analysts as said, pick};
use serde_json::json;
use std::io::{BufWriter, Write};

#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    scope: Scope,
    /// Only what is missing
    #[arg(long)]
    missing: bool,
}

pub fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let (reader, filter) = arguments.scope.open()?;
    let all = coverage(&reader, &filter)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.scope.json {
        serde_json::to_writer_pretty(&mut out, &as_json(&all)).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else if all.rows.is_empty() {
        complain(&said::nothing_loaded());
    } else {
        print(&mut out, &all, arguments.missing)?;
    }
    out.flush()?;
    Ok(Status::Ok)
}

fn as_json(all: &Coverage) -> serde_json::Value {
    let rows: Vec<_> = all
        .rows
        .iter()
        .map(|r| {
            let years: Vec<_> = r
                .years
                .iter()
                .map(|(year, n)| json!({"year": year, "documents": n.documents, "indicators": n.indicators}))
                .collect();
            json!({"ref_area": r.ref_area, "area_name": r.area_name, "agency": r.agency, "years": years})
        })
        .collect();
    let missing: Vec<_> = all
        .gaps()
        .into_iter()
        .map(|(area, agency, year)| json!({"area_name": area, "agency": agency, "year": year}))
        .collect();
    json!({"years": all.years, "rows": rows, "missing": missing})
}

fn print(out: &mut impl Write, all: &Coverage, missing: bool) -> std::io::Result<()> {
    let paint = Paint::of_stdout();
    let unknown = |name: &str| {
        if name.is_empty() {
            pick("（未写明）", "(unknown)").to_owned()
        } else {
            cut(name, 32)
        }
    };
    if missing {
        for (area, agency, year) in all.gaps() {
            writeln!(out, "{year}  {}  {}", unknown(area), unknown(agency))?;
        }
        return Ok(());
    }
    writeln!(out, "{}", paint.dim(said::coverage_heading()))?;
    let mut head = vec![
        pick("地区", "area").to_owned(),
        pick("单位", "agency").to_owned(),
    ];
    head.extend(all.years.iter().map(|y| match y {
        0 => pick("年份不明", "no year").to_owned(),
        y => y.to_string(),
    }));
    let mut rows = vec![head];
    for r in &all.rows {
        let mut row = vec![unknown(&r.area_name), unknown(&r.agency)];
        row.extend(all.years.iter().map(|y| match r.years.get(y) {
            Some(n) => format!("{}/{}", n.documents, n.indicators),
            None => "—".to_owned(),
        }));
        rows.push(row);
    }
    let mut numeric = vec![false, false];
    numeric.extend(all.years.iter().map(|_| true));
    table(out, &rows, &numeric)?;
    writeln!(out, "\n{}", said::gaps(all.gaps().len()))
}
