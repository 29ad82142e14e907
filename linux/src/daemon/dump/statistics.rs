//! The statistics, with the labels of keepalived's `keepalived.stats`.

use std::fmt::Write as _;

use bellwether_core::wire::vrrp::Rejection;

use crate::control::view::{Counters, Status};

/// Refused adverts, as keepalived counts them.
pub(super) struct Errors {
    pub(super) length: u64,
    pub(super) ttl: u64,
    pub(super) kind: u64,
    pub(super) interval: u64,
    pub(super) addresses: u64,
    pub(super) auth_unknown: u64,
    pub(super) auth_mismatch: u64,
    pub(super) auth_failure: u64,
}

impl Errors {
    pub(super) fn of(counters: &Counters) -> Self {
        use Rejection as R;
        let count = |reasons: &[Rejection]| {
            let names = reasons.iter().map(ToString::to_string);
            let counts = names.filter_map(|name| counters.refused.get(&name));
            counts.sum()
        };
        Self {
            length: count(&[R::Truncated, R::Oversized]),
            ttl: count(&[R::HopLimit]),
            kind: count(&[R::Type]),
            interval: count(&[R::Interval, R::ZeroInterval]),
            addresses: counters.other_addresses,
            // What type it is is not told apart here.
            auth_unknown: 0,
            auth_mismatch: count(&[R::AuthType]),
            auth_failure: count(&[
                R::AuthData,
                R::AuthHeader,
                R::AuthIndex,
                R::AuthReplay,
                R::AuthIntegrity,
            ]),
        }
    }
}

pub(super) fn text(status: &Status) -> String {
    let mut out = String::new();
    for instance in &status.instances {
        let counters = &instance.counters;
        let errors = Errors::of(counters);
        // Writing to a string can't fail.
        let _ = write!(
            out,
            "\
VRRP Instance: {}
  Advertisements:
    Received: {}
    Sent: {}
  Became master: {}
  Released master: {}
  Packet Errors:
    Length: {}
    TTL: {}
    Invalid Type: {}
    Advertisement Interval: {}
    Address List: {}
  Authentication Errors:
    Invalid Type: {}
    Type Mismatch: {}
    Failure: {}
  Priority Zero:
    Received: {}
    Sent: {}
",
            instance.name,
            counters.adverts_accepted,
            counters.adverts_sent,
            counters.masterships,
            counters.mastership_ends,
            errors.length,
            errors.ttl,
            errors.kind,
            errors.interval,
            errors.addresses,
            errors.auth_unknown,
            errors.auth_mismatch,
            errors.auth_failure,
            counters.resignations_heard,
            counters.resignations_sent,
        );
    }
    out
}
