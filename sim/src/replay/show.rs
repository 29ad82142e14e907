//! A replay as people see it.

use core::fmt::Write as _;
use core::time::Duration;

use bellwether_core::effect::Mismatch;
use bellwether_core::track::FileContent;
use bellwether_core::unit::Name;
use bellwether_core::{Effect, Instant};

use super::run::{Difference, Replay};
use super::what_if::{self, Otherwise};
use crate::log::{Entry, Level, Process, What};
use crate::present::{Palette, lanes};
use crate::run::Report;
use crate::scenario::{NodeSpec, Scenario};

/// How many effects of a difference are shown.
const SHOWN: usize = 3;

/// The timeline: what `bellwether-sim run` shows of a run, as far as one node knows it.
#[must_use]
pub fn show(replay: &Replay, palette: Palette) -> String {
    let mut out = format!("{}: journal of {}", replay.host, replay.program);
    if let Some(begun) = replay.written.and_then(wall_clock) {
        let _ = write!(out, ", begun {begun}");
    }
    out.push_str("\n\nM master, b backup, F fault, I init, x killed, . not running\n\n");
    let (scenario, report) = as_run(replay);
    out.push_str(&lanes(&scenario, &report, palette));
    out.push('\n');
    let mut remarks = replay.remarks.iter().peekable();
    for entry in replay.log.at_level(Level::Detail) {
        while let Some((at, text)) = remarks.next_if(|(at, _)| *at <= entry.at) {
            let _ = writeln!(out, "{}  == {text}", time(*at));
        }
        if let Some(text) = line(replay, entry) {
            let _ = writeln!(out, "{}  {text}", time(entry.at));
        }
    }
    for (at, text) in remarks {
        let _ = writeln!(out, "{}  == {text}", time(*at));
    }
    let _ = writeln!(out, "{}  == end of the journal", time(replay.ended_at));
    out
}

/// Whether the effects are the same, and where another configuration, from the file `with`, would
/// have decided otherwise.
#[must_use]
pub fn verdict(replay: &Replay, with: Option<&str>, palette: Palette) -> String {
    let outcome = &replay.outcome;
    let (events, effects) = (outcome.events, outcome.effects);
    let mut out = String::new();
    match &outcome.difference {
        None => {
            let same = format!("{events} events, {effects} effects: the same");
            let _ = writeln!(out, "{}", Palette::paint(palette.good, &same));
        }
        Some(difference) => {
            let here = env!("CARGO_PKG_VERSION");
            let text = format!(
                "{events} events, {effects} effects the same, and then a difference, at {} ({})",
                clock(difference.at),
                difference.place
            );
            let _ = writeln!(out, "{}", Palette::paint(palette.bad, &text));
            out.push_str(&differs(difference));
            if !replay.program.ends_with(&format!(" {here}")) {
                let _ = writeln!(
                    out,
                    "note: the journal is of {}, and this is version {here}",
                    replay.program
                );
            }
        }
    }
    if let (Some(what_if), Some(with)) = (&replay.what_if, with) {
        out.push('\n');
        out.push_str(&otherwise(replay, what_if.config(), with, palette));
    }
    out
}

fn differs(difference: &Difference) -> String {
    let Some(input) = &difference.input else {
        return "  the node is recorded otherwise than it is now, though all effects so far were \
                the same\n"
            .to_owned();
    };
    let mut out = format!("  told:     {}\n", json(input));
    for (word, effects) in [("recorded", &difference.expected), ("now", &difference.got)] {
        let word = format!("{word}:");
        if effects.is_empty() {
            let _ = writeln!(out, "  {word:<9} nothing more");
        }
        for (place, effect) in effects.iter().take(SHOWN).enumerate() {
            let word = if place == 0 { word.as_str() } else { "" };
            let _ = writeln!(out, "  {word:<9} {}", json::<Effect>(effect));
        }
        let more = effects.len().saturating_sub(SHOWN);
        if more > 0 {
            let _ = writeln!(out, "  {:<9} and {more} more", "");
        }
    }
    out
}

