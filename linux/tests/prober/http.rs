//! HTTP_GET.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bellwether_core::model::lvs::{
    Check, HttpCheck, HttpProtocol, RegexCheck, StatusRange, Url, UrlBody,
};

use crate::common::{Bench, PATIENCE, outcome, says, server, spec, words};
use crate::pages::{Endless, answers, http, page, request, url};

/// `md5sum` of `hello world` and a line feed.
const HELLO: u128 = 0x6f59_02ac_2370_24bd_d0c1_76cb_9306_3dc4;
const MIB: u64 = 1 << 20;
/// What the sockets of both ends may hold on the way.
const ON_THE_WAY: u64 = 16 * MIB;

#[test]
fn a_page_is_asked_for_in_keepalived_s_words() {
    // As `genhash` of keepalived 2.2.7 sends them: -P 1.0, 1.0c, 1.1.
    let table = [
        (HttpProtocol::V1_0, "GET /x?y=1 HTTP/1.0", None),
        (
            HttpProtocol::V1_0Close,
            "GET /x?y=1 HTTP/1.0",
            Some("Connection: close"),
        ),
        (
            HttpProtocol::V1_1,
            "GET /x?y=1 HTTP/1.1",
            Some("Connection: close"),
        ),
    ];
    for (protocol, first, connection) in table {
        let (sender, requests) = channel();
        let address = server(move |mut stream| {
            sender.send(request(&mut stream)).unwrap();
            stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
        });
        let mut check = http(vec![Url {
            path: "/x?y=1".to_owned(),
            ..url()
        }]);
        check.protocol = protocol;
        let spec = spec(address, Check::Http(Box::new(check)));
        assert_eq!(outcome(spec, None), "ok");
        let agent = Some("User-Agent: KeepAliveClient");
        let host = format!("Host: {address}");
        let expected = [Some(first), agent, connection, Some(&*host)];
        let expected: Vec<&str> = expected.into_iter().flatten().collect();
        assert_eq!(requests.recv_timeout(PATIENCE).unwrap(), expected);
    }
}

#[test]
fn the_page_s_host_name_goes_before_the_check_s_and_that_before_the_server_s() {
    let (sender, requests) = channel();
    let address = server(move |mut stream| {
        let lines = request(&mut stream);
        let host = lines.into_iter().find(|line| line.starts_with("Host: "));
        sender.send(host.unwrap()).unwrap();
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
    });
    let bench = Bench::new();
    let host_of = |own: Option<&str>, check: Option<&str>, server: Option<&str>| {
        let mut http = http(vec![Url {
            virtualhost: own.map(Into::into),
            ..url()
        }]);
        http.virtualhost = check.map(Into::into);
        let mut spec = spec(address, Check::Http(Box::new(http)));
        spec.virtualhost = server.map(Into::into);
        assert_eq!(words(&bench.check(spec, None)), "ok");
        requests.recv_timeout(PATIENCE).unwrap()
    };
    let (page, check, server) = (
        Some("page.example"),
        Some("check.example"),
        Some("rs.example"),
    );
    assert_eq!(host_of(page, check, server), "Host: page.example");
    assert_eq!(host_of(None, check, server), "Host: check.example");
    assert_eq!(host_of(None, None, server), "Host: rs.example");
    assert_eq!(host_of(None, None, None), format!("Host: {address}"));
}

#[test]
fn the_page_that_is_asked_for_is_the_one_of_this_turn() {
    let (sender, requests) = channel();
    let address = server(move |mut stream| {
        sender.send(request(&mut stream).remove(0)).unwrap();
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
    });
    let paths = ["/a", "/b"];
    let urls = paths.map(|path| Url {
        path: path.to_owned(),
        ..url()
    });
    let spec = spec(address, Check::Http(Box::new(http(urls.to_vec()))));
    let bench = Bench::new();
    for number in [1, 0] {
        bench.check(spec.clone(), Some(number));
        let first = requests.recv_timeout(PATIENCE).unwrap();
        assert_eq!(
            first,
            format!("GET {} HTTP/1.0", paths[usize::from(number)])
        );
    }
    assert_eq!(words(&bench.check(spec, Some(2))), "there is no page 2");
}

#[test]
fn codes_from_200_to_299_are_well_unless_the_page_has_its_own() {
    let range = |first, last| StatusRange { first, last };
    let own = vec![range(204, 204), range(300, 399), range(503, 503)];
    let table = [
        (199, "HTTP status 199", "HTTP status 199"),
        (200, "ok", "HTTP status 200"),
        (204, "ok", "ok"),
        (299, "ok", "HTTP status 299"),
        (300, "HTTP status 300", "ok"),
        (399, "HTTP status 399", "ok"),
        (400, "HTTP status 400", "HTTP status 400"),
        (503, "HTTP status 503", "ok"),
    ];
    for (status, by_default, by_own) in table {
        let answer = format!("HTTP/1.0 {status} Whatever\r\nContent-Length: 0\r\n\r\n");
        let address = answers(answer);
        if status >= 200 {
            assert_eq!(outcome(page(address, url()), None), by_default);
            let own = Url {
                status: own.clone(),
                ..url()
            };
            assert_eq!(outcome(page(address, own), None), by_own);
        }
    }
}

