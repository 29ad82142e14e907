//! One VRRP instance: `vrrp_instance` of keepalived.

use core::time::Duration;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::ModelError;
use super::{HmacAuth, Notify, Route, Rule, Trackers, Transport, VirtualAddress, Vmac};
use crate::id::InstanceKey;
use crate::unit::{AdvertInterval, Family, IfName, Name, Priority, Version, Vrid};

/// A virtual router as this node plays it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its name, for people; its identity is [`Self::key`].
    pub name: Name,
    /// The interface that it speaks on.
    pub interface: IfName,
    /// Its virtual router id.
    pub vrid: Vrid,
    /// Its address family, which is that of its first virtual address; default IPv4.
    pub family: Family,
    /// Its protocol version; default 2.
    pub version: Version,
    /// Its configured priority, 1 to 255; default 100.
    pub priority: Priority,
    /// What `state` says. keepalived: it does not shorten an election.
    pub initial_state: InitialState,
    /// How often it advertises when master; default 1 s. Version 3 backups adopt the master's.
    pub advert_interval: AdvertInterval,
    /// Whether and when it takes over from a live master of lower priority.
    pub preemption: Preemption,
    /// Authentication of version 2.
    pub auth: Auth,
    /// Which bytes the checksum of version 3 over IPv4 covers.
    pub checksum: Checksum,
    /// What a master does on hearing an advert that loses against its own.
    pub losing_advert: LosingAdvert,
    /// What an address owner does on hearing an advert at all.
    pub owner_conflict: OwnerConflict,
    /// Whether a master that steps down for a higher advert sends one last advert of its own, so
    /// that the winner learns of the dual mastership and announces its addresses again.
    ///
    /// keepalived: `higher_prio_send_advert`, default off. Default on here: without it, whether
    /// clients keep the loser's address after a healed partition depends on whose advert came
    /// first.
    pub farewell_advert: bool,
    /// Gratuitous ARP: how many, when, and when again.
    pub garp: GarpPolicy,
    /// The addresses that a master owns, in the order in which adverts list them.
    pub virtual_addresses: Vec<VirtualAddress>,
    /// Addresses that a master owns and adverts do not list; of either family.
    pub excluded_addresses: Vec<VirtualAddress>,
    /// Routes that a master has.
    pub routes: Vec<Route>,
    /// Routing rules that a master has.
    pub rules: Vec<Rule>,
    /// How its adverts reach the others.
    pub transport: Transport,
    /// Whether it is in FAULT while the source address of its adverts is not there
    /// (keepalived: `track_src_ip`).
    pub track_source: bool,
    /// The virtual MAC interface that carries its addresses, if any.
    pub vmac: Option<Vmac>,
    /// The VRF of its interface, if one is given.
    pub vrf: Option<IfName>,
    /// HMAC authentication (keepalived 2.4: `auth_hmac`).
    pub hmac: Option<HmacAuth>,
    /// What moves its priority or puts it in FAULT.
    pub trackers: Trackers,
    /// Whether the state of its own interface counts; `dont_track_primary` unsets it.
    pub track_primary: bool,
    /// How many intervals of silence, besides the skew, a backup waits: 1 to 100, default 3
    /// (RFC 9568 6.1; keepalived: `down_timer_adverts`).
    pub down_timer_adverts: u8,
    /// Whether a master that does not own its addresses accepts packets for them; default true
    /// (RFC 9568: Accept_Mode, default false; keepalived: default true unless strict).
    pub accept: bool,
    /// Whether the address list of a master's adverts is compared once only
    /// (keepalived: `skip_check_adv_addr`).
    pub skip_check_addresses: bool,
    /// Whether it keeps to the letter of the RFC (keepalived: `vrrp_strict`, `strict_mode`); what
    /// that changes in other fields is changed there already.
    pub strict: bool,
    /// Whether the interface promotes secondary addresses when the primary goes
    /// (keepalived: `promote_secondaries`).
    pub promote_secondaries: bool,
    /// Who is told of its transitions, and how.
    pub notify: Notify,
}

