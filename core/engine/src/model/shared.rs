//! An instance's share of the configuration that it stands in.
//!
//! Invariant: the place is one of the configuration's, which never changes. Whoever holds a share
//! holds all of its configuration, and so takes another at every reload.

use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Config, Instance, Parts};

/// One VRRP instance of a configuration, of which it is no copy.
///
/// As data it is that instance alone, and what is read again shares nothing with others.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Instance", into = "Instance")]
pub struct SharedInstance {
    config: Config,
    place: usize,
}

impl SharedInstance {
    pub(super) fn new(config: &Config, place: usize) -> Self {
        Self {
            config: config.clone(),
            place,
        }
    }
}

impl From<Instance> for SharedInstance {
    fn from(instance: Instance) -> Self {
        let parts = Parts {
            instances: vec![instance],
            ..Parts::default()
        };
        // No rule is asked: it was in a configuration that was sound.
        let config = Config {
            parts: Arc::new(parts),
        };
        Self { config, place: 0 }
    }
}

impl From<SharedInstance> for Instance {
    fn from(shared: SharedInstance) -> Self {
        Self::clone(&shared)
    }
}

impl Deref for SharedInstance {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.config.instances()[self.place]
    }
}

impl fmt::Debug for SharedInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
