//! What is on the wire, recorded for who asks for it.
//!
//! Invariant: a world that records does what it does otherwise, and draws no random number more.

use std::net::IpAddr;
use std::sync::Arc;

use bellwether_core::effect::{Announce, Transmit};
use bellwether_core::unit::Mac;

use super::World;
use super::bfd::Sent;
use crate::capture::{self, Capture, Captured, Copy, Ends, Fate};
use crate::lan::SegmentId;
use crate::log::StationId;

/// The hardware address of the stranger.
const STRANGER: Mac = Mac([2, 0, 0, 0xff, 0xff, 0xfa]);

/// The frames so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tap {
    frames: Vec<Captured>,
    /// The adverts among them as they travel, by which an arrival finds its frame.
    adverts: Vec<(usize, Arc<Transmit>)>,
}

impl World {
    /// Records every frame from now on.
    pub fn start_capture(&mut self) {
        self.tap = Some(Box::default());
    }

    /// The frames that were recorded, if any were to be; recording ends.
    pub fn take_capture(&mut self) -> Option<Capture> {
        let tap = self.tap.take()?;
        Some(Capture {
            segments: self.topology.segments.clone(),
            stations: self.stations.to_vec(),
            frames: tap.frames,
        })
    }

    /// An advert enters a segment.
    pub(super) fn tap_advert(
        &mut self,
        from: StationId,
        segment: SegmentId,
        packet: &Arc<Transmit>,
    ) {
        if self.tap.is_none() {
            return;
        }
        let sender = self.hosts.get(from.index());
        let port = sender.and_then(|host| host.kernel.interface(packet.interface));
        let ends = Ends {
            source: port.map_or(STRANGER, |own| own.link.mac),
            neighbour: self.neighbour(segment, packet.destination),
        };
        let bytes = capture::advert(ends, packet);
        let frame = self.captured(from, segment, bytes);
        if let Some(tap) = self.tap.as_mut() {
            tap.adverts.push((tap.frames.len(), Arc::clone(packet)));
            tap.frames.push(frame);
        }
    }

    /// A link has changed a bit of an advert on its way to one station.
    pub(super) fn tap_damaged(
        &mut self,
        to: StationId,
        whole: &Arc<Transmit>,
        damaged: &Arc<Transmit>,
    ) {
        let now = self.now;
        let Some(tap) = self.tap.as_mut() else {
            return;
        };
        let Some(place) = tap.place(whole) else {
            return;
        };
        let mut frame = tap.frames[place].clone();
        // The message is what a link damages, and it stands last.
        let message = frame.bytes.len().saturating_sub(damaged.payload.len());
        frame.bytes.truncate(message);
        frame.bytes.extend(damaged.payload.iter());
        frame.at = now;
        frame.damaged_for = Some(to);
        frame.copies.clear();
        tap.adverts.push((tap.frames.len(), Arc::clone(damaged)));
        tap.frames.push(frame);
    }

    /// An advert's way to one station has ended.
    pub(super) fn tap_fate(&mut self, packet: &Arc<Transmit>, to: StationId, fate: Fate) {
        let at = self.now;
        if let Some(tap) = self.tap.as_mut()
            && let Some(place) = tap.place(packet)
        {
            tap.frames[place].copies.push(Copy { to, at, fate });
        }
    }

    /// An announcement enters a segment.
    pub(super) fn tap_announcement(
        &mut self,
        from: StationId,
        segment: SegmentId,
        announce: &Announce,
        copies: Vec<Copy>,
    ) {
        let bytes = capture::announcement(announce);
        let mut frame = self.captured(from, segment, bytes);
        frame.copies = copies;
        if let Some(tap) = self.tap.as_mut() {
            tap.frames.push(frame);
        }
    }

    /// A BFD packet enters a segment.
    pub(super) fn tap_bfd(&mut self, from: StationId, sent: &Sent<'_>, copies: Vec<Copy>) {
        let ends = Ends {
            source: sent.mac,
            neighbour: self.neighbour(sent.segment, sent.packet.destination),
        };
        let bytes = capture::bfd(ends, sent.source, sent.packet);
        let mut frame = self.captured(from, sent.segment, bytes);
        frame.copies = copies;
        if let Some(tap) = self.tap.as_mut() {
            tap.frames.push(frame);
        }
    }

    /// Whether frames are recorded.
    pub(super) const fn is_tapped(&self) -> bool {
        self.tap.is_some()
    }

    fn captured(&self, from: StationId, segment: SegmentId, bytes: Vec<u8>) -> Captured {
        Captured {
            at: self.now,
            segment: segment.0,
            from,
            damaged_for: None,
            bytes,
            copies: Vec::new(),
        }
    }

    /// The hardware address of who has an address; all zero if nobody has.
    fn neighbour(&self, segment: SegmentId, address: IpAddr) -> Mac {
        let mut ports = self.hosts.iter().flat_map(|host| &host.kernel.interfaces);
        let found = ports.find(|own| own.segment == segment && own.holds(address));
        found.map_or(Mac([0; 6]), |own| own.link.mac)
    }
}

impl Tap {
    /// The frame of an advert that is on its way: one of the last.
    fn place(&self, packet: &Arc<Transmit>) -> Option<usize> {
        let mut latest = self.adverts.iter().rev();
        let found = latest.find(|(_, own)| Arc::ptr_eq(own, packet));
        found.map(|(place, _)| *place)
    }
}
