//! What a node wants done, and what it wants known.
//!
//! Effects leave a node in one queue, and their order is part of their meaning: an address before
//! its gratuitous ARP, the gratuitous ARP before the "MASTER" notification, the priority-0 advert
//! before the address goes.

use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bfd::TransmitBfd;
use crate::id::{AddressKey, InstanceKey, OpId, RunId};
use crate::kernel::ipvs::IpvsOp;
use crate::kernel::{KernelError, KernelKey, KernelOp};
use crate::lvs::{LvsNotice, ProbeId, ProbeSpec};
use crate::model::Hook;
use crate::notify::Notification;
use crate::pacing::Pacer;
use crate::time::Instant;
use crate::track::{FileContent, Followed, TrackerKind, Verdict};
use crate::unit::{Family, IfName, Mac, Name, Priority};
use crate::vrrp::{Cause, State};
use crate::wire::bfd;
use crate::wire::vrrp::Rejection;

/// One thing that a node wants done. Drivers hand each to the port that it names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Send an advert (`NetPort`).
    Transmit(Transmit),
    /// Tell the segment where an address lives now (`NetPort`).
    Announce(Announce),
    /// Receive VRRP of this group on this interface from now on (`NetPort`).
    Join(Membership),
    /// Stop that (`NetPort`).
    Leave(Membership),
    /// Change the kernel; answered by [`crate::Event::KernelDone`] with the same id (`KernelPort`).
    Kernel {
        /// The id that the answer must carry.
        op: OpId,
        /// The change.
        action: KernelOp,
    },
    /// List an interface's addresses; answered by [`crate::Event::Addresses`] (`KernelPort`).
    Observe {
        /// The interface.
        interface: IfName,
    },
    /// Report routes and rules of these protocols at every change, and list them; answered by
    /// [`crate::Event::Routing`]. Of no protocol: stop that (`KernelPort`).
    ObserveRouting {
        /// The protocol ids.
        protocols: BTreeSet<u8>,
    },
    /// Report this interface's state now and at every change (`WatchPort`).
    Watch {
        /// The interface.
        interface: IfName,
    },
    /// Stop that (`WatchPort`).
    Unwatch {
        /// The interface.
        interface: IfName,
    },
    /// Start a script; answered by [`crate::Event::ScriptExited`] with the same id (`ScriptPort`).
    StartScript {
        /// The id that the answer must carry.
        run: RunId,
        /// The script's name, for people.
        script: Name,
        /// What to execute, and as whom; shared by all runs.
        hook: Arc<Hook>,
    },
    /// Signal the process group of a run (`ScriptPort`). The answer is still the run's one exit.
    KillScript {
        /// Which run.
        run: RunId,
        /// How hard.
        signal: Kill,
    },
    /// Report what this holds, or how many there are of it, now and at every change, as
    /// [`crate::Event::Sighting`] (`TrackPort`).
    Follow(Box<Followed>),
    /// Stop that (`TrackPort`).
    Unfollow {
        /// Of which kind it is.
        kind: TrackerKind,
        /// What it is called.
        name: Name,
    },
    /// Check a real server; answered by [`crate::Event::ProbeDone`] with the same id
    /// (`ProbePort`).
    StartProbe {
        /// The id that the answer must carry.
        probe: ProbeId,
        /// What is to be done.
        spec: Arc<ProbeSpec>,
        /// Which of an HTTP check's pages is asked for, from 0; none: it has no pages.
        page: Option<u16>,
    },
    /// Give a check up (`ProbePort`). An answer that comes in spite of that is not heard.
    CancelProbe {
        /// Which check.
        probe: ProbeId,
    },
    /// Change the kernel's table of services; answered by [`crate::Event::TableDone`] with the same
    /// id (`TablePort`). These ids are the table's own.
    Table {
        /// The id that the answer must carry.
        op: OpId,
        /// The change.
        action: IpvsOp,
    },
    /// List the kernel's table of services; answered by [`crate::Event::Table`] (`TablePort`).
    ObserveTable,
    /// Send a BFD control packet (`TrackPort`).
    TransmitBfd(TransmitBfd),
    /// Tell people and scripts of a change, in order, once each (`NotifyPort`).
    Notify(Notification),
    /// Record something that happened inside (`JournalPort`).
    Notice(Notice),
    /// All is handed over; the driver may exit.
    Stopped,
}

