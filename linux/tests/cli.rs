//! The command line, as a person or a service file meets it. Needs neither root nor a network.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output};

const GOOD: &str = "\
vrrp_instance VI_1 {
    interface lo0123
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.100/24
    }
}
";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn bellwether(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bellwether"));
    command.args(arguments).output().unwrap()
}

fn complaints(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_usable_file_passes_in_silence_on_any_machine() {
    let folder = Folder::new();
    let good = folder.file("good.conf", GOOD);
    let output = bellwether(&["check", good.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(complaints(&output), "");
}

#[test]
fn every_file_is_checked_and_one_bad_one_is_enough() {
    let folder = Folder::new();
    let bad = folder.file("bad.conf", &GOOD.replace("51", "256"));
    let good = folder.file("good.conf", GOOD);
    let worse = folder.file("worse.conf", &GOOD.replace("192.0.2.100", "192.0.2.300"));
    let files = [&bad, &good, &worse].map(|path| path.to_str().unwrap());
    let output = bellwether(&["check", files[0], files[1], files[2]]);
    assert_eq!(output.status.code(), Some(1));
    let said = complaints(&output);
    assert!(
        said.contains("bad.conf:3:"),
        "file, line and column: {said}"
    );
    assert!(said.contains("^^^"), "a caret: {said}");
    assert!(
        said.contains("worse.conf:5:"),
        "and the next file too: {said}"
    );
    assert!(
        !said.contains("\u{1b}["),
        "no colours but on a terminal: {said}"
    );
}

#[test]
fn strict_makes_an_unknown_keyword_an_error() {
    let folder = Folder::new();
    let file = folder.file(
        "a.conf",
        &GOOD.replace("    interface", "    priorty 90\n    interface"),
    );
    let path = file.to_str().unwrap();
    let lenient = bellwether(&["check", path]);
    assert_eq!(lenient.status.code(), Some(0));
    assert!(complaints(&lenient).contains("did you mean `priority`?"));
    assert_eq!(
        bellwether(&["check", "--strict", path]).status.code(),
        Some(1)
    );
}

#[test]
fn config_test_asks_the_host_for_its_interfaces() {
    let folder = Folder::new();
    let file = folder.file("a.conf", GOOD);
    let output = bellwether(&["-t", "-f", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = complaints(&output);
    assert!(
        said.contains("there is no interface 'lo0123' on this host"),
        "{said}"
    );
    assert!(said.contains("a.conf:2:15"), "where it is named: {said}");
    assert!(
        said.contains("these exist: lo"),
        "and what there is instead: {said}"
    );
}

#[test]
fn a_file_that_is_not_there_has_an_exit_code_of_its_own() {
    let output = bellwether(&["-t", "-f", "/nonexistent/keepalived.conf"]);
    assert_eq!(output.status.code(), Some(6), "keepalived's code for it");
    assert!(complaints(&output).contains("/nonexistent/keepalived.conf: No such file"));
}

#[test]
fn without_the_capabilities_nothing_is_started() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bellwether"));
    command.args(["run", "-f", "/nonexistent/keepalived.conf"]);
    if rustix::process::geteuid().is_root() {
        command.uid(65_534);
    }
    let output = match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            // Past the capture of a passing test's output.
            let mut out = std::io::stderr();
            writeln!(
                out,
                "\n*** SKIPPED: 'nobody' may not reach the built binary ***"
            )
            .unwrap();
            return;
        }
        output => output.unwrap(),
    };
    assert_eq!(output.status.code(), Some(4), "keepalived's code for it");
    assert!(complaints(&output).contains("CAP_NET_ADMIN"));
}
