//! Routes and rules: a master has them, nobody else does, and what is static is always there.

use std::collections::BTreeSet;

use bellwether_core::event::{Link, LinkReport};
use bellwether_core::kernel::{Address, KernelError, KernelKey, KernelOp, RouteKey, RuleKey};
use bellwether_core::model::{
    Config, Instance, Parts, Prefix, Route, Rule, RuleAction, Statics, TrackGroup, VirtualAddress,
};
use bellwether_core::unit::{Family, IfName, Mac};
use bellwether_core::vrrp::State;
use bellwether_core::{Effect, Event, Notice, OpId};

use super::support::{Bench, HIGHER, OWN, config, eth0, foreign, instance, kernel_ops};

fn prefix(address: &str, len: u8) -> Prefix {
    let address = address.parse().unwrap();
    Prefix { address, len }
}

fn route(network: &str, dev: &str) -> Route {
    let mut route = Route::new(Family::V4, Some(prefix(network, 24)));
    route.dev = Some(dev.parse().unwrap());
    route
}

fn rule(network: &str) -> Rule {
    let mut rule = Rule::new(Family::V4, RuleAction::Lookup(100));
    rule.from = Some(prefix(network, 24));
    rule.priority = Some(500);
    rule
}

fn routed() -> Instance {
    Instance {
        routes: vec![route("10.1.0.0", "eth0")],
        rules: vec![rule("10.2.0.0")],
        ..instance(100)
    }
}

fn empty_list(bench: &mut Bench) {
    bench.event(Event::Routing {
        routes: vec![],
        rules: vec![],
    });
}

fn master() -> Bench {
    let mut bench = Bench::single(routed());
    empty_list(&mut bench);
    bench.run_for_millis(30_000);
    assert_eq!(bench.state(), State::Master);
    bench
}

fn words(effects: &[Effect]) -> Vec<String> {
    let word = |op: &KernelOp| match op {
        KernelOp::AddAddress(own) => format!("+{}", own.key),
        KernelOp::RemoveAddress(key) => format!("-{key}"),
        KernelOp::AddRoute { key, .. } => format!("+{key}"),
        KernelOp::RemoveRoute(key) => format!("-{key}"),
        KernelOp::AddRule(key) => format!("+{key}"),
        KernelOp::RemoveRule(key) => format!("-{key}"),
        KernelOp::AddLink(link) => format!("+{link}"),
        KernelOp::RemoveLink(name) => format!("-{name}"),
        KernelOp::AddRefusal(own) => format!("+{own}"),
        KernelOp::RemoveRefusal(own) => format!("-{own}"),
    };
    kernel_ops(effects).iter().map(word).collect()
}

fn losses(effects: &[Effect]) -> usize {
    let lost = |effect: &&Effect| matches!(effect, Effect::Notice(Notice::RoutingLost { .. }));
    effects.iter().filter(lost).count()
}

#[test]
fn a_node_without_routes_does_not_look_at_any() {
    let mut bench = Bench::dark(config(vec![instance(100)], vec![]));
    let asked = |effect: &Effect| matches!(effect, Effect::ObserveRouting { .. });
    assert!(!bench.take().iter().any(asked));
}

#[test]
fn a_node_follows_the_protocols_that_its_routes_and_rules_have() {
    let mut own = routed();
    own.rules[0].protocol = Some(99);
    let mut bench = Bench::dark(config(vec![own], vec![]));
    let followed = bench.take().into_iter().find_map(|effect| match effect {
        Effect::ObserveRouting { protocols } => Some(protocols),
        _ => None,
    });
    assert_eq!(followed, Some(BTreeSet::from([18, 99])));
}

#[test]
fn addresses_come_before_routes_and_routes_before_rules_and_go_the_other_way() {
    let mut bench = master();
    let up = [
        "+192.0.2.100/32 dev eth0",
        "+10.1.0.0/24 dev eth0",
        "+rule 500 from 10.2.0.0/24 lookup 100",
    ];
    assert_eq!(words(&bench.take()), up);
    bench.hear(HIGHER, 200);
    assert_eq!(bench.state(), State::Backup);
    let down = [
        "-rule 500 from 10.2.0.0/24 lookup 100",
        "-10.1.0.0/24 dev eth0",
        "-192.0.2.100/32 dev eth0",
    ];
    assert_eq!(words(&bench.take()), down);
}

#[test]
fn nothing_is_changed_before_it_is_known_what_is_there() {
    let mut bench = Bench::single(routed());
    bench.run_for_millis(30_000);
    assert_eq!(words(&bench.take()), ["+192.0.2.100/32 dev eth0"]);
    // A predecessor died: the rule is what we want, the route another's than ours.
    let left = route("10.9.0.0", "eth0");
    bench.event(Event::Routing {
        routes: vec![RouteKey::of(&left)],
        rules: vec![RuleKey::of(&rule("10.2.0.0"))],
    });
    let seen = words(&bench.take());
    assert_eq!(seen, ["-10.9.0.0/24 dev eth0", "+10.1.0.0/24 dev eth0"]);
}

