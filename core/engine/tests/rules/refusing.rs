//! A master that does not accept its addresses has the kernel drop what is for them
//! (RFC 9568 6.4.3; keepalived: `no_accept`).

use bellwether_core::Event;
use bellwether_core::kernel::{KernelError, KernelOp, Refusal};
use bellwether_core::model::{Instance, VirtualAddress};
use bellwether_core::unit::Priority;
use bellwether_core::vrrp::State;
use bellwether_core::{Effect, Notice};

use super::support::{Bench, HIGHER, instance, kernel_ops, vip_key};

fn refusing() -> Instance {
    Instance {
        accept: false,
        excluded_addresses: vec![
            VirtualAddress::host("fe80::100".parse().unwrap()),
            VirtualAddress::host("2001:db8::100".parse().unwrap()),
        ],
        ..instance(100)
    }
}

fn refusal(address: &str, on: Option<&str>) -> Refusal {
    Refusal {
        address: address.parse().unwrap(),
        on: on.map(|name| name.parse().unwrap()),
    }
}

/// What is asked, in brief: `+`, `-`, and `!` for a refusal.
fn words(ops: &[KernelOp]) -> Vec<String> {
    let word = |op: &KernelOp| match op {
        KernelOp::AddAddress(own) => format!("+{}", own.key.address),
        KernelOp::RemoveAddress(key) => format!("-{}", key.address),
        KernelOp::AddRefusal(own) => format!("+!{}", own.address),
        KernelOp::RemoveRefusal(own) => format!("-!{}", own.address),
        other => panic!("{other:?}"),
    };
    ops.iter().map(word).collect()
}

fn master(instance: Instance) -> Bench {
    let mut bench = Bench::single(instance);
    bench.run_for_millis(30_000);
    assert_eq!(bench.state(), State::Master);
    bench
}

#[test]
fn an_address_is_refused_before_it_is_there_and_until_it_is_gone() {
    let mut bench = master(refusing());
    let ops = kernel_ops(&bench.take());
    let up = [
        "+!192.0.2.100",
        "+!fe80::100",
        "+!2001:db8::100",
        "+192.0.2.100",
        "+fe80::100",
        "+2001:db8::100",
    ];
    assert_eq!(words(&ops), up);
    // A link-local address may be another node's on another interface.
    assert!(ops.contains(&KernelOp::AddRefusal(refusal("fe80::100", Some("eth0")))));
    assert!(ops.contains(&KernelOp::AddRefusal(refusal("2001:db8::100", None))));
    bench.hear(HIGHER, 200);
    assert_eq!(bench.state(), State::Backup);
    let down = words(&kernel_ops(&bench.take()));
    let (addresses, refusals) = down.split_at(3);
    assert!(addresses.iter().all(|op| !op.contains('!')), "{down:?}");
    assert!(refusals.iter().all(|op| op.starts_with("-!")), "{down:?}");
    assert_eq!(refusals.len(), 3, "{down:?}");
}

#[test]
fn who_accepts_or_owns_its_addresses_refuses_nothing() {
    let accepting = Instance {
        accept: true,
        ..refusing()
    };
    let owner = Instance {
        priority: Priority::OWNER,
        ..refusing()
    };
    for own in [accepting, owner] {
        let mut bench = master(own);
        let asked = words(&kernel_ops(&bench.take()));
        assert!(asked.iter().all(|op| !op.contains('!')), "{asked:?}");
    }
}

#[test]
fn an_address_comes_though_it_could_not_be_refused_and_that_is_said_and_tried_again() {
    let mut bench = Bench::single(refusing());
    bench.obliging_kernel = false;
    bench.run_for_millis(3_700);
    assert_eq!(bench.state(), State::Master);
    for effect in bench.take() {
        let Effect::Kernel { op, action } = effect else {
            continue;
        };
        let outcome = match action {
            KernelOp::AddRefusal(_) => Err(KernelError::Denied),
            _ => Ok(()),
        };
        bench.event(Event::KernelDone { op, outcome });
    }
    bench.obliging_kernel = true;
    let said = |effect: &Effect| {
        let Effect::Notice(Notice::KernelFailed { action, .. }) = effect else {
            return false;
        };
        matches!(action, KernelOp::AddRefusal(_))
    };
    let seen = bench.take();
    assert_eq!(seen.iter().filter(|effect| said(effect)).count(), 3);
    assert!(bench.node.kernel().is_present(&vip_key()));
    bench.run_for_millis(1_500);
    let again = words(&kernel_ops(&bench.take()));
    assert_eq!(again, ["+!192.0.2.100", "+!fe80::100", "+!2001:db8::100"]);
}

#[test]
fn a_stop_leaves_nothing_refused() {
    let mut bench = master(refusing());
    bench.take();
    bench.event(Event::Shutdown);
    let down = words(&kernel_ops(&bench.take()));
    assert_eq!(down.iter().filter(|op| op.starts_with("-!")).count(), 3);
}

#[test]
fn a_reload_to_accept_leaves_the_address_and_its_role_alone() {
    let mut bench = master(refusing());
    bench.take();
    let accepting = Instance {
        accept: true,
        ..refusing()
    };
    let config = super::support::config(vec![accepting], vec![]);
    bench.event(Event::Reload(Box::new(config)));
    assert_eq!(bench.state(), State::Master);
    let asked = words(&kernel_ops(&bench.take()));
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked.iter().all(|op| op.starts_with("-!")), "{asked:?}");
}
