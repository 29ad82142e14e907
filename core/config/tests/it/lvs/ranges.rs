//! Both sides of every range, as keepalived has them unless it says otherwise.

use bellwether_config::code;
use bellwether_core::model::lvs::{Forwarding, HashFlags, Scheduler, Tunnel, TunnelChecksum};

use super::{behind, errors, first, service, warnings};

/// Values that are in range, and values that are not.
fn range(text: &dyn Fn(&str) -> String, keyword: &str, inside: &[&str], outside: &[&str]) {
    for value in inside {
        let text = text(&format!("{keyword} {value}"));
        assert_eq!(errors(&text), [""; 0], "{keyword} {value}");
    }
    for value in outside {
        let text = text(&format!("{keyword} {value}"));
        assert_eq!(errors(&text), [code::OUT_OF_RANGE], "{keyword} {value}");
    }
}

const COUNT: &[&str] = &["0", "4294967295"];
const NO_COUNT: &[&str] = &["-1", "4294967296"];

#[test]
fn of_a_virtual_server() {
    let service = &|body: &str| service(body);
    range(service, "delay_loop", &["0.000001", "99999"], &["0", "-1"]);
    range(service, "warmup", &["0", "99999"], &["-1"]);
    range(service, "retry", COUNT, NO_COUNT);
    range(service, "delay_before_retry", &["0", "99999"], &["-1"]);
    let timeouts = &["0.000001", "4294.967295"];
    range(service, "connect_timeout", timeouts, &["0", "4294.967296"]);
    range(
        service,
        "persistence_timeout",
        &["0", "1", "2678400"],
        &["2678401", "-1"],
    );
    range(service, "quorum", COUNT, NO_COUNT);
    range(service, "hysteresis", COUNT, NO_COUNT);
    range(
        service,
        "weight",
        &["1", "2147483647"],
        &["0", "2147483648"],
    );
    let lengths = &["1", "32", "128"];
    range(service, "persistence_granularity", lengths, &["0", "129"]);
    range(
        service,
        "sorry_server 192.0.2.9",
        &["", "0", "65535"],
        &["65536"],
    );
}

#[test]
fn of_a_real_server() {
    let behind = &|body: &str| behind(body);
    range(
        behind,
        "weight",
        &["0", "2147483647"],
        &["-1", "2147483648"],
    );
    range(behind, "uthreshold", COUNT, NO_COUNT);
    range(behind, "lthreshold", COUNT, NO_COUNT);
}

#[test]
fn of_checkers() {
    let inside = |block: &'static str| {
        move |body: &str| behind(&block.replace("{}", &format!("{{\n{body}\n}}")))
    };
    let tcp = &inside("TCP_CHECK {}");
    range(tcp, "connect_port", &["1", "65535"], &["0", "65536"]);
    range(tcp, "bind_port", &["1", "65535"], &["0", "65536"]);
    range(tcp, "fwmark", COUNT, NO_COUNT);
    range(tcp, "retry", COUNT, NO_COUNT);
    range(tcp, "delay_loop", &["0.000001"], &["0"]);
    let misc = |body: &str| {
        let body = format!("MISC_CHECK {{\nmisc_path /bin/true\n{body}\n}}");
        super::behind(&body)
    };
    range(&misc, "misc_timeout", &["0", "4294"], &["4295", "-1"]);
    let udp = &inside("UDP_CHECK {}");
    range(udp, "min_reply_length", &["0", "65535"], &["-1", "65536"]);
    range(udp, "max_reply_length", &["0", "65535"], &["-1", "65536"]);
}

#[test]
fn a_lower_threshold_above_the_upper_one_is_refused_by_the_kernel() {
    let said = |up: u32, low: u32| warnings(&behind(&format!("uthreshold {up}\nlthreshold {low}")));
    assert_eq!(said(10, 10), [""; 0]);
    assert_eq!(said(10, 11), [code::THRESHOLDS]);
}

#[test]
fn persistence() {
    let of = |body: &str| first(&service(body)).persistence;
    assert_eq!(of(""), None);
    assert_eq!(of("persistence_timeout").map(|p| p.timeout), Some(360));
    assert_eq!(of("persistence_timeout 50").map(|p| p.timeout), Some(50));
    assert_eq!(of("persistence_timeout 0"), None);
    let zero = service("persistence_timeout 0");
    assert_eq!(warnings(&zero), [code::NO_PERSISTENCE]);
    for (mask, length) in [("24", 24), ("255.255.255.0", 24), ("32", 32)] {
        let body = format!("persistence_timeout 9\npersistence_granularity {mask}");
        assert_eq!(of(&body).and_then(|p| p.granularity), Some(length));
        assert_eq!(warnings(&service(&body)), [""; 0]);
    }
    for ignored in [
        "persistence_granularity 24",
        "persistence_timeout\npersistence_granularity 33",
    ] {
        assert_eq!(warnings(&service(ignored)), [code::IGNORED_SETTING]);
    }
    let hole = service("persistence_timeout\npersistence_granularity 255.0.255.0");
    assert_eq!(errors(&hole), [code::BAD_ADDRESS]);
}

