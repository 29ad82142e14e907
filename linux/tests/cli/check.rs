//! `bellwether check`.

use crate::common::{Folder, GOOD};

#[test]
fn a_usable_file_passes_on_any_machine_with_a_line_about_it() {
    let said = Folder::with(GOOD).bellwether("check a.conf");
    assert_eq!(said.code, Some(0));
    assert_eq!(said.out, "a.conf: 1 VRRP instance\n");
    assert_eq!(said.err, "");
}

#[test]
fn every_file_is_checked_and_one_bad_one_is_enough() {
    let folder = Folder::new()
        .file("bad.conf", &GOOD.replace("51", "256"))
        .file("good.conf", GOOD)
        .file("worse.conf", &GOOD.replace("192.0.2.100", "192.0.2.300"));
    let said = folder.bellwether("check bad.conf good.conf worse.conf");
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("bad.conf:3:"), "{}", said.out);
    assert!(said.out.contains("^^^"), "a caret: {}", said.out);
    let next = said.out.contains("worse.conf:5:");
    assert!(next, "and the next file too: {}", said.out);
}

#[test]
fn strict_makes_an_unknown_keyword_an_error() {
    let folder = Folder::with(&GOOD.replace("    interface", "    priorty 90\n    interface"));
    let lenient = folder.bellwether("check a.conf");
    assert_eq!(lenient.code, Some(0));
    assert!(lenient.out.contains("did you mean `priority`?"));
    assert_eq!(folder.bellwether("check --strict a.conf").code, Some(1));
}

#[test]
fn what_the_host_has_is_asked_only_on_request() {
    let folder = Folder::with(GOOD);
    let said = folder.bellwether("check --host a.conf");
    assert_eq!(said.code, Some(1));
    let complaint = "there is no interface 'lo0123' on this host";
    assert!(said.out.contains(complaint), "{}", said.out);
}

#[test]
fn a_file_that_is_not_there_is_an_error_and_the_others_are_checked() {
    let folder = Folder::with(&GOOD.replace("51", "256"));
    let said = folder.bellwether("check nowhere.conf a.conf");
    assert_eq!(said.code, Some(1));
    assert!(
        said.out
            .contains("error[K0090]: nowhere.conf can't be read: No such file")
    );
    assert!(said.out.contains("a.conf:3:"), "{}", said.out);
}

#[test]
fn a_bad_command_line_has_the_code_2() {
    let folder = Folder::with(GOOD);
    for line in [
        "check",
        "check --format xml a.conf",
        "check --allow K9999 a.conf",
    ] {
        assert_eq!(folder.bellwether(line).code, Some(2), "{line}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::with(GOOD);
    let mut command = folder.command("explain");
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
