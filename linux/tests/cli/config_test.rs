//! `--config-test`: this host, and keepalived's exit codes.

use crate::common::{Folder, GOOD};

#[test]
fn the_host_is_asked_for_its_interfaces() {
    let said = Folder::with(GOOD).bellwether("-t -f a.conf");
    assert_eq!(said.code, Some(4), "nothing would start");
    let complaint = "there is no interface 'lo0123' on this host";
    assert!(said.err.contains(complaint), "{}", said.err);
    assert!(said.err.contains("a.conf:2:15"), "where: {}", said.err);
    assert!(
        said.err.contains("these exist: lo"),
        "and what there is: {}",
        said.err
    );
}

#[test]
fn a_file_that_is_not_there_is_fatal() {
    let said = Folder::new().bellwether("-t -f nowhere.conf");
    assert_eq!(
        said.code,
        Some(2),
        "keepalived's code for what it can't even begin"
    );
    assert!(
        said.err.contains("nowhere.conf: No such file"),
        "{}",
        said.err
    );
}

#[test]
fn what_is_wrong_can_go_to_a_file() {
    let folder = Folder::with(GOOD);
    let said = folder.bellwether("-t=test.log -f a.conf");
    assert_eq!((said.code, said.err.as_str()), (Some(4), ""));
    let log = std::fs::read_to_string(folder.path().join("test.log")).unwrap();
    assert!(log.contains("a.conf:2:15"), "{log}");
    let long = folder.bellwether("--config-test=/nonexistent/test.log -f a.conf");
    assert_eq!(long.code, Some(1));
}

#[test]
fn what_the_engine_can_t_do_would_not_start() {
    let routes = "    virtual_routes {\n        198.51.100.0/24 dev eth7 vrf blue\n    }\n}\n";
    let text = GOOD.replace("lo0123", "eth7");
    let folder = Folder::with(&format!(
        "{}{routes}",
        text.trim_end().trim_end_matches('}')
    ));
    assert_eq!(
        folder.bellwether("check a.conf").code,
        Some(0),
        "it is a good file"
    );
    let said = folder.bellwether("-t -f a.conf");
    assert_eq!(said.code, Some(4));
    assert!(said.err.contains("error[K0107]"), "{}", said.err);
}

/// The exit codes are those of keepalived 2.2.7 for the same files; `include_check`, which it does
/// not know yet, is as `-e` from there on.
#[test]
fn a_missing_file_is_fatal_where_it_must_be_included() {
    let good = GOOD.replace("lo0123", "eth7");
    let code = |line: &str, flags: &str| {
        let folder = Folder::with(&format!("{line}\n{good}"));
        let said = folder.bellwether(&format!("-t {flags} -f a.conf"));
        let place = "a.conf:1:9";
        assert!(said.err.contains("no.conf"), "{line}: {}", said.err);
        assert!(
            said.err.contains(place) || !line.starts_with("include "),
            "{}",
            said.err
        );
        said.code
    };
    let without_interface = Some(4);
    assert_eq!(code("include no.conf", ""), without_interface);
    assert_eq!(code("include no.conf", "-e"), Some(6));
    assert_eq!(code("include no.conf", "--all-config"), Some(6));
    assert_eq!(code("includem no.conf", ""), Some(6));
    assert_eq!(code("includea no.conf", ""), Some(6));
    assert_eq!(code("includeb no.conf", ""), without_interface);
    assert_eq!(code("include_check\ninclude no.conf", ""), Some(6));
}
