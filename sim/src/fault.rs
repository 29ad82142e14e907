//! Faults as data: what breaks, and when. A schedule of them is what is generated, saved, shrunk
//! and replayed.
//!
//! Stations are named: nodes as the scenario names them, clients `client1`, `client2`, and so on.
//! Every percentage is drawn from the random stream of the one link that it concerns.
//!
//! In TOML a fault is one key beside its time: `at = "10s"`, `cut = { from = "lb1", to = "lb2" }`.

use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::model::Config;
use bellwether_core::unit::{IfName, Name, Vrid};
use serde::{Deserialize, Serialize};

use crate::backend::Health;
use crate::scenario::units::{self, Share};

/// A fault and its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedFault {
    /// When it happens.
    #[serde(with = "units::instant")]
    pub at: Instant,
    /// What happens.
    #[serde(flatten)]
    pub fault: Fault,
}

/// One thing that breaks, or is mended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The node's process is killed (SIGKILL). Its kernel, with all addresses, lives on.
    Crash(Name),
    /// The node loses power: process and kernel state are gone.
    PowerOff(Name),
    /// The node is powered on if it was off, and its process started if it does not run.
    Start(Name),
    /// The node is told to stop (SIGTERM); it hands over first.
    Stop(Name),
    /// The node's process stops being scheduled (SIGSTOP, a snapshot). Its kernel goes on, so
    /// packets queue, and its addresses still answer ARP.
    Pause(Name),
    /// The node's process is scheduled again.
    Resume(Name),
    /// The node is given a new configuration.
    Reload {
        /// Which node.
        node: Name,
        /// What it shall be from now on.
        config: Box<Config>,
    },
    /// Nothing passes this way any more; the other way is as it was.
    Cut(Way),
    /// Nothing passes between these two any more, either way.
    CutBoth([Name; 2]),
    /// This station hears nobody and is heard by nobody.
    Isolate(Name),
    /// This way is as the scenario's links are by default.
    Heal(Way),
    /// Both ways between these two are as the scenario's links are by default.
    HealBoth([Name; 2]),
    /// All links are as the scenario's links are by default.
    HealAll {},
    /// This share of frames is lost on this way, each by itself.
    Loss {
        /// From which station.
        from: Name,
        /// To which.
        to: Name,
        /// How many.
        percent: Share,
    },
    /// Frames are lost in bursts: a Gilbert-Elliott channel that is good or bad, moves between
    /// the two before each frame, and loses every frame while bad.
    BurstLoss {
        /// From which station.
        from: Name,
        /// To which.
        to: Name,
        /// Chance to become bad before a frame.
        enter: Share,
        /// Chance to become good again before a frame.
        leave: Share,
    },
    /// Exactly the next `count` adverts are lost on this way.
    LoseNext {
        /// From which station.
        from: Name,
        /// To which.
        to: Name,
        /// How many.
        count: u32,
    },
    /// Of the next adverts on this way those are lost whose letter is `x`; after the last letter
    /// all arrive.
    LosePattern {
        /// From which station.
        from: Name,
        /// To which.
        to: Name,
        /// One letter for each advert: `o` arrives, `x` is lost.
        pattern: String,
    },
    /// The next advert of priority 0 is lost on this way: a resignation that nobody hears.
    LoseResignation(Way),
    /// Frames take this long on this way.
    Delay {
        /// From which station.
        from: Name,
        /// To which.
        to: Name,
        /// The shortest time.
        #[serde(with = "units::span")]
        base: Duration,
        /// The most that is added to it, evenly drawn; default none.
        #[serde(with = "units::span", default)]
        jitter: Duration,
    },
    /// This share of frames arrives twice on this way.
    Duplicate {
        /// From which station.
        from: Name,
        /// To which.
        to: Name,
        /// How many.
        percent: Share,
    },
    /// This share of frames is held back on this way, so that later ones overtake it.
    Reorder {
        /// From which station.
        from: Name,
        /// To which.
        to: Name,
        /// How many.
        percent: Share,
        /// How long they are held back.
        #[serde(with = "units::span")]
        by: Duration,
    },
    /// This share of adverts arrives with one bit flipped on this way.
    Corrupt {
        /// From which station.
        from: Name,
        /// To which.
        to: Name,
        /// How many.
        percent: Share,
    },
    /// The interface loses its carrier. Its addresses stay.
    LinkDown {
        /// Which node.
        node: Name,
        /// Which interface.
        interface: IfName,
    },
    /// The interface has its carrier again.
    LinkUp {
        /// Which node.
        node: Name,
        /// Which interface.
        interface: IfName,
    },
    /// The script succeeds from its next start on.
    ScriptOk(ScriptRun),
    /// The script fails from its next start on.
    ScriptFail(ScriptRun),
    /// The script never ends by itself from its next start on.
    ScriptHang(ScriptRun),
    /// The script succeeds and fails by a pattern from its next start on, again and again.
    Flap {
        /// Which node.
        node: Name,
        /// Which script.
        script: Name,
        /// One letter for each run: `o` succeeds, `x` fails.
        pattern: String,
    },
    /// Somebody writes a tracked file, or removes it.
    File(FileFault),
    /// Processes that are tracked start or end.
    Processes(ProcessFault),
    /// The node's clock runs fast (positive) or slow from now on, in parts per million.
    ClockRate {
        /// Which node.
        node: Name,
        /// By how much; -500 000 to 500 000.
        ppm: i32,
    },
    /// Somebody sets the node's wall clock. Nothing may come of it.
    ClockStep {
        /// Which node.
        node: Name,
        /// By how many milliseconds, back if negative.
        millis: i64,
    },
    /// Somebody removes an address from the node's kernel by hand.
    RemoveAddress {
        /// Which node.
        node: Name,
        /// Which address.
        address: IpAddr,
    },
    /// Somebody removes all routes and rules that nodes have set from the node's kernel by hand.
    RemoveRoutes(Name),
    /// The interface goes, with its addresses and the routes through it.
    InterfaceGone {
        /// Which node.
        node: Name,
        /// Which interface.
        interface: IfName,
    },
    /// The interface is there again, with another index and the addresses that it had at power-on.
    InterfaceBack {
        /// Which node.
        node: Name,
        /// Which interface.
        interface: IfName,
    },
    /// The node's kernel refuses the next `count` operations.
    KernelErrors {
        /// Which node.
        node: Name,
        /// How many.
        count: u32,
    },
    /// A real server behaves so from now on, whoever checks it.
    Backend(BackendFault),
    /// Something happens to a node's table of services.
    Table(TableFault),
    /// A stranger on the segment sends adverts that nobody may believe.
    Inject(Injection),
}

