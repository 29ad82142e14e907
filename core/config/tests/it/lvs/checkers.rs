//! What each checker does.

use bellwether_config::code;
use bellwether_core::model::lvs::{
    Check, DnsCheck, DnsType, HttpCheck, HttpProtocol, RegexCheck, ReplyByte, SmtpCheck, Source,
    StatusRange, UdpCheck, Url, UrlBody,
};
use bellwether_core::model::{Command, RunAs};
use bellwether_core::unit::Name;

use super::{behind, check, checker, errors, warnings};

fn page(path: &str) -> Url {
    Url {
        path: path.to_owned(),
        virtualhost: None,
        status: Vec::new(),
        body: None,
        tls_compliant: None,
    }
}

fn http(urls: Vec<Url>) -> HttpCheck {
    HttpCheck {
        tls: false,
        sni: false,
        sni_name: None,
        tls_compliant: false,
        protocol: HttpProtocol::V1_0,
        virtualhost: None,
        fast_recovery: false,
        urls,
    }
}

fn url(body: &str) -> String {
    format!("HTTP_GET {{\nurl {{\npath /\n{body}\n}}\n}}")
}

/// What is asked of the one page of [`url`].
fn page_of(body: &str) -> Url {
    let Check::Http(mut http) = check(&url(body)) else {
        panic!("no HTTP_GET");
    };
    http.urls.remove(0)
}

#[test]
fn pages_are_asked_for_in_order() {
    let body = "HTTP_GET {\nurl {\npath /a\n}\nurl {\npath \"/b c\"\n}\n}";
    let expected = http(vec![page("/a"), page("/b c")]);
    assert_eq!(check(body), Check::Http(Box::new(expected)));
}

#[test]
fn all_that_an_ssl_get_may_say() {
    let body = "SSL_GET {\nenable_sni\nsni_name a.example\ntls_compliant\nhttp_protocol 1.1\n\
                virtualhost b.example\nfast_recovery\nurl {\npath /\nvirtualhost c.example\n\
                tls_compliant off\n}\n}";
    let expected = HttpCheck {
        tls: true,
        sni: true,
        sni_name: Some(Name::from("a.example")),
        tls_compliant: true,
        protocol: HttpProtocol::V1_1,
        virtualhost: Some(Name::from("b.example")),
        fast_recovery: true,
        urls: vec![Url {
            virtualhost: Some(Name::from("c.example")),
            tls_compliant: Some(false),
            ..page("/")
        }],
    };
    assert_eq!(check(body), Check::Http(Box::new(expected)));
    assert_eq!(warnings(&behind(body)), [""; 0]);
}

#[test]
fn status_codes_are_numbers_and_ranges() {
    let range = |first, last| StatusRange { first, last };
    let expected = [range(200, 200), range(204, 204), range(300, 310)];
    assert_eq!(page_of("status_code 200 204 300-310").status, expected);
    assert_eq!(page_of("status_code 100-599").status, [range(100, 599)]);
    for bad in ["99", "600", "300-200", "2xx", "200,", "+20", "200-"] {
        let text = behind(&url(&format!("status_code {bad}")));
        assert_eq!(errors(&text), [code::OUT_OF_RANGE], "{bad}");
    }
}

#[test]
fn a_digest_has_32_digits() {
    let digest = "9B3a0c85a887a256d6939da88aabd8cd";
    let Some(UrlBody::Digest(bytes)) = page_of(&format!("digest {digest}")).body else {
        panic!("no digest");
    };
    assert_eq!(bytes[..3], [0x9b, 0x3a, 0x0c]);
    assert_eq!(bytes[15], 0xcd);
    for bad in [&digest[1..], "+b3a0c85a887a256d6939da88aabd8cd", "z"] {
        let text = behind(&url(&format!("digest {bad}")));
        assert_eq!(errors(&text), [code::BAD_WORD], "{bad}");
    }
}

