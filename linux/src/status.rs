//! `bellwether status` and `bellwether reload`: what the running daemon says of itself.

mod lvs;

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use bellwether_core::status::TrackerStatus;
use bellwether_core::vrrp::State;

use crate::cli::{SocketOptions, StatusOptions, exit};
use crate::control::client::{Client, ClientError};
use crate::control::view::{Instance, Status};
use crate::control::{Answer, Outcome, What};
use crate::terminal;

/// Shows the status, once or again and again.
#[must_use]
pub fn status(options: &StatusOptions) -> ExitCode {
    finish(show_status(options))
}

/// Has the daemon read its file again, and tells what came of it.
#[must_use]
pub fn reload(options: &SocketOptions) -> ExitCode {
    finish(ask_to_reload(options))
}

/// The exit code, after a word on what went wrong.
pub(crate) fn finish(outcome: Result<u8, ClientError>) -> ExitCode {
    let code = outcome.unwrap_or_else(|error| {
        terminal::complain(&format!("bellwether: {error}\n"));
        error.code()
    });
    ExitCode::from(code)
}

fn show_status(options: &StatusOptions) -> Result<u8, ClientError> {
    let path = options.socket.path();
    loop {
        // A new connection each time: a daemon that was started again is found again.
        let answer = Client::connect(&path)?.ask(What::Status)?;
        let Answer::Status { mut status } = answer else {
            return Err(unexpected(&path));
        };
        if let Some(stranger) = retain(&mut status, &options.instances) {
            terminal::complain(&format!("bellwether: there is no instance `{stranger}`\n"));
            return Ok(exit::FAILURE);
        }
        let text = if options.json {
            let pretty = options.watch.is_none();
            json(&status, pretty)
        } else {
            text(&status)
        };
        match options.watch {
            None => {
                terminal::print(&text);
                return Ok(if options.exit_code {
                    code(&status)
                } else {
                    exit::OK
                });
            }
            Some(seconds) => {
                terminal::refresh(&text, options.json);
                std::thread::sleep(Duration::from_secs(u64::from(seconds)));
            }
        }
    }
}

/// Leaves these instances only, unless none is named. Returns a name that no instance has.
fn retain(status: &mut Status, names: &[String]) -> Option<String> {
    let known = |name: &&String| status.instances.iter().any(|one| one.name == **name);
    if let Some(stranger) = names.iter().find(|name| !known(name)) {
        return Some(stranger.clone());
    }
    if !names.is_empty() {
        status.instances.retain(|one| names.contains(&one.name));
        status.lvs = None;
    }
    None
}

fn code(status: &Status) -> u8 {
    let states = || status.instances.iter().map(|one| one.state);
    if states().any(|state| matches!(state, State::Fault | State::Init)) {
        exit::SOME_FAULT
    } else if states().any(|state| state == State::Backup) {
        exit::SOME_BACKUP
    } else {
        exit::OK
    }
}

fn json(status: &Status, pretty: bool) -> String {
    let written = if pretty {
        serde_json::to_string_pretty(status)
    } else {
        serde_json::to_string(status)
    };
    written.unwrap_or_default() + "\n"
}

fn text(status: &Status) -> String {
    let about = &status.daemon;
    let up = status.at.duration_since(about.started).unsigned_abs();
    let mut out = format!(
        "bellwether {}, pid {}, up {}, {}\n",
        about.version,
        about.pid,
        bellwether_core::status::span(up),
        about.file
    );
    if let Some(at) = about.refused {
        let _ = writeln!(
            out,
            "The file has errors since a reload at {at}; what ran before runs."
        );
    }
    for instance in &status.instances {
        out.push('\n');
        one(&mut out, instance);
    }
    if let Some(lvs) = &status.lvs {
        lvs::all(&mut out, lvs);
    }
    for (why, count) in &status.stray {
        let _ = writeln!(out, "\nAdverts for nobody here: {count}, {why}");
    }
    out
}

/// One instance. Writing to a string can't fail.
fn one(out: &mut String, instance: &Instance) {
    let group = instance.group.as_ref();
    let group = group.map_or_else(String::new, |name| format!(", sync group {name}"));
    let _ = writeln!(
        out,
        "{} ({}, VRID {}{group}): {} since {} ({})",
        instance.name,
        instance.interface,
        instance.vrid,
        instance.state,
        instance.since.strftime("%Y-%m-%d %H:%M:%S UTC"),
        ago(instance.seconds),
    );
    let _ = writeln!(out, "  {}", instance.why);
    let priority = &instance.priority;
    let _ = write!(out, "  priority {}", priority.effective);
    if !priority.trackers.is_empty() {
        let _ = write!(out, " = {}", priority.base);
        for tracker in &priority.trackers {
            let _ = write!(out, " {}", contribution(tracker));
        }
    }
    out.push('\n');
    for address in &instance.addresses {
        let state = match (address.desired, address.observed) {
            (true, true) => "here",
            (false, false) => "not here, as it should be",
            (true, false) => "WANTED, AND NOT HERE",
            (false, true) => "HERE, AND NOT WANTED",
        };
        let _ = writeln!(out, "  address  {}: {state}", address.key);
    }
    for heard in &instance.heard {
        let when = heard.seconds.map_or_else(String::new, |seconds| {
            format!(", last {} ago", ago(seconds))
        });
        let (source, priority, count) = (&heard.source, heard.priority, heard.count);
        let _ = writeln!(
            out,
            "  heard    {source}: priority {priority}{when}, {count} adverts"
        );
    }
    for refused in &instance.refused {
        let _ = writeln!(
            out,
            "  refused  {}: {}, last {} ago, {} adverts",
            refused.source,
            refused.reason,
            ago(refused.seconds),
            refused.count
        );
    }
}

fn contribution(tracker: &TrackerStatus) -> String {
    let TrackerStatus { kind, name, .. } = tracker;
    let verdict = tracker.verdict;
    if tracker.fault {
        format!("FAULT ({kind} {name} is {verdict})")
    } else {
        let weight = tracker.contribution;
        format!("{weight:+} ({kind} {name} is {verdict})")
    }
}

fn ago(seconds: f64) -> String {
    let span = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    bellwether_core::status::span(span)
}

fn ask_to_reload(options: &SocketOptions) -> Result<u8, ClientError> {
    let path = options.path();
    let Answer::Reload(reloaded) = Client::connect(&path)?.ask(What::Reload)? else {
        return Err(unexpected(&path));
    };
    terminal::complain(&reloaded.diagnostics);
    let text = match reloaded.outcome {
        Outcome::Changed => reloaded.text,
        Outcome::Unchanged => "Nothing changed.\n".to_owned(),
        Outcome::Refused => {
            let text = "bellwether: the file has errors; the old configuration stays in force\n";
            terminal::complain(text);
            return Ok(exit::CONFIG);
        }
        Outcome::Unreadable => {
            terminal::complain("bellwether: the old configuration stays in force\n");
            return Ok(exit::NO_CONFIG);
        }
    };
    terminal::print(&text);
    Ok(exit::OK)
}

pub(crate) fn unexpected(path: &std::path::Path) -> ClientError {
    ClientError::Protocol(path.to_owned(), "an answer to something else".to_owned())
}
