//! Errors of sockets as reasons of a check.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::time::Duration;

use bellwether_core::lvs::ProbeFailure;
use tokio::time::timeout;
use tokio_rustls::rustls;

/// Waits for one step of a dialogue, but not for longer than `limit`.
pub(super) async fn within<T>(
    limit: Duration,
    step: impl Future<Output = io::Result<T>>,
) -> Result<T, ProbeFailure> {
    match timeout(limit, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(of(&error)),
        Err(_) => Err(ProbeFailure::Timeout),
    }
}

/// What an error of a socket says of the server.
pub(super) fn of(error: &io::Error) -> ProbeFailure {
    use ErrorKind as K;
    if let Some(error) = tls_error(error) {
        return ProbeFailure::Tls(error.to_string());
    }
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the standard library's, which grows"
    )]
    match error.kind() {
        K::ConnectionRefused => ProbeFailure::Refused,
        K::HostUnreachable | K::NetworkUnreachable | K::NetworkDown => ProbeFailure::Unreachable,
        K::TimedOut => ProbeFailure::Timeout,
        K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::UnexpectedEof => {
            ProbeFailure::Closed
        }
        _ => ProbeFailure::Other(error.to_string()),
    }
}

/// What TLS has to say, which comes by the sockets' way.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_sockets_are_told_apart() {
        let table = [
            (ErrorKind::ConnectionRefused, "connection refused"),
            (ErrorKind::HostUnreachable, "unreachable"),
            (ErrorKind::NetworkUnreachable, "unreachable"),
            (ErrorKind::TimedOut, "timed out"),
            (
                ErrorKind::ConnectionReset,
                "closed before the answer was complete",
            ),
            (
                ErrorKind::UnexpectedEof,
                "closed before the answer was complete",
            ),
            (ErrorKind::AddrNotAvailable, "address not available"),
        ];
        for (kind, words) in table {
            assert_eq!(of(&kind.into()).to_string(), words);
        }
    }
}
