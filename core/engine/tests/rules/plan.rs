//! What a reload would do, told before it does it, and over pairs of random configurations: what
//! did not change is not touched.

use std::collections::BTreeSet;

use bellwether_core::model::{Config, Instance, Parts, SyncGroup, Trackers, VirtualAddress};
use bellwether_core::reload::{Action, Kind, Plan, Takes};
use bellwether_core::status::{InstanceStatus, NodeStatus};
use bellwether_core::unit::Priority;
use bellwether_core::vrrp::State;
use bellwether_core::wire::vrrp::Packet;
use bellwether_core::{Effect, Event, InstanceKey};
use proptest::prelude::*;

use super::support::{Bench, LOWER, config, instance, script, tracked};

fn vip(host: u8) -> VirtualAddress {
    VirtualAddress::host([192, 0, 2, host].into())
}

#[test]
fn equal_configurations_have_an_empty_plan() {
    let same = config(vec![instance(100)], vec![]);
    let plan = Plan::between(&same, &same);
    assert!(plan.is_empty());
    assert_eq!(plan.to_string(), "No changes.\n");
}

#[test]
fn fields_are_told_in_keepalived_s_words() {
    let old = Instance {
        virtual_addresses: vec![vip(100), vip(101)],
        ..instance(100)
    };
    let new = Instance {
        virtual_addresses: vec![vip(100), vip(102)],
        auth: super::support::pass(b"hush\0\0\0\0"),
        ..instance(150)
    };
    let plan = Plan::between(&config(vec![old], vec![]), &config(vec![new], vec![]));
    assert_eq!(
        plan.to_string(),
        "\
0 to add, 1 to change, 0 to remove.
  ~ vrrp_instance VI_1 (eth0, VRID 51)
      ~ priority: 100 -> 150
      ~ authentication: none -> PASS
      - virtual_ipaddress 192.0.2.101/32
      + virtual_ipaddress 192.0.2.102/32
"
    );
}

#[test]
fn another_interface_or_vrid_is_another_instance() {
    let moved = Instance {
        vrid: 52.try_into().unwrap(),
        ..instance(100)
    };
    let old = config(vec![instance(100)], vec![]);
    let plan = Plan::between(&old, &config(vec![moved], vec![]));
    let actions: Vec<_> = plan.items.iter().map(|item| item.action).collect();
    assert_eq!(actions, [Action::Remove, Action::Add]);
}

#[test]
fn a_running_node_tells_roles_and_what_it_would_do() {
    let mut bench = Bench::master(instance(100));
    let new = Instance {
        virtual_addresses: vec![vip(101)],
        ..instance(90)
    };
    bench.hear(LOWER, 80);
    bench.take();
    let plan = bench.node.plan(bench.now, &config(vec![new], vec![]));
    let role = plan.items[0].role.as_ref().unwrap();
    assert_eq!(
        (role.now, role.then),
        (Some(State::Master), Some(State::Master))
    );
    let text = plan.to_string();
    for line in [
        "(eth0, VRID 51): MASTER, and stays MASTER\n",
        "  * eth0/51: effective priority 100 -> 90\n",
        "  - 192.0.2.100/32 dev eth0\n",
        "  + 192.0.2.101/32 dev eth0\n",
        "  > announcement of 192.0.2.101 on eth0, 5 times\n",
    ] {
        assert!(text.contains(line), "{line:?} in\n{text}");
    }
    let gone = bench.node.plan(bench.now, &Config::default()).to_string();
    for line in [
        "MASTER; it is removed\n",
        "  > advert of priority 0 for VRID 51 to 224.0.0.18 on eth0\n",
        "  - 192.0.2.100/32 dev eth0\n",
        "INSTANCE \"VI_1\" DELETED 100",
    ] {
        assert!(gone.contains(line), "{line:?} in\n{gone}");
    }
}

#[test]
fn a_backup_that_would_outrank_its_master_says_so() {
    let mut bench = Bench::single(instance(100));
    bench.hear(LOWER, 150);
    bench.run_for_millis(500);
    let plan = bench
        .node
        .plan(bench.now, &config(vec![instance(200)], vec![]));
    // 3 x 1 s + 56/256 s from the last advert on, of which half a second has passed.
    let why = plan.items[0].role.as_ref().unwrap().why.clone().unwrap();
    assert!(
        why.ends_with("priority 150 < 200, last heard 0.5 s ago: it takes over in 2.7 s"),
        "{why}"
    );
}

#[test]
fn another_command_makes_a_script_start_anew_and_another_weight_does_not() {
    let old = script("chk");
    let weighed = bellwether_core::model::Script {
        weight: 5.try_into().unwrap(),
        ..old.clone()
    };
    let other = bellwether_core::model::Script {
        command: bellwether_core::model::Command(vec!["/bin/other".into()]),
        ..old.clone()
    };
    let takes = |new| {
        let plan = Plan::between(
            &config(vec![], vec![old.clone()]),
            &config(vec![], vec![new]),
        );
        assert_eq!(plan.items[0].kind, Kind::VrrpScript);
        plan.items[0].fields[0].takes
    };
    assert_eq!(takes(weighed), Takes::InPlace);
    assert_eq!(takes(other), Takes::Restart);
}

