//! What a master does not accept.

use super::instance::Instance;
use crate::kernel::Refusal;
use crate::mutant::{self, Mutant};

impl Instance {
    /// The addresses that it refuses as a master: all, unless it owns or accepts them (RFC 9568
    /// 6.4.3; keepalived: `no_accept`, and `vrrp_strict`).
    pub(super) fn refusals(&self) -> Vec<Refusal> {
        let config = &self.config;
        let accepts = config.accept || config.priority.is_owner();
        if accepts || mutant::is_active(Mutant::AllAccepted) {
            return Vec::new();
        }
        let all = self.addresses();
        all.iter().map(|own| Refusal::of(&own.key)).collect()
    }
}
