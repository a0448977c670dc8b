//! `zhibiao forget`: documents out of a warehouse.

use super::submission::absolute;
use super::{Failure, Status};
use crate::message::{self, load as said};
use crate::warehouse::Writer;
use crate::warehouse::care::{find, forget};
use serde_json::json;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// A path (all versions of its document), or a document id or the first 8 digits of one (that version)
    #[arg(required = true, value_name = "FILE|ID")]
    files: Vec<String>,
    /// Folder of the warehouse
    #[arg(long, value_name = "DIR", default_value = "warehouse")]
    warehouse: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments, typed: &[OsString]) -> Result<Status, Failure> {
    let mut writer = Writer::open_existing(&arguments.warehouse)?;
    let mut ids = HashSet::new();
    for given in &arguments.files {
        let found = find(
            writer.index(),
            given,
            &absolute(Path::new(given)).to_string_lossy(),
        );
        if found.is_empty() {
            return Err(Failure::Usage(message::care::not_loaded(given)));
        }
        ids.extend(found);
    }
    let done = forget(&mut writer, &ids, &said::typed(typed))?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let forgotten: Vec<_> = done
            .documents
            .iter()
            .map(|(id, path)| json!({"document_id": id, "path": path}))
            .collect();
        let all = json!({"forgotten": forgotten, "in_force_again": done.in_force_again});
        writeln!(out, "{all}")?;
        return Ok(Status::Ok);
    }
    for (id, path) in &done.documents {
        writeln!(out, "{}", message::care::forgotten(path, id))?;
    }
    for path in &done.in_force_again {
        writeln!(out, "{}", message::care::in_force_again(path))?;
    }
    Ok(Status::Ok)
}
