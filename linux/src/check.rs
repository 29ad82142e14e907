//! `bellwether check`.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::{CheckOptions, exit};
use crate::configuration;

/// Checks each file. Succeeds when every one is usable.
#[must_use]
pub fn check(options: &CheckOptions) -> ExitCode {
    let usable = |path: &Path| match configuration::check(path, options.strict) {
        Ok(config) => config.is_some(),
        Err(error) => {
            anstream::eprintln!("bellwether: {}: {error}", path.display());
            false
        }
    };
    // All of them, also after a bad one.
    let bad = options.files.iter().filter(|file| !usable(file)).count();
    ExitCode::from(if bad == 0 { exit::OK } else { exit::FAILURE })
}