#[test]
fn a_body_has_the_digest_that_md5sum_prints() {
    let digest = |digest: u128| Url {
        body: Some(UrlBody::Digest(digest.to_be_bytes())),
        ..url()
    };
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                   6\r\nhello \r\n6\r\nworld\n\r\n0\r\n\r\n";
    let bodies = [
        "HTTP/1.0 200 OK\r\n\r\nhello world\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello world\nand more",
        chunked,
    ];
    for answer in bodies {
        let address = answers(answer);
        assert_eq!(
            outcome(page(address, digest(HELLO)), None),
            "ok",
            "{answer}"
        );
        let other = outcome(page(address, digest(HELLO ^ 1)), None);
        assert_eq!(other, "the body has another digest");
    }
}

#[test]
fn a_bad_status_is_the_reason_before_a_bad_body() {
    let url = Url {
        body: Some(UrlBody::Digest([0; 16])),
        ..url()
    };
    let address = answers("HTTP/1.0 500 Broken\r\n\r\nsorry");
    assert_eq!(outcome(page(address, url), None), "HTTP status 500");
}

#[test]
fn expressions_are_those_of_pcre2_with_their_options() {
    let no = "the answer is not as it must be";
    let table: &[(&str, &[&str], &str)] = &[
        ("status: (up|well)", &[], "ok"),
        ("STATUS: UP", &[], no),
        ("STATUS: UP", &["caseless"], "ok"),
        ("^load", &[], no),
        ("^load", &["multiline"], "ok"),
        ("up.load", &[], no),
        ("up.load", &["dotall"], "ok"),
        ("status: # a remark", &["extended"], "ok"),
        ("(?<name>up)(?<name>.)", &["dotall", "dupnames"], "ok"),
        (r"(\d)\1", &[], "ok"),
        ("load", &["firstline"], no),
        ("up", &["firstline"], "ok"),
        (r"\nload", &["firstline"], "ok"),
        ("(?=.*up)status", &[], "ok"),
        ("(up)", &["no_auto_capture", "ungreedy", "utf", "ucp"], "ok"),
    ];
    let address = answers("HTTP/1.0 200 OK\r\n\r\nstatus: up\nload: 33\n");
    let bench = Bench::new();
    for (pattern, options, expected) in table {
        let regex = regex(pattern, options);
        let result = bench.check(page(address, body(&regex)), None);
        assert_eq!(words(&result), *expected, "{pattern} {options:?}");
        let negated = RegexCheck {
            negate: true,
            ..regex
        };
        let result = bench.check(page(address, body(&negated)), None);
        let opposite = if *expected == "ok" { no } else { "ok" };
        assert_eq!(words(&result), opposite, "not {pattern} {options:?}");
    }
}

#[test]
fn a_match_starts_between_its_offsets() {
    let address = answers("HTTP/1.0 200 OK\r\n\r\n0123up");
    let bench = Bench::new();
    let no = "the answer is not as it must be";
    let table = [
        (0, None, "ok"),
        (4, None, "ok"),
        (5, None, no),
        (999, None, no),
        (0, Some(4), "ok"),
        (0, Some(3), no),
    ];
    for (min_offset, max_offset, expected) in table {
        let regex = RegexCheck {
            min_offset,
            max_offset,
            ..regex("up", &[])
        };
        let result = bench.check(page(address, body(&regex)), None);
        assert_eq!(words(&result), expected, "{min_offset} {max_offset:?}");
    }
}

