//! The configuration file on this host: read, checked, and shown to people.

use std::io;
use std::path::Path;

use anyhow::Context;
use bellwether_config::{Diagnostics, Options, Outcome};
use bellwether_core::model::Config;

use crate::check::host;
use crate::{netlink, terminal};

/// Reads a file to run it: checks what this host decides, and refuses what this version's engine
/// would have to leave out. Shows nothing. `enter` sees the configuration, if there is one, before
/// the kernel is asked for its interfaces, and may go elsewhere for that.
///
/// # Errors
///
/// Those of reading the file, of `enter`, and of asking the kernel for its interfaces.
pub(crate) async fn load_here(
    path: &Path,
    options: Options,
    enter: impl FnOnce(&Config) -> io::Result<()>,
) -> io::Result<Outcome> {
    let path = path.to_owned();
    // On a thread of its own: a file system that hangs must not keep addresses from moving.
    let load = move || {
        let mut outcome = bellwether_config::load(&path, &options)?;
        host::files_and_addresses(&mut outcome);
        io::Result::Ok(outcome)
    };
    let mut outcome = tokio::task::spawn_blocking(load).await??;
    outcome.config.as_ref().map_or(Ok(()), enter)?;
    let existing = netlink::interface_names().await?;
    host::subnets(&mut outcome, &netlink::host_addresses().await?);
    host::interfaces(&mut outcome, &existing);
    let mut outcome = outcome.to_run();
    outcome.config = outcome.config.as_ref().map(Config::compacted);
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
    let asked = async {
        let names = netlink::interface_names().await?;
        io::Result::Ok((names, netlink::host_addresses().await?))
    };
    let (existing, addresses) = runtime
        .block_on(asked)
        .context("can't ask the kernel for its interfaces")?;
    host::files_and_addresses(outcome);
    host::subnets(outcome, &addresses);
    host::interfaces(outcome, &existing);
    Ok(())
}

/// Shows diagnostics on standard error, in colour on a terminal only.
pub(crate) fn show(diagnostics: &Diagnostics) {
    terminal::complain(&diagnostics.render(true));
}
