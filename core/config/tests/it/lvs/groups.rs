//! `virtual_server_group`.

use std::num::NonZeroU32;

use bellwether_config::code;
use bellwether_core::model::lvs::ServiceEntry;
use bellwether_core::unit::Family;

use super::{bare, errors, service, warnings};
use crate::common::config;

fn file(entries: &str, real: &str) -> String {
    let server = bare(&format!("real_server {real} {{\n}}"));
    let server = server.replace("192.0.2.1 80", "group web");
    format!("virtual_server_group web {{\n{entries}\n}}\n{server}")
}

fn entries(lines: &str, real: &str) -> Vec<ServiceEntry> {
    let lvs = config(&file(lines, real)).into_parts().lvs;
    lvs.groups[0].entries.clone()
}

const REAL: &str = "192.0.2.2 80";

#[test]
fn addresses_ranges_networks_and_ranges_of_ports() {
    let range = |last: u8, count: u32, ports: (u16, u16)| ServiceEntry::Range {
        first: [192, 0, 2, last].into(),
        count,
        ports,
    };
    let lines = "192.0.2.1 80\n192.0.2.10-20 80\n192.0.2.32/28 443\n192.0.2.50 8000-8080";
    let expected = [
        range(1, 1, (80, 80)),
        range(10, 11, (80, 80)),
        range(32, 16, (443, 443)),
        range(50, 1, (8_000, 8_080)),
    ];
    assert_eq!(entries(lines, REAL), expected);
    assert_eq!(warnings(&file(lines, REAL)), [""; 0]);
}

fn family(lines: &str, real: &str) -> Family {
    let mark = |entry: &ServiceEntry| match entry {
        ServiceEntry::Fwmark { mark, family } => {
            assert_eq!(*mark, NonZeroU32::new(7).unwrap());
            Some(*family)
        }
        ServiceEntry::Range { .. } => None,
    };
    entries(lines, real).iter().find_map(mark).expect("a mark")
}

#[test]
fn a_mark_has_the_family_it_says_or_that_of_the_addresses_or_of_the_real_servers() {
    assert_eq!(family("fwmark 7 inet6", "2001:db8::2"), Family::V6);
    assert_eq!(
        family("fwmark 7\n2001:db8::1 80", "2001:db8::2"),
        Family::V6
    );
    assert_eq!(family("fwmark 7", "2001:db8::2"), Family::V6);
    assert_eq!(family("fwmark 7", REAL), Family::V4);
}

#[test]
fn a_mark_between_both_families_must_say_its_own() {
    let lines = "192.0.2.1 80\n2001:db8::1 80\nfwmark 7";
    assert_eq!(errors(&file(lines, REAL)), [code::OTHER_FAMILY]);
}

#[test]
fn entries_of_another_family_than_the_real_servers() {
    assert_eq!(
        warnings(&file("2001:db8::1 80", REAL)),
        [code::OTHER_FAMILY]
    );
    let tunnel = file("2001:db8::1 80", REAL).replace("TCP", "TCP\nlb_kind TUN");
    assert_eq!(warnings(&tunnel), [""; 0]);
    let server = &config(&tunnel).into_parts().lvs.virtual_servers[0];
    assert_eq!(server.family, Family::V6);
}

#[test]
fn what_is_no_entry_is_an_error() {
    for (line, expected) in [
        ("vip 80", code::BAD_ADDRESS),
        ("192.0.2.9-5 80", code::BAD_ADDRESS),
        ("192.0.2.1-300 80", code::BAD_ADDRESS),
        ("192.0.2.9/29 80", code::BAD_ADDRESS),
        ("192.0.2.1 65536", code::OUT_OF_RANGE),
        ("192.0.2.1 90-80", code::OUT_OF_RANGE),
        ("fwmark 0", code::OUT_OF_RANGE),
        ("fwmark", code::MISSING_VALUE),
        ("fwmark 7 ipv6", code::BAD_WORD),
    ] {
        assert_eq!(errors(&file(line, REAL)), [expected], "{line}");
    }
    assert_eq!(
        warnings(&file("192.0.2.1 80 90", REAL)),
        [code::EXTRA_WORDS]
    );
}

#[test]
fn a_group_without_entries() {
    assert_eq!(warnings(&file("", REAL)), [code::EMPTY_SERVICE_GROUP]);
}

#[test]
fn an_entry_without_a_port_needs_persistence() {
    let text = file("192.0.2.1", REAL);
    assert_eq!(warnings(&text), [code::ALL_PORTS]);
    let server = &config(&text).into_parts().lvs.virtual_servers[0];
    assert_eq!(server.persistence.as_ref().map(|p| p.timeout), Some(360));
    let said = text.replace("TCP", "TCP\npersistence_timeout 9");
    assert_eq!(warnings(&said), [""; 0]);
}

#[test]
fn a_group_may_follow_its_use_and_must_be_there_once() {
    let group = "virtual_server_group web {\n192.0.2.1 80\n}\n";
    let server = service("").replace("192.0.2.1 80", "group web");
    assert_eq!(errors(&format!("{server}{group}")), [""; 0]);
    assert_eq!(errors(&server), [code::UNKNOWN_SERVICE_GROUP]);
    let twice = format!("{group}{group}{server}");
    assert_eq!(errors(&twice), [code::DUPLICATE_NAME]);
}

#[test]
fn one_group_may_serve_several_protocols() {
    let group = "virtual_server_group web {\n192.0.2.1 80\n}\n";
    let server = service("").replace("192.0.2.1 80", "group web");
    let udp = server.replace("TCP", "UDP");
    let text = format!("{group}{server}{udp}");
    assert_eq!(warnings(&text), [""; 0]);
    assert_eq!(config(&text).virtual_servers().len(), 2);
}
