//! SMTP_CHECK.

use std::io::{BufRead as _, BufReader, Write};
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bellwether_core::lvs::ProbeSpec;
use bellwether_core::model::lvs::{Check, SmtpCheck, SmtpHost, Source};

use crate::common::{PATIENCE, outcome, server, spec};
use crate::pages::Endless;

const CLOSED: &str = "closed before the answer was complete";

#[test]
fn the_dialogue_is_keepalived_s() {
    let (address, heard) = mail(&["220 ready\r\n", "250 hello\r\n", "221 bye\r\n"]);
    assert_eq!(outcome(smtp(address, SmtpCheck::default()), None), "ok");
    let lines = heard.recv_timeout(PATIENCE).unwrap();
    assert_eq!(lines, ["HELO smtp.keepalived.org", "QUIT"]);
}

#[test]
fn it_calls_itself_what_the_configuration_says_and_takes_answers_of_several_lines() {
    let (address, heard) = mail(&[
        "220-mx.example\r\n220 ESMTP\r\n",
        "250-mx.example\r\n250-SIZE 1000\r\n250 HELP\r\n",
        "221\r\n",
    ]);
    let check = SmtpCheck {
        helo_name: Some("lb.example.org".to_owned()),
        ..SmtpCheck::default()
    };
    assert_eq!(outcome(smtp(address, check), None), "ok");
    let lines = heard.recv_timeout(PATIENCE).unwrap();
    assert_eq!(lines, ["HELO lb.example.org", "QUIT"]);
}

#[test]
fn each_step_can_be_refused() {
    let table: &[(&[&'static str], &str)] = &[
        (&["554 no\r\n"], "answered with code 554"),
        (&["220 ready\r\n", "502 what\r\n"], "answered with code 502"),
        (
            &["220 ready\r\n", "250 hello\r\n", "421 busy\r\n"],
            "answered with code 421",
        ),
        (&["220 ready\r\n"], CLOSED),
        (&[], CLOSED),
        (&["220 rea"], CLOSED),
        (
            &["HTTP/1.0 400 Bad Request\r\n"],
            "not understood: \"HTTP/1.0 400 Bad Request\" is no answer",
        ),
        (
            &["\x00\x01\x02\r\n"],
            "not understood: \"\\0\\u{1}\\u{2}\" is no answer",
        ),
    ];
    for (answers, expected) in table {
        let (address, _heard) = mail(answers);
        let said = outcome(smtp(address, SmtpCheck::default()), None);
        assert_eq!(said, *expected, "{answers:?}");
    }
}

#[test]
fn a_line_that_never_ends_and_lines_that_never_end_are_not_read_on() {
    let line = Endless::new("", &[b'2'; 4096]);
    let said = outcome(smtp(line.address, SmtpCheck::default()), None);
    assert_eq!(said, "not understood: a line of more than 2048 bytes");
    assert!(line.written() < 16 << 20);
    let lines = Endless::new("", b"220-and more\r\n");
    let said = outcome(smtp(lines.address, SmtpCheck::default()), None);
    assert_eq!(said, "not understood: an answer of more than 100 lines");
    assert!(lines.written() < 16 << 20);
}

#[test]
fn all_hosts_must_be_well_each_from_its_own_source() {
    let good = &["220 ready\r\n", "250 hello\r\n", "221 bye\r\n"];
    let (first, _one) = mail(good);
    let (second, heard) = mail(good);
    let (bad, _three) = mail(&["554 no\r\n"]);
    let host = |connect| SmtpHost {
        connect,
        source: Some(Box::new(Source {
            address: Some("127.0.0.9".parse().unwrap()),
            ..Source::default()
        })),
    };
    // The first host is the real server itself.
    let check = |hosts| SmtpCheck {
        helo_name: None,
        hosts,
    };
    let both = check(vec![host(None), host(Some(second))]);
    assert_eq!(outcome(smtp(first, both), None), "ok");
    heard.recv_timeout(PATIENCE).unwrap();
    let one_bad = check(vec![host(None), host(Some(bad))]);
    assert_eq!(
        outcome(smtp(first, one_bad), None),
        "answered with code 554"
    );
}

#[test]
fn a_server_that_says_nothing_costs_the_timeout() {
    let mut spec = smtp(crate::http::half_open(), SmtpCheck::default());
    spec.timeout = Duration::from_millis(200);
    assert_eq!(outcome(spec, None), "timed out");
}

fn smtp(target: SocketAddr, check: SmtpCheck) -> ProbeSpec {
    spec(target, Check::Smtp(Box::new(check)))
}

/// A mail server that says these answers: the first at once, each other to one line. What it hears
/// is told when the connection has ended.
fn mail(answers: &[&'static str]) -> (SocketAddr, Receiver<Vec<String>>) {
    let answers = answers.to_vec();
    let (sender, heard) = channel();
    let address = server(move |stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut heard = Vec::new();
        let mut stream = stream;
        for (number, answer) in answers.iter().enumerate() {
            if number > 0 {
                let Some(Ok(line)) = lines.next() else {
                    break;
                };
                heard.push(line);
            }
            // Whoever checks may have had enough.
            let _ = stream.write_all(answer.as_bytes());
        }
        // The test may not want to know.
        let _ = sender.send(heard);
    });
    (address, heard)
}
