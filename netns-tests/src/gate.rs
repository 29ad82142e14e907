//! Whether this machine can run tests on a real kernel at all.
//!
//! Invariant: a test is never silently not run. What can't run says so loudly, and where
//! [`REQUIRE`] is set, as in CI, it fails.

use std::path::Path;

use crate::command::run;

/// The environment variable that turns "can't be run here" into a failure when it is `1`.
pub const REQUIRE: &str = "BELLWETHER_REQUIRE_REAL";

/// A program that the tests call, with the Debian package that has it.
const TOOLS: [(&str, &str); 5] = [
    ("ip", "iproute2"),
    ("keepalived", "keepalived"),
    ("nft", "nftables"),
    ("tcpdump", "tcpdump"),
    ("tshark", "tshark"),
];

/// Says why the real-kernel tests can't run here, or nothing when they can.
#[must_use]
pub fn obstacle() -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("needs root, for network namespaces and raw sockets".to_owned());
    }
    lacks(&TOOLS).or_else(|| can_make_namespaces().err())
}

/// The same for tests of a load balancer, but for whether the kernel has IPVS.
#[must_use]
pub fn balancer_obstacle() -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("needs root, for network namespaces and IPVS".to_owned());
    }
    let tools = [
        ("ip", "iproute2"),
        ("keepalived", "keepalived"),
        ("ipvsadm", "ipvsadm"),
    ];
    lacks(&tools).or_else(|| can_make_namespaces().err())
}

fn lacks(tools: &[(&'static str, &'static str)]) -> Option<String> {
    let missing: Vec<&str> = tools
        .iter()
        .filter(|(tool, _)| !is_installed(tool))
        .map(|(_, package)| *package)
        .collect();
    (!missing.is_empty()).then(|| format!("needs the packages {}", missing.join(", ")))
}

/// Whether a machine that can't run the tests is a failure.
#[must_use]
pub fn is_required() -> bool {
    std::env::var(REQUIRE).is_ok_and(|value| value == "1")
}

fn is_installed(tool: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/sbin"])
        .any(|folder| Path::new(folder).join(tool).is_file())
}

/// A container's root may not be allowed to.
fn can_make_namespaces() -> Result<(), String> {
    let name = format!("bwt-{}-gate", std::process::id());
    run("ip", &["netns", "add", &name])
        .map_err(|error| format!("needs the right to make network namespaces: {error}"))?;
    run("ip", &["netns", "del", &name])
        .map(drop)
        .map_err(|error| format!("can't remove a namespace: {error}"))
}