#[test]
fn an_expression_with_its_options() {
    let body = "regex \"a.*b\"\nregex_no_match\nregex_options caseless dotall\n\
                regex_min_offset 3\nregex_max_offset 900";
    let expected = RegexCheck {
        pattern: "a.*b".to_owned(),
        options: vec!["caseless".to_owned(), "dotall".to_owned()],
        negate: true,
        min_offset: 3,
        max_offset: Some(900),
    };
    assert_eq!(page_of(body).body, Some(UrlBody::Regex(expected)));
    let odd = behind(&url("regex x\nregex_options casless"));
    assert_eq!(warnings(&odd), [code::BAD_WORD]);
    let without = behind(&url("regex_no_match"));
    assert_eq!(warnings(&without), [code::IGNORED_SETTING]);
    let both = "regex x\ndigest 9b3a0c85a887a256d6939da88aabd8cd";
    assert_eq!(warnings(&behind(&url(both))), [code::IGNORED_SETTING]);
    assert!(matches!(page_of(both).body, Some(UrlBody::Regex(_))));
}

#[test]
fn an_http_check_without_a_page_is_an_error() {
    for body in ["HTTP_GET {\n}", "HTTP_GET {\nurl {\nstatus_code 200\n}\n}"] {
        assert_eq!(errors(&behind(body)), [code::INCOMPLETE_CHECK], "{body}");
    }
}

#[test]
fn the_old_word_for_retry_is_known_in_http_checks_only() {
    let body = "HTTP_GET {\nnb_get_retry 4\nurl {\npath /\n}\n}";
    assert_eq!(checker(body).schedule.retry, 4);
    let tcp = behind("TCP_CHECK {\nnb_get_retry 4\n}");
    assert_eq!(warnings(&tcp), [code::MISPLACED_KEYWORD]);
}

#[test]
fn other_targets_and_sources() {
    let body = "TCP_CHECK {\nconnect_ip 192.0.2.7\nconnect_port 81\nbindto 192.0.2.8\n\
                bind_port 999\nbind_if eth1\nfwmark 5\nlog_all_failures\n}";
    let checker = checker(body);
    assert_eq!(checker.connect, Some("192.0.2.7:81".parse().unwrap()));
    let source = Source {
        address: Some([192, 0, 2, 8].into()),
        port: 999,
        interface: Some("eth1".parse().unwrap()),
        fwmark: 5,
    };
    assert_eq!(checker.source, Some(Box::new(source)));
    assert!(checker.schedule.log_all_failures);
}

#[test]
fn a_target_that_is_the_real_server_itself_is_no_other() {
    let same = checker("TCP_CHECK {\nconnect_ip 192.0.2.2\nconnect_port 80\n}");
    assert_eq!(same.connect, None);
    let port = checker("TCP_CHECK {\nconnect_port 81\n}");
    assert_eq!(port.connect, Some("192.0.2.2:81".parse().unwrap()));
}

#[test]
fn a_source_of_another_family_is_none() {
    let body = "TCP_CHECK {\nbindto 2001:db8::3\n}";
    assert_eq!(checker(body).source, None);
    assert_eq!(warnings(&behind(body)), [code::OTHER_FAMILY]);
    let both = "TCP_CHECK {\nbindto 2001:db8::3\nconnect_ip 2001:db8::2\n}";
    assert_eq!(warnings(&behind(both)), [""; 0]);
}

#[test]
fn mail_servers() {
    let body = "SMTP_CHECK {\nhelo_name lb1.example\nhost {\nconnect_ip 192.0.2.7\n}\n\
                host {\nconnect_port 26\nbindto 192.0.2.8\n}\nhost {\n}\n}";
    let Check::Smtp(smtp) = check(body) else {
        panic!("no SMTP_CHECK");
    };
    let SmtpCheck { helo_name, hosts } = *smtp;
    assert_eq!(helo_name.as_deref(), Some("lb1.example"));
    let targets: Vec<_> = hosts.iter().map(|host| host.connect).collect();
    let parse = |text: &str| Some(text.parse().unwrap());
    assert_eq!(
        targets,
        [parse("192.0.2.7:80"), parse("192.0.2.2:26"), None]
    );
    let from = hosts[1].source.as_ref().and_then(|source| source.address);
    assert_eq!(from, Some([192, 0, 2, 8].into()));
}

