//! A3 to A9: what a master does with adverts, time and its end.

use std::time::Duration;

use super::support::{
    Bench, HIGHER, LOWER, NO_ADVERT, OWN, adverts, announcements, instance, instance_v3,
    transitions,
};
use bellwether_core::model::{Command, Hook, Instance, LosingAdvert, OwnerConflict};
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::{Effect, Event, Notice};

#[test]
fn a_master_advertises_every_interval() {
    let mut bench = Bench::master(instance_v3(100, 10));
    bench.run_for_millis(1000);
    assert_eq!(adverts(&bench.take()), [100; 10], "A4");
}

#[test]
fn a_higher_advert_wins_and_hears_one_farewell() {
    let mut bench = Bench::master(instance(100));
    bench.hear(LOWER, 101);
    let seen = bench.take();
    assert_eq!(
        transitions(&seen),
        [(State::Master, State::Backup, Cause::HigherPriority)]
    );
    assert_eq!(
        adverts(&seen),
        [100],
        "the winner learns that there were two"
    );
    assert_eq!(bench.node.status(bench.now).desired, []);
}

#[test]
fn without_the_farewell_a_loser_is_silent_as_the_rfc_has_it() {
    let mut bench = Bench::master(Instance {
        farewell_advert: false,
        ..instance(100)
    });
    bench.hear(LOWER, 101);
    assert_eq!(
        (bench.state(), adverts(&bench.take())),
        (State::Backup, vec![])
    );
}

#[test]
fn of_equal_masters_the_one_with_the_higher_address_stays() {
    let mut bench = Bench::master(instance(100));
    bench.hear(LOWER, 100);
    assert_eq!(bench.state(), State::Master, "{LOWER} < {OWN}");
    bench.hear(HIGHER, 100);
    assert_eq!(bench.state(), State::Backup, "{HIGHER} > {OWN}");
    assert_eq!(transitions(&bench.take())[0].2, Cause::HigherAddress);
}

