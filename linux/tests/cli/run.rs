//! Starting the daemon, as far as it gets without rights.

use std::io::Write;
use std::os::unix::process::CommandExt;

use crate::common::{Folder, Said};

#[test]
fn without_the_capabilities_nothing_is_started() {
    let folder = Folder::new();
    let mut command = folder.command("run -f /nonexistent/keepalived.conf");
    command.current_dir("/");
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
        output => Said::of(output.unwrap()),
    };
    assert_eq!(output.code, Some(4), "keepalived's code for it");
    assert!(output.err.contains("CAP_NET_ADMIN"));
}

/// What keepalived 2.2.7 prints on Debian.
#[test]
fn signal_numbers_are_printed_as_keepalived_prints_them() {
    let folder = Folder::new();
    for (name, number) in [
        ("STOP", "15\n"),
        ("RELOAD", "1\n"),
        ("DATA", "10\n"),
        ("STATS", "12\n"),
        ("JSON", "36\n"),
        ("STATS_CLEAR", "63\n"),
    ] {
        assert_eq!(folder.bellwether(&format!("--signum={name}")).out, number);
        assert_eq!(
            folder.bellwether(&format!("run --signum {name}")).out,
            number
        );
    }
    assert_eq!(folder.bellwether("--signum=HUP").code, Some(2));
}

/// Every option of keepalived's but those of its own insides is taken.
#[test]
fn keepalived_s_options_are_all_there() {
    let folder = Folder::with(crate::common::GOOD);
    let help = folder.bellwether("run --help").out;
    for option in [
        "-f", "-P", "-C", "-B", "--all", "-l", "-D", "-S", "-g", "-G", "-u", "-X", "-V", "-R",
        "-n", "-d", "-p", "-r", "-c", "-b", "-a", "-x", "-A", "-s", "-m", "-M", "-i", "--signum",
        "-t",
    ] {
        assert!(help.contains(option), "{option} in\n{help}");
    }
    // Those that service files have, together with a test, which starts nothing.
    let said = folder.bellwether("-t -f a.conf -n -l -D -P -R -X -S 7 -u 027 -x -p /tmp/p -m");
    assert_ne!(said.code, Some(2), "{}", said.err);
}

#[test]
fn the_version_is_behind_a_small_v_as_in_keepalived() {
    let folder = Folder::new();
    for line in ["-v", "--version"] {
        assert!(
            folder.bellwether(line).out.starts_with("bellwether 0."),
            "{line}"
        );
    }
}
