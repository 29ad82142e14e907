//! Sending adverts.

use core::num::NonZeroU16;
use std::net::IpAddr;
use std::sync::Arc;

use super::instance::{Context, Instance, LinkInput};
use crate::effect::{Effect, Transmit};
use crate::model::Transport;
use crate::mutant::{self, Mutant};
use crate::unit::{Priority, Version};
use crate::wire::ah::{self, Counter};
use crate::wire::vrrp::{Address, Body, HOP_LIMIT, Repr};

/// Adverts of one priority and source are all the same bytes, so they are made once for each
/// destination.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    priority: Priority,
    source: IpAddr,
    adverts: Vec<(IpAddr, Arc<[u8]>)>,
}

impl Instance {
    /// Sends an advert of the effective priority (T9).
    pub(super) fn send_advert(&mut self, cx: &mut Context<'_>) {
        self.send(cx, self.effective);
    }

    /// Sends an advert of priority 0: we resign (A3).
    pub(super) fn send_resignation(&mut self, cx: &mut Context<'_>) {
        if !mutant::is_active(Mutant::SilentStop) {
            self.send(cx, Priority::RESIGN);
        }
    }

    fn send(&mut self, cx: &mut Context<'_>, priority: Priority) {
        // An interface that lost its last address has nothing to send from (T4).
        let source = match (self.inputs.link, &self.encoded) {
            (LinkInput::Ready(address), _) => address,
            (LinkInput::Down, Some(before)) => before.source,
            (LinkInput::Unknown | LinkInput::Down, _) => return,
        };
        let known = self.encoded.as_ref();
        if known.is_none_or(|known| (known.priority, known.source) != (priority, source)) {
            self.encoded = Some(self.encode(source, priority));
        }
        let hop_limit = match self.config.transport {
            Transport::Multicast { .. } => HOP_LIMIT,
            Transport::Unicast { ttl, .. } => ttl,
        };
        let interface = if mutant::is_active(Mutant::WireIsBase) {
            self.config.interface
        } else {
            self.config.wire()
        };
        self.counters.sent += 1;
        self.counters.resignations_sent += u64::from(priority == Priority::RESIGN);
        let key = self.config.header_key();
        for (destination, payload) in self.encoded.iter().flat_map(|encoded| &encoded.adverts) {
            let header = key.and_then(|key| {
                let ends = (source, *destination);
                authenticated(&mut self.sequence, key, ends, hop_limit, payload)
            });
            cx.out.push(Effect::Transmit(Transmit {
                interface,
                source,
                destination: *destination,
                hop_limit,
                header,
                payload: Arc::clone(payload),
            }));
        }
    }

    fn encode(&self, source: IpAddr, priority: Priority) -> Encoded {
        Encoded {
            priority,
            source,
            adverts: match source {
                IpAddr::V4(source) => self.encode_as(source, priority),
                IpAddr::V6(source) => self.encode_as(source, priority),
            },
        }
    }

    fn encode_as<A: Address>(&self, source: A, priority: Priority) -> Vec<(IpAddr, Arc<[u8]>)> {
        let config = &self.config;
        let listed = config.virtual_addresses.iter();
        let repr = Repr {
            vrid: config.vrid,
            priority,
            interval: config.advert_interval,
            body: match config.version {
                Version::V2 => Body::V2(config.auth),
                Version::V3 => Body::V3(config.checksum),
            },
            addresses: listed.filter_map(|own| A::of(own.address)).collect(),
        };
        let destinations = self.destinations().into_iter();
        destinations
            .filter_map(|to| Some((to, repr.emit(source, A::of(to)?))))
            .collect()
    }

    /// T1: the group; or, with unicast, each peer.
    fn destinations(&self) -> Vec<IpAddr> {
        match &self.config.transport {
            Transport::Multicast { group, .. } => {
                vec![group.unwrap_or(Transport::group(self.config.family))]
            }
            Transport::Unicast { peers, .. } => peers.iter().map(|peer| peer.address).collect(),
        }
    }
}

/// What goes before an advert that carries an authentication header (RFC 2338 5.3.6.3): a number
/// of its own for each, also for each of several peers.
fn authenticated(
    counter: &mut Counter,
    key: [u8; 8],
    ends: (IpAddr, IpAddr),
    hop_limit: u8,
    message: &[u8],
) -> Option<Arc<[u8]>> {
    let (IpAddr::V4(source), IpAddr::V4(destination)) = ends else {
        return None;
    };
    let sequence = counter.issue();
    let [_, _, high, low] = sequence.get().to_be_bytes();
    let repr = ah::Repr {
        source,
        destination,
        hop_limit,
        identification: NonZeroU16::new(u16::from_be_bytes([high, low])).unwrap_or(NonZeroU16::MIN),
        sequence,
    };
    Some(repr.emit(key.into(), message))
}