#[test]
fn addresses_compare_unsigned() {
    // 192.0.2.200 is below 192.0.2.11 if the last byte is taken for a signed one.
    let mut bench = Bench::master(instance(100));
    bench.hear(HIGHER, 100);
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn a_losing_advert_is_answered_and_announced_over() {
    let mut bench = Bench::master(instance(100));
    bench.run_for_millis(300);
    bench.take();
    bench.hear(HIGHER, 99);
    let seen = bench.take();
    assert_eq!(bench.state(), State::Master);
    assert_eq!(adverts(&seen), [100], "A7 of RFC 9568");
    assert_eq!(announcements(&seen).len(), 5);
    // keepalived: and once more after garp_master_delay.
    bench.run_for_millis(5000);
    assert_eq!(announcements(&bench.take()).len(), 5);
}

#[test]
fn a_losing_advert_is_not_answered_but_announced_over_when_so_configured() {
    let silent = Instance {
        losing_advert: LosingAdvert::Discard,
        ..instance(100)
    };
    let mut bench = Bench::master(silent.clone());
    bench.hear(HIGHER, 99);
    let seen = bench.take();
    // As keepalived 2.2.7 with lower_prio_no_advert, seen on the wire.
    assert_eq!((adverts(&seen), announcements(&seen).len()), (vec![], 5));
    // Strict mode has no such announcements.
    let mut strict = silent;
    strict.garp.losing_repeat = 0;
    let mut bench = Bench::master(strict);
    bench.hear(HIGHER, 99);
    let seen = bench.take();
    assert_eq!((adverts(&seen), announcements(&seen).len()), (vec![], 0));
}

/// keepalived 2.2.7: the command of its own and the FIFOs are told, `notify` is not, and
/// `lower_prio_no_advert` does not matter.
#[test]
fn a_losing_advert_is_told_of_once_in_an_interval() {
    let hook = |command: &str| Hook::new(Command(vec![command.to_owned()]), None);
    for losing_advert in [LosingAdvert::Answer, LosingAdvert::Discard] {
        let mut told = instance(100);
        told.losing_advert = losing_advert;
        told.notify.any = Some(hook("/any"));
        told.notify.master_rx_lower_pri = Some(hook("/lower"));
        let mut bench = Bench::master(told);
        bench.run_for_millis(300);
        bench.take();
        let mut heard = |source, priority| {
            bench.hear(source, priority);
            let seen = bench.take();
            let told = seen.iter().filter_map(|effect| match effect {
                Effect::Notify(told) => Some(told),
                _ => None,
            });
            let told: Vec<_> = told.map(|told| (told.line(), told.hooks.clone())).collect();
            bench.run_for_millis(500);
            bench.take();
            told
        };
        let line = r#"INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100"#.to_owned();
        assert_eq!(heard(HIGHER, 99), [(line.clone(), vec![hook("/lower")])]);
        assert_eq!(heard(HIGHER, 99), [], "half an interval later");
        assert_eq!(
            heard(LOWER, 100),
            [(line, vec![hook("/lower")])],
            "a lower address"
        );
        assert_eq!(heard(HIGHER, 0), [], "a resignation does not compete");
    }
}

#[test]
fn a_resignation_is_answered_at_once_and_the_timer_starts_anew() {
    let mut bench = Bench::master(instance(100));
    bench.run_for_millis(300);
    bench.take();
    bench.hear(HIGHER, 0);
    assert_eq!(
        (bench.state(), adverts(&bench.take())),
        (State::Master, vec![100])
    );
    bench.run_for(Duration::from_nanos(999_999_999));
    assert_eq!(adverts(&bench.take()), NO_ADVERT, "A5");
    bench.run_for(Duration::from_nanos(1));
    assert_eq!(adverts(&bench.take()), [100]);
}

#[test]
fn nopreempt_does_not_make_a_master_stay() {
    let stubborn = Instance {
        preemption: bellwether_core::model::Preemption::Never,
        ..instance(100)
    };
    let mut bench = Bench::master(stubborn);
    bench.hear(LOWER, 101);
    assert_eq!(bench.state(), State::Backup, "A8");
}

#[test]
fn its_own_packet_reflected_changes_nothing() {
    let mut bench = Bench::master(instance(100));
    bench.hear(OWN, 100);
    bench.hear(OWN, 200);
    assert_eq!(bench.state(), State::Master, "A9");
    assert_eq!(adverts(&bench.take()), NO_ADVERT);
}

#[test]
fn a_stopping_master_resigns_before_its_address_goes_and_is_then_done() {
    let mut bench = Bench::master(instance(100));
    bench.event(Event::Shutdown);
    let seen = bench.take();
    let position = |what: fn(&Effect) -> bool| seen.iter().position(what).unwrap();
    let resigned = position(|effect| matches!(effect, Effect::Transmit(_)));
    let removed = position(|effect| matches!(effect, Effect::Kernel { .. }));
    let notified = position(|effect| matches!(effect, Effect::Notify(_)));
    let stopped = position(|effect| matches!(effect, Effect::Stopped));
    assert!(
        resigned < removed && removed < notified && notified < stopped,
        "{seen:#?}"
    );
    assert_eq!(adverts(&seen), [0], "A3");
    assert_eq!(stopped, seen.len() - 1);
}

#[test]
fn of_two_owners_one_remains() {
    // Erratum 8298: processed by 6.4.3, so the higher address stays.
    let mut bench = Bench::single(instance(255));
    bench.hear(HIGHER, 255);
    assert_eq!(bench.state(), State::Backup);
    let strict = Instance {
        owner_conflict: OwnerConflict::Ignore,
        ..instance(255)
    };
    let mut bench = Bench::single(strict);
    bench.hear(HIGHER, 255);
    assert_eq!(bench.state(), State::Master, "R7 of RFC 9568 7.1");
}

#[test]
fn another_master_is_said_once_in_each_mastership() {
    let said = |bench: &mut Bench| {
        let seen = bench.take();
        let dual = |effect: &&Effect| matches!(effect, Effect::Notice(Notice::DualMaster { .. }));
        seen.iter().filter(dual).count()
    };
    let mut bench = Bench::master(instance(100));
    for _ in 0..18 {
        bench.hear(HIGHER, 99);
    }
    assert_eq!(
        said(&mut bench),
        1,
        "as many were queued while it was paused"
    );
    bench.hear(HIGHER, 101);
    bench.run_for_millis(4000);
    assert_eq!(bench.state(), State::Master);
    bench.take();
    bench.hear(HIGHER, 99);
    assert_eq!(said(&mut bench), 1, "another incident");
}
