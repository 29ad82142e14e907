//! What proves an advert's sender, beyond a password: the IP authentication header of version 2
//! (RFC 2338 5.3.6.3), and the HMAC trailer (draft-cassen-vrrp-auth-hmac-00; keepalived:
//! `auth_hmac`).
//!
//! Owns the numbers that were sent and heard. They outlive states and reloads, so that nothing that
//! was heard once is believed again.
//!
//! Invariant: what is not authentic moves none of them.

use core::num::NonZeroU16;
use core::time::Duration;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::Received;
use crate::model::{self, AntiReplay, HmacAuth, HmacMode, Transport};
use crate::mutant::{self, Mutant};
use crate::time::Instant;
use crate::wire::ah::{self, Counter};
use crate::wire::trailer::{self, Binding, Stamp, Trailer};
use crate::wire::vrrp::{Address, Packet, Rejection};

/// How many senders by multicast are remembered; several send only while they contend.
const SENDERS: usize = 4;

/// keepalived: a shorter window is never derived from the interval.
const WINDOW_FLOOR: Duration = Duration::from_secs(5);

/// The wall clock, as the driver told it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WallClock {
    /// When it was told, and what the time since 1970 was then.
    pub(crate) told: (Instant, Duration),
}

impl WallClock {
    fn at(self, now: Instant) -> Duration {
        let (then, unix) = self.told;
        unix + now.since(then)
    }
}

/// The numbers of one instance.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) wall: WallClock,
    /// The authentication header's, sent and heard.
    sequence: Counter,
    /// The last stamp that was sent.
    sent: Option<Stamp>,
    /// The last stamps that were heard, the latest speaker last.
    heard: Vec<(IpAddr, Stamp)>,
}

impl Proof {
    /// What goes before an advert (`header_key`): a number of its own for each, also for each of
    /// several peers.
    pub(super) fn header(
        &mut self,
        key: [u8; 8],
        ends: (IpAddr, IpAddr),
        hop_limit: u8,
        message: &[u8],
    ) -> Option<Arc<[u8]>> {
        let (IpAddr::V4(source), IpAddr::V4(destination)) = ends else {
            return None;
        };
        let sequence = self.sequence.issue();
        let [_, _, high, low] = sequence.get().to_be_bytes();
        let number = NonZeroU16::new(u16::from_be_bytes([high, low]));
        let repr = ah::Repr {
            source,
            destination,
            hop_limit,
            identification: number.unwrap_or(NonZeroU16::MIN),
            sequence,
        };
        Some(repr.emit(key.into(), message))
    }

    /// The stamp of the next advert, for all its copies.
    ///
    /// keepalived: the clock's, or the one after the last if the clock is not past that. With
    /// `anti_replay time` a clock that was set back by more than the window is followed, since
    /// nobody would believe the old time.
    pub(super) fn stamp(
        &mut self,
        now: Instant,
        config: &model::Instance,
        hmac: &HmacAuth,
    ) -> Stamp {
        let clock = Stamp::of(self.wall.at(now));
        let next = match self.sent {
            Some(sent) if !clock.is_after(sent) => {
                let stranded = sent.seconds_from(clock) > window(config, hmac).as_secs();
                if stranded && hmac.anti_replay == AntiReplay::Time {
                    clock
                } else {
                    sent.next()
                }
            }
            Some(_) | None => clock,
        };
        self.sent = Some(next);
        next
    }

