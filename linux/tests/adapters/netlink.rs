//! The laws of `KernelPort` and `WatchPort`, on the real kernel.

use std::net::Ipv4Addr;
use std::time::Duration;

use bellwether_core::event::LinkReport;
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::{Address, AddressOptions, KernelError, KernelOp};
use bellwether_core::{Event, OpId};
use bellwether_linux::netlink::{Kernel, Request, interface_names};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::common::{Mailbox, in_namespace, ip, name};

struct Bench {
    requests: UnboundedSender<Request>,
    mailbox: Mailbox,
    next: u64,
}

impl Bench {
    fn new() -> Self {
        let (outbox, mailbox) = Mailbox::new();
        let (requests, receiver) = unbounded_channel();
        tokio::spawn(Kernel::new(receiver, outbox).unwrap().run());
        Self {
            requests,
            mailbox,
            next: 0,
        }
    }

    /// Watches `va`, and takes the first report of it.
    async fn watching() -> Self {
        let mut bench = Self::new();
        bench.ask(Request::Watch(name("va")));
        assert!(bench.link("va").await.link.is_some());
        bench
    }

    fn ask(&self, request: Request) {
        self.requests.send(request).unwrap();
    }

    /// Applies one operation and waits for its one answer.
    async fn apply(&mut self, action: KernelOp) -> Result<(), KernelError> {
        self.next += 1;
        let wanted = OpId(self.next);
        self.ask(Request::Apply(wanted, action));
        let answer = |event: &Event| match event {
            Event::KernelDone { op, outcome } if *op == wanted => Some(outcome.clone()),
            _ => None,
        };
        self.mailbox.find(answer).await
    }

    /// All addresses of an interface.
    async fn observe(&mut self, interface: &str) -> Vec<Address> {
        let wanted = name(interface);
        self.ask(Request::Observe(wanted));
        let answer = |event: &Event| match event {
            Event::Addresses {
                interface,
                addresses,
            } if *interface == wanted => Some(addresses.clone()),
            _ => None,
        };
        self.mailbox.find(answer).await
    }

    /// The address that [`vip`] stands for, as it is.
    async fn there(&mut self) -> Address {
        let addresses = self.observe("va").await;
        let mut matching = addresses.into_iter().filter(|one| one.key == vip().key);
        matching.next().unwrap()
    }

    async fn link(&mut self, interface: &str) -> LinkReport {
        let wanted = name(interface);
        let report = |event: &Event| match event {
            Event::Link(report) if report.interface == wanted => Some(report.clone()),
            _ => None,
        };
        self.mailbox.find(report).await
    }
}

fn vip() -> Address {
    Address {
        key: AddressKey {
            interface: name("va"),
            address: Ipv4Addr::new(198, 51, 100, 200).into(),
            prefix_len: 24,
        },
        label: Some("va:vip".to_owned()),
        broadcast: Some(Ipv4Addr::new(198, 51, 100, 255)),
        scope: 253,
        options: AddressOptions::default(),
        ours: true,
    }
}

#[test]
fn an_address_comes_with_all_its_attributes_and_goes() {
    in_namespace(async |_| {
        let mut bench = Bench::watching().await;
        assert_eq!(bench.apply(KernelOp::AddAddress(vip())).await, Ok(()));
        let addresses = bench.observe("va").await;
        assert_eq!(addresses.len(), 2, "{addresses:?}");
        let first = addresses.iter().find(|one| one.key != vip().key).unwrap();
        assert_eq!(first.key.to_string(), "192.0.2.1/24 dev va");
        assert!(!first.ours, "an address by another hand is not ours");
        assert!(addresses.contains(&vip()), "{addresses:?}");

        assert_eq!(
            bench.apply(KernelOp::RemoveAddress(vip().key)).await,
            Ok(())
        );
        assert_eq!(bench.observe("va").await.len(), 1);
    });
}

#[test]
fn adding_what_is_there_and_removing_what_is_gone_succeed() {
    in_namespace(async |_| {
        let mut bench = Bench::watching().await;
        for _ in 0..2 {
            assert_eq!(bench.apply(KernelOp::AddAddress(vip())).await, Ok(()));
        }
        assert_eq!(bench.observe("va").await.len(), 2);
        for _ in 0..2 {
            assert_eq!(
                bench.apply(KernelOp::RemoveAddress(vip().key)).await,
                Ok(())
            );
        }
        assert_eq!(bench.observe("va").await.len(), 1);
    });
}

#[test]
fn an_address_of_the_same_kind_by_another_hand_becomes_ours() {
    in_namespace(async |_| {
        let mut bench = Bench::watching().await;
        ip("address add 198.51.100.200/24 broadcast 198.51.100.255 scope link label va:vip dev va");
        assert!(!bench.there().await.ours);
        assert_eq!(bench.apply(KernelOp::AddAddress(vip())).await, Ok(()));
        assert_eq!(bench.there().await, vip());
    });
}

