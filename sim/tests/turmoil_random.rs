//! Two engines, one core: random fault schedules give the same transitions in both.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't be set up has failed, and may say so by panicking"
)]

use core::time::Duration;

use bellwether_sim::generate::{self, Shape};
use bellwether_sim::run::{Report, run};
use bellwether_sim::scenario::save::to_toml;
use bellwether_sim::turmoil::{
    Difference, TicksPerMilli, Timetable, TurmoilPlan, express, play, same_transitions,
};

/// How many ticks apart the engines may see one transition: a fault, a wake-up and a packet each
/// wait for the next tick in turmoil, and one may follow from the other.
const TICKS_APART: u32 = 4;

/// How fine turmoil's ticks are. Within one tick it hears packets before it fires timers, whichever
/// was first by a part of a tick; so a schedule that differs is played again with finer ones.
const COARSE: TicksPerMilli = TicksPerMilli(2);
const FINER: TicksPerMilli = TicksPerMilli(8);
/// What differs with these too is a difference between the engines.
const FINEST: TicksPerMilli = TicksPerMilli(32);

/// How many tests share the schedules.
const SHARES: u64 = 6;

/// How many schedules each of them plays, of those that turmoil can play.
const SCHEDULES: u32 = 50;

#[test]
fn the_first_schedules_agree() {
    agree(0);
}

#[test]
fn the_second_schedules_agree() {
    agree(1);
}

#[test]
fn the_third_schedules_agree() {
    agree(2);
}

#[test]
fn the_fourth_schedules_agree() {
    agree(3);
}

#[test]
fn the_fifth_schedules_agree() {
    agree(4);
}

#[test]
fn the_sixth_schedules_agree() {
    agree(5);
}

/// Plays every [`SHARES`]th seed in both engines, from `first` on.
fn agree(first: u64) {
    let shape = Shape {
        length: Duration::from_secs(30),
        ..Shape::default()
    };
    let (mut played, mut transitions) = (0, 0);
    let mut seed = first;
    while played < SCHEDULES {
        let scenario = generate::scenario(seed, shape);
        if let Ok(plan) = express(&scenario) {
            let report = run(&scenario, seed).unwrap();
            let finer = |_| compare(&plan, &report, FINER);
            let finest = |_| compare(&plan, &report, FINEST);
            let compared = compare(&plan, &report, COARSE)
                .or_else(finer)
                .or_else(finest);
            match compared {
                Ok(count) => transitions += count,
                Err(difference) => {
                    let file = to_toml(&scenario).unwrap();
                    panic!("seed {seed}: {difference}\n\nto replay it, save this:\n\n{file}");
                }
            }
            played += 1;
        }
        seed += SHARES;
    }
    assert!(
        transitions > 300,
        "only {transitions} transitions were compared"
    );
}

fn compare(plan: &TurmoilPlan, report: &Report, ticks: TicksPerMilli) -> Result<usize, Difference> {
    let until = report
        .ended_at
        .min(report.healed_at + Duration::from_secs(5));
    let timetable = Timetable {
        healed_at: report.healed_at,
        until,
    };
    let log = play(plan, timetable, ticks).unwrap();
    let tolerance = ticks.tick() * TICKS_APART;
    same_transitions(&report.log.entries, &log.entries, until, tolerance)
}
