//! Writes docs/reference.md, docs/compatibility.md and docs/bellwether.schema.json anew.

use std::path::Path;
use std::{fs, io};

use bellwether_config::{reference, schema};

fn main() -> io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::create_dir_all(&docs)?;
    fs::write(docs.join("reference.md"), reference::markdown())?;
    fs::write(docs.join("compatibility.md"), reference::compatibility())?;
    let schema = format!("{:#}\n", schema());
    fs::write(docs.join("bellwether.schema.json"), schema)
}