#[test]
fn an_address_with_other_attributes_is_not_taken_for_the_same() {
    in_namespace(async |_| {
        let mut bench = Bench::watching().await;
        ip("address add 198.51.100.200/24 dev va");
        let outcome = bench.apply(KernelOp::AddAddress(vip())).await;
        assert!(
            matches!(outcome, Err(KernelError::Other { errno: 17, .. })),
            "EEXIST expected: {outcome:?}"
        );
        let there = bench.there().await;
        assert!(there.label.is_none() && !there.ours, "untouched: {there:?}");
    });
}

#[test]
fn our_mark_outlives_the_process_that_set_it() {
    in_namespace(async |_| {
        let mut first = Bench::watching().await;
        assert_eq!(first.apply(KernelOp::AddAddress(vip())).await, Ok(()));
        drop(first);
        let mut second = Bench::watching().await;
        assert!(second.there().await.ours);
    });
}

#[test]
fn an_interface_that_does_not_exist() {
    in_namespace(async |_| {
        let mut bench = Bench::new();
        let mut elsewhere = vip();
        elsewhere.key.interface = name("nowhere");
        let key = elsewhere.key;
        let added = bench.apply(KernelOp::AddAddress(elsewhere)).await;
        assert_eq!(added, Err(KernelError::NoInterface));
        assert_eq!(bench.apply(KernelOp::RemoveAddress(key)).await, Ok(()));
        assert_eq!(bench.observe("nowhere").await, []);
        bench.ask(Request::Watch(name("nowhere")));
        assert_eq!(bench.link("nowhere").await.link, None);
    });
}

#[test]
fn watching_tells_of_addresses_by_any_hand() {
    in_namespace(async |_| {
        let mut bench = Bench::watching().await;
        ip("address add 192.0.2.77/32 dev va");
        let added = |event: &Event| match event {
            Event::AddressAdded(address) => Some(address.clone()),
            _ => None,
        };
        let address = bench.mailbox.find(added).await;
        assert_eq!(address.key.to_string(), "192.0.2.77/32 dev va");
        assert!(!address.ours);
        ip("address del 192.0.2.77/32 dev va");
        let removed = |event: &Event| match event {
            Event::AddressRemoved(key) => Some(*key),
            _ => None,
        };
        assert_eq!(bench.mailbox.find(removed).await, address.key);
        // Nobody watches the other one.
        ip("address add 198.51.100.1/32 dev lo");
        bench
            .mailbox
            .expect_silence(Duration::from_millis(100))
            .await;
    });
}

#[test]
fn secondary_addresses_that_go_with_their_primary_one_are_told_of() {
    in_namespace(async |_| {
        let mut bench = Bench::watching().await;
        assert_eq!(bench.apply(KernelOp::AddAddress(vip())).await, Ok(()));
        let mut second = vip();
        second.key.address = Ipv4Addr::new(198, 51, 100, 201).into();
        assert_eq!(
            bench.apply(KernelOp::AddAddress(second.clone())).await,
            Ok(())
        );
        assert_eq!(
            bench.apply(KernelOp::RemoveAddress(vip().key)).await,
            Ok(())
        );
        let removed = |event: &Event| match event {
            Event::AddressRemoved(key) => (*key == second.key).then_some(()),
            _ => None,
        };
        bench.mailbox.find(removed).await;
        assert_eq!(bench.observe("va").await.len(), 1);
    });
}

#[test]
fn watching_tells_of_the_carrier_the_administrator_and_the_end() {
    in_namespace(async |peer| {
        let mut bench = Bench::watching().await;
        peer.ip("link set vb down");
        assert!(!bench.link("va").await.link.unwrap().up, "no carrier");
        peer.ip("link set vb up");
        let first = bench.link("va").await.link.unwrap();
        assert!(first.up);
        ip("link set va down");
        assert!(
            !bench.link("va").await.link.unwrap().up,
            "administratively down"
        );
        ip("link del va");
        assert_eq!(bench.link("va").await.link, None);

        ip("link add va type veth peer name vb");
        ip("link set va address 02:00:00:00:00:07");
        ip("link set vb up");
        ip("link set va up");
        let up = |event: &Event| match event {
            Event::Link(report) => report.link.filter(|link| link.up),
            _ => None,
        };
        let back = bench.mailbox.find(up).await;
        assert_ne!(
            back.index, first.index,
            "another index after it was made again"
        );
        assert_eq!(back.mac.to_string(), "02:00:00:00:00:07");
    });
}

