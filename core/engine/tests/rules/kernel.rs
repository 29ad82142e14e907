//! Address before gratuitous ARP before notification, and a kernel that others use too.

use std::time::Duration;

use bellwether_core::kernel::{KernelError, KernelOp};
use bellwether_core::model::{GarpPolicy, Instance, VirtualAddress};
use bellwether_core::vrrp::State;
use bellwether_core::{Effect, Event, Notice, OpId};

use super::support::{
    Bench, MAC, OWN, VIP, announcements, config, eth0, foreign, instance, kernel_ops, vip_key,
};

fn op_of(effects: &[Effect]) -> OpId {
    let asked = |effect: &Effect| match effect {
        Effect::Kernel { op, .. } => Some(*op),
        _ => None,
    };
    effects
        .iter()
        .find_map(asked)
        .expect("an operation was asked for")
}

fn notified(effects: &[Effect]) -> usize {
    effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Notify(_)))
        .count()
}

#[test]
fn an_address_is_announced_only_once_it_is_there_and_notified_after_that() {
    let mut bench = Bench::single(instance(100));
    bench.obliging_kernel = false;
    bench.take();
    bench.run_for_millis(3610);
    let seen = bench.take();
    assert_eq!(bench.state(), State::Master);
    assert_eq!((announcements(&seen).len(), notified(&seen)), (0, 0), "N5");
    bench.event(Event::KernelDone {
        op: op_of(&seen),
        outcome: Ok(()),
    });
    let seen = bench.take();
    assert_eq!((announcements(&seen).len(), notified(&seen)), (5, 1));
    assert!(matches!(seen.last(), Some(Effect::Notify(_))));
    let garp = &announcements(&seen)[0];
    assert_eq!(
        (garp.address, garp.mac, garp.interface),
        (VIP.into(), MAC, eth0())
    );
}

#[test]
fn announcements_follow_the_policy() {
    // 3 at once, 3 more after 2 s, and 2 every 10 s: in 30 s 3 + 3 + 2 + 2 + 2.
    let garp = GarpPolicy {
        repeat: 3,
        delay: std::time::Duration::from_secs(2),
        refresh: std::time::Duration::from_secs(10),
        refresh_repeat: 2,
        ..GarpPolicy::default()
    };
    let mut bench = Bench::single(Instance {
        garp,
        ..instance(255)
    });
    assert_eq!(announcements(&bench.take()).len(), 3);
    bench.run_for_millis(30_000);
    assert_eq!(announcements(&bench.take()).len(), 9);
}

#[test]
fn by_default_five_at_once_five_after_five_seconds_and_none_after_that() {
    let mut bench = Bench::single(instance(255));
    bench.run_for_millis(4999);
    assert_eq!(announcements(&bench.take()).len(), 5);
    bench.run_for_millis(1);
    assert_eq!(announcements(&bench.take()).len(), 5);
    bench.run_for_millis(60_000);
    assert_eq!(announcements(&bench.take()).len(), 0);
}

#[test]
fn an_address_that_somebody_removes_comes_back_and_the_master_stays() {
    let mut bench = Bench::master(instance(100));
    bench.event(Event::AddressRemoved(vip_key()));
    let seen = bench.take();
    assert!(matches!(kernel_ops(&seen)[..], [KernelOp::AddAddress(_)]));
    assert_eq!(announcements(&seen).len(), 5);
    assert_eq!((bench.state(), notified(&seen)), (State::Master, 0));
    let lost = Notice::AddressLost {
        instance: instance(100).key(),
        address: vip_key(),
    };
    assert!(
        seen.contains(&Effect::Notice(lost)),
        "an operator can see that two are fighting"
    );
}

