//! The wires between hosts: loss, delay, duplication, reordering and damage, in front of turmoil's
//! `send_to`.
//!
//! They are the event queue's own [`Link`]s, with the same random streams: a link that loses its
//! third advert there loses it here. Cuts are turmoil's partitions. turmoil's own random loss
//! stays off: it heals one-way cuts, and can't lose two adverts in a row.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use bellwether_core::Instant;
use bellwether_core::unit::Name;
use turmoil::net::UdpSocket;

use super::envelope::Envelope;
use super::ports::{GROUP, PORT};
use crate::fault::Fault;
use crate::lan::link::{Burst, Kind, Link, Passage, flipped};
use crate::lan::{Lan, SegmentId};
use crate::log::{Loss, NodeId};
use crate::scenario::{LinkSpec, Scenario};

/// All wires of a run.
#[derive(Debug)]
pub(super) struct Wires {
    lan: Lan,
    stations: Vec<Station>,
}

/// A host as the wires know it.
#[derive(Debug)]
struct Station {
    /// Its address in turmoil.
    address: IpAddr,
    /// The segments that it is plugged into, with its own addresses there.
    segments: BTreeMap<Name, Vec<IpAddr>>,
    powered: bool,
}

/// What the wire to one host does to a frame.
type Fate = (NodeId, Result<Passage, Loss>);

impl Wires {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let interfaces = scenario
            .nodes
            .iter()
            .flat_map(|node| node.interfaces.values());
        let segments: BTreeSet<Name> = interfaces.map(|own| own.segment.clone()).collect();
        let names: Vec<Name> = scenario
            .nodes
            .iter()
            .map(|node| node.name.clone())
            .collect();
        let segments = segments.into_iter().collect();
        Self {
            lan: Lan::new(scenario.seed, segments, &names, Vec::new(), scenario.links),
            stations: Vec::new(),
        }
    }

    /// Plugs the next host in.
    pub(super) fn plug(&mut self, address: IpAddr, segments: BTreeMap<Name, Vec<IpAddr>>) {
        self.stations.push(Station {
            address,
            segments,
            powered: true,
        });
    }

    /// Tells at which address of turmoil's a host is.
    pub(super) fn set_address(&mut self, node: NodeId, address: IpAddr) {
        if let Some(station) = self.stations.get_mut(node.index()) {
            station.address = address;
        }
    }

    /// Whether a host has power.
    pub(super) fn is_powered(&self, node: NodeId) -> bool {
        let station = self.stations.get(node.index());
        station.is_some_and(|station| station.powered)
    }

    pub(super) fn set_power(&mut self, node: NodeId, powered: bool) {
        if let Some(station) = self.stations.get_mut(node.index()) {
            station.powered = powered;
        }
    }

    /// Changes the wire from one host to another as a fault says that concerns one direction.
    pub(super) fn change(&mut self, from: NodeId, to: NodeId, fault: &Fault) {
        let change = |link: &mut Link| apply(link, fault);
        self.lan.on_every_segment(from.into(), to.into(), change);
    }

    /// Cuts one direction, so that its stream rests while turmoil drops what is sent.
    pub(super) fn cut(&mut self, from: NodeId, to: NodeId) {
        let cut = |link: &mut Link| link.cut = true;
        self.lan.on_every_segment(from.into(), to.into(), cut);
    }

    pub(super) fn heal(&mut self, from: NodeId, to: NodeId) {
        self.lan.heal(from.into(), to.into());
    }

    pub(super) fn heal_all(&mut self) {
        self.lan.heal_all();
    }

    /// Sends an envelope to every other host that it is for: by multicast where all wires do the same to it, else
    /// to each host as its wire will have it.
    pub(super) fn send(&mut self, socket: &UdpSocket, from: NodeId, envelope: &Envelope) {
        let fates = self.fates(from, envelope);
        let sent_at = envelope.arrives_at;
        let common = common_delay(&fates).filter(|_| envelope.destination.is_multicast());
        if let Some(delay) = common {
            let group = SocketAddr::new(IpAddr::V4(GROUP), PORT);
            post(socket, group, sent_at + delay, envelope.clone());
            return;
        }
        for (to, fate) in fates {
            let Some(station) = self.stations.get(to.index()) else {
                continue;
            };
            let target = SocketAddr::new(station.address, PORT);
            match fate {
                Ok(passage) => {
                    let mut copy = envelope.clone();
                    if let Some(bit) = passage.flip {
                        copy.payload = flipped(&copy.payload, bit);
                    }
                    if let Some(delay) = passage.copy {
                        post(socket, target, sent_at + delay, copy.clone());
                    }
                    post(socket, target, sent_at + passage.delay, copy);
                }
                // The partition drops it.
                Err(Loss::Cut) => post(socket, target, sent_at, envelope.clone()),
                Err(Loss::Random | Loss::NoCarrier | Loss::NotListening | Loss::BufferFull) => {}
            }
        }
    }

    fn fates(&mut self, from: NodeId, envelope: &Envelope) -> Vec<Fate> {
        let segment = self
            .lan
            .segments
            .iter()
            .position(|s| s.as_str() == envelope.segment);
        let Some(segment) = segment.map(SegmentId) else {
            return Vec::new();
        };
        let kind = Kind::Advert {
            resigns: envelope.payload.get(2) == Some(&0),
        };
        let mut fates = Vec::new();
        for (place, station) in self.stations.iter().enumerate() {
            let Some(to) = u16::try_from(place).ok().map(NodeId) else {
                continue;
            };
            let destination = envelope.destination;
            let plugged = station.segments.iter().any(|(segment, own)| {
                let meant = destination.is_multicast() || own.contains(&destination);
                segment.as_str() == envelope.segment && meant
            });
            if to != from && station.powered && plugged {
                let link = self.lan.link_mut(segment, from.into(), to.into());
                fates.push((to, link.carry(kind)));
            }
        }
        fates
    }
}