/// One instance, or none: VRIDs 51 to 54, few values of each field, so that pairs have much in
/// common.
fn any_instance(vrid: u8) -> impl Strategy<Value = Option<Instance>> {
    let fields = (
        prop::sample::select(vec![90_u8, 100, 150]),
        prop::collection::btree_set(0..4_u8, 0..3),
        prop::sample::select(vec![100_u16, 200]),
        any::<bool>(),
        prop::sample::select(vec!["a", "b"]),
    );
    let instance = fields.prop_map(move |(priority, hosts, centis, tracks, name)| Instance {
        name: format!("{name}{vrid}").as_str().into(),
        vrid: vrid.try_into().unwrap(),
        priority: Priority(priority),
        advert_interval: centis.try_into().unwrap(),
        virtual_addresses: hosts
            .into_iter()
            .map(|host| vip(vrid.wrapping_mul(4) + host))
            .collect(),
        trackers: if tracks {
            Trackers::of_scripts(vec![tracked("chk", -20)])
        } else {
            Trackers::default()
        },
        ..instance(100)
    });
    prop::option::weighted(0.8, instance)
}

fn any_config() -> impl Strategy<Value = Config> {
    let instances = (
        any_instance(51),
        any_instance(52),
        any_instance(53),
        any_instance(54),
    );
    (instances, any::<bool>()).prop_map(|((a, b, c, d), grouped)| {
        let instances: Vec<Instance> = [a, b, c, d].into_iter().flatten().collect();
        // The last two, if they are there, stand or fall together.
        let members: Vec<_> = instances
            .iter()
            .filter(|one| one.vrid.get() >= 53)
            .map(|one| one.name.clone())
            .collect();
        let sync_groups = if grouped && members.len() == 2 {
            vec![SyncGroup::new("G".into(), members)]
        } else {
            vec![]
        };
        let parts = Parts {
            instances,
            scripts: vec![script("chk")],
            sync_groups,
            ..Parts::default()
        };
        Config::new(parts).unwrap()
    })
}

/// The instances that are the same in both, and whose group is.
fn untouched(old: &Config, new: &Config) -> BTreeSet<InstanceKey> {
    let same = old.sync_groups() == new.sync_groups();
    let kept = new.instances().iter().filter(|one| {
        let grouped = one.vrid.get() >= 53;
        old.instances().contains(one) && (same || !grouped)
    });
    // What happens to one member of a group is the other's business.
    let keys: BTreeSet<_> = kept.map(Instance::key).collect();
    let all = |key: &InstanceKey| {
        let together = same && !new.sync_groups().is_empty() && key.vrid.get() >= 53;
        !together || keys.iter().filter(|key| key.vrid.get() >= 53).count() == 2
    };
    keys.iter().copied().filter(all).collect()
}

/// Which instance an effect is about, by what is on the wire or in the kernel.
fn concerns(effect: &Effect, key: InstanceKey) -> bool {
    let base = key.vrid.get().wrapping_mul(4);
    let own = |address: std::net::IpAddr| match address {
        std::net::IpAddr::V4(address) => (base..base + 4).contains(&address.octets()[3]),
        std::net::IpAddr::V6(_) => false,
    };
    match effect {
        Effect::Transmit(advert) => Packet::peek_vrid(&advert.payload) == Some(key.vrid.get()),
        Effect::Announce(announce) => own(announce.address),
        Effect::Kernel { action, .. } => {
            let name = action.key().to_string();
            (base..base + 4).any(|host| name.starts_with(&format!("192.0.2.{host}/")))
        }
        Effect::Notify(told) => told.transition.as_ref().is_some_and(|t| t.instance == key),
        Effect::Notice(notice) => format!("{notice:?}").contains(&format!("Vrid({})", key.vrid)),
        _ => false,
    }
}

fn find(status: &NodeStatus, key: InstanceKey) -> InstanceStatus {
    let mut all = status.instances.iter();
    all.find(|one| one.key == key).unwrap().clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn what_did_not_change_is_not_touched_and_the_plan_is_what_happens(
        old in any_config(),
        new in any_config(),
        millis in prop::sample::select(vec![0_u64, 1500, 3700, 12_345]),
        heard in prop::option::of((51..55_u8, 80..200_u8)),
    ) {
        let mut bench = Bench::new(old.clone());
        if let Some((vrid, priority)) = heard
            && let Some(at) = old.instances().iter().position(|one| one.vrid.get() == vrid)
        {
            let of = old.instances()[at].clone();
            let repr = bellwether_core::wire::vrrp::Repr {
                vrid: of.vrid,
                priority: Priority(priority),
                interval: of.advert_interval,
                body: bellwether_core::wire::vrrp::Body::V2(of.auth),
                addresses: vec![],
            };
            let group = bellwether_core::wire::vrrp::GROUP_V4;
            bench.hear_payload(LOWER, repr.emit(LOWER, group));
        }
        bench.run_for_millis(millis);
        bench.take();
        let before = bench.node.status(bench.now);
        let plan = bench.node.plan(bench.now, &new);
        prop_assert_eq!(bench.node.status(bench.now), before.clone(), "a plan touches nothing");
        bench.event(Event::Reload(Box::new(new.clone())));
        let seen = bench.take();
        prop_assert_eq!(&plan.outlook.as_ref().unwrap().effects, &seen, "as it was foretold");
        prop_assert_eq!(plan.is_empty(), old == new);
        prop_assert!(old != new || seen.is_empty());

        let after = bench.node.status(bench.now);
        let kept = untouched(&old, &new);
        for key in &kept {
            prop_assert_eq!(find(&before, *key), find(&after, *key));
            let touching: Vec<_> = seen.iter().filter(|one| concerns(one, *key)).collect();
            prop_assert!(touching.is_empty(), "{key}: {touching:?}");
        }
        for item in &plan.items {
            if let (Some(key), Some(role)) = (item.instance, &item.role) {
                prop_assert!(!old.instances().iter().any(|one| new.instances().contains(one)
                    && one.key() == key));
                let then = after.instances.iter().find(|one| one.key == key);
                prop_assert_eq!(role.then, then.map(|one| one.state));
            }
        }
    }
}
