//! What services and real servers are called: keepalived's words, as its FIFOs and log have them.

use core::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::lvs::{Protocol, Service};

/// What a real server is known by: within its service, by address and port (keepalived).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ServerKey {
    /// The service.
    pub service: Service,
    /// The server's address.
    pub address: IpAddr,
    /// Its port in the table; 0 where packets keep theirs.
    pub port: u16,
}

impl Service {
    /// keepalived's word for its protocol; a firewall mark has none.
    #[must_use]
    pub const fn protocol_word(&self) -> &'static str {
        match self {
            Self::Address { protocol, .. } | Self::Group { protocol, .. } => match protocol {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
                Protocol::Sctp => "sctp",
            },
            Self::Fwmark(_) => "none",
        }
    }
}

/// `[192.0.2.1]:tcp:80`, `FWM 7`, `[GROUP]:0`, as keepalived 2.2.7 writes them.
impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { address, port, .. } => {
                write!(f, "[{address}]:{}:{port}", self.protocol_word())
            }
            Self::Fwmark(mark) => write!(f, "FWM {mark}"),
            Self::Group { name, .. } => write!(f, "[{name}]:0"),
        }
    }
}

/// `[10.0.0.1]:tcp:80 [192.0.2.1]:tcp:80`, as keepalived 2.2.7 writes it.
impl fmt::Display for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            service,
            address,
            port,
        } = self;
        let protocol = service.protocol_word();
        write!(f, "[{address}]:{protocol}:{port} {service}")
    }
}
