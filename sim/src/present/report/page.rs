//! What the page knows: one JSON object, made of the log, the report and the capture.

use std::collections::BTreeMap;

use bellwether_core::unit::Name;
use serde::Serialize;

use super::tracks::{Finished, Lane, Role, Tracks};
use crate::capture::decode::{Decoded, decode};
use crate::capture::{Capture, Fate};
use crate::fault::Fault;
use crate::log::{Entry, Log, Loss, NodeId, StationId, What};
use crate::present::{describe_entry, describe_expectation, describe_fault};
use crate::run::{Availability, Outcome, Report};
use crate::scenario::Scenario;

/// All that the page knows. Times are nanoseconds of the world's time.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    title: &'a str,
    story: Option<&'a str>,
    seed: u64,
    holds: bool,
    transitions: u64,
    healed: u64,
    end: u64,
    segments: &'a [Name],
    stations: &'a [Name],
    nodes: Vec<NodeLanes<'a>>,
    addresses: Vec<AddressLane<'a>>,
    clients: Vec<ClientLane>,
    cuts: Lane<Vec<(Name, Name)>>,
    faults: Vec<Mark>,
    events: Vec<Event>,
    fates: Vec<&'static str>,
    decodes: Vec<Decoded>,
    packets: Vec<Packet>,
    expectations: Vec<Expectation>,
    invariants: Vec<Invariant<'a>>,
}

#[derive(Serialize)]
struct NodeLanes<'a> {
    name: &'a str,
    instances: Vec<InstanceLane<'a>>,
}

#[derive(Serialize)]
struct InstanceLane<'a> {
    name: &'a str,
    vrid: u8,
    interface: String,
    spans: Lane<Role>,
}

#[derive(Serialize)]
struct AddressLane<'a> {
    #[serde(flatten)]
    account: &'a Availability,
    spans: Lane<Vec<NodeId>>,
}

#[derive(Serialize)]
struct ClientLane {
    client: StationId,
    address: String,
    spans: Lane<Option<NodeId>>,
}

/// A fault: when, in words, and whether it breaks or mends.
#[derive(Serialize)]
struct Mark {
    at: u64,
    text: String,
    mends: bool,
}

/// An entry of the log that no lane and no packet shows: when, where, of which kind, in words.
#[derive(Serialize)]
struct Event(u64, Option<NodeId>, &'static str, String);

/// A frame: when, who sent it, the segment, its decode, and for each station that it was for, how
/// much later what came of it.
#[derive(Serialize)]
struct Packet(u64, StationId, usize, usize, Vec<(StationId, u64, usize)>);

#[derive(Serialize)]
struct Expectation {
    text: String,
    met: bool,
    at: u64,
    seen: String,
}

#[derive(Serialize)]
struct Invariant<'a> {
    id: String,
    name: &'a str,
    meaning: &'a str,
    outcome: Outcome,
    checks: u64,
    count: u64,
    violations: Vec<(u64, &'a str)>,
}

impl<'a> Page<'a> {
    /// The page of a run.
    pub(super) fn new(scenario: &'a Scenario, report: &'a Report, capture: &'a Capture) -> Self {
        let Finished {
            roles,
            owners,
            cuts,
            clients,
        } = Tracks::read(scenario, report);
        let (decodes, packets) = packets(capture);
        let addresses = report.availability.iter().zip(owners);
        let clients = clients.into_iter();
        Self {
            title: &scenario.name,
            story: scenario.story.as_deref().map(str::trim),
            seed: report.seed,
            holds: report.is_success(),
            transitions: report.transitions,
            healed: report.healed_at.as_nanos(),
            end: report.ended_at.as_nanos(),
            segments: &capture.segments,
            stations: &report.log.stations,
            nodes: lanes(scenario, roles),
            addresses: addresses
                .map(|(account, spans)| AddressLane { account, spans })
                .collect(),
            clients: clients
                .map(|(client, address, spans)| ClientLane {
                    client,
                    address: address.to_string(),
                    spans,
                })
                .collect(),
            cuts,
            faults: report.log.entries.iter().filter_map(mark).collect(),
            events: events(scenario, &report.log),
            fates: fates(),
            decodes,
            packets,
            expectations: expectations(scenario, report),
            invariants: invariants(report),
        }
    }
}

fn lanes(scenario: &Scenario, roles: Vec<Vec<Lane<Role>>>) -> Vec<NodeLanes<'_>> {
    let nodes = scenario.nodes.iter().zip(roles);
    let lanes = nodes.map(|(node, roles)| {
        let instances = node.config.instances().iter().zip(roles);
        NodeLanes {
            name: node.name.as_str(),
            instances: instances
                .map(|(own, spans)| InstanceLane {
                    name: own.name.as_str(),
                    vrid: own.vrid.get(),
                    interface: own.interface.to_string(),
                    spans,
                })
                .collect(),
        }
    });
    lanes.collect()
}

