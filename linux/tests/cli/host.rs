//! `check --host`: what only the host can tell.

use std::os::unix::fs::PermissionsExt;

use crate::common::{Folder, GOOD};

/// A file with a script, for an interface that every host has; the loopback itself carries no
/// VRRP.
fn with_script(script: &str) -> String {
    format!("vrrp_script chk {{\n    script \"{script} -v\"\n}}\n{GOOD}")
}

fn said(folder: &Folder) -> String {
    folder.bellwether("check --host --format short a.conf").out
}

#[test]
fn a_script_that_is_not_there_is_a_warning_at_its_line() {
    let folder = Folder::with(&with_script("/nonexistent/check"));
    let said = said(&folder);
    assert!(
        said.contains("a.conf:2:5: warning[L0002]: `/nonexistent/check`"),
        "{said}"
    );
}

#[test]
fn a_script_that_may_not_be_executed_is_a_warning() {
    let folder = Folder::new().file("check", "#!/bin/sh\n");
    let script = folder.path().join("check");
    let text = with_script(script.to_str().unwrap());
    let folder = folder.file("a.conf", &text);
    assert!(
        said(&folder).contains("warning[L0003]"),
        "{}",
        said(&folder)
    );
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o777)).unwrap();
    let open = said(&folder);
    assert!(
        !open.contains("L0003") && open.contains("warning[L0004]"),
        "{open}"
    );
}

#[test]
fn an_owner_without_its_address_is_a_warning() {
    let text = GOOD.replace("    virtual_ip", "    priority 255\n    virtual_ip");
    let said = said(&Folder::with(&text));
    assert!(said.contains("a.conf:4:5: warning[L0005]"), "{said}");
    assert!(said.contains("192.0.2.100"), "{said}");
}

#[test]
fn an_address_in_no_subnet_is_a_warning_unless_it_brings_its_own() {
    // The loopback's subnet is on every host; TEST-NET-3 is on none.
    let with = |address: &str| Folder::with(&GOOD.replace("192.0.2.100/24", address));
    let far = said(&with("203.0.113.77"));
    assert!(far.contains("warning[L0006]: 203.0.113.77"), "{far}");
    assert!(!said(&with("203.0.113.77/24")).contains("L0006"));
    assert!(!said(&with("127.0.0.77")).contains("L0006"));
}

#[test]
fn a_comment_silences_what_the_host_tells() {
    let text = with_script("/nonexistent/check");
    let text = format!("# bellwether: allow(L0002)\n{text}");
    let folder = Folder::with(&text);
    assert!(!said(&folder).contains("L0002"), "{}", said(&folder));
    let elsewhere = folder.bellwether("check a.conf");
    let useless = elsewhere.out.contains("K0092");
    assert!(!useless, "not useless: {}", elsewhere.out);
}
