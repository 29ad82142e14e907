//! The typed configuration: what a node is told to be.
//!
//! Every field's type admits only values in range; what must hold between fields is checked once,
//! in [`Config::new`], and can't be broken later. Where a keyword is keepalived's, so is its
//! default.
//!
//! Deliberately absent: file positions, unknown keywords, warnings. They belong to the
//! configuration crate.

mod address;
mod global;
mod group;
mod instance;
pub mod lvs;
mod notify;
mod route;
mod rules;
mod script;
mod shared;
mod track;
mod transport;
mod vmac;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use address::{AddressFlags, VirtualAddress};
pub use global::{
    Dumps, DynamicInterfaces, Fifos, Firewall, FlushOnStop, Globals, InterfaceDelay, Linkbeat,
    LinkbeatMethod, LvsGlobals, LvsTimeouts, Namespaces, NftablesIpvs, PartTuning, ReloadPolicy,
    ScriptPolicy, SyncDaemon, TimedHook, Tuning,
};
pub use group::{SyncGroup, TrackGroup};
pub use instance::{
    Auth, Checksum, ExtraAnnouncements, GarpPolicy, InitialState, Instance, LosingAdvert,
    OwnerConflict, Preemption,
};
pub use notify::{Fifo, Hook, Mail, Notify, Run, RunAs};
pub use route::{
    Encap, Insertion, Nexthop, Prefix, Route, RouteKind, RouteMetrics, RouterPreference, Rule,
    RuleAction,
};
pub use rules::ModelError;
pub use script::{Command, Script};
pub use shared::SharedInstance;
pub use track::{Bfd, InitFile, ParamMatch, TrackFile, TrackProcess, Tracked, Trackers};
pub use transport::{AntiReplay, GarpGroup, HmacAuth, HmacKey, HmacMode, Peer, Spacing, Transport};
pub use vmac::{IpvlanMode, Vmac, VmacKind, virtual_mac};

use crate::unit::Name;

/// A whole, checked configuration. A clone shares it: a node, its instances and whoever runs the
/// node read one copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Config {
    parts: Arc<Parts>,
}

/// What a [`Config`] is made of, before it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// What holds for the whole node.
    pub globals: Globals,
    /// All scripts, in the file's order.
    pub scripts: Vec<Script>,
    /// All tracked files, in the file's order.
    pub files: Vec<TrackFile>,
    /// All tracked processes, in the file's order.
    pub processes: Vec<TrackProcess>,
    /// All BFD sessions, in the file's order.
    pub bfd: Vec<Bfd>,
    /// All VRRP instances, in the file's order.
    pub instances: Vec<Instance>,
    /// All sync groups, in the file's order.
    pub sync_groups: Vec<SyncGroup>,
    /// Interfaces that share the spacing of announcements.
    pub garp_groups: Vec<GarpGroup>,
    /// What the node always has, whoever is master.
    pub statics: Statics,
    /// The LVS part.
    pub lvs: Lvs,
}

/// What the node always has (keepalived: `static_ipaddress`, `static_routes`, `static_rules`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statics {
    /// Addresses.
    pub addresses: Vec<VirtualAddress>,
    /// Routes.
    pub routes: Vec<Route>,
    /// Rules.
    pub rules: Vec<Rule>,
    /// Which instances depend on which of them.
    pub track_groups: Vec<TrackGroup>,
}

/// The LVS part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lvs {
    /// Groups of services.
    pub groups: Vec<lvs::ServiceGroup>,
    /// The services, in the file's order.
    pub virtual_servers: Vec<lvs::VirtualServer>,
    /// Keys and certificates of SSL_GET.
    pub ssl: Option<lvs::Ssl>,
}

impl Config {
    /// Checks what must hold between parts.
    ///
    /// # Errors
    ///
    /// The first rule that does not hold; see [`ModelError`].
    pub fn new(parts: Parts) -> Result<Self, ModelError> {
        rules::hold(&parts)?;
        Ok(Self {
            parts: Arc::new(parts),
        })
    }

    /// The same in memory of its own, taken in one go: what lies between what was needed only to read
    /// it keeps that memory from going back.
    #[must_use]
    pub fn compacted(&self) -> Self {
        Self {
            parts: Arc::new(Parts::clone(&self.parts)),
        }
    }

    /// All VRRP instances, in the file's order.
    #[must_use]
    pub fn instances(&self) -> &[Instance] {
        &self.parts.instances
    }

    /// All VRRP instances, in the file's order, each with a share of this configuration.
    pub fn shared_instances(&self) -> impl Iterator<Item = SharedInstance> + '_ {
        let places = 0..self.parts.instances.len();
        places.map(|place| SharedInstance::new(self, place))
    }

    /// All scripts, in the file's order.
    #[must_use]
    pub fn scripts(&self) -> &[Script] {
        &self.parts.scripts
    }

    /// What this router is called, if the configuration says.
    #[must_use]
    pub fn router_id(&self) -> Option<&Name> {
        self.parts.globals.router_id.as_ref()
    }

    /// All parts.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// What holds for the whole node.
    #[must_use]
    pub fn globals(&self) -> &Globals {
        &self.parts.globals
    }

    /// All sync groups, in the file's order.
    #[must_use]
    pub fn sync_groups(&self) -> &[SyncGroup] {
        &self.parts.sync_groups
    }

    /// All virtual servers, in the file's order.
    #[must_use]
    pub fn virtual_servers(&self) -> &[lvs::VirtualServer] {
        &self.parts.lvs.virtual_servers
    }

    /// The parts, for building a changed configuration.
    #[must_use]
    pub fn into_parts(self) -> Parts {
        Arc::unwrap_or_clone(self.parts)
    }
}

impl TryFrom<Parts> for Config {
    type Error = ModelError;

    fn try_from(parts: Parts) -> Result<Self, ModelError> {
        Self::new(parts)
    }
}

impl From<Config> for Parts {
    fn from(config: Config) -> Self {
        config.into_parts()
    }
}

/// Serde for optional durations as whole nanoseconds.
mod as_nanos_opt {
    use core::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
    pub(super) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        span.map(crate::time::nanos).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_nanos))
    }
}

/// Serde for durations as whole nanoseconds.
pub mod as_nanos {
    use core::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes `span` as whole nanoseconds.
    ///
    /// # Errors
    ///
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(crate::time::nanos(*span))
    }

    /// Reads whole nanoseconds.
    ///
    /// # Errors
    ///
    /// Only those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_nanos)
    }
}