fn mark(entry: &Entry) -> Option<Mark> {
    let What::Fault(fault) = &entry.what else {
        return None;
    };
    let mends = matches!(
        **fault,
        Fault::Start(_)
            | Fault::Resume(_)
            | Fault::Heal(_)
            | Fault::HealBoth(_)
            | Fault::HealAll {}
            | Fault::LinkUp { .. }
            | Fault::InterfaceBack { .. }
            | Fault::ScriptOk(_)
    );
    Some(Mark {
        at: entry.at.as_nanos(),
        text: describe_fault(fault),
        mends,
    })
}

/// All entries but those of packets, which the capture has.
fn events(scenario: &Scenario, log: &Log) -> Vec<Event> {
    let is_packet = |what: &What| match what {
        What::AdvertSent(_)
        | What::AdvertDelivered { .. }
        | What::Garp { .. }
        | What::BfdHeard { .. } => true,
        // What has no carrier is on no wire.
        What::AdvertLost { why, .. } => *why != Loss::NoCarrier,
        What::Phase(_)
        | What::Fault(_)
        | What::Process(_)
        | What::Transition { .. }
        | What::Priority { .. }
        | What::AdvertRefused { .. }
        | What::Mismatch { .. }
        | What::DualMaster { .. }
        | What::AddressLost { .. }
        | What::ClientArp { .. }
        | What::AddressAdded(_)
        | What::AddressRemoved(_)
        | What::Routing { .. }
        | What::RoutingLost { .. }
        | What::Link { .. }
        | What::LinkSeen { .. }
        | What::KernelFailed { .. }
        | What::ScriptStarted { .. }
        | What::ScriptExited { .. }
        | What::ScriptTimeout { .. }
        | What::Verdict { .. }
        | What::Sighted(_)
        | What::Bfd { .. }
        | What::File { .. }
        | What::Notified { .. }
        | What::Told { .. }
        | What::Lvs(_)
        | What::ProbeStarted { .. }
        | What::ProbeEnded { .. }
        | What::ProbeCancelled { .. }
        | What::TableChanged(_)
        | What::Late { .. }
        | What::Expectation { .. }
        | What::Violation(_) => false,
    };
    let shown = log.entries.iter().filter(|entry| !is_packet(&entry.what));
    let event = |entry: &Entry| {
        let text = describe_entry(scenario, log, entry);
        Event(entry.at.as_nanos(), entry.node, entry.what.kind(), text)
    };
    shown.map(event).collect()
}

/// The frames, with what is said of each; most say what another one has said.
fn packets(capture: &Capture) -> (Vec<Decoded>, Vec<Packet>) {
    let mut known: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut decodes = Vec::new();
    let mut packets = Vec::with_capacity(capture.frames.len());
    for frame in &capture.frames {
        let place = *known.entry(&frame.bytes).or_insert_with(|| {
            decodes.push(decode(&frame.bytes));
            decodes.len() - 1
        });
        let copies = frame.copies.iter().map(|copy| {
            let later = copy.at.as_nanos().saturating_sub(frame.at.as_nanos());
            (copy.to, later, place_of(copy.fate))
        });
        let at = frame.at.as_nanos();
        packets.push(Packet(
            at,
            frame.from,
            frame.segment,
            place,
            copies.collect(),
        ));
    }
    (decodes, packets)
}

/// What can become of a frame, in words; [`place_of`] is a place here.
fn fates() -> Vec<&'static str> {
    let losses = [
        Loss::Cut,
        Loss::Random,
        Loss::NoCarrier,
        Loss::NotListening,
        Loss::BufferFull,
    ];
    let lost = losses.into_iter().map(Loss::words);
    core::iter::once("arrived").chain(lost).collect()
}

const fn place_of(fate: Fate) -> usize {
    match fate {
        Fate::Arrived => 0,
        Fate::Lost(Loss::Cut) => 1,
        Fate::Lost(Loss::Random) => 2,
        Fate::Lost(Loss::NoCarrier) => 3,
        Fate::Lost(Loss::NotListening) => 4,
        Fate::Lost(Loss::BufferFull) => 5,
    }
}

fn expectations(scenario: &Scenario, report: &Report) -> Vec<Expectation> {
    let both = report.expectations.iter().zip(&scenario.expectations);
    let all = both.map(|(result, expectation)| Expectation {
        text: describe_expectation(expectation),
        met: result.met,
        at: result.at.as_nanos(),
        seen: result.seen.clone(),
    });
    all.collect()
}

fn invariants(report: &Report) -> Vec<Invariant<'_>> {
    let all = report.verdicts.iter().map(|verdict| {
        let violations = verdict.violations.iter();
        Invariant {
            id: verdict.invariant.to_string(),
            name: verdict.invariant.name(),
            meaning: verdict.invariant.meaning(),
            outcome: verdict.outcome,
            checks: verdict.checks,
            count: verdict.count,
            violations: violations
                .map(|own| (own.at.as_nanos(), own.message.as_str()))
                .collect(),
        }
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fate_has_its_words() {
        let words = fates();
        for loss in [
            Loss::Cut,
            Loss::Random,
            Loss::NoCarrier,
            Loss::NotListening,
            Loss::BufferFull,
        ] {
            assert_eq!(words[place_of(Fate::Lost(loss))], loss.words());
        }
        assert_eq!(words[place_of(Fate::Arrived)], "arrived");
    }
}
