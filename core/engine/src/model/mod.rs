//! The typed configuration: what a node is told to be.
//!
//! Every field's type admits only values in range; what must hold between fields is checked once,
//! in [`Config::new`], and can't be broken later. Where a keyword is keepalived's, so is its
//! default.
//!
//! Deliberately absent: file positions, unknown keywords, warnings. They belong to the
//! configuration crate.

mod instance;
mod script;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use instance::{
    Auth, Checksum, GarpPolicy, InitialState, Instance, LosingAdvert, OwnerConflict, Preemption,
    TrackedScript, VirtualAddress,
};
pub use script::{Command, Script};

use crate::id::InstanceKey;
use crate::unit::{Name, Version};

/// A whole, checked configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Config {
    parts: Parts,
}

/// What a [`Config`] is made of, before it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// What this router is called in logs and mails; keepalived: `router_id`, default host name.
    pub router_id: Option<Name>,
    /// All scripts, in the file's order.
    pub scripts: Vec<Script>,
    /// All VRRP instances, in the file's order.
    pub instances: Vec<Instance>,
}

impl Config {
    /// Checks what must hold between parts.
    ///
    /// # Errors
    ///
    /// The first rule that does not hold; see [`ModelError`].
    pub fn new(parts: Parts) -> Result<Self, ModelError> {
        let mut names = BTreeSet::new();
        for script in &parts.scripts {
            if !names.insert(&script.name) {
                return Err(ModelError::DuplicateScript {
                    name: script.name.clone(),
                });
            }
        }
        let mut keys = BTreeSet::new();
        for instance in &parts.instances {
            instance.check()?;
            if !keys.insert(instance.key()) {
                return Err(ModelError::DuplicateVrid {
                    key: instance.key(),
                });
            }
            for tracked in &instance.track_scripts {
                if !names.contains(&tracked.script) {
                    return Err(ModelError::UnknownScript {
                        instance: instance.name.clone(),
                        script: tracked.script.clone(),
                    });
                }
            }
        }
        Ok(Self { parts })
    }

    /// All VRRP instances, in the file's order.
    #[must_use]
    pub fn instances(&self) -> &[Instance] {
        &self.parts.instances
    }

    /// All scripts, in the file's order.
    #[must_use]
    pub fn scripts(&self) -> &[Script] {
        &self.parts.scripts
    }

    /// What this router is called, if the configuration says.
    #[must_use]
    pub fn router_id(&self) -> Option<&Name> {
        self.parts.router_id.as_ref()
    }

    /// The parts, for building a changed configuration.
    #[must_use]
    pub fn into_parts(self) -> Parts {
        self.parts
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
        config.parts
    }
}

/// Parts don't fit together; no configuration was made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Two scripts of one name.
    #[error("script '{name}' is defined twice")]
    DuplicateScript {
        /// The name.
        name: Name,
    },
    /// Two instances of one VRID on one interface and in one family.
    #[error("virtual_router_id {} is used twice on interface {}", key.vrid, key.interface)]
    DuplicateVrid {
        /// What they share.
        key: InstanceKey,
    },
    /// An instance tracks a script that nobody defines.
    #[error("instance '{instance}' tracks script '{script}', which is not defined")]
    UnknownScript {
        /// The instance.
        instance: Name,
        /// The script.
        script: Name,
    },
    /// An interval that the instance's version can't put on the wire.
    #[error("instance '{instance}': version {version} can't carry advert_int {interval}")]
    Interval {
        /// The instance.
        instance: Name,
        /// Its version.
        version: Version,
        /// Its interval.
        interval: crate::unit::AdvertInterval,
    },
    /// Authentication in version 3, which has none (RFC 5798 9).
    #[error("instance '{instance}': version 3 has no authentication")]
    Authentication {
        /// The instance.
        instance: Name,
    },
    /// A priority of 0, which only an advert may carry.
    #[error("instance '{instance}': priority must be within 1..=255")]
    Priority {
        /// The instance.
        instance: Name,
    },
    /// More addresses than an advert can count.
    #[error("instance '{instance}': at most 255 virtual addresses fit in an advert")]
    TooManyAddresses {
        /// The instance.
        instance: Name,
    },
    /// An address of another family than the instance's.
    #[error("instance '{instance}': {address} is not of the instance's family")]
    Family {
        /// The instance.
        instance: Name,
        /// The address.
        address: std::net::IpAddr,
    },
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
