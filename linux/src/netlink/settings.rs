//! What is set in the kernel besides what the core asks for, for as long as the daemon runs.

use std::collections::BTreeSet;

use bellwether_core::model::Config;
use bellwether_core::unit::IfName;

use crate::filter;

/// What a configuration says of the host as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The table that drops packets.
    pub table: filter::Shape,
    /// Whether that will be needed.
    pub filters: bool,
    /// Whether the table outlives the daemon; default false.
    pub stays: bool,
    /// Interfaces on which another address of a network takes the place of the first when that
    /// goes (keepalived: `promote_secondaries`).
    pub promoted: BTreeSet<IfName>,
    /// Whether nothing is said of memberships of the link's own groups
    /// (keepalived: `disable_local_igmp`).
    pub no_local_igmp: bool,
}

impl Settings {
    /// Those of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let globals = config.globals();
        let firewall = globals.firewall.as_ref();
        let table = firewall.map(|own| filter::Shape {
            table: own.table.as_str().to_owned(),
            priority: own.priority,
            counters: own.counters,
        });
        let refuses = |own: &bellwether_core::model::Instance| {
            !own.accept && !own.priority.is_owner() || !own.links().is_empty()
        };
        let instances = config.instances();
        let promoting = instances.iter().filter(|own| own.promote_secondaries);
        Self {
            table: table.unwrap_or_default(),
            stays: false,
            filters: instances.iter().any(refuses),
            promoted: promoting.map(|own| own.interface).collect(),
            no_local_igmp: globals.no_local_igmp,
        }
    }
}
