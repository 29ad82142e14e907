//! What a virtual server says holds for its real servers, and what these say for their checkers.

use std::time::Duration;

use bellwether_core::model::lvs::{Check, Checker, Forwarding, Schedule};

use super::{bare, behind, checker, first};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn schedule(retry: u32, delay_before_retry: u64) -> Schedule {
    Schedule {
        delay_loop: secs(60),
        warmup: secs(60),
        retry,
        rise: 1,
        delay_before_retry: secs(delay_before_retry),
        alpha: false,
        log_all_failures: false,
    }
}

/// keepalived's manual: 1 retry after 1 s, with the exceptions in this table.
#[test]
fn each_kind_of_checker_has_its_defaults() {
    for (body, retry, delay) in [
        ("TCP_CHECK {\n}", 1, 1),
        ("HTTP_GET {\nurl {\npath /\n}\n}", 1, 3),
        ("SSL_GET {\nurl {\npath /\n}\n}", 1, 3),
        ("SMTP_CHECK {\n}", 1, 1),
        ("DNS_CHECK {\n}", 3, 60),
        ("MISC_CHECK {\nmisc_path /bin/true\n}", 0, 1),
        ("UDP_CHECK {\n}", 1, 1),
        ("PING_CHECK {\n}", 1, 1),
    ] {
        let checker = checker(body);
        assert_eq!(checker.schedule, schedule(retry, delay), "{body}");
        assert_eq!(checker.timeout, secs(5), "{body}");
        assert_eq!((checker.connect, checker.source), (None, None), "{body}");
    }
}

const TIMES: &str = "delay_loop 7\nwarmup 2\nretry 4\ndelay_before_retry 1.5\n\
                     connect_timeout 3\nalpha\n";

fn as_told(checker: &Checker) {
    let expected = Schedule {
        delay_loop: secs(7),
        warmup: secs(2),
        retry: 4,
        rise: 1,
        delay_before_retry: Duration::from_millis(1_500),
        alpha: true,
        log_all_failures: false,
    };
    assert_eq!(checker.schedule, expected);
    assert_eq!(checker.timeout, secs(3));
}

#[test]
fn each_level_is_the_default_of_the_next_wherever_it_stands() {
    let real = |inside: &str| format!("real_server 192.0.2.2 80 {{\n{inside}\n}}\n");
    let tcp = |inside: &str| format!("TCP_CHECK {{\n{inside}}}\n");
    let other = "delay_loop 99\nretry 99\nconnect_timeout 99\nalpha off\nwarmup 99\n\
                 delay_before_retry 99\n";
    for body in [
        format!("{TIMES}{}", real(&tcp(""))),
        format!("{}{TIMES}", real(&tcp(""))),
        format!("{other}{}", real(&format!("{TIMES}{}", tcp("")))),
        format!("{other}{}", real(&format!("{}{TIMES}", tcp("")))),
        format!("{other}{}", real(&format!("{other}{}", tcp(TIMES)))),
    ] {
        let server = first(&bare(&body));
        as_told(&server.real_servers[0].checkers[0]);
    }
}

#[test]
fn the_warmup_is_the_delay_loop_of_the_same_checker() {
    let times = checker("delay_loop 9\nTCP_CHECK {\n}").schedule;
    assert_eq!((times.warmup, times.delay_loop), (secs(9), secs(9)));
    let none = checker("TCP_CHECK {\nwarmup 0\n}").schedule;
    assert_eq!((none.warmup, none.delay_loop), (secs(0), secs(60)));
}

#[test]
fn a_dns_check_retries_after_its_delay_loop_unless_told_otherwise() {
    let dns = |body: &str| checker(body).schedule.delay_before_retry;
    assert_eq!(dns("delay_loop 9\nDNS_CHECK {\n}"), secs(9));
    assert_eq!(dns("delay_before_retry 2\nDNS_CHECK {\n}"), secs(2));
}

#[test]
fn a_command_may_take_as_long_as_its_delay_loop() {
    for (body, expected) in [
        ("", 60),
        ("delay_loop 9", 9),
        ("misc_timeout 4\ndelay_loop 9", 4),
        ("misc_timeout 0\ndelay_loop 9", 9),
    ] {
        let checker = checker(&format!("MISC_CHECK {{\nmisc_path /bin/true\n{body}\n}}"));
        let Check::Misc(misc) = checker.check else {
            panic!("{checker:?}");
        };
        assert_eq!(misc.timeout, secs(expected), "{body}");
    }
}

#[test]
fn weight_method_and_inhibition_are_handed_down() {
    let body = "weight 9\nlb_kind TUN\ninhibit_on_failure\nalpha\ndelay_loop 3\n";
    let own = "weight 2\nlvs_method NAT\ninhibit_on_failure off\n";
    let real = |inside: &str| format!("real_server 192.0.2.2 80 {{\n{inside}}}\n");
    let inherits = first(&bare(&format!("{}{body}", real(""))));
    let told = first(&bare(&format!("{body}{}", real(own))));
    let [inherits_real, told_real] = [&inherits, &told].map(|server| &server.real_servers[0]);
    assert_eq!(inherits_real.weight, 9);
    assert!(matches!(inherits_real.forwarding, Forwarding::Tunnel(_)));
    assert!(inherits_real.inhibit_on_failure);
    assert_eq!(told_real.weight, 2);
    assert_eq!(told_real.forwarding, Forwarding::Nat);
    assert!(!told_real.inhibit_on_failure);
    assert!(inherits.alpha);
    assert_eq!(inherits.delay_loop, secs(3));
}

#[test]
fn without_a_word_a_real_server_has_the_defaults() {
    let real = first(&behind("")).real_servers[0].clone();
    assert_eq!((real.weight, real.uthreshold, real.lthreshold), (1, 0, 0));
    assert_eq!(real.forwarding, Forwarding::Nat);
    assert!(real.checkers.is_empty() && !real.inhibit_on_failure);
    assert_eq!((real.mail, real.extra), (None, None));
}

#[test]
fn times_of_an_smtp_host_are_those_of_its_check() {
    let inside = "SMTP_CHECK {\nhost {\nconnect_timeout 9\nretry 7\n}\n}";
    let checker = checker(inside);
    assert_eq!((checker.timeout, checker.schedule.retry), (secs(9), 7));
}
