//! What only this host can tell about a configuration.
//!
//! Invariant: nothing is changed, nothing is executed, and nothing leaves the host. Deliberately
//! absent: who else might take part; files of tracked processes.

use std::net::{IpAddr, UdpSocket};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use bellwether_config::places::Item;
use bellwether_config::{Diagnostic, Outcome, Severity, Span, code};
use bellwether_core::model::{Config, Instance, RunAs, Script};

/// Adds an error for every interface that the configuration names and the host does not have.
pub(crate) fn interfaces(outcome: &mut Outcome, existing: &[String]) {
    let unknown = |name: &&(bellwether_core::unit::IfName, Span)| {
        !existing.iter().any(|one| one == name.0.as_str())
    };
    for (name, span) in outcome.interfaces.iter().filter(unknown) {
        let message = format!("there is no interface '{name}' on this host");
        let hint = format!("these exist: {}", existing.join(", "));
        let at = &mut outcome.diagnostics;
        at.error_at(*span, code::NO_INTERFACE, message, Some(hint));
        outcome.config = None;
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
    let metadata = find(program).and_then(|path| Ok((fs::metadata(&path)?, path)));
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
    let open = runs_as_root(config, script).then(|| writable_part(&path))??;
    let message = if open == path {
        format!("`{program}` runs as root, and not only root may write it")
    } else {
        let open = open.display();
        format!("`{program}` runs as root, and not only root may write `{open}`, where it lies")
    };
    let hint = "take the right to write from others, or set `script_user`";
    Some(warning(code::WRITABLE_SCRIPT, place, message, hint))
}

/// The path of a program, as executing it would find it.
fn find(program: &str) -> io::Result<PathBuf> {
    if program.contains('/') {
        return Ok(program.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let there = |folder: PathBuf| Some(folder.join(program)).filter(|path| path.is_file());
    let found = env::split_paths(&path).find_map(there);
    found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is nowhere in PATH"))
}

fn runs_as_root(config: &Config, script: &Script) -> bool {
    let policy = &config.parts().globals.scripts;
    let user = script.user.as_ref().or(policy.user.as_ref());
    user.is_none_or(|RunAs { user, .. }| user == "root" || user == "0")
}

/// The part of a path that somebody else than root may change, links followed; the outermost.
fn writable_part(path: &Path) -> Option<PathBuf> {
    let whole = fs::canonicalize(path).ok()?;
    let mut parts: Vec<&Path> = whole.ancestors().collect();
    parts.reverse();
    let open = parts.into_iter().find(|part| {
        fs::symlink_metadata(part).is_ok_and(|metadata| {
            let mode = metadata.mode();
            // In a directory with the sticky bit only the owner of a file may replace it.
            let sticky = metadata.is_dir() && mode & 0o1000 != 0;
            let others = mode & 0o002 != 0 || (mode & 0o020 != 0 && metadata.gid() != 0);
            metadata.uid() != 0 || (others && !sticky)
        })
    })?;
    // The path as it was named, where it is the program itself.
    Some(if open == whole { path } else { open }.to_owned())
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
    use std::fs::{File, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_program_without_a_slash_is_looked_for_in_the_path() {
        assert!(find("sh").unwrap().ends_with("sh"));
        assert!(find("no-such-program-here").is_err());
        assert_eq!(find("./a").unwrap(), PathBuf::from("./a"));
    }

    #[test]
    fn the_part_of_a_path_that_others_may_change_is_named() {
        let folder = tempfile::tempdir().unwrap();
        if folder.path().metadata().unwrap().uid() != 0 {
            return; // Only root can make files that nobody else may change.
        }
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let script = inner.join("script");
        File::create(&script).unwrap();
        mode(&inner, 0o755);
        mode(&script, 0o755);
        assert_eq!(writable_part(&script), None);
        mode(&script, 0o757);
        assert_eq!(writable_part(&script), Some(script.clone()));
        mode(&inner, 0o757);
        assert_eq!(writable_part(&script), Some(inner.clone()), "the outermost");
        mode(&script, 0o755);
        mode(&inner, 0o1757);
        assert_eq!(writable_part(&script), None, "sticky, as /tmp");
        chown(&script, Some(65_534), None).unwrap();
        assert_eq!(writable_part(&script), Some(script), "its owner may");
    }

    #[test]
    fn this_host_has_its_loopback_and_not_a_documentation_address() {
        assert!(is_here([127, 0, 0, 1].into()));
        assert!(!is_here([203, 0, 113, 77].into()));
        assert!(is_here("fe80::1234".parse().unwrap()), "can't be told");
    }
}
