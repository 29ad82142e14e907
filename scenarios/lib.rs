//! Scenario files: what VRRP does when something breaks, one file for each thing that breaks.
//!
//! Each `*.toml` beside this file is prose, documentation and a test. Its story and its comments
//! say what happens and why, with the arithmetic; its expectations hold the arithmetic to account;
//! its snapshot in `snapshots/` shows everything that happened. The format is described in
//! `docs/scenarios.md`.
//!
//! `incidents/` holds what happened to users of keepalived, named after its issues, and
//! `regressions/` the smallest schedules on which a broken core failed once.
//!
//! Owns the list of the files. Deliberately absent: scenarios that are not files.

use std::io;
use std::path::{Path, PathBuf};

/// The folders beside this file that hold scenario files too.
const FOLDERS: [&str; 2] = ["incidents", "regressions"];

/// All scenario files, by path.
///
/// # Errors
///
/// Those of reading the folder.
pub fn files() -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let folders = FOLDERS.map(|name| folder().join(name));
    for folder in [folder().to_owned()].iter().chain(&folders) {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let is_toml = path
                .extension()
                .is_some_and(|extension| extension == "toml");
            if is_toml && path.file_name().is_some_and(|name| name != "Cargo.toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The folder of the scenario files.
#[must_use]
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