    /// R8 for what is around the message: the message without it.
    ///
    /// # Errors
    ///
    /// What keeps it from being believed.
    pub(super) fn check<'r>(
        &mut self,
        now: Instant,
        config: &model::Instance,
        received: &'r Received,
    ) -> Result<&'r [u8], Rejection> {
        self.check_header(config, received)?;
        let Some(hmac) = &config.hmac else {
            return Ok(&received.payload);
        };
        match received.source {
            IpAddr::V4(source) => self.check_trailer((now, source), config, hmac, received),
            IpAddr::V6(source) => self.check_trailer((now, source), config, hmac, received),
        }
    }

    /// The counter moves with every authentic header, whatever becomes of the message behind it
    /// (keepalived does so too).
    fn check_header(
        &mut self,
        config: &model::Instance,
        received: &Received,
    ) -> Result<(), Rejection> {
        let (key, header) = match (config.header_key(), &received.header) {
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(Rejection::AuthType),
            (Some(_), None) => return Err(Rejection::AuthHeader),
            (Some(key), Some(header)) => (key, header),
        };
        let datagram = [&**header, &*received.payload].concat();
        let packet = ah::Packet::parse(&datagram)?;
        let known = if mutant::is_active(Mutant::ReplayAccepted) {
            Counter::default()
        } else {
            self.sequence
        };
        packet.authenticate(key.into(), known)?;
        self.sequence.advance(packet.sequence());
        Ok(())
    }

    fn check_trailer<'r, A: Address>(
        &mut self,
        (now, source): (Instant, A),
        config: &model::Instance,
        hmac: &HmacAuth,
        received: &'r Received,
    ) -> Result<&'r [u8], Rejection> {
        let payload = &received.payload;
        let length = Packet::<A>::length(payload).ok_or(Rejection::Truncated)?;
        let Some((message, behind)) = payload.split_at_checked(length) else {
            return Err(Rejection::Truncated);
        };
        if behind.is_empty() {
            return match hmac.mode {
                HmacMode::Enforce => Err(Rejection::AuthTrailer),
                HmacMode::Permissive | HmacMode::ReceiveOnly => Ok(message),
            };
        }
        let trailer = Trailer::parse(behind)?;
        let stamp = trailer.stamp();
        // Cheaper than the code, so that a flood of old packets costs little.
        self.check_age(now, config, hmac, stamp)?;
        let key = hmac.keys.iter().find(|key| key.id == trailer.key_id());
        let key = key.ok_or(Rejection::AuthKey)?;
        let binding = Binding {
            version: config.version,
            vrid: config.vrid.get(),
            source: source.into(),
        };
        trailer.verify(&key.secret, binding, message)?;
        self.check_new(now, config, hmac, (source.into(), stamp))?;
        Ok(message)
    }

    fn check_age(
        &self,
        now: Instant,
        config: &model::Instance,
        hmac: &HmacAuth,
        stamp: Stamp,
    ) -> Result<(), Rejection> {
        let clock = Stamp::of(self.wall.at(now));
        let away = stamp.seconds_from(clock);
        if hmac.anti_replay == AntiReplay::Time && away > window(config, hmac).as_secs() {
            return Err(Rejection::AuthStale);
        }
        Ok(())
    }

    /// Each sender's stamps only grow. One of outside the window is forgotten: what it would refuse
    /// is refused by age, and a sender whose clock was mended is heard again.
    fn check_new(
        &mut self,
        now: Instant,
        config: &model::Instance,
        hmac: &HmacAuth,
        (source, stamp): (IpAddr, Stamp),
    ) -> Result<(), Rejection> {
        let known = self.heard.iter().position(|(sender, _)| *sender == source);
        if let Some((_, last)) = known.map(|at| self.heard[at]) {
            let counts = self.check_age(now, config, hmac, last).is_ok();
            if counts && !stamp.is_after(last) {
                return Err(Rejection::AuthReplay);
            }
        }
        if let Some(at) = known {
            self.heard.remove(at);
        }
        let most = match &config.transport {
            Transport::Multicast { .. } => SENDERS,
            Transport::Unicast { peers, .. } => peers.len().max(SENDERS),
        };
        if self.heard.len() >= most {
            self.heard.remove(0);
        }
        self.heard.push((source, stamp));
        Ok(())
    }
}

/// The trailer of an advert, where its instance sends one.
pub(super) fn signed<A: Address>(
    config: &model::Instance,
    stamp: Option<Stamp>,
    (source, destination): (A, A),
    message: &Arc<[u8]>,
) -> Arc<[u8]> {
    let (Some(hmac), Some(stamp)) = (&config.hmac, stamp) else {
        return Arc::clone(message);
    };
    let Some(key) = hmac.keys.iter().find(|key| key.id == hmac.active_key) else {
        return Arc::clone(message);
    };
    let binding = Binding {
        version: config.version,
        vrid: config.vrid.get(),
        source: source.into(),
    };
    let trailer = trailer::sign((key.id, &key.secret), stamp, binding, message);
    trailer::join(message, trailer, source, destination)
}

/// How far a sender's clock may be off, in whole seconds. keepalived: the larger of three adverts
/// and 5 s, unless it is given.
fn window(config: &model::Instance, hmac: &HmacAuth) -> Duration {
    let interval = config.advert_interval.duration();
    hmac.time_window.unwrap_or((interval * 3).max(WINDOW_FLOOR))
}
