//! Starting commands: as whom, and which are refused.
//!
//! keepalived: a command runs as the user that it names, else as `script_user`, else as
//! `keepalived_script` where there is such a user, else as root. With `enable_script_security`,
//! nothing runs as root that somebody else could have changed.
//!
//! No shell is involved. Every command gets a process group of its own, an empty standard input,
//! and none of our descriptors; what it prints is dropped.

use std::path::PathBuf;
use std::process::Stdio;

use bellwether_core::model::{Hook, RunAs, ScriptPolicy};
use thiserror::Error;
use tokio::process::{Child, Command};

use crate::{program, sys};

/// The user that runs commands where nobody names another (keepalived's choice).
const DEFAULT_USER: &str = "keepalived_script";

/// Why a command was not started. Nothing has run.
#[derive(Debug, Error)]
pub enum LaunchError {
    /// There is nothing to run.
    #[error("the command is empty")]
    Empty,
    /// No such user on this host.
    #[error("there is no user `{0}`")]
    NoUser(String),
    /// No such group on this host.
    #[error("there is no group `{0}`")]
    NoGroup(String),
    /// It would run as root, and somebody else can change it.
    #[error("it would run as root, and {} can be changed by others than root", .0.display())]
    Insecure(PathBuf),
    /// The system's word.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// Starts a command.
///
/// # Errors
///
/// See [`LaunchError`].
pub fn launch(hook: &Hook, policy: &ScriptPolicy) -> Result<Child, LaunchError> {
    let (program, arguments) = hook.command.0.split_first().ok_or(LaunchError::Empty)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    if rustix::process::geteuid().is_root() {
        let identity = identity(hook.user.as_ref().or(policy.user.as_ref()))?;
        if policy.security && identity.is_none_or(|(user, _)| user == 0) {
            refuse_insecure(program)?;
        }
        if let Some((user, group)) = identity {
            if policy.supplementary_groups {
                sys::run_as(&mut command, user, group, groups_of(user, group));
            } else {
                command.uid(user).gid(group);
            }
        }
    }
    Ok(command.spawn()?)
}

/// Whether a command of this user runs as root; one of a user that nobody is does not run.
#[must_use]
pub fn runs_as_root(named: Option<&RunAs>) -> bool {
    identity(named).is_ok_and(|identity| identity.is_none_or(|(user, _)| user == 0))
}

/// User and group to become; none: stay what we are.
fn identity(named: Option<&RunAs>) -> Result<Option<(u32, u32)>, LaunchError> {
    let Some(RunAs { user, group }) = named else {
        let default = uzers::get_user_by_name(DEFAULT_USER);
        return Ok(default.map(|user| (user.uid(), user.primary_group_id())));
    };
    let known = uzers::get_user_by_name(user);
    let by_number = || user.parse().ok().and_then(uzers::get_user_by_uid);
    let known = known.or_else(by_number);
    let known = known.ok_or_else(|| LaunchError::NoUser(user.clone()))?;
    let group = match group {
        None => known.primary_group_id(),
        Some(name) => {
            let group = uzers::get_group_by_name(name).map(|group| group.gid());
            let group = group.or_else(|| name.parse().ok());
            group.ok_or_else(|| LaunchError::NoGroup(name.clone()))?
        }
    };
    Ok(Some((known.uid(), group)))
}

/// All groups of a user (keepalived: `set_supplementary_groups`); else a command has the one alone.
fn groups_of(user: u32, group: u32) -> Vec<u32> {
    let known = uzers::get_user_by_uid(user);
    let all = known.and_then(|user| uzers::get_user_groups(user.name(), group));
    let all = all.into_iter().flatten().map(|group| group.gid());
    let mut all: Vec<u32> = all.collect();
    if !all.contains(&group) {
        all.push(group);
    }
    all
}

/// keepalived: nobody but root may be able to change the program, or what it is in.
fn refuse_insecure(program: &str) -> Result<(), LaunchError> {
    match program::writable_part(&program::find(program)?)? {
        Some(part) => Err(LaunchError::Insecure(part)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use bellwether_core::model::Command as Words;

    use super::*;

    fn hook(program: &str, user: Option<&str>) -> Hook {
        Hook::new(
            Words(vec![program.to_owned()]),
            user.map(|user| RunAs {
                user: user.to_owned(),
                group: None,
            }),
        )
    }

    fn running<F: Future>(what: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        runtime.block_on(what)
    }

    #[test]
    fn a_user_or_a_number_that_nobody_has_is_an_error() {
        assert!(matches!(
            identity(Some(&RunAs {
                user: "no-such-user-here".into(),
                group: None
            })),
            Err(LaunchError::NoUser(_))
        ));
        let root = RunAs {
            user: "0".into(),
            group: Some("0".into()),
        };
        assert_eq!(identity(Some(&root)).unwrap(), Some((0, 0)));
    }

    /// Somebody with a group besides the primary one, if there is anybody.
    fn somebody_in_two_groups() -> Option<(String, u32, u32)> {
        let text = std::fs::read_to_string("/etc/group").ok()?;
        text.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [_, _, number, members] = fields.as_slice() else {
                return None;
            };
            let member = members.split(',').find(|name| !name.is_empty())?;
            let user = uzers::get_user_by_name(member)?;
            let extra: u32 = number.parse().ok()?;
            let primary = user.primary_group_id();
            (extra != primary && user.uid() != 0).then(|| (member.to_owned(), primary, extra))
        })
    }

    #[test]
    fn a_command_has_its_users_other_groups_only_if_that_is_asked_for() {
        let somebody = somebody_in_two_groups();
        let (true, Some((user, primary, extra))) = (rustix::process::geteuid().is_root(), somebody)
        else {
            eprintln!("SKIPPED: needs root, and a user with two groups");
            return;
        };
        for (wanted, all) in [(false, vec![primary]), (true, vec![primary, extra])] {
            let hook = hook("/usr/bin/yes", Some(&user));
            let policy = ScriptPolicy {
                supplementary_groups: wanted,
                ..ScriptPolicy::default()
            };
            let status = running(async {
                let mut child = launch(&hook, &policy).unwrap();
                let pid = child.id().unwrap();
                let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
                child.kill().await.unwrap();
                status
            });
            let line = status.lines().find_map(|line| line.strip_prefix("Groups:"));
            let seen = line.unwrap_or_default().split_whitespace();
            let seen: Vec<u32> = seen.filter_map(|number| number.parse().ok()).collect();
            let named = |group: &u32| seen.contains(group);
            assert_eq!(named(&extra), wanted, "{status}");
            assert!(
                seen.iter().all(|group| all.contains(group)) || wanted,
                "{status}"
            );
        }
    }

    #[test]
    fn what_others_can_change_is_not_run_as_root() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("SKIPPED: needs root");
            return;
        }
        let place = tempfile::tempdir().unwrap();
        let script = place.path().join("hook");
        std::fs::write(&script, "#!/bin/sh\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(&script, mode).unwrap();
        let policy = ScriptPolicy {
            security: true,
            ..ScriptPolicy::default()
        };
        let hook = hook(script.to_str().unwrap(), Some("root"));
        let refused = running(async { launch(&hook, &policy).map(|_| ()) });
        assert!(matches!(refused, Err(LaunchError::Insecure(at)) if at.ends_with("hook")));
        let lax = running(async { launch(&hook, &ScriptPolicy::default()).map(|_| ()) });
        assert!(lax.is_ok());
    }
}
