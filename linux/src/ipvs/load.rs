//! Loading a module of the kernel.

use std::path::Path;
use std::process::{Command, Stdio};

/// Where the kernel itself looks for the program.
const MODPROBE: [&str; 2] = ["/sbin/modprobe", "/usr/sbin/modprobe"];

/// Asks for a module, and says whether the program that loads it succeeded.
///
/// The program is called by its path: who may load modules must not run what a user's PATH has.
pub(super) fn load(module: &str) -> bool {
    let Some(program) = MODPROBE.iter().find(|path| Path::new(path).exists()) else {
        return false;
    };
    Command::new(program)
        .args(["-q", "--", module])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