impl Instance {
    /// The key of the authentication header around its adverts, if they have one: in version 2 over
    /// IPv4 only (keepalived: over IPv6 there is none, whatever the file says).
    #[must_use]
    pub const fn header_key(&self) -> Option<[u8; 8]> {
        match (self.version, self.family, self.auth) {
            (Version::V2, Family::V4, Auth::Ah(key)) => Some(key),
            (Version::V2 | Version::V3, Family::V4 | Family::V6, _) => None,
        }
    }

    /// Whether it refuses adverts over IPv6 whose first address is not link-local (RFC 9568 5.2.9,
    /// erratum 8300): in strict mode, and only if its own list keeps to that rule.
    ///
    /// The field does not: keepalived and FRR take and send such adverts, FRR's manual teaches them,
    /// and two nodes of one file must not refuse each other.
    #[must_use]
    pub fn insists_on_link_local(&self) -> bool {
        let first = self.virtual_addresses.first();
        self.strict
            && self.family == Family::V6
            && first.is_some_and(|own| Self::may_come_first(own.address))
    }

    /// Whether an advert may begin with this address: over IPv6 a link-local one (RFC 9568 5.2.9).
    #[must_use]
    pub const fn may_come_first(address: IpAddr) -> bool {
        match address {
            IpAddr::V4(_) => true,
            IpAddr::V6(address) => address.is_unicast_link_local(),
        }
    }

    /// An instance with keepalived's defaults.
    #[must_use]
    pub fn new(name: Name, interface: IfName, vrid: Vrid) -> Self {
        Self {
            name,
            interface,
            vrid,
            family: Family::V4,
            version: Version::V2,
            priority: Priority::DEFAULT,
            initial_state: InitialState::Backup,
            advert_interval: AdvertInterval::DEFAULT,
            preemption: Preemption::Immediate,
            auth: Auth::None,
            checksum: Checksum::PseudoHeader,
            losing_advert: LosingAdvert::Answer,
            owner_conflict: OwnerConflict::Compete,
            farewell_advert: true,
            garp: GarpPolicy::default(),
            virtual_addresses: Vec::new(),
            excluded_addresses: Vec::new(),
            routes: Vec::new(),
            rules: Vec::new(),
            transport: Transport::default(),
            track_source: false,
            vmac: None,
            vrf: None,
            hmac: None,
            trackers: Trackers::default(),
            track_primary: true,
            down_timer_adverts: 3,
            accept: true,
            skip_check_addresses: false,
            strict: false,
            promote_secondaries: false,
            notify: Notify::default(),
        }
    }

    /// Its identity.
    #[must_use]
    pub const fn key(&self) -> InstanceKey {
        InstanceKey {
            interface: self.interface,
            vrid: self.vrid,
            family: self.family,
        }
    }

    pub(super) fn check(&self) -> Result<(), ModelError> {
        let instance = || self.name.clone();
        if self.priority == Priority::RESIGN {
            return Err(ModelError::Priority {
                instance: instance(),
            });
        }
        if !self.advert_interval.fits(self.version) {
            return Err(ModelError::Interval {
                instance: instance(),
                version: self.version,
                interval: self.advert_interval,
            });
        }
        if self.version == Version::V3 && self.auth != Auth::None {
            return Err(ModelError::Authentication {
                instance: instance(),
            });
        }
        if self.virtual_addresses.len() > 255 {
            return Err(ModelError::TooManyAddresses {
                instance: instance(),
            });
        }
        for virtual_address in &self.virtual_addresses {
            let address = virtual_address.address;
            if address.is_ipv4() != (self.family == Family::V4) {
                return Err(ModelError::Family {
                    instance: instance(),
                    address,
                });
            }
        }
        Ok(())
    }
}

