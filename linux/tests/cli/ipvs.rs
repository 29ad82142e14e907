//! `bellwether ipvs` where it needs no table; what it does to one is in the tests of IPVS.

use crate::common::Folder;

#[test]
fn the_help_has_every_option_and_needs_no_kernel() {
    for line in ["ipvs -h", "ipvs --help"] {
        let said = Folder::new().bellwether(line);
        assert_eq!(said.code, Some(0), "{line}");
        for option in [
            "-A, --add-service",
            "--tun-remcsum",
            "--mcast-ttl",
            "-n, --numeric",
        ] {
            assert!(said.out.contains(option), "no {option} in\n{}", said.out);
        }
    }
}

#[test]
fn a_command_line_is_refused_before_the_kernel_is_asked() {
    for (line, code, words) in [
        ("ipvs -A", 2, "service-address"),
        ("ipvs -A -t 192.0.2.1:80 -w 1", 2, "'weight'"),
        (
            "ipvs -a -t 192.0.2.1:80 -r 10.0.0.1 -w x",
            2,
            "illegal weight `x'",
        ),
        ("ipvs -n", 255, "command"),
        ("ipvs --nosuch", 255, "--nosuch"),
    ] {
        let said = Folder::new().bellwether(line);
        assert_eq!(said.code, Some(code), "{line}: {}", said.err);
        assert!(said.err.contains(words), "{line}: {}", said.err);
        assert!(said.out.is_empty(), "{line}: {}", said.out);
    }
}

/// A kernel without IPVS is named, with what helps; one with it has a table to list.
#[test]
fn without_ipvs_one_line_says_how_to_get_it() {
    let said = Folder::new().bellwether("ipvs -Ln");
    if said.code == Some(0) {
        assert!(
            said.out.starts_with("IP Virtual Server version "),
            "{}",
            said.out
        );
        return;
    }
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.out.is_empty());
    let expected = "the kernel has no IPVS: load the module with `modprobe ip_vs`\n";
    assert_eq!(said.err, expected);
}