/// How a real server behaves from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendFault {
    /// Its address; all its ports are alike.
    pub address: IpAddr,
    /// How it is.
    pub is: Health,
}

/// Something that happens to a node's table of services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFault {
    /// Which node.
    pub node: Name,
    /// What happens.
    pub is: TableEvent,
}

/// What can happen to a table of services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableEvent {
    /// Somebody empties it by hand.
    Cleared,
    /// Somebody removes this real server from it by hand.
    Without(IpAddr),
    /// The kernel has no ip_vs any more.
    Gone,
    /// The kernel has ip_vs again, with an empty table.
    Back,
}

/// One direction between two stations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// From which station.
    pub from: Name,
    /// To which.
    pub to: Name,
}

/// A script on a node, and how long its runs take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptRun {
    /// Which node.
    pub node: Name,
    /// Which script.
    pub script: Name,
    /// How long a run takes; `None` leaves that as it was, which is 10 ms at first.
    #[serde(
        with = "optional_span",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub takes: Option<Duration>,
}

/// What becomes of a tracked file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFault {
    /// Which node.
    pub node: Name,
    /// Which file, by the name of its `track_file`.
    pub file: Name,
    /// What it holds from now on; `None`: it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// How many tracked processes run from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessFault {
    /// Which node.
    pub node: Name,
    /// Which processes, by the name of their `vrrp_track_process`.
    pub process: Name,
    /// How many run.
    pub count: u32,
}

