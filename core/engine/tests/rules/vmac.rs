//! Virtual MACs: RFC 9568 7.3 and 8.1.2; keepalived: `use_vmac`.

use bellwether_core::event::{Link, LinkReport};
use bellwether_core::kernel::{KernelError, KernelOp, VirtualKind, VirtualLink};
use bellwether_core::model::{Instance, VirtualAddress, Vmac, VmacKind};
use bellwether_core::unit::{IfName, Mac};
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::wire::vrrp::GROUP_V4;
use bellwether_core::{Effect, Event};

use super::support::{
    Bench, LOWER, VIP, adverts, announcements, config, eth0, instance, kernel_ops, transitions,
};

const VIRTUAL: Mac = Mac([0, 0, 0x5e, 0, 1, 51]);

fn name() -> IfName {
    "vrrp.51".parse().unwrap()
}

fn with_vmac(priority: u8) -> Instance {
    let mut own = VirtualAddress::host(VIP.into());
    own.vmac = Some(name());
    Instance {
        virtual_addresses: vec![own],
        vmac: Some(Vmac {
            name: name(),
            kind: VmacKind::Macvlan { mac: None },
            xmit_base: false,
            group: 0,
        }),
        ..instance(priority)
    }
}

fn link() -> VirtualLink {
    VirtualLink {
        name: name(),
        base: eth0(),
        kind: VirtualKind::Macvlan { mac: VIRTUAL },
        group: 0,
        up: true,
        ours: true,
    }
}

/// The kernel tells of the interface, and lists no address on it.
fn appears(bench: &mut Bench, index: u32) {
    bench.event(Event::VirtualLink {
        name: name(),
        link: Some(link()),
    });
    let link = Link {
        index,
        up: true,
        mac: VIRTUAL,
    };
    bench.event(Event::Link(LinkReport {
        interface: name(),
        link: Some(link),
    }));
    bench.event(Event::Addresses {
        interface: name(),
        addresses: vec![],
    });
}

fn vanishes(bench: &mut Bench) {
    bench.event(Event::VirtualLink {
        name: name(),
        link: None,
    });
    bench.event(Event::Link(LinkReport {
        interface: name(),
        link: None,
    }));
}

fn master() -> Bench {
    let mut bench = Bench::single(with_vmac(100));
    appears(&mut bench, 7);
    bench.run_for_millis(4_000);
    assert_eq!(bench.state(), State::Master);
    bench
}

#[test]
fn the_interface_is_made_before_the_election_and_nothing_is_said_without_it() {
    let mut bench = Bench::single(with_vmac(100));
    assert_eq!(kernel_ops(&bench.seen), [KernelOp::AddLink(link())]);
    bench.run_for_millis(10_000);
    assert_eq!(bench.state(), State::Init, "it can't speak yet");
    assert_eq!(transitions(&bench.take()), []);
    appears(&mut bench, 7);
    assert_eq!(
        transitions(&bench.take()),
        [(State::Init, State::Backup, Cause::Startup)]
    );
}

#[test]
fn adverts_addresses_and_announcements_go_by_it() {
    let bench = master();
    let wires = bench.seen.iter().filter_map(|effect| match effect {
        Effect::Transmit(advert) => Some((advert.interface, advert.source)),
        _ => None,
    });
    let own = super::support::OWN.into();
    assert!(wires.clone().all(|wire| wire == (name(), own)));
    assert!(wires.count() > 0);
    let announced = announcements(&bench.seen);
    assert_eq!(announced.len(), 5);
    assert!(
        announced
            .iter()
            .all(|one| (one.interface, one.mac) == (name(), VIRTUAL))
    );
    let added = kernel_ops(&bench.seen).into_iter().find_map(|op| match op {
        KernelOp::AddAddress(address) => Some(address.key.interface),
        _ => None,
    });
    assert_eq!(added, Some(name()));
}

#[test]
fn adverts_are_heard_by_it() {
    let mut bench = master();
    let mut heard = bench.datagram(LOWER, bench.advert(200).emit(LOWER, GROUP_V4));
    heard.interface = name();
    bench.event(Event::Receive(heard));
    assert_eq!(bench.state(), State::Backup);
    let joined = bench.seen.iter().filter_map(|effect| match effect {
        Effect::Join(membership) => Some(membership.interface),
        _ => None,
    });
    assert!(joined.into_iter().all(|interface| interface == name()));
}

