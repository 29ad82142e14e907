//! DNS_CHECK, UDP_CHECK and PING_CHECK.

use std::io::Write as _;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use bellwether_core::lvs::ProbeSpec;
use bellwether_core::model::lvs::{Check, DnsCheck, DnsType, ReplyByte, Source, UdpCheck};

use crate::common::{LOCALHOST, PATIENCE, outcome, spec};

#[test]
fn a_name_server_that_answers_without_an_error_is_well() {
    let (address, asked) = datagrams(|question| vec![answer(question, 0x81, 0x80)]);
    assert_eq!(outcome(dns(address), None), "ok");
    let question = asked.recv_timeout(PATIENCE).unwrap();
    // RFC 1035 4.1: recursion desired, one question: example.org, type A, class IN.
    assert_eq!(
        &question[2..],
        b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03org\x00\x00\x01\x00\x01"
    );
}

#[test]
fn a_name_server_that_says_no_is_not() {
    // RFC 1035 4.1.1: 2 is server failure, 3 is no such name, 5 is refused.
    for code in [2_u8, 3, 5] {
        let (address, _asked) = datagrams(move |question| vec![answer(question, 0x81, code)]);
        let said = outcome(dns(address), None);
        assert_eq!(said, format!("answered with code {code}"));
    }
}

#[test]
fn answers_to_other_questions_are_not_heard() {
    let (address, _asked) = datagrams(|question| {
        let mut other = answer(question, 0x81, 0x05);
        other[0] ^= 0xff;
        vec![other, answer(question, 0x81, 0x80)]
    });
    assert_eq!(outcome(dns(address), None), "ok");
}

#[test]
fn what_is_no_answer_of_a_name_server_is_said() {
    let (address, _asked) = datagrams(|_| vec![b"hi".to_vec()]);
    let said = outcome(dns(address), None);
    assert_eq!(said, "not understood: an answer of 2 bytes");
    let (address, _asked) = datagrams(|question| vec![question.to_vec()]);
    let said = outcome(dns(address), None);
    assert_eq!(said, "not understood: a question in place of an answer");
}

#[test]
fn where_no_name_server_is_it_is_refused_and_a_silent_one_times_out() {
    assert_eq!(outcome(dns(nobody()), None), "connection refused");
    let (address, _asked) = datagrams(|_| Vec::new());
    let mut spec = dns(address);
    spec.timeout = Duration::from_millis(200);
    assert_eq!(outcome(spec, None), "timed out");
}

#[test]
fn silence_is_well_for_udp_and_a_refusal_is_not() {
    let (address, heard) = datagrams(|_| Vec::new());
    let mut spec = udp(address, UdpCheck::default());
    spec.timeout = Duration::from_millis(200);
    assert_eq!(outcome(spec, None), "ok");
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap().len(), 128);
    let said = outcome(udp(nobody(), UdpCheck::default()), None);
    assert_eq!(said, "connection refused");
}

#[test]
fn the_payload_is_sent_and_the_reply_is_looked_at() {
    let (address, heard) = datagrams(|_| vec![vec![0xab, 0x17, 0x33]]);
    let byte = |value, mask| ReplyByte { value, mask };
    let check = |reply: Vec<ReplyByte>, max_reply_len| UdpCheck {
        payload: Some(vec![1, 2, 3]),
        require_reply: true,
        reply,
        min_reply_len: 2,
        max_reply_len,
    };
    let fits = check(vec![byte(0xab, 0xff), byte(0x10, 0xf0)], 255);
    assert_eq!(outcome(udp(address, fits), None), "ok");
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), [1, 2, 3]);
    let no = "the answer is not as it must be";
    let differs = check(vec![byte(0xac, 0xff)], 255);
    assert_eq!(outcome(udp(address, differs), None), no);
    let too_long = check(Vec::new(), 2);
    assert_eq!(outcome(udp(address, too_long), None), no);
    let just_fits = check(Vec::new(), 3);
    assert_eq!(outcome(udp(address, just_fits), None), "ok");
}

#[test]
fn a_reply_that_must_come_and_does_not_times_out() {
    let (address, _heard) = datagrams(|_| Vec::new());
    let check = UdpCheck {
        require_reply: true,
        max_reply_len: 255,
        ..UdpCheck::default()
    };
    let mut spec = udp(address, check);
    spec.timeout = Duration::from_millis(200);
    assert_eq!(outcome(spec, None), "timed out");
}

#[test]
fn what_is_there_answers_a_ping() {
    for target in [LOCALHOST, IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        if UdpSocket::bind((target, 0)).is_err() {
            skipped("there is no IPv6 here");
            continue;
        }
        let mut spec = spec(SocketAddr::new(target, 0), Check::Ping);
        spec.source = Some(Box::new(Source {
            address: Some(target),
            ..Source::default()
        }));
        let said = outcome(spec, None);
        if said.contains("Operation not permitted") || said.contains("Permission denied") {
            skipped("this user may not ping");
            continue;
        }
        assert_eq!(said, "ok", "{target}");
    }
}

fn skipped(why: &str) {
    // Past the capture of a passing test's output.
    writeln!(std::io::stderr(), "\n*** SKIPPED in part: {why} ***").unwrap();
}

fn dns(target: SocketAddr) -> ProbeSpec {
    let check = DnsCheck {
        kind: DnsType::A,
        name: "example.org.".into(),
    };
    spec(target, Check::Dns(check))
}

fn udp(target: SocketAddr, check: UdpCheck) -> ProbeSpec {
    spec(target, Check::Udp(Box::new(check)))
}

/// The question sent back as an answer with other flags.
fn answer(question: &[u8], first: u8, second: u8) -> Vec<u8> {
    let mut bytes = question.to_vec();
    bytes[2..4].copy_from_slice(&[first, second]);
    bytes
}

/// A server that sends these datagrams for each that it gets, and tells what it got.
fn datagrams(
    serve: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static,
) -> (SocketAddr, Receiver<Vec<u8>>) {
    let socket = UdpSocket::bind((LOCALHOST, 0)).unwrap();
    let address = socket.local_addr().unwrap();
    let (sender, heard) = channel();
    thread::spawn(move || {
        let mut bytes = [0; 2048];
        loop {
            let (length, from) = socket.recv_from(&mut bytes).unwrap();
            for answer in serve(&bytes[..length]) {
                socket.send_to(&answer, from).unwrap();
            }
            // The test may not want to know.
            let _ = sender.send(bytes[..length].to_vec());
        }
    });
    (address, heard)
}

/// A port of this host that nobody listens on.
fn nobody() -> SocketAddr {
    let socket = UdpSocket::bind((LOCALHOST, 0)).unwrap();
    socket.local_addr().unwrap()
}
