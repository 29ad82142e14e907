//! What a file may depend on: the configuration id and the environment.

use crate::common::{Folder, GOOD};

/// A file that is in error on the node `lb1`, and only there.
fn of_two_hosts() -> Folder {
    let text = GOOD.replace("    virtual_ip", "    @lb1 priority 999\n    virtual_ip");
    Folder::with(&text)
}

#[test]
fn lines_of_a_node_hold_where_its_id_is_given() {
    let folder = of_two_hosts();
    for (line, code) in [
        ("check a.conf", 0),
        ("check -i lb1 a.conf", 1),
        ("check --config-id lb1 a.conf", 1),
        ("check --config-id lb2 a.conf", 0),
    ] {
        assert_eq!(folder.bellwether(line).code, Some(code), "{line}");
    }
    let said = folder.bellwether("-t -i lb1 -f a.conf");
    assert!(said.err.contains("error[K0203]"), "{}", said.err);
}

#[test]
fn a_check_does_not_depend_on_the_environment_and_a_test_on_the_host_does() {
    let text = format!("global_defs {{\n router_id ${{_ENV BW_TEST_ROUTER}}\n}}\n{GOOD}");
    let folder = Folder::with(&text);
    let with = |line: &str| {
        let mut command = folder.command(line);
        let output = command.env("BW_TEST_ROUTER", "lb1").output().unwrap();
        crate::common::Said::of(output)
    };
    assert_eq!(with("check a.conf").code, Some(1));
    let said = with("-t -f a.conf");
    assert!(!said.err.contains("K0023"), "{}", said.err);
    assert!(said.err.contains("L0001"), "{}", said.err);
    assert!(!with("check --host a.conf").out.contains("K0023"));
}
