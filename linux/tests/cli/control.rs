//! Subcommands that talk to a daemon, where there is none; and what needs none.

use crate::common::{Folder, GOOD};

#[test]
fn without_a_daemon_there_is_one_clear_line_and_a_code_of_its_own() {
    let folder = Folder::with(GOOD);
    for line in ["status", "status --json", "reload", "plan a.conf"] {
        let said = folder.bellwether(&format!("{line} --socket {}/none", folder.path().display()));
        assert_eq!(said.code, Some(3), "{line}");
        assert!(said.out.is_empty());
        assert!(
            said.err
                .starts_with("bellwether: no bellwether is running here: "),
            "{}",
            said.err
        );
        assert!(said.err.contains("/none"), "{}", said.err);
        assert_eq!(said.err.lines().count(), 1);
    }
}

#[test]
fn two_files_are_compared_on_any_machine() {
    let new = GOOD.replace("192.0.2.100/24", "192.0.2.101/24\n        192.0.2.102/24");
    let folder = Folder::with(GOOD).file("b.conf", &new);
    let said = folder.bellwether("plan b.conf --against a.conf");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(
        said.out,
        "\
0 to add, 1 to change, 0 to remove.
  ~ vrrp_instance VI_1 (lo0123, VRID 51)
      - virtual_ipaddress 192.0.2.100/24
      + virtual_ipaddress 192.0.2.101/24
      + virtual_ipaddress 192.0.2.102/24
"
    );
    let code = |line: &str| folder.bellwether(line).code;
    assert_eq!(
        code("plan b.conf --against a.conf --detailed-exitcode"),
        Some(2)
    );
    assert_eq!(
        code("plan a.conf --against a.conf --detailed-exitcode"),
        Some(0)
    );
    let json = folder.bellwether("plan b.conf --against a.conf --json");
    assert!(
        json.out.contains("\"kind\": \"vrrp_instance\""),
        "{}",
        json.out
    );
    assert!(json.out.contains("\"action\": \"change\""), "{}", json.out);
}

#[test]
fn a_plan_of_a_bad_file_shows_what_is_wrong_and_plans_nothing() {
    let folder = Folder::with(GOOD).file("b.conf", &GOOD.replace(" 51", " 0"));
    let said = folder.bellwether("plan b.conf --against a.conf");
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert!(
        said.err.contains("b.conf:3") && said.err.contains("^"),
        "{}",
        said.err
    );
    let said = folder.bellwether("plan a.conf --against nothing.conf");
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("nothing.conf"));
}

#[test]
fn passwords_are_not_shown() {
    let with = |word: &str| {
        let auth =
            format!("authentication {{\n auth_type PASS\n auth_pass {word}\n }}\n virtual_ip");
        GOOD.replace("virtual_ip", &auth)
    };
    let folder = Folder::with(&with("first")).file("b.conf", &with("second"));
    let said = folder.bellwether("plan b.conf --against a.conf");
    assert!(
        said.out
            .contains("authentication: PASS -> another auth_pass (not shown)"),
        "{}",
        said.out
    );
    assert!(!said.out.contains("first") && !said.out.contains("second"));
}
