//! Where the control socket is.
//!
//! One folder for all daemons of a host. In another network namespace than that of process 1 the
//! name carries the namespace's number, so that daemons in several namespaces don't meet, and each
//! is found from within its own.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The folder of control sockets.
pub const FOLDER: &str = "/run/bellwether";

/// What a daemon is called that has no name of its own.
const PLAIN: &str = "control";

/// The network namespace of this process.
const OWN: &str = "/proc/self/ns/net";

/// The socket that a daemon of this name serves in the network namespace of this process.
#[must_use]
pub fn to_serve(instance: Option<&str>) -> PathBuf {
    let numbered = match (number(OWN), number("/proc/1/ns/net")) {
        (Some(own), Some(first)) if own == first => None,
        // Who may not look at process 1 takes care not to meet another one.
        (own, _) => own,
    };
    file(instance.unwrap_or(PLAIN), numbered)
}

/// The socket of the daemon of this name in a network namespace: the one of this name
/// (`ip netns`), or that of this process.
#[must_use]
pub fn to_ask(instance: Option<&str>, namespace: Option<&str>) -> PathBuf {
    let name = instance.unwrap_or(PLAIN);
    let place = namespace.map_or_else(|| OWN.into(), |name| Path::new("/run/netns").join(name));
    let own = number(&place);
    let numbered = file(name, own);
    let is_first = match number("/proc/1/ns/net") {
        Some(first) => own == Some(first),
        // Others than root may not look at process 1.
        None => !numbered.exists(),
    };
    if is_first { file(name, None) } else { numbered }
}

/// Every socket that there is.
#[must_use]
pub fn all() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let is_socket = |path: &PathBuf| path.extension().is_some_and(|end| end == "sock");
    let mut all: Vec<_> = paths.filter(is_socket).collect();
    all.sort();
    all
}

fn file(name: &str, namespace: Option<u64>) -> PathBuf {
    let folder = Path::new(FOLDER);
    match namespace {
        None => folder.join(format!("{name}.sock")),
        Some(number) => folder.join(format!("{name}.net-{number}.sock")),
    }
}

fn number(namespace: impl AsRef<Path>) -> Option<u64> {
    fs::metadata(namespace).ok().map(|meta| meta.ino())
}