/// An advert, ready for the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transmit {
    /// The interface to send on.
    pub interface: IfName,
    /// IP source: the interface's primary address (RFC 9568 5.1.1.1).
    pub source: IpAddr,
    /// IP destination: 224.0.0.18 (RFC 9568 5.1.1.2).
    pub destination: IpAddr,
    /// TTL or hop limit: 255 (RFC 9568 5.1.1.3).
    pub hop_limit: u8,
    /// Everything before the message, IP header included and final, where the message is behind an
    /// authentication header (IP protocol 51; RFC 2338 5.3.6.3). None: protocol 112, and the
    /// sender's kernel makes the IP header.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::serial::hex_or_none"
    )]
    pub header: Option<Arc<[u8]>>,
    /// The VRRP message.
    #[serde(with = "crate::serial::hex")]
    pub payload: Arc<[u8]>,
}

/// A gratuitous ARP to be broadcast: sender and target are the address (RFC 9568 6.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announce {
    /// The interface to send on.
    pub interface: IfName,
    /// The address that lives here now.
    pub address: IpAddr,
    /// The hardware address that it lives at.
    pub mac: Mac,
}

/// A multicast group on an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Membership {
    /// The interface.
    pub interface: IfName,
    /// The group: 224.0.0.18 or ff02::12 unless configured otherwise; the unspecified address
    /// means that only adverts to this host itself are received, by unicast.
    pub group: IpAddr,
    /// Which IP protocol.
    #[serde(default)]
    pub carrier: Carrier,
}

/// The IP protocol that carries adverts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Carrier {
    /// 112, VRRP itself.
    #[default]
    Plain,
    /// 51, an authentication header before the message; over IPv4 only.
    Authenticated,
}

impl Membership {
    /// What stands for a group where adverts come by unicast.
    #[must_use]
    pub const fn unicast(family: Family) -> IpAddr {
        match family {
            Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        }
    }
}

/// How hard a script is stopped. keepalived: SIGTERM at the timeout, SIGKILL two seconds later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kill {
    /// SIGTERM.
    Terminate,
    /// SIGKILL.
    Kill,
}

/// One change of an instance's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// Which instance.
    pub instance: InstanceKey,
    /// Its name in the configuration.
    pub name: Name,
    /// The state that it left.
    pub from: State,
    /// The state that it entered.
    pub to: State,
    /// Why.
    pub cause: Cause,
    /// Its effective priority at that moment.
    pub priority: Priority,
}

