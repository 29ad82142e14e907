//! Packets that a master's kernel drops: those to and from the addresses of an instance that does
//! not accept them.

use core::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::id::AddressKey;
use crate::unit::IfName;

/// An address that packets are neither taken for nor sent from.
///
/// Neighbour discovery goes on: over IPv6 an address that answers no solicitation could not even be
/// used as a gateway (RFC 9568 6.4.3: a master that does not accept still answers them).
/// keepalived: the same, by nftables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Refusal {
    /// The address.
    pub address: IpAddr,
    /// The interface that it is refused on, of a link-local address; none: on all.
    pub on: Option<IfName>,
}

impl Refusal {
    /// The refusal of an address on its interface.
    #[must_use]
    pub fn of(key: &AddressKey) -> Self {
        let on = match key.address {
            IpAddr::V6(address) if address.is_unicast_link_local() => Some(key.interface),
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        };
        Self {
            address: key.address,
            on,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "filter of {}", self.address)?;
        match self.on {
            Some(interface) => write!(f, " dev {interface}"),
            None => Ok(()),
        }
    }
}
