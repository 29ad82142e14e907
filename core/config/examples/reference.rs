//! Writes docs/reference.md and docs/compatibility.md anew.

use std::path::Path;
use std::{fs, io};

use bellwether_config::reference;

fn main() -> io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::create_dir_all(&docs)?;
    fs::write(docs.join("reference.md"), reference::markdown())?;
    fs::write(docs.join("compatibility.md"), reference::compatibility())
}