/// What the `state` keyword says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InitialState {
    /// `state BACKUP`, the default.
    Backup,
    /// `state MASTER`.
    Master,
}

/// Whether and when a backup takes over from a live master of lower priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preemption {
    /// As soon as its timer runs out (RFC 9568: Preempt_Mode true).
    Immediate,
    /// Never (RFC 9568: Preempt_Mode false; keepalived: `nopreempt`).
    Never,
    /// Only once such a master has been heard for this long (keepalived: `preempt_delay`,
    /// 0 to 1000 s). Silence is never waited out longer.
    Delayed(#[serde(with = "super::as_nanos")] Duration),
}

/// Authentication of version 2 (RFC 2338 5.3.6; removed by RFC 3768, kept by the field).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Auth {
    /// Type 0.
    None,
    /// Type 1: a password in clear text, zero padded.
    Pass([u8; 8]),
    /// Type 2: an IPsec authentication header (HMAC-MD5-96) with this key, zero padded.
    Ah([u8; 8]),
}

/// Which bytes the checksum of version 3 over IPv4 covers (disagreement D1 of the RFCs).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Checksum {
    /// The message and a pseudo-header: RFC 5798's text as the field reads it; the default.
    PseudoHeader,
    /// The message alone: RFC 9568 5.2.8 (keepalived: `v3_checksum_as_v2`).
    MessageOnly,
}

/// Whether a master answers an advert that loses against its own (disagreement D2). It announces its
/// addresses again in either case, as often as `garp_lower_prio_repeat` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LosingAdvert {
    /// Advertise at once (RFC 9568 6.4.3; keepalived's default).
    Answer,
    /// Discard it (RFC 5798 6.4.3; keepalived: `lower_prio_no_advert`).
    Discard,
}

/// What an address owner does on hearing an advert (disagreement D4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnerConflict {
    /// Process it by the state machine and warn (erratum 8298), so that one owner remains.
    Compete,
    /// Drop it (RFC 9568 7.1; keepalived: `owner_ignore_adverts`).
    Ignore,
}

/// How often a new master announces an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GarpPolicy {
    /// Announcements in each batch; default 5 (keepalived: `garp_master_repeat`).
    pub repeat: u32,
    /// Time from the first batch to the second; default 5 s, 0 means no second
    /// (keepalived: `garp_master_delay`).
    #[serde(with = "super::as_nanos")]
    pub delay: Duration,
    /// Time between further announcements of a standing master; default 0: none
    /// (keepalived: `garp_master_refresh`).
    #[serde(with = "super::as_nanos")]
    pub refresh: Duration,
    /// Announcements in each refresh; default 1 (keepalived: `garp_master_refresh_repeat`).
    pub refresh_repeat: u32,
    /// Announcements on hearing a losing advert; default `repeat`
    /// (keepalived: `garp_lower_prio_repeat`).
    pub losing_repeat: u32,
    /// Time from that batch to the second; default `delay`, 0 means no second
    /// (keepalived: `garp_lower_prio_delay`).
    #[serde(with = "super::as_nanos")]
    pub losing_delay: Duration,
    /// Announcements where no adverts leave, without which a switch forgets where those
    /// addresses are (keepalived: `garp_extra_if`).
    pub extra: ExtraAnnouncements,
}

/// Repeated announcements of the addresses that are not on the interface by which adverts leave;
/// default none (keepalived: `garp_extra_if`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraAnnouncements {
    /// Time between two of them; 0: none.
    #[serde(with = "super::as_nanos")]
    pub every: Duration,
    /// Whether they are for addresses on any interface, not only on those with a virtual MAC.
    pub all: bool,
}

impl Default for GarpPolicy {
    fn default() -> Self {
        Self {
            repeat: 5,
            delay: Duration::from_secs(5),
            refresh: Duration::ZERO,
            refresh_repeat: 1,
            losing_repeat: 5,
            losing_delay: Duration::from_secs(5),
            extra: ExtraAnnouncements::default(),
        }
    }
}
