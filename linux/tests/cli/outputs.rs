//! The outputs of `check`: one bad file, in each form.

use crate::common::{Folder, GOOD, Said};

/// An error, a warning, a note, a related place, a hint, and a password that must not be shown.
const BAD: &str = "\
global_defs {
    min_auto_priority_delay 99
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 256
    priorty 90
    authentication {
        auth_type PASS
        auth_pass hunter22 # }
    }
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.100/24
    }
}
";

fn said(format: &str) -> Said {
    Folder::with(BAD).bellwether(&format!("check --format {format} a.conf"))
}

#[test]
fn for_people() {
    let said = said("human");
    assert_eq!((said.code, said.err.as_str()), (Some(1), ""));
    insta::assert_snapshot!(said.out);
}

#[test]
fn for_editors() {
    let said = said("short");
    assert_eq!((said.code, said.err.as_str()), (Some(1), ""));
    insta::assert_snapshot!(said.out);
}

#[test]
fn for_tools() {
    let said = said("json");
    assert_eq!((said.code, said.err.as_str()), (Some(1), ""));
    insta::assert_snapshot!(said.out);
}

#[test]
fn each_line_for_editors_has_a_place_a_severity_and_a_code() {
    let out = said("short").out;
    assert!(out.lines().count() >= 4, "{out}");
    for line in out.lines() {
        let mut parts = line.splitn(4, ':');
        assert_eq!(parts.next(), Some("a.conf"));
        let numbers: Vec<u32> = parts.by_ref().take(2).map(|n| n.parse().unwrap()).collect();
        assert!(numbers.iter().all(|number| *number > 0), "{line}");
        let rest = parts.next().unwrap();
        let severities = [" error[K0", " warning[K0", " note[K0"];
        assert!(severities.iter().any(|one| rest.starts_with(one)), "{line}");
    }
}

#[test]
fn the_document_for_tools_counts_what_it_lists() {
    let document: serde_json::Value = serde_json::from_str(&said("json").out).unwrap();
    let listed = document["diagnostics"].as_array().unwrap();
    for (severity, count) in [
        ("error", "errors"),
        ("warning", "warnings"),
        ("note", "notes"),
    ] {
        let found = listed.iter().filter(|one| one["severity"] == severity);
        assert_eq!(document["summary"][count], found.count(), "{severity}");
    }
    let word = listed.iter().find(|one| one["code"] == "K0101").unwrap();
    let place = ["line", "column", "end_line", "end_column"].map(|field| &word[field]);
    assert_eq!(
        place,
        [7, 5, 7, 12],
        "`priorty` is 7 characters from the fifth"
    );
    assert_eq!(word["file"], "a.conf");
}

#[test]
fn the_document_for_tools_is_there_when_nothing_is_wrong_and_when_nothing_can_be_read() {
    let folder = Folder::with(GOOD);
    let clean = folder.bellwether("check --format json a.conf");
    let document: serde_json::Value = serde_json::from_str(&clean.out).unwrap();
    assert_eq!(document["diagnostics"], serde_json::json!([]));
    let missing = folder.bellwether("check --format json nowhere.conf a.conf");
    assert_eq!(missing.code, Some(1));
    let document: serde_json::Value = serde_json::from_str(&missing.out).unwrap();
    assert_eq!(document["diagnostics"][0]["code"], "K0090");
    assert_eq!(document["diagnostics"][0]["file"], "nowhere.conf");
}

#[test]
fn no_form_shows_a_password() {
    for format in ["human", "short", "json"] {
        let said = said(format);
        assert!(!said.out.contains("hunter"), "{format}: {}", said.out);
    }
}

#[test]
fn there_are_no_colours_in_a_pipe_unless_they_are_asked_for() {
    let folder = Folder::with(BAD);
    let plain = folder.bellwether("check a.conf");
    assert!(!plain.out.contains('\u{1b}'), "{}", plain.out);
    let mut command = folder.command("check a.conf");
    let forced = Said::of(command.env("CLICOLOR_FORCE", "1").output().unwrap());
    assert!(forced.out.contains("\u{1b}["), "{}", forced.out);
    let never = Said::of(command.env("NO_COLOR", "1").output().unwrap());
    assert!(!never.out.contains('\u{1b}'), "{}", never.out);
    for format in ["short", "json"] {
        let mut command = folder.command(&format!("check --format {format} a.conf"));
        let forced = Said::of(command.env("CLICOLOR_FORCE", "1").output().unwrap());
        assert!(!forced.out.contains('\u{1b}'), "{format}: {}", forced.out);
    }
}
