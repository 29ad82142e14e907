//! TCP_CHECK: a connection is all that is asked for.

use bellwether_core::lvs::{ProbeFailure, ProbeSpec};

use super::failure::within;
use super::port::Dial;

/// Connects, and closes again.
pub(super) async fn check(ports: &impl Dial, spec: &ProbeSpec) -> Result<(), ProbeFailure> {
    connect(ports, spec).await.map(drop)
}

/// Connects to a check's target, within its timeout.
pub(super) async fn connect<P: Dial>(
    ports: &P,
    spec: &ProbeSpec,
) -> Result<P::Stream, ProbeFailure> {
    within(
        spec.timeout,
        ports.dial(spec.target, spec.source.as_deref()),
    )
    .await
}
