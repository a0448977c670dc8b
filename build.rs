//! Packs `pipelines/*.toml` for the program, so that it need not parse 5 MB of TOML whenever it starts.
//!
//! The packed form (`src/builtin/pack.rs`) is the parsed file, without a look at what it means: whether its keys and
//! values are right is seen where it is read. A file that is not TOML is left unpacked. The program reads it as TOML
//! then, as it does files of `--pipelines`, and `validate` names the line and what to mend; the build says it too.
//!
//! The build dependencies are the program's own, with the same features, so that none of them is compiled a second time.

#[path = "src/builtin/pack.rs"]
mod pack;

use pack::{FIRST, TABLES, TABLES_OF_VERSION, pack};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=pipelines");
    let root = std::env::var("CARGO_MANIFEST_DIR")?;
    let out = std::env::var("OUT_DIR")?;
    let folder = Path::new(&root).join("pipelines");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".toml") && !TABLES.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort_by_cached_key(|name| {
        let first = FIRST.iter().position(|f| f == name);
        (first.unwrap_or(FIRST.len()), name.clone())
    });
    let mut digest = Sha256::new();
    let mut tables = String::new();
    for (i, name) in TABLES.iter().enumerate() {
        let text = read(&folder, name)?;
        if i < TABLES_OF_VERSION {
            digest.update(&text);
        }
        tables += &entry(name, &text, Path::new(&out))?;
    }
    let mut pipelines = String::new();
    for name in &names {
        let text = read(&folder, name)?;
        digest.update(name);
        digest.update(&text);
        pipelines += &entry(name, &text, Path::new(&out))?;
    }
    let mut hex = String::new();
    for byte in digest.finalize().iter().take(6) {
        write!(hex, "{byte:02x}")?;
    }
    let code = format!(
        "const PIPELINES: &[File] = &[\n{pipelines}];\nconst TABLES: &[File] = &[\n{tables}];\nconst DIGEST: &str = {hex:?};\n"
    );
    std::fs::write(Path::new(&out).join("builtin.rs"), code)?;
    Ok(())
}

fn read(folder: &Path, name: &str) -> Result<String, String> {
    let path = folder.join(name);
    std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Packs a file; gives the code that compiles it in.
fn entry(name: &str, text: &str, out: &Path) -> Result<String, Box<dyn Error>> {
    let packed = pack(text).unwrap_or_else(|e| {
        let before = e.span().and_then(|s| text.get(..s.start)).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let message = e.message().replace('\n', " ");
        println!("cargo::warning=pipelines/{name}:{line}: {message}");
        None
    });
    std::fs::write(
        out.join(format!("{name}.packed")),
        packed.unwrap_or_default(),
    )?;
    Ok(format!(
        "    File {{\n        name: {name:?},\n        text: include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})),\n        \
         packed: include_str!(concat!(env!(\"OUT_DIR\"), {:?})),\n    }},\n",
        format!("/pipelines/{name}"),
        format!("/{name}.packed"),
    ))
}
