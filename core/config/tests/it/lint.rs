//! What is said of one file that is legal; the pages of the codes have more examples.

use std::net::IpAddr;

use bellwether_config::places::Places;
use bellwether_config::{code, lint};
use bellwether_core::model::{
    Config, Instance, Parts, Peer, Script, SyncGroup, Tracked, Transport, VirtualAddress,
};
use bellwether_core::unit::{Priority, Weight};

use crate::common::read;

const NONE: [&str; 0] = [];

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn instance() -> Instance {
    let interface = "eth0".parse().unwrap();
    let mut instance = Instance::new("web".into(), interface, 51.try_into().unwrap());
    instance.virtual_addresses = vec![VirtualAddress::host(address("192.0.2.100"))];
    instance
}

/// The codes of what is found in one instance, changed so.
fn found(change: impl FnOnce(&mut Instance)) -> Vec<&'static str> {
    let mut instance = instance();
    change(&mut instance);
    found_in(Parts {
        instances: vec![instance],
        ..Parts::default()
    })
}

fn found_in(parts: Parts) -> Vec<&'static str> {
    let config = Config::new(parts).unwrap();
    let all = lint::file(&config, &Places::default());
    all.into_iter().map(|one| one.code).collect()
}

#[test]
fn a_good_file_gets_nothing() {
    let text = "\
global_defs {
    router_id lb1
}
vrrp_script chk_haproxy {
    script /usr/bin/chk
    interval 2
    timeout 2
    fall 2
}
vrrp_instance web {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101/32
    }
    track_script {
        chk_haproxy weight -60
    }
}
virtual_server 192.0.2.100 80 {
    delay_loop 6
    protocol TCP
    sorry_server 10.0.0.9 80
    real_server 10.0.0.1 80 {
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
";
    let outcome = read(text);
    let lints = outcome.diagnostics.iter();
    let lints: Vec<_> = lints.filter(|one| one.code.starts_with("K04")).collect();
    assert!(lints.is_empty(), "{}", outcome.diagnostics.render(false));
}

#[test]
fn waiting_for_one_advert_is_impatient_and_for_two_is_not() {
    assert_eq!(found(|one| one.down_timer_adverts = 1), [code::IMPATIENT]);
    assert_eq!(found(|one| one.down_timer_adverts = 2), NONE);
}

#[test]
fn strict_mode_is_told_unless_addresses_are_accepted_or_owned() {
    let strict = |accept, priority| {
        found(|one| (one.strict, one.accept, one.priority) = (true, accept, Priority(priority)))
    };
    assert_eq!(strict(false, 100), [code::UNREACHABLE]);
    assert_eq!(strict(true, 100), NONE);
    assert_eq!(strict(false, 255), NONE);
    assert_eq!(found(|one| one.accept = false), NONE, "meant so");
}

#[test]
fn the_own_interface_needs_no_tracking() {
    let track = |name: &str, primary| {
        found(|one| {
            let interface = Tracked::new(name.parse().unwrap(), Weight::FAULT);
            one.trackers.interfaces = vec![interface];
            one.track_primary = primary;
        })
    };
    assert_eq!(track("eth0", true), [code::OWN_INTERFACE]);
    assert_eq!(track("eth0", false), NONE);
    assert_eq!(track("eth1", true), NONE);
}

#[test]
fn adverts_go_to_others_from_an_address_that_is_always_there() {
    let unicast = |source: &str, peer: &str| {
        found(|one| {
            one.transport = Transport::Unicast {
                source: Some(address(source)),
                peers: vec![Peer {
                    address: address(peer),
                    min_ttl: None,
                    max_ttl: None,
                }],
                ttl: 255,
                check_source: false,
                fault_without_peer: false,
            }
        })
    };
    assert_eq!(unicast("192.0.2.1", "192.0.2.2"), NONE);
    assert_eq!(unicast("192.0.2.1", "192.0.2.1"), [code::OWN_PEER]);
    assert_eq!(unicast("192.0.2.100", "192.0.2.2"), [code::VIRTUAL_SOURCE]);
    assert_eq!(unicast("192.0.2.1", "192.0.2.100"), [code::VIRTUAL_SOURCE]);
}

#[test]
fn a_weight_in_a_sync_group_needs_a_word_of_the_group() {
    let grouped = |weight: i16, tracking_weight| {
        let command = bellwether_core::model::Command(vec!["/bin/chk".into()]);
        let mut instance = instance();
        let weight = Weight::try_from(weight).unwrap();
        instance.trackers.scripts = vec![Tracked::new("chk".into(), weight)];
        let mut group = SyncGroup::new("all".into(), vec!["web".into()]);
        group.tracking_weight = tracking_weight;
        found_in(Parts {
            scripts: vec![Script::new("chk".into(), command)],
            instances: vec![instance],
            sync_groups: vec![group],
            ..Parts::default()
        })
    };
    assert_eq!(grouped(-20, false), [code::GROUPED_WEIGHT]);
    assert_eq!(grouped(-20, true), NONE);
    assert_eq!(grouped(0, false), NONE);
}

#[test]
fn a_weight_is_useless_only_where_no_other_leads_away() {
    let weights = |priority, weights: &[i16]| {
        let scripts: Vec<Script> = (0..weights.len())
            .map(|at| {
                let command = bellwether_core::model::Command(vec!["/bin/chk".into()]);
                Script::new(format!("chk{at}").as_str().into(), command)
            })
            .collect();
        let mut instance = instance();
        instance.priority = Priority(priority);
        let tracked = scripts.iter().zip(weights).map(|(script, weight)| {
            Tracked::new(script.name.clone(), Weight::try_from(*weight).unwrap())
        });
        instance.trackers.scripts = tracked.collect();
        found_in(Parts {
            scripts,
            instances: vec![instance],
            ..Parts::default()
        })
    };
    assert_eq!(weights(254, &[20]), [code::CLAMPED_WEIGHT]);
    assert_eq!(weights(253, &[20]), NONE);
    assert_eq!(weights(254, &[20, -10]), NONE);
    assert_eq!(weights(1, &[-20]), [code::CLAMPED_WEIGHT]);
    assert_eq!(weights(1, &[-20, 30]), NONE);
}
