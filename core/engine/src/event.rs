//! What happens to a node.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bfd::ReceivedBfd;
use crate::id::{AddressKey, OpId, RunId};
use crate::kernel::ipvs::{self, IpvsError};
use crate::kernel::{Address, KernelError, KernelKey, RouteKey, RuleKey, VirtualLink};
use crate::lvs::{ProbeId, ProbeResult};
use crate::model::Config;
use crate::track::Sighting;
use crate::unit::{IfName, Mac};

/// Everything that can happen to a node. Adapters make these; [`crate::Node::handle`] takes them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A datagram of IP protocol 112, or 51 where [`crate::effect::Carrier`] says so, arrived.
    Receive(Received),
    /// An interface appeared, changed or went.
    Link(LinkReport),
    /// The whole list of an interface's addresses: the answer to [`crate::Effect::Observe`], and
    /// what an adapter sends after it lost track.
    Addresses {
        /// The interface.
        interface: IfName,
        /// All its addresses, in the kernel's order: the first is the primary one.
        addresses: Vec<Address>,
    },
    /// An address came, or changed, by whosever hand.
    AddressAdded(Address),
    /// An address went, by whosever hand.
    AddressRemoved(AddressKey),
    /// All routes and rules of the protocols that are followed: the answer to
    /// [`crate::Effect::ObserveRouting`], and what an adapter sends whenever the kernel may have
    /// dropped some without saying so.
    Routing {
        /// The routes.
        routes: Vec<RouteKey>,
        /// The rules.
        rules: Vec<RuleKey>,
    },
    /// A route or a rule came, by whosever hand.
    Found(KernelKey),
    /// A route or a rule went, by whosever hand.
    Lost(KernelKey),
    /// An interface of a kind that nodes make, on a watched one, came or changed, or has gone; told
    /// before the [`Event::Link`] that first tells of the watched one.
    VirtualLink {
        /// Its name.
        name: IfName,
        /// What it is, or `None` when there is no such interface any more.
        link: Option<VirtualLink>,
    },
    /// All addresses that this host has, on whatever interface, told where services follow theirs
    /// (keepalived: `ha_suspend`) and when they change. Addresses on watched interfaces are heard of
    /// without it.
    Present(BTreeSet<IpAddr>),
    /// The answer to one kernel operation.
    KernelDone {
        /// Which operation.
        op: OpId,
        /// Whether the kernel did it.
        outcome: Result<(), KernelError>,
    },
    /// A script's run is over: the one answer to [`crate::Effect::StartScript`].
    ScriptExited {
        /// Which run.
        run: RunId,
        /// How it ended.
        exit: ScriptExit,
    },
    /// Something that the node follows was looked at: what [`crate::Effect::Follow`] asked for.
    Sighting(Sighting),
    /// A check of a real server is over: the one answer to [`crate::Effect::StartProbe`], unless
    /// it was cancelled.
    ProbeDone {
        /// Which check.
        probe: ProbeId,
        /// How it ended.
        result: ProbeResult,
    },
    /// The answer to one change of the kernel's table of services.
    TableDone {
        /// Which change.
        op: OpId,
        /// Whether the kernel did it.
        outcome: Result<(), IpvsError>,
    },
    /// The kernel's whole table of services: the answer to [`crate::Effect::ObserveTable`], or why
    /// it can't be seen.
    Table(Result<Box<ipvs::Table>, IpvsError>),
    /// What the wall clock says now: the time since 1970. Told at the start, and again when it was
    /// set; only HMAC trailers ask for it.
    WallClock {
        /// The time since 1970.
        #[serde(with = "crate::model::as_nanos")]
        unix: core::time::Duration,
    },
    /// A datagram arrived at one of BFD's ports.
    ReceiveBfd(ReceivedBfd),
    /// A new configuration, already checked, is to be run from now on.
    Reload(Box<Config>),
    /// Counters and what was heard are to be forgotten (keepalived: the signal STATS_CLEAR).
    ClearStatistics,
    /// The node is to hand over and stop; [`crate::Effect::Stopped`] follows when it has.
    Shutdown,
}

/// A datagram with what the IP header said of it. The core checks all of it itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// The interface that it came in by.
    pub interface: IfName,
    /// IP source.
    pub source: IpAddr,
    /// IP destination.
    pub destination: IpAddr,
    /// TTL or hop limit as received; only 255 is from this link (RFC 9568 5.1.1.3).
    pub hop_limit: u8,
    /// Everything before the message, IP header included, where it came behind an authentication
    /// header (IP protocol 51). None: it came as IP protocol 112.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::serial::hex_or_none"
    )]
    pub header: Option<Arc<[u8]>>,
    /// The message: the bytes behind the IP header, and behind the authentication header if there
    /// is one.
    #[serde(with = "crate::serial::hex")]
    pub payload: Arc<[u8]>,
}

/// State of one interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkReport {
    /// Its name.
    pub interface: IfName,
    /// Its state, or `None` when there is no such interface (any more).
    pub link: Option<Link>,
}

/// An interface that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The kernel's index for it; another one after it was removed and made again.
    pub index: u32,
    /// Administratively up and with carrier (`IFF_UP` and `IFF_RUNNING`).
    pub up: bool,
    /// Its hardware address.
    pub mac: Mac,
}

/// How a script's run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScriptExit {
    /// It exited with this status; 0 is success.
    Status(i32),
    /// A signal ended it: ours after a timeout, or somebody else's.
    Signal(i32),
    /// It could not be started. keepalived counts this as success; here it has failed.
    NotStarted,
}

impl ScriptExit {
    /// Whether the checked thing is well.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Status(0))
    }
}