#[test]
fn what_a_backup_finds_of_its_own_is_removed_and_what_is_foreign_is_not() {
    let mut own = routed();
    own.routes[0].protocol = Some(99);
    let mut bench = Bench::single(own.clone());
    bench.take();
    let mut foreign = own.routes[0].clone();
    foreign.destination = Some(prefix("10.77.0.0", 24));
    let keys = [&own.routes[0], &foreign].map(RouteKey::of);
    bench.event(Event::Routing {
        routes: keys.to_vec(),
        rules: vec![],
    });
    assert_eq!(words(&bench.take()), ["-10.1.0.0/24 dev eth0"]);
}

#[test]
fn a_route_or_a_rule_that_somebody_removes_is_put_back_and_the_role_is_kept() {
    let mut bench = master();
    bench.take();
    let own = routed();
    let keys = [
        KernelKey::from(RouteKey::of(&own.routes[0])),
        KernelKey::from(RuleKey::of(&own.rules[0])),
    ];
    for key in keys {
        let added = format!("+{key}");
        bench.event(Event::Lost(key));
        let seen = bench.take();
        assert_eq!(words(&seen), [added]);
        assert_eq!(bench.state(), State::Master);
        bench.run_for_millis(60_000);
        bench.take();
    }
    // A list tells the same as a report: both are gone.
    empty_list(&mut bench);
    let seen = bench.take();
    assert_eq!(words(&seen).len(), 2);
    assert_eq!(losses(&seen), 1, "said once in a while");
}

#[test]
fn what_we_remove_ourselves_is_no_loss() {
    let mut bench = master();
    bench.take();
    bench.obliging_kernel = false;
    bench.hear(HIGHER, 200);
    bench.event(Event::Lost(RouteKey::of(&routed().routes[0]).into()));
    assert_eq!(losses(&bench.take()), 0);
}

#[test]
fn a_reload_touches_only_what_differs() {
    let mut bench = master();
    bench.take();
    let mut own = routed();
    own.routes.push(route("10.3.0.0", "eth0"));
    own.routes[0].metrics.mtu = Some((1400, false));
    bench.event(Event::Reload(Box::new(config(vec![own.clone()], vec![]))));
    let seen = words(&bench.take());
    let wanted = [
        "-10.1.0.0/24 dev eth0",
        "+10.1.0.0/24 dev eth0",
        "+10.3.0.0/24 dev eth0",
    ];
    assert_eq!(
        seen, wanted,
        "an attribute that changes takes its route along"
    );
    assert_eq!(bench.state(), State::Master);
    own.routes.clear();
    own.rules.clear();
    bench.event(Event::Reload(Box::new(config(vec![own], vec![]))));
    assert_eq!(words(&bench.take()).len(), 3, "two routes and a rule go");
}

#[test]
fn the_master_notification_waits_for_routes() {
    let mut bench = Bench::single(routed());
    empty_list(&mut bench);
    bench.obliging_kernel = false;
    bench.run_for_millis(4_000);
    let seen = bench.take();
    let ops: Vec<OpId> = seen.iter().filter_map(op).collect();
    assert_eq!(ops.len(), 3);
    for op in ops {
        assert!(!bench.take().iter().any(is_notification));
        let outcome = Ok(());
        bench.event(Event::KernelDone { op, outcome });
    }
    assert!(bench.take().iter().any(is_notification));
}

fn op(effect: &Effect) -> Option<OpId> {
    match effect {
        Effect::Kernel { op, .. } => Some(*op),
        _ => None,
    }
}

fn is_notification(effect: &Effect) -> bool {
    matches!(effect, Effect::Notify(_))
}

#[test]
fn a_route_that_expired_is_not_put_back() {
    let mut own = routed();
    own.routes[0].expires = Some(core::time::Duration::from_secs(60));
    let key = RouteKey::of(&own.routes[0]);
    let mut bench = Bench::single(own);
    empty_list(&mut bench);
    bench.run_for_millis(30_000);
    bench.take();
    bench.event(Event::Lost(key.into()));
    assert_eq!(words(&bench.take()), Vec::<String>::new());
}

fn eth1() -> IfName {
    "eth1".parse().unwrap()
}

fn report_eth1(bench: &mut Bench, up: Option<bool>) {
    report_eth1_with(bench, up, vec![]);
}

fn report_eth1_with(bench: &mut Bench, up: Option<bool>, addresses: Vec<Address>) {
    let link = up.map(|up| Link {
        index: 9,
        up,
        mac: Mac([2, 0, 0, 0, 0, 99]),
    });
    bench.event(Event::Link(LinkReport {
        interface: eth1(),
        link,
    }));
    if up.is_some() {
        bench.event(Event::Addresses {
            interface: eth1(),
            addresses,
        });
    }
}