fn otherwise(
    replay: &Replay,
    other: &bellwether_core::model::Config,
    with: &str,
    palette: Palette,
) -> String {
    let mut out = format!(
        "With {with}, if peers, scripts and interfaces had done what they did, and the kernel what \
         it was asked to:\n"
    );
    let all = what_if::differences(&replay.log, replay.ended_at);
    if all.is_empty() {
        let text = "  every instance would have had the same states at the same times";
        let _ = writeln!(out, "{}", Palette::paint(palette.good, text));
    }
    for own in &all {
        let name = &own.name;
        let span = show_span(own.differs_for);
        let text = format!("  {name}: another state for {span} in all, first at {}", {
            clock(own.at())
        });
        let _ = writeln!(out, "{}", Palette::paint(palette.warn, &text));
        out.push_str(&both(own));
    }
    let names = |config: &bellwether_core::model::Config| -> Vec<Name> {
        let instances = config.instances().iter();
        instances.map(|own| own.name.clone()).collect()
    };
    let (ours, theirs) = (names(&replay.config), names(other));
    for name in ours.iter().filter(|name| !theirs.contains(name)) {
        let _ = writeln!(out, "  {name} is not in {with}");
    }
    for name in theirs.iter().filter(|name| !ours.contains(name)) {
        let _ = writeln!(out, "  {name} is only in {with}");
    }
    out
}

fn both(own: &Otherwise) -> String {
    let mut out = String::new();
    for (word, entry) in [
        ("recorded", &own.recorded),
        (what_if::STATION, &own.what_if),
    ] {
        let change = match entry {
            Some(entry) => {
                let change = transition(&entry.what).unwrap_or_default();
                format!("{} at {}", change, clock(entry.at))
            }
            None => "no such change".to_owned(),
        };
        let _ = writeln!(out, "    {:<9} {change}", format!("{word}:"));
    }
    out
}

/// The replay in the form of a run of the simulator.
fn as_run(replay: &Replay) -> (Scenario, Report) {
    let name = replay.host.as_str();
    let mut nodes = vec![NodeSpec::new(name, replay.config.clone(), 0)];
    if let Some(what_if) = &replay.what_if {
        let config = what_if.config().clone();
        nodes.push(NodeSpec::new(what_if::STATION, config, 1));
    }
    let report = Report {
        scenario: name.to_owned(),
        seed: 0,
        nodes: nodes.len(),
        log: replay.log.clone(),
        healed_at: Instant::ZERO,
        ended_at: replay.ended_at,
        verdicts: Vec::new(),
        expectations: Vec::new(),
        availability: Vec::new(),
        transitions: 0,
        digest: 0,
    };
    (Scenario::new(name, nodes), report)
}

fn line(replay: &Replay, entry: &Entry) -> Option<String> {
    let text = text(&entry.what)?;
    if replay.what_if.is_none() {
        return Some(text);
    }
    let node = entry.node.map_or("", |node| replay.log.name(node));
    let width = replay.host.as_str().len().max(what_if::STATION.len());
    Some(format!("{node:<width$}  {text}"))
}

fn transition(what: &What) -> Option<String> {
    if let What::Transition {
        name,
        from,
        to,
        cause,
        priority,
        ..
    } = what
    {
        let how = format!("{from}->{to}");
        Some(format!(
            "{name}  {how:<15} cause={cause:<15} prio={priority}"
        ))
    } else {
        None
    }
}

