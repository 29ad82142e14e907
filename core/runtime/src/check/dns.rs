//! DNS_CHECK: one question by UDP (RFC 1035).
//!
//! Only the head of the answer is looked at, as keepalived does: a server that answers "no error"
//! is well, whatever the answer is.

use bellwether_core::lvs::{ProbeFailure, ProbeSpec};
use bellwether_core::model::lvs::{DnsCheck, DnsType};
use hickory_proto::op::{Header, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use hickory_proto::serialize::binary::BinDecodable as _;

use super::failure::within;
use super::port::{Datagram, Exchange as _};

/// Bytes of an answer's head (RFC 1035 4.1.1).
const HEAD: usize = 12;

/// Asks, and waits for the answer to just this question.
pub(super) async fn check(
    ports: &impl Datagram,
    spec: &ProbeSpec,
    dns: &DnsCheck,
    nonce: u64,
) -> Result<(), ProbeFailure> {
    let [.., high, low] = nonce.to_be_bytes();
    let id = u16::from_be_bytes([high, low]);
    let question = question(dns, id)?;
    let socket = within(
        spec.timeout,
        ports.datagram(spec.target, spec.source.as_deref()),
    )
    .await?;
    within(spec.timeout, socket.send(&question)).await?;
    let answer = async {
        loop {
            let mut bytes = [0; 512];
            let length = socket.receive(&mut bytes).await?;
            let answer = judge(&bytes[..length.min(bytes.len())], id);
            // What answers another question may be late, or not from this server.
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
    };
    within(spec.timeout, answer).await?
}

/// The question, which asks for recursion as keepalived's does.
fn question(dns: &DnsCheck, id: u16) -> Result<Vec<u8>, ProbeFailure> {
    let unfit = |error: &dyn core::fmt::Display| {
        ProbeFailure::Other(format!("`{}` can't be asked for: {error}", dns.name))
    };
    let mut name = Name::from_ascii(dns.name.as_str()).map_err(|error| unfit(&error))?;
    name.set_fqdn(true);
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name, record(dns.kind)));
    message.to_vec().map_err(|error| unfit(&error))
}

/// What an answer says; none: it is not the answer.
fn judge(bytes: &[u8], id: u16) -> Option<Result<(), ProbeFailure>> {
    if bytes.len() < HEAD {
        let words = format!("an answer of {} bytes", bytes.len());
        return Some(Err(ProbeFailure::Garbage(words)));
    }
    let header = match Header::from_bytes(bytes) {
        Ok(header) => header,
        Err(error) => return Some(Err(ProbeFailure::Garbage(error.to_string()))),
    };
    if header.id != id {
        return None;
    }
    Some(match (header.message_type, header.response_code) {
        (MessageType::Query, _) => {
            let words = "a question in place of an answer".to_owned();
            Err(ProbeFailure::Garbage(words))
        }
        (MessageType::Response, ResponseCode::NoError) => Ok(()),
        (MessageType::Response, code) => Err(ProbeFailure::Code(code.into())),
    })
}

const fn record(kind: DnsType) -> RecordType {
    match kind {
        DnsType::A => RecordType::A,
        DnsType::Ns => RecordType::NS,
        DnsType::Cname => RecordType::CNAME,
        DnsType::Soa => RecordType::SOA,
        DnsType::Mx => RecordType::MX,
        DnsType::Txt => RecordType::TXT,
        DnsType::Aaaa => RecordType::AAAA,
        DnsType::Rrsig => RecordType::RRSIG,
        DnsType::Dnskey => RecordType::DNSKEY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_is_that_of_rfc_1035() {
        let dns = DnsCheck {
            kind: DnsType::Mx,
            name: "example.org".into(),
        };
        let expected = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\
            \x07example\x03org\x00\x00\x0f\x00\x01";
        assert_eq!(question(&dns, 0x1234).unwrap(), expected);
    }

    #[test]
    fn the_root_is_asked_for_its_authority() {
        let dns = DnsCheck {
            kind: DnsType::Soa,
            name: ".".into(),
        };
        let expected = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\0\0\x06\0\x01";
        assert_eq!(question(&dns, 1).unwrap(), expected);
    }

    #[test]
    fn answers_are_told_apart_by_their_number_and_code() {
        let answer = |id: u8, flags: [u8; 2]| [0, id, flags[0], flags[1], 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(judge(&answer(1, [0x81, 0x80]), 1), Some(Ok(())));
        assert_eq!(judge(&answer(2, [0x81, 0x80]), 1), None);
        let refused = Some(Err(ProbeFailure::Code(5)));
        assert_eq!(judge(&answer(1, [0x81, 0x85]), 1), refused);
        assert!(matches!(
            judge(&answer(1, [0x01, 0x00]), 1),
            Some(Err(ProbeFailure::Garbage(_)))
        ));
        assert!(matches!(
            judge(b"\0\x01\x81", 1),
            Some(Err(ProbeFailure::Garbage(_)))
        ));
    }
}
