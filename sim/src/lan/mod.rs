//! The LAN: segments, a directed link between every pair of stations, a learning switch for each
//! segment, and the clients with their ARP caches.
//!
//! Owns what becomes of a frame between two stations. Invariant: each link draws from a stream of
//! its own, seeded by the names at its ends, and draws only when something is to be decided.
//!
//! Deliberately absent: time. A link says how long a frame takes; the world knows when it is.

pub mod client;
pub mod link;
pub mod switch;

use bellwether_core::unit::Name;

use crate::log::StationId;
use crate::random::Stream;
use crate::scenario::LinkSpec;
use client::Client;
use link::Link;
use switch::Switch;

/// A segment's place among the segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub usize);

/// All that lies between the stations.
#[derive(Clone, Debug)]
pub struct Lan {
    /// The segments' names, in order.
    pub segments: Vec<Name>,
    /// One switch for each segment.
    pub switches: Vec<Switch>,
    /// The clients; their stations follow the nodes'.
    pub clients: Vec<Client>,
    stations: usize,
    links: Vec<Link>,
    default: LinkSpec,
}

impl Lan {
    /// A LAN of these segments and stations, in which all is well.
    #[must_use]
    pub fn new(
        seed: u64,
        segments: Vec<Name>,
        stations: &[Name],
        clients: Vec<Client>,
        default: LinkSpec,
    ) -> Self {
        let mut links = Vec::with_capacity(segments.len() * stations.len() * stations.len());
        for segment in &segments {
            for from in stations {
                for to in stations {
                    let name = ["link", segment.as_str(), from.as_str(), to.as_str()];
                    links.push(Link::new(default, Stream::new(seed, &name)));
                }
            }
        }
        Self {
            switches: vec![Switch::default(); segments.len()],
            segments,
            clients,
            stations: stations.len(),
            links,
            default,
        }
    }

    /// The link from one station to another on a segment.
    #[must_use]
    pub fn link(&self, segment: SegmentId, from: StationId, to: StationId) -> &Link {
        &self.links[self.place(segment, from, to)]
    }

    /// The same, to send over it or to change it.
    pub fn link_mut(&mut self, segment: SegmentId, from: StationId, to: StationId) -> &mut Link {
        let place = self.place(segment, from, to);
        &mut self.links[place]
    }

    /// Changes the link from one station to another on every segment.
    pub fn on_every_segment(
        &mut self,
        from: StationId,
        to: StationId,
        mut change: impl FnMut(&mut Link),
    ) {
        for segment in 0..self.segments.len() {
            change(self.link_mut(SegmentId(segment), from, to));
        }
    }

    /// Makes the link from one station to another as it was at first.
    pub fn heal(&mut self, from: StationId, to: StationId) {
        let default = self.default;
        self.on_every_segment(from, to, |link| link.heal(default));
    }

    /// Makes every link as it was at first.
    pub fn heal_all(&mut self) {
        for link in &mut self.links {
            link.heal(self.default);
        }
    }

    /// Cuts every link of a station, both ways.
    pub fn isolate(&mut self, station: StationId) {
        for other in (0_u16..).take(self.stations).map(StationId) {
            if other != station {
                self.on_every_segment(station, other, |link| link.cut = true);
                self.on_every_segment(other, station, |link| link.cut = true);
            }
        }
    }

    fn place(&self, segment: SegmentId, from: StationId, to: StationId) -> usize {
        (segment.0 * self.stations + from.index()) * self.stations + to.index()
    }
}