/// What of the log a node's journal can hold, in words.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of entry")]
fn text(what: &What) -> Option<String> {
    Some(match what {
        What::Transition { .. } => return transition(what),
        What::Priority { instance, from, to } => format!("{instance}  prio {from}->{to}"),
        What::Process(process) => match process {
            Process::Started => "the node starts".to_owned(),
            Process::Stopping => "the node is told to stop".to_owned(),
            Process::Exited => "the node has stopped".to_owned(),
            Process::Killed => "the node was killed".to_owned(),
            Process::Reloaded => "a new configuration".to_owned(),
            Process::PoweredOff
            | Process::PoweredOn
            | Process::Paused
            | Process::Resumed { .. } => return None,
        },
        What::Verdict {
            kind,
            name,
            from,
            to,
        } => format!("{kind} {name}: {from}->{to}"),
        What::Bfd {
            session,
            state,
            diagnostic,
        } => format!("BFD session {session}: {state:?} ({diagnostic})"),
        What::File {
            file,
            content,
            number,
        } => match content {
            FileContent::Number(_) => format!("file {file}: {number}"),
            FileContent::Missing => format!("file {file}: not there, counts as {number}"),
            FileContent::Unreadable => format!("file {file}: can't be read, counts as {number}"),
            FileContent::NoNumber => format!("file {file}: no number, counts as {number}"),
            FileContent::OutOfRange => format!("file {file}: too large, counts as {number}"),
        },
        What::ScriptTimeout { script } => format!("script {script}: ran longer than its timeout"),
        What::AdvertRefused {
            interface,
            instance,
            source,
            reason,
            ..
        } => match instance {
            Some(instance) => format!("{instance}  refuses an advert of {source}: {reason}"),
            None => format!("{interface}: an advert of {source} is refused: {reason}"),
        },
        What::Mismatch {
            instance,
            source,
            what,
        } => {
            let differs = match what {
                Mismatch::Addresses => "lists other virtual addresses",
                Mismatch::Interval => "has another interval",
                Mismatch::SecondOwner => "claims priority 255 too",
            };
            format!("{instance}  an advert of {source} {differs}")
        }
        What::DualMaster {
            instance,
            peer,
            priority,
        } => format!("{instance}  {peer} is master too, with priority {priority}"),
        What::AddressLost { address, .. } => {
            format!("somebody removed {address}; it is put back")
        }
        What::RoutingLost { object, .. } => format!("somebody removed {object}; it is put back"),
        What::KernelFailed { action, error } => {
            format!("the kernel refuses a change to {}: {error:?}", action.key())
        }
        What::Lvs(notice) => notice.to_string(),
        What::Late { instance, by } => format!("{instance}  a timer was {by:?} late"),
        What::AddressAdded(key) => format!("address {key} came"),
        What::AddressRemoved(key) => format!("address {key} went"),
        What::Link { interface, up } => {
            format!("link {interface} is {}", if *up { "up" } else { "down" })
        }
        What::Phase(_)
        | What::Fault(_)
        | What::AdvertSent(_)
        | What::AdvertDelivered { .. }
        | What::AdvertLost { .. }
        | What::Garp { .. }
        | What::ClientArp { .. }
        | What::Routing { .. }
        | What::LinkSeen { .. }
        | What::ScriptStarted { .. }
        | What::ScriptExited { .. }
        | What::Sighted(_)
        | What::BfdHeard { .. }
        | What::Notified { .. }
        | What::Told { .. }
        | What::ProbeStarted { .. }
        | What::ProbeEnded { .. }
        | What::ProbeCancelled { .. }
        | What::TableChanged(_)
        | What::Expectation { .. }
        | What::Violation(_) => return None,
    })
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn clock(at: Instant) -> String {
    let millis = at.as_nanos() / 1_000_000;
    format!("{}.{:03}s", millis / 1000, millis % 1000)
}

fn time(at: Instant) -> String {
    format!("t={:>9}", clock(at))
}

fn show_span(span: Duration) -> String {
    clock(Instant::ZERO + span)
}

/// A wall clock's reading in UTC, to the second.
fn wall_clock(nanos: u64) -> Option<String> {
    let seconds = i64::try_from(nanos / 1_000_000_000).ok()?;
    Some(jiff::Timestamp::from_second(seconds).ok()?.to_string())
}
