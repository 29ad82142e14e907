//! The stable hash of everything that happens, made while it happens, recorded or not.

use bellwether_core::Instant;
use bellwether_core::event::ScriptExit;
use bellwether_core::notify::Told;
use bellwether_core::track::{FileContent, Sighting, Verdict};
use bellwether_core::unit::{Family, IfName};
use bellwether_core::vrrp::State;

use crate::log::{Advert, Loss, NodeId, Process, What};
use crate::random::Fnv;

/// Takes one entry in. Names are left out: they follow from places and keys.
pub(super) fn fold(hash: &mut Fnv, at: Instant, node: Option<NodeId>, what: &What) {
    let node = node.map_or(0xffff, |node| u64::from(node.0));
    let (code, detail) = summary(what);
    hash.word(at.as_nanos());
    hash.word((node << 8) | code);
    hash.word(detail);
}

fn summary(what: &What) -> (u64, u64) {
    match what {
        What::Phase(_) => (0, 0),
        What::Fault(_) => (1, 0),
        What::Process(process) => (2, of_process(*process)),
        What::Transition {
            from, to, priority, ..
        } => (
            3,
            (of_state(*from) << 16) | (of_state(*to) << 8) | u64::from(priority.0),
        ),
        What::Priority { from, to, .. } => (4, (u64::from(from.0) << 8) | u64::from(to.0)),
        What::AdvertSent(advert) => (5, of_advert(advert)),
        What::AdvertDelivered {
            from,
            advert,
            tampered,
        } => (
            6,
            (u64::from(from.0) << 32) | (u64::from(*tampered) << 31) | of_advert(advert),
        ),
        What::AdvertLost { to, advert, why } => (
            7,
            (u64::from(to.0) << 32) | (of_loss(*why) << 28) | of_advert(advert),
        ),
        What::AdvertRefused { suppressed, .. } => (8, *suppressed),
        What::Mismatch { .. } => (9, 0),
        What::DualMaster { priority, .. } => (10, u64::from(priority.0)),
        What::Garp { address, .. } => (11, of_address(address)),
        What::ClientArp {
            client,
            address,
            node,
        } => {
            let node = node.map_or(0xffff, |node| u64::from(node.0));
            let who = (u64::from(client.0) << 48) | (node << 32);
            (12, who | of_address(address))
        }
        What::AddressAdded(key) => (13, of_address(&key.address)),
        What::AddressRemoved(key) => (14, of_address(&key.address)),
        What::Link { up, .. } => (15, u64::from(*up)),
        What::LinkSeen { interface, up } => (27, (of_interface(*interface) << 1) | u64::from(*up)),
        What::KernelFailed { .. } => (16, 0),
        What::ScriptStarted { run, .. } => (17, run.0),
        What::ScriptExited { run, exit, .. } => (18, (run.0 << 16) | of_exit(*exit)),
        What::ScriptTimeout { .. } => (19, 0),
        What::Verdict { to, .. } => (20, of_verdict(*to)),
        What::BfdHeard { source } => (43, of_address(source)),
        What::Bfd { diagnostic, .. } => (44, u64::from(diagnostic.code())),
        What::Sighted(Sighting::File { content, .. }) => (40, of_content(*content)),
        What::Sighted(Sighting::Processes { count, .. }) => (41, u64::from(*count)),
        What::File { number, .. } => (42, u64::from(number.cast_unsigned())),
        What::Notified { to, .. } => (21, of_state(*to)),
        What::Late { by, .. } => (22, bellwether_core::time::nanos(*by)),
        What::Expectation { index, met, .. } => (23, (u64::from(*index) << 1) | u64::from(*met)),
        What::Violation(_) => (24, 0),
        What::Lvs(notice) => (40, of_text(&notice.to_string())),
        What::ProbeStarted { probe, .. } => (41, probe.0),
        What::ProbeEnded { probe, result } => (42, probe.0 ^ of_text(&format!("{result:?}"))),
        What::ProbeCancelled { probe } => (43, probe.0),
        What::TableChanged(op) => (44, of_text(&format!("{op:?}"))),
        What::Told { told, .. } => (26, of_told(*told)),
        What::Routing { object, there } => {
            (28, (of_text(&object.to_string()) << 1) | u64::from(*there))
        }
        What::RoutingLost { object, .. } => (29, of_text(&object.to_string())),
        What::AddressLost { address, .. } => (25, of_address(&address.address)),
    }
}

fn of_text(text: &str) -> u64 {
    crate::random::stable_hash(&[text])
}

const fn of_told(told: Told) -> u64 {
    match told {
        Told::Master => 0,
        Told::Backup => 1,
        Told::Fault => 2,
        Told::Stop => 3,
        Told::Deleted => 4,
        Told::MasterRxLowerPri => 5,
        Told::Up => 6,
        Told::Down => 7,
    }
}

fn of_content(content: FileContent) -> u64 {
    match content {
        FileContent::Number(number) => u64::from(number.cast_unsigned()),
        FileContent::Missing => 1 << 32,
        FileContent::Unreadable => 2 << 32,
        FileContent::NoNumber => 3 << 32,
        FileContent::OutOfRange => 4 << 32,
    }
}

fn of_advert(advert: &Advert) -> u64 {
    let family = match advert.family {
        Family::V4 => 0,
        Family::V6 => 1 << 20,
    };
    family
        | (of_interface(advert.interface) << 16)
        | (u64::from(advert.vrid) << 8)
        | u64::from(advert.priority.0)
}

fn of_interface(name: IfName) -> u64 {
    name.as_str()
        .bytes()
        .last()
        .map_or(0, |byte| u64::from(byte & 0x0f))
}

fn of_address(address: &std::net::IpAddr) -> u64 {
    match address {
        std::net::IpAddr::V4(address) => u64::from(u32::from(*address)),
        std::net::IpAddr::V6(address) => address
            .segments()
            .iter()
            .fold(0, |sum, part| (sum << 8) ^ u64::from(*part)),
    }
}

const fn of_state(state: State) -> u64 {
    match state {
        State::Init => 0,
        State::Backup => 1,
        State::Master => 2,
        State::Fault => 3,
    }
}

const fn of_verdict(verdict: Verdict) -> u64 {
    match verdict {
        Verdict::Unknown => 0,
        Verdict::Up => 1,
        Verdict::Down => 2,
    }
}

const fn of_loss(loss: Loss) -> u64 {
    match loss {
        Loss::Cut => 0,
        Loss::Random => 1,
        Loss::NoCarrier => 2,
        Loss::NotListening => 3,
        Loss::BufferFull => 4,
    }
}

fn of_exit(exit: ScriptExit) -> u64 {
    let number = |kind: u64, number: i32| (kind << 8) | u64::from(number.unsigned_abs() & 0xff);
    match exit {
        ScriptExit::Status(status) => number(0, status),
        ScriptExit::Signal(signal) => number(1, signal),
        ScriptExit::NotStarted => number(2, 0),
    }
}

fn of_process(process: Process) -> u64 {
    match process {
        Process::Started => 0,
        Process::Stopping => 1,
        Process::Exited => 2,
        Process::Killed => 3,
        Process::PoweredOff => 4,
        Process::PoweredOn => 5,
        Process::Paused => 6,
        Process::Resumed { waiting } => 7 | (u64::from(waiting) << 8),
        Process::Reloaded => 8,
    }
}
