//! What a virtual server is known by.

use std::num::NonZeroU32;

use bellwether_config::code;
use bellwether_core::model::lvs::{Protocol, Service};
use bellwether_core::unit::{Family, Name};

use super::{errors, first, service, warnings};

fn known(header: &str, protocol: &str) -> (Service, Family) {
    let text = service("").replace("192.0.2.1 80", header);
    let server = first(&text.replace("TCP", protocol));
    (server.service, server.family)
}

#[test]
fn an_address_and_a_port() {
    let service = Service::Address {
        address: [192, 0, 2, 1].into(),
        port: 80,
        protocol: Protocol::Tcp,
    };
    assert_eq!(known("192.0.2.1 80", "TCP"), (service, Family::V4));
}

#[test]
fn the_protocol_may_be_in_small_letters() {
    for (word, protocol) in [("udp", Protocol::Udp), ("sctp", Protocol::Sctp)] {
        let (service, _) = known("192.0.2.1 80", word);
        let found = match service {
            Service::Address { protocol, .. } => Some(protocol),
            Service::Fwmark(_) | Service::Group { .. } => None,
        };
        assert_eq!(found, Some(protocol));
    }
    let odd = service("").replace("TCP", "ICMP");
    assert_eq!(errors(&odd), [code::BAD_WORD]);
}

#[test]
fn without_a_protocol_it_is_udp() {
    let text = service("").replace("protocol TCP\n", "");
    assert_eq!(warnings(&text), [code::NO_PROTOCOL]);
    let server = first(&text);
    assert!(matches!(
        server.service,
        Service::Address {
            protocol: Protocol::Udp,
            ..
        }
    ));
}

#[test]
fn a_mark() {
    let (service, family) = known("fwmark 7", "TCP");
    assert_eq!(service, Service::Fwmark(NonZeroU32::new(7).unwrap()));
    assert_eq!(family, Family::V4);
}

#[test]
fn a_mark_has_the_family_of_its_real_servers_and_no_protocol() {
    let text = service("lb_kind DR")
        .replace("192.0.2.1 80", "fwmark 7")
        .replace("192.0.2.2 80", "2001:db8::2");
    assert_eq!(warnings(&text), [code::IGNORED_SETTING]);
    assert_eq!(first(&text).family, Family::V6);
}

#[test]
fn a_group() {
    let group = "virtual_server_group web {\n192.0.2.1 80\n}\n";
    let text = format!(
        "{}{group}",
        service("").replace("192.0.2.1 80", "group web")
    );
    let service = Service::Group {
        name: Name::from("web"),
        protocol: Protocol::Tcp,
    };
    assert_eq!(first(&text).service, service);
    assert_eq!(warnings(&text), [""; 0]);
}

#[test]
fn words_after_the_port_are_ignored() {
    let text = service("").replace("192.0.2.1 80", "192.0.2.1 80 dev eth0");
    assert_eq!(warnings(&text), [code::EXTRA_WORDS]);
    let only = service("persistence_timeout").replace("192.0.2.1 80", "192.0.2.1/24");
    assert_eq!(warnings(&only), [code::EXTRA_WORDS]);
}

#[test]
fn all_ports_need_persistence_and_get_it() {
    for header in ["192.0.2.1", "192.0.2.1 0"] {
        let text = service("").replace("192.0.2.1 80", header);
        assert_eq!(warnings(&text), [code::ALL_PORTS]);
        let persistence = first(&text).persistence.expect("it gets it");
        assert_eq!(persistence.timeout, 360);
        let said = service("persistence_timeout 50").replace("192.0.2.1 80", header);
        assert_eq!(warnings(&said), [""; 0]);
    }
}

#[test]
fn what_is_no_address_is_an_error() {
    for (header, expected) in [
        ("www 80", code::BAD_ADDRESS),
        ("[2001:db8::1]:80", code::BAD_ADDRESS),
        ("192.0.2.1 http", code::NOT_A_NUMBER),
        ("192.0.2.1 65536", code::OUT_OF_RANGE),
        ("fwmark 0", code::OUT_OF_RANGE),
        ("fwmark", code::MISSING_VALUE),
        ("", code::MISSING_VALUE),
    ] {
        let text = service("").replace("192.0.2.1 80", header);
        assert_eq!(errors(&text), [expected], "{header}");
    }
}

#[test]
fn the_old_group_block_is_as_if_it_were_not_there() {
    let text = format!("group web {{\n{}}}\n", service(""));
    assert_eq!(warnings(&text), [code::LEGACY_GROUP]);
    assert_eq!(first(&text), first(&service("")));
}