/// Something worth recording. What others can cause at will is rate limited by the core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// An instance changed its state. Recorded at once; [`Effect::Notify`] may follow later.
    Transition(Transition),
    /// An instance's effective priority changed.
    Priority {
        /// Which instance.
        instance: InstanceKey,
        /// Before.
        from: Priority,
        /// After.
        to: Priority,
    },
    /// What is known of a tracked script, process or BFD session changed.
    Verdict {
        /// Of which kind it is.
        kind: TrackerKind,
        /// What it is called.
        name: Name,
        /// Before.
        from: Verdict,
        /// After.
        to: Verdict,
    },
    /// What a tracked file holds changed.
    File {
        /// Which file, by the name of its `track_file`.
        file: Name,
        /// What was read.
        content: FileContent,
        /// The number that counts from now on.
        number: i32,
    },
    /// A BFD session changed its state.
    Bfd {
        /// Which session.
        session: Name,
        /// The state that it entered.
        state: bfd::State,
        /// Why, where it is down.
        diagnostic: bfd::Diagnostic,
    },
    /// A script ran longer than its timeout; that run has failed.
    ScriptTimeout {
        /// Which script.
        script: Name,
    },
    /// An advert was refused and changed nothing but counters.
    Rejected {
        /// The interface that it came in by.
        interface: IfName,
        /// Whom it was meant for, if an instance can be named.
        instance: Option<InstanceKey>,
        /// Who sent it.
        source: IpAddr,
        /// Why it was refused.
        reason: Rejection,
        /// How many more of this reason were refused in silence since the last such notice.
        suppressed: u64,
    },
    /// An accepted advert differs in a way that a person should mend (RFC 9568 7.1).
    Mismatch {
        /// Which instance.
        instance: InstanceKey,
        /// Who sent it.
        source: IpAddr,
        /// What differs.
        what: Mismatch,
    },
    /// A master met another master; one of them will step down. Said once in each mastership, and
    /// then once in a while.
    DualMaster {
        /// Which instance.
        instance: InstanceKey,
        /// The other master.
        peer: IpAddr,
        /// The other master's priority.
        priority: Priority,
    },
    /// Somebody removed an address that a master owns; it is put back. Rate limited.
    AddressLost {
        /// Which instance.
        instance: InstanceKey,
        /// The address.
        address: AddressKey,
    },
    /// Somebody removed a route or a rule that a master, or the node itself, has; it is put back.
    /// Rate limited.
    RoutingLost {
        /// Which instance; none: it is static.
        instance: Option<InstanceKey>,
        /// The route or the rule.
        object: KernelKey,
    },
    /// A kernel operation failed; it is tried again.
    KernelFailed {
        /// The operation.
        action: KernelOp,
        /// The kernel's word.
        error: KernelError,
    },
    /// Something of the LVS part.
    Lvs(LvsNotice),
    /// A timer was handled later than its instance's skew time: elections are no longer safe.
    Late {
        /// Which instance.
        instance: InstanceKey,
        /// By how much.
        #[serde(with = "crate::model::as_nanos")]
        by: Duration,
    },
}

/// In which way an accepted advert differs from what is configured here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mismatch {
    /// The list of virtual addresses (rule R15; version 2 keepalived: logged, not dropped).
    Addresses,
    /// The advertisement interval of version 3 (rule R14); the sender's is adopted.
    Interval,
    /// The sender too claims to own the addresses (RFC 9568 8.3.2).
    SecondOwner,
}

/// How much room an empty queue keeps, in effects.
const BURST: usize = 64;

/// The one ordered queue of effects, and the announcements that may not enter it yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outbox {
    queue: VecDeque<Effect>,
    pacer: Pacer,
    /// The time of what is being handled.
    now: Instant,
}

impl Outbox {
    pub(crate) fn push(&mut self, effect: Effect) {
        if let Effect::Announce(announce) = effect {
            let admitted = self.pacer.admit(self.now, announce);
            self.queue.extend(admitted.map(Effect::Announce));
        } else {
            self.queue.push_back(effect);
        }
    }

    pub(crate) fn notice(&mut self, notice: Notice) {
        self.push(Effect::Notice(notice));
    }

    pub(crate) fn pop(&mut self) -> Option<Effect> {
        let effect = self.queue.pop_front();
        if self.queue.is_empty() && self.queue.capacity() > BURST {
            // What a thousand instances did at once is no measure of what comes.
            self.queue = VecDeque::new();
        }
        effect
    }

    /// Lets out what has waited long enough by now.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.now = now;
        while let Some(announce) = self.pacer.release(now) {
            self.queue.push_back(Effect::Announce(announce));
        }
    }

    /// The spacing of announcements.
    pub(crate) const fn pacer(&mut self) -> &mut Pacer {
        &mut self.pacer
    }

    /// When [`Self::tick`] lets something out.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.pacer.poll_timeout()
    }
}
