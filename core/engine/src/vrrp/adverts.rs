//! Sending adverts.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::instance::{Context, Instance, LinkInput};
use super::proof::signed;
use crate::effect::{Effect, Transmit};
use crate::model::{HmacAuth, HmacMode, Transport};
use crate::mutant::{self, Mutant};
use crate::unit::{Priority, Version};
use crate::wire::vrrp::{Address, Body, HOP_LIMIT, Repr};

/// Adverts of one priority and source are all the same bytes, so they are made once for each
/// destination.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Encoded {
    priority: Priority,
    source: IpAddr,
    adverts: Box<[(IpAddr, Arc<[u8]>)]>,
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
        let signs = |hmac: &&HmacAuth| hmac.mode != HmacMode::ReceiveOnly;
        let stamp = (self.config.hmac.as_ref().filter(signs))
            .map(|hmac| self.proof.stamp(cx.now, &self.config, hmac));
        for (destination, payload) in self.encoded.iter().flat_map(|encoded| &encoded.adverts) {
            let header = key.and_then(|key| {
                let ends = (source, *destination);
                self.proof.header(key, ends, hop_limit, payload)
            });
            cx.out.push(Effect::Transmit(Transmit {
                interface,
                source,
                destination: *destination,
                hop_limit,
                header,
                payload: match (source, *destination) {
                    (IpAddr::V4(from), IpAddr::V4(to)) => {
                        signed(&self.config, stamp, (from, to), payload)
                    }
                    (IpAddr::V6(from), IpAddr::V6(to)) => {
                        signed(&self.config, stamp, (from, to), payload)
                    }
                    (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => continue,
                },
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

    fn encode_as<A: Address>(&self, source: A, priority: Priority) -> Box<[(IpAddr, Arc<[u8]>)]> {
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
