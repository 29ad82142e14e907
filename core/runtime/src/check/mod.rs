//! What checkers say to real servers, and what they make of the answers.
//!
//! One [`probe`] is one check: it connects, speaks, and ends in one [`ProbeResult`]. Invariants: no
//! step takes longer than the check's timeout, nor the whole longer than its deadline; memory is
//! bounded whatever the server sends; a failure says what failed in words for an operator.
//!
//! Deliberately absent: when checks are made and what their results add up to (the core's
//! schedule); commands, files and BFD sessions, which are no dialogues; sockets, which are behind
//! [`port`].

mod dns;
mod failure;
mod fetch;
mod heard;
mod http;
mod pattern;
mod ping;
pub mod port;
mod smtp;
mod tcp;
pub mod tls;
mod udp;

use bellwether_core::lvs::{ProbeFailure, ProbeResult, ProbeSpec};
use bellwether_core::model::lvs::Check;
use tokio::time::timeout;

pub use fetch::{Fetch, Flow, Tap, fetch};
pub use http::host;
use port::Ports;
pub use tls::Tls;

/// Makes one check and says how it ended.
///
/// `tls` is how the checks of SSL_GET speak TLS. `page` says which of an HTTP check's pages is asked for, from 0. `nonce` is a number that
/// another check made at about the same time does not have; answers are told apart by it.
///
/// Cancel safe: dropping the future closes what it has opened.
pub async fn probe<P: Ports>(
    ports: &P,
    tls: &Tls,
    spec: &ProbeSpec,
    page: Option<u16>,
    nonce: u64,
) -> ProbeResult {
    let dialogue = dialogue(ports, tls, spec, page, nonce);
    match timeout(spec.deadline, dialogue).await {
        Ok(Ok(())) => ProbeResult::Success,
        Ok(Err(failure)) => ProbeResult::Failed(failure),
        Err(_) => ProbeResult::Failed(ProbeFailure::Timeout),
    }
}

async fn dialogue<P: Ports>(
    ports: &P,
    tls: &Tls,
    spec: &ProbeSpec,
    page: Option<u16>,
    nonce: u64,
) -> Result<(), ProbeFailure> {
    match &spec.check {
        Check::Tcp => tcp::check(ports, spec).await,
        // In boxes, so that thousands of connections that wait don't each hold the room that the
        // largest dialogue needs.
        Check::Http(http) => Box::pin(http::check(ports, tls, spec, http, page)).await,
        Check::Smtp(smtp) => Box::pin(smtp::check(ports, spec, smtp)).await,
        Check::Dns(dns) => Box::pin(dns::check(ports, spec, dns, nonce)).await,
        Check::Udp(udp) => Box::pin(udp::check(ports, spec, udp, nonce)).await,
        Check::Ping => Box::pin(ping::check(ports, spec, nonce)).await,
        Check::Misc(_) | Check::File(_) | Check::Bfd(_) => {
            let what = spec.check.keyword();
            Err(ProbeFailure::Other(format!("{what} is no dialogue")))
        }
    }
}
