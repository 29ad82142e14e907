//! An entry of the log in a line.

use bellwether_core::id::InstanceKey;
use bellwether_core::kernel::KernelError;
use bellwether_core::lvs::ProbeResult;
use bellwether_core::track::{FileContent, Sighting};

use super::describe::{describe_expectation, describe_fault};
use super::remarks::{differs, name_of};
use crate::log::{Entry, Log, Phase, Process, What};
use crate::scenario::Scenario;

/// What an entry says, without when and on which node: `VI_1 BACKUP to MASTER, down-timer,
/// priority 100`.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one arm for each kind of entry")]
pub fn describe_entry(scenario: &Scenario, log: &Log, entry: &Entry) -> String {
    let of = |instance: &InstanceKey| name_of(scenario, entry, *instance);
    match &entry.what {
        What::Phase(phase) => phase_words(*phase).to_owned(),
        What::Fault(fault) => describe_fault(fault),
        What::Process(process) => process_words(*process),
        What::Transition {
            name,
            from,
            to,
            cause,
            priority,
            ..
        } => format!("{name} {from} to {to}, {cause}, priority {priority}"),
        What::Priority { instance, from, to } => {
            format!("{} priority {from} to {to}", of(instance))
        }
        What::AdvertSent(advert) => {
            format!("sent VRID {}, priority {}", advert.vrid, advert.priority)
        }
        What::AdvertDelivered { from, advert, .. } => format!(
            "heard VRID {}, priority {} of {}",
            advert.vrid,
            advert.priority,
            log.name(*from)
        ),
        What::AdvertLost { to, advert, why } => format!(
            "VRID {}, priority {} lost for {}: {}",
            advert.vrid,
            advert.priority,
            log.name(*to),
            why.words()
        ),
        What::AdvertRefused {
            source,
            reason,
            suppressed,
            ..
        } => match suppressed {
            0 => format!("refused an advert of {source}: {reason}"),
            more => format!("refused an advert of {source}: {reason}, and {more} more before"),
        },
        What::Mismatch {
            instance,
            source,
            what,
        } => {
            let differs = differs(*what);
            format!("{} hears adverts of {source} that {differs}", of(instance))
        }
        What::DualMaster {
            instance,
            peer,
            priority,
        } => format!(
            "{} met another master, {peer}, priority {priority}",
            of(instance)
        ),
        What::AddressLost { instance, address } => {
            format!("{} lost {address} to somebody", of(instance))
        }
        What::Garp { interface, address } => format!("announced {address} on {interface}"),
        What::ClientArp {
            client,
            address,
            node,
        } => match node {
            Some(node) => {
                let (client, node) = (log.name(*client), log.name(*node));
                format!("{client} sends to {node} for {address}")
            }
            None => format!("{} knows nobody for {address}", log.name(*client)),
        },
        What::AddressAdded(key) => format!("has {key}"),
        What::AddressRemoved(key) => format!("no longer has {key}"),
        What::Routing { object, there } => {
            let has = if *there { "has" } else { "no longer has" };
            format!("{has} {object}")
        }
        What::RoutingLost { object, .. } => format!("lost {object} to somebody"),
        What::Link { interface, up } => format!("{interface} {}", carrier(*up)),
        What::LinkSeen { interface, up } => {
            let how = if *up { "up" } else { "down" };
            format!("heard that {interface} is {how}")
        }
        What::KernelFailed { action, error } => {
            let why = match error {
                KernelError::NoInterface => "no such interface",
                KernelError::Denied => "denied",
                KernelError::Other { message, .. } => message,
            };
            format!("kernel refused {}: {why}", action.key())
        }
        What::ScriptStarted { script, .. } => format!("runs {script}"),
        What::ScriptExited { script, exit, .. } => format!("{script} ended: {exit:?}"),
        What::ScriptTimeout { script } => format!("{script} took too long"),
        What::Verdict {
            kind,
            name,
            from,
            to,
        } => format!("{kind} {name} {from} to {to}"),
        What::Sighted(sighting) => sighting_words(sighting),
        What::BfdHeard { source } => format!("heard BFD of {source}"),
        What::Bfd {
            session,
            state,
            diagnostic,
        } => format!("BFD session {session} is {state:?} ({diagnostic})"),
        What::File { file, number, .. } => format!("file {file} counts {number}"),
        What::Notified { instance, to } => format!("told that {} is {to}", of(instance)),
        What::Told { subject, told } => format!("told {subject} {told}"),
        What::Lvs(notice) => notice.to_string(),
        What::ProbeStarted { spec, .. } => format!("checks {}", spec.server),
        What::ProbeEnded { result, .. } => match result {
            ProbeResult::Success => "a check succeeded".to_owned(),
            ProbeResult::Failed(why) => format!("a check failed: {why}"),
            ProbeResult::Exited(exit) => format!("a check's command ended: {exit:?}"),
        },
        What::ProbeCancelled { .. } => "gave a check up".to_owned(),
        What::TableChanged(op) => format!("table: {op:?}"),
        What::Late { instance, by } => {
            format!(
                "{} handled a timer {} ms late",
                of(instance),
                by.as_millis()
            )
        }
        What::Expectation { index, met, seen } => {
            let place = usize::try_from(*index).unwrap_or(usize::MAX);
            let expected = scenario.expectations.get(place);
            let expected = expected.map_or(String::new(), describe_expectation);
            match met {
                true => format!("as expected: {expected}"),
                false => format!("expected that {expected}, but {seen}"),
            }
        }
        What::Violation(violation) => {
            let id = violation.invariant;
            format!("{id} {}: {}", id.name(), violation.message)
        }
    }
}

const fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Faults => "the run begins",
        Phase::Healed => "all is mended",
        Phase::Stable => "from now on nothing may change",
        Phase::End => "the run is over",
    }
}

fn process_words(process: Process) -> String {
    match process {
        Process::Started => "process started".to_owned(),
        Process::Stopping => "process was told to stop".to_owned(),
        Process::Exited => "process has stopped".to_owned(),
        Process::Killed => "process was killed".to_owned(),
        Process::PoweredOff => "power went".to_owned(),
        Process::PoweredOn => "power came back".to_owned(),
        Process::Paused => "process is paused".to_owned(),
        Process::Resumed { waiting } => format!("process goes on, with {waiting} events waiting"),
        Process::Reloaded => "process read a new configuration".to_owned(),
    }
}

const fn carrier(up: bool) -> &'static str {
    if up {
        "has carrier"
    } else {
        "lost its carrier"
    }
}

fn sighting_words(sighting: &Sighting) -> String {
    match sighting {
        Sighting::File { file, content } => {
            let holds = match content {
                FileContent::Number(number) => format!("holds {number}"),
                FileContent::Missing => "is not there".to_owned(),
                FileContent::Unreadable => "can't be read".to_owned(),
                FileContent::NoNumber => "does not begin with a number".to_owned(),
                FileContent::OutOfRange => "holds a number beyond 32 bits".to_owned(),
            };
            format!("file {file} {holds}")
        }
        Sighting::Processes { processes, count } => format!("{count} of {processes} run"),
    }
}
