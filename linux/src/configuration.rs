//! The configuration file on this host: read, checked, and shown to people.

use std::io;
use std::path::Path;

use anyhow::Context;
use bellwether_config::{Diagnostics, Options, Outcome};

use crate::netlink;
use crate::terminal;

/// Code of the diagnostic "no such interface on this host".
const NO_INTERFACE: &str = "L0001";

/// Reads a file, and checks what this host decides. Shows nothing.
///
/// # Errors
///
/// Those of reading the file, and of asking the kernel for its interfaces.
pub(crate) async fn load_here(path: &Path, strict: bool) -> io::Result<Outcome> {
    let path = path.to_owned();
    // On a thread of its own: a file system that hangs must not keep addresses from moving.
    let load = move || {
        bellwether_config::load(
            &path,
            &Options {
                strict,
                ..Options::default()
            },
        )
    };
    let mut outcome = tokio::task::spawn_blocking(load).await??;
    let existing = netlink::interface_names().await?;
    refuse_unknown_interfaces(&mut outcome, &existing);
    Ok(outcome)
}

/// Checks what this host decides, for a caller without a runtime.
///
/// # Errors
///
/// Those of asking the kernel for its interfaces.
pub(crate) fn check_host(outcome: &mut Outcome) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let existing = runtime
        .block_on(netlink::interface_names())
        .context("can't ask the kernel for its interfaces")?;
    refuse_unknown_interfaces(outcome, &existing);
    Ok(())
}

fn refuse_unknown_interfaces(outcome: &mut Outcome, existing: &[String]) {
    let unknown = |name: &&(bellwether_core::unit::IfName, _)| {
        !existing.iter().any(|one| one == name.0.as_str())
    };
    for (name, span) in outcome.interfaces.iter().filter(unknown) {
        let message = format!("there is no interface '{name}' on this host");
        let hint = format!("these exist: {}", existing.join(", "));
        outcome
            .diagnostics
            .error_at(*span, NO_INTERFACE, message, Some(hint));
        outcome.config = None;
    }
}

/// Shows diagnostics on standard error, in colour on a terminal only.
pub(crate) fn show(diagnostics: &Diagnostics) {
    terminal::complain(&diagnostics.render(true));
}