#[test]
fn schedulers() {
    let of = |body: &str| first(&service(body)).scheduler;
    assert_eq!(of(""), Scheduler::Wlc);
    for (name, expected) in [
        ("rr", Scheduler::Rr),
        ("wrr", Scheduler::Wrr),
        ("lc", Scheduler::Lc),
        ("wlc", Scheduler::Wlc),
        ("lblc", Scheduler::Lblc),
        ("lblcr", Scheduler::Lblcr),
        ("dh", Scheduler::Dh),
        ("sh", Scheduler::Sh(HashFlags::default())),
        ("sed", Scheduler::Sed),
        ("nq", Scheduler::Nq),
        ("fo", Scheduler::Fo),
        ("ovf", Scheduler::Ovf),
        ("mh", Scheduler::Mh(HashFlags::default())),
        ("twos", Scheduler::Twos),
    ] {
        assert_eq!(of(&format!("lvs_sched {name}")), expected);
        assert_eq!(warnings(&service(&format!("lb_algo {name}"))), [""; 0]);
    }
    for unknown in ["loadbalance", "RR"] {
        let body = format!("lb_algo {unknown}");
        assert_eq!(of(&body), Scheduler::Wlc);
        assert_eq!(warnings(&service(&body)), [code::UNKNOWN_SCHEDULER]);
    }
}

#[test]
fn flags_belong_to_the_hashing_schedulers() {
    let of = |body: &str| first(&service(body)).scheduler;
    let flags = |port, fallback| HashFlags { port, fallback };
    assert_eq!(of("sh-port\nlb_algo sh"), Scheduler::Sh(flags(true, false)));
    assert_eq!(
        of("lb_algo mh\nmh-fallback"),
        Scheduler::Mh(flags(false, true))
    );
    assert_eq!(
        of("lb_algo mh\nflag-1\nflag-2"),
        Scheduler::Mh(flags(true, true))
    );
    assert_eq!(
        warnings(&service("lb_algo rr\nsh-port")),
        [code::IGNORED_SETTING]
    );
}

#[test]
fn one_packet_scheduling_is_for_udp() {
    let ops = service("ops");
    assert_eq!(warnings(&ops), [code::IGNORED_SETTING]);
    assert!(!first(&ops).one_packet);
    assert!(first(&ops.replace("TCP", "UDP")).one_packet);
}

#[test]
fn forwarding_methods() {
    let of = |body: &str| first(&service(body)).real_servers[0].forwarding;
    let gue = |checksum| Tunnel::Gue { port: 5, checksum };
    for (method, expected) in [
        ("NAT", Forwarding::Nat),
        ("DR", Forwarding::Direct),
        ("TUN", Forwarding::Tunnel(Tunnel::IpIp)),
        ("TUN type ipip nocsum", Forwarding::Tunnel(Tunnel::IpIp)),
        (
            "TUN type gue port 5",
            Forwarding::Tunnel(gue(TunnelChecksum::None)),
        ),
        (
            "TUN type gue port 5 csum",
            Forwarding::Tunnel(gue(TunnelChecksum::Full)),
        ),
        (
            "TUN remcsum port 5 type gue",
            Forwarding::Tunnel(gue(TunnelChecksum::Remote)),
        ),
        (
            "TUN type gre csum",
            Forwarding::Tunnel(Tunnel::Gre {
                checksum: TunnelChecksum::Full,
            }),
        ),
    ] {
        assert_eq!(of(&format!("lb_kind {method}")), expected, "{method}");
        assert_eq!(warnings(&service(&format!("lb_kind {method}"))), [""; 0]);
    }
    for small in ["dr", "Dr"] {
        let body = format!("lb_kind {small}");
        assert_eq!(of(&body), Forwarding::Direct);
        assert_eq!(warnings(&service(&body)), [code::METHOD_CASE]);
    }
    for (wrong, expected) in [
        ("LOCAL", code::BAD_WORD),
        ("TUN foo", code::BAD_WORD),
        ("TUN type", code::MISSING_VALUE),
        ("TUN type vxlan", code::BAD_WORD),
        ("TUN type gue", code::BAD_WORD),
        ("TUN type gue port 0", code::OUT_OF_RANGE),
        ("TUN type gue port 65536", code::OUT_OF_RANGE),
        ("TUN type gre port 5", code::BAD_WORD),
        ("TUN type gre remcsum", code::BAD_WORD),
        ("TUN type ipip csum", code::BAD_WORD),
        ("", code::MISSING_VALUE),
    ] {
        let text = service(&format!("lb_kind {wrong}"));
        assert_eq!(errors(&text), [expected], "{wrong}");
    }
    assert_eq!(warnings(&service("lb_kind NAT now")), [code::EXTRA_WORDS]);
}
