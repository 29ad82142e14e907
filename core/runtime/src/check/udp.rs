//! UDP_CHECK: a datagram is sent, and either an error or an answer comes back, or nothing does.

use bellwether_core::lvs::{ProbeFailure, ProbeSpec};
use bellwether_core::model::lvs::UdpCheck;

use super::failure::within;
use super::port::{Datagram, Exchange as _};

/// Bytes that are sent where the configuration has none.
const PAYLOAD: usize = 128;

/// Sends the datagram and waits. Silence is well, unless there must be an answer (keepalived).
pub(super) async fn check(
    ports: &impl Datagram,
    spec: &ProbeSpec,
    udp: &UdpCheck,
    nonce: u64,
) -> Result<(), ProbeFailure> {
    let socket = within(
        spec.timeout,
        ports.datagram(spec.target, spec.source.as_deref()),
    )
    .await?;
    let payload = match &udp.payload {
        Some(payload) => payload.clone(),
        None => nonce
            .to_be_bytes()
            .into_iter()
            .cycle()
            .take(PAYLOAD)
            .collect(),
    };
    within(spec.timeout, socket.send(&payload)).await?;
    // One byte more than may come, so that too long an answer is noticed.
    let mut bytes = vec![0; usize::from(udp.max_reply_len) + 1];
    match within(spec.timeout, socket.receive(&mut bytes)).await {
        Ok(length) => judge(udp, &bytes[..length.min(bytes.len())]),
        Err(ProbeFailure::Timeout) if !udp.require_reply => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// Looks at an answer, where there must be one.
fn judge(udp: &UdpCheck, answer: &[u8]) -> Result<(), ProbeFailure> {
    let lengths = usize::from(udp.min_reply_len)..=usize::from(udp.max_reply_len);
    let mut pairs = udp.reply.iter().zip(answer);
    let well = !udp.require_reply
        || lengths.contains(&answer.len())
            && pairs.all(|(wanted, byte)| byte & wanted.mask == wanted.value);
    well.then_some(()).ok_or(ProbeFailure::Body)
}

#[cfg(test)]
mod tests {
    use bellwether_core::model::lvs::ReplyByte;

    use super::*;

    #[test]
    fn an_answer_has_its_length_and_starts_as_it_must() {
        let byte = |value, mask| ReplyByte { value, mask };
        let udp = UdpCheck {
            require_reply: true,
            reply: vec![byte(0xab, 0xff), byte(0x10, 0xf0)],
            min_reply_len: 1,
            max_reply_len: 3,
            ..UdpCheck::default()
        };
        assert_eq!(judge(&udp, &[0xab]), Ok(()));
        assert_eq!(judge(&udp, &[0xab, 0x1f, 0x99]), Ok(()));
        for bad in [&[][..], &[0xaa], &[0xab, 0x2f], &[0xab, 0x1f, 0x99, 0x99]] {
            assert_eq!(judge(&udp, bad), Err(ProbeFailure::Body), "{bad:?}");
        }
    }

    #[test]
    fn where_no_answer_is_needed_any_will_do() {
        let udp = UdpCheck {
            reply: vec![ReplyByte {
                value: 1,
                mask: 0xff,
            }],
            ..UdpCheck::default()
        };
        assert_eq!(judge(&udp, &[2, 3]), Ok(()));
    }
}