#[test]
fn a_renamed_interface_is_gone_under_its_old_name() {
    in_namespace(async |_| {
        let mut bench = Bench::watching().await;
        bench.ask(Request::Watch(name("wan")));
        assert_eq!(bench.link("wan").await.link, None);
        ip("link set va down");
        ip("link set va name wan");
        let gone = |event: &Event| match event {
            Event::Link(report) if report.interface == name("va") => {
                report.link.is_none().then_some(())
            }
            _ => None,
        };
        bench.mailbox.find(gone).await;
        assert!(bench.link("wan").await.link.is_some());
    });
}

#[test]
fn a_port_that_leaves_a_bridge_is_still_there() {
    in_namespace(async |_| {
        ip("link add br0 type bridge");
        ip("link set va master br0");
        let mut bench = Bench::watching().await;
        ip("link set va nomaster");
        bench
            .mailbox
            .expect_silence(Duration::from_millis(200))
            .await;
    });
}

#[test]
fn nothing_is_told_any_more_after_unwatch() {
    in_namespace(async |_| {
        let mut bench = Bench::watching().await;
        bench.ask(Request::Unwatch(name("va")));
        assert_eq!(bench.observe("va").await.len(), 1);
        ip("address add 192.0.2.77/32 dev va");
        ip("link set va down");
        bench
            .mailbox
            .expect_silence(Duration::from_millis(100))
            .await;
    });
}

#[test]
fn lists_and_changes_keep_the_kernel_s_order() {
    in_namespace(async |_| {
        // Whoever takes a list and then follows the changes must end with what is there, however
        // much happens while lists are made.
        let mut bench = Bench::watching().await;
        let hundred: Vec<Address> = (1..=100)
            .map(|last| {
                let mut address = vip();
                address.label = None;
                address.key.address = Ipv4Addr::new(198, 51, 100, last).into();
                address.key.prefix_len = 32;
                address
            })
            .collect();
        for (id, address) in (1_000..).zip(&hundred) {
            bench.ask(Request::Apply(
                OpId(id),
                KernelOp::AddAddress(address.clone()),
            ));
            bench.ask(Request::Observe(name("va")));
        }
        for (id, address) in (2_000..).zip(hundred.iter().step_by(2)) {
            bench.ask(Request::Apply(
                OpId(id),
                KernelOp::RemoveAddress(address.key),
            ));
        }
        let mut known = std::collections::BTreeSet::new();
        let mut answers = 0;
        while answers < 150 {
            match bench.mailbox.next().await {
                Event::Addresses { addresses, .. } => {
                    known = addresses.into_iter().map(|address| address.key).collect();
                }
                Event::AddressAdded(address) => drop(known.insert(address.key)),
                Event::AddressRemoved(key) => drop(known.remove(&key)),
                Event::KernelDone { outcome, .. } => {
                    assert_eq!(outcome, Ok(()));
                    answers += 1;
                }
                other => panic!("unexpected: {other:?}"),
            }
        }
        // The reports of the last removals may still be under way.
        while known.len() > 51 {
            if let Event::AddressRemoved(key) = bench.mailbox.next().await {
                known.remove(&key);
            }
        }
        let listed = bench.observe("va").await;
        let there = listed.into_iter().map(|address| address.key).collect();
        assert_eq!(known, there);
        assert_eq!(known.len(), 51);
    });
}

#[test]
fn after_an_overrun_everything_is_listed_again() {
    in_namespace(async |_| {
        let mut bench = Bench::watching().await;
        // Far more changes than the socket's buffer holds, while nobody reads: this thread, which
        // is also the reader's, waits for them.
        let mut batch = String::new();
        for _ in 0..12_000 {
            batch += "address add 198.51.100.7/32 dev va\naddress del 198.51.100.7/32 dev va\n";
        }
        batch += "address add 198.51.100.7/32 dev va\n";
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), batch).unwrap();
        ip(&format!("-batch {}", file.path().display()));

        let listed = |event: &Event| match event {
            Event::Addresses { addresses, .. } => Some(addresses.clone()),
            _ => None,
        };
        let addresses = bench.mailbox.find(listed).await;
        assert_eq!(addresses.len(), 2, "{addresses:?}");
        // And changes are heard again.
        ip("address del 198.51.100.7/32 dev va");
        let removed = |event: &Event| match event {
            Event::AddressRemoved(key) => Some(key.to_string()),
            _ => None,
        };
        assert_eq!(bench.mailbox.find(removed).await, "198.51.100.7/32 dev va");
    });
}

#[test]
fn names_of_all_interfaces() {
    in_namespace(async |_| {
        let mut names = interface_names().await.unwrap();
        names.sort();
        assert_eq!(names, ["lo", "va"]);
    });
}