#[test]
fn an_interface_of_a_route_counts_unless_it_is_not_tracked() {
    for (tracked, state) in [(true, State::Fault), (false, State::Master)] {
        let mut own = routed();
        own.routes = vec![route("10.1.0.0", "eth1")];
        own.routes[0].tracked = tracked;
        let mut bench = Bench::single(own);
        empty_list(&mut bench);
        report_eth1(&mut bench, Some(true));
        bench.run_for_millis(30_000);
        assert_eq!(bench.state(), State::Master);
        bench.take();
        report_eth1(&mut bench, Some(false));
        assert_eq!(bench.state(), state, "tracked: {tracked}");
        // The kernel dropped the route with its interface; there is no use in asking before that
        // is up again.
        bench.take();
        empty_list(&mut bench);
        assert!(
            !words(&bench.take())
                .iter()
                .any(|word| word.starts_with("+10."))
        );
        report_eth1(&mut bench, Some(true));
        bench.run_for_millis(30_000);
        assert!(words(&bench.take()).contains(&"+10.1.0.0/24 dev eth1".to_owned()));
    }
}

fn statics() -> Statics {
    let mut address = VirtualAddress::host("10.5.0.1".parse().unwrap());
    address.dev = Some(eth1());
    let mut tied = route("10.6.0.0", "eth1");
    tied.track_group = Some("G".into());
    Statics {
        addresses: vec![address],
        routes: vec![tied],
        rules: vec![rule("10.7.0.0")],
        track_groups: vec![TrackGroup {
            name: "G".into(),
            members: vec!["VI_1".into()],
        }],
    }
}

fn with_statics(instances: Vec<Instance>) -> Config {
    let parts = Parts {
        instances,
        statics: statics(),
        ..Parts::default()
    };
    Config::new(parts).unwrap()
}

#[test]
fn what_is_static_is_there_whoever_is_master_and_goes_when_the_node_stops() {
    let mut bench = Bench::new(with_statics(vec![instance(100)]));
    report_eth1(&mut bench, Some(true));
    empty_list(&mut bench);
    assert_eq!(bench.state(), State::Backup);
    let there = [
        "+10.5.0.1/32 dev eth1",
        "+10.6.0.0/24 dev eth1",
        "+rule 500 from 10.7.0.0/24 lookup 100",
    ];
    assert_eq!(words(&bench.take()), there);
    bench.hear(HIGHER, 200);
    assert_eq!(words(&bench.take()), Vec::<String>::new());
    bench.event(Event::Shutdown);
    let seen = bench.take();
    assert_eq!(words(&seen).len(), 3);
    assert!(seen.contains(&Effect::Stopped));
}

#[test]
fn what_is_static_and_was_there_before_stays_when_the_node_stops() {
    let mut bench = Bench::new(with_statics(vec![instance(100)]));
    let mut before = foreign("10.5.0.1".parse().unwrap(), 32);
    before.key.interface = eth1();
    report_eth1_with(&mut bench, Some(true), vec![before]);
    bench.take();
    bench.event(Event::Shutdown);
    assert_eq!(words(&bench.take()), Vec::<String>::new());
}

#[test]
fn a_static_address_may_be_what_adverts_go_out_from() {
    let mut statics = statics();
    statics.addresses[0] = VirtualAddress::host(OWN.into());
    statics.addresses[0].dev = Some(eth0());
    let parts = Parts {
        instances: vec![instance(100)],
        statics: Statics {
            routes: vec![],
            ..statics
        },
        ..Parts::default()
    };
    let mut bench = Bench::dark(Config::new(parts).unwrap());
    bench.link(true);
    bench.addresses(vec![]);
    assert_eq!(words(&bench.take()), ["+192.0.2.11/32 dev eth0"]);
    bench.run_for_millis(1);
    bench.event(Event::AddressAdded(Address {
        ours: true,
        ..foreign(OWN, 32)
    }));
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn an_instance_is_in_fault_while_what_it_is_tied_to_can_not_be() {
    let mut bench = Bench::new(with_statics(vec![instance(100)]));
    bench.obliging_kernel = false;
    report_eth1(&mut bench, Some(false));
    assert_eq!(bench.state(), State::Fault, "its interface is down");
    report_eth1(&mut bench, Some(true));
    assert_eq!(bench.state(), State::Backup);
    bench.take();
    empty_list(&mut bench);
    let seen = bench.take();
    let of_route = seen.iter().find_map(|effect| match effect {
        Effect::Kernel {
            op,
            action: KernelOp::AddRoute { .. },
        } => Some(*op),
        _ => None,
    });
    bench.event(Event::KernelDone {
        op: of_route.unwrap(),
        outcome: Err(KernelError::Denied),
    });
    assert_eq!(bench.state(), State::Fault, "the kernel refuses it");
    bench.obliging_kernel = true;
    bench.run_for_millis(1_100);
    assert_eq!(bench.state(), State::Backup, "it was tried again");
}