#[test]
fn a_bad_expression_and_one_that_never_ends_are_reasons() {
    let address = answers(format!("HTTP/1.0 200 OK\r\n\r\n{}b", "a".repeat(64)));
    let bench = Bench::new();
    let result = bench.check(page(address, body(&regex("(", &[]))), None);
    let bad = words(&result);
    assert!(
        bad.starts_with("regex: ") && bad.contains("missing closing parenthesis"),
        "{bad}"
    );
    let begin = Instant::now();
    let result = bench.check(page(address, body(&regex("^(a+)+$", &[]))), None);
    let endless = words(&result);
    assert!(endless.contains("match limit exceeded"), "{endless}");
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn answers_that_are_none_say_what_is_wrong() {
    let table: &[(&[u8], &str)] = &[
        (b"", "closed before the answer was complete"),
        (
            b"HTTP/1.0 200 OK\r\nContent",
            "closed before the answer was complete",
        ),
        (
            b"HTTP/1.0 200 OK\r\nContent-Length: 40\r\n\r\nshort",
            "closed before the answer was complete",
        ),
        (
            b"\x00\xff\x00garbage\r\n\r\n",
            "not understood: invalid HTTP version parsed",
        ),
        (
            b"SSH-2.0-OpenSSH_9.2\r\n",
            "not understood: invalid HTTP version parsed",
        ),
        (
            b"HTTP/1.0 2x0 OK\r\n\r\n",
            "not understood: invalid HTTP status-code parsed",
        ),
        (
            b"HTTP/1.0 200 OK\r\nbad header\r\n\r\n",
            "not understood: invalid HTTP header parsed",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "not understood: Invalid chunk size line: missing size digit",
        ),
    ];
    let bench = Bench::new();
    for (answer, expected) in table {
        let answer = answer.to_vec();
        let address = answers(answer.clone());
        let result = bench.check(page(address, url()), None);
        let shown = String::from_utf8_lossy(&answer);
        assert_eq!(words(&result), *expected, "{shown}");
    }
}

#[test]
fn a_server_that_speaks_first_and_resets_is_closed() {
    // Closing with the request unread is a reset.
    let address = says(b"");
    let said = outcome(page(address, url()), None);
    assert_eq!(said, "closed before the answer was complete");
}

#[test]
fn a_head_that_never_ends_is_not_read_on() {
    let table = [
        ("HTTP/1.0 200 OK\r\nX: ", &b"aaaaaaaaaaaaaaaa"[..]),
        ("HTTP/1.0 200 OK\r\n", b"X-Header: value\r\n"),
        ("HTTP/1.0 ", b"2222222222222222"),
    ];
    for (start, again) in table {
        let endless = Endless::new(start, again);
        let said = outcome(page(endless.address, url()), None);
        assert!(said.starts_with("not understood: "), "{start:?}: {said}");
        assert!(endless.written() < ON_THE_WAY);
    }
}

#[test]
fn of_a_body_that_never_ends_only_a_part_is_read() {
    const START: &str = "HTTP/1.0 200 OK\r\nContent-Length: 10000000000\r\n\r\n";
    let block: &[u8] = &[b'a'; 65_536];
    let digest = UrlBody::Digest([0; 16]);
    let table = [
        (None, 1, "ok"),
        (Some(digest), 64, "the body is longer than 64 MiB"),
        (
            Some(UrlBody::Regex(regex("b", &[]))),
            4,
            "the body is longer than 4 MiB",
        ),
    ];
    for (body, mebibytes, expected) in table {
        let endless = Endless::new(START, block);
        let url = Url { body, ..url() };
        assert_eq!(outcome(page(endless.address, url), None), expected);
        let written = endless.written();
        assert!(written < mebibytes * MIB + ON_THE_WAY, "{written} bytes");
    }
}

#[test]
fn slow_bytes_end_at_the_deadline() {
    let (sender, ended) = channel();
    let address = server(move |mut stream| {
        request(&mut stream);
        let mut told = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n");
        while told.is_ok() {
            sleep(Duration::from_millis(20));
            told = stream.write_all(b".");
        }
        sender.send(()).unwrap();
    });
    let mut spec = page(address, url());
    spec.timeout = Duration::from_millis(300);
    spec.deadline = Duration::from_millis(700);
    let begin = Instant::now();
    assert_eq!(outcome(spec, None), "timed out");
    let took = begin.elapsed();
    assert!(
        took >= Duration::from_millis(700) && took < Duration::from_secs(5),
        "{took:?}"
    );
    ended.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn a_server_that_accepts_and_says_nothing_costs_one_timeout() {
    let address = half_open();
    let mut spec = page(address, url());
    spec.timeout = Duration::from_millis(200);
    let begin = Instant::now();
    assert_eq!(outcome(spec, None), "timed out");
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_path_or_name_that_http_does_not_have_is_said() {
    let address = answers("HTTP/1.0 200 OK\r\n\r\n");
    let bad = Url {
        path: "/a b".to_owned(),
        ..url()
    };
    let said = outcome(page(address, bad), None);
    assert_eq!(said, "`/a b` can't be asked for: invalid uri character");
    let bad = Url {
        virtualhost: Some("a\nb".into()),
        ..url()
    };
    let said = outcome(page(address, bad), None);
    assert_eq!(said, "`a\nb` can't be a host name");
}

/// A server that accepts, keeps the connection and says nothing.
pub(crate) fn half_open() -> SocketAddr {
    server(|stream| {
        std::thread::spawn(move || {
            sleep(Duration::from_secs(30));
            drop(stream);
        });
    })
}

fn regex(pattern: &str, options: &[&str]) -> RegexCheck {
    RegexCheck {
        pattern: pattern.to_owned(),
        options: options.iter().map(|own| (*own).to_owned()).collect(),
        negate: false,
        min_offset: 0,
        max_offset: None,
    }
}

fn body(regex: &RegexCheck) -> Url {
    Url {
        body: Some(UrlBody::Regex(regex.clone())),
        ..url()
    }
}

/// A check that speaks TLS.
pub(crate) fn secure(check: HttpCheck) -> HttpCheck {
    HttpCheck { tls: true, ..check }
}