/// The delay of all wires, if that is all that they do.
fn common_delay(fates: &[Fate]) -> Option<core::time::Duration> {
    let mut common = None;
    for (_, fate) in fates {
        match fate {
            Ok(passage) if passage.copy.is_none() && passage.flip.is_none() => {
                if *common.get_or_insert(passage.delay) != passage.delay {
                    return None;
                }
            }
            Err(Loss::Cut) => {}
            Ok(_) | Err(_) => return None,
        }
    }
    common
}

/// Sends one datagram; one that can't be sent is lost, as a frame is.
fn post(socket: &UdpSocket, target: SocketAddr, arrives_at: Instant, mut envelope: Envelope) {
    envelope.arrives_at = arrives_at;
    let _lost = socket.try_send_to(&envelope.to_bytes(), target);
}

/// What a fault that concerns one direction does to its link.
fn apply(link: &mut Link, fault: &Fault) {
    if let Fault::Loss { percent, .. } = fault {
        link.loss = *percent;
    } else if let Fault::BurstLoss { enter, leave, .. } = fault {
        link.burst = Some(Burst {
            enter: *enter,
            leave: *leave,
            bad: false,
        });
    } else if let Fault::LoseNext { count, .. } = fault {
        link.lose_next = *count;
    } else if let Fault::LosePattern { pattern, .. } = fault {
        link.lose_pattern = crate::world::losses(pattern);
    } else if let Fault::LoseResignation(_) = fault {
        link.lose_resignation = true;
    } else if let Fault::Delay { base, jitter, .. } = fault {
        link.spec = LinkSpec {
            delay: *base,
            jitter: *jitter,
        };
    } else if let Fault::Duplicate { percent, .. } = fault {
        link.duplicate = *percent;
    } else if let Fault::Reorder { percent, by, .. } = fault {
        (link.reorder, link.held_back) = (*percent, *by);
    } else if let Fault::Corrupt { percent, .. } = fault {
        link.corrupt = *percent;
    }
}