#[test]
fn names() {
    let dns = |kind, name| {
        Check::Dns(DnsCheck {
            kind,
            name: Name::from(name),
        })
    };
    assert_eq!(check("DNS_CHECK {\n}"), dns(DnsType::Soa, "."));
    let body = "DNS_CHECK {\ntype aaaa\nname www.example\n}";
    assert_eq!(check(body), dns(DnsType::Aaaa, "www.example"));
    for bad in ["type PTR", "name a..b", "name .b"] {
        let text = behind(&format!("DNS_CHECK {{\n{bad}\n}}"));
        assert_eq!(errors(&text), [code::BAD_WORD], "{bad}");
    }
}

#[test]
fn commands() {
    let body = "MISC_CHECK {\nmisc_path \"/bin/check 'a b'\"\nmisc_dynamic\nuser web www\n}";
    let Check::Misc(misc) = check(body) else {
        panic!("no MISC_CHECK");
    };
    let words = ["/bin/check", "a b"].map(str::to_owned);
    assert_eq!(misc.command, Command(words.to_vec()));
    assert!(misc.dynamic);
    let expected = RunAs {
        user: "web".to_owned(),
        group: Some("www".to_owned()),
    };
    assert_eq!(misc.user, Some(expected));
    assert_eq!(errors(&behind("MISC_CHECK {\n}")), [code::INCOMPLETE_CHECK]);
    let timeout = behind("MISC_CHECK {\nmisc_path /bin/true\nconnect_timeout 3\n}");
    assert_eq!(warnings(&timeout), [code::MISPLACED_KEYWORD]);
}

fn udp(body: &str) -> UdpCheck {
    let Check::Udp(udp) = check(&format!("UDP_CHECK {{\n{body}\n}}")) else {
        panic!("no UDP_CHECK");
    };
    *udp
}

#[test]
fn a_datagram_that_says_nothing_of_its_answer() {
    let expected = UdpCheck {
        max_reply_len: 255,
        ..UdpCheck::default()
    };
    assert_eq!(udp(""), expected);
}

/// The example of keepalived's manual.
#[test]
fn payloads_are_written_in_hexadecimal_with_blanks_anywhere() {
    let bytes = [
        0xab, 0x12, 0x0f, 0x03, 0x45, 0x06, 0x54, 0x64, 0x43, 0x12, 0x03,
    ];
    let expected = Some(bytes.to_vec());
    assert_eq!(udp("payload Ab12f 3 456 546443123").payload, expected);
    assert_eq!(udp("payload \"Ab12f 3 456 546443123\"").payload, expected);
    for bad in ["payload zz", "payload 0x", "require_reply zz"] {
        let text = behind(&format!("UDP_CHECK {{\n{bad}\n}}"));
        assert_eq!(errors(&text), [code::BAD_WORD], "{bad}");
    }
}

#[test]
fn an_answer_may_have_digits_that_do_not_count() {
    let byte = |value, mask| ReplyByte { value, mask };
    let check = udp("require_reply 0Xxf 3");
    assert!(check.require_reply);
    let expected = [byte(0x00, 0xf0), byte(0x0f, 0x0f), byte(0x03, 0xff)];
    assert_eq!(check.reply, expected);
    let any = udp("require_reply");
    assert!(any.require_reply && any.reply.is_empty());
}

#[test]
fn an_answer_may_not_be_longer_than_its_greatest_length() {
    let said = |body: &str| warnings(&behind(&format!("UDP_CHECK {{\n{body}\n}}")));
    assert_eq!(said("min_reply_length 255"), [""; 0]);
    assert_eq!(said("min_reply_length 256"), [code::IMPOSSIBLE_CHECK]);
    assert_eq!(said("min_reply_length 3\nmax_reply_length 3"), [""; 0]);
}

#[test]
fn checkers_that_follow_something_must_say_what() {
    for body in ["FILE_CHECK {\n}", "BFD_CHECK {\n}"] {
        assert_eq!(errors(&behind(body)), [code::INCOMPLETE_CHECK], "{body}");
    }
    for body in ["FILE_CHECK {\ntrack_file f\n}", "BFD_CHECK {\nname b\n}"] {
        assert_eq!(errors(&behind(body)), [code::UNKNOWN_TRACKED], "{body}");
    }
}
