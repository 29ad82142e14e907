//! What the daemon does with the LVS part of a configuration: nothing yet.
//!
//! The core has it, but here nobody carries out its checks or changes the kernel's table. So the
//! loop is given a configuration without it, and is not told of servers that would all seem to be
//! down. Keywords of the LVS part are reported as not run when the file is read.

use bellwether_core::model::{Config, Lvs, LvsGlobals};

/// The configuration that the VRRP loop is given.
pub(crate) fn without(config: &Config) -> Config {
    let mut parts = config.clone().into_parts();
    parts.lvs = Lvs::default();
    parts.globals.lvs = LvsGlobals::default();
    Config::new(parts).unwrap_or_else(|_| config.clone())
}
