//! Clients: stations that talk to the virtual addresses, and believe their ARP caches.

use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::unit::Mac;

use super::SegmentId;

/// How often a client makes sure of an entry: it probes the station that it knows, and asks
/// everybody when that does not answer. Linux does so after 15 to 45 s.
pub const REVALIDATE: Duration = Duration::from_secs(15);

/// One client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its ARP cache: one entry for each virtual address of the world, in the world's order.
    pub cache: Vec<CacheEntry>,
}

/// What a client knows of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheEntry {
    /// The segment.
    pub segment: SegmentId,
    /// The address.
    pub address: IpAddr,
    /// The hardware address that it sends to; `None` while nobody has answered or announced.
    pub mac: Option<Mac>,
    /// When that was last confirmed or announced.
    pub heard_at: Instant,
    /// Whether an announcement was lost on its way here since then.
    pub missed: bool,
}

impl Client {
    /// A client with an empty cache for these addresses.
    #[must_use]
    pub fn new(addresses: impl Iterator<Item = (SegmentId, IpAddr)>) -> Self {
        let cache = addresses
            .map(|(segment, address)| CacheEntry {
                segment,
                address,
                mac: None,
                heard_at: Instant::ZERO,
                missed: false,
            })
            .collect();
        Self { cache }
    }
}
