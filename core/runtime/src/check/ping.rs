//! PING_CHECK: an echo request (RFC 792, RFC 4443 4).
//!
//! A kernel's ping socket puts an identifier of its own into the request, and a raw one hears the
//! answers to others; so an answer is known by what it repeats.

use core::ops::ControlFlow;
use std::net::{IpAddr, Ipv6Addr};

use bellwether_core::lvs::{ProbeFailure, ProbeSpec};
use bellwether_core::wire::icmp::{HEADER_LEN, Kind, Repr};

use super::failure::within;
use super::port::{Exchange as _, Icmp};

/// Bytes that are sent and come back.
const DATA: usize = 56;

/// Asks, and waits for the answer.
pub(super) async fn check(
    ports: &impl Icmp,
    spec: &ProbeSpec,
    nonce: u64,
) -> Result<(), ProbeFailure> {
    let target = spec.target.ip();
    let socket = within(spec.timeout, ports.icmp(target, spec.source.as_deref())).await?;
    let request = Request::new(nonce);
    within(spec.timeout, socket.send(&request.bytes(target))).await?;
    let answer = async {
        loop {
            let mut bytes = [0; HEADER_LEN + DATA + 1];
            let length = socket.receive(&mut bytes).await?;
            let length = length.min(bytes.len());
            if request.is_answered_by(target, &bytes[..length]).is_break() {
                return Ok(());
            }
        }
    };
    within(spec.timeout, answer).await
}

struct Request {
    identifier: u16,
    sequence: u16,
    data: Vec<u8>,
}

impl Request {
    fn new(nonce: u64) -> Self {
        let bytes = nonce.to_be_bytes();
        let [.., a, b, c, d] = bytes;
        Self {
            identifier: u16::from_be_bytes([a, b]),
            sequence: u16::from_be_bytes([c, d]),
            data: bytes.into_iter().cycle().take(DATA).collect(),
        }
    }

    fn bytes(&self, target: IpAddr) -> Vec<u8> {
        let repr = Repr {
            kind: Kind::Request,
            identifier: self.identifier,
            sequence: self.sequence,
            data: &self.data,
        };
        match target {
            IpAddr::V4(_) => repr.emit_v4(),
            // The kernel writes the checksum, for it alone knows the source.
            IpAddr::V6(target) => repr.emit_v6(Ipv6Addr::UNSPECIFIED, target),
        }
    }

    /// Whether a message answers this. The kernel has verified its checksum.
    fn is_answered_by(&self, target: IpAddr, message: &[u8]) -> ControlFlow<()> {
        let reply = match target {
            IpAddr::V4(_) => 0,
            IpAddr::V6(_) => 129,
        };
        let [kind, 0, _, _, _, _, high, low, data @ ..] = message else {
            return ControlFlow::Continue(());
        };
        let same = *kind == reply && [*high, *low] == self.sequence.to_be_bytes();
        if same && data == self.data {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

    #[test]
    fn an_answer_repeats_the_request_whatever_its_identifier() {
        let request = Request::new(0x0102_0304_0506_0708);
        for (target, asks, answers) in [(V4, 8, 0), (V6, 128, 129)] {
            let mut message = request.bytes(target);
            assert_eq!(message.len(), 64);
            assert_eq!(message[0], asks);
            assert_eq!(message[4..8], [5, 6, 7, 8]);
            // What a raw socket on the same host hears first is the request itself.
            assert!(request.is_answered_by(target, &message).is_continue());
            message[0] = answers;
            message[4] = 0x77;
            assert!(request.is_answered_by(target, &message).is_break());
            assert!(request.is_answered_by(target, &message[..63]).is_continue());
            *message.last_mut().unwrap() ^= 1;
            assert!(request.is_answered_by(target, &message).is_continue());
        }
    }
}
