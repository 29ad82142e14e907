//! The one event log. Everything that people see of a run is made from it, and the invariants
//! read it while it grows.
//!
//! Invariant: an entry is cheap to make (ids, no text), so that a run that keeps nothing can
//! still make all of them. Deliberately absent: a second log. What is compact is a filter:
//! [`Level`].

mod kind;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use bellwether_core::Instant;
use bellwether_core::effect::Mismatch;
use bellwether_core::event::ScriptExit;
use bellwether_core::id::{AddressKey, InstanceKey, RunId};
use bellwether_core::kernel::ipvs::IpvsOp;
use bellwether_core::kernel::{KernelError, KernelKey, KernelOp};
use bellwether_core::lvs::{LvsNotice, ProbeId, ProbeResult, ProbeSpec};
use bellwether_core::notify::Told;
use bellwether_core::track::{FileContent, Sighting, TrackerKind, Verdict};
use bellwether_core::unit::{Family, IfName, Name, Priority};
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::wire::bfd;
use bellwether_core::wire::vrrp::Rejection;
use core::time::Duration;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::invariant::Violation;

pub use kind::{FORMAT, FORMAT_VERSION, KINDS};

/// A node's place among the scenario's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u16);

impl NodeId {
    /// The place as an index.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A station's place: nodes first, then clients, then the stranger that injections come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StationId(pub u16);

impl StationId {
    /// The place as an index.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl From<NodeId> for StationId {
    fn from(node: NodeId) -> Self {
        Self(node.0)
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in the world's time.
    pub at: Instant,
    /// On which node, if on one.
    pub node: Option<NodeId>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A phase of the run begins.
    Phase(Phase),
    /// A fault of the scenario happens.
    Fault(Box<Fault>),
    /// A node's process or power changed.
    Process(Process),
    /// An instance changed its state.
    Transition {
        /// Which instance.
        instance: InstanceKey,
        /// Its name.
        name: Name,
        /// The state that it left.
        from: State,
        /// The state that it entered.
        to: State,
        /// Why.
        cause: Cause,
        /// Its effective priority at that moment.
        priority: Priority,
    },
    /// An instance's effective priority changed.
    Priority {
        /// Which instance.
        instance: InstanceKey,
        /// Before.
        from: Priority,
        /// After.
        to: Priority,
    },
    /// A node sent an advert.
    AdvertSent(Advert),
    /// A station's advert reached a node.
    AdvertDelivered {
        /// Who sent it.
        from: StationId,
        /// The advert.
        advert: Advert,
        /// Whether the stranger made it, or a link damaged it.
        tampered: bool,
    },
    /// A node's advert did not reach a node.
    AdvertLost {
        /// For whom it was.
        to: NodeId,
        /// The advert.
        advert: Advert,
        /// What became of it.
        why: Loss,
    },
    /// A node refused an advert. The core limits how often it says so.
    AdvertRefused {
        /// The interface that it came in by.
        interface: IfName,
        /// Whom it was meant for, if an instance can be named.
        instance: Option<InstanceKey>,
        /// Who sent it, by address.
        source: IpAddr,
        /// Why it was refused.
        reason: Rejection,
        /// How many more were refused in silence.
        suppressed: u64,
    },
    /// A node accepted an advert that differs in a way that a person should mend.
    Mismatch {
        /// Which instance.
        instance: InstanceKey,
        /// Who sent it, by address.
        source: IpAddr,
        /// What differs.
        what: Mismatch,
    },
    /// A master met another master.
    DualMaster {
        /// Which instance.
        instance: InstanceKey,
        /// The other master, by address.
        peer: IpAddr,
        /// The other master's priority.
        priority: Priority,
    },
    /// Somebody removed an address that a master owns; it is put back.
    AddressLost {
        /// Which instance.
        instance: InstanceKey,
        /// The address.
        address: AddressKey,
    },
    /// A node announced an address: by gratuitous ARP, or by an unsolicited neighbour
    /// advertisement.
    Garp {
        /// On which interface.
        interface: IfName,
        /// For which address.
        address: IpAddr,
    },
    /// A client learned, or forgot, which node carries an address.
    ClientArp {
        /// Which client.
        client: StationId,
        /// Which address.
        address: IpAddr,
        /// The node that it sends to from now on.
        node: Option<NodeId>,
    },
    /// A node's kernel carries an address from now on.
    AddressAdded(AddressKey),
    /// A node's kernel no longer carries an address.
    AddressRemoved(AddressKey),
    /// A node's kernel has a route, a rule or a filter from now on, or no longer.
    Routing {
        /// The route, the rule or the filter.
        object: KernelKey,
        /// Whether it is there now.
        there: bool,
    },
    /// Somebody removed a route or a rule that a node needs; it is put back.
    RoutingLost {
        /// Which instance; none: it is static.
        instance: Option<InstanceKey>,
        /// The route or the rule.
        object: KernelKey,
    },
    /// An interface gained or lost its carrier.
    Link {
        /// Which interface.
        interface: IfName,
        /// Whether it has carrier now.
        up: bool,
    },
    /// The node heard how one of its interfaces is.
    LinkSeen {
        /// Which interface.
        interface: IfName,
        /// Whether it is there and up.
        up: bool,
    },
    /// A kernel operation failed.
    KernelFailed {
        /// The operation.
        action: KernelOp,
        /// The kernel's word.
        error: KernelError,
    },
    /// A script's run began.
    ScriptStarted {
        /// Which run.
        run: RunId,
        /// Which script.
        script: Name,
    },
    /// The node heard that a script's run is over.
    ScriptExited {
        /// Which run.
        run: RunId,
        /// Which script.
        script: Name,
        /// How it ended.
        exit: ScriptExit,
    },
    /// A script ran longer than its timeout.
    ScriptTimeout {
        /// Which script.
        script: Name,
    },
    /// What a node knows of a tracked script, process or BFD session changed.
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
    /// The node was told of something that it follows.
    Sighted(Sighting),
    /// The node heard a BFD packet.
    BfdHeard {
        /// Of whom.
        source: IpAddr,
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
    /// What a tracked file holds changed, as the node says.
    File {
        /// Which file.
        file: Name,
        /// What was read.
        content: FileContent,
        /// The number that counts from now on.
        number: i32,
    },
    /// A node told people and scripts of a transition.
    Notified {
        /// Which instance.
        instance: InstanceKey,
        /// The state that it entered.
        to: State,
    },
    /// A node told people and scripts of something else: a sync group's state, for one.
    Told {
        /// Of whom, in keepalived's words: `GROUP "G1"`.
        subject: String,
        /// What.
        told: Told,
    },
    /// Something of a node's LVS part.
    Lvs(Box<LvsNotice>),
    /// A node began to check a real server.
    ProbeStarted {
        /// Which check.
        probe: ProbeId,
        /// What is checked, and how.
        spec: Arc<ProbeSpec>,
    },
    /// A node heard how a check ended.
    ProbeEnded {
        /// Which check.
        probe: ProbeId,
        /// How.
        result: ProbeResult,
    },
    /// A node gave a check up.
    ProbeCancelled {
        /// Which check.
        probe: ProbeId,
    },
    /// A node's table of services was changed, by its node or by somebody else.
    TableChanged(Box<IpvsOp>),
    /// A node handled a timer late.
    Late {
        /// Which instance.
        instance: InstanceKey,
        /// By how much.
        #[serde(with = "crate::scenario::units::span")]
        by: Duration,
    },
    /// An expectation was met, or not.
    Expectation {
        /// Its place among the scenario's.
        index: u32,
        /// Whether it was met.
        met: bool,
        /// What was seen instead, in words; empty when met.
        seen: String,
    },
    /// An invariant was violated.
    Violation(Box<Violation>),
}

/// The phases of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Things break.
    Faults,
    /// Everything is mended; from now on liveness counts.
    Healed,
    /// All must have converged; from now on nothing may change.
    Stable,
    /// The run is over.
    End,
}

/// What happens to a node's process and power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Process {
    /// The process started.
    Started,
    /// The process was told to stop.
    Stopping,
    /// The process has handed over and exited.
    Exited,
    /// The process was killed.
    Killed,
    /// The power went.
    PoweredOff,
    /// The power came back.
    PoweredOn,
    /// The process is not scheduled any more.
    Paused,
    /// The process is scheduled again, with this many events waiting.
    Resumed {
        /// Packets and answers that queued meanwhile.
        waiting: u32,
    },
    /// The process was given a new configuration.
    Reloaded,
}

/// An advert in brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advert {
    /// The interface: the sender's when sent or lost, the receiver's when delivered.
    pub interface: IfName,
    /// Its address family.
    pub family: Family,
    /// The virtual router id that it carries, 0 when it is too short for one.
    pub vrid: u8,
    /// The priority that it carries.
    pub priority: Priority,
}

