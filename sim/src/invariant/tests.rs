//! Invariants that no honest core violates, shown doctored worlds.

use std::sync::Arc;

use bellwether_core::Instant;
use bellwether_core::model::{Config, Instance, Parts, VirtualAddress};
use bellwether_core::vrrp::{Cause, State};

use super::arp::Arp;
use super::clocks::Clocks;
use super::shadow::Shadows;
use super::{Findings, InvariantId, transitions};
use crate::fault::Fault;
use crate::scenario::{NodeSpec, Scenario};
use crate::world::World;

fn world() -> World {
    let vrid = 51_u8.try_into().unwrap();
    let mut instance = Instance::new("VI_1".into(), "eth0".parse().unwrap(), vrid);
    let address = "192.0.2.100".parse().unwrap();
    instance.virtual_addresses = vec![VirtualAddress::host(address)];
    let config = Config::new(Parts {
        instances: vec![instance],
        ..Parts::default()
    });
    let node = NodeSpec::new("lb1", config.unwrap(), 0);
    let scenario = Scenario::new("doctored", vec![node]);
    World::new(Arc::new(scenario), 1).unwrap()
}

fn violations(findings: &Findings, world: &World, id: InvariantId) -> u64 {
    let all = findings.verdicts(world.scenario());
    let own = all.iter().find(|verdict| verdict.invariant == id);
    own.unwrap().count
}

#[test]
fn i6_who_is_no_owner_does_not_skip_backup() {
    let world = world();
    let mut findings = Findings::new(world.scenario());
    let mut shadows = Shadows::new(&world);
    shadows.members[0].boot(&world);
    let mut seen = |from, to| {
        transitions::changed(
            &world,
            &shadows,
            &mut findings,
            0,
            (from, to),
            Cause::DownTimer,
        );
        violations(&findings, &world, InvariantId::I6)
    };
    assert_eq!(seen(State::Init, State::Backup), 0);
    assert_eq!(seen(State::Init, State::Master), 1, "not allowed");
    assert_eq!(seen(State::Backup, State::Master), 2, "it is in INIT");
}

#[test]
fn i6_a_backup_does_not_advertise() {
    let world = world();
    let mut findings = Findings::new(world.scenario());
    let mut shadows = Shadows::new(&world);
    shadows.members[0].boot(&world);
    shadows.step.sent.push((0, 100));
    transitions::look(&world, &shadows, &mut findings);
    assert_eq!(violations(&findings, &world, InvariantId::I6), 1);
}

#[test]
fn i14_a_nanosecond_too_many_is_noticed() {
    let mut world = world();
    let mut arp = Arp::new(&world);
    let mut findings = Findings::new(world.scenario());
    world.finish();
    arp.clone().finish(&world, &mut findings);
    assert_eq!(violations(&findings, &world, InvariantId::I14), 0);
    arp.miscount();
    arp.finish(&world, &mut findings);
    assert_eq!(violations(&findings, &world, InvariantId::I14), 1);
}

#[test]
fn i25_whatever_happens_beside_a_step_of_the_wall_clock_is_one_too_many() {
    let world = world();
    let mut findings = Findings::new(world.scenario());
    let step = Fault::ClockStep {
        node: "lb1".into(),
        millis: 5,
    };
    assert!(
        !world.entries().is_empty(),
        "a phase has begun in this step"
    );
    Clocks::default().stepped(&world, &mut findings, &step);
    assert_eq!(violations(&findings, &world, InvariantId::I25), 1);
}

#[test]
fn i26_time_does_not_run_back() {
    let world = world();
    let mut findings = Findings::new(world.scenario());
    let mut clocks = Clocks::default();
    clocks.look(&world, &mut findings);
    assert_eq!(violations(&findings, &world, InvariantId::I26), 0);
    let mut clocks = Clocks::after(Instant::from_millis(1));
    clocks.look(&world, &mut findings);
    assert_eq!(violations(&findings, &world, InvariantId::I26), 1);
}
