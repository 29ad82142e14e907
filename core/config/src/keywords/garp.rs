//! Gratuitous ARP, as an instance or `global_defs` says.

use std::time::Duration;

use bellwether_core::model::GarpPolicy;

use crate::registry::Grammar;

pub(super) const REFRESH: Grammar = Grammar::Integer {
    min: 0,
    max: 4_294_967_295,
    unit: "s",
};
/// 0 is taken as 1. keepalived has no upper bound; the bound keeps a slip from flooding the LAN.
pub(super) const COUNT: Grammar = Grammar::number(0, 1_000);

/// What is said about gratuitous ARP.
#[derive(Clone, Debug, Default)]
pub(crate) struct GarpDraft {
    pub(crate) repeat: Option<u32>,
    pub(crate) delay: Option<Duration>,
    pub(crate) refresh: Option<Duration>,
    pub(crate) refresh_repeat: Option<u32>,
    pub(crate) losing_repeat: Option<u32>,
    pub(crate) losing_delay: Option<Duration>,
    pub(crate) extra_interface: Option<Duration>,
}

impl GarpDraft {
    /// Itself, and where it does not say `other`.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self {
            repeat: self.repeat.or(other.repeat),
            delay: self.delay.or(other.delay),
            refresh: self.refresh.or(other.refresh),
            refresh_repeat: self.refresh_repeat.or(other.refresh_repeat),
            losing_repeat: self.losing_repeat.or(other.losing_repeat),
            losing_delay: self.losing_delay.or(other.losing_delay),
            extra_interface: self.extra_interface.or(other.extra_interface),
        }
    }

    /// What holds where `self` does not say: `policy`.
    pub(crate) fn over(&self, policy: GarpPolicy) -> GarpPolicy {
        let repeat = self.repeat.unwrap_or(policy.repeat);
        let delay = self.delay.unwrap_or(policy.delay);
        GarpPolicy {
            repeat,
            delay,
            refresh: self.refresh.unwrap_or(policy.refresh),
            refresh_repeat: self.refresh_repeat.unwrap_or(policy.refresh_repeat),
            losing_repeat: self.losing_repeat.unwrap_or(repeat),
            losing_delay: self.losing_delay.unwrap_or(delay),
            extra_interface: self.extra_interface.or(policy.extra_interface),
        }
    }
}