/// What became of an advert that did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The way is cut.
    Cut,
    /// Lost at random or by order.
    Random,
    /// The sender's or the receiver's interface has no carrier.
    NoCarrier,
    /// Nobody listens there: the node is off, or its process does not run.
    NotListening,
    /// The socket buffer of a paused process is full.
    BufferFull,
}

/// How much of the log one wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Transitions, faults, phases, expectations, violations: what snapshots hold.
    Compact,
    /// And addresses, clients, verdicts, notices.
    Detail,
    /// And every packet and script run.
    Packet,
}

impl What {
    /// From which level on it is shown.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self {
            Self::Phase(_)
            | Self::Fault(_)
            | Self::Process(_)
            | Self::Transition { .. }
            | Self::Expectation { .. }
            | Self::Lvs(_)
            | Self::Violation(_) => Level::Compact,
            Self::Priority { .. }
            | Self::AdvertRefused { .. }
            | Self::Mismatch { .. }
            | Self::DualMaster { .. }
            | Self::AddressLost { .. }
            | Self::Routing { .. }
            | Self::RoutingLost { .. }
            | Self::ClientArp { .. }
            | Self::AddressAdded(_)
            | Self::AddressRemoved(_)
            | Self::Link { .. }
            | Self::KernelFailed { .. }
            | Self::ScriptTimeout { .. }
            | Self::Verdict { .. }
            | Self::File { .. }
            | Self::TableChanged(_)
            | Self::Bfd { .. }
            | Self::Late { .. } => Level::Detail,
            Self::AdvertSent(_)
            | Self::AdvertDelivered { .. }
            | Self::AdvertLost { .. }
            | Self::Garp { .. }
            | Self::LinkSeen { .. }
            | Self::ProbeStarted { .. }
            | Self::ProbeEnded { .. }
            | Self::ProbeCancelled { .. }
            | Self::ScriptStarted { .. }
            | Self::ScriptExited { .. }
            | Self::Sighted(_)
            | Self::BfdHeard { .. }
            | Self::Notified { .. }
            | Self::Told { .. } => Level::Packet,
        }
    }
}

