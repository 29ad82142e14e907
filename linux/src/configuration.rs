//! The configuration file on this host: read, checked, and shown to people.

use std::io;
use std::path::Path;

use bellwether_config::{Diagnostics, Options, Outcome};
use bellwether_core::model::Config;

use crate::netlink;

/// Code of the diagnostic "no such interface on this host".
const NO_INTERFACE: &str = "L0001";

/// Reads a file and says on standard error what there is to say about it.
///
/// `None` when it has an error.
///
/// # Errors
///
/// Only those of reading the file.
pub(crate) fn check(path: &Path, strict: bool) -> io::Result<Option<Config>> {
    let outcome = bellwether_config::load(path, &Options { strict, ..Options::default() })?;
    show(&outcome.diagnostics);
    Ok(outcome.config)
}

/// Reads a file; every interface that it names must exist on this host. Shows nothing.
///
/// # Errors
///
/// Those of reading the file, and of asking the kernel for its interfaces.
pub(crate) async fn load_here(path: &Path, strict: bool) -> io::Result<Outcome> {
    let path = path.to_owned();
    // On a thread of its own: a file system that hangs must not keep addresses from moving.
    let load = move || bellwether_config::load(&path, &Options { strict, ..Options::default() });
    let mut outcome = tokio::task::spawn_blocking(load).await??;
    let existing = netlink::interface_names().await?;
    refuse_unknown_interfaces(&mut outcome, &existing);
    Ok(outcome)
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
    if !diagnostics.is_empty() {
        anstream::eprint!("{}", diagnostics.render(true));
    }
}
