//! Sending adverts.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::instance::{Context, Instance, LinkInput};
use crate::effect::{Effect, Transmit};
use crate::mutant::{self, Mutant};
use crate::unit::{Priority, Version};
use crate::wire::vrrp::{Body, GROUP_V4, HOP_LIMIT, Repr};

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
            (LinkInput::Down, Some((_, address, _))) => *address,
            (LinkInput::Unknown | LinkInput::Down, _) => return,
        };
        let payload = self.encode(source, priority);
        self.counters.sent += 1;
        cx.out.push(Effect::Transmit(Transmit {
            interface: self.config.interface,
            source: IpAddr::V4(source),
            destination: IpAddr::V4(GROUP_V4),
            hop_limit: HOP_LIMIT,
            payload,
        }));
    }

    /// Adverts of one priority are all the same bytes, so they are made once.
    fn encode(&mut self, source: Ipv4Addr, priority: Priority) -> Arc<[u8]> {
        if let Some((of, from, bytes)) = &self.encoded
            && (*of, *from) == (priority, source)
        {
            return Arc::clone(bytes);
        }
        let bytes = self.repr(priority).emit(source, GROUP_V4);
        self.encoded = Some((priority, source, Arc::clone(&bytes)));
        bytes
    }

    fn repr(&self, priority: Priority) -> Repr {
        let config = &self.config;
        let ipv4 = |address: IpAddr| match address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        };
        Repr {
            vrid: config.vrid,
            priority,
            interval: config.advert_interval,
            body: match config.version {
                Version::V2 => Body::V2(config.auth),
                Version::V3 => Body::V3(config.checksum),
            },
            addresses: config
                .virtual_addresses
                .iter()
                .filter_map(|own| ipv4(own.address))
                .collect(),
        }
    }
}