/// A whole log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// The names of all stations; a [`NodeId`] or [`StationId`] is a place in this list.
    pub stations: Vec<Name>,
    /// What happened, in order.
    pub entries: Vec<Entry>,
}

impl Log {
    /// The entries up to `level`.
    pub fn at_level(&self, level: Level) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.what.level() <= level)
    }

    /// The name of a station.
    #[must_use]
    pub fn name(&self, station: impl Into<StationId>) -> &str {
        self.stations
            .get(station.into().index())
            .map_or("?", Name::as_str)
    }

    /// Writes the log as JSON lines: first the form's name and version ([`FORMAT`]) and the
    /// stations' names, then one line per entry, whose `what` has one key, one of [`KINDS`].
    ///
    /// # Errors
    ///
    /// Those of the writer; what was written until then stays.
    pub fn write_json_lines(&self, out: &mut dyn io::Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Head<'a> {
            format: &'static str,
            version: u32,
            stations: &'a [Name],
        }
        #[derive(Serialize)]
        struct Line<'a> {
            at: Instant,
            #[serde(skip_serializing_if = "Option::is_none")]
            node: Option<&'a str>,
            what: &'a What,
        }
        serde_json::to_writer(
            &mut *out,
            &Head {
                format: FORMAT,
                version: FORMAT_VERSION,
                stations: &self.stations,
            },
        )?;
        out.write_all(b"\n")?;
        for entry in &self.entries {
            let line = Line {
                at: entry.at,
                node: entry.node.map(|node| self.name(node)),
                what: &entry.what,
            };
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}
