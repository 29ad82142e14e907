//! What the invariants are called, and what each of them says in one line.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// One invariant. The names are those of the catalogue; gaps belong to features not yet there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum InvariantId {
    /// One master.
    I1,
    /// The right master.
    I2,
    /// No premature takeover.
    I3,
    /// Tolerance of loss.
    I4,
    /// `nopreempt`.
    I5,
    /// Legal transitions.
    I6,
    /// Priorities in range.
    I7,
    /// Sync groups.
    I8,
    /// Takeover after a crash.
    I9,
    /// Graceful stop.
    I10,
    /// `preempt_delay`.
    I12,
    /// Tracked scripts.
    I13,
    /// Availability accounting.
    I14,
    /// The set of addresses.
    I15,
    /// Announcements.
    I16,
    /// ARP coherence.
    I17,
    /// The table of services.
    I19,
    /// Quorums.
    I20,
    /// Checks.
    I21,
    /// Tables that somebody else changed.
    I22,
    /// Bad adverts.
    I24,
    /// The wall clock.
    I25,
    /// Timers.
    I26,
    /// Pauses.
    I27,
    /// Reloads.
    I28,
    /// Exactly one master after healing.
    L1,
    /// Stability after healing.
    L2,
    /// Coherent clients after healing.
    L3,
    /// Servers that are well after healing.
    L4,
}

/// All invariants, in the catalogue's order.
pub const INVARIANTS: [InvariantId; 29] = [
    InvariantId::I1,
    InvariantId::I2,
    InvariantId::I3,
    InvariantId::I4,
    InvariantId::I5,
    InvariantId::I6,
    InvariantId::I7,
    InvariantId::I8,
    InvariantId::I9,
    InvariantId::I10,
    InvariantId::I12,
    InvariantId::I13,
    InvariantId::I14,
    InvariantId::I15,
    InvariantId::I16,
    InvariantId::I17,
    InvariantId::I19,
    InvariantId::I20,
    InvariantId::I21,
    InvariantId::I22,
    InvariantId::I24,
    InvariantId::I25,
    InvariantId::I26,
    InvariantId::I27,
    InvariantId::I28,
    InvariantId::L1,
    InvariantId::L2,
    InvariantId::L3,
    InvariantId::L4,
];

/// The catalogue: identity, id, short name, meaning.
const CATALOGUE: [(InvariantId, &str, &str, &str); 29] = [
    (
        InvariantId::I1,
        "I1",
        "one-master",
        "of two masters that can hear each other, the lesser steps down",
    ),
    (
        InvariantId::I2,
        "I2",
        "right-master",
        "a backup that hears only masters it outranks takes over in time",
    ),
    (
        InvariantId::I3,
        "I3",
        "no-premature-takeover",
        "a backup that hears its master does not take over",
    ),
    (
        InvariantId::I4,
        "I4",
        "loss-tolerance",
        "fewer lost adverts in a row than it takes never cause a failover",
    ),
    (
        InvariantId::I5,
        "I5",
        "nopreempt",
        "with nopreempt nobody takes over from a master that is alive",
    ),
    (
        InvariantId::I6,
        "I6",
        "legal-transitions",
        "states follow each other as the standard allows, and only masters advertise",
    ),
    (
        InvariantId::I7,
        "I7",
        "priority-range",
        "the advertised priority is the configured one plus the weights, within 1 to 254",
    ),
    (
        InvariantId::I8,
        "I8",
        "sync-groups",
        "the members of a sync group are master together, and in FAULT together",
    ),
    (
        InvariantId::I9,
        "I9",
        "crash-takeover",
        "when the master falls silent, a backup takes over within its master-down interval",
    ),
    (
        InvariantId::I10,
        "I10",
        "graceful-stop",
        "a master that stops resigns, and a backup takes over within its skew time",
    ),
    (
        InvariantId::I12,
        "I12",
        "preempt-delay",
        "a live master is not taken over from before preempt_delay has passed",
    ),
    (
        InvariantId::I13,
        "I13",
        "tracked-scripts",
        "verdicts follow rise and fall, and a failed script of weight 0 means FAULT",
    ),
    (
        InvariantId::I14,
        "I14",
        "availability-accounting",
        "every nanosecond of every virtual address is counted once",
    ),
    (
        InvariantId::I15,
        "I15",
        "address-set",
        "a node's kernel carries what its masters own, what is static, and nothing else",
    ),
    (
        InvariantId::I16,
        "I16",
        "announcements",
        "a new or challenged master announces its addresses",
    ),
    (
        InvariantId::I17,
        "I17",
        "arp-coherence",
        "clients send to the node that carries the address",
    ),
    (
        InvariantId::I19,
        "I19",
        "service-table",
        "the kernel's table is what the configuration and the checks say",
    ),
    (
        InvariantId::I20,
        "I20",
        "quorum",
        "a quorum is gained and lost where quorum and hysteresis say, and told then",
    ),
    (
        InvariantId::I21,
        "I21",
        "checks",
        "verdicts follow retries, one check of a checker at a time",
    ),
    (
        InvariantId::I22,
        "I22",
        "table-mended",
        "what the kernel refused or somebody else changed in the table is put right",
    ),
    (
        InvariantId::I24,
        "I24",
        "bad-adverts",
        "an advert that must be refused changes nothing",
    ),
    (
        InvariantId::I25,
        "I25",
        "wall-clock",
        "setting the wall clock changes nothing",
    ),
    (
        InvariantId::I26,
        "I26",
        "timers",
        "time never runs back, and no timer fires for ever",
    ),
    (
        InvariantId::I27,
        "I27",
        "pauses",
        "a node that wakes hears what has arrived before it acts on old timers",
    ),
    (
        InvariantId::I28,
        "I28",
        "reloads",
        "what a reload does not change goes on untouched",
    ),
    (
        InvariantId::L1,
        "L1",
        "one-master-after-heal",
        "after all is mended every virtual router has exactly one master in time",
    ),
    (
        InvariantId::L2,
        "L2",
        "stable-after-heal",
        "and nothing changes for ten master-down intervals",
    ),
    (
        InvariantId::L3,
        "L3",
        "clients-after-heal",
        "and every client reaches that master",
    ),
    (
        InvariantId::L4,
        "L4",
        "servers-after-heal",
        "and every real server that is well serves again",
    ),
];

