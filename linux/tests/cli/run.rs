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
