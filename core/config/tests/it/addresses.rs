//! `virtual_ipaddress`: addresses, their options, and both sides of each threshold.

use std::net::Ipv4Addr;

use bellwether_config::{Severity, code};

use crate::common::{codes, config, instance, one, read};

const NONE: [&str; 0] = [];

#[test]
fn addresses_have_options_in_any_order() {
    let text = "vrrp_instance web {\n interface eth0\n virtual_router_id 7\n \
                virtual_ipaddress {\n \
                192.0.2.1\n \
                192.0.2.2/24 label eth0:web dev eth1 scope link brd +\n \
                192.0.2.3/255.255.255.0 brd - scope 200\n \
                192.0.2.4/24 brd 192.0.2.99\n }\n}\n";
    let config = config(text);
    let addresses = &config.instances()[0].virtual_addresses;
    let of = |at: usize| {
        let address = &addresses[at];
        let dev = address.dev.map(|dev| dev.as_str().to_owned());
        (
            address.prefix_len,
            dev,
            address.label.clone(),
            address.scope,
        )
    };
    assert_eq!(of(0), (32, None, None, 0));
    assert_eq!(
        of(1),
        (24, Some("eth1".into()), Some("eth0:web".into()), 253)
    );
    assert_eq!(of(2), (24, None, None, 200));
    let broadcasts: Vec<_> = addresses.iter().map(|address| address.broadcast).collect();
    let last = |last| Some(Ipv4Addr::new(192, 0, 2, last));
    assert_eq!(broadcasts, [None, last(255), last(0), last(99)]);
}

#[test]
fn the_broadcast_address_follows_the_prefix_wherever_it_stands() {
    let broadcast = |line: &str| {
        let text = one("").replace("192.0.2.1/24", line);
        let config = config(&text);
        let address = &config.instances()[0].virtual_addresses[0];
        (
            address.broadcast,
            codes(&read(&text), Severity::Warning).len(),
        )
    };
    let some = |text: &str| text.parse::<Ipv4Addr>().ok();
    assert_eq!(broadcast("10.1.2.3/8 brd +"), (some("10.255.255.255"), 0));
    assert_eq!(broadcast("10.1.2.3/30 brd -"), (some("10.1.2.0"), 0));
    assert_eq!(broadcast("10.1.2.3/0 brd +"), (some("255.255.255.255"), 0));
    assert_eq!(broadcast("10.1.2.3/31 brd +"), (None, 1));
    assert_eq!(broadcast("10.1.2.3 brd +"), (None, 1));
}

#[test]
fn addresses_that_do_not_parse_are_errors() {
    let errors = |line: &str| {
        let text = one("").replace("192.0.2.1/24", line);
        codes(&read(&text), Severity::Error)
    };
    assert_eq!(errors("192.0.2.300"), [code::BAD_ADDRESS]);
    assert_eq!(errors("192.0.2.1/33"), [code::OUT_OF_RANGE]);
    assert_eq!(errors("192.0.2.1/255.0.255.0"), [code::BAD_ADDRESS]);
    assert_eq!(errors("192.0.2.1 label fifteen_bytes_x"), NONE);
    assert_eq!(
        errors("192.0.2.1 label sixteen_bytes_xx"),
        [code::LONG_LABEL]
    );
    assert_eq!(
        errors("192.0.2.1 dev sixteen_bytes_xx"),
        [code::BAD_INTERFACE]
    );
    assert_eq!(errors("192.0.2.1 scope lan"), [code::BAD_WORD]);
    assert_eq!(errors("192.0.2.1 brd x"), [code::BAD_ADDRESS]);
    assert_eq!(errors("192.0.2.1 dev"), [code::MISSING_VALUE]);
    assert_eq!(errors("192.0.2.1 peer 192.0.2.2"), NONE);
    assert_eq!(errors("2001:db8::1/129"), [code::OUT_OF_RANGE]);
}

#[test]
fn an_advert_lists_255_addresses() {
    let with = |count: u16| {
        let lines: String = (1..=count)
            .map(|n| format!("198.51.{}.{}\n", n / 256, n % 256))
            .collect();
        let text = one("").replace("192.0.2.1/24", &lines);
        codes(&read(&text), Severity::Error)
    };
    assert_eq!(with(255), NONE);
    assert_eq!(with(256), [code::TOO_MANY_ADDRESSES]);
    assert_eq!(with(300), [code::TOO_MANY_ADDRESSES], "said once");
}

#[test]
fn the_second_of_two_equal_addresses_is_dropped() {
    let (instance, warnings) = instance("virtual_ipaddress {\n 192.0.2.1/24\n 192.0.2.9\n}");
    assert_eq!(instance.virtual_addresses.len(), 2);
    assert_eq!(warnings, [code::DUPLICATE_ADDRESS]);
}

#[test]
fn an_address_of_the_other_family_is_dropped() {
    let (instance, warnings) = instance("virtual_ipaddress {\n 2001:db8::1/64\n}");
    assert_eq!(instance.virtual_addresses.len(), 1);
    assert_eq!(warnings, [code::MIXED_FAMILIES]);
}

#[test]
fn an_instance_may_have_no_address() {
    let bare = "vrrp_instance v {\n interface eth0\n virtual_router_id 7\n";
    let warnings = |rest: &str| codes(&read(&format!("{bare}{rest}}}\n")), Severity::Warning);
    assert_eq!(warnings(""), [code::NO_ADDRESS]);
    assert_eq!(warnings("virtual_ipaddress {\n}\n"), [code::NO_ADDRESS]);
    assert_eq!(warnings("no_virtual_ipaddress\n"), NONE);
}