impl InvariantId {
    /// Its place in [`INVARIANTS`].
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::I1 => 0,
            Self::I2 => 1,
            Self::I3 => 2,
            Self::I4 => 3,
            Self::I5 => 4,
            Self::I6 => 5,
            Self::I7 => 6,
            Self::I8 => 7,
            Self::I9 => 8,
            Self::I10 => 9,
            Self::I12 => 10,
            Self::I13 => 11,
            Self::I14 => 12,
            Self::I15 => 13,
            Self::I16 => 14,
            Self::I17 => 15,
            Self::I19 => 16,
            Self::I20 => 17,
            Self::I21 => 18,
            Self::I22 => 19,
            Self::I24 => 20,
            Self::I25 => 21,
            Self::I26 => 22,
            Self::I27 => 23,
            Self::I28 => 24,
            Self::L1 => 25,
            Self::L2 => 26,
            Self::L3 => 27,
            Self::L4 => 28,
        }
    }

    /// Whether it is about the LVS part.
    #[must_use]
    pub const fn is_lvs(self) -> bool {
        matches!(
            self,
            Self::I19 | Self::I20 | Self::I21 | Self::I22 | Self::L4
        )
    }

    /// Its short name, in kebab case.
    #[must_use]
    pub fn name(self) -> &'static str {
        CATALOGUE[self.index()].2
    }

    /// What it says, in one line.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        CATALOGUE[self.index()].3
    }
}

impl fmt::Display for InvariantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(CATALOGUE[self.index()].1)
    }
}

/// Reads the catalogue's name (`I1`) or the short one (`one-master`).
impl FromStr for InvariantId {
    type Err = UnknownInvariant;

    fn from_str(text: &str) -> Result<Self, UnknownInvariant> {
        INVARIANTS
            .into_iter()
            .find(|id| id.name() == text || id.to_string() == text)
            .ok_or_else(|| UnknownInvariant(text.to_owned()))
    }
}

/// No invariant is called so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no invariant '{0}'")]
pub struct UnknownInvariant(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_lead_to_the_invariant() {
        for (place, id) in INVARIANTS.into_iter().enumerate() {
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(id.name().parse(), Ok(id));
            assert_eq!(id.index(), place);
        }
        assert!("I99".parse::<InvariantId>().is_err());
    }
}
