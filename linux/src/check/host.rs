//! What only this host can tell about a configuration.
//!
//! Invariant: nothing is changed, nothing is executed, and nothing leaves the host. Deliberately
//! absent: who else might take part; files of tracked processes.

use std::fs;
use std::net::{IpAddr, UdpSocket};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use bellwether_config::places::Item;
use bellwether_config::{Diagnostic, Outcome, Severity, Span, code};
use bellwether_core::model::{Config, DynamicInterfaces, Instance, Script};

use crate::launch::runs_as_root;
use crate::program;

/// Adds an error for every interface that the configuration names and the host does not have; a
/// warning where it says that interfaces come and go (`dynamic_interfaces`).
pub(crate) fn interfaces(outcome: &mut Outcome, existing: &[String]) {
    let config = outcome.config.as_ref();
    let come_and_go = config.is_some_and(|config| {
        let said = config.globals().dynamic_interfaces;
        said != DynamicInterfaces::Off
    });
    let unknown = |name: &&(bellwether_core::unit::IfName, Span)| {
        !existing.iter().any(|one| one == name.0.as_str())
    };
    for (name, span) in outcome.interfaces.iter().filter(unknown) {
        let message = format!("there is no interface '{name}' on this host");
        if come_and_go {
            let hint = "what needs it is in FAULT until there is one";
            let found = warning(code::NO_INTERFACE, *span, message, hint);
            outcome.diagnostics.add(found);
            continue;
        }
        let hint = format!("these exist: {}", existing.join(", "));
        let at = &mut outcome.diagnostics;
        at.error_at(*span, code::NO_INTERFACE, message, Some(hint));
        outcome.config = None;
    }
}

/// Adds a warning for every virtual address of a single host that is in no subnet of this one.
/// `here`: the host's addresses with the length of their prefixes.
pub(crate) fn subnets(outcome: &mut Outcome, here: &[(IpAddr, u8)]) {
    let Some(config) = &outcome.config else {
        return;
    };
    let mut found = Vec::new();
    for (index, instance) in (0..).zip(config.instances()) {
        let place = outcome
            .places
            .span(Item::Instance(index), "virtual_ipaddress");
        for own in &instance.virtual_addresses {
            let bits = if own.address.is_ipv4() { 32 } else { 128 };
            let link_local = matches!(own.address, IpAddr::V6(v6) if v6.is_unicast_link_local());
            let elsewhere = own.prefix_len == bits
                && !link_local
                && !here.iter().any(|subnet| holds(*subnet, own.address));
            if elsewhere {
                let address = own.address;
                let message = format!("{address} is in no subnet of this host");
                let hint = "is a figure wrong? A prefix length brings it its own subnet";
                let at = place.unwrap_or_default();
                found.push(warning(code::OUTSIDE_SUBNETS, at, message, hint));
            }
        }
    }
    for one in found {
        outcome.diagnostics.add(one);
    }
}

/// Whether an address is in the subnet that another with its prefix spans. That of a single host
/// is none.
fn holds((subnet, length): (IpAddr, u8), address: IpAddr) -> bool {
    let same = |a: u128, b: u128, bits: u8| {
        length < bits && (a ^ b).checked_shr(u32::from(bits - length)).unwrap_or(0) == 0
    };
    match (subnet, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            same(u128::from(a.to_bits()), u128::from(b.to_bits()), 32)
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// Adds warnings about scripts that can't run here, or should not, and about owners without their
/// addresses. Reads the file system.
pub(crate) fn files_and_addresses(outcome: &mut Outcome) {
    let Some(config) = &outcome.config else {
        return;
    };
    let mut found = Vec::new();
    for (index, script) in (0..).zip(config.scripts()) {
        let place = outcome.places.span(Item::Script(index), "script");
        found.extend(about_script(config, script, place.unwrap_or_default()));
    }
    for (index, instance) in (0..).zip(config.instances()) {
        let item = Item::Instance(index);
        let place = outcome.places.span(item, "priority");
        let place = place.or_else(|| outcome.places.span(item, "state"));
        found.extend(about_owner(instance, place.unwrap_or_default()));
    }
    for one in found {
        outcome.diagnostics.add(one);
    }
}

fn about_script(config: &Config, script: &Script, place: Span) -> Option<Diagnostic> {
    let program = script.command.0.first()?;
    let metadata = program::find(program).and_then(|path| Ok((fs::metadata(&path)?, path)));
    let (metadata, path) = match metadata {
        Ok(found) => found,
        Err(error) => {
            let message = format!("`{program}` can't be found on this host: {error}");
            let hint = "until it is there, the script counts as failed";
            return Some(warning(code::NO_PROGRAM, place, message, hint));
        }
    };
    if !metadata.is_file() {
        let message = format!("`{program}` is no file that could be executed");
        let hint = "name a program";
        return Some(warning(code::NO_PROGRAM, place, message, hint));
    }
    if metadata.mode() & 0o111 == 0 {
        let message = format!("`{program}` is not executable");
        let hint = format!("`chmod +x {program}`");
        return Some(warning(code::NOT_EXECUTABLE, place, message, &hint));
    }
    let open = open_part(config, script, &path)?;
    let message = if open == path {
        format!("`{program}` runs as root, and not only root may write it")
    } else {
        let open = open.display();
        format!("`{program}` runs as root, and not only root may write `{open}`, where it lies")
    };
    let hint = "take the right to write from others, or set `script_user`";
    Some(warning(code::WRITABLE_SCRIPT, place, message, hint))
}

/// What somebody else than root may change of a script that runs as root.
fn open_part(config: &Config, script: &Script, path: &Path) -> Option<PathBuf> {
    let policy = &config.parts().globals.scripts;
    let user = script.user.as_ref().or(policy.user.as_ref());
    let open = runs_as_root(user).then(|| program::writable_part(path).ok());
    open??
}

fn about_owner(instance: &Instance, place: Span) -> Option<Diagnostic> {
    if !instance.priority.is_owner() {
        return None;
    }
    let addresses = instance.virtual_addresses.iter().map(|one| one.address);
    let missing: Vec<String> = addresses
        .filter(|address| !is_here(*address))
        .map(|address| address.to_string())
        .collect();
    if missing.is_empty() {
        return None;
    }
    let missing = missing.join(", ");
    let message = format!("priority 255 is for the owner, and this host does not have {missing}");
    let hint = "`priority 254` is the highest for a node that is not the owner";
    Some(warning(code::OWNER_WITHOUT_ADDRESS, place, message, hint))
}

/// Whether the host has an address: the kernel binds sockets only to such. Of a link-local one,
/// which needs an interface too, yes.
fn is_here(address: IpAddr) -> bool {
    let link_local = matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
    link_local || UdpSocket::bind((address, 0)).is_ok()
}

fn warning(code: &'static str, span: Span, message: String, hint: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        code,
        message,
        span,
        hint: Some(hint.to_owned()),
        related: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_host_has_its_loopback_and_not_a_documentation_address() {
        assert!(is_here([127, 0, 0, 1].into()));
        assert!(!is_here([203, 0, 113, 77].into()));
        assert!(is_here("fe80::1234".parse().unwrap()), "can't be told");
    }
}