#[test]
fn xmit_base_sends_by_the_base_and_announces_by_the_virtual_mac() {
    let mut instance = with_vmac(100);
    instance.vmac.as_mut().unwrap().xmit_base = true;
    let mut bench = Bench::single(instance);
    appears(&mut bench, 7);
    bench.run_for_millis(4_000);
    let sent = bench.seen.iter().filter_map(|effect| match effect {
        Effect::Transmit(advert) => Some(advert.interface),
        _ => None,
    });
    assert!(sent.into_iter().all(|wire| wire == eth0()));
    let announced = announcements(&bench.seen);
    assert!(announced.iter().all(|one| one.mac == VIRTUAL) && announced.len() == 5);
}

#[test]
fn a_master_whose_interface_somebody_removes_makes_it_again_and_stays_master() {
    let mut bench = master();
    bench.take();
    vanishes(&mut bench);
    assert_eq!(kernel_ops(&bench.take()), [KernelOp::AddLink(link())]);
    appears(&mut bench, 8);
    let seen = bench.take();
    assert!(matches!(kernel_ops(&seen)[..], [KernelOp::AddAddress(_)]));
    assert_eq!(announcements(&seen).len(), 5);
    assert_eq!(transitions(&seen), []);
    assert_eq!(bench.state(), State::Master);
}

#[test]
fn one_that_somebody_took_down_is_taken_up_in_place() {
    let mut bench = master();
    bench.take();
    bench.event(Event::VirtualLink {
        name: name(),
        link: Some(VirtualLink {
            up: false,
            ..link()
        }),
    });
    assert_eq!(kernel_ops(&bench.take()), [KernelOp::AddLink(link())]);
}

#[test]
fn where_it_can_t_be_made_the_instance_is_in_fault_until_it_can() {
    let mut bench = Bench::dark(config(vec![with_vmac(100)], vec![]));
    bench.obliging_kernel = false;
    bench.link(true);
    bench.addresses(vec![super::support::foreign(super::support::OWN, 24)]);
    let op = bench.seen.iter().find_map(|effect| match effect {
        Effect::Kernel { op, .. } => Some(*op),
        _ => None,
    });
    bench.event(Event::KernelDone {
        op: op.unwrap(),
        outcome: Err(KernelError::Denied),
    });
    assert_eq!(
        transitions(&bench.take()),
        [(State::Init, State::Fault, Cause::LinkDown)]
    );
    bench.obliging_kernel = true;
    bench.run_for_millis(1_500);
    appears(&mut bench, 7);
    assert_eq!(
        transitions(&bench.take()),
        [(State::Fault, State::Backup, Cause::Recovered)]
    );
}

#[test]
fn a_leftover_that_the_file_does_not_speak_of_goes_and_a_foreign_one_stays() {
    let mut bench = Bench::dark(config(vec![instance(100)], vec![]));
    for (name, ours) in [("vrrp.9", true), ("vrrp.8", false)] {
        bench.event(Event::VirtualLink {
            name: name.parse().unwrap(),
            link: Some(VirtualLink {
                name: name.parse().unwrap(),
                ours,
                ..link()
            }),
        });
    }
    assert_eq!(
        kernel_ops(&bench.take()),
        [KernelOp::RemoveLink("vrrp.9".parse().unwrap())]
    );
}

#[test]
fn a_stop_resigns_by_it_and_then_removes_it() {
    let mut bench = master();
    bench.take();
    bench.event(Event::Shutdown);
    let seen = bench.take();
    assert_eq!(adverts(&seen), [0]);
    assert!(matches!(
        kernel_ops(&seen)[..],
        [KernelOp::RemoveAddress(_), KernelOp::RemoveLink(_)]
    ));
    assert!(seen.contains(&Effect::Stopped));
}

#[test]
fn a_reload_without_it_moves_the_address_and_a_same_one_does_nothing() {
    let mut bench = master();
    bench.take();
    let same = config(vec![with_vmac(100)], vec![]);
    bench.event(Event::Reload(Box::new(same)));
    assert_eq!(bench.take(), []);
    let without = config(vec![instance(100)], vec![]);
    bench.event(Event::Reload(Box::new(without)));
    let seen = bench.take();
    let ops = kernel_ops(&seen);
    assert!(ops.contains(&KernelOp::RemoveLink(name())), "{ops:?}");
    let added = ops.iter().any(|op| match op {
        KernelOp::AddAddress(address) => address.key.interface == eth0(),
        _ => false,
    });
    assert!(added, "{ops:?}");
    assert_eq!(bench.state(), State::Master);
}