/// Adverts of a stranger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Injection {
    /// What is wrong with them.
    pub kind: BadAdvert,
    /// The node whose segments and instances they are made for. All nodes there hear them.
    pub toward: Name,
    /// For which virtual router; default all that the node has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vrid: Option<Vrid>,
    /// The priority that they claim; default 254.
    #[serde(default = "Injection::default_priority")]
    pub priority: u8,
    /// How many; default 1.
    #[serde(default = "Injection::default_count")]
    pub count: u32,
    /// Time from one to the next; default 100 ms.
    #[serde(with = "units::span", default = "Injection::default_every")]
    pub every: Duration,
}

impl Injection {
    /// One advert of this kind, which claims priority 254.
    #[must_use]
    pub fn one(kind: BadAdvert, toward: Name) -> Self {
        Self {
            kind,
            toward,
            vrid: None,
            priority: Self::default_priority(),
            count: Self::default_count(),
            every: Self::default_every(),
        }
    }

    const fn default_priority() -> u8 {
        254
    }

    const fn default_count() -> u32 {
        1
    }

    const fn default_every() -> Duration {
        Duration::from_millis(100)
    }
}

/// What is wrong with an injected advert. All else about it is right.
///
/// Where that is right for an instance, no such advert is sent to it: a unicast advert may have
/// crossed routers unless its peer has a smallest TTL, and may come from anybody unless
/// `check_unicast_src` is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BadAdvert {
    /// Random bytes of a random length.
    Malformed,
    /// Its end is missing.
    Truncated,
    /// More bytes follow than its header says.
    Oversized,
    /// A TTL of 254: it came through a router.
    WrongTtl,
    /// Another password than the instance's; another type where that has none.
    WrongAuth,
    /// A VRID that nobody there has.
    ForeignVrid,
    /// The other protocol version.
    WrongVersion,
    /// Another packet type than advertisement.
    WrongType,
    /// A checksum that does not verify.
    WrongChecksum,
    /// An interval of zero.
    ZeroInterval,
    /// No virtual address.
    NoAddress,
    /// Over IPv6, a first address that is not link-local; nothing where that is not refused.
    GlobalFirst,
    /// By unicast, and from none of the peers.
    WrongSource,
    /// The last advert with an authentication header that was sent there, once more; nothing where
    /// there was none.
    Replayed,
}

/// The kinds of bad adverts that random scenarios draw from: all but `GlobalFirst`, which takes strict
/// mode.
pub const BAD_ADVERTS: [BadAdvert; 13] = [
    BadAdvert::Malformed,
    BadAdvert::Truncated,
    BadAdvert::Oversized,
    BadAdvert::WrongTtl,
    BadAdvert::WrongAuth,
    BadAdvert::ForeignVrid,
    BadAdvert::WrongVersion,
    BadAdvert::WrongType,
    BadAdvert::WrongChecksum,
    BadAdvert::ZeroInterval,
    BadAdvert::NoAddress,
    BadAdvert::WrongSource,
    BadAdvert::Replayed,
];

/// Serde for spans that may be absent.
mod optional_span {
    use core::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    use crate::scenario::units;

    pub(super) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => units::span::serialize(span, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| units::parse_span(&text).map_err(serde::de::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_key_beside_its_time() {
        let way = Way {
            from: "lb1".into(),
            to: "lb2".into(),
        };
        let cut = TimedFault {
            at: Instant::from_millis(10_000),
            fault: Fault::Cut(way),
        };
        let text = toml::to_string(&cut).unwrap();
        assert_eq!(
            text,
            "at = \"10s\"\n\n[cut]\nfrom = \"lb1\"\nto = \"lb2\"\n"
        );
        assert_eq!(toml::from_str::<TimedFault>(&text).unwrap(), cut);
        let crash: TimedFault = toml::from_str("at = '3s'\ncrash = 'lb1'").unwrap();
        assert_eq!(crash.fault, Fault::Crash("lb1".into()));
        let heal: TimedFault = toml::from_str("at = '3s'\nheal-all = {}").unwrap();
        assert_eq!(heal.fault, Fault::HealAll {});
    }
}