#[test]
fn what_a_killed_predecessor_left_behind_is_removed_at_the_start() {
    let mut bench = Bench::dark(config(vec![instance(100)], vec![]));
    bench.link(true);
    bench.take();
    bench.addresses(vec![foreign(OWN, 24), foreign(VIP, 32)]);
    assert_eq!(
        kernel_ops(&bench.take()),
        [KernelOp::RemoveAddress(vip_key())]
    );
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn an_owners_address_that_was_there_is_adopted_and_left_behind() {
    let mut bench = Bench::dark(config(vec![instance(255)], vec![]));
    bench.link(true);
    bench.addresses(vec![foreign(VIP, 32)]);
    assert_eq!(
        bench.state(),
        State::Master,
        "it advertises from the address that it owns"
    );
    bench.event(Event::Shutdown);
    assert_eq!(kernel_ops(&bench.take()), []);
}

#[test]
fn a_refused_operation_is_tried_again_a_second_later() {
    let mut bench = Bench::single(instance(100));
    bench.obliging_kernel = false;
    bench.take();
    bench.run_for_millis(3610);
    let error = KernelError::Denied;
    let op = op_of(&bench.take());
    bench.event(Event::KernelDone {
        op,
        outcome: Err(error),
    });
    let seen = bench.take();
    assert_eq!(kernel_ops(&seen), [], "not at once");
    assert_eq!(
        notified(&seen),
        1,
        "people are told that we are master all the same"
    );
    bench.obliging_kernel = true;
    bench.run_for_millis(999);
    assert_eq!(kernel_ops(&bench.take()), []);
    bench.run_for_millis(1);
    let seen = bench.take();
    assert_eq!(
        (kernel_ops(&seen).len(), announcements(&seen).len()),
        (1, 5)
    );
}

#[test]
fn every_notification_comes_even_when_the_kernel_is_slower_than_the_election() {
    let mut bench = Bench::single(instance(100));
    bench.obliging_kernel = false;
    bench.take();
    bench.run_for_millis(3610);
    bench.hear(super::support::HIGHER, 200);
    let states: Vec<_> = bench
        .take()
        .iter()
        .filter_map(|effect| match effect {
            Effect::Notify(told) => told.transition.as_ref().map(|change| change.to),
            _ => None,
        })
        .collect();
    assert_eq!(
        states,
        [State::Master, State::Backup],
        "I23: one for each, in order"
    );
    assert!(bench.node.status(bench.now).desired.is_empty());
}

#[test]
fn all_attributes_of_an_address_reach_the_kernel() {
    let address = VirtualAddress {
        prefix_len: 24,
        label: Some("eth0:1".into()),
        broadcast: Some([192, 0, 2, 255].into()),
        scope: 253,
        ..VirtualAddress::host(VIP.into())
    };
    let mut bench = Bench::single(Instance {
        virtual_addresses: vec![address],
        ..instance(255)
    });
    let [KernelOp::AddAddress(added)] = &kernel_ops(&bench.take())[..] else {
        panic!("one")
    };
    assert_eq!((added.key.address, added.key.prefix_len), (VIP.into(), 24));
    assert_eq!((added.label.as_deref(), added.scope), (Some("eth0:1"), 253));
    assert_eq!(added.broadcast, Some([192, 0, 2, 255].into()));
}

#[test]
fn an_interface_that_comes_back_under_another_index_gets_its_address_again() {
    use bellwether_core::event::{Link, LinkReport};
    let mut bench = Bench::master(instance(100));
    bench.event(Event::Link(LinkReport {
        interface: eth0(),
        link: None,
    }));
    assert_eq!(bench.state(), State::Fault);
    let link = Some(Link {
        index: 9,
        up: true,
        mac: MAC,
    });
    bench.event(Event::Link(LinkReport {
        interface: eth0(),
        link,
    }));
    bench.addresses(vec![foreign(OWN, 24)]);
    bench.take();
    bench.run_for_millis(3610);
    assert_eq!(bench.state(), State::Master);
    assert_eq!(kernel_ops(&bench.take()).len(), 1);
}

/// Stops a master whose kernel refuses every removal until `second`; returns when it was done.
fn stop_with_a_kernel_that_refuses_until(second: u64) -> Option<u64> {
    let mut bench = Bench::master(instance(100));
    bench.obliging_kernel = false;
    bench.event(Event::Shutdown);
    for now in 0..10 {
        for effect in bench.take() {
            match effect {
                Effect::Kernel { op, .. } => {
                    let outcome = if now < second {
                        Err(KernelError::Denied)
                    } else {
                        Ok(())
                    };
                    bench.event(Event::KernelDone { op, outcome });
                }
                Effect::Stopped => return Some(now),
                _ => {}
            }
        }
        if bench.seen.contains(&Effect::Stopped) {
            return Some(now);
        }
        bench.run_for_millis(1000);
    }
    None
}

#[test]
fn a_stopping_node_tries_to_remove_its_address_for_three_seconds() {
    assert_eq!(stop_with_a_kernel_that_refuses_until(0), Some(0));
    assert_eq!(stop_with_a_kernel_that_refuses_until(2), Some(2));
    assert_eq!(
        stop_with_a_kernel_that_refuses_until(9),
        Some(3),
        "and then goes all the same"
    );
}

/// Answers every removal that a node has asked for. Returns how many there were.
fn answer_removals(bench: &mut Bench, outcome: &Result<(), KernelError>) -> usize {
    let mut removals = 0;
    for effect in bench.take() {
        if let Effect::Kernel {
            op,
            action: KernelOp::RemoveAddress(_),
        } = effect
        {
            removals += 1;
            let outcome = outcome.clone();
            bench.event(Event::KernelDone { op, outcome });
        }
    }
    removals
}

#[test]
fn a_stopping_node_that_was_paused_tries_what_was_due_before_it_goes() {
    let mut bench = Bench::master(instance(100));
    bench.obliging_kernel = false;
    bench.event(Event::Shutdown);
    assert_eq!(answer_removals(&mut bench, &Err(KernelError::Denied)), 1);
    bench.sleep_through(Duration::from_secs(10));
    assert!(!bench.seen.contains(&Effect::Stopped));
    assert_eq!(answer_removals(&mut bench, &Ok(())), 1);
    assert!(bench.take().contains(&Effect::Stopped));
}

#[test]
fn a_stopping_node_that_was_paused_waits_a_second_more_and_no_longer() {
    let mut bench = Bench::master(instance(100));
    bench.obliging_kernel = false;
    bench.event(Event::Shutdown);
    assert_eq!(answer_removals(&mut bench, &Err(KernelError::Denied)), 1);
    bench.sleep_through(Duration::from_secs(10));
    assert_eq!(answer_removals(&mut bench, &Err(KernelError::Denied)), 1);
    bench.run_for_millis(999);
    assert!(!bench.take().contains(&Effect::Stopped));
    bench.run_for_millis(1);
    assert!(bench.take().contains(&Effect::Stopped));
}
